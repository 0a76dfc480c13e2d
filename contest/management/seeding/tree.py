"""The Party organization of Ứng Hòa in 2023: 56 grassroots organizations (35 committees, 21 cells), 356 cells in all.

The places are real; which cells a commune has, and what numbers they bear, is made up (those of Phương Tú follow its
villages).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Unit
from contest.foundations import copying

DISTRICT = "Đảng bộ huyện Ứng Hòa"
TOWN = "Vân Đình"
COMMUNES = (
    "Cao Thành",
    "Đại Cường",
    "Đại Hùng",
    "Đội Bình",
    "Đông Lỗ",
    "Đồng Tiến",
    "Đồng Tân",
    "Hoa Sơn",
    "Hòa Lâm",
    "Hòa Nam",
    "Hòa Phú",
    "Hòa Xá",
    "Hồng Quang",
    "Kim Đường",
    "Liên Bạt",
    "Lưu Hoàng",
    "Minh Đức",
    "Phù Lưu",
    "Phương Tú",
    "Quảng Phú Cầu",
    "Sơn Công",
    "Tảo Dương Văn",
    "Trầm Lộng",
    "Trung Tú",
    "Trường Thịnh",
    "Vạn Thái",
    "Viên An",
    "Viên Nội",
)
PHUONG_TU = (
    "thôn Ngọc Động",
    "thôn Động Phí",
    "thôn Phí Trạch",
    "thôn Hậu Xá",
    "thôn Dương Khê",
    "thôn Nguyễn Xá",
    "Trường Tiểu học Phương Tú",
    "Trường Trung học cơ sở Phương Tú",
    "Cơ quan xã, Quân sự, Công an và Trạm Y tế",
    "Hợp tác xã Dịch vụ nông nghiệp Phương Tú",
)
AGENCIES = {  # committees with so many cells
    "Đảng bộ Cơ quan Huyện ủy, Mặt trận Tổ quốc và các đoàn thể huyện": 8,
    "Đảng bộ Cơ quan Ủy ban nhân dân huyện": 8,
    "Đảng bộ Công an huyện": 8,
    "Đảng bộ Quân sự huyện": 7,
    "Đảng bộ Bệnh viện đa khoa Vân Đình": 7,
    "Đảng bộ Trung tâm Y tế huyện": 7,
}
SCHOOLS = (
    "Trường Trung học phổ thông Ứng Hòa A",
    "Trường Trung học phổ thông Ứng Hòa B",
    "Trường Trung học phổ thông Trần Đăng Ninh",
    "Trường Trung học phổ thông Đại Cường",
    "Trường Trung học phổ thông Lưu Hoàng",
    "Trung tâm Giáo dục nghề nghiệp – Giáo dục thường xuyên",
)
OFFICES = (
    "Tòa án nhân dân huyện",
    "Viện kiểm sát nhân dân huyện",
    "Chi cục Thi hành án dân sự huyện",
    "Kho bạc Nhà nước Ứng Hòa",
    "Chi cục Thuế khu vực",
    "Bảo hiểm xã hội huyện",
    "Ngân hàng Chính sách xã hội huyện",
    "Ngân hàng Nông nghiệp và Phát triển nông thôn huyện",
    "Công ty Điện lực Ứng Hòa",
    "Bưu điện huyện",
    "Xí nghiệp Đầu tư phát triển thủy lợi Ứng Hòa",
    "Trung tâm Văn hóa – Thông tin và Thể thao huyện",
    "Ban Quản lý dự án đầu tư xây dựng huyện",
    "Trung tâm Phát triển quỹ đất huyện",
    "Chi nhánh Văn phòng đăng ký đất đai huyện",
)
OF_COMMUNES, OF_AGENCIES, OF_SCHOOLS = "Khối xã, thị trấn", "Khối cơ quan, đơn vị", "Khối trường học"


@dataclass(frozen=True)
class Place:
    """A unit that people belong to, with its path and its block."""

    unit: Unit
    path: list[int]
    block: str


@dataclass
class Tree:
    """The units, once they are rows."""

    root: Unit
    grassroots: list[Place] = field(default_factory=list)
    cells: list[Place] = field(default_factory=list)  # all 356, those among the grassroots too

    def named(self, *names: str) -> Place:
        """The one place whose unit, and those above it, bear these names."""
        wanted = names[-1]
        found = [place for place in (*self.grassroots, *self.cells) if place.unit.name == wanted]
        above = {place.unit.pk for place in self.grassroots if place.unit.name == names[0]}
        return next(place for place in found if len(names) == 1 or above & {*place.path})


def plant() -> Tree:
    """The whole tree is in the table; three statements, one a level."""
    root = Unit(name=DISTRICT, code="UH", kind=Unit.Kind.COMMITTEE)
    _keep([root])
    tree = Tree(root)
    committees = list(_committees(root))
    _keep([unit for unit, _cells, _block in committees])
    below = []
    for number, (unit, cells, block) in enumerate(committees):
        place = Place(unit, [root.pk, unit.pk], block)
        tree.grassroots.append(place)
        if not cells:
            tree.cells.append(place)
        for order, name in enumerate(cells, start=1):
            cell = Unit(name=name, code=f"{committees[number][0].code}.{order:02}", kind=Unit.Kind.CELL, parent=unit)
            below.append((cell, place))
    _keep([cell for cell, _place in below])
    tree.cells += [Place(cell, [*place.path, cell.pk], place.block) for cell, place in below]
    return tree


def _keep(units: list[Unit]) -> None:
    for unit in units:
        unit.set_keys()
    copying.insert(units)


def _committees(root: Unit) -> Iterator[tuple[Unit, list[str], str]]:
    """The 56 grassroots organizations, each with the names of the cells below it."""
    communes = [f"Đảng bộ thị trấn {TOWN}", *(f"Đảng bộ xã {name}" for name in COMMUNES)]
    number = 0
    for name in communes:
        number += 1
        yield _unit(root, number, name, OF_COMMUNES), list(_cells_of(name)), OF_COMMUNES
    for name, count in AGENCIES.items():
        number += 1
        yield (
            _unit(root, number, name, OF_AGENCIES),
            [f"Chi bộ số {place}" for place in range(1, count + 1)],
            OF_AGENCIES,
        )
    for names, block in ((SCHOOLS, OF_SCHOOLS), (OFFICES, OF_AGENCIES)):
        for name in names:
            number += 1
            yield _unit(root, number, f"Chi bộ {name}", block, Unit.Kind.CELL), [], block


def _unit(root: Unit, number: int, name: str, block: str, kind: str = Unit.Kind.COMMITTEE) -> Unit:
    return Unit(name=name, code=f"UH.{number:02}", kind=kind, block=block, parent=root)


def _cells_of(committee: str) -> Iterator[str]:
    """Ten cells of a commune or of the town."""
    is_town = "thị trấn" in committee
    place = committee.removeprefix("Đảng bộ thị trấn ").removeprefix("Đảng bộ xã ")
    if place == "Phương Tú":
        yield from (f"Chi bộ {name}" for name in PHUONG_TU)
        return
    kind = "thị trấn" if is_town else "xã"
    yield from (f"Chi bộ {'tổ dân phố' if is_town else 'thôn'} số {number}" for number in range(1, 6))
    yield f"Chi bộ Trường Mầm non {place}"
    yield f"Chi bộ Trường Tiểu học {place}"
    yield f"Chi bộ Trường Trung học cơ sở {place}"
    yield f"Chi bộ Cơ quan {kind} {place}"
    yield f"Chi bộ Hợp tác xã Dịch vụ nông nghiệp {place}"
