"""What a call may ask for, and what of it stays once people have entered.

They began by what the call said: so what they chose and wrote stays possible, and once something was handed in, the
call asks for no more and takes no less than it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Func, Max, Q, QuerySet, TextField, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext as _

from contest.entries.models import Author, Call, Entry, Form, Section
from contest.rounds.models import Round

GROWING = ("most_authors", "most_documents", "document_mb", "most_images", "image_mb", "most_links")
MOST_FILES = 30  # of one slot, and links
LONG_LINE = 500  # characters that one line of a form holds


@dataclass(frozen=True)
class Use:
    """What the entries that are there use of a call; those that were withdrawn count, since they can come back."""

    forms: Mapping[str, int] = field(default_factory=dict)  # entries begun, by form
    kinds: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    sections: frozenset[int] = frozenset()  # into which something was written
    most_authors: int = 0  # of the largest group or team
    is_handed_in: bool = False  # whether any was
    is_undertaken: bool = False  # whether anybody has given the undertaking

    @property
    def is_begun(self) -> bool:
        """Whether anybody has entered."""
        return bool(self.forms)


def use_of(call: Call) -> Use:
    """What has been used of the call; five queries."""
    rows = Entry.objects.filter(round=call.round_id).order_by()
    forms = dict(rows.values_list("form").annotate(count=Count("pk")))
    if not forms:
        return Use()
    told = rows.aggregate(handed=Count("submitted_at"), undertaken=Count("undertaken_at"))
    authors = Author.objects.standing().filter(entry__round=call.round_id, entry__form__in=[Form.GROUP, Form.TEAM])
    sizes = authors.order_by().values("entry").annotate(size=Count("pk"))
    used = rows.values_list("kind", "category").distinct()
    pairs = list(used)
    return Use(
        forms=forms,
        kinds=frozenset(kind for kind, _category in pairs),
        categories=frozenset(category for _kind, category in pairs if category),
        sections=_written(rows, list(call.sections.values_list("pk", flat=True))),
        most_authors=sizes.aggregate(most=Max("size"))["most"] or 0,
        is_handed_in=bool(told["handed"]),
        is_undertaken=bool(told["undertaken"]),
    )


def _written(rows: QuerySet[Entry], sections: Iterable[int]) -> frozenset[int]:
    """The sections into which somebody has written; one query."""
    counts = {
        f"s{pk}": Count(NullIf(NullIf(_answer(pk), Value("")), Value("[]"), output_field=TextField()))
        for pk in sections
    }
    found = rows.aggregate(**counts) if counts else {}
    return frozenset(int(name[1:]) for name, count in found.items() if count)


def _answer(section: int) -> Func:
    """What an entry says in a section, as text."""
    return Func(F("answers"), Value(str(section)), function="jsonb_extract_path_text", output_field=TextField())


# --- The call --------------------------------------------------------------------------------------------------------
def wrong_with(call: Call, before: Call | None, use: Use) -> dict[str, str]:
    """What can't be right about a call as it would be, by field; `before` is the call as it stands."""
    found: dict[str, str] = {}
    if call.round_id and call.round.kind == Round.Kind.QUIZ:
        found["round"] = _("A quiz takes no entries.")
    if not call.forms:
        found["forms"] = _("Choose at least one.")
    elif lost := [str(Form(form).label) for form in use.forms if form not in call.forms]:
        found["forms"] = _("There are entries already that are handed in as: %(forms)s.") % {"forms": ", ".join(lost)}
    if call.round_id and (sentence := _wrong_moment(call)):
        found["registration_closes_at"] = sentence
    for name in ("most_documents", "most_images", "most_links"):
        if (getattr(call, name) or 0) > MOST_FILES:
            found[name] = _("At most %(most)s.") % {"most": MOST_FILES}
    if (call.most_authors or 0) < use.most_authors:
        found["most_authors"] = _("There is an entry with %(count)s authors already.") % {"count": use.most_authors}
    if before is not None and use.is_handed_in:
        for name in GROWING:
            if (getattr(call, name) or 0) < getattr(before, name):
                found.setdefault(name, _less(getattr(before, name)))
    return found


def _wrong_moment(call: Call) -> str:
    at, opens_at, closes_at = call.registration_closes_at, call.round.opens_at, call.round.closes_at
    if at is None:
        return ""
    if opens_at is not None and at <= opens_at:
        return _("Registration would close before the round opens.")
    if closes_at is not None and at > closes_at:
        return _("The round closes before: registration ends then at the latest.")
    return ""


def _less(number: int) -> str:
    return _("Entries are handed in already by what was allowed: no less than %(number)s.") % {"number": number}


# --- Its sections ----------------------------------------------------------------------------------------------------
def wrong_with_section(section: Section, before: Section | None, use: Use) -> dict[str, str]:
    """What can't be right about a section as it would be, by field; `before` is the section as it stands."""
    found = _wrong_choices(section)
    least, most = section.least or 0, section.most or 0
    if section.type in {Section.Type.TEXT, Section.Type.LINE} and not most:
        found["most"] = _("At least one character has to fit in.")
    elif least > most:
        found["least"] = _("More than fit in.")
    elif section.type == Section.Type.LINE and most > LONG_LINE:
        found["most"] = _("One line holds at most %(most)s characters: choose “long text”.") % {"most": LONG_LINE}
    if before is not None and before.pk in use.sections:
        found |= _changed(section, before)
    if use.is_handed_in:
        found |= _asks_more(section, before)
    return found


def _wrong_choices(section: Section) -> dict[str, str]:
    if section.type != Section.Type.CHOICE:
        return {"choices": _("Only a choice has choices.")} if section.choices else {}
    if len(section.choices) < 2:
        return {"choices": _("Type two choices at least, one a line.")}
    if len(set(section.choices)) < len(section.choices):
        return {"choices": _("A choice stands here twice.")}
    return {}


def _changed(section: Section, before: Section) -> dict[str, str]:
    """What people have written stays what it was."""
    found: dict[str, str] = {}
    if section.type != before.type:
        found["type"] = _("People have written here already: it stays what it was.")
    if before.is_secret and not section.is_secret:
        found["is_secret"] = _("People have written here already, and were not told that judges would read it.")
    if lost := [choice for choice in before.choices if choice not in section.choices]:
        chosen = Entry.objects.filter(round__call=before.call_id).annotate(said=_answer(before.pk))
        used = sorted(set(chosen.filter(said__in=lost).values_list("said", flat=True)))
        if used:
            found["choices"] = _("This was chosen already: %(choices)s.") % {"choices": ", ".join(used)}
    return found


def _asks_more(section: Section, before: Section | None) -> dict[str, str]:
    """What was complete when it was handed in stays complete."""
    if before is None:
        is_new = section.is_required
        return {"is_required": _("Entries are handed in already: a new section can't be required.")} if is_new else {}
    found: dict[str, str] = {}
    if section.is_required and not before.is_required:
        found["is_required"] = _("Entries are handed in already without it.")
    if section.type in {Section.Type.TEXT, Section.Type.LINE}:
        if (section.least or 0) > before.least:
            found["least"] = _("Entries are handed in already by what was asked for: no more than %(number)s.") % {
                "number": before.least
            }
        if (section.most or 0) < before.most:
            found["most"] = _less(before.most)
    return found


# --- What its desk tells ---------------------------------------------------------------------------------------------
def problems(call: Call, *, now: datetime) -> list[str]:
    """What keeps people from entering, though the call is there."""
    found = []
    round = call.round
    if round.opens_at is None:
        found.append(_("The round has no opening yet: set it on the round's page."))
    if round.closes_at is None:
        found.append(_("The round has no close yet: entries would be taken for ever."))
    if not round.contest.is_public:
        found.append(_("The contest is not public yet: nobody sees the call."))
    if not call.kinds.exists():
        found.append(_("There is no kind of entry yet."))
    is_over = round.closes_at is not None and round.closes_at <= now
    return [] if is_over else found


def counted(rows: QuerySet[Call]) -> QuerySet[Call]:
    """With how many entries were registered and handed in; what was withdrawn counts nowhere."""
    stands = ~Q(round__entries__status=Entry.Status.WITHDRAWN)
    handed_in = stands & Q(round__entries__submitted_at__isnull=False)
    return rows.annotate(
        n_registered=Count("round__entries", filter=stands), n_handed_in=Count("round__entries", filter=handed_in)
    )
