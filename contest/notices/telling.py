"""Notices: people are told once, on the site at once, and by e-mail when the sweep comes to it.

The row is the queue. A provider that refuses stops the run, and all that is due waits a little; what is refused for the
address alone is tried again later and given up after MOST_TRIES. Nothing is ever sent from within a request.
"""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from contest.notices.models import Notice

log = logging.getLogger(__name__)

BACKOFF = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]  # after the first try, the second …
MOST_TRIES = len(BACKOFF) + 1
CLAIM = timedelta(minutes=10)  # how long a run may take; one that dies leaves its rows to a later one
IN_A_ROW = 3  # addresses refused one after the other: then it is the provider that refuses, whatever it says
NO_SUCH_BOX = frozenset({550, 551, 553})
DETAIL = re.compile(r"5\.(\d)\.")  # RFC 3463: 1 is about the address


# --- On the site -----------------------------------------------------------------------------------------------------
def tell(
    users: Iterable[User],
    text: str,
    *,
    key: str,
    values: dict[str, Any] | None = None,
    path: str = "",
    now: datetime,
) -> int:
    """Each of the people is told, once a `key`; an e-mail is queued where there is an address. How many were new.

    `text` is a msgid (marked with gettext_noop): it is read in the language of whoever reads it.
    """
    people = {user.pk: user for user in users if user.is_active}
    told = set(Notice.objects.filter(user__in=people, key=key).values_list("user", flat=True))
    rows = [
        Notice(
            user=user, text=text, values=values or {}, path=path, key=key, told_at=now,
            mail=Notice.Mail.WAITING if _has_address(user) else Notice.Mail.NONE,
            next_try_at=now if _has_address(user) else None,
        )
        for pk, user in people.items() if pk not in told
    ]  # fmt: skip
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def read(user: User, *, notice: int | None = None, now: datetime) -> int:
    """One notice of the person, or all of them, are read; how many were not before."""
    mine = Notice.objects.of(user).unread()
    return (mine if notice is None else mine.filter(pk=notice)).update(read_at=now)


def _has_address(user: User) -> bool:
    return bool(user.email and user.is_active and not user.is_synthetic)


# --- By e-mail -------------------------------------------------------------------------------------------------------
class ProviderRefused(Exception):
    """The provider takes no more for now: not the fault of an address."""


def send_due(*, now: datetime, limit: int = 20) -> int:
    """At most `limit` e-mails that are due have gone out over one connection; how many.

    Two runs at once never take the same row. A run that dies in the middle leaves its rows to one after CLAIM.
    """
    rows = _claim(now, limit)
    if not rows:
        return 0
    unsent, sent, refused = list(rows), 0, 0
    try:
        with get_connection() as connection:
            for row in rows:
                if _send(row, connection, now=now):
                    sent, refused = sent + 1, 0
                elif row.mail == Notice.Mail.WAITING:
                    refused += 1
                unsent.remove(row)
                if refused >= IN_A_ROW:
                    raise ProviderRefused("address after address was refused")
    except (ProviderRefused, OSError) as refusal:  # smtplib's own errors are of this kind, too
        log.warning("mail: %s of %s sent, then: %s", sent, len(rows), refusal.__class__.__name__)
        met = [] if isinstance(refusal, ProviderRefused) else unsent[:1]  # what was not tried met nothing
        _wait(unsent, met, now)
    return sent


def _claim(now: datetime, limit: int) -> list[Notice]:
    """Rows that are due, put off for this run alone."""
    with transaction.atomic():
        due = Notice.objects.to_send(now).select_for_update(skip_locked=True, of=("self",))
        rows = list(due.select_related("user")[:limit])
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(next_try_at=now + CLAIM)
    return rows


def _send(row: Notice, connection: Any, *, now: datetime) -> bool:
    """Whether the e-mail went out; what is refused for its address waits, or has failed for good."""
    if not _has_address(row.user):  # gone since it was queued
        _note(row, mail=Notice.Mail.NONE, next_try_at=None)
        return False
    try:
        validate_email(str(row.user.email))
        message_of(row, connection).send()
    except (ValidationError, smtplib.SMTPRecipientsRefused) as refusal:
        if isinstance(refusal, smtplib.SMTPRecipientsRefused) and not _is_the_address(refusal):
            raise
        tries = row.tries + 1
        if tries >= MOST_TRIES:
            _note(row, tries=tries, mail=Notice.Mail.FAILED, next_try_at=None)
        else:
            _note(row, tries=tries, next_try_at=now + BACKOFF[tries - 1])
        return False
    _note(row, mail=Notice.Mail.SENT, sent_at=now, next_try_at=None, tries=row.tries + 1)
    return True


def _is_the_address(refusal: smtplib.SMTPRecipientsRefused) -> bool:
    """Whether the box is not there, which says nothing about other boxes; quotas are refused in other words."""
    for code, words in refusal.recipients.values():
        said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        detail = DETAIL.match(said)
        if code not in NO_SUCH_BOX or (detail and detail[1] != "1"):
            return False
    return True


def _wait(unsent: list[Notice], met: list[Notice], now: datetime) -> None:
    """All that is due waits a minute; what met the refusal waits longer each time, behind others, and never fails.

    So a provider that is shut is asked once a minute, and one letter that it does not like keeps no other waiting.
    """
    Notice.objects.filter(pk__in=[row.pk for row in unsent]).update(next_try_at=now + BACKOFF[0])
    Notice.objects.to_send(now).update(next_try_at=now + BACKOFF[0])
    for first in met:
        tries = min(first.tries + 1, len(BACKOFF))
        _note(first, tries=tries, next_try_at=now + BACKOFF[tries - 1])


def _note(row: Notice, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def message_of(row: Notice, connection: Any = None) -> EmailMessage:
    """The e-mail of a notice, in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        sentence = row.sentence()
        body = render_to_string(
            "notices/mail.txt", {"user": row.user, "sentence": sentence, "address": settings.SITE_URL + row.path}
        )
        return EmailMessage(
            subject=subject_of(sentence), body=body, to=[str(row.user.email)], connection=connection,
            headers={"Auto-Submitted": "auto-generated"},
        )  # fmt: skip


def subject_of(sentence: str) -> str:
    """The first sentence, as long as a line of a list of letters."""
    first = " ".join(sentence.split()).split(". ")[0].rstrip(".")
    return first if len(first) <= 110 else f"{first[:109].rsplit(' ', 1)[0]}…"
