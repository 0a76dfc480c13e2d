"""How an entry begins: registered first, so that groups and individuals are counted; what it says comes later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from contest.entries import reading
from contest.entries.models import Author, Call, Entry, Event, Form, Kind
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds import entering
from contest.rounds.models import Contest, Entrant, Office, unit_path

FOR_UNITS = frozenset({Form.COLLECTIVE, Form.TEAM})  # a unit hands in, so nobody need be an author


def begin(
    call: Call,
    user: User | None,
    *,
    kind: Kind,
    form: str,
    title: str = "",
    unit: Unit | None = None,
    on_paper: bool = False,
    by: User | None = None,
    now: datetime,
) -> Entry:
    """A new draft with its number and code; of an individual or a group, `user` is the lead author and has confirmed.

    A collective or a team is of `unit`: the person's own, one above it, or one that they manage. On paper, `by` is the
    organizer who types it in, and `user` may be nobody where a unit hands in. Refuses whoever may not enter the round,
    a form or kind that is not asked for, and what comes before the opening, after the close, or is one too many.
    """
    form = Form(form)
    if form not in call.forms or kind.call_id != call.pk:
        raise Refused(_("Nothing of this kind is asked for."), code="form")
    with transaction.atomic():
        if on_paper:
            _must_organize(call, by)
        elif not call.takes_registrations(now):
            raise Refused(why_closed(call, now=now), code="closed")
        entrant = _entrant(call, user, form, on_paper=on_paper, now=now)
        line = _line(call, user, form, unit, entrant, on_paper=on_paper)
        if user is not None and not on_paper:
            _must_not_be_too_many(call, user)
        entry = _made(call, user, kind, form, language.clean(title)[:250], line, on_paper=on_paper, by=by, now=now)
        author = _lead(entry, entrant, user, form, now) if entrant is not None and user is not None else None
        entry.search = search_text(entry, [author] if author else [])
        entry.save(update_fields=["search"])
        Event.objects.create(entry=entry, at=now, by=by or user, what=Event.What.REGISTERED)
        data = {"code": entry.code, "form": entry.form, "on_paper": on_paper}
        ledger.append(
            now=now, actor=by or user, action="entries.registered", subject=entry, data=data,
            contest_id=call.round.contest_id,
        )  # fmt: skip
    return entry


def why_closed(call: Call, *, now: datetime) -> str:
    """Why nothing can be begun at the moment."""
    if call.round.opens_at is None or now < call.round.opens_at:
        return _("Entries are not taken yet.")
    if call.is_open(now):
        return _("The registration is closed. Entries that are registered can still be handed in.")
    return _("Entries are no longer taken.")


@dataclass(frozen=True)
class Standing:
    """What a person is in the contest of a call, and why they may not begin an entry, calendar and numbers aside."""

    entrant: Entrant | None
    is_manager: bool  # of units, with no other office: enters for them only
    refusal: str | None

    def forms(self, call: Call) -> list[Form]:
        """In which forms the person may enter."""
        return [Form(form) for form in call.forms if form in FOR_UNITS or not self.is_manager]


def standing(call: Call, user: User, *, now: datetime) -> Standing:
    """How the person stands to the call; three queries."""
    contest = call.round.contest
    roles = set(Office.objects.filter(contest=contest, user=user).values_list("role", flat=True))
    if roles == {Office.Role.UNIT_MANAGER}:
        return Standing(None, True, None if FOR_UNITS.intersection(call.forms) else _office())
    if roles:
        return Standing(None, False, _office())
    entrant = entering.entrant_of(contest, user)
    if entrant is None:
        return Standing(None, False, _not_in())
    return Standing(entrant, False, entering.why_not(entrant, call.round, now=now))


def manages(contest: Contest, user: User) -> bool:
    """Whether the person manages units of the contest and holds no other office in it."""
    roles = set(Office.objects.filter(contest=contest, user=user).values_list("role", flat=True))
    return roles == {Office.Role.UNIT_MANAGER}


def _office() -> str:
    return _("Whoever holds an office in this contest can't take part in it.")


def _not_in() -> str:
    return _("You are not in this contest yet.")


def _must_organize(call: Call, by: User | None) -> None:
    if by is None or not Call.objects.run_by(by).filter(pk=call.pk).exists():
        raise Refused(_("Only the organizers of the contest do this."), code="organizer")


def _entrant(call: Call, user: User | None, form: Form, *, on_paper: bool, now: datetime) -> Entrant | None:
    """The person in the contest, locked, since only the person alone fights for it; None for whoever manages a unit."""
    if user is None:
        if form in FOR_UNITS and on_paper:
            return None
        raise Refused(_("Say whose entry this is."), code="person")
    if manages(call.round.contest, user):
        if form in FOR_UNITS:
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            return None
        raise Refused(_office(), code="office")
    entrant = entering.locked_entrant(call.round.contest, user)
    if entrant is None:
        held = entering.holds_office(call.round.contest, user)
        outside = _("This person is not in this contest yet.") if on_paper else _not_in()
        raise Refused(_office() if held else outside, code="office" if held else "outside")
    refusal = entering.why_not(entrant, call.round, now=now)
    if refusal is not None and not (on_paper and refusal.code == "consent"):  # the consent is on the paper
        raise Refused(refusal, code=refusal.code)
    return entrant


def _line(
    call: Call, user: User | None, form: Form, unit: Unit | None, entrant: Entrant | None, *, on_paper: bool
) -> list[int]:
    """The unit of the entry with those above it, as they are now."""
    own = list(entrant.unit_path) if entrant else []
    if form not in FOR_UNITS:
        return own
    if unit is None:
        if own:
            return own
        raise Refused(_("Say for which unit this is handed in."), code="unit")
    line = unit_path(unit)
    root = call.round.contest.root_id
    if root is not None and root not in line:
        raise Refused(_("%(unit)s takes no part in this contest.") % {"unit": unit}, code="unit")
    if not on_paper and user is not None:
        allowed = {place.unit.pk for place in reading.units_of(call, user, own)}
        if not allowed.intersection(line[-1:] if entrant else line):
            raise Refused(_("You can hand in for your own unit only."), code="unit")
    return line


def _must_not_be_too_many(call: Call, user: User) -> None:
    if call.most_entries is None or manages(call.round.contest, user):
        return
    begun = Entry.objects.filter(round=call.round_id, created_by=user).exclude(status=Entry.Status.WITHDRAWN)
    if begun.count() >= call.most_entries:
        raise Refused(
            _("You have begun as many entries as one person may: %(number)s.") % {"number": call.most_entries},
            code="many",
        )


def _made(
    call: Call, user: User | None, kind: Kind, form: Form, title: str, line: list[int], *, on_paper: bool,
    by: User | None, now: datetime,
) -> Entry:  # fmt: skip
    held = Kind.objects.select_for_update().get(pk=kind.pk)  # two never have the same number
    Kind.objects.filter(pk=held.pk).update(last_number=F("last_number") + 1)
    number = held.last_number + 1
    creator = by if on_paper else user
    assert creator is not None  # refused before
    return Entry.objects.create(
        round=call.round, kind=kind, number=number, code=f"{kind.letters}-{number:04}", form=form, title=title,
        unit_id=line[-1] if line else None, unit_path=line, registered_at=now, created_by=creator, is_on_paper=on_paper,
    )  # fmt: skip


def _lead(entry: Entry, entrant: Entrant, user: User, form: Form, now: datetime) -> Author | None:
    if form == Form.COLLECTIVE:
        return None
    return Author.objects.create(
        entry=entry, user=user, full_name=user.full_name, is_lead=True, unit=entrant.unit, unit_path=entrant.unit_path,
        share=100 if form == Form.INDIVIDUAL else None, confirmed_at=now,
    )  # fmt: skip


def search_text(entry: Entry, authors: list[Author]) -> str:
    """What an entry is found by: code, title, authors, unit; folded."""
    names = [author.full_name for author in authors]
    return language.fold(" ".join([entry.code, entry.title, *names, str(entry.unit or "")]))
