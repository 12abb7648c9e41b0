"""One value of a config file set, everything else of its text kept: TOML, JSON, YAML, INI, .conf.

For TOML, JSON and INI every place that may hold the key is tried, and the one counts that changes
the parsed data in this key alone. YAML and .conf have no parser here, so only simple mappings are
edited, and all else is refused.
"""

from __future__ import annotations

import configparser
import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from strop.candidate import KnobValue
from strop.errors import ConfigError

__all__ = ["set_value"]

STRING = r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
SCALAR = rf"(?P<value>{STRING}|[^\s,\]}}\[{{#\"'][^\s,\]}}#]*)"

TRUE_FALSE = {"true": "false", "yes": "no", "on": "off", "1": "0"}
BOOLEANS = {word: pair for pair in TRUE_FALSE.items() for word in pair}


class _Missing(ValueError):
    """The key, or a table above it, isn't in the file; its text says what is there."""


def set_value(text: str, path: str, key: str, value: KnobValue) -> str:
    """Return a config file's text with one dotted key set; formatting and comments stay.

    The suffix of `path` tells the format. The file keeps its own kind of value: what is quoted
    stays quoted, yes stays a yes or no. Raises `ConfigError` that names file and key where the key
    is missing, holds no single value, or the file can't be edited safely.
    """
    suffix = PurePosixPath(path).suffix.lower()
    setter = SETTERS.get(suffix)
    if setter is None:
        raise ConfigError(f"{path}: key {key!r}: unknown format {suffix!r}; known: {', '.join(SETTERS)}")
    # Only \n ends lines below; \r comes back at the end.
    crlf = "\r\n" in text
    try:
        new = setter(text.replace("\r\n", "\n"), key, value)
    except _Missing as missing:
        raise ConfigError(f"{path}: key {key!r}: {missing}") from None
    except (ValueError, configparser.Error) as error:
        kind = suffix.removeprefix(".").upper()
        raise ConfigError(f"{path}: key {key!r}: the file is no valid {kind}: {error}") from None
    return _with_ends(new, text) if crlf else new


def _with_ends(new: str, old: str) -> str:
    """Return a text with the ends of lines that the old one has, which may be of both kinds."""
    rows, before = new.split("\n"), old.split("\n")
    if len(rows) != len(before):
        return new.replace("\n", "\r\n")
    return "\n".join(row + "\r" * end.endswith("\r") for row, end in zip(rows, before, strict=True))


# --- formats with a parser ----------------------------------------------------------------------


def _toml(text: str, key: str, value: KnobValue) -> str:
    # A dotted key's last part may follow others: `server.threads = 4`.
    name = _name(_parts(key)[-1])
    pattern = rf"(?<![\w-]){name}[ \t]*=[ \t]*{SCALAR}"
    return _set_parsed(text, _parts(key), value, pattern, tomllib.loads, _toml_scalar)


def _json(text: str, key: str, value: KnobValue) -> str:
    pattern = rf"{re.escape(json.dumps(_parts(key)[-1]))}\s*:\s*{SCALAR}"
    return _set_parsed(text, _parts(key), value, pattern, json.loads, json.dumps)


def _name(part: str) -> str:
    bare = re.escape(part)
    return rf"(?:{bare}|\"{bare}\"|'{bare}')"


def _toml_scalar(value: KnobValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _set_parsed(
    text: str,
    parts: list[str],
    value: KnobValue,
    pattern: str,
    parse: Callable[[str], Any],
    write: Callable[[KnobValue], str],
) -> str:
    data = parse(text)
    old = _lookup(data, parts)
    if not isinstance(old, (bool, int, float, str)):
        raise _Missing("it holds no single value")
    wanted = _alike(old, value)
    if wanted == old and type(wanted) is type(old):
        return text
    expected = copy.deepcopy(data)
    _lookup(expected, parts[:-1])[parts[-1]] = wanted
    for match in re.finditer(pattern, text):
        start, end = match.span("value")
        new = text[:start] + write(wanted) + text[end:]
        try:
            if _same(parse(new), expected):
                return new
        except ValueError:
            continue
    raise _Missing("its place in the text was not found; write it as `key = value` on a line of its own")


def _same(one: Any, other: Any) -> bool:
    """Compare parsed data; unlike ==, 1 is neither 1.0 nor true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or one != one  # nan


def _lookup(data: Any, parts: list[str]) -> Any:
    for position, part in enumerate(parts):
        if isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        elif isinstance(data, dict) and part in data:
            data = data[part]
        else:
            where = ".".join(parts[:position]) or "the file"
            known = ", ".join(map(str, data)) if isinstance(data, dict) else "no keys"
            raise _Missing(f"no such key; {where} has: {known or 'nothing'}")
    return data


def _alike(old: bool | int | float | str, value: KnobValue) -> KnobValue:
    """Return a value in the kind that the file has."""
    if isinstance(old, str):
        return value if isinstance(value, str) else _text(old, value)
    if isinstance(value, bool) and not isinstance(old, bool):
        return int(value)
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _text(old: str, value: KnobValue) -> str:
    """Return a value as plain text; a boolean in the file's own words and letters."""
    if not isinstance(value, bool):
        return str(value)
    yes, no = BOOLEANS.get(old.lower(), ("true", "false"))
    word = yes if value else no
    if old.isupper():
        return word.upper()
    return word.capitalize() if old[:1].isupper() else word


def _parts(key: str) -> list[str]:
    found = re.findall(r'"([^"]*)"|([^.]+)', key)
    return [quoted or bare for quoted, bare in found] or [key]


# --- formats of lines ---------------------------------------------------------------------------


def _ini(text: str, key: str, value: KnobValue) -> str:
    section, _, name = key.rpartition(".")
    before = _parsed_ini(text)
    if section not in before:
        raise _Missing(f"no such section; the file has: {', '.join(before) or 'none'}")
    if name not in before[section]:
        raise _Missing(f"no such key; [{section}] has: {', '.join(before[section]) or 'nothing'}")
    old = before[section][name]
    if old is None or "\n" in old:
        raise _Missing("it holds no value of one line")
    for match in re.finditer(rf"^[ \t]*{re.escape(name)}[ \t]*[=:][ \t]*(?P<value>.*?)[ \t]*$", text, re.M):
        start, end = match.span("value")
        held = re.split(r"[ \t]+[#;]", text[start:end])[0]
        written = _text(held, value)
        new = text[:start] + written + text[start + len(held) :]
        after = _parsed_ini(new)
        wanted = {**before, section: {**before[section], name: written + old[len(held) :]}}
        if after == wanted:
            return new
    raise _Missing("its place in the text was not found; write it as `key = value` on a line of its own")


def _parsed_ini(text: str) -> dict[str, dict[str, str | None]]:
    parser = configparser.ConfigParser(interpolation=None, allow_no_value=True, default_section="\0")
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keys keep their letters
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def _conf(text: str, key: str, value: KnobValue) -> str:
    """Set `key = value`, `key: value` or `key value`; in a [section] the key is `section.key`."""
    found = list(_conf_places(text, key))
    if not found:
        raise _Missing("no line of the file gives it")
    if len(found) > 1:
        raise _Missing(f"{len(found)} lines give it; one has to")
    start, end = found[0]
    held = text[start:end]
    quote = held[:1] if held[:1] in ("'", '"') and held[-1:] == held[:1] and len(held) > 1 else ""
    written = _text(held.strip(quote) if quote else held, value)
    if "\n" in written or (quote and quote in written) or (not quote and re.search(r"\s#|;", written)):
        raise _Missing(f"the value {written!r} can't be written there")
    return text[:start] + quote + written + quote + text[end:]


def _conf_places(text: str, key: str) -> Iterator[tuple[int, int]]:
    section, offset = "", 0
    for line in text.split("\n"):
        head = re.fullmatch(r"\s*\[([^\]]+)\]\s*", line)
        if head:
            section = head[1] + "."
        for name in {key, key.removeprefix(section)} if key.startswith(section) else set():
            pattern = rf"\s*{re.escape(name)}(?:[ \t]*[=:][ \t]*|[ \t]+)(?P<value>{STRING}|[^\s#;].*?)"
            match = re.fullmatch(pattern + r"[ \t]*;?[ \t]*(?:[ \t][#;].*)?", line)
            if match and (name != key or not section):
                yield offset + match.start("value"), offset + match.end("value")
        offset += len(line) + 1


# --- YAML ---------------------------------------------------------------------------------------


def _yaml(text: str, key: str, value: KnobValue) -> str:
    """Set a plain or quoted scalar in nested block mappings."""
    found = [place for where, place in yaml_places(text) if where == _parts(key)]
    if not found:
        known = sorted({".".join(where) for where, _ in yaml_places(text) if "-" not in where})
        raise _Missing(f"no such key in its simple mappings; known: {', '.join(known) or 'none'}")
    if len(found) > 1:
        raise _Missing("it is given several times")
    start, end = found[0]
    held = text[start:end]
    if not re.fullmatch(rf"{STRING}|[^\s\[{{&*!|>%@`\"'][^\n]*", held):
        raise _Missing("it holds no plain or quoted value; only those can be set in YAML")
    if _goes_on(text, start, end):
        raise _Missing("its value goes on in the next line; only values of one line can be set in YAML")
    return text[:start] + _yaml_scalar(held, value) + text[end:]


def _goes_on(text: str, start: int, end: int) -> bool:
    """Return whether the line below a value is indented deeper than its key."""
    line = text[text.rfind("\n", 0, start) + 1 :]
    below = next((row for row in text[end:].split("\n")[1:] if row.strip()), "")
    deeper = len(below) - len(below.lstrip(" ")) > len(line) - len(line.lstrip(" "))
    return deeper and not below.lstrip().startswith("#")


def yaml_places(text: str) -> Iterator[tuple[list[str], tuple[int, int]]]:
    """Yield the path of keys and the place of the value for each line `key: value`."""
    above: list[tuple[int, str]] = []
    seen = False
    block, offset = -1, 0  # indentation of a key with a value: lines indented deeper belong to that
    for line in text.split("\n"):
        start, offset = offset, offset + len(line) + 1
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if not stripped.strip() or (0 <= block < indent) or stripped.startswith("#"):
            continue
        block = -1
        if stripped.startswith("---") and indent == 0 and seen:
            raise _Missing("the file holds several documents; only one can be edited")
        while above and above[-1][0] >= indent:
            above.pop()
        if stripped.startswith("- ") or stripped.rstrip() == "-":
            above.append((indent, "-"))
            continue
        match = re.match(
            r"(\"[^\"]*\"|'[^']*'|[^\s#:'\"\[{&*!|>-][^#:]*?|-[^\s:#]+)[ ]*:(?:[ \t]+|$)", stripped
        )
        if not match:
            continue
        name = match[1].strip("\"'")
        rest = stripped[match.end() :]
        held = re.match(rf"(?:{STRING})(?=[ \t]*(?:#|$))|.*?(?=[ \t]+#|[ \t]*$)", rest)
        length = len(held[0]) if held else 0
        begin = start + indent + match.end()
        yield [*(part for _, part in above), name], (begin, begin + length)
        above.append((indent, name))
        seen = True
        if length:
            block = indent


def _yaml_scalar(held: str, value: KnobValue) -> str:
    if held[:1] == '"':
        return json.dumps(_text(held[1:-1], value), ensure_ascii=False)
    if held[:1] == "'":
        return "'" + _text(held[1:-1], value).replace("'", "''") + "'"
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_][\w./-]*", value) and value.lower() not in {
            *BOOLEANS,
            "null",
            "y",
            "n",
        }
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and "e" in str(value) and "." not in str(value):
        return str(value).replace("e", ".0e")  # YAML 1.1 takes 1e-05 for a string
    return _text(held, value)


SETTERS: dict[str, Callable[[str, str, KnobValue], str]] = {
    ".toml": _toml,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".ini": _ini,
    ".cfg": _ini,
    ".conf": _conf,
}
