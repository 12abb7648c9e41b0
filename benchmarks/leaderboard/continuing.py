"""May a run go on in a folder? Only where what is there was made under the same conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.result import Result, load_result
from strop.errors import ConfigError

__all__ = ["continued"]


def continued(wanted: Result, file: Path) -> Result:
    """Return what is there already of an empty result; more optimizers and seeds may be wanted than before.

    Raises `ConfigError` where the file holds a result of other conditions.
    """
    if not file.is_file():
        return wanted
    before = load_result(file)
    same = ("suite", "limits", "model", "settings")
    differing = [name for name in same if getattr(before, name) != getattr(wanted, name)]
    differing += _elsewhere(before, wanted)
    old, new = ({task.name: task.digest for task in r.tasks} for r in (before, wanted))
    differing += [f"task {name}" for name in old.keys() & new.keys() if old[name] != new[name]]
    if differing:
        raise ConfigError(
            f"{file}: holds a result of another {', '.join(differing)}; give another folder by --out, or "
            f"remove {file.parent} with all that is in it"
        )
    tasks = {task.name: task for task in (*before.tasks, *wanted.tasks)}
    return wanted.model_copy(
        update={
            # Of studies that say "auto", nobody knows where they ran.
            "machine": before.machine
            if before.machine.get("sandbox") == "auto" and before.studies
            else wanted.machine,
            "studies": before.studies,
            "private": before.private,
            "tasks": tuple(tasks.values()),
            "optimizers": tuple(dict.fromkeys((*before.optimizers, *wanted.optimizers))),
            "seeds": tuple(sorted({*before.seeds, *wanted.seeds})),
        }
    )


def _elsewhere(before: Result, wanted: Result) -> list[str]:
    """Return in what a result was measured elsewhere: it tells one machine and one version for all of it."""
    cards = [_card(result) for result in (before, wanted)]
    # "auto" is what it was when it ran, and that was not written down, or is not known yet.
    sandbox = "machine.sandbox"
    open_ = {sandbox} if "auto" in (cards[0].get(sandbox), cards[1].get(sandbox)) else set()
    names = {**cards[0], **cards[1]}.keys() - open_
    keys = sorted(key for key in names if cards[0].get(key) != cards[1].get(key))
    return [f"{key} ({cards[0].get(key)}, now {cards[1].get(key)})" for key in keys]


def _card(result: Result) -> dict[str, Any]:
    """Return version and machine of a result by dotted keys."""
    machine = {**result.machine}
    versions = machine.pop("versions", {})  # older results have none
    flat = {f"machine.{key}": value for key, value in machine.items()}
    return {
        "strop": result.strop,
        **flat,
        **{f"machine.versions.{key}": value for key, value in versions.items()},
    }
