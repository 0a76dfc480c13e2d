"""Files as people and attackers send them, made by code: sound ones, and each kind that is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import openpyxl
import pikepdf
from PIL import Image

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES = "application/vnd.openxmlformats-officedocument."
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORDS = "Tổ hợp tác thu gom vỏ bao thuốc bảo vệ thực vật"
AUTHOR, EDITOR, COMPANY = "Nguyễn Thị Tác Giả", "Trần Văn Sửa", "Đảng bộ xã Phương Tú"

Members = dict[str, bytes]


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(data: bytes) -> Members:
    """The members of a ZIP file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- Office ----------------------------------------------------------------------------------------------------------
def relations(*rows: tuple[str, str] | tuple[str, str, str]) -> bytes:
    """A part of relations: kind, target, and perhaps the mode of the target."""
    inner = ""
    for number, row in enumerate(rows, start=1):
        kind = row[0] if ":" in row[0] else f"{RELATIONS}/{row[0]}"
        mode = f' TargetMode="{row[2]}"' if len(row) > 2 else ""
        inner += f'<Relationship Id="rId{number}" Type="{kind}" Target="{row[1]}"{mode}/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{HEAD}<Relationships xmlns="{space}">{inner}</Relationships>'.encode()


def content_types(*overrides: tuple[str, str]) -> bytes:
    """The part that says what the parts are."""
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    inner = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
    )
    inner += "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    return f'{HEAD}<Types xmlns="{space}">{inner}</Types>'.encode()


CORE = (
    f'{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:title>{COMPANY}</dc:title><dc:creator>{AUTHOR}</dc:creator>"
    f"<cp:lastModifiedBy>{EDITOR}</cp:lastModifiedBy></cp:coreProperties>"
).encode()
APP = (
    f'{HEAD}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    f"<Application>Microsoft Office Word</Application><Company>{COMPANY}</Company></Properties>"
).encode()
MAIN = {"word": ("document", "wordprocessingml.document"), "ppt": ("presentation", "presentationml.presentation")}


def word_body(inner: str = "") -> bytes:
    """The main part of a Word file."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraph = f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>"
    return f'{HEAD}<w:document xmlns:w="{space}"><w:body>{paragraph}{inner}</w:body></w:document>'.encode()


def docx_members() -> Members:
    """The parts of a sound Word file."""
    return {
        "[Content_Types].xml": content_types(
            ("/word/document.xml", f"{TYPES}wordprocessingml.document.main+xml"),
            ("/word/comments.xml", f"{TYPES}wordprocessingml.comments+xml"),
            ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
            ("/docProps/app.xml", f"{TYPES}extended-properties+xml"),
        ),
        "_rels/.rels": relations(("officeDocument", "word/document.xml"), ("extended-properties", "docProps/app.xml")),
        "word/document.xml": word_body(
            f'<w:ins w:id="1" w:author="{AUTHOR}" w:date="2026-11-01T00:00:00Z"><w:r><w:t>thêm</w:t></w:r></w:ins>'
        ),
        "word/_rels/document.xml.rels": relations(
            ("hyperlink", "https://example.vn/", "External"), ("image", "media/image1.jpeg")
        ),
        "word/comments.xml": (
            f'{HEAD}<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f'<w:comment w:id="0" w:author="{EDITOR}" w:initials="TVS"><w:p><w:r><w:t>Xem lại</w:t></w:r></w:p>'
            "</w:comment></w:comments>"
        ).encode(),
        "word/media/image1.jpeg": jpeg(with_place=True),
        "docProps/core.xml": CORE,
        "docProps/app.xml": APP,
    }


def docx(change: Mapping[str, bytes | None] | None = None) -> bytes:
    """A sound Word file; `change` adds parts to it, replaces them or takes them away (None)."""
    members: dict[str, bytes | None] = {**docx_members(), **(change or {})}
    return zipped({name: content for name, content in members.items() if content is not None})


def xlsx(change: Mapping[str, bytes] | None = None) -> bytes:
    """A sound Excel file, made by openpyxl."""
    book = openpyxl.Workbook()
    book.properties.creator = AUTHOR
    sheet = book.active
    assert sheet is not None
    sheet.append(["Chỉ tiêu", "Trước", "Sau"])
    sheet.append([WORDS, 12, 31])
    file = io.BytesIO()
    book.save(file)
    return zipped({**unzipped(file.getvalue()), **(change or {})})


def pptx(change: Mapping[str, bytes] | None = None) -> bytes:
    """A sound PowerPoint file."""
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    space = "http://schemas.openxmlformats.org/presentationml/2006/main"
    slide = (
        f'{HEAD}<p:sld xmlns:a="{drawing}" xmlns:p="{space}"><p:cSld><p:spTree><p:sp><p:txBody>'
        f"<a:p><a:r><a:t>{WORDS}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    members = {
        "[Content_Types].xml": content_types(
            ("/ppt/presentation.xml", f"{TYPES}presentationml.presentation.main+xml"),
            ("/ppt/slides/slide1.xml", f"{TYPES}presentationml.slide+xml"),
            ("/ppt/commentAuthors.xml", f"{TYPES}presentationml.commentAuthors+xml"),
        ),
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f'{HEAD}<p:presentation xmlns:p="{space}"/>'.encode(),
        "ppt/slides/slide1.xml": slide.encode(),
        "ppt/commentAuthors.xml": (
            f'{HEAD}<p:cmAuthorLst xmlns:p="{space}">'
            f'<p:cmAuthor id="1" name="{AUTHOR}" initials="NTTG" lastIdx="1" clrIdx="0"/></p:cmAuthorLst>'
        ).encode(),
        "docProps/core.xml": CORE,
    }
    return zipped({**members, **(change or {})})


# --- Pictures --------------------------------------------------------------------------------------------------------
def _drawn(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, "white")
    image.paste((200, 30, 30), (0, 0, size[0] // 2, size[1] // 2))
    return image


def jpeg(size: tuple[int, int] = (60, 40), *, with_place: bool = False, turned: int = 0) -> bytes:
    """A JPEG, perhaps with the author, the place where it was taken and a thumbnail's orientation in its EXIF."""
    exif = Image.Exif()
    if with_place:
        exif[0x013B] = AUTHOR.encode("ascii", "replace").decode()
        exif[0x010E] = "PLACE-OF-THE-PICTURE"
        exif.get_ifd(0x8825)[1] = "N"
    if turned:
        exif[0x0112] = turned
    file = io.BytesIO()
    _drawn(size).save(file, "JPEG", exif=exif.tobytes(), comment=b"COMMENT-OF-THE-PICTURE" if with_place else b"")
    return file.getvalue()


def png(size: tuple[int, int] = (60, 40), *, mode: str = "RGB") -> bytes:
    """A PNG with a text in it."""
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", AUTHOR)
    file = io.BytesIO()
    _drawn(size).convert(mode).save(file, "PNG", pnginfo=told)
    return file.getvalue()


def huge_png(side: int = 20_000) -> bytes:
    """A PNG of a few hundred kilobytes that says it has `side` times `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side + 1) * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- PDF -------------------------------------------------------------------------------------------------------------
def pdf(
    change: Callable[[pikepdf.Pdf], None] | None = None, *, pages: int = 2, words: str = "Mo hinh", **save: Any
) -> bytes:
    """A PDF of so many pages, with metadata; `change` puts something into it."""
    document = pikepdf.new()
    font = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
        )
    )  # fmt: skip
    for number in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream(f"BT /F1 24 Tf 72 700 Td ({words} {number + 1}) Tj ET".encode())
    with document.open_metadata() as meta:
        meta["dc:creator"] = [AUTHOR]
    document.docinfo["/Author"] = AUTHOR
    if change:
        change(document)
    file = io.BytesIO()
    document.save(file, **save)
    return file.getvalue()


def acting(**action: Any) -> Callable[[pikepdf.Pdf], None]:
    """What makes a PDF do this when it is opened."""

    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(**action))

    return change


def noted(**note: Any) -> Callable[[pikepdf.Pdf], None]:
    """What puts a note onto the first page."""

    def change(document: pikepdf.Pdf) -> None:
        given = {"Type": pikepdf.Name.Annot, "Rect": [0, 0, 10, 10], **note}
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([pikepdf.Dictionary(**given)]))

    return change


def attached(document: pikepdf.Pdf) -> None:
    """Put a file into the PDF."""
    document.attachments["a.exe"] = pikepdf.AttachedFileSpec(document, b"MZ", filename="a.exe")


def changing_form(document: pikepdf.Pdf) -> None:
    """Make the PDF a form that changes by itself."""
    document.Root.AcroForm = pikepdf.Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=[])


def on_leaving(document: pikepdf.Pdf) -> None:
    """Make the PDF print when a page is left."""
    document.pages[0].obj.AA = pikepdf.Dictionary(C=pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print))


def encrypted(**words: str) -> bytes:
    """A PDF behind a password."""
    return pdf(encryption=pikepdf.Encryption(**{"owner": "o", "user": "", **words}))


# --- Bombs and broken packages ---------------------------------------------------------------------------------------
def bomb() -> bytes:
    """A Word file with a picture that unpacks to 60 MB."""
    return docx({"word/media/image2.bin": b"\0" * 60_000_000})


def many_small() -> bytes:
    """A Word file with 2,001 parts."""
    return docx({f"word/media/{number}.bin": b"x" for number in range(2001)})


def overlapping() -> bytes:
    """A ZIP file with two entries of its directory that lead to the same bytes."""
    data = bytearray(zipped({**docx_members(), "word/a1.xml": b"<a/>", "word/a2.xml": b"<a/>"}, zipfile.ZIP_STORED))
    first, second = data.find(b"word/a1.xml") - 30, 0
    central = data.rfind(b"word/a2.xml")
    second = central - 46
    data[second + 42 : second + 46] = struct.pack("<I", first)
    return bytes(data)


def twice() -> bytes:
    """A Word file with the same part two times."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in docx_members().items():
            archive.writestr(name, content)
        archive.filelist.append(archive.getinfo("word/document.xml"))
    return file.getvalue()


def named(name: str) -> bytes:
    """A Word file with a part of this name."""
    return docx({name: b"<a/>"})


def linked() -> bytes:
    """A Word file with a part that is a link to another file."""
    file = io.BytesIO(docx())
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("word/media/link.bin")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def locked_part() -> bytes:
    """A Word file that says that one of its parts is encrypted."""
    data = bytearray(docx())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def old_office() -> bytes:
    """The beginning of a file of Word 97."""
    return OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le")


def locked_office() -> bytes:
    """A Word file behind a password: an OLE file."""
    return OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


def heic() -> bytes:
    """The beginning of a picture of a phone."""
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200


def film() -> bytes:
    """The beginning of a film."""
    return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 200
