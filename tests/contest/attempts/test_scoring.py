"""What an attempt is worth: which answers count, the two methods, void questions and corrected keys."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.attempts.scoring import (
    Correction,
    Final,
    Key,
    Method,
    Score,
    chosen_on,
    corrected,
    is_right,
    merge,
    points_for,
    score,
)
from tests.thorough import examples

thoroughly = examples(80)

A, B, C, D, E = range(1, 6)
ALL, PARTIAL = Method.ALL_OR_NOTHING, Method.PARTIAL


def options(*chosen):
    return frozenset(chosen)


def make_key(*right, weight=100, **overrides):
    return Key(frozenset(right), weight, **overrides)


# Refusals


@pytest.mark.parametrize(
    "settings",
    [
        {"right": options(), "weight": 100},
        {"right": options(A), "weight": 100, "accepted": (options(),)},
        {"right": options(A), "weight": -1},
    ],
)
def test_a_key_that_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match=r"right option|less than nothing"):
        Key(**settings)


def test_a_correction_that_leaves_no_right_option_is_refused():
    with pytest.raises(ValueError, match="right option"):
        corrected(make_key(A), Correction.INSTEAD)


# Points of one question


@pytest.mark.parametrize(
    ("right", "chosen", "all_or_nothing", "partial"),
    [
        (options(B), options(B), 100, 100),
        (options(B), options(A), 0, 0),
        (options(B), options(), 0, 0),
        (options(B), options(A, B), 0, 0),
        (options(B), options(A, B, C, D), 0, 0),
        (options(B), options(99), 0, 0),
        (options(B), options(B, 99), 0, 0),
        (options(A, B), options(A, B), 100, 100),
        (options(A, B), options(A), 0, 50),
        (options(A, B), options(A, C), 0, 0),
        (options(A, B), options(A, B, C), 0, 50),
        (options(A, B), options(A, B, C, D), 0, 0),
        (options(A, B), options(C, D), 0, 0),
        (options(A, B, C), options(A), 0, 33),
        (options(A, B, C), options(A, B), 0, 67),
        (options(A, B, C), options(A, B, D), 0, 33),
        (options(A, B, C, D, E), options(A, B, C, D, E), 100, 100),
    ],
)
def test_points_of_a_question(right, chosen, all_or_nothing, partial):
    key = make_key(*right)
    assert (points_for(key, chosen, ALL), points_for(key, chosen, PARTIAL)) == (all_or_nothing, partial)


@pytest.mark.parametrize(("weight", "points"), [(1, 1), (3, 2), (5, 3), (99, 50), (101, 51), (0, 0)])
def test_half_a_hundredth_goes_up(weight, points):
    assert points_for(make_key(A, B, weight=weight), options(A), PARTIAL) == points


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("chosen", [options(), options(A), options(A, B, C, D), options(99)])
def test_a_void_question_gives_everyone_its_points(method, chosen):
    assert score({7: make_key(B, voided=True)}, {7: chosen}, method) == Score(100, 100, 1, 1, True)


def test_a_void_question_gives_its_points_to_whom_it_was_never_answered_by():
    assert score({7: make_key(B, voided=True)}, {}, ALL) == Score(100, 100, 1, 1, True)


def test_of_several_accepted_answers_the_best_counts():
    key = make_key(A, B, accepted=(options(C), options(B, C, D)))
    assert [is_right(key, chosen) for chosen in (options(A, B), options(C), options(B, C, D), options(C, D))] == [
        True,
        True,
        True,
        False,
    ]
    assert points_for(key, options(C, D), ALL) == 0
    assert points_for(key, options(C, D), PARTIAL) == 67


# Corrections


@pytest.mark.parametrize(
    ("key", "correction", "choices", "expected"),
    [
        (make_key(B), Correction.INSTEAD, [C], make_key(C)),
        (make_key(B, weight=250), Correction.INSTEAD, [A, C], make_key(A, C, weight=250)),
        (make_key(B), Correction.VOID, [], make_key(B, voided=True)),
        (make_key(B), Correction.ALSO, [C], make_key(B, accepted=(options(C),))),
        (make_key(B), Correction.ALSO, [D, C, B], make_key(B, accepted=(options(C), options(D)))),
        (make_key(B), Correction.ALSO, [B], make_key(B)),
        (make_key(A, B), Correction.ALSO, [C], make_key(A, B, accepted=(options(A, B, C),))),
        (
            make_key(A, B),
            Correction.ALSO,
            [C, D],
            make_key(A, B, accepted=(options(A, B, C), options(A, B, D), options(A, B, C, D))),
        ),
        # Corrections follow each other.
        (make_key(B, accepted=(options(C),)), Correction.ALSO, [D], make_key(B, accepted=(options(C), options(D)))),
        (make_key(B, accepted=(options(C),)), Correction.ALSO, [C], make_key(B, accepted=(options(C),))),
        (
            make_key(A, B, accepted=(options(A, B, C),)),
            Correction.ALSO,
            [D],
            make_key(A, B, accepted=(options(A, B, C), options(A, B, D), options(A, B, C, D))),
        ),
        (make_key(B, accepted=(options(C),)), Correction.INSTEAD, [D], make_key(D)),
        (make_key(B, voided=True), Correction.INSTEAD, [D], make_key(D)),
    ],
)
def test_a_corrected_key(key, correction, choices, expected):
    assert corrected(key, correction, choices) == expected


CHOICES = st.frozensets(st.sampled_from([A, B, C, D, E]))
KEYS = st.builds(
    Key,
    CHOICES.filter(bool),
    st.integers(0, 1000),
    voided=st.booleans(),
    accepted=st.lists(CHOICES.filter(bool), max_size=3).map(tuple),
)
METHODS = st.sampled_from(Method)


@thoroughly
@given(KEYS, CHOICES, METHODS)
def test_points_are_never_below_nothing_nor_above_the_weight(key, chosen, method):
    points = points_for(key, chosen, method)
    assert 0 <= points <= key.weight
    assert points_for(key, chosen, ALL) <= points_for(key, chosen, PARTIAL)
    assert (points_for(key, chosen, ALL) == key.weight) or not is_right(key, chosen)
    if not chosen:
        assert points == (key.weight if key.voided else 0)


@thoroughly
@given(CHOICES.filter(bool), st.integers(0, 1000), CHOICES)
def test_a_part_is_the_exact_share_rounded_half_up(right, weight, chosen):
    share = Fraction(max(0, len(chosen & right) - len(chosen - right)), len(right))
    assert points_for(Key(right, weight), chosen, PARTIAL) == floor(weight * share + Fraction(1, 2))


@thoroughly
@given(KEYS, CHOICES, CHOICES, METHODS)
def test_nobody_loses_by_a_correction_that_adds(key, choices, chosen, method):
    for correction in (Correction.ALSO, Correction.VOID):
        assert points_for(corrected(key, correction, choices), chosen, method) >= points_for(key, chosen, method)


@thoroughly
@given(st.dictionaries(st.integers(1, 9), KEYS), st.dictionaries(st.integers(1, 12), CHOICES), METHODS)
def test_a_score_is_the_sum_of_its_questions(keys, answers, method):
    given_answers = {question: answers.get(question, frozenset()) for question in keys}
    rights = [is_right(keys[question], chosen) for question, chosen in given_answers.items()]
    assert score(keys, answers, method) == Score(
        points=sum(points_for(keys[question], chosen, method) for question, chosen in given_answers.items()),
        max_points=sum(key.weight for key in keys.values()),
        right=sum(rights),
        questions=len(keys),
        is_all_correct=bool(keys) and all(rights),
    )


# The worth of an attempt


PAPER_KEYS = {11: make_key(B), 12: make_key(A, C), 13: make_key(D, weight=200)}


def test_the_worth_of_an_attempt():
    answers = {11: options(B), 12: options(A), 13: options(D)}
    assert score(PAPER_KEYS, answers, ALL) == Score(300, 400, 2, 3, False)
    assert score(PAPER_KEYS, answers, PARTIAL) == Score(350, 400, 2, 3, False)


def test_everything_right_is_all_correct():
    answers = {11: options(B), 12: options(C, A), 13: options(D)}
    assert score(PAPER_KEYS, answers, ALL) == Score(400, 400, 3, 3, True)


def test_nothing_answered_is_worth_nothing():
    assert score(PAPER_KEYS, {}, ALL) == Score(0, 400, 0, 3, False)


def test_an_answer_to_a_question_of_another_paper_is_worth_nothing():
    assert score(PAPER_KEYS, {99: options(B)}, ALL) == Score(0, 400, 0, 3, False)


def test_a_paper_without_questions_is_not_all_correct():
    assert score({}, {}, ALL) == Score(0, 0, 0, 0, False)


# Which answers count


@pytest.mark.parametrize(
    ("saves", "final"),
    [
        ([], Final({}, None)),
        ([(1, 1, {"0": [2], "3": [0, 1]})], Final({0: options(2), 3: options(0, 1)}, None)),
        ([(1, 1, {"0": [2]}), (1, 2, {"1": [3]})], Final({0: options(2), 1: options(3)}, None)),
        # A stale save never overwrites a newer one, whenever it arrives.
        ([(1, 3, {"0": [1]}), (1, 2, {"0": [2]})], Final({0: options(1)}, None)),
        ([(1, 10, {"0": [1]}), (1, 9, {"0": [2]})], Final({0: options(1)}, None)),
        # A page that took the attempt over counts from 1 again, and comes after.
        ([(2, 1, {"0": [1]}), (1, 9, {"0": [2], "1": [0]})], Final({0: options(1), 1: options(0)}, None)),
        # An empty list clears.
        ([(1, 1, {"0": [2]}), (1, 2, {"0": []})], Final({}, None)),
        ([(1, 1, {"0": []}), (1, 2, {"0": [2]})], Final({0: options(2)}, None)),
        ([(1, 1, {"0": []})], Final({}, None)),
        # The prediction that was confirmed last counts; one that is no longer confirmed does not.
        ([(1, 1, {"p": "70186"})], Final({}, "70186")),
        ([(1, 1, {"p": "70186"}), (1, 2, {"0": [1]})], Final({0: options(1)}, "70186")),
        ([(1, 2, {"p": "70187"}), (1, 1, {"p": "70186"})], Final({}, "70187")),
        ([(1, 1, {"p": "70186"}), (1, 2, {"p": None})], Final({}, None)),
        ([(1, 1, {"p": None}), (1, 2, {"p": "0"})], Final({}, "0")),
    ],
)
def test_the_answers_that_count(saves, final):
    assert merge(saves) == final
    assert merge(reversed(saves)) == final


CHANGES = st.dictionaries(
    st.sampled_from([str(place) for place in range(5)]), st.lists(st.integers(0, 4), unique=True)
) | st.fixed_dictionaries({"p": st.none() | st.sampled_from(["1", "2"])})
SAVES = st.dictionaries(st.tuples(st.integers(1, 3), st.integers(1, 20)), CHANGES).map(
    lambda saves: [(*order, changed) for order, changed in saves.items()]
)


@thoroughly
@given(SAVES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(saves, shuffler):
    state = {}
    for _lease, _sequence, changed in sorted(saves, key=lambda save: save[:2]):
        state |= changed
    final = merge(saves)
    assert final.prediction == state.pop("p", None)
    assert final.places == {int(place): frozenset(chosen) for place, chosen in state.items() if chosen}
    shuffler.shuffle(saves)
    assert merge(saves) == final


@thoroughly
@given(SAVES)
def test_a_question_keeps_what_was_saved_for_it_last(saves):
    final = merge(saves)
    for place in range(5):
        mine = [save for save in saves if str(place) in save[2]]
        last = max(mine, key=lambda save: save[:2])[2][str(place)] if mine else []
        assert final.places.get(place, frozenset()) == frozenset(last)


PAPER = ((11, (B, A, D, C)), (12, (C, A)))


@pytest.mark.parametrize(
    ("places", "answers"),
    [
        ({}, {}),
        ({0: options(0)}, {11: options(B)}),
        ({0: options(3), 1: options(0, 1)}, {11: options(C), 12: options(A, C)}),
        # What is not on the paper is no answer.
        ({2: options(0)}, {}),
        ({-1: options(0)}, {}),
        ({1: options(2)}, {}),
        ({1: options(-1)}, {}),
        ({0: options(1), 1: options(0, 2)}, {11: options(A)}),
    ],
)
def test_places_on_the_paper_become_options(places, answers):
    assert chosen_on(PAPER, places) == answers
    assert chosen_on([[question, list(choices)] for question, choices in PAPER], places) == answers
