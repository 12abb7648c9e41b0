"""Annotated literals: a knob that a line of source carries, in any language with line comments.

BLOCK = 64  # strop: int 8..256 log
static const float DECAY = 0.5f;  // strop: float 0.1..0.9 step 0.1
local fast = true  -- strop: bool
MODE = "lru"  # strop: choice lru|fifo|none
integer, parameter :: block = 64  ! strop: int 8..256

Comments that other languages read as something else (! % ' ") go by the file's suffix.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import NamedTuple

from strop.candidate import KnobValue
from strop.errors import ConfigError
from strop.job import Knob

__all__ = ["literals", "qualifiers", "set_literal", "strip_annotations"]

GRAMMAR = "`strop: int LOW..HIGH [log] [step N]`, `float LOW..HIGH ...`, `bool` or `choice A|B|C`"

MARKERS = "#+|//+|--|;+"

OWN_MARKERS = {
    "!+": ("f", "for", "ftn", "f77", "f90", "f95", "f03", "f08", "f18", "fpp", "inc"),
    "%+": ("m", "erl", "hrl", "escript", "tex", "sty", "cls", "pro", "prolog", "ps"),
    "'": ("vb", "vbs", "bas", "frm", "cls"),
    '"': ("vim",),
}
"""Comments of some languages alone, by suffix: of Fortran, MATLAB, Erlang, TeX, Prolog, Visual Basic, Vim."""

VALUE = r"""(?P<value>
    "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
  | [-+]?0(?:[xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+) (?:_?[A-Za-z]+\d*)?
  | [-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eEdD][-+]?\d+)? (?:_?[A-Za-z]+\d*)?
  | [A-Za-z_][\w.:]*
)"""

# NAME = 64, NAME: int = 64, NAME := 64, "NAME": 64, #define NAME 64, integer :: NAME = 64,
# NAME As Integer = 64
ASSIGNMENT = re.compile(
    r"(?<![\w.])(?P<name>[A-Za-z_]\w*)[\"']?"
    r"(?:(?:[ \t]*:(?!:)[^=\n]*|[ \t]+[Aa]s[ \t]+\w+)?[ \t]*[?:+]?=[ \t]*|[ \t]*:[ \t]*|[ \t]+)"
    + VALUE
    + r"[ \t;,)}\]]*$",
    re.VERBOSE,
)

NUMBER = re.compile(r"[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eEdD][-+]?\d+)?")
DOUBLE = re.compile(r"[dD][-+]?\d+$")  # the exponent of Fortran's double precision
RANGE = re.compile(
    r"(?P<low>[-+]?[\d.]*?\d(?:[eE][-+]?\d+)?)[ \t]*\.\.[ \t]*(?P<high>[-+]?\.?\d[\d.]*(?:[eE][-+]?\d+)?)"
    r"(?P<log>[ \t]+log)?(?:[ \t]+step[ \t]+(?P<step>[\d.]+(?:[eE][-+]?\d+)?))?"
)


class Place(NamedTuple):
    """One annotated line: where its value stands in the text, and what the annotation says."""

    name: str
    value: str  # as written
    start: int
    end: int
    spec: str
    line: int  # counted from 1


def literals(text: str, path: str) -> list[Knob]:
    """Return the knobs that a file's annotated literals declare, in order, with `literal=path`.

    Raises `ConfigError` with path and line for an annotation that can't be understood, a default
    outside of its range, or a name that is given twice.
    """
    knobs: dict[str, Knob] = {}
    for place in _places(text, path):
        if place.name in knobs:
            raise ConfigError(f"{path}:{place.line}: {place.name} is annotated twice; give it once")
        knobs[place.name] = _knob(place, path)
    return list(knobs.values())


def set_literal(text: str, path: str, knob: Knob, value: KnobValue) -> str:
    """Return a file's text with the annotated literal of a knob set, everything else kept.

    A knob may have the file's name before that of its literal: of `SIZE` in two files one is `cache_SIZE`.

    Raises `ConfigError` where the file has no such literal, several, or one that can't be read.
    """
    places = _places(text, path, strict=False)
    found = [place for place in places if place.name == knob.name] or [
        place for place in places if knob.name in {f"{prefix}_{place.name}" for prefix in qualifiers(path)}
    ]
    if not found:
        known = ", ".join(place.name for place in places) or "none"
        raise ConfigError(
            f"{path}: knob {knob.name!r}: no annotated literal of that name (found: {known}); "
            f"write e.g. `{knob.name} = ...  # strop: int 8..256`"
        )
    if len(found) > 1:
        lines = ", ".join(str(place.line) for place in found)
        raise ConfigError(f"{path}: knob {knob.name!r}: annotated several times, in lines {lines}")
    place = found[0]
    try:
        written = _written(place.value, knob, value)
    except ValueError as error:
        raise ConfigError(f"{path}:{place.line}: {place.name}: {error}") from None
    return text[: place.start] + written + text[place.end :]


def qualifiers(path: str) -> list[str]:
    """Return what may stand before a name of a file to tell it from others, the shortest first.

    Of src/cache/lru.py these are lru, cache_lru and src_cache_lru.
    """
    parts = path.removeprefix("./").split("/")
    parts[-1] = parts[-1].partition(".")[0] or parts[-1].strip(".")
    names = [re.sub(r"\W", "_", "_".join(parts[-count:])) for count in range(1, len(parts) + 1)]
    return [f"_{name}" if name[:1].isdigit() else name for name in names]


def strip_annotations(text: str, path: str = "") -> str:
    """Return a text without the comments that annotate literals; the values stay."""
    lines, annotation = text.split("\n"), _annotation(path)
    for place in _places(text, path, strict=False):
        line, ending = _line(lines[place.line - 1])
        lines[place.line - 1] = annotation.sub("", line) + ending
    return "\n".join(lines)


def _annotation(path: str) -> re.Pattern[str]:
    """Return what an annotation looks like in a file of this name."""
    suffix = path.rpartition(".")[2].lower()
    markers = "|".join([MARKERS, *(marker for marker, ends in OWN_MARKERS.items() if suffix in ends)])
    # The marker stands directly before the word, so that text in a string rarely looks like one.
    return re.compile(rf"[ \t]*(?:{markers})[ \t]*strop:[ \t]*(?P<spec>(?:int|float|bool|choice)\b.*)$")


def _line(raw: str) -> tuple[str, str]:
    return (raw[:-1], "\r") if raw.endswith("\r") else (raw, "")


def _places(text: str, path: str, *, strict: bool = True) -> list[Place]:
    if "strop:" not in text:
        return []
    comments = _comment_lines(text) if path.endswith((".py", ".pyi")) else None
    annotation = _annotation(path)
    found = []
    offset = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line, _ = _line(raw)
        note = annotation.search(line)
        if note and (comments is None or number in comments):
            code = line[: note.start()]
            match = ASSIGNMENT.search(code)
            if match:
                start, end = match.span("value")
                spec = note["spec"].strip()
                found.append(Place(match["name"], match["value"], offset + start, offset + end, spec, number))
            elif strict:
                raise ConfigError(
                    f"{path}:{number}: no literal before the annotation; write `NAME = 64  # strop: ...`"
                )
        offset += len(raw) + 1
    return found


def _comment_lines(text: str) -> set[int] | None:
    """Return the lines of Python source with a comment, so that strings don't count; None if unsure."""
    try:
        # tokenize counts a form feed or \r inside of a line as str.split("\n") does: not at all.
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline="\n").readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


def _knob(place: Place, path: str) -> Knob:
    where = f"{path}:{place.line}: {place.name}"
    kind, _, rest = place.spec.partition(" ")
    rest = rest.strip()
    try:
        if kind == "bool" and not rest:
            return Knob(name=place.name, type="bool", default=_boolean(place.value), literal=path)
        if kind == "choice" and "|" in rest:
            choices = tuple(part.strip().strip("\"'") for part in rest.split("|"))
            default = place.value.strip("\"'")
            return Knob(name=place.name, type="categorical", choices=choices, default=default, literal=path)
        match = RANGE.fullmatch(rest)
        if match and kind in ("int", "float"):
            return Knob(
                name=place.name,
                type="int" if kind == "int" else "float",
                low=float(match["low"]),
                high=float(match["high"]),
                log=bool(match["log"]),
                step=float(match["step"]) if match["step"] else None,
                default=_number(place.value, kind),
                literal=path,
            )
    except ValueError as error:
        reason = str(error).replace("\n", " ") if type(error) is ValueError else _first_reason(error)
        raise ConfigError(f"{where}: {reason}") from None
    raise ConfigError(f"{where}: {place.spec!r} is no annotation; allowed: {GRAMMAR}")


def _first_reason(error: ValueError) -> str:
    """Return the message of a record's validation without its decoration."""
    details: list[dict[str, object]] = getattr(error, "errors", list)()
    return str(details[0]["msg"]).removeprefix("Value error, ") if details else str(error)


WORDS = (("true", "false"), ("yes", "no"), ("on", "off"))
"""Words for a boolean, in the pairs that belong together."""

RADIX = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+)")


def _boolean(value: str) -> bool:
    if value.lower() in ("true", "1", "yes", "on"):
        return True
    if value.lower() in ("false", "0", "no", "off"):
        return False
    raise ValueError(f"{value} is not true or false")


def _number(value: str, kind: str) -> int | float:
    digits, _ = _parted(value)
    if not digits:
        raise ValueError(f"{value} is not a number")
    digits = digits.replace("_", "")
    if RADIX.match(digits):
        return int(digits, 0)
    if re.fullmatch(r"[-+]?0\d+", digits):
        raise ValueError(f"{value} is octal in some languages and decimal in others; write it without the 0")
    return int(digits) if kind == "int" else float(re.sub("[dD]", "e", digits))


def _parted(value: str) -> tuple[str, str]:
    """Return the number that a literal begins with, empty where it is none, and its suffix.

    Raises `ValueError` for digits that its base doesn't have.
    """
    match = RADIX.match(value) or NUMBER.match(value)
    if match is None:
        return "", ""
    number, suffix = match[0], value[match.end() :]
    if suffix[:1].isdigit() or (number.lstrip("+-") == "0" and re.match(r"[xXbBoO]\d", suffix)):
        raise ValueError(f"{value} is not a number: a digit is too large for its base")
    return number, suffix


def _written(old: str, knob: Knob, value: KnobValue) -> str:
    """Return a value in the spelling of the literal that it replaces."""
    if knob.type == "bool":
        if old in ("0", "1"):
            return "1" if value else "0"
        pair = next((pair for pair in WORDS if old.lower() in pair), WORDS[0])
        word = pair[0] if value else pair[1]
        return word if old.islower() else word.capitalize() if not old.isupper() else word.upper()
    if knob.type == "categorical" and isinstance(value, (str, bool)):
        text = knob.text(value)
        if old[0] in "\"'":
            return old[0] + text.replace("\\", "\\\\").replace(old[0], "\\" + old[0]) + old[0]
        return text
    number, suffix = _parted(old)
    # A float stays one in languages where 2 / 3 is 0, and in Fortran one of double precision.
    written = repr(float(value)) if knob.type == "float" else knob.text(value)
    if knob.type == "float" and DOUBLE.search(number):
        written = written.replace("e", "d") if "e" in written else f"{written}d0"
    return written + suffix
