"""Entries are compared once handed in, with those of this contest and of past ones; people have the last word."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contest.entries import comparing
from contest.entries.models import Entry, FileText, Likeness, Shingles
from contest.foundations.ledger.models import Entry as Line
from contest.foundations.refusing import Refused
from tests.builders import NOON, make_user
from tests.contest.entries.builders import make_call, make_entry, make_file, make_section
from tests.contest.foundations import strange_files as made

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def text(seed, words=400):
    """A long text that no other seed gives."""
    chosen = random.Random(seed)
    return " ".join("".join(chosen.choices("abcdefghik", k=5)) for _ in range(words))


def write(call, words, *, hours=0, **fields):
    section = call.sections.first() or make_section(call)
    at = NOON + hours * HOUR
    return make_entry(call, handed_in=True, answers={str(section.pk): words}, registered_at=at, **fields)


def found():
    return [(like.entry_id, like.other_id) for like in Likeness.objects.order_by("-share", "pk")]


def test_drafts_and_what_was_withdrawn_are_compared_with_nothing():
    call = make_call()
    write(call, text(1))
    make_entry(call, answers={str(call.sections.get().pk): text(1)})
    write(call, text(1), status="withdrawn")
    assert comparing.refresh(NOON) == 1
    assert found() == []


def test_a_copy_is_told_of_at_the_later_registered_of_both_whichever_was_handed_in_first():
    call = make_call()
    later = write(call, f"{text(1)} {text(2)}", hours=2)
    earlier = write(call, f"{text(1)} {text(3)}", hours=1)
    Entry.objects.filter(pk=earlier.pk).update(submitted_at=NOON + 5 * HOUR)
    assert comparing.refresh(NOON) == 2
    assert found() == [(later.pk, earlier.pk)]
    assert Decimal(45) < Likeness.objects.get().share < Decimal(55)


def test_a_short_text_that_is_part_of_a_long_one_is_wholly_in_common():
    call = make_call()
    write(call, text(1, 100), hours=1)
    write(call, f"{text(2)} {text(1, 100)} {text(3)}", hours=2)
    comparing.refresh(NOON)
    assert Likeness.objects.get().share > Decimal(95)


def test_entries_of_past_contests_are_compared_with_and_different_texts_are_not_told_of():
    past = write(make_call(), text(1), hours=-1000)
    copied = write(make_call(), text(1), hours=1)
    write(make_call(), text(2), hours=2)
    comparing.refresh(NOON)
    assert found() == [(copied.pk, past.pk)]


def test_what_many_entries_say_is_no_likeness():
    call = make_call()
    law = text("law", 300)
    for number in range(comparing.COMMONPLACE + 2):
        write(call, f"{law} {text(number)}", hours=number)
    comparing.refresh(NOON)
    told = Likeness.objects.count()
    Shingles.objects.update(version=0)
    Likeness.objects.all().delete()
    comparing.refresh(NOON)
    assert told <= 15  # from before it had become a commonplace
    assert found() == []


def test_words_in_files_are_compared_too():
    call = make_call()
    first, second = write(call, text(1), hours=1), write(call, text(2), hours=2)
    for entry in (first, second):
        file = make_file(entry, made.docx(), "Thuyết minh.docx")
        FileText.objects.filter(file=file).update(text=text(3))
    comparing.refresh(NOON)
    assert found() == [(second.pk, first.pk)]


def test_each_version_is_compared_once_and_a_likeness_that_is_gone_is_forgotten():
    call = make_call()
    write(call, text(1), hours=1)
    second = write(call, text(1), hours=2)
    assert comparing.refresh(NOON) == 2
    assert comparing.refresh(NOON) == 0
    section = call.sections.get()
    Entry.objects.filter(pk=second.pk).update(version=2, answers={str(section.pk): text(2)})
    assert comparing.refresh(NOON) == 1
    assert found() == []


def test_what_people_said_of_a_likeness_outlives_a_new_version():
    call = make_call()
    write(call, text(1), hours=1)
    second = write(call, text(1), hours=2)
    comparing.refresh(NOON)
    judge = make_user()
    comparing.judge(Likeness.objects.get(), verdict=" Cùng trích Chỉ thị. ", by=judge, now=NOON + HOUR)
    Entry.objects.filter(pk=second.pk).update(version=2, answers={})
    comparing.refresh(NOON)
    like = Likeness.objects.get()
    assert (like.verdict, like.seen_at, like.seen_by) == ("Cùng trích Chỉ thị.", NOON + HOUR, judge)
    line = Line.objects.get(action="likenesses.judged")
    assert line.contest_id == call.round.contest_id


def test_a_verdict_says_something():
    call = make_call()
    like = Likeness.objects.create(entry=write(call, ""), other=write(call, ""), share=Decimal(50), found_at=NOON)
    with pytest.raises(Refused):
        comparing.judge(like, verdict="  ", by=make_user(), now=NOON)


def test_the_passages_stand_side_by_side():
    call = make_call()
    shared = text(5, 30)
    first, second = write(call, f"{text(1, 20)} {shared}"), write(call, f"{shared} {text(2, 20)}")
    (passage,) = comparing.passages(second, first)
    assert (passage.text, passage.other_text, passage.words) == (shared, shared, 30)


def test_a_comparison_costs_as_many_queries_with_many_entries_as_with_few():
    call = make_call()
    counts = []
    for number in range(12):
        write(call, text(number), hours=number)
        with CaptureQueriesContext(connection) as seen:
            assert comparing.refresh(NOON) == 1
        counts.append(len(seen))
    assert counts[1] == counts[-1]
