"""The many: people on the units' lists and people who registered, with what they agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from contest.foundations import copying
from contest.management.seeding import cast, names
from contest.management.seeding.programme import Programme
from contest.management.seeding.tree import Place, Tree
from contest.rounds.models import Consent, Entrant

BATCH = 5000
ON_LISTS = 0.62  # the rest registered
EXEMPT = (
    "Ốm nặng, điều trị dài ngày",
    "Đi công tác, học tập ở nước ngoài",
    "Đảng viên được miễn công tác và sinh hoạt",
)
CLAIMS = (
    "Chi hội Phụ nữ chợ Vân Đình",
    "Hội Cựu chiến binh thôn",
    "Công ty may trong cụm công nghiệp",
    "Đang học ở Hà Nội",
)


@dataclass
class Member:
    """Somebody of the crowd, with what the rest of the seeding has to know of them."""

    entrant: Entrant
    eagerness: float  # how likely they take part, from 0 to 1
    skill: float  # how likely they know an answer
    periods: tuple[int, ...] | None = None  # fixed for the cast


def gather(programme: Programme, tree: Tree, count: int, *, now: datetime) -> Iterator[list[Member]]:
    """So many people are in the contest, the cast among them, batch by batch."""
    rng = Random(24)  # noqa: S311  (made-up people)
    came = _listed_at(programme, now)
    actors = list(_cast(programme, tree, came))
    yield actors
    moods = {place.unit.pk: rng.betavariate(5, 2.2) for place in tree.grassroots}
    weights = [_weight(place, rng) for place in tree.cells]
    for first in range(0, max(0, count - len(actors)), BATCH):
        size = min(BATCH, count - len(actors) - first)
        places = rng.choices(tree.cells, weights, k=size)
        users, entrants = [], []
        for number, place in enumerate(places, start=first):
            is_listed = rng.random() < ON_LISTS
            user = _user(rng, number, place, is_listed, now)
            if not is_listed or rng.random() < 0.15:
                user.signed_in_at = came + (now - came) * rng.random()
            users.append(user)
            entrants.append(_entrant(rng, programme, user, place, is_listed, came, now))
        copying.insert(users)
        for entrant, user in zip(entrants, users, strict=True):
            entrant.user = user
        copying.insert(entrants)
        yield [Member(entrant, _eagerness(rng, entrant, moods), _skill(rng)) for entrant in entrants]


def _listed_at(programme: Programme, now: datetime) -> datetime:
    """When the units' lists came in."""
    return min(programme.periods[0].opens_at, now) - timedelta(days=10)


def _cast(programme: Programme, tree: Tree, came: datetime) -> Iterator[Member]:
    for person in cast.ENTRANTS:
        place = tree.named(*person.unit)
        user = cast.appear(person, place.unit)
        is_listed = bool(person.party_card)
        entrant = Entrant.objects.create(
            contest=programme.contest,
            user=user,
            unit=place.unit,
            unit_path=place.path,
            block=place.block,
            origin=Entrant.Origin.ROSTER if is_listed else Entrant.Origin.REGISTERED,
            is_obliged=is_listed,
            unit_confirmed_at=came,
        )
        yield Member(entrant, 1.0, 0.97, person.periods)


def _weight(place: Place, rng: Random) -> float:
    """How large a unit is beside the others."""
    is_alone = len(place.path) == 2  # a cell that is a grassroots organization by itself
    is_village = "thôn" in place.unit.name or "tổ dân phố" in place.unit.name
    return rng.uniform(0.5, 1.5) * (4.0 if is_alone else 1.6 if is_village else 1.0)


def _user(rng: Random, number: int, place: Place, is_listed: bool, now: datetime) -> User:
    is_member = is_listed and rng.random() < 0.9
    year, day = names.birth(rng, is_member=is_member, this_year=now.year)
    has_phone = rng.random() < (0.93 if is_listed else 1)
    shared = rng.random() < 0.04
    user = User(
        full_name=names.full_name(rng),
        birth_year=year,
        birth_date=day,
        phone=names.phone(1000 + number - (1 if shared else 0)) if has_phone else "",
        party_card=f"29.{200_000 + number:06}" if is_member else None,
        is_party_member=is_member,
        unit=place.unit,
        password=UNUSABLE_PASSWORD_PREFIX,
    )
    user.set_keys()
    return user


def _entrant(
    rng: Random, programme: Programme, user: User, place: Place, is_listed: bool, came: datetime, now: datetime
) -> Entrant:
    is_exempt = is_listed and rng.random() < 0.015
    is_lost = not is_listed and rng.random() < 0.03
    return Entrant(
        contest=programme.contest,
        unit=None if is_lost else place.unit,
        unit_path=[] if is_lost else place.path,
        unit_claim=rng.choice(CLAIMS) if is_lost else "",
        block="" if is_lost else place.block,
        origin=Entrant.Origin.ROSTER if is_listed else Entrant.Origin.REGISTERED,
        is_obliged=is_listed and not is_exempt,
        exempt_reason=rng.choice(EXEMPT) if is_exempt else "",
        unit_confirmed_at=came if is_listed else now if not is_lost and rng.random() < 0.7 else None,
    )


def _eagerness(rng: Random, entrant: Entrant, moods: dict[int, float]) -> float:
    """By the unit's zeal and one's own; people who registered by themselves come more gladly."""
    mood = next((moods[unit] for unit in entrant.unit_path if unit in moods), 0.5)
    return max(0.02, min(1.0, 0.75 * mood + rng.uniform(0, 0.5) + (0.1 if not entrant.is_obliged else 0)))


def _skill(rng: Random) -> float:
    return 0.55 + 0.45 * rng.betavariate(4, 1.4)


def agree(programme: Programme, members: list[Member], *, now: datetime) -> None:
    """Whoever has taken part, or registered, agreed to what is needed, and most to the rest."""
    rng = Random(7)  # noqa: S311  (made-up consents)
    consents = []
    for member in members:
        user = member.entrant.user
        if user.signed_in_at is None and member.entrant.origin == Entrant.Origin.ROSTER:
            continue
        given = user.signed_in_at or now
        consents += [
            Consent(user=user, text=text, given_at=given)
            for text in programme.texts
            if text.is_required or rng.random() < 0.95
        ]
    copying.insert(consents)


def arrive(programme: Programme, *, now: datetime) -> None:
    """People came in with their unit's list, or on the day on which they registered and so first signed in."""
    people = Entrant.objects.filter(contest=programme.contest)
    people.filter(origin=Entrant.Origin.ROSTER).update(created_at=_listed_at(programme, now))
    first = User.objects.filter(pk=OuterRef("user"), signed_in_at__isnull=False).values("signed_in_at")
    registered = people.filter(origin=Entrant.Origin.REGISTERED)
    registered.update(created_at=Coalesce(Subquery(first), _listed_at(programme, now)))
