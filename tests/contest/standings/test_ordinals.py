"""The copy of the ordinals in Redis: whole, replaced in one step, healed when lost, and never waited for."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest

from contest.standings import board as boards
from contest.standings import ordinals
from contest.standings.models import Board, Standing
from tests.builders import NOON, make_contest, make_entrant, make_period, make_quiz, make_result, make_round, make_user

pytestmark = pytest.mark.django_db
AFTER = NOON + timedelta(days=7)


@pytest.fixture(autouse=True)
def _forget_failures():
    """Each test begins with a Redis that is asked, and ends with the real one."""
    ordinals.client.cache_clear()
    ordinals.resting_until = 0.0
    yield
    ordinals.client.cache_clear()
    ordinals.resting_until = 0.0


@pytest.fixture
def board():
    quiz = make_quiz(make_round(make_contest()), board_shown="period_closed")
    period = make_period(quiz.round)
    for number in range(3):
        make_result(make_entrant(quiz.round.contest, make_user()), period, points=100 * number)
    boards.refresh(now=AFTER)
    return Board.objects.get()


def lines(board):
    rows = Standing.objects.filter(board=board, build=board.build)
    return dict(rows.values_list("entrant", "ordinal"))


def test_redis_has_the_ordinals_of_the_build(board):
    assert ordinals.whole(board.pk, board.build) == lines(board)
    assert {entrant: ordinals.of(board.pk, board.build, entrant) for entrant in lines(board)} == {
        entrant: (True, ordinal) for entrant, ordinal in lines(board).items()
    }


def test_who_is_not_ranked_is_known_not_to_be_and_another_build_is_not_known(board):
    assert ordinals.of(board.pk, board.build, 0) == (True, None)
    assert ordinals.of(board.pk, board.build + 1, next(iter(lines(board)))) == (False, None)
    assert ordinals.whole(board.pk, board.build + 1) is None


def test_ordinals_are_replaced_whole_and_nothing_is_left_beside(board):
    many = [(entrant, entrant) for entrant in range(1, 12_001)]
    assert ordinals.replace(board.pk, 8, many)
    assert ordinals.replace(board.pk, 9, [(5, 1), (4, 2)])
    assert ordinals.whole(board.pk, 9) == {5: 1, 4: 2}
    keys = ordinals.client().keys(f"{ordinals.key(board.pk)}*")
    assert (keys, ordinals.client().ttl(ordinals.key(board.pk))) == ([ordinals.key(board.pk)], -1)


@pytest.mark.parametrize("harm", ["deleted", "older"])
def test_the_clock_puts_back_what_redis_has_lost_although_nothing_changed(board, harm):
    if harm == "deleted":
        ordinals.client().delete(ordinals.key(board.pk))
    else:
        ordinals.replace(board.pk, board.build - 1, [(1, 1)])
    assert ordinals.whole(board.pk, board.build) is None
    assert boards.refresh(now=AFTER) == 0
    assert ordinals.whole(board.pk, board.build) == lines(board)


@pytest.fixture
def hung():
    """An address that accepts and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def dead():
    """An address where nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("trouble", ["hung", "dead"])
def test_a_redis_that_hangs_or_is_gone_costs_one_short_time_out_and_then_nothing(board, trouble, request, settings):
    settings.BOARD_REDIS_URL = request.getfixturevalue(trouble)
    ordinals.client.cache_clear()
    first = time.monotonic()
    assert ordinals.of(board.pk, board.build, 1) == (False, None)
    second = time.monotonic()
    assert second - first < ordinals.PATIENCE + 0.2
    assert [ordinals.of(board.pk, board.build, 1) for _ in range(100)] == [(False, None)] * 100
    assert ordinals.lost({board.pk: board.build}) == []
    assert not ordinals.replace(board.pk, board.build, [(1, 1)])
    assert time.monotonic() - second < 0.1


@pytest.mark.parametrize("trouble", ["hung", "dead"])
def test_boards_are_built_without_redis_and_it_catches_up_when_it_is_back(board, trouble, request, settings):
    real, settings.BOARD_REDIS_URL = settings.BOARD_REDIS_URL, request.getfixturevalue(trouble)
    ordinals.client.cache_clear()
    assert boards.refresh(now=AFTER, force=True) == 1
    board.refresh_from_db()
    settings.BOARD_REDIS_URL = real
    ordinals.client.cache_clear()
    assert boards.refresh(now=AFTER) == 0  # it still rests
    assert ordinals.whole(board.pk, board.build) is None
    ordinals.resting_until = 0.0
    assert boards.refresh(now=AFTER) == 0
    assert ordinals.whole(board.pk, board.build) == lines(board)
