"""`manage.py demo`: what the demo needs before its processes start; `make demo` calls it."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import User
from contest.launch import say, step


class Command(BaseCommand):
    """Tables, static files, and people when there are none."""

    help = "Prepare the demo: tables, static files and, when nobody is there yet, a contest at the chosen stage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The stage of the contest, and whether what is there is thrown away."""
        parser.add_argument("--stage", default="open")
        parser.add_argument("--fresh", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """The demo can start; all of it may be done again without harm."""
        with step("Bringing the tables up to date"):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
        mark, print_now = Path(settings.STATIC_ROOT) / ".collected", fingerprint()
        if not mark.exists() or mark.read_text() != print_now:
            with step("Collecting the static files"):
                call_command("collectstatic", interactive=False, verbosity=0)
                mark.write_text(print_now)
        if options["fresh"] or not User.objects.exists():
            call_command("seed", stage=options["stage"], fresh=options["fresh"])
        else:
            say("What the last start left is kept; FRESH=1 begins anew, at STAGE=before, open or closed.")


def fingerprint() -> str:
    """Changes when a static file appears, goes or is written."""
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            place = Path(storage.path(path))
            found.update(f"{place} {place.stat().st_mtime_ns} {place.stat().st_size}\n".encode())
    return found.hexdigest()
