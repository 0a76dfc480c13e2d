"""The doors to what is published: results, the works that may be read, and what judges said to an entry's people."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.requests import Request, SignedInRequest
from contest.entries import filing
from contest.results import showing
from contest.rounds.models import Contest, Round


def _round(request: Request, slug: str, order: int) -> Round:
    contests = Contest.objects.visible_to(request.user)
    return get_object_or_404(
        Round.objects.select_related("contest"), contest__in=contests, contest__slug=slug, order=order
    )


@require_GET
def results(request: Request, slug: str) -> HttpResponse:
    """What has been published in a contest."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    context = {"contest": contest, "snapshots": showing.published(contest), "section": "results"}
    return render(request, "results/results.html", context)


@require_GET
def result_round(request: Request, slug: str, order: int) -> HttpResponse:
    """The published result of a round: of its last stage, or of the one that is asked for."""
    round = _round(request, slug, order)
    snapshots = showing.of_round(round)
    asked = request.GET.get("stage", "")
    shown = next((one for one in snapshots if one.stage and str(one.stage.order) == asked), None)
    shown = shown or (snapshots[0] if snapshots and not asked else None)
    if asked and shown is None:
        raise Http404
    page = showing.page_of(shown, request.GET.get("page")) if shown else None
    context = {
        "contest": round.contest, "round": round, "snapshots": snapshots, "snapshot": shown, "page": page,
        "groups": showing.groups(page or []), "halls": showing.halls(round), "section": "results",
        "own": showing.own(shown, request.user) if shown else [],
    }  # fmt: skip
    return render(request, "results/round.html", context)


@require_GET
def works(request: Request, slug: str, order: int) -> HttpResponse:
    """The entries of a round that everyone may read, after its result."""
    round = _round(request, slug, order)
    snapshots = showing.of_round(round)
    page = showing.showcase(snapshots, request.GET.get("page"))
    context = {"contest": round.contest, "round": round, "page": page, "section": "results"}
    return render(request, "results/works.html", context)


@require_GET
def work(request: Request, slug: str, order: int, code: str) -> HttpResponse:
    """One of them."""
    round = _round(request, slug, order)
    found = showing.work(round, code)
    if found is None:
        raise Http404
    context = {"contest": round.contest, "round": round, "work": found, "line": found.line, "section": "results"}
    return render(request, "results/work.html", context)


@require_GET
def work_page(request: Request, slug: str, order: int, code: str, file_id: int, number: int) -> FileResponse:
    """A page of one of its files, as a picture."""
    file = showing.file_of(_round(request, slug, order), code, file_id)
    if file is None or number not in file.page_numbers():
        raise Http404
    response = filing.serve_page(file, number)
    response["Cache-Control"] = "private, max-age=600"  # published: it is the same for everyone
    return response


@never_cache
@login_required
@require_GET
def feedback(request: SignedInRequest, entry_id: int) -> HttpResponse:
    """What the judges gave an entry and wrote about it, for its people, once it is published."""
    lines = showing.feedback(entry_id, request.user)
    if not lines:
        raise Http404
    contest = lines[0].snapshot.round.contest
    return render(request, "results/feedback.html", {"contest": contest, "lines": lines, "section": "mine"})
