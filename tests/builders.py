"""Builders: plain functions with keyword overrides; each makes the least that is valid."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Unit, User
from contest.attempts.models import Attempt, Grade
from contest.questions.models import Bank, BankMember, Choice, Question, QuestionVersion, Topic
from contest.rounds.models import ConsentText, Contest, Entrant, Office, Period, Quiz, Round, unit_path

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # Wednesday noon in Hà Nội
WEEK = timedelta(days=7)
counter = itertools.count(1)


# --- People and units ------------------------------------------------------------------------------------------------
def make_unit(name: str = "", *, parent: Unit | None = None, **fields: Any) -> Unit:
    return Unit.objects.create(name=name or f"Chi bộ {next(counter)}", parent=parent, **fields)  # type: ignore[no-any-return]


def make_user(full_name: str = "Nguyễn Thị Hoà", **fields: Any) -> User:
    user = User(full_name=full_name, **{"birth_year": 1970, **fields})
    user.set_unusable_password()
    user.save()
    return user


# --- Questions -------------------------------------------------------------------------------------------------------
def make_bank(*, questions: int = 0, topic: Topic | None = None, **fields: Any) -> Bank:
    bank = Bank.objects.create(**{"name": f"Ngân hàng {next(counter)}", **fields})
    for number in range(questions):
        make_question(bank, text=f"Câu hỏi {number + 1}?", topic=topic)
    return bank


def make_question(
    bank: Bank,
    *,
    text: str = "",
    choices: tuple[str, ...] = ("Một", "Hai", "Ba", "Bốn"),
    right: str = "A",
    last: str = "",
    topic: Topic | None = None,
    approved: bool = True,
    explanation: str = "",
) -> Question:
    """A question whose right choices are named by letter in the order written: right="AC"."""
    question = Question.objects.create(bank=bank, topic=topic)
    version = QuestionVersion.objects.create(
        question=question, text=text or f"Câu hỏi {next(counter)}?", created_at=NOON, explanation=explanation
    )
    Choice.objects.bulk_create(
        Choice(
            version=version,
            position=place,
            text=words,
            is_right="ABCDE"[place - 1] in right,
            is_last="ABCDE"[place - 1] in last,
        )
        for place, words in enumerate(choices, start=1)
    )
    if approved:
        question.approved = version
        question.save()
    return question


def make_topic(bank: Bank, name: str = "", **fields: Any) -> Topic:
    return Topic.objects.create(bank=bank, name=name or f"Chủ đề {next(counter)}", **fields)


def make_member(bank: Bank, user: User, role: str = "owner") -> BankMember:
    return BankMember.objects.create(bank=bank, user=user, role=role)


# --- Contests and rounds ---------------------------------------------------------------------------------------------
def make_contest(**fields: Any) -> Contest:
    number = next(counter)
    return Contest.objects.create(
        **{"slug": f"cuoc-thi-{number}", "title": f"Cuộc thi {number}", "is_public": True, **fields}
    )


def make_round(contest: Contest | None = None, **fields: Any) -> Round:
    contest = contest or make_contest()
    order = contest.rounds.count() + 1
    return Round.objects.create(
        **{
            "contest": contest,
            "order": order,
            "title": f"Vòng {order}",
            "opens_at": NOON - WEEK,
            "closes_at": NOON + 4 * WEEK,
            **fields,
        }
    )


def make_quiz(round: Round | None = None, *, bank: Bank | None = None, **fields: Any) -> Quiz:
    return Quiz.objects.create(
        **{"round": round or make_round(), "bank": bank or make_bank(questions=6), "question_count": 4, **fields}
    )


def make_period(round: Round, **fields: Any) -> Period:
    """A week that holds NOON in its middle."""
    return Period.objects.create(
        **{
            "round": round,
            "number": round.periods.count() + 1,
            "opens_at": NOON - timedelta(days=3),
            "closes_at": NOON + timedelta(days=4),
            **fields,
        }
    )


def make_entrant(contest: Contest, user: User | None = None, **fields: Any) -> Entrant:
    user = user or make_user()
    unit = fields.pop("unit", user.unit)
    return Entrant.objects.create(
        **{"contest": contest, "user": user, "unit": unit, "unit_path": unit_path(unit), **fields}
    )


def make_office(contest: Contest, user: User, role: str = "organizer", unit: Unit | None = None) -> Office:
    return Office.objects.create(contest=contest, user=user, role=role, unit=unit)


def make_consent_text(contest: Contest, kind: str = "taking_part", **fields: Any) -> ConsentText:
    version = contest.consent_texts.filter(kind=kind).count() + 1
    return ConsentText.objects.create(
        **{
            "contest": contest,
            "kind": kind,
            "version": version,
            "text": "Tôi đồng ý.",
            "published_at": NOON - WEEK,
            **fields,
        }
    )


# --- Results ---------------------------------------------------------------------------------------------------------
def make_result(
    entrant: Entrant,
    period: Period,
    *,
    points: int = 300,
    at: timedelta = timedelta(hours=1),
    took: int = 60_000,
    prediction: int | str | Decimal | None = None,
    max_points: int = 400,
    key_version: int = 1,
    **fields: Any,
) -> Attempt:
    """A completed, graded attempt, handed in `at` after the period's opening; all correct with 400 points."""
    submitted_at = period.opens_at + at
    attempt = Attempt.objects.create(
        **{
            "entrant": entrant,
            "round": period.round,
            "period": period,
            "number": entrant.attempts.filter(round=period.round).count() + 1,
            "unit": entrant.unit,
            "unit_path": entrant.unit_path,
            "seed": "s",
            "paper": [],
            "status": "submitted",
            "started_at": submitted_at - timedelta(milliseconds=took),
            "submitted_at": submitted_at,
            "duration_ms": took,
            "answered": 4,
            "is_completed": True,
            "graded_version": key_version,
            **fields,
        }
    )
    if attempt.graded_version:
        make_grade(attempt, points=points, max_points=max_points, key_version=key_version, prediction=prediction)
    return attempt


def make_grade(
    attempt: Attempt,
    *,
    points: int,
    max_points: int = 400,
    key_version: int = 1,
    prediction: int | str | Decimal | None = None,
    graded_at: datetime | None = None,
) -> Grade:
    return Grade.objects.create(
        attempt=attempt,
        key_version=key_version,
        points=points,
        max_points=max_points,
        right=points // 100,
        questions=max_points // 100,
        is_all_correct=points == max_points,
        prediction=None if prediction is None else Decimal(prediction),
        graded_at=graded_at or attempt.submitted_at,
    )
