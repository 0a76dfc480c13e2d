"""What totals say of judges: known figures, and what must hold for any of them."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.judging.calibrating import (
    Calibration,
    Observation,
    calibrate,
    connected,
    correlation,
    krippendorff,
    student,
)


def table(rows: dict[str, list[float | None]]) -> list[Observation]:
    """Judges with their totals for entries 0, 1, 2 …; None where they did not mark."""
    return [
        Observation(judge, entry, total, seconds=60 * (entry + 1))
        for judge, totals in rows.items()
        for entry, total in enumerate(totals)
        if total is not None
    ]


def severities(found: Calibration) -> dict[object, float | None]:
    return {one.judge: one.severity for one in found.judges}


def test_nobody_has_marked():
    found = calibrate([])
    assert (found.judges, found.alpha, found.chance, found.adjusted) == ((), None, None, {})
    assert found.verdict == "unknown"


def test_one_judge_compares_with_nobody():
    found = calibrate(table({"A": [50, 60, 70]}))
    (judge,) = found.judges
    assert (judge.severity, judge.error, judge.agreement, judge.shrunk) == (None, None, None, 0.0)
    assert found.adjusted == {0: 50, 1: 60, 2: 70}


def test_severity_is_what_a_judge_gives_less_whoever_got_which_entries():
    """B marks the weak entries, C the strong ones; both are as A is, but B is 4 points more severe."""
    worth = [40, 50, 60, 70, 80, 90]
    found = calibrate(table({
        "A": [*worth], "B": [36, 46, 56, None, None, None], "C": [None, None, None, 70, 80, 90],
    }))  # fmt: skip
    told = severities(found)
    assert told["C"] - told["B"] == pytest.approx(4)
    assert told["A"] - told["B"] == pytest.approx(4)
    assert sum(told.values()) == pytest.approx(0)
    assert found.chance == pytest.approx(0, abs=1e-9)
    assert found.judges[0].judge == "B"


def test_all_of_a_severity_without_chance_is_taken_out():
    found = calibrate(table({"A": [40, 50, 60, 70], "B": [34, 44, 54, 64]}))
    assert found.adjusted == pytest.approx({0: 37, 1: 47, 2: 57, 3: 67})
    assert all(judge.is_apart for judge in found.judges)


def test_what_may_be_chance_stays_in():
    luck = random.Random(7)
    found = calibrate(table({name: [60 + luck.gauss(0, 10) for _ in range(4)] for name in "ABCD"}))
    for judge in found.judges:
        assert abs(judge.shrunk) <= abs(judge.severity)
        assert not judge.is_apart


def test_judges_without_common_entries_are_groups_of_their_own():
    found = calibrate(
        table(
            {"A": [50, 60, None, None], "B": [52, 62, None, None], "C": [None, None, 10, 20], "D": [None, None, 30, 40]}
        )
    )
    assert found.groups == 2
    told = severities(found)
    assert told["A"] + told["B"] == pytest.approx(0)
    assert told["C"] + told["D"] == pytest.approx(0)


def test_the_rest_of_a_judge():
    found = calibrate(table({"A": [40, 50, 60], "B": [42, 54, 60]}))
    one = next(judge for judge in found.judges if judge.judge == "A")
    assert (one.count, one.mean, one.seconds) == (3, 50, 120)
    assert one.spread == pytest.approx(10)
    assert one.distance == pytest.approx(2)
    assert one.agreement == pytest.approx(correlation([(40, 42), (50, 54), (60, 60)]))


def test_the_same_marks_point_for_point_are_counted():
    rows = [("5", "5"), ("5", "5"), ("4", "6"), ("3", "3")]
    found = calibrate([Observation("A", n, 10, marks=marks) for n, marks in enumerate(rows)])
    assert found.judges[0].alike == 2


def test_alpha_of_a_published_example():
    """Krippendorff (2011), C: four observers, twelve units with gaps; interval metric."""
    gap = None
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    units = [[value for value in unit if value is not None] for unit in zip(*observers, strict=True)]
    assert krippendorff(units) == pytest.approx(0.849, abs=0.0005)


@pytest.mark.parametrize("units", [[], [[5.0]], [[5.0], [6.0]], [[5.0, 5.0], [5.0, 5.0]]])
def test_alpha_is_unknown_where_nothing_compares_or_differs(units):
    assert krippendorff(units) is None


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (60, 2.000)]
)
def test_quantiles_of_students_t(freedom, value):
    assert student(freedom) == pytest.approx(value, abs=0.02)


# --- What must hold for any totals -----------------------------------------------------------------------------------
@st.composite
def panels(draw) -> list[Observation]:
    """Two to six judges who all marked a few anchors, and some of the other entries."""
    judges, anchors, others = draw(st.integers(2, 6)), draw(st.integers(2, 4)), draw(st.integers(0, 8))
    points = st.integers(0, 200).map(lambda half: half / 2)
    found = []
    for judge in range(judges):
        for entry in range(anchors + others):
            if entry < anchors or draw(st.booleans()):
                found.append(Observation(judge, entry, draw(points)))
    return found


@given(panels(), st.integers(-20, 20))
def test_a_constant_added_to_one_judge_shifts_that_severity_alone(panel, constant):
    moved = [Observation(one.judge, one.entry, one.total + constant * (one.judge == 0)) for one in panel]
    before, after = severities(calibrate(panel)), severities(calibrate(moved))
    for judge in before:
        between = (after[judge] - after[1]) - (before[judge] - before[1])
        assert between == pytest.approx(constant if judge == 0 else 0, abs=1e-6)


@given(panels(), st.integers(-20, 20))
def test_a_constant_added_to_all_changes_scores_alone(panel, constant):
    moved = [Observation(one.judge, one.entry, one.total + constant) for one in panel]
    before, after = calibrate(panel), calibrate(moved)
    assert severities(after) == pytest.approx(severities(before), abs=1e-6)
    assert after.adjusted == pytest.approx(
        {entry: score + constant for entry, score in before.adjusted.items()}, abs=1e-6
    )
    if before.alpha is not None:
        assert after.alpha == pytest.approx(before.alpha, abs=1e-6)


@given(panels(), st.randoms(use_true_random=False))
def test_the_order_in_which_sheets_come_does_not_matter(panel, luck):
    mixed = [*panel]
    luck.shuffle(mixed)
    assert severities(calibrate(mixed)) == pytest.approx(severities(calibrate(panel)), abs=1e-6)
    assert calibrate(mixed).adjusted == pytest.approx(calibrate(panel).adjusted, abs=1e-6)


@given(panels())
def test_severities_sum_to_zero_and_shrink_towards_it(panel):
    found = calibrate(panel)
    assert math.fsum(judge.severity for judge in found.judges) == pytest.approx(0, abs=1e-6)
    for judge in found.judges:
        assert abs(judge.shrunk) <= abs(judge.severity) + 1e-9
        assert judge.shrunk * judge.severity >= -1e-9
        if judge.low is not None:
            assert judge.low <= judge.severity <= judge.high


@given(panels())
def test_where_everybody_marked_everything_the_adjusted_order_is_the_raw_one(panel):
    entries = {one.entry for one in panel}
    judges = {one.judge for one in panel}
    whole = [one for one in panel if sum(other.entry == one.entry for other in panel) == len(judges)]
    found = calibrate(whole)
    for entry in {one.entry for one in whole} & entries:
        raw = [one.total for one in whole if one.entry == entry]
        assert found.adjusted[entry] == pytest.approx(
            sum(raw) / len(raw) - math.fsum(j.shrunk for j in found.judges) / len(judges), abs=1e-6
        )


@given(panels())
def test_everyone_is_in_one_group(panel):
    by_judge, by_entry = {}, {}
    for one in panel:
        by_judge.setdefault(one.judge, []).append(one)
        by_entry.setdefault(one.entry, []).append(one)
    assert len(connected(by_judge, by_entry)) == 1
