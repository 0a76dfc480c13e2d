"""The desk of attempts, through its pages: two accounts of one person become one."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from contest.attempts.models import Attempt
from contest.rounds import entering
from contest.rounds.models import Entrant, Office
from tests.builders import NOON, make_contest, make_entrant, make_period, make_quiz, make_result, make_round, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def organizer(contest):
    user = make_user("Vũ Thị Lan", email="lan@example.vn")
    entering.appoint(user, contest, Office.Role.ORGANIZER, by=None, now=NOON)
    return user


@pytest.fixture
def period(contest):
    return make_period(make_quiz(make_round(contest), attempts_per_period=1).round)


@pytest.fixture
def client(organizer):
    client = Client()
    client.force_login(User.objects.get(pk=organizer.pk))
    return client


def page_of(entrant: Entrant, double: Entrant | None = None) -> str:
    url = reverse("admin:attempts_attempt_merge", args=[entrant.pk])
    return f"{url}?double={double.pk}" if double else url


def test_strangers_observers_and_other_contests_merge_nobody(contest, client):
    entrant, double = make_entrant(contest), make_entrant(contest)
    foreign = make_entrant(make_contest())
    observer = make_user("Quan sát", email="o@example.vn")
    entering.appoint(observer, contest, Office.Role.OBSERVER, by=None, now=NOON)
    looking = Client()
    looking.force_login(User.objects.get(pk=observer.pk))
    assert Client().get(page_of(entrant)).status_code == 302
    assert looking.get(page_of(entrant)).status_code == 403
    assert [client.get(url).status_code for url in (page_of(foreign), page_of(entrant, foreign))] == [404, 404]
    assert client.get(page_of(entrant, entrant)).status_code == 404
    assert client.get(page_of(entrant, double)).status_code == 200


def test_the_double_is_proposed_by_name_and_phone_and_found_by_search(contest, client):
    entrant = make_entrant(contest, make_user("Trần Văn Bình", phone="0912345678"))
    same_name = make_entrant(contest, make_user("Trần Văn Bình"))
    same_phone = make_entrant(contest, make_user("Trần V. Bình", phone="0912345678"))
    other = make_entrant(contest, make_user("Lê Thị Hòa"))
    make_entrant(contest, make_user("Trần Văn Bình", is_active=False))
    make_entrant(make_contest(), make_user("Trần Văn Bình"))
    proposed = client.get(page_of(entrant)).context["found"]
    assert {one.pk for one in proposed} == {same_name.pk, same_phone.pk}
    assert [one.pk for one in client.get(page_of(entrant), {"q": "le hoa"}).context["found"]] == [other.pk]


def test_the_chosen_attempt_counts_and_the_other_is_void(contest, client, period):
    entrant, double = make_entrant(contest), make_entrant(contest)
    first, second = make_result(entrant, period), make_result(double, period)
    url = page_of(entrant, double)
    page = client.get(url)
    assert list(page.context["form"].fields) == [f"period_{period.pk}", "reason"]
    assert client.post(url, {f"period_{period.pk}": second.pk, "reason": " "}).status_code == 200
    answer = client.post(url, {f"period_{period.pk}": second.pk, "reason": "Quên mã"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:rounds_entrant_change", args=[entrant.pk]))
    assert list(Attempt.objects.filter(voided_at=None).values_list("pk", "entrant")) == [(second.pk, entrant.pk)]
    assert Attempt.objects.get(voided_at__isnull=False).pk == first.pk
    double.user.refresh_from_db()
    assert not double.user.is_active


def test_no_other_attempt_than_those_shown_can_be_chosen(contest, client, period):
    entrant, double = make_entrant(contest), make_entrant(contest)
    make_result(entrant, period)
    make_result(double, period)
    foreign = make_result(make_entrant(contest), period)
    answer = client.post(page_of(entrant, double), {f"period_{period.pk}": foreign.pk, "reason": "Quên mã"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [f"period_{period.pk}"])


def test_what_the_rule_refuses_is_told_on_the_page(contest, client):
    other = make_contest()
    entrant, double = make_entrant(contest), make_entrant(contest)
    make_entrant(other, double.user)
    answer = client.post(page_of(entrant, double), {"reason": "Quên mã"})
    assert answer.context["form"].non_field_errors() == [
        "Chỉ Ban Tổ chức của tất cả các cuộc thi mà người này dự thi mới làm được việc này."
    ]


def test_accounts_without_a_clash_are_merged_with_a_reason_alone(contest, client, period):
    entrant, double = make_entrant(contest), make_entrant(contest)
    attempt = make_result(double, period)
    assert client.post(page_of(entrant, double), {"reason": "Đăng ký hai lần"}).status_code == 302
    attempt.refresh_from_db()
    assert (attempt.entrant_id, attempt.voided_at) == (entrant.pk, None)
