"""The desk of results: made from a closed stage, compared, checked, published, and taken as tables."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contest.foundations.administration import BaseAdmin, action, display
from contest.judging.models import Stage
from contest.results import exporting, freezing, showing
from contest.results.models import Snapshot
from contest.rounds.admin import ContestFilter

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
}
MOST_PRIZES = 100


class MakeForm(forms.Form):
    """Which stage, why anew, and the prizes by place."""

    stage = forms.ModelChoiceField(label=gettext_lazy("Stage"), queryset=Stage.objects.none())
    note = forms.CharField(
        label=gettext_lazy("Why there is a new version"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    prizes = forms.CharField(
        label=gettext_lazy("Prizes"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("A line for each place, from the first on: “Giải Nhất”, “Giải Nhì”, “Giải Nhì” …"),
    )  # fmt: skip

    def clean_prizes(self) -> dict[int, str]:
        """The prizes by place."""
        lines = [line.strip()[:120] for line in self.cleaned_data["prizes"].splitlines()][:MOST_PRIZES]
        return {place: prize for place, prize in enumerate(lines, start=1) if prize}


class DecisionForm(forms.Form):
    """By which paper the result is published."""

    decision = forms.CharField(
        label=gettext_lazy("Decision"), max_length=200, help_text=gettext_lazy("Its number and date.")
    )


class SnapshotContestFilter(ContestFilter):
    """Results of one contest."""

    path = "round__contest"


@admin.register(Snapshot)
class SnapshotAdmin(BaseAdmin):
    """Results with their versions; nothing in them can be changed."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = False
    may_change = False
    list_display = ("title", "version", "status", "made_at", "made_by", "published_at")
    list_select_related = ("made_by", "round", "stage")
    list_filter = (SnapshotContestFilter, "status")
    search_fields = ("title",)
    ordering = ("-made_at", "-pk")
    fields = (
        "title", "version", "status", "decision", "digest", "intact", "note", "made_at", "made_by", "checked_at",
        "checked_by", "published_at", "published_by",
    )  # fmt: skip
    readonly_fields = ("intact",)
    actions_list = ("make",)
    actions_detail = (
        "lines", "check_result", "publish", "compare",
        {
            "title": gettext_lazy("Tables and papers"),
            "icon": "download",
            "items": ["ranking_table", "ranking_text", "ranking_paper", "sheets_table", "sheets_paper"],
        },
    )  # fmt: skip

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Whoever may only look is not asked to make one."""
        return super().get_actions_list(request) if request.user.has_perm("results.change_snapshot") else []

    @display(description=gettext_lazy("As it was made"), boolean=True)
    def intact(self, snapshot: Snapshot) -> bool:
        """Whether the lines still give the digest."""
        return freezing.is_as_made(snapshot)

    @action(description=gettext_lazy("Make a result"), url_path="make", icon="verified")
    def make(self, request: Any) -> HttpResponse:
        """A closed stage becomes a provisional result."""
        if not request.user.has_perm("results.change_snapshot"):
            raise PermissionDenied
        form = MakeForm(request.POST or None)
        closed = Stage.objects.run_by(request.user).filter(closed_at__isnull=False).select_related("round__contest")
        form.fields["stage"].queryset = closed  # type: ignore[attr-defined]

        def act(stage: Stage, note: str, prizes: dict[int, str]) -> str:
            made = freezing.make(stage, by=request.user, note=note, prizes=prizes, now=request.now)
            return _("Made: %(title)s. Somebody else checks it now.") % {"title": made}

        explain = _("All that the result shows is kept as it is now: marks, names, units, exclusions and the rules.")
        return self.ask(request, form, act, title=_("Make a result"), explain=explain)

    @action(description=gettext_lazy("Lines"), url_path="lines", icon="format_list_numbered")
    def lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The lines, group by group."""
        snapshot = self.shown(request, object_id)
        page = showing.page_of(snapshot, request.GET.get("page"))
        told = {"snapshot": snapshot, "page": page, "groups": showing.groups(page)}
        return self.page(request, "results/desk_lines.html", title=str(snapshot), **told)

    @action(description=gettext_lazy("Compare"), url_path="compare", icon="compare_arrows")
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is another than in the version before."""
        snapshot = self.shown(request, object_id)
        same = Snapshot.objects.filter(round=snapshot.round_id, stage=snapshot.stage_id, period=snapshot.period_id)
        before = same.filter(version__lt=snapshot.version).order_by("-version").first()
        found = freezing.differences(before, snapshot) if before else []
        context = {"snapshot": snapshot, "before": before, "differences": found}
        return self.page(request, "results/desk_compare.html", title=str(snapshot), **context)

    @action(description=gettext_lazy("Check"), url_path="check", icon="fact_check")
    def check_result(self, request: Any, object_id: str) -> HttpResponse:
        """Somebody else has compared it with the sheets."""
        snapshot = self.chosen(request, object_id)

        def act() -> str:
            freezing.check(snapshot, by=request.user, now=request.now)
            return _("Checked.")

        explain = _("You confirm that you compared the result with the judges' sheets.")
        return self.ask(
            request, forms.Form(request.POST or None), act, title=_("Check the result"), obj=snapshot, explain=explain
        )

    @action(description=gettext_lazy("Publish"), url_path="publish", icon="campaign")
    def publish(self, request: Any, object_id: str) -> HttpResponse:
        """Everyone can read it."""
        snapshot = self.chosen(request, object_id)

        def act(decision: str) -> str:
            freezing.publish(snapshot, by=request.user, decision=decision, now=request.now)
            return _("Published. Everyone in it is told.")

        return self.ask(request, DecisionForm(request.POST or None), act, title=_("Publish the result"), obj=snapshot)

    # Tables ---

    @action(description=gettext_lazy("Ranking (XLSX)"), url_path="ranking-xlsx", icon="download")
    def ranking_table(self, request: Any, object_id: str) -> HttpResponse:
        """The ranking as a table."""
        return self._taken(request, object_id, exporting.ranking, "xlsx", _("ranking"))

    @action(description=gettext_lazy("Ranking (CSV)"), url_path="ranking-csv", icon="download")
    def ranking_text(self, request: Any, object_id: str) -> HttpResponse:
        """The ranking as a table of plain text."""
        return self._taken(request, object_id, exporting.ranking, "csv", _("ranking"))

    @action(description=gettext_lazy("Ranking (PDF)"), url_path="ranking-pdf", icon="print")
    def ranking_paper(self, request: Any, object_id: str) -> HttpResponse:
        """The ranking on paper."""
        return self._taken(request, object_id, exporting.ranking, "pdf", _("ranking"))

    @action(description=gettext_lazy("Sheets (XLSX)"), url_path="sheets-xlsx", icon="download")
    def sheets_table(self, request: Any, object_id: str) -> HttpResponse:
        """The sheets of every judge as a table."""
        return self._taken(request, object_id, exporting.judges_sheets, "xlsx", _("sheets"))

    @action(description=gettext_lazy("Sheets to sign (PDF)"), url_path="sheets-pdf", icon="print")
    def sheets_paper(self, request: Any, object_id: str) -> HttpResponse:
        """The sheets of every judge on paper, to be signed."""
        return self._taken(request, object_id, exporting.judges_sheets, "pdf", _("sheets"))

    def _taken(self, request: Any, object_id: str, take: Any, kind: str, name: str) -> HttpResponse:
        """A file is asked for by a button, since the ledger keeps who took it."""
        snapshot = self.chosen(request, object_id)

        def act() -> HttpResponse:
            content = take(snapshot, kind, by=request.user, now=request.now)
            response = HttpResponse(content, content_type=TYPES[kind])
            response["Content-Disposition"] = (
                content_disposition_header(True, f"{name}-{snapshot.version}.{kind}") or ""
            )
            return response

        title = _("Take a table")
        return self.ask(request, forms.Form(request.POST or None), act, title=title, obj=snapshot)
