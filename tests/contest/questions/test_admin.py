"""Questions at the desk, through its pages."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contest.questions import writing
from contest.questions.models import Bank, Question, Topic
from contest.questions.writing import ChoiceText, Wording
from contest.rounds import entering
from tests.builders import make_bank, make_contest, make_member, make_question, make_user

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def bank() -> Bank:
    return make_bank()


def staff(bank: Bank, role: str) -> tuple[User, Client]:
    """A question editor of some contest, with this role in the bank."""
    user = make_user(role, email=f"{role}@example.vn")
    entering.appoint(user, make_contest(), "editor", by=None, now=NOW)
    make_member(bank, user, role)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return user, client


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "text": "Một cộng một?",
        "choice_0": "2",
        "choice_1": "3",
        "choice_2": "Tất cả các phương án trên",
        "right": ["0"],
        "last": ["2"],
        "explanation": "Vì thế.",
        "source": "",
        "versions-TOTAL_FORMS": 0,
        "versions-INITIAL_FORMS": 0,
        **fields,
    }


WORDING = Wording(
    "Một cộng một?",
    (ChoiceText("2", True), ChoiceText("3"), ChoiceText("Tất cả các phương án trên", False, True)),
    "Vì thế.",
    "",
)


def test_a_question_is_added_to_the_bank(bank):
    user, client = staff(bank, "editor")
    topic = Topic.objects.create(bank=bank, name="Chủ đề")
    url = reverse("admin:questions_question_add")
    assert client.post(url, typed(bank=bank.pk, topic=topic.pk)).status_code == 302
    question = bank.questions.get()
    version = question.versions.get()
    assert (question.topic, version.created_by, writing.wording_of(version)) == (topic, user, WORDING)


def test_faults_stand_above_the_form_with_what_was_typed(bank):
    _user, client = staff(bank, "editor")
    response = client.post(reverse("admin:questions_question_add"), typed(bank=bank.pk, right=[], choice_1="2"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Chưa có phương án nào được đánh dấu đúng." in page
    assert "Phương án A và B giống nhau." in page
    assert "Tất cả các phương án trên" in page
    assert bank.questions.count() == 0


def test_a_bank_where_the_person_does_not_write_is_no_choice(bank):
    _user, client = staff(bank, "reader")
    response = client.post(reverse("admin:questions_question_add"), typed(bank=bank.pk))
    assert (response.status_code, list(response.context["adminform"].form.errors)) == (200, ["bank"])


def test_to_change_a_question_is_to_write_a_version(bank):
    user, client = staff(bank, "editor")
    topic = Topic.objects.create(bank=bank, name="Chủ đề")
    question = make_question(bank)
    url = reverse("admin:questions_question_change", args=[question.pk])
    assert client.get(url).context["adminform"].form.initial["seen"] == 1
    assert client.post(url, typed(seen=1, topic=topic.pk)).status_code == 302
    newest = writing.newest_version(question)
    question.refresh_from_db()
    assert (newest.number, newest.created_by, writing.wording_of(newest)) == (2, user, WORDING)
    assert (question.topic, question.approved_id != newest.pk) == (topic, True)
    stale = client.post(url, typed(seen=1, text="Khác?"))
    assert "Trong lúc đó đã có người sửa câu hỏi này." in stale.content.decode()
    assert question.versions.count() == 2


def test_readers_see_the_versions_and_no_form(bank):
    _user, client = staff(bank, "reader")
    question = make_question(bank, text="Thủ đô nào?")
    url = reverse("admin:questions_question_change", args=[question.pk])
    page = client.get(url).content.decode()
    assert ("Thủ đô nào?" in page, 'name="text"' in page, 'name="_save"' in page) == (True, False, False)
    assert client.post(url, typed(seen=1)).status_code == 403


def test_a_second_person_approves_or_sends_back(bank):
    _writer, writes = staff(bank, "editor")
    _reviewer, reviews = staff(bank, "reviewer")
    assert writes.post(reverse("admin:questions_question_add"), typed(bank=bank.pk)).status_code == 302
    question = bank.questions.get()
    back = reverse("admin:questions_question_send_back", args=[question.pk])
    approve = reverse("admin:questions_question_approve", args=[question.pk])
    refused = writes.post(approve, {"asked": "1"}).content.decode()
    assert "Trong ngân hàng này, đồng chí cần vai trò" in refused
    assert reviews.post(back, {"note": ""}).status_code == 200
    assert reviews.post(back, {"note": "Viết rõ hơn."}).status_code == 302
    assert list(Question.objects.sent_back()) == [question]
    again = reverse("admin:questions_question_change", args=[question.pk])
    assert writes.post(again, typed(seen=1, text="Một cộng một bằng mấy?")).status_code == 302
    assert reviews.post(approve, {"asked": "1"}).status_code == 302
    assert list(Question.objects.usable()) == [question]


def test_a_bank_keeps_an_owner(bank):
    _user, client = staff(bank, "owner")
    member = bank.members.get()
    data = {
        "name": bank.name, "members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 1, "members-0-id": member.pk,
        "members-0-user": "owner@example.vn", "members-0-role": "reader", "topics-TOTAL_FORMS": 0,
        "topics-INITIAL_FORMS": 0,
    }  # fmt: skip
    response = client.post(reverse("admin:questions_bank_change", args=[bank.pk]), data)
    assert "Ngân hàng cần ít nhất một chủ sở hữu." in response.content.decode()
    member.refresh_from_db()
    assert member.role == "owner"


def test_only_owners_choose_members(bank):
    _user, client = staff(bank, "editor")
    page = client.get(reverse("admin:questions_bank_change", args=[bank.pk])).content.decode()
    assert ('name="members-0-role"' in page, 'name="topics-TOTAL_FORMS"' in page) == (False, True)


def test_a_file_without_a_chosen_row_adds_nothing_and_a_broken_one_says_why(bank):
    from django.core.files.uploadedfile import SimpleUploadedFile

    _user, client = staff(bank, "editor")
    url = reverse("admin:questions_bank_take_questions", args=[bank.pk])
    broken = client.post(url, {"file": SimpleUploadedFile("a.docx", b"x")}).content.decode()
    assert "Không đọc được “a.docx” như một ngân hàng câu hỏi." in broken
    good = "Câu hỏi,Phương án A,Phương án B,Đáp án\nMột?,Đúng,Sai,A\n".encode()
    preview = client.post(url, {"file": SimpleUploadedFile("a.csv", good)})
    kept = {"kept": preview.context["kept"], "name": "a.csv", "confirm": "1"}
    assert client.post(url, kept).status_code == 302
    assert bank.questions.count() == 0
    assert client.post(url, {**kept, "row": ["2"]}).status_code == 302
    assert bank.questions.count() == 1
