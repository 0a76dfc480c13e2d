"""The intake desk: the secretariat finds what was handed in valid or invalid, asks for more, or opens it again.

Every decision is about what was handed in: what its authors wrote since and did not hand in counts no more. Its people
are told each time, and the reason stands with the entry. Here its own status ends; how far it came is judging's to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from contest.entries import allowing, reading, writing
from contest.entries.models import Entry, Event
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.notices import telling

Status = Entry.Status
TO_DECIDE = frozenset({Status.SUBMITTED, Status.NEEDS_MORE})
DECIDED = frozenset({Status.VALID, Status.INVALID})

VALID = gettext_noop("The entry %(code)s “%(title)s” was found valid and goes to the judges.")
MORE = gettext_noop(
    "The entry %(code)s “%(title)s” needs more until %(until)s: %(note)s Complete it and hand it in again."
)
INVALID = gettext_noop("The entry %(code)s “%(title)s” was found invalid: %(note)s")
REOPENED = gettext_noop("The secretariat looks at the entry %(code)s “%(title)s” again: %(note)s")


def find_valid(entry: Entry, *, by: User, now: datetime) -> Entry:
    """The entry, as it was handed in, may be judged; a repetition changes nothing."""
    with _held(entry, by) as held:
        if held.status == Status.VALID:
            return held
        _must_be(held, TO_DECIDE)
        _decide(held, Status.VALID, Event.What.VALID, VALID, by=by, now=now)
    return held


def ask_more(entry: Entry, *, until: datetime, note: str, by: User, now: datetime) -> Entry:
    """Its authors may complete the entry until a moment to come, even after the close; they are told what is needed."""
    with _held(entry, by) as held:
        _must_be(held, TO_DECIDE)
        note = _said(note, _("Please say what is needed."))
        if until <= now:
            raise Refused(_("The time to complete the entry has to lie ahead."), code="past")
        held.needs_more_until = until
        _decide(held, Status.NEEDS_MORE, Event.What.NEEDS_MORE, MORE, note=note, by=by, now=now)
    return held


def find_invalid(entry: Entry, *, reason: str, by: User, now: datetime) -> Entry:
    """The entry is not judged, and its people are told why."""
    with _held(entry, by) as held:
        _must_be(held, TO_DECIDE)
        reason = _said(reason, _("Please say why."))
        _decide(held, Status.INVALID, Event.What.INVALID, INVALID, note=reason, by=by, now=now)
    return held


def reopen(entry: Entry, *, reason: str, by: User, now: datetime) -> Entry:
    """A decision is taken back: the entry is as it was when it had been handed in."""
    with _held(entry, by) as held:
        _must_be(held, DECIDED)
        reason = _said(reason, _("Please say why."))
        _decide(held, Status.SUBMITTED, Event.What.REOPENED, REOPENED, note=reason, by=by, now=now)
    return held


# --- What all decisions have in common -------------------------------------------------------------------------------
@contextmanager
def _held(entry: Entry, by: User) -> Iterator[Entry]:
    """The entry for this transaction alone, for an organizer of its contest."""
    with transaction.atomic():
        rows = Entry.objects.select_for_update(of=("self",)).select_related("round__contest", "round__call", "kind")
        held = rows.get(pk=entry.pk)
        if not allowing.organizes(held, by):
            raise Refused(_("Only the organizers of the contest do this."), code="organizer")
        yield held


def _must_be(entry: Entry, statuses: Collection[str]) -> None:
    if entry.status in statuses:
        return
    if entry.status == Status.DRAFT:
        raise Refused(_("%(code)s has not been handed in yet.") % {"code": entry.code}, code="state")
    if entry.status == Status.WITHDRAWN:
        raise Refused(_("%(code)s was withdrawn.") % {"code": entry.code}, code="state")
    if entry.status in DECIDED:
        told = _("%(code)s has been decided about already. Open it again first.") % {"code": entry.code}
        raise Refused(told, code="state")
    raise Refused(_("%(code)s has not been decided about yet.") % {"code": entry.code}, code="state")


def _said(text: str, wish: str) -> str:
    """The note or reason as it is kept."""
    kept = writing.clean_text(text)[:1000]
    if not kept:
        raise Refused(wish, code="reason")
    return kept


def _decide(
    entry: Entry, status: Entry.Status, what: Event.What, sentence: str, *, note: str = "", by: User, now: datetime
) -> None:
    """The decision stands with the entry; its people, the steps and the ledger know of it."""
    last = reading.newest(entry)
    if last is not None and status != Status.NEEDS_MORE:  # whoever completes it loses nothing
        writing.restore(entry, last)
    entry.status, entry.intake_note = status, note
    entry.needs_more_until = entry.needs_more_until if status == Status.NEEDS_MORE else None
    entry.save(update_fields=["status", "intake_note", "needs_more_until"])
    event = Event.objects.create(entry=entry, at=now, by=by, what=what, note=note)
    until = entry.needs_more_until
    values = {"code": entry.code, "title": entry.title, "note": note} | ({"until": moment(until)} if until else {})
    telling.tell(
        writing.people_of(entry), sentence, key=f"intake:{event.pk}", values=values, path=writing.path_of(entry),
        now=now,
    )  # fmt: skip
    data = {"code": entry.code, "note": note} | ({"until": until.isoformat()} if until else {})
    ledger.append(
        now=now, actor=by, action=f"entries.{what.value}", subject=entry, data=data,
        contest_id=entry.round.contest_id,
    )  # fmt: skip


def moment(at: datetime) -> str:
    """A moment as a sentence says it."""
    return date_format(timezone.localtime(at), "H:i d/m/Y")
