"""Parts of a page that are the same for many people are rendered once, and kept in the process.

{% kept contest.pk contest.revision %} … {% endkept %}: what stands between follows from the language and from values
that are named, and from nothing else: it has no name or form of a person, and no block that another template fills.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()
MOST = 500  # renderings of one part; then all are forgotten


class Kept(Node):
    """A part with what it was rendered as, by language and values."""

    def __init__(self, nodelist: NodeList, values: list[FilterExpression]) -> None:
        """The part, and what it follows from."""
        self.nodelist, self.values = nodelist, values
        self.rendered: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The part as it was rendered for these values before, else now."""
        key = (get_language(), *(value.resolve(context, ignore_failures=True) for value in self.values))
        found = self.rendered.get(key)
        if found is None:
            found = mark_safe(self.nodelist.render(context))  # noqa: S308  (a rendered template is safe)
            if len(self.rendered) >= MOST:
                self.rendered.clear()
            self.rendered[key] = found
        return found


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """{% kept VALUE … %} … {% endkept %}."""
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, values)
