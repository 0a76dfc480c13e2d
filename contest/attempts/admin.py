"""The desk of attempts: what was asked, answered and received, and the two decisions about it: void, and once more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import units
from accounts.admin import PersonField
from contest.attempts import merging, reading, sitting, starting
from contest.attempts.models import Attempt, Grade
from contest.foundations import language
from contest.foundations.addresses import path
from contest.foundations.administration import BaseAdmin, Lines, ReasonForm, action, display
from contest.foundations.language import CODE_ALPHABET, decimal
from contest.foundations.refusing import Refused
from contest.foundations.secrets import masked_citizen_number
from contest.questions.models import Bank
from contest.rounds.admin import ContestFilter, contests_of
from contest.rounds.models import Entrant, Period, Round

RECEIPT = re.compile(rf"[{CODE_ALPHABET}]{{4}}(-?[{CODE_ALPHABET}]{{4}}){{3}}")


def points_of(hundredths: int) -> str:
    """Points, which are stored in hundredths: 850 is "8,5"."""
    return decimal(Decimal(hundredths) / 100)


def duration_of(milliseconds: int) -> str:
    """Minutes and seconds, as boards publish them: "8:05"."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02}"


class AttemptContestFilter(ContestFilter):
    """Attempts of one contest."""

    path = "round__contest"


class PeriodFilter(admin.SimpleListFilter):
    """Attempts of one round, or of one of its periods."""

    title = gettext_lazy("round")
    parameter_name = "within"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The quiz rounds of the person's contests, each followed by its periods."""
        rounds = Round.objects.filter(contest__in=contests_of(request), kind=Round.Kind.QUIZ)
        for round in rounds.order_by("-contest", "order").prefetch_related("periods"):
            yield f"r{round.pk}", str(round)
            for period in round.periods.all():
                yield f"p{period.pk}", f"– {period}"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        """The round's or the period's attempts."""
        value = self.value() or ""
        if not value[1:].isdecimal():
            return queryset
        chosen = int(value[1:])
        return queryset.filter(period=chosen) if value[0] == "p" else queryset.filter(round=chosen)


class OutcomeFilter(admin.SimpleListFilter):
    """How attempts ended."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The ends."""
        return [
            (Attempt.Status.OPEN.value, gettext_lazy("In progress")),
            (Attempt.Status.SUBMITTED.value, gettext_lazy("Was handed in")),
            (Attempt.Status.EXPIRED.value, gettext_lazy("Closed by the clock")),
            ("void", gettext_lazy("Is void")),
            ("ungraded", gettext_lazy("Not graded yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        """Attempts that ended so."""
        value = self.value()
        if value == "void":
            return queryset.filter(voided_at__isnull=False)
        if value == "ungraded":
            return queryset.exclude(status=Attempt.Status.OPEN).filter(graded_version=0)
        return queryset.filter(status=value) if value in Attempt.Status.values else queryset


class GradeLines(Lines):
    """What the attempt is worth, under each version of the key."""

    model = Grade
    is_closed = True
    fields = ("key_version", "points_shown", "right_shown", "is_all_correct", "predicted", "graded_at")
    readonly_fields = fields
    ordering = ("-key_version",)
    verbose_name_plural = gettext_lazy("Grades")

    @display(description=gettext_lazy("Points"))
    def points_shown(self, grade: Grade) -> str:
        """Points of all that could be had."""
        return f"{points_of(grade.points)} / {points_of(grade.max_points)}"

    @display(description=gettext_lazy("Right answers"))
    def right_shown(self, grade: Grade) -> str:
        """Right answers of all questions."""
        return f"{grade.right} / {grade.questions}"

    @display(description=gettext_lazy("Prediction"))
    def predicted(self, grade: Grade) -> str:
        """The prediction without zeros that nobody typed."""
        return "–" if grade.prediction is None else decimal(grade.prediction)


class GrantForm(forms.Form):
    """Who may try once more, where, and why."""

    person = PersonField()
    period = forms.ChoiceField(label=gettext_lazy("Period"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class MergeForm(ReasonForm):
    """Which attempt counts where two accounts have too many, and why they are one person's."""

    def __init__(self, clashes: list[merging.Clash], *args: Any, **kwargs: Any) -> None:
        """A choice for each period in which there are too many; the earliest is chosen."""
        super().__init__(*args, **kwargs)
        for clash in clashes:
            self.fields[f"period_{clash.period.pk}"] = forms.TypedChoiceField(
                label=_("Which attempt counts in %(period)s") % {"period": clash.period},
                choices=[(attempt.pk, _attempt_line(attempt)) for attempt in clash.attempts],
                coerce=int, initial=clash.attempts[0].pk,
                help_text=_("The others become void. The earliest counts unless you choose another."),
            )  # fmt: skip
        self.order_fields([name for name in self.fields if name != "reason"])


def _attempt_line(attempt: Attempt) -> str:
    started, ended = (localtime(at) if at else None for at in (attempt.started_at, attempt.submitted_at))
    told = {
        "name": attempt.entrant,
        "started": f"{started:%H:%M %d/%m/%Y}",
        "ended": f"{ended:%H:%M %d/%m/%Y}" if ended else "–",
        "receipt": attempt.receipt or "–",
    }
    return _("%(started)s – %(ended)s, %(name)s, receipt %(receipt)s") % told


def _masked(entrant: Entrant) -> str:
    return masked_citizen_number(entrant.user.citizen_number) if entrant.user.citizen_number_encrypted else ""


@admin.register(Attempt)
class AttemptAdmin(BaseAdmin):
    """Attempts, to be read; nothing of them is ever changed or deleted here."""

    seen_by = "watched_by"
    run_by = "run_by"
    is_large = True
    may_add = may_change = False
    folded = "entrant__user__search"
    search_help_text = gettext_lazy("Name, phone, card number or receipt")
    ordering = ("-started_at", "-pk")
    list_display = ("entrant", "round", "period", "number", "started_at", "submitted_at", "points", "outcome")
    list_select_related = ("entrant__user", "round", "period")
    list_filter = (AttemptContestFilter, PeriodFilter, OutcomeFilter)
    actions = ("void_chosen",)
    actions_list = ("grant_to_person",)
    actions_detail = ("void", "grant", "person")
    inlines = (GradeLines,)
    change_form_after_template = "attempts/desk_attempt.html"
    fieldsets = (
        ("", {"fields": (("entrant", "ended"), ("round", "period"), ("number", "receipt"), "line")}),
        (
            gettext_lazy("Times"),
            {"fields": (("started_at", "deadline"), ("submitted_at", "took"), ("answered", "is_completed"))},
        ),
        (gettext_lazy("Decision"), {"fields": (("voided_at", "voider"), "void_reason", "granted")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        """Attempts with their newest grades."""
        newest = Prefetch("grades", Grade.objects.order_by("-key_version"))
        rows: QuerySet[Attempt] = super().get_queryset(request).prefetch_related(newest)
        return rows.defer("paper", "unit_path") if request.path == self.page_of() else rows

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """By the receipt, where one is typed; else by the person."""
        typed = search_term.strip().upper()
        if RECEIPT.fullmatch(typed):
            bare = typed.replace("-", "")
            return queryset.filter(receipt="-".join(bare[at : at + 4] for at in range(0, 16, 4))), False
        return super().get_search_results(request, queryset, search_term)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits attempts; the actions on chosen ones ask for it without a row."""
        return obj is None and self.has_view_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Observers only look."""
        return super().get_actions(request) if request.user.has_perm("attempts.change_attempt") else {}

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Observers only look."""
        may = request.user.has_perm("attempts.change_attempt")
        return super().get_actions_list(request) if may else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Observers only look."""
        attempt = self.get_object(request, str(object_id))
        every: list[Any] = super().get_actions_detail(request, object_id)
        if attempt is not None and self.may_run(request, attempt):
            return every
        return [one for one in every if one.action_name == "attempts_attempt_person"]

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The attempt with its paper and its log; the key only for members of the bank."""
        attempt = self.get_object(request, object_id)
        if attempt is not None:
            quiz = attempt.round.quiz
            saved = sitting.saved(attempt)
            knows = Bank.objects.visible_to(request.user).filter(pk=quiz.bank_id).exists()
            questions = reading.review(quiz, attempt, saved) if knows else reading.paper(attempt.paper, saved.places)
            extra_context = {
                **(extra_context or {}),
                "questions": questions,
                "knows_key": knows,
                "log": list(reading.log(attempt)),
                "prediction": saved.prediction,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    # What is shown ---

    @display(description=gettext_lazy("Points"))
    def points(self, attempt: Attempt) -> str:
        """What the attempt is worth under the newest key."""
        newest = next(iter(attempt.grades.all()), None)
        return f"{points_of(newest.points)} / {points_of(newest.max_points)}" if newest else "–"

    @display(
        description=gettext_lazy("State"),
        label={"void": "danger", "open": "info", "expired": "warning", "submitted": "success"},
    )
    def outcome(self, attempt: Attempt) -> tuple[str, str]:
        """How the attempt ended."""
        return ("void" if attempt.voided_at else str(attempt.status)), self.ended(attempt)

    @display(description=gettext_lazy("State"))
    def ended(self, attempt: Attempt) -> str:
        """How the attempt ended, in words."""
        if attempt.voided_at:
            return _("Is void")
        if attempt.status == Attempt.Status.OPEN:
            return _("In progress")
        return _("Was handed in") if attempt.status == Attempt.Status.SUBMITTED else _("Closed by the clock")

    @display(description=gettext_lazy("Unit at the start"))
    def line(self, attempt: Attempt) -> str:
        """The unit as it was when the attempt began, with those above it."""
        names = units.places(attempt.unit_path)
        return " / ".join(names[unit].unit.name for unit in attempt.unit_path if unit in names) or "–"

    @display(description=gettext_lazy("Time taken"))
    def took(self, attempt: Attempt) -> str:
        """From the start to the hand-in, as the server saw them."""
        return "–" if attempt.duration_ms is None else duration_of(attempt.duration_ms)

    @display(description=gettext_lazy("voided by"))
    def voider(self, attempt: Attempt) -> str:
        """Who made it void."""
        return str(attempt.voided_by or "–")

    @display(description=gettext_lazy("Further attempts granted"))
    def granted(self, attempt: Attempt) -> str:
        """What the person was granted in this round, and why."""
        grants = attempt.entrant.grants.filter(round=attempt.round_id).select_related("period", "granted_by")
        rows = [f"{grant.period or grant.round}: {grant.reason} ({grant.granted_by})" for grant in grants]
        return "; ".join(rows) or "–"

    # What is decided ---

    @action(description=gettext_lazy("Void the attempt"), url_path="void", icon="block")
    def void(self, request: Any, object_id: str) -> HttpResponse:
        """The attempt stands on no board from now on."""
        attempt = self.chosen(request, object_id)

        def act(reason: str) -> str:
            sitting.void(attempt, by=request.user, reason=reason, now=request.now)
            return _("The attempt is void. It stays with all its answers, and stands on no board.")

        explain = _("The person sees the reason. To let them try once more, grant another attempt as well.")
        return self.ask(
            request, ReasonForm(request.POST or None), act, title=_("Void the attempt"), obj=attempt, explain=explain
        )

    @action(description=gettext_lazy("Grant another"), url_path="grant", icon="add_circle")
    def grant(self, request: Any, object_id: str) -> HttpResponse:
        """The person may try once more in the same period."""
        attempt = self.chosen(request, object_id)

        def act(reason: str) -> str:
            starting.grant(
                attempt.entrant, attempt.round.quiz, attempt.period, by=request.user, reason=reason, now=request.now
            )
            return _("%(person)s may start one more attempt.") % {"person": attempt.entrant}

        explain = _("One attempt beyond the limit of the period.")
        return self.ask(
            request, ReasonForm(request.POST or None), act, title=_("Grant another attempt"), obj=attempt,
            explain=explain,
        )  # fmt: skip

    @action(description=gettext_lazy("Person"), url_path="person", icon="person")
    def person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of the person in the contest."""
        attempt = self.shown(request, object_id)
        return HttpResponseRedirect(reverse("admin:rounds_entrant_change", args=[attempt.entrant_id]))

    @admin.action(description=gettext_lazy("Void with a reason"))
    def void_chosen(self, request: Any, queryset: Any) -> HttpResponse:
        """The chosen attempts stand on no board from now on."""
        return self.ask_of_chosen(
            request,
            queryset,
            ReasonForm,
            lambda attempt, reason: sitting.void(attempt, by=request.user, reason=reason, now=request.now),
            action="void_chosen",
            title=_("Void the chosen attempts"),
            done=lambda count: (
                ngettext("%(count)s attempt is void.", "%(count)s attempts are void.", count) % {"count": count}
            ),
        )

    @action(description=gettext_lazy("Grant an attempt"), url_path="grant-to-person", icon="add_circle")
    def grant_to_person(self, request: Any) -> HttpResponse:
        """Somebody may try once more, though there may be no attempt to begin with."""
        if not request.user.has_perm("attempts.change_attempt"):
            raise PermissionDenied
        form = GrantForm(request.POST or None)
        rounds = Round.objects.run_by(request.user).filter(kind=Round.Kind.QUIZ).select_related("contest", "quiz")
        periods = {
            str(period.pk): period
            for round in rounds.prefetch_related("periods")
            for period in round.periods.all()
        }  # fmt: skip
        form.fields["period"].choices = [  # type: ignore[attr-defined]
            (pk, f"{period.round.contest}: {period.round}, {period}") for pk, period in periods.items()
        ]

        def act(person: Any, period: str, reason: str) -> str:
            chosen: Period = periods[period]
            entrant = Entrant.objects.filter(contest=chosen.round.contest_id, user=person).first()
            if entrant is None:
                raise Refused(_("%(person)s is not in this contest.") % {"person": person})
            starting.grant(entrant, chosen.round.quiz, chosen, by=request.user, reason=reason, now=request.now)
            return _("%(person)s may start one more attempt.") % {"person": person}

        return self.ask(request, form, act, title=_("Grant an attempt"), explain=_("One attempt beyond the limit."))

    # Two accounts of one person ---

    def get_urls(self) -> list[Any]:
        """The actions, and the page that is reached from a person."""
        merge = self.admin_site.admin_view(self.merge)
        return [path("merge/<number:entrant_id>/", merge, name="attempts_attempt_merge"), *super().get_urls()]

    def merge(self, request: Any, entrant_id: int) -> HttpResponse:
        """The double of a person is looked for; then both are shown side by side, and become one account."""
        if not request.user.has_perms(["attempts.change_attempt", "rounds.change_entrant"]):
            raise PermissionDenied
        mine = Entrant.objects.run_by(request.user).select_related("user", "unit", "contest")
        entrant = get_object_or_404(mine, pk=entrant_id)
        back = reverse("admin:rounds_entrant_change", args=[entrant.pk])
        other = request.GET.get("double", "")
        if not other.isdecimal():
            text = language.clean(request.GET.get("q", ""))[:100]
            context = {
                "entrant": entrant,
                "original": entrant,
                "back": back,
                "text": text,
                "found": merging.alike(entrant, text, by=request.user),
            }
            return self.page(request, "attempts/desk_double.html", title=_("Merge two accounts"), **context)
        double = get_object_or_404(mine.filter(contest=entrant.contest_id).exclude(pk=entrant.pk), pk=int(other))
        clashes = merging.clashes(entrant.user, double.user)

        def act(reason: str, **chosen: int) -> str:
            counting = {int(name.removeprefix("period_")): attempt for name, attempt in chosen.items()}
            merging.merge_people(
                entrant.user, double.user, by=request.user, reason=reason, now=request.now, counting=counting
            )
            return _("The two accounts are one: what the person did stands under “%(person)s”.") % {"person": entrant}

        tries = dict(
            Attempt.objects.filter(entrant__in=[entrant, double], voided_at=None)
            .values_list("entrant")
            .annotate(count=Count("pk"))
        )
        sides = [(one, _masked(one), tries.get(one.pk, 0)) for one in (entrant, double)]
        return self.ask(
            request, MergeForm(clashes, request.POST or None), act, title=_("Merge two accounts"), obj=entrant,
            button=_("Merge"), back=back, template="attempts/desk_merge.html",
            context={
                "sides": sides, "double": double, "entrant": entrant,
                "swap": f"{reverse('admin:attempts_attempt_merge', args=[double.pk])}?double={entrant.pk}",
            },
            explain=_(
                "The first account stays and gets what it lacks; the second one is closed, its slip opens nothing any"
                " more, and its attempts belong to the first. This can't be undone."
            ),
        )  # fmt: skip
