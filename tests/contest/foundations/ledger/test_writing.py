"""The ledger: acts are added one after the other, and whoever changes the past is seen."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from json import loads
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from contest.foundations.ledger.models import Entry, Head
from contest.foundations.ledger.writing import append, verify

pytestmark = pytest.mark.django_db
NOON = datetime(2024, 11, 10, 5, 0, tzinfo=UTC)


@dataclass
class Person:
    pk: int
    name: str

    def __str__(self):
        return self.name


def act(number=1, **changed):
    given: dict[str, Any] = {
        "now": NOON + timedelta(minutes=number),
        "actor": Person(7, "Đặng Thị Kim Thoa"),
        "action": "void",
        "subject": f"attempts.attempt:{number}",
        "data": {"reason": "mất điện", "points": Decimal("9.5"), "before": [1, None, True], "at": NOON},
        "contest_id": 3,
    }
    return append(**given | changed)


def tamper(statement, *values):
    """What a superuser of the database can do, and nobody else."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET action = 'x'",
        "UPDATE ledger_entry SET hash = hash",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET last = last - 1",
        "UPDATE ledger_head SET last = last",
        "INSERT INTO ledger_head (id, last, hash) VALUES (2, 0, '')",
    ],
)
def test_the_database_refuses_to_change_the_past(statement):
    act()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify() == []


def test_a_row_that_was_loaded_can_not_be_saved_or_deleted():
    entry = act()
    entry.action = "x"
    for change in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Entry.objects.get().action == "void"


@pytest.mark.parametrize("data", [{"points": 0.5}, {"deep": [{"x": 1e30}]}, {"points": float("nan")}, {"x": object()}])
def test_what_json_may_change_is_refused(data):
    with pytest.raises((ValueError, TypeError)):
        act(data=data)
    assert not Entry.objects.exists()


# What is written -----------------------------------------------------------------------------------------------------


def test_an_empty_ledger_is_whole():
    assert verify() == []


def test_an_act_says_who_did_what_and_when():
    entry = act()
    entry.refresh_from_db()
    assert {name: value for name, value in vars(entry).items() if "hash" not in name and name[0] != "_"} == {
        "id": 1,
        "at": NOON + timedelta(minutes=1),
        "actor_id": 7,
        "actor_name": "Đặng Thị Kim Thoa",
        "action": "void",
        "subject": "attempts.attempt:1",
        "contest_id": 3,
        "data": {"reason": "mất điện", "points": "9.5", "before": [1, None, True], "at": "2024-11-10T05:00:00Z"},
    }
    assert verify() == []


def test_an_act_of_the_system_on_a_row():
    entry = act(actor=None, subject=Head(id=1), data=None, contest_id=None)
    assert (entry.actor_id, entry.actor_name, entry.subject, entry.data) == (None, "", "ledger.head:1", {})
    assert verify() == []


def test_acts_are_chained():
    entries = [act(number) for number in range(1, 6)]
    assert [entry.id for entry in entries] == [1, 2, 3, 4, 5]
    assert [bytes(entry.previous_hash) for entry in entries[1:]] == [bytes(entry.hash) for entry in entries[:-1]]
    head = Head.objects.get()
    assert (head.last, bytes(head.hash)) == (5, bytes(entries[-1].hash))
    assert verify() == []


def test_what_is_rolled_back_leaves_no_gap():
    act(1)
    with transaction.atomic():
        act(2)
        transaction.set_rollback(True)
    act(3)
    assert list(Entry.objects.values_list("id", "subject")) == [(1, "attempts.attempt:1"), (2, "attempts.attempt:3")]
    assert verify() == []


def test_any_text_survives():
    act(data={"text": 'Ổ "q" \\ \n 𝄞 <b>', "large": 10**30, "": {}, "ключ": []}, actor=Person(1, "H'Hen Niê" * 40))
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain():
    def write(first):
        for number in range(first, first + 5):
            act(number)
        connection.close()

    threads = [threading.Thread(target=write, args=[10 * n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Entry.objects.values_list("id", flat=True)) == list(range(1, 31))
    assert verify() == []


# Tampering -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "problems"),
    [
        ("UPDATE ledger_entry SET action = 'grant' WHERE id = 3", ["entry 3 is not as it was written"]),
        (
            "UPDATE ledger_entry SET at = at + interval '1 microsecond' WHERE id = 3",
            ["entry 3 is not as it was written"],
        ),
        ("UPDATE ledger_entry SET actor_id = 8 WHERE id = 3", ["entry 3 is not as it was written"]),
        ("UPDATE ledger_entry SET actor_name = 'x' WHERE id = 3", ["entry 3 is not as it was written"]),
        ("UPDATE ledger_entry SET contest_id = NULL WHERE id = 3", ["entry 3 is not as it was written"]),
        ("UPDATE ledger_entry SET subject = subject || '0' WHERE id = 3", ["entry 3 is not as it was written"]),
        ("UPDATE ledger_entry SET data = data || '{\"a\": 1}' WHERE id = 3", ["entry 3 is not as it was written"]),
        ("DELETE FROM ledger_entry WHERE id = 1", ["missing before entry 2: 1"]),
        ("DELETE FROM ledger_entry WHERE id = 3", ["missing before entry 4: 3"]),
        ("DELETE FROM ledger_entry WHERE id IN (2, 3)", ["missing before entry 4: 2–3"]),
        ("DELETE FROM ledger_entry WHERE id >= 4", ["missing at the end: 4–5"]),
        ("DELETE FROM ledger_entry", ["missing at the end: 1–5"]),
        ("DELETE FROM ledger_head", ["the head of the ledger is missing"]),
        ("UPDATE ledger_head SET last = 4", ["the head of the ledger is not that of entry 5"]),
    ],
)
def test_tampering_is_seen(statement, problems):
    for number in range(1, 6):
        act(number)
    tamper(statement)
    assert verify() == problems


def test_a_chain_that_was_made_anew_without_the_key_is_seen(settings):
    for number in range(1, 4):
        act(number)
    settings.CODE_KEY, key = "guessed", settings.CODE_KEY
    tamper("DELETE FROM ledger_entry")
    tamper("DELETE FROM ledger_head")
    for number in range(1, 4):
        act(number, action="grant")
    assert verify() == []
    settings.CODE_KEY = key
    assert verify() == [f"entry {number} is not as it was written" for number in (1, 2, 3)]


def test_a_row_put_in_between_is_seen():
    for number in range(1, 4):
        act(number)
    columns = "action, subject, contest_id, data, hash, hash"
    tamper(f"INSERT INTO ledger_entry SELECT 4, at, 8, 'x', {columns} FROM ledger_entry WHERE id = 3")
    assert verify() == ["entry 4 is not as it was written", "the head of the ledger is not that of entry 4"]


def test_what_was_cut_off_stays_seen_when_writing_goes_on():
    for number in range(1, 6):
        act(number)
    tamper("DELETE FROM ledger_entry WHERE id >= 4")
    for number in range(6, 10):
        act(number)
    assert verify() == ["the head of the ledger is not that of entry 7"]


def test_writing_goes_on_after_everything_was_deleted():
    for number in range(1, 4):
        act(number)
    tamper("DELETE FROM ledger_entry")
    act(4)
    assert verify() == ["missing at the end: 2–3"]


# The command ---------------------------------------------------------------------------------------------------------


def test_the_command_tells_the_head():
    head = bytes([act(1), act(2)][-1].hash).hex()
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue() == f"The ledger is whole: 2 entries, the last one {head}.\n"
    out = StringIO()
    call_command("verify_ledger", "--json", stdout=out)
    assert loads(out.getvalue()) == {"entries": 2, "head": head, "problems": []}


def test_the_command_fails_on_damage():
    act(1)
    tamper("UPDATE ledger_entry SET action = 'grant'")
    out = StringIO()
    with pytest.raises(CommandError, match="entry 1 is not as it was written"):
        call_command("verify_ledger", "--json", stdout=out)
    assert loads(out.getvalue())["problems"] == ["entry 1 is not as it was written"]
