"""A result is what a closed stage came to, and stays that whatever happens afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction

from contest.entries.models import Entry
from contest.foundations.ledger.models import Entry as Act
from contest.foundations.refusing import Refused
from contest.judging.models import Mark
from contest.notices.models import Notice
from contest.results import freezing
from contest.results.models import Line, Snapshot
from contest.rounds.models import Consent
from tests.builders import NOON, make_consent_text, make_user
from tests.contest.judging.test_assigning import together
from tests.contest.results.builders import Judged

pytestmark = pytest.mark.django_db


def made(judged: Judged, **more):
    return freezing.make(judged.stage, by=judged.organizer, **{"now": NOON, **more})


def said(snapshot: Snapshot):
    return [(line.place, line.code, str(line.score), line.prize, line.goes_on) for line in snapshot.lines.all()]


# --- Refused ---------------------------------------------------------------------------------------------------------
def test_not_of_a_stage_that_is_open():
    judged = Judged()
    judged.stage.closed_at = None
    judged.stage.save()
    with pytest.raises(Refused, match="vẫn đang chấm"):
        made(judged)
    assert Snapshot.objects.count() == 0


def test_not_by_whoever_does_not_organize():
    judged = Judged()
    with pytest.raises(Refused, match="Chỉ Ban Tổ chức"):
        freezing.make(judged.stage, by=make_user(), now=NOON)


def test_no_second_version_without_a_reason():
    judged = Judged()
    made(judged)
    with pytest.raises(Refused, match="Nêu lý do"):
        made(judged)
    assert made(judged, note="Cộng nhầm điểm").version == 2


def test_not_checked_by_its_maker_and_not_published_unchecked():
    judged = Judged()
    snapshot = made(judged)
    with pytest.raises(Refused, match="Người khác"):
        freezing.check(snapshot, by=judged.organizer, now=NOON)
    with pytest.raises(Refused, match="đã kiểm tra"):
        freezing.publish(snapshot, by=judged.organizer, decision="31", now=NOON)
    assert Snapshot.objects.get().status == "provisional"


# --- Made ------------------------------------------------------------------------------------------------------------
def test_from_the_last_stage_nobody_goes_on():
    judged = Judged()
    judged.final.delete()
    assert [line.goes_on for line in made(judged).lines.all()] == [False, False, False, False]


def test_places_prizes_and_scores_are_kept():
    snapshot = made(Judged(), prizes={1: "Giải Nhất", 2: "Giải Nhì"})
    assert said(snapshot) == [
        (1, "SK-0001", "90.00", "Giải Nhất", True),
        (2, "SK-0002", "80.00", "Giải Nhì", False),
        (2, "SK-0003", "80.00", "Giải Nhì", False),
        (4, "SK-0004", "70.00", "", False),
    ]
    details = snapshot.lines.first().details
    assert [(one["code"], one["mean"]) for one in details["criteria"]] == [("A", "54.00"), ("B", "36.00")]
    assert details["totals"] == ["90.00", "90.00", "90.00"]
    assert sorted(details["comments"]) == [f"Nhận xét {number} về SK-0001" for number in (1, 2, 3)]


def test_no_judge_is_named_anywhere_in_it():
    judged = Judged()
    snapshot = made(judged)
    told = repr([(line.details, line.people, line.title) for line in snapshot.lines.all()]) + repr(snapshot.rules)
    assert not any(str(seat.user) in told or str(seat.user.pk) in told.split() for seat in judged.judges)


def test_authors_are_named_as_they_agreed():
    judged = Judged()
    text = make_consent_text(judged.contest, "publishing")
    author = judged.entries[0].authors.get()
    Consent.objects.create(user=author.user, text=text, given_at=NOON)
    assert [line.people for line in made(judged).lines.all()[:2]] == [
        author.full_name,
        "1 tác giả không công khai tên",
    ]


def test_who_is_no_longer_valid_has_no_place_and_a_reason():
    judged = Judged()
    judged.entries[1].status, judged.entries[1].intake_note = "invalid", "Sao chép"
    judged.entries[1].save()
    last = made(judged).lines.last()
    assert (last.code, last.place, last.is_excluded, last.reason) == ("SK-0002", None, True, "Sao chép")


def test_it_stays_as_it_was():
    judged = Judged()
    snapshot = made(judged)
    before = said(snapshot)
    Mark.objects.update(points=1)
    judged.entries[0].title = "Khác"
    judged.entries[0].save()
    judged.candidates[0].score = judged.candidates[0].total = 1
    judged.candidates[0].save()
    assert (said(snapshot), freezing.is_as_made(snapshot)) == (before, True)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_its_lines(change):
    snapshot = made(Judged())
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        snapshot.lines.update(place=1) if change == "update" else snapshot.lines.all()._raw_delete("default")
    assert Line.objects.count() == 4


# --- Published -------------------------------------------------------------------------------------------------------
def published(judged: Judged, snapshot: Snapshot):
    freezing.check(snapshot, by=judged.second, now=NOON)
    return freezing.publish(snapshot, by=judged.organizer, decision="31-QĐ/BTC", now=NOON)


def test_published_with_its_decision_and_its_people_told_once():
    judged = Judged()
    snapshot = published(judged, made(judged))
    published(judged, snapshot)
    assert (snapshot.status, snapshot.decision, snapshot.checked_by, snapshot.made_by) == (
        "published", "31-QĐ/BTC", judged.second, judged.organizer,
    )  # fmt: skip
    assert Notice.objects.filter(key=f"result:{snapshot.pk}").count() == 4
    acts = list(Act.objects.filter(action__startswith="results.").values_list("action", flat=True))
    assert acts == ["results.made", "results.checked", "results.published"]


def test_a_recount_replaces_it_and_tells_what_is_different():
    judged = Judged()
    first = published(judged, made(judged))
    judged.candidates[3].score = judged.candidates[3].total = "95.00"
    judged.candidates[3].place = 1
    judged.candidates[3].save()
    judged.candidates[0].place = 2
    judged.candidates[0].save()
    second = made(judged, note="Cộng nhầm điểm", now=NOON + timedelta(hours=1))
    found = [(one.code, one.before, one.after) for one in freezing.differences(first, second)]
    assert found == [
        ("SK-0004", "hạng 4 · 70,00", "hạng 1 · 95,00"),
        ("SK-0001", "hạng 1 · 90,00 · vào vòng sau", "hạng 2 · 90,00 · vào vòng sau"),
    ]
    published(judged, second)
    assert list(Snapshot.objects.order_by("version").values_list("status", flat=True)) == ["replaced", "published"]


# --- What can't be relied on -----------------------------------------------------------------------------------------
def test_not_checked_or_published_once_the_stage_was_opened_again():
    judged = Judged()
    snapshot = made(judged)
    judged.stage.closed_at = None
    judged.stage.save()
    with pytest.raises(Refused) as refusal:
        freezing.check(snapshot, by=judged.second, now=NOON)
    assert refusal.value.code == "reopened"
    judged.stage.closed_at = NOON + timedelta(hours=1)
    judged.stage.save()
    with pytest.raises(Refused) as refusal:
        freezing.check(snapshot, by=judged.second, now=NOON)
    assert refusal.value.code == "reopened"


def test_not_published_without_a_decision():
    judged = Judged()
    snapshot = freezing.check(made(judged), by=judged.second, now=NOON)
    with pytest.raises(Refused) as refusal:
        freezing.publish(snapshot, by=judged.organizer, decision=" ", now=NOON)
    assert refusal.value.code == "decision"


def test_lines_that_somebody_changed_behind_the_database_are_found():
    judged = Judged()
    snapshot = made(judged)
    call_command("verify_results")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE results_line DISABLE TRIGGER append_only")
        cursor.execute("UPDATE results_line SET score = 99 WHERE snapshot_id = %s AND ordinal = 2", [snapshot.pk])
        cursor.execute("ALTER TABLE results_line ENABLE TRIGGER append_only")
    assert [problem.split(" (")[0] for problem in freezing.verify()] == [f"result {snapshot.pk}"]
    with pytest.raises(CommandError, match="not as it was made"):
        call_command("verify_results")
    with pytest.raises(Refused) as refusal:
        freezing.check(snapshot, by=judged.second, now=NOON)
    assert refusal.value.code == "changed"


def test_whoever_stood_behind_an_entry_that_is_excluded_since_moves_up_with_the_prize():
    judged = Judged()
    Entry.objects.filter(pk=judged.entries[0].pk).update(status="invalid", intake_note="Sao chép")
    found = {line.code: (line.place, line.prize) for line in made(judged, prizes={1: "Giải Nhất"}).lines.all()}
    assert found == {
        "SK-0002": (1, "Giải Nhất"), "SK-0003": (1, "Giải Nhất"), "SK-0004": (3, ""), "SK-0001": (None, ""),
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_versions_that_are_published_at_once_the_later_one_stands():
    judged = Judged()
    first = made(judged)
    second = made(judged, note="Tính lại")
    for one in (first, second):
        freezing.check(one, by=judged.second, now=NOON)
    given = {"by": judged.organizer, "decision": "31-QĐ/BTC", "now": NOON}
    outcomes = together(lambda: freezing.publish(first, **given), lambda: freezing.publish(second, **given))
    told = [getattr(one, "code", repr(one)) for one in outcomes if isinstance(one, Exception)]
    assert told in ([], ["later"])
    assert Snapshot.objects.published().get() == second
