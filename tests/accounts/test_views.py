from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from accounts import slips
from accounts.models import SignInGuard, User
from contest.foundations.logs import HideSecrets
from tests.builders import NOON, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What our own handler writes."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(HideSecrets())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def issue(user: User | None = None, **fields: Any) -> slips.Issued:
    return slips.issue(user or make_user(), by=None, now=NOON, **fields)[0]


def who(client: Client) -> User | None:
    user: Any = client.get("/sign-out/").wsgi_request.user
    return user if user.is_authenticated else None


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The link --------------------------------------------------------------------------------------------------------
def test_a_void_link_gets_a_friendly_page_and_signs_nobody_in(client):
    user = make_user()
    old = issue(user)
    issue(user)
    for link in (f"/s/{old.token}/", f"/s/{'x' * 22}/"):
        for response in (client.get(link), client.post(link)):
            assert response.status_code == 404
            assert "Phiếu này không còn hiệu lực" in page(response)
    assert who(client) is None


def test_opening_a_link_signs_nobody_in_and_names_nobody(client):
    user = make_user("Nguyễn Thị Hương", phone="0912345678")
    issued = issue(user)
    for response in (client.get(f"/s/{issued.token}/"), client.head(f"/s/{issued.token}/")):
        assert response.status_code == 200
        assert "sessionid" not in response.cookies
    assert "Hương" not in page(client.get(f"/s/{issued.token}/"))
    assert who(client) is None
    assert User.objects.get(pk=user.pk).signed_in_at is None


def test_the_button_signs_in_and_leads_to_the_front_page(client):
    user = make_user()
    response = client.post(f"/s/{issue(user).token}/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert who(client) == user


def test_the_button_leads_on_to_where_the_person_was_going_but_never_to_another_site(client):
    issued = issue()
    for asked, led in (
        ("/c/chi-thi-24/", "/c/chi-thi-24/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:1", "/"),
    ):
        assert client.post(f"/s/{issued.token}/", {"next": asked})["Location"] == led


def test_scanning_again_leads_straight_in(client):
    issued = issue()
    client.post(f"/s/{issued.token}/")
    assert client.get(f"/s/{issued.token}/?next=/c/x/")["Location"] == "/c/x/"


def test_another_persons_slip_says_whom_it_would_sign_out_and_the_button_does(client):
    mother, son = make_user("Nguyễn Thị Hương"), make_user("Lê Nam")
    client.post(f"/s/{issue(mother).token}/")
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    link = f"/s/{issue(son).token}/"
    assert "Máy này đang đăng nhập tên Nguyễn Thị Hương" in page(client.get(link))
    client.post(link)
    assert (who(client), who(copied)) == (son, None)


def test_the_page_of_a_link_is_stored_nowhere_and_tells_nobody_its_address(client):
    link = f"/s/{issue().token}/"
    void = client.get(f"/s/{'x' * 22}/")
    for response in (client.get(link), client.post(link), void):
        assert response["Cache-Control"] == "no-store, private"
        assert response["Referrer-Policy"] == "strict-origin"
        assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_the_address_without_its_secret_leads_to_the_sign_in(client):
    assert client.get("/s/")["Location"] == "/sign-in/"


def test_a_form_from_another_site_signs_nobody_in():
    client = Client(enforce_csrf_checks=True)
    link = f"/s/{issue().token}/"
    token = client.get(link).cookies["csrftoken"].value
    for origin in ("https://evil.example", "null"):
        assert client.post(link, {"csrfmiddlewaretoken": token}, HTTP_ORIGIN=origin).status_code == 403
    assert client.post(link).status_code == 403
    assert client.post(link, {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="http://testserver").status_code == 302


def test_no_log_line_has_the_secret(client, log, caplog):
    caplog.set_level(logging.DEBUG)
    issued = issue()
    for path in (f"/s/{issued.token}/", f"/s/{issued.token}x/", f"/s/{issued.token}/more/", f"/s/{issued.token}"):
        client.get(path)
        client.post(path)
        client.get("/sign-in/", headers={"referer": f"http://testserver/s/{issued.token}/"})
    client.raise_request_exception = False
    # A page that breaks while the database is away is the other line that carries an address.
    with connection.execute_wrapper(broken):
        assert client.get(f"/s/{issued.token}/").status_code == 500
    written = log.getvalue()
    assert "/s/…" in written
    assert issued.token not in written
    assert issued.code not in written


def broken(*_args: Any) -> None:
    raise RuntimeError("broken")


def test_the_first_sign_in_is_remembered_and_no_other(client):
    user = make_user()
    issued = issue(user)
    before = datetime.now(UTC)
    client.post(f"/s/{issued.token}/")
    first = User.objects.get(pk=user.pk).signed_in_at
    assert first is not None
    assert before <= first <= datetime.now(UTC)
    Client().post(f"/s/{issued.token}/")
    assert User.objects.get(pk=user.pk).signed_in_at == first


def test_signing_in_by_link_takes_few_queries(client, django_assert_num_queries):
    issued = issue()
    with django_assert_num_queries(2):  # the slip with its person, and the first sign-in
        client.post(f"/s/{issued.token}/")
    with django_assert_num_queries(1):
        Client().post(f"/s/{issued.token}/")


# --- The number and the code -----------------------------------------------------------------------------------------
def test_what_is_no_code_at_all_is_not_counted_as_a_guess(client):
    issue(make_user(party_card="29.104857"))
    answer = page(client.post("/sign-in/", {"identifier": "29.104857", "code": "K7M4-TX0R"}))
    assert "tám chữ và số" in answer or "The code has eight letters" in answer
    assert SignInGuard.objects.count() == 0


def test_a_wrong_code_stays_on_the_page_with_the_sentence(client):
    issue(make_user(party_card="29.104857"), code="K7M4TX9R")
    answer = client.post("/sign-in/", {"identifier": "29.104857", "code": "K7M4TX9S"})
    assert (answer.status_code, "Số và mã không khớp nhau" in page(answer)) == (200, True)
    assert 'value="29.104857"' in page(answer)
    assert who(client) is None


def test_the_number_and_the_code_sign_in(client):
    user = make_user(party_card="29.104857")
    issue(user, code="K7M4TX9R")
    answer = client.post("/sign-in/?next=/c/x/", {"identifier": "29.104857", "code": "k7m4-tx9r"})
    assert answer["Location"] == "/c/x/"
    assert who(client) == user


def test_whoever_is_signed_in_is_named_and_can_change_to_another(client):
    mother, son = make_user("Nguyễn Thị Hương"), make_user("Lê Nam", party_card="2")
    client.post(f"/s/{issue(mother).token}/")
    assert "Máy này đang đăng nhập tên <b>Nguyễn Thị Hương</b>." in page(client.get("/sign-in/"))
    issue(son, code="K7M4TX9R")
    client.post("/sign-in/", {"identifier": "2", "code": "K7M4TX9R"})
    assert who(client) == son


def test_five_hundred_people_sign_in_from_one_address_within_a_minute():
    people = [make_user(party_card=f"29.{number:06}") for number in range(500)]
    begun = datetime.now(UTC)
    for number, issued in enumerate(slips.issue(people, by=None, now=NOON)):
        client = Client(REMOTE_ADDR="203.0.113.7")
        if number % 2:
            answer = client.post("/sign-in/", {"identifier": issued.slip.user.party_card, "code": issued.code})
        else:
            answer = client.post(f"/s/{issued.token}/")
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert User.objects.filter(signed_in_at__gte=begun).count() == 500
    assert datetime.now(UTC) - begun < timedelta(minutes=1)


# --- Out -------------------------------------------------------------------------------------------------------------
def test_nobody_is_signed_out_by_opening_a_page(client):
    user = make_user()
    client.post(f"/s/{issue(user).token}/")
    client.get("/sign-out/")
    client.get("/account/logout/")
    assert who(client) == user


def test_signing_out_leads_to_the_sign_in_and_says_so(client):
    client.post(f"/s/{issue().token}/")
    answer = client.post("/sign-out/", follow=True)
    assert answer.redirect_chain == [("/sign-in/", 302)]
    assert "Đồng chí đã đăng xuất khỏi máy này." in page(answer)


def test_signing_out_by_allauths_address_is_the_same(client):
    client.post(f"/s/{issue().token}/")
    copied = Client()
    copied.cookies["sessionid"] = client.cookies["sessionid"].value
    client.post("/account/logout/")
    assert (who(client), who(copied)) == (None, None)


# --- Without Redis ---------------------------------------------------------------------------------------------------
WITHOUT_REDIS = """
import django
django.setup()
from django.conf import settings
from django.test import Client
from accounts import slips
from accounts.models import User
settings.ALLOWED_HOSTS.append("testserver")
codes = []
for door, given in {doors!r}:
    client = Client()
    answer = client.post(door, given)
    codes.append((answer.status_code, answer["Location"], "sessionid" in answer.cookies))
    codes.append(client.post("/sign-out/").status_code)
print(codes)
"""


@pytest.mark.django_db(transaction=True)
def test_people_sign_in_and_out_while_redis_is_away():
    user = make_user(party_card="29.104857", email="huong@example.vn")
    user.set_password("một mật khẩu dài")
    user.save()
    issued = issue(user)
    doors = [
        (f"/s/{issued.token}/", {}),
        ("/sign-in/", {"identifier": "29.104857", "code": issued.code}),
        ("/account/login/", {"login": "huong@example.vn", "password": "một mật khẩu dài"}),
    ]
    database = connection.settings_dict
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + database["NAME"]
    env = {
        **os.environ,
        "DATABASE_URL": address,
        "REDIS_URL": "redis://127.0.0.1:1",
        "DJANGO_SETTINGS_MODULE": "contest.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_REDIS.format(doors=doors)],
        env=env, cwd=django_settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == str([(302, "/", True), 302] * 3), done.stderr
