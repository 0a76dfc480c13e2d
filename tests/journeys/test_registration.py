"""Somebody whom nobody has listed takes part in an open contest."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from contest.rounds.models import Consent, Contest, Entrant
from tests.browser import Devices, overflow
from tests.builders import make_consent_text
from tests.journeys.scene import DAY, RIGHT, Scene

pytestmark = pytest.mark.browser


def opened() -> Scene:
    """A contest that everyone may enter, which asks for three consents."""
    scene = Scene(questions=2, prediction="none", results=0)
    Contest.objects.filter(pk=scene.contest.pk).update(entry="open")
    for kind in ("publishing", "keeping"):
        make_consent_text(scene.contest, kind, published_at=scene.now - 9 * DAY)
    return scene


def test_a_citizen_registers_keeps_the_code_and_takes_the_quiz(devices: Devices) -> None:
    scene = opened()
    devices.expect("status of 400")
    phone = devices.phone()
    phone.goto("/")
    phone.get_by_role("link", name="Chưa có phiếu? Đăng ký").click()
    expect(phone.get_by_role("checkbox")).to_have_count(3)
    for box in phone.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
    assert overflow(phone) == 0

    # What is missing is said at its field, and nothing typed is lost
    phone.get_by_label("Họ và tên").fill("Lê Minh Khôi")
    phone.get_by_label("Ngày sinh hoặc năm sinh").fill("25/11/2001")
    phone.get_by_role("button", name="Đăng ký và dự thi").click()
    expect(phone.get_by_text("Cần đồng ý nội dung này mới dự thi được.")).to_be_visible()
    expect(phone.get_by_label("Họ và tên")).to_have_value("Lê Minh Khôi")
    for box in phone.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()

    # The unit by a part of its name, without diacritics
    phone.get_by_label("Điện thoại").fill("0168 912 3456")
    phone.get_by_text("Không", exact=True).click()
    phone.get_by_role("searchbox", name="Tìm").fill("ngoc dong")
    phone.locator(".pick", has_text="Chi bộ thôn Ngọc Động").click()
    phone.get_by_label("Tôi đồng ý: Tham gia dự thi").check()
    phone.get_by_role("button", name="Đăng ký và dự thi").click()

    # The code is shown once; with it and the phone one comes in anywhere
    expect(phone.get_by_role("heading", name="Đăng ký xong")).to_be_visible()
    code = phone.locator("#code").inner_text()
    entrant = Entrant.objects.select_related("user").get()
    assert (entrant.user.full_name, entrant.user.phone, entrant.unit_id, entrant.origin) == (
        "Lê Minh Khôi",
        "0389123456",
        scene.cell.pk,
        "registered",
    )
    assert list(Consent.objects.values_list("text__kind", flat=True)) == ["taking_part"]
    with phone.expect_download() as coming:
        phone.get_by_role("link", name="Lưu phiếu dự thi").click()
    assert coming.value.suggested_filename.endswith(".pdf")

    desktop = devices.desktop()
    desktop.goto("/sign-in/")
    desktop.get_by_role("textbox", name="Số thẻ").fill("0389123456")
    desktop.get_by_role("textbox", name="Mã cá nhân").fill(code)
    desktop.get_by_role("button", name="Đăng nhập", exact=True).click()
    desktop.get_by_role("link", name="Vào vòng thi", exact=True).click()
    desktop.get_by_role("button", name="Bắt đầu làm bài").first.click()
    desktop.locator(".is-on .q:not([hidden]) .opt", has_text=RIGHT).click()
    expect(desktop.locator("[data-save-text]")).to_have_text(re.compile("^Đã lưu"))


def test_whoever_may_be_in_already_is_shown_the_way_back_and_not_refused(devices: Devices) -> None:
    scene = opened()
    scene.joins("Lê Minh Khôi", phone="0389123456", birth_year=2001)
    devices.expect("status of 409")
    phone = devices.phone()
    phone.goto(scene.path("register/"))
    phone.get_by_label("Họ và tên").fill("Lê Thị Mai")
    phone.get_by_label("Ngày sinh hoặc năm sinh").fill("2003")
    phone.get_by_label("Điện thoại").fill("0389123456")
    phone.get_by_text("Có", exact=True).click()
    phone.get_by_role("searchbox", name="Tìm").fill("Chi bộ Tổ dân phố 12")
    phone.get_by_label("Đơn vị của tôi không có trong danh sách").check()
    phone.get_by_label("Tôi đồng ý: Tham gia dự thi").check()
    phone.get_by_role("button", name="Đăng ký và dự thi").click()
    expect(phone.get_by_role("heading", name="Có thể đồng chí đã đăng ký rồi")).to_be_visible()
    expect(phone.get_by_label("Tôi đồng ý: Tham gia dự thi")).to_be_checked()
    phone.get_by_role("checkbox", name="Tôi là người khác").check()
    phone.get_by_role("button", name="Đăng ký và dự thi").click()
    expect(phone.get_by_role("heading", name="Đăng ký xong")).to_be_visible()
    assert sorted(Entrant.objects.values_list("unit_claim", flat=True)) == ["", "Chi bộ Tổ dân phố 12"]
