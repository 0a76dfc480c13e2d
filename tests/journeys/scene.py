"""A contest in its second week, as it stands when a journey begins: what people see is about now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import slips
from accounts.models import Unit, User
from contest.attempts import starting
from contest.attempts.models import Attempt
from contest.rounds import calendar, entering
from contest.rounds.models import Entrant
from contest.standings import board
from tests.builders import (
    make_bank,
    make_consent_text,
    make_contest,
    make_entrant,
    make_period,
    make_question,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

DAY = timedelta(days=1)
RIGHT, WRONG = "Đúng theo Chỉ thị", ("Chưa đúng", "Sai hẳn", "Ngược lại")
CODE = "K7MP3QXT"


@dataclass
class Person:
    """Somebody with a slip."""

    user: User
    entrant: Entrant | None
    link: str
    code: str


class Scene:
    """A district of one commune with two cells; week 1 is over and has its results, week 2 is open."""

    def __init__(self, *, questions: int = 4, practice: bool = False, results: int = 3, **settings: Any) -> None:
        self.now: datetime = timezone.now().replace(microsecond=0)
        self.district = make_unit("Đảng bộ huyện Ứng Hòa", code="UH")
        self.commune = make_unit("Đảng bộ xã Phương Tú", parent=self.district, code="PT")
        self.cell = make_unit("Chi bộ thôn Ngọc Động", parent=self.commune, kind="cell", code="PT1")
        self.neighbours = make_unit("Chi bộ thôn Nguyễn Xá", parent=self.commune, kind="cell", code="PT2")
        self.elsewhere = make_unit("Đảng bộ xã Trung Tú", parent=self.district, code="TT")
        self.bank = make_bank(name="Ngân hàng Chỉ thị 24")
        for number in range(1, questions + 1):
            make_question(
                self.bank,
                text=f"Câu hỏi thứ {number} về kỷ cương, kỷ luật và trách nhiệm giải quyết công việc?",
                choices=(RIGHT, *WRONG),
                explanation="Điều 5 của Chỉ thị.",
            )
        self.contest = make_contest(
            title="Cuộc thi tìm hiểu Chỉ thị số 24-CT/TU",
            short_title="Tìm hiểu Chỉ thị 24",
            mark="24",
            subtitle="Tăng cường kỷ cương, kỷ luật và trách nhiệm giải quyết công việc",
            organizer="Huyện ủy Ứng Hòa",
            place="Huyện Ứng Hòa, Hà Nội",
            hotline="024 0000 2424",
            entry="roster",
            root=self.district,
            roster_frozen_at=self.now - 8 * DAY,
        )
        self.consent = make_consent_text(self.contest, is_required=True, published_at=self.now - 20 * DAY)
        self.round = make_round(
            self.contest, title="Trắc nghiệm trực tuyến", opens_at=self.now - 8 * DAY, closes_at=self.now + 13 * DAY
        )
        self.quiz = make_quiz(
            self.round,
            bank=self.bank,
            **{
                "question_count": questions,
                "time_limit": timedelta(minutes=15),
                "prediction": "people_all_correct",
                "ranking": "B",
                "score_shown": "at_once",
                "board_shown": "period_closed",
                "review_shown": "period_closed",
                **settings,
            },
        )
        self.closed = make_period(
            self.round, title="Tuần 1", opens_at=self.now - 8 * DAY, closes_at=self.now - DAY, results_at=self.now - DAY
        )
        self.open = make_period(self.round, title="Tuần 2", opens_at=self.now - DAY, closes_at=self.now + 6 * DAY)
        calendar.lock_banks(self.now)
        for number in range(results):
            crowd = make_entrant(self.contest, make_user(f"Lê Văn {'ABCDEFGH'[number]}"), unit=self.neighbours)
            self.took_part(crowd, points=100 * questions, took=60_000 * (number + 1))

    def joins(self, full_name: str = "Nguyễn Thị Hương", *, unit: Unit | None = None, **fields: Any) -> Person:
        """Somebody on the list of a unit, with a slip."""
        user = make_user(full_name, **{"unit": unit or self.cell, **fields})
        entrant = make_entrant(self.contest, user, is_obliged=True)
        code = CODE if user.phone or user.party_card else slips.new_code()
        (issued,) = slips.issue(user, by=None, now=self.now, code=code, token=slips.new_token())
        return Person(user, entrant, f"/s/{issued.token}/", issued.code)

    def manages(self, unit: Unit, full_name: str = "Nguyễn Hữu Nghĩa") -> Person:
        """The manager of a unit, with a slip."""
        user = make_user(full_name, phone="0988111222")
        entering.appoint(user, self.contest, "unit_manager", unit=unit, by=None, now=self.now)
        (issued,) = slips.issue(user, by=None, now=self.now)
        return Person(user, None, f"/s/{issued.token}/", issued.code)

    def agrees(self, person: Person) -> None:
        """The person has agreed to take part."""
        person.user.consents.create(text=self.consent, given_at=self.now - DAY)

    def took_part(self, entrant: Entrant, *, points: int, took: int = 300_000, prediction: int = 2) -> Attempt:
        """A result of week 1."""
        most = 100 * self.quiz.question_count
        paper = [
            [question.approved_id, list(question.approved.choices.values_list("pk", flat=True))]
            for question in self.bank.questions.select_related("approved").order_by("pk")
            if question.approved
        ]
        return make_result(
            entrant, self.closed, points=points, max_points=most, took=took, prediction=prediction, paper=paper
        )

    def adds_practice(self) -> None:
        """A round of three questions to try."""
        bank = make_bank(questions=3)
        practice = make_round(self.contest, order=0, title="Thi thử", is_practice=True, opens_at=None, closes_at=None)
        make_quiz(practice, bank=bank, question_count=3, attempts_per_period=None, review_shown="period_closed")

    def builds_boards(self) -> None:
        """The boards say what is in the database now."""
        board.refresh(now=timezone.now(), contest=self.contest, force=True)

    def starts(self, person: Person, **times: Any) -> Attempt:
        """The person's attempt of week 2, begun as by the button; `times` are written over what it has."""
        attempt = starting.start(self.quiz, person.user, now=timezone.now())
        if times:
            Attempt.objects.filter(pk=attempt.pk).update(**times)
            attempt.refresh_from_db()
        return attempt

    def path(self, rest: str = "") -> str:
        """An address of the contest."""
        return f"/c/{self.contest.slug}/{rest}"
