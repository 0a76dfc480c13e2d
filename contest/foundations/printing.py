"""What goes on paper: PDF by typst, QR codes as vectors.

Data reaches a document as values and is never read as markup, so a name may hold any character.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import fontpkg_be_vietnam_pro
import segno
import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contest.foundations.language import nfc

FONT = fontpkg_be_vietnam_pro.FAMILY


def pdf(source: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of a typst document, in which `data` is the dictionary given here and the font is Be Vietnam Pro.

    The same data gives the same bytes: the document carries no date of its own.
    """
    head = (
        "#let data = json(bytes(sys.inputs.data))\n"
        "#set document(date: none)\n"
        f'#set text(font: "{FONT}", lang: "{(get_language() or "vi")[:2]}", hyphenate: false)\n'
    )
    document: bytes = typst.compile(
        (head + source).encode(),
        root=fontpkg_be_vietnam_pro.ROOT,  # a document has no business with our files
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return document


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The font's files, read once; no font of the machine, so that paper looks the same wherever it is made."""
    files = fontpkg_be_vietnam_pro.ROOT
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[files])


def qr_svg(text: str) -> str:
    """The QR code of a text as an SVG with a quiet zone; a seventh of it may be lost to folds and stains."""
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    path = []
    for y, line in enumerate(matrix):
        for run in re.finditer(b"\x01+", bytes(line)):
            # Rows overlap a little, or viewers draw light seams between them.
            path.append(f"M{run.start()} {y}h{run.end() - run.start()}v1.04h-{run.end() - run.start()}z")
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {size + 4} {size + 4}">'
        f'<path fill="#fff" d="M-2-2h{size + 4}v{size + 4}h-{size + 4}z"/><path d="{"".join(path)}"/></svg>'
    )


@dataclass(frozen=True)
class SlipFace:
    """What one personal slip says; the code comes spaced ("K7M4-TX9R"), the address is the one in the QR code."""

    full_name: str
    birth: str  # "02/09/1975", "1975" or nothing
    unit: str
    identifier_label: str  # what is typed beside the code: "Số thẻ"
    identifier: str
    code: str
    url: str
    contest: str
    issued: str  # "Cấp ngày 01/11/2024"


SLIPS = """
#let red = rgb("#a30019")
#let soft = rgb("#4b403c")
#set document(title: data.title)
#set page(paper: "a4", margin: 8mm)
#set text(top-edge: 0.95em, bottom-edge: -0.25em) // or the upper mark of a letter such as Ổ is cut off
#set par(leading: 0.05em, spacing: 0.05em)

// The largest of the sizes at which the text fits into the height; what fits at none is cut off.
#let fitted(width, height, body) = context {
  let at(scale) = block(width: width, body(scale))
  let scales = (1, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.5)
  let scale = scales.find(scale => measure(at(scale)).height <= height)
  if scale == none { block(width: width, height: height, clip: true, at(0.45)) } else { at(scale) }
}

#let slip(face) = block(width: 100%, height: 100%, clip: true, inset: (x: 4mm, top: 3mm, bottom: 2.6mm))[
  #grid(
    columns: (auto, 1fr), align: (left + bottom, right + bottom), inset: (bottom: 0.8mm),
    stroke: (bottom: 0.5mm + red),
    text(9pt, weight: 600, fill: red, data.heading),
    fitted(60mm, 8.4mm, scale => align(right, text(9pt * scale, face.contest))),
  )
  #v(1.6mm)
  #grid(
    columns: (1fr, 31mm), column-gutter: 3mm,
    [
      #block(height: 24mm, fitted(55mm, 24mm, scale => {
        text(12.5pt * scale, weight: 700, face.full_name)
        parbreak()
        text(9pt * scale, face.unit)
        if face.birth != "" { parbreak() + text(9pt * scale, data.born + " " + face.birth) }
        if face.identifier != "" {
          parbreak()
          text(9pt * scale)[#face.identifier_label #text(weight: 600, face.identifier)]
        }
      }))
      #v(0.8mm)
      #rect(width: 100%, radius: 1mm, fill: rgb("#faf0d8"), stroke: 0.25mm + rgb("#8a6516"),
        inset: (x: 2.6mm, y: 1.4mm))[
        #text(8pt, data.code)
        #fitted(49mm, 7mm, scale => text(15.5pt * scale, weight: 700, tracking: 0.07em, face.code))
      ]
    ],
    image(bytes(face.qr), format: "svg", width: 31mm, alt: data.qr_alt + " " + face.full_name),
  )
  #v(1fr)
  #text(8pt, fill: soft)[#data.scan #text(weight: 600, face.host)#data.type_in #face.issued]
]

#let cut = (paint: rgb("#777"), thickness: 0.25mm, dash: "dashed")
#for page in data.slips.chunks(8) {
  grid(
    columns: (97mm, 97mm), rows: (70.2mm,) * 4, stroke: cut,
    ..page.map(slip),
  )
}
"""


def slips_pdf(slips: Sequence[SlipFace]) -> bytes:
    """A4 pages of eight slips each with lines to cut along, in the order given, in the active language."""
    faces = [
        {name: _breakable(value) for name, value in asdict(slip).items()}
        | {
            "issued": slip.issued.replace(" ", "\u00a0"),
            "host": _breakable(urlsplit(slip.url).netloc),
            "qr": qr_svg(slip.url),
        }
        for slip in slips
    ]
    return pdf(
        SLIPS,
        {
            "title": _("Contest slips"),
            "heading": _("Contest slip"),
            "born": _("Born"),
            "code": _("Personal code"),
            "qr_alt": _("QR code to sign in:"),
            "scan": _("Scan the QR code, or go to"),
            "type_in": _(
                " and type the number above and the code. Keep this slip to yourself; if you lose it, "
                "tell your unit and get a new one."
            ),
            "slips": faces,
        },
    )


def _breakable(text: str) -> str:
    """The text in NFC with places to break in words that no line can hold."""
    return re.sub(r"(\S{24})(?=\S)", "\\1\u200b", nfc(text))
