"""Whom completion counts."""

from __future__ import annotations

import pytest

from contest.attempts.models import Attempt
from contest.standings import participation
from tests.builders import NOON, make_contest, make_entrant, make_office, make_period, make_quiz, make_result, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def period():
    return make_period(make_quiz(prediction="participants", ranking="B").round)


def test_whoever_cannot_enter_is_not_on_the_roster(period):
    contest = period.round.contest
    fields = {"is_obliged": True}
    member = make_entrant(contest, make_user("Đảng viên", is_party_member=True), **fields)
    listed = make_entrant(contest, make_user("Có tên"), **fields)
    registered = make_entrant(contest, make_user("Tự đăng ký"), origin="registered", **fields)
    make_entrant(contest, make_user("Không bắt buộc"))
    make_entrant(contest, make_user("Bị loại"), barred_at=NOON, barred_reason="Thi hộ", **fields)
    officer = make_entrant(contest, make_user("Cán bộ"), **fields)
    make_office(contest, officer.user)
    make_entrant(make_contest(), make_user("Nơi khác"), **fields)
    assert set(participation.roster(contest, None)) == {member, listed, registered}
    period.round.who = "roster"
    assert set(participation.roster(contest, period.round)) == {member, listed}
    period.round.members_only = True
    assert set(participation.roster(contest, period.round)) == {member}


def test_a_tally_holds_people_and_not_attempts(period):
    entrant = make_entrant(period.round.contest)
    for number in range(30):
        make_result(entrant, period, points=10 * number)
    tally = participation.Tally.of(period.round.quiz, period, now=NOON)
    best = Attempt.objects.order_by("-number").first()
    assert [result.attempt for result in tally.counted] == [best.pk]
    assert (tally.paths, tally.attempts) == ({best.pk: ()}, {(): 30})
