"""The pages of entries: what a stranger is refused, and the whole way of a group from the call to the receipt."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from contest.entries import registering, writing
from contest.entries.models import Author, Entry, Version
from tests.builders import NOON, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry, make_kind, make_section

pytestmark = pytest.mark.django_db
SLIP = "accounts.signing_in.Backend"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def browser():
    """A browser whose requests arrive at NOON."""
    client = Client(**{"contest.arrived_at": NOON.timestamp()})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def signed_in(user):
    client = browser()
    client.force_login(user, backend=SLIP)
    return client


@pytest.fixture
def scene():
    return Scene()


class Scene:
    """A call of a contest with units, an entrant, a colleague, and a manager."""

    def __init__(self):
        self.root = make_unit("Đảng bộ huyện")
        self.commune = make_unit("Đảng bộ xã", parent=self.root)
        self.cell = make_unit("Chi bộ Một", parent=self.commune)
        self.contest = make_contest(root=self.root)
        self.call = make_call(self.contest, undertaking="Tôi cam kết.", needs_confirmation=True)
        self.section = make_section(self.call, least=10, most=100)
        self.figures = make_section(self.call, "Số liệu", type="figures", is_required=False)
        self.lan = make_entrant(self.contest, make_user("Trần Thị Lan", unit=self.cell, phone="0912345678")).user
        self.binh = make_entrant(self.contest, make_user("Lê Văn Bình", unit=self.cell, phone="0987654321")).user
        self.manager = make_user("Quản Lý")
        make_office(self.contest, self.manager, "unit_manager", self.commune)
        self.url = reverse("call", args=[self.contest.slug, self.call.round.order])

    def begin(self, form="group"):
        return registering.begin(self.call, self.lan, kind=self.call.kinds.get(letters="SK"), form=form, now=NOON)


def test_a_call_is_read_by_everyone_and_says_what_is_asked_for(scene):
    page = browser().get(scene.url)
    assert page.status_code == 200
    assert "Giải pháp" in page.content.decode()


def test_a_round_without_a_call_says_so(scene):
    scene.call.delete()
    assert browser().get(scene.url).status_code == 200


def test_the_round_of_a_quiz_is_no_call(scene):
    assert browser().get(reverse("call", args=[scene.contest.slug, 99])).status_code == 404


def test_a_stranger_finds_no_entry(scene):
    entry = scene.begin()
    stranger = make_entrant(scene.contest, make_user()).user
    client = signed_in(stranger)
    assert client.get(reverse("entry", args=[entry.pk])).status_code == 404
    assert client.post(reverse("entry_save", args=[entry.pk])).status_code == 404
    assert client.post(reverse("entry_submit", args=[entry.pk])).status_code == 404
    assert client.post(reverse("entry_withdraw", args=[entry.pk])).status_code == 404
    assert client.post(reverse("entry_author", args=[entry.pk])).status_code == 404
    assert client.post(reverse("entry_confirm", args=[entry.pk])).status_code == 404


def test_a_group_goes_from_the_call_to_the_receipt_and_its_unit_confirms(scene):
    lan, binh = signed_in(scene.lan), signed_in(scene.binh)
    begun = lan.post(f"{scene.url}begin/", {"kind": scene.call.kinds.get().pk, "form": "group"})
    entry = Entry.objects.get()
    assert begun["Location"] == reverse("entry", args=[entry.pk])
    page = lan.get(begun["Location"])
    assert page.status_code == 200
    named = lan.post(
        begun["Location"],
        {"revision": 0, "action": "add_author", "new_name": "le van binh", "new_number": "0987 654 321"},
    )
    assert named.status_code == 302
    assert binh.get(begun["Location"]).status_code == 200
    assert binh.post(reverse("entry_author", args=[entry.pk]), {"action": "confirm"}).status_code == 302
    authors = list(Author.objects.order_by("order"))
    entry.refresh_from_db()
    sent = {
        "revision": entry.revision, "title": "Tổ hỗ trợ lưu động", f"s{scene.section.pk}": "Máy tính đến tận thôn.",
        f"s{scene.figures.pk}.what": ["Hồ sơ trễ", ""], f"s{scene.figures.pk}.before": ["412", ""],
        f"s{scene.figures.pk}.after": ["37", ""], "author": [author.pk for author in authors],
        f"a{authors[0].pk}.share": "60", f"a{authors[1].pk}.share": "40", "has_undertaken": "1", "undertaken": "on",
    }  # fmt: skip
    saved = lan.post(reverse("entry_save", args=[entry.pk]), sent)
    assert saved.json()["revision"] == entry.revision + 1
    assert {step["part"]: step["done"] for step in saved.json()["steps"]} == {
        "general": True, "authors": True, "content": True, "files": True, "undertaking": True,
    }  # fmt: skip
    done = lan.post(reverse("entry_submit", args=[entry.pk]), {"revision": entry.revision + 1})
    assert done.status_code == 302
    entry.refresh_from_db()
    assert (entry.status, entry.version) == ("submitted", 1)
    assert entry.versions.get().receipt in lan.get(begun["Location"]).content.decode()
    manager = signed_in(scene.manager)
    listed = manager.get(reverse("unit_entries", args=[scene.contest.slug]))
    assert "Tổ hỗ trợ lưu động" in listed.content.decode()
    assert manager.get(begun["Location"]).status_code == 200
    assert manager.post(reverse("entry_confirm", args=[entry.pk]), {"version": 9}).status_code == 409
    assert 'name="version" value="1"' in listed.content.decode()
    assert manager.post(reverse("entry_confirm", args=[entry.pk]), {"version": 1}).status_code == 302
    entry.refresh_from_db()
    assert entry.confirmed_by == scene.manager


def test_a_window_that_knows_an_older_revision_is_told_and_keeps_what_was_typed(scene):
    entry, client = scene.begin(), signed_in(scene.lan)
    writing.save(entry.pk, scene.lan, revision=0, data={"title": "Từ máy khác"}, now=NOON)
    answer = client.post(reverse("entry_save", args=[entry.pk]), {"revision": 0, "title": "Từ đây"})
    assert (answer.status_code, json.loads(answer.content)["code"]) == (409, "stale")
    page = client.post(reverse("entry", args=[entry.pk]), {"revision": 0, "title": "Từ đây"})
    assert page.status_code == 409
    assert "Từ đây" in page.content.decode()
    entry.refresh_from_db()
    assert entry.title == "Từ máy khác"


def test_an_incomplete_entry_is_refused_with_what_it_lacks(scene):
    entry, client = scene.begin(), signed_in(scene.lan)
    page = client.post(reverse("entry_submit", args=[entry.pk]), {"revision": 0})
    assert page.status_code == 409
    assert "Give it a title." in page.content.decode()


def test_the_pages_of_a_decided_and_a_withdrawn_entry_are_read_only(scene):
    entry, client = scene.begin(), signed_in(scene.lan)
    assert client.post(reverse("entry_withdraw", args=[entry.pk])).status_code == 302
    page = client.get(reverse("entry", args=[entry.pk]))
    assert 'id="entry-form"' not in page.content.decode()


def test_whoever_manages_no_unit_has_no_list_of_its_entries(scene):
    url = reverse("unit_entries", args=[scene.contest.slug])
    assert signed_in(scene.lan).get(url).status_code == 404


def test_the_preview_is_for_organizers(scene):
    organizer = make_user("Ban Tổ Chức", is_staff=True, email="to-chuc@example.vn")
    make_office(scene.contest, organizer)
    url = f"{scene.url}preview/"
    assert signed_in(scene.lan).get(url).status_code == 404
    client = browser()
    client.force_login(organizer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_as_many_queries_for_three_rows_as_for_one(scene, count, django_assert_max_num_queries):
    for _number in range(count):
        entry = make_entry(scene.call, scene.lan, unit=scene.cell, handed_in=True)
        make_author(entry, scene.binh)
    lan, manager = signed_in(scene.lan), signed_in(scene.manager)
    with django_assert_max_num_queries(18):
        lan.get(scene.url)
    with django_assert_max_num_queries(11):
        manager.get(reverse("unit_entries", args=[scene.contest.slug]))


def test_two_kinds_have_numbers_of_their_own(scene):
    other = make_kind(scene.call, "Mô hình", "MH")
    first = scene.begin()
    second = registering.begin(scene.call, scene.lan, kind=other, form="individual", now=NOON)
    assert (first.code, second.code) == ("SK-0001", "MH-0001")


# --- From strangers --------------------------------------------------------------------------------------------------
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_what_people_write_stands_in_every_page_as_text(scene):
    entry = scene.begin()
    data = {
        "title": NASTY, "answers": {scene.section.pk: NASTY}, "links": [{"title": NASTY, "url": "javascript:alert(1)"}],
        "authors": [{"id": entry.authors.get().pk, "role": NASTY}],
    }  # fmt: skip
    writing.save(entry.pk, scene.lan, revision=0, data=data, now=NOON)
    author = writing.add_author(entry.pk, scene.lan, name="Lê Văn Bình", number="0987654321", now=NOON)
    Author.objects.filter(pk=author.pk).update(full_name=NASTY[:120])
    lan, binh = signed_in(scene.lan), signed_in(scene.binh)
    path = reverse("entry", args=[entry.pk])
    pages = [lan.get(path), binh.get(path), lan.get(scene.url), binh.get(reverse("notices"))]
    writing.withdraw(entry.pk, scene.lan, reason=NASTY, now=NOON)
    pages += [lan.get(path), binh.get(path), binh.get(reverse("notices"))]
    for page in pages:
        words = page.content.decode()
        assert page.status_code == 200
        assert ("<script>alert" in words, "<img src=x" in words, 'href="javascript:' in words) == (False, False, False)


def test_what_is_anothers_answers_as_what_is_not_there(scene):
    entry, stranger = scene.begin(), signed_in(make_entrant(scene.contest, make_user()).user)
    for name in (
        "entry",
        "entry_save",
        "entry_submit",
        "entry_withdraw",
        "entry_author",
        "entry_confirm",
        "entry_files",
    ):
        for method in ("get", "post"):
            theirs, nobodys = (answer_of(stranger, method, reverse(name, args=[pk])) for pk in (entry.pk, entry.pk ^ 1))
            assert theirs == nobodys, (name, method)


def answer_of(client, method, path):
    """The answer without what differs in every page: its address, and the token of its forms."""
    answer = getattr(client, method)(path)
    words = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(path, "")
    return answer.status_code, words


def test_a_huge_body_is_refused_and_saves_nothing(scene):
    entry, client = scene.begin(), signed_in(scene.lan)
    path, section = reverse("entry_save", args=[entry.pk]), f"s{scene.section.pk}"
    assert client.post(path, {"revision": 0, section: "a" * 3_000_000}).status_code in {400, 409, 413}
    many = {f"x{place}": "1" for place in range(5000)}
    assert client.post(reverse("entry_save", args=[entry.pk]), {"revision": 0, "title": "a", **many}).status_code == 400
    entry.refresh_from_db()
    assert (entry.revision, entry.title) == (0, "")


def test_a_link_that_is_no_address_of_the_web_is_shown_and_never_led_to(scene):
    entry = scene.begin()
    Author.objects.filter(entry=entry).update(share=60)
    make_author(entry, scene.binh, confirmed_at=None)
    links = [{"title": "Phim", "url": "javascript:alert(1)"}, {"title": "Báo", "url": "https://example.vn/a"}]
    Entry.objects.filter(pk=entry.pk).update(links=links)
    page = signed_in(scene.binh).get(reverse("entry", args=[entry.pk])).content.decode()
    assert 'href="https://example.vn/a"' in page
    assert "Phim" in page
    assert "javascript:" not in page


def test_a_manager_reads_what_was_handed_in_and_not_what_is_being_written_since(scene):
    entry = scene.begin("group")
    key = str(scene.section.pk)
    content = {"title": "Tổ lưu động", "answers": {key: "Đã nộp như thế này."}, "links": [], "files": []}
    Version.objects.create(
        entry=entry, number=1, handed_in_at=NOON, handed_in_by=scene.lan, receipt="R", content=content
    )  # fmt: skip
    Entry.objects.filter(pk=entry.pk).update(
        status="submitted", version=1, submitted_at=NOON, answers={key: "Đang viết lại, chưa nộp."}
    )
    seen = {
        user: signed_in(user).get(reverse("entry", args=[entry.pk])).content.decode()
        for user in (scene.manager, scene.lan)
    }
    assert "Đã nộp như thế này." in seen[scene.manager]
    assert "chưa nộp" not in seen[scene.manager]
    assert "chưa nộp" in seen[scene.lan]
