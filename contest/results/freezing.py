"""Results that no longer change: made from a closed stage, checked by another person, published with a decision.

A snapshot keeps all that its pages show, word by word. What happens to marks, names or entries afterwards changes
nothing in it: a recount is the next version, which says why there is one.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from contest.entries.models import Author, Entry, Form
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging.aggregating import exact_mean, half_up
from contest.judging.models import Candidate, Mark, Sheet, Stage
from contest.notices import telling
from contest.results.models import Line, Snapshot
from contest.rounds.models import Consent, ConsentText, Contest, Office

PUBLISHED = gettext_noop("The result is out: %(title)s.")
FIELDS = (
    "group", "ordinal", "place", "entry_id", "entrant_id", "code", "title", "people", "unit", "score", "details",
    "goes_on", "is_excluded", "reason", "prize",
)  # fmt: skip


# --- Making ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def make(stage: Stage, *, by: User, note: str = "", prizes: Mapping[int, str] | None = None, now: datetime) -> Snapshot:
    """What a closed stage came to, as the next version; `prizes` by place, within each group.

    Refuses a stage that is open, and a version after the first without a reason for it.
    """
    held = Stage.objects.select_for_update(of=("self",)).select_related("round__contest").get(pk=stage.pk)
    _must_organize(held.round.contest, by)
    if held.closed_at is None:
        raise Refused(_("This stage is still being judged. Close it first."), code="open")
    last = Snapshot.objects.filter(stage=held).aggregate(last=Max("version"))["last"] or 0
    if last and not note.strip():
        raise Refused(_("Say why there is a new version."), code="note")
    snapshot = Snapshot(
        round=held.round, stage=held, version=last + 1, title=f"{held.round}: {held}", rules=rules_of(held),
        note=note.strip(), made_at=now, made_by=by,
    )  # fmt: skip
    lines = list(_lines(held, prizes or {}))
    snapshot.digest = digest(lines)
    snapshot.save()
    for line in lines:
        line.snapshot = snapshot
    Line.objects.bulk_create(lines)
    _record("results.made", snapshot, by, now, {"lines": len(lines)})
    return snapshot


def rules_of(stage: Stage) -> dict[str, Any]:
    """By what the result was made."""
    rubrics = [
        {
            "kind": str(use.kind or ""), "rubric": str(use.rubric), "pass": str(use.pass_score or ""),
            "ties": list(use.tie_break),
        }
        for use in stage.stage_rubrics.select_related("kind", "rubric")
    ]  # fmt: skip
    return {
        "aggregation": stage.aggregation,
        "judges": stage.judges_per_entry,
        "tolerance": str(stage.tolerance) if stage.tolerance is not None else "",
        "weight": stage.weight,
        "blind": stage.is_blind,
        "rubrics": rubrics,
    }


def _lines(stage: Stage, prizes: Mapping[int, str]) -> Iterable[Line]:
    """The lines in the order of the result: group by group, the best first, those without a place last."""
    authors = Prefetch("authors", Author.objects.standing(), to_attr="shown_authors")
    entries = Entry.objects.select_related("kind", "category", "unit").prefetch_related(authors)
    ordered = sorted(stage.candidates.prefetch_related(Prefetch("entry", entries)), key=_order)
    marks, sheets = _marks(stage), _sheets(stage)
    may_name = _named(stage.round.contest)
    is_last = not Stage.objects.filter(round=stage.round_id, order__gt=stage.order).exists()
    reasons = {candidate.pk: why_excluded(candidate) for candidate in ordered}
    places = _places(candidate for candidate in ordered if not reasons[candidate.pk])
    for ordinal, candidate in enumerate(ordered, start=1):
        reason, place = reasons[candidate.pk], places.get(candidate.pk)
        yield Line(
            group=group_of(candidate.entry), ordinal=ordinal, place=place, entry=candidate.entry,
            code=candidate.entry.code, title=candidate.entry.title, people=_people(candidate.entry, may_name),
            unit=str(candidate.entry.unit or ""),
            score=candidate.score if candidate.total is None else candidate.total,
            details=_details(candidate, marks[candidate.pk], sheets[candidate.pk]),
            goes_on=bool(candidate.goes_on) and not reason and not is_last, is_excluded=bool(reason), reason=reason,
            prize=prizes.get(place, "") if place is not None and candidate.passes is not False else "",
        )  # fmt: skip


def _places(candidates: Iterable[Candidate]) -> dict[int, int]:
    """The places of the close, moved up where an entry before has been excluded since."""
    groups: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for one in candidates:
        if one.place is not None:
            groups[one.entry.kind_id, one.entry.form].append((one.place, one.pk))
    found = {}
    for group in groups.values():
        first: dict[int, int] = {}
        for number, (place, pk) in enumerate(sorted(group), start=1):
            found[pk] = first.setdefault(place, number)
    return found


def _order(candidate: Candidate) -> tuple[Any, ...]:
    entry = candidate.entry
    is_out = bool(why_excluded(candidate)) or candidate.place is None
    return entry.kind.order, entry.kind_id, entry.form, is_out, candidate.place or 0, entry.code


def group_of(entry: Entry) -> str:
    """Those whom an entry is ranked among: its kind and form; of teams the kind says it all."""
    if entry.form == Form.TEAM:
        return str(entry.kind)
    return f"{entry.kind}, {str(entry.get_form_display()).lower()}"


def why_excluded(candidate: Candidate) -> str:
    """Why an entry has no place, though it was at the stage; empty when it has one."""
    entry = candidate.entry
    if entry.status == Entry.Status.WITHDRAWN:
        return _("Withdrawn")
    if entry.status != Entry.Status.VALID:
        return entry.intake_note[:300] or _("No longer valid")
    if candidate.is_absent:
        return _("Absent")
    return "" if candidate.outcome == Candidate.Outcome.SCORED else _("No score")


def _marks(stage: Stage) -> dict[int, list[tuple[str, str, Decimal, Decimal, str]]]:
    """By candidate: code, title, maximum, points and comment of each mark on a locked sheet."""
    found: dict[int, list[tuple[str, str, Decimal, Decimal, str]]] = defaultdict(list)
    rows = Mark.objects.filter(
        sheet__assignment__candidate__stage=stage, sheet__assignment__ended_at=None, sheet__locked_at__isnull=False,
        points__isnull=False,
    )  # fmt: skip
    names = ("criterion__code", "criterion__title", "criterion__maximum", "points", "comment")
    rows = rows.order_by(
        "criterion__order", "criterion", "?"
    )  # the order of comments says nothing about who wrote them
    for candidate, *mark in rows.values_list("sheet__assignment__candidate", *names):
        found[candidate].append((mark[0], mark[1], mark[2], mark[3], mark[4]))
    return found


def _sheets(stage: Stage) -> dict[int, list[tuple[Decimal, str]]]:
    """By candidate: total and comment of each locked sheet."""
    found: dict[int, list[tuple[Decimal, str]]] = defaultdict(list)
    rows = Sheet.objects.filter(
        assignment__candidate__stage=stage, assignment__ended_at=None, locked_at__isnull=False, total__isnull=False
    )
    for candidate, total, comment in rows.order_by("?").values_list("assignment__candidate", "total", "comment"):
        found[candidate].append((total or Decimal(0), comment))
    return found


def _details(
    candidate: Candidate, marks: list[tuple[str, str, Decimal, Decimal, str]], sheets: list[tuple[Decimal, str]]
) -> dict[str, Any]:
    """What stands behind the score, without a judge's name."""
    by_code: dict[str, list[tuple[str, str, Decimal, Decimal, str]]] = {}
    for mark in marks:
        by_code.setdefault(mark[0], []).append(mark)
    criteria = [
        {
            "code": code, "title": rows[0][1], "maximum": str(rows[0][2]),
            "mean": str(half_up(Fraction(exact_mean([row[3] for row in rows])))),
            "comments": [row[4] for row in rows if row[4]],
        }
        for code, rows in by_code.items()
    ]  # fmt: skip
    entry = candidate.entry
    return {
        "criteria": criteria,
        "totals": [str(total) for total in sorted((total for total, _comment in sheets), reverse=True)],
        "comments": [comment for _total, comment in sheets if comment],
        "stage_score": str(candidate.score) if candidate.score is not None else "",
        "passes": candidate.passes,
        "decision": candidate.decision,
        "category": str(entry.category or ""),
        "may_show": entry.may_show,
        "version": entry.version,
    }


def _named(contest: Contest) -> set[int]:
    """The users whose name may be published: their consent stands, in any wording."""
    return set(
        Consent.objects.filter(
            text__contest=contest, text__kind=ConsentText.Kind.PUBLISHING, withdrawn_at=None
        ).values_list("user", flat=True)
    )


def _people(entry: Entry, may_name: set[int]) -> str:
    authors: list[Author] = vars(entry).get("shown_authors") or list(entry.authors.all())
    shown = [author for author in authors if author.user_id in may_name]
    names = ", ".join(author.full_name for author in shown)
    hidden = len(authors) - len(shown)
    if not hidden:
        return names
    more = _("%(count)s authors without a published name") % {"count": hidden}
    return f"{names}, {more}" if names else more


def digest(lines: Iterable[Line]) -> str:
    """SHA-256 over all that the lines say, in their order."""
    said = [[_plain(getattr(line, name)) for name in FIELDS] for line in lines]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return str(value.quantize(Decimal("0.01"))) if isinstance(value, Decimal) else value


def verify() -> list[str]:
    """What is wrong with the results that there are, with their numbers; nothing when each gives its digest."""
    found = []
    for snapshot in Snapshot.objects.order_by("pk").iterator(chunk_size=50):
        if not is_as_made(snapshot):
            found.append(f"result {snapshot.pk} ({snapshot}) is not as it was made")
    return found


def is_as_made(snapshot: Snapshot) -> bool:
    """Whether the lines still say what they said when the snapshot was made."""
    return digest(snapshot.lines.order_by("ordinal")) == snapshot.digest


# --- Checking and publishing -----------------------------------------------------------------------------------------
@transaction.atomic
def check(snapshot: Snapshot, *, by: User, now: datetime) -> Snapshot:
    """Somebody has compared the result with the sheets: not its maker, where the contest has two organizers."""
    held = _held(snapshot, by)
    if held.status != Snapshot.Status.PROVISIONAL:
        return held
    organizers = Office.objects.filter(contest=held.round.contest_id, role=Office.Role.ORGANIZER)
    if held.made_by_id == by.pk and organizers.exclude(user=by).exists():
        raise Refused(_("Somebody else than who made it checks the result."), code="same")
    _must_stand(held)
    held.status, held.checked_at, held.checked_by = Snapshot.Status.CHECKED, now, by
    held.save(update_fields=["status", "checked_at", "checked_by"])
    _record("results.checked", held, by, now, {})
    return held


@transaction.atomic
def publish(snapshot: Snapshot, *, by: User, decision: str, now: datetime) -> Snapshot:
    """The result is public by a decision; a version that was public before is replaced, and everyone in it is told."""
    held = _held(snapshot, by)
    if held.status == Snapshot.Status.PUBLISHED:
        return held
    if held.status != Snapshot.Status.CHECKED:
        raise Refused(_("Only a checked result is published."), code="unchecked")
    _must_stand(held)
    if not decision.strip():
        raise Refused(_("Name the decision by which the result is published."), code="decision")
    subject = Snapshot.objects.filter(round=held.round_id, stage=held.stage_id, period=held.period_id)
    if subject.filter(version__gt=held.version, status=Snapshot.Status.PUBLISHED).exists():
        raise Refused(_("A later version is published already."), code="later")
    subject.filter(status=Snapshot.Status.PUBLISHED).update(status=Snapshot.Status.REPLACED)
    held.status, held.published_at, held.published_by = Snapshot.Status.PUBLISHED, now, by
    held.decision = decision.strip()[:200]
    held.save(update_fields=["status", "published_at", "published_by", "decision"])
    _tell(held, now)
    _record("results.published", held, by, now, {"decision": held.decision})
    return held


def _must_stand(snapshot: Snapshot) -> None:
    """Refuses a result whose lines have changed, or whose stage has been opened again since it was made."""
    if not is_as_made(snapshot):
        raise Refused(_("The lines are not as they were made. Make a new version."), code="changed")
    refuse_reopened(snapshot)


def refuse_reopened(snapshot: Snapshot) -> None:
    """Refuses a result whose stage has been opened again since: its sheets are no longer those it was made from."""
    stage = snapshot.stage
    if stage is not None and (stage.closed_at is None or stage.closed_at > snapshot.made_at):
        raise Refused(_("The stage was opened again since the result was made. Make a new version."), code="reopened")


def _held(snapshot: Snapshot, by: User) -> Snapshot:
    """The result, for this transaction alone; its stage first, since versions of one stage come one after the other."""
    list(Stage.objects.select_for_update().filter(pk__in=[snapshot.stage_id or 0]).values_list("pk"))
    held = (
        Snapshot.objects.select_for_update(of=("self",)).select_related("round__contest", "stage").get(pk=snapshot.pk)
    )
    _must_organize(held.round.contest, by)
    return held


def _tell(snapshot: Snapshot, now: datetime) -> None:
    """Everyone with an entry in the result is told, once a version."""
    authors = Author.objects.standing().filter(entry__lines__snapshot=snapshot, user__isnull=False)
    people = User.objects.filter(pk__in=authors.values("user"))
    telling.tell(
        people, PUBLISHED, key=f"result:{snapshot.pk}", values={"title": snapshot.title},
        path=reverse("result_round", args=[snapshot.round.contest.slug, snapshot.round.order]), now=now,
    )  # fmt: skip


def _must_organize(contest: Contest, by: User) -> None:
    if not Contest.objects.run_by(by).filter(pk=contest.pk).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")


def _record(done: str, snapshot: Snapshot, by: User, now: datetime, data: dict[str, Any]) -> None:
    data = {"version": snapshot.version, "digest": snapshot.digest, **data}
    ledger.append(now=now, actor=by, action=done, subject=snapshot, data=data, contest_id=snapshot.round.contest_id)


# --- Comparing -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one entry between two versions."""

    code: str
    title: str
    before: str
    after: str


def differences(old: Snapshot, new: Snapshot) -> list[Difference]:
    """Every entry whose place, score, prize or standing is another one, in the order of the new version."""
    one = {line.code: line for line in old.lines.all()}
    other = {line.code: line for line in new.lines.all()}
    found = []
    for code in [*other, *(code for code in one if code not in other)]:
        before, after = (_said(lines.get(code)) for lines in (one, other))
        if before != after:
            title = (other.get(code) or one[code]).title
            found.append(Difference(code, title, before, after))
    return found


def _said(line: Line | None) -> str:
    """A line in short."""
    if line is None:
        return "–"
    if line.is_excluded:
        return _("excluded: %(reason)s") % {"reason": line.reason}
    score = "–" if line.score is None else f"{line.score:.2f}".replace(".", ",")
    words = [
        _("place %(place)s") % {"place": line.place or "–"},
        score,
        line.prize,
        _("goes on") if line.goes_on else "",
    ]
    return " · ".join(word for word in words if word)
