"""What is handed in to the demo's other judged rounds: essays, and teams for the final before an audience."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from accounts.models import User
from contest.entries.models import Entry, Form, Section
from contest.management.seeding import papers
from contest.management.seeding.calls import DAY, Calls
from contest.management.seeding.chronicle import Chronicle
from contest.management.seeding.papers import Paper
from contest.management.seeding.tree import Tree
from contest.rounds.models import Entrant

ESSAYS = 36
SIGNED = 9  # one essay in so many ends with its author's name, which a blind stage has to notice
TEAMS = (
    "Đảng bộ xã Phương Tú", "Đảng bộ thị trấn Vân Đình", "Đảng bộ xã Đồng Tân", "Đảng bộ xã Hòa Lâm",
    "Đảng bộ xã Quảng Phú Cầu", "Đảng bộ xã Viên An",
)  # fmt: skip
MEMBERS = 5
HERE = Path(__file__).parent


def essays(
    asked: Calls, people: Sequence[Entrant], secretary: User, chronicle: Chronicle, *, most: int = ESSAYS
) -> list[Entry]:
    """Essays of individuals who handed in nothing else; the last of them came in on the last day."""
    round = asked.essays.round
    opens_at, closes_at = round.opens_at, round.closes_at
    if opens_at is None or closes_at is None:
        raise ValueError("a round of the demo has its moments")
    authors = list(reversed(people[-most:]))
    kind, section = asked.essays.kinds.get(), asked.essays.sections.get()
    step = (closes_at - opens_at - 3 * DAY) / (len(authors) + 1)
    made = []
    for number, lead in enumerate(authors):
        begun = opens_at + 2 * DAY + step * number
        made.append(_essay(asked, Paper(asked.essays, kind, Form.INDIVIDUAL, "", lead, begun), section, number))
        made[-1].decided_by = secretary
    return papers.write(made, chronicle)


def _essay(asked: Calls, paper: Paper, section: Section, number: int) -> Paper:
    assert paper.lead is not None  # an individual
    pool: Mapping[str, list[str]] = json.loads((HERE / "essays.json").read_text(encoding="utf-8"))
    titles = pool["titles"]
    paper.title = titles[number % len(titles)]
    paper.answers = {section: _text(pool, number, str(paper.lead.user), str(paper.lead.unit))}
    paper.saved_at = paper.registered_at + timedelta(minutes=50)
    paper.may_show = number % 5 != 4
    if number % 18 == 17:
        return paper  # never finished
    paper.submitted_at = paper.registered_at + timedelta(hours=5)
    paper.decided_at, paper.status = paper.registered_at + timedelta(hours=26), Entry.Status.VALID
    return paper


def _text(pool: Mapping[str, list[str]], number: int, name: str, unit: str) -> str:
    """Some eight paragraphs, never the same ones in the same order."""
    rng = Random(number + 1000)  # noqa: S311  (made-up texts)
    openings, lessons, closings = pool["openings"], pool["lessons"], pool["closings"]
    parts = [
        openings[number % len(openings)], *rng.sample(pool["bodies"], 3), *rng.sample(pool["deeds"], 2),
        lessons[number % len(lessons)], closings[number // len(openings) % len(closings)],
    ]  # fmt: skip
    if number % SIGNED == SIGNED - 2:
        parts.append(f"Người viết: {name}, {unit}")
    return "\n\n".join(parts)


def teams(
    asked: Calls, people: Sequence[Entrant], tree: Tree, secretary: User, chronicle: Chronicle, *, at: datetime
) -> list[Entry]:
    """The teams of the final, typed in by the secretariat from the units' lists."""
    kind = asked.teams.kinds.get()
    made = []
    for number, name in enumerate(TEAMS):
        place = tree.named(name)
        begun = at + number * timedelta(minutes=12)
        made.append(
            Paper(
                asked.teams,
                kind,
                Form.TEAM,
                f"Đội {name.removeprefix('Đảng bộ ')}",
                None,
                begun,
                unit=place.unit,
                unit_path=place.path,
                typed_by=secretary,
                others=list(_members(people, place.unit.pk, begun)),
                saved_at=begun + timedelta(minutes=4),
                submitted_at=begun + timedelta(minutes=5),
                decided_at=begun + timedelta(minutes=6),
                decided_by=secretary,
                status=Entry.Status.VALID,
            )
        )
    return papers.write(made, chronicle)


def _members(people: Sequence[Entrant], unit: int, at: datetime) -> Iterator[tuple[Entrant, datetime]]:
    """Five of the unit; their signatures are on the paper."""
    found = [one for one in people if unit in one.unit_path]
    for one in found[-MEMBERS:]:
        yield one, at
