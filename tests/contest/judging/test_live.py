"""The live stage: who may not mark what, and that nothing is told before it is announced."""

from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection
from django.utils import translation

from contest.foundations.ledger.models import Entry as Act
from contest.foundations.refusing import Refused
from contest.judging import live
from contest.judging.models import Assignment, Candidate, Conflict, Reveal, Sheet, SheetEvent
from tests.builders import NOON, make_contest, make_office, make_user
from tests.contest.results.builders import (
    make_call,
    make_candidate,
    make_entry,
    make_judge,
    make_kind,
    make_rubric,
    make_stage,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Final:
    """A live final of three teams, two parts (of which the second has two lines) and two judges."""

    def __init__(self, *, is_drawn: bool = True) -> None:
        self.contest = make_contest()
        self.organizer = make_user("Người Tổ Chức")
        make_office(self.contest, self.organizer)
        self.call = make_call(self.contest)
        kind = make_kind(self.call, "Đội", "D")
        self.entries = [make_entry(kind, form="team", title=f"Đội {n}") for n in (1, 2, 3)]
        self.stage = make_stage(
            self.call.round, make_rubric(self.contest, [("A", 20), ("B", 30), ("B1", 10), ("B2", 20)]), is_live=True
        )
        self.judges = [make_judge(self.stage) for _n in (1, 2)]
        for entry in self.entries:
            make_candidate(self.stage, entry)
        if is_drawn:
            live.draw(self.stage, by=self.organizer, now=NOON, seed="2024")
        self.parts = live.parts_of(self.stage)

    def team(self, order: int) -> Candidate:
        return self.stage.candidates.get(order=order)

    def enter(self, order: int, judge: int, part: int, *points: str, revision: int | None = None, **given):
        seat, head = self.judges[judge], self.parts[part]
        if revision is None:
            sheet = Sheet.objects.filter(assignment__candidate=self.team(order), assignment__seat=seat).first()
            revision = sheet.revision if sheet else 0
        typed = {leaf.pk: Decimal(one) for leaf, one in zip(head.leaves, points, strict=True)}
        given = {"by": seat.user, "now": NOON, **given}
        return live.enter(self.team(order), seat, head, typed, revision=revision, **given)

    def announce(self, order: int, part: int, **given) -> Reveal:
        given = {"whole": True, "now": NOON, **given}
        return live.announce(self.team(order), self.parts[part], by=self.organizer, **given)

    def hall(self, now=NOON) -> live.Hall:
        return live.hall(self.stage, now=now)


# --- The draw --------------------------------------------------------------------------------------------------------
def test_the_draw_happens_once():
    final = Final()
    with pytest.raises(Refused, match="drawn already"):
        live.draw(final.stage, by=final.organizer, now=NOON)


def test_a_stage_that_is_not_live_or_has_no_teams_is_not_drawn():
    final = Final(is_drawn=False)
    Candidate.objects.all().delete()
    with pytest.raises(Refused, match="no teams"):
        live.draw(final.stage, by=final.organizer, now=NOON)
    final.stage.is_live = False
    final.stage.save()
    with pytest.raises(Refused, match="no live stage"):
        live.draw(final.stage, by=final.organizer, now=NOON)


def test_whoever_knows_the_seed_can_draw_again():
    final = Final()
    codes = list(final.stage.candidates.order_by("order").values_list("entry__code", flat=True))
    assert codes == live.drawn("2024", reversed(final.stage.draw.codes))
    assert live.drawn("2024", ["D-0001", "D-0002", "D-0003"]) == codes
    assert final.stage.draw.codes == ["D-0001", "D-0002", "D-0003"]
    assert Act.objects.get(action="live.drawn").data == {"seed": "2024", "codes": final.stage.draw.codes}


def test_seeds_give_different_orders():
    codes = [f"D-{n:04}" for n in range(8)]
    assert len({tuple(live.drawn(f"seed {n}", codes)) for n in range(20)}) == 20


def test_every_judge_has_every_team_but_for_conflicts():
    final = Final(is_drawn=False)
    Conflict.objects.create(
        contest=final.contest, judge=final.judges[0].user, entry=final.entries[0], reason="Anh em",
        declared_by=final.organizer, declared_at=NOON,
    )  # fmt: skip
    live.draw(final.stage, by=final.organizer, now=NOON)
    assert Assignment.objects.filter(seat=final.judges[0]).count() == 2
    assert Assignment.objects.filter(seat=final.judges[1]).count() == 3
    team = final.stage.candidates.get(entry=final.entries[0])
    with pytest.raises(Refused, match="conflict of interest"):
        final.enter(team.order, 0, 0, "10")


# --- Marking ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("points", "sentence"), [("20.5", "from 0 to 20"), ("-1", "from 0 to 20"), ("10.3", "steps of 0,5")]
)
def test_points_over_the_maximum_or_off_the_step_are_refused(points, sentence):
    with pytest.raises(Refused, match=sentence):
        Final().enter(1, 0, 0, points)


def test_marks_before_the_draw_of_an_absent_team_and_after_the_close_are_refused():
    final = Final()
    live.set_absent(final.team(1), True, by=final.organizer, now=NOON)
    with pytest.raises(Refused, match="absent"):
        final.enter(1, 0, 0, "10")
    final.stage.closed_at = NOON
    final.stage.save()
    with pytest.raises(Refused, match="closed"):
        final.enter(2, 0, 0, "10")


def test_a_judge_of_another_stage_is_refused():
    final, other = Final(), Final()
    with pytest.raises(Refused, match="does not sit"):
        live.enter(
            final.team(1), other.judges[0], final.parts[0], {final.parts[0].leaves[0].pk: Decimal(1)}, revision=0,
            by=other.judges[0].user, now=NOON,
        )  # fmt: skip


def test_another_window_is_not_overwritten():
    final = Final()
    final.enter(1, 0, 0, "10")
    with pytest.raises(Refused) as refusal:
        final.enter(1, 0, 0, "12", revision=0)
    assert refusal.value.code == "stale"


def test_marks_stand_on_the_sheet_with_their_steps():
    final = Final()
    final.enter(1, 0, 0, "10")
    sheet = final.enter(1, 0, 1, "9.5", "18", now=NOON + 60 * SECOND)
    assert {mark.criterion.code: mark.points for mark in sheet.marks.all()} == {"A": 10, "B1": Decimal("9.5"), "B2": 18}
    assert (sheet.revision, sheet.seconds, sheet.locked_at) == (2, 60, None)
    assert SheetEvent.objects.filter(sheet=sheet, what="saved").count() == 2
    assert not Act.objects.filter(action="live.entered").exists()


def test_what_the_secretariat_enters_for_a_judge_stands_in_the_ledger():
    final = Final()
    final.enter(1, 0, 0, "10", by=final.organizer)
    assert Act.objects.get(action="live.entered").data == {
        "code": final.team(1).entry.code, "seat": final.judges[0].pk, "part": "A",
    }  # fmt: skip


# --- Announcing ------------------------------------------------------------------------------------------------------
def test_nothing_is_announced_while_a_judge_has_not_marked():
    final = Final()
    final.enter(1, 0, 0, "10")
    with pytest.raises(Refused, match="1 judge has not marked"):
        final.announce(1, 0)
    assert final.hall().turn is None


def test_marks_are_told_one_by_one_and_the_score_with_the_last():
    final = Final()
    final.enter(1, 0, 0, "17.5")
    final.enter(1, 1, 0, "18")
    live.call(final.team(1), final.parts[0], by=final.organizer, now=NOON)
    assert [(one.number, one.points) for one in final.hall().turn.marks] == [(1, None), (2, None)]
    final.announce(1, 0, whole=False)
    turn = final.hall().turn
    assert [(one.points, one.is_new) for one in turn.marks] == [(Decimal("17.5"), True), (None, False)]
    assert (turn.waiting, turn.score) == (1, None)
    final.announce(1, 0, whole=False)
    turn = final.hall().turn
    assert (turn.waiting, turn.score) == (0, Decimal("17.75"))
    assert final.hall(NOON + live.LINGER).turn is None
    with pytest.raises(Refused, match="announced already"):
        final.announce(1, 0)


def test_what_was_announced_is_not_changed_before_it_was_taken_back():
    final = Final()
    for judge in (0, 1):
        final.enter(1, judge, 0, "10")
    final.announce(1, 0)
    with pytest.raises(Refused, match="taken back first"):
        final.enter(1, 0, 0, "12")
    with pytest.raises(Refused, match="Say why"):
        live.take_back(final.team(1), final.parts[0], reason=" ", by=final.organizer, now=NOON)
    live.take_back(final.team(1), final.parts[0], reason="Cộng nhầm", by=final.organizer, now=NOON)
    final.enter(1, 0, 0, "12")
    assert final.announce(1, 0).score == 11
    assert Act.objects.get(action="live.taken_back").data["score"] == "10.00"


def test_the_sheets_of_a_team_are_sealed_with_its_last_part():
    final = Final()
    for judge in (0, 1):
        final.enter(1, judge, 0, "10")
        final.enter(1, judge, 1, "5", "15")
    final.announce(1, 0)
    assert not Sheet.objects.filter(locked_at__isnull=False).exists()
    final.announce(1, 1)
    assert list(Sheet.objects.values_list("total", "locked_at")) == [(30, NOON), (30, NOON)]
    live.take_back(final.team(1), final.parts[1], reason="Cộng nhầm", by=final.organizer, now=NOON)
    assert set(Sheet.objects.values_list("total", "locked_at")) == {(None, None)}


def test_an_announced_team_is_not_absent():
    final = Final()
    for judge in (0, 1):
        final.enter(1, judge, 0, "10")
    final.announce(1, 0)
    with pytest.raises(Refused, match="told marks"):
        live.set_absent(final.team(1), True, by=final.organizer, now=NOON)


# --- The board -------------------------------------------------------------------------------------------------------
def test_places_go_by_the_parts_that_every_team_has_and_equals_share_them():
    final = Final()
    for order, points in ((1, "15"), (2, "18"), (3, "18")):
        for judge in (0, 1):
            final.enter(order, judge, 0, points)
    final.announce(1, 0)
    final.announce(2, 0)
    assert [(row.order, row.place) for row in final.hall().rows] == [(1, None), (2, None), (3, None)]
    final.announce(3, 0)
    board = final.hall()
    assert [(row.order, row.place, row.total) for row in board.rows] == [(2, 1, 18), (3, 1, 18), (1, 3, 15)]
    assert (board.number, board.ranked_after, board.is_over) == (1, 1, False)


def test_an_absent_team_stands_last_and_holds_up_nobody():
    final = Final()
    live.set_absent(final.team(2), True, by=final.organizer, now=NOON)
    for order in (1, 3):
        for part, points in ((0, ("10",)), (1, ("5", "10"))):
            for judge in (0, 1):
                final.enter(order, judge, part, *points)
    for part in (0, 1):
        for order in (1, 3):
            assert live.upcoming(final.stage)[0].order == order
            final.announce(order, part)
    board = final.hall(NOON + live.LINGER)
    assert live.upcoming(final.stage) is None
    assert [(row.order, row.place, row.is_absent) for row in board.rows] == [
        (1, 1, False),
        (3, 1, False),
        (2, None, True),
    ]
    assert board.is_over


def test_the_sum_on_the_screen_is_that_of_the_sheets():
    final = Final()
    make_judge(final.stage)
    final.judges = live.seats_of(final.stage)
    live.seat_everyone(final.stage, by=final.organizer, now=NOON)
    for judge, (first, second) in enumerate((("10", "5"), ("10", "5.5"), ("10.5", "5"))):
        final.enter(1, judge, 0, first)
        final.enter(1, judge, 1, second, "10")
    assert final.announce(1, 0).score == Decimal("10.17")
    assert final.announce(1, 1).score == Decimal("15.17")
    row = next(row for row in final.hall().rows if row.order == 1)
    assert row.total == Decimal("25.33")  # and not 25.34
    totals = Sheet.objects.values_list("total", flat=True)
    assert sum(totals) / 3 == pytest.approx(Decimal("25.33"), abs=Decimal("0.01"))


def test_the_hall_asks_for_nothing_that_was_not_announced(django_assert_num_queries):
    final = Final()
    for judge in (0, 1):
        final.enter(1, judge, 0, "13.5")
    live.call(final.team(1), final.parts[0], by=final.organizer, now=NOON)
    with django_assert_num_queries(6) as seen:
        final.hall()
    assert not [
        one["sql"] for one in seen.captured_queries if "judging_mark" in one["sql"] or "judging_sheet" in one["sql"]
    ]


# --- Races -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_mark_that_changes_while_it_is_announced_is_told_as_it_stands():
    final = Final()
    for judge in (0, 1):
        final.enter(1, judge, 0, "10")
    outcomes: list[str] = []

    def run(act) -> None:
        try:
            act()
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [
        Thread(target=run, args=(lambda: final.announce(1, 0),)),
        Thread(target=run, args=(lambda: final.enter(1, 0, 0, "20"),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = Reveal.objects.get().score
    on_sheets = sum(mark.points for sheet in Sheet.objects.all() for mark in sheet.marks.all()) / 2
    assert told == on_sheets
    assert sorted(outcomes) in (["done", "done"], ["done", "refused"])
