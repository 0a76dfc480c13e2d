"""What an entrant may do in a round, and the start of an attempt: its paper, its deadline, its number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from accounts.models import User
from contest.attempts import drawing
from contest.attempts.models import Attempt, Grant
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.questions import drawable
from contest.rounds import entering
from contest.rounds.models import Entrant, ExtraTime, PaperQuestion, Period, Quiz, Round
from contest.rounds.timing import Clock, State, Window, clock, day_of

NO_EXTRA = timedelta(0)


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
        attempts = list(Attempt.objects.filter(entrant=entrant, round=round))
    extra = extra_time(entrant, round)
    period, found = open_period(round, quiz, extra=extra, now=now)
    running = next((attempt for attempt in attempts if attempt.status == Attempt.Status.OPEN), None)
    mine = [attempt for attempt in attempts if attempt.period_id == (period.pk if period else None)]
    left = _left(quiz, entrant, period, attempts, now)
    refusal = entering.why_not(entrant, round, now=now)
    if refusal is None and (found is None or not found.may_start):
        refusal = _not_open(found)
    if refusal is None and left == 0:
        refusal = _("You have used all your attempts for now.")
    return Chances(period, found, len(mine), left, running, refusal)


def extra_time(entrant: Entrant, round: Round) -> timedelta:
    """The extra time of a person in a round."""
    found = ExtraTime.objects.filter(entrant=entrant, round=round).values_list("extra", flat=True).first()
    return found or NO_EXTRA


def open_period(round: Round, quiz: Quiz, *, extra: timedelta, now: datetime) -> tuple[Period | None, Clock | None]:
    """The period that is open with this extra time, else the next one, and its clock; a practice round has no period."""
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
    granted = {
        found["period"]: found["total"]
        for found in Grant.objects.filter(entrant=entrant, round=quiz.round)
        .values("period")
        .annotate(total=Count("pk"))
    }
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
    return max(0, min(lefts)) if lefts else None


def start(quiz: Quiz, user: User, *, now: datetime) -> Attempt:
    """The open attempt of `user` in the round: the one that runs, or a new one with its paper and its deadline.

    The entrant's row is locked, so that parallel starts come one after the other and the limits hold.
    """
    round = quiz.round
    with transaction.atomic():
        entrant = Entrant.objects.select_for_update(of=("self",)).filter(contest=round.contest_id, user=user).first()
        if entrant is None:
            raise Refused(_("You are not in this contest yet. Register first."), code="unknown")
        attempts = list(Attempt.objects.filter(entrant=entrant, round=round))
        can = chances(quiz, entrant, now=now, attempts=attempts)
        if can.open_attempt is not None:
            if can.open_attempt.is_open(now):
                return can.open_attempt
            raise Refused(_("Your last attempt is being closed. Try again in half a minute."), code="closing")
        if can.refusal is not None:
            raise Refused(can.refusal)
        seed = secrets.token_hex(16)
        assert can.clock is not None  # no refusal, so something is open
        return Attempt.objects.create(
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


def draw_paper(quiz: Quiz, period: Period | None, seed: str) -> list[list[Any]]:
    """The paper that follows from the seed: [[question version, [choices]], …]. Refuses a bank that is too small."""
    pool = _items(quiz.bank_id, quiz.bank.revision)
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
