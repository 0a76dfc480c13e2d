"""Who marks what by which rubric, and what it came to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from contest.entries.models import Author, Category, Entry, Form, Kind
from contest.rounds.models import Contest, Office, Round


# --- Rubrics ---------------------------------------------------------------------------------------------------------
class RubricQuerySet(models.QuerySet["Rubric"]):
    """Rubrics."""

    def run_by(self, user: User) -> RubricQuerySet:
        """Rubrics of the contests that `user` organizes."""
        return self.filter(contest__in=Contest.objects.run_by(user))

    def watched_by(self, user: User) -> RubricQuerySet:
        """Rubrics of the contests that `user` organizes or observes."""
        return self.filter(contest__in=Contest.objects.watched_by(user))


class Rubric(models.Model):
    """Criteria with their maxima; a change of one that is in use is the next version."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="rubrics", verbose_name=_("contest"))
    title = models.CharField(_("title"), max_length=120)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    previous = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next", editable=False
    )
    description = models.TextField(_("description"), blank=True)

    objects: ClassVar[RubricQuerySet] = RubricQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("rubric"), _("rubrics")
        ordering = ["contest", "title", "-version"]
        constraints = [models.UniqueConstraint(fields=["contest", "title", "version"], name="a_rubric_version_once")]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Criterion(models.Model):
    """One line of a rubric. Those that have others below them are groups: only lines without any are marked."""

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("rubric"))
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    code = models.CharField(_("code"), max_length=6)  # "A", "A1", "2b"
    title = models.CharField(_("title"), max_length=200)
    description = models.CharField(_("description"), max_length=500, blank=True)
    maximum = models.DecimalField(
        _("maximum"), max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    step = models.DecimalField(
        _("step"),
        max_digits=4,
        decimal_places=2,
        default=Decimal("0.5"),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    comment_at_zero = models.BooleanField(_("comment needed at zero"), default=False)
    comment_at_maximum = models.BooleanField(_("comment needed at the maximum"), default=False)
    comment_always = models.BooleanField(_("comment always needed"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("criterion"), _("criteria")
        ordering = ["rubric", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["rubric", "code"], name="a_criterion_code_once"),
            models.CheckConstraint(name="a_maximum_above_zero", condition=Q(maximum__gt=0)),
            models.CheckConstraint(name="a_step_up_to_the_maximum", condition=Q(step__gt=0, step__lte=F("maximum"))),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Level(models.Model):
    """What an entry is like that gets so many points for a criterion."""

    criterion = models.ForeignKey(
        Criterion, on_delete=models.CASCADE, related_name="levels", verbose_name=_("criterion")
    )
    points = models.DecimalField(_("from so many points"), max_digits=6, decimal_places=2)
    title = models.CharField(_("title"), max_length=80)
    description = models.CharField(_("description"), max_length=500, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("level"), _("levels")
        ordering = ["criterion", "points"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "points"], name="a_level_once"),
            models.CheckConstraint(name="a_level_not_below_zero", condition=Q(points__gte=0)),
        ]

    def __str__(self) -> str:
        return self.title


# --- Stages ----------------------------------------------------------------------------------------------------------
class StageQuerySet(models.QuerySet["Stage"]):
    """Stages."""

    def run_by(self, user: User) -> StageQuerySet:
        """Stages of the contests that `user` organizes."""
        return self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> StageQuerySet:
        """Stages of the contests that `user` organizes or observes."""
        return self.filter(round__in=Round.objects.watched_by(user))


class Stage(models.Model):
    """One pass of judging over a round's entries: how many judge, how marks become a score, who goes on."""

    class Aggregation(models.TextChoices):
        MEAN = "mean", _("Mean")
        MEDIAN = "median", _("Median")
        TRIMMED = "trimmed", _("Mean without the highest and the lowest, from five judges on")

    class Discrepancy(models.TextChoices):
        CHAIR = "chair", _("The chair decides")
        JUDGE = "judge", _("One more judge marks")

    class Allotment(models.TextChoices):
        AHEAD = "ahead", _("Assigned before judging begins")
        NEXT = "next", _("The entry with the fewest judges comes next")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stages", verbose_name=_("round"))
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    title = models.CharField(_("title"), max_length=120)
    opens_at = models.DateTimeField(_("judging opens at"), null=True, blank=True)
    closes_at = models.DateTimeField(_("judging closes at"), null=True, blank=True)
    judges_per_entry = models.PositiveSmallIntegerField(
        _("judges an entry"), default=3, validators=[MinValueValidator(1), MaxValueValidator(15)]
    )
    allotment = models.CharField(_("assignment"), max_length=5, choices=Allotment, default=Allotment.AHEAD)
    aggregation = models.CharField(_("score of an entry"), max_length=8, choices=Aggregation, default=Aggregation.MEAN)
    tolerance = models.DecimalField(
        _("tolerance"), max_digits=6, decimal_places=2, null=True, blank=True, default=Decimal(15),
        help_text=_("Judges whose totals lie further apart than this disagree; empty: never."),
    )  # fmt: skip
    on_discrepancy = models.CharField(
        _("when judges disagree"), max_length=5, choices=Discrepancy, default=Discrepancy.CHAIR
    )
    weight = models.PositiveSmallIntegerField(
        _("weight (%)"), null=True, blank=True, validators=[MaxValueValidator(100)],
        help_text=_("Of this stage in the sum with the stages before it; empty: it starts from zero."),
    )  # fmt: skip
    is_blind = models.BooleanField(
        _("blind"), default=False, help_text=_("Authors and units are hidden from judges, in files as well.")
    )
    shows_others = models.BooleanField(
        _("judges see others' marks"), default=False, help_text=_("Each only after locking their own sheet.")
    )
    adjusts_severity = models.BooleanField(
        _("ranks by marks adjusted for severity"), default=False,
        help_text=_("To be declared before judging begins; otherwise the adjusted ranking only stands beside."),
    )  # fmt: skip
    is_live = models.BooleanField(
        _("live"), default=False, help_text=_("Teams before an audience, marked part by part and shown in the hall.")
    )
    rubrics: models.ManyToManyField[Rubric, StageRubric] = models.ManyToManyField(
        Rubric, through="StageRubric", related_name="stages", verbose_name=_("rubrics")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)  # the outcome stands

    objects: ClassVar[StageQuerySet] = StageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("stage of judging"), _("stages of judging")
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(fields=["round", "order"], name="one_stage_a_place"),
            models.CheckConstraint(
                name="judging_opens_before_it_closes",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime) -> bool:
        """Whether judges may mark."""
        if self.closed_at is not None or self.opens_at is None or now < self.opens_at:
            return False
        return self.closes_at is None or now < self.closes_at


class StageRubric(models.Model):
    """By which rubric a kind of entry is marked at a stage, which parts of it, and what it takes to pass."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="stage_rubrics", verbose_name=_("stage"))
    kind = models.ForeignKey(
        Kind, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kind of entry"),
        help_text=_("Empty: all kinds without a rubric of their own."),
    )  # fmt: skip
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="uses", verbose_name=_("rubric"))
    parts = models.ManyToManyField(
        Criterion, blank=True, related_name="+", verbose_name=_("only these parts"),
        help_text=_("Criteria of the highest level; empty: the whole rubric."),
    )  # fmt: skip
    pass_score = models.DecimalField(_("passes with at least"), max_digits=6, decimal_places=2, null=True, blank=True)
    not_zero = models.ManyToManyField(
        Criterion, blank=True, related_name="+", verbose_name=_("none of these at zero"),
        help_text=_("An entry whose mean is zero in one of them does not pass."),
    )  # fmt: skip
    tie_break = ArrayField(
        models.CharField(max_length=6), verbose_name=_("ties go by"), default=list, blank=True,
        help_text=_("Codes of criteria, the first one first; what is still equal the chair decides."),
    )  # fmt: skip

    class Meta:
        verbose_name, verbose_name_plural = _("rubric of a stage"), _("rubrics of a stage")
        constraints = [
            models.UniqueConstraint(fields=["stage", "kind"], name="one_rubric_a_kind", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.kind or '*'}: {self.rubric}"


class Advance(models.Model):
    """A rule by which entries go on from a stage; an entry goes on when one of the rules lets it."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="advances", verbose_name=_("stage"))
    kind = models.ForeignKey(
        Kind, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kind of entry")
    )
    forms = ArrayField(
        models.CharField(max_length=12, choices=Form), verbose_name=_("handed in as"), default=list, blank=True
    )  # empty: all; several are ranked together
    top = models.PositiveSmallIntegerField(_("the best so many"), null=True, blank=True)
    least_score = models.DecimalField(_("with at least"), max_digits=6, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rule for going on"), _("rules for going on")
        constraints = [
            models.CheckConstraint(
                name="going_on_takes_something", condition=Q(top__isnull=False) | Q(least_score__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage}: {self.top or ''} {self.least_score or ''}"


class CandidateQuerySet(models.QuerySet["Candidate"]):
    """Entries at stages."""

    def run_by(self, user: User) -> CandidateQuerySet:
        """Those of the contests that `user` organizes."""
        return self.filter(stage__round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> CandidateQuerySet:
        """Those of the contests that `user` organizes or observes."""
        return self.filter(stage__round__in=Round.objects.watched_by(user))

    def standing(self) -> CandidateQuerySet:
        """Those whose entry is still valid: what was withdrawn, or found invalid since, is judged no more."""
        return self.filter(entry__status=Entry.Status.VALID)

    def closed_to(self, judge: User, contest: Contest) -> CandidateQuerySet:
        """Only those of a contest that a conflict of interest keeps from the judge; see `conflict_of`."""
        return self.filter(conflict_of(judge, contest), stage__round__contest=contest)

    def open_to(self, judge: User, contest: Contest) -> CandidateQuerySet:
        """Only those of a contest that no conflict of interest keeps from the judge."""
        return self.filter(~conflict_of(judge, contest), stage__round__contest=contest)

    def judged_by(self, judge: User, contest: Contest) -> CandidateQuerySet:
        """What a judge reaches: valid entries that are assigned to them, but none that a conflict keeps from them."""
        seats = Seat.objects.serving().filter(user=judge, panel__stage__round__contest=contest)
        assigned = Assignment.objects.standing().filter(candidate=OuterRef("pk"), seat__in=seats)
        return self.open_to(judge, contest).standing().filter(Exists(assigned))


class Candidate(models.Model):
    """One entry at one stage, and what the stage made of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Not all sheets are locked")
        DISCREPANT = "discrepant", _("The judges disagree")
        SCORED = "scored", _("Scored")

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="candidates", verbose_name=_("stage"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="candidacies", verbose_name=_("entry"))
    order = models.PositiveSmallIntegerField(_("running order"), null=True, blank=True)  # of a live stage, by the draw
    is_anchor = models.BooleanField(_("anchor"), default=False)  # everyone marks it, first
    is_absent = models.BooleanField(_("absent"), default=False)  # of a live stage
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True, blank=True)
    spread = models.DecimalField(_("spread"), max_digits=7, decimal_places=2, null=True, blank=True)  # highest − lowest
    total = models.DecimalField(
        _("with the stages before"), max_digits=7, decimal_places=2, null=True, blank=True
    )  # what ranks: the score, or the weighted sum
    passes = models.BooleanField(_("passes"), null=True)
    place = models.PositiveIntegerField(
        pgettext_lazy("rank", "place"), null=True, blank=True
    )  # among its kind and form; 1, 2, 2, 4
    goes_on = models.BooleanField(_("goes on"), null=True)
    decision = models.TextField(_("the chair's decision"), blank=True)  # why a discrepancy stands, or a tie was broken
    decided_order = models.PositiveSmallIntegerField(null=True, blank=True)  # among equals, by the chair
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(max_length=64, blank=True, editable=False)  # hash of what the outcome was made from

    objects: ClassVar[CandidateQuerySet] = CandidateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("entry at a stage"), _("entries at a stage")
        constraints = [
            models.UniqueConstraint(fields=["stage", "entry"], name="an_entry_once_a_stage"),
            models.UniqueConstraint(fields=["stage", "order"], name="a_running_order_once"),
            models.CheckConstraint(name="scored_with_a_score", condition=~Q(outcome="scored") | Q(score__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.entry)


# --- Judges ----------------------------------------------------------------------------------------------------------
class PanelQuerySet(models.QuerySet["Panel"]):
    """Panels."""

    def run_by(self, user: User) -> PanelQuerySet:
        """Those of the contests that `user` organizes."""
        return self.filter(stage__round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> PanelQuerySet:
        """Those of the contests that `user` organizes or observes."""
        return self.filter(stage__round__in=Round.objects.watched_by(user))


class Panel(models.Model):
    """Judges who sit together at a stage, over all entries or over some kinds and categories."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="panels", verbose_name=_("stage"))
    title = models.CharField(_("title"), max_length=120)
    kinds = models.ManyToManyField(Kind, blank=True, related_name="+", verbose_name=_("only these kinds"))
    categories = models.ManyToManyField(Category, blank=True, related_name="+", verbose_name=_("only these categories"))

    objects: ClassVar[PanelQuerySet] = PanelQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("panel"), _("panels")
        ordering = ["stage", "id"]

    def __str__(self) -> str:
        return self.title


class SeatQuerySet(models.QuerySet["Seat"]):
    """Seats on panels."""

    def sitting(self) -> SeatQuerySet:
        """Judges who have not left."""
        return self.filter(left_at=None)

    def serving(self) -> SeatQuerySet:
        """Those of them who still hold the office of a judge in the contest: nobody else reaches anything by a seat."""
        held = Office.objects.filter(
            contest=OuterRef("panel__stage__round__contest"), user=OuterRef("user"), role=Office.Role.JUDGE
        )
        return self.sitting().filter(Exists(held))


class Seat(models.Model):
    """A judge on a panel."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="seats", verbose_name=_("panel"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats", verbose_name=_("judge")
    )
    is_chair = models.BooleanField(_("chair"), default=False)
    most_entries = models.PositiveSmallIntegerField(_("entries at most"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    left_reason = models.CharField(_("left because"), max_length=300, blank=True)

    objects: ClassVar[SeatQuerySet] = SeatQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("seat on a panel"), _("seats on a panel")
        constraints = [
            models.UniqueConstraint(fields=["panel", "user"], name="a_seat_once_a_panel"),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(is_chair=True, left_at=None), name="one_chair_a_panel"
            ),
            models.CheckConstraint(name="left_with_a_reason", condition=Q(left_at=None) | ~Q(left_reason="")),
        ]

    def __str__(self) -> str:
        return str(self.user)


class ConflictQuerySet(models.QuerySet["Conflict"]):
    """Conflicts of interest."""

    def run_by(self, user: User) -> ConflictQuerySet:
        """Those of the contests that `user` organizes."""
        return self.filter(contest__in=Contest.objects.run_by(user))

    def watched_by(self, user: User) -> ConflictQuerySet:
        """Those of the contests that `user` organizes or observes."""
        return self.filter(contest__in=Contest.objects.watched_by(user))

    def standing(self) -> ConflictQuerySet:
        """Those that have not been lifted."""
        return self.filter(lifted_at=None)


class Conflict(models.Model):
    """A conflict of interest that somebody declared; the automatic ones are never stored, but found anew each time."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="conflicts", verbose_name=_("contest"))
    judge = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflicts", verbose_name=_("judge")
    )
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="conflicts", verbose_name=_("entry"))
    reason = models.CharField(_("reason"), max_length=300)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("declared by")
    )
    declared_at = models.DateTimeField(_("declared at"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_reason = models.CharField(_("lifted because"), max_length=300, blank=True)

    objects: ClassVar[ConflictQuerySet] = ConflictQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("conflict of interest"), _("conflicts of interest")
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "entry"], condition=Q(lifted_at=None), name="a_conflict_stands_once"
            ),
            models.CheckConstraint(name="a_conflict_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.judge}: {self.entry}"


def units_of(judge: User, contest: Contest) -> set[int]:
    """The judge's own units: of the person, and of the offices they hold in the contest."""
    offices = judge.offices.filter(contest=contest).exclude(unit=None)
    return {pk for pk in (judge.unit_id, *offices.values_list("unit", flat=True)) if pk is not None}


# From the units themselves up and down by the index, since the tree is large and a judge's part of it is small.
NEAR = """
WITH RECURSIVE over(id, parent_id) AS (
  SELECT id, parent_id FROM accounts_unit WHERE id = %(root)s
  UNION SELECT unit.id, unit.parent_id FROM accounts_unit unit JOIN over ON unit.id = over.parent_id
), up(own, id, parent_id) AS (
  SELECT id, id, parent_id FROM accounts_unit WHERE id = ANY(%(own)s) AND id NOT IN (SELECT id FROM over)
  UNION SELECT up.own, unit.id, unit.parent_id FROM accounts_unit unit JOIN up ON unit.id = up.parent_id
), down(own, id) AS (
  SELECT id, id FROM accounts_unit WHERE id = ANY(%(own)s) AND id NOT IN (SELECT id FROM over)
  UNION SELECT down.own, unit.id FROM accounts_unit unit JOIN down ON unit.parent_id = down.id
)
SELECT own, id FROM up WHERE id NOT IN (SELECT id FROM over) UNION SELECT own, id FROM down
"""


def near_each(own: set[int], contest: Contest) -> dict[int, set[int]]:
    """By each of the given units, the unit itself with all above and below it; one query.

    The contest's top unit and what is above it stand over everyone, so they bring nothing with them: whoever belongs
    there is near to entries of that very unit alone.
    """
    found = {unit: {unit} for unit in own}
    if own:
        with connection.cursor() as cursor:
            cursor.execute(NEAR, {"own": sorted(own), "root": contest.root_id})
            for unit, near in cursor.fetchall():
                found[unit].add(near)
    return found


def units_near(own: set[int], contest: Contest) -> set[int]:
    """The given units with all above and below them; see `near_each`."""
    return set().union(*near_each(own, contest).values())


def same_person(judge: User, prefix: str) -> Q:
    """Whether the account at the end of `prefix` is the judge's, or another one of the same person.

    That is: one with the same phone number, or with the same name and the same date of birth.
    """
    found = Q(**{prefix: judge.pk})
    if judge.phone:
        found |= Q(**{f"{prefix}__phone": judge.phone})
    if judge.birth_date:
        found |= Q(**{f"{prefix}__full_name": judge.full_name, f"{prefix}__birth_date": judge.birth_date})
    return found


def conflict_of(judge: User, contest: Contest) -> Q:
    """Which candidates of a contest a conflict of interest keeps from the judge; see `conflict_by`. Two queries."""
    own = units_of(judge, contest)
    return conflict_by(judge, contest, own, units_near(own, contest))


def conflict_by(judge: User, contest: Contest, own: set[int], units: set[int]) -> Q:
    """Which candidates of a contest a conflict of interest keeps from the judge.

    Declared ones that stand; and automatically: the judge, by whatever account, is an author of the entry, began it or
    confirmed it for its unit; or the entry's unit, or that of an author, then or now, is a unit of the judge or one
    above or below it. It is joined into every selection, so that a change of units or authors bites at once.
    """
    near, below = sorted(units), sorted(own - {contest.root_id})
    authors = Author.objects.filter(entry=OuterRef("entry"), declined_at=None)
    theirs = Q(unit__in=near) | Q(user__unit__in=near) | Q(unit_path__overlap=below)
    declared = Conflict.objects.standing().filter(entry=OuterRef("entry"), judge=judge)
    return (
        Q(Exists(declared))
        | same_person(judge, "entry__created_by")
        | same_person(judge, "entry__confirmed_by")
        | Q(entry__unit__in=near)
        | Q(entry__unit_path__overlap=below)
        | Q(Exists(authors.filter(same_person(judge, "user") | theirs)))
    )


# --- Assignments and sheets ------------------------------------------------------------------------------------------
class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments."""

    def standing(self) -> AssignmentQuerySet:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def reached_by(self, judge: User, contest: Contest, now: datetime) -> AssignmentQuerySet:
        """What a judge opens: their own ones at stages that have opened, but none that a conflict keeps from them."""
        mine = self.standing().filter(seat__user=judge, seat__left_at=None)
        candidates = Candidate.objects.judged_by(judge, contest).filter(stage__opens_at__lte=now)
        return mine.filter(candidate__in=candidates)

    def locked(self) -> AssignmentQuerySet:
        """Those whose sheet is sealed."""
        return self.standing().filter(sheet__locked_at__isnull=False)


class Assignment(models.Model):
    """That a judge marks an entry at a stage."""

    class Why(models.TextChoices):
        PLAN = "plan", _("By the assignment")
        NEXT = "next", _("Taken as the next one")
        TOP_UP = "top_up", _("In the place of a judge who left")
        DISCREPANCY = "discrepancy", _("Because judges disagree")
        BY_HAND = "by_hand", _("By hand")

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("entry at a stage")
    )
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("judge"))
    why = models.CharField(_("why"), max_length=12, choices=Why, default=Why.PLAN)
    assigned_at = models.DateTimeField(_("assigned at"))
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("assigned by")
    )
    held_until = models.DateTimeField(null=True, blank=True)  # of one taken as the next: later others may take the seat
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.CharField(_("ended because"), max_length=300, blank=True)

    objects: ClassVar[AssignmentQuerySet] = AssignmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("assignment"), _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "seat"], condition=Q(ended_at=None), name="an_assignment_stands_once"
            ),
            models.CheckConstraint(name="ended_with_a_reason", condition=Q(ended_at=None) | ~Q(ended_reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.seat}"


class Sheet(models.Model):
    """A judge's marks for an entry: a draft that saves itself, sealed by its lock."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, related_name="sheet", verbose_name=_("assignment")
    )
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("rubric"))
    revision = models.PositiveIntegerField(default=0)  # grows with each save: two windows see each other
    comment = models.TextField(_("comment"), blank=True)
    begun_at = models.DateTimeField(_("begun at"))
    saved_at = models.DateTimeField(_("saved at"), null=True, blank=True)
    seconds = models.PositiveIntegerField(
        _("seconds spent"), default=0
    )  # between saves no more than five minutes apart
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)
    total = models.DecimalField(_("total"), max_digits=7, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("sheet"), _("sheets")
        constraints = [
            models.CheckConstraint(name="locked_with_a_total", condition=Q(locked_at=None) | Q(total__isnull=False))
        ]

    def __str__(self) -> str:
        return str(self.assignment)

    @property
    def is_locked(self) -> bool:
        """Whether it is sealed."""
        return self.locked_at is not None


class Mark(models.Model):
    """Points and a comment for one criterion on one sheet; no points yet is not zero points."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="marks", verbose_name=_("sheet"))
    criterion = models.ForeignKey(
        Criterion, on_delete=models.PROTECT, related_name="marks", verbose_name=_("criterion")
    )
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2, null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("mark"), _("marks")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="a_mark_a_criterion"),
            models.CheckConstraint(name="points_not_below_zero", condition=Q(points=None) | Q(points__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"


class SheetEvent(models.Model):
    """What happened to a sheet, with all its marks as they were then; rows are only ever added."""

    class What(models.TextChoices):
        SAVED = "saved", _("Saved")
        LOCKED = "locked", _("Locked")
        REOPENED = "reopened", _("Opened again")
        ENDED = "ended", _("Taken out")

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="events", verbose_name=_("sheet"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    marks: models.JSONField[Any, Any] = models.JSONField(default=dict)  # by code: [points as text or null, comment]

    class Meta:
        verbose_name, verbose_name_plural = _("step of a sheet"), _("steps of a sheet")
        ordering = ["sheet", "id"]
        constraints = [
            models.CheckConstraint(name="reopened_with_a_reason", condition=~Q(what="reopened") | ~Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.sheet}: {self.what}"


# --- Live ------------------------------------------------------------------------------------------------------------
class Draw(models.Model):
    """The running order of a live stage, drawn once; whoever knows the seed can draw it again."""

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="draw", verbose_name=_("stage"))
    seed = models.CharField(_("seed"), max_length=64)
    codes = ArrayField(models.CharField(max_length=12), verbose_name=_("drawn from"))  # sorted, as they went in
    drawn_at = models.DateTimeField(_("drawn at"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("draw"), _("draws")

    def __str__(self) -> str:
        return str(self.stage)


class Reveal(models.Model):
    """What the hall has been told of a team for a part: until then no page outside shows a mark.

    It is there from the moment at which the team is called; marks are added one by one as they are announced, and the
    score comes last.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="reveals", verbose_name=_("team"))
    part = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"))
    called_at = models.DateTimeField(_("called at"))
    marks: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)  # [seat id, points as text], …
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True, blank=True)  # as announced
    revealed_at = models.DateTimeField(_("announced at"), null=True, blank=True)
    revealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("announcement"), _("announcements")
        constraints = [
            models.UniqueConstraint(fields=["candidate", "part"], name="a_part_announced_once"),
            models.CheckConstraint(
                name="a_score_with_its_moment",
                condition=Q(score=None, revealed_at=None) | Q(score__isnull=False, revealed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.part}"
