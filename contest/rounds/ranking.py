"""Who stands where: which attempt counts, in what order people and units stand, and what equal results share.

Everything is computed on whole numbers, so that anyone can repeat it: points in hundredths, durations in milliseconds,
moments in microseconds since 1970 (UTC); predictions are exact decimals. The rules, as they are published:

- One result a person counts: the best, and of equally good ones the one that was handed in first; or the last; or the
  first.
- An ordered list of keys decides. Results that are equal in all of them share a place, and the places after them are
  left out: 1, 2, 2, 4. The last resort is the organizers' own decision.
- The distance to the actual value is absolute: over and under are equal. Who made no prediction stands after everyone
  who made one, and is not disqualified.
- The actual value counts people, not attempts, where the question says people.
- Completion of a unit = those who completed / those obliged, in percent, two decimals, half up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contest.foundations.refusing import Refused

_FAR = Decimal("Infinity")  # sorts after every figure


class Result(NamedTuple):
    """One completed attempt, or the sum of several; only what may be ranked: nothing void, nobody barred."""

    entrant: int
    attempt: int
    score: int  # hundredths of a point
    is_all_correct: bool
    duration_ms: int
    submitted_us: int
    started_us: int
    prediction: Decimal | None  # None: made none, or did not confirm it
    decided: int | None  # the organizers' own order among equals: 1 stands before 2; None: nothing decided
    right: int = 0  # questions answered completely right; carried along, never ranked on


class Counting(StrEnum):
    """Which of a person's attempts counts."""

    BEST = "best"
    LAST = "last"
    FIRST = "first"


class Key(StrEnum):
    """What results are compared by, and in which direction."""

    SCORE_DESC = "score:desc"
    DURATION_ASC = "duration:asc"
    DISTANCE_ASC = "distance:asc"
    SUBMITTED_ASC = "submitted:asc"
    STARTED_ASC = "started:asc"
    DECIDED = "decided:asc"


# Sorted ascending, so what ranks descending is negative; the distance is measured in `rank`.
_FIGURES: Mapping[Key, Callable[[Result], float]] = {
    Key.SCORE_DESC: lambda result: -result.score,
    Key.DURATION_ASC: lambda result: result.duration_ms,
    Key.SUBMITTED_ASC: lambda result: result.submitted_us,
    Key.STARTED_ASC: lambda result: result.started_us,
    Key.DECIDED: lambda result: math.inf if result.decided is None else result.decided,
}


class Prediction(StrEnum):
    """What the entrants are asked to foretell."""

    NONE = "none"
    PEOPLE_ALL_CORRECT = "people_all_correct"
    PARTICIPANTS = "participants"
    ATTEMPTS = "attempts"
    PERCENT_ALL_CORRECT = "percent_all_correct"


@dataclass(frozen=True, slots=True)
class Preset:
    """A ranking as contests publish it."""

    keys: tuple[Key, ...]
    only_all_correct: bool = False
    cumulative: bool = False


# Found in published rules. The organizers' decision ends each of them: it changes nothing until one is made.
PRESETS: Mapping[str, Preset] = {
    # Central contests: only all-correct attempts; the nearest prediction, then the earliest hand-in.
    "A": Preset((Key.DISTANCE_ASC, Key.SUBMITTED_ASC, Key.DECIDED), only_all_correct=True),
    # Thanh Khê: the score, the time taken, the nearest prediction, the organizers.
    "B": Preset((Key.SCORE_DESC, Key.DURATION_ASC, Key.DISTANCE_ASC, Key.DECIDED)),
    # City contests: the score, the time taken.
    "C": Preset((Key.SCORE_DESC, Key.DURATION_ASC, Key.DECIDED)),
    # The sum of the best scores of all weeks, then the sum of their times.
    "D": Preset((Key.SCORE_DESC, Key.DURATION_ASC, Key.DECIDED), cumulative=True),
}


class Standing(NamedTuple):
    """One line of a board: `ordinal` 1, 2, 3, 4 orders the lines, `place` 1, 2, 2, 4 is what is announced."""

    ordinal: int
    place: int
    result: Result
    distance: Decimal | None  # between the prediction and the actual value; None without either


class UnitResult(NamedTuple):
    """What a unit, with all units below it, has done; each person once."""

    unit: int
    people: int
    attempts: int
    obliged: int
    completed_obliged: int
    score_sum: int  # hundredths, over the completers
    completers: int


class UnitStanding(NamedTuple):
    """One line of a board of units; `completion` in percent and `mean` in points, both with two decimals."""

    ordinal: int
    place: int
    result: UnitResult
    qualified: bool
    completion: Decimal | None
    mean: Decimal | None


def parse_keys(names: Iterable[str]) -> tuple[Key, ...]:
    """The keys of a contest's own ranking, in order; refuses none, unknown ones, one twice, and any after DECIDED."""
    keys: list[Key] = []
    for name in names:
        try:
            key = Key(name)
        except ValueError:
            raise Refused(_("There is no ranking key “%(key)s”.") % {"key": name}, code="unknown") from None
        if key in keys:
            raise Refused(_("The ranking key “%(key)s” stands twice.") % {"key": name}, code="twice")
        if Key.DECIDED in keys:
            raise Refused(_("No ranking key stands after the decision of the organizers."), code="last")
        keys.append(key)
    if not keys:
        raise Refused(_("A ranking needs at least one key."), code="none")
    return tuple(keys)


def counting(results: Iterable[Result], which: Counting = Counting.BEST) -> list[Result]:
    """One result for each person.

    The best is the highest score, and of equal scores the one handed in first, whatever its duration; the last and the
    first go by the start. What is still equal goes by the attempt's number: the lower one, or for the last the higher.
    """
    chosen: dict[int, Result] = {}
    for result in results:
        rival = chosen.get(result.entrant)
        if rival is None or _goes_before(result, rival, which):
            chosen[result.entrant] = result
    return list(chosen.values())


def _goes_before(one: Result, other: Result, which: Counting) -> bool:
    """Whether `one` counts rather than `other`, of the same person."""
    if which is Counting.FIRST:
        return (one.started_us, one.attempt) < (other.started_us, other.attempt)
    if which is Counting.LAST:
        return (one.started_us, one.attempt) > (other.started_us, other.attempt)
    return (-one.score, one.submitted_us, one.attempt) < (-other.score, other.submitted_us, other.attempt)


def actual(counted: Sequence[Result], kind: Prediction, *, attempts: int) -> Decimal | None:
    """The value that the prediction is measured against.

    `counted` holds the counting result of everyone who took part, `attempts` is the number of all completed attempts.
    A percent has five decimals, half up. None where nothing is predicted, and for a percent of nobody.
    """
    if kind is Prediction.NONE:
        return None
    if kind is Prediction.ATTEMPTS:
        return Decimal(attempts)
    people = len({result.entrant for result in counted})
    if kind is Prediction.PARTICIPANTS:
        return Decimal(people)
    all_correct = len({result.entrant for result in counted if result.is_all_correct})
    if kind is Prediction.PEOPLE_ALL_CORRECT:
        return Decimal(all_correct)
    return _half_up(100 * all_correct, people, decimals=5) if people else None


def rank(
    results: Sequence[Result], keys: Sequence[Key], *, actual: Decimal | None, only_all_correct: bool = False
) -> list[Standing]:
    """The board: everyone in order of the keys, equal results on one place (1, 2, 2, 4) and there by entrant number.

    With `only_all_correct` the others are not on the board. As long as there is no actual value, all are equally far
    from it. Refuses (ValueError) two results of one person: choose by `counting` first.
    """
    if len({result.entrant for result in results}) != len(results):
        raise ValueError("two results of one person")
    if only_all_correct:
        results = [result for result in results if result.is_all_correct]
    if actual is None:
        distances: list[Decimal | None] = [None] * len(results)
    else:
        distances = [None if result.prediction is None else abs(result.prediction - actual) for result in results]

    columns = [
        [_FAR if distance is None else distance for distance in distances]
        if key is Key.DISTANCE_ASC
        else map(_FIGURES[key], results)
        for key in keys
    ]
    entrants = [result.entrant for result in results]
    lines = sorted(zip(*columns, entrants, range(len(results)), strict=True))
    places = _places(line[:-2] for line in lines)
    return [
        Standing(ordinal, place, results[line[-1]], distances[line[-1]])
        for ordinal, (place, line) in enumerate(zip(places, lines, strict=True), start=1)
    ]


def cumulate(periods: Sequence[Iterable[Result]]) -> list[Result]:
    """One result for each person over all periods: the sum of the best scores, and of the durations of those attempts.

    A period without an attempt adds nothing. All-correct is who was all-correct in every one of the periods. The sum
    has the number and the hand-in of the last attempt, the start of the first one, and no prediction; what the
    organizers decided among equals in a week does not carry over.
    """
    taken: dict[int, list[Result]] = {}
    for results in periods:
        for result in counting(results):
            taken.setdefault(result.entrant, []).append(result)
    return [
        Result(
            entrant=entrant,
            attempt=max(several, key=lambda result: (result.submitted_us, result.attempt)).attempt,
            score=sum(result.score for result in several),
            is_all_correct=len(several) == len(periods) and all(result.is_all_correct for result in several),
            duration_ms=sum(result.duration_ms for result in several),
            submitted_us=max(result.submitted_us for result in several),
            started_us=min(result.started_us for result in several),
            prediction=None,
            decided=None,
            right=sum(result.right for result in several),
        )
        for entrant, several in taken.items()
    ]


class Units(StrEnum):
    """What units are compared by."""

    COMPLETION = "completion"
    PEOPLE = "people"
    ATTEMPTS = "attempts"


def completion(completed: int, obliged: int) -> Decimal | None:
    """The percentage of the obliged who completed, two decimals, half up; None when nobody is obliged."""
    if not 0 <= completed <= obliged:
        raise ValueError("more people completed than were obliged")
    return _half_up(100 * completed, obliged, decimals=2) if obliged else None


def rank_units(
    results: Sequence[UnitResult], by: Units = Units.COMPLETION, threshold: Decimal | None = None
) -> list[UnitStanding]:
    """The board of units: every unit is on it, and those with nobody in stand last.

    Those below the threshold stand after those that reach it. Then decides the completion and after it the mean score
    of the completers; or the number of people, or of attempts. What is compared are the published figures, with their
    two decimals. A unit where nobody is obliged has no completion, and reaches no threshold. People go by the unit on
    their attempt and completion by the unit on the roster, so a unit whose people have moved may have one without the
    other.
    """
    lines: list[tuple[tuple[Decimal | int, ...], UnitStanding]] = []
    for result in results:
        percent = completion(result.completed_obliged, result.obliged)
        mean = _half_up(result.score_sum, 100 * result.completers, decimals=2) if result.completers else None
        qualified = threshold is None or (percent is not None and percent >= threshold)
        figures: tuple[Decimal | int, ...]
        if by is Units.COMPLETION:
            figures = _descending(percent), _descending(mean)
        else:
            figures = (-result.people if by is Units.PEOPLE else -result.attempts,)
        nobody = result.people == 0 and result.completed_obliged == 0
        compared = (nobody, not qualified, *figures)
        lines.append((compared, UnitStanding(0, 0, result, qualified, percent, mean)))
    lines.sort(key=lambda line: (line[0], line[1].result.unit))
    places = _places(compared for compared, _standing in lines)
    return [
        standing._replace(ordinal=ordinal, place=place)
        for ordinal, (place, (_compared, standing)) in enumerate(zip(places, lines, strict=True), start=1)
    ]


def _descending(figure: Decimal | None) -> Decimal:
    """Sorts the highest first, and what there is no figure for last."""
    return _FAR if figure is None else -figure


def _places(compared: Iterable[Sequence[Any]]) -> Iterator[int]:
    """The place of each line of a sorted board: equal lines share one, the places after it are left out: 1, 2, 2, 4."""
    place, before = 0, None
    for ordinal, figures in enumerate(compared, start=1):
        if figures != before:
            place, before = ordinal, figures
        yield place


def _half_up(numerator: int, denominator: int, *, decimals: int) -> Decimal:
    """The quotient of two whole numbers that are not negative, rounded half up, exactly."""
    scaled = (2 * numerator * 10**decimals + denominator) // (2 * denominator)
    return Decimal(scaled).scaleb(-decimals)
