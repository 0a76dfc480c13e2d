from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import guarding, tasks
from accounts.models import WrongCodes
from accounts.sessions import SessionStore
from contest.celery import app
from contest.foundations.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_the_clock_raises_the_alarm_that_nobody_lived_to_raise(settings):
    WrongCodes.objects.create(minute=timezone.now(), count=settings.SIGN_IN_WAVE)
    assert [tasks.watch_sign_in(), tasks.watch_sign_in()] == [1, 0]
    assert list(Entry.objects.values_list("action", flat=True)) == ["sign-in.wave"]


def test_the_clock_clears_what_has_ended():
    old, new = SessionStore(), SessionStore()
    for store in (old, new):
        store["code"] = "K7M4TX9R"
        store.save()
    Session.objects.filter(pk=old.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    WrongCodes.objects.create(minute=timezone.now() - guarding.COUNTS_KEPT, count=1)
    tasks.tidy_sign_in()
    assert [session.pk for session in Session.objects.all()] == [new.session_key]
    assert WrongCodes.objects.count() == 0


def test_the_beat_knows_both():
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {tasks.watch_sign_in.name, tasks.tidy_sign_in.name} <= asked
