import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from contest.embedded import root
from contest.launch import HOST, Kept, is_free, is_healthy, kept_secrets, only_launcher
from contest.processes import Process, born, wait_until

SLOW = 120  # seconds that a start may take on a busy machine
PARTS = ("postgres", "valkey", "web", "worker", "beat")


def free_port() -> int:
    with socket.socket() as line:
        line.bind((HOST, 0))
        port: int = line.getsockname()[1]
    return port


class Demo:
    """`make demo` with its data elsewhere, and what it says."""

    def __init__(self, folder: Path, **asked: str) -> None:
        self.folder, self.port = folder, free_port()
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.log = (folder.parent / "said").open("w+")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "contest.launch", "--servers", folder],
            env={**clean, "PORT": str(self.port), **asked},
            cwd=root(),
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def said(self) -> str:
        return Path(self.log.name).read_text()

    def is_up(self) -> bool:
        assert self.child.poll() is None, self.said()
        return f"http://{HOST}:{self.port}/" in self.said() and is_healthy(self.port)

    def pids(self) -> dict[str, int]:
        return {name: int((self.folder / f"{name}.pid").read_text().split()[0]) for name in PARTS}

    def end(self, number: signal.Signals) -> int:
        self.child.send_signal(number)
        status = self.child.wait(60)
        self.log.close()
        return status


def is_gone(pids: dict[str, int]) -> bool:
    return [name for name, pid in pids.items() if born(pid)] == []


def test_a_taken_port_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        demo = Demo(tmp_path / "demo", PORT=str(taken.getsockname()[1]))
        assert demo.child.wait(SLOW) == 1
    assert "is taken by another program; choose another: make demo PORT=" in demo.said()
    demo.log.close()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_what_is_no_port_is_told(tmp_path, port):
    demo = Demo(tmp_path / "demo", PORT=port)
    assert (demo.child.wait(SLOW), demo.said()) == (1, f"PORT={port} is not the number of a port.\n")
    demo.log.close()


def test_a_process_that_ends_again_and_again_ends_the_launcher(tmp_path):
    process = Process(tmp_path / "web.pid", tmp_path / "web.log")
    process.log.write_text("why")
    kept = Kept({"web": lambda: process}, port=0)
    for _ in range(3):
        kept.again("web", process)
    with pytest.raises(SystemExit, match="web ends again and again:\nwhy"):
        kept.again("web", process)


def test_secrets_are_made_once_and_are_their_owners_alone(tmp_path):
    file = tmp_path / "secrets.json"
    made = kept_secrets(file)
    assert (kept_secrets(file), oct(file.stat().st_mode & 0o777)) == (made, "0o600")
    assert made != kept_secrets(tmp_path / "others.json")


def test_the_next_launcher_may_come_when_the_last_has_gone(tmp_path):
    for _ in range(2):
        with only_launcher(tmp_path, 8000):
            assert (tmp_path / "launch.lock").read_text() == f"process {os.getpid()}, http://{HOST}:8000/"


def test_a_command_runs_with_servers_of_its_own_and_its_status_is_kept(tmp_path):
    told = "import os, sys; print(os.environ['REDIS_URL'].startswith('unix:'), os.environ['DEMO']); sys.exit(3)"
    words = ["--servers", str(tmp_path), "run", "--", sys.executable, "-c", told]
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(
        [sys.executable, "-m", "contest.launch", *words],
        cwd=root(),
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "True 1\n")


@pytest.mark.durable
def test_the_demo_from_its_first_start_to_its_last(tmp_path):
    demo = Demo(tmp_path / "demo")
    assert wait_until(demo.is_up, SLOW)
    first = demo.said()
    pids = demo.pids()
    assert demo.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_until(lambda: is_gone(pids), 60)
    assert is_free(demo.port)

    demo = Demo(tmp_path / "demo")
    assert wait_until(demo.is_up, SLOW)
    assert "What the last start left is kept" in demo.said()
    assert people(demo.said()) == people(first)

    another = Demo(tmp_path / "demo")
    assert another.child.wait(SLOW) == 1
    assert f"The demo runs already: process {demo.child.pid}, http://{HOST}:{demo.port}/" in another.said()
    another.log.close()

    died = demo.pids()
    for name in ("postgres", "worker"):
        os.kill(died[name], signal.SIGKILL)
    assert wait_until(lambda: "postgres has ended" in demo.said() and "worker has ended" in demo.said(), 20)
    assert wait_until(demo.is_up, 20)

    pids = demo.pids()
    assert demo.end(signal.SIGTERM) == 0
    assert is_gone({**died, **pids})


def people(said: str) -> str:
    """The lines on who to sign in as, whatever the port."""
    said = re.sub(rf"http://{HOST}:\d+", "", said)
    return said.rpartition("Starting the web server")[2].partition("\n")[2].partition("Open http")[0]
