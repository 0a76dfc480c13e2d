"""The units' lists: what is refused first, then who is known again, then what a list may and may not change."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from contest.foundations import sheets
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds import rosters
from contest.rounds.models import Entrant
from tests.builders import NOON, make_contest, make_entrant, make_office, make_unit, make_user

pytestmark = pytest.mark.django_db
HEAD = (
    "Họ và tên,Ngày sinh,Số điện thoại,Số căn cước,Số thẻ đảng,Đảng viên,Email,"
    "Mã đơn vị,Đơn vị,Khối,Bắt buộc,Lý do miễn"
)


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện Ứng Hòa", code="UH")


@pytest.fixture
def commune(district):
    return make_unit("Đảng bộ xã Phương Tú", code="UH-01", parent=district, block="Khối xã")


@pytest.fixture
def cell(commune):
    return make_unit("Chi bộ thôn Phí Trạch", code="UH-01-01", parent=commune)


@pytest.fixture
def contest(district):
    return make_contest(root=district)


def sheet(*rows):
    return "\n".join([HEAD, *(row + "," * (11 - row.count(",")) for row in rows)]).encode()


def look(contest, *rows, **options):
    return rosters.preview(sheet(*rows), "ds.csv", contest, now=NOON, **options)


def bring(contest, *rows, now=NOON, **options):
    return rosters.commit(sheet(*rows), "ds.csv", contest, by=None, now=now, **options)


def problems(done):
    return [(problem.row, problem.column) for problem in done.problems]


HUONG = "Nguyễn Thị Hương,02/09/1975,0912 345 678,001175012345,29.104857,có,,UH-01-01"


# --- Refusals ---------------------------------------------------------------------------------------------------------
def test_each_bad_cell_is_named(contest, cell):
    done = look(
        contest,
        ",1970,0912345678,,,,,UH-01-01",
        "Một,32/01/1970,,,,,,UH-01-01",
        "Hai,1970,024 1234,,,,,UH-01-01",
        "Ba,1970,,123,,,,UH-01-01",
        "Bốn,1970,,,,chắc là,,UH-01-01",
        "Năm,1970,,,,,khong@,UH-01-01",
        "Sáu,1970,,,,,,KHÔNG-CÓ",
        "Bảy,1970,,,,,,",
        "Tám,1970,,,,,,UH-01-01,,,có,Ốm nặng",
        "Chín,,,,,,,UH-01-01",
        "NguyÔn V¨n Lùc,1970,,,,,,UH-01-01",
    )
    assert sorted(problems(done)) == [
        (2, "Họ và tên"),
        (3, "Ngày sinh"),
        (3, "Ngày sinh"),
        (4, "Số điện thoại"),
        (5, "Số căn cước"),
        (6, "Đảng viên"),
        (7, "Email"),
        (8, "Mã đơn vị"),
        (9, "Đơn vị"),
        (10, "Bắt buộc"),
        (11, "Ngày sinh"),
        (12, "Họ và tên"),
    ]


def test_with_one_bad_row_nothing_is_imported(contest, cell):
    with pytest.raises(Refused) as refusal:
        bring(contest, HUONG, "Hai,1970,12,,,,,UH-01-01")
    assert refusal.value.code == "problems"
    assert (User.objects.count(), Entrant.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_a_bare_name_is_refused_with_the_candidates(contest, district, commune, cell):
    other = make_unit("Đảng bộ xã Trung Tú", code="UH-02", parent=district)
    make_unit("Chi bộ thôn Phí Trạch", parent=other)
    done = look(contest, "Một,1970,,,,,,,Chi bộ thôn Phí Trạch")
    assert problems(done) == [(2, "Đơn vị")]
    assert done.problems[0].message.endswith(
        "Đảng bộ huyện Ứng Hòa / Đảng bộ xã Phương Tú / Chi bộ thôn Phí Trạch (UH-01-01); "
        "Đảng bộ huyện Ứng Hòa / Đảng bộ xã Trung Tú / Chi bộ thôn Phí Trạch."
    )


def test_a_path_is_matched_from_the_top_whatever_its_diacritics(contest, cell):
    for path in (
        "Dang bo xa Phuong Tu / Chi bo thon Phi Trach",
        "ĐẢNG BỘ HUYỆN ỨNG HÒA > Đảng bộ xã Phương Tú > chi bộ thôn phí trạch",
    ):
        assert problems(look(contest, f"Một,1970,,,,,,,{path}")) == []
    assert problems(look(contest, "Một,1970,,,,,,,Đảng bộ xã Phương Tú / Chi bộ thôn Khác")) == [(2, "Đơn vị")]


def test_units_outside_the_contest_or_ended_do_not_count(contest, commune):
    make_unit("Đảng bộ huyện khác", code="KH")
    make_unit("Chi bộ cũ", code="UH-01-09", parent=commune, valid_until=date(2020, 1, 1))
    assert problems(look(contest, "Một,1970,,,,,,KH", "Hai,1970,,,,,,UH-01-09")) == [(2, "Mã đơn vị"), (3, "Mã đơn vị")]


def test_a_manager_brings_in_only_the_own_units(contest, district, commune, cell):
    make_unit("Đảng bộ xã Trung Tú", code="UH-02", parent=district)
    done = look(contest, "Một,1970,,,,,,UH-02", "Hai,1971,,,,,,UH-01-01", "Ba,1972", below=commune)
    assert problems(done) == [(2, "Mã đơn vị")]
    assert bring(contest, "Ba,1972", below=commune).new == 1
    assert Entrant.objects.get().unit == commune


def test_the_same_person_twice_in_a_file(contest, cell):
    done = look(
        contest,
        HUONG,
        "Ai khác,1980,,001175012345,,,,UH-01-01",
        "Ai nữa,1981,,,29.104857,,,UH-01-01",
        "NGUYỄN THỊ HƯƠNG,,0912345678,,,,,UH-01-01",
        "Nguyễn Văn Chồng,1970,0912345678,,,,,UH-01-01",
    )
    assert problems(done) == [(3, "Số căn cước"), (4, "Số thẻ đảng"), (5, "Họ và tên")]


def test_a_number_of_somebody_with_another_name(contest, cell):
    bring(contest, HUONG)
    done = look(contest, "Trần Văn Lạ,1975,,001175012345,,,,UH-01-01", "Lê Thị Lạ,1975,,,29.104857,,,UH-01-01")
    assert problems(done) == [(2, "Họ và tên"), (3, "Họ và tên")]


def test_numbers_and_addresses_of_somebody_else(contest, cell):
    bring(contest, HUONG, "Lê Thị Hai,1980,0987654321,,29.2,,hai@example.vn,UH-01-01")
    done = look(
        contest,
        "Lê Thị Hai,1980,0987654321,001175012345,,,,UH-01-01",
        "Phạm Ba,1990,0911111111,,,,hai@example.vn,UH-01-01",
    )
    assert problems(done) == [(2, "Họ và tên"), (3, "Email")]
    assert problems(look(contest, "Nguyễn Thị Hương,1975,0912345678,001175000001,29.104857,,,UH-01-01")) == [
        (2, "Số căn cước")
    ]
    assert problems(look(contest, "Nguyễn Thị Hương,,,001175012345,29.2,,,UH-01-01")) == [(2, "Số thẻ đảng")]


# --- Who is known again -----------------------------------------------------------------------------------------------
def test_a_list_and_the_same_list_again(contest, cell):
    rows = [
        HUONG,
        "TRẦN VĂN BẢO,1961,+84 168 234 5678,,,x,,UH-01-01,,,không,Ốm nặng",
        "Lê Văn Cả,1950,,,,,,UH-01-01",
    ]
    assert (bring(contest, *rows).new, Entry.objects.count()) == (3, 1)
    again = bring(contest, *rows)
    assert (again.new, again.changed, again.unchanged, Entry.objects.count()) == (0, 0, 3, 1)
    user = User.objects.get(party_card="29.104857")
    assert (user.full_name, user.birth_date, user.birth_year, user.phone) == (
        "Nguyễn Thị Hương",
        date(1975, 9, 2),
        1975,
        "0912345678",
    )
    assert (user.citizen_number, user.is_party_member, user.unit, user.has_usable_password()) == (
        "001175012345",
        True,
        cell,
        False,
    )
    assert user.search == "nguyen thi huong 0912345678 29.104857"
    people = {entrant.user.full_name: entrant for entrant in Entrant.objects.select_related("user")}
    entrant = people["Nguyễn Thị Hương"]
    assert (entrant.unit, entrant.unit_path[-1], len(entrant.unit_path)) == (cell, cell.pk, 3)
    assert (entrant.block, entrant.origin, entrant.is_obliged, entrant.unit_confirmed_at) == (
        "Khối xã",
        "roster",
        True,
        NOON,
    )
    exempt = people["Trần Văn Bảo"]
    assert (exempt.user.phone, exempt.is_obliged, exempt.exempt_reason) == ("0382345678", False, "Ốm nặng")


def test_one_phone_in_a_family(contest, cell):
    bring(contest, "Nguyễn Thị Hương,1975,0912345678,,,,,UH-01-01", "Nguyễn Văn Chồng,1970,0912345678,,,,,UH-01-01")
    assert User.objects.filter(phone="0912345678").count() == 2


def test_known_by_phone_with_name_and_birth(contest, cell):
    bring(contest, HUONG)
    done = look(contest, "nguyen thi huong,1975,0912345678,,,,,UH-01-01")
    assert (done.new, done.changed) == (0, 1)
    assert [(change.what, change.new) for change in done.changes] == [("full_name", "nguyen thi huong")]
    assert look(contest, "Nguyễn Thị Hương,1999,0912345678,,,,,UH-01-01").new == 1


def test_known_by_name_birth_and_unit_when_there_is_no_number(contest, cell):
    bring(contest, "Lê Văn Cả,1950,,,,,,UH-01-01")
    done = bring(contest, "Lê Văn Cả,01/02/1950,0912000000,,29.7,,,UH-01-01")
    assert (done.new, done.changed, User.objects.count()) == (0, 1, 1)
    assert User.objects.get().party_card == "29.7"


def test_someone_who_registered_comes_onto_the_list(contest, cell):
    user = make_user("Nguyễn Thị Hương", birth_year=1975, phone="0912345678")
    entrant = make_entrant(contest, user, origin="registered", unit=None)
    done = bring(contest, HUONG)
    entrant.refresh_from_db()
    assert (done.new, done.changed) == (0, 1)
    assert (entrant.origin, entrant.unit, entrant.is_obliged, entrant.unit_confirmed_at) == ("roster", cell, True, NOON)


# --- What a list may change -------------------------------------------------------------------------------------------
def test_empty_cells_change_nothing(contest, cell):
    bring(contest, HUONG)
    before = User.objects.values().get()
    done = bring(contest, "Nguyễn Thị Hương,,,,29.104857,,,UH-01-01")
    assert done.unchanged == 1
    assert User.objects.values().get() == before


def test_a_list_fills_but_never_changes_an_address(contest, cell):
    bring(contest, HUONG)
    bring(contest, HUONG.replace("có,,", "có,Huong@Example.vn,"))
    assert User.objects.get().email == "huong@example.vn"
    done = bring(contest, HUONG.replace("có,,", "có,khac@example.vn,"))
    assert [warning.column for warning in done.warnings] == ["Email"]
    assert User.objects.get().email == "huong@example.vn"


def test_a_list_learns_nothing_about_people_of_other_contests_and_opens_no_way_in(contest, cell):
    user = make_user("Nguyễn Thị Hương", birth_year=1975, phone="0911000111", party_card="29.104857")
    make_entrant(make_contest(), user)
    row = "Nguyễn Thị Hương,1975,0912345678,,29.104857,,ke.gian@example.vn,UH-01-01"
    assert "0911000111" not in repr(look(contest, row))
    done = bring(contest, row)
    assert [warning.column for warning in done.warnings] == ["Email"]
    assert User.objects.get().email is None
    assert Entrant.objects.filter(contest=contest).count() == 1


def test_holders_of_offices_are_left_alone(contest, cell):
    organizer = make_user("Vũ Thị Lan", phone="0911222333", birth_year=1980)
    make_office(make_contest(), organizer)
    done = bring(contest, "Vũ Thị Lan,1980,0911222333,,29.9,,lan@example.vn,UH-01-01")
    organizer.refresh_from_db()
    assert (organizer.party_card, organizer.email, len(done.warnings)) == (None, None, 1)
    assert Entrant.objects.filter(user=organizer).count() == 1
    manager = make_user("Lê Hai", phone="0911222444", birth_year=1981)
    make_office(contest, manager, "unit_manager", cell)
    done = bring(contest, "Lê Hai,1981,0911222444,,,,,UH-01-01")
    assert (done.new, done.unchanged, len(done.warnings)) == (0, 1, 1)
    assert not Entrant.objects.filter(user=manager).exists()


def test_excel_ate_the_zeros(contest, cell):
    table = sheets.write_xlsx(
        ["Họ và tên", "Năm sinh", "Điện thoại", "CCCD", "Mã đơn vị"],
        [["Lê Hai", 1975, 912345678, 1175012345, "UH-01-01"]],
    )
    done = rosters.commit(table, "ds.xlsx", contest, by=None, now=NOON)
    assert [warning.column for warning in done.warnings] == ["CCCD"]
    user = User.objects.get()
    assert (user.phone, user.citizen_number, user.birth_year) == ("0912345678", "001175012345", 1975)


# --- The frozen roster ------------------------------------------------------------------------------------------------
def test_obligations_do_not_change_after_the_freeze(contest, commune, cell):
    bring(contest, HUONG, "Lê Hai,1980,0911222444,,,,,UH-01-01,,,không,Ốm nặng")
    contest.roster_frozen_at = NOON - timedelta(days=1)
    contest.save()
    done = look(
        contest,
        HUONG.replace("UH-01-01", "UH-01-01,,,không"),
        "Lê Hai,1980,0911222444,,,,,UH-01-01,,,có",
        "Trần Mới,1990,,,,,,UH-01-01,,,có",
    )
    assert problems(done) == [(2, "Bắt buộc"), (3, "Bắt buộc"), (4, "Bắt buộc")]
    assert problems(look(contest, HUONG.replace("UH-01-01", "UH-01"))) == [(2, "Bắt buộc")]
    done = bring(contest, HUONG.replace("0912 345 678", "0912 345 679"), "Trần Mới,1990,,,,,,UH-01-01")
    assert (done.new, done.changed) == (1, 1)
    assert Entrant.objects.get(user__full_name="Trần Mới").is_obliged is False


def test_before_the_freeze_they_do(contest, cell):
    contest.roster_frozen_at = NOON + timedelta(seconds=1)
    contest.save()
    assert bring(contest, HUONG).new == 1


# --- Many, and the command --------------------------------------------------------------------------------------------
def test_queries_do_not_grow_with_the_rows(contest, cell, django_assert_max_num_queries):
    rows = [f"Lê Văn Số {number},1950,09{number:08},,29.{number},,,UH-01-01" for number in range(300)]
    with django_assert_max_num_queries(30):
        assert bring(contest, *rows).new == 300
    with django_assert_max_num_queries(30):
        assert bring(contest, *rows).unchanged == 300


def test_the_command(contest, cell, tmp_path):
    file = tmp_path / "ds.csv"
    file.write_bytes(sheet(HUONG))
    out = io.StringIO()
    call_command("import_roster", str(file), contest=contest.slug, dry_run=True, json=True, stdout=out)
    assert json.loads(out.getvalue())["new"] == 1
    assert Entrant.objects.count() == 0
    call_command("import_roster", str(file), contest=contest.slug, stdout=io.StringIO())
    assert Entrant.objects.count() == 1
    file.write_bytes(sheet("Hai,1970,12,,,,,UH-01-01"))
    with pytest.raises(SystemExit):
        call_command("import_roster", str(file), contest=contest.slug, stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("import_roster", str(file), contest="khong-co", stdout=io.StringIO())
