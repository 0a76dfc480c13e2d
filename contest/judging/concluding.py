"""What judging comes to: outcomes from locked sheets, places, who goes on; and what the chair and organizers decide.

Outcomes are written here alone, by a sweep and whenever somebody decides; they can be made again from the sheets at any
time. A stage is closed once, when nothing is missing and nobody disagrees; then no mark changes any more.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import aggregating, assigning, calibrating, conflicts, marking
from contest.judging.models import (
    Advance,
    Assignment,
    Candidate,
    CandidateQuerySet,
    Mark,
    Panel,
    Seat,
    Sheet,
    Stage,
)
from contest.judging.rubrics import Asked, Rubrics
from contest.rounds.models import Contest

# What ranks a candidate, without the long texts of its entry.
LEAN = (
    "stage", "outcome", "total", "passes", "decided_order", "place", "entry__code", "entry__kind", "entry__form",
    "entry__round",
)  # fmt: skip
FIELDS = ["outcome", "score", "spread", "total", "passes", "basis"]
Outcome = Candidate.Outcome


# --- Who may decide --------------------------------------------------------------------------------------------------
def leads(stage: Stage, user: User) -> bool:
    """Whether the person is a chair at the stage, or organizes the contest."""
    chairs = Seat.objects.serving().filter(panel__stage=stage, user=user, is_chair=True)
    return chairs.exists() or organizes(stage, user)


def organizes(stage: Stage, user: User) -> bool:
    """Whether the person organizes the contest of the stage."""
    return Contest.objects.run_by(user).filter(pk=stage.round.contest_id).exists()


def led_by(stage: Stage, user: User) -> CandidateQuerySet:
    """The entries on which the person decides: those that no conflict of interest keeps from them.

    For a chair, those that their panels mark; but none that they have still to mark themselves, since they would see
    the others' marks before.
    """
    rows = Candidate.objects.open_to(user, stage.round.contest).standing().filter(stage=stage)
    if organizes(stage, user):
        return rows
    own = Assignment.objects.standing().filter(candidate__stage=stage, seat__user=user)
    rows = rows.exclude(pk__in=own.exclude(sheet__locked_at__isnull=False).values("candidate"))
    covered = Q(pk=None)
    for panel in Panel.objects.filter(seats__in=Seat.objects.serving().filter(user=user, is_chair=True), stage=stage):
        scope = assigning.scope_of(panel)
        kinds = Q(entry__kind__in=scope.kinds) if scope.kinds else Q()
        covered |= Q(pk__isnull=False) & kinds & (Q(entry__category__in=scope.categories) if scope.categories else Q())
    return rows.filter(covered)


def must_lead(candidate: Candidate, by: User) -> None:
    """Refuses whoever decides nothing at the stage, and whoever decides nothing on this very entry."""
    stage = candidate.stage
    if not leads(stage, by):
        raise Refused(_("Only the chair or the organizers decide this."), code="chair")
    if not led_by(stage, by).filter(pk=candidate.pk).exists():
        if Candidate.objects.closed_to(by, stage.round.contest).filter(pk=candidate.pk).exists():
            raise Refused(_("A conflict of interest keeps you from this entry."), code="conflict")
        raise Refused(_("You decide on this entry only when your own sheet is locked."), code="own")


# --- Outcomes --------------------------------------------------------------------------------------------------------
@dataclass
class Tally:
    """The sheets of an entry: the locked ones, and how many are still open."""

    locked: list[aggregating.Sheet]
    open: int
    has_further: bool


def refresh(now: datetime) -> int:
    """Outcomes and places of all open stages stand as their locked sheets say; returns how many have changed.

    Only entries whose sheets, decisions or rules are others than at the last time are looked at again.
    """
    stages = Stage.objects.filter(closed_at=None, opens_at__lte=now).select_related("round__contest").order_by("pk")
    return sum(conclude(stage, now=now) for stage in stages)


def conclude(stage: Stage, *, now: datetime) -> int:
    """The same for one stage; where a further judge is to settle a discrepancy, one is asked."""
    changed = _conclude(stage)
    _ask_further(stage, now)
    return changed


def _conclude(stage: Stage) -> int:
    rubrics, members = Rubrics(stage), _members(stage)
    rules = _rules_text(stage, rubrics, members)
    hashes = _bases(stage, rules)
    known = dict(Candidate.objects.filter(stage=stage).values_list("pk", "basis"))
    stale = [pk for pk, hashed in hashes.items() if known.get(pk) != hashed]
    if not stale:
        return 0
    with transaction.atomic():
        if assigning.locked(stage).closed_at is not None:
            return 0
        rows = Candidate.objects.select_for_update(of=("self",)).filter(pk__in=stale).order_by("pk")
        held = list(rows.select_related("entry"))
        hashes = _bases(stage, rules, stale)
        _evaluate(stage, rubrics, held, members)
        for candidate in held:
            candidate.basis = hashes[candidate.pk]
        Candidate.objects.bulk_update(held, FIELDS, batch_size=500)
        _rank(stage, rubrics)
    return len(held)


def _ask_further(stage: Stage, now: datetime) -> None:
    """Each entry that judges disagree on has its further judge, once; where nobody is left the chair decides."""
    if stage.on_discrepancy != Stage.Discrepancy.JUDGE or stage.is_live:
        return
    asked = Assignment.objects.filter(why=Assignment.Why.DISCREPANCY, candidate__stage=stage)
    rows = Candidate.objects.standing().filter(stage=stage, outcome=Outcome.DISCREPANT, decided_at=None)
    for candidate in rows.exclude(pk__in=asked.values("candidate")).order_by("pk"):
        try:
            assigning.add_judge(candidate, why=Assignment.Why.DISCREPANCY, by=None, now=now)
        except Refused:  # it stays with the chair, whose page lists it
            continue


def _rules_text(stage: Stage, rubrics: Rubrics, members: dict[int, int]) -> str:
    """All rules that outcomes are made by, so that a change of them is noticed."""
    uses = [
        [kind, one.use.rubric_id, str(one.use.pass_score), one.not_zero, one.use.tie_break]
        for kind, one in sorted(rubrics.by_kind.items(), key=lambda pair: pair[0] or 0)
    ]
    said = [
        stage.aggregation, stage.judges_per_entry, str(stage.tolerance), stage.on_discrepancy, stage.weight, uses,
        sorted(members.items()),
    ]  # fmt: skip
    return json.dumps(said)


def _bases(stage: Stage, rules: str, only: Iterable[int] | None = None) -> dict[int, str]:
    """By candidate, a hash of what its outcome is made from; one query."""
    rows = Candidate.objects.filter(stage=stage)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    standing = Q(assignments__ended_at=None)
    sealed = standing & Q(assignments__sheet__locked_at__isnull=False)
    figures: dict[str, Any] = {
        "n_standing": Count("assignments", filter=standing),
        "n_sealed": Count("assignments", filter=sealed),
        "n_further": Count("assignments", filter=standing & Q(assignments__why=Assignment.Why.DISCREPANCY)),
        "totals": Sum("assignments__sheet__total", filter=sealed),
        "revisions": Sum("assignments__sheet__revision", filter=sealed),
        "last_at": Max("assignments__sheet__locked_at", filter=sealed),
    }
    counted = rows.order_by().annotate(**figures)
    facts = counted.values_list("pk", "is_absent", "entry__status", "decided_at", "decided_order", *figures)
    return {row[0]: hashlib.sha256(f"{rules}{row}".encode()).hexdigest() for row in facts}


def _members(stage: Stage) -> dict[int, int]:
    """By panel, how many sit on it."""
    rows = Seat.objects.sitting().filter(panel__stage=stage).order_by()
    return dict(rows.values_list("panel").annotate(n=Count("pk")))


def _evaluate(stage: Stage, rubrics: Rubrics, candidates: Sequence[Candidate], members: dict[int, int]) -> None:
    """The candidates have their outcome; not saved."""
    counted = sheets_by_candidate(rubrics, candidates)
    earlier = _totals_before(stage, [one.entry_id for one in candidates])
    known = assigning.scopes(stage)
    for candidate in candidates:
        asked = rubrics.of(candidate.entry.kind_id)
        count = counted[candidate.pk]
        sitting = sum(n for panel, n in members.items() if known[panel].covers(candidate.entry))
        done = aggregating.Outcome(aggregating.WAITING)
        if asked is not None and candidate.entry.status == "valid" and not candidate.is_absent:
            done = aggregating.outcome(
                count.locked, rules_of(stage, asked, sitting), open_sheets=count.open, has_further=count.has_further,
                is_decided=candidate.decided_at is not None,
            )  # fmt: skip
        candidate.outcome, candidate.score, candidate.spread = done.state, done.score, done.spread
        candidate.passes = done.passes
        candidate.total = None
        if done.score is not None:
            candidate.total = aggregating.total(done.score, earlier.get(candidate.entry_id), stage.weight)


def rules_of(stage: Stage, asked: Asked, members: int) -> aggregating.Rules:
    """How the marks of a kind of entry become an outcome at the stage."""
    return aggregating.Rules(
        method=stage.aggregation, needed=stage.judges_per_entry, members=members, tolerance=stage.tolerance,
        pass_score=asked.use.pass_score, not_zero=asked.not_zero,
    )  # fmt: skip


def sheets_by_candidate(rubrics: Rubrics, candidates: Sequence[Candidate]) -> dict[int, Tally]:
    """The locked sheets of each candidate with the points by code, groups too; two queries."""
    kinds = {candidate.pk: candidate.entry.kind_id for candidate in candidates}
    found = {pk: Tally([], 0, False) for pk in kinds}
    rows = Assignment.objects.standing().filter(candidate__in=list(kinds)).select_related("sheet").order_by("pk")
    assignments = list(rows)
    marks: dict[int, dict[str, Decimal]] = defaultdict(dict)
    points = Mark.objects.filter(sheet__assignment__in=[row.pk for row in assignments], points__isnull=False)
    for assignment, code, number in points.values_list("sheet__assignment", "criterion__code", "points"):
        marks[assignment][code] = number or Decimal(0)
    for row in assignments:
        count = found[row.candidate_id]
        count.has_further |= row.why == Assignment.Why.DISCREPANCY
        asked = rubrics.of(kinds[row.candidate_id])
        if asked is None or not assigning.is_sealed(row):
            count.open += 1
            continue
        given = aggregating.with_groups(marks[row.pk], asked.parents)
        count.locked.append(aggregating.Sheet(given, row.sheet.total or Decimal(0)))
    return found


def _totals_before(stage: Stage, entries: Iterable[int]) -> dict[int, Decimal | None]:
    """By entry, the total with which it came from the stage before; read only where it weighs."""
    before = Stage.objects.filter(round=stage.round_id, order__lt=stage.order).order_by("-order").first()
    if before is None or stage.weight is None:
        return {}
    return dict(Candidate.objects.filter(stage=before, entry__in=list(entries)).values_list("entry", "total"))


def _adjusted(stage: Stage, rubrics: Rubrics, rows: Sequence[Candidate]) -> dict[int, Decimal]:
    """By candidate, the score without the judges' severity, kind by kind; only where that was declared to rank."""
    found: dict[int, Decimal] = {}
    if not stage.adjusts_severity:
        return found
    scored = [row for row in rows if row.outcome == Outcome.SCORED]
    sealed = Assignment.objects.locked().filter(candidate__in=[row.pk for row in scored])
    totals: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for candidate, judge, total in sealed.values_list("candidate", "seat__user", "sheet__total"):
        totals[candidate].append((judge, total or Decimal(0)))
    for kind in {row.entry.kind_id for row in scored}:
        of_kind = [row.pk for row in scored if row.entry.kind_id == kind]
        seen = [calibrating.Observation(judge, pk, float(total)) for pk in of_kind for judge, total in totals[pk]]
        asked = rubrics.of(kind)
        most = asked.maximum if asked else Decimal(0)
        for pk, score in calibrating.calibrate(seen).adjusted.items():
            found[int(str(pk))] = min(max(aggregating.half_up(Fraction(score)), Decimal(0)), most)
    return found


# --- Places ----------------------------------------------------------------------------------------------------------
def ranked(candidates: Sequence[Candidate], rubrics: Rubrics) -> dict[int, Any]:
    """By candidate, what it is ranked by among those that have a total; criteria are read for equals alone."""
    scored = [one for one in candidates if one.total is not None and one.outcome == Outcome.SCORED]
    equal = {total for total, count in _counted(one.total for one in scored).items() if count > 1}
    by_criteria = {kind for kind, one in rubrics.by_kind.items() if one.use.tie_break}
    looked_at = [one for one in scored if one.total in equal and by_criteria & {None, one.entry.kind_id}]
    sheets = sheets_by_candidate(rubrics, looked_at)
    found = {}
    for one in scored:
        asked = rubrics.of(one.entry.kind_id)
        means: list[Fraction] = []
        if one.pk in sheets and asked is not None:
            means = [aggregating.mean_of(sheets[one.pk].locked, code) for code in asked.use.tie_break]
        assert one.total is not None
        found[one.pk] = aggregating.rank_key(one.total, means, one.decided_order)
    return found


def _counted(totals: Iterable[Decimal | None]) -> dict[Decimal | None, int]:
    count: dict[Decimal | None, int] = defaultdict(int)
    for total in totals:
        count[total] += 1
    return count


def _rank(stage: Stage, rubrics: Rubrics) -> None:
    """Each scored entry has its place among those of its kind and form."""
    rows = list(Candidate.objects.standing().filter(stage=stage).select_related("entry"))
    adjusted = _adjusted(stage, rubrics, rows)
    before = _totals_before(stage, [row.entry_id for row in rows if row.pk in adjusted])
    for row in rows:
        if row.pk in adjusted:
            row.total = aggregating.total(adjusted[row.pk], before.get(row.entry_id), stage.weight)
    keys = ranked(rows, rubrics)
    groups: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for row in rows:
        if row.pk in keys:
            groups[row.entry.kind_id, row.entry.form].append(row)
    places: dict[int, int] = {}
    for group in groups.values():
        found = aggregating.ranks([keys[row.pk] for row in group])
        places.update({row.pk: place for row, place in zip(group, found, strict=True)})
    changed = [row for row in rows if row.pk in adjusted or row.place != places.get(row.pk)]
    for row in changed:
        row.place = places.get(row.pk)
    Candidate.objects.bulk_update(changed, ["total", "place"], batch_size=500)


def ties(stage: Stage) -> list[list[Candidate]]:
    """Entries of a kind and form that share a place: neither their totals nor their criteria part them."""
    rows = Candidate.objects.standing().filter(stage=stage, place__isnull=False).select_related("entry__kind")
    groups: dict[tuple[int, str, int], list[Candidate]] = defaultdict(list)
    for row in rows.order_by("entry__kind", "entry__form", "place", "entry__code"):
        groups[row.entry.kind_id, row.entry.form, row.place or 0].append(row)
    return [group for group in groups.values() if len(group) > 1]


# --- Decisions -------------------------------------------------------------------------------------------------------
def decide(candidate: Candidate, *, reason: str, by: User, now: datetime) -> Candidate:
    """What the sheets say stands, though they lie apart, or are fewer than wanted. Refused while one is open."""
    reason = conflicts.said(reason)
    conclude(candidate.stage, now=now)
    with transaction.atomic():
        held = _decidable(candidate, by)
        sheets = Assignment.objects.standing().filter(candidate=held)
        if not sheets.exists() or sheets.exclude(sheet__locked_at__isnull=False).exists():
            raise Refused(_("Not all sheets of %(code)s are locked.") % {"code": held.entry.code}, code="open")
        if held.outcome == Outcome.SCORED:
            raise Refused(_("The judges do not disagree on this entry."), code="outcome")
        _decided(held, reason, None, by, now)
    conclude(held.stage, now=now)
    return held


def break_tie(first: Candidate, *, reason: str, by: User, now: datetime) -> Candidate:
    """Of those that share its place, this one stands before the others that were not decided about before it.

    So it is, too, among equals of several kinds or forms that a rule ranks together and of whom only some can go on.
    """
    reason = conflicts.said(reason)
    with transaction.atomic():
        held = _decidable(first, by)
        equals = Candidate.objects.select_for_update(of=("self",)).select_related("entry")
        rows = list(equals.filter(stage=held.stage_id, total=held.total).order_by("pk"))
        if not _shares_its_place(held, rows) and held not in edge(held.stage):
            raise Refused(_("No other entry shares its place."), code="tie")
        order = 1 + max((one.decided_order or 0 for one in rows), default=0)
        _decided(held, reason, order, by, now)
    conclude(held.stage, now=now)
    return held


def _shares_its_place(held: Candidate, rows: Sequence[Candidate]) -> bool:
    mine = (held.entry.kind_id, held.entry.form, held.place)
    others = [(one.entry.kind_id, one.entry.form, one.place) for one in rows if one.pk != held.pk]
    return held.place is not None and mine in others


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
    data = {"candidate": candidate.pk, "order": order, "reason": reason}
    _record(candidate.stage, "candidates.decided", data, by, now)


def reopen(assignment: Assignment, *, reason: str, by: User, now: datetime) -> Sheet:
    """The judge marks the entry once more; for the chair and the organizers, but nobody opens their own sheet."""
    must_lead(assignment.candidate, by)
    if assignment.seat.user_id == by.pk:
        raise Refused(_("Somebody else opens your own sheet again: you have seen the others' marks."), code="own")
    sheet = marking.reopen(assignment, reason=reason, by=by, now=now)
    conclude(assignment.candidate.stage, now=now)
    return sheet


def end(assignment: Assignment, *, reason: str, by: User, now: datetime) -> None:
    """The judge marks the entry no more, and a sheet of theirs counts no more; for the chair and the organizers."""
    must_lead(assignment.candidate, by)
    marking.end(assignment, reason=reason, by=by, now=now)
    conclude(assignment.candidate.stage, now=now)


def add_judge(candidate: Candidate, *, seat: Seat | None = None, by: User, now: datetime) -> Assignment:
    """One more judge marks the entry; for the chair and the organizers."""
    must_lead(candidate, by)
    disagreed = candidate.outcome == Outcome.DISCREPANT
    why = Assignment.Why.DISCREPANCY if disagreed else Assignment.Why.BY_HAND
    made = assigning.add_judge(candidate, seat=seat, why=why, by=by, now=now)
    conclude(candidate.stage, now=now)
    return made


def unmask(candidate: Candidate, *, reason: str, by: User, now: datetime) -> None:
    """That the person looks at who made an entry of a blind stage stands in the ledger, with why."""
    reason = conflicts.said(reason)
    must_lead(candidate, by)
    _record(candidate.stage, "candidates.unmasked", {"candidate": candidate.pk, "reason": reason}, by, now)


def _record(stage: Stage, action: str, data: dict[str, Any], by: User | None, now: datetime) -> None:
    ledger.append(now=now, actor=by, action=action, subject=stage, data=data, contest_id=stage.round.contest_id)


# --- The close -------------------------------------------------------------------------------------------------------
def hindrances(stage: Stage) -> list[str]:
    """Why the stage can't be closed yet: sentences, none when it can. Outcomes are taken as they stand."""
    standing = Candidate.objects.standing().filter(stage=stage, is_absent=False)
    rows = list(standing.select_related("entry").only(*LEAN))
    if not rows:
        return [_("This stage has no entries yet: take them in first.")]
    rubrics = Rubrics(stage)
    found = []
    waiting = [row for row in rows if row.outcome == Outcome.WAITING]
    if waiting:
        found.append(_named(_("Sheets are missing: %(entries)s."), waiting))
    apart = [row for row in rows if row.outcome == Outcome.DISCREPANT]
    if apart:
        found.append(_named(_("Judges disagree, and nobody has decided: %(entries)s."), apart))
    untotalled = [row for row in rows if row.outcome == Outcome.SCORED and row.total is None]
    if untotalled:
        found.append(_named(_("The stage before has no total to add: %(entries)s."), untotalled))
    found += _compromised(stage) + _without_quorum(stage)
    if not found:
        tied = going_on(stage, rows, rubrics).tied
        edge = [row for row in rows if row.pk in tied]
        if edge:
            found.append(_named(_("The chair decides first which of these equals go on: %(entries)s."), edge))
    return found


def _named(sentence: str, candidates: Sequence[Candidate]) -> str:
    """The sentence with the codes of the entries, the first of them by name."""
    return _coded(sentence, sorted(candidate.entry.code for candidate in candidates))


def _coded(sentence: str, codes: Sequence[str]) -> str:
    told = ", ".join(codes[: assigning.MOST_NAMED])
    if len(codes) > assigning.MOST_NAMED:
        told = _("%(named)s and %(more)s more") % {"named": told, "more": len(codes) - assigning.MOST_NAMED}
    return sentence % {"entries": told}


def _compromised(stage: Stage) -> list[str]:
    """Sealed sheets of judges whom a conflict keeps from the entry by now."""
    codes = conflicts.compromised(stage)
    return [_coded(_("Judges with a conflict of interest have marked: %(entries)s."), codes)] if codes else []


def _without_quorum(stage: Stage) -> list[str]:
    """Panels of which fewer than two thirds are left; who left before judging opened never was a member."""
    left = Q(seats__left_at__isnull=False)
    if stage.opens_at is not None:
        left &= Q(seats__left_at__gte=stage.opens_at)
    counts: dict[str, Any] = {
        "present": Count("seats", filter=Q(seats__left_at=None)), "gone": Count("seats", filter=left)
    }  # fmt: skip
    panels = Panel.objects.filter(stage=stage).order_by("pk").annotate(**counts).values_list("title", *counts)
    return [
        _("Fewer than two thirds of the panel are left: %(panel)s.") % {"panel": title}
        for title, present, gone in panels
        if present + gone and not aggregating.has_quorum(present, present + gone)
    ]


@dataclass(frozen=True)
class Going:
    """Who goes on by the rules, and the equals of whom only some can."""

    on: frozenset[int]
    tied: frozenset[int]


def going_on(stage: Stage, rows: Sequence[Candidate], rubrics: Rubrics) -> Going:
    """Who goes on: whom one of the rules lets, among those that pass; without rules all of these do.

    A rule ranks together what it names.
    """
    keys = ranked(rows, rubrics)
    rules = list(Advance.objects.filter(stage=stage))
    on = set() if rules else {row.pk for row in rows if row.pk in keys and row.passes is not False}
    tied: set[int] = set()
    for rule in rules:
        pool = [
            row for row in rows
            if row.pk in keys and row.passes is not False
            and rule.kind_id in {None, row.entry.kind_id} and (not rule.forms or row.entry.form in rule.forms)
            and (rule.least_score is None or (row.total or Decimal(0)) >= rule.least_score)
        ]  # fmt: skip
        if rule.top is None:
            on |= {row.pk for row in pool}
            continue
        cut = aggregating.best([keys[row.pk] for row in pool], rule.top)
        on |= {pool[at].pk for at in cut.best}
        tied |= {pool[at].pk for at in cut.tied}
    return Going(frozenset(on), frozenset(tied - on))


def edge(stage: Stage) -> list[Candidate]:
    """Equals of whom only some can go on by the rules: without a decision about them the stage can't be closed."""
    rows = list(Candidate.objects.standing().filter(stage=stage, is_absent=False).select_related("entry__kind"))
    tied = going_on(stage, rows, Rubrics(stage)).tied
    return [row for row in rows if row.pk in tied]


def close(stage: Stage, *, by: User, now: datetime) -> Stage:
    """The outcome of the stage stands: nothing is marked any more, and each entry goes on or does not.

    Refused while sheets are missing, judges disagree, a panel has lost its quorum, or equals at the edge are undecided.
    """
    conflicts.must_organize(stage.round.contest, by)
    with transaction.atomic():
        held = assigning.locked(stage)
        if held.closed_at is not None:
            return held
        # Whoever saves or locks a sheet holds its assignment, and whoever decides on an entry or gives it a judge holds
        # its row at the stage: they are done, or they find the stage closed.
        list(Assignment.objects.standing().select_for_update().filter(candidate__stage=held).values_list("pk"))
        list(Candidate.objects.select_for_update(of=("self",)).filter(stage=held).order_by("pk").values_list("pk"))
        _conclude(held)
        if found := hindrances(held):
            raise Refused(" ".join(found), code="hindered")
        rows = list(Candidate.objects.standing().filter(stage=held, is_absent=False).select_related("entry__kind"))
        on = going_on(held, rows, Rubrics(held)).on
        Candidate.objects.filter(stage=held).update(goes_on=False)
        Candidate.objects.filter(pk__in=on).update(goes_on=True)
        held.closed_at = now
        held.save(update_fields=["closed_at"])
        data = {"on": sorted(on), "scores": {str(row.pk): str(row.total) for row in rows}}
        _record(held, "stages.closed", data, by, now)
    stage.closed_at = held.closed_at
    return held


def reopen_stage(stage: Stage, *, reason: str, by: User, now: datetime) -> Stage:
    """The stage is open again, for a recount. Refused once the next stage has been marked."""
    reason = conflicts.said(reason)
    conflicts.must_organize(stage.round.contest, by)
    with transaction.atomic():
        held = assigning.locked(stage)
        if held.closed_at is None:
            return held
        later = Assignment.objects.filter(
            candidate__stage__round=held.round_id, candidate__stage__order__gt=held.order, sheet__isnull=False
        )
        if later.exists():
            raise Refused(_("The stage after this one has been marked already."), code="later")
        Candidate.objects.filter(stage__round=held.round_id, stage__order__gt=held.order, assignments=None).delete()
        held.closed_at = None
        held.save(update_fields=["closed_at"])
        Candidate.objects.filter(stage=held).update(goes_on=None)
        _record(held, "stages.reopened", {"reason": reason}, by, now)
    stage.closed_at = None
    return held


def let_on(candidate: Candidate, *, reason: str, by: User, now: datetime) -> Candidate:
    """The entry goes on by a decision of the jury, besides those whom the rules let. After the close, by organizers."""
    reason = conflicts.said(reason)
    conflicts.must_organize(candidate.stage.round.contest, by)
    with transaction.atomic():
        held = assigning.lock_candidate(candidate)
        must_lead(held, by)
        if held.stage.closed_at is None:
            raise Refused(_("“%(stage)s” is not closed yet: nobody knows who goes on.") % {"stage": held.stage})
        held.goes_on, held.decision, held.decided_by, held.decided_at = True, reason, by, now
        held.save(update_fields=["goes_on", "decision", "decided_by", "decided_at"])
        _record(held.stage, "candidates.let_on", {"candidate": held.pk, "reason": reason}, by, now)
    return held
