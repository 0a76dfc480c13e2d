"""Boards: made whole by the pure ranking from graded attempts, and replaced whole, when what they show has changed."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import Unit
from contest.rounds import calendar, ranking
from contest.rounds.models import Contest, KeyCorrection, Period, Quiz, Round
from contest.standings import ordinals, participation
from contest.standings.models import Board, Decision, Standing, UnitStanding
from contest.standings.participation import Tally

LOCK = 0xB0A2D5  # of pg_try_advisory_xact_lock: one rebuild of a board at a time
# A rebuild costs some 40 µs a person: with these rests it takes no more than a tenth of the time of one core.
REST = timedelta(milliseconds=500)  # for each thousand people on a board, before it is rebuilt by the clock again
HIDDEN_RESTS = 10  # times as long rests a board that nobody may see yet
REGRADING = timedelta(minutes=10)  # after a correction of the key, boards wait this long for the last new grade
log = logging.getLogger(__name__)


# --- When ------------------------------------------------------------------------------------------------------------
def refresh(*, now: datetime, contest: Contest | None = None, force: bool = False) -> int:
    """Every board whose source has changed is built anew; returns how many. Safe to run twice and at once.

    Large boards rest between two builds, unless they have just become public. With `force` all are built anew, but
    frozen ones again from what they were frozen from. A board that fails does not hold up the others.
    """
    rebuilt = 0
    for scope in scopes(now=now, contest=contest):
        try:
            rebuilt += scope.refresh(now=now, force=force)
        except Exception:
            log.exception("the board of %s could not be built", scope)
    heal()
    return rebuilt


def heal() -> int:
    """Boards whose ordinals Redis has lost have them there again, from PostgreSQL; returns how many."""
    builds = dict(Board.objects.filter(build__gt=0).values_list("pk", "build"))
    lost = ordinals.lost(builds)
    for board in lost:
        lines = Standing.objects.filter(board=board, build=builds[board])
        ordinals.replace(board, builds[board], list(lines.values_list("entrant", "ordinal")))
    return len(lost)


@dataclass(frozen=True, slots=True)
class Scope:
    """One board, and the periods that it is made from."""

    contest: Contest
    round: Round | None  # None: of the whole contest
    period: Period | None  # None: of the whole round
    parts: tuple[tuple[Quiz, Period], ...]
    is_public: bool

    def __str__(self) -> str:
        return " / ".join(str(part) for part in (self.contest, self.round, self.period) if part)

    @property
    def is_sum(self) -> bool:
        """Whether it adds up periods, instead of showing one as it is."""
        return self.period is None

    def ranked_by(self) -> Sequence[ranking.Key]:
        """What its people are ranked by, in order."""
        return ranking.PRESETS["D"].keys if self.is_sum else calendar.ranking_keys(self.parts[0][0])

    def has_results(self, now: datetime) -> bool:
        """Whether the results of all that it shows are out."""
        return all(period.has_results(now) for _, period in self.parts)

    def board(self) -> Board:
        """The board's row."""
        return Board.objects.get_or_create(contest=self.contest, round=self.round, period=self.period)[0]

    def is_frozen(self, now: datetime) -> bool:
        """Whether nothing on it may change any more."""
        return bool(self.parts) and all(participation.is_frozen(period, now) for _, period in self.parts)

    def source(self, now: datetime) -> str:
        """A stamp that changes with anything that the board shows."""
        found: list[Any] = [participation.stamp(period, now=now) for _, period in self.parts]
        if not self.is_frozen(now):
            contest, round = self.contest, self.round
            periods = [period for _, period in self.parts]
            found += [participation.barred_stamp(contest), participation.roster_stamp(contest, round)]
            found.append([(period.pk, str(period.opens_at), str(period.closes_at)) for period in periods])
            found.append(list(Unit.objects.order_by("pk").values_list("pk", "parent", "valid_from", "valid_until")))
            found.append([contest.root_id, contest.unit_ranking, str(contest.completion_threshold)])
            if round is not None and round.who == Round.Who.UNITS:
                found.append(sorted(round.units.values_list("pk", flat=True)))
            found.append([(quiz.ranking, quiz.ranking_keys, quiz.counting, quiz.prediction) for quiz, _ in self.parts])
            decisions = Decision.objects.filter(period__in=periods).order_by("pk")
            found.append(list(decisions.values_list("period", "entrant", "order")))
        return hashlib.sha256(repr(found).encode()).hexdigest()

    def refresh(self, *, now: datetime, force: bool = False) -> bool:
        """Build the board anew when its source has changed; False when nothing was to do or another process does it."""
        board = self.board()
        if not force and (self._rests(board, now) or self._waits(board, now)):
            return False
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, board.pk % 2**31])
                if not cursor.fetchone()[0]:
                    return False
            board.refresh_from_db()
            # The stamp is taken before the rows are read: what changes between the two is seen at the next refresh.
            source = self.source(now)
            if board.build and board.source == source and board.is_public == self.is_public and not force:
                return False
            lines = build(self, board, source=source, now=now)
        ordinals.replace(board.pk, board.build, [(line.result.entrant, line.ordinal) for line in lines])
        return True

    def _rests(self, board: Board, now: datetime) -> bool:
        if board.built_at is None or board.is_public != self.is_public:
            return False
        rest = REST * (board.people // 1000) * (1 if self.is_public else HIDDEN_RESTS)
        return now < board.built_at + rest

    def _waits(self, board: Board, now: datetime) -> bool:
        """Whether grades under a corrected key are still on their way: half of them old would be nobody's board."""
        live = {quiz.round for quiz, period in self.parts if not participation.is_frozen(period, now)}
        corrected = [round for round in live if round.key_version > 1]
        if not corrected or not board.build:
            return False
        recent = KeyCorrection.objects.filter(round__in=corrected, made_at__gt=now - REGRADING).values("round")
        return any(
            round.attempts.filter(graded_version__gt=0, graded_version__lt=round.key_version).exists()
            for round in Round.objects.filter(pk__in=recent)
        )


def scopes(*, now: datetime, contest: Contest | None = None) -> Iterator[Scope]:
    """The boards of a contest, or of all: of each period, of each round with several, of a contest with several rounds.

    A sum takes in only the periods whose own board is public: while a prediction is open, nothing that bounds its
    value may be found out by a subtraction.
    """
    found = Round.objects.with_calendar().filter(kind=Round.Kind.QUIZ, is_practice=False, quiz__isnull=False)
    found = found.select_related("contest").order_by("contest", "order")
    if contest is not None:
        found = found.filter(contest=contest)
    by_contest: dict[int, list[Round]] = {}
    for round in found:
        by_contest.setdefault(round.contest_id, []).append(round)
    for rounds in by_contest.values():
        yield from scopes_of(rounds, now=now)


def scopes_of(rounds: Sequence[Round], *, now: datetime) -> Iterator[Scope]:
    """The boards of one contest, whose ranked quiz rounds these are, as `with_calendar` reads them."""
    contest = rounds[0].contest
    public: list[tuple[Quiz, Period]] = []
    for round in rounds:
        periods = list(round.periods.all())
        shown = calendar.board_periods(round.quiz, now)
        for period in periods:
            if period.opens_at <= now:
                yield Scope(contest, round, period, ((round.quiz, period),), period in shown)
        public += [(round.quiz, period) for period in shown]
        if len(periods) > 1:
            yield Scope(contest, round, None, tuple((round.quiz, period) for period in shown), bool(shown))
    if len(rounds) > 1:
        yield Scope(contest, None, None, tuple(public), bool(public))


# --- How -------------------------------------------------------------------------------------------------------------
def build(scope: Scope, board: Board, *, source: str, now: datetime) -> list[ranking.Standing]:
    """The board's rows stand under the next build number, and its pages read that; returns the lines of people.

    The rows of the build before stay for the pages that are being made from them; older ones go.
    """
    made = compute(scope, now=now)
    board.build += 1
    board.built_at, board.source, board.is_public = now, source, scope.is_public
    board.periods = [period.pk for _, period in scope.parts]
    board.top_id, board.actual = made.units.top, made.actual
    board.people, board.attempts = len(made.everyone), made.attempts
    board.all_correct = sum(result.is_all_correct for result in made.everyone)
    board.ranked = len(made.lines)
    _copy(Standing, PEOPLE, rows(board, scope, made))
    _copy(UnitStanding, UNITS, unit_rows(board, made.units))
    board.save()
    for model in (Standing, UnitStanding):
        model.objects.filter(board=board, build__lt=board.build - 1).delete()
    return made.lines


@dataclass(slots=True)
class Made:
    """A board as values."""

    everyone: list[ranking.Result]  # one result a person, also of those who are not ranked
    lines: list[ranking.Standing]
    actual: Decimal | None
    attempts: int
    paths: dict[int, participation.Path]  # by attempt
    units: participation.Units


def compute(scope: Scope, *, now: datetime) -> Made:
    """The board from scratch, by the pure ranking alone; people in memory, attempts only one after the other."""
    tallies = [Tally.of(quiz, period, now=now) for quiz, period in scope.parts]
    paths: dict[int, participation.Path] = {}
    attempts: Counter[participation.Path] = Counter()
    for tally in tallies:
        paths.update(tally.paths)
        attempts += tally.attempts
    if scope.is_sum:
        everyone = ranking.cumulate([tally.counted for tally in tallies])
        lines, actual = ranking.rank(everyone, ranking.PRESETS["D"].keys, actual=None), None
    else:
        [(quiz, _period)], [tally] = scope.parts, tallies
        everyone = tally.counted
        lines, actual = rank(quiz, tally)
    units = participation.units(
        scope.contest,
        scope.round,
        [period for _, period in scope.parts],
        everyone=everyone,
        ranked=lines,
        paths=paths,
        attempts=attempts,
    )
    return Made(everyone, lines, actual, attempts.total(), paths, units)


def rank(quiz: Quiz, tally: Tally, *, but: ranking.Key | None = None) -> tuple[list[ranking.Standing], Decimal | None]:
    """The lines of a period and the actual value of its prediction; `but`: as if it were not ranked by this key."""
    kind = ranking.Prediction(quiz.prediction)
    actual = ranking.actual(tally.counted, kind, attempts=tally.attempts.total())
    preset = ranking.PRESETS.get(quiz.ranking)
    keys = [key for key in calendar.ranking_keys(quiz) if key is not but]
    is_strict = preset is not None and preset.only_all_correct
    return ranking.rank(tally.counted, keys, actual=actual, only_all_correct=is_strict), actual


PEOPLE = (
    "board_id", "build", "ordinal", "place", "entrant_id", "attempt_id", "unit_id", "points", "right", "is_all_correct",
    "duration_ms", "prediction", "distance",
)  # fmt: skip
UNITS = (
    "board_id", "build", "unit_id", "parent_id", "ordinal", "place", "people", "attempts", "obliged", "completed",
    "completion", "mean", "is_qualified", "lines",
)  # fmt: skip


def rows(board: Board, scope: Scope, made: Made) -> Iterator[tuple[Any, ...]]:
    """The rows of the people of a board, in the order of PEOPLE."""
    for ordinal, place, result, distance in made.lines:
        path = made.paths[result.attempt]
        yield (
            board.pk, board.build, ordinal, place, result.entrant, None if scope.is_sum else result.attempt,
            path[-1] if path else None, result.score, result.right, result.is_all_correct, result.duration_ms,
            result.prediction, distance,
        )  # fmt: skip


def unit_rows(board: Board, units: participation.Units) -> Iterator[tuple[Any, ...]]:
    """The rows of the units of a board, in the order of UNITS; the list of lines as PostgreSQL writes it."""
    for parent, line in units.lines:
        unit, people, attempts, obliged, completed, _score_sum, _completers = line.result
        ordinals = ",".join(map(str, units.ordinals.get(unit, ())))
        yield (
            board.pk, board.build, unit, parent, line.ordinal, line.place, people, attempts, obliged, completed,
            line.completion, line.mean, line.qualified, f"{{{ordinals}}}",
        )  # fmt: skip


def _copy(model: type[Standing] | type[UnitStanding], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows by COPY, as values that need no preparing: 70,000 in less than a second."""
    names = ", ".join(f'"{column}"' for column in columns)
    command = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


# --- Checking --------------------------------------------------------------------------------------------------------
def differences(scope: Scope, *, now: datetime) -> list[str]:
    """Where the stored board, or its copy in Redis, differs from one made from scratch; empty when they are equal."""
    board = scope.board()
    made = compute(scope, now=now)
    people = Standing.objects.filter(board=board, build=board.build).values_list(*PEOPLE)
    different = _different(people, rows(board, scope, made), lambda row: row[2])
    units = UnitStanding.objects.filter(board=board, build=board.build).values_list(
        *UNITS[:-1], Cast("lines", TextField())
    )
    different += _different(units, unit_rows(board, made.units), lambda row: row[2])
    if (board.actual, board.people, board.attempts) != (made.actual, len(made.everyone), made.attempts):
        different.append(f"{board.actual} {board.people} {board.attempts} != {made.actual} {len(made.everyone)}")
    kept = ordinals.whole(board.pk, board.build)
    if kept is not None and kept != {line.result.entrant: line.ordinal for line in made.lines}:
        different.append("the ordinals in Redis differ")
    return different


def _different(found: Iterable[Any], wanted: Iterable[Any], key: Callable[[Any], Any]) -> list[str]:
    """A line for each row that is not the same in both."""
    one, other = {key(row): row for row in found}, {key(row): row for row in wanted}
    return [
        f"{one.get(name)} != {other.get(name)}"
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    ]
