"""`manage.py import_roster FILE --contest SLUG`: the units' lists from a CSV or XLSX file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management.commands.import_units import report
from contest.foundations.refusing import Refused
from contest.rounds import rosters
from contest.rounds.models import Contest


class Command(BaseCommand):
    """Import people as entrants; with a problem in any row nothing is written, and the exit code is 1."""

    help = "Import a roster: full name, birth, phone, citizen number, party card, unit code or path, obliged, exempt …"

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, the contest, and how to go about it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--contest", required=True, help="the address of the contest")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, file: Path, contest: str, dry_run: bool, json: bool, **options: Any) -> None:
        """Read, say what it means, and do it unless something is wrong."""
        now = timezone.now()
        try:
            found = Contest.objects.get(slug=contest)
            data = file.read_bytes()
            done = rosters.preview(data, file.name, found, now=now)
            if not dry_run and not done.problems:
                done = rosters.commit(data, file.name, found, by=None, now=now)
        except Contest.DoesNotExist as error:
            raise CommandError(f"there is no contest “{contest}”") from error
        except (OSError, Refused) as error:
            raise CommandError(str(error)) from error
        report(self, done, as_json=json)
        if done.problems:
            sys.exit(1)
