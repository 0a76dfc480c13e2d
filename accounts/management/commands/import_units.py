"""`manage.py import_units FILE`: the organization tree from a CSV or XLSX file."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import units
from contest.foundations.refusing import Refused


class Command(BaseCommand):
    """Import units; with a problem in any row nothing is written, and the exit code is 1."""

    help = "Import units (code, name, type, parent code, block, valid from, valid until, successor code)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how to go about it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, file: Path, dry_run: bool, json: bool, **options: Any) -> None:
        """Read, say what it means, and do it unless something is wrong."""
        try:
            data = file.read_bytes()
            done = units.preview(data, file.name)
            if not dry_run and not done.problems:
                done = units.import_units(data, file.name, by=None, now=timezone.now())
        except (OSError, Refused) as error:
            raise CommandError(str(error)) from error
        report(self, done, as_json=json)
        if done.problems:
            sys.exit(1)


def report(command: BaseCommand, done: units.Preview, *, as_json: bool) -> None:
    """The preview on the terminal: figures, changes, warnings, problems."""
    if as_json:
        command.stdout.write(json.dumps(asdict(done), ensure_ascii=False))
        return
    for change in done.changes:
        command.stdout.write(f"{change.row:>6}  {change.who}: {change.what} {change.old!r} → {change.new!r}")
    for kind, problems in (("warning", done.warnings), ("PROBLEM", done.problems)):
        for problem in problems:
            command.stdout.write(f"{problem.row:>6}  {kind} [{problem.column}] {problem.message}")
    counts = f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged, {len(done.problems)} problems"
    command.stdout.write(f"{done.rows} rows: {counts}")
