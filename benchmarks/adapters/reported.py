"""Folders whose benchmark is a command: one that prints metrics, or whose results lie in a JSON file."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from strop.benchmarks.adapters.needs import setup_commands
from strop.benchmarks.adapters.writing import (
    HARNESS,
    WARNING,
    Options,
    copy_files,
    write_harness,
    write_job,
)
from strop.errors import ConfigError
from strop.job import Target
from strop.sandbox.targets import TargetFiles

__all__ = [
    "adapt_hyperfine",
    "adapt_pytest_benchmark",
    "adapt_shell",
    "is_hyperfine",
    "is_pytest_benchmark",
    "is_shell",
]

SCRIPTS = ("metric.sh", "optimize.sh")
CHECKS = "checks.sh"
PRINTED = re.compile(r"METRIC[ \t]+([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=")
COMPILED = (".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".go", ".java", ".zig")
CODE = (*COMPILED, ".py", ".js", ".ts", ".rb", ".jl")
RESULTS = "adapter-results.json"
MOST_JSON = 64 << 20  # bytes of a file of results


# --- a command that prints METRIC lines ---------------------------------------------------------------


def is_shell(source: Path) -> bool:
    """Return whether a folder has a script that prints a metric."""
    return bool(_script(source) and PRINTED.search((source / _script(source)).read_text("utf-8", "replace")))


def _script(source: Path) -> str:
    return next((name for name in SCRIPTS if (source / name).is_file()), "")


def _shell(source: Path, name: str) -> str:
    """Return a script's command line: by the shell that it names, which may know more than sh does."""
    with (source / name).open("rb") as file:
        first = file.readline(200)
    return f"bash {name}" if first.startswith(b"#!") and b"bash" in first else f"sh {name}"


def _with_setup(commands: Mapping[str, Any], setup: Sequence[str], options: Options) -> dict[str, Any]:
    build = {"build": options.build} if options.build.strip() else {}
    return {**({"setup": list(setup)} if setup else {}), **build, **commands}


def _unbuilt(kept: Sequence[str], target: Mapping[str, Any], options: Options) -> list[str]:
    """Return a note where candidates may edit what has to be built to take effect, and nothing builds it."""
    open_ = TargetFiles(Target.model_validate(target))
    found = [name for name in kept if name.endswith(COMPILED) and name in open_]
    if not found or options.build.strip():
        return []
    more = f" and {len(found) - 1} more" if found[1:] else ""
    return [
        f"{WARNING}no command builds {found[0]}{more}: unless the measured command itself does, no edit "
        "takes effect, and what is measured is what was built before. Say how by --build COMMAND, or as "
        "commands.build."
    ]


def adapt_shell(source: Path, into: Path, options: Options) -> None:
    """Write a folder with a command that prints METRIC lines as a repository; raises `ConfigError`."""
    script = _script(source)
    command = options.command or (_shell(source, script) if script else "")
    if not command:
        raise ConfigError(
            f"{source}: no {' and no '.join(SCRIPTS)}; give the command that prints METRIC lines"
        )
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"the command {command!r} is no shell command: {error}") from None
    kept = copy_files(source, into)
    words = _files_of(words, kept)
    text = "".join((source / word).read_text("utf-8", "replace") for word in words)
    metric = options.metric or next(iter(PRINTED.findall(text)), "")
    if not metric:
        raise ConfigError(
            f"{source}: no METRIC name= in {', '.join(words) or command}; give the metric's name"
        )
    judges = [*words, *(name for name in (*SCRIPTS, CHECKS) if name in kept)]
    code = [name for name in kept if name.endswith(CODE)]
    prints = [name for name in code if PRINTED.search((source / name).read_text("utf-8", "replace"))]
    if set(code) - {*judges, *prints}:  # else the program itself prints it, and has to stay open
        judges += prints
    row: dict[str, Any] = {"name": metric, "direction": "maximize" if options.maximize else "minimize"}
    if options.effect is not None:
        row |= {"compare": "difference", "minimum_effect": options.effect}
    job: dict[str, Any] = {
        "name": source.resolve().name,
        "goal": f"{'Raise' if options.maximize else 'Lower'} {metric}, as {command!r} prints it.",
        "target": _target(source, kept, options, judges),
        "commands": _with_setup(
            {**({"test": _shell(source, CHECKS)} if CHECKS in kept else {}), "benchmark": command},
            setup_commands(source, kept, options)[0],
            options,
        ),
        "metrics": [row],
        # What the functions return may change; what the command prints beside metrics, and checks.sh, hold.
        "verify": {"behaviour": False, "self_reported": True},
    }
    notes = [
        f"Adapted from a command that prints METRIC lines: {command}",
        f"{metric} is self-reported: the command runs the candidate's code. strop shows its own clocks "
        "beside it.",
    ]
    if not options.maximize and options.effect is None:
        notes.append("Lower is better, by ratio. If more is better: direction = 'maximize'.")
    write_job(into, job, notes + _unbuilt(kept, job["target"], options))


def _files_of(words: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return which of a folder's files the words of a command name; "./metric.sh" is "metric.sh"."""
    # By name alone: a word may be longer than any file system takes, or a path outside of the folder.
    return [name for word in words if (name := posixpath.normpath(word)) in kept]


def _target(source: Path, kept: list[str], options: Options, judges: list[str]) -> dict[str, Any]:
    """Return what may be edited: the given globs, else all code but what judges it."""
    exclude = sorted({*judges, f"{HARNESS}/**"})
    if options.files:
        return {"files": list(options.files), "exclude": exclude}
    kinds = sorted({Path(name).suffix for name in kept} & set(CODE))
    if not kinds:
        raise ConfigError(f"{source}: no code of a known language; give the files that may be edited")
    return {"files": [f"**/*{kind}" for kind in kinds], "exclude": exclude}


# --- JSON files ---------------------------------------------------------------------------------------


def is_pytest_benchmark(source: Path) -> bool:
    """Return whether a folder has results of pytest-benchmark."""
    return any(_is_benchmarks(data) for _, data in _documents(source))


def is_hyperfine(source: Path) -> bool:
    """Return whether a folder has results of hyperfine."""
    return any(_is_hyperfine(data) for _, data in _documents(source))


def _documents(source: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each JSON object among a folder's own files."""
    for path in sorted(source.glob("*.json")):
        if not path.is_file() or path.stat().st_size > MOST_JSON:
            continue
        try:
            data = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            yield path, data


def _is_benchmarks(data: dict[str, Any]) -> bool:
    rows = data.get("benchmarks")
    return isinstance(rows, list) and bool(rows) and all(
        isinstance(row, dict) and isinstance(row.get("fullname"), str) and isinstance(row.get("stats"), dict)
        for row in rows
    )  # fmt: skip


def _is_hyperfine(data: dict[str, Any]) -> bool:
    rows = data.get("results")
    return isinstance(rows, list) and bool(rows) and all(
        isinstance(row, dict) and isinstance(row.get("command"), str) and "mean" in row for row in rows
    )  # fmt: skip


def adapt_hyperfine(source: Path, into: Path, options: Options) -> None:
    """Write a folder with results of hyperfine as a repository; raises `ConfigError`.

    By default strop runs the same command under its own clock, and nothing is self-reported. With
    `clock="tool"` hyperfine itself runs in the sandbox, and its word is.
    """
    found = [(path, data) for path, data in _documents(source) if _is_hyperfine(data)]
    if not found:
        raise ConfigError(f"{source}: no JSON file of hyperfine (--export-json)")
    path, data = found[0]
    commands = [row["command"] for row in data["results"]]
    if options.command and options.command not in commands:
        raise ConfigError(
            f"{path}: has no command {options.command!r}; it has: {', '.join(map(repr, commands))}"
        )
    if len(commands) > 1 and not options.command:
        raise ConfigError(f"{path}: has {len(commands)} commands; give one: {', '.join(map(repr, commands))}")
    command = options.command or commands[0]
    kept = copy_files(source, into)
    words = [word for word in _files_of(_words(command), kept) if word.endswith((".sh", ".json"))]
    job: dict[str, Any] = {
        "name": source.resolve().name,
        "goal": f"Make {command!r} faster.",
        "target": _target(source, kept, options, words),
    }
    notes = [f"Adapted from results of hyperfine, {path.name}: {command}"]
    if options.clock != "tool":
        job["commands"] = {"benchmark": command}
        notes.append("The command runs under strop's own clock, so that nothing is self-reported.")
    else:
        run = f"hyperfine --export-json {RESULTS} {shlex.quote(command)}"
        notes += _by_tool(into, job, "hyperfine", [command], run, options)
    job["commands"] = _with_setup(job["commands"], setup_commands(source, kept, options)[0], options)
    write_job(into, job, notes + _unbuilt(kept, job["target"], options))


def adapt_pytest_benchmark(source: Path, into: Path, options: Options) -> None:
    """Write a folder with results of pytest-benchmark as a repository; raises `ConfigError`.

    By default pytest-benchmark measures, since one pass under strop's clock would be mostly pytest's own
    start; with `clock="strop"` each benchmark runs once, and the whole process counts.
    """
    found = [(path, data) for path, data in _documents(source) if _is_benchmarks(data)]
    if not found:
        raise ConfigError(f"{source}: no JSON file of pytest-benchmark (--benchmark-json)")
    path, data = found[0]
    names = [row["fullname"] for row in data["benchmarks"]]
    kept = copy_files(source, into)
    tests = sorted({name.partition("::")[0] for name in names} & set(kept))
    job: dict[str, Any] = {
        "name": source.resolve().name,
        "goal": f"Make what these benchmarks measure faster: {', '.join(names[:8])}.",
        "target": _target(source, kept, options, tests),
    }
    quoted = " ".join(map(shlex.quote, names))
    notes = [f"Adapted from results of pytest-benchmark, {path.name}: {len(names)} benchmarks."]
    if options.clock == "strop":
        once = f"python -m pytest -q -p no:cacheprovider --benchmark-disable {quoted}"
        job["commands"] = {"benchmark": options.command or once}
        job["verify"] = {"ignore": ["."]}  # pytest prints how long it took
        notes.append("pytest runs under strop's own clock, each benchmark once: nothing is self-reported.")
    else:
        measured = (
            f"python -m pytest -q -p no:cacheprovider --benchmark-only --benchmark-json={RESULTS} {quoted}"
        )
        notes += _by_tool(into, job, "pytest-benchmark", names, options.command or measured, options)
    job["commands"]["test"] = "python -m pytest -q -p no:cacheprovider --benchmark-disable"
    job["commands"] = _with_setup(
        job["commands"], setup_commands(source, kept, options, "pytest", "pytest-benchmark")[0], options
    )
    write_job(into, job, notes + _unbuilt(kept, job["target"], options))


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _by_tool(
    into: Path, job: dict[str, Any], kind: str, names: list[str], command: str, options: Options
) -> list[str]:
    """Let the tool measure and read its JSON file; returns notes."""
    metric = f"{options.statistic}_s"
    settings = {"kind": kind, "statistic": options.statistic, "names": names, "metric": metric}
    write_harness(into, {"metric.py": "json_metric.py"}, settings)
    job["commands"] = {"benchmark": f"{command} >&2 && python {HARNESS}/metric.py {RESULTS}"}
    job["metrics"] = [{"name": metric}]
    job["verify"] = {"self_reported": True}
    return [
        f"{metric} is read from the JSON file of {kind}, which measures in the candidate's reach: it is "
        "self-reported. strop shows its own clocks beside it."
    ]
