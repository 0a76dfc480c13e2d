"""What a door receives."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User


class Request(HttpRequest):
    """A request as it comes through the middlewares: with the moment of its arrival."""

    now: datetime
    user: User | AnonymousUser


class SignedInRequest(Request):
    """A request behind `login_required`."""

    user: User
