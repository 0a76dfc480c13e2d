"""The desk of entries: who comes in, what a call can't be, what the secretariat decides, and in how many queries."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import python_calamine
from auditlog.models import LogEntry
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from contest.entries import intake
from contest.entries.models import Call, Entry, Kind, Section
from contest.foundations.ledger.models import Entry as LedgerEntry
from contest.notices.models import Notice
from contest.rounds import entering
from contest.rounds.models import Contest
from tests.builders import NOON, WEEK, make_entrant, make_round, make_unit, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry, make_file, make_kind, make_section
from tests.contest.foundations import strange_files

pytestmark = pytest.mark.django_db
EMAIL = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def officer(role: str, contest: Contest) -> Client:
    user = make_user(f"{role} {contest.pk}", email=f"{role}{contest.pk}@example.vn")
    entering.appoint(user, contest, role, unit=make_unit() if role == "unit_manager" else None, by=None, now=NOON)
    user.refresh_from_db()
    client = Client()
    client.cookies[site.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(user, backend=EMAIL)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:entries_{name}", args=args)


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(url(name, *args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(prefix: str, *lines: dict[str, Any], initial: int = 0) -> dict[str, str]:
    """The lines of an inline as the form sends them."""
    typed = {f"{prefix}-TOTAL_FORMS": str(len(lines)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for at, line in enumerate(lines):
        for name, value in {"order": at, **line}.items():
            typed[f"{prefix}-{at}-{name}"] = str(value)
    return typed


def typed(**fields: Any) -> dict[str, Any]:
    """A call as its form sends it, with one kind and one section."""
    plain = {
        "intro": "Nêu việc làm cụ thể", "forms": ["individual", "group"], "most_authors": 5, "undertaking": "",
        "most_documents": 5, "document_mb": 20, "most_images": 10, "image_mb": 5, "most_links": 5,
    }  # fmt: skip
    kinds = fields.pop("kinds", rows("kinds", {"title": "Sáng kiến", "letters": "SK"}))
    sections = fields.pop("sections", rows("sections", SECTION))
    categories = fields.pop("categories", rows("categories", {"title": "Cải cách hành chính"}))
    return {**plain, **kinds, **categories, **sections, **fields}


SECTION = {"title": "Giải pháp", "type": "text", "least": 500, "most": 6000, "is_required": "on", "choices": ""}


def as_typed(section: Section, **changed: Any) -> dict[str, Any]:
    """A section that is there, as the form sends it."""
    told = {
        "id": section.pk, "call": section.call_id, "title": section.title, "type": section.type, "least": section.least,
        "most": section.most, "choices": "\n".join(section.choices), **changed,
    }  # fmt: skip
    return told | ({"is_required": "on"} if section.is_required and "is_required" not in changed else {})


def change(client: Client, call: Call, **fields: Any) -> Any:
    """The call's form with what is there, and what is changed."""
    kinds = [
        {"id": kind.pk, "call": call.pk, "title": kind.title, "letters": kind.letters} for kind in call.kinds.all()
    ]
    sections = [as_typed(section) for section in call.sections.all()]
    given = {
        "kinds": rows("kinds", *kinds, initial=len(kinds)), "categories": rows("categories"),
        "sections": rows("sections", *sections, initial=len(sections)), "undertaking": call.undertaking,
        "forms": call.forms,
    }  # fmt: skip
    return client.post(url("call_change", call.pk), typed(**{**given, **fields}))


# --- Who comes in ----------------------------------------------------------------------------------------------------
LISTS = ("call", "entry")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", ["judge", "unit_manager"])
def test_judges_and_managers_of_units_have_no_desk(name, role):
    call = make_call()
    entry = make_entry(call, handed_in=True)
    client = officer(role, call.round.contest)
    row = {"call": call, "entry": entry}[name]
    assert client.get(url(f"{name}_changelist")).status_code == 302
    assert client.get(url(f"{name}_change", row.pk)).status_code == 302


@pytest.mark.parametrize("name", LISTS)
def test_editors_of_questions_have_no_entries(name):
    call = make_call()
    row = {"call": call, "entry": make_entry(call, handed_in=True)}[name]
    client = officer("editor", call.round.contest)
    assert client.get(url(f"{name}_changelist")).status_code == 403
    assert client.get(url(f"{name}_change", row.pk)).status_code in {302, 403}


def test_organizers_of_another_contest_see_nothing_and_change_nothing():
    call, other = make_call(), make_call()
    entry = make_entry(call, title="Tổ lưu động", handed_in=True)
    client = officer("organizer", other.round.contest)
    assert "Tổ lưu động" not in page(client, "entry_changelist")
    assert "Tổ lưu động" not in page(client, "entry_changelist", call=call.pk)
    assert call.round.contest.title not in page(client, "call_changelist")
    assert client.get(url("entry_change", entry.pk)).status_code == 302  # as for a row that is not there
    assert client.get(url("call_change", call.pk)).status_code == 302
    for act in ("valid", "more", "invalid", "reopen", "as_people", "traces", "go_on_typing"):
        assert client.post(url(f"entry_{act}", entry.pk), {"asked": "1", "reason": "x"}).status_code == 404
    for act in ("preview", "entries", "public_page", "round_page"):
        assert client.get(url(f"call_{act}", call.pk)).status_code == 404
    chosen = {"action": "find_chosen_valid", "_selected_action": [entry.pk], "asked": "1"}
    client.post(url("entry_changelist"), chosen)
    entry.refresh_from_db()
    assert entry.status == Entry.Status.SUBMITTED
    taken = client.post(url("entry_lists"), {"asked": "1", "call": call.pk, "which": "registered", "kind": "xlsx"})
    assert b"not one of the available choices" in taken.content
    begun = {"asked": "1", "kind": call.kinds.get().pk, "form": "collective", "title": "Giấy"}
    assert b"not one of the available choices" in client.post(url("entry_type_in"), begun).content
    assert Entry.objects.count() == 1


def test_observers_look_at_everything_and_act_on_nothing():
    call = make_call()
    entry = make_entry(call, handed_in=True)
    client = officer("observer", call.round.contest)
    assert entry.title in page(client, "entry_changelist")
    assert "find_chosen_valid" not in page(client, "entry_changelist")
    shown = page(client, "entry_change", entry.pk)
    assert url("entry_traces", entry.pk) in shown
    for act in ("valid", "more", "invalid", "reopen", "go_on_typing"):
        assert url(f"entry_{act}", entry.pk) not in shown
        assert client.post(url(f"entry_{act}", entry.pk), {"asked": "1", "reason": "x"}).status_code == 403
    assert client.get(url("entry_traces", entry.pk)).status_code == 200
    for act in ("type_in", "lists"):
        assert client.get(url(f"entry_{act}")).status_code == 403
    assert 'name="_save"' not in page(client, "call_change", call.pk)
    assert client.get(url("call_add")).status_code == 403
    assert change(client, call, most_links=9).status_code == 403
    chosen = {"action": "find_chosen_valid", "_selected_action": [entry.pk], "asked": "1"}
    client.post(url("entry_changelist"), chosen)
    entry.refresh_from_db()
    assert entry.status == Entry.Status.SUBMITTED


def test_entries_are_neither_added_nor_edited_nor_deleted_here():
    call = make_call()
    entry = make_entry(call, handed_in=True)
    client = officer("organizer", call.round.contest)
    assert client.get(url("entry_add")).status_code == 403
    assert client.post(url("entry_change", entry.pk), {"title": "Khác"}).status_code == 403
    assert client.post(url("entry_delete", entry.pk), {"post": "yes"}).status_code == 403
    assert client.post(url("call_delete", call.pk), {"post": "yes"}).status_code == 403


# --- In how many queries ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "query"),
    [("call", {}), ("entry", {}), ("entry", {"status__exact": "submitted", "complete": "no", "unit": "x"})],
)
def test_a_list_takes_eight_queries_at_most_however_many_rows_it_has(name, query):
    unit = make_unit()
    query = query | ({"unit": unit.pk} if "unit" in query else {})
    contest = make_round().contest
    client, counts = officer("organizer", contest), []
    for number in (1, 2):
        for _row in range(number):
            call = make_call(round=next_round(contest))
            entry = make_entry(call, handed_in=True, unit=unit)
            make_author(entry, confirmed_at=None)
            entry.files.create(
                slot="document", name="a.pdf", size=3, uploaded_by=entry.created_by, begun_at=NOON, state="coming"
            )
        with CaptureQueriesContext(connection) as seen:
            page(client, f"{name}_changelist", **query)
        counts.append(len([query for query in seen if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1] <= 8, [query["sql"][:150] for query in seen]


def next_round(contest: Contest) -> Any:
    return make_round(contest, kind="initiative", order=contest.rounds.count() + 1, title="Mô hình, sáng kiến")


def test_the_entrys_page_takes_as_many_queries_for_three_authors_and_files_as_for_one():
    call = make_call()
    make_section(call)
    client, counts = officer("organizer", call.round.contest), []
    entry = make_entry(call, form="group", handed_in=True)
    for _more in (1, 2):
        for _row in range(_more):
            make_author(entry, user=make_user("Tác Giả", unit=make_unit(parent=make_unit())))
            make_file(entry, strange_files.pdf())
            call.kinds.create(title="Thêm", letters=f"T{chr(65 + call.kinds.count())}")
        with CaptureQueriesContext(connection) as seen:
            page(client, "entry_change", entry.pk)
        counts.append(len(seen))
    assert counts[0] == counts[1], [query["sql"][:150] for query in seen]


# --- A call ----------------------------------------------------------------------------------------------------------
def wrong(client: Client, at: Contest | Call, **fields: Any) -> str:
    """The page that refuses a new call, or a change of one; nothing was saved."""
    before = list(Call.objects.values()), list(Section.objects.values()), list(Kind.objects.values())
    if isinstance(at, Call):
        answer = change(client, at, **fields)
    else:
        round = next_round(at)
        answer = client.post(url("call_add"), typed(round=round.pk, **fields))
    assert answer.status_code == 200
    assert (list(Call.objects.values()), list(Section.objects.values()), list(Kind.objects.values())) == before
    told: str = answer.content.decode()
    return told


NEVER = [
    ({"forms": []}, "Choose at least one."),
    ({"most_authors": 1}, "greater than or equal to 2"),
    ({"most_documents": 31}, "At most 30."),
    ({"document_mb": 51}, "less than or equal to 50"),
    ({"registration_closes_at": "00:00 01/01/2020"}, "Registration would close before the round opens."),
    ({"registration_closes_at": "00:00 01/01/2099"}, "The round closes before"),
    ({"kinds": rows("kinds")}, "A call asks for one kind of entry at least."),
    ({"kinds": rows("kinds", {"title": "Mô hình", "letters": "M1"})}, "One to four capital letters A to Z."),
    (
        {"kinds": rows("kinds", {"title": "Mô hình", "letters": "M"}, {"title": "Một nữa", "letters": "m"})},
        "Another kind has these letters.",
    ),
    ({"sections": rows("sections", {**SECTION, "least": 7000})}, "More than fit in."),
    ({"sections": rows("sections", {**SECTION, "least": 0, "most": 0})}, "At least one character has to fit in."),
    ({"sections": rows("sections", {**SECTION, "type": "date", "least": 20, "most": 10})}, "More than fit in."),
    ({"sections": rows("sections", {**SECTION, "type": "line"})}, "One line holds at most 500 characters"),
    ({"sections": rows("sections", {**SECTION, "type": "choice"})}, "Type two choices at least, one a line."),
    ({"sections": rows("sections", {**SECTION, "type": "choice", "choices": "Xã\nXã"})}, "A choice stands here twice."),
    ({"sections": rows("sections", {**SECTION, "choices": "Xã\nHuyện"})}, "Only a choice has choices."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sentence"), NEVER, ids=[f"{at}: {told[1]}" for at, told in enumerate(NEVER)])
def test_a_call_that_cannot_be_right_is_refused_with_what_was_typed(fields, sentence):
    contest = make_round(closes_at=NOON + WEEK).contest
    contest.rounds.update(opens_at=NOON - WEEK)
    client = officer("organizer", contest)
    told = wrong(client, contest, **fields)
    assert sentence.replace("'", "&#x27;") in told
    assert "Nêu việc làm cụ thể" in told


def test_a_call_is_for_a_round_of_ones_own_that_takes_entries_and_has_none_yet():
    mine, theirs = make_call(), make_call()
    quiz = make_round(mine.round.contest, order=9)
    client = officer("organizer", mine.round.contest)
    for round in (mine.round, theirs.round, quiz):
        answer = client.post(url("call_add"), typed(round=round.pk))
        assert b"not one of the available choices" in answer.content
    assert Call.objects.count() == 2


def test_an_organizer_builds_a_call_and_sees_its_form_as_entrants_do():
    round = next_round(make_round().contest)
    client = officer("organizer", round.contest)
    choice = {"title": "Phạm vi", "type": "choice", "least": 0, "most": 1, "choices": "Chi bộ\r\n\r\n  Toàn xã "}
    sections = rows("sections", SECTION, choice)
    assert client.post(url("call_add"), typed(round=round.pk, sections=sections)).status_code == 302
    call = Call.objects.get()
    assert call.forms == ["individual", "group"]
    assert list(call.kinds.values_list("title", "letters")) == [("Sáng kiến", "SK")]
    assert list(call.sections.values_list("title", "choices")) == [
        ("Giải pháp", []),
        ("Phạm vi", ["Chi bộ", "Toàn xã"]),
    ]
    assert {str(entry.content_type) for entry in LogEntry.objects.filter(object_pk=call.pk)} >= {
        "Entries | call for entries"
    }
    assert client.get(url("call_preview", call.pk)).url == reverse(
        "call_preview", args=[round.contest.slug, round.order]
    )
    preview = client.get(reverse("call_preview", args=[round.contest.slug, round.order])).content.decode()
    for word in ("Preview", "Giải pháp", "Toàn xã"):
        assert word in preview
    assert "<form" not in preview.split("<main")[1]
    assert Entry.objects.count() == 0


def begun(**fields: Any) -> tuple[Client, Call, Section, Entry]:
    """A call into which somebody has written."""
    call = make_call(undertaking="Không sao chép")
    section = make_section(call, "Giải pháp", least=10, most=100, is_secret=True)
    answers = {str(section.pk): "Tổ lưu động đến thôn"}
    entry = make_entry(call, answers=answers, undertaken_at=NOON, **fields)
    return officer("organizer", call.round.contest), call, section, entry


def test_what_people_have_chosen_and_written_into_stays():
    client, call, section, entry = begun()
    kind, spare = call.kinds.get(), make_kind(call, "Mô hình", "MH")
    field = call.categories.create(title="Cải cách")
    Entry.objects.filter(pk=entry.pk).update(category=field)
    kinds = [{"id": one.pk, "call": call.pk, "title": one.title, "letters": one.letters} for one in (kind, spare)]
    told = wrong(client, call, forms=["group"])
    assert "There are entries already that are handed in as: Individual." in told
    told = wrong(client, call, kinds=rows("kinds", {**kinds[0], "DELETE": "on"}, kinds[1], initial=2))
    assert "There are entries of the kind “Sáng kiến”: it stays." in told
    gone = {"id": field.pk, "call": call.pk, "title": "Cải cách", "DELETE": "on"}
    assert "There are entries about “Cải cách”" in wrong(client, call, categories=rows("categories", gone, initial=1))
    for changed, sentence in (
        ({"DELETE": "on"}, "People have written into “Giải pháp”: it stays."),
        ({"type": "date"}, "it stays what it was."),
        ({"is_secret": ""}, "were not told that judges would read it."),
    ):
        typed_row = as_typed(section, **({"is_secret": "on"} | changed))
        if not typed_row["is_secret"]:
            del typed_row["is_secret"]
        assert sentence in wrong(client, call, sections=rows("sections", typed_row, initial=1))
    letters = rows("kinds", {**kinds[0], "letters": "XX"}, {**kinds[1], "DELETE": "on"}, initial=2)
    kept = rows("sections", as_typed(section, is_secret="on"), initial=1)
    shut = change(client, call, kinds=letters, sections=kept, undertaking="Khác", most_links=1)
    assert shut.status_code == 302
    call.refresh_from_db()
    assert (call.undertaking, call.most_links) == ("Không sao chép", 1)
    assert list(call.kinds.values_list("letters", flat=True)) == ["SK"]


def test_once_something_is_handed_in_a_call_only_becomes_more_generous():
    client, call, section, entry = begun(handed_in=True, form="group")
    make_author(entry), make_author(entry)
    row = as_typed(section, is_secret="on")
    sections = rows("sections", row, initial=1)
    assert "no less than 5" in wrong(client, call, forms=["group"], sections=sections, most_documents=4)
    assert "There is an entry with 3 authors already." in wrong(
        client, call, forms=["group"], sections=sections, most_authors=2
    )
    for changed, sentence in (
        ({"least": 11}, "no more than 10"),
        ({"most": 99}, "no less than 100"),
    ):
        told = wrong(client, call, forms=["group"], sections=rows("sections", {**row, **changed}, initial=1))
        assert sentence in told
    new = rows("sections", row, SECTION, initial=1)
    assert "a new section can&#x27;t be required" in wrong(client, call, forms=["group"], sections=new)
    wider = rows("sections", {**row, "least": 5, "most": 200}, {**SECTION, "is_required": ""}, initial=1)
    wider.pop("sections-1-is_required")
    assert change(client, call, forms=["group", "team"], sections=wider, most_documents=6).status_code == 302
    call.refresh_from_db()
    assert (call.forms, call.most_documents) == (["group", "team"], 6)
    assert list(call.sections.values_list("least", "most", "is_required")) == [(5, 200, True), (500, 6000, False)]


def test_a_choice_that_somebody_made_stays_and_others_may_go():
    call = make_call()
    section = make_section(call, "Phạm vi", type="choice", choices=["Xã", "Huyện", "Tỉnh"])
    make_entry(call, answers={str(section.pk): "Huyện"})
    client = officer("organizer", call.round.contest)
    told = wrong(client, call, sections=rows("sections", as_typed(section, choices="Xã\nTỉnh"), initial=1))
    assert "This was chosen already: Huyện." in told
    fewer = rows("sections", as_typed(section, choices="Huyện\nThành phố"), initial=1)
    assert change(client, call, sections=fewer).status_code == 302
    assert call.sections.get().choices == ["Huyện", "Thành phố"]


# --- The intake desk -------------------------------------------------------------------------------------------------
def test_the_desk_finds_entries_by_number_title_and_author_and_narrows_them():
    call = make_call()
    other = make_kind(call, "Mô hình", "MH")
    far = make_unit("Đảng bộ xã Tây")
    one = make_entry(call, title="Tổ lưu động", handed_in=True)
    two = make_entry(call, kind=other, title="Phòng họp không giấy", form="group", unit=far)
    for entry in (one, two):
        Entry.objects.filter(pk=entry.pk).update(search=f"{entry.code.lower()} {entry.title.lower()}")
    Entry.objects.filter(pk=one.pk).update(search="sk-0001 to luu dong nguyen thi hoa")
    Entry.objects.filter(pk=two.pk).update(search="mh-0001 phong hop khong giay")
    client = officer("organizer", call.round.contest)

    def found(**query: Any) -> list[str]:
        told = page(client, "entry_changelist", **query)
        return [entry.title for entry in (one, two) if entry.title in told]

    assert found(q="SK-0001") == found(q="Tổ Lưu ĐỘNG") == found(q="Hòa nguyễn") == ["Tổ lưu động"]
    assert found(q="không có") == []
    assert found(call=call.pk) == ["Tổ lưu động", "Phòng họp không giấy"]
    assert found(kind=other.pk) == found(form__exact="group") == ["Phòng họp không giấy"]
    assert found(status__exact="submitted") == found(complete="yes") == ["Tổ lưu động"]
    assert found(complete="no") == found(unit=far.pk) == ["Phòng họp không giấy"]
    for nonsense in ({"call": "x"}, {"kind": "99999999999999999999"}, {"complete": "x"}):
        assert len(found(**nonsense)) == 2


def test_complete_is_what_the_glance_finds_nothing_open_about():
    call = make_call(undertaking="Không sao chép", needs_confirmation=True)
    ready = {"handed_in": True, "undertaken_at": NOON, "confirmed_by": make_user(), "confirmed_at": NOON}
    whole, asked, declined, coming, refused, taken = (make_entry(call, **ready) for _place in range(6))
    bare = make_entry(call, **{**ready, "undertaken_at": None})
    unconfirmed = make_entry(call, handed_in=True, undertaken_at=NOON)
    paper = make_entry(call, handed_in=True, undertaken_at=NOON, is_on_paper=True)
    make_author(asked, confirmed_at=None)
    make_author(declined, confirmed_at=None, declined_at=NOON)
    for entry, state in ((coming, "coming"), (refused, "refused"), (taken, "coming")):
        entry.files.create(
            slot="image", name="a.png", size=3, uploaded_by=entry.created_by, begun_at=NOON, state=state,
            removed_at=NOON if entry is taken else None,
        )  # fmt: skip
    make_entry(call)
    every = intake.with_glance(Entry.objects.select_related("round__call").filter(version__gt=0)).order_by("pk")
    by_glance = {entry.pk for entry in every if not intake.glance(entry)}
    assert by_glance == {whole.pk, taken.pk, paper.pk}
    assert {entry.pk for entry in intake.complete(Entry.objects.all())} == by_glance
    others = {asked.pk, declined.pk, coming.pk, refused.pk, bare.pk, unconfirmed.pk}
    assert {entry.pk for entry in intake.incomplete(Entry.objects.filter(version__gt=0))} == others
    words = page(officer("organizer", call.round.contest), "entry_changelist")
    for word in (
        "unconfirmed authors: 1", "declined: 1", "files under way: 1", "files refused: 1", "no undertaking",
        "unit has not confirmed",
    ):  # fmt: skip
        assert word in words


def test_the_entrys_page_tells_all_that_it_says():
    unit = make_unit("Chi bộ Một", parent=make_unit("Đảng bộ xã Đông"))
    call = make_call()
    section, figures = make_section(call), make_section(call, "Số liệu", type="figures")
    answers = {str(section.pk): "<b>Tổ</b> lưu động", str(figures.pk): [{"what": "Hồ sơ", "before": "5", "after": "9"}]}
    entry = make_entry(call, make_user("Trần Thị Mai", unit=unit), handed_in=True, answers=answers)
    make_author(entry, make_user("Lê Văn Chối"), confirmed_at=None, declined_at=NOON)
    file = make_file(entry, strange_files.pdf(), "Phụ lục.pdf")
    intake.ask_more(entry, until=timezone.now() + WEEK, note="Bổ sung nguồn", by=organizer_of(call), now=timezone.now())
    told = page(officer("organizer", call.round.contest), "entry_change", entry.pk)
    for word in (
        "&lt;b&gt;Tổ&lt;/b&gt; lưu động", "Hồ sơ", "Trần Thị Mai", "Đảng bộ xã Đông / Chi bộ Một", "Lead author",
        "declined", "Phụ lục.pdf", reverse("entry_file", args=[entry.pk, file.pk]), "Examined", "Bổ sung nguồn",
    ):  # fmt: skip
        assert word in told
    assert "<textarea" not in told


def organizer_of(call: Call) -> Any:
    return officer_user(call)


def officer_user(call: Call) -> Any:
    user = make_user(email=f"to-chuc{call.pk}@example.vn")
    entering.appoint(user, call.round.contest, "organizer", unit=None, by=None, now=NOON)
    user.refresh_from_db()
    return user


def decide(client: Client, act: str, entry: Entry, **sent: Any) -> tuple[int, str]:
    answer = client.post(url(f"entry_{act}", entry.pk), {"asked": "1", **sent})
    entry.refresh_from_db()
    return answer.status_code, answer.content.decode()


def test_decisions_that_cannot_be_taken_say_why_and_change_nothing():
    call = make_call()
    draft, asked = make_entry(call), make_entry(call, handed_in=True)
    make_author(asked, make_user("Lê Văn Chờ"), confirmed_at=None)
    client = officer("organizer", call.round.contest)
    assert "This entry was not handed in." in decide(client, "valid", draft)[1]
    assert (
        "These authors have not confirmed yet: Lê Văn Chờ." in client.get(url("entry_valid", asked.pk)).content.decode()
    )
    assert "These authors have not confirmed yet: Lê Văn Chờ." in decide(client, "valid", asked)[1]
    assert decide(client, "invalid", asked, reason="")[0] == 200
    assert decide(client, "more", asked, until="nay mai", note="Nguồn")[0] == 200
    past = f"{timezone.localtime() - timedelta(days=1):%H:%M %d/%m/%Y}"
    assert "this moment is over" in decide(client, "more", asked, until=past, note="Nguồn")[1]
    assert "Nothing was decided about this entry yet." in decide(client, "reopen", asked, reason="Nhầm")[1]
    assert (draft.status, asked.status) == ("draft", "submitted")
    assert LedgerEntry.objects.filter(action__startswith="entries.").count() == 0


def test_the_secretariat_asks_for_more_finds_invalid_opens_again_and_finds_valid():
    call = make_call()
    entry = make_entry(call, handed_in=True)
    client = officer("organizer", call.round.contest)
    until = timezone.localtime() + WEEK
    assert decide(client, "more", entry, until=f"{until:%H:%M %d/%m/%Y}", note="Nguồn số liệu")[0] == 302
    assert (entry.status, entry.intake_note) == ("needs_more", "Nguồn số liệu")
    assert entry.needs_more_until == until.replace(second=0, microsecond=0)
    assert decide(client, "invalid", entry, reason="Ngoài phạm vi")[0] == 302
    shown = page(client, "entry_change", entry.pk)
    assert url("entry_reopen", entry.pk) in shown
    assert url("entry_valid", entry.pk) not in shown
    assert decide(client, "reopen", entry, reason="Xem lại")[0] == 302
    assert decide(client, "valid", entry)[0] == 302
    assert (entry.status, entry.intake_note) == ("valid", "")
    acts = (
        LedgerEntry.objects.filter(subject=f"entries.entry:{entry.pk}").order_by("id").values_list("action", flat=True)
    )
    assert list(acts) == ["entries.needs_more", "entries.invalid", "entries.reopened", "entries.valid"]
    assert Notice.objects.filter(user=entry.created_by).count() == 4


def test_several_are_found_valid_at_once_and_each_is_told_what_became_of_it():
    call = make_call()
    good, draft, asked = make_entry(call, handed_in=True), make_entry(call), make_entry(call, handed_in=True)
    left = make_entry(call, handed_in=True)
    make_author(asked, make_user("Lê Văn Chờ"), confirmed_at=None)
    client = officer("organizer", call.round.contest)
    chosen = {"action": "find_chosen_valid", "_selected_action": [good.pk, draft.pk, asked.pk], "index": "0"}
    first = client.post(url("entry_changelist"), chosen)
    assert b"Find the chosen entries valid" in first.content
    assert Entry.objects.filter(status="valid").count() == 0
    told = client.post(url("entry_changelist"), {**chosen, "asked": "1"}).content.decode()
    for word in (
        "Valid now: <strong>1</strong>", "Not decided: <strong>2</strong>", "This entry was not handed in.",
        "These authors have not confirmed yet: Lê Văn Chờ.",
    ):  # fmt: skip
        assert word in told
    assert list(Entry.objects.filter(status="valid")) == [good]
    left.refresh_from_db()
    assert left.status == "submitted"


# --- On paper --------------------------------------------------------------------------------------------------------
def type_in(client: Client, **sent: Any) -> tuple[int, str]:
    answer = client.post(url("entry_type_in"), {"asked": "1", "title": "Bản giấy", **sent})
    return answer.status_code, answer.content.decode()


def test_a_paper_entry_needs_whose_it_is_and_what_is_asked_for():
    call = make_call()
    contest, kind = call.round.contest, call.kinds.get()
    outsider = make_user("Người Ngoài", email="ngoai@example.vn")
    client = officer("organizer", contest)
    assert "Say whose entry this is." in type_in(client, kind=kind.pk, form="individual")[1]
    assert "Say for which unit this is handed in." in type_in(client, kind=kind.pk, form="collective")[1]
    assert "Nothing of this kind is asked for." in type_in(client, kind=kind.pk, form="team")[1]
    assert "Nobody here has this" in type_in(client, kind=kind.pk, form="individual", person="a@b.vn")[1]
    told = type_in(client, kind=kind.pk, form="individual", person=outsider.email)[1]
    assert "This person is not in this contest yet." in told
    assert Entry.objects.count() == 0


def test_the_secretariat_types_in_an_entry_on_paper_and_hands_it_in():
    call = make_call()
    Call.objects.filter(pk=call.pk).update(undertaking="")
    section = make_section(call, least=0)
    contest, kind = call.round.contest, call.kinds.get()
    person = make_user("Đỗ Văn Giấy", email="giay@example.vn")
    make_entrant(contest, person)
    client = officer("organizer", contest)
    assert type_in(client, kind=kind.pk, form="individual", person=person.email)[0] == 302
    entry = Entry.objects.get()
    assert (entry.code, entry.is_on_paper, entry.status) == ("SK-0001", True, "draft")
    assert [author.user for author in entry.authors.all()] == [person]
    assert client.get(url("entry_go_on_typing", entry.pk)).url == reverse("entry", args=[entry.pk])
    written = {"revision": entry.revision, "title": "Bản giấy", f"s{section.pk}": "Chép từ bản giấy"}
    answer = client.post(reverse("entry_submit", args=[entry.pk]), written)
    assert answer.status_code == 302, answer.content.decode()
    assert decide(client, "valid", entry)[0] == 302
    assert entry.status == "valid"
    assert entry.versions.get().content["answers"] == {str(section.pk): "Chép từ bản giấy"}


def test_a_unit_may_hand_in_on_paper_without_a_person():
    call = make_call()
    unit = make_unit("Đảng bộ xã Đông")
    client = officer("organizer", call.round.contest)
    assert type_in(client, kind=call.kinds.get().pk, form="collective", unit=unit.pk)[0] == 302
    entry = Entry.objects.get()
    assert (entry.unit, entry.authors.count()) == (unit, 0)


# --- Lists -----------------------------------------------------------------------------------------------------------
def test_the_register_is_taken_as_a_table_and_on_paper_and_the_ledger_keeps_it():
    call = make_call()
    one = make_entry(call, make_user("Nguyễn Thị Hòa"), title="=1+1", handed_in=True, status="valid")
    two = make_entry(call, make_user("Lê Văn An"), title="Tổ lưu động", form="group")
    make_author(two, make_user("Đỗ Thị Bình"), share=40)
    two.authors.filter(is_lead=True).update(share=60)
    make_entry(call, title="Đã rút", status="withdrawn")
    client = officer("organizer", call.round.contest)
    asked = {"asked": "1", "call": call.pk, "which": "registered"}
    answer = client.post(url("entry_lists"), {**asked, "kind": "xlsx"})
    assert "no-store" in answer["Cache-Control"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    lines = book.get_sheet_by_index(0).to_python()
    assert [line[1:5] for line in lines[1:3]] == [
        [one.code, "=1+1", "Individual", "Nguyễn Thị Hòa"],
        [two.code, "Tổ lưu động", "Group", "Lê Văn An (60%), Đỗ Thị Bình (40%)"],
    ]
    assert [line[2] for line in lines[4:]] == [
        "Individual: registered 1, handed in 1, valid 1", "Group: registered 1, handed in 0, valid 0",
        "Together: registered 2, handed in 1, valid 1",
    ]  # fmt: skip
    paper = client.post(url("entry_lists"), {**asked, "kind": "pdf"}).content
    text = pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range()
    for word in ("Register of entries", "Tổ lưu động", "=1+1", "Together"):
        assert word in text
    assert "Đã rút" not in text
    kept = LedgerEntry.objects.filter(action="entries.exported").order_by("id").values_list("data", flat=True)
    assert list(kept) == [{"what": "registered", "kind": kind, "rows": 2} for kind in ("xlsx", "pdf")]


def test_every_list_holds_what_its_name_says():
    call = make_call()
    for status in ("draft", "submitted", "valid"):
        make_entry(
            call,
            title=f"Bài {status}",
            handed_in=status != "draft",
            **({"status": status} if status != "draft" else {}),
        )
    make_entry(call, title="Bài invalid", handed_in=True, status="invalid", intake_note="Ngoài phạm vi")
    make_entry(call, title="Bài withdrawn", status="withdrawn")
    client = officer("organizer", call.round.contest)
    found = {}
    for which in ("registered", "handed_in", "undecided", "valid", "invalid", "withdrawn"):
        sent = {"asked": "1", "call": call.pk, "which": which, "kind": "xlsx"}
        content = client.post(url("entry_lists"), sent).content
        lines = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        found[which] = [line[2].removeprefix("Bài ") for line in lines[1:] if str(line[2]).startswith("Bài ")]
    assert found == {
        "registered": ["draft", "submitted", "valid", "invalid"], "handed_in": ["submitted", "valid", "invalid"],
        "undecided": ["submitted"], "valid": ["valid"], "invalid": ["invalid"], "withdrawn": ["withdrawn"],
    }  # fmt: skip
