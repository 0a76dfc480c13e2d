"""The page on which people register: what it refuses, how it works without script, and the code that it shows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Slip, User
from contest.rounds.models import Consent, ConsentText, Entrant
from tests.builders import make_contest, make_entrant, make_office, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện Ứng Hòa")


@pytest.fixture
def cell(district):
    return make_unit("Chi bộ thôn Phí Trạch", parent=make_unit("Đảng bộ xã Phương Tú", parent=district))


@pytest.fixture
def contest(district):
    return make_contest(root=district)


@pytest.fixture
def text(contest):
    return ConsentText.objects.create(
        contest=contest,
        kind="taking_part",
        text="Tôi đồng ý.",
        is_required=True,
        published_at=timezone.now() - timedelta(days=1),
    )


def address(contest, rest=""):
    return f"/c/{contest.slug}/register/{rest}"


def typed(cell, text, **fields):
    return {
        "full_name": "Nguyễn Thị Hương",
        "birth": "02/09/1975",
        "phone": "0912 345 678",
        "is_party_member": "yes",
        "unit": cell.pk,
        f"text_{text.pk}": "on",
        **fields,
    }


# --- Refusals ---------------------------------------------------------------------------------------------------------
def test_a_contest_that_is_not_public_is_not_there(client, district):
    assert client.get(address(make_contest(is_public=False, root=district))).status_code == 404


def test_a_contest_by_lists_says_so(client):
    contest = make_contest(entry="roster")
    page = client.get(address(contest))
    assert page.status_code == 200
    assert "<form method" not in page.content.decode().split('<main id="main"')[1]
    assert client.post(address(contest), {"full_name": "x"}).status_code == 200
    assert User.objects.count() == 0


def test_what_is_missing_is_marked(client, contest, cell, text):
    page = client.post(address(contest), {"full_name": "123", "birth": "31/02/1975", "phone": "123", "unit": "none"})
    assert page.status_code == 400
    assert sorted(page.context["form"].errors) == ["birth", "full_name", "is_party_member", "phone", "unit_text"]
    assert list(page.context["consents"].errors) == [f"text_{text.pk}"]
    assert User.objects.count() == 0


def test_programs_that_fill_in_everything_are_refused(client, contest, cell, text):
    page = client.post(address(contest), typed(cell, text, website="https://spam.example"))
    assert (page.status_code, User.objects.count()) == (400, 0)


def test_no_box_is_ticked_beforehand(client, contest, text):
    page = client.get(address(contest)).content.decode()
    assert page.count(f'name="text_{text.pk}"') == 1
    assert "checked" not in page


def test_someone_who_may_be_in_already_is_shown_the_way_back(client, contest, cell, text):
    client.post(address(contest), typed(cell, text))
    client.logout()
    same = client.post(address(contest), typed(cell, text, is_somebody_else="on"))
    assert (same.status_code, same.context["likeness"], User.objects.count()) == (409, "same", 1)
    husband = client.post(address(contest), typed(cell, text, full_name="Lê Văn Nam"))
    assert (husband.status_code, husband.context["likeness"]) == (409, "phone")
    assert "Nguyễn Thị Hương" not in husband.content.decode()
    assert (
        client.post(address(contest), typed(cell, text, full_name="Lê Văn Nam", is_somebody_else="on")).status_code
        == 302
    )
    assert User.objects.count() == 2


# --- Without script ---------------------------------------------------------------------------------------------------
def test_a_unit_is_searched_for_by_the_button(client, contest, cell, text):
    page = client.post(address(contest), {"search": "1", "unit_text": "phi trach", "full_name": "Nguyễn Thị Hương"})
    assert page.status_code == 200
    assert [place.unit for place in page.context["places"]] == [cell]
    assert page.context["form"]["full_name"].value() == "Nguyễn Thị Hương"
    assert page.context["form"].errors == {}
    none = client.post(address(contest), {"search": "1", "unit_text": "không có đâu"})
    assert none.context["places"] == []


def test_the_units_for_the_script(client, contest, cell):
    found = client.get(f"/c/{contest.slug}/units/", {"q": "phi trach phuong tu"}).json()
    assert found == {"units": [{"id": cell.pk, "name": "Chi bộ thôn Phí Trạch", "above": "Đảng bộ xã Phương Tú"}]}
    assert client.get(f"/c/{contest.slug}/units/").json() == {"units": []}


# --- In ---------------------------------------------------------------------------------------------------------------
def test_a_new_person_is_in_and_sees_the_code(client, contest, cell, text):
    answer = client.post(address(contest), typed(cell, text))
    assert (answer.status_code, answer["Location"]) == (302, address(contest, "done/"))
    entrant = Entrant.objects.get()
    assert (entrant.unit, entrant.user.phone, Consent.objects.count()) == (cell, "0912345678", 1)
    page = client.get(address(contest, "done/"))
    code = page.context["code"]
    assert code in page.content.decode()
    assert (page["Cache-Control"].count("no-store"), page.context["identifier"]) == (1, "0912345678")
    sheet = client.get(address(contest, "slip/"))
    assert (sheet["Content-Type"], sheet.content[:5]) == ("application/pdf", b"%PDF-")
    assert Slip.objects.filter(revoked_at=None).count() == 1
    client.logout()
    signed = client.post("/sign-in/", {"identifier": "0912345678", "code": code})
    assert signed.status_code == 302


def test_the_code_is_gone_after_a_while(client, contest, cell, text):
    client.post(address(contest), typed(cell, text))
    Slip.objects.update(issued_at=timezone.now() - timedelta(hours=1))
    for page in ("done/", "slip/"):
        assert client.get(address(contest, page))["Location"] == f"/c/{contest.slug}/"


def test_another_persons_code_is_not_shown(client, contest, cell, text):
    client.post(address(contest), typed(cell, text))
    other = make_user()
    make_entrant(contest, other)
    client.force_login(other, backend="accounts.signing_in.Backend")
    assert client.get(address(contest, "done/")).status_code == 302


def test_the_session_does_not_tell_the_code(client, contest, cell, text):
    client.post(address(contest), typed(cell, text))
    code = client.get(address(contest, "done/")).context["code"].replace("-", "")
    assert code not in str(dict(client.session))


def test_someone_signed_in_joins_with_what_is_known(client, contest, cell, text):
    user = make_user("Lê Văn Nam", unit=cell)
    client.force_login(user, backend="accounts.signing_in.Backend")
    page = client.get(address(contest))
    assert page.context["chosen"] == str(cell.pk)
    assert client.post(address(contest), {"unit": cell.pk}).status_code == 400
    answer = client.post(address(contest), {"unit": cell.pk, f"text_{text.pk}": "on"})
    assert answer["Location"] == f"/c/{contest.slug}/"
    assert Entrant.objects.get().user == user
    assert client.get(address(contest)).status_code == 302
    assert User.objects.count() == 1


def test_an_organizer_does_not_join(client, contest, cell, text):
    organizer = make_user("Vũ Thị Lan")
    make_office(contest, organizer)
    client.force_login(organizer, backend="accounts.signing_in.Backend")
    page = client.post(address(contest), {"unit": cell.pk, f"text_{text.pk}": "on"})
    assert (page.status_code, Entrant.objects.count()) == (409, 0)


def test_queries_do_not_grow_with_what_is_found(client, contest, cell, text, django_assert_num_queries):
    for number in range(3):
        make_unit(f"Chi bộ số {number}", parent=cell)
    with django_assert_num_queries(6):
        client.post(address(contest), {"search": "1", "unit_text": "số 1"})
    with django_assert_num_queries(6):
        client.post(address(contest), {"search": "1", "unit_text": "số"})


# --- Offices ----------------------------------------------------------------------------------------------------------
def test_each_office_leads_to_its_work(client, contest, cell):
    url = f"/c/{contest.slug}/office/"
    assert client.get(url).status_code == 302
    for role, where in (
        ("unit_manager", f"/c/{contest.slug}/desk/"),
        ("organizer", "/admin/"),
        ("judge", f"/c/{contest.slug}/judging/"),
    ):
        user = make_user()
        make_office(contest, user, role, cell if role == "unit_manager" else None)
        client.force_login(user, backend="accounts.signing_in.Backend")
        assert client.get(url)["Location"] == where
    client.force_login(make_user(), backend="accounts.signing_in.Backend")
    assert client.get(url).status_code == 404
