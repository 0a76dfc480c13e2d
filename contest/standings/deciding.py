"""The last resort of a ranking: the organizers' own order among people whose results are equal, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds import calendar
from contest.rounds.models import Contest, Entrant, Period, Quiz, Round
from contest.rounds.ranking import Key
from contest.standings import board as boards
from contest.standings import participation
from contest.standings.models import Board, Decision, Standing


def equals(board: Board, place: int) -> list[Standing]:
    """The lines that share a place on the board as it stands, in its order."""
    lines = Standing.objects.filter(board=board.pk, build=board.build, place=place)
    return list(lines.select_related("entrant__user", "entrant__unit").order_by("ordinal"))


def decide(period: Period, order: Sequence[Entrant], *, reason: str, by: User, now: datetime) -> list[Decision]:
    """These people stand in this order from the next build of the board on; their equals who are not named, after them.

    What was decided before about the same people and their equals is replaced; the ledger keeps it. Refuses before the
    period has closed for everyone, once its results are out or frozen, in a ranking without this key, people whose
    results differ, fewer than two, and no reason.
    """
    reason = language.clean(reason)[:300]
    if not reason:
        raise Refused(_("Say why they stand in this order."))
    if not Contest.objects.run_by(by).filter(pk=period.round.contest_id).exists():
        raise Refused(_("Only the organizers of the contest do this."))
    if len({entrant.pk for entrant in order}) < max(2, len(order)):
        raise Refused(_("A decision puts at least two people in an order, each of them once."))
    with transaction.atomic():
        period = Period.objects.select_for_update(of=("self",)).get(pk=period.pk)
        quiz: Quiz = Round.objects.with_calendar().get(pk=period.round_id).quiz
        _must_be_between_close_and_results(quiz, period, now)
        group = _equals_of(quiz, period, order, now)
        before = Decision.objects.filter(period=period, entrant__in=group).order_by("order", "pk")
        replaced = list(before.values_list("entrant", flat=True))
        before.delete()
        made = Decision.objects.bulk_create(
            Decision(period=period, entrant=entrant, order=number, reason=reason, made_by=by, made_at=now)
            for number, entrant in enumerate(order, start=1)
        )
        ledger.append(
            now=now,
            actor=by,
            action="standings.decided",
            subject=period,
            data={"order": [entrant.pk for entrant in order], "before": replaced, "reason": reason},
            contest_id=quiz.round.contest_id,
        )
    return made


def _must_be_between_close_and_results(quiz: Quiz, period: Period, now: datetime) -> None:
    if not calendar.has_closed(quiz, period, now):
        raise Refused(_("The period has not closed for everyone yet."))
    if period.has_results(now):
        raise Refused(_("The results of %(period)s are out.") % {"period": period})
    if participation.is_frozen(period, now):
        raise Refused(_("The results of %(period)s are frozen.") % {"period": period})
    if Key.DECIDED not in calendar.ranking_keys(quiz):
        raise Refused(_("This ranking leaves equal results equal: the organizers' decision is not among its keys."))


def _equals_of(quiz: Quiz, period: Period, order: Sequence[Entrant], now: datetime) -> list[int]:
    """All who are equal to these people in every other key, by the results as they are now."""
    lines, _actual = boards.rank(quiz, participation.Tally.of(quiz, period, now=now), but=Key.DECIDED)
    places = {line.result.entrant: line.place for line in lines}
    shared = {places.get(entrant.pk) for entrant in order}
    if len(shared) > 1 or None in shared:
        raise Refused(_("These people do not share a place."))
    return [entrant for entrant, place in places.items() if place in shared]
