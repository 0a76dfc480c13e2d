"""Rubrics: what they must be like, their versions, and which lines of them a stage asks for.

A rubric has criteria, and criteria may have parts; only lines without parts are marked. Somebody's first mark locks it:
from then on a change is the next version, which is written freely and then put into use at once, with a list of the
sheets that have to be judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import conflicts
from contest.judging.models import (
    Assignment,
    Candidate,
    Criterion,
    Level,
    Mark,
    Rubric,
    Sheet,
    SheetEvent,
    Stage,
    StageRubric,
)


# --- What is typed ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LevelDraft:
    """What an entry is like that gets so many points."""

    points: Decimal
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One line of a rubric as it is typed; `part_of` is the code of the line above it."""

    code: str
    title: str
    maximum: Decimal
    step: Decimal = Decimal("0.5")
    part_of: str = ""
    description: str = ""
    comment_at_zero: bool = False
    comment_at_maximum: bool = False
    comment_always: bool = False
    levels: Sequence[LevelDraft] = field(default_factory=tuple)
    pk: int | None = None


def problems(lines: Sequence[Draft]) -> list[str]:
    """Why the rubric can't be right: sentences, none when it can."""
    if not lines:
        return [_("A rubric has at least one criterion.")]
    codes = [line.code for line in lines]
    found = [_("The code %(code)s is there twice.") % {"code": code} for code in sorted(_twice(codes))]
    by_code = {line.code: line for line in lines}
    for line in lines:
        parts = [one for one in lines if one.part_of == line.code]
        found += _misplaced(line, by_code) + _misfit(line, parts)
    return found


def _twice(codes: Sequence[str]) -> set[str]:
    return {code for code in codes if codes.count(code) > 1}


def _misplaced(line: Draft, by_code: dict[str, Draft]) -> list[str]:
    if not line.part_of:
        return []
    above = by_code.get(line.part_of)
    if above is None or above is line:
        return [_("%(code)s is part of %(above)s, which is not there.") % {"code": line.code, "above": line.part_of}]
    if above.part_of:
        return [
            _("%(code)s is part of %(above)s, which is a part itself: there are two levels only.")
            % {"code": line.code, "above": line.part_of}
        ]
    return []


def _misfit(line: Draft, parts: Sequence[Draft]) -> list[str]:
    """The sum of its parts, the steps up to its maximum, its levels."""
    found, named = [], {"code": line.code, "maximum": language.decimal(line.maximum)}
    if parts:
        total = sum((part.maximum for part in parts), Decimal(0))
        if total != line.maximum:
            found.append(
                _("The parts of %(code)s sum to %(sum)s, and its maximum is %(maximum)s.")
                % {**named, "sum": language.decimal(total)}
            )
        if line.levels:
            found.append(_("%(code)s has parts: levels are described there.") % named)
        return found
    if line.maximum <= 0 or line.step <= 0 or line.maximum % line.step:
        found.append(
            _("The maximum of %(code)s, %(maximum)s, is not a whole number of steps of %(step)s.")
            % {**named, "step": language.decimal(line.step)}
        )
    outside = [level for level in line.levels if not 0 <= level.points <= line.maximum]
    found += [
        _("The level “%(level)s” of %(code)s lies outside of 0 to %(maximum)s.") % {**named, "level": level.title}
        for level in outside
    ]
    if _twice([str(level.points.normalize()) for level in line.levels]):
        found.append(_("Two levels of %(code)s begin at the same points.") % named)
    return found


# --- Writing ---------------------------------------------------------------------------------------------------------
def is_locked(rubric: Rubric) -> bool:
    """Whether somebody has begun to mark by it."""
    return Sheet.objects.filter(rubric=rubric).exists()


def write(rubric: Rubric, lines: Sequence[Draft], *, by: User | None, now: datetime) -> Rubric:
    """The rubric consists of these lines, in this order. Refused when it can't be right, or is in use.

    A line that keeps its row (`pk`) or its code keeps what stages say of it.
    """
    _refuse_locked(rubric)
    if wrong := problems(lines):
        raise Refused(" ".join(wrong), code="rubric")
    with transaction.atomic():
        Rubric.objects.select_for_update().get(pk=rubric.pk)
        _refuse_locked(rubric)
        kept = _rows_of(rubric, lines)
        _put_aside(kept.values())
        rubric.criteria.exclude(pk__in=[row.pk for row in kept.values() if row.pk]).delete()
        for parent_first in (True, False):
            for order, line in enumerate(lines, start=1):
                if (line.part_of == "") == parent_first:
                    _write_line(rubric, kept, line, order)
        data = {"lines": [[line.code, str(line.maximum), str(line.step)] for line in lines], "version": rubric.version}
        ledger.append(
            now=now, actor=by, action="rubrics.written", subject=rubric, data=data, contest_id=rubric.contest_id
        )
    return rubric


def _refuse_locked(rubric: Rubric) -> None:
    if is_locked(rubric):
        raise Refused(_("Somebody has marked by this rubric: make the next version of it."), code="locked")


def _rows_of(rubric: Rubric, lines: Sequence[Draft]) -> dict[str, Criterion]:
    """The row of each line by its code: the one it had, or the one with its code, or a new one."""
    rows = {row.pk: row for row in rubric.criteria.all()}
    by_code = {row.code: row for row in rows.values()}
    named = {line.pk for line in lines if line.pk in rows}
    found = {}
    for line in lines:
        row = rows.get(line.pk or 0) or by_code.get(line.code)
        is_taken = row is not None and line.pk != row.pk and row.pk in named
        found[line.code] = Criterion(rubric=rubric) if row is None or is_taken else row
    return found


def _put_aside(rows: Iterable[Criterion]) -> None:
    """Codes may be exchanged, and groups dissolved: for a moment no row has a code or a place that another may get."""
    for number, row in enumerate(rows):
        if row.pk:
            Criterion.objects.filter(pk=row.pk).update(code=f"~{number}", parent=None)


def _write_line(rubric: Rubric, rows: dict[str, Criterion], line: Draft, order: int) -> None:
    row = rows[line.code]
    row.parent = rows[line.part_of] if line.part_of else None
    row.order, row.code, row.title, row.description = order, line.code, line.title, line.description
    row.maximum, row.step = line.maximum, line.step
    row.comment_at_zero, row.comment_at_maximum = line.comment_at_zero, line.comment_at_maximum
    row.comment_always = line.comment_always
    row.save()
    row.levels.all().delete()
    Level.objects.bulk_create(
        Level(criterion=row, points=level.points, title=level.title, description=level.description)
        for level in sorted(line.levels, key=lambda one: one.points)
    )


def drafts(rubric: Rubric) -> list[Draft]:
    """The lines of a rubric as they would be typed."""
    rows = rubric.criteria.select_related("parent").prefetch_related("levels")
    return [
        Draft(
            code=row.code, title=row.title, maximum=row.maximum, step=row.step,
            part_of=row.parent.code if row.parent else "", description=row.description,
            comment_at_zero=row.comment_at_zero, comment_at_maximum=row.comment_at_maximum,
            comment_always=row.comment_always,
            levels=tuple(LevelDraft(level.points, level.title, level.description) for level in row.levels.all()),
        )
        for row in rows
    ]  # fmt: skip


# --- Versions --------------------------------------------------------------------------------------------------------
def next_version(rubric: Rubric, *, by: User, now: datetime) -> Rubric:
    """A copy to be changed, the next version of this one; stages still mark by this one. Refused when there is one."""
    with transaction.atomic():
        held = Rubric.objects.select_for_update().get(pk=rubric.pk)
        if Rubric.objects.filter(previous=held).exists():
            raise Refused(_("There is a next version of this rubric already."), code="next")
        copy = Rubric.objects.create(
            contest=held.contest, title=held.title, version=held.version + 1, previous=held,
            description=held.description,
        )  # fmt: skip
        write(copy, drafts(held), by=by, now=now)
    return copy


def uses_to_change(rubric: Rubric) -> list[StageRubric]:
    """Where stages that are not closed mark by the version before this one."""
    uses = StageRubric.objects.filter(rubric=rubric.previous_id, stage__closed_at=None)
    return list(uses.select_related("stage").prefetch_related("parts", "not_zero").order_by("stage", "pk"))


def to_judge_again(rubric: Rubric) -> list[Assignment]:
    """The assignments whose locked sheets would have to be judged again if this version were put into use."""
    stages = {use.stage_id for use in uses_to_change(rubric)}
    locked = Assignment.objects.locked().filter(sheet__rubric=rubric.previous_id, candidate__stage__in=stages)
    return list(
        locked.select_related("candidate__entry", "candidate__stage", "seat__user", "sheet").order_by(
            "candidate__stage", "seat__user__name_key", "candidate__entry__code"
        )
    )


def put_into_use(rubric: Rubric, *, reason: str, by: User, now: datetime) -> list[Assignment]:
    """Open stages mark by this version from now on; returns the locked sheets that are open again because of it.

    Marks whose line is still there, and still can have so many points, stay as a draft.
    """
    reason = conflicts.said(reason)
    with transaction.atomic():
        stages = {use.stage_id for use in uses_to_change(rubric)}
        list(Stage.objects.select_for_update().filter(pk__in=stages).order_by("pk"))
        uses = [use for use in uses_to_change(rubric) if use.stage_id in stages]  # one may have been closed meanwhile
        if not uses:
            raise Refused(_("No open stage marks by the version before this one."), code="unused")
        # Whoever saves or locks a sheet holds its assignment: they are done, or they find the new version.
        held = Assignment.objects.standing().select_for_update(of=("self",)).filter(candidate__stage__in=stages)
        list(held.order_by("pk").values_list("pk"))
        again = to_judge_again(rubric)
        for use in uses:
            _change_use(use, rubric)
        sheets = Sheet.objects.select_for_update(of=("self",)).filter(
            rubric=rubric.previous_id, assignment__candidate__stage__in={use.stage_id for use in uses},
            assignment__ended_at=None,
        )  # fmt: skip
        for sheet in sheets.select_related("assignment").order_by("pk"):
            _move(sheet, rubric, reason=reason, by=by, now=now)
        data = {"version": rubric.version, "reason": reason, "again": [found.pk for found in again]}
        ledger.append(
            now=now, actor=by, action="rubrics.put_into_use", subject=rubric, data=data, contest_id=rubric.contest_id
        )
    return again


def _change_use(use: StageRubric, rubric: Rubric) -> None:
    """The stage's line names the new version, with what it says of criteria by their codes."""
    by_code = {row.code: row for row in rubric.criteria.all()}
    parts = [by_code[row.code] for row in use.parts.all() if row.code in by_code]
    not_zero = [by_code[row.code] for row in use.not_zero.all() if row.code in by_code]
    use.rubric = rubric
    use.tie_break = [code for code in use.tie_break if code in by_code]
    use.save()
    use.parts.set(parts)
    use.not_zero.set(not_zero)


def _move(sheet: Sheet, rubric: Rubric, *, reason: str, by: User, now: datetime) -> None:
    """The sheet is a draft by the new version; its log keeps the marks as they were."""
    marks = {mark.criterion.code: mark for mark in sheet.marks.select_related("criterion")}
    what = SheetEvent.What.REOPENED if sheet.is_locked else SheetEvent.What.SAVED
    conflicts.log(sheet, what, reason=reason, by=by, now=now)
    sheet.marks.all().delete()
    lines = [row for row in rubric.criteria.all() if not row.parts.exists()]
    Mark.objects.bulk_create(
        Mark(
            sheet=sheet, criterion=row, comment=marks[row.code].comment,
            points=marks[row.code].points if fits(marks[row.code].points, row) else None,
        )
        for row in lines if row.code in marks
    )  # fmt: skip
    sheet.rubric, sheet.locked_at, sheet.total, sheet.revision = rubric, None, None, sheet.revision + 1
    sheet.save()


def fits(points: Decimal | None, criterion: Criterion) -> bool:
    """Whether a criterion can have so many points: 0 to its maximum, in its steps; no points yet fit any."""
    return points is None or (0 <= points <= criterion.maximum and points % criterion.step == 0)


# --- What a stage asks for -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Item:
    """A line of a rubric with its parts; whatever has none is marked."""

    criterion: Criterion
    parts: Sequence[Item] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a kind of entry is marked by at a stage."""

    use: StageRubric
    items: Sequence[Item]

    @property
    def leaves(self) -> list[Criterion]:
        """The lines that are marked, in order."""
        return [leaf.criterion for item in self.items for leaf in (item.parts or [item])]

    @property
    def maximum(self) -> Decimal:
        """The most that an entry can get."""
        return sum((item.criterion.maximum for item in self.items), Decimal(0))

    @property
    def parents(self) -> dict[str, str]:
        """The code of the line above each marked one that has one."""
        return {part.criterion.code: item.criterion.code for item in self.items for part in item.parts}

    @property
    def not_zero(self) -> list[str]:
        """Codes of criteria that must not be zero."""
        return [row.code for row in self.use.not_zero.all()]


class Rubrics:
    """The rubrics of a stage, read once; five queries."""

    def __init__(self, stage: Stage) -> None:
        """All that the stage marks by."""
        criteria = Criterion.objects.prefetch_related("levels")
        uses = StageRubric.objects.filter(stage=stage).select_related("rubric")
        uses = uses.prefetch_related(Prefetch("rubric__criteria", criteria), "parts", "not_zero")
        self.by_kind: dict[int | None, Asked] = {use.kind_id: asked(use) for use in uses}

    def of(self, kind_id: int) -> Asked | None:
        """By what entries of the kind are marked."""
        return self.by_kind.get(kind_id) or self.by_kind.get(None)

    def of_candidate(self, candidate: Candidate) -> Asked:
        """By what the entry is marked. Refused when the stage has no rubric for its kind."""
        found = self.of(candidate.entry.kind_id)
        if found is None:
            raise Refused(_("This stage has no rubric for “%(kind)s”.") % {"kind": candidate.entry.kind}, code="rubric")
        return found


def asked(use: StageRubric) -> Asked:
    """The lines of the rubric that the stage asks for, as a tree; the rubric comes with its criteria."""
    rows = list(use.rubric.criteria.all())
    chosen = {row.pk for row in use.parts.all()}
    tops = [row for row in rows if row.parent_id is None and (not chosen or row.pk in chosen)]
    return Asked(use, [Item(top, [Item(row) for row in rows if row.parent_id == top.pk]) for top in tops])


def refuse_wrong_uses(stage: Stage) -> None:
    """Refuses what a stage can't mark by: parts of another rubric or of a lower level, unknown codes, weights apart."""
    found: list[str] = []
    rubrics = Rubrics(stage)
    for one in rubrics.by_kind.values():
        rows = {row.pk: row for row in one.use.rubric.criteria.all()}
        codes = {row.code for row in rows.values()}
        named = {"rubric": one.use.rubric}
        if any(row.pk not in rows or row.parent_id for row in one.use.parts.all()):
            found.append(_("The parts are not criteria of the highest level of “%(rubric)s”.") % named)
        if any(row.pk not in rows for row in one.use.not_zero.all()):
            found.append(_("What must not be zero is not in “%(rubric)s”.") % named)
        if strange := [code for code in one.use.tie_break if code not in codes]:
            found.append(_("“%(rubric)s” has no %(codes)s for ties to go by.") % {**named, "codes": ", ".join(strange)})
        if one.use.pass_score is not None and one.use.pass_score > one.maximum:
            found.append(
                _("Nobody reaches %(score)s: “%(rubric)s” has %(maximum)s points here.")
                % {
                    **named,
                    "score": language.decimal(one.use.pass_score),
                    "maximum": language.decimal(one.maximum),
                }
            )
    found += _apart(stage, rubrics)
    if found:
        raise Refused(" ".join(found), code="stage")


def _apart(stage: Stage, rubrics: Rubrics) -> list[str]:
    """Weights compare points with points: what they sum must have the same maximum."""
    before = Stage.objects.filter(round=stage.round_id, order__lt=stage.order).order_by("-order").first()
    if stage.weight is None or before is None:
        return [] if stage.weight is None else [_("The first stage has no weight: there is nothing before it.")]
    earlier = Rubrics(before)
    pairs = [(one, earlier.of(kind) if kind else earlier.by_kind.get(None)) for kind, one in rubrics.by_kind.items()]
    return [
        _("With a weight, “%(rubric)s” needs the same maximum in both stages: here %(here)s, before %(before)s.")
        % {
            "rubric": one.use.rubric, "here": language.decimal(one.maximum), "before": language.decimal(other.maximum)
        }
        for one, other in pairs
        if other is not None and other.maximum != one.maximum
    ]  # fmt: skip
