"""Who took part, and in which unit: the results of a period as the rows tell them, and the lines of units from them.

A person belongs to the unit path that the attempt that counts has kept; on a sum over several periods, to that of the
last attempt that counts. So each person is in one unit of each level, and units add up to the one above. Attempts go
by the path that each of them has kept, and completion by the unit on the roster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import BitXor
from django.db import connection
from django.db.models import BigIntegerField, Count, F, Func, TextField, Value
from django.db.models.functions import Cast
from django.utils.timezone import localtime

from accounts.models import Unit
from contest.rounds import ranking
from contest.rounds.models import Contest, Entrant, Office, Period, Quiz, Round

Path = tuple[int, ...]  # unit ids, from the top down

RESULTS = """
SELECT a.entrant_id, a.id, g.points, g.is_all_correct, a.duration_ms,
       (extract(epoch FROM a.submitted_at) * 1000000)::bigint, (extract(epoch FROM a.started_at) * 1000000)::bigint,
       g.prediction, d."order", g."right", a.unit_path::text
FROM attempts_attempt a
JOIN rounds_entrant e ON e.id = a.entrant_id
JOIN attempts_grade g ON g.attempt_id = a.id
LEFT JOIN standings_decision d ON d.period_id = a.period_id AND d.entrant_id = a.entrant_id
WHERE a.period_id = %(period)s AND a.is_completed
"""
# The newest grade of each: while a corrected key is being applied, not all have that of the round's version.
AS_IT_IS = " AND a.voided_at IS NULL AND e.barred_at IS NULL AND g.key_version = a.graded_version"
# What was voided, barred or graded anew after the freeze is as it was then.
AS_OF = """
 AND (a.voided_at IS NULL OR a.voided_at > %(frozen_at)s) AND (e.barred_at IS NULL OR e.barred_at > %(frozen_at)s)
 AND g.key_version = (
     SELECT max(o.key_version) FROM attempts_grade o WHERE o.attempt_id = a.id AND o.graded_at <= %(frozen_at)s)
"""
# Whatever moves a board changes one of these hashes: which attempts count, at which grade, and the path they kept.
STAMP = """
SELECT count(*), bit_xor(jsonb_hash_extended(unit_path, hashint8extended(id, graded_version)))
FROM attempts_attempt WHERE period_id = %s AND is_completed AND voided_at IS NULL AND graded_version > 0
"""


@dataclass(slots=True)
class Tally:
    """What is known of one period: the result that counts of each person, and how many attempts there are."""

    counted: list[ranking.Result]
    paths: dict[int, Path]  # by attempt, of those that count
    attempts: Counter[Path]  # all completed, valid attempts, by the path that they kept

    @classmethod
    def of(cls, quiz: Quiz, period: Period, *, now: datetime) -> Tally:
        """Read a period's graded, completed, valid attempts of people who are not barred; frozen, as they were then."""
        frozen = is_frozen(period, now)
        paths: dict[int, Path] = {}
        attempts: Counter[Path] = Counter()
        known: dict[str, Path] = {}

        def results() -> Iterator[ranking.Result]:
            with connection.cursor() as cursor:
                values = {"period": period.pk, "frozen_at": period.frozen_at}
                cursor.execute(RESULTS + (AS_OF if frozen else AS_IT_IS), values)
                while rows := cursor.fetchmany(5000):
                    for *figures, text in rows:
                        result = ranking.Result._make(figures)
                        path = known.get(text)
                        if path is None:
                            path = known[text] = _path(text)
                        attempts[path] += 1
                        paths[result.attempt] = path
                        yield result

        counted = ranking.counting(results(), ranking.Counting(quiz.counting))
        return cls(counted, {result.attempt: paths[result.attempt] for result in counted}, attempts)


def is_frozen(period: Period, now: datetime) -> bool:
    """Whether the period's results stay as they were at its `frozen_at`."""
    return period.frozen_at is not None and period.frozen_at <= now


def stamp(period: Period, *, now: datetime) -> list[Any]:
    """Changes with anything about attempts and bars that the period's tally depends on; constant once it is frozen."""
    if is_frozen(period, now):
        return [period.pk, str(period.frozen_at)]
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [period.pk])
        count, attempts = cursor.fetchone()
    return [period.pk, count, attempts]


def barred_stamp(contest: Contest) -> list[Any]:
    """Changes with who is barred."""
    return _hashed(Entrant.objects.filter(contest=contest).exclude(barred_at=None), Value(0))


def roster(contest: Contest, round: Round | None) -> Any:
    """Those whom completion counts: obliged, and let into the round; who holds an office can't enter."""
    if round is not None:
        return Entrant.objects.eligible_for(round).filter(is_obliged=True)
    offices = Office.objects.filter(contest=contest)
    return Entrant.objects.filter(contest=contest, barred_at=None, is_obliged=True).exclude(
        user__in=offices.values("user")
    )


def roster_stamp(contest: Contest, round: Round | None) -> list[Any]:
    """Changes with who is on the roster, and in which unit."""
    path = Func(F("unit_path"), Value(0), function="hash_array_extended", output_field=BigIntegerField())
    return _hashed(roster(contest, round), path)


def _hashed(entrants: Any, seed: Any) -> list[Any]:
    """How many people, and a hash of who they are."""
    one = Func(F("pk"), seed, function="hashint8extended", output_field=BigIntegerField())
    found = entrants.aggregate(count=Count("pk"), hash=BitXor(one))
    return [found["count"], found["hash"]]


# --- Units -----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Units:
    """The lines of the units of a board, and the unit that stands over those that are compared first."""

    top: int | None
    lines: list[tuple[int | None, ranking.UnitStanding]]  # with the parent
    ordinals: Mapping[int, list[int]]  # of each unit's people on the board


def units(
    contest: Contest,
    round: Round | None,
    periods: Sequence[Period],
    *,
    everyone: Sequence[ranking.Result],
    ranked: Sequence[ranking.Standing],
    paths: Mapping[int, Path],
    attempts: Counter[Path],
) -> Units:
    """All units of the contest, also those with nobody in, each ranked among its siblings.

    The mean is that of everyone in the unit who completed, by person: on a sum over several periods, of what each
    person has in all of them together.
    """
    scores, places = defaultdict(list), defaultdict(list)  # by path, of which there are few
    for result in everyone:
        scores[paths[result.attempt]].append(result.score)
    for line in ranked:
        places[paths[line.result.attempt]].append(line.ordinal)
    people = _rolled_up({path: len(several) for path, several in scores.items()})
    sums = _rolled_up({path: sum(several) for path, several in scores.items()})
    tries = _rolled_up(attempts)
    lines: dict[int, list[int]] = defaultdict(list)
    for path, ordinals in places.items():
        for unit in path:
            lines[unit] += ordinals
    for ordinals in lines.values():
        ordinals.sort()
    obliged, done = _completion(contest, round, {result.entrant for result in everyone})
    listed = _listed(contest, round, periods, people.keys() | tries.keys() | obliged.keys())
    siblings: dict[int | None, list[ranking.UnitResult]] = defaultdict(list)
    for unit, parent in listed.items():
        siblings[parent].append(
            ranking.UnitResult(
                unit=unit,
                people=people[unit],
                attempts=tries[unit],
                obliged=obliged[unit],
                completed_obliged=done[unit],
                score_sum=sums[unit],
                completers=people[unit],
            )
        )
    by = ranking.Units(contest.unit_ranking)
    threshold = contest.completion_threshold if by is ranking.Units.COMPLETION else None
    highest = siblings[None]
    return Units(
        top=highest[0].unit if len(highest) == 1 else None,
        lines=[(parent, line) for parent, some in siblings.items() for line in ranking.rank_units(some, by, threshold)],
        ordinals=lines,
    )


def _completion(contest: Contest, round: Round | None, completed: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """By unit with all below it: how many are obliged on the roster, and how many of those completed."""
    obliged: Counter[str] = Counter()
    done: Counter[str] = Counter()
    people = roster(contest, round).values_list("pk", Cast("unit_path", TextField()))
    for entrant, path in people.iterator(chunk_size=5000):
        obliged[path] += 1
        if entrant in completed:
            done[path] += 1
    return (
        _rolled_up({_path(text): count for text, count in obliged.items()}),
        _rolled_up({_path(text): count for text, count in done.items()}),
    )


def _rolled_up(by_path: Mapping[Path, int]) -> dict[int, int]:
    """By unit, the sum over all paths that go through it."""
    found: dict[int, int] = defaultdict(int)
    for path, count in by_path.items():
        for unit in path:
            found[unit] += count
    return found


def _listed(
    contest: Contest, round: Round | None, periods: Sequence[Period], inhabited: set[int]
) -> dict[int, int | None]:
    """The units of a board with their parents: below the contest's top unit, and of the round's chosen ones.

    Units that had ended before the first period, or began after the last, are there only if somebody counts in them.
    """
    rows = list(Unit.objects.values_list("pk", "parent", "valid_from", "valid_until"))
    parents: dict[int, int | None] = {unit: parent for unit, parent, *_ in rows}
    below: dict[int | None, list[int]] = defaultdict(list)
    for unit, parent in parents.items():
        below[parent].append(unit)
    found = set(_subtree(below, [contest.root_id] if contest.root_id else below[None]))
    if round is not None and round.who == Round.Who.UNITS:
        found &= set(_subtree(below, round.units.values_list("pk", flat=True)))
    first = min((localtime(period.opens_at).date() for period in periods), default=None)
    last = max((localtime(period.closes_at).date() for period in periods), default=None)
    if first and last:
        gone = {unit for unit, _, start, end in rows if (end and end <= first) or (start and start > last)}
        found -= gone - inhabited
    listed: dict[int, int | None] = {}
    for unit in found:
        here: int | None = unit
        while here is not None and here not in listed:
            above = None if here == contest.root_id else parents[here]
            listed[here] = above
            here = above
    return listed


def _subtree(below: Mapping[int | None, list[int]], tops: Iterable[int]) -> Iterator[int]:
    """The units themselves, and all below them."""
    waiting = list(tops)
    while waiting:
        unit = waiting.pop()
        yield unit
        waiting.extend(below.get(unit, ()))


def _path(text: str) -> Path:
    """A list of numbers as PostgreSQL writes it, in JSON or as an array."""
    return tuple(int(part) for part in text.strip("[]{}").split(",") if part.strip())
