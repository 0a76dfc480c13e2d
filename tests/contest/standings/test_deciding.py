import threading
from datetime import timedelta

import pytest
from django.db import connection

from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds.models import Period, Quiz
from contest.standings import board as boards
from contest.standings import deciding
from contest.standings.models import Board, Decision
from tests.builders import (
    NOON,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_result,
    make_round,
    make_user,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def period():
    round = make_round()
    make_quiz(round)
    return make_period(round, title="Tuần 1", opens_at=NOON - 9 * DAY, closes_at=NOON - 2 * DAY)


@pytest.fixture
def organizer(period):
    return make_office(period.round.contest, make_user()).user


@pytest.fixture
def equals(period):
    """Three people with the same result, and one behind them."""
    people = [make_entrant(period.round.contest, make_user(f"Người {letter}")) for letter in "ABCD"]
    for entrant in people[:3]:
        make_result(entrant, period, points=300)
    make_result(people[3], period, points=100)
    build(period)
    return people


def build(period) -> list[tuple[int, int]]:
    boards.refresh(now=NOON, contest=period.round.contest, force=True)
    board = Board.objects.get(period=period)
    return list(board.standings.filter(build=board.build).order_by("ordinal").values_list("place", "entrant"))


def refused(period, order, by, **fields) -> str:
    with pytest.raises(Refused) as caught:
        deciding.decide(period, order, **{"reason": "Bốc thăm", "by": by, "now": NOON, **fields})
    assert Decision.objects.count() == 0
    return str(caught.value)


def test_a_decision_needs_an_organizer_a_reason_an_end_and_equals(period, organizer, equals):
    one, two, _three, last = equals
    stranger = make_office(make_contest(), make_user()).user
    assert refused(period, [one, two], stranger) == "Chỉ Ban Tổ chức cuộc thi được làm việc này."
    assert refused(period, [one, two], organizer, reason=" ") == "Hãy nêu lý do của thứ tự này."
    assert refused(period, [one, two], organizer, now=period.closes_at) == "Kỳ thi chưa đóng với tất cả mọi người."
    some = "Quyết định phải xếp thứ tự ít nhất hai người, mỗi người một lần."
    assert refused(period, [one], organizer) == some
    assert refused(period, [one, one], organizer) == some
    assert refused(period, [one, last], organizer) == "Những người này không đồng hạng."
    Period.objects.filter(pk=period.pk).update(frozen_at=NOON - DAY)
    assert refused(period, [one, two], organizer) == "Kết quả của Tuần 1 đã được chốt."
    Period.objects.filter(pk=period.pk).update(results_at=NOON - DAY)
    assert "Tuần 1" in refused(period, [one, two], organizer)


def test_equals_stand_in_the_decided_order_and_who_is_not_named_after_them(period, organizer, equals):
    one, two, three, last = equals
    assert build(period)[-1] == (4, last.pk)
    deciding.decide(period, [three, one], reason="Bốc thăm", by=organizer, now=NOON)
    assert build(period) == [(1, three.pk), (2, one.pk), (3, two.pk), (4, last.pk)]
    [entry] = Entry.objects.filter(action="standings.decided")
    assert entry.data == {"order": [three.pk, one.pk], "before": [], "reason": "Bốc thăm"}


def test_a_new_decision_about_the_same_people_replaces_the_old_one(period, organizer, equals):
    one, two, _three, _last = equals
    deciding.decide(period, [one, two], reason="Bốc thăm", by=organizer, now=NOON)
    build(period)
    deciding.decide(period, [two, one], reason="Bốc thăm lại", by=organizer, now=NOON)
    assert build(period)[:2] == [(1, two.pk), (2, one.pk)]
    assert set(Decision.objects.values_list("reason", flat=True)) == {"Bốc thăm lại"}
    assert Entry.objects.filter(action="standings.decided").count() == 2


def test_what_was_decided_about_equals_who_are_not_named_now_is_taken_back(period, organizer, equals):
    one, two, three, _last = equals
    deciding.decide(period, [one, two, three], reason="Bốc thăm", by=organizer, now=NOON)
    build(period)
    deciding.decide(period, [three, one], reason="Bốc thăm lại", by=organizer, now=NOON)
    assert build(period)[:3] == [(1, three.pk), (2, one.pk), (3, two.pk)]
    assert Entry.objects.latest("id").data["before"] == [one.pk, two.pk, three.pk]


def test_who_is_equal_is_seen_from_the_results_and_not_from_a_board_that_lags(period, organizer, equals):
    one, two, three, last = equals
    make_result(last, period, points=300, at=timedelta(hours=1), took=60_000)
    make_result(three, period, points=400)
    deciding.decide(period, [last, one], reason="Bốc thăm", by=organizer, now=NOON)
    assert build(period) == [(1, three.pk), (2, last.pk), (3, one.pk), (4, two.pk)]
    assert refused_again(period, [three, one], organizer) == "Những người này không đồng hạng."


def refused_again(period, order, by) -> str:
    with pytest.raises(Refused) as caught:
        deciding.decide(period, order, reason="Bốc thăm", by=by, now=NOON)
    return str(caught.value)


def test_a_ranking_without_the_organizers_key_leaves_equals_equal(period, organizer, equals):
    Quiz.objects.update(ranking="own", ranking_keys=["score:desc"])
    assert "không nằm trong các tiêu chí" in refused(period, equals[:2], organizer)
    Quiz.objects.update(ranking_keys=["decided:asc"])
    deciding.decide(period, equals[::-1], reason="Bốc thăm", by=organizer, now=NOON)
    assert build(period) == [(place, one.pk) for place, one in enumerate(equals[::-1], start=1)]


def test_who_is_not_ranked_is_not_decided_about(period, organizer, equals):
    Quiz.objects.update(ranking="A")
    assert refused(period, equals[:2], organizer) == "Những người này không đồng hạng."


@pytest.mark.django_db(transaction=True)
def test_decisions_at_once_are_one_after_the_other(period, organizer, equals):
    orders = [equals[:2], equals[1:3], equals[2::-2]]

    def act(order):
        deciding.decide(period, order, reason="Bốc thăm", by=organizer, now=NOON)
        connection.close()

    threads = [threading.Thread(target=act, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stands = list(Decision.objects.order_by("order").values_list("entrant", flat=True))
    assert stands in [[one.pk for one in order] for order in orders]
    assert Entry.objects.filter(action="standings.decided").count() == 3


def test_the_lines_of_a_place(period, equals):
    board = Board.objects.get(period=period)
    assert {line.entrant_id for line in deciding.equals(board, 1)} == {entrant.pk for entrant in equals[:3]}
    assert deciding.equals(board, 2) == []
