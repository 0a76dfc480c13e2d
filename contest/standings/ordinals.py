"""The ordinals of a board in Redis: a copy for fast pages, replaced whole, and never needed.

Whoever finds another build here, or nobody, asks PostgreSQL. A Redis that is stopped or hangs costs one short time-out,
and then nothing for a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

BUILD = "build"  # a member whose score is the build that the ordinals belong to
PATIENCE = 0.3  # seconds
PAUSE = 30.0  # seconds without a try after a failure
log = logging.getLogger(__name__)
resting_until = 0.0  # monotonic


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """This process's client; it never tries twice, since PostgreSQL is asked next."""
    return redis.Redis.from_url(
        settings.BOARD_REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
    )


def key(board: int) -> str:
    """Where a board's ordinals are."""
    return f"{settings.REDIS_PREFIX}board:{board}"


def replace(board: int, build: int, ordinals: Sequence[tuple[int, int]]) -> bool:
    """(entrant, ordinal) stand in place of all that was there, in one step for readers; False when Redis is away."""
    if is_resting():
        return False
    beside = f"{key(board)}:{build}"
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.delete(beside)
            for first in range(0, len(ordinals), 5000):
                pipe.zadd(beside, {str(entrant): ordinal for entrant, ordinal in ordinals[first : first + 5000]})
            pipe.zadd(beside, {BUILD: build})
            pipe.expire(beside, 600)  # should we die here
            pipe.rename(beside, key(board))
            pipe.persist(key(board))
            pipe.execute()
    except redis.RedisError as error:
        _rest(error)
        return False
    return True


def of(board: int, build: int, entrant: int) -> tuple[bool, int | None]:
    """Whether Redis knows this build, and the ordinal of the entrant, which is None for one who is not ranked."""
    if is_resting():
        return False, None
    try:
        ordinal, found = client().zmscore(key(board), [str(entrant), BUILD])
    except redis.RedisError as error:
        _rest(error)
        return False, None
    return found == build, int(ordinal) if ordinal is not None and found == build else None


def whole(board: int, build: int) -> dict[int, int] | None:
    """Every ordinal that Redis has of this build; None when it has another build, or is away."""
    try:
        pairs: Any = client().zrange(key(board), 0, -1, withscores=True)
    except redis.RedisError as error:
        _rest(error)
        return None
    found = dict(pairs)
    if found.pop(BUILD, None) != build:
        return None
    return {int(entrant): int(ordinal) for entrant, ordinal in found.items()}


def lost(builds: Mapping[int, int]) -> list[int]:
    """The boards of which Redis has nothing, or another build; none as long as it is away."""
    if not builds or is_resting():
        return []
    try:
        with client().pipeline(transaction=False) as pipe:
            for board in builds:
                pipe.zscore(key(board), BUILD)
            found = pipe.execute()
    except redis.RedisError as error:
        _rest(error)
        return []
    return [board for (board, build), there in zip(builds.items(), found, strict=True) if there != build]


def is_resting() -> bool:
    """Whether Redis is left alone after a failure."""
    return time.monotonic() < resting_until


def _rest(error: redis.RedisError) -> None:
    global resting_until
    resting_until = time.monotonic() + PAUSE
    log.warning("Redis is away, pages go on without it: %s", error.__class__.__name__)
