"""Writing the ledger, and finding out whether somebody has written in it by another way."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from contest.foundations.ledger.models import Entry, Head
from contest.foundations.secrets import keyed_hash

FIRST = bytes(32)  # stands before the first entry
LOCK = 0x1ED6E2  # of pg_advisory_xact_lock: one writer at a time, until its transaction ends


class Actor(Protocol):
    """Whoever acts: a user; the ledger keeps the id and the name as they are now."""

    @property
    def pk(self) -> Any:
        """Its id."""


@dataclass(frozen=True)
class Act:
    """One act that has yet to be written down."""

    at: datetime
    actor: Actor | None
    action: str
    subject: str | models.Model
    data: dict[str, Any] = field(default_factory=dict)
    contest_id: int | None = None


def append(
    *,
    now: datetime,
    actor: Actor | None,
    action: str,
    subject: str | models.Model,
    data: dict[str, Any] | None = None,
    contest_id: int | None = None,
) -> Entry:
    """The act stands in the ledger once the caller's transaction commits; without an actor it is the system's.

    To be called last in a transaction: other writers wait until it ends. `data` holds no floats, which JSON may round.
    """
    return append_all([Act(now, actor, action, subject, data or {}, contest_id)])[0]


def append_all(acts: Sequence[Act]) -> list[Entry]:
    """The acts stand in the ledger one behind the other, in this order; as `append`, for many at once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = Entry.objects.order_by("-id").only("id", "hash").first()
        entries: list[Entry] = []
        for act in acts:
            entries.append(_entry(act, entries[-1] if entries else last))
        if not entries:
            return []
        Entry.objects.bulk_create(entries, batch_size=1000)
        # The head moves on step by step, and only from where the last entry stands: after damage it stays, and the
        # damage stays seen.
        if last is None:
            first = entries[0]
            Head.objects.get_or_create(id=1, defaults={"last": first.id, "hash": first.hash})
        steps = [(one.id, bytes(one.hash), one.id - 1, bytes(one.previous_hash)) for one in entries[0 if last else 1 :]]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE ledger_head SET last = %s, hash = %s WHERE last = %s AND hash = %s", steps)
    return entries


def _entry(act: Act, last: Entry | None) -> Entry:
    """The row of an act that follows on another one; not saved."""
    subject = act.subject
    entry = Entry(
        id=last.id + 1 if last else 1,
        at=act.at,
        actor_id=act.actor.pk if act.actor else None,
        actor_name=str(act.actor)[:200] if act.actor else "",
        action=act.action,
        subject=subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}",
        contest_id=act.contest_id,
        data=json.loads(json.dumps(act.data, cls=DjangoJSONEncoder, allow_nan=False), parse_float=_no_floats),
        previous_hash=bytes(last.hash) if last else FIRST,
    )
    entry.hash = link(entry)
    return entry


def verify() -> list[str]:
    """What is wrong with the ledger, with the ids of entries; nothing when each entry is as it was written."""
    problems = []
    previous, expected = FIRST, 1
    for entry in Entry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.id != expected:
            missing = str(expected) if entry.id == expected + 1 else f"{expected}–{entry.id - 1}"
            problems.append(f"missing before entry {entry.id}: {missing}")
        elif bytes(entry.previous_hash) != previous:
            problems.append(f"entry {entry.id} does not follow entry {entry.id - 1}")
        if bytes(entry.hash) != link(entry):
            problems.append(f"entry {entry.id} is not as it was written")
        previous, expected = bytes(entry.hash), entry.id + 1
    head = Head.objects.first()
    if head is None:
        if expected > 1:
            problems.append("the head of the ledger is missing")
    elif head.last > expected - 1:
        problems.append(f"missing at the end: {expected}–{head.last}")
    elif (head.last, bytes(head.hash)) != (expected - 1, previous):
        problems.append(f"the head of the ledger is not that of entry {expected - 1}")
    return problems


def link(entry: Entry) -> bytes:
    """The entry's hash, under CODE_KEY, over all that it says and the hash of the entry before it."""
    said = [
        entry.id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.contest_id,
        entry.data,
        bytes(entry.previous_hash).hex(),
    ]
    return keyed_hash(json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")), purpose="ledger")


def _no_floats(text: str) -> Any:
    raise ValueError(f"{text}: the ledger keeps decimals as strings")
