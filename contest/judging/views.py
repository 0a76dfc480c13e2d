"""The judge's doors: their list, the sheet with its entry, the entry's files, and the chair's page.

All reach entries through `Assignment.objects.reached_by`, where conflicts of interest are joined in; what it does not
reach is not there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import lacks_second_factor, to_second_factor
from accounts.requests import SignedInRequest
from contest.entries import filing
from contest.entries.models import File
from contest.foundations.refusing import Refused
from contest.judging import assigning, concluding, conflicts, marking, reading
from contest.judging.marking import Given, Incomplete
from contest.judging.models import Assignment, Seat, Stage
from contest.judging.rubrics import Rubrics
from contest.rounds.models import Contest


# --- The list --------------------------------------------------------------------------------------------------------
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def mine(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the judge marks; a POST takes the next entry where they are taken one by one."""
    contest = get_object_or_404(Contest, slug=slug)
    piles = reading.piles(contest, request.user, now=request.now)
    if not piles:
        raise Http404
    if request.method == "POST":
        pile = next((one for one in piles if str(one.stage.pk) == request.POST.get("stage", "")), None)
        if pile is None or not pile.takes_next:
            raise Http404
        taken = assigning.next_one(pile.stage, request.user, now=request.now)
        if taken is not None:
            return redirect("sheet", taken.pk)
        messages.info(request, _("There is no entry left for you at this stage."))
        return redirect("judging", slug)
    return render(request, "judging/mine.html", {"contest": contest, "piles": piles, "section": "judging"})


# --- The sheet -------------------------------------------------------------------------------------------------------
def _reached(request: SignedInRequest, assignment_id: int) -> Assignment:
    """The judge's own assignment; 404 when it is none, or a conflict keeps them from it."""
    rows = Assignment.objects.select_related(
        "candidate__stage__round__contest", "candidate__entry__kind", "candidate__entry__category",
        "candidate__entry__round__call", "seat__user", "sheet",
    ).filter(candidate__stage__is_live=False)  # fmt: skip
    found = get_object_or_404(rows, pk=assignment_id)
    contest = found.candidate.stage.round.contest
    if not Assignment.objects.reached_by(request.user, contest, request.now).filter(pk=found.pk).exists():
        raise Http404
    return found


@never_cache
@login_required
@require_GET
def sheet(request: SignedInRequest, assignment_id: int) -> HttpResponse:
    """The entry at the left and its sheet at the right."""
    return _page(request, _reached(request, assignment_id))


def _page(
    request: SignedInRequest, assignment: Assignment, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    faults, stage = refusal.lines if isinstance(refusal, Incomplete) else {}, assignment.candidate.stage
    try:
        found = reading.screen(assignment, faults=faults, now=request.now)
    except Refused as unready:  # the stage has no rubric for it
        messages.error(request, str(unready))
        return redirect("judging", stage.round.contest.slug)
    kept = reading.sheet_of(assignment)
    typed = refusal is not None and refusal.code != "stale"
    lines = [
        (line, request.POST.get(f"points-{line.criterion.pk}") if typed else None,
         request.POST.get(f"comment-{line.criterion.pk}", "") if typed else line.comment)
        for line in found.lines
    ]  # fmt: skip
    context = {
        "screen": found, "lines": lines, "assignment": assignment, "stage": stage, "contest": stage.round.contest,
        "entry": assignment.candidate.entry, "sheet": kept, "refusal": refusal, "section": "judging",
        "comment": request.POST.get("comment", "") if typed else (kept.comment if kept else ""),
        "may_mark": stage.is_open(request.now) and not (kept and kept.is_locked),
        "opened": int(request.now.timestamp()),
    }  # fmt: skip
    return render(request, "judging/sheet.html", context, status=status)


def _typed(request: SignedInRequest, assignment: Assignment) -> dict[str, Any]:
    """What the form says; refused where points are no number."""
    marks, wrong = {}, {}
    for leaf in Rubrics(assignment.candidate.stage).of_candidate(assignment.candidate).leaves:
        if f"points-{leaf.pk}" not in request.POST:
            continue
        try:
            points = marking.typed(request.POST[f"points-{leaf.pk}"])
            marks[leaf.code] = Given(points, request.POST.get(f"comment-{leaf.pk}", ""))
        except ValueError:
            wrong[leaf.code] = _("These points are no number.")
    if wrong:
        raise Incomplete(wrong)
    revision, opened = request.POST.get("revision", ""), request.POST.get("opened", "")
    return {
        "marks": marks, "comment": request.POST.get("comment", ""), "now": request.now,
        "revision": int(revision) if _is_number(revision) else -1,
        "opened_at": datetime.fromtimestamp(int(opened), UTC) if _is_number(opened) else None,
    }  # fmt: skip


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 11


@never_cache
@login_required
@require_POST
def sheet_save(request: SignedInRequest, assignment_id: int) -> HttpResponse:
    """The draft is kept: for the page's script in JSON, for the plain form by the page."""
    assignment = _reached(request, assignment_id)
    is_script = request.headers.get("Accept", "").startswith("application/json")
    try:
        saved = marking.save(assignment.pk, request.user, **_typed(request, assignment))
    except Assignment.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        if is_script:
            lines = refusal.lines if isinstance(refusal, Incomplete) else {}
            return JsonResponse({"error": str(refusal), "code": refusal.code, "lines": lines}, status=409)
        return _page(request, assignment, refusal=refusal, status=409)
    if is_script:
        return JsonResponse({"revision": saved.revision})
    messages.success(request, _("The draft is saved."))
    return redirect("sheet", assignment.pk)


@login_required
@require_POST
def sheet_lock(request: SignedInRequest, assignment_id: int) -> HttpResponse:
    """The sheet is sealed, and the next entry is there."""
    assignment = _reached(request, assignment_id)
    try:
        marking.lock(assignment.pk, request.user, **_typed(request, assignment))
    except Assignment.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        return _page(request, assignment, refusal=refusal, status=409)
    stage = assignment.candidate.stage
    messages.success(request, _("The sheet for %(code)s is locked.") % {"code": assignment.candidate.entry.code})
    if stage.shows_others:
        return redirect("sheet", assignment.pk)
    following = reading.own(stage.round.contest, request.user, now=request.now).filter(candidate__stage=stage)
    row = following.exclude(sheet__locked_at__isnull=False).first()
    return redirect("sheet", row.pk) if row else redirect("judging", stage.round.contest.slug)


@login_required
@require_POST
def sheet_conflict(request: SignedInRequest, assignment_id: int) -> HttpResponse:
    """The judge declares a conflict of interest: the entry goes back, to be assigned to somebody else."""
    assignment = _reached(request, assignment_id)
    entry = assignment.candidate.entry
    try:
        conflicts.declare(entry, request.user, reason=request.POST.get("reason", ""), by=request.user, now=request.now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("sheet", assignment.pk)
    messages.success(request, _("%(code)s has gone back: you do not judge it.") % {"code": entry.code})
    return redirect("judging", entry.round.contest.slug)


def _file(assignment: Assignment, file_id: int) -> File:
    file = get_object_or_404(assignment.candidate.entry.files.good(), pk=file_id)
    file.entry = assignment.candidate.entry
    return file


@never_cache
@login_required
@require_GET
def judged_file(request: SignedInRequest, assignment_id: int, file_id: int) -> HttpResponseBase:
    """A file of the entry; of a blind stage the copy that says nothing about who made it."""
    assignment = _reached(request, assignment_id)
    return filing.serve(_file(assignment, file_id), blind=assignment.candidate.stage.is_blind)


@login_required
@require_GET
def judged_page(request: SignedInRequest, assignment_id: int, file_id: int, number: int) -> HttpResponseBase:
    """The picture of one page of a file."""
    return filing.serve_page(_file(_reached(request, assignment_id), file_id), number)


# --- The chair -------------------------------------------------------------------------------------------------------
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def chair(request: SignedInRequest, slug: str, stage_id: int) -> HttpResponse:
    """What the chair decides: judges who lie apart, and entries that share a place."""
    rows = Stage.objects.select_related("round__contest").filter(round__contest__slug=slug)
    stage = get_object_or_404(rows, pk=stage_id)
    if not concluding.leads(stage, request.user):
        raise Http404
    is_judge = Seat.objects.serving().filter(panel__stage=stage, user=request.user).exists()
    if not is_judge and lacks_second_factor(request):
        return to_second_factor(request)
    if request.method == "POST":
        return _act(request, stage)
    asked = reading.questions(stage, request.user)
    context = {
        "stage": stage, "contest": stage.round.contest, "apart": asked.apart, "ties": asked.ties, "more": asked.more,
        "edge": asked.edge, "is_judge": is_judge, "section": "judging",
    }  # fmt: skip
    return render(request, "judging/chair.html", context)


def _act(request: SignedInRequest, stage: Stage) -> HttpResponse:
    act, number = request.POST.get("act", ""), request.POST.get("row", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Http404
    reason = request.POST.get("reason", "")
    given: Any = {"by": request.user, "now": request.now}
    open_to = concluding.led_by(stage, request.user)
    try:
        if act == "reopen":
            rows = Assignment.objects.standing().select_related("candidate__stage__round__contest")
            assignment = get_object_or_404(rows.filter(candidate__in=open_to, sheet__isnull=False), pk=number)
            concluding.reopen(assignment, reason=reason, **given)
        else:
            candidate = get_object_or_404(open_to.select_related("stage__round__contest"), pk=number)
            if act == "add":
                concluding.add_judge(candidate, **given)
            elif act == "stand":
                concluding.decide(candidate, reason=reason, **given)
            elif act == "first":
                concluding.break_tie(candidate, reason=reason, **given)
            else:
                raise Http404
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        concluding.conclude(stage, now=request.now)
        messages.success(request, _("Done."))
    return redirect("chair", stage.round.contest.slug, stage.pk)
