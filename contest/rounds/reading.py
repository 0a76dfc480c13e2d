"""A contest as pages read it: with its rounds, kept in the process until something of it changes.

The database gives a contest another revision with each change (migration 0002), so one small statement tells whether
what is kept still holds, and what the contest is to this person. What is kept is shared by all requests and read only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from contest.foundations import prepared, prose
from contest.rounds.models import Contest, Document, Quiz, Round

KEPT = 64  # contests, each of some 100 kB at most

MET = """
SELECT c.id, c.revision, c.is_public,
  EXISTS (SELECT FROM rounds_entrant e WHERE e.contest_id = c.id AND e.user_id = %(user)s),
  EXISTS (SELECT FROM rounds_office o WHERE o.contest_id = c.id AND o.user_id = %(user)s)
FROM rounds_contest c WHERE c.slug = %(slug)s
"""
PUBLIC = "SELECT id, revision FROM rounds_contest WHERE is_public ORDER BY id DESC LIMIT 20"


@dataclass(frozen=True, slots=True)
class Kept:
    """One revision of a contest. Its rounds come with the contest, the quiz with its quotas, and all the times."""

    contest: Contest
    rounds: tuple[Round, ...]
    documents: tuple[Document, ...]
    rules: str
    prizes: str

    def quiz(self, order: int) -> Quiz | None:
        """The quiz of the round of this number; its bank is not kept, since a bank changes by itself."""
        found = (round for round in self.rounds if round.order == order)
        return next((round.quiz for round in found if hasattr(round, "quiz")), None)


@dataclass(frozen=True, slots=True)
class Met:
    """A contest that a person may see, and what they are in it."""

    kept: Kept
    is_entrant: bool
    has_office: bool


def public() -> list[Contest]:
    """The contests that everyone may see, the newest first; the front page has no room for more than these."""
    return [kept(pk, revision).contest for pk, revision in prepared.rows(PUBLIC, {})]


def meet(slug: str, user: User | AnonymousUser) -> Met | None:
    """The contest at this address, unless it is there for its offices alone and this person has none; one query."""
    row = prepared.row(MET, {"slug": slug, "user": user.pk})
    if row is None:
        return None
    pk, revision, is_public, is_entrant, has_office = row
    may_see = is_public or has_office or user.is_superuser
    return Met(kept(pk, revision), is_entrant, has_office) if may_see else None


def only() -> Contest | None:
    """The public contest, where there is one alone: pages of signing in and of the person bear its name; one query."""
    rows = prepared.rows(PUBLIC, {})
    return kept(*rows[0]).contest if len(rows) == 1 else None


@lru_cache(maxsize=KEPT)
def kept(contest_id: int, revision: int) -> Kept:
    """The contest at a revision that was read, and so committed, before: what is kept is never older than that."""
    contest = Contest.objects.get(pk=contest_id)
    rounds = Round.objects.with_calendar().filter(contest=contest_id).prefetch_related("quiz__quotas").order_by("order")
    found = tuple(rounds)
    for round in found:
        round.contest = contest
    documents = tuple(Document.objects.filter(contest=contest_id))
    return Kept(contest, found, documents, prose.html(contest.rules), prose.html(contest.prizes))
