"""The promises of the hot path, each with tests that try to break it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from contest.attempts import grading, sitting, starting
from contest.attempts.models import Answer, Attempt, Grade, Grant
from contest.attempts.sitting import Seat
from contest.foundations.refusing import Refused
from contest.rounds.models import ExtraTime
from contest.rounds.timing import GRACE
from tests.builders import (
    NOON,
    make_bank,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_round,
    make_user,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def make_sitting(**fields: Any) -> tuple[Any, Any]:
    """A quiz with an open period, and an entrant."""
    round = make_round()
    quiz = make_quiz(round, **{"time_limit": 10 * MINUTE, **fields})
    make_period(round)
    return quiz, make_entrant(round.contest)


def started(quiz: Any, entrant: Any, now: Any = NOON) -> tuple[Attempt, Seat]:
    attempt = starting.start(quiz, entrant.user, now=now)
    attempt = sitting.take_over(attempt.pk, entrant.user, now=now)
    return attempt, Seat.at(attempt)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What these acts return or refuse when they run at the same time, each on its own connection."""
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            connection.ensure_connection()
            barrier.wait()
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# --- Start -----------------------------------------------------------------------------------------------------------
def test_a_stranger_to_the_contest_cannot_start():
    quiz, _entrant = make_sitting()
    with pytest.raises(Refused):
        starting.start(quiz, make_user(), now=NOON)


def test_whoever_holds_an_office_cannot_start():
    quiz, entrant = make_sitting()
    make_office(quiz.round.contest, entrant.user, "organizer")
    with pytest.raises(Refused):
        starting.start(quiz, entrant.user, now=NOON)


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        ("opens_at", True),
        ("just before opens_at", False),
        ("just before closes_at", True),
        ("closes_at", False),
    ],
)
def test_a_start_at_the_edges_of_the_period(moment, may):
    quiz, entrant = make_sitting()
    period = quiz.round.periods.get()
    now = getattr(period, moment.removeprefix("just before "))
    if moment.startswith("just before "):
        now -= timedelta(milliseconds=1)
    if may:
        attempt = starting.start(quiz, entrant.user, now=now)
        assert attempt.deadline == min(now + quiz.time_limit, period.closes_at)
        assert attempt.period == period
    else:
        with pytest.raises(Refused):
            starting.start(quiz, entrant.user, now=now)


def test_extra_time_moves_the_limit_and_the_end_of_the_window():
    quiz, entrant = make_sitting()
    period = quiz.round.periods.get()
    ExtraTime.objects.create(
        entrant=entrant, round=quiz.round, extra=5 * MINUTE, reason="Mắt kém", granted_by=make_user(), granted_at=NOON
    )
    assert starting.start(quiz, entrant.user, now=NOON).deadline == NOON + 15 * MINUTE
    late = make_entrant(quiz.round.contest)
    ExtraTime.objects.create(
        entrant=late, round=quiz.round, extra=5 * MINUTE, reason="Mất điện", granted_by=make_user(), granted_at=NOON
    )
    after = period.closes_at + 4 * MINUTE
    assert starting.start(quiz, late.user, now=after).deadline == period.closes_at + 5 * MINUTE
    with pytest.raises(Refused):
        starting.start(quiz, make_entrant(quiz.round.contest).user, now=after)


def test_extra_time_granted_during_an_attempt_moves_its_deadline_once():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    assert sitting.lengthen(now=NOON + MINUTE) == 0
    ExtraTime.objects.create(
        entrant=entrant,
        round=quiz.round,
        extra=5 * MINUTE,
        reason="Mất điện",
        granted_by=make_user(),
        granted_at=NOON + MINUTE,
    )
    assert [sitting.lengthen(now=NOON + 2 * MINUTE), sitting.lengthen(now=NOON + 2 * MINUTE)] == [1, 0]
    attempt.refresh_from_db()
    assert attempt.deadline == NOON + 15 * MINUTE
    assert sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON + 14 * MINUTE).counted


def test_a_second_start_goes_on_with_the_same_paper():
    quiz, entrant = make_sitting()
    first = starting.start(quiz, entrant.user, now=NOON)
    again = starting.start(quiz, entrant.user, now=NOON + MINUTE)
    assert (again.pk, again.paper, again.deadline) == (first.pk, first.paper, first.deadline)


def test_the_limit_of_the_period_holds_until_another_attempt_is_granted():
    quiz, entrant = make_sitting()
    _attempt, seat = started(quiz, entrant)
    sitting.hand_in(seat, sequence=1, choices={}, now=NOON + MINUTE)
    with pytest.raises(Refused):
        starting.start(quiz, entrant.user, now=NOON + 2 * MINUTE)
    with pytest.raises(Refused):
        starting.grant(entrant, quiz, quiz.round.periods.get(), by=make_user(), reason=" ", now=NOON)
    starting.grant(entrant, quiz, quiz.round.periods.get(), by=make_user(), reason="Mất mạng cả xã", now=NOON)
    second = starting.start(quiz, entrant.user, now=NOON + 2 * MINUTE)
    assert (second.number, Grant.objects.count()) == (2, 1)


def test_limits_of_a_day_and_of_the_contest():
    quiz, entrant = make_sitting(attempts_per_period=None, attempts_per_day=1, attempts_per_contest=2)

    def attempt_at(now: Any) -> None:
        _attempt, seat = started(quiz, entrant, now)
        sitting.hand_in(seat, sequence=1, choices={}, now=now + MINUTE)

    attempt_at(NOON)
    with pytest.raises(Refused):
        starting.start(quiz, entrant.user, now=NOON + timedelta(hours=11, minutes=59))  # still the same day in Hà Nội
    attempt_at(NOON + timedelta(hours=12))  # midnight there
    with pytest.raises(Refused):
        starting.start(quiz, entrant.user, now=NOON + timedelta(days=2))


def test_a_bank_that_is_too_small_is_said_at_the_start_and_nothing_is_kept():
    quiz, entrant = make_sitting(bank=make_bank(questions=3), question_count=4)
    with pytest.raises(Refused):
        starting.start(quiz, entrant.user, now=NOON)
    assert Attempt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_parallel_starts_make_one_attempt():
    quiz, entrant = make_sitting(attempts_per_period=1)
    outcomes = together(*[lambda: starting.start(quiz, entrant.user, now=NOON).pk] * 8)
    assert len(set(outcomes)) == 1
    assert Attempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_under_parallel_starts_and_hand_ins():
    quiz, entrant = make_sitting(attempts_per_period=3)

    def sit() -> None:
        for _turn in range(3):
            _attempt, seat = started(quiz, entrant)
            sitting.hand_in(seat, sequence=1, choices={}, now=NOON)

    together(*[sit] * 6)
    assert Attempt.objects.count() == 3


# --- Answer ----------------------------------------------------------------------------------------------------------
def test_nobody_writes_another_persons_attempt():
    quiz, entrant = make_sitting()
    neighbour = make_entrant(quiz.round.contest)
    attempt, seat = started(quiz, entrant)
    with pytest.raises(Refused):
        sitting.answer(Seat(attempt.pk, neighbour.pk, attempt.lease), sequence=1, choices={"0": [1]}, now=NOON)
    with pytest.raises(Attempt.DoesNotExist):
        sitting.take_over(attempt.pk, neighbour.user, now=NOON)
    assert Seat.of(seat.key()) == seat
    assert Seat.of(seat.key().replace(f"{attempt.pk}:", f"{attempt.pk + 1}:", 1)) is None
    assert Seat.of("") is None
    assert Answer.objects.count() == 0


@pytest.mark.parametrize(
    ("late_by", "counted"),
    [
        (timedelta(milliseconds=-1), True),
        (timedelta(0), True),
        (GRACE - timedelta(milliseconds=1), True),
        (GRACE, False),
    ],
)
def test_what_arrives_after_the_grace_is_kept_and_does_not_count(late_by, counted):
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    saved = sitting.answer(seat, sequence=1, choices={"0": [1]}, now=attempt.deadline + late_by)
    assert (saved.counted, saved.closed) == (counted, not counted)
    assert Answer.objects.get().is_counted == counted
    assert sitting.saved(attempt).places == ({0: frozenset({1})} if counted else {})


def test_a_stale_save_never_hides_a_newer_one():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    for sequence, choice in [(3, 2), (1, 0), (2, 1)]:
        sitting.answer(seat, sequence=sequence, choices={"0": [choice]}, now=NOON)
    assert sitting.saved(attempt).places == {0: frozenset({2})}


def test_a_repeated_save_changes_nothing_and_another_one_under_its_number_is_refused():
    quiz, entrant = make_sitting()
    _attempt, seat = started(quiz, entrant)
    first = sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON)
    again = sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON)
    assert again == first
    with pytest.raises(Refused) as refused:
        sitting.answer(seat, sequence=1, choices={"0": [2]}, now=NOON)
    assert (refused.value.code, sitting.last_sequence(seat)) == ("sequence", 1)
    assert Answer.objects.count() == 1


def test_the_later_page_takes_over_and_the_older_one_is_kept_but_not_counted():
    quiz, entrant = make_sitting()
    attempt, old = started(quiz, entrant)
    sitting.answer(old, sequence=1, choices={"0": [1]}, now=NOON)
    newer = sitting.take_over(attempt.pk, entrant.user, now=NOON)
    new = Seat(attempt.pk, entrant.pk, newer.lease)
    sitting.answer(new, sequence=1, choices={"1": [2]}, now=NOON)
    saved = sitting.answer(old, sequence=2, choices={"0": [3], "1": [3]}, now=NOON)
    assert (saved.counted, saved.lease, saved.closed) == (False, newer.lease, False)
    assert sitting.saved(attempt).places == {0: frozenset({1}), 1: frozenset({2})}
    with pytest.raises(Refused) as refused:
        sitting.hand_in(old, sequence=3, choices={}, now=NOON)
    assert refused.value.code == "superseded"


@pytest.mark.django_db(transaction=True)
def test_two_pages_that_open_at_once_never_share_a_lease():
    quiz, entrant = make_sitting()
    attempt = starting.start(quiz, entrant.user, now=NOON)
    leases = together(*[lambda: sitting.take_over(attempt.pk, entrant.user, now=NOON).lease] * 8)
    assert sorted(leases) == list(range(1, 9))


@pytest.mark.django_db(transaction=True)
def test_shuffled_saves_from_many_threads_end_as_the_newest_of_each_question():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    saves = [(sequence, {str(sequence % 4): [sequence % 3]}) for sequence in range(1, 97)]

    def send(part: list[Any]) -> None:
        for sequence, choices in part:
            sitting.answer(seat, sequence=sequence, choices=choices, now=NOON)

    together(*[lambda part=saves[place::8][::-1]: send(part) for place in range(8)])
    assert Answer.objects.filter(attempt=attempt).count() == 96
    assert sitting.saved(attempt).places == {
        place: frozenset({newest % 3}) for place, newest in {0: 96, 1: 93, 2: 94, 3: 95}.items()
    }


# --- Hand in ---------------------------------------------------------------------------------------------------------
def test_a_hand_in_is_repeated_without_effect():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON)
    done = sitting.hand_in(seat, sequence=2, choices={"1": [0]}, now=NOON + MINUTE)
    again = sitting.hand_in(seat, sequence=2, choices={"1": [0]}, now=NOON + 2 * MINUTE)
    assert (done.status, done.answered, done.duration_ms, done.is_completed) == ("submitted", 2, 60_000, True)
    assert (again.receipt, again.submitted_at) == (done.receipt, done.submitted_at)
    late = sitting.answer(seat, sequence=3, choices={"2": [0]}, now=NOON + 2 * MINUTE)
    assert (late.counted, late.closed) == (False, True)
    assert sitting.receipt(Attempt.objects.get(), sitting.saved(attempt)) == done.receipt


@pytest.mark.parametrize(
    ("late_by", "in_time"),
    [
        (timedelta(milliseconds=-1), True),
        (timedelta(0), True),
        (GRACE - timedelta(milliseconds=1), True),
        (GRACE, False),
    ],
)
def test_a_hand_in_at_the_edges_of_the_deadline(late_by, in_time):
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    arrival = attempt.deadline + late_by
    if in_time:
        done = sitting.hand_in(seat, sequence=1, choices={"0": [1]}, now=arrival)
        assert done.submitted_at == min(arrival, attempt.deadline)
        assert done.duration_ms == (done.submitted_at - NOON) / timedelta(milliseconds=1)
    else:
        with pytest.raises(Refused) as refused:
            sitting.hand_in(seat, sequence=1, choices={"0": [1]}, now=arrival)
        assert refused.value.code == "late"
        assert Answer.objects.get().is_counted is False


@pytest.mark.django_db(transaction=True)
def test_parallel_hand_ins_give_one_receipt():
    quiz, entrant = make_sitting()
    _attempt, seat = started(quiz, entrant)
    receipts = together(*[lambda: sitting.hand_in(seat, sequence=1, choices={"0": [1]}, now=NOON).receipt] * 12)
    assert len(set(receipts)) == 1


@pytest.mark.django_db(transaction=True)
def test_saves_that_race_a_hand_in_are_either_in_its_receipt_or_do_not_count():
    quiz, _entrant = make_sitting()
    for _turn in range(10):
        runner = make_entrant(quiz.round.contest)
        attempt, seat = started(quiz, runner)
        savers = [
            lambda seat=seat, place=place: sitting.answer(seat, sequence=place, choices={str(place % 4): [1]}, now=NOON)
            for place in range(1, 8)
        ]
        together(*savers, lambda seat=seat: sitting.hand_in(seat, sequence=50, choices={}, now=NOON))
        attempt.refresh_from_db()
        assert attempt.status == "submitted"
        assert sitting.receipt(attempt, sitting.saved(attempt)) == attempt.receipt
        assert attempt.answered == len(sitting.saved(attempt).places)


# --- The clock closes ------------------------------------------------------------------------------------------------
def test_the_clock_closes_with_what_was_saved_and_waits_for_what_is_on_its_way():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    idle, _seat = started(quiz, make_entrant(quiz.round.contest))
    sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON)
    assert sitting.close_overdue(now=attempt.deadline + GRACE) == 0
    assert sitting.close_overdue(now=attempt.deadline + MINUTE) == 2
    attempt.refresh_from_db()
    idle.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, attempt.duration_ms, attempt.is_completed) == (
        "expired",
        attempt.deadline,
        600_000,
        True,
    )
    assert (idle.status, idle.is_completed) == ("expired", False)
    assert sitting.close_overdue(now=attempt.deadline + MINUTE) == 0


def test_an_attempt_that_ran_out_in_one_period_leaves_the_next_one_open():
    quiz, entrant = make_sitting()
    first = quiz.round.periods.get()
    make_period(quiz.round, opens_at=first.closes_at, closes_at=first.closes_at + timedelta(days=7))
    attempt, _seat = started(quiz, entrant, first.closes_at - MINUTE)
    assert attempt.deadline == first.closes_at
    with pytest.raises(Refused) as refused:
        starting.start(quiz, entrant.user, now=first.closes_at + GRACE)
    assert refused.value.code == "closing"
    sitting.close_overdue(now=first.closes_at + MINUTE)
    second = starting.start(quiz, entrant.user, now=first.closes_at + MINUTE)
    assert (attempt.period, second.period.number) == (first, 2)


# --- Void ------------------------------------------------------------------------------------------------------------
def test_a_void_attempt_keeps_everything_and_needs_a_reason():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    sitting.answer(seat, sequence=1, choices={"0": [1]}, now=NOON)
    organizer = make_user("Trần Văn Đức")
    with pytest.raises(Refused):
        sitting.void(attempt, by=organizer, reason="", now=NOON)
    void = sitting.void(attempt, by=organizer, reason="Nhờ người làm hộ", now=NOON + MINUTE)
    assert (void.voided_by, void.status, Answer.objects.count()) == (organizer, "expired", 1)
    assert Attempt.objects.ranked().count() == 0


# --- Grading ---------------------------------------------------------------------------------------------------------
def test_an_attempt_is_graded_once_for_a_key_version():
    quiz, entrant = make_sitting()
    attempt, seat = started(quiz, entrant)
    right = {str(place): [options.index(min(options))] for place, (_version, options) in enumerate(attempt.paper)}
    sitting.answer(seat, sequence=1, choices=right, now=NOON)
    assert grading.grade_due(now=NOON) == 0
    sitting.hand_in(seat, sequence=2, choices={"p": "70186"}, now=NOON)
    assert [grading.grade_due(now=NOON), grading.grade_due(now=NOON)] == [1, 0]
    grade = Grade.objects.get()
    assert (grade.points, grade.max_points, grade.right, grade.is_all_correct, grade.prediction) == (
        400,
        400,
        4,
        True,
        70186,
    )


@pytest.mark.django_db(transaction=True)
def test_sweeps_that_run_at_once_grade_everything_once():
    quiz, _entrant = make_sitting()
    for _turn in range(20):
        _attempt, seat = started(quiz, make_entrant(quiz.round.contest))
        sitting.hand_in(seat, sequence=1, choices={"0": [1]}, now=NOON)
    done = together(*[lambda: grading.grade_due(now=NOON, limit=7)] * 6)
    while more := grading.grade_due(now=NOON):
        done.append(more)
    assert sum(done) == Grade.objects.count() == 20


def test_the_database_itself_refuses_to_change_or_delete_answers_and_grades():
    from django.db import DatabaseError, transaction

    quiz, entrant = make_sitting()
    _attempt, seat = started(quiz, entrant)
    sitting.hand_in(seat, sequence=1, choices={"0": [1]}, now=NOON)
    grading.grade_due(now=NOON)
    for statement in [
        "UPDATE attempts_answer SET is_counted = true",
        "DELETE FROM attempts_answer",
        "UPDATE attempts_grade SET points = 1000",
        "DELETE FROM attempts_grade",
    ]:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
