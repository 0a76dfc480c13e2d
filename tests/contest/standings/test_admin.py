"""The desk's first page: who sees what of which contest, and in how many queries."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from contest.foundations.ledger import writing as ledger
from contest.rounds import entering
from contest.rounds.models import Contest, Office
from contest.standings import board as boards
from tests.builders import (
    NOON,
    make_contest,
    make_entrant,
    make_member,
    make_period,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def stage() -> Contest:
    contest = make_contest()
    period = make_period(make_quiz(make_round(contest)).round)
    make_result(make_entrant(contest, is_obliged=True), period)
    return contest


def officer(role: str, *contests: Contest) -> Client:
    user = make_user(role, email=f"{role}{len(contests)}@example.vn")
    for contest in contests:
        entering.appoint(user, contest, Office.Role(role), by=None, now=NOON)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_the_numbers_are_for_offices_of_the_contest_alone():
    mine, theirs = stage(), stage()
    boards.refresh(now=NOON, force=True)
    shown = {}
    for role in ("organizer", "observer", "editor"):
        page = officer(role, mine).get(reverse("admin:index"))
        shown[role] = [one.contest for one in page.context["contests"]]
        assert theirs.title not in page.content.decode()
    assert shown == {"organizer": [mine], "observer": [mine], "editor": []}
    assert Client().get(reverse("admin:index")).status_code == 302


def test_the_last_entries_are_those_of_the_own_contests_in_words():
    mine, theirs = make_contest(), make_contest()
    client = officer("organizer", mine)
    for contest in (theirs, mine):
        ledger.append(now=NOON, actor=None, action="periods.saved", subject=contest, contest_id=contest.pk)
    entries = client.get(reverse("admin:index")).context["entries"]
    assert [(entry.contest_id, act) for entry, act in entries] == [
        (mine.pk, "Đặt kỳ"),
        (mine.pk, "Giao nhiệm vụ"),
    ]


def test_the_page_costs_as_many_queries_with_three_contests_as_with_one():
    contests = [stage() for _ in range(3)]
    boards.refresh(now=NOON, force=True)
    counts = []
    for client in (officer("organizer", contests[0]), officer("organizer", *contests)):
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("admin:index")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1], counts
    assert counts[0] <= 20  # with those for the session, the person and their permissions


LISTS = (
    "rounds_contest", "rounds_round", "rounds_entrant", "questions_bank", "questions_question", "attempts_attempt",
    "standings_board", "accounts_unit", "ledger_entry",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_eight_queries_at_most_however_many_rows_it_has(name):
    contest = stage()
    client = officer("organizer", contest)
    organizer = User.objects.get(email__startswith="organizer")
    counts = []
    for _ in range(2):
        for _ in range(2):
            period = make_period(make_quiz(make_round(contest)).round)
            make_member(period.round.quiz.bank, organizer)
            make_result(make_entrant(contest, make_user(unit=make_unit()), is_obliged=True), period)
        boards.refresh(now=NOON, force=True)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        counts.append(len([query for query in seen if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1] <= 8, [query["sql"][:150] for query in seen]
