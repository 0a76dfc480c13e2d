"""The unit manager's desk: who of the own units has not signed in, started or handed in; without a single mark.

A desk shows one unit with all below it: of its managers the own units alone, of the contest's organizers all. Whoever
sits at one holds an office, so the figures of a period may be seen before it closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Slip, Unit, User
from contest.attempts.models import Attempt
from contest.foundations import language, sheets
from contest.foundations.ledger import writing as ledger
from contest.rounds import ranking
from contest.rounds.models import Contest, Entrant, Office, Period, Round

PAGE = 20

FIGURES = """
SELECT entrant.unit_path[%(branch)s] AS branch, count(*) AS people,
       count(*) FILTER (WHERE person.signed_in_at IS NOT NULL) AS signed_in,
       count(*) FILTER (WHERE sat.tried) AS started,
       count(*) FILTER (WHERE sat.done) AS handed_in,
       count(*) FILTER (WHERE sat.tried AND NOT sat.done) AS doing,
       count(*) FILTER (WHERE entrant.is_obliged) AS obliged,
       count(*) FILTER (WHERE entrant.is_obliged AND sat.done) AS completed,
       count(*) FILTER (WHERE todo AND person.signed_in_at IS NULL AND sat.tried IS NULL) AS away,
       count(*) FILTER (WHERE todo AND person.signed_in_at IS NOT NULL AND sat.tried IS NULL) AS waiting,
       count(*) FILTER (WHERE todo AND sat.done IS NOT TRUE) AS unfinished,
       count(*) FILTER (WHERE NOT todo) AS exempt,
       count(*) FILTER (WHERE entrant.origin = 'registered' AND entrant.unit_confirmed_at IS NULL) AS unconfirmed,
       count(*) FILTER (WHERE entrant.unit_id IS NULL) AS nowhere
FROM rounds_entrant entrant
JOIN accounts_user person ON person.id = entrant.user_id
CROSS JOIN LATERAL (SELECT entrant.exempt_reason = '' AS todo) duty
LEFT JOIN LATERAL (
    SELECT true AS tried, bool_or(is_completed) AS done FROM attempts_attempt
    WHERE period_id = %(period)s AND entrant_id = entrant.id AND voided_at IS NULL HAVING count(*) > 0
) sat ON true
WHERE entrant.contest_id = %(contest)s AND entrant.barred_at IS NULL
  AND (%(unit)s::bigint IS NULL OR entrant.unit_path @> ARRAY[%(unit)s::bigint])
GROUP BY 1
"""


class Show(models.TextChoices):
    """Which people the list has."""

    UNFINISHED = "unfinished", gettext_lazy("Not handed in")
    AWAY = "away", gettext_lazy("Never signed in")
    WAITING = "waiting", gettext_lazy("Signed in, not started")
    DOING = "doing", gettext_lazy("Started, not handed in")
    HANDED_IN = "handed_in", pgettext_lazy("state", "Handed in")
    UNCONFIRMED = "unconfirmed", gettext_lazy("To be confirmed")
    NOWHERE = "nowhere", gettext_lazy("Without a unit")
    EXEMPT = "exempt", gettext_lazy("Exempt")
    PEOPLE = "people", gettext_lazy("Everyone")


@dataclass
class Figures:
    """How many people of a unit stand where in a period."""

    people: int = 0
    signed_in: int = 0
    started: int = 0
    handed_in: int = 0
    doing: int = 0
    obliged: int = 0
    completed: int = 0  # of the obliged
    away: int = 0
    waiting: int = 0
    unfinished: int = 0
    exempt: int = 0
    unconfirmed: int = 0
    nowhere: int = 0

    @property
    def percent(self) -> Decimal | None:
        """Completion in percent, two decimals; None where nobody is obliged."""
        return ranking.completion(self.completed, self.obliged)

    def __add__(self, other: Figures) -> Figures:
        """The figures of both together."""
        return Figures(*(getattr(self, name.name) + getattr(other, name.name) for name in fields(self)))


@dataclass(frozen=True)
class Branch:
    """A unit right below the desk's, with its figures."""

    unit: Unit
    figures: Figures


@dataclass(frozen=True)
class Desk:
    """What one person sees of one contest: a unit and a period, and what else could be chosen."""

    contest: Contest
    user: User
    own: tuple[Unit, ...]  # the units one manages; an organizer has the contest's top unit
    is_organizer: bool
    unit: Unit | None  # the one that is shown; None: all units
    path: tuple[int, ...]
    periods: tuple[Period, ...]  # those that have opened, the newest first, else the next one
    period: Period | None

    @property
    def is_whole(self) -> bool:
        """Whether everyone in the contest is shown, those too who belong to no unit."""
        return self.is_organizer and (self.unit is None or self.unit.pk == self.contest.root_id)


# --- Taking a seat ---------------------------------------------------------------------------------------------------
def sit_down(user: User, slug: str, *, unit: int | None = None, period: int | None = None, now: datetime) -> Desk:
    """The desk of this person in the contest, at one of the own units or below; four queries.

    Raises Contest.DoesNotExist for whoever manages nothing there, and for a unit that is not theirs.
    """
    roles = [Office.Role.ORGANIZER, Office.Role.UNIT_MANAGER]
    held = user.offices.filter(contest__slug=slug, role__in=roles).select_related("contest__root", "unit")
    offices = sorted(held, key=lambda office: office.pk)
    if not offices and not user.is_superuser:
        raise Contest.DoesNotExist
    contest = offices[0].contest if offices else Contest.objects.select_related("root").get(slug=slug)
    is_organizer = user.is_superuser or any(office.role == Office.Role.ORGANIZER for office in offices)
    own = [contest.root] if is_organizer else [office.unit for office in offices]
    mine = tuple(found for found in own if found is not None)
    chosen, path = _chosen(unit or (mine[0].pk if mine else None))
    if mine and not {found.pk for found in mine} & {*path}:
        raise Contest.DoesNotExist
    periods = _periods(contest, now)
    asked = next((found for found in periods if found.pk == period), None)
    return Desk(contest, user, mine, is_organizer, chosen, path, periods, asked or _first(periods, now))


def _chosen(unit: int | None) -> tuple[Unit | None, tuple[int, ...]]:
    if unit is None:
        return None, ()
    found: Any = Unit.objects.with_tree_fields().filter(pk=unit).first()
    if found is None:
        raise Contest.DoesNotExist
    return found, tuple(found.tree_path)


def _periods(contest: Contest, now: datetime) -> tuple[Period, ...]:
    """The periods of quiz rounds that have opened, the newest first; before the first one, that one."""
    ranked = Period.objects.filter(round__contest=contest, round__kind=Round.Kind.QUIZ, round__is_practice=False)
    everything = list(ranked.select_related("round__quiz").order_by("-opens_at", "-pk"))
    opened = tuple(period for period in everything if period.opens_at <= now)
    return opened or tuple(everything[-1:])


def _first(periods: Sequence[Period], now: datetime) -> Period | None:
    """The period that is open and closes first, else the newest one."""
    running = [period for period in periods if period.window().opens_at <= now < period.closes_at]
    return min(running, key=lambda period: period.closes_at, default=None) or next(iter(periods), None)


# --- Figures ---------------------------------------------------------------------------------------------------------
def figures(desk: Desk) -> tuple[Figures, list[Branch], Figures]:
    """Of the whole unit, of each unit right below it in their order, and of those who belong to none of these."""
    values = {
        "branch": len(desk.path) + 1,  # PostgreSQL counts from 1
        "period": desk.period.pk if desk.period else None,
        "contest": desk.contest.pk,
        "unit": None if desk.is_whole or desk.unit is None else desk.unit.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, values)
        counted = {branch: Figures(*rest) for branch, *rest in cursor.fetchall()}
    total = sum(counted.values(), Figures())
    below = Unit.objects.filter(parent=desk.unit) if desk.unit else Unit.objects.filter(parent=None)
    branches = [
        Branch(unit, counted.pop(unit.pk, Figures()))
        for unit in below.order_by("sort_key", "pk")
        if unit.pk in counted or unit.valid_until is None
    ]
    return total, branches, sum(counted.values(), Figures())


# --- The list --------------------------------------------------------------------------------------------------------
def people(desk: Desk, show: str = Show.PEOPLE, text: str = "") -> models.QuerySet[Entrant]:
    """The people of the desk's unit that are to be shown, by name; `text` is found without diacritics."""
    found = Entrant.objects.filter(contest=desk.contest, barred_at=None).select_related("user", "unit")
    if desk.unit is not None and not desk.is_whole:
        found = found.below(desk.unit)
    for word in language.sought(text):
        found = found.filter(user__search__contains=word)
    sat = Attempt.objects.filter(entrant=OuterRef("pk"), period=desk.period, voided_at=None)
    tried, done = Exists(sat), Exists(sat.filter(is_completed=True))
    todo, in_once = Q(exempt_reason=""), Q(user__signed_in_at__isnull=False)
    chosen = {
        Show.UNFINISHED: todo & ~Q(done),
        Show.AWAY: todo & ~in_once & ~Q(tried),
        Show.WAITING: todo & in_once & ~Q(tried),
        Show.DOING: Q(tried) & ~Q(done),
        Show.HANDED_IN: Q(done),
        Show.UNCONFIRMED: Q(origin=Entrant.Origin.REGISTERED, unit_confirmed_at=None),
        Show.NOWHERE: Q(unit=None),
        Show.EXEMPT: ~todo,
    }.get(Show(show), Q())
    return found.filter(chosen).order_by("user__name_key", "user_id")


@dataclass(frozen=True)
class Line:
    """One person on the list, and where they stand in the period."""

    entrant: Entrant
    attempt: Attempt | None  # the one that tells the state

    @property
    def state(self) -> str:
        """One of Show, as a tag."""
        if self.attempt is not None:
            return Show.HANDED_IN if self.attempt.is_completed else Show.DOING
        if self.entrant.exempt_reason:
            return Show.EXEMPT
        return Show.WAITING if self.entrant.user.signed_in_at else Show.AWAY

    @property
    def is_to_confirm(self) -> bool:
        """Whether the unit has not yet said that the person belongs to it."""
        return self.entrant.origin == Entrant.Origin.REGISTERED and self.entrant.unit_confirmed_at is None


def page(
    desk: Desk, found: models.QuerySet[Entrant], *, after: tuple[str, int] | None = None
) -> tuple[list[Line], Any]:
    """The next PAGE people after a place in the list, and the place from which to go on, None at the end."""
    if after is not None:
        key, user = bytes.fromhex(after[0]), after[1]
        found = found.filter(Q(user__name_key__gt=key) | Q(user__name_key=key, user_id__gt=user))
    rows = list(with_attempts(desk, found)[: PAGE + 1])
    lines = [line_of(entrant) for entrant in rows[:PAGE]]
    if len(rows) <= PAGE:
        return lines, None
    last = lines[-1].entrant.user
    return lines, (bytes(last.name_key).hex(), last.pk)


def with_attempts(desk: Desk, found: models.QuerySet[Entrant]) -> models.QuerySet[Entrant]:
    """With the attempts of the desk's period, without their papers."""
    sat = Attempt.objects.filter(period=desk.period, voided_at=None).defer("paper", "unit_path").order_by("number")
    return found.prefetch_related(Prefetch("attempts", sat, to_attr="sat"))


def line_of(entrant: Entrant) -> Line:
    """The line of an entrant that comes `with_attempts`."""
    sat: list[Attempt] = vars(entrant)["sat"]
    done = [attempt for attempt in sat if attempt.is_completed]
    return Line(entrant, done[0] if done else sat[-1] if sat else None)


# --- To take away ----------------------------------------------------------------------------------------------------
def export(desk: Desk, show: str, text: str, kind: str, *, now: datetime) -> bytes:
    """The list as an Excel (`kind` "xlsx") or CSV file, to phone by; that it was taken stands in the ledger."""
    headers = [
        _("No."), _("Full name"), _("Birth"), _("Phone"), _("Unit"), _("Status"), _("First signed in at"),
        _("Started at"), _("Handed in at"), _("Obliged"), _("Exempt because"), _("Confirmed by the unit"),
    ]  # fmt: skip
    found = with_attempts(desk, people(desk, show, text)).iterator(chunk_size=2000)
    rows = [_row(number, line_of(entrant)) for number, entrant in enumerate(found, start=1)]
    data = {"unit": desk.unit.pk if desk.unit else None, "show": show, "text": text, "rows": len(rows), "kind": kind}
    ledger.append(
        now=now, actor=desk.user, action="people.exported", subject=desk.contest, data=data, contest_id=desk.contest.pk
    )
    if kind == "csv":
        return sheets.write_csv(headers, rows)
    return sheets.write_xlsx(headers, rows, sheet=_("List"))


def _row(number: int, line: Line) -> list[sheets.Cell]:
    entrant, attempt, user = line.entrant, line.attempt, line.entrant.user
    return [
        number,
        user.full_name,
        user.birth_text(),
        user.phone,
        str(entrant.unit or entrant.unit_claim),
        str(Show(line.state).label),
        user.signed_in_at,
        attempt.started_at if attempt else None,
        attempt.submitted_at if attempt else None,
        _("yes") if entrant.is_obliged else _("no"),
        entrant.exempt_reason,
        _("no") if line.is_to_confirm else _("yes"),
    ]


def picked(desk: Desk, entrants: Iterable[int]) -> models.QuerySet[Entrant]:
    """Of these people those who belong to the desk's unit."""
    return people(desk).filter(pk__in=list(entrants))


def to_print(found: models.QuerySet[Entrant], *, anew: bool) -> models.QuerySet[Entrant]:
    """Those who are given a slip: who has no valid one or never signed in; with `anew` all of them.

    Whoever holds an office, in another contest, say, gets theirs from its organizers.
    """
    people = found.filter(user__is_active=True, user__is_staff=False, user__is_superuser=False)
    people = people.filter(~Exists(Office.objects.filter(user=OuterRef("user")))).select_related("contest")
    if anew:
        return people
    valid = Slip.objects.filter(user=OuterRef("user"), revoked_at=None)
    return people.filter(Q(~Exists(valid)) | Q(user__signed_in_at=None))


def with_valid_slip(found: models.QuerySet[Entrant]) -> int:
    """How many of them hold a slip that a new one would make void."""
    return found.filter(Exists(Slip.objects.filter(user=OuterRef("user"), revoked_at=None))).count()
