"""The tree: what may not be done to it first, then moves, mergers, and units from a sheet."""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import units
from accounts.models import Unit
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from tests.builders import NOON, make_unit, make_user

pytestmark = pytest.mark.django_db
DAY = date(2025, 7, 1)


@pytest.fixture
def district():
    return make_unit("Đảng bộ huyện Ứng Hòa", code="UH")


@pytest.fixture
def commune(district):
    return make_unit("Đảng bộ xã Phương Tú", code="UH-01", parent=district)


@pytest.fixture
def cell(commune):
    return make_unit("Chi bộ thôn Phí Trạch", code="UH-01-01", kind="cell", parent=commune)


# --- Refusals ---------------------------------------------------------------------------------------------------------
def test_a_unit_does_not_hang_below_itself(district, cell):
    with pytest.raises(Refused):
        units.move(district, parent=cell, by=None, now=NOON)
    with pytest.raises(Refused):
        units.move(cell, parent=cell, by=None, now=NOON)
    assert Entry.objects.count() == 0


def test_a_unit_is_not_merged_into_one_below_it(commune, cell):
    with pytest.raises(Refused):
        units.merge([commune], into=cell, day=DAY, by=None, now=NOON)


def test_a_unit_ends_once(commune, district):
    other = make_unit("Đảng bộ xã Trung Tú", parent=district)
    units.merge([commune], into=other, day=DAY, by=None, now=NOON)
    with pytest.raises(Refused):
        units.merge([commune], into=other, day=DAY, by=None, now=NOON)


def test_a_unit_is_split_into_two_different_ones_at_least(commune):
    for names in (["Một"], ["Hoà Xá", "Hòa Xá"], ["Một", " "]):
        with pytest.raises(Refused):
            units.split(commune, names=names, day=DAY, by=None, now=NOON)
    assert Unit.objects.filter(parent=commune.parent).count() == 1


# --- Changes ----------------------------------------------------------------------------------------------------------
def test_move(district, cell):
    by = make_user("Vũ Thị Lan")
    assert units.move(cell, parent=district, by=by, now=NOON).parent == district
    entry = Entry.objects.get()
    assert (entry.action, entry.actor_id, entry.data["to"]) == ("unit moved", by.pk, district.pk)


def test_merge_gives_people_and_the_units_below_to_the_successor(district, commune, cell):
    other = make_unit("Đảng bộ xã Trung Tú", parent=district)
    ended = make_unit("Chi bộ cũ", parent=commune, valid_until=date(2020, 1, 1))
    person = make_user(unit=commune)
    units.merge([commune], into=other, day=DAY, by=None, now=NOON)
    for row in (commune, cell, ended, person):
        row.refresh_from_db()
    assert (commune.valid_until, commune.successor, commune.parent) == (DAY, other, district)
    assert (cell.parent, ended.parent, person.unit) == (other, commune, other)
    standing = Unit.objects.standing_at(DAY).values_list("pk", flat=True)
    assert commune.pk not in standing
    assert other.pk in standing


def test_split(district, commune, cell):
    person = make_user(unit=commune)
    parts = units.split(commune, names=["Xã A", "Xã B"], heir=1, day=DAY, by=None, now=NOON)
    for row in (commune, cell, person):
        row.refresh_from_db()
    assert [(part.name, part.parent, part.valid_from) for part in parts] == [
        ("Xã A", district, DAY),
        ("Xã B", district, DAY),
    ]
    assert (commune.successor, cell.parent, person.unit) == (parts[1], parts[1], parts[1])


# --- Reading ----------------------------------------------------------------------------------------------------------
def test_search_without_diacritics_across_the_line(district, commune, cell):
    other = make_unit("Đảng bộ xã Trung Tú", parent=district)
    namesake = make_unit("Chi bộ thôn Phí Trạch", parent=other)

    def found(text, root=district):
        return [place.unit for place in units.search(text, root=root.pk, day=DAY)]

    assert found("phi trach") == [cell, namesake] or found("phi trach") == [namesake, cell]
    assert found("phí trạch phương tú") == [cell]
    assert found("PHUONG TU") == [commune, cell]
    assert found("phuong tu", root=other) == []
    assert found("  ") == []
    assert found("100%") == []


def test_search_puts_first_what_has_the_words_in_their_order(district):
    near, other = (make_unit(f"Đảng bộ xã {name}", parent=district) for name in ("Hòa Xá", "Hòa Nam"))
    cell = make_unit("Chi bộ thôn Hòa Xá", parent=other)
    found = [place.unit for place in units.search("hòa xá", root=district.pk, day=DAY)]
    assert found == [near, cell, other]


def test_what_is_typed_beyond_a_few_words_is_not_looked_for(district, commune, cell):
    with CaptureQueriesContext(connection) as queries:
        assert units.search("phuong tu " * 100_000, root=None, day=NOON.date()) == units.search(
            "phuong tu", root=None, day=NOON.date()
        )
    assert max(len(query["sql"]) for query in queries) < 5000


def test_search_leaves_out_units_that_have_ended(district, commune, cell):
    Unit.objects.filter(pk=cell.pk).update(valid_until=date(2024, 1, 1))
    assert units.search("phi trach", root=None, day=DAY) == []


def test_a_place_names_the_line_below_the_root(district, commune, cell):
    place = units.places([cell.pk], root=district.pk)[cell.pk]
    assert str(place) == "Đảng bộ xã Phương Tú / Chi bộ thôn Phí Trạch"
    assert str(units.places([cell.pk])[cell.pk]) == f"{district} / {commune} / {cell}"


def test_places_take_two_queries(district, commune, cell, django_assert_num_queries):
    other = make_unit("Chi bộ khác", parent=district)
    with django_assert_num_queries(2):
        units.places([cell.pk])
    with django_assert_num_queries(2):
        units.places([cell.pk, other.pk])


# --- From a sheet -----------------------------------------------------------------------------------------------------
HEAD = "Mã,Tên,Loại,Mã cấp trên,Khối,Từ ngày,Đến ngày,Mã kế thừa\n"
TREE = (
    HEAD
    + "UH,Đảng bộ huyện Ứng Hòa,Đảng bộ,,,,,\n"
    + "UH-01-01,Chi bộ thôn Phí Trạch,,UH-01,,,,\n"
    + "UH-01,Đảng bộ xã Phương Tú,Đảng bộ,UH,Khối xã,01/01/2020,2025-07-01,UH-02\n"
    + "UH-02,Đảng bộ xã Ứng Thiên,Đảng bộ,UH,Khối xã,01/07/2025,,\n"
)


def bring(text):
    return units.import_units(text.encode(), "units.csv", by=None, now=NOON)


def test_the_tree_from_a_sheet_and_again():
    done = bring(TREE)
    assert (done.rows, done.new, done.changed, done.unchanged) == (4, 4, 0, 0)
    lines = {unit.code: (unit.name, unit.kind, unit.parent and unit.parent.code) for unit in Unit.objects.all()}
    assert lines == {
        "UH": ("Đảng bộ huyện Ứng Hòa", "committee", None),
        "UH-01": ("Đảng bộ xã Phương Tú", "committee", "UH"),
        "UH-01-01": ("Chi bộ thôn Phí Trạch", "cell", "UH-01"),
        "UH-02": ("Đảng bộ xã Ứng Thiên", "committee", "UH"),
    }
    old = Unit.objects.get(code="UH-01")
    assert (old.valid_from, old.valid_until, old.successor.code) == (date(2020, 1, 1), DAY, "UH-02")
    again = bring(TREE)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 4)
    assert Entry.objects.count() == 1


def test_a_preview_writes_nothing_and_names_what_changes():
    bring(TREE)
    planned = units.preview((HEAD + "UH-01,Đảng bộ xã Phương Tú 2,,UH-02,,,,\n").encode(), "units.csv")
    assert (planned.new, planned.changed, planned.unchanged) == (0, 1, 0)
    assert [(change.what, change.old, change.new) for change in planned.changes] == [
        ("name", "Đảng bộ xã Phương Tú", "Đảng bộ xã Phương Tú 2"),
        ("parent", "UH", "UH-02"),
    ]
    assert Unit.objects.get(code="UH-01").name == "Đảng bộ xã Phương Tú"


def test_problems_name_the_row_and_nothing_is_half_done():
    bad = (
        HEAD
        + "A,Một,,B,,,,\n"
        + "B,Hai,,A,,,,\n"
        + ",Không mã,,,,,,\n"
        + "A,Lần nữa,,,,,,\n"
        + "C,,Lạ,X,,32/01/2020,,C\n"
        + "D,Bốn,,,,02/01/2020,01/01/2020,\n"
    )
    planned = units.preview(bad.encode(), "units.csv")
    assert sorted((problem.row, problem.column) for problem in planned.problems) == [
        (2, "Mã cấp trên"),
        (3, "Mã cấp trên"),
        (4, "Mã"),
        (5, "Mã"),
        (6, "Loại"),
        (6, "Mã cấp trên"),
        (6, "Mã kế thừa"),
        (6, "Tên"),
        (6, "Từ ngày"),
        (7, "Đến ngày"),
    ]
    with pytest.raises(Refused):
        bring(bad)
    assert Unit.objects.count() == 0


def test_names_may_repeat_but_codes_may_not():
    assert bring("Mã,Tên\nA,Xã Hòa Xá\nB,Xã Hòa Xá\n").new == 2


def test_the_command(tmp_path):
    file = tmp_path / "units.csv"
    file.write_text(TREE, encoding="utf-8")
    out = io.StringIO()
    call_command("import_units", str(file), dry_run=True, json=True, stdout=out)
    assert (json.loads(out.getvalue())["new"], Unit.objects.count()) == (4, 0)
    call_command("import_units", str(file), stdout=io.StringIO())
    assert Unit.objects.count() == 4
    file.write_text(HEAD + "A,Một,,X,,,,\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("import_units", str(file), stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("import_units", str(tmp_path / "khong-co.csv"), stdout=io.StringIO())
