"""One entrant's sitting of one paper, from the page that shows it to the hand-in.

A save is one statement and one round trip: it adds one row to the log from the attempt, read under a share lock. What
counts is decided there, by the lease, the status and the deadline that the row has at that moment. A hand-in takes the
row for itself, so that it comes either before a save or after it, never in its middle.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from accounts.models import User
from contest.attempts import scoring
from contest.attempts.models import Answer, Attempt
from contest.foundations import prepared
from contest.foundations.language import CODE_ALPHABET
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.foundations.secrets import keyed_hash
from contest.rounds import calendar, reading
from contest.rounds.timing import GRACE, clock, handed_in

Log = list[tuple[int, int, bool, dict[str, Any]]]  # (lease, sequence, whether it counts, choices)
Choices = Mapping[str, Any]  # {"<place>": [options], "p": prediction}; places and options counted from 0

SAVE = """
INSERT INTO attempts_answer (attempt_id, lease, sequence, received_at, is_counted, choices)
SELECT id, %(lease)s, %(sequence)s, %(now)s,
       lease = %(lease)s AND status = 'open' AND (deadline IS NULL OR %(now)s < deadline + %(grace)s),
       %(choices)s::jsonb
FROM attempts_attempt WHERE id = %(attempt)s AND entrant_id = %(entrant)s FOR SHARE
RETURNING is_counted
"""  # without ON CONFLICT, which costs every save a fifth more in PostgreSQL for the sake of the rare repeated one
OWN = f"""
SELECT {prepared.columns(Attempt, "a")}, c.id, c.revision
FROM attempts_attempt a JOIN rounds_entrant e ON e.id = a.entrant_id JOIN rounds_contest c ON c.id = e.contest_id
WHERE a.id = %(attempt)s AND e.user_id = %(user)s
"""  # noqa: S608  (only names of columns are put in)
TAKE_OVER = f"""
UPDATE attempts_attempt a SET lease = a.lease + 1 FROM rounds_entrant e, rounds_contest c
WHERE a.id = %(attempt)s AND e.id = a.entrant_id AND e.user_id = %(user)s AND c.id = e.contest_id
  AND a.status = 'open' AND (a.deadline IS NULL OR %(now)s < a.deadline + %(grace)s)
RETURNING {prepared.columns(Attempt, "a")}, c.id, c.revision
"""  # noqa: S608
LOCK = f"""
SELECT {prepared.columns(Attempt, "a")} FROM attempts_attempt a
WHERE a.id = %(attempt)s AND a.entrant_id = %(entrant)s FOR UPDATE
"""  # noqa: S608
LOG = """
INSERT INTO attempts_answer (attempt_id, lease, sequence, received_at, is_counted, choices)
VALUES (%(attempt)s, %(lease)s, %(sequence)s, %(now)s, %(is_counted)s, %(choices)s::jsonb)
"""
CLOSE = """
UPDATE attempts_attempt
SET status = %(status)s, submitted_at = %(submitted_at)s, duration_ms = %(duration_ms)s, answered = %(answered)s,
  is_completed = %(is_completed)s, receipt = %(receipt)s
WHERE id = %(attempt)s
"""
SAVED = "SELECT lease, sequence, is_counted, choices FROM attempts_answer WHERE attempt_id = %(attempt)s"


# --- The page's key --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Seat:
    """What a page's key says: which attempt, of whom, under which lease, and what the page needs besides."""

    attempt: int
    entrant: int
    lease: int
    asks: str = ""  # the kind of number that the prediction is, if one is asked for
    deadline: float | None = None  # seconds since the epoch, for the page's timer; what counts is the row's own

    @classmethod
    def at(cls, attempt: Attempt, asks: str = "") -> Seat:
        """The seat of the page that has just taken the attempt over."""
        deadline = attempt.deadline.timestamp() if attempt.deadline else None
        return cls(attempt.pk, attempt.entrant_id, attempt.lease, asks, deadline)

    def key(self) -> str:
        """The key that the page sends with each save: it needs no session, and opens this one attempt only."""
        seat = (
            f"{self.attempt}:{self.entrant}:{self.lease}:{self.asks}:{'' if self.deadline is None else self.deadline}"
        )
        return f"{seat}:{_signature(seat)}"

    @classmethod
    def of(cls, key: str) -> Seat | None:
        """The seat that an authentic key names; None for any other text."""
        seat, _colon, signature = key.rpartition(":")
        if not hmac.compare_digest(signature.encode(), _signature(seat).encode()):
            return None
        attempt, entrant, lease, asks, deadline = seat.split(":")
        return cls(int(attempt), int(entrant), int(lease), asks, float(deadline) if deadline else None)

    def seconds_left(self, now: datetime) -> float | None:
        """Seconds to the deadline, never negative; None without a deadline."""
        return None if self.deadline is None else max(0.0, round(self.deadline - now.timestamp(), 3))


def _signature(seat: str) -> str:
    return base64.urlsafe_b64encode(keyed_hash(seat, purpose="attempt page")[:18]).decode()


# --- The page --------------------------------------------------------------------------------------------------------
def take_over(attempt_id: int, user: User, *, now: datetime) -> Attempt:
    """The person's attempt with a new lease when it is open: from now on only this page's saves count.

    Raises Attempt.DoesNotExist for anybody else's. Round, quiz, period and contest come with it, as they are kept.
    """
    values = {"attempt": attempt_id, "user": user.pk, "now": now, "grace": GRACE}
    return _met(prepared.row(TAKE_OVER, values) or prepared.row(OWN, {"attempt": attempt_id, "user": user.pk}))


def own(attempt_id: int, user: User) -> Attempt:
    """The person's attempt as it is; otherwise as `take_over`."""
    return _met(prepared.row(OWN, {"attempt": attempt_id, "user": user.pk}))


def _met(row: prepared.Row | None) -> Attempt:
    """The attempt of a row with its contest and that one's revision."""
    if row is None:
        raise Attempt.DoesNotExist
    *columns, contest, revision = row
    attempt = prepared.load(Attempt, columns)
    kept = reading.kept(contest, revision)
    attempt.round = next(round for round in kept.rounds if round.pk == attempt.round_id)
    attempt.period = next((found for found in attempt.round.periods.all() if found.pk == attempt.period_id), None)
    return attempt


def saved(attempt: Attempt) -> scoring.Final:
    """The answers that count so far."""
    return _final(_log(attempt))


def _log(attempt: Attempt) -> Log:
    """Every save of the attempt."""
    rows = prepared.rows(SAVED, {"attempt": attempt.pk})
    return [(lease, sequence, is_counted, json.loads(choices)) for lease, sequence, is_counted, choices in rows]


def _final(log: Log) -> scoring.Final:
    return scoring.merge((lease, sequence, choices) for lease, sequence, is_counted, choices in log if is_counted)


# --- Answer ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save."""

    sequence: int
    counted: bool
    lease: int  # the attempt's current one: another than the page's means that another page took over
    closed: bool  # handed in, or the time is over
    seconds_left: float | None


def answer(seat: Seat, *, sequence: int, choices: Choices, now: datetime) -> Saved:
    """Add one save to the log; it is in PostgreSQL when this returns, and a repetition changes nothing.

    Refuses (code "sequence") a sequence number under which something else was saved: `last_sequence` tells the newest.
    """
    values = {
        "attempt": seat.attempt,
        "entrant": seat.entrant,
        "lease": seat.lease,
        "sequence": sequence,
        "now": now,
        "grace": GRACE,
        "choices": json.dumps(choices),
    }
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():  # a caller's transaction goes on
            row = prepared.row(SAVE, values)
    except IntegrityError:
        row = None  # something was saved under this number before
    if row == (True,):
        return Saved(sequence, counted=True, lease=seat.lease, closed=False, seconds_left=seat.seconds_left(now))
    return _not_simply_counted(seat, sequence, choices, now)


def _not_simply_counted(seat: Seat, sequence: int, choices: Choices, now: datetime) -> Saved:
    """What became of a save that does not count, or that was there before."""
    attempt = Attempt.objects.filter(pk=seat.attempt, entrant=seat.entrant).first()
    if attempt is None:
        raise Refused(_("This attempt does not exist."), code="unknown")
    row = Answer.objects.get(attempt=attempt, lease=seat.lease, sequence=sequence)
    if row.choices != dict(choices):
        raise Refused(_("Another answer was saved under this number."), code="sequence")
    return Saved(sequence, row.is_counted, attempt.lease, not attempt.is_open(now), attempt.seconds_left(now))


def last_sequence(seat: Seat) -> int:
    """The newest sequence number of the seat's lease; 0 before the first save."""
    newest = Answer.objects.filter(attempt=seat.attempt, lease=seat.lease).aggregate(newest=Max("sequence"))["newest"]
    return newest or 0


# --- Hand in ---------------------------------------------------------------------------------------------------------
def hand_in(seat: Seat, *, sequence: int, choices: Choices, now: datetime) -> Attempt:
    """The attempt, handed in with the answers that count; a repetition returns the same receipt.

    Refuses what comes too late (code "late") or from a page that another one replaced (code "superseded"): the answers
    are kept in the log and do not count.
    """
    with transaction.atomic():
        row = prepared.row(LOCK, {"attempt": seat.attempt, "entrant": seat.entrant})
        if row is None:
            raise Refused(_("This attempt does not exist."), code="unknown")
        attempt = prepared.load(Attempt, row)
        may = attempt.is_open(now) and attempt.lease == seat.lease
        log = _log(attempt)
        if choices and not _is_known(seat, sequence, choices, log):
            save = {"attempt": attempt.pk, "lease": seat.lease, "sequence": sequence, "now": now, "is_counted": may}
            prepared.execute(LOG, {**save, "choices": json.dumps(choices)})
            log.append((seat.lease, sequence, may, dict(choices)))
        if may:
            _close(attempt, _final(log), status=Attempt.Status.SUBMITTED, arrival=now)
    if attempt.status == Attempt.Status.OPEN:
        if attempt.lease != seat.lease:
            raise Refused(_("This attempt goes on in another window or on another device."), code="superseded")
        raise Refused(_("The time is over. The answers that were saved in time count."), code="late")
    return attempt


def _is_known(seat: Seat, sequence: int, choices: Choices, log: Log) -> bool:
    """Whether this very save is in the log already; refuses a sequence number that holds another."""
    earlier = next((said for lease, number, _, said in log if (lease, number) == (seat.lease, sequence)), None)
    if earlier is not None and earlier != dict(choices):
        raise Refused(_("Another answer was saved under this number."), code="sequence")
    return earlier is not None


def _close(attempt: Attempt, final: scoring.Final, *, status: Attempt.Status, arrival: datetime) -> None:
    """Close a locked attempt with what counts so far, and give it its receipt."""
    answers = scoring.chosen_on(attempt.paper, final.places)
    done = handed_in(started_at=attempt.started_at, deadline=attempt.deadline, arrival=arrival)
    attempt.status = status
    attempt.submitted_at, attempt.duration_ms = done.submitted_at, done.duration_ms
    attempt.answered = len(answers)
    attempt.is_completed = status == Attempt.Status.SUBMITTED or bool(answers)
    attempt.receipt = receipt(attempt, final)
    names = ("status", "submitted_at", "duration_ms", "answered", "is_completed", "receipt")
    prepared.execute(CLOSE, {"attempt": attempt.pk, **{name: getattr(attempt, name) for name in names}})


def receipt(attempt: Attempt, final: scoring.Final) -> str:
    """The receipt's code: it follows from the attempt, its time and every answer, so it can be checked years later."""
    content = {
        "attempt": attempt.pk,
        "paper": attempt.paper,
        "at": attempt.submitted_at.isoformat() if attempt.submitted_at else "",
        "answers": sorted((place, sorted(chosen)) for place, chosen in final.places.items()),
        "prediction": final.prediction,
    }
    number = int.from_bytes(keyed_hash(json.dumps(content, sort_keys=True), purpose="receipt"), "big")
    letters = []
    for _place in range(16):
        number, rest = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[rest])
    code = "".join(letters)
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def lengthen(*, now: datetime) -> int:
    """Give open attempts the extra time that their people were granted after the start; returns how many got longer.

    The page shows it when it is opened again; what counts is the attempt's own deadline, from this moment on.
    """
    longer = 0
    with transaction.atomic():
        given = Attempt.objects.filter(
            status=Attempt.Status.OPEN,
            entrant__extra_times__round=F("round"),
            entrant__extra_times__granted_at__gt=F("started_at"),
        )
        attempts = given.select_for_update(of=("self",)).select_related("round__quiz", "period")
        for attempt, extra in [(found, calendar.extra_of(found.entrant, found.round)) for found in attempts]:
            window = calendar.window_of(attempt.round, attempt.period)
            limit = attempt.round.quiz.time_limit
            deadline = clock(window, now=now, limit=limit, extra=extra, started_at=attempt.started_at).deadline
            if attempt.deadline is not None and deadline is not None and deadline > attempt.deadline:
                Attempt.objects.filter(pk=attempt.pk).update(deadline=deadline)
                longer += 1
    return longer


def close_overdue(*, now: datetime, limit: int = 500) -> int:
    """Close by the clock what ran out with nobody there, with the answers saved so far; returns how many."""
    with transaction.atomic():
        attempts = list(Attempt.objects.overdue(now).select_for_update(skip_locked=True)[:limit])
        for attempt in attempts:
            assert attempt.deadline is not None
            _close(attempt, saved(attempt), status=Attempt.Status.EXPIRED, arrival=attempt.deadline)
    return len(attempts)


# --- What organizers may do ------------------------------------------------------------------------------------------
def void(attempt: Attempt, *, by: User, reason: str, now: datetime) -> Attempt:
    """The attempt, void from now on: it is kept with all its answers and stands on no board. Needs a reason."""
    if not reason.strip():
        raise Refused(_("Say why the attempt is void."))
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
        if attempt.voided_at is not None:
            return attempt
        if attempt.status == Attempt.Status.OPEN:
            _close(attempt, saved(attempt), status=Attempt.Status.EXPIRED, arrival=now)
        attempt.voided_at, attempt.voided_by, attempt.void_reason = now, by, reason.strip()
        attempt.save(update_fields=["voided_at", "voided_by", "void_reason"])
        contest = attempt.round.contest_id
        ledger.append(
            now=now,
            actor=by,
            action="attempt voided",
            subject=f"attempts.attempt:{attempt.pk}",
            data={"reason": reason.strip()},
            contest_id=contest,
        )
    return attempt
