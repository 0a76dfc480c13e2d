"""The judge's doors: who reaches what, what a blind stage hides, and that nothing is lost or overwritten."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from contest.entries.models import File, Section
from contest.judging import concluding, conflicts
from contest.judging.models import Assignment, Conflict, Sheet, StageRubric
from contest.rounds.models import Office
from tests.builders import make_office, make_unit, make_user
from tests.contest.results.builders import (
    make_call,
    make_candidate,
    make_entry,
    make_judge,
    make_kind,
    make_rubric,
    make_sheet,
    make_stage,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Desk:
    """An open stage with three judges and one entry, which the first two of them have."""

    def __init__(self, **fields) -> None:
        self.now = datetime.now(UTC)
        self.call = make_call()
        self.contest = self.call.round.contest
        self.kind = make_kind(self.call)
        secret = Section.objects.create(call=self.call, title="Nơi áp dụng", is_secret=True)
        plain = Section.objects.create(call=self.call, title="Giải pháp")
        author = make_user("Tác Giả Rất Riêng", unit=make_unit("Chi bộ Rất Riêng"))
        answers = {str(secret.pk): "Ở thôn Kín", str(plain.pk): "Tổ lưu động"}
        self.entry = make_entry(self.kind, author=author, title="Một cửa lưu động", answers=answers)
        times = {"opens_at": self.now - HOUR, "closes_at": self.now + HOUR}
        self.stage = make_stage(self.call.round, make_rubric(self.contest), **{**times, **fields})
        self.seats = [make_judge(self.stage, is_chair=number == 0) for number in range(3)]
        self.candidate = make_candidate(self.stage, self.entry)
        self.assignments = [
            Assignment.objects.create(candidate=self.candidate, seat=seat, assigned_at=self.now)
            for seat in self.seats[:2]
        ]

    def client(self, at: int) -> Client:
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        client.force_login(self.seats[at].user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def url(self, name: str, *more: int) -> str:
        return reverse(name, args=[self.assignments[0].pk, *more])

    def form(self, a: str, b: str, revision: int = 0) -> dict[str, str]:
        rows = {row.code: row.pk for row in self.stage.rubrics.get().criteria.all()}
        return {f"points-{rows['A']}": a, f"points-{rows['B']}": b, "revision": str(revision), "comment": ""}

    def file(self) -> File:
        stored = default_storage.save("entries/own.pdf", ContentFile(b"own"))
        blind = default_storage.save("entries/blind.pdf", ContentFile(b"blind"))
        return File.objects.create(
            entry=self.entry, slot="document", name="Chi bộ Rất Riêng.pdf", size=3, received=3, state="good",
            content_type="application/pdf", sha256="0" * 64, stored=stored, blind=blind, stored_size=3,
            uploaded_by=self.entry.created_by, begun_at=self.now,
        )  # fmt: skip


# --- Who reaches what ------------------------------------------------------------------------------------------------
def test_another_judge_and_a_stranger_reach_neither_sheet_nor_file():
    desk = Desk()
    file = desk.file()
    for path in (desk.url("sheet"), desk.url("judged_file", file.pk)):
        assert desk.client(1).get(path).status_code == 404
        assert Client().get(path).status_code == 302
    stranger = Client()
    stranger.force_login(make_user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.get(reverse("judging", args=[desk.contest.slug])).status_code == 404
    assert desk.client(1).post(desk.url("sheet_lock"), desk.form("60", "40")).status_code == 404
    assert Sheet.objects.count() == 0


def test_whoever_is_no_judge_any_more_reaches_nothing_by_the_seat_they_had():
    desk = Desk()
    file = desk.file()
    Office.objects.filter(user=desk.seats[0].user).delete()
    client = desk.client(0)
    for path in (desk.url("sheet"), desk.url("judged_file", file.pk), reverse("judging", args=[desk.contest.slug])):
        assert client.get(path).status_code == 404
    assert client.get(reverse("chair", args=[desk.contest.slug, desk.stage.pk])).status_code == 404
    for name in ("sheet_save", "sheet_lock"):
        assert client.post(desk.url(name), desk.form("60", "40")).status_code == 404
    assert Sheet.objects.count() == 0


def test_a_conflict_hides_the_entry_at_once_from_list_sheet_save_and_file():
    desk = Desk()
    file, client = desk.file(), desk.client(0)
    assert client.get(desk.url("sheet")).status_code == 200
    user = desk.seats[0].user
    user.unit = desk.entry.unit
    user.save()
    for name in ("sheet", "judged_file"):
        assert client.get(desk.url(name, *([file.pk] if name == "judged_file" else []))).status_code == 404
    assert client.post(desk.url("sheet_save"), desk.form("1", "1")).status_code == 404
    page = client.get(reverse("judging", args=[desk.contest.slug])).content.decode()
    assert desk.entry.code not in page
    assert desk.entry.title not in page


def test_a_declared_conflict_gives_the_entry_back():
    desk = Desk()
    client = desk.client(0)
    client.post(desk.url("sheet_conflict"), {"reason": " "})
    assert Conflict.objects.count() == 0
    client.post(desk.url("sheet_conflict"), {"reason": "Đã góp ý bài này"})
    assert Conflict.objects.get().reason == "Đã góp ý bài này"
    assert client.get(desk.url("sheet")).status_code == 404


def test_a_blind_stage_tells_nothing_of_who_made_the_entry():
    desk = Desk(is_blind=True)
    file, client = desk.file(), desk.client(0)
    page = client.get(desk.url("sheet")).content.decode()
    assert "Tổ lưu động" in page
    assert "Rất Riêng" not in page
    assert "thôn Kín" not in page
    answer = client.get(desk.url("judged_file", file.pk))
    assert b"".join(answer.streaming_content) == b"blind"
    assert "Rất" not in answer["Content-Disposition"]
    assert "R%E1" not in answer["Content-Disposition"]


def test_a_stage_that_is_not_blind_shows_authors():
    desk = Desk()
    assert "Tác Giả Rất Riêng" in desk.client(0).get(desk.url("sheet")).content.decode()


# --- Marking ---------------------------------------------------------------------------------------------------------
def test_points_over_the_maximum_or_that_are_no_number_are_refused_with_what_was_typed():
    desk = Desk()
    client = desk.client(0)
    for typed, told in (("61", "More than the maximum of 60."), ("mười", "These points are no number.")):
        answer = client.post(desk.url("sheet_lock"), desk.form(typed, "40"))
        assert answer.status_code == 409
        assert told in answer.content.decode()
        assert f'value="{typed}"' in answer.content.decode()
    assert not Sheet.objects.filter(locked_at__isnull=False).exists()


def test_the_script_saves_and_two_windows_do_not_overwrite_each_other():
    desk = Desk()
    client, json = desk.client(0), {"headers": {"accept": "application/json"}}
    assert client.post(desk.url("sheet_save"), desk.form("50,5", ""), **json).json() == {"revision": 1}
    stale = client.post(desk.url("sheet_save"), desk.form("10", ""), **json)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert float(Sheet.objects.get().marks.get().points) == 50.5


def test_a_lock_seals_the_sheet_and_leads_on():
    desk = Desk()
    client = desk.client(0)
    answer = client.post(desk.url("sheet_lock"), desk.form("50", "30"))
    assert answer.url == reverse("judging", args=[desk.contest.slug])
    assert Sheet.objects.get().total == 80
    assert client.post(desk.url("sheet_save"), desk.form("1", "1", 1)).status_code == 409
    assert "readonly" in client.get(desk.url("sheet")).content.decode()


@pytest.mark.parametrize("shows", [True, False])
def test_others_marks_are_seen_only_after_the_own_lock_and_where_the_stage_says_so(shows):
    desk = Desk(shows_others=shows)
    desk.assignments[1].delete()
    make_sheet(desk.candidate, desk.seats[1], {"A": 40, "B": 37})
    client, name = desk.client(0), desk.seats[1].user.full_name
    assert name not in client.get(desk.url("sheet")).content.decode()
    client.post(desk.url("sheet_lock"), desk.form("50", "30"))
    assert (name in client.get(desk.url("sheet")).content.decode()) == shows


def test_entries_are_taken_one_by_one_where_the_stage_says_so():
    desk = Desk(allotment="next")
    path = reverse("judging", args=[desk.contest.slug])
    answer = desk.client(2).post(path, {"stage": desk.stage.pk})
    taken = Assignment.objects.get(seat=desk.seats[2])
    assert answer.url == reverse("sheet", args=[taken.pk])
    assert desk.client(2).post(path, {"stage": "x"}).status_code == 404


# --- The chair -------------------------------------------------------------------------------------------------------
def test_only_the_chair_decides_and_never_on_an_entry_that_a_conflict_keeps_from_them():
    desk = Desk()
    path = reverse("chair", args=[desk.contest.slug, desk.stage.pk])
    assert desk.client(1).get(path).status_code == 404
    assert desk.client(0).get(path).status_code == 200
    organizer = make_user("Người Tổ Chức")
    make_office(desk.contest, organizer)
    conflicts.declare(desk.entry, desk.seats[0].user, reason="Anh em", by=organizer, now=desk.now)
    assert desk.client(0).post(path, {"act": "add", "row": desk.candidate.pk}).status_code == 404


def test_the_chair_settles_a_discrepancy():
    desk = Desk(judges_per_entry=2)
    for assignment in desk.assignments:
        assignment.delete()
    for seat, total in zip(desk.seats[:2], (50, 90), strict=True):
        make_sheet(desk.candidate, seat, {"A": total * 0.6, "B": total * 0.4})
    path = reverse("chair", args=[desk.contest.slug, desk.stage.pk])
    concluding.conclude(desk.stage, now=desk.now)
    assert desk.entry.title in desk.client(0).get(path).content.decode()
    desk.client(0).post(path, {"act": "stand", "row": desk.candidate.pk, "reason": "Đã trao đổi"})
    desk.candidate.refresh_from_db()
    assert (desk.candidate.outcome, desk.candidate.score) == ("scored", 70)


def test_the_list_takes_as_many_queries_for_three_entries_as_for_one(django_assert_max_num_queries):
    desk = Desk()
    client, path = desk.client(0), reverse("judging", args=[desk.contest.slug])
    for _more in range(3):
        row = make_candidate(desk.stage, make_entry(desk.kind))
        Assignment.objects.create(candidate=row, seat=desk.seats[0], assigned_at=desk.now)
    with django_assert_max_num_queries(16):
        assert client.get(path).content.decode().count("/judging/") >= 4


# --- What is typed ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["1e9999999", "9e99999999", "1e2", "NaN", "-Infinity", "٣", "1_0", "10000", "1\0"])
@pytest.mark.parametrize("name", ["sheet_save", "sheet_lock"])
def test_what_is_no_number_of_points_is_said_to_be_none_and_nothing_is_kept(name, typed):
    desk = Desk()
    answer = desk.client(0).post(desk.url(name), desk.form(typed, "1"), headers={"accept": "application/json"})
    assert answer.status_code == 409
    assert "These points are no number." in answer.content.decode()
    assert Sheet.objects.count() == 0


def test_a_stage_without_a_rubric_sends_its_judges_back_to_their_list():
    desk = Desk()
    StageRubric.objects.all().delete()
    for answer in (desk.client(0).get(desk.url("sheet")), desk.client(0).post(desk.url("sheet_save"), {})):
        assert (answer.status_code, answer["Location"]) == (302, reverse("judging", args=[desk.contest.slug]))
