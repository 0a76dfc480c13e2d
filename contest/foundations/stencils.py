"""Templates that are rendered once a language, with holes that are then filled by plain text a thousand times."""

from __future__ import annotations

import re
from html import escape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

HOLE = "\x02{}\x03"
CUT = re.compile(r"\x02(\w+)\x03")


class Stencil:
    """A template in which the variables `holes` stay open; it must not decide anything by them."""

    def __init__(self, template: str, *holes: str, **fixed: object) -> None:
        """The template, with what is the same at every filling."""
        self.template, self.holes, self.fixed = template, holes, fixed
        self.cut: dict[str, tuple[str, list[str]]] = {}

    def fill(self, **values: str | int) -> SafeString:
        """The template with these values in its holes; what is not marked as safe is escaped."""
        language = get_language() or ""
        if language not in self.cut:
            self.cut[language] = self._cut()
        text, names = self.cut[language]
        safe = {name: value if isinstance(value, SafeString | int) else escape(value) for name, value in values.items()}
        return mark_safe(text % tuple([safe[name] for name in names]))  # noqa: S308  (template and values are safe)

    def _cut(self) -> tuple[str, list[str]]:
        """The text to be formatted, and what stands in its places."""
        holes = {name: mark_safe(HOLE.format(name)) for name in self.holes}  # noqa: S308  (letters only)
        rendered = render_to_string(self.template, {**self.fixed, **holes})
        return CUT.sub("%s", rendered.replace("%", "%%")), CUT.findall(rendered)
