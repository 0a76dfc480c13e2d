"""Settings that contradict each other are told."""

import pytest
from django.test import override_settings

from contest import checks

GOOD = {
    "DEMO": False,
    "ALLOWED_HOSTS": ["contest.example"],
    "SECRET_KEY": "one",
    "CODE_KEY": "other",
    "FIELD_KEYS": ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="],
    "MFA_REQUIRED": True,
    "HTTPS": True,
    "TRUSTED_PROXIES": 1,
    "SITE_URL": "https://contest.example",
    "BENCH": False,
}


def told(**changed):
    with override_settings(**{**GOOD, **changed}):
        found = [check(None) for check in (checks.demo_stays_at_home, checks.keys_are_keys, checks.ready_for_strangers)]
    return [message.id for messages in found for message in messages]


@pytest.mark.parametrize(
    ("changed", "ids"),
    [
        ({}, []),
        ({"DEMO": True}, ["contest.E001"]),
        ({"DEMO": True, "ALLOWED_HOSTS": ["127.0.0.1", "localhost"]}, []),
        ({"CODE_KEY": "one"}, ["contest.E002"]),
        ({"CODE_KEY": "demo"}, ["contest.E006"]),
        ({"CODE_KEY": "demo", "DEMO": True, "ALLOWED_HOSTS": ["localhost"]}, []),
        ({"FIELD_KEYS": []}, ["contest.E003"]),
        ({"FIELD_KEYS": ["short"]}, ["contest.E004"]),
        ({"MFA_REQUIRED": False}, ["contest.W001"]),
        ({"TRUSTED_PROXIES": 0}, ["contest.W002"]),
        ({"SITE_URL": "http://contest.example"}, ["contest.W003"]),
        ({"BENCH": True}, ["contest.E005"]),
    ],
)
def test_each_contradiction_has_its_message(changed, ids):
    assert told(**changed) == ids
