"""Windows, limits, extra time and grace at their edges, as data and by the thousand."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rounds.timing import (
    GRACE,
    REQUEST_TIMEOUT,
    Clock,
    HandIn,
    Problem,
    State,
    Trouble,
    Window,
    clock,
    day_of,
    handed_in,
    midnight,
    next_window,
    problems,
    settled_at,
    window_at,
)
from tests.thorough import examples

thoroughly = examples(80)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")
MS = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)

OPENS = datetime(2026, 11, 16, 8, 0, tzinfo=HANOI)
CLOSES = datetime(2026, 11, 22, 17, 30, tzinfo=HANOI)
WEEK = Window(OPENS, CLOSES)
PRACTICE = Window(OPENS, None)
LIMIT = 20 * MINUTE
NAIVE = datetime(2026, 11, 17, tzinfo=UTC).replace(tzinfo=None)


# Refusals


@pytest.mark.parametrize(
    "asked",
    [
        lambda: Window(NAIVE, None),
        lambda: Window(OPENS, NAIVE),
        lambda: NAIVE in WEEK,
        lambda: clock(WEEK, now=NAIVE, limit=LIMIT),
        lambda: clock(WEEK, now=OPENS, limit=LIMIT, started_at=NAIVE),
        lambda: handed_in(started_at=NAIVE, deadline=CLOSES, arrival=CLOSES),
        lambda: handed_in(started_at=OPENS, deadline=NAIVE, arrival=CLOSES),
        lambda: handed_in(started_at=OPENS, deadline=CLOSES, arrival=NAIVE),
        lambda: window_at([WEEK], NAIVE),
        lambda: next_window([WEEK], NAIVE),
        lambda: day_of(NAIVE, HANOI),
    ],
)
def test_a_moment_without_a_time_zone_is_refused(asked):
    with pytest.raises(ValueError, match="time zone"):
        asked()


@pytest.mark.parametrize("limit", [NOTHING, -MINUTE])
def test_a_limit_that_is_not_positive_is_refused(limit):
    with pytest.raises(ValueError, match="limit"):
        clock(WEEK, now=OPENS, limit=limit)


def test_extra_time_that_takes_time_away_is_refused():
    with pytest.raises(ValueError, match="extra"):
        clock(WEEK, now=OPENS, limit=LIMIT, extra=-MS)


# Starting


@pytest.mark.parametrize(
    ("now", "extra", "state"),
    [
        (OPENS - MS, NOTHING, State.SOON),
        (OPENS, NOTHING, State.OPEN),
        (OPENS + MS, NOTHING, State.OPEN),
        (CLOSES - MS, NOTHING, State.OPEN),
        (CLOSES, NOTHING, State.CLOSED),
        (CLOSES + MS, NOTHING, State.CLOSED),
        # Extra time does not open the window earlier, and moves its end for that person.
        (OPENS - MS, HOUR, State.SOON),
        (CLOSES, HOUR, State.OPEN),
        (CLOSES + HOUR - MS, HOUR, State.OPEN),
        (CLOSES + HOUR, HOUR, State.CLOSED),
    ],
)
def test_who_may_start_when(now, extra, state):
    told = clock(WEEK, now=now, limit=LIMIT, extra=extra)
    assert (told.state, told.may_start) == (state, state is State.OPEN)


def test_before_the_start_the_clock_shows_what_a_start_now_would_give():
    now = CLOSES - 5 * MINUTE
    assert clock(WEEK, now=now, limit=LIMIT) == Clock(
        state=State.OPEN,
        may_start=True,
        closes_at=CLOSES,
        deadline=CLOSES,
        accepts_until=CLOSES + GRACE,
        sweep_at=CLOSES + GRACE + REQUEST_TIMEOUT,
        is_answerable=False,
        milliseconds_left=300_000,
    )


def test_before_the_opening_the_clock_shows_what_a_start_at_the_opening_would_give():
    told = clock(WEEK, now=OPENS - HOUR, limit=LIMIT)
    assert (told.deadline, told.milliseconds_left) == (OPENS + LIMIT, 1_200_000)


def test_a_practice_round_never_closes():
    assert clock(PRACTICE, now=OPENS + timedelta(days=3650), limit=None) == Clock(
        state=State.OPEN,
        may_start=True,
        closes_at=None,
        deadline=None,
        accepts_until=None,
        sweep_at=None,
        is_answerable=False,
        milliseconds_left=None,
    )


def test_an_attempt_without_any_end_is_answerable_for_ever():
    told = clock(PRACTICE, now=OPENS + timedelta(days=3650), limit=None, started_at=OPENS)
    assert (told.is_answerable, told.deadline) == (True, None)


# The deadline


@pytest.mark.parametrize(
    ("window", "started_at", "limit", "extra", "deadline"),
    [
        (WEEK, OPENS, LIMIT, NOTHING, OPENS + LIMIT),
        (WEEK, CLOSES - LIMIT - MS, LIMIT, NOTHING, CLOSES - MS),
        (WEEK, CLOSES - LIMIT, LIMIT, NOTHING, CLOSES),
        (WEEK, CLOSES - LIMIT + MS, LIMIT, NOTHING, CLOSES),
        (WEEK, CLOSES - MS, LIMIT, NOTHING, CLOSES),
        (WEEK, OPENS, None, NOTHING, CLOSES),
        (PRACTICE, OPENS, LIMIT, NOTHING, OPENS + LIMIT),
        (PRACTICE, OPENS, None, NOTHING, None),
        # Extra time moves both the limit and the end.
        (WEEK, OPENS, LIMIT, 10 * MINUTE, OPENS + 30 * MINUTE),
        (WEEK, OPENS, None, 10 * MINUTE, CLOSES + 10 * MINUTE),
        (WEEK, CLOSES - 5 * MINUTE, LIMIT, 10 * MINUTE, CLOSES + 10 * MINUTE),
        (WEEK, CLOSES - LIMIT, LIMIT, 10 * MINUTE, CLOSES + 10 * MINUTE),
        (WEEK, CLOSES + 5 * MINUTE, LIMIT, 10 * MINUTE, CLOSES + 10 * MINUTE),
        (PRACTICE, OPENS, LIMIT, 10 * MINUTE, OPENS + 30 * MINUTE),
    ],
)
def test_the_deadline_is_the_earlier_of_limit_and_end(window, started_at, limit, extra, deadline):
    for now in (started_at, started_at + HOUR, CLOSES + HOUR):
        assert clock(window, now=now, limit=limit, extra=extra, started_at=started_at).deadline == deadline


@pytest.mark.parametrize(
    ("now", "is_answerable", "milliseconds_left"),
    [
        (OPENS, True, 1_200_000),
        (OPENS + LIMIT - MS, True, 1),
        (OPENS + LIMIT, True, 0),
        (OPENS + LIMIT + GRACE - MS, True, 0),
        (OPENS + LIMIT + GRACE, False, 0),
        (OPENS + LIMIT + GRACE + MS, False, 0),
        (OPENS - MS, True, 1_200_000),  # a host whose clock lags gives no time away
    ],
)
def test_answers_count_until_deadline_and_grace(now, is_answerable, milliseconds_left):
    told = clock(WEEK, now=now, limit=LIMIT, started_at=OPENS)
    assert (told.is_answerable, told.milliseconds_left) == (is_answerable, milliseconds_left)


def test_the_sweep_waits_for_a_save_that_queued():
    assert clock(WEEK, now=OPENS, limit=LIMIT, started_at=OPENS).sweep_at == OPENS + LIMIT + timedelta(seconds=35)


def test_a_week_is_settled_when_the_longest_extra_time_is_over():
    assert settled_at(WEEK) == CLOSES + timedelta(seconds=35)
    assert settled_at(WEEK, longest_extra=HOUR) == CLOSES + HOUR + timedelta(seconds=35)
    assert settled_at(PRACTICE, longest_extra=HOUR) is None


# Handing in


END = OPENS + LIMIT


@pytest.mark.parametrize(
    ("arrival", "submitted_at", "duration_ms", "is_in_time"),
    [
        (OPENS - MS, OPENS, 0, True),
        (OPENS, OPENS, 0, True),
        (OPENS + timedelta(microseconds=1999), OPENS + timedelta(microseconds=1999), 1, True),
        (END - MS, END - MS, 1_199_999, True),
        (END, END, 1_200_000, True),
        (END + GRACE - MS, END, 1_200_000, True),
        (END + GRACE, END, 1_200_000, False),
        (END + GRACE + MS, END, 1_200_000, False),
        (END + timedelta(days=1), END, 1_200_000, False),
    ],
)
def test_a_hand_in_is_recorded_at_arrival_or_deadline(arrival, submitted_at, duration_ms, is_in_time):
    handed = handed_in(started_at=OPENS, deadline=END, arrival=arrival)
    assert handed == HandIn(submitted_at, duration_ms, is_in_time)


def test_without_a_deadline_every_hand_in_is_in_time():
    handed = handed_in(started_at=OPENS, deadline=None, arrival=OPENS + timedelta(days=2))
    assert handed == HandIn(OPENS + timedelta(days=2), 172_800_000, True)


# Weeks and days

WEEKS = [
    Window(datetime(2026, 10, 5, 10, 0, tzinfo=HANOI), datetime(2026, 10, 12, 9, 0, tzinfo=HANOI)),
    Window(datetime(2026, 10, 12, 10, 0, tzinfo=HANOI), datetime(2026, 10, 19, 9, 0, tzinfo=HANOI)),
    Window(datetime(2026, 10, 19, 9, 0, tzinfo=HANOI), datetime(2026, 10, 26, 9, 0, tzinfo=HANOI)),
]


@pytest.mark.parametrize(
    ("now", "index", "following"),
    [
        (WEEKS[0].opens_at - MS, None, 0),
        (WEEKS[0].opens_at, 0, 1),
        (WEEKS[0].closes_at - MS, 0, 1),
        (WEEKS[0].closes_at, None, 1),
        (WEEKS[1].opens_at - MS, None, 1),
        (WEEKS[1].opens_at, 1, 2),
        (WEEKS[1].closes_at - MS, 1, 2),
        (WEEKS[2].opens_at, 2, None),  # weeks that touch share no moment
        (WEEKS[2].closes_at, None, None),
    ],
)
def test_weeks_with_gaps(now, index, following):
    assert (window_at(WEEKS, now), next_window(WEEKS, now)) == (index, following)


def test_the_next_window_is_the_one_that_opens_soonest_whatever_the_order():
    assert next_window([WEEKS[2], WEEKS[0], WEEKS[1]], WEEKS[0].opens_at) == 2
    assert next_window([], OPENS) is None


def test_until_the_end_of_a_day_is_before_the_midnight_after_it():
    closes_at = midnight(date(2026, 10, 7), HANOI)
    assert closes_at == datetime(2026, 10, 6, 17, 0, tzinfo=UTC)
    window = Window(datetime(2026, 10, 1, tzinfo=HANOI), closes_at)
    assert datetime(2026, 10, 6, 23, 59, 59, 999_999, tzinfo=HANOI) in window
    assert datetime(2026, 10, 7, 0, 0, tzinfo=HANOI) not in window


@pytest.mark.parametrize(
    ("now", "tz", "day", "hours"),
    [
        (datetime(2026, 10, 6, 16, 59, 59, tzinfo=UTC), HANOI, date(2026, 10, 6), 24),
        (datetime(2026, 10, 6, 17, 0, tzinfo=UTC), HANOI, date(2026, 10, 7), 24),
        (datetime(2026, 3, 29, 10, 0, tzinfo=UTC), BERLIN, date(2026, 3, 29), 23),
        (datetime(2026, 10, 25, 10, 0, tzinfo=UTC), BERLIN, date(2026, 10, 25), 25),
        # In Cairo the clock skips the midnight itself.
        (datetime(2026, 4, 24, 10, 0, tzinfo=UTC), ZoneInfo("Africa/Cairo"), date(2026, 4, 24), 23),
    ],
)
def test_the_local_day(now, tz, day, hours):
    window = day_of(now, tz)
    assert now in window
    assert window.opens_at == midnight(day, tz)
    assert window.closes_at - window.opens_at == hours * HOUR


def test_a_limit_is_real_time_when_the_clocks_change():
    # 02:30 happens twice on this night; an hour later it is 02:30 again.
    started_at = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    window = Window(datetime(2026, 10, 24, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 45, fold=1, tzinfo=BERLIN))
    told = clock(window, now=started_at, limit=HOUR, started_at=started_at)
    assert told.deadline == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    arrival = datetime(2026, 10, 25, 2, 20, fold=1, tzinfo=BERLIN)
    assert handed_in(started_at=started_at, deadline=told.deadline, arrival=arrival).duration_ms == 50 * 60_000


@pytest.mark.parametrize(
    ("windows", "found"),
    [
        ([], []),
        (WEEKS, []),
        ([WEEK, WEEK], [Problem(Trouble.OVERLAP, 1, 0)]),
        ([Window(OPENS, OPENS)], [Problem(Trouble.EMPTY, 0, None)]),
        ([Window(CLOSES, OPENS), WEEK], [Problem(Trouble.EMPTY, 0, None)]),
        ([WEEK, Window(CLOSES, None)], []),
        ([WEEK, Window(CLOSES - MS, None)], [Problem(Trouble.OVERLAP, 1, 0)]),
        ([Window(CLOSES - MS, None), WEEK], [Problem(Trouble.OVERLAP, 1, 0)]),
        ([PRACTICE, PRACTICE], [Problem(Trouble.OVERLAP, 1, 0)]),
        (
            [WEEK, Window(OPENS + HOUR, OPENS + 2 * HOUR), Window(OPENS, CLOSES + HOUR)],
            [Problem(Trouble.OVERLAP, 1, 0), Problem(Trouble.OVERLAP, 2, 0), Problem(Trouble.OVERLAP, 2, 1)],
        ),
    ],
)
def test_troubles_of_windows_are_named(windows, found):
    assert problems(windows) == found


# By the thousand

ZONES = st.sampled_from([UTC, HANOI, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Africa/Cairo")])
MOMENTS = st.builds(
    lambda days, zone: (datetime(2020, 1, 1, tzinfo=UTC) + days).astimezone(zone),
    st.timedeltas(min_value=NOTHING, max_value=timedelta(days=3650)),
    ZONES,
)
EXTRAS = st.timedeltas(min_value=NOTHING, max_value=timedelta(days=2))
LIMITS = st.none() | st.timedeltas(min_value=MS, max_value=timedelta(days=2))


@st.composite
def windows(draw):
    opens_at = draw(MOMENTS)
    length = draw(st.none() | st.timedeltas(min_value=MS, max_value=timedelta(days=30)))
    return Window(opens_at, None if length is None else opens_at.astimezone(UTC) + length)


@thoroughly
@given(windows(), MOMENTS, LIMITS, EXTRAS)
def test_nobody_starts_outside_and_no_deadline_lies_beyond_the_end(window, now, limit, extra):
    told = clock(window, now=now, limit=limit, extra=extra)
    assert told.may_start == (told.state is State.OPEN)
    assert not told.is_answerable
    assert told.may_start == (window.opens_at <= now and (told.closes_at is None or now < told.closes_at))
    if told.closes_at is not None:
        assert told.deadline <= told.closes_at
    if told.may_start and told.deadline is not None:
        assert told.deadline > now
        assert told.milliseconds_left == (told.deadline - now.astimezone(UTC)) // MS


@thoroughly
@given(windows(), MOMENTS, MOMENTS, LIMITS, EXTRAS, EXTRAS)
def test_more_extra_time_is_never_less_time(window, started_at, now, limit, less, more):
    less, more = sorted((less, more))
    short = clock(window, now=now, limit=limit, extra=less, started_at=started_at)
    long = clock(window, now=now, limit=limit, extra=more, started_at=started_at)
    assert (short.deadline is None) == (long.deadline is None)
    assert short.is_answerable <= long.is_answerable
    if short.deadline is not None:
        assert long.deadline - short.deadline == more - less
        assert 0 <= short.milliseconds_left <= long.milliseconds_left
        if limit is not None:
            assert long.milliseconds_left <= (limit + more) // MS


@thoroughly
@given(windows(), MOMENTS, LIMITS, EXTRAS, st.timedeltas(min_value=-HOUR, max_value=timedelta(days=40)))
def test_the_clock_and_the_hand_in_agree(window, started_at, limit, extra, later):
    now = started_at.astimezone(UTC) + later
    told = clock(window, now=now, limit=limit, extra=extra, started_at=started_at)
    handed = handed_in(started_at=started_at, deadline=told.deadline, arrival=now)
    assert handed.is_in_time == told.is_answerable
    assert handed.duration_ms >= 0
    assert handed.submitted_at >= started_at
    assert handed.submitted_at <= max(now, started_at)
    if told.deadline is not None and told.deadline >= started_at:
        assert handed.submitted_at <= told.deadline
    if not handed.is_in_time:
        assert now - told.deadline >= GRACE


@thoroughly
@given(MOMENTS, ZONES)
def test_every_moment_lies_in_exactly_its_own_day(now, tz):
    day = day_of(now, tz)
    assert now in day
    assert day_of(day.closes_at, tz).opens_at == day.closes_at
    assert day_of(day.closes_at - timedelta(microseconds=1), tz) == day


@thoroughly
@given(st.lists(windows(), max_size=6), MOMENTS)
def test_where_nothing_is_wrong_no_moment_has_two_windows(several, now):
    holding = [index for index, window in enumerate(several) if now in window]
    assert window_at(several, now) == (holding[0] if holding else None)
    if len(holding) > 1:
        assert Problem(Trouble.OVERLAP, holding[1], holding[0]) in problems(several)
    following = next_window(several, now)
    assert (following is None) == all(window.opens_at <= now for window in several)


@thoroughly
@given(windows(), MOMENTS, MOMENTS, LIMITS, ZONES)
def test_the_zone_in_which_a_moment_is_written_does_not_matter(window, started_at, now, limit, tz):
    told = clock(window, now=now, limit=limit, started_at=started_at)
    assert told == clock(window, now=now.astimezone(tz), limit=limit, started_at=started_at.astimezone(tz))


@pytest.mark.parametrize("tz", ["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
def test_the_time_zone_of_the_process_does_not_matter(tz):
    program = (
        "from datetime import datetime, timedelta\n"
        "from zoneinfo import ZoneInfo\n"
        "from contest.rounds.timing import Window, clock, day_of\n"
        "hanoi = ZoneInfo('Asia/Ho_Chi_Minh')\n"
        "now = datetime(2026, 10, 6, 23, 59, 59, tzinfo=hanoi)\n"
        "window = Window(now - timedelta(days=1), datetime(2026, 10, 7, tzinfo=hanoi))\n"
        "told = clock(window, now=now, limit=timedelta(minutes=20), started_at=now)\n"
        "print(told.deadline.isoformat(), told.milliseconds_left, day_of(now, hanoi).closes_at.isoformat())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TZ": tz},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "2026-10-06T17:00:00+00:00 1000 2026-10-06T17:00:00+00:00\n"
