"""Settings that contradict each other or the promises of the platform, told by `manage.py check`."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

DEMO_KEY = "demo"
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


@register(Tags.security)
def demo_stays_at_home(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demo's codes are printed in the README, so it answers on this machine alone."""
    strangers = set(settings.ALLOWED_HOSTS) - LOOPBACK
    if settings.DEMO and strangers:
        return [
            Error(
                f"DEMO is on, and ALLOWED_HOSTS names {', '.join(sorted(strangers))}.",
                hint="Unset DEMO.",
                id="contest.E001",
            )
        ]
    return []


@register(Tags.security)
def keys_are_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The keys can be used, and are different ones."""
    found: list[CheckMessage] = []
    if settings.CODE_KEY == settings.SECRET_KEY:
        found.append(
            Error("CODE_KEY and SECRET_KEY are the same.", hint="Make one of its own for each.", id="contest.E002")
        )
    if settings.CODE_KEY == DEMO_KEY and not settings.DEMO:
        found.append(Error("CODE_KEY is the demo's, which everybody knows.", id="contest.E006"))
    if not settings.FIELD_KEYS:
        found.append(Error("FIELD_KEYS is empty: citizen numbers can't be kept.", id="contest.E003"))
    for place, key in enumerate(settings.FIELD_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"Key {place} of FIELD_KEYS is no Fernet key.",
                    hint="32 random bytes, urlsafe base64.",
                    id="contest.E004",
                )
            )
    return found


@register(Tags.security, deploy=True)
def ready_for_strangers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What a deployment open to the world should not lack."""
    found: list[CheckMessage] = []
    if not settings.MFA_REQUIRED:
        found.append(Warning("MFA_REQUIRED is off: a stolen password opens the admin.", id="contest.W001"))
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "HTTPS is on, and no proxy is trusted: every request would look like plain HTTP.",
                hint="Set TRUSTED_PROXIES.",
                id="contest.W002",
            )
        )
    if settings.SITE_URL.startswith("http://") and settings.HTTPS:
        found.append(Warning("SITE_URL is plain HTTP: the QR codes on slips would lead there.", id="contest.W003"))
    if settings.BENCH:
        found.append(Error("BENCH is on: anybody could write into the database.", id="contest.E005"))
    return found
