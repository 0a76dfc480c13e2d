"""The door to the files of an entry: who gets in, what is said no to, and the whole way with and without script."""

from __future__ import annotations

import json

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from contest.entries import filing
from contest.entries.models import File
from tests.builders import NOON, WEEK, make_office, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry, make_file, send
from tests.contest.foundations import strange_files as made

pytestmark = pytest.mark.django_db
SLIP = "accounts.signing_in.Backend"


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    with translation.override("en"):  # and back after the requests, which leave theirs behind
        yield


@pytest.fixture
def entry():
    return make_entry()


def browser(user, *, at=NOON, **more):
    client = Client(**{"contest.arrived_at": at.timestamp(), **more})
    client.cookies[site.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(user, backend=SLIP)
    return client


def announce(client, entry, **told):
    body = json.dumps({"name": "Báo cáo.pdf", "size": 1000, "modified": 1, **told})
    return client.post(reverse("entry_files", args=[entry.pk]), body, content_type="application/json")


def put(client, file, piece, offset, **more):
    address = reverse("entry_piece", args=[file.entry_id, file.pk])
    return client.put(f"{address}?offset={offset}", piece, content_type="application/octet-stream", **more)


ADDRESSES = ["entry_preview", "entry_piece", "entry_file_state", "entry_file_remove", "entry_file", "entry_page"]


def visit(client, name, file):
    args = [file.entry_id, file.pk, *([1] if name == "entry_page" else [])]
    address = reverse(name, args=args)
    if name == "entry_piece":
        return client.put(f"{address}?offset=0", b"a", content_type="application/octet-stream")
    return client.post(address) if name == "entry_file_remove" else client.get(address)


# --- Who ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ADDRESSES)
def test_to_strangers_and_to_authors_who_declined_there_is_no_file(entry, name):
    file = make_file(entry, made.pdf())
    declined = make_author(entry, confirmed_at=None, declined_at=NOON).user
    judge = make_user()
    make_office(entry.round.contest, judge, "judge")
    for user in (make_user(), declined, judge):
        assert visit(browser(user), name, file).status_code == 404
    assert Client().get(reverse("entry_files", args=[entry.pk])).status_code == 302


@pytest.mark.parametrize("name", ["entry_piece", "entry_file_remove"])
def test_who_only_sees_the_entry_changes_nothing_of_it(name):
    unit = make_unit()
    entry = make_entry(make_call(needs_confirmation=True), make_user(unit=unit), handed_in=True)
    file = make_file(entry, made.pdf())
    manager, observer, organizer = make_user(), make_user(), make_user()
    make_office(entry.round.contest, manager, "unit_manager", unit)
    make_office(entry.round.contest, observer, "observer")
    make_office(entry.round.contest, organizer, "organizer")
    for user in (manager, observer, organizer):
        assert visit(browser(user), "entry_file", file).status_code == 200
        assert visit(browser(user), name, file).status_code == 404
        assert announce(browser(user), entry).status_code == 404
    file.refresh_from_db()
    assert file.removed_at is None


def test_a_file_opens_through_its_own_entry_only(entry):
    file = make_file(entry, made.pdf())
    mine = make_entry(entry.round.call)
    file.entry_id = mine.pk
    assert [visit(browser(mine.created_by), name, file).status_code for name in ADDRESSES] == [404] * len(ADDRESSES)


def test_an_office_needs_its_second_factor(settings):
    settings.MFA_REQUIRED = True
    entry = make_entry()
    file = make_file(entry, made.pdf())
    organizer = make_user()
    make_office(entry.round.contest, organizer, "organizer")
    assert visit(browser(organizer), "entry_file", file).status_code == 302
    assert visit(browser(entry.created_by), "entry_file", file).status_code == 200


def test_without_the_token_of_the_page_nothing_is_taken(entry):
    client = browser(entry.created_by, enforce_csrf_checks=True)
    assert announce(client, entry).status_code == 403


# --- What is said no to ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        "[]", "1", "null", '"a"', "{", "{}", '{"name": 1, "size": 1}', '{"name": "a.pdf", "size": "1"}',
        '{"name": "a.pdf", "size": 1.5}', '{"name": "a.pdf", "size": true}', '{"name": "a.pdf", "size": -1}',
        '{"name": "a.pdf", "size": 1e999}', '{"name": "a.pdf", "size": 99999999999999999999}',
        '{"name": "a.pdf", "size": 1, "modified": "x"}', json.dumps({"name": "a" * 1001, "size": 1}), "[" * 100_000,
        b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_announces_nothing_is_refused(entry, body):
    client = browser(entry.created_by)
    answer = client.post(reverse("entry_files", args=[entry.pk]), body, content_type="application/json")
    assert (answer.status_code, File.objects.count()) == (400, 0)


def test_a_refusal_tells_its_sentence_and_its_code(entry):
    client = browser(entry.created_by)
    answer = announce(client, entry, name="phim.mp4")
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "Videos and recordings are given as a link: put it on the web and add the link.", "code": "video",
    }  # fmt: skip


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5", "٣", "9" * 20])
def test_a_piece_says_where_it_belongs(entry, offset):
    client = browser(entry.created_by)
    announce(client, entry)
    assert put(client, File.objects.get(), b"a", offset).status_code == 400


def test_too_large_a_piece_a_gap_and_a_piece_after_the_close_are_refused(entry):
    client = browser(entry.created_by)
    announce(client, entry, size=2_000_000)
    file = File.objects.get()
    assert put(client, file, b"a" * (filing.PIECE + 1), 0).status_code == 413
    answer = put(client, file, b"a", 5)
    assert (answer.status_code, answer.json()["code"], answer.json()["received"]) == (409, "gap", 0)
    late = browser(entry.created_by, at=NOON + 10 * WEEK)
    assert put(late, file, b"a", 0).json()["code"] == "closed"
    file.refresh_from_db()
    assert file.received == 0


# --- The way ---------------------------------------------------------------------------------------------------------
def test_a_file_comes_in_pieces_over_a_connection_that_breaks_and_is_shown_and_saved(entry):
    data = made.pdf()
    client = browser(entry.created_by)
    begun = announce(client, entry, size=len(data)).json()
    file = File.objects.get()
    assert (begun["id"], begun["received"], begun["state"]) == (file.pk, 0, "coming")
    assert f'data-file="{file.pk}"' in begun["row"]
    assert put(client, file, data[:500], 0).json() == {
        "id": file.pk, "received": 500, "size": len(data), "state": "coming",
    }  # fmt: skip
    # The answer was lost, the page was loaded anew, and the same file was chosen.
    again = announce(client, entry, size=len(data)).json()
    assert (again["id"], again["received"]) == (file.pk, 500)
    assert put(client, file, data[:500], 0).json()["received"] == 500
    assert put(client, file, data[500:], 500).json()["state"] == "arrived"
    filing.examine_due(NOON)
    state = client.get(reverse("entry_file_state", args=[entry.pk, file.pk])).json()
    assert state["state"] == "good"
    saved = client.get(reverse("entry_file", args=[entry.pk, file.pk]))
    assert b"".join(saved) == data
    assert saved["Content-Disposition"] == "attachment; filename*=utf-8''B%C3%A1o%20c%C3%A1o.pdf"
    assert saved["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert (saved["X-Content-Type-Options"], saved["Cache-Control"].split(",")[0]) == ("nosniff", "max-age=0")
    page = client.get(reverse("entry_page", args=[entry.pk, file.pk, 1]))
    assert (page.status_code, page["Content-Type"], b"".join(page)[8:12]) == (200, "image/webp", b"WEBP")
    assert client.get(reverse("entry_page", args=[entry.pk, file.pk, 3])).status_code == 404
    shown = client.get(reverse("entry_preview", args=[entry.pk, file.pk])).content.decode()
    assert reverse("entry_page", args=[entry.pk, file.pk, 1]) in shown


def test_without_script_a_file_comes_whole_and_a_refusal_stands_on_the_page(entry):
    client = browser(entry.created_by)
    address = reverse("entry_files", args=[entry.pk])
    sent = client.post(address, {"file": SimpleUploadedFile("Báo cáo.pdf", made.pdf())})
    assert (sent.status_code, sent["Location"]) == (302, address)
    assert File.objects.get().state == "arrived"
    refused = client.post(address, {"file": SimpleUploadedFile("a.exe", b"MZ")})
    assert refused.status_code == 409
    assert "This kind of file is not taken" in refused.content.decode()
    assert client.post(address, {"file": "text"}).status_code == 409
    assert client.post(address).status_code == 409
    assert File.objects.count() == 1
    taken = client.post(reverse("entry_file_remove", args=[entry.pk, File.objects.get().pk]))
    assert (taken.status_code, File.objects.standing().count()) == (302, 0)


def test_a_form_of_twenty_megabytes_gets_through(entry):
    client = browser(entry.created_by)
    whole = b"%PDF-" + b"a" * 20_000_000
    answer = client.post(reverse("entry_files", args=[entry.pk]), {"file": SimpleUploadedFile("a.pdf", whole)})
    assert (answer.status_code, File.objects.get().received) == (302, len(whole))


def test_a_name_is_text_wherever_it_is_shown(entry):
    client = browser(entry.created_by)
    row = announce(client, entry, name="<img src=x onerror=alert(1)>&.pdf").json()["row"]
    assert "<img" not in row
    page = client.get(reverse("entry_files", args=[entry.pk])).content.decode()
    assert "onerror=alert(1)>" not in page


def test_the_page_costs_as_many_queries_with_three_files_as_with_one(entry):
    client = browser(entry.created_by)
    counts = []
    for files in (1, 2):
        for _ in range(files):
            send(entry, made.pdf())
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("entry_files", args=[entry.pk])).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
