"""Ways in: the personal slip, and what every way in has in common."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class Backend(ModelBackend):
    """Loads the person of a session and their permissions; it authenticates nobody by itself."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Nobody: slips sign in through their own rule, passwords through allauth."""
        return None
