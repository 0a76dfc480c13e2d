"""The desk of likenesses: of one's own contests only, the passages side by side, and what people found."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from contest.entries.models import Likeness
from contest.rounds import entering
from tests.builders import NOON, make_user
from tests.contest.entries.builders import make_call, make_entry, make_section

pytestmark = pytest.mark.django_db
EMAIL = "allauth.account.auth_backends.AuthenticationBackend"
WORDS = "Thứ Ba và thứ Năm hằng tuần tổ lưu động đến nhà văn hóa thôn giải quyết thủ tục tại chỗ"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def alike(call):
    section = call.sections.first() or make_section(call)
    entry, other = (
        make_entry(call, handed_in=True, answers={str(section.pk): f"{word} {WORDS}"}) for word in ("Nay", "Xưa")
    )
    return Likeness.objects.create(entry=entry, other=other, share=Decimal("62.50"), found_at=NOON)


def officer(role, call):
    user = make_user(email=f"{role}{call.pk}@example.vn")
    entering.appoint(user, call.round.contest, role, unit=None, by=None, now=NOON)
    user.refresh_from_db()
    client = Client()
    client.cookies[site.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(user, backend=EMAIL)
    return client


def passages(client, like, **sent):
    address = reverse("admin:entries_likeness_passages", args=[like.pk])
    return client.post(address, {"asked": "1", **sent}) if sent else client.get(address)


def test_an_organizer_sees_the_passages_and_notes_what_they_found():
    call = make_call()
    like = alike(call)
    client = officer("organizer", call)
    listed = client.get(reverse("admin:entries_likeness_changelist")).content.decode()
    assert like.entry.code in listed
    assert "62,5 %" in listed
    page = passages(client, like).content.decode()
    assert page.count(f"<b>{WORDS}</b>") == 2
    assert passages(client, like, verdict=" ").status_code == 200
    assert passages(client, like, verdict="Cùng một tác giả").status_code == 302
    like.refresh_from_db()
    assert like.verdict == "Cùng một tác giả"


def test_an_observer_only_looks_and_strangers_see_nothing():
    call = make_call()
    like = alike(call)
    observer, foreign = officer("observer", call), officer("organizer", make_call())
    assert "<textarea" not in passages(observer, like).content.decode()
    passages(observer, like, verdict="x")
    assert passages(foreign, like).status_code == 404
    assert like.entry.code not in foreign.get(reverse("admin:entries_likeness_changelist")).content.decode()
    like.refresh_from_db()
    assert like.verdict == ""


def test_the_list_takes_eight_queries_at_most_however_many_rows_it_has():
    call = make_call()
    client = officer("organizer", call)
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            alike(call)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("admin:entries_likeness_changelist")).status_code == 200
        counts.append(len([query for query in seen if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1] <= 8
