"""A models-and-initiatives round from its first registration to the published ranking, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from contest.entries.models import Entry, File
from contest.judging.models import Candidate, Stage
from contest.notices.models import Notice
from contest.processes import wait_until
from contest.results.models import Snapshot
from contest.rounds import entering
from tests.browser import Devices
from tests.builders import make_round
from tests.contest.entries.builders import make_call, make_section
from tests.contest.foundations import strange_files as made
from tests.contest.results.builders import make_rubric, make_stage
from tests.journeys.scene import DAY, Person, Scene
from tests.journeys.test_entrant import comes_in
from tests.journeys.test_organizer import acts, at_desk, staff

pytestmark = pytest.mark.browser
LEAD, FRIEND, RIVAL = "Nguyễn Thị Hương", "Trần Văn Bình", "Lê Thị Cúc"
JUDGES = ("Đặng Văn Khoa", "Phạm Thị Vân", "Hoàng Đức Tâm")


class Round(Scene):
    """The contest with a round of models and initiatives that is open, its secretariat, its judges and a rubric."""

    def __init__(self) -> None:
        super().__init__(results=0)
        self.works = make_round(
            self.contest,
            kind="initiative",
            title="Mô hình, sáng kiến",
            opens_at=self.now - DAY,
            closes_at=self.now + DAY,
        )
        self.call = make_call(round=self.works, forms=["individual", "group"], most_authors=3, asks_to_show=True)
        make_section(self.call, "Giải pháp", least=10, most=600)
        self.people = {name: self.joins(name, **fields) for name, fields in self.cast().items()}
        for person in self.people.values():
            self.agrees(person)
        self.lan, self.hang = staff("Vũ Thị Lan", "lan@example.vn"), staff("Lê Thị Hằng", "hang@example.vn")
        for organizer in (self.lan, self.hang):
            entering.appoint(organizer, self.contest, "organizer", by=None, now=self.now)
        self.stage: Stage = make_stage(
            self.works, make_rubric(self.contest), title="Sơ khảo", judges_per_entry=3, tolerance=20,
            on_discrepancy="chair", opens_at=self.now - DAY, closes_at=self.now + DAY, shows_others=False,
        )  # fmt: skip
        panel = self.stage.panels.get()
        self.judges: list[User] = []
        for number, name in enumerate(JUDGES):
            judge = staff(name, f"judge{number}@example.vn")
            entering.appoint(judge, self.contest, "judge", by=None, now=self.now)
            panel.seats.create(user=judge, is_chair=number == 0)
            self.judges.append(User.objects.get(pk=judge.pk))

    def cast(self) -> dict[str, dict[str, object]]:
        return {
            LEAD: {"phone": "0912000001"},
            FRIEND: {"party_card": "29.000777", "unit": self.neighbours},
            RIVAL: {"phone": "0912000003", "unit": self.elsewhere},
        }


def registers(devices: Devices, scene: Round, person: Person, form: str) -> Page:
    """A phone at the form of the entry that it has just begun."""
    phone = devices.phone()
    comes_in(phone, person)
    phone.goto(scene.path(f"calls/{scene.works.order}/"))
    phone.locator(f"input[name=form][value={form}]").check(force=True)
    phone.get_by_role("button", name="Đăng ký và viết bài").click()
    expect(phone.locator("#entry-form")).to_be_attached()
    return phone


def writes(page: Page, title: str) -> None:
    page.locator("#title").fill(title)
    page.locator("#content textarea").first.fill(
        "Niêm yết từng việc dân hỏi, người trả lời và hạn trả lời tại nhà văn hóa thôn."
    )
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu nháp")


def names(page: Page, name: str, number: str) -> None:
    """Another author, known by a number of theirs."""
    page.locator("[data-authors] ~ details summary, #authors details summary").first.click()
    page.locator("[name=new_name]").fill(name)
    page.locator("[name=new_number]").fill(number)
    page.get_by_role("button", name="Ghi tên người này").click()
    expect(page.locator("[data-authors]")).to_contain_text(name)


def hands_in(page: Page) -> None:
    page.locator("[data-submit]").click()

    expect(page.get_by_text("Đã nộp").first).to_be_visible()


def marks(devices: Devices, scene: Round, judge: User, points: dict[str, tuple[str, str]]) -> None:
    """A judge marks the entries on their list, one after the other, and seals each sheet."""
    page = judge_at_work(devices, judge)
    for code, (first, second) in points.items():
        page.goto(scene.path("judging/"))
        page.get_by_role("link", name=code).click()
        page.locator("[data-points]").nth(0).fill(first)
        page.locator("[data-points]").nth(1).fill(second)
        expect(page.locator("[data-status]")).to_contain_text("Bản nháp lưu")
        page.get_by_role("button", name=re.compile("^Chốt")).first.click()
        expect(page.get_by_text("Đã chốt phiếu")).to_be_visible()


def judge_at_work(devices: Devices, judge: User) -> Page:
    """A desktop at which the judge is signed in, by e-mail as whoever holds an office is."""
    page = devices.desktop()
    client = Client()
    client.force_login(judge, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, one in client.cookies.items():
        page.context.add_cookies([{"name": name, "value": one.value, "url": devices.site}])
    return page


def confirms(page: Page) -> None:
    """Press the one button of a page that asks."""
    page.locator("form.desk-form button[type=submit]").click()


def test_from_the_first_registration_to_the_published_ranking(devices: Devices, site: str, tmp_path: Path) -> None:
    scene = Round()
    document = tmp_path / "Minh chứng.pdf"
    document.write_bytes(made.pdf())

    # A group registers, writes, attaches, and its other author says that they are one
    phone = registers(devices, scene, scene.people[LEAD], "group")
    writes(phone, "Sổ việc dân hỏi")
    names(phone, FRIEND, "29.000777")
    shares = phone.locator("[data-share]")
    shares.nth(0).fill("60")
    shares.nth(1).fill("40")
    phone.locator("#evidence [data-choose]").first.set_input_files(str(document))
    expect(phone.locator("#evidence")).to_contain_text("đã nhận và kiểm tra", timeout=30_000)
    group = Entry.objects.get(form="group")
    assert File.objects.get().state == "good"
    friend = devices.phone()
    comes_in(friend, scene.people[FRIEND])
    friend.goto("/notices/")
    friend.get_by_role("button", name=re.compile("Sổ việc dân hỏi|tác giả")).first.click()
    friend.get_by_role("button", name="Đúng, tôi là tác giả").click()
    wait_until(lambda: group.authors.filter(confirmed_at=None).count() == 0, 10)
    phone.reload()
    hands_in(phone)

    # A rival of one author
    alone = registers(devices, scene, scene.people[RIVAL], "individual")
    writes(alone, "Một cửa lưu động")
    hands_in(alone)
    single = Entry.objects.get(form="individual")

    # The secretariat finds both valid, takes them into judging, and the machine shares them out
    lan, hang = at_desk(devices, "lan@example.vn"), at_desk(devices, "hang@example.vn")
    for entry in (group, single):
        lan.goto(f"/admin/entries/entry/{entry.pk}/change/")
        acts(lan, "Hợp lệ")
        confirms(lan)
    assert set(Entry.objects.values_list("status", flat=True)) == {"valid"}
    lan.goto(f"/admin/judging/stage/{scene.stage.pk}/change/")
    acts(lan, "Nhận bài vào vòng chấm", "Bài dự thi và giám khảo")
    confirms(lan)
    acts(lan, "Phân công giám khảo", "Bài dự thi và giám khảo")
    lan.locator("form button[type=submit]:visible").last.click()
    expect(lan.get_by_text("Đã phân công 6 lượt chấm.")).to_be_visible()

    # Three judges; on the group's entry one of them is far from the others
    marks(devices, scene, scene.judges[0], {group.code: ("50", "30"), single.code: ("40", "20")})
    marks(devices, scene, scene.judges[1], {group.code: ("52", "32"), single.code: ("42", "20")})
    marks(devices, scene, scene.judges[2], {group.code: ("20", "10"), single.code: ("41", "20")})
    candidate = Candidate.objects.get(entry=group)
    wait_until(lambda: Candidate.objects.filter(pk=candidate.pk, outcome="discrepancy").exists(), 20)

    # The chair has the sheet opened again; its judge marks anew
    chair = judge_at_work(devices, scene.judges[0])
    chair.goto(scene.path(f"judging/chair/{scene.stage.pk}/"))
    card = chair.locator("section.card").filter(has_text=group.code)
    card.get_by_label("Lý do").last.fill("Đã trao đổi trong hội đồng: giữ nguyên điểm")
    card.get_by_role("button", name="Giữ nguyên điểm").click()
    expect(chair.get_by_text("Đã xong.")).to_be_visible()
    wait_until(lambda: not Candidate.objects.exclude(outcome="scored").exists(), 20)

    # The stage is closed; one organizer makes the result, the other checks and publishes it
    lan.goto(f"/admin/judging/stage/{scene.stage.pk}/change/")
    acts(lan, "Đóng vòng chấm", "Quyết định và đóng")
    confirms(lan)
    lan.goto("/admin/results/snapshot/make/")
    lan.locator("[name=stage]").select_option(str(scene.stage.pk))
    confirms(lan)
    snapshot = Snapshot.objects.get()
    rank = devices.phone()
    rank.goto(scene.path(f"results/{scene.works.order}/"))
    expect(rank.get_by_text("Sổ việc dân hỏi")).to_have_count(0)
    for name in ("Kiểm tra", "Công bố"):
        hang.goto(f"/admin/results/snapshot/{snapshot.pk}/change/")
        acts(hang, name)
        if name == "Công bố":
            hang.locator("[name=decision]").fill("31-QĐ/BTC")
        confirms(hang)

    # Everyone reads the ranking; the loser reads what the judges gave, and not who
    rank.reload()
    expect(rank.get_by_text("Sổ việc dân hỏi")).to_be_visible()
    expect(rank.get_by_text("31-QĐ/BTC")).to_be_visible()
    assert set(Notice.objects.filter(key=f"result:{snapshot.pk}").values_list("user", flat=True)) == {
        scene.people[name].user.pk for name in (LEAD, FRIEND, RIVAL)
    }
    alone.goto(scene.path(f"results/{scene.works.order}/"))
    alone.get_by_role("link", name="Nhận xét của ban giám khảo").click()
    expect(alone.get_by_text(single.code).first).to_be_visible()
    assert not any(name in alone.content() for name in JUDGES)


def test_who_looks_for_what_is_not_theirs_finds_nothing(devices: Devices, site: str, tmp_path: Path) -> None:
    scene = Round()
    devices.expect("404", "403")
    document = tmp_path / "Minh chứng.pdf"
    document.write_bytes(made.pdf())
    phone = registers(devices, scene, scene.people[LEAD], "individual")
    writes(phone, "Sổ việc dân hỏi")
    phone.locator("#evidence [data-choose]").first.set_input_files(str(document))
    expect(phone.locator("#evidence")).to_contain_text("đã nhận và kiểm tra", timeout=30_000)
    hands_in(phone)
    entry, file = Entry.objects.get(), File.objects.get()
    own = [f"/entries/{entry.pk}/", f"/entries/{entry.pk}/files/", f"/entries/{entry.pk}/files/{file.pk}/download/"]
    own += [f"/entries/{entry.pk}/files/{file.pk}/pages/1/", f"/entries/{entry.pk}/feedback/"]
    judging = [f"judging/chair/{scene.stage.pk}/", "judging/", f"live/{scene.stage.pk}/"]

    rival = devices.phone()
    comes_in(rival, scene.people[RIVAL])
    for path in (*own, *(scene.path(rest) for rest in judging)):
        assert rival.request.get(path).status == 404, path
    for path in (f"/admin/entries/entry/{entry.pk}/change/", "/admin/judging/candidate/", "/admin/results/snapshot/"):
        assert urlsplit(rival.request.get(path).url).path != path
    rival.goto(scene.path(f"works/{scene.works.order}/"))
    expect(rival.get_by_text("Sổ việc dân hỏi")).to_have_count(0)

    # A judge who has not been given the entry, and one of the same unit who never can be
    judge = judge_at_work(devices, scene.judges[1])
    for path in own:
        assert judge.request.get(path).status == 404, path
    Entry.objects.filter(pk=entry.pk).update(status="valid")
    candidate = Candidate.objects.create(stage=scene.stage, entry=entry)
    seat = scene.stage.panels.get().seats.get(user=scene.judges[1])
    assignment = candidate.assignments.create(seat=seat, assigned_at=scene.now)
    judge.goto(scene.path("judging/"))
    judge.get_by_role("link", name=entry.code).click()
    expect(judge.get_by_role("heading", name="Sổ việc dân hỏi")).to_be_visible()
    file_url = f"/judging/{assignment.pk}/files/{file.pk}/"
    assert judge.request.get(file_url).status == 200
    User.objects.filter(pk=scene.judges[1].pk).update(unit=scene.cell)
    for path in (f"/judging/{assignment.pk}/", file_url):
        assert judge.request.get(path).status == 404, path
    judge.goto(scene.path("judging/"))
    expect(judge.get_by_role("link", name=entry.code)).to_have_count(0)
