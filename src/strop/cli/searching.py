"""`strop run` and `strop resume`: a job with a display, then its report in short."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console

from strop.errors import ConfigError, StropError
from strop.job import Job, load_job
from strop.report.live import listener_for
from strop.report.machine import build_report
from strop.report.text import render_text
from strop.study import FOLDER, Study, latest_name, latest_study, study_names

if TYPE_CHECKING:
    from strop.events import Listener

__all__ = ["open_study", "resume_study", "run_study", "stderr_console", "stdout_console", "where"]

SHORT = 8
"""Trials that the report after a run lists."""

Kind = Literal["rich", "plain", "json"]


def stdout_console() -> Console:
    """Return a console for results."""
    return Console(highlight=False, markup=False, emoji=False)


def stderr_console() -> Console:
    """Return a console for displays and questions."""
    return Console(highlight=False, markup=False, emoji=False, stderr=True)


def where(root: Path) -> str:
    """Return what a next command needs to find the repository: nothing in its own folder."""
    here = Path.cwd()
    if root == here:
        return ""
    near = root.relative_to(here) if root.is_relative_to(here) else root
    return f" -C {shlex.quote(str(near))}"


def open_study(root: Path, name: str | None) -> Study:
    """Open a study by name, or the latest; raises `ConfigError` where there is none of that name."""
    names = study_names(root)
    if name is not None and names and name not in names:
        raise ConfigError(f"no study {name!r} in {root}; known: {', '.join(names)}")
    return latest_study(root, name)


def run_study(root: Path, overrides: dict[str, Any], options: Mapping[str, Any], kind: str | None) -> int:
    """Run the job of a repository; returns the exit code."""
    if options["record"] and options["replay"]:
        raise ConfigError("--record and --replay exclude each other; copy the recording instead")
    if options["replay_strict"] and not options["replay"]:
        raise ConfigError("--replay-strict needs --replay FILE")
    name = options["name"]
    if name is not None:
        _check_name(root, name)
    from strop.running_checks import check_address

    job = load_job(root, overrides)
    check_address(job, named="model.api_base" in overrides, replayed=bool(options["replay"]))

    def work(listener: Listener) -> Study:
        from strop.running import RunOptions, run_job

        return run_job(root, job, RunOptions(**options), listener)

    return _watch(root, name, job, kind, work)


def resume_study(root: Path, name: str | None, kind: str | None) -> int:
    """Go on with a study; returns the exit code."""
    study = open_study(root, name)

    def work(listener: Listener) -> Study:
        from strop.running import resume_job

        return resume_job(root, study.name, listener)

    return _watch(root, study.name, study.job, kind, work)


def _check_name(root: Path, name: str) -> None:
    # The name becomes a folder's.
    if not name or name.startswith((".", "-")) or not all(c.isalnum() or c in "-_." for c in name):
        raise ConfigError(f"--name: {name!r}; allowed: letters, digits, '-', '_' and '.', not first")
    if name in study_names(root):
        raise ConfigError(f"--name: study {name!r} is there already; `strop resume {name}` goes on with it")
    if (root / FOLDER / "studies" / name).exists():  # of a process that died at once
        raise ConfigError(
            f"--name: {root / FOLDER / 'studies' / name} is there, without a study; take another name"
        )


def _watch(
    root: Path, name: str | None, job: Job, kind: str | None, work: Callable[[Listener], Study]
) -> int:
    errors = stderr_console()
    chosen: Kind = _kind(kind, errors)
    console = stdout_console() if chosen == "json" else errors
    before = set(study_names(root))
    try:
        with listener_for(chosen, job, console) as listener:
            study = work(listener)
    except KeyboardInterrupt:
        way = f"; `{_resume(root, name, before)}` goes on" if _begun(root, name, before) else ""
        print(f"strop: stopped{way}", file=sys.stderr)
        return 130
    except StropError as error:
        if not isinstance(error, ConfigError) and _begun(root, name, before):
            # A provider's fault: nothing of the study is lost. It keeps the name of its model.
            way = f"`{_resume(root, name, before)}` goes on"
            if getattr(error, "kind", "") == "not found":
                way = "a new `strop run` takes another model"
            error.add_note(f"what was measured is kept; {way}")
        raise
    report = build_report(study)
    if chosen == "json":
        print(json.dumps({"kind": "report", "time": time.time(), "report": report}), flush=True)
    else:
        render_text(report, stdout_console(), most=SHORT, where=where(root))
    return 0


def _begun(root: Path, name: str | None, before: Collection[str]) -> bool:
    """Return whether there is a study to go on with: the one that was named, or a new one."""
    now = study_names(root)
    return name in now if name else bool(set(now) - set(before))


def _resume(root: Path, name: str | None, before: Collection[str]) -> str:
    """Return the command that goes on with the study that was begun, or gone on with."""
    fresh = [n for n in study_names(root) if n not in before]
    names = [name] if name else [latest_name(root, fresh)] if fresh else []
    return " ".join(["strop resume", *names]) + where(root)


def _kind(kind: str | None, console: Console) -> Kind:
    if kind == "json":
        return "json"
    if kind == "rich" or (kind is None and console.is_terminal):
        return "rich"
    return "plain"
