"""The desk of boards: to be read and rebuilt, and the organizers' order among equals; and the desk's first page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import guarding
from contest.attempts import grading
from contest.foundations import language
from contest.foundations.administration import BaseAdmin, action, display
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.questions.models import Question
from contest.rounds import recounting
from contest.rounds.admin import ContestFilter, contests_of
from contest.rounds.models import Contest, Entrant
from contest.standings import board as boards
from contest.standings import deciding, watching
from contest.standings.models import Board, Standing, UnitStanding

PAGE = 50
MOST_EQUALS = 100  # people at one place who are put in order on one page
SLOW_GRADING = timedelta(minutes=1)
SHOWN_CONTESTS = 3
SHOWN_ENTRIES = 8


class OrderForm(forms.Form):
    """In which order people who share a place stand, and why."""

    def __init__(self, lines: list[Standing], *args: Any, **kwargs: Any) -> None:
        """A number for each of them."""
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"order_{line.entrant_id}"] = forms.IntegerField(
                label=f"{line.entrant} ({line.entrant.unit or '–'})", min_value=1, required=False
            )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
        )

    def order(self, typed: dict[str, Any]) -> list[Entrant]:
        """Those who got a number, by it."""
        named = [
            (number, line.entrant)
            for line in self.lines
            if (number := typed.get(f"order_{line.entrant_id}")) is not None
        ]
        if len({number for number, _entrant in named}) < len(named):
            raise Refused(_("Two people have the same number."))
        return [entrant for _number, entrant in sorted(named, key=lambda pair: pair[0])]


@admin.register(Board)
class BoardAdmin(BaseAdmin):
    """Boards as they stand, hidden ones too: whoever holds an office does not predict."""

    seen_by = "watched_by"
    run_by = "run_by"
    may_add = may_change = False
    ordering = ("-contest", "round__order", "period__number")
    list_display = ("scope", "contest", "people", "attempts", "ranked", "all_correct", "built_at", "is_public")
    list_select_related = ("contest", "round", "period")
    list_filter = (ContestFilter,)
    fields = (
        "contest",
        "round",
        "period",
        ("people", "attempts"),
        ("ranked", "all_correct"),
        "actual_value",
        ("built_at", "is_public"),
    )
    actions_detail = ("people_lines", "unit_lines", "rebuild")

    @display(description=gettext_lazy("actual value of the prediction"))
    def actual_value(self, board: Board) -> str:
        """What the prediction came to, as people write it."""
        return "–" if board.actual is None else language.decimal(board.actual)

    @display(description=gettext_lazy("Board"))
    def scope(self, board: Board) -> str:
        """What the board is of."""
        if board.period:
            return f"{board.round}: {board.period}"
        return str(board.round) if board.round else _("Whole contest")

    @action(description=gettext_lazy("People"), url_path="people", icon="format_list_numbered")
    def people_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The lines of people, fifty a page, by their order."""
        board = self.shown(request, object_id)
        after = _number(request.GET.get("after"))
        lines = Standing.objects.filter(board=board.pk, build=board.build, ordinal__gt=after).order_by("ordinal")
        shown = list(lines.select_related("entrant__user", "unit")[: PAGE + 1])
        places = [line.place for line in shown]
        context = {
            "board": board,
            "lines": shown[:PAGE],
            "shared": {place for place in places if places.count(place) > 1},
            "next": shown[PAGE - 1].ordinal if len(shown) > PAGE else None,
            "may_decide": board.period_id is not None and self.may_run(request, board),
            "decide_url": reverse("admin:standings_board_decide", args=[board.pk]),
        }
        return self.page(request, "standings/desk_people.html", title=self.scope(board), **context)

    @action(description=gettext_lazy("Units"), url_path="units", icon="account_tree")
    def unit_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The lines of the units below one, in their order."""
        board = self.shown(request, object_id)
        below = request.GET.get("below", "")
        parent = int(below) if below.isdecimal() else board.top_id
        lines = UnitStanding.objects.filter(board=board.pk, build=board.build, parent=parent).order_by("ordinal")
        context = {"board": board, "lines": list(lines.select_related("unit")[:500])}
        return self.page(request, "standings/desk_units.html", title=self.scope(board), **context)

    @action(description=gettext_lazy("Rebuild now"), url_path="rebuild", icon="refresh")
    def rebuild(self, request: Any, object_id: str) -> HttpResponse:
        """The boards of the contest are made anew from the grades."""
        board = self.chosen(request, object_id)

        def act() -> str:
            count = boards.refresh(now=request.now, contest=board.contest, force=True)
            return _("Rebuilt: %(count)s boards of the contest.") % {"count": count}

        explain = _("The clock does it by itself whenever something has changed.")
        form = forms.Form(request.POST or None)
        return self.ask(request, form, act, title=_("Rebuild the boards now"), obj=board, explain=explain)

    @action(description=gettext_lazy("Decide among equals"), url_path="decide")
    def decide(self, request: Any, object_id: str) -> HttpResponse:
        """People who share a place get an order, with the reason."""
        board = self.chosen(request, object_id)
        place = _number(request.GET.get("place"))
        lines = deciding.equals(board, place)[:MOST_EQUALS]
        if board.period is None or len(lines) < 2:
            raise Http404
        form = OrderForm(lines, request.POST or None)

        def act(reason: str, **typed: Any) -> str:
            deciding.decide(board.period, form.order(typed), reason=reason, by=request.user, now=request.now)
            return _("Decided. The board follows with its next build.")

        return self.ask(
            request, form, act, title=_("Decide among equals at place %(place)s") % {"place": place}, obj=board,
            explain=_("1 stands before 2; whoever gets no number stands after them. The ledger keeps the decision."),
        )  # fmt: skip

    def get_urls(self) -> list[Any]:
        """The actions, and the one that is reached from a line."""
        decide = self.admin_site.admin_view(self.decide)
        return [path("<path:object_id>/decide/", decide, name="standings_board_decide"), *super().get_urls()]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


# --- The first page --------------------------------------------------------------------------------------------------
def dashboard(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """What an organizer should know first: alarms, how far people are, what would go wrong, what waits for a review."""
    contests = contests_of(request)
    shown = contests[:SHOWN_CONTESTS]
    banks = Question.objects.waiting().visible_to(request.user)
    return {
        **context,
        "alarms": _alarms(request),
        "contests": watching.watch(shown, now=request.now) if shown else [],
        "more_contests": len(contests) > SHOWN_CONTESTS,
        "waiting": banks.count() if request.user.has_perm("questions.view_question") else 0,
        "entries": _newest(request, contests),
        "may_found": request.user.has_perm("rounds.add_contest"),
        "may_add_bank": request.user.has_perm("questions.add_bank"),
    }


def _newest(request: Any, contests: list[Contest]) -> list[tuple[Entry, str]]:
    """What was last done in the person's contests."""
    if not request.user.has_perm("ledger.view_entry"):
        return []
    entries = Entry.objects.order_by("-id").defer("previous_hash", "hash")
    if not request.user.is_superuser:
        entries = entries.filter(contest_id__in=[contest.pk for contest in contests])
    return [(entry, recounting.act_of(entry)) for entry in entries[:SHOWN_ENTRIES]]


def _alarms(request: Any) -> list[str]:
    """Troubles of the whole platform; for its administrators and for every organizer alike."""
    found = []
    if wrong := guarding.wave(request.now):
        found.append(
            _("A wave of wrong codes: up to %(count)s in a minute. Somebody may be guessing.") % {"count": wrong}
        )
    oldest = grading.waiting_since()
    if oldest is not None and request.now - oldest > SLOW_GRADING:
        minutes = int((request.now - oldest).total_seconds() // 60)
        found.append(
            _("Grading is behind: the oldest paper has waited %(minutes)s minutes. Look at the worker.")
            % {"minutes": minutes}
        )
    return found
