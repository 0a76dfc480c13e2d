"""What a file from a stranger is and holds; a program of its own, run by `uploads`, so that no parser runs beside us.

It knows neither Django nor the platform, and starts with nothing in its environment. It gives itself limits of memory,
processor time and size before it opens anything. What is asked comes as JSON on the standard input, the answer goes as
JSON to the standard output, copies and pictures of pages go into the folder that was named. Rules: RELIABILITY §4.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import resource
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import filetype

MEMORY, PROCESSOR, LARGEST_FILE = 1 << 30, 40, 128 << 20  # bytes, seconds, bytes
MOST_MEMBERS, LARGEST_UNPACKED, LARGEST_RATIO = 2000, 50 * 1000 * 1000, 100
SMALL = 1 << 20  # a part below that may be packed as tightly as it likes
MOST_PIXELS = 40_000_000
MOST_PAGES = 20  # of the preview
MOST_READ = 200  # pages of a PDF whose words are taken
LONGEST_TEXT = 300_000  # characters
PAGE_WIDTH, LONGEST_SIDE = 1200, 2400  # pixels of a page's picture

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: ".pdf", DOCX: ".docx", XLSX: ".xlsx", PPTX: ".pptx", JPEG: ".jpg", PNG: ".png"}
KINDS = {PDF: "PDF", DOCX: "Word", XLSX: "Excel", PPTX: "PowerPoint", JPEG: "JPEG", PNG: "PNG"}
IMAGES = {JPEG, PNG}
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Bad(Exception):
    """The file is refused: a code of `uploads.SENTENCES`, with the values of its sentence."""

    def __init__(self, code: str, **values: str | int) -> None:
        """Refuse with this code."""
        super().__init__(code)
        self.code, self.values = code, values


@dataclass
class Found:
    """What was found out about a good file."""

    content_type: str
    pages: int = 0
    text: list[str] = field(default_factory=list)


def confine() -> None:
    """From here on this process has little memory and time, and leaves no image of itself behind."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def examine(path: Path, name: str, work: Path) -> Found:
    """What the file is; puts `stored` (if it is not to be kept as it came), `blind` and `page-1.webp` … into `work`."""
    content_type = kind_of(path)
    ending = Path(name).suffix.lower()
    if ending == ".jpeg":
        ending = ".jpg"
    right = {ENDINGS[content_type]}
    if content_type in IMAGES:  # phones mix the two up, and both are made anew here
        right = {ENDINGS[one] for one in IMAGES}
    if ending not in right:
        raise Bad("wrong_ending", ending=ending or "–", kind=KINDS[content_type])
    found = Found(content_type)
    looks: dict[str, Callable[[Path, Path, Found], None]] = {JPEG: picture, PNG: picture, PDF: pdf}
    looks.get(content_type, office)(path, work, found)
    return found


# --- What it is ------------------------------------------------------------------------------------------------------
def kind_of(path: Path) -> str:
    """One of the types that are taken, by what is in the file."""
    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise Bad("empty")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return package_type(path)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(OLE_MAGIC):
        raise Bad("password" if "EncryptedPackage".encode("utf-16-le") in path.read_bytes() else "old_office")
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    if mime.startswith(("image/hei", "image/avif")):
        raise Bad("phone_picture")
    if mime.startswith(("video/", "audio/")):
        raise Bad("video")
    if mime in {"application/x-rar-compressed", "application/x-7z-compressed", "application/gzip", "application/x-tar"}:
        raise Bad("archive")
    raise Bad("unknown")


def package_type(path: Path) -> str:
    """Which Office file a ZIP file is, by the type that it gives to its main part."""
    with opened(path) as package:
        if "[Content_Types].xml" not in package.namelist():
            raise Bad("archive")
        types = read_member(package, package.getinfo("[Content_Types].xml"), Budget(path.stat().st_size))
    declared = types.decode("utf-8", "replace")
    if "macroEnabled" in declared or "vbaProject" in declared:
        raise Bad("macros")
    for content_type in (DOCX, XLSX, PPTX):
        if f"{content_type}.main+xml" in declared:
            return content_type
    raise Bad("unknown")


# --- Pictures --------------------------------------------------------------------------------------------------------
def picture(path: Path, work: Path, found: Found) -> None:
    """The picture is drawn anew: whatever else stood in the file stays behind, the place where it was taken too."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is decoded
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise Bad("huge_picture", megapixels=-(-width * height // 1_000_000), most=MOST_PIXELS // 1_000_000)
            image.load()
            screen = _in_srgb(image)
            turned = ImageOps.exif_transpose(screen)
            drawn: Image.Image = turned or screen
    except Bad:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise Bad("cut_off" if "truncated" in str(error) else "damaged") from error
    clear = found.content_type == PNG and drawn.mode in {"RGBA", "LA", "PA"}
    drawn = drawn.convert("RGBA" if clear else "RGB")
    drawn.info.clear()
    if found.content_type == PNG:
        drawn.save(work / "stored", "PNG")
    else:
        drawn.save(work / "stored", "JPEG", quality=90, optimize=True)
    drawn.thumbnail((LONGEST_SIDE * 2 // 3, LONGEST_SIDE * 2 // 3))
    drawn.save(work / "page-1.webp", "WEBP", quality=80)
    found.pages = 1


def _in_srgb(image: Any) -> Any:
    """The picture in the colours of screens, since its own description of them stays behind."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "L"}:
        return image
    mode = "RGB" if image.mode == "L" else image.mode
    try:
        theirs, ours = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        turned: Any = ImageCms.profileToProfile(image, theirs, ours, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that does not fit is no reason to refuse a picture
        return image
    turned.info["exif"] = image.info.get("exif", b"")
    return turned


# --- PDF -------------------------------------------------------------------------------------------------------------
# What acts, by the keys of dictionaries and by the kinds of actions and objects (ISO 32000).
ACTIVE_KEYS = {
    "/JS": "pdf_script", "/JavaScript": "pdf_script", "/AA": "pdf_acts", "/EF": "pdf_attachment",
    "/EmbeddedFiles": "pdf_attachment", "/RichMediaContent": "pdf_media", "/XFA": "pdf_xfa",
}  # fmt: skip
ACTIVE_NAMES = {
    "/JavaScript": "pdf_script", "/Launch": "pdf_acts", "/ImportData": "pdf_acts", "/SubmitForm": "pdf_acts",
    "/GoToR": "pdf_acts", "/GoToE": "pdf_acts", "/Rendition": "pdf_media", "/RichMedia": "pdf_media",
    "/Movie": "pdf_media", "/Sound": "pdf_media", "/Screen": "pdf_media", "/3D": "pdf_media",
    "/EmbeddedFile": "pdf_attachment", "/FileAttachment": "pdf_attachment",
}  # fmt: skip
DEEPEST = 100


def pdf(path: Path, work: Path, found: Found) -> None:
    """A PDF that only shows something; its copy says nothing about who made it."""
    import pikepdf

    data = path.read_bytes()
    if b"%%EOF" not in data[-2048:]:
        raise Bad("cut_off")
    if zipfile.is_zipfile(path):
        raise Bad("two_in_one")
    try:
        with pikepdf.open(path) as document:
            if document.is_encrypted:
                raise Bad("password")
            for thing in document.objects:
                _refuse_active(thing)
            _refuse_opening(document.Root)
            if not len(document.pages):
                raise Bad("damaged")
            _without_makers(document)
            document.save(work / "blind", deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise Bad("password") from error
    except pikepdf.PdfError as error:
        raise Bad("damaged") from error
    _draw(path, work, found)


def _refuse_active(thing: Any, depth: int = 0) -> None:
    """Nothing in this object or directly within it acts by itself, opens files or carries any."""
    import pikepdf

    if depth > DEEPEST:
        raise Bad("too_hard")
    if isinstance(thing, pikepdf.Array):
        for one in thing:
            if not getattr(one, "is_indirect", False):
                _refuse_active(one, depth + 1)
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    for key in thing.keys():  # noqa: SIM118  # a pikepdf object
        value = thing.get(key)
        if key in ACTIVE_KEYS and _says_something(value):
            raise Bad(ACTIVE_KEYS[key])
        if key in {"/S", "/Subtype", "/Type"} and isinstance(value, pikepdf.Name) and str(value) in ACTIVE_NAMES:
            raise Bad(ACTIVE_NAMES[str(value)])
        if not getattr(value, "is_indirect", False):  # those come by themselves, in the walk through all objects
            _refuse_active(value, depth + 1)


def _says_something(value: Any) -> bool:
    """Whether there is more than an empty list or dictionary, as some programs leave them behind."""
    import pikepdf

    if isinstance(value, pikepdf.Array):
        return len(value) > 0
    if isinstance(value, pikepdf.Dictionary):
        names = value.get("/Names")
        return bool(value.keys()) and not (isinstance(names, pikepdf.Array) and len(names) == 0)
    return value is not None


def _refuse_opening(root: Any) -> None:
    """On opening, the document at most turns to a page, as office programs have it."""
    import pikepdf

    action = root.get("/OpenAction")
    if action is None or isinstance(action, pikepdf.Array):
        return
    if isinstance(action, pikepdf.Dictionary) and action.get("/S") == "/GoTo":
        return
    raise Bad("pdf_acts")


def _without_makers(document: Any) -> None:
    """The copy has no metadata, no authors of notes, no signers, and no EXIF in its photographs."""
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    for thing in document.objects:
        for one in _with_parts(thing):
            _without_maker(one)


def _with_parts(thing: Any, depth: int = 0) -> Iterator[Any]:
    """The dictionaries and streams in this object; those that it only points to come by themselves."""
    import pikepdf

    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        yield thing
        inner = [thing.get(key) for key in thing.keys()]  # noqa: SIM118  # a pikepdf object
    elif isinstance(thing, pikepdf.Array):
        inner = list(thing)
    else:
        return
    for one in inner:
        if depth < DEEPEST and not getattr(one, "is_indirect", False):
            yield from _with_parts(one, depth + 1)


def _without_maker(thing: Any) -> None:
    import pikepdf

    for key in ("/Metadata", "/PieceInfo", "/Thumb", "/LastModified"):
        if key in thing:
            del thing[key]
    if "/Subtype" in thing and "/Rect" in thing and "/FT" not in thing and "/T" in thing:
        del thing["/T"]  # whose note it is
    if thing.get("/Type") == "/Sig":
        for key in ("/Name", "/ContactInfo", "/Location", "/Reason", "/Contents", "/Cert"):
            if key in thing:
                del thing[key]
    if isinstance(thing, pikepdf.Stream) and _is_photograph(thing.get("/Filter")):
        thing.write(jpeg_without_notes(thing.read_raw_bytes()), filter=pikepdf.Name.DCTDecode)


def _is_photograph(packed: Any) -> bool:
    """Whether a stream that is packed so is a JPEG as it stands."""
    import pikepdf

    return bool(packed == "/DCTDecode") or (
        isinstance(packed, pikepdf.Array) and len(packed) == 1 and packed[0] == "/DCTDecode"
    )


def _draw(path: Path, work: Path, found: Found) -> None:
    """The first pages as pictures, and the words."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Bad("damaged") from error
    for number in range(min(len(document), MOST_READ)):
        try:
            page = document[number]
            words = page.get_textpage()
            found.text.append(words.get_text_bounded())
            if number < MOST_PAGES:
                width, height = page.get_size()
                scale = min(PAGE_WIDTH / max(width, 1), LONGEST_SIDE / max(height, 1), 8)
                drawn = page.render(scale=scale).to_pil().convert("RGB")
                drawn.save(work / f"page-{number + 1}.webp", "WEBP", quality=75)
                found.pages = number + 1
        except pypdfium2.PdfiumError as error:
            raise Bad("damaged") from error
        page.close()
    document.close()


# --- Office ----------------------------------------------------------------------------------------------------------
SPACES = ("http://schemas.openxmlformats.org/", "http://schemas.microsoft.com/office/", "http://purl.oclc.org/ooxml/")
# Kinds of relations that no file here may have, with the code of the refusal.
RELATIONS = {
    "oleobject": "ole", "control": "ole", "activexcontrolbinary": "ole", "vbaproject": "macros",
    "wordvbadata": "macros", "xlmacrosheet": "macros", "xlintlmacrosheet": "macros", "keymapcustomizations": "macros",
    "attachedtoolbars": "macros", "uiextensibility": "macros", "attachedtemplate": "external", "afchunk": "ole",
    "subdocument": "external", "frame": "external", "externallinkpath": "external", "externallink": "external",
    "mailmergesource": "external", "mailmergeheadersource": "external", "recipientdata": "external",
}  # fmt: skip
TYPES = re.compile(
    r"application/(xml|vnd\.openxmlformats-(package|officedocument)\.[\w.+-]+|vnd\.ms-(word|excel|powerpoint|office)"
    r"\.[\w.+-]+\+xml|vnd\.ms-package\.[\w.+-]+|inkml\+xml|x-font(ttf)?|x-fontdata)|text/xml|image/[\w.+-]+|"
    r"(video|audio)/[\w.+-]+|model/gltf\.binary",
    re.IGNORECASE,
)
TYPES_REFUSED = [
    (re.compile(r"macro|vbaProject|vbaData|attachedToolbars|keyMapCustomizations", re.IGNORECASE), "macros"),
    (re.compile(r"oleObject|activeX|\.rtf|html|rfc822", re.IGNORECASE), "ole"),
]
NESTED = re.compile(r"(word|ppt|xl)/embeddings/[^/]+\.xlsx", re.IGNORECASE)  # the figures behind a diagram
DDE = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)
DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class Budget:
    """How much may still be unpacked, over all parts together."""

    def __init__(self, packed: int) -> None:
        """For a file of so many bytes."""
        self.left = min(LARGEST_UNPACKED, max(packed * LARGEST_RATIO, SMALL))

    def spend(self, size: int) -> None:
        """So much more was unpacked."""
        self.left -= size
        if self.left < 0:
            raise Bad("bomb")


def office(path: Path, work: Path, found: Found) -> None:
    """An Office file without macros, embedded objects or anything fetched from elsewhere, and a copy without names."""
    blind = look_into(path.read_bytes(), found, Budget(path.stat().st_size))
    (work / "blind").write_bytes(blind)


def opened(source: Path | io.BytesIO) -> zipfile.ZipFile:
    """The ZIP file."""
    try:
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Bad("cut_off" if "File is not a zip file" in str(error) else "damaged") from error


def look_into(data: bytes, found: Found, budget: Budget, *, nested: bool = False) -> bytes:
    """The same package without the names of those who made it; refuses what RELIABILITY §4 names."""
    out = io.BytesIO()
    with opened(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        members = checked_members(package, data)
        for member in members:
            part = read_member(package, member, budget)
            name = member.filename
            if NESTED.fullmatch(name) and not nested:
                part = look_into(part, Found(XLSX), budget, nested=True)
            else:
                check_part(name, part, found)
                part = nameless(name, part)
            copy.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def checked_members(package: zipfile.ZipFile, data: bytes) -> list[zipfile.ZipInfo]:
    """The parts, by their places in the file, when names and places are those of an honest package."""
    members = sorted(package.infolist(), key=lambda member: member.header_offset)
    if len(members) > MOST_MEMBERS:
        raise Bad("bomb")
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names):
        raise Bad("strange_part", part="×2")
    end = 0
    for member in members:
        name = member.filename
        strange = member.orig_filename != name or "\\" in member.orig_filename or name.startswith("/")
        if strange or ".." in name.split("/") or ":" in name or any(ord(letter) < 32 for letter in name):
            raise Bad("strange_part", part=printable(name))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Bad("strange_part", part=printable(name))
        if member.flag_bits & 0x41:
            raise Bad("password")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Bad("strange_part", part=printable(name))
        if member.header_offset < end:  # parts that lie upon one another: a bomb
            raise Bad("bomb")
        if not end and member.header_offset:  # something lies before the package
            raise Bad("two_in_one")
        end = member.header_offset + 30 + member.compress_size
    if package.start_dir < end or data[-22:-18] != b"PK\5\6":  # something lies behind it
        raise Bad("two_in_one")
    return members


def printable(name: str) -> str:
    """The name of a part as it may be shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:60]


def read_member(package: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    """The bytes of a part, counted while they are unpacked: what the file says of its sizes is not believed."""
    pieces, size = [], 0
    try:
        with package.open(member) as part:
            while piece := part.read(65536):
                budget.spend(len(piece))
                size += len(piece)
                if size > SMALL and size > LARGEST_RATIO * max(member.compress_size, 1):
                    raise Bad("bomb")
                pieces.append(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Bad("damaged") from error
    except RuntimeError as error:  # asks for a password
        raise Bad("password") from error
    return b"".join(pieces)


def check_part(name: str, part: bytes, found: Found) -> None:
    """One part of the package is what it says, declares nothing, and fetches and runs nothing."""
    low = name.lower()
    if low.endswith("vbaproject.bin"):
        raise Bad("macros")
    if part.startswith(OLE_MAGIC) or "/activex/" in low:
        raise Bad("ole")
    if not low.endswith((".xml", ".rels", ".vml")):
        if part[:4] in {b"PK\x03\x04", b"%PDF"} or part[:2] == b"MZ":
            raise Bad("ole")
        return
    if DOCTYPE.search(part):
        raise Bad("doctype")
    if low.endswith(".vml"):  # Excel's are not always well-formed
        return
    reader = Part(part)
    if low == "[content_types].xml":
        for content_type in reader.values("ContentType"):
            _check_type(content_type)
    elif low.endswith(".rels"):
        for attributes in reader.elements("Relationship"):
            _check_relation(attributes)
    elif low.startswith(("word/", "xl/", "ppt/")):
        if DDE.search(reader.instructions) or "ddeLink" in reader.seen or "oleLink" in reader.seen:
            raise Bad("external")
        found.text.append(reader.text)


def _check_type(content_type: str) -> None:
    for pattern, code in TYPES_REFUSED:
        if pattern.search(content_type):
            raise Bad(code)
    if not TYPES.fullmatch(content_type.strip()):
        raise Bad("strange_part", part=printable(content_type))


def _check_relation(attributes: dict[str, str]) -> None:
    kind, target = attributes.get("Type", ""), attributes.get("Target", "")
    last = kind.rstrip("/").rsplit("/", 1)[-1].lower()
    if RELATIONS.get(last):
        raise Bad(RELATIONS[last])
    if not kind.startswith(SPACES):
        raise Bad("strange_part", part=printable(kind))
    if attributes.get("TargetMode", "").lower() == "external" and (last != "hyperlink" or not is_harmless(target)):
        raise Bad("external")


def is_harmless(target: str) -> bool:
    """Whether a link that somebody must click leads to a page, a mailbox, a phone or a file on their own device."""
    scheme = re.match(r"\s*([A-Za-z][\w+.-]*):", target)
    if target.startswith(("\\\\", "//")):
        return False
    if not scheme:
        return True
    word = scheme[1].lower()
    return word in {"http", "https", "mailto", "tel"} or (word == "file" and target.lower().startswith("file:///"))


class Part:
    """An XML part in UTF-8, read once: its elements, the words in it, the instructions of its fields."""

    def __init__(self, data: bytes) -> None:
        """Read it; refuses what is not well-formed or declares anything."""
        self._rows: list[tuple[str, dict[str, str]]] = []
        self.seen: set[str] = set()
        self._words: list[str] = []
        self._instructions: list[str] = []
        self._open = ""
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._declares
        parser.EntityDeclHandler = self._declares
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._letters
        try:
            parser.Parse(data.removeprefix(b"\xef\xbb\xbf"), True)
        except expat.ExpatError as error:
            raise Bad("damaged") from error

    @property
    def text(self) -> str:
        """The words, paragraphs on lines of their own."""
        return "".join(self._words)

    @property
    def instructions(self) -> str:
        """What the fields of the document are told to do."""
        return "".join(self._instructions)

    def elements(self, local: str) -> Iterator[dict[str, str]]:
        """The attributes of the elements with this name, whatever their prefix."""
        return (attributes for name, attributes in self._rows if name == local)

    def values(self, attribute: str) -> Iterator[str]:
        """What the attribute says, wherever it stands."""
        return (attributes[attribute] for _name, attributes in self._rows if attribute in attributes)

    def _declares(self, *args: Any) -> None:
        raise Bad("doctype")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._open = local
        self.seen.add(local)
        if local in {"Relationship", "Override", "Default"}:
            self._rows.append((local, attributes))
        if local == "fldSimple":
            self._instructions += [value for key, value in attributes.items() if key.endswith("instr")]
        if local in {"tab", "br"}:
            self._words.append(" ")

    def _end(self, name: str) -> None:
        self._open = ""
        if name.rpartition(":")[2] in {"p", "si", "is", "tc"}:
            self._words.append("\n")

    def _letters(self, letters: str) -> None:
        if self._open in {"t", "delText"}:
            self._words.append(letters)
        elif self._open == "instrText":
            self._instructions.append(letters)


# --- Names in copies -------------------------------------------------------------------------------------------------
EMPTY_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
CORE = re.compile(
    rb"(<(?:\w+:)?(creator|lastModifiedBy|title|subject|description|keywords|category|contentStatus|Company|Manager|"
    rb"HyperlinkBase|Template)\b[^>]*?(?<!/)>)[^<]*(</)"
)
WHOSE = rb"(?:\w+:)?(?:author|initials|userId|providerId|displayName|userName|lastModifiedBy)"
ATTRIBUTE = re.compile(rb"(\s" + WHOSE + rb"\s*=\s*)(\"[^\"]*\"|'[^']*')")
NAMED = re.compile(rb"(\sname\s*=\s*)(\"[^\"]*\"|'[^']*')")
WHERE = re.compile(rb"(<(?:\w+:)?absPath\b[^>]*?\surl\s*=\s*)(\"[^\"]*\"|'[^']*')")
AUTHOR = re.compile(rb"(<(?:\w+:)?author\b[^>]*?(?<!/)>)[^<]*(</)")


def nameless(name: str, part: bytes) -> bytes:
    """The part without the names of those who wrote, changed or commented on it, and without EXIF."""
    low = name.lower()
    if low.endswith((".jpg", ".jpeg")):
        return jpeg_without_notes(part)
    if low.endswith(".png"):
        return png_without_notes(part)
    if low.startswith("docprops/") and low.endswith(".xml"):
        return EMPTY_CUSTOM if low.endswith("custom.xml") else CORE.sub(rb"\1\3", part)
    if not low.endswith(".xml") or not low.startswith(("word/", "xl/", "ppt/")):
        return part
    part = WHERE.sub(rb'\1""', ATTRIBUTE.sub(rb'\1""', part))
    if low.startswith("xl/") and "comments" in low:
        part = AUTHOR.sub(rb"\1\2", part)
    if low in {"ppt/commentauthors.xml", "ppt/authors.xml"}:
        part = NAMED.sub(rb'\1""', part)
    return part


def jpeg_without_notes(data: bytes) -> bytes:
    """A JPEG without EXIF, XMP, comments and hidden second pictures; as it is when it is none."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return data
        marker = data[at + 1]
        if marker == 0xD9:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        segment = data[at:end]
        if marker == 0xDA:  # the picture itself, up to the next marker
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1] not in {0, *range(0xD0, 0xD8)}):
                following = data.find(b"\xff", end + 1)
                end = following if following >= 0 else len(data)
            segment = data[at:end]
        noted = 0xE1 <= marker <= 0xEF and marker != 0xEE and not segment[4:].startswith(b"ICC_PROFILE\0")
        if not noted and marker != 0xFE:
            kept.append(segment)
        at = end
    return b"".join([*kept, b"\xff\xd9"])


def png_without_notes(data: bytes) -> bytes:
    """A PNG without texts, times and EXIF; as it is when it is none."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if kind not in {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return b"".join(kept)


# --- The program -----------------------------------------------------------------------------------------------------
def answer(asked: dict[str, str]) -> dict[str, Any]:
    """What is to be said of the file."""
    path, work = Path(asked["path"]), Path(asked["work"])
    try:
        found = examine(path, asked["name"], work)
    except Bad as bad:
        return {"code": bad.code, "values": bad.values}
    except (MemoryError, RecursionError):
        return {"code": "too_hard", "values": {}}
    text = "\n".join(found.text)[:LONGEST_TEXT].replace("\0", " ").encode("utf-8", "ignore").decode()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "code": "", "content_type": found.content_type, "sha256": sha256, "size": path.stat().st_size,
        "pages": found.pages, "text": text,
    }  # fmt: skip


if __name__ == "__main__":
    confine()
    print(json.dumps(answer(json.load(sys.stdin))))  # noqa: T201
