"""Entries of people whose two accounts became one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from contest.entries.models import Author, Entry
from contest.foundations.ledger import writing as ledger


@transaction.atomic
def follow(*, now: datetime) -> int:
    """What a merged account began or is an author of is the kept account's; how many rows were changed.

    Where both accounts are authors of one entry both stay: their shares are the authors' to say.
    """
    beside = Author.objects.filter(entry=OuterRef("entry"), user=OuterRef("user__merged_into"))
    moved = list(
        Author.objects.filter(~Exists(beside), user__merged_into__isnull=False).select_related(
            "user__merged_into", "entry__round"
        )
    )
    for author in moved:
        assert author.user is not None
        double, author.user = author.user.pk, author.user.merged_into
        author.save(update_fields=["user"])
        ledger.append(
            now=now, actor=None, action="entries.moved", subject=author.entry, data={"double": double},
            contest_id=author.entry.round.contest_id,
        )  # fmt: skip
    begun = Entry.objects.filter(created_by__merged_into__isnull=False).select_related("created_by__merged_into")
    for entry in (entries := list(begun)):
        assert entry.created_by.merged_into is not None
        Entry.objects.filter(pk=entry.pk).update(created_by=entry.created_by.merged_into)
    return len(moved) + len(entries)
