"""Tables in and out: CSV and Excel from strangers, read within limits; files for Excel in which nothing is a formula.

Pure: bytes in, values out. A file that can't be read at all is `Refused`; what is wrong in a cell is a `Problem`.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any

import python_calamine
import rustpy_xlsxwriter
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from contest.foundations.language import clean, decimal, fold, legacy_encoding
from contest.foundations.refusing import Refused

MAX_BYTES = 20_000_000
MAX_MEMBERS = 2_000
MAX_UNZIPPED = 50_000_000
MAX_RATIO = 100  # of unzipped to zipped; what Excel writes stays below 30
MAX_ROWS = 200_000
MAX_COLUMNS = 256
MAX_CELLS = 5_000_000  # of all sheets, with the empty cells between the first and the last: the reader stores those too
HEADER_WITHIN = 20  # rows in which the header is looked for: lists have titles above it


@dataclass(frozen=True)
class Column:
    """A column that is looked for by any of its labels; when it is required, a file without it is refused."""

    labels: tuple[str, ...]
    required: bool = False
    multiline: bool = False  # keeps line breaks within a cell


@dataclass(frozen=True)
class Problem:
    """What is wrong, where the person finds it: the row as Excel numbers it, the column as the file names it."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Row:
    """A row that is not empty: its number in the file, and a text for each of the columns asked for."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What was read; `headers` are the file's own labels by column key, `ignored` those of columns not asked for."""

    rows: list[Row]
    problems: list[Problem]
    headers: dict[str, str]
    ignored: list[str]
    header_row: int


# In ------------------------------------------------------------------------------------------------------------------


def read(data: bytes, filename: str, *, columns: Mapping[str, Column]) -> Table:
    """The rows of a CSV or XLSX file, whatever the order of its columns and whatever stands above its header.

    Cells come as clean text: numbers without a needless ".0", dates as ISO. Cells in old encodings are problems.
    """
    if len(data) > MAX_BYTES:
        raise Refused(_("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1_000_000})
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refused(_("Old Excel files and files with a password can't be read: save the file as .xlsx without one."))
    if data[:4] == b"PK\x03\x04":
        return _first_with_header(_sheets(data), columns)
    if not filename.lower().endswith((".csv", ".txt", ".tsv")):
        raise Refused(_("“%(name)s” is neither an Excel (.xlsx) nor a CSV file.") % {"name": clean(filename)})
    text = _decoded(data)
    return _first_with_header((_records(text, delimiter) for delimiter in _delimiters(text)), columns)


def _first_with_header(candidates: Iterable[list[list[Any]]], columns: Mapping[str, Column]) -> Table:
    """The table of the candidate whose header knows most of the columns; candidates are sheets, or ways to split."""
    best: tuple[int, int, dict[str, int], list[list[Any]]] | None = None
    for records in candidates:
        for place, record in enumerate(records[:HEADER_WITHIN]):
            found = _header(record, columns)
            if found and (best is None or len(found) > best[0]):
                best = (len(found), place, found, records)
    required = {key: column.labels[0] for key, column in columns.items() if column.required}
    if best is None:
        raise Refused(
            _("No row with the column names was found. The file needs: %(names)s.")
            % {"names": ", ".join(required.values() or [column.labels[0] for column in columns.values()])}
        )
    _count, place, found, records = best
    if twice := [
        clean(str(cell))
        for at, cell in enumerate(records[place])
        if found.get(_known(columns).get(_label(str(cell)), ""), at) != at
    ]:
        raise Refused(_("The column “%(name)s” stands twice in the file.") % {"name": twice[0]})
    if missing := [label for key, label in required.items() if key not in found]:
        raise Refused(_("The file lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    return _table(records, place, found, columns)


def _header(record: Sequence[Any], columns: Mapping[str, Column]) -> dict[str, int]:
    """Which column stands where first, if this row is the header."""
    known = _known(columns)
    found: dict[str, int] = {}
    for place, cell in enumerate(record):
        key = known.get(_label(str(cell)))
        if key is not None:
            found.setdefault(key, place)
    return found


def _known(columns: Mapping[str, Column]) -> dict[str, str]:
    """The column of each label, as labels are compared."""
    return {_label(label): key for key, column in columns.items() for label in column.labels}


def _label(text: str) -> str:
    """A header for comparing: "Họ và tên (*):" is "ho va ten"."""
    return " ".join(re.findall(r"\w+", re.sub(r"\(.*?\)", " ", fold(text))))


def _table(records: list[list[Any]], place: int, found: dict[str, int], columns: Mapping[str, Column]) -> Table:
    header = [clean(str(cell)) for cell in records[place]]
    table = Table(
        rows=[],
        problems=[],
        headers={key: header[at] for key, at in found.items()},
        ignored=[label for at, label in enumerate(header) if label and at not in found.values()],
        header_row=place + 1,
    )
    for number, record in enumerate(records[place + 1 :], start=place + 2):
        values = dict.fromkeys(columns, "")
        for key, at in found.items():
            raw, problem = _text(record[at]) if at < len(record) else ("", "")
            values[key] = "\n".join(map(clean, raw.splitlines())).strip() if columns[key].multiline else clean(raw)
            if not problem and (encoding := legacy_encoding(raw)):
                problem = _("This text is in the old encoding %(name)s: convert the file to Unicode first.") % {
                    "name": encoding
                }
            if problem:
                table.problems.append(Problem(number, header[at], problem))
        if any(values.values()):
            table.rows.append(Row(number, values))
    return table


_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#GETTING_DATA"})


def _text(cell: Any) -> tuple[str, str]:
    """A cell as text, and what is wrong with it."""
    if isinstance(cell, str):
        if cell in _ERRORS:
            return "", _("The cell holds an Excel error, %(error)s.") % {"error": cell}
        if match := re.fullmatch(r'\s*="([^"]*)"\s*', cell):
            return match[1], ""
        return re.sub(r"^'(?=[\s\d=+@＝＋－＠-])", "", cell), ""
    if isinstance(cell, bool):
        return str(cell).upper(), ""
    if isinstance(cell, float):
        if abs(cell) >= 1e15:
            return f"{cell:.0f}", _("Excel has rounded this long number: format the column as text, and type it again.")
        return (str(int(cell)) if cell.is_integer() else repr(cell)), ""
    if isinstance(cell, datetime):
        return (cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")), ""
    if isinstance(cell, date | time):
        return cell.isoformat(), ""
    return str(cell), ""


# CSV -----------------------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    encoding = "utf-8-sig"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    elif data[1:2] == b"\0":
        encoding = "utf-16-le"
    elif data[:1] == b"\0":
        encoding = "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            _("The file is not in Unicode and would lose its Vietnamese letters: save it as .xlsx or as “CSV UTF-8”.")
        ) from error
    if "\0" in text:
        raise Refused(_("The file is not a table of text."))
    return text


def _delimiters(text: str) -> str:
    """The delimiters to try: the one that the file names in a first line "sep=;", or all that occur in it."""
    if match := re.match(r"sep=(.)\r?\n", text):
        return match[1]
    start = text[:20_000]
    return "".join(c for c in ",;\t|" if c in start) or ","


def _records(text: str, delimiter: str) -> list[list[Any]]:
    records: list[list[Any]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            records.append(record)
            if len(records) > MAX_ROWS or len(record) > MAX_COLUMNS:
                raise _too_large()
    except csv.Error as error:
        raise Refused(_("Row %(row)s of the file can't be read.") % {"row": len(records) + 1}) from error
    return records


def _too_large() -> Refused:
    return Refused(
        _("The table is larger than %(rows)s rows of %(columns)s columns.") % {"rows": MAX_ROWS, "columns": MAX_COLUMNS}
    )


# Excel ---------------------------------------------------------------------------------------------------------------


def _sheets(data: bytes) -> Iterator[list[list[Any]]]:
    """The visible sheets of a workbook, in order, from its first row on."""
    refuse_bombs(data)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in workbook.sheets_metadata:
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet and (
                sheet.visible == python_calamine.SheetVisibleEnum.Visible
            ):
                yield workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except Refused:
        raise
    except BaseException as error:
        # A panic in the reader is no Exception; it says only that this file is broken.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _damaged() from error
        raise


def refuse_bombs(data: bytes) -> None:
    """Refuses a workbook that unpacks to more than we accept, or whose few far cells make a huge table of gaps."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if len(members) > MAX_MEMBERS:
                raise _bomb()
            if len(names) < len(members) or any(map(_is_unsafe, members)):
                raise _damaged()
            # Without this the reader would try the other formats that it knows, for which nothing is checked here.
            if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
                raise _damaged()
            unzipped = cells = 0
            for member in members:
                with archive.open(member) as stream:
                    size, extent = _measured(stream, is_xml=member.filename.lower().endswith((".xml", ".rels")))
                unzipped, cells = unzipped + size, cells + extent
                if unzipped > MAX_UNZIPPED or unzipped > max(1_000_000, MAX_RATIO * len(data)):
                    raise _bomb()
                if cells > MAX_CELLS:
                    raise _too_large()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _damaged() from error


def _is_unsafe(member: zipfile.ZipInfo) -> bool:
    """Absolute or climbing names, links, encryption, unusual compression."""
    name = member.orig_filename
    climbs = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    is_link = (member.external_attr >> 28) == 0xA
    return climbs or is_link or bool(member.flag_bits & 1) or member.compress_type not in {0, zipfile.ZIP_DEFLATED}


_ATTRIBUTE = rb"""\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_CELL = re.compile(
    rb"""<(?:[\w.-]+:)?c(?:%(other)s)*\s+r\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'](?:%(other)s)*\s*/?>"""
    % {b"other": _ATTRIBUTE}
)
_CELL_BEGINS = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")


def _measured(stream: IO[bytes], *, is_xml: bool) -> tuple[int, int]:
    """The unzipped size of a member, counted while reading, and the size of the table that its cells span."""
    size, rest, rows, columns = 0, b"", 0, 0
    while chunk := stream.read(1_000_000):
        size += len(chunk)
        if size > MAX_UNZIPPED or len(rest) > 1_000_000:
            raise _bomb()
        if is_xml:
            text = rest + chunk
            end = max(text.rfind(b"<"), 0)  # a tag may go on in the next chunk
            text, rest = text[:end], text[end:]
            span = _span(text)
            rows, columns = max(rows, span[0]), max(columns, span[1])
    span = _span(rest)
    return size, max(rows, span[0]) * max(columns, span[1])


def _span(xml: bytes) -> tuple[int, int]:
    """The last row and the last column that cells in the text name; each cell must name its place."""
    rows = columns = cells = 0
    for match in _CELL.finditer(xml):
        cells += 1
        rows, columns = max(rows, int(match[2])), max(columns, _column_number(match[1]))
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise _too_large()
    if cells != len(_CELL_BEGINS.findall(xml)) or b"<!DOCTYPE" in xml or b"\0" in xml:
        raise _damaged()
    return rows, columns


@lru_cache(maxsize=1024)
def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _damaged() -> Refused:
    return Refused(_("The Excel file is damaged: open it in Excel and save it again."))


def _bomb() -> Refused:
    return Refused(_("The Excel file unpacks to more than we accept: copy the rows into a new file, as plain values."))


# Out -----------------------------------------------------------------------------------------------------------------

Cell = str | int | float | Decimal | bool | date | datetime | None

_EXACT_IN_EXCEL = 10**15  # Excel keeps fifteen digits
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DANGEROUS = re.compile(r"\s*[=+\-@＝＋－＠﹢﹣﹦﹫−]|[\t\r\n]")


def write_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "Sheet1") -> bytes:
    """An Excel file in which texts are texts, whatever they begin with, and numbers longer than Excel keeps are texts.

    Moments are written in the platform's time zone. Headers are all different.
    """
    if len(set(headers)) != len(headers):
        raise ValueError("two columns have the same header")
    kept = [[_excel_cell(cell) for cell in row] for row in rows]
    formats, texts = {}, []
    for place, header in enumerate(headers):
        kinds = {type(row[place]) for row in kept if row[place] is not None}
        if kinds <= {str}:
            formats[header] = rustpy_xlsxwriter.Format().set_num_format("@")
            texts.append(header)
        elif kinds == {date}:
            formats[header] = rustpy_xlsxwriter.Format().set_num_format("dd/mm/yyyy")
        elif kinds == {datetime}:
            formats[header] = rustpy_xlsxwriter.Format().set_num_format("dd/mm/yyyy hh:mm:ss")
        elif kinds == {int}:
            formats[header] = rustpy_xlsxwriter.Format().set_num_format("0")
    file = io.BytesIO()
    rustpy_xlsxwriter.write_worksheet(
        [dict(zip(headers, row, strict=True)) for row in kept] or [dict.fromkeys(headers)],
        file,
        sheet_name=sheet,
        freeze_row=1,
        bold_headers=True,
        autofit=True,
        column_formats=formats,
        datetime_format="dd/mm/yyyy hh:mm:ss",
        ignore_errors=texts,
    )
    return file.getvalue()


def _excel_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return _NOT_IN_XML.sub("", cell)[:32_767]
    if isinstance(cell, int) and abs(cell) >= _EXACT_IN_EXCEL:
        return str(cell)
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, datetime) and is_aware(cell):
        return localtime(cell).replace(tzinfo=None)
    if isinstance(cell, date) and cell.year < 1900:  # before Excel's first day
        return cell.strftime("%d/%m/%Y")
    return cell


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file that Excel opens as UTF-8, in which a text that Excel would take for a formula begins with '."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_csv_cell(header) for header in headers])
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "ignore")


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (localtime(cell) if is_aware(cell) else cell).strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, Decimal | float):
        return decimal(cell).replace(".", "")
    text = str(cell).replace("\0", "")
    return f"'{text}" if isinstance(cell, str) and _DANGEROUS.match(text) else text
