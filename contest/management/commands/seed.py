"""`manage.py seed`: a whole contest at a chosen stage, with made-up people in real places."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone, translation

from accounts import slips
from accounts.models import User
from contest.management.seeding import (
    alike,
    calls,
    cast,
    chronicle,
    crowd,
    handing_in,
    judging,
    other_rounds,
    programme,
    sittings,
    tree,
)
from contest.rounds.models import Contest
from contest.standings import board

PEOPLE = 1500
MOST_SLIPS = 2000  # people of the crowd who hold a slip: nobody reads more of them


class Command(BaseCommand):
    """Seed the database, or print who can be signed in as."""

    help = "Make the demo's contest: units, people, bank, rounds, attempts, boards."

    def add_arguments(self, parser: CommandParser) -> None:
        """The stage and the size, or only the table of who is who."""
        parser.add_argument("--stage", choices=programme.STAGES, default="open")
        parser.add_argument("--fresh", action="store_true", help="throw everything away first")
        parser.add_argument("--people", type=int, default=PEOPLE)
        parser.add_argument("--attempts", type=int, help="in all; by default as many as such a contest has")
        parser.add_argument("--works", type=int, default=handing_in.ALL, help="models and initiatives at most")
        parser.add_argument("--who", action="store_true", help="print who can be signed in as, and do nothing")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--i-know", action="store_true", help="do it although this is not the demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse, or print, or seed."""
        self.is_quiet = options["json"]
        if options["who"]:
            self._who(as_json=options["json"])
            return
        if not (settings.DEMO or options["i_know"]):
            raise CommandError(
                "This is not the demo: made-up people with public codes belong there. --i-know to go on."
            )
        if Contest.objects.filter(slug=programme.SLUG).exists() and not options["fresh"]:
            raise CommandError("The demo's contest is there already. --fresh to throw everything away and begin anew.")
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            figures = self._seed(**options)
        if options["json"]:
            self.stdout.write(json.dumps(figures))

    def _seed(
        self, *, stage: str, people: int, attempts: int | None, works: int, fresh: bool, **options: Any
    ) -> dict[str, int]:
        now = timezone.now()
        if fresh:
            with self._step("Throwing away what was there"):
                call_command("flush", interactive=False, verbosity=0)
        with self._step("Planting the tree of units"):
            units = tree.plant()
        with self._step("Setting up the contest and its bank"):
            manages = units.named(cast.PHUONG_TU)
            made = programme.set_up(stage, units.root, manages.unit, now=now)
            asked = calls.set_up(made.contest, [made.staff["chair"], made.staff["judge"]], units, now=now)
        members: list[crowd.Member] = []
        with self._step(f"Gathering {people} people"):
            for batch in crowd.gather(made, units, people, now=now):
                members += batch
        counts = []
        sat = sittings.sit(made, members, attempts=attempts, now=now)
        for period in made.periods:
            with self._step(f"Taking the quiz: {period}"):
                counts.append(next(sat, 0))
        sittings.sign_in(made)
        with self._step("Keeping consents and slips"):
            crowd.agree(made, members, now=now)
            crowd.arrive(made, now=now)
            self._slips(made, members, now)
        entries = self._works(stage, made, asked, units, members, works, now) if stage != "before" else 0
        chronicle.analyze()
        with self._step("Building the boards"):
            boards = board.refresh(now=now, contest=made.contest, force=True)
        return {
            "units": len(units.grassroots) + sum(len(place.path) > 2 for place in units.cells),
            "people": len(members),
            "attempts": sum(counts),
            "entries": entries,
            "boards": boards,
        }

    def _works(
        self, stage: str, made: programme.Programme, asked: calls.Calls, units: tree.Tree,
        members: list[crowd.Member], most: int, now: datetime,
    ) -> int:  # fmt: skip
        """Entries of all judged rounds, and what became of them."""
        story = chronicle.Chronicle(made.contest.pk)
        secretary = made.staff["secretary"]
        with self._step("Handing in models and initiatives"):
            count = len(handing_in.hand_in(asked, members, stage, story, most=most, now=now))
            if stage in programme.AFTER:
                people = handing_in.able(members)
                other_rounds.essays(asked, people, secretary, story, most=min(other_rounds.ESSAYS, most // 4))
                opens_at = asked.live_stage.opens_at or now
                begun = min(now - 3 * calls.DAY, opens_at - 20 * calls.DAY)
                other_rounds.teams(asked, people, units, secretary, story, at=begun)
            story.write()
        chronicle.analyze()
        if stage in programme.AFTER:
            with self._step("Looking for entries that are alike"):
                alike.compare(now=now)
            with self._step("Judging" if stage == "judging" else "Judging and publishing"):
                over = stage == "published"
                judging.Course(asked, made.staff["organizer"], secretary, story, now, over).run()
        chronicle.settle(now)
        return count

    def _slips(self, made: programme.Programme, members: list[crowd.Member], now: Any) -> None:
        for person in cast.ENTRANTS:
            cast.hand_slip(person, User.objects.get(phone=person.phone, full_name=person.full_name), now=now)
        for person in cast.STAFF:
            if person.has_slip:
                cast.hand_slip(person, made.staff[person.key], now=now)
        given = [
            member.entrant.user for member in members if member.periods is None and member.entrant.user.signed_in_at
        ]
        slips.issue(given[:MOST_SLIPS], by=made.staff["manager"], now=now)

    def _who(self, *, as_json: bool) -> None:
        rows = cast.who()
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        self.stdout.write(f"\nBy slip, at {settings.SITE_URL}/sign-in/ or by the link of its QR code:")
        for row in rows:
            if "code" in row:
                self.stdout.write(f"  {row['name']:<22}{row['identifier']:<12}{row['code']:<12}{row['about']}")
                self.stdout.write(f"  {'':<22}{row['link']}")
        self.stdout.write(f"\nBy e-mail and password, at {settings.SITE_URL}/account/login/:")
        for row in rows:
            if "email" in row:
                self.stdout.write(f"  {row['name']:<22}{row['email']:<21}{row['password']:<15}{row['about']}")

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        """A line that says what takes its time, and how long it took."""
        begun = time.monotonic()
        if not self.is_quiet:
            self.stdout.write(f"{what} … ", ending="")
            self.stdout.flush()
        yield
        if not self.is_quiet:
            self.stdout.write(f"{time.monotonic() - begun:.1f} s")
