"""What the people have done: papers, receipts and grades by the real rules, and answers in the log."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from contest.attempts import grading, scoring, sitting, starting
from contest.attempts.models import Answer, Attempt
from contest.foundations import copying
from contest.management.seeding.crowd import Member
from contest.management.seeding.programme import Programme
from contest.questions import drawable
from contest.rounds.models import Period

BATCH = 5000
SMALL = 20_000  # of so many attempts the answers are saved in three steps, as real ones are; of more, in one
IN_A_WEEK = 0.62  # of the people, unless a number of attempts is asked for
SO_FAR = 0.45  # of them, in the week that is open, when it is over
DAYS = (24, 12, 11, 11, 13, 11, 18)  # Monday to Sunday: the opening and the last day are full
HOURS = (0, 0, 0, 0, 0, 1, 3, 6, 9, 9, 7, 5, 4, 5, 6, 7, 6, 5, 5, 8, 10, 8, 4, 1)
UNDER_WAY = 7  # papers that somebody is working on at this very moment
SIGNED_IN = """
UPDATE accounts_user person SET signed_in_at = first.moment FROM (
    SELECT entrant.user_id, min(attempt.started_at) - interval '4 minutes' AS moment
    FROM attempts_attempt attempt JOIN rounds_entrant entrant ON entrant.id = attempt.entrant_id
    WHERE entrant.contest_id = %s GROUP BY entrant.user_id
) first WHERE person.id = first.user_id AND (person.signed_in_at IS NULL OR person.signed_in_at > first.moment)
"""


@dataclass
class Hall:
    """Everyone who sits, and how often they have."""

    programme: Programme
    now: datetime
    saves: int
    rng: Random = field(default_factory=lambda: Random(2023))  # noqa: S311  (made-up results)
    numbers: Counter[int] = field(default_factory=Counter)  # attempts of an entrant so far


@dataclass(frozen=True)
class Sat:
    """One attempt with its saves, before they are rows."""

    attempt: Attempt
    answers: list[Answer]
    is_over: bool


def sit(programme: Programme, members: Sequence[Member], *, attempts: int | None, now: datetime) -> Iterator[int]:
    """Everyone who is to has attempts in the periods that have opened; yields how many, period by period."""
    opened = [period for period in programme.periods if period.opens_at < now]
    wanted = _wanted(opened, len(members), attempts, now)
    hall = Hall(programme, now, saves=3 if sum(wanted.values()) <= SMALL else 1)
    for period in opened:
        chosen = _who(members, period, wanted[period.number], hall.rng)
        count = 0
        for first in range(0, len(chosen), BATCH):
            sats = [sat for member in chosen[first : first + BATCH] if (sat := _sat(hall, period, member))]
            if period.closes_at > now and first == 0:
                late = _late(programme, members, chosen)
                sats += [sat for member in late if (sat := _sat(hall, period, member, is_running=True))]
            _keep(programme, sats)
            count += len(sats)
        yield count


def sign_in(programme: Programme) -> None:
    """Whoever has taken part signed in a little before."""
    with connection.cursor() as cursor:
        cursor.execute(SIGNED_IN, [programme.contest.pk])


def _wanted(opened: Sequence[Period], people: int, attempts: int | None, now: datetime) -> dict[int, int]:
    """How many attempts each period has; the one that is open, as many as fit the time that has passed."""
    passed = {
        period.number: min(1.0, (now - period.opens_at) / (period.closes_at - period.opens_at)) for period in opened
    }
    if attempts is None:
        shares = {number: IN_A_WEEK if part == 1 else SO_FAR * math.sqrt(part) for number, part in passed.items()}
        return {number: int(people * share * (0.96 + 0.04 * number)) for number, share in shares.items()}
    total = sum(passed.values()) or 1
    return {number: min(people, int(attempts * part / total)) for number, part in passed.items()}


def _who(members: Sequence[Member], period: Period, count: int, rng: Random) -> list[Member]:
    """The cast as it is told, and so many of the others, the eager ones more likely."""
    actors = [member for member in members if member.periods is not None and period.number in member.periods]
    crowd = [member for member in members if member.periods is None and not member.entrant.exempt_reason]
    crowd.sort(key=lambda member: -math.log(1 - rng.random()) / member.eagerness**2)
    return actors + crowd[:count]


def _late(programme: Programme, members: Sequence[Member], chosen: Sequence[Member]) -> list[Member]:
    """Some of those who have not begun, two of the manager's unit among them: they are at it now."""
    begun = {member.entrant.pk for member in chosen}
    free = [member for member in members if member.periods is None and member.entrant.pk not in begun]
    watched = [member for member in free if programme.manages.pk in member.entrant.unit_path]
    others = [member for member in free if programme.manages.pk not in member.entrant.unit_path]
    return [*watched[:2], *others[: UNDER_WAY - 2]]


# --- One attempt -----------------------------------------------------------------------------------------------------
def _sat(hall: Hall, period: Period, member: Member, *, is_running: bool = False) -> Sat | None:
    """The attempt of one person; None while the period is so young that none fits."""
    quiz, entrant, rng = hall.programme.quiz, member.entrant, hall.rng
    assert quiz.time_limit is not None  # the demo's quiz has one
    runs_out = rng.random() < 0.02 and member.periods is None
    took = quiz.time_limit if runs_out else timedelta(milliseconds=_took(rng, member.skill))
    started_at = _moment(rng, period, took, hall.now)
    if is_running:
        took = timedelta(seconds=rng.randrange(20, 500))
        started_at = hall.now - took
    if started_at < period.opens_at:
        return None
    started_at = started_at.astimezone(UTC)  # receipts are over the moment as it is written
    hall.numbers[entrant.pk] += 1
    seed = f"{rng.getrandbits(128):032x}"
    attempt = Attempt(
        entrant=entrant,
        round=quiz.round,
        period=period,
        number=hall.numbers[entrant.pk],
        unit_id=entrant.unit_id,
        unit_path=entrant.unit_path,
        seed=seed,
        paper=starting.draw_paper(quiz, period, seed),
        lease=1,
        started_at=started_at,
        deadline=min(started_at + quiz.time_limit, period.closes_at),
    )
    saves = _saves(rng, attempt, member.skill, hall.saves, is_whole=not (runs_out or is_running))
    answers = [
        Answer(
            attempt=attempt,
            lease=1,
            sequence=number,
            received_at=min(started_at + took * number / len(saves), hall.now),
            is_counted=True,
            choices=save,
        )
        for number, save in enumerate(saves, start=1)
    ]
    if not is_running:
        _close(attempt, answers, took, runs_out=runs_out)
    return Sat(attempt, answers, is_over=not is_running)


def _took(rng: Random, skill: float) -> int:
    """Milliseconds from start to hand-in, mostly four to nine minutes; those who know are faster."""
    return int(1000 * max(75, min(880, rng.lognormvariate(5.95 - 0.6 * (skill - 0.8), 0.38)))) + rng.randrange(1000)


def _moment(rng: Random, period: Period, took: timedelta, now: datetime) -> datetime:
    """When somebody starts: on the days and at the hours at which people do, and so that it is over by now."""
    last = min(period.closes_at, now) - took - timedelta(seconds=40)
    for _try in range(30):
        (day,) = rng.choices(range(7), DAYS)
        (hour,) = rng.choices(range(24), HOURS)
        found = timezone.localtime(period.opens_at) + timedelta(days=day, hours=hour, seconds=rng.randrange(3600))
        if found <= last:
            return found
    return period.opens_at + (last - period.opens_at) * rng.random()


def _saves(rng: Random, attempt: Attempt, skill: float, count: int, *, is_whole: bool) -> list[dict[str, Any]]:
    """What each save changed; a whole paper has all answers and mostly a prediction, another one some of them."""
    texts = drawable.texts(version for version, _choices in attempt.paper)
    chosen = [
        (str(place), _chosen(rng, texts[version].right, choices, skill))
        for place, (version, choices) in enumerate(attempt.paper)
    ]
    if not is_whole:
        chosen = chosen[: rng.randrange(2, len(chosen))]
    step = math.ceil(len(chosen) / count)
    saves: list[dict[str, Any]] = [dict(chosen[at : at + step]) for at in range(0, len(chosen), step)]
    if is_whole and rng.random() < 0.94:
        saves[-1][scoring.PREDICTION] = str(max(1, int(rng.lognormvariate(5.6, 0.7))))
    return saves


def _chosen(rng: Random, right: frozenset[int], choices: Sequence[int], skill: float) -> list[int]:
    """The places of the options that somebody of this skill takes."""
    if rng.random() < skill:
        return sorted(choices.index(choice) for choice in right)
    return [rng.choice([place for place, choice in enumerate(choices) if choice not in right])]


def _close(attempt: Attempt, answers: Sequence[Answer], took: timedelta, *, runs_out: bool) -> None:
    """What a hand-in, or the clock, writes; all but the receipt, which needs the attempt's id."""
    assert attempt.deadline is not None  # the demo's quiz has a time limit
    attempt.status = Attempt.Status.EXPIRED if runs_out else Attempt.Status.SUBMITTED
    attempt.submitted_at = min(attempt.started_at + took, attempt.deadline)
    attempt.duration_ms = (attempt.submitted_at - attempt.started_at) // timedelta(milliseconds=1)
    attempt.answered = sum(len(answer.choices) - (scoring.PREDICTION in answer.choices) for answer in answers)
    attempt.is_completed = True


# --- Rows ------------------------------------------------------------------------------------------------------------
def _keep(programme: Programme, sats: Sequence[Sat]) -> None:
    """Attempts, answers and grades are rows; papers that somebody is at stay open, without a grade."""
    if not sats:
        return
    copying.number([sat.attempt for sat in sats])
    closed = [sat for sat in sats if sat.is_over]
    for sat in closed:
        final = scoring.merge((answer.lease, answer.sequence, answer.choices) for answer in sat.answers)
        sat.attempt.receipt = sitting.receipt(sat.attempt, final)
        sat.attempt.graded_version = programme.quiz.round.key_version
    copying.insert([sat.attempt for sat in sats])
    for sat in sats:
        for answer in sat.answers:
            answer.attempt_id = sat.attempt.pk
    copying.insert([answer for sat in sats for answer in sat.answers])
    grades = grading.grades_for(programme.quiz, [sat.attempt for sat in closed], now=timezone.now())
    for grade, sat in zip(grades, closed, strict=True):
        grade.graded_at = (sat.attempt.submitted_at or grade.graded_at) + timedelta(seconds=1)
    copying.insert(grades)
    for sat in sats:
        user = sat.attempt.entrant.user
        user.signed_in_at = min(user.signed_in_at or sat.attempt.started_at, sat.attempt.started_at)
