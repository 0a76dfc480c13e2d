"""The shape of what is typed about questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from contest.questions.models import Question
from contest.questions.writing import LETTERS, ChoiceText, Wording

PLACES = [(str(place), letter) for place, letter in enumerate(LETTERS)]


class NoteForm(forms.Form):
    """What the writer is to change."""

    note = forms.CharField(label=_("What has to be changed"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class NothingMoreForm(forms.Form):
    """A page that only asks for a yes."""


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One wording of a question: its text, two to five choices, which are right, which stay last."""

    text = forms.CharField(label=_("Question text"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    explanation = forms.CharField(
        label=_("Explanation"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("Shown with the review, once the results are out."),
    )
    source = forms.CharField(
        label=_("Source"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        help_text=_("Document, article and clause, or an address."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    choice_0 = forms.CharField(label=_("Choice A"), required=False)
    choice_1 = forms.CharField(label=_("Choice B"), required=False)
    choice_2 = forms.CharField(label=_("Choice C"), required=False)
    choice_3 = forms.CharField(label=_("Choice D"), required=False)
    choice_4 = forms.CharField(label=_("Choice E"), required=False)
    right = forms.MultipleChoiceField(
        label=_("Right choices"),
        choices=PLACES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    last = forms.MultipleChoiceField(
        label=_("Choices that stay last"),
        choices=PLACES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Never shuffled away from the end, as “All of the above” must be."),
    )

    class Meta:
        model = Question
        fields = ("bank", "topic")

    def __init__(self, *args: Any, wording: Wording | None = None, seen: int | None = None, **kwargs: Any) -> None:
        """Begin with this wording, which is that of the version `seen`."""
        super().__init__(*args, **kwargs)
        if wording is None:
            return
        begun: dict[str, Any] = {
            "text": wording.text,
            "explanation": wording.explanation,
            "source": wording.source,
            "seen": seen,
        }
        begun |= {f"choice_{place}": choice.text for place, choice in enumerate(wording.choices)}
        begun["right"] = [str(place) for place, choice in enumerate(wording.choices) if choice.is_right]
        begun["last"] = [str(place) for place, choice in enumerate(wording.choices) if choice.is_last]
        self.initial.update(begun)

    def wording(self) -> Wording:
        """What was typed; empty choices at the end are none."""
        typed = self.cleaned_data
        choices = [
            ChoiceText(typed[f"choice_{place}"], str(place) in typed["right"], str(place) in typed["last"])
            for place in range(len(LETTERS))
        ]
        while choices and not any(choices[-1]):
            choices.pop()
        return Wording(typed["text"], tuple(choices), typed["explanation"], typed["source"])
