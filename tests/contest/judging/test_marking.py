"""A judge's sheet: what it is refused for, what its log keeps, and who wins when two write at once."""

import threading
import time
from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import transaction
from django.utils import translation

from contest.foundations.ledger.models import Entry as LedgerEntry
from contest.foundations.refusing import Refused
from contest.judging import concluding, conflicts, marking, rubrics
from contest.judging.marking import Given
from contest.judging.models import Assignment, Candidate, Criterion, Mark, Sheet, SheetEvent
from tests.builders import NOON, make_office, make_unit, make_user
from tests.contest.judging.test_assigning import together
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

D = Decimal
MINUTE = timedelta(minutes=1)
FULL = {"A": Given(D("50.5")), "B": Given(D(30))}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Bench:
    """One entry and its judge, at an open stage with a chair and an organizer."""

    def __init__(self, **fields) -> None:
        call = make_call()
        self.contest = call.round.contest
        self.organizer = make_user("Người Tổ Chức")
        make_office(self.contest, self.organizer)
        self.stage = make_stage(call.round, make_rubric(self.contest), **{"judges_per_entry": 1, **fields})
        self.entry = make_entry(make_kind(call))
        self.candidate = make_candidate(self.stage, self.entry)
        self.seat, self.chair = make_judge(self.stage), make_judge(self.stage, is_chair=True)
        self.judge = self.seat.user
        self.assignment = Assignment.objects.create(candidate=self.candidate, seat=self.seat, assigned_at=NOON)

    def save(self, marks, *, revision=0, at=0, act=marking.save, comment="", **more):
        now = NOON + at * MINUTE
        return act(self.assignment.pk, self.judge, revision=revision, marks=marks, comment=comment, now=now, **more)

    def lock(self, marks=FULL, **more):
        return self.save(marks, act=marking.lock, **more)

    def points(self):
        return dict(Mark.objects.values_list("criterion__code", "points"))


# --- Refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("points", "told"),
    [
        ("60.5", "A: More than the maximum of 60."),
        ("1.3", "A: Points go in steps of 0,5."),
        ("-1", "A: Points are not below zero."),
    ],
)
@pytest.mark.parametrize("act", [marking.save, marking.lock])
def test_points_that_cannot_be_are_refused_and_nothing_is_kept(points, told, act):
    bench = Bench()
    with pytest.raises(marking.Incomplete) as refused:
        bench.save({"A": Given(D(points)), "B": Given(D(1))}, act=act)
    assert str(refused.value) == told
    assert Mark.objects.count() == 0


@pytest.mark.django_db
def test_a_lock_is_refused_for_what_is_missing_and_the_draft_stays_as_it_was():
    bench = Bench()
    Criterion.objects.filter(code="A").update(comment_at_zero=True, comment_at_maximum=True)
    Criterion.objects.filter(code="B").update(comment_always=True)
    for points, told in (("0", "Zero points need a comment."), ("60", "The maximum needs a comment.")):
        with pytest.raises(marking.Incomplete) as refused:
            bench.lock({"A": Given(D(points)), "B": Given(D(1))})
        assert refused.value.lines == {"A": told, "B": "A comment is needed."}
    with pytest.raises(marking.Incomplete) as refused:
        bench.lock({"A": Given(None), "B": Given(D(1), "Tốt")})
    assert refused.value.lines == {"A": "Points are missing."}
    assert Sheet.objects.count() == 0
    assert bench.lock({"A": Given(D(0), "Chép lại"), "B": Given(D(1), "Tốt")}).total == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [{"closed_at": NOON}, {"closes_at": NOON}, {"opens_at": NOON + MINUTE, "closes_at": None}],
    ids=["concluded", "over", "not open"],
)
def test_nothing_is_saved_outside_of_the_times(fields):
    bench = Bench(**fields)
    with pytest.raises((Refused, Assignment.DoesNotExist)):
        bench.save({"A": Given(D(1))})
    assert Sheet.objects.count() == 0


@pytest.mark.django_db
def test_only_the_judge_of_the_assignment_saves_and_only_while_it_stands():
    bench = Bench()
    with pytest.raises(Assignment.DoesNotExist):
        marking.save(bench.assignment.pk, bench.chair.user, revision=0, marks={"A": Given(D(1))}, comment="", now=NOON)
    concluding.end(bench.assignment, reason="Đổi người", by=bench.organizer, now=NOON)
    with pytest.raises(Assignment.DoesNotExist):
        bench.save({"A": Given(D(1))})


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["unit", "above", "author", "second account", "declared", "withdrawn"])
def test_a_conflict_that_comes_later_bites_at_once(how):
    bench = Bench()
    bench.save({"A": Given(D(1))})
    above = make_unit("Đảng bộ xã")
    below = make_unit("Chi bộ thôn", parent=above)
    author = bench.entry.authors.get()
    if how in {"unit", "above"}:
        bench.judge.unit = below if how == "unit" else above
        bench.judge.save()
        author.unit = below
    elif how == "author":
        author.user = bench.judge
    elif how == "second account":
        bench.judge.phone = "0912233445"
        bench.judge.save()
        author.user = make_user("Tên Khác", phone="0912233445")
    elif how == "declared":
        conflicts.declare(bench.entry, bench.judge, reason="Anh em", by=bench.judge, now=NOON)
    else:
        bench.entry.status = "withdrawn"
        bench.entry.save()
    author.save()
    with pytest.raises(Assignment.DoesNotExist):
        bench.save({"A": Given(D(2))}, revision=1)
    assert not Candidate.objects.judged_by(bench.judge, bench.contest).exists()


@pytest.mark.django_db
def test_the_top_unit_keeps_nobody_from_anything_but_its_own_entries():
    bench = Bench()
    top = make_unit("Đảng bộ huyện")
    bench.contest.root = top
    bench.contest.save()
    bench.judge.unit = top
    bench.judge.save()
    bench.entry.authors.update(unit=make_unit("Chi bộ", parent=top))
    assert bench.save({"A": Given(D(1))}).revision == 1
    bench.entry.unit = top
    bench.entry.save()
    with pytest.raises(Assignment.DoesNotExist):
        bench.save({"A": Given(D(2))}, revision=1)


# --- Drafts and locks ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_draft_grows_and_its_log_keeps_each_state():
    bench = Bench()
    bench.save({"A": Given(D(1))}, at=2, opened_at=NOON)
    sheet = bench.save({"A": Given(D("1.5"), "Khá")}, revision=1, at=4)
    assert (sheet.revision, sheet.seconds, bench.points()) == (2, 240, {"A": D("1.50")})
    assert bench.save({"A": Given(D("1.5"), "Khá")}, revision=2, at=5).revision == 2  # nothing new
    assert bench.save({"B": Given(D(1))}, revision=2, at=50).seconds == 240  # a pause is not counted
    assert [(one.what, one.marks) for one in SheetEvent.objects.all()] == [
        ("saved", {"A": ["1.00", ""]}),
        ("saved", {"A": ["1.50", "Khá"]}),
        ("saved", {"A": ["1.50", "Khá"], "B": ["1.00", ""]}),
    ]


@pytest.mark.django_db
def test_two_windows_never_overwrite_each_other_silently():
    bench = Bench()
    bench.save({"A": Given(D(1))})
    with pytest.raises(Refused) as refused:
        bench.save({"A": Given(D(9))})
    assert (refused.value.code, bench.points()) == ("stale", {"A": D("1.00")})


@pytest.mark.django_db
def test_a_locked_sheet_is_sealed_until_the_chair_opens_it_with_a_reason():
    bench = Bench()
    sheet = bench.lock()
    assert (sheet.total, sheet.locked_at) == (D("80.5"), NOON)
    assert LedgerEntry.objects.get(action="sheets.locked").data["marks"] == {"A": ["50.50", ""], "B": ["30.00", ""]}
    with pytest.raises(Refused) as refused:
        bench.save({"A": Given(D(1))}, revision=1)
    assert refused.value.code == "locked"
    with pytest.raises(Refused, match="say why"):
        concluding.reopen(bench.assignment, reason=" ", by=bench.chair.user, now=NOON)
    concluding.reopen(bench.assignment, reason="Cộng nhầm", by=bench.chair.user, now=NOON)
    assert bench.points() == {"A": D("50.50"), "B": D("30.00")}
    with pytest.raises(Refused) as refused:
        bench.save({"A": Given(D(1))}, revision=1)  # the page that was open before
    assert refused.value.code == "stale"
    assert [one.what for one in SheetEvent.objects.all()] == ["saved", "locked", "reopened"]


@pytest.mark.django_db
def test_a_declared_conflict_takes_a_sealed_sheet_out_and_lifting_it_brings_none_back():
    bench = Bench()
    bench.lock()
    conflicts.declare(bench.entry, bench.judge, reason="Anh em", by=bench.organizer, now=NOON)
    concluding.refresh(NOON)
    bench.candidate.refresh_from_db()
    assert bench.candidate.outcome == "waiting"
    conflict = bench.entry.conflicts.get()
    conflicts.lift(conflict, reason="Nhầm người", by=bench.organizer, now=NOON)
    assert not Assignment.objects.standing().exists()
    assert SheetEvent.objects.last().what == "ended"


# --- Races -----------------------------------------------------------------------------------------------------------
def refusals(outcomes) -> list[str]:
    return sorted(getattr(one, "code", type(one).__name__) for one in outcomes if isinstance(one, Exception))


@pytest.mark.django_db(transaction=True)
def test_of_many_windows_that_save_at_once_one_wins_and_the_others_are_told():
    bench = Bench()
    outcomes = together(*[lambda at=at: bench.save({"A": Given(D(at))}) for at in range(6)])
    won = [at for at, one in enumerate(outcomes) if not isinstance(one, Exception)]
    assert refusals(outcomes) == ["stale"] * 5
    assert bench.points() == {"A": D(won[0])}
    assert SheetEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_locks_one_seals_the_sheet():
    bench = Bench()
    other = {"A": Given(D(1)), "B": Given(D(1))}
    outcomes = together(bench.lock, lambda: bench.lock(other))
    assert refusals(outcomes) == ["locked"]
    won = next(one for one in outcomes if not isinstance(one, Exception))
    assert (Sheet.objects.get().total, sum(bench.points().values())) == (won.total, won.total)
    assert SheetEvent.objects.filter(what="locked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_is_opened_again_while_its_judge_saves_is_whole_either_way():
    bench = Bench()
    bench.lock()
    outcomes = together(
        lambda: concluding.reopen(bench.assignment, reason="Cộng nhầm", by=bench.chair.user, now=NOON),
        lambda: bench.save({"A": Given(D(1))}, revision=1),
    )
    assert refusals(outcomes) in (["locked"], ["stale"])
    sheet = Sheet.objects.get()
    assert (sheet.locked_at, sheet.revision, bench.points()["A"]) == (None, 2, D("50.50"))


@pytest.mark.django_db(transaction=True)
def test_a_conflict_that_is_declared_while_a_sheet_is_locked_leaves_no_sheet_that_counts():
    bench = Bench()
    outcomes = together(
        bench.lock,
        lambda: conflicts.declare(bench.entry, bench.judge, reason="Anh em", by=bench.organizer, now=NOON),
    )
    assert refusals(outcomes) in ([], ["DoesNotExist"])
    assert not Assignment.objects.standing().exists()
    concluding.refresh(NOON)
    bench.candidate.refresh_from_db()
    assert (bench.candidate.outcome, bench.candidate.score) == ("waiting", None)


@pytest.mark.django_db(transaction=True)
def test_a_stage_that_closes_while_a_sheet_is_locked_counts_it_or_refuses_it():
    bench = Bench(judges_per_entry=1)
    second = make_candidate(bench.stage, make_entry(bench.entry.kind))
    make_sheet(second, bench.seat, {"A": 1, "B": 1})
    outcomes = together(bench.lock, lambda: concluding.close(bench.stage, by=bench.organizer, now=NOON))
    assert refusals(outcomes) in ([], ["hindered"])
    bench.stage.refresh_from_db()
    bench.candidate.refresh_from_db()
    if bench.stage.closed_at is not None:
        assert bench.candidate.score == D("80.50")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["reopen", "end", "declare", "add_judge"])
def test_what_waits_for_a_close_finds_the_stage_closed_and_takes_nothing_out_of_it(act):
    bench, is_closing = Bench(), threading.Event()
    bench.lock()
    given = {"by": bench.organizer, "now": NOON}
    acts = {
        "reopen": lambda: concluding.reopen(bench.assignment, reason="Cộng nhầm", **given),
        "end": lambda: concluding.end(bench.assignment, reason="Đổi người", **given),
        "declare": lambda: conflicts.declare(bench.entry, bench.judge, reason="Anh em", **given),
        "add_judge": lambda: concluding.add_judge(bench.candidate, **given),
    }

    def close():
        with transaction.atomic():
            concluding.close(bench.stage, **given)
            is_closing.set()
            time.sleep(0.4)

    def late():
        is_closing.wait(timeout=10)
        return acts[act]()

    outcomes = together(close, late)
    assert refusals(outcomes) == ([] if act == "declare" else ["closed"])
    assert Assignment.objects.standing().get() == bench.assignment
    assert Sheet.objects.get().locked_at == NOON


@pytest.mark.django_db(transaction=True)
def test_a_version_put_into_use_while_a_sheet_is_locked_leaves_no_sheet_by_two_rubrics():
    bench = Bench()
    bench.save({"A": Given(D(1))})
    made = rubrics.next_version(bench.stage.rubrics.get(), by=bench.organizer, now=NOON)
    reading = threading.Event()
    kept = marking._write

    def slowly(sheet, given):
        reading.set()
        time.sleep(0.4)
        return kept(sheet, given)

    def late():
        reading.wait(timeout=10)
        return rubrics.put_into_use(made, reason="Sửa câu chữ", by=bench.organizer, now=NOON)

    with mock.patch.object(marking, "_write", slowly):
        outcomes = together(lambda: bench.lock(revision=1), late)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    sheet = Sheet.objects.get()
    assert sheet.rubric == made
    assert set(sheet.marks.values_list("criterion__rubric", flat=True)) == {made.pk}
    assert sheet.locked_at is None
