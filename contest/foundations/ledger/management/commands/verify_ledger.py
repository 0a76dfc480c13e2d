"""`manage.py verify_ledger`: whether each entry of the ledger is as it was written."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contest.foundations.ledger.models import Head
from contest.foundations.ledger.writing import verify


class Command(BaseCommand):
    """Prints the last entry's number and hash, worth noting elsewhere now and then; exit 1 on damage."""

    help = "Check that no entry of the ledger was changed, removed or put in between."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for scripts."""
        parser.add_argument("--json", action="store_true", help="print an object with entries, head and problems")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and tell."""
        problems, head = verify(), Head.objects.first()
        entries, digest = (head.last, bytes(head.hash).hex()) if head else (0, "")
        if options["json"]:
            self.stdout.write(json.dumps({"entries": entries, "head": digest, "problems": problems}))
        if problems:
            raise CommandError("\n".join(problems))
        if not options["json"]:
            self.stdout.write(f"The ledger is whole: {entries} entries, the last one {digest or 'none'}.")
