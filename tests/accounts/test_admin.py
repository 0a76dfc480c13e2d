"""Units and people at the desk, through its pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import slips
from accounts.admin import PersonField
from accounts.models import Slip, Unit, User
from contest.foundations.ledger.models import Entry
from tests.builders import make_unit, make_user

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
TODAY = NOW.strftime("%d/%m/%Y")


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("Quản trị", email="root@example.vn", is_staff=True, is_superuser=True))
    return client


# --- Choosing a person -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["HOA@example.vn ", "0912 345 678", "+84912345678", "TH-001"])
def test_a_person_is_found_by_address_phone_or_card(typed):
    user = make_user(email="hoa@example.vn", phone="0912345678", party_card="TH-001")
    make_user("Người khác", email="khac@example.vn")
    assert PersonField().clean(typed) == user


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ai@example.vn", "Không ai có địa chỉ hoặc số này."),
        ("Nguyễn Thị Hoà", "Không ai có địa chỉ hoặc số này."),
        ("đóng@example.vn", "Không ai có địa chỉ hoặc số này."),
        ("0912345678", "Nhiều người có số này: hãy dùng địa chỉ thư điện tử hoặc số thẻ đảng viên."),
    ],
)
def test_who_is_not_one_person_is_refused(typed, sentence):
    make_user(phone="0912345678")
    make_user("Người nhà", phone="0912345678")
    make_user("Đã đóng", email="đóng@example.vn", is_active=False)
    with pytest.raises(ValidationError) as caught:
        PersonField().clean(typed)
    assert caught.value.messages == [sentence]


# --- Units -----------------------------------------------------------------------------------------------------------
def test_the_list_goes_as_the_tree_goes(client):
    root = make_unit("Đảng bộ huyện")
    second = make_unit("Xã B", parent=root)
    first = make_unit("Xã A", parent=root)
    below = make_unit("Chi bộ", parent=second)
    page = client.get(reverse("admin:accounts_unit_changelist"))
    assert list(page.context["cl"].result_list) == [root, first, second, below]


def test_a_unit_is_found_without_diacritics(client):
    unit = make_unit("Đảng bộ xã Hòa Xá")
    make_unit("Khác")
    page = client.get(reverse("admin:accounts_unit_changelist"), {"q": "hoa xa"})
    assert list(page.context["cl"].result_list) == [unit]


def test_a_unit_is_moved_but_not_below_itself(client):
    unit = make_unit("Xã A")
    below, other = make_unit("Chi bộ", parent=unit), make_unit("Huyện")
    url = reverse("admin:accounts_unit_move", args=[unit.pk])
    assert client.post(url, {"parent": below.pk}).status_code == 200
    assert client.post(url, {"parent": other.pk}).status_code == 302
    unit.refresh_from_db()
    assert unit.parent == other


def test_units_are_merged_and_split(client):
    old = make_unit("Xã A")
    into, person = make_unit("Xã B"), make_user(unit=old)
    merge = reverse("admin:accounts_unit_merge", args=[old.pk])
    assert client.post(merge, {"into": into.pk, "day": TODAY}).status_code == 302
    person.refresh_from_db()
    assert person.unit == into
    split = reverse("admin:accounts_unit_split", args=[into.pk])
    assert client.post(split, {"names": "Xã C", "day": TODAY}).status_code == 200
    assert client.post(split, {"names": "Xã C\n\nXã D\n", "day": TODAY}).status_code == 302
    assert set(Unit.objects.filter(valid_until=None).values_list("name", flat=True)) == {"Xã C", "Xã D"}


# --- People ----------------------------------------------------------------------------------------------------------
def person_form(user: User, **fields: str) -> dict[str, str]:
    return {"full_name": user.full_name, "birth_year": "1970", "is_active": "on", **fields}


def test_numbers_are_kept_as_they_are_compared_and_the_citizen_number_is_never_shown(client):
    user = make_user()
    url = reverse("admin:accounts_user_change", args=[user.pk])
    data = person_form(user, phone="+84 912 345 678", new_citizen_number="001170012345")
    assert client.post(url, data).status_code == 302
    user.refresh_from_db()
    assert (user.phone, user.citizen_number) == ("0912345678", "001170012345")
    entry = Entry.objects.get()
    assert (entry.action, entry.subject) == ("people.written", f"accounts.user:{user.pk}")
    assert entry.data == {"fields": ["new_citizen_number", "phone"], "is_new": False}
    page = client.get(url).content.decode()
    assert ("001170012345" in page, "001•••••••345" in page.replace("*", "•")) == (False, True)


@pytest.mark.parametrize("fields", [{"phone": "123"}, {"new_citizen_number": "12"}, {"new_citizen_number": "TAKEN"}])
def test_numbers_that_are_none_or_someone_elses_are_refused(client, fields):
    other = make_user("Người khác")
    other.citizen_number = "001170012345"
    other.save()
    user = make_user()
    typed = {name: value.replace("TAKEN", "001170012345") for name, value in fields.items()}
    response = client.post(reverse("admin:accounts_user_change", args=[user.pk]), person_form(user, **typed))
    assert (response.status_code, list(response.context["adminform"].form.errors)) == (200, list(fields))


def test_who_is_closed_is_signed_out_and_the_slip_is_void(client):
    user = make_user()
    slips.issue(user, by=None, now=NOW - timedelta(days=1))
    stamp = user.session_stamp
    data = person_form(user)
    del data["is_active"]
    assert client.post(reverse("admin:accounts_user_change", args=[user.pk]), data).status_code == 302
    user.refresh_from_db()
    assert (user.is_active, user.session_stamp != stamp, Slip.objects.filter(revoked_at=None).count()) == (
        False,
        True,
        0,
    )


def test_a_slip_is_voided_and_sessions_are_ended(client):
    user = make_user()
    slips.issue(user, by=None, now=NOW)
    stamp = User.objects.get(pk=user.pk).session_stamp
    assert client.post(reverse("admin:accounts_user_revoke_slips", args=[user.pk]), {"asked": "1"}).status_code == 302
    assert Slip.objects.filter(revoked_at=None).count() == 0
    assert client.post(reverse("admin:accounts_user_end_sessions", args=[user.pk]), {"asked": "1"}).status_code == 302
    assert User.objects.get(pk=user.pk).session_stamp != stamp
    assert Entry.objects.latest("id").action == "sessions.ended"


def test_nobody_is_deleted_and_slips_are_only_looked_at(client):
    user = make_user()
    [issued] = slips.issue(user, by=None, now=NOW)
    for name, pk in (("user", user.pk), ("slip", issued.slip.pk), ("unit", make_unit().pk)):
        assert client.post(reverse(f"admin:accounts_{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse("admin:accounts_slip_change", args=[issued.slip.pk]), {}).status_code == 403
