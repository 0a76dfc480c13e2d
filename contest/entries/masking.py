"""Where a blind entry still says whose it is: names, units, phones and e-mails in its words and in its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Unit, User
from contest.entries import likeness
from contest.entries.models import Entry, FileText, Section
from contest.foundations import language

AROUND = 40  # characters shown before and after
MOST_IN_ONE = 20  # findings of one text

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\d.,])(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\d])")
# Words before the proper name of a unit, by which it is called in running text.
_KINDS = ("dang bo", "chi bo", "dang uy", "chi uy", "cap uy", "ban chap hanh", "ban chi dao", "uy ban nhan dan", "ubnd")


class What(TextChoices):
    """What was found."""

    NAME = "name", gettext_lazy("Name")
    UNIT = "unit", gettext_lazy("Unit")
    PHONE = "phone", gettext_lazy("Phone number")
    EMAIL = "email", gettext_lazy("E-mail address")
    CARD = "card", gettext_lazy("Number of a card")


@dataclass(frozen=True)
class Finding:
    """A place that gives somebody away."""

    where: str  # the part of the form, or the file
    text: str  # the words, with a little around them
    what: What


@dataclass(frozen=True)
class Traces:
    """What would give the people of an entry away."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    numbers: tuple[str, ...]  # of cards


def findings(entry: Entry) -> list[Finding]:
    """All places in the title, the parts that judges see, the links and the files; by the order of the form."""
    traces = traces_of(entry)
    return [
        Finding(where, excerpt(text, start, end), what)
        for where, text in texts_of(entry)
        for what, start, end in list(find(text, traces))[:MOST_IN_ONE]
    ]


def traces_of(entry: Entry) -> Traces:
    """What is known of the authors, of whoever began the entry, and of their units and those right above."""
    authors = list(entry.authors.select_related("user"))
    people = [author.user for author in authors if author.user]
    if not entry.is_on_paper:  # else the secretariat typed it in
        people.append(entry.created_by)
    paths = [entry.unit_path, *(author.unit_path for author in authors)]
    nearest = {pk for path in paths for pk in list(path)[1:][-2:] or list(path)}  # the top one is everybody's
    names = [*(author.full_name for author in authors), *(user.full_name for user in people)]
    units = Unit.objects.filter(pk__in=nearest).values_list("name", flat=True)
    return Traces(_once(names), _once(units), _once(number for user in people for number in _numbers(user)))


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _numbers(user: User) -> Iterator[str]:
    if user.party_card:
        yield user.party_card


def texts_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """What a judge reads in a blind stage, with the name of each part."""
    yield _("Title"), entry.title
    sections = Section.objects.filter(call__round=entry.round_id, is_secret=False).order_by("order", "pk")
    for section in sections:
        yield section.title, _plain(entry.answers.get(str(section.pk), ""))
    for link in entry.links:
        yield _("Links"), f"{link.get('title', '')} {link.get('url', '')}"
    rows = (
        FileText.objects.filter(file__in=entry.files.good()).select_related("file").order_by("file__begun_at", "file")
    )
    for words in rows:
        yield words.file.name, words.text


def _plain(answer: object) -> str:
    """An answer as one text: figures before and after are rows of short ones."""
    if isinstance(answer, dict):
        return " ".join(_plain(one) for one in answer.values())
    if isinstance(answer, list):
        return "\n".join(_plain(one) for one in answer)
    return str(answer or "")


def find(text: str, traces: Traces) -> Iterator[tuple[What, int, int]]:
    """Where the text gives somebody away: what, from which and up to which character."""
    words = likeness.words_of(text)
    for name in traces.names:
        yield from ((What.NAME, *place) for place in _runs(words, name))
    for unit in traces.units:
        yield from ((What.UNIT, *place) for place in _runs(words, proper_name(unit)))
    for number in traces.numbers:
        yield from ((What.CARD, *place) for place in _runs(words, number))
    for match in _EMAIL.finditer(text):
        yield What.EMAIL, match.start(), match.end()
    for match in _PHONE.finditer(text):
        if _is_phone(match[0]):
            yield What.PHONE, match.start(), match.end()


def _is_phone(text: str) -> bool:
    try:
        return bool(language.phone(text))
    except language.BadInput:
        return False


def proper_name(unit: str) -> str:
    """The name of a unit without "Đảng bộ" and the like, when two words or more are left: "xã Phương Tú"."""
    folded = language.fold(unit)
    for kind in _KINDS:
        rest = folded.removeprefix(f"{kind} ")
        if rest != folded and len(rest.split()) >= 2:
            return rest
    return folded


def _runs(words: list[likeness.Word], phrase: str) -> Iterator[tuple[int, int]]:
    """Where the words of the phrase stand one behind the other."""
    wanted = [word.folded for word in likeness.words_of(phrase)]
    for at in range(len(words) - len(wanted) + 1 if wanted else 0):
        if words[at].folded == wanted[0] and [word.folded for word in words[at : at + len(wanted)]] == wanted:
            yield words[at].start, words[at + len(wanted) - 1].end


def excerpt(text: str, start: int, end: int) -> str:
    """The words with a little around them, on one line."""
    before, after = max(0, start - AROUND), min(len(text), end + AROUND)
    shown = f"{'…' * (before > 0)}{text[before:after]}{'…' * (after < len(text))}"
    return " ".join(shown.split())
