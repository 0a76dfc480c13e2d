"""The doors of a live stage: strangers find nothing, and no payload has a mark before it is announced."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from contest.judging import live
from contest.judging.models import Conflict, Draw, Mark, Reveal, StageRubric
from contest.rounds.models import Office
from tests.builders import make_user
from tests.contest.judging.test_live import Final

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    if user is not None:
        client.force_login(user, backend="accounts.signing_in.Backend")
    return client


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def final():
    return Final()


def url(final: Final, name: str) -> str:
    place = "hall" if name.startswith("hall") else "live"
    end = {"hall": "", "hall_data": "data/", "live": "", "live_now": "now/", "live_save": "save/", "live_act": "act/"}
    return f"/c/{final.contest.slug}/{place}/{final.stage.pk}/{end[name]}"


def form(final: Final, order: int, judge: int, part: int, *points: str, revision: int = 0) -> dict[str, str]:
    head = final.parts[part]
    typed = {f"points-{leaf.pk}": one for leaf, one in zip(head.leaves, points, strict=True)}
    return {
        "team": final.team(order).entry.code, "part": head.criterion.code, "judge": str(final.judges[judge].pk),
        "revision": str(revision), **typed,
    }  # fmt: skip


# --- Who comes in ----------------------------------------------------------------------------------------------------
def test_the_table_is_for_its_judges_and_organizers_alone(final):
    stranger, other = make_user(), Final()
    for user in (stranger, other.organizer, other.judges[0].user):
        client = client_of(user)
        assert client.get(url(final, "live")).status_code == 404
        assert client.get(url(final, "live_now")).status_code == 404
        assert client.post(url(final, "live_save"), form(final, 1, 0, 0, "10")).status_code == 404
        assert client.post(url(final, "live_act"), {"act": "draw"}).status_code == 404
    assert client_of(None).get(url(final, "live")).status_code == 302


def test_the_hall_of_a_contest_that_is_not_public_is_for_its_offices(final):
    final.contest.is_public = False
    final.contest.save()
    assert client_of(None).get(url(final, "hall")).status_code == 404
    assert client_of(final.organizer).get(url(final, "hall")).status_code == 200


def test_a_stage_that_is_not_live_has_no_hall(final):
    final.stage.is_live = False
    final.stage.save()
    assert client_of(None).get(url(final, "hall")).status_code == 404


def test_a_judge_enters_no_marks_for_another_and_leads_nothing(final):
    client = client_of(final.judges[0].user)
    assert client.post(url(final, "live_save"), form(final, 1, 1, 0, "10")).status_code == 404
    assert client.post(url(final, "live_act"), {"act": "all", **form(final, 1, 0, 0, "10")}).status_code == 404
    assert (Mark.objects.count(), Reveal.objects.count()) == (0, 0)


def test_a_team_that_a_conflict_keeps_from_the_judge_is_nowhere_on_the_page(final):
    team = final.team(1)
    Conflict.objects.create(
        contest=final.contest, judge=final.judges[0].user, entry=team.entry, reason="Anh em",
        declared_by=final.organizer, declared_at=datetime.now(UTC),
    )  # fmt: skip
    client = client_of(final.judges[0].user)
    for asked in ("", f"?team={team.entry.code}&part=A"):
        page = client.get(url(final, "live") + asked).content.decode()
        assert team.entry.title not in page
        assert asked or team.entry.code not in page  # what was asked for stands in the form that changes the language
    assert client.post(url(final, "live_save"), form(final, 1, 0, 0, "10")).status_code == 404


# --- Marking and leading ---------------------------------------------------------------------------------------------
def test_a_judge_marks_one_part_and_sees_what_was_wrong(final):
    client = client_of(final.judges[0].user)
    page = client.get(f"{url(final, 'live')}?team={final.team(1).entry.code}&part=B")
    asked = [str(leaf.pk) for leaf in final.parts[1].leaves]
    assert re.findall(r'name="points-(\d+)"', page.content.decode()) == asked
    answer = client.post(url(final, "live_save"), form(final, 1, 0, 1, "9,5", "x"), follow=True)
    assert "Tiêu chí B2: points are missing." in answer.content.decode()
    assert Mark.objects.count() == 0
    client.post(url(final, "live_save"), form(final, 1, 0, 1, "9,5", "18"))
    assert list(Mark.objects.order_by("points").values_list("points", flat=True)) == [9.5, 18]


def test_an_organizer_enters_marks_for_a_judge_and_announces_them(final):
    client = client_of(final.organizer)
    for judge in (0, 1):
        client.post(url(final, "live_save"), form(final, 1, judge, 0, "15"))
    page = client.get(f"{url(final, 'live')}?team={final.team(1).entry.code}&part=A&judge={final.judges[1].pk}")
    assert f"You enter the marks of {final.judges[1].user}" in page.content.decode()
    client.post(url(final, "live_act"), {"act": "call", **form(final, 1, 0, 0, "")})
    client.post(url(final, "live_act"), {"act": "next", **form(final, 1, 0, 0, "")})
    assert Reveal.objects.get().score is None
    client.post(url(final, "live_act"), {"act": "next", **form(final, 1, 0, 0, "")})
    assert Reveal.objects.get().score == 15
    client.post(url(final, "live_act"), {"act": "back", "reason": "Nhầm", **form(final, 1, 0, 0, "")})
    assert Reveal.objects.count() == 0


def test_an_organizer_draws_and_notes_who_is_absent():
    final = Final(is_drawn=False)
    client = client_of(final.organizer)
    assert client.get(url(final, "live")).status_code == 200
    client.post(url(final, "live_act"), {"act": "draw", "seed": "20 24"})
    assert Draw.objects.get().seed == "20 24"
    client.post(url(final, "live_act"), {"act": "absent", "team": final.team(2).entry.code})
    assert final.team(2).is_absent
    assert "absent" in client.get(url(final, "hall")).content.decode()
    assert client.post(url(final, "live_act"), {"act": "nothing"}).status_code == 404


def test_a_tablet_learns_which_team_is_on_the_stage(final):
    client = client_of(final.judges[0].user)
    assert client.get(url(final, "live_now")).json() == {"on": ""}
    live.call(final.team(2), final.parts[0], by=final.organizer, now=datetime.now(UTC))
    assert client.get(url(final, "live_now")).json() == {"on": f"{final.team(2).pk}-{final.parts[0].criterion.pk}"}


# --- The hall --------------------------------------------------------------------------------------------------------
def test_no_payload_of_the_hall_has_a_mark_before_it_is_announced(final):
    """13.5 and 16.5 are on the sheets: on no screen is there either, nor their mean, until each is told."""
    now, client = datetime.now(UTC), client_of(None)
    final.enter(1, 0, 0, "13.5", now=now)
    final.enter(1, 1, 0, "16.5", now=now)
    live.call(final.team(1), final.parts[0], by=final.organizer, now=now)

    def seen() -> set[str]:
        text = client.get(url(final, "hall")).content.decode() + client.get(url(final, "hall_data")).json()["html"]
        return {one for one in ("13.5", "16.5", "15") if re.search(rf"(?<![\d.]){one}(?![\d.])", text)}

    assert seen() == set()
    final.announce(1, 0, whole=False, now=now)
    assert seen() == {"13.5"}
    final.announce(1, 0, whole=False, now=now)
    assert seen() == {"13.5", "16.5", "15"}


def test_the_screen_is_sent_only_when_it_changes(final):
    client = client_of(None)
    first = client.get(url(final, "hall_data")).json()
    assert client.get(f"{url(final, 'hall_data')}?state={first['state']}").json() == {"state": first["state"]}
    final.enter(1, 0, 0, "13.5")
    assert client.get(f"{url(final, 'hall_data')}?state={first['state']}").json() == {"state": first["state"]}
    live.call(final.team(1), final.parts[0], by=final.organizer, now=datetime.now(UTC) - timedelta(seconds=1))
    assert "html" in client.get(f"{url(final, 'hall_data')}?state={first['state']}").json()


@pytest.mark.parametrize("name", ["hall", "live"])
def test_pages_take_as_many_queries_for_many_teams_as_for_few(final, name, django_assert_max_num_queries):
    for order in (1, 2, 3):
        for judge in (0, 1):
            final.enter(order, judge, 0, "10")
    client = client_of(final.judges[0].user)
    client.get(url(final, name))
    with django_assert_max_num_queries({"hall": 12, "live": 40}[name]):
        client.get(url(final, name))


# --- What is typed ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["1e9999999", "9e99999999", "NaN", "٣", "1_0", "1e-30", "5," + "0" * 50 + "1", "1\0"])
def test_what_is_no_number_of_points_is_refused_and_nothing_is_kept(final, typed):
    client_of(final.judges[0].user).post(url(final, "live_save"), form(final, 1, 0, 0, typed))
    assert Mark.objects.count() == 0


def test_a_live_stage_that_has_no_rubric_yet_has_no_hall(final):
    StageRubric.objects.all().delete()
    for name in ("hall", "hall_data"):
        assert client_of(None).get(url(final, name)).status_code == 404


def test_whoever_is_no_judge_any_more_marks_nothing(final):
    Office.objects.filter(user=final.judges[0].user).delete()
    client = client_of(final.judges[0].user)
    assert client.get(url(final, "live")).status_code == 404
    assert client.post(url(final, "live_save"), form(final, 1, 0, 0, "10")).status_code == 404
