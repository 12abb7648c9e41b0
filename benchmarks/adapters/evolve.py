"""Folders of OpenEvolve and ShinkaEvolve: one program with marked regions, and an evaluator of its own.

The evaluator runs unchanged, in a process of its own in the sandbox. It executes the program, so that
its score is the candidate's word: the job says `verify.self_reported = true`, and claims are labelled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strop.benchmarks.adapters.blocks import blocks_of
from strop.benchmarks.adapters.needs import setup_commands
from strop.benchmarks.adapters.writing import HARNESS, Options, copy_files, write_harness, write_job
from strop.errors import ConfigError

__all__ = ["adapt_openevolve", "adapt_shinkaevolve", "is_openevolve", "is_shinkaevolve"]

LEAST_GAIN = 1e-6
"""Smallest difference of scores worth a claim: their scale is unknown, and rounding is no gain."""

THRESHOLDS = [0.5, 0.75, 0.9]
"""OpenEvolve's defaults for the stages of a cascade. Source: openevolve/config.py."""

FEATURES = ["complexity", "diversity"]
"""OpenEvolve's default dimensions of features, which are no part of a score. Source: openevolve/config.py."""

LONGEST_GOAL = 4000  # characters of a system message that models are shown as the goal

STANDINS = {
    "standins/openevolve/__init__.py": "openevolve_result.py",
    "standins/openevolve/evaluation_result.py": "openevolve_result.py",
    "standins/shinka/__init__.py": "empty.py",
    "standins/shinka/core/__init__.py": "shinka_core.py",
    "standins/shinka/core/wrap_eval.py": "shinka_core.py",
}


def is_openevolve(source: Path) -> bool:
    """Return whether a folder has OpenEvolve's program and evaluator."""
    return (source / "evaluator.py").is_file() and _program(source, "initial_program") is not None


def is_shinkaevolve(source: Path) -> bool:
    """Return whether a folder has ShinkaEvolve's program and evaluator."""
    return (source / "evaluate.py").is_file() and _program(source, "initial") is not None


def adapt_openevolve(source: Path, into: Path, options: Options) -> None:
    """Write an OpenEvolve folder as a repository; raises `ConfigError`."""
    config, notes = _config(source)
    evaluator, prompt = _part(config, "evaluator"), _part(config, "prompt")
    settings = {
        "kind": "openevolve",
        "evaluator": "evaluator.py",
        "cascade": bool(evaluator.get("cascade_evaluation", True)),
        "thresholds": evaluator.get("cascade_thresholds") or THRESHOLDS,
        "arguments": evaluator.get("evaluator_args") or {},
        "features": _part(config, "database").get("feature_dimensions", FEATURES) or [],
    }
    job: dict[str, Any] = {
        "goal": str(prompt.get("system_message") or "")[:LONGEST_GOAL],
        "budget": {"evaluations": _above_none(source, "max_iterations", config, int)},
        "sandbox": {"timeout_s": _above_none(source, "evaluator.timeout", evaluator, float)},
    }
    _write(source, into, "initial_program", settings, job, notes, options)


def adapt_shinkaevolve(source: Path, into: Path, options: Options) -> None:
    """Write a ShinkaEvolve folder as a repository; raises `ConfigError`."""
    notes = [f"Not used: {path.name}." for path in sorted(source.glob("*.y*ml"))]
    settings = {"kind": "shinkaevolve", "evaluator": "evaluate.py"}
    _write(source, into, "initial", settings, {}, notes, options)


def _write(
    source: Path,
    into: Path,
    stem: str,
    settings: dict[str, Any],
    job: dict[str, Any],
    notes: list[str],
    options: Options,
) -> None:
    program = _program(source, stem)
    evaluator = str(settings["evaluator"])
    if program is None or not (source / evaluator).is_file():
        raise ConfigError(f"{source}: a folder of {settings['kind']} has {stem}.py (or another language) "
                          f"and {evaluator}")  # fmt: skip
    try:
        text = (source / program).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source / program}: not UTF-8: {error}; save it in that encoding") from None
    regions = len(blocks_of(text, program))
    kept = copy_files(source, into)
    setup, said_of_setup = setup_commands(source, kept, options, roots=[evaluator, program])
    seed = f"seed/{program}"
    write_harness(into, {"run.py": "evolve.py", **STANDINS}, {**settings, "program": program, "seed": seed})
    (into / HARNESS / seed).parent.mkdir()
    (into / HARNESS / seed).write_text(text, encoding="utf-8")
    scope = (
        f"candidates may edit its {regions} EVOLVE block{'s' if regions != 1 else ''}"
        if regions
        else "it has no EVOLVE marks: candidates may edit all of it"
    )
    head = f"Adapted from a folder of {settings['kind']}: {evaluator} judges {program}; {scope}."
    said = "The score is self-reported: the evaluator runs the candidate's code in its own process."
    goal = job.get("goal") or f"A higher combined_score of {program}, as {evaluator} computes it."
    limit = f" Only what is between EVOLVE-BLOCK marks of {program} may change." if regions else ""
    write_job(
        into,
        {
            "name": source.resolve().name,
            "goal": goal.strip() + limit,
            "target": {"files": [program]},
            "commands": {
                **({"setup": setup} if setup else {}),
                "test": f"python {HARNESS}/run.py check",
                "benchmark": f"python {HARNESS}/run.py",
            },
            "metrics": [
                {
                    "name": "combined_score",
                    "direction": "maximize",
                    "compare": "difference",
                    "minimum_effect": options.effect or LEAST_GAIN,
                }
            ],
            # Candidates are meant to change results; the evaluator says which of them are right.
            "verify": {"behaviour": False, "self_reported": True},
            **{key: table for key in ("budget", "sandbox") if (table := _known(job.get(key, {})))},
        },
        [head, said, *said_of_setup, *notes],
    )


def _known(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _program(source: Path, stem: str) -> str | None:
    """Return the name of the program file: Python first, else the only one of that stem."""
    if (source / f"{stem}.py").is_file():
        return f"{stem}.py"
    others = [path.name for path in sorted(source.glob(f"{stem}.*")) if path.is_file()]
    return others[0] if len(others) == 1 else None


def _config(source: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of `config.yaml`, and notes on what of them has no meaning here."""
    file = source / "config.yaml"
    if not file.is_file():
        return {}, []
    try:
        import yaml
    except ImportError:
        raise ConfigError(f"{file}: PyYAML is needed to read it: pip install pyyaml") from None
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: a mapping of settings is expected")
    used = {
        "max_iterations": {""},
        "prompt": {"system_message"},
        "evaluator": {"timeout", "cascade_evaluation", "cascade_thresholds", "evaluator_args"},
        "database": {"feature_dimensions"},
    }
    ignored = []
    for key, value in found.items():
        if key not in used:
            ignored.append(str(key))
        elif isinstance(value, dict):
            ignored += [f"{key}.{name}" for name in value if name not in used[key]]
    return found, [f"Not used of config.yaml: {', '.join(sorted(ignored))}."] if ignored else []


def _above_none(source: Path, key: str, table: dict[str, Any], kind: type) -> int | float | None:
    """Return a setting that is a number above 0, None where it isn't set; raises `ConfigError` that names it.

    The job's own check would name a strop.toml that is not there any more.
    """
    value = table.get(key.rpartition(".")[2])
    kinds = (int, float) if kind is float else (int,)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < float("inf"):
        expected = "a whole number of at least 1" if kind is int else "a number of seconds above 0"
        raise ConfigError(f"{source / 'config.yaml'}: {key}: {expected} is expected, not {value!r:.80}; "
                          "change it there, or take it out")  # fmt: skip
    return value


def _part(config: dict[str, Any], name: str) -> dict[str, Any]:
    part = config.get(name) or {}
    if not isinstance(part, dict):
        raise ConfigError(f"config.yaml: {name}: a mapping is expected")
    return part
