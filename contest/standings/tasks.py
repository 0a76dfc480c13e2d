"""The clock's door to the boards."""

from celery import shared_task
from django.utils import timezone

from contest.standings import board


@shared_task
def refresh() -> int:
    """Rebuild the boards whose source has changed."""
    return board.refresh(now=timezone.now())
