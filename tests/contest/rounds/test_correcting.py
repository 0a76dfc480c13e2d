"""Putting right what is written wrong about a person: who is refused, and what is kept."""

from datetime import date

import pytest

from accounts.models import User
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds.correcting import Details, correct
from tests.builders import NOON, make_contest, make_entrant, make_office, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def organizer(contest):
    user = make_user("Vũ Thị Lan", is_staff=True)
    make_office(contest, user)
    return user


def put_right(entrant, by, **said):
    return correct(entrant, Details(**{"full_name": "Nguyễn Thị Hoà", "birth_year": 1970} | said), by=by, now=NOON)


def test_only_organizers_of_the_contest_correct(contest, organizer):
    entrant, stranger, manager = make_entrant(contest), make_user("Ai đó"), make_user("Quản lý")
    make_office(make_contest(), stranger)
    make_office(contest, manager, "unit_manager", make_unit())
    for by in (stranger, manager, entrant.user):
        with pytest.raises(Refused):
            put_right(entrant, by, phone="0912345678")
    assert User.objects.get(pk=entrant.user_id).phone == ""


@pytest.mark.parametrize("role", ["organizer", "unit_manager", "judge"])
def test_who_holds_an_office_anywhere_is_left_alone(contest, organizer, role):
    entrant = make_entrant(contest)
    make_office(make_contest(), entrant.user, role, make_unit() if role == "unit_manager" else None)
    with pytest.raises(Refused) as caught:
        put_right(entrant, organizer, phone="0912345678")
    assert caught.value.code == "office"


def test_staff_and_closed_accounts_are_left_alone(contest, organizer):
    for fields in ({"is_staff": True}, {"is_superuser": True}, {"is_active": False}):
        with pytest.raises(Refused):
            put_right(make_entrant(contest, make_user(**fields)), organizer, phone="0912345678")


def test_an_address_is_given_once_and_never_changed(contest, organizer):
    entrant = make_entrant(contest)
    assert put_right(entrant, organizer, email="Hoa@example.vn") == ["email"]
    with pytest.raises(Refused) as caught:
        put_right(entrant, organizer, email="khac@example.vn")
    assert caught.value.code == "email"
    assert put_right(entrant, organizer, email="") == []
    assert User.objects.get(pk=entrant.user_id).email == "hoa@example.vn"


@pytest.mark.parametrize("field", ["email", "party_card", "citizen_number"])
def test_what_somebody_else_has_is_refused(contest, organizer, field):
    value = {"email": "an@example.vn", "party_card": "29.1", "citizen_number": "001170012345"}[field]
    other = make_user("Người khác")
    setattr(other, field, value)
    other.save()
    with pytest.raises(Refused) as caught:
        put_right(make_entrant(contest), organizer, **{field: value})
    assert caught.value.code == field


def test_a_name_is_needed(contest, organizer):
    with pytest.raises(Refused):
        put_right(make_entrant(contest), organizer, full_name="  ")


def test_all_is_put_right_and_the_ledger_names_fields_without_values(contest, organizer):
    entrant = make_entrant(contest)
    said = {
        "full_name": " H'Hen  Niê", "sort_name": "Hen H'Niê", "birth_date": date(1992, 5, 15), "birth_year": 1992,
        "phone": "0912345678", "party_card": "29.104857", "is_party_member": True, "citizen_number": "001192012345",
    }  # fmt: skip
    changed = put_right(entrant, organizer, **said)
    user = User.objects.get(pk=entrant.user_id)
    kept = {name: getattr(user, name) for name in said}
    assert kept == said | {"full_name": "H'Hen Niê"}
    assert "0912345678" in user.search
    entry = Entry.objects.get(action="people.corrected")
    assert (entry.actor_id, entry.contest_id, entry.subject) == (
        organizer.pk,
        contest.pk,
        f"rounds.entrant:{entrant.pk}",
    )
    assert entry.data == {"fields": changed}
    assert changed == [
        "full_name", "sort_name", "birth_date", "birth_year", "phone", "party_card", "is_party_member",
        "citizen_number",
    ]  # fmt: skip


def test_the_same_again_changes_and_records_nothing(contest, organizer):
    entrant = make_entrant(contest)
    said = {"phone": "0912345678", "citizen_number": "001170012345"}
    assert put_right(entrant, organizer, **said) == ["phone", "citizen_number"]
    assert put_right(entrant, organizer, **said) == []
    assert Entry.objects.filter(action="people.corrected").count() == 1
