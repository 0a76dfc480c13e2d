"""`manage.py boards`: what an operator and the rehearsal ask of the boards."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contest.rounds.models import Period
from contest.standings import ordinals
from contest.standings.models import Board, Standing, UnitStanding
from tests.contest.standings.scenes import Scene

pytestmark = pytest.mark.django_db


def call(*options):
    out = StringIO()
    call_command("boards", *options, stdout=out)
    return out.getvalue()


def as_json(*options):
    return json.loads(call("--json", *options))


@pytest.fixture
def scene():
    """Its week has closed by the real clock."""
    scene = Scene(refresh=False)
    ended = timezone.now() - timedelta(days=1)
    Period.objects.update(opens_at=ended - timedelta(days=7), closes_at=ended)
    return scene


def test_there_is_no_such_contest():
    with pytest.raises(CommandError, match="There is no contest “zzz”"):
        call("--contest", "zzz")


def test_without_contests_there_are_no_boards():
    assert call() == "There are no boards.\n"
    assert as_json("--rebuild", "--check")["equal"]


def test_boards_are_listed_rebuilt_and_checked(scene):
    assert [row["build"] for row in as_json()["boards"]] == [0]
    outcome = as_json("--rebuild", "--check", "--contest", "cuoc-thi")
    [row] = outcome["boards"]
    assert (outcome["rebuilt"], outcome["equal"], row["differences"], row["different_lines"]) == (1, True, [], 0)
    assert {key: row[key] for key in ("board", "build", "people", "attempts", "ranked", "is_public", "is_frozen")} == {
        "board": f"{scene.contest} / Vòng 1 / Kỳ 1", "build": 1, "people": 4, "attempts": 4, "ranked": 4,
        "is_public": True, "is_frozen": False,
    }  # fmt: skip
    assert "4 people, 4 attempts, 4 ranked, build 1, public" in call()


@pytest.mark.parametrize("harm", ["line", "unit", "figures", "redis"])
def test_a_board_that_was_tampered_with_is_told(scene, harm):
    call("--rebuild", "--check")
    board = Board.objects.get()
    if harm == "line":
        Standing.objects.filter(ordinal=2).update(points=999)
    elif harm == "unit":
        UnitStanding.objects.filter(unit=scene.cells[0]).update(people=9)
    elif harm == "figures":
        Board.objects.update(people=9)
    else:
        ordinals.replace(board.pk, board.build, [(1, 1)])
    with pytest.raises(CommandError, match="Boards differ"):
        call("--check")
    assert as_json("--rebuild", "--check")["equal"]


def test_grades_that_a_board_does_not_have_yet_are_told(scene):
    call("--rebuild")
    scene.add("Người mới", 400)
    with pytest.raises(CommandError, match="Boards differ"):
        call("--check")
