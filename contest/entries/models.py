"""What a round asks for, and what is handed in to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from contest.foundations.secrets import random_id
from contest.rounds.models import Office, Round


# --- What is asked for -----------------------------------------------------------------------------------------------
class Form(models.TextChoices):
    """As what somebody hands in."""

    INDIVIDUAL = "individual", _("Individual")
    GROUP = "group", _("Group")
    COLLECTIVE = "collective", _("Collective")
    TEAM = "team", _("Team")


def every_form() -> list[str]:
    """The forms that a new call takes."""
    return [Form.INDIVIDUAL, Form.GROUP, Form.COLLECTIVE]


class CallQuerySet(models.QuerySet["Call"]):
    """Calls."""

    def run_by(self, user: User) -> CallQuerySet:
        """Calls of the contests that `user` organizes."""
        return self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> CallQuerySet:
        """Calls of the contests that `user` organizes or observes."""
        return self.filter(round__in=Round.objects.watched_by(user))


class Call(models.Model):
    """What a round asks for: entries are handed in from the round's opening to its close."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="call", verbose_name=_("round"))
    intro = models.TextField(_("what is asked for"), blank=True, help_text=_("Markdown."))
    forms = ArrayField(
        models.CharField(max_length=12, choices=Form), verbose_name=_("who hands in"), default=every_form
    )
    most_authors = models.PositiveSmallIntegerField(
        _("authors of a group at most"), default=5, validators=[MinValueValidator(2), MaxValueValidator(50)]
    )
    registration_closes_at = models.DateTimeField(
        _("registration closes at"), null=True, blank=True,
        help_text=_("Empty: whoever hands in need not have registered before."),
    )  # fmt: skip
    most_entries = models.PositiveSmallIntegerField(
        _("entries a person at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    needs_confirmation = models.BooleanField(
        _("the unit confirms"), default=False, help_text=_("A manager of the unit confirms each entry.")
    )
    undertaking = models.TextField(
        _("undertaking"), blank=True, help_text=_("What whoever hands in declares, such as that nothing is copied.")
    )
    most_documents = models.PositiveSmallIntegerField(_("documents at most"), default=5)
    document_mb = models.PositiveSmallIntegerField(
        _("megabytes a document"), default=20, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    most_images = models.PositiveSmallIntegerField(_("pictures at most"), default=10)
    image_mb = models.PositiveSmallIntegerField(
        _("megabytes a picture"), default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    most_links = models.PositiveSmallIntegerField(_("links at most"), default=5)
    asks_to_show = models.BooleanField(
        _("ask whether the entry may be shown"), default=True, help_text=_("In the showcase, after the results.")
    )

    objects: ClassVar[CallQuerySet] = CallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("call for entries"), _("calls for entries")

    def __str__(self) -> str:
        return str(self.round)

    def is_open(self, now: datetime) -> bool:
        """Whether entries may be handed in."""
        opens_at, closes_at = self.round.opens_at, self.round.closes_at
        return opens_at is not None and opens_at <= now and (closes_at is None or now < closes_at)

    def takes_registrations(self, now: datetime) -> bool:
        """Whether new entries may be begun."""
        return self.is_open(now) and (self.registration_closes_at is None or now < self.registration_closes_at)


class Kind(models.Model):
    """A kind of entry, such as a model or an initiative; its letters begin the codes of its entries."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="kinds", verbose_name=_("call"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(_("title"), max_length=80)
    letters = models.CharField(
        _("letters"),
        max_length=4,
        validators=[RegexValidator(r"^[A-Z]{1,4}$", _("One to four capital letters A to Z."))],
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)  # the last one given out

    class Meta:
        verbose_name, verbose_name_plural = _("kind of entry"), _("kinds of entries")
        ordering = ["call", "order", "id"]
        constraints = [models.UniqueConstraint(fields=["call", "letters"], name="letters_once_a_call")]

    def __str__(self) -> str:
        return self.title


class Category(models.Model):
    """A field that entries are about, such as the reform of administration."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="categories", verbose_name=_("call"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(_("title"), max_length=120)

    class Meta:
        verbose_name, verbose_name_plural = _("category"), _("categories")
        ordering = ["call", "order", "id"]

    def __str__(self) -> str:
        return self.title


class Section(models.Model):
    """One part of the form."""

    class Type(models.TextChoices):
        TEXT = "text", _("Long text")
        LINE = "line", _("One line")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        FIGURES = "figures", _("Figures before and after")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="sections", verbose_name=_("call"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(_("title"), max_length=200)
    hint = models.CharField(_("hint"), max_length=300, blank=True)
    type = models.CharField(_("type"), max_length=8, choices=Type, default=Type.TEXT)
    choices = ArrayField(models.CharField(max_length=120), verbose_name=_("choices"), default=list, blank=True)
    least = models.PositiveIntegerField(_("characters at least"), default=0)
    most = models.PositiveIntegerField(_("characters at most"), default=6000, validators=[MaxValueValidator(20_000)])
    is_required = models.BooleanField(_("required"), default=True)
    is_secret = models.BooleanField(
        _("hidden from judges in a blind stage"), default=False, help_text=_("Such as a part that names the unit.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("section of the form"), _("sections of the form")
        ordering = ["call", "order", "id"]
        constraints = [models.CheckConstraint(name="least_is_not_above_most", condition=Q(least__lte=F("most")))]

    def __str__(self) -> str:
        return self.title


# --- What is handed in -----------------------------------------------------------------------------------------------
class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries."""

    def run_by(self, user: User) -> EntryQuerySet:
        """Entries of the contests that `user` organizes."""
        return self.filter(round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> EntryQuerySet:
        """Entries of the contests that `user` organizes or observes."""
        return self.filter(round__in=Round.objects.watched_by(user))

    def by(self, user: User) -> EntryQuerySet:
        """Entries that the person began or is an author of, unless they declined."""
        mine = Author.objects.filter(user=user, declined_at=None).values("entry")
        return self.filter(Q(created_by=user) | Q(pk__in=mine))

    def to_confirm_by(self, user: User) -> EntryQuerySet:
        """Entries handed in from the units that the person manages."""
        seen = Q(pk=None)
        for office in user.offices.filter(role=Office.Role.UNIT_MANAGER).exclude(unit=None):
            seen |= Q(round__contest=office.contest_id, unit_path__contains=[office.unit_id])
        return self.filter(seen, round__call__needs_confirmation=True, submitted_at__isnull=False)

    def visible_to(self, user: User) -> EntryQuerySet:
        """Whom an entry opens to outside of judging: its people, managers of its unit, organizers, observers."""
        if user.is_superuser:
            return self
        managed = Q(pk__in=self.model.objects.to_confirm_by(user).values("pk"))
        mine = Q(pk__in=self.model.objects.by(user).values("pk"))
        watched = Q(round__in=Round.objects.watched_by(user))
        return self.filter(managed | mine | watched)

    def valid(self) -> EntryQuerySet:
        """Those that judging takes."""
        return self.filter(status=Entry.Status.VALID)

    def standing(self) -> EntryQuerySet:
        """Those that were handed in and not taken back."""
        return self.filter(submitted_at__isnull=False).exclude(status=Entry.Status.WITHDRAWN)


class Entry(models.Model):
    """A work of one or more authors; its status ends at valid or invalid, how far it came is judging's to say."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", pgettext_lazy("state", "Handed in")
        NEEDS_MORE = "needs_more", _("Needs more")
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Invalid")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="entries", verbose_name=_("round"))
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="entries", verbose_name=_("kind"))
    number = models.PositiveIntegerField(_("number"))  # 1, 2, 3 … within its kind
    code = models.CharField(_("code"), max_length=12)  # "SK-0142": the kind's letters and the number
    form = models.CharField(_("handed in as"), max_length=12, choices=Form)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("category")
    )
    title = models.CharField(_("title"), max_length=250, blank=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    unit_path = ArrayField(
        models.BigIntegerField(), default=list, blank=True, editable=False
    )  # from the top, as it was
    answers: models.JSONField[Any, Any] = models.JSONField(_("content"), default=dict, blank=True)  # by section id
    links: models.JSONField[Any, Any] = models.JSONField(_("links"), default=list, blank=True)  # {"title", "url"}
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    revision = models.PositiveIntegerField(
        default=0, editable=False
    )  # grows with each save: two windows see each other
    version = models.PositiveSmallIntegerField(_("version"), default=0)  # how often it was handed in
    registered_at = models.DateTimeField(_("registered at"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)  # the last time
    needs_more_until = models.DateTimeField(_("to be completed by"), null=True, blank=True)
    intake_note = models.TextField(_("what the secretariat said"), blank=True)
    undertaken_at = models.DateTimeField(_("undertaking given at"), null=True, blank=True)
    may_show = models.BooleanField(_("may be shown"), default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="confirmed_entries",
        verbose_name=_("confirmed for the unit by"),
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("confirmed for the unit at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="begun_entries", verbose_name=_("begun by")
    )
    is_on_paper = models.BooleanField(_("came on paper"), default=False)  # typed in by the secretariat
    search = models.TextField(editable=False, blank=True)  # folded: code, title, authors, unit

    objects: ClassVar[EntryQuerySet] = EntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("entry"), _("entries")
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="an_entry_number_once"),
            models.UniqueConstraint(fields=["round", "code"], name="an_entry_code_once"),
            models.CheckConstraint(
                name="handed_in_with_its_moment",
                condition=Q(status__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False, version__gt=0),
            ),
            models.CheckConstraint(
                name="needs_more_until_a_moment",
                condition=~Q(status="needs_more") | Q(needs_more_until__isnull=False) & ~Q(intake_note=""),
            ),
            models.CheckConstraint(name="invalid_with_a_reason", condition=~Q(status="invalid") | ~Q(intake_note="")),
            models.CheckConstraint(
                name="confirmed_with_its_moment", condition=Q(confirmed_by=None) | Q(confirmed_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["round", "status"], name="entry_round_status"),
            GinIndex(fields=["unit_path"], name="entry_unit_path"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}".strip()

    def may_be_edited(self, now: datetime) -> bool:
        """Whether its people may change it: a draft or one handed in until the close, later on "needs more" only."""
        if self.status == self.Status.NEEDS_MORE:
            return self.needs_more_until is not None and now < self.needs_more_until
        return self.status in {self.Status.DRAFT, self.Status.SUBMITTED} and self.round.call.is_open(now)


class AuthorQuerySet(models.QuerySet["Author"]):
    """Authors."""

    def standing(self) -> AuthorQuerySet:
        """Those who have not declined."""
        return self.filter(declined_at=None)

    def waiting(self) -> AuthorQuerySet:
        """Those who have yet to say that they are one."""
        return self.standing().filter(confirmed_at=None)


class Author(models.Model):
    """One person of an entry, with the part that is theirs; of a team, a member."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="authors", verbose_name=_("entry"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="authorships",
        verbose_name=_("person"),
    )  # fmt: skip
    full_name = models.CharField(_("full name"), max_length=120)  # as it was when they were named
    role = models.CharField(_("position"), max_length=120, blank=True)
    share = models.PositiveSmallIntegerField(
        _("contribution (%)"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )  # whole percent
    is_lead = models.BooleanField(_("lead author"), default=False)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    unit_path = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)  # as it was
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)

    objects: ClassVar[AuthorQuerySet] = AuthorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("author"), _("authors")
        ordering = ["entry", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "user"], name="an_author_once_an_entry"),
            models.UniqueConstraint(fields=["entry"], condition=Q(is_lead=True), name="one_lead_author"),
            models.CheckConstraint(name="a_share_is_a_percentage", condition=Q(share=None) | Q(share__lte=100)),
            models.CheckConstraint(name="confirmed_or_declined", condition=Q(confirmed_at=None) | Q(declined_at=None)),
        ]

    def __str__(self) -> str:
        return self.full_name


class FileQuerySet(models.QuerySet["File"]):
    """Files."""

    def standing(self) -> FileQuerySet:
        """Those that have not been taken away."""
        return self.filter(removed_at=None)

    def good(self) -> FileQuerySet:
        """Those that are there, have been looked at, and may be handed on."""
        return self.standing().filter(state=File.State.GOOD)

    def to_examine(self, now: datetime) -> FileQuerySet:
        """Those that have arrived whole and are due to be looked at, the first to arrive first."""
        due = Q(next_look_at=None) | Q(next_look_at__lte=now)
        return self.standing().filter(due, state=File.State.ARRIVED).order_by("arrived_at", "pk")

    def counting(self) -> FileQuerySet:
        """Those that take up a place among the files of an entry."""
        return self.standing().exclude(state=File.State.REFUSED)


class File(models.Model):
    """Evidence of an entry: it arrives piece by piece, is looked at, and is kept even when it is replaced."""

    class Slot(models.TextChoices):
        DOCUMENT = "document", _("Document")
        IMAGE = "image", _("Picture")

    class State(models.TextChoices):
        COMING = "coming", _("Arriving")
        ARRIVED = "arrived", _("Being examined")
        GOOD = "good", _("Examined")
        REFUSED = "refused", _("Refused")

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="files", verbose_name=_("entry"))
    slot = models.CharField(_("for"), max_length=8, choices=Slot)
    name = models.CharField(_("name"), max_length=200)  # as it was called, NFC, without a path; for the download
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    # Milliseconds, as the browser tells: with name and size it tells that the same file is being sent on.
    modified = models.BigIntegerField(null=True, editable=False)
    received = models.PositiveBigIntegerField(default=0)  # bytes that have arrived
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.COMING)
    refusal = models.CharField(max_length=300, blank=True)  # a msgid, with its values beside
    refusal_values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    content_type = models.CharField(_("type"), max_length=100, blank=True)  # by what is in it
    sha256 = models.CharField(max_length=64, blank=True)  # hex, of what was sent
    stored = models.FileField(upload_to="entries/", blank=True)  # under a random name; pictures newly encoded
    stored_size = models.PositiveBigIntegerField(default=0)  # bytes
    blind = models.FileField(upload_to="entries/", blank=True)  # a copy that says nothing about who made it
    pages = models.PositiveSmallIntegerField(default=0)  # of the preview: entries/previews/<id>/<page>.webp
    tries = models.PositiveSmallIntegerField(default=0)  # looks at it that were begun
    next_look_at = models.DateTimeField(null=True, editable=False)  # whoever looks has it to themselves until then
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(_("begun at"))
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    removed_at = models.DateTimeField(_("taken away at"), null=True, blank=True)

    objects: ClassVar[FileQuerySet] = FileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        ordering = ["entry", "begun_at", "id"]
        constraints = [
            models.CheckConstraint(name="no_more_than_was_announced", condition=Q(received__lte=F("size"))),
            models.CheckConstraint(
                name="a_good_file_is_stored", condition=~Q(state="good") | ~Q(stored="") & ~Q(sha256="")
            ),
        ]
        indexes = [models.Index(fields=["arrived_at"], condition=Q(state="arrived"), name="file_to_examine")]

    def __str__(self) -> str:
        return self.name

    def page_numbers(self) -> range:
        """The pages of the preview, from 1."""
        return range(1, self.pages + 1)

    def refusal_sentence(self) -> str:
        """Why it was refused, in the language of the moment."""
        return gettext(self.refusal) % self.refusal_values if self.refusal else ""


class FileText(models.Model):
    """The words in a file, for what is searched in it; apart, so that lists of files stay light."""

    file = models.OneToOneField(File, on_delete=models.CASCADE, primary_key=True, related_name="words")
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.file_id)


class Version(models.Model):
    """An entry as it was handed in, word by word; rows are only ever added."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="versions", verbose_name=_("entry"))
    number = models.PositiveSmallIntegerField(_("number"))
    handed_in_at = models.DateTimeField(_("handed in at"))
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content: models.JSONField[Any, Any] = models.JSONField()  # title, kind, form, unit, answers, authors, files
    receipt = models.CharField(_("receipt"), max_length=32)

    class Meta:
        verbose_name, verbose_name_plural = _("version"), _("versions")
        ordering = ["entry", "number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="a_version_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} ({self.number})"


class Event(models.Model):
    """A step in the life of an entry, for its people and the desk; rows are only ever added."""

    class What(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        SUBMITTED = "submitted", pgettext_lazy("state", "Handed in")
        NEEDS_MORE = "needs_more", _("More is needed")
        VALID = "valid", _("Found valid")
        INVALID = "invalid", _("Found invalid")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CONFIRMED = "confirmed", _("Confirmed for the unit")
        AUTHOR_CONFIRMED = "author_confirmed", _("An author confirmed")
        AUTHOR_DECLINED = "author_declined", _("An author declined")
        REOPENED = "reopened", _("Opened again")

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="events", verbose_name=_("entry"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    what = models.CharField(_("what"), max_length=16, choices=What)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("step"), _("steps")
        ordering = ["entry", "id"]

    def __str__(self) -> str:
        return self.get_what_display()


# --- Likeness --------------------------------------------------------------------------------------------------------
class Shingles(models.Model):
    """The overlapping groups of words of an entry, as hashes: what two texts have in common shows in them."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="shingles")
    version = models.PositiveSmallIntegerField()  # of the entry that was read
    hashes = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [GinIndex(fields=["hashes"], name="shingles_hashes")]

    def __str__(self) -> str:
        return str(self.entry_id)


class LikenessQuerySet(models.QuerySet["Likeness"]):
    """Likenesses."""

    def run_by(self, user: User) -> LikenessQuerySet:
        """Those of entries in the contests that `user` organizes."""
        return self.filter(entry__round__in=Round.objects.run_by(user))

    def watched_by(self, user: User) -> LikenessQuerySet:
        """Those of entries in the contests that `user` organizes or observes."""
        return self.filter(entry__round__in=Round.objects.watched_by(user))


class Likeness(models.Model):
    """Two entries with words in common, the later registered and an earlier one: a hint for people, never a verdict."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="likenesses", verbose_name=_("entry"))
    other = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+", verbose_name=_("other entry"))
    share = models.DecimalField(
        _("in common (%)"), max_digits=5, decimal_places=2
    )  # of the shingles of the shorter of both
    found_at = models.DateTimeField(_("found at"))
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(_("what people found"), max_length=300, blank=True)

    objects: ClassVar[LikenessQuerySet] = LikenessQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("likeness"), _("likenesses")
        ordering = ["-share"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "other"], name="a_likeness_once"),
            models.CheckConstraint(name="not_like_itself", condition=~Q(entry=F("other"))),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} ~ {self.other_id}: {self.share} %"


def shares_add_up(shares: Sequence[int | None]) -> bool:
    """Whether contributions are whole percentages above zero that sum to exactly 100."""
    return all(share for share in shares) and sum(share or 0 for share in shares) == 100
