"""What locked sheets come to: kept up by the clock, decided by the chair where judges lie apart, sealed by a close.

An outcome is computed from the sheets as they are, so computing it again changes nothing. Live stages are concluded
the same way, once their sheets are sealed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import aggregating, assigning, conflicts, marking
from contest.judging.models import Assignment, Candidate, Mark, Seat, Sheet, Stage
from contest.judging.rubrics import Asked, Rubrics
from contest.rounds.models import Contest

FIELDS = ["outcome", "score", "spread", "total", "passes", "place", "basis"]
Outcome = Candidate.Outcome


# --- Outcomes --------------------------------------------------------------------------------------------------------
@dataclass
class Found:
    """An entry at a stage with what its sheets came to."""

    candidate: Candidate
    values: dict[str, Any]
    key: Any = None  # what ranks it; None where nothing does


def refresh(now: datetime) -> int:
    """Outcomes and places of all open stages stand as their locked sheets say; returns how many have changed."""
    stages = Stage.objects.filter(closed_at=None, opens_at__lte=now).select_related("round__contest").order_by("pk")
    return sum(conclude(stage, now=now) for stage in stages)


def conclude(stage: Stage, *, now: datetime) -> int:
    """The same for one stage; where a further judge is to settle a discrepancy, one is asked."""
    if not any(_differs(one) for one in outcomes(stage)):
        _ask_further(stage, now)
        return 0
    with transaction.atomic():
        held = assigning.locked(stage)
        if held.closed_at is not None:
            return 0
        list(Candidate.objects.select_for_update(of=("self",)).filter(stage=held).order_by("pk"))
        changed = _write(outcomes(held))
    _ask_further(stage, now)
    return changed


def _differs(found: Found) -> bool:
    return any(getattr(found.candidate, name) != value for name, value in found.values.items())


def _write(found: Sequence[Found]) -> int:
    changed = []
    for one in found:
        if _differs(one):
            for name, value in one.values.items():
                setattr(one.candidate, name, value)
            changed.append(one.candidate)
    Candidate.objects.bulk_update(changed, FIELDS, batch_size=500)
    return len(changed)


def _ask_further(stage: Stage, now: datetime) -> None:
    """Each entry that judges disagree on has its further judge, once; where nobody is left the chair decides."""
    if stage.on_discrepancy != Stage.Discrepancy.JUDGE or stage.is_live:
        return
    asked = Assignment.objects.filter(why=Assignment.Why.DISCREPANCY, candidate__stage=stage, ended_at=None)
    rows = Candidate.objects.standing().filter(stage=stage, outcome=Outcome.DISCREPANT, decided_at=None)
    for candidate in rows.exclude(pk__in=asked.values("candidate")).order_by("pk"):
        try:
            assigning.add_judge(candidate, why=Assignment.Why.DISCREPANCY, by=None, now=now)
        except Refused:  # it stays with the chair, whose page lists it
            continue


def outcomes(stage: Stage) -> list[Found]:
    """What the sheets of a stage come to now, with places among the same kind and form; nothing is written."""
    sheets = Sheet.objects.prefetch_related(Prefetch("marks", Mark.objects.select_related("criterion")))
    standing = Assignment.objects.standing().prefetch_related(Prefetch("sheet", sheets))
    rows = Candidate.objects.filter(stage=stage).select_related("entry").order_by("pk")
    rubrics, members = Rubrics(stage), Seat.objects.sitting().filter(panel__stage=stage).count()
    before = _totals_before(stage)
    found = [
        _outcome(one, stage, rubrics.of(one.entry.kind_id), members if stage.is_live else 0, before)
        for one in rows.prefetch_related(Prefetch("assignments", standing, to_attr="standing"))
    ]
    _place(found)
    return found


def _totals_before(stage: Stage) -> dict[int, Decimal | None]:
    """By entry, what ranked it at the stage before; read only where it weighs."""
    if stage.weight is None:
        return {}
    before = Stage.objects.filter(round=stage.round_id, order__lt=stage.order).order_by("-order").first()
    return dict(Candidate.objects.filter(stage=before).values_list("entry", "total"))


def _outcome(
    candidate: Candidate, stage: Stage, asked: Asked | None, members: int, before: dict[int, Decimal | None]
) -> Found:
    values: dict[str, Any] = {
        "outcome": Outcome.WAITING, "score": None, "spread": None, "total": None, "passes": None, "place": None,
        "basis": "",
    }  # fmt: skip
    is_out = candidate.is_absent or candidate.entry.status != candidate.entry.Status.VALID
    if is_out or asked is None:
        return Found(candidate, values)
    rows: list[Assignment] = vars(candidate)["standing"]
    sealed = [row for row in rows if assigning.is_sealed(row)]
    sheets = [_sheet(row.sheet, asked) for row in sealed]
    rules = aggregating.Rules(
        method=stage.aggregation, needed=stage.judges_per_entry, members=members, tolerance=stage.tolerance,
        pass_score=asked.use.pass_score, not_zero=asked.not_zero,
    )  # fmt: skip
    came = aggregating.outcome(
        sheets, rules, open_sheets=len(rows) - len(sealed), is_decided=candidate.decided_at is not None,
        has_further=any(row.why == Assignment.Why.DISCREPANCY for row in rows),
    )  # fmt: skip
    values |= {"outcome": came.state, "score": came.score, "spread": came.spread, "passes": came.passes}
    values["basis"] = _basis(sealed, candidate)
    if came.score is not None:
        values["total"] = aggregating.total(came.score, before.get(candidate.entry_id), stage.weight)
    found = Found(candidate, values)
    if values["total"] is not None:
        means = [aggregating.mean_of(sheets, code) for code in asked.use.tie_break]
        found.key = aggregating.rank_key(values["total"], means, candidate.decided_order)
    return found


def _sheet(sheet: Sheet, asked: Asked) -> aggregating.Sheet:
    points = {mark.criterion.code: mark.points for mark in sheet.marks.all() if mark.points is not None}
    assert sheet.total is not None
    return aggregating.Sheet(aggregating.with_groups(points, asked.parents), sheet.total)


def _basis(sealed: Sequence[Assignment], candidate: Candidate) -> str:
    said = [(row.pk, row.sheet.revision, str(row.sheet.total)) for row in sorted(sealed, key=lambda one: one.pk)]
    return hashlib.sha256(repr((said, candidate.decided_at)).encode()).hexdigest()


def _place(found: Sequence[Found]) -> None:
    groups: dict[Any, list[Found]] = defaultdict(list)
    for one in found:
        if one.key is not None:
            groups[one.candidate.entry.kind_id, one.candidate.entry.form].append(one)
    for group in groups.values():
        for one, place in zip(group, aggregating.ranks([one.key for one in group]), strict=True):
            one.values["place"] = place


# --- The chair -------------------------------------------------------------------------------------------------------
def leads(stage: Stage, user: User) -> bool:
    """Whether the person is a chair of the stage, or organizes the contest."""
    chairs = Seat.objects.sitting().filter(panel__stage=stage, user=user, is_chair=True)
    return chairs.exists() or Contest.objects.run_by(user).filter(pk=stage.round.contest_id).exists()


def must_lead(candidate: Candidate, by: User) -> None:
    """Refuses whoever does not lead the stage, and a chair whom a conflict of interest keeps from the entry."""
    stage = candidate.stage
    if not leads(stage, by):
        raise Refused(_("Only the chair or the organizers decide this."), code="chair")
    if Candidate.objects.closed_to(by, stage.round.contest).filter(pk=candidate.pk).exists():
        raise Refused(_("A conflict of interest keeps you from this entry."), code="conflict")


def decide(candidate: Candidate, *, reason: str, by: User, now: datetime) -> Candidate:
    """The sheets stand as they are, though they lie apart: they make the score."""
    reason = conflicts.said(reason)
    with transaction.atomic():
        held = _decidable(candidate, by)
        if held.outcome != Outcome.DISCREPANT:
            raise Refused(_("The judges do not disagree on this entry."), code="outcome")
        _decided(held, reason, None, by, now)
    conclude(held.stage, now=now)
    return held


def break_tie(first: Candidate, *, reason: str, by: User, now: datetime) -> Candidate:
    """Of those that share its place, this one stands before the others that were not decided about before it."""
    reason = conflicts.said(reason)
    with transaction.atomic():
        held = _decidable(first, by)
        equals = Candidate.objects.select_for_update(of=("self",)).filter(
            stage=held.stage_id, entry__kind=held.entry.kind_id, entry__form=held.entry.form, total=held.total,
        )  # fmt: skip
        rows = list(equals.order_by("pk"))
        if held.place is None or not any(one.pk != held.pk and one.place == held.place for one in rows):
            raise Refused(_("No other entry shares its place."), code="tie")
        order = 1 + max((one.decided_order or 0 for one in rows), default=0)
        _decided(held, reason, order, by, now)
    conclude(held.stage, now=now)
    return held


def _decidable(candidate: Candidate, by: User) -> Candidate:
    held = assigning.lock_candidate(candidate)
    must_lead(held, by)
    if held.stage.closed_at is not None:
        raise Refused(_("“%(stage)s” is closed.") % {"stage": held.stage}, code="closed")
    return held


def _decided(candidate: Candidate, reason: str, order: int | None, by: User, now: datetime) -> None:
    candidate.decision, candidate.decided_order = reason, order
    candidate.decided_by, candidate.decided_at = by, now
    candidate.save(update_fields=["decision", "decided_order", "decided_by", "decided_at"])
    _record(
        candidate.stage, "candidates.decided", {"candidate": candidate.pk, "order": order, "reason": reason}, by, now
    )


def reopen(assignment: Assignment, *, reason: str, by: User, now: datetime) -> Sheet:
    """The chair opens a sealed sheet again."""
    must_lead(assignment.candidate, by)
    return marking.reopen(assignment, reason=reason, by=by, now=now)


def add_judge(candidate: Candidate, *, by: User, now: datetime) -> Assignment:
    """The chair asks one more judge."""
    must_lead(candidate, by)
    return assigning.add_judge(candidate, why=Assignment.Why.BY_HAND, by=by, now=now)


# --- The close -------------------------------------------------------------------------------------------------------
def close(stage: Stage, *, by: User, now: datetime) -> Stage:
    """The outcome stands: nothing is marked any more, and it is known who goes on. A repetition changes nothing.

    Refused while an entry has no score, or equals stand at the edge of those who go on.
    """
    conflicts.must_organize(stage.round.contest, by)
    with transaction.atomic():
        held = assigning.locked(stage)
        if held.closed_at is not None:
            return held
        if held.adjusts_severity:
            raise Refused(_("Ranking by adjusted marks is not there yet: take it off the stage."), code="adjusted")
        list(Candidate.objects.select_for_update(of=("self",)).filter(stage=held).order_by("pk"))
        found = outcomes(held)
        _write(found)
        _refuse_unfinished(found)
        _let_on(held, found)
        held.closed_at = now
        held.save(update_fields=["closed_at"])
        going = [one.candidate.pk for one in found if one.candidate.goes_on]
        _record(held, "stages.closed", {"candidates": len(found), "going_on": going}, by, now)
    return held


def _refuse_unfinished(found: Sequence[Found]) -> None:
    valid = [one.candidate for one in found if not one.candidate.is_absent and one.candidate.entry.status == "valid"]
    codes = [one.entry.code for one in valid if one.outcome != Outcome.SCORED]
    if not valid or codes:
        named = ", ".join(codes[: assigning.MOST_NAMED])
        raise Refused(_("Not all entries have a score: %(codes)s") % {"codes": named or "–"}, code="unfinished")


def _let_on(stage: Stage, found: Sequence[Found]) -> None:
    """Each entry goes on when a rule lets it; without rules, all that pass do."""
    rules = list(stage.advances.all())
    ranked = [one for one in found if one.key is not None and one.candidate.passes]
    going = set() if rules else {one.candidate.pk for one in ranked}
    for rule in rules:
        among = [
            one for one in ranked
            if rule.kind_id in {None, one.candidate.entry.kind_id}
            and (not rule.forms or one.candidate.entry.form in rule.forms)
            and (rule.least_score is None or one.values["total"] >= rule.least_score)
        ]  # fmt: skip
        cut = aggregating.best([one.key for one in among], len(among) if rule.top is None else rule.top)
        if cut.tied:
            codes = ", ".join(sorted(among[at].candidate.entry.code for at in cut.tied))
            raise Refused(_("The chair decides first which of these equals go on: %(codes)s") % {"codes": codes})
        going |= {among[at].candidate.pk for at in cut.best}
    for one in found:
        one.candidate.goes_on = one.candidate.pk in going
    Candidate.objects.bulk_update([one.candidate for one in found], ["goes_on"], batch_size=500)


def advance(stage: Stage, following: Stage, *, by: User, now: datetime) -> int:
    """Those that go on from a closed stage are candidates of the one that follows; how many are new."""
    before = Stage.objects.filter(round=following.round_id, order__lt=following.order).order_by("-order").first()
    if before is None or before.pk != stage.pk:
        raise Refused(_("“%(stage)s” does not follow on this stage.") % {"stage": following}, code="following")
    return assigning.take_in(following, by=by, now=now)


def _record(stage: Stage, action: str, data: dict[str, Any], by: User, now: datetime) -> None:
    ledger.append(now=now, actor=by, action=action, subject=stage, data=data, contest_id=stage.round.contest_id)
