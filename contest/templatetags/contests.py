"""Which contest a page belongs to when it says none."""

from __future__ import annotations

from django import template
from django.db import InterfaceError, OperationalError
from django.template.context import Context

from contest.rounds import reading
from contest.rounds.models import Contest

register = template.Library()


@register.simple_tag(takes_context=True)
def page_contest(context: Context) -> Contest | None:
    """The contest of the page; on pages of no contest the public one, where there is one alone.

    None while the database is away: pages that tell of an error are shown then, too.
    """
    found: Contest | None = context.get("contest")
    try:
        return found or reading.only()
    except (OperationalError, InterfaceError):
        return None
