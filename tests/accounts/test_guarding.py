from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts import guarding
from accounts.models import SignInGuard, WrongCodes
from contest.foundations.ledger import writing as ledger
from contest.foundations.ledger.models import Entry
from tests.builders import NOON

SOMEBODY = guarding.account(1)
SECOND = timedelta(seconds=1)


def guess(now: datetime, subject: bytes = SOMEBODY) -> bool:
    """A wrong guess; whether it was looked at."""
    with transaction.atomic():
        held = guarding.hold([subject], now=now)
        if held.is_blocked(subject):
            return False
        held.miss([subject])
        return True


def waits(subject: bytes = SOMEBODY, now: datetime = NOON) -> timedelta:
    with transaction.atomic():
        return guarding.hold([subject], now=now).wait([subject])


def at_once(count: int, work: Callable[[], bool]) -> list[bool]:
    def in_thread(_number: int) -> bool:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(in_thread, range(count)))


def test_the_delay_grows_from_the_third_miss_on_and_stops_growing_at_a_quarter_of_an_hour():
    assert [guarding.delay_after(misses).total_seconds() for misses in range(10)] == [
        0,
        0,
        0,
        5,
        15,
        60,
        300,
        900,
        900,
        900,
    ]


@pytest.mark.django_db
def test_a_guess_that_comes_too_early_is_not_looked_at_and_costs_nothing():
    assert [guess(NOON) for _number in range(5)] == [True, True, True, False, False]
    assert SignInGuard.objects.get().misses == 3
    assert waits() == 5 * SECOND
    assert not guess(NOON + 4.999 * SECOND)
    assert guess(NOON + 5 * SECOND)
    assert waits(now=NOON + 5 * SECOND) == 15 * SECOND


@pytest.mark.django_db
def test_misses_of_one_do_not_slow_down_another():
    for _number in range(3):
        guess(NOON)
    assert guess(NOON, guarding.account(2))


@pytest.mark.django_db
def test_a_success_wipes_the_slate_and_so_does_a_day():
    for _number in range(3):
        guess(NOON)
    with transaction.atomic():
        guarding.hold([SOMEBODY], now=NOON).forget([SOMEBODY])
    assert waits() == timedelta(0)
    for _number in range(3):
        guess(NOON)
    guess(NOON + guarding.FORGOTTEN_AFTER)
    assert SignInGuard.objects.get().misses == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_guesses_at_once_three_are_looked_at():
    assert sorted(at_once(20, lambda: guess(NOON))) == [False] * 17 + [True] * 3
    assert SignInGuard.objects.get().misses == 3


@pytest.mark.django_db(transaction=True)
def test_guesses_on_the_same_subjects_in_any_order_do_not_wait_for_each_other_forever():
    subjects = [guarding.account(pk) for pk in range(8)]

    def hold_all(order: list[bytes]) -> bool:
        with transaction.atomic():
            return guarding.hold(order, now=NOON).guards == {}

    assert at_once(6, lambda: all(hold_all(order) for order in (subjects, subjects[::-1]) * 20)) == [True] * 6


@pytest.mark.django_db(transaction=True)
def test_no_wrong_code_is_lost_from_the_count():
    def count() -> bool:
        guarding.count(NOON + 12 * SECOND)
        return True

    at_once(20, count)
    assert list(WrongCodes.objects.values_list("minute", "count")) == [(NOON, 20)]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (0.2 * SECOND, "1 giây"),
        (15 * SECOND, "15 giây"),
        (59.5 * SECOND, "1 phút"),
        (61 * SECOND, "2 phút"),
        (timedelta(minutes=15), "15 phút"),
    ],
)
def test_a_wait_is_told_rounded_up(wait: timedelta, words: str):
    assert guarding.in_words(wait) == words


@pytest.mark.django_db
def test_a_wave_of_wrong_codes_is_no_wave_below_the_threshold_or_when_it_is_over(settings):
    settings.SIGN_IN_WAVE = 3
    WrongCodes.objects.create(minute=NOON, count=2)
    assert guarding.wave(NOON + SECOND) is None
    assert guarding.alarm(NOON + SECOND) == 0
    guarding.count(NOON + SECOND)
    assert guarding.wave(NOON + SECOND) == 3
    assert Entry.objects.count() == 1
    guarding.count(NOON + 2 * SECOND)
    assert (guarding.wave(NOON + SECOND), Entry.objects.count()) == (4, 1)
    assert guarding.wave(NOON + guarding.WAVE_SHOWN) is None


@pytest.mark.django_db
def test_a_wave_raises_one_alarm_in_the_ledger_and_in_the_log(settings, caplog):
    settings.SIGN_IN_WAVE = 3
    WrongCodes.objects.create(minute=NOON - timedelta(minutes=1), count=2)
    WrongCodes.objects.create(minute=NOON, count=40)
    assert [guarding.alarm(NOON + SECOND), guarding.alarm(NOON + 2 * SECOND)] == [1, 0]
    assert [(entry.action, entry.subject, entry.data) for entry in Entry.objects.all()] == [
        ("sign-in.wave", "minute:2026-11-25T05:00:00+00:00", {"wrong": 40})
    ]
    assert ledger.verify() == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "a wave of wrong codes: 40 in the minute of 2026-11-25T05:00:00+00:00"
    ]


@pytest.mark.django_db
def test_tidying_keeps_what_still_counts():
    guess(NOON)
    guess(NOON + timedelta(hours=23), guarding.account(2))
    WrongCodes.objects.create(minute=NOON - guarding.COUNTS_KEPT, count=1)
    WrongCodes.objects.create(minute=NOON, count=1)
    guarding.tidy(NOON + timedelta(hours=24, minutes=1))
    assert [bytes(guard.subject) for guard in SignInGuard.objects.all()] == [guarding.account(2)]
    assert [wrong.minute for wrong in WrongCodes.objects.all()] == [NOON]
