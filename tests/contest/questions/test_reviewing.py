from datetime import timedelta

import pytest

from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.questions import drawable, reviewing, writing
from contest.questions.models import Bank, BankLock, Question, QuestionVersion
from contest.questions.writing import ChoiceText
from tests.builders import NOON, make_bank, make_member, make_user

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
TWO = (ChoiceText("Đúng", is_right=True), ChoiceText("Sai"))


@pytest.fixture
def bank():
    return make_bank()


@pytest.fixture
def writer(bank):
    return make_member(bank, make_user(), "owner").user


@pytest.fixture
def reviewer(bank):
    return make_member(bank, make_user("Trần Văn Đức"), "reviewer").user


def written(bank: Bank, by, text="Câu hỏi?") -> QuestionVersion:
    return writing.add(bank, text=text, choices=TWO, by=by, now=NOON).versions.get()


def refused(act, *args, **fields) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, now=LATER, **fields)
    return str(caught.value)


def test_nobody_approves_the_own_text(bank, writer):
    version = written(bank, writer)
    expected = "Đồng chí đã viết phiên bản này: cần người thứ hai đọc duyệt."
    assert refused(reviewing.approve, version, by=writer) == expected
    assert refused(reviewing.send_back, version, "Sửa.", by=writer) == expected
    administrator = make_user(is_superuser=True)
    assert refused(reviewing.approve, written(bank, administrator), by=administrator) == expected
    assert list(Question.objects.usable()) == []


@pytest.mark.parametrize("role", ["editor", "reader", None])
def test_who_is_no_reviewer_approves_nothing(bank, writer, role):
    user = make_user()
    if role:
        make_member(bank, user, role)
    version = written(bank, writer)
    expected = "Trong ngân hàng này, đồng chí cần vai trò Chủ sở hữu, Thẩm định để làm việc đó."
    assert refused(reviewing.approve, version, by=user) == expected
    assert refused(reviewing.approve_all, bank, [version.question_id], by=user) == expected
    assert refused(reviewing.send_back, version, "Sửa.", by=user) == expected


def test_a_bank_in_use_takes_no_review(bank, writer, reviewer):
    version = written(bank, writer)
    BankLock.objects.create(bank=bank, starts_at=NOON, ends_at=None, reason="Vòng 1")
    assert refused(reviewing.approve, version, by=reviewer) == "Ngân hàng đang không thể thay đổi: Vòng 1."


def test_only_the_newest_version_of_a_question_in_use_is_approved(bank, writer, reviewer):
    old = written(bank, writer)
    writing.edit(old.question, seen=1, text="Mới?", choices=TWO, by=writer, now=NOON)
    assert refused(reviewing.approve, old, by=reviewer) == "Trong lúc đó đã có phiên bản mới hơn."
    retired = written(bank, writer, "Bỏ?")
    writing.retire(retired.question, by=writer, now=NOON)
    assert refused(reviewing.approve, retired, by=reviewer) == "Câu hỏi này đã ngừng sử dụng."


def test_an_approved_version_is_drawn_and_approving_again_changes_nothing(bank, writer, reviewer):
    version = written(bank, writer)
    for _ in range(2):
        approved = reviewing.approve(version, by=reviewer, now=LATER)
        assert (approved.reviewed_by, approved.reviewed_at) == (reviewer, LATER)
    bank.refresh_from_db()
    assert bank.revision == 2
    assert [item.version for item in drawable.pool(bank.pk, bank.revision)] == [version.pk]
    assert [(e.action, e.actor_id, e.data) for e in Entry.objects.all()] == [
        ("questions.approve", reviewer.pk, {"versions": [version.pk]})
    ]


def test_an_edited_question_is_drawn_anew_once_its_new_version_is_approved(bank, writer, reviewer):
    old = reviewing.approve(written(bank, writer), by=reviewer, now=NOON)
    new = writing.edit(old.question, seen=1, text="Mới?", choices=TWO, by=writer, now=NOON)
    assert list(Question.objects.waiting()) == [old.question]
    reviewing.approve(new, by=reviewer, now=LATER)
    bank.refresh_from_db()
    assert bank.revision == 3
    assert [item.version for item in drawable.pool(bank.pk, bank.revision)] == [new.pk]
    assert list(Question.objects.waiting()) == []


def test_a_version_sent_back_needs_a_new_wording(bank, writer, reviewer):
    version = written(bank, writer)
    assert refused(reviewing.send_back, version, " ", by=reviewer) == "Hãy ghi điều cần sửa."
    for _ in range(2):
        sent = reviewing.send_back(version, "Đáp án B  sai.", by=reviewer, now=LATER)
        assert (sent.review_note, sent.reviewed_by, sent.reviewed_at) == ("Đáp án B sai.", reviewer, LATER)
    assert refused(reviewing.approve, version, by=reviewer) == "Phiên bản này đã bị trả lại: cần viết lại trước."
    assert refused(reviewing.send_back, version, "Khác.", by=reviewer) == "Phiên bản này đã được duyệt xong."
    assert list(Question.objects.sent_back()) == [version.question]
    new = writing.edit(version.question, seen=1, text="Mới?", choices=TWO, by=writer, now=LATER)
    assert list(Question.objects.sent_back()) == []
    assert reviewing.approve(new, by=reviewer, now=LATER).review_note == ""


def test_an_approved_version_is_not_sent_back(bank, writer, reviewer):
    version = reviewing.approve(written(bank, writer), by=reviewer, now=NOON)
    assert refused(reviewing.send_back, version, "Sửa.", by=reviewer) == "Phiên bản này đã được duyệt xong."


def test_many_are_approved_where_that_may_be_and_the_rest_is_told_why_not(bank, writer, reviewer):
    fine, other = written(bank, writer), written(bank, writer, "Hai?")
    done = reviewing.approve(written(bank, writer, "Ba?"), by=reviewer, now=NOON)
    back = reviewing.send_back(written(bank, writer, "Bốn?"), "Sửa.", by=reviewer, now=NOON)
    foreign = written(make_bank(), None)
    chosen = [version.question_id for version in (fine, other, done, back, foreign)]
    outcome = reviewing.approve_all(bank, chosen, by=reviewer, now=LATER)
    assert outcome.approved == [fine.question_id, other.question_id]
    assert outcome.refused == {back.question_id: "Phiên bản này đã bị trả lại: cần viết lại trước."}
    assert Question.objects.usable().count() == 3
    assert Bank.objects.get(pk=bank.pk).revision == 3


def test_approving_many_takes_as_many_statements_as_approving_one(bank, writer, reviewer, django_assert_num_queries):
    reviewing.approve(written(bank, writer), by=reviewer, now=NOON)
    for count in (1, 20):
        questions = [written(bank, writer, f"Câu {n} trong {count}?").question_id for n in range(count)]
        with django_assert_num_queries(16):
            reviewing.approve_all(bank, questions, by=reviewer, now=LATER)
