"""The clock's door to judging."""

from celery import shared_task
from django.utils import timezone

from contest.judging import concluding


@shared_task
def conclude() -> int:
    """Keep up what locked sheets come to."""
    return concluding.refresh(now=timezone.now())
