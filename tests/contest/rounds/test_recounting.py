"""The ledger in words: no mark of the code's own stays where there is a word for it."""

from datetime import timedelta

import pytest

from contest.foundations.ledger import writing as ledger
from contest.foundations.ledger.models import Entry
from contest.rounds import entering, handing_out, organizing, recounting
from contest.rounds.models import Office
from tests.builders import NOON, make_contest, make_entrant, make_period, make_round, make_unit, make_user

pytestmark = pytest.mark.django_db


def last() -> Entry:
    return Entry.objects.latest("id")


def test_values_are_read_in_words():
    contest = make_contest()
    person, unit = make_user("Lê Thị Mai"), make_unit("Đảng bộ xã Phương Tú")
    entering.appoint(person, contest, Office.Role.UNIT_MANAGER, unit=unit, by=None, now=NOON)
    office = Office.objects.get()
    entry = last()
    assert (recounting.act_of(entry), recounting.about(entry)) == ("Giao nhiệm vụ", f"Người {person.pk}")
    assert dict(recounting.told(entry)) == {
        "nhiệm vụ số": str(office.pk), "nhiệm vụ": "Người phụ trách đơn vị", "đơn vị số": str(unit.pk)
    }  # fmt: skip


def test_moments_are_local_and_what_is_empty_is_left_out():
    period = make_period(make_round(), results_at=None)
    period.closes_at = NOON + timedelta(days=5)
    organizing.save_period(period, by=make_user(), now=NOON)
    told = dict(recounting.told(last()))
    assert (told["đóng lúc"], "công bố kết quả lúc" in told) == (
        f"{period.closes_at.astimezone():%H:%M %d/%m/%Y}",
        False,
    )


def test_what_no_word_is_known_for_stands_as_it_was_written():
    entry = ledger.append(now=NOON, actor=None, action="new act", subject="minute:7", data={"what": "x", "grown_at": 3})
    assert (recounting.act_of(entry), recounting.about(entry)) == ("new act", "minute:7")
    assert [value for _name, value in recounting.told(entry)] == ["x", "3"]


def test_fields_of_a_person_have_their_labels():
    data = {"fields": ["full_name", "citizen_number"], "is_new": False}
    entry = ledger.append(now=NOON, actor=None, action="people.corrected", subject="accounts.user:1", data=data)
    assert [value for _name, value in recounting.told(entry)] == ["họ và tên, số căn cước", "không"]


def test_slips_that_are_printed_stand_in_the_ledger_of_their_contest():
    entrant, manager = make_entrant(make_contest()), make_user()
    handing_out.print_slips([entrant], by=manager, now=NOON)
    assert (last().contest_id, recounting.act_of(last())) == (entrant.contest_id, "In phiếu dự thi")
