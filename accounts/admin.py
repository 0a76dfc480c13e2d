"""The desk of people and units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import signing_in, slips, units
from accounts.models import Slip, Unit, User
from contest.foundations import language
from contest.foundations.administration import BaseAdmin, action, display, look_up
from contest.foundations.ledger import writing as ledger
from contest.foundations.secrets import keyed_hash, masked_citizen_number


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Finds one person by e-mail address, phone number or party card, so that nobody has to browse all people."""

    def __init__(self, **kwargs: Any) -> None:
        """A field for one line of text."""
        given = {
            "queryset": User.objects.all(),
            "widget": UnfoldAdminTextInputWidget(),
            "label": gettext_lazy("Person"),
            "help_text": gettext_lazy("E-mail address, phone number or party card."),
        }
        super().__init__(**given | kwargs)

    def to_python(self, value: Any) -> User | None:
        """The person who has this address or number."""
        typed = language.clean(str(value or ""))
        if not typed:
            return None
        people = User.objects.filter(is_active=True)
        if "@" in typed:
            people = people.filter(email__iexact=typed)
        else:
            try:
                people = people.filter(phone=language.phone(typed))
            except language.BadInput:
                people = people.filter(party_card__iexact=typed)
        matching: list[User] = list(people[:2])
        if not matching:
            raise ValidationError(_("Nobody here has this address or number."))
        if len(matching) > 1:
            raise ValidationError(_("Several people have this number: use the e-mail address or the party card."))
        return matching[0]

    def prepare_value(self, value: Any) -> Any:
        """The address or number of a person that is chosen already."""
        if not value or isinstance(value, str):
            return value
        user = value if isinstance(value, User) else User.objects.filter(pk=value).first()
        return (user.email or user.party_card or user.phone) if user else value


# --- Units -----------------------------------------------------------------------------------------------------------
class MoveForm(forms.Form):
    """Where a unit hangs from now on."""

    parent = forms.ModelChoiceField(Unit.objects.all(), required=False, label=gettext_lazy("Under which unit"))


class MergeForm(forms.Form):
    """What a unit is merged into, and when."""

    into = forms.ModelChoiceField(Unit.objects.all(), label=gettext_lazy("Into which unit"))
    day = forms.DateField(label=gettext_lazy("From which day"), help_text=gettext_lazy("dd/mm/yyyy"))


class SplitForm(forms.Form):
    """What a unit is split into, and when."""

    names = forms.CharField(
        label=gettext_lazy("Names of the new units"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One a line. The first one takes the people and the units below; move them on from there."
        ),
    )
    day = forms.DateField(label=gettext_lazy("From which day"), help_text=gettext_lazy("dd/mm/yyyy"))

    def clean_names(self) -> list[str]:
        """The lines that are not empty."""
        return [line for line in self.cleaned_data["names"].splitlines() if language.clean(line)]


class StandingFilter(admin.SimpleListFilter):
    """Units that exist today, and those that have ended."""

    title = gettext_lazy("existence")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Both kinds."""
        return [("now", gettext_lazy("Exist today")), ("ended", gettext_lazy("Have ended"))]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """The units of the chosen kind."""
        today = localdate(request.now)
        if self.value() == "now":
            return queryset.standing_at(today)
        return queryset.filter(valid_until__lte=today) if self.value() == "ended" else queryset


@admin.register(Unit)
class UnitAdmin(BaseAdmin):
    """The organization tree."""

    folded = "search"
    list_display = ("place", "kind", "code", "block", "valid_from", "valid_until")
    list_filter = (StandingFilter, "kind", "block")
    autocomplete_fields = ("parent",)
    readonly_fields = ("line", "valid_until", "successor")
    actions_list = ("take_units",)
    actions_detail = ("move", "merge", "split")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Units with the names of those above them."""
        rows = Unit.objects.with_tree_fields().tree_fields(names="name")
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The list goes as the tree goes; where a unit is looked up, the higher ones come first."""
        if request.path.endswith("/autocomplete/"):
            return ("tree_depth", "sort_key")
        return ("tree_ordering",) if request.path == self.page_of() else ("sort_key", "id")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A unit is placed when it is made; later it is moved, merged or split."""
        if obj is None:
            return ("name", "kind", "code", "block", "parent", "valid_from")
        return ("line", "name", "kind", "code", "block", "valid_from", "valid_until", "successor")

    def label_of(self, obj: Any) -> str:
        """The unit with those above it: names repeat."""
        names = getattr(obj, "names", None)
        return " / ".join(names) if names else str(units.places([obj.pk])[obj.pk])

    @display(description=gettext_lazy("Unit"))
    def place(self, unit: Any) -> str:
        """The name, moved in by how deep it stands; in a search, with those above."""
        return format_html('<span class="desk-depth-{}">{}</span>', min(unit.tree_depth, 4), unit.name)

    @display(description=gettext_lazy("Below"))
    def line(self, unit: Any) -> str:
        """The units above."""
        return " / ".join(unit.names[:-1])

    @action(description=gettext_lazy("Import a file"), url_path="import", icon="upload_file")
    def take_units(self, request: Any) -> HttpResponse:
        """A file of units, looked at row by row and then taken in."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied

        def do(data: bytes, name: str) -> str:
            done = units.import_units(data, name, by=request.user, now=request.now)
            return imported(done)

        columns = [
            ("Mã đơn vị / code", _("Units are known by it; it never changes.")),
            ("Tên đơn vị / name", ""),
            ("Loại / type", ", ".join(str(label) for label in Unit.Kind.labels)),
            ("Mã cấp trên / parent code", _("Empty for a top unit.")),
            ("Khối / block", _("Optional.")),
            ("Từ ngày, Đến ngày / valid from, valid until", _("Optional.")),
            ("Mã đơn vị kế thừa / successor code", _("Optional.")),
        ]
        return self.take_file(
            request, title=_("Import units"), look=units.preview, do=do, template="accounts/take_file.html",
            back=self.page_of(), columns=columns,
        )  # fmt: skip

    @action(description=gettext_lazy("Move"), url_path="move", icon="drive_file_move")
    def move(self, request: Any, object_id: str) -> HttpResponse:
        """The unit hangs under another one."""
        unit = self.chosen(request, object_id)
        form = MoveForm(request.POST or None, initial={"parent": unit.parent_id})
        look_up(form.fields["parent"], Unit._meta.get_field("parent"))  # type: ignore[arg-type]

        def act(parent: Unit | None) -> str:
            units.move(unit, parent=parent, by=request.user, now=request.now)
            return _("The unit was moved, with all below it.")

        explain = _("Entrants and attempts keep the line that was true when they came.")
        return self.ask(request, form, act, title=_("Move the unit"), obj=unit, explain=f"{_concerned(unit)} {explain}")

    @action(description=gettext_lazy("Merge"), url_path="merge", icon="merge")
    def merge(self, request: Any, object_id: str) -> HttpResponse:
        """The unit ends, and another one is its successor."""
        unit = self.chosen(request, object_id)
        form = MergeForm(request.POST or None)
        look_up(form.fields["into"], Unit._meta.get_field("parent"))  # type: ignore[arg-type]

        def act(into: Unit, day: Any) -> str:
            units.merge([unit], into=into, day=day, by=request.user, now=request.now)
            return _("The unit ends on that day; its people and the units below it belong to the other one.")

        explain = _("From that day its own people and the units below it belong to the other one, its successor.")
        explain = f"{_concerned(unit)} {explain}"
        return self.ask(request, form, act, title=_("Merge the unit into another"), obj=unit, explain=explain)

    @action(description=gettext_lazy("Split"), url_path="split", icon="call_split")
    def split(self, request: Any, object_id: str) -> HttpResponse:
        """The unit ends, and several stand in its place."""
        unit = self.chosen(request, object_id)

        def act(names: list[str], day: Any) -> str:
            units.split(unit, names=names, day=day, by=request.user, now=request.now)
            return _("The unit ends on that day, and the new ones begin.")

        form = SplitForm(request.POST or None)
        return self.ask(request, form, act, title=_("Split the unit"), obj=unit, explain=_concerned(unit))


def _concerned(unit: Unit) -> str:
    """How many people and units a change of this one concerns, in a sentence."""
    found = units.concerned(unit)
    people = ngettext("%(count)s person in it", "%(count)s people in it", found.people)
    below = ngettext("%(count)s person below it", "%(count)s people below it", found.people_below)
    lower = ngettext("%(count)s unit below it", "%(count)s units below it", found.units_below)
    told = [(people, found.people), (lower, found.units_below), (below, found.people_below)]
    return _("This concerns: %(figures)s.") % {"figures": ", ".join(text % {"count": count} for text, count in told)}


def imported(done: units.Preview) -> str:
    """What an import has done, in a sentence."""
    figures = {"new": done.new, "changed": done.changed, "unchanged": done.unchanged}
    return _("Imported: %(new)s new, %(changed)s changed, %(unchanged)s as before.") % figures


# --- People ----------------------------------------------------------------------------------------------------------
class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person as the platform's administrators write them down."""

    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=20, widget=UnfoldAdminTextInputWidget()
    )
    new_citizen_number = forms.CharField(
        label=gettext_lazy("New citizen number"), required=False, max_length=20, widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Only to change it: the number itself is never shown."),
    )  # fmt: skip

    class Meta:
        model = User
        fields = (
            "full_name", "sort_name", "birth_date", "birth_year", "phone", "party_card", "is_party_member", "email",
            "unit", "is_active",
        )  # fmt: skip

    def clean_phone(self) -> str:
        """Ten digits, however it was typed."""
        typed = self.cleaned_data["phone"]
        try:
            return language.phone(typed) if typed else ""
        except language.BadInput as problem:
            raise ValidationError(str(problem)) from problem

    def clean_new_citizen_number(self) -> str:
        """Twelve digits that nobody else has."""
        typed = self.cleaned_data["new_citizen_number"]
        if not typed:
            return ""
        try:
            number, _warnings = language.citizen_number(typed)
        except language.BadInput as problem:
            raise ValidationError(str(problem)) from problem
        taken = keyed_hash(number, purpose="citizen number")
        if User.objects.filter(citizen_number_hash=taken).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Somebody has this citizen number already."))
        return number


@admin.register(User)
class UserAdmin(BaseAdmin):
    """All people of the platform; for its administrators only."""

    for_administrators = True
    is_large = True
    folded = "search"
    form = UserForm
    ordering = ("name_key", "id")
    list_display = ("full_name", "birth", "phone", "party_card", "unit", "is_staff", "is_active")
    list_select_related = ("unit",)
    list_filter = ("is_staff", "is_active", "is_party_member", "is_synthetic")
    autocomplete_fields = ("unit",)
    readonly_fields = ("masked", "offices", "signed_in_at", "created_at")
    actions_detail = ("revoke_slips", "end_sessions")
    fieldsets = (
        ("", {"fields": ("full_name", "sort_name", ("birth_date", "birth_year"), ("phone", "email"))}),
        (gettext_lazy("Party"), {"fields": (("party_card", "is_party_member"), "unit")}),
        (gettext_lazy("Citizen number"), {"fields": ("masked", "new_citizen_number")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "offices", "signed_in_at", "created_at")}),
    )

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        """The person as typed; whoever is closed is signed out everywhere. The ledger names fields, not values."""
        if number := form.cleaned_data["new_citizen_number"]:
            obj.citizen_number = number
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            slips.revoke(obj, by=request.user, now=request.now)
            signing_in.end_sessions(obj)
        self._record(request, "people.written", obj, {"fields": sorted(form.changed_data), "is_new": not change})

    def _record(self, request: Any, done: str, user: User, data: dict[str, Any]) -> None:
        ledger.append(now=request.now, actor=request.user, action=done, subject=user, data=data)

    @display(description=gettext_lazy("Born"), ordering="birth_year")
    def birth(self, user: User) -> str:
        """The birth date, or the year."""
        return user.birth_text()

    @display(description=gettext_lazy("Citizen number"))
    def masked(self, user: User) -> str:
        """The citizen number without its middle."""
        return masked_citizen_number(user.citizen_number) if user.citizen_number_encrypted else "–"

    @display(description=gettext_lazy("Offices"))
    def offices(self, user: User) -> str:
        """What opens the admin to the person; contests give it."""
        if user.is_superuser:
            return _("Platform administrator")
        return ", ".join(group.name for group in user.groups.all()) or "–"

    @action(description=gettext_lazy("Void the slip"), url_path="revoke-slips", icon="qr_code_2")
    def revoke_slips(self, request: Any, object_id: str) -> HttpResponse:
        """The person's slip opens nothing any more."""
        user = self.chosen(request, object_id)

        def act() -> str:
            slips.revoke(user, by=request.user, now=request.now)
            return _("The slip is void, and whoever came in by it is signed out.")

        return self.ask(request, forms.Form(request.POST or None), act, title=_("Void the slip"), obj=user)

    @action(description=gettext_lazy("Sign out everywhere"), url_path="end-sessions", icon="logout")
    def end_sessions(self, request: Any, object_id: str) -> HttpResponse:
        """All sessions of the person are over."""
        user = self.chosen(request, object_id)

        def act() -> str:
            signing_in.end_sessions(user)
            self._record(request, "sessions.ended", user, {})
            return _("The person is signed out on all devices.")

        return self.ask(request, forms.Form(request.POST or None), act, title=_("Sign out everywhere"), obj=user)


@admin.register(Slip)
class SlipAdmin(BaseAdmin):
    """Which slips were issued, by whom, and whether they still open anything; the codes are not kept."""

    for_administrators = True
    is_large = True
    may_add = may_change = False
    folded = "user__search"
    ordering = ("-pk",)
    list_display = ("user", "issued_at", "issued_by", "revoked_at")
    list_select_related = ("user", "issued_by")
    fields = list_display


@admin.register(LogEntry)
class LogEntryAdmin(BaseAdmin):
    """What was changed at the desk, field by field."""

    for_administrators = True
    is_large = True
    may_add = may_change = False
    ordering = ("-pk",)
    list_display = ("timestamp", "actor", "content_type", "object_repr", "action", "changes_shown")
    list_select_related = ("actor", "content_type")
    list_filter = ("action",)
    fields = list_display
    readonly_fields = ("changes_shown",)

    @display(description=gettext_lazy("Changes"))
    def changes_shown(self, entry: LogEntry) -> str:
        """Each field with its old and its new value."""
        changes = entry.changes_dict
        return "; ".join(f"{name}: {values[0]} → {values[1]}" for name, values in changes.items() if len(values) == 2)
