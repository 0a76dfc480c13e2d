"""What the platform promises about a contest, each as a look at PostgreSQL that returns what breaks it.

Numbered as in the rules of the house: P1 what was acknowledged is there, P2 graded once, P3 nothing late counts,
P4 nothing changed after the hand-in, P5 boards are what a recomputation gives, P6 grades are, P7 the log is as it was
written, P8 one paper an attempt, and no attempt above the limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, F, Q

from contest.attempts import grading, scoring, sitting, starting
from contest.attempts.models import Answer, Attempt, Grade, Grant
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds.models import Contest, Quiz, Round
from contest.rounds.timing import GRACE
from contest.standings import board

BATCH = 500  # attempts that are looked at together
Acknowledged = Mapping[str, Any]  # {"attempt", "lease", "sequence", "choices", "counted"[, "receipt"]}


def broken(contest: Contest, acknowledged: Iterable[Acknowledged], *, now: datetime) -> dict[str, list[str]]:
    """What breaks each promise; all lists are empty when all hold."""
    return {
        "P1": lost(acknowledged),
        "P2": not_graded_once(contest),
        "P3": counted_too_late(contest),
        "P4": changed_after_hand_in(contest),
        "P5": differing_boards(contest, now=now),
        "P6": differing_grades(contest),
        "P7": ledger.verify(),
        "P8": beyond_the_limit(contest) + redrawn(contest),
    }


def lost(acknowledged: Iterable[Acknowledged]) -> list[str]:
    """Saves and hand-ins that a phone was told of, and that are not there as it was told."""
    found = []
    for some in batches(acknowledged):
        ids = {told["attempt"] for told in some}
        there = {
            (attempt, lease, sequence): (choices, counted)
            for attempt, lease, sequence, choices, counted in Answer.objects.filter(attempt__in=ids).values_list(
                "attempt_id", "lease", "sequence", "choices", "is_counted"
            )
        }
        receipts = dict(Attempt.objects.filter(pk__in=ids).values_list("pk", "receipt"))
        for told in some:
            place = (told["attempt"], told["lease"], told["sequence"])
            if there.get(place) != (told["choices"], told["counted"]):
                found.append(f"save {place}: {told['choices']} was acknowledged, {there.get(place)} is there")
            elif "receipt" in told and receipts.get(told["attempt"]) != told["receipt"]:
                found.append(f"receipt of {told['attempt']}: {told['receipt']} was given")
    return found


def not_graded_once(contest: Contest) -> list[str]:
    """Closed attempts that have no grade, or more than one, for the key of their round."""
    current = Count("grades", filter=Q(grades__key_version=F("round__key_version")))
    found = closed(contest).annotate(current=current).exclude(current=1).values_list("pk", "current")
    return [f"attempt {attempt}: graded {times} times" for attempt, times in found]


def counted_too_late(contest: Contest) -> list[str]:
    """Saves that count, though they arrived after the deadline and the grace."""
    late = Q(received_at__gte=F("attempt__deadline") + GRACE)
    found = Answer.objects.filter(late, attempt__round__contest=contest, is_counted=True)
    return [f"save {answer}" for answer in found]


def changed_after_hand_in(contest: Contest) -> list[str]:
    """Closed attempts whose receipt does not follow from the answers that are there now."""
    return [
        f"receipt of {attempt.pk}: {attempt.receipt}"
        for attempt, final in _with_answers(closed(contest))
        if sitting.receipt(attempt, final) != attempt.receipt
    ]


def differing_boards(contest: Contest, *, now: datetime) -> list[str]:
    """Lines of boards, in PostgreSQL or in Redis, that a recomputation does not give."""
    return [
        f"{scope}: {difference}"
        for scope in board.scopes(now=now, contest=contest)
        for difference in board.differences(scope, now=now)
    ]


def differing_grades(contest: Contest) -> list[str]:
    """Grades that answers and key do not give."""
    found = []
    for quiz in Quiz.objects.filter(round__contest=contest).select_related("round"):
        for some in batches(closed(contest).filter(round=quiz.round_id).exclude(paper=[]).iterator(BATCH)):
            grades = Grade.objects.filter(attempt__in=some, key_version=quiz.round.key_version)
            stored = {grade.attempt_id: worth(grade) for grade in grades}
            for grade in grading.grades_for(quiz, some, now=some[0].started_at):
                if stored.get(grade.attempt_id, worth(grade)) != worth(grade):
                    found.append(f"grade of {grade.attempt_id}: {stored[grade.attempt_id]} != {worth(grade)}")
    return found


def worth(grade: Grade) -> tuple[Any, ...]:
    """What a grade says, without when it was given."""
    return (grade.points, grade.max_points, grade.right, grade.questions, grade.is_all_correct, grade.prediction)


def beyond_the_limit(contest: Contest) -> list[str]:
    """People who started more often in a period than the quiz and what was granted to them allow."""
    found = []
    for round in Round.objects.filter(contest=contest, quiz__attempts_per_period__isnull=False).select_related("quiz"):
        granted: dict[Any, int] = defaultdict(int)
        for entrant, period in Grant.objects.filter(round=round).values_list("entrant", "period"):
            granted[entrant, period] += 1
        started = Attempt.objects.filter(round=round).values_list("entrant", "period").annotate(times=Count("pk"))
        for entrant, period, times in started:
            if times > (round.quiz.attempts_per_period or 0) + granted[entrant, period]:
                found.append(f"entrant {entrant}: {times} attempts in period {period}")
    return found


def redrawn(contest: Contest) -> list[str]:
    """Attempts whose paper does not follow from their seed; where the bank has changed since, nothing can be told."""
    found = []
    for quiz in Quiz.objects.filter(round__contest=contest).select_related("round", "bank").prefetch_related("quotas"):
        for attempt in Attempt.objects.filter(round=quiz.round_id).select_related("period").iterator(BATCH):
            try:
                paper = starting.draw_paper(quiz, attempt.period, attempt.seed)
            except Refused:
                continue
            if paper != attempt.paper:
                found.append(f"paper of {attempt.pk}")
    return found


def closed(contest: Contest) -> Any:
    """The attempts of a contest that are over."""
    return Attempt.objects.closed().filter(round__contest=contest).order_by("pk")


def _with_answers(attempts: Any) -> Iterator[tuple[Attempt, scoring.Final]]:
    """Attempts that were sat, each with the answers that count."""
    for some in batches(attempts.exclude(receipt="").iterator(BATCH)):
        logs: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
        rows = Answer.objects.filter(attempt__in=some, is_counted=True)
        for attempt, *save in rows.values_list("attempt_id", "lease", "sequence", "choices"):
            logs[attempt].append((save[0], save[1], save[2]))
        for sat in some:
            yield sat, scoring.merge(logs[sat.pk])


def batches(items: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The items, some hundreds at a time."""
    rest = iter(items)
    while some := list(islice(rest, BATCH)):
        yield some
