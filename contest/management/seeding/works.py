"""What the demo's entries say: models and initiatives in the manner of those that the Directive has called forth.

works.json holds the ideas. The first four are real, as reports on the Directive's first year name them; all others, and
every figure but those of the whole city, are made up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
SCOPES = ("Chi bộ", "Xã, thị trấn", "Huyện", "Thành phố")


@dataclass(frozen=True, slots=True)
class Work:
    """One made-up entry, before anybody hands it in."""

    letters: str  # of its kind
    category: str
    title: str
    need: str
    way: str
    novelty: str
    effect: str
    spread: str
    scope: str
    figures: Sequence[tuple[str, str, str]]  # what, before, after


@cache
def _ideas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "works.json").read_text(encoding="utf-8"))
    return found


def work(number: int, unit: str) -> Work:
    """The entry of this number, counted from 0, as a unit of this name would hand it in; the same at every run."""
    ideas, rng = _ideas(), Random(number)  # noqa: S311  (made-up texts)
    is_real = number < len(ideas["real"])
    place = number - len(ideas["real"])
    idea = ideas["real"][number] if is_real else ideas["ours"][place % len(ideas["ours"])]
    figures = [_varied(rng, figure, is_real) for figure in idea["figures"]]
    told = "; ".join(
        f"{what[0].lower()}{what[1:]} từ {before} {'lên' if given[1] < given[2] else 'còn'} {after}"
        for given, (what, before, after) in zip(idea["figures"], figures, strict=True)
    )
    return Work(
        letters=idea["kind"],
        category=idea["category"],
        title=idea["title"] if is_real else _title(place, idea, unit),
        need=_text(rng, idea["need"], ideas["needs"]),
        way=_text(rng, idea["way"], ideas["ways"]),
        novelty=_text(rng, "", ideas["novelties"]),
        effect=_text(rng, "", ideas["effects"], figure=told),
        spread=_text(rng, "", ideas["spreads"]),
        scope=rng.choices(SCOPES, (3, 5, 2, 1))[0],
        figures=figures,
    )


def _title(place: int, idea: dict[str, Any], unit: str) -> str:
    """The idea's name with a turn of its own; one in twelve names the unit, which a blind stage has to notice."""
    if place % 12 == 7:
        return f"{idea['title']} của {unit}"
    turns = _ideas()["turns"]
    return f"{idea['title']} {turns[place // len(_ideas()['ours']) % len(turns)]}"


def _varied(rng: Random, figure: Sequence[Any], is_real: bool) -> tuple[str, str, str]:
    what, before, after, measure = figure
    if not is_real and measure != "%":
        by = rng.uniform(0.75, 1.3)
        before, after = round(before * by), round(after * by)
    return what, f"{before:n} {measure}", f"{after:n} {measure}"


def _text(rng: Random, first: str, pool: Sequence[str], **words: str) -> str:
    """A text of at least 500 characters: its own beginning, then sentences of the pool in any order, in paragraphs."""
    chosen = rng.sample(list(pool), k=len(pool))
    parts = [first] if first else []
    while chosen and (len(parts) < 4 or sum(map(len, parts)) < 560):
        parts.append(chosen.pop().format(a=rng.randint(21, 180), b=rng.randint(2, 9), figure=words.get("figure", "")))
    middle = (len(parts) + 1) // 2
    return " ".join(parts[:middle]) + "\n\n" + " ".join(parts[middle:])
