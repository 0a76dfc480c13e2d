"""What every request passes: the clock read once, the language, and a plain answer when the database is away."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponse]
RETRY_AFTER = 3  # seconds that a client is asked to wait when the database is away
LONGEST_QUERY = 4000  # characters behind the question mark of an address
SEALED = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
log = logging.getLogger(__name__)


def clock(get_response: Handler) -> Handler:
    """`request.now` is the moment of arrival: the trusted proxy's stamp, else the first line of `contest.wsgi`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        arrived = request.META.get("contest.arrived_at")
        moment = datetime.fromtimestamp(arrived, UTC) if arrived else datetime.now(UTC)
        if settings.TRUSTED_PROXIES:
            moment = proxy_stamp(request, moment)
        request.now = moment  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def proxy_stamp(request: HttpRequest, moment: datetime) -> datetime:
    """The proxy's `X-Request-Start: t=<seconds>` when it lies in the last minute before `moment`, else `moment`."""
    stamp = request.META.get("HTTP_X_REQUEST_START", "")
    try:
        stamped = datetime.fromtimestamp(float(stamp.removeprefix("t=")), UTC)
    except (ValueError, OverflowError, OSError):
        return moment
    return stamped if 0 <= (moment - stamped).total_seconds() <= 60 else moment


def language(get_response: Handler) -> Handler:
    """Vietnamese, unless the person chose another language here; what the browser prefers does not matter."""
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        code = chosen if chosen in known else settings.LANGUAGE_CODE
        translation.activate(code)
        request.LANGUAGE_CODE = code
        response = get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response

    return middleware


def readable(get_response: Handler) -> Handler:
    """An address that nobody here has written is 400: PostgreSQL knows no NUL, and no number has a thousand digits."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in query or "\0" in query or len(query) > LONGEST_QUERY:
            raise BadRequest("unreadable address")
        return get_response(request)

    return middleware


def personal(get_response: Handler) -> Handler:
    """What somebody who is signed in was shown stays in no cache, of a proxy or of a shared phone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in response.headers:
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def sealed(get_response: Handler) -> Handler:
    """On the short chain: what a page's script gets is stored nowhere, and shown as a page it can do nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in SEALED.items():
            response[name] = value
        return response

    return middleware


def database_trouble(get_response: Handler) -> Handler:
    """A database that is away, full or too slow is 503 with Retry-After, never 500."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        log.error("database trouble: %s", exception.__class__.__name__, exc_info=exception)
        try:
            connection.close()
        except DatabaseError:
            log.warning("the broken connection could not be closed")
        return unavailable(request)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def unavailable(request: HttpRequest) -> HttpResponse:
    """The 503 answer, as JSON on the hot path and as a page elsewhere."""
    response: HttpResponse
    if request.path.startswith(settings.HOT_PREFIXES):
        response = JsonResponse({"error": _("The server is busy. Your answers are kept; we try again.")}, status=503)
    else:
        response = render(request, "503.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def audit(get_response: Handler) -> Handler:
    """Changes made in the admin carry the organizer's name; elsewhere nobody pays for it."""
    audited = AuditlogMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return get_response(request)
        response: HttpResponse = audited(request)
        response._csp_update = settings.ADMIN_CSP  # type: ignore[attr-defined]
        return response

    return middleware
