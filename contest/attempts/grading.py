"""Grades: the rows of closed attempts are the queue, and each attempt gets exactly one grade for a key version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Min

from contest.attempts import scoring
from contest.attempts.models import Answer, Attempt, Grade
from contest.questions import drawable
from contest.rounds.models import KeyCorrection, Quiz


def grade_due(*, now: datetime, limit: int = 500) -> int:
    """Grade closed attempts that have no grade for their round's key version; returns how many.

    Safe to run twice and at once: rows that another run holds are passed over, and the table holds one grade for each
    attempt and key version whatever happens.
    """
    done = 0
    for quiz in Quiz.objects.select_related("round"):
        done += _grade_round(quiz, now=now, limit=limit - done)
        if done >= limit:
            break
    return done


def waiting_since() -> datetime | None:
    """When the oldest closed attempt without a grade was handed in; None when nothing waits."""
    oldest: datetime | None = (
        Attempt.objects.closed().filter(graded_version=0).aggregate(oldest=Min("submitted_at"))["oldest"]
    )
    return oldest


def _grade_round(quiz: Quiz, *, now: datetime, limit: int) -> int:
    version = quiz.round.key_version
    with transaction.atomic():
        due = (
            Attempt.objects.closed().filter(round=quiz.round_id, graded_version__lt=version).order_by("graded_version")
        )
        attempts = list(due.select_for_update(skip_locked=True)[:limit])
        if not attempts:
            return 0
        grades = grades_for(quiz, attempts, now=now)
        Grade.objects.bulk_create(grades, ignore_conflicts=True)
        Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(graded_version=version)
    return len(attempts)


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
