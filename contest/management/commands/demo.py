"""`manage.py demo`: what the demo needs before its processes start; `make demo` calls it."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.models import User
from contest.launch import say, step
from contest.management.seeding import programme


class Command(BaseCommand):
    """Tables, static files, and people when there are none."""

    help = "Prepare the demo: tables, static files and, when nobody is there yet, a contest at the chosen stage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The stage of the contest, whether what is there is thrown away, and where to write who may sign in."""
        parser.add_argument("--stage", default="open")
        parser.add_argument("--fresh", action="store_true")
        parser.add_argument("--who", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """The demo can start; all of it may be done again without harm."""
        prepare()
        if options["fresh"] or not User.objects.exists():
            with transaction.atomic():  # whoever interrupts it finds nobody there at the next start, not half of them
                call_command("seed", stage=options["stage"], fresh=options["fresh"])
        else:
            stages = ", ".join(programme.STAGES)
            say(f"What the last start left is kept; FRESH=1 begins anew, at one of STAGE={stages}.")
        if options["who"]:
            with options["who"].open("w") as who:
                call_command("seed", who=True, stdout=who)


def prepare() -> None:
    """Tables and static files are those of this checkout."""
    with step("Bringing the tables up to date"):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    mark, files = Path(settings.STATIC_ROOT) / ".collected", fingerprint()
    if not mark.exists() or mark.read_text() != files:
        with step("Collecting the static files"):
            call_command("collectstatic", interactive=False, verbosity=0)
            mark.write_text(files)


def fingerprint() -> str:
    """Changes when a static file appears, goes or is written."""
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            place = Path(storage.path(path))
            found.update(f"{place} {place.stat().st_mtime_ns} {place.stat().st_size}\n".encode())
    return found.hexdigest()
