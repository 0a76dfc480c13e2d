"""What an entrant may do in a round, and the start of an attempt: its paper, its deadline, its number."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from accounts.models import User
from contest.attempts import drawing
from contest.attempts.models import Attempt, Grant
from contest.foundations import prepared
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.questions import drawable
from contest.rounds import entering
from contest.rounds.models import Entrant, PaperQuestion, Period, Quiz, Round
from contest.rounds.timing import Clock, State, Window, clock, day_of

NO_EXTRA = timedelta(0)
NOTHING: Mapping[int | None, int] = MappingProxyType({})
PAPER = ("paper", "seed", "unit_path")  # what only the paper's own page needs
ATTEMPTS = f"""
SELECT {prepared.columns(Attempt, "a", without=PAPER)} FROM attempts_attempt a
WHERE a.entrant_id = %(entrant)s AND a.round_id = %(round)s ORDER BY a.number
"""  # noqa: S608  (only names of columns are put in)
REVISION = "SELECT revision FROM questions_bank WHERE id = %(bank)s"


@dataclass(frozen=True, slots=True)
class Chances:
    """What one entrant may do in a round at a moment, and why not."""

    period: Period | None
    clock: Clock | None  # of the period that is open for this person, else of the next one
    used: int  # attempts of the period
    left: int | None  # None: no limit
    open_attempt: Attempt | None
    refusal: str | None


def chances(quiz: Quiz, entrant: Entrant, *, now: datetime, attempts: list[Attempt] | None = None) -> Chances:
    """What `entrant` may do in the round at `now`. `attempts`: all that the entrant has in the round, when known."""
    round = quiz.round
    if attempts is None:
        attempts = attempts_of(entrant, round)
    facts = entering.facts_of(entrant, round, now=now)
    period, found = open_period(round, quiz, extra=facts.extra, now=now)
    running = next((attempt for attempt in attempts if attempt.status == Attempt.Status.OPEN), None)
    mine = [attempt for attempt in attempts if attempt.period_id == (period.pk if period else None)]
    left = _left(quiz, entrant, period, attempts, now)
    refusal: str | None = entering.why_not(entrant, round, now=now, facts=facts)
    if refusal is None and (found is None or not found.may_start):
        refusal = _not_open(found)
    if refusal is None and left == 0:
        refusal = _("You have used all your attempts for now.")
    return Chances(period, found, len(mine), left, running, refusal)


def attempts_of(entrant: Entrant, round: Round) -> list[Attempt]:
    """All that the entrant has in the round, the first one first, without their papers; each with its period."""
    periods = {period.pk: period for period in round.periods.all()}
    found = prepared.rows(ATTEMPTS, {"entrant": entrant.pk, "round": round.pk})
    attempts = [prepared.load(Attempt, row, without=PAPER) for row in found]
    for attempt in attempts:
        attempt.entrant, attempt.round, attempt.period = entrant, round, periods.get(attempt.period_id or 0)
    return attempts


def open_period(round: Round, quiz: Quiz, *, extra: timedelta, now: datetime) -> tuple[Period | None, Clock | None]:
    """The period that is open with this extra time, else the next, and its clock; a practice round has no period."""
    if round.is_practice:
        window = Window(round.opens_at or now, round.closes_at)
        return None, clock(window, now=now, limit=quiz.time_limit, extra=extra)
    coming: tuple[Period | None, Clock | None] = (None, None)
    # The latest first: where a person's extra time reaches into the next period, a start belongs to that one.
    for period in sorted(round.periods.all(), key=lambda period: period.opens_at, reverse=True):
        found = clock(period.window(), now=now, limit=quiz.time_limit, extra=extra)
        if found.state is State.OPEN:
            return period, found
        if found.state is State.SOON:
            coming = (period, found)
    return coming


def _not_open(found: Clock | None) -> str:
    return _("This round is closed.") if found is None else _("This round is not open yet.")


def _left(quiz: Quiz, entrant: Entrant, period: Period | None, attempts: list[Attempt], now: datetime) -> int | None:
    """How many attempts may still start, those that were granted included; None without a limit."""
    lefts = _lefts(quiz, entrant, period, attempts, now)
    if not lefts or min(lefts) > 0:
        return min(lefts, default=None)
    granted: dict[int | None, int] = {
        found["period"]: found["total"]
        for found in Grant.objects.filter(entrant=entrant, round=quiz.round)
        .values("period")
        .annotate(total=Count("pk"))
    }
    return max(0, min(_lefts(quiz, entrant, period, attempts, now, granted)))


def _lefts(
    quiz: Quiz,
    entrant: Entrant,
    period: Period | None,
    attempts: list[Attempt],
    now: datetime,
    granted: Mapping[int | None, int] = NOTHING,
) -> list[int]:
    """What each limit of the quiz leaves."""
    more = granted.get(period.pk if period else None, 0)
    lefts = []
    if quiz.attempts_per_period is not None:
        used = sum(attempt.period_id == (period.pk if period else None) for attempt in attempts)
        lefts.append(quiz.attempts_per_period + more - used)
    if quiz.attempts_per_day is not None:
        day = day_of(now, get_default_timezone())
        lefts.append(quiz.attempts_per_day + more - sum(attempt.started_at in day for attempt in attempts))
    if quiz.attempts_per_contest is not None:
        elsewhere = Attempt.objects.filter(entrant=entrant, round__is_practice=False).exclude(round=quiz.round).count()
        lefts.append(quiz.attempts_per_contest + sum(granted.values()) - len(attempts) - elsewhere)
    return lefts


def start(quiz: Quiz, user: User, *, now: datetime) -> Attempt:
    """The open attempt of `user` in the round: the one that runs, or a new one with its paper and its deadline.

    The entrant's row is locked, so that parallel starts come one after the other and the limits hold.
    """
    round = quiz.round
    with transaction.atomic():
        entrant = entering.locked_entrant(round.contest, user)
        if entrant is None:
            raise Refused(_("You are not in this contest yet. Register first."), code="unknown")
        attempts = attempts_of(entrant, round)
        can = chances(quiz, entrant, now=now, attempts=attempts)
        if can.open_attempt is not None:
            if can.open_attempt.is_open(now):
                return can.open_attempt
            raise Refused(_("Your last attempt is being closed. Try again in half a minute."), code="closing")
        if can.refusal is not None:
            raise Refused(can.refusal)
        seed = secrets.token_hex(16)
        assert can.clock is not None  # no refusal, so something is open
        attempt = Attempt(
            entrant=entrant,
            round=round,
            period=can.period,
            number=len(attempts) + 1,
            unit_id=entrant.unit_id,
            unit_path=entrant.unit_path,
            seed=seed,
            paper=draw_paper(quiz, can.period, seed),
            lease=0,
            started_at=now,
            deadline=can.clock.deadline,
        )
        return prepared.insert(attempt)


def draw_paper(quiz: Quiz, period: Period | None, seed: str) -> list[list[Any]]:
    """The paper that follows from the seed: [[question version, [choices]], …]. Refuses a bank that is too small."""
    row = prepared.row(REVISION, {"bank": quiz.bank_id})
    assert row is not None  # a quiz keeps its bank from being deleted
    pool = _items(quiz.bank_id, row[0])
    fixed = None
    if quiz.papers == Quiz.Papers.FIXED:
        wanted = PaperQuestion.objects.filter(quiz=quiz, period=period)
        if not wanted:
            wanted = PaperQuestion.objects.filter(quiz=quiz, period=None)
        fixed = list(wanted.values_list("question__approved_id", flat=True))
    try:
        paper = drawing.draw(
            seed,
            pool,
            count=len(fixed) if fixed is not None else quiz.question_count,
            quotas={quota.topic_id: quota.count for quota in quiz.quotas.all()} if fixed is None else {},
            shuffle_questions=quiz.shuffle_questions,
            shuffle_choices=quiz.shuffle_choices,
            fixed=fixed,
        )
    except (drawing.PoolTooSmall, ValueError) as error:
        raise Refused(_("The question bank of this round is not complete. Please call the organizers.")) from error
    return [[version, list(choices)] for version, choices in paper]


@lru_cache(maxsize=64)
def _items(bank: int, revision: int) -> tuple[drawing.Item, ...]:
    return tuple(
        drawing.Item(item.version, item.topic, tuple(item.choices), frozenset(item.last))
        for item in drawable.pool(bank, revision)
    )


def grant(entrant: Entrant, quiz: Quiz, period: Period | None, *, by: User, reason: str, now: datetime) -> Grant:
    """One further attempt for a person in a period, beyond the limit. Refuses without a reason."""
    if not reason.strip():
        raise Refused(_("Say why another attempt is granted."))
    with transaction.atomic():
        granted = Grant.objects.create(
            entrant=entrant, round=quiz.round, period=period, reason=reason.strip(), granted_by=by, granted_at=now
        )
        data = {"reason": reason.strip(), "period": period.pk if period else None, "round": quiz.round_id}
        ledger.append(
            now=now,
            actor=by,
            action="attempt granted",
            subject=f"rounds.entrant:{entrant.pk}",
            data=data,
            contest_id=entrant.contest_id,
        )
    return granted
