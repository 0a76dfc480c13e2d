"""Boards: rows made by the pure ranking, replaced whole at each rebuild."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from contest.attempts.models import Attempt
from contest.rounds.models import Contest, Entrant, Period, Round


class BoardQuerySet(models.QuerySet["Board"]):
    """Boards."""

    def run_by(self, user: User) -> BoardQuerySet:
        """Boards of the contests that `user` organizes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.run_by(user))

    def watched_by(self, user: User) -> BoardQuerySet:
        """Boards of the contests that `user` organizes or observes."""
        return self if user.is_superuser else self.filter(contest__in=Contest.objects.watched_by(user))


class Board(models.Model):
    """The table of a period, of a round (its periods), or of a contest (its rounds), with the build that pages read."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="boards", verbose_name=_("contest"))
    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, null=True, related_name="boards", verbose_name=_("round")
    )
    period = models.ForeignKey(
        Period, on_delete=models.CASCADE, null=True, related_name="boards", verbose_name=_("period")
    )
    build = models.PositiveIntegerField(default=0)  # rows of this build are the board; others are on their way out
    built_at = models.DateTimeField(_("built at"), null=True)
    source = models.CharField(max_length=64, blank=True)  # stamp of the rows that it was built from
    periods = ArrayField(models.BigIntegerField(), default=list)  # that it was built from
    is_public = models.BooleanField(_("public"), default=False)  # when it was built: a page shows no other
    top = models.ForeignKey(
        Unit, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # the units right below stand first
    actual = models.DecimalField(_("actual value of the prediction"), max_digits=20, decimal_places=5, null=True)
    people = models.PositiveIntegerField(_("people"), default=0)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    all_correct = models.PositiveIntegerField(_("people with everything correct"), default=0)
    ranked = models.PositiveIntegerField(_("ranked people"), default=0)

    objects: ClassVar[BoardQuerySet] = BoardQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("board"), _("boards")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "round", "period"], name="one_board_a_scope", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="a_period_board_names_its_round", condition=Q(period=None) | Q(round__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.period or self.round or self.contest)


class Decision(models.Model):
    """The organizers' own order among people whose results are equal in a period, with the reason: the last resort."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("period"))
    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, related_name="+", verbose_name=_("entrant"))
    order = models.PositiveSmallIntegerField(_("order"), help_text=_("1 stands before 2."))
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["period", "entrant"], name="one_decision_a_person"),
            models.CheckConstraint(name="a_decision_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.entrant}"


class Standing(models.Model):
    """One person's line on a board; written and deleted with its build, so no constraint ties it to other tables."""

    pk = models.CompositePrimaryKey("board_id", "build", "ordinal")
    board = models.ForeignKey(
        Board, on_delete=models.CASCADE, related_name="standings", db_index=False, db_constraint=False
    )
    build = models.PositiveIntegerField()
    ordinal = models.PositiveIntegerField()  # 1, 2, 3, 4: the order of the lines
    place = models.PositiveIntegerField(_("place"))  # 1, 2, 2, 4: equal results share a place
    entrant = models.ForeignKey(
        Entrant, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    attempt = models.ForeignKey(
        Attempt, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )  # null on sums
    unit = models.ForeignKey(
        Unit, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )  # as the attempt that counts, or the last one of a sum, has kept it
    points = models.IntegerField(_("points (hundredths)"))
    right = models.PositiveIntegerField(_("right answers"))
    is_all_correct = models.BooleanField(_("all correct"))
    duration_ms = models.BigIntegerField(_("time taken (ms)"))
    prediction = models.DecimalField(_("prediction"), max_digits=20, decimal_places=5, null=True)
    distance = models.DecimalField(_("difference"), max_digits=20, decimal_places=5, null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("standing"), _("standings")
        # Not from the board on: a planner that knows nothing of a new build would read all of it by this index.
        constraints = [models.UniqueConstraint(fields=["entrant", "board", "build"], name="one_line_a_person")]

    def __str__(self) -> str:
        return f"{self.place}. {self.entrant}"


class UnitStanding(models.Model):
    """One unit's line on a board, with everyone below it counted once."""

    pk = models.CompositePrimaryKey("board_id", "build", "unit_id")
    board = models.ForeignKey(
        Board, on_delete=models.CASCADE, related_name="unit_standings", db_index=False, db_constraint=False
    )
    build = models.PositiveIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    parent = models.ForeignKey(
        Unit, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )  # ranked among its siblings
    ordinal = models.PositiveIntegerField()
    place = models.PositiveIntegerField(_("place"))
    people = models.PositiveIntegerField(_("people"))
    attempts = models.PositiveIntegerField(_("attempts"))
    obliged = models.PositiveIntegerField(_("obliged"))
    completed = models.PositiveIntegerField(_("obliged who completed"))
    completion = models.DecimalField(_("completion (%)"), max_digits=5, decimal_places=2, null=True)
    mean = models.DecimalField(_("mean points"), max_digits=8, decimal_places=2, null=True)
    is_qualified = models.BooleanField(_("reaches the threshold"), default=False)
    lines = ArrayField(models.PositiveIntegerField(), default=list)  # ordinals of its people on this board, ascending

    class Meta:
        verbose_name, verbose_name_plural = _("unit standing"), _("unit standings")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "board", "build", "ordinal"], name="one_unit_an_ordinal", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.unit}"
