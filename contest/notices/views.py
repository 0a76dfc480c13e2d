"""What a person was told: the list, and the way on to where a notice leads."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import SignedInRequest, is_ours
from contest.notices import telling
from contest.notices.models import Notice

PAGE = 20


@never_cache
@login_required
@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """The person's notices, the newest first, a page from a place on."""
    found = Notice.objects.of(request.user)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found[: PAGE + 1])
    context = {
        "notices": rows[:PAGE],
        "further": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "unread": Notice.objects.of(request.user).unread().count(),
        "section": "notices",
    }
    return render(request, "notices/notices.html", context)


@login_required
@require_POST
def open_notice(request: SignedInRequest, notice_id: int) -> HttpResponse:
    """The notice is read, and the person is where it leads."""
    found = get_object_or_404(Notice.objects.of(request.user), pk=notice_id)
    telling.read(request.user, notice=found.pk, now=request.now)
    return redirect(found.path if is_ours(found.path) else "notices")


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """All notices of the person are read."""
    telling.read(request.user, now=request.now)
    return redirect("notices")
