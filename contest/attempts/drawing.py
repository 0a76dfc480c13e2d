"""How a paper is drawn: the same seed and the same pool always give the same paper, in any language.

The recipe, so that a jury can repeat a draw:

1. Numbers. Block i (i = 0, 1, 2, …) is SHA-256 of the text "<seed>:<i>" in UTF-8, read as eight unsigned numbers of 32
   bits, the most significant byte first. To choose one of n equally likely places, take the next number; if it is not
   below the largest multiple of n that fits into 2³², throw it away and take the next one; the place is the remainder
   by n.
2. Choosing k of a list of n (Fisher and Yates): for each position i = 0, 1, … below k, choose a place among the n - i
   that are left, and exchange what stands at i with what stands that many positions further on; the first k are
   chosen. Where only one is left, no number is taken. Shuffling is choosing all n.
3. The pool is put in ascending order of its question numbers. For each topic with a quota, in ascending order of
   topics, its quota is chosen from the questions of the topic. What the quotas leave open is chosen from all that is
   left.
4. The questions are shuffled; or, where the round says so, put in order of topics (none last), then of questions.
5. For each question, in the order of the paper, its options are shuffled, without those that must stay last ("Cả A, B,
   C đều đúng"): they follow in their given order.

A fixed paper skips 3, and is shuffled or keeps its given order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from operator import attrgetter
from struct import Struct
from types import MappingProxyType
from typing import TypeVar

Paper = tuple[tuple[int, tuple[int, ...]], ...]
"""Question and the order of its options, in the order in which the entrant sees them."""

T = TypeVar("T")

_NO_QUOTAS: Mapping[int, int] = MappingProxyType({})
_NUMBERS = 1 << 32
_EIGHT_NUMBERS = Struct(">8I")


@dataclass(frozen=True, slots=True)
class Item:
    """A question that may be drawn: its version, its topic, and its options in their given order."""

    question: int
    topic: int | None
    choices: tuple[int, ...]
    last: frozenset[int] = frozenset()
    """The options that stay at the end, in the given order."""


class PoolTooSmall(ValueError):
    """The pool cannot give the paper: `needed` questions of `topic` (None: of any), and only so many are `there`."""

    def __init__(self, *, topic: int | None, needed: int, there: int) -> None:
        """Keep the three figures for whoever words the refusal."""
        super().__init__(f"{needed} questions needed of topic {topic}, {there} there")
        self.topic = topic
        self.needed = needed
        self.there = there


def draw(
    seed: str,
    pool: Sequence[Item],
    *,
    count: int,
    quotas: Mapping[int, int] = _NO_QUOTAS,
    shuffle_questions: bool = True,
    shuffle_choices: bool = True,
    fixed: Sequence[int] | None = None,
) -> Paper:
    """A paper of `count` different questions with exactly the quota of each topic, and the rest from the whole pool.

    A topic's quota is a minimum when the quotas do not fill the paper, and exact when they do. `fixed` names the
    questions of a paper that is the same for everyone; count and quotas are then not looked at. The order of the pool
    does not matter. Refuses a pool that is too small (PoolTooSmall), and settings that contradict each other
    (ValueError): quotas above the count, negative figures, a question twice.
    """
    numbers = _numbers(seed)
    ordered = sorted(pool, key=attrgetter("question"))
    if any(one.question == other.question for one, other in pairwise(ordered)):
        raise ValueError("a question stands twice in the pool")
    drawn = _chosen(numbers, ordered, count, quotas) if fixed is None else _named(ordered, fixed)
    if shuffle_questions:
        _choose(numbers, drawn, len(drawn))
    elif fixed is None:
        drawn.sort(key=lambda item: (item.topic is None, item.topic or 0, item.question))
    return tuple((item.question, _options(item, numbers if shuffle_choices else None)) for item in drawn)


def _named(ordered: list[Item], fixed: Sequence[int]) -> list[Item]:
    """The items of a fixed paper, in its order."""
    if len(set(fixed)) != len(fixed):
        raise ValueError("a question stands twice in a fixed paper")
    items = {item.question: item for item in ordered}
    named = [items[question] for question in fixed if question in items]
    if len(named) < len(fixed):
        raise PoolTooSmall(topic=None, needed=len(fixed), there=len(named))
    return named


def _chosen(numbers: Iterator[int], ordered: list[Item], count: int, quotas: Mapping[int, int]) -> list[Item]:
    """The quota of each topic, then the rest of the count."""
    if count < 0 or any(quota < 0 for quota in quotas.values()):
        raise ValueError("a number of questions is never negative")
    rest = count - sum(quotas.values())
    if rest < 0:
        raise ValueError("the quotas of the topics are more than the questions of the paper")
    by_topic: dict[int | None, list[Item]] = {topic: [] for topic in quotas}
    for item in ordered:
        if item.topic in by_topic:
            by_topic[item.topic].append(item)
    drawn: list[Item] = []
    for topic in sorted(quotas):
        drawn += _take(numbers, by_topic[topic], quotas[topic], topic)
    if rest:
        already = {item.question for item in drawn}
        left = [item for item in ordered if item.question not in already]
        drawn += _take(numbers, left, rest, None)
    return drawn


def _take(numbers: Iterator[int], items: list[Item], needed: int, topic: int | None) -> list[Item]:
    if needed > len(items):
        raise PoolTooSmall(topic=topic, needed=needed, there=len(items))
    _choose(numbers, items, needed)
    return items[:needed]


def _options(item: Item, numbers: Iterator[int] | None) -> tuple[int, ...]:
    """The options, shuffled if there are numbers to shuffle by, with those that stay last at the end."""
    free = [choice for choice in item.choices if choice not in item.last]
    if numbers is not None:
        _choose(numbers, free, len(free))
    if item.last:
        free += [choice for choice in item.choices if choice in item.last]
    return tuple(free)


def _choose(numbers: Iterator[int], items: list[T], k: int) -> None:
    """Bring `k` of the items to the front, every choice of them and every order equally likely."""
    n = len(items)
    for i in range(min(k, n - 1)):
        left = n - i
        fits = _NUMBERS - _NUMBERS % left
        number = next(numbers)
        while number >= fits:
            number = next(numbers)
        j = i + number % left
        items[i], items[j] = items[j], items[i]


def _numbers(seed: str) -> Iterator[int]:
    """Numbers below 2³² without end, from the seed alone."""
    block = 0
    while True:
        yield from _EIGHT_NUMBERS.unpack(sha256(f"{seed}:{block}".encode()).digest())
        block += 1
