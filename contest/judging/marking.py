"""The judge's sheet: a draft that saves itself, its lock, and what it is refused for.

Every act holds the row of the assignment first, then looks at everything else anew: so of two windows, a save and a
reopening, a mark and a conflict, one comes first and the other sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import assigning, conflicts
from contest.judging.models import Assignment, Criterion, Mark, Sheet, SheetEvent
from contest.judging.rubrics import Asked, Rubrics, fits

PAUSE = timedelta(minutes=5)  # saves further apart are two sittings: the time between them was not spent on the sheet
READING = timedelta(minutes=20)  # before the first save: more than this was not reading
MOST = 5_000  # characters of a comment
TYPED = re.compile(r"[+-]?(?:\d{1,4}(?:[.,]\d{0,4})?|[.,]\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Given:
    """What a judge gives for one criterion."""

    points: Decimal | None
    comment: str = ""


class Incomplete(Refused):
    """A sheet that can't be kept or locked; `lines` has a sentence for each criterion that is the reason, by code."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        """Refuse with all of them."""
        super().__init__(" ".join(f"{code}: {text}" for code, text in lines.items()), code="marks")
        self.lines = dict(lines)


def typed(text: str) -> Decimal | None:
    """Points as they are typed, with a comma or a point; None for nothing. Raises ValueError for what is no number.

    What a decimal may be beyond that, such as powers of ten, nobody types as points.
    """
    text = text.strip()
    if not text:
        return None
    if not TYPED.fullmatch(text):
        raise ValueError("no points")
    return Decimal(text.replace(",", "."))


# --- Save ------------------------------------------------------------------------------------------------------------
def save(
    assignment_id: int,
    judge: User,
    *,
    revision: int,
    marks: Mapping[str, Given],
    comment: str,
    opened_at: datetime | None = None,
    now: datetime,
) -> Sheet:
    """The draft stands as given, and its revision has grown. Nothing new changes nothing.

    Raises `Assignment.DoesNotExist` for whoever may not even see it. Refused: judging closed, locked (code "locked"),
    saved by another window meanwhile ("stale"), over a maximum or off a step ("marks").
    """
    with transaction.atomic():
        assignment, asked = _reach(assignment_id, judge, now)
        return _save(assignment, asked, judge, revision, marks, comment, opened_at, now)


def lock(
    assignment_id: int,
    judge: User,
    *,
    revision: int,
    marks: Mapping[str, Given],
    comment: str,
    opened_at: datetime | None = None,
    now: datetime,
) -> Sheet:
    """The sheet is sealed with these marks and their total; it counts from now on. Refused as `save`, and:

    points that are missing, comments that the rubric asks for.
    """
    with transaction.atomic():
        assignment, asked = _reach(assignment_id, judge, now)
        sheet = _save(assignment, asked, judge, revision, marks, comment, opened_at, now)
        rows = {mark.criterion.code: mark for mark in sheet.marks.select_related("criterion")}
        if lacking := missing(asked, {code: Given(mark.points, mark.comment) for code, mark in rows.items()}):
            raise Incomplete(lacking)
        sheet.total = sum((rows[leaf.code].points or Decimal(0) for leaf in asked.leaves), Decimal(0))
        sheet.locked_at = now
        sheet.save(update_fields=["total", "locked_at"])
        Assignment.objects.filter(pk=assignment.pk).update(held_until=None)
        event = conflicts.log(sheet, SheetEvent.What.LOCKED, by=judge, now=now)
        data = {"assignment": assignment.pk, "total": str(sheet.total), "marks": event.marks, "comment": sheet.comment}
        contest = assignment.candidate.stage.round.contest_id
        ledger.append(now=now, actor=judge, action="sheets.locked", subject=sheet, data=data, contest_id=contest)
    return sheet


def _reach(assignment_id: int, judge: User, now: datetime) -> tuple[Assignment, Asked]:
    """The assignment, held, and what it asks for; not there for whoever may not see it, refused out of the times."""
    rows = Assignment.objects.standing().select_for_update(of=("self",))
    rows = rows.select_related("candidate__stage__round__contest", "candidate__entry__kind", "seat")
    held = rows.get(pk=assignment_id, seat__user=judge)
    stage = conflicts.as_it_is(held.candidate.stage)
    if not Assignment.objects.reached_by(judge, stage.round.contest, now).filter(pk=held.pk).exists():
        raise Assignment.DoesNotExist
    if not stage.is_open(now):
        raise Refused(_("Judging is closed: nothing more is saved."), code="closed")
    return held, Rubrics(stage).of_candidate(held.candidate)


def _save(
    assignment: Assignment,
    asked: Asked,
    judge: User,
    revision: int,
    marks: Mapping[str, Given],
    comment: str,
    opened_at: datetime | None,
    now: datetime,
) -> Sheet:
    begun = now if opened_at is None else min(now, max(opened_at, now - READING))
    sheet, _is_new = Sheet.objects.get_or_create(
        assignment=assignment, defaults={"rubric": asked.use.rubric, "begun_at": begun}
    )
    if sheet.is_locked:
        raise Refused(_("This sheet is locked."), code="locked")
    if sheet.revision != revision:
        raise Refused(
            _("This sheet was changed in another window. Nothing is lost there: load it again, then go on."),
            code="stale",
        )
    given = {leaf: marks[leaf.code] for leaf in asked.leaves if leaf.code in marks}
    if wrong := {leaf.code: told for leaf, one in given.items() if (told := why_not(leaf, one))}:
        raise Incomplete(wrong)
    comment = _text(comment)
    if _write(sheet, given) or sheet.comment != comment or sheet.saved_at is None:
        since = now - (sheet.saved_at or sheet.begun_at)
        spent = since if sheet.saved_at is None or since <= PAUSE else timedelta(0)
        sheet.comment, sheet.saved_at, sheet.revision = comment, now, sheet.revision + 1
        sheet.seconds += max(0, int(spent.total_seconds()))
        sheet.save()
        conflicts.log(sheet, SheetEvent.What.SAVED, by=judge, now=now)
        if assignment.held_until is not None:
            Assignment.objects.filter(pk=assignment.pk).update(held_until=now + assigning.HOLD)
    return sheet


def _write(sheet: Sheet, given: Mapping[Criterion, Given]) -> bool:
    """The marks are as given; whether any was not."""
    known = {mark.criterion_id: mark for mark in sheet.marks.all()}
    changed: list[Mark] = []
    for leaf, one in given.items():
        mark = known.get(leaf.pk)
        comment = _text(one.comment)
        if mark is None and (one.points is not None or comment):
            changed.append(Mark(sheet=sheet, criterion=leaf, points=one.points, comment=comment))
        elif mark is not None and (mark.points, mark.comment) != (one.points, comment):
            mark.points, mark.comment = one.points, comment
            changed.append(mark)
    Mark.objects.bulk_create([mark for mark in changed if mark.pk is None])
    Mark.objects.bulk_update([mark for mark in changed if mark.pk is not None], ["points", "comment"])
    return bool(changed)


def _text(text: str) -> str:
    """The comment in NFC, line by line."""
    return "\n".join(map(language.clean, text.strip().splitlines()))[:MOST]


# --- What is wrong ---------------------------------------------------------------------------------------------------
def why_not(leaf: Criterion, given: Given) -> str:
    """Why the points can't be, as a sentence; empty when they can, or are not there yet."""
    if given.points is None or fits(given.points, leaf):
        return ""
    named = {"maximum": language.decimal(leaf.maximum), "step": language.decimal(leaf.step)}
    if given.points > leaf.maximum:
        return _("More than the maximum of %(maximum)s.") % named
    if given.points < 0:
        return _("Points are not below zero.")
    return _("Points go in steps of %(step)s.") % named


def missing(asked: Asked, given: Mapping[str, Given]) -> dict[str, str]:
    """What a sheet lacks to be locked: a sentence by code."""
    found = {}
    for leaf in asked.leaves:
        one = given.get(leaf.code, Given(None))
        if one.points is None:
            found[leaf.code] = _("Points are missing.")
        elif told := needs_comment(leaf, one):
            found[leaf.code] = told
    return found


def needs_comment(leaf: Criterion, given: Given) -> str:
    """Why a comment is needed and is not there; empty when it is there, or not needed."""
    if given.comment.strip():
        return ""
    if leaf.comment_always:
        return _("A comment is needed.")
    if leaf.comment_at_zero and given.points == 0:
        return _("Zero points need a comment.")
    if leaf.comment_at_maximum and given.points == leaf.maximum:
        return _("The maximum needs a comment.")
    return ""


# --- Opened again ----------------------------------------------------------------------------------------------------
def reopen(assignment: Assignment, *, reason: str, by: User, now: datetime) -> Sheet:
    """The sealed sheet is a draft again, with all its marks; what was decided on the entry stands no more.

    The caller has decided whether `by` may do this. Refused when it is not locked, or the stage is closed.
    """
    reason = conflicts.said(reason)
    with transaction.atomic():
        rows = Assignment.objects.standing().select_for_update(of=("self",))
        held = rows.select_related("candidate__stage__round__contest").get(pk=assignment.pk)
        stage = conflicts.as_it_is(held.candidate.stage)
        if stage.closed_at is not None:
            raise Refused(_("“%(stage)s” is closed.") % {"stage": stage}, code="closed")
        sheet = Sheet.objects.select_for_update().get(assignment=held)
        if not sheet.is_locked:
            raise Refused(_("This sheet is not locked."), code="open")
        sheet.locked_at, sheet.total, sheet.revision = None, None, sheet.revision + 1
        sheet.save(update_fields=["locked_at", "total", "revision"])
        conflicts.log(sheet, SheetEvent.What.REOPENED, reason=reason, by=by, now=now)
        assigning.undecide(assigning.lock_candidate(held.candidate))
        data = {"assignment": held.pk, "judge": held.seat.user_id, "reason": reason}
        contest = stage.round.contest_id
        ledger.append(now=now, actor=by, action="sheets.reopened", subject=sheet, data=data, contest_id=contest)
    return sheet


def end(assignment: Assignment, *, reason: str, by: User, now: datetime) -> None:
    """The assignment ends, and its sheet counts no more. The caller has decided whether `by` may do this."""
    reason = conflicts.said(reason)
    with transaction.atomic():
        rows = Assignment.objects.standing().select_for_update(of=("self",))
        held = rows.select_related("candidate__stage__round__contest").filter(pk=assignment.pk).first()
        if held is None:
            return
        if conflicts.as_it_is(held.candidate.stage).closed_at is not None:
            raise Refused(_("“%(stage)s” is closed.") % {"stage": held.candidate.stage}, code="closed")
        conflicts.end(held, reason=reason, by=by, now=now)
        assigning.undecide(assigning.lock_candidate(held.candidate))
        data = {"assignment": held.pk, "judge": held.seat.user_id, "reason": reason}
        contest = held.candidate.stage.round.contest_id
        ledger.append(now=now, actor=by, action="assignments.ended", subject=held, data=data, contest_id=contest)
