"""A paper filled into stencils is the paper that the templates would give, question by question."""

from __future__ import annotations

from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from contest.templatetags.paper import paper

NASTY = "<b>\"Đảng\" & '50%s' {{ x }} \\1 %(text)s</b>"


def choice(position, text="Đỏ", checked=False):
    return {"position": position, "letter": "ABCDE"[position - 1], "text": text, "checked": checked}


def question(position, *, text="Câu?", multiple=False, checked=()):
    choices = [choice(place, f"{text} {place}", place in checked) for place in (1, 2, 3)]
    return {"position": position, "text": text, "multiple": multiple, "choices": choices, "flagged": False}


def as_rendered(questions):
    """The same without stencils."""
    return "".join(
        render_to_string(
            "attempts/question.html",
            {
                **question,
                "count": len(questions),
                "choices": mark_safe(
                    "".join(
                        render_to_string(
                            "attempts/choice.html",
                            {**choice, "question": question["position"], "multiple": question["multiple"]},
                        )
                        for choice in question["choices"]
                    )
                ),
            },
        )
        for question in questions
    )


def test_it_is_what_the_templates_give_whatever_is_asked_and_chosen():
    questions = [
        question(1, text=NASTY, checked=[2]),
        question(2, multiple=True, checked=[1, 3]),
        question(3),
        question(1000, text=mark_safe("H<sub>2</sub>O")),
    ]
    for code in ("vi", "en", "vi"):
        with override(code):
            assert paper(questions) == as_rendered(questions)


def test_the_tag_is_safe_in_a_page():
    page = Template("{% load paper %}{% paper questions %}").render(Context({"questions": [question(1, text="<i>")]}))
    assert page == as_rendered([question(1, text="<i>")])
