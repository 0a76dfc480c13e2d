"""Tables from strangers are read within limits, and faults told by row; in tables for Excel nothing is a formula."""

import io
import re
import time
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.foundations import sheets
from contest.foundations.language import clean
from contest.foundations.refusing import Refused
from contest.foundations.sheets import Cell, Column, Problem, Row, read, write_csv, write_xlsx

COLUMNS = {
    "name": Column(("Họ và tên", "Họ tên", "Full name"), required=True),
    "birth": Column(("Ngày sinh", "Năm sinh", "Date of birth")),
    "card": Column(("Số thẻ đảng", "Số thẻ")),
    "note": Column(("Ghi chú",), multiline=True),
}


def values(**given):
    return dict.fromkeys(COLUMNS, "") | given


def from_csv(text, name="danh sách.csv", **options):
    return read(text.encode() if isinstance(text, str) else text, name, columns=COLUMNS, **options)


def workbook(*sheets_of_rows, states=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets_of_rows:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    for sheet, state in zip(book.worksheets, states, strict=False):
        sheet.sheet_state = state
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(book, change):
    """The workbook with its first sheet's XML changed."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = change(members[sheet])
    return zipped(members)


PLAIN = [["Họ và tên", "Ngày sinh"], ["Đặng Thị Kim Thoa", "1975"]]


# Refusals ------------------------------------------------------------------------------------------------------------


def test_a_file_without_the_columns_is_refused_by_their_names():
    columns = COLUMNS | {"unit": Column(("Đơn vị",), required=True), "phone": Column(("Điện thoại",), required=True)}
    with pytest.raises(Refused) as refusal:
        read("Họ tên;Ngày sinh\nA;1975\n".encode(), "a.csv", columns=columns)
    assert re.findall("Đơn vị, Điện thoại", str(refusal.value))
    assert "Họ" not in str(refusal.value)


def test_a_file_without_a_header_is_refused():
    for data in (b"", b"\n\n", b"a,b\n1,2\n", "Nguyễn Văn Bảo,1975\n".encode()):
        with pytest.raises(Refused, match="Họ và tên"):
            from_csv(data)
    with pytest.raises(Refused, match="Họ và tên"):
        read(workbook([[1, 2]]), "a.xlsx", columns=COLUMNS)


def test_a_column_that_stands_twice_is_refused():
    with pytest.raises(Refused, match="Họ tên"):
        from_csv("Họ và tên,Họ tên\nA,B\n")


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "latin-1"])
def test_a_file_in_an_old_code_page_is_refused(encoding):
    with pytest.raises(Refused, match="CSV UTF-8"):
        from_csv("Họ và tên;x\nLê Thanh Hà;é\n".encode(encoding, "ignore"))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a.xls"),
        (b"%PDF-1.7", "a.pdf"),
        (b"Ho ten\n", "a.xlsx"),
        (b"Ho ten\n", "a"),
        (b"PK\x03\x04" + bytes(100), "a.xlsx"),
        (zipped({"a.txt": "x"}), "a.xlsx"),
        (zipped({"content.xml": "<x/>", "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "a.ods"),
        (zipped({"xl/workbook.bin": "x", "[Content_Types].xml": "<x/>"}), "a.xlsb"),
        (workbook(PLAIN)[:-30], "a.xlsx"),
        (workbook(PLAIN)[:300], "a.xlsx"),
        ("Họ tên\nA\0B\n".encode(), "a.csv"),
    ],
)
def test_what_is_no_table_is_refused(data, name):
    with pytest.raises(Refused):
        read(data, name, columns=COLUMNS)


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_BYTES", 1000)
    with pytest.raises(Refused):
        from_csv("Họ tên\n" + "A\n" * 1000)


def test_too_many_rows_and_columns_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 100)
    monkeypatch.setattr(sheets, "MAX_COLUMNS", 10)
    for data, name in (
        (("Họ tên\n" + "A\n" * 100).encode(), "a.csv"),
        (("Họ tên" + "," * 10 + "\n").encode(), "a.csv"),
        (workbook([["Họ tên"]] + [["A"]] * 100), "a.xlsx"),
        (workbook([["Họ tên"] + ["x"] * 10]), "a.xlsx"),
    ):
        with pytest.raises(Refused, match="100"):
            read(data, name, columns=COLUMNS)
    assert len(from_csv("Họ tên\n" + "A\n" * 99).rows) == 99
    assert len(read(workbook([["Họ tên"]] + [["A"]] * 99), "a.xlsx", columns=COLUMNS).rows) == 99


@pytest.mark.parametrize("place", ["XFD1048576", "XFD1", "A1048576", "IV200000", "IW1"])
def test_one_far_cell_costs_nothing(place):
    book = openpyxl.Workbook()
    book.active["A1"], book.active[place] = "Họ và tên", "x"
    file = io.BytesIO()
    book.save(file)
    start = time.monotonic()
    with pytest.raises(Refused):
        read(file.getvalue(), "a.xlsx", columns=COLUMNS)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'r="A2"', b'r="XFD1048576"'),
        lambda xml: xml.replace(b'r="A2"', b"r='XFD1048576'"),
        lambda xml: xml.replace(b'r="A2"', b'r = "XFD1048576"'),
        lambda xml: xml.replace(b'<c r="A2"', b'<c x=">" r="XFD1048576"'),
        lambda xml: xml.replace(b'<c r="A2"', b'<c\nr="XFD1048576"'),
        lambda xml: xml.replace(b'<c r="A2"', b"<c x=\"r='A2'\" r='XFD1048576'"),
        lambda xml: xml.replace(b'<c r="A2"', b'<c x=" r=&quot;A2&quot;"'),
        lambda xml: xml.replace(b'<c r="A2"', b"<c x=\" r='A2' \""),
        lambda xml: xml.replace(b'<c r="A2"', b"<c"),
        lambda xml: xml.replace(b'<c r="A2"', b'<c y:r="A2"'),
        lambda xml: xml.replace(b'r="A2"', b'r="&#88;FD1048576"'),
        lambda xml: xml.replace(b'r="A2"', b'r="A99999999"'),
        lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1),
        lambda xml: xml.decode().encode("utf-16"),
    ],
)
def test_a_far_cell_can_not_hide(change):
    book = changed(workbook(PLAIN), change)
    assert book != workbook(PLAIN)
    with pytest.raises(Refused):
        read(book, "a.xlsx", columns=COLUMNS)


def test_a_far_cell_can_not_hide_across_two_reads():
    far = b'<sheetData><row><c r="XFD9"/></row>'
    for padding in range(999_900, 1_000_100, 7):
        filler = b"<!--" + b"x" * padding + b"-->" + far
        with pytest.raises(Refused):
            sheets.refuse_bombs(changed(workbook(PLAIN), lambda xml, add=filler: xml.replace(b"<sheetData>", add)))


def test_a_file_that_unpacks_without_end_is_refused(monkeypatch):
    start = time.monotonic()
    parts = {"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b" " * 120_000_000}
    with pytest.raises(Refused):
        read(zipped(parts), "a.xlsx", columns=COLUMNS)
    with pytest.raises(Refused):
        read(
            zipped({"xl/workbook.xml": "<x/>"} | {f"{n}.png": bytes(3_000_000) for n in range(20)}),
            "a.xlsx",
            columns=COLUMNS,
        )
    with pytest.raises(Refused):
        read(zipped({"xl/workbook.xml": "<x/>"} | {str(n): "" for n in range(2001)}), "a.xlsx", columns=COLUMNS)
    assert time.monotonic() - start < 20
    monkeypatch.setattr(sheets, "MAX_RATIO", 10**9)
    monkeypatch.setattr(sheets, "MAX_UNZIPPED", 1000)
    with pytest.raises(Refused):
        read(workbook(PLAIN), "a.xlsx", columns=COLUMNS)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "xl/../../x", "a\\b", "C:x"])
def test_members_with_unsafe_names_are_refused(name):
    with pytest.raises(Refused):
        read(zipped({"xl/workbook.xml": "<x/>", name: "x"}), "a.xlsx", columns=COLUMNS)


def test_links_and_unusual_compression_are_refused():
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr(link, "/etc/passwd")
    for data in (file.getvalue(), zipped({"xl/workbook.xml": "<x/>"}, zipfile.ZIP_BZIP2)):
        with pytest.raises(Refused):
            read(data, "a.xlsx", columns=COLUMNS)


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.xlsx"]))
def test_any_bytes_are_read_or_refused(data, name):
    for prefix in (b"", b"PK\x03\x04", "Họ tên,Ngày sinh\n".encode(), b"\xff\xfe"):
        try:
            table = read(prefix + data, name, columns=COLUMNS)
        except Refused:
            continue
        assert table.header_row >= 1


@given(st.integers(0, 6000), st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(place, byte):
    data = bytearray(workbook(PLAIN))
    data[place % len(data)] = byte
    try:
        table = read(bytes(data), "a.xlsx", columns=COLUMNS)
    except Refused:
        return
    assert table.header_row == 1


# CSV -----------------------------------------------------------------------------------------------------------------

LIST = "Họ và tên{0}Ngày sinh{0}Số thẻ\nĐặng Thị Kim Thoa{0}02/09/1975{0}029104912\n\nHoà{0}{0}\n"
TWO = [
    Row(2, values(name="Đặng Thị Kim Thoa", birth="02/09/1975", card="029104912")),
    Row(4, values(name="Hoà")),
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_however_it_was_saved(delimiter, encoding, end):
    table = from_csv(LIST.format(delimiter).replace("\n", end).encode(encoding))
    assert table.rows == TWO
    assert table.problems == []


def test_the_first_line_may_name_the_delimiter():
    table = from_csv("sep=;\r\nHọ tên;Ghi chú\r\nA;b,c\r\n")
    assert table.rows == [Row(3, values(name="A", note="b,c"))]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ("'00123", "00123"),
        ("'=1+1", "=1+1"),
        ("'Hen", "'Hen"),
        ('"a\nb"', "a b"),
        ('" Hoà\u200b  Xá "', "Hoà Xá"),
        ('"say ""hi"""', 'say "hi"'),
    ],
)
def test_a_cell_is_what_the_person_meant(cell, text):
    assert from_csv(f"Họ tên,Số thẻ\n{cell},x\n").rows == [Row(2, values(name=text, card="x"))]


def test_titles_above_the_header_and_rows_of_any_length():
    table = from_csv(
        "ĐẢNG BỘ XÃ PHƯƠNG TÚ,,\nDanh sách dự thi\n\nSTT,HỌ VÀ TÊN (*):,Năm  sinh,Lạ\n1,A,1975,x,y\n2,B\n3\n,,,\n"
    )
    assert table.header_row == 4
    assert table.headers == {"name": "HỌ VÀ TÊN (*):", "birth": "Năm sinh"}
    assert table.ignored == ["STT", "Lạ"]
    assert table.rows == [Row(5, values(name="A", birth="1975")), Row(6, values(name="B"))]


def test_old_encodings_are_told_by_row_and_column():
    table = from_csv("Họ tên,Ghi chú\nNguyÔn V¨n An,\nĐúng,Traàn Vaên Ñöùc\n")
    assert [(problem.row, problem.column) for problem in table.problems] == [(2, "Họ tên"), (3, "Ghi chú")]
    assert ["TCVN3" in table.problems[0].message, "VNI" in table.problems[1].message] == [True, True]


def test_lines_within_a_cell_are_kept_where_they_matter():
    table = from_csv('Họ tên,Ghi chú\n"A\nB","một\n\n  hai  "\n')
    assert table.rows == [Row(2, values(name="A B", note="một\n\nhai"))]


# Excel ---------------------------------------------------------------------------------------------------------------


def test_cells_of_all_kinds():
    rows = [
        ["Họ và tên", "Ngày sinh", "Số thẻ", "Ghi chú"],
        ["A", date(1975, 9, 2), 29104912, None],
        ["B", datetime(1975, 9, 2), 29104912.0, True],  # noqa: DTZ001
        ["C", datetime(1975, 9, 2, 7, 30), 29.104912, "=1+1"],  # noqa: DTZ001
        [None, None, None, None],
        ["D", 1975, "001099012345", 123456789012],
    ]
    assert read(workbook(rows), "a.xlsx", columns=COLUMNS).rows == [
        Row(2, values(name="A", birth="1975-09-02", card="29104912")),
        Row(3, values(name="B", birth="1975-09-02", card="29104912", note="TRUE")),
        Row(4, values(name="C", birth="1975-09-02 07:30:00", card="29.104912")),
        Row(6, values(name="D", birth="1975", card="001099012345", note="123456789012")),
    ]


def test_rounded_numbers_and_errors_are_told():
    table = read(workbook([["Họ tên", "Số thẻ"], ["A", 1234567890123456789]]), "a.xlsx", columns=COLUMNS)
    assert [(problem.row, problem.column) for problem in table.problems] == [(2, "Số thẻ")]
    table = from_csv("Họ tên,Số thẻ\nA,1\n#N/A,2\n")
    assert [(problem.row, problem.column) for problem in table.problems] == [(3, "Họ tên")]
    assert table.rows[1] == Row(3, values(card="2"))


def test_the_sheet_with_the_header_is_read_and_hidden_sheets_are_not():
    book = workbook(
        [["Họ tên", "Ngày sinh", "Số thẻ"], ["hidden", 1, 2]],
        [["Hướng dẫn"]],
        [["Họ tên", "Ngày sinh"], ["A", "1975"]],
        states=["hidden"],
    )
    assert read(book, "a.xlsx", columns=COLUMNS).rows == [Row(2, values(name="A", birth="1975"))]


def test_row_numbers_are_those_of_excel():
    book = openpyxl.Workbook()
    for cell, value in {"C5": "Họ tên", "D5": "Số thẻ", "C9": "A", "D9": "x"}.items():
        book.active[cell] = value
    file = io.BytesIO()
    book.save(file)
    table = read(file.getvalue(), "a.xlsx", columns=COLUMNS)
    assert (table.header_row, table.rows) == (5, [Row(9, values(name="A", card="x"))])


def test_a_long_list_is_read_whole():
    rows = [[f"Nguyễn Văn {n}", "02/09/1975", str(29_000_000 + n)] + ["x"] * 9 for n in range(10_000)]
    table = read(write_xlsx(["Họ tên", "Ngày sinh", "Số thẻ", *"abcdefghi"], rows), "a.xlsx", columns=COLUMNS)
    assert [list(row.values.values())[:3] for row in table.rows] == [row[:3] for row in rows]
    assert (table.rows[-1].number, table.problems) == (10_001, [])


# Out -----------------------------------------------------------------------------------------------------------------

EVIL = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠x", " ＝1",
    "=cmd|' /C calc'!A0", "−1", "﹢1", "﹣1", "﹦1", "﹫x",
]  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_nothing_is_a_formula(text):
    line = write_csv(["a"], [[text]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.removeprefix('"').startswith("'")
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(["a", text], [[text, text]]))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


def test_numbers_and_texts_in_csv():
    moment = datetime(2024, 11, 10, 10, 0, tzinfo=UTC)
    cells: list[list[Cell]] = [
        ["a", 70186, -3, Decimal("87.65"), 0.5, None],
        ["a;b,c", moment, date(1975, 9, 2), "0912345678", True, 'q"q'],
    ]
    assert write_csv(["h", "=h", "c", "d", "e", "f"], cells).decode("utf-8-sig") == (
        "h,'=h,c,d,e,f\r\n"
        'a,70186,-3,"87,65","0,5",\r\n'
        '"a;b,c",10/11/2024 17:00:00,02/09/1975,0912345678,True,"q""q"\r\n'
    )
    assert write_csv(["h"], [])[:3] == b"\xef\xbb\xbf"


def test_numbers_and_texts_in_excel():
    moment = datetime(2024, 11, 10, 10, 0, tzinfo=UTC)
    rows: list[list[Cell]] = [
        ["001099012345", 10**16, Decimal("87.65"), moment, date(1975, 9, 2), "Đặng\x01", None],
        ["x", 5, None, moment, date(1850, 1, 1), "http://x.vn", "_x0041_"],
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(list("abcdefg"), rows))).active
    found = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found[0] == [
        ("001099012345", "s"),
        ("10000000000000000", "s"),
        (87.65, "n"),
        (datetime(2024, 11, 10, 17, 0), "d"),  # noqa: DTZ001
        (datetime(1975, 9, 2), "d"),  # noqa: DTZ001
        ("Đặng", "s"),
        (None, "n"),
    ]
    assert [value for value, _kind in found[1][:3]] == ["x", 5, None]
    assert (found[1][4], found[1][5]) == (("01/01/1850", "s"), ("http://x.vn", "s"))
    assert sheet["D2"].number_format == "dd/mm/yyyy hh:mm:ss"
    assert sheet["A2"].number_format == "@"
    assert sheet.freeze_panes == "A2"


def test_two_columns_of_one_name_are_an_error():
    with pytest.raises(ValueError, match="same header"):
        write_xlsx(["a", "a"], [])


def test_an_empty_table_has_its_header():
    assert [cell.value for cell in openpyxl.load_workbook(io.BytesIO(write_xlsx(["a", "b"], []))).active[1]] == [
        "a",
        "b",
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20), min_size=1, max_size=5))
def test_what_is_written_is_read_again(names):
    rows = [[f"x{name}", name] for name in names]
    for data, filename in (
        (write_csv(["Họ tên", "Số thẻ"], rows), "a.csv"),
        (write_xlsx(["Họ tên", "Số thẻ"], rows), "a.xlsx"),
    ):
        table = read(data, filename, columns=COLUMNS)
        assert [row.values["name"] for row in table.rows] == [clean(f"x{name}") for name in names]


def test_a_problem_is_plain():
    assert Problem(3, "Họ tên", "x") == Problem(row=3, column="Họ tên", message="x")
