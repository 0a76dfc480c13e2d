"""The page of standings: what it shows and to whom, what it never shows, and what it costs."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contest.foundations.ledger.models import Entry
from contest.rounds.models import Consent, Contest, Period, Quiz
from contest.standings import ordinals, views
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
from tests.contest.standings.scenes import AFTER, DAY, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keep_nothing():
    views._kept.cache_clear()
    yield
    views._kept.cache_clear()


@pytest.fixture
def see(client):
    """The page as someone sees it at a moment."""

    def see(query="", *, user=None, now=AFTER, slug="cuoc-thi", status=200):
        client.logout()
        if user is not None:
            client.force_login(user)
        response = client.get(f"/c/{slug}/standings/{query}", **{"contest.arrived_at": now.timestamp()})
        assert response.status_code == status
        return text(response.content.decode()) if status == 200 else ""

    return see


def text(html):
    """The words of a page's main part, without tags."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<svg.*?</svg>", "", main, flags=re.S)))


# --- What it never shows ---------------------------------------------------------------------------------------------
def test_a_contest_that_is_being_prepared_is_there_for_its_offices_alone(see):
    scene = Scene()
    Contest.objects.update(is_public=False)
    see(status=404)
    see(user=scene.entrants["Lê Quang Huy"].user, status=404)
    organizer = make_user("Cán bộ")
    make_office(scene.contest, organizer)
    assert "Nguyễn Thị Hoà" in see("?tab=people", user=organizer)


@pytest.mark.parametrize("query", ["?board=9-9", "?board=2", "?board=all", "?board=x"])
def test_a_board_that_there_is_not_is_not_found(see, query):
    Scene()
    see(query, status=404)


def test_there_is_no_such_contest(see):
    see(slug="khong-co", status=404)


@pytest.mark.parametrize("query", ["", "?tab=people", "?q=hoa", "?q=thon", "?tab=people&unit=1", "?board=1-1&after=0"])
@pytest.mark.parametrize("who", ["stranger", "entrant", "organizer"])
def test_while_a_prediction_is_open_no_page_has_a_count_a_place_or_a_name(see, query, who):
    scene = Scene(prediction="participants", ranking="B", board_shown="at_once", more=4, refresh=False)
    now = NOON + DAY
    scene.refresh(now=now)
    organizer = make_user("Cán bộ")
    make_office(scene.contest, organizer)
    user = {"stranger": None, "entrant": scene.entrants["Lê Quang Huy"].user, "organizer": organizer}[who]
    page = see(query, user=user, now=now)
    assert "được công bố lúc" in page
    assert scene.board().people == 8
    for secret in ("8", "Hoà", "Huy", "thôn", "Hạng của đồng chí"):
        assert secret not in page.replace("Cuộc thi 8", "")


def test_a_board_that_waits_for_the_results_shows_nothing_before_and_all_after(see):
    scene = Scene(board_shown="results")
    assert "Ban Tổ chức sẽ thông báo" in see("?tab=people")
    Period.objects.update(results_at=AFTER + DAY)
    assert "được công bố lúc" in see("?tab=people")
    scene.refresh(now=AFTER + DAY)
    page = see("?tab=people", now=AFTER + DAY)
    assert "Nguyễn Thị Hoà" in page
    assert "Kết quả đã được công bố" in page


def test_a_board_that_is_never_shown_says_so(see):
    Scene(board_shown="never")
    assert "không công bố bảng xếp hạng" in see()


def test_a_board_that_was_made_before_it_was_public_is_not_shown(see):
    scene = Scene(refresh=False, prediction="participants", ranking="B")
    scene.refresh(now=NOON + DAY)
    assert "Bảng đang được lập" in see()
    scene.refresh()
    assert "Nguyễn Thị Hoà" in see("?tab=people")


def test_names_follow_the_consents_and_nothing_else_is_told_of_people(see):
    scene = Scene()
    Consent.objects.filter(user=scene.entrants["Nguyễn Thị Hoà"].user).update(withdrawn_at=AFTER)
    page = see("?tab=people")
    assert ("Nguyễn Thị Hoà" in page, "Không công khai tên" in page, "Trần Văn Bình" in page) == (False, True, True)
    assert "0912345678" not in page


# --- What it shows ---------------------------------------------------------------------------------------------------
def test_the_people_with_their_places(see):
    Scene(ranking="B", prediction="people_all_correct", question_count=4)
    page = see("?tab=people")
    rows = re.findall(r"(\d+) (Nguyễn|Trần|Đặng|Lê)[^/]*? (\d)/4", page)
    assert rows == [("1", "Nguyễn", "4"), ("2", "Trần", "3"), ("3", "Đặng", "3"), ("4", "Lê", "2")]
    assert "số người trả lời đúng tất cả: kết quả là 1 ." in page


def test_the_hand_in_is_told_where_it_ranks_and_points_where_they_are_parts(see):
    scene = Scene(ranking="A", prediction="people_all_correct")
    assert "01:00 · không dự đoán · nộp lúc 13:00:00 25/11/2026" in see("?tab=people")
    assert "nộp lúc 13:00:00 25/11/2026" in see("?q=hoa")
    assert "nộp lúc" in see(user=scene.entrants["Nguyễn Thị Hoà"].user)
    Quiz.objects.update(ranking="C", scoring="partial")
    scene.refresh()
    page = see("?tab=people")
    assert ("nộp lúc" in page, "01:00 · không dự đoán · 4 câu đúng 4 " in page) == (False, True)


def test_the_figures_are_people_and_attempts_apart(see):
    scene = Scene()
    make_result(scene.entrants["Lê Quang Huy"], scene.week, points=100, at=timedelta(hours=2))
    scene.refresh()
    assert "4 người dự thi 5 lượt thi 1 đúng tất cả" in see()


def test_units_with_their_completion_and_then_their_people(see):
    scene = Scene()
    make_entrant(scene.contest, make_user("Ở nhà", unit=scene.cells[1]), is_obliged=True)
    scene.refresh()
    page = see("?tab=units")
    assert "1 Chi bộ thôn 1 100,00% 2/2 người hoàn thành" in page
    assert "2 Chi bộ thôn 2 66,67% 2/3 người hoàn thành" in page
    cell = see(f"?unit={scene.cells[1].pk}")
    assert ("Trần Văn Bình" in cell, "Nguyễn Thị Hoà" in cell) == (True, False)
    assert "66,67% hoàn thành, 2/3" in cell


def test_a_unit_that_is_not_on_the_board_is_as_none(see):
    Scene()
    assert "Chi bộ thôn 1" in see("?unit=999999")
    assert "Nguyễn Thị Hoà" in see("?unit=999999&tab=people")


def test_a_contest_without_units_shows_people(see):
    scene = Scene(people=[])
    Contest.objects.update(root=None)
    for unit in (*scene.cells, scene.top):
        unit.delete()
    make_result(make_entrant(scene.contest, make_user("Không đơn vị")), scene.week)
    scene.refresh()
    assert "1 người được xếp hạng" in see()


def test_ones_own_place_with_the_five_around_it(see):
    scene = Scene(more=60)
    me = scene.add("Hoàng Văn Tôi", 50, named=False)
    scene.refresh()
    page = see(user=me.user)
    assert "Hạng của đồng chí 65 / 65" in page
    assert "Hoàng Văn Tôi (đồng chí)" in page
    assert page.count("Vũ Thị Lan") == 5
    assert "Hoàng Văn Tôi" not in see("?tab=people&after=50")
    assert page.count("Hoàng Văn Tôi") == 1


def test_who_is_not_ranked_is_told_why(see):
    scene = Scene(ranking="A", prediction="people_all_correct")
    assert "chỉ xếp những người trả lời đúng tất cả" in see(user=scene.entrants["Lê Quang Huy"].user)
    absent = make_entrant(scene.contest, make_user("Vắng"))
    Quiz.objects.update(ranking="C")
    scene.refresh()
    assert "Đồng chí chưa có kết quả trên bảng này" in see(user=absent.user)
    assert "Đồng chí chưa có kết quả" not in see(user=make_user("Người ngoài"))


def test_a_search_shows_places_of_people_and_units(see):
    Scene()
    assert re.search(r"2 Trần Văn Bình", see("?q=tran van"))
    assert "2 Chi bộ thôn 2" in see("?q=thon+2")
    assert "Không tìm thấy" in see("?q=zzz")


def test_odd_addresses_are_harmless(see):
    Scene()
    for query in (
        "?after=99999999999", "?after=-1", "?after=x", "?unit=x", "?unit=99999999999999999999", "?tab=x",
        "?q=%25", "?block=zzz",
        "?after=2147483647&tab=people", "?q=" + "a+" * 60, "?unit=1&block=x&after=5",
    ):  # fmt: skip
        see(query)


def test_before_anything_has_opened_there_is_a_word_about_it(see, client):
    make_contest(slug="moi")
    assert "Chưa có bảng xếp hạng" in see(slug="moi")
    quiz = make_quiz(make_round(Contest.objects.get(slug="moi")))
    make_period(quiz.round, opens_at=AFTER + DAY, closes_at=AFTER + 2 * DAY)
    assert "Chưa có bảng xếp hạng" in see(slug="moi")


def test_the_page_is_there_in_english(client):
    Scene()
    client.cookies["django_language"] = "en"
    response = client.get("/c/cuoc-thi/standings/?tab=people", **{"contest.arrived_at": AFTER.timestamp()})
    assert "4 people took part" in text(response.content.decode())


# --- What is kept ----------------------------------------------------------------------------------------------------
def test_what_is_kept_says_nothing_of_who_looked_first(see):
    scene = Scene(more=60)
    first, last = scene.entrants["Nguyễn Thị Hoà"].user, scene.add("Hoàng Văn Tôi", 50, named=False).user
    scene.refresh()
    me, own = {first: "Nguyễn Thị Hoà (đồng chí)", last: "Hoàng Văn Tôi (đồng chí)"}, f"?unit={scene.cells[0].pk}"
    for query in ("?tab=people", "?tab=people&after=50", f"{own}&tab=people", own, "?q=hoa"):
        views._kept.cache_clear()
        pages = {user: see(query, user=user) for user in (first, last, None)}
        assert [see(query, user=user) for user in (None, last, first)] == [pages[None], pages[last], pages[first]]
        assert [(me[first] in page, me[last] in page) for page in pages.values()] == [
            (True, False), (False, "q=" not in query), (False, False),
        ]  # fmt: skip
        assert not any("Hoàng Văn Tôi" in pages[user] for user in (first, None))


def test_a_new_build_is_seen_at_once_and_a_consent_taken_back_within_seconds(see):
    scene = Scene()
    see("?tab=people")
    scene.add("Người mới", 400, took=1)
    scene.refresh(now=AFTER + timedelta(milliseconds=1))
    assert "Người mới" in see("?tab=people")
    Consent.objects.update(withdrawn_at=AFTER)
    assert "Người mới" not in see("?tab=people", now=AFTER + timedelta(seconds=views.FRESH))


def test_what_was_kept_is_not_shown_once_it_is_hidden(see):
    scene = Scene()
    assert "Nguyễn Thị Hoà" in see("?tab=people")
    Quiz.objects.update(board_shown="never")
    assert "Nguyễn Thị Hoà" not in see("?tab=people")
    assert scene.board().is_public


# --- What it costs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("more", [1, 3, 1000])
def test_queries_do_not_grow_with_the_board(client, see, more):
    scene = Scene(people=[], refresh=False)
    for number in range(more):
        scene.add(f"Người {number}", 100 + number % 300)
    scene.refresh()
    user = scene.entrants["Người 0"].user

    def count(query, who):
        client.logout()
        if who:
            client.force_login(who)
        address, extra = f"/c/cuoc-thi/standings/{query}", {"contest.arrived_at": AFTER.timestamp()}
        client.get(address, **extra)
        views._kept.cache_clear()
        with CaptureQueriesContext(connection) as captured:
            client.get(address, **extra)
        return len(captured)

    cell = scene.cells[0].pk
    assert [count(query, None) for query in ("", "?tab=people", f"?tab=people&unit={cell}")] == [3, 4, 4]
    assert [count(query, user) for query in ("", "?tab=people", f"?tab=people&unit={cell}")] == [5, 6, 6]


def test_a_table_that_is_kept_costs_no_query(client):
    scene = Scene(more=60)
    last = scene.add("Hoàng Văn Tôi", 50).user
    scene.refresh()
    client.force_login(last)
    for wanted in (6, 4):
        with CaptureQueriesContext(connection) as captured:
            client.get("/c/cuoc-thi/standings/?tab=people", **{"contest.arrived_at": AFTER.timestamp()})
        if wanted == 4:
            assert len(captured) == 4


def test_without_redis_the_page_is_the_same(see, settings):
    scene = Scene(more=60)
    user = scene.add("Hoàng Văn Tôi", 50, named=False).user
    scene.refresh()
    before = see("?tab=people", user=user)
    settings.BOARD_REDIS_URL = "redis://127.0.0.1:1/0"
    ordinals.client.cache_clear()
    try:
        assert see("?tab=people", user=user) == before
    finally:
        ordinals.client.cache_clear()
        ordinals.resting_until = 0.0


# --- For the organizers ----------------------------------------------------------------------------------------------
@pytest.fixture
def take(client):
    def take(user, *, status=200, **asked):
        client.force_login(user)
        asked = {"board": "1-1", "what": "people", "kind": "csv", **asked}
        response = client.post("/c/cuoc-thi/standings/export/", asked, **{"contest.arrived_at": AFTER.timestamp()})
        assert response.status_code == status
        return response

    return take


@pytest.mark.parametrize("role", [None, "observer", "judge", "editor"])
def test_only_organizers_take_tables(take, role):
    scene = Scene()
    user = make_user("Ai đó")
    if role:
        make_office(scene.contest, user, role)
    make_office(make_contest(), user)
    take(user, status=404)
    assert not Entry.objects.filter(action="board.exported").exists()


def test_a_table_is_not_taken_by_a_link_or_by_a_stranger(client):
    scene = Scene()
    organizer = make_user("Cán bộ")
    make_office(scene.contest, organizer)
    assert client.post("/c/cuoc-thi/standings/export/", {"board": "1-1"}).status_code == 302
    client.force_login(organizer)
    assert client.get("/c/cuoc-thi/standings/export/?board=1-1").status_code == 405


@pytest.mark.parametrize("asked", [{"board": "9-9"}, {"board": ""}, {"what": "phones"}, {"kind": "pdf"}])
def test_what_there_is_not_is_not_taken(take, asked):
    scene = Scene()
    organizer = make_user("Cán bộ")
    make_office(scene.contest, organizer)
    take(organizer, status=404, **asked)


def test_organizers_take_every_name_and_the_ledger_keeps_it(take):
    scene = Scene(named=False, board_shown="never", prediction="participants", ranking="B")
    organizer = make_user("Cán bộ")
    make_office(scene.contest, organizer)
    scene.add("=HYPERLINK(1)", 100, prediction=3)
    scene.refresh()
    response = take(organizer)
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row[:6] for row in rows] == [
        ["Hạng", "Họ và tên", "Sinh", "Đơn vị", "Điểm", "Số câu đúng"],
        ["1", "Nguyễn Thị Hoà", "1960", "Chi bộ thôn 1", "4", "4"],
        ["2", "Trần Văn Bình", "1960", "Chi bộ thôn 2", "3", "3"],
        ["3", "Đặng Đình Khôi", "1960", "Chi bộ thôn 1", "3", "3"],
        ["4", "Lê Quang Huy", "1960", "Chi bộ thôn 2", "2", "2"],
        ["5", "'=HYPERLINK(1)", "1960", "Chi bộ thôn 1", "1", "1"],
    ]
    assert "0912345678" not in response.content.decode()
    entry = Entry.objects.get(action="board.exported")
    assert (entry.actor_id, entry.contest_id, entry.data) == (
        organizer.pk,
        scene.contest.pk,
        {"board": scene.board().pk, "build": scene.board().build, "what": "people", "rows": 5, "kind": "csv"},
    )
    assert take(organizer, kind="xlsx").content[:2] == b"PK"
    units = list(csv.reader(io.StringIO(take(organizer, what="units").content.decode("utf-8-sig"))))
    assert [row[:4] for row in units[1:]] == [
        ["", "1", "Đảng bộ xã Phương Tú", "5"],
        ["", "1", "Chi bộ thôn 1", "3"],
        ["", "2", "Chi bộ thôn 2", "2"],
    ]


def test_the_result_page_tells_the_place_once_the_board_is_public(client):
    scene = Scene(prediction="participants", ranking="B", refresh=False)
    entrant = scene.add("Người dự đoán", 400, prediction=7, took=1000)
    address = f"/attempts/{entrant.attempts.get().pk}/result/"
    client.force_login(entrant.user)
    for now, words in (
        (NOON + DAY, None),
        (AFTER, "Hạng của đồng chí 1 / 5 Câu dự đoán có kết quả là 5; dự đoán của đồng chí chênh lệch 2."),
    ):
        scene.refresh(now=now)
        page = text(client.get(address, **{"contest.arrived_at": now.timestamp()}).content.decode())
        assert (words in page) if words else ("Hạng của đồng chí" not in page)
