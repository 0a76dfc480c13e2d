"""The units' lists: people and entrants from a sheet, known again by number before name, in one piece or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from accounts.units import Change, Preview
from contest.foundations import copying, language, secrets, sheets
from contest.foundations.language import BadInput
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.rounds.models import Contest, Entrant, Office

BATCH = 2000  # rows that are looked up and written together

COLUMNS: Mapping[str, sheets.Column] = {
    "full_name": sheets.Column(("Họ và tên", "Họ tên", "full name", "name"), required=True),
    "birth": sheets.Column(("Ngày sinh", "Năm sinh", "Ngày tháng năm sinh", "birth date", "birth year", "birth")),
    "phone": sheets.Column(("Số điện thoại", "Điện thoại", "SĐT", "phone")),
    "citizen_number": sheets.Column(("Số căn cước", "CCCD", "Số CCCD", "Căn cước công dân", "citizen number")),
    "party_card": sheets.Column(("Số thẻ đảng viên", "Số thẻ đảng", "Số thẻ", "party card")),
    "member": sheets.Column(("Đảng viên", "Là đảng viên", "party member")),
    "email": sheets.Column(("Thư điện tử", "Email", "E-mail")),
    "unit_code": sheets.Column(("Mã đơn vị", "unit code")),
    "unit_path": sheets.Column(("Đơn vị", "Đường dẫn đơn vị", "unit path", "unit")),
    "block": sheets.Column(("Khối", "block")),
    "obliged": sheets.Column(("Bắt buộc", "Phải dự thi", "Diện bắt buộc", "obliged")),
    "exempt": sheets.Column(("Lý do miễn", "Miễn vì", "exempt reason", "exempt because")),
}
_YES = frozenset({"co", "x", "yes", "y", "1", "true", "dung", "v", "dang vien"})
_NO = frozenset({"khong", "no", "n", "0", "false", "sai", "-"})
_LIMITS = {"full_name": 120, "party_card": 32, "email": 254, "block": 80, "exempt": 300}
_KEPT = ("full_name", "birth_date", "birth_year", "phone", "party_card", "is_party_member", "email", "unit")


# --- What is asked for -----------------------------------------------------------------------------------------------
def preview(data: bytes, filename: str, contest: Contest, *, below: Unit | None = None, now: datetime) -> Preview:
    """What `commit` would do with this file; nothing is written."""
    return _Import(contest, sheets.read(data, filename, columns=COLUMNS), below=below, now=now).look()


def commit(
    data: bytes, filename: str, contest: Contest, *, below: Unit | None = None, by: User | None, now: datetime
) -> Preview:
    """Everyone on the list is a person and an entrant of the contest; the same file again changes nothing.

    People are known by citizen number, then party card, then phone with name and birth, then name, birth and unit.
    Empty cells change nothing, and nobody leaves a contest by not being on a list. With `below`, only units there.
    Refuses a file with a problem in any row; nothing of it is done then.
    """
    table = sheets.read(data, filename, columns=COLUMNS)
    with transaction.atomic():
        Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        done = _Import(contest, table, below=below, now=now).write()
        if done.problems:
            raise Refused(_("Nothing was imported: correct the rows with problems first."), code="problems")
        if done.new or done.changed:
            counts = {"file": filename, "new": done.new, "changed": done.changed, "unchanged": done.unchanged}
            ledger.append(
                now=now, actor=by, action="roster imported", subject=contest, data=counts, contest_id=contest.pk
            )
    return done


# --- A row -----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Row:
    """One line of the list, read; None and "" mean that the list does not say."""

    number: int
    full_name: str
    folded: str
    birth_year: int | None = None
    birth_date: date | None = None
    phone: str = ""
    citizen_number: str = ""
    party_card: str = ""
    is_party_member: bool | None = None
    email: str = ""
    unit: int = 0
    block: str = ""
    is_obliged: bool | None = None
    exempt_reason: str = ""
    user: User | None = None


class _Wrong(Exception):
    """A cell that can't be used, with the column it is in."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


# --- Units -----------------------------------------------------------------------------------------------------------
class _Units:
    """Finds the unit that a cell means, by its code or by its path from the top; never by a bare name."""

    def __init__(self, contest: Contest, below: Unit | None, today: date) -> None:
        everything: list[Any] = list(Unit.objects.standing_at(today).with_tree_fields())
        roots = {unit.pk for unit in (below, contest.root) if unit is not None}
        self.names = {unit.pk: unit.name for unit in everything}
        self.paths: dict[int, list[int]] = {
            unit.pk: unit.tree_path for unit in everything if roots <= {*unit.tree_path}
        }
        blocks = {unit.pk: unit.block for unit in everything}
        self.blocks = {
            pk: next((blocks[above] for above in reversed(path) if blocks.get(above)), "")
            for pk, path in self.paths.items()
        }
        self._by_code: dict[str, int] = {
            unit.code: unit.pk for unit in everything if unit.code and unit.pk in self.paths
        }
        self._codes = {pk: code for code, pk in self._by_code.items()}
        self._by_name: dict[str, list[int]] = {}
        self._by_line: dict[tuple[str, ...], list[int]] = {}
        folded = {pk: language.fold(name) for pk, name in self.names.items()}
        for pk, path in self.paths.items():
            self._by_name.setdefault(folded[pk], []).append(pk)
            line = tuple(folded.get(above, "") for above in path)
            self._by_line.setdefault(line, []).append(pk)
            if contest.root_id in path and path.index(contest.root_id) < len(path) - 1:
                self._by_line.setdefault(line[path.index(contest.root_id) + 1 :], []).append(pk)
        self._known: dict[tuple[str, str], int] = {}

    def find(self, code: str, path: str) -> int:
        """The id of the unit; _Wrong when there is none, or when several could be meant."""
        if (code, path) not in self._known:
            self._known[code, path] = self._find(code, path)
        return self._known[code, path]

    def _find(self, code: str, path: str) -> int:
        if code:
            if code not in self._by_code:
                raise _Wrong("unit_code", _("There is no unit with the code “%(code)s”.") % {"code": code})
            return self._by_code[code]
        if path in self._by_code:
            return self._by_code[path]
        line = tuple(filter(None, map(language.fold, path.replace(">", "/").replace("›", "/").split("/"))))
        found = self._by_line.get(line, [])
        if len(found) == 1:
            return found[0]
        candidates = found or (self._by_name.get(line[-1], []) if line else [])
        if not candidates:
            raise _Wrong(
                "unit_path",
                _("There is no unit “%(path)s”: write its code, or its path from the top.") % {"path": path},
            )
        names = "; ".join(self.label(unit) for unit in candidates[:5])
        more = " …" if len(candidates) > 5 else ""
        raise _Wrong(
            "unit_path",
            _("“%(path)s” is not the whole path: write the code or the path of one of these: %(names)s.")
            % {"path": path, "names": names + more},
        )

    def label(self, unit: int) -> str:
        """The unit as the list could write it: its path from the top, with its code."""
        path = " / ".join(self.names.get(above, "…") for above in self.paths[unit])
        return f"{path} ({self._codes[unit]})" if unit in self._codes else path


# --- The work --------------------------------------------------------------------------------------------------------
@dataclass
class _Batch:
    """What a batch of rows comes to."""

    rows: list[_Row]
    entrants: dict[int, Entrant] = field(default_factory=dict)  # by person
    new_people: list[User] = field(default_factory=list)
    new_entrants: list[Entrant] = field(default_factory=list)


class _Import:
    """One reading of one file: the same walk for the preview and for the commit."""

    def __init__(self, contest: Contest, table: sheets.Table, *, below: Unit | None, now: datetime) -> None:
        self.contest, self.table, self.now = contest, table, now
        self.today = timezone.localdate(now)
        self.is_frozen = contest.roster_frozen_at is not None and contest.roster_frozen_at <= now
        self.units = _Units(contest, below, self.today)
        self.below = below
        self.holders = set(Office.objects.values_list("user", flat=True)) | set(
            User.objects.filter(is_staff=True).values_list("pk", flat=True)
        )
        self.barred_by_office = set(Office.objects.filter(contest=contest).values_list("user", flat=True))
        self.done = Preview(rows=len(table.rows), problems=list(table.problems))
        self.seen: dict[tuple[Any, ...], int] = {}  # what a person is known by, and the row it stood in
        self.changed_people: dict[int, User] = {}
        self.changed_entrants: list[Entrant] = []

    def look(self) -> Preview:
        """Everything that would happen."""
        for batch in self._batches():
            for row in batch.rows:
                self._settle(row, batch)
        return self.done

    def write(self) -> Preview:
        """Everything happens, as long as no problem is met: new rows batch by batch, changes in one go at the end."""
        for batch in self._batches():
            for row in batch.rows:
                self._settle(row, batch)
            if self.done.problems:
                continue
            copying.insert(batch.new_people)
            for entrant in batch.new_entrants:
                entrant.user_id = entrant.user.pk
            copying.insert(batch.new_entrants)
        if self.done.problems:
            return self.done
        people = list(self.changed_people.values())
        for user in people:
            user.set_keys()
        stored = [*_KEPT, "citizen_number_encrypted", "citizen_number_hash", "name_key", "search"]
        User.objects.bulk_update(people, stored, batch_size=500)
        kept = ["unit", "unit_path", "block", "origin", "is_obliged", "exempt_reason", "unit_confirmed_at"]
        Entrant.objects.bulk_update(self.changed_entrants, kept, batch_size=500)
        return self.done

    # --- Reading
    def _batches(self) -> Iterator[_Batch]:
        """The rows that can be used, with the people and entrants that they mean."""
        rows: list[_Row] = []
        for raw in self.table.rows:
            row = self._read(raw)
            if row is not None:
                rows.append(row)
            if len(rows) == BATCH:
                yield self._looked_up(rows)
                rows = []
        if rows:
            yield self._looked_up(rows)

    def _read(self, raw: sheets.Row) -> _Row | None:
        """The row's cells as values; what is wrong with them stands among the problems."""
        values = raw.values
        row = _Row(raw.number, _proper(values["full_name"]), language.fold(values["full_name"]))
        wrong = len(self.done.problems)
        if not row.full_name:
            self._problem(raw.number, "full_name", _("The name is missing."))
        for key, limit in _LIMITS.items():
            if len(values[key]) > limit:
                self._problem(raw.number, key, _("This is longer than %(limit)s characters.") % {"limit": limit})
        for key in ("birth", "phone", "citizen_number", "member", "email", "unit", "obliged"):
            try:
                getattr(self, f"_read_{key}")(row, values)
            except BadInput as bad:
                self._problem(raw.number, key, str(bad))
            except _Wrong as bad:
                self._problem(raw.number, bad.column, bad.message)
        row.party_card, row.block, row.exempt_reason = values["party_card"], values["block"], values["exempt"]
        if not (row.phone or row.citizen_number or row.party_card or row.birth_year):
            self._problem(
                raw.number,
                "birth",
                _("Without a birth year, a number or a phone nobody can tell this person from others."),
            )
        return row if len(self.done.problems) == wrong and self._is_first(row) else None

    def _read_birth(self, row: _Row, values: Mapping[str, str]) -> None:
        if values["birth"]:
            row.birth_year, row.birth_date = language.birth(values["birth"], today=self.today)

    def _read_phone(self, row: _Row, values: Mapping[str, str]) -> None:
        row.phone = language.phone(values["phone"]) if values["phone"] else ""

    def _read_citizen_number(self, row: _Row, values: Mapping[str, str]) -> None:
        if values["citizen_number"]:
            row.citizen_number, warnings = language.citizen_number(values["citizen_number"], birth_year=row.birth_year)
            for warning in warnings:
                self._warn(row, "citizen_number", warning)

    def _read_member(self, row: _Row, values: Mapping[str, str]) -> None:
        row.is_party_member = _yes_or_no(values["member"], "member")
        if row.is_party_member is None and values["party_card"]:
            row.is_party_member = True

    def _read_email(self, row: _Row, values: Mapping[str, str]) -> None:
        row.email = values["email"].lower()
        if row.email:
            try:
                validate_email(row.email)
            except ValidationError as error:
                raise _Wrong("email", _("“%(typed)s” is not an e-mail address.") % {"typed": row.email}) from error

    def _read_unit(self, row: _Row, values: Mapping[str, str]) -> None:
        if values["unit_code"] or values["unit_path"]:
            row.unit = self.units.find(values["unit_code"], values["unit_path"])
        elif self.below is not None:
            row.unit = self.below.pk
        else:
            raise _Wrong("unit_path", _("The unit is missing."))

    def _read_obliged(self, row: _Row, values: Mapping[str, str]) -> None:
        row.is_obliged = _yes_or_no(values["obliged"], "obliged")
        if row.is_obliged and values["exempt"]:
            raise _Wrong("obliged", _("Nobody is both obliged and exempt."))

    def _is_first(self, row: _Row) -> bool:
        """Whether the person has not stood in an earlier row; a second one is a problem."""
        marks: list[tuple[tuple[Any, ...], str]] = [
            (("citizen_number", row.citizen_number), "citizen_number"),
            (("party_card", row.party_card), "party_card"),
            (("email", row.email), "email"),
            (("phone", row.phone and row.folded, row.phone), "full_name"),
            (("name", row.folded, row.unit, row.birth_year, row.birth_date or row.phone), "full_name"),
        ]
        marks = [mark for mark in marks if mark[0][1]]
        for mark, column in marks:
            if mark in self.seen:
                message = _("The same person, or the same number, stands in row %(row)s already.")
                self._problem(row.number, column, message % {"row": self.seen[mark]})
                return False
        self.seen.update((mark, row.number) for mark, _column in marks)
        return True

    # --- Knowing people again
    def _looked_up(self, rows: list[_Row]) -> _Batch:
        people = User.objects.only(*_FIELDS)
        hashes = {
            secrets.keyed_hash(row.citizen_number, purpose="citizen number"): row for row in rows if row.citizen_number
        }
        by_citizen = {
            bytes(user.citizen_number_hash): user for user in people.filter(citizen_number_hash__in=list(hashes))
        }
        for digest, row in hashes.items():
            row.user = by_citizen.get(digest)
        cards = {row.party_card for row in rows if row.party_card}
        by_card = {user.party_card: user for user in people.filter(party_card__in=cards)}
        by_phone: dict[tuple[str, str], list[User]] = {}
        for user in people.filter(phone__in={row.phone for row in rows if row.phone}):
            by_phone.setdefault((user.phone, language.fold(user.full_name)), []).append(user)
        for row in rows:
            if row.user is None:
                row.user = by_card.get(row.party_card)
            if row.user is None:
                row.user = _one(by_phone.get((row.phone, row.folded), []), row)
        self._by_name([row for row in rows if row.user is None and row.birth_year])
        emails = {row.email for row in rows if row.email}
        taken = dict(User.objects.filter(email__in=emails).values_list("email", "pk"))
        batch = _Batch([row for row in rows if self._fits(row, by_card, taken)])
        entrants = Entrant.objects.filter(contest=self.contest, user__in=[row.user for row in batch.rows if row.user])
        batch.entrants = {entrant.user_id: entrant for entrant in entrants}
        return batch

    def _by_name(self, rows: Sequence[_Row]) -> None:
        """Who has no number in common with anybody is known by name, birth and unit."""
        if not rows:
            return
        keys = {language.name_key(row.full_name) for row in rows}
        found: dict[tuple[str, int | None], list[User]] = {}
        units = {row.unit for row in rows}
        for user in User.objects.only(*_FIELDS).filter(name_key__in=keys, unit__in=units):
            found.setdefault((language.fold(user.full_name), user.unit_id), []).append(user)
        for row in rows:
            candidates = [
                user
                for user in found.get((row.folded, row.unit), [])
                if user.birth_year == row.birth_year and not (user.citizen_number_hash and row.citizen_number)
            ]
            row.user = _one([user for user in candidates if not (user.party_card and row.party_card)], row)

    def _fits(self, row: _Row, by_card: Mapping[str | None, User], emails: Mapping[str | None, int]) -> bool:
        """Whether the row agrees with the person it was matched to, and with whom its other numbers belong to."""
        user, wrong = row.user, len(self.done.problems)
        if user is not None and language.fold(user.full_name) != row.folded:
            self._problem(row.number, "full_name", _("The number of this row belongs to somebody of another name."))
        other = by_card.get(row.party_card) if row.party_card else None
        if other is not None and user is not None and other.pk != user.pk:
            self._problem(row.number, "party_card", _("The party card belongs to somebody else."))
        if user is not None and row.citizen_number and user.citizen_number_hash:
            digest = secrets.keyed_hash(row.citizen_number, purpose="citizen number")
            if digest != bytes(user.citizen_number_hash):
                self._problem(row.number, "citizen_number", _("The person has another citizen number already."))
        if row.email and emails.get(row.email, user.pk if user else 0) != (user.pk if user else 0):
            self._problem(row.number, "email", _("The e-mail address belongs to somebody else."))
        if user is not None and user.pk in self.barred_by_office:
            self._warn(
                row, "full_name", _("This person holds an office in the contest, so they can't enter it: left out.")
            )
            self.done.unchanged += 1
            return False
        fits = len(self.done.problems) == wrong
        if fits and user is not None and self.seen.setdefault(("person", user.pk), row.number) != row.number:
            message = _("The same person, or the same number, stands in row %(row)s already.")
            self._problem(row.number, "full_name", message % {"row": self.seen["person", user.pk]})
            return False
        return fits

    # --- Deciding
    def _settle(self, row: _Row, batch: _Batch) -> None:
        """The row counted, and its person and entrant among what is to be written."""
        if row.user is None:
            person = self._new_person(row)
            entrant = self._new_entrant(row, person)
            if entrant is not None:
                batch.new_people.append(person)
                batch.new_entrants.append(entrant)
                self.done.count(is_new=True, changes=[])
            return
        entrant = batch.entrants.get(row.user.pk)
        changes = self._update_person(row, row.user, is_here=entrant is not None)
        if entrant is None:
            entrant = self._new_entrant(row, row.user)
            if entrant is not None:
                batch.new_entrants.append(entrant)
                self.done.count(is_new=True, changes=changes)
            return
        self.done.count(is_new=False, changes=changes + self._update_entrant(row, entrant))

    def _new_person(self, row: _Row) -> User:
        user = User(
            full_name=row.full_name,
            birth_year=row.birth_year,
            birth_date=row.birth_date,
            phone=row.phone,
            party_card=row.party_card or None,
            is_party_member=bool(row.is_party_member),
            email=row.email or None,
            unit_id=row.unit,
            password=UNUSABLE_PASSWORD_PREFIX + secrets.random_token(),
        )
        user.citizen_number = row.citizen_number
        user.set_keys()
        return user

    def _new_entrant(self, row: _Row, user: User) -> Entrant | None:
        """The entrant; none after the freeze if the row obliges."""
        is_obliged = row.is_obliged if row.is_obliged is not None else not (self.is_frozen or row.exempt_reason)
        if is_obliged and self.is_frozen:
            self._frozen(row)
            return None
        return Entrant(
            contest=self.contest,
            user=user,
            unit_id=row.unit,
            unit_path=self.units.paths[row.unit],
            block=row.block or self.units.blocks[row.unit],
            origin=Entrant.Origin.ROSTER,
            is_obliged=is_obliged,
            exempt_reason=row.exempt_reason,
            unit_confirmed_at=self.now,
        )

    def _update_person(self, row: _Row, user: User, *, is_here: bool) -> list[Change]:
        """The person with what the row says written in; whoever holds an office anywhere is left alone.

        To a person who is known from elsewhere a list gives no e-mail address: it would open their account.
        """
        said: dict[str, Any] = {
            "full_name": row.full_name,
            "birth_date": row.birth_date,
            "birth_year": row.birth_year,
            "phone": row.phone,
            "party_card": row.party_card,
            "is_party_member": row.is_party_member,
            "email": row.email if is_here and not user.email else "",  # an address is a way in: it is never changed
            "unit_id": row.unit,
        }
        changes = [
            Change(row.number, user.full_name, key, str(getattr(user, key) or ""), str(value))
            for key, value in said.items()
            if value not in (None, "") and value != getattr(user, key)
        ]
        adds_number = bool(row.citizen_number) and user.citizen_number_hash is None
        if adds_number:
            masked = secrets.masked_citizen_number(row.citizen_number)
            changes.append(Change(row.number, user.full_name, "citizen_number", "", masked))
        is_new_address = bool(row.email) and row.email != (user.email or "").lower()
        if is_new_address and not is_here and user.pk not in self.holders:
            self._warn(row, "email", _("This person is known from elsewhere: a list gives them no e-mail address."))
        elif is_new_address and user.email:
            self._warn(row, "email", _("The person has another e-mail address, which stays."))
        if changes and user.pk in self.holders:
            self._warn(row, "full_name", _("This person holds an office, so the list does not change their data."))
            return []
        for key, value in said.items():
            if value not in (None, ""):
                setattr(user, key, value)
        if adds_number:
            user.citizen_number = row.citizen_number
        if changes:
            self.changed_people[user.pk] = user
        return changes

    def _update_entrant(self, row: _Row, entrant: Entrant) -> list[Change]:
        """The entrant as the row says; on a list, whoever had registered is confirmed."""
        is_obliged, exempt_reason = entrant.is_obliged, entrant.exempt_reason
        if row.exempt_reason:
            is_obliged, exempt_reason = False, row.exempt_reason
        elif row.is_obliged is not None:
            is_obliged, exempt_reason = row.is_obliged, "" if row.is_obliged else exempt_reason
        elif entrant.origin == Entrant.Origin.REGISTERED and not self.is_frozen:
            is_obliged = True
        said: dict[str, Any] = {
            "unit_id": row.unit,
            "block": row.block or self.units.blocks[row.unit] or entrant.block,
            "origin": Entrant.Origin.ROSTER,
            "is_obliged": is_obliged,
            "exempt_reason": exempt_reason,
        }
        changes = [
            Change(row.number, row.full_name, key, str(getattr(entrant, key)), str(value))
            for key, value in said.items()
            if value != getattr(entrant, key)
        ]
        touched = {change.what for change in changes}
        if self.is_frozen and (
            touched & {"is_obliged", "exempt_reason"} or (entrant.is_obliged and "unit_id" in touched)
        ):
            self._frozen(row)
            return []
        if changes:
            for key, value in said.items():
                setattr(entrant, key, value)
            entrant.unit_path = self.units.paths[row.unit] if "unit_id" in touched else entrant.unit_path
            entrant.unit_confirmed_at = entrant.unit_confirmed_at or self.now
            self.changed_entrants.append(entrant)
        return changes

    # --- Saying
    def _problem(self, row: int, column: str, message: str) -> None:
        name = self.table.headers.get(column, COLUMNS[column].labels[0] if column in COLUMNS else column)
        self.done.problems.append(sheets.Problem(row, name, message))

    def _warn(self, row: _Row, column: str, message: str) -> None:
        self.done.warnings.append(sheets.Problem(row.number, self.table.headers.get(column, column), message))

    def _frozen(self, row: _Row) -> None:
        moment = timezone.localtime(self.contest.roster_frozen_at)
        self._problem(
            row.number,
            "obliged",
            _("The roster was frozen on %(day)s: who is obliged, exempt, and in which unit, no longer changes.")
            % {"day": f"{moment:%d/%m/%Y %H:%M}"},
        )


_FIELDS = ("pk", *_KEPT, "citizen_number_hash", "citizen_number_encrypted", "sort_name")


def _one(candidates: Iterable[User], row: _Row) -> User | None:
    """The only candidate whose birth does not contradict the row; none when there are several."""
    fitting = [
        user
        for user in candidates
        if (not user.birth_year or not row.birth_year or user.birth_year == row.birth_year)
        and (not user.birth_date or not row.birth_date or user.birth_date == row.birth_date)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _proper(name: str) -> str:
    """The name with capitals at the beginnings, where the list has it all in capitals."""
    return " ".join(word.capitalize() for word in name.split()) if name.isupper() else name


def _yes_or_no(text: str, column: str) -> bool | None:
    folded = language.fold(text)
    if not folded:
        return None
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise _Wrong(column, _("“%(typed)s” is neither yes nor no.") % {"typed": text})
