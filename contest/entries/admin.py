"""The desk of entries: the calls and what they ask for, and the secretariat's desk with all that came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget

from accounts.admin import PersonField
from accounts.models import Unit, User
from contest.entries import calling, dossier, exporting, intake, reading, writing
from contest.entries.call_forms import CallForm, CategoryForm, KindForm, KindFormSet, SectionForm
from contest.entries.likeness_admin import LikenessAdmin, traces_page
from contest.entries.models import Call, Category, Entry, Form, Kind, Section
from contest.foundations.administration import (
    BaseAdmin,
    Blocks,
    Lines,
    MomentField,
    ReasonForm,
    action,
    display,
    look_up,
)
from contest.rounds.admin import BelowFilter, ContestFilter
from contest.rounds.models import Round

__all__ = ["CallAdmin", "EntryAdmin", "LikenessAdmin"]

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def title_of(call: Call) -> str:
    """A call with its contest, since rounds of several contests have the same titles."""
    contest = call.round.contest
    return f"{contest.short_title or contest.title}: {call.round.title}"


# --- Calls -----------------------------------------------------------------------------------------------------------
def _use(request: Any, call: Call | None) -> calling.Use:
    """What of the call is in use; asked once a request."""
    if call is None or call.pk is None:
        return calling.Use()
    known: dict[int, calling.Use] = request.__dict__.setdefault("desk_uses", {})
    if call.pk not in known:
        known[call.pk] = calling.use_of(call)
    return known[call.pk]


class _OfCall:
    """Rows of a call, whose forms know what of it is in use."""

    def get_formset(self, request: Any, obj: Call | None = None, **kwargs: Any) -> Any:
        """The rows' forms."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form.use = _use(request, obj)
        return formset


class KindLines(_OfCall, Lines):
    """The kinds of entries; the letters of each begin the codes."""

    model = Kind
    form = KindForm
    formset = KindFormSet
    extra = 0
    min_num = 1
    fields = ("order", "title", "letters")
    verbose_name_plural = gettext_lazy("Kinds of entries")


class CategoryLines(_OfCall, Lines):
    """The fields that an entry can be about."""

    model = Category
    form = CategoryForm
    fields = ("order", "title")
    verbose_name_plural = gettext_lazy("Categories (without any, nothing is asked)")


class SectionBlocks(_OfCall, Blocks):
    """The parts of the form, in their order."""

    model = Section
    form = SectionForm
    formset = BaseInlineFormSet
    fields = (("order", "type"), "title", "hint", "choices", ("least", "most"), ("is_required", "is_secret"))
    verbose_name_plural = gettext_lazy("Sections of the form")


class RoundContestFilter(ContestFilter):
    """Rows of the rounds of one contest."""

    path = "round__contest"


@admin.register(Call)
class CallAdmin(BaseAdmin):
    """What rounds ask for: who hands in what, in which form, with which files and by when."""

    seen_by = "watched_by"
    run_by = "run_by"
    form = CallForm
    list_display = ("title", "contest", "opens_at", "closes_at", "registered", "handed_in")
    list_display_links = ("title",)
    list_select_related = ("round__contest",)
    list_filter = (RoundContestFilter,)
    ordering = ("-round__contest", "round__order")
    change_form_before_template = "entries/desk_call.html"
    inlines = (KindLines, CategoryLines, SectionBlocks)
    readonly_fields = ("window", "eligible")
    actions_detail = ("preview", "entries", "public_page", "round_page")
    fieldsets = (
        ("", {"fields": ("round", ("window", "eligible"), "intro")}),
        (
            gettext_lazy("Who hands in"),
            {
                "fields": (
                    "forms", ("most_authors", "most_entries"), "registration_closes_at",
                    ("needs_confirmation", "asks_to_show"), "undertaking",
                )
            },
        ),
        (
            gettext_lazy("Files and links"),
            {
                "fields": (
                    ("most_documents", "document_mb"), ("most_images", "image_mb"), "most_links",
                ),
                "description": gettext_lazy("Documents are PDF, DOCX, XLSX, PPTX; pictures are JPG, PNG. 0: none."),
            },
        ),
    )  # fmt: skip

    def label_of(self, obj: Any) -> str:
        """With its contest."""
        return title_of(obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        """Calls with what their list counts."""
        rows: QuerySet[Call] = super().get_queryset(request)
        return calling.counted(rows) if request.path == self.page_of() else rows.select_related("round__contest")

    def get_readonly_fields(self, request: Any, obj: Call | None = None) -> Sequence[str]:
        """A call stays with its round; what people have declared stays as they read it."""
        use = _use(request, obj)
        shown = [*self.readonly_fields, *(["round"] if obj else [])]
        return [*shown, *(["undertaking"] if use.is_undertaken else [])]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows what is in use."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.use = _use(request, obj)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Rounds of the person's contests that take entries and have no call yet."""
        if db_field.name == "round":
            rows = Round.objects.run_by(request.user).exclude(kind=Round.Kind.QUIZ).filter(call=None)
            kwargs["queryset"] = rows.select_related("contest").order_by("-contest", "order")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "round":
            field.label_from_instance = lambda row: f"{row.contest.short_title or row.contest.title}: {row.title}"
        return field

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The call; what keeps people from entering, and what can't be changed any more, stand above it."""
        call = self.get_object(request, object_id)
        if call is not None:
            told = {"problems": calling.problems(call, now=request.now), "use": _use(request, call)}
            extra_context = {**(extra_context or {}), **told, "counts": reading.counts(call), "title": title_of(call)}
        return super().change_view(request, object_id, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: Call, post_url_continue: str | None = None) -> HttpResponse:
        """On to the new call, to look at its preview."""
        messages.success(request, _("The call is there. See in the preview how entrants will see its form."))
        return HttpResponseRedirect(self.page_of(obj))

    @display(description=gettext_lazy("Round"), ordering="round__title")
    def title(self, call: Call) -> str:
        """The round."""
        return call.round.title

    @display(description=gettext_lazy("Contest"))
    def contest(self, call: Call) -> str:
        """The round's contest."""
        return call.round.contest.short_title or call.round.contest.title

    @display(description=gettext_lazy("opens at"), ordering="round__opens_at")
    def opens_at(self, call: Call) -> str:
        """From when on entries are taken."""
        return _moment(call.round.opens_at)

    @display(description=gettext_lazy("closes at"), ordering="round__closes_at")
    def closes_at(self, call: Call) -> str:
        """Until when."""
        return _moment(call.round.closes_at)

    @display(description=gettext_lazy("Registered"))
    def registered(self, call: Any) -> int:
        """How many entries were begun."""
        return int(call.n_registered)

    @display(description=pgettext_lazy("state", "Handed in"))
    def handed_in(self, call: Any) -> int:
        """How many were handed in."""
        return int(call.n_handed_in)

    @display(description=gettext_lazy("Entries are taken"))
    def window(self, call: Call) -> str:
        """From when to when; the round's page sets it."""
        if not call.pk:
            return _("From the opening of the round to its close.")
        return f"{_moment(call.round.opens_at)} – {_moment(call.round.closes_at)}"

    @display(description=gettext_lazy("Which units and people"))
    def eligible(self, call: Call) -> str:
        """Who may enter; the round's page sets it."""
        if not call.pk:
            return _("As the round's page says.")
        units = ", ".join(unit.name for unit in call.round.units.all()[:10]) or _("All units of the contest")
        return f"{call.round.get_who_display()}. {units}"

    @action(description=gettext_lazy("Preview the form"), url_path="preview", icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form as entrants see it; nothing of it is saved."""
        call = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("call_preview", args=[call.round.contest.slug, call.round.order]))

    @action(description=gettext_lazy("Entries"), url_path="entries", icon="inbox")
    def entries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What came in."""
        call = self.shown(request, object_id)
        return HttpResponseRedirect(f"{reverse('admin:entries_entry_changelist')}?call={call.pk}")

    @action(description=gettext_lazy("Page of the call"), url_path="page", icon="open_in_new")
    def public_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page from which people enter."""
        call = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("call", args=[call.round.contest.slug, call.round.order]))

    @action(description=gettext_lazy("Round"), url_path="round", icon="event")
    def round_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The round, with its moments and who may enter it."""
        call = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("admin:rounds_round_change", args=[call.round_id]))


def _moment(at: datetime | None) -> str:
    """A moment as the columns of models show it: "17:00 10/11/2024"."""
    return f"{localtime(at):%H:%M %d/%m/%Y}" if at else "–"


# --- The intake desk: what is filtered -------------------------------------------------------------------------------
def kinds_of(request: Any) -> list[Kind]:
    """The kinds of entries of the contests that the person organizes or observes; read once a request."""
    known: list[Kind] | None = request.__dict__.get("desk_kinds")
    if known is None:
        rows = Kind.objects.filter(call__in=Call.objects.watched_by(request.user))
        rows = rows.select_related("call__round__contest").order_by("-call__round__contest", "call__round__order")
        known = request.__dict__["desk_kinds"] = list(rows.order_by(*rows.query.order_by, "order", "pk"))
    return known


class CallFilter(admin.SimpleListFilter):
    """Entries of one call."""

    title = gettext_lazy("call for entries")
    parameter_name = "call"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The calls of the person's contests."""
        return {str(kind.call_id): title_of(kind.call) for kind in kinds_of(request)}.items()

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The call's entries."""
        rounds = {str(kind.call_id): kind.call.round_id for kind in kinds_of(request)}
        return queryset.filter(round=rounds[self.value() or ""]) if self.value() in rounds else queryset


class KindFilter(admin.SimpleListFilter):
    """Entries of one kind."""

    title = gettext_lazy("kind of entry")
    parameter_name = "kind"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The kinds of the call that is chosen, or of all."""
        chosen = request.GET.get("call", "")
        of_call = [kind for kind in kinds_of(request) if str(kind.call_id) == chosen]
        if of_call:
            return [(str(kind.pk), kind.title) for kind in of_call]
        return [(str(kind.pk), f"{kind.title} ({title_of(kind.call)})") for kind in kinds_of(request)]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The kind's entries."""
        known = {str(kind.pk) for kind in kinds_of(request)}
        return queryset.filter(kind=self.value()) if self.value() in known else queryset


class CompleteFilter(admin.SimpleListFilter):
    """Whether something is still open."""

    title = gettext_lazy("completeness")
    parameter_name = "complete"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Two halves."""
        return [("yes", gettext_lazy("Complete")), ("no", gettext_lazy("Something is open"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """One of them."""
        rules: dict[str, Callable[[QuerySet[Any]], QuerySet[Any]]] = {
            "yes": intake.complete, "no": intake.incomplete,
        }  # fmt: skip
        rule = rules.get(self.value() or "")
        return rule(queryset) if rule else queryset


# --- The intake desk: what is typed ----------------------------------------------------------------------------------
class MoreForm(forms.Form):
    """What an entry lacks, and until when it can be completed."""

    until = MomentField(label=gettext_lazy("Until"), help_text=gettext_lazy("Such as 17:00 10/11/2024."))
    note = forms.CharField(
        label=gettext_lazy("What is needed"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Its people read this, word by word."),
    )  # fmt: skip


class PaperForm(forms.Form):
    """Whose entry came on paper, and as what."""

    kind = forms.ModelChoiceField(
        Kind.objects.none(), label=gettext_lazy("Kind of entry"), empty_label=gettext_lazy("Choose")
    )
    form = forms.ChoiceField(label=gettext_lazy("Handed in as"), choices=Form.choices)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=250)
    person = PersonField(
        required=False, label=gettext_lazy("Lead author"),
        help_text=gettext_lazy(
            "E-mail address, phone number or party card. Needed for an individual or a group; a collective or a team"
            " may do without."
        ),
    )  # fmt: skip
    unit = forms.ModelChoiceField(
        Unit.objects.all(), required=False, label=gettext_lazy("Unit"),
        help_text=gettext_lazy("Of a collective or a team. Individuals and groups are of their lead author's unit."),
    )  # fmt: skip


class RegisterForm(forms.Form):
    """Which list, and as what file."""

    call = forms.ModelChoiceField(
        Call.objects.none(), label=gettext_lazy("Call for entries"), empty_label=gettext_lazy("Choose")
    )
    which = forms.ChoiceField(label=gettext_lazy("Which entries"))
    kind = forms.ChoiceField(
        label=gettext_lazy("As"), widget=UnfoldAdminRadioSelectWidget, initial="pdf",
        choices=[("pdf", gettext_lazy("PDF to print")), ("xlsx", gettext_lazy("Excel table"))],
    )  # fmt: skip


# --- The intake desk -------------------------------------------------------------------------------------------------
LOOKING = ("entries_entry_as_people", "entries_entry_traces")  # what observers may do as well
UNDECIDED = ("entries_entry_valid", "entries_entry_more", "entries_entry_invalid")


@admin.register(Entry)
class EntryAdmin(BaseAdmin):
    """What came in, how complete it is, and what the secretariat decides about it."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = may_change = False
    folded = "search"
    search_help_text = gettext_lazy("Code, title, author or unit")
    ordering = ("-registered_at", "-pk")
    list_display = ("code", "titled", "kind_and_form", "unit", "state", "open_points", "submitted_at")
    list_display_links = ("code", "titled")
    list_select_related = ("kind", "unit", "round__call", "round__contest")
    list_filter = (CallFilter, KindFilter, "form", "status", CompleteFilter, ("unit", BelowFilter), "is_on_paper")
    list_filter_submit = True
    actions = ("find_chosen_valid",)
    actions_list = ("type_in", "lists")
    actions_detail = ("valid", "more", "invalid", "reopen", "go_on_typing", "as_people", "traces")
    change_form_after_template = "entries/desk_entry.html"
    fields = (
        "title", ("call", "kind"), ("form", "status"), ("unit_line", "category"), ("registered_at", "submitted_at"),
        ("needs_more_until", "confirmation"), "intake_note", ("begun_by", "way"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Entries; those of the list with what it tells about them, and without what they say."""
        rows: QuerySet[Entry] = super().get_queryset(request)
        rows = rows.select_related("kind", "unit", "category", "round__call", "round__contest")
        return intake.with_glance(rows).defer("answers", "links") if request.path == self.page_of() else rows

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits entries here; the action on chosen ones asks for it without a row."""
        return obj is None and self.has_view_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Observers only look."""
        return super().get_actions(request) if self._decides(request) else {}

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Observers only look."""
        return super().get_actions_list(request) if self._decides(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What fits the entry as it stands; observers only look."""
        entry = self.get_object(request, str(object_id))
        every: list[Any] = super().get_actions_detail(request, object_id)
        if entry is None or not self.may_run(request, entry):
            return [one for one in every if one.action_name in LOOKING]
        is_draft = entry.status == Entry.Status.DRAFT
        is_undecided = entry.status in {Entry.Status.SUBMITTED, Entry.Status.NEEDS_MORE}
        fits = {
            **dict.fromkeys(UNDECIDED, is_undecided),
            "entries_entry_reopen": not is_undecided and not is_draft,
            "entries_entry_go_on_typing": entry.is_on_paper and (is_undecided or is_draft),
            "entries_entry_as_people": not entry.is_on_paper or not (is_undecided or is_draft),
        }
        return [one for one in every if fits.get(one.action_name, True)]

    def _decides(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("entries.change_entry"))

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The entry with all that it says, its files, versions and steps."""
        entry = self.get_object(request, object_id)
        if entry is not None:
            told = dossier.of(entry, now=request.now)
            extra_context = {**(extra_context or {}), **told, "title": str(entry)}
        return super().change_view(request, object_id, form_url, extra_context)

    # What is shown ---

    @display(description=gettext_lazy("Title"), ordering="title")
    def titled(self, entry: Entry) -> str:
        """The title, with the authors below it."""
        names = [author.full_name for author in vars(entry)["known_authors"]]
        more = f" … (+{len(names) - 3})" if len(names) > 3 else ""
        title = entry.title or _("Untitled")
        if not names:
            return title
        return format_html('{}<br><span class="desk-faint">{}</span>', title, ", ".join(names[:3]) + more)

    @display(description=gettext_lazy("Kind"), ordering="kind")
    def kind_and_form(self, entry: Entry) -> str:
        """The kind, and whether it is of an individual, a group, a collective or a team."""
        return format_html('{}<br><span class="desk-faint">{}</span>', entry.kind.title, entry.get_form_display())

    @display(
        description=gettext_lazy("Status"), ordering="status",
        label={
            "draft": "", "submitted": "info", "needs_more": "warning", "valid": "success", "invalid": "danger",
            "withdrawn": "",
        },
    )  # fmt: skip
    def state(self, entry: Entry) -> tuple[str, str]:
        """Where the entry stands."""
        return entry.status, entry.get_status_display()

    @display(description=gettext_lazy("Completeness"))
    def open_points(self, entry: Entry) -> str:
        """What is still open, or that nothing is."""
        if entry.status == Entry.Status.WITHDRAWN:
            return "–"
        found = intake.glance(entry)
        if not found:
            return _("Complete") if entry.version else _("Not handed in yet")
        look = {"danger": "desk-fault", "warning": "desk-warning"}
        return format_html_join(
            format_html("{}", "; "), '<span class="{}">{}</span>', ((look[grave], word) for word, grave in found)
        )

    @display(description=gettext_lazy("call for entries"))
    def call(self, entry: Entry) -> str:
        """The call with its contest."""
        return title_of(entry.round.call)

    @display(description=gettext_lazy("unit"))
    def unit_line(self, entry: Entry) -> str:
        """The unit with those above it, as it was when they entered."""
        return reading.unit_of(entry)

    @display(description=gettext_lazy("Unit's confirmation"))
    def confirmation(self, entry: Entry) -> str:
        """Who stands by the entry for its unit."""
        if not entry.round.call.needs_confirmation:
            return _("Not asked for")
        if entry.confirmed_at is None:
            return _("Not confirmed yet")
        told = {"name": entry.confirmed_by, "at": _moment(entry.confirmed_at)}
        return _("%(name)s, %(at)s") % told

    @display(description=gettext_lazy("How it came"))
    def way(self, entry: Entry) -> str:
        """On paper or by the form."""
        return _("On paper, typed in by the secretariat") if entry.is_on_paper else _("By the form on this site")

    @display(description=gettext_lazy("begun by"))
    def begun_by(self, entry: Entry) -> str:
        """Who registered it."""
        return str(entry.created_by)

    # What is decided ---

    @action(description=gettext_lazy("Valid"), url_path="valid", icon="check_circle")
    def valid(self, request: Any, object_id: str) -> HttpResponse:
        """The entry goes to the judges."""
        entry = self.chosen(request, object_id)

        def act() -> str:
            intake.find_valid(entry, by=request.user, now=request.now)
            return _("The entry %(code)s is valid.") % {"code": entry.code}

        explain = _("It goes to the judges as it was handed in, and its people are told.")
        return self.ask(
            request, forms.Form(request.POST or None), act, title=_("Find the entry valid"), obj=entry,
            explain=explain, context={"chosen": intake.waits_for(entry)},
        )  # fmt: skip

    @action(description=gettext_lazy("Needs more"), url_path="more", icon="pending_actions")
    def more(self, request: Any, object_id: str) -> HttpResponse:
        """Its people may complete it until a moment."""
        entry = self.chosen(request, object_id)

        def act(until: datetime, note: str) -> str:
            intake.ask_more(entry, until=until, note=note, by=request.user, now=request.now)
            return _("Its people are told what the entry %(code)s needs.") % {"code": entry.code}

        explain = _("Its people can change it until then, though the round may be closed, and hand it in again.")
        form = MoreForm(request.POST or None)
        return self.ask(request, form, act, title=_("Ask for more"), obj=entry, explain=explain)

    @action(description=gettext_lazy("Invalid"), url_path="invalid", icon="cancel")
    def invalid(self, request: Any, object_id: str) -> HttpResponse:
        """The entry is out, for a reason."""
        entry = self.chosen(request, object_id)

        def act(reason: str) -> str:
            intake.find_invalid(entry, reason=reason, by=request.user, now=request.now)
            return _("The entry %(code)s is invalid.") % {"code": entry.code}

        explain = _("It does not go to the judges. Its people are told the reason.")
        form = ReasonForm(request.POST or None)
        return self.ask(request, form, act, title=_("Find the entry invalid"), obj=entry, explain=explain)

    @action(description=gettext_lazy("Open again"), url_path="reopen", icon="lock_open")
    def reopen(self, request: Any, object_id: str) -> HttpResponse:
        """A decision, or a withdrawal, no longer stands."""
        entry = self.chosen(request, object_id)

        def act(reason: str) -> str:
            intake.reopen(entry, reason=reason, by=request.user, now=request.now)
            return _("The entry %(code)s is open again.") % {"code": entry.code}

        explain = _("What was decided no longer stands: it can be decided anew. Its people are told the reason.")
        form = ReasonForm(request.POST or None)
        return self.ask(request, form, act, title=_("Open the entry again"), obj=entry, explain=explain)

    @admin.action(description=gettext_lazy("Find valid"))
    def find_chosen_valid(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen entries go to the judges, each that can; the others stay, with the reason."""
        chosen = list(queryset)
        for entry in chosen:
            if not self.may_run(request, entry):
                raise PermissionDenied
        back = request.get_full_path()

        def act() -> HttpResponse:
            answers = intake.find_each_valid(chosen, by=request.user, now=request.now)
            count = sum(answer.is_done for answer in answers)
            return self.page(
                request, "entries/desk_answers.html", title=_("What became of the chosen entries"), answers=answers,
                count=count, rest=len(answers) - count, back=back,
            ).render()  # fmt: skip

        hidden = [("action", "find_chosen_valid"), *((ACTION_CHECKBOX_NAME, entry.pk) for entry in chosen)]
        form = forms.Form(request.POST) if "asked" in request.POST else forms.Form()
        explain = _("Each goes to the judges as it was handed in. What is not complete stays, and you are told why.")
        return self.ask(
            request, form, act, title=_("Find the chosen entries valid"), back=back, explain=explain,
            context={"hidden": hidden, "chosen": [str(entry) for entry in chosen]},
        )  # fmt: skip

    # Beside the list ---

    @action(description=gettext_lazy("Type in an entry on paper"), url_path="type-in", icon="edit_document")
    def type_in(self, request: Any) -> HttpResponse:
        """An entry that came on paper is registered; the secretariat goes on by the form that all others use."""
        if not self._decides(request):
            raise PermissionDenied
        form = PaperForm(request.POST or None)
        kinds: Any = form.fields["kind"]
        kinds.queryset = Kind.objects.filter(call__in=Call.objects.run_by(request.user))
        kinds.queryset = kinds.queryset.select_related("call__round__contest").order_by("-call", "order", "pk")
        kinds.label_from_instance = lambda kind: f"{title_of(kind.call)} – {kind.title}"
        look_up(form.fields["unit"], Entry._meta.get_field("unit"))  # type: ignore[arg-type]

        def act(kind: Kind, form: str, title: str, person: User | None, unit: Unit | None) -> HttpResponse:
            made = intake.type_in(
                kind.call, kind=kind, form=form, title=title, person=person, unit=unit, by=request.user,
                now=request.now,
            )  # fmt: skip
            told = _("Registered under the code %(code)s. Type in what the paper says, and add scans of it.")
            messages.success(request, told % {"code": made.code})
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))

        explain = _(
            "The entry gets its code now. On the next page you type in what the paper says, name its authors, add scans"
            " as files, and hand it in on their behalf."
        )
        return self.ask(
            request, form, act, title=_("Type in an entry on paper"), explain=explain, button=_("Register it")
        )

    @action(description=gettext_lazy("Print a list"), url_path="lists", icon="print")
    def lists(self, request: Any) -> HttpResponse:
        """The register of entries as a PDF or as a table; the ledger keeps who took it."""
        if not self._decides(request):
            raise PermissionDenied
        form = RegisterForm(request.POST or None)
        calls: Any = form.fields["call"]
        calls.queryset = Call.objects.run_by(request.user).select_related("round__contest").order_by("-pk")
        calls.label_from_instance = title_of
        which_field: Any = form.fields["which"]
        which_field.choices = list(exporting.names().items())

        def act(call: Call, which: str, kind: str) -> HttpResponse:
            content = exporting.register(call, which, kind, by=request.user, now=request.now)
            answer = HttpResponse(content, content_type=TYPES[kind])
            name = f"{_('Register of entries')} {call.round.title}.{kind}"
            answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
            return answer

        explain = _(
            "The entries with their authors, and how many groups and individuals there are. The ledger keeps it."
        )
        return self.ask(request, form, act, title=_("Print a list"), explain=explain, button=_("Make the file"))

    # Beside the entry ---

    @action(description=gettext_lazy("Go on typing it in"), url_path="type", icon="edit")
    def go_on_typing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form, for an entry that came on paper."""
        entry = self.chosen(request, object_id)
        return HttpResponseRedirect(writing.path_of(entry))

    @action(description=gettext_lazy("As its people see it"), url_path="people", icon="visibility")
    def as_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of its people."""
        entry = self.shown(request, object_id)
        return HttpResponseRedirect(writing.path_of(entry))

    @action(description=gettext_lazy("What gives the authors away"), url_path="traces", icon="fingerprint")
    def traces(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Names, units, phones and e-mails of its people in what judges of a blind stage read."""
        return traces_page(self, request, self.shown(request, object_id))
