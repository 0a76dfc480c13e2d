"""Signing in through an OpenID Connect provider, against a real one in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory

from accounts import newcomers, slips
from accounts.models import User
from tests.accounts.identity_provider import CLIENT, PASSWORD, SECRET
from tests.builders import NOON, make_user

pytestmark = pytest.mark.django_db
DOOR = "/account/oidc/vneid/login/"
NUMBER, OTHER_NUMBER = "001170012345", "001170054321"
PEOPLE: dict[str, dict[str, Any]] = {
    "huong": {
        "name": "Nguyễn Thị Hương",
        "citizen_number": NUMBER,
        "email": "huong@example.vn",
        "email_verified": True,
    },
    "nam": {"name": "Lê Nam", "email": "nam@example.vn", "email_verified": True},
    "doubtful": {"name": "Lê Nam", "email": "nam@example.vn", "email_verified": False},
    "twin": {"name": "Lê Nam", "citizen_number": OTHER_NUMBER, "email": "nam@example.vn", "email_verified": True},
    "new": {
        "name": "Trần  Văn Mới",
        "citizen_number": OTHER_NUMBER,
        "birthdate": "1970-09-02",
        "email": "new@example.vn",
    },
    "odd": {"name": "Odd", "citizen_number": "12345", "birthdate": "long ago"},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a provider that vouches for PEOPLE."""
    command = [sys.executable, "-m", "tests.accounts.identity_provider", str(tmp_path_factory.mktemp("provider"))]
    with subprocess.Popen(
        command, cwd=django_settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"people": PEOPLE, "redirect_uri": f"http://testserver{DOOR}callback/"}) + "\n")
        process.stdin.flush()
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(autouse=True)
def _configured(provider: str, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "SCOPE": ["openid", "profile", "email"],
            "APPS": [
                {
                    "provider_id": "vneid",
                    "name": "VNeID",
                    "client_id": CLIENT,
                    "secret": SECRET,
                    "settings": {"server_url": provider, "citizen_claim": "citizen_number"},
                }
            ],
        }
    }


def vouched(username: str, client: Client | None = None, **asked: str) -> tuple[Client, Any]:
    """Our answer to a browser that comes back from the other side, where `username` has signed in."""
    client, browser = client or Client(), requests.Session()
    there = client.post(DOOR, asked)["Location"]
    page = browser.get(there, timeout=10)
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[:1]
    form = {"login": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post(page.url, form, allow_redirects=False, timeout=10)
    while not answer.headers["Location"].startswith("http://testserver"):
        answer = browser.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return client, client.get(f"{back.path}?{back.query}")


def who(client: Client) -> User | None:
    user: Any = client.get("/sign-out/").wsgi_request.user
    return user if user.is_authenticated else None


def make_citizen(number: str = NUMBER, **fields: Any) -> User:
    user = make_user(**fields)
    user.citizen_number = number
    user.save()
    return user


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_it_is_off_by_default(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert client.post(DOOR).status_code == 404
    assert "VNeID" not in page(client.get("/sign-in/"))


def test_the_button_asks_first_and_leads_to_the_provider_by_a_form(client, provider):
    assert "Đăng nhập bằng VNeID" in page(client.get("/sign-in/"))
    assert "Đăng nhập bằng VNeID" in page(client.get("/account/login/"))
    assert client.get(DOOR).status_code == 200
    assert client.post(DOOR)["Location"].startswith(f"{provider}/identity/o/authorize?")


def test_a_forged_answer_signs_nobody_in(client):
    make_citizen()
    answer = client.get(f"{DOOR}callback/?code=made-up&state=made-up")
    assert (answer.status_code, "Chưa đăng nhập được" in page(answer), who(client)) == (401, True, None)
    client.post(DOOR)
    client.get(f"{DOOR}callback/?code=made-up&state=made-up")
    assert who(client) is None


@pytest.mark.parametrize("office", [{"is_staff": True}, {"is_superuser": True}])
@pytest.mark.parametrize("username", ["huong", "nam"])
def test_it_never_opens_a_staff_role(username, office):
    make_citizen(email="nam@example.vn" if username == "nam" else None, **office)
    client, answer = vouched(username)
    assert (answer.status_code, who(client)) == (403, None)
    assert "Đồng chí đăng nhập bằng thư điện tử" in page(answer)
    assert SocialAccount.objects.count() == 0


def test_a_known_account_that_got_an_office_since_is_not_opened():
    user = make_citizen()
    vouched("huong")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client, answer = vouched("huong")
    assert (answer.status_code, who(client)) == (403, None)


def test_nobody_hangs_their_own_identity_on_the_account_of_a_shared_phone():
    user = make_user()
    (issued,) = slips.issue(user, by=None, now=NOON)
    phone = Client()
    phone.post(f"/s/{issued.token}/")
    _client, answer = vouched("huong", phone, process="connect")
    assert (answer["Location"], SocialAccount.objects.count()) == ("/sign-in/", 0)


def test_an_address_that_is_not_verified_is_no_proof():
    make_user(email="nam@example.vn")
    client, answer = vouched("doubtful")
    assert (answer.status_code, who(client)) == (200, None)
    assert "Chưa có trong danh sách" in page(answer)


def test_an_address_does_not_outweigh_another_citizen_number():
    make_citizen(NUMBER, email="nam@example.vn")
    client, _answer = vouched("twin")
    assert who(client) is None


def test_an_inactive_person_does_not_come_in():
    make_citizen(is_active=False)
    client, _answer = vouched("huong")
    assert who(client) is None


def test_a_person_is_known_by_citizen_number_and_from_then_on_by_the_provider():
    user = make_citizen(full_name="Nguyễn Thị Hương")
    client, answer = vouched("huong", next="/c/x/")
    assert (answer["Location"], who(client)) == ("/c/x/", user)
    assert User.objects.get().signed_in_at is not None
    user.citizen_number = ""
    user.save()
    again, _answer = vouched("huong")
    assert who(again) == user
    assert list(SocialAccount.objects.values_list("user", "provider", "extra_data")) == [(user.pk, "vneid", {})]


def test_a_person_is_known_by_verified_address():
    user = make_user(email="nam@example.vn")
    client, _answer = vouched("nam")
    assert who(client) == user


def test_who_is_new_is_offered_registration_and_nothing_is_kept_in_the_clear():
    client, answer = vouched("new")
    assert "Chọn cuộc thi và đăng ký" in page(answer)
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)
    (session,) = Session.objects.all()
    assert OTHER_NUMBER not in str(session.get_decoded())
    request = client.get("/sign-in/").wsgi_request
    assert newcomers.pending(request) == newcomers.Claims("Trần Văn Mới", "02/09/1970", OTHER_NUMBER, "")


def test_who_has_registered_comes_in_by_the_provider_from_then_on():
    client, _answer = vouched("new")
    request = client.get("/sign-in/").wsgi_request
    user = make_user("Trần Văn Mới")
    newcomers.adopt(request, user)
    assert newcomers.pending(request) is None
    again, _answer = vouched("new")
    assert who(again) == user


def test_without_a_provider_there_is_nothing_to_adopt():
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]
    newcomers.adopt(request, make_user())
    assert newcomers.pending(request) is None
    assert SocialAccount.objects.count() == 0


def test_what_cannot_be_read_is_left_out():
    client, _answer = vouched("odd")
    request = client.get("/sign-in/").wsgi_request
    assert newcomers.pending(request) == newcomers.Claims("Odd")


SETTINGS = """
import json
from contest import settings
form_action = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
print(json.dumps([settings.SOCIALACCOUNT_PROVIDERS, form_action]))
"""


def settings_under(**given: str) -> Any:
    env = {"SECRET_KEY": "x", "CODE_KEY": "x", "DATABASE_URL": "postgres://x/x", "REDIS_URL": "redis://x", **given}
    done = subprocess.run(
        [sys.executable, "-c", SETTINGS],
        env=env,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_settings_of_a_provider_and_where_its_form_may_lead():
    server = "https://id.example.vn/realms/vn"
    app = {
        "provider_id": "vneid",
        "name": "VNeID",
        "client_id": "a",
        "secret": "b",
        "settings": {"server_url": server, "citizen_claim": "citizen_number"},
    }
    assert settings_under() == [{}, ["'self'"]]
    assert settings_under(
        OIDC_SERVER_URL=server, OIDC_CLIENT_ID="a", OIDC_CLIENT_SECRET="b", OIDC_SCOPE="openid,cccd"
    ) == [
        {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "SCOPE": ["openid", "cccd"], "APPS": [app]}},
        ["'self'", "https://id.example.vn"],
    ]
