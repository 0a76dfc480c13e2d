"""How a crowd arrives, and how far it is told to be."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from contest.management.measuring.phone import CEILING, FLOOR, pause
from contest.management.measuring.rehearsal import CURVES, Progress, arrivals

THOUSAND = 1000


def shares(curve: str, parts: int) -> list[float]:
    """Which share of all arrives in each part of the time, roughly."""
    found = Counter(int(at * parts / 700) for at in arrivals(curve, 20_000, 700, Random(1)))
    return [found[part] / 20_000 for part in range(parts)]


@pytest.mark.parametrize("curve", CURVES)
def test_all_arrive_in_order_and_in_time(curve):
    found = arrivals(curve, THOUSAND, 60, Random(3))
    assert (len(found), found) == (THOUSAND, sorted(found))
    assert found[0] >= 0
    assert found[-1] <= 60


def test_at_an_opening_half_come_in_the_first_third_and_before_a_deadline_in_the_last():
    first, *_between, last = shares("opening", 3)
    assert 0.54 < first < 0.58
    assert 0.12 < last < 0.16
    first, *_between, last = shares("deadline", 3)
    assert 0.12 < first < 0.16
    assert 0.54 < last < 0.58


def test_a_week_has_seven_days_and_each_its_evening():
    assert all(0.13 < share < 0.155 for share in shares("week", 7))
    halves = shares("week", 14)
    assert sum(halves[1::2]) > 0.66


def test_a_page_waits_longer_with_each_failure_and_as_long_as_the_server_asks():
    rng = Random(5)
    assert all(FLOOR <= pause(rng, 1) <= 2 for _turn in range(100))
    assert max(pause(rng, 9) for _turn in range(1000)) <= CEILING
    assert all(4 <= pause(rng, 1, 3.0) <= 5 for _turn in range(100))


def test_the_bar_tells_each_tenth_where_nobody_watches():
    told: list[str] = []
    progress = Progress(100, write=told.append)
    for arrived in (0, 5, 10, 19, 20, 100):
        progress.show({"arrived": arrived, "handed_in": arrived // 2})
    assert [line.split(",")[0] for line in told] == [
        "arrived 0/100",
        "arrived 10/100",
        "arrived 20/100",
        "arrived 100/100",
    ]
