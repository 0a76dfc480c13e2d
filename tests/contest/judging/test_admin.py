"""The desk of judging: whose rows it shows, in how many queries, and the whole way from a rubric to a close."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from contest.foundations.ledger.models import Entry as LedgerEntry
from contest.judging.models import Assignment, Candidate, Conflict, Criterion, Panel, Rubric, Seat, Stage
from contest.rounds import entering
from contest.rounds.models import Contest, Office
from tests.builders import NOON, make_contest, make_office, make_user
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


def officer(role: str, contest: Contest) -> Client:
    user = make_user(role, email=f"{role}{contest.pk}@example.vn")
    entering.appoint(user, contest, Office.Role(role), by=None, now=NOON)
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(User.objects.get(pk=user.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(name: str, *args) -> str:
    return reverse(f"admin:judging_{name}", args=args)


def criteria(*lines: dict[str, str]) -> dict[str, str]:
    """The lines of a rubric as the form sends them."""
    typed = {"criteria-TOTAL_FORMS": str(len(lines)), "criteria-INITIAL_FORMS": "0"}
    for at, line in enumerate(lines):
        for name, value in {"step": "0.5", "order": at, **line}.items():
            typed[f"criteria-{at}-{name}"] = str(value)
    return typed


LISTS = ("rubric", "stage", "panel", "candidate", "conflict")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_eight_queries_at_most_however_many_rows_it_has(name):
    call = make_call()
    client, kind = officer("organizer", call.round.contest), make_kind(call)
    counts = []
    for _more in range(2):
        for _row in range(2):
            stage = make_stage(call.round, make_rubric(call.round.contest))
            entry = make_entry(kind)
            seat = make_judge(stage)
            make_sheet(make_candidate(stage, entry), seat, {"A": 1, "B": 1})
            Conflict.objects.create(
                contest=call.round.contest, judge=seat.user, entry=entry, reason="Anh em", declared_by=seat.user,
                declared_at=NOON,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url(f"{name}_changelist")).status_code == 200
        counts.append(len([query for query in seen if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1] <= 8, [query["sql"][:150] for query in seen]


@pytest.mark.parametrize("name", LISTS)
def test_judges_have_no_desk_and_rows_of_others_are_not_there(name):
    mine, theirs = make_call(), make_call()
    stage = make_stage(theirs.round, make_rubric(theirs.round.contest))
    candidate = make_candidate(stage, make_entry(make_kind(theirs)))
    make_sheet(candidate, make_judge(stage), {"A": 1, "B": 1})
    assert officer("judge", mine.round.contest).get(url(f"{name}_changelist")).status_code == 302
    client = officer("organizer", mine.round.contest)
    page = client.get(url(f"{name}_changelist")).content.decode()
    for word in (candidate.entry.title, stage.rubrics.get().title):
        assert word not in page
    rows = {
        "rubric": stage.rubrics.get(), "stage": stage, "panel": stage.panels.get(), "candidate": candidate,
    }  # fmt: skip
    if name in rows:
        assert client.get(url(f"{name}_change", rows[name].pk)).status_code == 302


def test_a_rubric_that_cannot_be_right_is_refused_with_what_was_typed_and_one_that_can_is_there():
    contest = make_call().round.contest
    client = officer("organizer", contest)
    lines = [
        {"code": "A", "title": "Đổi mới", "maximum": "20"},
        {"code": "A1", "part_of": "A", "title": "Không trùng lặp", "maximum": "10", "levels_text": "8 = Tốt | rõ"},
        {"code": "A2", "part_of": "A", "title": "Gắn với Chỉ thị", "maximum": "5"},
    ]
    typed = {"contest": contest.pk, "title": "Mô hình", "description": ""}
    page = client.post(url("rubric_add"), {**typed, **criteria(*lines)}).content.decode()
    assert "The parts of A sum to 15, and its maximum is 20." in page
    assert "Không trùng lặp" in page
    assert Rubric.objects.count() == 0
    lines[2]["maximum"] = "10"
    answer = client.post(url("rubric_add"), {**typed, **criteria(*lines)})
    assert answer.status_code == 302, answer.content.decode()
    rubric = Rubric.objects.get()
    assert list(rubric.criteria.values_list("code", "parent__code")) == [("A", None), ("A1", "A"), ("A2", "A")]
    level = Criterion.objects.get(code="A1").levels.get()
    assert (level.points, level.title, level.description) == (8, "Tốt", "rõ")
    assert client.get(url("rubric_change", rubric.pk)).status_code == 200


def test_a_rubric_in_use_is_looked_at_only_and_its_next_version_is_put_into_use_with_a_list():
    call = make_call()
    stage = make_stage(call.round, make_rubric(call.round.contest))
    seat = make_judge(stage)
    make_sheet(make_candidate(stage, make_entry(make_kind(call))), seat, {"A": 1, "B": 1})
    client, rubric = officer("organizer", call.round.contest), stage.rubrics.get()
    assert 'name="_save"' not in client.get(url("rubric_change", rubric.pk)).content.decode()
    client.post(url("rubric_next_version", rubric.pk), {"asked": "1"})
    copy = Rubric.objects.get(version=2)
    assert str(seat.user) in client.get(url("rubric_put_into_use", copy.pk)).content.decode()
    client.post(url("rubric_put_into_use", copy.pk), {"asked": "1", "reason": "Bản mới"})
    assert stage.stage_rubrics.get().rubric == copy


class Way:
    """A round with entries and people, and an organizer's browser."""

    def __init__(self) -> None:
        self.call = make_call()
        self.contest = self.call.round.contest
        self.kind = make_kind(self.call)
        self.client = officer("organizer", self.contest)
        self.entries = [make_entry(self.kind) for _entry in range(3)]

    def post(self, name: str, row, **typed) -> str:
        answer = self.client.post(url(name, row.pk), {"asked": "1", **typed}, follow=True)
        assert answer.status_code == 200
        return str(answer.content.decode())


def test_the_whole_way_from_a_stage_to_its_close():
    way, now = Way(), datetime.now(UTC)
    hour = timedelta(hours=1)
    typed = {
        "round": way.call.round.pk, "order": 1, "title": "Sơ khảo", "opens_at": "", "closes_at": "",
        "judges_per_entry": 2, "allotment": "ahead", "aggregation": "mean", "weight": "", "tolerance": "15",
        "on_discrepancy": "chair",
    }  # fmt: skip
    assert way.client.post(url("stage_add"), typed).status_code == 302
    stage = Stage.objects.get()
    Stage.objects.update(opens_at=now - hour)
    rubric = make_rubric(way.contest)
    stage.stage_rubrics.create(rubric=rubric)
    assert way.client.get(url("stage_change", stage.pk)).status_code == 200
    judges = [make_user(f"Giám Khảo {n}") for n in range(2)]
    for judge in judges:
        entering.appoint(judge, way.contest, Office.Role.JUDGE, by=None, now=NOON)
    seats = {"seats-TOTAL_FORMS": "2", "seats-INITIAL_FORMS": "0"}
    for at, judge in enumerate(judges):
        seats |= {f"seats-{at}-user": str(judge.pk)}
    seats["seats-0-is_chair"] = "on"
    panel_typed = {"stage": stage.pk, "title": "Ban giám khảo", **seats}
    assert way.client.post(url("panel_add"), panel_typed).status_code == 302
    assert way.client.get(url("panel_change", Panel.objects.get().pk)).status_code == 200
    way.post("stage_take_in", stage)
    plan = way.client.get(url("stage_assign", stage.pk)).context["plan"]
    way.post("stage_assign", stage, plan=plan.token)
    assert Assignment.objects.count() == 6
    assert "Sheets are missing" in way.post("stage_close", stage)
    Assignment.objects.all().delete()
    for candidate in Candidate.objects.all():
        for seat in Seat.objects.all():
            make_sheet(candidate, seat, {"A": 30, "B": 30})
    page = way.post("stage_close", stage)
    assert "The stage is closed; 3 go on." in page
    way.post("stage_reopen", stage, reason="Kiểm phiếu lại")
    stage.refresh_from_db()
    assert stage.closed_at is None


def test_what_is_decided_on_an_entry():
    way = Way()
    stage = make_stage(way.call.round, make_rubric(way.contest), judges_per_entry=2)
    Stage.objects.update(opens_at=datetime.now(UTC) - timedelta(hours=1), closes_at=None)
    seats = [make_judge(stage) for _seat in range(3)]
    candidate = make_candidate(stage, way.entries[0])
    sheets = [make_sheet(candidate, seat, {"A": a, "B": 1}) for seat, a in zip(seats, (10, 50), strict=False)]
    assert way.client.get(url("candidate_change", candidate.pk)).status_code == 200
    assert "the marks stand" in way.post("candidate_decide", candidate, reason="Đã trao đổi")
    way.post("candidate_reopen_sheet", candidate, assignment=sheets[0].assignment_id, reason="Cộng nhầm")
    sheets[0].refresh_from_db()
    assert sheets[0].locked_at is None
    way.post("candidate_end_assignment", candidate, assignment=sheets[0].assignment_id, reason="Ốm")
    way.post("candidate_add_judge", candidate)
    assert {row.seat for row in Assignment.objects.standing()} == {seats[1], seats[2]}
    author = candidate.entry.authors.get().full_name
    assert author not in way.client.get(url("candidate_change", candidate.pk)).content.decode()
    assert author in way.post("candidate_unmask", candidate, reason="Kiểm tra trùng")
    assert LedgerEntry.objects.get(action="candidates.unmasked").data["reason"] == "Kiểm tra trùng"


def test_a_conflict_is_declared_and_lifted():
    way = Way()
    stage = make_stage(way.call.round, make_rubric(way.contest))
    seat = make_judge(stage)
    Assignment.objects.create(candidate=make_candidate(stage, way.entries[0]), seat=seat, assigned_at=NOON)
    typed = {"judge": seat.user_id, "entry": way.entries[0].pk, "reason": "Anh em"}
    assert way.client.post(url("conflict_add"), typed).status_code == 302
    conflict = Conflict.objects.get()
    assert not Assignment.objects.standing().exists()
    way.post("conflict_lift", conflict, reason="Nhầm người")
    conflict.refresh_from_db()
    assert conflict.lifted_reason == "Nhầm người"


def test_a_judge_leaves_the_panel():
    way = Way()
    stage = make_stage(way.call.round, make_rubric(way.contest))
    seat = make_judge(stage)
    assert "has left" in way.post("panel_leave", stage.panels.get(), seat=seat.pk, reason="Ốm")
    seat.refresh_from_db()
    assert seat.left_reason == "Ốm"


def test_a_seat_to_which_entries_were_assigned_becomes_nobody_elses():
    call = make_call()
    contest = call.round.contest
    stage = make_stage(call.round, make_rubric(contest))
    marked, free, third = make_judge(stage), make_judge(stage), make_user("Người Thứ Ba")
    make_office(contest, third, "judge")
    make_sheet(make_candidate(stage, make_entry(make_kind(call))), marked, {"A": 1, "B": 1})
    panel, client = stage.panels.get(), officer("organizer", contest)
    for seat, becomes in ((marked, marked.user), (free, third)):
        typed = {"title": panel.title, "seats-TOTAL_FORMS": 2, "seats-INITIAL_FORMS": 2}
        for at, one in enumerate((marked, free)):
            user = third if one == seat else one.user
            typed |= {f"seats-{at}-id": one.pk, f"seats-{at}-panel": panel.pk, f"seats-{at}-user": user.pk}
        assert client.post(url("panel_change", panel.pk), typed).status_code == 302
        seat.refresh_from_db()
        assert seat.user == becomes


def test_a_new_panel_seats_judges_of_its_own_contest_alone():
    call, other = make_call(), make_contest()
    stage = make_stage(call.round, make_rubric(call.round.contest))
    client = officer("organizer", call.round.contest)
    make_office(other, User.objects.get(email__startswith="organizer"))
    own, foreign = make_user("Giám Khảo Đây"), make_user("Giám Khảo Kia")
    make_office(call.round.contest, own, "judge")
    make_office(other, foreign, "judge")
    typed = {"stage": stage.pk, "title": "Hội đồng hai", "seats-TOTAL_FORMS": 1, "seats-INITIAL_FORMS": 0}
    refused = client.post(url("panel_add"), {**typed, "seats-0-user": foreign.pk})
    assert "Giám Khảo Kia is no judge of this contest." in refused.content.decode()
    assert client.post(url("panel_add"), {**typed, "seats-0-user": own.pk}).status_code == 302
    assert list(stage.panels.get(title="Hội đồng hai").seats.values_list("user", flat=True)) == [own.pk]
