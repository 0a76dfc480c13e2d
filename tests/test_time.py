"""The edges of time, through the doors: the last millisecond, the first one after it, and clocks set elsewhere."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import get_default_timezone

from contest.attempts import sitting
from contest.attempts.models import Answer, Attempt
from contest.rounds import entering, timing
from contest.rounds.models import Period
from tests.builders import (
    NOON,
    make_bank,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_round,
    make_user,
)
from tests.cast import World
from tests.test_payloads import changed, look, payload
from tests.test_urls import rows_of

pytestmark = pytest.mark.django_db
MS, SECOND, MINUTE, DAY = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
OPENS, CLOSES = NOON - 3 * DAY, NOON + 4 * DAY


class Scene:
    """An entrant before a quiz of twenty minutes, in a week that another one follows without a gap."""

    def __init__(self, **quiz: Any) -> None:
        self.contest = make_contest()
        self.round = make_round(self.contest)
        self.quiz = make_quiz(self.round, bank=make_bank(questions=4), **{"time_limit": 20 * MINUTE, **quiz})
        self.week = make_period(self.round, opens_at=OPENS, closes_at=CLOSES)
        self.entrant = make_entrant(self.contest)
        self.client = Client()
        self.client.force_login(self.entrant.user, backend="accounts.signing_in.Backend")

    def at(self, moment: datetime) -> dict[str, float]:
        return {"contest.arrived_at": moment.timestamp()}

    def start(self, moment: datetime) -> int:
        answer = self.client.post(f"/c/{self.contest.slug}/rounds/1/start/", **self.at(moment))
        return answer.status_code

    def send(self, attempt: Attempt, moment: datetime, door: str = "answer", sequence: int = 1) -> Any:
        key = sitting.Seat.at(sitting.take_over(attempt.pk, self.entrant.user, now=attempt.started_at)).key()
        body = json.dumps({"sequence": sequence, "choices": {"1": [1]}})
        headers = {"X-Attempt-Key": key}
        return Client().post(
            f"/{door}/{attempt.pk}/", body, content_type="application/json", headers=headers, **self.at(moment)
        )

    def extra(self, span: timedelta) -> None:
        organizer = make_user("Người tổ chức")
        make_office(self.contest, organizer)
        entering.grant_extra_time(self.entrant, self.round, span, reason="khiếm thị", by=organizer, now=NOON)


@pytest.mark.parametrize(
    ("moment", "status"),
    [(OPENS - MS, 409), (OPENS, 302), (CLOSES - MS, 302), (CLOSES, 409), (CLOSES + MS, 409), (CLOSES + DAY, 409)],
)
def test_a_start_at_the_edges_of_a_window(moment, status):
    scene = Scene()
    assert scene.start(moment) == status
    assert [attempt.deadline for attempt in Attempt.objects.all()] == (
        [min(moment + 20 * MINUTE, CLOSES)] if status == 302 else []
    )


@pytest.mark.parametrize(
    ("moment", "status"), [(CLOSES, 302), (CLOSES + 10 * MINUTE - MS, 302), (CLOSES + 10 * MINUTE, 409)]
)
def test_extra_time_reaches_across_the_end(moment, status):
    scene = Scene()
    scene.extra(10 * MINUTE)
    assert scene.start(moment) == status
    assert list(Attempt.objects.values_list("deadline", "period")) == (
        [(CLOSES + 10 * MINUTE, scene.week.pk)] if status == 302 else []
    )


def test_where_extra_time_reaches_into_the_next_window_a_start_belongs_to_that_one():
    scene = Scene()
    following = make_period(scene.round, opens_at=CLOSES, closes_at=CLOSES + 7 * DAY)
    scene.extra(10 * MINUTE)
    for moment, period in ((CLOSES - MS, scene.week), (CLOSES, following)):
        Attempt.objects.all().delete()
        assert scene.start(moment) == 302
        assert Attempt.objects.get().period == period


@pytest.mark.parametrize(
    ("late", "counted"), [(-MS, True), (0 * MS, True), (timing.GRACE - MS, True), (timing.GRACE, False)]
)
def test_a_save_around_the_deadline_and_the_grace(late, counted):
    scene = Scene()
    scene.start(NOON)
    attempt = Attempt.objects.get()
    answer = scene.send(attempt, NOON + 20 * MINUTE + late)
    assert (answer.status_code, answer.json()["counted"]) == (200, counted)
    assert Answer.objects.get().is_counted == counted


@pytest.mark.parametrize(
    ("late", "status", "recorded"),
    [
        (-MS, 200, 20 * MINUTE - MS),
        (0 * MS, 200, 20 * MINUTE),
        (timing.GRACE - MS, 200, 20 * MINUTE),
        (timing.GRACE, 409, None),
    ],
)
def test_a_hand_in_around_the_deadline_and_the_grace(late, status, recorded):
    scene = Scene()
    scene.start(NOON)
    attempt = Attempt.objects.get()
    assert scene.send(attempt, NOON + 20 * MINUTE + late, "hand-in").status_code == status
    attempt.refresh_from_db()
    milliseconds = None if recorded is None else recorded // MS
    assert (attempt.submitted_at and attempt.submitted_at - NOON, attempt.duration_ms) == (recorded, milliseconds)


def test_a_client_whose_clock_is_wrong_or_who_says_when_it_was_changes_nothing():
    scene = Scene()
    past = NOON - DAY
    said = {"HTTP_X_REQUEST_START": f"t={past.timestamp()}", "HTTP_DATE": "Mon, 01 Jan 2001 00:00:00 GMT"}
    scene.client.post(f"/c/{scene.contest.slug}/rounds/1/start/", **scene.at(CLOSES), **said)
    assert not Attempt.objects.exists()
    scene.start(NOON)
    assert Attempt.objects.get().started_at == NOON


# --- Clocks set elsewhere --------------------------------------------------------------------------------------------
ZONES = ("Pacific/Kiritimati", "America/New_York", "UTC")


@pytest.fixture
def set_zone() -> Iterator[Any]:
    """Sets the zone of the process, as an operator's machine may have it."""
    before = os.environ.get("TZ", "")

    def set_to(zone: str) -> None:
        os.environ["TZ"] = zone
        time.tzset()

    yield set_to
    set_to(before)


@pytest.mark.parametrize("role", ["anonymous", "entrant", "manager"])
def test_no_page_depends_on_the_zone_of_the_machine(set_zone, role):
    world = World()
    world.rows = rows_of(world, world.mine)
    desk = f"/c/{world.mine.contest.slug}/desk/export/"
    seen = []
    for zone in ZONES:
        set_zone(zone)
        pages = look(world, role)
        for kind in ("csv", "xlsx"):
            client = world.client(role, **{"contest.arrived_at": world.now.timestamp()})
            pages[kind] = payload(client.post(desk, {"kind": kind, "show": "people"}))
        seen.append(pages)
    assert [changed(seen[0], pages) for pages in seen[1:]] == [[], []]


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_attempts_are_days_of_ha_noi_wherever_the_machine_stands(set_zone, zone):
    set_zone(zone)
    scene = Scene(attempts_per_day=1, attempts_per_period=None, time_limit=timedelta(minutes=1))
    midnight = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # of Hà Nội
    statuses = []
    for moment in (midnight - 2 * MINUTE, midnight - MS, midnight):
        statuses.append(scene.start(moment))
        sitting.close_overdue(now=moment + DAY)
    assert statuses == [302, 409, 302]


def test_the_clocks_of_ha_noi_never_change():
    zone = get_default_timezone()
    offsets = {
        datetime(year, month, 1, tzinfo=zone).utcoffset() for year in range(2020, 2045) for month in range(1, 13)
    }
    assert offsets == {timedelta(hours=7)}
    assert timing.midnight(date(2026, 11, 26), zone) == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def test_a_moment_without_a_zone_is_an_error():
    scene = Scene()
    naive = datetime(2026, 11, 25, 12, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        timing.clock(scene.week.window(), now=naive, limit=None)
    with pytest.raises(RuntimeWarning):
        Period.objects.filter(pk=scene.week.pk).update(opens_at=naive)
