"""How wrong guesses are slowed down, by account and by what was typed, never by address; and when they are a wave."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import ngettext

from accounts.models import SignInGuard, WrongCodes
from contest.foundations.ledger import writing as ledger
from contest.foundations.secrets import keyed_hash

log = logging.getLogger(__name__)

FREE_MISSES = 2
DELAYS = [timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900)]  # after the third miss, the fourth …
FORGOTTEN_AFTER = timedelta(days=1)  # misses this old count no more
WAVE_SHOWN = timedelta(minutes=15)  # how long administrators see that there was one
COUNTS_KEPT = timedelta(days=90)


def delay_after(misses: int) -> timedelta:
    """How long the next guess has to wait after so many misses in a row."""
    return DELAYS[min(misses - FREE_MISSES, len(DELAYS)) - 1] if misses > FREE_MISSES else timedelta(0)


def account(pk: int) -> bytes:
    """The subject that stands for a person, whatever was typed to reach them."""
    return keyed_hash(str(pk), purpose="sign-in guard: account")


def typed(text: str) -> bytes:
    """The subject that stands for an identifier as it was typed, known or not."""
    return keyed_hash(text, purpose="sign-in guard: typed")


def nobody(text: str) -> bytes:
    """The subject in the place of the account that an unknown identifier has not, so that both take the same steps."""
    return keyed_hash(text, purpose="sign-in guard: nobody")


@dataclass
class Held:
    """Subjects on which no one else guesses until the transaction ends."""

    now: datetime
    guards: dict[bytes, SignInGuard] = field(default_factory=dict)

    def is_blocked(self, subject: bytes) -> bool:
        """Whether a guess on `subject` is not even looked at."""
        guard = self.guards.get(subject)
        return guard is not None and guard.is_blocked(self.now)

    def wait(self, subjects: Iterable[bytes]) -> timedelta:
        """The longest time that one of the subjects still has to wait."""
        guards = filter(None, map(self.guards.get, subjects))
        return max((guard.blocked_until - self.now for guard in guards), default=timedelta(0))

    def miss(self, subjects: Iterable[bytes]) -> None:
        """One more miss stands against each of the subjects."""
        for subject in subjects:
            guard = self.guards.setdefault(subject, SignInGuard(subject=subject, misses=0, last_miss_at=self.now))
            fresh = self.now - guard.last_miss_at < FORGOTTEN_AFTER
            guard.misses = guard.misses + 1 if fresh else 1
            guard.last_miss_at, guard.blocked_until = self.now, self.now + delay_after(guard.misses)
        SignInGuard.objects.bulk_create(
            [self.guards[subject] for subject in subjects],
            update_conflicts=True,
            unique_fields=["subject"],
            update_fields=["misses", "last_miss_at", "blocked_until"],
        )

    def forget(self, subjects: Iterable[bytes]) -> None:
        """Nothing stands against these subjects any more."""
        if known := [subject for subject in subjects if subject in self.guards]:
            SignInGuard.objects.filter(subject__in=known).delete()


def hold(subjects: Iterable[bytes], *, now: datetime) -> Held:
    """What stands against the subjects, which nobody else guesses on until the caller's transaction ends.

    So of twenty guesses sent at once the first three are looked at, and the others find the account blocked.
    """
    wanted = sorted(set(subjects))
    keys = sorted(int.from_bytes(subject[:8], signed=True) for subject in wanted)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key", [keys])
    guards = SignInGuard.objects.filter(subject__in=wanted)
    return Held(now, {bytes(guard.subject): guard for guard in guards})


def in_words(wait: timedelta) -> str:
    """A wait for the eye, rounded up: "15 seconds", "5 minutes"."""
    seconds = -(-wait // timedelta(seconds=1))
    if seconds < 60:
        return ngettext("%(number)s second", "%(number)s seconds", seconds) % {"number": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes}


# --- The whole site --------------------------------------------------------------------------------------------------
def count(now: datetime) -> None:
    """One more wrong code came in this minute, whoever it was meant for; the one that makes a wave raises the alarm."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_wrongcodes AS counted (minute, count, is_alarmed) VALUES (%s, 1, false)"
            " ON CONFLICT (minute) DO UPDATE SET count = counted.count + 1 RETURNING count",
            [now.replace(second=0, microsecond=0)],
        )
        (counted,) = cursor.fetchone()
    if counted == settings.SIGN_IN_WAVE:
        alarm(now)


def wave(now: datetime) -> int | None:
    """The wrong codes of the worst minute of the last quarter of an hour, if they were a wave; organizers see it."""
    worst = WrongCodes.objects.filter(minute__gt=now - WAVE_SHOWN, minute__lte=now).aggregate(worst=Max("count"))
    found: int | None = worst["worst"]
    return found if found is not None and found >= settings.SIGN_IN_WAVE else None


def alarm(now: datetime) -> int:
    """Each minute with a wave of wrong codes stands in the ledger and in the error log, once; how many were new.

    To be asked by the clock as well, in case the process that counted the wave did not live to say so.
    """
    with transaction.atomic():
        waves = WrongCodes.objects.select_for_update().filter(is_alarmed=False, count__gte=settings.SIGN_IN_WAVE)
        counts = dict(waves.order_by("minute").values_list("minute", "count"))
        WrongCodes.objects.filter(minute__in=counts).update(is_alarmed=True)
        for minute, wrong in counts.items():
            log.error("a wave of wrong codes: %s in the minute of %s", wrong, minute.isoformat())
            ledger.append(
                now=now,
                actor=None,
                action="sign-in.wave",
                subject=f"minute:{minute.isoformat()}",
                data={"wrong": wrong},
            )
    return len(counts)


def tidy(now: datetime) -> None:
    """What nobody asks for any more is gone: misses that no longer count, and counts of last season."""
    SignInGuard.objects.filter(last_miss_at__lt=now - FORGOTTEN_AFTER, blocked_until__lt=now).delete()
    WrongCodes.objects.filter(minute__lt=now - COUNTS_KEPT).delete()
