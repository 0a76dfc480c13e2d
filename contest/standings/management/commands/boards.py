"""`manage.py boards`: the boards as they stand, built anew, or held against a computation from scratch."""

import json
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contest.rounds.models import Contest
from contest.standings import board as boards
from contest.standings.board import Scope

SHOWN = 10  # differences of a board that are told


class Command(BaseCommand):
    """Lists boards; with `--check` the exit code is 1 when one differs from the grades that it is made from."""

    help = "List the boards; --rebuild makes them anew, --check compares them with a computation from scratch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which boards, and what is done with them."""
        parser.add_argument("--contest", metavar="SLUG", help="the boards of one contest alone")
        parser.add_argument("--rebuild", action="store_true", help="build all of them, whether anything changed or not")
        parser.add_argument(
            "--check", action="store_true", help="tell where they differ from a computation from scratch"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, list, check."""
        now, began = datetime.now(UTC), time.monotonic()
        contest = Contest.objects.filter(slug=options["contest"]).first() if options["contest"] else None
        if options["contest"] and contest is None:
            raise CommandError(f"There is no contest “{options['contest']}”.")
        rebuilt = boards.refresh(now=now, contest=contest, force=True) if options["rebuild"] else 0
        rows = [self._row(scope, now, check=options["check"]) for scope in boards.scopes(now=now, contest=contest)]
        are_equal = not any(row.get("differences") for row in rows)
        if options["json"]:
            outcome = {"boards": rows, "rebuilt": rebuilt, "seconds": round(time.monotonic() - began, 3)}
            self.stdout.write(json.dumps(outcome | ({"equal": are_equal} if options["check"] else {})))
        else:
            self._tell(rows, rebuilt)
        if not are_equal:
            raise CommandError("Boards differ from the grades: the clock mends that, or --rebuild.")

    def _row(self, scope: Scope, now: datetime, *, check: bool) -> dict[str, Any]:
        board = scope.board()
        row = {
            "board": str(scope),
            "id": board.pk,
            "build": board.build,
            "built_at": board.built_at.isoformat() if board.built_at else None,
            "people": board.people,
            "attempts": board.attempts,
            "ranked": board.ranked,
            "is_public": board.is_public,
            "is_frozen": scope.is_frozen(now),
        }
        if check:
            different = boards.differences(scope, now=now)
            row |= {"differences": different[:SHOWN], "different_lines": len(different)}
        return row

    def _tell(self, rows: list[dict[str, Any]], rebuilt: int) -> None:
        if rebuilt:
            self.stdout.write(f"{rebuilt} boards rebuilt.")
        for row in rows:
            state = ", ".join(
                word for word, is_so in (("public", row["is_public"]), ("frozen", row["is_frozen"])) if is_so
            )
            self.stdout.write(
                f"{row['board']}: {row['people']} people, {row['attempts']} attempts, {row['ranked']} ranked, "
                f"build {row['build']}{', ' if state else ''}{state}"
            )
            for line in row.get("differences", []):
                self.stdout.write(f"  {line}")
        if not rows:
            self.stdout.write("There are no boards.")
