"""What the demo's judges think of entries, and their sheets as saving and locking them would have left them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from django.utils import timezone

from contest.foundations import copying
from contest.judging.marking import Given, needs_comment
from contest.judging.models import Assignment, Criterion, Mark, Sheet, SheetEvent, Stage
from contest.judging.rubrics import Asked, Rubrics
from contest.management.seeding.chronicle import Chronicle

HERE = Path(__file__).parent
APART = 13  # of so many entries one judge thinks quite otherwise about one
HUNDREDTH = Decimal("0.01")
FROM, UNTIL = 8, 21  # hours of the day at which judges mark


@cache
def words() -> dict[str, list[str]]:
    """What judges write, by how they like it."""
    found: dict[str, list[str]] = json.loads((HERE / "comments.json").read_text(encoding="utf-8"))
    return found


# --- Opinions --------------------------------------------------------------------------------------------------------
def quality(code: str) -> float:
    """What an entry is worth, as a share of all points."""
    return max(0.45, min(0.95, Random(f"worth {code}").gauss(0.73, 0.085)))  # noqa: S311  (made-up marks)


def points(leaf: Criterion, share: float) -> Decimal:
    """So large a share of a criterion's maximum, in its steps, and never nothing."""
    steps = round(share * float(leaf.maximum / leaf.step))
    return (min(max(1, steps), int(leaf.maximum / leaf.step)) * leaf.step).quantize(HUNDREDTH)


def liking(share: float) -> str:
    """In what words one speaks of it."""
    return "low" if share < 0.58 else "middle" if share < 0.8 else "high"


@dataclass(frozen=True)
class Opinion:
    """What a judge thinks of an entry at a stage; the same at every run."""

    stage: Stage
    code: str
    judge: str

    def marks(self, leaves: Sequence[Criterion], *, is_apart: bool) -> Iterator[tuple[Criterion, Given]]:
        """Points and comments by criterion, with the comments that the rubric asks for."""
        rng = Random(f"{self.stage.round.order} {self.stage.order} {self.code} {self.judge}")  # noqa: S311
        severity = Random(f"severity {self.judge}").gauss(0, 0.022)  # noqa: S311
        share = quality(self.code) + severity + rng.gauss(0, 0.018) - (0.22 if is_apart else 0)
        for leaf in leaves:
            own = Random(f"{self.code} {leaf.code}").gauss(0, 0.04)  # noqa: S311
            felt = share + own + rng.gauss(0, 0.03)
            number = points(leaf, felt)
            comment = rng.choice(words()[liking(felt)]) if rng.random() < 0.18 else ""
            if needs_comment(leaf, Given(number, comment)):
                comment = rng.choice(words()["top"])
            yield leaf, Given(number, comment)

    def summary(self, total: Decimal, most: Decimal) -> str:
        """What stands at the end of the sheet; some judges write nothing."""
        rng = Random(f"summary {self.code} {self.judge}")  # noqa: S311
        return rng.choice(words()[f"sheet_{liking(float(total / most))}"]) if rng.random() < 0.6 else ""


def is_apart(assignment: Assignment, first: dict[int, int]) -> bool:
    """Whether the judge thinks quite otherwise than the others: the first one of a few entries."""
    candidate = assignment.candidate
    is_one = (candidate.entry.number + candidate.stage.order) % APART == 0
    return is_one and first.get(candidate.pk) == assignment.pk and not candidate.is_anchor


# --- Time ------------------------------------------------------------------------------------------------------------
def moments(begin: datetime, end: datetime, count: int) -> list[datetime]:
    """So many moments in order, by day, from the one to the other."""
    first = timezone.localtime(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    days = max(1.0, (end - first) / timedelta(days=1) - 0.02)
    found = []
    for number in range(count):
        day, share = divmod((number + 0.5) * days / count, 1)
        found.append(first + timedelta(days=day, hours=FROM + (UNTIL - FROM) * share))
    return [max(begin, min(moment, end - timedelta(hours=1))) for moment in found]


# --- Sheets ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Task:
    """A judge takes up an entry at a moment, and seals the sheet or leaves it half done."""

    assignment: Assignment
    begun_at: datetime
    is_sealed: bool = True


def fill(stage: Stage, tasks: Sequence[Task], chronicle: Chronicle, *, may_differ: bool = True) -> None:
    """The sheets are there with their marks and steps; the chronicle knows which were locked."""
    if not tasks:
        return
    rubrics = Rubrics(stage)
    sheets: list[Sheet] = []
    marks: list[Mark] = []
    events: list[SheetEvent] = []
    first: dict[int, int] = {}
    for task in sorted(tasks, key=lambda task: task.assignment.pk):
        first.setdefault(task.assignment.candidate_id, task.assignment.pk)
    for task in tasks:
        asked = rubrics.of_candidate(task.assignment.candidate)
        sheet, given = _sheet(task, asked, is_apart=may_differ and is_apart(task.assignment, first))
        sheets.append(sheet)
        marks += [Mark(sheet=sheet, criterion=leaf, points=one.points, comment=one.comment) for leaf, one in given]
        events += list(_steps(task, sheet, given))
    copying.number(sheets)
    for task, sheet in zip(tasks, sheets, strict=True):
        if sheet.locked_at is not None:
            _seal(task, sheet, events, chronicle)
    copying.insert(sheets)
    for mark in marks:
        mark.sheet_id = mark.sheet.pk
    for event in events:
        event.sheet_id = event.sheet.pk
    copying.insert(marks)
    events.sort(key=lambda event: event.at)
    copying.insert(events)


def _sheet(task: Task, asked: Asked, *, is_apart: bool) -> tuple[Sheet, list[tuple[Criterion, Given]]]:
    """A sheet after its only save, locked a little later or not at all."""
    row, leaves = task.assignment, asked.leaves
    opinion = Opinion(row.candidate.stage, row.candidate.entry.code, row.seat.user.full_name)
    given = list(opinion.marks(leaves if task.is_sealed else leaves[: len(leaves) // 2], is_apart=is_apart))
    rng = Random(f"time {row.candidate.entry.code} {row.seat.user.full_name}")  # noqa: S311
    seconds = rng.randint(300, 1150)
    saved_at = task.begun_at + timedelta(seconds=seconds)
    sheet = Sheet(
        assignment=row, rubric=asked.use.rubric, revision=1, begun_at=task.begun_at, saved_at=saved_at,
        seconds=seconds,
    )  # fmt: skip
    if task.is_sealed:
        sheet.total = sum((one.points for _leaf, one in given if one.points is not None), Decimal(0))
        sheet.locked_at = saved_at + timedelta(seconds=rng.randint(20, 200))
        sheet.comment = opinion.summary(sheet.total, asked.maximum)
    return sheet, given


def _steps(task: Task, sheet: Sheet, given: Iterable[tuple[Criterion, Given]]) -> Iterator[SheetEvent]:
    assert sheet.saved_at is not None  # once
    said = {leaf.code: [str(one.points), one.comment] for leaf, one in given}
    judge = task.assignment.seat.user
    yield SheetEvent(sheet=sheet, at=sheet.saved_at, by=judge, what=SheetEvent.What.SAVED, marks=said)
    if sheet.locked_at is not None:
        yield SheetEvent(sheet=sheet, at=sheet.locked_at, by=judge, what=SheetEvent.What.LOCKED, marks=said)


def _seal(task: Task, sheet: Sheet, events: Sequence[SheetEvent], chronicle: Chronicle) -> None:
    assert sheet.locked_at is not None  # the caller has looked
    said = next(event.marks for event in events if event.sheet is sheet)
    chronicle.did(
        sheet.locked_at, task.assignment.seat.user, "sheets.locked", sheet, assignment=task.assignment.pk,
        total=str(sheet.total), marks=said, comment=sheet.comment,
    )  # fmt: skip


def open_ones(stage: Stage) -> list[Assignment]:
    """Assignments of the stage without a sheet, judge by judge, in the order of the judge's list."""
    rows = Assignment.objects.standing().filter(candidate__stage=stage, sheet=None)
    rows = rows.select_related("candidate__stage__round", "candidate__entry__kind", "seat__user")
    return list(rows.order_by("seat", "-candidate__is_anchor", "candidate__entry__code"))
