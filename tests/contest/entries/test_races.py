"""What happens at the same moment: each act has the entry to itself, and one of two outcomes holds whole."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections, transaction
from django.utils import translation

from contest.entries import filing, intake, reading, registering, writing
from contest.entries.models import Author, Entry, Event, File, Version
from contest.foundations.refusing import Refused
from contest.notices.models import Notice
from tests.builders import NOON, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3  # the order differs from time to time


class Scene:
    """An entry of two authors, both of whom have confirmed, a manager and an organizer."""

    def __init__(self, **fields):
        self.unit = make_unit("Đảng bộ xã")
        self.contest = make_contest()
        self.call = make_call(self.contest, **fields)
        self.lan = self.person("Trần Thị Lan")
        self.binh = self.person("Lê Văn Bình")
        self.manager = make_office(self.contest, make_user("Quản Lý"), "unit_manager", self.unit).user
        self.organizer = make_office(self.contest, make_user("Ban Tổ Chức", is_staff=True)).user
        self.entry = self.begin()

    def person(self, name, **fields):
        return make_entrant(self.contest, make_user(name, unit=self.unit), **fields).user

    def begin(self):
        entry = make_entry(self.call, self.lan, form="group", title="Tổ lưu động")
        entry.authors.update(share=60)
        make_author(entry, self.binh, share=40)
        return entry

    def held(self):
        return Entry.objects.get(pk=self.entry.pk)


@pytest.fixture
def scene():
    return Scene()


def together(*acts):
    """What these acts return, or the codes of their refusals, at the same time and each on its own connection."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place, act):
        close_old_connections()
        try:
            connection.ensure_connection()
            with translation.override("en"):
                barrier.wait()
                outcomes[place] = act()
        except Refused as refusal:
            outcomes[place] = refusal.code
        except Exception as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def events(entry):
    return list(Event.objects.filter(entry=entry).values_list("what", flat=True))


# --- Saving -----------------------------------------------------------------------------------------------------------
def test_of_windows_that_save_the_same_revision_one_wins_and_the_others_are_told(scene):
    names = ["Một", "Hai", "Ba", "Bốn"]

    def window(name):
        return lambda: writing.save(scene.entry.pk, scene.lan, revision=0, data={"title": name}, now=NOON).title

    outcomes = together(*map(window, names))
    [winner] = [outcome for outcome in outcomes if outcome != "stale"]
    assert outcomes.count("stale") == 3
    assert (scene.held().title, scene.held().revision) == (winner, 1)


def test_a_save_and_a_new_author_both_hold(scene):
    Author.objects.filter(user=scene.binh).delete()
    type(scene.binh).objects.filter(pk=scene.binh.pk).update(phone="0987654321")
    outcomes = together(
        lambda: writing.save(scene.entry.pk, scene.lan, revision=0, data={"title": "Mới"}, now=NOON).title,
        lambda: writing.add_author(scene.entry.pk, scene.lan, name="Lê Văn Bình", number="0987654321", now=NOON).user,
    )
    held = scene.held()
    assert outcomes[1] == scene.binh
    assert (outcomes[0], held.title, held.revision) in [("Mới", "Mới", 2), ("stale", "Tổ lưu động", 1)]
    assert held.authors.count() == 2


def test_the_same_author_named_twice_at_once_is_named_and_asked_once(scene):
    Author.objects.filter(user=scene.binh).delete()
    type(scene.binh).objects.filter(pk=scene.binh.pk).update(phone="0987654321")

    def name():
        return writing.add_author(scene.entry.pk, scene.lan, name="Lê Văn Bình", number="0987654321", now=NOON).user

    assert sorted(map(str, together(name, name))) == sorted([str(scene.binh), "twice"])
    assert (Author.objects.count(), Notice.objects.count()) == (2, 1)


# --- Beginning --------------------------------------------------------------------------------------------------------
def test_registrations_at_once_get_numbers_without_a_gap(scene):
    people, kind = [scene.person(f"Người {number}") for number in range(8)], scene.call.kinds.get()

    def begin(user):
        return lambda: registering.begin(scene.call, user, kind=kind, form="individual", now=NOON).code

    assert sorted(together(*map(begin, people))) == [f"SK-{number:04}" for number in range(2, 10)]


def test_a_person_in_two_windows_begins_no_more_than_one_may(scene):
    call = make_call(scene.contest, most_entries=1)
    user, kind = scene.person("Người Vội"), call.kinds.get()

    def begin():
        return registering.begin(call, user, kind=kind, form="individual", now=NOON).code

    assert sorted(together(begin, begin, begin)) == ["SK-0001", "many", "many"]
    assert call.round.entries.count() == 1


# --- Handing in -------------------------------------------------------------------------------------------------------
def test_hand_ins_at_once_make_one_version(scene):
    def press(user):
        return lambda: writing.submit(scene.entry.pk, user, now=NOON).receipt

    receipts = together(*map(press, (scene.lan, scene.binh, scene.lan)))
    assert len(set(receipts)) == 1
    assert list(Version.objects.values_list("number", "receipt")) == [(1, receipts[0])]
    assert (events(scene.entry), scene.held().version) == (["submitted"], 1)


def test_hand_ins_while_it_is_written_are_versions_numbered_apart(scene):
    def write_and_hand_in(user, title):
        def act():
            for _ in range(20):
                held = scene.held()
                try:
                    writing.save(held.pk, user, revision=held.revision, data={"title": title}, now=NOON)
                except Refused:  # the other window was first: look again
                    continue
                return writing.submit(scene.entry.pk, user, now=NOON).number
            return None

        return act

    numbers = together(write_and_hand_in(scene.lan, "Của Lan"), write_and_hand_in(scene.binh, "Của Bình"))
    versions = list(Version.objects.order_by("number"))
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    assert set(numbers) <= {1, 2}
    held = scene.held()
    assert (held.version, reading.is_changed(held, versions[-1])) == (len(versions), False)


def test_an_author_answers_while_it_is_handed_in(scene):
    for number in range(ROUNDS):
        scene.entry = scene.begin()
        Author.objects.filter(entry=scene.entry, user=scene.binh).update(confirmed_at=None)
        is_yes = number % 2 == 0
        outcomes = together(
            lambda: writing.submit(scene.entry.pk, scene.lan, now=NOON).number,
            lambda yes=is_yes: writing.answer_authorship(scene.entry.pk, scene.binh, confirm=yes, now=NOON).pk,
        )
        author = Author.objects.get(entry=scene.entry, user=scene.binh)
        assert outcomes[1] == author.pk
        assert (author.confirmed_at is not None, author.declined_at is not None) == (is_yes, not is_yes)
        if is_yes:
            assert outcomes[0] == 1
        else:  # handed in with them, or refused without them: never handed in without
            assert outcomes[0] in {1, "incomplete"}
        versions = Version.objects.filter(entry=scene.entry)
        assert [len(version.content["authors"]) for version in versions] == [2] * (outcomes[0] == 1)


def test_the_unit_confirms_while_it_is_handed_in_anew_and_only_what_it_saw_counts():
    scene = Scene(needs_confirmation=True)
    for _ in range(ROUNDS):
        scene.entry = scene.begin()
        writing.submit(scene.entry.pk, scene.lan, now=NOON)
        held = scene.held()
        writing.save(held.pk, scene.lan, revision=held.revision, data={"title": "Mới"}, now=NOON)
        outcomes = together(
            lambda: writing.confirm_for_unit(scene.entry.pk, scene.manager, now=NOON).version,
            lambda: writing.submit(scene.entry.pk, scene.lan, now=NOON).number,
        )
        held = scene.held()
        assert outcomes in ([1, 2], [2, 2])
        assert (held.version, held.confirmed_at is not None) == (2, outcomes[0] == 2)
        assert events(scene.entry)[-1] == ("submitted" if outcomes[0] == 1 else "confirmed")


# --- Decisions --------------------------------------------------------------------------------------------------------
def test_found_valid_while_its_author_takes_it_back_is_one_of_both(scene):
    for _ in range(ROUNDS):
        scene.entry = scene.begin()
        writing.submit(scene.entry.pk, scene.lan, now=NOON)
        outcomes = together(
            lambda: intake.find_valid(scene.entry, by=scene.organizer, now=NOON).status,
            lambda: writing.withdraw(scene.entry.pk, scene.lan, reason="Xin rút", now=NOON).status,
        )
        assert sorted(outcomes) in (["decided", "valid"], ["decided", "withdrawn"])
        status = scene.held().status
        assert status in outcomes
        assert events(scene.entry) == ["submitted", status]


def test_two_at_the_desk_who_decide_differently_decide_once(scene):
    until = NOON + timedelta(days=1)
    for _ in range(ROUNDS):
        scene.entry = scene.begin()
        writing.submit(scene.entry.pk, scene.lan, now=NOON)
        outcomes = together(
            lambda: intake.find_valid(scene.entry, by=scene.organizer, now=NOON).status,
            lambda: intake.find_invalid(scene.entry, reason="Trùng", by=scene.organizer, now=NOON).status,
            lambda: intake.ask_more(scene.entry, until=until, note="Thiếu", by=scene.organizer, now=NOON).status,
        )
        decided = [outcome for outcome in outcomes if outcome in {"valid", "invalid"}]
        assert len(decided) == 1  # asking for more first leaves the decision to the others
        assert scene.held().status == decided[0]
        assert events(scene.entry)[-1] == decided[0]


def test_found_valid_while_it_is_written_is_what_was_handed_in(scene):
    for _ in range(ROUNDS):
        scene.entry = scene.begin()
        writing.submit(scene.entry.pk, scene.lan, now=NOON)
        outcomes = together(
            lambda: intake.find_valid(scene.entry, by=scene.organizer, now=NOON).status,
            lambda: writing.save(scene.entry.pk, scene.lan, revision=1, data={"title": "Viết dở"}, now=NOON).title,
        )
        held = scene.held()
        assert outcomes[0] == "valid"
        assert outcomes[1] in {"Viết dở", "closed"}
        assert (held.status, held.title, reading.is_changed(held, reading.newest(held))) == (
            "valid", "Tổ lưu động", False,
        )  # fmt: skip


def test_found_valid_while_an_author_declines_is_never_valid_without_them(scene):
    for _ in range(ROUNDS):
        scene.entry = scene.begin()
        writing.submit(scene.entry.pk, scene.lan, now=NOON)
        outcomes = together(
            lambda: intake.find_valid(scene.entry, by=scene.organizer, now=NOON).status,
            lambda: writing.answer_authorship(scene.entry.pk, scene.binh, confirm=False, now=NOON).pk,
        )
        has_declined = Author.objects.get(entry=scene.entry, user=scene.binh).declined_at is not None
        assert (outcomes[0], has_declined, scene.held().status) in [
            ("valid", False, "valid"), ("waits", True, "submitted"),
        ]  # fmt: skip


def test_two_sweeps_at_once_remind_everybody_once(scene):
    for _ in range(3):
        scene.begin()
    soon = scene.call.round.closes_at - timedelta(hours=1)
    outcomes = together(lambda: intake.remind(now=soon), lambda: intake.remind(now=soon))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Notice.objects.count() == 8  # two people, four drafts


def test_no_file_is_taken_away_from_an_entry_that_is_being_found_valid(scene):
    file = File.objects.create(
        entry=scene.entry, slot="document", name="a.pdf", size=3, received=3, state="refused", uploaded_by=scene.lan,
        begun_at=NOON,
    )  # fmt: skip
    is_deciding = threading.Event()

    def decide():
        with transaction.atomic():
            Entry.objects.select_for_update().get(pk=scene.entry.pk)
            is_deciding.set()
            time.sleep(0.4)
            Entry.objects.filter(pk=scene.entry.pk).update(status="valid", submitted_at=NOON, version=1)

    def take_away():
        is_deciding.wait(timeout=10)
        filing.remove(file, scene.lan, now=NOON)

    outcomes = together(decide, take_away)
    assert "closed" in outcomes
    assert File.objects.get().removed_at is None
