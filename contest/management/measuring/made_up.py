"""Made-up contests and people, marked as such: their questions, papers, slips and consents come from the real rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, transaction

from accounts import slips
from accounts.models import Unit, User
from contest.attempts import starting
from contest.foundations import copying
from contest.questions import importing, reviewing, writing
from contest.questions.models import Bank, BankMember, Topic
from contest.rounds import calendar
from contest.rounds.models import Consent, ConsentText, Contest, Entrant, Period, Quiz, Round, TopicQuota

QUESTIONS = Path(importing.__file__).parent / "demo" / "chi-thi-24.csv"
QUESTION_COUNT = 20
BATCH = 5000
PAPERS = 50  # different ones among the attempts that are made at once
NAMES = (
    ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"),
    ("Thị", "Văn", "Đức", "Minh", "Thu", "Ngọc", "Hữu", "Quang", "Thanh", "Xuân", "Hồng", "Gia", "Bảo", "Tuấn"),
    ("An", "Bình", "Chi", "Dũng", "Đức", "Giang", "Hà", "Hải", "Hạnh", "Hoà", "Hương", "Lan", "Long", "Mai", "Yến"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up, with what opens the door to them."""

    user: int
    entrant: int
    token: str  # of the slip's link; empty without a slip


@dataclass(frozen=True, slots=True)
class Scene:
    """A made-up contest: one quiz round with a period that is over and one that is open."""

    contest: Contest
    quiz: Quiz
    past: Period
    present: Period


def scene(*, now: datetime, closes_at: datetime, slug: str, title: str, **settings: Any) -> Scene:
    """A public contest with a bank of 40 questions in four topics, 20 drawn a paper, open until `closes_at`."""
    with transaction.atomic():
        root = _unit("Đảng bộ diễn tập", None)
        contest = Contest.objects.create(
            slug=slug, title=title, root=root, is_public=True, organizer="Ban Tổ chức diễn tập"
        )
        text = ConsentText(
            contest=contest, kind="taking_part", text="Tôi đồng ý tham gia.", is_required=True, published_at=now
        )
        text.save()
        quiz = _quiz(contest, _bank(now), now=now, closes_at=closes_at, **settings)
        past, present = quiz.round.periods.order_by("number")
        calendar.lock_banks(now)
    return Scene(contest, quiz, past, present)


def _quiz(contest: Contest, bank: Bank, *, now: datetime, closes_at: datetime, **settings: Any) -> Quiz:
    week, begun = timedelta(days=7), now - timedelta(days=1)
    found = Round.objects.create(
        contest=contest, order=1, title="Thi trắc nghiệm", opens_at=begun - 2 * week, closes_at=closes_at
    )
    Period.objects.create(round=found, number=1, opens_at=begun - 2 * week, closes_at=begun - week)
    Period.objects.create(round=found, number=2, opens_at=begun, closes_at=closes_at)
    chosen: dict[str, Any] = {
        "question_count": QUESTION_COUNT,
        "time_limit": timedelta(minutes=30),
        "attempts_per_period": 1,
        "ranking": Quiz.Ranking.B,
        "prediction": Quiz.Prediction.PEOPLE_ALL_CORRECT,
        "board_shown": Quiz.Shown.PERIOD_CLOSED,
        "review_shown": Quiz.Shown.PERIOD_CLOSED,
    }
    quiz = Quiz.objects.create(round=found, bank=bank, **chosen | settings)
    TopicQuota.objects.bulk_create(
        TopicQuota(quiz=quiz, topic=topic, count=QUESTION_COUNT // 4) for topic in Topic.objects.filter(bank=bank)
    )
    return quiz


def _bank(now: datetime) -> Bank:
    """The demo's questions, written by one made-up person and approved by another."""
    writer, reviewer = (_user(name) for name in ("Người viết câu hỏi", "Người duyệt câu hỏi"))
    User.objects.bulk_create([writer, reviewer])
    bank = writing.found("Diễn tập", by=writer)
    BankMember.objects.create(bank=bank, user=reviewer, role=BankMember.Role.REVIEWER)
    parsed = importing.parse(QUESTIONS.read_bytes(), QUESTIONS.name)
    questions = importing.commit(bank, parsed, by=writer, now=now)
    reviewing.approve_all(bank, [question.pk for question in questions], by=reviewer, now=now)
    bank.refresh_from_db()
    return bank


# --- People ----------------------------------------------------------------------------------------------------------
def people(scene: Scene, count: int, *, now: datetime, with_slips: int | None = None) -> Iterator[list[Person]]:
    """So many people are in the contest, spread over a tree of units; the first `with_slips` (None: all) can sign in.

    They come batch by batch, for whoever shows how far it is.
    """
    rng = Random(count)  # noqa: S311  (names, not secrets)
    cells = _units(scene.contest, max(1, count // 250))
    paths = {cell.pk: path for cell, path in cells}
    text = scene.contest.consent_texts.get()
    for first in range(0, count, BATCH):
        users = [_user(_name(rng), unit=cells[rng.randrange(len(cells))][0]) for _ in range(min(BATCH, count - first))]
        copying.insert(users)
        entrants = [
            Entrant(
                contest=scene.contest,
                user=user,
                unit=user.unit,
                unit_path=paths[user.unit_id],
                is_obliged=rng.random() < 0.6,
            )
            for user in users
        ]
        copying.insert(entrants)
        copying.insert([Consent(user=user, text=text, given_at=now) for user in users])
        slipped = users if with_slips is None else users[: max(0, with_slips - first)]
        tokens = (
            {issued.slip.user_id: issued.token for issued in slips.issue(slipped, by=None, now=now)} if slipped else {}
        )
        yield [
            Person(user.pk, entrant.pk, tokens.get(user.pk, "")) for user, entrant in zip(users, entrants, strict=True)
        ]


def _user(name: str, **fields: Any) -> User:
    key, search = _keys(name)
    user = User(full_name=name, birth_year=1980, is_synthetic=True, name_key=key, search=search, **fields)
    user.password = "!"  # noqa: S105  (no password opens it)
    return user


@lru_cache(maxsize=10_000)
def _keys(name: str) -> tuple[Any, str]:
    """What is derived from a name that many bear."""
    user = User(full_name=name)
    user.set_keys()
    return user.name_key, user.search


def _name(rng: Random) -> str:
    return " ".join(rng.choice(words) for words in NAMES)


def _units(contest: Contest, count: int) -> list[tuple[Unit, list[int]]]:
    """Cells below committees below the top unit, each with its path."""
    top = contest.root
    assert top is not None  # every scene has one
    made = []
    for number in range(1, count // 10 + 2):
        committee = _unit(f"Đảng bộ cơ sở {number}", top)
        for place in range(1, 11):
            cell = _unit(f"Chi bộ {number}.{place}", committee)
            made.append((cell, [top.pk, committee.pk, cell.pk]))
    return made[:count]


def _unit(name: str, parent: Unit | None) -> Unit:
    unit: Unit = Unit.objects.create(name=name, parent=parent)
    return unit


# --- Their results ---------------------------------------------------------------------------------------------------
ATTEMPTS = """
INSERT INTO attempts_attempt (
  id, entrant_id, round_id, period_id, number, unit_id, unit_path, seed, paper, status, lease, started_at,
  deadline, submitted_at, duration_ms, receipt, answered, is_completed, graded_version, grading_failures, void_reason
)
SELECT (random() * 2 ^ 52)::bigint, e.id, %(round)s, %(period)s, 1, e.unit_id, to_jsonb(e.unit_path), md5(e.id::text),
  (%(papers)s::text[])[1 + floor(random() * %(count)s)]::jsonb, 'submitted', 1, began, began + interval '30 minutes',
  began + took, extract(epoch FROM took) * 1000, left(md5('receipt' || e.id), 16), %(questions)s, true, %(version)s, 0,
  ''
FROM rounds_entrant e
CROSS JOIN LATERAL (
  SELECT %(opens_at)s + random() * (%(closes_at)s - %(opens_at)s) AS began, e.id,
    interval '1 minute' + random() * interval '19 minutes' AS took
) AS sat
WHERE e.contest_id = %(contest)s
"""
GRADES = """
INSERT INTO attempts_grade (
  attempt_id, key_version, points, max_points, "right", questions, is_all_correct, prediction, graded_at
)
SELECT a.id, a.graded_version, known * %(weight)s, %(questions)s * %(weight)s, known, %(questions)s,
  known = %(questions)s, 1000 + floor(random() * 69000), a.submitted_at
FROM attempts_attempt a
CROSS JOIN LATERAL (SELECT least(%(questions)s, floor(4 + 20 * sqrt(random())))::int AS known, a.id) AS worth
WHERE a.period_id = %(period)s
"""


def results(scene: Scene) -> None:
    """Everyone has a graded attempt in the period that is over, with a paper drawn as the real ones are."""
    papers = [json.dumps(starting.draw_paper(scene.quiz, scene.past, f"paper {number}")) for number in range(PAPERS)]
    values: dict[str, Any] = {
        "contest": scene.contest.pk,
        "round": scene.quiz.round_id,
        "period": scene.past.pk,
        "papers": papers,
        "count": PAPERS,
        "questions": QUESTION_COUNT,
        "version": scene.quiz.round.key_version,
        "opens_at": scene.past.opens_at,
        "closes_at": scene.past.closes_at,
        "weight": int(scene.quiz.points_per_question * 100),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.24)")
        cursor.execute(ATTEMPTS, values)
        cursor.execute(GRADES, values)
