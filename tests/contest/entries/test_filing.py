"""Files of entries: they arrive piece by piece over bad networks, count once they are whole and good, and are handed on
as what they are."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.utils import translation

from contest.entries import filing
from contest.entries.models import File, FileText
from contest.foundations import uploads
from contest.foundations.refusing import Refused
from tests.builders import NOON, WEEK, make_user
from tests.contest.entries.builders import make_author, make_call, make_entry, make_file, send
from tests.contest.foundations import strange_files as made

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def entry():
    return make_entry()


def begin(entry, *, name="a.pdf", size=1000, now=NOON, user=None, **more):
    slot = more.pop("slot", None) or filing.slot_of(name)
    return filing.begin(entry, user or entry.created_by, slot=slot, name=name, size=size, now=now, **more)


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as refusal, translation.override("vi"):
        act(*args, **kwargs)
    return refusal.value.code


def kept(folder=""):
    found = []
    for path, _folders, names in os.walk(default_storage.path(f"entries/{folder}".rstrip("/"))):
        found += [os.path.join(path, name) for name in names]
    return found


# --- Refusals before a byte has come ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.exe", "unknown"), ("a.pdf.exe", "unknown"), ("a", "unknown"), ("a.svg", "unknown"),
        ("bai\u202efdp.exe", "unknown"), ("a.doc", "old_office"), ("a.DOCM", "macros"), ("a.heic", "phone_picture"),
        ("a.mp4", "video"), ("a.zip", "archive"), ("", "unknown"),
    ],
)  # fmt: skip
def test_a_name_of_what_is_not_taken_is_refused(entry, name, code):
    assert refused(filing.slot_of, name) == code


def test_files_come_while_the_entry_can_be_changed_and_from_those_who_write_it(entry):
    later = entry.round.closes_at
    assert refused(begin, entry, now=later) == "closed"
    assert refused(begin, entry, user=make_user()) == "closed"
    waiting = make_author(entry, confirmed_at=None).user
    assert refused(begin, entry, user=waiting) == "closed"
    assert begin(entry, user=make_author(entry).user).state == "coming"


def test_empty_too_large_and_too_many_are_refused():
    entry = make_entry(make_call(most_documents=2, document_mb=1, most_images=1, image_mb=1))
    assert refused(begin, entry, size=0) == "empty"
    assert refused(begin, entry, size=1024 * 1024 + 1) == "too_large"
    begin(entry, size=1024 * 1024)
    begin(entry, size=1_000_000)
    assert refused(begin, entry) == "too_many"
    assert begin(entry, name="a.png").slot == "image"
    assert refused(begin, entry, name="b.jpg") == "too_many"
    assert refused(begin, entry, name="b.jpg", slot="document") == "slot"


def test_the_sentence_of_the_limit_names_both_sizes():
    entry = make_entry(make_call(document_mb=20))
    with pytest.raises(Refused) as refusal, translation.override("en"):
        begin(entry, size=20 * 1024 * 1024 + 1)
    assert str(refusal.value) == ("The file has 21 MB, and at most 20 MB are taken: make it smaller and send that.")


def test_a_file_that_was_refused_or_taken_away_leaves_its_place():
    entry = make_entry(make_call(most_documents=1))
    file = begin(entry)
    File.objects.filter(pk=file.pk).update(state="refused", refusal="x")
    second = begin(entry)
    filing.remove(second, entry.created_by, now=NOON)
    assert begin(entry).pk not in {file.pk, second.pk}


def test_sending_and_taking_away_has_an_end(entry, monkeypatch):
    monkeypatch.setattr(filing, "MOST_EVER", 3)
    for _time in range(3):
        filing.remove(begin(entry), entry.created_by, now=NOON)
    with pytest.raises(Refused):
        begin(entry)


# --- Pieces ----------------------------------------------------------------------------------------------------------
def test_pieces_join_and_repeats_change_nothing(entry):
    data = os.urandom(1000)
    file = begin(entry)
    assert filing.take(file, data[:400], offset=0, now=NOON).received == 400
    assert filing.take(file, data[:400], offset=0, now=NOON).received == 400
    assert filing.take(file, data[100:300], offset=100, now=NOON).received == 400
    assert filing.take(file, data[300:700], offset=300, now=NOON).received == 700  # the answer to 300–400 was lost
    file = filing.take(file, data[700:], offset=700, now=NOON)
    assert (file.received, file.state, file.arrived_at) == (1000, "arrived", NOON)
    assert b"".join(default_storage.open(name).read() for name in filing.pieces(file)) == data
    assert filing.take(file, data, offset=0, now=NOON).state == "arrived"


def test_a_gap_or_too_much_is_refused_and_changes_nothing(entry):
    file = begin(entry)
    filing.take(file, b"x" * 10, offset=0, now=NOON)
    assert refused(filing.take, file, b"x", offset=11, now=NOON) == "gap"
    assert refused(filing.take, file, b"x" * 991, offset=10, now=NOON) == "gap"
    assert refused(filing.take, file, b"x" * (filing.PIECE + 1), offset=10, now=NOON) == "piece"
    file.refresh_from_db()
    assert (file.received, file.state) == (10, "coming")


def test_a_piece_after_the_close_or_after_removal_is_not_kept(entry):
    file = begin(entry)
    assert refused(filing.take, file, b"x", offset=0, now=entry.round.closes_at) == "closed"
    filing.remove(file, entry.created_by, now=NOON)
    assert filing.take(file, b"x", offset=0, now=NOON).received == 0


def test_whoever_chooses_the_same_file_once_more_goes_on_from_where_it_was(entry):
    file = begin(entry, modified=7)
    filing.take(file, b"x" * 10, offset=0, now=NOON)
    again = begin(entry, modified=7)
    assert (again.pk, again.received) == (file.pk, 10)
    assert len({file.pk, begin(entry, modified=8).pk, begin(entry, modified=7, size=999).pk, begin(entry).pk}) == 4


def test_a_broken_attempt_at_a_piece_leaves_nothing_in_the_way(entry):
    file = begin(entry, size=6)
    filing._keep(filing.piece_name(file, 0), b"broken")
    file = filing.take(file, b"abcdef", offset=0, now=NOON)
    assert [default_storage.open(name).read() for name in filing.pieces(file)] == [b"abcdef"]


@pytest.mark.django_db(transaction=True)
def test_the_same_piece_sent_twice_at_once_is_one_piece():
    entry = make_entry()
    file, told = begin(entry, size=3), []

    def act():
        told.append(filing.take(file, b"abc", offset=0, now=NOON).received)
        connection.close()

    threads = [threading.Thread(target=act) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [3, 3, 3, 3]
    assert len(kept("pieces")) == 1


def test_a_plain_form_sends_a_file_whole(entry):
    data = made.pdf()
    file = filing.take_whole(entry, entry.created_by, SimpleUploadedFile("Báo cáo.pdf", data), now=NOON)
    assert (file.state, file.size, file.name) == ("arrived", len(data), "Báo cáo.pdf")


def test_what_never_arrived_whole_is_forgotten_after_two_weeks(entry):
    old, young = begin(entry), begin(entry, now=NOON + DAY)
    filing.take(old, b"x", offset=0, now=NOON)
    assert filing.tidy(NOON + 14 * DAY + MINUTE) == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, young.state, kept("pieces")) == ("refused", "coming", [])


# --- Looking ---------------------------------------------------------------------------------------------------------
def test_a_good_file_is_kept_under_a_name_that_nobody_guesses(entry):
    data = made.pdf(words="Chuyen doi so")
    file = make_file(entry, data)
    assert (file.state, file.content_type, file.pages) == ("good", "application/pdf", 2)
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.stored.read() == data
    assert (file.stored_size, file.blind.name != file.stored.name) == (len(data), True)
    assert "o c" not in file.stored.name
    assert len(file.stored.name) == len("entries/") + 22 + len(".pdf")
    assert FileText.objects.get(file=file).text == "Chuyen doi so 1\nChuyen doi so 2"
    assert kept("pieces") == []
    assert len(kept("previews")) == 2
    assert filing.problems(entry) == []


def test_a_bad_file_is_refused_with_its_sentence_and_nothing_of_it_is_kept(entry):
    file = make_file(entry, made.bomb(), "a.docx")
    with translation.override("vi"):
        told = filing.problems(entry)
    assert told == ["“a.docx”: Tệp khi giải nén lớn hơn mức cho phép: hãy lưu lại với ít ảnh hơn và ảnh nhỏ hơn."]
    assert (file.state, bool(file.stored), kept()) == ("refused", False, [])


def test_a_file_that_breaks_the_look_is_tried_three_times_and_then_refused_while_others_go_on(entry, monkeypatch):
    real = uploads.examine

    def look(path, *, name, work):
        if name == "bad.pdf":
            raise uploads.Failed("killed")
        return real(path, name=name, work=work)

    monkeypatch.setattr(uploads, "examine", look)
    bad, good = send(entry, made.pdf(), "bad.pdf"), send(entry, made.pdf(), "good.pdf", now=NOON + MINUTE)
    filing.examine_due(NOON + MINUTE)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.tries, bad.refusal) == ("refused", 3, uploads.SENTENCES["too_hard"])
    assert good.state == "good"


def test_a_worker_that_died_while_looking_costs_one_try(entry):
    file = send(entry, made.pdf())
    assert filing._claim(NOON).pk == file.pk
    assert filing._claim(NOON) is None
    assert filing.examine_due(NOON + filing.LOOK_LASTS) == 1
    for tries in (3, 4):
        file = send(entry, made.pdf())
        File.objects.filter(pk=file.pk).update(tries=tries)
        filing.examine_due(NOON)
        file.refresh_from_db()
        assert (file.state, file.refusal) == ("refused", uploads.SENTENCES["too_hard"])


def test_a_file_waits_while_the_antivirus_is_away(entry, settings):
    settings.CLAMD_SOCKET = "/nowhere/clamd.sock"
    file = make_file(entry, made.pdf())
    assert (file.state, file.tries, file.next_look_at) == ("arrived", 0, NOON + filing.WAIT)
    settings.CLAMD_SOCKET = ""
    assert filing.examine_due(NOON) == 0
    assert filing.examine_due(NOON + filing.WAIT) == 1


def test_a_file_whose_piece_is_gone_did_not_arrive_whole(entry):
    file = send(entry, os.urandom(filing.PIECE + 1))
    default_storage.delete(filing.piece_name(file, filing.PIECE))
    filing.examine_due(NOON)
    file.refresh_from_db()
    assert (file.state, file.refusal) == ("refused", uploads.SENTENCES["not_whole"])


def test_a_file_taken_away_is_not_looked_at(entry):
    file = send(entry, made.pdf())
    filing.remove(file, entry.created_by, now=NOON)
    assert filing.examine_due(NOON) == 0


# --- What counts -----------------------------------------------------------------------------------------------------
def test_no_entry_goes_with_a_file_that_is_not_there(entry):
    coming = begin(entry, name="b.pdf")
    good = make_file(entry, made.pdf(), "c.pdf")
    arrived = send(entry, made.pdf(), "d.pdf")
    os.remove(good.stored.path)
    with translation.override("en"):
        assert sorted(filing.problems(entry)) == [
            "“b.pdf”: It has not arrived whole: choose it once more, and the rest is sent, or take it away.",
            "“c.pdf”: It is no longer in the store: take it away here and send it again.",
            "“d.pdf”: It is being examined; that takes a few seconds.",
        ]
    for file in (coming, good, arrived):
        filing.remove(file, entry.created_by, now=NOON)
    assert filing.problems(entry) == []


def test_a_file_that_was_cut_in_the_store_is_not_there(entry):
    good = make_file(entry, made.pdf())
    assert filing.is_stored(good)
    with open(good.stored.path, "ab") as stored:
        stored.write(b"x")
    assert not filing.is_stored(good)


def test_what_was_handed_in_stays_when_it_is_taken_away(entry):
    good = make_file(entry, made.pdf())
    filing.remove(good, entry.created_by, now=NOON)
    good.refresh_from_db()
    assert (good.removed_at, default_storage.exists(good.stored.name)) == (NOON, True)
    assert refused(filing.remove, good, make_user(), now=NOON) == "closed"
    assert refused(filing.remove, good, entry.created_by, now=NOON + 5 * WEEK) == "closed"


# --- Handing on ------------------------------------------------------------------------------------------------------
def test_a_file_is_saved_and_never_opened_within_our_pages(entry):
    data = made.pdf()
    response = filing.serve(make_file(entry, data))
    assert b"".join(response) == data
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''B%C3%A1o%20c%C3%A1o.pdf"


def test_blind_a_file_is_another_one_and_has_the_code_for_a_name(entry):
    first, second = make_file(entry, made.docx(), "Nguyễn Thị Tác Giả.docx"), make_file(entry, made.jpeg(), "b.jpg")
    response = filing.serve(first, blind=True)
    assert made.AUTHOR.encode() not in b"".join(made.unzipped(b"".join(response)).values())
    assert {filing.shown_name(one, blind=True)[:8] for one in (first, second)} == {f"{entry.code}-"}
    assert response["Content-Disposition"].startswith(f'attachment; filename="{entry.code}-')
    assert len({filing.shown_name(one, blind=True).rpartition(".")[0] for one in (first, second)}) == 2


def test_a_picture_is_saved_with_the_ending_of_what_it_is(entry):
    assert filing.shown_name(make_file(entry, made.jpeg(), "Ảnh.png")) == "Ảnh.jpg"
    assert filing.shown_name(make_file(entry, made.jpeg(), "Ảnh.JPEG")) == "Ảnh.JPEG"


def test_only_good_files_and_pages_that_are_there_are_handed_on(entry):
    good, coming = make_file(entry, made.pdf()), begin(entry)
    page = filing.serve_page(good, 2)
    assert (page["Content-Type"], page["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    for act in (
        lambda: filing.serve(coming), lambda: filing.serve_page(coming, 1), lambda: filing.serve_page(good, 0),
        lambda: filing.serve_page(good, 3),
    ):  # fmt: skip
        with pytest.raises(Http404):
            act()
    os.remove(good.stored.path)
    with pytest.raises(Http404):
        filing.serve(good)
