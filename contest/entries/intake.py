"""The intake desk: whether an entry is valid, needs more, or is invalid; the entry's own status ends here.

What the secretariat decides about is what was handed in: whatever its people wrote since then is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from contest.entries import allowing, filing, reading, registering, writing
from contest.entries.models import Author, Call, Entry, Event, File, Kind, shares_add_up
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.notices import telling

Status = Entry.Status
VALID = gettext_noop("The entry %(code)s “%(title)s” was found valid and goes to the judges.")
NEEDS_MORE = gettext_noop("The entry %(code)s “%(title)s” needs more until %(until)s: %(note)s")
INVALID = gettext_noop("The entry %(code)s “%(title)s” was found invalid: %(note)s")
REOPENED = gettext_noop("The entry %(code)s “%(title)s” is open again: %(note)s")
CLOSES = gettext_noop("The entry %(code)s “%(title)s” is not handed in yet; entries are taken until %(until)s.")
UNSENT = gettext_noop(
    "The entry %(code)s “%(title)s” was changed since it was handed in. Hand it in again before %(until)s, or what was"
    " handed in before counts."
)
MORE_SOON = gettext_noop("The entry %(code)s “%(title)s” can be completed until %(until)s only.")
STILL_ASKED = gettext_noop("You have not yet said whether you are an author of the entry %(code)s “%(title)s”.")
BEFORE = (timedelta(days=3), timedelta(days=1))  # when people are reminded of a deadline


@contextmanager
def _deciding(entry: Entry, by: User) -> Iterator[Entry]:
    """The entry, for this decision alone; for the organizers of its contest."""
    with transaction.atomic():
        rows = Entry.objects.select_for_update(of=("self",)).select_related("round__contest", "round__call")
        held = rows.get(pk=entry.pk)
        if not allowing.organizes(held, by):
            raise Refused(_("Only the organizers of the contest do this."), code="organizer")
        yield held


# --- Decisions -------------------------------------------------------------------------------------------------------
def find_valid(entry: Entry, *, by: User, now: datetime) -> Entry:
    """The entry goes to the judges as it was handed in. A repetition changes nothing.

    Refuses what was not handed in, what an author or its unit has yet to confirm, and files that are not there.
    """
    with _deciding(entry, by) as held:
        if held.status == Status.VALID:
            return held
        _must_be_handed_in(held)
        _take_back(held)
        if waits := waits_for(held):
            raise Refused(" ".join(waits), code="waits")
        _decide(held, Status.VALID, Event.What.VALID, "", VALID, by, now)
    return held


@dataclass(frozen=True)
class Answer:
    """What became of one of several entries that were to be found valid."""

    entry: Entry
    refusal: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it is valid now."""
        return not self.refusal


def find_each_valid(entries: Iterable[Entry], *, by: User, now: datetime) -> list[Answer]:
    """Each goes to the judges, or stays with the reason why it can't; one that is refused keeps no other back."""
    found = []
    for entry in entries:
        try:
            find_valid(entry, by=by, now=now)
        except Refused as refusal:
            found.append(Answer(entry, str(refusal)))
        else:
            found.append(Answer(entry))
    return found


def ask_more(entry: Entry, *, until: datetime, note: str, by: User, now: datetime) -> Entry:
    """Its people may complete the entry until then, and are told what is asked for. Refuses a moment that is over."""
    note = _text(note)
    with _deciding(entry, by) as held:
        _must_be_handed_in(held)
        if until <= now:
            raise Refused(_("Give its people some time: this moment is over."), code="until")
        held.needs_more_until = until
        values = {"until": f"{date_format(localtime(until), 'H:i d/m/Y')}"}
        _decide(held, Status.NEEDS_MORE, Event.What.NEEDS_MORE, note, NEEDS_MORE, by, now, values=values)
    return held


def find_invalid(entry: Entry, *, reason: str, by: User, now: datetime) -> Entry:
    """The entry is out, for a reason that its people are told."""
    reason = _text(reason)
    with _deciding(entry, by) as held:
        _must_be_handed_in(held)
        _take_back(held)
        _decide(held, Status.INVALID, Event.What.INVALID, reason, INVALID, by, now)
    return held


def reopen(entry: Entry, *, reason: str, by: User, now: datetime) -> Entry:
    """A decision, or a withdrawal, no longer stands: the entry is handed in again, or a draft if it never was."""
    reason = _text(reason)
    with _deciding(entry, by) as held:
        if held.status not in {Status.VALID, Status.INVALID, Status.WITHDRAWN}:
            raise Refused(_("Nothing was decided about this entry yet."), code="open")
        status = Status.SUBMITTED if held.version else Status.DRAFT
        _decide(held, status, Event.What.REOPENED, reason, REOPENED, by, now)
    return held


def _must_be_handed_in(entry: Entry) -> None:
    if entry.status == Status.DRAFT:
        raise Refused(_("This entry was not handed in."), code="draft")
    if entry.status not in {Status.SUBMITTED, Status.NEEDS_MORE}:
        raise Refused(
            _("This was decided already (%(status)s): open it again first.") % {"status": entry.get_status_display()},
            code="decided",
        )


def _take_back(entry: Entry) -> None:
    """The entry says what was handed in, and nothing that its people wrote since."""
    version = reading.newest(entry)
    if version is not None:
        writing.restore(entry, version)


def waits_for(entry: Entry) -> list[str]:
    """What keeps an entry from being found valid: people who have to confirm, and files. On paper, signatures count."""
    found = []
    if not entry.is_on_paper:
        names = [author.full_name for author in Author.objects.waiting().filter(entry=entry)]
        if names:
            found.append(_("These authors have not confirmed yet: %(names)s.") % {"names": ", ".join(names)})
        is_due = entry.round.call.needs_confirmation and entry.confirmed_at is None
        if is_due and writing.managers_of(entry):  # where a unit has no manager, the secretariat stands in
            found.append(_("The unit has not confirmed the entry yet."))
    if Author.objects.filter(entry=entry, declined_at__isnull=False).exists():
        authors = [author.share for author in Author.objects.standing().filter(entry=entry)]
        if authors and entry.form in reading.WITH_SHARES and not shares_add_up(authors):
            found.append(_("An author declined, and the contributions of the others do not sum to 100."))
    excluded = writing.excluded(entry)
    found += [_("%(name)s can't be an author in this contest.") % {"name": author} for author in excluded]
    return [*found, *filing.problems(entry)]


def _decide(
    entry: Entry, status: str, what: str, note: str, text: str, by: User, now: datetime,
    values: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    entry.status, entry.intake_note = Status(status), note
    if status != Status.NEEDS_MORE:
        entry.needs_more_until = None
    entry.save(update_fields=["status", "intake_note", "needs_more_until"])
    event = Event.objects.create(entry=entry, at=now, by=by, what=what, note=note)
    words = {"code": entry.code, "title": entry.title or _("Untitled"), "note": note, **(values or {})}
    telling.tell(
        writing.people_of(entry), text, key=f"intake:{event.pk}", values=words, path=writing.path_of(entry), now=now
    )
    data = {"code": entry.code, "note": note, "version": entry.version}
    ledger.append(
        now=now, actor=by, action=f"entries.{what}", subject=entry, data=data, contest_id=entry.round.contest_id
    )


def _text(text: str) -> str:
    told = writing.clean_text(text)[:1000]
    if not told:
        raise Refused(_("Please say why: its people are told."), code="reason")
    return told


# --- On paper --------------------------------------------------------------------------------------------------------
def type_in(
    call: Call, *, kind: Kind, form: str, title: str, person: User | None, unit: Unit | None, by: User, now: datetime
) -> Entry:
    """A draft of an entry that came on paper; the secretariat goes on typing it in by the form."""
    return registering.begin(call, person, kind=kind, form=form, title=title, unit=unit, on_paper=True, by=by, now=now)


# --- At a glance -----------------------------------------------------------------------------------------------------
def with_glance(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """With what the list tells about completeness: authors, files; two further queries, however many rows."""
    return rows.prefetch_related(
        Prefetch("authors", Author.objects.order_by("order", "pk"), to_attr="known_authors"),
        Prefetch("files", File.objects.standing().defer("refusal_values"), to_attr="known_files"),
    )


def glance(entry: Entry) -> list[tuple[str, str]]:
    """What is still open about an entry that comes `with_glance`: a short word each, and how grave it is."""
    authors: list[Author] = vars(entry)["known_authors"]
    files: list[File] = vars(entry)["known_files"]
    waiting = sum(author.confirmed_at is None and author.declined_at is None for author in authors)
    declined = sum(author.declined_at is not None for author in authors)
    open_files = sum(file.state in {File.State.COMING, File.State.ARRIVED} for file in files)
    refused = sum(file.state == File.State.REFUSED for file in files)
    confirms = entry.round.call.needs_confirmation and not entry.is_on_paper
    found = [
        (_("unconfirmed authors: %(count)s") % {"count": waiting}, "warning") if waiting else None,
        (_("declined: %(count)s") % {"count": declined}, "danger") if declined else None,
        (_("unit has not confirmed"), "warning") if confirms and entry.confirmed_at is None else None,
        (_("files under way: %(count)s") % {"count": open_files}, "warning") if open_files else None,
        (_("files refused: %(count)s") % {"count": refused}, "danger") if refused else None,
        (_("no undertaking"), "danger") if entry.round.call.undertaking and entry.undertaken_at is None else None,
    ]
    return [one for one in found if one is not None]


def complete(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Those that were handed in and of which `glance` finds nothing open."""
    return rows.filter(version__gt=0).exclude(_open())


def incomplete(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Those that were not handed in yet, or have something open; what was withdrawn is neither."""
    return rows.filter(Q(version=0) | _open()).exclude(status=Status.WITHDRAWN)


def _open() -> Q:
    """What `glance` tells, asked of the tables."""
    authors = Author.objects.filter(Q(confirmed_at=None) | Q(declined_at__isnull=False), entry=OuterRef("pk"))
    files = File.objects.standing().exclude(state=File.State.GOOD).filter(entry=OuterRef("pk"))
    unconfirmed = Q(round__call__needs_confirmation=True, is_on_paper=False, confirmed_at=None)
    not_undertaken = ~Q(round__call__undertaking="") & Q(undertaken_at=None)
    return Q(Exists(authors)) | Q(Exists(files)) | unconfirmed | not_undertaken


# --- By the clock ----------------------------------------------------------------------------------------------------
def remind(*, now: datetime) -> int:
    """People are reminded of what is due soon, twice a deadline; how many notices were new."""
    return sum(_remind(entry, now) for entry in _due(now).iterator(chunk_size=200))


def _due(now: datetime) -> QuerySet[Entry]:
    """Entries whose time runs out within the longest of BEFORE."""
    soon = now + max(BEFORE)
    closing = Q(status__in=[Status.DRAFT, Status.SUBMITTED], round__closes_at__gt=now, round__closes_at__lte=soon)
    completing = Q(status=Status.NEEDS_MORE, needs_more_until__gt=now, needs_more_until__lte=soon)
    rows = Entry.objects.filter(closing | completing, is_on_paper=False)
    return rows.select_related("round__call", "round__contest", "created_by").order_by("pk")


def _remind(entry: Entry, now: datetime) -> int:
    is_more = entry.status == Status.NEEDS_MORE
    until = entry.needs_more_until if is_more else entry.round.closes_at
    assert until is not None  # such are looked for
    stage = min(before for before in BEFORE if until <= now + before)
    key = f"{int(until.timestamp())}:{stage.days}"
    words = {
        "code": entry.code, "title": entry.title or _("Untitled"),
        "until": f"{date_format(localtime(until), 'H:i d/m/Y')}",
    }  # fmt: skip
    path, people, told = writing.path_of(entry), writing.people_of(entry), 0
    waiting = [author.user for author in Author.objects.waiting().filter(entry=entry).select_related("user")]
    asked = [user for user in waiting if user is not None]
    told += telling.tell(asked, STILL_ASKED, key=f"asked:{entry.pk}:{key}", values=words, path=path, now=now)
    if is_more:
        text = MORE_SOON
    elif entry.status == Status.DRAFT:
        text = CLOSES
    elif reading.is_changed(entry, reading.newest(entry)):
        text = UNSENT
    else:
        return told
    others = [person for person in people if person.pk not in {user.pk for user in asked}]
    return told + telling.tell(others, text, key=f"deadline:{entry.pk}:{key}", values=words, path=path, now=now)


def search(rows: QuerySet[Entry], text: str) -> QuerySet[Entry]:
    """Those in whose code, title, authors or unit every word occurs."""
    for word in language.fold(text[:200]).split()[:8]:
        rows = rows.filter(search__contains=word)
    return rows
