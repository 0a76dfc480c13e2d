"""The entrant's door: the round, the paper, the answers, the hand-in, the result and the review."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import units
from accounts.desk import lacks_second_factor, to_second_factor
from accounts.models import User
from accounts.requests import Request, SignedInRequest
from contest.attempts import desk, grading, owning, reading, sitting, starting
from contest.attempts.forms import PERCENT, BadSave, DeskForm, Save, asked_by, from_plain_form, prediction
from contest.attempts.models import Attempt
from contest.attempts.scoring import PREDICTION, Final
from contest.foundations import language
from contest.foundations.refusing import Refused
from contest.rounds import calendar, entering, handing_out, registering
from contest.rounds import reading as contests
from contest.rounds.forms import UnitForm
from contest.rounds.models import Contest, Entrant, Office, Period, Quiz, Round
from contest.rounds.timing import Clock


def problem(status: int, message: str, **more: Any) -> JsonResponse:
    """A refusal for the page's script."""
    return JsonResponse({"error": message, **more}, status=status)


def quiz_of(request: Request, slug: str, order: int) -> Quiz:
    """The quiz of a public contest's round, with all that its pages show; 404 otherwise."""
    met = contests.meet(slug, request.user)
    quiz = met.kept.quiz(order) if met and met.kept.contest.is_public else None
    if quiz is None:
        raise Http404
    return quiz


def _takes_works(request: Request, slug: str, order: int) -> bool:
    """Whether the round of a public contest is one without a quiz."""
    met = contests.meet(slug, request.user)
    rounds = met.kept.rounds if met and met.kept.contest.is_public else ()
    return any(round.order == order and round.kind != Round.Kind.QUIZ for round in rounds)


def entrant_of(request: Request, quiz: Quiz) -> Entrant | None:
    """The person of the request in the contest of the round, if they are in it."""
    user = request.user
    return entering.entrant_of(quiz.round.contest, user) if isinstance(user, User) else None


# --- Before ----------------------------------------------------------------------------------------------------------
@require_GET
def round_page(request: Request, slug: str, order: int) -> HttpResponse:
    """The rules of a round, and the start as it would be for this person; rounds of works have a page of their own."""
    try:
        quiz = quiz_of(request, slug, order)
    except Http404:
        if _takes_works(request, slug, order):
            return redirect("call", slug, order)
        raise
    return render(request, "attempts/round.html", _round_context(quiz, entrant_of(request, quiz), request.now))


def _round_context(quiz: Quiz, entrant: Entrant | None, now: datetime, *, refusal: str | None = None) -> dict[str, Any]:
    attempts = starting.attempts_of(entrant, quiz.round) if entrant else []
    can = starting.chances(quiz, entrant, now=now, attempts=attempts) if entrant else None
    if can:
        period, clock = can.period, can.clock
    else:
        period, clock = starting.open_period(quiz.round, quiz, extra=starting.NO_EXTRA, now=now)
    refusal = refusal or (can.refusal if can else None)
    periods = sorted(quiz.round.periods.all(), key=lambda found: found.opens_at)
    next_period = next((found for found in periods if found.opens_at > now), None)
    return {
        "contest": quiz.round.contest,
        "round": quiz.round,
        "quiz": quiz,
        "period": period,
        "next_period": next_period,
        "clock": clock,
        "entrant": entrant,
        "refusal": refusal,
        "attempts_used": can.used if can else 0,
        "attempts_left": can.left if can else None,
        "open_attempt": can.open_attempt if can else None,
        "past_attempts": [attempt for attempt in attempts if attempt.status != Attempt.Status.OPEN],
        "question_count": quiz.question_count,
        "has_prediction": quiz.prediction != Quiz.Prediction.NONE,
        "is_practice": quiz.round.is_practice,
        "stage": _stage(can, clock, refusal, now),
        "seconds_to_open": max(0, (period.opens_at - now).total_seconds()) if period else None,
        "seconds_to_close": max(0, (clock.closes_at - now).total_seconds()) if clock and clock.closes_at else None,
        "section": "contest",
    }


def _stage(can: starting.Chances | None, clock: Clock | None, refusal: str | None, now: datetime) -> tuple[Any, ...]:
    """What the figures of the page follow from, besides the round and its period: they are rendered once for each."""
    mine = (can.used, can.left, can.open_attempt is None) if can else None
    reason = getattr(refusal, "code", "") if refusal else None
    if clock is None:
        return (mine, reason)
    minutes = [moment.replace(second=0, microsecond=0) for moment in (now, clock.deadline) if moment]
    left = (clock.milliseconds_left or 0) // 1000 if clock.deadline == clock.closes_at else None
    return (mine, reason, clock.state, clock.closes_at, left, *minutes)


@require_POST
@login_required
def start(request: SignedInRequest, slug: str, order: int) -> HttpResponse:
    """Start, or go on with the attempt that runs."""
    quiz = quiz_of(request, slug, order)
    try:
        attempt = starting.start(quiz, request.user, now=request.now)
    except Refused as refusal:
        context = _round_context(quiz, entrant_of(request, quiz), request.now, refusal=str(refusal))
        return render(request, "attempts/round.html", context, status=409)
    return redirect("attempt", attempt.pk)


# --- The paper -------------------------------------------------------------------------------------------------------
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def attempt(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """The paper. Showing it takes the attempt over from any other page; a POST is the plain form without script."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return HttpResponse(status=503)
    try:
        if request.method == "POST":
            return _plain_form(request, attempt_id)
        found = sitting.take_over(attempt_id, request.user, now=request.now)
    except Attempt.DoesNotExist:
        raise Http404 from None
    if not found.is_open(request.now):
        return redirect("result", found.pk)
    return _paper(request, found, sitting.saved(found))


def _paper(request: SignedInRequest, found: Attempt, final: Final, **more: Any) -> HttpResponse:
    quiz = found.round.quiz
    lease = request.COOKIES.get("page", "")
    context = {
        "attempt": found,
        "contest": found.round.contest,
        "round": found.round,
        "period": found.period,
        "questions": reading.paper(found.paper, final.places),
        "seconds_left": found.seconds_left(request.now),
        "key": sitting.Seat.at(found, asked_by(quiz.prediction)).key(),
        "sequence": 0,
        "prediction": _prediction(quiz, final.prediction),
        "taken_over": found.lease > 1 and lease != f"{found.pk}.{found.lease - 1}",
        "preview": False,
        "answer_url": reverse("answer", args=[found.pk]),
        "hand_in_url": reverse("hand_in", args=[found.pk]),
        "result_url": reverse("result", args=[found.pk]),
        "attempt_url": reverse("attempt", args=[found.pk]),
        "home_url": reverse("round", args=[found.round.contest.slug, found.round.order]),
    }
    response = render(request, "attempts/quiz.html", context | more, status=400 if more.get("form_errors") else 200)
    response.set_cookie(
        "page",
        f"{found.pk}.{found.lease}",
        path=f"/attempts/{found.pk}/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


def _prediction(quiz: Quiz, value: str | None, *, confirmed: bool = True) -> dict[str, Any] | None:
    """What the page asks to predict, with what is known of it."""
    asks = asked_by(quiz.prediction)
    if not asks:
        return None
    echo = shown_prediction(value, asks)
    return {
        "kind": quiz.prediction,
        "label": PREDICTION_LABELS[quiz.prediction],
        "value": echo,
        "echo": echo,
        "confirmed": confirmed and value is not None,
    }


PREDICTION_LABELS: dict[str, Any] = {
    Quiz.Prediction.PEOPLE_ALL_CORRECT: gettext_lazy("How many people will answer everything correctly?"),
    Quiz.Prediction.PARTICIPANTS: gettext_lazy("How many people will take part?"),
    Quiz.Prediction.ATTEMPTS: gettext_lazy("How many attempts will there be?"),
    Quiz.Prediction.PERCENT: gettext_lazy("What percent of the people will answer everything correctly?"),
}


def shown_prediction(value: str | Decimal | None, asks: str) -> str:
    """A prediction as people write it: 70.186, or 87,65432."""
    if value is None:
        return ""
    number = Decimal(value)
    return language.decimal(number) if asks == PERCENT else language.grouped(int(number))


def _plain_form(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Save or hand in the whole paper without script; the prediction counts once it was shown back and confirmed."""
    found = sitting.take_over(attempt_id, request.user, now=request.now)
    if not found.is_open(request.now):
        return redirect("result", found.pk)
    quiz, final = found.round.quiz, sitting.saved(found)
    asks = asked_by(quiz.prediction)
    choices = from_plain_form(request.POST, len(found.paper))
    page = request.POST.get("lease", "")
    if page.isdecimal() and 0 < int(page) < found.lease - 1:  # another page has been opened since
        older = replace(sitting.Seat.at(found, asks), lease=int(page))
        sitting.answer(older, sequence=sitting.last_sequence(older) + 1, choices=choices, now=request.now)
        sentence = _(
            "The attempt was opened elsewhere after this page. What you chose here is kept and does not count; "
            "please go on from the answers below."
        )
        return _paper(request, found, final, form_errors=[sentence], taken_over=False)
    typed, errors, unconfirmed = request.POST.get("prediction", ""), [], None
    try:
        value = prediction(typed, asks) if asks and typed else None
        confirmed = (
            value is None
            or shown_prediction(value, asks) == request.POST.get("prediction_confirmed")
            or value == final.prediction
        )
        if asks and confirmed:
            choices[PREDICTION] = value
        elif not confirmed:
            unconfirmed = value
            errors.append(
                _("Confirm your prediction, please: it is read as %(number)s.")
                % {"number": shown_prediction(value, asks)}
            )
    except BadSave as bad:
        errors.append(str(bad))
    seat = sitting.Seat.at(found, asks)
    if request.POST.get("action") == "hand_in" and not errors:
        sitting.hand_in(seat, sequence=1, choices=choices, now=request.now)
        return redirect("result", found.pk)
    sitting.answer(seat, sequence=1, choices=choices, now=request.now)
    found.lease = sitting.take_over(attempt_id, request.user, now=request.now).lease
    more: dict[str, Any] = {"form_errors": errors} if errors else {"note": _("Your answers are saved.")}
    more["taken_over"] = False  # by nobody but this form
    if unconfirmed is not None:
        more["prediction"] = _prediction(quiz, unconfirmed, confirmed=False)
    return _paper(request, found, sitting.saved(found), **more)


@login_required
@require_GET
def preview(request: SignedInRequest, slug: str, order: int) -> HttpResponse:
    """A paper of the round as entrants see it, for its organizers, question editors and observers."""
    quiz = get_object_or_404(
        Quiz.objects.select_related("round__contest", "bank").prefetch_related("round__periods", "quotas"),
        round__contest__slug=slug,
        round__order=order,
    )
    roles = [Office.Role.ORGANIZER, Office.Role.EDITOR]
    if not (
        request.user.is_superuser
        or Office.objects.filter(contest=quiz.round.contest_id, user=request.user, role__in=roles).exists()
    ):
        raise Http404
    if lacks_second_factor(request):
        return to_second_factor(request)
    number = request.GET.get("period", "")
    is_number = number.isascii() and number.isdigit()
    period = Period.objects.filter(round=quiz.round, number=number).first() if is_number else None
    try:
        paper = starting.draw_paper(quiz, period, request.GET.get("seed", "preview"))
    except Refused as refusal:
        return render(
            request,
            "attempts/round.html",
            _round_context(quiz, None, request.now, refusal=str(refusal)),
            status=409,
        )
    home = reverse("round", args=[slug, order])
    context = {
        "attempt": Attempt(pk=0, number=1, started_at=request.now, lease=0),
        "contest": quiz.round.contest,
        "round": quiz.round,
        "period": period,
        "questions": reading.paper(paper, {}),
        "seconds_left": quiz.time_limit.total_seconds() if quiz.time_limit else None,
        "prediction": _prediction(quiz, None),
        "preview": True,
        "home_url": home,
        "attempt_url": home,
        "result_url": home,
    }
    return render(request, "attempts/quiz.html", context)


# --- The hot path ----------------------------------------------------------------------------------------------------
def _seat(request: Request, attempt_id: int) -> sitting.Seat | None:
    """The seat of an authentic key for this very attempt."""
    seat = sitting.Seat.of(request.META.get("HTTP_X_ATTEMPT_KEY", ""))
    return seat if seat and seat.attempt == attempt_id else None


@csrf_exempt
@require_POST
def answer(request: Request, attempt_id: int) -> HttpResponse:
    """Save what the entrant has chosen since the last save; the page calls this by itself."""
    seat = _seat(request, attempt_id)
    if seat is None:
        return problem(403, _("This page may not save here. Open the attempt again."))
    try:
        save = Save.from_json(request.body, asks=seat.asks)
        saved = sitting.answer(seat, sequence=save.sequence, choices=save.choices, now=request.now)
    except BadSave as bad:
        return problem(400, str(bad))
    except Refused as refusal:
        return problem(409, str(refusal), sequence=sitting.last_sequence(seat))
    reply = {
        "saved": saved.sequence,
        "counted": saved.counted,
        "lease": saved.lease,
        "seconds_left": saved.seconds_left,
        "closed": saved.closed,
    }
    return HttpResponse(json.dumps(reply), content_type="application/json")


@csrf_exempt
@require_POST
def hand_in(request: Request, attempt_id: int) -> HttpResponse:
    """Hand in with the last unsaved choices; the page gets its receipt, the same one however often it asks."""
    seat = _seat(request, attempt_id)
    if seat is None:
        return problem(403, _("This page may not hand in here. Open the attempt again."))
    try:
        save = Save.from_json(request.body, asks=seat.asks)
        done = sitting.hand_in(seat, sequence=save.sequence, choices=save.choices, now=request.now)
    except BadSave as bad:
        return problem(400, str(bad))
    except Refused as refusal:
        url = reverse("result", args=[attempt_id])
        return problem(409, str(refusal), code=refusal.code, sequence=sitting.last_sequence(seat), url=url)
    assert done.submitted_at is not None  # handed in
    reply = {
        "receipt": done.receipt,
        "submitted_at": done.submitted_at.isoformat(),
        "answered": done.answered,
        "questions": len(done.paper),
        "url": reverse("result", args=[attempt_id]),
    }
    return HttpResponse(json.dumps(reply), content_type="application/json")


# --- After -----------------------------------------------------------------------------------------------------------
def _own(request: SignedInRequest, attempt_id: int) -> Attempt:
    """The person's own closed or open attempt; 404 for anybody else's."""
    try:
        return sitting.own(attempt_id, request.user)
    except Attempt.DoesNotExist:
        raise Http404 from None


@never_cache
@login_required
@require_GET
def result(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """The receipt, and the score where and when the round shows it."""
    found = _own(request, attempt_id)
    if found.is_open(request.now):  # the round's page asks before it takes the attempt over from another device
        return redirect("round", found.round.contest.slug, found.round.order)
    quiz = found.round.quiz
    shows = calendar.shows_score(quiz, found.period, request.now)
    grade = grading.newest(found)
    asks = asked_by(quiz.prediction)
    context = {
        "contest": found.round.contest,
        "round": found.round,
        "period": found.period,
        "quiz": quiz,
        "attempt": found,
        "grade": grade if shows else None,
        "is_graded": grade is not None,
        "shows_score": shows,
        "is_closing": found.status == Attempt.Status.OPEN,
        "question_count": len(found.paper),
        "prediction_text": shown_prediction(grade.prediction, asks) if grade and asks else "",
        "asks_prediction": bool(asks),
        "review_url": reverse("review", args=[found.pk])
        if calendar.shows_review(quiz, found.period, request.now)
        else None,
        "result_status_url": reverse("result_status", args=[found.pk]),
        "section": "mine",
    }
    return render(request, "attempts/result.html", context)


@never_cache
@login_required
@require_GET
def result_status(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Whether the attempt is closed and graded, for the result page that waits."""
    found = _own(request, attempt_id)
    return JsonResponse({"closed": found.status != Attempt.Status.OPEN, "graded": found.graded_version > 0})


@never_cache
@login_required
@require_GET
def review(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Question by question what was right and why, once the review is due; 404 before."""
    found = _own(request, attempt_id)
    quiz = found.round.quiz
    if found.status == Attempt.Status.OPEN or not calendar.shows_review(quiz, found.period, request.now):
        raise Http404
    grade = grading.newest(found)
    context = {
        "contest": found.round.contest,
        "round": found.round,
        "period": found.period,
        "attempt": found,
        "grade": grade,
        "questions": reading.review(quiz, found, sitting.saved(found)),
        "section": "mine",
    }
    return render(request, "attempts/review.html", context)


@never_cache
@login_required
@require_GET
def mine(request: SignedInRequest, slug: str) -> HttpResponse:
    """All attempts of the person in a contest, the newest first."""
    entrant = Entrant.objects.select_related("contest").filter(contest__slug=slug, user=request.user).first()
    if entrant is None:
        return redirect("contest_home", slug)
    rows = owning.attempts_of(entrant, now=request.now)
    return render(
        request,
        "attempts/mine.html",
        {"contest": entrant.contest, "entrant": entrant, "attempts": rows, "section": "mine"},
    )


# --- The unit manager's desk -----------------------------------------------------------------------------------------
DeskView = Callable[..., HttpResponse]


def at_desk(view: DeskView) -> DeskView:
    """The view gets the person's desk in place of the contest's address; whoever has none finds nothing there."""

    @wraps(view)
    def seated(request: SignedInRequest, slug: str, **rest: Any) -> HttpResponse:
        # On a person's page the unit that is sent is the one that the person belongs to from now on.
        is_sent = request.method == "POST" and "entrant_id" not in rest
        form = DeskForm(request.POST if is_sent else request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        try:
            place = desk.sit_down(
                request.user, slug, unit=asked.get("unit"), period=asked.get("period"), now=request.now
            )
        except Contest.DoesNotExist:
            raise Http404 from None
        if place.is_organizer and lacks_second_factor(request):
            return to_second_factor(request)
        wanted = {name: asked.get(name) or empty for name, empty in (("show", desk.Show.UNFINISHED), ("q", ""))}
        return view(request, place, {"after": None, "kind": "xlsx", **asked, **wanted}, **rest)

    return never_cache(login_required(seated))


@require_GET
@at_desk
def desk_page(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> HttpResponse:
    """Live figures of the unit, the list of its people, and what can be done about them."""
    total, branches, others = desk.figures(place)
    lines, further = desk.page(place, desk.people(place, asked["show"], asked["q"]), after=asked["after"])
    more = {
        "total": total,
        "branches": branches,
        "others": others,
        "lines": lines,
        "further": f"{further[0]}.{further[1]}" if further else "",
        "shown": [(show, total_of(total, show)) for show in desk.Show],
        "count": None if asked["q"] else total_of(total, asked["show"]),
        "completion": total.percent,
        "site": urlsplit(settings.SITE_URL).netloc,
    }
    return render(request, "attempts/desk.html", desk_context(request, place, asked) | more)


def total_of(total: desk.Figures, show: str) -> int:
    """How many people a choice of the list has."""
    count: int = getattr(total, show)
    return count


def desk_context(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> dict[str, Any]:
    """What all pages of the desk show."""
    period = place.period
    is_open = period is not None and request.now in period.window()
    return {
        "contest": place.contest,
        "desk": place,
        "asked": asked,
        "show": desk.Show(asked["show"]),
        "period": period,
        "is_open": is_open,
        "time_left": period.closes_at - request.now if period and is_open else None,
        "now": request.now,
        "section": "desk",
    }


@require_POST
@at_desk
def desk_export(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> HttpResponse:
    """The list as it is filtered, as a file."""
    file = desk.export(place, asked["show"], asked["q"], asked["kind"], now=request.now)
    kinds = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    name = f"{language.fold(str(place.unit or place.contest)).replace(' ', '-')}-{localdate(request.now)}"
    return attachment(file, f"{name}.{asked['kind']}", kinds[asked["kind"]])


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to save."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def people_meant(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> QuerySet[Entrant]:
    """Those who were ticked, else all whom the filter shows."""
    sent = request.POST if request.method == "POST" else request.GET
    ticked = [int(text) for text in sent.getlist("entrant") if text.isdecimal() and len(text) < 19]
    return desk.picked(place, ticked) if ticked else desk.people(place, asked["show"], asked["q"])


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def desk_slips(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> HttpResponse:
    """First how many slips that is and how many old ones become void, then the sheets."""
    meant = people_meant(request, place, asked)
    refusal = ""
    if request.method == "POST":
        chosen = desk.to_print(meant, anew="anew" in request.POST).order_by("unit__sort_key", "user__name_key", "pk")
        try:
            sheets = handing_out.print_slips(chosen, by=request.user, now=request.now)
        except Refused as no:
            refusal = str(no)
        else:
            name = f"{_('slips')}-{language.fold(str(place.unit or place.contest)).replace(' ', '-')}.pdf"
            return attachment(sheets, name, "application/pdf")
    few, all_of_them = desk.to_print(meant, anew=False), desk.to_print(meant, anew=True)
    is_ticked = "entrant" in {*request.GET, *request.POST}
    more = {
        "ticked": list(meant.values_list("pk", flat=True)) if is_ticked else [],
        "few": few.count(),
        "void_by_few": desk.with_valid_slip(few),
        "all": all_of_them.count(),
        "void_by_all": desk.with_valid_slip(all_of_them),
        "most": handing_out.MOST_AT_ONCE,
        "refusal": refusal,
    }
    context = desk_context(request, place, asked) | more
    return render(request, "attempts/desk_slips.html", context, status=409 if refusal else 200)


@require_POST
@at_desk
def desk_confirm(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any]) -> HttpResponse:
    """Those who were ticked, or all who wait for it, belong to the unit."""
    meant = people_meant(request, place, asked | {"show": desk.Show.UNCONFIRMED})
    ids = list(meant.values_list("pk", flat=True))
    done = registering.confirm(place.contest, ids, by=request.user, now=request.now)
    sentence = ngettext("%(count)s person is confirmed.", "%(count)s people are confirmed.", done)
    messages.success(request, sentence % {"count": done})
    return redirect(f"{reverse('desk', args=[place.contest.slug])}?{desk_query(place, asked)}")


def desk_query(place: desk.Desk, asked: dict[str, Any]) -> str:
    """The part of an address that brings the same list back."""
    values = {"show": str(asked["show"]), "q": asked["q"], "unit": place.unit.pk if place.unit else ""}
    return urlencode({name: value for name, value in values.items() if value})


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def desk_person(request: SignedInRequest, place: desk.Desk, asked: dict[str, Any], entrant_id: int) -> HttpResponse:
    """One person: where they stand, a new slip, and another unit."""
    found = desk.with_attempts(place, desk.people(place).select_related("contest"))
    entrant = get_object_or_404(found, pk=entrant_id)
    is_sent = request.method == "POST" and "search" not in request.POST
    form = UnitForm(request.POST if is_sent else None, initial=request.POST.dict())
    unit = form.chosen() if is_sent and form.is_valid() else None
    if unit is not None:
        try:
            moved = registering.move(entrant, unit, by=request.user, now=request.now)
        except Refused as refusal:
            form.add_error("unit_text", str(refusal))
        else:
            named = {"name": entrant.user, "unit": moved.unit}
            messages.success(request, _("%(name)s belongs to %(unit)s now.") % named)
            return redirect(f"{reverse('desk', args=[place.contest.slug])}?{desk_query(place, asked)}")
    text = str(form["unit_text"].value() or "")
    root = place.contest.root_id
    places = units.places([entrant.unit_id] if entrant.unit_id else [], root=root)
    more = {
        "line": desk.line_of(entrant),
        "entrant": entrant,
        "belongs": places.get(entrant.unit_id or 0),
        "form": form,
        "places": units.search(text, root=root, day=localdate(request.now)) if text else [],
        "chosen": str(form["unit"].value() or ""),
        "has_searched": bool(text),
    }
    context = desk_context(request, place, asked) | more
    return render(request, "attempts/desk_person.html", context, status=400 if form.errors else 200)
