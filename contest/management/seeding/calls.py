"""What the demo's judged rounds ask for, and how they are judged: calls, rubrics, stages and panels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from contest.entries.models import Call, Category, Form, Kind, Section
from contest.judging.models import Advance, Criterion, Level, Panel, Rubric, Seat, Stage, StageRubric
from contest.management.seeding.tree import Tree
from contest.rounds import entering
from contest.rounds.models import Contest, Office, Round

DAY = timedelta(days=1)
JUDGES = (  # besides the two of the cast: names and the units that they come from
    ("Phạm Thị Thu Hà", "Đảng bộ Cơ quan Huyện ủy, Mặt trận Tổ quốc và các đoàn thể huyện"),
    ("Lê Quang Vinh", "Đảng bộ Cơ quan Ủy ban nhân dân huyện"),
    ("Nguyễn Thị Minh Nguyệt", "Đảng bộ Cơ quan Ủy ban nhân dân huyện"),
    ("Trần Đức Thịnh", "Đảng bộ Cơ quan Huyện ủy, Mặt trận Tổ quốc và các đoàn thể huyện"),
    ("Đặng Xuân Trường", "Đảng bộ Công an huyện"),
    ("Vũ Thị Hồng Loan", "Đảng bộ Bệnh viện đa khoa Vân Đình"),
    ("Bùi Mạnh Hiếu", "Đảng bộ Quân sự huyện"),
    ("Kiều Thị Bích Ngân", "Đảng bộ Trung tâm Y tế huyện"),
    ("Chu Văn Lợi", "Đảng bộ xã Trung Tú"),
    ("Ngô Thị Phương", "Đảng bộ xã Vạn Thái"),
)
CATEGORIES = (
    "Cải cách hành chính", "Kỷ cương, kỷ luật công vụ", "Xây dựng Đảng", "Dân vận, phục vụ nhân dân", "Chuyển đổi số",
)  # fmt: skip
UNDERTAKING = (
    "Chúng tôi cam kết nội dung bài dự thi là trung thực, do chúng tôi thực hiện, không sao chép của người khác; "
    "nếu sai, chúng tôi chịu trách nhiệm trước Ban Tổ chức."
)
INTRO = (
    "Ban Tổ chức nhận **mô hình, sáng kiến, giải pháp** đã được áp dụng tại đơn vị, góp phần tăng cường kỷ cương, "
    "kỷ luật và trách nhiệm giải quyết công việc theo Chỉ thị số 24-CT/TU. Tập thể, cá nhân và nhóm không quá năm "
    "người đều dự thi được."
)
TEXT, FIGURES, DATE, CHOICE = Section.Type.TEXT, Section.Type.FIGURES, Section.Type.DATE, Section.Type.CHOICE
SECTIONS: Sequence[tuple[str, str, str, int, int]] = (  # name in works.Work, title and hint, type, least and most
    ("since", "Áp dụng từ|Ngày bắt đầu áp dụng tại đơn vị", DATE, 0, 10),
    ("need", "Sự cần thiết và thực trạng|Vấn đề gì, ai gặp, xảy ra bao nhiêu lần", TEXT, 500, 6000),
    ("way", "Nội dung và cách làm|Ai làm, làm thế nào, bằng nguồn lực gì", TEXT, 500, 6000),
    ("novelty", "Tính mới, tính sáng tạo|Khác gì so với cách làm trước đây", TEXT, 500, 6000),
    ("effect", "Hiệu quả|Kinh tế, thời gian, nhân lực; kỷ cương và sự hài lòng của người dân", TEXT, 500, 6000),
    ("figures", "Số liệu trước và sau|Cùng kỳ, cùng cách tính", FIGURES, 0, 2000),
    ("spread", "Khả năng áp dụng, nhân rộng|Điều kiện, kinh phí và nơi có thể áp dụng", TEXT, 500, 6000),
    ("scope", "Phạm vi ảnh hưởng đã đạt|", CHOICE, 0, 120),
)
SCOPES = ("Chi bộ", "Xã, thị trấn", "Huyện", "Thành phố")
# Code, title, maximum, and the parts of a group.
INITIATIVE = (
    ("1", "Tính mới, tính sáng tạo", 30, ()),
    ("2", "Hiệu quả", 30, (
        ("2a", "Kinh tế, thời gian, nhân lực, có số liệu trước và sau", 15),
        ("2b", "Xã hội, kỷ cương, mức độ hài lòng của người dân", 15),
    )),
    ("3", "Khả năng áp dụng, nhân rộng", 20, ()),
    ("4", "Phạm vi ảnh hưởng thực tế đã đạt", 10, ()),
    ("5", "Hồ sơ, minh chứng, trình bày", 10, ()),
)  # fmt: skip
MODEL = (
    ("A", "Đổi mới, sáng tạo", 20, (
        ("A1", "Cách làm không trùng lặp", 10),
        ("A2", "Gắn trực tiếp với nội dung Chỉ thị 24", 10),
    )),
    ("B", "Hiệu quả, chất lượng phục vụ", 30, (
        ("B1", "Giảm thời gian, hồ sơ quá hạn", 10),
        ("B2", "Chuyển biến kỷ cương, có số liệu", 10),
        ("B3", "Người dân, tổ chức hưởng lợi", 10),
    )),
    ("C", "Áp dụng, nhân rộng, bền vững", 30, (
        ("C1", "Điều kiện, chi phí", 10),
        ("C2", "Đã được đơn vị khác áp dụng", 10),
        ("C3", "Duy trì lâu dài, có quy chế", 10),
    )),
    ("D", "Thuyết trình, trả lời chung khảo", 20, (
        ("D1", "Trình bày", 10),
        ("D2", "Trả lời", 10),
    )),
)  # fmt: skip
ESSAY = (
    ("1", "Nội dung, hiểu đúng Chỉ thị", 40, ()),
    ("2", "Liên hệ việc làm cụ thể ở đơn vị", 30, ()),
    ("3", "Lập luận, diễn đạt", 20, ()),
    ("4", "Trình bày", 10, ()),
)
LIVE = (
    ("1", "Chào hỏi", 20, ()),
    ("2", "Trắc nghiệm", 30, ()),
    ("3", "Thuyết trình", 30, ()),
    ("4", "Hùng biện", 20, ()),
)
STAGES = (  # of models and initiatives, each with its days after the call's close
    ("Sơ khảo", 1, 28), ("Chung khảo: hồ sơ", 29, 35), ("Chung khảo: thuyết trình", 36, 42),
)  # fmt: skip
LEVELS = ((Decimal(0), "Chưa đạt"), (Decimal("0.5"), "Đạt"), (Decimal("0.8"), "Tốt"))  # from so much of the maximum


@dataclass(frozen=True, slots=True)
class Calls:
    """The judged rounds once they are set up."""

    initiatives: Call
    sections: dict[str, Section]  # of the initiatives, by the name in works.Work
    essays: Call
    teams: Call
    stages: list[Stage]  # of the initiatives
    essay_stage: Stage
    live_stage: Stage
    judges: list[User]  # the chair first


def set_up(contest: Contest, cast_judges: Sequence[User], tree: Tree, *, now: datetime) -> Calls:
    """Calls of the rounds 2 to 4 with their rubrics, stages and a panel of twelve judges, the first one its chair."""
    judges = [*cast_judges, *_judges(contest, tree, now)]
    rounds = {round.kind: round for round in contest.rounds.exclude(kind=Round.Kind.QUIZ)}
    initiatives, sections = _initiatives(rounds[Round.Kind.INITIATIVE])
    essays = _essays(rounds[Round.Kind.ESSAY])
    teams = _teams(rounds[Round.Kind.LIVE])
    stages = _stages(initiatives, judges)
    return Calls(
        initiatives, sections, essays, teams, stages, _essay_stage(essays, judges), _live_stage(teams, judges), judges
    )  # fmt: skip


def _judges(contest: Contest, tree: Tree, now: datetime) -> Iterator[User]:
    for name, unit in JUDGES:
        user = User(full_name=name, birth_year=1972, is_party_member=True, unit=tree.named(unit).unit)
        user.set_unusable_password()
        user.save()
        entering.appoint(user, contest, Office.Role.JUDGE, by=None, now=now)
        yield user


# --- Calls -----------------------------------------------------------------------------------------------------------
def _initiatives(round: Round) -> tuple[Call, dict[str, Section]]:
    assert round.opens_at is not None  # all rounds of the demo have their moments
    call = Call.objects.create(
        round=round,
        intro=INTRO,
        registration_closes_at=round.opens_at + 30 * DAY,
        most_entries=3,
        needs_confirmation=True,
        undertaking=UNDERTAKING,
    )
    for order, (title, letters) in enumerate((("Mô hình", "MH"), ("Sáng kiến", "SK"), ("Giải pháp", "GP"))):
        Kind.objects.create(call=call, order=order, title=title, letters=letters)
    for order, title in enumerate(CATEGORIES):
        Category.objects.create(call=call, order=order, title=title)
    sections = {}
    for order, (name, words, kind, least, most) in enumerate(SECTIONS):
        title, _bar, hint = words.partition("|")
        sections[name] = Section.objects.create(
            call=call, order=order, title=title, hint=hint, type=kind, least=least, most=most,
            choices=list(SCOPES) if kind == CHOICE else [],
        )  # fmt: skip
    return call, sections


def _essays(round: Round) -> Call:
    call = Call.objects.create(
        round=round,
        intro="Bài viết không quá 3.000 từ, đánh máy hoặc viết tay (chụp ảnh từng trang), nêu việc làm cụ thể.",
        forms=[Form.INDIVIDUAL],
        most_entries=1,
        undertaking=UNDERTAKING,
        most_documents=1,
    )
    Kind.objects.create(call=call, title="Bài viết", letters="BV")
    Section.objects.create(call=call, title="Bài viết", type=TEXT, least=0, most=20_000, is_required=False)
    return call


def _teams(round: Round) -> Call:
    call = Call.objects.create(
        round=round,
        intro="Mỗi đảng bộ dẫn đầu cử một đội năm người. Ban thư ký lập danh sách đội.",
        forms=[Form.TEAM],
        most_documents=0,
        most_images=0,
        most_links=0,
        asks_to_show=False,
    )
    Kind.objects.create(call=call, title="Đội thi", letters="D")
    return call


# --- Judging ---------------------------------------------------------------------------------------------------------
def rubric(
    contest: Contest, title: str, lines: Sequence[tuple[str, str, int, Sequence[tuple[str, str, int]]]]
) -> Rubric:
    """A rubric of these groups and criteria, with steps of half a point and three levels each."""
    made = Rubric.objects.create(contest=contest, title=title)
    order = 0
    for code, name, maximum, parts in lines:
        group = _criterion(made, None, order, code, name, maximum)
        order += 1
        for part_code, part_name, part_maximum in parts:
            _criterion(made, group, order, part_code, part_name, part_maximum)
            order += 1
        if not parts:
            _levels(group)
    return made


def _criterion(made: Rubric, parent: Criterion | None, order: int, code: str, title: str, maximum: int) -> Criterion:
    found = Criterion.objects.create(
        rubric=made, parent=parent, order=order, code=code, title=title, maximum=maximum,
        comment_at_zero=True, comment_at_maximum=True,
    )  # fmt: skip
    if parent is not None:
        _levels(found)
    return found


def _levels(criterion: Criterion) -> None:
    for share, title in LEVELS:
        points = (share * criterion.maximum).quantize(Decimal("0.1"))
        Level.objects.create(criterion=criterion, points=points, title=title)


def _stages(call: Call, judges: Sequence[User]) -> list[Stage]:
    """Blind preliminaries, then the file before the panel, 60 to 40 with them, then the presentation, from zero."""
    closes = call.round.closes_at
    assert closes is not None
    contest = call.round.contest
    model, initiative = rubric(contest, "Mô hình", MODEL), rubric(contest, "Sáng kiến, giải pháp", INITIATIVE)
    stages = [
        Stage.objects.create(
            round=call.round, order=order, title=title, judges_per_entry=3 if order == 1 else 5,
            opens_at=closes + first * DAY, closes_at=closes + last * DAY, is_blind=order == 1,
            shows_others=order > 1, weight=60 if order == 2 else None, tolerance=Decimal(15),
        )
        for order, (title, first, last) in enumerate(STAGES, start=1)
    ]  # fmt: skip
    model_kind = call.kinds.get(letters="MH")
    for stage in stages:
        of_models = StageRubric.objects.create(
            stage=stage, kind=model_kind, rubric=model, pass_score=50, tie_break=["B", "A"]
        )
        groups = list(model.criteria.filter(parent=None))
        if stage.order < 3:  # the presentation is marked where there is one
            of_models.parts.set(groups[:3])
            of_models.not_zero.set(groups[:3])
        of_others = StageRubric.objects.create(
            stage=stage, kind=None, rubric=initiative, pass_score=60, tie_break=["2", "1"]
        )
        of_others.not_zero.set(initiative.criteria.filter(code="1"))
        for forms in ([Form.COLLECTIVE], [Form.INDIVIDUAL, Form.GROUP]) if stage.order < 3 else ():
            Advance.objects.create(stage=stage, forms=forms, top=10 if stage.order == 1 else 5)
        _panel(stage, judges)
    return stages


def _panel(stage: Stage, judges: Sequence[User], title: str = "Ban giám khảo") -> None:
    panel = Panel.objects.create(stage=stage, title=title)
    Seat.objects.bulk_create(Seat(panel=panel, user=judge, is_chair=place == 0) for place, judge in enumerate(judges))


def _essay_stage(call: Call, judges: Sequence[User]) -> Stage:
    closes = call.round.closes_at
    assert closes is not None
    stage = Stage.objects.create(
        round=call.round, title="Chấm bài viết", judges_per_entry=2, is_blind=True,
        on_discrepancy=Stage.Discrepancy.JUDGE, tolerance=Decimal(15), opens_at=closes + DAY,
        closes_at=closes + 14 * DAY,
    )  # fmt: skip
    StageRubric.objects.create(stage=stage, rubric=rubric(call.round.contest, "Bài viết", ESSAY), pass_score=50)
    Advance.objects.create(stage=stage, top=10)
    _panel(stage, [*judges[:2], *judges[7:]])
    return stage


def _live_stage(call: Call, judges: Sequence[User]) -> Stage:
    stage = Stage.objects.create(
        round=call.round, title="Chung kết trực tiếp", judges_per_entry=5, is_live=True, tolerance=None,
        opens_at=call.round.opens_at, closes_at=call.round.closes_at,
    )  # fmt: skip
    StageRubric.objects.create(stage=stage, rubric=rubric(call.round.contest, "Chung kết", LIVE))
    _panel(stage, judges[:5])
    return stage
