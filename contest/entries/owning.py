"""What a person owns here: the entries that are theirs, in plain values."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from contest.entries.models import Author, Entry


def everything_about(user: User) -> list[dict[str, Any]]:
    """All that is kept about a person's entries: as they stand and as they were handed in."""
    entries = (
        Entry.objects.by(user)
        .select_related("round", "kind", "unit")
        .prefetch_related("authors", "files", "versions", "events")
    )
    return [_entry(entry, user) for entry in entries.order_by("registered_at", "pk")]


def _entry(entry: Entry, user: User) -> dict[str, Any]:
    return {
        "round": str(entry.round),
        "code": entry.code,
        "kind": str(entry.kind),
        "handed_in_as": entry.form,
        "title": entry.title,
        "unit": str(entry.unit) if entry.unit else None,
        "status": entry.status,
        "answers": entry.answers,
        "links": entry.links,
        "may_show": entry.may_show,
        "began_it": entry.created_by_id == user.pk,
        "authorship": [_author(author) for author in entry.authors.all() if author.user_id == user.pk],
        "files": [
            {"name": file.name, "size": file.size, "sha256": file.sha256, "arrived_at": file.arrived_at}
            for file in entry.files.all()
        ],
        "versions": [
            {"number": one.number, "handed_in_at": one.handed_in_at, "receipt": one.receipt, "content": one.content}
            for one in entry.versions.all()
        ],
        "steps": [{"at": step.at, "what": step.what, "note": step.note} for step in entry.events.all()],
    }


def _author(author: Author) -> dict[str, Any]:
    return {
        "full_name": author.full_name,
        "position": author.role,
        "share": author.share,
        "is_lead": author.is_lead,
        "unit": str(author.unit) if author.unit else None,
        "confirmed_at": author.confirmed_at,
        "declined_at": author.declined_at,
    }
