"""The people around an entry: an author, a colleague, a neighbour, a stranger, a manager, an organizer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contest.entries import registering, writing
from contest.entries.models import Author, Entry, Version
from contest.rounds.models import Contest
from tests.builders import NOON, counter, make_contest, make_entrant, make_office, make_unit, make_user
from tests.contest.entries.builders import make_call, make_section

TEXT = "Máy tính đến tận thôn, mỗi tuần một buổi."


class People:
    """A call of a contest of three units; `fields` are the call's."""

    def __init__(self, **fields: Any) -> None:
        self.root = make_unit("Đảng bộ huyện")
        self.commune = make_unit("Đảng bộ xã", parent=self.root)
        self.cell = make_unit("Chi bộ Một", parent=self.commune)
        self.other = make_unit("Chi bộ Hai", parent=self.commune)
        self.contest: Contest = make_contest(root=self.root)
        self.call = make_call(self.contest, **{"most_authors": 3, **fields})
        self.kind = self.call.kinds.get()
        self.section = make_section(self.call, least=10, most=100)
        self.lan = self._entrant("Trần Thị Lan", self.cell, "0912345678")
        self.binh = self._entrant("Lê Văn Bình", self.cell, "0987654321")
        self.cuc = self._entrant("Phạm Thu Cúc", self.other, "0356789012")
        self.stranger = self._entrant("Người Lạ", self.other, "0356789013")
        self.manager = make_user("Quản Lý", email=f"quan-ly-{next(counter)}@example.vn")
        make_office(self.contest, self.manager, "unit_manager", self.commune)
        self.organizer = make_user("Ban Tổ Chức", is_staff=True, email=f"to-chuc-{next(counter)}@example.vn")
        make_office(self.contest, self.organizer)

    def _entrant(self, name: str, unit: Any, phone: str) -> Any:
        user = make_user(name, unit=unit, phone=phone, email=f"{phone}-{next(counter)}@example.vn")
        return make_entrant(self.contest, user).user

    def begin(self, user: Any = None, form: str = "group", now: datetime = NOON, **more: Any) -> Entry:
        return registering.begin(self.call, user or self.lan, kind=self.kind, form=form, now=now, **more)

    def name(self, entry: Entry, user: Any, now: datetime = NOON, by: Any = None) -> Author:
        """The person is named as an author."""
        return writing.add_author(entry.pk, by or self.lan, name=user.full_name, number=user.phone, now=now)

    def save(self, entry: Entry, user: Any = None, now: datetime = NOON, **data: Any) -> Entry:
        """Saved by a window that knows the newest revision."""
        revision = Entry.objects.get(pk=entry.pk).revision
        return writing.save(entry.pk, user or self.lan, revision=revision, data=data, now=now)

    def complete(self, form: str = "individual", **data: Any) -> Entry:
        """An entry that lacks nothing."""
        entry = self.begin(form=form)
        if form == "group":
            self.name(entry, self.binh)
            data.setdefault("authors", self.shares(entry, 60, 40))
        return self.save(entry, **{"title": "Tổ lưu động", "answers": {self.section.pk: TEXT}, **data})

    def shares(self, entry: Entry, *shares: int | None) -> list[dict[str, Any]]:
        authors = entry.authors.order_by("order")
        return [{"id": author.pk, "share": share} for author, share in zip(authors, shares, strict=True)]

    def hand_in(self, entry: Entry, user: Any = None, now: datetime = NOON) -> Version:
        return writing.submit(entry.pk, user or self.lan, now=now)

    def handed_in(self, form: str = "individual", **data: Any) -> Entry:
        """An entry that was handed in at NOON."""
        entry = self.complete(form, **data)
        self.hand_in(entry)
        entry.refresh_from_db()
        return entry
