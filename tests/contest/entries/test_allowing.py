"""Who may do what with an entry, and when, as one table for each of its people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contest.entries import allowing
from contest.entries.models import Entry
from tests.builders import NOON, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ROLES = ["creator", "lead", "author", "asked", "declined", "manager", "organizer", "observer", "judge", "stranger"]
WRITERS = {"creator", "lead", "author"}


class Scene:
    """An entry with one person of each role about it; who began it is not among its authors."""

    def __init__(self):
        self.unit = make_unit("Đảng bộ xã")
        self.contest = make_contest()
        self.call = make_call(self.contest, needs_confirmation=True)
        self.people = {role: make_user(role, unit=self.unit) for role in ROLES}
        self.entry = make_entry(self.call, self.people["creator"], form="group", handed_in=True)
        self.entry.authors.all().delete()
        make_author(self.entry, self.people["lead"], is_lead=True)
        make_author(self.entry, self.people["author"])
        make_author(self.entry, self.people["asked"], confirmed_at=None)
        make_author(self.entry, self.people["declined"], confirmed_at=None, declined_at=NOON)
        make_entrant(self.contest, self.people["stranger"])
        for role in ("organizer", "observer", "judge"):
            make_office(self.contest, self.people[role], role)
        make_office(self.contest, self.people["manager"], "unit_manager", self.unit)

    def put(self, **fields):
        Entry.objects.update(**fields)
        self.entry = Entry.objects.select_related("round__call").get()

    def who(self, may, **options):
        return {role for role, user in self.people.items() if may(self.entry, user, **options)}

    def summary(self, now):
        edits = self.who(allowing.may_edit, now=now)
        return edits, self.who(allowing.may_withdraw), self.who(allowing.may_confirm)


@pytest.fixture
def scene():
    return Scene()


def test_who_is_in_charge_and_who_writes(scene):
    assert scene.who(allowing.is_in_charge) == {"creator", "lead"}
    assert scene.who(allowing.may_write) == WRITERS
    assert scene.who(allowing.organizes) == {"organizer"}


def test_of_paper_the_secretariat_is_in_charge_and_nobody_else(scene):
    scene.put(is_on_paper=True)
    assert scene.who(allowing.is_in_charge) == scene.who(allowing.may_write) == {"organizer"}
    assert scene.summary(scene.call.round.closes_at + DAY)[0] == {"organizer"}
    scene.put(status="valid")
    assert scene.summary(NOON)[0] == set()


@pytest.mark.parametrize(
    ("status", "edits", "withdraws", "confirms"),
    [
        ("draft", WRITERS, {"creator", "lead"}, {"manager"}),
        ("submitted", WRITERS, {"creator", "lead"}, {"manager"}),
        ("needs_more", WRITERS, {"creator", "lead"}, {"manager"}),
        ("valid", set(), set(), set()),
        ("invalid", set(), set(), set()),
        ("withdrawn", set(), set(), set()),
    ],
)
def test_who_may_what_in_each_state(scene, status, edits, withdraws, confirms):
    scene.put(status=status, intake_note="Lý do", needs_more_until=NOON + DAY)
    assert scene.summary(NOON) == (edits, withdraws, confirms)


@pytest.mark.parametrize("status", ["draft", "submitted"])
def test_after_the_close_nobody_writes_and_the_same_people_take_it_back(scene, status):
    scene.put(status=status)
    assert scene.summary(scene.call.round.closes_at) == (set(), {"creator", "lead"}, {"manager"})


def test_what_needs_more_is_written_until_its_date_alone(scene):
    until = scene.call.round.closes_at + DAY
    scene.put(status="needs_more", intake_note="Thiếu", needs_more_until=until)
    assert scene.who(allowing.may_edit, now=until - timedelta(microseconds=1)) == WRITERS
    assert scene.who(allowing.may_edit, now=until) == set()


def test_nobody_confirms_what_was_never_handed_in_is_confirmed_or_needs_no_confirmation(scene):
    scene.put(confirmed_by=scene.people["manager"], confirmed_at=NOON)
    assert scene.who(allowing.may_confirm) == set()
    scene.put(confirmed_by=None, confirmed_at=None, status="draft", submitted_at=None)
    assert scene.who(allowing.may_confirm) == set()
    scene.put(status="submitted", submitted_at=NOON)
    assert scene.who(allowing.may_confirm) == {"manager"}
    type(scene.call).objects.update(needs_confirmation=False)
    assert scene.who(allowing.may_confirm) == set()


def test_whom_the_entry_opens_to(scene):
    def seen():
        return {role for role, user in scene.people.items() if Entry.objects.visible_to(user).exists()}

    assert seen() == {"creator", "lead", "author", "asked", "manager", "organizer", "observer"}
    scene.put(status="draft", submitted_at=None)
    assert seen() == {"creator", "lead", "author", "asked", "organizer", "observer"}
