"""What is open, what may be shown and when, which banks are locked meanwhile, and what would go wrong at the opening.

One rule stands above the settings: while a prediction is open, nothing that bounds its value is shown to anybody
without an office: no count, no board, no place, no unit's participation of that period. A prediction is open until its
period has closed for everyone, the extra time of single people and the grace included. What sums up several periods (a
round's board, a contest's totals, the people of a unit) is made of `counted_periods` or `board_periods` alone, and
leaves out `open_predictions`, since a sum minus what is known gives the rest away.

A quiz comes with its round, so that its times are asked for once: `Round.objects.with_calendar()`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from contest.foundations.refusing import Refused
from contest.questions.models import Bank, BankLock, Question
from contest.rounds import ranking, timing
from contest.rounds.models import (
    ConsentText,
    Contest,
    Entrant,
    ExtraTime,
    Office,
    PaperQuestion,
    Period,
    Quiz,
    Round,
    TopicQuota,
)

ALWAYS = datetime.min.replace(tzinfo=UTC)  # when a practice round without an opening opened
Shown = Quiz.Shown


# --- What is open ----------------------------------------------------------------------------------------------------
def period_now(round: Round, now: datetime) -> Period | None:
    """The period that is open for everyone at `now`; none in a gap."""
    periods = list(round.periods.all())
    found = timing.window_at([period.window() for period in periods], now)
    return None if found is None else periods[found]


def next_period(round: Round, now: datetime) -> Period | None:
    """The period that opens soonest after `now`."""
    periods = list(round.periods.all())
    found = timing.next_window([period.window() for period in periods], now)
    return None if found is None else periods[found]


def span(round: Round) -> tuple[datetime | None, datetime | None]:
    """When the round opens and closes: as it says itself, else from its first period to its last."""
    periods = list(round.periods.all()) if round.kind == Round.Kind.QUIZ else []
    opens_at = round.opens_at or min((period.opens_at for period in periods), default=None)
    closes_at = round.closes_at or max((period.closes_at for period in periods), default=None)
    return opens_at, closes_at


def window_of(round: Round, period: Period | None) -> timing.Window:
    """When attempts may start: the period's window; without one, as in a practice round, the round's own."""
    return timing.Window(round.opens_at or ALWAYS, round.closes_at) if period is None else period.window()


def extra_of(entrant: Entrant, round: Round) -> timedelta:
    """The extra time of a person in a round."""
    found = ExtraTime.objects.filter(entrant=entrant, round=round).values_list("extra", flat=True).first()
    return found or timedelta(0)


def clock_for(
    quiz: Quiz, period: Period | None, entrant: Entrant | None, now: datetime, *, started_at: datetime | None = None
) -> timing.Clock:
    """All that time decides for this person in the period at `now`; for a stranger, what holds without extra time."""
    extra = timedelta(0) if entrant is None else extra_of(entrant, quiz.round)
    window = window_of(quiz.round, period)
    return timing.clock(window, now=now, limit=quiz.time_limit, extra=extra, started_at=started_at)


# --- What may be shown -----------------------------------------------------------------------------------------------
def has_closed(quiz: Quiz, period: Period, now: datetime) -> bool:
    """Whether the period is over for everyone: nobody's extra time runs, and nothing in time is still on its way."""
    if now < period.closes_at:
        return False
    end = timing.settled_at(period.window(), longest_extra=quiz.round.longest_extra)
    return end is not None and end <= now


def prediction_is_open(quiz: Quiz, period: Period | None, now: datetime) -> bool:
    """Whether someone may still predict a value of the period, so that nothing that bounds it may be shown."""
    if period is None or quiz.prediction == Quiz.Prediction.NONE:
        return False
    return not has_closed(quiz, period, now)


def shows_score(quiz: Quiz, period: Period | None, now: datetime) -> bool:
    """Whether people see the total of their own attempt; in a practice round at once."""
    return _is_due(quiz.score_shown, quiz, period, now)


def shows_review(quiz: Quiz, period: Period | None, now: datetime) -> bool:
    """Whether people see which answers were right: never before the period has closed for everyone.

    A practice round is for learning and shows it after the hand-in; but not while a ranked round draws, or is still to
    draw, from the same bank: its answers would be out.
    """
    if period is None:
        return (
            quiz.review_shown != Shown.NEVER
            and not BankLock.objects.filter(bank=quiz.bank_id, ends_at__gt=now).exists()
        )
    return has_closed(quiz, period, now) and _is_due(quiz.review_shown, quiz, period, now)


def shows_board(quiz: Quiz, period: Period | None, now: datetime) -> bool:
    """Whether the board of a period is public; without a period, that of the round, made of `board_periods`."""
    if quiz.round.is_practice:
        return False
    if period is None:
        return bool(board_periods(quiz, now))
    return not prediction_is_open(quiz, period, now) and _is_due(quiz.board_shown, quiz, period, now)


def shows_counts(quiz: Quiz, period: Period | None, now: datetime) -> bool:
    """Whether the running counts of a period are public: people, attempts, units; without one, those of all periods."""
    if period is None:
        return len(counted_periods(quiz, now)) == len(quiz.round.periods.all())
    return not prediction_is_open(quiz, period, now)


def board_periods(quiz: Quiz, now: datetime) -> list[Period]:
    """The periods that the public board of the round is made of."""
    return [period for period in quiz.round.periods.all() if shows_board(quiz, period, now)]


def counted_periods(quiz: Quiz, now: datetime) -> list[Period]:
    """The periods that public totals of the round are made of."""
    return [period for period in quiz.round.periods.all() if shows_counts(quiz, period, now)]


def open_predictions(contest: Contest, now: datetime) -> set[int]:
    """The ids of the contest's periods that no public total may include, as their predictions are open; two queries."""
    asking = Round.objects.with_calendar().filter(contest=contest, quiz__isnull=False)
    return {
        period.pk
        for round in asking.exclude(quiz__prediction=Quiz.Prediction.NONE)
        for period in round.periods.all()
        if prediction_is_open(round.quiz, period, now)
    }


def _is_due(shown: str, quiz: Quiz, period: Period | None, now: datetime) -> bool:
    if shown == Shown.NEVER:
        return False
    if shown == Shown.AT_ONCE or period is None:
        return True
    return has_closed(quiz, period, now) and (shown == Shown.PERIOD_CLOSED or period.has_results(now))


# --- Banks in use ----------------------------------------------------------------------------------------------------
def lock_banks(now: datetime) -> int:
    """Every bank is locked for as long as a ranked round draws from it, and no longer; returns how many changed."""
    used = Quiz.objects.filter(round__is_practice=False).values("bank")
    banks = Bank.objects.filter(Q(pk__in=used) | Q(pk__in=BankLock.objects.values("bank")))
    return sum(relock(bank, now=now) for bank in banks)


def relock(bank: Bank, *, now: datetime) -> bool:
    """The bank's locks are those that its rounds ask for, from `now` on; returns whether anything changed.

    A round asks for one from its first opening until its last period has closed for everyone, with the gaps between. A
    practice round asks for none: it is always open, and its papers keep the wording that they were drawn with.
    """
    with transaction.atomic():
        Bank.objects.select_for_update().get(pk=bank.pk)
        rounds = Round.objects.with_calendar().filter(quiz__bank=bank, is_practice=False).select_related("contest")
        wanted = {lock for round in rounds for lock in _locks(round, now)}
        there = set(bank.locks.values_list("starts_at", "ends_at", "reason"))
        if wanted == there:
            return False
        bank.locks.all().delete()
        BankLock.objects.bulk_create(
            BankLock(bank=bank, starts_at=starts_at, ends_at=ends_at, reason=reason)
            for starts_at, ends_at, reason in sorted(wanted)
        )
    return True


def _locks(round: Round, now: datetime) -> Iterator[tuple[datetime, datetime, str]]:
    """The span of the round's periods, unless it is over."""
    windows = [period.window() for period in round.periods.all()]
    ends = [end for window in windows if (end := timing.settled_at(window, longest_extra=round.longest_extra))]
    if ends and max(ends) > now:
        yield min(window.opens_at for window in windows), max(ends), f"{round.contest}: {round}"[:300]


# --- What would go wrong ---------------------------------------------------------------------------------------------
def problems(contest: Contest, *, now: datetime) -> list[str]:
    """Everything that would go wrong at the opening as things are set now, one sentence for each."""
    rounds = list(Round.objects.with_calendar().filter(contest=contest).order_by("order"))
    return [
        *_contest_problems(contest, rounds, now),
        *(sentence for round in rounds for sentence in _round_problems(contest, round)),
    ]


def _contest_problems(contest: Contest, rounds: Sequence[Round], now: datetime) -> Iterator[str]:
    if not contest.is_public:
        yield _("The contest is not public: only its offices see it.")
    if not rounds:
        yield _("The contest has no rounds.")
    if not contest.offices.filter(role=Office.Role.ORGANIZER).exists():
        yield _("The contest has no organizer.")
    taking_part = ConsentText.Kind.TAKING_PART
    if not ConsentText.objects.in_force(now).filter(contest=contest, kind=taking_part, is_required=True).exists():
        yield _("No consent to taking part is asked for: publish a consent text that is needed to take part.")
    if contest.entry == Contest.Entry.ROSTER and not contest.entrants.exists():
        yield _("Nobody is in the contest: people come in by the units' lists, and no list has been read in.")


def _round_problems(contest: Contest, round: Round) -> Iterator[str]:
    where = {"round": round}
    if round.kind != Round.Kind.QUIZ:
        if round.opens_at is None:
            yield _("%(round)s: it is not said when it opens.") % where
        return
    quiz: Quiz | None = getattr(round, "quiz", None)
    if quiz is None:
        yield _("%(round)s: the quiz settings are missing.") % where
        return
    periods = list(round.periods.all())
    yield from _time_problems(round, quiz, periods)
    yield from _entry_problems(contest, round)
    yield from _setting_problems(round, quiz)
    yield from _paper_problems(round, quiz, periods)


def _time_problems(round: Round, quiz: Quiz, periods: Sequence[Period]) -> Iterator[str]:
    where = {"round": round}
    if round.is_practice:
        if periods:
            yield _("%(round)s: a practice round has no periods; those that it has are not used.") % where
    elif not periods:
        yield _("%(round)s: it has no periods, so nobody can start.") % where
    for trouble in timing.problems([period.window() for period in periods]):
        if trouble.other is not None:
            both = {"one": periods[trouble.other], "other": periods[trouble.position]}
            yield _("%(round)s: %(one)s and %(other)s overlap.") % (where | both)
    for period in periods:
        early = round.opens_at is not None and period.opens_at < round.opens_at
        late = round.closes_at is not None and period.closes_at > round.closes_at
        if early or late:
            yield _("%(round)s: %(period)s reaches beyond the round.") % (where | {"period": period})
    if quiz.time_limit is not None:
        shortest = min((period.closes_at - period.opens_at for period in periods), default=None)
        if quiz.time_limit <= timedelta(0):
            yield _("%(round)s: the time limit is nothing.") % where
        elif shortest is not None and shortest < quiz.time_limit:
            yield _("%(round)s: the time limit is longer than a period.") % where


def _entry_problems(contest: Contest, round: Round) -> Iterator[str]:
    where = {"round": round}
    if round.who == Round.Who.UNITS and not round.units.exists():
        yield _("%(round)s: it is for people of chosen units, and none is chosen.") % where
    elif contest.entry == Contest.Entry.ROSTER or round.who == Round.Who.ROSTER:
        # Who registers can't be foreseen; who is on a list is known.
        anybody = Entrant.objects.eligible_for(round).exists()
        if not anybody and contest.entrants.exists():
            yield _("%(round)s: nobody in the contest may enter it.") % where
    youngest, oldest = round.minimum_age, round.maximum_age
    if youngest is not None and oldest is not None and youngest > oldest:
        yield _("%(round)s: the minimum age is above the maximum age.") % where


def _setting_problems(round: Round, quiz: Quiz) -> Iterator[str]:
    where = {"round": round}
    if 0 in (quiz.attempts_per_period, quiz.attempts_per_day, quiz.attempts_per_contest):
        yield _("%(round)s: its limits allow no attempt at all.") % where
    if not quiz.points_per_question:
        yield _("%(round)s: a question is worth nothing.") % where
    if round.is_practice:
        if Round.objects.filter(quiz__bank=quiz.bank_id, is_practice=False).exists():
            yield _("%(round)s: a ranked round draws from its bank, so its answers are shown only after that.") % where
        return
    try:
        keys = ranking_keys(quiz)
    except Refused as refusal:
        yield f"{round}: {refusal}"
        return
    uses, asks = ranking.Key.DISTANCE_ASC in keys, quiz.prediction != Quiz.Prediction.NONE
    if uses and not asks:
        yield _("%(round)s: people are ranked by a prediction that they are not asked for.") % where
    if asks and not uses:
        yield _("%(round)s: people are asked for a prediction that does not rank them.") % where
    when = [Shown.AT_ONCE, Shown.PERIOD_CLOSED, Shown.RESULTS, Shown.NEVER]
    score = when.index(Shown(quiz.score_shown))
    if when.index(Shown(quiz.board_shown)) < score:
        yield _("%(round)s: the board would show scores before people see their own.") % where
    if when.index(Shown(quiz.review_shown)) < score:
        yield _("%(round)s: the review would show the score before its time.") % where


def _paper_problems(round: Round, quiz: Quiz, periods: Sequence[Period]) -> Iterator[str]:
    where = {"round": round, "bank": quiz.bank}
    usable = Question.objects.usable().filter(bank=quiz.bank_id)
    by_topic: Counter[int | None] = Counter(usable.values_list("topic", flat=True))
    there = by_topic.total()
    if not there:
        yield _("%(round)s: the bank “%(bank)s” has no approved questions.") % where
        return
    if quiz.papers == Quiz.Papers.FIXED:
        yield from _fixed_paper_problems(round, quiz, [None] if round.is_practice else periods)
        return
    if there < quiz.question_count:
        figures = {"needed": quiz.question_count, "there": there}
        yield _("%(round)s: a paper has %(needed)s questions, the bank has only %(there)s approved ones.") % (
            where | figures
        )
    quotas = list(TopicQuota.objects.filter(quiz=quiz).select_related("topic"))
    asked = sum(quota.count for quota in quotas)
    if asked > quiz.question_count:
        figures = {"quotas": asked, "count": quiz.question_count}
        yield _("%(round)s: the quotas ask for %(quotas)s questions, a paper has %(count)s.") % (where | figures)
    for quota in quotas:
        named = where | {"topic": quota.topic, "needed": quota.count, "there": by_topic[quota.topic_id]}
        if quota.topic.bank_id != quiz.bank_id:
            yield _("%(round)s: the topic “%(topic)s” is of another bank.") % named
        elif quota.count > by_topic[quota.topic_id]:
            yield (
                _("%(round)s: the quota of “%(topic)s” is %(needed)s, the topic has only %(there)s approved questions.")
                % named
            )


def _fixed_paper_problems(round: Round, quiz: Quiz, periods: Iterable[Period | None]) -> Iterator[str]:
    usable = Question.objects.usable().filter(bank=quiz.bank_id).values("pk")
    papers: dict[int | None, Mapping[str, int]] = {
        row["period"]: {"count": row["count"], "usable": row["usable"]}
        for row in PaperQuestion.objects.filter(quiz=quiz)
        .order_by()
        .values("period")
        .annotate(count=Count("pk"), usable=Count("pk", filter=Q(question__in=usable)))
    }
    for period in periods:
        paper = papers.get(period.pk if period else None) or papers.get(None) or {"count": 0, "usable": 0}
        unusable = paper["count"] - paper["usable"]
        where = {
            "round": round,
            "period": period or round,
            "needed": quiz.question_count,
            "unusable": unusable,
            **paper,
        }
        if not paper["count"]:
            yield _("%(round)s: the fixed paper of %(period)s has no questions.") % where
        elif paper["count"] != quiz.question_count:
            yield _("%(round)s: the fixed paper of %(period)s has %(count)s questions, not %(needed)s.") % where
        if unusable:
            yield (
                _(
                    "%(round)s: in the fixed paper of %(period)s, questions can't be used (%(unusable)s): "
                    "they are not approved, are retired, or belong to another bank."
                )
                % where
            )


def ranking_keys(quiz: Quiz) -> tuple[ranking.Key, ...]:
    """What the quiz ranks by, in order. Refuses its own order of keys where that is no ranking."""
    if quiz.ranking == Quiz.Ranking.OWN:
        return ranking.parse_keys(quiz.ranking_keys)
    return ranking.PRESETS[quiz.ranking].keys
