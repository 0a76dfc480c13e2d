"""The ordinals of a board in Redis: a copy for fast pages, replaced whole, and never needed.

Whoever finds nothing here, or another build, asks PostgreSQL. A Redis that is stopped or hangs costs one short
time-out, and then nothing for a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache

import redis
from django.conf import settings

BUILD = "build"  # a member whose score is the build that the ordinals belong to
PATIENCE = 0.3  # seconds
PAUSE = 30.0  # seconds without a try after a failure
log = logging.getLogger(__name__)
resting_until = 0.0  # monotonic


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """This process's client."""
    return redis.Redis.from_url(
        settings.BOARD_REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
    )


def key(board: int) -> str:
    """Where a board's ordinals are."""
    return f"{settings.REDIS_PREFIX}board:{board}"


def replace(board: int, build: int, ordinals: Sequence[tuple[int, int]]) -> bool:
    """Put (entrant, ordinal) in place of all that was there, in one step for readers; False when Redis is away."""
    beside = f"{key(board)}:{build}"
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.delete(beside)
            for first in range(0, len(ordinals), 5000):
                pipe.zadd(beside, {str(entrant): ordinal for entrant, ordinal in ordinals[first : first + 5000]})
            pipe.zadd(beside, {BUILD: build})
            pipe.rename(beside, key(board))
            pipe.execute()
    except redis.RedisError as error:
        _rest(error)
        return False
    return True


def of(board: int, build: int, entrant: int) -> int | None:
    """The ordinal of an entrant on this build of the board; None when Redis does not know."""
    if time.monotonic() < resting_until:
        return None
    try:
        ordinal, found = client().zmscore(key(board), [str(entrant), BUILD])
    except redis.RedisError as error:
        _rest(error)
        return None
    return int(ordinal) if ordinal is not None and found == build else None


def whole(board: int, build: int) -> dict[int, int] | None:
    """Every ordinal that Redis has of this build; None when it has another build, or is away."""
    try:
        found = dict(client().zrange(key(board), 0, -1, withscores=True))
    except redis.RedisError as error:
        _rest(error)
        return None
    if found.pop(BUILD, None) != build:
        return None
    return {int(entrant): int(ordinal) for entrant, ordinal in found.items()}


def _rest(error: redis.RedisError) -> None:
    global resting_until
    resting_until = time.monotonic() + PAUSE
    log.warning("Redis is away, pages go on without it: %s", error.__class__.__name__)
