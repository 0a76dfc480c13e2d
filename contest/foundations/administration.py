"""What all pages of the admin have in common: whose rows they show, how they ask before they act, how they say no.

It knows no room. A room's admin names the QuerySet methods that narrow its rows to a person: `seen_by` to what they may
look at, `run_by` to what they may change. Django's permissions come first: offices give them (see rounds.entering).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import InvalidPage
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import decorators, widgets
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.sites import UnfoldAdminSite

from contest.foundations import language
from contest.foundations.refusing import Refused

LONGEST_KEPT = 4_500_000  # of a file between its preview and its import; the form may be 5 MB
LARGEST_UNPACKED = 20_000_000

Rows = models.QuerySet[Any]
Act = TypeVar("Act", bound=Callable[..., Any])


def display(**told: Any) -> Callable[[Act], Act]:
    """How a method is shown as a column or as a field; unfold's own, with types."""
    made: Callable[[Act], Act] = decorators.display(**told)
    return made


def action(**told: Any) -> Callable[[Act], Act]:
    """What makes a method a button with a page of its own; unfold's own, with types."""
    made: Callable[[Act], Act] = decorators.action(**told)
    return made


# --- The site --------------------------------------------------------------------------------------------------------
class Site(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """The admin site: what is chosen from a list is named as its own admin names it, since names of units repeat."""

    index_template = "admin/desk.html"
    index_title = gettext_lazy("Contest desk")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the desk opens: to staff who have something to do at it, which a judge has not."""
        return bool(super().has_permission(request)) and bool(request.user.get_all_permissions())

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages of our own stand here: those that packages bring along narrow nothing to anybody."""
        if admin_class is not None and issubclass(admin_class, BaseAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        """The view for those whom the desk lets in; a row that is not named by its number is not there."""

        @wraps(view)
        def numbered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "object_id" in kwargs and not is_number(str(kwargs["object_id"])):
                raise Http404
            return view(request, *args, **kwargs)

        return super().admin_view(numbered, cacheable)

    def get_urls(self) -> list[Any]:
        """The pages; but not the one that tells the address of whatever row of whatever table one asks for."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The pages of the desk that fit what is typed."""
        try:
            found: HttpResponse = super().search(request, extra_context)
        except InvalidPage:
            raise Http404 from None
        return found

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The groups of settings.DESK, with the models that the person may look at."""
        groups: list[dict[str, Any]] = []
        for title, models_of_group in settings.DESK:
            items = [self._link(request, label, icon) for label, icon in models_of_group]
            if shown := [item for item in items if item]:
                groups.append({"title": title, "separator": bool(groups), "items": shown})
        return groups

    def _link(self, request: HttpRequest, label: str, icon: str) -> dict[str, Any] | None:
        desk = self._registry.get(apps.get_model(label))
        if desk is None or not desk.has_view_permission(request):
            return None
        link = reverse(f"{self.name}:{label.replace('.', '_')}_changelist")
        title = capfirst(str(desk.opts.verbose_name_plural))
        return {
            "title": title,
            "icon": icon,
            "link": link,
            "active": request.path.startswith(link),
            "has_permission": True,
        }

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """The answers to what is typed into a field that looks rows up."""
        answer: Any = NamedLookup.as_view(admin_site=self)(request)
        return answer  # type: ignore[no-any-return]


def is_number(text: str) -> bool:
    """Whether it can be the number of a row."""
    return text.isascii() and text.isdigit() and len(text) < 19


class NamedLookup(AutocompleteJsonView):
    """Looks rows up for a field."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """One row, by the name that its admin gives it."""
        label = getattr(self.model_admin, "label_of", str)
        return {"id": str(getattr(obj, to_field_name)), "text": str(label(obj))}


# --- Fields ----------------------------------------------------------------------------------------------------------
class _Numbers:
    """A field that looks rows up, and shows nothing as chosen that can't be the number of a row."""

    def optgroups(self, name: str, value: Iterable[Any], attr: Any = None) -> Any:
        """The rows that are chosen."""
        return super().optgroups(name, [one for one in value if is_number(str(one))], attr)  # type: ignore[misc]


class Lookup(_Numbers, AutocompleteSelect):
    """Looks one row up."""


class Lookups(_Numbers, AutocompleteSelectMultiple):
    """Looks several rows up."""


class MomentInput(forms.DateTimeInput):
    """A moment on one line, "17:00 10/11/2024", with seconds only where there are some."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """A short line that says what it wants."""
        classes = " ".join(widgets.INPUT_CLASSES)
        super().__init__({"class": classes, "placeholder": gettext_lazy("hh:mm dd/mm/yyyy"), **(attrs or {})})

    def format_value(self, value: Any) -> Any:
        """The moment as people here write it."""
        if not isinstance(value, datetime):
            return value
        return value.strftime("%H:%M:%S %d/%m/%Y" if value.second else "%H:%M %d/%m/%Y")


class MomentField(forms.DateTimeField):
    """A moment, typed as MomentInput shows it, in whichever language the admin is read."""

    widget = MomentInput
    input_formats = (
        "%H:%M %d/%m/%Y", "%H:%M:%S %d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
    )  # fmt: skip


FIELDS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.DateTimeField: {"form_class": MomentField, "widget": MomentInput},
    models.TextField: {"widget": widgets.UnfoldAdminTextareaWidget(attrs={"rows": 4})},
    ArrayField: {"widget": widgets.UnfoldAdminTextInputWidget},
}


# --- Lists and forms -------------------------------------------------------------------------------------------------
class BaseAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A model in the admin: a person's own rows only, fifty a page, no count of a whole table, no deletion."""

    seen_by: ClassVar[str] = ""  # the QuerySet method that leaves the rows which a person may look at
    run_by: ClassVar[str] = ""  # the one that leaves the rows which a person may change; all that are seen, if empty
    folded: ClassVar[str] = ""  # the column of folded text that is searched; every word typed must occur in it
    for_administrators = False  # closed to all but platform administrators
    is_large = False  # pages without a count and without a last page
    may_add = True
    may_change = True
    may_delete = False

    formfield_overrides = FIELDS
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    list_fullwidth = True
    warn_unsaved_form = True
    list_disable_select_all = True
    show_facets = admin.ShowFacets.NEVER  # they count the whole table for every choice

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """The search box is there when there is something to search in."""
        super().__init_subclass__(**kwargs)
        if cls.folded:
            cls.search_fields = (cls.folded,)

    def get_paginator(self, request: HttpRequest, queryset: Rows, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """Pages of the list; of a large one without a count."""
        if self.is_large:
            return InfinitePaginator(queryset, per_page, *args, **kwargs)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Rows:
        """The rows that the person may look at."""
        rows: Rows = super().get_queryset(request)
        return getattr(rows, self.seen_by)(request.user) if self.seen_by else rows

    def get_search_results(self, request: HttpRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """The rows in which every word occurs, with or without diacritics."""
        if not self.folded:
            found: tuple[Rows, bool] = super().get_search_results(request, queryset, search_term)
            return found
        for word in language.sought(search_term):
            queryset = queryset.filter(**{f"{self.folded}__contains": word})
        return queryset, False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions on chosen rows; deleting is never one."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def label_of(self, obj: Any) -> str:
        """The name by which a row is chosen in other forms."""
        return str(obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field of the form, without links that open other rows beside it."""
        return _alone(super().formfield_for_dbfield(db_field, request, **kwargs))

    def view_on_site(self, obj: Any) -> str | None:
        """The page that everybody sees of the row, where there is one."""
        return str(obj.get_absolute_url()) if hasattr(obj, "get_absolute_url") else None

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field that chooses a row names it as its own admin does."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Lookup(db_field, self.admin_site))
        return _named(self.admin_site, super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field that chooses rows names them as their own admin does."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Lookups(db_field, self.admin_site))
        return _named(self.admin_site, super().formfield_for_manytomany(db_field, request, **kwargs))

    # Who may do what ---

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may look at the row, or at any."""
        return self._opens(request) and super().has_view_permission(request, obj) and _is_in(request, self.seen_by, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may add a row."""
        return self.may_add and self._opens(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change the row, or any."""
        return (
            self.may_change
            and self._opens(request)
            and super().has_change_permission(request, obj)
            and _is_in(request, self.run_by or self.seen_by, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may delete the row: hardly anything is ever deleted."""
        return (
            self.may_delete
            and self._opens(request)
            and super().has_delete_permission(request, obj)
            and _is_in(request, self.run_by or self.seen_by, obj)
        )

    def may_run(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the person may act on the row, though its fields may be closed to everybody."""
        opts = self.opts
        may: bool = request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")
        return may and self._opens(request) and _is_in(request, self.run_by or self.seen_by, obj)

    def _opens(self, request: HttpRequest) -> bool:
        return bool(not self.for_administrators or request.user.is_superuser)

    # Refusals ---

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form; what a rule refuses is told above it, with all that was typed still there and nothing saved."""
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            request.refusal = str(refusal)  # type: ignore[attr-defined]
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form's class; after a refusal, one that fails with it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", "")

        if not refusal:
            return form

        class Told(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                super().clean()
                raise ValidationError(refusal)

        return Told

    # Pages that ask before they act ---

    def shown(self, request: HttpRequest, object_id: str) -> Any:
        """The row that the person may look at; 404 when they may not."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return obj

    def chosen(self, request: HttpRequest, object_id: str) -> Any:
        """The row that the person may act on; 404 when they may not even see it, 403 when they may only look."""
        obj = self.shown(request, object_id)
        if not self.may_run(request, obj):
            raise PermissionDenied
        return obj

    def page_of(self, obj: Any = None) -> str:
        """The address of the row's page, or of the list."""
        names = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{names}_changelist") if obj is None else reverse(f"{names}_change", args=[obj.pk])

    def ask(
        self,
        request: HttpRequest,
        form: forms.Form,
        act: Callable[..., str | HttpResponse],
        *,
        title: str,
        obj: Any = None,
        explain: str = "",
        button: str = "",
        back: str = "",
        template: str = "admin/ask.html",
        context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """A page with a form that calls `act` with what was typed, then says what was done and goes back, or why not.

        `act` returns the sentence that tells what was done, or an answer of its own, such as a file.
        """
        back = back or self.page_of(obj)
        dress(form)
        if form.is_bound and form.is_valid():
            try:
                with transaction.atomic():
                    done = act(**form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                if isinstance(done, HttpResponse):
                    return done
                messages.success(request, done)
                return HttpResponseRedirect(back)
        told = {"form": form, "explain": explain, "button": button or _("Confirm"), "back": back, "original": obj}
        return self.page(request, template, title=title, **told, **(context or {}))

    def ask_of_chosen(
        self,
        request: HttpRequest,
        rows: Rows,
        form_class: type[forms.Form],
        act: Callable[..., Any],
        *,
        action: str,
        title: str,
        done: Callable[[int], str],
        explain: str = "",
    ) -> HttpResponse:
        """The same for the chosen rows of a list: `act(row, …)` for each of them, or for none when one is refused."""
        chosen = list(rows)
        for obj in chosen:
            if not self.may_run(request, obj):
                raise PermissionDenied

        def act_on_all(**typed: Any) -> str:
            for obj in chosen:
                try:
                    act(obj, **typed)
                except Refused as refusal:
                    raise Refused(f"{self.label_of(obj)}: {refusal}") from refusal
            return done(len(chosen))

        hidden = [("action", action), *((ACTION_CHECKBOX_NAME, obj.pk) for obj in chosen)]
        form = form_class(request.POST) if "asked" in request.POST else form_class()
        return self.ask(
            request, form, act_on_all, title=title, explain=explain, back=request.get_full_path(),
            context={"hidden": hidden, "chosen": [self.label_of(obj) for obj in chosen]},
        )  # fmt: skip

    def page(self, request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
        """A page of this model in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "media": self.media}
        return TemplateResponse(request, template, {**frame, **context})

    def take_file(
        self,
        request: HttpRequest,
        *,
        title: str,
        look: Callable[[bytes, str], Any],
        do: Callable[[bytes, str], str],
        template: str,
        back: str,
        columns: Iterable[tuple[str, str]] = (),
        explain: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """A file is shown row by row, and taken in when the person confirms; a refusal leaves it on the page.

        `look(data, name)` returns what the template shows as `preview`; `do(data, name)` returns what was done.
        """
        form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
        preview, refusal = None, ""
        if form.is_bound and form.is_valid():
            data, name = form.cleaned_data["content"], form.cleaned_data["name"]
            try:
                if "confirm" in request.POST:
                    messages.success(request, do(data, name))
                    return HttpResponseRedirect(back)
                preview = look(data, name)
            except Refused as told:
                refusal = str(told)
                if "confirm" in request.POST:
                    try:
                        preview = look(data, name)
                    except Refused as again:
                        refusal = str(again)
        dress(form)
        shown = {"form": form, "preview": preview, "refusal": refusal, "back": back, "columns": list(columns)}
        if preview is not None:
            shown["kept"] = keep(form.cleaned_data["content"])
            shown["name"] = form.cleaned_data["name"]
        return self.page(request, template, title=title, explain=explain, **shown, **(context or {}))


def _is_in(request: HttpRequest, narrowed: str, obj: Any) -> bool:
    """Whether the row is among those that the method leaves for the person; asked once a request."""
    if obj is None or not narrowed or obj.pk is None:
        return True
    known: dict[Any, bool] = request.__dict__.setdefault("desk_rows", {})
    key = (type(obj), narrowed, obj.pk)
    if key not in known:
        rows = getattr(type(obj)._default_manager.all(), narrowed)(request.user)
        known[key] = rows.filter(pk=obj.pk).exists()
    return known[key]


def look_up(field: forms.ModelChoiceField, like: models.Field[Any, Any]) -> None:  # type: ignore[type-arg]
    """The field of a page's form looks rows up as the model field `like` does in the admin."""
    several = isinstance(field, forms.ModelMultipleChoiceField)
    kind = Lookups if several else Lookup
    field.widget = kind(like, admin.site)
    field.widget.choices = field.choices
    _named(admin.site, field)


def _named(site: Any, field: Any) -> Any:
    if field is not None and getattr(field, "queryset", None) is not None:
        desk = site._registry.get(field.queryset.model)
        if isinstance(desk, BaseAdmin):
            field.label_from_instance = desk.label_of
    return field


def _alone(field: Any) -> Any:
    for way in ("add", "change", "delete", "view"):
        if hasattr(field, "widget") and hasattr(field.widget, f"can_{way}_related"):
            setattr(field.widget, f"can_{way}_related", False)
    return field


# --- Rows within a form ----------------------------------------------------------------------------------------------
class _WithParent:
    """Rows below a row: whoever may change the row above may change them, whoever may see it sees them."""

    formfield_overrides = FIELDS
    extra = 0
    is_closed = False  # to be looked at only
    may_add = True
    may_delete = True
    admin_site: Any
    parent_model: Any

    def _parent(self) -> BaseAdmin:
        found: BaseAdmin = self.admin_site._registry[self.parent_model]
        return found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the rows are shown."""
        return self._parent().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be added."""
        return self.may_add and self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be changed."""
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be taken away."""
        return self.may_delete and self._may(request, obj)

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        parent = self._parent()
        if self.is_closed:
            return False
        return parent.has_add_permission(request) if obj is None else parent.has_change_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field of the form, without links that open other rows beside it."""
        return _alone(super().formfield_for_dbfield(db_field, request, **kwargs))  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field that chooses a row names it as its own admin does."""
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", Lookup(db_field, self.admin_site))
        return _named(self.admin_site, super().formfield_for_foreignkey(db_field, request, **kwargs))  # type: ignore[misc]


class Lines(_WithParent, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows below a row, a line each."""

    hide_title = True


class Blocks(_WithParent, StackedInline):  # type: ignore[misc]  # unfold has no types
    """Rows below a row, a block each."""


# --- Forms -----------------------------------------------------------------------------------------------------------
class ReasonForm(forms.Form):
    """Why something is done to a person or an attempt: they are told, and it stands in the ledger."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class FileForm(forms.Form):
    """A file as it comes, or as it was kept on the page between its preview and its import."""

    file = forms.FileField(label=gettext_lazy("File"), required=False, widget=widgets.UnfoldAdminFileFieldWidget)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Adds `content`, the bytes, to the cleaned data."""
        cleaned = dict(super().clean() or {})
        file = cleaned.get("file")
        if isinstance(file, UploadedFile):
            if (file.size or 0) > LARGEST_UNPACKED:  # before it is read into memory
                raise ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": LARGEST_UNPACKED // 10**6})
            cleaned["content"], cleaned["name"] = file.read(), file.name or ""
        elif cleaned.get("kept"):
            cleaned["content"] = unkeep(cleaned["kept"])
        else:
            raise ValidationError(_("Choose a file."))
        if len(keep(cleaned["content"])) > LONGEST_KEPT:
            raise ValidationError(
                _("The file is too large for a preview here: split it, or ask the operator to import it.")
            )
        return cleaned


def keep(content: bytes) -> str:
    """The file as text for a hidden field."""
    return base64.b64encode(zlib.compress(content)).decode()


def unkeep(kept: str) -> bytes:
    """The file again; refuses what was not made by `keep`, or unpacks to too much."""
    broken = ValidationError(_("The file did not come through whole: choose it again."))
    packed = zlib.decompressobj()
    try:
        content = packed.decompress(base64.b64decode(kept, validate=True), LARGEST_UNPACKED)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise broken from error
    if packed.unconsumed_tail:
        raise ValidationError(
            _("The file is too large for a preview here: split it, or ask the operator to import it.")
        )
    if not packed.eof:
        raise broken
    return content


def dress(form: forms.Form) -> forms.Form:
    """The form's fields look like those of the admin."""
    for field in form.fields.values():
        dress_field(field)
    return form


def dress_field(field: forms.Field) -> None:
    """The field looks like one of the admin; once is enough."""
    if "data-dressed" not in field.widget.attrs:
        classes = next((names for kind, names in _LOOKS if isinstance(field.widget, kind)), widgets.INPUT_CLASSES)
        field.widget.attrs["class"] = " ".join(filter(None, [field.widget.attrs.get("class", ""), *classes]))
        field.widget.attrs["data-dressed"] = ""
        if type(field.widget) is forms.Select:
            field.widget.template_name = widgets.UnfoldAdminSelectWidget.template_name


_LOOKS: list[tuple[type[forms.Widget], list[str]]] = [
    (forms.HiddenInput, []),
    (forms.CheckboxSelectMultiple, []),
    (forms.RadioSelect, []),
    (AutocompleteSelect, []),
    (AutocompleteSelectMultiple, []),
    (forms.CheckboxInput, widgets.CHECKBOX_CLASSES),
    (forms.Textarea, widgets.TEXTAREA_CLASSES),
    (forms.Select, widgets.SELECT_CLASSES),
]
