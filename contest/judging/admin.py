"""The desk of judging: rubrics, stages with their panels, entries at stages, and conflicts of interest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from contest.entries import reading as entries
from contest.entries.models import Category, Entry, Form, Kind
from contest.foundations import language
from contest.foundations.administration import BaseAdmin, Blocks, Lines, ReasonForm, action, display
from contest.foundations.refusing import Refused
from contest.judging import assigning, concluding, conflicts, reading, rubrics
from contest.judging.calibration_admin import Calibrating
from contest.judging.forms import (
    CriterionForm,
    CriterionFormSet,
    FurtherJudgeForm,
    SeatForm,
    SeatReasonForm,
    SheetReasonForm,
)
from contest.judging.models import (
    Advance,
    Assignment,
    Candidate,
    Conflict,
    Criterion,
    Panel,
    Rubric,
    Seat,
    Sheet,
    Stage,
    StageRubric,
)
from contest.rounds.admin import ContestFilter, contests_of
from contest.rounds.models import Contest, Office, Round


# --- Rubrics ---------------------------------------------------------------------------------------------------------
class CriterionBlocks(Blocks):
    """The lines of a rubric; closed once somebody has marked by it."""

    model = Criterion
    form = CriterionForm
    formset = CriterionFormSet
    fk_name = "rubric"
    hide_title = True
    verbose_name_plural = gettext_lazy("Criteria")
    fields = (
        ("code", "part_of", "order"), "title", "description", ("maximum", "step"), "levels_text",
        ("comment_at_zero", "comment_at_maximum", "comment_always"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        """The lines with what stands above and below them."""
        rows: QuerySet[Criterion] = super().get_queryset(request)
        return rows.select_related("parent").prefetch_related("levels")


@admin.register(Rubric)
class RubricAdmin(BaseAdmin):
    """Rubrics; one that is in use is looked at only, and changed by its next version."""

    seen_by = "watched_by"
    run_by = "run_by"
    list_display = ("title", "version", "contest", "criteria_count", "use")
    list_filter = (ContestFilter,)
    list_select_related = ("contest",)
    search_fields = ("title",)
    fields = ("contest", ("title", "version_shown"), "description")
    readonly_fields = ("version_shown",)
    inlines = (CriterionBlocks,)
    actions_detail = ("next_version", "put_into_use")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rubric]:
        """Rubrics with what their list counts."""
        counted = Count("criteria", filter=Q(criteria__parts=None), distinct=True)
        rows: QuerySet[Rubric] = super().get_queryset(request)
        return rows.annotate(n_criteria=counted, n_sheets=Count("sheets", distinct=True))

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The contests that the person organizes."""
        if db_field.name == "contest":
            kwargs["queryset"] = Contest.objects.run_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Rubric | None = None) -> Sequence[str]:
        """A rubric stays in its contest."""
        return ("version_shown", "contest") if obj else ("version_shown",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it may be changed: by organizers, until somebody marks by it."""
        return super().has_change_permission(request, obj) and (obj is None or not rubrics.is_locked(obj))

    def save_formset(self, request: Any, form: Any, formset: CriterionFormSet, change: bool) -> None:
        """The lines are those that were typed, or none of them."""
        rubrics.write(form.instance, formset.drafts(), by=request.user, now=request.now)

    @display(description=gettext_lazy("version"))
    def version_shown(self, rubric: Rubric) -> str:
        """The version; a new rubric begins with the first."""
        return str(rubric.version or 1)

    @display(description=gettext_lazy("Criteria"))
    def criteria_count(self, rubric: Any) -> int:
        """How many lines are marked."""
        return int(rubric.n_criteria)

    @display(description=gettext_lazy("In use"), boolean=True)
    def use(self, rubric: Any) -> bool:
        """Whether somebody has marked by it."""
        return bool(rubric.n_sheets)

    @action(description=gettext_lazy("Next version"), url_path="next-version", icon="difference")
    def next_version(self, request: Any, object_id: str) -> HttpResponse:
        """A copy that may be changed."""
        rubric = self.chosen(request, object_id)

        def act() -> HttpResponse:
            made = rubrics.next_version(rubric, by=request.user, now=request.now)
            messages.success(request, _("Version %(version)s is there: change it.") % {"version": made.version})
            return HttpResponseRedirect(self.page_of(made))

        explain = _("Judges go on marking by this version until the next one is put into use.")
        form = forms.Form(request.POST or None)
        return self.ask(request, form, act, title=_("Make the next version"), obj=rubric, explain=explain)

    @action(description=gettext_lazy("Put into use"), url_path="use", icon="published_with_changes")
    def put_into_use(self, request: Any, object_id: str) -> HttpResponse:
        """Open stages mark by this version; shows which locked sheets have to be judged again."""
        rubric = self.chosen(request, object_id)
        again = rubrics.to_judge_again(rubric)

        def act(reason: str) -> str:
            opened = rubrics.put_into_use(rubric, reason=reason, by=request.user, now=request.now)
            return ngettext(
                "In use. %(count)s sheet has to be judged again.", "In use. %(count)s sheets have to be judged again.",
                len(opened),
            ) % {"count": len(opened)}  # fmt: skip

        explain = ngettext(
            "%(count)s locked sheet is opened and has to be judged again:",
            "%(count)s locked sheets are opened and have to be judged again:",
            len(again),
        ) % {"count": len(again)}
        chosen = [f"{row.candidate.stage}: {row.candidate.entry.code}, {row.seat.user}" for row in again]
        return self.ask(
            request, ReasonForm(request.POST or None), act, title=_("Put this version into use"), obj=rubric,
            explain=explain, context={"chosen": chosen},
        )  # fmt: skip


# --- Stages ----------------------------------------------------------------------------------------------------------
# By what entries have been judged: it stays as it was declared.
DECLARED = (
    "round", "order", "judges_per_entry", "aggregation", "tolerance", "weight", "is_blind", "adjusts_severity",
    "is_live",
)  # fmt: skip


def has_begun(request: Any, stage: Stage | None) -> bool:
    """Whether somebody has marked at the stage; asked once a request."""
    if stage is None:
        return False
    known: dict[int, bool] = request.__dict__.setdefault("desk_begun", {})
    if stage.pk not in known:
        known[stage.pk] = Sheet.objects.filter(assignment__candidate__stage=stage).exists()
    return known[stage.pk]


class _OfStage:
    """Rows of a stage, whose fields offer what belongs to its contest; closed once somebody has marked."""

    def _stage(self, request: Any) -> Stage | None:
        number = str((request.resolver_match.kwargs.get("object_id") if request.resolver_match else None) or "")
        if not number.isdecimal():
            return None
        known: dict[str, Any] = request.__dict__.setdefault("desk_stages", {})
        if number not in known:
            known[number] = Stage.objects.select_related("round__contest").filter(pk=number).first()
        found: Stage | None = known[number]
        return found

    def _may(self, request: Any, obj: Any) -> bool:
        return super()._may(request, obj) and not has_begun(request, obj)  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Kinds of the round's call, rubrics of its contest."""
        if (stage := self._stage(request)) is not None:
            if db_field.name == "kind":
                kwargs["queryset"] = Kind.objects.filter(call__round=stage.round_id)
            if db_field.name == "rubric":
                kwargs["queryset"] = Rubric.objects.filter(contest=stage.round.contest_id)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Criteria of the contest's rubrics."""
        if (stage := self._stage(request)) is not None:
            rows = Criterion.objects.filter(rubric__contest=stage.round.contest_id).select_related("rubric")
            kwargs["queryset"] = rows.filter(parent=None) if db_field.name == "parts" else rows
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        field.label_from_instance = lambda row: f"{row.rubric}: {row}"
        return field


class UseBlocks(_OfStage, Blocks):
    """By what entries are marked at the stage."""

    model = StageRubric
    hide_title = True
    verbose_name_plural = gettext_lazy("Rubrics")
    fields = (("kind", "rubric"), "parts", ("pass_score", "tie_break"), "not_zero")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StageRubric]:
        """The uses with all that they show."""
        rows: QuerySet[StageRubric] = super().get_queryset(request)
        return rows.select_related("kind", "rubric").prefetch_related("parts__rubric", "not_zero__rubric")


class AdvanceLines(_OfStage, Lines):
    """Who goes on."""

    model = Advance
    verbose_name_plural = gettext_lazy("Who goes on (without a rule: all that pass)")
    fields = ("kind", "forms", "top", "least_score")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """The forms in words where they can't be changed any more."""
        if self.has_change_permission(request, obj):
            return self.fields
        return ("kind", "forms_shown", "top", "least_score")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """What is shown in words is not typed."""
        return ("forms_shown",)

    @display(description=gettext_lazy("handed in as"))
    def forms_shown(self, advance: Advance) -> str:
        """As what entries are handed in that the rule lets go on."""
        return ", ".join(str(Form(one).label) for one in advance.forms) or _("all")


class PanelLines(Lines):
    """The panels of the stage; each has a page of its own."""

    model = Panel
    is_closed = True
    may_delete = False
    verbose_name_plural = gettext_lazy("Panels")
    fields = readonly_fields = ("title_link", "judges")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Panel]:
        """Panels with their judges."""
        rows: QuerySet[Panel] = super().get_queryset(request)
        return rows.prefetch_related("seats__user")

    @display(description=gettext_lazy("Title"))
    def title_link(self, panel: Panel) -> str:
        """The title, which leads to the panel's page."""
        address = reverse("admin:judging_panel_change", args=[panel.pk])
        return format_html('<a href="{}" class="desk-link">{}</a>', address, panel)

    @display(description=gettext_lazy("Judges"))
    def judges(self, panel: Panel) -> str:
        """Who sits on it, the chair first."""
        seats = sorted(panel.seats.all(), key=lambda seat: (not seat.is_chair, bytes(seat.user.name_key)))
        return ", ".join(str(seat.user) for seat in seats if seat.left_at is None) or "–"


class StageContestFilter(ContestFilter):
    """Stages of one contest."""

    path = "round__contest"


@admin.register(Stage)
class StageAdmin(Calibrating, BaseAdmin):
    """Stages of judging, from their settings to their close."""

    seen_by = "watched_by"
    run_by = "run_by"
    list_display = ("title", "round", "order", "opens_at", "closes_at", "entries", "scored", "closed_at")
    list_filter = (StageContestFilter,)
    list_select_related = ("round__contest",)
    search_fields = ("title",)
    ordering = ("-round__contest", "round__order", "order")
    change_form_before_template = "judging/desk_stage.html"
    fieldsets = (
        ("", {"fields": ("round", ("order", "title"), ("opens_at", "closes_at"))}),
        (
            gettext_lazy("How entries are judged"),
            {
                "fields": (
                    ("judges_per_entry", "allotment"), ("aggregation", "weight"), ("tolerance", "on_discrepancy"),
                    ("is_blind", "shows_others"), ("adjusts_severity", "is_live"),
                )
            },
        ),
    )  # fmt: skip
    actions_detail = (
        "candidates",
        {
            "title": gettext_lazy("Entries and judges"),
            "icon": "group_add",
            "items": ["take_in", "anchors", "assign", "add_panel"],
        },
        {
            "title": gettext_lazy("Look at the judging"),
            "icon": "monitoring",
            "items": ["calibration", "forecast"],
        },
        {
            "title": gettext_lazy("Decide and close"),
            "icon": "gavel",
            "items": ["chair", "close", "reopen"],
        },
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stage]:
        """Stages with what their list counts."""
        scored = Count("candidates", filter=Q(candidates__outcome=Candidate.Outcome.SCORED))
        rows: QuerySet[Stage] = super().get_queryset(request)
        return rows.annotate(n_entries=Count("candidates"), n_scored=scored)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[type[Any]]:
        """What belongs to a stage, once there is one."""
        return () if obj is None else (UseBlocks, AdvanceLines, PanelLines)

    def get_readonly_fields(self, request: HttpRequest, obj: Stage | None = None) -> Sequence[str]:
        """What was declared before judging began; the round, once the stage is there."""
        if has_begun(request, obj):
            return DECLARED
        return ("round",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Judged rounds of the person's contests."""
        if db_field.name == "round":
            kwargs["queryset"] = Round.objects.run_by(request.user).exclude(kind=Round.Kind.QUIZ)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """The rows below it are saved, unless the stage could not mark by them."""
        super().save_related(request, form, formsets, change)
        rubrics.refuse_wrong_uses(form.instance)

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The stage; how far it is and what keeps it from its close stands above it."""
        stage = self.get_object(request, object_id)
        if stage is not None:
            extra_context = {**(extra_context or {}), "progress": reading.progress(stage)}
        return super().change_view(request, object_id, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: Stage, post_url_continue: str | None = None) -> HttpResponse:
        """On to the new stage, to set it up."""
        messages.success(request, _("“%(stage)s” is there. Now choose its rubrics and panels.") % {"stage": obj})
        return HttpResponseRedirect(self.page_of(obj))

    @display(description=gettext_lazy("Entries"))
    def entries(self, stage: Any) -> int:
        """How many entries are judged."""
        return int(stage.n_entries)

    @display(description=gettext_lazy("Scored"))
    def scored(self, stage: Any) -> int:
        """How many have a score."""
        return int(stage.n_scored)

    @action(description=gettext_lazy("Entries"), url_path="entries", icon="rate_review")
    def candidates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The list of the stage's entries."""
        return HttpResponseRedirect(f"{reverse('admin:judging_candidate_changelist')}?stage={int(object_id)}")

    @action(description=gettext_lazy("Add a panel"), url_path="add-panel", icon="add")
    def add_panel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for a new panel of the stage."""
        return HttpResponseRedirect(f"{reverse('admin:judging_panel_add')}?stage={int(object_id)}")

    @action(description=gettext_lazy("Take entries in"), url_path="take-in", icon="move_to_inbox")
    def take_in(self, request: Any, object_id: str) -> HttpResponse:
        """Valid entries, or those that go on, are judged at this stage."""
        stage = self.chosen(request, object_id)

        def act() -> str:
            count = assigning.take_in(stage, by=request.user, now=request.now)
            return ngettext("%(count)s new entry.", "%(count)s new entries.", count) % {"count": count}

        explain = _("To the first stage come all valid entries of the round, to a later one those that go on.")
        form = forms.Form(request.POST or None)
        return self.ask(request, form, act, title=_("Take entries in"), obj=stage, explain=explain)

    @action(description=gettext_lazy("Assign judges"), url_path="assign", icon="assignment_ind")
    def assign(self, request: Any, object_id: str) -> HttpResponse:
        """The best assignment is shown, and stands once it is confirmed."""
        stage = self.chosen(request, object_id)
        try:
            if request.method == "POST" and request.POST.get("plan"):
                count = assigning.confirm(stage, request.POST["plan"], by=request.user, now=request.now)
                told = ngettext("%(count)s assignment stands.", "%(count)s assignments stand.", count)
                messages.success(request, told % {"count": count})
                return HttpResponseRedirect(self.page_of(stage))
        except Refused as refusal:
            messages.error(request, str(refusal))
        try:
            plan = assigning.plan(stage)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_of(stage))
        context = {"plan": plan, "stage": stage, "back": self.page_of(stage)}
        return self.page(request, "judging/desk_plan.html", title=_("Assign judges"), **context)

    @action(description=gettext_lazy("What the chair decides"), url_path="chair", icon="balance")
    def chair(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the chair's page, which organizers may use as well."""
        stage = self.chosen(request, object_id)
        return HttpResponseRedirect(reverse("chair", args=[stage.round.contest.slug, stage.pk]))

    @action(description=gettext_lazy("Close the stage"), url_path="close", icon="lock")
    def close(self, request: Any, object_id: str) -> HttpResponse:
        """The outcome stands, and it is known who goes on."""
        stage = self.chosen(request, object_id)

        def act() -> str:
            concluding.close(stage, by=request.user, now=request.now)
            on = Candidate.objects.filter(stage=stage, goes_on=True).count()
            return _("The stage is closed; %(count)s go on.") % {"count": on}

        explain = _("Nothing is marked any more. Refused while sheets are missing or judges disagree.")
        form = forms.Form(request.POST or None)
        return self.ask(request, form, act, title=_("Close the stage"), obj=stage, explain=explain)

    @action(description=gettext_lazy("Open the stage again"), url_path="reopen", icon="lock_open")
    def reopen(self, request: Any, object_id: str) -> HttpResponse:
        """For a recount."""
        stage = self.chosen(request, object_id)

        def act(reason: str) -> str:
            concluding.reopen_stage(stage, reason=reason, by=request.user, now=request.now)
            return _("The stage is open again.")

        explain = _("Who goes on is open again; a result that was published stays until its next version.")
        form = ReasonForm(request.POST or None)
        return self.ask(request, form, act, title=_("Open the stage again"), obj=stage, explain=explain)


# --- Panels ----------------------------------------------------------------------------------------------------------
class SeatLines(Lines):
    """Who sits on the panel; whoever leaves does so by the button above."""

    model = Seat
    form = SeatForm
    may_delete = False
    verbose_name_plural = gettext_lazy("Judges")
    fields = ("user", "is_chair", "most_entries", "left_at", "left_reason")
    readonly_fields = ("left_at", "left_reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        """Seats with their people, and whether entries were assigned to them."""
        rows: QuerySet[Seat] = super().get_queryset(request)
        assigned = Exists(Assignment.objects.filter(seat=OuterRef("pk")))
        return rows.select_related("user").annotate(has_entries=assigned)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Whoever holds the office of a judge in the contest."""
        if db_field.name == "user":
            held = Office.objects.filter(role=Office.Role.JUDGE, contest__in=contests_of(request))
            number = str((request.resolver_match.kwargs.get("object_id") if request.resolver_match else None) or "")
            if number.isdecimal():
                held = held.filter(contest__rounds__stages__panels=int(number))
            kwargs["queryset"] = User.objects.filter(pk__in=held.values("user")).order_by("name_key")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class PanelContestFilter(ContestFilter):
    """Panels of one contest."""

    path = "stage__round__contest"


@admin.register(Panel)
class PanelAdmin(BaseAdmin):
    """Panels with their seats."""

    seen_by = "watched_by"
    run_by = "run_by"
    list_display = ("title", "stage", "sitting")
    list_filter = (PanelContestFilter,)
    fields = ("stage", "title", "kinds", "categories")
    inlines = (SeatLines,)
    actions_detail = ("to_stage", "leave")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Panel]:
        """Panels with how many sit on them."""
        sitting = Count("seats", filter=Q(seats__left_at=None))
        rows: QuerySet[Panel] = super().get_queryset(request)
        return rows.annotate(n_sitting=sitting).select_related("stage__round")

    def get_readonly_fields(self, request: HttpRequest, obj: Panel | None = None) -> Sequence[str]:
        """A panel stays at its stage."""
        return ("stage",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Stages of the person's contests."""
        if db_field.name == "stage":
            kwargs["queryset"] = Stage.objects.run_by(request.user).filter(closed_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Kinds and categories of the round's call, or of all that the person may see."""
        number = str((request.resolver_match.kwargs.get("object_id") if request.resolver_match else None) or "")
        of_round: dict[str, Any] = {"call__round__contest__in": contests_of(request)}
        if number.isdecimal():
            of_round = {"call__round__stages__panels": number}
        model: type[Kind] | type[Category] = Kind if db_field.name == "kinds" else Category
        kwargs["queryset"] = model._default_manager.filter(**of_round).distinct()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description=gettext_lazy("Judges"))
    def sitting(self, panel: Any) -> int:
        """How many sit on it."""
        return int(panel.n_sitting)

    @action(description=gettext_lazy("Stage"), url_path="stage", icon="gavel")
    def to_stage(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Back to the panel's stage."""
        panel = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("admin:judging_stage_change", args=[panel.stage_id]))

    @action(description=gettext_lazy("A judge leaves"), url_path="leave", icon="person_remove")
    def leave(self, request: Any, object_id: str) -> HttpResponse:
        """What the judge has not locked is assigned anew with the next plan."""
        panel = self.chosen(request, object_id)
        form = SeatReasonForm(request.POST or None)
        form.fields["seat"].queryset = panel.seats.sitting().select_related("user")  # type: ignore[attr-defined]

        def act(seat: Seat, reason: str) -> str:
            count = assigning.leave(seat, reason=reason, by=request.user, now=request.now)
            return ngettext(
                "%(judge)s has left; %(count)s entry lacks a judge. Assign anew from the stage's page.",
                "%(judge)s has left; %(count)s entries lack a judge. Assign anew from the stage's page.",
                count,
            ) % {"judge": seat, "count": count}

        explain = _("Sheets that the judge has locked count on; drafts end.")
        return self.ask(request, form, act, title=_("A judge leaves the panel"), obj=panel, explain=explain)


# --- Entries at stages -----------------------------------------------------------------------------------------------
class StageFilter(admin.SimpleListFilter):
    """Entries of one stage."""

    title = gettext_lazy("stage of judging")
    parameter_name = "stage"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The stages of the person's contests."""
        rows = Stage.objects.filter(round__contest__in=contests_of(request)).select_related("round")
        return [(str(stage.pk), f"{stage.round}: {stage}") for stage in rows.order_by("-round", "order")[:60]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The stage's entries."""
        number = self.value() or ""
        return queryset.filter(stage=number) if number.isdecimal() and len(number) < 19 else queryset


def _label_of(row: Any) -> str:
    """A seat or an assignment by its judge."""
    if not isinstance(row, Assignment):
        return str(row.user)
    total = f": {language.decimal(row.sheet.total or 0)}" if assigning.is_sealed(row) else ""
    return f"{row.seat.user}{total}"


@admin.register(Candidate)
class CandidateAdmin(BaseAdmin):
    """Entries at stages, with their sheets; who made them is shown by the entry's own page."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = may_change = False
    is_large = True
    list_display = ("code", "entry_title", "stage", "outcome", "score", "spread", "total", "passes", "place", "goes_on")
    list_display_links = ("code", "entry_title")
    list_filter = (StageFilter, "outcome", "goes_on")
    list_select_related = ("entry", "stage")
    search_fields = ("entry__code", "entry__title")
    ordering = ("stage", "entry__code")
    fields = (
        ("code", "stage"), "entry_title", ("outcome", "passes", "goes_on"), ("score", "spread"), ("total", "place"),
        "decision",
    )  # fmt: skip
    readonly_fields = ("code", "entry_title")
    change_form_after_template = "judging/desk_sheets.html"
    actions_detail = (
        {
            "title": gettext_lazy("Decide"),
            "icon": "balance",
            "items": ["decide", "break_tie", "let_on"],
        },
        {
            "title": gettext_lazy("Judges"),
            "icon": "group",
            "items": ["add_judge", "reopen_sheet", "end_assignment"],
        },
        "unmask",
    )

    def label_of(self, obj: Any) -> str:
        """The code alone."""
        return str(obj.entry.code)

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The entry with its sheets and their steps."""
        candidate = self.get_object(request, object_id)
        if candidate is not None:
            told = {"sheets": reading.sheets_shown(candidate), "steps": reading.steps(candidate)}
            extra_context = {**(extra_context or {}), **told, "title": candidate.entry.code}
        return super().change_view(request, object_id, form_url, extra_context)

    @display(description=gettext_lazy("code"), ordering="entry__code")
    def code(self, candidate: Candidate) -> str:
        """The entry's code."""
        return candidate.entry.code

    @display(description=gettext_lazy("Title"))
    def entry_title(self, candidate: Candidate) -> str:
        """The entry's title."""
        return format_html('<span class="desk-cell">{}</span>', candidate.entry.title)

    def _decide(
        self, request: Any, object_id: str, act: Callable[..., Any], *, title: str, done: str, explain: str
    ) -> HttpResponse:
        """A page that asks for a reason."""
        candidate = self.chosen(request, object_id)

        def acted(reason: str) -> str:
            act(candidate, reason=reason, by=request.user, now=request.now)
            return done

        form = ReasonForm(request.POST or None)
        return self.ask(request, form, acted, title=title, obj=candidate, explain=explain)

    @action(description=gettext_lazy("Let the marks stand"), url_path="decide", icon="check")
    def decide(self, request: Any, object_id: str) -> HttpResponse:
        """The sheets make the score as they are."""
        return self._decide(
            request, object_id, concluding.decide, title=_("Let the marks stand"), done=_("Decided: the marks stand."),
            explain=_("The sheets make the score as they are, though they lie apart or are fewer than wanted."),
        )  # fmt: skip

    @action(description=gettext_lazy("Put it before its equals"), url_path="tie", icon="arrow_upward")
    def break_tie(self, request: Any, object_id: str) -> HttpResponse:
        """Of those that share its place it stands first."""
        return self._decide(
            request, object_id, concluding.break_tie, title=_("Put it before its equals"),
            done=_("Decided: it stands before its equals."),
            explain=_("Of those that share its place, it stands before whoever was not put there earlier."),
        )  # fmt: skip

    @action(description=gettext_lazy("Let it go on"), url_path="let-on", icon="forward")
    def let_on(self, request: Any, object_id: str) -> HttpResponse:
        """By a decision of the jury, after the close."""
        return self._decide(
            request, object_id, concluding.let_on, title=_("Let it go on"), done=_("Decided: it goes on."),
            explain=_("By a decision of the jury, besides those whom the rules let go on; after the stage is closed."),
        )  # fmt: skip

    @action(description=gettext_lazy("Add a judge"), url_path="add-judge", icon="person_add")
    def add_judge(self, request: Any, object_id: str) -> HttpResponse:
        """One more judge marks the entry."""
        candidate = self.chosen(request, object_id)
        form = FurtherJudgeForm(request.POST or None)
        facts = assigning.facts_of(candidate.stage, [candidate])
        may = [facts.seats[at].pk for at in facts.allowed(candidate, by_hand=True)]
        field: Any = form.fields["seat"]
        field.queryset = Seat.objects.filter(pk__in=may).select_related("user")
        field.label_from_instance = _label_of

        def act(seat: Seat | None) -> str:
            made = concluding.add_judge(candidate, seat=seat, by=request.user, now=request.now)
            return _("%(judge)s marks it as well.") % {"judge": made.seat}

        return self.ask(request, form, act, title=_("Add a judge"), obj=candidate)

    def _sheet_form(self, request: Any, candidate: Candidate, *, sealed: bool) -> SheetReasonForm:
        form = SheetReasonForm(request.POST or None)
        related = ("seat__user", "sheet", "candidate__stage__round__contest")
        rows = Assignment.objects.standing().filter(candidate=candidate).select_related(*related)
        field: Any = form.fields["assignment"]
        field.queryset = rows.filter(sheet__locked_at__isnull=False) if sealed else rows
        field.label_from_instance = _label_of
        return form

    @action(description=gettext_lazy("Open a sheet again"), url_path="reopen", icon="lock_open")
    def reopen_sheet(self, request: Any, object_id: str) -> HttpResponse:
        """A judge marks the entry once more."""
        candidate = self.chosen(request, object_id)

        def act(assignment: Assignment, reason: str) -> str:
            concluding.reopen(assignment, reason=reason, by=request.user, now=request.now)
            return _("The sheet of %(judge)s is open again.") % {"judge": assignment.seat}

        form = self._sheet_form(request, candidate, sealed=True)
        return self.ask(request, form, act, title=_("Open a sheet again"), obj=candidate)

    @action(description=gettext_lazy("Take a judge off"), url_path="end", icon="person_remove")
    def end_assignment(self, request: Any, object_id: str) -> HttpResponse:
        """A judge marks the entry no more."""
        candidate = self.chosen(request, object_id)

        def act(assignment: Assignment, reason: str) -> str:
            concluding.end(assignment, reason=reason, by=request.user, now=request.now)
            return _("%(judge)s marks it no more.") % {"judge": assignment.seat}

        explain = _("A sheet of theirs, locked or not, counts no more; its log is kept.")
        form = self._sheet_form(request, candidate, sealed=False)
        return self.ask(request, form, act, title=_("Take a judge off"), obj=candidate, explain=explain)

    @action(description=gettext_lazy("Show who made it"), url_path="unmask", icon="visibility")
    def unmask(self, request: Any, object_id: str) -> HttpResponse:
        """Authors and unit of an entry; that somebody looked stands in the ledger."""
        candidate = self.chosen(request, object_id)

        def act(reason: str) -> HttpResponse:
            concluding.unmask(candidate, reason=reason, by=request.user, now=request.now)
            entry = candidate.entry
            told = {"entry": entry, "unit": entries.unit_of(entry), "authors": entry.authors.standing()}
            return self.page(
                request, "judging/desk_unmasked.html", title=_("Who made it"), back=self.page_of(candidate), **told
            ).render()

        explain = _("Shows the authors and the unit. That you looked, and why, stands in the ledger.")
        form = ReasonForm(request.POST or None)
        return self.ask(request, form, act, title=_("Show who made it"), obj=candidate, explain=explain)


# --- Conflicts -------------------------------------------------------------------------------------------------------
@admin.register(Conflict)
class ConflictAdmin(BaseAdmin):
    """Conflicts of interest that somebody declared; the automatic ones are found by themselves."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_change = False
    list_display = ("judge", "entry", "reason", "declared_by", "declared_at", "lifted_at")
    list_filter = (ContestFilter,)
    list_select_related = ("judge", "entry", "declared_by")
    ordering = ("-declared_at",)
    fields = ("judge", "entry", "reason", "declared_by", "declared_at", "lifted_at", "lifted_by", "lifted_reason")
    actions_detail = ("lift",)

    def get_fields(self, request: HttpRequest, obj: Conflict | None = None) -> Sequence[str]:
        """What is typed for a new one."""
        return self.fields if obj else ("judge", "entry", "reason")

    def get_autocomplete_fields(self, request: HttpRequest) -> Sequence[str]:
        """Entries are looked up where they have a desk."""
        return ("entry",) if self.admin_site.is_registered(Entry) else ()

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Judges and entries of the person's contests."""
        if db_field.name == "judge":
            held = Office.objects.filter(role=Office.Role.JUDGE, contest__in=Contest.objects.run_by(request.user))
            kwargs["queryset"] = User.objects.filter(pk__in=held.values("user")).order_by("name_key")
        if db_field.name == "entry":
            kwargs["queryset"] = Entry.objects.run_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: Any, obj: Conflict, form: Any, change: bool) -> None:
        """A conflict stands from now on."""
        made = conflicts.declare(obj.entry, obj.judge, reason=obj.reason, by=request.user, now=request.now)
        obj.pk = made.pk
        obj.refresh_from_db()

    @action(description=gettext_lazy("Lift"), url_path="lift", icon="lock_open")
    def lift(self, request: Any, object_id: str) -> HttpResponse:
        """The conflict keeps the judge from nothing any more."""
        conflict = self.chosen(request, object_id)

        def act(reason: str) -> str:
            conflicts.lift(conflict, reason=reason, by=request.user, now=request.now)
            return _("The conflict is lifted.")

        form = ReasonForm(request.POST or None)
        return self.ask(request, form, act, title=_("Lift the conflict of interest"), obj=conflict)
