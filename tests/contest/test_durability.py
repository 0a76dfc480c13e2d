"""What is killed, hung, cut or started twice loses nothing and doubles nothing: on real, durable servers of its own."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from contest import launch
from contest.attempts import grading
from contest.attempts.models import Answer, Attempt
from contest.management.measuring import promises
from contest.management.measuring.phone import Line, Phone
from contest.processes import wait_until
from contest.standings import board, ordinals
from contest.standings.models import Board
from tests import drills
from tests.drills import NOTHING_BROKEN, Cutter, Load, Platform

pytestmark = pytest.mark.durable
DOWN = 7.0  # seconds in which Redis is away: longer than the worker's own patience
QUICK = 0.1  # seconds that a save or a hand-in takes at most, with Redis or without


@pytest.fixture(scope="module")
def running(django_db_blocker) -> Iterator[Platform]:
    with django_db_blocker.unblock(), drills.platform(drills.DIRECTORY) as running:
        yield running


@pytest.fixture
def platform(running: Platform) -> Platform:
    running.whole()
    return running


# --- The worker ------------------------------------------------------------------------------------------------------
@contextmanager
def grades_locked(platform: Platform) -> Iterator[None]:
    """Whoever grades now stands still in the middle of it."""
    settings = connection.settings_dict
    with psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"]) as other:
        other.execute("LOCK TABLE attempts_grade IN EXCLUSIVE MODE")
        yield


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%attempts_grade%%'"
        )
        return bool(cursor.fetchone()[0])


def test_a_worker_killed_in_the_middle_of_grading_loses_and_doubles_nothing(platform):
    platform.stack.kill("worker")
    attempts = platform.handed_in(60)
    with grades_locked(platform):
        platform.stack.start("worker")
        assert wait_until(is_somebody_waiting, 20)
        platform.stack.kill("worker")
    assert platform.graded(attempts) == Counter({0: 60})
    platform.stack.start("worker")
    platform.wait_for_grades(attempts)
    assert platform.graded(attempts) == Counter({1: 60})
    assert platform.broken([]) == NOTHING_BROKEN


def test_a_poisoned_attempt_holds_up_nobody(platform):
    platform.stack.kill("beat")
    attempts = platform.handed_in(10)
    poisoned = attempts[4]
    paper = Attempt.objects.get(pk=poisoned).paper
    Attempt.objects.filter(pk=poisoned).update(paper=[["no question", None]])
    platform.stack.start("beat")
    platform.wait_for_grades([attempt for attempt in attempts if attempt != poisoned])
    assert wait_until(lambda: Attempt.objects.ungradable().filter(pk=poisoned).exists(), 20)
    Attempt.objects.filter(pk=poisoned).update(paper=paper)
    assert grading.try_again([poisoned]) == 1
    platform.wait_for_grades(attempts)
    assert platform.graded(attempts) == Counter({1: 10})


def test_two_clocks_grade_once(platform):
    command = platform.stack.processes["beat"].child
    assert command is not None
    second = launch.begin(
        platform.servers.process("beat-too"),
        [*map(str, command.args[:-1]), str(drills.DIRECTORY / "schedule-too")],
        platform.stack.environ,
    )
    try:
        attempts = platform.handed_in(10)
        platform.wait_for_grades(attempts)
        time.sleep(2)
        assert platform.graded(attempts) == Counter({1: 10})
    finally:
        second.stop()


# --- Redis -----------------------------------------------------------------------------------------------------------
def ranked(platform: Platform) -> list[str]:
    """Where boards differ, once the clock has had its turn."""
    contest = platform.scene.contest
    attempts = Attempt.objects.ranked().filter(period=platform.scene.present, graded_version__gt=0)

    def counts() -> bool:
        return Board.objects.filter(period=platform.scene.present, attempts=attempts.count()).exists()

    assert wait_until(counts, 30)
    now = platform.now()
    return [line for scope in board.scopes(now=now, contest=contest) for line in board.differences(scope, now=now)]


def test_everything_in_redis_may_be_forgotten(platform):
    attempts = platform.handed_in(10)
    ordinals.client().flushall()
    platform.wait_for_grades(attempts)
    assert platform.graded(attempts) == Counter({1: 10})
    assert ranked(platform) == []
    builds = dict(Board.objects.filter(build__gt=0).values_list("pk", "build"))
    assert wait_until(lambda: not ordinals.lost(builds), 15)


def ways_through(platform: Platform, span: float) -> tuple[list[int], float]:
    """So many seconds of people who sign in, sit their paper and look at the result; and the median of their saves."""
    attempts, times = [], []
    end = time.monotonic() + span
    while time.monotonic() < end:
        [person] = platform.take(1)
        phone = platform.sitting(person)
        for place in range(1, 13):
            begun = time.monotonic()
            assert phone.save({str(place): [2]}).status == 200
            times.append(time.monotonic() - begun)
        begun = time.monotonic()
        assert phone.hand_in(prediction="100").status == 200
        times.append(time.monotonic() - begun)
        phone.result()
        phone.standings()
        attempts.append(phone.attempt)
        time.sleep(0.5)
    return attempts, drills.median(times)


def test_with_redis_killed_people_sit_their_paper_and_grading_catches_up(platform):
    platform.servers.valkey.stop(signal.SIGKILL)
    attempts, seconds = ways_through(platform, DOWN)
    assert seconds < QUICK
    platform.whole()
    platform.wait_for_grades(attempts, 60)
    assert platform.graded(attempts) == Counter({1: len(attempts)})


def test_with_redis_hung_people_sit_their_paper_and_grading_catches_up(platform):
    pid = platform.servers.valkey_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        attempts, seconds = ways_through(platform, DOWN)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert seconds < QUICK
    platform.wait_for_grades(attempts, 60)
    assert platform.graded(attempts) == Counter({1: len(attempts)})


# --- PostgreSQL and the web server -----------------------------------------------------------------------------------
def test_postgresql_killed_under_load_loses_nothing_and_the_web_server_recovers_by_itself(platform):
    with Load([platform.sitting(person) for person in platform.take(6)]) as load:
        assert load.wait_for(100)
        reader = platform.sitting(platform.take(1)[0])
        platform.servers.postgres.stop(signal.SIGKILL)
        assert wait_until(lambda: load.answers["503"] > 5, 20)
        for path in ("/", "/c/drill/", "/c/drill/rounds/1/", f"/attempts/{reader.attempt}/", "/me/", "/s/unknown/"):
            page = reader.send("GET", path, None, {"Cookie": reader.cookie()})
            assert (page.status, page.headers["retry-after"]) == (503, "3")
        platform.servers.start_postgres()
        assert load.wait_for(200)
    connection.close()
    assert (set(load.answers), load.without_hint) == ({"200", "503"}, Counter())
    assert platform.broken(load.acknowledged) == NOTHING_BROKEN
    # Pages as well, on each of the threads whose connections have died.
    for person in platform.take(8):
        assert platform.sitting(person).attempt
    wait_for_worker(platform)


def wait_for_worker(platform: Platform) -> None:
    """The worker grades again, by itself or started anew as the launcher does it."""
    platform.whole()
    attempts = platform.handed_in(1)
    platform.wait_for_grades(attempts, 60)


def test_connections_that_nobody_uses_any_more_end_by_themselves(platform):
    """Granian ends threads that idle, and leaves their connections: each quiet hour would cost some for ever."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_session_timeout")
        assert cursor.fetchone() == ("15min",)


def test_phones_that_keep_their_connections_open_keep_nobody_waiting(platform):
    """To Granian each of them is work in progress: above its `backpressure` it would take no others in."""
    lines = [Line(platform.stack.port, timeout=10) for _phone in range(1200)]
    try:
        assert {line("GET", "/healthz", None, {}).status for line in lines} == {200}
        begun = time.monotonic()
        platform.sitting(*platform.take(1))
        assert time.monotonic() - begun < 5
    finally:
        for line in lines:
            line.close()


def test_one_backend_ended_is_not_even_seen(platform):
    with Load([platform.sitting(person) for person in platform.take(4)]) as load:
        assert load.wait_for(50)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%%attempts_answer%%'"
                " AND pid <> pg_backend_pid()"
            )
        assert load.wait_for(100)
    assert set(load.answers) == {"200"}
    assert platform.broken(load.acknowledged) == NOTHING_BROKEN


def test_a_web_worker_killed_in_the_middle_of_saves_loses_nothing(platform):
    platform.let_web_settle()
    with Load([platform.sitting(person) for person in platform.take(6)]) as load:
        assert load.wait_for(100)
        platform.kill_web_worker()
        assert load.wait_for(200)
    assert set(load.answers) <= {"200", "none"}
    assert platform.broken(load.acknowledged) == NOTHING_BROKEN


def test_a_web_worker_killed_in_the_middle_of_hand_ins_gives_each_its_one_receipt(platform):
    phones = [platform.sitting(person) for person in platform.take(8)]
    platform.let_web_settle()
    receipts: dict[int, str] = {}

    def hand_in(phone: Phone) -> None:
        reply, end = None, time.monotonic() + 30
        while reply is None and time.monotonic() < end:
            reply = drills.attempt(phone, "hand-in", 1, {"1": [1]}, prediction="100")
            time.sleep(0.05)
        if reply is not None:
            receipts[phone.attempt] = json.loads(reply.body)["receipt"]

    threads = [threading.Thread(target=hand_in, args=(phone,)) for phone in phones]
    for number, thread in enumerate(threads):
        thread.start()
        if number == 4:
            platform.kill_web_worker()
    for thread in threads:
        thread.join()
    assert receipts == dict(Attempt.objects.filter(pk__in=receipts).values_list("pk", "receipt"))
    assert len(receipts) == 8
    assert platform.broken([]) == NOTHING_BROKEN


# --- The network -----------------------------------------------------------------------------------------------------
def test_when_half_of_the_answers_are_cut_each_thing_happens_once(platform):
    cutter = Cutter(platform.stack.port)
    acknowledged = []
    try:
        for person in platform.take(3):
            phone = platform.sitting(person)
            phone.send = drills.Line(cutter.port)
            for sequence in range(1, 9):
                place = sequence % 3 + 1
                while (reply := drills.attempt(phone, "answer", sequence, {str(place): [sequence % 4 + 1]})) is None:
                    pass
                assert reply.status == 200
                acknowledged.append(
                    {
                        "attempt": phone.attempt,
                        "lease": phone.lease,
                        "sequence": sequence,
                        "choices": {str(place - 1): [sequence % 4]},
                        "counted": True,
                    }
                )
            receipts = set()
            for _turn in range(4):
                if reply := drills.attempt(phone, "hand-in", 9, {}, prediction="70186"):
                    receipts.add(reply.body)
            assert len(receipts) == 1
            assert Answer.objects.filter(attempt=phone.attempt).count() == 9
    finally:
        cutter.close()
    assert cutter.cut >= 12
    assert platform.broken(acknowledged) == NOTHING_BROKEN


# --- The control -----------------------------------------------------------------------------------------------------
def test_a_loss_would_be_seen(platform):
    """Somebody with all rights takes one acknowledged answer away, past the trigger: the same look finds it."""
    with Load([platform.sitting(person) for person in platform.take(2)]) as load:
        assert load.wait_for(20)
    told = load.acknowledged[7]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "DELETE FROM attempts_answer WHERE attempt_id = %s AND lease = %s AND sequence = %s",
            [told["attempt"], told["lease"], told["sequence"]],
        )
        cursor.execute("SET session_replication_role = origin")
    place = (told["attempt"], told["lease"], told["sequence"])
    assert promises.lost(load.acknowledged) == [
        f"save {place}: {told['choices']} was acknowledged, None is there",
    ]
