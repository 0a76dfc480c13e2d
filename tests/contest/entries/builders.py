"""Calls, entries and their files: each makes the least that is valid."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from contest.entries import filing
from contest.entries.models import Author, Call, Entry, File, Kind, Section
from contest.rounds.models import Contest, unit_path
from tests.builders import NOON, WEEK, counter, make_round, make_user


def make_call(contest: Contest | None = None, **fields: Any) -> Call:
    """A call that is open at NOON, with one kind."""
    round = fields.pop("round", None) or make_round(contest, kind="initiative", title="Mô hình, sáng kiến")
    call = Call.objects.create(round=round, **fields)
    make_kind(call)
    return call


def make_kind(call: Call, title: str = "Sáng kiến", letters: str = "SK") -> Kind:
    return Kind.objects.create(call=call, title=title, letters=letters, order=call.kinds.count())


def make_section(call: Call, title: str = "Giải pháp", **fields: Any) -> Section:
    return Section.objects.create(call=call, title=title, order=call.sections.count(), **fields)


def make_entry(call: Call | None = None, user: User | None = None, *, handed_in: bool = False, **fields: Any) -> Entry:
    """A draft of one author, who is its lead; perhaps handed in once."""
    call, user = call or make_call(), user or make_user(f"Tác Giả {next(counter)}")
    kind = fields.pop("kind", None) or call.kinds.all()[0]
    kind.last_number += 1
    kind.save()
    unit = fields.pop("unit", user.unit)
    once = {"status": "submitted", "version": 1, "submitted_at": NOON} if handed_in else {}
    entry = Entry.objects.create(
        **{
            "round": call.round, "kind": kind, "number": kind.last_number, "form": "individual", "unit": unit,
            "code": f"{kind.letters}-{kind.last_number:04}", "title": f"Bài {kind.last_number}",
            "unit_path": unit_path(unit), "registered_at": NOON - WEEK / 2, "created_by": user, **once, **fields,
        }
    )  # fmt: skip
    make_author(entry, user, is_lead=True, share=100)
    return entry


def make_author(entry: Entry, user: User | None = None, **fields: Any) -> Author:
    """An author who has said so."""
    user = user or make_user(f"Tác Giả {next(counter)}")
    given = {
        "order": entry.authors.count(), "full_name": user.full_name, "unit": user.unit,
        "unit_path": unit_path(user.unit), "confirmed_at": NOON, **fields,
    }  # fmt: skip
    return Author.objects.create(entry=entry, user=user, **given)


def send(entry: Entry, data: bytes, name: str = "Báo cáo.pdf", *, user: User | None = None, now: Any = NOON) -> File:
    """The file arrives, in pieces as large as they may be."""
    user = user or entry.created_by
    file = filing.begin(entry, user, slot=filing.slot_of(name), name=name, size=len(data), now=now)
    for offset in range(0, len(data), filing.PIECE):
        file = filing.take(file, data[offset : offset + filing.PIECE], offset=offset, now=now)
    return file


def make_file(entry: Entry, data: bytes, name: str = "Báo cáo.pdf") -> File:
    """The file has arrived and was examined."""
    file = send(entry, data, name)
    filing.examine_due(NOON)
    file.refresh_from_db()
    return file
