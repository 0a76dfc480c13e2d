"""Judged rounds, straight from the tables: each makes the least that is valid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from contest.entries.models import Author, Call, Entry, Kind, Version
from contest.judging.models import (
    Assignment,
    Candidate,
    Criterion,
    Mark,
    Panel,
    Rubric,
    Seat,
    Sheet,
    Stage,
    StageRubric,
)
from contest.rounds import entering
from contest.rounds.models import Contest, Round, unit_path
from tests.builders import NOON, counter, make_contest, make_office, make_round, make_unit, make_user

HOUR = timedelta(hours=1)


def make_call(contest: Contest | None = None, **fields: Any) -> Call:
    round = make_round(contest, kind="initiative", title="Mô hình, sáng kiến")
    return Call.objects.create(round=round, **fields)


def make_kind(call: Call, title: str = "Sáng kiến", letters: str = "SK") -> Kind:
    return Kind.objects.create(call=call, title=title, letters=letters, order=call.kinds.count())


def make_entry(kind: Kind, *, author: User | None = None, **fields: Any) -> Entry:
    """A valid entry of one author, handed in once."""
    kind.last_number += 1
    kind.save()
    author = author or make_user(f"Tác Giả {next(counter)}")
    unit = fields.pop("unit", author.unit)
    given = {
        "round": kind.call.round, "kind": kind, "number": kind.last_number, "form": "individual", "unit": unit,
        "code": f"{kind.letters}-{kind.last_number:04}", "title": f"Bài {kind.letters} {kind.last_number}",
        "unit_path": unit_path(unit), "status": "valid", "version": 1, "registered_at": NOON - 48 * HOUR,
        "submitted_at": NOON - 24 * HOUR, "created_by": author, **fields,
    }  # fmt: skip
    entry = Entry.objects.create(**given)
    Author.objects.create(
        entry=entry, user=author, full_name=author.full_name, share=100, is_lead=True, unit=unit,
        unit_path=unit_path(unit), confirmed_at=NOON - 40 * HOUR,
    )  # fmt: skip
    Version.objects.create(
        entry=entry, number=1, handed_in_at=NOON - 24 * HOUR, handed_in_by=author, receipt=f"R{entry.pk}",
        content={"title": entry.title, "answers": entry.answers},
    )  # fmt: skip
    return entry


def make_rubric(contest: Contest, lines: Sequence[tuple[str, int]] = (("A", 60), ("B", 40))) -> Rubric:
    """A rubric of criteria without parts; "A1" is a part of "A" where there is one."""
    rubric = Rubric.objects.create(contest=contest, title=f"Thang điểm {next(counter)}")
    made: dict[str, Criterion] = {}
    for order, (code, maximum) in enumerate(lines):
        made[code] = Criterion.objects.create(
            rubric=rubric, code=code, title=f"Tiêu chí {code}", maximum=maximum, order=order, parent=made.get(code[:-1])
        )
    return rubric


def make_stage(round: Round, rubric: Rubric, **fields: Any) -> Stage:
    order = round.stages.count() + 1
    stage = Stage.objects.create(
        **{
            "round": round, "order": order, "title": f"Sơ khảo {order}", "opens_at": NOON - 10 * HOUR,
            "closes_at": NOON + 90 * HOUR, **fields,
        }
    )  # fmt: skip
    StageRubric.objects.create(stage=stage, rubric=rubric)
    Panel.objects.create(stage=stage, title="Ban giám khảo")
    return stage


def make_judge(stage: Stage, name: str = "", **fields: Any) -> Seat:
    user = make_user(name or f"Giám Khảo {next(counter)}")
    make_office(stage.round.contest, user, "judge")
    return Seat.objects.create(panel=stage.panels.get(), user=user, **fields)


def make_candidate(stage: Stage, entry: Entry, **fields: Any) -> Candidate:
    return Candidate.objects.create(stage=stage, entry=entry, **fields)


def make_sheet(
    candidate: Candidate, seat: Seat, points: dict[str, Any], *, comment: str = "", locked: bool = True,
    comments: dict[str, str] | None = None, at: Any = NOON - HOUR, seconds: int = 600,
) -> Sheet:  # fmt: skip
    rubric = candidate.stage.stage_rubrics.get().rubric
    assignment = Assignment.objects.create(candidate=candidate, seat=seat, assigned_at=NOON - 9 * HOUR)
    total = sum((Decimal(str(value)) for value in points.values()), Decimal(0))
    sheet = Sheet.objects.create(
        assignment=assignment, rubric=rubric, comment=comment, begun_at=NOON - 2 * HOUR, saved_at=at, seconds=seconds,
        locked_at=at if locked else None, total=total if locked else None, revision=1,
    )  # fmt: skip
    for code, value in points.items():
        Mark.objects.create(
            sheet=sheet, criterion=rubric.criteria.get(code=code), points=value, comment=(comments or {}).get(code, "")
        )
    return sheet


class Judged:
    """A contest whose round was judged by three, with two organizers; the stage is closed, another one follows."""

    SCORES = (("90.00", 1), ("80.00", 2), ("80.00", 2), ("70.00", 4))

    def __init__(self, scores: Sequence[tuple[str, int]] = SCORES) -> None:
        self.root = make_unit("Đảng bộ huyện")
        self.commune = make_unit("Đảng bộ xã Phương Tú", parent=self.root)
        self.contest = make_contest(root=self.root)
        self.organizer, self.second = make_user("Người Tổ Chức"), make_user("Người Kiểm Tra")
        for user in (self.organizer, self.second):
            user.email = f"u{user.pk}@example.vn"
            user.save()
            entering.appoint(user, self.contest, "organizer", by=None, now=NOON)
            user.refresh_from_db()
        self.call = make_call(self.contest)
        self.round = self.call.round
        self.kind = make_kind(self.call)
        self.rubric = make_rubric(self.contest)
        self.stage = make_stage(self.round, self.rubric, closed_at=NOON)
        self.final = Stage.objects.create(round=self.round, order=9, title="Chung khảo")
        self.judges = [make_judge(self.stage, f"Giám Khảo Số {n}") for n in (1, 2, 3)]
        self.entries: list[Entry] = []
        self.candidates: list[Candidate] = []
        for score, place in scores:
            self.judge(score, place)

    def judge(self, score: str, place: int | None, **fields: Any) -> Candidate:
        """One more entry, to which every judge gave these points: six tenths of them for A, the rest for B."""
        author = make_user(f"Tác Giả {next(counter)}", unit=self.commune)
        entry = make_entry(self.kind, author=author, **fields)
        candidate = make_candidate(
            self.stage, entry, outcome="scored", score=score, spread="0", total=score, passes=True, place=place,
            goes_on=place == 1,
        )  # fmt: skip
        whole = Decimal(score)
        for number, seat in enumerate(self.judges, start=1):
            make_sheet(
                candidate,
                seat,
                {"A": str(whole * 6 / 10), "B": str(whole * 4 / 10)},
                comment=f"Nhận xét {number} về {entry.code}",
            )
        self.entries.append(entry)
        self.candidates.append(candidate)
        return candidate
