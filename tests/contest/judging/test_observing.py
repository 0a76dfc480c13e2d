"""What calibration and forecast read, and anchors."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from contest.foundations.ledger.models import Entry as Act
from contest.foundations.refusing import Refused
from contest.judging import forecasting, observing
from contest.judging.models import Assignment, Candidate
from tests.builders import NOON, make_user
from tests.contest.results.builders import Judged, make_candidate, make_entry, make_judge, make_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def marked() -> Judged:
    """Four entries; the third judge gives ten points less than the first, the second is in between."""
    judged = Judged(scores=())
    judged.stage.closed_at = None
    judged.stage.save()
    for number, worth in enumerate((50, 60, 75, 70)):
        entry = make_entry(judged.kind)
        candidate = make_candidate(judged.stage, entry)
        for place, seat in enumerate(judged.judges):
            wobble = (number + place) % 2
            make_sheet(
                candidate, seat, {"A": Decimal(worth) - 20 - 5 * place + wobble, "B": 20}, seconds=300 + 60 * place
            )
        judged.candidates.append(candidate)
    return judged


# --- Anchors ---------------------------------------------------------------------------------------------------------
def test_anchors_are_chosen_by_organizers_and_before_judging():
    judged = Judged(scores=())
    one, other = (make_candidate(judged.stage, make_entry(judged.kind)) for _n in range(2))
    with pytest.raises(Refused, match="organizers"):
        observing.set_anchors(judged.stage, [one], by=make_user(), now=NOON)
    assert observing.set_anchors(judged.stage, [one], by=judged.organizer, now=NOON) == 1
    assert observing.set_anchors(judged.stage, [other], by=judged.organizer, now=NOON) == 1
    assert list(Candidate.objects.filter(is_anchor=True)) == [other]
    assert Act.objects.filter(action="stages.anchored").last().data == {"codes": [other.entry.code]}
    make_sheet(one, judged.judges[0], {"A": 1, "B": 1}, locked=False)
    with pytest.raises(Refused, match="begun to mark"):
        observing.set_anchors(judged.stage, [one], by=judged.organizer, now=NOON)


def test_an_entry_of_another_stage_is_no_anchor_here():
    judged, other = Judged(scores=()), Judged(scores=())
    foreign = make_candidate(other.stage, make_entry(other.kind))
    assert observing.set_anchors(judged.stage, [foreign], by=judged.organizer, now=NOON) == 0
    assert not Candidate.objects.filter(is_anchor=True).exists()


# --- Calibration -----------------------------------------------------------------------------------------------------
def test_the_judges_of_a_kind_with_their_severity():
    judged = marked()
    (section,) = observing.sections(judged.stage)
    assert [one.judge for one in section.calibration.judges] == [seat.user_id for seat in reversed(judged.judges)]
    assert [round(one.severity) for one in section.calibration.judges] == [-5, 0, 5]
    assert [one.seconds for one in section.calibration.judges] == [420, 360, 300]
    assert section.panels == ()


def test_what_is_not_locked_or_was_taken_out_does_not_count():
    judged = marked()
    make_sheet(make_candidate(judged.stage, make_entry(judged.kind)), judged.judges[0], {"A": 1, "B": 1}, locked=False)
    Assignment.objects.filter(seat=judged.judges[1]).update(ended_at=NOON, ended_reason="Xung đột")
    (section,) = observing.sections(judged.stage)
    assert {one.judge: one.count for one in section.calibration.judges} == {
        judged.judges[0].user_id: 4, judged.judges[2].user_id: 4,
    }  # fmt: skip


def test_an_entry_that_only_the_severe_one_marked_is_lifted():
    """Its 45 stands last; without the severity of its only judge it is better than the 50 of the others."""
    judged = marked()
    entry = make_entry(judged.kind)
    make_sheet(make_candidate(judged.stage, entry), judged.judges[2], {"A": 28, "B": 20})
    (section,) = observing.sections(judged.stage)
    lifted = next(one for one in section.compared if one.candidate.entry == entry)
    assert lifted.raw == 48
    assert lifted.adjusted > 51
    assert sorted(one.raw_place for one in section.compared) == [1, 2, 3, 4, 5]


def test_the_queries_are_as_many_for_many_judges_as_for_few(django_assert_num_queries):
    judged = marked()
    with django_assert_num_queries(2):
        observing.sections(judged.stage)
    more = make_judge(judged.stage)
    for candidate in judged.candidates:
        make_sheet(candidate, more, {"A": 40, "B": 20})
    with django_assert_num_queries(2):
        observing.sections(judged.stage)


# --- Workload --------------------------------------------------------------------------------------------------------
def test_what_each_judge_has_left():
    judged = marked()
    new = make_candidate(judged.stage, make_entry(judged.kind))
    Assignment.objects.create(candidate=new, seat=judged.judges[0], assigned_at=NOON)
    withdrawn = make_candidate(judged.stage, make_entry(judged.kind))
    Assignment.objects.create(candidate=withdrawn, seat=judged.judges[0], assigned_at=NOON)
    withdrawn.entry.status = "withdrawn"
    withdrawn.entry.save()
    panel, seats = observing.workload(judged.stage)
    assert [(seats[one.judge].pk, one.left, len(one.locked)) for one in panel] == [
        (judged.judges[0].pk, 1, 4), (judged.judges[1].pk, 0, 4), (judged.judges[2].pk, 0, 4),
    ]  # fmt: skip
    told = forecasting.forecast(panel, opens_at=judged.stage.opens_at, closes_at=judged.stage.closes_at, now=NOON)
    assert told.left == 1
    assert NOON < told.done_at < NOON + timedelta(days=1)


# --- The desk --------------------------------------------------------------------------------------------------------
def desk(user) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("page", ["calibration", "forecast", "anchors"])
def test_the_pages_of_the_desk_are_for_the_own_contest(page):
    judged, other = marked(), marked()
    address = f"/admin/judging/stage/{judged.stage.pk}/{page}/"
    assert desk(judged.organizer).get(address).status_code == 200
    assert desk(other.organizer).get(address).status_code == 404


def test_the_page_says_in_words_what_the_figures_mean():
    judged = marked()
    text = desk(judged.organizer).get(f"/admin/judging/stage/{judged.stage.pk}/calibration/").content.decode()
    assert "More severe than the others: 5,0 points lower for the same entry." in text
    assert "More lenient than the others: 5,0 points higher for the same entry." in text
    assert "Neither severe nor lenient beyond chance." in text


def test_a_stage_without_a_sheet_says_so():
    judged = Judged(scores=())
    client = desk(judged.organizer)
    assert (
        "No sheet is locked yet." in client.get(f"/admin/judging/stage/{judged.stage.pk}/calibration/").content.decode()
    )
    assert "All sheets are locked." in client.get(f"/admin/judging/stage/{judged.stage.pk}/forecast/").content.decode()


def test_anchors_are_chosen_at_the_desk():
    judged = Judged(scores=())
    candidate = make_candidate(judged.stage, make_entry(judged.kind))
    address = f"/admin/judging/stage/{judged.stage.pk}/anchors/"
    desk(judged.organizer).post(address, {"asked": "1", "entries": [candidate.pk]})
    candidate.refresh_from_db()
    assert candidate.is_anchor
