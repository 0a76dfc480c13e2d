"""A contest as pages read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from contest.rounds import reading
from contest.rounds.models import Contest, Document, ExtraTime
from tests.builders import (
    NOON,
    WEEK,
    make_bank,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_question,
    make_quiz,
    make_round,
    make_topic,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

STRANGER = AnonymousUser()


@pytest.fixture
def contest():
    contest = make_contest(slug="ct24")
    make_period(make_quiz(make_round(contest)).round)
    return contest


def meet(slug="ct24", user=STRANGER) -> Any:
    return reading.meet(slug, user)


def test_a_public_contest_is_met_by_everyone_and_says_what_they_are_in_it(contest):
    entrant, judge = make_entrant(contest).user, make_office(contest, make_user(), "judge").user
    other = make_entrant(make_contest()).user
    people = [STRANGER, other, entrant, judge]
    assert [(met.is_entrant, met.has_office) for met in (meet(user=person) for person in people)] == [
        (False, False),
        (False, False),
        (True, False),
        (False, True),
    ]
    assert meet("khac") is None


def test_a_contest_that_is_being_prepared_is_met_by_its_offices_and_by_administrators(contest):
    Contest.objects.update(is_public=False)
    people = [STRANGER, make_entrant(contest).user, make_office(make_contest(), make_user(), "organizer").user]
    assert [meet(user=person) for person in people] == [None, None, None]
    people = [make_office(contest, make_user(), "editor").user, make_user(is_superuser=True)]
    assert [meet(user=person).kept.contest for person in people] == [contest, contest]


def test_what_is_kept_costs_one_query_and_none_to_look_at(contest, django_assert_num_queries):
    meet()
    with django_assert_num_queries(1):
        kept = meet().kept
        (round,) = kept.rounds
        assert (round.contest, round.quiz.round, round.quiz.time_limit) == (contest, round, timedelta(minutes=15))
        assert (len(round.periods.all()), round.longest_extra, list(round.quiz.quotas.all())) == (1, timedelta(0), [])
        assert (kept.quiz(1), kept.quiz(2), kept.documents, kept.rules) == (round.quiz, None, (), "")


def test_a_round_that_is_no_quiz_has_none(contest):
    make_round(contest, kind="essay")
    assert meet().kept.quiz(2) is None


CHANGES = {
    "contest": lambda contest: Contest.objects.filter(pk=contest.pk).update(rules="Mới"),
    "round": lambda contest: contest.rounds.update(title="Mới"),
    "new round": lambda contest: make_round(contest),
    "quiz": lambda contest: type(quiz_of(contest)).objects.update(question_count=3),
    "period": lambda contest: contest.rounds.get().periods.update(closes_at=NOON + WEEK),
    "period gone": lambda contest: contest.rounds.get().periods.all().delete(),
    "document": lambda contest: Document.objects.create(contest=contest, title="Mới", url="https://example.vn/"),
    "quota": lambda contest: quiz_of(contest).quotas.create(topic=make_topic(quiz_of(contest).bank), count=1),
    "fixed paper": lambda contest: quiz_of(contest).paper_questions.create(question=make_question(make_bank())),
    "units": lambda contest: contest.rounds.get().units.add(make_unit()),
    "extra time": lambda contest: ExtraTime.objects.create(
        entrant=make_entrant(contest), round=contest.rounds.get(), extra=WEEK, reason="Ốm", granted_by=make_user(),
        granted_at=NOON,
    ),
}  # fmt: skip


def quiz_of(contest):
    return contest.rounds.get(order=1).quiz


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_change_is_seen_at_once_whoever_made_it(contest, change):
    before, other = meet().kept, make_contest(slug="khac")
    elsewhere = meet("khac").kept
    change(contest)
    assert meet().kept is not before
    assert meet("khac").kept is elsewhere
    assert other.rounds.count() == 0


def test_people_who_come_in_change_nothing_of_what_is_kept(contest):
    before = meet().kept
    make_office(contest, make_entrant(contest).user)
    assert meet().kept is before


def test_what_was_rolled_back_does_not_stay(contest):
    before = meet().kept
    undo = transaction.savepoint()
    contest.rounds.update(title="Chưa chắc")
    assert [str(round) for round in meet().kept.rounds] == ["Chưa chắc"]
    transaction.savepoint_rollback(undo)
    assert meet().kept is before
    contest.rounds.update(title="Chắc")
    assert [str(round) for round in meet().kept.rounds] == ["Chắc"]


def test_pages_of_no_contest_bear_the_name_of_the_only_public_one(contest, client, django_assert_num_queries):
    make_contest(is_public=False)
    assert reading.only() == contest
    with django_assert_num_queries(1):
        assert str(reading.only()) == str(contest)
    assert f"<b>{contest}</b>" in client.get("/sign-in/").content.decode()
    make_contest()
    assert reading.only() is None
    assert f"<b>{contest}</b>" not in client.get("/sign-in/").content.decode()
