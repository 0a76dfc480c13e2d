"""Results and sheets as tables and on paper, for the organizers; the ledger keeps who took them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import printing, sheets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging.models import Mark, Sheet
from contest.results import freezing
from contest.results.models import Snapshot
from contest.rounds.models import Contest

RANKING = """
#set page(paper: "a4", margin: 1.8cm, numbering: "1 / 1")
#align(center)[#text(14pt, weight: "bold")[#data.title] \\ #text(9pt)[#data.about]]
#for group in data.groups [
  #v(0.6em)
  #text(11pt, weight: "bold")[#group.title]
  #table(columns: (auto, auto, 1fr, auto, auto), inset: 5pt,
    ..data.headers.map(cell => [*#cell*]),
    ..group.rows.map(row => row.map(cell => [#cell])).flatten())
]
"""
SHEETS = """
#set page(paper: "a4", margin: 1.8cm, numbering: "1 / 1")
#for (place, sheet) in data.sheets.enumerate() [
  #if place > 0 [#pagebreak()]
  #align(center)[#text(14pt, weight: "bold")[#data.title] \\ #text(9pt)[#data.about]]
  #v(0.5em)
  #text(11pt)[#sheet.entry] \\ #text(10pt)[#sheet.judge]
  #table(columns: (auto, 1fr, auto, auto), inset: 5pt,
    ..data.headers.map(cell => [*#cell*]),
    ..sheet.rows.map(row => row.map(cell => [#cell])).flatten())
  #text(11pt, weight: "bold")[#sheet.total]
  #v(0.4em)
  #sheet.comment
  #v(1.5em)
  #align(right)[#data.signed #v(1.8cm) #sheet.name]
]
"""


def ranking(snapshot: Snapshot, kind: str, *, by: User, now: datetime) -> bytes:
    """The lines of a result as "xlsx", as "csv" or as "pdf"."""
    _may(snapshot, by, now, "ranking", kind)
    lines = list(snapshot.lines.order_by("ordinal"))
    if kind == "pdf":
        groups: dict[str, list[list[str]]] = {}
        for line in lines:
            names = f"{line.title}\n{', '.join(filter(None, [line.people, line.unit]))}"
            row = [str(line.place or "–"), line.code, names, _score(line.score), line.prize or line.reason]
            groups.setdefault(line.group, []).append(row)
        headers = [_("Place"), _("Code"), _("Entry"), _("Score"), _("Prize")]
        told = [{"title": title, "rows": rows} for title, rows in groups.items()]
        data = {"title": snapshot.title, "about": _about(snapshot), "groups": told, "headers": headers}
        return printing.pdf(RANKING, data)
    headers = [
        _("Ranked among"), _("Place"), _("Code"), _("Entry"), _("Authors"), _("Unit"), _("Score"), _("Goes on"),
        _("Prize"), _("Excluded because"),
    ]  # fmt: skip
    rows: list[list[sheets.Cell]] = [
        [
            line.group, line.place, line.code, line.title, line.people, line.unit, line.score,
            _("yes") if line.goes_on else _("no"), line.prize, line.reason,
        ]
        for line in lines
    ]  # fmt: skip
    return sheets.write_csv(headers, rows) if kind == "csv" else sheets.write_xlsx(headers, rows, sheet=_("Result"))


def judges_sheets(snapshot: Snapshot, kind: str, *, by: User, now: datetime) -> bytes:
    """Every locked sheet of the stage as "xlsx", a mark a line, or as "pdf", a page each to be signed.

    Refused once the stage was opened again: the sheets may be others than those that the result was made from.
    """
    if snapshot.stage_id is None:
        raise Refused(_("There are sheets of judged rounds only."))
    freezing.refuse_reopened(snapshot)
    _may(snapshot, by, now, "sheets", kind)
    found = list(_sheets(snapshot))
    if kind == "pdf":
        return _on_paper(snapshot, found)
    headers = [
        _("Code"), _("Entry"), _("Judge"), _("Criterion"), _("Title"), _("Maximum"), _("Points"), _("Comment"),
        _("Total"), _("Locked at"),
    ]  # fmt: skip
    rows: list[list[sheets.Cell]] = [
        [
            sheet.assignment.candidate.entry.code, sheet.assignment.candidate.entry.title,
            str(sheet.assignment.seat.user), mark.criterion.code, mark.criterion.title, mark.criterion.maximum,
            mark.points, mark.comment, sheet.total, sheet.locked_at,
        ]
        for sheet in found
        for mark in _marks(sheet)
    ]  # fmt: skip
    return sheets.write_xlsx(headers, rows, sheet=_("Sheets"))


def _sheets(snapshot: Snapshot) -> Any:
    """The locked sheets of the stage with their marks; two queries."""
    rows = Sheet.objects.filter(
        assignment__candidate__stage=snapshot.stage_id, assignment__ended_at=None, locked_at__isnull=False
    )
    rows = rows.select_related("assignment__candidate__entry", "assignment__seat__user")
    order = ("assignment__candidate__entry__code", "assignment__seat__user__name_key", "pk")
    return rows.prefetch_related("marks__criterion").order_by(*order)


def _marks(sheet: Sheet) -> list[Mark]:
    return sorted(sheet.marks.all(), key=lambda mark: (mark.criterion.order, mark.criterion_id))


def _on_paper(snapshot: Snapshot, found: Sequence[Sheet]) -> bytes:
    told = [
        {
            "entry": f"{sheet.assignment.candidate.entry.code} {sheet.assignment.candidate.entry.title}",
            "judge": _("Judge: %(name)s") % {"name": sheet.assignment.seat.user},
            "name": str(sheet.assignment.seat.user),
            "rows": [
                [mark.criterion.code, _with_comment(mark), _score(mark.criterion.maximum), _score(mark.points)]
                for mark in _marks(sheet)
            ],
            "total": _("Total: %(total)s") % {"total": _score(sheet.total)},
            "comment": sheet.comment,
        }
        for sheet in found
    ]
    headers = [_("Code"), _("Criterion"), _("Maximum"), _("Points")]
    data = {"title": snapshot.title, "about": _about(snapshot), "sheets": told, "headers": headers}
    return printing.pdf(SHEETS, data | {"signed": _("Signature of the judge")})


def _with_comment(mark: Mark) -> str:
    return f"{mark.criterion.title}\n{mark.comment}".strip()


def _score(number: Decimal | None) -> str:
    return "–" if number is None else f"{number:.2f}".replace(".", ",")


def _about(snapshot: Snapshot) -> str:
    named = {
        "version": snapshot.version,
        "at": localtime(snapshot.made_at).strftime("%H:%M:%S %d/%m/%Y"),
        "digest": snapshot.digest[:16],
    }
    return _("Version %(version)s, frozen %(at)s, digest %(digest)s") % named


def _may(snapshot: Snapshot, by: User, now: datetime, what: str, kind: str) -> None:
    """Only organizers take tables, and each time stands in the ledger."""
    contest = snapshot.round.contest_id
    if not Contest.objects.run_by(by).filter(pk=contest).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")
    data = {"what": what, "kind": kind, "version": snapshot.version}
    ledger.append(now=now, actor=by, action="results.exported", subject=snapshot, data=data, contest_id=contest)
