"""Coming in by oneself: who is refused or sent to the way back in, and what units then do."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from accounts.models import User
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds import registering
from contest.rounds.models import Consent, ConsentText, Entrant
from contest.rounds.registering import Belonging, Person
from tests.builders import NOON, make_contest, make_entrant, make_office, make_round, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện Ứng Hòa")


@pytest.fixture
def commune(district):
    return make_unit("Đảng bộ xã Phương Tú", parent=district, block="Khối xã")


@pytest.fixture
def cell(commune):
    return make_unit("Chi bộ thôn Phí Trạch", parent=commune)


@pytest.fixture
def contest(district):
    return make_contest(root=district)


def make_text(contest, kind="taking_part", **fields):
    values = {"text": "Tôi đồng ý.", "is_required": kind == "taking_part", "published_at": NOON - timedelta(days=1)}
    return ConsentText.objects.create(contest=contest, kind=kind, **(values | fields))


def person(**fields):
    return Person(**{"full_name": "Nguyễn Thị Hương", "birth_year": 1975, "phone": "0912345678", **fields})


def register(contest, who=None, belonging=None, **options):
    return registering.register(
        contest, who or person(), belonging or Belonging(), **({"agreed": [], "now": NOON} | options)
    )


def refused(*args, **options):
    with pytest.raises(Refused) as refusal:
        register(*args, **options)
    return refusal.value.code


# --- Refusals ---------------------------------------------------------------------------------------------------------
def test_not_in_a_contest_by_lists_nor_in_one_that_is_over(contest):
    assert refused(make_contest(entry="roster")) == "closed"
    make_round(contest, closes_at=NOON)
    make_round(contest, order=0, is_practice=True, closes_at=None)
    assert refused(contest) == "closed"
    make_round(contest, order=9, closes_at=None)
    assert register(contest).origin == "registered"


def test_not_without_the_consent_that_is_needed(contest):
    needed, optional = make_text(contest), make_text(contest, "publishing")
    old = make_text(contest, "keeping", version=1)
    new = make_text(contest, "keeping", version=2)
    assert refused(contest, agreed=[optional.pk]) == "consent"
    assert User.objects.count() == 0
    entrant = register(contest, agreed=[needed.pk, old.pk])
    assert list(Consent.objects.values_list("user", "text", "given_at")) == [(entrant.user_id, needed.pk, NOON)]
    assert new.pk not in Consent.objects.values_list("text", flat=True)


def test_not_into_a_unit_outside_or_one_that_has_ended(contest, commune):
    assert refused(contest, belonging=Belonging(unit=make_unit("Huyện khác"))) == "unit"
    ended = make_unit("Chi bộ cũ", parent=commune, valid_until=date(2020, 1, 1))
    assert refused(contest, belonging=Belonging(unit=ended)) == "unit"


def test_the_very_same_person_never_becomes_two(contest):
    register(contest, person(citizen_number="001175012345", email="huong@example.vn"))
    for again in (
        person(),
        person(full_name="NGUYEN THI HUONG", birth_date=date(1975, 9, 2)),
        person(full_name="Người khác", phone="0987654321", citizen_number="001175012345"),
    ):
        assert refused(contest, again, is_somebody_else=True) == "same"
    another = person(full_name="Người khác", phone="0987654321", email="huong@example.vn")
    assert refused(contest, another, is_somebody_else=True) == "email"
    assert User.objects.count() == 1


def test_a_shared_phone_is_asked_about_and_then_let_in(contest):
    register(contest)
    husband = person(full_name="Nguyễn Văn Nam", birth_year=1970)
    assert refused(contest, husband) == "phone"
    assert register(contest, husband, is_somebody_else=True).user.phone == "0912345678"
    daughter = person(birth_year=2000)  # of the same name
    assert refused(contest, daughter) == "phone"
    assert register(contest, daughter, is_somebody_else=True).user.birth_year == 2000


def test_the_same_name_in_the_same_unit_is_asked_about(contest, cell, commune):
    register(contest, belonging=Belonging(unit=cell))
    namesake = person(phone="0987654321")
    assert refused(contest, namesake, Belonging(unit=cell)) == "name"
    assert register(contest, namesake, Belonging(unit=commune)).unit == commune
    other_day = person(phone="0987654322")
    assert register(contest, other_day, Belonging(unit=cell), is_somebody_else=True).unit == cell


def test_different_citizen_numbers_are_different_people(contest, cell):
    register(contest, person(citizen_number="001175012345"), Belonging(unit=cell))
    twin = person(citizen_number="001175099999")
    assert register(contest, twin, Belonging(unit=cell)).user.citizen_number == "001175099999"


def test_someone_on_a_list_is_sent_to_the_slip(contest, cell):
    make_entrant(contest, make_user("Nguyễn Thị Hương", birth_year=1975, phone="0912345678", unit=cell))
    assert refused(contest) == "same"


def test_one_phone_registers_so_many_and_no_more(contest):
    for number in range(registering.MOST_A_PHONE):
        register(contest, person(full_name=f"Người {'abcdefghijklm'[number]}"), is_somebody_else=True)
    with pytest.raises(Refused):
        register(contest, person(full_name="Người thừa"), is_somebody_else=True)
    assert register(contest, person(full_name="Người khác", phone="0987654321")).pk


def test_the_numbers_of_those_who_register_tell_nobody_how_many_there_are(contest):
    made = [register(contest, person(phone=f"091222330{number}")).user_id for number in range(6)]
    assert max(made) - min(made) > 10**9
    assert made != sorted(made)


# --- Coming in --------------------------------------------------------------------------------------------------------
def test_a_new_person_is_in(contest, district, commune, cell):
    entrant = register(contest, person(birth_date=date(1975, 9, 2), is_party_member=True), Belonging(unit=cell))
    user = entrant.user
    assert (user.full_name, user.birth_date, user.birth_year, user.is_party_member, user.unit) == (
        "Nguyễn Thị Hương",
        date(1975, 9, 2),
        1975,
        True,
        cell,
    )
    assert (user.has_usable_password(), user.is_staff, user.search) == (False, False, "nguyen thi huong 0912345678")
    assert (entrant.unit_path, entrant.block) == ([district.pk, commune.pk, cell.pk], "Khối xã")
    assert (entrant.origin, entrant.is_obliged, entrant.unit_confirmed_at) == ("registered", False, None)


def test_a_unit_that_is_on_no_list_is_kept_in_their_words(contest):
    entrant = register(contest, belonging=Belonging(claim="  Chi bộ  chợ "))
    assert (entrant.unit, entrant.unit_path, entrant.unit_claim) == (None, [], "Chi bộ chợ")


def test_joining_by_someone_who_is_known(contest, cell):
    user, text = make_user(unit=cell), make_text(contest)
    with pytest.raises(Refused) as refusal:
        registering.join(contest, user, Belonging(unit=cell), agreed=[], now=NOON)
    assert refusal.value.code == "consent"
    entrant = registering.join(contest, user, Belonging(unit=cell), agreed=[text.pk], now=NOON)
    assert registering.join(contest, user, Belonging(), agreed=[], now=NOON) == entrant
    assert (entrant.unit, Consent.objects.count()) == (cell, 1)


def test_who_holds_an_office_does_not_join(contest, cell):
    manager = make_user()
    make_office(contest, manager, "unit_manager", cell)
    with pytest.raises(Refused) as refusal:
        registering.join(contest, manager, Belonging(unit=cell), agreed=[], now=NOON)
    assert refusal.value.code == "office"


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_makes_one_person():
    contest = make_contest()
    barrier, codes = threading.Barrier(2), []

    def press():
        try:
            barrier.wait()
            register(contest)
            codes.append("in")
        except Refused as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["in", "same"]
    assert (User.objects.count(), Entrant.objects.count()) == (1, 1)


# --- Units confirm or move --------------------------------------------------------------------------------------------
@pytest.fixture
def manager(contest, commune):
    user = make_user("Nguyễn Hữu Nghĩa")
    make_office(contest, user, "unit_manager", commune)
    return user


def test_a_manager_confirms_only_people_of_the_own_units(contest, district, cell, manager):
    mine = make_entrant(contest, make_user(unit=cell), origin="registered")
    theirs = make_entrant(contest, make_user(unit=make_unit("Đảng bộ xã khác", parent=district)), origin="registered")
    nowhere = make_entrant(contest, make_user(), origin="registered")
    elsewhere = make_entrant(make_contest(), make_user(unit=cell), origin="registered")
    ids = [mine.pk, theirs.pk, nowhere.pk, elsewhere.pk]
    assert registering.confirm(contest, ids, by=manager, now=NOON) == 1
    assert registering.confirm(contest, ids, by=manager, now=NOON + timedelta(days=1)) == 0
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.unit_confirmed_at, theirs.unit_confirmed_at) == (NOON, None)
    assert list(Entry.objects.values_list("action", "data")) == [("entrants.confirmed", {"entrants": [mine.pk]})]


def test_a_manager_does_not_move_other_units_people(contest, district, cell, manager):
    other = make_unit("Đảng bộ xã khác", parent=district)
    theirs = make_entrant(contest, make_user(unit=other))
    with pytest.raises(Refused):
        registering.move(theirs, cell, by=manager, now=NOON)


def test_a_move_within_the_own_units_is_confirmed_and_one_out_of_them_is_not(contest, district, commune, cell, manager):
    other = make_unit("Đảng bộ xã khác", parent=district, block="Khối khác")
    entrant = make_entrant(contest, make_user(unit=commune), origin="registered", unit_claim="")
    moved = registering.move(entrant, cell, by=manager, now=NOON)
    assert (moved.unit, moved.unit_path, moved.unit_confirmed_at) == (cell, [district.pk, commune.pk, cell.pk], NOON)
    assert moved.user.unit_id == commune.pk
    assert User.objects.get(pk=moved.user_id).unit == cell
    gone = registering.move(moved, other, by=manager, now=NOON)
    assert (gone.unit, gone.block, gone.unit_confirmed_at) == (other, "Khối khác", None)
    with pytest.raises(Refused):
        registering.move(gone, cell, by=manager, now=NOON)
    with pytest.raises(Refused):
        registering.move(entrant, make_unit("Huyện khác"), by=manager, now=NOON)


def test_the_obliged_stay_once_the_roster_is_frozen(contest, commune, cell, manager):
    contest.roster_frozen_at = NOON
    contest.save()
    obliged = make_entrant(contest, make_user(unit=commune), is_obliged=True)
    free = make_entrant(contest, make_user(unit=commune))
    with pytest.raises(Refused):
        registering.move(obliged, cell, by=manager, now=NOON)
    assert registering.move(free, cell, by=manager, now=NOON).unit == cell


def test_an_organizer_places_someone_who_found_no_unit(contest, cell):
    organizer = make_user("Vũ Thị Lan")
    make_office(contest, organizer)
    entrant = make_entrant(contest, make_user(), origin="registered", unit_claim="Chi bộ Phí Trạch")
    moved = registering.move(entrant, cell, by=organizer, now=NOON)
    assert (moved.unit, moved.unit_claim, moved.unit_confirmed_at) == (cell, "", NOON)
