"""The demo's contest: refused where it does not belong, and at each stage what it should be."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import Slip, Unit, User
from contest.attempts import grading, sitting
from contest.attempts.models import Attempt, Grade
from contest.entries import writing
from contest.entries.models import Entry, File
from contest.management.seeding import cast, names, programme, tree
from contest.questions.models import Question
from contest.rounds import calendar, entering
from contest.rounds.models import Contest, Entrant, Office, Period, Quiz, Round
from contest.standings import board
from contest.standings.models import Board

pytestmark = pytest.mark.django_db
PEOPLE = 160


def seed(stage="open", **options):
    out = io.StringIO()
    call_command("seed", stage=stage, i_know=True, json=True, people=PEOPLE, stdout=out, **options)
    return json.loads(out.getvalue())


def test_not_outside_the_demo():
    with pytest.raises(CommandError):
        call_command("seed")
    assert Unit.objects.count() == 0


def test_not_twice():
    seed("before")
    with pytest.raises(CommandError):
        seed("before")
    assert Contest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fresh_throws_away_what_was_there():
    seed("before")
    User.objects.create(full_name="Ai Đó")
    assert seed("open", fresh=True)["people"] == PEOPLE
    assert not User.objects.filter(full_name="Ai Đó").exists()


def test_the_tree_is_that_of_the_district():
    planted = tree.plant()
    committees = [place for place in planted.grassroots if place.unit.kind == Unit.Kind.COMMITTEE]
    assert (len(planted.grassroots), len(committees), len(planted.cells)) == (56, 35, 356)
    assert Unit.objects.filter(kind=Unit.Kind.CELL).count() == 356
    cell = planted.named(cast.PHUONG_TU, "Chi bộ thôn Phí Trạch")
    assert list(Unit.objects.with_tree_fields().get(pk=cell.unit.pk).tree_path) == cell.path


def test_open_is_in_the_third_week():
    now = timezone.now()
    figures = seed("open")
    contest = Contest.objects.get()
    assert (figures["units"], figures["people"]) == (391, PEOPLE)
    assert calendar.problems(contest, now=now) == []
    kinds = Round.objects.filter(is_practice=False).order_by("order").values_list("kind", flat=True)
    assert list(kinds) == ["quiz", "initiative", "essay", "live"]
    first, second, third, fourth = Period.objects.order_by("number")
    assert [period.has_results(now) for period in (first, second, third, fourth)] == [True, True, False, False]
    assert third.opens_at <= now < third.closes_at == fourth.opens_at
    assert timezone.localtime(third.opens_at).weekday() == 0
    assert Attempt.objects.filter(period=fourth).count() == 0
    assert Attempt.objects.filter(period=first, status="open").count() == 0
    assert Attempt.objects.filter(started_at__gte=now).count() == 0


def test_attempts_are_what_the_real_rules_make_of_them():
    seed("open")
    quiz = Quiz.objects.select_related("round").get(round__order=1)
    pool_size = Question.objects.usable().filter(bank=quiz.bank).count()
    assert pool_size == 40
    closed = list(Attempt.objects.closed().select_related("entrant"))
    assert len(closed) > PEOPLE
    for attempt in closed[:40]:
        assert attempt.receipt == sitting.receipt(attempt, sitting.saved(attempt))
    again = {grade.attempt.pk: grade for grade in grading.grades_for(quiz, closed, now=timezone.now())}
    figures = ("points", "max_points", "right", "questions", "is_all_correct", "prediction", "key_version")
    kept = {grade.attempt_id: grade for grade in Grade.objects.all()}
    assert kept.keys() == again.keys()
    for pk, grade in kept.items():
        assert [getattr(grade, name) for name in figures] == [getattr(again[pk], name) for name in figures]
    topics = dict(Question.objects.filter(bank=quiz.bank).values_list("approved", "topic__name"))
    for attempt in closed[:40]:
        drawn = [topics[version] for version, _choices in attempt.paper]
        assert {name: drawn.count(name) for name in programme.QUOTAS} == programme.QUOTAS


def test_boards_equal_a_recomputation():
    seed("open")
    now = timezone.now()
    scopes = list(board.scopes(now=now))
    assert len(scopes) == Board.objects.filter(build__gt=0).count() > 0
    assert [line for scope in scopes for line in board.differences(scope, now=now)] == []


def test_the_cast_can_be_signed_in_as(client):
    seed("open")
    now = timezone.now()
    rows = {row["name"]: row for row in json.loads(who_json())}
    round = Round.objects.get(order=1)
    for person in cast.ENTRANTS:
        row = rows[person.full_name]
        answer = client.post("/sign-in/", {"identifier": row["identifier"], "code": row["code"]})
        assert answer.status_code == 302, person.full_name
        entrant = Entrant.objects.get(user__full_name=person.full_name, user__phone=person.phone)
        if person.periods:
            assert entering.why_not(entrant, round, now=now) is None
        attempts = Attempt.objects.filter(entrant=entrant).values_list("period__number", flat=True)
        assert set(attempts) == {number for number in person.periods if number <= 3}
    organizer = rows["Vũ Thị Lan"]
    assert User.objects.get(email=organizer["email"]).check_password(organizer["password"])
    assert client.get(rows["Nguyễn Thị Hương"]["link"].split("8000")[1]).status_code == 200


def who_json():
    out = io.StringIO()
    call_command("seed", who=True, json=True, stdout=out)
    return out.getvalue()


def test_who_is_a_table_too():
    out = io.StringIO()
    call_command("seed", who=True, stdout=out)
    for person in (*cast.ENTRANTS, *cast.STAFF):
        assert person.full_name in out.getvalue()


def test_before_nothing_has_begun():
    now = timezone.now()
    assert seed("before")["attempts"] == 0
    assert Attempt.objects.count() == 0
    opens = Period.objects.order_by("number").first().opens_at
    assert timedelta(days=1) < opens - now <= timedelta(days=2)
    assert Entrant.objects.count() == PEOPLE


def test_closed_the_quiz_is_over():
    now = timezone.now()
    seed("closed")
    assert all(period.has_results(now) for period in Period.objects.all())
    assert not Round.objects.filter(is_practice=False, kind="quiz", closes_at__gt=now).exists()
    assert not Attempt.objects.filter(status="open").exists()
    assert not Attempt.objects.filter(entrant__user__signed_in_at=None).exists()
    assert not Attempt.objects.filter(entrant__user__signed_in_at__gt=F("started_at")).exists()


def test_entries_are_what_the_real_rules_make_of_them():
    seed("open")
    now = timezone.now()
    handed_in = Entry.objects.filter(submitted_at__isnull=False)
    assert {"draft", "submitted", "valid"} <= set(Entry.objects.values_list("status", flat=True))
    assert not Entry.objects.filter(registered_at__gt=now).exists()
    assert all(writing.missing(entry, now=now) == [] for entry in handed_in.select_related("round__call", "kind")[:10])
    assert set(File.objects.values_list("state", flat=True)) == {"good"}


def test_so_many_attempts_as_are_asked_for():
    assert 180 <= seed("closed", attempts=200)["attempts"] <= 220


def test_everyone_who_took_part_agreed_and_nobody_with_an_office_did():
    seed("open")
    lacking = Entrant.objects.filter(attempts__isnull=False).exclude(
        user__consents__text__kind="taking_part", user__consents__withdrawn_at=None
    )
    assert not lacking.exists()
    assert not Entrant.objects.filter(user__in=Office.objects.values("user")).exists()
    assert not Slip.objects.filter(revoked_at=None, user__is_staff=True).exists()
    twice = Attempt.objects.values("entrant", "period").annotate(count=Count("pk")).filter(count__gt=1)
    assert not twice.exists()
    assert not Entrant.objects.filter(user__signed_in_at__lt=F("created_at")).exists()


def test_made_up_names_look_like_names():
    from random import Random

    rng = Random(1)
    found = {names.full_name(rng) for _ in range(500)}
    assert len(found) > 400
    for name in found:
        assert 3 <= len(name.split()) <= 5
        assert name.split()[-1] not in name.split()[1:-1]
