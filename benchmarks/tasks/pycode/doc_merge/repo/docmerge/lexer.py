"""Text to tokens.

A token is (kind, text): marks such as `{`, strings without their quotes, numbers, and words.
"""

from __future__ import annotations

import re

Token = tuple[str, str]

_TOKEN = re.compile(
    r"""(?P<mark>[{}\[\]:;/])|"(?P<string>(?:[^"\\]|\\.)*)"|(?P<number>-?\d+)|(?P<word>[a-z_][a-z0-9_]*)"""
)


class NotationError(ValueError):
    """A text that is not written as it should be."""


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text; raises NotationError at a character that starts none."""
    found: list[Token] = []
    rest = text.lstrip()
    while rest:
        match = _TOKEN.match(rest)
        if match is None:
            raise NotationError(f"character {len(text) - len(rest)}: unexpected {rest[0]!r}")
        kind = match.lastgroup or ""
        value = match[kind]
        found.append((kind, _unescaped(value) if kind == "string" else value))
        rest = rest[match.end() :].lstrip()
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text
