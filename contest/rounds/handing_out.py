"""Personal slips on paper: issued anew for people of a contest and laid out to be cut and handed out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import slips, units
from accounts.models import User
from contest.foundations import language
from contest.foundations.printing import SlipFace, slips_pdf
from contest.foundations.refusing import Refused
from contest.rounds.models import Contest, Entrant, Office

MOST_AT_ONCE = 1000  # slips in one PDF


def print_slips(entrants: Iterable[Entrant], *, by: User | None, now: datetime) -> bytes:
    """A PDF with a new slip for each of these people of one contest, in this order; their old slips are void.

    Entrants come with `user` and `contest`. Whoever may open the admin is left out, since no slip is theirs, and so is
    who holds an office in a contest of other organizers. Refuses nobody at all, and more than MOST_AT_ONCE.
    """
    found = [entrant for entrant in entrants if entrant.user.may_hold_slip()]
    closed = _holders_elsewhere(found, by)
    people = [entrant for entrant in found if entrant.user_id not in closed]
    if not people:
        raise Refused(_("There is nobody to print a slip for."), code="nobody")
    if len(people) > MOST_AT_ONCE:
        raise Refused(
            _("That is %(count)s slips; at most %(most)s are printed at once. Choose a smaller unit.")
            % {"count": language.grouped(len(people)), "most": language.grouped(MOST_AT_ONCE)},
            code="many",
        )
    contest_id = people[0].contest_id
    issued = slips.issue([entrant.user for entrant in people], by=by, now=now, contest_id=contest_id)
    return slips_pdf(faces(people, issued, now=now))


def _holders_elsewhere(entrants: Sequence[Entrant], by: User | None) -> set[int]:
    """Whose slip would open an office that `by` does not give: who prints it could sit down in it."""
    if by is None:
        return set()
    offices = Office.objects.filter(user__in=[entrant.user_id for entrant in entrants])
    return set(offices.exclude(contest__in=Contest.objects.run_by(by)).values_list("user", flat=True))


def faces(people: Sequence[Entrant], issued: Sequence[slips.Issued], *, now: datetime) -> list[SlipFace]:
    """What the slips say, each beside its entrant."""
    root = people[0].contest.root_id if people else None
    places = units.places({entrant.unit_id for entrant in people if entrant.unit_id}, root=root)
    day = _("Issued on %(day)s") % {"day": f"{timezone.localtime(now):%d/%m/%Y}"}
    return [
        SlipFace(
            full_name=entrant.user.full_name,
            birth=entrant.user.birth_text(),
            unit=_from_below(places[entrant.unit_id]) if entrant.unit_id else entrant.unit_claim,
            identifier_label=str(label),
            identifier=identifier,
            code=language.spaced_code(made.code),
            url=slips.url_for(made.token),
            contest=entrant.contest.short_title or entrant.contest.title,
            issued=day,
        )
        for entrant, made in zip(people, issued, strict=True)
        for label, identifier in [identifier_of(entrant.user)]
    ]


def identifier_of(user: User) -> tuple[str, str]:
    """What the person types beside the code, with its name: the card number, else the phone, else the citizen number.

    A citizen number is not printed on a sheet that goes through many hands.
    """
    if user.party_card:
        return _("Card number"), user.party_card
    if user.phone:
        return _("Phone"), user.phone
    if user.citizen_number_hash:
        return _("Citizen number"), _("the one on your citizen card")
    return _("Number"), _("none: scan the QR code")


def _from_below(place: units.Place) -> str:
    """The unit and those above it, as an address is written: "Chi bộ thôn Phí Trạch, Đảng bộ xã Phương Tú"."""
    return ", ".join(unit.name for unit in (place.unit, *reversed(place.above)))
