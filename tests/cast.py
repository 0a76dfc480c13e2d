"""A small world with everyone who may stand before a door: for the walks through all addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from accounts import slips
from accounts.models import Unit, User
from contest.attempts import grading, starting
from contest.attempts.models import Attempt
from contest.entries import filing
from contest.entries import reading as entries
from contest.entries.models import Author, Call, Entry, File, Kind, Likeness, Section, Version
from contest.judging.models import (
    Assignment,
    Candidate,
    Conflict,
    Criterion,
    Mark,
    Panel,
    Rubric,
    Seat,
    Sheet,
    StageRubric,
)
from contest.judging.models import Stage as JudgingStage
from contest.notices.models import Notice
from contest.results import freezing
from contest.results.models import Snapshot
from contest.rounds import entering
from contest.rounds.models import ConsentText, Contest, Document, Entrant, Office, Period, Quiz, Round
from contest.standings import board as boards
from tests.builders import (
    make_bank,
    make_consent_text,
    make_contest,
    make_entrant,
    make_member,
    make_period,
    make_question,
    make_quiz,
    make_result,
    make_round,
    make_unit,
    make_user,
)

BY_SLIP = "accounts.signing_in.Backend"
BY_EMAIL = "allauth.account.auth_backends.AuthenticationBackend"
DAY = timedelta(days=1)
# Words that stand in no page unless a key is told. Each is on one choice or explanation only.
RIGHT, EXPLANATION, SOURCE = "Đúng-là-câu-này", "Giải-thích-vì-sao-đúng", "Nguồn-của-đáp-án"


class World:
    """A contest in its second week, another contest beside it, and their people.

    The first week has closed and its results are not out; in the second one people predict how many are all-correct.
    """

    def __init__(self, **quiz: Any) -> None:
        self.now = datetime.now(UTC)
        self.root = make_unit("Đảng bộ huyện", code="H")
        self.commune = make_unit("Đảng bộ xã Đông", parent=self.root, code="X1", block="Xã")
        self.cell = make_unit("Chi bộ thôn Một", parent=self.commune, code="C1")
        self.next_cell = make_unit("Chi bộ thôn Hai", parent=self.commune, code="C2")
        self.far_commune = make_unit("Đảng bộ xã Tây", parent=self.root, code="X2", block="Xã")
        self.elsewhere = make_unit("Đảng bộ tỉnh khác", code="T")
        self.people: dict[str, User | AnonymousUser] = {"anonymous": AnonymousUser()}
        self.admin = self.person("admin", is_staff=True, is_superuser=True)
        self.mine = self.stage("Ta", self.root, **quiz)
        self.theirs = self.stage("Bạn", self.elsewhere, **quiz)
        for role in ("organizer", "editor", "observer", "judge"):
            self.appoint(role, self.mine.contest, role)
        self.appoint("manager", self.mine.contest, "unit_manager", self.commune)
        self.appoint("far_manager", self.mine.contest, "unit_manager", self.far_commune)
        self.appoint("foreign", self.theirs.contest, "organizer")
        make_member(self.mine.bank, self.person_of("organizer"), "owner")
        make_member(self.mine.bank, self.person_of("editor"), "editor")
        make_member(self.theirs.bank, self.person_of("foreign"), "owner")
        self.entrant = self.enter("entrant", self.mine.contest, self.cell)
        self.neighbour = self.enter("neighbour", self.mine.contest, self.cell)
        self.stranger = self.enter("stranger", self.theirs.contest, self.elsewhere)
        self.sit(self.mine, self.entrant)
        self.sit(self.mine, self.neighbour)
        self.sit(self.theirs, self.stranger)
        self.past = Attempt.objects.get(entrant=self.entrant, period=self.mine.past)
        self.attempt = starting.start(self.quiz(self.mine), self.entrant.user, now=self.now)
        boards.refresh(now=self.now, force=True)
        slips.issue([self.entrant.user, self.neighbour.user], by=self.person_of("organizer"), now=self.now)
        self.works = Works(self.mine, self.entrant, self.person_of("organizer"), self.person_of("judge"), self.now)
        judge = make_user("Giám Khảo Nơi Khác")
        entering.appoint(judge, self.theirs.contest, "judge", by=None, now=self.now)
        self.their_works = Works(self.theirs, self.stranger, self.person_of("foreign"), judge, self.now)

    # --- Contests
    def stage(self, name: str, root: Unit, **quiz: Any) -> Stage:
        contest = make_contest(title=f"Cuộc thi {name}", slug=f"thi-{root.code}".lower(), root=root, rules="# Thể lệ")
        return Stage(contest, self.now, **quiz)

    def quiz(self, stage: Stage) -> Quiz:
        return Quiz.objects.select_related("round__contest", "bank").get(pk=stage.quiz.pk)

    # --- People
    def person(self, name: str, **fields: Any) -> User:
        email = None if name in {"entrant", "neighbour", "stranger"} else f"{name}@example.vn"
        number = len(self.people)
        numbers = {"phone": f"09122233{number:02}", "party_card": f"29.{number:06}", "email": email}
        user = make_user(f"Người Tên {name.title()}", **numbers, **fields)
        self.people[name] = user
        return user

    def person_of(self, name: str) -> User:
        user = self.people[name]
        assert isinstance(user, User)
        return user

    def appoint(self, name: str, contest: Contest, role: str, unit: Unit | None = None) -> Office:
        office = entering.appoint(self.person(name), contest, role, unit=unit, by=None, now=self.now)
        self.person_of(name).refresh_from_db()
        return office

    def enter(self, name: str, contest: Contest, unit: Unit) -> Entrant:
        entrant = make_entrant(contest, self.person(name, unit=unit), is_obliged=True)
        for text in ConsentText.objects.filter(contest=contest, kind="taking_part"):
            entering.give_consent(entrant.user, text, now=self.now)
        return entrant

    def sit(self, stage: Stage, entrant: Entrant) -> Attempt:
        """A paper of the first week, handed in and graded: all but one answer right."""
        versions = [question.approved for question in stage.bank.questions.order_by("pk")[:4]]
        paper = [[version.pk, list(version.choices.values_list("pk", flat=True))] for version in versions if version]
        receipt = f"AAAA-BBBB-{Attempt.objects.count():04}"
        return make_result(entrant, stage.past, points=300, prediction=Decimal(4711), paper=paper, receipt=receipt)

    def client(self, name: str, **settings: Any) -> Client:
        """A browser in which the person is signed in as they do: staff by e-mail, others by slip."""
        client = Client(**settings)
        user = self.people[name]
        if isinstance(user, User):
            user.refresh_from_db()
            client.force_login(user, backend=BY_EMAIL if user.is_staff else BY_SLIP)
        return client

    def grade(self) -> None:
        grading.grade_due(now=self.now)


class Works:
    """What a second round came to: an entry with a file, judged and published; and a live stage that is on."""

    def __init__(self, stage: Stage, entrant: Entrant, organizer: User, judge: User, now: datetime) -> None:
        self.round = stage.contest.rounds.get(order=2)
        Round.objects.filter(pk=self.round.pk).update(opens_at=now - 9 * DAY, closes_at=now + 9 * DAY)
        self.call = Call.objects.create(round=self.round, needs_confirmation=True)
        self.kind = Kind.objects.create(call=self.call, title="Sáng kiến", letters="SK", last_number=2)
        self.section = Section.objects.create(call=self.call, title="Cách làm")
        self.entry = self.hand_in(entrant, now)
        self.file = self.attach(now)
        self.likeness = self.compare(now)
        self.rubric = Rubric.objects.create(contest=stage.contest, title="Sáng kiến")
        self.criterion = Criterion.objects.create(rubric=self.rubric, code="1", title="Tính mới", maximum=100)
        self.judged, self.assignment = self.stage("Sơ khảo", judge, now)
        self.live, _assignment = self.stage("Chung kết", judge, now, is_live=True)
        self.sheet = self.mark(now)
        self.conflict = Conflict.objects.create(
            contest=stage.contest, judge=judge, entry=self.likeness.other, reason="Anh rể", declared_by=judge,
            declared_at=now - 6 * DAY,
        )  # fmt: skip
        self.snapshot = self.announce(organizer, now)
        self.notice = Notice.objects.get(user=entrant.user, key=f"result:{self.snapshot.pk}")

    def hand_in(self, entrant: Entrant, now: datetime) -> Entry:
        entry = Entry.objects.create(
            round=self.round, kind=self.kind, number=1, code="SK-0001", form="individual", title="Sổ việc dân hỏi",
            unit=entrant.unit, unit_path=entrant.unit_path, answers={str(self.section.pk): "Niêm yết từng việc."},
            status="valid", version=1, registered_at=now - 8 * DAY, submitted_at=now - 7 * DAY, may_show=True,
            created_by=entrant.user,
        )  # fmt: skip
        Author.objects.create(
            entry=entry, user=entrant.user, full_name=entrant.user.full_name, share=100, is_lead=True,
            unit=entrant.unit, unit_path=entrant.unit_path, confirmed_at=now - 8 * DAY,
        )  # fmt: skip
        return entry

    def attach(self, now: datetime) -> File:
        """A good file with a page of preview, and the version that was handed in with it."""
        content = b"%PDF-1.4\n%%EOF\n"
        file = File(
            entry=self.entry, slot="document", name="Phụ lục.pdf", size=len(content), received=len(content),
            state="good", content_type="application/pdf", sha256=sha256(content).hexdigest(), pages=1,
            uploaded_by=self.entry.created_by, begun_at=now - 8 * DAY, arrived_at=now - 8 * DAY,
        )  # fmt: skip
        file.stored.save("phu-luc.pdf", ContentFile(content), save=False)
        file.blind.save("phu-luc.pdf", ContentFile(content), save=False)
        if hasattr(file, "stored_size"):
            file.stored_size = file.blind_size = len(content)
        file.save()
        default_storage.save(filing.page_name(file, 1), ContentFile(b"RIFF"))
        Version.objects.create(
            entry=self.entry, number=1, handed_in_at=now - 7 * DAY, handed_in_by=self.entry.created_by,
            content=entries.content(self.entry), receipt="AAAA-BBBB-CCCC-DDDD",
        )  # fmt: skip
        return file

    def compare(self, now: datetime) -> Likeness:
        """Another entry from which the first one seems to have taken words over."""
        entry = self.entry
        other = Entry.objects.create(
            round=self.round, kind=self.kind, number=2, code="SK-0002", form="individual", title="Sổ việc",
            status="submitted", version=1, registered_at=now - 9 * DAY, submitted_at=now - 8 * DAY,
            created_by=entry.created_by,
        )  # fmt: skip
        return Likeness.objects.create(entry=entry, other=other, share=40, found_at=now - 6 * DAY)

    def stage(self, title: str, judge: User, now: datetime, **fields: Any) -> tuple[JudgingStage, Assignment]:
        stage = JudgingStage.objects.create(
            round=self.round, order=self.round.stages.count() + 1, title=title, judges_per_entry=1,
            opens_at=now - 6 * DAY, closes_at=now + 6 * DAY, **fields,
        )  # fmt: skip
        StageRubric.objects.create(stage=stage, rubric=self.rubric)
        panel = Panel.objects.create(stage=stage, title="Ban giám khảo")
        seat = Seat.objects.create(panel=panel, user=judge, is_chair=True)
        candidate = Candidate.objects.create(stage=stage, entry=self.entry, order=1 if stage.is_live else None)
        assignment = Assignment.objects.create(candidate=candidate, seat=seat, assigned_at=now - 6 * DAY)
        return stage, assignment

    def mark(self, now: datetime) -> Sheet:
        sheet = Sheet.objects.create(
            assignment=self.assignment, rubric=self.rubric, begun_at=now - 5 * DAY, saved_at=now - 5 * DAY,
            locked_at=now - 5 * DAY, total=90, revision=1,
        )  # fmt: skip
        Mark.objects.create(sheet=sheet, criterion=self.criterion, points=90)
        return sheet

    def announce(self, organizer: User, now: datetime) -> Snapshot:
        """The first stage is closed, and its result published."""
        Candidate.objects.filter(stage=self.judged).update(
            outcome="scored", score=90, total=90, spread=0, passes=True, place=1, goes_on=True
        )
        JudgingStage.objects.filter(pk=self.judged.pk).update(closed_at=now - 4 * DAY)
        made = freezing.make(self.judged, by=organizer, now=now)
        freezing.check(made, by=organizer, now=now)
        return freezing.publish(made, by=organizer, decision="31-QĐ/BTC", now=now)


class Stage:
    """A contest with a practice round, a quiz of two weeks, a bank, documents and consents."""

    def __init__(self, contest: Contest, now: datetime, **quiz: Any) -> None:
        self.contest = contest
        self.bank = make_bank(name=f"Ngân hàng {contest.slug}")
        for number in range(1, 9):
            make_question(
                self.bank,
                text=f"Câu hỏi số {number}?",
                choices=("Sai một", "Sai hai", f"{RIGHT}-{number}", "Sai ba"),
                right="C",
                explanation=f"{EXPLANATION}-{number}",
            )
        self.bank.questions.all()[0].versions.update(source=SOURCE)
        self.practice = make_round(contest, order=0, is_practice=True, title="Thi thử", opens_at=None, closes_at=None)
        self.practice_quiz = make_quiz(self.practice, bank=self.bank, review_shown="results")
        self.round: Round = make_round(contest, order=1, opens_at=now - 9 * DAY, closes_at=now + 20 * DAY)
        self.past: Period = make_period(self.round, opens_at=now - 9 * DAY, closes_at=now - 2 * DAY)
        self.period: Period = make_period(self.round, opens_at=now - 2 * DAY, closes_at=now + 5 * DAY)
        settings = {
            "prediction": "people_all_correct", "ranking": "B", "attempts_per_period": 3,
            "score_shown": "period_closed", "board_shown": "results", "review_shown": "results",
        }  # fmt: skip
        self.quiz: Quiz = make_quiz(self.round, bank=self.bank, **{**settings, **quiz})
        make_round(contest, order=2, kind="initiative", title="Mô hình, sáng kiến")
        self.text = make_consent_text(contest, is_required=True)
        self.publishing = make_consent_text(contest, kind="publishing")
        self.document = Document(contest=contest, title="Chỉ thị 24")
        self.document.file.save("d.pdf", ContentFile(b"%PDF-1.4\n%%EOF\n"))
        self.link = Document.objects.create(contest=contest, title="Trang web", url="https://example.vn/")
