"""What pages of other rooms show of entries and notices, and how the form of an entry writes its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template

from accounts.models import User
from contest.entries import reading
from contest.notices.models import Notice
from contest.rounds.models import Contest

register = template.Library()


@register.filter
def spare(rows: Iterable[dict[str, str]], count: int) -> list[dict[str, str]]:
    """The rows with so many empty ones below, to be filled in."""
    return [*rows, *({} for _place in range(count))]


@register.simple_tag
def my_entries(user: User, contest: Contest, now: datetime) -> list[reading.Line]:
    """The person's entries in a contest, for pages of rooms beside this one."""
    return reading.lines(user, contest, now=now)


@register.simple_tag
def unread_notices(user: Any) -> int:
    """How many notices the person has not opened yet."""
    return Notice.objects.of(user).unread().count() if isinstance(user, User) else 0
