"""What cheats, curious neighbours and strangers try at every door, and what each door says, sends along and keeps."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signals
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse

from accounts import slips
from accounts.models import Unit, User
from contest.attempts import sitting, starting
from contest.attempts.models import Answer, Attempt, Grant
from contest.foundations.ledger.models import Entry
from contest.questions import drawable
from contest.questions.models import BankMember, Choice, QuestionVersion
from contest.rounds import entering, registering
from contest.rounds.models import Consent, Contest, Document, Entrant, Period, Quiz, Round
from contest.wsgi import application
from tests.builders import make_consent_text, make_contest, make_entrant, make_user
from tests.cast import World
from tests.test_urls import ADDRESSES, path_of, rows_for, rows_of

pytestmark = pytest.mark.django_db

LEAVES = {"admin:logout", "sign_out", "account_logout"}
EVIL = "<script>alert(1)</script>\"'"


def walked(world: World) -> Iterator[tuple[str, str]]:
    rows = rows_of(world, world.mine)
    for name, pattern in ADDRESSES.items():
        if name not in LEAVES:
            yield name, path_of(pattern, rows_for(name, rows))
    yield "attempt", f"/attempts/{world.attempt.pk}/"
    yield "nowhere", "/nowhere/"
    yield "unreadable", "/?x=%00"


# --- Forged requests -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["anonymous", "entrant", "manager", "admin"])
def test_no_door_takes_a_form_of_another_site(role):
    world = World()
    client = world.client(role, enforce_csrf_checks=True)
    taken = {name: client.post(path, {"a": "b"}).status_code for name, path in walked(world)}
    assert {name for name, status in taken.items() if status not in {403, 404}} == {"unreadable"}
    assert client.post("/sign-out/").status_code == 403


# --- What every answer says ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["anonymous", "entrant", "manager", "admin"])
def test_every_answer_says_what_browsers_may_do_with_it(role):
    world = World()
    client = world.client(role)
    found: dict[str, list[str]] = {}
    for name, path in walked(world):
        answer = client.get(path)
        policy = answer.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
            found.setdefault("no policy", []).append(path)
        if "unsafe" in policy and not path.startswith("/admin/"):
            found.setdefault("unsafe", []).append(path)
        if answer.get("X-Content-Type-Options") != "nosniff":
            found.setdefault("sniffed", []).append(path)
        if answer.get("X-Frame-Options") != "DENY":
            found.setdefault("framed", []).append(path)
        if answer.get("Referrer-Policy") not in {"same-origin", "strict-origin"}:
            found.setdefault("referrer", []).append(path)
        kept = answer.get("Cache-Control", "")
        if role != "anonymous" and not ("private" in kept and ("no-store" in kept or name in {"units", "work_page"})):
            found.setdefault("cached", []).append(path)
    assert found == {}


def through_wsgi(path: str, method: str) -> tuple[str, dict[str, str]]:
    """An answer as the servers send it, by whichever chain the path goes."""
    sent: list[Any] = []
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)  # the test's own goes on
    environ = {**Client()._base_environ(), "PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": "testserver"}
    body = application(environ, lambda status, headers: sent.append((status, dict(headers))))
    getattr(body, "close", lambda: None)()
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)
    return sent[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", ["/answer/1/", "/hand-in/1/", "/answer/x/", "/hand-in/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_short_chain_of_saves_says_it_too(path, method):
    status, headers = through_wsgi(path, method)
    assert status[:3] in {"403", "404", "405"}
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_cookies_are_for_this_site_and_for_encrypted_lines(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    world = World()
    (issued,) = slips.issue(world.entrant.user, by=None, now=world.now)
    client = Client()
    set_by = {}
    for answer in (
        client.get("/sign-in/", secure=True),
        client.post(f"/s/{issued.token}/", secure=True),
        client.get(f"/attempts/{world.attempt.pk}/", secure=True),
    ):
        set_by.update(answer.cookies)
    assert set(set_by) == {"csrftoken", "sessionid", "page"}
    for name, cookie in set_by.items():
        assert (cookie["secure"], cookie["samesite"]) == (True, "Lax"), name
        assert bool(cookie["httponly"]) == (name != "csrftoken"), name
    assert set_by["page"]["path"] == f"/attempts/{world.attempt.pk}/"


def test_another_hosts_name_is_refused_at_every_door():
    world = World()
    client = world.client("entrant")
    for name, path in walked(world):
        if name not in {"answer", "hand_in"}:  # these answer without naming any host
            assert client.get(path, HTTP_HOST="evil.example").status_code == 400, path


# --- Led elsewhere ---------------------------------------------------------------------------------------------------
ELSEWHERE = (
    "https://evil.example", "http://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "https:evil.example", "https:///evil.example", "javascript:alert(1)", "/\t/evil.example",
    "/%09/evil.example", "\r\nLocation: https://evil.example", "/%0d%0aSet-Cookie:a=b", "http://testserver@evil.example",
    "//testserver.evil.example", "front", "admin:index", "evil.example", "data:text/html,x", "/\x00/", "²",
)  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_to_another_site(target):
    world = World()
    (issued,) = slips.issue(world.entrant.user, by=None, now=world.now)
    entrant, admin = world.client("entrant"), world.client("admin")
    home = f"/c/{world.mine.contest.slug}"
    answers = [
        Client().post(f"/s/{issued.token}/", {"next": target}),
        Client().post("/sign-in/", {"identifier": "29.1", "code": issued.code, "next": target}),
        Client().get("/sign-in/", {"next": target}),
        entrant.get(f"/s/{issued.token}/", {"next": target}),
        entrant.post(f"{home}/consents/", {"next": target}),
        entrant.post("/language/setlang/", {"language": "en", "next": target}),
        entrant.get("/language/setlang/", {"next": target}, headers={"referer": "https://evil.example/"}),
        admin.get("/admin/login/", {"next": target}),
        admin.get("/account/login/", {"next": target}),
        admin.post("/account/logout/", {"next": target}),
    ]
    for answer in answers:
        assert answer.status_code < 500
        led = urlsplit(answer.get("Location", "/"))
        assert (led.scheme, led.netloc) == ("", ""), answer.get("Location")
        assert "\n" not in answer.get("Location", "")


# --- Keys of papers --------------------------------------------------------------------------------------------------
def save(key: str, attempt: int, door: str = "answer", sequence: int = 1) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"sequence": sequence, "choices": {"1": [1]}})
    answer = Client().post(f"/{door}/{attempt}/", body, content_type="application/json", headers={"X-Attempt-Key": key})
    return answer.status_code, answer.json()


def key_of(world: World, attempt: Attempt) -> str:
    return sitting.Seat.at(sitting.take_over(attempt.pk, attempt.entrant.user, now=world.now), "count").key()


def test_a_key_opens_its_own_paper_alone_even_to_the_same_person():
    world = World()
    practice = starting.start(
        Quiz.objects.select_related("round__contest", "bank").get(pk=world.mine.practice_quiz.pk),
        world.entrant.user,
        now=world.now,
    )
    key = key_of(world, world.attempt)
    assert [save(key, attempt.pk)[0] for attempt in (practice, world.past)] == [403, 403]
    assert [save(key, attempt.pk, "hand-in")[0] for attempt in (practice, world.past)] == [403, 403]
    assert Answer.objects.count() == 0
    assert save(key, world.attempt.pk)[0] == 200


def test_no_part_of_a_key_can_be_exchanged():
    world = World()
    key = key_of(world, world.attempt)
    attempt, entrant, lease, asks, deadline, signature = key.split(":")
    parts = [attempt, entrant, lease, asks, deadline]
    for place, other in enumerate([world.past.pk, world.neighbour.pk, 99, "percent", "9999999999.0"]):
        forged = ":".join([*parts[:place], str(other), *parts[place + 1 :], signature])
        assert save(forged, int(forged.split(":")[0]))[0] == 403, place
    for forged in ("", ":", key[:-1], key + "A", key.upper(), f"{key}:{signature}", "é" * 200, ":".join(parts)):
        assert save(forged, world.attempt.pk)[0] == 403, forged
    assert Answer.objects.count() == 0


def test_after_the_hand_in_and_after_a_take_over_a_key_changes_nothing():
    world = World()
    old = key_of(world, world.attempt)
    new = key_of(world, world.attempt)
    assert save(old, world.attempt.pk)[1]["counted"] is False
    assert save(old, world.attempt.pk, "hand-in", 2)[0] == 409
    status, receipt = save(new, world.attempt.pk, "hand-in")
    before = Attempt.objects.values().get(pk=world.attempt.pk)
    assert status == 200
    assert save(new, world.attempt.pk, sequence=5)[1]["counted"] is False
    assert save(new, world.attempt.pk, "hand-in") == (200, receipt)
    assert Attempt.objects.values().get(pk=world.attempt.pk) == before
    assert Answer.objects.filter(is_counted=True).count() == 1


# --- Other people's rows in what is sent -----------------------------------------------------------------------------
def test_a_manager_reaches_nobody_outside_the_own_units_by_any_number():
    world = World()
    far = make_entrant(world.mine.contest, make_user("Người xã Tây", unit=world.far_commune), origin="registered")
    client, desk = world.client("manager"), f"/c/{world.mine.contest.slug}/desk/"
    for number in (far.pk, world.stranger.pk):
        assert client.get(f"{desk}people/{number}/").status_code == 404
        assert client.post(f"{desk}people/{number}/", {"unit": world.cell.pk}).status_code == 404
        assert client.post(f"{desk}slips/", {"entrant": [number], "anew": "1"}).status_code == 409
        client.post(f"{desk}confirm/", {"entrant": [number]})
    for unit in (world.root, world.far_commune, world.elsewhere):
        assert client.get(desk, {"unit": unit.pk}).status_code == 404
        assert client.post(f"{desk}export/", {"unit": unit.pk, "kind": "csv"}).status_code == 404
    listed = client.post(f"{desk}export/", {"show": "people", "kind": "csv", "period": world.theirs.past.pk})
    assert "Người xã Tây" not in listed.content.decode()
    person = f"{desk}people/{world.neighbour.pk}/"
    assert client.post(person, {"unit": world.elsewhere.pk}).status_code == 400  # of no unit of this contest
    far.refresh_from_db()
    world.neighbour.refresh_from_db()
    assert (far.unit_confirmed_at, far.unit_id, world.neighbour.unit_id) == (None, world.far_commune.pk, world.cell.pk)


def test_an_entrant_agrees_to_nothing_of_contests_that_are_not_there():
    world = World()
    hidden = make_consent_text(make_contest(is_public=False))
    client = world.client("entrant")
    assert client.post(f"/me/consents/{hidden.pk}/").status_code == 404
    before = Consent.objects.count()
    client.post(f"/c/{world.mine.contest.slug}/consents/", {f"text_{world.theirs.publishing.pk}": "on"})
    assert Consent.objects.count() == before


def test_nobody_registers_into_a_unit_of_another_contest():
    world = World()
    typed = {
        "full_name": "Người Mới", "birth": "1980", "phone": "0987654321", "is_party_member": "no",
        f"text_{world.mine.text.pk}": "on", "unit": str(world.elsewhere.pk), "unit_text": "Đảng bộ tỉnh khác",
    }  # fmt: skip
    answer = Client().post(f"/c/{world.mine.contest.slug}/register/", typed)
    assert (answer.status_code, User.objects.filter(phone="0987654321").count()) == (409, 0)


def test_organizers_change_nothing_of_another_contest_by_its_numbers():
    world = World()
    client, last = world.client("organizer"), Entry.objects.latest("id").id
    theirs, reason = world.theirs, {"reason": "vì thế", "asked": "1"}
    attempt = world.stranger.attempts.get()
    chosen: dict[str, Any] = {"_selected_action": [attempt.pk], "action": "void_chosen"}
    client.post(reverse("admin:attempts_attempt_changelist"), chosen | reason)
    for action in ("bar", "exempt", "oblige", "readmit", "confirm", "move", "extra_time", "print_slips"):
        chosen = {"_selected_action": [world.stranger.pk], "action": action, "unit": world.cell.pk, "minutes": "5"}
        client.post(reverse("admin:rounds_entrant_changelist"), chosen | reason | {"round": theirs.round.pk})
    question = theirs.bank.questions.earliest("pk")
    for action in ("approve_chosen", "retire_chosen"):
        client.post(
            reverse("admin:questions_question_changelist"),
            {"_selected_action": [question.pk], "action": action, "asked": "1"},
        )
    typed = {"person": world.stranger.user.phone, "period": theirs.period.pk}
    client.post(reverse("admin:attempts_attempt_grant_to_person"), typed | reason)
    added = {"contest": theirs.contest.pk, "order": 9, "kind": "live", "title": "Chen vào", "who": "everyone"}
    client.post(reverse("admin:rounds_round_add"), added | managed("quiz", 0) | managed("periods", 0))
    attempt.refresh_from_db()
    world.stranger.refresh_from_db()
    question.refresh_from_db()
    assert (attempt.voided_at, world.stranger.barred_at, question.is_retired) == (None, None, False)
    assert world.stranger.unit_id == world.elsewhere.pk
    assert (Grant.objects.count(), theirs.contest.rounds.count()) == (0, 3)
    assert not Entry.objects.filter(id__gt=last).exists()


def managed(prefix: str, count: int, **fields: Any) -> dict[str, Any]:
    """What a form with rows below sends."""
    numbers = {"TOTAL_FORMS": count, "INITIAL_FORMS": count, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    sent = {f"{prefix}-{name}": value for name, value in numbers.items()}
    return sent | {f"{prefix}-0-{name}": value for name, value in fields.items()}


def test_rows_below_a_row_are_never_those_of_another_contest():
    world = World()
    client, theirs = world.client("organizer"), world.theirs
    contest = world.mine.contest
    plain = {
        "title": contest.title, "slug": contest.slug, "entry": "open", "unit_ranking": "completion",
        "completion_threshold": "70", "root": world.root.pk, "rules": "x",
    }  # fmt: skip
    document = {"id": theirs.link.pk, "contest": contest.pk, "title": "Đổi", "url": "https://evil.example", "order": 1}
    client.post(reverse("admin:rounds_contest_change", args=[contest.pk]), plain | managed("documents", 1, **document))
    document |= {"contest": theirs.contest.pk, "DELETE": "on"}
    client.post(reverse("admin:rounds_contest_change", args=[contest.pk]), plain | managed("documents", 1, **document))
    member = BankMember.objects.get(bank=theirs.bank)
    row = {"id": member.pk, "bank": world.mine.bank.pk, "user": "organizer@example.vn", "role": "owner"}
    client.post(
        reverse("admin:questions_bank_change", args=[world.mine.bank.pk]),
        {"name": "x"} | managed("members", 1, **row) | managed("topics", 0),
    )
    theirs.link.refresh_from_db()
    member.refresh_from_db()
    assert (theirs.link.title, theirs.link.contest_id) == ("Trang web", theirs.contest.pk)
    assert (member.bank_id, member.user) == (theirs.bank.pk, world.person_of("foreign"))


LOOKUPS = [
    ("accounts_user", "password__startswith"), ("rounds_entrant", "user__phone__startswith"),
    ("rounds_entrant", "user__citizen_number_hash__startswith"), ("rounds_entrant", "user__password__startswith"),
    ("attempts_attempt", "entrant__user__phone__startswith"), ("attempts_attempt", "grades__points__gte"),
    ("attempts_attempt", "round__quiz__bank__questions__approved__choices__is_right"),
    ("rounds_round", "quiz__bank__name__startswith"), ("rounds_contest", "offices__user__email__startswith"),
    ("questions_question", "approved__choices__is_right"), ("standings_board", "standings__points__gte"),
    ("rounds_contest", "entrants__user__full_name__startswith"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "lookup"), LOOKUPS)
@pytest.mark.parametrize("role", ["organizer", "observer"])
def test_a_list_answers_no_question_about_what_it_does_not_show(model, lookup, role):
    world = World()
    answer = world.client(role).get(reverse(f"admin:{model}_changelist"), {lookup: "1"})
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize("field", ["password", "email", "phone", "citizen_number_hash", "session_stamp"])
def test_no_list_names_a_row_by_a_secret(field):
    world = World()
    answer = world.client("organizer").get(
        reverse("admin:rounds_entrant_changelist"), {"_popup": 1, "_to_field": field}
    )
    assert answer.status_code == 400


def test_what_is_looked_up_for_a_field_is_of_ones_own_contests():
    world = World()
    fields = [
        ("rounds", "round", "contest"), ("rounds", "round", "units"), ("rounds", "entrant", "user"),
        ("rounds", "entrant", "contest"), ("rounds", "office", "user"), ("rounds", "paperquestion", "question"),
        ("attempts", "attempt", "entrant"), ("attempts", "attempt", "round"), ("rounds", "quiz", "bank"),
        ("questions", "bankmember", "user"), ("questions", "question", "bank"), ("standings", "board", "contest"),
        ("accounts", "user", "unit"), ("auditlog", "logentry", "actor"), ("rounds", "extratime", "entrant"),
    ]  # fmt: skip
    for role in ("organizer", "observer", "editor"):
        client = world.client(role)
        for app, model, field in fields:
            asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
            answer = client.get("/admin/autocomplete/", asked)
            assert answer.status_code in {200, 403}, (role, app, model, field)
            told = answer.content.decode() if answer.status_code == 200 else ""
            for secret in (world.theirs.contest.title, world.theirs.bank.name, "Người Tên Stranger", "@example.vn"):
                assert secret not in json.loads(told or '""').__repr__(), (role, app, model, field)


# --- What people call themselves -------------------------------------------------------------------------------------
def evil_world() -> World:
    world = World()
    names = f"{EVIL} =1+1"
    User.objects.filter(pk=world.neighbour.user_id).update(full_name=names)
    Unit.objects.filter(pk__in=[world.cell.pk, world.commune.pk]).update(name=names)
    Entrant.objects.filter(pk=world.neighbour.pk).update(barred_reason=EVIL, exempt_reason="", unit_claim=EVIL)
    texts = {"title": EVIL, "short_title": EVIL, "subtitle": EVIL, "organizer": EVIL, "place": EVIL, "contact": EVIL}
    Contest.objects.filter(pk=world.mine.contest.pk).update(
        **texts,
        rules=f"{EVIL}\n\n[x](javascript:alert(1)) ![x](https://evil.example/a.png) <img src=x onerror=alert(1)>",
    )
    Round.objects.filter(contest=world.mine.contest).update(title=EVIL, description=EVIL)
    Period.objects.filter(round=world.mine.round).update(title=EVIL)
    Document.objects.filter(contest=world.mine.contest).update(title=EVIL)
    QuestionVersion.objects.update(text=EVIL, explanation=EVIL, source=EVIL)
    Choice.objects.update(text=EVIL)
    drawable._texts.clear()
    return world


@pytest.mark.parametrize("role", ["anonymous", "entrant", "manager", "observer", "editor", "admin"])
def test_no_name_becomes_markup_anywhere(role):
    world = evil_world()
    client = world.client(role)
    for _name, path in walked(world):
        body = client.get(path)
        if body.streaming or "html" not in body.get("Content-Type", ""):
            continue
        page = body.content.decode()
        assert "<script>alert" not in page, path
        assert not re.search(r"<[^>]*\son\w+\s*=\s*[\"']?alert", page), path
        assert not re.search(r"(href|src)=[\"']?javascript:", page), path
        if not path.startswith("/admin/"):
            assert not re.search(r"<[a-z][^>]*\sstyle=", page), path
            assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>(?!\s*</script>)", page.replace(DATA_BLOCK, "")), path


DATA_BLOCK = '<script type="application/json"'


def test_a_name_like_markup_is_printed_as_a_name():
    world = evil_world()
    chosen = {"entrant": [world.entrant.pk], "anew": "1"}
    sheet = world.client("manager").post(f"/c/{world.mine.contest.slug}/desk/slips/", chosen)
    assert (sheet.status_code, sheet.content[:5]) == (200, b"%PDF-")


def test_no_cell_of_a_file_is_a_formula():
    world = evil_world()
    User.objects.filter(pk=world.neighbour.user_id).update(full_name='=HYPERLINK("https://evil.example")')
    Entrant.objects.filter(pk=world.entrant.pk).update(unit=None, unit_claim="@SUM(1)", exempt_reason="")
    client = world.client("organizer")
    desk = client.post(f"/c/{world.mine.contest.slug}/desk/export/", {"kind": "csv", "show": "people"})
    board = client.post(
        f"/c/{world.mine.contest.slug}/standings/export/", {"board": "1-1", "what": "people", "kind": "csv"}
    )
    for answer in (desk, board):
        assert answer.status_code == 200
        cells = re.split(r'[",\r\n]+', answer.content.decode("utf-8-sig"))
        assert [cell for cell in cells if re.match(r"\s*[=+@＝＋＠]", cell)] == []
        assert "'=HYPERLINK" in answer.content.decode()


# --- Files -----------------------------------------------------------------------------------------------------------
def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


FILES = [
    ("a.xlsx", b"not a zip"), ("a.xlsx", b"PK\x03\x04" + b"\0" * 100), ("a.csv", b"\xff\xfe\x00"), ("a.csv", b""),
    ("a.csv", b"\x00\x01\x02"), ("a.exe", b"MZ"), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99),
    ("a.xlsx", zipped(xl__workbook_xml=b"0" * 30_000_000)), ("../../etc/passwd", b"x"), ("a\x00.csv", b"x"),
    ("a.csv", "Họ và tên;Ngày sinh\n".encode("utf-16")), ("a.csv", "Họ và tên\nNguyễn".encode("cp1258", "replace")),
    ("a.csv", b'"' + b"a" * 300_000), ("a.csv", b"," * 100_000 + b"\n"), ("a" * 5000 + ".csv", b"x"),
    ("a.xlsx", zipped(**{f"m{number}": b"x" for number in range(2100)})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content"), FILES, ids=range(len(FILES)))
def test_no_file_from_a_stranger_breaks_an_import(name, content):
    world = World()
    client = world.client("organizer")
    people, tables = Entrant.objects.count(), User.objects.count()
    for page in (
        reverse("admin:rounds_contest_take_roster", args=[world.mine.contest.pk]),
        reverse("admin:accounts_unit_take_units"),
        reverse("admin:questions_bank_take_questions", args=[world.mine.bank.pk]),
    ):
        for more in ({}, {"confirm": "1"}):
            answer = client.post(page, {"file": SimpleUploadedFile(name, content), **more})
            assert answer.status_code in {200, 302, 403}, page
    assert (Entrant.objects.count(), User.objects.count()) == (people, tables)


def test_of_a_list_that_is_half_bad_nothing_comes_in():
    world = World()
    client = world.client("organizer")
    rows = "Họ và tên,Năm sinh,Mã đơn vị\nNgười Tốt,1980,C1\nNgười Sai,1980,KHÔNG\n".encode()
    page = reverse("admin:rounds_contest_take_roster", args=[world.mine.contest.pk])
    before = Entrant.objects.count()
    answer = client.post(page, {"file": SimpleUploadedFile("a.csv", rows), "confirm": "1"})
    assert (answer.status_code, Entrant.objects.count()) == (200, before)
    assert not User.objects.filter(full_name="Người Tốt").exists()


def test_what_is_known_is_downloaded_without_the_whole_citizen_number():
    world = World()
    user = world.entrant.user
    user.citizen_number = "001170012345"
    user.save()
    known = json.loads(world.client("entrant").get("/me/data/").content)
    assert known["person"]["citizen_number"] == "001•••••••345"
    assert "001170012345" not in json.dumps(known)


# --- Who is known here -----------------------------------------------------------------------------------------------
def registration(world: World, **typed: str) -> dict[str, str]:
    given = {
        "full_name": "Người Lạ", "birth": "1980", "phone": "0987654321", "is_party_member": "no", "unit": "none",
        "unit_text": "Tổ dân phố", f"text_{world.mine.text.pk}": "on",
    }  # fmt: skip
    return given | typed


def test_registration_tells_nothing_about_whoever_is_in_already():
    world = World()
    known = world.neighbour.user
    known.citizen_number, known.birth_year, known.email = "001170012345", 1971, "lang.gieng@example.vn"
    known.save()
    page = f"/c/{world.mine.contest.slug}/register/"
    tries = [
        {"phone": known.phone},
        {"citizen_number": "001170012345"},
        {"email": "lang.gieng@example.vn"},
        {"phone": known.phone, "full_name": known.full_name, "birth": "1971"},
    ]
    for typed in tries:
        answer = Client().post(page, registration(world, **typed))
        told = answer.content.decode()
        assert answer.status_code == 409
        secrets = {known.full_name, known.party_card, "1971", known.phone, "001170012345", known.email} - {
            *typed.values()
        }
        assert [secret for secret in secrets if secret in told] == []
        assert not answer.cookies.get("sessionid")


def test_one_phone_does_not_fill_a_contest():
    world = World()
    page = f"/c/{world.mine.contest.slug}/register/"
    for number in range(registering.MOST_A_PHONE + 5):
        name = f"Người Thứ {'abcdefghijklmnopqrst'[number]}"
        Client().post(page, registration(world, full_name=name, is_somebody_else="on"))
    assert User.objects.filter(phone="0987654321").count() == registering.MOST_A_PHONE


@pytest.mark.parametrize("page", ["/account/login/code/", "/account/password/reset/"])
def test_the_door_by_e_mail_answers_known_and_unknown_alike(page):
    world = World()
    world.person_of("organizer")
    answers = []
    for address in ("organizer@example.vn", "nobody@example.vn"):
        client = Client()
        field = "email"
        answer = client.post(page, {field: address}, follow=True)
        body = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(address, "")
        answers.append((answer.redirect_chain, answer.status_code, body))
    assert answers[0] == answers[1]


def test_a_slip_of_somebody_who_got_an_office_opens_nothing_and_none_is_made():
    world = World()
    (issued,) = slips.issue(world.neighbour.user, by=None, now=world.now)
    entering.appoint(world.neighbour.user, world.theirs.contest, "observer", by=None, now=world.now)
    assert Client().post(f"/s/{issued.token}/").status_code == 404
    assert "_auth_user_id" not in Client().session
    client = world.client("organizer")
    chosen = {"_selected_action": [world.neighbour.pk], "action": "print_slips", "asked": "1"}
    answer = client.post(reverse("admin:rounds_entrant_changelist"), chosen)
    assert "application/pdf" not in answer.get("Content-Type", "")


# --- Offices ---------------------------------------------------------------------------------------------------------
def test_every_door_of_an_office_asks_for_the_second_factor(settings):
    world = World()
    settings.MFA_REQUIRED = True
    for role in ("organizer", "editor", "observer"):
        client = world.client(role)
        home = f"/c/{world.mine.contest.slug}"
        doors = [
            client.get("/admin/"),
            client.get(f"{home}/desk/"),
            client.post(f"{home}/desk/export/"),
            client.get(f"{home}/rounds/1/preview/"),
            client.post(f"{home}/standings/export/", {"board": "1-1", "what": "people", "kind": "csv"}),
        ]
        assert [answer.status_code for answer in doors if answer.status_code not in {302, 404}] == []
        for answer in doors:
            assert answer.status_code == 404 or re.match(r"/(admin/login|account/2fa)/", answer["Location"]), role


def test_acts_upon_people_stand_in_the_ledger():
    world = World()
    organizer, manager = world.client("organizer"), world.client("manager")
    home, desk = reverse("admin:rounds_entrant_changelist"), f"/c/{world.mine.contest.slug}/desk/"
    chosen, reason = {"_selected_action": [world.neighbour.pk]}, {"reason": "vì thế", "asked": "1"}
    last = Entry.objects.latest("id").id
    organizer.post(home, chosen | reason | {"action": "bar"})
    organizer.post(home, chosen | reason | {"action": "readmit"})
    organizer.post(home, chosen | reason | {"action": "exempt"})
    organizer.post(home, chosen | reason | {"action": "oblige"})
    organizer.post(home, chosen | reason | {"action": "extra_time", "round": world.mine.round.pk, "minutes": 5})
    organizer.post(reverse("admin:attempts_attempt_void", args=[world.past.pk]), reason)
    organizer.post(reverse("admin:attempts_attempt_grant", args=[world.past.pk]), reason)
    organizer.post(f"/c/{world.mine.contest.slug}/standings/export/", {"board": "1-1", "what": "people", "kind": "csv"})
    manager.post(f"{desk}export/", {"kind": "csv"})
    manager.post(f"{desk}slips/", {"entrant": [world.neighbour.pk], "anew": "1"})
    manager.post(f"{desk}people/{world.neighbour.pk}/", {"unit": world.next_cell.pk})
    done = list(Entry.objects.filter(id__gt=last).order_by("id").values_list("action", flat=True))
    assert done == [
        "entrants.barred", "entrants.readmitted", "entrants.exempted", "entrants.obliged", "entrants.extra_time",
        "attempt voided", "attempt granted", "board.exported", "people.exported", "slips.issued", "entrants.moved",
    ]  # fmt: skip
    assert not Entry.objects.filter(id__gt=last, actor_id=None).exists()
