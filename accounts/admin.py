"""The desk of people and units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from contest.foundations import language


class PersonField(forms.ModelChoiceField):
    """Finds one person by e-mail address, phone number or party card, so that nobody has to browse all people."""

    def __init__(self, **kwargs: Any) -> None:
        """A field for one line of text."""
        label = kwargs.pop("label", _("Person"))
        help_text = kwargs.pop("help_text", _("E-mail address, phone number or party card."))
        super().__init__(
            User.objects.all(), widget=UnfoldAdminTextInputWidget(), label=label, help_text=help_text, **kwargs
        )

    def to_python(self, value: Any) -> User | None:
        """The person who has this address or number."""
        typed = language.clean(str(value or ""))
        if not typed:
            return None
        found = User.objects.filter(is_active=True)
        if "@" in typed:
            people = found.filter(email__iexact=typed)
        else:
            try:
                people = found.filter(phone=language.phone(typed))
            except language.BadInput:
                people = found.filter(party_card__iexact=typed)
        matching: list[User] = list(people[:2])
        if not matching:
            raise ValidationError(_("Nobody here has this address or number."))
        if len(matching) > 1:
            raise ValidationError(_("Several people have this number: use the e-mail address or the party card."))
        return matching[0]

    def prepare_value(self, value: Any) -> Any:
        """The address or number of a person that is chosen already."""
        if not value or isinstance(value, str):
            return value
        user = value if isinstance(value, User) else User.objects.filter(pk=value).first()
        return (user.email or user.party_card or user.phone) if user else value
