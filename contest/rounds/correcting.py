"""What is written wrong about a person of a contest is put right by its organizers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.foundations.secrets import keyed_hash
from contest.rounds.models import Contest, Entrant, Office

COMPARED = ("full_name", "sort_name", "birth_date", "birth_year", "phone", "party_card", "is_party_member", "email")


@dataclass(frozen=True, kw_only=True)
class Details:
    """All that an organizer may write about a person, read and clean."""

    full_name: str
    sort_name: str = ""
    birth_year: int | None = None
    birth_date: date | None = None
    phone: str = ""
    party_card: str = ""
    is_party_member: bool = False
    email: str = ""  # only for who has none: an address is a way in
    citizen_number: str = ""  # the one that is known stays where this is empty


def why_not(user: User) -> str:
    """Why this person's data are not an organizer's to change; empty when they are."""
    if user.is_staff or user.is_superuser or Office.objects.filter(user=user).exists():
        return _("This person holds an office, so only the platform's administrators change their data.")
    if not user.is_active:
        return _("This account is closed.")
    return ""


@transaction.atomic
def correct(entrant: Entrant, details: Details, *, by: User | None, now: datetime) -> list[str]:
    """The person stands as `details` say; returns the names of the fields that were something else before.

    The ledger names these fields, never their values. Refuses whoever is not an organizer of the contest, people who
    hold an office anywhere, another e-mail address than the one that is there, and numbers that somebody else has.
    """
    if by is not None and not Contest.objects.run_by(by).filter(pk=entrant.contest_id).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")
    user = User.objects.select_for_update(no_key=True).get(pk=entrant.user_id)
    if sentence := why_not(user):
        raise Refused(sentence, code="office")
    if not language.clean(details.full_name):
        raise Refused(_("Type the full name."), code="full_name")
    if details.email and user.email and details.email.lower() != user.email:
        raise Refused(_("The e-mail address stays: it is how the person signs in."), code="email")
    before = {name: getattr(user, name) for name in COMPARED}
    for name in COMPARED:
        setattr(user, name, getattr(details, name))
    user.sort_name = language.clean(details.sort_name)
    user.email = user.email or before["email"]
    user.set_keys()
    changed = [name for name in COMPARED if getattr(user, name) != before[name]]
    number = keyed_hash(details.citizen_number, purpose="citizen number") if details.citizen_number else None
    if number is not None and (user.citizen_number_hash is None or bytes(user.citizen_number_hash) != number):
        user.citizen_number = details.citizen_number
        changed.append("citizen_number")
    if not changed:
        return []
    _refuse_taken(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # somebody else was given the same number in this moment
        raise Refused(_("Somebody else has one of these numbers already."), code="taken") from error
    ledger.append(
        now=now, actor=by, action="people.corrected", subject=entrant, data={"fields": changed},
        contest_id=entrant.contest_id,
    )  # fmt: skip
    return changed


def _refuse_taken(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    if user.citizen_number_hash and others.filter(citizen_number_hash=user.citizen_number_hash).exists():
        raise Refused(_("Somebody has this citizen number already."), code="citizen_number")
    if user.party_card and others.filter(party_card=user.party_card).exists():
        raise Refused(_("The party card belongs to somebody else."), code="party_card")
    if user.email and others.filter(email=user.email).exists():
        raise Refused(_("The e-mail address belongs to somebody else."), code="email")
