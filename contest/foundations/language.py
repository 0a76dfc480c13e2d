"""The Vietnamese language as plain values: spelling, order, numbers, dates, phones, citizen numbers, secret codes.

Pure: no database and no clock. What a person typed wrong is a `BadInput` whose text is a sentence for that person.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

from django.utils.translation import gettext as _


class BadInput(ValueError):
    """What was typed can't be read; the text is a sentence that says so to the person, and what to type instead."""


# Spelling forms ------------------------------------------------------------------------------------------------------

# Fonts and old converters leave these in place of Đ and đ: they look the same, and match nothing.
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻ´`′", "'"))
_TONE_BEFORE_SHAPE = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")
_DIGITS = {code: str(unicodedata.decimal(chr(code))) for code in range(0x660, 0x10000) if chr(code).isdecimal()}


def nfc(text: str) -> str:
    """The text in NFC, the form that is stored and compared."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """The text in NFC on one line, without control and zero-width characters, spaces single and trimmed.

    A tone typed before the hat of its vowel is put right, and Ð (eth) becomes Đ.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    ordered = _TONE_BEFORE_SHAPE.sub(r"\2\1", unicodedata.normalize("NFD", kept))
    return " ".join(unicodedata.normalize("NFC", ordered).translate(_ETH).split())


def fold(text: str) -> str:
    """The search form, in which "Hòa", "Hoà" and "hoa" are one: no marks, đ as d, lower case, single spaces."""
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFD", clean(text)).casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(bare.replace("đ", "d").translate(_APOSTROPHES).split())


LONGEST_SEARCH, MOST_WORDS = 200, 8


def sought(text: str) -> list[str]:
    """The folded words that somebody looks for; what is typed beyond a few words is not looked for."""
    return fold(text[:LONGEST_SEARCH]).split()[:MOST_WORDS]


# Order ---------------------------------------------------------------------------------------------------------------

_LETTERS = {letter: 2 * place + 22 for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng
_SHAPES = {
    ("a", "\u0306"): "ă",
    ("a", "\u0302"): "â",
    ("e", "\u0302"): "ê",
    ("o", "\u0302"): "ô",
    ("o", "\u031b"): "ơ",
    ("u", "\u031b"): "ư",
}
_SPACE, _DIGIT, _OTHER = 2, 4, 120


def sort_key(text: str) -> bytes:
    """Bytes that sort as a Vietnamese dictionary does: by letters (a ă â b … d đ …), then by tones.

    The order is that of ICU's vi_VN at secondary strength; keys of two texts concatenate into a key of two columns.
    """
    letters = bytearray()
    tones = bytearray()
    base = ""
    for c in unicodedata.normalize("NFD", text.casefold()):
        if c in _TONES:
            if tones:
                tones[-1] = _TONES[c]
        elif c in "\u0306\u0302\u031b":
            if (base, c) in _SHAPES:
                letters[-1] = _LETTERS[_SHAPES[base, c]]
        else:
            base = c
            tones.append(0)
            if c in _LETTERS:
                letters.append(_LETTERS[c])
            elif c == " ":
                letters.append(_SPACE)
            else:
                letters.append(_DIGIT + int(c) if c.isdecimal() else _OTHER)
    return bytes(letters) + b"\0" + bytes(tones)


def name_key(full_name: str) -> bytes:
    """Bytes that sort people as Vietnamese lists do: by given name (the last word), family name, then the middle."""
    words = clean(full_name).split(" ")
    return sort_key(words[-1]) + sort_key(words[0] if words[1:] else "") + sort_key(" ".join(words[1:-1]))


# Phones and citizen numbers ------------------------------------------------------------------------------------------

# The 11-digit numbers of before September 2018, by their first four digits.
_OLD_PREFIXES = {
    "0120": "070", "0121": "079", "0122": "077", "0123": "083", "0124": "084", "0125": "085", "0126": "076",
    "0127": "081", "0128": "078", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip


def phone(text: str) -> str:
    """A Vietnamese mobile number as ten digits "0…"; old prefixes are converted, and Excel's lost zero is put back."""
    typed = clean(text).translate(_DIGITS)
    digits = re.sub(r"[\s.()/-]", "", typed)
    national = re.sub(r"^(\+|00)84|^84(?=(\d{9}|\d{10}|0\d{9,10})$)", "", digits)
    if re.fullmatch(r"[35789]\d{8}|1\d{9}", national):
        national = "0" + national
    if len(national) == 11 and national[:4] in _OLD_PREFIXES:
        national = _OLD_PREFIXES[national[:4]] + national[4:]
    if re.fullmatch(r"0[35789]\d{8}", national, re.ASCII):
        return national
    raise BadInput(_("“%(typed)s” is not a mobile number: type its ten digits, such as 0912345678.") % {"typed": typed})


# Provinces as on cards issued until 2025; a card keeps its number after provinces merge.
_PROVINCES = frozenset([
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
    46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
    93, 94, 95, 96,
])  # fmt: skip


def citizen_number(
    text: str, *, birth_year: int | None = None, sex: Literal["male", "female"] | None = None
) -> tuple[str, list[str]]:
    """The twelve digits of a citizen number, and warnings where it disagrees with itself or with what else is known.

    Zeros that Excel has eaten are put back with a warning. There is no check digit, so nothing else is an error.
    """
    typed = clean(text).translate(_DIGITS)
    digits = re.sub(r"[\s.-]", "", typed)
    if re.fullmatch(r"\d{9}", digits, re.ASCII):
        raise BadInput(
            _("“%(typed)s” has nine digits, as old identity cards have: type the twelve digits of the citizen card.")
            % {"typed": typed}
        )
    if not re.fullmatch(r"[1-9]\d{9,10}|\d{12}", digits, re.ASCII):
        raise BadInput(_("“%(typed)s” is not a citizen number: it has exactly twelve digits.") % {"typed": typed})
    number = digits.zfill(12)
    warnings = []
    if number != digits:
        warnings.append(_("The zeros at the front were missing; read as %(number)s.") % {"number": number})
    if int(number[:3]) not in _PROVINCES:
        warnings.append(_("%(code)s is not the code of a province.") % {"code": number[:3]})
    year = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    if birth_year not in {None, year}:
        warnings.append(
            _("The number says born in %(number)s, the list says %(list)s.") % {"number": year, "list": birth_year}
        )
    if sex is not None and sex != ("female" if int(number[3]) % 2 else "male"):
        warnings.append(_("The number belongs to the other sex than the list says."))
    return number, warnings


# Dates ---------------------------------------------------------------------------------------------------------------

_OLDEST = 1900
_LATEST = 2100


def birth(value: str | date | int, *, today: date | None = None) -> tuple[int, date | None]:
    """The year of birth, and the whole date where it is given: dd/mm/yyyy, d-m-yyyy, ISO, a cell's date, a year alone.

    Dates after `today` are refused, and so are years of two digits; "00/00/1975" and "8/1975" are years alone.
    """
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _plausible(value.year, value, today)
    typed = clean(str(value)).translate(_DIGITS)
    numeric = re.sub(r"^ngay | (thang|nam) ", " ", fold(typed)).strip()
    if match := re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", typed, re.ASCII):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := re.fullmatch(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4})", numeric, re.ASCII):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    elif match := re.fullmatch(r"(?:(\d{1,2})[-/.])?(\d{4})", typed, re.ASCII):
        day, month, year = 0, int(match[1] or 0), int(match[2])
    else:
        raise BadInput(
            _("“%(typed)s” is not a date of birth: type day/month/year, such as 02/09/1975, or the year alone.")
            % {"typed": typed}
        )
    if day == 0 and month <= 12:
        return _plausible(year, None, today)
    try:
        whole = date(year, month, day)
    except ValueError:
        raise BadInput(_("“%(typed)s” is not in the calendar: the day comes first.") % {"typed": typed}) from None
    return _plausible(year, whole, today)


def _plausible(year: int, whole: date | None, today: date | None) -> tuple[int, date | None]:
    latest = today.year if today else _LATEST
    if not _OLDEST <= year <= latest or (whole and today and whole > today):
        raise BadInput(_("Nobody who takes part was born in %(year)s.") % {"year": year})
    return year, whole


# Numbers that people type ---------------------------------------------------------------------------------------------

_LARGEST_COUNT = 999_999_999


def count_number(text: str) -> int:
    """A whole number as typed in Vietnam: "70.186" and "70 186" are 70186; what can be read in two ways is refused."""
    typed = clean(text).translate(_DIGITS)
    if re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+|[1-9]\d{0,2}( \d{3})+", typed, re.ASCII):
        number = int(re.sub(r"[. ]", "", typed))
    elif re.fullmatch(r"\d{1,18}", typed, re.ASCII):
        number = int(typed)
    elif re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", typed, re.ASCII):
        number = int(typed.replace(",", ""))
        raise BadInput(
            _("“%(typed)s” can be read in two ways: type %(plain)s or %(grouped)s.")
            % {"typed": typed, "plain": number, "grouped": grouped(number)}
        )
    elif re.fullmatch(r"[-−–]\s*\d[\d., ]*", typed, re.ASCII):
        raise BadInput(_("The number can't be below zero."))
    else:
        raise BadInput(
            _("“%(typed)s” is not a whole number: type digits alone, such as 70186 or 70.186.") % {"typed": typed}
        )
    if number > _LARGEST_COUNT:
        raise BadInput(_("%(number)s is too large.") % {"number": grouped(number)})
    return number


def percent_number(text: str) -> Decimal:
    """A percentage from 0 to 100 with a decimal comma and up to five decimals; a point for the comma is refused."""
    typed = clean(text).translate(_DIGITS)
    bare = typed.removesuffix("%").strip()
    if re.fullmatch(r"\d{1,3}\.\d{1,5}", bare, re.ASCII):
        raise BadInput(
            _("“%(typed)s” can be read in two ways: type decimals after a comma, such as %(comma)s.")
            % {"typed": typed, "comma": bare.replace(".", ",")}
        )
    if re.fullmatch(r"[-−–]\s*\d[\d., ]*", bare, re.ASCII):
        raise BadInput(_("The number can't be below zero."))
    if re.fullmatch(r"\d+,\d{6,}", bare, re.ASCII):
        raise BadInput(_("Type at most five decimals."))
    if not re.fullmatch(r"\d{1,18}(,\d{1,5})?", bare, re.ASCII):
        raise BadInput(_("“%(typed)s” is not a percentage: type it like 87,65432.") % {"typed": typed})
    number = Decimal(bare.replace(",", "."))
    if number > 100:
        raise BadInput(_("A percentage is at most 100."))
    return number


# Numbers for the eye -------------------------------------------------------------------------------------------------


def grouped(number: int) -> str:
    """The number in groups of three: 70186 is "70.186"."""
    return f"{number:,}".replace(",", ".")


def decimal(number: Decimal | float, places: int | None = None) -> str:
    """The number with a decimal comma, half-up at `places`; without places, as it is and without trailing zeros."""
    exact = Decimal(str(number)) if isinstance(number, float) else Decimal(number)
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    whole, _point, part = f"{exact:,f}".partition(".")
    if places is None:
        part = part.rstrip("0")
    whole = whole.replace(",", ".")
    if whole == "-0" and not part.strip("0"):
        whole = "0"
    return f"{whole},{part}" if part else whole


_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def number_in_words(number: int) -> str:
    """A whole number below 10^18 as Vietnamese reads it: 70186 is "bảy mươi nghìn một trăm tám mươi sáu"."""
    if number < 0:
        return f"âm {number_in_words(-number)}"
    billions, rest = divmod(number, 10**9)
    if billions >= 10**9:
        raise ValueError(f"{number} has more digits than number_in_words can say")
    if not billions:
        return " ".join(_below_a_billion(rest, after_more=False))
    return " ".join([number_in_words(billions), "tỷ", *_below_a_billion(rest, after_more=True)])


def _below_a_billion(number: int, *, after_more: bool) -> Iterator[str]:
    """The words of nine digits; of none, unless nothing stands before them."""
    if number == 0 and not after_more:
        yield _WORDS[0]
    for scale, power in (("triệu", 10**6), ("nghìn", 10**3), ("", 1)):
        if group := number // power % 1000:
            yield from _hundreds(group, after_more=after_more)
            after_more = True
            if scale:
                yield scale


def _hundreds(number: int, *, after_more: bool) -> Iterator[str]:
    """The words of a group of three digits; after a larger group its empty hundreds are said too."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    if hundreds or after_more:
        yield _WORDS[hundreds]
        yield "trăm"
    if tens == 0:
        if ones and (hundreds or after_more):
            yield "linh"
    elif tens == 1:
        yield "mười"
    else:
        yield _WORDS[tens]
        yield "mươi"
    if ones == 1 and tens > 1:
        yield "mốt"
    elif ones == 4 and tens > 1:
        yield "tư"
    elif ones == 5 and tens:
        yield "lăm"
    elif ones:
        yield _WORDS[ones]


def decimal_in_words(number: Decimal) -> str:
    """A decimal number as Vietnamese reads it, its decimals one by one: 87,05 is "tám mươi bảy phẩy không năm"."""
    whole, _comma, part = decimal(number).replace(".", "").partition(",")
    sign = "âm " if whole.startswith("-") else ""
    words = sign + number_in_words(int(whole.removeprefix("-")))
    return f"{words} phẩy {' '.join(_WORDS[int(digit)] for digit in part)}" if part else words


# Secret codes --------------------------------------------------------------------------------------------------------

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 1 I L O, which people misread on paper
CODE_LENGTH = 8


def typed_code(text: str) -> str:
    """A personal code as typed from a slip, "k7m4-tx9r" or "K7M4 TX9R", as its eight characters."""
    typed = clean(text).translate(_DIGITS)
    code = re.sub(r"[\s.–—-]", "", typed).upper()
    if any(ord(c) > 127 for c in code):
        raise BadInput(_("The code has no Vietnamese letters: turn off Vietnamese typing, then type it again."))
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_ALPHABET):
        raise BadInput(_("The code has eight letters and digits, and never 0, 1, I, L or O: look at the slip again."))
    return code


def spaced_code(code: str) -> str:
    """The code as it is printed: "K7M4TX9R" is "K7M4-TX9R"."""
    return f"{code[:4]}-{code[4:]}"


# Old encodings -------------------------------------------------------------------------------------------------------

# TCVN 5712:1993 (VN3, the .Vn fonts), as it looks when its bytes are taken for Windows-1252.
_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ăâêôơưđăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
# VNI-Windows: a base letter, then its mark.
_VNI = {
    base + mark: letter
    for base, marks, letters in (
        ("a", "øùûõïêéèúüëâáàåãä", "àáảãạăắằẳẵặâấầẩẫậ"),
        ("e", "øùûõïâáàåãä", "èéẻẽẹêếềểễệ"),
        ("o", "øùûõïâáàåãä", "òóỏõọôốồổỗộ"),
        ("u", "øùûõï", "ùúủũụ"),
        ("y", "øùûõ", "ỳýỷỹ"),
        ("ô", "øùûõï", "ờớởỡợ"),
        ("ö", "øùûõï", "ừứửữự"),
    )
    for mark, letter in zip(marks, letters, strict=True)
} | {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_PART = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))
_TCVN3_FOREIGN = re.compile("[¡-¿ÆÇËÎÏÑÖ×ØÜÞßäåæçëîïñö÷øûüþ\u00ad]|(?<=[a-z])[ÈÉÊÌÐÒÓÔÕÝ]")
_WORD = re.compile(r"(?<![0-9])(?:[^\W\d_]|[\u00a1-\u00ff])+(?![0-9])")
_ONLY_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")

_INITIALS = "ngh|ng|nh|n|ch|c|gh|gi|g|kh|k|ph|p|qu|th|tr|t|b|d|đ|h|l|m|r|s|v|x|"
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê "
    "êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan "
    "oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông "
    "ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy "
    "uya uych uyn uynh uyp uyt uyu uyên uyêt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y ynh ych yt "
    "yêm yên yêng yêt yêu"
)
_SYLLABLE = re.compile(f"(?:{_INITIALS})({'|'.join(sorted(_RIMES.split(), key=len, reverse=True))})")
_ANY_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


def legacy_encoding(text: str) -> Literal["TCVN3", "VNI", "UTF-8"] | None:
    """The encoding of a text that was read as Windows-1252 instead: "NguyÔn", "Nguyeãn", "Nguyá»…n".

    Only words that are no Vietnamese syllable as they stand, and become one when decoded, count as evidence. To be
    asked of the raw text: `clean` drops some of these bytes.
    """
    if text.isascii():
        return None
    if _misread_utf8(text):
        return "UTF-8"
    words = [unicodedata.normalize("NFC", word) for word in _WORD.findall(text)]
    evidence: dict[Literal["TCVN3", "VNI"], set[str]] = {"TCVN3": set(), "VNI": set()}
    for word in words:
        if (encoding := _legacy_word(word)) is not None:
            evidence[encoding].add(word.lower())
    proper = any(_ONLY_VIETNAMESE.search(word) for word in words)
    for encoding, found in sorted(evidence.items(), key=lambda item: -len(item[1])):
        # A single short word, or a single word among proper Vietnamese, is rather a formula or a foreign name.
        if len(found) > 1 or (found and not proper and len(next(iter(found))) > 2):
            return encoding
    return None


def _misread_utf8(text: str) -> bool:
    if not any(mark in text for mark in ("Ã", "Æ°", "á»", "áº", "Ä‘", "Ä\x90")):
        return False
    raw = bytearray()
    for c in text:
        try:
            raw += c.encode("cp1252") if ord(c) > 0xA0 or c.isascii() else bytes([ord(c)])
        except UnicodeEncodeError:
            return False
    try:
        return raw.decode("utf-8") != text
    except UnicodeDecodeError:
        return False


@lru_cache(maxsize=4096)
def _legacy_word(word: str) -> Literal["TCVN3", "VNI"] | None:
    """The encoding in which the word is a Vietnamese syllable, if it is none as it stands."""
    if word.isascii() or any(ord(c) > 0xFF for c in word) or _is_syllable(word.lower(), strict=False):
        return None
    lower = word.lower()
    if _TCVN3_FOREIGN.search(word) and _is_syllable("".join(_TCVN3.get(c, c.lower()) for c in word), strict=True):
        return "TCVN3"
    if _is_syllable(_VNI_PART.sub(lambda part: _VNI[part[0]], lower), strict=True):
        return "VNI"
    return None


def _is_syllable(word: str, *, strict: bool) -> bool:
    """Whether the word, in lower case, can be a Vietnamese syllable; strictly, with one tone that its end allows."""
    spread = unicodedata.normalize("NFD", word)
    tones = _ANY_TONE.findall(spread)
    match = _SYLLABLE.fullmatch(unicodedata.normalize("NFC", _ANY_TONE.sub("", spread)))
    if match is None or len(tones) > 1:
        return False
    stopped = match[1].endswith(("c", "ch", "p", "t"))
    return not strict or not stopped or tones in (["\u0301"], ["\u0323"])
