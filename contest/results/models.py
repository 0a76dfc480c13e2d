"""What a stage or a round came to, frozen with a version, and the lines that the public reads."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from contest.entries.models import Entry
from contest.judging.models import Stage
from contest.rounds.models import Entrant, Period, Round


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots."""

    def run_by(self, user: User) -> SnapshotQuerySet:
        """Snapshots of the contests that `user` organizes."""
        return self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> SnapshotQuerySet:
        """Snapshots of the contests that `user` organizes or observes."""
        return self.filter(round__in=Round.objects.watched_by(user))

    def published(self) -> SnapshotQuerySet:
        """What stands published: the newest published version of each subject."""
        return self.filter(status=Snapshot.Status.PUBLISHED)


class Snapshot(models.Model):
    """A result at a moment: provisional, checked, published; a recount is the next version."""

    class Status(models.TextChoices):
        PROVISIONAL = "provisional", _("Provisional")
        CHECKED = "checked", _("Checked")
        PUBLISHED = "published", _("Published")
        REPLACED = "replaced", _("Replaced by a later version")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="snapshots", verbose_name=_("round"))
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="snapshots", verbose_name=_("stage")
    )  # of a judged round
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, null=True, blank=True, related_name="snapshots", verbose_name=_("period")
    )  # of a quiz round
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PROVISIONAL)
    title = models.CharField(_("title"), max_length=200)
    rules: models.JSONField[Any, Any] = models.JSONField(default=dict)  # by which it was made: rubrics, aggregation …
    digest = models.CharField(_("digest"), max_length=64)  # SHA-256, hex, over all lines: who has it can compare
    note = models.TextField(_("why there is a new version"), blank=True)
    decision = models.CharField(_("decision"), max_length=200, blank=True)  # number and date of the paper
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("checked by"),
    )  # fmt: skip
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip

    objects: ClassVar[SnapshotQuerySet] = SnapshotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("result"), _("results")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "stage", "period", "version"], name="a_version_of_a_result_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["round", "stage", "period"], condition=Q(status="published"), nulls_distinct=False,
                name="one_published_version",
            ),
            models.CheckConstraint(
                name="published_after_the_check",
                condition=Q(status__in=["provisional", "checked"])
                | Q(checked_at__isnull=False, checked_by__isnull=False, published_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Line(models.Model):
    """One line of a result, with all that its page shows; rows are only ever added."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="lines", verbose_name=_("result"))
    group = models.CharField(
        _("ranked among"), max_length=120
    )  # "Sáng kiến, cá nhân"; lines of a group are ranked together
    ordinal = models.PositiveIntegerField()  # 1, 2, 3 … within the snapshot
    place = models.PositiveIntegerField(
        pgettext_lazy("rank", "place"), null=True, blank=True
    )  # 1, 2, 2, 4; none for who is excluded
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    entrant = models.ForeignKey(Entrant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(_("code"), max_length=32, blank=True)
    title = models.CharField(_("title"), max_length=250)
    people = models.TextField(_("authors"), blank=True)  # as they may be shown
    unit = models.CharField(_("unit"), max_length=250, blank=True)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=2, null=True, blank=True)
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)  # means by criterion, comments, sheets' totals
    goes_on = models.BooleanField(_("goes on"), default=False)
    is_excluded = models.BooleanField(_("excluded"), default=False)
    reason = models.CharField(_("excluded because"), max_length=300, blank=True)
    prize = models.CharField(_("prize"), max_length=120, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        ordering = ["snapshot_id", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "ordinal"], name="an_ordinal_once_a_result"),
            models.CheckConstraint(name="excluded_with_a_reason", condition=Q(is_excluded=False) | ~Q(reason="")),
            models.CheckConstraint(name="excluded_without_a_place", condition=Q(is_excluded=False) | Q(place=None)),
        ]

    def __str__(self) -> str:
        return f"{self.place or '–'} {self.title}"
