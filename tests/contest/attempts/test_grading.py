"""Grading: a batch at a time, and what makes a batch fail does not hold up the rest."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from contest.attempts import grading, sitting, starting
from contest.attempts.models import Attempt, Grade
from contest.rounds.models import Quiz, Round
from tests.builders import NOON, make_entrant, make_period, make_quiz, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz():
    quiz = make_quiz(make_round(), time_limit=timedelta(minutes=10))
    make_period(quiz.round)
    return quiz


def hand_in(quiz: Quiz) -> Attempt:
    entrant = make_entrant(quiz.round.contest)
    attempt = starting.start(quiz, entrant.user, now=NOON)
    attempt = sitting.take_over(attempt.pk, entrant.user, now=NOON)
    return sitting.hand_in(sitting.Seat.at(attempt), sequence=1, choices={"0": [0]}, now=NOON)


def poison(attempt: Attempt, paper: Any = (("no question", None),)) -> Attempt:
    Attempt.objects.filter(pk=attempt.pk).update(paper=list(paper))
    return attempt


def graded() -> set[int]:
    return set(Grade.objects.values_list("attempt", flat=True))


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.ERROR, logger="contest.attempts.grading")
    return caplog


# --- Poison ----------------------------------------------------------------------------------------------------------
def test_an_attempt_that_cant_be_graded_does_not_hold_up_the_others(quiz, logged):
    attempts = [hand_in(quiz) for _number in range(7)]
    bad = [poison(attempts[2]), poison(attempts[5], [])]
    Attempt.objects.filter(pk=bad[1].pk).update(paper=7)
    assert grading.grade_due(now=NOON) == 5
    assert graded() == {attempt.pk for attempt in attempts} - {attempt.pk for attempt in bad}
    told = {f"attempt {attempt.pk} can't be graded" for attempt in bad}
    assert {record.getMessage() for record in logged.records} == told


def test_it_is_tried_three_times_and_then_stands_among_the_ungradable(quiz, logged):
    bad = poison(hand_in(quiz))
    for failures in (1, 2):
        assert grading.grade_due(now=NOON) == 0
        assert Attempt.objects.get().grading_failures == failures
        assert not Attempt.objects.ungradable()
    grading.grade_due(now=NOON)
    assert list(Attempt.objects.ungradable()) == [bad]
    grading.grade_due(now=NOON)
    assert len(logged.records) == 3


def test_whoever_waits_for_the_first_time_goes_first(quiz, logged):
    """Full batches of poison do not starve the rest."""
    for _number in range(2):
        poison(hand_in(quiz))
    grading.grade_due(now=NOON, limit=2)
    good = hand_in(quiz)
    assert grading.grade_due(now=NOON, limit=1) == 1
    assert graded() == {good.pk}


def test_once_it_is_mended_it_is_graded(quiz, logged):
    bad = hand_in(quiz)
    paper = Attempt.objects.get().paper
    poison(bad)
    for _turn in range(3):
        grading.grade_due(now=NOON)
    Attempt.objects.update(paper=paper)
    assert grading.try_again([bad.pk]) == 1
    assert grading.grade_due(now=NOON) == 1
    assert (graded(), Attempt.objects.get().grading_failures) == ({bad.pk}, 0)


def test_the_databases_trouble_is_nobodys_failure(quiz):
    hand_in(quiz)

    def away(execute: Any, sql: str, *rest: Any) -> Any:
        if "attempts_grade" in sql:
            raise OperationalError("away")
        return execute(sql, *rest)

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        grading.grade_due(now=NOON)
    assert (Attempt.objects.get().grading_failures, Grade.objects.count()) == (0, 0)


# --- Cost ------------------------------------------------------------------------------------------------------------
def test_when_nothing_waits_one_statement_tells_so_however_many_rounds(quiz, django_assert_num_queries):
    for _number in range(3):
        make_quiz(make_round(quiz.round.contest))
    hand_in(quiz)
    grading.grade_due(now=NOON)
    with django_assert_num_queries(1):
        assert grading.grade_due(now=NOON) == 0


def test_a_new_key_version_grades_anew(quiz):
    hand_in(quiz)
    grading.grade_due(now=NOON)
    Round.objects.update(key_version=2)
    assert [grading.grade_due(now=NOON), grading.grade_due(now=NOON)] == [1, 0]
    assert list(Grade.objects.order_by("key_version").values_list("key_version", flat=True)) == [1, 2]
