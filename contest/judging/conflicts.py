"""Conflicts of interest: declared by the judge or by an organizer, lifted by an organizer; and whom any keep from what.

The automatic ones are nowhere written down: `judging.models.conflict_of` finds them anew in every selection.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from contest.entries.models import Entry
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging.models import (
    Assignment,
    Candidate,
    CandidateQuerySet,
    Conflict,
    Mark,
    Sheet,
    SheetEvent,
    Stage,
    conflict_by,
    near_each,
)
from contest.rounds.models import Contest, Office


def said(reason: str) -> str:
    """The reason in one line; refuses none."""
    reason = language.clean(reason)[:300]
    if not reason:
        raise Refused(_("Please say why: the reason is kept."), code="reason")
    return reason


def must_organize(contest: Contest, by: User) -> None:
    """Refuses whoever is neither an organizer of the contest nor an administrator."""
    if not Contest.objects.run_by(by).filter(pk=contest.pk).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")


def declare(entry: Entry, judge: User, *, reason: str, by: User, now: datetime) -> Conflict:
    """From now on the judge reaches the entry no more: their assignments for it at open stages end, with sealed sheets.

    By the judge or by an organizer. A repetition changes nothing.
    """
    reason, contest = said(reason), entry.round.contest
    if by.pk != judge.pk:
        must_organize(contest, by)
    with transaction.atomic():
        held = _hold(entry, judge)
        values = {"contest": contest, "reason": reason, "declared_by": by, "declared_at": now}
        conflict, is_new = Conflict.objects.get_or_create(judge=judge, entry=entry, lifted_at=None, defaults=values)
        for assignment in held:
            end(assignment, reason=_("Conflict of interest: %(reason)s") % {"reason": reason}, by=by, now=now)
        undecide(Candidate.objects.filter(pk__in=[assignment.candidate_id for assignment in held]))
        if is_new:
            data = {"judge": judge.pk, "entry": entry.pk, "reason": reason, "assignments": [one.pk for one in held]}
            ledger.append(
                now=now, actor=by, action="conflicts.declared", subject=conflict, data=data, contest_id=contest.pk
            )
    return conflict


def _hold(entry: Entry, judge: User) -> list[Assignment]:
    """The judge's standing assignments for the entry, for this transaction alone: whoever saves a sheet waits."""
    rows = Assignment.objects.standing().select_for_update(of=("self",)).order_by("pk")
    held = list(rows.filter(candidate__entry=entry, seat__user=judge).select_related("candidate__stage"))
    return [row for row in held if as_it_is(row.candidate.stage).closed_at is None]


def as_it_is(stage: Stage) -> Stage:
    """The stage with its moments read anew.

    Whoever waits for a row that a close holds gets that row as it is then, but what was joined to it as it was before.
    """
    stage.refresh_from_db(fields=["opens_at", "closes_at", "closed_at"])
    return stage


def lift(conflict: Conflict, *, reason: str, by: User, now: datetime) -> Conflict:
    """The declared conflict keeps the judge from nothing any more; what it ended stays ended."""
    reason = said(reason)
    must_organize(conflict.contest, by)
    with transaction.atomic():
        held = Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
        if held.lifted_at is not None:
            return held
        held.lifted_at, held.lifted_by, held.lifted_reason = now, by, reason
        held.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
        data = {"judge": held.judge_id, "entry": held.entry_id, "reason": reason}
        ledger.append(now=now, actor=by, action="conflicts.lifted", subject=held, data=data, contest_id=held.contest_id)
    return held


def end(assignment: Assignment, *, reason: str, by: User, now: datetime) -> None:
    """The assignment ends and its sheet counts no more; its log says so. The caller holds the row."""
    assignment.ended_at, assignment.ended_reason = now, reason[:300]
    assignment.save(update_fields=["ended_at", "ended_reason"])
    sheet = Sheet.objects.filter(assignment=assignment).first()
    if sheet is not None:
        log(sheet, SheetEvent.What.ENDED, reason=reason, by=by, now=now)


def undecide(candidates: CandidateQuerySet) -> None:
    """The facts have changed under decisions on these: they stand no more, and the ledger keeps them."""
    candidates.update(decision="", decided_order=None, decided_by=None, decided_at=None)


def log(sheet: Sheet, what: SheetEvent.What, *, by: User, now: datetime, reason: str = "") -> SheetEvent:
    """A step of the sheet, with all its marks as they are now."""
    marks = {
        mark.criterion.code: [None if mark.points is None else str(mark.points), mark.comment]
        for mark in Mark.objects.filter(sheet=sheet).select_related("criterion").order_by("criterion__order")
    }
    return SheetEvent.objects.create(sheet=sheet, at=now, by=by, what=what, reason=reason[:500], marks=marks)


def blocked(stage: Stage, judges: Iterable[User]) -> set[tuple[int, int]]:
    """Of a stage's candidates and these judges, the pairs (candidate, judge) that a conflict keeps apart."""
    found = set()
    for judge in judges:
        closed = Candidate.objects.closed_to(judge, stage.round.contest).filter(stage=stage)
        found |= {(candidate, judge.pk) for candidate in closed.values_list("pk", flat=True)}
    return found


def compromised(stage: Stage) -> list[str]:
    """The codes of entries with a sealed sheet of a judge whom a conflict keeps from them by now; four queries."""
    contest, sealed = stage.round.contest, Assignment.objects.locked().filter(candidate__stage=stage)
    judges = list(User.objects.filter(pk__in=sealed.values("seat__user")).order_by("pk"))
    held = Office.objects.filter(contest=contest, user__in=judges).exclude(unit=None)
    own: dict[int, set[int]] = {judge.pk: {judge.unit_id} if judge.unit_id else set() for judge in judges}
    for user, unit in held.values_list("user", "unit"):
        own[user].add(unit)
    near = near_each(set().union(*own.values()), contest)
    found = Q(pk=None)
    for judge in judges:
        units = set().union(*(near[unit] for unit in own[judge.pk]))
        has_sealed = Exists(sealed.filter(candidate=OuterRef("pk"), seat__user=judge))
        found |= Q(has_sealed) & conflict_by(judge, contest, own[judge.pk], units)
    rows = Candidate.objects.filter(found, stage=stage).order_by("entry__code")
    return list(rows.values_list("entry__code", flat=True))
