"""Personal slips: issued, printed anew, revoked. A slip opens an entrant's account and never a staff role."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Slip, User, new_stamp
from contest.foundations import language
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused
from contest.foundations.secrets import keyed_hash

BATCH = 2000
LEDGER_BATCH = 500  # people a ledger entry


@dataclass(frozen=True)
class Issued:
    """A slip with its secrets, which are known only now: afterwards there are hashes."""

    slip: Slip
    code: str
    token: str


def token_hash(token: str) -> bytes:
    """What is kept of a link's secret."""
    return keyed_hash(token, purpose="slip link")


def code_hash(user_id: int, code: str) -> bytes:
    """What is kept of a code; the same code has another hash for every person."""
    return keyed_hash(f"{user_id}\0{code}", purpose="slip code")


def new_code() -> str:
    """Eight characters that nobody misreads: 39.6 bits."""
    return "".join(secrets.choice(language.CODE_ALPHABET) for _place in range(language.CODE_LENGTH))


def new_token() -> str:
    """A link's secret: 128 bits."""
    return secrets.token_urlsafe(16)


def derived(name: str) -> tuple[str, str]:
    """A code and a link's secret that follow from CODE_KEY and a name, always the same: the demo prints them."""
    drawn = int.from_bytes(keyed_hash(name, purpose="derived code"))
    code = ""
    for _place in range(language.CODE_LENGTH):
        drawn, place = divmod(drawn, len(language.CODE_ALPHABET))
        code += language.CODE_ALPHABET[place]
    return code, keyed_hash(name, purpose="derived link").hex()[:32]


def url_for(token: str) -> str:
    """The link of a slip, as its QR code says it."""
    return f"{settings.SITE_URL}/s/{token}/"


@transaction.atomic
def issue(
    users: User | Iterable[User],
    *,
    by: User | None,
    now: datetime,
    code: str | None = None,
    token: str | None = None,
    ends_sessions: bool = False,
    contest_id: int | None = None,
) -> list[Issued]:
    """Each person has one valid slip, the new one; refused as a whole when one of them may open the admin.

    `code` and `token` are given for a single person only, whose slip stays if it has them already. `ends_sessions` is
    for a slip that got lost: who signed in with it is out as well; a sheet printed again for a unit disturbs nobody.
    The ledger keeps `contest_id`, so that the contest's organizers see who printed.
    """
    people = [users] if isinstance(users, User) else list(users)
    if (code or token) and len(people) != 1:
        raise ValueError("a code is given for one person")
    locked = lock(people)
    if closed := [user for user in locked if not user.may_hold_slip()]:
        raise Refused(
            _("A slip never opens an account that may open the admin, or one that is closed: %(name)s.")
            % {"name": closed[0]},
            code="staff",
        )
    if code and token and (same := valid_with(locked[0], code, token)):
        return [Issued(same, code, token)]
    void(people, now=now, ends_sessions=ends_sessions)
    made = [(user, code or new_code(), token or new_token()) for user in locked]
    slips = Slip.objects.bulk_create(
        [
            Slip(
                user=user,
                code_hash=code_hash(user.pk, language.typed_code(chosen)),
                token_hash=token_hash(link),
                issued_at=now,
                issued_by=by,
            )
            for user, chosen, link in made
        ],
        batch_size=BATCH,
    )
    record("slips.issued", people, by=by, now=now, contest_id=contest_id)
    return [Issued(slip, chosen, link) for slip, (_user, chosen, link) in zip(slips, made, strict=True)]


def valid_with(user: User, code: str, token: str) -> Slip | None:
    """The person's valid slip, if it has these secrets."""
    secrets_kept = {"token_hash": token_hash(token), "code_hash": code_hash(user.pk, language.typed_code(code))}
    return Slip.objects.valid().filter(user=user, **secrets_kept).first()


@transaction.atomic
def revoke(users: User | Iterable[User], *, by: User | None, now: datetime, ends_sessions: bool = True) -> int:
    """These people's slips open nothing any more, and whoever came in by one is out; how many were valid."""
    people = lock([users] if isinstance(users, User) else list(users))
    voided = void(people, now=now, ends_sessions=ends_sessions)
    if voided:
        record("slips.revoked", people, by=by, now=now)
    return voided


def lock(people: Sequence[User]) -> list[User]:
    """The people as they are now, in the order given; nobody else issues or revokes their slips meanwhile."""
    ids = [user.pk for user in people]
    locked = {user.pk: user for user in User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    return [locked[pk] for pk in dict.fromkeys(ids)]


def void(people: Iterable[User], *, now: datetime, ends_sessions: bool) -> int:
    """Their valid slips are void."""
    ids = [user.pk for user in people]
    if ends_sessions:
        for pk in ids:
            User.objects.filter(pk=pk).update(session_stamp=new_stamp(), ended_sessions=[])
    return Slip.objects.filter(user__in=ids, revoked_at=None).update(revoked_at=now)


def record(
    action: str, people: Sequence[User], *, by: User | None, now: datetime, contest_id: int | None = None
) -> None:
    """Who did it for whom stands in the ledger."""
    ids = sorted({user.pk for user in people})
    for first in range(0, len(ids), LEDGER_BATCH):
        some = ids[first : first + LEDGER_BATCH]
        subject = f"accounts.user:{some[0]}" if len(ids) == 1 else f"accounts.user:{some[0]}–{some[-1]}"
        ledger.append(now=now, actor=by, action=action, subject=subject, data={"people": some}, contest_id=contest_id)
