"""The door of the admin and of every office: the sign-in of all, and a second factor where one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import signing_in
from accounts.requests import Request, is_ours
from contest.foundations.administration import Site

View = Callable[..., HttpResponse]


class Desk(Site):
    """The admin. It signs nobody in by itself, and opens nothing to an organizer whose second factor is missing."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether any page of the admin opens."""
        return bool(super().has_permission(request)) and not lacks_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the sign-in of all, to the second factor, or in; whoever has no business here is told so."""
        target = request.GET.get("next", "")
        if not is_ours(target) or target == request.path:
            target = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
        if not super().has_permission(request):
            raise PermissionDenied
        return to_second_factor(request) if lacks_second_factor(request) else redirect(target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Out, as from everywhere else in the house."""
        if request.method != "POST":
            return redirect("sign_out")
        signing_in.leave(cast(Request, request))
        return redirect("account_login")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the page where everyone changes the password."""
        return redirect("account_change_password")


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor is asked for and not set up; one that is set up was asked for at sign-in."""
    user = request.user
    if not settings.MFA_REQUIRED or not user.is_authenticated:
        return False
    if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
        return False
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP])


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page where the second factor is set up."""
    messages.warning(request, _("Your office needs a second factor: set it up now, it takes a minute."))
    return redirect("mfa_activate_totp")


def second_factor_required(view: View) -> View:
    """For pages of an office outside the admin: they open as the admin does."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if lacks_second_factor(request):
            return to_second_factor(request)
        return view(request, *args, **kwargs)

    return guarded
