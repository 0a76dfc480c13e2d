"""What organizers type about judging: rubrics line by line, reasons, and whom a decision is about."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contest.foundations import language
from contest.foundations.administration import ReasonForm
from contest.judging.models import Assignment, Criterion, Level, Seat
from contest.judging.rubrics import Draft, LevelDraft
from contest.rounds.models import Office


# --- Rubrics ---------------------------------------------------------------------------------------------------------
class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One line of a rubric; what it must be like is the rule's to say, over all lines at once."""

    part_of = forms.CharField(
        label=gettext_lazy("part of"), max_length=6, required=False,
        help_text=gettext_lazy("The code of the criterion above; empty for those of the highest level."),
    )  # fmt: skip
    levels_text = forms.CharField(
        label=gettext_lazy("levels"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line, from so many points on: 8 = Good | what such an entry is like."),
    )  # fmt: skip

    class Meta:
        model = Criterion
        fields = (
            "code", "title", "description", "maximum", "step", "order", "comment_at_zero", "comment_at_maximum",
            "comment_always",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """With the line above and the levels as they would be typed."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["part_of"] = self.instance.parent.code if self.instance.parent else ""
            self.initial["levels_text"] = "\n".join(map(typed_level, self.instance.levels.all()))

    def clean_levels_text(self) -> list[LevelDraft]:
        """The levels."""
        lines = self.cleaned_data["levels_text"].splitlines()
        return [level_of(line) for line in lines if line.strip()]

    def validate_unique(self) -> None:
        """Codes are compared by the rule, over all lines as they are typed."""

    def validate_constraints(self) -> None:
        """Maxima and steps are checked by the rule, which says what is wrong."""

    def draft(self) -> Draft:
        """The line as it was typed."""
        typed = self.cleaned_data
        return Draft(
            code=typed["code"].strip(), title=language.clean(typed["title"]), maximum=typed["maximum"],
            step=typed["step"], part_of=typed["part_of"].strip(), description=language.clean(typed["description"]),
            comment_at_zero=typed["comment_at_zero"], comment_at_maximum=typed["comment_at_maximum"],
            comment_always=typed["comment_always"], levels=typed["levels_text"], pk=self.instance.pk,
        )  # fmt: skip


class CriterionFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """All lines of a rubric."""

    new_objects: list[Any]
    changed_objects: list[Any]
    deleted_objects: list[Any]

    def validate_unique(self) -> None:
        """Codes are compared by the rule."""

    def drafts(self) -> list[Draft]:
        """The lines that are to be there, in their order; nothing is saved here."""
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        there: list[Any] = [
            form for form in self.forms
            if form not in self.deleted_forms and (form.instance.pk or form.has_changed())
        ]  # fmt: skip
        ordered = sorted(enumerate(there), key=lambda pair: (pair[1].cleaned_data.get("order") or 0, pair[0]))
        return [form.draft() for _place, form in ordered]


def typed_level(level: Level) -> str:
    """A level as it is typed: 8 = Good | what such an entry is like."""
    end = f" | {level.description}" if level.description else ""
    return f"{language.decimal(level.points)} = {level.title}{end}"


def level_of(line: str) -> LevelDraft:
    """The level that a line describes."""
    found = re.fullmatch(r"\s*([\d.,]{1,8})\s*[=:]\s*([^|]+?)\s*(?:\|\s*(.*?))?\s*", line)
    try:
        if found is None:
            raise InvalidOperation
        points = Decimal(found[1].replace(",", "."))
    except InvalidOperation:
        raise ValidationError(
            _("“%(line)s” is no level: type points = title | description.") % {"line": line}
        ) from None
    return LevelDraft(points, language.clean(found[2])[:80], language.clean(found[3] or "")[:500])


# --- Decisions -------------------------------------------------------------------------------------------------------
class SeatReasonForm(ReasonForm):
    """Which judge, and why."""

    seat = forms.ModelChoiceField(Seat.objects.none(), label=gettext_lazy("Judge"))
    field_order = ("seat", "reason")


class SheetReasonForm(ReasonForm):
    """Which judge's sheet, and why."""

    assignment = forms.ModelChoiceField(Assignment.objects.none(), label=gettext_lazy("Judge"))
    field_order = ("assignment", "reason")


class FurtherJudgeForm(forms.Form):
    """Who marks an entry as well."""

    seat = forms.ModelChoiceField(
        Seat.objects.none(), label=gettext_lazy("Judge"), required=False,
        help_text=gettext_lazy("Empty: whoever may mark it and has the fewest entries."),
    )  # fmt: skip


# --- Panels ----------------------------------------------------------------------------------------------------------
class SeatForm(forms.ModelForm):  # type: ignore[type-arg]
    """A judge's seat; once entries were assigned to it, it is nobody else's, since its sheets would be theirs too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The judge is shown and not typed where entries were assigned."""
        super().__init__(*args, **kwargs)
        self.fields["user"].disabled = bool(getattr(self.instance, "has_entries", False))

    def clean(self) -> dict[str, Any]:
        """Refuses whoever is no judge in the contest of the panel; a new panel says it beside its seats."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        user, panel = typed.get("user"), typed.get("panel")
        if user and panel and panel.stage_id and "user" in self.changed_data:
            held = Office.objects.filter(role=Office.Role.JUDGE, contest__rounds__stages=panel.stage_id, user=user)
            if not held.exists():
                self.add_error("user", _("%(name)s is no judge of this contest.") % {"name": user})
        return typed
