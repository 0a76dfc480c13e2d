"""The door of the admin: who comes in, and the second factor."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpRequest, HttpResponse
from django.test import Client

from accounts import slips
from accounts.desk import second_factor_required
from accounts.models import User
from tests.builders import NOON, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "một mật khẩu dài"
DESK, SET_UP = "/admin/", "/account/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def _second_factor(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MFA_REQUIRED = True


def make_organizer(**fields: Any) -> User:
    user = make_user("Lê Văn Tổ", **{"email": "to@example.vn", "is_staff": True, "is_superuser": True, **fields})
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client) -> Any:
    return client.post("/account/login/?next=/admin/", {"login": "to@example.vn", "password": PASSWORD})


def code_now(secret: str, step: int = 0) -> str:
    """What the app shows; each code opens once, so a test takes another step for its second."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def set_up(client: Client) -> str:
    """The second factor is set up; its secret."""
    (secret,) = re.findall(r'<b class="opt-text num">(\w+)</b>', client.get(SET_UP).content.decode())
    assert client.post(SET_UP, {"code": code_now(secret)})["Location"] == "/account/2fa/recovery-codes/"
    return str(secret)


def is_open(client: Client) -> bool:
    return client.get(DESK).status_code == 200


def test_a_stranger_is_led_to_the_sign_in_of_all(client):
    assert client.get(DESK)["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/account/login/?next=%2Fadmin%2F"
    answer = client.post(
        "/admin/login/?next=https://evil.example/", {"username": "to@example.vn", "password": PASSWORD}
    )
    assert answer["Location"] == "/account/login/?next=%2Fadmin%2F"


def test_an_entrant_is_told_that_it_is_not_for_them(client):
    (issued,) = slips.issue(make_user(), by=None, now=NOON)
    client.post(f"/s/{issued.token}/")
    assert client.get(DESK, follow=True).status_code == 403


def test_a_slip_from_before_the_office_opens_nothing(client):
    user = make_user()
    (issued,) = slips.issue(user, by=None, now=NOON)
    client.post(f"/s/{issued.token}/")
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    assert client.get("/admin/login/")["Location"].startswith("/account/login/")
    assert client.post(f"/s/{issued.token}/").status_code == 404


def test_without_a_second_factor_nothing_opens_and_the_way_leads_to_it(client):
    make_organizer()
    log_in(client)
    for path in (DESK, "/admin/accounts/unit/", "/admin/accounts/user/add/"):
        assert client.get(path)["Location"].startswith("/admin/login/?next=")
    answer = client.get(DESK, follow=True)
    assert answer.redirect_chain[-1] == (SET_UP, 302)
    assert "Nhiệm vụ của đồng chí cần xác thực hai lớp" in answer.content.decode()


def test_with_a_second_factor_the_desk_opens_and_from_then_on_it_is_asked_for():
    make_organizer()
    client = Client()
    log_in(client)
    assert not is_open(client)
    secret = set_up(client)
    assert is_open(client)
    assert "Tôi đã cất mã" in client.get("/account/2fa/recovery-codes/").content.decode()

    again = Client()
    assert log_in(again)["Location"].startswith("/account/2fa/authenticate/")
    assert not is_open(again)
    assert again.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not is_open(again)
    assert again.post("/account/2fa/authenticate/", {"code": code_now(secret, 1)})["Location"] == DESK
    assert is_open(again)


def test_a_code_of_the_app_opens_once():
    make_organizer()
    client = Client()
    log_in(client)
    secret = set_up(client)
    code = code_now(secret, 1)
    answers = []
    for _number in range(2):
        device = Client()
        log_in(device)
        answers.append(device.post("/account/2fa/authenticate/", {"code": code}).status_code)
    assert answers == [302, 200]


def test_a_recovery_code_opens_once():
    make_organizer()
    client = Client()
    log_in(client)
    set_up(client)
    code = client.get("/account/2fa/recovery-codes/text/").content.decode().split()[0]
    answers = []
    for _number in range(2):
        device = Client()
        log_in(device)
        answers.append(device.post("/account/2fa/authenticate/", {"code": code}).status_code)
    assert answers == [302, 200]


def test_wrong_codes_of_the_app_are_limited():
    make_organizer()
    client = Client()
    log_in(client)
    secret = set_up(client)
    device = Client()
    log_in(device)
    for _number in range(5):
        device.post("/account/2fa/authenticate/", {"code": "000000"})
    answer = device.post("/account/2fa/authenticate/", {"code": code_now(secret, 1)})
    assert "Nhập sai nhiều lần" in answer.content.decode()
    assert not is_open(device)


def test_whoever_needs_a_second_factor_does_not_give_it_up(client, settings):
    make_organizer()
    log_in(client)
    set_up(client)
    assert "không bỏ được" in client.post("/account/2fa/totp/deactivate/").content.decode()
    assert Authenticator.objects.filter(type="totp").count() == 1
    settings.MFA_REQUIRED = False
    client.post("/account/2fa/totp/deactivate/")
    assert Authenticator.objects.count() == 0


def test_secrets_of_the_second_factor_are_encrypted(client):
    make_organizer()
    log_in(client)
    secret = set_up(client)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert kept.count("gAAAA") == 2


def test_where_no_second_factor_is_asked_for_the_password_opens_the_desk(client, settings):
    settings.MFA_REQUIRED = False
    make_organizer()
    assert log_in(client)["Location"] == DESK
    assert is_open(client)


def test_the_desk_signs_out_as_the_rest_of_the_house_does(client, settings):
    settings.MFA_REQUIRED = False
    make_organizer()
    log_in(client)
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    assert client.get("/admin/logout/")["Location"] == "/sign-out/"
    assert is_open(copied)
    assert client.post("/admin/logout/")["Location"] == "/account/login/"
    assert not is_open(copied)
    assert client.get("/admin/password_change/")["Location"].startswith("/admin/login/")


def test_pages_of_an_office_outside_the_admin_open_as_the_admin_does(client):
    @second_factor_required
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")

    make_organizer()
    log_in(client)
    assert page(client.get("/sign-out/").wsgi_request)["Location"] == SET_UP
    set_up(client)
    assert page(client.get("/sign-out/").wsgi_request).content == b"in"
