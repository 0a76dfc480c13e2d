"""CPU time of trees of processes, by the system's own clocks."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from contest.management.measuring import cpu
from contest.management.measuring.cpu import Spent
from contest.processes import wait_until

BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"
PARENT = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {BURN!r}.format(seconds=0.3)])
print("done", flush=True)
time.sleep(60)
"""


def test_what_a_child_has_spent_that_has_ended_is_its_parents():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert 0.3 <= cpu.tree(parent.pid) < 1.0
    finally:
        parent.kill()
        parent.communicate()


def test_what_living_children_and_their_threads_spend_is_in_the_tree():
    child = subprocess.Popen([sys.executable, "-c", BURN.format(seconds=60)])
    parent = cpu.Meter({"child": child.pid})
    try:
        assert wait_until(lambda: cpu.tree(child.pid) > 0.3, 10)
        spent = parent.lap()
        assert spent.by_tree["child"] > 0.2
        assert cpu.tree(os.getpid()) > cpu.tree(child.pid)
    finally:
        child.kill()
        child.wait()


def test_a_lap_begins_where_the_last_one_ended():
    meter = cpu.Meter({})
    time.sleep(0.02)
    first, second = meter.lap(), meter.lap()
    assert first.wall > 0.02 > second.wall


def test_a_process_that_is_gone_spends_nothing():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert (cpu.tree(child.pid), cpu.resident(child.pid)) == (0.0, {})


def test_idleness_is_taken_off_by_the_time_that_passed():
    idle = Spent({"web": 0.1, "worker": 1.0}, wall=10.0)
    spent = Spent({"web": 2.0, "worker": 0.75}, wall=5.0)
    assert spent.without(idle).by_tree == {"web": 1.95, "worker": 0.25}
    assert (spent.without(idle).total(), spent.without(idle).total("web")) == (2.2, 1.95)


def test_memory_is_told_by_process():
    assert 10 < cpu.resident(os.getpid())[os.getpid()] < 4000
