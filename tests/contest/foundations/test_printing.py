"""Paper: what is said stands on it, whatever the names are, and eight slips fill a page."""

import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import pypdf
import pytest
import segno
from django.utils import translation

from contest.foundations import printing
from contest.foundations.printing import SlipFace

URL = "https://timhieu24.example.vn/s/AbCdEfGhIjKlMnOpQrStUv/"


def make_slip(**changed):
    return SlipFace(
        **{
            "full_name": "Nguyễn Văn Bảo",
            "birth": "02/09/1975",
            "unit": "Chi bộ thôn Phí Trạch",
            "identifier_label": "Số thẻ",
            "identifier": "29.104912",
            "code": "W3HK-8M2P",
            "url": URL,
            "contest": "Tìm hiểu Chỉ thị 24",
            "issued": "Cấp ngày 01/11/2024",
        }
        | changed
    )


def pages(document):
    """The text of each page, without the line breaks and the marks at which words may be broken."""
    reader = pypdf.PdfReader(io.BytesIO(document))
    return [re.sub(r"[\s\u200b]+", " ", page.extract_text()) for page in reader.pages]


def test_a_slip_says_what_it_must():
    (page,) = pages(printing.slips_pdf([make_slip()]))
    for text in ("Nguyễn Văn Bảo", "02/09/1975", "Chi bộ thôn Phí Trạch", "Số thẻ 29.104912", "W3HK-8M2P"):
        assert text in page
    for text in ("timhieu24.example.vn", "Tìm hiểu Chỉ thị 24", "Cấp ngày 01/11/2024"):
        assert text in page
    assert "AbCdEfGhIjKlMnOpQrStUv" not in page  # the secret is in the QR code alone


@pytest.mark.parametrize(("slips", "expected"), [(1, 1), (8, 1), (9, 2), (17, 3)])
def test_eight_a_page(slips, expected):
    found = pages(printing.slips_pdf([make_slip(full_name=f"Người thứ {n}") for n in range(1, slips + 1)]))
    assert len(found) == expected
    assert [len(re.findall("Người thứ", page)) for page in found] == [8] * (slips // 8) + [slips % 8] * (slips % 8 > 0)


@pytest.mark.parametrize(
    "name",
    [
        "H'Hen Niê",
        "Công Tằng Tôn Nữ Phan Nguyễn Hoàng Thị Ngọc Diễm Khuê Minh Nguyệt",
        '#panic("no") *b* _i_ $x$ @ref <label> \\ // /* `x` #read("/etc/passwd")',
        "Ổ Ễ Ậ Ự Ỷ Ặ Đ",
        'a"b\\n{}[]',
    ],
)
def test_a_name_is_text_whatever_it_holds(name):
    (page,) = pages(printing.slips_pdf([make_slip(full_name=name)]))
    assert name in page


def test_names_in_separate_marks_are_composed():
    (page,) = pages(printing.slips_pdf([make_slip(full_name="Nguye\u0302\u0303n")]))
    assert "Nguyễn" in page


@pytest.mark.parametrize("text", ["W" * 300, "Đảng bộ " * 60])
def test_what_is_too_long_stays_within_its_slip(text):
    fields = ["full_name", "birth", "unit", "identifier_label", "identifier", "code", "contest", "issued"]
    reader = pypdf.PdfReader(io.BytesIO(printing.slips_pdf([make_slip(**{field: text}) for field in fields])))
    assert len(reader.pages) == 1
    assert reader.pages[0].extract_text().count("W3HK-8M2P") == 7  # the code is never crowded out


def test_the_same_slips_give_the_same_bytes():
    assert printing.slips_pdf([make_slip()]) == printing.slips_pdf([make_slip()])


def test_slips_follow_the_language():
    with translation.override("en"):
        (page,) = pages(printing.slips_pdf([make_slip()]))
    assert "Personal code" in page


def test_only_our_font_is_used():
    reader = pypdf.PdfReader(io.BytesIO(printing.slips_pdf([make_slip()])))
    resources: Any = reader.pages[0]["/Resources"]
    fonts = {font.get_object()["/BaseFont"] for font in resources["/Font"].values()}
    assert {re.sub("^/[A-Z]{6}[+]|-.*", "", font) for font in fonts} == {"BeVietnamPro"}


def test_a_document_reads_no_file_of_the_project():
    with pytest.raises(RuntimeError):
        printing.pdf('#read("/manage.py")', {})


def test_a_document_of_ones_own():
    assert pages(printing.pdf("#data.title", {"title": "Giấy chứng nhận #1"})) == ["Giấy chứng nhận #1"]


def test_the_qr_code_is_the_matrix():
    root = ET.fromstring(printing.qr_svg(URL))
    size = int(root.attrib["viewBox"].split()[2]) - 4
    rows = [bytearray(size) for _ in range(size)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1\.04", root[1].attrib["d"]):
        rows[int(y)][int(x) : int(x) + int(run)] = b"\x01" * int(run)
    assert tuple(rows) == segno.make(URL, error="m", micro=False, boost_error=False).matrix
