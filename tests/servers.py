"""One real PostgreSQL and one real Valkey for the whole run; each worker has its own database and key prefix.

Loaded by pytest before the settings are read. TEST_RUN=name keeps runs apart that share a checkout.
"""

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RUN = os.environ.get("TEST_RUN", "")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
SERVERS: Any = None
STATIC = ROOT / "var" / "test" / "static"
STATIC.mkdir(parents=True, exist_ok=True)

os.environ.update(
    {
        "SECRET_KEY": "tests",
        "CODE_KEY": "tests",
        "FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "DEBUG": "0",
        "HTTPS": "0",
        "STATIC_MANIFEST": "0",
        "MFA_REQUIRED": "0",
        "LOG_LEVEL": "WARNING",
        "REDIS_PREFIX": f"test-{RUN}-{WORKER}:",
        "TEST_DATABASE": f"test_contest_{RUN}" if RUN else "test_contest",
        "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
        "STATIC_ROOT": str(STATIC),
        "MEDIA_ROOT": str(ROOT / "var" / "test" / "media"),
    }
)
if not WORKER and not ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
    from contest.embedded import servers

    SERVERS = servers(ROOT / "var" / "test", durable=False)
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = SERVERS.database_url, SERVERS.redis_url


def pytest_runtest_setup() -> None:
    """Each test begins in the platform's language, whatever the pages were in that the last one read."""
    from django.utils import translation

    translation.deactivate()


def pytest_unconfigure(config: Any) -> None:
    """Stop what was started here."""
    if SERVERS is not None:
        SERVERS.stop()
