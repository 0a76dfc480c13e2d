"""The door of people to entries: the call, the form, hand-in, co-authors, the manager of the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import units
from accounts.desk import lacks_second_factor, to_second_factor
from accounts.models import User
from accounts.requests import Request, SignedInRequest
from contest.entries import allowing, filing, intake, reading, registering, writing
from contest.entries.file_views import seen
from contest.entries.forms import AuthorForm, BeginForm, WithdrawForm, data_of, number
from contest.entries.models import Author, Call, Entry, Form, Kind
from contest.foundations import prose
from contest.foundations.refusing import Refused
from contest.rounds import entering
from contest.rounds import reading as contests
from contest.rounds.models import Contest, Office, Round

PAGE = 30


# --- The call --------------------------------------------------------------------------------------------------------
def round_of(request: Request, slug: str, order: int) -> tuple[Round, contests.Met]:
    """A round of a public contest that takes entries, and what the person is in the contest; 404 otherwise."""
    met = contests.meet(slug, request.user)
    if met is not None and met.kept.contest.is_public:
        for round in met.kept.rounds:
            if round.order == order and round.kind != Round.Kind.QUIZ:
                return round, met
    raise Http404


@require_GET
def call(request: Request, slug: str, order: int) -> HttpResponse:
    """What a round asks for, how many have registered, and the way in for this person."""
    round, met = round_of(request, slug, order)
    return render(request, "entries/call.html", _call_context(request, round, met))


def _call_context(request: Request, round: Round, met: contests.Met, **more: Any) -> dict[str, Any]:
    found = reading.call_of(round)
    user = request.user if isinstance(request.user, User) else None
    lines = reading.lines(user, round.contest, now=request.now) if user and found else []
    context: dict[str, Any] = {
        "contest": round.contest, "round": round, "call": found, "met": met, "section": "contest",
        "lines": [line for line in lines if line.entry.round_id == round.pk],
    }  # fmt: skip
    if found is not None:
        context |= {
            "intro": prose.html(found.intro), "counts": reading.counts(found), "is_open": found.is_open(request.now),
            "takes": found.takes_registrations(request.now), "closed": registering.why_closed(found, now=request.now),
            "now": request.now,
        }  # fmt: skip
        if user is not None:
            stands = registering.standing(found, user, now=request.now)
            context |= {"refusal": stands.refusal, "refusal_code": getattr(stands.refusal, "code", "")}
            if stands.refusal is None and context["takes"] and "form" not in more:
                context["form"] = _begin_form(request, found, user, stands)
    return context | more


def _begin_form(request: Request, call: Call, user: User, stands: registering.Standing) -> BeginForm:
    allowed = stands.forms(call)
    is_for_units = not registering.FOR_UNITS.isdisjoint(allowed)
    path = stands.entrant.unit_path if stands.entrant else []
    places = reading.units_of(call, user, path, manages=stands.is_manager) if is_for_units else []
    sent = request.POST if request.method == "POST" else None
    first = next(iter(call.kinds.all()), None)
    initial = {
        "form": allowed[0] if allowed else "", "unit": places[0].unit.pk if places else None,
        "kind": first.pk if first else None,
    }  # fmt: skip
    return BeginForm(call, allowed, places, sent, initial=initial)


@require_POST
@login_required
def begin(request: SignedInRequest, slug: str, order: int) -> HttpResponse:
    """A new entry is registered, and the person goes on writing it."""
    round, met = round_of(request, slug, order)
    found = reading.call_of(round)
    if found is None:
        raise Http404
    stands = registering.standing(found, request.user, now=request.now)
    form = _begin_form(request, found, request.user, stands)
    if form.is_valid():
        try:
            made = registering.begin(found, request.user, now=request.now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Registered under the code %(code)s.") % {"code": made.code})
            return redirect("entry", made.pk)
    return render(request, "entries/call.html", _call_context(request, round, met, form=form), status=409)


@login_required
@require_GET
def preview(request: SignedInRequest, slug: str, order: int) -> HttpResponse:
    """The form as entrants see it, for organizers and observers; nothing of it is saved."""
    rounds = Round.objects.watched_by(request.user).select_related("contest")
    round = get_object_or_404(rounds, contest__slug=slug, order=order)
    found = reading.call_of(round)
    if found is None:
        raise Http404
    if lacks_second_factor(request):
        return to_second_factor(request)
    kind = found.kinds.first() or Kind(title="–", letters="X")
    first = (found.forms or [Form.INDIVIDUAL])[0]
    entry = Entry(pk=0, round=round, kind=kind, code=f"{kind.letters}-0000", form=first, created_by=request.user)
    author = Author(pk=0, full_name=request.user.full_name, is_lead=True, share=100, confirmed_at=request.now)
    context = {
        "contest": round.contest, "round": round, "call": found, "entry": entry, "preview": True, "may_edit": True,
        "in_charge": True, "parts": reading.parts(entry, found.sections.all()), "authors": [author], "shares": [author],
        "forms": [Form(form) for form in found.forms], "section": "contest", "asks_shares": True,
        "steps": [replace(step, is_done=False) for step in steps(found, [])], "can_add": first != Form.INDIVIDUAL,
    }  # fmt: skip
    return render(request, "entries/entry.html", context)


# --- One entry -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """A part of the form, and whether it is complete."""

    part: str
    title: str
    is_done: bool
    detail: str = ""


def steps(call: Call, missing: Sequence[writing.Missing], *, has_files: bool = True) -> list[Step]:
    """The parts of the form in their order."""
    lacking = {found.part for found in missing}
    count = len(call.sections.all())
    left = len({found.section for found in missing if found.section})
    told = _("%(done)s of %(count)s parts") % {"done": count - left, "count": count} if left else ""
    team = set(call.forms) == {Form.TEAM}
    rows = [
        ("general", _("General"), ""),
        ("authors", _("Members") if team else _("Authors"), ""),
        ("content", _("Content"), told) if count else None,
        ("files", _("Evidence"), "") if call.most_documents or call.most_images or call.most_links else None,
        ("undertaking", _("Undertaking"), "") if call.undertaking or call.asks_to_show else None,
    ]
    return [Step(part, title, part not in lacking, detail) for part, title, detail in filter(None, rows)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@seen
def entry(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The form for those who write it, what it says for all others; a POST is the plain form."""
    if request.method == "POST":
        return _plain_form(request, entry)
    return _page(request, entry)


def _page(request: SignedInRequest, found: Entry, *, status: int = 200, **more: Any) -> HttpResponse:
    may_edit = allowing.may_edit(found, request.user, now=request.now)
    context = _entry_context(request, found, may_edit=may_edit)
    template = "entries/entry.html" if may_edit else "entries/entry_shown.html"
    return render(request, template, context | more, status=status)


def _entry_context(request: SignedInRequest, entry: Entry, *, may_edit: bool) -> dict[str, Any]:
    call = reading.call_of(entry.round)
    assert call is not None  # an entry has one
    user, now = request.user, request.now
    authors = list(entry.authors.select_related("user", "unit").order_by("order", "pk"))
    standing = [author for author in authors if author.declined_at is None]
    version = reading.newest(entry)
    lacking = writing.missing(entry, now=now) if may_edit else []
    in_charge = allowing.is_in_charge(entry, user)
    mine = next((author for author in authors if author.user_id == user.pk), None)
    is_changed = reading.is_changed(entry, version)
    # Whoever confirms it for the unit, or only looks, reads what was handed in and not what is being written since.
    is_own = may_edit or mine is not None or entry.created_by_id == user.pk
    shown = version if is_changed and not is_own else None
    return {
        "contest": entry.round.contest, "round": entry.round, "call": call, "entry": entry, "version": version,
        "authors": authors, "shares": standing, "parts": reading.parts(entry, call.sections.all(), version=shown),
        "shelf": filing.shelf(entry, user, now=now), "may_edit": may_edit, "in_charge": in_charge, "mine": mine,
        "is_asked": mine is not None and not mine.confirmed_at and not mine.declined_at
        and entry.status in allowing.OPEN,
        "missing": lacking, "steps": steps(call, lacking), "forms": _forms(call, entry),
        "asks_shares": entry.form in reading.WITH_SHARES, "is_changed": is_changed,
        "can_add": in_charge and entry.form != Form.INDIVIDUAL and len(standing) < call.most_authors,
        "places": _places(call, entry, user) if may_edit and entry.form in registering.FOR_UNITS else [],
        "unit_line": reading.unit_of(entry), "events": list(entry.events.select_related("by")),
        "may_withdraw": allowing.may_withdraw(entry, user), "may_confirm": allowing.may_confirm(entry, user),
        "confirm_due": call.needs_confirmation and not entry.is_on_paper, "closes_at": closes_at(entry),
        "section": "mine",
    }  # fmt: skip


def closes_at(entry: Entry) -> datetime | None:
    """Until when its people may change the entry."""
    return entry.needs_more_until if entry.status == Entry.Status.NEEDS_MORE else entry.round.closes_at


def _forms(call: Call, entry: Entry) -> list[Form]:
    """In which forms the entry may be handed in."""
    asked = [Form(form) for form in call.forms]
    if not entry.is_on_paper and entering.holds_office(entry.round.contest, entry.created_by):
        return [form for form in asked if form in registering.FOR_UNITS]
    return asked


def _places(call: Call, entry: Entry, user: User) -> list[Any]:
    """The units for which the entry may be handed in; always the one that it has."""
    entrant = entering.entrant_of(entry.round.contest, user)
    places = reading.units_of(call, user, entrant.unit_path if entrant else [])
    if entry.unit_id and entry.unit_id not in {place.unit.pk for place in places}:
        places = [*units.places([entry.unit_id], root=entry.round.contest.root_id).values(), *places]
    return places


def _plain_form(request: SignedInRequest, found: Entry) -> HttpResponse:
    """Save, and do what the button said besides."""
    action = request.POST.get("action", "save")
    try:
        _save(request, found)
        if action == "add_author":
            form = AuthorForm({"name": request.POST.get("new_name"), "number": request.POST.get("new_number", "")})
            if not form.is_valid():
                raise Refused(_("Type the name and the number of the author."))
            author = writing.add_author(found.pk, request.user, now=request.now, **form.cleaned_data)
            messages.success(request, _("%(name)s is named as an author.") % {"name": author})
        elif action.startswith("remove:"):
            pk = number(action.removeprefix("remove:"))
            writing.remove_author(found.pk, request.user, author=pk or 0, now=request.now)
        else:
            messages.success(request, _("Saved."))
    except Refused as refusal:
        return _again(request, found, refusal)
    return redirect(f"{writing.path_of(found)}{'#authors' if 'author' in action or ':' in action else ''}")


def _save(request: SignedInRequest, entry: Entry) -> Entry:
    revision = number(request.POST.get("revision", ""))
    data = data_of(request.POST, entry.round.call)
    return writing.save(
        entry.pk, request.user, revision=-1 if revision is None else revision, data=data, now=request.now
    )


def _again(request: SignedInRequest, entry: Entry, refusal: Refused) -> HttpResponse:
    """The page with the reason why not; what was typed and not saved still stands in it."""
    fresh = writing.find(entry.pk, request.user)
    if refusal.code in {"stale", "long"} and allowing.may_edit(fresh, request.user, now=request.now):
        writing.show(fresh, data_of(request.POST, fresh.round.call))
    typed: Mapping[str, Any] = {name: request.POST.get(name, "") for name in ("new_name", "new_number")}
    return _page(request, fresh, status=409, refusal=str(refusal), is_stale=refusal.code == "stale", **typed)


@require_POST
@seen
def save(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """What the page's script saves by itself; the answer tells the next revision and what is still missing."""
    try:
        saved = _save(request, entry)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal), "code": refusal.code}, status=409)
    lacking = writing.missing(saved, now=request.now)
    found = [
        {"part": step.part, "done": step.is_done, "detail": step.detail} for step in steps(saved.round.call, lacking)
    ]
    return JsonResponse({"revision": saved.revision, "saved": f"{localtime(request.now):%H:%M:%S}", "steps": found})


@require_POST
@seen
def submit(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Hand in, with what the form holds; afterwards the receipt."""
    try:
        if "revision" in request.POST:
            _save(request, entry)
        writing.submit(entry.pk, request.user, now=request.now)
    except Refused as refusal:
        return _again(request, entry, refusal)
    messages.success(request, _("The entry is handed in."))
    return redirect("entry", entry.pk)


@require_POST
@seen
def withdraw(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Take the entry back."""
    form = WithdrawForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        writing.withdraw(entry.pk, request.user, reason=reason, now=request.now)
    except Refused as refusal:
        return _again(request, entry, refusal)
    messages.success(request, _("The entry is withdrawn."))
    return redirect("entry", entry.pk)


@require_POST
@seen
def author(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The person says whether they are an author of the entry."""
    is_sure = request.POST.get("action") == "confirm"
    try:
        writing.answer_authorship(entry.pk, request.user, confirm=is_sure, now=request.now)
    except Entry.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        if refusal.code == "consent":
            return redirect("consents", entry.round.contest.slug)
        return _again(request, entry, refusal)
    messages.success(
        request, _("Thank you. You are an author of this entry.") if is_sure else _("You are no author of it.")
    )
    is_there = Entry.objects.visible_to(request.user).filter(pk=entry.pk).exists()
    return redirect("entry", entry.pk) if is_there else redirect("call", entry.round.contest.slug, entry.round.order)


# --- The manager of the unit -----------------------------------------------------------------------------------------
@require_POST
@seen
def confirm(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The manager stands by the entry, for its unit."""
    try:
        read = number(request.POST.get("version", ""))
        writing.confirm_for_unit(entry.pk, request.user, version=read, now=request.now)
    except Refused as refusal:
        return _again(request, entry, refusal)
    messages.success(request, _("The entry is confirmed for its unit."))
    back = request.POST.get("back") == "list"
    return redirect("unit_entries", entry.round.contest.slug) if back else redirect("entry", entry.pk)


@never_cache
@login_required
@require_GET
def unit_entries(request: SignedInRequest, slug: str) -> HttpResponse:
    """The entries of the units that the person manages, those to be confirmed first; 404 for whoever manages none."""
    contest = get_object_or_404(Contest.objects.visible_to(request.user), slug=slug)
    offices = Office.objects.filter(contest=contest, user=request.user, role=Office.Role.UNIT_MANAGER)
    held = [office.unit for office in offices.select_related("unit")]
    if not held:
        raise Http404
    text = request.GET.get("q", "")[:200]
    rows = intake.search(reading.to_confirm(request.user, contest), text)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    waiting = reading.to_confirm(request.user, contest).filter(confirmed_at=None, status__in=allowing.OPEN).count()
    calls = Call.objects.filter(round__contest=contest).select_related("round").order_by("round__order")
    context = {
        "contest": contest, "units": held, "page": page, "q": text, "waiting": waiting, "calls": list(calls),
        "open": allowing.OPEN, "section": "desk",
    }  # fmt: skip
    return render(request, "entries/unit_entries.html", context)
