"""JSON in one form only, so that equal values are equal texts."""

from __future__ import annotations

import json
from typing import Any


def encode(value: Any) -> str:
    """Return a value as JSON: keys in order, no spaces, non-ASCII characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def copied(value: Any) -> Any:
    """Return a copy that shares nothing with the value, as a receiver would have it."""
    return json.loads(encode(value))
