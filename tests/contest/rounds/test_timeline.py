"""The rounds of a contest at a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contest.rounds import timeline
from tests.builders import NOON, WEEK, make_contest, make_period, make_quiz, make_round

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def states(contest, now=NOON):
    return [(str(stop.round), stop.state, stop.turns_at) for stop in timeline.stops(contest.rounds.all(), now)]


def test_a_round_is_open_in_its_window_and_before_and_after_it_is_not():
    contest = make_contest()
    make_round(contest, kind="essay", opens_at=NOON - WEEK, closes_at=NOON)
    make_round(contest, kind="initiative", opens_at=NOON, closes_at=NOON + WEEK)
    make_round(contest, kind="initiative", opens_at=NOON - WEEK, closes_at=None)
    make_round(contest, kind="live", opens_at=NOON + WEEK, closes_at=None)
    make_round(contest, kind="live", opens_at=None, closes_at=None)
    assert states(contest) == [
        ("Vòng 1", "closed", None),
        ("Vòng 2", "open", NOON + WEEK),
        ("Vòng 3", "open", None),
        ("Vòng 4", "soon", NOON + WEEK),
        ("Vòng 5", None, None),
    ]


def test_a_quiz_is_open_in_its_periods_and_waits_between_them():
    contest = make_contest()
    round = make_quiz(make_round(contest)).round
    first = make_period(round, opens_at=NOON - WEEK, closes_at=NOON)
    second = make_period(round, opens_at=NOON + HOUR, closes_at=NOON + WEEK)
    seen = [timeline.stop(round, now) for now in (NOON - 2 * WEEK, NOON - HOUR, NOON, NOON + HOUR, NOON + WEEK)]
    assert [(stop.state, stop.period, stop.turns_at, stop.periods) for stop in seen] == [
        ("soon", first, first.opens_at, 2),
        ("open", first, first.closes_at, 2),
        ("soon", second, second.opens_at, 2),
        ("open", second, second.closes_at, 2),
        ("closed", None, None, 2),
    ]


def test_a_quiz_without_periods_is_not_open_whatever_the_round_says():
    contest = make_contest()
    make_quiz(make_round(contest))
    assert states(contest) == [("Vòng 1", None, None)]


def test_the_home_puts_first_what_closes_first_then_what_opens_first_then_what_closed_last():
    contest = make_contest()
    make_round(contest, kind="essay", opens_at=NOON - WEEK, closes_at=NOON + HOUR)
    late = make_quiz(make_round(contest)).round
    make_period(late, opens_at=NOON - HOUR, closes_at=NOON + 2 * WEEK)
    early = make_quiz(make_round(contest)).round
    make_period(early, opens_at=NOON, closes_at=NOON + WEEK)

    def current(now):
        found = timeline.current(timeline.stops(contest.rounds.all(), now))
        return found and found.round

    moments = (NOON - 3 * WEEK, NOON - HOUR, NOON, NOON + WEEK, NOON + 5 * WEEK)
    assert [current(now) for now in moments] == [late, late, early, late, late]
    assert timeline.current(timeline.stops(make_contest().rounds.all(), NOON)) is None


def test_a_practice_round_is_no_stop_but_stands_beside_while_it_is_open():
    contest = make_contest()
    round = make_quiz(make_round(contest, order=0, is_practice=True, opens_at=None, closes_at=None)).round
    make_quiz(make_round(contest, order=9, is_practice=True, opens_at=NOON + HOUR, closes_at=None))
    assert states(contest) == []
    beside = timeline.practice(contest.rounds.all(), NOON)
    assert beside is not None
    assert beside.round == round
    round.closes_at = NOON
    assert timeline.practice([round], NOON) is None
