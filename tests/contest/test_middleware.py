"""The clock, the language, and a database that is away."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from contest import middleware

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("proxies", "stamp", "expected"),
    [
        (0, NOON - timedelta(seconds=2), NOON),  # nobody is trusted
        (1, NOON - timedelta(seconds=2), NOON - timedelta(seconds=2)),
        (1, NOON - timedelta(seconds=61), NOON),  # no request waits so long
        (1, NOON + timedelta(seconds=2), NOON),  # nor does one come from the future
        (1, None, NOON),
    ],
)
def test_the_moment_of_arrival(proxies, stamp, expected):
    seen = []
    headers = {} if stamp is None else {"HTTP_X_REQUEST_START": f"t={stamp.timestamp():.3f}"}
    request = RequestFactory().get("/", **{"contest.arrived_at": NOON.timestamp()}, **headers)
    with override_settings(TRUSTED_PROXIES=proxies):
        middleware.clock(lambda request: seen.append(request.now) or HttpResponse())(request)
    assert seen == [expected]


@pytest.mark.parametrize(
    ("cookie", "browser", "language"), [(None, "en-US", "vi"), ("en", "vi", "en"), ("xx", "en", "vi")]
)
def test_vietnamese_unless_chosen_otherwise(cookie, browser, language):
    client = Client(headers={"accept-language": browser})
    if cookie:
        client.cookies["django_language"] = cookie
    assert client.get("/healthz")["Content-Language"] == language


@pytest.mark.parametrize(("path", "kind"), [("/answer/1/", "application/json"), ("/c/x/", "text/html; charset=utf-8")])
def test_a_database_that_is_away_is_503_and_says_when_to_try_again(path, kind):
    chain = middleware.database_trouble(lambda request: HttpResponse())
    response = chain.process_exception(RequestFactory().post(path), OperationalError("server closed the connection"))
    assert (response.status_code, response["Retry-After"], response["Content-Type"]) == (503, "3", kind)
    assert chain.process_exception(RequestFactory().get(path), ValueError()) is None


@pytest.mark.parametrize("address", ["/?q=%00", "/%00/", "/s/%00/", "/c/x/?q=" + "1" * 4000])
def test_an_address_that_nobody_wrote_is_400(address, db):
    assert Client().get(address).status_code == 400


def test_what_somebody_who_is_signed_in_is_shown_stays_in_no_cache(db):
    client, chain = Client(), middleware.personal(lambda request: HttpResponse())
    assert "Cache-Control" not in client.get("/healthz").headers
    client.cookies["sessionid"] = "x"
    assert client.get("/healthz")["Cache-Control"] == "no-store, private"
    request = RequestFactory().get("/")
    request.COOKIES["sessionid"] = "x"
    assert chain(request)["Cache-Control"] == "no-store, private"
