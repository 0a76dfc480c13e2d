"""Windows, limits, extra time and grace: all that the contest knows about time, as plain values.

The rules, as they are announced to the entrants:

- A window is half-open: it takes in the moment at which it opens and leaves out the moment at which it closes, so that
  "đến hết ngày 06/10" is every moment before 07/10 00:00, local time, and two weeks that touch share no moment.
- Deadline = min(start + limit, end of the window), shown before the start.
- Extra time moves both the limit and the end of the window, for that person only.
- What arrives within the grace after the deadline was sent before it, and counts; hand-in = min(arrival, deadline), so
  the grace gives nobody a longer time.
- Duration is from the server's start to the server's record of the hand-in, in whole milliseconds.

Every moment must carry its time zone (ValueError otherwise), and every moment that comes out is in UTC: the same wall
time happens twice when a clock is put back, and "two hours later" in wall time is not two hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

GRACE = timedelta(seconds=5)  # an answer sent in the last second may travel this long
REQUEST_TIMEOUT = timedelta(seconds=30)  # a request that arrived in time may wait this long for its turn

_NOTHING = timedelta(0)
_MILLISECOND = timedelta(milliseconds=1)


class State(StrEnum):
    """Where a window stands for one person."""

    SOON = "soon"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens_at` (in) to `closes_at` (out), both in UTC; None never closes, as a practice round."""

    opens_at: datetime
    closes_at: datetime | None

    def __post_init__(self) -> None:
        """Put both ends into UTC; refuse moments without a time zone."""
        object.__setattr__(self, "opens_at", _utc(self.opens_at))
        if self.closes_at is not None:
            object.__setattr__(self, "closes_at", _utc(self.closes_at))

    def __contains__(self, moment: datetime) -> bool:
        """Whether the moment lies in the window: not before it opens, and before it closes."""
        moment = _utc(moment)
        return self.opens_at <= moment and (self.closes_at is None or moment < self.closes_at)


class Clock(NamedTuple):
    """What holds for one person at one moment; every None means "no end"."""

    state: State
    """Of the window, as it stands for this person."""
    may_start: bool
    """Whether a start at this moment is inside the window; how many starts are left is not the clock's to know."""
    closes_at: datetime | None
    """The end of the window for this person, moved by the extra time."""
    deadline: datetime | None
    """The end of the attempt; before the start, what it would be if the person started now (or as soon as it opens)."""
    accepts_until: datetime | None
    """An answer counts when it arrives before this: the deadline and the grace."""
    sweep_at: datetime | None
    """From this moment nothing in time can still be under way, and the attempt may be closed by the clock."""
    is_answerable: bool
    """Whether the attempt has started, and an answer that arrives at this moment counts."""
    milliseconds_left: int | None
    """To the deadline, never negative, the grace not counted; before the start, how long the person would have."""


class HandIn(NamedTuple):
    """The record of one hand-in."""

    submitted_at: datetime
    duration_ms: int
    is_in_time: bool


class Trouble(StrEnum):
    """What may be wrong with a list of windows."""

    EMPTY = "empty"
    OVERLAP = "overlap"


class Problem(NamedTuple):
    """One trouble, with the position of the window that has it and of the earlier one that it overlaps."""

    trouble: Trouble
    position: int
    other: int | None


def clock(
    window: Window,
    *,
    now: datetime,
    limit: timedelta | None,
    extra: timedelta = _NOTHING,
    started_at: datetime | None = None,
) -> Clock:
    """Everything that the time decides for one person at `now`.

    `limit` is the time for one attempt (None: as long as the window), `extra` this person's extra time. Refuses
    (ValueError) a limit that is not positive, a negative extra time, and moments without a time zone.
    """
    if limit is not None and limit <= _NOTHING:
        raise ValueError("a time limit is longer than nothing")
    if extra < _NOTHING:
        raise ValueError("extra time is never taken away")
    now = _utc(now)
    closes_at = None if window.closes_at is None else window.closes_at + extra
    if now < window.opens_at:
        state = State.SOON
    elif closes_at is None or now < closes_at:
        state = State.OPEN
    else:
        state = State.CLOSED

    start = max(now, window.opens_at) if started_at is None else _utc(started_at)
    ends = [] if closes_at is None else [closes_at]
    if limit is not None:
        ends.append(start + limit + extra)
    deadline = min(ends, default=None)
    accepts_until = None if deadline is None else deadline + GRACE
    return Clock(
        state=state,
        may_start=state is State.OPEN,
        closes_at=closes_at,
        deadline=deadline,
        accepts_until=accepts_until,
        sweep_at=None if accepts_until is None else accepts_until + REQUEST_TIMEOUT,
        is_answerable=started_at is not None and (accepts_until is None or now < accepts_until),
        # Hosts' clocks differ by a little: a start that lies just ahead of `now` does not lengthen the time.
        milliseconds_left=None if deadline is None else _milliseconds(deadline - max(now, start)),
    )


def handed_in(*, started_at: datetime, deadline: datetime | None, arrival: datetime) -> HandIn:
    """The hand-in of an attempt as it is recorded: at min(arrival, deadline), and in time if it came within the grace.

    The sweep that closes an attempt by the clock passes the deadline, or any later moment, as the arrival.
    """
    started_at, arrival = _utc(started_at), _utc(arrival)
    if deadline is None:
        submitted_at, is_in_time = arrival, True
    else:
        deadline = _utc(deadline)
        submitted_at, is_in_time = min(arrival, deadline), arrival < deadline + GRACE
    submitted_at = max(submitted_at, started_at)
    return HandIn(submitted_at, _milliseconds(submitted_at - started_at), is_in_time)


def settled_at(window: Window, *, longest_extra: timedelta = _NOTHING) -> datetime | None:
    """The moment from which nothing that belongs to the window can change by itself; None if it never closes.

    Until then someone with `longest_extra` may still be answering, and predictions are still open.
    """
    if window.closes_at is None:
        return None
    return window.closes_at + longest_extra + GRACE + REQUEST_TIMEOUT


def window_at(windows: Sequence[Window], now: datetime) -> int | None:
    """The position of the window that `now` lies in, the first if several do; None in a gap.

    An attempt belongs to the period in which it started: ask with the start, not with the hand-in.
    """
    return next((index for index, window in enumerate(windows) if now in window), None)


def next_window(windows: Sequence[Window], now: datetime) -> int | None:
    """The position of the window that opens soonest after `now`; None when none is still to come."""
    now = _utc(now)
    coming = [(window.opens_at, index) for index, window in enumerate(windows) if now < window.opens_at]
    return min(coming, default=(None, None))[1]


def problems(windows: Sequence[Window]) -> list[Problem]:
    """What is wrong with the windows of one round: those that contain no moment, and each pair that shares one."""
    found = [
        Problem(Trouble.EMPTY, index, None)
        for index, window in enumerate(windows)
        if window.closes_at is not None and window.closes_at <= window.opens_at
    ]
    empty = {problem.position for problem in found}
    for index, window in enumerate(windows):
        for other in range(index):
            later_opening = max(window.opens_at, windows[other].opens_at)
            if empty.isdisjoint((index, other)) and later_opening in window and later_opening in windows[other]:
                found.append(Problem(Trouble.OVERLAP, index, other))
    return found


def midnight(day: date, tz: tzinfo) -> datetime:
    """The first moment of a local calendar day, in UTC; where the clock skips midnight, the moment of the skip.

    A window that runs "đến hết ngày" D closes at the midnight of the day after D.
    """
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


def day_of(now: datetime, tz: tzinfo) -> Window:
    """The local calendar day that `now` lies in: 23 or 25 hours long when the clocks change; for attempts per day."""
    today = _utc(now).astimezone(tz).date()
    return Window(midnight(today, tz), midnight(today + timedelta(days=1), tz))


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


def _milliseconds(span: timedelta) -> int:
    return max(0, span // _MILLISECOND)
