"""A model's answer to a trace: which variables it wants to change, and to what.

Small models wrap, cut, quote and decorate. What is certain is understood; everything else is a problem
that the model is told, and no variable changes by it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.agents.opto.nodes import ParameterNode

__all__ = ["Answer", "read_answer"]

MAX_CHARACTERS = 1 << 20
MOST_TRIES = 40
"""Places of an answer that are tried as an object."""

NO_CHANGE = re.compile(r"\W*TERMINATE\W*", re.IGNORECASE)
THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
END_OF_THOUGHT = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
VARIABLE = re.compile(r"<variable>(.*?)</variable>", re.DOTALL)
NAME = re.compile(r"<name>\s*(.*?)\s*</name>", re.DOTALL)
VALUE = re.compile(r"<value>(.*)</value>", re.DOTALL)  # greedy: code may hold the text "</value>"
FENCE = re.compile(r"^\s*```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```\s*$", re.DOTALL)
KEYS = ("suggestion", "suggestions", "variables", "values")


@dataclass(frozen=True)
class Answer:
    """What was understood."""

    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # by the prompt's names, as the parameters take them
    problems: tuple[str, ...] = ()  # sentences for the model, and for whoever reads the study
    reasoning: str = ""
    unchanged: bool = False  # it says that nothing has to change


def read_answer(text: str, variables: Mapping[str, ParameterNode], *, cut_off: bool = False) -> Answer:
    """Return what an answer wants, checked against the variables.

    Args:
        text: The model's words.
        variables: The parameters by the names that the prompt has for them.
        cut_off: The provider says that the answer ended at its limit.
    """
    if len(text) > MAX_CHARACTERS:
        return Answer(problems=(f"the answer has {len(text)} characters, more than {MAX_CHARACTERS}",))
    words = _without_thoughts(text).strip()
    if not words:
        return Answer(
            problems=("the answer was cut off in its reasoning" if cut_off else "the answer was empty",)
        )
    if NO_CHANGE.fullmatch(words):
        return Answer(unchanged=True)
    found = _suggestion(words, variables)
    if found is None:
        why = "the answer was cut off at its length limit" if cut_off else "no suggestion in the answer"
        return Answer(problems=(f'{why}; answer with one JSON object with the key "suggestion"',))
    suggestion, reasoning = found
    values: dict[str, Any] = {}
    problems = []
    for key, proposed in suggestion.items():
        name = str(key).strip().strip("`'\"").removeprefix("#")
        if name not in variables:
            problems.append(f"{name!r:.60} is no variable; known: {', '.join(variables)}")
            continue
        value, problem = _value(variables[name], proposed)
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            values[name] = value
    return Answer(values, tuple(problems), reasoning, unchanged=not suggestion)


def _without_thoughts(text: str) -> str:
    text = THOUGHT.sub("", text)
    text = END_OF_THOUGHT.sub("", text)  # its start was in the prompt's template
    start = re.search(r"<think(?:ing)?>", text, re.IGNORECASE)
    return text[: start.start()] if start else text


# --- finding the suggestion -------------------------------------------------------------------------


def _suggestion(text: str, variables: Mapping[str, ParameterNode]) -> tuple[dict[str, Any], str] | None:
    """Return the last suggestion of an answer and its reasoning; earlier ones are drafts or the example."""
    last: tuple[dict[str, Any], str] | None = None
    for data in _objects(text):
        inner = next((data[key] for key in KEYS if isinstance(data.get(key), dict)), None)
        if inner is None:
            listed = next((data[key] for key in KEYS if isinstance(data.get(key), list)), None)
            inner = _pairs(listed)
        if inner is None and data and all(str(key) in variables for key in data):
            inner = data
        if inner is not None:
            last = inner, str(data.get("reasoning", ""))[:4000]
    return last or _tagged(text) or _functions(text, variables)


def _pairs(items: Any) -> dict[str, Any] | None:
    """Return [{"name": ..., "value": ...}, ...] as a dict."""
    if not isinstance(items, list) or not all(
        isinstance(i, dict) and {"name", "value"} <= i.keys() for i in items
    ):
        return None
    return {str(item["name"]): item["value"] for item in items}


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the outermost objects of a text: JSON, else JSON with small faults, else a Python literal."""
    decoder = json.JSONDecoder(strict=False)  # line breaks inside strings are what models write
    at = text.find("{")
    for _ in range(MOST_TRIES):
        if at < 0:
            return
        try:
            data, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            data, end = _lenient(text, at)
        if isinstance(data, dict):
            yield data
            at = text.find("{", end)
        else:
            at = text.find("{", at + 1)


def _lenient(text: str, at: int) -> tuple[Any, int]:
    end = _closing(text, at)
    if end < 0:
        return None, at
    piece = text[at:end]
    try:
        return json.loads(_without_trailing_commas(piece), strict=False), end
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(piece), end
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None, at


def _spans(text: str, at: int) -> Iterator[tuple[int, str, bool]]:
    """Yield (place, character, whether it is in a string) from a place on."""
    quote, escaped = "", False
    for place in range(at, len(text)):
        sign = text[place]
        if quote:
            yield place, sign, True
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == quote:
                quote = ""
        else:
            # An apostrophe inside of a word is none: {"a": don't}
            if sign == '"' or (
                sign == "'" and text[place - 1 : place] in ("", " ", "{", "[", ",", ":", "(", "\n")
            ):
                quote = sign
            yield place, sign, bool(quote)


def _closing(text: str, at: int) -> int:
    """Return the place after the brace that closes the one at a place, -1 where none does."""
    depth = 0
    for place, sign, quoted in _spans(text, at):
        if quoted:
            continue
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return place + 1
    return -1


def _without_trailing_commas(text: str) -> str:
    drop = set()
    comma = -1
    for place, sign, quoted in _spans(text, 0):
        if quoted:
            comma = -1
        elif sign == ",":
            comma = place
        elif sign in "}]" and comma >= 0:
            drop.add(comma)
            comma = -1
        elif not sign.isspace():
            comma = -1
    return "".join(sign for place, sign in enumerate(text) if place not in drop)


def _tagged(text: str) -> tuple[dict[str, Any], str] | None:
    """Read <variable><name>x</name><value>1</value></variable>, the form of OptoPrime's second version."""
    found: dict[str, Any] = {}
    for block in VARIABLE.findall(text):
        name, value = NAME.search(block), VALUE.search(block)
        if name is None or value is None:
            return None
        found[name[1]] = value[1].strip("\n")
    if not found or text.count("<variable>") != len(VARIABLE.findall(text)):
        return None  # one was cut off: which, and where, is a guess
    reasoning = re.search(r"<reasoning>(.*?)</reasoning>", text, re.DOTALL)
    return found, reasoning[1].strip()[:4000] if reasoning else ""


def _functions(text: str, variables: Mapping[str, ParameterNode]) -> tuple[dict[str, Any], str] | None:
    """Return functions in fences that are variables by name: some models answer code with nothing else."""
    found = {}
    for code in re.findall(r"^```[\w+-]*[ \t]*\n(.*?)\n```", text, re.DOTALL | re.MULTILINE):
        for name, parameter in variables.items():
            if parameter.is_code and re.search(rf"^(?:async )?def {re.escape(name)}\(", code, re.MULTILINE):
                found[name] = code
    return (found, "") if found else None


# --- one value --------------------------------------------------------------------------------------


def _value(parameter: ParameterNode, proposed: Any) -> tuple[Any, str]:
    is_text = parameter.is_code or isinstance(parameter._data, str)
    if (
        is_text
        and isinstance(proposed, list)
        and proposed
        and all(isinstance(line, str) for line in proposed)
    ):
        proposed = "\n".join(line.rstrip("\n") for line in proposed)
    if parameter.is_code and isinstance(proposed, str):
        return _code(parameter, proposed)
    if not is_text and isinstance(proposed, str) and (fenced := FENCE.match(proposed)):
        proposed = fenced[1]
    return parameter.admit(proposed)


def _code(parameter: ParameterNode, text: str) -> tuple[Any, str]:
    """Return code without its fence, with line breaks that were escaped once too often."""
    fenced = FENCE.match(text)
    plain = fenced[1] if fenced else text
    value, problem = parameter.admit(plain)
    if problem and "\n" not in plain.strip() and "\\n" in plain:
        try:
            unescaped = json.loads(f'"{plain}"', strict=False)
        except ValueError:
            unescaped = plain.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
        again, still = parameter.admit(unescaped)
        if not still:
            return again, ""
    return value, problem
