"""Sessions: who is signed in stands in the cookie; whatever else a session holds stays on the server.

A signed cookie costs no query, but whoever has it can read it and put an older one back. That is harmless for "who",
and fatal for what sign-in by e-mail keeps (the code that was sent, how often it was mistyped), so that lives in a row.
"""

from __future__ import annotations

from typing import Any

from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as RowStore
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject

from accounts.models import User

NUMBER = "number"  # tells the sessions of one person apart, so that one of them can be ended
COOKIE_KEEPS = {auth.SESSION_KEY, auth.BACKEND_SESSION_KEY, auth.HASH_SESSION_KEY, "_session_expiry", NUMBER}
SALT = "accounts.sessions"


class SessionStore(RowStore):
    """A signed cookie as long as it says no more than who is signed in, else a row of PostgreSQL."""

    def load(self) -> dict[str, Any]:
        """What the cookie says, or the row that it names; nothing when it is forged, too old or gone."""
        if is_row(self.session_key):
            return super().load()
        try:
            data: dict[str, Any] = signing.loads(
                self.session_key or "", salt=SALT, serializer=self.serializer, max_age=self.get_session_cookie_age()
            )
        except (signing.BadSignature, ValueError):
            self._session_key = None
            return {}
        return data

    def create(self) -> None:
        """An empty session; its key comes with `save`, when it is known what it holds."""
        self._session_key = None
        self._session_cache: dict[str, Any] = {}
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """The session key is what the cookie must hold now; a row that is no longer needed is gone."""
        data = self._get_session()  # type: ignore[attr-defined]
        if data.keys() <= COOKIE_KEEPS:
            self.delete(self.session_key)
            self._session_key = signing.dumps(data, salt=SALT, serializer=self.serializer)
            self.modified = True
            return
        is_new = not is_row(self.session_key)
        if is_new:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        super().save(must_create=is_new)

    def delete(self, session_key: str | None = None) -> None:
        """The row is gone; a cookie that needs none has nothing to delete."""
        if is_row(session_key or self.session_key):
            super().delete(session_key)


def is_row(session_key: str | None) -> bool:
    """Whether the key names a row; a signed session has colons."""
    return bool(session_key) and ":" not in str(session_key)


def number(request: HttpRequest) -> str:
    """The session's number, given now if it has none."""
    if NUMBER not in request.session:
        request.session[NUMBER] = get_random_string(8)
    found: str = request.session[NUMBER]
    return found


class PeopleMiddleware(AuthenticationMiddleware):
    """`request.user`, unless this very session was signed out: a copied cookie opens nothing, and costs no query."""

    def process_request(self, request: HttpRequest) -> None:
        """`request.user` is who the session says, looked up when first asked for."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: person(request))  # type: ignore[assignment]


def person(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in."""
    cached: User | AnonymousUser | None = getattr(request, "_cached_user", None)
    if cached is None:
        found: Any = auth.get_user(request)
        if isinstance(found, User) and request.session.get(NUMBER) in found.ended_sessions:
            request.session.flush()
            found = AnonymousUser()
        request._cached_user = cached = found  # type: ignore[attr-defined]
    assert cached is not None
    return cached
