"""What pages of standings may say, of whom, and by which key they go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contest.rounds.models import Consent, ConsentText, ExtraTime, Period, Quiz, Round
from contest.standings import reading
from contest.standings.models import UnitStanding
from tests.builders import NOON, make_consent_text, make_contest, make_period, make_quiz, make_result, make_round
from tests.contest.standings.scenes import AFTER, DAY, Scene

pytestmark = pytest.mark.django_db
SETTLED = timedelta(seconds=35)  # the grace, and the longest a request may wait


def names(rows):
    return [row["name"] for row in rows]


# --- Names -----------------------------------------------------------------------------------------------------------
def shown(scene, me=None):
    board = scene.board()
    lines = reading.people(board, range(1, board.ranked + 1), me=me)
    return [(line["name"], line["birth_year"]) for line in lines.values()]


def test_nobody_is_named_without_having_agreed():
    scene = Scene(named=False)
    assert shown(scene) == [(None, None)] * 4
    Consent.objects.create(user=scene.entrants["Trần Văn Bình"].user, text=scene.consent, given_at=AFTER)
    assert shown(scene) == [(None, None), ("Trần Văn Bình", 1960), (None, None), (None, None)]


def test_a_consent_that_was_taken_back_or_is_about_something_else_names_nobody():
    scene = Scene(named=False)
    user = scene.entrants["Nguyễn Thị Hoà"].user
    Consent.objects.create(user=user, text=scene.consent, given_at=NOON, withdrawn_at=AFTER)
    Consent.objects.create(user=user, text=make_consent_text(scene.contest, "keeping"), given_at=NOON)
    Consent.objects.create(user=user, text=make_consent_text(make_contest(), "publishing"), given_at=NOON)
    assert shown(scene) == [(None, None)] * 4


def test_a_consent_to_an_older_wording_stands_until_it_is_taken_back():
    scene = Scene()
    newer = make_consent_text(scene.contest, "publishing")
    assert (newer.version, ConsentText.objects.in_force(AFTER).get()) == (2, newer)
    assert shown(scene)[0] == ("Nguyễn Thị Hoà", 1960)


def test_people_see_their_own_name():
    scene = Scene(named=False)
    assert shown(scene, me=scene.entrants["Lê Quang Huy"].pk) == [(None, None)] * 3 + [("Lê Quang Huy", 1960)]


# --- Search ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["hoa", "Hòa", "HOÀ", "nguyen thi", "hoà nguyễn", "  thi   HOA "])
def test_people_are_found_with_and_without_diacritics_in_any_order(text):
    assert names(reading.found_people(Scene().board(), text)[0]) == ["Nguyễn Thị Hoà"]


@pytest.mark.parametrize("text", ["0912345678", "091", "dk1", "%", "_", "\\", "", " ", "a" * 90, "Hoà 1960"])
def test_nobody_is_found_by_anything_but_a_name(text):
    scene = Scene()
    user = scene.entrants["Trần Văn Bình"].user
    user.party_card = "DKXYZ"
    user.save()
    assert reading.found_people(scene.board(), text) == ([], False)
    assert reading.found_people(scene.board(), "dkxyz") == ([], False)


def test_a_search_does_not_betray_who_did_not_agree():
    scene = Scene(named=False)
    assert reading.found_people(scene.board(), "hoa") == ([], False)
    assert reading.found_people(scene.board(), "hoa", me=scene.entrants["Nguyễn Thị Hoà"].pk) == ([], False)


def test_found_people_come_in_their_order_and_page_by_page():
    scene = Scene(people=[], more=reading.PAGE + 2)
    first, more = reading.found_people(scene.board(), "lan")
    second, last = reading.found_people(scene.board(), "lan", after=first[-1]["ordinal"])
    assert ([row["ordinal"] for row in first + second], more, last) == (list(range(1, 53)), True, False)


def test_a_rare_name_is_found_far_behind(monkeypatch):
    monkeypatch.setattr(reading, "NEAR", 2)
    scene = Scene(more=3)
    assert names(reading.found_people(scene.board(), "quang huy")[0]) == ["Lê Quang Huy"]
    assert names(reading.found_people(scene.board(), "quang huy", after=4)[0]) == []
    Consent.objects.all().delete()
    assert names(reading.found_people(scene.board(), "quang huy")[0]) == []


def test_units_are_found_by_name_and_code_the_largest_first():
    scene = Scene(more=1)
    found = reading.found_units(scene.board(), "thon")
    assert [(row["name"], row["people"], row["place"]) for row in found] == [
        ("Chi bộ thôn 1", 3, 1),
        ("Chi bộ thôn 2", 2, 2),
    ]
    assert names(reading.found_units(scene.board(), "phuong tu")) == ["Đảng bộ xã Phương Tú"]
    assert reading.found_units(scene.board(), "%") == []


# --- Pages -----------------------------------------------------------------------------------------------------------
def test_pages_go_on_behind_an_ordinal_and_back_to_where_they_came_from():
    scene = Scene(people=[], more=2 * reading.PAGE + 3)
    pages = [reading.page(scene.board(), None, after=after) for after in (0, 50, 100, 103)]
    assert [(list(page.ordinals)[:1], page.first, page.last, page.before, page.behind) for page in pages] == [
        ([1], 1, 50, None, 50),
        ([51], 51, 100, 0, 100),
        ([101], 101, 103, 50, None),
        ([], 104, 103, 53, None),
    ]


def test_the_people_of_a_unit_are_paged_by_their_places_on_the_whole_board():
    scene = Scene(people=[], more=0, refresh=False)
    for number in range(120):
        scene.add(f"Người {number}", 400 if number < 60 else 100, cell=scene.cells[number % 2], took=1000 + number)
    scene.refresh()
    board, cell = scene.board(), scene.cells[1].pk
    seen: list[int] = []
    backwards: list[int | None] = []
    after: int | None = 0
    while after is not None:
        unit = reading.tree(board, cell, people_after=after).unit
        page = reading.page(board, unit, after=after)
        backwards.append(page.before)
        seen += page.ordinals
        assert (page.first, page.ranked) == (len(seen) - len(page.ordinals) + 1, 60)
        after = page.behind
    assert seen == list(range(2, 121, 2))
    assert backwards == [None, 0]
    assert UnitStanding.objects.get(board=board, build=board.build, unit=cell).lines == seen


def test_me_and_the_five_around_me():
    scene = Scene(people=[], more=20)
    board = scene.board()
    assert [reading.around(board, ordinal) for ordinal in (None, 1, 2, 4, 10, 19, 20)] == [
        [], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12],
        [15, 16, 17, 18, 19, 20], [15, 16, 17, 18, 19, 20],
    ]  # fmt: skip
    board.ranked = 2
    assert reading.around(board, 2) == [1, 2]


# --- Units -----------------------------------------------------------------------------------------------------------
def test_the_tree_is_the_way_down_to_a_unit_and_what_is_below():
    scene = Scene()
    board = scene.board()
    top = reading.tree(board, scene.top.pk)
    assert (names(top.line), names(top.below), top.more) == (
        ["Đảng bộ xã Phương Tú"], ["Chi bộ thôn 1", "Chi bộ thôn 2"], False,
    )  # fmt: skip
    cell = reading.tree(board, scene.cells[0].pk)
    assert (names(cell.line), cell.below) == (["Đảng bộ xã Phương Tú", "Chi bộ thôn 1"], [])
    assert names(reading.tree(board, None).below) == ["Đảng bộ xã Phương Tú"]
    first = reading.tree(board, scene.top.pk, most=1)
    assert (names(first.below), first.more, names(reading.tree(board, scene.top.pk, after=first.last).below)) == (
        ["Chi bộ thôn 1"], True, ["Chi bộ thôn 2"],
    )  # fmt: skip


def test_within_a_block_units_have_their_places_among_themselves():
    scene = Scene(more=2)
    top = reading.tree(scene.board(), scene.top.pk, block="Trường")
    assert [(row["name"], row["place"], row["place_within"], row["siblings"]) for row in top.below] == [
        ("Chi bộ thôn 2", 1, 1, 1)
    ]
    assert top.below[0]["blocks"] == ["Thôn", "Trường"]
    whole = reading.tree(scene.board(), scene.top.pk)
    assert [(row["name"], row["place"]) for row in whole.below] == [("Chi bộ thôn 2", 1), ("Chi bộ thôn 1", 2)]


# --- Which boards ----------------------------------------------------------------------------------------------------
def read(quiz):
    return Round.objects.with_calendar().get(pk=quiz.round_id).quiz


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"board_shown": "at_once"}, NOON),
        ({"board_shown": "at_once", "prediction": "participants"}, NOON + 7 * DAY + SETTLED),
        ({"board_shown": "period_closed"}, NOON + 7 * DAY + SETTLED),
        ({"board_shown": "results"}, None),
        ({"board_shown": "never"}, None),
    ],
)
def test_when_a_board_is_to_be_shown_is_said_before(fields, wanted):
    scene = Scene(people=[], refresh=False, **fields)
    assert reading.shown_from(read(scene.quiz), scene.week) == wanted


def test_results_and_extra_time_move_the_moment():
    scene = Scene(refresh=False, board_shown="results")
    scene.week.results_at = NOON + 7 * DAY
    assert reading.shown_from(read(scene.quiz), scene.week) == NOON + 7 * DAY + SETTLED
    scene.week.results_at = NOON + 9 * DAY
    assert reading.shown_from(read(scene.quiz), scene.week) == NOON + 9 * DAY
    ExtraTime.objects.create(
        entrant=scene.entrants["Lê Quang Huy"], round=scene.quiz.round, extra=3 * DAY, reason="Ốm", granted_at=NOON,
        granted_by=scene.entrants["Lê Quang Huy"].user,
    )  # fmt: skip
    assert reading.shown_from(read(scene.quiz), scene.week) == NOON + 10 * DAY + SETTLED


def keys(scene, now=AFTER):
    frame = reading.frame(scene.contest.slug, scene.entrants["Lê Quang Huy"].user, now=now)
    return {offer.key: offer.shown is not None for offer in frame.offers}, frame.offer("").key


def test_a_visitor_sees_the_latest_board_that_may_be_seen():
    scene = Scene()
    assert keys(scene) == ({"1-1": True}, "1-1")
    running = make_period(scene.quiz.round, opens_at=AFTER - DAY, closes_at=AFTER + DAY)
    scene.refresh()
    assert keys(scene) == ({"1-1": True, "1-2": False, "1": True}, "1-1")
    later = AFTER + 2 * DAY
    scene.refresh(now=later)
    assert keys(scene, later) == ({"1-1": True, "1-2": True, "1": True}, "1-2")
    Quiz.objects.update(ranking="D")
    scene.refresh(now=later)
    assert keys(scene, later) == ({"1-1": True, "1-2": True, "1": True}, "1")
    other = make_quiz(make_round(scene.contest), board_shown="period_closed")
    make_period(other.round, opens_at=running.closes_at, closes_at=running.closes_at + DAY)
    scene.refresh(now=AFTER + 3 * DAY)
    assert keys(scene, AFTER + 3 * DAY)[0] == {"1-1": True, "1-2": True, "1": True, "2-1": True, "all": True}


def test_what_was_public_is_hidden_at_once_when_a_period_is_opened_again():
    scene = Scene(prediction="participants", ranking="B")
    make_period(scene.quiz.round, opens_at=NOON - 9 * DAY, closes_at=NOON - 8 * DAY)
    scene.refresh()
    assert keys(scene)[0] == {"1-1": True, "1-2": True, "1": True}
    Period.objects.filter(pk=scene.week.pk).update(closes_at=AFTER + DAY)
    assert keys(scene)[0] == {"1-1": False, "1-2": True, "1": False}
    scene.refresh()
    assert keys(scene)[0] == {"1-1": False, "1-2": True, "1": True}


def test_who_looks_is_known_by_their_place_in_the_contest():
    scene = Scene()
    entrant = scene.entrants["Lê Quang Huy"]
    frame = reading.frame(scene.contest.slug, entrant.user, now=AFTER)
    assert (frame.entrant, frame.path) == (entrant.pk, [scene.top.pk, scene.cells[1].pk])
    assert [frame.child_of(unit) for unit in (None, scene.top.pk, scene.cells[1].pk, scene.cells[0].pk)] == [
        scene.top.pk, scene.cells[1].pk, None, None,
    ]  # fmt: skip
    make_result(entrant, scene.week, points=400, at=timedelta(hours=2))
    assert reading.own_ordinal(scene.board(), entrant.pk) == 4
    assert reading.own_ordinal(scene.board(), None) is None


def test_ones_place_in_the_period_of_an_attempt_is_told_once_its_board_is_public():
    scene = Scene(prediction="participants", ranking="B", refresh=False)
    entrant = scene.add("Người dự đoán", 400, prediction=7, took=1000)
    attempt = entrant.attempts.get()
    scene.refresh(now=NOON + DAY)
    assert reading.own_place(attempt, now=NOON + DAY) is None
    assert reading.own_place(attempt, now=AFTER) is None  # made when it was hidden
    scene.refresh()
    assert reading.own_place(attempt, now=AFTER) == {
        "place": 1, "ranked": 5, "actual": 5, "distance": 2, "board": "1-1",
    }  # fmt: skip
    practice = make_result(entrant, scene.week)
    practice.period = None
    assert reading.own_place(practice, now=AFTER) is None
    entrant.barred_at, entrant.barred_reason = AFTER, "Thi hộ"
    entrant.save()
    scene.refresh(now=AFTER + DAY)
    assert reading.own_place(attempt, now=AFTER + DAY) is None
