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
    expect(minh.get_by_text("Đã duyệt 5 câu hỏi.")).to_be_visible()
    assert Question.objects.usable().count() == 5

    # The contest, what it asks people to agree to, and its quiz with a topic's quota and a week
    lan.goto("/admin/rounds/contest/add/")
    lan.get_by_label("Tên*").fill("Cuộc thi xã Phương Tú")
    lan.keyboard.press("Tab")
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
    contest, quiz, period = Contest.objects.get(is_public=True), Quiz.objects.get(), Period.objects.get()
    assert (quiz.question_count, quiz.prediction, quiz.ranking, str(period)) == (3, "participants", "B", "Tuần 1")
    assert moment(period.opens_at) == moment(opens)
    acts(lan, "Số câu theo chủ đề và đề cố định", menu="Đề thi và đáp án")
    if not lan.locator("[name=quotas-0-count]").count():
        lan.get_by_text("Thêm một số câu theo chủ đề").click()
    lan.locator("[name=quotas-0-topic]").select_option(label="Kỷ cương")
    lan.locator("[name=quotas-0-count]").fill("3")
    saves(lan)
    assert list(quiz.quotas.values_list("topic__name", "count")) == [("Kỷ cương", 3)]

    # Units and people from files, and the people's slips
    goes(lan, "Đơn vị")
    acts(lan, "Nhập từ tệp")
    lines = [["PT", "Đảng bộ xã Phương Tú", ""], ["PT1", "Chi bộ thôn Phí Trạch", "PT"]]
    uploads(lan, "don-vi.csv", write_csv(["Mã đơn vị", "Tên đơn vị", "Mã cấp trên"], lines))
    lan.get_by_role("button", name="Nhập", exact=True).click()
    expect(lan.locator("#result_list")).to_contain_text("Chi bộ thôn Phí Trạch")
    goes(lan, "Cuộc thi")
    lan.get_by_role("link", name="Cuộc thi xã Phương Tú").click()
    acts(lan, "Nhập danh sách người", menu="Danh sách và phiếu")
    header = ["Họ và tên", "Năm sinh", "Số điện thoại", "Mã đơn vị"]
    people = [["Nguyễn Thị Hòa", "1970", "0912345678", "PT1"], ["Trần Văn Đức", "02/09/1965", "0912345679", "PT1"]]
    uploads(lan, "sai.csv", write_csv(header, [*people, ["Lê Văn Lạc", "1980", "0912345670", "PT9"]]))
    expect(lan.get_by_role("cell", name=re.compile("PT9"))).to_be_visible()
    assert Entrant.objects.count() == 0
    expect(lan.get_by_role("button", name="Nhập", exact=True)).to_have_count(0)
    lan.get_by_role("link", name="Chọn tệp khác").click()
    uploads(lan, "danh-sach.csv", write_csv(header, people))
    lan.get_by_role("button", name="Nhập", exact=True).click()
    expect(lan.locator("#result_list tbody tr")).to_have_count(2)
    goes(lan, "Cuộc thi")
    lan.get_by_role("link", name="Cuộc thi xã Phương Tú").click()
    expect(lan.get_by_text("Mọi thứ đã sẵn sàng để mở cuộc thi.")).to_be_visible()
    acts(lan, "In phiếu", menu="Danh sách và phiếu")
    with lan.expect_download() as coming:
        lan.locator("form.desk-form button[type=submit]").click()
    sheet = PdfReader(io.BytesIO(Path(coming.value.path()).read_bytes()))
    text = sheet.pages[0].extract_text()
    assert (len(sheet.pages), "Nguyễn Thị Hòa" in text, "Trần Văn Đức" in text) == (1, True, True)

    # An hour later the week has begun, and somebody comes in with the code of the slip
    Period.objects.filter(pk=period.pk).update(opens_at=timezone.now() - timedelta(minutes=1))
    calendar.lock_banks(timezone.now())
    code = re.findall(r"\b[2-9A-HJKMNP-Z]{4}[- ][2-9A-HJKMNP-Z]{4}\b", text)[0]
    owner = "0912345678" if text.index("Nguyễn Thị Hòa") < text.index("Trần Văn Đức") else "0912345679"
    phone = devices.phone()
    phone.goto(f"/c/{contest.slug}/")
    phone.get_by_role("link", name="Đăng nhập để vào thi").click()
    phone.get_by_role("textbox", name="Số thẻ").fill(owner)
    phone.get_by_role("textbox", name="Mã cá nhân").fill(code)
    phone.get_by_role("button", name="Đăng nhập", exact=True).click()
    phone.get_by_role("link", name="Đọc và đồng ý").click()
    phone.get_by_role("checkbox", name="Tôi đồng ý").check()
    phone.get_by_role("button", name="Xác nhận").click()
    phone.get_by_role("button", name="Bắt đầu làm bài").first.click()
    for _place in range(3):
        phone.locator(".is-on .q:not([hidden]) .opt", has_text=RIGHT).click()
        phone.get_by_role("button", name="Tiếp", exact=True).click()
    phone.get_by_label("Số người").fill("2")
    phone.get_by_label("Đúng, đây là dự đoán của tôi").check()
    phone.get_by_role("button", name="Nộp bài").click()
    expect(phone.locator(".score")).to_contain_text("3/3")

    # The organizer sees the attempt and its log; the bank is locked
    goes(lan, "Lượt thi")
    lan.locator("#result_list tbody tr a").first.click()
    expect(lan.locator("#content")).to_contain_text(Entrant.objects.get(user__phone=owner).user.full_name)
    goes(lan, "Ngân hàng câu hỏi")
    lan.get_by_role("link", name="Ngân hàng xã Phương Tú").click()
    expect(lan.get_by_role("button", name="Lưu", exact=True)).to_have_count(0)
