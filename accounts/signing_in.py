"""Ways in: the personal slip, and what every way in has in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

from django.contrib.auth import BACKEND_SESSION_KEY, login, logout
from django.contrib.auth.backends import BaseBackend
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import guarding, sessions, slips
from accounts.models import Slip, User, bare, new_stamp
from accounts.requests import Request
from contest.foundations import language, prepared
from contest.foundations.refusing import Refused
from contest.foundations.secrets import keyed_hash

BACKEND = "accounts.signing_in.Backend"
SHARED_DEVICE = timedelta(hours=12)  # how long a sign-in lasts on a device that is not one's own
MOST_ENDED = 20  # sessions that are remembered as signed out, one by one


# Each page of an entrant begins with one of these.
PERSON = prepared.columns(User, "person")
BY_ID = f"""
    SELECT {PERSON} FROM accounts_user AS person
    WHERE id = %(id)s AND is_active AND NOT is_staff AND NOT is_superuser
"""  # noqa: S608  (only names of columns are put in)
BY_LINK = f"""
    SELECT {PERSON} FROM accounts_user AS person JOIN accounts_slip AS slip ON slip.user_id = person.id
    WHERE slip.token_hash = %(hash)s AND slip.revoked_at IS NULL AND is_active AND NOT is_staff AND NOT is_superuser
"""  # noqa: S608
FIRST = "UPDATE accounts_user SET signed_in_at = %(now)s WHERE id = %(id)s AND signed_in_at IS NULL"


class Backend(BaseBackend):
    """Loads the person of a session that a slip opened. It authenticates nobody by itself, and gives no permission."""

    def get_user(self, user_id: int) -> User | None:
        """The person, unless they are inactive or may open the admin by now: a slip never opens a staff role."""
        row = prepared.row(BY_ID, {"id": user_id})
        return prepared.load(User, row) if row else None


# --- By slip ---------------------------------------------------------------------------------------------------------
def by_link(token: str) -> User | None:
    """The person whose valid slip has this link, if there is one."""
    row = prepared.row(BY_LINK, {"hash": slips.token_hash(token)})
    return prepared.load(User, row) if row else None


def by_code(identifier: str, code: str, *, now: datetime) -> User:
    """The person of that party card, phone or citizen number whose valid slip has this code.

    A phone may be a family's: each of its people is tried. Unknown people and wrong codes are refused in the same words
    and after the same steps; wrong codes make the next guess wait, on the identifier and on each account it may mean.
    """
    spelled, reach = readings(identifier)
    tried = list(Slip.objects.valid().alias(card=bare("user__party_card")).filter(reach).select_related("user"))
    typed = guarding.typed(spelled)
    accounts = [guarding.account(slip.user_id) for slip in tried] or [guarding.nobody(spelled)]
    with transaction.atomic():
        held = guarding.hold([typed, *accounts], now=now)
        is_blocked = held.is_blocked(typed) or all(held.is_blocked(account) for account in accounts)
        looked_at = [account for account in accounts if not is_blocked and not held.is_blocked(account)]
        found = match([slip for slip in tried if guarding.account(slip.user_id) in looked_at], code)
        if found:
            held.forget([typed, guarding.account(found.user_id)])
            return found.user
        if looked_at:
            held.miss([typed, *looked_at])
        wait = held.wait([typed, *accounts])
    guarding.count(now)
    raise refusal(wait, was_looked_at=bool(looked_at))


def readings(identifier: str) -> tuple[str, Q]:
    """What was typed in one spelling, and whom it may mean: a phone, a citizen number or a party card."""
    card = "".join(c for c in language.clean(identifier).upper() if c not in " ./-")
    spelled, reach = f"card:{card}", Q(card=card)
    try:
        number, _warnings = language.citizen_number(identifier)
    except language.BadInput:
        pass
    else:
        spelled = f"citizen:{number}"
        reach |= Q(user__citizen_number_hash=keyed_hash(number, purpose="citizen number"))
    try:
        phone = language.phone(identifier)
    except language.BadInput:
        pass
    else:
        spelled = f"phone:{phone}"
        reach |= Q(user__phone=phone)
    return spelled, reach


def match(tried: Sequence[Slip], code: str) -> Slip | None:
    """The slip that has the code. All are compared, and one hash is made even where there is nothing to compare."""
    right = [slip for slip in tried if compare_digest(bytes(slip.code_hash), slips.code_hash(slip.user_id, code))]
    if not tried:
        slips.code_hash(0, code)
    return right[0] if right else None


def refusal(wait: timedelta, *, was_looked_at: bool) -> Refused:
    """The sentence for a wrong code, or for one that came too early."""
    if not was_looked_at:
        return Refused(
            _("Too many wrong codes. You can try again in %(wait)s; the QR code on the slip works at once.")
            % {"wait": guarding.in_words(wait)},
            code="blocked",
        )
    wrong = _("The number and the code do not belong together. Look at both on the slip again.")
    if wait:
        later = _("You can try again in %(wait)s; the QR code on the slip works at once.")
        wrong = f"{wrong} {later % {'wait': guarding.in_words(wait)}}"
    return Refused(wrong, code="wrong")


# --- Being in, and leaving -------------------------------------------------------------------------------------------
def enter(request: Request, user: User, *, own_device: bool = False) -> None:
    """The person is signed in on this device, until tomorrow or, if it is their own, for weeks; who was in is out."""
    if request.user.is_authenticated and request.user != user:
        leave(request)
    login(request, user, backend=BACKEND)
    sessions.number(request)
    request.session.set_expiry(None if own_device else int(SHARED_DEVICE.total_seconds()))
    note_first(user, now=request.now)


def note_first(user: User, *, now: datetime) -> None:
    """When the person first signed in is known."""
    if user.signed_in_at is None:
        prepared.execute(FIRST, {"now": now, "id": user.pk})
        user.signed_in_at = now


def leave(request: Request) -> None:
    """The session of this device is over, in each copy of its cookie; the person's other devices stay signed in."""
    user = request.user
    # What a slip opened began in a cookie, also where a row has taken its place since.
    was_cookie = is_by_slip(request) or not sessions.is_row(request.session.session_key)
    if isinstance(user, User) and was_cookie:
        end_session(user, request.session.get(sessions.NUMBER, ""))
    logout(request)


@transaction.atomic
def end_session(user: User, number: str) -> None:
    """The cookie of that session opens nothing. Without its number, or when too many are remembered, none does."""
    held = User.objects.select_for_update(no_key=True).only("ended_sessions").get(pk=user.pk)
    if number and len(held.ended_sessions) < MOST_ENDED:
        User.objects.filter(pk=user.pk).update(ended_sessions=[*held.ended_sessions, number])
    else:
        end_sessions(user)


def end_sessions(user: User) -> None:
    """The person is signed out everywhere; whoever gives somebody a staff role calls it."""
    user.session_stamp, user.ended_sessions = new_stamp(), []
    User.objects.filter(pk=user.pk).update(session_stamp=user.session_stamp, ended_sessions=[])


def is_by_slip(request: Request) -> bool:
    """Whether a slip opened this session: it lets its person take part, and opens no further doors."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == BACKEND)
