"""What happens in contests right now, for the eyes of their offices: how far people are, and what holds them up.

People and attempts are different numbers, and both are told. All of it bounds what people predict, so it is for those
alone who cannot enter. What stands on indexes is read at each look; what would cost more is kept for a minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Q
from django.utils.timezone import localtime
from django.utils.translation import get_language

from contest.attempts.models import Attempt
from contest.rounds import calendar
from contest.rounds.models import Contest, Entrant, Period, Round
from contest.standings.models import Board, UnitStanding

HOURS = 24
KEPT = 60  # seconds
LOWEST = 6

# By the index of periods alone: whoever started, whether or not they handed in.
STARTED = """
SELECT period_id, count(DISTINCT entrant_id), count(*)
FROM attempts_attempt WHERE period_id = ANY(%s) GROUP BY period_id
"""
# By the index of what was handed in alone.
HANDED_IN = """
SELECT round_id, floor(extract(epoch FROM submitted_at - %(since)s) / 3600)::int AS hour, count(*)
FROM attempts_attempt WHERE round_id = ANY(%(rounds)s) AND status <> 'open' AND submitted_at >= %(since)s
GROUP BY 1, 2
"""
TODAY = """
SELECT round_id, count(DISTINCT entrant_id), count(*)
FROM attempts_attempt WHERE round_id = ANY(%s) AND status <> 'open' AND submitted_at >= %s GROUP BY round_id
"""


@dataclass(frozen=True)
class Pair:
    """People, and what they did: never one number for both."""

    people: int = 0
    attempts: int = 0


@dataclass(frozen=True)
class Bar:
    """One hour of the chart; the place and the size are parts of a hundred."""

    begins: datetime
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """Where the bar begins, from the top."""
        return 100 - self.height


@dataclass
class Watch:
    """One contest at one moment."""

    contest: Contest
    at: datetime
    people: int = 0
    signed_in: int = 0
    period: Period | None = None  # the open one that closes first, else the newest that has opened
    started: Pair = field(default_factory=Pair)  # in the period
    completed: Pair | None = None  # in the period, as its board was built; None before its first board
    completed_at: datetime | None = None
    open_now: int = 0
    today: Pair = field(default_factory=Pair)  # handed in since midnight
    attempts: int = 0  # in all periods
    bars: list[Bar] = field(default_factory=list)
    lowest: list[UnitStanding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def most(self) -> int:
        """The hand-ins of the fullest hour."""
        return max((bar.count for bar in self.bars), default=0)

    @property
    def last_day(self) -> int:
        """All that was handed in within the chart."""
        return sum(bar.count for bar in self.bars)

    @property
    def is_open(self) -> bool:
        """Whether the period that is told of is open."""
        return self.period is not None and self.period.window().opens_at <= self.at < self.period.closes_at


def watch(contests: Sequence[Contest], *, now: datetime) -> list[Watch]:
    """Each of the contests as it is now; as many queries for three as for one, but for what is kept for a minute."""
    rounds = Round.objects.with_calendar().filter(contest__in=contests, kind=Round.Kind.QUIZ, is_practice=False)
    by_contest: dict[int, list[Round]] = defaultdict(list)
    for round in rounds.order_by("order"):
        by_contest[round.contest_id].append(round)
    every = [round.pk for several in by_contest.values() for round in several]
    periods = [period for several in by_contest.values() for round in several for period in round.periods.all()]
    started = {period: Pair(*counts) for period, *counts in _rows(STARTED, [[period.pk for period in periods]])}
    opened = dict(Attempt.objects.filter(status="open", round__in=every).values_list("round").annotate(Count("pk")))
    midnight = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = {round: Pair(*counts) for round, *counts in _rows(TODAY, [every, midnight])}
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    hours: dict[int, dict[int, int]] = defaultdict(dict)
    for round_pk, hour, count in _rows(HANDED_IN, {"rounds": every, "since": since}):
        hours[round_pk][hour] = count
    found = []
    for contest in contests:
        own = by_contest[contest.pk]
        mine = [started.get(period.pk, Pair()) for round in own for period in round.periods.all()]
        period = _current(own, now)
        found.append(
            Watch(
                contest=contest,
                at=now,
                period=period,
                started=started.get(period.pk, Pair()) if period else Pair(),
                attempts=sum(pair.attempts for pair in mine),
                open_now=sum(opened.get(round.pk, 0) for round in own),
                today=Pair(
                    sum(today.get(round.pk, Pair()).people for round in own),
                    sum(today.get(round.pk, Pair()).attempts for round in own),
                ),
                bars=_bars([hours[round.pk] for round in own], since),
            )
        )
    _add_kept(found, now)
    _add_boards(found)
    return found


def _current(rounds: Sequence[Round], now: datetime) -> Period | None:
    """The open period that closes first, else the newest that has opened."""
    opened = [period for round in rounds for period in round.periods.all() if period.opens_at <= now]
    running = [period for period in opened if now < period.closes_at]
    if running:
        return min(running, key=lambda period: period.closes_at)
    return max(opened, key=lambda period: period.opens_at, default=None)


def _bars(rounds: Sequence[dict[int, int]], since: datetime) -> list[Bar]:
    counts = [sum(round.get(hour, 0) for round in rounds) for hour in range(HOURS)]
    most = max(counts)
    return [
        Bar(since + timedelta(hours=hour), count, hour, -(-100 * count // most) if most else 0)
        for hour, count in enumerate(counts)
    ]


def _add_kept(watches: Sequence[Watch], now: datetime) -> None:
    """How many people there are and have signed in, and what would go wrong at the opening."""
    names = {f"desk:{get_language()}:{one.contest.pk}:{one.contest.revision}": one for one in watches}
    known = cache.get_many(names)
    fresh: dict[str, Any] = {}
    missing = [one.contest.pk for name, one in names.items() if name not in known]
    people = Entrant.objects.filter(contest__in=missing, barred_at=None).values_list("contest")
    counted = _by_key(people.annotate(Count("pk"), Count("user__signed_in_at"))) if missing else {}
    for name, one in names.items():
        if name not in known:
            figures = counted.get(one.contest.pk, (0, 0))
            fresh[name] = (*figures, calendar.problems(one.contest, now=now))
        one.people, one.signed_in, one.problems = known.get(name) or fresh[name]
    if fresh:
        cache.set_many(fresh, KEPT)


def _by_key(rows: Any) -> dict[int, tuple[int, int]]:
    return {key: (first, second) for key, first, second in rows}


def _add_boards(watches: Sequence[Watch]) -> None:
    """Who completed the period, and the units in which the fewest have, as the period's board was built."""
    periods = {one.period.pk: one for one in watches if one.period}
    boards = {board.pk: board for board in Board.objects.filter(period__in=periods, build__gt=0)}
    for board in boards.values():
        one = periods[board.period_id or 0]
        one.completed, one.completed_at = Pair(board.people, board.attempts), board.built_at
    shown = [Q(board=board.pk, build=board.build, parent=board.top_id) for board in boards.values()]
    if not shown:
        return
    lines = UnitStanding.objects.filter(reduce(or_, shown), completion__isnull=False).select_related("unit")
    for line in lines.order_by("completion", "-obliged", "unit__sort_key"):
        own = periods[boards[line.board_id].period_id or 0].lowest
        if len(own) < LOWEST:
            own.append(line)


def _rows(statement: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
