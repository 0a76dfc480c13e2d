"""The doors of a live stage: the hall's screen, the judges' tablets, and the secretariat's table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import lacks_second_factor, to_second_factor
from accounts.requests import Request, SignedInRequest
from contest.foundations.refusing import Refused
from contest.judging import live, marking
from contest.judging.models import Candidate, Draw, Reveal, Seat, Sheet, Stage
from contest.rounds.models import Contest

PAGE = 12  # teams that fit on the hall's screen
TURN = 10  # seconds that a page of them stays


# --- The hall --------------------------------------------------------------------------------------------------------
def _stage(request: Request, slug: str, stage_id: int) -> Stage:
    """A live stage of a contest that the person may see; 404 otherwise."""
    contests = Contest.objects.visible_to(request.user)
    stages = Stage.objects.select_related("round__contest").filter(is_live=True)
    return get_object_or_404(stages, pk=stage_id, round__contest__slug=slug, round__contest__in=contests)


def _screen(request: Request, stage: Stage) -> str:
    """What the screen shows: of announced marks alone; 404 for a stage that is not set up yet."""
    try:
        hall = live.hall(stage, now=request.now)
    except Refused:
        raise Http404 from None
    context: dict[str, Any] = {"stage": stage, "contest": stage.round.contest, "hall": hall, "turn": hall.turn}
    if hall.turn is not None:
        return render_to_string("judging/hall_turn.html", context)
    pages = -(-len(hall.rows) // PAGE)
    page = int(request.now.timestamp()) // TURN % pages if pages > 1 else 0
    context["rows"] = hall.rows[page * PAGE : (page + 1) * PAGE]
    context["part"] = hall.parts[hall.number - 1] if hall.number else None
    return render_to_string("judging/hall_board.html", context)


@never_cache
@require_GET
def hall(request: Request, slug: str, stage_id: int) -> HttpResponse:
    """The scoreboard, 1920 × 1080; it follows what is announced by itself."""
    stage = _stage(request, slug, stage_id)
    screen = _screen(request, stage)
    context = {"stage": stage, "contest": stage.round.contest, "screen": screen, "state": _state(screen)}
    return render(request, "judging/hall.html", context)


@never_cache
@require_GET
def hall_data(request: Request, slug: str, stage_id: int) -> HttpResponse:
    """For the screen's script: what is shown now, or nothing new."""
    screen = _screen(request, _stage(request, slug, stage_id))
    state = _state(screen)
    return JsonResponse({"state": state} if request.GET.get("state") == state else {"state": state, "html": screen})


def _state(screen: str) -> str:
    return hashlib.sha256(screen.encode()).hexdigest()[:16]


# --- The table -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Table:
    """A live stage as one person works at it: as a judge of it, as its organizer, or both."""

    stage: Stage
    seat: Seat | None
    is_organizer: bool
    parts: tuple[live.Part, ...]
    teams: list[Candidate]

    def part(self, code: str) -> live.Part | None:
        """The part of this code."""
        return next((part for part in self.parts if part.criterion.code == code), None)

    def team(self, code: str) -> Candidate | None:
        """The team of this code."""
        return next((team for team in self.teams if team.entry.code == code), None)


def _table(request: SignedInRequest, slug: str, stage_id: int) -> Table:
    """404 for whoever neither judges nor organizes here; of a judge without what a conflict keeps from them."""
    contests = Contest.objects.filter(slug=slug)
    found = Stage.objects.select_related("round__contest").filter(is_live=True, round__contest__in=contests)
    stage = get_object_or_404(found, pk=stage_id)
    contest = stage.round.contest
    seat = (
        Seat.objects.serving()
        .filter(panel__stage=stage, user=request.user)
        .select_related("user")
        .order_by("panel", "pk")
        .first()
    )
    is_organizer = Contest.objects.run_by(request.user).filter(pk=contest.pk).exists()
    if seat is None and not is_organizer:
        raise Http404
    teams = Candidate.objects.filter(stage=stage) if is_organizer else Candidate.objects.open_to(request.user, contest)
    teams = teams.filter(stage=stage).select_related("entry__unit", "stage__round__contest")
    try:
        parts = live.parts_of(stage)
    except Refused:
        parts = ()
    return Table(stage, seat, is_organizer, parts, list(teams.order_by("order", "entry__code")))


def _chosen(request: SignedInRequest, table: Table, given: Any) -> tuple[Candidate | None, live.Part | None]:
    """The team and part that the address names, else those on the stage, else those whose turn is next."""
    team, part = table.team(given.get("team", "")), table.part(given.get("part", ""))
    if team and part:
        return team, part
    if on := live.on_stage(table.stage):
        ids = {team.pk: team for team in table.teams}
        return ids.get(on[0]), next((part for part in table.parts if part.criterion.pk == on[1]), None)
    ahead = live.upcoming(table.stage) if table.parts else None
    return (table.team(ahead[0].entry.code), ahead[1]) if ahead else (None, None)


@never_cache
@login_required
@require_GET
def table(request: SignedInRequest, slug: str, stage_id: int) -> HttpResponse:
    """Where judges mark one part at a time, and organizers lead the stage."""
    table = _table(request, slug, stage_id)
    if table.is_organizer and lacks_second_factor(request):
        return to_second_factor(request)
    team, part = _chosen(request, table, request.GET)
    context = {
        "table": table, "stage": table.stage, "contest": table.stage.round.contest, "team": team, "part": part,
        "draw": Draw.objects.filter(stage=table.stage).first(), "on": _on(table.stage), "section": "judging",
        "seats": live.seats_of(table.stage) if table.is_organizer else [],
    }  # fmt: skip
    if team and part and team.order is not None:
        context |= _turn(request, table, team, part)
    context |= {"grid": _grid(table), "is_over": bool(table.parts) and live.upcoming(table.stage) is None}
    return render(request, "judging/live.html", context)


def _turn(request: SignedInRequest, table: Table, team: Candidate, part: live.Part) -> dict[str, Any]:
    """The form for the judge's marks, or for those of a judge whom an organizer has chosen; and who has marked."""
    seats = {seat.pk: seat for seat in live.seats_of(table.stage)}
    seat = table.seat
    chosen = request.GET.get("judge", "")
    if table.is_organizer and chosen.isdecimal():
        seat = seats.get(int(chosen[:18]))
    reveal = Reveal.objects.filter(candidate=team, part=part.criterion).first()
    told: dict[str, Any] = {"reveal": reveal, "seat": seat}
    if table.is_organizer:
        sums = live.entered(team, part)
        given = dict(reveal.marks) if reveal else {}
        told["judges"] = [(seats[pk], total, pk in given) for pk, total in sums.items() if pk in seats]
    if seat is not None:
        sheet = Sheet.objects.filter(
            assignment__candidate=team, assignment__seat=seat, assignment__ended_at=None
        ).first()
        marks = dict(sheet.marks.values_list("criterion", "points")) if sheet else {}
        told |= {
            "revision": sheet.revision if sheet else 0,
            "lines": [(leaf, marks.get(leaf.pk)) for leaf in part.leaves],
            "is_closed": bool(reveal and (reveal.marks or reveal.score is not None)),
        }
    return told


def _grid(table: Table) -> list[tuple[Candidate, list[dict[str, Any]]]]:
    """Each team with each part: what was announced, how many judges have marked, and a judge's own marks."""
    reveals = {
        (reveal.candidate_id, reveal.part_id): reveal for reveal in Reveal.objects.filter(candidate__stage=table.stage)
    }
    marked = live.progress(table.stage, table.parts, None if table.is_organizer else table.seat)
    grid = []
    for team in table.teams:
        cells = []
        for part in table.parts:
            key = (team.pk, part.criterion.pk)
            count, points = marked.get(key, (0, None))
            cells.append({"part": part, "reveal": reveals.get(key), "count": count, "points": points})
        grid.append((team, cells))
    return grid


def _on(stage: Stage) -> str:
    on = live.on_stage(stage)
    return f"{on[0]}-{on[1]}" if on else ""


@never_cache
@login_required
@require_GET
def now(request: SignedInRequest, slug: str, stage_id: int) -> HttpResponse:
    """For a tablet's script: which team and part are on the stage."""
    return JsonResponse({"on": _on(_table(request, slug, stage_id).stage)})


def _back(table: Table, team: str = "", part: str = "") -> HttpResponse:
    address = reverse("live", args=[table.stage.round.contest.slug, table.stage.pk])
    return redirect(f"{address}?team={team}&part={part}" if team and part else address)


def points(text: str) -> Decimal | None:
    """Points as they are typed, with a comma or a point; None for nothing, and for what is no number."""
    try:
        return marking.typed(text)
    except ValueError:
        return None


@login_required
@require_POST
def save(request: SignedInRequest, slug: str, stage_id: int) -> HttpResponse:
    """A judge's marks of a team's part; an organizer enters them for a judge."""
    table = _table(request, slug, stage_id)
    team, part = table.team(request.POST.get("team", "")), table.part(request.POST.get("part", ""))
    judge, revision = request.POST.get("judge", ""), request.POST.get("revision", "")
    seat = next((seat for seat in live.seats_of(table.stage) if str(seat.pk) == judge), None)
    is_mine = seat is not None and table.seat is not None and seat.pk == table.seat.pk
    if team is None or part is None or seat is None or not (is_mine or table.is_organizer):
        raise Http404
    if table.is_organizer and lacks_second_factor(request):
        return to_second_factor(request)
    typed = {leaf.pk: points(request.POST.get(f"points-{leaf.pk}", "")) for leaf in part.leaves}
    try:
        number = int(revision) if revision.isdecimal() and len(revision) < 9 else -1
        live.enter(team, seat, part, typed, revision=number, by=request.user, now=request.now)
        messages.success(request, _("%(team)s: the marks are saved.") % {"team": live.name_of(team)})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(table, team.entry.code, part.criterion.code)


# --- Leading the stage -----------------------------------------------------------------------------------------------
@login_required
@require_POST
def act(request: SignedInRequest, slug: str, stage_id: int) -> HttpResponse:
    """What organizers do: draw, call, announce, take back, note who is absent."""
    table = _table(request, slug, stage_id)
    if not table.is_organizer:
        raise Http404
    if lacks_second_factor(request):
        return to_second_factor(request)
    wanted = ACTS.get(request.POST.get("act", ""))
    team, part = table.team(request.POST.get("team", "")), table.part(request.POST.get("part", ""))
    if wanted is None:
        raise Http404
    try:
        told = wanted(request, table, team, part)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told)
        if request.POST.get("act") in {"call", "next"} and team and part:
            return _back(table, team.entry.code, part.criterion.code)
    return _back(table)


Act = Callable[[SignedInRequest, Table, Candidate | None, live.Part | None], str]


def _both(team: Candidate | None, part: live.Part | None) -> tuple[Candidate, live.Part]:
    if team is None or part is None:
        raise Http404
    return team, part


def _draw(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    made = live.draw(table.stage, by=request.user, now=request.now, seed=request.POST.get("seed", "")[:100])
    return _("The running order is drawn with the seed %(seed)s.") % {"seed": made.seed}


def _call(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    team, part = _both(team, part)
    live.call(team, part, by=request.user, now=request.now)
    return _("The hall shows %(team)s.") % {"team": live.name_of(team)}


def _next(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    team, part = _both(team, part)
    live.announce(team, part, by=request.user, now=request.now)
    return _("Announced.")


def _all(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    team, part = _both(team, part)
    live.announce(team, part, whole=True, by=request.user, now=request.now)
    return _("Announced.")


def _take_back(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    team, part = _both(team, part)
    live.take_back(team, part, reason=request.POST.get("reason", "")[:300], by=request.user, now=request.now)
    return _("The hall does not show these marks any more.")


def _absent(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    if team is None:
        raise Http404
    is_absent = request.POST.get("act") == "absent"
    live.set_absent(team, is_absent, by=request.user, now=request.now)
    return _("Noted.")


def _seat(request: SignedInRequest, table: Table, team: Candidate | None, part: live.Part | None) -> str:
    count = live.seat_everyone(table.stage, by=request.user, now=request.now)
    return _("New assignments: %(count)s.") % {"count": count}


ACTS: dict[str, Act] = {
    "draw": _draw, "call": _call, "next": _next, "all": _all, "back": _take_back, "absent": _absent,
    "present": _absent, "seat": _seat,
}  # fmt: skip
