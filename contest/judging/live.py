"""A live stage: the draw, marks part by part, and what the hall is told when.

Teams are candidates, parts are the rubric's criteria of the highest level. Marks stand on the same sheets as
everywhere; the hall knows only what was announced, and what was announced can't be changed before it was taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.foundations.secrets import random_token
from contest.judging import aggregating, conflicts
from contest.judging.models import (
    Assignment,
    Candidate,
    Criterion,
    Draw,
    Mark,
    Reveal,
    Rubric,
    Seat,
    Sheet,
    SheetEvent,
    Stage,
)

PAUSE = timedelta(minutes=5)  # longer ones between two saves are not time spent on a sheet
SHORTEST_SEED = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the stage: what is announced together, and the criteria that are marked for it."""

    criterion: Criterion
    leaves: tuple[Criterion, ...]


# --- What there is to mark -------------------------------------------------------------------------------------------
def rubric_of(stage: Stage) -> tuple[Rubric, set[int]]:
    """The one rubric of a live stage, and the ids of the parts that it takes, none for all."""
    uses = list(stage.stage_rubrics.select_related("rubric").prefetch_related("parts"))
    if len(uses) != 1:
        raise Refused(_("A live stage has one rubric for all teams."))
    return uses[0].rubric, {part.pk for part in uses[0].parts.all()}


def parts_of(stage: Stage) -> tuple[Part, ...]:
    """The parts in their order, with what is marked in each."""
    rubric, taken = rubric_of(stage)
    below: dict[int | None, list[Criterion]] = {}
    for criterion in rubric.criteria.order_by("order", "pk"):
        below.setdefault(criterion.parent_id, []).append(criterion)

    def leaves(criterion: Criterion) -> list[Criterion]:
        under = below.get(criterion.pk)
        return [leaf for one in under for leaf in leaves(one)] if under else [criterion]

    heads = [head for head in below.get(None, []) if not taken or head.pk in taken]
    return tuple(Part(head, tuple(leaves(head))) for head in heads)


def seats_of(stage: Stage) -> list[Seat]:
    """The judges who sit, in the order in which the hall numbers them."""
    found = Seat.objects.sitting().filter(panel__stage=stage).select_related("user")
    return list(found.order_by("panel", "pk"))


def name_of(candidate: Candidate) -> str:
    """What the hall calls a team."""
    entry = candidate.entry
    return entry.title or (entry.unit.name if entry.unit else entry.code)


# --- The draw --------------------------------------------------------------------------------------------------------
def drawn(seed: str, codes: Iterable[str]) -> list[str]:
    """The codes in the order that the seed gives: by the SHA-256 of "seed:code", as anybody can compute again."""
    return sorted(codes, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())


@transaction.atomic
def draw(stage: Stage, *, by: User, now: datetime, seed: str = "") -> Draw:
    """Draws the running order, once, and gives every team to every judge whom no conflict keeps from it."""
    stage = _locked(stage)
    if Draw.objects.filter(stage=stage).exists():
        raise Refused(_("The running order has been drawn already."))
    seed = " ".join(seed.split()) or random_token()
    if not SHORTEST_SEED <= len(seed) <= 64:
        raise Refused(_("A seed has 4 to 64 characters."))
    candidates = {one.entry.code: one for one in stage.candidates.select_related("entry")}
    if not candidates:
        raise Refused(_("There are no teams at this stage."))
    parts_of(stage)
    made = Draw.objects.create(stage=stage, seed=seed, codes=sorted(candidates), drawn_at=now, drawn_by=by)
    stage.candidates.update(order=None)
    for order, code in enumerate(drawn(seed, candidates), start=1):
        Candidate.objects.filter(pk=candidates[code].pk).update(order=order)
    seat_everyone(stage, by=by, now=now)
    data = {"seed": seed, "codes": made.codes}
    ledger.append(
        now=now, actor=by, action="live.drawn", subject=stage, data=data, contest_id=stage.round.contest_id
    )  # fmt: skip
    return made


def seat_everyone(stage: Stage, *, by: User, now: datetime) -> int:
    """Every sitting judge has every team, but for those that a conflict of interest keeps from them."""
    standing = set(Assignment.objects.standing().filter(candidate__stage=stage).values_list("candidate", "seat"))
    made = []
    for seat in seats_of(stage):
        open_to = Candidate.objects.open_to(seat.user, stage.round.contest).filter(stage=stage)
        for candidate in open_to.order_by("order").values_list("pk", flat=True):
            if (candidate, seat.pk) not in standing:
                made.append(Assignment(candidate_id=candidate, seat=seat, assigned_at=now, assigned_by=by))
    Assignment.objects.bulk_create(made)
    return len(made)


# --- Marking ---------------------------------------------------------------------------------------------------------
def fault(criterion: Criterion, points: Decimal | None) -> str:
    """Why a criterion can't have these points; empty when it can."""
    words = {"title": criterion.title, "maximum": _plain(criterion.maximum), "step": _plain(criterion.step)}
    if points is None:
        return _("%(title)s: points are missing.") % words
    if not 0 <= points <= criterion.maximum:
        return _("%(title)s: points go from 0 to %(maximum)s.") % words
    if points % criterion.step:
        return _("%(title)s: points go in steps of %(step)s.") % words
    return ""


@transaction.atomic
def enter(
    candidate: Candidate, seat: Seat, part: Part, points: Mapping[int, Decimal | None], *, revision: int, by: User,
    now: datetime,
) -> Sheet:  # fmt: skip
    """The judge's marks for a team's part stand on the sheet; whoever else enters them is named in the ledger.

    Refuses what is over the maximum or off the step, a part that was announced, an absent team, a sheet that another
    window has changed meanwhile (`stale`), and a judge whom a conflict of interest keeps from the team.
    """
    candidate = _standing(candidate)
    if faults := [told for leaf in part.leaves if (told := fault(leaf, points.get(leaf.pk)))]:
        raise Refused(" ".join(faults))
    if Reveal.objects.filter(candidate=candidate, part=part.criterion).exclude(marks=[], score=None).exists():
        raise Refused(_("The hall has been told marks of this part: they must be taken back first."))
    sheet = _sheet(candidate, seat, by=by, now=now)
    if sheet.revision != revision:
        raise Refused(_("These marks were changed in another window. Look at them again."), code="stale")
    for leaf in part.leaves:
        Mark.objects.update_or_create(sheet=sheet, criterion=leaf, defaults={"points": points[leaf.pk]})
    if sheet.saved_at is not None and now - sheet.saved_at <= PAUSE:
        sheet.seconds += int((now - sheet.saved_at).total_seconds())
    sheet.revision, sheet.saved_at = sheet.revision + 1, now
    sheet.save(update_fields=["revision", "saved_at", "seconds"])
    _note(sheet, SheetEvent.What.SAVED, by=by, now=now)
    if by.pk != seat.user_id:
        _told(candidate, "live.entered", {"seat": seat.pk, "part": part.criterion.code}, by=by, now=now)
    return sheet


def _standing(candidate: Candidate) -> Candidate:
    """The candidate, locked: entering marks and announcing them come one after the other."""
    found = Candidate.objects.select_for_update(of=("self",)).select_related("stage__round", "entry__unit")
    candidate = found.get(pk=candidate.pk)
    if conflicts.as_it_is(candidate.stage).closed_at is not None:
        raise Refused(_("The stage is closed."))
    if candidate.order is None:
        raise Refused(_("The running order has not been drawn yet."))
    if candidate.is_absent:
        raise Refused(_("The team is absent."))
    return candidate


def _sheet(candidate: Candidate, seat: Seat, *, by: User, now: datetime) -> Sheet:
    """The sheet of a judge for a team; it begins with the first mark."""
    contest = candidate.stage.round.contest
    if seat.left_at is not None or seat.panel.stage_id != candidate.stage_id:
        raise Refused(_("This judge does not sit at this stage."))
    if Candidate.objects.closed_to(seat.user, contest).filter(pk=candidate.pk).exists():
        raise Refused(_("A conflict of interest keeps this judge from the team."))
    assignment, _made = Assignment.objects.standing().get_or_create(
        candidate=candidate, seat=seat, ended_at=None, defaults={"assigned_at": now, "assigned_by": by}
    )
    rubric, _taken = rubric_of(candidate.stage)
    sheet, _new = Sheet.objects.get_or_create(assignment=assignment, defaults={"rubric": rubric, "begun_at": now})
    if sheet.is_locked:
        raise Refused(_("This sheet is locked."))
    return sheet


def _note(sheet: Sheet, what: str, *, by: User, now: datetime) -> None:
    marks = {
        mark.criterion.code: [None if mark.points is None else str(mark.points), mark.comment]
        for mark in sheet.marks.select_related("criterion")
    }
    SheetEvent.objects.create(sheet=sheet, at=now, by=by, what=what, marks=marks)


def entered(candidate: Candidate, part: Part) -> dict[int, Decimal | None]:
    """By seat, of all judges who have the team: the sum of the marks of the part; None while some are missing."""
    leaves = [leaf.pk for leaf in part.leaves]
    mine = Mark.objects.filter(criterion__in=leaves, points__isnull=False)
    found = Assignment.objects.standing().filter(candidate=candidate, seat__left_at=None)
    sums: dict[int, Decimal | None] = {}
    for one in found.order_by("seat__panel", "seat").prefetch_related(Prefetch("sheet__marks", mine, to_attr="given")):
        given = [mark.points for mark in vars(one.sheet)["given"]] if hasattr(one, "sheet") else []
        sums[one.seat_id] = sum(given, Decimal(0)) if len(given) == len(leaves) else None
    return sums


# --- Announcing ------------------------------------------------------------------------------------------------------
@transaction.atomic
def call(candidate: Candidate, part: Part, *, by: User, now: datetime) -> Reveal:
    """The hall shows this team and part, without a mark; calling it again brings it back to the screen."""
    candidate = _standing(candidate)
    found = Reveal.objects.filter(candidate=candidate, part=part.criterion).first()
    if found is not None and found.score is not None:
        raise Refused(_("This part of the team has been announced already."))
    if found is None:
        found = Reveal(candidate=candidate, part=part.criterion)
    found.called_at, found.revealed_by = now, by
    found.save()
    return found


@transaction.atomic
def announce(candidate: Candidate, part: Part, *, whole: bool = False, by: User, now: datetime) -> Reveal:
    """The next mark is told to the hall, or all that are left; with the last one comes the score.

    A mark is told only once all judges of the team have marked the part, so that nobody marks by what they heard.
    """
    candidate = _standing(candidate)
    sums = entered(candidate, part)
    if not sums:
        raise Refused(_("No judge has this team."))
    if missing := sum(total is None for total in sums.values()):
        raise Refused(
            ngettext(
                "%(count)s judge has not marked this part yet.",
                "%(count)s judges have not marked this part yet.",
                missing,
            )
            % {"count": missing}
        )
    reveal, _made = Reveal.objects.get_or_create(
        candidate=candidate, part=part.criterion, defaults={"called_at": now, "revealed_by": by}
    )
    if reveal.score is not None:
        raise Refused(_("This part of the team has been announced already."))
    told = {seat for seat, _points in reveal.marks}
    ahead = [[seat, str(total)] for seat, total in sums.items() if seat not in told]
    reveal.marks = [*reveal.marks, *(ahead if whole else ahead[:1])]
    if len(ahead) <= 1 or whole:
        totals = [Decimal(points) for _seat, points in reveal.marks]
        score = aggregating.aggregate(totals, candidate.stage.aggregation)
        reveal.score, reveal.revealed_at = score, now
    reveal.revealed_by = by
    reveal.save()
    if reveal.score is not None:
        _finish(candidate, by=by, now=now)
        _told(candidate, "live.announced", {"part": part.criterion.code, "score": str(reveal.score)}, by=by, now=now)
    return reveal


def _finish(candidate: Candidate, *, by: User, now: datetime) -> None:
    """With the last part of a team its sheets are sealed."""
    parts = parts_of(candidate.stage)
    if Reveal.objects.filter(candidate=candidate, score__isnull=False).count() < len(parts):
        return
    leaves = {leaf.pk for part in parts for leaf in part.leaves}
    sheets = Sheet.objects.filter(assignment__candidate=candidate, assignment__ended_at=None, locked_at=None)
    for sheet in sheets.prefetch_related("marks"):
        points = [mark.points for mark in sheet.marks.all() if mark.criterion_id in leaves and mark.points is not None]
        if len(points) == len(leaves):
            sheet.locked_at, sheet.total = now, sum(points, Decimal(0))
            sheet.save(update_fields=["locked_at", "total"])
            _note(sheet, SheetEvent.What.LOCKED, by=by, now=now)


@transaction.atomic
def take_back(candidate: Candidate, part: Part, *, reason: str, by: User, now: datetime) -> None:
    """What the hall was told of a team's part is not shown any more, and its sheets are open again, with a reason."""
    candidate = _standing(candidate)
    reveal = Reveal.objects.filter(candidate=candidate, part=part.criterion).first()
    if reveal is None:
        raise Refused(_("The hall has not been told anything of this part."))
    if not reason.strip():
        raise Refused(_("Say why."))
    for sheet in Sheet.objects.filter(assignment__candidate=candidate, locked_at__isnull=False):
        sheet.locked_at, sheet.total = None, None
        sheet.revision += 1
        sheet.save(update_fields=["locked_at", "total", "revision"])
        SheetEvent.objects.create(sheet=sheet, at=now, by=by, what=SheetEvent.What.REOPENED, reason=reason[:500])
    data = {"part": part.criterion.code, "score": None if reveal.score is None else str(reveal.score), "reason": reason}
    reveal.delete()
    _told(candidate, "live.taken_back", data, by=by, now=now)


@transaction.atomic
def set_absent(candidate: Candidate, is_absent: bool, *, by: User, now: datetime) -> None:
    """The team is absent, or has come after all; not once the hall has been told a mark of it."""
    stage = _locked(candidate.stage)
    if stage.closed_at is not None:
        raise Refused(_("The stage is closed."))
    if Reveal.objects.filter(candidate=candidate).exclude(marks=[]).exists():
        raise Refused(_("The hall has been told marks of this team."))
    Reveal.objects.filter(candidate=candidate).delete()
    Candidate.objects.filter(pk=candidate.pk).update(is_absent=is_absent)
    _told(candidate, "live.absent" if is_absent else "live.present", {}, by=by, now=now)


def _locked(stage: Stage) -> Stage:
    found = Stage.objects.select_for_update(of=("self",)).select_related("round__contest").get(pk=stage.pk)
    if not found.is_live:
        raise Refused(_("This is no live stage."))
    return found


def _told(candidate: Candidate, action: str, data: dict[str, Any], *, by: User, now: datetime) -> None:
    data = {"code": candidate.entry.code, **data}
    contest = candidate.stage.round.contest_id
    ledger.append(now=now, actor=by, action=action, subject=candidate.stage, data=data, contest_id=contest)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


# --- What the hall sees ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Cell:
    """A team's part as it was announced."""

    score: Decimal | None = None
    is_called: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A team on the board."""

    name: str
    order: int
    place: int | None
    cells: tuple[Cell, ...]
    total: Decimal | None
    is_now: bool
    is_done: bool  # has had its turn in the part that is going on
    is_absent: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A judge's mark on the screen: not there before it is announced."""

    number: int
    points: Decimal | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """The team that is being marked."""

    name: str
    part: Criterion
    number: int  # of the part
    order: int
    teams: int
    marks: tuple[Told, ...]
    waiting: int
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Hall:
    """All that the hall's screen shows."""

    parts: tuple[Criterion, ...]
    rows: tuple[Row, ...] = ()
    number: int = 0  # of the part that is going on; 0 before the first
    ranked_after: int = 0  # parts by which places go
    turn: Turn | None = None
    is_over: bool = False


LINGER = timedelta(seconds=12)  # so long the marks stay on the screen after the score


def hall(stage: Stage, *, now: datetime) -> Hall:
    """What has been announced, and nothing else: sheets and marks are not even asked for."""
    parts = tuple(part.criterion for part in parts_of(stage))
    teams = list(stage.candidates.filter(order__isnull=False).select_related("entry__unit").order_by("order"))
    reveals = list(Reveal.objects.filter(candidate__stage=stage).order_by("called_at", "pk"))
    by_team: dict[int, dict[int, Reveal]] = {}
    for reveal in reveals:
        by_team.setdefault(reveal.candidate_id, {})[reveal.part_id] = reveal
    last = reveals[-1] if reveals else None
    number = next((n for n, part in enumerate(parts, start=1) if last and part.pk == last.part_id), 0)
    present = [team for team in teams if not team.is_absent]
    whole = _whole(parts, present, by_team)
    rows = _rows(teams, parts, by_team, last, stage.aggregation, ranked=parts[:whole])
    return Hall(
        parts=parts,
        rows=tuple(rows),
        number=number,
        ranked_after=whole,
        turn=_turn(stage, teams, parts, last, now),
        is_over=bool(present) and whole == len(parts),
    )


def _whole(parts: Sequence[Criterion], present: Sequence[Candidate], by_team: Mapping[int, dict[int, Reveal]]) -> int:
    """How many of the first parts are announced of every team that is there."""
    for number, part in enumerate(parts):
        for team in present:
            reveal = by_team.get(team.pk, {}).get(part.pk)
            if reveal is None or reveal.score is None:
                return number
    return len(parts) if present else 0


def _rows(
    teams: Sequence[Candidate], parts: Sequence[Criterion], by_team: Mapping[int, dict[int, Reveal]],
    last: Reveal | None, method: str, *, ranked: Sequence[Criterion],
) -> list[Row]:  # fmt: skip
    """The teams by their places after the last whole part; before that, and among equals, by the running order."""
    keys = {team.pk: total(by_team.get(team.pk, {}), ranked, method) for team in teams if not team.is_absent}
    best = [key for key in keys.values() if key is not None]
    rows = []
    for team in teams:
        told = by_team.get(team.pk, {})
        key = keys.get(team.pk)
        current = told.get(last.part_id) if last else None
        rows.append(
            Row(
                name=name_of(team),
                order=team.order or 0,
                place=None if key is None or not ranked else 1 + sum(other > key for other in best),
                cells=tuple(_cell(told.get(part.pk)) for part in parts),
                total=total(told, parts, method),
                is_now=last is not None and last.candidate_id == team.pk,
                is_done=current is not None and current.score is not None,
                is_absent=team.is_absent,
            )
        )
    return sorted(rows, key=lambda row: (row.is_absent, row.place is None, row.place or 0, row.order))


def _cell(reveal: Reveal | None) -> Cell:
    return Cell() if reveal is None else Cell(reveal.score, is_called=True)


def total(told: Mapping[int, Reveal], parts: Sequence[Criterion], method: str) -> Decimal | None:
    """What a team has so far: the judges' sums over its announced parts, put together as the stage does at its end.

    So the sum on the screen is the score of the sheets, to the last hundredth; None while nothing is announced.
    """
    done = [told[part.pk] for part in parts if part.pk in told and told[part.pk].score is not None]
    if not done:
        return None
    sums: dict[int, list[Decimal]] = {}
    for reveal in done:
        for seat, points in reveal.marks:
            sums.setdefault(seat, []).append(Decimal(points))
    everywhere = [sum(points, Decimal(0)) for points in sums.values() if len(points) == len(done)]
    return aggregating.aggregate(everywhere, method)


def _turn(
    stage: Stage, teams: Sequence[Candidate], parts: Sequence[Criterion], last: Reveal | None, now: datetime
) -> Turn | None:
    """The team on the stage, until a while after its score; None when the board is shown."""
    if last is None or (last.revealed_at is not None and now - last.revealed_at >= LINGER):
        return None
    team = next((team for team in teams if team.pk == last.candidate_id), None)
    number = next((n for n, part in enumerate(parts, start=1) if part.pk == last.part_id), None)
    if team is None or number is None:
        return None
    expected = Assignment.objects.standing().filter(candidate=team, seat__left_at=None)
    seats = list(expected.order_by("seat__panel", "seat").values_list("seat", flat=True))
    given = {seat: Decimal(points) for seat, points in last.marks}
    newest = last.marks[-1][0] if last.marks and last.score is None else None
    seats = [*seats, *(seat for seat in given if seat not in seats)]
    told = tuple(Told(n, given.get(seat), seat == newest) for n, seat in enumerate(seats, start=1))
    present = sum(not one.is_absent for one in teams)
    waiting = sum(one.points is None for one in told)
    return Turn(name_of(team), parts[number - 1], number, team.order or 0, present, told, waiting, last.score)


def upcoming(stage: Stage) -> tuple[Candidate, Part] | None:
    """Whose turn is next: part by part, in the running order, leaving out who is absent; None when all is announced."""
    told = set(Reveal.objects.filter(candidate__stage=stage, score__isnull=False).values_list("candidate", "part"))
    teams = list(stage.candidates.filter(order__isnull=False, is_absent=False).select_related("entry__unit"))
    teams.sort(key=lambda team: team.order or 0)
    for part in parts_of(stage):
        for team in teams:
            if (team.pk, part.criterion.pk) not in told:
                return team, part
    return None


def on_stage(stage: Stage) -> tuple[int, int] | None:
    """The team and the part that were called and are not announced yet, by their ids."""
    found = Reveal.objects.filter(candidate__stage=stage, score=None).order_by("-called_at", "-pk")
    return found.values_list("candidate", "part").first()


def progress(
    stage: Stage, parts: Sequence[Part], seat: Seat | None = None
) -> dict[tuple[int, int], tuple[int, Decimal | None]]:
    """By team and part: how many judges have marked all of it, and with a seat what that judge gave."""
    marks = Mark.objects.filter(
        sheet__assignment__candidate__stage=stage, sheet__assignment__ended_at=None, points__isnull=False,
        sheet__assignment__seat__left_at=None,
    )  # fmt: skip
    if seat is not None:
        marks = marks.filter(sheet__assignment__seat=seat)
    heads = {leaf.pk: part for part in parts for leaf in part.leaves}
    given: dict[tuple[int, int, int], list[Decimal]] = {}
    fields = ("sheet__assignment__candidate", "sheet__assignment__seat", "criterion", "points")
    for candidate, judge, criterion, points in marks.values_list(*fields):
        if criterion in heads and points is not None:
            given.setdefault((candidate, heads[criterion].criterion.pk, judge), []).append(points)
    lengths = {part.criterion.pk: len(part.leaves) for part in parts}
    found: dict[tuple[int, int], tuple[int, Decimal | None]] = {}
    for (candidate, head, _judge), points_given in given.items():
        if len(points_given) == lengths[head]:
            count, _sum = found.get((candidate, head), (0, None))
            found[candidate, head] = (count + 1, sum(points_given, Decimal(0)) if seat is not None else None)
    return found
