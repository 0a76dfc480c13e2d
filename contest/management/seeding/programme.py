"""The demo's contest as its organizers would have set it up: texts, four rounds, a practice, the bank, offices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import Unit, User
from contest.management.seeding import cast
from contest.questions import importing, reviewing, writing
from contest.questions.models import Bank, BankMember
from contest.rounds import calendar, entering
from contest.rounds.models import ConsentText, Contest, Document, Office, Period, Quiz, Round, TopicQuota

SLUG = "chi-thi-24"
HERE = Path(__file__).parent
QUESTIONS = Path(importing.__file__).parent / "demo"
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# How many weeks ago the quiz opened: it is in its third, or has just closed; or models, initiatives and essays are in
# and are being judged; or all is over.
WEEKS = {"open": 2, "closed": 4, "judging": 11, "published": 16}
STAGES = ("before", *WEEKS)
AFTER = frozenset({"judging", "published"})  # nothing more is handed in
QUOTAS = {  # of ten questions; the topics of the bank have 9, 8, 17 and 6
    "Ban hành và quán triệt Chỉ thị": 2,
    "Nội dung Chỉ thị và biểu hiện nhận diện": 2,
    "Kết quả thực hiện và kiểm tra, giám sát": 4,
    "Mô hình, cách làm và cuộc thi": 2,
}

CONSENTS = {
    ConsentText.Kind.TAKING_PART: (
        "Tôi đồng ý để Ban Tổ chức dùng họ tên, năm sinh, số điện thoại, số căn cước hoặc số thẻ đảng viên (nếu tôi "
        "cung cấp) và đơn vị của tôi để tổ chức thi, chấm thi, xếp hạng và liên hệ về kết quả. Thông tin này không "
        "được chuyển cho bên thứ ba và được xóa hoặc ẩn danh trong vòng 12 tháng sau khi Cuộc thi kết thúc."
    ),
    ConsentText.Kind.PUBLISHING: (
        "Tôi đồng ý để Ban Tổ chức công bố họ tên, năm sinh, đơn vị và kết quả của tôi trong bảng xếp hạng và danh "
        "sách đạt giải. Không đồng ý thì tôi vẫn được dự thi; tên tôi không hiện trên bảng xếp hạng."
    ),
    ConsentText.Kind.KEEPING: (
        "Tôi đồng ý để Ban Tổ chức giữ thông tin của tôi để mời dự các cuộc thi sau. Tôi có thể rút lại sự đồng ý này "
        "bất cứ lúc nào ở trang cá nhân."
    ),
}
PAPER, SCHOOL = "https://kinhtedothi.vn/", "https://mnchimen.longbien.edu.vn/tuyen-truyen-pho-bien-giao-duc-phap-luat/"
DOCUMENTS = (
    (
        "Ứng Hòa tổ chức Cuộc thi tìm hiểu Chỉ thị số 24-CT/TU",
        PAPER + "ung-hoa-to-chuc-cuoc-thi-tim-hieu-chi-thi-so-24-ct-tu.html",
    ),
    (
        "Một năm thực hiện Chỉ thị số 24-CT/TU: kỷ cương, kỷ luật, chất lượng phục vụ nhân dân được nâng cao",
        PAPER + "ha-noi-ky-cuong-ky-luat-chat-luong-phuc-vu-nhan-dan-duoc-nang-cao.html",
    ),
    (
        "5 biểu hiện nhận diện cán bộ vi phạm kỷ cương, kỷ luật",
        SCHOOL + "5-bieu-hien-nhan-dien-can-bo-vi-pham-ky-cuong-ky-luat/ct/14981/682230",
    ),
)


@dataclass(frozen=True)
class Programme:
    """The contest once it is set up."""

    contest: Contest
    quiz: Quiz
    periods: list[Period]
    texts: list[ConsentText]
    staff: dict[str, User]
    manages: Unit  # whose manager is among the staff


def opening(stage: str, now: datetime) -> datetime:
    """When the first period opens, so that the contest now stands where the stage says."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - today.weekday() * DAY
    return {"before": today + 2 * DAY}.get(stage) or monday - WEEKS[stage] * WEEK


def set_up(stage: str, root: Unit, manages: Unit, *, now: datetime) -> Programme:
    """The contest with everything but its entrants; whoever runs it has an office, `manages` has a manager."""
    opens = opening(stage, now)
    contest = Contest.objects.create(
        slug=SLUG,
        title="Cuộc thi tìm hiểu Chỉ thị số 24-CT/TU",
        short_title="Tìm hiểu Chỉ thị 24",
        mark="24",
        subtitle="Tăng cường kỷ cương, kỷ luật và trách nhiệm giải quyết công việc trong hệ thống chính trị Thành phố "
        "Hà Nội",
        organizer="Huyện ủy Ứng Hòa",
        place="Huyện Ứng Hòa, Hà Nội",
        contact="7 giờ 30 – 21 giờ, cả thứ Bảy và Chủ nhật",
        hotline="024 0000 2424",
        rules=(HERE / "rules.md").read_text(encoding="utf-8"),
        prizes=(HERE / "prizes.md").read_text(encoding="utf-8"),
        root=root,
        is_public=True,
        roster_frozen_at=opens,
    )
    Document.objects.bulk_create(
        Document(contest=contest, title=title, url=url, order=order) for order, (title, url) in enumerate(DOCUMENTS)
    )
    texts = ConsentText.objects.bulk_create(
        ConsentText(
            contest=contest,
            kind=kind,
            text=text,
            is_required=kind == ConsentText.Kind.TAKING_PART,
            published_at=min(opens, now) - 2 * WEEK,
        )
        for kind, text in CONSENTS.items()
    )
    staff = {person.key: cast.appear(person) for person in cast.STAFF}
    for person in cast.STAFF:
        unit = manages if person.role == Office.Role.UNIT_MANAGER else None
        entering.appoint(staff[person.key], contest, person.role, unit=unit, by=None, now=now)
        staff[person.key].refresh_from_db()
    quiz = _quiz(contest, staff, opens, now)
    periods = _periods(quiz, opens, now)
    _other_rounds(contest, opens)
    _practice(contest, staff, now)
    calendar.lock_banks(now)
    known = Quiz.objects.select_related("round__contest", "bank").prefetch_related("quotas").get(pk=quiz.pk)
    return Programme(contest, known, periods, texts, staff, manages)


def _quiz(contest: Contest, staff: dict[str, User], opens: datetime, now: datetime) -> Quiz:
    round = Round.objects.create(
        contest=contest,
        order=1,
        kind=Round.Kind.QUIZ,
        title="Trắc nghiệm trực tuyến",
        description="Bốn kỳ thi, mỗi kỳ một tuần. Mỗi kỳ một bài 10 câu trong 15 phút.",
        opens_at=opens,
        closes_at=opens + 4 * WEEK,
    )
    bank = _bank("Tìm hiểu Chỉ thị số 24-CT/TU", "chi-thi-24.csv", staff, min(opens, now) - WEEK)
    quiz = Quiz.objects.create(
        round=round,
        bank=bank,
        question_count=sum(QUOTAS.values()),
        time_limit=timedelta(minutes=15),
        attempts_per_period=1,
        prediction=Quiz.Prediction.PEOPLE_ALL_CORRECT,
        ranking=Quiz.Ranking.B,
        score_shown=Quiz.Shown.AT_ONCE,
        board_shown=Quiz.Shown.RESULTS,
        review_shown=Quiz.Shown.RESULTS,
    )
    topics = {topic.name: topic for topic in bank.topics.all()}
    TopicQuota.objects.bulk_create(
        TopicQuota(quiz=quiz, topic=topics[name], count=count) for name, count in QUOTAS.items()
    )
    return quiz


def _bank(name: str, file: str, staff: dict[str, User], now: datetime) -> Bank:
    """A bank from a file, written by the organizer and approved by the editor."""
    bank = writing.found(name, by=staff["organizer"])
    BankMember.objects.create(bank=bank, user=staff["editor"], role=BankMember.Role.REVIEWER)
    parsed = importing.parse((QUESTIONS / file).read_bytes(), file)
    questions = importing.commit(bank, parsed, by=staff["organizer"], now=now)
    reviewing.approve_all(bank, [question.pk for question in questions], by=staff["editor"], now=now)
    bank.refresh_from_db()
    return bank


def _periods(quiz: Quiz, opens: datetime, now: datetime) -> list[Period]:
    """Four weeks; those that are over have had their results since the next day but one, or since now."""
    periods = []
    for number in range(1, 5):
        begins = opens + (number - 1) * WEEK
        ends = begins + WEEK
        out = max(ends, min(ends + timedelta(hours=33), now)) if ends < now else None
        periods.append(
            Period(
                round=quiz.round,
                number=number,
                title=f"Kỳ {number}",
                opens_at=begins,
                closes_at=ends,
                frozen_at=out,
                results_at=out,
            )
        )
    return Period.objects.bulk_create(periods)


def _other_rounds(contest: Contest, opens: datetime) -> None:
    """Initiatives, essays and the final."""
    live = opens + 108 * DAY + timedelta(hours=8)
    Round.objects.create(
        contest=contest,
        order=2,
        kind=Round.Kind.INITIATIVE,
        title="Mô hình – Sáng kiến",
        description="Tập thể, cá nhân, nhóm gửi mô hình, sáng kiến nâng cao kỷ cương và chất lượng phục vụ nhân dân.",
        opens_at=opens + WEEK,
        closes_at=opens + 60 * DAY,
    )
    Round.objects.create(
        contest=contest,
        order=3,
        kind=Round.Kind.ESSAY,
        title="Bài viết tìm hiểu",
        description="Bài viết tay hoặc đánh máy, không quá 3.000 từ, nêu việc làm cụ thể thực hiện Chỉ thị ở đơn vị.",
        opens_at=opens + WEEK,
        closes_at=opens + 74 * DAY,
    )
    Round.objects.create(
        contest=contest,
        order=4,
        kind=Round.Kind.LIVE,
        title="Vòng chung kết trực tiếp",
        description="Các đội dẫn đầu thi chào hỏi, kiến thức và xử lý tình huống trên sân khấu.",
        opens_at=live,
        closes_at=live + timedelta(hours=4),
        place="Trung tâm Văn hóa – Thông tin và Thể thao huyện, thị trấn Vân Đình",
    )


def _practice(contest: Contest, staff: dict[str, User], now: datetime) -> None:
    """Three questions on how to take part, as often as one likes."""
    round = Round.objects.create(
        contest=contest,
        order=0,
        title="Thi thử",
        is_practice=True,
        description="Ba câu hỏi để làm quen, không tính điểm.",
    )
    Quiz.objects.create(
        round=round,
        bank=_bank("Thi thử", "practice.csv", staff, now),
        question_count=3,
        time_limit=timedelta(minutes=5),
        attempts_per_period=None,
        review_shown=Quiz.Shown.PERIOD_CLOSED,
    )
