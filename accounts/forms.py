"""The shape of what is typed to sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, ConfirmPasswordResetCodeForm
from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import guarding
from contest.foundations import language


class SignInForm(forms.Form):
    """A number that the unit knows the person by, and the code of the slip."""

    identifier = forms.CharField(
        label=_("Card number, phone number or citizen number"),
        max_length=40,
        help_text=_("Any of the three that your unit knows. One of them is printed on the slip."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Personal code"),
        max_length=40,
        help_text=_(
            "8 characters in the golden frame of the slip, in capitals or not. The code never has 0, 1, I, L or O."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    own_device = forms.BooleanField(
        label=_("This is my own device: keep me signed in"),
        required=False,
    )

    def clean_code(self) -> str:
        """The code without its dash, in capitals."""
        try:
            return language.typed_code(self.cleaned_data["code"])
        except language.BadInput as problem:
            raise forms.ValidationError(str(problem)) from problem


class CountedCode:
    """A code from an e-mail; a wrong one counts on the whole site as a wrong code of a slip does."""

    def clean_code(self) -> Any:
        """The code, if it is the one that was sent."""
        try:
            return super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            guarding.count(context.request.now)
            raise


class LoginCodeForm(CountedCode, ConfirmLoginCodeForm):  # type: ignore[misc]
    """The code that signs in."""


class PasswordCodeForm(CountedCode, ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that lets a new password be set."""
