"""Two accounts of one person: who is refused, and that nothing is lost or counts twice."""

from datetime import timedelta

import pytest

from accounts import slips
from accounts.models import Slip, User
from contest.attempts.merging import merge_people
from contest.attempts.models import Attempt
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.rounds.models import Consent, ConsentText, Entrant
from tests.builders import (
    NOON,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_quiz,
    make_round,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contest():
    return make_contest()


@pytest.fixture
def organizer(contest):
    user = make_user("Vũ Thị Lan")
    make_office(contest, user)
    return user


@pytest.fixture
def period(contest):
    return make_period(make_quiz(make_round(contest), attempts_per_period=1).round)


def make_attempt(entrant, period, *, number=1, minutes=0, status="submitted"):
    started_at = NOON + timedelta(minutes=minutes)
    closed = {} if status == "open" else {"submitted_at": started_at, "is_completed": True, "duration_ms": 1}
    return Attempt.objects.create(
        entrant=entrant, round=period.round, period=period, number=number, seed="s", paper=[], status=status,
        started_at=started_at, deadline=started_at + timedelta(minutes=15), **closed,
    )  # fmt: skip


def merge(keep, double, by, **options):
    return merge_people(
        keep, double, **({"by": by, "reason": "Quên mã, đăng ký lại", "now": NOON + timedelta(days=1)} | options)
    )


def test_who_is_refused(contest, period, organizer):
    keep, double, manager = make_user("Một"), make_user("Một"), make_user("Ba")
    make_office(contest, manager, "unit_manager", make_unit())
    entrant = make_entrant(contest, double)
    stranger = make_user()
    make_office(make_contest(), stranger)
    for one, other, by in (
        (keep, keep, organizer),
        (keep, manager, organizer),
        (manager, double, organizer),
        (keep, double, stranger),
        (keep, double, keep),
    ):
        with pytest.raises(Refused):
            merge(one, other, by)
    with pytest.raises(Refused):
        merge(keep, double, organizer, reason=" ")
    make_attempt(entrant, period, status="open")
    with pytest.raises(Refused) as refusal:
        merge(keep, double, organizer)
    assert refusal.value.code == "open"
    assert (User.objects.filter(is_active=False).count(), Entry.objects.count()) == (0, 0)


def test_the_person_has_the_data_of_both_and_the_double_is_closed(contest, organizer):
    keep = make_user("Nguyễn Thị Hương", phone="0912345678", birth_year=1975)
    double = make_user("Nguyễn Thị Hương", phone="0987654321", birth_year=1975, party_card="29.1", email="h@example.vn")
    double.citizen_number = "001175012345"
    double.save()
    slips.issue(double, by=None, now=NOON)
    merge(keep, double, organizer)
    keep.refresh_from_db()
    double.refresh_from_db()
    assert (keep.phone, keep.party_card, keep.email, keep.citizen_number) == (
        "0912345678",
        "29.1",
        "h@example.vn",
        "001175012345",
    )
    assert (double.is_active, double.party_card, double.email, double.citizen_number) == (False, None, None, "")
    assert not Slip.objects.valid().exists()
    assert Entry.objects.filter(action="people.merged", subject=f"accounts.user:{keep.pk}").count() == 1
    with pytest.raises(Refused):
        merge(keep, double, organizer)


def test_a_contest_of_the_double_alone_goes_over_with_its_attempts(contest, period, organizer):
    keep, double = make_user("Một"), make_user("Một")
    attempt = make_attempt(make_entrant(contest, double), period)
    merge(keep, double, organizer)
    assert (Entrant.objects.get().user, attempt.entrant.barred_at) == (keep, None)


def test_attempts_of_both_are_kept_and_the_earlier_counts(contest, period, organizer):
    keep, double = make_user("Một"), make_user("Một")
    later = make_attempt(make_entrant(contest, keep), period, minutes=60)
    earlier = make_attempt(make_entrant(contest, double), period)
    merge(keep, double, organizer)
    for attempt in (later, earlier):
        attempt.refresh_from_db()
    assert (later.entrant.user, earlier.entrant.user) == (keep, keep)
    assert (later.number, earlier.number) == (1, 2)
    assert (earlier.voided_at, later.voided_by) == (None, organizer)
    barred = Entrant.objects.get(user=double)
    assert (barred.barred_at is not None, barred.barred_reason) == (True, "Nhập vào tài khoản của Một.")


def test_the_organizer_may_choose_which_counts(contest, period, organizer):
    keep, double = make_user("Một"), make_user("Một")
    later = make_attempt(make_entrant(contest, keep), period, minutes=60)
    earlier = make_attempt(make_entrant(contest, double), period)
    merge(keep, double, organizer, counting={period.pk: later.pk})
    later.refresh_from_db()
    earlier.refresh_from_db()
    assert (later.voided_at, earlier.voided_at is None) == (None, False)


def test_as_many_as_are_allowed_count(contest, organizer):
    period = make_period(make_quiz(make_round(contest), attempts_per_period=2).round)
    keep, double = make_user("Một"), make_user("Một")
    make_attempt(make_entrant(contest, keep), period)
    make_attempt(make_entrant(contest, double), period, minutes=30)
    merge(keep, double, organizer)
    assert Attempt.objects.filter(voided_at=None, entrant__user=keep).count() == 2


def test_the_place_on_the_roster_goes_over(contest, organizer):
    unit = make_unit("Chi bộ thôn Phí Trạch")
    keep, double = make_user("Một"), make_user("Một", unit=unit)
    make_entrant(contest, keep, origin="registered")
    make_entrant(contest, double, is_obliged=True, unit_confirmed_at=NOON)
    merge(keep, double, organizer)
    own, other = Entrant.objects.get(user=keep), Entrant.objects.get(user=double)
    assert (own.unit, own.unit_path, own.is_obliged, own.origin) == (unit, [unit.pk], True, "roster")
    assert other.is_obliged is False


def test_consents_go_over_once(contest, organizer):
    keep, double = make_user("Một"), make_user("Một")
    texts = [
        ConsentText.objects.create(contest=contest, kind=kind, text="…", published_at=NOON)
        for kind in ("taking_part", "publishing")
    ]
    Consent.objects.create(user=keep, text=texts[0], given_at=NOON)
    for text in texts:
        Consent.objects.create(user=double, text=text, given_at=NOON)
    merge(keep, double, organizer)
    assert sorted(Consent.objects.filter(user=keep).values_list("text", flat=True)) == sorted(text.pk for text in texts)


def test_each_contest_that_is_concerned_has_it_in_its_own_ledger(contest, organizer):
    other = make_contest()
    make_office(other, organizer)
    keep, double = make_user("Một"), make_user("Một")
    own, _same, moved = make_entrant(contest, keep), make_entrant(contest, double), make_entrant(other, double)
    merge(keep, double, organizer)
    told = (
        Entry.objects.filter(action="entrants.merged")
        .order_by("contest_id")
        .values_list("contest_id", "subject", "data")
    )
    data = {"double": double.pk, "reason": "Quên mã, đăng ký lại"}
    assert list(told) == [
        (contest.pk, f"rounds.entrant:{own.pk}", data),
        (other.pk, f"rounds.entrant:{moved.pk}", data),
    ]
