"""The demo's processes on servers of their own, for whoever measures them, fills them with people, or kills them."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from contest import launch
from contest.embedded import EmbeddedError, Servers
from contest.processes import Process, stop_all, wait_until
from contest.standings import ordinals

PARTS = ("web", "worker", "beat")


@dataclass
class Stack:
    """Web server, worker and beat as the demo runs them, for as long as the context lasts."""

    servers: Servers
    port: int
    more: Mapping[str, str] = field(default_factory=dict)  # settings besides the demo's
    web_workers: int = 2
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The settings of its processes."""
        return {**launch.environment(self.servers, self.port), **self.more, **self.servers.environ}

    def start(self, *names: str) -> Self:
        """These parts, or all, run, and the web server answers."""
        starters = {
            "web": lambda: launch.web(self.servers, self.environ, self.port, workers=self.web_workers),
            "worker": lambda: launch.worker(self.servers, self.environ),
            "beat": lambda: launch.beat(self.servers, self.environ),
        }
        if "web" in (names or PARTS) and not launch.is_free(self.port):
            raise EmbeddedError(f"Port {self.port} is taken by another program.")
        for name in names or PARTS:
            self.processes[name] = starters[name]()
        if "web" in (names or PARTS):
            self.wait_for_web()
        return self

    def wait_for_web(self, patience: float = 60) -> None:
        """The web server answers, and it is ours."""
        web = self.processes["web"]
        wait_until(lambda: not web.pid or launch.is_healthy(self.port), patience)
        if not (web.pid and launch.is_healthy(self.port)):
            raise EmbeddedError(f"The web server does not answer:\n{web.last_words()}")

    def stop(self) -> None:
        """Its processes have ended; the servers stay."""
        stop_all(self.processes.values())
        self.processes = {}

    def kill(self, name: str) -> None:
        """A part has ended without a word, and its children with it."""
        process = self.processes[name]
        process.stop(signal.SIGKILL)

    @property
    def roots(self) -> dict[str, int]:
        """The first process of each tree, the servers' included."""
        found = {name: self.pid(name) for name in self.processes}
        return {**found, "postgres": self.servers.postgres_pid, "valkey": self.servers.valkey_pid}

    def pid(self, name: str) -> int:
        """The number of a part that has to run."""
        if not (pid := self.processes[name].pid):
            raise EmbeddedError(f"{name} does not run:\n{self.processes[name].last_words()}")
        return pid

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def own_servers(directory: Path) -> Servers:
    """The servers of `directory`, whose addresses this process was given by `contest.launch run --servers`.

    Refuses when the settings name others: what is measured, filled and emptied here is nobody else's.
    """
    found = Servers(directory, durable=True)
    for name, address in found.environ.items():
        if os.environ.get(name) != address:
            raise EmbeddedError(
                f"{name} does not name the servers of {found.directory}: start this by `make`, with no {name} given."
            )
    return found


def prove(servers: Servers) -> None:
    """This process is connected to these servers and to no others; refuses otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        [data] = cursor.fetchone()
    where = ordinals.client().config_get("dir")["dir"]
    if (Path(str(data)), Path(str(where))) != (servers.directory / "postgres", servers.directory):
        raise EmbeddedError(f"Connected to the servers of {data} and {where}, not to those of {servers.directory}.")


def empty(servers: Servers) -> None:
    """The servers, which are proved to be these, hold nothing."""
    prove(servers)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    ordinals.client().flushdb()
