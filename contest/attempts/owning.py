"""What a person owns here: the list of their attempts, and all that is kept about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from accounts.models import User
from contest.attempts.models import Answer, Attempt, Grade
from contest.foundations.secrets import masked_citizen_number
from contest.rounds import calendar
from contest.rounds.models import Consent, Entrant


def attempts_of(entrant: Entrant, *, now: datetime) -> list[dict[str, Any]]:
    """The attempts of an entrant, the newest first, each with its grade where that may be shown."""
    grades = Prefetch("grades", Grade.objects.order_by("-key_version"))
    attempts = (
        entrant.attempts.select_related("period", "round__quiz", "round__contest")
        .prefetch_related(grades)
        .order_by("-started_at")
    )
    rows = []
    for attempt in attempts:
        quiz, newest = attempt.round.quiz, next(iter(attempt.grades.all()), None)
        shows = calendar.shows_score(quiz, attempt.period, now)
        is_closed = attempt.status != Attempt.Status.OPEN
        rows.append(
            {
                "attempt": attempt,
                "grade": newest if shows else None,
                "shows_score": shows,
                "is_open": attempt.is_open(now),
                "shows_review": is_closed and calendar.shows_review(quiz, attempt.period, now),
            }
        )
    return rows


def everything_about(user: User) -> dict[str, Any]:
    """All that is kept about a person, in plain values: the person, consents, contests, attempts with every save."""
    entrants = Entrant.objects.filter(user=user).select_related("contest", "unit")
    attempts = Attempt.objects.of(user).select_related("round", "period").order_by("pk")
    consents = Consent.objects.filter(user=user).select_related("text__contest")
    return {
        "person": {
            "full_name": user.full_name,
            "birth": user.birth_text(),
            "phone": user.phone,
            # Masked, as everywhere: a slip is enough to come here.
            "citizen_number": masked_citizen_number(user.citizen_number) if user.citizen_number_hash else "",
            "party_card": user.party_card,
            "is_party_member": user.is_party_member,
            "email": user.email,
            "unit": str(user.unit) if user.unit else None,
            "created_at": user.created_at,
            "signed_in_at": user.signed_in_at,
        },
        "consents": [_consent(consent) for consent in consents],
        "contests": [_entrant(entrant) for entrant in entrants],
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "contest": str(consent.text.contest),
        "about": consent.text.kind,
        "version": consent.text.version,
        "text": consent.text.text,
        "given_at": consent.given_at,
        "withdrawn_at": consent.withdrawn_at,
    }


def _entrant(entrant: Entrant) -> dict[str, Any]:
    return {
        "contest": str(entrant.contest),
        "unit": str(entrant.unit) if entrant.unit else None,
        "is_obliged": entrant.is_obliged,
        "exempt_reason": entrant.exempt_reason,
        "barred_at": entrant.barred_at,
        "barred_reason": entrant.barred_reason,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    answers = Answer.objects.filter(attempt=attempt).order_by("lease", "sequence")
    return {
        "round": str(attempt.round),
        "period": str(attempt.period) if attempt.period else None,
        "started_at": attempt.started_at,
        "submitted_at": attempt.submitted_at,
        "status": attempt.status,
        "receipt": attempt.receipt,
        "saves": list(answers.values("lease", "sequence", "received_at", "is_counted", "choices")),
    }
