"""Who is told, once a key; and letters: paced, patient with addresses, and nothing is lost when a provider refuses."""

from __future__ import annotations

import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.message import sanitize_address
from django.db import connection
from django.utils import translation

from contest.notices import telling
from contest.notices.models import Notice
from tests.builders import NOON, counter, make_user

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
TEXT = "Your unit has confirmed the entry %(code)s “%(title)s”."
VALUES = {"code": "SK-0001", "title": "Tổ lưu động"}
NO_BOX = (550, b"5.1.1 no such box")


class Provider(EmailBackend):
    """A provider that takes letters, except where `refusals` has an error for an address, or for "*", everybody."""

    refusals: dict[str, BaseException] = {}
    opened = 0

    def open(self):
        Provider.opened += 1
        return super().open()

    def send_messages(self, messages):
        for message in messages:
            for address in ("*", message.to[0]):
                if address in Provider.refusals:
                    raise Provider.refusals[address]
            sanitize_address(message.to[0], "utf-8")  # as the backend for SMTP does, first of all
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def provider(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Provider"
    Provider.refusals, Provider.opened = {}, 0
    return Provider


def no_box(address, said=NO_BOX):
    return smtplib.SMTPRecipientsRefused({address: said})


def person(**fields):
    return make_user(**{"email": f"nguoi-{next(counter)}@example.vn", **fields})


def tell(*users, key="k", now=NOON):
    return telling.tell(users, TEXT, key=key, values=VALUES, path="/entries/1/", now=now)


def states():
    return list(Notice.objects.order_by("pk").values_list("mail", "tries", "next_try_at"))


def addressees():
    return [letter.to for letter in mail.outbox]


# --- On the site ------------------------------------------------------------------------------------------------------
def test_nobody_is_told_twice_and_nobody_who_is_gone():
    lan, gone = person(), person(is_active=False)
    assert tell(lan, lan, gone) == 1
    assert tell(lan) == 0
    assert tell(lan, key="another") == 1
    assert list(Notice.objects.order_by("pk").values_list("user", "key")) == [(lan.pk, "k"), (lan.pk, "another")]


def test_a_letter_is_queued_only_where_there_is_an_address():
    tell(person(email=None))
    tell(person(is_synthetic=True))
    tell(person())
    assert states() == [("none", 0, None), ("none", 0, None), ("waiting", 0, NOON)]
    assert mail.outbox == []


def test_the_sentence_is_read_in_the_language_of_the_reader():
    tell(person())
    notice = Notice.objects.get()
    with translation.override("en"):
        assert notice.sentence() == "Your unit has confirmed the entry SK-0001 “Tổ lưu động”."
    with translation.override("vi"):
        assert notice.sentence() != TEXT % VALUES


def test_reading_is_for_the_own_notices_once():
    lan, binh = person(), person()
    tell(lan, binh)
    tell(lan, key="another")
    theirs = Notice.objects.of(binh).get()
    assert telling.read(lan, notice=theirs.pk, now=NOON) == 0
    assert telling.read(lan, notice=Notice.objects.of(lan)[0].pk, now=NOON) == 1
    assert telling.read(lan, now=NOON) == 1
    assert telling.read(lan, now=NOON + MINUTE) == 0
    assert Notice.objects.of(binh).unread().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_at_once_tell_it_once():
    lan, gate = person(), threading.Barrier(2)

    def press():
        gate.wait()
        try:
            tell(lan)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notice.objects.count() == 1


# --- By e-mail --------------------------------------------------------------------------------------------------------
def test_with_nothing_due_nobody_is_called():
    tell(person(), now=NOON + MINUTE)
    assert telling.send_due(now=NOON) == 0
    assert Provider.opened == 0


def test_letters_go_out_paced_over_one_connection_the_oldest_first():
    people = [person() for _ in range(5)]
    for place, one in enumerate(people):
        tell(one, key=f"k{place}")
    assert telling.send_due(now=NOON, limit=3) == 3
    assert (Provider.opened, addressees()) == (1, [[one.email] for one in people[:3]])
    assert telling.send_due(now=NOON, limit=3) == 2
    assert telling.send_due(now=NOON, limit=3) == 0
    assert addressees() == [[one.email] for one in people]
    assert set(Notice.objects.values_list("mail", "tries", "sent_at", "next_try_at")) == {("sent", 1, NOON, None)}


def test_a_letter_says_the_sentence_to_the_person_with_where_it_leads(settings):
    settings.SITE_URL = "https://thi.example.vn"
    tell(person(full_name="Trần Thị Lan", email="lan@example.vn"))
    with translation.override("en"):
        telling.send_due(now=NOON)
    [letter] = mail.outbox
    with translation.override("vi"):
        sentence = Notice.objects.get().sentence()
    assert letter.subject == sentence.rstrip(".")
    assert all(part in letter.body for part in ("Trần Thị Lan", sentence, "https://thi.example.vn/entries/1/"))
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_whoever_lost_the_address_or_the_account_since_gets_no_letter():
    lan, binh = person(), person()
    tell(lan, binh)
    type(lan).objects.filter(pk=lan.pk).update(email=None)
    type(binh).objects.filter(pk=binh.pk).update(is_active=False)
    assert telling.send_due(now=NOON) == 0
    assert states() == [("none", 0, None), ("none", 0, None)]
    assert mail.outbox == []


def test_an_address_that_is_not_there_is_tried_six_times_and_keeps_nobody_waiting():
    nobody, lan = person(), person()
    tell(nobody, lan)
    Provider.refusals = {nobody.email: no_box(nobody.email)}
    now, waits = NOON, []
    for number in range(1, 6):
        assert telling.send_due(now=now) == (1 if number == 1 else 0)
        row = Notice.objects.of(nobody).get()
        assert (row.mail, row.tries) == ("waiting", number)
        assert row.next_try_at is not None
        waits.append((row.next_try_at - now) // MINUTE)
        assert telling.send_due(now=row.next_try_at - timedelta(microseconds=1)) == 0
        now = row.next_try_at
    assert waits == [1, 5, 30, 120, 720]
    telling.send_due(now=now)
    assert states() == [("failed", 6, None), ("sent", 1, None)]
    assert telling.send_due(now=now + timedelta(days=9)) == 0
    assert addressees() == [[lan.email]]


@pytest.mark.parametrize(
    "refusal",
    [
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPSenderRefused(452, b"4.3.1 too many today", "thi@example.vn"),
        smtplib.SMTPDataError(554, b"5.7.1 spam"),
        smtplib.SMTPRecipientsRefused({"x": (452, b"4.2.2 too many")}),
        smtplib.SMTPRecipientsRefused({"x": (550, b"5.4.5 daily quota exceeded")}),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_a_provider_that_refuses_stops_the_run_and_nothing_is_lost(refusal):
    people = [person() for _ in range(4)]
    tell(*people)
    tell(people[0], key="later", now=NOON)  # is due, and beyond the run
    Provider.refusals = {people[1].email: refusal}
    assert telling.send_due(now=NOON, limit=4) == 1
    assert addressees() == [[people[0].email]]
    soon = NOON + MINUTE
    assert states() == [
        ("sent", 1, None), ("waiting", 1, soon), ("waiting", 0, soon), ("waiting", 0, soon), ("waiting", 0, soon),
    ]  # fmt: skip
    assert telling.send_due(now=soon - timedelta(microseconds=1)) == 0
    Provider.refusals = {}
    assert telling.send_due(now=soon) == 4
    assert sorted(addressees()) == sorted([[people[0].email], *[[one.email] for one in people]])


def test_a_provider_that_is_shut_for_days_fails_no_letter():
    tell(person(), person())
    Provider.refusals, now = {"*": ConnectionRefusedError()}, NOON
    for _ in range(9):
        assert telling.send_due(now=now) == 0
        now += timedelta(hours=13)
    assert set(Notice.objects.values_list("mail", flat=True)) == {"waiting"}
    Provider.refusals = {}
    assert telling.send_due(now=now) == 2


def test_one_letter_that_the_provider_does_not_like_keeps_no_other_waiting_for_long():
    bad, *good = people = [person() for _ in range(4)]
    tell(*people)
    Provider.refusals = {bad.email: smtplib.SMTPDataError(554, b"5.7.1 spam")}
    assert telling.send_due(now=NOON) == 0
    assert telling.send_due(now=NOON + MINUTE) in {0, 3}
    telling.send_due(now=NOON + 2 * MINUTE)
    assert sorted(addressees()) == sorted([one.email] for one in good)
    assert Notice.objects.of(bad).get().mail == "waiting"


def test_address_after_address_refused_is_the_provider_refusing_and_what_was_not_tried_stays_untried():
    people = [person() for _ in range(5)]
    tell(*people)
    Provider.refusals = {one.email: no_box(one.email) for one in people}
    assert telling.send_due(now=NOON) == 0
    soon = NOON + MINUTE
    assert states() == [("waiting", 1, soon)] * 3 + [("waiting", 0, soon)] * 2


@pytest.mark.parametrize(
    "address", ["lan@example.vn\nBcc: all@example.vn", "lan", "a b@example.vn", "lan@", "lan@" + "x" * 70 + ".vn"]
)
def test_an_address_that_is_none_stops_no_run(address):
    bad, good = person(email=address), person()
    tell(bad, good)
    telling.send_due(now=NOON)
    assert [good.email] in addressees()
    assert Notice.objects.of(good).get().mail == "sent"


def test_a_run_that_died_leaves_its_letters_to_a_later_one(provider):
    tell(person(), person())
    Provider.refusals = {"*": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        telling.send_due(now=NOON)
    Provider.refusals = {}
    assert telling.send_due(now=NOON + 9 * MINUTE) == 0
    assert telling.send_due(now=NOON + 10 * MINUTE) == 2


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_each_letter_once():
    people = [person() for _ in range(12)]
    tell(*people)
    gate, sent = threading.Barrier(2), []

    def sweep():
        gate.wait()
        try:
            sent.append(telling.send_due(now=NOON, limit=12))
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 12
    assert sorted(addressees()) == sorted([one.email] for one in people)


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Một câu. Câu hai.", "Một câu"),
        ("Một  câu\nxuống dòng.", "Một câu xuống dòng"),
        ("từ " * 60, "từ " * 36 + "…"),
    ],
)
def test_the_subject_is_the_first_sentence_on_one_short_line(sentence, subject):
    assert telling.subject_of(sentence).replace(" …", "…") == subject.replace(" …", "…")
