"""`manage.py import_bank FILE --bank NAME`: a bank file from the terminal, with the same preview as in the admin."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from contest.foundations.refusing import Refused
from contest.questions import importing, reviewing, writing
from contest.questions.importing import Parsed, Preview, State
from contest.questions.models import Bank, BankMember


class Command(BaseCommand):
    """Adds the questions of a file to a bank, all or none; with `--approve-by`, reviewed by that person at once."""

    help = "Add the questions of a CSV or XLSX file to a bank; nothing is added when a row has a fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, the bank, and who writes and reviews."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--bank", required=True, metavar="NAME", help="made when there is none of this name")
        parser.add_argument("--by", metavar="EMAIL", help="who writes the questions; owns the bank if it is new")
        parser.add_argument("--approve-by", metavar="EMAIL", help="the second person, who approves them at once")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Preview, and unless it is a dry run, commit."""
        by, approver = (_person(options[name]) if options[name] else None for name in ("by", "approve_by"))
        bank = _bank(options["bank"])
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        try:
            parsed = importing.parse(data, options["file"].name)
            preview = importing.preview(bank, parsed)
            self._tell(preview, as_json=options["json"])
            if preview.count(State.FAULTY):
                raise CommandError("Nothing was imported.")
            if options["dry_run"]:
                return
            added, approved = _write(bank, options["bank"], parsed, by=by, approver=approver, now=datetime.now(UTC))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"added": added, "approved": approved}))
        else:
            self.stdout.write(f"{added} questions added, {approved} approved.")

    def _tell(self, preview: Preview, *, as_json: bool) -> None:
        if as_json:
            rows = [
                {
                    "row": row.parsed.row,
                    "state": row.state.value,
                    "faults": row.faults,
                    "warnings": row.warnings,
                    "keep_last": row.suggested_letters,
                }
                for row in preview.rows
            ]
            self.stdout.write(json.dumps({"rows": rows, "new_topics": preview.new_topics}, ensure_ascii=False))
            return
        for row in preview.rows:
            notes = [*row.faults, *row.warnings]
            if row.suggested_letters:
                notes.append(f"keeps {row.suggested_letters} last")
            if notes or row.state != State.NEW:
                self.stdout.write(f"row {row.parsed.row}: {row.state.value}. {' '.join(notes)}".rstrip())
        counts = ", ".join(f"{preview.count(state)} {state.value}" for state in State)
        self.stdout.write(f"{len(preview.rows)} rows: {counts}")


def _write(
    bank: Bank | None, name: str, parsed: Parsed, *, by: User | None, approver: User | None, now: datetime
) -> tuple[int, int]:
    """How many questions were added and approved; a new bank comes with its two people, or nothing comes at all."""
    with transaction.atomic():
        if bank is None:
            bank = writing.found(name, by=by)
            if approver is not None:
                BankMember.objects.get_or_create(bank=bank, user=approver, defaults={"role": BankMember.Role.REVIEWER})
        added = importing.commit(bank, parsed, by=by, now=now)
        if approver is None or not added:
            return len(added), 0
        outcome = reviewing.approve_all(bank, [question.pk for question in added], by=approver, now=now)
        if outcome.refused:
            raise Refused(next(iter(outcome.refused.values())))
        return len(added), len(outcome.approved)


def _person(email: str) -> User:
    try:
        person: User = User.objects.get(email=email)
    except User.DoesNotExist as error:
        raise CommandError(f"Nobody has the e-mail address {email}.") from error
    return person


def _bank(name: str) -> Bank | None:
    """The bank of this name, None when it is to be made."""
    found = list(Bank.objects.filter(name=name)[:2])
    if len(found) > 1:
        raise CommandError(f"Several banks have the name {name!r}.")
    return found[0] if found else None
