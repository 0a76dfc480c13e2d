"""A contest's home, study documents, consents, and the person's own page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import User
from contest.rounds import entering
from contest.rounds.models import Consent, Contest, Document, Period
from tests.builders import (
    NOON,
    make_consent_text,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def client():
    """A browser whose requests all arrive at NOON."""
    browser = Client()
    browser.defaults.update({"contest.arrived_at": NOON.timestamp()})  # type: ignore[dict-item]
    return browser


@pytest.fixture
def contest():
    return make_contest(slug="chi-thi-24", title="Cuộc thi tìm hiểu Chỉ thị 24", entry=Contest.Entry.ROSTER)


@pytest.fixture
def period(contest) -> Period:
    round = make_round(contest, order=2, title="Trắc nghiệm", opens_at=NOON - DAY, closes_at=NOON + 9 * DAY)
    make_quiz(round, question_count=10)
    return make_period(round, opens_at=NOON - DAY, closes_at=NOON + DAY)


@pytest.fixture
def entrant(contest):
    return make_entrant(contest, make_user(unit=make_unit("Chi bộ thôn Đông"))).user


@pytest.fixture
def see(client):
    """A page as this person sees it: its status and its words, one after the other."""

    def see(path: str, user: User | None = None):
        client.logout()
        if user is not None:
            client.force_login(user, backend="accounts.signing_in.Backend")
        response = client.get(path)
        return response.status_code, words(response)

    return see


def words(response):
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")] if "<main" in page else page
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def between(text, start, end):
    return text[text.index(start) + len(start) : text.index(end, text.index(start) + len(start))].strip()


# --- The front -------------------------------------------------------------------------------------------------------
def test_the_front_leads_to_the_only_contest_or_lists_them(see, client, contest):
    make_contest(is_public=False)
    assert client.get("/").headers["Location"] == "/c/chi-thi-24/"
    other = make_contest(title="Cuộc thi khác")
    status, text = see("/")
    assert (status, str(other) in text, str(contest) in text) == (200, True, True)


def test_the_front_says_when_there_is_nothing(see):
    assert see("/") == (
        200,
        "Các cuộc thi Hiện chưa có cuộc thi nào được công bố Cuộc thi được công bố sẽ hiện ở đây. "
        "Người chuẩn bị cuộc thi tìm trong trang quản trị.",
    )


# --- The home --------------------------------------------------------------------------------------------------------
def test_a_contest_that_is_being_prepared_is_seen_by_its_offices_alone(see, contest, entrant):
    Contest.objects.update(is_public=False)
    organizer = make_office(contest, make_user(), "judge").user
    elsewhere = make_office(make_contest(), make_user(), "organizer").user
    seen = [see("/c/chi-thi-24/", user)[0] for user in (None, entrant, elsewhere, organizer)]
    assert seen == [404, 404, 404, 200]


@pytest.mark.parametrize(
    ("who", "button"),
    [
        ("stranger", "Đăng nhập để vào thi Cần mã 8 ký tự trên phiếu dự thi"),
        ("entrant", "Vào vòng thi"),
        ("office", "Vào bàn làm việc Xem thể lệ Đồng chí có nhiệm vụ trong cuộc thi này nên không dự thi."),
        (
            "nobody",
            "Xem thể lệ Chưa có tên đồng chí trong danh sách đơn vị nào của cuộc thi này. "
            "Đồng chí đề nghị đơn vị bổ sung.",
        ),
    ],
)
def test_the_way_in_is_that_of_the_viewer(see, contest, period, entrant, who, button):
    office = make_office(contest, make_user(), "judge").user
    user = {"stranger": None, "entrant": entrant, "office": office, "nobody": make_user()}[who]
    status, text = see("/c/chi-thi-24/", user)
    assert (status, between(text, "giây", "Các vòng thi")) == (200, button)


def test_an_open_contest_offers_to_register(see, contest, period):
    Contest.objects.update(entry=Contest.Entry.OPEN)
    assert between(see("/c/chi-thi-24/", make_user())[1], "giây", "Các vòng thi") == "Đăng ký dự thi"


def test_the_timeline_has_every_round_with_its_state(see, contest, period):
    make_round(contest, order=1, kind="essay", title="Bài viết", opens_at=NOON - 9 * DAY, closes_at=NOON - 2 * DAY)
    make_round(contest, order=3, kind="live", title="Chung kết", opens_at=None, closes_at=None, place="Vân Đình")
    text = between(see("/c/chi-thi-24/")[1], "Xếp hạng cá nhân, đơn vị", "Đồng chí đã có phiếu")
    assert text == (
        "Vòng 1 Đã đóng Bài viết 16/11/2026 – 23/11/2026 Nội dung kêu gọi và cách dự thi : Bài viết Kết quả : Bài viết "
        "2 Vòng 2 Đang mở Trắc nghiệm 24/11/2026 – 04/12/2026 1 kỳ thi. "
        "Kỳ 1 mở đến 12:00 thứ Năm 26/11/2026. Thể lệ và vào thi : Trắc nghiệm "
        "3 Vòng 3 Chưa định ngày Chung kết Vân Đình"
    )


def test_a_contest_without_rounds_says_so(see, contest):
    assert "Chưa công bố các vòng thi" in see("/c/chi-thi-24/")[1]


def test_the_home_shows_no_count_whatever_the_setting(see, contest, period):
    for _person in range(7):
        make_entrant(contest)
    assert not re.search(r"\b7\b", re.sub(r"\d+/\d+/\d+|\d\d:\d\d", "", see("/c/chi-thi-24/")[1]))


def test_the_countdown_is_in_seconds_of_the_server(client, contest, period):
    page = client.get("/c/chi-thi-24/").content.decode()
    (seconds,) = re.findall(r'data-countdown="(\d+)"', page)
    assert int(seconds) == DAY.total_seconds()


def test_rules_prizes_and_documents(client, see, contest):
    Contest.objects.update(rules="# Ai\n\n**Đảng viên** <script>", prizes="Nhất: 1", hotline="024 1")
    file = Document.objects.create(contest=contest, title="Toàn văn", file=ContentFile(b"%PDF-1.7", name="a.PDF"))
    link = Document.objects.create(contest=contest, title="Báo cáo", url="https://example.vn/a", order=1)
    page = client.get("/c/chi-thi-24/").content.decode()
    assert "<h3>Ai</h3>\n<p><strong>Đảng viên</strong> &lt;script&gt;</p>" in page
    assert [f"/c/chi-thi-24/documents/{found.pk}/" in page for found in (file, link)] == [True, True]


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_the_home_costs_the_same_queries_however_many_rounds(
    client, django_assert_num_queries, contest, entrant, rounds, is_signed_in
):
    for _round in range(rounds):
        made = make_quiz(make_round(contest, opens_at=NOON - DAY, closes_at=NOON + DAY)).round
        for week in range(rounds):
            make_period(made, opens_at=NOON + 7 * week * DAY, closes_at=NOON + 7 * (week + 1) * DAY)
        Document.objects.create(contest=contest, title="Báo cáo", url="https://example.vn/a")
    if is_signed_in:
        client.force_login(entrant, backend="accounts.signing_in.Backend")
    person = 1 if is_signed_in else 0
    for queries in (6 + person, 1 + person):  # as it is read anew after a change, and as it is kept
        with django_assert_num_queries(queries):
            assert client.get("/c/chi-thi-24/").status_code == 200


# --- Documents -------------------------------------------------------------------------------------------------------
def test_a_document_is_opened_or_saved_under_its_title(client, contest):
    pdf = Document.objects.create(contest=contest, title="Toàn văn", file=ContentFile(b"%PDF-1.7", name="a.PDF"))
    page = Document.objects.create(contest=contest, title="Bẫy", file=ContentFile(b"<script>", name="a.html"))
    link = Document.objects.create(contest=contest, title="Báo cáo", url="https://example.vn/a")
    seen = [client.get(f"/c/chi-thi-24/documents/{found.pk}/") for found in (pdf, page, link)]
    assert [(r.status_code, r.get("Content-Type"), r.get("Content-Disposition")) for r in seen[:2]] == [
        (200, "application/pdf", "inline; filename*=utf-8''To%C3%A0n%20v%C4%83n.pdf"),
        (200, "application/octet-stream", "attachment; filename*=utf-8''B%E1%BA%ABy.html"),
    ]
    assert ["sandbox" in r["Content-Security-Policy"] for r in seen[:2]] == [False, True]
    assert {r["X-Content-Type-Options"] for r in seen} == {"nosniff"}
    assert [b"".join(r.streaming_content) for r in seen[:2]] == [b"%PDF-1.7", b"<script>"]
    assert (seen[2].status_code, seen[2]["Location"]) == (302, "https://example.vn/a")


def test_a_document_whose_file_is_gone_is_not_there(client, contest):
    found = Document.objects.create(contest=contest, title="Mất", file="documents/khong-con.pdf")
    assert client.get(f"/c/chi-thi-24/documents/{found.pk}/").status_code == 404


def test_a_document_is_found_through_its_contest_alone(client, contest):
    found = Document.objects.create(contest=contest, title="Báo cáo", url="https://example.vn/a")
    make_contest(slug="khac")
    assert client.get(f"/c/khac/documents/{found.pk}/").status_code == 404
    Contest.objects.update(is_public=False)
    assert client.get(f"/c/chi-thi-24/documents/{found.pk}/").status_code == 404


# --- Consents --------------------------------------------------------------------------------------------------------
def standing(user):
    return list(Consent.objects.filter(user=user, withdrawn_at=None).values_list("text", flat=True).order_by("text"))


def test_consents_are_asked_for_one_by_one_and_never_ticked_beforehand(client, contest, entrant):
    needed = make_consent_text(contest, is_required=True, published_at=NOON - DAY)
    free = make_consent_text(contest, "publishing", published_at=NOON - DAY)
    client.force_login(entrant, backend="accounts.signing_in.Backend")
    page = client.get("/c/chi-thi-24/consents/?next=/c/chi-thi-24/rounds/2/")
    assert b"checked" not in page.content
    refused = client.post("/c/chi-thi-24/consents/", {f"text_{free.pk}": "on"})
    assert ("Cần đồng ý nội dung này mới dự thi được." in words(refused), standing(entrant)) == (True, [])
    there = client.post("/c/chi-thi-24/consents/", {f"text_{needed.pk}": "on", "next": "/c/chi-thi-24/rounds/2/"})
    assert (there["Location"], standing(entrant)) == ("/c/chi-thi-24/rounds/2/", [needed.pk])
    again = client.get("/c/chi-thi-24/consents/")
    assert (f"text_{needed.pk}" in again.content.decode(), f"text_{free.pk}" in again.content.decode()) == (False, True)


def test_the_way_on_never_leads_to_another_site(client, contest, entrant):
    client.force_login(entrant, backend="accounts.signing_in.Backend")
    there = client.post("/c/chi-thi-24/consents/", {"next": "https://example.vn/"})
    assert there["Location"] == "/c/chi-thi-24/"


def test_on_the_own_page_a_consent_is_given_and_taken_back(client, contest, entrant):
    text = make_consent_text(contest, "publishing", published_at=NOON - DAY)
    neighbour = make_entrant(contest).user
    entering.give_consent(neighbour, text, now=NOON)
    client.force_login(entrant, backend="accounts.signing_in.Backend")
    assert client.get(f"/me/consents/{text.pk}/").status_code == 405
    client.post(f"/me/consents/{text.pk}/", {"action": "give"})
    assert standing(entrant) == [text.pk]
    client.post(f"/me/consents/{text.pk}/", {"action": "withdraw"})
    assert (standing(entrant), standing(neighbour)) == ([], [text.pk])


def test_an_outdated_wording_is_refused_with_a_sentence(client, contest, entrant):
    old = make_consent_text(contest, published_at=NOON - DAY)
    make_consent_text(contest, published_at=NOON - DAY)
    client.force_login(entrant, backend="accounts.signing_in.Backend")
    page = client.post(f"/me/consents/{old.pk}/", {"action": "give"}, follow=True)
    assert ("Nội dung vừa được thay đổi. Đồng chí đọc lại bản mới." in words(page), standing(entrant)) == (True, [])


def test_a_stranger_is_asked_to_sign_in(client, contest):
    text = make_consent_text(contest)
    for path in ("/me/", "/c/chi-thi-24/consents/"):
        assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert client.post(f"/me/consents/{text.pk}/")["Location"].startswith("/sign-in/")


# --- The own page ----------------------------------------------------------------------------------------------------
def test_the_own_page_masks_what_is_secret_and_shows_only_the_own(see, contest):
    top = make_unit("Đảng bộ xã Phương Tú")
    user = make_user("Nguyễn Thị Hương", phone="0912345612", unit=make_unit("Chi bộ Ngọc Động", parent=top))
    user.citizen_number = "001187000123"
    user.save()
    make_entrant(contest, user, is_obliged=True)
    make_entrant(contest, make_user("Người Khác"))
    text = make_consent_text(contest, published_at=NOON - DAY)
    entering.give_consent(user, text, now=NOON)
    status, page = see("/me/", user)
    expected = [
        "091•••••12",
        "001•••••••123",
        "Chi bộ Ngọc Động, Đảng bộ xã Phương Tú",
        "Có trong danh sách của đơn vị",
    ]
    assert (status, [each in page for each in expected]) == (200, [True] * 4)
    assert [each in page for each in ("0912345612", "001187000123", "Người Khác")] == [False] * 3


def test_the_own_page_of_someone_without_a_contest(see):
    assert "Đồng chí chưa tham gia cuộc thi nào" in see("/me/", make_user())[1]


def test_the_own_page_tells_of_a_new_wording_and_of_a_bar(see, contest, entrant):
    entering.give_consent(entrant, make_consent_text(contest, published_at=NOON - DAY), now=NOON)
    make_consent_text(contest, published_at=NOON)
    entering.bar(contest.entrants.get(), reason="Thi hộ", by=None, now=NOON)
    page = see("/me/", entrant)[1]
    assert ("bản số 1; nay có bản số 2" in page, "Không được dự thi" in page, "Thi hộ" in page) == (True, True, True)


@pytest.mark.parametrize("contests", [1, 3])
def test_the_own_page_costs_the_same_queries_however_many_contests(client, django_assert_num_queries, contests):
    user = make_user(unit=make_unit(parent=make_unit()))
    for _contest in range(contests):
        contest = make_contest()
        make_entrant(contest, user)
        entering.give_consent(user, make_consent_text(contest), now=NOON)
    client.force_login(user, backend="accounts.signing_in.Backend")
    client.get("/me/")  # the only contest is kept from then on
    with django_assert_num_queries(7):
        assert client.get("/me/").status_code == 200
