"""The shape of what a page of standings is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.http import QueryDict

from contest.foundations import language

LARGEST = 2**31 - 1  # of an integer in PostgreSQL
LONGEST = 100  # characters of a search


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; what can't be read is as if it were not there."""

    board: str = ""
    tab: str = ""
    unit: int | None = None
    block: str = ""
    words: str = ""
    after: int = 0

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """Read the query of an address."""
        tab = query.get("tab", "")
        return cls(
            board=query.get("board", "")[:20],
            tab=tab if tab in ("people", "units") else "",
            unit=_number(query.get("unit", "")),
            block=language.clean(query.get("block", "")[:80]),
            words=language.clean(query.get("q", "")[:LONGEST]),
            after=_number(query.get("after", "")) or 0,
        )


def _number(text: str) -> int | None:
    """A whole number that PostgreSQL can take."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
    return number if number is not None and number <= LARGEST else None
