"""Doors for people: the slip's link, the code typed by hand, and out again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import signing_in
from accounts.forms import SignInForm
from accounts.requests import Request, is_ours
from contest.foundations.refusing import Refused

View = Callable[..., HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
def slip(request: Request, token: str) -> HttpResponse:
    """A slip's link: one button, whose POST signs in, so that the preview of a link signs nobody in."""
    user = signing_in.by_link(token)
    if user is None:
        response = render(request, "accounts/slip_void.html", status=404)
    elif request.method == "POST":
        signing_in.enter(request, user, own_device="own_device" in request.POST)
        response = redirect(target(request))
    elif request.user == user:
        response = redirect(target(request))
    else:
        response = render(request, "accounts/slip.html", {"next": request.GET.get("next", "")})
    return unseen(response)


def unseen(response: HttpResponse) -> HttpResponse:
    """The address of this page is a secret: nothing stores it, and other pages and sites do not learn it.

    The policy still names the site, unlike `no-referrer`: with that, browsers send `Origin: null` along with the form,
    which the check against forged requests refuses.
    """
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def slip_without_secret(request: Request) -> HttpResponse:
    """What the address bar shows of a slip's link once its page is open; opened by itself, it leads to the sign-in."""
    return redirect("sign_in")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """A number and the code of the slip; other ways in stand below."""
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = signing_in.by_code(given["identifier"], given["code"], now=request.now)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            signing_in.enter(request, user, own_device=given["own_device"])
            return redirect(target(request))
    providers = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return render(request, "accounts/sign_in.html", {"form": form, "next": next_of(request), "providers": providers})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: Request) -> HttpResponse:
    """This device is signed out, or on wish every device of the person."""
    if request.method != "POST":
        return render(request, "accounts/sign_out.html")
    if "everywhere" in request.POST and request.user.is_authenticated:
        signing_in.end_sessions(request.user)
        messages.success(request, _("You are signed out on all devices."))
    else:
        messages.success(request, _("You are signed out on this device."))
    signing_in.leave(request)
    return redirect("sign_in")


def next_of(request: Request) -> str:
    """Where the person was on the way to, if it is on this site."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    return asked if is_ours(asked) else ""


def target(request: Request) -> str:
    """Where a person goes who is in now."""
    return next_of(request) or reverse("front")


def not_by_slip(view: View) -> View:
    """For pages that make further ways in: they do not open to whoever holds the phone on which a slip was scanned."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if signing_in.is_by_slip(request):
            raise PermissionDenied(_("A slip does not open this page: sign out, then sign in by e-mail."))
        return view(request, *args, **kwargs)

    return login_required(guarded, login_url="account_login")
