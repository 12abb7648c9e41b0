"""Folders of other tools as tasks: adapted once, run like any other, and audited."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from strop.benchmarks.adapters import KINDS, Options, adapted, detect
from strop.benchmarks.adapters.audit import audit, can_be_audited
from strop.benchmarks.adapters.writing import is_adapted
from strop.benchmarks.leaderboard.tasks import (
    Suite,
    Task,
    commit_all,
    files_of,
    is_task,
    load_task,
    open_suite,
    tasks_folder,
)
from strop.benchmarks.leaderboard.validating import Check
from strop.errors import ConfigError
from strop.job import load_job

__all__ = ["adapted_repository", "audited", "is_adapted", "open_any", "origin_of"]

ADAPTED = Path("strop-bench") / "adapted"
"""Where a benchmark's adapted repositories are kept."""

MADE_OF = Path(".strop") / "adapted.json"
"""File of an adapted repository, beside its studies, that says what it was written from."""


def adapted_repository(
    kind: str,
    source: Path,
    into: Path | None = None,
    options: Options | None = None,
    *,
    again: bool = True,
) -> tuple[Path, bool]:
    """Return the repository that a foreign folder becomes, and whether it is new.

    Args:
        kind: One of `KINDS`, or "auto": as the files tell.
        source: The foreign folder.
        into: Where it is written; default: NAME-strop in the current folder.
        again: Whether one that an earlier call wrote is taken again, so that its studies go on.
        options: What the folder itself leaves open.

    Raises:
        ConfigError: It is no such folder, or something else lies where the repository would be.
    """
    found = detect(source) if kind == "auto" else kind
    if not found:
        raise ConfigError(f"{source}: not a folder of a known kind; known: {', '.join(KINDS)}")
    into = (into or Path(f"{source.resolve().name}-strop")).resolve()
    made_of = {"kind": found, "source": str(source.resolve()), "digest": _digest(source).hexdigest()}
    chosen = _chosen(options or Options())
    kept = into / MADE_OF
    if again and is_adapted(into):
        before = json.loads(kept.read_bytes()) if kept.is_file() else None  # a clone has no .strop
        with_options = before.pop("options", {}) if before is not None else {}
        if before is not None and before != made_of:
            other = before.get("source")
            what = "as it was before" if other == made_of["source"] else f"not of {source}"
            raise ConfigError(
                f"{into}: was written from {other}, {what}; remove it, or take another by "
                f"`strop adapt {found} {source} --into DIR`"
            )
        # Asked for nothing, it is taken as it was written; what is asked for is never left aside in silence.
        if chosen and chosen != with_options:
            raise ConfigError(f"{into}: was written with other options than these; remove it, or change "
                              "its strop.toml and leave them out")  # fmt: skip
        return into, False
    adapted(found, source.resolve(), into, options)
    commit_all(into, f"as adapted from {found}")
    _keep(into, {**made_of, "options": chosen})
    return into, True


def _keep(into: Path, made_of: dict[str, Any]) -> None:
    (into / MADE_OF).parent.mkdir(exist_ok=True)
    (into / MADE_OF).write_text(json.dumps(made_of, indent=1) + "\n", encoding="utf-8")


def _chosen(options: Options) -> dict[str, Any]:
    """Return the options that differ from their defaults, as JSON holds them."""
    usual = asdict(Options())
    found = {name: value for name, value in asdict(options).items() if value != usual[name]}
    return dict(json.loads(json.dumps(found)))


def open_any(name: str) -> Suite:
    """Return a suite by name or folder, sub-folders of other tools included; raises `ConfigError`."""
    folder = Path(name)
    if not folder.is_dir():
        return open_suite(name)
    if is_task(folder):
        # Folders within it are its own, whatever they look like: benchmark results, say, or examples.
        return open_suite(name)
    kind = detect(folder)
    if kind:
        return Suite(name=folder.resolve().name, tasks=(_foreign(folder, kind),))
    foreign = []
    for child in sorted(folder.iterdir()):
        kind = None if not child.is_dir() or is_task(child) else detect(child)
        if kind:
            foreign.append(_foreign(child, kind))
    if not foreign:
        return open_suite(name)
    own = [
        load_task(child) for child in sorted(folder.resolve().iterdir()) if child.is_dir() and is_task(child)
    ]
    return Suite(
        name=folder.resolve().name, tasks=tuple(sorted([*own, *foreign], key=lambda task: task.name))
    )


def _digest(folder: Path) -> hashlib._Hash:
    content = hashlib.sha256()
    for path in files_of(folder.resolve()):
        content.update(path.encode("utf-8", "surrogateescape") + b"\0" + (folder / path).read_bytes())
    return content


def _foreign(folder: Path, kind: str) -> Task:
    name = folder.resolve().name
    content = _digest(folder)
    # With another harness it is another repository, though the folder is the same.
    for file in sorted(Path(str(files("strop.benchmarks.adapters"))).rglob("*.py")):
        content.update(file.read_bytes())
    into = (ADAPTED / f"{name}-{content.hexdigest()[:10]}").resolve()
    if not is_adapted(into):
        into.parent.mkdir(parents=True, exist_ok=True)
        adapted(kind, folder.resolve(), into)
    if not (into / MADE_OF).is_file():
        _keep(into, {"kind": kind, "source": str(folder.resolve())})
    return Task(name=name, folder=into)


def origin_of(task: Task) -> str:
    """Return what tells a task from others of its name: SUITE/TASK, its folder, or what it was adapted from.

    The repository that a foreign folder becomes is another one with each change of the folder.
    """
    if task.folder.is_relative_to(tasks_folder()):
        return task.folder.relative_to(tasks_folder()).as_posix()
    kept = task.repository / MADE_OF
    if is_adapted(task.repository) and kept.is_file():
        return str(json.loads(kept.read_bytes())["source"])
    return str(task.folder)


def audited(task: Task, *, sandbox: str | None = None, fail_fast: bool = False) -> list[Check]:
    """Return what an adapted evaluator lets pass; raises `SandboxError`.

    Of a kind whose benchmark is just a command there are no probes: whose word values are is all there is.
    """
    try:
        reported = load_job(task.repository).verify.self_reported
        probed = can_be_audited(task.repository)
    except ConfigError as error:
        return [Check("evaluator", False, str(error).splitlines()[0])]
    word = "apart from the candidate: nothing is self-reported"
    if reported:
        word = "the candidate's own word: values are self-reported, and claims are labelled"
    if not probed:
        return [Check("evaluator", True, f"{word}; there are no probes of this kind of folder")]
    checks = [Check("evaluator", True, word)]
    try:
        holes = audit(task.repository, sandbox=sandbox)
    except ConfigError as error:  # no place for probes, or a seed that doesn't work: a fault of this task
        return [*checks, Check("probes", False, str(error).splitlines()[0])]
    for hole in holes:
        gate = f"; as written, strop's gate refuses it ({hole.gate})" if hole.open and hole.gate else ""
        checks.append(Check(hole.probe, not hole.open, f"{hole.what}: {hole.detail}{gate}"))
        if fail_fast and hole.open:
            break
    return checks
