"""The demo's judged rounds: in bulk what people would have done one by one, judged and published by the real rules."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.utils import timezone

from contest.entries import masking, reading, writing
from contest.entries.models import Author, Entry, Event, File, Likeness
from contest.foundations.ledger import writing as ledger
from contest.foundations.ledger.models import Entry as Act
from contest.judging import aggregating, concluding
from contest.judging.models import Assignment, Candidate, Draw, Mark, Panel, Reveal, Sheet, SheetEvent, Stage
from contest.judging.rubrics import Rubrics, refuse_wrong_uses
from contest.management.seeding import handing_in, marking
from contest.notices.models import Notice
from contest.results import freezing, showing
from contest.results.models import Line, Snapshot
from contest.rounds.models import Round

pytestmark = pytest.mark.django_db
WORKS = 60


def seed(stage):
    out = io.StringIO()
    call_command(
        "seed", stage=stage, i_know=True, json=True, people=400, attempts=60, works=WORKS, stdout=out
    )  # fmt: skip
    return json.loads(out.getvalue())


def counts(rows, name):
    return dict(rows.order_by().values_list(name).annotate(n=Count("pk")))


def test_so_many_as_registered_for_the_real_round():
    assert handing_in.ALL == 279
    forms = [handing_in._form(number) for number in range(handing_in.ALL)]
    assert [forms.count(form) for form in ("collective", "group", "individual")] == [112, 70, 97]


def test_marks_are_steps_of_their_criterion_and_moments_come_in_order():
    begin = timezone.now()
    found = marking.moments(begin, begin + timedelta(days=9), 40)
    assert found == sorted(found)
    assert begin <= found[0]
    assert found[-1] <= begin + timedelta(days=9)
    assert {marking.quality(f"SK-{number:04}") == marking.quality(f"SK-{number:04}") for number in range(20)} == {True}


def test_judging_is_under_way():
    now = timezone.now()
    assert seed("judging")["entries"] == WORKS
    _entries_are_as_their_acts_would_have_left_them(now)
    _three_stages_of_which_the_first_is_being_judged(now)
    _sheets_are_as_their_judges_would_have_locked_them()
    _essays_are_judged_blind()
    _teams_have_their_running_order()
    assert ledger.verify() == []
    assert not Act.objects.filter(at__gt=timezone.now()).exists()
    assert not Notice.objects.filter(mail="waiting").exists()


def _entries_are_as_their_acts_would_have_left_them(now):
    works = Entry.objects.filter(round__kind=Round.Kind.INITIATIVE)
    assert set(counts(works, "form")) == {"collective", "group", "individual"}
    assert {"valid", "draft", "invalid", "withdrawn"} <= set(counts(works, "status"))
    assert set(File.objects.values_list("state", flat=True)) == {"good"}
    rows = Entry.objects.filter(submitted_at__isnull=False).select_related("round__call", "kind")
    for entry in rows:
        version = reading.newest(entry)
        assert writing.missing(entry, now=now) == []
        assert not reading.is_changed(entry, version)
        assert version.receipt == writing.receipt(entry, version.content, version.handed_in_at)
    steps = Event.objects.order_by("pk").values_list("entry", "what")
    for entry in rows.filter(status="valid"):
        mine = [what for pk, what in steps if pk == entry.pk]
        assert [what for what in mine if what in {"registered", "submitted", "valid"}] == [
            "registered", "submitted", "valid",
        ]  # fmt: skip
        acts = Act.objects.filter(subject=f"entries.entry:{entry.pk}").values_list("action", flat=True)
        assert {"entries.registered", "entries.submitted", "entries.valid"} <= set(acts)
    assert not Author.objects.waiting().filter(entry__status="valid").exists()
    with_managers = [one for one in rows.filter(status="valid", is_on_paper=False) if writing.managers_of(one)]
    assert {one.confirmed_at is not None for one in with_managers if one.round.call.needs_confirmation} == {True}


def _three_stages_of_which_the_first_is_being_judged(now):
    first, second, third = Stage.objects.filter(round__kind=Round.Kind.INITIATIVE).order_by("order")
    for stage in Stage.objects.all():
        refuse_wrong_uses(stage)
    assert [stage.is_open(now) for stage in (first, second, third)] == [True, False, False]
    assert Panel.objects.get(stage=first).seats.count() == 12
    assert Candidate.objects.filter(stage__in=(second, third)).count() == 0
    valid = Entry.objects.valid().filter(round=first.round)
    assert first.candidates.count() == valid.count()
    judges = Candidate.objects.filter(stage=first, is_anchor=False).annotate(n=Count("assignments"))
    assert set(judges.values_list("n", flat=True)) == {3}
    sheets = Sheet.objects.filter(assignment__candidate__stage=first)
    locked, all_of_them = sheets.filter(locked_at__isnull=False).count(), first.candidates.count() * 3
    assert all_of_them * 0.6 < locked < Assignment.objects.filter(candidate__stage=first).count()
    assert sheets.filter(locked_at=None).exists()
    apart = first.candidates.filter(outcome="discrepant")
    assert all(one.spread > first.tolerance for one in apart)
    assert apart.exists() or first.candidates.exclude(decision="").exists()


def _sheets_are_as_their_judges_would_have_locked_them():
    for stage in Stage.objects.filter(is_live=False):
        rubrics = Rubrics(stage)
        rows = Sheet.objects.filter(assignment__candidate__stage=stage, locked_at__isnull=False)
        for sheet in rows.select_related("assignment__candidate__entry__kind").prefetch_related("marks__criterion"):
            asked = rubrics.of_candidate(sheet.assignment.candidate)
            given = {mark.criterion.code: mark for mark in sheet.marks.all()}
            assert set(given) == {leaf.code for leaf in asked.leaves}
            assert sheet.total == sum(mark.points for mark in given.values())
            assert all(mark.points % leaf.step == 0 for leaf in asked.leaves if (mark := given[leaf.code]))
            assert stage.opens_at <= sheet.begun_at < sheet.saved_at < sheet.locked_at
    sealed = SheetEvent.objects.filter(what="locked").values_list("sheet", flat=True)
    acts = Act.objects.filter(action="sheets.locked").values_list("subject", flat=True)
    assert sorted(f"judging.sheet:{pk}" for pk in sealed) == sorted(acts)
    assert not Mark.objects.filter(points=F("criterion__maximum"), comment="", sheet__locked_at__isnull=False).exclude(
        criterion__comment_at_maximum=False
    )


def _essays_are_judged_blind():
    stage = Stage.objects.get(round__kind=Round.Kind.ESSAY)
    assert stage.is_blind
    essays = [one.entry for one in stage.candidates.select_related("entry__round")]
    assert len(essays) > 8
    found = [entry for entry in essays if masking.findings(entry)]
    assert 0 < len(found) < len(essays) / 2


def _teams_have_their_running_order():
    stage = Stage.objects.get(is_live=True)
    draw = Draw.objects.get(stage=stage)
    orders = [order or 0 for order in stage.candidates.values_list("order", flat=True)]
    assert sorted(orders) == list(range(1, len(draw.codes) + 1))
    assert not Reveal.objects.exists()


def test_all_is_published():
    seed("published")
    assert not Stage.objects.filter(closed_at=None).exists()
    assert not Candidate.objects.exclude(outcome="scored").exists()
    _advanced_by_the_rule()
    _outcomes_are_those_of_the_sheets()
    _results_were_made_by_one_and_checked_by_another()
    _works_are_shown_where_their_authors_agreed()
    call_command("verify_results", stdout=io.StringIO())
    assert ledger.verify() == []
    assert Likeness.objects.exists()
    assert not Act.objects.filter(at__gt=timezone.now()).exists()


def _advanced_by_the_rule():
    first, second, third = Stage.objects.filter(round__kind=Round.Kind.INITIATIVE).order_by("order")
    collectives = Q(entry__form="collective")
    on = first.candidates.filter(goes_on=True)
    assert (on.filter(collectives).count(), on.exclude(collectives).count()) == (10, 10)
    assert second.candidates.count() == 20
    assert third.candidates.count() == 10


def _outcomes_are_those_of_the_sheets():
    for stage in Stage.objects.filter(is_live=False):
        assert concluding.hindrances(stage) == []
        for one in stage.candidates.all():
            rows = Sheet.objects.filter(assignment__candidate=one, assignment__ended_at=None)
            assert one.score == aggregating.aggregate(list(rows.values_list("total", flat=True)), stage.aggregation)


def _results_were_made_by_one_and_checked_by_another():
    found = Snapshot.objects.all()
    assert counts(found, "status") == {"published": 5}
    assert not found.filter(made_by=F("checked_by")).exists()
    assert not found.filter(decision="").exists()
    assert freezing.verify() == []
    prized = set(Line.objects.exclude(prize="").values_list("snapshot__stage__title", flat=True))
    assert prized == {"Chung khảo: thuyết trình", "Chấm bài viết", "Chung kết trực tiếp"}


def _works_are_shown_where_their_authors_agreed():
    round = Round.objects.get(kind=Round.Kind.INITIATIVE)
    lines = showing.showcase(showing.of_round(round), 1)
    assert {line.entry.may_show for line in lines} == {True}
    assert lines[0].snapshot.stage.title == "Chung khảo: thuyết trình"
    assert len({line.entry_id for line in lines}) == len(lines) == round.entries.valid().filter(may_show=True).count()
