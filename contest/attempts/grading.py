"""Grades: the rows of closed attempts are the queue, and each attempt gets exactly one grade for a key version."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Min

from contest.attempts import scoring
from contest.attempts.models import MOST_FAILURES, Answer, Attempt, Grade
from contest.foundations import prepared
from contest.questions import drawable
from contest.rounds.models import KeyCorrection, Quiz

log = logging.getLogger(__name__)


def grade_due(*, now: datetime, limit: int = 500) -> int:
    """Grade closed attempts that have no grade for their round's key version; returns how many.

    Safe to run twice and at once: rows that another run holds are passed over, and the table holds one grade for each
    attempt and key version whatever happens. An attempt that can't be graded does not hold up the others: it is tried
    three times, and then stands among the `ungradable`.
    """
    done = 0
    rounds = [round for (round,) in prepared.rows(DUE, {"failures": MOST_FAILURES})]
    for quiz in Quiz.objects.select_related("round").filter(round__in=rounds) if rounds else []:
        done += _grade_round(quiz, now=now, limit=limit - done)
        if done >= limit:
            break
    return done


# ORDER BY and LIMIT keep PostgreSQL at one look into the index for each round, however many attempts there are: without
# the order it reads the whole table when nothing is due, each second.
DUE = """
SELECT r.id FROM rounds_round r CROSS JOIN LATERAL (
  SELECT FROM attempts_attempt a
  WHERE a.round_id = r.id AND a.status <> 'open' AND a.graded_version < r.key_version
    AND a.grading_failures < %(failures)s
  ORDER BY a.graded_version LIMIT 1
) AS one
"""


NEWEST = f"""
SELECT {prepared.columns(Grade, "g")} FROM attempts_grade g
WHERE g.attempt_id = %(attempt)s ORDER BY g.key_version DESC LIMIT 1
"""  # noqa: S608  (only names of columns are put in)


def newest(attempt: Attempt) -> Grade | None:
    """What the attempt is worth under the newest key that it was graded with; None when it is not graded yet."""
    row = prepared.row(NEWEST, {"attempt": attempt.pk})
    return prepared.load(Grade, row) if row else None


def waiting_since() -> datetime | None:
    """When the oldest closed attempt without a grade was handed in; None when nothing waits."""
    oldest: datetime | None = (
        Attempt.objects.closed().filter(graded_version=0).aggregate(oldest=Min("submitted_at"))["oldest"]
    )
    return oldest


def _grade_round(quiz: Quiz, *, now: datetime, limit: int) -> int:
    version = quiz.round.key_version
    with transaction.atomic():
        due = Attempt.objects.closed().filter(round=quiz.round_id, graded_version__lt=version)
        due = due.filter(grading_failures__lt=MOST_FAILURES).order_by("grading_failures", "graded_version")
        attempts = list(due.select_for_update(skip_locked=True)[:limit])
        failed = _grade(quiz, attempts, now=now)
        Attempt.objects.filter(pk__in=failed).update(grading_failures=F("grading_failures") + 1)
    return len(attempts) - len(failed)


def _grade(quiz: Quiz, attempts: Sequence[Attempt], *, now: datetime) -> list[int]:
    """Each of the attempts has its grade, but those that are returned: they are what makes the batch fail."""
    if not attempts:
        return []
    try:
        with transaction.atomic():
            Grade.objects.bulk_create(grades_for(quiz, attempts, now=now), ignore_conflicts=True)
            found = Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts])
            found.update(graded_version=quiz.round.key_version, grading_failures=0)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, and no attempt's
    except Exception:
        if len(attempts) == 1:
            log.exception("attempt %s can't be graded", attempts[0].pk)
            return [attempts[0].pk]
        half = len(attempts) // 2
        return _grade(quiz, attempts[:half], now=now) + _grade(quiz, attempts[half:], now=now)
    return []


def try_again(attempts: Iterable[int]) -> int:
    """Attempts that could not be graded are tried anew, now that somebody has looked at them; returns how many."""
    return Attempt.objects.ungradable().filter(pk__in=list(attempts)).update(grading_failures=0)


def grades_for(quiz: Quiz, attempts: Iterable[Attempt], *, now: datetime) -> list[Grade]:
    """What these attempts of a round are worth under its current key, computed from the answers and the key alone."""
    attempts = list(attempts)
    papers = [[(version, choices) for version, choices in attempt.paper] for attempt in attempts]
    keys = keys_for(quiz, {version for paper in papers for version, _choices in paper})
    method = scoring.Method(quiz.scoring)
    logs = _logs(attempts)
    grades = []
    for attempt, paper in zip(attempts, papers, strict=True):
        final = scoring.merge(logs[attempt.pk])
        worth = scoring.score(
            {version: keys[version] for version, _ in paper}, scoring.chosen_on(paper, final.places), method
        )
        grades.append(
            Grade(
                attempt=attempt,
                key_version=quiz.round.key_version,
                points=worth.points,
                max_points=worth.max_points,
                right=worth.right,
                questions=worth.questions,
                is_all_correct=worth.is_all_correct,
                prediction=None if final.prediction is None else Decimal(final.prediction),
                graded_at=now,
            )
        )
    return grades


def keys_for(quiz: Quiz, versions: Iterable[int]) -> dict[int, scoring.Key]:
    """The key of these question versions in a round, with the round's corrections applied in their order."""
    weight = int(quiz.points_per_question * 100)
    keys = {version: scoring.Key(right=text.right, weight=weight) for version, text in drawable.texts(versions).items()}
    for correction in KeyCorrection.objects.filter(round=quiz.round_id).order_by("key_version"):
        if correction.version_id in keys:
            effect = scoring.Correction(correction.effect)
            keys[correction.version_id] = scoring.corrected(keys[correction.version_id], effect, correction.choices)
    return keys


def _logs(attempts: Iterable[Attempt]) -> Mapping[int, list[tuple[int, int, dict[str, Any]]]]:
    """The saves that count, by attempt; one query."""
    logs: dict[int, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
    rows = Answer.objects.filter(attempt__in=[attempt.pk for attempt in attempts], is_counted=True)
    for attempt, lease, sequence, choices in rows.values_list("attempt_id", "lease", "sequence", "choices"):
        logs[attempt].append((lease, sequence, choices))
    return logs
