"""The door to the files of an entry: sent in pieces by the page's script or whole by a plain form, saved, shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import lacks_second_factor, to_second_factor
from accounts.requests import SignedInRequest
from contest.entries import allowing, filing
from contest.entries.models import Entry, File
from contest.foundations.refusing import Refused

View = Callable[..., HttpResponseBase]


def seen(view: View) -> View:
    """The view gets the entry, for those who may see it; whoever sees it by an office needs the second factor."""

    @login_required
    @wraps(view)
    def guarded(request: SignedInRequest, entry_id: int, **kwargs: Any) -> HttpResponseBase:
        rows = Entry.objects.visible_to(request.user).select_related("round__call", "round__contest")
        entry = get_object_or_404(rows, pk=entry_id)
        is_own = Entry.objects.by(request.user).filter(pk=entry_id).exists()
        if not is_own and lacks_second_factor(request):
            return to_second_factor(request)
        return view(request, entry, **kwargs)

    return guarded


def written(view: View) -> View:
    """The same for those who write the entry; to all others it is not there."""

    @seen
    @wraps(view)
    def guarded(request: SignedInRequest, entry: Entry, **kwargs: Any) -> HttpResponseBase:
        if not allowing.may_write(entry, request.user):
            raise Http404
        return view(request, entry, **kwargs)

    return guarded


def file_of(entry: Entry, file_id: int) -> File:
    """A file of the entry that was not taken away."""
    file = get_object_or_404(entry.files.standing(), pk=file_id)
    file.entry = entry
    return file


def problem(refusal: Refused | str, status: int = 409, **more: Any) -> JsonResponse:
    """A refusal for the page's script."""
    return JsonResponse({"error": str(refusal), "code": getattr(refusal, "code", ""), **more}, status=status)


def told(request: SignedInRequest, file: File) -> JsonResponse:
    """Where the file stands, with its row of the list."""
    may_edit = allowing.may_edit(file.entry, request.user, now=request.now)
    row = render_to_string("entries/file_row.html", {"file": file, "may_edit": may_edit}, request)
    return JsonResponse({"id": file.pk, "received": file.received, "size": file.size, "state": file.state, "row": row})


def page(request: SignedInRequest, entry: Entry, error: str = "") -> HttpResponse:
    """The files on a page of their own."""
    shelf = filing.shelf(entry, request.user, now=request.now)
    context = {"entry": entry, "contest": entry.round.contest, "shelf": shelf, "file_error": error}
    return render(request, "entries/files_page.html", context, status=409 if error else 200)


# --- Sending ---------------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
def files(request: SignedInRequest, entry_id: int) -> HttpResponseBase:
    """The files; a POST begins one that is sent in pieces, or takes one in that came whole by the form."""
    return _begin(request, entry_id=entry_id) if request.method == "POST" else _files(request, entry_id=entry_id)


@seen
def _files(request: SignedInRequest, entry: Entry) -> HttpResponse:
    return page(request, entry)


@written
def _begin(request: SignedInRequest, entry: Entry) -> HttpResponse:
    if request.content_type != "application/json":
        return _take_whole(request, entry)
    asked = _announced(request)
    if asked is None:
        return problem(_("The announcement of the file can't be read."), 400)
    try:
        slot = filing.slot_of(asked["name"])
        file = filing.begin(entry, request.user, slot=slot, now=request.now, **asked)
    except Refused as refusal:
        return problem(refusal)
    file.entry = entry
    return told(request, file)


def _announced(request: SignedInRequest) -> dict[str, Any] | None:
    """Name, size and moment of change of a file that is to come; None for what is no announcement."""
    try:
        asked = json.loads(request.body)
        name, size, modified = asked["name"], asked["size"], asked.get("modified")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    numbers = [size] if modified is None else [size, modified]
    if not isinstance(name, str) or len(name) > 1000 or any(type(one) is not int for one in numbers):
        return None
    return {"name": name, "size": size, "modified": modified} if all(0 <= one < 2**53 for one in numbers) else None


def _take_whole(request: SignedInRequest, entry: Entry) -> HttpResponse:
    uploaded = request.FILES.get("file")
    if not isinstance(uploaded, UploadedFile):
        return page(request, entry, _("Choose a file."))
    try:
        filing.take_whole(entry, request.user, uploaded, now=request.now)
    except Refused as refusal:
        return page(request, entry, str(refusal))
    return redirect("entry_files", entry.pk)


@never_cache
@require_http_methods(["PUT"])
@written
def piece(request: SignedInRequest, entry: Entry, file_id: int) -> HttpResponse:
    """The next piece of a file; the answer tells how much has arrived, and so from where to go on."""
    file = file_of(entry, file_id)
    offset = request.GET.get("offset", "")
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 16):
        return problem(_("The piece does not say where it belongs."), 400, received=file.received)
    if int(request.META.get("CONTENT_LENGTH") or 0) > filing.PIECE:
        return problem(_("The piece is too large."), 413, received=file.received)
    try:
        file = filing.take(file, request.body, offset=int(offset), now=request.now)
    except Refused as refusal:
        return problem(refusal, received=file.received)
    if file.state == File.State.COMING:  # on the way, the numbers will do
        return JsonResponse({"id": file.pk, "received": file.received, "size": file.size, "state": file.state})
    file.entry = entry
    return told(request, file)


@never_cache
@require_GET
@seen
def state(request: SignedInRequest, entry: Entry, file_id: int) -> HttpResponse:
    """Where a file stands: how much has arrived, whether it is being examined, good or refused."""
    return told(request, file_of(entry, file_id))


@require_POST
@written
def remove(request: SignedInRequest, entry: Entry, file_id: int) -> HttpResponse:
    """A file is taken away."""
    try:
        filing.remove(file_of(entry, file_id), request.user, now=request.now)
    except Refused as refusal:
        return page(request, entry, str(refusal))
    return redirect("entry_files", entry.pk)


# --- Handing on ------------------------------------------------------------------------------------------------------
@never_cache
@require_GET
@seen
def download(request: SignedInRequest, entry: Entry, file_id: int) -> HttpResponseBase:
    """The file itself, to be saved under its name."""
    return filing.serve(file_of(entry, file_id))


@require_GET
@seen
def page_image(request: SignedInRequest, entry: Entry, file_id: int, number: int) -> HttpResponseBase:
    """The picture of one page of a file."""
    return filing.serve_page(file_of(entry, file_id), number)


@never_cache
@require_GET
@seen
def preview(request: SignedInRequest, entry: Entry, file_id: int) -> HttpResponse:
    """The pages of a file one below the other."""
    file = file_of(entry, file_id)
    return render(request, "entries/file_preview.html", {"entry": entry, "contest": entry.round.contest, "file": file})
