"""The organization tree: how units are searched, moved, merged and split, and come in from a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, F, Func, IntegerField, Q, TextField, Value, When
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from contest.foundations import language, sheets
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused

TREE_LOCK = 0x7EE5  # of pg_advisory_xact_lock: one change of the tree at a time, so that no circle closes
SHOWN = 12  # units that a search lists


# --- Reading the tree ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    """A unit with those above it, from the top down; `above` leaves out what stands over the contest's top unit."""

    unit: Unit
    above: tuple[Unit, ...]

    def __str__(self) -> str:
        return " / ".join(unit.name for unit in (*self.above, self.unit))


def places(units: Iterable[int], *, root: int | None = None) -> dict[int, Place]:
    """Each of these units with the units above it, as far as and without `root`; two queries however many they are."""
    found: list[Any] = list(Unit.objects.with_tree_fields().filter(pk__in=set(units)))
    known = {unit.pk: unit for unit in found}
    missing = {above for unit in found for above in unit.tree_path} - known.keys()
    known.update(Unit.objects.in_bulk(missing))
    made = {}
    for unit in found:
        above = unit.tree_path[:-1]
        if root in above:
            above = above[above.index(root) + 1 :]
        made[unit.pk] = Place(unit, tuple(known[other] for other in above))
    return made


def search(text: str, *, root: int | None, day: date, limit: int = SHOWN) -> list[Place]:
    """Units standing on `day` at or below `root` in whose line every word of `text` occurs, diacritics or not.

    A word may be of the unit or of one above it ("phi trach phuong tu"). Units that have all words themselves come
    first, before all those that have them in this order: "hoa xa" is xã Hòa Xá rather than xã Hòa Nam. Then higher ones
    come before lower ones.
    """
    words = language.sought(text)
    if not words:
        return []
    units = Unit.objects.standing_at(day).with_tree_fields().tree_fields(line="search")
    if root is not None:
        units = units.filter(tree_path__contains=root)
    own = When(Q(*(("search__contains", word) for word in words)), then=0)
    units = units.annotate(
        line_text=Func(F("line"), Value(" "), function="array_to_string", output_field=TextField()),
        nearness=Case(When(search__contains=" ".join(words), then=-1), own, default=1, output_field=IntegerField()),
    )
    for word in words:
        units = units.filter(line_text__contains=word)
    found = [unit.pk for unit in units.order_by("nearness", "tree_depth", "sort_key", "pk")[:limit]]
    known = places(found, root=root)
    return [known[unit] for unit in found]


@dataclass(frozen=True)
class Concerned:
    """Whom a change of a unit concerns: its own people, those of all units below it, and how many units these are."""

    people: int
    people_below: int
    units_below: int


def concerned(unit: Unit) -> Concerned:
    """Whom moving, merging or splitting the unit concerns; two queries."""
    below = list(Unit.objects.with_tree_fields().filter(tree_path__contains=unit.pk).values_list("pk", flat=True))
    counts = dict(User.objects.filter(unit__in=below).order_by().values_list("unit").annotate(count=Count("pk")))
    own = counts.pop(unit.pk, 0)
    return Concerned(own, sum(counts.values()), len(below) - 1)


# --- Changing the tree -----------------------------------------------------------------------------------------------
def move(unit: Unit, *, parent: Unit | None, by: User | None, now: datetime) -> Unit:
    """The unit, with all below it, hangs under `parent`; what entrants and attempts keep of the old line stays.

    Refuses a parent below the unit itself.
    """
    with transaction.atomic():
        unit = _locked(unit)
        if parent is not None and unit.pk in _line(parent.pk):
            raise Refused(_("“%(unit)s” can't hang below itself.") % {"unit": unit})
        before, unit.parent = unit.parent_id, parent
        unit.save(update_fields=["parent"])
        ledger.append(now=now, actor=by, action="unit moved", subject=unit, data={"from": before, "to": unit.parent_id})
    return unit


def merge(units: Sequence[Unit], *, into: Unit, day: date, by: User | None, now: datetime) -> Unit:
    """From `day` the units no longer exist: their people and the units below them belong to `into`, their successor.

    Refuses to merge a unit into itself or into one below it, and units that ended before.
    """
    with transaction.atomic():
        into = _locked(into)
        line = _line(into.pk)
        for unit in units:
            unit = _locked(unit)
            if unit.pk in line:
                raise Refused(_("“%(unit)s” can't be merged into itself or below itself.") % {"unit": unit})
            _end(unit, day, into)
            _standing_below(unit, day).update(parent=into)
            moved = User.objects.filter(unit=unit).update(unit=into)
            data = {"into": into.pk, "day": day, "people": moved}
            ledger.append(now=now, actor=by, action="unit merged", subject=unit, data=data)
    return into


def split(unit: Unit, *, names: Sequence[str], heir: int = 0, day: date, by: User | None, now: datetime) -> list[Unit]:
    """From `day` units of these names stand in the place of `unit`; the one at `heir` is its successor.

    The heir has the people and the units below; they are moved on from there one by one. Refuses fewer than two
    names, one twice, and a unit that ended before.
    """
    cleaned = [language.clean(name) for name in names]
    if len(cleaned) < 2 or not all(cleaned):
        raise Refused(_("A unit is split into at least two, each with a name."))
    if len({language.fold(name) for name in cleaned}) < len(cleaned):
        raise Refused(_("Two of the new units have the same name."))
    with transaction.atomic():
        unit = _locked(unit)
        parts = [
            Unit(parent_id=unit.parent_id, name=name, kind=unit.kind, block=unit.block, valid_from=day)
            for name in cleaned
        ]
        for part in parts:
            part.save()
        _end(unit, day, parts[heir])
        _standing_below(unit, day).update(parent=parts[heir])
        moved = User.objects.filter(unit=unit).update(unit=parts[heir])
        data = {"into": [part.pk for part in parts], "heir": parts[heir].pk, "day": day, "people": moved}
        ledger.append(now=now, actor=by, action="unit split", subject=unit, data=data)
    return parts


def _locked(unit: Unit) -> Unit:
    """The unit as it is now, with nobody else changing the tree until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
    current: Unit = Unit.objects.select_for_update().get(pk=unit.pk)
    return current


def _line(unit: int) -> list[int]:
    """The ids from the top unit down to this one."""
    found: Any = Unit.objects.with_tree_fields().get(pk=unit)
    return list(found.tree_path)


def _standing_below(unit: Unit, day: date) -> Any:
    """The units right below that go on; what ended before stays where it was."""
    return Unit.objects.filter(parent=unit).filter(Q(valid_until=None) | Q(valid_until__gt=day))


def _end(unit: Unit, day: date, successor: Unit) -> None:
    said = {"unit": unit, "from": f"{unit.valid_from or day:%d/%m/%Y}", "until": f"{unit.valid_until or day:%d/%m/%Y}"}
    if unit.valid_until is not None:
        raise Refused(_("“%(unit)s” has ended already, on %(until)s.") % said)
    if unit.valid_from is not None and unit.valid_from >= day:
        raise Refused(_("“%(unit)s” began on %(from)s: it can't end before.") % said)
    unit.valid_until, unit.successor = day, successor
    unit.save(update_fields=["valid_until", "successor"])


# --- From a sheet ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """One field of one row that would be written over."""

    row: int
    who: str
    what: str
    old: str
    new: str


@dataclass
class Preview:
    """What a sheet would change; with a problem in any row, none of it is done."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[sheets.Problem] = field(default_factory=list)
    warnings: list[sheets.Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)  # of the first rows; `changed` counts them all

    def count(self, *, is_new: bool, changes: Sequence[Change], shown: int = 200) -> None:
        """One more row, which is new, changed or the same as before."""
        if is_new:
            self.new += 1
        elif changes:
            self.changed += 1
            self.changes += changes[: max(0, shown - len(self.changes))]
        else:
            self.unchanged += 1


COLUMNS: Mapping[str, sheets.Column] = {
    "code": sheets.Column(("Mã đơn vị", "Mã", "code", "unit code"), required=True),
    "name": sheets.Column(("Tên đơn vị", "Đơn vị", "Tên", "name", "unit"), required=True),
    "kind": sheets.Column(("Loại", "Loại đơn vị", "type", "kind")),
    "parent": sheets.Column(("Mã cấp trên", "Mã đơn vị cấp trên", "Trực thuộc (mã)", "parent code", "parent")),
    "block": sheets.Column(("Khối", "block")),
    "valid_from": sheets.Column(("Từ ngày", "Có từ ngày", "valid from")),
    "valid_until": sheets.Column(("Đến ngày", "Hết hiệu lực từ ngày", "valid until", "valid to")),
    "successor": sheets.Column(("Mã đơn vị kế thừa", "Mã kế thừa", "successor code", "successor")),
}
_KINDS = {
    "dang bo": Unit.Kind.COMMITTEE, "dang uy": Unit.Kind.COMMITTEE, "chi bo": Unit.Kind.CELL,
    "xa": Unit.Kind.COMMUNE, "phuong": Unit.Kind.COMMUNE, "thi tran": Unit.Kind.COMMUNE,
    "xa phuong": Unit.Kind.COMMUNE, "co quan": Unit.Kind.AGENCY, "truong": Unit.Kind.SCHOOL,
    "truong hoc": Unit.Kind.SCHOOL, "doanh nghiep": Unit.Kind.ENTERPRISE, "hoi": Unit.Kind.ASSOCIATION,
    "doan the": Unit.Kind.ASSOCIATION, "khac": Unit.Kind.OTHER,
    **{language.fold(str(kind.value)): kind for kind in Unit.Kind},
}  # fmt: skip
_LIMITS = {"code": 40, "name": 200, "block": 80}


def preview(data: bytes, filename: str) -> Preview:
    """What `import_units` would do with this file; nothing is written."""
    return _plan(sheets.read(data, filename, columns=COLUMNS)).preview


def import_units(data: bytes, filename: str, *, by: User | None, now: datetime) -> Preview:
    """The units of a CSV or XLSX file are in the tree, known by their codes; the same file again changes nothing.

    Empty cells change nothing. Refuses a file with a problem in any row; nothing of it is done then.
    """
    table = sheets.read(data, filename, columns=COLUMNS)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
        plan = _plan(table)
        done = plan.preview
        if done.problems:
            raise Refused(_("Nothing was imported: correct the rows with problems first."), code="problems")
        if done.new or done.changed:
            _write(plan)
            counts = {"file": filename, "new": done.new, "changed": done.changed, "unchanged": done.unchanged}
            ledger.append(now=now, actor=by, action="units imported", subject="accounts.unit", data=counts)
    return done


@dataclass
class _Plan:
    preview: Preview
    units: dict[str, Unit]  # by code, in the order of the file
    parents: dict[str, str]
    successors: dict[str, str]
    new: set[str]


def _plan(table: sheets.Table) -> _Plan:
    """The units as they would be, and what speaks against it."""
    plan = _Plan(Preview(rows=len(table.rows), problems=list(table.problems)), {}, {}, {}, set())
    known: dict[str, Unit] = {unit.code: unit for unit in Unit.objects.exclude(code=None)}
    codes = {unit.pk: code for code, unit in known.items()}
    rows: dict[str, sheets.Row] = {}

    def problem(row: sheets.Row, column: str, message: str) -> None:
        plan.preview.problems.append(sheets.Problem(row.number, table.headers.get(column, column), message))

    for row in table.rows:
        code = row.values["code"]
        if not code:
            problem(row, "code", _("The code is missing."))
        elif code in rows:
            problem(row, "code", _("The code stands in row %(row)s already.") % {"row": rows[code].number})
        else:
            rows[code] = row
    for code, row in rows.items():
        unit = known.get(code)
        if unit is None:
            unit = Unit(code=code)
            plan.new.add(code)
        changes = [*_fields(unit, row, problem)]
        for key, kept in (("parent", plan.parents), ("successor", plan.successors)):
            if other := row.values[key]:
                if other not in known and other not in rows:
                    problem(row, key, _("There is no unit with the code “%(code)s”.") % {"code": other})
                kept[code] = other
                before = codes.get(getattr(unit, f"{key}_id") or 0, "")
                if before != other:
                    changes.append(Change(row.number, unit.name, key, before, other))
        plan.units[code] = unit
        plan.preview.count(is_new=code in plan.new, changes=changes)
    parents = {code: codes.get(unit.parent_id or 0, "") for code, unit in known.items()}
    _refuse_circles(plan, rows, {**parents, **plan.parents}, problem)
    return plan


def _fields(unit: Unit, row: sheets.Row, problem: Any) -> Iterable[Change]:
    """The unit with the row's own fields written into it; yields each that was something else before."""
    values: dict[str, Any] = {key: row.values[key] for key in ("name", "block") if row.values[key]}
    if not row.values["name"] and unit.pk is None:
        problem(row, "name", _("The name is missing."))
    if kind := row.values["kind"]:
        if language.fold(kind) in _KINDS:
            values["kind"] = _KINDS[language.fold(kind)]
        else:
            names = ", ".join(str(label) for label in Unit.Kind.labels)
            problem(row, "kind", _("“%(kind)s” is not a type of unit: %(names)s.") % {"kind": kind, "names": names})
    elif unit.pk is None and language.fold(row.values["name"]).startswith("chi bo"):
        values["kind"] = Unit.Kind.CELL
    for key in ("valid_from", "valid_until"):
        if row.values[key]:
            try:
                values[key] = _day(row.values[key])
            except ValueError:
                problem(row, key, _("“%(typed)s” is not a date: type day/month/year.") % {"typed": row.values[key]})
    for key, limit in _LIMITS.items():
        if len(row.values[key]) > limit:
            problem(row, key, _("This is longer than %(limit)s characters.") % {"limit": limit})
    for key, value in values.items():
        before = getattr(unit, key)
        if before != value:
            setattr(unit, key, value)
            yield Change(row.number, unit.name, key, str(before or ""), str(value))
    if unit.valid_from and unit.valid_until and unit.valid_from >= unit.valid_until:
        problem(row, "valid_until", _("The unit ends before it begins."))


def _refuse_circles(plan: _Plan, rows: Mapping[str, sheets.Row], parents: Mapping[str, str], problem: Any) -> None:
    for code, row in rows.items():
        seen, above = {code}, parents.get(code, "")
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == code:
            problem(row, "parent", _("The unit would hang below itself."))
        if plan.successors.get(code) == code:
            problem(row, "successor", _("A unit can't be its own successor."))


def _write(plan: _Plan) -> None:
    for unit in plan.units.values():
        unit.set_keys()
    Unit.objects.bulk_create([plan.units[code] for code in plan.new], batch_size=1000)
    ids = dict(Unit.objects.exclude(code=None).values_list("code", "pk"))
    for code, unit in plan.units.items():
        unit.parent_id = ids[plan.parents[code]] if code in plan.parents else unit.parent_id
        unit.successor_id = ids[plan.successors[code]] if code in plan.successors else unit.successor_id
    fields = ["name", "kind", "block", "valid_from", "valid_until", "parent", "successor", "sort_key", "search"]
    Unit.objects.bulk_update(plan.units.values(), fields, batch_size=1000)


def _day(text: str) -> date:
    """dd/mm/yyyy or ISO; ValueError otherwise."""
    if "-" in text and text[:4].isdecimal():
        return date.fromisoformat(text[:10])
    day, month, year = text.replace("-", "/").replace(".", "/").split("/")
    return date(int(year), int(month), int(day))
