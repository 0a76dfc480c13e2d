"""Evidence is sent from a phone over a bad network: it arrives whole, is looked at by the clock, and is shown."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, Route, expect

from contest.entries.models import File
from tests.browser import Devices
from tests.builders import make_round
from tests.contest.entries.builders import make_call, make_entry
from tests.contest.foundations import strange_files as made
from tests.journeys.scene import DAY, Person, Scene
from tests.journeys.test_entrant import comes_in
from tests.journeys.test_pages import Eye

pytestmark = pytest.mark.browser
FAILED = "net::ERR_FAILED"  # what the console says of a piece that was cut off


@pytest.fixture
def person(site: str) -> Person:
    return Scene(results=0).joins()


@pytest.fixture
def page(devices: Devices, person: Person) -> Page:
    """The files of an own entry, on a phone."""
    now = person.entrant.contest.roster_frozen_at + 8 * DAY
    round = make_round(person.entrant.contest, kind="initiative", opens_at=now - DAY, closes_at=now + DAY)
    entry = make_entry(make_call(round=round), person.user)
    phone = devices.phone()
    comes_in(phone, person)
    phone.goto(f"/entries/{entry.pk}/files/")
    return phone


def large(path: Path) -> Path:
    """A PDF of eight pieces."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(300, 400))
    document.Root.Pad = document.make_stream(os.urandom(1_900_000))
    document.save(path)
    return path


def choose(page: Page, *paths: Path) -> None:
    page.locator("[data-choose]").set_input_files([str(path) for path in paths])


def row(page: Page, name: str):
    return page.locator("[data-list] > li", has_text=name)


class Network:
    """Lets a number of pieces through, and cuts off all others."""

    def __init__(self, page: Page, through: int) -> None:
        self.left, self.sent = through, []
        page.route(re.compile("/pieces/"), self.piece)

    def piece(self, route: Route) -> None:
        self.sent.append(int(route.request.url.rsplit("=", 1)[1]))
        if self.left > 0:
            self.left -= 1
            route.continue_()
        else:
            route.abort()


def test_a_file_goes_on_after_the_connection_was_lost_and_is_shown_when_it_was_examined(page, devices, tmp_path):
    devices.expect(FAILED)
    network = Network(page, through=3)
    choose(page, large(tmp_path / "Thuyết minh.pdf"))
    line = row(page, "Thuyết minh.pdf")
    expect(line).to_contain_text("Mất mạng")
    assert File.objects.get().received == 3 * 256 * 1024
    network.left = 1000
    expect(line).to_contain_text("đã nhận và kiểm tra")
    assert sorted(set(network.sent)) == [piece * 256 * 1024 for piece in range(8)]
    file = File.objects.get()
    assert (file.state, file.received) == ("good", file.size)
    line.locator("summary").click()
    expect(line.locator("img")).to_be_visible()
    line.locator("img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.file-pages img').naturalWidth > 0")


def test_a_file_goes_on_by_itself_after_the_page_was_loaded_anew(page, devices, tmp_path):
    devices.expect(FAILED)
    network = Network(page, through=2)
    choose(page, large(tmp_path / "Báo cáo.pdf"))
    expect(row(page, "Báo cáo.pdf")).to_contain_text("Mất mạng")
    page.reload()
    network.left = 1000
    expect(row(page, "Báo cáo.pdf")).to_contain_text("đã nhận và kiểm tra")
    assert File.objects.get().state == "good"


def test_several_files_come_one_by_one_and_what_is_refused_says_what_to_do(page, devices, tmp_path):
    devices.expect("409 (Conflict)")  # the console tells of every refusal
    good, script, film, empty = (tmp_path / name for name in ("Ảnh.png", "Mẫu.pdf", "Phim.mp4", "Rỗng.pdf"))
    good.write_bytes(made.png())
    document = pikepdf.new()
    document.add_blank_page()
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    document.save(script)
    film.write_bytes(b"a" * 100)
    empty.write_bytes(b"")
    choose(page, good, script, film, empty)
    expect(row(page, "Ảnh.png")).to_contain_text("đã nhận và kiểm tra")
    expect(row(page, "Mẫu.pdf")).to_contain_text("Tệp PDF có chứa chương trình (JavaScript)")
    expect(row(page, "Phim.mp4")).to_contain_text("Phim và bản ghi âm được gửi bằng liên kết")
    expect(row(page, "Rỗng.pdf")).to_contain_text("Tệp rỗng")
    row(page, "Mẫu.pdf").get_by_role("button", name="Xóa Mẫu.pdf").click()
    expect(row(page, "Mẫu.pdf")).to_have_count(0)
    row(page, "Phim.mp4").get_by_role("button").click()
    expect(row(page, "Phim.mp4")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-list] > li")).to_have_count(1)
    eye = Eye(page)
    eye.look("files")
    assert eye.findings == []
