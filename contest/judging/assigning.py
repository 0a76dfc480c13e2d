"""Who marks which entry: entries come to a stage, judges are assigned by an optimum, one by one, or in another's place.

Hard rules: nobody marks where a conflict of interest stands, outside of their panel's kinds and categories, or more
entries than they have room for; assignments that stand are kept. Within them, loads are as equal as can be. A plan is
shown before it is confirmed, and refused when the facts it was made from have changed meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import User
from contest.entries.models import Entry
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.judging import conflicts
from contest.judging.models import Assignment, Candidate, Panel, Seat, Sheet, Stage
from contest.notices import telling

SECONDS = 25  # for the solver
HOLD = timedelta(hours=2)  # how long a seat taken as the next one is kept without a save
MOST_NAMED = 12  # entries in a sentence
SALT = "judging.plan"


# --- Entries come in -------------------------------------------------------------------------------------------------
def take_in(stage: Stage, *, by: User, now: datetime) -> int:
    """The entries that belong to the stage are its candidates; how many are new. Refused once it is closed.

    To the first stage come all valid entries of the round; to a later one those that go on from the stage before,
    which has to be closed.
    """
    conflicts.must_organize(stage.round.contest, by)
    with transaction.atomic():
        held = locked(stage)
        if held.closed_at is not None:
            raise Refused(_("“%(stage)s” is closed.") % {"stage": held}, code="closed")
        there = set(Candidate.objects.filter(stage=held).values_list("entry", flat=True))
        coming = [pk for pk in _coming(held) if pk not in there]
        Candidate.objects.bulk_create(Candidate(stage=held, entry_id=pk) for pk in coming)
        if coming:
            _record(held, "stages.taken_in", {"entries": coming}, by, now)
    return len(coming)


def _coming(stage: Stage) -> list[int]:
    before = Stage.objects.filter(round=stage.round_id, order__lt=stage.order).order_by("-order").first()
    if before is None:
        return list(Entry.objects.valid().filter(round=stage.round_id).order_by("code").values_list("pk", flat=True))
    if before.closed_at is None:
        raise Refused(_("“%(stage)s” is not closed yet: nobody knows who goes on.") % {"stage": before}, code="before")
    going = Candidate.objects.standing().filter(stage=before, goes_on=True).order_by("entry__code")
    return list(going.values_list("entry", flat=True))


def locked(stage: Stage) -> Stage:
    """The stage's row, for this transaction alone."""
    return Stage.objects.select_for_update(of=("self",)).select_related("round__contest").get(pk=stage.pk)


def _record(stage: Stage, action: str, data: dict[str, Any], by: User | None, now: datetime) -> None:
    ledger.append(now=now, actor=by, action=action, subject=stage, data=data, contest_id=stage.round.contest_id)


# --- Facts -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Scope:
    """What a panel marks: all, or some kinds and categories."""

    kinds: frozenset[int]
    categories: frozenset[int]

    def covers(self, entry: Entry) -> bool:
        """Whether the panel marks the entry."""
        kind = not self.kinds or entry.kind_id in self.kinds
        return kind and (not self.categories or entry.category_id in self.categories)


def scopes(stage: Stage) -> dict[int, Scope]:
    """What each panel of the stage marks; three queries."""
    panels = Panel.objects.filter(stage=stage).prefetch_related("kinds", "categories")
    return {panel.pk: scope_of(panel) for panel in panels}


def scope_of(panel: Panel) -> Scope:
    """What the panel marks."""
    kinds, categories = panel.kinds.all(), panel.categories.all()
    return Scope(frozenset(kind.pk for kind in kinds), frozenset(one.pk for one in categories))


@dataclass
class Facts:
    """Everything that an assignment of a stage is made from."""

    stage: Stage
    seats: list[Seat]  # of judges who have not left and hold the office
    candidates: list[Candidate]  # without those that are absent
    standing: dict[int, list[Assignment]]  # by candidate, with those that a conflict blocks now
    blocked: set[tuple[int, int]]  # candidate, user
    scopes: dict[int, Scope]
    lost: set[int]  # candidates of which a judge has left
    off: dict[int, set[int]]  # users by candidate: who was taken off it gets it again by hand alone

    @cached_property
    def serving(self) -> frozenset[int]:
        """The numbers of the seats."""
        return frozenset(seat.pk for seat in self.seats)

    def is_blocked(self, candidate: int, seat: Seat) -> bool:
        """Whether a conflict keeps the judge of the seat from the candidate."""
        return (candidate, seat.user_id) in self.blocked

    def why_ending(self, row: Assignment) -> str:
        """Why an assignment can't stay, empty when it can: a conflict, or an office that ended. Sealed sheets stay."""
        if is_sealed(row):
            return ""
        if self.is_blocked(row.candidate_id, row.seat):
            return _("A conflict of interest was found.")
        return "" if row.seat_id in self.serving else _("The judge does not hold the office any more.")

    def kept(self, candidate: Candidate) -> list[Assignment]:
        """Assignments that stay."""
        return [row for row in self.standing.get(candidate.pk, []) if not self.why_ending(row)]

    def ending(self) -> list[Assignment]:
        """Assignments that would end with the plan."""
        return [row for rows in self.standing.values() for row in rows if self.why_ending(row)]

    def allowed(self, candidate: Candidate, *, by_hand: bool = False) -> list[int]:
        """The places in `seats` of those who may mark the entry and do not yet; one seat a person."""
        taken = {row.seat.user_id for row in self.kept(candidate)}
        if not by_hand:
            taken |= self.off.get(candidate.pk, set())
        found: dict[int, int] = {}
        for at, seat in enumerate(self.seats):
            free = seat.user_id not in taken and not self.is_blocked(candidate.pk, seat)
            if free and self.scopes[seat.panel_id].covers(candidate.entry):
                found.setdefault(seat.user_id, at)
        return sorted(found.values())

    def need(self, candidate: Candidate) -> int:
        """How many judges more the entry needs; an anchor needs everyone who may mark it."""
        missing = self.stage.judges_per_entry - len(self.kept(candidate))
        return len(self.allowed(candidate)) if candidate.is_anchor else max(0, missing)

    def loads(self) -> list[int]:
        """How many entries each seat has."""
        count = Counter(row.seat_id for candidate in self.candidates for row in self.kept(candidate))
        return [count[seat.pk] for seat in self.seats]

    def problem(self, seed: int) -> dict[str, Any]:
        """The problem for the solver."""
        loads = self.loads()
        return {
            "entries": [[self.need(candidate), self.allowed(candidate)] for candidate in self.candidates],
            "judges": [
                [load, None if seat.most_entries is None else max(0, seat.most_entries - load)]
                for seat, load in zip(self.seats, loads, strict=True)
            ],
            "seconds": SECONDS,
            "seed": seed,
        }

    def digest(self) -> str:
        """A hash of all that matters: the same facts, the same plan."""
        said = [self.problem(0), [seat.pk for seat in self.seats], [one.pk for one in self.candidates]]
        said.append(sorted(row.pk for row in self.ending()))
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def is_sealed(assignment: Assignment) -> bool:
    """Whether its sheet is locked; the sheet comes with it."""
    sheet: Sheet | None = getattr(assignment, "sheet", None)
    return sheet is not None and sheet.is_locked


def facts_of(stage: Stage, candidates: Iterable[Candidate] | None = None) -> Facts:
    """The facts of a stage as they are now, or of some of its candidates."""
    if candidates is None:
        rows = Candidate.objects.standing().filter(stage=stage, is_absent=False)
        candidates = rows.select_related("entry__kind").order_by("entry__code", "pk")
    found = list(candidates)
    seats = list(Seat.objects.serving().filter(panel__stage=stage).select_related("user", "panel").order_by("pk"))
    standing: dict[int, list[Assignment]] = defaultdict(list)
    assignments = Assignment.objects.standing().filter(candidate__in=[one.pk for one in found])
    for row in assignments.select_related("seat", "sheet").order_by("pk"):
        standing[row.candidate_id].append(row)
    judges = User.objects.in_bulk({seat.user_id for seat in seats} | {
        row.seat.user_id for rows in standing.values() for row in rows
    })  # fmt: skip
    ended = Assignment.objects.filter(candidate__in=[one.pk for one in found], ended_at__isnull=False)
    lost = ended.filter(seat__left_at__isnull=False)
    off: dict[int, set[int]] = defaultdict(set)
    for at, user in ended.filter(held_until=None).values_list("candidate", "seat__user"):
        off[at].add(user)
    return Facts(
        stage, seats, found, standing, conflicts.blocked(stage, judges.values()), scopes(stage),
        set(lost.values_list("candidate", flat=True)), off,
    )  # fmt: skip


# --- A plan ----------------------------------------------------------------------------------------------------------
@dataclass
class Plan:
    """What would be assigned, to be looked at before it is confirmed."""

    facts: Facts
    pairs: list[tuple[Candidate, Seat]]
    short: list[tuple[Candidate, int]]  # entries that can't get all their judges, and how many are missing
    ending: list[Assignment]
    seconds: float
    token: str = ""  # the plan, signed, for its confirmation
    new: Counter[int] = field(default_factory=Counter)  # by seat

    @property
    def loads(self) -> list[tuple[Seat, int, int]]:
        """Each seat with its entries before and after."""
        before = self.facts.loads()
        return [(seat, load, load + self.new[seat.pk]) for seat, load in zip(self.facts.seats, before, strict=True)]

    def sentence(self) -> str:
        """Which entries can't get all their judges; empty when all can."""
        return short_sentence(self.short, self.facts.stage.judges_per_entry)


def short_sentence(short: Sequence[tuple[Candidate, int]], needed: int) -> str:
    """Names the entries that can't get so many judges."""
    if not short:
        return ""
    named = [
        _("%(code)s (%(missing)s missing)") % {"code": candidate.entry.code, "missing": missing}
        for candidate, missing in short[:MOST_NAMED]
    ]
    told = ", ".join(named)
    if len(short) > MOST_NAMED:
        more = len(short) - MOST_NAMED
        told = _("%(named)s and %(more)s more") % {"named": told, "more": more}
    return ngettext(
        "One entry can't get %(needed)s judges: %(told)s. Add judges, or raise what they take on.",
        "%(count)s entries can't get %(needed)s judges: %(told)s. Add judges, or raise what they take on.",
        len(short),
    ) % {"count": len(short), "needed": needed, "told": told}


def plan(stage: Stage, *, seed: int | None = None) -> Plan:
    """The best assignment for the facts as they are now. Refused without seats or entries, and when it takes too long.

    Assignments without a sealed sheet that can't stay by now would end with it.
    """
    facts = facts_of(stage)
    if not facts.seats:
        raise Refused(_("No judge sits on a panel of this stage yet."), code="seats")
    if not facts.candidates:
        raise Refused(_("This stage has no entries yet: take them in first."), code="entries")
    seed = random.SystemRandom().randrange(10**9) if seed is None else seed
    solution = solve(facts.problem(seed))
    pairs = [(facts.candidates[entry], facts.seats[judge]) for entry, judge in solution["pairs"]]
    short = [(facts.candidates[entry], missing) for entry, missing in solution["short"]]
    found = Plan(facts, pairs, short, facts.ending(), solution["seconds"])
    found.new = Counter(seat.pk for _candidate, seat in pairs)
    found.token = signing.dumps(
        {"stage": stage.pk, "facts": facts.digest(), "seed": seed, "pairs": [[one.pk, s.pk] for one, s in pairs]},
        salt=SALT, compress=True,
    )  # fmt: skip
    return found


def solve(problem: dict[str, Any]) -> dict[str, Any]:
    """The solver's answer, from a child process, which takes its memory with it when it ends."""
    command = [sys.executable, "-m", "contest.judging.solving"]
    try:
        done = subprocess.run(
            command, input=json.dumps(problem), capture_output=True, text=True, timeout=problem["seconds"] + 10,
            cwd=settings.BASE_DIR, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Refused(_("The assignment takes too long: assign one panel after the other."), code="slow") from None
    if done.returncode == 3:
        raise Refused(_("The assignment takes too long: assign one panel after the other."), code="slow")
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def confirm(stage: Stage, token: str, *, by: User, now: datetime) -> int:
    """The plan stands: its assignments are there and its judges are told; how many. A repetition changes nothing.

    Refused when the facts are no longer those of the plan: somebody has assigned, left or declared a conflict since.
    """
    conflicts.must_organize(stage.round.contest, by)
    try:
        told = signing.loads(token, salt=SALT, max_age=timedelta(days=1))
    except signing.BadSignature:
        raise Refused(_("This plan is too old: look at a new one."), code="plan") from None
    with transaction.atomic():
        held = locked(stage)
        if held.closed_at is not None or told["stage"] != held.pk:
            raise Refused(_("“%(stage)s” is closed.") % {"stage": held}, code="closed")
        facts = facts_of(held)
        if facts.digest() != told["facts"]:
            raise Refused(_("Something has changed since this plan was made: look at the new one."), code="plan")
        ending = facts.ending()
        for row in ending:
            conflicts.end(row, reason=facts.why_ending(row), by=by, now=now)
        _assign(facts, told["pairs"], by=by, now=now)
        data = {"seed": told["seed"], "pairs": told["pairs"], "ended": [row.pk for row in ending]}
        _record(held, "stages.assigned", data, by, now)
    return len(told["pairs"])


def _assign(facts: Facts, pairs: Sequence[Sequence[int]], *, by: User, now: datetime) -> None:
    """The assignments are there and their judges are told."""
    why = {True: Assignment.Why.TOP_UP, False: Assignment.Why.PLAN}
    Assignment.objects.bulk_create(
        Assignment(candidate_id=at, seat_id=seat, why=why[at in facts.lost], assigned_at=now, assigned_by=by)
        for at, seat in pairs
    )
    new = Counter(seat for _at, seat in pairs)
    for seat in facts.seats:
        if new[seat.pk]:
            _tell(seat, new[seat.pk], facts.stage, now)


def _tell(seat: Seat, count: int, stage: Stage, now: datetime) -> None:
    telling.tell(
        [seat.user], gettext_noop("%(count)s entries were assigned to you to judge: %(stage)s."),
        key=f"judging:{stage.pk}:{seat.pk}:{now:%Y%m%d%H%M%S%f}", values={"count": count, "stage": stage.title},
        path=reverse("judging", args=[stage.round.contest.slug]), now=now,
    )  # fmt: skip


# --- Judges come and go ----------------------------------------------------------------------------------------------
def leave(seat: Seat, *, reason: str, by: User, now: datetime) -> int:
    """The judge has left the panel: what they have not sealed ends, what they have sealed counts. How many ended.

    Their entries then lack a judge; the next plan fills their places.
    """
    reason = conflicts.said(reason)
    contest = seat.panel.stage.round.contest
    conflicts.must_organize(contest, by)
    with transaction.atomic():
        stage = locked(seat.panel.stage)
        held = Seat.objects.select_for_update(of=("self",)).get(pk=seat.pk)
        if held.left_at is not None:
            return 0
        held.left_at, held.left_reason = now, reason
        held.save(update_fields=["left_at", "left_reason"])
        rows = Assignment.objects.standing().select_for_update(of=("self",)).filter(seat=held).order_by("pk")
        open_ones = [row for row in list(rows) if not Sheet.objects.filter(assignment=row, locked_at__isnull=False)]
        for row in open_ones if stage.closed_at is None else []:
            conflicts.end(row, reason=_("The judge has left: %(reason)s") % {"reason": reason}, by=by, now=now)
        data = {"seat": held.pk, "user": held.user_id, "reason": reason, "ended": [row.pk for row in open_ones]}
        _record(stage, "seats.left", data, by, now)
    return len(open_ones)


def add_judge(
    candidate: Candidate, *, seat: Seat | None = None, why: Assignment.Why, by: User | None, now: datetime
) -> Assignment:
    """One more judge marks the entry: the given one, or who may and has the fewest. A decision on it stands no more.

    Refused when nobody may, or the given one may not. The caller has decided whether `by` may do this.
    """
    with transaction.atomic():
        held = lock_candidate(candidate)
        if held.stage.closed_at is not None:
            raise Refused(_("“%(stage)s” is closed.") % {"stage": held.stage}, code="closed")
        facts = facts_of(held.stage, [held])
        chosen = _chosen(facts, held, seat)
        made = Assignment.objects.create(candidate=held, seat=chosen, why=why, assigned_at=now, assigned_by=by)
        undecide(held)
        _tell(chosen, 1, held.stage, now)
        data = {"candidate": held.pk, "seat": chosen.pk, "why": str(why)}
        _record(held.stage, "candidates.judge_added", data, by, now)
    return made


def _chosen(facts: Facts, candidate: Candidate, seat: Seat | None) -> Seat:
    """Who marks the entry as well: the seat that is given, if it may, or the one with the fewest entries that may."""
    load = _loads(facts.stage)
    may = [
        one for one in (facts.seats[at] for at in facts.allowed(candidate, by_hand=seat is not None))
        if one.most_entries is None or load[one.pk] < one.most_entries
    ]  # fmt: skip
    if seat is not None:
        may = [one for one in may if one.pk == seat.pk]
    if not may:
        raise Refused(_("No judge is left who may mark %(code)s.") % {"code": candidate.entry.code}, code="nobody")
    return min(may, key=lambda one: (load[one.pk], one.pk))


def _loads(stage: Stage) -> Counter[int]:
    rows = Assignment.objects.standing().filter(candidate__stage=stage).order_by()
    return Counter(dict(rows.values_list("seat").annotate(n=Count("pk"))))


def lock_candidate(candidate: Candidate) -> Candidate:
    """The candidate's row, for this transaction alone, with its entry and its stage."""
    rows = Candidate.objects.select_for_update(of=("self",))
    held = rows.select_related("entry__kind", "stage__round__contest").get(pk=candidate.pk)
    conflicts.as_it_is(held.stage)
    return held


def undecide(candidate: Candidate) -> None:
    """The facts have changed under a decision: it stands no more, and the ledger keeps it."""
    conflicts.undecide(Candidate.objects.filter(pk=candidate.pk))


# --- The next one ----------------------------------------------------------------------------------------------------
def next_one(stage: Stage, judge: User, *, now: datetime) -> Assignment | None:
    """The entry that the judge marks next where they take them one by one; None when there is none for them.

    An entry that they have taken and not sealed comes first; then anchors; then whichever has the fewest judges. The
    place is kept for HOLD after each save, and then others may take it: two never sit on the same.
    """
    if not stage.is_open(now) or stage.allotment != Stage.Allotment.NEXT:
        return None
    with transaction.atomic():
        seats = Seat.objects.serving().select_for_update(of=("self",)).filter(panel__stage=stage, user=judge)
        mine = list(seats.order_by("pk"))  # two windows of one judge take one entry
        going = Assignment.objects.reached_by(judge, stage.round.contest, now).filter(candidate__stage=stage)
        begun = going.exclude(sheet__locked_at__isnull=False).order_by("pk").first()
        if begun is not None:
            Assignment.objects.filter(pk=begun.pk, held_until__isnull=False).update(held_until=now + HOLD)
            return begun
        return _take(stage, judge, [seat for seat in mine if _has_room(seat)], now)


def _has_room(seat: Seat) -> bool:
    return seat.most_entries is None or seat.assignments.filter(ended_at=None).count() < seat.most_entries


def _take(stage: Stage, judge: User, seats: Sequence[Seat], now: datetime) -> Assignment | None:
    known = scopes(stage)
    for candidate in _least_judged(stage, judge, now):
        seat = next((one for one in seats if known[one.panel_id].covers(candidate.entry)), None)
        if seat is None:
            continue
        held = Candidate.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=candidate.pk).first()
        if held is None or _is_full(held, stage, now):  # somebody else is just taking it, or was faster
            continue
        _free(held, by=judge, now=now)
        try:
            with transaction.atomic():
                return Assignment.objects.create(
                    candidate=held, seat=seat, why=Assignment.Why.NEXT, assigned_at=now, assigned_by=judge,
                    held_until=now + HOLD,
                )  # fmt: skip
        except IntegrityError:  # an assignment of theirs stands there already
            continue
    return None


def _counting(now: datetime) -> Q:
    """Assignments whose place nobody else may take."""
    kept = Q(assignments__held_until=None) | Q(assignments__held_until__gt=now)
    sealed = Q(assignments__sheet__locked_at__isnull=False)
    return Q(assignments__ended_at=None) & (kept | sealed)


def _least_judged(stage: Stage, judge: User, now: datetime) -> list[Candidate]:
    """Entries that the judge may take, those with the fewest judges first, at random among equals."""
    own = Assignment.objects.standing().filter(seat__user=judge, candidate__stage=stage).values("candidate")
    rows = Candidate.objects.open_to(judge, stage.round.contest).standing().filter(stage=stage, is_absent=False)
    lacking: Any = rows.exclude(pk__in=own).annotate(judges=Count("assignments", filter=_counting(now), distinct=True))
    lacking = lacking.filter(Q(judges__lt=stage.judges_per_entry) | Q(is_anchor=True))
    return list(lacking.select_related("entry").order_by("-is_anchor", "judges", "?")[:200])


def _is_full(candidate: Candidate, stage: Stage, now: datetime) -> bool:
    counted = Candidate.objects.filter(pk=candidate.pk).aggregate(
        judges=Count("assignments", filter=_counting(now), distinct=True)
    )
    return not candidate.is_anchor and counted["judges"] >= stage.judges_per_entry


def _free(candidate: Candidate, *, by: User, now: datetime) -> None:
    """The places that were kept too long are free: their drafts are taken out, which their logs say."""
    late = Assignment.objects.standing().select_for_update(of=("self",)).filter(
        candidate=candidate, held_until__lte=now
    )  # fmt: skip
    for row in late.order_by("pk"):
        if not Sheet.objects.filter(assignment=row, locked_at__isnull=False).exists():
            conflicts.end(row, reason=_("It was kept too long without being sealed."), by=by, now=now)
