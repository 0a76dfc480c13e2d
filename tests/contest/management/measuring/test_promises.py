"""The look at the promises: it is silent when they hold, and sees each of them broken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from contest.attempts import grading, sitting, starting
from contest.attempts.models import Answer, Attempt, Grade
from contest.foundations.ledger import writing as ledger
from contest.management.measuring import promises
from contest.rounds.timing import GRACE
from contest.standings import board
from contest.standings.models import Standing
from tests.builders import NOON, make_bank, make_entrant, make_period, make_quiz, make_round

pytestmark = pytest.mark.django_db
LIMIT = timedelta(minutes=10)
ALL = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8")


class Sat:
    """Three entrants who have sat a paper, with what their phones were told."""

    def __init__(self) -> None:
        self.quiz = make_quiz(
            make_round(), bank=make_bank(questions=6), time_limit=LIMIT, score_shown="at_once", board_shown="at_once"
        )
        self.contest = self.quiz.round.contest
        make_period(self.quiz.round)
        self.told: list[dict[str, Any]] = []
        self.attempts = [self.sit() for _entrant in range(3)]
        ledger.append(now=NOON, actor=None, action="tried", subject="nothing")
        grading.grade_due(now=NOON)
        board.refresh(now=NOON)

    def sit(self) -> Attempt:
        entrant = make_entrant(self.contest)
        attempt = starting.start(self.quiz, entrant.user, now=NOON)
        seat = sitting.Seat.at(sitting.take_over(attempt.pk, entrant.user, now=NOON))
        for sequence in (1, 2):
            sitting.answer(seat, sequence=sequence, choices={str(sequence): [0]}, now=NOON)
            self.tell(seat, sequence, {str(sequence): [0]})
        done = sitting.hand_in(seat, sequence=3, choices={"3": [1]}, now=NOON)
        self.tell(seat, 3, {"3": [1]}, receipt=done.receipt)
        return done

    def tell(self, seat: sitting.Seat, sequence: int, choices: Any, **more: Any) -> None:
        self.told.append(
            {"attempt": seat.attempt, "lease": seat.lease, "sequence": sequence, "choices": choices, "counted": True}
            | more
        )

    def broken(self) -> dict[str, int]:
        found = promises.broken(self.contest, self.told, now=NOON)
        assert tuple(found) == ALL
        return {name: len(lines) for name, lines in found.items() if lines}


@pytest.fixture
def sat():
    return Sat()


def tamper(sql: str, *values: Any) -> None:
    """Somebody with all rights, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount
        cursor.execute("SET session_replication_role = origin")


def test_all_hold(sat):
    assert sat.broken() == {}


def test_an_acknowledged_save_that_is_gone(sat):
    """And the receipt no longer follows from what is left, and with a right answer gone nor would the grade."""
    tamper("DELETE FROM attempts_answer WHERE attempt_id = %s AND sequence = 1", sat.attempts[0].pk)
    assert {"P1", "P4"} <= sat.broken().keys()
    told = sat.told[0]
    place = (told["attempt"], told["lease"], told["sequence"])
    assert promises.lost(sat.told) == [f"save {place}: {{'1': [0]}} was acknowledged, None is there"]


def test_a_save_that_is_another(sat):
    tamper(
        "UPDATE attempts_answer SET choices = '{\"1\": [2]}' WHERE attempt_id = %s AND sequence = 1",
        sat.told[0]["attempt"],
    )
    assert sat.broken()["P1"] == 1


def test_a_receipt_that_is_another(sat):
    Attempt.objects.filter(pk=sat.attempts[1].pk).update(receipt="AAAA-AAAA-AAAA-AAAA")
    assert sat.broken() == {"P1": 1, "P4": 1}


def test_an_attempt_without_a_grade(sat):
    tamper("DELETE FROM attempts_grade WHERE attempt_id = %s", sat.attempts[0].pk)
    Attempt.objects.filter(pk=sat.attempts[0].pk).update(graded_version=0)
    assert sat.broken()["P2"] == 1


def test_a_save_that_counts_too_late(sat):
    late = NOON + LIMIT + GRACE
    tamper(
        "UPDATE attempts_answer SET received_at = %s WHERE attempt_id = %s AND sequence = 1", late, sat.attempts[0].pk
    )
    assert sat.broken() == {"P3": 1}


def test_an_answer_that_was_added_after_the_hand_in(sat):
    [attempt] = [attempt for attempt in sat.attempts if attempt == sat.attempts[2]]
    Answer.objects.create(
        attempt=attempt, lease=attempt.lease, sequence=9, received_at=NOON, is_counted=True, choices={"0": [1]}
    )
    assert sat.broken()["P4"] == 1


def test_a_board_that_differs(sat):
    Standing.objects.filter(ordinal=1).update(points=1)
    assert sat.broken() == {"P5": 1}


def test_a_grade_that_differs(sat):
    tamper("UPDATE attempts_grade SET points = points + 100 WHERE attempt_id = %s", sat.attempts[0].pk)
    assert sat.broken()["P6"] == 1
    assert Grade.objects.count() == 3


def test_a_ledger_in_which_somebody_wrote(sat):
    tamper("UPDATE ledger_entry SET action = 'never'")
    assert sat.broken() == {"P7": 1}


def test_more_attempts_than_allowed(sat):
    first = Attempt.objects.get(pk=sat.attempts[0].pk)
    tamper(
        "UPDATE attempts_attempt SET entrant_id = %s, number = 2 WHERE id = %s", first.entrant_id, sat.attempts[1].pk
    )
    assert sat.broken()["P8"] == 1


def test_a_paper_that_was_drawn_again(sat):
    attempt = Attempt.objects.get(pk=sat.attempts[0].pk)
    assert promises.redrawn(sat.contest) == []
    Attempt.objects.filter(pk=attempt.pk).update(paper=attempt.paper[::-1])
    assert promises.redrawn(sat.contest) == [f"paper of {attempt.pk}"]
