"""An entry in a real browser: a group up to its receipt, drafts that save themselves, two windows, no script."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contest.entries.models import Call, Entry
from tests.browser import Devices, overflow
from tests.builders import make_round
from tests.contest.entries.builders import make_call, make_section
from tests.contest.foundations import strange_files as made
from tests.journeys.scene import DAY, Person, Scene
from tests.journeys.test_entrant import comes_in

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")  # a directory for pictures of the pages
SCRIPT = "<img src=x onerror=\"document.title='hacked'\">"
TEXT = "Mỗi tuần một buổi, tổ công tác mang máy tính đến tận thôn để giúp người dân nộp hồ sơ."


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


class Stage:
    """A call with parts of the form, three people with slips, and the address of the call."""

    def __init__(self) -> None:
        self.scene = Scene(results=0)
        self.lan = self._joins("Trần Thị Lan", "0912345678")
        self.binh = self._joins("Lê Văn Bình", "0987654321")
        self.cuc = self._joins("Phạm Thu Cúc", "0356789012")
        now = self.scene.now
        round = make_round(
            self.scene.contest, kind="initiative", title="Mô hình, sáng kiến", opens_at=now - DAY, closes_at=now + DAY
        )
        self.call: Call = make_call(
            round=round, most_authors=5, undertaking="Chúng tôi cam kết không sao chép.", intro="Nộp **bài dự thi**."
        )
        self.section = make_section(self.call, "Nội dung và cách làm", least=50, most=6000, hint="Nêu rõ các bước.")
        self.figures = make_section(self.call, "Số liệu trước và sau", type="figures", is_required=False)
        self.url = f"/c/{self.scene.contest.slug}/calls/{round.order}/"

    def _joins(self, name: str, phone: str) -> Person:
        person = self.scene.joins(name, phone=phone)
        self.scene.agrees(person)
        return person


@pytest.fixture
def stage(site: str) -> Stage:
    return Stage()


def begins(page: Page, stage: Stage, form: str = "Nhóm") -> Entry:
    """The person registers, and is on the form."""
    page.goto(stage.url)
    page.locator(".pick", has_text=form).first.click()
    page.get_by_role("button", name=re.compile("Đăng ký|Bắt đầu")).first.click()
    expect(page.locator("#title")).to_be_visible()
    return Entry.objects.latest("registered_at")


def names(page: Page, person: Person) -> None:
    box = page.locator("#add-author")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    page.locator("#new_name").fill(person.user.full_name)
    page.locator("#new_number").fill(person.user.phone)
    box.get_by_role("button").click()
    expect(page.locator(".a-name", has_text=person.user.full_name)).to_be_visible()


def is_saved(page: Page) -> None:
    expect(page.locator("[data-saved] span")).to_have_text(re.compile("Đã lưu|[Ll]ưu lúc|Draft saved"))


def test_a_group_goes_from_the_call_to_the_receipt(devices: Devices, stage: Stage, tmp_path: Path) -> None:
    phone = devices.phone()
    comes_in(phone, stage.lan)
    phone.goto(stage.url)
    shot(phone, "call-390")
    assert overflow(phone) == 0
    entry = begins(phone, stage)
    shot(phone, "draft-empty-390")
    names(phone, stage.binh)
    names(phone, stage.cuc)
    phone.locator("#title").fill(f"Tổ lưu động {SCRIPT}")
    area = phone.locator(f"#s{stage.section.pk}")
    area.press_sequentially("Mười chữ")
    expect(phone.locator(f"#s{stage.section.pk}-c")).to_have_text(re.compile(r"^8/6\.000 .*50.* 2 từ"))
    area.fill(TEXT)
    shares = phone.locator("[data-share]")
    for place, share in enumerate(["50", "30", "10"]):
        shares.nth(place).fill(share)
    expect(phone.locator("[data-share-sum]")).to_contain_text("90%")
    expect(phone.locator("[data-share-sum]")).to_have_class(re.compile("is-bad"))
    shares.nth(2).fill("20")
    expect(phone.locator("[data-share-sum]")).not_to_have_class(re.compile("is-bad"))
    phone.get_by_label("Chúng tôi cam kết không sao chép.").check()
    is_saved(phone)
    expect(phone.locator("[data-bar]")).to_have_attribute("data-state", "saved")
    entry.refresh_from_db()
    assert (entry.title, list(entry.authors.values_list("share", flat=True))) == (f"Tổ lưu động {SCRIPT}", [50, 30, 20])
    phone.reload()
    expect(area).to_have_value(TEXT)
    expect(phone.locator("#title")).to_have_value(f"Tổ lưu động {SCRIPT}")
    path = tmp_path / "Thuyết minh & <b>.pdf"
    path.write_bytes(made.pdf())
    phone.locator("[data-choose]").set_input_files([str(path)])
    expect(phone.locator("[data-list] > li")).to_contain_text("đã nhận và kiểm tra")
    shot(phone, "draft-full-390")
    assert overflow(phone) == 0
    phone.get_by_role("button", name="Nộp bài").click()
    expect(phone.get_by_text(Entry.objects.get(pk=entry.pk).versions.get().receipt)).to_be_visible()
    shot(phone, "submitted-390")
    assert overflow(phone) == 0
    desktop = devices.desktop()
    comes_in(desktop, stage.binh)
    desktop.goto("/notices/")
    shot(desktop, "notices-1280")
    desktop.goto(f"/entries/{entry.pk}/")
    shot(desktop, "asked-1280")
    desktop.get_by_role("button", name=re.compile("là tác giả|Xác nhận")).first.click()
    expect(desktop.locator(".a-name", has_text=stage.binh.user.full_name)).to_contain_text("Đã xác nhận")
    assert "hacked" not in {phone.title(), desktop.title()}
    shot(desktop, "submitted-1280")
    assert overflow(desktop) == 0
    entry.refresh_from_db()
    assert (entry.status, entry.version) == ("submitted", 1)


def test_a_window_that_is_behind_is_told_and_loses_nothing(devices: Devices, stage: Stage) -> None:
    devices.expect("409")
    first = devices.desktop()
    comes_in(first, stage.lan)
    entry = begins(first, stage)
    second = first.context.new_page()
    second.goto(first.url)
    first.locator("#title").fill("Từ cửa sổ một")
    is_saved(first)
    second.locator(f"#s{stage.section.pk}").fill(TEXT)
    expect(second.locator("[data-bar]")).to_have_attribute("data-state", "offline")
    shot(second, "stale-1280")
    entry.refresh_from_db()
    assert (entry.title, entry.answers[str(stage.section.pk)]) == ("Từ cửa sổ một", "")
    second.reload()
    expect(second.locator("#title")).to_have_value("Từ cửa sổ một")
    assert TEXT in second.locator(".note textarea").input_value()
    shot(second, "kept-1280")


def test_what_is_typed_without_a_network_is_kept_and_saved_when_it_is_back(devices: Devices, stage: Stage) -> None:
    devices.expect("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    page = devices.phone()
    comes_in(page, stage.lan)
    entry = begins(page, stage)
    page.context.set_offline(True)
    page.locator("#title").fill("Viết khi mất mạng")
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "offline")
    page.context.set_offline(False)
    is_saved(page)
    entry.refresh_from_db()
    assert entry.title == "Viết khi mất mạng"


def test_a_save_whose_answer_was_lost_is_nobody_elses(devices: Devices, stage: Stage) -> None:
    """The save arrives, its answer does not; meanwhile the person goes on typing, and even loads the page anew."""
    devices.expect("ERR_FAILED")
    page = devices.phone()
    comes_in(page, stage.lan)
    entry = begins(page, stage)
    lost = []

    def lose(route) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/save/"), lose)
    page.locator("#title").fill("Lần một")
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "offline")
    page.locator("#title").fill("Lần hai")
    page.reload()
    expect(page.locator("#title")).to_have_value("Lần hai")
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "saved")
    assert lost == [200]
    entry.refresh_from_db()
    assert entry.title == "Lần hai"


def test_without_script_it_is_a_plain_form(devices: Devices, stage: Stage) -> None:
    devices.expect("409")
    page = devices.phone(java_script_enabled=False)
    comes_in(page, stage.lan)
    entry = begins(page, stage, "Cá nhân")
    page.locator("#title").fill("Không cần mã lệnh")
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("#title")).to_have_value("Không cần mã lệnh")
    shot(page, "refused-390")
    page.locator(f"#s{stage.section.pk}").fill(TEXT)
    page.get_by_label("Chúng tôi cam kết không sao chép.").check()
    page.locator(".actbar").get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator(f"#s{stage.section.pk}")).to_have_value(TEXT)
    page.get_by_role("button", name="Nộp bài").click()
    entry.refresh_from_db()
    expect(page.get_by_text(entry.versions.get().receipt)).to_be_visible()
    assert (entry.status, overflow(page)) == ("submitted", 0)
