"""Python texts as the interpreter reads their files: its lines, its encodings."""

from __future__ import annotations

import ast
import codecs
import io
import re
import warnings

__all__ = ["code_lines", "odd_coding", "parse_python"]

COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""Source: PEP 263, of the first two lines."""

PLAIN = ("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252")
"""Encodings in which what is ASCII says what it seems to say."""


def parse_python(text: str) -> ast.Module:
    """Return the tree of a text as a file, its coding cookie obeyed and a byte order mark passed over.

    A text parsed as such ignores the cookie: what is a comment there may be code in another encoding.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the author's matter
        return ast.parse(text.removeprefix("\ufeff").encode("utf-8", "surrogatepass"))


def odd_coding(text: str) -> str:
    """Return the encoding that a text's cookie names, where another one than a reader's; else empty."""
    for line in text.removeprefix("\ufeff").split("\n")[:2]:
        if match := COOKIE.match(line):
            # As the interpreter takes utf-8-unix for utf-8.
            spelt = re.sub(
                r"^(utf-8|latin-1|iso-8859-1|iso-latin-1)-.*", r"\1", match[1].lower().replace("_", "-")
            )
            try:
                name = codecs.lookup(spelt).name
            except LookupError:
                return match[1]
            return "" if name in PLAIN else match[1]
        if line.strip() and not line.lstrip().startswith("#"):
            break  # only a blank line or a comment may stand before it
    return ""


def code_lines(text: str) -> list[str]:
    """Return the lines of a text as a parser numbers them.

    `str.splitlines` counts form feeds and other separators, too: with some of them in a comment, what a
    candidate adds below would stand on lines that count as the old ones.
    """
    return io.StringIO(text, newline=None).read().split("\n")
