"""The Python profile of a command: what to put into its sandbox, and how to read what it left.

The sampler (`python_sampler.py`) runs inside the candidate's own processes, so what it leaves is
their word: feedback for people and models, never a measurement, and read as hostile data.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from strop.extension import TreeFile
from strop.sandbox.profilers.samples import Merged, merge

__all__ = ["OUTPUT_FOLDER", "SCHEMA", "is_profile_file", "profile_env", "read_profile", "unavailable"]

SCHEMA = "strop-profile/1"
CODE_FOLDER = ".strop-profile"
OUTPUT_FOLDER = ".strop-profile-out"
"""Folder below the work folder where every process of the profiled command leaves one file."""

HOT, LINES, LIBRARY = 8, 4, 5
SOURCE_CHARS = 100
MAX_BYTES = 2500  # as JSON: it goes into prompts

Sources = Callable[[str], str | None] | Mapping[str, str]
"""Base texts by path, relative to the work folder."""


def profile_env(
    work: str, env: Mapping[str, str] | None = None
) -> tuple[dict[str, TreeFile], dict[str, str]]:
    """Return the files to put into the sandbox and the variables that start the sampler.

    Args:
        work: The sandbox's work folder, as seen inside (`Sandbox.work`).
        env: The command's own variables; its PYTHONPATH is kept behind the sampler's folder.

    Returns:
        Files by path relative to `work`, and the variables to add to `env`. For the profile stage
        only: a timed command must never see them.
    """
    source = files("strop.sandbox.profilers").joinpath("python_sampler.py").read_bytes()
    folder = posixpath.join(work, CODE_FOLDER)
    before = (env or {}).get("PYTHONPATH", "")
    return (
        {f"{CODE_FOLDER}/sitecustomize.py": TreeFile(source)},
        {
            "PYTHONPATH": f"{folder}:{before}" if before else folder,
            "STROP_PROFILE_PATH": posixpath.join(work, OUTPUT_FOLDER, "profile"),
            "STROP_PROFILE_ROOT": work,
        },
    )


def is_profile_file(path: str) -> bool:
    """Return whether a path below the work folder is one that the sampler left."""
    return path.startswith(f"{OUTPUT_FOLDER}/") and path.endswith(".json")


def unavailable(reason: str) -> dict[str, Any]:
    """Return the profile that says why there is none."""
    return {"schema": SCHEMA, "unavailable": reason}


def read_profile(raw: Mapping[str, bytes], sources: Sources | None = None) -> dict[str, Any]:
    """Return the profile of a command, merged from what its processes left; never raises on their data.

    Percentages are of the CPU time of all processes that wrote a file. `self_pct` of a function
    counts the native and library code that it calls; `library` says which library that was.

    Args:
        raw: Contents by file name, as fetched from `OUTPUT_FOLDER`.
        sources: Base texts, to quote the hot lines from; None quotes none.

    Returns:
        Schema "strop-profile/1", at most 2.5 kB as JSON; with a key `unavailable` and a reason
        where there is no usable sample.
    """
    if not raw:
        return unavailable(
            "no process left a profile: the command ran no Python that reads PYTHONPATH, or ended within "
            "a tenth of a second of CPU time without a regular exit"
        )
    merged = merge(raw)
    if merged.samples == 0 or merged.cpu_s <= 0:
        why = merged.note or f"only {merged.cpu_s:.3f} s of CPU time, too short to sample"
        return unavailable(f"no usable sample: {why}")
    profile: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": "strop python sampler",
        "samples": merged.samples,
        "cpu_s": round(merged.cpu_s, 3),
        "hot": _hot(merged, sources),
        "library": _library(merged),
        "unprofiled_pct": _percent(merged.cpu_s - merged.sampled_s, merged.cpu_s),
    }
    if merged.note:
        profile["note"] = merged.note
    return _fitted(profile)


def _hot(merged: Merged, sources: Sources | None) -> list[dict[str, Any]]:
    order = sorted(merged.functions.items(), key=lambda item: (-item[1].self_s, -item[1].cum_s, item[0]))
    hot = []
    for (file, name), times in order[:HOT]:
        lines = [(seconds, n) for (f, fn, n), seconds in merged.lines.items() if (f, fn) == (file, name)]
        shown = []
        for seconds, n in sorted(lines, key=lambda line: (-line[0], line[1]))[:LINES]:
            line: dict[str, Any] = {"n": n, "pct": _percent(seconds, merged.cpu_s)}
            quoted = _source_line(sources, file, n)
            if quoted:
                line["src"] = quoted
            shown.append(line)
        hot.append(
            {
                "fn": f"{file}:{name}",
                "self_pct": _percent(times.self_s, merged.cpu_s),
                "cum_pct": _percent(times.cum_s, merged.cpu_s),
                "line": times.line,
                "lines": shown,
            }
        )
    return hot


def _library(merged: Merged) -> list[dict[str, Any]]:
    order = sorted(merged.library.items(), key=lambda item: (-item[1], item[0]))
    return [{"fn": name, "pct": _percent(seconds, merged.cpu_s)} for name, seconds in order[:LIBRARY]]


def _percent(part: float, whole: float) -> float:
    return round(min(100.0, max(0.0, 100 * part / whole)), 1)


def _source_line(sources: Sources | None, file: str, number: int) -> str:
    if sources is None:
        return ""
    text = sources(file) if callable(sources) else sources.get(file)
    lines = text.split("\n") if text else []
    if not 1 <= number <= len(lines):
        return ""
    quoted = "".join(c if c.isprintable() else " " for c in lines[number - 1]).strip()
    return quoted if len(quoted) <= SOURCE_CHARS else quoted[: SOURCE_CHARS - 3] + "..."


def _fitted(profile: dict[str, Any]) -> dict[str, Any]:
    """Drop the coldest lines, then the coldest functions, until the profile fits into a prompt."""
    while len(json.dumps(profile)) > MAX_BYTES and profile["hot"]:
        many = [entry for entry in profile["hot"] if len(entry["lines"]) > 1]
        if many:
            coldest = min(many, key=lambda entry: float(entry["lines"][-1]["pct"]))
            coldest["lines"].pop()
        else:
            profile["hot"].pop()
    return profile
