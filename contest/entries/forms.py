"""What the form of an entry sends, read: what a call asks for is data, so fields are named by the ids of sections."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from accounts.models import Unit
from accounts.units import Place
from contest.entries.models import Call, Form, Kind, Section

MOST = 60  # rows of one list that are read
PERSON = {"autocomplete": "off", "spellcheck": "false"}


def data_of(sent: QueryDict, call: Call) -> dict[str, Any]:
    """What `writing.save` takes, of the fields that were sent; a box that is not ticked is sent by its `has_` alone."""
    data: dict[str, Any] = {name: sent[name] for name in ("title", "form") if name in sent}
    for name in ("category", "unit", "lead"):
        if name in sent:
            data[name] = number(str(sent[name]))
    data["answers"] = {
        section.pk: answer_of(sent, section)
        for section in call.sections.all()
        if f"s{section.pk}" in sent or f"s{section.pk}.what" in sent
    }
    if "link_url" in sent:
        titles, urls = sent.getlist("link_title"), sent.getlist("link_url")
        data["links"] = [{"title": title, "url": url} for title, url in list(zip(titles, urls, strict=False))[:MOST]]
    if "author" in sent:
        data["authors"] = [_author(sent, pk) for text in sent.getlist("author")[:MOST] if (pk := number(text))]
    for name in ("undertaken", "may_show"):
        if f"has_{name}" in sent:
            data[name] = name in sent
    return data


def answer_of(sent: QueryDict, section: Section) -> Any:
    """What was written into a section."""
    name = f"s{section.pk}"
    if section.type != Section.Type.FIGURES:
        return sent.get(name, "")
    columns = [sent.getlist(f"{name}.{part}")[:MOST] for part in ("what", "before", "after")]
    return [dict(zip(("what", "before", "after"), row, strict=True)) for row in zip(*columns, strict=False)]


def _author(sent: QueryDict, pk: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": pk}
    if f"a{pk}.role" in sent:
        row["role"] = sent[f"a{pk}.role"]
    if f"a{pk}.share" in sent:
        row["share"] = percent(str(sent[f"a{pk}.share"]))
    return row


def number(text: str) -> int | None:
    """The number of a row, if it can be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def percent(text: str) -> int | None:
    """A whole percentage as typed; None for what is none, which is told as missing."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*%?\s*", text, re.ASCII)
    return int(found[1]) if found and int(found[1]) <= 100 else None


class BeginForm(forms.Form):
    """As what somebody enters, with which kind of entry, and for which unit."""

    kind = forms.ModelChoiceField(Kind.objects.none(), label=gettext_lazy("Kind of entry"), empty_label=None)
    form = forms.ChoiceField(label=gettext_lazy("Handed in as"))
    title = forms.CharField(label=gettext_lazy("Title, if it is known already"), max_length=250, required=False)
    unit = forms.TypedChoiceField(label=gettext_lazy("Unit"), required=False, coerce=int, empty_value=None)

    def __init__(self, call: Call, allowed: list[Form], places: list[Place], *args: Any, **kwargs: Any) -> None:
        """What this person may choose."""
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.queryset = call.kinds.all()
        choices: Any = self.fields["form"]
        choices.choices = [(form.value, form.label) for form in allowed]
        units: Any = self.fields["unit"]
        units.choices = [(place.unit.pk, str(place)) for place in places]
        self.places = {place.unit.pk: place.unit for place in places}

    def clean_unit(self) -> Unit | None:
        """The unit that was chosen."""
        return self.places.get(self.cleaned_data["unit"])


class AuthorForm(forms.Form):
    """Who is to be named as an author."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(PERSON))
    number = forms.CharField(max_length=40, required=False, widget=forms.TextInput(PERSON))


class WithdrawForm(forms.Form):
    """Why an entry is withdrawn."""

    reason = forms.CharField(max_length=500, required=False)
