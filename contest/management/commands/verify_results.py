"""`manage.py verify_results`: whether every result is still what it was when it was made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contest.results import freezing
from contest.results.models import Snapshot


class Command(BaseCommand):
    """Digests of all results, computed again from their lines."""

    help = "Compute the digests of all results again from their lines; fails when one is another."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing is wrong and it says so, or each thing that is wrong stands on a line."""
        problems = freezing.verify()
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{Snapshot.objects.count()} results, each as it was made")
