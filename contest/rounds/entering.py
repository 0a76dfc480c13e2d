"""Who may enter a round and why not, what people agreed to, and what organizers decide about single people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts import signing_in, slips, units
from accounts.models import Unit, User
from contest.foundations import language, prepared
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds import calendar, timing
from contest.rounds.models import Consent, ConsentText, Contest, Entrant, ExtraTime, Office, Round, unit_path

# Whose account a slip never opens, and who need a second factor. A unit's manager has the desk and no more.
STAFF = {Office.Role.ORGANIZER, Office.Role.EDITOR, Office.Role.OBSERVER, Office.Role.JUDGE}


class WhyNot(str):
    """A sentence that says why not, and what to do; `code` names the kind, for pages that offer a way on."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, sentence: str, code: str) -> WhyNot:
        """The sentence of this kind."""
        made = super().__new__(cls, sentence)
        made.code = code
        return made


# --- Who may enter ---------------------------------------------------------------------------------------------------
ENTRANT = f"""
SELECT {prepared.columns(Entrant, "n")}, {prepared.columns(Unit, "u")}
FROM rounds_entrant n LEFT JOIN accounts_unit u ON u.id = n.unit_id
WHERE n.contest_id = %(contest)s AND n.user_id = %(user)s
"""  # noqa: S608  (only names of columns are put in)


def entrant_of(contest: Contest, user: User) -> Entrant | None:
    """The person's row in the contest, with the unit."""
    return _entrant(contest, user, ENTRANT)


def locked_entrant(contest: Contest, user: User) -> Entrant | None:
    """The same, for this transaction alone."""
    return _entrant(contest, user, f"{ENTRANT} FOR UPDATE OF n")


def _entrant(contest: Contest, user: User, statement: str) -> Entrant | None:
    row = prepared.row(statement, {"contest": contest.pk, "user": user.pk})
    if row is None:
        return None
    entrant = prepared.load(Entrant, row)
    entrant.contest, entrant.user = contest, user
    entrant.unit = prepared.load(Unit, row[len(Entrant._meta.concrete_fields) :]) if entrant.unit_id else None
    return entrant


def holds_office(contest: Contest, user: User) -> bool:
    """Whether the person has any office in the contest, and so may neither register nor enter."""
    return Office.objects.filter(contest=contest, user=user).exists()


class Facts(NamedTuple):
    """What decides whether one person may sit in one round, besides the calendar."""

    has_office: bool
    lacks_consent: bool
    is_in_units: bool  # of those that the round names
    extra: timedelta
    is_party_member: bool
    birth_date: date | None
    birth_year: int | None


# One statement: the page of a round and every start ask for it, and the ORM takes longer to write it than to run it.
FACTS = """
SELECT
  EXISTS (SELECT FROM rounds_office o WHERE o.contest_id = e.contest_id AND o.user_id = e.user_id),
  EXISTS (
    SELECT FROM rounds_consenttext t
    WHERE t.contest_id = e.contest_id AND t.is_required AND t.published_at <= %(now)s
    AND NOT EXISTS (
      SELECT FROM rounds_consenttext n
      WHERE n.contest_id = t.contest_id AND n.kind = t.kind AND n.version > t.version AND n.published_at <= %(now)s
    )
    AND NOT EXISTS (
      SELECT FROM rounds_consent c WHERE c.text_id = t.id AND c.user_id = e.user_id AND c.withdrawn_at IS NULL
    )
  ),
  EXISTS (SELECT FROM rounds_round_units u WHERE u.round_id = %(round)s AND u.unit_id = ANY (e.unit_path)),
  coalesce((SELECT x.extra FROM rounds_extratime x WHERE x.entrant_id = e.id AND x.round_id = %(round)s), '0'),
  p.is_party_member, p.birth_date, p.birth_year
FROM rounds_entrant e JOIN accounts_user p ON p.id = e.user_id
WHERE e.id = %(entrant)s
"""


def facts_of(entrant: Entrant, round: Round, *, now: datetime) -> Facts:
    """What decides whether the person may sit in the round; one query."""
    row = prepared.row(FACTS, {"entrant": entrant.pk, "round": round.pk, "now": now})
    assert row is not None  # entrants are never deleted
    return Facts(*row)


def why_not(entrant: Entrant, round: Round, *, now: datetime, facts: Facts | None = None) -> WhyNot | None:
    """Why `entrant` may not enter the round, as a sentence; None when they may. One query, or none with the facts.

    Neither the calendar nor the attempts that are left are asked here.
    """
    if entrant.barred_at is not None:
        return WhyNot(_("You can't take part: %(reason)s") % {"reason": entrant.barred_reason}, "barred")
    facts = facts or facts_of(entrant, round, now=now)
    if facts.has_office:
        return WhyNot(_("Whoever holds an office in this contest can't take part in it."), "office")
    outside = _outside(entrant, round, facts) or _too_young_or_old(facts, round, now)
    return outside or _not_ready(entrant, round, facts)


def _outside(entrant: Entrant, round: Round, facts: Facts) -> WhyNot | None:
    if round.who == Round.Who.ROSTER and entrant.origin != Entrant.Origin.ROSTER:
        return WhyNot(
            _("This round is for people on the units' lists. If you belong to a unit, ask it to put you on its list."),
            "roster",
        )
    if round.who == Round.Who.UNITS and not facts.is_in_units:
        named = {"unit": entrant.unit or entrant.unit_claim or "–"}
        return WhyNot(
            _("This round is for other units than yours (%(unit)s). If that is not your unit, tell the organizers.")
            % named,
            "units",
        )
    if round.members_only and not facts.is_party_member:
        return WhyNot(
            _("This round is for party members. If you are one, ask your unit's manager to correct your details."),
            "members",
        )
    return None


def _too_young_or_old(facts: Facts, round: Round, now: datetime) -> WhyNot | None:
    youngest, oldest = round.minimum_age, round.maximum_age
    if youngest is None and oldest is None:
        return None
    opens_at, _closes_at = calendar.span(round)
    born = User(birth_date=facts.birth_date, birth_year=facts.birth_year)
    age = born.age_on(localdate(opens_at or now))
    if age is None:
        return WhyNot(
            _("This round asks for an age, and your year of birth is not known. Ask your unit to add it."), "age"
        )
    if youngest is not None and age < youngest:
        return WhyNot(
            _("This round is for people who are %(age)s or older on its first day.") % {"age": youngest}, "age"
        )
    if oldest is not None and age > oldest:
        return WhyNot(
            _("This round is for people who are %(age)s or younger on its first day.") % {"age": oldest}, "age"
        )
    return None


def _not_ready(entrant: Entrant, round: Round, facts: Facts) -> WhyNot | None:
    waits = entrant.origin == Entrant.Origin.REGISTERED and entrant.unit_confirmed_at is None
    if waits and round.contest.needs_unit_confirmation:
        return WhyNot(
            _("Your unit has not yet confirmed that you belong to it. Remind your unit's manager, then come back."),
            "unconfirmed",
        )
    if facts.lacks_consent:
        return WhyNot(_("Before you start, please read what you are asked to agree to, and agree."), "consent")
    return None


# --- What people agreed to -------------------------------------------------------------------------------------------
def give_consent(user: User, text: ConsentText, *, now: datetime) -> Consent:
    """The person's consent to this wording, standing since it was first given; refuses an outdated wording."""
    if not ConsentText.objects.in_force(now).filter(pk=text.pk).exists():
        raise Refused(_("The wording has changed meanwhile. Please read the new one."), code="outdated")
    consent, _is_new = Consent.objects.get_or_create(
        user=user, text=text, withdrawn_at=None, defaults={"given_at": now}
    )
    return consent


def withdraw_consent(user: User, text: ConsentText, *, now: datetime) -> int:
    """What the person agreed to of this kind in this contest, in any version, no longer stands; the rows stay.

    Returns how many were withdrawn. What was done before stays lawful; whoever takes back what is needed to take part
    starts nothing more.
    """
    standing = Consent.objects.filter(
        user=user, text__contest=text.contest_id, text__kind=text.kind, withdrawn_at=None, given_at__lte=now
    )
    return standing.update(withdrawn_at=now)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a contest asks a person to agree to, in its newest wording."""

    text: ConsentText
    consent: Consent | None  # the one that stands, for this wording or for an earlier one

    @property
    def is_agreed(self) -> bool:
        """Whether this very wording is agreed to."""
        return self.consent is not None and self.consent.text_id == self.text.pk


@dataclass(frozen=True, slots=True)
class Taking:
    """One contest that a person takes part in, or has agreed to something for."""

    contest: Contest
    entrant: Entrant | None
    place: units.Place | None
    asked: list[Asked]


def takings(user: User, *, now: datetime) -> list[Taking]:
    """All contests in which the person is known, the newest first, with what each asks them to agree to."""
    entrants = {row.contest_id: row for row in Entrant.objects.select_related("contest", "unit").filter(user=user)}
    standing = list(
        Consent.objects.select_related("text__contest").filter(user=user, withdrawn_at=None).order_by("given_at")
    )
    contests = {row.contest_id: row.contest for row in entrants.values()}
    contests |= {row.text.contest_id: row.text.contest for row in standing}
    places = units.places(row.unit_id for row in entrants.values() if row.unit_id)
    agreed = {
        (row.text.contest_id, row.text.kind): row for row in standing
    }  # the last one given is the one that counts
    texts = list(
        ConsentText.objects.in_force(now).filter(contest__in=contests).order_by("contest", "-is_required", "kind")
    )
    found = []
    for pk in sorted(contests, reverse=True):
        entrant = entrants.get(pk)
        asked = [Asked(text, agreed.get((pk, text.kind))) for text in texts if text.contest_id == pk]
        found.append(
            Taking(contests[pk], entrant, places.get(entrant.unit_id) if entrant and entrant.unit_id else None, asked)
        )
    return found


# --- Offices ---------------------------------------------------------------------------------------------------------
def appoint(
    user: User, contest: Contest, role: str, *, unit: Unit | None = None, by: User | None, now: datetime
) -> Office:
    """The person holds the office and no longer takes part in the contest: an entrant is barred with that reason.

    Staff come in by e-mail or provider: their slips are void, and sessions that a slip opened end. A repetition changes
    nothing. Refuses a manager without a unit, and a unit that is not below the contest's top unit.
    """
    role = Office.Role(role)
    _must_organize(contest, by)
    if (role == Office.Role.UNIT_MANAGER) != (unit is not None):
        raise Refused(_("A unit manager has a unit, and nobody else does."), code="unit")
    if unit is not None and contest.root_id is not None and contest.root_id not in unit_path(unit):
        raise Refused(_("%(unit)s takes no part in this contest.") % {"unit": unit}, code="unit")
    if not user.is_active:
        raise Refused(_("This account is closed."), code="closed")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        office, is_new = Office.objects.get_or_create(contest=contest, user=person, role=role, unit=unit)
        if not is_new:
            return office
        entrant = Entrant.objects.select_for_update(of=("self",)).filter(contest=contest, user=person).first()
        if entrant is not None:
            reason = _("Holds the office “%(office)s” in this contest.") % {"office": role.label}
            _bar(entrant, reason, now)
            if not _is_frozen(contest, now):
                entrant.is_obliged, entrant.exempt_reason = False, reason
            entrant.save(update_fields=["barred_at", "barred_reason", "is_obliged", "exempt_reason"])
        if role in STAFF and not person.is_staff:  # who is staff already has no slip, and stays signed in
            slips.revoke(person, by=by, now=now)
        _open_doors(person)
        data = {"office": office.pk, "role": role.value, "unit": unit.pk if unit else None}
        _record("offices.appointed", person, contest, data, by, now)
    user.is_staff = person.is_staff
    return office


def dismiss(office: Office, *, by: User | None, now: datetime) -> None:
    """The office has ended, and with the last one of its kind the door to the admin; all sessions of the person end.

    Who was barred by it stays barred, having seen what entrants must not see; `readmit` decides otherwise. Refuses to
    leave a contest without an organizer. A repetition changes nothing.
    """
    contest = office.contest
    _must_organize(contest, by)
    with transaction.atomic():
        Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)  # two organizers do not dismiss each other
        if office.role == Office.Role.ORGANIZER:
            others = contest.offices.filter(role=Office.Role.ORGANIZER).exclude(pk=office.pk)
            if not others.exists():
                raise Refused(_("A contest has an organizer: appoint another one first."), code="last")
        gone, _rows = Office.objects.filter(pk=office.pk).delete()
        if not gone:
            return
        person = User.objects.select_for_update(no_key=True).get(pk=office.user_id)
        _open_doors(person)
        signing_in.end_sessions(person)
        _record("offices.dismissed", person, contest, {"role": office.role, "unit": office.unit_id}, by, now)


def _open_doors(user: User) -> None:
    """The admin is open to the person, with the permissions of their offices, or closed; administrators keep theirs."""
    roles = set(Office.objects.filter(user=user).values_list("role", flat=True))
    held = [role for role in STAFF if role.value in roles]
    others = user.groups.exclude(name__in=[role.value for role in STAFF])
    user.groups.set([*others, *(_group(role) for role in held)])
    is_staff = user.is_superuser or bool(held)
    if is_staff != user.is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])


def _group(role: Office.Role) -> Group:
    """The group of an office: organizers do all, editors the banks, observers look, judges nothing in the admin.

    Which rows, the admin knows.
    """
    group, _is_new = Group.objects.get_or_create(name=role.value)
    ours = [app.label for app in apps.get_app_configs() if app.name == "accounts" or app.name.startswith("contest.")]
    permissions = Permission.objects.filter(content_type__app_label__in=ours)
    if role == Office.Role.EDITOR:
        permissions = permissions.filter(content_type__app_label="questions")
    elif role == Office.Role.OBSERVER:
        permissions = permissions.filter(codename__startswith="view_")
    elif role == Office.Role.JUDGE:
        permissions = permissions.none()
    group.permissions.set(permissions)
    return group


# --- Decisions about single people -----------------------------------------------------------------------------------
def bar(entrant: Entrant, *, reason: str, by: User | None, now: datetime) -> Entrant:
    """The person is out of the contest, and off its boards, for a reason that they are told."""
    reason = _reason(reason)
    with _deciding(entrant, by) as held:
        _bar(held, reason, now)
        held.save(update_fields=["barred_at", "barred_reason"])
        _record("entrants.barred", held, held.contest, {"reason": reason}, by, now)
    return held


def readmit(entrant: Entrant, *, reason: str, by: User | None, now: datetime) -> Entrant:
    """The person is in the contest again. Refuses whoever holds an office in it."""
    reason = _reason(reason)
    with _deciding(entrant, by) as held:
        if holds_office(held.contest, held.user):
            raise Refused(_("Whoever holds an office in this contest can't take part in it."), code="office")
        held.barred_at, held.barred_reason = None, ""
        held.save(update_fields=["barred_at", "barred_reason"])
        _record("entrants.readmitted", held, held.contest, {"reason": reason}, by, now)
    return held


def exempt(entrant: Entrant, *, reason: str, by: User | None, now: datetime) -> Entrant:
    """The person need not take part, and completion does not count them. Refused once the roster is frozen."""
    reason = _reason(reason)
    with _deciding(entrant, by) as held:
        _must_not_be_frozen(held.contest, now)
        held.is_obliged, held.exempt_reason = False, reason
        held.save(update_fields=["is_obliged", "exempt_reason"])
        _record("entrants.exempted", held, held.contest, {"reason": reason}, by, now)
    return held


def oblige(entrant: Entrant, *, reason: str, by: User | None, now: datetime) -> Entrant:
    """The person is to take part, and counts in their unit's completion. Refused once the roster is frozen."""
    reason = _reason(reason)
    with _deciding(entrant, by) as held:
        _must_not_be_frozen(held.contest, now)
        held.is_obliged, held.exempt_reason = True, ""
        held.save(update_fields=["is_obliged", "exempt_reason"])
        _record("entrants.obliged", held, held.contest, {"reason": reason}, by, now)
    return held


def grant_extra_time(
    entrant: Entrant, round: Round, extra: timedelta, *, reason: str, by: User, now: datetime
) -> ExtraTime:
    """The person has so much extra time in the round, instead of any earlier; its bank stays locked for as long.

    Refuses nothing or less, another contest's round, and a time that would open a period again that is over for
    everyone: its results may be known.
    """
    reason = _reason(reason)
    if extra <= timedelta(0):
        raise Refused(_("Extra time is more than nothing."), code="extra")
    if round.contest_id != entrant.contest_id:
        raise Refused(_("The round belongs to another contest."), code="round")
    with _deciding(entrant, by) as held:
        known = Round.objects.with_calendar().get(pk=round.pk)
        for period in known.periods.all():
            over = timing.settled_at(period.window(), longest_extra=known.longest_extra)
            if over is not None and over <= now < period.closes_at + extra:
                raise Refused(
                    _("%(period)s is over for everyone; so much extra time would open it again.") % {"period": period},
                    code="over",
                )
        values = {"extra": extra, "reason": reason, "granted_by": by, "granted_at": now}
        granted, _is_new = ExtraTime.objects.update_or_create(entrant=held, round=round, defaults=values)
        quiz = getattr(known, "quiz", None)
        if quiz is not None:
            calendar.relock(quiz.bank, now=now)
        data = {"round": round.pk, "seconds": int(extra.total_seconds()), "reason": reason}
        _record("entrants.extra_time", held, held.contest, data, by, now)
    return granted


@contextmanager
def _deciding(entrant: Entrant, by: User | None) -> Iterator[Entrant]:
    """The person's row, held until the decision is written; only for the contest's organizers."""
    _must_organize(entrant.contest, by)
    with transaction.atomic():
        yield Entrant.objects.select_for_update(of=("self",)).select_related("contest", "user").get(pk=entrant.pk)


def _bar(entrant: Entrant, reason: str, now: datetime) -> None:
    entrant.barred_at, entrant.barred_reason = entrant.barred_at or now, reason[:300]


def _reason(text: str) -> str:
    """The reason in one line; refuses none."""
    reason = language.clean(text)[:300]
    if not reason:
        raise Refused(_("Please say why: the reason is kept."), code="reason")
    return reason


def _is_frozen(contest: Contest, now: datetime) -> bool:
    return contest.roster_frozen_at is not None and contest.roster_frozen_at <= now


def _must_not_be_frozen(contest: Contest, now: datetime) -> None:
    if _is_frozen(contest, now):
        raise Refused(_("The roster is frozen: who is obliged no longer changes."), code="frozen")


def _must_organize(contest: Contest, by: User | None) -> None:
    """Refuses whoever is neither an organizer of the contest nor an administrator; None is an operator's command."""
    if by is not None and not Contest.objects.run_by(by).filter(pk=contest.pk).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")


def _record(
    action: str, about: User | Entrant, contest: Contest, data: dict[str, Any], by: User | None, now: datetime
) -> None:
    ledger.append(now=now, actor=by, action=action, subject=about, data=data, contest_id=contest.pk)
