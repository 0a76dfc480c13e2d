"""The shape of what is typed to sign in."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as by_email
from allauth.account.fields import EmailField, SetPasswordField
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
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


class Plain:
    """A form of allauth as ours are: each field has its label and nothing written inside."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The fields as they are shown here."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            if isinstance(field, EmailField):
                field.label = _("E-mail address")
            elif isinstance(field, SetPasswordField):
                field.help_text = _("At least 10 characters, and none of the passwords that everyone uses.")


class PasswordSignInForm(Plain, by_email.LoginForm):  # type: ignore[misc]
    """E-mail address and password."""


class AskCodeForm(Plain, by_email.RequestLoginCodeForm):  # type: ignore[misc]
    """Where the code to sign in goes."""


class AskPasswordCodeForm(Plain, by_email.ResetPasswordForm):  # type: ignore[misc]
    """Where the code for a new password goes."""


class NewPasswordForm(Plain, by_email.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password of somebody who forgot theirs."""


class ChangePasswordForm(Plain, by_email.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""


class SetPasswordForm(Plain, by_email.SetPasswordForm):  # type: ignore[misc]
    """The first password."""


class StillMeForm(Plain, by_email.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class SecondFactorForm(Plain, second_factor.AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code."""


class StillMeBySecondFactorForm(Plain, second_factor.ReauthenticateForm):  # type: ignore[misc]
    """A code of the app once more."""


class SetUpForm(Plain, ActivateTOTPForm):  # type: ignore[misc]
    """The first code that the app shows."""


class CountedCode(Plain):
    """A code from an e-mail; a wrong one counts on the whole site as a wrong code of a slip does."""

    def clean_code(self) -> Any:
        """The code, if it is the one that was sent."""
        try:
            return super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            guarding.count(context.request.now)
            raise


class LoginCodeForm(CountedCode, by_email.ConfirmLoginCodeForm):  # type: ignore[misc]
    """The code that signs in."""


class PasswordCodeForm(CountedCode, by_email.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that lets a new password be set."""
