"""OptiBench's files of word problems: reading them, and what can be said of their answers without a model.

A file is a JSON list of {"index", "type", "question", "results"}; results: name -> number as text, the value
of the objective among them. Format: Yang et al. 2024, OptiBench Meets ReSocratic, arXiv:2407.09887.

What is looked for (`doubts_of`, `duplicates`) are faults by the file's own words: a text without numbers, a
table that it names and that isn't there, results that are no numbers, no result that looks like what is aimed
at, results that break a bound which the text states for just that quantity, names that the text has no word
of, one text with two answers. What none of them finds may still be wrong: only a formulation could tell.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from strop.benchmarks.modeling.problems import RELATIVE, Doubt, Expected, WordProblem, direction_of
from strop.errors import ConfigError

__all__ = ["FILES", "data_file", "doubts_of", "duplicates", "read"]

FILES = ("OptiBench.json", "NL4OPT-E.json")
TYPES = ("linear-notable", "linear-table", "nonlinear-notable", "nonlinear-table")

NUMBER_WORDS = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|half|twice|double|dozen)\b", re.I
)
AIM = re.compile(
    r"\b(maxim|minim|most|least|largest|smallest|lowest|highest|greatest|optim|best|cheapest|shortest|fewest|"
    r"as (?:much|many|few|little))",
    re.I,
)
OBJECTIVE = re.compile(
    r"profit|cost|total|maxim|minim|revenue|income|time|value|expense|return|score|distance|emission|area|volume|"
    r"objective|optimal|ratio|payout|average|efficien|combined|perimeter|product of|rope|intake|availability|"
    r"treated|amount of .* used|"
    r"(?:transported|delivered|processed|stored|converted|produced|performed|consumed|picked|needed)\b",
    re.I,
)
TABLE = re.compile(r"\b(following table|table below|in table \d+|shown in the table|table \d+)\b", re.I)
LEAD = re.compile(
    r"^(?:the\s+)?(?:total\s+)?(?:optimal\s+)?(?:number|quantity|amount|units)\s+of\s+|^(?:the\s+)?(?:quantity|number)\s+",
    re.I,
)
NOUN = re.compile(r"[A-Za-z][A-Za-z' -]*(?: [A-Z0-9]\b)?")
COUNTED = re.compile(r"^(?:the\s+)?number of\b", re.I)
WHOLE = re.compile(r"\b(integers?|whole numbers?)\b", re.I)
OTHER_THINGS = re.compile(r"\b(each|every|per|ratio|times|percent|combined|total|together|if|when)\b|%", re.I)


def data_file(name: str) -> Path:
    """Return a file of OptiBench below STROP_DATA/optibench, or of that path; raises `ConfigError`."""
    if Path(name).is_file():
        return Path(name)
    folder = os.environ.get("STROP_DATA", "")
    if not folder:
        raise ConfigError(
            "STROP_DATA is not set: let it name a folder that holds optibench/OptiBench.json, or give a file "
            "of that format with --file"
        )
    file = Path(folder) / "optibench" / name
    if not file.is_file():
        raise ConfigError(f"STROP_DATA: there is no {file}; known: {', '.join(FILES)}")
    return file


def read(file: Path) -> list[WordProblem]:
    """Return a file's problems, with all doubts about them; raises `ConfigError` that names the entry."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: can't be read as JSON: {error}") from None
    if not isinstance(entries, list):
        raise ConfigError(f"{file}: not a list of problems")
    problems = [_problem(file, place, entry) for place, entry in enumerate(entries)]
    names = [problem.name for problem in problems]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{file}: index {name} is there twice")
    found = duplicates(problems)
    return [replace(one, doubts=(*one.doubts, *found.get(one.name, ()))) for one in problems]


def _problem(file: Path, place: int, entry: Any) -> WordProblem:
    where = f"{file}: entry {place}"
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: not an object")
    for key, kind in (("index", int), ("type", str), ("question", str), ("results", dict)):
        if not isinstance(entry.get(key), kind):
            raise ConfigError(f"{where}: {key}: {kind.__name__} expected, found {entry.get(key)!r:.60}")
    text, results = entry["question"], entry["results"]
    expected, name = None, _objective(results)
    if name and (value := _number(results[name])) is not None:
        slack = max(RELATIVE * abs(value), _half_digit(str(results[name])))
        expected = Expected(name, value, slack, direction_of(name) or direction_of(_sentence(text)))
    return WordProblem(
        str(entry["index"]), entry["type"], text, expected, tuple(doubts_of(entry["type"], text, results))
    )


def _objective(results: Mapping[str, Any]) -> str:
    """Return the name of the result that is aimed at, the last one that looks like it; empty: none."""
    names = list(results)
    return names[0] if len(names) == 1 else next((n for n in reversed(names) if OBJECTIVE.search(n)), "")


def _number(value: Any) -> float | None:
    """Return a stored result as a number, None where it is none."""
    try:
        found = (
            float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
        )
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _half_digit(value: str) -> float:
    """Return half a unit of a text's last decimal: a stored 0.33 may be a third. Whole numbers: 0."""
    match = re.fullmatch(r"-?\d+\.(\d+)", value.strip())
    if match is None or not match[1].strip("0"):
        return 1e-6
    return float(0.5 * 10.0 ** -len(match[1]))


def _sentence(text: str) -> str:
    """Return the sentence of a text that says what is aimed at: the last one that does."""
    sentences = [one for one in re.split(r"(?<=[.?!])\s+", text) if AIM.search(one)]
    return sentences[-1] if sentences else ""


# --- one problem --------------------------------------------------------------------------------------


def doubts_of(kind: str, text: str, results: Mapping[str, Any]) -> Iterator[Doubt]:
    """Yield what speaks against a problem's stored results."""
    if kind not in TYPES:
        yield Doubt("type", f"unknown type {kind!r}", certain=False)
    if not results:
        yield Doubt("results", "no result is stored", certain=True)
    elif not _objective(results):
        yield Doubt("no objective", f"none of {', '.join(results)} looks like what is aimed at", certain=True)
    strange = [name for name in results if not _known(name, text)]
    if strange:
        said = f"the text has no word of {', '.join(strange)}"
        yield Doubt("names", said, certain=len(strange) >= 2)
    for name, value in results.items():
        if _number(value) is None:
            yield Doubt("results", f"{name}: {value!r:.60} is no finite number", certain=True)
    if not re.search(r"\d", text) and not NUMBER_WORDS.search(text):
        yield Doubt("no data", "the text holds no numbers", certain=True)
    elif not re.search(r"\d", text):
        yield Doubt("no data", "the text holds numbers in words alone", certain=False)
    if not AIM.search(text):
        yield Doubt(
            "no aim", "the text does not say what is to be as large or small as possible", certain=False
        )
    if TABLE.search(text) and not _has_rows(text):
        yield Doubt("no table", "the text names a table that is not in it", certain=False)
    numbers = {name: number for name, value in results.items() if (number := _number(value)) is not None}
    yield from _out_of_line(text, numbers)
    yield from _bounds(text, numbers)


def _known(name: str, text: str) -> bool:
    """Return whether any word of a result's name, or its beginning, is in the text."""
    words = re.findall(r"[a-z]{4,}|[A-Z]\w*|\d+", LEAD.sub("", name))
    return not words or any(word[:5].casefold() in text.casefold() for word in words)


def _has_rows(text: str) -> bool:
    """Return whether a text holds rows of a table: lines or clauses with two numbers and more."""
    rows = [row for row in re.split(r"[\n;]", text) if len(re.findall(r"\d+(?:\.\d+)?", row)) >= 2]
    return "|" in text or len(rows) >= 2


def _out_of_line(text: str, numbers: Mapping[str, float]) -> Iterator[Doubt]:
    aim = _objective(numbers)
    amounts = {name: value for name, value in numbers.items() if name != aim}
    for name, value in amounts.items():
        if COUNTED.match(name) and value < -1e-6:
            yield Doubt("out of line", f"{name} is {value:g}", certain=True)
        if COUNTED.match(name) and WHOLE.search(text) and abs(value - round(value)) > 1e-3:
            yield Doubt(
                "out of line", f"{name} is {value:g}, but the text speaks of whole numbers", certain=False
            )
    if (
        aim
        and len(amounts) >= 2
        and numbers[aim] == 0
        and any(abs(value) > 1e-9 for value in amounts.values())
    ):
        yield Doubt("out of line", f"{aim} is 0, but not all amounts are", certain=False)


BOUND = re.compile(
    r"(?P<word>at least|a minimum of|at most|no more than|a maximum of|not exceed|cannot exceed|up to)\s+"
    r"\$?(?P<number>\d[\d,]*(?:\.\d+)?)\s+(?:units of )?(?P<rest>[^.;,|\n]{1,60})",
    re.I,
)


def _bounds(text: str, numbers: Mapping[str, float]) -> Iterator[Doubt]:
    """Yield results that break a bound: "at least 20 trucks" for the result "Number of trucks"."""
    nouns = {name: LEAD.sub("", name).strip().casefold() for name in numbers if LEAD.search(name)}
    for sentence in re.split(r"(?<=[.?!])\s+|\n|\|", text):
        for match in BOUND.finditer(sentence):
            rest = match["rest"].casefold().strip()
            # The noun has to end the clause, or else the bound may be of something that the noun only begins.
            named = [name for name, noun in nouns.items() if noun and re.fullmatch(_either(noun), rest)]
            if len(named) != 1 or OTHER_THINGS.search(sentence):
                continue
            value, bound = numbers[named[0]], float(match["number"].replace(",", ""))
            low = match["word"].casefold() in ("at least", "a minimum of")
            if value < bound - 1e-3 * bound if low else value > bound + 1e-3 * bound:
                said = f"{named[0]} is {value:g}, but the text says: {match[0].strip()}"
                yield Doubt("bound", said, certain=True)


def _either(noun: str) -> str:
    """Return a pattern of a noun in singular and plural."""
    stem = re.escape(noun.removesuffix("s"))
    return rf"{stem}(?:s|es)?(?: (?:must|should|need to|have to|can) be \w+| are \w+)?"


# --- several problems ---------------------------------------------------------------------------------

NEAR = 0.9
"""Part of their words that two texts with the same numbers share from which they count as one problem."""


def duplicates(problems: Sequence[WordProblem]) -> dict[str, list[Doubt]]:
    """Return doubts by name of problem, for texts that are (nearly) those of others."""
    places: dict[tuple[str, ...], list[WordProblem]] = defaultdict(list)
    for one in problems:
        places[tuple(sorted(re.findall(r"\d+(?:\.\d+)?", one.text)))].append(one)
    found: dict[str, list[Doubt]] = defaultdict(list)
    for same in places.values():
        for k, one in enumerate(same):
            for other in same[k + 1 :]:
                if one.expected is None or other.expected is None or _overlap(one.text, other.text) < NEAR:
                    continue
                equal = one.expected.agrees(other.expected.value) or other.expected.agrees(one.expected.value)
                # Texts that differ in a word may be two problems; the same text can't have two answers.
                alike = _plain(one.text) == _plain(other.text)
                values = f"{one.expected.value:g} and {other.expected.value:g}"
                for a, b in ((one, other), (other, one)):
                    said = f"{'' if alike else 'nearly '}the text of {b.name}, "
                    said += "with its answer" if equal else f"answers {values}"
                    found[a.name].append(Doubt("duplicate", said, certain=alike and not equal))
    return found


def _overlap(one: str, other: str) -> float:
    """Return the part of the words of two texts that both have."""
    a, b = (set(re.findall(r"[a-z]+", text.casefold())) for text in (one, other))
    return len(a & b) / max(1, len(a | b))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
