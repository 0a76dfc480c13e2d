"""Entries of the demo as their acts would have left them, written at once.

What an entry says, its receipt and its files are made by the rules of the room; its rows, steps, notices and lines of
the ledger are those that registering, writing and deciding one after the other would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.models import Unit, User
from contest.entries import filing, intake, reading, registering, writing
from contest.entries.models import Author, Call, Category, Entry, Event, File, Form, Kind, Section, Version
from contest.foundations import copying, language
from contest.management.seeding.chronicle import Chronicle
from contest.rounds.models import Entrant

What, Status = Event.What, Entry.Status


@dataclass
class Paper:
    """One entry with all that becomes of it; moments by what happens, None where it does not."""

    call: Call
    kind: Kind
    form: Form
    title: str
    lead: Entrant | None  # None where the secretariat types it in for a unit
    registered_at: datetime
    unit: Unit | None = None
    unit_path: Sequence[int] = ()
    typed_by: User | None = None  # on paper
    others: Sequence[tuple[Entrant, datetime | None]] = ()  # further authors, and when they confirmed
    named_at: datetime | None = None
    shares: Sequence[int] = ()
    category: Category | None = None
    answers: Mapping[Section, Any] = field(default_factory=dict)
    may_show: bool = False
    saved_at: datetime | None = None
    files: Sequence[tuple[str, Callable[[], bytes]]] = ()
    sent_at: datetime | None = None  # the files
    submitted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reason: str = ""
    confirmed_at: datetime | None = None  # by the manager of its unit, where it has one
    decided_at: datetime | None = None
    decided_by: User | None = None
    status: str = ""  # what was decided
    note: str = ""
    until: datetime | None = None
    entry: Entry = field(init=False)
    authors: list[Author] = field(init=False, default_factory=list)

    @property
    def hand(self) -> User:
        """Whoever writes it."""
        if self.typed_by is not None:
            return self.typed_by
        assert self.lead is not None  # one or the other
        return self.lead.user


def write(papers: Sequence[Paper], chronicle: Chronicle) -> list[Entry]:
    """The entries are there, with their authors, files, versions and steps; the chronicle knows what happened."""
    for paper in papers:
        paper.entry = _entry(paper)
        paper.authors = list(_authors(paper))
        paper.entry.search = registering.search_text(paper.entry, paper.authors)
    copying.number([author for paper in papers for author in paper.authors])
    copying.insert([paper.entry for paper in papers])
    copying.insert([author for paper in papers for author in paper.authors])
    for kind in {paper.kind.pk: paper.kind for paper in papers}.values():
        kind.save(update_fields=["last_number"])
    _send(papers)
    events: list[Event] = []
    versions: list[Version] = []
    for paper in papers:
        events += _life(paper, versions, chronicle)
    events.sort(key=lambda event: event.at)
    copying.number(events)
    known = {(event.entry_id, event.what): event for event in events}
    for paper in papers:
        if paper.decided_at is not None:
            _tell_decision(paper, known[paper.entry.pk, paper.status], paper.decided_at, chronicle)
    copying.insert(versions)
    copying.insert(events)
    Entry.objects.bulk_update([paper.entry for paper in papers], CHANGED, batch_size=100)
    return [paper.entry for paper in papers]


CHANGED = ["status", "intake_note", "needs_more_until", "confirmed_by", "confirmed_at"]


# --- Rows ------------------------------------------------------------------------------------------------------------
def _entry(paper: Paper) -> Entry:
    """The entry as it was saved last; handed in, if it was."""
    kind = paper.kind
    kind.last_number += 1
    path = list(paper.unit_path) or (list(paper.lead.unit_path) if paper.lead else [])
    rng = Random(f"{kind.letters}-{kind.last_number}")  # noqa: S311  (the same entry at every run)
    entry = Entry(
        id=rng.getrandbits(52), round=paper.call.round, kind=kind, number=kind.last_number,
        code=f"{kind.letters}-{kind.last_number:04}", form=paper.form, title=language.clean(paper.title)[:250],
        unit_id=path[-1] if path else None, unit_path=path, registered_at=paper.registered_at, created_by=paper.hand,
        is_on_paper=paper.typed_by is not None, revision=len(paper.others),
    )  # fmt: skip
    if paper.saved_at is not None:
        entry.category, entry.may_show = paper.category, paper.may_show
        entry.undertaken_at = paper.saved_at if paper.call.undertaking else None
        entry.answers = {
            str(section.pk): writing.clean_answer(section, value) for section, value in paper.answers.items()
        }
        entry.revision += 1
    if paper.submitted_at is not None:
        entry.status, entry.submitted_at, entry.version = Status.SUBMITTED, paper.submitted_at, 1
        entry.revision += 1
    return entry


def _authors(paper: Paper) -> Iterator[Author]:
    """The authors, as they were named; a collective has none of its own."""
    if paper.lead is not None and paper.form != Form.COLLECTIVE:
        yield _author(paper, paper.lead, 0, paper.registered_at)
    first = 0 if paper.lead is None else 1
    for place, (entrant, confirmed_at) in enumerate(paper.others, start=first):
        yield _author(paper, entrant, place, confirmed_at)


def _author(paper: Paper, entrant: Entrant, place: int, confirmed_at: datetime | None) -> Author:
    share = 100 if paper.form == Form.INDIVIDUAL else paper.shares[place] if paper.shares else None
    return Author(
        entry=paper.entry, order=place, user=entrant.user, full_name=entrant.user.full_name, is_lead=place == 0,
        unit=entrant.unit, unit_path=entrant.unit_path, share=share, confirmed_at=confirmed_at,
    )  # fmt: skip


def _send(papers: Sequence[Paper]) -> None:
    """The files have arrived and were examined as any other file is."""
    last: datetime | None = None
    for paper in papers:
        for number, (name, content) in enumerate(paper.files):
            assert paper.sent_at is not None  # with its files
            data = content()
            rng = Random(f"{paper.entry.code} {number}")  # noqa: S311
            file = File(
                id=rng.getrandbits(52), entry=paper.entry, slot=filing.slot_of(name), name=name, size=len(data),
                received=len(data), state=File.State.ARRIVED, uploaded_by=paper.hand, begun_at=paper.sent_at,
                arrived_at=paper.sent_at,
            )  # fmt: skip
            place = filing.piece_name(file, 0)
            if default_storage.exists(place):
                default_storage.delete(place)
            default_storage.save(place, ContentFile(data))
            file.save(force_insert=True)
            last = max(last or paper.sent_at, paper.sent_at)
    while last is not None and filing.examine_due(last, limit=50):
        pass


# --- Life ------------------------------------------------------------------------------------------------------------
def _life(paper: Paper, versions: list[Version], chronicle: Chronicle) -> Iterator[Event]:
    """Step after step; what it says of the end stands on the entry, not saved yet."""
    entry, hand = paper.entry, paper.hand
    on_paper = paper.typed_by is not None
    yield Event(entry=entry, at=paper.registered_at, by=hand, what=What.REGISTERED)
    chronicle.did(
        paper.registered_at, hand, "entries.registered", entry, code=entry.code, form=str(entry.form),
        on_paper=on_paper,
    )  # fmt: skip
    if not on_paper:
        yield from _asked(paper, chronicle)
    if paper.submitted_at is not None:
        versions.append(_handed_in(paper, paper.submitted_at, chronicle))
        yield Event(entry=entry, at=paper.submitted_at, by=hand, what=What.SUBMITTED)
    if paper.withdrawn_at is not None:
        yield _withdrawn(paper, paper.withdrawn_at, chronicle)
    if paper.confirmed_at is not None:
        yield from _confirmed(paper, paper.confirmed_at, chronicle)
    if paper.decided_at is not None:
        yield _decided(paper, paper.decided_at, chronicle)


def _asked(paper: Paper, chronicle: Chronicle) -> Iterator[Event]:
    """The other authors were asked whether they are, and most said so."""
    entry = paper.entry
    for author in paper.authors:
        if author.is_lead or author.user is None or paper.named_at is None:
            continue
        chronicle.told(
            [author.user], writing.ASKED, key=f"author:{author.pk}:{int(paper.named_at.timestamp())}",
            values=_words(entry), path=writing.path_of(entry), at=paper.named_at,
        )  # fmt: skip
        if author.confirmed_at is not None:
            yield Event(entry=entry, at=author.confirmed_at, by=author.user, what=What.AUTHOR_CONFIRMED)
            chronicle.did(
                author.confirmed_at, author.user, "entries.authorship", entry, code=entry.code, confirmed=True
            )


def _handed_in(paper: Paper, at: datetime, chronicle: Chronicle) -> Version:
    entry = paper.entry
    content = reading.content(entry)
    receipt = writing.receipt(entry, content, at)
    for author in paper.authors:
        if author.user is not None and author.user_id != paper.hand.pk:
            share = f"{author.share}%" if author.share is not None else "–"
            chronicle.told(
                [author.user], writing.RECEIVED, key=f"handed-in:{entry.pk}:1",
                values=_words(entry) | {"share": share}, path=writing.path_of(entry), at=at,
            )  # fmt: skip
    if paper.call.needs_confirmation and paper.typed_by is None:
        chronicle.told(
            writing.managers_of(entry), writing.TO_CONFIRM, key=f"to-confirm:{entry.pk}:1", values=_words(entry),
            path=writing.path_of(entry), at=at,
        )  # fmt: skip
    chronicle.did(at, paper.hand, "entries.submitted", entry, code=entry.code, version=1, receipt=receipt)
    return Version(
        entry=entry, number=1, handed_in_at=at, handed_in_by=paper.hand, content=content, receipt=receipt
    )  # fmt: skip


def _withdrawn(paper: Paper, at: datetime, chronicle: Chronicle) -> Event:
    entry = paper.entry
    entry.status = Status.WITHDRAWN
    chronicle.told(
        [user for user in _people(paper) if user.pk != paper.hand.pk], writing.WITHDRAWN,
        key=f"withdrawn:{entry.pk}:{int(at.timestamp())}", values=_words(entry), path=writing.path_of(entry), at=at,
    )  # fmt: skip
    chronicle.did(at, paper.hand, "entries.withdrawn", entry, code=entry.code, reason=paper.reason)
    return Event(entry=entry, at=at, by=paper.hand, what=What.WITHDRAWN, note=paper.reason)


def _confirmed(paper: Paper, at: datetime, chronicle: Chronicle) -> Iterator[Event]:
    """A manager of its unit stands by it; where there is none, the secretariat stands in."""
    entry = paper.entry
    for manager in writing.managers_of(entry)[:1]:
        entry.confirmed_by, entry.confirmed_at = manager, at
        chronicle.told(
            _people(paper), writing.CONFIRMED, key=f"confirmed:{entry.pk}:1", values=_words(entry),
            path=writing.path_of(entry), at=at,
        )  # fmt: skip
        chronicle.did(at, manager, "entries.confirmed", entry, code=entry.code)
        yield Event(entry=entry, at=at, by=manager, what=What.CONFIRMED)


SAID = {Status.VALID: intake.VALID, Status.INVALID: intake.INVALID, Status.NEEDS_MORE: intake.NEEDS_MORE}


def _decided(paper: Paper, at: datetime, chronicle: Chronicle) -> Event:
    entry, status = paper.entry, Status(paper.status)
    entry.status, entry.intake_note, entry.needs_more_until = status, paper.note, paper.until
    chronicle.did(
        at, paper.decided_by, f"entries.{status}", entry, code=entry.code, note=paper.note, version=entry.version
    )
    return Event(entry=entry, at=at, by=paper.decided_by, what=str(status), note=paper.note)


def _tell_decision(paper: Paper, event: Event, at: datetime, chronicle: Chronicle) -> None:
    values = _words(paper.entry) | {"note": paper.note}
    if paper.until is not None:
        values["until"] = date_format(localtime(paper.until), "H:i d/m/Y")
    chronicle.told(
        _people(paper), SAID[Status(paper.status)], key=f"intake:{event.pk}", values=values,
        path=writing.path_of(paper.entry), at=at,
    )  # fmt: skip


def _people(paper: Paper) -> list[User]:
    """Whom the entry concerns: whoever began it, unless the secretariat did, and its authors."""
    people = {author.user_id: author.user for author in paper.authors if author.user is not None}
    if paper.typed_by is None:
        people.setdefault(paper.hand.pk, paper.hand)
    return list(people.values())


def _words(entry: Entry) -> dict[str, str]:
    return {"code": entry.code, "title": entry.title}


def near(lead: Entrant, people: Iterable[Entrant]) -> list[Entrant]:
    """Others of the same grassroots organization who have a phone, by which they are named."""
    return [one for one in people if one.unit_path[:2] == lead.unit_path[:2] and one.user.phone and one.pk != lead.pk]
