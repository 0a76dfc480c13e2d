"""What must not be guessed or read: tokens, personal codes, keyed hashes, encrypted fields.

Keys come from the settings: CODE_KEY for hashes, FIELD_KEYS (Fernet, newest first) for encryption.
"""

import base64
import hmac
import secrets

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from contest.foundations.language import CODE_ALPHABET, CODE_LENGTH


def random_token() -> str:
    """A new token of 128 random bits for links, receipts and keys, safe in addresses."""
    return secrets.token_urlsafe(16)


def random_id() -> int:
    """A number for a new row that tells nobody how many rows there are: 52 bits, so that every program can count it."""
    return secrets.randbits(52)


def random_code() -> str:
    """A new personal code of eight characters that are hard to misread: 39.6 bits, so only beside an identifier."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def derived_token(key: str, label: str) -> str:
    """The token of this label, the same at every run: for made-up people, whose links are printed in the README."""
    return base64.urlsafe_b64encode(_digest(key, "token", label)[:16]).rstrip(b"=").decode()


def derived_code(key: str, label: str) -> str:
    """The personal code of this label, the same at every run: for made-up people only."""
    number = int.from_bytes(_digest(key, "code", label))
    code = ""
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_ALPHABET))
        code += CODE_ALPHABET[place]
    return code


def keyed_hash(value: str, *, purpose: str) -> bytes:
    """32 bytes that find the value again without keeping it; values of different purposes never match."""
    return _digest(settings.CODE_KEY, purpose, value)


def encrypt(text: str) -> bytes:
    """The text under the newest of FIELD_KEYS."""
    return _fields().encrypt(text.encode())


def decrypt(token: bytes | memoryview) -> str:
    """What was encrypted under any of FIELD_KEYS; raises `cryptography.fernet.InvalidToken` for all else."""
    return _fields().decrypt(bytes(token)).decode()


def reencrypt(token: bytes | memoryview) -> bytes:
    """The same text under the newest of FIELD_KEYS, so that an old key can be retired."""
    return _fields().rotate(bytes(token))


def masked_citizen_number(number: str) -> str:
    """The number as it is shown: 001•••••••123, and nothing of what is not twelve digits."""
    return f"{number[:3]}•••••••{number[-3:]}" if len(number) == 12 else "•••••••"


def _digest(key: str, purpose: str, value: str) -> bytes:
    return hmac.digest(hmac.digest(key.encode(), purpose.encode(), "sha256"), value.encode(), "sha256")


def _fields() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
