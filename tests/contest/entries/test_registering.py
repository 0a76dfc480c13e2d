"""Who may begin an entry, of which kind and form, for which unit and until when; numbers and codes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from contest.entries import registering, writing
from contest.entries.models import Entry, Event, Kind
from contest.foundations.ledger.models import Entry as Record
from contest.foundations.refusing import Refused
from contest.rounds.models import Consent
from tests.builders import (
    NOON,
    WEEK,
    make_consent_text,
    make_contest,
    make_entrant,
    make_office,
    make_round,
    make_unit,
    make_user,
)
from tests.contest.entries.builders import make_call, make_entry, make_kind

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện")


@pytest.fixture
def commune(district):
    return make_unit("Đảng bộ xã", parent=district)


@pytest.fixture
def cell(commune):
    return make_unit("Chi bộ Một", parent=commune)


@pytest.fixture
def contest(district):
    return make_contest(root=district)


@pytest.fixture
def call(contest):
    return make_call(contest, forms=["individual", "group", "collective", "team"])


@pytest.fixture
def lan(contest, cell):
    return make_entrant(contest, make_user("Trần Thị Lan", unit=cell)).user


@pytest.fixture
def manager(contest, commune):
    return make_office(contest, make_user("Quản Lý"), "unit_manager", commune).user


@pytest.fixture
def organizer(contest):
    return make_office(contest, make_user("Ban Tổ Chức", is_staff=True, email="to@example.vn")).user


def begin(call, user, form="individual", *, now=NOON, **options):
    kind = options.pop("kind", None) or call.kinds.all()[0]
    return registering.begin(call, user, kind=kind, form=form, now=now, **options)


def refused(call, user, form="individual", **options):
    before = Entry.objects.count(), list(Kind.objects.values_list("last_number", flat=True))
    with pytest.raises(Refused) as refusal:
        begin(call, user, form, **options)
    assert (Entry.objects.count(), list(Kind.objects.values_list("last_number", flat=True))) == before
    return refusal.value.code


# --- Who may not ------------------------------------------------------------------------------------------------------
def test_nobody_from_outside_the_contest(call):
    assert refused(call, make_user()) == "outside"
    assert refused(call, make_entrant(make_contest()).user) == "outside"


@pytest.mark.parametrize("role", ["organizer", "judge", "editor", "observer"])
@pytest.mark.parametrize("form", ["individual", "collective"])
def test_nobody_with_an_office_whether_or_not_they_are_in_the_contest(call, contest, lan, role, form):
    make_office(contest, lan, role)
    assert refused(call, lan, form) == "office"
    stranger = make_office(contest, make_user(), role).user
    assert refused(call, stranger, form) == "office"


def test_a_manager_of_units_enters_for_units_only_and_not_with_another_office(call, contest, manager, cell):
    assert refused(call, manager, "individual", unit=cell) == "office"
    assert refused(call, manager, "group", unit=cell) == "office"
    make_office(contest, manager, "judge")
    assert refused(call, manager, "collective", unit=cell) == "office"


def test_nobody_who_is_barred(call, contest, cell, organizer):
    barred = make_entrant(contest, make_user(unit=cell), barred_at=NOON - WEEK, barred_reason="Thi hộ").user
    assert refused(call, barred) == "barred"
    assert refused(call, barred, "collective") == "barred"
    assert refused(call, barred, on_paper=True, by=organizer) == "barred"


def test_nobody_whom_the_round_is_not_for(contest, cell, lan):
    listed = make_call(round=make_round(contest, kind="initiative", who="roster"))
    walked_in = make_entrant(contest, make_user(unit=cell), origin="registered").user
    assert refused(listed, walked_in) == "roster"
    elsewhere = make_round(contest, kind="initiative", who="units")
    elsewhere.units.add(make_unit("Đảng bộ khác"))
    assert refused(make_call(round=elsewhere), lan) == "units"


def test_nobody_without_the_consent_except_on_paper_where_it_is_signed(call, contest, lan, organizer):
    text = make_consent_text(contest, is_required=True)
    assert refused(call, lan) == "consent"
    assert begin(call, lan, on_paper=True, by=organizer).is_on_paper
    Consent.objects.create(user=lan, text=text, given_at=NOON)
    assert begin(call, lan).created_by == lan


# --- What, and when ---------------------------------------------------------------------------------------------------
def test_only_what_is_asked_for(contest, lan):
    narrow, other = make_call(contest, forms=["individual"]), make_call(contest)
    assert refused(narrow, lan, "group") == "form"
    assert refused(narrow, lan, kind=other.kinds.get()) == "form"
    with pytest.raises(ValueError, match="crowd"):
        begin(narrow, lan, "crowd")


def test_from_the_opening_until_the_close_and_not_at_it(contest, lan):
    call = make_call(contest)
    opens_at, closes_at = call.round.opens_at, call.round.closes_at
    assert refused(call, lan, now=opens_at - TICK) == "closed"
    assert refused(call, lan, now=closes_at) == "closed"
    assert begin(call, lan, now=opens_at).registered_at == opens_at
    assert begin(call, lan, now=closes_at - TICK).registered_at == closes_at - TICK
    unset = make_call(round=make_round(contest, kind="initiative", opens_at=None, closes_at=None))
    assert refused(unset, lan) == "closed"


def test_the_registration_may_close_before_and_what_is_registered_is_still_written(contest, lan):
    call = make_call(contest, registration_closes_at=NOON)
    entry = begin(call, lan, now=NOON - TICK)
    assert refused(call, lan, now=NOON) == "closed"
    assert writing.save(entry.pk, lan, revision=0, data={"title": "Muộn"}, now=NOON).title == "Muộn"
    assert registering.why_closed(call, now=NOON).startswith("The registration is closed.")
    assert registering.why_closed(call, now=call.round.closes_at) == "Entries are no longer taken."
    assert registering.why_closed(call, now=call.round.opens_at - TICK) == "Entries are not taken yet."


def test_no_more_entries_than_a_person_may_have_and_what_is_withdrawn_counts_no_more(contest, lan, manager, cell):
    call = make_call(contest, most_entries=2)
    first, _second = begin(call, lan), begin(call, lan, "group")
    assert refused(call, lan) == "many"
    assert refused(call, lan, "collective") == "many"
    writing.withdraw(first.pk, lan, reason="", now=NOON)
    begin(call, lan)
    assert refused(call, lan) == "many"
    for _ in range(3):  # whoever enters for units enters for several
        begin(call, manager, "collective", unit=cell)


# --- For whom ---------------------------------------------------------------------------------------------------------
def test_an_individual_is_the_lead_author_has_confirmed_and_contributes_all(call, lan, cell, commune, district):
    entry = begin(call, lan, title="  Tổ  lưu động ")
    line = [district.pk, commune.pk, cell.pk]
    assert (entry.title, entry.status, entry.version, entry.revision) == ("Tổ lưu động", "draft", 0, 0)
    assert (entry.unit, entry.unit_path, entry.created_by) == (cell, line, lan)
    [author] = entry.authors.all()
    assert (author.user, author.full_name, author.is_lead, author.share) == (lan, "Trần Thị Lan", True, 100)
    assert (author.confirmed_at, author.unit, author.unit_path) == (NOON, cell, line)


@pytest.mark.parametrize(("form", "authors"), [("group", [(True, None)]), ("team", [(True, None)]), ("collective", [])])
def test_a_group_and_a_team_begin_with_a_lead_and_a_collective_with_nobody(call, lan, cell, form, authors):
    entry = begin(call, lan, form)
    assert list(entry.authors.values_list("is_lead", "share")) == authors
    assert entry.unit == cell


def test_a_unit_is_the_own_one_or_one_above_it_in_the_contest(call, lan, commune, district, cell):
    other = make_unit("Đảng bộ xã khác", parent=district)
    below = make_unit("Tổ đảng", parent=cell)
    for unit in (other, below, district):
        assert refused(call, lan, "collective", unit=unit) == "unit"
    assert refused(call, lan, "collective", unit=make_unit("Huyện khác")) == "unit"
    assert begin(call, lan, "collective", unit=commune).unit_path == [district.pk, commune.pk]
    assert begin(call, lan, unit=commune).unit == cell  # people are of their own


def test_a_manager_enters_for_the_managed_unit_and_those_below_it(call, manager, commune, cell, district):
    assert refused(call, manager, "collective") == "unit"
    assert refused(call, manager, "collective", unit=district) == "unit"
    assert refused(call, manager, "team", unit=make_unit("Xã khác", parent=district)) == "unit"
    assert begin(call, manager, "collective", unit=commune).unit == commune
    team = begin(call, manager, "team", unit=cell)
    assert (team.unit, team.authors.count(), team.created_by) == (cell, 0, manager)


def test_whoever_has_no_unit_enters_alone_but_for_none(contest):
    call = make_call(contest)
    user = make_entrant(contest, make_user()).user
    assert begin(call, user).unit is None
    assert refused(call, user, "collective") == "unit"


# --- On paper ---------------------------------------------------------------------------------------------------------
def test_what_came_on_paper_is_typed_in_by_organizers_alone_and_says_whose_it_is(call, lan, manager, organizer, cell):
    assert refused(call, lan, on_paper=True) == "organizer"
    assert refused(call, lan, on_paper=True, by=lan) == "organizer"
    assert refused(call, lan, on_paper=True, by=manager) == "organizer"
    assert refused(call, None, on_paper=True, by=organizer) == "person"
    assert refused(call, None, "team") == "person"
    assert refused(call, None, "collective", on_paper=True, by=organizer) == "unit"
    entry = begin(call, None, "collective", unit=cell, on_paper=True, by=organizer)
    assert (entry.unit, entry.created_by, entry.is_on_paper) == (cell, organizer, True)


def test_paper_is_typed_in_after_the_close_and_beyond_what_a_person_may_begin(contest, lan, organizer):
    call = make_call(contest, most_entries=1)
    begin(call, lan)
    entry = begin(call, lan, on_paper=True, by=organizer, now=call.round.closes_at + WEEK)
    [author] = entry.authors.all()
    assert (author.user, author.confirmed_at is not None, entry.created_by) == (lan, True, organizer)


# --- Numbers, and what is kept ----------------------------------------------------------------------------------------
def test_numbers_run_within_a_kind_and_are_never_given_twice(call, lan):
    model = make_kind(call, "Mô hình", "MH")
    entries = [begin(call, lan), begin(call, lan, kind=model), begin(call, lan)]
    assert [(entry.number, entry.code) for entry in entries] == [(1, "SK-0001"), (1, "MH-0001"), (2, "SK-0002")]
    writing.withdraw(entries[2].pk, lan, reason="", now=NOON)
    assert begin(call, lan).code == "SK-0003"


def test_a_code_has_as_many_digits_as_it_needs(call, lan):
    call.kinds.update(last_number=9999)
    assert begin(call, lan).code == "SK-10000"


def test_the_beginning_is_written_down_and_found_by_name(call, lan, contest):
    entry = begin(call, lan, "group", title="Mô hình Ứng Hòa")
    [event] = entry.events.all()
    assert (event.what, event.by, event.at) == (Event.What.REGISTERED, lan, NOON)
    record = Record.objects.get(action="entries.registered")
    assert record.data == {"code": "SK-0001", "form": "group", "on_paper": False}
    assert entry.search == "sk-0001 mo hinh ung hoa tran thi lan chi bo mot"


# --- How somebody stands to a call ------------------------------------------------------------------------------------
def test_how_a_person_stands_says_the_same_as_the_act(call, contest, lan, manager, organizer, cell):
    stranger, barred = make_user(), make_entrant(contest, make_user(unit=cell), barred_at=NOON, barred_reason="Thi hộ")
    standing = {user: registering.standing(call, user, now=NOON) for user in (lan, manager, organizer, stranger)}
    assert [one.refusal for one in standing.values()] == [
        None, None, "Whoever holds an office in this contest can't take part in it.",
        "You are not in this contest yet.",
    ]  # fmt: skip
    assert standing[lan].forms(call) == ["individual", "group", "collective", "team"]
    assert standing[manager].forms(call) == ["collective", "team"]
    assert registering.standing(call, barred.user, now=NOON).refusal == "You can't take part: Thi hộ"
    alone = make_call(contest, forms=["individual"])
    assert registering.standing(alone, manager, now=NOON).refusal is not None


def test_entries_made_by_others_count_for_nobody_else(contest, lan, cell):
    call = make_call(contest, most_entries=1)
    make_entry(call, make_entrant(contest, make_user(unit=cell)).user)
    assert begin(call, lan).number == 2
