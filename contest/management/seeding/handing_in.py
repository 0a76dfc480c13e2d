"""The demo's models and initiatives: registered, written, handed in and decided about, as time went by."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from PIL import Image, ImageDraw

from contest.entries.models import Call, Entry, Form
from contest.foundations import printing
from contest.management.seeding import papers, works
from contest.management.seeding.calls import DAY, Calls
from contest.management.seeding.chronicle import Chronicle
from contest.management.seeding.crowd import Member
from contest.management.seeding.papers import Paper
from contest.management.seeding.programme import AFTER
from contest.rounds.models import Entrant, Office

ALL = 279  # groups and individuals that registered for the model contest's round
YOUNG = 64  # of them while the call is young
WITH_FILES = 12  # one entry in so many has evidence
COPIES = {101: 33, 170: 88, 203: 12, 258: 4}  # entries that take over what others say, and from whom
LATE = 90  # of so many entries one is asked for more, though the call is closed
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


def hand_in(
    asked: Calls, members: Sequence[Member], stage: str, chronicle: Chronicle, *, most: int = ALL, now: datetime
) -> list[Entry]:
    """The entries of the Models-and-Initiatives round; none before it has opened."""
    opens_at = asked.initiatives.round.opens_at
    if opens_at is None or opens_at > now:
        return []
    is_over = stage in AFTER
    round = Round(asked.initiatives, now, most if is_over else min(most, YOUNG), is_over)
    people = able(members)
    count = min(round.count, len(people) // 3)
    desk = _Desk(round, asked, people)
    return papers.write([desk.paper(number) for number in range(count)], chronicle)


def able(members: Sequence[Member]) -> list[Entrant]:
    """Whoever may enter: with a unit, and agreed to what is needed; the cast comes first."""
    return [
        member.entrant
        for member in members
        if member.entrant.unit_id and member.entrant.barred_at is None and member.entrant.user.signed_in_at
    ]


class _Desk:
    """What all entries of the round have in common."""

    def __init__(self, round: Round, asked: Calls, people: Sequence[Entrant]) -> None:
        self.round, self.asked, self.people = round, asked, people
        self.kinds = {kind.letters: kind for kind in round.call.kinds.all()}
        self.categories = {category.title: category for category in round.call.categories.all()}
        officers = Office.objects.filter(contest=round.call.round.contest_id, role=Office.Role.ORGANIZER)
        self.secretary = officers.select_related("user").order_by("pk").reverse()[0].user

    def paper(self, number: int) -> Paper:
        """The entry of this number, from its registration to what was decided."""
        at, form, lead = self.round.at, _form(number), self.people[number]
        work = works.work(number, str(lead.unit))
        made = Paper(self.round.call, self.kinds[work.letters], form, work.title, lead, at(number, 0), unit=lead.unit)
        if number % 16 == 15:
            return made  # registered, and no more than that so far
        if form == Form.GROUP:
            made.named_at = at(number, 0.05)
            made.others = list(self._others(lead, number))
            made.shares = SHARES.get(len(made.others) + 1, ())
        self._fill(made, work, number)
        if self.round.is_over or number % 4 < 2:
            self._finish(made, number)
        return made

    def _others(self, lead: Entrant, number: int) -> Iterator[tuple[Entrant, datetime | None]]:
        """The lead author names others, and they confirm; while the call is young not all have."""
        for place, one in enumerate(papers.near(lead, self.people)[: 1 + number % 3]):
            has_confirmed = self.round.is_over or place == 0
            yield one, self.round.at(number, 0.1) if has_confirmed else None

    def _fill(self, made: Paper, work: works.Work, number: int) -> None:
        rng = Random(number)  # noqa: S311  (made-up entries)
        sections = self.asked.sections
        since = self.round.at(0, 0).date() - timedelta(days=rng.randint(90, 400))
        texts = {name: getattr(work, name) for name in ("need", "way", "novelty", "effect", "spread", "scope")}
        if number in COPIES:
            copied = works.work(COPIES[number], "")
            texts |= {"way": copied.way, "effect": copied.effect, "novelty": copied.novelty}
        rows = [dict(zip(("what", "before", "after"), row, strict=True)) for row in work.figures]
        made.answers = {
            **{sections[name]: text for name, text in texts.items()},
            sections["since"]: since.strftime("%d/%m/%Y"),
            sections["figures"]: rows,
        }
        made.category = self.categories[work.category]
        made.may_show = rng.random() < 0.85
        made.saved_at = self.round.at(number, 0.2)
        if number % WITH_FILES == 0:
            made.sent_at = self.round.at(number, 0.25)
            made.files = (
                ("Phụ lục số liệu.pdf", lambda: _sheet(work)), ("Biểu đồ trước và sau.png", lambda: _chart(work)),
            )  # fmt: skip

    def _finish(self, made: Paper, number: int) -> None:
        """Handed in where nothing is missing, and decided about."""
        if made.form == Form.GROUP and not made.others:
            return
        made.submitted_at = self.round.at(number, 0.4)
        if number % 40 == 38:
            made.withdrawn_at = self.round.at(number, 0.6)
            made.reason = "Đơn vị xin rút để hoàn thiện thêm."
            return
        is_sure = all(confirmed_at for _one, confirmed_at in made.others)
        if (self.round.is_over or number % 8 < 4) and is_sure:
            self._decide(made, number)

    def _decide(self, made: Paper, number: int) -> None:
        is_over = self.round.is_over
        made.decided_at, made.decided_by = self.round.at(number, 0.8), self.secretary
        if number % 40 == 37:
            made.status, made.note = Entry.Status.INVALID, "Nội dung không thuộc phạm vi của Chỉ thị số 24-CT/TU."
        elif number % LATE == LATE - 9 if is_over else number % 16 == 9:
            made.status, made.note = Entry.Status.NEEDS_MORE, "Bổ sung nguồn của số liệu trước và sau."
            made.until = (made.decided_at if is_over else self.round.now) + 5 * DAY
        else:
            made.status, made.confirmed_at = Entry.Status.VALID, self.round.at(number, 0.7)


def _form(number: int) -> Form:
    """Eight of twenty are collectives, five are groups, seven individuals."""
    place = number * 7 % 20
    return Form.COLLECTIVE if place < 8 else Form.GROUP if place < 13 else Form.INDIVIDUAL


# --- Evidence --------------------------------------------------------------------------------------------------------
def _sheet(work: works.Work) -> bytes:
    """A page of figures as a PDF."""
    rows = [list(row) for row in work.figures]
    return printing.pdf(EVIDENCE, {"title": "Phụ lục: số liệu trước và sau", "rows": rows})


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
