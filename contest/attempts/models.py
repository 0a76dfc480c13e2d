"""Attempts, the append-only log of their answers, and their grades."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from contest.foundations.secrets import random_id
from contest.rounds.models import Entrant, Period, Round
from contest.rounds.timing import GRACE, REQUEST_TIMEOUT

MOST_FAILURES = 3  # gradings of an attempt that fail before it is left to people


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Attempts."""

    def of(self, user: User) -> AttemptQuerySet:
        """The person's own attempts: nobody reads or writes another's."""
        return self.filter(entrant__user=user)

    def run_by(self, user: User) -> AttemptQuerySet:
        """Attempts of the contests that `user` organizes."""
        return self if user.is_superuser else self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> AttemptQuerySet:
        """Attempts of the contests that `user` organizes or observes."""
        return self if user.is_superuser else self.filter(round__in=Round.objects.watched_by(user))

    def overdue(self, now: datetime) -> AttemptQuerySet:
        """Open attempts for which nothing in time can still be on its way."""
        return self.filter(status=Attempt.Status.OPEN, deadline__lte=now - GRACE - REQUEST_TIMEOUT)

    def closed(self) -> AttemptQuerySet:
        """Attempts that were handed in or closed by the clock."""
        return self.exclude(status=Attempt.Status.OPEN)

    def ungradable(self) -> AttemptQuerySet:
        """Closed attempts whose grading has failed again and again: somebody has to look at them."""
        return self.closed().filter(grading_failures__gte=MOST_FAILURES)

    def ranked(self) -> AttemptQuerySet:
        """Attempts that may stand on a board: completed, not void, of a person who is not barred, not practice."""
        return self.filter(is_completed=True, voided_at=None, period__isnull=False, entrant__barred_at=None)


class Attempt(models.Model):
    """One entrant's sitting of one round: a paper, a deadline and, later, a grade."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SUBMITTED = "submitted", _("Handed in")
        EXPIRED = "expired", _("Closed by the clock")

    # Not counted up: addresses would tell how many attempts there are while people still predict it.
    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("entrant"))
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("round"))
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts", verbose_name=_("period")
    )
    number = models.PositiveIntegerField(_("number"))  # counts the person's attempts of the round from 1
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    unit_path = models.JSONField(default=list)  # ids from the top unit down, as they were at the start
    seed = models.CharField(max_length=32)  # the paper follows from it and the pool
    paper = models.JSONField(_("paper"))  # [[question version, [choices in the order shown]], …]; never drawn again
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    lease = models.PositiveIntegerField(default=1)  # which page may write: grows when a page takes the attempt over
    started_at = models.DateTimeField(_("started at"))
    deadline = models.DateTimeField(_("deadline"), null=True)
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    duration_ms = models.BigIntegerField(_("time taken (ms)"), null=True)
    receipt = models.CharField(_("receipt"), max_length=20, blank=True)
    answered = models.PositiveSmallIntegerField(_("answered questions"), null=True)
    is_completed = models.BooleanField(_("completed"), default=False)
    graded_version = models.PositiveIntegerField(default=0)  # key version of the newest grade; written by grading alone
    grading_failures = models.PositiveSmallIntegerField(_("failed gradings"), default=0)  # in a row
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("voided by"),
    )
    void_reason = models.CharField(_("void because"), max_length=300, blank=True)

    objects: ClassVar[AttemptQuerySet] = AttemptQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("attempt"), _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["entrant", "round", "number"], name="one_attempt_a_number"),
            models.UniqueConstraint(
                fields=["entrant", "round"], condition=Q(status="open"), name="one_open_attempt_a_round"
            ),
            models.UniqueConstraint(fields=["receipt"], condition=~Q(receipt=""), name="a_receipt_is_one_of_its_kind"),
            models.CheckConstraint(
                name="handed_in_by_the_deadline",
                condition=Q(deadline=None) | Q(submitted_at=None) | Q(submitted_at__lte=F("deadline")),
            ),
            models.CheckConstraint(
                name="closed_with_a_time",
                condition=Q(status="open", submitted_at=None) | (~Q(status="open") & Q(submitted_at__isnull=False)),
            ),
            models.CheckConstraint(name="void_with_a_reason", condition=Q(voided_at=None) | ~Q(void_reason="")),
        ]
        indexes = [
            models.Index(fields=["deadline"], condition=Q(status="open"), name="attempt_open_deadline"),
            models.Index(fields=["round", "graded_version"], condition=~Q(status="open"), name="attempt_to_grade"),
            models.Index(fields=["period", "entrant"], name="attempt_period_entrant"),
            models.Index(fields=["started_at", "id"], name="attempt_order"),  # of the desk's list: ids are random
            models.Index(  # what the desk counts by the hour
                fields=["round", "submitted_at"],
                include=["entrant"],
                condition=~Q(status="open"),
                name="attempt_handed_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entrant}, {self.round}, {self.number}"

    def is_open(self, now: datetime) -> bool:
        """Whether an answer that arrives at `now` still counts."""
        return self.status == self.Status.OPEN and (self.deadline is None or now < self.deadline + GRACE)

    def seconds_left(self, now: datetime) -> float | None:
        """Seconds to the deadline, never negative; None without a deadline."""
        return None if self.deadline is None else max(0.0, round((self.deadline - now).total_seconds(), 3))


class Answer(models.Model):
    """One save as it came, never changed: what counts are the counted saves in the order of (lease, sequence)."""

    pk = models.CompositePrimaryKey("attempt_id", "lease", "sequence")
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="answers", db_constraint=False, db_index=False
    )
    lease = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    is_counted = models.BooleanField()
    choices = models.JSONField()  # {"<place on the paper>": [places of the chosen choices], "p": prediction or null}

    class Meta:
        verbose_name, verbose_name_plural = _("answer"), _("answers")

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.lease}.{self.sequence}"


class Grade(models.Model):
    """What an attempt is worth under one key version; exactly one row for each, never changed."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="grades", verbose_name=_("attempt"))
    key_version = models.PositiveIntegerField(_("key version"))
    points = models.IntegerField(_("points (hundredths)"))
    max_points = models.IntegerField(_("points at most (hundredths)"))
    right = models.PositiveSmallIntegerField(_("right answers"))
    questions = models.PositiveSmallIntegerField(_("questions"))
    is_all_correct = models.BooleanField(_("all correct"))
    prediction = models.DecimalField(_("prediction"), max_digits=20, decimal_places=5, null=True)
    graded_at = models.DateTimeField(_("graded at"))

    class Meta:
        verbose_name, verbose_name_plural = _("grade"), _("grades")
        constraints = [models.UniqueConstraint(fields=["attempt", "key_version"], name="one_grade_a_key_version")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.points / 100}"


class Grant(models.Model):
    """Another attempt for one person in one period (or in a round without periods), with the reason."""

    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, related_name="grants", verbose_name=_("entrant"))
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", verbose_name=_("round"))
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("period")
    )
    reason = models.CharField(_("reason"), max_length=300)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name, verbose_name_plural = _("further attempt"), _("further attempts")
        constraints = [models.CheckConstraint(name="a_grant_has_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.entrant}, {self.round}"
