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
from contest.rounds.models import Contest, Entrant, Period
from contest.standings import participation
from contest.standings.models import Board, Decision, Standing


def equals(board: Board, place: int) -> list[Standing]:
    """The lines that share a place on the board as it stands, in its order."""
    lines = Standing.objects.filter(board=board.pk, build=board.build, place=place)
    return list(lines.select_related("entrant__user", "entrant__unit").order_by("ordinal"))


def decide(period: Period, order: Sequence[Entrant], *, reason: str, by: User, now: datetime) -> list[Decision]:
    """These people stand in this order from the next build of the board on; whoever is not named stands after them.

    Refuses before the period has closed for everyone and once its results are frozen; fewer than two people; those who
    do not share a place; and no reason. A new decision about the same people replaces the old one, which the ledger
    keeps.
    """
    reason = language.clean(reason)[:300]
    if not reason:
        raise Refused(_("Say why they stand in this order."))
    if not Contest.objects.run_by(by).filter(pk=period.round.contest_id).exists():
        raise Refused(_("Only the organizers of the contest do this."))
    if not calendar.has_closed(period.round.quiz, period, now):
        raise Refused(_("The period has not closed for everyone yet."))
    if participation.is_frozen(period, now):
        raise Refused(_("The results of %(period)s are frozen.") % {"period": period})
    if len({entrant.pk for entrant in order}) < max(2, len(order)):
        raise Refused(_("A decision puts at least two people in an order, each of them once."))
    with transaction.atomic():
        board = Board.objects.select_for_update().filter(period=period).first()
        lines = Standing.objects.filter(board=board, build=board.build) if board else Standing.objects.none()
        places = list(lines.filter(entrant__in=order).values_list("place", flat=True))
        held = set(Decision.objects.filter(period=period, entrant__in=order).values_list("entrant", flat=True))
        if len(places) < len(order) or (len(set(places)) > 1 and not held.issuperset(one.pk for one in order)):
            raise Refused(_("These people do not share a place."))
        made = [
            Decision.objects.update_or_create(
                period=period,
                entrant=entrant,
                defaults={"order": number, "reason": reason, "made_by": by, "made_at": now},
            )[0]
            for number, entrant in enumerate(order, start=1)
        ]
        ledger.append(
            now=now,
            actor=by,
            action="standings.decided",
            subject=period,
            data={"order": [entrant.pk for entrant in order], "reason": reason},
            contest_id=period.round.contest_id,
        )
    return made
