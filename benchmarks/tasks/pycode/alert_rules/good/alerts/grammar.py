"""Conditions such as `load * 2 > 150 and (state == "up" or not within(temp, 10, 60))`.

    either     = both { "or" both }
    both       = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
    sum        = product { ("+" | "-") product }
    product    = value { "*" value }
    value      = number | text | "none" | name | name "(" either { "," either } ")" | "(" either ")"

A field that an event lacks is `none`. Numbers and texts have an order among their own kind only, and
arithmetic is for numbers: all else is not true, or `none`. What holds is what is not 0, "" or `none`;
comparisons, `and`, `or` and `not` are 1 or 0.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from alerts.events import Event
from alerts.lexer import tokens

Value = int | str | None
Test = Callable[[Event], Value]

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COUNTS = {"length": 1, "within": 3, "starts": 2, "known": 1}


def holds(condition: str, event: Event) -> bool:
    """Whether an event meets a condition.

    Raises:
        ValueError: The condition can't be understood.
    """
    return bool(understood(condition)(event))


def understood(condition: str) -> Test:
    """Return a function that computes the value of a condition for an event.

    Raises:
        ValueError: The condition can't be understood.
    """
    words = tokens(condition)
    test, place = _any_of(words, 0)
    if place < len(words):
        raise ValueError(f"{words[place]!r} in {condition!r}: the condition should end before it")
    return test


def _word(words: list[str], place: int) -> str:
    return words[place] if place < len(words) else ""


def _any_of(words: list[str], place: int) -> tuple[Test, int]:
    test, place = _all_of(words, place)
    while _word(words, place) == "or":
        right, place = _all_of(words, place + 1)
        test = _or(test, right)
    return test, place


def _or(left: Test, right: Test) -> Test:
    return lambda event: 1 if left(event) or right(event) else 0


def _all_of(words: list[str], place: int) -> tuple[Test, int]:
    test, place = _inverted(words, place)
    while _word(words, place) == "and":
        right, place = _inverted(words, place + 1)
        test = _and(test, right)
    return test, place


def _and(left: Test, right: Test) -> Test:
    return lambda event: 1 if left(event) and right(event) else 0


def _inverted(words: list[str], place: int) -> tuple[Test, int]:
    if _word(words, place) == "not":
        test, place = _inverted(words, place + 1)
        return (lambda event: 0 if test(event) else 1), place
    return _compared(words, place)


def _compared(words: list[str], place: int) -> tuple[Test, int]:
    left, place = _added(words, place)
    sign = _word(words, place)
    if sign in ("==", "!=", "<", "<=", ">", ">="):
        right, place = _added(words, place + 1)
        return _comparing(sign, left, right), place
    return left, place


def _comparing(sign: str, left: Test, right: Test) -> Test:
    if sign == "==":
        return lambda event: 1 if left(event) == right(event) else 0
    if sign == "!=":
        return lambda event: 1 if left(event) != right(event) else 0
    order = _ORDERS[sign]

    def ordered(event: Event) -> int:
        one, other = left(event), right(event)
        if isinstance(one, int) and isinstance(other, int) or isinstance(one, str) and isinstance(other, str):
            return 1 if order(one, other) else 0
        return 0

    return ordered


def compare(sign: str, left: Value, right: Value) -> int:
    """Return 1 where a comparison is true, else 0."""
    if sign == "==":
        return 1 if left == right else 0
    if sign == "!=":
        return 1 if left != right else 0
    if isinstance(left, int) and isinstance(right, int) or isinstance(left, str) and isinstance(right, str):
        if sign == "<":
            return 1 if left < right else 0  # type: ignore[operator]
        if sign == "<=":
            return 1 if left <= right else 0  # type: ignore[operator]
        if sign == ">":
            return 1 if left > right else 0  # type: ignore[operator]
        return 1 if left >= right else 0  # type: ignore[operator]
    return 0


def _added(words: list[str], place: int) -> tuple[Test, int]:
    test, place = _multiplied(words, place)
    while (sign := _word(words, place)) in ("+", "-"):
        right, place = _multiplied(words, place + 1)
        test = _calculating(sign, test, right)
    return test, place


def _multiplied(words: list[str], place: int) -> tuple[Test, int]:
    test, place = _single(words, place)
    while _word(words, place) == "*":
        right, place = _single(words, place + 1)
        test = _calculating("*", test, right)
    return test, place


def _calculating(sign: str, left: Test, right: Test) -> Test:
    return lambda event: calculate(sign, left(event), right(event))


def calculate(sign: str, left: Value, right: Value) -> Value:
    """Return a sum, difference or product of numbers, None of anything else."""
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right


def _single(words: list[str], place: int) -> tuple[Test, int]:
    word = _word(words, place)
    if word.isdecimal():
        return _constant(int(word)), place + 1
    if word.startswith('"'):
        return _constant(word[1:-1]), place + 1
    if word == "(":
        test, place = _any_of(words, place + 1)
        return test, _expect(")", words, place)
    if word == "none":
        return _constant(None), place + 1
    if not word.replace("_", "a").replace(".", "a").isalnum() or word in ("and", "or", "not"):
        raise ValueError(f"{word!r} in {' '.join(words)!r}: a value should be there")
    if _word(words, place + 1) != "(":
        return (lambda event: event.get(word)), place + 1
    tests: list[Test] = []
    place += 1
    while not tests or _word(words, place) == ",":
        test, place = _any_of(words, place + 1)
        tests.append(test)
    return _applying(word, tests), _expect(")", words, place)


def _constant(value: Value) -> Test:
    return lambda event: value


def _applying(name: str, tests: list[Test]) -> Test:
    if name != "largest" and _COUNTS.get(name) != len(tests):
        raise ValueError(f"function {name} of {len(tests)} values: there is none")
    return lambda event: apply(name, [test(event) for test in tests])


def _expect(word: str, words: list[str], place: int) -> int:
    if _word(words, place) != word:
        raise ValueError(f"{_word(words, place)!r} in {' '.join(words)!r}: {word!r} should be there")
    return place + 1


def apply(name: str, values: list[Value]) -> Value:
    """Return the value of a function: `length`, `within`, `starts`, `largest`, `known`; else ValueError."""
    if name == "length" and len(values) == 1:
        return len(values[0]) if isinstance(values[0], str) else None
    if name == "within" and len(values) == 3:
        return 1 if compare("<=", values[1], values[0]) and compare("<=", values[0], values[2]) else 0
    if name == "starts" and len(values) == 2:
        text, start = values
        return 1 if isinstance(text, str) and isinstance(start, str) and text.startswith(start) else 0
    if name == "largest":
        numbers = [value for value in values if isinstance(value, int)]
        return max(numbers) if numbers else None
    if name == "known" and len(values) == 1:
        return 0 if values[0] is None else 1
    raise ValueError(f"function {name} of {len(values)} values: there is none")
