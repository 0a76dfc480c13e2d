"""Vietnamese as people type it and read it; the pure functions are tried by the thousand."""

import contextlib
import random
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contest.foundations import language
from contest.foundations.language import BadInput
from tests.thorough import examples

texts = st.text(st.characters(codec="utf-8"), max_size=40)
INITIALS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
RIMES = (
    "a ai am an ang anh ao au ay ăm ăn ăng âm ân âng âu ây e em en eng eo ê êm ên ênh êu i ia im in inh iu iêm iên "
    "iêng iêu o oa oai oan oang oay oe oi om on ong ô ôi ôm ôn ông ơ ơi ơm ơn u ua uân uê ui um un ung uôi uôn uông "
    "ươi ươn ương uy uyên ư ưa ưng ưu ươu"
)
STOPPED = (
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êch êp êt ich ip it iêc iêp iêt oat oc op ot ôc ôp ôt ơp ơt uât uc up ut "
    "uôc uôt ưc ưt ươc ươt uyêt"
)
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]


def syllables():
    """Vietnamese syllables with each tone, on the vowel where it is usually written."""
    for initial in INITIALS.split():
        for rime in [*RIMES.split(), *STOPPED.split()]:
            for tone in TONES if rime in RIMES.split() else TONES[4:]:
                vowels = [at for at, c in enumerate(rime) if unicodedata.normalize("NFD", c)[0] in "aeiouy"]
                at = vowels[-1] if len(rime) > vowels[-1] + 1 or len(vowels) == 1 else vowels[-2]
                yield unicodedata.normalize("NFC", initial + rime[: at + 1] + tone + rime[at + 1 :])


SYLLABLES = sorted(set(syllables()))


# Spelling ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nguyễn\t Văn \u200b Bảo\n", "Nguyễn Văn Bảo"),
        (unicodedata.normalize("NFD", "Đặng Thị Kim Thoa"), "Đặng Thị Kim Thoa"),
        ("Ðặng", "Đặng"),  # U+00D0, as old converters write it
        ("Hu\u00adế\u2060\ufeff", "Huế"),
        ("e\u0301\u0302", "ế"),  # the tone typed before the hat
        ("e\u200b\u0302\u0301", "ế"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("\u00a0 \u3000", ""),
    ],
)
def test_clean(typed, kept):
    assert language.clean(typed) == kept


@given(texts)
def test_what_is_clean_stays_as_it_is(text):
    once = language.clean(text)
    assert language.clean(once) == once == language.nfc(once)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hòa Xá", "hoà  xá"), ("ĐẶNG", "đặng"), ("Thuỷ", "Thủy"), ("H’Hen Niê", "h'hen nie"), ("Quý", "QUI"[:2] + "y")],
)
def test_search_finds_both_spellings(one, other):
    assert language.fold(one) == language.fold(other)


def test_the_search_form_is_plain():
    assert language.fold("Đảng bộ  Xã Phương Tú") == "dang bo xa phuong tu"
    assert all(language.fold(syllable).isascii() for syllable in SYLLABLES)


@given(texts)
def test_folding_twice_is_folding_once(text):
    once = language.fold(text)
    assert language.fold(once) == once


# Order ---------------------------------------------------------------------------------------------------------------

AL = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
IDX = {c: i + 11 for i, c in enumerate(AL)}
TONE = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
MARK = {("a", "\u0306"): "ă", ("a", "\u0302"): "â", ("e", "\u0302"): "ê", ("o", "\u0302"): "ô", ("o", "\u031b"): "ơ"}
MARK["u", "\u031b"] = "ư"


def key(s):
    """The key that sorted 7,776 strings exactly as ICU's vi_VN does, as a tuple."""
    prim: list[float] = []
    tones: list[int] = []
    last = ""
    for ch in unicodedata.normalize("NFD", s.casefold()):
        if ch in TONE:
            if tones:
                tones[-1] = TONE[ch]
        elif ch in "\u0306\u0302\u031b":
            if prim and (last, ch) in MARK:
                prim[-1] = IDX[MARK[last, ch]]
        else:
            last = ch
            tones.append(0)
            prim.append(IDX.get(ch, 1 if ch == " " else 2 + int(ch) * 0.5 if ch.isdecimal() else 60))
    return prim, tones


phrases = st.lists(st.sampled_from([*SYLLABLES, "7", "10", "A1", "H'", "(x)"]), min_size=1, max_size=4).map(" ".join)


@examples(300)
@given(phrases, phrases)
def test_bytes_sort_as_the_reference_does(one, other):
    assert (language.sort_key(one) < language.sort_key(other)) == (key(one) < key(other))
    assert (language.sort_key(one) == language.sort_key(other)) == (key(one) == key(other))


@given(texts, texts)
def test_any_text_has_its_place(one, other):
    assert (language.sort_key(one) < language.sort_key(other)) == (key(one) < key(other))


def test_letters_then_tones():
    words = ["ma", "mà", "mả", "mã", "má", "mạ", "măn", "mân", "me", "na", "ô", "ơ", "u", "ư", "đa", "da"]
    expected = ["da", "đa", "ma", "mà", "mả", "mã", "má", "mạ", "măn", "mân", "me", "na", "ô", "ơ", "u", "ư"]
    assert sorted(words, key=language.sort_key) == expected


def test_people_sort_by_given_name_then_family_then_middle():
    people = [
        "Nguyễn Văn Ân",
        "Đặng Thị Bình",
        "Nguyễn Thị An",
        "Bùi Văn An",
        "Nguyễn An",
        "H'Hen Niê",
        "Trần Văn Đức",
        "Trần Văn Dũng",
        "An",
        "Nguyễn Văn An",
    ]
    assert sorted(people, key=language.name_key) == [
        "An",
        "Bùi Văn An",
        "Nguyễn An",
        "Nguyễn Thị An",
        "Nguyễn Văn An",
        "Nguyễn Văn Ân",
        "Đặng Thị Bình",
        "Trần Văn Dũng",
        "Trần Văn Đức",
        "H'Hen Niê",
    ]


@examples(200)
@given(phrases, phrases)
def test_names_sort_as_three_columns_would(one, other):
    def columns(name):
        words = language.clean(name).split(" ")
        return key(words[-1]), key(words[0] if words[1:] else ""), key(" ".join(words[1:-1]))

    assert (language.name_key(one) < language.name_key(other)) == (columns(one) < columns(other))


# Phones --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "", "09123", "09123456789", "0212345678", "02438253536", "+1 202 555 0123", "+85 912345678",
        "0130 123 4567", "0912 345 67a", "113", "0061 412 345 678", "84", "+84", "0000000000", "1900 1234", "०",
        "0912345678 / 0987654321",
    ],
)  # fmt: skip
def test_what_is_no_mobile_number_is_refused(typed):
    with pytest.raises(BadInput):
        language.phone(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "0912345678"),
        (" 0912 345 678 ", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("(0912) 345-678", "0912345678"),
        ("+84912345678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084 912 345 678", "0912345678"),
        ("912345678", "0912345678"),  # Excel's
        ("841234567", "0841234567"),  # Excel's, and not a country code
        ("0841234567", "0841234567"),
        ("84841234567", "0841234567"),
        ("01621234567", "0321234567"),
        ("1621234567", "0321234567"),
        ("+841991234567", "0591234567"),
        ("８４９１２３４５６７８", "0912345678"),
    ],
)
def test_phone(typed, number):
    assert language.phone(typed) == number


def test_each_old_prefix_is_converted():
    old = "0162 0163 0164 0165 0166 0167 0168 0169 0120 0121 0122 0126 0128 0123 0124 0125 0127 0129 0186 0188 0199"
    new = "032 033 034 035 036 037 038 039 070 079 077 076 078 083 084 085 081 082 056 058 059"
    assert [language.phone(prefix + "1234567") for prefix in old.split()] == [p + "1234567" for p in new.split()]


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True), st.sampled_from(["{}", "+84{1}", "84{1}", "{1}", "0084{1}"]))
def test_all_ways_to_type_a_number_meet(number, way):
    assert language.phone(way.format(number, number[1:])) == number


@given(texts)
def test_a_phone_is_ten_digits_or_refused(text):
    with contextlib.suppress(BadInput):
        assert len(language.phone(text)) == 10


# Citizen numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["", "123456789", "1.09E+11", "0010990123456", "00109901234a", "00109", "012345678"])
def test_what_has_not_twelve_digits_is_no_citizen_number(typed):
    with pytest.raises(BadInput):
        language.citizen_number(typed)


@translation.override("en")
def test_nine_digits_are_told_to_be_an_old_card():
    with pytest.raises(BadInput, match="nine digits"):
        language.citizen_number("012345678")


@pytest.mark.parametrize(
    ("typed", "known", "number", "warnings"),
    [
        ("001075012345", {"birth_year": 1975, "sex": "male"}, "001075012345", 0),
        ("001 175 012 345", {"birth_year": 1975, "sex": "female"}, "001175012345", 0),
        ("001303012345", {"birth_year": 2003, "sex": "female"}, "001303012345", 0),
        ("001.075.012345", {}, "001075012345", 0),
        ("1075012345", {}, "001075012345", 1),  # Excel has eaten Hà Nội's zeros
        ("31075012345", {}, "031075012345", 1),
        ("001075012345", {"birth_year": 1976}, "001075012345", 1),
        ("001075012345", {"sex": "female"}, "001075012345", 1),
        ("003075012345", {}, "003075012345", 1),
        ("999999999999", {"birth_year": 1975, "sex": "male"}, "999999999999", 3),
        ("1075012345", {"birth_year": 1980, "sex": "female"}, "001075012345", 3),
    ],
)
def test_citizen_number(typed, known, number, warnings):
    kept, told = language.citizen_number(typed, **known)
    assert (kept, len(told)) == (number, warnings)


# Dates ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "", "75", "02/09/75", "2/9", "31/02/1975", "09/25/1975", "29/02/1975", "1875", "2101", "27639", "abc",
        "1975-13-01", "02/09/1975 và sau", "13/1975", "1/2/3/1975", "2/9-19755", "00/00/0000", 0, 99999,
        "32 tháng 1 năm 1975",
    ],
)  # fmt: skip
def test_what_is_no_date_of_birth_is_refused(typed):
    with pytest.raises(BadInput):
        language.birth(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "02/09/1975", "2/9/1975", "2-9-1975", "02.09.1975", "2 9 1975", " 2 / 9 / 1975 ", "1975-09-02", "1975/9/2",
        "1975-09-02 00:00:00", "1975-09-02T00:00", "ngày 2 tháng 9 năm 1975", date(1975, 9, 2),
        datetime(1975, 9, 2, tzinfo=UTC), "०२/०९/१९७५",
    ],
)  # fmt: skip
def test_birth(typed):
    assert language.birth(typed) == (1975, date(1975, 9, 2))


@pytest.mark.parametrize("typed", ["1975", 1975, "00/00/1975", "9/1975", "09-1975", " 1975 "])
def test_a_year_alone(typed):
    assert language.birth(typed) == (1975, None)


def test_nobody_is_born_tomorrow():
    today = date(2024, 11, 10)
    assert language.birth("10/11/2024", today=today) == (2024, today)
    assert language.birth("2024", today=today) == (2024, None)
    for typed in ("11/11/2024", "2025", "01/01/2025"):
        with pytest.raises(BadInput):
            language.birth(typed, today=today)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(["{0:%d/%m/%Y}", "{0.day}-{0.month}-{0.year}"]))
def test_each_day_of_two_centuries_is_read(born, way):
    assert language.birth(way.format(born)) == language.birth(born.isoformat()) == (born.year, born)


# Numbers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "", "-5", "−5", "- 70.186", "70,186", "1,234,567", "70.18", "70.1866", "7.0186", "0.186", "70 18",
        "70.186,5", "1e5", "70186 người", "bảy mươi", "70.186 186", "70 186.186", "1000000000", "9" * 18, "9" * 40,
        "+5", "³", "½", "70..186", "1.000.000.000",
    ],
)  # fmt: skip
def test_what_can_be_read_twice_or_not_at_all_is_no_count(typed):
    with pytest.raises(BadInput):
        language.count_number(typed)


def test_the_refusal_of_a_comma_says_what_to_type():
    with pytest.raises(BadInput) as refusal:
        language.count_number("70,186")
    assert {"70186", "70.186"} <= set(str(refusal.value).replace("“70,186”", "").rstrip(".").split())


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("70186", 70186),
        ("70.186", 70186),
        ("70 186", 70186),
        ("70\u00a0186", 70186),
        (" 70186 ", 70186),
        ("1.234.567", 1234567),
        ("0", 0),
        ("007", 7),
        ("999.999.999", 999999999),
        ("７０１８６", 70186),
    ],
)
def test_count_number(typed, number):
    assert language.count_number(typed) == number


@given(st.integers(0, 999_999_999))
def test_a_count_is_read_as_it_is_written(number):
    assert language.count_number(language.grouped(number)) == number
    assert language.count_number(str(number)) == number
    assert language.count_number(language.grouped(number).replace(".", " ")) == number


@pytest.mark.parametrize(
    "typed",
    [
        "", "87.65", "87.654", "87.65432", "-1", "−0,5", "100,00001", "101", "87,654321", "87,", ",5", "1.000,5",
        "87,65,4", "87 %%", "abc", "9" * 30, "1e1", "87;65", "%",
    ],
)  # fmt: skip
def test_what_is_no_percentage_is_refused(typed):
    with pytest.raises(BadInput):
        language.percent_number(typed)


def test_the_refusal_of_a_point_says_what_to_type():
    with pytest.raises(BadInput, match="87,65"):
        language.percent_number("87.65")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("87,65432", "87.65432"),
        ("87", "87"),
        ("87,5 %", "87.5"),
        ("87,5%", "87.5"),
        ("0", "0"),
        ("100", "100"),
        ("100,00000", "100"),
        ("0,00001", "0.00001"),
    ],
)
def test_percent_number(typed, number):
    assert language.percent_number(typed) == Decimal(number)


@given(st.decimals(0, 100, places=5))
def test_a_percentage_is_read_as_it_is_written(number):
    assert language.percent_number(language.decimal(number, 5)) == number
    assert language.percent_number(language.decimal(number)) == number


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1000, "1.000"), (70186, "70.186"), (-1234, "-1.234")]
)
def test_grouped(number, text):
    assert language.grouped(number) == text


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        (Decimal("87.65"), None, "87,65"),
        (Decimal("87.650"), None, "87,65"),
        (Decimal("87.655"), 2, "87,66"),
        (Decimal("0.125"), 2, "0,13"),
        (Decimal("1E+3"), None, "1.000"),
        (1234567, 1, "1.234.567,0"),
        (0.1, None, "0,1"),
        (2.675, 2, "2,68"),
        (Decimal("-0.001"), 2, "0,00"),
        (Decimal("-1.5"), None, "-1,5"),
        (7, None, "7"),
        (7.0, None, "7"),
        (Decimal("99.995"), 2, "100,00"),
    ],
)
def test_decimal(number, places, text):
    assert language.decimal(number, places) == text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (4, "bốn"),
        (10, "mười"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (115, "một trăm mười lăm"),
        (1005, "một nghìn không trăm linh năm"),
        (1050, "một nghìn không trăm năm mươi"),
        (8311, "tám nghìn ba trăm mười một"),
        (70186, "bảy mươi nghìn một trăm tám mươi sáu"),
        (70000, "bảy mươi nghìn"),
        (1_000_005, "một triệu không trăm linh năm"),
        (1_001_000, "một triệu không trăm linh một nghìn"),
        (3_417_296, "ba triệu bốn trăm mười bảy nghìn hai trăm chín mươi sáu"),
        (10**9, "một tỷ"),
        (10**9 + 1, "một tỷ không trăm linh một"),
        (10**12 + 2 * 10**9, "một nghìn không trăm linh hai tỷ"),
        (-5, "âm năm"),
    ],
)
def test_number_in_words(number, words):
    assert language.number_in_words(number) == words


def test_numbers_beyond_words_are_refused():
    with pytest.raises(ValueError, match="digits"):
        language.number_in_words(10**18)


VALUES = {"không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
VALUES |= {"mốt": 1, "tư": 4, "lăm": 5}


def heard(words):
    """The number that a listener writes down, word by word."""
    total = group = digit = 0
    for word in words.split():
        if word in VALUES:
            digit = VALUES[word]
        elif word == "mười":
            group, digit = group + 10, 0
        elif word == "mươi":
            group, digit = group + 10 * digit, 0
        elif word == "trăm":
            group, digit = group + 100 * digit, 0
        elif word in {"nghìn", "triệu"}:
            total, group, digit = total + (group + digit) * {"nghìn": 1000, "triệu": 10**6}[word], 0, 0
        elif word == "tỷ":
            total, group, digit = (total + group + digit) * 10**9, 0, 0
        else:
            assert word == "linh"
    return total + group + digit


@examples(300)
@given(st.one_of(st.integers(0, 10**6), st.integers(0, 10**18 - 1)))
def test_a_listener_writes_down_the_same_number(number):
    assert heard(language.number_in_words(number)) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("87", "tám mươi bảy"),
        ("87.65432", "tám mươi bảy phẩy sáu năm bốn ba hai"),
        ("0.05", "không phẩy không năm"),
        ("1234.5", "một nghìn hai trăm ba mươi tư phẩy năm"),
        ("-0.5", "âm không phẩy năm"),
    ],
)
def test_decimal_in_words(number, words):
    assert language.decimal_in_words(Decimal(number)) == words


# Codes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["", "K7M4TX9", "K7M4TX9RR", "K7M4TX90", "K7M4TXIR", "K7M4TXLO", "K7M4 TX9Ư", "ĐDDDDDDD"]
)
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(BadInput):
        language.typed_code(typed)


@pytest.mark.parametrize("typed", ["K7M4-TX9R", "k7m4tx9r", " K7M4 TX9R ", "K7M4–TX9R", "k7m4.tx9r", "K7M4\u200bTX9R"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert language.typed_code(typed) == "K7M4TX9R"
    assert language.spaced_code("K7M4TX9R") == "K7M4-TX9R"


# Old encodings -------------------------------------------------------------------------------------------------------

TCVN3 = {letter: code for code, letter in language._TCVN3.items() if code not in "¡¢£¤¥¦§"}
VNI = {letter: code for code, letter in language._VNI.items()}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("NguyÔn V¨n An", "TCVN3"),
        ("§¶ng bé x· Hång Quang", "TCVN3"),
        ("TrÇn ThÞ Hång", "TCVN3"),
        ("Ph¹m", "TCVN3"),
        ("D\u00ad¬ng", "TCVN3"),
        ("Hµ", None),  # one short word alone may as well be a formula
        ("D\u00ad¬ng V¨n Hµ", "TCVN3"),
        ("chi bé th«n PhÝ Tr¹ch", "TCVN3"),
        ("Nguyeãn Thò Höông", "VNI"),
        ("Traàn Vaên Ñöùc", "VNI"),
        ("Ñaûng boä xaõ", "VNI"),
        ("Nguyá»…n VÄƒn An", "UTF-8"),
        ("Ä\x90áº£ng bá»™", "UTF-8"),
    ],
)
def test_legacy_encoding(text, encoding):
    assert language.legacy_encoding(text) == encoding


@pytest.mark.parametrize(
    "text",
    [
        "", "Nguyen Van An", "Nguyễn Văn Ân", "Hoà Bình", "Noël Müller", "Loïc và Chloé ở Đà Nẵng", "François",
        "Señor", "København", "H'Hen Niê", "Y Blô Niê Kđăm", "Ksor Krông", "«Chỉ thị 24»", "Microsoft® Word",
        "m² và m³", "x¹ + y²", "5µm", "§12 của luật", "10×20", "½ số phiếu", "© 2024", "café", "Xê Đăng",
        "Thuỷ, quý, quí, hoá", "¿Qué?", "Ê-đê", "NGUYỄN THỊ HOÀ", "Nguyễn Thị Hòa – sinh 1975", "naïve",
        "Pleiku, Đắk Lắk, Kon Tum", "Mông, Dao, Tày, Nùng",
    ],
)  # fmt: skip
def test_other_texts_are_not_accused(text):
    assert language.legacy_encoding(text) is None


@examples(300)
@given(
    st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=6),
    st.sampled_from([str, str.upper, str.title, str.capitalize]),
    st.sampled_from(["NFC", "NFD"]),
)
def test_vietnamese_is_not_accused(words, case, form):
    assert language.legacy_encoding(unicodedata.normalize(form, case(" ".join(words)))) is None


def test_no_single_syllable_is_accused():
    assert [s for s in SYLLABLES for way in (str, str.upper, str.title) if language.legacy_encoding(way(s))] == []


def test_prose_is_not_accused():
    prose = """
        Chỉ thị số 24-CT/TU ngày 07/8/2023 của Ban Thường vụ Thành ủy Hà Nội về tăng cường kỷ cương, kỷ luật và
        trách nhiệm giải quyết công việc trong hệ thống chính trị Thành phố Hà Nội. Đảng bộ huyện Ứng Hòa có 56
        tổ chức cơ sở đảng, gồm 35 đảng bộ, 21 chi bộ cơ sở; 356 chi bộ với 8.311 đảng viên. Cuộc thi thu hút
        70.186 người dự thi, 279 tập thể, cá nhân đăng ký vòng "Mô hình, sáng kiến". Nhận diện 25 biểu hiện vi
        phạm; 3.417.296 hồ sơ, trễ hạn 9.618 (0,28%). Các xã Cao Thành, Đại Cường, Đại Hùng, Đội Bình, Đông Lỗ,
        Đồng Tiến, Đồng Tân, Hoa Sơn, Hòa Lâm, Hòa Nam, Hòa Phú, Hòa Xá, Hồng Quang, Kim Đường, Liên Bạt, Lưu
        Hoàng, Minh Đức, Phù Lưu, Phương Tú, Quảng Phú Cầu, Sơn Công, Tảo Dương Văn, Trầm Lộng, Trung Tú, Trường
        Thịnh, Vạn Thái, Viên An, Viên Nội. Cô Tô, Lò Văn Ôn, Hồ Thị Êm, bà Ì, ông Ù, rô-bốt.
    """
    assert [line for line in [prose, *prose.split(), *prose.splitlines()] if language.legacy_encoding(line)] == []


@pytest.mark.parametrize(("table", "name"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_nearly_all_sentences_in_old_encodings_are_found(table, name):
    chance = random.Random(24)
    sentences = [" ".join(chance.choices(SYLLABLES, k=8)) for _ in range(2000)]
    found = [language.legacy_encoding("".join(table.get(c, c) for c in sentence)) for sentence in sentences]
    assert found.count(name) >= 1990


def test_what_is_typed_beyond_a_few_words_is_not_sought():
    assert language.sought("  Chi bộ  thôn HOÀ Xá ") == ["chi", "bo", "thon", "hoa", "xa"]
    assert language.sought(" ".join("abcdefghijkl")) == list("abcdefgh")
    assert language.sought("a" * 5000) == ["a" * 200]
