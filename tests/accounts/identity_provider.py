"""A real OpenID Connect provider in a process of its own: `python -m tests.accounts.identity_provider DIRECTORY`.

Reads on its input, as JSON, whom it vouches for ({username: claims}) and where the codes go; answers with its address.
Every password there is PASSWORD.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

PASSWORD = "mật khẩu bên kia"
CLIENT, SECRET = "contest", "only-for-tests"
PEOPLE: dict[str, dict[str, Any]] = {}


def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return kept.decode()


def configure(directory: Path) -> None:
    settings.configure(
        SECRET_KEY="the provider's",
        ALLOWED_HOSTS=["127.0.0.1"],
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(directory / "provider.sqlite3")}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
            "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_URL="account_login",
        ACCOUNT_EMAIL_VERIFICATION="none",
        IDP_OIDC_PRIVATE_KEY=private_key(),
        IDP_OIDC_ADAPTER="__main__.vouching_adapter",
    )  # fmt: skip
    django.setup()
    settings.ROOT_URLCONF = (path("", include("allauth.idp.urls")), path("accounts/", include("allauth.urls")))
    call_command("migrate", verbosity=0)


def vouching_adapter() -> Any:
    """allauth's adapter, which says of a person what the test wants said."""
    from allauth.idp.oidc.adapter import DefaultOIDCAdapter

    class Vouching(DefaultOIDCAdapter):
        def get_claims(self, purpose: Any, user: Any, client: Any, scopes: Any, **kwargs: Any) -> dict[str, Any]:
            return {**super().get_claims(purpose, user, client, scopes, **kwargs), **PEOPLE[user.username]}

    return Vouching()


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    PEOPLE.update(asked["people"])
    configure(Path(sys.argv[1]))
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.wsgi import get_wsgi_application

    for username in PEOPLE:
        User.objects.create_user(username, password=PASSWORD)
    Client.objects.create(
        id=CLIENT, name="Contest", secret=make_password(SECRET), scopes="openid\nprofile\nemail", skip_consent=True,
        redirect_uris=asked["redirect_uri"],
    )  # fmt: skip
    with make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Server, handler_class=Quiet) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
