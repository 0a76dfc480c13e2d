"""How much two texts have in common, by their overlapping groups of words. Pure: texts in, numbers and passages out.

Words are compared folded, so that neither marks nor capitals hide a copy. A hint for people, never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b

from contest.foundations.language import fold

SHINGLE = 6  # words of a group
KEPT = 4  # one group of so many is kept, by its hash: texts keep the same ones (Broder's sampling modulo m)
FEWEST = 8  # groups in common, below which nothing is said
SHORTEST = 10  # words of a passage
CONTEXT = 6  # words shown around it

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Word:
    """A word of a text: as it is compared, and where it stands."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """The same words in two texts, with a little around them; `before` and `after` are not in common."""

    words: int
    before: str
    text: str
    after: str
    other_before: str
    other_text: str
    other_after: str


def words_of(text: str) -> list[Word]:
    """The words of a text, folded."""
    return [Word(fold(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)]


def shingles(text: str) -> set[int]:
    """The hashes of the groups of words that are kept, as signed numbers of 64 bits."""
    words = [word.folded for word in words_of(text)]
    hashes = (_hash(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
    return {one for one in hashes if one % KEPT == 0}


def _hash(words: Sequence[str]) -> int:
    digest = blake2b(" ".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def share(common: int, mine: int, other: int) -> Decimal:
    """How much of the shorter of both is in common, in percent with two decimals; zero when that says nothing."""
    shorter = min(mine, other)
    if common < FEWEST or not shorter:
        return Decimal(0)
    return (Decimal(100) * common / shorter).quantize(Decimal("0.01"), ROUND_HALF_UP)


def passages(text: str, other: str, *, shortest: int = SHORTEST, most: int = 40) -> list[Passage]:
    """The runs of words that both texts have, the longest first; none lies within another one."""
    mine, theirs = words_of(text), words_of(other)
    found = sorted(
        _runs([w.folded for w in mine], [w.folded for w in theirs], shortest), key=lambda run: (-run[2], run)
    )
    return [_passage(text, mine, other, theirs, *run) for run in found[:most]]


def _runs(mine: Sequence[str], theirs: Sequence[str], shortest: int) -> Iterable[tuple[int, int, int]]:
    """Where common runs begin in the one and in the other, and how many words they have; walks the first text once."""
    size = min(SHINGLE, shortest)
    where: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(theirs) - size + 1):
        places = where.setdefault(tuple(theirs[at : at + size]), [])
        if len(places) < 20:  # a phrase that returns so often says little
            places.append(at)
    at = 0
    while at <= len(mine) - size:
        starts = where.get(tuple(mine[at : at + size]), [])
        length, start = max(((_length(mine, theirs, at, start), -start) for start in starts), default=(0, 0))
        if length >= shortest:
            yield at, -start, length
            at += length
        else:
            at += 1


def _length(mine: Sequence[str], theirs: Sequence[str], at: int, start: int) -> int:
    length = 0
    while at + length < len(mine) and start + length < len(theirs) and mine[at + length] == theirs[start + length]:
        length += 1
    return length


def _passage(
    text: str, mine: Sequence[Word], other: str, theirs: Sequence[Word], at: int, start: int, length: int
) -> Passage:
    return Passage(length, *_around(text, mine, at, length), *_around(other, theirs, start, length))


def _around(text: str, words: Sequence[Word], at: int, length: int) -> tuple[str, str, str]:
    first, last = words[at].start, words[at + length - 1].end
    begin = words[max(0, at - CONTEXT)].start
    end = words[min(len(words), at + length + CONTEXT) - 1].end
    return text[begin:first], text[first:last], text[last:end]
