"""What the public reads: published results only, line by line as they were frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from contest.entries import reading as entries
from contest.entries.models import Author, Entry, File
from contest.judging.models import Stage
from contest.results.models import Line, Snapshot
from contest.rounds.models import Contest, Round


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are ranked together."""

    title: str
    lines: list[Line]
    excluded: list[Line]


def published(contest: Contest) -> list[Snapshot]:
    """The results that stand published, in the order of the rounds, the last stage of a round first."""
    found = Snapshot.objects.published().filter(round__contest=contest)
    return list(
        found.select_related("round", "stage").annotate(count=Count("lines")).order_by("round__order", "-stage__order")
    )


def of_round(round: Round) -> list[Snapshot]:
    """The published results of a round, the last stage first."""
    found = Snapshot.objects.published().filter(round=round)
    return list(found.select_related("round__contest", "stage").order_by("-stage__order"))


MOST_LINES, MOST_WORKS = 300, 60  # on a page


def page_of(snapshot: Snapshot, number: str | int | None) -> Page[Line]:
    """A page of the lines of a result, in its order, each with whether its entry may be read. Three queries.

    What judges wrote is left where it is.
    """
    page = Paginator(snapshot.lines.order_by("ordinal").defer("details"), MOST_LINES).get_page(number)
    published = Snapshot.objects.published().filter(round=snapshot.round_id)
    readable = _readable(published, among=[line.entry_id for line in page])
    shown = set(readable.values_list("entry", flat=True))
    for line in page:
        vars(line)["may_show"] = line.entry_id in shown
    return page


def groups(page: Iterable[Line]) -> list[Group]:
    """Lines that come one after the other, by the group that they are ranked in."""
    found: dict[str, list[Line]] = {}
    for line in page:
        found.setdefault(line.group, []).append(line)
    return [
        Group(
            title,
            [line for line in lines if not line.is_excluded],
            [line for line in lines if line.is_excluded],
        )
        for title, lines in found.items()
    ]


def showcase(snapshots: Sequence[Snapshot], number: str | int | None) -> Page[Line]:
    """A page of the entries whose authors agreed to that, by the result of the last stage that each reached.

    What got furthest leads. Two queries.
    """
    lines = _readable(snapshots).defer("details").order_by("-snapshot__stage__order", "ordinal")
    return Paginator(lines, MOST_WORKS).get_page(number)


def _readable(snapshots: Iterable[Snapshot], among: Iterable[int | None] | None = None) -> QuerySet[Line]:
    """Of each entry that everyone may read, perhaps of some alone, the line of the last stage that it reached."""
    lines = Line.objects.filter(snapshot__in=snapshots, entry__isnull=False)
    if among is not None:
        lines = lines.filter(entry__in=[entry for entry in among if entry is not None])
    furthest = lines.order_by("entry", "-snapshot__stage__order").distinct("entry").values("pk")
    return Line.objects.filter(pk__in=furthest, is_excluded=False, details__may_show=True)


def may_be_shown(line: Line) -> bool:
    """Whether the entry may be read by everyone: its authors agreed, and it was not excluded."""
    return bool(line.details.get("may_show")) and not line.is_excluded and line.entry_id is not None


@dataclass(frozen=True, slots=True)
class Work:
    """An entry as everyone may read it: what was handed in when it was judged."""

    line: Line
    parts: list[entries.Part]
    links: list[dict[str, str]]
    files: list[File]


def work(round: Round, code: str) -> Work | None:
    """The entry of this code, if its authors agreed and it was not excluded, by the last stage that it reached."""
    lines = Line.objects.filter(snapshot__in=of_round(round), code=code).select_related("entry__round__call")
    line = lines.order_by("-snapshot__stage__order").first()
    return _work(line) if line is not None and may_be_shown(line) else None


def _work(line: Line) -> Work:
    entry = line.entry
    assert entry is not None  # may_be_shown
    content = content_of(entry, line)
    sections = entry.round.call.sections.all()
    parts = [entries.part_of(section, content["answers"].get(str(section.pk))) for section in sections]
    kept = {file["id"] for file in content.get("files", [])}
    files = list(File.objects.filter(entry=entry, state=File.State.GOOD, pk__in=kept))
    return Work(line, [part for part in parts if not part.is_empty], content.get("links", []), files)


def content_of(entry: Entry, line: Line) -> dict[str, Any]:
    """What was handed in, in the version that was judged."""
    version = entry.versions.filter(number__lte=line.details.get("version") or 0).last()
    found: dict[str, Any] = version.content if version else {"answers": {}, "links": [], "files": []}
    return found


def file_of(round: Round, code: str, file_id: int) -> File | None:
    """A file of an entry that everyone may read."""
    found = work(round, code)
    return next((file for file in found.files if file.pk == file_id), None) if found else None


def _of(user: User) -> QuerySet[Line]:
    """The lines of a person's own entries: of those whose author they are, or that they began."""
    as_author = Author.objects.standing().filter(user=user, confirmed_at__isnull=False).values("entry")
    return Line.objects.filter(Q(entry__in=as_author) | Q(entry__created_by=user, entry__is_on_paper=False))


def own(snapshot: Snapshot, user: User | AnonymousUser) -> list[Line]:
    """The lines of a result that are the person's own, for the way to what the judges said."""
    return list(_of(user).filter(snapshot=snapshot).order_by("ordinal")) if isinstance(user, User) else []


def halls(round: Round) -> list[Stage]:
    """The live stages of a round, for the way to the hall's screen."""
    return list(round.stages.filter(is_live=True).order_by("order"))


def feedback(entry_id: int, user: User) -> list[Line]:
    """The published lines of an entry for its own people: its authors and who began it; the last stage first."""
    found = _of(user).filter(entry=entry_id, snapshot__status=Snapshot.Status.PUBLISHED)
    lines = list(
        found.select_related("snapshot__stage", "snapshot__round__contest").order_by("-snapshot__stage__order")
    )
    for line in lines:
        for criterion in line.details.get("criteria", []):
            criterion["mean"], criterion["maximum"] = Decimal(criterion["mean"]), Decimal(criterion["maximum"])
    return lines
