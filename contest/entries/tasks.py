"""The clock's door to the entries."""

from celery import shared_task
from django.utils import timezone

from contest.entries import comparing, filing, intake, merging


@shared_task
def examine() -> int:
    """Look at the files that have arrived."""
    return filing.examine_due(now=timezone.now())


@shared_task
def tidy() -> int:
    """Forget the pieces of what never arrived whole."""
    return filing.tidy(now=timezone.now())


@shared_task
def compare() -> int:
    """Compare what was handed in with all that was handed in before."""
    return comparing.refresh(now=timezone.now())


@shared_task
def remind() -> int:
    """Remind people of deadlines that are near."""
    return intake.remind(now=timezone.now())


@shared_task
def follow() -> int:
    """Entries of accounts that were merged go to the account that was kept."""
    return merging.follow(now=timezone.now())
