"""The clock's door to the calendar."""

from celery import shared_task
from django.utils import timezone

from contest.rounds import calendar


@shared_task
def lock_banks() -> None:
    """Banks are locked while rounds draw from them, and free again afterwards, whoever changed the calendar."""
    calendar.lock_banks(timezone.now())
