"""Boards as tables for the organizers: with every name, and never a phone, a citizen number or a card number."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import sheets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds.models import Contest
from contest.standings import reading
from contest.standings.models import Board


def table(board: Board, what: str, kind: str, *, by: User, now: datetime) -> bytes:
    """The "people" or the "units" of a board as "xlsx" or "csv"; the ledger keeps who took it. Only for organizers."""
    if not Contest.objects.run_by(by).filter(pk=board.contest_id).exists():
        raise Refused(_("Only the organizers of the contest do this."))
    headers, rows = _units(board) if what == "units" else _people(board)
    data = {"board": board.pk, "build": board.build, "what": what, "rows": len(rows), "kind": kind}
    ledger.append(now=now, actor=by, action="board.exported", subject=board, data=data, contest_id=board.contest_id)
    if kind == "csv":
        return sheets.write_csv(headers, rows)
    return sheets.write_xlsx(headers, rows, sheet=_("Units") if what == "units" else _("People"))


def _people(board: Board) -> tuple[list[str], list[list[sheets.Cell]]]:
    headers = [
        _("Place"), _("Full name"), _("Born"), _("Unit"), _("Points"), _("Right answers"),
        _("Prediction"), _("Difference"), _("Time taken (seconds)"), _("Handed in at"), _("Name may be published"),
    ]  # fmt: skip
    return headers, [
        [
            line["place"], line["name"], line["birth_year"], line["unit"], Decimal(line["points"]) / 100,
            line["right"], line["prediction"], line["distance"], Decimal(line["duration_ms"]) / 1000,
            line["submitted_at"], _("yes") if line["is_named"] else _("no"),
        ]
        for line in reading.everybody(board)
    ]  # fmt: skip


def _units(board: Board) -> tuple[list[str], list[list[sheets.Cell]]]:
    headers = [
        _("Unit above"), _("Place"), _("Unit"), _("People"), _("Attempts"), _("Obliged"), _("Completed"),
        _("Completion (%)"), _("Mean points"), _("Reaches the threshold"),
    ]  # fmt: skip
    return headers, [
        [
            line["above"], line["place"], line["name"], line["people"], line["attempts"], line["obliged"],
            line["completed"], line["completion"], line["mean"], _("yes") if line["is_qualified"] else _("no"),
        ]
        for line in reading.every_unit(board)
    ]  # fmt: skip
