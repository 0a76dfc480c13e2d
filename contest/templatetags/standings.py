"""Lines of boards as rows of tables: fifty a page that everyone opens at once, so they go into stencils."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contest.attempts.models import Attempt
from contest.foundations.stencils import Stencil
from contest.standings import reading
from contest.templatetags.vi import bar_width, clock, decimal, grouped, percent, points

register = template.Library()
PERSON = Stencil("standings/person_row.html", "mark", "medal", "place", "name", "where", "details", "figure")
UNIT = Stencil(
    "standings/unit_row.html", "mark", "medal", "place", "link", "name", "above", "bar", "details", "figure"
)  # fmt: skip
BAR = {
    is_qualified: Stencil("standings/unit_bar.html", "width", "completion", is_qualified=is_qualified)
    for is_qualified in (False, True)
}
MEDALS = 3  # places that are marked
SEPARATOR = " · "


def _medal(place: int) -> str:
    """The classes of a place: the first ones in gold, of two digits in a circle's width, others as they are."""
    if place > 99:
        return "num big"
    return f"pos pos-{place}" if place <= MEDALS else "pos"


@register.simple_tag(takes_context=True)
def person_rows(context: Context, lines: Iterable[dict[str, Any]]) -> SafeString:
    """The lines of people that `standings.reading` gives, with what their board is ranked by."""
    words = _words()
    by_points, question_count = context["by_points"], context["quiz"].question_count
    shows = {name: context[name] for name in ("by_points", "by_hand_in", "has_prediction")}
    rows = [
        PERSON.fill(
            mark="me" if line["is_me"] else "",
            medal=_medal(line["place"]),
            place=grouped(line["place"]),
            name=f"{line['name']} ({words['you']})" if line["is_me"] else line["name"] or words["nameless"],
            where=_where(line, words),
            details=SEPARATOR.join(_details(line, words, **shows)),
            figure=points(line["points"]) if by_points else f"{line['right']}/{question_count}",
        )
        for line in lines
    ]
    return mark_safe("".join(rows))  # noqa: S308  (stencils)


def _words() -> dict[str, str]:
    """What the rows say, looked up once a table."""
    return {
        "nameless": _("Name not published"),
        "you": pgettext("own line", "you"),
        "born": pgettext("year", "born"),
        "unpredicted": _("no prediction"),
        "prediction": _("prediction"),
        "difference": _("difference"),
        "handed in": _("handed in"),
        "right": pgettext("answers", "right"),
    }


def _where(line: dict[str, Any], words: dict[str, str]) -> str:
    """The unit, and the year of birth of those who are named."""
    born = f"{words['born']} {line['birth_year']}" if line["birth_year"] else ""
    return SEPARATOR.join(part for part in (line["unit"], born) if part)


def _details(
    line: dict[str, Any], words: dict[str, str], *, by_points: bool, by_hand_in: bool, has_prediction: bool
) -> Iterator[str]:
    """What else a person is ranked by."""
    yield clock(line["duration_ms"])
    if has_prediction:
        if line["prediction"] is None:
            yield words["unpredicted"]
        else:
            said = f"{words['prediction']} {decimal(line['prediction'])}"
            far = line["distance"]
            yield said if far is None else f"{said}, {words['difference']} {decimal(far)}"
    if by_hand_in and line["submitted_at"]:
        yield f"{words['handed in']} {date_format(localtime(line['submitted_at']), 'H:i:s d/m/Y')}"
    if by_points:
        yield f"{grouped(line['right'])} {words['right']}"


@register.simple_tag
def own_place(attempt: Attempt, now: datetime) -> dict[str, Any] | None:
    """The person's place in the period of an attempt, for pages of lower rooms; None before it is public."""
    return reading.own_place(attempt, now=now)


@register.simple_tag(takes_context=True)
def unit_rows(context: Context, units: Iterable[dict[str, Any]]) -> SafeString:
    """The lines of units, each with the way to what is below it."""
    board, ranked_by, marked = context["offer"].key, context["contest"].unit_ranking, context.get("marked")
    rows = []
    for unit in units:
        place = unit.get("place_within") or unit["place"]
        tab = "units" if unit.get("has_units") else "people"
        rows.append(
            UNIT.fill(
                mark="me" if unit["unit"] == marked else "",
                medal=_medal(place) if unit["attempts"] else "pos",
                place=grouped(place),
                link=f"?board={board}&tab={tab}&unit={unit['unit']}",
                name=unit["name"],
                above=unit.get("above") or "",
                bar=_bar(unit),
                details=SEPARATOR.join(_figures(unit, ranked_by)),
                figure=grouped(unit[ranked_by]) if ranked_by in unit and ranked_by != "completion" else _mean(unit),
            )
        )
    return mark_safe("".join(rows))  # noqa: S308  (stencils)


def _bar(unit: dict[str, Any]) -> SafeString:
    """The completion as a bar; nothing where nobody is obliged."""
    if unit["completion"] is None:
        return SafeString("")
    stencil = BAR[unit["is_qualified"]]
    return stencil.fill(width=bar_width(unit["completion"]), completion=percent(unit["completion"], 2))


def _mean(unit: dict[str, Any]) -> str:
    return "–" if unit["mean"] is None else decimal(unit["mean"], 2)


def _figures(unit: dict[str, Any], ranked_by: str) -> Iterator[str]:
    """People and attempts apart, and how many of the list completed."""
    if unit["obliged"]:
        yield f"{grouped(unit['completed'])}/{grouped(unit['obliged'])} {_('of the list completed')}"
    if not unit["attempts"]:
        yield _("nobody yet")
        return
    people, attempts = pgettext("count", "people"), pgettext("count", "attempts")
    yield f"{grouped(unit['people'])} {people}, {grouped(unit['attempts'])} {attempts}"
    if ranked_by != "completion" and unit["mean"] is not None:
        yield f"{pgettext('points', 'mean')} {_mean(unit)}"
