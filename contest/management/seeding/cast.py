"""Who can be signed in as: made-up people with fixed names, numbers and codes, so that they can stand in the README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from accounts import slips
from accounts.models import Unit, User
from contest.foundations.language import spaced_code
from contest.rounds.models import Office

PASSWORD = "ung-hoa-demo"  # noqa: S105  (of made-up people on one's own machine)


@dataclass(frozen=True)
class Person:
    """Somebody who can be signed in as."""

    key: str
    full_name: str
    about: str
    birth_date: date
    phone: str
    party_card: str = ""
    email: str = ""
    role: str = ""
    unit: tuple[str, ...] = ()
    periods: tuple[int, ...] = ()  # in which they have taken part, if those are over or open

    @property
    def has_slip(self) -> bool:
        """Whether a slip lets them in; staff come in by e-mail and password."""
        return self.role in {"", Office.Role.UNIT_MANAGER}


PHUONG_TU = "Đảng bộ xã Phương Tú"
ENTRANTS = (
    Person(
        "member",
        "Nguyễn Thị Hương",
        "party member, obliged; with STAGE=open has not taken this week's quiz",
        date(1975, 9, 2),
        "0900000101",
        party_card="29.104857",
        unit=(PHUONG_TU, "Chi bộ thôn Ngọc Động"),
        periods=(1, 2),
    ),
    Person(
        "done",
        "Trần Thị Bích Liên",
        "party member; has taken the quiz in every week that has opened",
        date(1990, 3, 18),
        "0900000102",
        party_card="29.112083",
        unit=(PHUONG_TU, "Chi bộ Trường Trung học cơ sở Phương Tú"),
        periods=(1, 2, 3, 4),
    ),
    Person(
        "citizen",
        "Lê Minh Khôi",
        "citizen who registered; not a member",
        date(2001, 11, 25),
        "0900000103",
        unit=("Đảng bộ xã Trung Tú",),
        periods=(2,),
    ),
    Person(
        "newcomer",
        "Phùng Văn Sửu",
        "party member, 76; has never signed in",
        date(1950, 2, 6),
        "0900000104",
        party_card="29.088215",
        unit=(PHUONG_TU, "Chi bộ thôn Nguyễn Xá"),
    ),
)
STAFF = (
    Person(
        "manager",
        "Nguyễn Hữu Nghĩa",
        "unit manager of Đảng bộ xã Phương Tú",
        date(1979, 6, 12),
        "0900000111",
        email="nghia@demo.example",
        role=Office.Role.UNIT_MANAGER,
    ),
    Person(
        "organizer",
        "Vũ Thị Lan",
        "organizer",
        date(1982, 4, 30),
        "0900000112",
        email="lan@demo.example",
        role=Office.Role.ORGANIZER,
    ),
    Person(
        "secretary",
        "Trịnh Thu Hằng",
        "organizer, of the secretariat",
        date(1988, 10, 15),
        "0900000116",
        email="hang@demo.example",
        role=Office.Role.ORGANIZER,
    ),
    Person(
        "editor",
        "Đỗ Quang Minh",
        "question editor",
        date(1977, 1, 9),
        "0900000113",
        email="minh@demo.example",
        role=Office.Role.EDITOR,
    ),
    Person(
        "chair",
        "Nguyễn Đình Khoa",
        "judge, chair of the panel",
        date(1965, 5, 19),
        "0900000117",
        email="khoa@demo.example",
        role=Office.Role.JUDGE,
    ),
    Person(
        "judge",
        "Hoàng Thị Thanh Vân",
        "judge",
        date(1970, 8, 21),
        "0900000114",
        email="van@demo.example",
        role=Office.Role.JUDGE,
    ),
    Person(
        "observer",
        "Bùi Đức Toàn",
        "observer",
        date(1966, 12, 3),
        "0900000115",
        email="toan@demo.example",
        role=Office.Role.OBSERVER,
    ),
)


def appear(person: Person, unit: Unit | None = None) -> User:
    """The person, with a password where there is an address."""
    user = User(
        full_name=person.full_name,
        birth_date=person.birth_date,
        phone=person.phone,
        party_card=person.party_card or None,
        is_party_member=bool(person.party_card or person.role),
        email=person.email or None,
        unit=unit,
    )
    user.set_password(PASSWORD if person.email else None)
    user.save()
    return user


def hand_slip(person: Person, user: User, *, now: datetime) -> None:
    """The person's slip, whose code and link follow from the demo's key."""
    code, token = slips.derived(f"demo {person.key}")
    slips.issue(user, by=None, now=now, code=code, token=token)


def who() -> Sequence[dict[str, str]]:
    """What to sign in with, as a table says it; nothing of it depends on the day."""
    rows = []
    for person in (*ENTRANTS, *STAFF):
        code, token = slips.derived(f"demo {person.key}")
        row = {"name": person.full_name, "about": person.about}
        if person.has_slip:
            row |= {
                "identifier": person.party_card or person.phone,
                "code": spaced_code(code),
                "link": slips.url_for(token),
            }
        if person.email:
            row |= {"email": person.email, "password": PASSWORD, "page": f"{settings.SITE_URL}/account/login/"}
        rows.append(row)
    return rows
