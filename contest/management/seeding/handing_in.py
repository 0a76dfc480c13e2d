"""The demo's entries: registered, written, handed in and decided about by the real rules, as time went by."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from accounts.models import User
from contest.entries import filing, intake, registering, writing
from contest.entries.models import Author, Call, Entry, Form
from contest.foundations import printing
from contest.management.seeding import works
from contest.management.seeding.calls import DAY, Calls
from contest.management.seeding.crowd import Member
from contest.rounds.models import Entrant, Office

ALL = 279  # groups and individuals that registered for the model contest's round
YOUNG = 64  # of them while the call is young
WITH_FILES = 12  # one entry in so many has evidence
SHARES = {2: (60, 40), 3: (50, 30, 20), 4: (40, 20, 20, 20), 5: (40, 15, 15, 15, 15)}
EVIDENCE = """
#set page(paper: "a5", margin: 1.6cm)
#align(center)[#text(13pt, weight: "bold")[#data.title]]
#v(0.6em)
#table(columns: (1fr, auto, auto), inset: 7pt, [*Chỉ số*], [*Trước*], [*Sau*],
  ..data.rows.map(row => row.map(cell => [#cell])).flatten())
#v(0.6em)
#text(9pt)[Số liệu lấy từ sổ theo dõi của đơn vị, cùng kỳ, cùng cách tính.]
"""


@dataclass(frozen=True)
class Round:
    """How far the round has come."""

    call: Call
    now: datetime
    count: int
    is_over: bool  # the call is closed, and the secretariat has been through everything

    def at(self, number: int, share: float) -> datetime:
        """A moment for the entry of this number: a share of the time between its registration and now, or the close."""
        opens_at, closes_at = self.call.round.opens_at, self.call.round.closes_at
        if opens_at is None or closes_at is None:
            raise ValueError("a round of the demo has its moments")
        end = min(self.now, closes_at) - timedelta(minutes=5)
        begun = opens_at + (min(end, opens_at + 29 * DAY) - opens_at) * (number + 1) / (self.count + 2)
        return begun + (end - begun) * share


def hand_in(asked: Calls, members: Sequence[Member], stage: str, *, now: datetime) -> Iterator[Entry]:
    """The entries of the Models-and-Initiatives round, one after the other; none before it has opened."""
    opens_at = asked.initiatives.round.opens_at
    if opens_at is None or opens_at > now:
        return
    is_over = stage == "judging"
    round = Round(asked.initiatives, now, ALL if is_over else YOUNG, is_over)
    people = _people(members)
    for number in range(min(round.count, len(people) // 3)):
        yield _entry(round, asked, people, number)
    while filing.examine_due(now, limit=50):
        pass


def _people(members: Sequence[Member]) -> list[Entrant]:
    """Whoever may enter: with a unit, and agreed to what is needed; the cast comes first."""
    return [
        member.entrant
        for member in members
        if member.entrant.unit_id and member.entrant.barred_at is None and member.entrant.user.signed_in_at
    ]


def _entry(round: Round, asked: Calls, people: Sequence[Entrant], number: int) -> Entry:
    entrant = people[number]
    user = entrant.user
    form = _form(number)
    rng = Random(number)  # noqa: S311  (made-up entries)
    work = works.work(number, str(entrant.unit))
    kind = round.call.kinds.get(letters=work.letters)
    entry = registering.begin(
        round.call, user, kind=kind, form=form, title=work.title,
        unit=entrant.unit if form == Form.COLLECTIVE else None, now=round.at(number, 0),
    )  # fmt: skip
    if number % 16 == 15:
        return entry  # registered, and no more than that so far
    authors = _authors(round, entry, entrant, people, number) if form == Form.GROUP else []
    revision = Entry.objects.values_list("revision", flat=True).get(pk=entry.pk)
    writing.save(
        entry.pk, user, revision=revision, data=_content(round, asked, work, authors, rng), now=round.at(number, 0.2)
    )
    if number % WITH_FILES == 0:
        _evidence(entry, user, work, round.at(number, 0.25))
    if round.is_over or number % 4 < 2:
        _finish(round, entry, user, number)
    return entry


def _form(number: int) -> Form:
    """Eight of twenty are collectives, five are groups, seven individuals."""
    place = number * 7 % 20
    return Form.COLLECTIVE if place < 8 else Form.GROUP if place < 13 else Form.INDIVIDUAL


def _authors(round: Round, entry: Entry, lead: Entrant, people: Sequence[Entrant], number: int) -> list[Author]:
    """The lead author names others, and they confirm; while the call is young not all have."""
    near = [one for one in people if one.unit_path[:2] == lead.unit_path[:2] and one.user.phone and one.pk != lead.pk]
    for place, one in enumerate(near[: 1 + number % 3]):
        author = writing.add_author(
            entry.pk, lead.user, name=one.user.full_name, number=one.user.phone, now=round.at(number, 0.05)
        )
        if round.is_over or place == 0:
            writing.answer_authorship(entry.pk, one.user, confirm=True, now=round.at(number, 0.1))
        assert author.user_id == one.user_id
    return list(Author.objects.filter(entry=entry).order_by("-is_lead", "order", "pk"))


def _content(round: Round, asked: Calls, work: works.Work, authors: Sequence[Author], rng: Random) -> dict[str, object]:
    since = round.at(0, 0).date() - timedelta(days=rng.randint(90, 400))
    texts = {name: getattr(work, name) for name in ("need", "way", "novelty", "effect", "spread", "scope")}
    answers: dict[str, object] = {str(asked.sections[name].pk): text for name, text in texts.items()}
    answers[str(asked.sections["since"].pk)] = since.strftime("%d/%m/%Y")
    rows = [dict(zip(("what", "before", "after"), row, strict=True)) for row in work.figures]
    answers[str(asked.sections["figures"].pk)] = rows
    shares = SHARES.get(len(authors), ())
    return {
        "category": round.call.categories.get(title=work.category).pk,
        "answers": answers,
        "authors": [{"id": author.pk, "share": share} for author, share in zip(authors, shares, strict=bool(shares))],
        "undertaken": True,
        "may_show": rng.random() < 0.85,
    }


def _finish(round: Round, entry: Entry, user: User, number: int) -> None:
    """Handed in where nothing is missing, and decided about."""
    filing.examine_due(round.at(number, 0.3), limit=5)
    entry.refresh_from_db()
    if writing.missing(entry, now=round.at(number, 0.4)):
        return
    writing.submit(entry.pk, user, now=round.at(number, 0.4))
    if number % 40 == 38:
        writing.withdraw(entry.pk, user, reason="Đơn vị xin rút để hoàn thiện thêm.", now=round.at(number, 0.6))
    elif (round.is_over or number % 8 < 4) and not Author.objects.waiting().filter(entry=entry).exists():
        _decide(round, entry, number)


def _decide(round: Round, entry: Entry, number: int) -> None:
    organizer = Office.objects.filter(contest=round.call.round.contest_id, role=Office.Role.ORGANIZER).last()
    assert organizer is not None  # every contest has one
    entry.refresh_from_db()
    at = round.at(number, 0.8)
    if number % 40 == 37:
        intake.find_invalid(
            entry, reason="Nội dung không thuộc phạm vi của Chỉ thị số 24-CT/TU.", by=organizer.user, now=at
        )
    elif not round.is_over and number % 16 == 9:
        intake.ask_more(
            entry, until=round.now + 5 * DAY, note="Bổ sung nguồn của số liệu trước và sau.", by=organizer.user, now=at
        )
    else:
        for manager in writing.managers_of(entry)[:1]:
            writing.confirm_for_unit(entry.pk, manager, now=round.at(number, 0.7))
        intake.find_valid(entry, by=organizer.user, now=at)


# --- Evidence --------------------------------------------------------------------------------------------------------
def _evidence(entry: Entry, user: User, work: works.Work, at: datetime) -> None:
    """A page of figures as a PDF, and a picture of them."""
    rows = [list(row) for row in work.figures]
    sheet = printing.pdf(EVIDENCE, {"title": "Phụ lục: số liệu trước và sau", "rows": rows})
    for name, content in (("Phụ lục số liệu.pdf", sheet), ("Biểu đồ trước và sau.png", _chart(work))):
        filing.take_whole(entry, user, SimpleUploadedFile(name, content), now=at)


def _chart(work: works.Work) -> bytes:
    """Bars before and after, without words."""
    image = Image.new("RGB", (900, 520), "#fdf8ef")
    drawing = ImageDraw.Draw(image)
    for place, (_what, before, after) in enumerate(work.figures):
        values = [float(text.split()[0]) for text in (before, after)]
        for side, (value, colour) in enumerate(zip(values, ("#c9b99a", "#b3001b"), strict=True)):
            height = 400 * value / (max(values) or 1)
            left = 110 + place * 380 + side * 140
            drawing.rectangle((left, 460 - height, left + 110, 460), fill=colour)
    drawing.line((60, 460, 840, 460), fill="#2b1a16", width=3)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()
