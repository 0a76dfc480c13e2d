"""What a rubric is refused for, and what becomes of sheets when its next version is put into use."""

from decimal import Decimal

import pytest
from django.utils import translation

from contest.foundations.refusing import Refused
from contest.judging import marking, rubrics
from contest.judging.marking import Given
from contest.judging.models import Assignment, Rubric, Sheet, SheetEvent, StageRubric
from contest.judging.rubrics import Draft, LevelDraft
from tests.builders import NOON, make_user
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
D = Decimal


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


GROUP = Draft("A", "Đổi mới", D(20))
PARTS = [Draft("A1", "Không trùng lặp", D(10), part_of="A"), Draft("A2", "Gắn với Chỉ thị", D(10), part_of="A")]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "A rubric has at least one criterion."),
        ([GROUP, PARTS[0]], "The parts of A sum to 10, and its maximum is 20."),
        ([Draft("1", "Mới", D(10), step=D("0.3"))], "The maximum of 1, 10, is not a whole number of steps of 0,3."),
        ([Draft("1", "Mới", D(1), step=D(2))], "The maximum of 1, 1, is not a whole number of steps of 2."),
        (
            [Draft("1", "Mới", D(10), levels=[LevelDraft(D(11), "Tốt")])],
            "The level “Tốt” of 1 lies outside of 0 to 10.",
        ),
        (
            [Draft("1", "Mới", D(10), levels=[LevelDraft(D(5), "Tốt"), LevelDraft(D("5.0"), "Khá")])],
            "Two levels of 1 begin at the same points.",
        ),
        ([Draft("1", "Mới", D(10)), Draft("1", "Cũ", D(10))], "The code 1 is there twice."),
        ([Draft("1", "Mới", D(10), part_of="Z")], "1 is part of Z, which is not there."),
        (
            [*[GROUP, *PARTS], Draft("A3", "Sâu", D(10), part_of="A1")],
            "A3 is part of A1, which is a part itself: there are two levels only.",
        ),
    ],
)
def test_a_rubric_that_cannot_be_right_is_refused(lines, told):
    rubric = Rubric.objects.create(contest=make_call().round.contest, title="Thang điểm")
    with pytest.raises(Refused) as refused:
        rubrics.write(rubric, lines, by=None, now=NOON)
    assert told in str(refused.value)
    assert not rubric.criteria.exists()


def test_a_rubric_is_written_and_read_as_it_was_typed_and_codes_may_be_exchanged():
    rubric = Rubric.objects.create(contest=make_call().round.contest, title="Thang điểm")
    lines = [
        GROUP, *PARTS, Draft("B", "Hiệu quả", D(30), levels=(LevelDraft(D(0), "Yếu"), LevelDraft(D(20), "Tốt", "Rõ")))
    ]  # fmt: skip
    rubrics.write(rubric, lines, by=None, now=NOON)
    assert rubrics.drafts(rubric) == lines
    rows = {row.code: row.pk for row in rubric.criteria.all()}
    one = Draft("B", "Đổi mới", D(20), pk=rows["A"])
    other = Draft("A", "Hiệu quả", D(30), pk=rows["B"])
    rubrics.write(rubric, [other, one], by=None, now=NOON)
    assert {row.code: row.pk for row in rubric.criteria.all()} == {"B": rows["A"], "A": rows["B"]}


class InUse:
    """A rubric by which one judge has locked a sheet and another keeps a draft."""

    def __init__(self) -> None:
        call = make_call()
        self.by = make_user("Người Tổ Chức")
        self.rubric = make_rubric(call.round.contest)
        self.stage = make_stage(call.round, self.rubric)
        self.candidate = make_candidate(self.stage, make_entry(make_kind(call)))
        self.locked = make_sheet(self.candidate, make_judge(self.stage), {"A": 50, "B": "30.5"})
        self.draft = make_sheet(self.candidate, make_judge(self.stage), {"A": 10}, locked=False)


def test_a_rubric_in_use_is_locked_and_its_next_version_is_free():
    use = InUse()
    with pytest.raises(Refused, match="make the next version"):
        rubrics.write(use.rubric, [GROUP, *PARTS], by=use.by, now=NOON)
    copy = rubrics.next_version(use.rubric, by=use.by, now=NOON)
    assert (copy.version, copy.previous, rubrics.drafts(copy)) == (2, use.rubric, rubrics.drafts(use.rubric))
    with pytest.raises(Refused, match="next version of this rubric already"):
        rubrics.next_version(use.rubric, by=use.by, now=NOON)


def test_putting_a_version_into_use_lists_what_must_be_judged_again_and_keeps_marks_that_still_fit():
    use = InUse()
    copy = rubrics.next_version(use.rubric, by=use.by, now=NOON)
    rubrics.write(copy, [Draft("A", "Mới", D(70)), Draft("B", "Hiệu quả", D(30))], by=use.by, now=NOON)
    assert rubrics.to_judge_again(copy) == [use.locked.assignment]
    with pytest.raises(Refused, match="say why"):
        rubrics.put_into_use(copy, reason=" ", by=use.by, now=NOON)
    opened = rubrics.put_into_use(copy, reason="Thang điểm mới", by=use.by, now=NOON)
    assert opened == [use.locked.assignment]
    sheet = Sheet.objects.get(pk=use.locked.pk)
    assert (sheet.rubric, sheet.locked_at, sheet.total, sheet.revision) == (copy, None, None, 2)
    points = {mark.criterion.code: mark.points for mark in sheet.marks.all()}
    assert points == {"A": D(50), "B": None}  # 30.5 is more than 30
    event = SheetEvent.objects.get(sheet=sheet)
    assert (event.what, event.reason, event.marks["B"]) == ("reopened", "Thang điểm mới", ["30.50", ""])
    assert StageRubric.objects.get().rubric == copy
    with pytest.raises(Refused, match="No open stage"):
        rubrics.put_into_use(copy, reason="Nữa", by=use.by, now=NOON)


def test_a_judge_goes_on_by_the_new_version():
    use = InUse()
    copy = rubrics.next_version(use.rubric, by=use.by, now=NOON)
    rubrics.put_into_use(copy, reason="Bản mới", by=use.by, now=NOON)
    assignment = Assignment.objects.get(pk=use.locked.assignment_id)
    sheet = Sheet.objects.get(pk=use.locked.pk)
    given = {"A": Given(D(60), "Hay"), "B": Given(D(40), "Tốt")}
    locked = marking.lock(
        assignment.pk, assignment.seat.user, revision=sheet.revision, marks=given, comment="", now=NOON
    )
    assert (locked.rubric, locked.total) == (copy, D(100))


def test_a_stage_refuses_what_it_cannot_mark_by():
    use = InUse()
    other = make_rubric(use.stage.round.contest, [("X", 10)])
    line = use.stage.stage_rubrics.get()
    line.tie_break, line.pass_score = ["Z"], D(101)
    line.save()
    line.not_zero.add(other.criteria.get())
    with pytest.raises(Refused) as refused:
        rubrics.refuse_wrong_uses(use.stage)
    for told in ("has no Z for ties", "Nobody reaches 101", "must not be zero is not in"):
        assert told in str(refused.value)


def test_a_weight_needs_the_same_maximum_before():
    use = InUse()
    use.stage.weight = 60
    with pytest.raises(Refused, match="The first stage has no weight"):
        rubrics.refuse_wrong_uses(use.stage)
    final = make_stage(use.stage.round, make_rubric(use.stage.round.contest, [("X", 80)]), weight=60)
    with pytest.raises(Refused, match="here 80, before 100"):
        rubrics.refuse_wrong_uses(final)
