"""The clock's door to notices."""

from celery import shared_task
from django.utils import timezone

from contest.notices import telling


@shared_task
def send() -> int:
    """Send what is due, some at a time."""
    return telling.send_due(now=timezone.now())
