"""Judging in a real browser: a sheet that saves itself, two windows, keys, a lock, a discrepancy and its chair."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from contest.judging import concluding
from contest.judging.models import Criterion, Level, Sheet
from tests.browser import DESKTOP, PHONE, Devices, overflow
from tests.contest.judging.test_views import Desk
from tests.contest.results.builders import make_sheet

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")  # a directory for pictures of the pages


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


def prepared(**fields: object) -> Desk:
    """An open blind stage; the rubric has levels and wants comments."""
    desk = Desk(is_blind=True, judges_per_entry=2, **fields)
    desk.contest.mark = "24"
    desk.contest.save()
    first = Criterion.objects.get(code="A")
    Criterion.objects.filter(pk=first.pk).update(title="Tính mới, sáng tạo", comment_at_maximum=True)
    Level.objects.create(criterion=first, points=40, title="Tốt", description="Cách làm chưa có ở đơn vị")
    return desk


def test_a_sheet_saves_itself_and_two_windows_see_each_other(devices: Devices) -> None:
    desk = prepared()
    desk.assignments[1].delete()
    devices.expect("409")
    page = signed_in(devices, desk.seats[0].user, **DESKTOP)
    page.goto(f"/c/{desk.contest.slug}/judging/")
    shot(page, "judging-list")
    page.get_by_role("link", name=desk.entry.code).click()
    expect(page.get_by_role("heading", name=desk.entry.title)).to_be_visible()
    assert "Rất Riêng" not in page.content()

    # By the slider, by the keys, by typing
    points = page.locator("[data-points]")
    page.locator("[data-range]").first.fill("30")
    expect(points.first).to_have_value("30")
    points.first.press("ArrowUp")
    expect(points.first).to_have_value("30,5")
    points.nth(1).fill("20")
    expect(page.locator("[data-total]")).to_have_text("50,5")
    expect(page.locator("[data-status]")).to_contain_text("Bản nháp lưu")
    assert Sheet.objects.get().marks.count() == 2
    shot(page, "judging-sheet")
    assert overflow(page) == 0

    # Another window saves; this one is told and overwrites nothing
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[data-points]").first.fill("40")
    expect(other.locator("[data-status]")).to_contain_text("Bản nháp lưu")
    expect(other.locator("[data-status]")).to_contain_text(":")
    expect(other.locator("[name=revision]")).to_have_value("2")
    points.first.fill("1")
    expect(page.locator("[data-status]")).to_contain_text("cửa sổ khác")
    assert float(Sheet.objects.get().marks.get(criterion__code="A").points) == 40

    # Over the maximum, a comment that is needed, the lock
    other.locator("[data-points]").first.fill("61")
    expect(other.locator("[data-fault]").first).to_contain_text("60")
    other.locator("[data-points]").first.fill("60")
    expect(other.locator("[name=revision]")).to_have_value("3")
    other.get_by_role("button", name="Chốt, sang bài tiếp").click()
    expect(other.locator("[data-fault]").first).to_contain_text("nhận xét")
    shot(other, "judging-refused")
    other.locator("textarea").first.fill("Chưa đâu có")
    other.get_by_role("button", name="Chốt, sang bài tiếp").click()
    expect(other.get_by_text("Đã chốt phiếu")).to_be_visible()
    assert Sheet.objects.get().total == 80


def test_on_a_phone_and_without_script_the_sheet_is_a_plain_form(devices: Devices) -> None:
    desk = prepared()
    phone = signed_in(devices, desk.seats[0].user, **PHONE)
    phone.goto(desk.url("sheet"))
    assert overflow(phone) == 0
    shot(phone, "judging-phone")
    found = Axe().run(phone)
    assert found.violations_count == 0, found.generate_report()
    plain = signed_in(devices, desk.seats[0].user, **DESKTOP, java_script_enabled=False)
    plain.goto(desk.url("sheet"))
    plain.locator("[data-points]").first.fill("33,5")
    plain.get_by_role("button", name="Lưu nháp").click()
    expect(plain.get_by_text("Đã lưu bản nháp.")).to_be_visible()
    expect(plain.locator("[data-points]").first).to_have_value("33,5")


def test_the_chair_settles_what_judges_disagree_on(devices: Devices) -> None:
    desk = prepared()
    for assignment in desk.assignments:
        assignment.delete()
    for seat, total in zip(desk.seats[:2], (50, 90), strict=True):
        make_sheet(desk.candidate, seat, {"A": total * 0.6, "B": total * 0.4}, at=desk.now - timedelta(minutes=5))
    concluding.conclude(desk.stage, now=desk.now)
    page = signed_in(devices, desk.seats[0].user, **DESKTOP)
    page.goto(f"/c/{desk.contest.slug}/judging/")
    page.get_by_role("link", name="Việc của chủ tịch hội đồng").click()
    expect(page.get_by_role("heading", name=desk.entry.title)).to_be_visible()
    shot(page, "judging-chair")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    card = page.locator("section.card").filter(has_text=desk.entry.code)
    card.get_by_label("Lý do").last.fill("Đã trao đổi trong hội đồng")
    card.get_by_role("button", name="Giữ nguyên điểm").click()
    expect(page.get_by_text("Đã xong.")).to_be_visible()
    desk.candidate.refresh_from_db()
    assert (desk.candidate.outcome, desk.candidate.score) == ("scored", 70)
