"""Rows of boards: what people and units are called is text and nothing else."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context
from django.utils import translation

from contest.templatetags import standings

LINE = {
    "place": 1, "is_me": False, "name": "<b>Hoà</b>", "unit": "Chi bộ 1 & 2", "birth_year": 1960, "right": 9,
    "points": 850, "duration_ms": 372_500, "prediction": Decimal("1250.00000"), "distance": Decimal("63.00000"),
    "submitted_at": None,
}  # fmt: skip
UNIT = {
    "unit": 7, "name": "Xã <Hoà>", "place": 3, "people": 320, "attempts": 1512, "obliged": 306, "completed": 301,
    "completion": Decimal("98.37"), "mean": Decimal("9.10"), "is_qualified": True, "has_units": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_vietnamese():
    with translation.override("vi"):
        yield


def person(line, **context):
    quiz = SimpleNamespace(question_count=10)
    context = {"by_points": False, "by_hand_in": False, "has_prediction": True, "quiz": quiz, **context}
    return standings.person_rows(Context(context), [{**LINE, **line}])


def test_a_persons_row_in_full():
    assert person({}) == (
        '<tr class=""><td><span class="pos pos-1">1</span></td><th scope="row"><span class="name">'
        '&lt;b&gt;Hoà&lt;/b&gt;</span><span class="sub">Chi bộ 1 &amp; 2 · sinh năm 1960</span>'
        '<span class="sub num">06:12 · dự đoán 1.250, chênh lệch 63</span></th><td class="big">9/10</td></tr>\n'
    )


@pytest.mark.parametrize(
    ("line", "context", "words"),
    [
        ({"prediction": None, "distance": None}, {}, "06:12 · không dự đoán"),
        ({"distance": None}, {}, "06:12 · dự đoán 1.250"),
        ({}, {"has_prediction": False}, ">06:12<"),
        ({}, {"by_points": True}, 'chênh lệch 63 · 9 câu đúng</span></th><td class="big">8,5<'),
        ({"name": None, "birth_year": None}, {}, 'Không công khai tên</span><span class="sub">Chi bộ 1 &amp; 2<'),
        ({"unit": ""}, {}, '<span class="sub">sinh năm 1960<'),
        ({"is_me": True}, {}, '<tr class="me">'),
        ({"is_me": True, "name": "Hoà"}, {}, "Hoà (đồng chí)"),
        ({"place": 4}, {}, '<span class="pos">4<'),
        ({"place": 70186}, {}, '<span class="num big">70.186<'),
    ],
)
def test_what_a_row_says(line, context, words):
    assert words in person(line, **context)


def unit(fields, ranking="completion", **context):
    contest, offer = SimpleNamespace(unit_ranking=ranking), SimpleNamespace(key="2-3")
    return standings.unit_rows(Context({"contest": contest, "offer": offer, **context}), [{**UNIT, **fields}])


def test_a_units_row_in_full():
    assert unit({}) == (
        '<tr class=""><td><span class="pos pos-3">3</span></td><th scope="row"><a class="name" '
        'href="?board=2-3&amp;tab=units&amp;unit=7">Xã &lt;Hoà&gt;</a><span class="sub"></span>'
        '<span class="barline"><svg class="bar" aria-hidden="true"><rect class="t" width="100%" height="100%"/>'
        '<rect class="f" width="98.4%" height="100%" rx="4"/></svg><b class="nb">98,37%</b></span>\n'
        '<span class="sub">301/306 người hoàn thành · 320 người dự thi, 1.512 lượt</span></th>'
        '<td class="big">9,10</td></tr>\n'
    )


@pytest.mark.parametrize(
    ("fields", "ranking", "words"),
    [
        (
            {"completion": None, "obliged": 0},
            "completion",
            '<span class="sub"></span><span class="sub">320 người dự thi',
        ),
        ({"is_qualified": False}, "completion", 'class="bar bar-low"'),
        ({"attempts": 0, "people": 0, "mean": None}, "completion", '<span class="pos">3<'),
        ({"attempts": 0, "people": 0, "mean": None}, "completion", 'chưa có ai</span></th><td class="big">–<'),
        ({"has_units": False}, "completion", "tab=people&amp;unit=7"),
        ({}, "people", '1.512 lượt · trung bình 9,10</span></th><td class="big">320<'),
        ({}, "attempts", '<td class="big">1.512<'),
        ({"place_within": 1}, "completion", "pos-1"),
        ({"above": "Huyện"}, "completion", '<span class="sub">Huyện</span>'),
    ],
)
def test_what_a_units_row_says(fields, ranking, words):
    assert words in unit(fields, ranking)


def test_ones_own_unit_is_marked():
    assert '<tr class="me">' in unit({}, marked=7)
