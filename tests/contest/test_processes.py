import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contest.processes import LONGEST_LOG, Process, boot, born, stop_all, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def make_process(folder: Path, name: str = "sleeper") -> Process:
    return Process(folder / f"{name}.pid", folder / f"{name}.log")


def start(process: Process, command: list[str]) -> int:
    process.start(command, process.file.parent, os.environ)
    assert process.pid is not None
    return process.pid


def test_a_number_that_another_process_has_by_now_is_left_alone(tmp_path):
    stranger = subprocess.Popen(SLEEPER)
    process = make_process(tmp_path)
    process.file.write_text(f"{stranger.pid} {boot()} 1")
    assert process.pid is None
    process.stop()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_number_from_before_the_machine_was_restarted_is_left_alone(tmp_path):
    stranger = subprocess.Popen(SLEEPER)
    process = make_process(tmp_path)
    process.file.write_text(f"{stranger.pid} another-boot {born(stranger.pid)}")
    process.stop()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("written", ["", "12", "half a"])
def test_a_pid_file_that_was_not_finished_names_nobody(tmp_path, written):
    process = make_process(tmp_path)
    process.file.write_text(written)
    assert process.pid is None


def test_another_start_finds_it_and_ends_it(tmp_path):
    pid = start(make_process(tmp_path), SLEEPER)
    found = make_process(tmp_path)
    assert found.pid == pid
    found.stop()
    assert (born(pid), found.file.exists()) == ("", False)


def test_who_does_not_hear_is_killed(tmp_path):
    process = make_process(tmp_path)
    start(process, [sys.executable, "-c", STUBBORN])
    assert wait_until(lambda: process.last_words() == "deaf", 10)
    process.stop(patience=0.2)
    assert process.pid is None


def test_who_was_stopped_hears_all_the_same(tmp_path):
    process = make_process(tmp_path)
    os.kill(start(process, SLEEPER), signal.SIGSTOP)
    process.stop(patience=10)
    assert process.child is not None
    assert process.child.returncode == -signal.SIGTERM


def test_children_that_outlive_it_end_with_it(tmp_path):
    process = make_process(tmp_path)
    pid = start(process, [sys.executable, "-c", PARENT])
    assert wait_until(process.last_words, 10)
    child = int(process.last_words())
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: process.pid is None, 5)
    assert born(child) != ""
    process.stop()
    assert wait_until(lambda: born(child) == "", 5)


def test_all_are_asked_before_any_is_waited_for(tmp_path):
    processes = [make_process(tmp_path, name) for name in ("one", "two")]
    pids = [start(process, SLEEPER) for process in processes]
    stop_all(processes)
    assert [born(pid) for pid in pids] == ["", ""]


def test_a_log_is_added_to_until_it_is_too_long(tmp_path):
    process = make_process(tmp_path)
    process.log.write_text("before\n")
    for before in ("before\nsaid", "said"):
        start(process, [sys.executable, "-c", "print('said')"])
        assert wait_until(lambda: process.pid is None, 10)
        assert process.last_words() == before
        process.log.write_bytes(b"x" * (LONGEST_LOG + 1))
