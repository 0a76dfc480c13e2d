"""The ledger in words: rooms write short marks into it, which never change, and people read sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger.models import Entry
from contest.rounds.models import ConsentText, KeyCorrection, Office

LONGEST = 120  # characters of a value; the rest is cut

ACTS: Mapping[str, Any] = {
    "attempt granted": _("Another attempt granted"),
    "attempt voided": _("Attempt made void"),
    "board.exported": _("Board exported"),
    "consents.published": _("Consent text published"),
    "contests.founded": _("Contest founded"),
    "entrants.barred": _("Barred from the contest"),
    "entrants.confirmed": _("Unit confirmed"),
    "entrants.exempted": _("Exempted"),
    "entrants.extra_time": _("Extra time granted"),
    "entrants.merged": _("Accounts merged"),
    "entrants.moved": _("Moved to another unit"),
    "entries.authorship": _("Author answered"),
    "entries.confirmed": _("Entry confirmed for the unit"),
    "entries.exported": _("Entries taken as a table or on paper"),
    "entries.invalid": _("Entry found invalid"),
    "entries.moved": _("Entry goes to the kept account"),
    "entries.needs_more": _("More asked of an entry"),
    "entries.registered": _("Entry registered"),
    "entries.reopened": _("Entry opened again"),
    "entries.submitted": _("Entry handed in"),
    "entries.valid": _("Entry found valid"),
    "entries.withdrawn": _("Entry withdrawn"),
    "entrants.obliged": _("Obliged to take part"),
    "entrants.readmitted": _("Let in again"),
    "keys.corrected": _("Key corrected"),
    "likenesses.judged": _("Likeness of two entries looked at"),
    "offices.appointed": _("Appointed"),
    "offices.dismissed": _("Dismissed"),
    "people.corrected": _("Data corrected"),
    "people.exported": _("List of people exported"),
    "people.merged": _("Accounts merged"),
    "periods.dropped": _("Period deleted"),
    "periods.saved": _("Period set"),
    "questions.approve": _("Question approved"),
    "questions.send_back": _("Question sent back"),
    "roster imported": _("List of people imported"),
    "sign-in.wave": _("Wave of wrong codes"),
    "standings.decided": _("Decided among equals"),
    "unit merged": _("Unit merged"),
    "unit moved": _("Unit moved"),
    "unit split": _("Unit split"),
    "units imported": _("List of units imported"),
    "people.written": _("Account changed"),
    "questions.restore": _("Question in use again"),
    "questions.retire": _("Question taken out of use"),
    "sessions.ended": _("Signed out everywhere"),
    "slips.issued": _("Slips printed"),
    "slips.revoked": _("Slips made void"),
    "assignments.ended": _("Judge taken off an entry"),
    "candidates.decided": _("Decided about an entry that is judged"),
    "candidates.judge_added": _("Another judge for an entry"),
    "candidates.let_on": _("Entry goes on by a decision of the jury"),
    "candidates.unmasked": _("Looked who made an entry"),
    "conflicts.declared": _("Conflict of interest declared"),
    "conflicts.lifted": _("Conflict of interest lifted"),
    "rubrics.put_into_use": _("Rubric put into use"),
    "rubrics.written": _("Rubric written"),
    "seats.left": _("Judge left a panel"),
    "sheets.locked": _("Sheet locked"),
    "sheets.reopened": _("Sheet opened again"),
    "live.absent": _("Team noted as absent"),
    "live.announced": _("Marks announced in the hall"),
    "live.drawn": _("Running order drawn"),
    "live.entered": _("Marks entered for a judge"),
    "live.present": _("Team noted as present"),
    "live.taken_back": _("Announced marks taken back"),
    "results.checked": _("Result checked"),
    "results.exported": _("Result or sheets taken as a table"),
    "results.made": _("Result made"),
    "results.published": _("Result published"),
    "stages.anchored": _("Anchors chosen"),
    "stages.assigned": _("Judges assigned"),
    "stages.closed": _("Stage of judging closed"),
    "stages.reopened": _("Stage of judging opened again"),
    "stages.taken_in": _("Entries taken in"),
}  # by what rooms write as an action

NAMES: Mapping[str, Any] = {
    "again": _("to be judged again"),
    "assignment": _("assignment no."),
    "assignments": _("assignments"),
    "bank": _("question bank"),
    "before": _("before"),
    "board": _("board"),
    "build": _("edition"),
    "candidate": _("entry at the stage no."),
    "changed": _("changed"),
    "choices": _("choices"),
    "closes_at": _("closes at"),
    "closes_at before": _("closed at, before"),
    "code": _("code"),
    "codes": _("codes in order"),
    "comment": _("comment"),
    "confirmed": _("confirmed"),
    "day": _("day"),
    "decision": _("decision"),
    "digest": _("digest"),
    "double": _("the second account"),
    "effect": _("effect"),
    "ended": _("ended assignments"),
    "entrants": _("people"),
    "entries": _("entries"),
    "entry": _("entry no."),
    "fields": _("changed"),
    "file": _("file"),
    "form": _("handed in as"),
    "from": _("from unit"),
    "frozen_at": _("frozen at"),
    "frozen_at before": _("frozen at, before"),
    "heir": _("successor"),
    "into": _("into unit"),
    "is_confirmed": _("confirmed"),
    "is_new": _("new account"),
    "judge": _("judge no."),
    "kind": _("kind"),
    "lines": _("lines"),
    "marks": _("marks"),
    "new": _("new"),
    "note": _("note"),
    "number": _("number"),
    "office": _("office no."),
    "on": _("goes on"),
    "on_paper": _("came on paper"),
    "opens_at": _("opens at"),
    "opens_at before": _("opened at, before"),
    "order": _("people in order"),
    "other": _("other entry no."),
    "pairs": _("entries and seats"),
    "part": _("part"),
    "people": _("people"),
    "period": _("period no."),
    "reason": _("reason"),
    "receipt": _("receipt"),
    "results_at": _("results at"),
    "results_at before": _("results at, before"),
    "role": _("office"),
    "round": _("round no."),
    "rows": _("rows"),
    "score": _("score"),
    "scores": _("totals"),
    "seat": _("seat no."),
    "seconds": _("extra seconds"),
    "seed": _("seed of the draw"),
    "share": _("in common (%)"),
    "show": _("who"),
    "slug": _("address"),
    "text": _("searched for"),
    "to": _("to unit"),
    "total": _("total"),
    "unchanged": _("unchanged"),
    "unit": _("unit no."),
    "user": _("person no."),
    "verdict": _("what people found"),
    "version": _("version"),
    "versions": _("questions"),
    "what": _("what"),
    "why": _("why"),
    "wrong": _("wrong codes"),
}  # by what rooms write as the name of a value

VALUES: Mapping[str, Mapping[str, Any]] = {
    "effect": dict(KeyCorrection.Effect.choices),
    "kind": {**dict(ConsentText.Kind.choices), "xlsx": "Excel", "csv": "CSV", "pdf": "PDF"},
    "role": dict(Office.Role.choices),
    "show": {
        "unfinished": _("Not handed in"),
        "away": _("Never signed in"),
        "waiting": _("Signed in, not started"),
        "doing": _("Started, not handed in"),
        "handed_in": pgettext_lazy("state", "Handed in"),
        "unconfirmed": _("To be confirmed"),
        "nowhere": _("Without a unit"),
        "exempt": _("Exempt"),
        "people": _("Everyone"),
    },
    "what": {
        "people": _("People"),
        "units": _("Units"),
        "registered": _("Registered"),
        "handed_in": pgettext_lazy("state", "Handed in"),
        "undecided": _("To be decided"),
        "valid": _("Valid"),
        "invalid": _("Invalid"),
        "withdrawn": _("Withdrawn"),
        "ranking": _("Ranking"),
        "sheets": _("Sheets"),
    },
}  # by the name of the value


def act_of(entry: Entry) -> str:
    """What was done; an action that has no words here stands as it was written."""
    return str(ACTS.get(entry.action, entry.action))


def about(entry: Entry) -> str:
    """What the entry is about: the kind of row and its number, as in "Entrant 12"."""
    label, _colon, number = entry.subject.partition(":")
    try:
        kind = capfirst(str(apps.get_model(label)._meta.verbose_name))
    except (LookupError, ValueError):  # no row of a table
        return entry.subject
    return f"{kind} {number}".strip()


def told(entry: Entry) -> list[tuple[str, str]]:
    """What the entry says beyond its action: names and values; what is empty is left out."""
    return [
        (str(NAMES.get(name, name)), _said(name, value))
        for name, value in entry.data.items()
        if value not in (None, "", [])
    ]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name == "fields" and isinstance(value, list):
        return ", ".join(_field(each) for each in value)
    if isinstance(value, list):
        value = ", ".join(str(each) for each in value)
    if name in VALUES:
        value = VALUES[name].get(value, value)
    if name.split()[0].endswith("_at"):
        value = _moment(value)
    text = language.clean(str(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _moment(value: Any) -> str:
    try:
        return f"{localtime(datetime.fromisoformat(value)):%H:%M %d/%m/%Y}"
    except (TypeError, ValueError):
        return str(value)


def _field(name: str) -> str:
    if name.endswith("citizen_number"):
        return str(_("citizen number"))
    try:
        return str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name
