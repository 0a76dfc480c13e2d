"""Entries of people whose two accounts became one."""

from __future__ import annotations

import pytest

from accounts import merging as accounts
from contest.entries import merging, owning
from contest.entries.models import Author, Entry
from contest.foundations.ledger.models import Entry as Act
from tests.builders import NOON, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep():
    return make_user("Nguyễn Thị Hương")


@pytest.fixture
def double():
    return make_user("Nguyễn Thị Hương")


def merge(keep, double):
    accounts.absorb(keep, double, by=None, reason="Hai tài khoản", now=NOON)


def test_nothing_moves_while_nobody_was_merged(double):
    make_entry(user=double)
    assert merging.follow(now=NOON) == 0


def test_what_a_closed_account_began_and_wrote_goes_to_the_kept_one(keep, double):
    entry = make_entry(user=double)
    merge(keep, double)
    assert list(Entry.objects.by(keep)) == []
    assert merging.follow(now=NOON) == 2
    assert list(Entry.objects.by(keep)) == [entry]
    assert list(entry.authors.values_list("user", "share", "is_lead")) == [(keep.pk, 100, True)]
    acts = Act.objects.filter(action="entries.moved").values_list("data", "contest_id")
    assert list(acts) == [({"double": double.pk}, entry.round.contest_id)]
    assert merging.follow(now=NOON) == 0


def test_where_both_are_authors_both_stay(keep, double):
    entry = make_entry(user=make_user())
    make_author(entry, keep)
    make_author(entry, double)
    merge(keep, double)
    assert merging.follow(now=NOON) == 0
    assert Author.objects.filter(entry=entry, user__in=[keep, double]).count() == 2


def test_an_account_merged_twice_is_followed_to_the_last(keep, double):
    first = make_user("Nguyễn Thị Hương")
    entry = make_entry(user=first)
    merge(double, first)
    merge(keep, double)
    merging.follow(now=NOON)
    merging.follow(now=NOON)
    assert list(Entry.objects.by(keep)) == [entry]


# --- What is kept about a person -------------------------------------------------------------------------------------
def test_a_person_without_entries_has_none(keep):
    make_entry()
    assert owning.everything_about(keep) == []


def test_entries_are_told_as_they_stand_with_the_own_part_alone(keep):
    entry = make_entry(make_call(), keep, answers={"1": "Niêm yết"}, title="Sổ việc")
    make_author(entry, make_user("Trần Văn Bình"), share=0)
    told = owning.everything_about(keep)
    assert [(one["title"], one["answers"], one["began_it"]) for one in told] == [("Sổ việc", {"1": "Niêm yết"}, True)]
    assert [(part["full_name"], part["share"]) for part in told[0]["authorship"]] == [("Nguyễn Thị Hương", 100)]


def test_a_person_takes_their_entries_along(client, keep):
    make_entry(user=keep, title="Sổ việc")
    client.force_login(keep, backend="accounts.signing_in.Backend")
    told = client.get("/me/data/").json()
    assert [one["title"] for one in told["entries"]] == ["Sổ việc"]
    assert told["notices"] == []
