"""Papers as people read them: while the attempt is open without a trace of the key, and in the review with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contest.attempts import grading, scoring
from contest.attempts.models import Answer, Attempt
from contest.questions import drawable
from contest.rounds.models import KeyCorrection, Quiz
from contest.rounds.timing import GRACE

LETTERS = "ABCDE"


def paper(shown: list[list[Any]], places: dict[int, frozenset[int]]) -> list[dict[str, Any]]:
    """The questions in their order, with what is chosen; places and options count from 1, as the page sends them."""
    texts = drawable.texts(version for version, _choices in shown)
    questions = []
    for place, (version, choices) in enumerate(shown):
        text, chosen = texts[version], places.get(place, frozenset())
        options = [
            {
                "position": option + 1,
                "letter": LETTERS[option],
                "text": text.choices[choice],
                "checked": option in chosen,
            }
            for option, choice in enumerate(choices)
        ]
        questions.append(
            {
                "position": place + 1,
                "text": text.text,
                "multiple": text.is_multiple,
                "choices": options,
                "flagged": False,
            }
        )
    return questions


def review(quiz: Quiz, attempt: Attempt, final: scoring.Final) -> list[dict[str, Any]]:
    """The paper with its key, what was chosen, points, explanations and corrections; only once the review is due."""
    questions = paper(attempt.paper, final.places)
    keys = grading.keys_for(quiz, (version for version, _choices in attempt.paper))
    texts = drawable.texts(keys)
    chosen = scoring.chosen_on(attempt.paper, final.places)
    notes = {
        row.version_id: row
        for row in KeyCorrection.objects.filter(round=quiz.round_id, version__in=keys).order_by("key_version")
    }
    method = scoring.Method(quiz.scoring)
    for question, (version, choices) in zip(questions, attempt.paper, strict=True):
        key, answer = keys[version], chosen.get(version, frozenset())
        right = key.right.union(*key.accepted)
        for option, choice in zip(question["choices"], choices, strict=True):
            option["is_right"], option["chosen"] = choice in right, choice in answer
        question["right"] = scoring.is_right(key, answer)
        question["answered"] = bool(answer)
        question["voided"] = key.voided
        question["points"] = scoring.points_for(key, answer, method) / 100
        question["explanation"], question["source"] = texts[version].explanation, texts[version].source
        question["correction"] = notes.get(version)
    return questions


# --- What organizers read ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Logged:
    """One save as it came, and why it does not count, if it does not."""

    received_at: datetime
    lease: int
    sequence: int
    is_counted: bool
    why_not: str
    chosen: list[tuple[int, str]]  # place on the paper, letters of the options that were chosen: none clears the answer
    prediction: str | None


def log(attempt: Attempt) -> Iterator[Logged]:
    """Every save of the attempt in the order of its arrival."""
    saves = Answer.objects.filter(attempt=attempt.pk).order_by("received_at", "lease", "sequence")
    for save in saves:
        chosen = [
            (int(place) + 1, ", ".join(LETTERS[option] for option in sorted(options) if option < len(LETTERS)))
            for place, options in save.choices.items()
            if place != "p"
        ]
        yield Logged(
            received_at=save.received_at,
            lease=save.lease,
            sequence=save.sequence,
            is_counted=save.is_counted,
            why_not="" if save.is_counted else _why_not(attempt, save),
            chosen=sorted(chosen),
            prediction=save.choices.get("p"),
        )


def _why_not(attempt: Attempt, save: Answer) -> str:
    if attempt.deadline is not None and save.received_at >= attempt.deadline + GRACE:
        return _("It came after the time was over.")
    if save.lease < attempt.lease and (attempt.submitted_at is None or save.received_at < attempt.submitted_at):
        return _("It came from a page that another one had replaced.")
    return _("It came after the hand-in.")
