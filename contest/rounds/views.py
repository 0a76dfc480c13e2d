"""Doors for people: a contest's home, its study documents, what they agree to, and their own page."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import newcomers, signing_in, slips, units
from accounts.models import Slip, User
from accounts.requests import Request, SignedInRequest
from accounts.views import next_of
from contest.foundations import language, secrets
from contest.foundations.printing import slips_pdf
from contest.foundations.refusing import Refused
from contest.rounds import entering, handing_out, reading, registering, timeline
from contest.rounds.forms import BelongingForm, ConsentsForm, RegistrationForm
from contest.rounds.models import ConsentText, Contest, Document, Entrant, Office


@require_GET
def contest_home(request: Request, slug: str) -> HttpResponse:
    """What the contest is, what is open now with the way in for this person, the timeline, rules and documents."""
    met = reading.meet(slug, request.user)
    if met is None:
        raise Http404
    line = timeline.stops(met.kept.rounds, request.now)
    current = timeline.current(line)
    context = {
        "contest": met.kept.contest,
        "met": met,
        "kept": met.kept,
        "line": line,
        "current": current,
        "stage": tuple((stop.state, stop.period and stop.period.pk) for stop in line),  # with the revision, all of it
        "seconds": _seconds_to(current, request),
        "practice": timeline.practice(met.kept.rounds, request.now),
        "section": "contest",
    }
    return render(request, "rounds/contest_home.html", context)


def _seconds_to(stop: timeline.Stop | None, request: Request) -> int | None:
    """Whole seconds to the moment at which the round opens or closes; for the page's countdown."""
    if stop is None or stop.turns_at is None:
        return None
    return max(0, int((stop.turns_at - request.now).total_seconds()))


@require_GET
def document(request: Request, slug: str, document_id: int) -> HttpResponseBase:
    """A study document of a contest that the person may see; a PDF opens in the browser, all else is saved."""
    contests = Contest.objects.visible_to(request.user)
    found = get_object_or_404(Document, pk=document_id, contest__in=contests, contest__slug=slug)
    if not found.file:
        return redirect(found.url)
    is_pdf = found.file_name().endswith(".pdf")
    kind = "application/pdf" if is_pdf else "application/octet-stream"
    try:
        file = found.file.open("rb")
    except FileNotFoundError:  # a restored database may be ahead of its files
        raise Http404 from None
    response = FileResponse(file, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(not is_pdf, found.file_name()) or ""
    if not is_pdf:  # browsers show no PDF in a sandbox
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@never_cache
@login_required
@require_GET
def office(request: SignedInRequest, slug: str) -> HttpResponse:
    """To where the person's work in the contest is; 404 for whoever has none."""
    roles = set(Office.objects.filter(contest__slug=slug, user=request.user).values_list("role", flat=True))
    if not roles:
        raise Http404
    places: dict[str, str] = {Office.Role.UNIT_MANAGER: "desk", Office.Role.JUDGE: "judging"}
    place = places.get(roles.pop()) if len(roles) == 1 else None
    return redirect(place, slug) if place else redirect("admin:index")


# --- Consents --------------------------------------------------------------------------------------------------------
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the contest asks this person to agree to and they have not yet; afterwards on to where they came from."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    asked = ConsentText.objects.in_force(request.now).filter(contest=contest).not_agreed_to_by(request.user)
    form = ConsentsForm(list(asked.order_by("-is_required", "kind")), request.POST or None)
    way = next_of(request) or contest.get_absolute_url()
    if request.method == "POST" and form.is_valid():
        for text in form.agreed():
            entering.give_consent(request.user, text, now=request.now)
        return redirect(way)
    context = {"contest": contest, "form": form, "next": way, "section": "contest"}
    return render(request, "rounds/consents.html", context)


@login_required
@require_POST
def consent(request: SignedInRequest, text_id: int) -> HttpResponse:
    """Agree to one text, or take the consent back, from the person's own page."""
    text = get_object_or_404(ConsentText, pk=text_id, contest__in=Contest.objects.visible_to(request.user))
    try:
        if request.POST.get("action") == "withdraw":
            entering.withdraw_consent(request.user, text, now=request.now)
            messages.success(request, _("Your consent is withdrawn."))
        else:
            entering.give_consent(request.user, text, now=request.now)
            messages.success(request, _("Thank you. Your consent is noted."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("profile")


# --- The person's own page -------------------------------------------------------------------------------------------
@never_cache
@login_required
@require_GET
def profile(request: SignedInRequest) -> HttpResponse:
    """What is known about the person, where they take part, what they agreed to, and ways out."""
    takings = entering.takings(request.user, now=request.now)
    context = {"person": request.user, "takings": takings, "section": "profile"}
    return render(request, "rounds/profile.html", context)


# --- Registration ----------------------------------------------------------------------------------------------------
SLIP_SHOWN = timedelta(minutes=30)  # how long a new slip can be seen and saved


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: Request, slug: str) -> HttpResponse:
    """Come into an open contest: as somebody new, or as whoever is signed in."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    if sentence := registering.refusal(contest, now=request.now):
        return render(request, "rounds/register.html", {"contest": contest, "closed": sentence})
    if isinstance(request.user, User):
        return _join(request, contest, request.user)
    return _register(request, contest)


def _register(request: Request, contest: Contest) -> HttpResponse:
    """The form, and once it holds everything a new person."""
    form, consents = _filled(request, contest, RegistrationForm, today=localdate(request.now))
    if all([form.is_bound, form.is_valid(), consents.is_valid()]):
        try:
            entrant = registering.register(
                contest,
                registering.Person(**form.person()),
                registering.Belonging(unit=form.chosen(), claim=form.claim()),
                agreed=[text.pk for text in consents.agreed()],
                is_somebody_else=form.cleaned_data["is_somebody_else"],
                now=request.now,
            )
        except Refused as refusal:
            return _again(request, contest, form, consents, refusal)
        signing_in.enter(request, entrant.user)
        newcomers.adopt(request, entrant.user)
        _keep_slip(request, entrant.user)
        return redirect("registered", contest.slug)
    return _registration_page(request, contest, form, consents)


def _join(request: Request, contest: Contest, user: User) -> HttpResponse:
    """The person who is signed in says where they belong, and is in."""
    if entering.entrant_of(contest, user) is not None:
        return redirect(contest)
    form, consents = _filled(request, contest, BelongingForm)
    if all([form.is_bound, form.is_valid(), consents.is_valid()]):
        try:
            belonging = registering.Belonging(unit=form.chosen(), claim=form.claim())
            agreed = [text.pk for text in consents.agreed()]
            registering.join(contest, user, belonging, agreed=agreed, now=request.now)
        except Refused as refusal:
            return _again(request, contest, form, consents, refusal)
        messages.success(request, _("You are in. Good luck!"))
        return redirect(contest)
    return _registration_page(request, contest, form, consents)


def _filled(request: Request, contest: Contest, kind: type[Any], **options: Any) -> tuple[Any, ConsentsForm]:
    """The two forms of the page; while a unit is only searched for, with what was typed and without complaints."""
    texts = ConsentText.objects.in_force(request.now).filter(contest=contest)
    if isinstance(request.user, User):
        texts = texts.not_agreed_to_by(request.user)
    ordered = list(texts.order_by("-is_required", "-kind"))
    is_sent = request.method == "POST" and "search" not in request.POST
    claims = newcomers.pending(request)
    initial = request.POST.dict() if request.method == "POST" else asdict(claims) if claims else {}
    if not initial and isinstance(request.user, User) and request.user.unit_id:
        initial = {"unit": str(request.user.unit_id)}
    sent = request.POST if is_sent else None
    return kind(sent, initial=initial, **options), ConsentsForm(ordered, sent, initial=initial)


def _again(request: Request, contest: Contest, form: Any, consents: ConsentsForm, refusal: Refused) -> HttpResponse:
    """The page with the reason why not, and with ways on where someone may be in already."""
    more = {"likeness": refusal.code} if refusal.code in {*registering.Likeness} else {}
    if not more:
        form.add_error(None, str(refusal))
    return _registration_page(request, contest, form, consents, sentence=str(refusal), status=409, **more)


def _registration_page(
    request: Request, contest: Contest, form: Any, consents: ConsentsForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    chosen, text = str(form["unit"].value() or ""), str(form["unit_text"].value() or "")
    found = units.search(text, root=contest.root_id, day=localdate(request.now)) if text else []
    if chosen.isdecimal() and len(chosen) < 19 and int(chosen) not in {place.unit.pk for place in found}:
        found = [*units.places([int(chosen)], root=contest.root_id).values(), *found]
    context = {
        "contest": contest, "form": form, "consents": consents, "places": found, "chosen": chosen,
        "has_searched": bool(text), "person": request.user if request.user.is_authenticated else None,
    }  # fmt: skip
    is_wrong = form.is_bound and bool(form.errors or consents.errors)
    return render(request, "rounds/register.html", context | more, status=400 if is_wrong and status == 200 else status)


@require_GET
def contest_units(request: Request, slug: str) -> HttpResponse:
    """The units of a contest that fit what is typed, for the page's script."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    found = units.search(request.GET.get("q", "")[:200], root=contest.root_id, day=localdate(request.now))
    rows = [
        {"id": place.unit.pk, "name": place.unit.name, "above": " / ".join(unit.name for unit in place.above)}
        for place in found
    ]
    response = JsonResponse({"units": rows})
    response["Cache-Control"] = "private, max-age=60"
    return response


def _keep_slip(request: Request, user: User) -> None:
    """A new slip, whose secrets the next page can show for a while; they stay in this browser, encrypted."""
    (made,) = slips.issue(user, by=None, now=request.now)
    kept = {"slip": made.slip.pk, "code": made.code, "token": made.token}
    request.session["new_slip"] = secrets.encrypt(json.dumps(kept)).decode()


def _kept_slip(request: SignedInRequest) -> slips.Issued | None:
    """The slip that was made on this device a moment ago, if it is still good."""
    if sealed := request.session.get("new_slip"):
        kept = json.loads(secrets.decrypt(sealed.encode()))
        slip = Slip.objects.valid().filter(pk=kept["slip"], user=request.user).first()
        if slip is not None and request.now < slip.issued_at + SLIP_SHOWN:
            return slips.Issued(slip, kept["code"], kept["token"])
        del request.session["new_slip"]
    return None


@never_cache
@login_required
@require_GET
def registered(request: SignedInRequest, slug: str) -> HttpResponse:
    """Welcome, with the personal code, which is shown here and never again."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    made = _kept_slip(request)
    if made is None:
        return redirect(contest)
    label, identifier = handing_out.identifier_of(request.user)
    context = {
        "contest": contest, "code": language.spaced_code(made.code),
        "identifier_label": label, "identifier": identifier,
        "entrant": entering.entrant_of(contest, request.user), "minutes": SLIP_SHOWN // timedelta(minutes=1),
    }  # fmt: skip
    return render(request, "rounds/registered.html", context)


@never_cache
@login_required
@require_GET
def registered_slip(request: SignedInRequest, slug: str) -> HttpResponse:
    """The same slip as a PDF."""
    entrant = get_object_or_404(
        Entrant.objects.select_related("user", "contest"), contest__slug=slug, user=request.user
    )
    made = _kept_slip(request)
    if made is None:
        return redirect(entrant.contest)
    sheet = slips_pdf(handing_out.faces([entrant], [made], now=request.now))
    response = HttpResponse(sheet, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, _("slip") + ".pdf") or ""
    return response
