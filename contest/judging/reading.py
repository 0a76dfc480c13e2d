"""Judging as pages read it: a judge's list, the sheet with its entry, the chair's questions; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import User
from contest.entries import filing, reading
from contest.entries.models import File
from contest.judging import assigning, concluding, conflicts
from contest.judging.models import (
    Advance,
    Assignment,
    Candidate,
    CandidateQuerySet,
    Criterion,
    Mark,
    Seat,
    Sheet,
    SheetEvent,
    Stage,
)
from contest.judging.rubrics import Asked, Rubrics
from contest.rounds.models import Contest

MOST_TIES = 20  # places that are shared, on the chair's page
AMONG = ("entry__kind", "entry__form")  # entries are ranked among those of their kind and form


# --- The judge's list ------------------------------------------------------------------------------------------------
def sheet_of(assignment: Assignment) -> Sheet | None:
    """The sheet of the assignment, where it is begun."""
    found: Sheet | None = getattr(assignment, "sheet", None)
    return found


def own(contest: Contest, judge: User, *, now: datetime) -> QuerySet[Assignment]:
    """What the judge marks in a contest, stage by stage; live stages have their own page."""
    rows = Assignment.objects.reached_by(judge, contest, now).filter(candidate__stage__is_live=False)
    return rows.select_related(
        "candidate__entry__kind", "candidate__entry__category", "candidate__stage", "sheet"
    ).order_by("candidate__stage__order", "-candidate__is_anchor", "candidate__entry__code")


@dataclass(frozen=True)
class Pile:
    """A stage with what one judge marks there."""

    stage: Stage
    rows: Sequence[Assignment]
    is_open: bool
    is_chair: bool

    @property
    def sealed(self) -> list[Assignment]:
        """Those whose sheet is locked."""
        return [row for row in self.rows if assigning.is_sealed(row)]

    @property
    def to_do(self) -> list[Assignment]:
        """Those that are still to be marked, or being marked."""
        return [row for row in self.rows if not assigning.is_sealed(row)]

    @property
    def done(self) -> int:
        """How many sheets are locked."""
        return len(self.sealed)

    @property
    def takes_next(self) -> bool:
        """Whether entries are taken one by one."""
        return self.is_open and self.stage.allotment == Stage.Allotment.NEXT and not self.stage.is_live


def piles(contest: Contest, judge: User, *, now: datetime) -> list[Pile]:
    """All stages on whose panels the judge sits; three queries and those of the conflicts."""
    seats = Seat.objects.serving().filter(user=judge, panel__stage__round__contest=contest)
    chairs: dict[int, bool] = {}
    for stage, is_chair in seats.values_list("panel__stage", "is_chair"):
        chairs[stage] = chairs.get(stage, False) or is_chair
    rows: dict[int, list[Assignment]] = defaultdict(list)
    for row in own(contest, judge, now=now):
        rows[row.candidate.stage_id].append(row)
    stages = Stage.objects.filter(pk__in=chairs).select_related("round").order_by("round__order", "order")
    return [Pile(stage, rows[stage.pk], stage.is_open(now), chairs[stage.pk]) for stage in stages]


# --- The sheet -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """A criterion that is marked, with what stands on the sheet."""

    criterion: Criterion
    above: Criterion | None
    points: Decimal | None
    comment: str
    fault: str


@dataclass(frozen=True)
class Screen:
    """An entry and its sheet, as its judge sees them: of a blind stage nothing that tells who made it."""

    assignment: Assignment
    asked: Asked
    lines: Sequence[Line]
    parts: Sequence[reading.Part]
    files: Sequence[tuple[File, str]]
    others: Sequence[Sheet]
    position: int
    count: int
    done: int
    following: Assignment | None  # the next one that is not locked
    previous: Assignment | None
    next: Assignment | None

    @property
    def words(self) -> int:
        """How long the entry is."""
        return sum(reading.words(part.text) for part in self.parts)

    @property
    def links(self) -> list[dict[str, str]]:
        """The links of the entry; of a blind stage without their titles, which may name somebody."""
        links: list[dict[str, str]] = self.assignment.candidate.entry.links
        if self.assignment.candidate.stage.is_blind:
            return [{"url": link["url"], "title": ""} for link in links]
        return links

    @property
    def total(self) -> Decimal:
        """The points that stand there so far."""
        return sum((line.points for line in self.lines if line.points is not None), Decimal(0))


def screen(assignment: Assignment, *, faults: dict[str, str], now: datetime) -> Screen:
    """The judge's screen for one of their assignments."""
    candidate, sheet = assignment.candidate, sheet_of(assignment)
    stage, entry = candidate.stage, candidate.entry
    asked = Rubrics(stage).of_candidate(candidate)
    marks = {mark.criterion_id: mark for mark in sheet.marks.all()} if sheet else {}
    rows = list(own(stage.round.contest, assignment.seat.user, now=now).filter(candidate__stage=stage))
    at = next(place for place, row in enumerate(rows) if row.pk == assignment.pk)
    order = [*rows[at + 1 :], *rows[:at]]
    files = [(file, filing.shown_name(file, blind=stage.is_blind)) for file in entry.files.good()]
    return Screen(
        assignment, asked, _lines(asked, marks, faults),
        reading.parts(entry, entry.round.call.sections.all(), secret=not stage.is_blind), files,
        others(assignment), at + 1, len(rows), sum(assigning.is_sealed(row) for row in rows),
        next((row for row in order if not assigning.is_sealed(row)), None),
        rows[at - 1] if at else None,
        rows[at + 1] if at + 1 < len(rows) else None,
    )  # fmt: skip


def _lines(asked: Asked, marks: dict[int, Mark], faults: dict[str, str]) -> list[Line]:
    found = []
    for item in asked.items:
        for leaf in item.parts or [item]:
            one, mark = leaf.criterion, marks.get(leaf.criterion.pk)
            above = item.criterion if item.parts else None
            points, comment = (mark.points, mark.comment) if mark else (None, "")
            found.append(Line(one, above, points, comment, faults.get(one.code, "")))
    return found


def others(assignment: Assignment) -> list[Sheet]:
    """The locked sheets of the others: only after the own lock, and only where the stage says so."""
    if not assignment.candidate.stage.shows_others or not assigning.is_sealed(assignment):
        return []
    rows = Sheet.objects.filter(assignment__candidate=assignment.candidate_id, assignment__ended_at=None)
    rows = rows.filter(locked_at__isnull=False).exclude(assignment=assignment)
    return list(rows.select_related("assignment__seat__user").order_by("assignment"))


# --- The chair -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Questions:
    """What the chair decides."""

    apart: Sequence[Candidate]  # entries on which judges disagree, with their sheets
    ties: Sequence[Sequence[Candidate]]  # entries that share a place, the best places first
    more: int  # places that are shared as well, further down
    edge: Sequence[Candidate]  # equals of several kinds or forms, of whom only some can go on


def questions(stage: Stage, leader: User) -> Questions:
    """What is to decide at the stage, but of entries that a conflict keeps from the leader."""
    marks = Prefetch("sheet__marks", Mark.objects.select_related("criterion").order_by("criterion__order"))
    sealed = Assignment.objects.locked().select_related("seat__user", "sheet").prefetch_related(marks).order_by("pk")
    rows = (
        concluding.led_by(stage, leader).select_related("entry__kind").order_by("entry__kind", "place", "entry__code")
    )
    apart = rows.filter(outcome=Candidate.Outcome.DISCREPANT)
    ranked = rows.filter(place__isnull=False)
    shared = ranked.order_by("place", *AMONG).values_list(*AMONG, "place").annotate(Count("pk")).filter(pk__count__gt=1)
    found = list(shared)
    chosen = Q(pk=None)
    for kind, form, place, _count in found[:MOST_TIES]:
        chosen |= Q(entry__kind=kind, entry__form=form, place=place)
    places: dict[Any, list[Candidate]] = defaultdict(list)
    for one in ranked.filter(chosen):
        places[one.place, one.entry.kind_id, one.entry.form].append(one)
    listed = apart.prefetch_related(Prefetch("assignments", sealed, to_attr="sealed"))
    ties, more = [places[at] for at in sorted(places)], max(0, len(found) - MOST_TIES)
    return Questions(list(listed), ties, more, _edge(rows, stage))


def _edge(rows: CandidateQuerySet, stage: Stage) -> list[Candidate]:
    """Equals that a rule ranks together though they are not of one kind and form."""
    if not Advance.objects.filter(stage=stage, top__isnull=False).exists():
        return []
    tied = list(rows.filter(pk__in=[one.pk for one in concluding.edge(stage)]))
    return tied if len({(one.entry.kind_id, one.entry.form) for one in tied}) > 1 else []


# --- The desk --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Progress:
    """How far a stage is, and what keeps it from its close."""

    stage: Stage
    entries: int
    scored: int
    apart: int
    judges: Sequence[Any]  # seats with n_assigned, n_drafts and n_sealed
    hindrances: Sequence[str]

    @property
    def assigned(self) -> int:
        """How many sheets there are to be."""
        return sum(seat.n_assigned for seat in self.judges)

    @property
    def sealed(self) -> int:
        """How many are locked."""
        return sum(seat.n_sealed for seat in self.judges)


def progress(stage: Stage) -> Progress:
    """How far the stage is; by outcomes as they stand."""
    rows = Candidate.objects.standing().filter(stage=stage).order_by()
    count: dict[str, int] = dict(rows.values_list("outcome").annotate(n=Count("pk")))
    standing = Q(assignments__ended_at=None, assignments__isnull=False)
    begun = standing & Q(assignments__sheet__isnull=False)
    figures: dict[str, Any] = {
        "n_assigned": Count("assignments", filter=standing),
        "n_sealed": Count("assignments", filter=begun & Q(assignments__sheet__locked_at__isnull=False)),
        "n_drafts": Count("assignments", filter=begun & Q(assignments__sheet__locked_at=None)),
    }
    seats: Any = Seat.objects.filter(panel__stage=stage).annotate(**figures).select_related("user", "panel")
    return Progress(
        stage, sum(count.values()), count.get(Candidate.Outcome.SCORED, 0), count.get(Candidate.Outcome.DISCREPANT, 0),
        list(seats.filter(Q(left_at=None) | Q(n_assigned__gt=0)).order_by("panel", "user__name_key")),
        concluding.hindrances(stage) if stage.closed_at is None else [],
    )  # fmt: skip


@dataclass(frozen=True)
class SheetShown:
    """One judge's sheet for an entry, as organizers see it."""

    assignment: Assignment
    sheet: Sheet | None
    points: Sequence[Decimal | None]  # by the criteria of the table
    comments: Sequence[str]
    is_blocked: bool

    @property
    def total(self) -> Decimal | None:
        """The total of a locked sheet."""
        return self.sheet.total if self.sheet else None


@dataclass(frozen=True)
class SheetsShown:
    """All sheets of an entry, those that have ended at the end."""

    criteria: Sequence[Criterion]
    rows: Sequence[SheetShown]


def sheets_shown(candidate: Candidate) -> SheetsShown | None:
    """The sheets of an entry with their marks; None where the stage has no rubric for it."""
    asked = Rubrics(candidate.stage).of(candidate.entry.kind_id)
    if asked is None:
        return None
    marks = Prefetch("sheet__marks", Mark.objects.select_related("criterion"))
    found = Assignment.objects.filter(candidate=candidate).select_related("seat__user", "sheet").prefetch_related(marks)
    rows = sorted(found, key=lambda row: (row.ended_at is not None, row.pk))
    blocked = conflicts.blocked(candidate.stage, [row.seat.user for row in rows if row.ended_at is None])
    return SheetsShown(
        asked.leaves,
        [_shown(row, asked, (candidate.pk, row.seat.user_id) in blocked and row.ended_at is None) for row in rows],
    )


def _shown(row: Assignment, asked: Asked, is_blocked: bool) -> SheetShown:
    sheet = sheet_of(row)
    marks = {mark.criterion.code: mark for mark in sheet.marks.all()} if sheet else {}
    points = [marks[leaf.code].points if leaf.code in marks else None for leaf in asked.leaves]
    told = [f"{code}: {mark.comment}" for code, mark in marks.items() if mark.comment]
    return SheetShown(row, sheet, points, [*told, *([sheet.comment] if sheet and sheet.comment else [])], is_blocked)


def steps(candidate: Candidate) -> list[SheetEvent]:
    """What happened to the sheets of an entry, saves of drafts left out, the newest first."""
    rows = SheetEvent.objects.filter(sheet__assignment__candidate=candidate).exclude(what=SheetEvent.What.SAVED)
    return list(rows.select_related("by").order_by("-pk"))
