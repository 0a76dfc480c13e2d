"""Reading bank files: parse, preview with the faults of each row, then add what was accepted, all or nothing.

A format is one function that turns a file into `Parsed` rows; `FORMATS` names it by the end of the file's name. What
comes after (faults, what is there already, adding) is the same for all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contest.foundations import language, sheets
from contest.foundations.refusing import Refused
from contest.questions import writing
from contest.questions.models import Bank, Question, QuestionVersion, Topic
from contest.questions.writing import LETTERS, ChoiceText, Wording


class ParsedQuestion(NamedTuple):
    """One question as a file has it; `row` is where the person finds it."""

    row: int
    wording: Wording
    topic: str = ""
    suggested_last: frozenset[int] = frozenset()
    """Places of choices, from 0, whose words ask to stay at the end though the file does not say so."""
    faults: tuple[str, ...] = ()
    """What the format found wrong; what is wrong with any question is found later."""
    warnings: tuple[str, ...] = ()


class Parsed(NamedTuple):
    """What a file holds; `ignored` names columns that mean nothing here."""

    questions: list[ParsedQuestion]
    ignored: list[str]


# Formats -------------------------------------------------------------------------------------------------------------

COLUMNS: Mapping[str, sheets.Column] = {
    "question": sheets.Column(("question", "câu hỏi", "nội dung câu hỏi", "nội dung"), required=True, multiline=True),
    **{
        f"option_{letter}": sheets.Column(
            tuple(
                f"{name}{letter}"
                for name in ("option_", "option ", "choice ", "phương án ", "đáp án ", "lựa chọn ", "")
            ),
            required=letter in "ab",
        )
        for letter in LETTERS.lower()
    },
    "answer": sheets.Column(
        ("answer", "right answer", "đáp án", "đáp án đúng", "phương án đúng", "câu trả lời đúng"), required=True
    ),
    "topic": sheets.Column(("topic", "chủ đề", "chuyên đề", "phần")),
    "explanation": sheets.Column(("explanation", "giải thích"), multiline=True),
    "source": sheets.Column(("source", "nguồn", "căn cứ", "nguồn trích dẫn"), multiline=True),
    "keep_last": sheets.Column(("keep_last", "keep last", "giữ cuối", "để cuối", "không đảo")),
}


def parse_table(data: bytes, filename: str) -> Parsed:
    """The questions of a CSV or XLSX file with a row each."""
    table = sheets.read(data, filename, columns=COLUMNS)
    unreadable: dict[int, list[str]] = defaultdict(list)
    for problem in table.problems:
        unreadable[problem.row].append(f"{problem.column}: {problem.message}")
    return Parsed([_parsed(row, tuple(unreadable[row.number])) for row in table.rows], table.ignored)


FORMATS: Mapping[str, Callable[[bytes, str], Parsed]] = {".csv": parse_table, ".xlsx": parse_table}


def parse(data: bytes, filename: str) -> Parsed:
    """The questions of a file in any format that is known; refuses the others by name."""
    ending = PurePath(filename).suffix.lower()
    if ending not in FORMATS:
        raise Refused(
            _("“%(name)s” can't be read as a question bank. Known formats: %(formats)s.")
            % {"name": language.clean(filename), "formats": ", ".join(FORMATS)}
        )
    parsed = FORMATS[ending](data, filename)
    if not parsed.questions:
        raise Refused(_("The file holds no questions."))
    return parsed


def _parsed(row: sheets.Row, unreadable: tuple[str, ...]) -> ParsedQuestion:
    values, faults, warnings = row.values, list(unreadable), []
    words = [values[f"option_{letter}"] for letter in LETTERS.lower()]
    while words and not words[-1]:
        words.pop()
    for place, text in enumerate(words):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            words[place] = f"{date.fromisoformat(text):%d/%m/%Y}"
            warnings.append(
                _("Choice %(letter)s was a date of Excel's; check how it is written.") % {"letter": LETTERS[place]}
            )
    right = _places(values["answer"])
    if right is None:
        faults.append(
            _("The answer “%(answer)s” can't be read: write letters, such as B or A,C.") % {"answer": values["answer"]}
        )
    elif beyond := sorted(place for place in right if place >= len(words)):
        faults.append(_("The answer names choice %(letter)s, which is not there.") % {"letter": LETTERS[beyond[0]]})
    last = _last(values["keep_last"], len(words))
    if last is None:
        faults.append(
            _("“%(text)s” does not say which choice is kept last: write its letter.") % {"text": values["keep_last"]}
        )
    choices = tuple(
        ChoiceText(text, is_right=place in (right or ()), is_last=place in (last or ()))
        for place, text in enumerate(words)
    )
    suggested = frozenset[int]() if last else frozenset(p for p, text in enumerate(words) if points_at_others(text))
    wording = Wording(values["question"], choices, values["explanation"], values["source"])
    if right is not None and not unreadable:
        faults += writing.faults(*wording)
    return ParsedQuestion(row.number, wording, values["topic"], suggested, tuple(faults), tuple(warnings))


def _places(text: str) -> frozenset[int] | None:
    """Which choices a cell names, from 0: "B", "a, c", "AC", "A và C", "Đáp án B", "2"; None when it can't be read."""
    bare = re.sub(r"\b(dap an|phuong an|cau|va|and)\b", " ", language.fold(text))
    marks = re.findall(r"\w+", bare)
    if len(marks) == 1:
        marks = list(marks[0])  # "AC", where "Cả A" is no list of letters
    for names in (LETTERS.lower(), "12345"):
        if marks and all(mark in names and len(mark) == 1 for mark in marks):
            return frozenset(map(names.index, marks))
    return None


def _last(text: str, count: int) -> frozenset[int] | None:
    """Which choices the file wants at the end; a mere "x" or "có" means the last one; None when it can't be read."""
    folded = language.fold(text)
    if folded in {"", "0", "khong", "no", "false"}:
        return frozenset()
    if folded in {"x", "co", "yes", "true", "✓"}:
        return frozenset({count - 1})
    places = _places(text)
    return places if places is None or max(places) < count else None


_OTHERS = re.compile(
    # "Tất cả các phương án trên", "Cả ba đáp án đều đúng", "Không có ý nào đúng"
    r"(tat ca|ca|moi|khong co|khong)( (cac|nhung|ca|\d|hai|ba|bon))*"
    r" ((phuong an|dap an|cau tra loi|lua chon)\b.*|(y|noi dung|cau|truong hop|dap an))"
    r"( (nao|tren|con lai|khac|neu|o|deu|dung|sai))+.*"
    # "Cả A, B, C đều đúng", "Phương án A và B", "A hoặc C"
    r"|((ca|tat ca|khong phai|chi)( (hai|ba|bon|\d))? )?((phuong an|dap an|cau|y) )?[a-e]"
    r"((, ?| va | hoac | ?& ?)((phuong an|dap an|cau|y) )?[a-e])+\b.*"
    r"|(tat ca|ca (hai|ba|bon|\d)|khong co cai nao)( deu)? (dung|sai)\b.*"
    r"|tat ca (cac )?(phuong an|dap an|cau tra loi|lua chon|y)"
    r"|(all|none|both|any) of (the above|these|them).*"
)


def points_at_others(text: str) -> bool:
    """Whether a choice speaks of the other choices, so that it makes sense only after them."""
    return _OTHERS.fullmatch(language.fold(text).rstrip(" .!")) is not None


# Preview -------------------------------------------------------------------------------------------------------------


class State(Enum):
    """What will become of a row."""

    NEW = "new"
    FAULTY = "faulty"
    THERE = "there"
    """The bank has this very question: the row is skipped."""
    REPEATED = "repeated"
    """An earlier row of the file is the same: this one is skipped."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row with what is wrong with it, what is odd about it, and what will become of it."""

    parsed: ParsedQuestion
    state: State
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def suggested_letters(self) -> str:
        """The choices that ask to be kept last, by letter."""
        return ", ".join(LETTERS[place] for place in sorted(self.parsed.suggested_last))


@dataclass(frozen=True, slots=True)
class Preview:
    """All rows of a file, before anything is written."""

    rows: list[PreviewRow]
    new_topics: list[str]
    ignored: list[str]

    def count(self, state: State) -> int:
        """How many rows are in this state."""
        return sum(row.state == state for row in self.rows)


def preview(bank: Bank | None, parsed: Parsed) -> Preview:
    """What adding the file to the bank (None: to a new one) would do, row by row; writes nothing."""
    there = _questions_there(bank, parsed.questions)
    rows: list[PreviewRow] = []
    seen: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    for question in parsed.questions:
        text, choices = _identity(question.wording)
        warnings = [*question.warnings, *_likenesses(question.wording)]
        state = State.FAULTY if question.faults else State.NEW
        if state == State.NEW:
            if any(choices == others for _row, others in seen[text]):
                state = State.REPEATED
            elif any(choices == others for _pk, others in there[text]):
                state = State.THERE
            else:
                warnings += [
                    _("Row %(row)s asks the same with other choices.") % {"row": row} for row, _choices in seen[text]
                ]
                warnings += [
                    _("Question #%(number)s of the bank asks the same with other choices.") % {"number": pk}
                    for pk, _choices in there[text]
                ]
            seen[text].append((question.row, choices))
        rows.append(PreviewRow(question, state, question.faults, tuple(warnings)))
    return Preview(rows, _new_topics(bank, rows), parsed.ignored)


def _identity(wording: Wording) -> tuple[str, frozenset[str]]:
    """What makes two questions the same: the folded text and the choices, in whatever order."""
    return language.fold(wording.text), frozenset(language.clean(choice.text).casefold() for choice in wording.choices)


def _questions_there(
    bank: Bank | None, questions: Iterable[ParsedQuestion]
) -> Mapping[str, list[tuple[int, frozenset[str]]]]:
    """Questions of the bank that ask the same, retired ones too: id and choices by folded text."""
    there: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    if bank is None:
        return there
    texts = {_identity(question.wording)[0] for question in questions}
    found = list(bank.questions.with_newest().filter(search__in=texts).order_by("pk"))
    versions = QuestionVersion.objects.prefetch_related("choices").in_bulk([question.newest for question in found])
    for question in found:
        text, choices = _identity(writing.wording_of(versions[question.newest]))
        there[text].append((question.pk, choices))
    return there


def _likenesses(wording: Wording) -> list[str]:
    """Choices that only diacritics tell apart: right in a question on spelling, else a slip."""
    warnings = []
    for place, choice in enumerate(wording.choices):
        for other, before in enumerate(wording.choices[:place]):
            same = language.clean(choice.text).casefold() == language.clean(before.text).casefold()
            if not same and choice.text and language.fold(choice.text) == language.fold(before.text):
                warnings.append(
                    _("Choices %(one)s and %(other)s differ only in their diacritics.")
                    % {"one": LETTERS[other], "other": LETTERS[place]}
                )
    return warnings


def _new_topics(bank: Bank | None, rows: Iterable[PreviewRow]) -> list[str]:
    """Topics that would have to be made, in the order of the file."""
    known = {language.fold(name) for name in bank.topics.values_list("name", flat=True)} if bank else set()
    names: dict[str, str] = {}
    for row in rows:
        if row.state == State.NEW and row.parsed.topic and language.fold(row.parsed.topic) not in known:
            names.setdefault(language.fold(row.parsed.topic), row.parsed.topic)
    return list(names.values())


# Commit --------------------------------------------------------------------------------------------------------------


def commit(
    bank: Bank,
    parsed: Parsed,
    *,
    rows: Collection[int] | None = None,
    keep_last: Collection[int] | None = None,
    by: User | None,
    now: datetime,
) -> list[Question]:
    """The accepted rows (None: all) become questions that wait for their review, or nothing does.

    Rows whose question is there already add nothing, so the same file twice adds nothing. `keep_last` names the rows
    in which the suggestion to keep a choice last is followed (None: all). Refused when an accepted row has a fault.
    """
    with transaction.atomic():
        writing.change(bank, by=by, roles=writing.WRITERS, now=now)
        accepted = [row for row in preview(bank, parsed).rows if rows is None or row.parsed.row in rows]
        if faulty := [row for row in accepted if row.state == State.FAULTY]:
            raise Refused(
                _("Nothing was imported. Row %(row)s: %(fault)s")
                % {"row": faulty[0].parsed.row, "fault": " ".join(faulty[0].faults)}
            )
        new = [row.parsed for row in accepted if row.state == State.NEW]
        topics: dict[str, Topic | None] = {"": None}
        for question in new:
            if question.topic not in topics:
                topics[question.topic] = writing.topic_named(bank, question.topic)
        return writing.add_all(
            bank,
            [
                (_kept(question, keep_last is None or question.row in keep_last), topics[question.topic])
                for question in new
            ],
            by=by,
            now=now,
        )


def _kept(question: ParsedQuestion, follow: bool) -> Wording:
    """The wording, with the suggestion to keep choices last followed or not."""
    if not follow:
        return question.wording
    choices = tuple(
        choice._replace(is_last=choice.is_last or place in question.suggested_last)
        for place, choice in enumerate(question.wording.choices)
    )
    return question.wording._replace(choices=choices)
