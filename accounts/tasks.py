"""The clock's door: the alarm for waves of wrong codes, and what is no longer needed."""

from celery import shared_task
from django.utils import timezone

from accounts import guarding, sessions


@shared_task
def watch_sign_in() -> int:
    """A wave of wrong codes has raised its alarm; how many minutes of one were new."""
    return guarding.alarm(timezone.now())


@shared_task
def tidy_sign_in() -> None:
    """Sessions that ended and misses that no longer count are gone."""
    guarding.tidy(timezone.now())
    sessions.SessionStore.clear_expired()
