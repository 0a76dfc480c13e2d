"""A real browser for tests, and an ear for whatever a page complains of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PATIENCE = 20_000  # ms that a busy machine may take to show what is waited for
expect.set_options(timeout=PATIENCE)
CUT = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_NETWORK_CHANGED")  # what the console says of a network that was cut


@contextmanager
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser of this test's own; while it runs, this thread has a loop and a database connection of its own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        connection.close()


class Devices:
    """Phones and desktops of one test; `troubles` is what their pages complained of."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser, self.site = browser, site
        self.troubles: list[str] = []
        self.expected: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """A device with cookies and a storage of its own."""
        made = self.browser.new_context(base_url=self.site, timezone_id="Asia/Ho_Chi_Minh", **options)
        made.set_default_timeout(PATIENCE)
        made.on("console", self._hear_console)
        made.on("weberror", lambda error: self._note(f"script: {error.error.stack} ({error.page and error.page.url})"))
        made.on("response", self._hear_response)
        return made

    def phone(self, **options: Any) -> Page:
        """A page on a phone."""
        return self.context(**{**PHONE, **options}).new_page()

    def desktop(self, **options: Any) -> Page:
        """A page on a desktop."""
        return self.context(**{**DESKTOP, **options}).new_page()

    def expect(self, *parts: str) -> None:
        """Complaints that contain one of these belong to the test."""
        self.expected += parts

    def check(self) -> None:
        """Nobody complained of anything unexpected."""
        assert not self.troubles, "\n".join(self.troubles)

    def _note(self, trouble: str) -> None:
        if not any(part in trouble for part in self.expected):
            self.troubles.append(trouble)

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self._note(f"console: {message.text} ({message.location['url'].removeprefix(self.site)})")

    def _hear_response(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"{response.status}: {response.url.removeprefix(self.site)}")


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def kept(page: Page, prefix: str = "attempt:") -> list[str]:
    """What the device's storage holds of papers."""
    keys: list[str] = page.evaluate("Object.keys(localStorage)")
    return sorted(key for key in keys if key.startswith(prefix))
