"""From judges' marks to the score of an entry, and from scores to places: pure, to be read aloud to a jury.

All numbers are exact; half-up happens once, at the end. What is missing is never zero: without the sheets that a rule
asks for there is no score. The rules are those for models and initiatives that DOMAIN, part 3, proposes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol, TypeVar

MEAN, MEDIAN, TRIMMED = "mean", "median", "trimmed"
TRIMMED_FROM = 5  # judges: with fewer, dropping one high and one low would leave too little to be a mean
WAITING, DISCREPANT, SCORED = "waiting", "discrepant", "scored"


def half_up(number: Decimal | Fraction | int, places: int = 2) -> Decimal:
    """The number at so many decimals; exactly half goes up, away from zero: 72.125 is 72.13."""
    exact = Fraction(number) * 10**places
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    whole += 2 * rest >= exact.denominator
    return Decimal(whole if exact >= 0 else -whole).scaleb(-places)


def exact_mean(numbers: Sequence[Decimal]) -> Fraction:
    """The mean, not rounded; of at least one number."""
    return Fraction(sum(map(Fraction, numbers), Fraction(0)), len(numbers))


def median(numbers: Sequence[Decimal]) -> Fraction:
    """The middle one, or the mean of the two in the middle, not rounded; of at least one number."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return exact_mean(ordered[middle : middle + 1] if len(ordered) % 2 else ordered[middle - 1 : middle + 1])


def aggregate(totals: Sequence[Decimal], method: str) -> Decimal | None:
    """The score of an entry from its judges' totals, two decimals half-up; None without any.

    The trimmed mean drops one highest and one lowest from five judges on; with fewer it is the mean.
    """
    if not totals:
        return None
    if method == MEDIAN:
        return half_up(median(totals))
    if method == TRIMMED and len(totals) >= TRIMMED_FROM:
        return half_up(exact_mean(sorted(totals)[1:-1]))
    if method not in {MEAN, TRIMMED}:
        raise ValueError(f"no such aggregation: {method}")
    return half_up(exact_mean(totals))


def spread(totals: Sequence[Decimal]) -> Decimal | None:
    """How far the highest and the lowest total lie apart; None without any."""
    return max(totals) - min(totals) if totals else None


def disagree(totals: Sequence[Decimal], tolerance: Decimal | None, *, has_further: bool = False) -> bool:
    """Whether the totals lie further apart than the tolerance allows; exactly the tolerance is allowed.

    Once a further judge has marked, the question is whether anyone is further than that from the median: so a third
    judge in the middle settles what two could not, and one who sides with either leaves it to the chair.
    """
    if tolerance is None or len(totals) < 2:
        return False
    if has_further:
        middle = median(totals)
        return any(abs(Fraction(total) - middle) > Fraction(tolerance) for total in totals)
    return max(totals) - min(totals) > tolerance


# --- One entry -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sheet:
    """What one judge gave: the points by code of criterion; groups have the sum of their parts."""

    points: Mapping[str, Decimal]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """How marks become an outcome; set before judging."""

    method: str = MEAN
    needed: int = 3  # sheets
    members: int = 0  # of the panel, where all of it marks every entry
    tolerance: Decimal | None = None
    pass_score: Decimal | None = None
    not_zero: Sequence[str] = field(default_factory=tuple)  # codes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the sheets of an entry came to."""

    state: str  # WAITING, DISCREPANT or SCORED
    score: Decimal | None = None
    spread: Decimal | None = None
    passes: bool | None = None


def has_quorum(present: int, members: int) -> bool:
    """Whether two thirds of a panel's members are there."""
    return present > 0 and 3 * present >= 2 * members


def are_enough(sheets: int, rules: Rules) -> bool:
    """Whether so many sheets make an outcome: all that are needed, or two thirds of a panel that marks as a whole."""
    if sheets >= max(rules.needed, 1):
        return True
    return 0 < rules.members <= rules.needed and has_quorum(sheets, rules.members)


def outcome(
    sheets: Sequence[Sheet], rules: Rules, *, open_sheets: int = 0, has_further: bool = False, is_decided: bool = False
) -> Outcome:
    """What the locked sheets come to, while so many others are still open.

    `has_further`: a further judge was asked because the first ones disagreed. `is_decided`: the chair let it stand,
    with the sheets that there are. Nothing comes of no sheet at all.
    """
    totals = [sheet.total for sheet in sheets]
    apart = spread(totals)
    if open_sheets or not totals or not (is_decided or are_enough(len(totals), rules)):
        return Outcome(WAITING, spread=apart)
    if not is_decided and disagree(totals, rules.tolerance, has_further=has_further):
        return Outcome(DISCREPANT, spread=apart)
    score = aggregate(totals, rules.method)
    assert score is not None
    return Outcome(SCORED, score, apart, passes(score, sheets, rules))


def passes(score: Decimal, sheets: Sequence[Sheet], rules: Rules) -> bool:
    """Whether the score is high enough, and no criterion that must not be zero has a mean of zero."""
    if rules.pass_score is not None and score < rules.pass_score:
        return False
    return all(any(sheet.points.get(code, 0) > 0 for sheet in sheets) for code in rules.not_zero)


def mean_of(sheets: Sequence[Sheet], code: str) -> Fraction:
    """The mean of a criterion over the sheets that have it, not rounded; zero when none has."""
    found = [sheet.points[code] for sheet in sheets if code in sheet.points]
    return exact_mean(found) if found else Fraction(0)


def with_groups(points: Mapping[str, Decimal], parents: Mapping[str, str]) -> dict[str, Decimal]:
    """The points with those of the groups, which are the sums of their parts; `parents` names the group of a code."""
    found = dict(points)
    for code, number in points.items():
        group = parents.get(code, "")
        if group:
            found[group] = found.get(group, Decimal(0)) + number
    return found


# --- Several stages --------------------------------------------------------------------------------------------------
def weighted(scores: Sequence[Decimal], weights: Sequence[int]) -> Decimal:
    """The sum of the scores by weights in percent, which sum to 100; two decimals half-up."""
    if len(scores) != len(weights) or sum(weights) != 100:
        raise ValueError("each score has a weight, and weights sum to 100")
    return half_up(sum((Fraction(s) * w for s, w in zip(scores, weights, strict=True)), Fraction(0)) / 100)


def total(score: Decimal, before: Decimal | None, weight: int | None) -> Decimal | None:
    """What ranks an entry: the score alone where the stage starts from zero, or its sum with the stages before.

    None where the sum asks for a total before that is missing.
    """
    if weight is None:
        return score
    return None if before is None else weighted([before, score], [100 - weight, weight])


# --- Places ----------------------------------------------------------------------------------------------------------
class Comparable(Protocol):
    """What can be put in order."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it is less."""


Key = TypeVar("Key", bound=Comparable)


def ranks(keys: Sequence[Key]) -> list[int]:
    """The place of each key, the greatest first: equals share a place, and those after them keep theirs: 1, 2, 2, 4."""
    places: dict[int, int] = {}
    ordered = sorted(range(len(keys)), key=lambda at: keys[at], reverse=True)
    for place, at in enumerate(ordered, start=1):
        before = ordered[place - 2] if place > 1 else None
        equal = before is not None and not (keys[at] < keys[before] or keys[before] < keys[at])
        places[at] = places[before] if equal and before is not None else place
    return [places[at] for at in range(len(keys))]


def rank_key(
    total: Decimal, means: Sequence[Fraction] = (), decided: int | None = None
) -> tuple[Decimal, tuple[Fraction, ...], bool, int]:
    """What an entry is ranked by: the total, then the means of the criteria that break ties, then the chair's order.

    Of equals, 1 stands before 2, and whoever the chair did not name after those whom they did.
    """
    return total, tuple(means), decided is not None, -(decided or 0)


@dataclass(frozen=True, slots=True)
class Cut:
    """Who is among the best so many: surely, and those equals of whom only some have room."""

    best: frozenset[int]
    tied: frozenset[int]


def best(keys: Sequence[Key], top: int) -> Cut:
    """Which keys, by their place in the list, are among the `top` greatest; equals at the edge are for the chair."""
    places = ranks(keys)
    count = Counter(places)
    sure, tied = set(), set()
    for at, place in enumerate(places):
        if place + count[place] - 1 <= top:
            sure.add(at)
        elif place <= top:
            tied.add(at)
    return Cut(frozenset(sure), frozenset(tied))
