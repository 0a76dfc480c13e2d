"""What a bank gives to a draw, and the words of what was drawn; both are kept in the process, since neither changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from threading import Lock
from typing import NamedTuple

from django.db.models import F

from contest.questions.models import Choice

KEPT_TEXTS = 20_000  # versions kept in each process: some 20 MB of Vietnamese at most
KEPT_POOLS = 64


class PoolItem(NamedTuple):
    """A question that may be drawn: its approved version and that version's choices in their given order."""

    version: int
    topic: int | None
    choices: tuple[int, ...]
    last: frozenset[int]
    """The choices that stay at the end."""
    question: int


@dataclass(frozen=True, slots=True)
class VersionText:
    """The words of one version of a question, with its key: only what the review shows may read `right`."""

    text: str
    is_multiple: bool
    choices: Mapping[int, str]
    explanation: str
    source: str
    right: frozenset[int]


@lru_cache(maxsize=KEPT_POOLS)
def pool(bank_id: int, revision: int) -> Sequence[PoolItem]:
    """All that may be drawn from a bank, by version; one query, then none until the bank's revision grows.

    `revision` is the bank's own, read and committed before: the pool is never older than it.
    """
    rows = (
        Choice.objects.filter(
            version=F("version__question__approved"),
            version__question__bank=bank_id,
            version__question__is_retired=False,
        )
        .order_by("version", "position")
        .values_list("version", "version__question__topic", "version__question", "pk", "is_last")
    )
    return tuple(
        PoolItem(
            version=version,
            topic=topic,
            choices=tuple(choice for *_, choice, _ in choices),
            last=frozenset(choice for *_, choice, is_last in choices if is_last),
            question=question,
        )
        for (version, topic, question), group in groupby(rows, key=itemgetter(0, 1, 2))
        for choices in [list(group)]
    )


_texts: dict[int, VersionText] = {}
_texts_lock = Lock()


def texts(version_ids: Iterable[int]) -> dict[int, VersionText]:
    """The words of these versions by id, choices in their given order; unknown ids are left out.

    One query for those that this process has not read yet, none when it has: a version never changes.
    """
    wanted = list(version_ids)
    found = {version: text for version in wanted if (text := _texts.get(version))}
    unread = [version for version in wanted if version not in found]
    return found | _read(unread) if unread else found


def _read(version_ids: list[int]) -> dict[int, VersionText]:
    rows = (
        Choice.objects.filter(version__in=version_ids)
        .order_by("version", "position")
        .values_list("version", "version__text", "version__explanation", "version__source", "pk", "text", "is_right")
    )
    fresh = {}
    for (version, text, explanation, source), group in groupby(rows, key=itemgetter(0, 1, 2, 3)):
        choices = [row[4:] for row in group]
        right = frozenset(choice for choice, _, is_right in choices if is_right)
        fresh[version] = VersionText(
            text=text,
            is_multiple=len(right) > 1,
            choices={choice: words for choice, words, _ in choices},
            explanation=explanation,
            source=source,
            right=right,
        )
    with _texts_lock:
        _texts.update(fresh)
        while len(_texts) > KEPT_TEXTS:
            del _texts[next(iter(_texts))]
    return fresh
