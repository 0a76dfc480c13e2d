"""The questions of a paper as fields of its form: the largest part of the largest page, so they go into stencils."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from contest.foundations.stencils import Stencil

register = template.Library()
QUESTIONS = {
    multiple: Stencil("attempts/question.html", "position", "count", "text", "choices", multiple=multiple)
    for multiple in (False, True)
}
CHOICES = {
    (multiple, checked): Stencil(
        "attempts/choice.html", "question", "position", "letter", "text", multiple=multiple, checked=checked
    )
    for multiple, checked in product((False, True), repeat=2)
}


@register.simple_tag
def paper(questions: Sequence[dict[str, Any]]) -> SafeString:
    """The questions that `attempts.reading.paper` gives, each a field set of its choices."""
    return mark_safe("".join(_question(question, len(questions)) for question in questions))  # noqa: S308  (stencils)


def _question(question: dict[str, Any], count: int) -> str:
    multiple, position = question["multiple"], question["position"]
    choices = "".join(
        [
            CHOICES[multiple, choice["checked"]].fill(
                question=position, position=choice["position"], letter=choice["letter"], text=choice["text"]
            )
            for choice in question["choices"]
        ]
    )
    safe = mark_safe(choices)  # noqa: S308  (stencils escape what is filled in)
    return QUESTIONS[multiple].fill(position=position, count=count, text=question["text"], choices=safe)
