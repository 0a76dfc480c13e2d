from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.questions.models import BankLock
from contest.rounds import organizing
from contest.rounds.models import Contest, KeyCorrection, Office, Period
from tests.builders import (
    NOON,
    make_bank,
    make_contest,
    make_office,
    make_period,
    make_question,
    make_quiz,
    make_round,
    make_user,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def refused(act, *args, **fields) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **{"now": NOON, **fields})
    return str(caught.value)


def test_whoever_founds_a_contest_organizes_it_and_may_open_the_admin():
    user = make_user(email="a@example.vn")
    contest = organizing.found(Contest(slug="moi", title="Mới"), by=user, now=NOON)
    user.refresh_from_db()
    assert list(Office.objects.values_list("contest", "user", "role")) == [(contest.pk, user.pk, "organizer")]
    assert (user.is_staff, list(Contest.objects.run_by(user))) == (True, [contest])
    assert "contests.founded" in Entry.objects.values_list("action", flat=True)


@pytest.mark.parametrize(
    ("opens", "closes", "change", "sentence"),
    [
        (-DAY, DAY, {"opens_at": NOON - HOUR}, "Tuần đã mở: thời điểm mở giữ nguyên."),
        (timedelta(0), DAY, {"opens_at": NOON + HOUR}, "Tuần đã mở: thời điểm mở giữ nguyên."),
        (-DAY, DAY, {"closes_at": NOON}, "Tuần không thể kết thúc trong quá khứ."),
        (-DAY, timedelta(0), {"closes_at": NOON + HOUR}, "Tuần đã đóng: thời điểm đóng giữ nguyên."),
        (-DAY, -HOUR, {"frozen_at": None}, "Kết quả của Tuần đã được chốt."),
        (-DAY, DAY, {"closes_at": NOON + HOUR}, None),
        (HOUR, DAY, {"opens_at": NOON + 2 * HOUR, "closes_at": NOON + 3 * HOUR}, None),
        (-DAY, -HOUR, {"results_at": NOON}, None),
    ],
)
def test_the_past_of_a_period_stays(opens, closes, change, sentence):
    user = make_user()
    frozen = {"frozen_at": NOON - HOUR} if "frozen_at" in change else {}
    period = make_period(make_round(), title="Tuần", opens_at=NOON + opens, closes_at=NOON + closes, **frozen)
    changed = Period.objects.get(pk=period.pk)
    for name, value in change.items():
        setattr(changed, name, value)
    if sentence:
        assert refused(organizing.save_period, changed, by=user) == sentence
        return
    organizing.save_period(changed, by=user, now=NOON)
    [entry] = Entry.objects.all()
    assert entry.action == "periods.saved"
    for name, value in change.items():
        assert entry.data[name] == value.isoformat()
        before = getattr(period, name)
        assert entry.data[f"{name} before"] == (before.isoformat() if before else "")


def test_only_a_period_that_never_opened_is_dropped():
    user, round = make_user(), make_round()
    now_open = make_period(round, title="Tuần")
    later = make_period(round, opens_at=NOON + DAY, closes_at=NOON + 2 * DAY)
    assert refused(organizing.drop_period, now_open, by=user) == "Tuần đã mở nên được giữ lại."
    organizing.drop_period(later, by=user, now=NOON)
    assert list(round.periods.all()) == [now_open]


def test_a_round_has_begun_with_its_first_period_and_a_practice_round_never():
    round = make_round()
    make_period(round, opens_at=NOON, closes_at=NOON + DAY)
    practice = make_round(is_practice=True)
    make_period(practice)
    assert [organizing.has_begun(round, NOON - HOUR), organizing.has_begun(round, NOON)] == [False, True]
    assert not organizing.has_begun(practice, NOON)


def test_banks_are_locked_as_the_settings_ask_for():
    quiz, other = make_quiz(), make_bank(questions=6)
    make_period(quiz.round)
    organizing.settle(quiz.round, now=NOON)
    assert list(BankLock.objects.values_list("bank", flat=True)) == [quiz.bank_id]
    before, quiz.bank = quiz.bank_id, other
    quiz.save()
    organizing.settle(quiz.round, now=NOON, banks=[before])
    assert list(BankLock.objects.values_list("bank", flat=True)) == [other.pk]


def test_a_new_wording_of_a_consent_is_a_new_version():
    contest, user = make_contest(), make_user()
    with pytest.raises(Refused):
        organizing.publish_consent(contest, "taking_part", " \n", is_required=True, by=user, now=NOON)
    texts = [("Một.", True), ("Một.", True), ("Hai.", True), ("Hai.", False)]
    made = [
        organizing.publish_consent(contest, "taking_part", text, is_required=needed, by=user, now=NOON)
        for text, needed in texts
    ]
    assert [(text.version, text.text, text.is_required) for text in made] == [
        (1, "Một.", True),
        (1, "Một.", True),
        (2, "Hai.", True),
        (3, "Hai.", False),
    ]


# --- The key ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def quiz():
    return make_quiz()


@pytest.fixture
def organizer(quiz):
    return make_office(quiz.round.contest, make_user()).user


def choices_of(version) -> list[int]:
    return list(version.choices.order_by("position").values_list("pk", flat=True))


def version_of(quiz):
    return quiz.bank.questions.order_by("pk")[0].approved


def test_only_organizers_correct_the_key_with_a_reason_and_choices_of_the_question(quiz, organizer):
    version, correct = version_of(quiz), organizing.correct_key
    first, *_rest = choices_of(version)
    foreign = make_question(make_bank()).approved
    stranger = make_office(make_contest(), make_user()).user
    assert (
        refused(correct, quiz.round, version, "also", [first], reason=" ", by=organizer) == "Hãy nêu lý do sửa đáp án."
    )
    assert refused(correct, quiz.round, version, "also", [], reason="Vì", by=organizer) == "Hãy nêu phương án nào đúng."
    assert refused(correct, quiz.round, version, "void", [first], reason="Vì", by=organizer) == (
        "Câu hỏi bị hủy không có phương án đúng."
    )
    assert refused(correct, quiz.round, version, "also", [first], reason="Vì", by=stranger) == (
        "Chỉ Ban Tổ chức cuộc thi được làm việc này."
    )
    assert refused(correct, quiz.round, foreign, "void", [], reason="Vì", by=organizer) == (
        "Câu hỏi này không thuộc ngân hàng của vòng thi."
    )
    assert refused(correct, quiz.round, version, "also", choices_of(foreign), reason="Vì", by=organizer) == (
        "Các phương án này không thuộc câu hỏi này."
    )
    assert KeyCorrection.objects.count() == 0


def test_a_correction_is_the_next_key_version_and_a_repetition_changes_nothing(quiz, organizer):
    version = version_of(quiz)
    second = choices_of(version)[1]
    for _ in range(2):
        made = organizing.correct_key(
            quiz.round, version, "also", [second], reason="Văn bản mới", by=organizer, now=NOON
        )
        assert (made.key_version, made.choices, made.reason) == (2, [second], "Văn bản mới")
    organizing.correct_key(quiz.round, version, "void", [], reason="Nhầm", by=organizer, now=NOON)
    quiz.round.refresh_from_db()
    assert quiz.round.key_version == 3
    assert list(Entry.objects.values_list("action", flat=True)) == ["keys.corrected"] * 2


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_get_versions_of_their_own(quiz, organizer):
    versions = [question.approved for question in quiz.bank.questions.order_by("pk")[:4]]

    def correct(version) -> int:
        try:
            made = organizing.correct_key(quiz.round, version, "void", [], reason="Vì", by=organizer, now=NOON)
            return made.key_version
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(correct, versions)) == [2, 3, 4, 5]
