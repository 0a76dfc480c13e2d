"""What a door receives."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User


class Request(HttpRequest):
    """A request as it comes through the middlewares: with the moment of its arrival."""

    now: datetime
    user: User | AnonymousUser


class SignedInRequest(Request):
    """A request behind `login_required`."""

    user: User


def is_ours(address: str) -> bool:
    """Whether an address is on this site, as pages here write it: from the root on, and without a host."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
