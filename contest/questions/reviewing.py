"""The review: a question is drawn only after a second person has read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.questions import writing
from contest.questions.models import Bank, BankMember, Question, QuestionVersion

REVIEWERS = (BankMember.Role.OWNER, BankMember.Role.REVIEWER)


@dataclass(slots=True)
class Outcome:
    """What a review of many questions has done: those approved, and why the others were not, by question."""

    approved: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def approve(version: QuestionVersion, *, by: User, now: datetime) -> QuestionVersion:
    """The version is drawn from now on, in place of the one approved before; once more changes nothing.

    Refuses the writer of the version, one that was sent back, and one that a newer version has replaced.
    """
    with transaction.atomic():
        bank = writing.change(version.question.bank, by=by, roles=REVIEWERS, now=now)
        version, question = _locked(version)
        if question.approved_id == version.pk:
            return version
        if sentence := _why_not(version, question, writing.newest_version(question).pk, by):
            raise Refused(sentence)
        _approve(bank, [(question, version)], by=by, now=now)
    return version


def approve_all(bank: Bank, questions: Iterable[int], *, by: User, now: datetime) -> Outcome:
    """The newest versions of these questions of the bank are approved where that may be; the rest is told why not."""
    outcome = Outcome()
    with transaction.atomic():
        bank = writing.change(bank, by=by, roles=REVIEWERS, now=now)
        chosen = list(bank.questions.with_newest().filter(pk__in=set(questions)).order_by("pk"))
        versions = QuestionVersion.objects.in_bulk([question.newest for question in chosen])
        pairs = []
        for question in chosen:
            version = versions[question.newest]
            if question.approved_id == version.pk:
                continue
            if sentence := _why_not(version, question, version.pk, by):
                outcome.refused[question.pk] = sentence
            else:
                pairs.append((question, version))
        if pairs:
            _approve(bank, pairs, by=by, now=now)
        outcome.approved = [question.pk for question, _version in pairs]
    return outcome


def send_back(version: QuestionVersion, note: str, *, by: User, now: datetime) -> QuestionVersion:
    """The version goes back to its writer with a note; it is never drawn, a new one must be written."""
    note = "\n".join(filter(None, map(language.clean, note.splitlines())))
    if not note:
        raise Refused(_("Write what has to be changed."))
    with transaction.atomic():
        bank = writing.change(version.question.bank, by=by, roles=REVIEWERS, now=now)
        version, question = _locked(version)
        if version.review_note == note:
            return version
        if version.reviewed_at is not None:
            raise Refused(_("This version has been reviewed already."))
        if sentence := _why_not(version, question, writing.newest_version(question).pk, by):
            raise Refused(sentence)
        version.reviewed_at, version.reviewed_by, version.review_note = now, by, note
        version.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
        ledger.append(
            now=now,
            actor=by,
            action="questions.send_back",
            subject=version,
            data={"bank": bank.pk, "note": note},
        )
    return version


def _locked(version: QuestionVersion) -> tuple[QuestionVersion, Question]:
    """The rows as they are now that the bank is locked."""
    fresh = QuestionVersion.objects.select_related("question").get(pk=version.pk)
    return fresh, fresh.question


def _why_not(version: QuestionVersion, question: Question, newest: int, by: User) -> str | None:
    """Why this version may not be reviewed by this person; None when it may."""
    if version.created_by_id is not None and version.created_by_id == by.pk:
        return _("You wrote this version yourself: a second person has to read it.")
    if question.is_retired:
        return _("This question is retired.")
    if version.pk != newest:
        return _("A newer version has been written meanwhile.")
    if version.review_note:
        return _("This version was sent back: it needs a new wording first.")
    return None


def _approve(bank: Bank, pairs: list[tuple[Question, QuestionVersion]], *, by: User, now: datetime) -> None:
    for question, version in pairs:
        version.reviewed_at, version.reviewed_by = now, by
        question.approved = version
    QuestionVersion.objects.bulk_update([version for _question, version in pairs], ["reviewed_at", "reviewed_by"])
    Question.objects.bulk_update([question for question, _version in pairs], ["approved"])
    writing.count_change(bank)
    ledger.append(
        now=now,
        actor=by,
        action="questions.approve",
        subject=bank,
        data={"versions": [version.pk for _question, version in pairs]},
    )
