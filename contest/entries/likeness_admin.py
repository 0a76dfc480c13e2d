"""The desk of likenesses: what two entries have in common, side by side; and where a blind entry says whose it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contest.entries import comparing, masking
from contest.entries.models import Entry, Likeness
from contest.foundations import language
from contest.foundations.administration import BaseAdmin, action, display
from contest.rounds.admin import ContestFilter


class VerdictForm(forms.Form):
    """What people found when they looked at the passages."""

    verdict = forms.CharField(
        label=gettext_lazy("What you found"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as: both quote the Directive; or: copied, the authors are to be asked."),
    )


class EntryContestFilter(ContestFilter):
    """Likenesses of entries of one contest."""

    path = "entry__round__contest"


class SeenFilter(admin.SimpleListFilter):
    """Whether people have looked."""

    title = gettext_lazy("looked at")
    parameter_name = "seen"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        """Two halves."""
        return [("no", gettext_lazy("Not looked at yet")), ("yes", gettext_lazy("Looked at"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """One of them."""
        chosen = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(seen_at__isnull=chosen)


@admin.register(Likeness)
class LikenessAdmin(BaseAdmin):
    """Pairs of entries with words in common, the most alike first: hints for people, who decide."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = may_change = False
    list_display = ("percent", "later", "earlier", "found_at", "verdict", "passages_link")
    list_display_links = None
    list_select_related = ("entry__round__contest", "other__round__contest")
    list_filter = (EntryContestFilter, SeenFilter)
    ordering = ("-share", "pk")
    fields = ("percent", "later", "earlier", "found_at", "verdict", ("seen_at", "seen_by"))
    readonly_fields = ("percent", "later", "earlier", "seen_by")
    actions_detail = ("passages",)

    def label_of(self, obj: Likeness) -> str:
        """Both codes."""
        return f"{obj.entry.code} – {obj.other.code}"

    @display(description=gettext_lazy("in common (%)"), ordering="share")
    def percent(self, likeness: Likeness) -> str:
        """How much of the shorter of both."""
        return f"{language.decimal(likeness.share)} %"

    @display(description=gettext_lazy("entry"))
    def later(self, likeness: Likeness) -> str:
        """The one that was registered later."""
        return str(likeness.entry)

    @display(description=gettext_lazy("like the earlier"))
    def earlier(self, likeness: Likeness) -> str:
        """The one from before, with its contest when that is another one."""
        other, contest = likeness.other, likeness.other.round.contest
        return str(other) if contest.pk == likeness.entry.round.contest_id else f"{other} ({contest})"

    @display(description=gettext_lazy("passages"))
    def passages_link(self, likeness: Likeness) -> str:
        """To both, side by side."""
        address = reverse("admin:entries_likeness_passages", args=[likeness.pk])
        return format_html('<a href="{}" class="desk-link">{}</a>', address, _("Side by side"))

    @action(description=gettext_lazy("Passages side by side"), url_path="passages", icon="compare")
    def passages(self, request: Any, object_id: str) -> HttpResponse:
        """What both have in common, with a place to note what people found."""
        likeness = self.shown(request, object_id)
        context = {
            "likeness": likeness,
            "passages": comparing.passages(likeness.entry, likeness.other),
            "later": self.later(likeness),
            "earlier": self.earlier(likeness),
            "percent": self.percent(likeness),
            "may_judge": self.may_run(request, likeness),
        }
        template, title = "entries/desk_likeness.html", _("Passages side by side")
        if not context["may_judge"]:
            return self.page(request, template, title=title, **context)

        def act(verdict: str) -> str:
            comparing.judge(likeness, verdict=verdict, by=request.user, now=request.now)
            return _("Noted.")

        form = VerdictForm(request.POST or None, initial={"verdict": likeness.verdict})
        back = self.page_of()
        return self.ask(
            request, form, act, title=title, back=back, button=_("Note it"), template=template, context=context
        )


def traces_page(desk: BaseAdmin, request: HttpRequest, entry: Entry) -> HttpResponse:
    """Where names, units, phones and e-mails of the entry's people still stand, for whoever runs a blind stage."""
    context = {"entry": entry, "findings": masking.findings(entry), "back": desk.page_of(entry)}
    return desk.page(request, "entries/desk_traces.html", title=_("What gives the authors away"), **context)
