"""Long-running processes that a later start finds again and can be sure of, however the one that began them ended."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LONGEST_LOG = 10_000_000  # bytes; a longer one is begun anew at the next start
MOST_FILES = 20_000  # that may be open in a process, connections among them


def allow_many_files() -> None:
    """This process and those that it starts may have as many files and connections open as the system lets them."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@dataclass
class Process:
    """One process, known by its pid file; its output is added to `log`."""

    file: Path
    log: Path
    child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """It runs in a session of its own, out of reach of the terminal's Ctrl-C, and its number is written down."""
        is_long = self.log.exists() and self.log.stat().st_size > LONGEST_LOG
        with self.log.open("wb" if is_long else "ab") as log:
            self.child = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.file.write_text(f"{self.child.pid} {boot()} {born(self.child.pid)}")

    @property
    def pid(self) -> int | None:
        """Its number while it runs; a number that another process has by now does not count."""
        if self.child:
            self.child.poll()  # a dead child keeps its number until it is asked
        pid, moment = self._written()
        return pid if moment and born(pid) == moment else None

    def ask(self, number: signal.Signals = signal.SIGTERM) -> None:
        """It was told to end, if it runs."""
        if pid := self.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)  # who is stopped hears nothing else

    def join(self, patience: float) -> None:
        """It has ended and its children with it, killed when patience was over."""
        wait_until(lambda: not self.pid, patience)
        pid, moment = self._written()
        if moment and born(pid) in ("", moment):  # its group may outlive it, and keeps its number from being given away
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        wait_until(lambda: not self.pid, 5)
        self.file.unlink(missing_ok=True)

    def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
        """It has ended, asked first and killed when patience was over."""
        self.ask(number)
        self.join(patience)

    def last_words(self) -> str:
        """The end of its log, for an operator."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def _written(self) -> tuple[int, str]:
        """The number and the moment in the pid file; no moment when there is none since this machine was started."""
        try:
            pid, started, moment = self.file.read_text().split(" ", 2)
        except (FileNotFoundError, ValueError):
            return 0, ""
        return int(pid), moment if started == boot() else ""


def stop_all(processes: Iterable[Process]) -> None:
    """They have ended; all were asked before any was waited for."""
    asked = list(processes)
    for process in asked:
        process.ask()
    for process in asked:
        process.join(patience=10)


def boot() -> str:
    """A name for the time since this machine was started, where the system has one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return "-"


def born(pid: int) -> str:
    """When a process was started, as the system writes it; with its number, the name of one process. '' when dead."""
    if sys.platform.startswith("linux"):
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        state, moment = words[0], words[19]
    else:
        shown = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        state, _, moment = shown.stdout.strip().partition(" ")
    return "" if state.startswith(("Z", "X")) else moment.strip()


def wait_until(came: Callable[[], object], seconds: float, pause: float = 0.02) -> bool:
    """Whether it came in time; asked for it again after each pause."""
    end = time.monotonic() + seconds
    while not came():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
