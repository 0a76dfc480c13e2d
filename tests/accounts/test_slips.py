from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import slips
from accounts.models import Slip, User
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from tests.builders import NOON, make_user

LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def valid_slips() -> list[int]:
    return list(Slip.objects.valid().order_by("user").values_list("user", flat=True))


@pytest.mark.parametrize("office", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_no_slip_for_whoever_may_open_the_admin_and_then_for_nobody_on_the_list(office: dict[str, bool]):
    people = [make_user(), make_user("Trần Văn Bình", **office)]
    with pytest.raises(Refused, match="Trần Văn Bình") as refusal:
        slips.issue(people, by=None, now=NOON)
    assert refusal.value.code == "staff"
    assert valid_slips() == []
    assert list(User.objects.may_hold_slip()) == people[:1]


def test_a_given_code_is_for_one_person():
    with pytest.raises(ValueError, match="one person"):
        slips.issue([make_user(), make_user()], by=None, now=NOON, code="K7M4TX9R")
    assert valid_slips() == []


def test_only_hashes_are_kept():
    (issued,) = slips.issue(make_user(), by=None, now=NOON)
    row = Slip.objects.values_list("token_hash", "code_hash").get()
    assert [bytes(kept) for kept in row] == [
        slips.token_hash(issued.token),
        slips.code_hash(issued.slip.user_id, issued.code),
    ]
    assert (len(issued.token), len(issued.code)) == (22, 8)


def test_the_same_code_has_another_hash_for_another_person():
    one, other = make_user(), make_user()
    slips.issue(one, by=None, now=NOON, code="K7M4-TX9R")
    slips.issue(other, by=None, now=NOON, code="k7m4tx9r")
    hashes = {bytes(slip.code_hash) for slip in Slip.objects.all()}
    assert hashes == {slips.code_hash(one.pk, "K7M4TX9R"), slips.code_hash(other.pk, "K7M4TX9R")}
    assert len(hashes) == 2


def test_printing_anew_voids_the_old_slip_and_leaves_the_person_signed_in():
    user, organizer = make_user(), make_user("Lê Văn Tổ", is_staff=True)
    first, second = (slips.issue(user, by=organizer, now=now)[0] for now in (NOON, LATER))
    first.slip.refresh_from_db()
    assert (first.slip.revoked_at, second.slip.revoked_at) == (LATER, None)
    assert (second.slip.issued_at, second.slip.issued_by) == (LATER, organizer)
    assert valid_slips() == [user.pk]
    assert User.objects.get(pk=user.pk).session_stamp == user.session_stamp


def test_a_slip_for_one_that_was_lost_ends_what_was_opened_with_it():
    user = make_user()
    slips.issue(user, by=None, now=NOON)
    slips.issue(user, by=None, now=LATER, ends_sessions=True)
    assert User.objects.get(pk=user.pk).session_stamp != user.session_stamp


def test_a_revoked_slip_opens_nothing_and_its_sessions_are_over():
    user, neighbour = make_user(), make_user()
    slips.issue([user, neighbour], by=None, now=NOON)
    assert slips.revoke(user, by=None, now=LATER) == 1
    assert slips.revoke(user, by=None, now=LATER) == 0
    assert valid_slips() == [neighbour.pk]
    assert User.objects.get(pk=user.pk).session_stamp != user.session_stamp
    assert User.objects.get(pk=neighbour.pk).session_stamp == neighbour.session_stamp


def test_who_issued_and_revoked_for_whom_stands_in_the_ledger(monkeypatch):
    monkeypatch.setattr(slips, "LEDGER_BATCH", 2)
    organizer, people = make_user("Lê Văn Tổ", is_staff=True), [make_user() for _number in range(3)]
    slips.issue(people, by=organizer, now=NOON)
    slips.revoke(people[0], by=organizer, now=LATER)
    one, two, three = (user.pk for user in people)
    assert list(Entry.objects.values_list("at", "actor_id", "action", "subject", "data")) == [
        (NOON, organizer.pk, "slips.issued", f"accounts.user:{one}–{two}", {"people": [one, two]}),
        (NOON, organizer.pk, "slips.issued", f"accounts.user:{three}–{three}", {"people": [three]}),
        (LATER, organizer.pk, "slips.revoked", f"accounts.user:{one}", {"people": [one]}),
    ]


def test_a_whole_unit_takes_no_more_queries_than_one_person():
    slips.issue(make_user(), by=None, now=NOON)  # the ledger is begun
    few, many = [make_user()], [make_user() for _number in range(50)]
    counts = []
    for people in (few, many):
        with CaptureQueriesContext(connection) as queries:
            issued = slips.issue(people, by=None, now=NOON)
        counts.append(len(queries))
        assert [one.slip.user for one in issued] == people
    assert counts[0] == counts[1]
    assert valid_slips()[1:] == sorted(user.pk for user in few + many)


@pytest.mark.django_db(transaction=True)
def test_printed_by_two_at_once_one_slip_is_valid():
    user = make_user()

    def issue(_number: int) -> None:
        try:
            slips.issue(user, by=None, now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(issue, range(6)))
    assert (Slip.objects.count(), valid_slips()) == (6, [user.pk])


def test_derived_secrets_follow_from_the_name_and_the_key(settings):
    assert slips.derived("huong") == slips.derived("huong") != slips.derived("nam")
    code, token = slips.derived("huong")
    (issued,) = slips.issue(make_user(), by=None, now=NOON, code=code, token=token)
    assert (issued.code, issued.token) == (code, token)
    settings.CODE_KEY = "another"
    assert slips.derived("huong") != (code, token)


def test_the_same_secrets_given_again_leave_the_slip_as_it_is():
    user = make_user()
    code, token = slips.derived("huong")
    first, second = (slips.issue(user, by=None, now=now, code=code, token=token)[0] for now in (NOON, LATER))
    assert (first.slip, Slip.objects.count(), Entry.objects.count()) == (second.slip, 1, 1)


def test_the_link_of_a_slip(settings):
    settings.SITE_URL = "https://thi.example.vn"
    assert slips.url_for("abc") == "https://thi.example.vn/s/abc/"
