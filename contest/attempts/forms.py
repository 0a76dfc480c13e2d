"""The shape of what a page of the quiz sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from contest.attempts.desk import Show
from contest.attempts.scoring import PREDICTION
from contest.foundations import language
from contest.rounds.models import Quiz

COUNT, PERCENT = "count", "percent"  # what a prediction is
MOST_PLACES, MOST_CHOICES, MOST_SEQUENCE = 100, 5, 1_000_000


class BadSave(Exception):
    """What came is no save; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Save:
    """One save: its number, and what changed, with places and options counted from 0 as the log keeps them."""

    sequence: int
    choices: dict[str, Any]

    @classmethod
    def from_json(cls, body: bytes, *, asks: str) -> Save:
        """The save in a request's body: {"sequence": n, "choices": {"<place>": [options]}, "prediction": text}.

        Places and options count from 1. What did not change is left out; a prediction of null takes it back.
        """
        try:
            data = json.loads(body)
            sequence, chosen = data["sequence"], data.get("choices", {})
            choices: dict[str, Any] = {
                str(_number(int(place), MOST_PLACES)): _options(options) for place, options in chosen.items()
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BadSave(_("This save can't be read.")) from error
        if type(sequence) is not int or not 0 < sequence <= MOST_SEQUENCE:
            raise BadSave(_("This save has no number."))
        if "prediction" in data:
            choices[PREDICTION] = prediction(data["prediction"], asks)
        return cls(sequence, choices)


def _number(number: Any, most: int) -> int:
    """A place or an option, counted from 0."""
    if type(number) is not int or not 1 <= number <= most:
        raise ValueError(number)
    return number - 1


def _options(options: Any) -> list[int]:
    if not isinstance(options, list) or len(options) > MOST_CHOICES:
        raise ValueError(options)
    return sorted({_number(option, MOST_CHOICES) for option in options})


def prediction(text: Any, asks: str) -> str | None:
    """A typed prediction as the log keeps it ("70186", "87.65432"), None for nothing, which takes it back.

    `asks` is "count" or "percent". Refuses (BadSave) what is ambiguous, and any text where nothing is asked.
    """
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > 40 or not asks:
        raise BadSave(_("This prediction can't be read."))
    try:
        return str(language.percent_number(text) if asks == PERCENT else language.count_number(text))
    except language.BadInput as error:
        raise BadSave(str(error)) from error


def asked_by(kind: str) -> str:
    """What a quiz with this kind of prediction asks for: "count", "percent" or nothing."""
    if kind == Quiz.Prediction.NONE:
        return ""
    return PERCENT if kind == Quiz.Prediction.PERCENT else COUNT


def from_plain_form(data: MultiValueDict[str, str] | Mapping[str, Any], questions: int) -> dict[str, Any]:
    """The whole paper as the plain form sends it, in the log's counting: an unanswered place is an empty list."""
    choices: dict[str, Any] = {}
    for place in range(1, questions + 1):
        chosen = data.getlist(f"q{place}") if isinstance(data, MultiValueDict) else []
        choices[str(place - 1)] = sorted(
            {
                int(option) - 1
                for option in chosen
                if len(option) == 1 and option.isascii() and option.isdigit() and 1 <= int(option) <= MOST_CHOICES
            }
        )
    return choices


class DeskForm(forms.Form):
    """What a unit manager's desk shows; what can't be read is as if it were not there."""

    show = forms.CharField(required=False)
    unit = forms.CharField(required=False)
    period = forms.CharField(required=False)
    q = forms.CharField(required=False, max_length=100)
    after = forms.CharField(required=False)
    kind = forms.CharField(required=False)

    def clean_show(self) -> str:
        """One of Show."""
        asked: str = self.cleaned_data["show"]
        return asked if asked in Show.values else Show.UNFINISHED

    def clean_unit(self) -> int | None:
        """An id."""
        return self._number("unit")

    def clean_period(self) -> int | None:
        """An id."""
        return self._number("period")

    def clean_after(self) -> tuple[str, int] | None:
        """A place in the list, "<name key in hex>.<id>"."""
        key, _point, user = str(self.cleaned_data["after"]).partition(".")
        is_place = re.fullmatch(r"(?:[0-9a-f]{2}){1,800}", key) and re.fullmatch(r"\d{1,18}", user, re.ASCII)
        return (key, int(user)) if is_place else None

    def clean_kind(self) -> str:
        """The kind of file that is taken away."""
        return "csv" if self.cleaned_data["kind"] == "csv" else "xlsx"

    def _number(self, name: str) -> int | None:
        typed: str = self.cleaned_data[name]
        return int(typed) if re.fullmatch(r"\d{1,18}", typed, re.ASCII) else None
