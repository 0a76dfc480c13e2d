"""The life of an entry among its people: written and saved, handed in, confirmed, taken back.

Every act locks the entry, so that two windows, or two authors, come one after the other; each save gives it another
revision, and a window that knows an older one is told so and overwrites nothing.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import guarding
from accounts.models import Unit, User, bare
from contest.entries import allowing, filing, reading
from contest.entries.models import (
    Author,
    Call,
    Category,
    Entry,
    Event,
    File,
    Form,
    Section,
    Version,
    shares_add_up,
)
from contest.entries.registering import FOR_UNITS, search_text
from contest.foundations import language, secrets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.notices import telling
from contest.rounds import entering
from contest.rounds.models import Entrant, Office, unit_path

LONGEST = 60_000  # characters of one answer, right or wrong; a form that is too long says so and loses nothing
MOST_ROWS = 40  # of figures, or links, that are kept
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

ASKED = gettext_noop(
    "You are named as an author of the entry %(code)s “%(title)s”. Confirm it, or say that you are not."
)
DECLINED = gettext_noop("%(name)s declined to be an author of the entry %(code)s “%(title)s”.")
RECEIVED = gettext_noop("The entry %(code)s “%(title)s” was handed in. Your part of it: %(share)s.")
TO_CONFIRM = gettext_noop("The entry %(code)s “%(title)s” of your unit was handed in and waits for your confirmation.")
CONFIRMED = gettext_noop("Your unit has confirmed the entry %(code)s “%(title)s”.")
WITHDRAWN = gettext_noop("The entry %(code)s “%(title)s” was withdrawn.")


@dataclass(frozen=True)
class Missing:
    """What keeps an entry from being handed in, and in which part of the form it stands."""

    part: str  # "general", "authors", "content", "files" or "undertaking"
    sentence: str
    section: int | None = None


# --- Getting hold of one ---------------------------------------------------------------------------------------------
def find(entry_id: int, user: User) -> Entry:
    """The entry that the person may see; Entry.DoesNotExist otherwise."""
    rows = Entry.objects.visible_to(user).select_related("round__contest", "round__call", "kind", "category", "unit")
    return rows.get(pk=entry_id)


@contextmanager
def _held(entry_id: int, user: User) -> Iterator[Entry]:
    """The entry that the person may see, for this transaction alone."""
    with transaction.atomic():
        if not Entry.objects.visible_to(user).filter(pk=entry_id).exists():
            raise Entry.DoesNotExist
        rows = Entry.objects.select_for_update(of=("self",)).select_related("round__contest", "round__call", "kind")
        yield rows.get(pk=entry_id)


def _must_edit(entry: Entry, user: User, now: datetime) -> None:
    if allowing.may_edit(entry, user, now=now):
        return
    if not allowing.may_write(entry, user):
        raise Refused(_("Only its authors write this entry, once they have confirmed that they are."), code="author")
    raise Refused(why_closed(entry, now=now), code="closed")


def why_closed(entry: Entry, *, now: datetime) -> str:
    """Why an entry can't be changed any more."""
    if entry.status == Entry.Status.WITHDRAWN:
        return _("This entry was withdrawn.")
    if entry.status in {Entry.Status.VALID, Entry.Status.INVALID}:
        return _("The secretariat has decided about this entry; it can't be changed any more.")
    if entry.status == Entry.Status.NEEDS_MORE:
        return _("The time to complete this entry is over.")
    opens_at = entry.round.opens_at
    if opens_at is None or now < opens_at:
        return _("Entries are not taken yet.")
    return _("Entries are no longer taken: the time to hand in is over.")


# --- Saving ----------------------------------------------------------------------------------------------------------
def save(entry_id: int, user: User, *, revision: int, data: Mapping[str, Any], now: datetime) -> Entry:
    """The entry says what `data` says, with another revision if that is new; what `data` does not name stays.

    Names: title, form, category, unit, answers (by section id), links, authors (id, role, share), lead, undertaken,
    may_show. Refuses (code "stale") when it was saved from elsewhere since `revision`, and whoever may not write it.
    The same save once more, since its answer was lost on the way, changes nothing.
    """
    with _held(entry_id, user) as entry:
        _must_edit(entry, user, now)
        if entry.revision not in {revision, revision + 1}:
            raise _stale()
        call, before = entry.round.call, _said(entry)
        _put_general(entry, call, user, data)
        _put_content(entry, call, data)
        if ("authors" in data or "lead" in data) and allowing.is_in_charge(entry, user):
            _put_authors(entry, data)
        if "undertaken" in data:
            entry.undertaken_at = (entry.undertaken_at or now) if data["undertaken"] else None
        if "may_show" in data and call.asks_to_show:
            entry.may_show = bool(data["may_show"])
        _derive_unit(entry)
        if entry.revision != revision:
            if _said(entry) != before:
                raise _stale()
            return entry
        entry.revision += _said(entry) != before
        entry.search = search_text(entry, list(Author.objects.standing().filter(entry=entry)))
        entry.save()
    return entry


def _said(entry: Entry) -> tuple[Any, ...]:
    """What the form says, to tell whether a save changed it: a window that sends the same again outdates no other."""
    authors = entry.authors.order_by("pk").values_list("pk", "role", "share", "is_lead", "declined_at")
    return (
        entry.title, entry.form, entry.category_id, entry.unit_id, deepcopy(entry.answers), deepcopy(entry.links),
        entry.undertaken_at, entry.may_show, list(authors),
    )  # fmt: skip


def _stale() -> Refused:
    return Refused(
        _("The entry was changed in another window or by another author meanwhile. Open it again."), code="stale"
    )


def _put_general(entry: Entry, call: Call, user: User, data: Mapping[str, Any]) -> None:
    if "title" in data:
        entry.title = language.clean(str(data["title"]))[:250]
    if "form" in data and data["form"] != entry.form:
        _must_be_in_charge(entry, user)
        _change_form(entry, call, user, str(data["form"]))
    if "category" in data:
        entry.category = Category.objects.filter(call=call, pk=data["category"] or 0).first()
    if data.get("unit") and entry.form in FOR_UNITS and allowing.is_in_charge(entry, user):
        _move_to(entry, call, user, int(data["unit"]))


def _change_form(entry: Entry, call: Call, user: User, form: str) -> None:
    """The entry is handed in as something else that is asked for; a manager of units enters for units only."""
    if form not in call.forms:
        raise Refused(_("Nothing of this kind is asked for."), code="form")
    creator = entry.created_by
    if form not in FOR_UNITS and not entry.is_on_paper and entering.holds_office(entry.round.contest, creator):
        raise Refused(_("Whoever holds an office in this contest can't take part in it."), code="office")
    entry.form = Form(form)


def _move_to(entry: Entry, call: Call, user: User, unit: int) -> None:
    """The entry is of another of the units that the person may hand in for."""
    if unit == entry.unit_id:
        return
    if entry.is_on_paper:
        found = Unit.objects.filter(pk=unit).first()
        line = unit_path(found)
        root = entry.round.contest.root_id
        if found is None or (root is not None and root not in line):
            raise Refused(_("This unit takes no part in this contest."), code="unit")
    else:
        allowed = {place.unit.pk for place in reading.units_of(call, user, _own_line(entry, user))}
        found = Unit.objects.filter(pk=unit).first()
        line = unit_path(found)
        managed = allowed.intersection(line) if entering.holds_office(entry.round.contest, user) else set()
        if unit not in allowed and not managed:
            raise Refused(_("You can hand in for your own unit only."), code="unit")
    entry.unit, entry.unit_path = found, line


def _own_line(entry: Entry, user: User) -> list[int]:
    entrant = Entrant.objects.filter(contest=entry.round.contest_id, user=user).first()
    return list(entrant.unit_path) if entrant else []


def _derive_unit(entry: Entry) -> None:
    """An entry of people is of the unit of its lead author, as it was when they were named."""
    if entry.form in FOR_UNITS:
        return
    lead = Author.objects.standing().filter(entry=entry, is_lead=True).first()
    if lead is not None:
        entry.unit_id, entry.unit_path = lead.unit_id, list(lead.unit_path)


def _put_content(entry: Entry, call: Call, data: Mapping[str, Any]) -> None:
    answers = dict(entry.answers)
    given = {str(key): value for key, value in (data.get("answers") or {}).items()}
    for section in call.sections.all():
        if str(section.pk) in given:
            answers[str(section.pk)] = clean_answer(section, given[str(section.pk)])
    entry.answers = answers
    if "links" in data:
        entry.links = clean_links(data["links"])


def show(entry: Entry, data: Mapping[str, Any]) -> None:
    """The entry, in memory alone, says what was typed and could not be saved."""
    answers = dict(entry.answers)
    for section in entry.round.call.sections.all():
        if section.pk in (data.get("answers") or {}):
            value = data["answers"][section.pk]
            answers[str(section.pk)] = value if isinstance(value, list) else str(value)
    entry.answers = answers
    entry.title = str(data.get("title", entry.title))
    if "links" in data:
        entry.links = clean_links(data["links"])


def clean_answer(section: Section, value: Any) -> Any:
    """An answer as it is kept: text in NFC without control characters, days as ISO where they can be read."""
    if section.type == Section.Type.FIGURES:
        rows = reading.figures(value)[:MOST_ROWS]
        return [{name: language.clean(cell)[:300] for name, cell in row.items()} for row in rows]
    text = str(value or "")
    if len(text) > LONGEST:
        raise Refused(_("“%(part)s” is far too long.") % {"part": section.title}, code="long")
    if section.type == Section.Type.TEXT:
        return clean_text(text)
    text = language.clean(text)
    day = reading.day_of(text) if section.type == Section.Type.DATE else None
    return day.isoformat() if day else text


def clean_text(text: str) -> str:
    """Several lines in NFC, each clean, at most one empty line between two."""
    lines = [language.clean(line) for line in unicodedata.normalize("NFC", text).splitlines()]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip()


def clean_links(value: Any) -> list[dict[str, str]]:
    """Links with a title each, those without an address left out."""
    found = []
    for row in value if isinstance(value, Sequence) and not isinstance(value, str) else []:
        url = language.clean(str(row.get("url") or ""))[:500] if isinstance(row, Mapping) else ""
        if url:
            found.append({"title": language.clean(str(row.get("title") or ""))[:200], "url": url})
    return found[:MOST_ROWS]


def _put_authors(entry: Entry, data: Mapping[str, Any]) -> None:
    known = {author.pk: author for author in Author.objects.filter(entry=entry)}
    for row in data.get("authors") or []:
        author = known.get(row.get("id"))
        if author is not None:
            author.role = language.clean(str(row.get("role", author.role)))[:120]
            author.share = whole_percent(row.get("share", author.share))
            author.save(update_fields=["role", "share"])
    lead = known.get(data.get("lead") or 0)
    if lead is not None and not lead.is_lead and lead.declined_at is None:
        Author.objects.filter(entry=entry, is_lead=True).update(is_lead=False)
        Author.objects.filter(pk=lead.pk).update(is_lead=True)


def whole_percent(value: Any) -> int | None:
    """A whole percentage; None for what is none, which is told as missing."""
    return value if type(value) is int and 0 <= value <= 100 else None


# --- Authors ---------------------------------------------------------------------------------------------------------
def add_author(entry_id: int, user: User, *, name: str, number: str, now: datetime) -> Author:
    """The person of this name and this phone, party card or citizen number is named as an author, and is asked.

    They are found among the people in the contest only, and only where name and number belong together; wrong guesses
    make the next one wait. On paper, whoever signed needs no account, and has confirmed by the signature.
    """
    refusal: Refused | None = None
    author: Author | None = None
    with _held(entry_id, user) as entry:
        _must_edit(entry, user, now)
        _must_be_in_charge(entry, user)
        _must_have_room(entry)
        if entry.is_on_paper and not number.strip():
            author = _named_on_paper(entry, language.clean(name)[:120], now)
        else:
            subject = guarding.typed(f"authors:{user.pk}")
            guards = guarding.hold([subject], now=now)
            if guards.is_blocked(subject):
                wait = guarding.in_words(guards.wait([subject]))
                sentence = _("Too many wrong tries. You can try again in %(wait)s.") % {"wait": wait}
                raise Refused(sentence, code="blocked")
            entrant = _entrant_by(entry, name, number)
            if entrant is None:  # what counts the guess has to outlive the refusal
                guards.miss([subject])
                refusal = Refused(
                    _("Nobody in this contest has this name and this number. Look at both again, or ask the person."),
                    code="unknown",
                )
            else:
                guards.forget([subject])
                author = _named(entry, entrant, user, now)
        if author is not None:
            _renew(entry)
    if refusal is not None:
        raise refusal
    assert author is not None
    return author


def _must_be_in_charge(entry: Entry, user: User) -> None:
    if not allowing.is_in_charge(entry, user):
        raise Refused(_("Whoever began the entry, or its lead author, does this."), code="charge")


def _must_have_room(entry: Entry) -> None:
    if entry.form == Form.INDIVIDUAL and Author.objects.standing().filter(entry=entry).exists():
        raise Refused(_("An individual entry has one author. Choose “group” first."), code="form")
    most = entry.round.call.most_authors
    if Author.objects.standing().filter(entry=entry).count() >= most:
        raise Refused(_("An entry has at most %(number)s authors.") % {"number": most}, code="many")


def _entrant_by(entry: Entry, name: str, number: str) -> Entrant | None:
    """The one person in the contest who has this name and this number."""
    card = "".join(c for c in language.clean(number).upper() if c not in " ./-")
    reach = Q(card=card) if card else Q(pk=None)
    with suppress(language.BadInput):
        digits, _warnings = language.citizen_number(number)
        reach |= Q(user__citizen_number_hash=secrets.keyed_hash(digits, purpose="citizen number"))
    with suppress(language.BadInput):
        reach |= Q(user__phone=language.phone(number))
    people = Entrant.objects.alias(card=bare("user__party_card")).filter(reach, contest=entry.round.contest_id)
    wanted = language.fold(name)
    found = [
        entrant
        for entrant in people.filter(user__is_active=True).select_related("user", "unit")[:20]
        if language.fold(entrant.user.full_name) == wanted
    ]
    return found[0] if len(found) == 1 else None


def _named(entry: Entry, entrant: Entrant, user: User, now: datetime) -> Author:
    if entrant.barred_at is not None or entering.holds_office(entry.round.contest, entrant.user):
        raise Refused(_("%(name)s can't be an author in this contest.") % {"name": entrant.user}, code="barred")
    is_sure = entrant.user_id == user.pk or entry.is_on_paper
    author = Author.objects.filter(entry=entry, user=entrant.user).first()
    if author is not None and author.declined_at is None:
        raise Refused(_("%(name)s is an author already.") % {"name": author}, code="twice")
    author = author or Author(entry=entry, user=entrant.user)
    author.full_name, author.unit, author.unit_path = entrant.user.full_name, entrant.unit, entrant.unit_path
    author.declined_at, author.confirmed_at = None, now if is_sure else None
    author.order, author.is_lead = _next_place(entry), not _has_lead(entry)
    author.save()
    if not is_sure:  # asked once, however often they are taken off and named again, and once more if they declined
        said_no = Event.objects.filter(entry=entry, by=entrant.user, what=Event.What.AUTHOR_DECLINED).count()
        telling.tell(
            [entrant.user], ASKED, key=f"author:{entry.pk}:{said_no}", values=_words(entry), path=path_of(entry),
            now=now,
        )  # fmt: skip
    return author


def _named_on_paper(entry: Entry, name: str, now: datetime) -> Author:
    if not name:
        raise Refused(_("Type the name of the author."), code="name")
    return Author.objects.create(
        entry=entry, full_name=name, order=_next_place(entry), is_lead=not _has_lead(entry), confirmed_at=now,
        unit_id=entry.unit_id, unit_path=entry.unit_path,
    )  # fmt: skip


def _next_place(entry: Entry) -> int:
    return max(Author.objects.filter(entry=entry).values_list("order", flat=True), default=-1) + 1


def _has_lead(entry: Entry) -> bool:
    return Author.objects.filter(entry=entry, is_lead=True).exists()


def remove_author(entry_id: int, user: User, *, author: int, now: datetime) -> None:
    """The person is no author of the entry any more; a repetition changes nothing."""
    with _held(entry_id, user) as entry:
        _must_edit(entry, user, now)
        _must_be_in_charge(entry, user)
        found = Author.objects.filter(entry=entry, pk=author).first()
        if found is None:
            return
        found.delete()
        if found.is_lead:
            heir = Author.objects.standing().filter(entry=entry).first()
            if heir is not None:
                Author.objects.filter(pk=heir.pk).update(is_lead=True)
        _renew(entry)


def _renew(entry: Entry) -> None:
    """What follows from the authors follows, and other windows see that something changed."""
    _derive_unit(entry)
    entry.revision += 1
    entry.search = search_text(entry, list(Author.objects.standing().filter(entry=entry)))
    entry.save(update_fields=["unit", "unit_path", "revision", "search"])


def answer_authorship(entry_id: int, user: User, *, confirm: bool, now: datetime) -> Author:
    """The person says by their own sign-in that they are an author, or that they are not; until it was found valid.

    Whoever declined is named anew before they can confirm. Refuses whoever may not enter the round.
    """
    with _held(entry_id, user) as entry:
        author = Author.objects.filter(entry=entry, user=user).first()
        if author is None:
            raise Entry.DoesNotExist
        if (author.confirmed_at if confirm else author.declined_at) is not None:
            return author
        if entry.status not in allowing.OPEN:
            raise Refused(why_closed(entry, now=now), code="closed")
        if confirm:
            _confirm(entry, author, user, now)
        else:
            _decline(entry, author, user, now)
        ledger.append(
            now=now, actor=user, action="entries.authorship", subject=entry,
            data={"code": entry.code, "confirmed": confirm}, contest_id=entry.round.contest_id,
        )  # fmt: skip
    return author


def _confirm(entry: Entry, author: Author, user: User, now: datetime) -> None:
    if author.declined_at is not None:
        raise Refused(_("You said that you are no author of this entry. Have yourself named again."), code="declined")
    entrant = entering.entrant_of(entry.round.contest, user)
    refusal = entering.why_not(entrant, entry.round, now=now) if entrant else None
    if entrant is None or refusal is not None:
        raise Refused(refusal or _("You are not in this contest yet."), code=getattr(refusal, "code", "outside"))
    author.confirmed_at = now
    author.save(update_fields=["confirmed_at"])
    Event.objects.create(entry=entry, at=now, by=user, what=Event.What.AUTHOR_CONFIRMED)


def _decline(entry: Entry, author: Author, user: User, now: datetime) -> None:
    was_lead = author.is_lead
    author.confirmed_at, author.declined_at, author.is_lead = None, now, False
    author.save(update_fields=["confirmed_at", "declined_at", "is_lead"])
    if was_lead:
        heir = Author.objects.standing().filter(entry=entry).first()
        if heir is not None:
            Author.objects.filter(pk=heir.pk).update(is_lead=True)
    Event.objects.create(entry=entry, at=now, by=user, what=Event.What.AUTHOR_DECLINED)
    _renew(entry)
    values = _words(entry) | {"name": author.full_name}
    telling.tell(
        [person for person in people_of(entry) if person.pk != user.pk], DECLINED,
        key=f"declined:{author.pk}:{int(now.timestamp())}", values=values, path=path_of(entry), now=now,
    )  # fmt: skip


# --- What is missing -------------------------------------------------------------------------------------------------
def missing(entry: Entry, *, now: datetime) -> list[Missing]:
    """What keeps the entry from being handed in, in the order of the form; nothing when it is complete."""
    call = reading.call_of(entry.round)
    assert call is not None  # an entry has one
    authors = list(Author.objects.standing().filter(entry=entry))
    found = [
        *_missing_general(entry, call),
        *_missing_authors(entry, call, authors),
        *_missing_content(entry, call),
        *_missing_links(entry, call),
        *(Missing("files", sentence) for sentence in filing.problems(entry)),
    ]
    if call.undertaking and entry.undertaken_at is None:
        found.append(Missing("undertaking", _("Give the undertaking.")))
    return found


def _missing_general(entry: Entry, call: Call) -> Iterator[Missing]:
    if not entry.title:
        yield Missing("general", _("Give it a title."))
    if entry.category_id is None and list(call.categories.all()):
        yield Missing("general", _("Choose a field."))
    if entry.unit_id is None and entry.form in FOR_UNITS:
        yield Missing("general", _("Say for which unit this is handed in."))


def _missing_authors(entry: Entry, call: Call, authors: Sequence[Author]) -> Iterator[Missing]:
    count, form = len(authors), entry.form
    if form == Form.INDIVIDUAL and count != 1:
        yield Missing("authors", _("An individual entry has one author."))
    if form == Form.GROUP and not 2 <= count <= call.most_authors:
        told = _("A group has two to %(most)s authors.") % {"most": call.most_authors}
        yield Missing("authors", told)
    if form == Form.TEAM and not 1 <= count <= call.most_authors:
        yield Missing("authors", _("A team has one to %(most)s members.") % {"most": call.most_authors})
    for author in excluded(entry):
        yield Missing("authors", _("%(name)s can't be an author in this contest.") % {"name": author})
    if form in reading.WITH_SHARES and authors:
        if not shares_add_up([author.share for author in authors]):
            yield Missing("authors", _("The contributions are whole percentages above zero that sum to exactly 100."))
        if sum(author.is_lead for author in authors) != 1:
            yield Missing("authors", _("One of the authors is the lead author."))


def excluded(entry: Entry) -> list[Author]:
    """Authors who were barred, or took an office in the contest, after they were named."""
    contest = entry.round.contest_id
    barred = Entrant.objects.filter(contest=contest, barred_at__isnull=False).values("user")
    officers = Office.objects.filter(contest=contest).values("user")
    authors = Author.objects.standing().filter(entry=entry, user__isnull=False)
    return list(authors.filter(Q(user__in=barred) | Q(user__in=officers)))


def _missing_content(entry: Entry, call: Call) -> Iterator[Missing]:
    for part in reading.parts(entry, call.sections.all()):
        sentence = _wrong_with(part)
        if sentence:
            named = {"part": part.section.title, "sentence": sentence}
            yield Missing("content", _("“%(part)s”: %(sentence)s") % named, part.section.pk)


def _wrong_with(part: reading.Part) -> str:
    """What is wrong with one section, or nothing."""
    section, Type = part.section, Section.Type
    if part.is_empty:
        return _("This is needed.") if section.is_required else ""
    if section.type in {Type.TEXT, Type.LINE}:
        length = len(part.text)
        if length < section.least:
            return _("at least %(least)s characters, now %(length)s.") % {"least": section.least, "length": length}
        if length > section.most:
            return _("at most %(most)s characters, now %(length)s.") % {"most": section.most, "length": length}
    if section.type == Type.DATE and part.day is None:
        return _("type a day, such as 02/09/2024.")
    if section.type == Type.CHOICE and part.value not in section.choices:
        return _("choose one of what is offered.")
    if section.type == Type.FIGURES and not all(all(row.values()) for row in part.rows):
        return _("each row says what is counted, and how much before and after.")
    return ""


def _missing_links(entry: Entry, call: Call) -> Iterator[Missing]:
    if len(entry.links) > call.most_links:
        yield Missing("files", _("At most %(most)s links.") % {"most": call.most_links})
    for link in entry.links:
        if not is_link(link["url"]):
            yield Missing("files", _("“%(link)s” is no link: it begins with https://.") % {"link": link["url"][:80]})


def is_link(text: str) -> bool:
    """Whether it is an address of the web."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in parts.netloc and " " not in text


# --- Handing in ------------------------------------------------------------------------------------------------------
def submit(entry_id: int, user: User, *, now: datetime) -> Version:
    """The entry is handed in as it stands, with a receipt; handed in again unchanged, the receipt is the same.

    Its other authors and, where the call asks for it, the managers of its unit are told. Refuses (code "incomplete")
    what lacks something, and what comes too late.
    """
    with _held(entry_id, user) as entry:
        last = reading.newest(entry)
        if entry.status == Entry.Status.SUBMITTED and last is not None and not reading.is_changed(entry, last):
            return last
        _must_edit(entry, user, now)
        lacking = missing(entry, now=now)
        if lacking:
            raise Refused(" ".join(found.sentence for found in lacking[:5]), code="incomplete")
        version = _handed_in(entry, user, last, now)
        _tell_of_hand_in(entry, user, version, now)
        data = {"code": entry.code, "version": version.number, "receipt": version.receipt}
        ledger.append(
            now=now, actor=user, action="entries.submitted", subject=entry, data=data,
            contest_id=entry.round.contest_id,
        )  # fmt: skip
    return version


def _handed_in(entry: Entry, user: User, last: Version | None, now: datetime) -> Version:
    entry.version = (last.number if last else 0) + 1
    entry.status, entry.submitted_at, entry.needs_more_until = Entry.Status.SUBMITTED, now, None
    content = reading.content(entry)
    entry.confirmed_by, entry.confirmed_at = None, None  # by what is written now
    entry.revision += 1
    entry.save()
    if Entry.objects.to_confirm_by(user).filter(pk=entry.pk).exists():
        entry.confirmed_by, entry.confirmed_at = user, now  # whoever confirms it has handed it in
        entry.save(update_fields=["confirmed_by", "confirmed_at"])
    Event.objects.create(entry=entry, at=now, by=user, what=Event.What.SUBMITTED)
    return Version.objects.create(
        entry=entry, number=entry.version, handed_in_at=now, handed_in_by=user, content=content,
        receipt=receipt(entry, content, now),
    )  # fmt: skip


def receipt(entry: Entry, content: Mapping[str, Any], at: datetime) -> str:
    """The receipt's code: it follows from all that was handed in and when, so it can be checked years later."""
    said = {"entry": entry.pk, "at": at.isoformat(), "content": content}
    number = int.from_bytes(secrets.keyed_hash(json.dumps(said, sort_keys=True), purpose="entry receipt"), "big")
    letters = []
    for _place in range(16):
        number, rest = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[rest])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def _tell_of_hand_in(entry: Entry, user: User, version: Version, now: datetime) -> None:
    for author in Author.objects.standing().filter(entry=entry).exclude(user=user).select_related("user"):
        if author.user is not None:
            share = f"{author.share}%" if author.share is not None else "–"
            telling.tell(
                [author.user], RECEIVED, key=f"handed-in:{entry.pk}:{version.number}",
                values=_words(entry) | {"share": share}, path=path_of(entry), now=now,
            )  # fmt: skip
    if entry.round.call.needs_confirmation and entry.confirmed_at is None and not entry.is_on_paper:
        telling.tell(
            managers_of(entry), TO_CONFIRM, key=f"to-confirm:{entry.pk}:{version.number}", values=_words(entry),
            path=path_of(entry), now=now,
        )  # fmt: skip


def managers_of(entry: Entry) -> list[User]:
    """Who confirms the entry: the managers of its unit or, where it has none, of the nearest one above that has."""
    offices = Office.objects.filter(
        contest=entry.round.contest_id, role=Office.Role.UNIT_MANAGER, unit__in=entry.unit_path
    ).select_related("user")
    by_unit: dict[int, list[User]] = {}
    for office in offices:
        by_unit.setdefault(office.unit_id or 0, []).append(office.user)
    return next((by_unit[unit] for unit in reversed(entry.unit_path) if unit in by_unit), [])


# --- Confirmed for the unit, and taken back --------------------------------------------------------------------------
def confirm_for_unit(entry_id: int, user: User, *, version: int | None = None, now: datetime) -> Entry:
    """A manager of the unit stands by the entry as it was handed in; a repetition changes nothing.

    Refuses (code "anew") when it was handed in again since the `version` that the manager has read.
    """
    with _held(entry_id, user) as entry:
        if not Entry.objects.to_confirm_by(user).filter(pk=entry.pk).exists():
            raise Refused(_("Only a manager of its unit confirms this entry."), code="manager")
        if entry.confirmed_at is not None:
            return entry
        if not allowing.may_confirm(entry, user):
            raise Refused(why_closed(entry, now=now), code="closed")
        if version is not None and version != entry.version:
            raise Refused(
                _("The entry was handed in anew since you opened this page. Read it again, then confirm it."),
                code="anew",
            )
        entry.confirmed_by, entry.confirmed_at = user, now
        entry.save(update_fields=["confirmed_by", "confirmed_at"])
        Event.objects.create(entry=entry, at=now, by=user, what=Event.What.CONFIRMED)
        telling.tell(
            people_of(entry), CONFIRMED, key=f"confirmed:{entry.pk}:{entry.version}", values=_words(entry),
            path=path_of(entry), now=now,
        )  # fmt: skip
        ledger.append(
            now=now, actor=user, action="entries.confirmed", subject=entry, data={"code": entry.code},
            contest_id=entry.round.contest_id,
        )  # fmt: skip
    return entry


def withdraw(entry_id: int, user: User, *, reason: str, now: datetime) -> Entry:
    """The entry is taken back and stays as it was; what was handed in needs a reason. A repetition changes nothing."""
    reason = language.clean(reason)[:500]
    with _held(entry_id, user) as entry:
        if entry.status == Entry.Status.WITHDRAWN:
            return entry
        _must_be_in_charge(entry, user)
        if not allowing.may_withdraw(entry, user):
            raise Refused(
                _("The secretariat has decided about this entry. To withdraw it, turn to the organizers."),
                code="decided",
            )
        if not reason and entry.version:
            raise Refused(_("Please say why it is withdrawn."), code="reason")
        entry.status, entry.needs_more_until = Entry.Status.WITHDRAWN, None
        entry.save(update_fields=["status", "needs_more_until"])
        Event.objects.create(entry=entry, at=now, by=user, what=Event.What.WITHDRAWN, note=reason)
        telling.tell(
            [person for person in people_of(entry) if person.pk != user.pk], WITHDRAWN,
            key=f"withdrawn:{entry.pk}:{int(now.timestamp())}", values=_words(entry), path=path_of(entry), now=now,
        )  # fmt: skip
        ledger.append(
            now=now, actor=user, action="entries.withdrawn", subject=entry,
            data={"code": entry.code, "reason": reason}, contest_id=entry.round.contest_id,
        )  # fmt: skip
    return entry


# --- Going back to what was handed in --------------------------------------------------------------------------------
def restore(entry: Entry, version: Version) -> bool:
    """The entry, which the caller has locked, says what was handed in, and nothing written since; whether it changed.

    An author who declined since stays away, whatever was handed in.
    """
    content = version.content
    if not reading.is_changed(entry, version):
        return False
    for name in ("title", "form", "answers", "links", "may_show", "unit_path"):
        setattr(entry, name, content[name])
    entry.category_id, entry.unit_id = content["category"], content["unit"]
    entry.undertaken_at = entry.undertaken_at or (version.handed_in_at if content["undertaken"] else None)
    _restore_authors(entry, version)
    wanted = [file["id"] for file in content["files"]]
    File.objects.filter(entry=entry, pk__in=wanted).update(removed_at=None)
    File.objects.filter(entry=entry, removed_at=None).exclude(pk__in=wanted).update(removed_at=version.handed_in_at)
    entry.revision += 1
    entry.search = search_text(entry, list(Author.objects.standing().filter(entry=entry)))
    entry.save()
    return True


def _restore_authors(entry: Entry, version: Version) -> None:
    """The authors are those who were handed in, without who declined since; what they said before still holds."""
    rows: Sequence[Mapping[str, Any]] = version.content["authors"]
    wanted = [row["id"] for row in rows]
    Author.objects.filter(entry=entry, declined_at=None).exclude(pk__in=wanted).delete()
    Author.objects.filter(entry=entry).update(is_lead=False)
    here = {author.pk: author for author in Author.objects.filter(entry=entry)}
    declined = {author.user_id for author in here.values() if author.declined_at is not None and author.user_id}
    for row in rows:
        said = _last_word(entry, row["user"])
        has_left = said is not None and said.what == Event.What.AUTHOR_DECLINED and said.at >= version.handed_in_at
        if row["user"] in declined or (row["id"] not in here and has_left):
            continue
        author = here.get(row["id"]) or Author(pk=row["id"], entry=entry, confirmed_at=_confirmed(entry, said, row))
        for name in ("full_name", "role", "share", "order", "is_lead", "unit_path"):
            setattr(author, name, row[name])
        author.user_id, author.unit_id = row["user"], row["unit"]
        author.save()


def _last_word(entry: Entry, user: int | None) -> Event | None:
    """The last time that the person said to be an author, or that they are not."""
    words = [Event.What.AUTHOR_CONFIRMED, Event.What.AUTHOR_DECLINED]
    return Event.objects.filter(entry=entry, by=user, what__in=words).last() if user else None


def _confirmed(entry: Entry, said: Event | None, row: Mapping[str, Any]) -> datetime | None:
    """When somebody who was taken off had confirmed: on paper by the signature, of one's own entry by beginning it."""
    if said is not None:
        return said.at if said.what == Event.What.AUTHOR_CONFIRMED else None
    return entry.registered_at if entry.is_on_paper or row["user"] == entry.created_by_id else None


# --- Words -----------------------------------------------------------------------------------------------------------
def people_of(entry: Entry) -> list[User]:
    """Whom the entry concerns: who began it, unless the secretariat did, and the authors who have not declined."""
    authors = Author.objects.standing().filter(entry=entry, user__isnull=False).select_related("user")
    people = {author.user.pk: author.user for author in authors if author.user is not None}
    if not entry.is_on_paper:
        people.setdefault(entry.created_by_id, entry.created_by)
    return list(people.values())


def _words(entry: Entry) -> dict[str, str]:
    return {"code": entry.code, "title": entry.title or _("Untitled")}


def path_of(entry: Entry) -> str:
    """Where the entry is on this site."""
    return reverse("entry", args=[entry.pk])
