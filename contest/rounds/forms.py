"""The shape of what people send to the room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from contest.foundations import language
from contest.rounds.models import ConsentText


class ConsentsForm(forms.Form):
    """One box for each text, never ticked beforehand; what is needed to take part must be ticked."""

    def __init__(self, texts: Sequence[ConsentText], *args: Any, **kwargs: Any) -> None:
        """A form that asks for these."""
        super().__init__(*args, **kwargs)
        self.texts = texts
        for text in texts:
            self.fields[f"text_{text.pk}"] = forms.BooleanField(
                label=text.get_kind_display(),
                required=text.is_required,
                error_messages={"required": _("This consent is needed to take part.")},
            )

    def agreed(self) -> list[ConsentText]:
        """The texts whose boxes were ticked."""
        return [text for text in self.texts if self.cleaned_data[f"text_{text.pk}"]]

    def rows(self) -> list[tuple[ConsentText, forms.BoundField]]:
        """Each text with its box."""
        return [(text, self[f"text_{text.pk}"]) for text in self.texts]


class UnitForm(forms.Form):
    """A unit, found by what is typed and then chosen."""

    unit_text = forms.CharField(label=_("Your unit"), max_length=200, required=False)
    unit = forms.CharField(max_length=20, required=False)  # an id; what BelongingForm takes besides is NONE

    NONE = "none"
    none_fits = False

    def clean(self) -> dict[str, Any]:
        """One that is there."""
        given: dict[str, Any] = super().clean() or {}
        chosen = given.get("unit", "")
        given["chosen"] = Unit.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        if given["chosen"] is None and not (self.none_fits and chosen == self.NONE):
            self.add_error("unit_text", self.sentence())
        return given

    def sentence(self) -> str:
        """What to do when no unit is chosen."""
        return gettext("Search for the unit and choose it.")

    def chosen(self) -> Unit | None:
        """The unit that was chosen."""
        unit: Unit | None = self.cleaned_data["chosen"]
        return unit


class BelongingForm(UnitForm):
    """A unit of the list, or none of them and what the person calls theirs."""

    none_fits = True

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = super().clean()
        if given.get("unit") == self.NONE and not given.get("unit_text"):
            self.add_error("unit_text", gettext("Write what your unit is called, so that it can be found."))
        return given

    def sentence(self) -> str:
        """What to do when neither is chosen."""
        return gettext("Search for your unit and choose it, or say that it is not on the list.")

    def claim(self) -> str:
        """What the unit is called, where none was chosen."""
        return "" if self.chosen() else str(self.cleaned_data["unit_text"])


class RegistrationForm(BelongingForm):
    """What someone says of themselves; every number and date is read as people write it."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}),
        help_text=_("As on your papers, with all diacritics."),
    )  # fmt: skip
    birth = forms.CharField(
        label=_("Date of birth, or the year"), max_length=20, help_text=_("Such as 02/09/1975, or 1975."),
        widget=forms.TextInput({"autocomplete": "bday", "inputmode": "text"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), max_length=20, help_text=_("Several people may share one phone."),
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    citizen_number = forms.CharField(
        label=_("Citizen number"), max_length=20, required=False,
        help_text=_("12 digits. It tells you from others of your name, and is kept encrypted."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("To get in by a code when the slip is lost."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    is_party_member = forms.TypedChoiceField(
        label=_("Are you a member of the Party?"), choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    is_somebody_else = forms.BooleanField(label=_("I am somebody else, and go on registering"), required=False)
    website = forms.CharField(required=False)  # people do not see it; programs fill it in

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """A form on this day."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_full_name(self) -> str:
        """The name in the form that is kept."""
        name = language.clean(self.cleaned_data["full_name"])
        if encoding := language.legacy_encoding(self.cleaned_data["full_name"]):
            raise ValidationError(
                _("This is written in the old encoding %(name)s: type it in Unicode."), params={"name": encoding}
            )
        if not any(c.isalpha() for c in name) or any(c.isdigit() for c in name):
            raise ValidationError(_("Type your full name, in letters."))
        return name

    def clean_birth(self) -> tuple[int, date | None]:
        """The year, and the date where it is given."""
        try:
            return language.birth(self.cleaned_data["birth"], today=self.today)
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad

    def clean_phone(self) -> str:
        """Ten digits."""
        try:
            return language.phone(self.cleaned_data["phone"])
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad

    def clean_citizen_number(self) -> str:
        """Twelve digits, or nothing."""
        try:
            return (
                language.citizen_number(self.cleaned_data["citizen_number"])[0]
                if self.cleaned_data["citizen_number"]
                else ""
            )
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad

    def clean_email(self) -> str:
        """In lower case, as it is kept."""
        return str(self.cleaned_data["email"]).lower()

    def clean_website(self) -> str:
        """Nothing."""
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave this field empty."))
        return ""

    def person(self) -> dict[str, Any]:
        """What the person said of themselves, for the rule."""
        year, day = self.cleaned_data["birth"]
        kept = ("full_name", "phone", "citizen_number", "email", "is_party_member")
        return {name: self.cleaned_data[name] for name in kept} | {"birth_year": year, "birth_date": day}
