"""What organizers set up and change: a new contest, periods, the wording of consents, the key of a round.

What people have sat their papers by does not change under them: from the first opening of a round on, what its papers
and its ranking are made of is closed, and so is the past of its periods.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.questions.models import Bank, QuestionVersion
from contest.rounds import calendar, entering
from contest.rounds.models import ConsentText, Contest, KeyCorrection, Office, Period, Quiz, Round

CLOSED_ROUND = frozenset({"contest", "kind", "is_practice"})
CLOSED_QUIZ = frozenset(
    {
        "bank", "papers", "question_count", "time_limit", "scoring", "points_per_question", "prediction", "counting",
        "ranking", "ranking_keys",
    }
)  # fmt: skip


def found(contest: Contest, *, by: User, now: datetime) -> Contest:
    """The new contest is there, and whoever founds it is its organizer."""
    with transaction.atomic():
        contest.save(force_insert=True)
        entering.appoint(by, contest, Office.Role.ORGANIZER, by=None, now=now)
        ledger.append(
            now=now, actor=by, action="contests.founded", subject=contest, data={"slug": contest.slug},
            contest_id=contest.pk,
        )  # fmt: skip
    return contest


# --- Rounds and periods ----------------------------------------------------------------------------------------------
def has_begun(round: Round, now: datetime) -> bool:
    """Whether anyone may have sat a paper that counts: a period has opened, or the practice round is there for all."""
    return not round.is_practice and round.periods.filter(opens_at__lte=now).exists()


def settle(round: Round, *, now: datetime, banks: Collection[int] = ()) -> None:
    """Banks are locked as the round's settings now ask for; `banks` are those it drew from before, too."""
    quiz = Quiz.objects.filter(round=round).first()
    wanted = {*banks, *([quiz.bank_id] if quiz else [])}
    for bank in Bank.objects.filter(pk__in=wanted).order_by("pk"):
        calendar.relock(bank, now=now)


def save_period(period: Period, *, by: User, now: datetime) -> Period:
    """The period stands as given. Refused: another opening once it has opened, another close once it has closed."""
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=period.round_id)
        before = Period.objects.filter(pk=period.pk).first() if period.pk else None
        if before is not None:
            _keep_fractions(before, period)
            _refuse_past(before, period, now)
        period.save()
        data = {name: _moment(getattr(period, name)) for name in ("opens_at", "closes_at", "frozen_at", "results_at")}
        if before is not None:
            data |= {f"{name} before": _moment(getattr(before, name)) for name in list(data)}
        ledger.append(
            now=now, actor=by, action="periods.saved", subject=period, data=data, contest_id=period.round.contest_id
        )
    return period


def drop_period(period: Period, *, by: User, now: datetime) -> None:
    """The period is gone; refused once it has opened."""
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=period.round_id)
        if period.opens_at <= now:
            raise Refused(_("%(period)s has opened already: it stays.") % {"period": period})
        ledger.append(
            now=now, actor=by, action="periods.dropped", subject=period, data={"number": period.number},
            contest_id=period.round.contest_id,
        )  # fmt: skip
        period.delete()


def _keep_fractions(before: Period, period: Period) -> None:
    """A form knows no fractions of a second; a moment that differs by them alone is the same."""
    for name in ("opens_at", "closes_at", "frozen_at", "results_at"):
        old, new = getattr(before, name), getattr(period, name)
        if old and new and old.replace(microsecond=0) == new:
            setattr(period, name, old)


def _refuse_past(before: Period, period: Period, now: datetime) -> None:
    if before.opens_at <= now and period.opens_at != before.opens_at:
        raise Refused(_("%(period)s has opened already: its opening stays.") % {"period": before})
    if period.closes_at != before.closes_at:
        if before.closes_at <= now:
            raise Refused(_("%(period)s has closed already: its end stays.") % {"period": before})
        if before.opens_at <= now and period.closes_at <= now:
            raise Refused(_("%(period)s can't end in the past.") % {"period": before})
    if before.frozen_at is not None and before.frozen_at <= now and period.frozen_at != before.frozen_at:
        raise Refused(_("The results of %(period)s are frozen.") % {"period": before})


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


# --- Consents --------------------------------------------------------------------------------------------------------
def publish_consent(
    contest: Contest, kind: str, text: str, *, is_required: bool, by: User, now: datetime
) -> ConsentText:
    """A new wording, in force from now on; earlier consents stay with the wording that they were given to."""
    text = "\n".join(map(language.clean, text.strip().splitlines()))
    if not text:
        raise Refused(_("A consent needs a wording."))
    with transaction.atomic():
        Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        earlier = contest.consent_texts.filter(kind=kind)
        newest = earlier.order_by("-version").first()
        if newest is not None and (newest.text, newest.is_required) == (text, is_required):
            return newest
        version = (earlier.aggregate(newest=Max("version"))["newest"] or 0) + 1
        published = ConsentText.objects.create(
            contest=contest, kind=kind, version=version, text=text, is_required=is_required, published_at=now
        )
        ledger.append(
            now=now, actor=by, action="consents.published", subject=published, data={"kind": kind, "version": version},
            contest_id=contest.pk,
        )  # fmt: skip
    return published


# --- The key ---------------------------------------------------------------------------------------------------------
def correct_key(
    round: Round,
    version: QuestionVersion,
    effect: str,
    choices: Collection[int],
    *,
    reason: str,
    by: User,
    now: datetime,
) -> KeyCorrection:
    """From the next key version on, the question counts as corrected; every paper of the round is graded anew.

    Refuses a question of another bank, choices of another question, none where some are needed, and no reason.
    """
    effect = KeyCorrection.Effect(effect)
    reason = language.clean(reason)
    wanted = sorted(set(choices))
    if not reason:
        raise Refused(_("Say why the key is corrected."))
    if effect == KeyCorrection.Effect.VOID and wanted:
        raise Refused(_("A void question has no right choices."))
    if effect != KeyCorrection.Effect.VOID and not wanted:
        raise Refused(_("Say which choices are right."))
    if not Contest.objects.run_by(by).filter(pk=round.contest_id).exists():
        raise Refused(_("Only the organizers of the contest do this."))
    quiz = Quiz.objects.filter(round=round).first()
    if quiz is None or version.question.bank_id != quiz.bank_id:
        raise Refused(_("This question is not of the round's bank."))
    if version.choices.filter(pk__in=wanted).count() != len(wanted):
        raise Refused(_("These choices are not of this question."))
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=round.pk)
        last = held.key_corrections.order_by("-key_version").first()
        if last is not None and (last.version_id, last.effect, sorted(last.choices)) == (version.pk, effect, wanted):
            return last
        held.key_version += 1
        held.save(update_fields=["key_version"])
        correction = KeyCorrection.objects.create(
            round=held, key_version=held.key_version, version=version, effect=effect, choices=wanted, reason=reason,
            made_by=by, made_at=now,
        )  # fmt: skip
        data = {"version": version.pk, "effect": effect.value, "choices": wanted, "reason": reason}
        ledger.append(
            now=now, actor=by, action="keys.corrected", subject=correction, data=data, contest_id=held.contest_id
        )
    return correction
