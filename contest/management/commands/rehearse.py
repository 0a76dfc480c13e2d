"""`manage.py rehearse`: thousands of made-up entrants sit a round, and then it is shown that nothing was lost."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contest.embedded import EmbeddedError, Servers, root
from contest.launch import HOST, step
from contest.management.commands import demo
from contest.management.measuring import benchmark, rehearsal, stack

SETTINGS = {"LOG_LEVEL": "WARNING"}
ACTS = ("prepare", "arrive", "verify")


class Command(BaseCommand):
    """The rehearsal, on servers of its own or on a platform that is there; an error when a promise was broken."""

    help = (
        "Rehearse on servers of its own, or with --target on a deployed platform, whose database DATABASE_URL names. "
        "Where the crowd's machine cannot reach that, --only prepare and --only verify run beside the database, "
        "and --only arrive with the plan that was prepared runs elsewhere."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How many arrive by which curve, where, and what is kept."""
        parser.add_argument("--entrants", type=int, default=5000)
        parser.add_argument("--curve", choices=rehearsal.CURVES, default="week")
        parser.add_argument("--seconds", type=float, help="in which all arrive; by itself, 15 of them a second")
        parser.add_argument("--think", type=float, default=1.0, help="how long they read; 1: sittings of 20 s")
        parser.add_argument("--target", default="", metavar="URL")
        parser.add_argument("--only", choices=ACTS, help="one act, of a rehearsal whose acts run on several machines")
        parser.add_argument("--keep", action="store_true", help="leave the contest as it is afterwards")
        parser.add_argument("--servers", type=Path, default=root() / "var" / "rehearsal", metavar="DIRECTORY")
        parser.add_argument("--plan", type=Path, metavar="DIRECTORY", help="with the plan and the acknowledgements")
        parser.add_argument("--port", type=int, default=18400)
        parser.add_argument("--out", type=Path, default=root() / "var" / "rehearsal.json", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """The figures stand at the terminal and in the file."""
        target = options["target"].rstrip("/")
        ours = None if target or options["only"] else self.own_stack(options)
        acts = [options["only"]] if options["only"] else list(ACTS)
        rehearsed = rehearsal.Rehearsal(
            entrants=options["entrants"],
            curve=options["curve"],
            host=target or f"http://{HOST}:{options['port']}",
            directory=options["plan"] or options["servers"] / "rehearsal",
            seconds=options["seconds"] or options["entrants"] / rehearsal.PACE,
            think=options["think"],
            stack=ours,
        )
        if target and acts == list(ACTS) and is_embedded(options["servers"]):
            raise CommandError(
                "DATABASE_URL does not name the target's database, so nobody can be made up there. Give it, or run "
                "`manage.py rehearse --only prepare --target URL --plan DIRECTORY` beside that database first, and "
                "here `--only arrive` with the same directory."
            )
        try:
            if ours:
                with step("Starting the web server, a worker and beat"):
                    ours.start()
            for act in acts:
                getattr(rehearsed, act)()
            if not options["keep"] and "verify" in acts:
                rehearsed.clean()
        except EmbeddedError as trouble:
            raise CommandError(str(trouble)) from trouble
        finally:
            if ours:
                ours.stop()
        benchmark.write(rehearsed.figures, options["out"])
        rehearsal.announce(rehearsed.figures, options["out"])
        if not rehearsed.is_good:
            raise CommandError("A promise was broken.")

    def own_stack(self, options: dict[str, Any]) -> stack.Stack:
        """The stack on servers of its own, which hold nothing but the tables."""
        try:
            servers = stack.own_servers(options["servers"])
            stack.empty(servers)
        except EmbeddedError as trouble:
            raise CommandError(str(trouble)) from trouble
        demo.prepare()
        return stack.Stack(servers, options["port"], SETTINGS)


def is_embedded(directory: Path) -> bool:
    """Whether this process was given the servers of the directory, and no others."""
    return os.environ.get("DATABASE_URL") == Servers(directory, durable=True).database_url
