"""A contest's rounds as they stand at a moment, one after the other, and which of them its home puts first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contest.rounds import calendar, timing
from contest.rounds.models import Period, Quiz, Round

State = timing.State


@dataclass(frozen=True, slots=True)
class Stop:
    """One round on the timeline."""

    round: Round
    state: State | None  # None: nobody has said when it is
    opens_at: datetime | None
    closes_at: datetime | None
    period: Period | None = None  # of a quiz: the one that is open, else the next one
    periods: int = 0

    @property
    def quiz(self) -> Quiz | None:
        """The settings of a quiz round that has some."""
        return getattr(self.round, "quiz", None)

    @property
    def turns_at(self) -> datetime | None:
        """The next moment at which the state changes: when it closes, or opens."""
        if self.state is State.OPEN:
            return self.period.closes_at if self.period else self.closes_at
        if self.state is State.SOON:
            return self.period.opens_at if self.period else self.opens_at
        return None


def stop(round: Round, now: datetime) -> Stop:
    """The round at `now`. A quiz is open in its periods, and between them it waits for the next one."""
    opens_at, closes_at = calendar.span(round)
    periods = [] if round.is_practice or round.kind != Round.Kind.QUIZ else list(round.periods.all())
    if periods:
        period = calendar.period_now(round, now)
        state = State.OPEN if period else State.SOON
        period = period or calendar.next_period(round, now)
        return Stop(round, state if period else State.CLOSED, opens_at, closes_at, period, len(periods))
    if round.is_practice and opens_at is None:
        opens_at = calendar.ALWAYS
    if opens_at is None or (round.kind == Round.Kind.QUIZ and not round.is_practice):
        return Stop(round, None, opens_at, closes_at)  # nobody can start in a quiz without periods
    state = timing.clock(timing.Window(opens_at, closes_at), now=now, limit=None).state
    return Stop(round, state, opens_at, closes_at)


def stops(rounds: Iterable[Round], now: datetime) -> list[Stop]:
    """The ranked rounds in their order."""
    return [stop(round, now) for round in sorted(rounds, key=lambda round: round.order) if not round.is_practice]


def practice(rounds: Iterable[Round], now: datetime) -> Stop | None:
    """A practice round that is open, if there is one."""
    tried = (stop(round, now) for round in rounds if round.is_practice and round.kind == Round.Kind.QUIZ)
    return next((found for found in tried if found.quiz and found.state is State.OPEN), None)


def current(line: Sequence[Stop]) -> Stop | None:
    """The quiz that people come for: the one that is open and closes first, else opens next, else closed last."""
    quizzes = [found for found in line if found.quiz is not None and found.state is not None]
    for state in (State.OPEN, State.SOON):
        coming = [found for found in quizzes if found.state is state and found.turns_at is not None]
        if coming:
            return min(coming, key=lambda found: found.turns_at or calendar.ALWAYS)
    return max(quizzes, key=lambda found: found.closes_at or calendar.ALWAYS, default=None)
