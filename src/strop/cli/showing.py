"""`strop status`, `show`, `diff`, `report` and `apply`: what a study found, shown and handed over."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from strop.cli.searching import open_study, stdout_console, where
from strop.errors import ConfigError
from strop.report.front import parse_weights, pick
from strop.report.machine import build_report
from strop.report.markdown import render_markdown
from strop.report.reading import candidate_of
from strop.report.status import render_status
from strop.report.text import print_line, render_text
from strop.report.trials import find_trial, print_patch, show_all, show_trial
from strop.report.words import knob_text, one_line
from strop.study import Study
from strop.trial import TrialState

__all__ = ["apply_change", "show_diff", "show_pick", "show_report", "show_status", "show_trials"]


def show_status(root: Path, name: str | None) -> int:
    """Print how a study stands."""
    render_status(open_study(root, name), stdout_console(), where=where(root))
    return 0


def show_trials(root: Path, name: str | None, number: int | None) -> int:
    """Print one trial, or all."""
    study = open_study(root, name)
    if number is None:
        show_all(study, stdout_console(), where=where(root))
    else:
        show_trial(study, number, stdout_console())
    return 0


def show_trial_trace(root: Path, name: str | None, number: int | None, page: Path | None) -> int:
    """Print a trial's trace, or write it as a page."""
    from strop.report.traces import show_trace, write_trace_page

    if number is None:
        raise ConfigError("--trace: of which trial? strop show TRIAL --trace")
    study = open_study(root, name)
    if page is None:
        show_trace(study, number, stdout_console())
    else:
        write_trace_page(study, number, page)
        print(f"{page}: the trace of trial {number}")
    return 0


def show_report(root: Path, name: str | None, kind: str) -> int:
    """Print a report as "text", "json" or "markdown"."""
    report = build_report(open_study(root, name))
    if kind == "json":
        print(json.dumps(report, indent=2))
    elif kind == "markdown":
        print(render_markdown(report), end="")
    else:
        render_text(report, stdout_console(), where=where(root))
    return 0


def show_diff(root: Path, name: str | None, number: int | None) -> int:
    """Print a patch: in colours and harmless on a terminal, byte for byte for `git apply` elsewhere.

    It is what `strop apply` writes, knob values in files included; what is to be set besides goes to stderr.
    """
    from strop.applying import final_patch, knob_notes

    study = open_study(root, name)
    trial = None if number is None else find_trial(study, number)
    candidate_id = _wanted(study) if trial is None else trial.candidate
    candidate = candidate_of(study, candidate_id)
    measured = trial is None or trial.state is TrialState.COMPLETE
    patch = final_patch(study, candidate) if measured else study.patch(candidate_id)
    for line in knob_notes(study.job, candidate):
        print(one_line(line), file=sys.stderr)
    if not patch:
        values = ", ".join(f"{knob} = {knob_text(value)}" for knob, value in candidate.knobs)
        print(f"no file changes; knobs: {one_line(values) or 'none'}", file=sys.stderr)
        return 0
    if sys.stdout.isatty():
        print_patch(patch, stdout_console())
        return 0
    sys.stdout.flush()
    sys.stdout.buffer.write(patch.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
    return 0


def _wanted(study: Study) -> str:
    report = build_report(study)
    best = report["best"] or report["unconfirmed"]
    if best is None:
        raise ConfigError(f"study {study.name} has no improvement; `strop diff TRIAL` shows a trial's patch")
    if not report["best"]:
        print(f"not confirmed: trial {best['trial']} is only promising", file=sys.stderr)
    return str(best["candidate"])


def show_pick(root: Path, name: str | None, weights: str, *, as_json: bool = False) -> int:
    """Print the trial of the Pareto front that weights of metrics prefer."""
    study = open_study(root, name)
    front = build_report(study)["front"]
    if front is None:
        raise ConfigError("--weights: the job has one metric, and no front; see [[metrics]]")
    wanted = parse_weights(weights, study.job)
    number = pick(front, study.job, wanted)
    (row,) = (row for row in front["trials"] if row["trial"] == number)
    if as_json:
        print(json.dumps({"weights": wanted, **row}, indent=2))
        return 0
    shown = ", ".join(f"{metric} {gain:.3g}" for metric, gain in row["gains"].items())
    if not number:
        print("By these weights no trial of the front is better than the unchanged program")
        return 0
    print(f"By these weights trial {number} is best (gains by the search: {shown})")
    print(f"Not confirmed unless strop report says so; next: strop show {number}   strop apply {number}")
    return 0


def apply_change(root: Path, study: str | None, number: int | None, branch: str | None) -> int:
    """Hand a candidate over to the repository."""
    from strop.applying import apply_trial

    for line in apply_trial(root, open_study(root, study), number, branch).splitlines():
        print_line(stdout_console(), line)
    return 0
