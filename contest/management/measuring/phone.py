"""What an entrant's phone sends on the way through a round: pages as a browser asks for them, saves as the quiz."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

SAVES = 12
PATIENCE = 10.0  # seconds until a silent request is given up, as the page does
FLOOR, CEILING = 1.0, 30.0  # seconds between which a failed save is tried again, as the page does


class Unexpected(Exception):
    """The server said something that no entrant should see; the message has the step and the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()


Send = Callable[[str, str, bytes | None, dict[str, str]], Reply]  # method, path, body, headers


class Line:
    """One kept-alive connection; a request on one that the server has closed meanwhile is sent once more."""

    def __init__(self, port: int, host: str = "127.0.0.1", timeout: float = PATIENCE) -> None:
        """No connection yet: the first request opens it."""
        self.connection = HTTPConnection(host, port, timeout=timeout)

    def __call__(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        """The server's answer."""
        was_open = self.connection.sock is not None
        try:
            return self._once(method, path, body, headers)
        except (HTTPException, ConnectionError):
            self.connection.close()
            if not was_open:
                raise
        return self._once(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        self.connection.request(method, path, body, headers)
        found = self.connection.getresponse()
        pairs = found.getheaders()
        cookies = tuple(value for name, value in pairs if name.lower() == "set-cookie")
        return Reply(found.status, {name.lower(): value for name, value in pairs}, found.read(), cookies)

    def close(self) -> None:
        """The connection is closed."""
        self.connection.close()


@dataclass(slots=True)
class Phone:
    """One entrant's browser: cookies, the page that is open, and the number of the next save."""

    send: Send
    slug: str
    order: int = 1
    origin: str = ""  # of the site, as a browser names it along with a form
    cookies: dict[str, str] = field(default_factory=dict)
    attempt: int = 0
    key: str = ""
    lease: int = 0
    sequence: int = 0
    at: str = ""  # the page that is open
    target: str = ""  # where the sign-in leads to
    form: str = ""  # the token against forged requests that the open page carries

    # --- Pages -------------------------------------------------------------------------------------------------------
    def open_slip(self, token: str) -> None:
        """The page behind the QR code, with its one button."""
        self.get(f"/s/{token}/")

    def sign_in(self, token: str) -> None:
        """The button was pressed; `home` goes on from here."""
        reply = self.post(f"/s/{token}/", {"own_device": "1"}, follow=False)
        if "sessionid" not in self.cookies:
            raise Unexpected("the slip opened no session")
        self.target = reply.headers.get("location", "/")

    def home(self) -> str:
        """The contest's home, by way of where the sign-in has led to."""
        place = f"/c/{self.slug}/"
        page, self.target = self.get(self.target or place), ""
        return (page if self.at == place else self.get(place)).text

    def round(self) -> str:
        """The rules of the round and the start."""
        return self.get(f"/c/{self.slug}/rounds/{self.order}/").text

    def start(self) -> str:
        """The paper, with its key."""
        page = self.post(f"/c/{self.slug}/rounds/{self.order}/start/", {}).text
        self.take_seat(page)
        return page

    def open_attempt(self) -> str:
        """The paper once more, taken over."""
        page = self.get(f"/attempts/{self.attempt}/").text
        self.take_seat(page)
        return page

    def take_seat(self, page: str) -> None:
        """The page's key and numbers are what the next save carries."""
        self.key, self.attempt = _data(page, "key"), int(_data(page, "attempt"))
        self.lease, self.sequence = int(_data(page, "lease")), int(_data(page, "sequence"))

    def result(self) -> str:
        """The receipt and the score."""
        return self.get(f"/attempts/{self.attempt}/result/").text

    def is_graded(self) -> bool:
        """Whether the score stands, as the result page asks it."""
        return bool(json.loads(self.get(f"/attempts/{self.attempt}/result/status/").body)["graded"])

    def standings(self, query: str = "") -> str:
        """The board that the contest shows by itself."""
        return self.get(f"/c/{self.slug}/standings/{query}").text

    # --- The quiz ----------------------------------------------------------------------------------------------------
    def save(self, choices: Mapping[str, list[int]], **more: Any) -> Reply:
        """What is chosen at these places, counted from 1 as the page does, under the next number."""
        self.sequence += 1
        return self.send_again("answer", self.sequence, choices, **more)

    def send_again(self, where: str, sequence: int, choices: Mapping[str, list[int]], **more: Any) -> Reply:
        """The same save, or hand-in, under a number that it may have had before."""
        body = json.dumps({"lease": self.lease, "sequence": sequence, "choices": choices, **more}).encode()
        headers = {"Content-Type": "application/json", "X-Attempt-Key": self.key, "Cookie": self.cookie()}
        return self.send("POST", f"/{where}/{self.attempt}/", body, headers)

    def hand_in(self, **more: Any) -> Reply:
        """Handed in, with nothing that still waits."""
        self.sequence += 1
        return self.send_again("hand-in", self.sequence, {}, **more)

    # --- HTTP --------------------------------------------------------------------------------------------------------
    def get(self, path: str) -> Reply:
        """The page, through redirects."""
        return self.follow(self.ask("GET", path))

    def post(self, path: str, fields: dict[str, str], *, follow: bool = True) -> Reply:
        """The answer to a form of the open page."""
        body = urlencode({"csrfmiddlewaretoken": self.form, **fields}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            **({"Origin": self.origin} if self.origin else {}),
        }
        reply = self.ask("POST", path, body, headers)
        return self.follow(reply) if follow else reply

    def follow(self, reply: Reply) -> Reply:
        """Where the redirects lead to, as a browser follows them."""
        while reply.status in (301, 302, 303):
            place = urlsplit(reply.headers["location"])
            reply = self.ask("GET", place.path + (f"?{place.query}" if place.query else ""))
        return reply

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One request with the cookies; raises for what is neither a page nor a redirect."""
        reply = self.send(method, path, body, {**(headers or {}), "Cookie": self.cookie()})
        for cookie in reply.cookies:
            name, _, rest = cookie.strip().partition("=")
            self.cookies[name] = rest.partition(";")[0]
        if reply.status >= 400:
            raise Unexpected(f"{method} {without_secret(path)}: {reply.status} {reply.body[:300]!r}")
        self.at = path
        if found := re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', reply.body):
            self.form = found[1].decode()
        return reply

    def cookie(self) -> str:
        """The header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def _data(page: str, name: str) -> str:
    """What the paper says in a data attribute."""
    found = re.search(rf'data-{name}="([^"]*)"', page)
    if found is None:
        raise Unexpected(f"the page is no paper: it has no data-{name}: {page[:200]}")
    return found[1]


def without_secret(path: str) -> str:
    """The path without the secret of a slip."""
    return re.sub(r"^/s/[^/]+/", "/s/…/", path)


def choice(rng: Random, place: int) -> dict[str, list[int]]:
    """One option, chosen at a place counted from 1."""
    return {str(place): [rng.randrange(1, 5)]}


def pause(rng: Random, failed: int, retry_after: float = 0.0) -> float:
    """How long the page waits before it tries again: full jitter, growing, and never less than the server asked for."""
    most: float = min(CEILING, FLOOR * 2**failed)
    return retry_after + FLOOR + rng.random() * (most - FLOOR)
