"""The files of an entry: they arrive piece by piece, are looked at by the clock, and are handed on to those who may.

Pieces are objects of the store like all else, so that it works the same on a disk and in a bucket. A file counts only
once it was found good and what is kept of it is there, with the size and the hash that it must have.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.base import File as Stored
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from contest.entries import allowing
from contest.entries.models import Call, Entry, File, FileText
from contest.foundations import uploads
from contest.foundations.refusing import Refused
from contest.foundations.secrets import random_token

PIECE = 512 * 1024  # bytes of a piece at most
MEGABYTE = 1_000_000  # as people are told; a file may be as large as the larger of the two megabytes
MOST_EVER = 200  # files that one entry ever had, those that were taken away again too
MOST_TRIES = 3
LOOK_LASTS = timedelta(minutes=3)  # longer than any look: then another one may begin
WAIT = timedelta(minutes=1)  # while the antivirus or the store is away
FORGOTTEN = timedelta(days=14)  # pieces of a file that never arrived whole are kept so long
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
log = logging.getLogger(__name__)

Slot, State = File.Slot, File.State


# --- Sending ---------------------------------------------------------------------------------------------------------
def slot_of(name: str) -> str:
    """For what a file with this name is sent; refuses names of files that are not taken."""
    ending = uploads.ending_of(uploads.clean_name(name))
    if ending in uploads.DOCUMENTS:
        return Slot.DOCUMENT
    if ending in uploads.PICTURES:
        return Slot.IMAGE
    codes = {
        **dict.fromkeys((".doc", ".xls", ".ppt", ".rtf"), "old_office"),
        **dict.fromkeys((".docm", ".xlsm", ".pptm", ".dotm", ".xlsb"), "macros"),
        **dict.fromkeys((".heic", ".heif", ".avif"), "phone_picture"),
        **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".mp3", ".m4a", ".wmv", ".3gp"), "video"),
        **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), "archive"),
    }
    code = codes.get(ending, "unknown")
    raise Refused(_(uploads.SENTENCES[code]), code=code)


def begin(
    entry: Entry, user: User, *, slot: str, name: str, size: int, now: datetime, modified: int | None = None
) -> File:
    """A file of so many bytes is about to come; one that was begun before and is sent again is the one from before."""
    name = uploads.clean_name(name)
    if slot_of(name) != slot:
        raise Refused(_("Documents and pictures are sent each to their own place."), code="slot")
    if size <= 0:
        raise Refused(_(uploads.SENTENCES["empty"]), code="empty")
    with transaction.atomic():
        found = Entry.objects.select_for_update(of=("self",)).select_related("round__call").get(pk=entry.pk)
        _refuse_closed(found, user, now)
        coming = found.files.counting().filter(state=State.COMING, uploaded_by=user, name=name, size=size, slot=slot)
        known = coming.filter(modified=modified).first() if modified is not None else None
        if known:
            return known
        _refuse_too_much(found, found.round.call, slot, size)
        return File.objects.create(
            entry=found, slot=slot, name=name, size=size, modified=modified, uploaded_by=user, begun_at=now
        )


def _refuse_closed(entry: Entry, user: User, now: datetime) -> None:
    if not allowing.may_edit(entry, user, now=now):
        raise Refused(_("The entry can't be changed now, so its files stay as they are."), code="closed")


def allowed(call: Call, slot: str) -> tuple[int, int]:
    """How many files of the slot an entry has at most, and how many megabytes each."""
    if slot == Slot.DOCUMENT:
        return call.most_documents, call.document_mb
    return call.most_images, call.image_mb


def _refuse_too_much(entry: Entry, call: Call, slot: str, size: int) -> None:
    most, megabytes = allowed(call, slot)
    if size > megabytes * 1024 * 1024:
        sentence = _("The file has %(size)s MB, and at most %(most)s MB are taken: make it smaller and send that.")
        shown = max(megabytes + 1, -(-size // MEGABYTE))
        raise Refused(sentence % {"size": shown, "most": megabytes}, code="too_large")
    if entry.files.counting().filter(slot=slot).count() >= most:
        sentence = (
            ngettext("There is %(most)s document already", "There are %(most)s documents already", most)
            if slot == Slot.DOCUMENT
            else ngettext("There is %(most)s picture already", "There are %(most)s pictures already", most)
        )
        more = _("%(there)s, more are not taken: take one away first.")
        raise Refused(more % {"there": sentence % {"most": most}}, code="too_many")
    if entry.files.count() >= MOST_EVER:
        raise Refused(_("Too many files were sent to this entry and taken away again: turn to the organizers."))


def take(file: File, piece: bytes, *, offset: int, now: datetime) -> File:
    """The piece that begins at this byte is kept; one that came before is the same piece once more and changes nothing.

    A piece that begins behind what has arrived is refused: `received` of the file tells from where to go on.
    """
    if len(piece) > PIECE:
        raise Refused(_("The piece is too large."), code="piece")
    with transaction.atomic():
        found = _locked(file)
        if found.removed_at or found.state != State.COMING or offset + len(piece) <= found.received:
            return found
        entry = Entry.objects.select_related("round__call").get(pk=found.entry_id)
        _refuse_closed(entry, found.uploaded_by, now)
        if offset > found.received or offset + len(piece) > found.size:
            raise Refused(_("This piece does not join on to what has arrived."), code="gap")
        _keep(piece_name(found, found.received), piece[found.received - offset :])
        found.received = offset + len(piece)
        if found.received == found.size:
            found.state, found.arrived_at = State.ARRIVED, now
        found.save(update_fields=["received", "state", "arrived_at"])
    return found


def take_whole(entry: Entry, user: User, uploaded: UploadedFile[Any], *, now: datetime) -> File:
    """The file came in one, by a form without script."""
    name, size = uploaded.name or "", uploaded.size or 0
    with transaction.atomic():
        file = begin(entry, user, slot=slot_of(name), name=name, size=size, now=now)
        offset = 0
        for piece in uploaded.chunks(PIECE):
            file = take(file, piece, offset=offset, now=now)
            offset += len(piece)
    return file


def remove(file: File, user: User, *, now: datetime) -> None:
    """The file is no longer among those of its entry; what was handed in before keeps it."""
    with transaction.atomic():  # the entry first: whoever decides about it has done so, or sees what is gone
        entries = Entry.objects.select_for_update(of=("self",)).select_related("round__call")
        _refuse_closed(entries.get(pk=file.entry_id), user, now)
        found = _locked(file)
        if found.removed_at is None:
            found.removed_at = now
            found.save(update_fields=["removed_at"])


def _locked(file: File) -> File:
    return File.objects.select_for_update(of=("self",)).select_related("uploaded_by").get(pk=file.pk)


# --- The store -------------------------------------------------------------------------------------------------------
def piece_name(file: File, offset: int) -> str:
    """Where the piece that begins at this byte is kept until all have arrived."""
    return f"entries/pieces/{file.pk}/{offset}"


def page_name(file: File, number: int) -> str:
    """Where the picture of a page is kept."""
    return f"entries/previews/{file.pk}/{number}.webp"


def _keep(name: str, content: bytes) -> None:
    """The store has this under exactly this name; what a broken attempt has left there is gone."""
    if default_storage.exists(name):
        default_storage.delete(name)
    kept = default_storage.save(name, ContentFile(content))
    if kept != name:
        raise OSError(f"{name} was kept as {kept}")


def pieces(file: File) -> Iterator[str]:
    """The names of what has arrived, in order."""
    offset = 0
    while offset < file.received:
        name = piece_name(file, offset)
        yield name
        size = default_storage.size(name)
        if not size:
            raise FileNotFoundError(name)
        offset += size


def _assemble(file: File, path: Path) -> None:
    """The pieces lie one behind the other at `path`; FileNotFoundError when one is gone or they are too few or many."""
    with path.open("wb") as whole:
        for name in pieces(file):
            with default_storage.open(name) as piece:
                whole.write(piece.read())
    if path.stat().st_size != file.size:
        raise FileNotFoundError(f"{file.pk}: {path.stat().st_size} of {file.size} bytes")


def _forget_pieces(file: File) -> None:
    try:
        for name in list(pieces(file)):
            default_storage.delete(name)
    except FileNotFoundError:  # the others were forgotten before
        log.info("pieces of file %s are gone already", file.pk)


def is_stored(file: File) -> bool:
    """Whether what is kept of a good file is really there, as large as it was."""
    name = file.stored.name or ""
    try:
        return default_storage.size(name) == file.stored_size
    except OSError:
        return False
    except Exception as error:  # a bucket says it in its own words
        log.warning("file %s can't be found: %s", file.pk, error)
        return False


# --- Looking ---------------------------------------------------------------------------------------------------------
def examine_due(now: datetime, *, limit: int = 10) -> int:
    """Files that have arrived are looked at, the first to arrive first; returns how many were decided about.

    Each look is claimed by a row, so that several workers share the work, and a worker that dies costs one try.
    """
    decided = 0
    for _turn in range(limit):
        file = _claim(now)
        if file is None:
            break
        decided += _look(file, now)
    return decided


def _claim(now: datetime) -> File | None:
    with transaction.atomic():
        file = File.objects.to_examine(now).select_for_update(skip_locked=True, of=("self",)).first()
        if file:
            file.tries += 1
            file.next_look_at = now + LOOK_LASTS
            file.save(update_fields=["tries", "next_look_at"])
        return file


def _look(file: File, now: datetime) -> bool:
    if file.tries > MOST_TRIES:
        return _decide(file, uploads.Looked("too_hard", {}))
    with tempfile.TemporaryDirectory(prefix="look-") as folder:
        work = Path(folder)
        path = work / "whole"
        try:
            _assemble(file, path)
            looked = uploads.examine(path, name=file.name, work=work)
            return _decide(file, looked, path, work)
        except FileNotFoundError as error:
            log.error("file %s is not whole: %s", file.pk, error)
            return _decide(file, uploads.Looked("not_whole", {}))
        except uploads.Failed as failure:
            log.warning("the look at file %s broke off: %s", file.pk, failure)
            if file.tries >= MOST_TRIES:
                return _decide(file, uploads.Looked("too_hard", {}))
            File.objects.filter(pk=file.pk).update(next_look_at=now)
        except Exception as error:  # the antivirus or the store is away: no fault of the file's, which waits
            log.error("file %s waits: %s", file.pk, error)
            File.objects.filter(pk=file.pk).update(tries=file.tries - 1, next_look_at=now + WAIT)
    return False


def _decide(file: File, looked: uploads.Looked, path: Path | None = None, work: Path | None = None) -> bool:
    """The file is good or refused, unless somebody took it away meanwhile or decided before."""
    fields: dict[str, Any] = {"state": State.REFUSED, "refusal": looked.refusal, "refusal_values": looked.values or {}}
    if path and work and not looked.code:
        fields = {"state": State.GOOD, **_store(file, looked, path, work)}
    with transaction.atomic():
        done = File.objects.filter(pk=file.pk, state=State.ARRIVED).update(**fields, next_look_at=None)
        if done and looked.text:
            FileText.objects.update_or_create(file_id=file.pk, defaults={"text": looked.text})
    if done:
        _forget_pieces(file)
    return bool(done)


def _store(file: File, looked: uploads.Looked, path: Path, work: Path) -> dict[str, Any]:
    """What is kept of a good file is in the store, and was read there again."""
    for number in range(1, looked.pages + 1):
        _keep(page_name(file, number), (work / f"page-{number}.webp").read_bytes())
    ending = uploads.ENDINGS[looked.content_type]
    anew, blind = work / "stored", work / "blind"
    stored = _store_one(anew if anew.exists() else path, ending)
    return {
        "content_type": looked.content_type,
        "sha256": looked.sha256,
        "stored": stored,
        "stored_size": default_storage.size(stored),
        "blind": _store_one(blind, ending) if blind.exists() else stored,  # a picture drawn anew says nothing any more
        "pages": looked.pages,
    }


def _store_one(path: Path, ending: str) -> str:
    with path.open("rb") as file:
        name: str = default_storage.save(f"entries/{random_token()}{ending}", Stored(file))
    with path.open("rb") as sent, default_storage.open(name) as kept:
        if hashlib.file_digest(sent, "sha256").digest() != hashlib.sha256(kept.read()).digest():
            raise OSError(f"{name} is not what was stored")
    return name


def tidy(now: datetime, *, limit: int = 100) -> int:
    """Files that never arrived whole are refused, and pieces of those and of files taken away are forgotten."""
    old = File.objects.filter(state=State.COMING, begun_at__lt=now - FORGOTTEN).order_by("pk")[:limit]
    for file in old:
        changed = {"state": State.REFUSED, "refusal": uploads.SENTENCES["not_whole"]}
        if File.objects.filter(pk=file.pk, state=State.COMING).update(**changed):
            _forget_pieces(file)
    return len(old)


# --- What counts -----------------------------------------------------------------------------------------------------
def problems(entry: Entry) -> list[str]:
    """Why the files of the entry can't be handed in as they are; each a sentence that names the file."""
    found = []
    for file in entry.files.standing():
        if why := problem(file):
            found.append(_("“%(name)s”: %(why)s") % {"name": file.name, "why": why})
    return found


def problem(file: File) -> str:
    """What is wrong with one file; empty for a good one that is there."""
    if file.state == State.COMING:
        return _("It has not arrived whole: choose it once more, and the rest is sent, or take it away.")
    if file.state == State.ARRIVED:
        return _("It is being examined; that takes a few seconds.")
    if file.state == State.REFUSED:
        return file.refusal_sentence()
    return "" if is_stored(file) else _("It is no longer in the store: take it away here and send it again.")


@dataclass(frozen=True)
class Shelf:
    """The files of an entry as its page shows them, and what may still be put to them."""

    entry: Entry
    files: list[File]
    may_edit: bool
    most_documents: int
    document_mb: int
    most_images: int
    image_mb: int


def shelf(entry: Entry, user: User, *, now: datetime) -> Shelf:
    """What somebody who may see the entry sees of its files."""
    call = entry.round.call
    files = list(entry.files.standing().order_by("begun_at", "pk"))
    return Shelf(
        entry, files, allowing.may_edit(entry, user, now=now), call.most_documents, call.document_mb, call.most_images,
        call.image_mb,
    )  # fmt: skip


# --- Handing on ------------------------------------------------------------------------------------------------------
def shown_name(file: File, *, blind: bool = False) -> str:
    """Under which name it is saved: its own, with the ending of what it is; blind, the entry's code and a number."""
    ending = uploads.ENDINGS.get(file.content_type, "")
    if not blind:
        stem = file.name.rpartition(".")[0] or file.name
        is_right = uploads.ending_of(file.name).replace(".jpeg", ".jpg") == ending
        return file.name if is_right else f"{stem}{ending}"
    before = File.objects.filter(entry=file.entry_id, begun_at__lte=file.begun_at)
    number = before.exclude(begun_at=file.begun_at, pk__gt=file.pk).count()
    return f"{file.entry.code}-{number}{ending}"


def serve(file: File, *, blind: bool = False) -> FileResponse:
    """The file to be saved, never to be opened within our pages. Callers have decided who may see it."""
    name = (file.blind if blind else file.stored).name
    if file.state != State.GOOD or not name:
        raise Http404
    response = _response(name, file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, shown_name(file, blind=blind)) or "attachment"
    return response


def serve_page(file: File, number: int) -> FileResponse:
    """The picture of one page, counted from 1. Callers have decided who may see it."""
    if file.state != State.GOOD or not 1 <= number <= file.pages:
        raise Http404
    return _response(page_name(file, number), "image/webp")


def _response(name: str, content_type: str) -> FileResponse:
    try:
        stored = default_storage.open(name)
    except OSError:  # a restored database may be ahead of its files
        raise Http404 from None
    response = FileResponse(stored, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response
