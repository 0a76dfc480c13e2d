"""The clock's door to the attempts."""

from celery import shared_task
from django.utils import timezone

from contest.attempts import grading, sitting


@shared_task
def grade() -> int:
    """Grade what is due."""
    return grading.grade_due(now=timezone.now())


@shared_task
def close() -> int:
    """Close what ran out, extra time granted meanwhile included."""
    sitting.lengthen(now=timezone.now())
    return sitting.close_overdue(now=timezone.now())
