"""From marks to places: the figures by hand, and what holds for any marks."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.judging import aggregating
from contest.judging.aggregating import Outcome, Rules, Sheet

D = Decimal
totals = st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=15)


def sheet(total: str, **points: str) -> Sheet:
    return Sheet({code: D(value) for code, value in points.items()}, D(total))


# --- Scores ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "rounded"),
    [("72.125", "72.13"), ("72.124", "72.12"), ("72.135", "72.14"), ("0.005", "0.01"), ("-0.005", "-0.01"), ("7", "7")],
)
def test_exactly_half_goes_up(number, rounded):
    assert aggregating.half_up(D(number)) == D(rounded)


@pytest.mark.parametrize(
    ("given", "method", "score"),
    [
        (["70", "80", "81"], "mean", "77.00"),
        (["70", "70", "71"], "mean", "70.33"),
        (["70", "71"], "median", "70.50"),
        (["1", "70", "99"], "median", "70.00"),
        (["0", "60", "70", "80", "100"], "trimmed", "70.00"),
        (["0", "60", "70", "80"], "trimmed", "52.50"),  # four are too few to drop two
    ],
)
def test_a_score_by_hand(given, method, score):
    assert aggregating.aggregate([D(one) for one in given], method) == D(score)


def test_without_a_sheet_there_is_no_score_and_an_unknown_method_is_an_error():
    assert aggregating.aggregate([], "mean") is None
    with pytest.raises(ValueError, match="best"):
        aggregating.aggregate([D(1)], "best")


@given(totals, st.sampled_from(["mean", "median", "trimmed"]))
def test_a_score_lies_among_the_totals_and_knows_no_order(given_totals, method):
    score = aggregating.aggregate(given_totals, method)
    assert min(given_totals) <= score <= max(given_totals)
    assert aggregating.aggregate(given_totals[::-1], method) == score


@given(totals, st.sampled_from(["mean", "median", "trimmed"]), st.integers(0, 14), st.decimals(0, 50, places=2))
def test_a_better_total_never_makes_a_worse_score(given_totals, method, at, more):
    better = list(given_totals)
    better[at % len(better)] += more
    assert aggregating.aggregate(better, method) >= aggregating.aggregate(given_totals, method)


@given(st.lists(st.decimals(0, 100, places=2), min_size=5, max_size=15))
def test_a_trimmed_mean_does_not_see_how_far_out_the_ends_are(given_totals):
    ordered = sorted(given_totals)
    wider = [ordered[0] - 1000, *ordered[1:-1], ordered[-1] + 1000]
    assert aggregating.aggregate(wider, "trimmed") == aggregating.aggregate(ordered, "trimmed")


# --- Outcomes --------------------------------------------------------------------------------------------------------
RULES = Rules(needed=2, tolerance=D(15), pass_score=D(50), not_zero=("A",))


@pytest.mark.parametrize(
    ("sheets", "more", "outcome"),
    [
        ([], {}, Outcome("waiting")),
        ([sheet("70", A="9")], {}, Outcome("waiting", spread=D(0))),
        ([sheet("70", A="9"), sheet("80", A="9")], {"open_sheets": 1}, Outcome("waiting", spread=D(10))),
        ([sheet("70", A="9"), sheet("85", A="9")], {}, Outcome("scored", D("77.50"), D(15), True)),
        ([sheet("70", A="9"), sheet("85.5", A="9")], {}, Outcome("discrepant", spread=D("15.5"))),
        ([sheet("70", A="9"), sheet("90", A="9")], {"is_decided": True}, Outcome("scored", D(80), D(20), True)),
        ([sheet("70", A="9")], {"is_decided": True}, Outcome("scored", D(70), D(0), True)),
        ([sheet("49.98", A="9"), sheet("50", A="9")], {}, Outcome("scored", D("49.99"), D("0.02"), False)),
        ([sheet("70", A="0"), sheet("70", A="0")], {}, Outcome("scored", D(70), D(0), False)),
        ([sheet("70", A="0"), sheet("70", A="0.5")], {}, Outcome("scored", D(70), D(0), True)),
    ],
)
def test_what_the_sheets_come_to(sheets, more, outcome):
    assert aggregating.outcome(sheets, RULES, **more) == outcome


def test_a_further_judge_in_the_middle_settles_it_and_one_at_an_end_does_not():
    sheets = [sheet("60", A="1"), sheet("80", A="1")]
    settled = aggregating.outcome([*sheets, sheet("70", A="1")], RULES, has_further=True)
    left = aggregating.outcome([*sheets, sheet("62", A="1")], RULES, has_further=True)
    assert (settled.state, left.state) == ("scored", "discrepant")


def test_two_thirds_of_a_panel_that_marks_as_a_whole_are_enough():
    whole = Rules(needed=5, members=5)
    assert [aggregating.are_enough(count, whole) for count in (3, 4, 5)] == [False, True, True]
    assert not aggregating.are_enough(2, Rules(needed=3, members=12))  # each marks alone: all three are needed


@given(st.lists(st.decimals(0, 100, places=2), max_size=8), st.integers(1, 7))
def test_what_is_missing_is_never_zero(given_totals, needed):
    sheets = [Sheet({}, total) for total in given_totals]
    found = aggregating.outcome(sheets, Rules(needed=needed))
    assert (found.score is None) == (len(sheets) < needed)
    if found.score is not None:
        assert found.score == aggregating.aggregate(given_totals, "mean")


def test_groups_are_the_sums_of_their_parts_and_means_are_exact():
    given_points = {"A1": D("1.5"), "A2": D(2), "B": D(4)}
    assert aggregating.with_groups(given_points, {"A1": "A", "A2": "A"}) == {**given_points, "A": D("3.5")}
    sheets = [sheet("0", A="1"), sheet("0", A="2"), sheet("0", A="2")]
    assert aggregating.mean_of(sheets, "A") == Fraction(5, 3)


# --- Stages and places -----------------------------------------------------------------------------------------------
def test_stages_weigh_40_and_60_or_the_last_starts_from_zero():
    assert aggregating.weighted([D(70), D("90.01")], [40, 60]) == D("82.01")
    assert aggregating.total(D(90), D(70), 60) == D("82.00")
    assert aggregating.total(D(90), D(70), None) == D(90)
    assert aggregating.total(D(90), None, 60) is None
    with pytest.raises(ValueError, match="100"):
        aggregating.weighted([D(1), D(2)], [40, 50])


def test_equals_share_a_place():
    assert aggregating.ranks([D(90), D(80), D(80), D(70)]) == [1, 2, 2, 4]


def test_ties_go_by_criteria_and_then_by_the_chair():
    key = aggregating.rank_key
    keys = [
        key(D(80), [Fraction(9)]), key(D(80), [Fraction(10)]), key(D(80), [Fraction(9)], 2),
        key(D(80), [Fraction(9)], 1), key(D(81), [Fraction(0)]),
    ]  # fmt: skip
    assert aggregating.ranks(keys) == [5, 2, 4, 3, 1]


@given(st.lists(st.integers(0, 5), max_size=20))
def test_a_place_is_one_more_than_how_many_are_better(keys):
    assert aggregating.ranks(keys) == [1 + sum(other > key for other in keys) for key in keys]


@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 12))
def test_the_best_are_never_more_than_have_room_and_equals_at_the_edge_are_told(keys, top):
    cut = aggregating.best(keys, top)
    assert len(cut.best) <= top
    assert not cut.best & cut.tied
    if cut.tied:
        assert len(cut.best) < top < len(cut.best) + len(cut.tied)
        assert len({keys[at] for at in cut.tied}) == 1
    else:
        assert len(cut.best) == min(top, len(keys))
    out = set(range(len(keys))) - cut.best - cut.tied
    assert all(keys[worse] < keys[at] for at in cut.best | cut.tied for worse in out)
