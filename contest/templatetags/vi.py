"""How numbers, times and places are written for the eye, by the active language; times are the contest's own.

Filters give an empty text for None, and join with no-break spaces what must not be parted at the end of a line.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django import template
from django.utils.dateformat import format as formatted
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import get_language

from contest.foundations import language
from contest.foundations.secrets import masked_citizen_number

register = template.Library()

NB = "\u00a0"
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def _in_vietnamese() -> bool:
    return (get_language() or "vi").startswith("vi")


def _by_language(vietnamese: str) -> str:
    """A number written the Vietnamese way, with points and commas as the active language has them."""
    return vietnamese if _in_vietnamese() else vietnamese.translate(str.maketrans(",.", ".,"))


@register.filter
def grouped(number: int | None) -> str:
    """70186 is "70.186", in English "70,186"."""
    return "" if number is None else _by_language(language.grouped(int(number)))


@register.filter
def decimal(number: Decimal | float | None, places: int | None = None) -> str:
    """87.654 with 2 places is "87,65", half-up; without places, the number as it is."""
    return "" if number is None else _by_language(language.decimal(number, places))


@register.filter
def percent(number: Decimal | float | None, places: int | None = None) -> str:
    """87.654, a percentage, with 2 places is "87,65%"."""
    return "" if number is None else f"{decimal(number, places)}%"


@register.filter
def points(hundredths: int | None) -> str:
    """Points, which are stored in hundredths: 850 is "8,5"."""
    return "" if hundredths is None else decimal(Decimal(hundredths) / 100)


@register.filter
def bar_width(number: Decimal | float | None, total: Decimal | float = 100) -> str:
    """The share of the total as a width in an SVG, which wants a point in all languages: "94.1%"."""
    if not number or not total:
        return "0%"
    share = max(0, min(100, 100 * Decimal(str(number)) / Decimal(str(total))))
    return f"{share:.1f}%"


@register.filter
def duration(length: int | timedelta | None) -> str:
    """Milliseconds as "8 phút 05 giây"; of a limit, given as timedelta, only what is not zero: "15 phút"."""
    if length is None:
        return ""
    exact = isinstance(length, int)
    hours, minutes, seconds = _hms(length)
    units = ("giờ", "phút", "giây") if _in_vietnamese() else ("h", "min", "s")
    parts = []
    if hours:
        parts.append(f"{hours}{NB}{units[0]}")
    if minutes or (hours and exact):
        parts.append(f"{minutes:0{2 if hours else 1}}{NB}{units[1]}")
    if seconds or exact or not parts:
        parts.append(f"{seconds:0{2 if parts else 1}}{NB}{units[2]}")
    return NB.join(parts)


@register.filter
def clock(length: int | timedelta | None) -> str:
    """Milliseconds or a timedelta as "08:05", from an hour on "1:08:05"."""
    if length is None:
        return ""
    hours, minutes, seconds = _hms(length)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def _hms(length: int | timedelta) -> tuple[int, int, int]:
    """Hours, minutes and seconds; what is left of a second is dropped."""
    seconds = length // timedelta(seconds=1) if isinstance(length, timedelta) else length // 1000
    return seconds // 3600, seconds // 60 % 60, seconds % 60


@register.filter
def moment(at: datetime | None) -> str:
    """ "17:00 Chủ nhật 10/11/2024"."""
    return "" if at is None else f"{hm(at)} {_weekday(at)} {day(at)}"


@register.filter
def end(at: datetime | None) -> str:
    """When something closes: "17:00 Chủ nhật 10/11/2024", and at midnight "hết Chủ nhật 10/11/2024"."""
    if at is None or hm(at) != "00:00":
        return moment(at)
    return f"{'hết' if _in_vietnamese() else 'the end of'} {end_day(at)}"


@register.filter
def end_day(at: datetime | None) -> str:
    """The weekday and day of that: "Chủ nhật 10/11/2024", which ends at midnight."""
    return "" if at is None else f"{_weekday(_before(at))} {last_day(at)}"


@register.filter
def end_hm(at: datetime | None) -> str:
    """The time of that: "17:00", and midnight as "24:00" of the day that ends."""
    return hm(at) if hm(at) != "00:00" else "24:00"


@register.filter
def last_day(at: datetime | None) -> str:
    """The day of that: "10/11/2024"."""
    return "" if at is None else day(_before(at))


def _before(at: datetime) -> datetime:
    """The last moment before."""
    return at - timedelta(microseconds=1)


def _weekday(at: datetime) -> str:
    local = localtime(at, get_default_timezone())
    return (WEEKDAYS[local.weekday()] if _in_vietnamese() else formatted(local, "l")).replace(" ", NB)


@register.filter
def day(at: date | None) -> str:
    """ "10/11/2024", in English "10 Nov 2024"; a moment's day is that of the contest's place."""
    if at is None:
        return ""
    local = localtime(at, get_default_timezone()) if isinstance(at, datetime) else at
    return f"{local:%d/%m/%Y}" if _in_vietnamese() else formatted(local, "j M Y").replace(" ", NB)


@register.filter
def hm(at: datetime | None) -> str:
    """ "17:00"."""
    return "" if at is None else f"{localtime(at, get_default_timezone()):%H:%M}"


@register.filter
def place(number: int | None) -> str:
    """A place in a ranking; a dash for those who have none."""
    return "–" if number is None else grouped(number)


@register.filter
def masked(number: str | None) -> str:
    """A citizen number as "001•••••••123", a phone number as "091•••••78", of anything else nothing."""
    if not number:
        return ""
    return f"{number[:3]}•••••{number[-2:]}" if len(number) == 10 else masked_citizen_number(number)


@register.filter
def phone(number: str | None) -> str:
    """A phone number in groups: "0912 345 678"."""
    return f"{number[:4]}{NB}{number[4:7]}{NB}{number[7:]}" if number else ""


@register.filter
def nb(text: str) -> str:
    """The text with no-break spaces, so that it stays on one line: "Mô hình" in a heading."""
    return str(text).replace(" ", NB)
