"""People and the organization tree."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from contest.foundations import language
from contest.foundations import secrets as secrecy


class UnitQuerySet(TreeQuerySet):  # type: ignore[misc]
    """Units; the tree's own methods (`with_tree_fields`, `descendants`, `ancestors`) come from django-tree-queries."""

    def standing_at(self, day: date) -> UnitQuerySet:
        """Units that exist on `day`."""
        standing: UnitQuerySet = self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gt=day)
        )
        return standing

    def matching(self, text: str) -> UnitQuerySet:
        """Units whose name or code contains `text`, with or without diacritics."""
        found: UnitQuerySet = self.filter(search__contains=language.fold(text))
        return found


class Unit(TreeNode):  # type: ignore[misc]
    """One node of the organization tree. Names repeat and change: a unit is known by its id or code, never by name."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee", _("Party committee (đảng bộ)")
        CELL = "cell", _("Party cell (chi bộ)")
        COMMUNE = "commune", _("Commune or town")
        AGENCY = "agency", _("Agency")
        SCHOOL = "school", _("School")
        ENTERPRISE = "enterprise", _("Enterprise")
        ASSOCIATION = "association", _("Association")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("type"), max_length=20, choices=Kind, default=Kind.COMMITTEE)
    code = models.CharField(_("code"), max_length=40, unique=True, null=True, blank=True)
    block = models.CharField(
        _("block"), max_length=80, blank=True, help_text=_("Units are compared within their block.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The first day on which it no longer exists.")
    )
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    sort_key = models.BinaryField(editable=False, default=b"")
    search = models.CharField(max_length=260, editable=False, default="")

    objects: ClassVar[Any] = UnitQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("unit"), _("units")
        ordering = ["sort_key", "id"]
        indexes = [GinIndex(OpClass("search", name="gin_trgm_ops"), name="unit_search")]
        constraints = [
            models.CheckConstraint(
                name="unit_valid_span",
                condition=Q(valid_until=None) | Q(valid_from=None) | Q(valid_from__lt=models.F("valid_until")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Write the sort key and the search text from the name and the code; `save` does it, bulk writers must."""
        self.name = language.clean(self.name)
        self.code = language.clean(self.code or "") or None
        self.sort_key = language.sort_key(self.name)
        self.search = language.fold(f"{self.name} {self.code or ''}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the keys renewed."""
        self.set_keys()
        super().save(*args, **kwargs)


def bare(field: str) -> Func:
    """A column in capitals and without blanks, dots, dashes and slashes: "29.104857" as it is typed in a hurry."""
    return Func(
        Upper(field),
        Value(r"[\s./-]"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=models.CharField(),
    )


class UserQuerySet(models.QuerySet["User"]):
    """People."""

    def may_hold_slip(self) -> UserQuerySet:
        """People whom a slip may let in; whoever may open the admin never comes in by one."""
        return self.filter(is_active=True, is_staff=False, is_superuser=False)

    def matching(self, text: str) -> UserQuerySet:
        """People whose name, phone or party card contains `text`; diacritics do not matter."""
        return self.filter(search__contains=language.fold(text))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes people; `createsuperuser` comes through here."""

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> User:
        """A saved person; without a password, one who signs in by slip, code or provider only."""
        user: User = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A saved platform administrator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def new_stamp() -> str:
    """A fresh session stamp."""
    return secrets.token_urlsafe(12)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The name is one field; how it is sorted may be edited; what is sensitive is encrypted or hashed."""

    last_login = None  # a write at each sign-in, for a figure nobody reads

    full_name = models.CharField(_("full name"), max_length=120)
    sort_name = models.CharField(
        _("sort name"),
        max_length=120,
        blank=True,
        help_text=_("Given name, family name, middle name. Leave empty to take it from the full name."),
    )
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("birth year"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=10, blank=True, db_index=True)
    citizen_number_encrypted = models.BinaryField(null=True, editable=False)
    citizen_number_hash = models.BinaryField(null=True, unique=True, editable=False)
    party_card = models.CharField(_("party card"), max_length=32, null=True, blank=True, unique=True)
    is_party_member = models.BooleanField(_("party member"), default=False)
    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("unit")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_synthetic = models.BooleanField(_("made up for a rehearsal"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    signed_in_at = models.DateTimeField(_("first signed in at"), null=True, blank=True, editable=False)
    # Of a second account of one person, closed since: the one that goes on.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, editable=False, related_name="doubles")
    session_stamp = models.CharField(max_length=16, default=new_stamp, editable=False)
    # Sessions in signed cookies that were signed out: read with the person anyway, so a copied cookie costs no query.
    ended_sessions = ArrayField(models.CharField(max_length=16), default=list, blank=True, editable=False)
    name_key = models.BinaryField(editable=False, default=b"")
    search = models.CharField(max_length=300, editable=False, default="")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        indexes = [
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="user_search"),
            models.Index(fields=["name_key", "id"], name="user_name_order"),
            models.Index(bare("party_card"), name="user_party_card_bare"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        """The one name."""
        return self.full_name

    def get_session_auth_hash(self) -> str:
        """What a session must still match: the password and the stamp; a new stamp ends every session of the person."""
        return salted_hmac("accounts.session", f"{self.password}:{self.session_stamp}", algorithm="sha256").hexdigest()[
            :32
        ]

    def may_hold_slip(self) -> bool:
        """Whether a slip may let them in: never those who may open the admin."""
        return self.is_active and not self.is_staff and not self.is_superuser

    @property
    def citizen_number(self) -> str:
        """The citizen number in the clear, or the empty string; for organizers' eyes, each use logged by its door."""
        return secrecy.decrypt(bytes(self.citizen_number_encrypted)) if self.citizen_number_encrypted else ""

    @citizen_number.setter
    def citizen_number(self, value: str) -> None:
        self.citizen_number_encrypted = secrecy.encrypt(value) if value else None
        self.citizen_number_hash = secrecy.keyed_hash(value, purpose="citizen number") if value else None

    def birth_text(self) -> str:
        """The birth date as dd/mm/yyyy, or the year alone, or nothing."""
        return self.birth_date.strftime("%d/%m/%Y") if self.birth_date else str(self.birth_year or "")

    def age_on(self, day: date) -> int | None:
        """Full years on `day`; with the year alone, the years reached by the end of that year; None when unknown."""
        if self.birth_date:
            return (
                day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))
            )
        return day.year - self.birth_year if self.birth_year else None

    def set_keys(self) -> None:
        """Write what is derived (sort key, search text, birth year); `save` does it, bulk writers must."""
        self.full_name = language.clean(self.full_name)
        self.party_card = language.clean(self.party_card or "") or None
        self.email = (self.email or "").strip().lower() or None
        if self.birth_date:
            self.birth_year = self.birth_date.year
        self.name_key = language.sort_key(self.sort_name) if self.sort_name else language.name_key(self.full_name)
        self.search = language.fold(" ".join(filter(None, [self.full_name, self.phone, self.party_card])))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the derived fields renewed."""
        self.set_keys()
        super().save(*args, **kwargs)


class SlipQuerySet(models.QuerySet["Slip"]):
    """Personal slips."""

    def valid(self) -> SlipQuerySet:
        """Slips that open something: not void, and of people who may come in by one."""
        return self.filter(revoked_at=None, user__is_active=True, user__is_staff=False, user__is_superuser=False)


class Slip(models.Model):
    """A person's way in without e-mail: a link with 128 random bits and a code to type; only keyed hashes are kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="slips", verbose_name=_("person"))
    token_hash = models.BinaryField(unique=True, editable=False)
    code_hash = models.BinaryField(editable=False)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("issued by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects: ClassVar[SlipQuerySet] = SlipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("slip"), _("slips")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="one_valid_slip_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.issued_at:%d/%m/%Y})"


class SignInGuard(models.Model):
    """How often a wrong code was typed for one account (or unknown identifier), and until when it waits."""

    subject = models.BinaryField(primary_key=True)  # keyed hash of the person's id, or of what was typed
    misses = models.PositiveIntegerField(default=0)
    last_miss_at = models.DateTimeField()
    blocked_until = models.DateTimeField()

    def is_blocked(self, now: datetime) -> bool:
        """Whether a code is not even looked at."""
        return now < self.blocked_until


class WrongCodes(models.Model):
    """How many wrong codes came in a minute on the whole site: a wave raises an alarm."""

    minute = models.DateTimeField(_("minute"), primary_key=True)
    count = models.PositiveIntegerField(_("wrong codes"), default=0)
    is_alarmed = models.BooleanField(_("alarm raised"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("wrong codes"), _("wrong codes")

    def __str__(self) -> str:
        return f"{self.minute:%d/%m/%Y %H:%M}: {self.count}"
