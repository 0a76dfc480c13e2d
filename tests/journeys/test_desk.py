"""Who gets through which door of the desk, what they see there, and a whole contest made from nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Slip, Unit, User, WrongCodes
from contest.attempts.models import Attempt, Grant
from contest.foundations.ledger.models import Entry
from contest.foundations.sheets import write_csv
from contest.questions.models import Bank, BankMember, Question
from contest.rounds import calendar, entering
from contest.rounds.models import Contest, Entrant, ExtraTime, KeyCorrection, Office, Period, Quiz, Round
from contest.standings import board as boards
from contest.standings.models import Board
from tests.builders import (
    make_bank,
    make_contest,
    make_entrant,
    make_member,
    make_period,
    make_question,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
MOST_QUERIES = 8


class Stage:
    """A contest with a bank, a closed period with two results, and its people."""

    def __init__(self, name: str) -> None:
        self.bank = make_bank(name=f"Ngân hàng {name}", questions=6)
        self.contest = make_contest(title=f"Cuộc thi {name}")
        self.round = make_round(self.contest, title=f"Vòng {name}")
        self.quiz = make_quiz(self.round, bank=self.bank)
        self.period = make_period(self.round, opens_at=NOW - 9 * DAY, closes_at=NOW - 2 * DAY)
        self.unit = make_unit(f"Chi bộ {name}")
        self.entrant = make_entrant(self.contest, make_user(f"Người {name}"), unit=self.unit)
        self.other = make_entrant(self.contest, make_user(f"Bạn {name}"), unit=self.unit)
        version = self.bank.questions.order_by("pk")[0].approved
        assert version is not None
        paper = [[version.pk, list(version.choices.values_list("pk", flat=True))]]
        self.attempt = make_result(self.entrant, self.period, paper=paper)
        make_result(self.other, self.period, paper=paper)
        boards.refresh(now=NOW, contest=self.contest, force=True)
        self.board = Board.objects.get(period=self.period)

    def staff(self, role: str, **fields: Any) -> User:
        user = make_user(f"{role} {self.contest}", email=f"{role}{self.contest.pk}@example.vn")
        entering.appoint(user, self.contest, role, by=None, now=NOW, **fields)
        if role == "organizer":
            make_member(self.bank, user)
        user.refresh_from_db()
        return user


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


LISTS = [
    "rounds_contest",
    "rounds_round",
    "rounds_entrant",
    "questions_bank",
    "questions_question",
    "attempts_attempt",
    "standings_board",
    "accounts_unit",
    "ledger_entry",
]
CLOSED_LISTS = ["accounts_user", "accounts_slip", "auditlog_logentry"]


def row_pages(stage: Stage) -> list[str]:
    """The pages of single rows of a stage, and the pages that act on them."""
    question = stage.bank.questions.order_by("pk")[0]
    names: list[tuple[str, int, list[str]]] = [
        ("rounds_contest", stage.contest.pk, ["take_roster", "print_slips", "appoint", "dismiss", "publish_consent"]),
        ("rounds_round", stage.round.pk, ["correct_key", "preview", "quotas"]),
        ("rounds_quiz", stage.quiz.pk, []),
        ("rounds_entrant", stage.entrant.pk, []),
        ("questions_bank", stage.bank.pk, ["take_questions"]),
        ("questions_question", question.pk, ["retire", "approve", "send_back"]),
        ("attempts_attempt", stage.attempt.pk, ["void", "grant", "person"]),
        ("standings_board", stage.board.pk, ["people_lines", "unit_lines", "rebuild"]),
    ]
    return [reverse(f"admin:{model}_{page}", args=[pk]) for model, pk, acts in names for page in ["change", *acts]]


def statuses(user: User | None, urls: list[str]) -> set[int]:
    client = signed_in(user)
    return {client.get(url).status_code for url in urls}


# --- Doors -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [None, "entrant", "unit_manager", "judge"])
def test_who_has_no_work_there_gets_through_no_door(role):
    stage = Stage("A")
    user: User | None = None
    if role == "entrant":
        user = stage.entrant.user
    elif role == "unit_manager":
        user = stage.staff(role, unit=stage.unit)
    elif role:
        user = stage.staff(role)
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS + CLOSED_LISTS]
    client = signed_in(user)
    for url in [reverse("admin:index"), *lists, *row_pages(stage)]:
        response = client.get(url)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("admin:login"))


def test_an_organizer_and_an_administrator_reach_every_page_of_their_contest():
    stage = Stage("A")
    organizer = stage.staff("organizer")
    administrator = make_user("Quản trị", email="root@example.vn", is_staff=True, is_superuser=True)
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS]
    for user in (organizer, administrator):
        assert statuses(user, [reverse("admin:index"), *lists]) == {200}
        assert statuses(user, row_pages(stage)) <= {200, 302}
    closed = [reverse(f"admin:{name}_changelist") for name in CLOSED_LISTS]
    assert (statuses(organizer, closed), statuses(administrator, closed)) == ({403}, {200})


def test_no_organizer_reads_or_changes_anything_of_another_contest():
    stage, foreign = Stage("A"), Stage("B")
    client = signed_in(foreign.staff("organizer"))
    for name in LISTS:
        if name == "accounts_unit":
            continue  # the tree is shared, so that people are not matched by name
        page = client.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert f"{stage.contest}" not in page
        assert f"{stage.bank}" not in page
        assert f"{stage.entrant}" not in page
    for url in row_pages(stage):
        response = client.get(url)
        assert (response.status_code, response.get("Location", "")) in [
            (404, ""),
            (302, reverse("admin:index")),  # Django's answer to a row that is not there
        ], url
        assert client.post(url, {"reason": "x", "asked": "1"}).status_code in {302, 403, 404}
    stage.attempt.refresh_from_db()
    assert stage.attempt.voided_at is None


def test_actions_on_foreign_rows_that_a_forged_request_names_do_nothing():
    stage, foreign = Stage("A"), Stage("B")
    client = signed_in(foreign.staff("organizer"))
    url = reverse("admin:rounds_entrant_changelist")
    data = {"action": "bar", "_selected_action": [stage.entrant.pk], "asked": "1", "reason": "x"}
    client.post(url, data)
    stage.entrant.refresh_from_db()
    assert stage.entrant.barred_at is None


def test_an_organizer_who_is_no_member_of_the_bank_sees_neither_its_questions_nor_its_key():
    stage = Stage("A")
    second = make_user("Người tổ chức thứ hai", email="hai@example.vn")
    entering.appoint(second, stage.contest, "organizer", by=None, now=NOW)
    client = signed_in(User.objects.get(pk=second.pk))
    assert client.get(reverse("admin:questions_bank_change", args=[stage.bank.pk])).status_code == 302
    assert client.get(reverse("admin:rounds_round_correct_key", args=[stage.round.pk])).status_code == 403
    page = client.get(reverse("admin:attempts_attempt_change", args=[stage.attempt.pk])).content.decode()
    assert "✓" not in page
    assert "Chỉ thành viên ngân hàng câu hỏi mới thấy phương án đúng." in page


def test_an_observer_looks_and_changes_nothing():
    stage = Stage("A")
    client = signed_in(stage.staff("observer"))
    change = client.get(reverse("admin:rounds_contest_change", args=[stage.contest.pk]))
    assert (change.status_code, 'name="_save"' in change.content.decode()) == (200, False)
    assert client.get(reverse("admin:rounds_contest_appoint", args=[stage.contest.pk])).status_code == 403
    assert client.get(reverse("admin:attempts_attempt_void", args=[stage.attempt.pk])).status_code == 403
    entrants = client.get(reverse("admin:rounds_entrant_changelist")).content.decode()
    assert (str(stage.entrant) in entrants, 'value="bar"' in entrants) == (True, False)


def test_a_question_editor_has_the_banks_and_nothing_else():
    stage = Stage("A")
    editor = stage.staff("editor")
    make_member(stage.bank, editor, "editor")
    client = signed_in(editor)
    open_pages = ["questions_bank", "questions_question"]
    for name in LISTS:
        status = client.get(reverse(f"admin:{name}_changelist")).status_code
        assert (name, status) == (name, 200 if name in open_pages else 403)
    assert client.get(reverse("admin:questions_bank_change", args=[stage.bank.pk])).status_code == 200


def test_units_are_looked_up_with_those_above_them():
    stage = Stage("A")
    above = make_unit("Đảng bộ xã Hòa Xá")
    make_unit("Chi bộ thôn Hoà Xá", parent=above)
    client = signed_in(stage.staff("organizer"))
    query = {"app_label": "rounds", "model_name": "contest", "field_name": "root", "term": "hoa xa thon"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["Đảng bộ xã Hòa Xá / Chi bộ thôn Hoà Xá"]


# --- Budgets ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("is_administrator", [False, True])
def test_a_list_takes_as_many_statements_for_many_rows_as_for_few(name, is_administrator):
    stage = Stage("A")
    user = stage.staff("organizer")
    if is_administrator:
        user = make_user("Quản trị", email="root@example.vn", is_staff=True, is_superuser=True)
    client = signed_in(user)
    url = reverse(f"admin:{name}_changelist")
    client.get(url)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
        for number in range(3):
            unit = make_unit(f"Chi bộ mới {number}", parent=stage.unit)
            entrant = make_entrant(stage.contest, make_user(f"Người mới {number}"), unit=unit)
            make_result(entrant, stage.period)
            make_question(stage.bank, text=f"Câu mới {number}?")
            make_period(stage.round, opens_at=NOW + (number + 1) * DAY, closes_at=NOW + (number + 2) * DAY)
        boards.refresh(now=NOW, contest=stage.contest, force=True)
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_QUERIES


# --- Decisions, each with its reason ---------------------------------------------------------------------------------
def test_people_are_barred_exempted_and_given_time_with_a_reason():
    stage = Stage("A")
    later = make_period(stage.round, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    client = signed_in(stage.staff("organizer"))
    url = reverse("admin:rounds_entrant_changelist")

    def decide(action: str, **fields: Any) -> str:
        chosen = [stage.entrant.pk, stage.other.pk]
        answer = client.post(url, {"action": action, "_selected_action": chosen, **fields})
        return answer.content.decode() if answer.status_code == 200 else f"{answer.status_code}"

    asking = decide("bar")
    assert (str(stage.entrant) in asking, 'name="reason"' in asking) == (True, True)
    decide("bar", asked="1", reason="")
    assert not Entrant.objects.exclude(barred_at=None).exists()
    assert decide("bar", asked="1", reason="Hai tài khoản") == "302"
    assert set(Entrant.objects.values_list("barred_reason", flat=True)) == {"Hai tài khoản"}
    assert decide("readmit", asked="1", reason="Nhầm lẫn") == "302"
    assert not Entrant.objects.exclude(barred_at=None).exists()
    assert decide("exempt", asked="1", reason="Nghỉ ốm") == "302"
    assert decide("extra_time", asked="1", round=stage.round.pk, minutes=5, reason="Khiếm thị") == "302"
    assert set(ExtraTime.objects.values_list("extra", "reason")) == {(timedelta(minutes=5), "Khiếm thị")}
    over = decide("extra_time", asked="1", round=stage.round.pk, minutes=60 * 24 * 3, reason="x")
    assert "đã kết thúc với tất cả mọi người" in over
    assert ExtraTime.objects.filter(extra=timedelta(minutes=5)).count() == 2
    assert later.pk


def test_an_attempt_is_voided_and_another_granted_with_a_reason():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    void = reverse("admin:attempts_attempt_void", args=[stage.attempt.pk])
    assert client.post(void, {"reason": " "}).status_code == 200
    assert Attempt.objects.exclude(voided_at=None).count() == 0
    assert client.post(void, {"reason": "Mất điện"}).status_code == 302
    assert client.post(reverse("admin:attempts_attempt_grant", args=[stage.attempt.pk]), {"reason": "Mất điện"})
    stage.attempt.refresh_from_db()
    assert stage.attempt.void_reason == "Mất điện"
    assert list(Grant.objects.values_list("entrant", "period", "reason")) == [
        (stage.entrant.pk, stage.period.pk, "Mất điện")
    ]
    data = {"person": "0901234567", "period": stage.period.pk, "reason": "Bị loại nhầm"}
    grant = reverse("admin:attempts_attempt_grant_to_person")
    assert "Không ai có địa chỉ hoặc số này." in client.post(grant, data).content.decode()
    User.objects.filter(pk=stage.other.user_id).update(phone="0901234567")
    assert client.post(grant, data).status_code == 302
    assert Grant.objects.filter(entrant=stage.other).count() == 1


def test_the_log_says_what_did_not_count_and_why():
    stage = Stage("A")
    attempt = stage.attempt
    Attempt.objects.filter(pk=attempt.pk).update(lease=2, deadline=attempt.submitted_at)
    save = {"received_at": attempt.started_at, "is_counted": True}
    attempt.answers.create(lease=1, sequence=1, choices={"0": [1]}, **save)
    attempt.answers.create(lease=1, sequence=2, choices={"0": [0]}, **{**save, "is_counted": False})
    assert attempt.submitted_at is not None
    late = {"received_at": attempt.submitted_at + timedelta(minutes=1), "is_counted": False}
    attempt.answers.create(lease=2, sequence=1, choices={"0": [2], "p": "70186"}, **late)
    client = signed_in(stage.staff("organizer"))
    page = client.get(reverse("admin:attempts_attempt_change", args=[attempt.pk])).content.decode()
    assert "Đến từ trang đã bị trang khác thay thế." in page
    assert "Đến sau khi hết giờ." in page
    assert "70186" in page


def test_the_key_is_corrected_by_members_of_the_bank_with_a_reason():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    url = reverse("admin:rounds_round_correct_key", args=[stage.round.pk])
    question = stage.bank.questions.order_by("pk")[0]
    data = {"question": question.pk, "effect": "also", "letters": ["2"], "reason": "Văn bản mới"}
    choices = [choice.text for choice in question.approved.choices.order_by("position")]
    asked = client.get(url).content.decode()
    assert [choice for choice in choices if choice not in asked] == []
    assert client.post(url, {**data, "letters": ["5"]}).status_code == 200
    assert client.post(url, {**data, "letters": []}).status_code == 200
    assert KeyCorrection.objects.count() == 0
    assert client.post(url, data).status_code == 302
    [correction] = KeyCorrection.objects.all()
    assert correction.choices == [question.approved.choices.get(position=2).pk]
    page = client.get(reverse("admin:rounds_round_change", args=[stage.round.pk])).content.decode()
    assert "Văn bản mới" in page


def test_equals_are_put_in_an_order_with_a_reason():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    url = reverse("admin:standings_board_decide", args=[stage.board.pk])
    assert client.get(f"{url}?place=2").status_code == 404
    orders = {f"order_{stage.other.pk}": 1, f"order_{stage.entrant.pk}": 2}
    assert "Hai người có cùng một số." in client.post(
        f"{url}?place=1", {**dict.fromkeys(orders, 1), "reason": "Bốc thăm"}
    ).content.decode()  # fmt: skip
    assert client.post(f"{url}?place=1", {**orders, "reason": "Bốc thăm"}).status_code == 302
    boards.refresh(now=NOW, contest=stage.contest, force=True)
    stage.board.refresh_from_db()
    lines = stage.board.standings.filter(build=stage.board.build).order_by("ordinal")
    assert [(line.place, line.entrant_id) for line in lines] == [(1, stage.other.pk), (2, stage.entrant.pk)]


def test_a_bank_in_use_is_read_only_and_says_why():
    stage = Stage("A")
    make_period(stage.round, opens_at=NOW - DAY, closes_at=NOW + DAY)
    calendar.lock_banks(NOW)
    client = signed_in(stage.staff("organizer"))
    question = stage.bank.questions.order_by("pk")[0]
    for url in (
        reverse("admin:questions_bank_change", args=[stage.bank.pk]),
        reverse("admin:questions_question_change", args=[question.pk]),
    ):
        page = client.get(url).content.decode()
        assert f"{stage.contest}: {stage.round}" in page
        assert 'name="_save"' not in page
        assert client.post(url, {"name": "Khác"}).status_code == 403


def test_once_a_round_has_begun_its_papers_and_ranking_are_closed():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    page = client.get(reverse("admin:rounds_round_change", args=[stage.round.pk])).content.decode()
    assert 'name="quiz-0-bank"' not in page
    assert 'name="quiz-0-review_shown"' in page
    assert "Vòng thi đã bắt đầu" in page


@pytest.mark.parametrize("role", ["organizer", "observer"])
def test_an_order_of_keys_that_is_closed_is_read_in_words(role):
    stage = Stage("A")
    Quiz.objects.update(ranking=Quiz.Ranking.OWN, ranking_keys=["distance:asc", "decided:asc"])
    page = (
        signed_in(stage.staff(role)).get(reverse("admin:rounds_round_change", args=[stage.round.pk])).content.decode()
    )
    assert ("dự đoán sát hơn, quyết định của Ban Tổ chức" in page, "distance:asc" in page) == (True, False)


# --- The first page and the records ----------------------------------------------------------------------------------
def test_the_first_page_says_what_is_wrong_and_what_waits():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    quiet = client.get(reverse("admin:index")).content.decode()
    assert ("Cảnh báo" in quiet, "câu hỏi chờ duyệt" in quiet, str(stage.contest) in quiet) == (False, False, True)
    make_question(stage.bank, approved=False)
    make_question(make_bank(), approved=False)
    WrongCodes.objects.create(minute=datetime.now(UTC).replace(second=0, microsecond=0), count=100_000)
    Attempt.objects.filter(pk=stage.attempt.pk).update(graded_version=0)
    loud = client.get(reverse("admin:index")).content.decode()
    assert "Cảnh báo" in loud
    assert "100000 lần trong một phút" in loud
    assert "Chấm bài đang chậm" in loud
    assert "1 câu hỏi chờ duyệt" in loud
    assert "Vòng A" in loud


def test_an_organizer_without_a_contest_is_told_how_to_begin():
    root = make_user("Quản trị", email="root@example.vn", is_staff=True, is_superuser=True)
    page = signed_in(root).get(reverse("admin:index")).content.decode()
    assert reverse("admin:questions_bank_add") in page
    assert reverse("admin:rounds_contest_add") in page


def test_what_is_changed_by_a_form_is_recorded_with_the_person():
    stage = Stage("A")
    organizer = stage.staff("organizer")
    client = signed_in(organizer)
    url = reverse("admin:rounds_contest_change", args=[stage.contest.pk])
    fields = {
        "title": "Tên mới", "slug": stage.contest.slug, "entry": "open", "unit_ranking": "completion",
        "completion_threshold": "70", "documents-TOTAL_FORMS": 0, "documents-INITIAL_FORMS": 0,
        "rounds-TOTAL_FORMS": 0, "rounds-INITIAL_FORMS": 0, "offices-TOTAL_FORMS": 0, "offices-INITIAL_FORMS": 0,
        "consent_texts-TOTAL_FORMS": 0, "consent_texts-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(url, fields).status_code == 302
    entry = LogEntry.objects.get_for_object(stage.contest).filter(action=LogEntry.Action.UPDATE).latest("pk")
    assert (entry.actor, entry.changes_dict["title"]) == (organizer, ["Cuộc thi A", "Tên mới"])


def test_the_attempts_of_one_person_are_a_link_away():
    stage = Stage("A")
    client = signed_in(stage.staff("organizer"))
    link = client.get(reverse("admin:rounds_entrant_attempts", args=[stage.entrant.pk]))["Location"]
    assert list(client.get(link).context["cl"].result_list) == [stage.attempt]


def test_an_attempt_is_found_by_its_receipt():
    stage = Stage("A")
    Attempt.objects.filter(pk=stage.attempt.pk).update(receipt="K7M4-TX9R-AB2D-EF3G")
    client = signed_in(stage.staff("organizer"))
    for typed in ("k7m4tx9rab2def3g", " K7M4-TX9R-AB2D-EF3G", "nguoi a"):
        found = client.get(reverse("admin:attempts_attempt_changelist"), {"q": typed}).context["cl"].result_list
        assert list(found) == [stage.attempt]


# --- A contest from nothing ------------------------------------------------------------------------------------------
def moment(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M %d/%m/%Y")


def upload(client: Client, url: str, name: str, content: bytes, **confirm: Any) -> str:
    """Choose a file, look at its preview, confirm; the preview is returned."""
    preview = client.post(url, {"file": SimpleUploadedFile(name, content)})
    assert preview.status_code == 200
    kept = {"kept": preview.context["kept"], "name": preview.context["name"], "confirm": "1", **confirm}
    assert client.post(url, kept).status_code == 302
    return preview.content.decode()


def test_an_organizer_makes_a_whole_contest_from_nothing():
    earlier = make_contest()
    organizer, reviewer = make_user(email="to@example.vn"), make_user("Trần Thị Duyệt", email="duyet@example.vn")
    entering.appoint(organizer, earlier, "organizer", by=None, now=NOW)
    organizer.refresh_from_db()
    client, second = signed_in(organizer), signed_in(reviewer)

    # The bank by CSV, read by a second person
    assert client.post(reverse("admin:questions_bank_add"), {"name": "Ngân hàng mới"}).status_code == 302
    bank = Bank.objects.get(name="Ngân hàng mới")
    assert list(bank.members.values_list("user", "role")) == [(organizer.pk, "owner")]
    rows = [[f"Câu {n}?", "Đúng", "Sai", "A", "Chủ đề"] for n in range(5)] + [["Câu lỗi?", "Đúng", "Sai", "", ""]]
    content = write_csv(["Câu hỏi", "Phương án A", "Phương án B", "Đáp án", "Chủ đề"], rows)
    preview = upload(
        client, reverse("admin:questions_bank_take_questions", args=[bank.pk]), "cau-hoi.csv", content,
        row=[str(n) for n in range(2, 7)],
    )  # fmt: skip
    assert "Không đọc được đáp án" in preview
    assert (bank.questions.count(), list(bank.topics.values_list("name", flat=True))) == (5, ["Chủ đề"])
    member = {
        "name": bank.name,
        **{f"members-{key}": value for key, value in {"TOTAL_FORMS": 2, "INITIAL_FORMS": 1}.items()},
        "members-0-id": bank.members.get().pk, "members-0-user": "to@example.vn", "members-0-role": "owner",
        "members-1-user": "duyet@example.vn", "members-1-role": "reviewer",
        "topics-TOTAL_FORMS": 0, "topics-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(reverse("admin:questions_bank_change", args=[bank.pk]), member).status_code == 302
    assert set(BankMember.objects.values_list("user", "role")) == {(organizer.pk, "owner"), (reviewer.pk, "reviewer")}

    # The contest, its consent, its round with a period
    fields = {
        "title": "Cuộc thi mới", "slug": "moi", "entry": "roster", "is_public": "on", "unit_ranking": "completion",
        "completion_threshold": "70",
    }  # fmt: skip
    assert client.post(reverse("admin:rounds_contest_add"), fields).status_code == 302
    contest = Contest.objects.get(slug="moi")
    assert list(contest.offices.values_list("user", "role")) == [(organizer.pk, "organizer")]
    consent = {"kind": "taking_part", "text": "Tôi đồng ý.", "is_required": "on"}
    assert client.post(reverse("admin:rounds_contest_publish_consent", args=[contest.pk]), consent).status_code == 302
    appointed = {"person": "duyet@example.vn", "role": "editor"}
    assert client.post(reverse("admin:rounds_contest_appoint", args=[contest.pk]), appointed).status_code == 302
    reviewer.refresh_from_db()
    second.force_login(reviewer)
    approve = {
        "action": "approve_chosen", "_selected_action": list(bank.questions.values_list("pk", flat=True)), "asked": "1"
    }  # fmt: skip
    assert second.post(reverse("admin:questions_question_changelist"), approve).status_code == 302
    assert Question.objects.usable().count() == 5
    opens, closes = NOW + DAY, NOW + 8 * DAY
    round_fields = {
        "contest": contest.pk, "order": 1, "kind": "quiz", "title": "Vòng thi trực tuyến", "who": "everyone",
        "quiz-TOTAL_FORMS": 1, "quiz-INITIAL_FORMS": 0, "quiz-0-bank": bank.pk, "quiz-0-papers": "drawn",
        "quiz-0-question_count": 4, "quiz-0-shuffle_questions": "on", "quiz-0-shuffle_choices": "on",
        "quiz-0-time_limit": "00:15:00", "quiz-0-attempts_per_period": 1, "quiz-0-scoring": "all_or_nothing",
        "quiz-0-points_per_question": "1", "quiz-0-prediction": "none", "quiz-0-counting": "best",
        "quiz-0-ranking": "C", "quiz-0-ranking_keys": "", "quiz-0-score_shown": "at_once",
        "quiz-0-board_shown": "period_closed", "quiz-0-review_shown": "results",
        "periods-TOTAL_FORMS": 1, "periods-INITIAL_FORMS": 0, "periods-0-number": 1, "periods-0-title": "Tuần 1",
        "periods-0-opens_at": opens.astimezone(calendar_zone()).strftime("%H:%M:%S %d/%m/%Y"),
        "periods-0-closes_at": closes.astimezone(calendar_zone()).strftime("%H:%M:%S %d/%m/%Y"),
    }  # fmt: skip
    assert client.post(reverse("admin:rounds_round_add"), round_fields).status_code == 302
    round = Round.objects.get(contest=contest)
    [period] = Period.objects.filter(round=round)
    assert (period.opens_at, period.closes_at, period.title) == (opens, closes, "Tuần 1")
    assert Quiz.objects.get(round=round).question_count == 4
    assert bank.locks.count() == 1
    quotas = {
        "quotas-TOTAL_FORMS": 1, "quotas-INITIAL_FORMS": 0, "quotas-0-topic": bank.topics.get().pk, "quotas-0-count": 4,
        "paper_questions-TOTAL_FORMS": 0, "paper_questions-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(reverse("admin:rounds_quiz_change", args=[round.quiz.pk]), quotas).status_code == 302
    assert list(round.quiz.quotas.values_list("count", flat=True)) == [4]

    # Units, people, slips
    lines = [["PT", "Đảng bộ xã Phương Tú", ""], ["PT1", "Chi bộ thôn Phí Trạch", "PT"]]
    content = write_csv(["Mã đơn vị", "Tên đơn vị", "Mã cấp trên"], lines)
    upload(client, reverse("admin:accounts_unit_take_units"), "don-vi.csv", content)
    cell = Unit.objects.get(code="PT1")
    people = [["Nguyễn Thị Hòa", "1970", "0912345678", "PT1"], ["Trần Văn Đức", "02/09/1965", "0912345679", "PT1"]]
    content = write_csv(["Họ và tên", "Năm sinh", "Số điện thoại", "Mã đơn vị"], people)
    upload(client, reverse("admin:rounds_contest_take_roster", args=[contest.pk]), "danh-sach.csv", content)
    assert set(Entrant.objects.values_list("user__full_name", "unit")) == {
        ("Nguyễn Thị Hòa", cell.pk),
        ("Trần Văn Đức", cell.pk),
    }
    printed = client.post(
        reverse("admin:rounds_contest_print_slips", args=[contest.pk]), {"unit": cell.pk, "who": "without"}
    )
    assert (printed["Content-Type"], printed.content[:5], Slip.objects.valid().count()) == (
        "application/pdf",
        b"%PDF-",
        2,
    )

    # Nothing is missing
    page = client.get(reverse("admin:rounds_contest_change", args=[contest.pk])).content.decode()
    assert calendar.problems(contest, now=datetime.now(UTC)) == []
    assert "Mọi thứ đã sẵn sàng để mở cuộc thi." in page
    assert not Office.objects.filter(contest=contest, role="judge").exists()
    assert Entry.objects.filter(contest_id=contest.pk).count() >= 5


def calendar_zone() -> Any:
    from django.utils.timezone import get_default_timezone

    return get_default_timezone()


def test_a_refusal_stands_above_the_form_with_what_was_typed():
    stage = Stage("A")
    later = make_period(stage.round, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    client = signed_in(stage.staff("organizer"))
    url = reverse("admin:rounds_round_change", args=[stage.round.pk])
    shown = client.get(url)
    formset = shown.context["inline_admin_formsets"]
    data: dict[str, Any] = {}
    for part in [shown.context["adminform"].form, *(one.formset.management_form for one in formset)]:
        for field in part:
            data[field.html_name] = field.value() if field.value() is not None else ""
    for one in formset:
        for form in one.formset.initial_forms:
            for field in form:
                data[field.html_name] = "" if field.value() is None else field.value()
    data["title"] = "Tên mới gõ"
    data["periods-0-closes_at"] = moment(NOW + 5 * DAY)
    answer = client.post(url, {key: value for key, value in data.items() if value is not False})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "đã đóng: thời điểm đóng giữ nguyên." in page
    assert "Tên mới gõ" in page
    stage.round.refresh_from_db()
    later.refresh_from_db()
    assert stage.round.title == "Vòng A"
