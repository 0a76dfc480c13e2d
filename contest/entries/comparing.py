"""Entries are compared with all that was handed in before, in this contest and in past ones; people do the rest."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from contest.entries import likeness
from contest.entries.models import Entry, FileText, Likeness, Section, Shingles
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused

LOCK = 0x11E8E5  # of pg_try_advisory_xact_lock: one comparison at a time
THRESHOLD = Decimal(20)  # percent in common from which people are told
# Groups of words that more entries have than this say nothing: the Directive's own sentences, headings of forms.
COMMONPLACE = 5

LIKE = """
SELECT other.entry_id, cardinality(other.hashes),
       ARRAY(SELECT unnest(other.hashes) INTERSECT SELECT unnest(%(hashes)s::bigint[]))
FROM entries_shingles other JOIN entries_entry entry ON entry.id = other.entry_id
WHERE other.hashes && %(hashes)s::bigint[] AND other.entry_id <> %(entry)s
  AND entry.submitted_at IS NOT NULL AND entry.status <> 'withdrawn'
"""


def refresh(now: datetime, *, limit: int = 20) -> int:
    """Entries that were handed in since are compared, the first to come first; returns how many."""
    done = 0
    while done < limit and _compare_next(now):
        done += 1
    return done


def _compare_next(now: datetime) -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return False
        outdated = Q(shingles=None) | ~Q(shingles__version=F("version"))
        entry = Entry.objects.standing().filter(outdated).order_by("submitted_at", "pk").first()
        if entry is None:
            return False
        note(entry, read(entry), now=now)
    return True


def read(entry: Entry) -> Shingles:
    """The groups of words of the entry as it is now; others are compared with them."""
    hashes = sorted(likeness.shingles(text_of(entry)))
    found, _is_new = Shingles.objects.update_or_create(
        entry=entry, defaults={"version": entry.version, "hashes": hashes}
    )
    return found


def text_of(entry: Entry) -> str:
    """All words of an entry: what was typed, in the order of the form, then what stands in its files."""
    sections = Section.objects.filter(call__round=entry.round_id, type__in=[Section.Type.TEXT, Section.Type.LINE])
    typed = [entry.answers.get(str(pk), "") for pk in sections.order_by("order", "pk").values_list("pk", flat=True)]
    files = FileText.objects.filter(file__in=entry.files.good()).order_by("file__begun_at", "file")
    words = [entry.title, *typed, *files.values_list("text", flat=True)]
    return "\n\n".join(text for text in words if isinstance(text, str))


def note(entry: Entry, shingles: Shingles, *, now: datetime) -> None:
    """The likenesses of the entry are those of this moment; what people said of one stays."""
    shares = _shares(entry, shingles.hashes)
    others = {other.pk: other for other in Entry.objects.filter(pk__in=shares)}
    kept = []
    for pk, share in shares.items():
        later, earlier = _in_order(entry, others[pk])
        found, _is_new = Likeness.objects.update_or_create(
            entry=later, other=earlier, defaults={"share": share}, create_defaults={"share": share, "found_at": now}
        )
        kept.append(found.pk)
    of_it = Likeness.objects.filter(Q(entry=entry) | Q(other=entry), seen_at=None)
    of_it.exclude(pk__in=kept).delete()


def _in_order(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    """The later registered first: it is the one that may have taken something over."""
    first, second = sorted((one, other), key=lambda entry: (entry.registered_at, entry.pk))
    return second, first


def _shares(entry: Entry, hashes: list[int]) -> dict[int, Decimal]:
    """Percent in common by the other entry, from the threshold on."""
    if not hashes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LIKE, {"hashes": hashes, "entry": entry.pk})
        rows = cursor.fetchall()
    spread = Counter(one for _pk, _size, common in rows for one in common)
    plain = {one for one, entries in spread.items() if entries > COMMONPLACE}
    mine = len(hashes) - len(plain)
    found = {
        pk: likeness.share(len(set(common) - plain), mine, size - len(set(common) & plain)) for pk, size, common in rows
    }
    return {pk: share for pk, share in found.items() if share >= THRESHOLD}


def passages(entry: Entry, other: Entry) -> list[likeness.Passage]:
    """The runs of words that both have, side by side, the longest first."""
    return likeness.passages(text_of(entry), text_of(other))


def judge(found: Likeness, *, verdict: str, by: User, now: datetime) -> None:
    """What people found when they looked; it stands in the ledger and can be said anew."""
    if not verdict.strip():
        raise Refused(_("Say what you found."))
    with transaction.atomic():
        row = Likeness.objects.select_for_update(of=("self",)).select_related("entry__round").get(pk=found.pk)
        row.verdict, row.seen_at, row.seen_by = verdict.strip(), now, by
        row.save(update_fields=["verdict", "seen_at", "seen_by"])
        data = {"other": row.other_id, "share": str(row.share), "verdict": row.verdict}
        ledger.append(
            now=now, actor=by, action="likenesses.judged", subject=row.entry, data=data,
            contest_id=row.entry.round.contest_id,
        )  # fmt: skip
