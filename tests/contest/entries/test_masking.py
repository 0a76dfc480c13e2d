"""What gives the people of an entry away in a blind stage, wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.entries import masking
from contest.entries.masking import Traces, What
from contest.entries.models import FileText
from tests.builders import make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry, make_file, make_section
from tests.contest.foundations import strange_files as made

TRACES = Traces(("Lưu Thị Thanh Thủy",), ("Đảng bộ xã Phương Tú",), ("29.104857",))


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def found(text, traces=TRACES):
    return [(what, text[start:end]) for what, start, end in masking.find(text, traces)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đồng chí Lưu Thị Thanh Thủy đề xuất", [(What.NAME, "Lưu Thị Thanh Thủy")]),
        ("LƯU THỊ THANH THUỶ", [(What.NAME, "LƯU THỊ THANH THUỶ")]),  # the tone stands elsewhere
        ("luu thi thanh thuy", [(What.NAME, "luu thi thanh thuy")]),
        ("Lưu Thị\nThanh  Thủy", [(What.NAME, "Lưu Thị\nThanh  Thủy")]),
        ("tại xã Phương Tú năm 2023", [(What.UNIT, "xã Phương Tú")]),
        ("Đảng bộ xã Phương Tú", [(What.UNIT, "xã Phương Tú")]),
        ("gọi 0912 345 678 nhé", [(What.PHONE, "0912 345 678")]),
        ("gọi +84912345678", [(What.PHONE, "+84912345678")]),
        ("thư về huong.nt@example.vn", [(What.EMAIL, "huong.nt@example.vn")]),
        ("số thẻ 29.104857", [(What.CARD, "29.104857")]),
        # What looks like it and is none.
        ("bà Thủy và ông Lưu", []),
        ("xã Phương Trung", []),
        ("3.417.296 thủ tục, 9.618 quá hạn (0,28 %)", []),
        ("từ 07/8/2023 đến 30/8/2024", []),
        ("kinh phí 0123456789123 đồng", []),
        ("", []),
    ],
)
def test_a_trace_is_found_however_it_is_written(text, expected):
    assert found(text) == expected


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text):
    assert all(text[start:end] for _what, start, end in masking.find(text, Traces(("An",), (), ())))


def test_a_name_without_letters_is_nowhere():
    assert found("--", Traces(("--",), ("",), ())) == []


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("Đảng bộ xã Phương Tú", "xa phuong tu"),
        ("Chi bộ 3", "chi bo 3"),  # "3" alone would be everywhere
        ("Ủy ban nhân dân huyện Ứng Hòa", "huyen ung hoa"),
        ("Trường THPT Ứng Hòa A", "truong thpt ung hoa a"),
    ],
)
def test_a_unit_is_called_by_its_own_name(unit, name):
    assert masking.proper_name(unit) == name


def test_an_excerpt_is_one_line_with_a_little_around():
    text = "a" * 100 + "\n\nTÊN " + "b" * 100
    assert masking.excerpt(text, 102, 105) == f"…{'a' * 38} TÊN {'b' * 39}…"


@pytest.mark.django_db
def test_title_parts_links_and_files_are_searched_and_secret_parts_are_not():
    root = make_unit("Đảng bộ huyện Ứng Hòa")
    commune = make_unit("Đảng bộ xã Phương Tú", parent=root)
    cell = make_unit("Chi bộ thôn Ngọc Động", parent=commune)
    call = make_call()
    content, secret = make_section(call, "Giải pháp"), make_section(call, "Đơn vị", is_secret=True)
    author = make_user("Nguyễn Thị Hương", unit=cell, party_card="29.104857")
    entry = make_entry(
        call, author, title="Sáng kiến của thôn Ngọc Động",
        answers={str(content.pk): "Xã Phương Tú, huyện Ứng Hòa làm trước.", str(secret.pk): "Xã Phương Tú"},
        links=[{"title": "Phim của Trần Văn Bình", "url": "https://example.vn/"}],
    )  # fmt: skip
    make_author(entry, make_user("Trần Văn Bình", unit=cell))
    file = make_file(entry, made.docx(), "Báo cáo.docx")
    FileText.objects.filter(file=file).update(text="Nguyễn Thị Hương, 0912345678, thẻ 29.104857")
    told = [(one.where, str(one.what), one.text) for one in masking.findings(entry)]
    words = "Nguyễn Thị Hương, 0912345678, thẻ 29.104857"
    assert told == [
        ("Tên", "unit", "Sáng kiến của thôn Ngọc Động"),
        ("Giải pháp", "unit", "Xã Phương Tú, huyện Ứng Hòa làm trước."),
        ("Liên kết", "name", "Phim của Trần Văn Bình https://example.vn/"),
        ("Báo cáo.docx", "name", words),
        ("Báo cáo.docx", "card", words),
        ("Báo cáo.docx", "phone", words),
    ]  # the top unit is everybody's
