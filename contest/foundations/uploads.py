"""Files from strangers: each is looked at by a process of its own (`examining`), with little memory and little time.

Nothing of this runs in a web worker. What is refused is told by a sentence that says what to do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clamav_client
from django.conf import settings
from django.utils.translation import gettext_noop

from contest.foundations.language import clean

LONGEST_LOOK = 75  # seconds, all in all
DOCUMENTS, PICTURES = (".pdf", ".docx", ".xlsx", ".pptx"), (".jpg", ".jpeg", ".png")
LONGEST_NAME = 200
ENDINGS = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}

SENTENCES = {
    "unknown": gettext_noop(
        "This kind of file is not taken: send PDF, Word, Excel or PowerPoint (.pdf, .docx, .xlsx, .pptx), "
        "or a picture (.jpg, .png)."
    ),
    "empty": gettext_noop("The file is empty: choose it once more, and see that it opens on your device."),
    "wrong_ending": gettext_noop(
        "The name ends in “%(ending)s”, and inside is a file of %(kind)s: save it anew from its program and send that."
    ),
    "cut_off": gettext_noop(
        "The file ends too early: see whether it opens on your device, save it anew and send that."
    ),
    "damaged": gettext_noop("The file can't be read: open it on your device, save it anew and send that."),
    "two_in_one": gettext_noop("Behind this file another one is hidden: save it anew from its program and send that."),
    "password": gettext_noop("The file is locked by a password: take the password away and send it again."),
    "old_office": gettext_noop(
        "This is a file of an old Word, Excel or PowerPoint: open it, save it as .docx, .xlsx or .pptx, and send that."
    ),
    "phone_picture": gettext_noop(
        "This picture is in a format of phones that not everyone can open (HEIC): save it as JPEG and send that."
    ),
    "video": gettext_noop("Videos and recordings are given as a link: put it on the web and add the link."),
    "archive": gettext_noop("Packed files (.zip, .rar) are not taken: unpack it and send its files one by one."),
    "huge_picture": gettext_noop(
        "The picture has %(megapixels)s million pixels, and at most %(most)s are taken: make it smaller and send that."
    ),
    "pdf_script": gettext_noop("The PDF holds a program (JavaScript): print it to a new PDF and send that."),
    "pdf_acts": gettext_noop(
        "The PDF does something by itself, such as opening another file: print it to a new PDF and send that."
    ),
    "pdf_attachment": gettext_noop(
        "The PDF carries other files within it: send them on their own, print it to a new PDF and send that."
    ),
    "pdf_media": gettext_noop(
        "The PDF holds a film, a sound or a 3D picture: print it to a new PDF and send that; a film is given as a link."
    ),
    "pdf_xfa": gettext_noop("The PDF is a form that changes by itself (XFA): print it to a new PDF and send that."),
    "macros": gettext_noop("The file holds macros: save it as .docx, .xlsx or .pptx, without them, and send that."),
    "ole": gettext_noop(
        "Another file or program is embedded in this one: take it out, save the file anew, "
        "and send the other by itself."
    ),
    "external": gettext_noop(
        "The file fetches something from elsewhere, such as a template, a picture or another table: "
        "put it into the file or break the link, save it anew and send that."
    ),
    "doctype": gettext_noop(
        "The file declares things that Word, Excel and PowerPoint never do: open it there, save it anew and send that."
    ),
    "strange_part": gettext_noop(
        "The file holds a part that does not belong into it (%(part)s): "
        "open it in its program, save it anew and send that."
    ),
    "bomb": gettext_noop("The file unpacks to far more than is taken: save it anew with fewer and smaller pictures."),
    "too_hard": gettext_noop("The file is too complicated to be looked at: make it simpler, such as a plain PDF."),
    "virus": gettext_noop(
        "The antivirus found something harmful in the file (%(found)s): clean your device, and send a sound file."
    ),
    "not_whole": gettext_noop("The file did not arrive whole: take it away here and send it again."),
}


class Unavailable(Exception):
    """What is needed for a look is away, such as the antivirus: the file waits."""


class Failed(Exception):
    """The look broke off, because the file asked for too much; it may be tried again a few times."""


@dataclass(frozen=True)
class Looked:
    """What a file is. With a `code` it is refused; otherwise its copies lie in the folder of the look."""

    code: str = ""
    values: dict[str, Any] | None = None
    content_type: str = ""  # by what is in it
    sha256: str = ""  # hex, of what was sent
    size: int = 0
    pages: int = 0  # page-1.webp … in the folder
    text: str = ""

    @property
    def refusal(self) -> str:
        """The sentence, as a msgid; empty for a good file."""
        return SENTENCES[self.code] if self.code else ""


def examine(path: Path, *, name: str, work: Path) -> Looked:
    """What the file is, told by a process that knows no secret of ours; copies and pages are put into `work`.

    Raises Failed when that process broke off or took too long, and Unavailable without the antivirus.
    """
    command = [sys.executable, "-m", "contest.foundations.examining"]
    asked = json.dumps({"path": str(path), "work": str(work), "name": name})
    bare = {"LANG": "C.UTF-8", "TMPDIR": str(work), "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, text=True, timeout=LONGEST_LOOK, check=True, env=bare,
            cwd=settings.BASE_DIR,
        )  # fmt: skip
        told = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Failed(getattr(error, "stderr", None) or str(error)) from error
    looked = Looked(**told)
    return looked if looked.code else _scanned(path, looked)


def _scanned(path: Path, looked: Looked) -> Looked:
    """What the antivirus says of the file, where there is one."""
    if not settings.CLAMD_SOCKET:
        return looked
    scanner = clamav_client.get_scanner({"backend": "clamd", "address": settings.CLAMD_SOCKET, "timeout": 60.0})
    result = scanner.scan(str(path))
    if result.state == "FOUND":
        return Looked("virus", {"found": str(result.details)[:60]})
    if result.state != "OK":
        raise Unavailable(f"clamd: {result.details}")
    return looked


def clean_name(name: str) -> str:
    """The name of a file as people read it: NFC, no path, nothing that turns or hides letters, with its ending."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    last = "".join(letter for letter in last if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    last = clean(last.translate(str.maketrans('<>:"|?*', "       "))).strip(". ")
    stem, dot, ending = last.rpartition(".")
    if not dot:
        return last[:LONGEST_NAME]
    return f"{stem.rstrip()[: LONGEST_NAME - 1 - len(ending[:20])]}.{ending.strip()[:20]}"


def ending_of(name: str) -> str:
    """The ending of a name in lower case, such as ".pdf"."""
    return "." + name.rpartition(".")[2].lower() if "." in name else ""
