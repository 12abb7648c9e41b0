"""Settings of PostgreSQL as knobs, from a table of its view pg_settings that lies in a repository.

    psql --csv -c "select * from pg_settings" > pg_settings.csv

The view has names, units, ranges, choices and a sentence on each, of the very version that runs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from strop.candidate import KnobValue

__all__ = ["is_settings", "settings_of"]

COLUMNS = {"name", "setting", "vartype", "min_val", "max_val", "enumvals"}

FIXED = re.compile(
    r"(?i)file|directory|path|preset|ssl|tls|auth|logging|client connection|locale|error handling|developer|"
    r"replication|recovery|archive|archiving|version and platform|reporting|process title|monitoring|"
    r"customized|lock management|connections"
)
"""Categories of settings that say where and how a server runs, not how fast."""

ASIDE = re.compile(r"freeze|multixact|warning|seed|huge_page_size|shared_memory_type|max_age")
"""Names of settings that guard or describe, and gain nothing."""

SAFETY = ("fsync", "full_page_writes", "synchronous_commit", "zero_damaged_pages", "ignore_checksum_failure")
"""Settings that trade committed data for speed: they stay as they are unless the user adds them."""

WIDE = 64
"""A number may become so many times smaller or larger within its range."""


def is_settings(text: str) -> bool:
    """Return whether a text is a table of pg_settings, by its first line."""
    header = text.partition("\n")[0]
    return COLUMNS.issubset(column.strip().strip('"') for column in header.split(","))


def settings_of(text: str) -> Iterator[tuple[str, KnobValue, dict[str, Any], int]]:
    """Yield (name, today's value, keys of a knob, line) of what could be tuned."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        name, category = row.get("name") or "", row.get("category") or ""
        if not re.fullmatch(r"[a-z_]+", name) or name in SAFETY:
            continue
        if FIXED.search(category) or ASIDE.search(name) or row.get("context") == "internal":
            continue
        read = _read(row)
        if read is None:
            continue
        value, keys = read
        if row.get("short_desc"):
            keys["doc"] = str(row["short_desc"])
        yield name, value, keys, reader.line_num


def _read(row: Mapping[str, str | None]) -> tuple[KnobValue, dict[str, Any]] | None:
    kind, setting = row.get("vartype"), row.get("setting") or ""
    if kind == "bool":
        return setting == "on", {"type": "bool"}
    if kind == "enum":
        words = (row.get("enumvals") or "").strip("{}").split(",")
        choices = [word.strip('"') for word in words if word]
        if setting not in choices or len(choices) < 2:
            return None
        return setting, {"type": "categorical", "choices": choices}
    if kind not in ("integer", "real"):
        return None
    try:
        value, low, high = (float(row.get(column) or "") for column in ("setting", "min_val", "max_val"))
    except ValueError:
        return None
    return _number(value, low, high, whole=kind == "integer", unit=row.get("unit") or "")


def _number(
    value: float, low: float, high: float, *, whole: bool, unit: str
) -> tuple[KnobValue, dict[str, Any]] | None:
    """Return a number as a knob: within its range and near today's value; 0 and -1 are often "off"."""
    special = [end for end in (-1.0, 0.0) if low <= end and (value == end or low == end)]
    least = max(low, 1.0 if whole else 1e-6)
    if value > 0:
        least, most = max(least, value / WIDE), min(high, value * WIDE)
    else:
        most = min(high, least * WIDE * WIDE)
    if not least < most:
        return None
    keys: dict[str, Any] = {"type": "int" if whole else "float", "log": True}
    keys |= {"low": int(least) if whole else float(f"{least:.3g}")}
    keys |= {"high": int(most) if whole else float(f"{most:.3g}")}
    if keys["low"] >= keys["high"]:
        return None
    if special:
        keys["special"] = [int(end) if whole else end for end in special]
    if unit:
        keys["unit"] = unit
    inside = value in special or keys["low"] <= value <= keys["high"]
    return ((int(value) if whole else value), keys) if inside else None
