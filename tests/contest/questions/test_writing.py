from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.questions import writing
from contest.questions.models import Bank, BankLock, BankMember, Question, Topic
from contest.questions.writing import ChoiceText, Wording
from tests.builders import NOON, make_bank, make_member, make_question, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TWO = (ChoiceText("Đúng", is_right=True), ChoiceText("Sai"))


def wording(**fields: Any) -> dict[str, Any]:
    return {"text": "Hà Nội là Thủ đô?", "choices": TWO, **fields}


def refusal(act: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, now=NOON, **fields)
    return str(caught.value)


@pytest.mark.parametrize("role", ["reviewer", "reader", None])
def test_who_has_no_writing_role_writes_nothing(role):
    bank, user = make_bank(questions=1), make_user()
    if role:
        make_member(bank, user, role)
    question = bank.questions.get()
    expected = "Trong ngân hàng này, đồng chí cần vai trò Chủ sở hữu, Biên soạn để làm việc đó."
    acts = [
        lambda: writing.add(bank, **wording(), by=user, now=NOON),
        lambda: writing.add_all(bank, [], by=user, now=NOON),
        lambda: writing.edit(question, seen=1, **wording(), by=user, now=NOON),
        lambda: writing.retire(question, by=user, now=NOON),
        lambda: writing.restore(question, by=user, now=NOON),
        lambda: writing.move(question, None, by=user, now=NOON),
    ]
    for act in acts:
        with pytest.raises(Refused) as caught:
            act()
        assert str(caught.value) == expected
    assert (bank.questions.count(), question.versions.count()) == (1, 1)


def test_a_role_in_another_bank_is_no_role_here():
    bank, user = make_bank(), make_user()
    make_member(make_bank(), user)
    assert refusal(writing.add, bank, **wording(), by=user).startswith("Trong ngân hàng này")


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (-HOUR, HOUR, "Ngân hàng không thể thay đổi đến 13:00 25/11/2026: Vòng 1 đang mở."),
        (timedelta(0), None, "Ngân hàng đang không thể thay đổi: Vòng 1 đang mở."),
        (-HOUR, timedelta(0), None),
        (timedelta(microseconds=1), None, None),
    ],
)
def test_a_bank_in_use_is_not_changed(starts, ends, expected):
    bank = make_bank()
    BankLock.objects.create(
        bank=bank, starts_at=NOON + starts, ends_at=None if ends is None else NOON + ends, reason="Vòng 1 đang mở"
    )
    if expected is None:
        writing.add(bank, **wording(), by=None, now=NOON)
    else:
        assert refusal(writing.add, bank, **wording(), by=make_user(is_superuser=True)) == expected
    assert bank.questions.count() == (0 if expected else 1)


def count_fault(count: int) -> str:
    return f"Mỗi câu hỏi có từ hai đến năm phương án; câu này có {count}."


RIGHT = ChoiceText("Một", is_right=True)
ALL_RIGHT = "Tất cả các phương án đều được đánh dấu đúng; như vậy không còn gì để chọn."
NONE_RIGHT = "Chưa có phương án nào được đánh dấu đúng."
EQUAL = ["Phương án A và B giống nhau.", "Phương án A và C giống nhau.", "Phương án B và C giống nhau."]
TCVN3 = "Nội dung này dùng bảng mã cũ TCVN3. Hãy chuyển sang Unicode trước."
VNI = "Nội dung này dùng bảng mã cũ VNI. Hãy chuyển sang Unicode trước."


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": " \u200b "}, ["Câu hỏi chưa có nội dung."]),
        ({"text": "a" * 4001}, ["Câu hỏi dài hơn 4000 ký tự."]),
        ({"choices": TWO[:1]}, [count_fault(1), ALL_RIGHT]),
        ({"choices": [RIGHT, *(ChoiceText(f"Sai {n}") for n in range(5))]}, [count_fault(6)]),
        ({"choices": [ChoiceText("Đúng"), ChoiceText("Sai")]}, [NONE_RIGHT]),
        ({"choices": [RIGHT, ChoiceText("Hai", is_right=True)]}, [ALL_RIGHT]),
        ({"choices": [ChoiceText("Hòa", is_right=True), ChoiceText("Ho\u0300a "), ChoiceText("HÒA")]}, EQUAL),
        ({"choices": [RIGHT, ChoiceText(" ")]}, ["Phương án B để trống."]),
        ({"choices": [RIGHT, ChoiceText("a" * 1001)]}, ["Phương án B dài hơn 1000 ký tự."]),
        ({"text": "NguyÔn ¸i Quèc"}, [TCVN3]),
        ({"explanation": "Nguyeãn AÙi Quoác"}, [VNI]),
        ({"choices": [ChoiceText("Hoa", is_right=True), ChoiceText("Hòa")]}, []),
        ({}, []),
    ],
)
def test_what_a_question_must_have(fields, expected):
    assert writing.faults(**wording(**fields)) == expected
    if expected:
        assert refusal(writing.add, make_bank(), **wording(**fields), by=None) == " ".join(expected)
        assert Question.objects.count() == 0


def test_a_topic_of_another_bank_is_refused():
    topic = Topic.objects.create(bank=make_bank(), name="Khác")
    bank = make_bank(questions=1)
    assert refusal(writing.add, bank, **wording(), topic=topic, by=None) == "Chủ đề này thuộc một ngân hàng khác."
    assert refusal(writing.move, bank.questions.get(), topic, by=None) == "Chủ đề này thuộc một ngân hàng khác."


def test_a_question_is_kept_clean_and_waits_for_its_review():
    bank, user = make_bank(), make_user()
    make_member(bank, user, "editor")
    topic = Topic.objects.create(bank=bank, name="Chủ đề")
    question = writing.add(
        bank,
        text="  Thu\u0309 đo\u0302  nào?\r\n\r\n Chọn một. ",
        choices=[ChoiceText(" Hà  Nội", True), ChoiceText("Tất cả", is_last=True)],
        topic=topic,
        explanation="Vì thế. ",
        source=" Điều 13",
        by=user,
        now=NOON,
    )
    version = question.versions.get()
    assert (version.number, version.created_by, version.created_at, version.reviewed_at) == (1, user, NOON, None)
    assert writing.wording_of(version) == Wording(
        "Thủ đô nào?\nChọn một.",
        (ChoiceText("Hà Nội", True, False), ChoiceText("Tất cả", False, True)),
        "Vì thế.",
        "Điều 13",
    )
    assert (question.topic, question.approved, question.search) == (topic, None, "thu do nao? chon mot.")
    assert Bank.objects.get(pk=bank.pk).revision == 1


def test_an_edit_is_a_new_version_and_leaves_the_approved_one_in_use():
    bank, user = make_bank(), make_user()
    make_member(bank, user)
    question = make_question(bank)
    approved = question.versions.get()
    version = writing.edit(question, seen=1, **wording(), by=user, now=NOON)
    question.refresh_from_db()
    assert (version.number, question.approved, question.search) == (2, approved, "ha noi la thu do?")
    assert Bank.objects.get(pk=bank.pk).revision == 1
    assert [v.pk for v in question.versions.all()] == [version.pk, approved.pk]


def test_the_same_edit_again_writes_nothing():
    question = make_question(make_bank())
    first = writing.edit(question, seen=1, **wording(), by=None, now=NOON)
    again = writing.edit(question, seen=1, **wording(), by=None, now=NOON + HOUR)
    assert (again.pk, again.created_at, question.versions.count()) == (first.pk, NOON, 2)


def test_who_edits_an_old_version_is_told():
    question = make_question(make_bank())
    writing.edit(question, seen=1, **wording(), by=None, now=NOON)
    expected = "Trong lúc đó đã có người sửa câu hỏi này. Hãy xem phiên bản mới trước."
    assert refusal(writing.edit, question, seen=1, **wording(text="Khác?"), by=None) == expected


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_is_told():
    question = make_question(make_bank())

    def edit(text: str) -> str:
        try:
            return f"version {writing.edit(question, seen=1, **wording(text=text), by=None, now=NOON).number}"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(edit, ["Một?", "Hai?", "Ba?", "Bốn?"]))
    assert outcomes == ["refused", "refused", "refused", "version 2"]
    assert question.versions.count() == 2


def test_retiring_and_restoring_count_as_changes_of_what_is_drawn_once():
    bank, user = make_bank(), make_user()
    make_member(bank, user)
    question, unapproved = make_question(bank), make_question(bank, approved=False)
    for _ in range(2):
        assert writing.retire(question, by=user, now=NOON).is_retired
        writing.retire(unapproved, by=user, now=NOON)
    assert Bank.objects.get(pk=bank.pk).revision == 2
    assert not writing.restore(question, by=user, now=NOON).is_retired
    assert Bank.objects.get(pk=bank.pk).revision == 3
    assert list(Entry.objects.values_list("action", "subject", "actor_id")) == [
        ("questions.retire", f"questions.question:{question.pk}", user.pk),
        ("questions.retire", f"questions.question:{unapproved.pk}", user.pk),
        ("questions.restore", f"questions.question:{question.pk}", user.pk),
    ]


def test_moving_to_a_topic_counts_as_a_change_of_what_is_drawn():
    bank = make_bank()
    topic = Topic.objects.create(bank=bank, name="Chủ đề")
    question, unapproved = make_question(bank), make_question(bank, approved=False)
    for _ in range(2):
        assert writing.move(question, topic, by=None, now=NOON).topic == topic
        assert writing.move(unapproved, topic, by=None, now=NOON).topic == topic
    assert Bank.objects.get(pk=bank.pk).revision == 2


def test_a_topic_is_found_by_its_name_however_it_is_spelled():
    bank = make_bank()
    first = writing.topic_named(bank, "Ứng Hòa ")
    assert writing.topic_named(bank, "ứng hoà") == first
    other = writing.topic_named(bank, "Hà Nội")
    assert [(topic.name, topic.order) for topic in (first, other)] == [("Ứng Hòa", 1), ("Hà Nội", 2)]


def test_all_or_none_of_many_questions_are_added():
    bank = make_bank()
    good, bad = Wording("Một?", TWO), Wording("Hai?", ())
    with pytest.raises(Refused):
        writing.add_all(bank, [(good, None), (bad, None)], by=None, now=NOON)
    assert bank.questions.count() == 0
    added = writing.add_all(bank, [(good, None), (good._replace(text="Hai?"), None)], by=None, now=NOON)
    assert [writing.wording_of(writing.newest_version(q)).text for q in added] == ["Một?", "Hai?"]


def test_adding_many_questions_takes_as_many_statements_as_adding_one(django_assert_num_queries):
    bank = make_bank()
    for count in (1, 30):
        wordings = [(Wording(f"Câu {n}?", TWO), None) for n in range(count)]
        with django_assert_num_queries(7):
            writing.add_all(bank, wordings, by=None, now=NOON)


def test_a_new_bank_is_owned_by_who_founds_it():
    user = make_user()
    bank = writing.found("  Ngân  hàng ", by=user)
    assert (bank.name, [(m.user, m.role) for m in bank.members.all()]) == ("Ngân hàng", [(user, "owner")])
    with pytest.raises(Refused):
        writing.found(" ", by=user)


def test_a_bank_keeps_an_owner():
    bank, user = make_bank(), make_user()
    make_member(bank, user, "editor")
    with pytest.raises(Refused) as caught:
        writing.refuse_ownerless(bank)
    assert str(caught.value) == "Ngân hàng cần ít nhất một chủ sở hữu."
    BankMember.objects.update(role="owner")
    writing.refuse_ownerless(bank)
