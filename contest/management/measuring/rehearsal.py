"""A rehearsal: made-up entrants arrive by a curve and sit a round over HTTP, and then every promise is looked at."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts import slips
from accounts.models import User
from contest.attempts.models import Attempt
from contest.embedded import root
from contest.launch import say, step
from contest.management.measuring import cpu, made_up, promises
from contest.management.measuring.stack import Stack
from contest.rounds.models import Contest, Round
from contest.standings import board
from contest.standings.models import Board

CURVES = ("opening", "week", "deadline")
PACE = 15.0  # entrants a second on average; a district whose units all begin at eight o'clock has 23 for a while
STEEP = 2.0  # how much more come at first, or at last: e² times as many as at the other end, 35 a second
SAVES = 12
FORGETFUL = 0.05  # of those before a deadline, who never hand in
IDLE = 6.0  # seconds of looking at what the sweeps cost by themselves
SETTLING = 90  # seconds in which the clock closes, grades and ranks what is left
TITLE = "Diễn tập"


def arrivals(curve: str, count: int, seconds: float, rng: Random) -> list[float]:
    """When each entrant arrives, in seconds from the beginning, in order.

    opening: half of all in the first third, as when places follow the earliest hand-in. deadline: the same backwards.
    week: seven days, each with its evening.
    """

    def one() -> float:
        if curve == "week":
            return seconds * (rng.randrange(7) + rng.triangular(0, 1, 0.8)) / 7
        early = -math.log(1 - rng.random() * (1 - math.exp(-STEEP))) / STEEP
        return seconds * (early if curve == "opening" else 1 - early)

    return sorted(one() for _entrant in range(count))


@dataclass
class Rehearsal:
    """One rehearsal, with what is known about it so far."""

    entrants: int
    curve: str
    host: str
    directory: Path  # of the plan, the acknowledgements, and Locust's figures
    seconds: float  # in which everyone arrives
    think: float = 1.0  # how long they read and answer: 1 is a sitting in a third of a minute
    stack: Stack | None = None  # ours; None on a platform that is there already
    figures: dict[str, Any] = field(default_factory=dict)

    # --- Before ------------------------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """A contest of its own is there with its people, and the plan says who arrives when."""
        now, rng = timezone.now(), Random(self.entrants)  # noqa: S311  (arrivals, not secrets)
        slug = f"rehearsal-{now:%y%m%d-%H%M%S}"
        people: list[made_up.Person] = []
        with step(f"Making {self.entrants} entrants up"):
            scene = made_up.scene(now=now, closes_at=now + timedelta(days=1), slug=slug, title=f"{TITLE} {now:%H:%M}")
            for some in made_up.people(scene, self.entrants, now=now):
                people += some
        begins_at = time.time() + 3 + self.entrants / 1000
        closes_at = begins_at + self.seconds + (0 if self.curve == "deadline" else 600)
        moment = datetime.fromtimestamp(closes_at, UTC)
        Round.objects.filter(pk=scene.quiz.round_id).update(closes_at=moment)
        scene.quiz.round.periods.filter(pk=scene.present.pk).update(closes_at=moment)
        forgets = FORGETFUL if self.curve == "deadline" else 0
        self.write_plan(
            {
                "host": self.host,
                "slug": slug,
                "order": 1,
                "saves": SAVES,
                "think": self.think,
                "curve": self.curve,
                "begins_at": begins_at,
                "seconds": self.seconds,
                "closes_at": closes_at,
                "acknowledged": str(self.directory / "acknowledged.jsonl"),
                "figures": str(self.directory / "crowd.json"),
                "entrants": [
                    {"user": person.user, "token": person.token, "at": round(at, 2), "forgets": rng.random() < forgets}
                    for person, at in zip(people, arrivals(self.curve, self.entrants, self.seconds, rng), strict=True)
                ],
            }
        )

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        """The plan is in its file, which its owner alone can read: it has everyone's slip."""
        self.directory.mkdir(parents=True, exist_ok=True)
        place = self.directory / "plan.json"
        place.touch(0o600)
        place.chmod(0o600)
        place.write_text(json.dumps(plan))

    @property
    def plan(self) -> dict[str, Any]:
        """Who arrives when."""
        plan: dict[str, Any] = json.loads((self.directory / "plan.json").read_text())
        return plan

    # --- On the day --------------------------------------------------------------------------------------------------
    def arrive(self) -> None:
        """Everyone has been there; what the phones saw, and what it cost, is in the figures."""
        began = time.time()
        with self.measured() as cost:
            self.crowd()
        crowd = json.loads(Path(self.plan["figures"]).read_text())
        counts = crowd["counts"]
        self.figures |= {
            "started_at": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
            "entrants": len(self.plan["entrants"]),
            "curve": self.plan["curve"],
            "arrived": counts.get("arrived", 0),
            "started": counts.get("started", 0),
            "handed_in": counts.get("handed_in", 0),
            "too_late": counts.get("too_late", 0),
            "gave_up": counts.get("gave_up", 0),
            "acknowledged": counts.get("acknowledged", 0),
            "retries": counts.get("retries", 0),
            "errors": sum(found["failures"] for found in crowd["steps"].values()),
            "refused": crowd["refused"],
            "save_p95_ms": crowd["steps"].get("save", {}).get("p95", 0),
            "steps": crowd["steps"],
            "seconds": round(time.time() - began, 1),
            **cost,
        }

    @contextmanager
    def measured(self) -> Iterator[dict[str, float]]:
        """Afterwards it says what a journey has cost the processes of the stack, without their idleness."""
        cost: dict[str, float] = {}
        if self.stack is None:
            yield cost
            return
        meter = cpu.Meter(self.stack.roots)
        time.sleep(IDLE)
        idle = meter.lap()
        yield cost
        spent = meter.lap()
        counts = json.loads(Path(self.plan["figures"]).read_text())["counts"]
        sat = max(1, counts.get("started", 0))
        cost["cpu_ms_per_journey"] = round(1000 * spent.without(idle).total() / sat, 2)
        cost["cores_busy"] = round(spent.total() / spent.wall, 2)

    def crowd(self) -> None:
        """Locust has done its part, in a process of its own; a bar shows how far it is."""
        command = [sys.executable, "-m", "contest.management.measuring.arriving", str(self.directory / "plan.json")]
        connection.close()  # it would idle for too long
        errors = (self.directory / "crowd.log").open("wb")
        with errors, subprocess.Popen(command, cwd=root(), stdout=subprocess.PIPE, stderr=errors, text=True) as child:
            try:
                assert child.stdout is not None  # a pipe
                progress = Progress(len(self.plan["entrants"]))
                for line in child.stdout:
                    progress.show(json.loads(line))
                progress.end()
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            raise RuntimeError(f"Locust has failed:\n{(self.directory / 'crowd.log').read_text()[-3000:]}")

    # --- After -------------------------------------------------------------------------------------------------------
    def verify(self) -> None:
        """Every promise was looked at in PostgreSQL, after the clock had closed, graded and ranked what was left."""
        contest = Contest.objects.get(slug=self.plan["slug"])
        with step("Waiting until everything is closed, graded and ranked"):
            settled = self.settle(contest)
        began = time.monotonic()
        with step("Looking for what was lost"), Path(self.plan["acknowledged"]).open() as lines:
            broken = promises.broken(contest, (json.loads(line) for line in lines), now=timezone.now())
        attempts = Attempt.objects.filter(round__contest=contest)
        graded_twice = sum("graded 0" not in found for found in broken["P2"])
        self.figures |= {
            "lost": len(broken["P1"]),
            "graded_twice": graded_twice,
            "board_equal": not broken["P5"],
            "settled": settled,
            "broken": {name: found[:20] for name, found in broken.items()},
            "checks": {name: len(found) for name, found in broken.items()},
            "closed_by_the_clock": attempts.filter(status=Attempt.Status.EXPIRED).count(),
            "graded": attempts.filter(graded_version__gt=0).count(),
            "verified_seconds": round(time.monotonic() - began, 1),
        }

    def settle(self, contest: Contest) -> bool:
        """Whether the sweeps have caught up in time: nothing overdue, nothing ungraded, and the boards know all."""
        end = time.monotonic() + SETTLING
        while time.monotonic() < end:
            now = timezone.now()
            attempts = Attempt.objects.filter(round__contest=contest)
            ran_out = attempts.filter(status=Attempt.Status.OPEN, deadline__lte=now)
            ungraded = attempts.closed().filter(graded_version=0)
            if not ran_out.exists() and not ungraded.exists() and self.is_ranked(contest, now):
                return True
            time.sleep(1)
        return False

    def is_ranked(self, contest: Contest, now: datetime) -> bool:
        """Whether the stored boards count every attempt that ranks."""
        for scope in board.scopes(now=now, contest=contest):
            if scope.period is None:
                continue
            stored = Board.objects.filter(contest=contest, round=scope.round, period=scope.period).first()
            ranked = Attempt.objects.ranked().filter(period=scope.period, graded_version__gt=0)
            if stored is None or stored.attempts != ranked.count():
                return False
        return True

    def clean(self) -> None:
        """The contest is hidden and nobody's slip opens anything; what was logged stays, since nothing deletes it."""
        contest = Contest.objects.get(slug=self.plan["slug"])
        people = User.objects.filter(entrants__contest=contest, is_synthetic=True)
        with transaction.atomic():
            slips.revoke(people, by=None, now=timezone.now())
            people.update(is_active=False)
            contest.is_public = False
            contest.save(update_fields=["is_public"])

    @property
    def is_good(self) -> bool:
        """Whether no promise was seen broken."""
        return not any(self.figures.get("checks", {}).values())


@dataclass
class Progress:
    """A bar at a terminal, a line now and then elsewhere."""

    total: int
    shown: int = -1
    write: Callable[[str], object] = sys.stdout.write

    def show(self, counts: Mapping[str, int]) -> None:
        """How far everyone is."""
        arrived, gone = counts.get("arrived", 0), counts.get("handed_in", 0)
        text = (
            f"arrived {arrived}/{self.total}, handed in {gone}, saved {counts.get('acknowledged', 0)}, "
            f"failures {counts.get('failures', 0)}"
        )
        if sys.stdout.isatty():
            full = int(40 * arrived / self.total)
            self.write(f"\r[{'#' * full}{'.' * (40 - full)}] {text} ")
        elif 10 * arrived // self.total > self.shown:
            self.shown = 10 * arrived // self.total
            self.write(f"{text}\n")
        sys.stdout.flush()

    def end(self) -> None:
        """The bar is left as it is."""
        if sys.stdout.isatty():
            self.write("\n")


NAMES = {
    "P1": "acknowledged, and not there",
    "P2": "not graded exactly once",
    "P3": "counted, though too late",
    "P4": "changed after the hand-in",
    "P5": "boards that differ from a recomputation",
    "P6": "grades that differ from a recomputation",
    "P7": "broken entries of the ledger",
    "P8": "attempts above the limit, papers drawn again",
}


def table(figures: Mapping[str, Any]) -> str:
    """The figures for the eye."""
    lines = []
    if "steps" in figures:
        lines.append(f"{'ms':18}{'requests':>10}{'failures':>10}{'p50':>8}{'p95':>8}{'p99':>8}{'most':>8}")
        for name, found in figures["steps"].items():
            times = "".join(f"{found[part]:>8.0f}" for part in ("p50", "p95", "p99", "most"))
            lines.append(f"{name:18}{found['requests']:>10}{found['failures']:>10}{times}")
        lines.append("")
        for name in ("entrants", "started", "handed_in", "too_late", "gave_up", "acknowledged", "retries", "errors"):
            lines.append(f"{name:24}{figures[name]}")
        for name in ("cpu_ms_per_journey", "cores_busy"):
            lines.append(f"{name:24}{figures.get(name, 'not measured: the processes are not ours')}")
    for name, words in NAMES.items():
        count = figures.get("checks", {}).get(name)
        lines.append(f"{name} {words + ':':46}{'not checked: DATABASE_URL is not given' if count is None else count}")
    if "lost" in figures:
        lines.append(f"\nlost: {figures['lost']}")
    return "\n".join(lines)


def announce(figures: Mapping[str, Any], place: Path) -> None:
    """The table at the terminal, and what was broken."""
    say(f"\n{table(figures)}")
    for name, found in figures.get("broken", {}).items():
        for line in found:
            say(f"{name}: {line}")
    for line, times in figures.get("refused", {}).items():
        say(f"gave up, {times}×: {line}")
    say(f"Written to {place}.")
