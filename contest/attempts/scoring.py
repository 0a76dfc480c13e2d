"""What an attempt is worth: the answers that count, compared with the key, in whole hundredths of a point.

The rules, as they are published:

- The answers that count are those saved last, question by question. A cleared answer is no answer.
- All or nothing: the points of a question for exactly the right options, else nothing.
- Partial: (right options chosen - wrong options chosen) of the right options there are, in hundredths of a point, half
  up, question by question; never below nothing.
- What is not answered, or names an option that is not on the paper, is worth nothing; nothing is ever taken away.
- A void question gives everyone its points, and is right for everyone, answered or not.
- Where a corrected key accepts several answers, each person is given the one that is best for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, combinations
from operator import itemgetter
from typing import Any, NamedTuple

PREDICTION = "p"  # stands among the places of a save

_NOT_ANSWERED: frozenset[int] = frozenset()


class Method(StrEnum):
    """How the points of a question are given."""

    ALL_OR_NOTHING = "all_or_nothing"
    PARTIAL = "partial"


class Correction(StrEnum):
    """How a key is corrected after papers were drawn."""

    ALSO = "also"
    INSTEAD = "instead"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of one question: the options that make the right answer, and its points in hundredths."""

    right: frozenset[int]
    weight: int
    voided: bool = False
    accepted: tuple[frozenset[int], ...] = ()
    """Further answers that are as right as `right`, each on its own."""

    def __post_init__(self) -> None:
        """Refuse a key that no answer could meet, and points below nothing."""
        if not self.voided and not all((self.right, *self.accepted)):
            raise ValueError("a key without a right option")
        if self.weight < 0:
            raise ValueError("a question is never worth less than nothing")


class Score(NamedTuple):
    """What an attempt is worth; points in hundredths."""

    points: int
    max_points: int
    right: int  # questions answered completely right
    questions: int
    is_all_correct: bool


class Final(NamedTuple):
    """The answers that count, by the place of the question on the paper; and the prediction that was confirmed last."""

    places: dict[int, frozenset[int]]
    prediction: str | None


def merge(saves: Iterable[tuple[int, int, Mapping[str, Any]]]) -> Final:
    """The final answers from the counted saves (lease, sequence, what changed), in whatever order they come.

    Saves follow each other by lease, then by sequence; each carries only what changed since the one before. An empty
    list clears an answer. A prediction of None is one that is no longer confirmed, and does not count.
    """
    places: dict[int, frozenset[int]] = {}
    prediction: str | None = None
    for _lease, _sequence, changed in sorted(saves, key=itemgetter(0, 1)):
        for place, chosen in changed.items():
            if place == PREDICTION:
                prediction = chosen
            elif chosen:
                places[int(place)] = frozenset(chosen)
            else:
                places.pop(int(place), None)
    return Final(places, prediction)


def chosen_on(
    paper: Sequence[tuple[int, Sequence[int]]], places: Mapping[int, frozenset[int]]
) -> dict[int, frozenset[int]]:
    """Question and chosen options from their places, both counted from 0 in the order in which they were shown.

    An answer at a place that is not on the paper, or with an option that is not there, is no answer.
    """
    answers = {}
    for place, chosen in places.items():
        if 0 <= place < len(paper):
            question, choices = paper[place]
            if all(0 <= option < len(choices) for option in chosen):
                answers[question] = frozenset(choices[option] for option in chosen)
    return answers


def score(keys: Mapping[int, Key], answers: Mapping[int, frozenset[int]], method: Method) -> Score:
    """The worth of one attempt: `keys` has the questions of its paper, `answers` the options chosen at them.

    An attempt is all-correct when every question of a paper that has questions is completely right.
    """
    points = right = 0
    for question, key in keys.items():
        chosen = answers.get(question, _NOT_ANSWERED)
        points += points_for(key, chosen, method)
        right += is_right(key, chosen)
    return Score(
        points=points,
        max_points=sum(key.weight for key in keys.values()),
        right=right,
        questions=len(keys),
        is_all_correct=0 < len(keys) == right,
    )


def is_right(key: Key, chosen: frozenset[int]) -> bool:
    """Whether the answer is completely right, whatever the method."""
    return key.voided or chosen == key.right or chosen in key.accepted


def points_for(key: Key, chosen: frozenset[int], method: Method) -> int:
    """The points of one question, in hundredths."""
    if is_right(key, chosen):
        return key.weight
    if method is Method.ALL_OR_NOTHING:
        return 0
    return max(_part(key.weight, right, chosen) for right in (key.right, *key.accepted))


def _part(weight: int, right: frozenset[int], chosen: frozenset[int]) -> int:
    """The points times (right options chosen - wrong options chosen) / right options; half up, never below nothing."""
    surplus = max(0, len(chosen & right) - len(chosen - right))
    return (2 * weight * surplus + len(right)) // (2 * len(right))


def corrected(key: Key, correction: Correction, choices: Iterable[int] = ()) -> Key:
    """The key after a correction, whose points stay the same.

    VOID: everyone gets the points. INSTEAD: these options are the right answer, and what was right is not. ALSO: these
    options count as right, too: where one option was right, each of these alone is as right; where several had to be
    chosen together, these may be chosen with them, and need not be.
    """
    if correction is Correction.VOID:
        return replace(key, voided=True)
    if correction is Correction.INSTEAD:
        return Key(frozenset(choices), key.weight)
    known = {key.right, *key.accepted}
    new = sorted(set(choices) - key.right)
    if len(key.right) == 1:
        answers = [frozenset({choice}) for choice in new]
    else:
        some = chain.from_iterable(combinations(new, size) for size in range(len(new) + 1))
        answers = [right | frozenset(more) for more in some for right in (key.right, *key.accepted)]
    further = tuple(answer for answer in dict.fromkeys(answers) if answer not in known)
    return replace(key, accepted=key.accepted + further)
