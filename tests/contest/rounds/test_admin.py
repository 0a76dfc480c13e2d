"""The desk of a contest's people, through its pages: their data are corrected."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contest.rounds import entering
from contest.rounds.admin import DocumentForm
from contest.rounds.models import Entrant, Office
from tests.builders import NOON, make_contest, make_entrant, make_office, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


def signed_in(contest, role):
    user = make_user(role, email=f"{role}@example.vn")
    entering.appoint(user, contest, Office.Role(role), by=None, now=NOON)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def page_of(entrant: Entrant) -> str:
    return reverse("admin:rounds_entrant_correct", args=[entrant.pk])


def typed(**fields):
    return {"full_name": "Nguyễn Thị Hoà", "birth": "1970", "asked": "1", **fields}


def test_observers_look_and_organizers_of_other_contests_find_nothing(contest):
    entrant, observer = make_entrant(contest), signed_in(contest, "observer")
    stranger = signed_in(make_contest(), "organizer")
    answers = [client.post(page_of(entrant), typed(phone="0912345678")) for client in (observer, stranger, Client())]
    assert [answer.status_code for answer in answers] == [403, 404, 302]
    assert User.objects.get(pk=entrant.user_id).phone == ""
    page = observer.get(reverse("admin:rounds_entrant_change", args=[entrant.pk]))
    assert (page.status_code, "/correct/" in page.content.decode()) == (200, False)


def test_data_are_corrected_and_the_citizen_number_is_never_shown(contest):
    entrant, client = make_entrant(contest), signed_in(contest, "organizer")
    data = typed(full_name="Nguyễn Thị Hòa", birth="02/09/1975", phone="+84 912 345 678", citizen_number="001175012345")
    assert client.post(page_of(entrant), data).status_code == 302
    user = User.objects.get(pk=entrant.user_id)
    assert (user.full_name, user.birth_text(), user.phone, user.citizen_number) == (
        "Nguyễn Thị Hòa",
        "02/09/1975",
        "0912345678",
        "001175012345",
    )
    page = client.get(page_of(entrant)).content.decode()
    assert ("001175012345" in page, "001•••••••345" in page) == (False, True)


@pytest.mark.parametrize(
    "fields",
    [{"full_name": ""}, {"phone": "12"}, {"birth": "31/02/1970"}, {"citizen_number": "1234"}, {"email": "hoa@"}],
)
def test_what_cannot_be_read_is_refused_with_all_that_was_typed(contest, fields):
    entrant, client = make_entrant(contest), signed_in(contest, "organizer")
    answer = client.post(page_of(entrant), typed(**fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, list(fields))


def test_an_address_that_is_there_is_only_shown(contest):
    entrant = make_entrant(contest, make_user(email="hoa@example.vn"))
    client = signed_in(contest, "organizer")
    assert client.post(page_of(entrant), typed(email="khac@example.vn", phone="0912345678")).status_code == 302
    user = User.objects.get(pk=entrant.user_id)
    assert (user.email, user.phone) == ("hoa@example.vn", "0912345678")


def test_the_page_of_who_holds_an_office_says_so(contest):
    entrant, client = make_entrant(contest), signed_in(contest, "organizer")
    make_office(make_contest(), entrant.user, "judge")
    page = client.get(page_of(entrant), follow=True)
    assert [str(message) for message in page.context["messages"]] == [
        "Người này đang giữ nhiệm vụ nên chỉ quản trị viên nền tảng mới sửa được dữ liệu của họ."
    ]


# --- Study documents -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content", "fits"),
    [
        ("a.pdf", b"%PDF-1.7", True),
        ("A.PDF", b"%PDF-1.7", True),
        ("a.docx", b"PK\x03\x04", True),
        ("a.png", b"\x89PNG\r\n\x1a\n", True),
        ("a.jpeg", b"\xff\xd8\xff\xe0", True),
        ("a.pdf", b"<html><script>", False),
        ("a.png", b"<svg onload=alert(1)>", False),
        ("a.docx", b"\xd0\xcf\x11\xe0", False),
        ("a.html", b"<html>", False),
        ("a.svg", b"<svg/>", False),
        ("a.pdf.exe", b"MZ", False),
    ],
)
def test_a_document_is_what_its_name_says(name, content, fits):
    form = DocumentForm({"title": "Tài liệu", "order": 1}, {"file": SimpleUploadedFile(name, content)})
    assert form.is_valid() == fits
    assert not fits or re.fullmatch(r"[0-9a-f]{32}\.[a-z]+", str(form.cleaned_data["file"].name))
