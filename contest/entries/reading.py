"""Entries as pages read them: what a person has, what a call counts, what an entry says part by part.

`content` is what is handed in, word by word, as a Version keeps it; what is compared with it tells whether an entry was
changed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import units
from accounts.models import Unit, User
from contest.entries.models import Author, Call, Entry, File, Form, Kind, Section, Version
from contest.rounds.models import Contest, Office, Round

WITH_SHARES = frozenset({Form.INDIVIDUAL, Form.GROUP, Form.COLLECTIVE})


# --- Calls -----------------------------------------------------------------------------------------------------------
def call_of(round: Round) -> Call | None:
    """The call of a round with all that its pages show; four queries."""
    calls = Call.objects.filter(round=round).prefetch_related("kinds", "categories", "sections")
    found = calls.first()
    if found is not None:
        found.round = round
    return found


@dataclass(frozen=True)
class KindCount:
    """How many entries of a kind were registered, and handed in."""

    kind: Kind
    registered: int
    handed_in: int


@dataclass(frozen=True)
class Counts:
    """How many registered and handed in; drafts are registered, what was withdrawn counts nowhere."""

    kinds: Sequence[KindCount]
    forms: Sequence[tuple[str, int]]  # registered, by form
    registered: int
    handed_in: int

    @property
    def drafts(self) -> int:
        """Registered and not handed in."""
        return self.registered - self.handed_in


def counts(call: Call) -> Counts:
    """The figures of a call; one query."""
    rows = (
        Entry.objects.filter(round=call.round_id)
        .exclude(status=Entry.Status.WITHDRAWN)
        .order_by()
        .values_list("kind", "form")
        .annotate(all=Count("pk"), done=Count("pk", filter=Q(submitted_at__isnull=False)))
    )
    found = list(rows)
    kinds = [
        KindCount(kind, *(sum(row[figure] for row in found if row[0] == kind.pk) for figure in (2, 3)))
        for kind in call.kinds.all()
    ]
    forms = [
        (str(Form(form).label), count)
        for form in call.forms
        if (count := sum(row[2] for row in found if row[1] == form))
    ]
    return Counts(kinds, forms, sum(row[2] for row in found), sum(row[3] for row in found))


def units_of(call: Call, user: User, unit_path: Iterable[int], *, manages: bool = True) -> list[units.Place]:
    """For which units the person may hand in: the own one and those above it in the contest, or those one manages."""
    contest = call.round.contest
    offices = Office.objects.filter(contest=contest, user=user, role=Office.Role.UNIT_MANAGER)
    managed = offices.values_list("unit", flat=True) if manages else ()
    line = [*unit_path]
    if contest.root_id in line:
        line = line[line.index(contest.root_id) + 1 :] or line[-1:]
    known = units.places({*line, *(unit for unit in managed if unit)}, root=contest.root_id)
    return sorted(known.values(), key=lambda place: (-len(place.above), place.unit.sort_key))


# --- A person's entries ----------------------------------------------------------------------------------------------
def of(user: User, contest: Contest) -> QuerySet[Entry]:
    """The person's entries in a contest, the newest first, with what a list shows; withdrawn ones too."""
    rows = Entry.objects.by(user).filter(round__contest=contest)
    return rows.select_related("kind", "round__contest", "unit").order_by("-registered_at", "-pk")


@dataclass(frozen=True)
class Line:
    """One of a person's entries in a list, and what they have to do about it."""

    entry: Entry
    author: Author | None  # the person's own row
    may_edit: bool

    @property
    def is_asked(self) -> bool:
        """Whether the person has yet to say that they are an author."""
        return self.author is not None and self.author.confirmed_at is None and self.author.declined_at is None


def lines(user: User, contest: Contest, *, now: datetime) -> list[Line]:
    """The person's entries in a contest; two queries, however many they are."""
    own = Prefetch("authors", Author.objects.filter(user=user), to_attr="own")
    rows = of(user, contest).select_related("round__call").prefetch_related(own)
    return [Line(entry, next(iter(vars(entry)["own"]), None), entry.may_be_edited(now)) for entry in rows]


def to_confirm(user: User, contest: Contest) -> QuerySet[Entry]:
    """Entries of the units that the person manages in the contest, those to be confirmed first."""
    rows = Entry.objects.to_confirm_by(user).filter(round__contest=contest).exclude(status=Entry.Status.WITHDRAWN)
    first = F("confirmed_at").asc(nulls_first=True)
    return rows.select_related("kind", "unit", "round").order_by(first, "-submitted_at", "-pk")


# --- What an entry says ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """A section of the form with what was written into it."""

    section: Section
    value: Any  # text; of figures, rows of {"what", "before", "after"}
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.rows or self.value)

    @property
    def text(self) -> str:
        """All of it as one text."""
        if self.section.type == Section.Type.FIGURES:
            return "\n".join(f"{row['what']}: {row['before']} → {row['after']}" for row in self.rows)
        return str(self.value)

    @property
    def day(self) -> date | None:
        """The date, where one was asked for and can be read."""
        return day_of(str(self.value)) if self.section.type == Section.Type.DATE else None


def parts(
    entry: Entry, sections: Iterable[Section], *, secret: bool = True, version: Version | None = None
) -> list[Part]:
    """The sections in their order, as they stand or as they were handed in; without the secret ones where hidden."""
    answers: Mapping[str, Any] = version.content["answers"] if version else entry.answers
    return [part_of(section, answers.get(str(section.pk))) for section in sections if secret or not section.is_secret]


def part_of(section: Section, value: Any) -> Part:
    """A section with an answer as it is kept, whatever it may be."""
    if section.type == Section.Type.FIGURES:
        return Part(section, "", rows=figures(value))
    return Part(section, value if isinstance(value, str) else "")


def figures(value: Any) -> list[dict[str, str]]:
    """Rows of figures before and after; those without a word are left out."""
    found = []
    for row in value if isinstance(value, list) else []:
        if isinstance(row, Mapping):
            cells = [str(row.get(name) or "") for name in ("what", "before", "after")]
        else:
            cells = [str(cell) for cell in row][:3] if isinstance(row, Sequence) and not isinstance(row, str) else []
        cells += [""] * (3 - len(cells))
        if any(cells):
            found.append(dict(zip(("what", "before", "after"), cells, strict=True)))
    return found


def day_of(text: str) -> date | None:
    """A day as people write it, 02/09/2024, or as machines do; None where it is none."""
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text.strip(), re.ASCII):
        year, month, day = int(found[3]), int(found[2]), int(found[1])
    elif found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text.strip(), re.ASCII):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def words(text: str) -> int:
    """How many words, as Vietnamese counts them: what stands between blanks."""
    return len(text.split())


# --- What is handed in -----------------------------------------------------------------------------------------------
def content(entry: Entry) -> dict[str, Any]:
    """The entry in plain values, as a version keeps it; two queries."""
    authors = Author.objects.filter(entry=entry, declined_at=None)
    files = File.objects.filter(entry=entry, removed_at=None)
    return {
        "title": entry.title,
        "kind": entry.kind_id,
        "form": str(entry.form),
        "category": entry.category_id,
        "unit": entry.unit_id,
        "unit_path": list(entry.unit_path),
        "answers": entry.answers,
        "links": entry.links,
        "undertaken": entry.undertaken_at is not None,
        "may_show": entry.may_show,
        "authors": [
            {
                "id": author.pk, "user": author.user_id, "full_name": author.full_name, "role": author.role,
                "share": author.share, "is_lead": author.is_lead, "order": author.order, "unit": author.unit_id,
                "unit_path": list(author.unit_path),
            }
            for author in authors
        ],
        "files": [
            {"id": file.pk, "name": file.name, "size": file.size, "sha256": file.sha256, "slot": str(file.slot)}
            for file in files
        ],
    }  # fmt: skip


def newest(entry: Entry) -> Version | None:
    """What was handed in last."""
    return entry.versions.order_by("-number").first()


def is_changed(entry: Entry, version: Version | None) -> bool:
    """Whether the entry says something else than what was handed in last."""
    return version is not None and version.content != content(entry)


def unit_of(entry: Entry) -> str:
    """The unit with those above it, as the entry keeps it."""
    known = Unit.objects.in_bulk(entry.unit_path)
    return " / ".join(known[pk].name for pk in entry.unit_path if pk in known) or _("No unit")
