"""Who may enter and why not, consents, offices, and decisions about single people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group

from accounts import slips
from contest.foundations.ledger.models import Entry
from contest.foundations.refusing import Refused
from contest.questions.models import BankLock
from contest.rounds import entering
from contest.rounds.models import Consent, Entrant, ExtraTime, Office, Round
from contest.rounds.timing import GRACE, REQUEST_TIMEOUT
from tests.builders import (
    NOON,
    WEEK,
    make_consent_text,
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

HOUR = timedelta(hours=1)
NO_OFFICE_ENTERS = "Người có nhiệm vụ trong cuộc thi này không được dự thi."
ONLY_ORGANIZERS = "Chỉ Ban Tổ chức cuộc thi được làm việc này."


@pytest.fixture
def round():
    return make_round(make_contest())


@pytest.fixture
def entrant(round):
    return make_entrant(round.contest, make_user(unit=make_unit("Chi bộ thôn Đông")))


@pytest.fixture
def organizer(round):
    return make_office(round.contest, make_user("Trần Văn Tổ", email="to@example.vn"), "organizer").user


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    return str(refusal.value)


def ledger():
    return [(entry.action, entry.subject, entry.actor_name, entry.data) for entry in Entry.objects.order_by("pk")]


# --- Who may enter ---------------------------------------------------------------------------------------------------
def ask(entrant, round):
    """The sentence and its kind, asked both ways."""
    answer = entering.why_not(Entrant.objects.get(pk=entrant.pk), round, now=NOON)
    facts = entering.facts_of(entrant, round, now=NOON)
    assert entering.why_not(Entrant.objects.get(pk=entrant.pk), round, now=NOON, facts=facts) == answer
    return (str(answer), answer.code) if answer is not None else None


def test_an_entrant_may_enter(round, entrant):
    assert ask(entrant, round) is None


def test_who_is_barred_reads_the_reason(round, entrant):
    entrant.barred_at, entrant.barred_reason = NOON, "Thi hộ người khác."
    entrant.save()
    assert ask(entrant, round) == ("Đồng chí không được dự thi: Thi hộ người khác.", "barred")


@pytest.mark.parametrize("role", Office.Role.values)
def test_whoever_holds_an_office_in_this_contest_may_not(round, entrant, role):
    make_office(make_contest(), entrant.user, role, make_unit() if role == "unit_manager" else None)
    assert ask(entrant, round) is None
    make_office(round.contest, entrant.user, role, make_unit() if role == "unit_manager" else None)
    assert ask(entrant, round) == (NO_OFFICE_ENTERS, "office")


def test_a_round_for_the_lists_is_not_for_who_registered(round, entrant):
    round.who = Round.Who.ROSTER
    assert ask(entrant, round) is None
    entrant.origin = Entrant.Origin.REGISTERED
    entrant.save()
    sentence = (
        "Vòng này dành cho người có tên trong danh sách của đơn vị. "
        "Nếu đồng chí thuộc một đơn vị, hãy đề nghị đơn vị bổ sung tên vào danh sách."
    )
    assert ask(entrant, round) == (sentence, "roster")


def test_a_round_for_units_takes_in_the_units_below_by_the_path_as_it_was(round):
    top = make_unit("Đảng bộ xã Hòa Xá")
    cell = make_unit("Chi bộ thôn Trung", parent=top)
    inside, stranger = make_entrant(round.contest, unit=cell), make_entrant(round.contest, unit=make_unit("Chi bộ lẻ"))
    round.who = Round.Who.UNITS
    round.save()
    sentence = (
        "Vòng này dành cho các đơn vị khác, không có đơn vị của đồng chí ({}). "
        "Nếu ghi sai đơn vị, đồng chí báo Ban Tổ chức."
    )
    assert ask(inside, round) == (sentence.format("Chi bộ thôn Trung"), "units")
    round.units.add(top)
    cell.parent = make_unit()
    cell.save()
    assert ask(inside, round) is None
    assert ask(stranger, round) == (sentence.format("Chi bộ lẻ"), "units")


def test_a_round_for_members(round, entrant):
    round.members_only = True
    assert ask(entrant, round)[1] == "members"
    entrant.user.is_party_member = True
    entrant.user.save()
    assert ask(entrant, round) is None


@pytest.mark.parametrize(
    ("born", "year", "answer"),
    [
        (date(2008, 11, 18), None, None),
        (date(2008, 11, 19), None, "Vòng này dành cho người từ đủ 18 tuổi trở lên, tính đến ngày mở vòng."),
        (None, 2008, None),
        (None, 2009, "Vòng này dành cho người từ đủ 18 tuổi trở lên, tính đến ngày mở vòng."),
        (date(1995, 11, 19), None, None),
        (date(1995, 11, 18), None, "Vòng này dành cho người không quá 30 tuổi, tính đến ngày mở vòng."),
        (
            None,
            None,
            "Vòng này có quy định về tuổi, mà hệ thống chưa có năm sinh của đồng chí. Hãy đề nghị đơn vị bổ sung.",
        ),
    ],
)
def test_the_age_is_that_of_the_opening_day(round, entrant, born, year, answer):
    """The round opens on 18 November 2026 in Hà Nội."""
    round.minimum_age, round.maximum_age = 18, 30
    entrant.user.birth_date, entrant.user.birth_year = born, year
    entrant.user.save()
    assert ask(entrant, round) == (answer and (answer, "age"))


def test_who_registered_waits_for_the_unit_where_the_contest_says_so(round, entrant):
    round.contest.needs_unit_confirmation = True
    round.contest.save()
    assert ask(entrant, round) is None
    entrant.origin = Entrant.Origin.REGISTERED
    entrant.save()
    sentence = "Đơn vị chưa xác nhận đồng chí thuộc đơn vị. Đồng chí nhắc người phụ trách đơn vị, rồi quay lại đây."
    assert ask(entrant, round) == (sentence, "unconfirmed")
    entrant.unit_confirmed_at = NOON
    entrant.save()
    assert ask(entrant, round) is None


def test_needed_consents_are_asked_for_in_their_newest_wording(round, entrant):
    needed = ("Trước khi bắt đầu, đồng chí đọc các nội dung xin đồng ý và chọn đồng ý.", "consent")
    first = make_consent_text(round.contest, is_required=True)
    make_consent_text(round.contest, "publishing")
    make_consent_text(round.contest, is_required=True, published_at=NOON + HOUR)
    make_consent_text(make_contest(), is_required=True)
    assert ask(entrant, round) == needed
    entering.give_consent(entrant.user, first, now=NOON)
    assert ask(entrant, round) is None
    second = make_consent_text(round.contest, is_required=True, published_at=NOON)
    assert ask(entrant, round) == needed
    entering.give_consent(entrant.user, second, now=NOON)
    assert ask(entrant, round) is None
    entering.withdraw_consent(entrant.user, second, now=NOON)
    assert ask(entrant, round) == needed


def test_a_wording_that_is_no_longer_needed_bars_nobody(round, entrant):
    make_consent_text(round.contest, is_required=True)
    make_consent_text(round.contest, is_required=False)
    assert ask(entrant, round) is None


def test_the_question_costs_one_query_and_none_with_the_facts_at_hand(round, entrant, django_assert_num_queries):
    round.who = Round.Who.UNITS
    round.save()
    round.units.add(entrant.unit)
    with django_assert_num_queries(1):
        assert entering.why_not(entrant, round, now=NOON) is None
    with django_assert_num_queries(1):
        facts = entering.facts_of(entrant, round, now=NOON)
        assert entering.why_not(entrant, round, now=NOON, facts=facts) is None


def test_nobody_is_anybody_elses_entrant(round, entrant):
    assert entering.entrant_of(round.contest, entrant.user) == entrant
    assert entering.entrant_of(make_contest(), entrant.user) is None


# --- What people agreed to -------------------------------------------------------------------------------------------
def consents(user):
    return list(
        Consent.objects.filter(user=user).order_by("pk").values_list("text__version", "given_at", "withdrawn_at")
    )


def test_an_outdated_or_a_coming_wording_is_not_agreed_to(round):
    user, old = make_user(), make_consent_text(round.contest)
    coming = make_consent_text(round.contest, "publishing", published_at=NOON + HOUR)
    make_consent_text(round.contest)
    for text in (old, coming):
        sentence = "Nội dung vừa được thay đổi. Đồng chí đọc lại bản mới."
        assert refused(entering.give_consent, user, text, now=NOON) == sentence
    assert consents(user) == []


def test_a_consent_stands_from_when_it_was_first_given_and_its_history_stays(round):
    user, text = make_user(), make_consent_text(round.contest)
    entering.give_consent(user, text, now=NOON)
    entering.give_consent(user, text, now=NOON + HOUR)
    assert consents(user) == [(1, NOON, None)]
    assert entering.withdraw_consent(user, text, now=NOON + 2 * HOUR) == 1
    assert entering.withdraw_consent(user, text, now=NOON + 3 * HOUR) == 0
    entering.give_consent(user, text, now=NOON + 4 * HOUR)
    assert consents(user) == [(1, NOON, NOON + 2 * HOUR), (1, NOON + 4 * HOUR, None)]


def test_withdrawing_takes_back_every_version_of_this_kind_and_nothing_else(round):
    user, old, publishing = (
        make_user(),
        make_consent_text(round.contest),
        make_consent_text(round.contest, "publishing"),
    )
    neighbour, elsewhere = make_user(), make_consent_text(make_contest())
    for who, text in ((user, old), (user, publishing), (user, elsewhere), (neighbour, old)):
        entering.give_consent(who, text, now=NOON)
    new = make_consent_text(round.contest)
    entering.give_consent(user, new, now=NOON)
    assert entering.withdraw_consent(user, new, now=NOON + HOUR) == 2
    assert list(Consent.objects.filter(withdrawn_at=None).values_list("user", "text").order_by("pk")) == [
        (user.pk, publishing.pk),
        (user.pk, elsewhere.pk),
        (neighbour.pk, old.pk),
    ]


# --- Offices ---------------------------------------------------------------------------------------------------------
def test_only_organizers_of_the_contest_appoint(round, organizer):
    user, editor = make_user(), make_office(round.contest, make_user(), "editor").user
    elsewhere = make_office(make_contest(), make_user(), "organizer").user
    for by in (user, editor, elsewhere):
        assert refused(entering.appoint, user, round.contest, "organizer", by=by, now=NOON) == ONLY_ORGANIZERS
    assert not user.offices.exists()


def test_a_unit_manager_has_a_unit_of_the_contest_and_nobody_else_has_one(round, organizer):
    round.contest.root = make_unit("Huyện ủy")
    round.contest.save()
    inside, outside = make_unit("Chi bộ Vân Đình", parent=round.contest.root), make_unit("Chi bộ ngoài")
    acts = [("unit_manager", None), ("judge", inside), ("unit_manager", outside)]
    sentences = [
        refused(entering.appoint, make_user(), round.contest, role, unit=unit, by=organizer, now=NOON)
        for role, unit in acts
    ]
    needs = "Người phụ trách đơn vị phải gắn với một đơn vị; các nhiệm vụ khác thì không."
    assert sentences == [needs, needs, "Chi bộ ngoài không thuộc cuộc thi này."]
    office = entering.appoint(make_user(), round.contest, "unit_manager", unit=inside, by=organizer, now=NOON)
    assert (office.role, office.unit) == ("unit_manager", inside)


def test_a_closed_account_gets_no_office(round):
    closed = make_user(is_active=False)
    assert refused(entering.appoint, closed, round.contest, "judge", by=None, now=NOON) == "Tài khoản này đã đóng."


@pytest.mark.parametrize(
    ("role", "is_staff", "groups"),
    [
        ("organizer", True, ["organizer"]),
        ("editor", True, ["editor"]),
        ("observer", True, ["observer"]),
        ("judge", True, ["judge"]),
        ("unit_manager", False, []),
    ],
)
def test_an_office_in_the_admin_opens_its_door_and_closes_the_slips(round, organizer, role, is_staff, groups):
    user = make_user()
    slips.issue(user, by=None, now=NOON)
    stamp = user.session_stamp
    unit = make_unit() if role == "unit_manager" else None
    entering.appoint(user, round.contest, role, unit=unit, by=organizer, now=NOON)
    user.refresh_from_db()
    assert (user.is_staff, [group.name for group in user.groups.all()]) == (is_staff, groups)
    assert (user.slips.filter(revoked_at=None).exists(), user.session_stamp == stamp) == (not is_staff, not is_staff)


def test_the_permissions_of_an_office(round):
    for role in ("organizer", "editor", "observer"):
        entering.appoint(make_user(), round.contest, role, by=None, now=NOON)

    def may(role, *names):
        held = {
            f"{label}.{name}"
            for label, name in Group.objects.get(name=role).permissions.values_list(
                "content_type__app_label", "codename"
            )
        }
        return [name in held for name in names]

    names = ("rounds.change_contest", "questions.add_question", "accounts.view_user", "auth.change_group")
    assert may("organizer", *names) == [True, True, True, False]
    assert may("editor", *names) == [False, True, False, False]
    assert may("observer", *names) == [False, False, True, False]


def test_an_entrant_who_gets_an_office_is_barred_with_the_reason_and_no_longer_obliged(round, entrant, organizer):
    Entrant.objects.filter(pk=entrant.pk).update(is_obliged=True)
    entering.appoint(entrant.user, round.contest, "judge", by=organizer, now=NOON)
    entrant.refresh_from_db()
    reason = "Có nhiệm vụ “Giám khảo” trong cuộc thi này."
    assert (entrant.barred_at, entrant.barred_reason) == (NOON, reason)
    assert (entrant.is_obliged, entrant.exempt_reason) == (False, reason)


def test_a_frozen_roster_does_not_change_by_an_office(round, entrant):
    round.contest.roster_frozen_at = NOON
    round.contest.save()
    Entrant.objects.filter(pk=entrant.pk).update(is_obliged=True)
    entering.appoint(entrant.user, round.contest, "judge", by=None, now=NOON)
    entrant.refresh_from_db()
    assert (entrant.barred_at, entrant.is_obliged, entrant.exempt_reason) == (NOON, True, "")


def test_appointing_twice_changes_nothing(round, organizer):
    user = make_user()
    first = entering.appoint(user, round.contest, "editor", by=organizer, now=NOON)
    stamp = type(user).objects.get(pk=user.pk).session_stamp
    assert entering.appoint(user, round.contest, "editor", by=organizer, now=NOON + HOUR) == first
    assert type(user).objects.get(pk=user.pk).session_stamp == stamp
    assert ledger() == [
        (
            "offices.appointed",
            f"accounts.user:{user.pk}",
            "Trần Văn Tổ",
            {"office": first.pk, "role": "editor", "unit": None},
        )
    ]


def test_the_last_organizer_is_not_dismissed(round, organizer):
    office = organizer.offices.get()
    sentence = "Cuộc thi phải có người của Ban Tổ chức: hãy giao cho người khác trước."
    assert refused(entering.dismiss, office, by=organizer, now=NOON) == sentence
    entering.appoint(make_user(), round.contest, "organizer", by=organizer, now=NOON)
    entering.dismiss(office, by=organizer, now=NOON)
    assert not organizer.offices.exists()


def test_with_the_last_office_the_admin_closes_and_every_session_ends(round, organizer):
    user = make_user()
    one = entering.appoint(user, round.contest, "editor", by=organizer, now=NOON)
    other = entering.appoint(user, make_contest(), "observer", by=None, now=NOON)
    seen = []
    for office in (one, other):
        before = type(user).objects.get(pk=user.pk).session_stamp
        entering.dismiss(office, by=None, now=NOON)
        user.refresh_from_db()
        seen.append((user.is_staff, [group.name for group in user.groups.all()], user.session_stamp != before))
    assert seen == [(True, ["observer"], True), (False, [], True)]
    assert [action for action, *_ in ledger()] == ["offices.appointed"] * 2 + ["offices.dismissed"] * 2


def test_an_administrator_and_other_groups_keep_what_they_have(round):
    user = make_user(is_superuser=True, is_staff=True)
    user.groups.add(Group.objects.create(name="khác"))
    office = entering.appoint(user, round.contest, "editor", by=user, now=NOON)
    entering.dismiss(office, by=user, now=NOON)
    user.refresh_from_db()
    assert (user.is_staff, [group.name for group in user.groups.all()]) == (True, ["khác"])


def test_who_was_dismissed_stays_barred_until_readmitted(round, entrant, organizer):
    office = entering.appoint(entrant.user, round.contest, "editor", by=organizer, now=NOON)
    assert refused(entering.readmit, entrant, reason="Nhầm", by=organizer, now=NOON) == NO_OFFICE_ENTERS
    entering.dismiss(office, by=organizer, now=NOON)
    assert ask(entrant, round)[1] == "barred"
    entering.readmit(entrant, reason="Giao nhầm nhiệm vụ", by=organizer, now=NOON)
    assert ask(entrant, round) is None


# --- Decisions about single people -----------------------------------------------------------------------------------
DECISIONS = [entering.bar, entering.readmit, entering.exempt, entering.oblige]


@pytest.mark.parametrize("decide", DECISIONS)
def test_decisions_need_an_organizer_and_a_reason(round, entrant, organizer, decide):
    assert refused(decide, entrant, reason="Ốm", by=make_user(), now=NOON) == ONLY_ORGANIZERS
    assert refused(decide, entrant, reason=" \n", by=organizer, now=NOON) == "Cần ghi lý do: lý do được lưu lại."
    assert ledger() == []


def test_decisions_are_written_down_with_who_and_why(round, entrant, organizer):
    seen = []
    for decide in DECISIONS:
        decide(entrant, reason=f" Lý do\n{decide.__name__} ", by=organizer, now=NOON)
        entrant.refresh_from_db()
        seen.append((entrant.barred_at, entrant.barred_reason, entrant.is_obliged, entrant.exempt_reason))
    assert seen == [
        (NOON, "Lý do bar", False, ""),
        (None, "", False, ""),
        (None, "", False, "Lý do exempt"),
        (None, "", True, ""),
    ]
    who = f"rounds.entrant:{entrant.pk}"
    assert ledger() == [
        ("entrants.barred", who, "Trần Văn Tổ", {"reason": "Lý do bar"}),
        ("entrants.readmitted", who, "Trần Văn Tổ", {"reason": "Lý do readmit"}),
        ("entrants.exempted", who, "Trần Văn Tổ", {"reason": "Lý do exempt"}),
        ("entrants.obliged", who, "Trần Văn Tổ", {"reason": "Lý do oblige"}),
    ]


@pytest.mark.parametrize("decide", [entering.exempt, entering.oblige])
def test_nobody_is_exempted_or_obliged_once_the_roster_is_frozen(round, entrant, organizer, decide):
    round.contest.roster_frozen_at = NOON
    round.contest.save()
    sentence = "Danh sách đã chốt: không thay đổi người phải tham gia được nữa."
    assert refused(decide, entrant, reason="Ốm", by=organizer, now=NOON) == sentence
    decide(entrant, reason="Ốm", by=organizer, now=NOON - HOUR)


def test_extra_time_is_more_than_nothing_and_of_this_contest(round, entrant, organizer):
    def grant(round, extra):
        return refused(entering.grant_extra_time, entrant, round, extra, reason="Khiếm thị", by=organizer, now=NOON)

    assert grant(round, timedelta(0)) == "Thời gian thêm phải lớn hơn không."
    assert grant(make_round(), HOUR) == "Vòng này thuộc cuộc thi khác."


def test_extra_time_does_not_open_a_period_again(round, entrant, organizer):
    make_quiz(round)
    period = make_period(round, opens_at=NOON - WEEK, closes_at=NOON - HOUR)
    sentence = "Kỳ 1 đã kết thúc với tất cả mọi người; thêm chừng ấy thời gian sẽ mở lại kỳ này."

    def grant(extra, now):
        return entering.grant_extra_time(entrant, round, extra, reason="Mất điện", by=organizer, now=now)

    assert refused(grant, 2 * HOUR, NOON) == sentence
    assert grant(HOUR, NOON).extra == HOUR
    ExtraTime.objects.all().delete()
    assert grant(2 * HOUR, period.closes_at + GRACE).extra == 2 * HOUR
    assert grant(3 * HOUR, NOON).extra == 3 * HOUR  # the period is still open for this very person


def test_extra_time_replaces_what_was_granted_and_keeps_the_bank_locked(round, entrant, organizer):
    quiz = make_quiz(round)
    period = make_period(round)
    for extra in (2 * HOUR, HOUR):
        entering.grant_extra_time(entrant, round, extra, reason="Khiếm thị", by=organizer, now=NOON)
    granted = ExtraTime.objects.get()
    assert (granted.extra, granted.reason, granted.granted_by, granted.granted_at) == (
        HOUR,
        "Khiếm thị",
        organizer,
        NOON,
    )
    assert BankLock.objects.get(bank=quiz.bank).ends_at == period.closes_at + HOUR + GRACE + REQUEST_TIMEOUT
    assert entering.facts_of(entrant, round, now=NOON).extra == HOUR
    assert ledger()[-1] == (
        "entrants.extra_time",
        f"rounds.entrant:{entrant.pk}",
        "Trần Văn Tổ",
        {"round": round.pk, "seconds": 3600, "reason": "Khiếm thị"},
    )
