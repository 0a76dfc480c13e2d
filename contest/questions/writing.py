"""Writing questions: who may, what a question must have, and that every change of what may be drawn is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.questions.models import Bank, BankLock, BankMember, Choice, Question, QuestionVersion, Topic

FEWEST_CHOICES, MOST_CHOICES = 2, 5
LONGEST_TEXT, LONGEST_CHOICE = 4000, 1000
LETTERS = "ABCDE"
Role = BankMember.Role
WRITERS = (Role.OWNER, Role.EDITOR)


class ChoiceText(NamedTuple):
    """One option as it is written: its words, whether it is right, whether it stays at the end."""

    text: str
    is_right: bool = False
    is_last: bool = False


class Wording(NamedTuple):
    """All that a version says."""

    text: str
    choices: tuple[ChoiceText, ...]
    explanation: str = ""
    source: str = ""


def found(name: str, *, by: User | None) -> Bank:
    """A new bank, owned by `by`."""
    name = language.clean(name)
    if not name:
        raise Refused(_("A bank needs a name."))
    with transaction.atomic():
        bank = Bank.objects.create(name=name)
        if by is not None:
            BankMember.objects.create(bank=bank, user=by, role=Role.OWNER)
    return bank


def add(
    bank: Bank,
    *,
    text: str,
    choices: Sequence[ChoiceText],
    topic: Topic | None = None,
    explanation: str = "",
    source: str = "",
    by: User | None,
    now: datetime,
) -> Question:
    """A new question with its first version, which waits for its review; refuses what `faults` finds.

    `by` is None only for the operator at a terminal.
    """
    wording = _checked(text, choices, explanation, source)
    with transaction.atomic():
        change(bank, by=by, roles=WRITERS, now=now)
        _check_topic(bank, topic)
        question = Question.objects.create(bank=bank, topic=topic, search=language.fold(wording.text))
        _write(question, 1, wording, by=by, now=now)
    return question


def add_all(
    bank: Bank, wordings: Iterable[tuple[Wording, Topic | None]], *, by: User | None, now: datetime
) -> list[Question]:
    """All these questions or, when one of them is refused, none; in a handful of queries."""
    checked = [(_checked(*wording), topic) for wording, topic in wordings]
    with transaction.atomic():
        change(bank, by=by, roles=WRITERS, now=now)
        for topic in {topic for _wording, topic in checked}:
            _check_topic(bank, topic)
        questions = Question.objects.bulk_create(
            Question(bank=bank, topic=topic, search=language.fold(wording.text)) for wording, topic in checked
        )
        versions = QuestionVersion.objects.bulk_create(
            _version(question, 1, wording, by=by, now=now)
            for question, (wording, _topic) in zip(questions, checked, strict=True)
        )
        Choice.objects.bulk_create(
            choice
            for version, (wording, _topic) in zip(versions, checked, strict=True)
            for choice in _choices(version, wording)
        )
    return questions


def edit(
    question: Question,
    *,
    seen: int,
    text: str,
    choices: Sequence[ChoiceText],
    explanation: str = "",
    source: str = "",
    by: User | None,
    now: datetime,
) -> QuestionVersion:
    """A new version, to be reviewed before it is drawn; until then the approved one is drawn as before.

    `seen` is the number of the version that the writer had before them: refused when another was written meanwhile.
    The same words once more change nothing.
    """
    wording = _checked(text, choices, explanation, source)
    with transaction.atomic():
        change(question.bank, by=by, roles=WRITERS, now=now)
        newest = newest_version(question)
        if wording == wording_of(newest):
            return newest
        if newest.number != seen:
            raise Refused(_("Someone else has changed this question meanwhile. Look at the new version first."))
        version = _write(question, newest.number + 1, wording, by=by, now=now)
        Question.objects.filter(pk=question.pk).update(search=language.fold(wording.text))
    return version


def retire(question: Question, *, by: User | None, now: datetime) -> Question:
    """The question is never drawn again; its versions stay for the papers that have it."""
    return _set_retired(question, True, by=by, now=now)


def restore(question: Question, *, by: User | None, now: datetime) -> Question:
    """A retired question may be drawn again, if it is approved."""
    return _set_retired(question, False, by=by, now=now)


def move(question: Question, topic: Topic | None, *, by: User | None, now: datetime) -> Question:
    """The question stands under `topic`, by which quotas draw it from now on."""
    with transaction.atomic():
        bank = change(question.bank, by=by, roles=WRITERS, now=now)
        _check_topic(bank, topic)
        question.refresh_from_db(from_queryset=Question.objects.select_for_update())
        if question.topic_id != (topic.pk if topic else None):
            question.topic = topic
            question.save(update_fields=["topic"])
            if question.approved_id and not question.is_retired:
                count_change(bank)
    return question


def topic_named(bank: Bank, name: str) -> Topic:
    """The bank's topic of this name, made when there is none yet; "Hòa" and "hoà" are one name."""
    name = language.clean(name)
    for topic in bank.topics.all():
        if language.fold(topic.name) == language.fold(name):
            return topic
    last = bank.topics.order_by("order").last()
    return Topic.objects.create(bank=bank, name=name, order=last.order + 1 if last else 1)


# What all changes of a bank go through -------------------------------------------------------------------------------


def change(bank: Bank, *, by: User | None, roles: Sequence[str], now: datetime) -> Bank:
    """The bank, locked for this transaction; refuses who has none of these roles, and a bank that is in use."""
    locked = Bank.objects.select_for_update().get(pk=bank.pk)
    refuse_stranger(locked, by=by, roles=roles)
    if sentence := why_locked(locked, now=now):
        raise Refused(sentence)
    return locked


def refuse_stranger(bank: Bank, *, by: User | None, roles: Sequence[str]) -> None:
    """Refuses who has none of these roles in the bank; platform administrators and operators have all."""
    if by is None or by.is_superuser:
        return
    if not BankMember.objects.filter(bank=bank, user=by, role__in=roles).exists():
        allowed = ", ".join(str(Role(role).label) for role in roles)
        raise Refused(_("In this bank you need the role %(roles)s for that.") % {"roles": allowed})


def refuse_ownerless(bank: Bank) -> None:
    """Refuses a bank without an owner; asked after its members have changed, in the same transaction."""
    if not bank.members.filter(role=Role.OWNER).exists():
        raise Refused(_("A bank needs at least one owner."))


def why_locked(bank: Bank, *, now: datetime) -> str | None:
    """The sentence that says which round holds the bank and until when; None when it may be changed."""
    lock = max(BankLock.objects.filter(bank=bank).holding(now), key=_end_of, default=None)
    if lock is None:
        return None
    if lock.ends_at is None:
        return _("This bank can't be changed now: %(reason)s.") % {"reason": lock.reason}
    return _("This bank can't be changed until %(until)s: %(reason)s.") % {
        "until": f"{timezone.localtime(lock.ends_at):%H:%M %d/%m/%Y}",
        "reason": lock.reason,
    }


def _end_of(lock: BankLock) -> float:
    return lock.ends_at.timestamp() if lock.ends_at else float("inf")


def count_change(bank: Bank) -> None:
    """What may be drawn from the bank has changed; `bank` is locked, so that no number is used twice."""
    bank.revision += 1
    bank.save(update_fields=["revision"])


# What a question must have -------------------------------------------------------------------------------------------


def faults(text: str, choices: Sequence[ChoiceText], explanation: str = "", source: str = "") -> list[str]:
    """All that keeps these words from being a question, a sentence each; nothing when they may be written."""
    found = []
    if foreign := _foreign_encoding([text, explanation, source, *(choice.text for choice in choices)]):
        found.append(
            _("This text is in the old encoding %(encoding)s. Convert it to Unicode first.") % {"encoding": foreign}
        )
    if not _lines(text):
        found.append(_("The question has no text."))
    if len(_lines(text)) > LONGEST_TEXT:
        found.append(_("The question is longer than %(count)s characters.") % {"count": LONGEST_TEXT})
    bare = [language.clean(choice.text) for choice in choices]
    if not FEWEST_CHOICES <= len(choices) <= MOST_CHOICES:
        found.append(_("A question has two to five choices; this one has %(count)s.") % {"count": len(choices)})
    letters = dict(zip(range(len(bare)), LETTERS + "…" * len(bare), strict=False))
    for place, words in enumerate(bare):
        if not words:
            found.append(_("Choice %(letter)s is empty.") % {"letter": letters[place]})
        elif len(words) > LONGEST_CHOICE:
            found.append(
                _("Choice %(letter)s is longer than %(count)s characters.")
                % {"letter": letters[place], "count": LONGEST_CHOICE}
            )
        for other in range(place):
            if words and words.casefold() == bare[other].casefold():
                found.append(
                    _("Choices %(one)s and %(other)s are the same.") % {"one": letters[other], "other": letters[place]}
                )
    right = sum(choice.is_right for choice in choices)
    if not right:
        found.append(_("No choice is marked as right."))
    elif right == len(choices):
        found.append(_("All choices are marked as right; then there is nothing to choose."))
    return found


def _foreign_encoding(texts: Iterable[str]) -> str | None:
    return next((name for text in texts if (name := language.legacy_encoding(text))), None)


def _checked(text: str, choices: Sequence[ChoiceText], explanation: str, source: str) -> Wording:
    """The words as they are kept: NFC, no stray spaces; refused with all their faults."""
    if found := faults(text, choices, explanation, source):
        raise Refused(" ".join(found))
    kept = tuple(choice._replace(text=language.clean(choice.text)) for choice in choices)
    return Wording(_lines(text), kept, _lines(explanation), _lines(source))


def _lines(text: str) -> str:
    """The text with its line breaks, each line clean."""
    return "\n".join(filter(None, map(language.clean, text.splitlines())))


def _check_topic(bank: Bank, topic: Topic | None) -> None:
    if topic is not None and topic.bank_id != bank.pk:
        raise Refused(_("This topic belongs to another bank."))


# Rows ----------------------------------------------------------------------------------------------------------------


def newest_version(question: Question) -> QuestionVersion:
    """The version written last."""
    return QuestionVersion.objects.filter(question=question).order_by("-number")[0]


def wording_of(version: QuestionVersion) -> Wording:
    """What a version says, to compare with or to show in a form."""
    choices = sorted(version.choices.all(), key=lambda choice: choice.position)
    return Wording(
        version.text,
        tuple(ChoiceText(choice.text, choice.is_right, choice.is_last) for choice in choices),
        version.explanation,
        version.source,
    )


def _write(question: Question, number: int, wording: Wording, *, by: User | None, now: datetime) -> QuestionVersion:
    version = _version(question, number, wording, by=by, now=now)
    version.save(force_insert=True)
    Choice.objects.bulk_create(_choices(version, wording))
    return version


def _version(question: Question, number: int, wording: Wording, *, by: User | None, now: datetime) -> QuestionVersion:
    return QuestionVersion(
        question=question,
        number=number,
        text=wording.text,
        explanation=wording.explanation,
        source=wording.source,
        created_at=now,
        created_by=by,
    )


def _choices(version: QuestionVersion, wording: Wording) -> list[Choice]:
    return [
        Choice(version=version, position=place, text=choice.text, is_right=choice.is_right, is_last=choice.is_last)
        for place, choice in enumerate(wording.choices, start=1)
    ]


def _set_retired(question: Question, is_retired: bool, *, by: User | None, now: datetime) -> Question:
    with transaction.atomic():
        bank = change(question.bank, by=by, roles=WRITERS, now=now)
        question.refresh_from_db(from_queryset=Question.objects.select_for_update())
        if question.is_retired == is_retired:
            return question
        question.is_retired = is_retired
        question.save(update_fields=["is_retired"])
        if question.approved_id:
            count_change(bank)
        action = "questions.retire" if is_retired else "questions.restore"
        ledger.append(now=now, actor=by, action=action, subject=question, data={"bank": bank.pk})
    return question
