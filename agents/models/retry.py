"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["LONGEST_WAIT_S", "retry_after_seconds", "wait_seconds"]

LONGEST_WAIT_S = 60.0
_FIRST_WAIT_S = 0.5


def wait_seconds(failures: int, retry_after: str | None, *, rng: random.Random) -> float:
    """Return how many seconds to wait after so many failures of one call (1 for the first).

    What the provider asks for (`Retry-After`) counts, else an exponential backoff with full jitter;
    at most `LONGEST_WAIT_S`.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    asked = retry_after_seconds(retry_after)
    if asked is not None:
        # A little later than asked for, so that all who were told the same don't come at once.
        return min(asked + rng.uniform(0, _FIRST_WAIT_S), LONGEST_WAIT_S)
    return rng.uniform(0, min(_FIRST_WAIT_S * 2 ** (failures - 1), LONGEST_WAIT_S))


def retry_after_seconds(
    value: str | None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Return the seconds that a `Retry-After` header asks for; None without one that makes sense.

    Source: RFC 9110, 10.2.3: a number of seconds, or an HTTP date.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now()).total_seconds()
        except (ValueError, OverflowError):  # no date, or none of this age of the world
            return None
    # "nan" is a number to Python, and compares as neither.
    return max(0.0, seconds) if seconds == seconds else None
