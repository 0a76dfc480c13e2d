"""Nothing that people get tells what they must not know yet.

The walk is made twice, and in between the secret is exchanged: the key of every question, what others did in a period
in which people still predict, the marks. Whoever must not know it gets the same to the last byte: pages, JSON, files,
headers, and what stands in cookies. And to show that the walk would see it, the same is done where the secret is out.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.template import engines
from django.test import Client

from accounts import sessions
from contest.attempts import sitting
from contest.attempts.models import Attempt, Grade
from contest.questions import drawable
from contest.questions.models import Bank, Choice, QuestionVersion
from contest.rounds.models import Period, Quiz, Round
from contest.standings import board as boards
from contest.standings import views as tables
from tests.builders import make_entrant, make_grade, make_result, make_user
from tests.cast import EXPLANATION, RIGHT, SOURCE, World
from tests.test_urls import ADDRESSES, path_of, rows_for, rows_of

pytestmark = pytest.mark.django_db

OUTSIDERS = ("anonymous", "entrant", "neighbour", "stranger")
Payloads = dict[str, tuple[Any, ...]]
# They sign out, measure the server, or make a new secret at each look.
PASSED_BY = {"sign_out", "account_logout", "readyz", "metrics", "mfa_activate_totp"}
# Different each time, and of no meaning: what forms are protected by.
RANDOM = re.compile(rb'(csrfmiddlewaretoken"[^>]*value|data-csrf|name="csrf-token" content)="[A-Za-z0-9]+"')
BOARDS = ("", "?board=all", "?board=1", "?board=1-1", "?board=1-2", "?board=1-2&tab=people", "?board=1&tab=units")


# --- The walk --------------------------------------------------------------------------------------------------------
def look(world: World, role: str, *, only: Callable[[str], bool] = lambda name: True) -> Payloads:
    """Everything that the person gets by looking, at the world's moment."""
    forget()
    Attempt.objects.update(lease=1)  # each look at an open paper takes it over
    client = world.client(role, **{"contest.arrived_at": world.now.timestamp()})
    rows = world.rows
    found = {}
    for name, path in paths(world, rows):
        if only(name):
            found[path] = payload(client.get(path))
    return found


def paths(world: World, rows: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, pattern in ADDRESSES.items():
        if name not in PASSED_BY and not name.startswith("admin"):
            yield name, path_of(pattern, rows_for(name, rows))
    for attempt in (world.past, world.attempt):
        for page in ("", "result/", "result/status/", "review/"):
            yield "attempt", f"/attempts/{attempt.pk}/{page}"
    home = f"/c/{world.mine.contest.slug}"
    for order in (0, 1, 2):
        yield "round", f"{home}/rounds/{order}/"
    for query in BOARDS:
        yield "standings", f"{home}/standings/{query}"
    for unit in (world.root, world.commune, world.cell):
        yield "standings", f"{home}/standings/?board=1-1&unit={unit.pk}"
    yield "units", f"{home}/units/?q=chi+bo"
    yield "nowhere", "/nowhere/"
    yield "nowhere", "/attempts/1/"
    yield "unreadable", "/sign-in/?next=%00"


def payload(answer: Any) -> tuple[Any, ...]:
    """All of an answer but what is random; a file of Excel by what is in it."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in sorted(archive.namelist()) if "core.xml" not in name)
    headers = {key: value for key, value in answer.headers.items() if key not in {"Expires", "Content-Length", "Date"}}
    cookies = {name: told_by(name, cookie.value) for name, cookie in answer.cookies.items() if name != "csrftoken"}
    return answer.status_code, headers, cookies, RANDOM.sub(b"", body)


def told_by(name: str, value: str) -> Any:
    """What a cookie says to whoever takes it apart."""
    if name == "sessionid" and sessions.is_row(value):
        return "a row"
    if name == "sessionid":
        return signing.loads(value, salt=sessions.SALT, serializer=sessions.SessionStore().serializer)
    if name == "messages":
        return value.partition(":")[0]  # behind it, the moment and the signature
    return value


def changed(before: Payloads, after: Payloads) -> list[str]:
    """The addresses that give something else than before, with the first line that differs."""
    return [f"{path} {differing(before[path], after[path])}" for path in before if before[path] != after[path]]


def told_of(before: Payloads, after: Payloads) -> list[str]:
    """The addresses that give something else than before."""
    return [path for path in before if before[path] != after[path]]


def differing(one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    if one[:3] != other[:3]:
        return f"{one[:3]} {other[:3]}"
    lines = zip(one[3].splitlines(), other[3].splitlines(), strict=False)
    return next((f"{a.strip()[:200]!r} {b.strip()[:200]!r}" for a, b in lines if a != b), "longer")


def forget() -> None:
    """Nothing that a process keeps between requests is kept: another process would show what is in the database."""
    drawable._texts.clear()
    tables._kept.cache_clear()
    for loader in engines["django"].engine.template_loaders:
        loader.reset()


@pytest.fixture
def made() -> Callable[..., World]:
    """Makes a world with the rows that are walked."""

    def make(**quiz: Any) -> World:
        world = World(**quiz)
        world.rows = rows_of(world, world.mine)
        return world

    return make


# --- Secrets ---------------------------------------------------------------------------------------------------------
def exchange_keys() -> None:
    """Another choice of each question is right, for another reason."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE questions_choice SET is_right = NOT is_right WHERE position IN (1, 3)")
    QuestionVersion.objects.update(explanation="Vì thế khác", source="Chỗ khác")
    for bank in Bank.objects.all():
        Bank.objects.filter(pk=bank.pk).update(revision=bank.revision + 1)


def exchange_marks(attempt: Attempt) -> None:
    """The attempt is worth something else, under another version of the key."""
    version = attempt.grades.count() + 1
    make_grade(attempt, points=0, key_version=version, prediction=4711)
    Attempt.objects.filter(pk=attempt.pk).update(graded_version=version)
    Round.objects.filter(pk=attempt.round_id).update(key_version=version)
    boards.refresh(now=attempt.started_at + timedelta(days=30), force=True)


def let_many_in(world: World, count: int = 5) -> None:
    """More people have taken part in the open period, all of them all-correct, in a unit where nobody was too."""
    for number in range(count):
        unit = world.cell if number % 2 else world.next_cell
        entrant = make_entrant(world.mine.contest, make_user(f"Người Mới {number}", unit=unit))
        make_result(entrant, world.mine.period, points=400, prediction=number)
    boards.refresh(now=world.now, force=True)


def results_are_out(world: World, period: Period) -> None:
    """The period closed a while ago, and its results were published."""
    Period.objects.filter(pk=period.pk).update(
        closes_at=world.now - timedelta(hours=2), results_at=world.now - timedelta(hours=1)
    )
    boards.refresh(now=world.now, force=True)


# --- The key ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", OUTSIDERS)
def test_before_the_review_nothing_that_is_looked_at_depends_on_the_key(made, role):
    world = made(score_shown="at_once")
    before = look(world, role)
    exchange_keys()
    assert changed(before, look(world, role)) == []


def test_what_the_page_of_an_open_paper_is_sent_does_not_depend_on_the_key(made):
    world = made()
    replies = []
    for sequence in (1, 2):
        found = sitting.take_over(world.attempt.pk, world.entrant.user, now=world.now)
        headers = {"X-Attempt-Key": sitting.Seat.at(found, "count").key()}
        for choices in ({"1": [1], "2": [2]}, {"1": [3]}, {"1": [9]}):
            body = json.dumps({"sequence": sequence, "choices": choices})
            answer = Client(**{"contest.arrived_at": world.now.timestamp()}).post(
                f"/answer/{found.pk}/", body, content_type="application/json", headers=headers
            )
            replies.append((sequence, answer.status_code, {**answer.json(), "saved": 0, "sequence": 0, "lease": 0}))
            sequence += 10
        exchange_keys()
    first, second = [reply[1:] for reply in replies[:3]], [reply[1:] for reply in replies[3:]]
    assert first == second
    assert [status for status, _reply in first] == [200, 200, 400]


def test_no_page_of_an_open_paper_has_words_that_only_a_key_has(made):
    world = made()
    pages = look(world, "entrant")
    words = re.compile(
        rf"is_?right|is_?correct|right_?choice|explanation|{EXPLANATION}|{SOURCE}".encode(), re.IGNORECASE
    )
    told = {path: words.findall(body) for path, (_status, _headers, _cookies, body) in pages.items()}
    assert {path: found for path, found in told.items() if found} == {}
    papers = [path for path, (*_rest, body) in pages.items() if RIGHT.encode() in body]
    assert papers == [f"/attempts/{world.attempt.pk}/"]  # a choice among others


def test_no_page_says_more_in_a_comment(made):
    world = made()
    pages = {**look(world, "entrant"), **look(world, "anonymous")}
    assert {path for path, (*_rest, body) in pages.items() if b"<!--" in body} == set()


def test_the_walk_sees_a_key_that_is_out(made):
    world = made()
    results_are_out(world, world.mine.past)
    review = f"/attempts/{world.past.pk}/review/"
    before = look(world, "entrant")
    exchange_keys()
    assert review in told_of(before, look(world, "entrant"))
    assert (before[review][0], EXPLANATION.encode() in before[review][3]) == (200, True)


# --- The prediction --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", OUTSIDERS)
@pytest.mark.parametrize("kind", [kind.value for kind in Quiz.Prediction if kind != Quiz.Prediction.NONE])
def test_while_people_predict_nothing_that_is_looked_at_depends_on_what_others_do(made, role, kind):
    shown = {"score_shown": "at_once", "board_shown": "at_once", "review_shown": "period_closed"}
    world = made(prediction=kind, ranking="A", **shown)
    results_are_out(world, world.mine.past)
    before = look(world, role)
    assert before[f"/c/{world.mine.contest.slug}/standings/?board=1-1"][0] == 200
    let_many_in(world)
    assert changed(before, look(world, role)) == []


def test_the_walk_sees_what_others_did_once_nobody_predicts(made):
    world = made(board_shown="at_once")
    results_are_out(world, world.mine.period)
    before = look(world, "anonymous")
    let_many_in(world)
    assert f"/c/{world.mine.contest.slug}/standings/?board=1-2" in told_of(before, look(world, "anonymous"))


def test_the_numbers_that_people_see_tell_nobody_how_many_there_are(made):
    world = made()
    let_many_in(world, count=6)
    numbers = [*Attempt.objects.order_by("started_at", "pk").values_list("pk", flat=True)]
    entrants = [*world.mine.contest.entrants.order_by("created_at").values_list("pk", flat=True)]
    for several in (numbers, entrants):
        assert max(several) - min(several) > 10**9
        assert several != sorted(several)


def test_a_session_says_who_and_nothing_else(made):
    world = made()
    client = world.client("entrant")
    told = told_by("sessionid", client.cookies["sessionid"].value)
    assert told.keys() <= sessions.COOKIE_KEEPS


# --- Marks -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["manager", "far_manager", "judge", "anonymous", "neighbour", "stranger"])
def test_whoever_has_no_business_with_marks_sees_none(made, role):
    world = made()
    before = look(world, role)
    exchange_marks(world.past)
    assert changed(before, look(world, role)) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_manager_takes_away_has_no_marks(made, kind):
    world = made()
    client = world.client("manager", **{"contest.arrived_at": world.now.timestamp()})
    path, asked = f"/c/{world.mine.contest.slug}/desk/export/", {"kind": kind, "show": "people"}
    files = [payload(client.post(path, {**asked, "period": world.mine.past.pk}))]
    exchange_marks(world.past)
    files.append(payload(client.post(path, {**asked, "period": world.mine.past.pk})))
    assert files[0][0] == 200
    assert files[0] == files[1]


def test_an_editor_of_questions_sees_no_marks_at_the_desk(made):
    world, walks = made(), []
    for _time in range(2):
        client = world.client("editor", **{"contest.arrived_at": world.now.timestamp()})
        desk = [path_of(pattern, world.rows) for name, pattern in ADDRESSES.items() if name.startswith("admin:")]
        walks.append({path: payload(client.get(path)) for path in desk if "logout" not in path})
        exchange_marks(world.past)
    assert walks[0]["/admin/"][0] == 200
    assert changed(*walks) == []


def test_the_entrant_sees_no_mark_before_it_is_due(made):
    world = made(score_shown="results")
    before = look(world, "entrant")
    exchange_marks(world.past)
    assert changed(before, look(world, "entrant")) == []


def test_the_walk_sees_a_mark_that_is_due(made):
    world = made(score_shown="period_closed")
    before = look(world, "entrant")
    exchange_marks(world.past)
    assert f"/attempts/{world.past.pk}/result/" in told_of(before, look(world, "entrant"))
    assert Grade.objects.filter(attempt=world.past).count() == 2
    assert Choice.objects.filter(is_right=True).exists()
