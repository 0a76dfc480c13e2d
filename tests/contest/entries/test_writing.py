"""The life of an entry among its people: who may write it until when, what it lacks, its authors, its versions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from contest.entries import intake, reading, registering, writing
from contest.entries.models import Author, Entry, Event, Version, shares_add_up
from contest.foundations.ledger.models import Entry as Record
from contest.foundations.refusing import Refused
from contest.notices.models import Notice
from contest.rounds.models import Entrant
from tests.builders import NOON, WEEK, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_call, make_entry, make_section

pytestmark = pytest.mark.django_db
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
LAN, BINH = "0912345678", "0987654321"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class Scene:
    """A call, two colleagues of one cell, the manager above them, an organizer, a stranger."""

    def __init__(self, **fields):
        self.district = make_unit("Đảng bộ huyện")
        self.commune = make_unit("Đảng bộ xã", parent=self.district)
        self.cell = make_unit("Chi bộ Một", parent=self.commune)
        self.contest = make_contest(root=self.district)
        self.call = make_call(self.contest, **fields)
        self.closes_at = self.call.round.closes_at
        self.lan = self.person("Trần Thị Lan", LAN)
        self.binh = self.person("Lê Văn Bình", BINH)
        self.manager = make_office(self.contest, make_user("Quản Lý"), "unit_manager", self.commune).user
        self.organizer = make_office(self.contest, make_user("Ban Tổ Chức", is_staff=True, email="to@example.vn")).user

    def person(self, name, phone, **fields):
        return make_entrant(self.contest, make_user(name, phone=phone, unit=self.cell), **fields).user

    def begin(self, form="individual", user=None, **options):
        kind = self.call.kinds.get()
        return registering.begin(self.call, user or self.lan, kind=kind, form=form, now=NOON, **options)

    def complete(self, form="individual", **options):
        """An entry that lacks nothing; of a group, Bình is its second author and has confirmed."""
        entry = self.begin(form, title="Tổ lưu động", **options)
        if form == "group":
            self.add(entry, "Lê Văn Bình", BINH)
            writing.answer_authorship(entry.pk, self.binh, confirm=True, now=NOON)
            self.share(entry, 60, 40)
        return Entry.objects.get(pk=entry.pk)

    def add(self, entry, name, number, by=None, now=NOON):
        return writing.add_author(entry.pk, by or self.lan, name=name, number=number, now=now)

    def share(self, entry, *shares):
        authors = Author.objects.standing().filter(entry=entry)
        rows = [{"id": author.pk, "share": share} for author, share in zip(authors, shares, strict=True)]
        return save(entry, self.lan, {"authors": rows})


@pytest.fixture
def scene():
    return Scene()


def save(entry, user, data, *, now=NOON, revision=None):
    if revision is None:
        revision = Entry.objects.get(pk=entry.pk).revision
    return writing.save(entry.pk, user, revision=revision, data=data, now=now)


def submit(entry, user, now=NOON):
    return writing.submit(entry.pk, user, now=now)


def code(act, *args, **options):
    with pytest.raises(Refused) as refusal:
        act(*args, **options)
    return refusal.value.code


def lacks(entry, now=NOON):
    return [(one.part, one.sentence) for one in writing.missing(Entry.objects.get(pk=entry.pk), now=now)]


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("text", flat=True))


def steps(entry):
    return list(Event.objects.filter(entry=entry).values_list("what", "by"))


# --- Who may not ------------------------------------------------------------------------------------------------------
def test_to_a_stranger_the_entry_is_not_there(scene):
    entry, stranger = scene.complete(), scene.person("Người Lạ", "0900000001")
    for act in (
        lambda: writing.find(entry.pk, stranger),
        lambda: save(entry, stranger, {"title": "x"}),
        lambda: submit(entry, stranger),
        lambda: writing.withdraw(entry.pk, stranger, reason="x", now=NOON),
        lambda: writing.answer_authorship(entry.pk, stranger, confirm=True, now=NOON),
        lambda: writing.confirm_for_unit(entry.pk, stranger, now=NOON),
        lambda: scene.add(entry, "Lê Văn Bình", BINH, by=stranger),
        lambda: writing.remove_author(entry.pk, stranger, author=0, now=NOON),
        lambda: save(entry, scene.manager, {"title": "x"}),  # sees what was handed in only
    ):
        with pytest.raises(Entry.DoesNotExist):
            act()


def test_whoever_looks_on_or_has_yet_to_confirm_writes_nothing(scene):
    entry = scene.begin("group")
    author = scene.add(entry, "Lê Văn Bình", BINH)
    observer = make_office(scene.contest, make_user(), "observer").user
    for user in (scene.organizer, observer, scene.binh):
        assert code(save, entry, user, {"title": "x"}) == "author"
        assert code(submit, entry, user) == "author"
        assert code(writing.withdraw, entry.pk, user, reason="x", now=NOON) == "charge"
        assert code(scene.add, entry, "Lê Văn Bình", BINH, by=user) == "author"
        assert code(writing.remove_author, entry.pk, user, author=author.pk, now=NOON) == "author"
    writing.answer_authorship(entry.pk, scene.binh, confirm=True, now=NOON)
    assert save(entry, scene.binh, {"title": "Của Bình"}).title == "Của Bình"
    assert code(writing.withdraw, entry.pk, scene.binh, reason="x", now=NOON) == "charge"
    assert code(scene.add, entry, "Ai Đó", "0900000009", by=scene.binh) == "charge"
    assert code(writing.remove_author, entry.pk, scene.binh, author=author.pk, now=NOON) == "charge"


def test_a_co_author_changes_neither_shares_nor_the_lead_nor_the_unit(scene):
    entry = scene.complete("group")
    lead, other = entry.authors.all()
    save(entry, scene.binh, {"authors": [{"id": other.pk, "share": 99}], "lead": other.pk})
    assert list(entry.authors.values_list("share", "is_lead")) == [(60, True), (40, False)]
    save(entry, scene.lan, {"lead": other.pk})
    assert list(entry.authors.values_list("is_lead", flat=True)) == [False, True]
    assert save(entry, scene.binh, {"lead": lead.pk}).revision  # the lead author is in charge, too
    assert list(entry.authors.values_list("is_lead", flat=True)) == [True, False]


# --- Until when -------------------------------------------------------------------------------------------------------
def test_it_is_open_until_the_close_and_not_at_it(scene):
    entry = scene.complete()
    assert save(entry, scene.lan, {"title": "Kịp"}, now=scene.closes_at - TICK).title == "Kịp"
    assert submit(entry, scene.lan, now=scene.closes_at - TICK).number == 1
    other = scene.complete()
    for now in (scene.closes_at, scene.closes_at + WEEK):
        assert code(save, other, scene.lan, {"title": "Muộn"}, now=now) == "closed"
        assert code(submit, other, scene.lan, now=now) == "closed"
        assert code(scene.add, other, "Lê Văn Bình", BINH, now=now) == "closed"
        assert code(save, entry, scene.lan, {"title": "Muộn"}, now=now) == "closed"
    assert code(save, other, scene.lan, {"title": "Sớm"}, now=scene.call.round.opens_at - TICK) == "closed"
    assert Entry.objects.get(pk=other.pk).title == "Tổ lưu động"


def test_handed_in_it_may_be_written_and_handed_in_again_until_the_close(scene):
    entry = scene.complete()
    first = submit(entry, scene.lan)
    save(entry, scene.lan, {"title": "Tổ lưu động mới"})
    second = submit(entry, scene.lan, now=NOON + DAY)
    assert [(one.number, one.content["title"], one.handed_in_at) for one in (first, second)] == [
        (1, "Tổ lưu động", NOON), (2, "Tổ lưu động mới", NOON + DAY),
    ]  # fmt: skip
    save(entry, scene.lan, {"title": "Viết dở"})
    late = scene.closes_at + TICK
    assert code(submit, entry, scene.lan, now=late) == "closed"
    held = Entry.objects.get(pk=entry.pk)
    assert (held.version, held.submitted_at, reading.newest(held)) == (2, NOON + DAY, second)


def test_what_needs_more_is_open_until_its_date_whether_or_not_the_round_is(scene):
    entry = scene.complete()
    submit(entry, scene.lan)
    until = scene.closes_at + 2 * DAY
    intake.ask_more(entry, until=until, note="Thiếu số liệu", by=scene.organizer, now=scene.closes_at + DAY)
    assert save(entry, scene.lan, {"title": "Đã bổ sung"}, now=until - TICK).title == "Đã bổ sung"
    assert code(save, entry, scene.lan, {"title": "Muộn"}, now=until) == "closed"
    assert code(submit, entry, scene.lan, now=until) == "closed"
    assert submit(entry, scene.lan, now=until - TICK).number == 2
    held = Entry.objects.get(pk=entry.pk)
    assert (held.status, held.needs_more_until) == ("submitted", None)
    assert code(save, entry, scene.lan, {"title": "Nữa"}, now=until - TICK) == "closed"


def test_a_date_before_the_close_ends_there_too(scene):
    entry = scene.complete()
    submit(entry, scene.lan)
    intake.ask_more(entry, until=NOON + DAY, note="Thiếu số liệu", by=scene.organizer, now=NOON)
    assert code(save, entry, scene.lan, {"title": "Muộn"}, now=NOON + DAY) == "closed"


@pytest.mark.parametrize("status", ["valid", "invalid", "withdrawn"])
def test_what_was_decided_or_taken_back_is_written_no_more(scene, status):
    entry = scene.complete()
    submit(entry, scene.lan)
    Entry.objects.filter(pk=entry.pk).update(status=status, intake_note="Lý do")
    assert code(save, entry, scene.lan, {"title": "x"}) == "closed"
    assert code(submit, entry, scene.lan) == "closed"
    assert code(scene.add, entry, "Lê Văn Bình", BINH) == "closed"


# --- Saving -----------------------------------------------------------------------------------------------------------
def test_a_window_that_knows_an_older_revision_overwrites_nothing(scene):
    entry = scene.begin()
    assert save(entry, scene.lan, {"title": "Một"}, revision=0).revision == 1
    assert code(save, entry, scene.lan, {"title": "Hai"}, revision=0) == "stale"
    assert code(save, entry, scene.lan, {"title": "Hai"}, revision=2) == "stale"
    assert Entry.objects.get(pk=entry.pk).title == "Một"


def test_whatever_changes_the_entry_changes_its_revision(scene):
    entry, seen = scene.begin("group"), [0]
    for act in (
        lambda: scene.add(entry, "Lê Văn Bình", BINH),
        lambda: save(entry, scene.lan, {"title": "Một"}),
        lambda: scene.share(entry, 50, 50),
        lambda: submit(entry, scene.lan),
        lambda: writing.answer_authorship(entry.pk, scene.binh, confirm=False, now=NOON),
    ):
        act()
        seen.append(Entry.objects.get(pk=entry.pk).revision)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_what_is_not_named_stays_and_what_is_typed_is_kept_clean(scene):
    section, other = make_section(scene.call), make_section(scene.call, "Số liệu", type="figures", is_required=False)
    entry = scene.begin(title="Tên")
    text = "Dòng một\u0000 \u200b\n\n\n\nDo\u0300ng hai  "
    rows = [["Hồ sơ trễ", "412", "37"], ["", "", ""], {"what": "Lượt", "before": 1}]
    saved = save(entry, scene.lan, {"answers": {section.pk: text, other.pk: rows, 999: "lạ"}})
    assert saved.title == "Tên"
    assert saved.answers == {
        str(section.pk): "Dòng một\n\nDòng hai",
        str(other.pk): [
            {"what": "Hồ sơ trễ", "before": "412", "after": "37"}, {"what": "Lượt", "before": "1", "after": ""},
        ],
    }  # fmt: skip
    assert save(entry, scene.lan, {"title": "Đổi"}).answers == saved.answers


def test_a_text_beyond_all_measure_is_refused_and_one_beyond_its_limit_is_kept(scene):
    section = make_section(scene.call, most=10)
    entry = scene.begin()
    assert code(save, entry, scene.lan, {"answers": {section.pk: "x" * 60_001}}) == "long"
    assert len(save(entry, scene.lan, {"answers": {section.pk: "x" * 60_000}}).answers[str(section.pk)]) == 60_000


def test_a_co_author_does_not_change_as_what_it_is_handed_in(scene):
    entry = scene.complete("group")
    with pytest.raises(Refused, match="its lead author, does this"):
        writing.save(entry.pk, scene.binh, revision=Entry.objects.get().revision, data={"form": "individual"}, now=NOON)
    assert Entry.objects.get().form == "group"


def test_the_form_becomes_only_what_is_asked_for_and_a_managers_entry_stays_a_units(scene):
    entry = scene.begin()
    assert code(save, entry, scene.lan, {"form": "team"}) == "form"
    assert code(save, entry, scene.lan, {"form": "crowd"}) == "form"
    assert save(entry, scene.lan, {"form": "group"}).form == "group"
    theirs = scene.begin("collective", scene.manager, unit=scene.cell)
    assert code(save, theirs, scene.manager, {"form": "group"}) == "office"


def test_a_category_of_another_call_is_none(scene):
    entry, other = scene.begin(), make_call()
    foreign = other.categories.create(title="Lĩnh vực khác")
    own = scene.call.categories.create(title="Lĩnh vực")
    assert save(entry, scene.lan, {"category": own.pk}).category == own
    assert save(entry, scene.lan, {"category": foreign.pk}).category is None


def test_whether_it_may_be_shown_is_asked_only_where_the_call_asks(scene):
    entry = scene.begin()
    assert save(entry, scene.lan, {"may_show": True}).may_show is True
    type(scene.call).objects.update(asks_to_show=False)
    other = scene.begin()
    assert save(other, scene.lan, {"may_show": True}).may_show is False


def test_the_undertaking_keeps_its_first_moment_until_it_is_taken_back(scene):
    entry = scene.begin()
    assert save(entry, scene.lan, {"undertaken": True}).undertaken_at == NOON
    assert save(entry, scene.lan, {"undertaken": True}, now=NOON + DAY).undertaken_at == NOON
    assert save(entry, scene.lan, {"undertaken": False}).undertaken_at is None


# --- Units ------------------------------------------------------------------------------------------------------------
def test_units_stay_as_they_were_after_the_person_moved(scene):
    entry, other = scene.complete("group"), make_unit("Đảng bộ xã khác", parent=scene.district)
    line = [scene.district.pk, scene.commune.pk, scene.cell.pk]
    Entrant.objects.filter(user__in=[scene.lan, scene.binh]).update(unit=other, unit_path=[scene.district.pk, other.pk])
    type(scene.lan).objects.filter(pk=scene.lan.pk).update(unit=other)
    save(entry, scene.lan, {"title": "Sau khi chuyển"})
    version = submit(entry, scene.lan)
    held = Entry.objects.get(pk=entry.pk)
    assert (held.unit, held.unit_path) == (scene.cell, line)
    assert [author.unit_path for author in held.authors.all()] == [line, line]
    assert version.content["unit_path"] == line
    assert [author["unit_path"] for author in version.content["authors"]] == [line, line]
    assert scene.begin().unit == other  # what comes later is of where they are


def test_an_entry_of_people_is_of_the_unit_of_its_lead_author(scene):
    entry = scene.begin("group")
    elsewhere = make_unit("Chi bộ Hai", parent=scene.commune)
    make_entrant(scene.contest, make_user("Phạm Thị Mai", phone="0900000002", unit=elsewhere))
    mai = scene.add(entry, "Phạm Thị Mai", "0900000002")
    assert save(entry, scene.lan, {"unit": elsewhere.pk}).unit == scene.cell
    saved = save(entry, scene.lan, {"lead": mai.pk})
    assert (saved.unit, saved.unit_path[-1]) == (elsewhere, elsewhere.pk)
    writing.remove_author(entry.pk, scene.lan, author=mai.pk, now=NOON)
    held = Entry.objects.get(pk=entry.pk)
    assert (held.unit, list(held.authors.values_list("user", "is_lead"))) == (scene.cell, [(scene.lan.pk, True)])


def test_a_collective_moves_only_to_units_that_the_person_may_enter_for(scene):
    entry = scene.begin("collective")
    other = make_unit("Đảng bộ xã khác", parent=scene.district)
    for unit in (other.pk, scene.district.pk, 0x7FFF):
        assert code(save, entry, scene.lan, {"unit": unit}) == "unit"
    saved = save(entry, scene.lan, {"unit": scene.commune.pk})
    assert (saved.unit, saved.unit_path) == (scene.commune, [scene.district.pk, scene.commune.pk])
    theirs = scene.begin("collective", scene.manager, unit=scene.commune)
    assert code(save, theirs, scene.manager, {"unit": other.pk}) == "unit"
    assert save(theirs, scene.manager, {"unit": scene.cell.pk}).unit == scene.cell


# --- Authors ----------------------------------------------------------------------------------------------------------
def test_a_name_is_found_however_it_is_typed(scene):
    assert scene.add(scene.begin("group"), "le van  binh", "+84 987 654 321").user == scene.binh


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Lê Văn Bình", LAN), ("Lê Văn", BINH), ("Người Ngoài", "0900000003"), ("Đã Nghỉ", "0900000004"),
        ("Lê Văn Bình", ""), ("", ""),
    ],
)  # fmt: skip
def test_nobody_else_is_named(scene, name, number):
    entry = scene.begin("group")
    make_entrant(make_contest(), make_user("Người Ngoài", phone="0900000003"))
    make_entrant(scene.contest, make_user("Đã Nghỉ", phone="0900000004", is_active=False))
    assert code(scene.add, entry, name, number) == "unknown"
    assert entry.authors.count() == 1


def test_a_party_card_or_a_citizen_number_finds_the_person_as_well(scene):
    entry = scene.begin("group")
    type(scene.binh).objects.filter(pk=scene.binh.pk).update(party_card="12.345678")
    assert scene.add(entry, "Lê Văn Bình", "12 345678").user == scene.binh


def test_guessing_numbers_makes_the_next_guess_wait_and_the_guesses_are_counted_though_refused(scene):
    entry, codes = scene.begin("group"), []
    for number in range(12):
        codes.append(code(scene.add, entry, "Lê Văn Bình", f"09000001{number:02}"))
    assert codes[0] == "unknown"
    assert codes[-1] == "blocked"
    assert code(scene.add, entry, "Lê Văn Bình", BINH) == "blocked"
    assert scene.add(entry, "Lê Văn Bình", BINH, now=NOON + DAY).user == scene.binh


def test_nobody_is_an_author_twice_or_barred_or_in_an_office(scene):
    entry = scene.begin("group")
    scene.person("Bị Cấm", "0900000005", barred_at=NOON, barred_reason="Thi hộ")
    judge = scene.person("Giám Khảo", "0900000006")
    make_office(scene.contest, judge, "judge")
    assert code(scene.add, entry, "Trần Thị Lan", LAN) == "twice"
    assert code(scene.add, entry, "Bị Cấm", "0900000005") == "barred"
    assert code(scene.add, entry, "Giám Khảo", "0900000006") == "barred"
    scene.add(entry, "Lê Văn Bình", BINH)
    assert code(scene.add, entry, "Lê Văn Bình", BINH) == "twice"


def test_an_individual_has_one_author_and_a_group_as_many_as_the_call_lets():
    scene = Scene(most_authors=3)
    alone, group = scene.begin(), scene.begin("group")
    assert code(scene.add, alone, "Lê Văn Bình", BINH) == "form"
    for number in (7, 8):
        scene.person(f"Người {number}", f"090000000{number}")
        scene.add(group, f"Người {number}", f"090000000{number}")
    assert code(scene.add, group, "Lê Văn Bình", BINH) == "many"
    writing.remove_author(group.pk, scene.lan, author=group.authors.last().pk, now=NOON)
    assert scene.add(group, "Lê Văn Bình", BINH).order == 2


def test_a_co_author_is_asked_and_confirms_by_the_own_sign_in_once(scene):
    entry = scene.begin("group")
    author = scene.add(entry, "Lê Văn Bình", BINH)
    assert (author.confirmed_at, told(scene.binh)) == (None, [writing.ASKED])
    with pytest.raises(Entry.DoesNotExist):
        writing.answer_authorship(entry.pk, scene.organizer, confirm=True, now=NOON)
    for now in (NOON, NOON + DAY):
        assert writing.answer_authorship(entry.pk, scene.binh, confirm=True, now=now).confirmed_at == NOON
    assert steps(entry)[1:] == [("author_confirmed", scene.binh.pk)]
    [record] = Record.objects.filter(action="entries.authorship")
    assert record.data == {"code": "SK-0001", "confirmed": True}


def test_whoever_may_not_enter_confirms_nothing(scene):
    entry = scene.begin("group")
    author = scene.add(entry, "Lê Văn Bình", BINH)
    entrant = Entrant.objects.filter(user=scene.binh)
    entrant.update(barred_at=NOON, barred_reason="Thi hộ")
    assert code(writing.answer_authorship, entry.pk, scene.binh, confirm=True, now=NOON) == "barred"
    entrant.update(barred_at=None, barred_reason="")
    office = make_office(scene.contest, scene.binh, "judge")
    assert code(writing.answer_authorship, entry.pk, scene.binh, confirm=True, now=NOON) == "office"
    office.delete()
    entrant.delete()
    assert code(writing.answer_authorship, entry.pk, scene.binh, confirm=True, now=NOON) == "outside"
    author.refresh_from_db()
    assert author.confirmed_at is None


def test_whoever_declines_is_out_others_are_told_and_only_naming_anew_brings_them_back(scene):
    entry = scene.complete("group")
    declined = writing.answer_authorship(entry.pk, scene.binh, confirm=False, now=NOON)
    assert (declined.declined_at, declined.confirmed_at) == (NOON, None)
    assert told(scene.lan) == [writing.DECLINED]
    assert lacks(entry) == [
        ("authors", "A group has two to 5 authors."),
        ("authors", "The contributions are whole percentages above zero that sum to exactly 100."),
    ]
    with pytest.raises(Entry.DoesNotExist):
        save(entry, scene.binh, {"title": "x"})
    again = scene.add(entry, "Lê Văn Bình", BINH, now=NOON + TICK * 1_000_000)
    assert (again.pk, again.confirmed_at, again.declined_at) == (declined.pk, None, None)
    assert told(scene.binh) == [writing.ASKED, writing.ASKED]
    assert writing.answer_authorship(entry.pk, scene.binh, confirm=True, now=NOON + DAY).confirmed_at == NOON + DAY


def test_whoever_is_named_and_taken_off_again_and_again_is_asked_once(scene):
    entry = scene.complete("group")
    for turn in range(1, 4):
        author = entry.authors.get(user=scene.binh)
        writing.remove_author(entry.pk, scene.lan, author=author.pk, now=NOON)
        scene.add(entry, "Lê Văn Bình", BINH, now=NOON + TICK * turn * 1_000_000)
    assert told(scene.binh) == [writing.ASKED]


def test_a_lead_author_who_declines_hands_the_lead_on(scene):
    entry = scene.complete("group")
    writing.answer_authorship(entry.pk, scene.lan, confirm=False, now=NOON)
    assert list(entry.authors.values_list("user", "is_lead")) == [(scene.lan.pk, False), (scene.binh.pk, True)]


def test_authorship_is_answered_until_the_decision_the_close_aside(scene):
    entry = scene.begin("group", title="Tổ lưu động")
    scene.add(entry, "Lê Văn Bình", BINH)
    scene.share(entry, 50, 50)
    submit(entry, scene.lan)
    late = scene.closes_at + DAY
    assert writing.answer_authorship(entry.pk, scene.binh, confirm=True, now=late).confirmed_at == late
    intake.find_valid(entry, by=scene.organizer, now=late)
    assert code(writing.answer_authorship, entry.pk, scene.binh, confirm=False, now=late) == "closed"


def test_an_author_is_taken_off_once_and_one_of_another_entry_never(scene):
    entry, other = scene.complete("group"), scene.begin()
    writing.remove_author(entry.pk, scene.lan, author=other.authors.get().pk, now=NOON)
    second = entry.authors.last()
    for _ in range(2):
        writing.remove_author(entry.pk, scene.lan, author=second.pk, now=NOON)
    assert (entry.authors.count(), other.authors.count()) == (1, 1)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([100], True), ([60, 40], True), ([34, 33, 33], True), ([99], False), ([60, 41], False), ([100, 0], False),
        ([None, 100], False), ([50, None], False), ([33, 33, 33], False),
    ],
)  # fmt: skip
def test_shares_are_whole_above_zero_and_sum_to_exactly_100(shares, expected):
    assert shares_add_up(shares) is expected


@pytest.mark.parametrize("shares", [(60, 39), (60, 41), (100, 0), (100, None), (None, None)])
def test_an_entry_whose_shares_do_not_sum_to_100_is_not_handed_in(scene, shares):
    entry = scene.complete("group")
    scene.share(entry, *shares)
    assert code(submit, entry, scene.lan) == "incomplete"
    assert lacks(entry) == [("authors", "The contributions are whole percentages above zero that sum to exactly 100.")]
    scene.share(entry, 1, 99)
    assert submit(entry, scene.lan).number == 1


@pytest.mark.parametrize("share", [101, 40_000, -1, 33.5, "a", True])
def test_a_share_that_is_no_whole_percentage_is_none_and_told_as_missing(scene, share):
    entry = scene.complete("group")
    scene.share(entry, 60, share)
    assert list(entry.authors.values_list("share", flat=True)) == [60, None]
    assert [part for part, _sentence in lacks(entry)] == ["authors"]


# --- What is missing --------------------------------------------------------------------------------------------------
def test_missing_says_each_thing_in_the_order_of_the_form():
    scene = Scene(undertaking="Tôi cam kết.", most_links=1)
    scene.call.categories.create(title="Lĩnh vực")
    make_section(scene.call, "Nhu cầu", least=5)
    entry = scene.begin("group")
    save(entry, scene.lan, {"links": [{"url": "ftp://x.vn"}, {"url": "https://thi.vn/a"}, {"title": "không có"}]})
    assert lacks(entry) == [
        ("general", "Give it a title."),
        ("general", "Choose a field."),
        ("authors", "A group has two to 5 authors."),
        ("authors", "The contributions are whole percentages above zero that sum to exactly 100."),
        ("content", "“Nhu cầu”: This is needed."),
        ("files", "At most 1 links."),
        ("files", "“ftp://x.vn” is no link: it begins with https://."),
        ("undertaking", "Give the undertaking."),
    ]
    assert code(submit, entry, scene.lan) == "incomplete"
    assert (Version.objects.count(), Entry.objects.get(pk=entry.pk).status) == (0, "draft")


@pytest.mark.parametrize(
    ("fields", "value", "sentence"),
    [
        ({}, "", "This is needed."),
        ({}, " \n ", "This is needed."),
        ({"is_required": False}, "", None),
        ({"least": 5}, "bốn.", "at least 5 characters, now 4."),
        ({"least": 5}, "năm..", None),
        ({"is_required": False, "least": 5}, "a", "at least 5 characters, now 1."),
        ({"most": 5}, "sáu...", "at most 5 characters, now 6."),
        ({"most": 5}, "năm..", None),
        ({"type": "line", "most": 3}, "dài quá", "at most 3 characters, now 7."),
        ({"type": "date"}, "02/09/2024", None),
        ({"type": "date"}, "2024-09-02", None),
        ({"type": "date"}, "31/02/2024", "type a day, such as 02/09/2024."),
        ({"type": "date"}, "hôm qua", "type a day, such as 02/09/2024."),
        ({"type": "choice", "choices": ["xã", "huyện"]}, "huyện", None),
        ({"type": "choice", "choices": ["xã", "huyện"]}, "tỉnh", "choose one of what is offered."),
        ({"type": "figures"}, [], "This is needed."),
        ({"type": "figures"}, [["", "", ""]], "This is needed."),
        ({"type": "figures"}, [["Hồ sơ", "412", "37"]], None),
        ({"type": "figures"}, [["Hồ sơ", "412", ""]], "each row says what is counted, and how much before and after."),
    ],
)
def test_what_a_section_lacks(scene, fields, value, sentence):
    section = make_section(scene.call, "Phần", **fields)
    entry = scene.begin(title="Tên")
    save(entry, scene.lan, {"answers": {section.pk: value}})
    assert lacks(entry) == ([("content", f"“Phần”: {sentence}")] if sentence else [])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://thi.vn/a", True), ("http://thi.vn", True), ("javascript:alert(1)", False), ("//thi.vn", False),
        ("https://", False), ("https://không có", False), ("http://[", False), ("thi.vn", False),
    ],
)  # fmt: skip
def test_a_link_is_an_address_of_the_web(url, expected):
    assert writing.is_link(url) is expected


def test_a_unit_and_a_team_lack_what_people_do_not():
    scene = Scene(forms=["individual", "group", "collective", "team"], most_authors=2)
    collective = scene.begin("collective", title="Tên")
    assert lacks(collective) == []
    Entry.objects.filter(pk=collective.pk).update(unit=None)
    assert lacks(collective) == [("general", "Say for which unit this is handed in.")]
    team = scene.begin("team", scene.manager, unit=scene.cell, title="Tên")
    assert lacks(team) == [("authors", "A team has one to 2 members.")]
    writing.add_author(team.pk, scene.manager, name="Lê Văn Bình", number=BINH, now=NOON)
    assert lacks(team) == []  # a team has no shares


def test_an_author_who_took_an_office_or_was_barred_since_keeps_it_from_being_handed_in(scene):
    entry = scene.complete("group")
    office = make_office(scene.contest, scene.binh, "judge")
    sentence = [("authors", "Lê Văn Bình can't be an author in this contest.")]
    assert lacks(entry) == sentence
    office.delete()
    Entrant.objects.filter(user=scene.binh).update(barred_at=NOON, barred_reason="Thi hộ")
    assert lacks(entry) == sentence
    assert code(submit, entry, scene.lan) == "incomplete"


# --- Handing in -------------------------------------------------------------------------------------------------------
def test_a_version_keeps_every_word_with_its_receipt_and_is_never_changed(scene):
    section = make_section(scene.call)
    entry = scene.complete("group")
    save(entry, scene.lan, {"answers": {section.pk: "Máy tính đến tận thôn."}})
    version = submit(entry, scene.lan)
    line = [scene.district.pk, scene.commune.pk, scene.cell.pk]
    content = version.content
    authors = [(one["full_name"], one["share"], one["is_lead"], one["unit_path"]) for one in content.pop("authors")]
    assert authors == [("Trần Thị Lan", 60, True, line), ("Lê Văn Bình", 40, False, line)]
    assert content == {
        "title": "Tổ lưu động", "kind": scene.call.kinds.get().pk, "form": "group", "category": None,
        "unit": scene.cell.pk, "unit_path": line, "answers": {str(section.pk): "Máy tính đến tận thôn."}, "links": [],
        "undertaken": False, "may_show": False, "files": [],
    }  # fmt: skip
    kept = Version.objects.get()
    assert (kept.number, kept.handed_in_by, kept.receipt) == (1, scene.lan, version.receipt)
    assert writing.receipt(entry, kept.content, kept.handed_in_at) == kept.receipt  # years later, too
    assert writing.receipt(entry, {**kept.content, "title": "Khác"}, NOON) != kept.receipt
    for act in (lambda: Version.objects.update(receipt="x"), lambda: Version.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert json.loads(json.dumps(kept.content)) == kept.content


def test_handed_in_again_unchanged_it_is_the_same_version(scene):
    entry = scene.complete()
    first, again = submit(entry, scene.lan), submit(entry, scene.lan, now=NOON + DAY)
    assert (again, again.receipt) == (first, first.receipt)
    assert submit(entry, scene.lan, now=scene.closes_at + DAY) == first  # a lost answer is asked for again
    assert (Version.objects.count(), Event.objects.filter(what="submitted").count()) == (1, 1)


def test_the_other_authors_are_told_of_each_version_once_with_their_part(scene):
    entry = scene.complete("group")
    submit(entry, scene.lan)
    submit(entry, scene.lan)
    [asked, handed_in] = Notice.objects.filter(user=scene.binh).order_by("pk")
    assert (asked.text, handed_in.text, handed_in.values["share"]) == (writing.ASKED, writing.RECEIVED, "40%")
    assert handed_in.path == writing.path_of(entry)
    assert told(scene.lan) == []


# --- Confirmed for the unit -------------------------------------------------------------------------------------------
def test_only_a_manager_of_its_unit_confirms_and_only_what_was_handed_in():
    scene = Scene(needs_confirmation=True)
    entry = scene.complete()
    with pytest.raises(Entry.DoesNotExist):
        writing.confirm_for_unit(entry.pk, scene.manager, now=NOON)
    submit(entry, scene.lan)
    other = make_office(scene.contest, make_user(), "unit_manager", make_unit("Xã khác", parent=scene.district)).user
    with pytest.raises(Entry.DoesNotExist):
        writing.confirm_for_unit(entry.pk, other, now=NOON)
    for user in (scene.lan, scene.organizer):
        assert code(writing.confirm_for_unit, entry.pk, user, now=NOON) == "manager"
    assert told(scene.manager) == [writing.TO_CONFIRM]
    for now in (NOON, NOON + DAY):
        done = writing.confirm_for_unit(entry.pk, scene.manager, now=now)
        assert (done.confirmed_by, done.confirmed_at) == (scene.manager, NOON)
    assert told(scene.lan) == [writing.CONFIRMED]
    assert Event.objects.filter(what="confirmed").count() == 1


def test_what_is_handed_in_anew_is_confirmed_anew():
    scene = Scene(needs_confirmation=True)
    entry = scene.complete()
    submit(entry, scene.lan)
    writing.confirm_for_unit(entry.pk, scene.manager, now=NOON)
    save(entry, scene.lan, {"title": "Đổi"})
    assert Entry.objects.get(pk=entry.pk).confirmed_at == NOON  # what was handed in still stands
    submit(entry, scene.lan)
    assert Entry.objects.get(pk=entry.pk).confirmed_at is None
    assert told(scene.manager) == [writing.TO_CONFIRM, writing.TO_CONFIRM]


def test_a_manager_confirms_only_what_they_have_read():
    scene = Scene(needs_confirmation=True)
    entry = scene.complete()
    submit(entry, scene.lan)
    save(entry, scene.lan, {"title": "Đổi sau khi đã đọc"})
    submit(entry, scene.lan)
    assert code(writing.confirm_for_unit, entry.pk, scene.manager, version=1, now=NOON) == "anew"
    assert Entry.objects.get(pk=entry.pk).confirmed_at is None
    assert writing.confirm_for_unit(entry.pk, scene.manager, version=2, now=NOON).confirmed_by == scene.manager


def test_nobody_confirms_where_the_call_asks_for_none_nor_what_is_decided(scene):
    entry = scene.complete()
    submit(entry, scene.lan)
    with pytest.raises(Entry.DoesNotExist):
        writing.confirm_for_unit(entry.pk, scene.manager, now=NOON)
    type(scene.call).objects.update(needs_confirmation=True)
    Entry.objects.update(status="withdrawn")
    assert code(writing.confirm_for_unit, entry.pk, scene.manager, now=NOON) == "closed"


def test_a_manager_who_hands_in_for_the_unit_confirms_it_thereby():
    scene = Scene(needs_confirmation=True)
    entry = scene.begin("collective", scene.manager, unit=scene.cell, title="Tên")
    submit(entry, scene.manager)
    held = Entry.objects.get(pk=entry.pk)
    assert (held.confirmed_by, held.confirmed_at, told(scene.manager)) == (scene.manager, NOON, [])


def test_the_nearest_manager_above_is_asked():
    scene = Scene(needs_confirmation=True)
    entry = scene.complete()
    near = make_office(scene.contest, make_user(), "unit_manager", scene.cell).user
    submit(entry, scene.lan)
    assert (told(near), told(scene.manager)) == ([writing.TO_CONFIRM], [])


# --- Taken back -------------------------------------------------------------------------------------------------------
def test_a_draft_is_taken_back_without_a_word_and_what_was_handed_in_with_a_reason(scene):
    draft, entry = scene.begin(), scene.complete("group")
    assert writing.withdraw(draft.pk, scene.lan, reason="", now=NOON).status == "withdrawn"
    submit(entry, scene.lan)
    assert code(writing.withdraw, entry.pk, scene.lan, reason=" \u200b ", now=NOON) == "reason"
    late = scene.closes_at + DAY
    assert writing.withdraw(entry.pk, scene.lan, reason=" Trùng  bài ", now=late).status == "withdrawn"
    event = Event.objects.get(entry=entry, what="withdrawn")
    assert (event.note, event.by, event.at) == ("Trùng bài", scene.lan, late)
    assert told(scene.binh)[-1:] == [writing.WITHDRAWN]
    assert writing.withdraw(entry.pk, scene.lan, reason="", now=late) == entry
    assert Event.objects.filter(entry=entry, what="withdrawn").count() == 1
    assert entry.versions.count() == 1  # what was handed in is kept


def test_the_lead_author_takes_it_back_too_and_after_a_decision_nobody_does(scene):
    entry = scene.complete("group")
    save(entry, scene.lan, {"lead": entry.authors.last().pk})
    submit(entry, scene.lan)
    for status in ("valid", "invalid"):
        Entry.objects.update(status=status, intake_note="Lý do")
        assert code(writing.withdraw, entry.pk, scene.lan, reason="x", now=NOON) == "decided"
    Entry.objects.update(status="needs_more", needs_more_until=NOON + DAY)
    held = writing.withdraw(entry.pk, scene.binh, reason="Xin rút", now=NOON)
    assert (held.status, held.needs_more_until) == ("withdrawn", None)


# --- On paper ---------------------------------------------------------------------------------------------------------
def test_paper_is_written_by_the_secretariat_alone_even_after_the_close(scene):
    late = scene.closes_at + DAY
    entry = scene.begin("group", on_paper=True, by=scene.organizer, title="Trên giấy")
    assert code(save, entry, scene.lan, {"title": "x"}) == "author"
    assert code(writing.withdraw, entry.pk, scene.lan, reason="x", now=NOON) == "charge"
    signed = scene.add(entry, " Người  Ký ", "", by=scene.organizer, now=late)
    assert (signed.user, signed.full_name, signed.confirmed_at) == (None, "Người Ký", late)
    assert code(scene.add, entry, " ", "", by=scene.organizer, now=late) == "name"
    known = scene.add(entry, "Lê Văn Bình", BINH, by=scene.organizer, now=late)
    assert (known.user, known.confirmed_at, told(scene.binh)) == (scene.binh, late, [])
    rows = [{"id": one.pk, "share": share} for one, share in zip(entry.authors.all(), (50, 30, 20), strict=True)]
    save(entry, scene.organizer, {"authors": rows}, now=late)
    assert submit(entry, scene.organizer, now=late).handed_in_by == scene.organizer
    assert intake.find_valid(entry, by=scene.organizer, now=late).status == "valid"
    assert told(scene.binh) == [writing.RECEIVED, intake.VALID]


# --- Going back to what was handed in ---------------------------------------------------------------------------------
def restored(entry):
    with transaction.atomic():
        held = Entry.objects.select_for_update().get(pk=entry.pk)
        version = reading.newest(held)
        assert version is not None
        return writing.restore(held, version)


def test_what_was_written_since_is_taken_back_with_its_authors(scene):
    entry = scene.complete("group")
    version = submit(entry, scene.lan)
    assert restored(entry) is False
    save(entry, scene.lan, {"title": "Viết dở", "links": [{"url": "https://x.vn"}], "lead": entry.authors.last().pk})
    scene.person("Người Ba", "0900000007")
    scene.add(entry, "Người Ba", "0900000007")
    writing.remove_author(entry.pk, scene.lan, author=entry.authors.all()[1].pk, now=NOON)
    assert restored(entry) is True
    held = Entry.objects.get(pk=entry.pk)
    assert reading.content(held) == version.content
    assert all(author.confirmed_at is not None for author in held.authors.all())  # they had said so
    assert "le van binh" in held.search


def test_whoever_declined_since_stays_away(scene):
    entry = scene.complete("group")
    submit(entry, scene.lan)
    writing.answer_authorship(entry.pk, scene.binh, confirm=False, now=NOON)
    restored(entry)
    binh = entry.authors.get(user=scene.binh)
    assert (binh.declined_at, binh.confirmed_at) == (NOON, None)


def test_whoever_declined_and_was_taken_off_then_stays_away_too(scene):
    entry = scene.complete("group")
    submit(entry, scene.lan)
    writing.answer_authorship(entry.pk, scene.binh, confirm=False, now=NOON + DAY)
    writing.remove_author(entry.pk, scene.lan, author=entry.authors.get(user=scene.binh).pk, now=NOON + DAY)
    restored(entry)
    assert list(entry.authors.values_list("user", flat=True)) == [scene.lan.pk]


def test_whoever_was_taken_off_without_having_confirmed_still_has_to(scene):
    entry = scene.begin("group", title="Tên")
    scene.add(entry, "Lê Văn Bình", BINH)
    scene.share(entry, 50, 50)
    submit(entry, scene.lan)
    writing.remove_author(entry.pk, scene.lan, author=entry.authors.last().pk, now=NOON)
    restored(entry)
    assert list(entry.authors.values_list("user", "confirmed_at")) == [(scene.lan.pk, NOON), (scene.binh.pk, None)]


def test_authors_who_were_named_anew_since_are_those_who_were_handed_in(scene):
    entry = scene.complete("group")
    version = submit(entry, scene.lan)
    for user, name, number in ((scene.binh, "Lê Văn Bình", BINH), (scene.lan, "Trần Thị Lan", LAN)):
        writing.remove_author(entry.pk, scene.lan, author=entry.authors.get(user=user).pk, now=NOON)
        scene.add(entry, name, number)
    assert restored(entry) is True
    held = Entry.objects.get(pk=entry.pk)
    assert reading.content(held) == version.content
    assert list(held.authors.values_list("confirmed_at", flat=True)) == [NOON, NOON]


def test_another_entry_of_the_same_person_is_left_alone(scene):
    entry, other = scene.complete(), make_entry(scene.call, scene.lan)
    submit(entry, scene.lan)
    save(entry, scene.lan, {"title": "Viết dở"})
    restored(entry)
    assert other.authors.count() == 1
