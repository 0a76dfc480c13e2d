"""The ledger: rows that say who did what and when, chained so that a changed or missing row is seen."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One act. Rows are only ever added, by `writing.append`; the database refuses to change or delete them."""

    id = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("actor"), null=True)  # no key: the ledger knows no room and outlives accounts
    actor_name = models.CharField(_("name"), max_length=200, blank=True)
    action = models.CharField(_("action"), max_length=100)
    subject = models.CharField(_("subject"), max_length=200)  # "attempts.attempt:12"
    contest_id = models.BigIntegerField(_("contest"), null=True)
    data: "models.JSONField[Any, Any]" = models.JSONField(_("data"), default=dict)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject", "id"], name="ledger_subject"),
            models.Index(fields=["contest_id", "id"], name="ledger_contest"),
            models.Index(fields=["actor_id", "id"], name="ledger_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.action} {self.subject}"


class Head(models.Model):
    """Where the ledger ends, in its only row, so that entries cut off from the end are missed."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_head_is_one_row")]

    def __str__(self) -> str:
        return f"{self.last} {bytes(self.hash).hex()}"
