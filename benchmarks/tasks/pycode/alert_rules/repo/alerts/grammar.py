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

from alerts.events import Event
from alerts.lexer import tokens

Value = int | str | None


def holds(condition: str, event: Event) -> bool:
    """Whether an event meets a condition.

    Raises:
        ValueError: The condition can't be understood.
    """
    words = tokens(condition)
    value, place = _either(words, 0, event)
    if place < len(words):
        raise ValueError(f"{words[place]!r} in {condition!r}: the condition should end before it")
    return bool(value)


def _word(words: list[str], place: int) -> str:
    return words[place] if place < len(words) else ""


def _either(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    value, place = _both(words, place, event)
    while _word(words, place) == "or":
        right, place = _both(words, place + 1, event)
        value = 1 if value or right else 0
    return value, place


def _both(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    value, place = _negation(words, place, event)
    while _word(words, place) == "and":
        right, place = _negation(words, place + 1, event)
        value = 1 if value and right else 0
    return value, place


def _negation(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    if _word(words, place) == "not":
        value, place = _negation(words, place + 1, event)
        return (0 if value else 1), place
    return _comparison(words, place, event)


def _comparison(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    left, place = _sum(words, place, event)
    sign = _word(words, place)
    if sign in ("==", "!=", "<", "<=", ">", ">="):
        right, place = _sum(words, place + 1, event)
        return compare(sign, left, right), place
    return left, place


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


def _sum(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    value, place = _product(words, place, event)
    while _word(words, place) in ("+", "-"):
        sign = words[place]
        right, place = _product(words, place + 1, event)
        value = calculate(sign, value, right)
    return value, place


def _product(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    value, place = _value(words, place, event)
    while _word(words, place) == "*":
        right, place = _value(words, place + 1, event)
        value = calculate("*", value, right)
    return value, place


def calculate(sign: str, left: Value, right: Value) -> Value:
    """Return a sum, difference or product of numbers, None of anything else."""
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right


def _value(words: list[str], place: int, event: Event) -> tuple[Value, int]:
    word = _word(words, place)
    if word.isdecimal():
        return int(word), place + 1
    if word.startswith('"'):
        return word[1:-1], place + 1
    if word == "(":
        value, place = _either(words, place + 1, event)
        return value, _expect(")", words, place)
    if word == "none":
        return None, place + 1
    if not word.replace("_", "a").replace(".", "a").isalnum() or word in ("and", "or", "not"):
        raise ValueError(f"{word!r} in {' '.join(words)!r}: a value should be there")
    if _word(words, place + 1) != "(":
        return event.get(word), place + 1
    values = []
    place += 1
    while not values or _word(words, place) == ",":
        value, place = _either(words, place + 1, event)
        values.append(value)
    return apply(word, values), _expect(")", words, place)


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
