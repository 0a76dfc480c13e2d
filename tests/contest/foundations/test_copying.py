"""Rows by COPY are the rows that INSERT would have made."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Unit, User
from contest.foundations import copying
from contest.rounds.models import Entrant
from tests.builders import make_contest, make_unit

pytestmark = pytest.mark.django_db


def made(name, **fields):
    user = User(full_name=name, **fields)
    user.set_unusable_password()
    user.set_keys()
    return user


def test_nothing_is_nothing():
    copying.insert([])


def test_a_broken_rule_leaves_nothing_behind():
    with pytest.raises(IntegrityError), transaction.atomic():
        copying.insert([made("Một", party_card="29.1"), made("Hai", party_card="29.1")])
    assert User.objects.count() == 0


def test_the_same_rows_as_by_insert():
    people = [made("Nguyễn Thị Hương\t\\N", phone="0912345678", party_card="29.1"), made("Lê Hai", birth_year=1950)]
    people[0].citizen_number = "001175012345"
    copying.insert(people)
    found = {user.pk: user for user in User.objects.all()}
    assert {pk: user.full_name for pk, user in found.items()} == {user.pk: user.full_name for user in people}
    assert found[people[0].pk].citizen_number == "001175012345"
    assert bytes(found[people[0].pk].name_key) == people[0].name_key
    assert (found[people[1].pk].birth_year, found[people[1].pk].email) == (1950, None)
    assert found[people[1].pk].created_at == people[1].created_at
    later = User.objects.create(full_name="Trần Ba")
    assert later.pk > max(found)
    people[1].full_name = "Lê Văn Hai"
    people[1].save()
    assert User.objects.get(pk=people[1].pk).full_name == "Lê Văn Hai"


def test_arrays_json_and_keys_to_other_rows():
    contest, unit = make_contest(), make_unit()
    user = made("Một")
    copying.insert([user])
    copying.insert(
        [
            Entrant(contest=contest, user=user, unit=unit, unit_path=[unit.pk]),
        ]
    )
    entrant = Entrant.objects.get()
    assert (entrant.unit_path, entrant.unit, entrant.exempt_reason) == ([unit.pk], unit, "")
    assert Unit.objects.count() == 1
