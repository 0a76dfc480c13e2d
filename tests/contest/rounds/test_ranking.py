"""Who stands where: which attempt counts, the keys, the presets, shared places, predictions, sums and units."""

import time
from decimal import ROUND_HALF_UP, Decimal
from functools import cmp_to_key
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.foundations.refusing import Refused
from contest.rounds.ranking import (
    PRESETS,
    Counting,
    Key,
    Prediction,
    Result,
    UnitResult,
    Units,
    UnitStanding,
    actual,
    completion,
    counting,
    cumulate,
    parse_keys,
    rank,
    rank_units,
)
from tests.thorough import examples

thoroughly = examples(80)

MINUTE = 60_000


def make_result(entrant=1, attempt=None, **overrides):
    given_values = {
        "score": 1000,
        "is_all_correct": True,
        "duration_ms": 10 * MINUTE,
        "submitted_us": 1_000_000,
        "started_us": 0,
        "prediction": None,
        "decided": None,
        **overrides,
    }
    return Result(entrant, entrant * 100 if attempt is None else attempt, **given_values)


def board(results, keys, **settings):
    """Place and entrant of every line."""
    standings = rank(results, keys, **{"actual": None, **settings})
    assert [standing.ordinal for standing in standings] == list(range(1, len(standings) + 1))
    return [(standing.place, standing.result.entrant) for standing in standings]


# Refusals


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "none"),
        (["score"], "unknown"),
        (["score:asc"], "unknown"),
        (["score:desc", ""], "unknown"),
        (["score:desc", "duration:asc", "score:desc"], "twice"),
        (["decided:asc", "score:desc"], "last"),
    ],
)
def test_keys_that_make_no_ranking_are_refused(names, code):
    with pytest.raises(Refused) as refused:
        parse_keys(names)
    assert refused.value.code == code


def test_two_results_of_one_person_are_refused():
    with pytest.raises(ValueError, match="two results"):
        rank([make_result(1, 1), make_result(1, 2)], [Key.SCORE_DESC], actual=None)


@pytest.mark.parametrize(("completed", "obliged"), [(1, 0), (3, 2), (-1, 2)])
def test_more_completed_than_obliged_is_refused(completed, obliged):
    with pytest.raises(ValueError, match="obliged"):
        completion(completed, obliged)


# Keys


def test_keys_keep_their_order():
    assert parse_keys(["score:desc", "submitted:asc", "decided:asc"]) == (
        Key.SCORE_DESC,
        Key.SUBMITTED_ASC,
        Key.DECIDED,
    )


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_is_a_ranking_that_an_organizer_could_have_made(preset):
    assert parse_keys(list(preset.keys)) == preset.keys


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        (Key.SCORE_DESC, {"score": 1000}, {"score": 999}),
        (Key.DURATION_ASC, {"duration_ms": 59_999}, {"duration_ms": 60_000}),
        (Key.DISTANCE_ASC, {"prediction": Decimal(99)}, {"prediction": Decimal(102)}),
        (Key.DISTANCE_ASC, {"prediction": Decimal("100.00001")}, {"prediction": Decimal("99.99998")}),
        (Key.DISTANCE_ASC, {"prediction": Decimal(0)}, {"prediction": None}),
        (Key.DISTANCE_ASC, {"prediction": Decimal(99_999_999)}, {"prediction": None}),
        (Key.SUBMITTED_ASC, {"submitted_us": 1}, {"submitted_us": 2}),
        (Key.STARTED_ASC, {"started_us": 1}, {"started_us": 2}),
        (Key.DECIDED, {"decided": 1}, {"decided": 2}),
        (Key.DECIDED, {"decided": 2}, {"decided": None}),
    ],
)
def test_each_key_alone(key, first, second):
    results = [make_result(1, **second), make_result(2, **first)]
    assert board(results, [key], actual=Decimal(100)) == [(1, 2), (2, 1)]


def test_equal_results_share_a_place_and_the_next_is_left_out():
    scores = {5: 700, 4: 900, 3: 900, 2: 1000, 1: 600}
    results = [make_result(entrant, score=score) for entrant, score in scores.items()]
    assert board(results, [Key.SCORE_DESC]) == [(1, 2), (2, 3), (2, 4), (4, 5), (5, 1)]


def test_over_and_under_are_equally_far():
    results = [make_result(1, prediction=Decimal(103)), make_result(2, prediction=Decimal(97))]
    standings = rank(results, [Key.DISTANCE_ASC], actual=Decimal(100))
    assert [(standing.place, standing.distance) for standing in standings] == [(1, Decimal(3)), (1, Decimal(3))]


def test_over_and_under_fall_to_the_next_key():
    results = [
        make_result(1, prediction=Decimal(103), submitted_us=9),
        make_result(2, prediction=Decimal(97), submitted_us=8),
    ]
    assert board(results, [Key.DISTANCE_ASC, Key.SUBMITTED_ASC], actual=Decimal(100)) == [(1, 2), (2, 1)]


def test_who_made_no_prediction_is_last_among_equals_and_not_disqualified():
    results = [
        make_result(1, prediction=None, duration_ms=5),
        make_result(2, prediction=Decimal(0), duration_ms=5),
        make_result(3, prediction=None, duration_ms=4),
    ]
    standings = rank(results, PRESETS["B"].keys, actual=Decimal(50_000))
    assert [(standing.place, standing.result.entrant, standing.distance) for standing in standings] == [
        (1, 3, None),
        (2, 2, Decimal(50_000)),
        (3, 1, None),
    ]


def test_as_long_as_there_is_no_actual_value_predictions_decide_nothing():
    results = [make_result(1, prediction=None), make_result(2, prediction=Decimal(5))]
    standings = rank(results, [Key.DISTANCE_ASC], actual=None)
    assert [(standing.place, standing.distance) for standing in standings] == [(1, None), (1, None)]


def test_an_empty_board():
    assert rank([], PRESETS["A"].keys, actual=Decimal(0)) == []


# Presets


def test_preset_a_takes_the_all_correct_then_the_nearest_then_the_earliest():
    results = [
        make_result(1, prediction=Decimal(4), submitted_us=30),
        make_result(2, prediction=Decimal(4), is_all_correct=False, score=900, submitted_us=10),
        make_result(3, prediction=Decimal(2), submitted_us=20),
        make_result(4, prediction=Decimal(3), submitted_us=40),
        make_result(5, prediction=None, submitted_us=5),
    ]
    preset = PRESETS["A"]
    value = actual(results, Prediction.PEOPLE_ALL_CORRECT, attempts=5)
    assert value == Decimal(4)
    assert board(results, preset.keys, actual=value, only_all_correct=preset.only_all_correct) == [
        (1, 1),
        (2, 4),
        (3, 3),
        (4, 5),
    ]


def test_preset_b_takes_score_time_prediction_and_then_the_organizers():
    results = [
        make_result(1, score=900, duration_ms=1),
        make_result(2, duration_ms=2, prediction=Decimal(8)),
        make_result(3, duration_ms=2, prediction=Decimal(12)),
        make_result(4, duration_ms=2, prediction=Decimal(12), decided=1),
        make_result(5, duration_ms=3, prediction=Decimal(10)),
        make_result(6, duration_ms=2, prediction=Decimal(11)),
    ]
    assert board(results, PRESETS["B"].keys, actual=Decimal(10)) == [(1, 6), (2, 4), (3, 2), (3, 3), (5, 5), (6, 1)]


def test_preset_c_takes_score_and_time_in_milliseconds():
    results = [
        make_result(1, duration_ms=60_001),
        make_result(2, duration_ms=60_000),
        make_result(3, duration_ms=60_001),
        make_result(4, score=999, duration_ms=1),
    ]
    assert board(results, PRESETS["C"].keys) == [(1, 2), (2, 1), (2, 3), (4, 4)]


def test_preset_d_takes_the_sum_of_the_weeks():
    weeks = [
        [make_result(1, 1, score=800, duration_ms=5), make_result(1, 2, score=900, duration_ms=9), make_result(2, 3)],
        [make_result(1, 4, score=900, duration_ms=7), make_result(3, 5, score=900)],
    ]
    assert PRESETS["D"].cumulative
    assert board(cumulate(weeks), PRESETS["D"].keys) == [(1, 1), (2, 2), (3, 3)]


# Which attempt counts


ATTEMPTS = [
    make_result(1, 11, score=900, submitted_us=50, started_us=10, duration_ms=1),
    make_result(1, 12, score=1000, submitted_us=90, started_us=60, duration_ms=2),
    make_result(1, 13, score=1000, submitted_us=80, started_us=70, duration_ms=9),
    make_result(1, 14, score=800, submitted_us=99, started_us=95, duration_ms=1),
    make_result(2, 21, score=0, submitted_us=1, started_us=0),
]


@pytest.mark.parametrize(
    ("which", "attempts"), [(Counting.BEST, [13, 21]), (Counting.LAST, [14, 21]), (Counting.FIRST, [11, 21])]
)
def test_which_attempt_counts(which, attempts):
    assert [result.attempt for result in counting(ATTEMPTS, which)] == attempts
    assert sorted(result.attempt for result in counting(reversed(ATTEMPTS), which)) == attempts


def test_the_best_is_the_default():
    assert counting(ATTEMPTS) == counting(ATTEMPTS, Counting.BEST)


@pytest.mark.parametrize(("which", "attempt"), [(Counting.BEST, 1), (Counting.LAST, 2), (Counting.FIRST, 1)])
def test_attempts_that_are_equal_in_all_go_by_number(which, attempt):
    results = [make_result(1, 2), make_result(1, 1)]
    assert [result.attempt for result in counting(results, which)] == [attempt]


# The actual value


WEEK = [
    make_result(1, is_all_correct=True),
    make_result(2, is_all_correct=False),
    make_result(3, is_all_correct=True),
    *(make_result(entrant, is_all_correct=False) for entrant in range(4, 8)),
]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Prediction.NONE, None),
        (Prediction.PEOPLE_ALL_CORRECT, Decimal(2)),
        (Prediction.PARTICIPANTS, Decimal(7)),
        (Prediction.ATTEMPTS, Decimal(23)),
        (Prediction.PERCENT_ALL_CORRECT, Decimal("28.57143")),
    ],
)
def test_the_actual_value(kind, value):
    assert str(actual(WEEK, kind, attempts=23)) == str(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Prediction.PEOPLE_ALL_CORRECT, Decimal(0)),
        (Prediction.PARTICIPANTS, Decimal(0)),
        (Prediction.ATTEMPTS, Decimal(0)),
        (Prediction.PERCENT_ALL_CORRECT, None),
    ],
)
def test_the_actual_value_of_an_empty_week(kind, value):
    assert actual([], kind, attempts=0) == value


def test_people_are_counted_once_even_if_all_their_attempts_are_given():
    twice = [make_result(1, 1), make_result(1, 2), make_result(2, 3, is_all_correct=False)]
    assert actual(twice, Prediction.PEOPLE_ALL_CORRECT, attempts=3) == Decimal(1)
    assert actual(twice, Prediction.PARTICIPANTS, attempts=3) == Decimal(2)
    assert actual(twice, Prediction.PERCENT_ALL_CORRECT, attempts=3) == Decimal(50)


# Sums over the weeks


def test_the_sum_of_the_weeks():
    weeks = [
        [
            make_result(1, 1, score=700, duration_ms=3, submitted_us=20, started_us=10, right=7, is_all_correct=False),
            make_result(
                1, 2, score=1000, duration_ms=5, submitted_us=40, started_us=30, right=10, prediction=Decimal(5)
            ),
        ],
        [],
        [make_result(1, 3, score=900, duration_ms=7, submitted_us=60, started_us=50, right=9, decided=1)],
    ]
    assert cumulate(weeks) == [
        make_result(1, 3, score=1900, duration_ms=12, submitted_us=60, started_us=30, right=19, is_all_correct=False)
    ]


def test_all_correct_in_every_week_is_all_correct():
    both = [make_result(1, 1), make_result(2, 2)], [make_result(1, 3)]
    assert {result.entrant: result.is_all_correct for result in cumulate(both)} == {1: True, 2: False}


def test_the_sum_of_no_weeks():
    assert cumulate([]) == []


# Units


@pytest.mark.parametrize(
    ("completed", "obliged", "percent"),
    [
        (0, 0, None),
        (0, 7, "0.00"),
        (7, 7, "100.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 8, "12.50"),
        (1, 1600, "0.06"),
        (1, 800, "0.13"),  # 0,125 goes up, where binary rounding to even says 0,12
        (201, 20_000, "1.01"),  # 1,005 goes up, where a binary 1,005 lies below itself
        (19_999, 20_000, "100.00"),
    ],
)
def test_completion_has_two_decimals_half_up(completed, obliged, percent):
    assert completion(completed, obliged) == (None if percent is None else Decimal(percent))
    assert str(completion(completed, obliged)) == str(percent)


def make_unit(unit, completed=7, obliged=10, **overrides):
    given_values = {
        "people": completed,
        "attempts": completed,
        "score_sum": completed * 800,
        "completers": completed,
        **overrides,
    }
    return UnitResult(unit, obliged=obliged, completed_obliged=completed, **given_values)


def test_units_by_completion_then_by_the_mean_of_the_completers():
    units = [
        make_unit(1, 7),
        make_unit(2, 9),
        make_unit(3, 7, score_sum=7 * 900),
        make_unit(4, 6, score_sum=6 * 1000),
        make_unit(5, 0),
        make_unit(6, 0, 0),
        make_unit(7, 7),
        make_unit(8, 0, 0, people=3, attempts=4, score_sum=3000, completers=3),
    ]
    standings = rank_units(units, Units.COMPLETION, Decimal(70))
    assert [(line.place, line.result.unit, line.qualified, line.completion, line.mean) for line in standings] == [
        (1, 2, True, Decimal("90.00"), Decimal("8.00")),
        (2, 3, True, Decimal("70.00"), Decimal("9.00")),
        (3, 1, True, Decimal("70.00"), Decimal("8.00")),
        (3, 7, True, Decimal("70.00"), Decimal("8.00")),
        (5, 4, False, Decimal("60.00"), Decimal("10.00")),
        (6, 8, False, None, Decimal("10.00")),
        (7, 5, False, Decimal("0.00"), None),
        (8, 6, False, None, None),
    ]
    assert [line.ordinal for line in standings] == list(range(1, 9))


def test_the_threshold_is_held_against_the_published_figure():
    almost, short = make_unit(1, 139_991, 199_987), make_unit(2, 6999, 10_000)
    assert [
        (line.result.unit, line.completion, line.qualified)
        for line in rank_units([almost, short], threshold=Decimal(70))
    ] == [(1, Decimal("70.00"), True), (2, Decimal("69.99"), False)]


def test_a_unit_whose_obliged_completed_after_they_moved_stands_by_its_completion():
    units = [make_unit(1, 6), make_unit(2, 9, people=0, attempts=0, score_sum=0, completers=0), make_unit(3, 0)]
    assert [line.result.unit for line in rank_units(units, threshold=Decimal(70))] == [2, 1, 3]


def test_without_a_threshold_every_unit_qualifies():
    assert [line.qualified for line in rank_units([make_unit(1, 1), make_unit(2, 0), make_unit(3, 0, 0)])] == [True] * 3


def test_units_by_people_and_by_attempts():
    units = [
        make_unit(1, 5, people=50, attempts=60),
        make_unit(2, 9, people=40, attempts=90),
        make_unit(3, 0, people=0, attempts=0),
        make_unit(4, 9, people=40, attempts=70),
    ]

    def lines(by, threshold=None):
        return [(line.place, line.result.unit) for line in rank_units(units, by, threshold)]

    assert lines(Units.PEOPLE) == [(1, 1), (2, 2), (2, 4), (4, 3)]
    assert lines(Units.ATTEMPTS) == [(1, 2), (2, 4), (3, 1), (4, 3)]
    # Who is below the threshold stands after those who reach it.
    assert lines(Units.PEOPLE, Decimal(70)) == [(1, 2), (1, 4), (3, 1), (4, 3)]


def test_a_line_of_a_unit():
    unit = make_unit(1, 2, 3, score_sum=1999)
    assert rank_units([unit]) == [UnitStanding(1, 1, unit, True, Decimal("66.67"), Decimal("10.00"))]


# By the thousand: each rule once more, written the slow way


RESULTS = st.builds(
    Result,
    entrant=st.integers(1, 30),
    attempt=st.integers(1, 10_000),
    score=st.sampled_from([0, 500, 950, 1000]),
    is_all_correct=st.booleans(),
    duration_ms=st.integers(0, 3),
    submitted_us=st.integers(0, 3),
    started_us=st.integers(0, 3),
    prediction=st.none() | st.decimals(0, 100, places=5) | st.integers(0, 6).map(Decimal),
    decided=st.none() | st.integers(1, 3),
    right=st.integers(0, 10),
)
MANY = st.lists(RESULTS, max_size=60, unique_by=lambda result: result.attempt)
ONE_EACH = st.lists(RESULTS, max_size=30, unique_by=lambda result: result.entrant)
KEYS = st.lists(st.sampled_from(Key), unique=True)


def stands_before(one, other, keys, value):
    """-1, 0 or 1, key by key, as the rules are read aloud."""
    for key in keys:
        if key is Key.SCORE_DESC and one.score != other.score:
            return -1 if one.score > other.score else 1
        if key is Key.DURATION_ASC and one.duration_ms != other.duration_ms:
            return -1 if one.duration_ms < other.duration_ms else 1
        if key is Key.SUBMITTED_ASC and one.submitted_us != other.submitted_us:
            return -1 if one.submitted_us < other.submitted_us else 1
        if key is Key.STARTED_ASC and one.started_us != other.started_us:
            return -1 if one.started_us < other.started_us else 1
        if key is Key.DISTANCE_ASC and value is not None and one.prediction != other.prediction:
            if one.prediction is None or other.prediction is None:
                return -1 if other.prediction is None else 1
            mine, others = abs(one.prediction - value), abs(other.prediction - value)
            if mine != others:
                return -1 if mine < others else 1
        if key is Key.DECIDED and one.decided != other.decided:
            if one.decided is None or other.decided is None:
                return -1 if other.decided is None else 1
            return -1 if one.decided < other.decided else 1
    return 0


@thoroughly
@given(ONE_EACH, KEYS, st.none() | st.decimals(0, 100, places=5) | st.integers(0, 6).map(Decimal), st.booleans())
def test_the_board_is_what_the_rules_say(results, keys, value, only_all_correct):
    standings = rank(results, keys, actual=value, only_all_correct=only_all_correct)
    ranked = [result for result in results if result.is_all_correct or not only_all_correct]
    by_hand = sorted(
        sorted(ranked, key=lambda result: result.entrant),
        key=cmp_to_key(lambda one, other: stands_before(one, other, keys, value)),
    )
    assert [standing.result for standing in standings] == by_hand
    for standing in standings:
        better = sum(stands_before(other, standing.result, keys, value) < 0 for other in ranked)
        assert standing.place == better + 1
        prediction = standing.result.prediction
        assert standing.distance == (None if None in (prediction, value) else abs(prediction - value))


@thoroughly
@given(ONE_EACH, KEYS, st.randoms(use_true_random=False))
def test_the_order_in_which_results_come_does_not_matter(results, keys, shuffler):
    standings = rank(results, keys, actual=Decimal(3))
    shuffler.shuffle(results)
    assert rank(results, keys, actual=Decimal(3)) == standings


@thoroughly
@given(MANY, st.sampled_from(Counting), st.randoms(use_true_random=False))
def test_exactly_one_attempt_of_each_person_counts(results, which, shuffler):
    counted = counting(results, which)
    assert sorted(result.entrant for result in counted) == sorted({result.entrant for result in results})
    for result in counted:
        own = [other for other in results if other.entrant == result.entrant]
        if which is Counting.BEST:
            best = [other for other in own if other.score == max(other.score for other in own)]
            assert result.score == best[0].score
            assert result.submitted_us == min(other.submitted_us for other in best)
        elif which is Counting.LAST:
            assert result.started_us == max(other.started_us for other in own)
        else:
            assert result.started_us == min(other.started_us for other in own)
    shuffler.shuffle(results)
    assert sorted(counting(results, which)) == sorted(counted)


@thoroughly
@given(MANY)
def test_the_board_of_preset_a_is_as_long_as_the_number_of_the_all_correct(results):
    counted = counting(results)
    value = actual(counted, Prediction.PEOPLE_ALL_CORRECT, attempts=len(results))
    assert value == len(rank(counted, PRESETS["A"].keys, actual=value, only_all_correct=True))


@thoroughly
@given(st.lists(MANY, max_size=4))
def test_a_sum_is_the_sum_of_the_best_of_each_week(weeks):
    sums = {result.entrant: result for result in cumulate(weeks)}
    assert set(sums) == {result.entrant for week in weeks for result in week}
    for entrant, total in sums.items():
        best = [result for week in weeks for result in counting(week) if result.entrant == entrant]
        assert (total.score, total.duration_ms) == (
            sum(result.score for result in best),
            sum(result.duration_ms for result in best),
        )


@thoroughly
@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_completion_agrees_with_decimal_arithmetic(completed, obliged):
    completed = min(completed, obliged)
    exact = Decimal(completed) * 100 / Decimal(obliged)
    assert completion(completed, obliged) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


UNITS = st.lists(
    st.builds(
        lambda unit, completed, more, people, attempts, points: UnitResult(
            unit, people, people + attempts, completed + more, completed, points * people, people
        ),
        st.integers(1, 50),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 1000),
    ),
    max_size=20,
    unique_by=lambda unit: unit.unit,
)


@thoroughly
@given(UNITS, st.sampled_from(Units), st.none() | st.integers(0, 100).map(Decimal))
def test_every_unit_has_a_line_and_those_with_nobody_are_last(units, by, threshold):
    standings = rank_units(units, by, threshold)
    assert sorted(line.result for line in standings) == sorted(units)
    assert [line.ordinal for line in standings] == list(range(1, len(units) + 1))
    empty = [line.result.people == line.result.completed_obliged == 0 for line in standings]
    assert empty == sorted(empty)
    here = [line for line, nobody in zip(standings, empty, strict=True) if not nobody]
    assert [line.qualified for line in here] == sorted((line.qualified for line in here), reverse=True)
    for above, below in pairwise(here):
        assert above.place <= below.place
        if above.qualified == below.qualified:
            if by is Units.PEOPLE:
                assert above.result.people >= below.result.people
            elif by is Units.ATTEMPTS:
                assert above.result.attempts >= below.result.attempts
            elif below.completion is not None:
                assert above.completion >= below.completion
                if above.completion == below.completion:
                    assert below.mean is None or (above.mean, -above.place) >= (below.mean, -below.place)


def test_70_000_people_are_ranked_in_seconds():
    results = [
        make_result(
            entrant,
            score=1000 - entrant * 7919 % 11 * 50,
            duration_ms=entrant * 104_729 % 900_000,
            prediction=Decimal(entrant * 31 % 70_000),
        )
        for entrant in range(1, 70_001)
    ]
    begun = time.process_time()
    counted = counting(results)
    standings = rank(counted, PRESETS["B"].keys, actual=Decimal(30_000))
    assert len(standings) == 70_000
    assert time.process_time() - begun < 3
