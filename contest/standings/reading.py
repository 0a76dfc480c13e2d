"""What a page of standings shows: which boards may be seen, their lines by key, and the person's own place.

Lines are read by one statement each, written in SQL, since this is the page that everyone opens at once. Names are
those of people who consented to being published with the results and have not taken it back; nobody else is found by
a search. A row is a dict, which templates read quickest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from contest.attempts.models import Attempt
from contest.foundations import language, prepared
from contest.rounds import calendar, timing
from contest.rounds.models import Contest, Period, Quiz, Round
from contest.rounds.reading import meet
from contest.standings import ordinals
from contest.standings.board import Scope, scopes_of
from contest.standings.models import Board, Standing

PAGE = 50
BEFORE, BEHIND = 3, 2  # lines around one's own
MOST_CHILDREN = 12  # units listed in the tree, before "and others"
MOST_FOUND = 20  # units that a search lists
MOST_LINES = PAGE + BEFORE + 1 + BEHIND
NEAR = 4000  # lines that are looked through for a name before the index is asked
Row = dict[str, Any]

ALL = "all"  # the key of the board of the whole contest

BOARDS = f"""
SELECT {prepared.columns(Board, "b")}, e.id, e.unit_path
FROM standings_board b LEFT JOIN rounds_entrant e ON e.contest_id = b.contest_id AND e.user_id = %(user)s
WHERE b.contest_id = %(contest)s
"""  # noqa: S608  (no value of anybody's is in it)
OWN_PLACE = """
SELECT s.place, b.ranked, b.actual, s.distance FROM standings_board b
JOIN standings_standing s ON s.board_id = b.id AND s.build = b.build AND s.entrant_id = %(entrant)s
WHERE b.period_id = %(period)s AND b.is_public
"""
# Publishing is consented to by the version of a text that stood then; any of them counts until it is taken back.
IS_NAMED = """
EXISTS (SELECT FROM rounds_consenttext t JOIN rounds_consent c ON c.text_id = t.id AND c.user_id = u.id
        WHERE t.contest_id = %(contest)s AND t.kind = 'publishing' AND c.withdrawn_at IS NULL)
"""
# A few lines with what stands beside each: LATERAL and LIMIT let the planner do nothing but look it up, line by line,
# also when a board of 70,000 has just been written and the statistics know nothing of it.
LINE = (
    "ordinal", "place", "entrant", "points", "right", "duration_ms", "prediction", "distance", "name", "birth_year",
    "unit", "submitted_at", "is_named",
)  # fmt: skip
LINES = """
SELECT s.ordinal, s.place, s.entrant_id, s.points, s."right", s.duration_ms, s.prediction, s.distance, u.full_name,
       u.birth_year, concat_ws(', ', n.name, above.name), {handed_in}, {is_named}
FROM {some}
LEFT JOIN LATERAL (SELECT n.name, n.parent_id FROM accounts_unit n WHERE n.id = s.unit_id LIMIT 1) n ON true
LEFT JOIN LATERAL (
    SELECT o.name FROM accounts_unit o WHERE o.id = n.parent_id AND o.id IS DISTINCT FROM %(top)s LIMIT 1) above ON true
{where}
ORDER BY s.ordinal {limit}
"""
HANDED_IN = "(SELECT a.submitted_at FROM attempts_attempt a WHERE a.id = s.attempt_id)"
OF_BOARD = "SELECT s.* FROM standings_standing s WHERE s.board_id = %(board)s AND s.build = %(build)s"
WITH_PERSON = """
({lines}) s
CROSS JOIN LATERAL (SELECT e.user_id FROM rounds_entrant e WHERE e.id = s.entrant_id LIMIT 1) e
CROSS JOIN LATERAL (
    SELECT u.id, u.full_name, u.birth_year, u.search FROM accounts_user u WHERE u.id = e.user_id LIMIT 1) u
"""
WITH_LINE = """
(SELECT u.id, u.full_name, u.birth_year FROM accounts_user u WHERE {words}) u
CROSS JOIN LATERAL (
    SELECT e.id FROM rounds_entrant e WHERE e.contest_id = %(contest)s AND e.user_id = u.id LIMIT 1) e
CROSS JOIN LATERAL ({lines} AND s.entrant_id = e.id LIMIT 1) s
"""
UNIT = (
    "unit", "name", "ordinal", "place", "people", "attempts", "obliged", "completed", "completion", "mean",
    "is_qualified",
)  # fmt: skip
OF_UNIT = """s.unit_id AS unit, n.name, s.ordinal, s.place, s.people, s.attempts, s.obliged, s.completed, s.completion,
s.mean, s.is_qualified"""
NODE = ("height", *UNIT, "siblings", "place_within", "has_units", "blocks", "ranked", "skipped", "lines", "before")
# The unit and those above it, from the top down; then a page of those right below it, in a block placed within it. Of
# the unit's people the ordinals of one page, how many stand before it, and behind which the page before begins.
TREE = f"""
WITH RECURSIVE line AS (
    SELECT s.unit_id, s.parent_id, 0 AS height FROM standings_unitstanding s
    WHERE s.board_id = %(board)s AND s.build = %(build)s AND s.unit_id = %(unit)s
    UNION ALL
    SELECT s.unit_id, s.parent_id, line.height + 1
    FROM line JOIN standings_unitstanding s
        ON s.board_id = %(board)s AND s.build = %(build)s AND s.unit_id = line.parent_id
)
SELECT line.height, {OF_UNIT}, 0, 0, false, NULL::varchar[],
       cardinality(own.lines), skip.skipped, own.lines[skip.skipped + 1 : skip.skipped + %(page)s + 1],
       own.lines[skip.skipped - %(page)s]
FROM line
JOIN standings_unitstanding s ON s.board_id = %(board)s AND s.build = %(build)s AND s.unit_id = line.unit_id
CROSS JOIN LATERAL (SELECT n.name FROM accounts_unit n WHERE n.id = line.unit_id LIMIT 1) n
CROSS JOIN LATERAL (SELECT CASE WHEN line.height = 0 AND %(wants_people)s THEN s.lines END AS lines OFFSET 0) own
CROSS JOIN LATERAL (SELECT count(*)::int AS skipped FROM unnest(own.lines) o WHERE o <= %(after)s) skip
UNION ALL
(SELECT -1, found.*, EXISTS (
            SELECT 1 FROM standings_unitstanding b
            WHERE b.board_id = %(board)s AND b.build = %(build)s AND b.parent_id = found.unit),
        (SELECT array_agg(DISTINCT n.block ORDER BY n.block)
         FROM standings_unitstanding s JOIN accounts_unit n ON n.id = s.unit_id
         WHERE s.board_id = %(board)s AND s.build = %(build)s AND s.parent_id {{is_scope}} AND n.block <> ''),
        NULL, NULL, NULL, NULL
 FROM (SELECT {OF_UNIT}, (count(*) OVER ())::int AS siblings, rank() OVER (ORDER BY s.place)::int AS place_within
       FROM standings_unitstanding s JOIN accounts_unit n ON n.id = s.unit_id
       WHERE s.board_id = %(board)s AND s.build = %(build)s AND s.parent_id {{is_scope}}
           AND (%(block)s = '' OR n.block = %(block)s)) found
 WHERE found.ordinal > %(after_unit)s ORDER BY found.ordinal LIMIT %(most)s)
ORDER BY 1 DESC, 4
"""  # noqa: S608  (no value of anybody's is in it)
FOUND_UNITS = f"""
SELECT {OF_UNIT}, above.name
FROM accounts_unit n
JOIN standings_unitstanding s ON s.board_id = %(board)s AND s.build = %(build)s AND s.unit_id = n.id
LEFT JOIN accounts_unit above ON above.id = s.parent_id AND above.id IS DISTINCT FROM %(top)s
WHERE {{which}} ORDER BY {{order}} LIMIT %(limit)s
"""  # noqa: S608  (no value of anybody's is in it)


# --- Which boards ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Offer:
    """A board that the page names, to be seen or not yet."""

    scope: Scope
    board: Board | None

    @property
    def key(self) -> str:
        """How addresses name it: "2-3" is period 3 of round 2."""
        return _key(self.scope.round, self.scope.period)

    @property
    def shown(self) -> Board | None:
        """The board, if it may be seen: made when it was public, and of nothing but what is public now."""
        board, scope = self.board, self.scope
        if board is None or not (scope.is_public and board.is_public and board.build):
            return None
        return board if {period.pk for _, period in scope.parts}.issuperset(board.periods) else None


def _key(round: Round | None, period: Period | None) -> str:
    if round is None:
        return ALL
    return str(round.order) if period is None else f"{round.order}-{period.number}"


@dataclass(frozen=True, slots=True)
class Frame:
    """The contest, its boards, and who looks at them."""

    contest: Contest
    offers: list[Offer]
    entrant: int | None
    path: list[int]

    def child_of(self, unit: int | None) -> int | None:
        """Of the units right below this one that to which the person belongs."""
        if unit is None:
            return self.path[0] if self.path else None
        below = self.path[self.path.index(unit) + 1 :] if unit in self.path else []
        return below[0] if below else None

    def offer(self, key: str) -> Offer | None:
        """The board of this key; without a key, the one that a visitor sees first."""
        if key:
            return next((offer for offer in self.offers if offer.key == key), None)
        return max(self.offers, key=_weight, default=None)


def _weight(offer: Offer) -> tuple[Any, ...]:
    """What a visitor sees first: what may be seen; then the latest period, or the sum that a round is ranked by."""
    closes_at = max((period.closes_at for _, period in offer.scope.parts), default=calendar.ALWAYS)
    ranks_by_sum = offer.scope.round is not None and offer.scope.round.quiz.ranking == Quiz.Ranking.D
    return offer.shown is not None, closes_at, offer.scope.is_sum == ranks_by_sum, offer.scope.round is not None


def frame(slug: str, user: User | AnonymousUser, *, now: datetime) -> Frame | None:
    """What the page is about; None where this person sees no such contest. Two queries."""
    met = meet(slug, user)
    if met is None:
        return None
    contest = met.kept.contest
    rows = prepared.rows(BOARDS, {"user": user.pk, "contest": contest.pk})
    boards = [prepared.load(Board, row) for row in rows]
    known = {(board.round_id, board.period_id): board for board in boards}
    ranked = [round for round in met.kept.rounds if not round.is_practice and hasattr(round, "quiz")]
    offers = [
        Offer(scope, known.get((scope.round.pk if scope.round else None, scope.period.pk if scope.period else None)))
        for scope in (scopes_of(ranked, now=now) if ranked else ())
    ]
    *_board, entrant, path = rows[0] if rows else (None, None)
    return Frame(contest, offers, entrant, path or [])


def shown_from(quiz: Quiz, period: Period) -> datetime | None:
    """When the board of a period is to be shown; None when nobody has said so, or it never is."""
    settled = timing.settled_at(period.window(), longest_extra=quiz.round.longest_extra)
    if settled is None or quiz.board_shown == Quiz.Shown.NEVER:
        return None
    if quiz.board_shown == Quiz.Shown.RESULTS:
        return max(settled, period.results_at) if period.results_at else None
    if quiz.board_shown == Quiz.Shown.AT_ONCE and quiz.prediction == Quiz.Prediction.NONE:
        return period.opens_at
    return settled


# --- Lines -----------------------------------------------------------------------------------------------------------
def own_ordinal(board: Board, entrant: int | None) -> int | None:
    """Where on the board the person stands; None for who is not ranked. Redis is asked first."""
    if entrant is None:
        return None
    is_known, ordinal = ordinals.of(board.pk, board.build, entrant)
    if is_known:
        return ordinal
    lines = Standing.objects.filter(board=board.pk, build=board.build, entrant=entrant)
    return lines.values_list("ordinal", flat=True).first()


def own_place(attempt: Attempt, *, now: datetime) -> Row | None:
    """The place of the attempt's owner in its period, once the board may be seen; None before, and for who has none."""
    round, period = attempt.round, attempt.period
    if period is None or not calendar.shows_board(round.quiz, period, now):
        return None
    found = prepared.row(OWN_PLACE, {"period": period.pk, "entrant": attempt.entrant_id})
    if found is None:
        return None
    place, ranked, actual, distance = found
    return {"place": place, "ranked": ranked, "actual": actual, "distance": distance, "board": _key(round, period)}


def around(board: Board, ordinal: int | None) -> list[int]:
    """The ordinals of one's own line and the five around it; none for who is not ranked."""
    if ordinal is None:
        return []
    first = max(1, min(ordinal - BEFORE, board.ranked - BEFORE - BEHIND))
    return list(range(first, min(first + BEFORE + BEHIND, board.ranked) + 1))


@dataclass(frozen=True, slots=True)
class Tree:
    """A unit, those above it from the top down, and a page of those right below it."""

    line: list[Row]  # empty for what stands over all units
    below: list[Row]
    more: bool  # whether more units follow behind this page

    @property
    def unit(self) -> Row | None:
        """The unit itself; with `ranked`, `skipped`, `lines` and `before` where its people are wanted."""
        return self.line[-1] if self.line else None

    @property
    def last(self) -> int:
        """The key behind which the next page of units begins."""
        return int(self.below[-1]["ordinal"]) if self.below else 0


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page, by ordinal, and where the pages before and behind it begin; None where there is none."""

    ordinals: Sequence[int]
    skipped: int  # lines before this page
    ranked: int  # lines of all pages
    before: int | None
    behind: int | None

    @property
    def first(self) -> int:
        """How the first line is counted among all."""
        return self.skipped + 1

    @property
    def last(self) -> int:
        """How the last line is counted among all."""
        return self.skipped + len(self.ordinals)


def page(board: Board, unit: Row | None, *, after: int = 0) -> Page:
    """The page behind an ordinal: of the board, or of the unit whose row `tree` has read with its people."""
    if unit is None:
        last = min(after + PAGE, board.ranked)
        before = max(0, after - PAGE) if after else None
        return Page(range(after + 1, last + 1), after, board.ranked, before, last if last < board.ranked else None)
    ordinals = unit["lines"] or []
    return Page(
        ordinals[:PAGE],
        unit["skipped"],
        unit["ranked"],
        (unit["before"] or 0) if unit["skipped"] else None,
        ordinals[PAGE - 1] if len(ordinals) > PAGE else None,
    )


def tree(
    board: Board,
    unit: int | None,
    *,
    people_after: int | None = None,
    block: str = "",
    after: int = 0,
    most: int = PAGE,
) -> Tree:
    """The place of a unit on the board; one query."""
    values = {
        **_values(board), "unit": unit, "after": people_after or 0, "page": PAGE, "block": block, "after_unit": after,
        "wants_people": people_after is not None, "most": most + 1,
    }  # fmt: skip
    rows = _rows(TREE.format(is_scope="IS NULL" if unit is None else "= %(unit)s"), NODE, values)
    below = [row for row in rows if row["height"] < 0]
    return Tree([row for row in rows if row["height"] >= 0], below[:most], len(below) > most)


def people(board: Board, wanted: Sequence[int], *, me: int | None = None, with_hand_in: bool = False) -> dict[int, Row]:
    """The lines of these ordinals, by ordinal; one query. The time of the hand-in only where somebody looks at it."""
    if not wanted:
        return {}
    some = WITH_PERSON.format(
        lines=f"{OF_BOARD} AND s.ordinal = ANY(%(wanted)s::int[]) ORDER BY s.ordinal LIMIT {MOST_LINES}"
    )
    handed_in = HANDED_IN if with_hand_in else "NULL::timestamptz"
    statement = LINES.format(handed_in=handed_in, is_named=IS_NAMED, some=some, where="", limit="")
    rows = _rows(statement, LINE, {**_values(board), "wanted": list(wanted)})
    return {row["ordinal"]: _named(row, me) for row in rows}


def found_people(board: Board, text: str, *, after: int = 0, me: int | None = None) -> tuple[list[Row], bool]:
    """A page of people whose name has every word of the text, diacritics or not, and whether more follow.

    Only names that may be published are searched, and nothing but names: a word with a digit in it finds nobody.
    A name that many have is found among the next lines; a rare one by the index.
    """
    words = language.sought(text)
    if not words or any(any(letter.isdigit() for letter in word) for word in words):
        return [], False
    has_words = " AND ".join(_has("u", place) for place in range(len(words)))
    values = {**_values(board), **_patterns(words), "after": after}
    near = f"{OF_BOARD} AND s.ordinal > %(after)s ORDER BY s.ordinal LIMIT {NEAR}"
    where = f"WHERE {has_words} AND {IS_NAMED}"
    rows = _search(WITH_PERSON.format(lines=near), where, values)
    if len(rows) <= PAGE and after + NEAR < board.ranked:
        far = WITH_LINE.format(words=has_words, lines=OF_BOARD)
        rows = _search(far, f"WHERE s.ordinal > %(after)s AND {IS_NAMED}", values)
    # The search column holds the party card too: whose card has the word, and not the name, is not found.
    found = [_named(row, me) for row in rows[:PAGE] if all(word in language.fold(row["name"]) for word in words)]
    return found, len(rows) > PAGE


def _search(some: str, where: str, values: dict[str, Any]) -> list[Row]:
    limit = f"LIMIT {PAGE + 1}"
    statement = LINES.format(handed_in=HANDED_IN, is_named="true", some=some, where=where, limit=limit)
    return _rows(statement, LINE, values)


def found_units(board: Board, text: str) -> list[Row]:
    """The units on the board whose name or code has every word of the text, the largest first."""
    words = language.sought(text)
    if not words:
        return []
    which = " AND ".join(_has("n", place) for place in range(len(words)))
    return _rows(
        FOUND_UNITS.format(which=which, order="s.people DESC, n.id"),
        (*UNIT, "above"),
        {**_values(board), **_patterns(words), "limit": MOST_FOUND},
    )


def everybody(board: Board) -> list[Row]:
    """Every line of people in order, with their names, for the organizers."""
    some = WITH_PERSON.format(lines=OF_BOARD)
    statement = LINES.format(handed_in=HANDED_IN, is_named=IS_NAMED, some=some, where="", limit="")
    return _rows(statement, LINE, _values(board))


def every_unit(board: Board) -> list[Row]:
    """Every line of units with the unit above, sibling by sibling, for the organizers."""
    return _rows(
        FOUND_UNITS.format(which="true", order="above.sort_key NULLS FIRST, s.parent_id NULLS FIRST, s.ordinal"),
        (*UNIT, "above"),
        {**_values(board), "limit": None},
    )


def _named(row: Row, me: int | None) -> Row:
    """The line without what may not be published."""
    row["is_me"] = row["entrant"] == me
    if not (row["is_named"] or row["is_me"]):
        row["name"] = row["birth_year"] = None
    return row


def _has(table: str, place: int) -> str:
    return f"{table}.search LIKE %(word{place})s"


def _patterns(words: Sequence[str]) -> dict[str, str]:
    """What LIKE takes to find the words wherever they stand, whatever signs are in them."""
    escaped = (word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for word in words)
    return {f"word{place}": f"%{word}%" for place, word in enumerate(escaped)}


def _values(board: Board) -> dict[str, Any]:
    return {"board": board.pk, "build": board.build, "contest": board.contest_id, "top": board.top_id}


def _rows(statement: str, names: Sequence[str], values: dict[str, Any]) -> list[Row]:
    """The rows of a statement by these names."""
    return [dict(zip(names, row, strict=True)) for row in prepared.rows(statement, values)]
