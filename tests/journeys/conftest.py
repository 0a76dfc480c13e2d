"""The whole platform for each pytest worker: web server, Celery worker and beat on the worker's test database.

The stack is started once; each journey begins with an empty database, and leaves one.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection, transaction
from playwright.sync_api import Browser

from contest import launch
from contest.embedded import root, servers
from contest.management.commands.demo import fingerprint
from contest.processes import Process, stop_all, wait_until
from tests.browser import Devices, launched
from tests.servers import RUN, WORKER

STATIC = root() / "var" / "test" / "hashed"
FIRST_PORT = 21_000  # below those that the system gives away
STANDING = {"django_migrations", "django_content_type", "auth_permission"}  # what migrations leave, for good


@dataclass(frozen=True)
class Stack:
    """The running platform."""

    url: str
    web: Process
    worker: Process
    beat: Process


@pytest.fixture(scope="session")
def stack(django_db_setup: None) -> Iterator[Stack]:
    """One stack a pytest worker, on its database; it ends with the worker, however that ends."""
    directory = root() / "var" / "test" / f"stack-{RUN}-{WORKER}"
    given = {"DATABASE_URL": database_url(), "REDIS_URL": os.environ["REDIS_URL"]}
    port = next(port for port in range(FIRST_PORT + os.getpid() % 5000, 32_000) if launch.is_free(port))
    url = f"http://{launch.HOST}:{port}"
    environment = {
        **os.environ,
        **given,
        "SITE_URL": url,
        "STATIC_MANIFEST": "1",
        "STATIC_ROOT": str(STATIC),
        "DJANGO_SETTINGS_MODULE": "contest.settings",
    }
    collect(environment)
    with servers(directory, durable=False, given=given) as running:
        parts = [
            launch.web(running, environment, port, workers=1),
            launch.worker(running, environment),
            launch.beat(running, environment),
        ]
        web = parts[0]
        wait_until(lambda: launch.is_healthy(port) or not web.pid, 60)
        assert web.pid, web.last_words()
        assert launch.is_healthy(port), web.last_words()
        yield Stack(url, *parts)
        stop_all(parts)


def database_url() -> str:
    """Where this pytest worker's test database is."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def collect(environment: dict[str, str]) -> None:
    """The static files under their hashed names, compressed, as in production; collected anew when one has changed."""
    STATIC.mkdir(parents=True, exist_ok=True)
    with (STATIC.parent / "hashed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark, files = STATIC / ".collected", fingerprint()
        if not mark.exists() or mark.read_text() != files:
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, cwd=root(), env=environment, check=True)
            mark.write_text(files)


@pytest.fixture
def transactional_db(stack: Stack, django_db_blocker: Any) -> Iterator[None]:
    """Stands in for pytest-django's own, which can't wait for the sweeps of a running worker when it empties tables."""
    with django_db_blocker.unblock():
        yield
        wait_until(emptied, 60, pause=0.2)
        connection.close()


@pytest.fixture
def site(stack: Stack, transactional_db: None) -> str:
    """The platform's address, with nobody and nothing in it."""
    return stack.url


def emptied() -> bool:
    """Every table is empty; asked again when a sweep was just at work on one."""
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - STANDING)
    names = ", ".join(connection.ops.quote_name(table) for table in tables)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {names}")
    except OperationalError:
        return False
    return True


@pytest.fixture
def browser(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser of the test's own."""
    with launched(monkeypatch) as browser:
        yield browser


@pytest.fixture
def devices(browser: Browser, site: str) -> Iterator[Devices]:
    """Phones and desktops; the test fails when a page complained of something that it did not expect."""
    devices = Devices(browser, site)
    yield devices
    devices.check()
