"""The slip's page in a real browser: what it leaves behind, and what it tells others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

from accounts import slips
from accounts.models import User
from contest.wsgi import application
from tests.builders import NOON, make_user

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM) if CHROMIUM.exists() else None, args=QUIET)
        yield launched
        launched.close()
        connection.close()  # this thread has one of its own while that loop runs


class Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own, which leaves no connection to the database behind."""

    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        super().process_request_thread(request, client_address)
        connection.close()


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.mark.parametrize("script", [True, False])
def test_a_slip_is_scanned(site: str, browser: Browser, script: bool):
    user = make_user(full_name="Nguyễn Thị Hương")
    (issued,) = slips.issue(user, by=None, now=NOON)
    phone = browser.new_context(java_script_enabled=script, viewport={"width": 390, "height": 844})
    page = phone.new_page()
    told: list[str] = []
    errors: list[str] = []
    page.on(
        "request",
        lambda request: told.extend(v for k, v in request.all_headers().items() if k in {"referer", "origin"}),
    )
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)

    page.goto(f"{site}/s/{issued.token}/")
    assert page.url == f"{site}/s/" + ("" if script else f"{issued.token}/")
    assert User.objects.get().signed_in_at is None
    page.get_by_role("button", name="Đăng nhập").click()
    page.goto(f"{site}/sign-out/")
    assert "Nguyễn Thị Hương" in page.inner_text("main")
    assert User.objects.get().signed_in_at is not None

    assert issued.token not in " ".join(told)
    assert f"{site}/" in told
    assert [error for error in errors if "404" not in error and "500" not in error] == []
    page.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    assert "Đồng chí đã đăng xuất khỏi máy này." in page.inner_text("main")
    phone.close()
