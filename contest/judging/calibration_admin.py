"""The desk's pages that look at the judging itself: severity and agreement of judges, the end of the work, anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contest.foundations.administration import action
from contest.judging import calibrating, forecasting, observing
from contest.judging.models import Candidate

DROPPED = 2  # judges whose leaving is thought through
SHOWN = 50  # entries whose two places are shown; those that move most come first


@dataclass(frozen=True, slots=True)
class Bar:
    """A judge on the chart of severities: percents of its width, with a point in every language."""

    judge: calibrating.Judge
    name: str
    at: str
    start: str
    width: str
    sentence: str


class AnchorsForm(forms.Form):
    """Which entries everybody marks first."""

    entries = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Entries"), queryset=Candidate.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class Calibrating:
    """What the desk of a stage has besides: calibration, forecast and anchors."""

    @action(description=gettext_lazy("Severity and agreement"), url_path="calibration", icon="balance")
    def calibration(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """How the judges mark beside each other, in charts, figures and sentences."""
        stage = self.shown(request, object_id)
        told = [
            {
                "section": section,
                "bars": bars(section),
                "verdict": verdict(section.calibration),
                "panels": [(title, one, verdict(one)) for title, one in section.panels],
                "compared": sorted(section.compared, key=lambda one: -abs(one.moves))[:SHOWN],
                "moved": sum(1 for one in section.compared if one.moves),
            }
            for section in observing.sections(stage)
        ]
        context = {"stage": stage, "sections": told}
        page: HttpResponse = self.page(
            request, "judging/desk_calibration.html", title=_("Severity and agreement"), **context
        )
        return page

    @action(description=gettext_lazy("Forecast"), url_path="forecast", icon="event_upcoming")
    def forecast(self: Any, request: Any, object_id: str) -> HttpResponse:
        """When the panel will be done, who is late, and what if two drop out."""
        stage = self.shown(request, object_id)
        panel, seats = observing.workload(stage)
        window: dict[str, Any] = {"opens_at": stage.opens_at, "closes_at": stage.closes_at, "now": request.now}
        leaving = forecasting.worst(panel, DROPPED) if len(panel) > DROPPED else []
        staying, undone = forecasting.without(panel, leaving)
        context = {
            "stage": stage,
            "forecast": (whole := forecasting.forecast(panel, **window)),
            "lines": [(seats[one.judge].user, one, _share(one)) for one in whole.outlooks],
            "leaving": [seats[judge].user for judge in leaving],
            "after": forecasting.forecast(staying, **window) if leaving else None,
            "undone": undone,
        }
        page: HttpResponse = self.page(request, "judging/desk_forecast.html", title=_("Forecast"), **context)
        return page

    @action(description=gettext_lazy("Choose anchors"), url_path="anchors", icon="anchor")
    def anchors(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Which entries everybody marks first, so that judges can be compared."""
        stage = self.chosen(request, object_id)
        rows = Candidate.objects.standing().filter(stage=stage).select_related("entry").order_by("entry__code")
        form = AnchorsForm(
            request.POST if "asked" in request.POST else None,
            initial={"entries": list(rows.filter(is_anchor=True).values_list("pk", flat=True))},
        )
        form.fields["entries"].queryset = rows  # type: ignore[attr-defined]

        def act(entries: Sequence[Candidate]) -> str:
            count = observing.set_anchors(stage, entries, by=request.user, now=request.now)
            return ngettext("%(count)s anchor.", "%(count)s anchors.", count) % {"count": count}

        explain = _(
            "Every judge marks the anchors, and marks them first: over them all judges can be compared. Three to five "
            "of different quality are enough."
        )
        page: HttpResponse = self.ask(request, form, act, title=_("Choose anchors"), obj=stage, explain=explain)
        return page


def _share(one: forecasting.Outlook) -> str:
    return _percent(100 * one.done / (one.done + one.left) if one.done + one.left else 100)


def _percent(number: float) -> str:
    return f"{number:.1f}%"


def bars(section: observing.Section) -> list[Bar]:
    """The judges as bars around the middle, which is nobody's severity; all on one scale."""
    judges = section.calibration.judges
    edges = [abs(edge) for one in judges for edge in (one.severity, one.low, one.high) if edge is not None]
    finite = [edge for edge in edges if edge < 1000]
    scale = max([1.0, *finite]) * 1.05
    return [_bar(one, str(section.users[one.judge]), scale) for one in judges]


def _bar(one: calibrating.Judge, name: str, scale: float) -> Bar:
    def place(value: float | None) -> float:
        return 50 + 50 * max(-1.0, min(1.0, (value or 0.0) / scale))

    low, high = (
        place(one.severity if one.low is None else one.low),
        place(one.severity if one.high is None else one.high),
    )
    return Bar(one, name, _percent(place(one.severity)), _percent(low), _percent(high - low), sentence(one))


def sentence(one: calibrating.Judge) -> str:
    """What the figures of a judge mean, in words."""
    if one.severity is None:
        return _("Has no entry in common with anybody: nothing compares.")
    points = f"{abs(one.severity):.1f}".replace(".", ",")
    if one.error is None:
        return _("Too few marks to tell severity from chance.")
    if not one.is_apart:
        return _("Neither severe nor lenient beyond chance.")
    if one.severity < 0:
        return _("More severe than the others: %(points)s points lower for the same entry.") % {"points": points}
    return _("More lenient than the others: %(points)s points higher for the same entry.") % {"points": points}


def verdict(found: calibrating.Calibration) -> str:
    """How far a panel agrees, in words."""
    return {
        "good": _("The judges agree well: the ranking would hardly be another one with other judges."),
        "fair": _("The judges agree tolerably: close places may be a matter of who judged. Look at large spreads."),
        "poor": _("The judges agree little: talk about the rubric, and have entries with large spreads judged again."),
        "unknown": _("Too few entries have two locked sheets: nothing can be said yet."),
    }[found.verdict]
