"""An organizer makes a new contest from nothing in the admin, and somebody from its list takes part."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import User
from contest.foundations.sheets import write_csv
from contest.questions.models import Question
from contest.rounds import calendar, entering
from contest.rounds.models import Contest, Entrant, Period, Quiz
from tests.browser import Devices
from tests.builders import make_contest, make_user
from tests.journeys.scene import RIGHT, WRONG

pytestmark = pytest.mark.browser
PASSWORD = "một hai ba bốn năm"


def staff(full_name: str, email: str) -> User:
    user = make_user(full_name, email=email)
    user.set_password(PASSWORD)
    user.save()
    return user


def at_desk(devices: Devices, email: str) -> Page:
    """A desktop at the admin's first page, signed in by e-mail and password."""
    page = devices.desktop()
    page.goto("/admin/")
    page.get_by_label("thư điện tử").fill(email)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.locator(".desk-title")).to_be_visible()
    return page


def goes(page: Page, name: str) -> None:
    """To a list, by the side bar."""
    page.locator("#nav-sidebar a, aside a, nav a").filter(has_text=re.compile(rf"{name}\s*$")).first.click()


def saves(page: Page) -> None:
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator(".errornote")).to_have_count(0)


def acts(page: Page, name: str, menu: str = "") -> None:
    """Press one of the buttons above a page, of a menu if it is in one."""
    if menu:
        page.locator("#header-inner a", has_text=menu).click()
    page.locator("a:visible", has_text=re.compile(rf"{name}\s*$")).first.click()


def uploads(page: Page, name: str, content: bytes) -> None:
    """Choose a file and look at it."""
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}  # as a person would choose it
    )
    page.get_by_role("button", name="Xem trước").click()


def moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M %d/%m/%Y}"


def test_a_contest_from_nothing(devices: Devices) -> None:
    earlier = make_contest(is_public=False)
    organizer, reviewer = staff("Vũ Thị Lan", "lan@example.vn"), staff("Đỗ Quang Minh", "minh@example.vn")
    for person, role in ((organizer, "organizer"), (reviewer, "editor")):
        entering.appoint(person, earlier, role, by=None, now=timezone.now())
    lan, minh = at_desk(devices, "lan@example.vn"), at_desk(devices, "minh@example.vn")

    # A bank, its questions from a file, looked at before they are taken in
    lan.goto("/admin/questions/bank/add/")
    lan.get_by_label("Tên").fill("Ngân hàng xã Phương Tú")
    saves(lan)
    acts(lan, "Nhập từ tệp")
    rows = [[f"Câu hỏi số {n}?", RIGHT, *WRONG, "A", "Điều 5", "Kỷ cương"] for n in range(1, 6)]
    header = ["Câu hỏi", "Phương án A", "Phương án B", "Phương án C", "Phương án D", "Đáp án", "Giải thích", "Chủ đề"]
    uploads(lan, "cau-hoi.csv", write_csv(header, [*rows, ["Câu thiếu đáp án?", RIGHT, *WRONG, "", "", ""]]))
    expect(lan.get_by_text("Không đọc được đáp án")).to_be_visible()
    assert Question.objects.count() == 0
    lan.get_by_role("button", name="Nhập", exact=True).click()
    expect(lan.locator("#result_list tbody tr")).to_have_count(5)

    # A second person reads them before they are drawn
    goes(lan, "Ngân hàng câu hỏi")
    lan.get_by_role("link", name="Ngân hàng xã Phương Tú").click()
    lan.get_by_text("Thêm một", exact=False).first.click()
    lan.locator("[name=members-1-user]").fill("minh@example.vn")
    lan.locator("[name=members-1-role]").select_option("reviewer")
    saves(lan)
    goes(minh, "Câu hỏi")
    minh.locator("#action-toggle").check()
    minh.locator("select[name=action]").select_option("approve_chosen")
    minh.get_by_role("button", name="Thực hiện").click()
    minh.locator("form.desk-form button[type=submit]").click()
    expect(minh.locator("#result_list tbody tr", has_text="Đã duyệt")).to_have_count(5)
    assert Question.objects.usable().count() == 5

    # The contest, what it asks people to agree to, and its quiz with a topic's quota and a week
    lan.goto("/admin/rounds/contest/add/")
    lan.get_by_label("Tên*").fill("Cuộc thi xã Phương Tú")
    expect(lan.get_by_label("Địa chỉ trang")).to_have_value("cuoc-thi-xa-phuong-tu")
    lan.locator("[name=entry]").select_option("roster")
    lan.locator("[name=is_public]").check()
    saves(lan)
    acts(lan, "Công bố bản xin đồng ý", menu="Thiết lập cuộc thi")
    lan.locator("[name=kind]").select_option("taking_part")
    lan.locator("[name=text]").fill("Tôi đồng ý để Ban Tổ chức dùng thông tin của tôi để tổ chức thi.")
    lan.locator("[name=is_required]").check()
    lan.locator("form.desk-form button[type=submit]").click()
    acts(lan, "Thêm vòng thi", menu="Thiết lập cuộc thi")
    lan.locator("[name=title]").fill("Vòng thi trực tuyến")
    lan.locator("[name=quiz-0-bank]").select_option(label="Ngân hàng xã Phương Tú")
    lan.locator("[name=quiz-0-question_count]").fill("3")
    lan.locator("[name=quiz-0-prediction]").select_option("participants")
    lan.locator("[name=quiz-0-ranking]").select_option("B")
    opens, closes = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(days=7)
    if not lan.locator("[name=periods-0-number]").count():
        lan.get_by_text("Thêm một Kỳ thi").click()
    lan.locator("[name=periods-0-number]").fill("1")
    lan.locator("[name=periods-0-title]").fill("Tuần 1")
    lan.locator("[name=periods-0-opens_at]").fill(moment(opens))
    lan.locator("[name=periods-0-closes_at]").fill(moment(closes))
    saves(lan)
    contest, quiz, period = Contest.objects.get(slug="cuoc-thi-xa-phuong-tu"), Quiz.objects.get(), Period.objects.get()
    assert (quiz.question_count, quiz.prediction, quiz.ranking, str(period)) == (3, "participants", "B", "Tuần 1")
    assert moment(period.opens_at) == moment(opens)
    lan.screenshot(path="/tmp/shots/org1.png", full_page=True)
    acts(lan, "Chỉ tiêu theo chủ đề", menu="Đề thi và đáp án")
