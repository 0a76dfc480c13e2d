"""Two accounts of one person in contests: nothing of what they did is lost, and nothing counts twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import merging
from accounts.models import User
from contest.attempts import sitting
from contest.attempts.models import Attempt
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds.models import Consent, Contest, Entrant, Office, Period

Chosen = Mapping[int, int]  # attempt by period


@transaction.atomic
def merge_people(
    keep: User, double: User, *, by: User | None, reason: str, now: datetime, counting: Chosen | None = None
) -> User:
    """One person under `keep`, with the attempts, consents and obligations of both; the double is barred and closed.

    Where both took part in a period in which one attempt is allowed, the earlier one counts and the later is void, with
    the reason; `counting` names another one (period: attempt). Refuses whoever holds an office, organizers of other
    contests than theirs, and while a paper is being worked on.
    """
    reason = language.clean(reason)[:200]
    if not reason:
        raise Refused(_("Please say why: the reason is kept."), code="reason")
    _refuse_office(keep, double, by)
    entrants = list(
        Entrant.objects.select_for_update(of=("self",))
        .select_related("contest")
        .filter(user__in=[keep, double])
        .order_by("contest", "pk")
    )
    if Attempt.objects.filter(entrant__in=entrants, status=Attempt.Status.OPEN).exists():
        raise Refused(_("One of the two is working on a paper. Wait until it is handed in."), code="open")
    kept = merging.absorb(keep, double, by=by, reason=reason, now=now)
    mine = {entrant.contest_id: entrant for entrant in entrants if entrant.user_id == keep.pk}
    for entrant in entrants:
        if entrant.user_id != double.pk:
            continue
        own = mine.get(entrant.contest_id)
        if own is None:
            Entrant.objects.filter(pk=entrant.pk).update(user=kept)
        else:
            _join(own, entrant, kept, now)
            _count_once(own, counting or {}, by=by or kept, reason=reason, now=now)
        ledger.append(
            now=now, actor=by, action="entrants.merged", subject=own or entrant,
            data={"double": double.pk, "reason": reason}, contest_id=entrant.contest_id,
        )  # fmt: skip
    standing = Consent.objects.filter(user=double, withdrawn_at=None)
    standing.exclude(text__in=Consent.objects.filter(user=kept, withdrawn_at=None).values("text")).update(user=kept)
    return kept


def _refuse_office(keep: User, double: User, by: User | None) -> None:
    if Office.objects.filter(user__in=[keep, double]).exists():
        raise Refused(_("Whoever holds an office keeps the account: it is not merged."), code="office")
    contests = Contest.objects.filter(entrants__user__in=[keep, double])
    if by is not None and contests.exclude(pk__in=Contest.objects.run_by(by)).exists():
        raise Refused(
            _("Only the organizers of all the contests in which this person takes part do this."), code="organizer"
        )


def _join(own: Entrant, other: Entrant, kept: User, now: datetime) -> None:
    """The attempts of `other` are those of `own`, numbered on, and so is its place on the roster; `other` is barred."""
    newest = dict(own.attempts.values_list("round").annotate(newest=Max("number")))
    for attempt in other.attempts.order_by("round", "number"):
        newest[attempt.round_id] = newest.get(attempt.round_id, 0) + 1
        Attempt.objects.filter(pk=attempt.pk).update(entrant=own, number=newest[attempt.round_id])
    if other.origin == Entrant.Origin.ROSTER and (other.is_obliged or own.origin != Entrant.Origin.ROSTER):
        for name in ("unit_id", "unit_path", "block", "origin", "is_obliged", "exempt_reason", "unit_confirmed_at"):
            setattr(own, name, getattr(other, name))
        own.save()
    other.barred_at = other.barred_at or now
    other.barred_reason = (_("Merged into the account of %(name)s.") % {"name": kept})[:300]
    other.is_obliged = False
    other.save(update_fields=["barred_at", "barred_reason", "is_obliged"])


def _count_once(own: Entrant, counting: Chosen, *, by: User, reason: str, now: datetime) -> None:
    """Of each period no more attempts count than are allowed in it."""
    for clash in _clashes(Attempt.objects.filter(entrant=own)):
        chosen = counting.get(clash.period.pk)
        attempts = sorted(clash.attempts, key=lambda attempt: attempt.pk != chosen)
        for attempt in attempts[clash.allowed :]:
            sitting.void(
                attempt, by=by, reason=_("Second account of one person: %(reason)s") % {"reason": reason}, now=now
            )


# --- Looked at beforehand --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Clash:
    """A period in which two accounts have more attempts together than one person is allowed, the earliest first."""

    period: Period
    allowed: int
    attempts: list[Attempt]


def clashes(keep: User, double: User) -> list[Clash]:
    """Where merging these two would make attempts void; the organizers choose which one counts."""
    both = Entrant.objects.filter(user__in=[keep, double]).values("contest")
    shared = both.annotate(count=Count("pk")).filter(count=2).values("contest")
    return _clashes(Attempt.objects.filter(entrant__user__in=[keep, double], round__contest__in=shared))


def _clashes(attempts: QuerySet[Attempt]) -> list[Clash]:
    valid = attempts.filter(voided_at=None, period__isnull=False).defer("paper", "unit_path")
    periods: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in valid.select_related("round__quiz", "period", "entrant__user").order_by("started_at", "pk"):
        periods[attempt.period_id or 0].append(attempt)
    found = []
    for several in periods.values():
        allowed, period = several[0].round.quiz.attempts_per_period, several[0].period
        if allowed is not None and period is not None and len(several) > allowed:
            found.append(Clash(period, allowed, several))
    return found


def alike(entrant: Entrant, text: str, *, by: User, limit: int = 20) -> list[Entrant]:
    """Other people of the contest who may be the same person: of the same name or phone, or found by what is typed.

    Whoever may open the admin, or whose account is closed, is not among them.
    """
    people = Entrant.objects.run_by(by).filter(contest=entrant.contest_id, user__in=User.objects.may_hold_slip())
    people = people.exclude(pk=entrant.pk).select_related("user", "unit")
    if words := language.sought(text):
        for word in words:
            people = people.filter(user__search__contains=word)
    else:
        same = Q(user__name_key=bytes(entrant.user.name_key))
        people = people.filter(same | Q(user__phone=entrant.user.phone) if entrant.user.phone else same)
    counted = people.annotate(tries=Count("attempts", filter=Q(attempts__voided_at=None)))
    return list(counted.order_by("user__name_key", "pk")[:limit])
