"""An entry as the secretariat reads it: all that it says, who made it, its files, what happened, what keeps it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import Unit
from contest.entries import allowing, intake, reading, writing
from contest.entries.models import Author, Entry, File, Likeness


def of(entry: Entry, *, now: datetime) -> dict[str, Any]:
    """All that the entry's page shows, however many authors, files and steps there are."""
    authors = list(Author.objects.filter(entry=entry).order_by("order", "pk"))
    units = Unit.objects.in_bulk({pk for author in authors for pk in author.unit_path})
    files = list(File.objects.filter(entry=entry).order_by("begun_at", "pk"))
    is_open = entry.status in allowing.OPEN
    newest = reading.newest(entry)
    is_changed = is_open and reading.is_changed(entry, newest)
    sections = entry.round.call.sections.all()
    alike = Likeness.objects.filter(Q(entry=entry) | Q(other=entry)).select_related("entry", "other")
    return {
        "entry": entry,
        "parts": reading.parts(entry, sections, version=newest if is_changed else None),
        "authors": [(author, _line(author, units)) for author in authors],
        "shows_shares": entry.form in reading.WITH_SHARES,
        "files": [file for file in files if file.removed_at is None],
        "removed": [file for file in files if file.removed_at is not None],
        "versions": list(entry.versions.select_related("handed_in_by").order_by("-number")),
        "events": list(entry.events.select_related("by")),
        "is_changed": is_changed,
        "waits": intake.waits_for(entry) if is_open and entry.version else [],
        "missing": [found.sentence for found in writing.missing(entry, now=now)] if is_open else [],
        "is_open": is_open,
        "likenesses": [(row, row.other if row.entry_id == entry.pk else row.entry) for row in alike],
    }


def _line(author: Author, units: dict[int, Unit]) -> str:
    """The author's unit with those above it, as it was when they were named."""
    return " / ".join(units[pk].name for pk in author.unit_path if pk in units)
