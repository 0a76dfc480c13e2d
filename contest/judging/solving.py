"""Which judge marks which entry: an exact optimum by linear programming, as a program of its own.

    python -m contest.judging.solving < problem.json > solution.json

It is a child process since SciPy takes more memory than a web worker should have; it knows no Django. The problem:

    {"entries": [[need, [judge, …]], …],   judges by their place in the list below: those who may mark the entry
     "judges": [[load, room], …],          entries they have already, and how many more they may get (null: any number)
     "seconds": 20, "seed": 1}

The solution:

    {"pairs": [[entry, judge], …], "short": [[entry, missing], …], "seconds": 0.8, "groups": 57}

Entries that the same judges may mark are one group, so that the program is small. Its matrix is that of a network
(each column has a +1 in the row of a group, a ±1 in that of a judge, or both), which is totally unimodular: the vertex
that HiGHS finds is whole, and so the optimum over whole assignments. What is minimized, in this order: missing judges,
those of the same entry first; then the sum of the squares of all loads, which is least when loads are as equal as the
hard rules let them be. Swaps at random, which change no load, then mix the judges, so that not the same ones meet over
and over: otherwise nobody could tell a severe trio from weak entries.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MISSING = 10**6  # what a missing judge costs; above any step of a load's square
FINE = 40  # entries around an even load within which each one more has its own price; beyond, steps grow
SWAPS = 12  # a pair, tried at random


class TookTooLongError(Exception):
    """No optimum within the time that was given."""


@dataclass
class Group:
    """Entries with the same need that the same judges may mark."""

    need: int
    judges: tuple[int, ...]
    entries: list[int] = field(default_factory=list)


Pair = tuple[int, int]  # entry, judge


def solve(problem: dict[str, Any]) -> dict[str, Any]:
    """The solution of a problem; see the module."""
    begun = time.monotonic()
    entries = [(int(need), tuple(sorted(set(judges)))) for need, judges in problem["entries"]]
    judges = [(int(load), room) for load, room in problem["judges"]]
    groups = grouped(entries)
    flows = optimum(groups, judges, seconds=float(problem.get("seconds", 20)))
    chance = random.Random(problem.get("seed", 0))  # noqa: S311  (mixes, and protects nothing)
    pairs = [pair for group, flow in zip(groups, flows, strict=True) for pair in dealt(group, flow, chance)]
    pairs = mixed(pairs, [set(allowed) for _need, allowed in entries], chance)
    given: dict[int, int] = defaultdict(int)
    for entry, _judge in pairs:
        given[entry] += 1
    short = [[at, need - given[at]] for at, (need, _allowed) in enumerate(entries) if given[at] < need]
    seconds = round(time.monotonic() - begun, 3)
    return {"pairs": sorted(pairs), "short": short, "seconds": seconds, "groups": len(groups)}


def grouped(entries: Sequence[tuple[int, tuple[int, ...]]]) -> list[Group]:
    """Entries by need and by who may mark them; those that need nobody are left out."""
    found: dict[tuple[int, tuple[int, ...]], Group] = {}
    for at, (need, allowed) in enumerate(entries):
        if need > 0:
            found.setdefault((need, allowed), Group(need, allowed)).entries.append(at)
    return list(found.values())


def optimum(groups: Sequence[Group], judges: Sequence[tuple[int, int | None]], *, seconds: float) -> list[list[Pair]]:
    """How many entries of each group each judge gets: (judge, count), without zeros."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    if not groups:
        return []
    program = Program(groups, judges)
    matrix = csr_array((program.values, (program.rows, program.columns)), shape=(program.height, program.width))
    done = linprog(
        program.costs, A_eq=matrix, b_eq=program.sums, bounds=np.array(program.bounds, dtype=float), method="highs-ds",
        options={"time_limit": seconds},
    )  # fmt: skip
    if done.status == 1:
        raise TookTooLongError
    if done.status != 0:
        raise RuntimeError(done.message)
    flows: list[list[Pair]] = [[] for _group in groups]
    for column, (at, judge) in enumerate(program.pairs):
        count = round(done.x[column])
        if abs(count - done.x[column]) > 1e-6:
            raise RuntimeError("the vertex is not whole")
        if count:
            flows[at].append((judge, count))
    return flows


class Program:
    """The linear program: x(group, judge), missing(group, step), load(judge, step)."""

    def __init__(self, groups: Sequence[Group], judges: Sequence[tuple[int, int | None]]) -> None:
        """Columns, rows, costs and bounds."""
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[int] = []
        self.costs: list[float] = []
        self.bounds: list[Pair] = []
        self.pairs: list[Pair] = []  # (group, judge) of the first columns
        self.sums = [group.need * len(group.entries) for group in groups] + [0] * len(judges)
        self.height, first = len(self.sums), len(groups)
        most = [0] * len(judges)
        for at, group in enumerate(groups):
            for judge in group.judges:
                self.pairs.append((at, judge))
                self.column(0, len(group.entries), [(at, 1), (first + judge, 1)])
                most[judge] += len(group.entries)
        for at, group in enumerate(groups):
            for step in range(group.need):
                self.column(MISSING * (1 + step / 10), len(group.entries), [(at, 1)])
        even = (sum(load for load, _room in judges) + sum(self.sums)) // max(1, len(judges))
        for judge, (load, room) in enumerate(judges):
            top = most[judge] if room is None else min(most[judge], max(0, room))
            for cost, width in prices(load, top, even):
                self.column(cost, width, [(first + judge, -1)])
        self.width = len(self.costs)

    def column(self, cost: float, most: int, cells: Sequence[Pair]) -> None:
        """One more variable, from 0 to `most`."""
        for row, value in cells:
            self.rows.append(row)
            self.columns.append(len(self.costs))
            self.values.append(value)
        self.costs.append(cost)
        self.bounds.append((0, most))


def prices(load: int, top: int, even: int) -> list[tuple[float, int]]:
    """What each step of a judge's load costs, and how wide it is: the difference of squares, so that it rises.

    Around the even load each step is one entry; further away they are wider, and loads there are only nearly equal.
    """
    found, at, end = [], load, load + top
    while at < end:
        distance = max(abs(at - even) - FINE, 0)
        width = min(1 + distance // 4, end - at)
        if at < even - FINE:
            width = min(width, even - FINE - at)
        found.append((float(2 * at + width), width))
        at += width
    return found


def dealt(group: Group, flow: Sequence[Pair], chance: random.Random) -> list[Pair]:
    """Each judge's count, dealt round and round to the group's entries: nobody meets an entry twice.

    A judge has at most as many as there are entries, so one deal of theirs never laps itself. What is missing is spread
    evenly as well.
    """
    order = list(group.entries)
    chance.shuffle(order)
    hands = list(flow)
    chance.shuffle(hands)
    tokens = [judge for judge, count in hands for _one in range(count)]
    return [(order[at % len(order)], judge) for at, judge in enumerate(tokens)]


def mixed(pairs: list[Pair], allowed: Sequence[set[int]], chance: random.Random) -> list[Pair]:
    """The pairs after many swaps of two judges between two entries, each of them allowed: all counts stay."""
    found = list(pairs)
    has = set(found)
    for _try in range(SWAPS * len(found)):
        one, other = chance.randrange(len(found)), chance.randrange(len(found))
        (entry, judge), (entry_2, judge_2) = found[one], found[other]
        if (
            judge_2 in allowed[entry]
            and judge in allowed[entry_2]
            and (entry, judge_2) not in has
            and (entry_2, judge) not in has
        ):
            has -= {found[one], found[other]}
            found[one], found[other] = (entry, judge_2), (entry_2, judge)
            has |= {found[one], found[other]}
    return found


def main() -> int:
    """Standard input to standard output; 3 when the time was too short."""
    try:
        json.dump(solve(json.load(sys.stdin)), sys.stdout)
    except TookTooLongError:
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
