"""How severe judges are beside each other, how well they agree, and what scores would be without it; pure.

The model is additive: a total is what the entry is worth, plus the severity of the judge, plus chance. Entries and
judges are estimated together by least squares, so that a judge who got the weaker entries does not look severe.
Severities are relative: those of judges who are connected by common entries sum to zero, and nothing is said across
groups of judges that have no entry in common.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median, stdev

CONFIDENCE = 0.95
GOOD, FAIR = 0.8, 0.667  # Krippendorff, Content Analysis (2004), p. 241: reliable; good enough for careful conclusions
LEAST = 3  # entries in common below which nothing is said of an agreement


@dataclass(frozen=True, slots=True)
class Observation:
    """The total that a judge gave to an entry, and how long it took."""

    judge: Hashable
    entry: Hashable
    total: float
    seconds: int = 0
    marks: tuple[str, ...] = ()  # by criterion, in the rubric's order


@dataclass(frozen=True, slots=True)
class Judge:
    """One judge beside the others."""

    judge: Hashable
    count: int
    mean: float
    severity: float | None  # points above (+, lenient) or below (−, severe) the others; None where nothing compares
    error: float | None  # its standard error; None where there are too few marks to tell
    low: float | None  # of the interval in which the severity lies with a confidence of 95 %
    high: float | None
    shrunk: float  # what of the severity is taken out of scores
    spread: float | None  # standard deviation of the judge's totals
    agreement: float | None  # correlation with the mean of the others, from three common entries on
    distance: float | None  # how far, on average, from the mean of the others
    seconds: float | None  # an entry, the middle one
    alike: int  # entries that have, point for point, the same marks as another one

    @property
    def minutes(self) -> str:
        """The middle time an entry, as "12:30"."""
        whole = round(self.seconds or 0)
        return f"{whole // 60}:{whole % 60:02}"

    @property
    def is_apart(self) -> bool:
        """Whether the severity is more than chance."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A panel, judge by judge, and its entries without severity."""

    judges: tuple[Judge, ...]  # the most severe first
    alpha: float | None  # Krippendorff's α of the totals, as intervals
    chance: float | None  # standard deviation of what neither entry nor judge explains
    groups: int  # of judges who are connected by common entries
    adjusted: Mapping[Hashable, float]  # scores by entry, without what severity put in

    @property
    def verdict(self) -> str:
        """How far the panel agrees: "good", "fair", "poor", or "unknown"."""
        if self.alpha is None:
            return "unknown"
        return "good" if self.alpha >= GOOD else "fair" if self.alpha >= FAIR else "poor"


def calibrate(observations: Sequence[Observation]) -> Calibration:
    """What the totals say of the judges; each judge has at most one total for an entry."""
    by_judge: dict[Hashable, list[Observation]] = defaultdict(list)
    by_entry: dict[Hashable, list[Observation]] = defaultdict(list)
    for one in observations:
        by_judge[one.judge].append(one)
        by_entry[one.entry].append(one)
    groups = connected(by_judge, by_entry)
    severities: dict[Hashable, float] = {}
    weights: dict[Hashable, float] = {}  # the variance of a severity, in units of that of chance
    for group in groups:
        found, spread = _severities(group, by_judge, by_entry)
        severities |= found
        weights |= spread
    freedom = len(observations) - len(by_entry) - len(by_judge) + len(groups)
    chance = _chance(by_entry, severities, freedom)
    shrunk = shrink(severities, weights, chance)
    judges = [
        _judge(judge, own, by_entry, severities.get(judge), weights.get(judge), chance, freedom, shrunk.get(judge, 0.0))
        for judge, own in by_judge.items()
    ]
    judges.sort(key=lambda one: (one.severity is None, one.severity or 0.0, str(one.judge)))
    adjusted = {entry: fmean(one.total - shrunk.get(one.judge, 0.0) for one in own) for entry, own in by_entry.items()}
    alpha = krippendorff([[one.total for one in own] for own in by_entry.values()])
    return Calibration(tuple(judges), alpha, chance, len(groups), adjusted)


def connected(
    by_judge: Mapping[Hashable, Sequence[Observation]], by_entry: Mapping[Hashable, Sequence[Observation]]
) -> list[list[Hashable]]:
    """The judges in groups: within one, each is reached from each by way of common entries."""
    groups, seen = [], set()
    for first in by_judge:
        if first in seen:
            continue
        group, ahead = [], [first]
        seen.add(first)
        while ahead:
            judge = ahead.pop()
            group.append(judge)
            near = {other.judge for own in by_judge[judge] for other in by_entry[own.entry]} - seen
            seen |= near
            ahead.extend(near)
        groups.append(group)
    return groups


def _severities(
    group: Sequence[Hashable],
    by_judge: Mapping[Hashable, Sequence[Observation]],
    by_entry: Mapping[Hashable, Sequence[Observation]],
) -> tuple[dict[Hashable, float], dict[Hashable, float]]:
    """Least squares for one connected group, entries eliminated; nothing for a judge who is alone.

    What is left after each entry's mean is taken out is A·s = b, where A is the Laplacian of the graph of common
    entries. It is singular by a constant; with 1/J added to each cell its inverse is the pseudo-inverse and that.
    """
    if len(group) < 2:
        return {}, {}
    place = {judge: number for number, judge in enumerate(group)}
    size = len(group)
    matrix = [[1.0 / size] * size for _ in group]
    right = [0.0] * size
    for entry in {one.entry for judge in group for one in by_judge[judge]}:
        own = by_entry[entry]
        mean = fmean(one.total for one in own)
        for one in own:
            row = place[one.judge]
            right[row] += one.total - mean
            matrix[row][row] += 1.0
            for other in own:
                matrix[row][place[other.judge]] -= 1.0 / len(own)
    inverse = _inverse(matrix)
    found = {judge: math.fsum(inverse[row][n] * right[n] for n in range(size)) for judge, row in place.items()}
    spread = {judge: max(0.0, inverse[row][row] - 1.0 / size) for judge, row in place.items()}
    return found, spread


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of a regular matrix, by elimination with pivots."""
    size = len(matrix)
    rows = [[*row, *(float(n == number) for n in range(size))] for number, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda number: abs(rows[number][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for number in range(size):
            factor = rows[number][column]
            if number != column and factor:
                rows[number] = [value - factor * top for value, top in zip(rows[number], rows[column], strict=True)]
    return [row[size:] for row in rows]


def _chance(
    by_entry: Mapping[Hashable, Sequence[Observation]], severities: Mapping[Hashable, float], freedom: int
) -> float | None:
    """The standard deviation of what is left of totals without the entry's worth and the judge's severity."""
    if freedom < 1:
        return None
    squares = 0.0
    for own in by_entry.values():
        left = [one.total - severities.get(one.judge, 0.0) for one in own]
        mean = fmean(left)
        squares += math.fsum((value - mean) ** 2 for value in left)
    return math.sqrt(squares / freedom)


def shrink(
    severities: Mapping[Hashable, float], weights: Mapping[Hashable, float], chance: float | None
) -> dict[Hashable, float]:
    """The severities, each pulled towards zero as far as it may be chance (empirical Bayes, by moments).

    With τ² the variance between judges and e² that of one estimate, τ² / (τ² + e²) of a severity is kept. Where chance
    can't be told apart, nothing is kept.
    """
    if chance is None or len(severities) < 2:
        return dict.fromkeys(severities, 0.0)
    errors = {judge: weights[judge] * chance**2 for judge in severities}
    between = max(0.0, math.fsum(value**2 - errors[judge] for judge, value in severities.items()) / len(severities))
    return {
        judge: value * between / (between + errors[judge]) if between else 0.0 for judge, value in severities.items()
    }


def _judge(
    judge: Hashable,
    own: Sequence[Observation],
    by_entry: Mapping[Hashable, Sequence[Observation]],
    severity: float | None,
    weight: float | None,
    chance: float | None,
    freedom: int,
    shrunk: float,
) -> Judge:
    totals = [one.total for one in own]
    pairs = [
        (one.total, fmean(other.total for other in by_entry[one.entry] if other.judge != judge))
        for one in own
        if len(by_entry[one.entry]) > 1
    ]
    error = None if weight is None or chance is None else math.sqrt(weight) * chance
    reach = None if error is None else student(freedom) * error
    times = [one.seconds for one in own if one.seconds]
    return Judge(
        judge=judge,
        count=len(own),
        mean=fmean(totals),
        severity=severity,
        error=error,
        low=None if severity is None or reach is None else severity - reach,
        high=None if severity is None or reach is None else severity + reach,
        shrunk=shrunk,
        spread=stdev(totals) if len(totals) > 1 else None,
        agreement=correlation(pairs),
        distance=fmean(abs(mine - others) for mine, others in pairs) if pairs else None,
        seconds=median(times) if times else None,
        alike=_alike(own),
    )


def _alike(own: Sequence[Observation]) -> int:
    counts: dict[tuple[str, ...], int] = defaultdict(int)
    for one in own:
        if len(one.marks) > 1:
            counts[one.marks] += 1
    return sum(count for count in counts.values() if count > 1)


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r; None for fewer than three pairs, or where one side never changes."""
    if len(pairs) < LEAST:
        return None
    mine, others = fmean(pair[0] for pair in pairs), fmean(pair[1] for pair in pairs)
    both = math.fsum((a - mine) * (b - others) for a, b in pairs)
    left, right = math.fsum((a - mine) ** 2 for a, _b in pairs), math.fsum((b - others) ** 2 for _a, b in pairs)
    return max(-1.0, min(1.0, both / math.sqrt(left * right))) if left > 1e-9 and right > 1e-9 else None


def krippendorff(units: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's α for interval data with gaps; None where nothing is comparable or nothing differs.

    1 − Do/De, where Do is the mean squared difference within a unit and De that between any two values of any units
    (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).
    """
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    if len(values) < 2:
        return None
    expected = len(values) * _squares(values) / (len(values) - 1)
    observed = math.fsum(len(unit) * _squares(unit) / (len(unit) - 1) for unit in paired)
    return None if expected < 1e-9 else 1 - observed / expected


def _squares(values: Sequence[float]) -> float:
    """The sum of squared distances from the mean; n times it is the sum over all pairs."""
    mean = fmean(values)
    return math.fsum((value - mean) ** 2 for value in values)


def student(freedom: int) -> float:
    """The two-sided quantile of Student's t, by Cornish and Fisher's expansion; below three degrees from a table."""
    if freedom < 3:
        return {1: 12.706, 2: 4.303}.get(freedom, math.inf)
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom ** (power + 1) for power, term in enumerate(terms))
