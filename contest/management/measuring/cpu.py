"""CPU time and memory of processes with all their children, as the operating system counts them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU time in seconds by the name of a tree, and the wall time in which it was spent."""

    by_tree: Mapping[str, float]
    wall: float

    def __sub__(self, other: Spent) -> Spent:
        """What was spent since `other`."""
        return Spent({name: self.by_tree[name] - other.by_tree[name] for name in self.by_tree}, self.wall - other.wall)

    def without(self, idle: Spent) -> Spent:
        """The same without what the trees spend in that time when nobody asks anything of them."""
        share = self.wall / idle.wall if idle.wall else 0.0
        return Spent({name: spent - idle.by_tree[name] * share for name, spent in self.by_tree.items()}, self.wall)

    def total(self, *names: str) -> float:
        """Seconds of these trees, or of all."""
        return sum(self.by_tree[name] for name in names or self.by_tree)


@dataclass
class Meter:
    """Reads what trees of processes have spent since it was made; each is known by its first process."""

    roots: Mapping[str, int]
    _before: Spent = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.read()

    def read(self) -> Spent:
        """What each tree has spent in all; differences of two readings tell what was spent in between."""
        return Spent({name: tree(root) for name, root in self.roots.items()}, time.monotonic())

    def lap(self) -> Spent:
        """What was spent since the last lap, or since the start."""
        now = self.read()
        spent, self._before = now - self._before, now
        return spent

    def __enter__(self) -> Self:
        self._before = self.read()
        return self


def tree(root: int) -> float:
    """Seconds of CPU of a process and all below it, those that have ended included."""
    return sum(seconds(process) for process in alive(root))


def resident(root: int) -> dict[int, float]:
    """Megabytes of memory of each process of a tree, by its number."""
    found: dict[int, float] = {}
    for process in alive(root):
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = process.memory_info().rss / 1e6
    return found


def alive(root: int) -> Iterable[psutil.Process]:
    """The processes of a tree, the first one first."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(root)
        yield first
        yield from first.children(recursive=True)


def seconds(process: psutil.Process) -> float:
    """CPU time of one process and of its children that have ended.

    Linux has a clock for every process, exact to the nanosecond, which also counts threads that are gone; elsewhere,
    and for children that are gone, there are hundredths of a second.
    """
    try:
        times = process.cpu_times()
        ended = times.children_user + times.children_system
        own = time.clock_gettime(~process.pid << 3 | 2) if sys.platform == "linux" else times.user + times.system
    except (psutil.NoSuchProcess, OSError):
        return 0.0
    return float(own + ended)
