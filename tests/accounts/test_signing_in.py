from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import signing_in, slips
from accounts.models import SignInGuard, User, WrongCodes
from contest.foundations.refusing import Refused
from tests.builders import NOON, make_user

SECOND = timedelta(seconds=1)
CODE, WRONG = "K7M4TX9R", "K7M4TX9S"
NEVER_TOGETHER = "Số và mã không khớp nhau. Đồng chí xem lại cả hai trên phiếu."
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _vietnamese() -> Iterator[None]:
    from django.utils import translation

    with translation.override("vi"):
        yield


def make_holder(full_name: str = "Nguyễn Thị Hương", *, code: str = CODE, **fields: Any) -> User:
    """A person with a valid slip."""
    number = fields.pop("citizen_number", "")
    user = make_user(full_name, **fields)
    user.citizen_number = number
    user.save()
    slips.issue(user, by=None, now=NOON, code=code)
    return user


def refusal(identifier: str, code: str = WRONG, now: Any = NOON) -> str:
    with pytest.raises(Refused) as refused:
        signing_in.by_code(identifier, code, now=now)
    return str(refused.value)


# --- By link ---------------------------------------------------------------------------------------------------------
def test_a_link_that_was_never_issued_opens_nothing():
    make_holder()
    assert signing_in.by_link("x" * 22) is None


def test_a_link_opens_until_it_is_void():
    user = make_user()
    (first,) = slips.issue(user, by=None, now=NOON)
    assert signing_in.by_link(first.token) == user
    (second,) = slips.issue(user, by=None, now=NOON)
    assert signing_in.by_link(first.token) is None
    assert signing_in.by_link(second.token) == user
    slips.revoke(user, by=None, now=NOON)
    assert signing_in.by_link(second.token) is None


@pytest.mark.parametrize("change", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_a_slip_of_somebody_who_got_an_office_or_was_closed_opens_nothing(change: dict[str, bool]):
    user = make_user(party_card="29.104857")
    (issued,) = slips.issue(user, by=None, now=NOON, code=CODE)
    User.objects.filter(pk=user.pk).update(**change)
    assert signing_in.by_link(issued.token) is None
    assert refusal("29.104857", CODE) == NEVER_TOGETHER


# --- By code ---------------------------------------------------------------------------------------------------------
def test_unknown_people_and_wrong_codes_get_the_same_words():
    make_holder(party_card="29.104857", phone="0912345678", citizen_number="001070012345")
    known, unknown = ("29.104857", "0912345678", "001070012345"), ("29.999999", "0987654321", "001099999999", "gì đó")
    answers = set()
    for typed in known + unknown:
        SignInGuard.objects.all().delete()
        answers.add(refusal(typed))
    assert answers == {NEVER_TOGETHER}


def test_the_right_code_of_another_person_does_not_open():
    make_holder(party_card="29.104857")
    make_holder("Trần Văn Bình", party_card="29.104858", code="ABCD2345")
    assert refusal("29.104857", "ABCD2345") == NEVER_TOGETHER


def test_a_void_slip_and_no_slip_do_not_open():
    user = make_holder(party_card="29.104857")
    slips.issue(user, by=None, now=NOON, code="ABCD2345")
    make_user(party_card="29.104858")
    assert {refusal("29.104857", CODE), refusal("29.104858", CODE)} == {NEVER_TOGETHER}
    assert signing_in.by_code("29.104857", "ABCD2345", now=NOON) == user


@pytest.mark.parametrize(
    "typed",
    [
        "29.104857", "29104857", " 29 104 857 ", "29-104857", "0912345678", "091 234 56 78", "+84912345678",
        "84 912345678", "001070012345", "001 070 012 345",
    ],
)  # fmt: skip
def test_any_number_that_the_unit_knows_in_any_spelling(typed: str):
    user = make_holder(party_card="29.104857", phone="0912345678", citizen_number="001070012345")
    assert signing_in.by_code(typed, CODE, now=NOON) == user


def test_an_old_phone_number_is_the_new_one():
    user = make_holder(phone="0322345678")
    assert signing_in.by_code("0162 2345678", CODE, now=NOON) == user


def test_a_party_card_with_letters():
    user = make_holder(party_card="ĐV-0012/a")
    assert signing_in.by_code("đv 0012A", CODE, now=NOON) == user


def test_a_phone_shared_in_a_family_opens_for_each_with_their_own_code():
    mother, son = make_holder(phone="0912345678"), make_holder("Lê Nam", phone="0912345678", code="ABCD2345")
    assert signing_in.by_code("0912345678", CODE, now=NOON) == mother
    assert signing_in.by_code("0912345678", "ABCD2345", now=NOON) == son


# --- Growing delay ---------------------------------------------------------------------------------------------------
def test_wrong_codes_make_the_next_wait_and_the_sentence_says_how_long():
    make_holder(party_card="29.104857")
    now = NOON
    waits = []
    for wait in (0, 0, 5, 15, 60, 300, 900, 900):
        answer = refusal("29.104857", now=now)
        waits.append(answer.removeprefix(NEVER_TOGETHER).strip().split(";")[0])
        assert (f"thử lại sau {wait // 60 or wait}" in answer) == (wait > 0)
        if wait:
            assert "Nhập sai mã nhiều lần" in refusal("29.104857", CODE, now=now + (wait - 0.001) * SECOND)
        now += wait * SECOND
    assert waits == [
        "", "", "Đồng chí thử lại sau 5 giây", "Đồng chí thử lại sau 15 giây", "Đồng chí thử lại sau 1 phút",
        "Đồng chí thử lại sau 5 phút", "Đồng chí thử lại sau 15 phút", "Đồng chí thử lại sau 15 phút",
    ]  # fmt: skip


def test_the_delay_is_the_same_for_an_unknown_number():
    make_holder(party_card="29.104857")
    known, unknown = ([refusal(typed) for _number in range(4)] for typed in ("29.104857", "29.999999"))
    assert known == unknown


def test_another_way_to_the_same_account_waits_as_well():
    make_holder(party_card="29.104857", phone="0912345678")
    for _number in range(3):
        refusal("29.104857")
    assert "thử lại sau 5 giây" in refusal("091 234 5678", CODE)


def test_another_account_behind_the_same_address_does_not_wait():
    make_holder(party_card="29.104857")
    other = make_holder("Trần Văn Bình", party_card="29.104858", code="ABCD2345")
    for _number in range(5):
        refusal("29.104857")
    assert signing_in.by_code("29.104858", "ABCD2345", now=NOON) == other


def test_a_success_clears_the_way_for_oneself_only():
    make_holder(phone="0912345678", party_card="1")
    son = make_holder("Lê Nam", phone="0912345678", party_card="2", code="ABCD2345")
    for _number in range(2):
        refusal("0912345678")
    assert signing_in.by_code("0912345678", "ABCD2345", now=NOON) == son
    # The son's own code does not buy his family new guesses at the mother's.
    assert "5 giây" in refusal("1")
    assert "giây" not in refusal("2")


def test_a_right_code_writes_nothing_where_nothing_was_wrong():
    make_holder(party_card="29.104857")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        signing_in.by_code("29.104857", CODE, now=NOON)
    assert [query["sql"].split(" ")[0] for query in queries] == ["SELECT", "SAVEPOINT", "SELECT", "SELECT", "RELEASE"]
    assert SignInGuard.objects.count() == WrongCodes.objects.count() == 0


def test_wrong_and_unknown_take_the_same_steps():
    make_holder(party_card="29.104857")

    def steps(typed: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            refusal(typed)
        return [" ".join(query["sql"].split()[:3]).partition('"s')[0] for query in queries]

    assert steps("29.104857") == steps("29.999999")


def test_wrong_and_unknown_take_the_same_time():
    """Not a stopwatch's proof: the medians of many tries stay close together, far below what a network hides."""
    make_holder(party_card="29.104857")

    def median(typed: Callable[[int], str]) -> float:
        times = []
        for number in range(40):
            SignInGuard.objects.all().delete()
            begun = perf_counter()
            refusal(typed(number))
            times.append(perf_counter() - begun)
        return sorted(times)[20]

    known, unknown = median(lambda number: "29.104857"), median(lambda number: f"30.{number:06}")
    assert abs(known - unknown) < 0.005


@pytest.mark.django_db(transaction=True)
def test_of_twenty_wrong_codes_at_once_three_are_looked_at_and_twenty_are_counted():
    make_holder(party_card="29.104857")

    def guess(number: int) -> str:
        try:
            signing_in.by_code("29.104857", WRONG, now=NOON)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(guess, range(20)))
    assert answers == ["blocked"] * 17 + ["wrong"] * 3
    assert list(SignInGuard.objects.values_list("misses", flat=True)) == [3, 3]
    assert WrongCodes.objects.get().count == 20


# --- Sessions --------------------------------------------------------------------------------------------------------
def test_ended_sessions_are_remembered_one_by_one_up_to_a_limit():
    user = make_user()
    stamp = user.session_stamp
    for number in range(signing_in.MOST_ENDED):
        signing_in.end_session(user, f"session{number}")
    user.refresh_from_db()
    assert user.ended_sessions == [f"session{number}" for number in range(signing_in.MOST_ENDED)]
    assert user.session_stamp == stamp
    signing_in.end_session(user, "one more")
    user.refresh_from_db()
    assert user.ended_sessions == []
    assert user.session_stamp != stamp


def test_a_session_without_a_number_ends_with_all_others():
    user = make_user()
    stamp = user.session_stamp
    signing_in.end_session(user, "")
    assert User.objects.get(pk=user.pk).session_stamp != stamp
