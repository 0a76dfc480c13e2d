"""The secretariat's decisions: who takes them, about what was handed in, what people are told; and reminders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from contest.entries import intake, reading, writing
from contest.entries.models import Call, Entry, Event, File
from contest.foundations.ledger.models import Entry as Record
from contest.foundations.refusing import Refused
from contest.notices.models import Notice
from contest.rounds.models import Entrant
from tests.builders import NOON, WEEK, counter, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry

pytestmark = pytest.mark.django_db
TICK, DAY, HOUR = timedelta(microseconds=1), timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class Scene:
    """An entry of one author that was handed in, and an organizer."""

    def __init__(self, **fields):
        self.district = make_unit("Đảng bộ huyện")
        self.cell = make_unit("Chi bộ Một", parent=self.district)
        self.contest = make_contest(root=self.district)
        self.call = make_call(self.contest, **fields)
        self.closes_at = self.call.round.closes_at
        self.lan = make_entrant(self.contest, make_user("Trần Thị Lan", unit=self.cell)).user
        secretary = make_user("Ban Tổ Chức", is_staff=True, email=f"to-{next(counter)}@example.vn")
        self.organizer = make_office(self.contest, secretary).user
        self.entry = make_entry(self.call, self.lan, title="Tổ lưu động")
        self.version = writing.submit(self.entry.pk, self.lan, now=NOON - DAY)

    def rewrite(self, title="Viết dở", now=NOON):
        held = self.held()
        return writing.save(held.pk, self.lan, revision=held.revision, data={"title": title}, now=now)

    def held(self):
        return Entry.objects.get(pk=self.entry.pk)

    def by(self, act, *, by=None, now=NOON, **options):
        given = {
            "find_valid": {}, "ask_more": {"until": now + DAY, "note": "Thiếu số liệu"},
            "find_invalid": {"reason": "Ngoài phạm vi"}, "reopen": {"reason": "Xét lại"},
        }[act]  # fmt: skip
        return getattr(intake, act)(self.entry, by=by or self.organizer, now=now, **{**given, **options})


@pytest.fixture
def scene():
    return Scene()


ACTS = ["find_valid", "ask_more", "find_invalid", "reopen"]


def code(act, *args, **options):
    with pytest.raises(Refused) as refusal:
        act(*args, **options)
    return refusal.value.code


def why(act, *args, **options):
    with pytest.raises(Refused) as refusal:
        act(*args, **options)
    return str(refusal.value)


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("text", flat=True))


def steps(entry):
    return list(Event.objects.filter(entry=entry).values_list("what", "by", "note"))


# --- Who may not ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_the_organizers_of_the_contest_decides(scene, act):
    elsewhere = make_office(make_contest(), make_user()).user
    judge = make_office(scene.contest, make_user(), "judge").user
    observer = make_office(scene.contest, make_user(), "observer").user
    manager = make_office(scene.contest, make_user(), "unit_manager", scene.cell).user
    for user in (scene.lan, elsewhere, judge, observer, manager):
        assert code(scene.by, act, by=user) == "organizer"
    assert (scene.held().status, steps(scene.entry), told(scene.lan)) == (
        "submitted", [("submitted", scene.lan.pk, "")], [],
    )  # fmt: skip


@pytest.mark.parametrize("act", ["find_valid", "ask_more", "find_invalid"])
@pytest.mark.parametrize(
    ("status", "expected"), [("draft", "draft"), ("withdrawn", "decided"), ("invalid", "decided"), ("valid", "decided")]
)
def test_only_what_was_handed_in_and_not_decided_is_decided(scene, act, status, expected):
    Entry.objects.update(status=status, intake_note="Lý do")
    if (act, status) == ("find_valid", "valid"):
        assert scene.by(act).status == "valid"
    else:
        assert code(scene.by, act) == expected
    assert Event.objects.count() == 1


@pytest.mark.parametrize("status", ["draft", "submitted", "needs_more"])
def test_what_was_not_decided_is_not_opened_again(scene, status):
    Entry.objects.update(status=status, intake_note="x", needs_more_until=NOON)
    assert code(scene.by, "reopen") == "open"


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b"])
def test_a_decision_that_people_are_told_needs_words(scene, text):
    assert code(scene.by, "ask_more", note=text) == "reason"
    assert code(scene.by, "find_invalid", reason=text) == "reason"
    Entry.objects.update(status="invalid", intake_note="x")
    assert code(scene.by, "reopen", reason=text) == "reason"


def test_more_is_asked_for_until_a_moment_that_is_to_come(scene):
    assert code(scene.by, "ask_more", until=NOON) == "until"
    assert code(scene.by, "ask_more", until=NOON - DAY) == "until"
    assert scene.by("ask_more", until=NOON + TICK).needs_more_until == NOON + TICK


# --- What valid waits for ---------------------------------------------------------------------------------------------
def test_authors_who_have_not_confirmed_are_named(scene):
    Entry.objects.update(form="group")
    scene.entry.authors.update(share=60)
    binh = make_entrant(scene.contest, make_user("Lê Văn Bình", unit=scene.cell)).user
    make_author(scene.entry, binh, confirmed_at=None, share=40)
    writing.submit(scene.entry.pk, scene.lan, now=NOON)
    assert why(scene.by, "find_valid") == "These authors have not confirmed yet: Lê Văn Bình."
    writing.answer_authorship(scene.entry.pk, binh, confirm=True, now=NOON)
    assert scene.by("find_valid").status == "valid"


def test_the_unit_confirms_first_where_the_call_asks_and_the_secretariat_stands_in_where_nobody_manages():
    scene = Scene(needs_confirmation=True)
    manager = make_office(scene.contest, make_user(), "unit_manager", scene.district).user
    assert why(scene.by, "find_valid") == "The unit has not confirmed the entry yet."
    writing.confirm_for_unit(scene.entry.pk, manager, now=NOON)
    assert scene.by("find_valid").status == "valid"
    alone = Scene(needs_confirmation=True)
    assert alone.by("find_valid").status == "valid"


def test_what_remains_after_an_author_declined_sums_to_100_or_waits(scene):
    binh = make_entrant(scene.contest, make_user("Lê Văn Bình", unit=scene.cell)).user
    Entry.objects.update(form="group")
    scene.entry.authors.update(share=60)
    make_author(scene.entry, binh, share=40)
    writing.submit(scene.entry.pk, scene.lan, now=NOON)
    writing.answer_authorship(scene.entry.pk, binh, confirm=False, now=NOON)
    assert why(scene.by, "find_valid") == ("An author declined, and the contributions of the others do not sum to 100.")
    assert scene.by("ask_more").status == "needs_more"


def test_a_file_that_is_not_there_waits(scene):
    File.objects.create(
        entry=scene.entry, slot="document", name="Báo cáo.pdf", size=9, received=9, state="arrived", begun_at=NOON,
        arrived_at=NOON, uploaded_by=scene.lan,
    )  # fmt: skip
    assert code(writing.submit, scene.entry.pk, scene.lan, now=NOON) == "incomplete"
    held = scene.held()
    assert intake.waits_for(held) == ["“Báo cáo.pdf”: It is being examined; that takes a few seconds."]
    assert scene.by("find_valid").status == "valid"  # it was sent after the hand-in, so it is not part of it
    assert File.objects.standing().count() == 0


def test_nobody_who_was_barred_or_took_an_office_since_goes_to_the_judges(scene):
    office = make_office(scene.contest, scene.lan, "judge")
    sentence = "Trần Thị Lan can't be an author in this contest."
    assert why(scene.by, "find_valid") == sentence
    office.delete()
    Entrant.objects.update(barred_at=NOON, barred_reason="Thi hộ")
    assert why(scene.by, "find_valid") == sentence
    assert scene.by("find_invalid").status == "invalid"


# --- Decisions --------------------------------------------------------------------------------------------------------
def test_a_valid_entry_is_what_was_handed_in_and_a_repetition_changes_nothing(scene):
    scene.rewrite()
    for now in (NOON, NOON + DAY):
        held = scene.by("find_valid", now=now)
        assert (held.status, held.title, held.intake_note) == ("valid", "Tổ lưu động", "")
    assert reading.content(scene.held()) == scene.version.content
    assert steps(scene.entry)[1:] == [("valid", scene.organizer.pk, "")]
    assert told(scene.lan) == [intake.VALID]
    [record] = Record.objects.filter(action="entries.valid")
    assert record.data == {"code": "SK-0001", "note": "", "version": 1}
    assert list(Entry.objects.valid()) == [scene.entry]


def test_an_invalid_entry_is_out_with_its_reason(scene):
    scene.rewrite()
    held = scene.by("find_invalid", reason=" Ngoài phạm vi \n\n\n của cuộc thi ")
    assert (held.status, held.title) == ("invalid", "Tổ lưu động")
    assert held.intake_note == "Ngoài phạm vi\n\ncủa cuộc thi"
    assert steps(scene.entry)[1:] == [("invalid", scene.organizer.pk, held.intake_note)]
    [notice] = Notice.objects.all()
    assert (notice.user, notice.text, notice.values["note"]) == (scene.lan, intake.INVALID, held.intake_note)
    assert notice.path == writing.path_of(scene.entry)


def test_what_needs_more_says_what_and_until_when_and_may_be_asked_again(scene):
    held = scene.by("ask_more", until=NOON + DAY)
    assert (held.status, held.needs_more_until, held.intake_note) == ("needs_more", NOON + DAY, "Thiếu số liệu")
    scene.by("ask_more", until=NOON + 2 * DAY, note="Thêm hai ngày", now=NOON + HOUR)
    assert [row.values["until"] for row in Notice.objects.order_by("pk")] == ["12:00 26/11/2026", "12:00 27/11/2026"]
    assert scene.held().needs_more_until == NOON + 2 * DAY


def test_what_was_asked_for_and_never_came_is_decided_as_it_was_handed_in(scene):
    late = scene.closes_at + WEEK
    scene.by("ask_more", until=late, now=scene.closes_at)
    scene.rewrite("Chưa nộp lại", now=late - TICK)
    held = scene.by("find_valid", now=late + DAY)
    assert (held.status, held.title, held.needs_more_until) == ("valid", "Tổ lưu động", None)


def test_what_was_handed_in_again_is_what_counts(scene):
    scene.by("ask_more")
    scene.rewrite("Đã bổ sung")
    writing.submit(scene.entry.pk, scene.lan, now=NOON + HOUR)
    assert scene.by("find_valid", now=NOON + DAY).title == "Đã bổ sung"
    assert [what for what, _by, _note in steps(scene.entry)] == ["submitted", "needs_more", "submitted", "valid"]


@pytest.mark.parametrize("status", ["valid", "invalid", "withdrawn"])
def test_a_decision_and_a_withdrawal_are_opened_again_with_a_reason(scene, status):
    Entry.objects.update(status=status, intake_note="Lý do")
    held = scene.by("reopen", now=scene.closes_at + DAY)
    assert (held.status, held.intake_note) == ("submitted", "Xét lại")
    assert steps(scene.entry)[1:] == [("reopened", scene.organizer.pk, "Xét lại")]
    assert told(scene.lan) == [intake.REOPENED]
    assert code(scene.by, "reopen") == "open"
    assert scene.by("find_valid").status == "valid"


def test_a_draft_that_was_withdrawn_is_a_draft_again(scene):
    draft = make_entry(scene.call, scene.lan)
    writing.withdraw(draft.pk, scene.lan, reason="", now=NOON)
    assert intake.reopen(draft, reason="Rút nhầm", by=scene.organizer, now=NOON).status == "draft"


def test_an_old_reason_does_not_outlive_the_decision_that_it_was_for(scene):
    scene.by("find_invalid")
    scene.by("reopen")
    assert scene.by("find_valid").intake_note == ""


# --- On paper ---------------------------------------------------------------------------------------------------------
def test_paper_is_typed_in_by_the_secretariat_and_waits_for_no_account(scene):
    Call.objects.update(needs_confirmation=True)
    make_office(scene.contest, make_user(), "unit_manager", scene.district)
    options = {"kind": scene.call.kinds.get(), "title": "Trên giấy", "unit": None, "now": scene.closes_at + DAY}
    assert code(intake.type_in, scene.call, form="individual", person=scene.lan, by=scene.lan, **options) == "organizer"
    entry = intake.type_in(scene.call, form="individual", person=scene.lan, by=scene.organizer, **options)
    writing.submit(entry.pk, scene.organizer, now=scene.closes_at + DAY)
    assert intake.find_valid(entry, by=scene.organizer, now=scene.closes_at + DAY).status == "valid"
    assert told(scene.lan)[-1] == intake.VALID


# --- At a glance ------------------------------------------------------------------------------------------------------
def glance(entry):
    return intake.glance(intake.with_glance(Entry.objects.select_related("round__call")).get(pk=entry.pk))


def test_a_glance_says_what_is_open():
    scene = Scene()
    assert glance(scene.entry) == []
    Call.objects.update(needs_confirmation=True, undertaking="Tôi cam kết.")
    make_author(scene.entry, confirmed_at=None)
    make_author(scene.entry, confirmed_at=None, declined_at=NOON)
    for state in ("coming", "arrived", "refused"):
        File.objects.create(
            entry=scene.entry, slot="document", name="a.pdf", size=9, state=state, begun_at=NOON, uploaded_by=scene.lan
        )
    assert glance(scene.entry) == [
        ("unconfirmed authors: 1", "warning"), ("declined: 1", "danger"), ("unit has not confirmed", "warning"),
        ("files under way: 2", "warning"), ("files refused: 1", "danger"), ("no undertaking", "danger"),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_a_glance_takes_three_queries_however_many_rows(scene, count, django_assert_num_queries):
    for _ in range(count):
        make_entry(scene.call, handed_in=True)
    with django_assert_num_queries(3):
        for entry in intake.with_glance(Entry.objects.select_related("round__call")):
            intake.glance(entry)


def test_an_entry_is_found_by_words_of_its_code_title_authors_and_unit(scene):
    scene.rewrite("Tổ lưu động")
    found = [list(intake.search(Entry.objects.all(), text)) for text in ("to LUU", "sk-0001 lan", "chi bộ", "khác")]
    assert found == [[scene.entry]] * 3 + [[]]


# --- By the clock -----------------------------------------------------------------------------------------------------
def test_what_is_handed_in_and_unchanged_or_decided_is_reminded_of_nothing(scene):
    assert intake.remind(now=scene.closes_at - HOUR) == 0
    scene.by("find_invalid")
    assert intake.remind(now=scene.closes_at - HOUR) == 0


def test_a_draft_is_reminded_three_days_and_one_day_before_the_close_once_each(scene):
    make_entry(scene.call, scene.lan)
    at = [
        scene.closes_at - 3 * DAY - TICK, scene.closes_at - 3 * DAY, scene.closes_at - 2 * DAY,
        scene.closes_at - DAY - TICK, scene.closes_at - DAY, scene.closes_at - TICK, scene.closes_at,
    ]  # fmt: skip
    assert [intake.remind(now=now) for now in at] == [0, 1, 0, 0, 1, 0, 0]
    assert told(scene.lan) == [intake.CLOSES, intake.CLOSES]


def test_a_close_that_was_moved_is_reminded_of_anew(scene):
    make_entry(scene.call, scene.lan)
    assert intake.remind(now=scene.closes_at - HOUR) == 1
    scene.call.round.closes_at += WEEK
    scene.call.round.save()
    assert intake.remind(now=scene.closes_at + WEEK - HOUR) == 1


def test_what_was_changed_since_the_hand_in_is_said_to_be_unsent(scene):
    scene.rewrite()
    assert [intake.remind(now=scene.closes_at - HOUR) for _ in range(2)] == [1, 0]
    assert told(scene.lan) == [intake.UNSENT]


def test_what_needs_more_is_reminded_of_its_own_date(scene):
    until = scene.closes_at + WEEK
    scene.by("ask_more", until=until, now=scene.closes_at)
    assert intake.remind(now=scene.closes_at + DAY) == 0
    assert intake.remind(now=until - HOUR) == 1
    assert intake.remind(now=until) == 0
    assert told(scene.lan) == [intake.NEEDS_MORE, intake.MORE_SOON]


def test_whoever_has_yet_to_confirm_is_asked_that_and_nothing_else(scene):
    draft = make_entry(scene.call, scene.lan)
    binh = make_user("Lê Văn Bình")
    make_author(draft, binh, confirmed_at=None)
    make_author(scene.entry, binh, confirmed_at=None)
    assert intake.remind(now=scene.closes_at - HOUR) == 4
    assert told(binh) == [intake.STILL_ASKED, intake.STILL_ASKED]
    assert sorted(told(scene.lan)) == sorted([intake.UNSENT, intake.CLOSES])


def test_nobody_is_reminded_of_paper_or_by_what_they_declined(scene):
    draft = make_entry(scene.call, scene.lan)
    gone = make_author(draft, confirmed_at=None, declined_at=NOON).user
    make_entry(scene.call, scene.organizer, is_on_paper=True)
    assert intake.remind(now=scene.closes_at - HOUR) == 1
    assert (told(gone), told(scene.organizer)) == ([], [])
