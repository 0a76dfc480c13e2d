"""Every page that people see, for every eye: contrast in both schemes, words for screen readers, width, weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from contest.attempts.models import Attempt
from contest.rounds.models import Contest
from tests.browser import Devices, overflow
from tests.builders import make_consent_text
from tests.journeys.scene import DAY, RIGHT, Person, Scene

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STRICT = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
NARROW = {"width": 320, "height": 568}


class Eye:
    """Looks at one page after the other and notes what is wrong."""

    def __init__(self, page: Page) -> None:
        self.page, self.axe = page, Axe()
        self.findings: list[str] = []

    def look(self, name: str) -> None:
        """At the page as it stands: by all rules in light, for contrast in dark, for width at 320 pixels."""
        self.judge(name, STRICT)
        self.page.emulate_media(color_scheme="dark")
        self.judge(f"{name}, dark", COLOURS)
        self.page.emulate_media(color_scheme="light")
        size = self.page.viewport_size
        assert size is not None
        if size["width"] < 500:
            self.page.set_viewport_size(NARROW)
            if wide := overflow(self.page):
                self.findings.append(f"{name}: {wide} px wider than a narrow phone")
            self.page.set_viewport_size(size)

    def judge(self, name: str, options: dict[str, Any]) -> None:
        """What axe says."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(self.axe.axe_script)
        for found in self.page.evaluate("options => axe.run(options)", options)["violations"]:
            places = "; ".join(" ".join(node["target"]) for node in found["nodes"][:3])
            why = found["nodes"][0].get("failureSummary", "").replace("\n", " ")
            self.findings.append(f"{name}: {found['id']} at {places}: {why}")

    def visit(self, path: str, name: str = "") -> None:
        """Open a page and look at it."""
        self.page.goto(path)
        self.look(name or path)


def strangers_pages(scene: Scene) -> Iterator[str]:
    """What is open to everybody."""
    yield from ("/", scene.path(), scene.path("rounds/1/"), scene.path("rounds/0/"))
    yield from (scene.path("standings/"), scene.path("standings/?tab=people"), scene.path("register/"))
    yield from ("/sign-in/", "/account/login/", "/account/login/code/", "/account/password/reset/", "/sign-out/")
    yield from ("/s/nobody/", "/nothing-here/")


def entrants_pages(scene: Scene, done: Attempt) -> Iterator[str]:
    """What an entrant sees besides."""
    yield from (scene.path(), scene.path("consents/"), scene.path("rounds/1/"), scene.path("mine/"), "/me/")
    yield from (f"/attempts/{done.pk}/result/", f"/attempts/{done.pk}/review/")
    yield from (scene.path("standings/"), scene.path("standings/?tab=people"), scene.path("standings/?q=le+van"))


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_pages_can_be_used_by_everybody(devices: Devices, device: str) -> None:
    scene = Scene(questions=4, results=5)
    Contest.objects.filter(pk=scene.contest.pk).update(entry="open")
    make_consent_text(scene.contest, "publishing", published_at=scene.now - 9 * DAY)
    scene.adds_practice()
    person = scene.joins("Nguyễn Thị Hương", party_card="29.104857", phone="0912345678")
    assert person.entrant
    done = scene.took_part(person.entrant, points=300, took=200_000)
    scene.builds_boards()
    devices.expect("status of 404", "status of 400", "status of 409")
    page = devices.phone() if device == "phone" else devices.desktop()
    eye = Eye(page)

    sees_what_is_wrong(eye)
    for path in strangers_pages(scene):
        eye.visit(path)
    wrong_code(eye, person)
    something_missing(eye, scene)
    page.goto(person.link)
    eye.look("the slip")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("link", name="Hồ sơ")).to_be_visible()
    for path in entrants_pages(scene, done):
        eye.visit(path)
    paper(eye, scene, person)
    desk(eye, scene)
    assert not eye.findings, "\n".join(eye.findings)


def sees_what_is_wrong(eye: Eye) -> None:
    """A control: what is put wrong is found, in either scheme."""
    eye.page.goto("/")
    eye.page.locator("main").evaluate("main => { main.innerHTML += '<img src=x><p class=pale>Nhạt quá</p>'; }")
    eye.page.evaluate("document.adoptedStyleSheets = [new CSSStyleSheet()]")
    eye.page.evaluate(
        "document.adoptedStyleSheets[0].replaceSync('.pale{color:#777;background:#666}body{min-width:999px}')"
    )
    eye.look("control")
    found = {finding.split(" at ")[0] for finding in eye.findings}
    wide = {finding for finding in found if finding.endswith("px wider than a narrow phone")}
    assert found - wide == {"control: image-alt", "control: color-contrast", "control, dark: color-contrast"}
    assert bool(wide) == bool((eye.page.viewport_size or {})["width"] < 500)
    eye.findings.clear()


def wrong_code(eye: Eye, person: Person) -> None:
    eye.page.goto("/sign-in/")
    eye.page.get_by_role("textbox", name="Số thẻ").fill(person.user.phone)
    eye.page.get_by_role("textbox", name="Mã cá nhân").fill("AAAABBBB")
    eye.page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(eye.page.locator(".error")).to_be_visible()
    eye.look("a wrong code")


def something_missing(eye: Eye, scene: Scene) -> None:
    eye.page.goto(scene.path("register/"))
    eye.page.get_by_role("searchbox", name="Tìm").fill("chi bo")
    expect(eye.page.locator(".pick").first).to_be_visible()
    eye.page.get_by_role("button", name="Đăng ký và dự thi").click()
    expect(eye.page.locator(".error").first).to_be_visible()
    eye.look("a registration with gaps")


def paper(eye: Eye, scene: Scene, person: Person) -> None:
    """The quiz in its states, and what follows it."""
    page = eye.page
    eye.visit(scene.path("rounds/1/"), "a round that asks for consent")
    scene.agrees(person)
    eye.visit(scene.path("rounds/1/"), "a round to start")
    page.get_by_role("button", name="Bắt đầu làm bài").first.click()
    expect(page.locator(".is-on")).to_be_visible()
    page.locator(".is-on .q:not([hidden]) .opt", has_text=RIGHT).click()
    eye.look("a question")
    if page.locator("[data-sheet]").is_visible():
        page.locator("[data-sheet]").click()
        eye.look("all questions")
        page.keyboard.press("Escape")
    page.locator("a[href='#c5']").first.evaluate("link => link.click()")
    page.get_by_label("Số người").fill("70.186")
    eye.look("the last step")
    page.get_by_label("Số người").fill("70,186")
    page.get_by_role("button", name="Nộp bài").click()
    expect(page.get_by_role("button", name="Vẫn nộp bài")).to_be_visible()
    eye.look("not everything is answered")
    attempt = Attempt.objects.get(entrant=person.entrant, status="open")
    eye.visit(scene.path("rounds/1/"), "a round in progress")
    eye.visit(scene.path("mine/"), "an attempt in progress")
    page.goto(f"/attempts/{attempt.pk}/")
    page.locator("a[href='#c5']").first.evaluate("link => link.click()")
    page.get_by_role("button", name="Nộp bài").click()
    page.get_by_role("button", name="Vẫn nộp bài").click()
    expect(page.locator(".score")).to_be_visible()
    eye.look("the receipt")
    eye.visit(scene.path("rounds/1/"), "a round that is done")
    page.goto("/me/")
    page.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    eye.look("signed out")


def desk(eye: Eye, scene: Scene) -> None:
    """What a unit manager sees."""
    manager, listed = scene.manages(scene.commune), scene.joins("Phùng Văn Sửu")
    assert listed.entrant
    eye.page.goto(manager.link)
    eye.page.get_by_role("button", name="Đăng nhập").click()
    eye.look("the home of an office")
    for path in ("desk/", "desk/?show=exempt", f"desk/people/{listed.entrant.pk}/", "desk/slips/?show=people"):
        eye.visit(scene.path(path))


# --- Weight ----------------------------------------------------------------------------------------------------------
COLD, WITHOUT_FONTS = 170_000, 100_000  # bytes over the wire


def test_the_quiz_page_is_light(devices: Devices) -> None:
    scene = Scene(questions=20, results=0)
    person = scene.joins()
    scene.agrees(person)
    attempt = scene.starts(person)
    phone = devices.phone()
    phone.goto(person.link)
    phone.get_by_role("button", name="Đăng nhập").click()
    expect(phone.get_by_role("link", name="Hồ sơ")).to_be_visible()
    loads = weigh(phone, f"/attempts/{attempt.pk}/")
    total, fonts = sum(loads.values()), sum(size for url, size in loads.items() if url.endswith(".woff2"))
    told = "\n".join(f"{size:>8} {url}" for url, size in sorted(loads.items(), key=lambda load: -load[1]))
    assert fonts > 0
    assert total <= COLD, told
    assert total - fonts <= WITHOUT_FONTS, told


def weigh(page: Page, path: str) -> dict[str, int]:
    """What each file of a page weighs over the wire, headers included, when nothing is cached."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda seen: urls.update({seen["requestId"]: seen["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda seen: sizes.update({seen["requestId"]: int(seen["encodedDataLength"])}))
    page.goto(path)
    expect(page.locator(".is-on")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return {urls[request]: size for request, size in sizes.items() if request in urls}
