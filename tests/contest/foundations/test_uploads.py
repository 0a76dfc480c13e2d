"""Files from strangers: which sentence each bad one gets, and what is kept of a good one."""

from __future__ import annotations

import hashlib
import io
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from contest.foundations import examining, uploads
from contest.foundations.uploads import Failed, Looked, Unavailable, clean_name, ending_of
from tests.contest.foundations import strange_files as made
from tests.contest.foundations.strange_files import AUTHOR, COMPANY, EDITOR, RELATIONS, TYPES, WORDS


def look(tmp_path, data, name):
    """What is said of the file, by the code that runs in the other process."""
    path = tmp_path / "whole"
    path.write_bytes(data)
    return Looked(**examining.answer({"path": str(path), "work": str(tmp_path), "name": name}))


def sentence(looked):
    with translation.override("vi"):
        return gettext(looked.refusal) % looked.values


# --- Refusals --------------------------------------------------------------------------------------------------------
UNKNOWN = (
    "Không nhận loại tệp này: hãy gửi tệp PDF, Word, Excel, PowerPoint (.pdf, .docx, .xlsx, .pptx) "
    "hoặc ảnh (.jpg, .png)."
)
EMPTY = "Tệp rỗng: hãy chọn lại và kiểm tra xem tệp có mở được trên máy không."
CUT_OFF = "Tệp bị cụt phần cuối: hãy xem tệp có mở được trên máy không, lưu lại rồi gửi bản mới."
DAMAGED = "Không đọc được tệp: hãy mở tệp trên máy, lưu lại rồi gửi bản mới."
TWO_IN_ONE = "Sau tệp này còn giấu một tệp khác: hãy mở bằng phần mềm của nó, lưu lại rồi gửi bản mới."
PASSWORD = "Tệp bị khóa bằng mật khẩu: hãy bỏ mật khẩu rồi gửi lại."
OLD_OFFICE = (
    "Đây là tệp Word, Excel hoặc PowerPoint kiểu cũ: hãy mở tệp, lưu thành .docx, .xlsx hoặc .pptx rồi gửi bản mới."
)
PHONE = "Ảnh này ở định dạng riêng của điện thoại (HEIC), nhiều máy không mở được: hãy lưu thành JPEG rồi gửi lại."
FILM = "Phim và bản ghi âm được gửi bằng liên kết: hãy đưa lên mạng rồi thêm liên kết."
ARCHIVE = "Không nhận tệp nén (.zip, .rar): hãy giải nén rồi gửi từng tệp."
HUGE = "Ảnh có 400 triệu điểm ảnh, chỉ nhận đến 40 triệu: hãy thu nhỏ ảnh rồi gửi lại."
SCRIPT = "Tệp PDF có chứa chương trình (JavaScript): hãy in ra một tệp PDF mới rồi gửi bản mới."
ACTS = "Tệp PDF tự thực hiện thao tác, chẳng hạn mở tệp khác: hãy in ra một tệp PDF mới rồi gửi bản mới."
ATTACHMENT = "Tệp PDF có đính kèm tệp khác bên trong: hãy gửi riêng các tệp đó, in ra một tệp PDF mới rồi gửi bản mới."
MEDIA = "Tệp PDF có phim, âm thanh hoặc hình 3D: hãy in ra một tệp PDF mới rồi gửi bản mới; phim thì gửi bằng liên kết."
XFA = "Tệp PDF là biểu mẫu tự thay đổi (XFA): hãy in ra một tệp PDF mới rồi gửi bản mới."
MACROS = "Tệp có chứa macro: hãy lưu thành .docx, .xlsx hoặc .pptx không có macro rồi gửi bản mới."
OLE = "Trong tệp có nhúng một tệp hoặc chương trình khác: hãy bỏ phần nhúng, lưu lại, và gửi tệp kia riêng."
EXTERNAL = (
    "Tệp lấy nội dung từ nơi khác, chẳng hạn mẫu, ảnh hoặc bảng tính khác: hãy đưa hẳn vào tệp hoặc ngắt liên kết, "
    "lưu lại rồi gửi bản mới."
)
DOCTYPE = "Tệp có khai báo lạ mà Word, Excel và PowerPoint không bao giờ dùng: hãy mở tệp, lưu lại rồi gửi bản mới."
BOMB = "Tệp khi giải nén lớn hơn mức cho phép: hãy lưu lại với ít ảnh hơn và ảnh nhỏ hơn."


def ending(given, kind):
    told = f"Tên tệp kết thúc bằng “{given}”, nhưng bên trong là tệp {kind}"
    return f"{told}: hãy lưu lại bằng đúng phần mềm rồi gửi bản mới."


def part(name):
    return f"Trong tệp có phần không thuộc loại tệp này ({name}): hãy mở bằng phần mềm của nó, lưu lại rồi gửi bản mới."


def related(*row):
    return made.docx({"word/_rels/document.xml.rels": made.relations(row)})


def declared(content_type):
    types = made.content_types(
        ("/word/document.xml", f"{TYPES}wordprocessingml.document.main+xml"), ("/a.bin", content_type)
    )
    return made.docx({"[Content_Types].xml": types})


def xxe():
    body = made.word_body().replace(
        b"<w:document", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<w:document'
    )
    return made.docx({"word/document.xml": body})


def xxe_in_utf16():
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>'
    return made.docx({"word/settings.xml": text.encode("utf-16")})


def half(data):
    return data[: len(data) * 2 // 3]


VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
GOTO = {"S": Name.GoToR, "F": String("other.pdf")}
DDE = "<w:p><w:r><w:instrText> DDEAUTO c:\\\\windows\\\\cmd.exe </w:instrText></w:r></w:p>"

BAD = {
    # what it is by its first bytes
    "0 byte": (lambda: b"", "a.pdf", EMPTY),
    "a program": (lambda: b"MZ\x90\0" + b"\0" * 300, "a.pdf", UNKNOWN),
    "words": (lambda: b"Kinh thua", "a.docx", UNKNOWN),
    "a page of the web": (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "a.pdf", UNKNOWN),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a.png", UNKNOWN),
    "GIF": (lambda: b"GIF89a" + b"\0" * 300, "a.png", UNKNOWN),
    "RTF": (lambda: b"{\\rtf1 {\\object}}", "a.docx", UNKNOWN),
    "HEIC": (made.heic, "a.jpg", PHONE),
    "a film": (made.film, "a.pdf", FILM),
    "RAR": (lambda: b"Rar!\x1a\x07\x01\0" + b"\0" * 300, "a.docx", ARCHIVE),
    "ZIP": (lambda: made.zipped({"a.txt": b"a"}), "a.docx", ARCHIVE),
    "Word 97": (made.old_office, "a.docx", OLD_OFFICE),
    # names that say something else
    "a picture called PDF": (made.png, "a.pdf", ending(".pdf", "PNG")),
    "a PDF called picture": (made.pdf, "a.jpg", ending(".jpg", "PDF")),
    "Word called Excel": (made.docx, "a.xlsx", ending(".xlsx", "Word")),
    "Excel called Word": (made.xlsx, "a.docx", ending(".docx", "Excel")),
    "without an ending": (made.pdf, "a", ending("–", "PDF")),
    "two endings": (made.pdf, "a.pdf.exe", ending(".exe", "PDF")),
    "macros by its name": (made.docx, "a.docm", ending(".docm", "Word")),
    # polyglots
    "ZIP behind a PDF": (lambda: made.pdf() + made.zipped({"a.txt": b"a"}) + b"%%EOF", "a.pdf", TWO_IN_ONE),
    "ZIP around a PDF": (lambda: b"%PDF-1.4\n%%EOF\n" + made.docx(), "a.pdf", CUT_OFF),
    "Word behind a program": (lambda: made.docx() + b"MZ" + b"\0" * 300, "a.docx", TWO_IN_ONE),
    "a PDF in a ZIP": (lambda: made.docx({"word/media/a.bin": made.pdf()}), "a.docx", OLE),
    "a program as picture": (lambda: made.docx({"word/media/a.bin": b"MZ\x90\0"}), "a.docx", OLE),
    # pictures
    "400 million pixels": (made.huge_png, "a.png", HUGE),
    "half a JPEG": (lambda: half(made.jpeg((900, 900))), "a.jpg", CUT_OFF),
    "half a PNG": (lambda: half(made.png((900, 900))), "a.png", CUT_OFF),
    "a JPEG's beginning": (lambda: b"\xff\xd8\xff\xe0" + b"\0" * 300, "a.jpg", DAMAGED),
    # PDF
    "half a PDF": (lambda: half(made.pdf(pages=9)), "a.pdf", CUT_OFF),
    "a PDF's beginning": (lambda: b"%PDF-1.7\nnothing\n%%EOF", "a.pdf", DAMAGED),
    "PDF without pages": (lambda: made.pdf(pages=0), "a.pdf", DAMAGED),
    "PDF with a password": (lambda: made.encrypted(user="secret"), "a.pdf", PASSWORD),
    "PDF locked against printing": (made.encrypted, "a.pdf", PASSWORD),
    "PDF with JavaScript": (
        lambda: made.pdf(made.acting(S=Name.JavaScript, JS=String("app.alert(1)"))), "a.pdf", SCRIPT,
    ),
    "PDF with JavaScript in packed objects": (
        lambda: made.pdf(
            made.acting(S=Name.JavaScript, JS=String("app.alert(1)")),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        ), "a.pdf", SCRIPT,
    ),
    "PDF with JavaScript behind a link": (
        lambda: made.pdf(made.noted(Subtype=Name.Link, A=Dictionary(S=Name.JavaScript, JS=String("x")))), "a.pdf",
        SCRIPT,
    ),
    "PDF with JavaScript after another action": (
        lambda: made.pdf(
            made.noted(
                Subtype=Name.Link,
                A=Dictionary(S=Name.URI, Next=[Dictionary(S=Name.JavaScript, JS=String("x"))]),
            )
        ), "a.pdf", SCRIPT,
    ),
    "PDF that starts a program": (lambda: made.pdf(made.acting(S=Name.Launch, F=String("cmd.exe"))), "a.pdf", ACTS),
    "PDF that opens another": (lambda: made.pdf(made.noted(Subtype=Name.Link, A=Dictionary(**GOTO))), "a.pdf", ACTS),
    "PDF that sends a form": (
        lambda: made.pdf(made.noted(Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F=String("http://a")))),
        "a.pdf", ACTS,
    ),
    "PDF that prints when opened": (lambda: made.pdf(made.acting(S=Name.Named, N=Name.Print)), "a.pdf", ACTS),
    "PDF that prints when left": (lambda: made.pdf(made.on_leaving), "a.pdf", ACTS),
    "PDF that goes to the web when opened": (
        lambda: made.pdf(made.acting(S=Name.URI, URI=String("http://a"))), "a.pdf", ACTS,
    ),
    "PDF with a file in it": (lambda: made.pdf(made.attached), "a.pdf", ATTACHMENT),
    "PDF with a file as note": (lambda: made.pdf(made.noted(Subtype=Name.FileAttachment)), "a.pdf", ATTACHMENT),
    "PDF with a film": (lambda: made.pdf(made.noted(Subtype=Name.Screen)), "a.pdf", MEDIA),
    "PDF with a 3D picture": (lambda: made.pdf(made.noted(Subtype=Name("/3D"))), "a.pdf", MEDIA),
    "PDF that changes by itself": (lambda: made.pdf(made.changing_form), "a.pdf", XFA),
    # Office
    "half a Word file": (lambda: half(made.docx()), "a.docx", CUT_OFF),
    "Word with a password": (made.locked_office, "a.docx", PASSWORD),
    "Word with a locked part": (made.locked_part, "a.docx", PASSWORD),
    "docm called docx": (
        lambda: made.docx({"[Content_Types].xml": made.content_types(("/word/document.xml", MACRO_TYPE))}), "a.docx",
        MACROS,
    ),
    "vbaProject.bin": (lambda: made.docx({"word/vbaProject.bin": b"x"}), "a.docx", MACROS),
    "VBA by relation": (lambda: related(VBA, "v.bin"), "a.docx", MACROS),
    "VBA by type": (lambda: declared("application/vnd.ms-office.vbaProject"), "a.docx", MACROS),
    "Excel 4 macros": (
        lambda: made.xlsx(
            {"xl/_rels/workbook.xml.rels": made.relations((f"{RELATIONS}/xlMacrosheet", "macrosheets/sheet1.xml"))}
        ), "a.xlsx", MACROS,
    ),
    "OLE": (lambda: made.docx({"word/embeddings/oleObject1.bin": made.OLE + b"\0" * 90}), "a.docx", OLE),
    "OLE by relation": (lambda: related("oleObject", "embeddings/a.bin"), "a.docx", OLE),
    "OLE as picture": (lambda: made.docx({"word/media/image1.jpeg": made.OLE}), "a.docx", OLE),
    "ActiveX": (lambda: made.docx({"word/activeX/activeX1.xml": b"<a/>"}), "a.docx", OLE),
    "HTML chunk": (lambda: related("aFChunk", "a.html"), "a.docx", OLE),
    "HTML by type": (lambda: declared("text/html"), "a.docx", OLE),
    "external template": (lambda: related("attachedTemplate", "http://a.vn/t.dotm", "External"), "a.docx", EXTERNAL),
    "external picture": (lambda: related("image", "http://a.vn/p.png", "External"), "a.docx", EXTERNAL),
    "picture on a share": (lambda: related("image", "\\\\a.vn\\p.png", "External"), "a.docx", EXTERNAL),
    "link to a share": (lambda: related("hyperlink", "\\\\a.vn\\p.docx", "External"), "a.docx", EXTERNAL),
    "link that runs": (lambda: related("hyperlink", "javascript:alert(1)", "External"), "a.docx", EXTERNAL),
    "external table": (
        lambda: made.xlsx(
            {"xl/externalLinks/_rels/a.xml.rels": made.relations(("externalLinkPath", "b.xlsx", "External"))}
        ), "a.xlsx", EXTERNAL,
    ),
    "DDE": (lambda: made.docx({"word/document.xml": made.word_body(DDE)}), "a.docx", EXTERNAL),
    "XXE": (xxe, "a.docx", DOCTYPE),
    "XXE in UTF-16": (xxe_in_utf16, "a.docx", DOCTYPE),
    "broken XML": (lambda: made.docx({"word/document.xml": b"<w:document>"}), "a.docx", DAMAGED),
    "a part of another kind": (lambda: declared("application/x-evil"), "a.docx", part("application/x-evil")),
    "a relation of another kind": (lambda: related("urn:evil", "a.xml"), "a.docx", part("urn:evil")),
    # packages
    "60 MB of nothing": (made.bomb, "a.docx", BOMB),
    "2,001 parts": (made.many_small, "a.docx", BOMB),
    "parts upon one another": (made.overlapping, "a.docx", BOMB),
    "the same part twice": (made.twice, "a.docx", part("×2")),
    "a path that leads out": (lambda: made.named("../../etc/passwd"), "a.docx", part("../../etc/passwd")),
    "a path from the root": (lambda: made.named("/etc/passwd"), "a.docx", part("/etc/passwd")),
    "a path of Windows": (lambda: made.named("C:/a.xml"), "a.docx", part("C:/a.xml")),
    "a path with backslashes": (lambda: made.named("..\\a.xml"), "a.docx", part("..\\a.xml")),
    "a path that is a link": (made.linked, "a.docx", part("word/media/link.bin")),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_with_its_own_sentence(kind, tmp_path):
    make, name, expected = BAD[kind]
    looked = look(tmp_path, make(), name)
    assert sentence(looked) == expected
    assert not (tmp_path / "stored").exists()
    assert not (tmp_path / "blind").exists()


def test_every_sentence_says_what_to_do():
    spoken = [gettext(text) for text in uploads.SENTENCES.values()]
    assert all(": " in text for text in spoken)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\Hoa\\Bai thi.docx", "Bai thi.docx"),
        ("/srv/media/x.pdf/", "x.pdf"),
        ("bai\u202efdp.exe", "baifdp.exe"),
        ("a\u200b\u2066b\u2069.pdf", "ab.pdf"),
        ("a\0b\r\nc.pdf", "abc.pdf"),
        ("Sa\u0301ng kie\u0302\u0301n.docx", "Sáng kiến.docx"),
        ('a<b>:"|?*.pdf', "a b.pdf"),
        ("  .  .pdf  ", "pdf"),
        ("báo cáo .pdf ", "báo cáo.pdf"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_name_is_shown_without_paths_and_without_letters_that_hide_or_turn_others(given, name):
    assert clean_name(given) == name


@given(st.text(max_size=400))
def test_a_name_once_cleaned_stays_as_it_is(given):
    name = clean_name(given)
    assert len(name) <= uploads.LONGEST_NAME
    assert clean_name(name) == name
    assert not set(name) & set('/\\\0\r\n<>:"|?*\u202e')


@given(st.integers(150, 400))
def test_a_long_name_keeps_its_ending(length):
    assert ending_of(clean_name("ư" * length + ".pdf")) == ".pdf"


# --- Good files ------------------------------------------------------------------------------------------------------
GOOD = {
    "PDF": (made.pdf, "Báo cáo.PDF", "application/pdf", 2),
    "PDF that turns to a page": (
        lambda: made.pdf(made.acting(S=Name.GoTo, D=String("first"))), "a.pdf", "application/pdf", 2,
    ),
    "PDF with a link to the web": (
        lambda: made.pdf(made.noted(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://a.vn/")))),
        "a.pdf", "application/pdf", 2,
    ),
    "PDF of 25 pages": (lambda: made.pdf(pages=25), "a.pdf", "application/pdf", examining.MOST_PAGES),
    "Word": (made.docx, "a.docx", examining.DOCX, 0),
    "Excel": (made.xlsx, "a.xlsx", examining.XLSX, 0),
    "PowerPoint": (made.pptx, "a.pptx", examining.PPTX, 0),
    "Word with the table behind a diagram": (
        lambda: made.docx({"word/embeddings/Microsoft_Excel_Sheet.xlsx": made.xlsx()}), "a.docx", examining.DOCX, 0,
    ),
    "JPEG": (made.jpeg, "a.jpeg", "image/jpeg", 1),
    "PNG": (made.png, "a.png", "image/png", 1),
    "JPEG called PNG": (made.jpeg, "a.png", "image/jpeg", 1),
    "PNG with a palette": (lambda: made.png(mode="P"), "a.png", "image/png", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_file_is_known_by_what_is_in_it_and_its_pages_are_drawn(kind, tmp_path):
    make, name, content_type, pages = GOOD[kind]
    data = make()
    looked = look(tmp_path, data, name)
    assert (looked.code, looked.content_type, looked.pages) == ("", content_type, pages)
    assert (looked.sha256, looked.size) == (hashlib.sha256(data).hexdigest(), len(data))
    for number in range(1, pages + 1):
        with Image.open(tmp_path / f"page-{number}.webp") as drawn:
            assert drawn.format == "WEBP"
            assert max(drawn.size) <= examining.LONGEST_SIDE


@pytest.mark.parametrize(("make", "name"), [(made.docx, "a.docx"), (made.xlsx, "a.xlsx"), (made.pptx, "a.pptx")])
def test_the_words_of_a_file_are_read(make, name, tmp_path):
    assert WORDS in look(tmp_path, make(), name).text


def test_the_words_of_a_pdf_are_read_page_by_page(tmp_path):
    assert look(tmp_path, made.pdf(words="Chuyen doi so"), "a.pdf").text == "Chuyen doi so 1\nChuyen doi so 2"


def test_a_picture_is_drawn_upright_and_without_what_stood_in_its_file(tmp_path):
    looked = look(tmp_path, made.jpeg((60, 40), with_place=True, turned=6), "a.jpg")
    assert looked.code == ""
    stored = (tmp_path / "stored").read_bytes()
    assert b"PLACE-OF" not in stored
    assert b"COMMENT-OF" not in stored
    with Image.open(io.BytesIO(stored)) as drawn:
        assert drawn.size == (40, 60)
        assert not drawn.getexif()


def test_what_hides_behind_a_picture_does_not_outlive_the_drawing(tmp_path):
    look(tmp_path, made.jpeg() + made.zipped({"evil.txt": b"EVIL"}, 0), "a.jpg")
    assert b"EVIL" not in (tmp_path / "stored").read_bytes()


def test_a_png_keeps_its_clear_parts(tmp_path):
    look(tmp_path, made.png(mode="RGBA"), "a.png")
    with Image.open(tmp_path / "stored") as drawn:
        assert (drawn.format, drawn.mode, drawn.info) == ("PNG", "RGBA", {})


# --- Blind copies ----------------------------------------------------------------------------------------------------
TRACES = [one.encode() for one in (AUTHOR, EDITOR, COMPANY, "PLACE-OF-THE-PICTURE", "COMMENT-OF-THE-PICTURE", "TVS")]


@pytest.mark.parametrize(("make", "name"), [(made.docx, "a.docx"), (made.xlsx, "a.xlsx"), (made.pptx, "a.pptx")])
def test_the_blind_copy_of_an_office_file_names_nobody_and_says_the_same(make, name, tmp_path):
    looked = look(tmp_path, make(), name)
    parts = made.unzipped((tmp_path / "blind").read_bytes())
    assert [trace for trace in TRACES for part in parts.values() if trace in part] == []
    assert set(parts) == set(made.unzipped(make()))
    again = tmp_path / "again"
    again.mkdir()
    assert look(again, (tmp_path / "blind").read_bytes(), name).text == looked.text


@pytest.mark.parametrize("packed", [Name.DCTDecode, Array([Name.DCTDecode])])
def test_the_blind_copy_of_a_pdf_names_nobody(packed, tmp_path):
    def change(document):
        made.noted(Subtype=Name.Text, T=String(AUTHOR), Contents=String("Xem"))(document)
        photo = document.make_stream(made.jpeg(with_place=True))
        photo.update({"/Subtype": Name.Image, "/Filter": packed, "/Type": Name.XObject})
        document.pages[0].Resources.XObject = Dictionary(Im1=photo)

    look(tmp_path, made.pdf(change), "a.pdf")
    with pikepdf.open(tmp_path / "blind") as blind:
        assert "/Info" not in blind.trailer or "/Author" not in blind.docinfo
        assert "/Metadata" not in blind.Root
        note = blind.pages[0].Annots[0]
        assert ("/T" in note, str(note.Contents)) == (False, "Xem")
        photo = blind.pages[0].Resources.XObject.Im1.read_raw_bytes()
        assert b"PLACE-OF" not in photo
        with Image.open(io.BytesIO(photo)) as image:
            image.load()


@given(st.binary(max_size=300))
def test_notes_are_taken_from_whatever_comes_without_breaking(data):
    for start in (b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b""):
        examining.jpeg_without_notes(start + data)
        examining.png_without_notes(start + data)


def test_a_picture_without_notes_shows_the_same():
    before, after = made.jpeg(with_place=True), examining.jpeg_without_notes(made.jpeg(with_place=True))
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert one.tobytes() == other.tobytes()
    assert len(after) < len(before)


# --- The process of its own ------------------------------------------------------------------------------------------
def examined(tmp_path: Path, data: bytes, name: str) -> Looked:
    work = tmp_path / "work"
    work.mkdir()
    path = tmp_path / "whole"
    path.write_bytes(data)
    return uploads.examine(path, name=name, work=work)


def test_a_look_is_a_process_that_knows_no_secret_of_ours(tmp_path, monkeypatch):
    seen = {}
    real = subprocess.run

    def run(command, **told):
        seen.update(told["env"])
        return real(command, **told)

    monkeypatch.setattr(subprocess, "run", run)
    assert examined(tmp_path, made.pdf(), "a.pdf").pages == 2
    assert set(seen) == {"LANG", "TMPDIR", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE"}


def test_a_refusal_comes_back_from_the_other_process(tmp_path):
    assert examined(tmp_path, made.huge_png(), "a.png") == Looked("huge_picture", {"megapixels": 400, "most": 40})


def test_the_process_has_limits_before_it_opens_anything():
    code = (
        "import resource; from contest.foundations import examining; examining.confine();"
        "print([resource.getrlimit(one)[0] for one in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=os.getcwd())
    assert done.stdout.strip() == str([examining.MEMORY, examining.PROCESSOR, 0])


def test_a_process_that_breaks_off_is_a_failure_and_no_verdict(tmp_path):
    with pytest.raises(Failed):
        uploads.examine(tmp_path / "nowhere", name="a.pdf", work=tmp_path)


def test_a_look_that_takes_too_long_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "LONGEST_LOOK", 0.01)
    with pytest.raises(Failed):
        examined(tmp_path, made.pdf(), "a.pdf")


# --- The antivirus ---------------------------------------------------------------------------------------------------
class Clamd(socketserver.BaseRequestHandler):
    """Answers like clamd: to a stream that holds EVIL that it is EVIL."""

    def handle(self) -> None:
        heard = b""
        while not heard.endswith(b"\0\0\0\0"):
            piece = self.request.recv(65536)
            if not piece:
                return
            heard += piece
        self.request.sendall(b"stream: Eicar-Test FOUND\n" if b"EVIL" in heard else b"stream: OK\n")


@contextmanager
def scanner(tmp_path: Path) -> Iterator[str]:
    address = str(tmp_path / "clamd.sock")
    with socketserver.ThreadingUnixStreamServer(address, Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


@pytest.mark.parametrize(("words", "code"), [("EVIL", "virus"), ("Mo hinh", "")])
def test_the_antivirus_has_the_last_word(words, code, tmp_path, settings):
    with scanner(tmp_path) as address:
        settings.CLAMD_SOCKET = address
        looked = examined(tmp_path, made.pdf(words=words, compress_streams=False), "a.pdf")
    assert looked.code == code
    assert not code or sentence(looked).startswith("Phần mềm diệt virus phát hiện mã độc trong tệp (Eicar-Test):")


def test_without_the_antivirus_that_was_asked_for_the_file_waits(tmp_path, settings):
    settings.CLAMD_SOCKET = str(tmp_path / "nothing.sock")
    with pytest.raises(Unavailable):
        examined(tmp_path, made.pdf(), "a.pdf")
