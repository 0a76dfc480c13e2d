"""When a panel will be done, who will be late, and what if judges drop out; pure.

A judge goes on at the pace of the past: sheets locked a day since judging opened. Whoever has not begun is taken to go
at the middle pace of those who have, from now on; the page says so.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

DAY = timedelta(days=1)
SHORTEST = timedelta(hours=8)  # a pace is not read out of less: ten sheets in the first hour are not 240 a day


@dataclass(frozen=True, slots=True)
class Workload:
    """What a judge has done and still has to do."""

    judge: Hashable
    left: int  # sheets that are not locked
    locked: Sequence[datetime] = ()
    most: int | None = None  # sheets that the judge takes at most, if that was agreed


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a judge will be done."""

    judge: Hashable
    done: int
    left: int
    pace: float | None  # sheets a day; None where nobody on the panel has begun
    is_own_pace: bool
    done_at: datetime | None  # None when it can't be told
    is_late: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """When all will be done."""

    outlooks: tuple[Outlook, ...]  # the latest first
    done: int
    left: int
    done_at: datetime | None
    is_late: bool
    needed: float | None  # sheets a day, all judges together, to be done in time; None without a close or after it


def forecast(
    panel: Sequence[Workload], *, opens_at: datetime | None, closes_at: datetime | None, now: datetime
) -> Forecast:
    """What will become of the panel if everybody goes on as before."""
    own = {one.judge: pace(one.locked, opens_at=opens_at, now=now) for one in panel}
    known = [value for value in own.values() if value]
    middle = median(known) if known else None
    outlooks = [_outlook(one, own[one.judge], middle, closes_at, now) for one in panel]
    outlooks.sort(key=lambda one: (one.left == 0, one.done_at is not None, -_seconds(one.done_at), str(one.judge)))
    left = sum(one.left for one in panel)
    times = [one.done_at for one in outlooks if one.left]
    done_at = now if not left else None if None in times else max(at for at in times if at is not None)
    days = (closes_at - now) / DAY if closes_at is not None and closes_at > now else None
    return Forecast(
        outlooks=tuple(outlooks),
        done=sum(len(one.locked) for one in panel),
        left=left,
        done_at=done_at,
        is_late=any(one.is_late for one in outlooks),
        needed=left / days if days else None,
    )


def pace(locked: Sequence[datetime], *, opens_at: datetime | None, now: datetime) -> float | None:
    """Sheets a day since judging opened, or since the first lock if that was earlier; None without a lock."""
    if not locked:
        return None
    since = min(locked) if opens_at is None else min(opens_at, *locked)
    return len(locked) / (max(now - since, SHORTEST) / DAY)


def _outlook(
    one: Workload, own: float | None, middle: float | None, closes_at: datetime | None, now: datetime
) -> Outlook:
    speed = own or middle
    done_at = now if not one.left else _later(now, one.left / speed) if speed else None
    is_late = bool(one.left) and closes_at is not None and (now >= closes_at or done_at is None or done_at > closes_at)
    return Outlook(one.judge, len(one.locked), one.left, speed, own is not None, done_at, is_late)


def _later(now: datetime, days: float) -> datetime:
    """So many days after now; a century is as far as anybody looks."""
    return now + timedelta(days=min(days, 36_500))


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def without(panel: Sequence[Workload], leaving: Sequence[Hashable]) -> tuple[list[Workload], int]:
    """The panel when some leave: what they leave undone is dealt out, a sheet at a time to whoever has the least left.

    The second value is how many sheets nobody can take, because all have as many as they agreed to.
    """
    staying = [one for one in panel if one.judge not in leaving]
    undone = sum(one.left for one in panel if one.judge in leaving)
    left = {one.judge: one.left for one in staying}
    room = {one.judge: math.inf if one.most is None else one.most - one.left - len(one.locked) for one in staying}
    for number in range(undone):
        able = [judge for judge in left if room[judge] > 0]
        if not able:
            return _loaded(staying, left), undone - number
        taker = min(able, key=lambda judge: left[judge])
        left[taker] += 1
        room[taker] -= 1
    return _loaded(staying, left), 0


def _loaded(staying: Sequence[Workload], left: dict[Hashable, int]) -> list[Workload]:
    return [Workload(one.judge, left[one.judge], one.locked, one.most) for one in staying]


def worst(panel: Sequence[Workload], count: int = 2) -> list[Hashable]:
    """Those whose leaving would leave the most undone."""
    return [one.judge for one in sorted(panel, key=lambda one: (-one.left, str(one.judge)))[:count]]
