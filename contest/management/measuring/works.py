"""What the lists of a judged round cost at 3,000 entries, and how long sharing them out among 60 judges takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contest.entries.models import Author, Call, Category, Entry, Kind, Section, Version
from contest.judging import assigning, concluding
from contest.judging.models import (
    Assignment,
    Criterion,
    Mark,
    Panel,
    Rubric,
    Seat,
    Sheet,
    Stage,
    StageRubric,
)
from contest.management.measuring import cpu, made_up
from contest.management.measuring.phone import Unexpected
from contest.results import freezing
from contest.rounds import entering
from contest.rounds.models import Office, Round

BY_EMAIL = "allauth.account.auth_backends.AuthenticationBackend"
CRITERIA = (("1", 30), ("2", 30), ("3", 20), ("4", 20))
# Of the pages that are measured: lists, which must cost the same however long they are.
LISTS = ("desk_entries", "desk_candidates", "desk_result", "call", "judge_list", "results", "works")
TEXT = "Tổ công nghệ số cộng đồng đến từng nhà, giúp người dân nộp hồ sơ trực tuyến và trả kết quả tại thôn. " * 12


@dataclass
class Works:
    """A made-up round that was handed in, judged and published; `pages` are its lists with who reads them."""

    scene: made_up.Scene
    people: list[made_up.Person]
    entries: int = 3000
    judges: int = 60
    times: int = 5
    figures: dict[str, Any] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    # --- Before ------------------------------------------------------------------------------------------------------
    def fill(self) -> None:
        """The entries are valid and taken in, and the panel is complete."""
        now = self.now = datetime.now().astimezone()
        contest = self.scene.contest
        with transaction.atomic():
            self.round = Round.objects.create(
                contest=contest, order=2, kind=Round.Kind.INITIATIVE, title="Mô hình, sáng kiến",
                opens_at=now - timedelta(days=30), closes_at=now - timedelta(days=3),
            )  # fmt: skip
            self.organizer = self.staff("Người tổ chức", Office.Role.ORGANIZER)
            self._entries()
            self._stage()

    def staff(self, name: str, role: str) -> User:
        """Somebody made up with an office."""
        user: User = User.objects.create(full_name=name, email=f"office{next(self.numbers)}@bench.example")
        entering.appoint(user, self.scene.contest, role, by=None, now=self.now)
        user.refresh_from_db()
        return user

    def _entries(self) -> None:
        call = Call.objects.create(round=self.round)
        kind = Kind.objects.create(call=call, title="Sáng kiến", letters="SK", last_number=self.entries)
        category = Category.objects.create(call=call, title="Cải cách hành chính")
        section = Section.objects.create(call=call, title="Giải pháp")
        authors = User.objects.in_bulk([person.user for person in self.people[: self.entries]])
        made = []
        for number, author in enumerate(authors.values(), start=1):
            made.append(
                Entry(
                    round=self.round, kind=kind, category=category, number=number, code=f"SK-{number:04}",
                    form="individual", title=f"Tổ công nghệ số cộng đồng số {number}", unit_id=author.unit_id,
                    answers={str(section.pk): TEXT}, status="valid", version=1, created_by=author, may_show=True,
                    registered_at=self.now - timedelta(days=20), submitted_at=self.now - timedelta(days=9),
                    search=f"sk-{number:04} to cong nghe so",
                )
            )  # fmt: skip
        Entry.objects.bulk_create(made, batch_size=500)
        Author.objects.bulk_create(
            (
                Author(
                    entry=entry, user=entry.created_by, full_name=entry.created_by.full_name, share=100, is_lead=True,
                    unit_id=entry.unit_id, confirmed_at=entry.registered_at,
                )
                for entry in made
            ),
            batch_size=1000,
        )  # fmt: skip
        Version.objects.bulk_create(
            (
                Version(
                    entry=entry, number=1, handed_in_at=self.now, handed_in_by=entry.created_by, receipt=entry.code,
                    content={"title": entry.title, "answers": entry.answers},
                )
                for entry in made
            ),
            batch_size=500,
        )  # fmt: skip

    def _stage(self) -> None:
        rubric = Rubric.objects.create(contest=self.scene.contest, title="Mô hình, sáng kiến")
        self.criteria = [
            Criterion.objects.create(rubric=rubric, code=code, title=f"Tiêu chí {code}", maximum=maximum, order=order)
            for order, (code, maximum) in enumerate(CRITERIA)
        ]
        self.stage = Stage.objects.create(
            round=self.round, order=1, title="Sơ khảo", judges_per_entry=3, tolerance=20,
            opens_at=self.now - timedelta(days=2), closes_at=self.now + timedelta(days=9),
        )  # fmt: skip
        StageRubric.objects.create(stage=self.stage, rubric=rubric)
        panel = Panel.objects.create(stage=self.stage, title="Ban giám khảo")
        judges = [self.staff(f"Giám khảo {number}", Office.Role.JUDGE) for number in range(self.judges)]
        self.seats = [Seat.objects.create(panel=panel, user=judge) for judge in judges]
        assigning.take_in(self.stage, by=self.organizer, now=self.now)

    # --- Sharing out and marking -------------------------------------------------------------------------------------
    def assign(self) -> None:
        """Everyone has what the solver gave them; how long a plan takes, its child process included."""
        began = time.monotonic()
        plan = assigning.plan(self.stage)
        self.figures["assignment_s"] = round(time.monotonic() - began, 2)
        loads = [after for _seat, _before, after in plan.loads]
        assigning.confirm(self.stage, plan.token, by=self.organizer, now=self.now)
        self.figures |= {"assignments": sum(loads), "least_load": min(loads), "greatest_load": max(loads)}

    def mark(self) -> None:
        """Every sheet is sealed; outcomes stand, and how long they took."""
        rng = Random(24)  # noqa: S311  (marks, not secrets)
        rows = list(Assignment.objects.filter(seat__panel__stage=self.stage))
        level = {row.candidate_id: rng.uniform(0.4, 0.95) for row in rows}
        sheets, marks = [], []
        for row in rows:
            points = [round(level[row.candidate_id] * maximum + rng.uniform(-2, 2)) for _code, maximum in CRITERIA]
            points = [min(max(one, 0), most) for one, (_code, most) in zip(points, CRITERIA, strict=True)]
            sheets.append(
                Sheet(
                    assignment=row, rubric=self.criteria[0].rubric, begun_at=self.now, saved_at=self.now, revision=4,
                    locked_at=self.now, total=Decimal(sum(points)), seconds=300,
                )
            )  # fmt: skip
            marks.append(points)
        with transaction.atomic():
            Sheet.objects.bulk_create(sheets, batch_size=1000)
            Mark.objects.bulk_create(
                (
                    Mark(sheet=sheet, criterion=criterion, points=one)
                    for sheet, points in zip(sheets, marks, strict=True)
                    for criterion, one in zip(self.criteria, points, strict=True)
                ),
                batch_size=2000,
            )
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        began = time.process_time()
        concluding.conclude(self.stage, now=self.now)
        self.figures["outcomes_cpu_s"] = round(time.process_time() - began, 2)

    def publish(self) -> None:
        """The stage is closed, and its result frozen and published."""
        concluding.close(self.stage, by=self.organizer, now=self.now)
        began = time.process_time()
        snapshot = freezing.make(self.stage, by=self.organizer, now=self.now + timedelta(seconds=1))
        self.figures["snapshot_cpu_s"] = round(time.process_time() - began, 2)
        freezing.check(snapshot, by=self.organizer, now=self.now + timedelta(seconds=2))
        freezing.publish(snapshot, by=self.organizer, decision="Đo hiệu năng", now=self.now + timedelta(seconds=3))

    # --- Lists -------------------------------------------------------------------------------------------------------
    def pages(self) -> dict[str, tuple[User | None, str]]:
        """Who reads which list."""
        contest, judge = self.scene.contest, self.seats[0].user
        entry = Entry.objects.filter(round=self.round).earliest("number")
        return {
            "desk_entries": (self.organizer, reverse("admin:entries_entry_changelist")),
            "desk_candidates": (self.organizer, reverse("admin:judging_candidate_changelist")),
            "desk_stage": (self.organizer, reverse("admin:judging_stage_change", args=[self.stage.pk])),
            "desk_result": (
                self.organizer,
                reverse("admin:results_snapshot_lines", args=[self.stage.snapshots.get().pk]),
            ),
            "call": (None, reverse("call", args=[contest.slug, 2])),
            "judge_list": (judge, reverse("judging", args=[contest.slug])),
            "chair": (self.organizer, reverse("chair", args=[contest.slug, self.stage.pk])),
            "results": (None, reverse("result_round", args=[contest.slug, 2])),
            "works": (None, reverse("works", args=[contest.slug, 2])),
            "work": (None, reverse("work", args=[contest.slug, 2, entry.code])),
        }

    def measure(self, servers: Mapping[str, int]) -> None:
        """Queries and CPU of each list: this process's and the database's, the median of a few readings."""
        meter = cpu.Meter(servers)
        for name, (user, path) in self.pages().items():
            client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
            if user:
                client.force_login(user, backend=BY_EMAIL)
            get = self._get(client, path)
            get()
            queries: list[str] = []
            with connection.execute_wrapper(self._counting(queries)):
                get()
            spent = []
            for _turn in range(self.times):
                own = time.process_time()
                meter.lap()
                get()
                spent.append(time.process_time() - own + meter.lap().total())
            self.figures[name] = {"queries": len(queries), "cpu_ms": round(1000 * median(spent), 1)}

    def _counting(self, queries: list[str]) -> Callable[..., Any]:
        def execute(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            queries.append(sql)
            return execute(sql, *rest)

        return execute

    def _get(self, client: Client, path: str) -> Callable[[], None]:
        def get() -> None:
            reply = client.get(path)
            if reply.status_code != 200:
                raise Unexpected(f"{path}: {reply.status_code}")

        return get

    def run(self, servers: Mapping[str, int]) -> dict[str, Any]:
        """Every figure of these."""
        self.fill()
        self.assign()
        self.mark()
        self.publish()
        self.measure(servers)
        return self.figures
