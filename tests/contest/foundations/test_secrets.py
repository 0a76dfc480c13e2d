"""What must not be guessed or read."""

import math

import pytest
from cryptography.fernet import Fernet, InvalidToken

from contest.foundations import secrets
from contest.foundations.language import CODE_ALPHABET, typed_code


def test_codes_have_their_bits_and_no_letter_that_is_misread():
    codes = {secrets.random_code() for _ in range(5000)}
    assert len(codes) == 5000
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("01ILO")
    assert {len(code) for code in codes} == {8}
    assert 8 * math.log2(len(CODE_ALPHABET)) > 39


def test_tokens_have_128_bits_and_are_safe_in_addresses():
    tokens = [secrets.random_token() for _ in range(1000)]
    assert len(set(tokens)) == 1000
    assert {len(token) for token in tokens} == {22}
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_derived_secrets_are_the_same_at_every_run_and_differ_by_label_and_key():
    assert secrets.derived_code("demo", "entrant:1") == secrets.derived_code("demo", "entrant:1")
    codes = {secrets.derived_code(key, f"entrant:{n}") for key in ("demo", "other") for n in range(1000)}
    tokens = {secrets.derived_token(key, f"entrant:{n}") for key in ("demo", "other") for n in range(1000)}
    assert (len(codes), len(tokens)) == (2000, 2000)
    assert all(typed_code(code) == code for code in codes)
    assert {len(token) for token in tokens} == {22}


def test_derived_secrets_stay_as_they_were_printed():
    assert secrets.derived_code("demo", "entrant:1") == "KBG9CRSZ"
    assert secrets.derived_token("demo", "entrant:1") == "pQGet9lLCmHqPcjMtDiSCg"


def test_a_hash_finds_its_value_only_for_its_purpose_and_under_its_key(settings):
    number = secrets.keyed_hash("001099012345", purpose="citizen number")
    assert secrets.keyed_hash("001099012345", purpose="citizen number") == number
    assert len(number) == 32
    assert secrets.keyed_hash("001099012345", purpose="phone") != number
    assert secrets.keyed_hash("001099012346", purpose="citizen number") != number
    settings.CODE_KEY = "another"
    assert secrets.keyed_hash("001099012345", purpose="citizen number") != number


def test_purpose_and_value_do_not_run_together():
    assert secrets.keyed_hash("bc", purpose="a") != secrets.keyed_hash("c", purpose="ab")


def test_what_is_encrypted_is_not_readable_and_comes_back():
    sealed = secrets.encrypt("001099012345 Đặng")
    assert b"001099012345" not in sealed
    assert secrets.encrypt("001099012345 Đặng") != sealed
    assert secrets.decrypt(sealed) == secrets.decrypt(memoryview(sealed)) == "001099012345 Đặng"


def test_keys_rotate(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    sealed = secrets.encrypt("001099012345")
    settings.FIELD_KEYS = [new, old]
    fresh = secrets.reencrypt(sealed)
    assert secrets.decrypt(sealed) == secrets.decrypt(fresh) == "001099012345"
    settings.FIELD_KEYS = [new]
    assert secrets.decrypt(fresh) == "001099012345"
    with pytest.raises(InvalidToken):
        secrets.decrypt(sealed)


def test_a_changed_secret_is_not_read():
    sealed = bytearray(secrets.encrypt("001099012345"))
    sealed[-5] ^= 1
    with pytest.raises(InvalidToken):
        secrets.decrypt(bytes(sealed))


@pytest.mark.parametrize(
    ("number", "shown"),
    [("001099012123", "001•••••••123"), ("", "•••••••"), ("12345", "•••••••"), ("0010990121234", "•••••••")],
)
def test_masked_citizen_number(number, shown):
    assert secrets.masked_citizen_number(number) == shown
