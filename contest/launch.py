"""`make demo`: the whole platform on one machine, with servers of its own, until Ctrl-C.

`python -m contest.launch run -- COMMAND` gives one command those servers and the demo's settings.
`--servers DIRECTORY` keeps the data elsewhere than in var/demo.
"""

import argparse
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn

from contest.embedded import EmbeddedError, Servers, root, servers
from contest.processes import Process, allow_many_files, stop_all, wait_until

DEMO = root() / "var" / "demo"
HOST = "127.0.0.1"
CODE_KEY = "demo"  # public, so that the demo's codes can stand in the README; settings refuse it outside the demo
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_RESTARTS = 3  # of one process within a minute, before the launcher gives up


def environment(running: Servers, port: int) -> dict[str, str]:
    """The demo's settings; what the caller's environment says already goes first."""
    chosen = {
        "DJANGO_SETTINGS_MODULE": "contest.settings",
        "DEMO": "1",
        "MFA_REQUIRED": "0",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "SITE_URL": f"http://{HOST}:{port}",
        "CODE_KEY": CODE_KEY,
        "STATIC_ROOT": str(root() / "var" / "static"),
        "MEDIA_ROOT": str(running.directory / "media"),
        "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",  # into the web server's log
        "PYTHONUNBUFFERED": "1",
        **kept_secrets(running.directory / "secrets.json"),
    }
    return {**chosen, **os.environ, **running.environ}


def kept_secrets(file: Path) -> dict[str, str]:
    """Made at the first start, readable by their owner alone, the same ever after."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            json.dump(made, opened)
    kept: dict[str, str] = json.loads(file.read_text())
    return kept


def web(running: Servers, env: dict[str, str], port: int, name: str = "web", workers: int = 2) -> Process:
    """The web server is on its way."""
    allow_many_files()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--respawn-failed-workers"]
    # Each thread has a connection of its own: one that ends after a quiet half minute takes it along.
    command += ["--blocking-threads-idle-timeout", "600"]
    # Granian counts connections there, not requests: phones that keep theirs open would keep all others waiting.
    command += ["--backlog", "4096", "--backpressure", "16384"]
    command += ["--workers-kill-timeout", "5", "--log-level", "warning", "contest.wsgi:application"]
    return begin(running.process(name), command, env)


def worker(running: Servers, env: dict[str, str], name: str = "worker") -> Process:
    """A Celery worker for all queues is on its way; two at once, so that no large board keeps grades waiting."""
    command = [sys.executable, "-m", "celery", "-A", "contest", "worker", "-Q", "celery,grading,boards", "-c", "2"]
    command += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "-n", f"{name}@%h"]
    return begin(running.process(name), command, env)


def beat(running: Servers, env: dict[str, str]) -> Process:
    """The clock that starts the sweeps is on its way."""
    command = [sys.executable, "-m", "celery", "-A", "contest", "beat", "--loglevel", "WARNING", "--pidfile", ""]
    return begin(running.process("beat"), [*command, "-s", str(running.directory / "beat-schedule")], env)


def begin(process: Process, command: list[str], env: dict[str, str]) -> Process:
    """The process runs in the checkout."""
    process.start(command, root(), env)
    return process


def is_healthy(port: int) -> bool:
    """Whether the web server answers."""
    line = HTTPConnection(HOST, port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


@contextmanager
def step(what: str) -> Iterator[None]:
    """A line that says what takes its time, and when it is done how long it took."""
    say(f"{what} … ", end="")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - begun:.1f} s")


def say(text: str, end: str = "\n") -> None:
    """A word to the person at the terminal, at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((HOST, port))
        except OSError:
            return False
    return True


@contextmanager
def only_launcher(directory: Path, port: int) -> Iterator[None]:
    """One launcher a directory; another one that is just stopping is waited for, one that runs is told of."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "launch.lock").open("a+") as lock:

        def is_ours() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not is_ours():
            say("Another launcher holds the demo; waiting in case it is stopping.")
            if not wait_until(is_ours, 15):
                lock.seek(0)
                sys.exit(f"The demo runs already: {lock.read()}. Stop that one first, with Ctrl-C where it runs.")
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://{HOST}:{port}/")
        lock.flush()
        yield


def demo(directory: Path, port: int, stage: str, is_fresh: bool) -> None:
    """The platform runs until a signal, or the end of the `make` that asked for it, stops it."""
    with only_launcher(directory, port):
        running = Servers(directory, durable=True, given=os.environ)
        parts = [running.process(name) for name in ("web", "worker", "beat")]
        try:
            with step("Starting PostgreSQL and Valkey"):
                running.start(is_fresh)
                stop_all(parts)  # of a launcher that was killed
            if not is_free(port):
                sys.exit(f"Port {port} is taken by another program; choose another: make demo PORT={port + 1}")
            env = environment(running, port)
            who = running.directory / "who.txt"
            prepare(env, "--stage", stage, "--who", str(who), *(["--fresh"] if is_fresh else []))
            kept = Kept(starters(running, env, port), port)
            with step("Starting the web server, a worker and beat"):
                kept.start()
            say(f"\n{who.read_text()}")
            say(f"Open http://{HOST}:{port}/ (from this machine only; second factors are off in the demo).")
            say(f"Logs: {running.directory}/*.log; e-mail is not sent, it stands in web.log. Ctrl-C stops everything.")
            kept.keep()
        finally:
            with step("Stopping"):
                stop_all(parts)
                running.stop()


def starters(running: Servers, env: dict[str, str], port: int) -> dict[str, Callable[[], Process]]:
    """How each process of the demo is started, when it does not run."""
    found: dict[str, Callable[[], Process]] = {}
    if not running.given.get("DATABASE_URL"):
        found["postgres"] = running.start_postgres
    if not running.given.get("REDIS_URL"):
        found["valkey"] = running.start_valkey
    return {
        **found,
        "web": lambda: web(running, env, port),
        "worker": lambda: worker(running, env),
        "beat": lambda: beat(running, env),
    }


@dataclass
class Kept:
    """The processes of the demo; one that ends by itself is started again."""

    starters: dict[str, Callable[[], Process]]
    port: int
    parent: int = field(default_factory=os.getppid)
    processes: dict[str, Process] = field(default_factory=dict)
    ended: dict[str, list[float]] = field(default_factory=dict)  # when, of late

    def start(self) -> None:
        """All have started and the web server answers."""
        self.processes = {name: start() for name, start in self.starters.items()}
        server = self.processes["web"]
        wait_until(lambda: is_healthy(self.port) or not server.pid, 60)
        if not (server.pid and is_healthy(self.port)):
            sys.exit(f"The web server does not answer:\n{server.last_words()}")

    def keep(self) -> None:
        """Return when the `make` above is gone; leave with an error when a process ends again and again."""
        while os.getppid() == self.parent or "MAKELEVEL" not in os.environ:
            time.sleep(0.5)
            for name, process in self.processes.items():
                if not process.pid:
                    self.again(name, process)

    def again(self, name: str, process: Process) -> None:
        """A process that has ended runs again, unless it has done so too often within a minute."""
        now = time.monotonic()
        self.ended[name] = [moment for moment in self.ended.get(name, []) if moment > now - 60] + [now]
        if len(self.ended[name]) > MOST_RESTARTS:
            sys.exit(f"{name} ends again and again:\n{process.last_words()}")
        say(f"{name} has ended; it is started again.")
        process.stop()
        self.processes[name] = self.starters[name]()


def prepare(env: dict[str, str], *words: str) -> None:
    """Tables, static files and people are there; a failure ends the launcher."""
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", *words], cwd=root(), env=env, start_new_session=True, check=False
    )
    if done.returncode:
        sys.exit("The demo could not be prepared; the reason stands above.")


def run(words: list[str], directory: Path) -> NoReturn:
    """A command has run with servers of its own, and its exit status is ours."""
    with servers(directory, durable=True) as running:
        if words[0] == "manage.py":
            words = [sys.executable, *words]
        child = subprocess.Popen(words, env=environment(running, 8000))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command too, which decides
        signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
        status = child.wait()
    sys.exit(status if status >= 0 else 128 - status)


def leave(number: int, frame: FrameType | None) -> NoReturn:
    """Stop in order, once; what comes after the first signal is not heard."""
    for heard in SIGNALS:
        signal.signal(heard, signal.SIG_IGN)
    say("")
    sys.exit(0)


def main() -> None:
    """Read what is asked: by words for `run`, by the environment for the demo, as `make demo PORT=…` hands it down."""
    parser = argparse.ArgumentParser(prog="python -m contest.launch", description=__doc__)
    parser.add_argument("--servers", type=Path, default=DEMO, metavar="DIRECTORY", help="where their data is")
    acts = parser.add_subparsers(dest="act")
    runs = acts.add_parser("run", help="run a command with the embedded servers")
    runs.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    try:
        if asked.act == "run":
            words = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
            run(words or parser.error("run what?"), asked.servers)
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            sys.exit(f"PORT={port} is not the number of a port.")
        for number in SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, leave)
        demo(asked.servers, int(port), os.environ.get("STAGE") or "open", os.environ.get("FRESH", "0") not in {"", "0"})
    except EmbeddedError as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
