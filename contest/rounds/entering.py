"""Who may enter a round, and why not."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from contest.rounds.models import Entrant, Office, Round


def why_not(entrant: Entrant, round: Round, *, now: datetime) -> str | None:
    """Why `entrant` may not enter the round, as a sentence; None when they may."""
    if entrant.barred_at is not None:
        return _("You can't take part: %(reason)s") % {"reason": entrant.barred_reason}
    if Office.objects.filter(contest=entrant.contest_id, user=entrant.user_id).exists():
        return _("Whoever holds an office in this contest can't take part in it.")
    return None
