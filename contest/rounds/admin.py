"""The desk of a contest: its rounds, quizzes and periods, its people, its offices, and what was decided about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import FileExtensionValidator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import units
from accounts.admin import PersonField, imported
from accounts.models import Slip, Unit, User
from contest.foundations import language
from contest.foundations.administration import (
    BaseAdmin,
    Blocks,
    Lines,
    ReasonForm,
    action,
    display,
    is_number,
    look_up,
)
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.foundations.secrets import masked_citizen_number
from contest.questions.models import Bank, Question, QuestionVersion, Topic
from contest.questions.writing import LETTERS
from contest.rounds import calendar, correcting, entering, handing_out, organizing, recounting, registering, rosters
from contest.rounds.models import (
    ConsentText,
    Contest,
    Document,
    Entrant,
    ExtraTime,
    KeyCorrection,
    Office,
    PaperQuestion,
    Period,
    Quiz,
    Round,
    TopicQuota,
)

# What may be studied, and how such a file begins.
STUDY_FILES = {
    "pdf": b"%PDF-", "docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "pptx": b"PK\x03\x04",
    "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff",
}  # fmt: skip
LARGEST_STUDY_FILE = 20_000_000


def contests_of(request: Any) -> list[Contest]:
    """The contests that the person organizes or observes; read once a request."""
    known: list[Contest] | None = request.__dict__.get("desk_contests")
    if known is None:
        known = request.__dict__["desk_contests"] = list(Contest.objects.watched_by(request.user))
    return known


class ContestFilter(admin.SimpleListFilter):
    """Rows of one contest."""

    title = gettext_lazy("contest")
    parameter_name = "contest"
    path = "contest"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The person's contests."""
        return [(str(contest.pk), contest.short_title or contest.title) for contest in contests_of(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The contest's rows."""
        return queryset.filter(**{self.path: self.value()}) if (self.value() or "").isdecimal() else queryset


# --- Contests --------------------------------------------------------------------------------------------------------
class RoundLines(Lines):
    """The rounds of a contest, in order; each has a page of its own."""

    model = Round
    is_closed = True
    may_delete = False
    fields = ("order", "title_link", "kind", "opens_at", "closes_at", "is_practice")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("Rounds")

    @display(description=gettext_lazy("Title"))
    def title_link(self, round: Round) -> str:
        """The title, which leads to the round's page."""
        address = reverse("admin:rounds_round_change", args=[round.pk])
        return format_html('<a href="{}" class="desk-link">{}</a>', address, round)


class DocumentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A file or a link to study from."""

    url = forms.URLField(label=gettext_lazy("link"), required=False, assume_scheme="https")

    class Meta:
        model = Document
        fields = ("title", "file", "url", "order")

    def clean_file(self) -> Any:
        """A file of a known kind, not too large, stored under a name that nobody guesses."""
        file = self.cleaned_data["file"]
        if file and "file" in self.changed_data:
            FileExtensionValidator([*STUDY_FILES])(file)
            if file.size > LARGEST_STUDY_FILE:
                raise ValidationError(
                    _("The file is larger than %(limit)s MB.") % {"limit": LARGEST_STUDY_FILE // 10**6}
                )
            ending = PurePath(file.name).suffix.lower()
            if not file.open().read(16).startswith(STUDY_FILES[ending.removeprefix(".")]):
                raise ValidationError(_("What is in the file is something else than its name says."))
            file.name = f"{uuid.uuid4().hex}{ending}"
        return file


class DocumentLines(Lines):
    """What there is to study."""

    model = Document
    form = DocumentForm
    fields = ("title", "file", "url", "order")


class OfficeLines(Lines):
    """Who does what; people are appointed and dismissed by the buttons above."""

    model = Office
    is_closed = True
    fields = ("role", "holder", "unit", "address")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("Offices")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Office]:
        """Offices with their people."""
        rows: QuerySet[Office] = super().get_queryset(request)
        return rows.select_related("user", "unit").order_by("role", "user__name_key")

    @display(description=gettext_lazy("Name"))
    def holder(self, office: Office) -> str:
        """Who holds the office."""
        return str(office.user)

    @display(description=gettext_lazy("E-mail or phone"))
    def address(self, office: Office) -> str:
        """How to reach the person."""
        return office.user.email or office.user.phone


class ConsentLines(Lines):
    """The wordings that people agreed to; a new one is published by the button above."""

    model = ConsentText
    is_closed = True
    fields = ("kind", "version", "text", "is_required", "published_at")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("Consent texts")


class AppointForm(forms.Form):
    """Who gets which office."""

    person = PersonField()
    role = forms.ChoiceField(label=gettext_lazy("Office"), choices=Office.Role.choices)
    unit = forms.ModelChoiceField(
        Unit.objects.all(), required=False, label=gettext_lazy("Unit"),
        help_text=gettext_lazy("For a unit manager: this unit and all below it."),
    )  # fmt: skip


class DismissForm(forms.Form):
    """Whose office ends."""

    office = forms.ModelChoiceField(Office.objects.none(), label=gettext_lazy("Office"))


class ConsentForm(forms.Form):
    """A wording to be agreed to."""

    kind = forms.ChoiceField(label=gettext_lazy("About"), choices=ConsentText.Kind.choices)
    text = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 6}))
    is_required = forms.BooleanField(label=gettext_lazy("Needed to take part"), required=False)


class SlipsForm(forms.Form):
    """Whose slips are printed."""

    unit = forms.ModelChoiceField(
        Unit.objects.all(), required=False, label=gettext_lazy("Unit"),
        help_text=gettext_lazy("With all units below it; empty means everybody in the contest."),
    )  # fmt: skip
    who = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[
            ("without", gettext_lazy("Who has no valid slip yet")),
            ("never", gettext_lazy("Who has never signed in")),
            ("all", gettext_lazy("Everybody: the slips they have become void")),
        ],
    )


@admin.register(Contest)
class ContestAdmin(BaseAdmin):
    """Contests; an organizer sees only the own ones."""

    seen_by = "watched_by"
    run_by = "run_by"
    list_display = ("title", "slug", "entry", "is_public")
    search_fields = ("title", "slug")
    autocomplete_fields = ("root",)
    change_form_before_template = "rounds/desk_problems.html"
    actions_detail = (
        "people",
        {
            "title": gettext_lazy("Lists and slips"),
            "icon": "qr_code_2",
            "items": ["take_roster", "print_slips"],
        },
        {
            "title": gettext_lazy("Set the contest up"),
            "icon": "tune",
            "items": ["add_round", "appoint", "dismiss", "publish_consent"],
        },
    )
    fieldsets = (
        (
            "",
            {"fields": (("title", "slug"), ("short_title", "mark"), "subtitle", ("organizer", "place"), "is_public")},
        ),
        (
            gettext_lazy("People and units"),
            {
                "fields": (
                    ("entry", "needs_unit_confirmation"), "root", "roster_frozen_at",
                    ("unit_ranking", "completion_threshold"),
                )
            },
        ),
        (gettext_lazy("Texts"), {"fields": ("rules", "prizes", ("contact", "hotline"))}),
    )  # fmt: skip
    prepopulated_fields = {"slug": ("title",)}

    class Media:
        js = ("admin/js/urlify.js", "rounds/address.js")  # in this order

    view_on_site = False  # type: ignore[assignment]  # the first page links to it; here it takes the room of the buttons

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[type[Any]]:
        """What belongs to a contest, once there is one."""
        return () if obj is None else (RoundLines, DocumentLines, OfficeLines, ConsentLines)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """The address is proposed for a new contest only."""
        return dict(self.prepopulated_fields) if obj is None else {}

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The contest; what would go wrong at the opening stands above it."""
        contest = self.get_object(request, object_id)
        if contest is not None:
            context = {"problems": calendar.problems(contest, now=request.now)}
            extra_context = {**(extra_context or {}), **context}
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: Any, obj: Contest, form: Any, change: bool) -> None:
        """A new contest has the person as its organizer."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            organizing.found(obj, by=request.user, now=request.now)

    def response_add(self, request: HttpRequest, obj: Contest, post_url_continue: str | None = None) -> HttpResponse:
        """On to the new contest, to set it up."""
        messages.success(request, _("“%(contest)s” is there. Now add its rounds.") % {"contest": obj})
        return HttpResponseRedirect(self.page_of(obj))

    @action(description=gettext_lazy("Entrants"), url_path="people", icon="groups")
    def people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The list of the contest's people."""
        return HttpResponseRedirect(f"{reverse('admin:rounds_entrant_changelist')}?contest={int(object_id)}")

    @action(description=gettext_lazy("Add a round"), url_path="add-round", icon="add")
    def add_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for a new round of the contest."""
        return HttpResponseRedirect(f"{reverse('admin:rounds_round_add')}?contest={int(object_id)}")

    @action(description=gettext_lazy("Import a list of people"), url_path="import", icon="upload_file")
    def take_roster(self, request: Any, object_id: str) -> HttpResponse:
        """A unit's list, looked at row by row and then taken in."""
        contest = self.chosen(request, object_id)

        def look(data: bytes, name: str) -> units.Preview:
            return rosters.preview(data, name, contest, now=request.now)

        def do(data: bytes, name: str) -> str:
            return imported(rosters.commit(data, name, contest, by=request.user, now=request.now))

        columns = [
            (" / ".join((column.labels[0], column.labels[-1])), _("Needed.") if column.required else _("Optional."))
            for column in rosters.COLUMNS.values()
        ]
        return self.take_file(
            request, title=_("Import a list of people into “%(contest)s”") % {"contest": contest}, look=look, do=do,
            template="accounts/take_file.html", columns=columns,
            back=f"{reverse('admin:rounds_entrant_changelist')}?contest={contest.pk}",
            explain=_("A unit is named by its code, or by its path from the top; never by a bare name."),
        )  # fmt: skip

    @action(description=gettext_lazy("Print slips"), url_path="slips", icon="print")
    def print_slips(self, request: Any, object_id: str) -> HttpResponse:
        """A PDF of new slips for a unit or for the whole contest."""
        contest = self.chosen(request, object_id)
        form = SlipsForm(request.POST or None)
        look_up(form.fields["unit"], Contest._meta.get_field("root"))  # type: ignore[arg-type]

        def act(unit: Unit | None, who: str) -> HttpResponse:
            people = contest.entrants.select_related("user", "contest").order_by("unit__sort_key", "user__name_key")
            if unit is not None:
                people = people.below(unit)
            if who == "without":
                people = people.exclude(Exists(Slip.objects.filter(user=OuterRef("user"), revoked_at=None)))
            elif who == "never":
                people = people.filter(user__signed_in_at=None)
            return pdf(handing_out.print_slips(people, by=request.user, now=request.now), "phieu-du-thi.pdf")

        explain = _("Each person gets a new slip; one that they had before opens nothing any more.")
        return self.ask(
            request, form, act, title=_("Print slips"), obj=contest, explain=explain, button=_("Make the PDF")
        )

    @action(description=gettext_lazy("Appoint"), url_path="appoint", icon="badge")
    def appoint(self, request: Any, object_id: str) -> HttpResponse:
        """A person gets an office."""
        contest = self.chosen(request, object_id)
        form = AppointForm(request.POST or None)
        look_up(form.fields["unit"], Contest._meta.get_field("root"))  # type: ignore[arg-type]

        def act(person: Any, role: str, unit: Unit | None) -> str:
            office = entering.appoint(person, contest, role, unit=unit, by=request.user, now=request.now)
            return _("Appointed: %(office)s") % {"office": office}

        explain = _("Whoever holds an office can't take part in the contest.")
        return self.ask(request, form, act, title=_("Appoint"), obj=contest, explain=explain)

    @action(description=gettext_lazy("Dismiss"), url_path="dismiss", icon="person_remove")
    def dismiss(self, request: Any, object_id: str) -> HttpResponse:
        """An office ends."""
        contest = self.chosen(request, object_id)
        form = DismissForm(request.POST or None)
        form.fields["office"].queryset = contest.offices.select_related("user")  # type: ignore[attr-defined]

        def act(office: Office) -> str:
            entering.dismiss(office, by=request.user, now=request.now)
            return _("The office has ended: %(office)s") % {"office": office}

        explain = _("The person is signed out everywhere.")
        return self.ask(request, form, act, title=_("Dismiss"), obj=contest, explain=explain)

    @action(description=gettext_lazy("Publish a consent text"), url_path="consent", icon="handshake")
    def publish_consent(self, request: Any, object_id: str) -> HttpResponse:
        """A new wording is in force."""
        contest = self.chosen(request, object_id)

        def act(kind: str, text: str, is_required: bool) -> str:
            published = organizing.publish_consent(
                contest, kind, text, is_required=is_required, by=request.user, now=request.now
            )
            return _("In force from now on: %(text)s") % {"text": published}

        explain = _("A new wording is a new version: people are asked again, and earlier consents stay as they were.")
        return self.ask(
            request, ConsentForm(request.POST or None), act, title=_("Publish a consent text"), obj=contest,
            explain=explain,
        )  # fmt: skip


def pdf(content: bytes, name: str) -> HttpResponse:
    """A file to be printed, which no cache keeps."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


# --- Rounds ----------------------------------------------------------------------------------------------------------
class QuizBlock(Blocks):
    """The settings of a quiz; what papers and ranking are made of is closed once the round has begun."""

    model = Quiz
    max_num = 1
    extra = 1
    may_delete = False
    hide_title = True
    verbose_name_plural = gettext_lazy("Quiz settings")
    fieldsets = (
        (
            gettext_lazy("Papers"),
            {
                "fields": (
                    "bank", ("papers", "question_count"), ("shuffle_questions", "shuffle_choices"), "time_limit",
                    ("attempts_per_period", "attempts_per_day"), "attempts_per_contest",
                )
            },
        ),
        (
            gettext_lazy("Points and places"),
            {"fields": (("scoring", "points_per_question"), "prediction", "counting", "ranking", "ranking_keys")},
        ),
        (gettext_lazy("What is shown when"), {"fields": ("score_shown", "board_shown", "review_shown")}),
    )  # fmt: skip

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """What people have sat their papers by."""
        begun = obj is not None and organizing.has_begun(obj, request.now)
        return ("own_order", *(sorted(organizing.CLOSED_QUIZ) if begun else ()))

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """Where the keys that it is ranked by can only be read, they stand there in words."""
        closed = "ranking_keys" in self.get_readonly_fields(request, obj) or not self.has_change_permission(
            request, obj
        )
        instead = {"ranking_keys": "own_order"} if closed else {}
        return [
            (title, {**told, "fields": [_renamed(names, instead) for names in told["fields"]]})
            for title, told in super().get_fieldsets(request, obj)
        ]

    @display(description=gettext_lazy("own ranking keys"))
    def own_order(self, quiz: Quiz) -> str:
        """The keys in words, where they rank anybody."""
        return ", ".join(quiz.ranked_by()) if quiz.ranking == Quiz.Ranking.OWN else ""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The banks whose member the person is."""
        if db_field.name == "bank":
            kwargs["queryset"] = Bank.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Ranking keys are typed as a list."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "ranking_keys":
            known = "; ".join(f"{key} ({words})" for key, words in Quiz.RankedBy.choices)
            field.help_text = _("Only with “own order of keys”, of these: %(keys)s.") % {"keys": known}
        return field


class PeriodLines(Lines):
    """The periods of a round."""

    model = Period
    fields = ("number", "title", "opens_at", "closes_at", "results_at")
    verbose_name_plural = gettext_lazy("Periods")


class CorrectionLines(Lines):
    """What was corrected in the key, and why."""

    model = KeyCorrection
    is_closed = True
    fields = ("key_version", "wording", "effect", "right", "reason", "by", "made_at")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("Corrections of the key")

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeyCorrection]:
        """Corrections with their questions."""
        rows: QuerySet[KeyCorrection] = super().get_queryset(request)
        return rows.select_related("version", "made_by").prefetch_related("version__choices").order_by("key_version")

    @display(description=gettext_lazy("Question"))
    def wording(self, correction: KeyCorrection) -> str:
        """The text of the question."""
        return correction.version.text

    @display(description=gettext_lazy("made by"))
    def by(self, correction: KeyCorrection) -> str:
        """Who corrected it."""
        return str(correction.made_by)

    @display(description=gettext_lazy("Right choices"))
    def right(self, correction: KeyCorrection) -> str:
        """The letters of the choices that are right now."""
        letters = {choice.pk: LETTERS[choice.position - 1] for choice in correction.version.choices.all()}
        return ", ".join(letters.get(choice, "?") for choice in correction.choices) or "–"


class CorrectKeyForm(forms.Form):
    """Which question counts differently, and how."""

    question = forms.ModelChoiceField(Question.objects.none(), label=gettext_lazy("Question"))
    effect = forms.ChoiceField(label=gettext_lazy("Effect"), choices=KeyCorrection.Effect.choices)
    letters = forms.MultipleChoiceField(
        label=gettext_lazy("Right choices, as the bank orders them"), required=False,
        choices=[(str(place), letter) for place, letter in enumerate(LETTERS, start=1)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(Round)
class RoundAdmin(BaseAdmin):
    """Rounds with their quiz settings and periods."""

    seen_by = "watched_by"
    run_by = "run_by"
    list_display = ("title", "contest", "order", "kind", "opens_at", "closes_at", "is_practice")
    list_select_related = ("contest",)
    list_filter = (ContestFilter, "kind")
    ordering = ("-contest", "order")
    search_fields = ("title",)
    autocomplete_fields = ("units",)
    inlines = (QuizBlock, PeriodLines, CorrectionLines)
    actions_detail = (
        "contest_page",
        {"title": gettext_lazy("Papers and key"), "icon": "description", "items": ["preview", "quotas", "correct_key"]},
    )
    fieldsets = (
        ("", {"fields": ("contest", ("order", "kind"), "title", "description", "is_practice")}),
        (gettext_lazy("When and where"), {"fields": (("opens_at", "closes_at"), "place")}),
        (
            gettext_lazy("Who may enter"),
            {"fields": ("who", "units", ("minimum_age", "maximum_age"), "members_only")},
        ),
    )

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """A round stays in its contest; once begun, it stays what it is."""
        if obj is None:
            return ()
        return tuple(sorted(organizing.CLOSED_ROUND)) if organizing.has_begun(obj, request.now) else ("contest",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[type[Any]]:
        """A quiz has settings and periods, other rounds have none; corrections, once there are some."""
        if obj is None:
            return (QuizBlock, PeriodLines)
        if obj.kind != Round.Kind.QUIZ:
            return ()
        return self.inlines if obj.key_version > 1 else (QuizBlock, PeriodLines)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The contests that the person organizes."""
        if db_field.name == "contest":
            kwargs["queryset"] = Contest.objects.run_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The next place in the order."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        contest = str(initial.get("contest", ""))
        if contest.isdecimal():
            last = Round.objects.filter(contest=int(contest)).order_by("order").last()
            initial.setdefault("order", last.order + 1 if last else 1)
        return initial

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The round; what is closed because it has begun is said."""
        round = self.get_object(request, object_id)
        if round is not None and request.method == "GET" and organizing.has_begun(round, request.now):
            messages.info(
                request,
                _("The round has begun: what its papers and its ranking are made of can't be changed any more."),
            )
        return super().change_view(request, object_id, form_url, extra_context)

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """Periods go through their rule, and an order of ranking keys of one's own is checked."""
        if formset.model is Quiz:
            for quiz in formset.save(commit=False):
                calendar.ranking_keys(quiz)
                quiz.save()
        elif formset.model is Period:
            periods = formset.save(commit=False)
            for period in formset.deleted_objects:
                organizing.drop_period(period, by=request.user, now=request.now)
            for period in periods:
                organizing.save_period(period, by=request.user, now=request.now)
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """All that belongs to the round; its banks are locked as it now asks for."""
        banks = list(Quiz.objects.filter(round=form.instance).values_list("bank", flat=True))
        super().save_related(request, form, formsets, change)
        organizing.settle(form.instance, now=request.now, banks=banks)

    def response_add(self, request: HttpRequest, obj: Round, post_url_continue: str | None = None) -> HttpResponse:
        """On to the new round."""
        messages.success(request, _("“%(round)s” is there.") % {"round": obj})
        return HttpResponseRedirect(self.page_of(obj))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A quiz has papers and a key; other rounds have only their contest."""
        every: list[Any] = super().get_actions_detail(request, object_id)
        if Quiz.objects.filter(round=object_id).exists():
            return every
        return [one for one in every if one.action_name == "rounds_round_contest_page"]

    @action(description=gettext_lazy("Contest"), url_path="contest", icon="trophy")
    def contest_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of its contest."""
        round = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("admin:rounds_contest_change", args=[round.contest_id]))

    @action(description=gettext_lazy("See a paper"), url_path="paper", icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A paper of the round as entrants see it."""
        round = self.chosen(request, object_id)
        return HttpResponseRedirect(reverse("preview", args=[round.contest.slug, round.order]))

    @action(description=gettext_lazy("Quotas and fixed papers"), url_path="quotas", icon="donut_small")
    def quotas(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of quotas and of fixed papers."""
        quiz = _quiz_of(self.chosen(request, object_id))
        return HttpResponseRedirect(reverse("admin:rounds_quiz_change", args=[quiz.pk]))

    @action(description=gettext_lazy("Correct the key"), url_path="correct-key", icon="key")
    def correct_key(self, request: Any, object_id: str) -> HttpResponse:
        """A question counts differently from now on, with the reason."""
        round = self.chosen(request, object_id)
        bank = _quiz_of(round).bank
        if not Bank.objects.visible_to(request.user).filter(pk=bank.pk).exists():
            raise PermissionDenied
        form = CorrectKeyForm(request.POST or None)
        question_field: Any = form.fields["question"]
        approved = bank.questions.filter(approved__isnull=False).select_related("approved")
        question_field.queryset = approved.prefetch_related("approved__choices")
        question_field.label_from_instance = _with_choices

        def act(question: Question, effect: str, letters: list[str], reason: str) -> str:
            version = QuestionVersion.objects.select_related("question").get(pk=question.approved_id or 0)
            choices = version.choices.filter(position__in=letters).values_list("pk", flat=True)
            if len(choices) != len(letters):
                raise Refused(_("The question has no such choice."))
            correction = organizing.correct_key(
                round, version, effect, list(choices), reason=reason, by=request.user, now=request.now
            )
            return _("Corrected: all papers are graded anew under key version %(number)s.") % {
                "number": correction.key_version
            }

        explain = _(
            "The grades of all papers that have the question follow within seconds, and the boards with them. "
            "The correction stands in the ledger, and entrants read its reason with their review."
        )
        return self.ask(request, form, act, title=_("Correct the key"), obj=round, explain=explain)


def _with_choices(question: Question) -> str:
    """The question with its letters, since a letter alone is soon the wrong one; right choices are marked."""
    if (version := question.approved) is None:
        return f"#{question.pk}"
    said = [
        f"{LETTERS[each.position - 1]}{' ✓' if each.is_right else ''} {each.text}" for each in version.choices.all()
    ]
    return " · ".join([f"#{question.pk} {version.text}", *said])


def _quiz_of(round: Round) -> Quiz:
    """The settings of a quiz round; 404 where there are none."""
    return get_object_or_404(Quiz.objects.select_related("bank"), round=round)


class QuotaLines(Lines):
    """How many questions of each topic a paper has."""

    model = TopicQuota
    fields = ("topic", "count")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The topics of the quiz's bank."""
        if db_field.name == "topic":
            quiz = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = Topic.objects.filter(bank__in=Quiz.objects.filter(pk=quiz).values("bank"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _may(self, request: Any, obj: Any) -> bool:
        return super()._may(request, obj) and not organizing.has_begun(obj.round, request.now)


class PaperLines(Lines):
    """The questions of fixed papers, of one period or of all."""

    model = PaperQuestion
    fields = ("period", "order", "question")
    autocomplete_fields = ("question",)
    verbose_name_plural = gettext_lazy("Fixed papers")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The periods of the round; questions of the bank."""
        quiz = request.resolver_match.kwargs.get("object_id")
        if db_field.name == "period":
            kwargs["queryset"] = Period.objects.filter(round__quiz=quiz)
        if db_field.name == "question":
            kwargs["queryset"] = Question.objects.visible_to(request.user).filter(
                bank__in=Quiz.objects.filter(pk=quiz).values("bank")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _may(self, request: Any, obj: Any) -> bool:
        return super()._may(request, obj) and not organizing.has_begun(obj.round, request.now)


@admin.register(Quiz)
class QuizAdmin(BaseAdmin):
    """The quotas and the fixed papers of a quiz; its settings stand on the round's page."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = False
    fields = ("round_link", "bank", "papers", "question_count")
    readonly_fields = fields
    inlines = (QuotaLines, PaperLines)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It is reached from the round."""
        return False

    @display(description=gettext_lazy("Round"))
    def round_link(self, quiz: Quiz) -> str:
        """The round's page."""
        address = reverse("admin:rounds_round_change", args=[quiz.round_id])
        return format_html('<a href="{}" class="desk-link">{}</a>', address, quiz.round)


# --- People ----------------------------------------------------------------------------------------------------------
class BelowFilter(AutocompleteSelectFilter):  # type: ignore[misc]  # unfold has no types
    """People of a unit and of all units below it."""

    title = gettext_lazy("unit")

    def value(self) -> str | None:
        """The number of the unit, if it is one."""
        value = str(super().value() or "")
        return value if is_number(value) else None

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Whose path leads through the unit."""
        value = self.value()
        return queryset.filter(unit_path__contains=[int(value)]) if value else queryset


class StandingFilter(admin.SimpleListFilter):
    """What has been decided about people, and what is still to be."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The kinds."""
        return [
            ("obliged", gettext_lazy("Obliged to take part")),
            ("exempt", gettext_lazy("Exempt")),
            ("barred", gettext_lazy("Barred")),
            ("unconfirmed", gettext_lazy("Not confirmed by the unit")),
            ("nowhere", gettext_lazy("Without a unit")),
            ("unseen", gettext_lazy("Never signed in")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entrant]) -> QuerySet[Entrant]:
        """People of the kind."""
        kinds: dict[str, Callable[[], QuerySet[Entrant]]] = {
            "obliged": lambda: queryset.filter(is_obliged=True),
            "exempt": lambda: queryset.exclude(exempt_reason=""),
            "barred": lambda: queryset.filter(barred_at__isnull=False),
            "unconfirmed": lambda: queryset.filter(unit_confirmed_at=None, origin=Entrant.Origin.REGISTERED),
            "nowhere": lambda: queryset.filter(unit=None),
            "unseen": lambda: queryset.filter(user__signed_in_at=None),
        }
        kind = kinds.get(self.value() or "")
        return kind() if kind else queryset


class BlockFilter(admin.SimpleListFilter):
    """People of one block of units."""

    title = gettext_lazy("block")
    parameter_name = "block"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The blocks of all units."""
        blocks = Unit.objects.exclude(block="").order_by("block").values_list("block", flat=True).distinct()
        return [(block, block) for block in blocks]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entrant]) -> QuerySet[Entrant]:
        """People of the block."""
        return queryset.filter(block=self.value()) if self.value() else queryset


class ExtraTimeForm(forms.Form):
    """How much more time, where, and why."""

    round = forms.ModelChoiceField(Round.objects.none(), label=gettext_lazy("Round"))
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=60 * 24 * 14)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DetailsForm(forms.Form):
    """A person as an organizer puts them right; every number and date is read as people write it."""

    full_name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    sort_name = forms.CharField(
        label=gettext_lazy("Sort name"), max_length=120, required=False,
        help_text=gettext_lazy("Given name, family name, middle name. Leave empty to take it from the full name."),
    )  # fmt: skip
    birth = forms.CharField(
        label=gettext_lazy("Date of birth, or the year"), max_length=20, required=False,
        help_text=gettext_lazy("Such as 02/09/1975, or 1975."),
    )  # fmt: skip
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20, required=False)
    party_card = forms.CharField(label=gettext_lazy("Party card"), max_length=32, required=False)
    is_party_member = forms.BooleanField(label=gettext_lazy("Party member"), required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    citizen_number = forms.CharField(
        label=gettext_lazy("New citizen number"), max_length=20, required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        """The person as they are written now; an address that is there is only shown."""
        known = ("full_name", "sort_name", "phone", "party_card", "is_party_member", "email")
        initial = {name: getattr(user, name) for name in known} | {"birth": user.birth_text()}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.today = today
        self.fields["email"].disabled = bool(user.email)
        stays, opens = _("The address stays: it is how the person signs in."), _("Optional. It opens the account.")
        self.fields["email"].help_text = stays if user.email else opens
        if user.citizen_number_encrypted:
            masked = masked_citizen_number(user.citizen_number)
            self.fields["citizen_number"].help_text = (
                _("Known now: %(number)s. Type it only to change it.") % {"number": masked}
            )  # fmt: skip

    def clean_full_name(self) -> str:
        """Letters, in the form that is kept."""
        if encoding := language.legacy_encoding(self.cleaned_data["full_name"]):
            raise ValidationError(
                _("This is written in the old encoding %(name)s: type it in Unicode."), params={"name": encoding}
            )
        return language.clean(self.cleaned_data["full_name"])

    def clean_birth(self) -> tuple[int | None, date | None]:
        """The year, and the date where it is given."""
        typed = self.cleaned_data["birth"]
        try:
            return language.birth(typed, today=self.today) if typed else (None, None)
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad

    def clean_phone(self) -> str:
        """Ten digits, or nothing."""
        typed = self.cleaned_data["phone"]
        try:
            return language.phone(typed) if typed else ""
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad

    def clean_citizen_number(self) -> str:
        """Twelve digits, or nothing."""
        typed = self.cleaned_data["citizen_number"]
        try:
            return language.citizen_number(typed)[0] if typed else ""
        except language.BadInput as bad:
            raise ValidationError(str(bad)) from bad


class UnitForm(forms.Form):
    """Where people belong."""

    unit = forms.ModelChoiceField(Unit.objects.all(), label=gettext_lazy("Unit"))


class ExtraTimeLines(Lines):
    """More time for the person, with the reason."""

    model = ExtraTime
    is_closed = True
    fields = ("round", "extra", "reason", "by", "granted_at")
    readonly_fields = fields

    @display(description=gettext_lazy("granted by"))
    def by(self, extra: ExtraTime) -> str:
        """Who granted it."""
        return str(extra.granted_by)


@admin.register(Entrant)
class EntrantAdmin(BaseAdmin):
    """The people of a contest, and what is decided about them; each decision has its reason."""

    seen_by = "watched_by"
    run_by = "run_by"
    is_large = True
    may_add = may_change = False
    folded = "user__search"
    ordering = ("user__name_key", "pk")
    list_display = ("user", "birth", "unit", "block", "contest", "state")
    list_select_related = ("user", "unit", "contest")
    list_filter = (ContestFilter, StandingFilter, ("unit", BelowFilter), BlockFilter, "origin")
    list_filter_submit = True
    actions = ("print_slips", "confirm", "move", "extra_time", "exempt", "oblige", "bar", "readmit")
    actions_detail = ("attempts", "correct", "merge")
    inlines = (ExtraTimeLines,)
    fieldsets = (
        ("", {"fields": ("contest", "person", "birth", "phone", "citizen_number", "party_card", "is_party_member")}),
        (gettext_lazy("Unit"), {"fields": ("line", "block", "unit_claim", "origin", "unit_confirmed_at")}),
        (
            gettext_lazy("Decisions"),
            {"fields": ("is_obliged", "exempt_reason", "barred_at", "barred_reason")},
        ),
        (gettext_lazy("Access"), {"fields": ("created_at", "signed_in_at", "slip")}),
    )

    def label_of(self, obj: Any) -> str:
        """The person with what tells them from others of the same name."""
        return ", ".join(filter(None, [str(obj.user), obj.user.birth_text(), str(obj.unit or "")]))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits people here; the actions on chosen people ask for it without a row."""
        return obj is None and self.has_view_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Observers only look."""
        return super().get_actions(request) if request.user.has_perm("rounds.change_entrant") else {}

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Observers only look."""
        entrant = self.get_object(request, str(object_id))
        every: list[Any] = super().get_actions_detail(request, object_id)
        if entrant is not None and self.may_run(request, entrant):
            return every
        return [one for one in every if one.action_name == "rounds_entrant_attempts"]

    # What is shown ---

    @display(description=gettext_lazy("Full name"))
    def person(self, entrant: Entrant) -> str:
        """The name."""
        return entrant.user.full_name

    @display(description=gettext_lazy("Born"), ordering="user__birth_year")
    def birth(self, entrant: Entrant) -> str:
        """The birth date, or the year."""
        return entrant.user.birth_text()

    @display(description=gettext_lazy("Phone"))
    def phone(self, entrant: Entrant) -> str:
        """The phone number."""
        return entrant.user.phone

    @display(description=gettext_lazy("Citizen number"))
    def citizen_number(self, entrant: Entrant) -> str:
        """The citizen number without its middle."""
        known = entrant.user.citizen_number_encrypted
        return masked_citizen_number(entrant.user.citizen_number) if known else "–"

    @display(description=gettext_lazy("Party card"))
    def party_card(self, entrant: Entrant) -> str:
        """The card's number."""
        return entrant.user.party_card or "–"

    @display(description=gettext_lazy("Party member"), boolean=True)
    def is_party_member(self, entrant: Entrant) -> bool:
        """Whether the person is a party member."""
        return entrant.user.is_party_member

    @display(description=gettext_lazy("Unit"))
    def line(self, entrant: Entrant) -> str:
        """The unit with those above it."""
        return str(units.places([entrant.unit_id])[entrant.unit_id]) if entrant.unit_id else "–"

    @display(description=gettext_lazy("First signed in at"))
    def signed_in_at(self, entrant: Entrant) -> str:
        """When the person first came."""
        return _moment(entrant.user.signed_in_at)

    @display(description=gettext_lazy("Slip"))
    def slip(self, entrant: Entrant) -> str:
        """When the valid slip was issued."""
        valid = Slip.objects.filter(user=entrant.user_id, revoked_at=None).first()
        return _moment(valid.issued_at if valid else None)

    @display(
        description=gettext_lazy("State"),
        label={"barred": "danger", "exempt": "info", "unconfirmed": "warning", "obliged": "success", "": ""},
    )
    def state(self, entrant: Entrant) -> tuple[str, str]:
        """The most important thing about the person."""
        if entrant.barred_at:
            return "barred", _("Is barred")
        if entrant.exempt_reason:
            return "exempt", _("Is exempt")
        if entrant.origin == Entrant.Origin.REGISTERED and not entrant.unit_confirmed_at:
            return "unconfirmed", _("Not confirmed")
        return ("obliged", _("Is obliged")) if entrant.is_obliged else ("", _("Takes part"))

    @action(description=gettext_lazy("Attempts"), url_path="attempts", icon="assignment")
    def attempts(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The person's attempts."""
        return HttpResponseRedirect(f"{reverse('admin:attempts_attempt_changelist')}?entrant={int(object_id)}")

    @action(description=gettext_lazy("Correct the data"), url_path="correct", icon="edit")
    def correct(self, request: Any, object_id: str) -> HttpResponse:
        """What is written wrong about the person is put right."""
        entrant = self.chosen(request, object_id)
        if sentence := correcting.why_not(entrant.user):
            messages.warning(request, sentence)
            return HttpResponseRedirect(self.page_of(entrant))
        form = DetailsForm(request.POST or None, user=entrant.user, today=localdate(request.now))

        def act(birth: tuple[int | None, date | None], **typed: Any) -> str:
            details = correcting.Details(birth_year=birth[0], birth_date=birth[1], **typed)
            if typed["citizen_number"]:
                for warning in language.citizen_number(typed["citizen_number"], birth_year=birth[0])[1]:
                    messages.warning(request, warning)
            changed = correcting.correct(entrant, details, by=request.user, now=request.now)
            return _("The data are corrected.") if changed else _("Nothing was changed.")

        return self.ask(
            request, form, act, title=_("Correct the data"), obj=entrant, button=_("Save"),
            explain=_(
                "They are the same in every contest in which the person takes part. The ledger names what changed."
            ),
        )  # fmt: skip

    @action(description=gettext_lazy("Merge accounts"), url_path="merge", icon="merge")
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page that makes one account of two of the same person."""
        entrant = self.chosen(request, object_id)
        return HttpResponseRedirect(reverse("admin:attempts_attempt_merge", args=[entrant.pk]))

    # What is decided ---

    @admin.action(description=gettext_lazy("Bar with a reason"))
    def bar(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people are out of the contest."""
        return self._decide(
            request, queryset, "bar", entering.bar, _("Bar from the contest"),
            explain=_("They stand on no board any more, and are told the reason."),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Let in again, with a reason"))
    def readmit(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people are in the contest again."""
        return self._decide(request, queryset, "readmit", entering.readmit, _("Let in again"))

    @admin.action(description=gettext_lazy("Exempt with a reason"))
    def exempt(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people need not take part."""
        return self._decide(
            request, queryset, "exempt", entering.exempt, _("Exempt from taking part"),
            explain=_("Their units' completion does not count them."),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Oblige with a reason"))
    def oblige(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people are to take part."""
        return self._decide(request, queryset, "oblige", entering.oblige, _("Oblige to take part"))

    def _decide(
        self, request: Any, queryset: Any, name: str, rule: Callable[..., Any], title: str, explain: str = ""
    ) -> HttpResponse:
        return self.ask_of_chosen(
            request, queryset, ReasonForm,
            lambda entrant, reason: rule(entrant, reason=reason, by=request.user, now=request.now),
            action=name, title=title, done=_people_done, explain=explain,
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Grant extra time"))
    def extra_time(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people have more time in a round."""
        rounds = Round.objects.run_by(request.user).filter(contest__in=queryset.values("contest"), kind=Round.Kind.QUIZ)

        class Form(ExtraTimeForm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.fields["round"].queryset = rounds  # type: ignore[attr-defined]

        def act(entrant: Entrant, round: Round, minutes: int, reason: str) -> None:
            extra = timedelta(minutes=minutes)
            entering.grant_extra_time(entrant, round, extra, reason=reason, by=request.user, now=request.now)

        return self.ask_of_chosen(
            request, queryset, Form, act, action="extra_time", title=_("Grant extra time"), done=_people_done,
            explain=_("It moves the time limit and the end of the period for these people, instead of any earlier."),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Confirm that they belong to their unit"))
    def confirm(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people belong where they said."""

        def act(entrant: Entrant) -> None:
            registering.confirm(entrant.contest, [entrant.pk], by=request.user, now=request.now)

        return self.ask_of_chosen(
            request, queryset, forms.Form, act, action="confirm", title=_("Confirm the unit"), done=_people_done
        )

    @admin.action(description=gettext_lazy("Move to another unit"))
    def move(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen people belong to another unit."""

        class Form(UnitForm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                look_up(self.fields["unit"], Entrant._meta.get_field("unit"))  # type: ignore[arg-type]

        def act(entrant: Entrant, unit: Unit) -> None:
            registering.move(entrant, unit, by=request.user, now=request.now)

        return self.ask_of_chosen(
            request, queryset, Form, act, action="move", title=_("Move to another unit"), done=_people_done,
            explain=_("Attempts that were made keep the unit of their time."),
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Print slips"))
    def print_slips(self, request: Any, queryset: Any) -> HttpResponse:
        """A PDF of new slips for the chosen people."""
        chosen = list(queryset.select_related("user", "contest", "unit"))
        for entrant in chosen:
            if not self.may_run(request, entrant):
                raise PermissionDenied

        def act() -> HttpResponse:
            return pdf(handing_out.print_slips(chosen, by=request.user, now=request.now), "phieu-du-thi.pdf")

        hidden = [("action", "print_slips"), *((ACTION_CHECKBOX_NAME, entrant.pk) for entrant in chosen)]
        form = forms.Form(request.POST) if "asked" in request.POST else forms.Form()
        return self.ask(
            request, form, act, title=_("Print slips"), back=request.get_full_path(), button=_("Make the PDF"),
            explain=_("Each person gets a new slip; one that they had before opens nothing any more."),
            context={"hidden": hidden, "chosen": [self.label_of(entrant) for entrant in chosen]},
        )  # fmt: skip


def _moment(at: datetime | None) -> str:
    """A moment as the columns of models show it: "17:00 10/11/2024"."""
    return f"{localtime(at):%H:%M %d/%m/%Y}" if at else "–"


def _renamed(names: str | Sequence[str], instead: dict[str, str]) -> str | tuple[str, ...]:
    if isinstance(names, str):
        return instead.get(names, names)
    return tuple(instead.get(name, name) for name in names)


def _people_done(count: int) -> str:
    return ngettext("Done for %(count)s person.", "Done for %(count)s people.", count) % {"count": count}


# --- The ledger ------------------------------------------------------------------------------------------------------
class LedgerContestFilter(ContestFilter):
    """Entries of one contest."""

    path = "contest_id"


@admin.register(Entry)
class EntryAdmin(BaseAdmin):
    """Who did what and when, in an order that nobody can change unseen."""

    is_large = True
    may_add = may_change = False
    ordering = ("-id",)
    list_display = ("id", "at", "actor_name", "act", "about", "told")
    list_filter = (LedgerContestFilter,)
    fields = ("id", "at", "actor_name", "act", "action", "about", "told")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Everything for administrators; for others what belongs to their contests."""
        rows: QuerySet[Entry] = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(contest_id__in=[contest.pk for contest in contests_of(request)])

    @display(description=gettext_lazy("action"))
    def act(self, entry: Entry) -> str:
        """What was done, in words."""
        return recounting.act_of(entry)

    @display(description=gettext_lazy("What"))
    def told(self, entry: Entry) -> str:
        """What the entry says beyond its action."""
        return format_html_join("; ", "{}: {}", recounting.told(entry))

    @display(description=gettext_lazy("subject"))
    def about(self, entry: Entry) -> str:
        """The row that it is about: of what kind it is, and its number."""
        return recounting.about(entry)
