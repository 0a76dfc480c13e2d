"""What organizers type to build a call: what it must be like is the rule's to say, each sentence at its field."""

from __future__ import annotations

import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from contest.entries import calling
from contest.entries.models import Call, Category, Form, Kind, Section
from contest.foundations import language


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        """A box of two lines, which can be drawn larger."""
        super().__init__(**{"widget": UnfoldAdminTextareaWidget(attrs={"rows": 2}), "required": False, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """The texts below each other."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The texts, clean and without empty ones."""
        if isinstance(value, list):
            return value
        return [text for line in str(value or "").splitlines() if (text := language.clean(line))]

    def validate(self, value: Any) -> None:
        """None of them longer than a choice may be."""
        if any(len(text) > 120 for text in value):
            raise ValidationError(_("A choice has at most 120 characters."))

    def run_validators(self, value: Any) -> None:
        """Those of one text have nothing to say about a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another list."""
        return bool(self.to_python(initial or []) != self.to_python(data))


class CallForm(forms.ModelForm):  # type: ignore[type-arg]
    """The call itself."""

    use = calling.Use()

    class Meta:
        model = Call
        fields = (
            "round", "intro", "forms", "most_authors", "registration_closes_at", "most_entries", "needs_confirmation",
            "undertaking", "most_documents", "document_mb", "most_images", "image_mb", "most_links", "asks_to_show",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Who hands in is ticked."""
        super().__init__(*args, **kwargs)
        self.before = copy.copy(self.instance) if self.instance.pk else None
        if "forms" in self.fields:
            given = self.fields["forms"]
            self.fields["forms"] = forms.MultipleChoiceField(
                label=given.label, initial=given.initial, choices=Form.choices, required=False,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            )  # fmt: skip

    def _post_clean(self) -> None:
        """What the rule finds, each at its field."""
        super()._post_clean()  # type: ignore[misc]
        for name, sentence in calling.wrong_with(self.instance, self.before, self.use).items():
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, sentence)


class _RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of a call."""

    use = calling.Use()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """With the row as it stands."""
        super().__init__(*args, **kwargs)
        self.before = copy.copy(self.instance) if self.instance.pk else None

    def refuse_deletion(self, sentence: str) -> None:
        """The row stays: it is as if nobody had ticked the box, and said why."""
        if self.cleaned_data.get(DELETION_FIELD_NAME):
            self.cleaned_data[DELETION_FIELD_NAME] = False
            self.add_error("title", sentence)


class KindForm(_RowForm):
    """A kind of entry; its letters stay once entries are named by them."""

    class Meta:
        model = Kind
        fields = ("order", "title", "letters")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Letters that codes begin with are only shown."""
        super().__init__(*args, **kwargs)
        if "letters" in self.fields and self.instance.last_number:
            self.fields["letters"].disabled = True

    def clean_letters(self) -> str:
        """In capitals, however they were typed."""
        return str(self.cleaned_data["letters"]).upper()

    def clean(self) -> dict[str, Any]:
        """A kind in use stays."""
        super().clean()
        if self.instance.pk in self.use.kinds or self.instance.last_number:
            self.refuse_deletion(_("There are entries of the kind “%(kind)s”: it stays.") % {"kind": self.instance})
        return self.cleaned_data


class CategoryForm(_RowForm):
    """A field that entries are about."""

    class Meta:
        model = Category
        fields = ("order", "title")

    def clean(self) -> dict[str, Any]:
        """A category in use stays."""
        super().clean()
        if self.instance.pk in self.use.categories:
            self.refuse_deletion(_("There are entries about “%(field)s”: it stays.") % {"field": self.instance})
        return self.cleaned_data


class SectionForm(_RowForm):
    """A part of the form."""

    choices = LinesField(label=gettext_lazy("Choices"), help_text=gettext_lazy("Of a choice: one a line."))

    class Meta:
        model = Section
        fields = ("order", "title", "hint", "type", "choices", "least", "most", "is_required", "is_secret")

    def clean(self) -> dict[str, Any]:
        """A section that people have written into stays."""
        super().clean()
        if self.instance.pk in self.use.sections:
            self.refuse_deletion(_("People have written into “%(section)s”: it stays.") % {"section": self.instance})
        return self.cleaned_data

    def validate_constraints(self) -> None:
        """The rule compares the least with the most, and says so at the field."""

    def _post_clean(self) -> None:
        """What the rule finds, each at its field."""
        super()._post_clean()  # type: ignore[misc]
        if self.cleaned_data.get(DELETION_FIELD_NAME):
            return
        for name, sentence in calling.wrong_with_section(self.instance, self.before, self.use).items():
            if name not in self.errors and name in self.fields:
                self.add_error(name, sentence)


class KindFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The kinds of a call: one at least, each with letters of its own."""

    def clean(self) -> None:
        """A sentence where it can't be right."""
        super().clean()
        seen: set[str] = set()
        standing = [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data.get("title")]
        if not standing and not any(form.errors for form in self.forms):
            raise ValidationError(_("A call asks for one kind of entry at least."))
        for form in standing:
            letters = form.cleaned_data.get("letters", "")
            if letters in seen:
                form.add_error("letters", _("Another kind has these letters."))
            seen.add(letters)

    def validate_unique(self) -> None:
        """Letters are compared above."""
