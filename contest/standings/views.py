"""The doors for people: the page of standings, and its tables for the organizers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import second_factor_required
from accounts.requests import Request, SignedInRequest
from contest.foundations.refusing import Refused
from contest.rounds import calendar
from contest.rounds.models import Contest, Quiz
from contest.rounds.ranking import Key
from contest.standings import exporting, reading
from contest.standings.forms import Wish
from contest.standings.models import Board

FRESH = 5  # seconds that a table is kept
KEPT = 128  # tables in a process, of some 30 kB each
KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def _frame(request: Request, slug: str) -> reading.Frame:
    """The contest as this person sees it; 404 where they do not."""
    frame = reading.frame(slug, request.user, now=request.now)
    if frame is None:
        raise Http404
    return frame


@require_GET
def standings(request: Request, slug: str) -> HttpResponse:
    """The boards of a contest that may be seen: units and people, by scope, by page, and by name."""
    frame, wish = _frame(request, slug), Wish.of(request.GET)
    offer = frame.offer(wish.board)
    if offer is None and wish.board:
        raise Http404
    context: dict[str, Any] = {
        "contest": frame.contest,
        "offers": frame.offers,
        "offer": offer,
        "wish": wish,
        "section": "standings",
    }
    if offer and offer.shown:
        own = reading.own_ordinal(offer.shown, frame.entrant)
        context |= _facts(offer, offer.shown, request.now)
        context |= _table(frame, offer, offer.shown, wish, own, now=request.now)
        near = reading.around(offer.shown, own)
        lines = reading.people(offer.shown, near, me=frame.entrant, with_hand_in=context["by_hand_in"])
        context |= {"is_entrant": frame.entrant is not None, "mine": list(lines.values())}
    elif offer and offer.scope.period:
        quiz, period = offer.scope.parts[0]
        context["shown_from"] = reading.shown_from(quiz, period)
        context["is_predicting"] = calendar.prediction_is_open(quiz, period, request.now)
    return render(request, "standings/standings.html", context)


def _facts(offer: reading.Offer, board: Board, now: datetime) -> dict[str, Any]:
    """What holds for every line of a board."""
    quiz, scope = offer.scope.parts[0][0], offer.scope
    return {
        "board": board,
        "quiz": quiz,
        "is_sum": scope.is_sum,
        "is_final": scope.has_results(now),
        "by_hand_in": Key.SUBMITTED_ASC in scope.ranked_by(),
        "by_points": scope.is_sum or quiz.scoring == Quiz.Scoring.PARTIAL,
        "has_prediction": not scope.is_sum and quiz.prediction != Quiz.Prediction.NONE,
    }


# --- What all see alike ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a table depends on, and nothing about who looks at it."""

    board_id: int
    build: int
    revision: int  # of the contest: its settings are told beside the table
    wish: Wish
    marked: int | None  # the unit whose line is marked as one's own
    language: str | None
    slot: int  # of time, in FRESH: names follow consents and corrections at the next
    contest: Contest = field(compare=False)
    offer: reading.Offer = field(compare=False)
    facts: dict[str, Any] = field(compare=False)


def _table(
    frame: reading.Frame, offer: reading.Offer, board: Board, wish: Wish, own: int | None, *, now: datetime
) -> dict[str, Any]:
    """The scope and the table, as HTML; where one's own line may be among the others it is marked, and not kept."""
    asked = Asked(
        board_id=board.pk,
        build=board.build,
        revision=frame.contest.revision,
        wish=wish,
        marked=frame.child_of(board.top_id if wish.unit is None else wish.unit),
        language=get_language(),
        slot=int(now.timestamp() // FRESH),
        contest=frame.contest,
        offer=offer,
        facts=_facts(offer, board, now),
    )
    return _shown(asked, me=frame.entrant) if _is_near(frame, board, wish, own) else _kept(asked)


def _is_near(frame: reading.Frame, board: Board, wish: Wish, own: int | None) -> bool:
    """Whether one's own line may be among those of this page; what is searched for is not kept either."""
    if wish.words or wish.unit in (None, board.top_id):
        return bool(wish.words) or (own is not None and wish.after < own <= wish.after + reading.PAGE)
    return wish.unit in frame.path


@lru_cache(maxsize=KEPT)
def _kept(asked: Asked) -> dict[str, Any]:
    """The table as everyone sees it, kept for a few seconds in this process."""
    return _shown(asked)


def _shown(asked: Asked, *, me: int | None = None) -> dict[str, Any]:
    """The table from the database."""
    wish, board = asked.wish, asked.facts["board"]
    context = {"contest": asked.contest, "offer": asked.offer, "wish": wish, "marked": asked.marked, **asked.facts}
    if wish.words:
        found, more = reading.found_people(board, wish.words, after=wish.after, me=me)
        units = [] if wish.after else reading.found_units(board, wish.words)
        context |= {"lines": found, "units": units, "behind": found[-1]["ordinal"] if more and found else None}
        return {"tab": "search", "main": render_to_string("standings/found.html", context)}
    tab, tree = _tree(board, wish)
    unit = tree.unit if tree.unit and tree.unit["unit"] != board.top_id else None
    context |= {"tab": tab, "tree": tree, "unit": unit}
    if tab == "people":
        page = reading.page(board, unit, after=wish.after)
        lines = reading.people(board, page.ordinals, me=me, with_hand_in=context["by_hand_in"])
        context |= {"page": page, "lines": list(lines.values())}
    return {
        "tab": tab,
        "unit": unit,
        "scope": render_to_string("standings/scope.html", context),
        "main": render_to_string(f"standings/{tab}.html", context),
    }


def _tree(board: Board, wish: Wish) -> tuple[str, reading.Tree]:
    """The units around the wished one, and which tab shows: units, unless there are none."""
    unit = board.top_id if wish.unit is None else wish.unit
    if wish.tab != "people":
        tree = reading.tree(board, unit, block=wish.block, after=wish.after)
        if tree.below or (wish.tab and (tree.line or unit is None)):
            return "units", tree
    wanted = wish.after if unit != board.top_id else None
    tree = reading.tree(board, unit, people_after=wanted, most=reading.MOST_CHILDREN)
    if not tree.line and unit != board.top_id:  # a unit that is not on this board
        tree = reading.tree(board, board.top_id, most=reading.MOST_CHILDREN)
    return "people", tree


# --- For the organizers ----------------------------------------------------------------------------------------------
@login_required
@require_POST
@second_factor_required
def export(request: SignedInRequest, slug: str) -> HttpResponse:
    """A board as a table, with every name, for the organizers of the contest; also one that is not public yet."""
    offer = _frame(request, slug).offer(request.POST.get("board", "") or "-")
    if offer is None or offer.board is None:
        raise Http404
    what, kind = request.POST.get("what", ""), request.POST.get("kind", "")
    if what not in ("people", "units") or kind not in KINDS:
        raise Http404
    try:
        content = exporting.table(offer.board, what, kind, by=request.user, now=request.now)
    except Refused:
        raise Http404 from None
    response = HttpResponse(content, content_type=KINDS[kind])
    name = f"{slug}-{offer.key}-{what}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
