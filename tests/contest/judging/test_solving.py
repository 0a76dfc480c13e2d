"""Who marks what: hard rules always hold, nobody is missing who need not be, loads are as equal as can be."""

import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contest.judging import solving


def problem(entries, judges, **more):
    return {"entries": entries, "judges": judges, "seconds": 20, "seed": 1, **more}


@st.composite
def problems(draw):
    count = draw(st.integers(1, 6))
    judge = st.tuples(st.integers(0, 4), st.none() | st.integers(0, 4))
    entry = st.tuples(st.integers(0, 4), st.lists(st.integers(0, count - 1), unique=True, max_size=count))
    judges = draw(st.lists(judge, min_size=count, max_size=count))
    return problem(draw(st.lists(entry, max_size=8)), judges, seed=draw(st.integers(0, 9)))


def most_possible(given_problem) -> int:
    """How many assignments there can be at all: a largest flow by augmenting paths, to compare with."""
    flow: set[tuple[int, int]] = set()
    rooms = [10**6 if room is None else room for _load, room in given_problem["judges"]]

    def augment(entry: int, seen: set[int]) -> bool:
        for judge in given_problem["entries"][entry][1]:
            if judge in seen or (entry, judge) in flow:
                continue
            seen.add(judge)
            holders = [one for one, other in flow if other == judge]
            if len(holders) < rooms[judge]:
                flow.add((entry, judge))
                return True
            for holder in holders:
                if holder != entry and augment(holder, seen):
                    flow.remove((holder, judge))
                    flow.add((entry, judge))
                    return True
        return False

    for entry, (need, _allowed) in enumerate(given_problem["entries"]):
        for _one in range(need):
            augment(entry, set())
    return len(flow)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_hard_rules_hold_and_nobody_is_missing_who_need_not_be(given_problem):
    solved = solving.solve(given_problem)
    pairs = [tuple(pair) for pair in solved["pairs"]]
    assert len(set(pairs)) == len(pairs)
    by_judge, by_entry = Counter(judge for _entry, judge in pairs), Counter(entry for entry, _judge in pairs)
    for entry, judge in pairs:
        assert judge in given_problem["entries"][entry][1]
    for judge, (_load, room) in enumerate(given_problem["judges"]):
        assert room is None or by_judge[judge] <= room
    short = dict(map(tuple, solved["short"]))
    for entry, (need, _allowed) in enumerate(given_problem["entries"]):
        assert by_entry[entry] + short.get(entry, 0) == need
    assert len(pairs) == most_possible(given_problem)


@settings(max_examples=30, deadline=None)
@given(problems())
def test_no_single_change_makes_loads_more_equal(given_problem):
    solved = solving.solve(given_problem)
    loads = [load for load, _room in given_problem["judges"]]
    given_to = defaultdict(set)
    for entry, judge in solved["pairs"]:
        loads[judge] += 1
        given_to[entry].add(judge)
    left = [None if room is None else room for _load, room in given_problem["judges"]]
    taken = Counter(judge for _entry, judge in solved["pairs"])
    for entry, judge in solved["pairs"]:
        for other in set(given_problem["entries"][entry][1]) - given_to[entry]:
            if left[other] is None or taken[other] < left[other]:
                assert loads[other] + 1 >= loads[judge]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(2, 9), st.integers(1, 5), st.integers(0, 99))
def test_without_conflicts_loads_differ_by_one_at_most(entries, judges, need, seed):
    need = min(need, judges)
    solved = solving.solve(problem([[need, list(range(judges))]] * entries, [[0, None]] * judges, seed=seed))
    loads = Counter(judge for _entry, judge in solved["pairs"])
    assert solved["short"] == []
    assert max(loads[judge] for judge in range(judges)) - min(loads[judge] for judge in range(judges)) <= 1


def test_judges_are_mixed_so_that_not_the_same_ones_meet_over_and_over():
    solved = solving.solve(problem([[3, list(range(12))]] * 120, [[0, None]] * 12))
    met = Counter()
    by_entry = defaultdict(list)
    for entry, judge in solved["pairs"]:
        by_entry[entry].append(judge)
    for judges in by_entry.values():
        met.update(itertools.combinations(sorted(judges), 2))
    assert len(met) > 60  # of the 66 pairs of twelve
    assert max(met.values()) < 20


def test_missing_judges_are_spread_and_named():
    solved = solving.solve(problem([[2, [0]], [2, [0]], [1, []]], [[0, None]]))
    assert solved["short"] == [[0, 1], [1, 1], [2, 1]]


@pytest.mark.parametrize("kind", ["units", "any"])
def test_3000_entries_and_60_judges_take_less_than_30_seconds(kind, capsys):
    """Conflicts by 400 units, and at their worst: every entry with conflicts of its own. The time is printed."""
    rng = random.Random(5)
    units = [set(rng.sample(range(60), rng.randint(0, 6))) for _unit in range(400)]
    entries = []
    for number in range(3000):
        blocked = rng.choice(units) if kind == "units" else set(rng.sample(range(60), rng.randint(5, 30)))
        panel = range(60) if number % 3 else range(20)
        entries.append([3, [judge for judge in panel if judge not in blocked]])
    judges = [[0, None if judge % 7 else 120] for judge in range(60)]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "contest.judging.solving"], input=json.dumps(problem(entries, judges)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.monotonic() - begun
    solved = json.loads(done.stdout)
    loads = Counter(judge for _entry, judge in solved["pairs"])
    with capsys.disabled():
        print(f" [{kind}: {seconds:.1f} s, loads {min(loads.values())} to {max(loads.values())}] ", end="")
    assert seconds < 30
    assert solved["short"] == []
    assert {loads[judge] for judge in range(60) if judge % 7 == 0} == {120}
    assert {loads[judge] for judge in range(60) if judge % 7} <= {155, 156}
