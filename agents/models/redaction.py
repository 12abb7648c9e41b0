"""Keeps API keys out of everything that is written or shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

__all__ = ["MASK", "mask_secrets", "redact"]

MASK = "[redacted]"

_SECRET_NAMES = ("_API_KEY", "_TOKEN", "_SECRET", "_ACCESS_KEY", "_PASSWORD")
_SHORTEST = 8
"""Characters. Shorter values ("none", "test") are no secrets, and masking them would spoil texts."""

_LONG_WORD = 16
"""Characters from which letters alone are taken for a key, in answers, too."""

_PATTERNS = (
    (re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{6,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@'\"]+@"), rf"\1{MASK}@"),
)


def redact(text: str) -> str:
    """Return a text without the secrets of this process's environment and without bearer tokens.

    Secrets are the values of variables whose name ends in `_API_KEY`, `_TOKEN`, `_SECRET`,
    `_ACCESS_KEY` or `_PASSWORD`; also masked are the user and password of a URL.
    """
    for value in _secrets():
        text = text.replace(value, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_secrets(text: str, own: Iterable[str] = ()) -> str:
    """Return an answer without the secrets of this process's environment and those of its own connection.

    Nothing else: code of an answer may build URLs with passwords, and has to stay as it is.
    """
    # A short word ("password", "postgres") may be a name in any code; what is logged is masked all the same.
    known = [value for value in _secrets() if not (value.isalpha() and len(value) < _LONG_WORD)]
    for value in sorted({*known, *own}, key=lambda value: (-len(value), value)):
        text = text.replace(value, MASK)
    return text


def _secrets() -> list[str]:
    """Return the values to mask, the longest first so that none is left in part."""
    values = {
        value.strip()
        for name, value in os.environ.items()
        if name.upper().endswith(_SECRET_NAMES) and len(value.strip()) >= _SHORTEST
    }
    return sorted(values, key=lambda value: (-len(value), value))
