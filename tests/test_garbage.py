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
from tests.test_urls import ADDRESSES, path_of, rows_of

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
    "\x00", "-1", "²", "٣", "%", "_", "NaN", "1e999", "2147483648", "9223372036854775808", "1" * 3900, "1" * 5000,
    "a" * 70_000, "\ufeff\u202e\u0301", "'\"><script>alert(1)</script>",
)  # fmt: skip
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
                yield name, path_of(pattern, self.rows)

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
        names = (
            LISTS if name.endswith("_changelist") else ASKED.get(name, ["contest", "bank"] if "_add" in name else [])
        )
        for text in TEXTS:
            for one in names:
                attack.send(name, "get", path, {one: text})
    assert attack.failures == []


def test_nothing_in_a_form_makes_the_server_fail():
    attack = Attack()
    open_paper = ("attempt", f"/attempts/{attack.world.attempt.pk}/")
    for name, path in [*attack.addresses(), open_paper]:
        for client in (attack.client_of(name), attack.clients["anonymous"]):
            answer = client.get(path)
            is_page = "html" in answer.get("Content-Type", "") and answer.status_code == 200
            fields = (
                re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', answer.content.decode())
                if is_page
                else []
            )
            names = {*fields, *SENT.get(name, [])} - {"csrfmiddlewaretoken"}
            for text in TEXTS if names else ():
                attack.send(name, "post", path, dict.fromkeys(names, text), client=client)
                if name in {"register", "sign_in", "attempt", "desk_person"}:
                    for one in names:
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
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:40].decode("latin-1"))
def test_what_is_no_save_is_400_and_leaves_nothing(address, body):
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    key = Seat.at(taken, asked_by(world.mine.quiz.prediction)).key()
    answer = Client().post(
        f"/{address}/{taken.pk}/", body, content_type="application/json", headers={"X-Attempt-Key": key}
    )
    assert (answer.status_code, list(json.loads(answer.content)), Answer.objects.count()) == (400, ["error"], 0)


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "", "x" * 5000]
)
def test_the_type_of_a_save_decides_nothing(kind):
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    body = b'{"sequence": 1, "sequence": 2, "choices": {"1": [1]}, "choices": {"2": [1]}}'
    headers = {"X-Attempt-Key": Seat.at(taken, "count").key()}
    answer = Client().generic("POST", f"/answer/{taken.pk}/", body, content_type=kind, headers=headers)
    assert (answer.status_code, Answer.objects.values_list("sequence", "choices").get()) == (200, (2, {"1": [0]}))


def test_a_body_of_ten_megabytes_is_refused():
    world = World()
    taken = take_over(world.attempt.pk, world.entrant.user, now=world.now)
    headers = {"X-Attempt-Key": Seat.at(taken, "count").key()}
    body = b'{"sequence": 1, "choices": {}, "prediction": "' + b"1" * 10_000_000 + b'"}'
    answer = Client().post(f"/answer/{taken.pk}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
