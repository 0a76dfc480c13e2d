"""What is the same for many is rendered once, and nothing else is mixed up by it."""

from __future__ import annotations

from django.template import Context, Template
from django.utils.translation import override

PART = Template("{% load kept %}{% kept number %}{{ number }}: {{ says }}{% endkept %}, {{ says }}")


def test_what_stands_between_follows_from_the_values_named_alone():
    part = Template(PART.source)
    asked = ((1, "a"), (1, "b"), (2, "c"))
    rendered = [part.render(Context({"number": number, "says": says})) for number, says in asked]
    assert rendered == ["1: a, a", "1: a, b", "2: c, c"]


def test_each_language_has_its_own():
    part = Template("{% load i18n kept %}{% kept %}{% get_current_language as code %}{{ code }}{% endkept %}")
    codes = []
    for code in ("vi", "en", "vi"):
        with override(code):
            codes.append(part.render(Context()))
    assert codes == ["vi", "en", "vi"]


def test_a_value_that_is_not_there_is_a_value_too():
    part = Template(PART.source)
    contexts = ({"says": "a"}, {"number": 1, "says": "b"}, {"says": "c"})
    assert [part.render(Context(context)) for context in contexts] == [": a, a", "1: b, b", ": a, c"]


def test_what_is_kept_stays_escaped_once():
    part = Template(PART.source)
    assert [part.render(Context({"number": "<", "says": "&"})) for _turn in range(2)] == ["&lt;: &amp;, &amp;"] * 2
