"""Which kinds of foreign folders are known, how one is told, and who adapts it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from strop.benchmarks.adapters.algotune import adapt_algotune, is_algotune
from strop.benchmarks.adapters.evolve import (
    adapt_openevolve,
    adapt_shinkaevolve,
    is_openevolve,
    is_shinkaevolve,
)
from strop.benchmarks.adapters.reported import (
    adapt_hyperfine,
    adapt_pytest_benchmark,
    adapt_shell,
    is_hyperfine,
    is_pytest_benchmark,
    is_shell,
)
from strop.benchmarks.adapters.writing import Options, is_adapted, new_folder, write_harness
from strop.errors import ConfigError

__all__ = ["KINDS", "Options", "adapted", "detect"]

KINDS = {
    "openevolve": "initial_program.* with EVOLVE-BLOCK marks, evaluator.py with evaluate(program_path), "
    "config.yaml",
    "shinkaevolve": "initial.* with EVOLVE-BLOCK marks, evaluate.py that writes metrics.json and "
    "correct.json",
    "algotune": "a task class with generate_problem, solve and is_solution; strop times Solver.solve",
    "shell": "a script (metric.sh, optimize.sh, or --command) that prints METRIC name=value",
    "pytest-benchmark": "a JSON file of pytest-benchmark; the same benchmarks, by its own clock",
    "hyperfine": "a JSON file of hyperfine; the same command, by strop's clock",
}
"""Kinds of foreign folders by name, with what such a folder holds."""

BUILT = ("shell", "pytest-benchmark", "hyperfine")
"""Kinds whose benchmark is a command, so that something else may have to build what it runs."""

_ADAPTERS: dict[str, tuple[Callable[[Path], bool], Callable[[Path, Path, Options], None]]] = {
    "openevolve": (is_openevolve, adapt_openevolve),
    "shinkaevolve": (is_shinkaevolve, adapt_shinkaevolve),
    "algotune": (is_algotune, adapt_algotune),
    "shell": (is_shell, adapt_shell),
    "pytest-benchmark": (is_pytest_benchmark, adapt_pytest_benchmark),
    "hyperfine": (is_hyperfine, adapt_hyperfine),
}


def detect(source: Path) -> str | None:
    """Return the kind of a foreign folder, None where it is none; nothing of it is run."""
    if not source.is_dir():
        return None
    return next((kind for kind, (holds, _) in _ADAPTERS.items() if holds(source)), None)


def adapted(kind: str, source: Path, into: Path, options: Options | None = None) -> Path:
    """Write a foreign folder as a repository with a `strop.toml`, and return its path.

    Files of the folder come along as they are; nothing of it is run here, only in the job's sandbox. What
    of its settings has no meaning for strop is named in a comment at the top of `strop.toml`.

    Args:
        kind: One of `KINDS`.
        source: The foreign folder.
        into: A new or empty folder.
        options: What the folder itself leaves open.

    Raises:
        ConfigError: An unknown kind, a folder that isn't of this kind, or `into` holds something.
    """
    if kind not in _ADAPTERS:
        raise ConfigError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    if not source.is_dir():
        raise ConfigError(f"{source}: no such folder")
    if options and options.build and kind not in BUILT:
        raise ConfigError(f"build: {kind} folders build what they need themselves; only {', '.join(BUILT)} "
                          "take a command for it")  # fmt: skip
    new_folder(source, into)
    try:
        _ADAPTERS[kind][1](source, into, options or Options())
        if not is_adapted(into):  # kinds without a harness of their own are known again by it, too
            write_harness(into, {}, {"kind": kind})
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)  # half a repository is none
        raise
    return into
