"""Boards: equal to a second reading of the rules, and moved by whatever should move them, at the next refresh."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from contest.attempts.models import Attempt
from contest.rounds.models import Contest, Entrant, KeyCorrection, Quiz, Round
from contest.standings import board as boards
from contest.standings.models import Board, Decision, Standing, UnitStanding
from tests.builders import (
    NOON,
    WEEK,
    make_bank,
    make_contest,
    make_entrant,
    make_grade,
    make_office,
    make_period,
    make_question,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)
from tests.contest.standings import naive

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
AFTER = NOON + 3 * WEEK  # when every period of `crowd` has closed


def crowd(seed: int, *, quiz_fields=(), contest_fields=(), people: int = 30):
    """A contest of two closed weeks, full of what must and must not count."""
    chance = random.Random(seed)
    top = make_unit("Huyện")
    communes = [make_unit(f"Xã {n}", parent=top) for n in range(3)]
    cells = [make_unit(f"Chi bộ {n}", parent=communes[n % 2]) for n in range(5)]
    stray = make_unit("Ngoài huyện")
    contest = make_contest(**{"root": top, **dict(contest_fields)})
    round = make_round(contest)
    quiz = make_quiz(round, **{"board_shown": "period_closed", **dict(quiz_fields)})
    periods = [make_period(round, opens_at=NOON + n * WEEK, closes_at=NOON + n * WEEK + 5 * DAY) for n in range(2)]
    practice = make_quiz(make_round(contest, is_practice=True), bank=quiz.bank)
    for number in range(people):
        unit = chance.choice([*cells, *cells, communes[2], top, stray, None])
        obliged = chance.random() < 0.6
        entrant = make_entrant(contest, make_user(f"Người {number}", unit=unit), unit=unit, is_obliged=obliged)
        for period in periods:
            for _ in range(chance.choice([0, 1, 1, 2, 3])):
                took = chance.choice([1, 2, 3]) * 60_000
                at = timedelta(minutes=chance.choice([60, 60, 90, 120]))
                points = chance.choice([200, 300, 350, 400, 400])
                more = chance.choice(
                    [{}] * 12 + [{"is_completed": False}, VOID, {"status": "expired"}, {"key_version": 0}]
                )
                prediction = chance.choice([None, 5, 8, 10, 11, "33.33333"])
                make_result(entrant, period, points=points, at=at, took=took, prediction=prediction, **more)
        if chance.random() < 0.2:  # moved to another unit since: attempts and completion keep what they had
            attempt = Attempt.objects.filter(entrant=entrant).first()
            if attempt:
                other = chance.choice(cells)
                attempt.unit, attempt.unit_path = other, [top.pk, other.parent_id, other.pk]
                attempt.save()
        if chance.random() < 0.1:
            entrant.barred_at, entrant.barred_reason = NOON, "Thi hộ"
            entrant.save()
        if chance.random() < 0.1:
            Attempt.objects.create(
                entrant=entrant, round=practice.round, number=1, unit=unit, unit_path=entrant.unit_path, seed="s",
                paper=[], status="submitted", started_at=NOON, submitted_at=NOON, duration_ms=1, is_completed=True,
            )  # fmt: skip
    office = make_user("Cán bộ", unit=cells[0])
    make_entrant(contest, office, is_obliged=True)
    make_office(contest, office, role="observer")
    return quiz, periods


VOID = {"voided_at": NOON, "void_reason": "Sự cố"}


def board_of(quiz, period=None):
    return Board.objects.get(round=quiz.round, period=period)


# --- Equal to a second reading ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("seed", "quiz_fields", "contest_fields"),
    [
        (1, {"ranking": "A", "prediction": "people_all_correct"}, {}),
        (2, {"ranking": "B", "prediction": "participants"}, {"unit_ranking": "people"}),
        (3, {"ranking": "B", "prediction": "attempts", "counting": "last"}, {"unit_ranking": "attempts"}),
        (4, {"ranking": "B", "prediction": "percent_all_correct"}, {"completion_threshold": 50}),
        (5, {"ranking": "C", "counting": "first"}, {"root": None}),
        (6, {"ranking": "D"}, {"completion_threshold": 0}),
        (7, {"ranking": "own", "ranking_keys": ["started:asc", "distance:asc"], "prediction": "participants"}, {}),
    ],
)
def test_a_board_equals_a_second_reading_of_the_rules(seed, quiz_fields, contest_fields):
    quiz, periods = crowd(seed, quiz_fields=quiz_fields, contest_fields=contest_fields)
    assert boards.refresh(now=AFTER) == 3
    for period in periods:
        board = board_of(quiz, period)
        lines, units, actual = naive.of_period(quiz, period)
        assert naive.stored(board) == (lines, units)
        assert board.actual == actual
        assert board.people == len({attempt.entrant_id for attempt, _ in naive.valid_attempts(period)})
        assert board.attempts == len(naive.valid_attempts(period))
        assert board.ranked == len(lines)
    board = board_of(quiz)
    assert naive.stored(board) == naive.of_sum(quiz.round.contest, quiz.round, [(quiz, period) for period in periods])
    assert [boards.differences(scope, now=AFTER) for scope in boards.scopes(now=AFTER)] == [[], [], []]


# --- Moved by what should move it ------------------------------------------------------------------------------------
@pytest.fixture
def week():
    """One closed week: An, Bình and Chi, with 400, 300 and 200 points, in two cells of one commune."""
    top = make_unit("Xã", parent=make_unit("Huyện"))
    cells = [make_unit("Chi bộ 1", parent=top), make_unit("Chi bộ 2", parent=top)]
    contest = make_contest(root=top)
    quiz = make_quiz(make_round(contest), board_shown="period_closed", ranking="B", prediction="people_all_correct")
    period = make_period(quiz.round, opens_at=NOON, closes_at=NOON + DAY)
    for number, name in enumerate(["An", "Bình", "Chi"]):
        user = make_user(name, unit=cells[number // 2])
        entrant = make_entrant(contest, user, is_obliged=True)
        make_result(entrant, period, points=400 - 100 * number, took=60_000 - number, prediction=number)
    make_entrant(contest, make_user("Ở nhà", unit=cells[1]), is_obliged=True)
    boards.refresh(now=AFTER)
    return period


def names(period, number=0):
    """The places as the board of the period has them: {name: place}."""
    board = Board.objects.get(period=period)
    rows = Standing.objects.filter(board=board, build=board.build).order_by("ordinal")
    return {str(row.entrant): row.place for row in rows.select_related("entrant__user")}


def one(name):
    return Attempt.objects.get(entrant__user__full_name=name)


def bar(period):
    Entrant.objects.filter(user__full_name="An").update(barred_at=NOON, barred_reason="Thi hộ")


def void(period):
    Attempt.objects.filter(pk=one("An").pk).update(**VOID)


def regrade(period):
    Round.objects.filter(pk=period.round_id).update(key_version=2)
    for name, points in [("An", 200), ("Bình", 400), ("Chi", 200)]:
        make_grade(one(name), points=points, key_version=2)
    Attempt.objects.update(graded_version=2)


def another_attempt(period):
    make_result(one("Chi").entrant, period, points=400, at=2 * HOUR)


def someone_new(period):
    make_result(make_entrant(period.round.contest, make_user("Dũng")), period, points=300, took=1)


def decision(period):
    make_result(make_entrant(period.round.contest, make_user("Em")), period, points=400, prediction=0)
    boards.refresh(now=AFTER)
    entrants = {name: Attempt.objects.get(entrant__user__full_name=name).entrant for name in ("An", "Em")}
    for order, name in enumerate(["Em", "An"], start=1):
        fields = {"reason": "Bốc thăm", "made_by": make_user(), "made_at": NOON}
        Decision.objects.create(period=period, entrant=entrants[name], order=order, **fields)


def other_path(period):
    attempt = one("Chi")
    attempt.unit, attempt.unit_path = one("An").unit, one("An").unit_path
    attempt.save()


def exempt(period):
    Entrant.objects.filter(user__full_name="Chi").update(is_obliged=False, exempt_reason="Ốm")


def officer(period):
    make_office(period.round.contest, one("Chi").entrant.user, role="judge")


def moved_on_the_roster(period):
    entrant, other = one("Chi").entrant, one("An").entrant
    entrant.unit, entrant.unit_path = other.unit, other.unit_path
    entrant.save()


def moved_unit(period):
    cell = one("Chi").unit
    cell.parent = one("An").unit
    cell.save()


def new_unit(period):
    make_unit("Chi bộ 3", parent=period.round.contest.root)


def counts_the_last(period):
    make_result(one("An").entrant, period, points=100, at=2 * HOUR)
    boards.refresh(now=AFTER)
    Quiz.objects.update(counting="last")


def setting(model, **fields):
    def change(period):
        model.objects.update(**fields)

    change.__name__ = "_".join(fields)
    return change


@pytest.mark.parametrize(
    "change",
    [
        bar, void, regrade, another_attempt, someone_new, decision, other_path, exempt, officer, moved_on_the_roster,
        moved_unit, new_unit, setting(Quiz, prediction="participants"), setting(Quiz, ranking="A"),
        setting(Quiz, ranking="own", ranking_keys=["duration:asc"]), counts_the_last,
        setting(Contest, unit_ranking="people"), setting(Contest, completion_threshold=0), setting(Contest, root=None),
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_what_changes_a_board_is_on_it_at_the_next_refresh(week, change):
    before = naive.stored(board_of(week.round.quiz, week))
    assert boards.refresh(now=AFTER) == 0
    change(week)
    assert boards.refresh(now=AFTER) == 1
    quiz = Quiz.objects.get()
    quiz.round.refresh_from_db()
    board = board_of(quiz, week)
    lines, units, actual = naive.of_period(quiz, week)
    assert (*naive.stored(board), board.actual) == (lines, units, actual)
    assert naive.stored(board) != before
    assert boards.refresh(now=AFTER) == 0


def test_a_board_that_fails_does_not_hold_up_the_others(week, caplog):
    contest = week.round.contest
    other = make_quiz(make_round(contest), board_shown="period_closed", ranking="own", ranking_keys=["nonsense"])
    make_period(other.round, opens_at=NOON, closes_at=NOON + DAY)
    bar(week)
    assert boards.refresh(now=AFTER) == 2  # the week's, and the contest's
    assert names(week) == {"Bình": 1, "Chi": 2}
    assert [record.getMessage() for record in caplog.records] == [
        f"the board of {contest} / {other.round} / Kỳ 1 could not be built"
    ]


# --- Units -----------------------------------------------------------------------------------------------------------
def listed(period):
    board = Board.objects.get(period=period)
    rows = UnitStanding.objects.filter(board=board, build=board.build).select_related("unit", "parent")
    return {str(row.unit): str(row.parent) for row in rows}


def test_a_unit_that_has_ended_or_is_still_to_come_is_listed_only_with_people(week):
    top = week.round.contest.root
    make_unit("Cũ", parent=top, valid_until=NOON.date())
    make_unit("Mới", parent=top, valid_from=NOON.date() + 2 * DAY)
    make_unit("Đến nay", parent=top, valid_from=NOON.date(), valid_until=NOON.date() + DAY)
    inhabited = make_unit("Cũ còn người", parent=top, valid_until=NOON.date())
    make_result(make_entrant(week.round.contest, make_user("Dũng", unit=inhabited)), week)
    boards.refresh(now=AFTER)
    assert listed(week) == {
        "Xã": "None", "Chi bộ 1": "Xã", "Chi bộ 2": "Xã", "Đến nay": "Xã", "Cũ còn người": "Xã",
    }  # fmt: skip


def test_a_round_for_chosen_units_lists_those_and_counts_who_may_enter(week):
    chosen = one("Chi").unit
    week.round.who = "units"
    week.round.save()
    week.round.units.add(chosen)
    boards.refresh(now=AFTER)
    board = Board.objects.get(period=week)
    assert listed(week) == {"Xã": "None", "Chi bộ 2": "Xã"}
    top = UnitStanding.objects.get(board=board, build=board.build, unit=week.round.contest.root)
    assert (top.obliged, top.completed, top.completion) == (2, 1, Decimal("50.00"))


def test_units_are_compared_first_below_the_one_that_stands_over_all(week):
    contest = week.round.contest
    assert Board.objects.get(period=week).top == contest.root
    Contest.objects.update(root=None)
    boards.refresh(now=AFTER)
    assert Board.objects.get(period=week).top == contest.root.parent
    make_unit("Huyện khác")
    boards.refresh(now=AFTER)
    assert Board.objects.get(period=week).top is None


# --- Sums ------------------------------------------------------------------------------------------------------------
def test_on_a_sum_a_person_is_once_in_the_unit_of_the_last_attempt_and_the_mean_is_by_person():
    top = make_unit("Xã")
    first, second = make_unit("Chi bộ 1", parent=top), make_unit("Chi bộ 2", parent=top)
    contest = make_contest(root=top)
    quiz = make_quiz(make_round(contest), board_shown="period_closed")
    weeks = [make_period(quiz.round, opens_at=NOON + n * WEEK, closes_at=NOON + n * WEEK + DAY) for n in range(2)]
    mover = make_entrant(contest, make_user("Người chuyển", unit=first))
    stayer = make_entrant(contest, make_user("Người ở lại", unit=first))
    make_result(mover, weeks[0], points=400)
    make_result(mover, weeks[1], points=300, unit=second, unit_path=[top.pk, second.pk])
    make_result(stayer, weeks[0], points=200)
    boards.refresh(now=AFTER)
    board = board_of(quiz)
    rows = UnitStanding.objects.filter(board=board, build=board.build).select_related("unit")
    assert {str(row.unit): (row.people, row.attempts, row.mean) for row in rows} == {
        "Xã": (2, 3, Decimal("4.50")),
        "Chi bộ 1": (1, 2, Decimal("2.00")),
        "Chi bộ 2": (1, 1, Decimal("7.00")),
    }


def test_a_contest_with_several_rounds_has_a_board_of_all_and_one_with_one_has_none(week):
    assert Board.objects.filter(period=None).count() == 0
    other = make_quiz(make_round(week.round.contest), board_shown="period_closed")
    late = make_period(other.round, opens_at=NOON + WEEK, closes_at=NOON + WEEK + DAY)
    make_result(one("Chi").entrant, late, points=350)
    boards.refresh(now=AFTER)
    board = Board.objects.get(round=None)
    contest = week.round.contest
    assert naive.stored(board) == naive.of_sum(contest, None, [(week.round.quiz, week), (other, late)])
    assert board.periods == [week.pk, late.pk]


# --- What is public --------------------------------------------------------------------------------------------------
def test_an_open_prediction_keeps_a_period_out_of_every_sum(week):
    quiz = week.round.quiz
    open_week = make_period(quiz.round, opens_at=AFTER - HOUR, closes_at=AFTER + HOUR)
    make_result(one("An").entrant, open_week, points=400, at=timedelta(minutes=1))
    boards.refresh(now=AFTER)
    assert [(b.period, b.is_public, b.periods, b.people) for b in Board.objects.order_by("period_id")] == [
        (week, True, [week.pk], 3),
        (open_week, False, [open_week.pk], 1),
        (None, True, [week.pk], 3),
    ]
    boards.refresh(now=AFTER + 2 * HOUR)
    assert [(b.period, b.is_public, b.periods, b.people) for b in Board.objects.order_by("period_id")] == [
        (week, True, [week.pk], 3),
        (open_week, True, [open_week.pk], 1),
        (None, True, [week.pk, open_week.pk], 3),
    ]


def test_a_period_that_is_opened_again_leaves_the_public_boards(week):
    make_period(week.round, opens_at=NOON + 2 * WEEK, closes_at=NOON + 2 * WEEK + DAY)
    boards.refresh(now=AFTER)
    week.closes_at = AFTER + HOUR
    week.save()
    boards.refresh(now=AFTER)
    assert not Board.objects.get(period=week).is_public
    assert week.pk not in Board.objects.get(round=week.round, period=None).periods


# --- Frozen ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [bar, void, regrade, decision, exempt, moved_unit, setting(Quiz, ranking="C")])
def test_a_frozen_board_stays_as_it_was(week, change):
    week.frozen_at = NOON + 2 * DAY
    week.save()
    boards.refresh(now=AFTER)
    before = naive.stored(board_of(week.round.quiz, week))
    build = board_of(week.round.quiz, week).build
    change(week)
    boards.refresh(now=AFTER)
    board = board_of(week.round.quiz, week)
    assert (naive.stored(board), board.build) == (before, build)


def test_what_happened_after_the_freeze_is_not_in_a_sum_either(week):
    second = make_period(week.round, opens_at=NOON + WEEK, closes_at=NOON + WEEK + DAY)
    make_result(one("Bình").entrant, second, points=400)
    week.frozen_at = NOON + 2 * DAY
    week.save()
    late = NOON + 3 * DAY
    an = Attempt.objects.get(entrant__user__full_name="An")
    Attempt.objects.filter(pk=an.pk).update(voided_at=late, void_reason="Sự cố")
    make_grade(one("Chi"), points=0, key_version=2, graded_at=late)
    Attempt.objects.filter(pk=one("Chi").pk).update(graded_version=2)
    boards.refresh(now=AFTER, force=True)
    board = board_of(week.round.quiz)
    rows = Standing.objects.filter(board=board, build=board.build).select_related("entrant__user").order_by("ordinal")
    assert [(str(row.entrant), row.points) for row in rows] == [("Bình", 700), ("An", 400), ("Chi", 200)]


# --- Rests and waits -------------------------------------------------------------------------------------------------
def test_a_large_board_rests_between_two_builds_and_a_hidden_one_longer(week):
    board = Board.objects.get(period=week)
    Board.objects.filter(pk=board.pk).update(people=70_500)
    bar(week)
    assert boards.refresh(now=AFTER + timedelta(seconds=34)) == 0
    assert boards.refresh(now=AFTER + timedelta(seconds=35)) == 1
    Board.objects.filter(pk=board.pk).update(people=70_500, is_public=False)
    Quiz.objects.update(board_shown="results")
    void(week)
    assert boards.refresh(now=AFTER + timedelta(seconds=35 + 349)) == 0
    assert boards.refresh(now=AFTER + timedelta(seconds=35 + 350)) == 1
    Board.objects.filter(pk=board.pk).update(people=70_500)
    Quiz.objects.update(board_shown="period_closed")
    assert boards.refresh(now=AFTER + timedelta(seconds=35 + 351)) == 1  # it has just become public


def test_a_board_waits_until_all_have_their_grade_under_the_corrected_key(week):
    before = naive.stored(board_of(week.round.quiz, week))
    Round.objects.filter(pk=week.round_id).update(key_version=2)
    KeyCorrection.objects.create(
        round=week.round, key_version=2, version=make_question(make_bank()).approved, effect="void", reason="Sai",
        made_by=make_user(), made_at=AFTER,
    )  # fmt: skip
    make_grade(one("Chi"), points=400, key_version=2)
    Attempt.objects.filter(pk=one("Chi").pk).update(graded_version=2)
    assert boards.refresh(now=AFTER) == 0
    assert naive.stored(board_of(week.round.quiz, week)) == before
    assert boards.refresh(now=AFTER + timedelta(minutes=10)) == 1  # a grade that never comes holds nothing up for ever
    assert names(week) == {"Chi": 1, "An": 2, "Bình": 3}
    for name in ("An", "Bình"):
        make_grade(one(name), points=0, key_version=2)
    Attempt.objects.update(graded_version=2)
    assert boards.refresh(now=AFTER + timedelta(minutes=11)) == 1
    assert names(week) == {"Chi": 1, "Bình": 2, "An": 3}


# --- Two at once -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_refreshes_at_once_build_one_board_and_readers_always_find_a_whole_one(week):
    board = Board.objects.get(period=week)
    make_entrants = [make_entrant(week.round.contest, make_user(f"Người {n}")) for n in range(60)]
    stop, counts, rebuilt = threading.Event(), set(), []

    def read():
        while not stop.is_set():
            build = Board.objects.get(pk=board.pk).build
            counts.add(Standing.objects.filter(board=board, build=build).count())
        connection.close()

    def refresh():
        for _ in range(10):
            rebuilt.append(boards.refresh(now=AFTER, force=True))
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    for entrant in make_entrants:
        make_result(entrant, week)
    writers = [threading.Thread(target=refresh) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    board.refresh_from_db()
    assert counts <= {3, 63}
    assert board.build == 1 + sum(rebuilt)
    [scope] = boards.scopes(now=AFTER)
    assert boards.differences(scope, now=AFTER) == []
    builds = Standing.objects.filter(board=board).values_list("build", flat=True).distinct()
    assert set(builds) == {board.build - 1, board.build}
