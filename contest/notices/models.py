"""One table: what a person is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices."""

    def of(self, user: User) -> NoticeQuerySet:
        """What the person was told, the newest first."""
        return self.filter(user=user).order_by("-pk")

    def unread(self) -> NoticeQuerySet:
        """Those that their person has not opened yet."""
        return self.filter(read_at=None)

    def to_send(self, now: datetime) -> NoticeQuerySet:
        """Those whose e-mail is due, the oldest first."""
        return self.filter(mail=Notice.Mail.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")


class Notice(models.Model):
    """A sentence for one person, with where it leads; the row is also the queue of e-mails."""

    class Mail(models.TextChoices):
        NONE = "none", _("No e-mail address")
        WAITING = "waiting", _("Waits")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", verbose_name=_("person")
    )
    # A msgid with its values: it is read in the language of whoever reads it.
    text = models.CharField(_("text"), max_length=500)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    path = models.CharField(_("leads to"), max_length=300, blank=True)  # on this site, beginning with "/"
    key = models.CharField(max_length=120)  # told once a person and key
    told_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mail = models.CharField(_("e-mail"), max_length=8, choices=Mail, default=Mail.NONE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("notice"), _("notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="told_once"),
            models.CheckConstraint(name="sent_with_its_moment", condition=Q(mail="sent") ^ Q(sent_at=None)),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(mail="waiting"), name="notice_to_send"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """What it says, in the language of the moment."""
        return str(gettext(self.text) % self.values)
