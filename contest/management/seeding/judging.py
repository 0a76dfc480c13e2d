"""How the demo's entries are judged, and what is announced of them: by the real rules, in the order of the days.

Sheets are written many at once (`marking`); all else, from the plan of who marks what to the published results, is
done by the acts that people do it by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from accounts.models import User
from contest.judging import assigning, concluding, conflicts, live, observing
from contest.judging.models import Assignment, Candidate, Seat, Stage
from contest.management.seeding import marking
from contest.management.seeding.calls import DAY, Calls
from contest.management.seeding.chronicle import Chronicle, analyze
from contest.management.seeding.marking import Task
from contest.results import freezing
from contest.results.models import Snapshot

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SEED = 24
ANCHORS = 3
SETTLED = 2  # disagreements that the chair has decided about while judging goes on
DRAWN_BY = "Vân Đình 24-CT/TU"
PRIZES = {1: "Giải Nhất", 2: "Giải Nhì", 3: "Giải Ba", 4: "Giải Khuyến khích", 5: "Giải Khuyến khích"}


@dataclass(frozen=True)
class Course:
    """Judging from its first day to `now`."""

    asked: Calls
    organizer: User
    secretary: User
    chronicle: Chronicle
    now: datetime
    is_over: bool

    @property
    def chair(self) -> User:
        """Who leads the panels."""
        return self.asked.judges[0]

    def run(self) -> None:
        """All stages are where they are at this moment."""
        if not self.is_over:
            self._begin(self.asked.stages[0], self.asked.judges)
            self._begin(self.asked.essay_stage, ())
            self._draw(self.now - 30 * HOUR)
            return
        self._judge(self.asked.stages[0], {}, first=True)
        self._judge(self.asked.essay_stage, PRIZES, first=True)
        self._judge(self.asked.stages[1], {})
        self._judge(self.asked.stages[2], PRIZES)
        self._live()

    # Stages ---

    def _begin(self, stage: Stage, with_conflicts: Sequence[User]) -> None:
        """Judges are at work: most sheets are locked, some are half done, others untouched."""
        opens_at = self._assign(stage, first=True, has_all=bool(with_conflicts))
        tasks: list[Task] = []
        for seat, rows in _by_seat(marking.open_ones(stage)).items():
            tasks += self._so_far(seat, rows, opens_at)
        marking.fill(stage, tasks, self.chronicle)
        self.chronicle.write()
        analyze()
        concluding.conclude(stage, now=self.now)
        if stage.on_discrepancy == Stage.Discrepancy.CHAIR:
            for number, candidate in enumerate(self._apart(stage)[:SETTLED]):
                self._decide(candidate, number, self.now - HOUR)

    def _so_far(self, seat: Seat, rows: Sequence[Assignment], opens_at: datetime) -> list[Task]:
        """What one judge has done: the chair all, the others most."""
        rng = Random(f"progress {seat.user.full_name} {rows[0].candidate.stage.round.order}")  # noqa: S311  (made-up)
        share = 1.0 if seat.is_chair else rng.uniform(0.7, 0.97)
        whole = max(1, round(share * len(rows)))
        drafts = 0 if seat.is_chair else rng.randint(1, 2)
        times = marking.moments(opens_at, self.now - HOUR, min(whole + drafts, len(rows)))
        return [Task(row, at, place < whole) for place, (row, at) in enumerate(zip(rows, times, strict=False))]

    def _assign(self, stage: Stage, *, first: bool, has_all: bool = True) -> datetime:
        """The entries are taken in and judges are assigned, a day before the stage opens; when that is."""
        assert stage.opens_at is not None  # as all of the demo
        at = stage.opens_at - 15 * HOUR
        assigning.take_in(stage, by=self.secretary, now=at)
        if first and has_all:
            rows = list(Candidate.objects.filter(stage=stage).order_by("entry__code"))
            anchors = rows[:: max(1, len(rows) // ANCHORS)][:ANCHORS]
            observing.set_anchors(stage, anchors, by=self.secretary, now=at + HOUR)
            for judge, row in zip(self.asked.judges[3:5], rows[-2:], strict=False):
                reason = "Tác giả là người thân trong gia đình."
                conflicts.declare(row.entry, judge, reason=reason, by=judge, now=at + 2 * HOUR)
        plan = assigning.plan(stage, seed=SEED)
        assigning.confirm(stage, plan.token, by=self.secretary, now=at + 3 * HOUR)
        return stage.opens_at

    def _judge(self, stage: Stage, prizes: Mapping[int, str], *, first: bool = False) -> None:
        """The stage from its first day to the published result."""
        opens_at = self._assign(stage, first=first, has_all=stage in self.asked.stages)
        closes_at = stage.closes_at
        assert closes_at is not None  # as all of the demo
        tasks: list[Task] = []
        for rows in _by_seat(marking.open_ones(stage)).values():
            times = marking.moments(opens_at, closes_at - 30 * HOUR, len(rows))
            tasks += [Task(row, at) for row, at in zip(rows, times, strict=True)]
        marking.fill(stage, tasks, self.chronicle)
        self.chronicle.write()
        analyze()
        self._settle(stage, closes_at - 20 * HOUR)
        concluding.close(stage, by=self.organizer, now=closes_at + 8 * HOUR)
        self._announce(stage, prizes, closes_at + 9 * HOUR)

    def _settle(self, stage: Stage, at: datetime) -> None:
        """Where judges disagree a further one marks, or the chair decides; equals at the edge are parted."""
        concluding.conclude(stage, now=at)
        if stage.on_discrepancy == Stage.Discrepancy.CHAIR:
            for candidate in self._apart(stage)[::3]:
                concluding.add_judge(candidate, by=self._leader(candidate), now=at)
        tasks = [Task(row, at + HOUR + place * 9 * MINUTE) for place, row in enumerate(marking.open_ones(stage))]
        marking.fill(stage, tasks, self.chronicle, may_differ=False)
        self.chronicle.write()
        concluding.conclude(stage, now=at + 12 * HOUR)
        for number, candidate in enumerate(self._apart(stage)):
            self._decide(candidate, number, at + 13 * HOUR + number * 5 * MINUTE)
        for equals in concluding.ties(stage):
            reason = "Hội đồng thống nhất: minh chứng đầy đủ hơn."
            concluding.break_tie(equals[0], reason=reason, by=self._leader(equals[0]), now=at + 15 * HOUR)

    def _apart(self, stage: Stage) -> list[Candidate]:
        rows = Candidate.objects.filter(stage=stage, outcome=Candidate.Outcome.DISCREPANT)
        return list(rows.select_related("stage__round__contest", "entry").order_by("entry__code"))

    def _decide(self, candidate: Candidate, number: int, at: datetime) -> None:
        said = marking.words()["decided"]
        concluding.decide(candidate, reason=said[number % len(said)], by=self._leader(candidate), now=at)

    def _leader(self, candidate: Candidate) -> User:
        """The chair, or an organizer where a conflict of interest keeps the chair away."""
        led = concluding.led_by(candidate.stage, self.chair).filter(pk=candidate.pk).exists()
        return self.chair if led else self.secretary

    # Results ---

    def _announce(self, stage: Stage, prizes: Mapping[int, str], at: datetime) -> Snapshot:
        """One organizer makes the result, another one checks it, and it is published by a decision."""
        made = freezing.make(stage, by=self.organizer, prizes=prizes, now=at)
        freezing.check(made, by=self.secretary, now=at + 20 * HOUR)
        day = timezone.localtime(at + DAY)
        number = 20 + Snapshot.objects.count()
        decision = f"Quyết định số {number}-QĐ/BTC ngày {day:%d/%m/%Y}"
        return freezing.publish(made, by=self.organizer, decision=decision, now=at + DAY)

    # The final before an audience ---

    def _draw(self, at: datetime) -> None:
        stage = self.asked.live_stage
        assigning.take_in(stage, by=self.secretary, now=at)
        live.draw(stage, by=self.secretary, now=at + HOUR, seed=DRAWN_BY)

    def _live(self) -> None:
        """Part by part, team by team: called, marked by every judge, announced."""
        stage = self.asked.live_stage
        assert stage.opens_at is not None  # as all of the demo
        self._draw(stage.opens_at - DAY)
        at, step = stage.opens_at + 10 * MINUTE, 8 * MINUTE
        seats = live.seats_of(stage)
        teams = list(stage.candidates.select_related("entry__unit", "stage__round").order_by("order"))
        for part in live.parts_of(stage):
            for team in teams:
                live.call(team, part, by=self.secretary, now=at)
                for place, seat in enumerate(seats):
                    self._mark(team, seat, part, at + (4 + place / 2) * MINUTE)
                live.announce(team, part, whole=True, by=self.secretary, now=at + 7 * MINUTE)
                at += step
        concluding.conclude(stage, now=at)
        for equals in concluding.ties(stage):
            reason = "Hội đồng thống nhất: phần hùng biện thuyết phục hơn."
            concluding.break_tie(equals[0], reason=reason, by=self.secretary, now=at)
        concluding.close(stage, by=self.organizer, now=at + 5 * MINUTE)
        made = freezing.make(stage, by=self.organizer, prizes=PRIZES, now=at + 6 * MINUTE)
        freezing.check(made, by=self.secretary, now=at + 10 * MINUTE)
        decision = f"Quyết định số 40-QĐ/BTC ngày {timezone.localtime(at):%d/%m/%Y}"
        freezing.publish(made, by=self.organizer, decision=decision, now=at + 12 * MINUTE)

    def _mark(self, team: Candidate, seat: Seat, part: live.Part, at: datetime) -> None:
        if not Assignment.objects.standing().filter(candidate=team, seat=seat).exists():
            return  # a conflict of interest keeps the judge from the team
        rng = Random(f"{team.entry.code} {part.criterion.code} {seat.user.full_name}")  # noqa: S311  (made-up)
        share = marking.quality(team.entry.code) + 0.08
        given: dict[int, Decimal | None] = {
            leaf.pk: marking.points(leaf, share + rng.gauss(0, 0.05)) for leaf in part.leaves
        }
        known = Assignment.objects.standing().filter(candidate=team, seat=seat, sheet__isnull=False)
        revision = known.values_list("sheet__revision", flat=True).first() or 0
        live.enter(team, seat, part, given, revision=revision, by=seat.user, now=at)


def _by_seat(rows: Sequence[Assignment]) -> dict[Seat, list[Assignment]]:
    found: dict[Seat, list[Assignment]] = {}
    for row in rows:
        found.setdefault(row.seat, []).append(row)
    return found
