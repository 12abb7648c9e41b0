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
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            if text[place].isspace():
                place += 1
                continue
            raise NotationError(f"character {place}: unexpected {text[place]!r}")
        kind = match.lastgroup or ""
        value = match[kind]
        found.append((kind, _unescaped(value) if kind == "string" else value))
        place = match.end()
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text
