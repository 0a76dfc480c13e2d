"""The calendar of a contest and who is in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from contest.foundations.secrets import random_id
from contest.questions.models import Bank, Question, Topic
from contest.rounds.timing import Window


class ContestQuerySet(models.QuerySet["Contest"]):
    """Contests."""

    def public(self) -> ContestQuerySet:
        """Contests that everyone may see."""
        return self.filter(is_public=True)

    def run_by(self, user: User) -> ContestQuerySet:
        """Contests that `user` organizes; a platform administrator runs all."""
        return (
            self
            if user.is_superuser
            else self.filter(offices__user=user, offices__role=Office.Role.ORGANIZER).distinct()
        )

    def watched_by(self, user: User) -> ContestQuerySet:
        """Contests that `user` organizes or observes."""
        held = Office.objects.filter(
            contest=OuterRef("pk"), user=user, role__in=[Office.Role.ORGANIZER, Office.Role.OBSERVER]
        )
        return self if user.is_superuser else self.filter(Exists(held))

    def visible_to(self, user: User | AnonymousUser) -> ContestQuerySet:
        """Public contests, and those that are being prepared for whoever holds an office in them."""
        if not user.is_authenticated:
            return self.public()
        held = Office.objects.filter(contest=OuterRef("pk"), user=user)
        return self if user.is_superuser else self.filter(Q(is_public=True) | Exists(held))


class Contest(models.Model):
    """An ordered list of typed rounds with the people and the rules around it."""

    class Entry(models.TextChoices):
        ROSTER = "roster", _("By the units' lists only")
        OPEN = "open", _("Open: people register themselves, lists may be added")

    class UnitRanking(models.TextChoices):
        COMPLETION = "completion", _("Completion, then the mean score of those who completed")
        PEOPLE = "people", _("Number of people")
        ATTEMPTS = "attempts", _("Number of attempts")

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    short_title = models.CharField(
        _("short title"), max_length=60, blank=True, help_text=_("For the masthead and for phones.")
    )
    mark = models.CharField(
        _("mark"), max_length=4, blank=True, help_text=_("Up to four characters for the badge in the masthead.")
    )
    subtitle = models.TextField(_("subtitle"), blank=True)
    organizer = models.CharField(_("organized by"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    rules = models.TextField(_("rules"), blank=True, help_text=_("Markdown."))
    prizes = models.TextField(_("prizes"), blank=True, help_text=_("Markdown."))
    contact = models.CharField(_("who answers questions"), max_length=200, blank=True)
    hotline = models.CharField(_("hotline"), max_length=40, blank=True)
    entry = models.CharField(_("how people come in"), max_length=10, choices=Entry, default=Entry.OPEN)
    root = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("top unit"),
        help_text=_("Units below it take part; empty means all units."),
    )  # fmt: skip
    needs_unit_confirmation = models.BooleanField(
        _("units confirm who registers"), default=False,
        help_text=_("People who registered themselves enter only after a manager of their unit has confirmed them."),
    )  # fmt: skip
    is_public = models.BooleanField(_("public"), default=False)
    roster_frozen_at = models.DateTimeField(
        _("roster frozen at"),
        null=True,
        blank=True,
        help_text=_("From this moment completion goes by the roster as it is then."),
    )
    unit_ranking = models.CharField(
        _("units are ranked by"), max_length=10, choices=UnitRanking, default=UnitRanking.COMPLETION
    )
    completion_threshold = models.DecimalField(
        _("completion threshold (%)"),
        max_digits=5,
        decimal_places=2,
        default=70,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    # Another number after each change of the contest, its rounds, periods, settings or documents, by the database.
    revision = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[ContestQuerySet] = ContestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("contest"), _("contests")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The contest's home."""
        return f"/c/{self.slug}/"


class Document(models.Model):
    """Something to study: a file or a link."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="documents", verbose_name=_("contest"))
    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(_("file"), upload_to="documents/", blank=True)
    url = models.URLField(_("link"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("document"), _("documents")
        ordering = ["order", "id"]
        constraints = [models.CheckConstraint(name="document_file_or_link", condition=Q(file="") ^ Q(url=""))]

    def __str__(self) -> str:
        return self.title

    def file_name(self) -> str:
        """What the file is called when it is saved: its title, with its own ending."""
        return f"{self.title}{PurePath(self.file.name or '').suffix.lower()}"


class RoundQuerySet(models.QuerySet["Round"]):
    """Rounds."""

    def run_by(self, user: User) -> RoundQuerySet:
        """Rounds of the contests that `user` organizes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.run_by(user))

    def watched_by(self, user: User) -> RoundQuerySet:
        """Rounds of the contests that `user` organizes or observes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.watched_by(user))

    def with_calendar(self) -> RoundQuerySet:
        """With the quiz, the periods and the longest extra time, which the calendar asks for; two queries."""
        longest = ExtraTime.objects.filter(round=OuterRef("pk")).order_by("-extra").values("extra")[:1]
        named: dict[str, Any] = {"longest_extra": Coalesce(Subquery(longest), timedelta(0))}
        return self.select_related("quiz").prefetch_related("periods").annotate(**named)


class Round(models.Model):
    """One round of a contest: what it is, when it is, and who may enter."""

    class Kind(models.TextChoices):
        QUIZ = "quiz", _("Online quiz")
        INITIATIVE = "initiative", _("Models and initiatives")
        ESSAY = "essay", _("Essay")
        LIVE = "live", _("Live round")

    class Who(models.TextChoices):
        EVERYONE = "everyone", _("Everyone in the contest")
        ROSTER = "roster", _("People on the units' lists")
        UNITS = "units", _("People of chosen units")

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="rounds", verbose_name=_("contest"))
    order = models.PositiveSmallIntegerField(
        _("order"), help_text=_("Rounds are numbered by it; a practice round has 0.")
    )
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.QUIZ)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    opens_at = models.DateTimeField(_("opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(
        _("closes at"), null=True, blank=True, help_text=_("The first moment at which it is closed.")
    )
    place = models.CharField(_("place"), max_length=200, blank=True)
    who = models.CharField(_("who may enter"), max_length=10, choices=Who, default=Who.EVERYONE)
    units = models.ManyToManyField(
        Unit, blank=True, related_name="+", verbose_name=_("chosen units"), help_text=_("With all units below them.")
    )
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"), null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(_("maximum age"), null=True, blank=True)
    members_only = models.BooleanField(_("party members only"), default=False)
    is_practice = models.BooleanField(_("practice"), default=False, help_text=_("Any time, never ranked."))
    key_version = models.PositiveIntegerField(default=1, editable=False)  # grows with each correction of the key

    objects: ClassVar[RoundQuerySet] = RoundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("round"), _("rounds")
        ordering = ["contest", "order"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "order"], name="one_round_a_place"),
            models.CheckConstraint(
                name="round_opens_before_it_closes",
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(opens_at__lt=F("closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def longest_extra(self) -> timedelta:
        """The most extra time that anyone has in this round; read once, or with the round by `with_calendar`."""
        longest: timedelta | None = self.extra_times.aggregate(longest=Max("extra"))["longest"]
        return longest or timedelta(0)


class QuizQuerySet(models.QuerySet["Quiz"]):
    """Quizzes."""

    def run_by(self, user: User) -> QuizQuerySet:
        """Quizzes of the contests that `user` organizes."""
        return self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> QuizQuerySet:
        """Quizzes of the contests that `user` organizes or observes."""
        return self.filter(round__in=Round.objects.watched_by(user))


def default_keys() -> list[str]:
    """Ranking keys of a new quiz: preset C."""
    return ["score:desc", "duration:asc"]


class Quiz(models.Model):
    """The settings of a quiz round."""

    class Papers(models.TextChoices):
        DRAWN = "drawn", _("Drawn for each attempt")
        FIXED = "fixed", _("The same questions for everyone")

    class Scoring(models.TextChoices):
        ALL_OR_NOTHING = "all_or_nothing", _("All or nothing")
        PARTIAL = "partial", _("Part of the points for part of the answer")

    class Prediction(models.TextChoices):
        NONE = "none", _("None")
        PEOPLE_ALL_CORRECT = "people_all_correct", _("How many people answer everything correctly")
        PARTICIPANTS = "participants", _("How many people take part")
        ATTEMPTS = "attempts", _("How many attempts there are")
        PERCENT = "percent_all_correct", _("Which percent of the people answers everything correctly")

    class Counting(models.TextChoices):
        BEST = "best", _("The best, and of equal ones the earliest")
        LAST = "last", _("The last")
        FIRST = "first", _("The first")

    class Ranking(models.TextChoices):
        A = "A", _("A: all correct, then nearest prediction, then earliest hand-in")
        B = "B", _("B: score, then time taken, then nearest prediction, then the organizers")
        C = "C", _("C: score, then time taken")
        D = "D", _("D: sum of the best scores of all periods, then sum of the times")
        OWN = "own", _("Own order of keys")

    class RankedBy(models.TextChoices):
        SCORE = "score:desc", _("more points")
        DURATION = "duration:asc", _("the shorter time")
        DISTANCE = "distance:asc", _("the nearer prediction")
        SUBMITTED = "submitted:asc", _("the earlier hand-in")
        STARTED = "started:asc", _("the earlier start")
        DECIDED = "decided:asc", _("the organizers' decision")

    class Shown(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        PERIOD_CLOSED = "period_closed", _("When the period has closed")
        RESULTS = "results", _("With the results")
        NEVER = "never", _("Never")

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="quiz", verbose_name=_("round"))
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank"))
    papers = models.CharField(_("papers"), max_length=10, choices=Papers, default=Papers.DRAWN)
    question_count = models.PositiveSmallIntegerField(
        _("number of questions"), default=10, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_choices = models.BooleanField(_("shuffle the choices"), default=True)
    time_limit = models.DurationField(
        _("time limit"),
        null=True,
        blank=True,
        default=timedelta(minutes=15),
        help_text=_("hh:mm:ss; empty means none."),
    )
    attempts_per_period = models.PositiveSmallIntegerField(_("attempts a period"), null=True, blank=True, default=1)
    attempts_per_day = models.PositiveSmallIntegerField(_("attempts a day"), null=True, blank=True)
    attempts_per_contest = models.PositiveSmallIntegerField(_("attempts in the whole contest"), null=True, blank=True)
    scoring = models.CharField(_("scoring"), max_length=16, choices=Scoring, default=Scoring.ALL_OR_NOTHING)
    points_per_question = models.DecimalField(
        _("points a question"), max_digits=6, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )
    prediction = models.CharField(_("prediction"), max_length=24, choices=Prediction, default=Prediction.NONE)
    counting = models.CharField(_("which attempt counts"), max_length=6, choices=Counting, default=Counting.BEST)
    ranking = models.CharField(_("ranking"), max_length=4, choices=Ranking, default=Ranking.C)
    ranking_keys = ArrayField(
        models.CharField(max_length=24), verbose_name=_("own ranking keys"), default=default_keys, blank=True
    )
    score_shown = models.CharField(_("the score is shown"), max_length=14, choices=Shown, default=Shown.AT_ONCE)
    board_shown = models.CharField(_("the board is shown"), max_length=14, choices=Shown, default=Shown.RESULTS)
    review_shown = models.CharField(
        _("the review is shown"), max_length=14, default=Shown.RESULTS,
        choices=[c for c in Shown.choices if c[0] != "at_once"],
        help_text=_("With the right answers and the explanations."),
    )  # fmt: skip

    objects: ClassVar[QuizQuerySet] = QuizQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("quiz settings"), _("quiz settings")
        constraints = [
            models.CheckConstraint(name="review_never_before_the_close", condition=~Q(review_shown="at_once")),
        ]

    def __str__(self) -> str:
        return str(self.round)

    def ranked_by(self) -> list[str]:
        """The own ranking keys in words, the first one first."""
        words = dict(self.RankedBy.choices)
        return [str(words.get(key, key)) for key in self.ranking_keys]


class TopicQuota(models.Model):
    """How many questions of a topic each paper has."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="quotas", verbose_name=_("quiz settings"))
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    count = models.PositiveSmallIntegerField(_("number of questions"))

    class Meta:
        verbose_name, verbose_name_plural = _("quota"), _("quotas")
        ordering = ["topic"]
        constraints = [models.UniqueConstraint(fields=["quiz", "topic"], name="one_quota_a_topic")]

    def __str__(self) -> str:
        return f"{self.topic}: {self.count}"


class PeriodQuerySet(models.QuerySet["Period"]):
    """Periods."""

    def around(self, now: datetime) -> PeriodQuerySet:
        """The period that is open at `now`, if any."""
        return self.filter(opens_at__lte=now, closes_at__gt=now)


class Period(models.Model):
    """One window of a quiz round, such as a week; half-open: closes_at is the first closed moment."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="periods", verbose_name=_("round"))
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(
        _("closes at"),
        help_text=_("The first moment at which it is closed: “until the end of 6 October” is 7 October 00:00."),
    )
    frozen_at = models.DateTimeField(_("results frozen at"), null=True, blank=True)
    results_at = models.DateTimeField(
        _("results out at"),
        null=True,
        blank=True,
        help_text=_("From then on results, boards and reviews that wait for it are shown."),
    )

    objects: ClassVar[PeriodQuerySet] = PeriodQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("period"), _("periods")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="one_period_a_number"),
            models.CheckConstraint(name="period_opens_before_it_closes", condition=Q(opens_at__lt=F("closes_at"))),
            models.CheckConstraint(
                name="results_after_the_close", condition=Q(results_at=None) | Q(results_at__gte=F("closes_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(_("Period %(number)s")) % {"number": self.number}

    def window(self) -> Window:
        """When attempts may start."""
        return Window(self.opens_at, self.closes_at)

    def has_results(self, now: datetime) -> bool:
        """Whether what waits for the results may be shown."""
        return self.results_at is not None and self.results_at <= now


class PaperQuestion(models.Model):
    """A question of a fixed paper; of one period, or of every period of the round."""

    quiz = models.ForeignKey(
        Quiz, on_delete=models.CASCADE, related_name="paper_questions", verbose_name=_("quiz settings")
    )
    period = models.ForeignKey(
        Period,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="paper_questions",
        verbose_name=_("period"),
    )
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+", verbose_name=_("question"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("question of a fixed paper"), _("questions of a fixed paper")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "period", "question"], name="a_question_once_a_paper", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return str(self.question)


class KeyCorrection(models.Model):
    """A change of what counts as right in a round after papers were drawn; grades of the next key version follow it."""

    class Effect(models.TextChoices):
        ALSO = "also", _("These choices count as right, too")
        INSTEAD = "instead", _("These choices are right, the old ones are not")
        VOID = "void", _("The question is void: everyone gets the points")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="key_corrections", verbose_name=_("round"))
    key_version = models.PositiveIntegerField(_("key version"), editable=False)
    version = models.ForeignKey(
        "questions.QuestionVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("question")
    )
    effect = models.CharField(_("effect"), max_length=8, choices=Effect)
    choices = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("right choices"))
    reason = models.TextField(_("reason"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name, verbose_name_plural = _("correction of the key"), _("corrections of the key")
        constraints = [models.UniqueConstraint(fields=["round", "key_version"], name="one_correction_a_key_version")]

    def __str__(self) -> str:
        return f"{self.round}, {self.key_version}"


class EntrantQuerySet(models.QuerySet["Entrant"]):
    """People in contests."""

    def run_by(self, user: User) -> EntrantQuerySet:
        """Entrants of the contests that `user` organizes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.run_by(user))

    def watched_by(self, user: User) -> EntrantQuerySet:
        """Entrants of the contests that `user` organizes or observes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.watched_by(user))

    def below(self, unit: Unit) -> EntrantQuerySet:
        """Entrants of `unit` and of every unit below it, by the path as it was."""
        return self.filter(unit_path__contains=[unit.pk])

    def eligible_for(self, round: Round) -> EntrantQuerySet:
        """Who may enter `round`: not barred, without an office, on its list, in its units; the age is not looked at."""
        found = self.filter(contest=round.contest_id, barred_at=None)
        found = found.exclude(user__in=Office.objects.filter(contest=round.contest_id).values("user"))
        if round.who == Round.Who.ROSTER:
            found = found.filter(origin=Entrant.Origin.ROSTER)
        elif round.who == Round.Who.UNITS:
            chosen = list(round.units.values_list("pk", flat=True))
            found = found.filter(unit_path__overlap=chosen) if chosen else found.none()
        return found.filter(user__is_party_member=True) if round.members_only else found

    def visible_to(self, user: User) -> EntrantQuerySet:
        """Whom the offices of `user` let them see: an organizer the whole contest, a unit manager the own subtree."""
        if user.is_superuser:
            return self
        offices = list(user.offices.all())
        seen = Q(contest__in=[office.contest_id for office in offices if office.role == Office.Role.ORGANIZER])
        for office in offices:
            if office.role == Office.Role.UNIT_MANAGER and office.unit_id:
                seen |= Q(contest=office.contest_id, unit_path__contains=[office.unit_id])
        return self.filter(seen)


class Entrant(models.Model):
    """One person in one contest, with the unit as it was when they came in."""

    class Origin(models.TextChoices):
        ROSTER = "roster", _("From the unit's list")
        REGISTERED = "registered", _("Registered themselves")

    # Not counted up: the keys of pages would tell how many people there are while people still predict it.
    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="entrants", verbose_name=_("contest"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="entrants", verbose_name=_("person")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    unit_path = ArrayField(
        models.BigIntegerField(), default=list, blank=True, editable=False
    )  # from the top unit down to `unit`
    unit_claim = models.CharField(
        _("unit in their own words"), max_length=200, blank=True
    )  # where none on the list fitted
    block = models.CharField(_("block"), max_length=80, blank=True)
    origin = models.CharField(_("came in"), max_length=10, choices=Origin, default=Origin.ROSTER)
    is_obliged = models.BooleanField(_("obliged to take part"), default=False)
    exempt_reason = models.CharField(_("exempt because"), max_length=300, blank=True)
    barred_at = models.DateTimeField(_("barred at"), null=True, blank=True)
    barred_reason = models.CharField(_("barred because"), max_length=300, blank=True)
    unit_confirmed_at = models.DateTimeField(_("confirmed by the unit at"), null=True, blank=True)
    created_at = models.DateTimeField(_("came in at"), auto_now_add=True)

    objects: ClassVar[EntrantQuerySet] = EntrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("entrant"), _("entrants")
        constraints = [
            models.UniqueConstraint(fields=["contest", "user"], name="one_entrant_a_person"),
            models.CheckConstraint(name="barred_with_a_reason", condition=Q(barred_at=None) | ~Q(barred_reason="")),
            models.CheckConstraint(name="exempt_is_not_obliged", condition=Q(exempt_reason="") | Q(is_obliged=False)),
        ]
        indexes = [
            GinIndex(fields=["unit_path"], name="entrant_unit_path"),
            models.Index(fields=["contest", "unit"], name="entrant_contest_unit"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Office(models.Model):
    """What someone does in a contest; whoever holds an office can't enter it."""

    class Role(models.TextChoices):
        ORGANIZER = "organizer", _("Organizer")
        UNIT_MANAGER = "unit_manager", _("Unit manager")
        EDITOR = "editor", _("Question editor")
        JUDGE = "judge", _("Judge")
        OBSERVER = "observer", _("Observer")

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="offices", verbose_name=_("contest"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="offices", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=14, choices=Role)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("For a unit manager: this unit and all below it."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("office"), _("offices")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "user", "role", "unit"], name="an_office_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="a_unit_manager_has_a_unit", condition=~Q(role="unit_manager") | Q(unit__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.user}"


class ExtraTime(models.Model):
    """More time for one person in one round; moves the limit and the end of the window."""

    entrant = models.ForeignKey(
        Entrant, on_delete=models.CASCADE, related_name="extra_times", verbose_name=_("entrant")
    )
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="extra_times", verbose_name=_("round"))
    extra = models.DurationField(_("extra time"), help_text=_("hh:mm:ss"))
    reason = models.CharField(_("reason"), max_length=300)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name, verbose_name_plural = _("extra time"), _("extra times")
        constraints = [
            models.UniqueConstraint(fields=["entrant", "round"], name="one_extra_time_a_round"),
            models.CheckConstraint(name="extra_time_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.entrant}: {self.extra}"


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    """Consent texts."""

    def in_force(self, now: datetime) -> ConsentTextQuerySet:
        """The newest version of each kind in each contest, as it is asked for at `now`."""
        newer = ConsentText.objects.filter(
            contest=OuterRef("contest"), kind=OuterRef("kind"), version__gt=OuterRef("version"), published_at__lte=now
        )
        return self.filter(~Exists(newer), published_at__lte=now)

    def not_agreed_to_by(self, user: User) -> ConsentTextQuerySet:
        """Those for which no consent of the person stands."""
        return self.filter(~Exists(Consent.objects.filter(text=OuterRef("pk"), user=user, withdrawn_at=None)))


class ConsentText(models.Model):
    """What people are asked to agree to; a new wording is a new version."""

    class Kind(models.TextChoices):
        TAKING_PART = "taking_part", _("Taking part")
        PUBLISHING = "publishing", _("Publishing the name with the results")
        KEEPING = "keeping", _("Keeping the data for the next contest")

    contest = models.ForeignKey(
        Contest, on_delete=models.CASCADE, related_name="consent_texts", verbose_name=_("contest")
    )
    kind = models.CharField(_("about"), max_length=12, choices=Kind)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    text = models.TextField(_("text"))
    is_required = models.BooleanField(_("needed to take part"), default=False)
    published_at = models.DateTimeField(_("in force since"))

    objects: ClassVar[ConsentTextQuerySet] = ConsentTextQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("consent text"), _("consent texts")
        ordering = ["contest", "kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "kind", "version"], name="one_text_a_consent_version")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.version})"


class Consent(models.Model):
    """That a person agreed to one version, when, and when they took it back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents", verbose_name=_("person")
    )
    text = models.ForeignKey(
        ConsentText, on_delete=models.PROTECT, related_name="consents", verbose_name=_("consent text")
    )
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "text"], condition=Q(withdrawn_at=None), name="a_consent_stands_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.text}"


def unit_path(unit: Unit | None) -> list[int]:
    """The ids from the top unit down to `unit`, as an entrant keeps them; one query."""
    if unit is None:
        return []
    found: Any = Unit.objects.with_tree_fields().get(pk=unit.pk)
    return list(found.tree_path)
