"""What the tests of the page look at: a commune with two cells, a closed week, people who are named and who are not."""

from __future__ import annotations

from datetime import timedelta

from contest.rounds.models import Consent
from contest.standings import board as boards
from tests.builders import (
    NOON,
    make_consent_text,
    make_contest,
    make_entrant,
    make_period,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

DAY = timedelta(days=1)
AFTER = NOON + 10 * DAY  # the week has closed
PEOPLE = [("Nguyễn Thị Hoà", 400), ("Trần Văn Bình", 300), ("Đặng Đình Khôi", 300), ("Lê Quang Huy", 200)]


class Scene:
    """A contest with its publishing consent and one closed week."""

    def __init__(self, *, people=PEOPLE, named=True, more=0, refresh=True, **quiz):
        self.top = make_unit("Đảng bộ xã Phương Tú", block="Xã")
        self.cells = [
            make_unit(f"Chi bộ thôn {n}", parent=self.top, block="Thôn" if n < 2 else "Trường") for n in (1, 2)
        ]
        self.contest = make_contest(slug="cuoc-thi", root=self.top)
        self.consent = make_consent_text(self.contest, "publishing")
        self.quiz = make_quiz(make_round(self.contest), **{"board_shown": "period_closed", **quiz})
        self.week = make_period(self.quiz.round, opens_at=NOON, closes_at=NOON + 7 * DAY)
        self.entrants = {}
        for number, (name, points) in enumerate(people):
            self.add(name, points, cell=self.cells[number % 2], named=named, took=60_000 + 1000 * number)
        for number in range(more):
            self.add(f"Vũ Thị Lan {chr(97 + number % 26)}", 100, cell=self.cells[0], named=named)
        if refresh:
            self.refresh()

    def add(self, name, points, *, cell=None, named=True, **result):
        unit = cell or self.cells[0]
        user = make_user(name, unit=unit, phone="0912345678", party_card=None, birth_year=1960)
        entrant = self.entrants[name] = make_entrant(self.contest, user, is_obliged=True)
        if named:
            Consent.objects.create(user=user, text=self.consent, given_at=NOON)
        make_result(entrant, self.week, points=points, **result)
        return entrant

    def refresh(self, now=AFTER):
        return boards.refresh(now=now)

    def board(self):
        return self.contest.boards.get(period=self.week)
