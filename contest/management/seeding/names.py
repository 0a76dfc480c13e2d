"""Made-up people: names in the proportions of the Red River delta, birth years, phones that nobody has."""

from __future__ import annotations

from datetime import date
from random import Random

FAMILY = (
    "Nguyễn:384 Trần:110 Lê:95 Phạm:71 Hoàng:51 Phan:45 Vũ:39 Đặng:21 Bùi:20 Đỗ:18 Ngô:14 Dương:12 Đinh:10 Đào:9 "
    "Trịnh:9 Kiều:8 Chu:8 Phùng:7 Lưu:7 Cao:6 Tạ:5 Mai:5 Lương:5 Tống:3 Quách:2 Nghiêm:2"
)
MIDDLE = {
    "nam": "Văn:300 Đức:60 Hữu:55 Quang:55 Đình:50 Xuân:45 Minh:45 Công:40 Mạnh:35 Ngọc:35 Trọng:30 Thế:30 Duy:25 "
    "Anh:20 Tuấn:20 Bá:15 Viết:12 Huy:10 Gia:10",
    "nữ": "Thị:420 Thị_Thu:45 Thị_Kim:40 Thị_Ngọc:40 Thị_Thanh:40 Thị_Minh:35 Thị_Hồng:35 Thị_Bích:30 Thị_Thúy:25 "
    "Thu:30 Ngọc:25 Minh:20 Phương:20 Thùy:15 Khánh:12 Bảo:8 Thị_Ngọc_Diễm:3",
}
GIVEN = {
    "nam": "Hùng Dũng Cường Tuấn Hải Sơn Nam Thắng Long Bảo Quân Đức Hoàng Huy Khánh Kiên Lâm Minh Nghĩa Phúc Quý "
    "Tâm Thành Tiến Toàn Trung Tú Vinh Việt Hòa Bình Chiến Đạt Hiếu Khoa Lợi Mạnh Phong Thịnh Trường Tùng Hưng "
    "An Đông Luận",
    "nữ": "Hương Lan Hoa Hạnh Thủy Nga Mai Liên Nguyệt Yến Hà Thu Thảo Trang Linh Ngân Oanh Phương Quyên Thoa Tuyết "
    "Vân Xuân Anh Chi Dung Duyên Giang Hằng Hiền Hồng Huệ Khuê Loan Lý My Nhung Quỳnh Thanh Thơm Tươi Uyên "
    "Vui Bích Hòa",
}


def _weighted(text: str) -> tuple[list[str], list[int]]:
    pairs = [part.split(":") for part in text.split()]
    return [name.replace("_", " ") for name, _weight in pairs], [int(weight) for _name, weight in pairs]


_FAMILY = _weighted(FAMILY)
_MIDDLE = {sex: _weighted(text) for sex, text in MIDDLE.items()}
_GIVEN = {sex: text.split() for sex, text in GIVEN.items()}


def full_name(rng: Random) -> str:
    """Family name, middle names and given name of a man or a woman."""
    sex = rng.choice(("nam", "nữ"))
    (family,) = rng.choices(_FAMILY[0], _FAMILY[1])
    (middle,) = rng.choices(_MIDDLE[sex][0], _MIDDLE[sex][1])
    given = rng.choice([name for name in _GIVEN[sex] if name not in middle.split()])
    return f"{family} {middle} {given}"


def birth(rng: Random, *, is_member: bool, this_year: int) -> tuple[int, date | None]:
    """A year of birth, of one in three with the day; members are 22 to 82 years old, others 16 to 78."""
    youngest, oldest, usual = (22, 82, 45) if is_member else (16, 78, 30)
    year = this_year - int(rng.triangular(youngest, oldest, usual))
    return year, date(year, rng.randint(1, 12), rng.randint(1, 28)) if rng.random() < 0.35 else None


def phone(number: int) -> str:
    """A number of ten digits in a range that is given to nobody: 0900 0xx xxx."""
    return f"09000{number % 100_000:05}"
