"""The bench and the rehearsal run as `make` runs them, small, on servers of their own, and write what they promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contest.embedded import root
from contest.management.measuring import benchmark, works

pytestmark = pytest.mark.durable
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORT = str(18520 + WORKER)


@pytest.fixture(scope="module")
def folder() -> Path:
    return root() / "var" / f"measured-{WORKER}"


def run(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """As `make` does it, but from the tests' own settings; static files are taken from where they are."""
    without = {"DATABASE_URL", "REDIS_URL", "REDIS_PREFIX", "TEST_DATABASE"}
    env = {name: value for name, value in os.environ.items() if name not in without} | more
    words = [sys.executable, "-m", "contest.launch", "--servers", str(folder), "run", "--", "manage.py", *command]
    return subprocess.run(
        [*words, "--servers", str(folder)],
        cwd=root(),
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_bench_measures_everything_that_it_promises(folder, tmp_path):
    out = tmp_path / "bench.json"
    done = run(folder, "bench", "--quick", "--port", PORT, "--out", str(out), BENCH="1")
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    assert figures.keys() >= {
        "save_over_floor", "floor_cpu_ms", "save_cpu_ms", "journey_cpu_ms", "standings_page_cpu_ms", "ranking_70k_s",
        "web_worker_mb", "hand_in_cpu_ms", "sign_in_cpu_ms", "idle_cpu_ms_per_s", "versions", "cores", "date",
    }  # fmt: skip
    assert min(figures[name] for name in ("floor_cpu_ms", "save_cpu_ms", "journey_cpu_ms", "standings_page_cpu_ms")) > 0
    assert figures["steps_cpu_ms"].keys() == {*benchmark.STEPS, "grading"}
    assert figures["synchronous_commit"] == "on"
    judged = figures["works"]
    assert (judged["assignments"], judged["least_load"], judged["greatest_load"]) == (90, 15, 15)
    assert judged.keys() >= {*works.LISTS, "desk_stage", "chair", "work"}
    assert figures["list_queries"] == max(judged[name]["queries"] for name in works.LISTS) <= 8
    assert "journey_cpu_ms" in done.stdout


def test_the_bench_refuses_servers_that_are_not_its_own(folder, tmp_path):
    done = run(folder, "bench", "--quick", BENCH="0")
    assert (done.returncode, "Set BENCH=1" in done.stderr) == (1, True)
    elsewhere = subprocess.run(
        [sys.executable, "manage.py", "bench", "--quick", "--servers", str(tmp_path)],
        cwd=root(),
        env={
            **os.environ,
            "BENCH": "1",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://x",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (elsewhere.returncode, "does not name the servers of" in elsewhere.stderr) == (1, True)


def test_a_rehearsal_loses_nothing(folder, tmp_path):
    out = tmp_path / "rehearsal.json"
    words = ["--entrants", "24", "--curve", "opening", "--seconds", "4", "--out", str(out), "--port", PORT]
    done = run(folder, "rehearse", *words, "--think", "0.1")
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    expected = {"entrants": 24, "arrived": 24, "lost": 0, "graded_twice": 0, "board_equal": True, "settled": True}
    assert {name: figures[name] for name in expected} == expected
    assert figures["checks"] == dict.fromkeys(("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"), 0)
    assert figures["acknowledged"] >= figures["handed_in"] > 0
    assert figures.keys() >= {"errors", "save_p95_ms", "cpu_ms_per_journey", "seconds", "curve", "started_at"}
    assert "lost: 0" in done.stdout


def test_a_rehearsal_on_a_platform_elsewhere_needs_its_database(folder):
    done = run(folder, "rehearse", "--entrants", "3", "--target", "http://127.0.0.1:9")
    assert (done.returncode, "DATABASE_URL does not name the target's database" in done.stderr) == (1, True)
