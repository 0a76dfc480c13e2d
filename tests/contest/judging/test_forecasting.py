"""When a panel will be done."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.judging.forecasting import Workload, forecast, pace, without, worst
from tests.builders import NOON

DAY = timedelta(days=1)
OPENED = NOON - 4 * DAY


def locks(count: int) -> list[datetime]:
    return [NOON - DAY * number / 4 for number in range(count)]


def test_nobody_has_begun_so_nothing_can_be_told():
    told = forecast([Workload("A", 5), Workload("B", 3)], opens_at=OPENED, closes_at=NOON + DAY, now=NOON)
    assert (told.done_at, told.left, told.is_late) == (None, 8, True)
    assert told.needed == pytest.approx(8)


def test_everyone_goes_on_as_before():
    panel = [Workload("A", 4, locks(8)), Workload("B", 12, locks(4))]
    told = forecast(panel, opens_at=OPENED, closes_at=NOON + 3 * DAY, now=NOON)
    assert [(one.judge, one.pace, one.done_at, one.is_late) for one in told.outlooks] == [
        ("B", 1.0, NOON + 12 * DAY, True),
        ("A", 2.0, NOON + 2 * DAY, False),
    ]
    assert (told.done, told.left, told.done_at, told.is_late) == (12, 16, NOON + 12 * DAY, True)


def test_who_has_not_begun_is_taken_to_go_at_the_middle_pace():
    told = forecast([Workload("A", 0, locks(8)), Workload("B", 6)], opens_at=OPENED, closes_at=None, now=NOON)
    late = next(one for one in told.outlooks if one.judge == "B")
    assert (late.pace, late.is_own_pace, late.done_at, late.is_late) == (2.0, False, NOON + 3 * DAY, False)


def test_a_first_hour_is_no_pace():
    assert pace([NOON], opens_at=NOON - timedelta(hours=1), now=NOON) == pytest.approx(3)


def test_nothing_is_left():
    told = forecast([Workload("A", 0, locks(2))], opens_at=OPENED, closes_at=NOON - DAY, now=NOON)
    assert (told.left, told.done_at, told.is_late, told.needed) == (0, NOON, False, None)


def test_after_the_close_whoever_has_something_left_is_late():
    assert forecast([Workload("A", 1, locks(2))], opens_at=OPENED, closes_at=NOON, now=NOON).is_late


def test_what_leavers_leave_is_dealt_to_whoever_has_the_least():
    panel = [Workload("A", 4), Workload("B", 1), Workload("C", 2), Workload("D", 6)]
    assert worst(panel) == ["D", "A"]
    staying, undone = without(panel, ["A", "D"])
    assert ({one.judge: one.left for one in staying}, undone) == ({"B": 7, "C": 6}, 0)


def test_nobody_gets_more_than_agreed():
    staying, undone = without([Workload("A", 5), Workload("B", 1, locks(1), most=4)], ["A"])
    assert ([one.left for one in staying], undone) == ([3], 3)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=3, max_size=8))
def test_no_sheet_gets_lost_when_judges_leave_and_nobody_is_done_sooner(loads):
    panel = [Workload(number, left, locks(done)) for number, (left, done) in enumerate(loads)]
    staying, undone = without(panel, worst(panel))
    assert undone == 0
    assert sum(one.left for one in staying) == sum(one.left for one in panel)
    for one in staying:
        assert one.left >= loads[one.judge][0]
