"""People for whom an identity provider vouches: who they are here, or what registration may take over of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest

from accounts.models import User
from contest.foundations import language, secrets

PENDING = "newcomer"  # in the session, encrypted


@dataclass(frozen=True)
class Claims:
    """What a provider says of a person, as far as it says it in a form that we can read."""

    full_name: str = ""
    birth: str = ""  # dd/mm/yyyy or the year
    citizen_number: str = ""
    email: str = ""  # only where the provider says that it was verified

    @classmethod
    def of(cls, said: Mapping[str, Any], *, citizen_claim: str) -> Self:
        """The claims of an ID token or of a userinfo answer; what can't be read is left out."""
        try:
            number, _warnings = language.citizen_number(str(said.get(citizen_claim, "")))
        except language.BadInput:
            number = ""
        try:
            year, day = language.birth(str(said.get("birthdate", "")))
        except language.BadInput:
            birth = ""
        else:
            birth = day.strftime("%d/%m/%Y") if day else str(year)
        return cls(
            full_name=language.clean(str(said.get("name", "")))[:120],
            birth=birth,
            citizen_number=number,
            email=str(said.get("email", "")).lower() if said.get("email_verified") is True else "",
        )

    def person(self) -> User | None:
        """Who that is here: by citizen number where the provider tells it, else by verified e-mail address."""
        found: User | None
        if self.citizen_number:
            number = secrets.keyed_hash(self.citizen_number, purpose="citizen number")
            found = User.objects.filter(citizen_number_hash=number).first()
            if found:
                return found
        found = User.objects.filter(email=self.email).first() if self.email else None
        # Another citizen number is another person, whatever the address says.
        return None if found and found.citizen_number_hash and self.citizen_number else found


def remember(request: HttpRequest, claims: Claims, *, provider: str, uid: str) -> None:
    """Registration finds the claims in this session."""
    kept = json.dumps({"claims": asdict(claims), "provider": provider, "uid": uid})
    request.session[PENDING] = secrets.encrypt(kept).decode()


def pending(request: HttpRequest) -> Claims | None:
    """What a provider said of the person who is about to register, if one did."""
    kept = request.session.get(PENDING)
    return Claims(**json.loads(secrets.decrypt(kept.encode()))["claims"]) if kept else None


def adopt(request: HttpRequest, user: User) -> None:
    """The person who has just registered comes in by that provider from now on; nothing without a pending one."""
    if kept := request.session.pop(PENDING, None):
        known = json.loads(secrets.decrypt(kept.encode()))
        SocialAccount.objects.get_or_create(provider=known["provider"], uid=known["uid"], defaults={"user": user})
