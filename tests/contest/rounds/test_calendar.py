"""What is open, what may be shown when, which banks are locked, and what would go wrong at the opening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contest.questions.models import BankLock
from contest.rounds import calendar
from contest.rounds.models import Contest, ExtraTime, Office, Quiz, Round
from contest.rounds.timing import GRACE, REQUEST_TIMEOUT, State
from tests.builders import (
    NOON,
    WEEK,
    make_bank,
    make_consent_text,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_question,
    make_quiz,
    make_round,
    make_topic,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SETTLING = GRACE + REQUEST_TIMEOUT
PREDICTED: dict[str, Any] = {"prediction": "people_all_correct", "ranking": "A"}


def give_extra(round, extra=HOUR, user=None):
    entrant = make_entrant(round.contest, user)
    ExtraTime.objects.create(
        entrant=entrant, round=round, extra=extra, reason="Khiếm thị", granted_by=make_user(), granted_at=NOON
    )
    return entrant


def read(quiz):
    """The quiz as a page reads it."""
    return Round.objects.with_calendar().get(pk=quiz.round_id).quiz


@pytest.fixture
def quiz():
    return make_quiz(**PREDICTED, score_shown="at_once", board_shown="period_closed", review_shown="period_closed")


# --- What is open ----------------------------------------------------------------------------------------------------
def test_periods_are_half_open_and_gaps_are_gaps(quiz):
    first = make_period(quiz.round, opens_at=NOON - WEEK, closes_at=NOON)
    second = make_period(quiz.round, opens_at=NOON + HOUR, closes_at=NOON + WEEK)
    seen = [
        (calendar.period_now(quiz.round, now), calendar.next_period(quiz.round, now))
        for now in (NOON - WEEK - SECOND, NOON - WEEK, NOON - SECOND, NOON, NOON + HOUR, NOON + WEEK)
    ]
    assert seen == [(None, first), (first, second), (first, second), (None, second), (second, None), (None, None)]


def test_the_span_of_a_quiz_follows_its_periods_where_the_round_says_nothing():
    quiz = make_quiz(make_round(opens_at=None, closes_at=None))
    assert calendar.span(quiz.round) == (None, None)
    make_period(quiz.round, opens_at=NOON, closes_at=NOON + HOUR)
    make_period(quiz.round, opens_at=NOON - WEEK, closes_at=NOON - HOUR)
    assert calendar.span(quiz.round) == (NOON - WEEK, NOON + HOUR)


def test_the_clock_of_a_person_has_their_extra_time(quiz):
    period = make_period(quiz.round)
    helped, other = give_extra(quiz.round), make_entrant(quiz.round.contest)
    late = period.closes_at + HOUR / 2
    assert calendar.clock_for(quiz, period, other, late).state == State.CLOSED
    assert calendar.clock_for(quiz, period, None, late).state == State.CLOSED
    clock = calendar.clock_for(quiz, period, helped, late)
    assert (clock.state, clock.deadline) == (State.OPEN, period.closes_at + HOUR)
    assert calendar.clock_for(quiz, period, helped, NOON).deadline == NOON + timedelta(minutes=15) + HOUR


def test_a_practice_round_without_times_is_always_open():
    quiz = make_quiz(make_round(is_practice=True, opens_at=None, closes_at=None))
    clock = calendar.clock_for(quiz, None, None, NOON)
    assert (clock.state, clock.closes_at, clock.deadline) == (State.OPEN, None, NOON + timedelta(minutes=15))


# --- What may be shown -----------------------------------------------------------------------------------------------
def shown(quiz, period, now):
    """What the public sees: counts, board, score, review."""
    return (
        calendar.shows_counts(quiz, period, now),
        calendar.shows_board(quiz, period, now),
        calendar.shows_score(quiz, period, now),
        calendar.shows_review(quiz, period, now),
    )


def test_nothing_that_bounds_a_prediction_is_shown_until_the_period_has_closed_for_everyone(quiz):
    period = make_period(quiz.round)
    give_extra(quiz.round, HOUR)
    give_extra(quiz.round, 3 * HOUR)
    end = period.closes_at + 3 * HOUR + SETTLING
    quiz = read(quiz)
    for now in (period.opens_at - WEEK, period.opens_at, NOON, period.closes_at, end - SECOND):
        assert calendar.prediction_is_open(quiz, period, now)
        assert shown(quiz, period, now) == (False, False, True, False)
    assert not calendar.prediction_is_open(quiz, period, end)
    assert shown(quiz, period, end) == (True, True, True, True)


def test_without_a_prediction_the_settings_alone_decide():
    quiz = make_quiz(board_shown="at_once", score_shown="at_once", review_shown="period_closed")
    period = make_period(quiz.round)
    assert shown(quiz, period, NOON) == (True, True, True, False)
    assert shown(quiz, period, period.closes_at + SETTLING) == (True, True, True, True)


def test_a_board_at_once_waits_for_the_prediction(quiz):
    quiz.board_shown = "at_once"
    period = make_period(quiz.round)
    assert not calendar.shows_board(quiz, period, NOON)
    assert calendar.shows_board(quiz, period, period.closes_at + SETTLING)


@pytest.mark.parametrize(
    ("setting", "open_", "closed", "published"),
    [
        ("at_once", True, True, True),
        ("period_closed", False, True, True),
        ("results", False, False, True),
        ("never", False, False, False),
    ],
)
def test_the_score_is_shown_when_the_setting_says(setting, open_, closed, published):
    quiz = make_quiz(score_shown=setting)
    period = make_period(quiz.round)
    end = period.closes_at + SETTLING
    assert calendar.shows_score(quiz, period, NOON) is open_
    assert calendar.shows_score(quiz, period, end - SECOND) is (setting == "at_once")
    assert calendar.shows_score(quiz, period, end) is closed
    period.results_at = end + HOUR
    assert calendar.shows_score(quiz, period, end) is closed
    assert calendar.shows_score(quiz, period, end + HOUR) is published


def test_results_do_not_open_a_review_while_someone_with_extra_time_still_answers():
    quiz = make_quiz(review_shown="results", score_shown="results", board_shown="results")
    period = make_period(quiz.round)
    period.results_at = period.closes_at
    give_extra(quiz.round, HOUR)
    quiz = read(quiz)
    during = period.closes_at + HOUR - SECOND
    assert shown(quiz, period, during) == (True, False, False, False)
    assert shown(quiz, period, period.closes_at + HOUR + SETTLING) == (True, True, True, True)


def test_a_round_is_summed_up_without_the_period_whose_prediction_is_open(quiz):
    quiz.board_shown = "results"
    past = make_period(
        quiz.round, opens_at=NOON - 2 * WEEK, closes_at=NOON - WEEK - HOUR, results_at=NOON - WEEK + HOUR
    )
    last = make_period(quiz.round, opens_at=NOON - WEEK, closes_at=NOON - HOUR)
    current = make_period(quiz.round, opens_at=NOON - HOUR, closes_at=NOON + WEEK)
    coming = make_period(quiz.round, opens_at=NOON + WEEK, closes_at=NOON + 2 * WEEK)
    assert calendar.counted_periods(quiz, NOON) == [past, last]
    assert calendar.board_periods(quiz, NOON) == [past]
    assert calendar.shows_board(quiz, None, NOON)
    assert not calendar.shows_counts(quiz, None, NOON)
    assert calendar.open_predictions(quiz.round.contest, NOON) == {current.pk, coming.pk}
    assert calendar.shows_counts(quiz, None, NOON + 3 * WEEK)


def test_other_contests_and_rounds_without_a_prediction_hide_nothing(quiz):
    make_period(quiz.round)
    plain = make_quiz(make_round(quiz.round.contest))
    make_period(plain.round)
    make_round(quiz.round.contest, kind="essay")
    period = make_period(make_quiz(**PREDICTED).round)
    assert calendar.open_predictions(period.round.contest, NOON) == {period.pk}
    assert period.pk not in calendar.open_predictions(quiz.round.contest, NOON)
    assert calendar.counted_periods(plain, NOON) == list(plain.round.periods.all())


def test_a_practice_round_shows_score_and_review_at_once_and_never_a_board():
    quiz = make_quiz(make_round(is_practice=True), score_shown="results", review_shown="results", board_shown="at_once")
    assert shown(quiz, None, NOON) == (True, False, True, True)
    quiz.review_shown = quiz.score_shown = "never"
    assert shown(quiz, None, NOON) == (True, False, False, False)


def test_a_practice_round_keeps_the_answers_of_a_bank_that_a_ranked_round_draws_from(quiz):
    period = make_period(quiz.round)
    practice = make_quiz(make_round(is_practice=True), bank=quiz.bank)
    calendar.lock_banks(NOON - WEEK)
    for now in (period.opens_at - HOUR, NOON, period.closes_at):
        assert not calendar.shows_review(practice, None, now)
    assert calendar.shows_review(practice, None, period.closes_at + SETTLING)


def test_the_questions_about_time_cost_one_query_a_round_and_none_for_a_round_read_with_its_calendar(
    quiz, django_assert_num_queries
):
    period = make_period(quiz.round)
    after = period.closes_at + WEEK
    with django_assert_num_queries(0):
        assert shown(quiz, period, NOON) == (False, False, True, False)
    with django_assert_num_queries(1):
        assert shown(quiz, period, after) == (True, True, True, True)
        assert shown(quiz, period, after) == (True, True, True, True)
    with django_assert_num_queries(2):
        known = read(quiz)
        assert [shown(known, period, after) for period in known.round.periods.all()] == [(True, True, True, True)]


@pytest.mark.parametrize("rounds", [1, 3])
def test_open_predictions_cost_two_queries_however_many_rounds(rounds, django_assert_num_queries):
    contest = make_contest()
    for _round in range(rounds):
        make_period(make_quiz(make_round(contest), **PREDICTED).round)
    with django_assert_num_queries(2):
        assert len(calendar.open_predictions(contest, NOON)) == rounds


# --- Banks in use ----------------------------------------------------------------------------------------------------
def locks(bank):
    return list(bank.locks.order_by("starts_at").values_list("starts_at", "ends_at", "reason"))


def test_a_bank_is_locked_from_the_first_opening_to_the_end_of_the_last_extra_time(quiz):
    first = make_period(quiz.round, opens_at=NOON - WEEK, closes_at=NOON - HOUR)
    last = make_period(quiz.round, opens_at=NOON + HOUR, closes_at=NOON + WEEK)
    give_extra(quiz.round, HOUR)
    other = make_quiz(bank=quiz.bank)
    make_period(other.round, opens_at=NOON + 2 * WEEK, closes_at=NOON + 3 * WEEK)
    practice = make_quiz(make_round(is_practice=True))
    assert calendar.lock_banks(NOON) == 1
    assert locks(quiz.bank) == [
        (first.opens_at, last.closes_at + HOUR + SETTLING, f"{quiz.round.contest}: {quiz.round}"),
        (NOON + 2 * WEEK, NOON + 3 * WEEK + SETTLING, f"{other.round.contest}: {other.round}"),
    ]
    assert locks(practice.bank) == []
    assert calendar.lock_banks(NOON) == 0


def test_a_lock_follows_the_calendar_and_ends_with_it(quiz):
    period = make_period(quiz.round)
    assert calendar.relock(quiz.bank, now=NOON)
    period.closes_at += WEEK
    period.save()
    assert calendar.relock(quiz.bank, now=NOON)
    assert locks(quiz.bank)[0][1] == period.closes_at + SETTLING
    assert not calendar.relock(quiz.bank, now=NOON)
    assert calendar.relock(quiz.bank, now=period.closes_at + SETTLING)
    assert locks(quiz.bank) == []


def test_a_bank_that_no_round_uses_any_more_is_free(quiz):
    make_period(quiz.round)
    old = quiz.bank
    calendar.lock_banks(NOON)
    quiz.bank = make_bank(questions=4)
    quiz.save()
    assert calendar.lock_banks(NOON) == 2
    assert (len(locks(old)), len(locks(quiz.bank))) == (0, 1)


def test_the_lock_holds_in_the_gap_between_two_periods(quiz):
    make_period(quiz.round, opens_at=NOON - WEEK, closes_at=NOON - HOUR)
    make_period(quiz.round, opens_at=NOON + HOUR, closes_at=NOON + WEEK)
    calendar.relock(quiz.bank, now=NOON)
    assert BankLock.objects.get(bank=quiz.bank).holds(NOON)


# --- What would go wrong ---------------------------------------------------------------------------------------------
@pytest.fixture
def ready():
    """A contest in which nothing would go wrong."""
    contest = make_contest(entry=Contest.Entry.ROSTER)
    make_office(contest, make_user())
    make_consent_text(contest, is_required=True)
    make_entrant(contest)
    make_period(make_quiz(make_round(contest), **PREDICTED).round)
    make_round(contest, kind="live")
    return contest


def complaints(contest):
    return calendar.problems(contest, now=NOON)


def change(contest, **fields):
    Quiz.objects.filter(round__contest=contest).update(**fields)


def test_nothing_is_wrong_with_a_contest_that_is_ready(ready):
    assert complaints(ready) == []


def test_an_empty_contest_lacks_everything():
    assert complaints(make_contest(entry=Contest.Entry.ROSTER, is_public=False)) == [
        "Cuộc thi chưa công khai: chỉ những người có nhiệm vụ trong cuộc thi nhìn thấy.",
        "Cuộc thi chưa có vòng nào.",
        "Cuộc thi chưa có người của Ban Tổ chức.",
        "Chưa xin đồng ý tham gia: cần công bố một bản đồng ý bắt buộc về việc tham gia dự thi.",
        "Chưa có ai trong cuộc thi: người dự thi vào theo danh sách của đơn vị, và chưa nạp danh sách nào.",
    ]


def test_a_consent_text_of_tomorrow_is_none(ready):
    ready.consent_texts.update(published_at=NOON + WEEK)
    assert complaints(ready) == [
        "Chưa xin đồng ý tham gia: cần công bố một bản đồng ý bắt buộc về việc tham gia dự thi."
    ]


def test_times_that_do_not_fit(ready):
    round = ready.rounds.get(kind="quiz")
    round.periods.update(closes_at=round.closes_at + HOUR)
    make_period(round, opens_at=NOON, closes_at=NOON + timedelta(minutes=5), title="Kỳ ngắn")
    ready.rounds.filter(kind="live").update(opens_at=None)
    assert complaints(ready) == [
        "Vòng 1: Kỳ 1 và Kỳ ngắn trùng thời gian.",
        "Vòng 1: Kỳ 1 vượt ra ngoài thời gian của vòng.",
        "Vòng 1: thời gian làm bài dài hơn một kỳ.",
        "Vòng 2: chưa ghi thời gian mở.",
    ]


def test_a_quiz_without_settings_or_periods(ready):
    make_round(ready, title="Chưa đặt")
    make_quiz(make_round(ready, title="Chưa có kỳ"), **PREDICTED)
    assert complaints(ready) == [
        "Chưa đặt: chưa có thiết đặt bài trắc nghiệm.",
        "Chưa có kỳ: chưa có kỳ nào, nên chưa ai vào thi được.",
    ]


def test_a_pool_that_is_too_small(ready):
    bank = Quiz.objects.get(round__contest=ready).bank
    topic, foreign = make_topic(bank, "Kỷ cương"), make_topic(make_bank(), "Ngoài")
    make_question(bank, topic=topic)
    make_question(bank, topic=topic, approved=False)
    quiz = Quiz.objects.get(round__contest=ready)
    quiz.question_count = 8
    quiz.save()
    quiz.quotas.create(topic=topic, count=2)
    quiz.quotas.create(topic=foreign, count=7)
    assert complaints(ready) == [
        "Vòng 1: mỗi đề cần 8 câu, ngân hàng chỉ có 7 câu đã duyệt.",
        "Vòng 1: định mức theo chủ đề là 9 câu, mỗi đề chỉ có 8 câu.",
        "Vòng 1: định mức của chủ đề “Kỷ cương” là 2 câu, chủ đề chỉ có 1 câu đã duyệt.",
        "Vòng 1: chủ đề “Ngoài” thuộc ngân hàng khác.",
    ]


def test_a_bank_without_approved_questions(ready):
    change(ready, bank=make_bank(name="Trống"))
    assert complaints(ready) == ["Vòng 1: ngân hàng “Trống” chưa có câu hỏi nào được duyệt."]


def test_a_fixed_paper_is_looked_at_for_each_period(ready):
    quiz = Quiz.objects.get(round__contest=ready)
    change(ready, papers="fixed")
    assert complaints(ready) == ["Vòng 1: đề cố định của Kỳ 1 chưa có câu hỏi."]
    questions = list(quiz.bank.questions.all())
    for question in questions[:4]:
        quiz.paper_questions.create(question=question)
    assert complaints(ready) == []
    period = quiz.round.periods.get()
    for question in [questions[0], make_question(quiz.bank, approved=False), make_question(make_bank())]:
        quiz.paper_questions.create(question=question, period=period)
    assert complaints(ready) == [
        "Vòng 1: đề cố định của Kỳ 1 có 3 câu, không phải 4 câu.",
        "Vòng 1: đề cố định của Kỳ 1 có câu không dùng được (2 câu): "
        "chưa duyệt, đã thôi dùng hoặc thuộc ngân hàng khác.",
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prediction": "none"}, "Vòng 1: xếp hạng theo dự đoán, nhưng người dự thi không được hỏi dự đoán."),
        ({"ranking": "C"}, "Vòng 1: người dự thi được hỏi dự đoán, nhưng xếp hạng không dùng đến dự đoán."),
        ({"ranking": "own", "ranking_keys": ["age:asc"]}, "Vòng 1: Không có tiêu chí xếp hạng “age:asc”."),
        ({"attempts_per_day": 0}, "Vòng 1: giới hạn lượt thi không cho thi lượt nào."),
        ({"points_per_question": 0}, "Vòng 1: mỗi câu không được điểm nào."),
        ({"time_limit": timedelta(0)}, "Vòng 1: thời gian làm bài bằng không."),
        (
            {"score_shown": "never"},
            "Vòng 1: bảng xếp hạng cho thấy điểm trước khi người dự thi được xem điểm của mình.",
        ),
        (
            {"score_shown": "results", "review_shown": "period_closed"},
            "Vòng 1: phần xem lại bài cho thấy điểm trước thời điểm công bố điểm.",
        ),
    ],
)
def test_settings_that_contradict_each_other(ready, fields, sentence):
    change(ready, **fields)
    assert complaints(ready)[0] == sentence


def test_a_round_that_nobody_may_enter(ready):
    round = ready.rounds.get(kind="quiz")
    Round.objects.filter(pk=round.pk).update(members_only=True, minimum_age=40, maximum_age=30)
    nobody = "Vòng 1: chưa ai trong cuộc thi được vào vòng này."
    assert complaints(ready) == [nobody, "Vòng 1: tuổi thấp nhất cao hơn tuổi cao nhất."]
    Round.objects.filter(pk=round.pk).update(members_only=False, minimum_age=None, who=Round.Who.UNITS)
    assert complaints(ready) == ["Vòng 1: dành cho người của một số đơn vị, nhưng chưa chọn đơn vị nào."]
    round.units.add(make_unit())
    assert complaints(ready) == [nobody]
    top = make_unit()
    make_entrant(ready, unit=make_unit(parent=top))
    round.units.add(top)
    assert complaints(ready) == []


def test_who_holds_an_office_is_nobody_who_may_enter(ready):
    make_office(ready, ready.entrants.get().user, Office.Role.JUDGE)
    assert complaints(ready) == ["Vòng 1: chưa ai trong cuộc thi được vào vòng này."]


def test_a_practice_round_with_a_bank_of_a_ranked_one_and_with_periods(ready):
    bank = Quiz.objects.get(round__contest=ready).bank
    practice = make_quiz(make_round(ready, order=0, is_practice=True, title="Thi thử"), bank=bank)
    make_period(practice.round)
    assert complaints(ready) == [
        "Thi thử: vòng thi thử không có kỳ; các kỳ đã đặt không được dùng.",
        "Thi thử: một vòng có xếp hạng lấy đề từ cùng ngân hàng, nên đáp án chỉ hiện sau khi vòng đó kết thúc.",
    ]
