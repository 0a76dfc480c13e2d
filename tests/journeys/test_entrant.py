"""An entrant's way through the contest, on the devices and in the troubles that people have."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from contest.attempts.models import Answer, Attempt
from contest.attempts.sitting import saved
from contest.questions.models import Choice, QuestionVersion
from tests.browser import CUT, Devices, kept, overflow
from tests.journeys.scene import RIGHT, WRONG, Person, Scene

pytestmark = pytest.mark.browser


# --- What people do --------------------------------------------------------------------------------------------------
def comes_in(page: Page, person: Person, *, agrees: bool = False) -> None:
    """By the slip's link and its one button."""
    page.goto(person.link)
    if agrees:
        page.get_by_label("Đây là máy của tôi").check()
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("link", name="Hồ sơ")).to_be_visible()


def question(page: Page) -> str:
    """The question that is shown."""
    return page.locator(".is-on .q:not([hidden]) .q-text").inner_text()


def answers(page: Page, text: str) -> None:
    """Tap a choice of the question that is shown."""
    page.locator(".is-on .q:not([hidden]) .opt", has_text=text).click()


def forward(page: Page) -> None:
    page.get_by_role("button", name="Tiếp", exact=True).click()


def is_saved(page: Page) -> None:
    """The page says that the server has everything."""
    expect(page.locator("[data-save-text]")).to_have_text(re.compile(r"^Đã lưu \d\d:\d\d:\d\d$"))


def chosen(attempt: Attempt) -> dict[int, str]:
    """What counts so far: the words chosen, by the question's place."""
    final = saved(attempt)
    words = {choice.pk: choice.text for choice in Choice.objects.all()}
    return {
        place + 1: words[attempt.paper[place][1][option]]
        for place, options in sorted(final.places.items())
        for option in options
    }


# --- The whole way ---------------------------------------------------------------------------------------------------
def test_a_party_member_takes_the_quiz_on_a_phone(devices: Devices) -> None:
    scene = Scene(questions=4, results=3)
    person = scene.joins("Nguyễn Thị Hương", party_card="29.104857", phone="0912345678")
    scene.took_part(person.entrant, points=400, took=90_000)
    scene.builds_boards()
    devices.expect(*CUT)
    phone = devices.phone()

    # In by the slip, on by the contest's page to the round, which asks for what is to be agreed to
    comes_in(phone, person)
    expect(phone.get_by_role("heading", level=1)).to_have_text(scene.contest.title)
    phone.get_by_role("link", name="Vào vòng thi", exact=True).click()
    phone.get_by_role("link", name="Đọc và đồng ý").click()
    box = phone.get_by_role("checkbox", name="Tôi đồng ý")
    expect(box).not_to_be_checked()
    box.check()
    phone.get_by_role("button", name="Xác nhận").click()

    # The round says by when this person would have to hand in, and that is when it ends
    shown = phone.get_by_text(re.compile(r"Hạn nộp \d\d:\d\d")).first.inner_text()
    phone.get_by_role("button", name="Bắt đầu làm bài").first.click()
    expect(phone.locator("[data-clock]")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    attempt = Attempt.objects.get(entrant=person.entrant, status="open")
    assert attempt.deadline is not None
    assert attempt.deadline - attempt.started_at == timedelta(minutes=15)
    ends = [f"{timezone.localtime(attempt.deadline - timedelta(minutes=late)):%H:%M}" for late in (0, 1)]
    assert re.search(r"\d\d:\d\d", shown)[0] in ends

    # By taps, by keys, over a reload, through a hole in the network
    typed: dict[str, str] = {question(phone): RIGHT}
    answers(phone, RIGHT)
    is_saved(phone)
    phone.keyboard.press("ArrowRight")
    typed[question(phone)] = phone.locator(".is-on .q:not([hidden]) .opt").nth(1).locator(".opt-text").inner_text()
    phone.keyboard.press("b")
    is_saved(phone)
    assert attempt.answers.count() >= 2
    phone.reload()
    expect(phone.locator(".is-on .q:not([hidden]) input:checked")).to_have_count(1)
    expect(phone.locator(".qgrid .done")).to_have_count(2)
    forward(phone)
    phone.context.set_offline(True)
    typed[question(phone)] = WRONG[0]
    answers(phone, RIGHT)
    answers(phone, WRONG[0])
    expect(phone.locator("[data-save-text]")).to_contain_text("Mất mạng – 1 câu trả lời được giữ trên máy")
    forward(phone)
    typed[question(phone)] = RIGHT
    answers(phone, RIGHT)
    expect(phone.locator("[data-save-text]")).to_contain_text("Mất mạng – 2 câu trả lời được giữ trên máy")
    assert (len(chosen(attempt)), len(kept(phone))) == (2, 1)
    phone.context.set_offline(False)
    is_saved(phone)
    assert kept(phone) == []
    places = {place + 1: text for place, text in enumerate(on_paper(attempt))}
    assert {places[place]: words for place, words in chosen(attempt).items()} == typed

    # The prediction is read back before it counts
    forward(phone)
    phone.get_by_label("Số người").fill("70,186")
    expect(phone.get_by_text("“70,186” có thể hiểu theo hai cách: đồng chí gõ 70186 hoặc 70.186.")).to_be_visible()
    phone.get_by_label("Số người").fill("70.186")
    expect(phone.get_by_text("Dự đoán của đồng chí được hiểu là 70.186 người.")).to_be_visible()
    phone.get_by_label("Đúng, đây là dự đoán của tôi").check()
    is_saved(phone)
    assert saved(attempt).prediction == "70186"

    # The receipt, and the score by itself
    phone.get_by_role("button", name="Nộp bài").click()
    expect(phone.get_by_role("heading", name="Bài thi đã được ghi nhận")).to_be_visible()
    expect(phone.locator(".score")).to_be_visible()
    attempt.refresh_from_db()
    grade = attempt.grades.get()
    assert (attempt.status, attempt.answered) == ("submitted", 4)
    assert attempt.submitted_at is not None
    assert (grade.graded_at - attempt.submitted_at).total_seconds() < (10 if is_overloaded() else 2)
    assert phone.locator("#receipt").inner_text() == attempt.receipt
    right = sum(words == RIGHT for words in typed.values())
    assert (grade.right, phone.locator(".score").inner_text().split()[-1]) == (right, f"{right}/4")
    expect(phone.get_by_role("term").filter(has_text="Dự đoán")).to_be_visible()
    expect(phone.get_by_text("70.186")).to_be_visible()

    # Afterwards: the own attempts, the place in the closed week, and nothing left behind
    phone.get_by_role("link", name="Bài của tôi").first.click()
    expect(phone.get_by_text(attempt.receipt)).to_be_visible()
    expect(phone.locator("main")).to_contain_text("Tuần 1")
    phone.get_by_role("link", name="Xếp hạng").first.click()
    expect(phone.locator("main")).to_contain_text("Nguyễn Thị Hương")
    own = phone.locator(".me").filter(has_text="Nguyễn Thị Hương")
    expect(own.locator(".pos").first).to_have_text(re.compile(r"\b2\b"))
    phone.get_by_role("link", name="Hồ sơ").click()
    phone.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    expect(phone.get_by_text("Đồng chí đã đăng xuất khỏi máy này.")).to_be_visible()
    assert phone.evaluate("localStorage.length") == 0
    phone.goto(scene.path("mine/"))
    expect(phone).to_have_url(re.compile("/sign-in/"))


def is_overloaded() -> bool:
    """Whether this machine has other work than the tests."""
    return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)


def on_paper(attempt: Attempt) -> list[str]:
    """The questions of the paper in their order."""
    return [QuestionVersion.objects.get(pk=version).text for version, _choices in attempt.paper]


def test_a_number_and_a_code_are_typed_as_people_type_them(devices: Devices) -> None:
    scene = Scene(results=0)
    person = scene.joins("Trần Văn Đức", party_card="29.104857", phone="0912345678")
    phone = devices.phone()
    phone.goto("/sign-in/")
    phone.get_by_role("textbox", name="Số thẻ").fill("+84 912.345.678")
    phone.get_by_role("textbox", name="Mã cá nhân").fill("AAAA-BBBB")
    phone.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(phone.locator(".error")).to_have_text("Số và mã không khớp nhau. Đồng chí xem lại cả hai trên phiếu.")
    expect(phone.get_by_role("textbox", name="Số thẻ")).to_have_value("+84 912.345.678")
    phone.get_by_role("textbox", name="Mã cá nhân").fill(f"{person.code[:4].lower()} {person.code[4:].lower()}")
    phone.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(phone.get_by_role("link", name="Hồ sơ")).to_be_visible()


def test_the_whole_way_without_script(devices: Devices) -> None:
    scene = Scene(questions=3)
    person = scene.joins("Phùng Văn Sửu")
    devices.expect("status of 400")  # of a form that is shown again
    phone = devices.phone(java_script_enabled=False)
    comes_in(phone, person)
    phone.get_by_role("link", name="Vào vòng thi", exact=True).click()
    phone.get_by_role("link", name="Đọc và đồng ý").click()
    phone.get_by_role("checkbox", name="Tôi đồng ý").check()
    phone.get_by_role("button", name="Xác nhận").click()
    phone.get_by_role("button", name="Bắt đầu làm bài").first.click()
    for place in (1, 2):
        phone.locator(f"#c{place} .opt", has_text=RIGHT).click()
    phone.get_by_role("button", name="Lưu bài, làm tiếp sau").click()
    expect(phone.get_by_text("Đã lưu các câu trả lời.")).to_be_visible()
    attempt = Attempt.objects.get(entrant=person.entrant, status="open")
    assert list(chosen(attempt).values()) == [RIGHT, RIGHT]
    expect(phone.locator(".opt input:checked")).to_have_count(2)
    phone.locator("#c3 .opt", has_text=WRONG[2]).click()
    phone.get_by_label("Số người").fill("1.204")
    phone.get_by_role("button", name="Nộp bài").click()
    expect(phone.get_by_role("alert").filter(has_text="1.204")).to_be_visible()
    phone.get_by_label("Đúng, đây là dự đoán của tôi").check()
    phone.get_by_role("button", name="Nộp bài").click()
    expect(phone.get_by_role("heading", name="Bài thi đã được ghi nhận")).to_be_visible()
    while not phone.locator(".score").count():  # without script the page is looked at again by hand
        phone.get_by_role("link", name="Xem lại").or_(phone.get_by_role("link", name="Tải lại")).first.click()
    expect(phone.locator(".score")).to_contain_text("2/3")
    assert attempt.grades.get().prediction == 1204
    expect(phone.get_by_role("button", name="Sao chép")).to_have_count(0)
    assert overflow(phone) == 0


def test_in_english(devices: Devices) -> None:
    scene = Scene(questions=2, prediction="none")
    person = scene.joins("Nguyễn Thị Hương")
    scene.agrees(person)
    desktop = devices.desktop()
    desktop.goto("/sign-in/")
    desktop.get_by_role("button", name="EN").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Sign in to take part")
    desktop.goto(person.link)
    desktop.get_by_role("button", name="Sign in").click()
    desktop.get_by_role("link", name="Go to the round").click()
    desktop.get_by_role("button", name="Start the quiz").first.click()
    answers(desktop, RIGHT)
    expect(desktop.locator("[data-save-text]")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))
    desktop.get_by_role("button", name="Next").click()
    desktop.get_by_role("button", name="Next").click()
    desktop.get_by_role("button", name="Hand in").click()
    expect(desktop.get_by_text("Some questions are not answered.")).to_be_visible()
    desktop.get_by_role("button", name="Hand in all the same").click()
    expect(desktop.get_by_role("heading", name="Your quiz is received")).to_be_visible()
    expect(desktop.locator(".score")).to_contain_text("1/2")


# --- Troubles --------------------------------------------------------------------------------------------------------
def sits(devices: Devices, scene: Scene, person: Person, **options: object) -> tuple[Page, Attempt]:
    """A phone with the person's paper on it."""
    if not person.user.consents.exists():
        scene.agrees(person)
    attempt = Attempt.objects.filter(entrant=person.entrant, status="open").first() or scene.starts(person)
    phone = devices.phone(**options)
    comes_in(phone, person)
    phone.goto(f"/attempts/{attempt.pk}/")
    expect(phone.locator("[data-save]")).to_be_visible()
    return phone, attempt


def test_a_second_device_takes_over_and_nothing_is_lost(devices: Devices) -> None:
    scene = Scene(questions=3, prediction="none", results=0)
    person = scene.joins()
    devices.expect("409")
    first, attempt = sits(devices, scene, person)
    answers(first, RIGHT)
    is_saved(first)
    second, _same = sits(devices, scene, person)
    expect(second.get_by_text("Bài được làm tiếp ở đây.")).to_be_visible()
    expect(second.locator(".qgrid .done")).to_have_count(1)
    answers(second, WRONG[1])
    is_saved(second)
    forward(first)
    answers(first, RIGHT)
    expect(first.get_by_text("Bài này vừa được mở trên máy khác hoặc thẻ khác.")).to_be_visible()
    expect(first.locator(".is-on .q:not([hidden]) .opt input").first).to_be_disabled()
    assert list(Answer.objects.filter(attempt=attempt).values_list("is_counted", flat=True)).count(False) == 1
    count = len(chosen(attempt))
    first.get_by_role("link", name="Làm tiếp ở đây").click()
    expect(first.locator("[data-save]")).to_be_visible()
    answers(first, WRONG[0])
    is_saved(first)
    assert len(chosen(attempt)) >= count
    answers(second, RIGHT)
    expect(second.get_by_text("Bài này vừa được mở trên máy khác hoặc thẻ khác.")).to_be_visible()
    expect(second.get_by_text("Bài được làm tiếp ở đây.")).to_be_hidden()


def test_time_runs_out_with_nobody_there(devices: Devices) -> None:
    scene = Scene(questions=2, prediction="none", results=0)
    person = scene.joins()
    phone, attempt = sits(devices, scene, person)
    answers(phone, RIGHT)
    is_saved(phone)
    phone.context.close()
    ended = timezone.now() - timedelta(seconds=36)  # grace and the longest request are over
    Attempt.objects.filter(pk=attempt.pk).update(started_at=ended - timedelta(minutes=15), deadline=ended)
    phone = devices.phone()
    comes_in(phone, person)
    phone.goto(f"/attempts/{attempt.pk}/")
    expect(phone.get_by_role("heading", name="Hết giờ, hệ thống đã nộp bài")).to_be_visible()
    expect(phone.locator(".score")).to_contain_text("1/2")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, attempt.answered) == ("expired", ended, 1)


def test_time_runs_out_under_the_hands(devices: Devices) -> None:
    scene = Scene(questions=2, prediction="none", results=0)
    person = scene.joins()
    scene.agrees(person)
    phone = devices.phone()
    comes_in(phone, person)
    attempt = scene.starts(person)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=timezone.now() + timedelta(seconds=5))
    phone.goto(f"/attempts/{attempt.pk}/")
    answers(phone, RIGHT)
    expect(phone.get_by_role("heading", name="Bài thi đã được ghi nhận")).to_be_visible()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.submitted_at, list(chosen(attempt).values())) == (
        "submitted",
        attempt.deadline,
        [RIGHT],
    )


OFF_BY_A_DAY = """(() => {
  const Real = Date, off = 26 * 3600 * 1000;
  class Shifted extends Real {
    constructor(...given) { if (given.length) { super(...given); } else { super(Real.now() + off); } }
    static now() { return Real.now() + off; }
  }
  window.Date = Shifted;
})()"""


def test_the_clock_of_the_device_is_a_day_ahead(devices: Devices) -> None:
    scene = Scene(questions=2, prediction="none", results=0)
    person = scene.joins()
    scene.agrees(person)
    phone = devices.phone()
    phone.context.add_init_script(OFF_BY_A_DAY)
    comes_in(phone, person)
    phone.goto(scene.path("rounds/1/"))
    phone.get_by_role("button", name="Bắt đầu làm bài").first.click()
    expect(phone.locator("[data-clock]")).to_have_text(re.compile(r"^1[45]:\d\d$"))
    attempt = Attempt.objects.get(entrant=person.entrant, status="open")
    assert attempt.deadline is not None
    minutes, seconds = phone.locator("[data-clock]").inner_text().split(":")
    true = (attempt.deadline - timezone.now()).total_seconds()
    assert abs(int(minutes) * 60 + int(seconds) - true) < 2
    answers(phone, RIGHT)
    is_saved(phone)
    said = phone.locator("[data-save-text]").inner_text().split()[-1]
    assert said[:5] in {f"{timezone.localtime(timezone.now() - timedelta(minutes=late)):%H:%M}" for late in (0, 1)}
    forward(phone)
    forward(phone)
    phone.get_by_role("button", name="Nộp bài").click()
    phone.get_by_role("button", name="Vẫn nộp bài").click()
    expect(phone.get_by_role("heading", name="Bài thi đã được ghi nhận")).to_be_visible()


def test_signing_out_of_a_shared_phone_clears_it_unless_something_is_not_saved_yet(devices: Devices) -> None:
    scene = Scene(questions=2, prediction="none", results=0)
    person = scene.joins()
    devices.expect(*CUT)
    phone, attempt = sits(devices, scene, person)
    phone.get_by_label("Đánh dấu để xem lại").locator("visible=true").check()
    expect(phone.locator(".qgrid .flagged")).to_have_count(1)
    assert len(kept(phone)) == 1
    phone.context.set_offline(True)
    answers(phone, RIGHT)
    expect(phone.locator("[data-save-text]")).to_contain_text("1 câu trả lời được giữ trên máy")
    device = phone.context
    phone.close()
    device.set_offline(False)
    phone = device.new_page()
    phone.goto("/me/")
    asked: list[str] = []

    def stays(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    phone.once("dialog", stays)
    phone.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(person.user.full_name)
    assert len(asked) == 1
    assert len(kept(phone)) == 1

    phone.goto(f"/attempts/{attempt.pk}/")
    expect(phone.get_by_text("Đã khôi phục các câu trả lời được giữ trên máy này.")).to_be_visible()
    is_saved(phone)
    assert list(chosen(attempt).values()) == [RIGHT]
    assert len(kept(phone)) == 1  # the flag
    phone.goto("/me/")
    phone.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    expect(phone.get_by_text("Đồng chí đã đăng xuất khỏi máy này.")).to_be_visible()
    assert kept(phone) == []
