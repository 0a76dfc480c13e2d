"""The doors by e-mail: a password, a code, a new password."""

from __future__ import annotations

import re
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts import slips
from accounts.models import SignInGuard, User, WrongCodes
from tests.builders import NOON, make_user

pytestmark = pytest.mark.django_db
PASSWORD, WRONG = "một mật khẩu dài", "một mật khẩu khác"


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_person(email: str = "huong@example.vn", **fields: Any) -> User:
    user = make_user(email=email, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def who(client: Client) -> User | None:
    user: Any = client.get("/sign-out/").wsgi_request.user
    return user if user.is_authenticated else None


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def log_in(
    email: str = "huong@example.vn", password: str = PASSWORD, client: Client | None = None, **extra: Any
) -> Any:
    return (client or Client(**extra)).post("/account/login/", {"login": email, "password": password})


def ask_code(client: Client, email: str = "huong@example.vn", door: str = "login/code") -> Any:
    return client.post(f"/account/{door}/", {"email": email})


def sent_code() -> str:
    (code,) = re.findall(r"^ +([2-9A-Z]{4}-[2-9A-Z]{4})$", str(mail.outbox[-1].body), re.MULTILINE)
    return str(code)


# --- E-mail and password ---------------------------------------------------------------------------------------------
def test_unknown_addresses_and_wrong_passwords_get_the_same_words_and_the_same_delay():
    make_person()
    answers = {}
    for email in ("huong@example.vn", "nobody@example.vn"):
        answers[email] = [
            re.findall(r"Thư điện tử hoặc mật khẩu[^<]*|Nhập sai mật khẩu[^<]*", page(log_in(email, WRONG)))
            for _ in range(4)
        ]
    assert answers["huong@example.vn"] == answers["nobody@example.vn"]
    assert answers["huong@example.vn"] == [
        ["Thư điện tử hoặc mật khẩu chưa đúng."],
        ["Thư điện tử hoặc mật khẩu chưa đúng."],
        ["Thư điện tử hoặc mật khẩu chưa đúng. Đồng chí thử lại sau 5 giây."],
        ["Nhập sai mật khẩu nhiều lần. Đồng chí thử lại sau 5 giây, hoặc nhận mã qua thư điện tử."],
    ]  # fmt: skip
    assert WrongCodes.objects.get().count == 8


def test_the_right_password_is_not_looked_at_before_its_time():
    user = make_person()
    for _number in range(3):
        log_in(password=WRONG)
    client = Client()
    log_in(client=client)
    assert who(client) is None
    SignInGuard.objects.all().delete()
    log_in(client=client)
    assert who(client) == user


def test_wrong_passwords_of_one_account_slow_down_no_other_behind_the_same_address():
    make_person()
    other = make_person("nam@example.vn")
    for _number in range(5):
        log_in(password=WRONG, REMOTE_ADDR="203.0.113.7")
    client = Client(REMOTE_ADDR="203.0.113.7")
    log_in("nam@example.vn", client=client)
    assert who(client) == other


def test_a_hundred_people_sign_in_with_passwords_from_one_address():
    """allauth's own limits would let 30 in a minute, and lock all out after ten wrong passwords of anybody."""
    for number in range(100):
        make_person(f"nguoi{number}@example.vn")
    for _number in range(12):
        log_in("nobody@example.vn", WRONG, REMOTE_ADDR="203.0.113.7")
    answers = [log_in(f"nguoi{number}@example.vn", REMOTE_ADDR="203.0.113.7").status_code for number in range(100)]
    assert answers == [302] * 100


def test_an_inactive_person_does_not_come_in(client):
    make_person(is_active=False)
    assert log_in(client=client)["Location"] == "/account/inactive/"
    assert "Tài khoản này đã khóa" in page(client.get("/account/inactive/"))
    assert who(client) is None


def test_an_address_that_was_corrected_opens_nothing_any_more(client):
    user = make_person()
    ask_code(client)
    client.post("/account/login/code/confirm/", {"code": sent_code()})
    assert who(client) == user
    user.email = "Huong.Moi@Example.vn "
    user.save()
    assert user.email == "huong.moi@example.vn"
    mail.outbox.clear()
    ask_code(Client())
    assert (log_in().status_code, mail.outbox) == (200, [])
    assert log_in("HUONG.MOI@example.vn").status_code == 302
    assert EmailAddress.objects.count() == 0


def test_a_session_by_e_mail_is_kept_on_the_server_and_signing_out_ends_it():
    user, client, copied = make_person(), Client(), Client()
    log_in(client=client)
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    assert (who(copied), Session.objects.count()) == (user, 1)
    client.post("/sign-out/")
    assert (who(copied), Session.objects.count()) == (None, 0)


# --- A code by e-mail ------------------------------------------------------------------------------------------------
def test_the_code_that_was_sent_is_in_no_cookie():
    client = Client()
    make_person()
    ask_code(client)
    assert len(client.cookies["sessionid"].value) == 32
    said = " ".join(cookie.value for cookie in client.cookies.values())
    assert sent_code() not in said


def test_an_old_cookie_brings_no_tries_back():
    make_person()
    client = Client()
    ask_code(client)
    before = client.cookies["sessionid"].value
    answers = []
    for _number in range(4):
        client.cookies["sessionid"] = before
        answers.append(client.post("/account/login/code/confirm/", {"code": "ABCD-2345"}).status_code)
    assert answers == [200, 200, 302, 302]
    client.cookies["sessionid"] = before
    client.post("/account/login/code/confirm/", {"code": sent_code()})
    assert who(client) is None
    assert WrongCodes.objects.get().count == 3


def test_strangers_get_no_mail_and_see_the_same_page():
    make_person()
    known, unknown = Client(), Client()
    answers = []
    for client, email in ((known, "huong@example.vn"), (unknown, "nobody@example.vn")):
        ask_code(client, email)
        answers.append(page(client.get("/account/login/code/confirm/")).replace(email, "…"))
    without_token = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer) for answer in answers]
    assert without_token[0] == without_token[1]
    assert [message.to for message in mail.outbox] == [["huong@example.vn"]]


def test_one_address_gets_few_mails_and_others_behind_the_same_network_are_not_held_up():
    make_person()
    make_person("nam@example.vn")
    for _number in range(5):
        ask_code(Client(REMOTE_ADDR="203.0.113.7"))
    assert ask_code(Client(REMOTE_ADDR="203.0.113.7"), "nam@example.vn").status_code == 302
    assert [message.to[0] for message in mail.outbox] == ["huong@example.vn"] * 3 + ["nam@example.vn"]


def test_the_code_signs_in_whether_typed_with_its_dash_or_not(client):
    user = make_person()
    ask_code(client)
    assert mail.outbox[-1].subject == "Mã đăng nhập"
    answer = client.post("/account/login/code/confirm/", {"code": sent_code().replace("-", "").lower()})
    assert (answer.status_code, who(client)) == (302, user)
    assert User.objects.get().signed_in_at is not None


def test_the_way_leads_on_to_where_the_person_was_going(client):
    make_person()
    answer = client.post("/account/login/code/", {"email": "huong@example.vn", "next": "/c/x/"})
    assert answer["Location"] == "/account/login/code/confirm/?next=%2Fc%2Fx%2F"
    answer = client.post(answer["Location"], {"code": sent_code()})
    assert answer["Location"] == "/c/x/"


def test_when_mail_cannot_be_sent_the_person_is_told(client, monkeypatch):
    make_person()

    def away(*_args: Any, **_kwargs: Any) -> None:
        raise SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    answer = ask_code(client)
    assert (answer.status_code, "Chưa gửi được thư" in page(answer)) == (503, True)


# --- A new password --------------------------------------------------------------------------------------------------
def test_a_new_password_by_a_code_ends_all_other_sessions(client):
    user, elsewhere = make_person(), Client()
    log_in(client=elsewhere)
    assert ask_code(client, door="password/reset").status_code == 302
    assert client.post("/account/password/reset/confirm/", {"code": "ABCD-2345"}).status_code == 200
    assert client.post("/account/password/reset/complete/", {"password1": WRONG, "password2": WRONG}).status_code == 302
    assert User.objects.get().check_password(PASSWORD)
    client.post("/account/password/reset/confirm/", {"code": sent_code()})
    answer = client.post("/account/password/reset/complete/", {"password1": WRONG, "password2": WRONG}, follow=True)
    assert "Đã đặt mật khẩu mới." in page(answer)
    assert who(elsewhere) is None
    log_in(password=WRONG, client=client)
    assert who(client) == user


@pytest.mark.parametrize("password", ["ngắn", "1234567890"])
def test_a_weak_password_is_refused(client, password):
    make_person()
    ask_code(client, door="password/reset")
    client.post("/account/password/reset/confirm/", {"code": sent_code()})
    client.post("/account/password/reset/complete/", {"password1": password, "password2": password})
    assert User.objects.get().check_password(PASSWORD)


# --- What a slip does not open ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    ["password/change/", "password/set/", "2fa/", "2fa/totp/activate/", "2fa/recovery-codes/", "2fa/reauthenticate/"],
)
def test_a_slip_makes_no_further_ways_in(client, path):
    user = make_user()
    (issued,) = slips.issue(user, by=None, now=NOON)
    client.post(f"/s/{issued.token}/")
    answer = client.get(f"/account/{path}")
    assert (answer.status_code, who(client)) == (403, user)
    assert "Phiếu dự thi không mở được trang này" in page(answer)
    assert client.post(f"/account/{path}", {"password1": PASSWORD, "password2": PASSWORD}).status_code == 403
    assert Client().get(f"/account/{path}")["Location"] == f"/account/login/?next=/account/{path}"


@pytest.mark.parametrize("path", ["signup/", "email/", "3rdparty/", "confirm-email/", "social/connections/"])
def test_there_is_no_sign_up_and_no_list_of_addresses(client, path):
    assert client.get(f"/account/{path}").status_code == 404
