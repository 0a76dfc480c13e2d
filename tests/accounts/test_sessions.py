from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client

from accounts import sessions, signing_in, slips
from accounts.models import User
from tests.builders import NOON, make_user

pytestmark = pytest.mark.django_db
COOKIE = "sessionid"


def signed_in(user: User | None = None, **posted: str) -> Client:
    """A device on which the person has scanned the slip."""
    (issued,) = slips.issue(user or make_user(), by=None, now=NOON)
    client = Client()
    client.post(f"/s/{issued.token}/", posted)
    return client


def copy_of(client: Client) -> Client:
    """Another device, to which the cookie was copied."""
    other = Client()
    other.cookies[COOKIE] = client.cookies[COOKIE].value
    return other


def who(client: Client) -> User | None:
    user: Any = client.get("/sign-out/").wsgi_request.user
    return user if user.is_authenticated else None


def test_a_forged_or_foreign_cookie_is_nobody_and_is_taken_away():
    user = make_user()
    forged = signing.dumps({"_auth_user_id": str(user.pk)}, key="not ours", salt=sessions.SALT)
    for value in (forged, "x", "x" * 32, "a:b:c", "ü" * 9):
        client = Client()
        client.cookies[COOKIE] = value
        response = client.get("/sign-out/")
        assert not response.wsgi_request.user.is_authenticated
        assert response.status_code == 200


def test_a_session_is_over_after_its_time(settings):
    client = signed_in()
    assert who(client) is not None
    settings.SESSION_COOKIE_AGE = -1
    assert who(client) is None


def test_by_slip_nothing_is_kept_on_the_server_and_the_cookie_says_no_more_than_who():
    user = make_user()
    client = signed_in(user)
    assert Session.objects.count() == 0
    said = json.loads(urlsafe_b64decode(client.cookies[COOKIE].value.split(":")[0] + "=="))
    assert said.keys() == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash", "_session_expiry", "number"}
    assert said["_auth_user_id"] == str(user.pk)


def test_whatever_else_a_session_holds_stays_on_the_server_and_goes_with_it():
    store = sessions.SessionStore()
    store["_auth_user_id"] = "1"
    store.save()
    assert ":" in str(store.session_key)
    store["code"] = "K7M4TX9R"
    store.save()
    row = store.session_key
    assert (":" in str(row), Session.objects.count()) == (False, 1)
    assert sessions.SessionStore(row)["code"] == "K7M4TX9R"
    del store["code"]
    store.save()
    assert (":" in str(store.session_key), Session.objects.count()) == (True, 0)
    assert dict(sessions.SessionStore(row).items()) == {}


def test_a_row_gets_another_name_when_somebody_signs_in():
    store = sessions.SessionStore()
    store["code"] = "K7M4TX9R"
    store.save()
    first = store.session_key
    store.cycle_key()
    store.save()
    assert store.session_key != first
    assert [session.session_key for session in Session.objects.all()] == [store.session_key]
    assert sessions.SessionStore(store.session_key)["code"] == "K7M4TX9R"


def test_a_session_that_was_ended_meanwhile_is_not_written_again():
    store = sessions.SessionStore()
    store["code"] = "K7M4TX9R"
    store.save()
    other = sessions.SessionStore(store.session_key)
    other["code"] = "another"
    store.flush()
    with pytest.raises(UpdateError):
        other.save()
    assert Session.objects.count() == 0


def test_signing_out_makes_every_copy_of_the_cookie_useless_and_leaves_other_devices_in():
    user = make_user()
    (issued,) = slips.issue(user, by=None, now=NOON)
    phone, tablet = Client(), Client()
    for device in (phone, tablet):
        device.post(f"/s/{issued.token}/")
    thief = copy_of(phone)
    assert (who(phone), who(tablet), who(thief)) == (user, user, user)
    phone.post("/sign-out/")
    assert (who(phone), who(tablet), who(thief)) == (None, user, None)


def test_signing_out_ends_the_cookie_that_a_session_had_before_it_became_a_row():
    user = make_user(email="huong@example.vn")
    (issued,) = slips.issue(user, by=None, now=NOON)
    phone = Client()
    phone.post(f"/s/{issued.token}/")
    thief = copy_of(phone)
    phone.post("/account/password/reset/", {"email": "huong@example.vn"})
    assert (sessions.is_row(phone.cookies[COOKIE].value), who(phone), who(thief)) == (True, user, user)
    phone.post("/sign-out/")
    assert (who(phone), who(thief)) == (None, None)


def test_signing_out_everywhere_ends_all_sessions():
    user = make_user()
    (issued,) = slips.issue(user, by=None, now=NOON)
    phone, tablet = Client(), Client()
    for device in (phone, tablet):
        device.post(f"/s/{issued.token}/")
    phone.post("/sign-out/", {"everywhere": "1"})
    assert (who(phone), who(tablet)) == (None, None)
    phone.post(f"/s/{issued.token}/")
    assert who(phone) == user


def test_a_new_stamp_and_a_new_password_end_all_sessions():
    user = make_user()
    client = signed_in(user)
    signing_in.end_sessions(user)
    assert who(client) is None
    client = signed_in(user)
    user.set_password("một mật khẩu dài")
    user.save()
    assert who(client) is None


@pytest.mark.parametrize("change", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}])
def test_a_session_by_slip_ends_when_its_person_gets_an_office_or_is_closed(change: dict[str, bool]):
    user = make_user()
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(**change)
    assert who(client) is None


def test_the_check_for_ended_sessions_costs_no_query(django_assert_num_queries):
    client = signed_in()
    with django_assert_num_queries(2):  # the person, and the contest whose name the page bears
        assert who(client) is not None


def test_how_long_a_device_stays_signed_in():
    shared, own = signed_in(), signed_in(own_device="1")
    assert [client.cookies[COOKIE]["max-age"] for client in (shared, own)] == [12 * 3600, 31 * 24 * 3600]
    assert {client.cookies[COOKIE]["httponly"] for client in (shared, own)} == {True}
    assert {client.cookies[COOKIE]["samesite"] for client in (shared, own)} == {"Lax"}
