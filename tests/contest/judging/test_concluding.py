"""What locked sheets come to, who decides, and what a close is refused for."""

from decimal import Decimal

import pytest
from django.utils import translation

from contest.entries.models import Entry
from contest.foundations.refusing import Refused
from contest.judging import assigning, concluding, conflicts
from contest.judging.models import Advance, Assignment, Candidate, Sheet, SheetEvent, Stage
from contest.rounds.models import unit_path
from tests.builders import NOON, make_office, make_unit, make_user
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


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Judging:
    """A stage with three judges, the first of them its chair."""

    def __init__(self, **fields) -> None:
        self.call = make_call()
        self.organizer = make_user("Người Tổ Chức")
        make_office(self.call.round.contest, self.organizer)
        self.kind = make_kind(self.call)
        self.stage = make_stage(self.call.round, make_rubric(self.call.round.contest), **fields)
        self.seats = [make_judge(self.stage, is_chair=number == 0) for number in range(3)]
        self.chair = self.seats[0].user

    def judged(self, *totals: int, locked: int = 3) -> Candidate:
        """An entry whose judges gave so much; the last ones have not locked."""
        candidate = make_candidate(self.stage, make_entry(self.kind))
        for at, (seat, total) in enumerate(zip(self.seats, totals, strict=False)):
            make_sheet(candidate, seat, {"A": total * 0.6, "B": total * 0.4}, locked=at < locked)
        return candidate

    def refresh(self) -> int:
        return concluding.refresh(NOON)


def told(candidate: Candidate):
    candidate.refresh_from_db()
    return candidate.outcome, candidate.score, candidate.place


def test_nothing_comes_of_an_entry_while_a_sheet_is_open():
    judging = Judging()
    candidate = judging.judged(70, 80, 75, locked=2)
    judging.refresh()
    assert told(candidate) == ("waiting", None, None)


def test_locked_sheets_make_a_score_and_places_and_a_second_look_changes_nothing():
    judging = Judging()
    first, second, third = judging.judged(80, 82, 84), judging.judged(70, 70, 70), judging.judged(70, 70, 70)
    assert judging.refresh() == 3
    assert [told(one) for one in (first, second, third)] == [
        ("scored", Decimal("82.00"), 1), ("scored", Decimal("70.00"), 2), ("scored", Decimal("70.00"), 2),
    ]  # fmt: skip
    assert judging.refresh() == 0


def test_judges_who_lie_apart_are_the_chairs_to_decide():
    judging = Judging()
    candidate = judging.judged(50, 70, 90)
    judging.refresh()
    assert told(candidate)[0] == "discrepant"
    with pytest.raises(Refused, match="chair"):
        concluding.decide(candidate, reason="Đã trao đổi", by=judging.seats[1].user, now=NOON)
    with pytest.raises(Refused, match="say why"):
        concluding.decide(candidate, reason=" ", by=judging.chair, now=NOON)
    concluding.decide(candidate, reason="Đã trao đổi", by=judging.chair, now=NOON)
    assert told(candidate) == ("scored", Decimal("70.00"), 1)


def test_a_sheet_that_the_chair_opens_again_takes_the_score_away():
    judging = Judging()
    candidate = judging.judged(70, 72, 74)
    judging.refresh()
    assignment = Assignment.objects.get(candidate=candidate, seat=judging.seats[1])
    with pytest.raises(Refused, match="chair"):
        concluding.reopen(assignment, reason="Cộng nhầm", by=judging.seats[2].user, now=NOON)
    concluding.reopen(assignment, reason="Cộng nhầm", by=judging.chair, now=NOON)
    judging.refresh()
    assert told(candidate) == ("waiting", None, None)
    assert Sheet.objects.get(assignment=assignment).locked_at is None
    assert SheetEvent.objects.get().reason == "Cộng nhầm"


def test_a_further_judge_is_asked_once_where_the_stage_says_so():
    judging = Judging(on_discrepancy="judge", judges_per_entry=2)
    judging.seats, further = judging.seats[:2], judging.seats[2]
    judging.judged(50, 90)
    for _again in range(2):
        judging.refresh()
    assert Assignment.objects.get(why="discrepancy").seat == further


def test_a_stage_is_not_closed_before_all_is_decided():
    judging = Judging()
    Advance.objects.create(stage=judging.stage, top=1)
    first, second = judging.judged(70, 70, 70), judging.judged(70, 70, 70, locked=2)
    with pytest.raises(Refused, match=second.entry.code):
        concluding.close(judging.stage, by=judging.organizer, now=NOON)
    Sheet.objects.filter(locked_at=None).update(locked_at=NOON, total=70)
    with pytest.raises(Refused, match=f"equals go on: {first.entry.code}, {second.entry.code}"):
        concluding.close(judging.stage, by=judging.organizer, now=NOON)
    with pytest.raises(Refused, match="Only the organizers"):
        concluding.close(judging.stage, by=judging.chair, now=NOON)


def test_the_tie_that_the_chair_breaks_says_who_goes_on():
    judging = Judging()
    Advance.objects.create(stage=judging.stage, top=1)
    first, second = judging.judged(70, 70, 70), judging.judged(70, 70, 70)
    judging.refresh()
    concluding.break_tie(second, reason="Tính mới cao hơn", by=judging.chair, now=NOON)
    assert (told(second)[2], told(first)[2]) == (1, 2)
    concluding.close(judging.stage, by=judging.organizer, now=NOON)
    assert list(Candidate.objects.filter(goes_on=True)) == [second]
    following = make_stage(judging.call.round, make_rubric(judging.call.round.contest))
    assert assigning.take_in(following, by=judging.organizer, now=NOON) == 1


def test_equals_of_several_forms_that_are_ranked_together_are_decided_by_the_chair():
    judging = Judging()
    alone, group = judging.judged(80, 80, 80), judging.judged(80, 80, 80)
    group.entry.form = "group"
    group.entry.save()
    Advance.objects.create(stage=judging.stage, forms=["individual", "group"], top=1)
    judging.refresh()
    assert {told(alone), told(group)} == {("scored", 80, 1)}
    assert {row.pk for row in concluding.edge(judging.stage)} == {alone.pk, group.pk}
    with pytest.raises(Refused, match="decides first which of these equals go on"):
        concluding.close(judging.stage, by=judging.organizer, now=NOON)
    concluding.break_tie(group, reason="Hội đồng biểu quyết", by=judging.chair, now=NOON)
    assert concluding.edge(judging.stage) == []
    concluding.close(judging.stage, by=judging.organizer, now=NOON)
    assert list(Candidate.objects.filter(goes_on=True)) == [group]


def test_an_entry_of_another_form_alone_at_its_total_is_no_equal():
    judging = Judging()
    alone, group = judging.judged(80, 80, 80), judging.judged(80, 80, 80)
    group.entry.form = "group"
    group.entry.save()
    judging.refresh()
    with pytest.raises(Refused, match="No other entry shares its place"):
        concluding.break_tie(alone, reason="Hội đồng biểu quyết", by=judging.chair, now=NOON)


def test_a_chair_does_not_open_their_own_sheet_after_seeing_those_of_the_others():
    judging = Judging()
    candidate = judging.judged(50, 70, 90)
    judging.refresh()
    own = Assignment.objects.get(candidate=candidate, seat__user=judging.chair)
    with pytest.raises(Refused) as refused:
        concluding.reopen(own, reason="Xem lại", by=judging.chair, now=NOON)
    assert refused.value.code == "own"
    assert Sheet.objects.get(assignment=own).is_locked
    concluding.reopen(own, reason="Xem lại", by=judging.organizer, now=NOON)


def test_a_decision_by_sheets_of_which_one_ends_by_a_conflict_stands_no_more():
    judging = Judging()
    candidate = judging.judged(50, 70, 90)
    judging.refresh()
    concluding.decide(candidate, reason="Đã trao đổi", by=judging.chair, now=NOON)
    assert told(candidate)[0] == "scored"
    conflicts.declare(candidate.entry, judging.seats[2].user, reason="Anh em", by=judging.organizer, now=NOON)
    judging.refresh()
    assert told(candidate) == ("discrepant", None, None)
    assert (candidate.decision, candidate.decided_at, candidate.decided_by) == ("", None, None)


def test_who_has_a_conflict_with_an_entry_does_not_let_it_go_on():
    judging = Judging()
    candidate = judging.judged(70, 70, 70)
    Stage.objects.update(closed_at=NOON)
    conflicts.declare(candidate.entry, judging.organizer, reason="Anh em", by=judging.organizer, now=NOON)
    with pytest.raises(Refused) as refused:
        concluding.let_on(candidate, reason="Xứng đáng", by=judging.organizer, now=NOON)
    assert refused.value.code == "conflict"


@pytest.mark.parametrize(("of_judge", "of_entry", "is_near"), [
    ("cell", "cell", True), ("commune", "cell", True), ("cell", "commune", True), ("neighbour", "cell", False),
    (None, "cell", False),
])  # fmt: skip
def test_sealed_sheets_of_a_judge_who_is_near_by_now_keep_the_stage_open(of_judge, of_entry, is_near):
    judging = Judging()
    commune = make_unit("Đảng bộ xã")
    units = {"commune": commune, None: None} | {
        name: make_unit(f"Chi bộ {name}", parent=commune) for name in ("cell", "neighbour")
    }
    candidate = judging.judged(70, 70, 70)
    judging.refresh()
    assert concluding.hindrances(judging.stage) == []
    judge, entry, unit = judging.seats[1].user, candidate.entry, units[of_entry]
    judge.unit = units[of_judge]
    judge.save()
    Entry.objects.filter(pk=entry.pk).update(unit=unit, unit_path=unit_path(unit))
    told = f"Judges with a conflict of interest have marked: {entry.code}."
    assert concluding.hindrances(judging.stage) == ([told] if is_near else [])
    closed = Candidate.objects.closed_to(judge, judging.stage.round.contest)
    assert [one.entry.code for one in closed] == conflicts.compromised(judging.stage)
