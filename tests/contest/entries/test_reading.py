"""What pages read of entries: counts, a person's lines, units, parts, and what was handed in."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from contest.entries import reading, writing
from contest.entries.models import Entry
from contest.foundations.refusing import Refused
from tests.builders import NOON, WEEK
from tests.contest.entries.builders import make_kind, make_section
from tests.contest.entries.people import TEXT, People

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None), ("31/02/2024", None), ("2024", None), ("1/13/2024", None), ("٠١/٠٢/٢٠٢٤", None), ("0/1/2024", None),
        ("01/02/0000", None), ("2/9/2024", date(2024, 9, 2)), ("02-09-2024", date(2024, 9, 2)),
        (" 02.09.2024 ", date(2024, 9, 2)), ("2024-09-02", date(2024, 9, 2)), ("29/02/2024", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(text, day):
    assert reading.day_of(text) == day


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (None, []), ("chữ", []), ({}, []), ([None, 3, "abc"], []), ([{"what": "", "before": "", "after": ""}], []),
        ([{"what": "a", "x": 1}], [{"what": "a", "before": "", "after": ""}]),
        ([["a", 1, 2, 3]], [{"what": "a", "before": "1", "after": "2"}]),
    ],
)  # fmt: skip
def test_figures_are_read_whatever_is_sent(value, rows):
    assert reading.figures(value) == rows


def test_a_call_counts_what_is_registered_and_handed_in_and_nothing_withdrawn():
    people = People()
    make_kind(people.call, "Mô hình", "MH")
    people.handed_in()
    people.begin()
    people.begin(form="collective")
    gone = people.begin(people.binh)
    writing.withdraw(gone.pk, people.binh, reason="", now=NOON)
    counts = reading.counts(reading.call_of(people.call.round))
    assert [(row.kind.letters, row.registered, row.handed_in) for row in counts.kinds] == [("SK", 3, 1), ("MH", 0, 0)]
    assert counts.forms == [("Individual", 1), ("Group", 1), ("Collective", 1)]
    assert (counts.registered, counts.handed_in, counts.drafts) == (3, 1, 2)


def test_a_person_has_the_entries_of_this_contest_that_they_began_or_are_an_author_of():
    people, others = People(), People()
    ours, mine = people.complete("group"), people.begin(now=NOON + WEEK)
    people.begin(people.binh, "individual", now=NOON + WEEK)
    others.begin()
    assert [line.entry for line in reading.lines(people.lan, people.contest, now=NOON)] == [mine, ours]
    lines = reading.lines(people.binh, people.contest, now=NOON)
    assert [(line.entry.created_by, line.is_asked, line.may_edit) for line in lines] == [
        (people.binh, False, True), (people.lan, True, True)
    ]  # fmt: skip
    assert [line.may_edit for line in reading.lines(people.lan, people.contest, now=NOON + 9 * WEEK)] == [False, False]


def test_whoever_declined_has_it_no_more():
    people = People()
    entry = people.complete("group")
    writing.answer_authorship(entry.pk, people.binh, confirm=False, now=NOON)
    assert reading.lines(people.binh, people.contest, now=NOON) == []


def test_a_manager_has_what_was_handed_in_from_below_those_to_confirm_first():
    people = People(needs_confirmation=True)
    first, second = people.handed_in(), people.handed_in()
    people.complete()
    writing.confirm_for_unit(second.pk, people.manager, now=NOON)
    assert list(reading.to_confirm(people.manager, people.contest)) == [first, second]
    assert list(reading.to_confirm(people.lan, people.contest)) == []
    writing.withdraw(first.pk, people.lan, reason="Rút", now=NOON)
    assert list(reading.to_confirm(people.manager, people.contest)) == [second]


def test_what_was_handed_in_is_compared_word_by_word():
    people = People()
    entry = people.handed_in()
    version = reading.newest(entry)
    assert (version.number, reading.is_changed(entry, version)) == (1, False)
    assert reading.is_changed(people.save(entry, title="Khác"), version)
    assert not reading.is_changed(people.save(entry, title="Tổ lưu động"), version)
    assert reading.is_changed(people.save(entry, may_show=True), version)


def test_parts_come_in_the_order_of_the_form_with_what_was_written():
    people = People()
    make_section(people.call, "Số liệu", type="figures")
    entry = people.complete()
    parts = reading.parts(entry, people.call.sections.all())
    assert [(part.section.title, part.text, part.is_empty) for part in parts] == [
        ("Giải pháp", TEXT, False), ("Số liệu", "", True)
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_lines_take_as_many_queries_for_three_as_for_one(count, django_assert_num_queries):
    people = People()
    for _number in range(count):
        people.complete("group")
    with django_assert_num_queries(2):
        assert len(reading.lines(people.lan, people.contest, now=NOON)) == count


def test_whose_eyes_an_entry_opens_to():
    people = People(needs_confirmation=True)
    draft, entry = people.complete("group"), people.handed_in("group")
    everybody = [people.lan, people.binh, people.cuc, people.manager, people.organizer, People().organizer]
    seen = [set(Entry.objects.visible_to(user)) for user in everybody]
    assert seen == [{draft, entry}, {draft, entry}, set(), {entry}, {draft, entry}, set()]


def test_a_save_whose_answer_was_lost_is_repeated_and_outdates_nothing():
    people = People()
    entry = people.complete("group")
    data = {"title": "Gửi hai lần", "answers": {people.section.pk: TEXT}, "authors": people.shares(entry, 70, 30)}
    first = writing.save(entry.pk, people.lan, revision=entry.revision, data=data, now=NOON)
    again = writing.save(entry.pk, people.lan, revision=entry.revision, data=data, now=NOON)
    assert (again.revision, again.title) == (first.revision, "Gửi hai lần")
    for revision, title in ((entry.revision, "Khác"), (0, "Gửi hai lần")):
        with pytest.raises(Refused):
            writing.save(entry.pk, people.lan, revision=revision, data=data | {"title": title}, now=NOON)
