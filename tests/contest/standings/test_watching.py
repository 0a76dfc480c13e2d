"""What the desk shows of a contest as it runs: people and attempts, by the hour, and in how many queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contest.attempts.models import Attempt
from contest.rounds.models import Contest
from contest.standings import board as boards
from contest.standings.watching import HOURS, Pair, watch
from tests.builders import (
    NOON,
    make_contest,
    make_entrant,
    make_period,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def stage(**quiz: Any):
    """A contest whose period has been open for three days, and its unit."""
    root = make_unit("Đảng bộ huyện")
    contest = make_contest(root=root)
    return contest, make_period(make_quiz(make_round(contest), **quiz).round), root


def enter(contest: Contest, unit, **fields: Any):
    user = make_user(unit=unit, signed_in_at=fields.pop("signed_in_at", NOON))
    return make_entrant(contest, user, is_obliged=True, **fields)


def hand_in(entrant, period, ago: timedelta, **fields: Any):
    return make_result(entrant, period, at=NOON - ago - period.opens_at, **fields)


def test_a_contest_without_anything():
    contest = make_contest()
    (found,) = watch([contest], now=NOON)
    assert (found.people, found.signed_in, found.open_now, found.attempts) == (0, 0, 0, 0)
    assert (found.period, found.completed, found.lowest, found.last_day, found.most) == (None, None, [], 0, 0)
    assert (len(found.bars), found.is_open, found.problems != []) == (HOURS, False, True)


def test_people_and_attempts_are_told_apart():
    contest, period, root = stage(attempts_per_period=3)
    twice, once, never = enter(contest, root), enter(contest, root), enter(contest, root, signed_in_at=None)
    enter(contest, root, barred_at=NOON, barred_reason="Vi phạm")
    hand_in(twice, period, 3 * HOUR)
    hand_in(twice, period, 2 * HOUR, number=2)
    hand_in(once, period, 30 * HOUR)
    Attempt.objects.create(
        entrant=never, round=period.round, period=period, number=1, seed="s", paper=[], started_at=NOON - HOUR
    )
    boards.refresh(now=NOON, force=True)
    (found,) = watch([contest], now=NOON)
    assert (found.people, found.signed_in, found.open_now, found.attempts) == (3, 2, 1, 4)
    assert (found.started, found.today, found.completed) == (Pair(3, 4), Pair(1, 2), Pair(2, 3))
    assert (found.period, found.is_open, found.last_day, found.most) == (period, True, 2, 1)


def test_hours_are_whole_and_the_highest_fills_the_chart():
    contest, period, root = stage(attempts_per_period=None)
    for number, minutes in enumerate((0, 10, 50, 70, 24 * 60), start=1):
        hand_in(enter(contest, root), period, timedelta(minutes=minutes), number=number)
    (found,) = watch([contest], now=NOON + timedelta(minutes=30))
    shown = [(bar.begins, bar.count, bar.x, bar.y, bar.height) for bar in found.bars if bar.count]
    assert shown == [
        (NOON - 2 * HOUR, 1, 21, 50, 50),
        (NOON - HOUR, 2, 22, 0, 100),
        (NOON, 1, 23, 50, 50),
    ]


def test_units_with_the_lowest_completion_come_first():
    contest, period, root = stage()
    good, poor = make_unit("Xã A", parent=root), make_unit("Xã B", parent=root)
    for unit, done in ((good, True), (good, True), (poor, True), (poor, False)):
        entrant = enter(contest, unit)
        if done:
            hand_in(entrant, period, HOUR)
    boards.refresh(now=NOON, force=True)
    (found,) = watch([contest], now=NOON)
    assert [(line.unit, line.completed, line.obliged) for line in found.lowest] == [(poor, 1, 2), (good, 2, 2)]


def test_the_open_period_goes_before_the_newest():
    contest, period, _root = stage()
    later = make_period(period.round, opens_at=period.closes_at, closes_at=period.closes_at + timedelta(days=7))
    seen = [watch([contest], now=at)[0].period for at in (NOON, later.opens_at, later.closes_at + HOUR)]
    assert seen == [period, later, later]
    assert watch([contest], now=period.opens_at - HOUR)[0].period is None


def test_three_contests_cost_as_many_queries_as_one():
    contests = [stage()[0] for _ in range(3)]
    counts = []
    for some in (contests[:1], contests):
        boards.refresh(now=NOON, force=True)
        watch(some, now=NOON)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            watch(some, now=NOON)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9


def test_what_would_go_wrong_follows_a_change_of_the_contest_at_once():
    contest, _period, _root = stage()
    before = watch([contest], now=NOON)[0].problems
    contest.is_public = False
    contest.save()
    after = watch([Contest.objects.get(pk=contest.pk)], now=NOON)[0].problems
    assert set(after) - set(before) == {
        "Cuộc thi chưa công khai: chỉ những người có nhiệm vụ trong cuộc thi nhìn thấy."
    }
