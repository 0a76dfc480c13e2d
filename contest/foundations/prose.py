"""Longer texts of organizers, written in Markdown, as HTML with no other markup than what Markdown makes."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
HIGHEST = 3  # the page's own headings stand above those of a text


@lru_cache(maxsize=256)
def html(text: str) -> SafeString:
    """The text as safe HTML; its highest headings are h3. The same text is read once a process."""
    clean = nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return SafeString(clean)


def _lower_headings(state: StateCore) -> None:
    levels = sorted({token.tag for token in state.tokens if token.type == "heading_open"})
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, HIGHEST + levels.index(token.tag))}"


_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
_markdown.core.ruler.push("lower_headings", _lower_headings)
