"""What no page of ours sends: each is refused or passed over, and nothing of it is a failure of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from contest.attempts.forms import asked_by
from contest.attempts.models import Answer
from contest.attempts.sitting import Seat, take_over
from tests.cast import World
from tests.test_urls import ADDRESSES, path_of, rows_for, rows_of

pytestmark = pytest.mark.django_db

NUMBERS = (
    "0",
    "-1",
    "1.5",
    "abc",
    "%00",
    "9223372036854775808",
    "1" * 400,
    "1" * 5000,
    "%C2%B2",
    "%D9%A3",
    "%FF%FE",
    "1'",
)
TEXTS = (
    "\x00", "-1", "²", "٣", "%", "_", "NaN", "1e999", "9223372036854775808", "1" * 3900, "1" * 5000,
    "\ufeff\u202e\u0301", "'\"><script>alert(1)</script>",
)  # fmt: skip
WORST = ("²", "9223372036854775808", "1" * 5000)  # each of these in one field alone
LEAVES = {"admin:logout", "sign_out", "account_logout"}  # who goes there is out
# What addresses are asked for behind the question mark, and what is sent to those that have no form of their own.
ASKED = {
    "admin:autocomplete": ["term", "app_label", "model_name", "field_name", "p"],
    "admin:search": ["s", "extended", "p"],
    "admin:standings_board_decide": ["place"],
    "admin:standings_board_people_lines": ["after"],
    "admin:standings_board_unit_lines": ["below"],
    "admin:attempts_attempt_merge": ["double", "q"],
    "desk": ["show", "unit", "period", "q", "after", "kind"],
    "desk_slips": ["show", "unit", "period", "q", "entrant"],
    "preview": ["period", "seed"],
    "standings": ["board", "tab", "unit", "block", "q", "after"],
    "units": ["q"],
    "unit_entries": ["q", "page"],
    "notices": ["after"],
    "sign_in": ["next"],
    "consents": ["next"],
    "account_login": ["next"],
    "admin:login": ["next"],
}
LISTS = [
    "q", "p", "o", "e", "all", "contest", "within", "state", "block", "bank", "topic", "standing", "entrant", "kind",
    "origin__exact", "unit__id__exact", "_popup", "_to_field", "_changelist_filters", "id__in", "pk",
]  # fmt: skip
SENT = {
    "consent": ["action"],
    "desk_confirm": ["entrant", "unit", "show"],
    "entry": ["action", "revision", "title", "form", "category", "unit", "lead", "author", "link_url", "link_title"],
    "entry_author": ["action"],
    "entry_begin": ["kind", "form", "unit", "title"],
    "entry_save": ["revision", "title", "form", "category", "unit", "lead", "author", "link_url", "undertaken"],
    "entry_submit": ["revision", "title", "form", "category", "unit", "lead", "author"],
    "entry_withdraw": ["reason"],
    "entry_confirm": ["back"],
    "desk_export": ["kind", "show", "q", "unit", "period"],
    "set_language": ["language", "next"],
    "standings_export": ["board", "what", "kind"],
}


class Attack:
    """A world, its addresses, and who walks up to each of them: whoever gets furthest there."""

    def __init__(self) -> None:
        self.world = World()
        self.rows = rows_of(self.world, self.world.mine)
        self.clients = {name: self.world.client(name) for name in ("admin", "manager", "entrant", "anonymous")}
        self.failures: list[Any] = []

    def client_of(self, name: str) -> Client:
        if name.startswith("admin") or name in {"preview", "standings_export"}:
            return self.clients["admin"]
        return self.clients["manager" if name.startswith("desk") else "entrant"]

    def addresses(self) -> Iterator[tuple[str, str]]:
        for name, pattern in ADDRESSES.items():
            if name not in LEAVES:
                yield name, path_of(pattern, rows_for(name, self.rows))

    def send(self, name: str, method: str, path: str, data: Any = None, **more: Any) -> None:
        """Everything but a 5xx will do; what fails is noted with how it failed."""
        client = more.pop("client", self.client_of(name))
        try:
            with transaction.atomic():
                status = getattr(client, method)(path, data, **more).status_code
                assert status < 500, status
        except Exception as error:
            self.failures.append((name, method, path[:100], str(data)[:100], repr(error)[:200]))


def test_no_number_in_an_address_makes_the_server_fail():
    attack = Attack()
    for name, pattern in ADDRESSES.items():
        if "<" in pattern and name not in LEAVES:
            for number in NUMBERS:
                path = path_of(pattern, attack.rows | dict.fromkeys(attack.rows, number))
                single = path_of(pattern, attack.rows | {key: number for key in attack.rows if key != "slug"})
                for address in {path, single}:
                    attack.send(name, "get", address)
                    attack.send(name, "post", address)
    assert attack.failures == []


def test_nothing_behind_the_question_mark_makes_the_server_fail():
    attack = Attack()
    for name, path in attack.addresses():
        adds = ["contest", "bank"] if name.endswith("_add") else []
        names = LISTS if name.endswith("_changelist") else ASKED.get(name, adds)
        for text in TEXTS if names else ():
            attack.send(name, "get", path, dict.fromkeys(names, text))
        for one in names:
            for text in WORST[:2]:
                attack.send(name, "get", path, {one: text})
    assert attack.failures == []


def fields_of(client: Client, path: str) -> set[str]:
    """The fields of the forms on the page, if it is one."""
    answer = client.get(path)
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        return set()
    return {*re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', answer.content.decode())}


@pytest.mark.parametrize("third", range(3))
def test_nothing_in_a_form_makes_the_server_fail(third):
    attack = Attack()
    addresses = [*attack.addresses(), ("attempt", f"/attempts/{attack.world.attempt.pk}/")]
    for name, path in addresses[third::3]:
        is_public = name in {"register", "sign_in", "slip"} or name.startswith("account_")
        client = attack.clients["anonymous"] if is_public else attack.client_of(name)
        names = {*fields_of(client, path), *SENT.get(name, [])} - {"csrfmiddlewaretoken"}
        texts = ("\x00", "%", *WORST) if name.startswith("admin") else TEXTS
        for text in texts if names else ():
            attack.send(name, "post", path, dict.fromkeys(names, text), client=client)
        for one in names if is_public or name in {"attempt", "desk_person", "desk_slips"} else ():
            for text in WORST:
                attack.send(name, "post", path, {one: text}, client=client)
    assert attack.failures == []


# --- The hot path ----------------------------------------------------------------------------------------------------
DEEP = "[" * 100_000
BODIES = [
    b"", b"null", b"[]", b'""', b"\x00", b"\xff\xfe\x00", b'{"sequence": 1', DEEP.encode(), b'{"a":' * 50_000,
    b'{"sequence": NaN, "choices": {}}', b'{"sequence": Infinity, "choices": {}}',
    b'{"sequence": 1e400, "choices": {}}',
    b'{"sequence": %s, "choices": {}}' % (b"9" * 400), b'{"sequence": %s, "choices": {}}' % (b"9" * 5000),
    b'{"sequence": 9223372036854775808, "choices": {}}', b'{"sequence": true, "choices": {}}',
    b'{"sequence": 1, "choices": {"\\ud800": [1]}}', b'{"sequence": 1, "choices": {"\\u0000": [1]}}',
    b'{"sequence": 1, "choices": {"1": [NaN]}}', b'{"sequence": 1, "choices": {"1": [1e999]}}',
    b'{"sequence": 1, "choices": {"%s": [1]}}' % (b"1" * 5000),
    b'{"sequence": 1, "choices": {}, "prediction": "\\ud800"}',
    b'{"sequence": 1, "choices": {}, "prediction": "\\u0000"}',
    b'{"sequence": 1, "choices": {}, "prediction": {"a": 1}}', b'{"sequence": 1, "choices": {}, "prediction": NaN}',
    b'{"sequence": 1, "choices": {}, "prediction": "%s"}' % (b"9" * 40),
    b'{"sequence": 1, "choices": {}, "prediction": "1e40"}', b'{"sequence": 1, "choices": {}, "prediction": "-1"}',
]  # fmt: skip


@pytest.mark.parametrize("address", ["answer", "hand-in"])
def test_what_is_no_save_is_400_and_leaves_nothing(address):
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    headers = {"X-Attempt-Key": Seat.at(taken, asked_by(world.mine.quiz.prediction)).key()}
    for body in BODIES:
        path = f"/{address}/{taken.pk}/"
        answer = Client().post(path, body, content_type="application/json", headers=headers)
        got = answer.status_code, list(json.loads(answer.content)), Answer.objects.count()
        assert got == (400, ["error"], 0), body[:60]


KINDS = ("text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "", "x" * 999)


def test_the_type_of_a_save_decides_nothing():
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    headers = {"X-Attempt-Key": Seat.at(taken, "count").key()}
    for number, kind in enumerate(KINDS, start=1):
        body = f'{{"sequence": 99, "sequence": {number}, "choices": {{"1": [1]}}, "choices": {{"2": [1]}}}}'
        answer = Client().generic("POST", f"/answer/{taken.pk}/", body, content_type=kind, headers=headers)
        assert answer.status_code == 200, kind
    saves = Answer.objects.order_by("sequence").values_list("sequence", "choices")
    assert list(saves) == [(number, {"1": [0]}) for number in range(1, 6)]


def test_a_body_of_ten_megabytes_is_refused():
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    headers = {"X-Attempt-Key": Seat.at(taken, "count").key()}
    body = b'{"sequence": 1, "choices": {}, "prediction": "' + b"1" * 10_000_000 + b'"}'
    answer = Client().post(f"/answer/{taken.pk}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
