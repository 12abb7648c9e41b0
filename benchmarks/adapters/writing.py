"""Writes an adapted repository: the foreign files, the harness beside them, and the job file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from strop.benchmarks.leaderboard.tasks import files_of
from strop.errors import ConfigError
from strop.job import load_job
from strop.jobfile import toml_string

__all__ = [
    "HARNESS",
    "SETTINGS",
    "WARNING",
    "Options",
    "copy_files",
    "is_adapted",
    "new_folder",
    "warnings_of",
    "write_harness",
    "write_job",
]

HARNESS = "strop_adapter"
"""Folder of an adapted repository that holds what strop adds; candidates can't edit it."""

SETTINGS = f"{HARNESS}/settings.json"
"""File that every adapted repository has, and by which it is known."""

WARNING = "WARNING: "
"""Beginning of a note that whoever adapts a folder has to see, and not only who reads the job file."""

LEFT_OUT = frozenset({"openevolve_output", "shinka_results", ".auto", HARNESS})
"""Folders of results of the other tools, which are no part of a task."""


@dataclass(frozen=True)
class Options:
    """What a foreign folder leaves open; each kind takes what it needs."""

    command: str = ""  # shell, pytest-benchmark, hyperfine: the command to measure
    metric: str = ""  # shell: name of the metric that counts
    maximize: bool = False  # shell: whether more is better
    effect: float | None = None  # shell: compare by difference; smallest gain worth a claim, in its unit
    files: tuple[str, ...] = ()  # globs of what candidates may edit
    setup: tuple[str, ...] = ()  # commands that install what the folder needs, in place of what it says
    build: str = ""  # shell, pytest-benchmark, hyperfine: the command that builds a candidate
    statistic: Literal["mean", "median", "min"] = "median"  # pytest-benchmark, hyperfine
    clock: Literal["", "strop", "tool"] = ""  # who measures; default: as the kind says
    size: int = 100  # algotune: n of the instances
    count: int = 8  # algotune: timed calls of a run


def new_folder(source: Path, into: Path) -> None:
    """Make the folder of an adapted repository; raises `ConfigError` where it can't be one."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ConfigError(f"{into}: not empty; an adapted repository is written into a new folder")
    if into.resolve().is_relative_to(source.resolve()):
        raise ConfigError(f"{into}: lies in the folder that it is made from")
    into.mkdir(parents=True, exist_ok=True)


def is_adapted(folder: Path) -> bool:
    """Return whether a folder is an adapted repository."""
    return (folder / SETTINGS).is_file()


def copy_files(source: Path, into: Path) -> list[str]:
    """Copy what git would keep of a foreign folder, and return the relative paths; raises `ConfigError`."""
    if (source / HARNESS).exists():
        raise ConfigError(f"{source}: has a folder {HARNESS}, which is the name of what strop adds")
    found = [name for name in files_of(source) if not LEFT_OUT.intersection(Path(name).parts)]
    # A job file of its own is for other jobs than this one.
    kept = [name for name in found if name != "strop.toml"]
    inside = source.resolve()
    for name in kept:
        # Also where a folder on the way is the link. What lies outside was given to no candidate or model.
        real = (source / name).resolve()
        if not real.is_relative_to(inside) or ".git" in real.relative_to(inside).parts:
            raise ConfigError(
                f"{source / name}: leads out of the folder, to {real}; put a copy of it in its place, or "
                "leave it out by .gitignore"
            )
    for name in kept:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, into / name)
    return kept


def write_harness(into: Path, parts: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """Lay files of `harness/` into an adapted repository.

    Args:
        into: The repository.
        parts: Path below `HARNESS` -> name of the file in `harness/`.
        settings: Plain data that the harness reads from `settings.json`.
    """
    folder = files("strop.benchmarks.adapters").joinpath("harness")
    for path, name in parts.items():
        target = into / HARNESS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(folder.joinpath(name).read_bytes())
    (into / HARNESS).mkdir(exist_ok=True)
    text = json.dumps(settings, indent=1, sort_keys=True, default=str)
    (into / SETTINGS).write_text(text + "\n", encoding="utf-8")


def write_job(into: Path, job: Mapping[str, Any], notes: Sequence[str]) -> None:
    """Write `strop.toml`, notes as comments at its top; raises `ConfigError` for what is no job."""
    head = [f"# {_printable(' '.join(note.split()))}" for note in notes]
    text = "\n".join([*head, "", *_table(job, ())])
    (into / "strop.toml").write_text(text.strip() + "\n", encoding="utf-8")
    load_job(into)


def warnings_of(repository: Path) -> list[str]:
    """Return the warnings among the notes at the top of an adapted repository's job file."""
    lines = (repository / "strop.toml").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# ") for line in lines if line.startswith(f"# {WARNING}")]


def _printable(text: str) -> str:
    """Return a text as a comment of TOML may have it: no control characters, no bytes that are no text."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the lines of a TOML table, its own values before its tables."""
    lines, later = [], []
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner = _table(value, (*path, key))
            later += ["", f"[{'.'.join((*path, key))}]", *inner] if inner else []
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for row in value:
                later += ["", f"[[{'.'.join((*path, key))}]]", *_table(row, (*path, key))]
        else:
            lines.append(f"{key} = {_value(value)}")
    return lines + later


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    return toml_string(value) if isinstance(value, str) else repr(value)
