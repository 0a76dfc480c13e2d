"""`manage.py bench`: what a save, a whole journey, a page of standings and a ranking cost; `make bench` calls it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contest.embedded import EmbeddedError, root
from contest.management.commands import demo
from contest.management.measuring import benchmark, stack

# As the demo runs it, but for the floor's address and a log that is not written to for each redirect.
SETTINGS = {"BENCH": "1", "LOG_LEVEL": "WARNING"}
QUICK = benchmark.Sizes(
    people=300,
    idle_s=2,
    rounds=1,
    requests=40,
    stepped=8,
    journeys=8,
    pages=8,
    at_once=2,
    clients=2,
    rankings=1,
    entries=30,
    judges=6,
)


class Command(BaseCommand):
    """The bench, on servers of its own whose data it throws away."""

    help = "Measure on servers of its own: python -m contest.launch --servers var/bench run -- manage.py bench"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where its servers are, its port, where the figures go, and small sizes for trying it."""
        parser.add_argument("--servers", type=Path, default=root() / "var" / "bench", metavar="DIRECTORY")
        parser.add_argument("--port", type=int, default=18300)
        parser.add_argument("--out", type=Path, default=root() / "var" / "bench.json", metavar="FILE")
        parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, measures nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """The figures stand at the terminal and in the file; which targets are missed is said, and fails nothing."""
        if not settings.BENCH:
            raise CommandError("Set BENCH=1, as `make bench` does: the floor needs its address.")
        try:
            servers = stack.own_servers(options["servers"])
            stack.empty(servers)
            demo.prepare()
            measured = stack.Stack(servers, options["port"], SETTINGS)
            figures = benchmark.Bench(measured, QUICK if options["quick"] else benchmark.Sizes()).run()
        except EmbeddedError as trouble:
            raise CommandError(str(trouble)) from trouble
        benchmark.write(figures, options["out"])
        benchmark.announce(figures, options["out"])
