"""What people read: the same figures, written by each language's habits."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

NB = "\u00a0"
SUNDAY = datetime(2024, 11, 10, 10, 0, tzinfo=UTC)  # 17:00 in Hà Nội
CASES = [
    (None, "grouped", "", ""),
    (70186, "grouped", "70.186", "70,186"),
    (999, "grouped", "999", "999"),
    (None, "decimal:2", "", ""),
    (Decimal("87.655"), "decimal:2", "87,66", "87.66"),
    (Decimal("1234.5"), "decimal", "1.234,5", "1,234.5"),
    (Decimal("9.50"), "decimal", "9,5", "9.5"),
    (Decimal("87.654"), "percent:2", "87,65%", "87.65%"),
    (0, "percent:2", "0,00%", "0.00%"),
    (None, "percent:2", "", ""),
    (94.1, "bar_width", "94.1%", "94.1%"),
    (None, "bar_width", "0%", "0%"),
    (140, "bar_width", "100.0%", "100.0%"),
    (-3, "bar_width", "0.0%", "0.0%"),
    (3, "bar_width:8", "37.5%", "37.5%"),
    (3, "bar_width:0", "0%", "0%"),
    (None, "duration", "", ""),
    (485_999, "duration", "8 phút 05 giây", "8 min 05 s"),
    (480_000, "duration", "8 phút 00 giây", "8 min 00 s"),
    (5_400, "duration", "5 giây", "5 s"),
    (0, "duration", "0 giây", "0 s"),
    (3_725_000, "duration", "1 giờ 02 phút 05 giây", "1 h 02 min 05 s"),
    (timedelta(minutes=15), "duration", "15 phút", "15 min"),
    (timedelta(hours=1), "duration", "1 giờ", "1 h"),
    (timedelta(0), "duration", "0 giây", "0 s"),
    (timedelta(minutes=1, seconds=30), "duration", "1 phút 30 giây", "1 min 30 s"),
    (485_999, "clock", "08:05", "08:05"),
    (4_085_000, "clock", "1:08:05", "1:08:05"),
    (None, "clock", "", ""),
    (None, "moment", "", ""),
    (SUNDAY, "moment", "17:00 Chủ nhật 10/11/2024", "17:00 Sunday 10 Nov 2024"),
    (SUNDAY + timedelta(days=5), "moment", "17:00 thứ Sáu 15/11/2024", "17:00 Friday 15 Nov 2024"),
    (SUNDAY + timedelta(hours=7), "moment", "00:00 thứ Hai 11/11/2024", "00:00 Monday 11 Nov 2024"),
    (SUNDAY + timedelta(hours=7), "day", "11/11/2024", "11 Nov 2024"),
    (None, "end", "", ""),
    (SUNDAY, "end", "17:00 Chủ nhật 10/11/2024", "17:00 Sunday 10 Nov 2024"),
    (SUNDAY + timedelta(hours=7), "end", "hết Chủ nhật 10/11/2024", "the end of Sunday 10 Nov 2024"),
    (SUNDAY, "end_day", "Chủ nhật 10/11/2024", "Sunday 10 Nov 2024"),
    (SUNDAY + timedelta(hours=7), "end_day", "Chủ nhật 10/11/2024", "Sunday 10 Nov 2024"),
    (None, "end_day", "", ""),
    (SUNDAY, "end_hm", "17:00", "17:00"),
    (SUNDAY + timedelta(hours=7), "end_hm", "24:00", "24:00"),
    (None, "end_hm", "", ""),
    (850, "points", "8,5", "8.5"),
    (1000, "points", "10", "10"),
    (None, "points", "", ""),
    (SUNDAY, "last_day", "10/11/2024", "10 Nov 2024"),
    (SUNDAY + timedelta(hours=7), "last_day", "10/11/2024", "10 Nov 2024"),
    (None, "last_day", "", ""),
    (date(1975, 9, 2), "day", "02/09/1975", "2 Sep 1975"),
    (None, "day", "", ""),
    (SUNDAY, "hm", "17:00", "17:00"),
    (None, "hm", "", ""),
    (2, "place", "2", "2"),
    (None, "place", "–", "–"),
    ("001099012345", "masked", "001•••••••345", "001•••••••345"),
    ("0912345678", "masked", "091•••••78", "091•••••78"),
    ("12345", "masked", "•••••••", "•••••••"),
    ("", "masked", "", ""),
]


@pytest.mark.parametrize(("value", "filters", "vietnamese", "english"), CASES)
def test_written_by_the_active_language(value, filters, vietnamese, english):
    page = Template(f"{{% load vi %}}{{{{ value|{filters} }}}}")
    for code, expected in (("vi", vietnamese), ("en", english), ("en-gb", english)):
        with translation.override(code):
            assert page.render(Context({"value": value})).replace(NB, " ") == expected


def test_what_belongs_together_stays_on_one_line():
    with translation.override("vi"):
        page = Template("{% load vi %}{{ ms|duration }}|{{ at|moment }}|{{ title|nb }}")
        text = page.render(Context({"ms": 485_000, "at": SUNDAY + timedelta(days=5), "title": "Mô hình"}))
    assert text == f"8{NB}phút{NB}05{NB}giây|17:00 thứ{NB}Sáu 15/11/2024|Mô{NB}hình"


def test_a_moment_without_a_time_zone_is_an_error():
    with pytest.raises(ValueError, match="naive"):
        Template("{% load vi %}{{ at|moment }}").render(Context({"at": datetime(2024, 11, 10)}))  # noqa: DTZ001
