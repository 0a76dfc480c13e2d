"""A live final: a judge marks on a tablet, the secretariat announces, and the hall's screen follows by itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from contest.judging import live
from contest.rounds import entering
from tests.browser import Devices, overflow
from tests.contest.judging.test_live import Final

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")  # a directory for pictures of the pages
HALL = {"viewport": {"width": 1920, "height": 1080}}
# The size of every text that is shown: at 1920 pixels none is below 40.
SMALL = """
[...document.querySelectorAll('main *')].filter(one => [...one.childNodes].some(
    node => node.nodeType === 3 && node.textContent.trim()) && parseFloat(getComputedStyle(one).fontSize) < 39.9
).map(one => one.outerHTML.slice(0, 80))
"""


def signed_in(devices: Devices, user: User, **options: object) -> Page:
    """A page of somebody who is signed in."""
    client = Client()
    client.force_login(user, backend="accounts.signing_in.Backend")
    context = devices.context(**options)
    name, value = next((name, one.value) for name, one in client.cookies.items() if "session" in name)
    context.add_cookies([{"name": name, "value": value, "url": devices.site}])
    return context.new_page()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def test_the_hall_follows_what_is_announced(devices: Devices) -> None:
    final = Final(is_drawn=False)
    final.contest.mark = "24"
    final.contest.save()
    entering.appoint(final.organizer, final.contest, "organizer", by=None, now=datetime.now(UTC))
    now = datetime.now(UTC)
    live.draw(final.stage, by=final.organizer, now=now, seed="2024")
    for order in (1, 2, 3):
        final.enter(order, 1, 0, str(14 + order), now=now)
    first = final.team(1)
    table = f"/c/{final.contest.slug}/live/{final.stage.pk}/"

    # The board before anything
    hall = devices.context(**HALL).new_page()
    hall.goto(f"/c/{final.contest.slug}/hall/{final.stage.pk}/")
    hall.evaluate("window.isTheSame = true")
    expect(hall.locator("tbody tr")).to_have_count(3)
    assert hall.evaluate(SMALL) == []
    shot(hall, "hall-empty")

    # A judge marks on a tablet
    tablet = signed_in(devices, final.judges[0].user, viewport={"width": 820, "height": 1180})
    tablet.goto(table)
    expect(tablet.get_by_role("heading", name=first.entry.title)).to_be_visible()
    tablet.get_by_label("Tiêu chí A").fill("17,5")
    tablet.get_by_role("button", name="Lưu điểm").click()
    expect(tablet.get_by_text("đã lưu điểm")).to_be_visible()
    shot(tablet, "live-judge")

    # The secretariat calls the team and announces mark by mark
    lead = signed_in(devices, final.organizer, viewport={"width": 1280, "height": 900})
    lead.goto(table)
    lead.get_by_role("button", name="Mời đội lên").click()
    expect(hall.locator(".hall-name")).to_have_text(first.entry.title)
    assert "17,5" not in hall.content()
    shot(lead, "live-lead")
    lead.get_by_role("button", name="Công bố điểm tiếp theo").click()
    expect(hall.locator(".marks .new")).to_contain_text("17,5")
    assert hall.evaluate(SMALL) == []
    shot(hall, "hall-mark")
    lead.get_by_role("button", name="Công bố điểm tiếp theo").click()
    expect(hall.locator(".hall-sum")).to_contain_text("16,25")
    shot(hall, "hall-score")
    expect(hall.locator("tr.now")).to_contain_text("16,25", timeout=30_000)
    assert hall.evaluate(SMALL) == []
    assert hall.evaluate("window.isTheSame") is True
    shot(hall, "hall")
    assert overflow(hall) == 0

    # A phone shows the tablet's page as well
    phone = signed_in(devices, final.judges[0].user, viewport={"width": 390, "height": 844})
    phone.goto(f"{table}?team={final.team(2).entry.code}&part=B")
    assert overflow(phone) == 0
    shot(phone, "live-phone")
