"""A unit manager with a phone: who has not done it yet, to call, to export, to print slips for; and no marks."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from accounts.models import User
from contest.rounds.models import Entrant
from tests.browser import Devices, overflow
from tests.builders import make_result
from tests.journeys.scene import Scene

pytestmark = pytest.mark.browser


def tile(page: Page, title: str) -> str:
    """The figure below a heading."""
    return page.locator(".tile", has=page.get_by_role("heading", name=title, exact=True)).locator("b").inner_text()


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    """The name and the content of what a button gives."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=re.compile(button)).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def test_a_manager_sees_who_is_missing_calls_exports_and_prints_slips(devices: Devices) -> None:
    scene = Scene(results=0)
    manager = scene.manages(scene.commune)
    done = scene.joins("Trần Thị Bích Liên", phone="0912345601")
    doing = scene.joins("Lê Minh Khôi", phone="0912345602")
    scene.joins("Phùng Văn Sửu", phone="0912345603")
    scene.joins("Đỗ Thị Ánh", unit=scene.neighbours)
    stranger = scene.joins("Người Nơi Khác", unit=scene.elsewhere)
    User.objects.filter(pk__in=[done.user.pk, doing.user.pk]).update(signed_in_at=timezone.now())
    assert done.entrant
    make_result(done.entrant, scene.open, points=300)
    scene.agrees(doing)
    scene.starts(doing)

    # In by the own slip, which leads to the desk
    phone = devices.phone()
    phone.goto(manager.link)
    phone.get_by_role("button", name="Đăng nhập").click()
    phone.get_by_role("link", name="Vào bàn làm việc").click()
    expect(phone).to_have_url(re.compile(scene.path("desk/")))
    assert overflow(phone) == 0

    # Live figures of the own units
    assert (tile(phone, "Đã hoàn thành"), tile(phone, "Đang làm bài"), tile(phone, "Chưa bắt đầu")) == (
        "25,00%",
        "1",
        "2",
    )
    people = phone.locator(".rows > li b")
    assert people.all_inner_texts() == ["Đỗ Thị Ánh", "Lê Minh Khôi", "Phùng Văn Sửu"]
    expect(phone.get_by_role("link", name="Gọi Phùng Văn Sửu")).to_have_attribute("href", "tel:0912345603")
    phone.get_by_label("Trạng thái").select_option("handed_in")
    phone.get_by_role("button", name="Lọc").click()
    assert people.all_inner_texts() == ["Trần Thị Bích Liên"]
    page = phone.locator("main").inner_text()
    assert re.findall(r"\d+ ?điểm|\d+/4|\b300\b", page) == []
    assert "Người Nơi Khác" not in page

    # The list to take along
    phone.get_by_label("Trạng thái").select_option("unfinished")
    phone.get_by_role("button", name="Lọc").click()
    name, sheet = downloaded(phone, "Danh sách Excel")
    cells = [
        cell
        for row in CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
        for cell in row
    ]
    everybody = set(User.objects.values_list("full_name", flat=True))
    assert [cell for cell in cells if cell in everybody] == ["Đỗ Thị Ánh", "Lê Minh Khôi", "Phùng Văn Sửu"]
    assert "0912345603" in cells
    assert name.endswith(".xlsx")

    # Slips: eight a page, one for each who never signed in, in the order of units and names; then for everybody
    phone.get_by_role("link", name=re.compile("In phiếu cho 2 người")).click()
    name, sheets = downloaded(phone, "In 2 phiếu")
    assert faces(sheets) == (1, ["Phùng Văn Sửu", "Đỗ Thị Ánh"])
    assert name.endswith(".pdf")
    for number in range(8):
        scene.joins(f"Hoàng Văn {'ABCDEGHI'[number]}")
    phone.goto(scene.path("desk/?show=people"))
    phone.goto(scene.path("desk/slips/?show=people"))
    _name, sheets = downloaded(phone, "In lại cho cả 12 người")
    assert faces(sheets)[0] == 2
    assert len(faces(sheets)[1]) == 12

    # What is not theirs is not there
    devices.expect("status of 404")
    assert stranger.entrant
    for path in (
        f"desk/people/{stranger.entrant.pk}/",
        f"desk/?unit={scene.elsewhere.pk}",
        f"desk/slips/?unit={scene.district.pk}",
    ):
        answer = phone.goto(scene.path(path))
        assert answer is not None
        assert (path, answer.status) == (path, 404)


def faces(pdf: bytes) -> tuple[int, list[str]]:
    """How many pages, and whose names in which order."""
    reader = PdfReader(io.BytesIO(pdf))
    text = "\n".join(page.extract_text() for page in reader.pages)
    named = {str(name): text.find(str(name)) for name in Entrant.objects.values_list("user__full_name", flat=True)}
    return len(reader.pages), sorted((name for name, at in named.items() if at >= 0), key=lambda name: named[name])


def test_the_figures_are_live(devices: Devices) -> None:
    scene = Scene(results=0)
    manager = scene.manages(scene.cell)
    person = scene.joins("Lê Minh Khôi", phone="0912345602")
    phone = devices.phone()
    phone.clock.install()
    phone.goto(manager.link)
    phone.get_by_role("button", name="Đăng nhập").click()
    phone.goto(scene.path("desk/"))
    assert tile(phone, "Đang làm bài") == "0"
    scene.agrees(person)
    attempt = scene.starts(person)
    phone.clock.fast_forward(timedelta(minutes=2).seconds * 1000)
    expect(phone.locator("#figures")).to_contain_text(re.compile(r"Đang làm bài\s*1"))
    assert attempt.pk
