"""The register of a round's entries, as a table and on paper, for the organizers; the ledger keeps who took it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from contest.entries.models import Author, Call, Entry, Form
from contest.foundations import language, printing, sheets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds.models import Contest

Status = Entry.Status
LISTS: dict[str, Callable[[QuerySet[Entry]], QuerySet[Entry]]] = {
    "registered": lambda rows: rows.exclude(status=Status.WITHDRAWN),
    "handed_in": lambda rows: rows.standing(),  # type: ignore[attr-defined]
    "undecided": lambda rows: rows.filter(status__in=[Status.SUBMITTED, Status.NEEDS_MORE]),
    "valid": lambda rows: rows.filter(status=Status.VALID),
    "invalid": lambda rows: rows.filter(status=Status.INVALID),
    "withdrawn": lambda rows: rows.filter(status=Status.WITHDRAWN),
}
REGISTER = """
#set document(title: data.title)
#set page(paper: "a4", flipped: true, margin: (x: 1.5cm, y: 1.6cm), numbering: "1 / 1")
#set text(9pt)
#grid(columns: (1fr, auto), [#data.contest], align(right)[#data.at])
#v(0.3em)
#align(center)[#text(14pt, weight: 700)[#data.title] \\ #data.subtitle]
#v(0.5em)
#align(center, table(
  columns: data.counts.first().len(), inset: (x: 8pt, y: 4pt), stroke: 0.4pt + rgb("#8a817c"),
  align: (column, row) => if column == 0 { left } else { right },
  ..data.counts.first().map(cell => [*#cell*]),
  ..data.counts.slice(1).map(row => row.map(cell => [#cell])).flatten(),
))
#v(0.5em)
#if data.rows.len() == 0 [#align(center, data.empty)] else {
  table(
    columns: (auto, auto, 2.4fr, 1fr, 2fr, 2fr, auto, auto), inset: (x: 4pt, y: 4pt), stroke: 0.4pt + rgb("#8a817c"),
    align: (column, row) => if column == 0 { right } else { left },
    table.header(..data.headers.map(cell => [*#cell*])),
    ..data.rows.map(row => row.map(cell => [#cell])).flatten(),
  )
}
#v(1.2em)
#grid(columns: (1fr, 1fr), [], align(center)[#data.signed #v(2cm)])
"""


def register(call: Call, which: str, kind: str, *, by: User, now: datetime) -> bytes:
    """The entries of a list of LISTS, with how many groups and individuals there are, as "xlsx" or as "pdf".

    For organizers of the contest alone; that they took it stands in the ledger.
    """
    contest = call.round.contest
    if not Contest.objects.run_by(by).filter(pk=contest.pk).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")
    found = list(_rows(call, which))
    content = _paper(call, which, found, now) if kind == "pdf" else _table(found)
    data = {"what": which, "kind": kind, "rows": len(found)}
    ledger.append(now=now, actor=by, action="entries.exported", subject=call, data=data, contest_id=contest.pk)
    return content


def names() -> dict[str, str]:
    """The lists, by what they hold."""
    return {
        "registered": _("All that are registered"), "handed_in": _("All that were handed in"),
        "undecided": _("Not decided yet"), "valid": _("Valid"), "invalid": _("Invalid"), "withdrawn": _("Withdrawn"),
    }  # fmt: skip


def _rows(call: Call, which: str) -> QuerySet[Entry]:
    """The entries in the order of their codes; two queries."""
    rows = LISTS[which](Entry.objects.filter(round=call.round_id)).select_related("kind", "unit", "category")
    authors = Prefetch("authors", Author.objects.standing().order_by("order", "pk"), to_attr="known_authors")
    return rows.prefetch_related(authors).defer("answers", "links").order_by("kind__order", "kind", "number")


def _authors(entry: Entry) -> str:
    known: list[Author] = vars(entry)["known_authors"]
    return ", ".join(
        f"{author.full_name} ({author.share}%)" if author.share is not None and len(known) > 1 else author.full_name
        for author in known
    )


def _cells(place: int, entry: Entry) -> list[Any]:
    return [
        place, entry.code, entry.title or _("Untitled"), entry.get_form_display(), _authors(entry),
        str(entry.unit or ""), entry.submitted_at, entry.get_status_display(),
    ]  # fmt: skip


def _headers() -> list[str]:
    return [_("No."), _("Code"), _("Title"), _("Handed in as"), _("Authors"), _("Unit"), _("Handed in at"), _("Status")]


def _table(found: Sequence[Entry]) -> bytes:
    headers = [*_headers(), _("Kind"), _("Field"), _("Registered at"), _("Came on paper"), _("What was said")]
    rows: list[list[sheets.Cell]] = [
        [
            *_cells(place, entry), entry.kind.title, str(entry.category or ""), entry.registered_at,
            _("yes") if entry.is_on_paper else _("no"), entry.intake_note,
        ]
        for place, entry in enumerate(found, start=1)
    ]  # fmt: skip
    rows.append([None] * len(headers))
    for title, *numbers in counts(found)[1:]:
        told = _("%(what)s: registered %(registered)s, handed in %(handed_in)s, valid %(valid)s")
        named = dict(zip(("registered", "handed_in", "valid"), numbers, strict=True))
        rows.append([None, None, told % {"what": title, **named}, *[None] * (len(headers) - 3)])
    return sheets.write_xlsx(headers, rows, sheet=_("Entries"))


def counts(found: Sequence[Entry]) -> list[list[str]]:
    """How many individuals, groups and others there are, with a line of headers and one of totals."""
    told = [["", _("Registered"), pgettext("state", "Handed in"), _("Valid")]]
    for form in Form:
        of_form = [entry for entry in found if entry.form == form]
        if of_form:
            told.append([str(form.label), *_figures(of_form)])
    return [*told, [_("Together"), *_figures(found)]]


def _figures(rows: Sequence[Entry]) -> list[str]:
    handed_in = sum(entry.submitted_at is not None for entry in rows)
    valid = sum(entry.status == Status.VALID for entry in rows)
    return [language.grouped(number) for number in (len(rows), handed_in, valid)]


def _paper(call: Call, which: str, found: Sequence[Entry], now: datetime) -> bytes:
    rows = []
    for place, entry in enumerate(found, start=1):
        cells = _cells(place, entry)
        cells[6] = f"{localtime(cells[6]):%H:%M %d/%m/%Y}" if cells[6] else "–"
        rows.append([str(cell) for cell in cells])
    contest = call.round.contest
    data = {
        "title": _("Register of entries"),
        "subtitle": f"{call.round.title}: {names()[which]}",
        "contest": contest.title,
        "at": _("As of %(at)s") % {"at": f"{localtime(now):%H:%M %d/%m/%Y}"},
        "counts": counts(found),
        "headers": _headers(),
        "rows": rows,
        "empty": _("There is no entry in this list."),
        "signed": _("For the secretariat"),
    }
    return printing.pdf(REGISTER, data)
