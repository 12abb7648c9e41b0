"""The Python profile of a command: what to put into its sandbox, and how to read what it left.

The sampler (`python_sampler.py`) runs inside the candidate's own processes, so what it leaves is
their word: feedback for people and models, never a measurement, and read as hostile data.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from strop.extension import TreeFile
from strop.sandbox.profilers.samples import Merged, merge
from strop.sandbox.profilers.schema import (
    SCHEMA,
    Sources,
    fitted,
    percent,
    source_line,
    text_of,
    unavailable,
)
from strop.sandbox.profilers.signals import definition_line

__all__ = [
    "OUTPUT_FOLDER",
    "is_profile_file",
    "profile_env",
    "profile_of",
    "read_profile",
    "sampled_profile",
    "tool_env",
]

CODE_FOLDER = ".strop-profile"
OUTPUT_FOLDER = ".strop-profile-out"
"""Folder below the work folder where every process of the profiled command leaves one file."""

HOT, LINES, LIBRARY = 8, 4, 5


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


def tool_env(
    tool: str,
    work: str,
    env: Mapping[str, str] | None = None,
    *,
    packages: str = "",
    targets: Sequence[tuple[str, str]] = (),
) -> tuple[dict[str, TreeFile], dict[str, str]]:
    """Return files and variables that start another profiler in a Python program.

    Args:
        tool: "tree", "lines" or "memory"; see `python_tools.py`.
        work: The sandbox's work folder, as seen inside.
        env: The command's own variables.
        packages: Folder of the packages it needs, relative to `work`; empty where there is none.
        targets: Functions whose lines are counted, as (file, name) of a profile.
    """
    tree, variables = profile_env(work, env)
    (sampler,) = tree.values()
    source = files("strop.sandbox.profilers").joinpath("python_tools.py").read_bytes()
    return (
        {
            f"{CODE_FOLDER}/sitecustomize.py": TreeFile(source),
            f"{CODE_FOLDER}/strop_sampler.py": sampler,
        },
        {
            **variables,
            "STROP_PROFILE_TOOL": tool,
            "STROP_PROFILE_PACKAGES": posixpath.join(work, packages) if packages else "",
            "STROP_PROFILE_TARGETS": json.dumps([list(target) for target in targets]),
        },
    )


def read_profile(raw: Mapping[str, bytes], sources: Sources | None = None) -> dict[str, Any]:
    """Return the sampler's profile alone, cut to what fits into a prompt; see `sampled_profile`."""
    return fitted(sampled_profile(raw, sources))


def sampled_profile(raw: Mapping[str, bytes], sources: Sources | None = None) -> dict[str, Any]:
    """Return the profile of a command, merged from what its processes left; never raises on their data.

    Percentages are of the CPU time of all processes that wrote a file. `self_pct` of a function
    counts the native and library code that it calls; `library` says which library that was.

    Args:
        raw: Contents by file name, as fetched from `OUTPUT_FOLDER`.
        sources: Texts, to quote the hot lines from; None quotes none.

    Returns:
        Schema "strop-profile/1", of any size; with a key `unavailable` and a reason where there is
        no usable sample.
    """
    if not raw:
        return unavailable(
            "no process left a profile: the command ran no Python that reads PYTHONPATH, or ended within "
            "a tenth of a second of CPU time without a regular exit"
        )
    return profile_of(merge(raw), "strop python sampler", sources)


def profile_of(merged: Merged, tool: str, sources: Sources | None) -> dict[str, Any]:
    """Return the profile of merged samples, of any size."""
    if merged.samples == 0 or merged.cpu_s <= 0:
        why = merged.note or f"only {merged.cpu_s:.3f} s of CPU time, too short to sample"
        return unavailable(f"no usable sample: {why}")
    profile: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": tool,
        "samples": merged.samples,
        "cpu_s": round(merged.cpu_s, 3),
        "hot": _hot(merged, sources),
        "library": _library(merged),
        "unprofiled_pct": percent(merged.cpu_s - merged.sampled_s, merged.cpu_s),
    }
    if merged.note:
        profile["note"] = merged.note
    return profile


def _hot(merged: Merged, sources: Sources | None) -> list[dict[str, Any]]:
    # What strop itself puts beside the program (the process that answers calls) is none of its code.
    own = {key: times for key, times in merged.functions.items() if not key[0].startswith(".strop-")}
    order = sorted(own.items(), key=lambda item: (-item[1].self_s, -item[1].cum_s, item[0]))
    return [_row(merged, file, name, sources) for (file, name), _ in order[:HOT]]


def _row(merged: Merged, file: str, name: str, sources: Sources | None) -> dict[str, Any]:
    times = merged.functions[file, name]
    lines = [(seconds, n) for (f, fn, n), seconds in merged.lines.items() if (f, fn) == (file, name)]
    lines.sort(key=lambda line: (-line[0], line[1]))
    shown = []
    for seconds, n in lines[:LINES]:
        line: dict[str, Any] = {"n": n, "pct": percent(seconds, merged.cpu_s)}
        quoted = source_line(sources, file, n)
        shown.append({**line, "src": quoted} if quoted else line)
    return {
        "fn": f"{file}:{name}",
        "self_pct": percent(times.self_s, merged.cpu_s),
        "cum_pct": percent(times.cum_s, merged.cpu_s),
        "line": times.line or definition_line(text_of(sources, file) or "", lines[0][1] if lines else 0),
        "lines": shown,
    }


def _library(merged: Merged) -> list[dict[str, Any]]:
    order = sorted(merged.library.items(), key=lambda item: (-item[1], item[0]))
    return [{"fn": name, "pct": percent(seconds, merged.cpu_s)} for name, seconds in order[:LIBRARY]]
