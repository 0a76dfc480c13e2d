"""The desk of a bank: its members and topics, its questions with their versions, the review, and files from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import PersonField
from contest.foundations.administration import BaseAdmin, Blocks, Lines, action, display, dress_field, is_number
from contest.questions import importing, reviewing, writing
from contest.questions.forms import NoteForm, NothingMoreForm, QuestionForm
from contest.questions.importing import State
from contest.questions.models import Bank, BankLock, BankMember, Question, QuestionVersion, Topic
from contest.questions.writing import LETTERS, Wording

SHOWN = 140  # characters of a question in a list


class MemberLines(Lines):
    """The members of a bank; its owners choose them."""

    model = BankMember
    fields = ("user", "who", "role")
    readonly_fields = ("who",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A person is named by e-mail address or phone number: nobody browses all people."""
        if db_field.name == "user":
            return PersonField()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=gettext_lazy("Name"))
    def who(self, member: BankMember) -> str:
        """The member's name, once it is known."""
        return str(member.user) if member.pk else ""

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return super()._may(request, obj) and (
            obj is None or Bank.objects.owned_by(request.user).filter(pk=obj.pk).exists()  # type: ignore[arg-type]
        )


class TopicLines(Lines):
    """The topics of a bank."""

    model = Topic
    fields = ("name", "order")


@admin.register(Bank)
class BankAdmin(BaseAdmin):
    """Banks of questions; only their members see them."""

    seen_by = "visible_to"
    run_by = "written_by"
    list_display = ("name", "approved_count", "waiting_count", "lock_shown")
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = ("name",)
    actions_detail = ("questions", "add_question", "take_questions")

    def get_queryset(self, request: Any) -> QuerySet[Bank]:
        """Banks with how many of their questions may be drawn, and whether a round draws from them now."""
        usable = Q(questions__is_retired=False, questions__approved__isnull=False)
        rows: QuerySet[Bank] = super().get_queryset(request)
        return rows.annotate(
            is_locked=Exists(BankLock.objects.holding(request.now).filter(bank=OuterRef("pk"))),
            approved_count=Count("questions", filter=usable, distinct=True),
            all_count=Count("questions", filter=Q(questions__is_retired=False), distinct=True),
        )  # fmt: skip

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[type[Any]]:
        """Members and topics, once there is a bank."""
        return () if obj is None else (MemberLines, TopicLines)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a bank that a round draws from."""
        return super().has_change_permission(request, obj) and (obj is None or not why_locked(request, obj))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The bank; why it is locked, if it is."""
        bank = self.get_object(request, object_id)
        if bank is not None and request.method == "GET" and (sentence := why_locked(request, bank)):
            messages.warning(request, sentence)
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: Any, obj: Bank, form: Any, change: bool) -> None:
        """A new bank is founded by the person; an old one gets its new name."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = writing.found(obj.name, by=request.user).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Members and topics; a bank keeps an owner."""
        super().save_related(request, form, formsets, change)
        writing.refuse_ownerless(form.instance)
        closed = form.instance.members.filter(user__is_staff=False).select_related("user")
        for member in closed:
            messages.warning(
                request,
                _("%(name)s can't open the admin yet: a contest must appoint them, say as question editor.")
                % {"name": member.user},
            )

    def response_add(self, request: HttpRequest, obj: Bank, post_url_continue: str | None = None) -> HttpResponse:
        """On to the new bank, to fill it."""
        messages.success(request, _("The bank “%(name)s” is there. Add questions, or import a file.") % {"name": obj})
        return HttpResponseRedirect(self.page_of(obj))

    @display(description=gettext_lazy("Approved"), ordering="approved_count")
    def approved_count(self, bank: Any) -> int:
        """How many questions may be drawn."""
        return int(bank.approved_count)

    @display(description=gettext_lazy("All"), ordering="all_count")
    def waiting_count(self, bank: Any) -> int:
        """How many questions are not retired."""
        return int(bank.all_count)

    @display(description=gettext_lazy("In use"), boolean=True)
    def lock_shown(self, bank: Any) -> bool:
        """Whether a round draws from it now."""
        return bool(bank.is_locked)

    @action(description=gettext_lazy("Questions"), url_path="questions", icon="quiz")
    def questions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The list of the bank's questions."""
        return HttpResponseRedirect(f"{reverse('admin:questions_question_changelist')}?bank={int(object_id)}")

    @action(description=gettext_lazy("Add a question"), url_path="add-question", icon="add")
    def add_question(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for a new question of the bank."""
        return HttpResponseRedirect(f"{reverse('admin:questions_question_add')}?bank={int(object_id)}")

    @action(description=gettext_lazy("Import a file"), url_path="import", icon="upload_file")
    def take_questions(self, request: Any, object_id: str) -> HttpResponse:
        """A file of questions, row by row, and then the rows that were accepted."""
        bank = self.chosen(request, object_id)

        def look(data: bytes, name: str) -> dict[str, Any]:
            return on_page(importing.preview(bank, importing.parse(data, name)))

        def do(data: bytes, name: str) -> str:
            rows, last = (set(map(int, filter(is_number, request.POST.getlist(name)))) for name in ("row", "last"))
            parsed = importing.parse(data, name)
            added = importing.commit(bank, parsed, rows=rows, keep_last=last, by=request.user, now=request.now)
            return ngettext(
                "%(count)s question was added; a second person has to read it before it is drawn.",
                "%(count)s questions were added; a second person has to read them before they are drawn.",
                len(added),
            ) % {"count": len(added)}

        chosen = {"chosen_rows": request.POST.getlist("row")} if "confirm" in request.POST else {}
        return self.take_file(
            request,
            title=_("Import questions into “%(bank)s”") % {"bank": bank},
            look=look,
            do=do,
            template="questions/take_file.html",
            back=f"{reverse('admin:questions_question_changelist')}?bank={bank.pk}",
            columns=file_columns(),
            context={"bank": bank, "State": {state.name: state for state in State}, **chosen},
        )


def on_page(preview: importing.Preview) -> dict[str, Any]:
    """A preview as its template shows it."""
    rows = [
        {
            "parsed": row.parsed,
            "state": row.state,
            "is_new": row.state == State.NEW,
            "faults": row.faults,
            "warnings": row.warnings,
            "suggested_letters": row.suggested_letters,
            "wording_shown": shown(row.parsed.wording),
        }
        for row in preview.rows
    ]
    counts = {f"{state.value}_count": preview.count(state) for state in State}
    return {"rows": rows, "new_topics": preview.new_topics, "ignored": preview.ignored, **counts}


def file_columns() -> list[tuple[str, str]]:
    """What the columns of a bank file are called, and what they hold."""
    return [
        ("Câu hỏi / question", _("The text of the question.")),
        ("Phương án A … Phương án E / option_a … option_e", _("Two to five choices.")),
        ("Đáp án / answer", _("The letter of the right choice; several as A,C.")),
        ("Chủ đề / topic", _("Optional. New topics are made.")),
        ("Giải thích / explanation", _("Optional. Shown with the review.")),
        ("Nguồn / source", _("Optional.")),
        ("Giữ cuối / keep_last", _("Optional. The letter of a choice that is never shuffled away from the end.")),
    ]


def why_locked(request: Any, bank: Bank) -> str | None:
    """Why the bank can't be changed now; asked once a request."""
    known: dict[int, str | None] = request.__dict__.setdefault("desk_locks", {})
    if bank.pk not in known:
        known[bank.pk] = writing.why_locked(bank, now=request.now)
    return known[bank.pk]


# --- Questions -------------------------------------------------------------------------------------------------------
class BankFilter(admin.SimpleListFilter):
    """Questions of one bank."""

    title = gettext_lazy("bank")
    parameter_name = "bank"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The person's banks."""
        return [(str(bank.pk), str(bank)) for bank in Bank.objects.visible_to(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        """The bank's questions."""
        value = self.value() or ""
        return queryset.filter(bank=int(value)) if value.isdecimal() else queryset


class TopicFilter(admin.SimpleListFilter):
    """Questions of one topic, once a bank is chosen."""

    title = gettext_lazy("topic")
    parameter_name = "topic"

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The topics of the bank."""
        bank = request.GET.get("bank", "")
        if not bank.isdecimal():
            return []
        topics = Topic.objects.filter(bank=bank, bank__in=Bank.objects.visible_to(request.user))
        return [(str(topic.pk), str(topic)) for topic in topics]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        """The topic's questions."""
        value = self.value() or ""
        return queryset.filter(topic=int(value)) if value.isdecimal() else queryset


class StateFilter(admin.SimpleListFilter):
    """How far questions have come."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The four states."""
        return [
            ("waiting", gettext_lazy("Waits for review")),
            ("back", gettext_lazy("Sent back")),
            ("usable", gettext_lazy("May be drawn")),
            ("retired", gettext_lazy("Retired")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Question]:
        """Questions in the state."""
        by_state = {
            "waiting": queryset.waiting,
            "back": queryset.sent_back,
            "usable": queryset.usable,
            "retired": lambda: queryset.filter(is_retired=True),
        }
        chosen = by_state.get(self.value() or "")
        rows: QuerySet[Question] = chosen() if chosen else queryset
        return rows


class VersionBlocks(Blocks):
    """All versions of a question, the newest first; none is ever changed."""

    model = QuestionVersion
    is_closed = True
    fields = ("wording", "source", "explanation", "written", "reviewed")
    readonly_fields = fields
    verbose_name_plural = gettext_lazy("Versions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionVersion]:
        """Versions with their choices and people."""
        rows: QuerySet[QuestionVersion] = super().get_queryset(request)
        return rows.select_related("created_by", "reviewed_by").prefetch_related("choices").order_by("-number")

    @display(description=gettext_lazy("Wording"))
    def wording(self, version: QuestionVersion) -> str:
        """The text with its choices; a tick stands before what is right."""
        return shown(writing.wording_of(version))

    @display(description=gettext_lazy("Written"))
    def written(self, version: QuestionVersion) -> str:
        """Who wrote it, and when."""
        return signed(version.created_by, version.created_at)

    @display(description=gettext_lazy("Review"))
    def reviewed(self, version: QuestionVersion) -> str:
        """Who read it, when, and what they said."""
        if version.reviewed_at is None:
            return _("Not reviewed yet")
        by = signed(version.reviewed_by, version.reviewed_at)
        if version.review_note:
            return _("Sent back: %(note)s (%(by)s)") % {"note": version.review_note, "by": by}
        return _("Approved (%(by)s)") % {"by": by}


def shown(wording: Wording) -> str:
    """A wording as the desk shows it."""
    rows = (
        ("✓" if choice.is_right else "", letter, choice.text, _("(keep last)") if choice.is_last else "")
        for letter, choice in zip(LETTERS, wording.choices, strict=False)
    )
    lines = format_html_join("", "<li><span class='desk-tick'>{}</span> {}. {} {}</li>", rows)
    return format_html("<div class='desk-wording'><p>{}</p><ul>{}</ul></div>", wording.text, lines)


def signed(user: Any, moment: Any) -> str:
    """Who and when."""
    return f"{user or _('the operator')}, {localize(localtime(moment))}"


@admin.register(Question)
class QuestionAdmin(BaseAdmin):
    """Questions; to change one is to write a new version."""

    seen_by = "visible_to"
    run_by = "written_by"
    folded = "search"
    form = QuestionForm
    list_display = ("text", "bank", "topic", "state", "version")
    list_select_related = ("bank", "topic")
    list_filter = (BankFilter, TopicFilter, StateFilter)
    ordering = ("bank", "pk")
    actions = ("approve_chosen", "retire_chosen")
    actions_detail = ("approve", "send_back", "retire", "restore")
    inlines = (VersionBlocks,)
    writing_fields = (
        ("", {"fields": ("bank", "topic", "text", "seen")}),
        (
            gettext_lazy("Choices"),
            {"fields": (*(f"choice_{place}" for place in range(len(LETTERS))), "right", "last")},
        ),
        (gettext_lazy("For the review"), {"fields": ("explanation", "source")}),
    )
    reading_fields = (("", {"fields": ("bank", "topic", "is_retired")}),)
    readonly_fields = ("is_retired",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        """Questions with all their versions, the newest first."""
        versions = Prefetch("versions", QuestionVersion.objects.order_by("-number"))
        return super().get_queryset(request).prefetch_related(versions)

    def label_of(self, obj: Any) -> str:
        """The question by its number and its newest wording."""
        return f"#{obj.pk} {self.text(obj)}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a question of a bank that a round draws from."""
        return super().has_change_permission(request, obj) and (obj is None or not why_locked(request, obj.bank))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form of a wording for writers, the versions alone for readers."""
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        return self.writing_fields if may else self.reading_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A question never goes to another bank."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "bank")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[type[Any]]:
        """The versions, once there is one."""
        return () if obj is None else self.inlines

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a wording, begun with the newest version."""
        form = super().get_form(request, obj, change=change, **kwargs)
        for field in form.declared_fields.values():
            dress_field(field)
        if obj is None:
            return form
        newest = writing.newest_version(obj)

        class Begun(form):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **given: Any) -> None:
                super().__init__(*args, wording=writing.wording_of(newest), seen=newest.number, **given)

        return Begun

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The banks in which the person writes, the topics of the bank."""
        if db_field.name == "bank":
            kwargs["queryset"] = Bank.objects.written_by(request.user)
        if db_field.name == "topic":
            kwargs["queryset"] = self._topics(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _topics(self, request: Any) -> QuerySet[Topic]:
        topics = Topic.objects.filter(bank__in=Bank.objects.written_by(request.user))
        question = request.resolver_match.kwargs.get("object_id")
        bank = request.POST.get("bank") or request.GET.get("bank") or ""
        if question:
            return topics.filter(bank__questions=question)
        return topics.filter(bank=int(bank)) if is_number(bank) else topics.select_related("bank")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The question; why its bank is locked, if it is."""
        question = self.get_object(request, object_id)
        if question is not None and request.method == "GET" and (sentence := why_locked(request, question.bank)):
            messages.warning(request, sentence)
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: Any, obj: Question, form: Any, change: bool) -> None:
        """A new question, or a new version of an old one."""
        words = form.wording()._asdict()
        who = {"by": request.user, "now": request.now}
        if change:
            writing.edit(obj, seen=form.cleaned_data["seen"] or 0, **words, **who)
            writing.move(Question.objects.get(pk=obj.pk), form.cleaned_data["topic"], **who)
        else:
            obj.pk = writing.add(obj.bank, topic=obj.topic, **words, **who).pk

    @display(description=gettext_lazy("Question"))
    def text(self, question: Question) -> str:
        """The newest wording."""
        words = newest_of(question).text
        return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"

    @display(description=gettext_lazy("Version"))
    def version(self, question: Question) -> int:
        """The number of the newest version."""
        return newest_of(question).number

    @display(
        description=gettext_lazy("State"),
        label={"waiting": "warning", "back": "danger", "usable": "success", "mixed": "info", "retired": ""},
    )
    def state(self, question: Question) -> tuple[str, str]:
        """How far the question has come."""
        newest = newest_of(question)
        if question.is_retired:
            return "retired", _("Retired")
        if question.approved_id == newest.pk:
            return "usable", _("May be drawn")
        if newest.review_note:
            return "back", _("Sent back")
        if question.approved_id:
            return "mixed", _("Drawn as before; the new version waits for review")
        return "waiting", _("Waits for review")

    @admin.action(description=gettext_lazy("Approve the chosen questions"))
    def approve_chosen(self, request: Any, queryset: QuerySet[Question]) -> HttpResponse:
        """A second person approves the newest versions; what may not be is told."""
        by_bank: dict[int, list[int]] = {}
        for pk, bank in queryset.values_list("pk", "bank"):
            by_bank.setdefault(bank, []).append(pk)

        def act() -> str:
            approved = 0
            for bank in Bank.objects.filter(pk__in=by_bank):
                outcome = reviewing.approve_all(bank, by_bank[bank.pk], by=request.user, now=request.now)
                approved += len(outcome.approved)
                for pk, sentence in outcome.refused.items():
                    messages.warning(request, f"#{pk}: {sentence}")
            return ngettext("%(count)s question was approved.", "%(count)s questions were approved.", approved) % {
                "count": approved
            }

        hidden = [("action", "approve_chosen"), *(("_selected_action", pk) for pks in by_bank.values() for pk in pks)]
        form = NothingMoreForm(request.POST) if "asked" in request.POST else NothingMoreForm()
        chosen = [shown(writing.wording_of(newest_of(question))) for question in queryset]
        return self.ask(
            request, form, act, title=_("Approve the chosen questions"), back=request.get_full_path(),
            explain=_("You say that you have read these questions, their answers and their sources."),
            context={"hidden": hidden, "chosen": chosen},
        )  # fmt: skip

    @admin.action(description=gettext_lazy("Retire the chosen questions"), permissions=["change"])
    def retire_chosen(self, request: Any, queryset: QuerySet[Question]) -> HttpResponse:
        """The chosen questions are never drawn again."""
        return self.ask_of_chosen(
            request,
            queryset,
            NothingMoreForm,
            lambda question: writing.retire(question, by=request.user, now=request.now),
            action="retire_chosen",
            title=_("Retire the chosen questions"),
            done=lambda count: (
                ngettext("%(count)s question is retired.", "%(count)s questions are retired.", count) % {"count": count}
            ),
        )

    @action(description=gettext_lazy("Approve"), url_path="approve", icon="check")
    def approve(self, request: Any, object_id: str) -> HttpResponse:
        """A second person approves the newest version."""
        question, newest = self._read(request, object_id)

        def act() -> str:
            reviewing.approve(newest, by=request.user, now=request.now)
            return _("Approved: this version may be drawn.")

        return self.ask(
            request, NothingMoreForm(request.POST or None), act,
            title=_("Approve version %(n)s") % {"n": newest.number},
            obj=question, context={"chosen": [shown(writing.wording_of(newest))]},
            explain=_("You say that you have read this question, its answer and its source."),
        )  # fmt: skip

    @action(description=gettext_lazy("Send back"), url_path="send-back", icon="undo")
    def send_back(self, request: Any, object_id: str) -> HttpResponse:
        """The newest version goes back to its writer with a note."""
        question, newest = self._read(request, object_id)

        def act(note: str) -> str:
            reviewing.send_back(newest, note, by=request.user, now=request.now)
            return _("Sent back with your note.")

        return self.ask(
            request, NoteForm(request.POST or None), act, title=_("Send version %(n)s back") % {"n": newest.number},
            obj=question, context={"chosen": [shown(writing.wording_of(newest))]},
        )  # fmt: skip

    @action(description=gettext_lazy("Retire"), url_path="retire", icon="block")
    def retire(self, request: Any, object_id: str) -> HttpResponse:
        """The question is never drawn again."""
        question = self.chosen(request, object_id)

        def act() -> str:
            writing.retire(question, by=request.user, now=request.now)
            return _("The question is never drawn again.")

        title = _("Retire the question")
        return self.ask(request, NothingMoreForm(request.POST or None), act, title=title, obj=question)

    @action(description=gettext_lazy("Take back into use"), url_path="restore", icon="restart_alt")
    def restore(self, request: Any, object_id: str) -> HttpResponse:
        """The question may be drawn again."""
        question = self.chosen(request, object_id)

        def act() -> str:
            writing.restore(question, by=request.user, now=request.now)
            return _("The question may be drawn again.")

        title = _("Take the question back into use")
        return self.ask(request, NothingMoreForm(request.POST or None), act, title=title, obj=question)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that make sense in the question's state."""
        question = self.get_object(request, str(object_id))
        if question is None:
            return []
        newest = newest_of(question)
        possible = {"retire" if not question.is_retired else "restore"}
        if not question.is_retired and newest.reviewed_at is None:
            possible |= {"approve", "send_back"}
        every: list[Any] = super().get_actions_detail(request, object_id)
        return [one for one in every if one.action_name.removeprefix("questions_question_") in possible]

    def _read(self, request: HttpRequest, object_id: str) -> tuple[Question, QuestionVersion]:
        """The question that the person may read, and its newest version; the rule says who may review."""
        question = self.shown(request, object_id)
        return question, newest_of(question)


def newest_of(question: Question) -> QuestionVersion:
    """The newest of the versions that were read with the question."""
    return max(question.versions.all(), key=lambda version: version.number)
