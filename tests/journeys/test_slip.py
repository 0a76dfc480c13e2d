"""The slip's page in a real browser: what it leaves behind, and what it tells others."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import slips
from accounts.models import User
from tests.browser import Devices
from tests.builders import make_user

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
def test_a_slip_is_scanned(devices: Devices, script: bool) -> None:
    user = make_user(full_name="Nguyễn Thị Hương")
    (issued,) = slips.issue(user, by=None, now=timezone.now())
    phone = devices.phone(java_script_enabled=script)
    told: list[str] = []
    phone.on(
        "request",
        lambda request: told.extend(v for k, v in request.all_headers().items() if k in {"referer", "origin"}),
    )

    phone.goto(f"/s/{issued.token}/")
    assert phone.url == f"{devices.site}/s/" + ("" if script else f"{issued.token}/")
    assert User.objects.get().signed_in_at is None
    phone.get_by_role("button", name="Đăng nhập").click()
    phone.goto("/sign-out/")
    expect(phone.locator("main")).to_contain_text("Nguyễn Thị Hương")
    assert User.objects.get().signed_in_at is not None

    assert issued.token not in " ".join(told)
    assert f"{devices.site}/" in told
    phone.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    expect(phone.locator("main")).to_contain_text("Đồng chí đã đăng xuất khỏi máy này.")
