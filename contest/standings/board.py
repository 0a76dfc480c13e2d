"""Boards: made whole by the pure ranking from graded attempts, and replaced whole, when what they show has changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Unit
from contest.rounds import calendar, ranking
from contest.rounds.models import Contest, Entrant, Period, Quiz
from contest.standings import ordinals
from contest.standings.models import Board, Decision, Standing, UnitStanding

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCK = 0xB0A2D5  # of pg_try_advisory_xact_lock: one rebuild of a board at a time

RESULTS = """
SELECT a.entrant_id, a.id, g.points, g.is_all_correct, a.duration_ms,
       (extract(epoch FROM a.submitted_at) * 1000000)::bigint, (extract(epoch FROM a.started_at) * 1000000)::bigint,
       g.prediction, d.order, g.right, a.unit_path
FROM attempts_attempt a
JOIN rounds_round r ON r.id = a.round_id
JOIN attempts_grade g ON g.attempt_id = a.id AND g.key_version = r.key_version
JOIN rounds_entrant e ON e.id = a.entrant_id AND e.barred_at IS NULL
LEFT JOIN standings_decision d ON d.period_id = a.period_id AND d.entrant_id = a.entrant_id
WHERE a.period_id = %s AND a.is_completed AND a.voided_at IS NULL
"""
# Whatever moves a board moves one of these figures: closings, grades, voids, bars, predictions, decisions, moves of units.
SOURCE = """
SELECT count(*), coalesce(sum(a.graded_version), 0), count(*) FILTER (WHERE a.voided_at IS NOT NULL),
       count(*) FILTER (WHERE e.barred_at IS NOT NULL), max(a.submitted_at)
FROM attempts_attempt a JOIN rounds_entrant e ON e.id = a.entrant_id
WHERE a.period_id = %s AND a.status <> 'open'
"""
ROSTER = """
SELECT count(*) FILTER (WHERE is_obliged), coalesce(sum(unit_id) FILTER (WHERE is_obliged), 0), count(*) FILTER (WHERE barred_at IS NOT NULL)
FROM rounds_entrant WHERE contest_id = %s
"""


@dataclass(slots=True)
class Tally:
    """What is known of one period: every attempt that may stand on a board, and the unit path that each one kept."""

    results: list[ranking.Result] = field(default_factory=list)
    paths: dict[int, list[int]] = field(default_factory=dict)  # by attempt

    @classmethod
    def of(cls, period: Period) -> Tally:
        """Read a period's graded, completed, valid attempts of people who are not barred; one query."""
        tally = cls()
        with connection.cursor() as cursor:
            cursor.execute(RESULTS, [period.pk])
            while rows := cursor.fetchmany(5000):
                for *result, right, path in rows:
                    tally.results.append(ranking.Result(*result, right))
                    tally.paths[result[1]] = path if isinstance(path, list) else _list(path)
        return tally


def _list(text: str) -> list[int]:
    """A JSON list of numbers, quicker than a parser."""
    return [int(part) for part in text.strip("[]").split(",") if part.strip()]


# --- When ------------------------------------------------------------------------------------------------------------
def refresh(*, now: datetime, force: bool = False) -> int:
    """Rebuild every board whose source has changed; returns how many. Safe to run twice and at once."""
    rebuilt = 0
    for contest in Contest.objects.filter(rounds__kind="quiz", rounds__is_practice=False).distinct():
        quizzes = _quizzes(contest)
        for scope in scopes(contest, quizzes, now=now):
            rebuilt += scope.refresh(now=now, force=force)
    return rebuilt


def _quizzes(contest: Contest) -> list[Quiz]:
    quizzes = Quiz.objects.filter(round__contest=contest, round__is_practice=False).select_related("round__contest")
    return list(quizzes.prefetch_related("round__periods").order_by("round__order"))


@dataclass(frozen=True, slots=True)
class Scope:
    """One board and the periods that it is made from."""

    contest: Contest
    quiz: Quiz | None  # None: of the whole contest
    period: Period | None  # None: of the whole round
    periods: tuple[Period, ...]

    def board(self) -> Board:
        """The board's row."""
        round = self.quiz.round if self.quiz else None
        return Board.objects.get_or_create(contest=self.contest, round=round, period=self.period)[0]

    def source(self) -> str:
        """A stamp that changes with anything that the board shows."""
        found: list[Any] = [sorted(period.pk for period in self.periods)]
        with connection.cursor() as cursor:
            for period in self.periods:
                cursor.execute(SOURCE, [period.pk])
                found.append(cursor.fetchone())
            cursor.execute(ROSTER, [self.contest.pk])
            found.append(cursor.fetchone())
        found.append(list(Decision.objects.filter(period__in=self.periods).order_by("pk").values_list("period", "entrant", "order")))
        contest = self.contest
        found.append([contest.unit_ranking, str(contest.completion_threshold), contest.root_id, Unit.objects.count()])
        if self.quiz:
            found.append([self.quiz.ranking, self.quiz.ranking_keys, self.quiz.counting, self.quiz.prediction])
        return hashlib.sha256(repr(found).encode()).hexdigest()

    def refresh(self, *, now: datetime, force: bool) -> bool:
        """Rebuild the board when its source has changed; False when nothing was to do or another process does it."""
        board = self.board()
        source = self.source()
        if source == board.source and board.build and not force:
            return False
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, board.pk])
                if not cursor.fetchone()[0]:
                    return False
            board.refresh_from_db()
            lines = rebuild(self, board, source=source, now=now)
        ordinals.replace(board.pk, board.build, [(line.result.entrant, line.ordinal) for line in lines])
        return True


def scopes(contest: Contest, quizzes: Sequence[Quiz], *, now: datetime) -> Iterator[Scope]:
    """The boards of a contest: of each period, of each round, of all rounds.

    A sum takes in only the periods whose own board may be shown: while a prediction is open, nothing that bounds its
    value may be found out by a subtraction.
    """
    shown: list[Period] = []
    for quiz in quizzes:
        periods = tuple(quiz.round.periods.all())
        for period in periods:
            if period.opens_at <= now:
                yield Scope(contest, quiz, period, (period,))
        out = tuple(period for period in periods if period.opens_at <= now and calendar.shows_board(quiz, period, now))
        shown.extend(out)
        yield Scope(contest, quiz, None, out)
    yield Scope(contest, None, None, tuple(shown))


# --- How -------------------------------------------------------------------------------------------------------------
def rebuild(scope: Scope, board: Board, *, source: str, now: datetime) -> list[ranking.Standing]:
    """Write the board anew under the next build number, and let its pages read that; returns the lines.

    The rows of the build before stay for the pages that are being made from them; older ones go.
    """
    tallies = [Tally.of(period) for period in scope.periods]
    lines, actual = people(scope, tallies)
    build = board.build + 1
    _copy_people(board.pk, build, lines, is_sum=scope.period is None)
    units = list(unit_lines(scope, tallies))
    UnitStanding.objects.bulk_create((UnitStanding(board=board, build=build, **line) for line in units), batch_size=2000)
    everyone = {result.entrant: result for tally in tallies for result in tally.results}
    board.build, board.built_at, board.source, board.actual = build, now, source, actual
    board.people, board.attempts = len(everyone), sum(len(tally.results) for tally in tallies)
    board.all_correct = len({result.entrant for tally in tallies for result in tally.results if result.is_all_correct})
    board.ranked = len(lines)
    board.save()
    for rows in (Standing, UnitStanding):
        rows.objects.filter(board=board, build__lt=build - 1).delete()
    return lines


def people(scope: Scope, tallies: Sequence[Tally]) -> tuple[list[ranking.Standing], Any]:
    """The lines of a board and the actual value of its prediction, by the pure ranking alone."""
    if scope.period is None or scope.quiz is None:
        preset = ranking.PRESETS["D"]
        return ranking.rank(ranking.cumulate([tally.results for tally in tallies]), preset.keys, actual=None), None
    quiz, tally = scope.quiz, tallies[0]
    counted = ranking.counting(tally.results, ranking.Counting(quiz.counting))
    actual = ranking.actual(counted, ranking.Prediction(quiz.prediction), attempts=len(tally.results))
    keys, only_all_correct = keys_of(quiz)
    return ranking.rank(counted, keys, actual=actual, only_all_correct=only_all_correct), actual


def keys_of(quiz: Quiz) -> tuple[Sequence[ranking.Key], bool]:
    """The ranking keys of a quiz, and whether only the all-correct are ranked."""
    if quiz.ranking == Quiz.Ranking.OWN:
        return ranking.parse_keys(quiz.ranking_keys), False
    preset = ranking.PRESETS[quiz.ranking]
    return preset.keys, preset.only_all_correct


def unit_lines(scope: Scope, tallies: Sequence[Tally]) -> Iterator[dict[str, Any]]:
    """The lines of all units of the contest, each ranked among its siblings; everyone counts once in each unit above them."""
    units = _units(scope.contest)
    counting = ranking.Counting(scope.quiz.counting) if scope.quiz else ranking.Counting.BEST
    attempts: dict[int, int] = defaultdict(int)
    entrants: dict[int, set[int]] = defaultdict(set)
    sums: dict[int, int] = defaultdict(int)
    completers: dict[int, int] = defaultdict(int)
    for tally in tallies:
        for result in tally.results:
            for unit in tally.paths[result.attempt]:
                attempts[unit] += 1
        for result in ranking.counting(tally.results, counting):
            for unit in tally.paths[result.attempt]:
                entrants[unit].add(result.entrant)
                sums[unit] += result.score
                completers[unit] += 1
    completed = {result.entrant for tally in tallies for result in tally.results}
    obliged, done = _roster(scope.contest, completed)
    children: dict[int | None, list[ranking.UnitResult]] = defaultdict(list)
    for unit, parent in units.items():
        line = ranking.UnitResult(
            unit=unit,
            people=len(entrants[unit]),
            attempts=attempts[unit],
            obliged=obliged[unit],
            completed_obliged=done[unit],
            score_sum=sums[unit],
            completers=completers[unit],
        )
        children[parent if parent in units else None].append(line)
    by = ranking.Units(scope.contest.unit_ranking)
    threshold = scope.contest.completion_threshold if by is ranking.Units.COMPLETION else None
    for parent, lines in children.items():
        for line in ranking.rank_units(lines, by, threshold):
            yield {
                "unit_id": line.result.unit,
                "parent_id": parent,
                "ordinal": line.ordinal,
                "place": line.place,
                "people": line.result.people,
                "attempts": line.result.attempts,
                "obliged": line.result.obliged,
                "completed": line.result.completed_obliged,
                "completion": line.completion,
                "mean": line.mean,
                "is_qualified": line.qualified,
            }


def _units(contest: Contest) -> dict[int, int | None]:
    """The units of a contest with their parents: all below its top unit, and that one."""
    units = dict(Unit.objects.values_list("pk", "parent"))
    if contest.root_id is None:
        return units
    below: dict[int | None, list[int]] = defaultdict(list)
    for unit, parent in units.items():
        below[parent].append(unit)
    found, waiting = {contest.root_id: None}, [contest.root_id]
    while waiting:
        parent = waiting.pop()
        for unit in below[parent]:
            found[unit] = parent
            waiting.append(unit)
    return found


def _roster(contest: Contest, completed: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """By unit with all below it: how many are obliged on the roster, and how many of those completed."""
    obliged: dict[int, int] = defaultdict(int)
    done: dict[int, int] = defaultdict(int)
    roster = Entrant.objects.filter(contest=contest, is_obliged=True, barred_at=None)
    for entrant, path in roster.values_list("pk", "unit_path").iterator(chunk_size=5000):
        for unit in path:
            obliged[unit] += 1
            if entrant in completed:
                done[unit] += 1
    return obliged, done


def _copy_people(board: int, build: int, lines: Iterable[ranking.Standing], *, is_sum: bool) -> None:
    """Write the lines by COPY: 70,000 of them in well under a second."""
    columns = (
        "board_id", "build", "ordinal", "place", "entrant_id", "attempt_id", "points", "right", "is_all_correct",
        "duration_ms", "submitted_at", "prediction", "distance",
    )  # fmt: skip
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY standings_standing ({names}) FROM STDIN") as copy:
        for ordinal, place, result, distance in lines:
            copy.write_row(
                (
                    board, build, ordinal, place, result.entrant, None if is_sum else result.attempt, result.score, result.right,
                    result.is_all_correct, result.duration_ms, EPOCH + timedelta(microseconds=result.submitted_us),
                    result.prediction, distance,
                )
            )  # fmt: skip


# --- Reading ---------------------------------------------------------------------------------------------------------
def differences(scope: Scope) -> list[str]:
    """Where the stored board differs from one made from scratch; empty when they are the same, line by line."""
    board = scope.board()
    lines, actual = people(scope, [Tally.of(period) for period in scope.periods])
    wanted = [(line.ordinal, line.place, line.result.entrant, line.result.score) for line in lines]
    rows = Standing.objects.filter(board=board, build=board.build).order_by("ordinal")
    found = list(rows.values_list("ordinal", "place", "entrant", "points"))
    different = [f"{one} != {other}" for one, other in zip(found, wanted, strict=False) if one != other]
    if len(found) != len(wanted):
        different.append(f"{len(found)} lines, {len(wanted)} wanted")
    if board.actual != actual:
        different.append(f"actual {board.actual}, {actual} wanted")
    kept = ordinals.whole(board.pk, board.build)
    if kept is not None and kept != {entrant: ordinal for ordinal, _place, entrant, _score in wanted}:
        different.append("the ordinals in Redis differ")
    return different


def own_lines(board: Board, entrant: int, *, around: int = 2) -> list[Standing]:
    """The entrant's line with those around it; empty for one who is not ranked."""
    ordinal = ordinals.of(board.pk, board.build, entrant)
    if ordinal is None:
        found = Standing.objects.filter(board=board, build=board.build, entrant=entrant).values_list("ordinal", flat=True).first()
        if found is None:
            return []
        ordinal = found
    first = max(1, ordinal - around)
    lines = Standing.objects.filter(Q(ordinal__gte=first), Q(ordinal__lte=first + 2 * around), board=board, build=board.build)
    return list(lines.select_related("entrant__user", "entrant__unit").order_by("ordinal"))
