"""Writing the ledger, and finding out whether somebody has written in it by another way."""

import json
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
    kept = json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder, allow_nan=False), parse_float=_no_floats)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = Entry.objects.order_by("-id").only("id", "hash").first()
        entry = Entry(
            id=last.id + 1 if last else 1,
            at=now,
            actor_id=actor.pk if actor else None,
            actor_name=str(actor)[:200] if actor else "",
            action=action,
            subject=subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}",
            contest_id=contest_id,
            data=kept,
            previous_hash=bytes(last.hash) if last else FIRST,
        )
        entry.hash = link(entry)
        entry.save(force_insert=True)
        # The head moves on only from where the last entry stands: after damage it stays, and the damage stays seen.
        here = {"last": entry.id, "hash": entry.hash}
        if last is None:
            Head.objects.get_or_create(id=1, defaults=here)
        else:
            Head.objects.filter(last=last.id, hash=bytes(last.hash)).update(**here)
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
