"""Banks with their members, topics, questions and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class BankQuerySet(models.QuerySet["Bank"]):
    """Question banks."""

    def visible_to(self, user: User) -> BankQuerySet:
        """The banks whose member `user` is; a platform administrator sees all."""
        return self._of(user, BankMember.Role)

    def written_by(self, user: User) -> BankQuerySet:
        """The banks in which `user` may write questions."""
        return self._of(user, [BankMember.Role.OWNER, BankMember.Role.EDITOR])

    def owned_by(self, user: User) -> BankQuerySet:
        """The banks whose members `user` may choose."""
        return self._of(user, [BankMember.Role.OWNER])

    def _of(self, user: User, roles: Iterable[str]) -> BankQuerySet:
        held = BankMember.objects.filter(bank=OuterRef("pk"), user=user, role__in=list(roles))
        return self if user.is_superuser else self.filter(Exists(held))


class Bank(models.Model):
    """A collection of questions that only its members can read."""

    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    revision = models.PositiveIntegerField(default=1, editable=False)  # grows with each change of what may be drawn

    objects: ClassVar[BankQuerySet] = BankQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("bank"), _("banks")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class BankMember(models.Model):
    """Who may read a bank, and what else they may do in it."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        REVIEWER = "reviewer", _("Reviewer")
        READER = "reader", _("Reader")

    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="members", verbose_name=_("bank"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bank_roles", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.EDITOR)

    class Meta:
        verbose_name, verbose_name_plural = _("bank member"), _("bank members")
        constraints = [models.UniqueConstraint(fields=["bank", "user"], name="one_role_a_bank_member")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class BankLockQuerySet(models.QuerySet["BankLock"]):
    """Locks of banks."""

    def holding(self, now: datetime) -> BankLockQuerySet:
        """Locks that hold at `now`."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)


class BankLock(models.Model):
    """A span of time in which a bank can't be changed, since an open round draws from it; written by the calendar."""

    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="locks")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)  # names the round

    objects: ClassVar[BankLockQuerySet] = BankLockQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["bank", "starts_at"], name="bank_lock_span")]

    def __str__(self) -> str:
        return self.reason

    def holds(self, now: datetime) -> bool:
        """Whether the bank is locked by this at `now`."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class Topic(models.Model):
    """A part of a bank that quotas are set by."""

    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="topics", verbose_name=_("bank"))
    name = models.CharField(_("name"), max_length=200)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("topic"), _("topics")
        ordering = ["bank", "order", "id"]
        constraints = [models.UniqueConstraint(fields=["bank", "name"], name="one_topic_name_a_bank")]

    def __str__(self) -> str:
        return self.name


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions."""

    def visible_to(self, user: User) -> QuestionQuerySet:
        """Questions of the banks that `user` may read."""
        return self if user.is_superuser else self.filter(bank__in=Bank.objects.visible_to(user))

    def written_by(self, user: User) -> QuestionQuerySet:
        """Questions of the banks in which `user` may write."""
        return self if user.is_superuser else self.filter(bank__in=Bank.objects.written_by(user))

    def usable(self) -> QuestionQuerySet:
        """Questions that may be drawn: approved by a second person and not retired."""
        return self.filter(is_retired=False, approved__isnull=False)

    def with_newest(self) -> QuestionQuerySet:
        """Questions with `newest`, the id of the version written last."""
        newest = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number").values("pk")[:1]
        named: dict[str, Any] = {"newest": Subquery(newest)}
        return self.annotate(**named)

    def waiting(self) -> QuestionQuerySet:
        """Questions whose newest version no second person has read yet."""
        unread = QuestionVersion.objects.filter(pk=OuterRef("newest"), reviewed_at=None)
        is_new = Q(approved=None) | ~Q(approved=F("newest"))
        return self.with_newest().filter(is_new, Exists(unread), is_retired=False)

    def sent_back(self) -> QuestionQuerySet:
        """Questions whose newest version came back from the review with a note."""
        back = QuestionVersion.objects.filter(pk=OuterRef("newest")).exclude(review_note="")
        return self.with_newest().filter(Exists(back), is_retired=False)


class Question(models.Model):
    """One question through all its versions; what is drawn is `approved`."""

    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="questions", verbose_name=_("bank"))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="questions", verbose_name=_("topic")
    )
    approved = models.ForeignKey(
        "QuestionVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved version"),
        editable=False,
    )
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("A retired question is never drawn again.")
    )
    search = models.TextField(editable=False, default="")  # folded text of the newest version
    newest: int  # its id, where `with_newest` has asked for it

    objects: ClassVar[QuestionQuerySet] = QuestionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("question"), _("questions")
        ordering = ["id"]
        indexes = [GinIndex(OpClass("search", name="gin_trgm_ops"), name="question_search")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class QuestionVersion(models.Model):
    """One wording of a question with its choices; never changed once written, since papers point to it."""

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="versions", verbose_name=_("question")
    )
    number = models.PositiveIntegerField(_("version"), default=1)
    text = models.TextField(_("question text"))
    explanation = models.TextField(
        _("explanation"), blank=True, help_text=_("Shown with the review, once the results are out.")
    )
    source = models.TextField(_("source"), blank=True, help_text=_("Document, article and clause, or an address."))
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reviewed by"),
        editable=False,
    )
    review_note = models.TextField(
        _("note of the review"), blank=True, editable=False
    )  # what to change; none when approved

    class Meta:
        verbose_name, verbose_name_plural = _("question version"), _("question versions")
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_version_number_a_question"),
            models.CheckConstraint(
                name="reviewed_by_a_second_person",
                condition=Q(reviewed_by=None) | Q(created_by=None) | ~Q(reviewed_by=models.F("created_by")),
            ),
            models.CheckConstraint(
                name="a_note_comes_from_a_review", condition=Q(review_note="") | Q(reviewed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def is_multiple(self) -> bool:
        """Whether several choices are right, so that several may be chosen."""
        return sum(choice.is_right for choice in self.choices.all()) > 1


class Choice(models.Model):
    """One option of a question version."""

    version = models.ForeignKey(
        QuestionVersion, on_delete=models.CASCADE, related_name="choices", verbose_name=_("question version")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.TextField(_("choice text"))
    is_right = models.BooleanField(_("right"), default=False)
    is_last = models.BooleanField(
        _("keep last"), default=False, help_text=_("Never shuffled away from the end, as “All of the above” must be.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("choice"), _("choices")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_choice_a_position"),
            models.CheckConstraint(name="two_to_five_choices", condition=Q(position__gte=1, position__lte=5)),
        ]

    def __str__(self) -> str:
        return self.text
