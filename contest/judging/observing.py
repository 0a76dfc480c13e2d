"""What calibration and forecast are computed from: locked sheets and open ones, by kind of entry; and the anchors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from contest.entries.models import Kind
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import aggregating, calibrating, conflicts, forecasting
from contest.judging.models import Assignment, Candidate, Mark, Seat, Stage


@dataclass(frozen=True, slots=True)
class Compared:
    """An entry by its judges' marks as they are, and by those without severity; places are among its kind and form."""

    candidate: Candidate
    raw: Decimal
    adjusted: Decimal
    raw_place: int
    adjusted_place: int

    @property
    def moves(self) -> int:
        """How many places the adjustment lifts it; below zero where it lowers it."""
        return self.raw_place - self.adjusted_place


@dataclass(frozen=True, slots=True)
class Section:
    """The judges over one kind of entry: only what is marked by one rubric compares."""

    kind: Kind
    calibration: calibrating.Calibration
    panels: tuple[tuple[str, calibrating.Calibration], ...]  # where there are several
    compared: tuple[Compared, ...]
    users: dict[object, User]


def sections(stage: Stage) -> list[Section]:
    """The stage, kind by kind, of which at least one sheet is locked; constant in queries."""
    marks = Prefetch("sheet__marks", Mark.objects.order_by("criterion__order", "criterion"))
    rows = Assignment.objects.locked().filter(candidate__stage=stage).order_by("pk").prefetch_related(marks)
    rows = rows.select_related("candidate__entry__kind", "seat__user", "seat__panel", "sheet")
    by_kind: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        by_kind[row.candidate.entry.kind_id].append(row)
    found = [_section(own, stage.aggregation) for own in by_kind.values()]
    return sorted(found, key=lambda section: (section.kind.order, section.kind.pk))


def _section(rows: list[Assignment], method: str) -> Section:
    by_panel: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        by_panel[row.seat.panel_id].append(row)
    whole = calibrating.calibrate([_observation(row) for row in rows])
    panels = [
        (str(own[0].seat.panel), calibrating.calibrate(list(map(_observation, own)))) for own in by_panel.values()
    ]
    return Section(
        kind=rows[0].candidate.entry.kind,
        calibration=whole,
        panels=tuple(panels) if len(panels) > 1 else (),
        compared=_compared(rows, whole, method),
        users={row.seat.user_id: row.seat.user for row in rows},
    )


def _observation(row: Assignment) -> calibrating.Observation:
    marks = tuple(str(mark.points) for mark in row.sheet.marks.all())
    total = float(row.sheet.total or 0)
    return calibrating.Observation(row.seat.user_id, row.candidate_id, total, row.sheet.seconds, marks)


def _compared(rows: list[Assignment], whole: calibrating.Calibration, method: str) -> tuple[Compared, ...]:
    totals: dict[int, list[Decimal]] = defaultdict(list)
    candidates = {row.candidate_id: row.candidate for row in rows}
    for row in rows:
        totals[row.candidate_id].append(row.sheet.total or Decimal(0))
    by_form: dict[str, list[int]] = defaultdict(list)
    for pk, candidate in candidates.items():
        by_form[candidate.entry.form].append(pk)
    found = []
    for own in by_form.values():
        raw = [aggregating.aggregate(totals[pk], method) or Decimal(0) for pk in own]
        adjusted = [aggregating.half_up(Fraction(whole.adjusted[pk])) for pk in own]
        places = zip(aggregating.ranks(raw), aggregating.ranks(adjusted), strict=True)
        for pk, one, other, (place, new) in zip(own, raw, adjusted, places, strict=True):
            found.append(Compared(candidates[pk], one, other, place, new))
    return tuple(sorted(found, key=lambda one: (one.candidate.entry.form, one.raw_place, one.candidate.entry.code)))


# --- Workload --------------------------------------------------------------------------------------------------------
def workload(stage: Stage) -> tuple[list[forecasting.Workload], dict[object, Seat]]:
    """By seat, what is locked and what is left; two queries."""
    seats: dict[object, Seat] = {
        seat.pk: seat for seat in Seat.objects.sitting().filter(panel__stage=stage).select_related("user")
    }
    locked: dict[int, list[datetime]] = defaultdict(list)
    left: dict[int, int] = defaultdict(int)
    rows = Assignment.objects.standing().filter(candidate__stage=stage, candidate__in=Candidate.objects.standing())
    for seat, locked_at in rows.values_list("seat", "sheet__locked_at"):
        if locked_at is None:
            left[seat] += 1
        else:
            locked[seat].append(locked_at)
    panel = [
        forecasting.Workload(seat.pk, left[seat.pk], tuple(sorted(locked[seat.pk])), seat.most_entries)
        for seat in seats.values()
    ]
    return panel, seats


# --- Anchors ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def set_anchors(stage: Stage, candidates: Iterable[Candidate], *, by: User, now: datetime) -> int:
    """These entries of the stage are its anchors, and no others: every judge marks them, and marks them first.

    Assigning gives them to everyone. Refused once somebody has marked, since then they would no longer come first.
    """
    conflicts.must_organize(stage.round.contest, by)
    held = Stage.objects.select_for_update(of=("self",)).get(pk=stage.pk)
    if Assignment.objects.filter(candidate__stage=held, sheet__isnull=False).exists():
        raise Refused(_("Somebody has begun to mark: anchors are chosen before that."), code="begun")
    wanted = {one.pk for one in candidates}
    Candidate.objects.filter(stage=held, is_anchor=True).exclude(pk__in=wanted).update(is_anchor=False)
    Candidate.objects.filter(stage=held, pk__in=wanted).update(is_anchor=True)
    codes = list(held.candidates.filter(is_anchor=True).order_by("entry__code").values_list("entry__code", flat=True))
    ledger.append(
        now=now, actor=by, action="stages.anchored", subject=held, data={"codes": codes},
        contest_id=stage.round.contest_id,
    )  # fmt: skip
    return len(codes)
