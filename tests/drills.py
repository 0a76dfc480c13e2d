"""A whole platform on durable servers of its own, for tests that kill parts of it. They hurt no servers but these."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

import dj_database_url
import psutil
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import timezone

from contest.attempts.models import Attempt, Grade
from contest.embedded import Servers, root
from contest.management.measuring import made_up, promises, stack
from contest.management.measuring.phone import Line, Phone, Reply
from contest.processes import wait_until
from contest.standings import ordinals

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
PORT = 18500 + int(WORKER.removeprefix("gw"))
PEOPLE = 400
CRASH_LOOP = 6.0  # seconds; two web workers that die within 5.5 are a crash loop to Granian, which then ends as well


@dataclass
class Platform:
    """Servers, web server, worker and beat, and a round that is open."""

    stack: stack.Stack
    scene: made_up.Scene
    people: list[made_up.Person]
    taken: int = 0
    web_killed_at: float = -CRASH_LOOP

    @property
    def servers(self) -> Servers:
        return self.stack.servers

    def whole(self) -> None:
        """Everything runs, whatever the last test did to it."""
        self.servers.start_postgres()
        self.servers.start_valkey()
        for name in stack.PARTS:
            if name not in self.stack.processes or not self.stack.processes[name].pid:
                self.stack.start(name)

    def let_web_settle(self) -> None:
        """The next web worker that dies is none of a series."""
        time.sleep(max(0.0, self.web_killed_at + CRASH_LOOP - time.monotonic()))

    def kill_web_worker(self) -> None:
        """The process that answers has died; its parent starts another one."""
        [worker] = psutil.Process(self.stack.pid("web")).children()
        worker.kill()
        self.web_killed_at = time.monotonic()

    def now(self) -> datetime:
        return timezone.now()

    def take(self, count: int) -> list[made_up.Person]:
        """People whom no other test has had."""
        self.taken += count
        return self.people[self.taken - count : self.taken]

    def phone(self, port: int | None = None) -> Phone:
        return Phone(Line(port or self.stack.port), self.scene.contest.slug)

    def sitting(self, person: made_up.Person, port: int | None = None) -> Phone:
        """A phone with the paper on it."""
        phone = self.phone(port)
        phone.open_slip(person.token)
        phone.sign_in(person.token)
        phone.round()
        phone.start()
        return phone

    def handed_in(self, count: int) -> list[int]:
        """Attempts that were sat with three saves and handed in, over HTTP."""
        found = []
        for person in self.take(count):
            phone = self.sitting(person)
            for place in (1, 2, 3):
                assert phone.save({str(place): [1]}).status == 200
            assert phone.hand_in(prediction="100").status == 200
            found.append(phone.attempt)
        return found

    def graded(self, attempts: list[int]) -> Counter[int]:
        """How many grades how many of the attempts have: Counter({1: 20}) when all is well."""
        times = Counter(Grade.objects.filter(attempt__in=attempts).values_list("attempt", flat=True))
        return Counter(times[attempt] for attempt in attempts)

    def wait_for_grades(self, attempts: list[int], patience: float = 30) -> float:
        """Seconds until each of them is graded."""
        begun = time.monotonic()
        waiting = Attempt.objects.filter(pk__in=attempts, graded_version=0)
        assert wait_until(lambda: not waiting.exists(), patience), f"{waiting.count()} are not graded"
        return time.monotonic() - begun

    def broken(self, acknowledged: list[dict[str, Any]]) -> dict[str, list[str]]:
        """What breaks the promises that hold at any time; boards follow with the next sweep."""
        contest = self.scene.contest
        return {
            "P1": promises.lost(acknowledged),
            "P3": promises.counted_too_late(contest),
            "P4": promises.changed_after_hand_in(contest),
            "P6": promises.differing_grades(contest),
            "P8": promises.beyond_the_limit(contest) + promises.redrawn(contest),
        }


NOTHING_BROKEN: dict[str, list[str]] = {"P1": [], "P3": [], "P4": [], "P6": [], "P8": []}


@contextmanager
def platform(directory: Path) -> Iterator[Platform]:
    """The platform, with this process connected to its PostgreSQL and its Valkey."""
    servers = Servers(directory, durable=True, given={})
    more = {
        "LOG_LEVEL": "WARNING",
        "REDIS_PREFIX": "",
        "STATIC_MANIFEST": "0",
        "STATIC_ROOT": os.environ["STATIC_ROOT"],
    }
    with servers.start(is_fresh=True), connected(servers):
        stack.prove(servers)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        now = timezone.now()
        scene = made_up.scene(now=now, closes_at=now + timedelta(days=1), slug="drill", title="Diễn tập")
        people = [person for some in made_up.people(scene, PEOPLE, now=now) for person in some]
        running = stack.Stack(servers, PORT, more, web_workers=1)
        try:
            running.start()
            yield Platform(running, scene, people)
        finally:
            running.stop()


@contextmanager
def connected(servers: Servers) -> Iterator[None]:
    """The default connection of this thread, and the client of the boards, are those of the servers."""
    from django.conf import settings

    before = connections["default"]
    place = dj_database_url.parse(servers.database_url, conn_max_age=None)
    theirs = {"HOST": place["HOST"], "NAME": place["NAME"], "USER": place["USER"]}
    own = DatabaseWrapper({**before.settings_dict, **theirs, "CONN_HEALTH_CHECKS": True}, "default")
    kept = settings.BOARD_REDIS_URL, settings.REDIS_PREFIX
    connections["default"] = own
    settings.BOARD_REDIS_URL, settings.REDIS_PREFIX = servers.redis_url, ""
    ordinals.client.cache_clear()
    ContentType.objects.clear_cache()  # their numbers are each database's own
    try:
        yield
    finally:
        own.close()
        ContentType.objects.clear_cache()
        connections["default"] = before
        settings.BOARD_REDIS_URL, settings.REDIS_PREFIX = kept
        ordinals.client.cache_clear()


# --- Load ------------------------------------------------------------------------------------------------------------
@dataclass
class Load:
    """Phones that save all the time, as the page does: what fails is sent again under its number until it is told."""

    phones: list[Phone]
    pause: float = 0.02
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    without_hint: Counter[int] = field(default_factory=Counter)  # 503 without Retry-After
    times: list[float] = field(default_factory=list)  # seconds, of what was acknowledged at the first try
    last: float = 0.0  # when something was acknowledged
    stopped: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        self.threads = [threading.Thread(target=self._save, args=(phone,)) for phone in self.phones]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, more: int, patience: float = 30) -> bool:
        """Whether so many more saves were acknowledged in time."""
        goal = len(self.acknowledged) + more
        return wait_until(lambda: len(self.acknowledged) >= goal, patience)

    def _save(self, phone: Phone) -> None:
        rng = Random(phone.attempt)
        while not self.stopped.is_set():
            place, option = rng.randrange(1, 21), rng.randrange(1, 5)
            phone.sequence += 1
            begun, tries = time.monotonic(), 0
            while True:
                tries += 1
                reply = attempt(phone, "answer", phone.sequence, {str(place): [option]})
                self._count(reply)
                if reply is not None and reply.status == 200:
                    break
                if self.stopped.is_set():
                    return
                time.sleep(0.1)
            if tries == 1:
                self.times.append(time.monotonic() - begun)
            self.last = time.monotonic()
            self.acknowledged.append(
                {
                    "attempt": phone.attempt,
                    "lease": phone.lease,
                    "sequence": phone.sequence,
                    "choices": {str(place - 1): [option - 1]},
                    "counted": True,
                }
            )
            time.sleep(self.pause)

    def _count(self, reply: Reply | None) -> None:
        self.answers["none" if reply is None else str(reply.status)] += 1
        if reply is not None and reply.status == 503 and "retry-after" not in reply.headers:
            self.without_hint[503] += 1


def attempt(phone: Phone, where: str, sequence: int, choices: dict[str, list[int]], **more: Any) -> Reply | None:
    """The server's answer, or none."""
    try:
        return phone.send_again(where, sequence, choices, **more)
    except (OSError, HTTPException):
        phone.send.close()
        return None


def median(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


# --- A bad network ---------------------------------------------------------------------------------------------------
class Cutter:
    """A network before a port that carries every request there, and loses the answers to the first, third, fifth …"""

    def __init__(self, port: int) -> None:
        self.behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        while self.listener.getsockname()[1] > 32767:  # what is above belongs to others
            self.listener.close()
            self.listener = socket.create_server(("127.0.0.1", Random(time.time()).randrange(20000, 30000)))
        self.port = self.listener.getsockname()[1]
        self.carried = self.cut = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _where = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(line,), daemon=True).start()

    def _carry(self, line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", self.behind)) as behind, suppress(OSError):
            while request := _message(line):
                behind.sendall(request)
                answer = _message(behind)
                with self.lock:
                    self.carried += 1
                    is_cut = self.carried % 2 == 1
                    self.cut += is_cut
                if is_cut:
                    return
                line.sendall(answer)

    def close(self) -> None:
        self.listener.close()


def _message(line: socket.socket) -> bytes:
    """One HTTP message with its body, by its Content-Length; these requests and answers have one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    [length] = [int(value) for name, _, value in headers(head) if name == b"content-length"]
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def headers(head: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Their names in small letters, and their values."""
    for header in head.split(b"\r\n")[1:]:
        name, colon, value = header.partition(b":")
        yield name.strip().lower(), colon, value.strip()


DIRECTORY = root() / "var" / f"drill-{WORKER}"
