"""Strict reading of answer.txt: a candidate's text is hostile, and becomes exact numbers or is refused.

Decimals become fractions, so that no rounding stands between what is printed and what is judged: one unit
in the last place decides. Refusing means: a message on stderr, and exit code 1.
"""

from __future__ import annotations

import os
import re
import stat
from fractions import Fraction
from typing import NoReturn

ANSWER = "answer.txt"
MOST_BYTES = 1 << 20
# Forty decimals are far finer than any answer needs, and keep the exact arithmetic small.
DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
INTEGER = re.compile(r"-?[0-9]{1,12}")


def refuse(message: str) -> NoReturn:
    """End with the message on stderr and exit code 1."""
    raise SystemExit(f"{ANSWER}: {message}")


def rows(columns: int, least: int, most: int) -> list[list[str]]:
    """Return the words of each line; refuses other shapes, large files, and what is not plain ASCII."""
    try:
        # A fifo that nobody writes would block, and a link may lead anywhere.
        handle = os.open(ANSWER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        refuse(f"can't be read: {error.strerror}")
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            refuse("no regular file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        refuse(f"more than {MOST_BYTES} bytes")
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        refuse("not ASCII")
    if lines[-1] == "":
        lines.pop()
    if not least <= len(lines) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        refuse(f"{len(lines)} lines, {wanted} are expected")
    table = [line.split(" ") for line in lines]
    for number, words in enumerate(table, start=1):
        if len(words) != columns:
            refuse(f"line {number}: {len(words)} words, {columns} are expected")
    return table


def decimals(columns: int, count: int) -> list[list[Fraction]]:
    """Return `count` lines of decimals as exact fractions; refuses NaN, infinities and overlong numbers."""
    table = rows(columns, count, count)
    for number, words in enumerate(table, start=1):
        for word in words:
            if not DECIMAL.fullmatch(word):
                refuse(f"line {number}: {word[:60]!r} is no decimal number")
    return [[Fraction(word) for word in words] for words in table]


def integers(columns: int, least: int, most: int) -> list[list[int]]:
    """Return lines of integers of at most twelve digits."""
    table = rows(columns, least, most)
    for number, words in enumerate(table, start=1):
        for word in words:
            if not INTEGER.fullmatch(word):
                refuse(f"line {number}: {word[:60]!r} is no integer")
    return [[int(word) for word in words] for words in table]


def rounded_down(value: Fraction, places: int = 18) -> str:
    """Return the largest decimal of `places` places that is not above the value."""
    scaled = value.numerator * 10**places // value.denominator
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def rounded_up(value: Fraction, places: int = 18) -> str:
    """Return the least decimal of `places` places that is not below the value."""
    text = rounded_down(-value, places)
    return text[1:] if text.startswith("-") else ("-" + text if text.strip("0.") else text)
