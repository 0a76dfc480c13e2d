"""The unit manager's desk: other units' people stay unseen, marks are nowhere, and each state is told apart."""

import io
from datetime import timedelta

import pypdf
import pytest
import python_calamine
from django.utils import timezone

from accounts import slips
from accounts.models import Slip
from contest.attempts import desk
from contest.attempts.models import Attempt
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds import handing_out
from contest.rounds.models import Contest, Entrant
from tests.builders import (
    NOON,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện Ứng Hòa")


@pytest.fixture
def commune(district):
    return make_unit("Đảng bộ xã Phương Tú", parent=district)


@pytest.fixture
def cell(commune):
    return make_unit("Chi bộ thôn Phí Trạch", parent=commune)


@pytest.fixture
def contest(district):
    return make_contest(root=district)


@pytest.fixture
def period(contest):
    return make_period(make_quiz(make_round(contest)).round)


@pytest.fixture
def manager(contest, commune):
    user = make_user("Nguyễn Hữu Nghĩa")
    make_office(contest, user, "unit_manager", commune)
    return user


@pytest.fixture
def organizer(contest):
    user = make_user("Vũ Thị Lan")
    make_office(contest, user)
    return user


def make_attempt(entrant, period, *, status="submitted", completed=True, number=1, **fields):
    closed = {} if status == "open" else {"submitted_at": NOON + timedelta(minutes=8), "duration_ms": 480_000}
    return Attempt.objects.create(
        **{
            "entrant": entrant,
            "round": period.round,
            "period": period,
            "number": number,
            "seed": "s",
            "paper": [],
            "status": status,
            "is_completed": completed and status != "open",
            "started_at": NOON,
            "deadline": NOON + timedelta(minutes=15),
            **closed,
            **fields,
        }
    )


@pytest.fixture
def cast(contest, cell, period):
    """One person in each state."""
    in_once = {"signed_in_at": NOON}
    people = {
        "away": make_entrant(contest, make_user("Nguyễn Văn Bảo", unit=cell, phone="0900000118"), is_obliged=True),
        "waiting": make_entrant(contest, make_user("Trần Thị Liên", unit=cell, **in_once), is_obliged=True),
        "doing": make_entrant(contest, make_user("Lê Quỳnh Anh", unit=cell, **in_once), is_obliged=True),
        "ran_out": make_entrant(contest, make_user("Đặng Kim Thoa", unit=cell, **in_once), is_obliged=True),
        "handed_in": make_entrant(contest, make_user("Kiều Thị Hòa", unit=cell, **in_once), is_obliged=True),
        "exempt": make_entrant(contest, make_user("Phùng Văn Sửu", unit=cell), exempt_reason="Ốm nặng"),
        "registered": make_entrant(contest, make_user("Chu Mạnh Hoạt", unit=cell, **in_once), origin="registered"),
    }
    make_attempt(people["doing"], period, status="open")
    make_attempt(people["ran_out"], period, status="expired", completed=False)
    make_attempt(people["handed_in"], period)
    barred = make_entrant(contest, make_user("Ai bị loại", unit=cell), barred_at=NOON, barred_reason="vì")
    make_attempt(barred, period)
    return people


def seat(user, contest, **options):
    return desk.sit_down(user, contest.slug, now=NOON, **options)


def names(place, show, text=""):
    return [entrant.user.full_name for entrant in desk.people(place, show, text)]


# --- Refusals ---------------------------------------------------------------------------------------------------------
def test_who_manages_nothing_has_no_desk(contest, cell, manager):
    judge = make_user()
    make_office(contest, judge, "judge")
    for stranger in (make_user(), judge, make_entrant(contest, make_user(unit=cell)).user):
        with pytest.raises(Contest.DoesNotExist):
            seat(stranger, contest)
    with pytest.raises(Contest.DoesNotExist):
        seat(manager, make_contest())


def test_a_manager_sits_at_no_other_unit(contest, district, commune, cell, manager):
    other = make_unit("Đảng bộ xã khác", parent=district)
    for unit in (other.pk, district.pk, 0, 10**9):
        if unit:
            with pytest.raises(Contest.DoesNotExist):
                seat(manager, contest, unit=unit)
    assert seat(manager, contest).unit == commune
    assert seat(manager, contest, unit=cell.pk).unit == cell


def test_other_units_people_are_neither_listed_nor_picked(contest, district, manager, cast, period):
    other = make_unit("Đảng bộ xã khác", parent=district)
    theirs = make_entrant(contest, make_user("Người khác", unit=other))
    elsewhere = make_entrant(make_contest(root=district), make_user("Cuộc khác", unit=cast["away"].unit))
    place = seat(manager, contest)
    assert "Người khác" not in names(place, "people")
    assert list(desk.picked(place, [theirs.pk, elsewhere.pk, cast["away"].pk])) == [cast["away"]]


# --- Figures ----------------------------------------------------------------------------------------------------------
def test_each_state_is_counted_once(contest, commune, cell, manager, cast):
    total, branches, others = desk.figures(seat(manager, contest))
    assert total == desk.Figures(
        people=7, signed_in=5, started=3, handed_in=1, doing=2, obliged=5, completed=1,
        away=1, waiting=2, unfinished=5, exempt=1, unconfirmed=1,
    )  # fmt: skip
    assert [(branch.unit, branch.figures) for branch in branches] == [(cell, total)]
    assert others == desk.Figures()


def test_figures_and_lists_agree(contest, manager, cast):
    place = seat(manager, contest)
    total, _branches, _others = desk.figures(place)
    for show in desk.Show:
        assert len(names(place, show)) == getattr(total, show), show


def test_void_attempts_and_other_periods_do_not_count(contest, manager, cast, period):
    Attempt.objects.filter(entrant=cast["handed_in"]).update(voided_at=NOON, void_reason="sự cố")
    last_week = make_period(
        period.round, opens_at=NOON - timedelta(days=9), closes_at=NOON - timedelta(days=3), number=9
    )
    make_attempt(cast["away"], last_week, number=5)
    place = seat(manager, contest)
    assert place.period == period
    assert names(place, "handed_in") == []
    assert "Nguyễn Văn Bảo" in names(place, "away")
    earlier = seat(manager, contest, period=last_week.pk)
    assert names(earlier, "handed_in") == ["Nguyễn Văn Bảo"]


def test_the_units_below_with_those_where_nobody_is(contest, district, commune, organizer, cast):
    empty = make_unit("Đảng bộ xã Bỏ Trống", parent=district)
    make_entrant(contest, make_user("Không đơn vị"))
    place = seat(organizer, contest)
    total, branches, others = desk.figures(place)
    assert (place.unit, total.people, others.people, total.nowhere) == (district, 8, 1, 1)
    assert names(place, "nowhere") == ["Không đơn vị"]
    assert [(branch.unit, branch.figures.people) for branch in branches] == [(empty, 0), (commune, 7)]


def test_before_the_first_period_the_next_one_is_shown(contest, manager):
    coming = make_period(
        make_quiz(make_round(contest)).round, opens_at=NOON + timedelta(days=1), closes_at=NOON + timedelta(days=8)
    )
    assert seat(manager, contest).period == coming
    assert seat(manager, contest).periods == (coming,)


def test_a_manager_sees_nobody_without_a_unit(contest, manager, cast):
    make_entrant(contest, make_user("Không đơn vị"), origin="registered", unit_claim="Chi bộ chợ")
    place = seat(manager, contest)
    assert names(place, "nowhere") == []
    assert desk.figures(place)[0].people == 7


# --- The list ---------------------------------------------------------------------------------------------------------
def test_by_name_in_vietnamese_order_and_found_without_diacritics(contest, manager, cast):
    place = seat(manager, contest)
    assert names(place, "people") == [
        "Lê Quỳnh Anh",
        "Nguyễn Văn Bảo",
        "Kiều Thị Hòa",
        "Chu Mạnh Hoạt",
        "Trần Thị Liên",
        "Phùng Văn Sửu",
        "Đặng Kim Thoa",
    ]
    assert names(place, "people", "van bao") == ["Nguyễn Văn Bảo"]
    assert names(place, "people", "0900000118") == ["Nguyễn Văn Bảo"]
    assert names(place, "unfinished", "kiều") == []


def test_pages_by_key_reach_everyone_once(contest, commune, manager):
    for number in range(desk.PAGE + 5):
        make_entrant(contest, make_user(f"Nguyễn Văn {'An' if number % 2 else 'Bình'}", unit=commune))
    place, after, seen = seat(manager, contest), None, []
    for _page in range(3):
        lines, after = desk.page(place, desk.people(place), after=after)
        seen += [line.entrant.pk for line in lines]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == desk.PAGE + 5


def test_the_state_on_each_line(contest, manager, cast):
    place = seat(manager, contest)
    lines, _after = desk.page(place, desk.people(place))
    states = {line.entrant.pk: line.state for line in lines}
    assert {name: states[entrant.pk] for name, entrant in cast.items()} == {
        "away": "away",
        "waiting": "waiting",
        "doing": "doing",
        "ran_out": "doing",
        "handed_in": "handed_in",
        "exempt": "exempt",
        "registered": "waiting",
    }


# --- To take away -----------------------------------------------------------------------------------------------------
def test_an_export_is_safe_has_no_marks_and_is_recorded(contest, cell, manager, cast):
    make_entrant(contest, make_user("=HYPERLINK(1)", unit=cell))
    place = seat(manager, contest)
    file = desk.export(place, "away", "", "xlsx", now=NOON)
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:]] == ["Nguyễn Văn Bảo", "=HYPERLINK(1)"]
    assert rows[1][3] == "0900000118"
    assert len(rows[0]) == 12
    text = desk.export(place, "away", "", "csv", now=NOON).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    entry = Entry.objects.order_by("id").first()
    assert (entry.action, entry.actor_id, entry.data["rows"], entry.contest_id) == (
        "people.exported",
        manager.pk,
        2,
        contest.pk,
    )


def test_slips_by_default_for_those_who_need_one(contest, manager, cast):
    place = seat(manager, contest)
    slips.issue([cast["away"].user, cast["waiting"].user], by=manager, now=NOON)
    wanted = desk.to_print(desk.people(place), anew=False)
    assert cast["waiting"] not in wanted
    assert cast["away"] in wanted
    assert wanted.count() == 6
    assert desk.with_valid_slip(wanted) == 1
    assert desk.to_print(desk.people(place), anew=True).count() == 7


def test_no_slip_opens_an_office_that_one_does_not_give(contest, district, cell, manager, organizer, period):
    elsewhere = make_contest()
    neighbour = make_entrant(contest, make_user("Người quản lý nơi khác", unit=cell))
    make_office(elsewhere, neighbour.user, "unit_manager", district)
    place = seat(manager, contest)
    assert desk.to_print(desk.people(place), anew=True).count() == 0
    for by in (manager, organizer):
        with pytest.raises(Refused):
            handing_out.print_slips([neighbour], by=by, now=NOON)
    make_office(elsewhere, organizer)  # who organizes both gives both
    assert handing_out.print_slips([neighbour], by=organizer, now=NOON).startswith(b"%PDF")


# --- The pages --------------------------------------------------------------------------------------------------------
@pytest.fixture
def now_period(period):
    """The period as it is open while the tests run, whatever the day."""
    period.opens_at, period.closes_at = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    period.save()
    return period


def sign_in(client, user):
    client.force_login(user, backend="accounts.signing_in.Backend")


def address(contest, rest=""):
    return f"/c/{contest.slug}/desk/{rest}"


def test_the_doors_are_not_there_for_others(client, contest, district, cell, manager, cast, now_period):
    assert client.get(address(contest)).status_code == 302
    other = make_unit("Đảng bộ xã khác", parent=district)
    theirs = make_entrant(contest, make_user(unit=other))
    sign_in(client, manager)
    assert client.get(address(contest), {"unit": other.pk}).status_code == 404
    assert client.get(address(contest, f"people/{theirs.pk}/")).status_code == 404
    assert client.post(address(contest, f"people/{theirs.pk}/"), {"unit": cell.pk}).status_code == 404
    sign_in(client, cast["away"].user)
    for rest in ("", "slips/", f"people/{cast['away'].pk}/"):
        assert client.get(address(contest, rest)).status_code == 404
    for rest in ("export/", "confirm/", "slips/"):
        assert client.post(address(contest, rest)).status_code == 404
        assert client.get(address(contest, rest)).status_code in {404, 405}


def test_nothing_changes_by_a_get(client, contest, manager, cast, now_period):
    sign_in(client, manager)
    for rest in ("export/", "confirm/"):
        assert client.get(address(contest, rest)).status_code == 405
    assert client.get(address(contest, "slips/"), {"show": "away"}).status_code == 200
    assert (Slip.objects.count(), Entry.objects.count()) == (0, 0)


def test_the_page(client, contest, manager, cast, now_period):
    sign_in(client, manager)
    page = client.get(address(contest))
    text = page.content.decode()
    assert page.status_code == 200
    assert 'href="tel:0900000118"' in text
    assert {line.entrant for line in page.context["lines"]} == {
        cast[name] for name in ("away", "waiting", "doing", "ran_out", "registered")
    }
    for word in ("điểm số", "points", "10/10"):
        assert word not in text


def test_odd_questions_are_answered_as_if_not_asked(client, contest, manager, cast, now_period):
    sign_in(client, manager)
    odd = {"show": "'", "after": "zz.1", "period": "9" * 30, "q": "%", "kind": "exe"}
    assert client.get(address(contest), odd).status_code == 200
    assert client.get(address(contest), {"unit": "x"}).status_code == 200


@pytest.mark.parametrize("role", ["manager", "organizer"])
def test_eight_queries_at_most_however_many_there_are(
    role, request, client, contest, commune, manager, organizer, cast, now_period, django_assert_max_num_queries
):
    sign_in(client, request.getfixturevalue(role))
    with django_assert_max_num_queries(8) as few:
        client.get(address(contest))
    for number in range(20):
        unit = make_unit(f"Chi bộ {number}", parent=commune)
        make_attempt(make_entrant(contest, make_user(f"Người {number}", unit=unit)), now_period)
    with django_assert_max_num_queries(8) as many:
        client.get(address(contest), {"show": "people"})
    assert len(few) == len(many)


def test_slips_are_asked_about_then_printed(client, contest, manager, cast, now_period):
    slips.issue(cast["away"].user, by=None, now=NOON)
    sign_in(client, manager)
    asked = client.get(address(contest, "slips/"), {"show": "away"})
    assert [asked.context[name] for name in ("few", "void_by_few", "all", "void_by_all")] == [1, 1, 1, 1]
    sheet = client.post(address(contest, "slips/"), {"show": "people"})
    assert sheet["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sheet.content)).pages)
    assert "Nguyễn Văn Bảo" in text
    assert Slip.objects.filter(revoked_at=None).count() == 7
    assert Slip.objects.filter(user=cast["away"].user).count() == 2


def test_slips_of_those_who_were_ticked(client, contest, district, manager, cast, now_period):
    theirs = make_entrant(contest, make_user(unit=make_unit("Đảng bộ xã khác", parent=district)))
    sign_in(client, manager)
    ids = [cast["waiting"].pk, theirs.pk]
    assert client.get(address(contest, "slips/"), {"entrant": ids}).context["all"] == 1
    client.post(address(contest, "slips/"), {"entrant": ids, "anew": "1"})
    assert list(Slip.objects.values_list("user", flat=True)) == [cast["waiting"].user_id]
    nobody = client.post(address(contest, "slips/"), {"entrant": [theirs.pk]})
    assert nobody.status_code == 409


def test_people_are_confirmed(client, contest, manager, cast, now_period):
    sign_in(client, manager)
    answer = client.post(address(contest, "confirm/"), {"entrant": [cast["registered"].pk]})
    assert answer.status_code == 302
    assert Entrant.objects.get(pk=cast["registered"].pk).unit_confirmed_at is not None


def test_a_person_is_moved(client, contest, commune, cell, manager, cast, now_period):
    sign_in(client, manager)
    url = address(contest, f"people/{cast['registered'].pk}/")
    assert client.get(url).status_code == 200
    found = client.post(url, {"search": "1", "unit_text": "phuong tu"})
    assert [place.unit for place in found.context["places"]] == [commune, cell]
    assert client.post(url, {"unit": "none", "unit_text": "x"}).status_code == 400
    beside = make_unit("Chi bộ thôn Bên Cạnh", parent=commune)
    assert client.post(f"{url}?unit={cell.pk}", {}).status_code == 400  # none was chosen
    for unit in (beside, commune):
        assert client.post(f"{url}?unit={commune.pk}&show=away", {"unit": unit.pk}).status_code == 302
        assert Entrant.objects.get(pk=cast["registered"].pk).unit == unit


def test_an_organizer_without_a_second_factor_is_sent_to_set_one_up(
    client, contest, manager, organizer, period, settings
):
    settings.MFA_REQUIRED = True
    sign_in(client, organizer)
    assert client.get(address(contest)).status_code == 302
    sign_in(client, manager)
    assert client.get(address(contest)).status_code == 200
