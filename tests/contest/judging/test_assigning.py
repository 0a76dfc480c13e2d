"""Entries come to stages and get their judges: by a plan, in another's place, or one by one."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.utils import translation

from contest.entries.models import Entry
from contest.foundations.refusing import Refused
from contest.judging import assigning, conflicts
from contest.judging.models import Assignment, Candidate, Sheet, Stage
from contest.notices.models import Notice
from contest.rounds.models import Office
from tests.builders import NOON, make_office, make_unit, make_user
from tests.contest.results.builders import (
    make_call,
    make_entry,
    make_judge,
    make_kind,
    make_rubric,
    make_sheet,
    make_stage,
)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Stand:
    """A stage with four judges and some entries, whose organizer assigns."""

    def __init__(self, entries: int = 4, judges: int = 4, **fields) -> None:
        self.call = make_call()
        self.contest = self.call.round.contest
        self.organizer = make_user("Người Tổ Chức")
        make_office(self.contest, self.organizer)
        self.kind = make_kind(self.call)
        self.stage = make_stage(
            self.call.round, make_rubric(self.contest), **{"judges_per_entry": 2, "closes_at": None, **fields}
        )
        self.seats = [make_judge(self.stage) for _judge in range(judges)]
        self.entries = [make_entry(self.kind) for _entry in range(entries)]

    def take_in(self) -> "Stand":
        assigning.take_in(self.stage, by=self.organizer, now=NOON)
        return self

    def assign(self) -> int:
        plan = assigning.plan(self.stage)
        return assigning.confirm(self.stage, plan.token, by=self.organizer, now=NOON)

    def loads(self) -> list[int]:
        return [seat.assignments.filter(ended_at=None).count() for seat in self.seats]

    def next(self, at: int = 0, **later) -> Assignment | None:
        return assigning.next_one(self.stage, self.seats[at].user, now=NOON + timedelta(**later))


def together(*acts: Any) -> list[Any]:
    """What each act came to, all begun at once, each with its own connection."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place, act):
        close_old_connections()
        try:
            barrier.wait()
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# --- Entries come in -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_valid_entries_come_in_once_and_only_by_an_organizer():
    stand = Stand()
    make_entry(stand.kind, status="submitted")
    with pytest.raises(Refused, match="Only the organizers"):
        assigning.take_in(stand.stage, by=stand.seats[0].user, now=NOON)
    assert assigning.take_in(stand.stage, by=stand.organizer, now=NOON) == 4
    assert assigning.take_in(stand.stage, by=stand.organizer, now=NOON) == 0


@pytest.mark.django_db
def test_a_later_stage_takes_those_that_go_on_once_the_one_before_is_closed():
    stand = Stand().take_in()
    final = make_stage(stand.call.round, make_rubric(stand.contest))
    with pytest.raises(Refused, match="nobody knows who goes on"):
        assigning.take_in(final, by=stand.organizer, now=NOON)
    Stage.objects.filter(pk=stand.stage.pk).update(closed_at=NOON)
    Candidate.objects.filter(entry__in=stand.entries[:2]).update(goes_on=True)
    Entry.objects.filter(pk=stand.entries[1].pk).update(status="withdrawn")
    assert assigning.take_in(final, by=stand.organizer, now=NOON) == 1


# --- Plans -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_plan_gives_each_entry_its_judges_with_equal_loads_and_tells_them():
    stand = Stand().take_in()
    plan = assigning.plan(stand.stage)
    assert Assignment.objects.count() == 0  # it is shown first
    assert [after for _seat, _before, after in plan.loads] == [2, 2, 2, 2]
    assert assigning.confirm(stand.stage, plan.token, by=stand.organizer, now=NOON) == 8
    assert stand.loads() == [2, 2, 2, 2]
    assert {notice.user for notice in Notice.objects.all()} == {seat.user for seat in stand.seats}
    with pytest.raises(Refused, match="Something has changed"):
        assigning.confirm(stand.stage, plan.token, by=stand.organizer, now=NOON)
    assert assigning.plan(stand.stage).pairs == []


@pytest.mark.django_db
def test_a_plan_is_refused_when_a_conflict_was_declared_since_and_when_it_was_forged():
    stand = Stand().take_in()
    token = assigning.plan(stand.stage).token
    conflicts.declare(stand.entries[0], stand.seats[0].user, reason="Anh em", by=stand.organizer, now=NOON)
    for plan in (token, "x" + token):
        with pytest.raises(Refused):
            assigning.confirm(stand.stage, plan, by=stand.organizer, now=NOON)
    assert Assignment.objects.count() == 0


@pytest.mark.django_db
def test_conflicts_panels_and_places_are_never_broken_and_who_lacks_judges_is_named():
    stand = Stand(entries=3, judges=3)
    near = make_unit("Chi bộ của hai giám khảo")
    for seat in stand.seats[:2]:
        seat.user.unit = near
        seat.user.save()
    entry = make_entry(stand.kind, author=make_user("Tác Giả Gần", unit=near))
    stand.seats[2].most_entries = 3
    stand.seats[2].save()
    stand.take_in()
    plan = assigning.plan(stand.stage)
    assert plan.sentence() == (
        f"One entry can't get 2 judges: {entry.code} (1 missing). Add judges, or raise what they take on."
    )
    assigning.confirm(stand.stage, plan.token, by=stand.organizer, now=NOON)
    assert {row.seat for row in Assignment.objects.filter(candidate__entry=entry)} == {stand.seats[2]}
    assert stand.loads()[2] <= 3


@pytest.mark.django_db
def test_a_panel_of_a_kind_marks_no_other():
    stand = Stand()
    other = make_kind(stand.call, "Mô hình", "MH")
    stand.stage.panels.get().kinds.add(other)
    make_entry(other)
    stand.take_in()
    stand.assign()
    assert {row.candidate.entry.kind for row in Assignment.objects.all()} == {other}


@pytest.mark.django_db
def test_what_a_judge_without_the_office_has_goes_to_others_but_for_sealed_sheets():
    stand = Stand(judges=4).take_in()
    stand.assign()
    gone = stand.seats[0]
    rows = list(Assignment.objects.filter(seat=gone).order_by("pk"))
    rubric = stand.stage.rubrics.get()
    Sheet.objects.create(assignment=rows[0], rubric=rubric, begun_at=NOON, saved_at=NOON, locked_at=NOON, total=50)
    Office.objects.filter(user=gone.user).delete()
    stand.assign()
    assert [row.pk for row in Assignment.objects.standing().filter(seat=gone)] == [rows[0].pk]
    reasons = Assignment.objects.filter(seat=gone, ended_at__isnull=False).values_list("ended_reason", flat=True)
    assert set(reasons) == {"The judge does not hold the office any more."}
    assert {one.assignments.standing().count() for one in Candidate.objects.all()} == {2}


@pytest.mark.django_db
def test_standing_assignments_are_kept_and_an_unsealed_one_that_a_conflict_blocks_ends_with_the_plan():
    stand = Stand().take_in()
    stand.assign()
    row = Assignment.objects.filter(seat=stand.seats[0]).first()
    unit = make_unit("Chi bộ Mới")
    stand.seats[0].user.unit = unit
    stand.seats[0].user.save()
    Entry.objects.filter(pk=row.candidate.entry_id).update(unit=unit)
    kept = set(Assignment.objects.exclude(pk=row.pk).values_list("pk", flat=True))
    plan = assigning.plan(stand.stage)
    assert ([one.pk for one in plan.ending], len(plan.pairs)) == ([row.pk], 1)
    assigning.confirm(stand.stage, plan.token, by=stand.organizer, now=NOON)
    assert kept < set(Assignment.objects.standing().values_list("pk", flat=True))
    assert not Assignment.objects.standing().filter(pk=row.pk).exists()


@pytest.mark.django_db
def test_an_anchor_is_marked_by_everyone():
    stand = Stand(entries=1).take_in()
    Candidate.objects.update(is_anchor=True)
    stand.assign()
    assert stand.loads() == [1, 1, 1, 1]


@pytest.mark.django_db
def test_who_leaves_keeps_sealed_sheets_and_others_fill_the_rest():
    stand = Stand(entries=2, judges=3).take_in()
    first, second = Candidate.objects.order_by("pk")
    sealed = make_sheet(first, stand.seats[0], {"A": 1, "B": 1}).assignment
    draft = make_sheet(second, stand.seats[0], {"A": 1}, locked=False).assignment
    with pytest.raises(Refused, match="say why"):
        assigning.leave(stand.seats[0], reason="", by=stand.organizer, now=NOON)
    assert assigning.leave(stand.seats[0], reason="Ốm", by=stand.organizer, now=NOON) == 1
    assert set(Assignment.objects.standing()) == {sealed}
    draft.refresh_from_db()
    assert draft.ended_reason == "The judge has left: Ốm"
    stand.assign()
    assert {row.why for row in Assignment.objects.standing().filter(candidate=second)} == {"top_up"}
    assert Assignment.objects.standing().filter(candidate=first).count() == 2


# --- One by one ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_entry_with_the_fewest_judges_comes_next_and_an_open_one_comes_again():
    stand = Stand(entries=2, allotment="next").take_in()
    taken = stand.next(0)
    assert stand.next(0) == taken
    assert stand.next(1).candidate != taken.candidate


@pytest.mark.django_db
def test_a_place_that_is_kept_too_long_is_given_to_another_and_a_sealed_one_never():
    stand = Stand(entries=1, judges=3, allotment="next", judges_per_entry=1).take_in()
    taken = stand.next(0)
    assert stand.next(1, hours=1) is None
    other = stand.next(1, hours=3)
    taken.refresh_from_db()
    assert (other.candidate, taken.ended_reason) == (taken.candidate, "It was kept too long without being sealed.")
    Assignment.objects.filter(pk=other.pk).delete()
    make_sheet(taken.candidate, stand.seats[2], {"A": 1, "B": 1})
    assert stand.next(1, hours=9) is None


@pytest.mark.django_db
def test_nothing_comes_next_past_a_conflict_a_full_seat_or_the_close():
    stand = Stand(entries=1, allotment="next", closes_at=NOON + HOUR).take_in()
    conflicts.declare(stand.entries[0], stand.seats[0].user, reason="Anh em", by=stand.organizer, now=NOON)
    assert stand.next(0) is None
    stand.seats[1].most_entries = 0
    stand.seats[1].save()
    assert stand.next(1) is None
    assert stand.next(2, hours=1) is None
    assert stand.next(2) is not None


@pytest.mark.django_db(transaction=True)
def test_judges_who_ask_at_once_never_get_more_than_an_entry_has_room_for():
    stand = Stand(entries=2, judges=6, allotment="next", judges_per_entry=2).take_in()
    outcomes = together(*[lambda at=at: stand.next(at) for at in range(6)])
    assert not [one for one in outcomes if isinstance(one, Exception)]
    counts = [one.assignments.count() for one in Candidate.objects.all()]
    assert max(counts) <= 2
    again = [stand.next(at) for at in range(6)]  # whoever met a row that was just being taken asks again
    assert sum(one is not None for one in again) == 4


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_judge_take_one_entry():
    stand = Stand(entries=3, allotment="next").take_in()
    outcomes = together(*[lambda: stand.next(0).pk] * 4)
    assert len(set(outcomes)) == 1 == Assignment.objects.count()


# --- One more --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_further_judge_is_whoever_may_and_has_the_fewest():
    stand = Stand(entries=2, judges=3).take_in()
    first, second = Candidate.objects.order_by("pk")
    for seat in stand.seats[:2]:
        make_sheet(first, seat, {"A": 1, "B": 1})
    made = assigning.add_judge(first, why="discrepancy", by=stand.organizer, now=NOON)
    assert made.seat == stand.seats[2]
    with pytest.raises(Refused, match="No judge is left"):
        assigning.add_judge(first, why="discrepancy", by=stand.organizer, now=NOON)
    conflicts.declare(second.entry, stand.seats[0].user, reason="Anh em", by=stand.organizer, now=NOON)
    with pytest.raises(Refused, match="No judge is left"):
        assigning.add_judge(second, seat=stand.seats[0], why="by_hand", by=stand.organizer, now=NOON)
