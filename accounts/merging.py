"""Two accounts of one person become one: people forget codes, and then they register again."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import slips
from accounts.models import User
from contest.foundations.ledger import writing as ledger
from contest.foundations.refusing import Refused

FILLED = ("birth_date", "birth_year", "phone", "party_card", "email", "unit_id", "citizen_number_encrypted")
UNIQUE = ("party_card", "email", "citizen_number_encrypted", "citizen_number_hash")


@transaction.atomic
def absorb(keep: User, double: User, *, by: User | None, reason: str, now: datetime) -> User:
    """`keep` has what it lacked of the other's data and ways in; the double is closed, and its slip void.

    What the person did in contests is not moved here: rooms above see by `merged_into` whose it is now. Refuses
    whoever may open the admin, one account twice, and one that is closed already.
    """
    held = {
        user.pk: user
        for user in User.objects.select_for_update(no_key=True).filter(pk__in=[keep.pk, double.pk]).order_by("pk")
    }
    keep, double = held[keep.pk], held[double.pk]
    if keep == double:
        raise Refused(_("That is one and the same account."), code="same")
    if not (keep.may_hold_slip() and double.may_hold_slip()):
        raise Refused(_("Accounts that are closed or may open the admin are not merged."), code="staff")
    given = {name: getattr(double, name) for name in (*FILLED, *UNIQUE)}
    slips.revoke(double, by=by, now=now)
    double.refresh_from_db()
    for name in UNIQUE:
        setattr(double, name, None)
    double.is_active = False
    double.merged_into = keep
    double.save()
    for name in FILLED:
        if not getattr(keep, name):
            setattr(keep, name, given[name])
            if name == "citizen_number_encrypted":
                keep.citizen_number_hash = given["citizen_number_hash"]
    keep.is_party_member = keep.is_party_member or double.is_party_member
    moments = [moment for moment in (keep.signed_in_at, double.signed_in_at) if moment]
    keep.signed_in_at = min(moments, default=None)
    keep.save()
    SocialAccount.objects.filter(user=double).update(user=keep)
    data = {"double": double.pk, "reason": reason}
    ledger.append(now=now, actor=by, action="people.merged", subject=keep, data=data)
    return keep
