"""How people come into an open contest by themselves, and how units confirm or move them.

A phone may be a family's, and names repeat: whoever might be in already is offered the way back in, and goes on as
somebody else by saying so. The very same person never silently becomes two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zlib import crc32

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from contest.foundations import language, secrets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds import entering
from contest.rounds.models import Consent, ConsentText, Contest, Entrant, unit_path

MOST_A_PHONE = 10  # people who register themselves into one contest with one phone
PHONE_LOCK = 0x9E6  # first number of pg_advisory_xact_lock


@dataclass(frozen=True, kw_only=True)
class Person:
    """What someone says of themselves, read and clean."""

    full_name: str
    birth_year: int
    birth_date: date | None = None
    phone: str
    citizen_number: str = ""
    email: str = ""
    is_party_member: bool = False


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """Where someone says they belong: a unit of the contest, or what they wrote where none fitted."""

    unit: Unit | None = None
    claim: str = ""


class Likeness(StrEnum):
    """Why someone may be in already; also the code of the refusal."""

    SAME = "same"  # the citizen number, or the phone with name and birth
    EMAIL = "email"  # an address opens one account only
    PHONE = "phone"
    NAME = "name"  # name, birth year and unit


# --- Coming in -------------------------------------------------------------------------------------------------------
def refusal(contest: Contest, *, now: datetime) -> str:
    """Why nobody can register now; empty when people can."""
    if contest.entry != Contest.Entry.OPEN:
        return _("People come into this contest by their units' lists. Ask your unit for your slip.")
    rounds = contest.rounds.filter(is_practice=False)
    if rounds.exists() and not rounds.filter(Q(closes_at=None) | Q(closes_at__gt=now)).exists():
        return _("This contest is over.")
    return ""


def register(
    contest: Contest,
    person: Person,
    belonging: Belonging,
    *,
    agreed: Collection[int],
    is_somebody_else: bool = False,
    now: datetime,
) -> Entrant:
    """A new person, in the contest, with the consents `agreed` to (ids of texts in force).

    Refuses (code: a Likeness) whoever seems to be in already: finally where it is the same person, else unless
    `is_somebody_else`. Refuses missing consents, a unit outside the contest, and too many people with one phone.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:  # a button pressed twice makes one person
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PHONE_LOCK, crc32(person.phone.encode()) - 2**31])
        _must_be_open(contest, now)
        texts = _agreed(contest, agreed, now)
        likeness = likeness_of(person, belonging)
        if likeness is not None and not (is_somebody_else and likeness in {Likeness.PHONE, Likeness.NAME}):
            raise Refused(_SENTENCES[likeness](), code=likeness)
        own = Entrant.objects.filter(contest=contest, user__phone=person.phone, origin=Entrant.Origin.REGISTERED)
        if own.count() >= MOST_A_PHONE:
            raise Refused(_("Too many people have registered with this phone. Ask your unit to enter you on its list."))
        user = _made(person, belonging)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:  # the same number or address, sent in the same moment
            raise Refused(_SENTENCES[Likeness.SAME](), code=Likeness.SAME) from error
        Consent.objects.bulk_create(Consent(user=user, text=text, given_at=now) for text in texts)
        return _enter(contest, user, belonging, now)


def join(contest: Contest, user: User, belonging: Belonging, *, agreed: Collection[int], now: datetime) -> Entrant:
    """Somebody who is known already is in this contest too; a repetition changes nothing.

    Refuses whoever holds an office in it, missing consents, and a unit outside the contest.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        entrant = entering.entrant_of(contest, user)
        if entrant is not None:
            return entrant
        _must_be_open(contest, now)
        if entering.holds_office(contest, user):
            raise Refused(_("Whoever holds an office in this contest can't take part in it."), code="office")
        for text in _agreed(contest, agreed, now, user):
            entering.give_consent(user, text, now=now)
        return _enter(contest, user, belonging, now)


def likeness_of(person: Person, belonging: Belonging) -> Likeness | None:
    """Whether someone is there already who is, or may well be, this person; the most telling reason."""
    people = User.objects.filter(is_active=True)
    name = language.fold(person.full_name)
    if person.citizen_number:
        digest = secrets.keyed_hash(person.citizen_number, purpose="citizen number")
        if User.objects.filter(citizen_number_hash=digest).exists():
            return Likeness.SAME
    sharing = [user for user in people.filter(phone=person.phone) if not _differ_by_number(person, user)]
    if any(language.fold(user.full_name) == name and _born_alike(person, user) for user in sharing):
        return Likeness.SAME
    if person.email and User.objects.filter(email=person.email).exists():
        return Likeness.EMAIL
    if sharing:
        return Likeness.PHONE
    if belonging.unit is not None:
        for user in people.filter(unit=belonging.unit, birth_year=person.birth_year):
            if (
                language.fold(user.full_name) == name
                and _born_alike(person, user)
                and not _differ_by_number(person, user)
            ):
                return Likeness.NAME
    return None


def _born_alike(person: Person, user: User) -> bool:
    if person.birth_date and user.birth_date:
        return person.birth_date == user.birth_date
    return not user.birth_year or person.birth_year == user.birth_year


def _differ_by_number(person: Person, user: User) -> bool:
    """Whether both have citizen numbers: equal ones were found before, so these differ."""
    return bool(person.citizen_number and user.citizen_number_hash)


def _same() -> str:
    return _("You are in already: someone with this number, or with this phone, name and birth, is known here.")


def _email() -> str:
    return _("Someone is known here by this e-mail address. If it is you, sign in with it; if not, leave it empty.")


def _phone() -> str:
    return _("Someone with this phone is in already. It may be you, or somebody who shares the phone with you.")


def _name() -> str:
    return _("Someone of this name and birth year is in this unit already. It may be you.")


_SENTENCES = {Likeness.SAME: _same, Likeness.EMAIL: _email, Likeness.PHONE: _phone, Likeness.NAME: _name}


def _must_be_open(contest: Contest, now: datetime) -> None:
    if sentence := refusal(contest, now=now):
        raise Refused(sentence, code="closed")


def _agreed(contest: Contest, agreed: Collection[int], now: datetime, user: User | None = None) -> list[ConsentText]:
    """The texts in force that were agreed to; refuses when one that is needed is not among them, or given before."""
    texts = list(ConsentText.objects.in_force(now).filter(contest=contest))
    given: set[int] = set()
    if user is not None:
        standing = Consent.objects.filter(user=user, text__in=texts, withdrawn_at=None)
        given = set(standing.values_list("text", flat=True))
    if any(text.is_required and text.pk not in {*agreed, *given} for text in texts):
        raise Refused(_("Please agree to what is needed to take part; without it nobody can."), code="consent")
    return [text for text in texts if text.pk in agreed]


def _made(person: Person, belonging: Belonging) -> User:
    user = User(
        pk=secrets.random_id(),  # it stands in the cookie of the session, and must not tell how many have registered
        full_name=person.full_name,
        birth_year=person.birth_year,
        birth_date=person.birth_date,
        phone=person.phone,
        email=person.email or None,
        is_party_member=person.is_party_member,
        unit=belonging.unit,
        password=UNUSABLE_PASSWORD_PREFIX + secrets.random_token(),
    )
    user.citizen_number = person.citizen_number
    return user


def _enter(contest: Contest, user: User, belonging: Belonging, now: datetime) -> Entrant:
    path = line_in(contest, belonging.unit, now=now) if belonging.unit else []
    return Entrant.objects.create(
        contest=contest,
        user=user,
        unit=belonging.unit,
        unit_path=path,
        unit_claim="" if belonging.unit else language.clean(belonging.claim)[:200],
        block=block_of(path),
        origin=Entrant.Origin.REGISTERED,
    )


def line_in(contest: Contest, unit: Unit, *, now: datetime) -> list[int]:
    """The unit's path. Refuses a unit that takes no part in the contest, or that no longer exists."""
    path = unit_path(unit)
    stands = Unit.objects.standing_at(timezone.localdate(now)).filter(pk=unit.pk).exists()
    if not stands or (contest.root_id is not None and contest.root_id not in path):
        raise Refused(_("%(unit)s takes no part in this contest.") % {"unit": unit}, code="unit")
    return path


def block_of(path: Iterable[int]) -> str:
    """The block of the lowest unit on the path that has one."""
    path = list(path)
    blocks = dict(Unit.objects.filter(pk__in=path).exclude(block="").values_list("pk", "block"))
    return next((blocks[unit] for unit in reversed(path) if unit in blocks), "")


# --- Units confirm or move people ------------------------------------------------------------------------------------
def confirm(contest: Contest, entrants: Collection[int], *, by: User, now: datetime) -> int:
    """These people of one's own units belong there; returns how many were not confirmed before."""
    with transaction.atomic():
        waiting = Entrant.objects.filter(contest=contest, pk__in=entrants, unit_confirmed_at=None, unit__isnull=False)
        found = list(waiting.visible_to(by).order_by("pk").values_list("pk", flat=True))
        done = Entrant.objects.filter(pk__in=found, unit_confirmed_at=None).update(unit_confirmed_at=now)
        if done:
            ledger.append(
                now=now, actor=by, action="entrants.confirmed", subject=contest, data={"entrants": found},
                contest_id=contest.pk,
            )  # fmt: skip
    return done


def move(entrant: Entrant, unit: Unit, *, by: User, now: datetime) -> Entrant:
    """The person belongs to another unit of the contest; attempts keep the path that was true when they were made.

    In one's own units they are confirmed at once, elsewhere that unit still has to. Refuses other units' people, a unit
    outside the contest, and whoever is obliged once the roster is frozen.
    """
    contest = entrant.contest
    with transaction.atomic():
        held = Entrant.objects.select_for_update(of=("self",)).select_related("user").get(pk=entrant.pk)
        if not Entrant.objects.filter(pk=held.pk).visible_to(by).exists():
            raise Refused(_("This person does not belong to your unit."), code="unit")
        if held.is_obliged and contest.roster_frozen_at is not None and contest.roster_frozen_at <= now:
            raise Refused(_("The roster is frozen: who is obliged stays in their unit."), code="frozen")
        path = line_in(contest, unit, now=now)
        before = held.unit_id
        if before == unit.pk:
            return held
        held.unit, held.unit_path, held.unit_claim, held.block = unit, path, "", block_of(path)
        held.unit_confirmed_at = None
        fields = ["unit", "unit_path", "unit_claim", "block", "unit_confirmed_at"]
        held.save(update_fields=fields)
        if Entrant.objects.filter(pk=held.pk).visible_to(by).exists():
            held.unit_confirmed_at = now
            held.save(update_fields=["unit_confirmed_at"])
        User.objects.filter(pk=held.user_id).update(unit=unit)
        data = {"from": before, "to": unit.pk, "is_confirmed": held.unit_confirmed_at is not None}
        ledger.append(now=now, actor=by, action="entrants.moved", subject=held, data=data, contest_id=contest.pk)
    return held
