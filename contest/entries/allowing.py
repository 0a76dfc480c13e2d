"""Who may do what with an entry, and when: the people of it, the manager of its unit, the secretariat."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from contest.entries.models import Author, Entry
from contest.rounds.models import Contest

Status = Entry.Status
OPEN = frozenset({Status.DRAFT, Status.SUBMITTED, Status.NEEDS_MORE})  # the secretariat has not decided


def is_in_charge(entry: Entry, user: User) -> bool:
    """Whether the person began the entry or is its lead author; of one that came on paper, the secretariat."""
    if entry.is_on_paper:
        return organizes(entry, user)
    lead = Author.objects.standing().filter(entry=entry, user=user, is_lead=True)
    return entry.created_by_id == user.pk or lead.exists()


def may_write(entry: Entry, user: User) -> bool:
    """Whether the person is among those who write it: in charge, or an author who has said so."""
    confirmed = Author.objects.standing().filter(entry=entry, user=user, confirmed_at__isnull=False)
    return is_in_charge(entry, user) or (not entry.is_on_paper and confirmed.exists())


def may_edit(entry: Entry, user: User, *, now: datetime) -> bool:
    """Whether the person may change it now. What came on paper is typed in after the close, too."""
    is_time = entry.status in OPEN if entry.is_on_paper else entry.may_be_edited(now)
    return is_time and may_write(entry, user)


def may_withdraw(entry: Entry, user: User) -> bool:
    """Whether the person may take it back: until it was found valid."""
    return entry.status in OPEN and is_in_charge(entry, user)


def may_confirm(entry: Entry, user: User) -> bool:
    """Whether the person may confirm it for its unit now."""
    is_due = entry.confirmed_at is None and entry.status in OPEN and entry.submitted_at is not None
    return is_due and Entry.objects.to_confirm_by(user).filter(pk=entry.pk).exists()


def organizes(entry: Entry, user: User) -> bool:
    """Whether the person organizes the entry's contest."""
    return Contest.objects.run_by(user).filter(pk=entry.round.contest_id).exists()
