"""One trial in full, and all trials and answers in a sentence each."""

from __future__ import annotations

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from strop.errors import ConfigError
from strop.report.machine import build_report, trial_row
from strop.report.reading import candidate_of, way_of_knob
from strop.report.text import grid, indented, print_line, render_text, trial_style
from strop.report.words import (
    better,
    clean,
    difference_text,
    duration,
    interval_text,
    knob_text,
    one_line,
    ratio_text,
    trial_sentence,
    value_text,
)
from strop.sizes import scaling_sentence
from strop.study import Study
from strop.trial import Trial

__all__ = ["find_trial", "print_patch", "show_all", "show_trial"]

FEEDBACK_LINES = 30
HOT_ROWS = 8


def find_trial(study: Study, number: int) -> Trial:
    """Return a trial by number; raises `ConfigError` that names the known ones."""
    trials = {trial.number: trial for trial in study.trials()}
    if number not in trials:
        known = ", ".join(map(str, trials)) or "none yet"
        raise ConfigError(f"study {study.name} has no trial {number}; known: {known}")
    return trials[number]


def show_all(study: Study, console: Console, *, where: str = "") -> None:
    """Print every trial and every answer that came to none, in order, a sentence each."""
    report = build_report(study)
    render_text(report, console, most=max(1, len(report["order"])), where=where)


def show_trial(study: Study, number: int, console: Console) -> None:
    """Print all that is known of one trial; raises `ConfigError` where there is none."""
    trial = find_trial(study, number)
    row = trial_row(study, trial)
    objective = study.job.objective
    name = "the baseline" if number == 0 else f"by {one_line(trial.author, 40) or 'nobody'}"
    print_line(console, f"Trial {number} of {study.name}, {name}, {duration(trial.seconds)}", "bold")
    if number:
        print_line(
            console, trial_sentence(row, better(objective.name, objective.direction)), trial_style(row)
        )
    if row["rationale"]:
        print_line(console, one_line(row["rationale"], 600), "italic")
    _stages(trial, console)
    _comparisons(trial, console)
    if trial.failure:
        print_line(console, f"Kind of failure: {trial.failure.value}", "dim")
    for label in trial.labels:
        print_line(console, one_line(label, 300), "yellow")
    if trial.verified_by:
        print_line(console, f"Verified by {trial.verified_by}", "dim")
    if trial.prompt:
        print_line(console, f"Asked with {one_line(trial.prompt, 200)}", "dim")
    if number == 0:
        _not_recorded(study, console)
    _knobs(study, trial, console)
    _profile(trial, console)
    if trial.feedback and trial.feedback != trial.reason:
        _head("Feedback", console)
        lines = clean(trial.feedback).rstrip().splitlines()
        for line in lines[-FEEDBACK_LINES:]:
            print_line(console, line, indent=2)
    if candidate_of(study, trial.candidate).edits:
        _head("Patch", console)
        print_patch(study.patch(trial.candidate), console)
    console.print()
    print_line(console, f"Logs: {study.trial_folder(number)}", "dim")


def _not_recorded(study: Study, console: Console) -> None:
    """Name the functions whose calls can't be replayed, with the reasons."""
    kept = study.get("baseline")
    skipped = (kept["baseline"].get("behaviour") or {}).get("skipped") or {} if kept else {}
    if not skipped:
        return
    _head("Functions whose behaviour is not recorded", console)
    for function, reason in sorted(skipped.items()):
        print_line(console, f"{one_line(function, 80)}: {one_line(reason, 120)}", indent=2)


def print_patch(patch: str, console: Console) -> None:
    """Print a diff in colours, its control characters left out."""
    console.print(
        Syntax(
            clean(patch).rstrip("\n"), "diff", theme="ansi_dark", background_color="default", word_wrap=True
        )
    )


def _head(text: str, console: Console) -> None:
    console.print()
    print_line(console, text, "bold")


def _stages(trial: Trial, console: Console) -> None:
    if not trial.stages:
        return
    _head("Stages", console)
    table = grid("", ">", "", "")
    for stage in trial.stages:
        mark = Text("ok", "green") if stage.ok else Text("failed", "red")
        detail = Text(one_line(stage.detail, 300))
        if stage.log:
            detail.append(f"  {one_line(stage.log, 60)}", "dim")
        table.add_row(Text(one_line(stage.name, 20)), Text(duration(stage.seconds)), mark, detail)
    console.print(indented(table))


def _comparisons(trial: Trial, console: Console) -> None:
    if not trial.comparisons:
        return
    what = (
        "Against itself (A/A)"
        if trial.number == 0
        else "Against the baseline, as the search saw it (no claim)"
    )
    _head(what, console)
    table = grid("metric", ">ratio", "95 % interval", ">pairs", ">before", ">after", "source")
    for c in trial.comparisons:
        sides = [value_text(c.metric, _median(side)) for side in (c.baseline, c.candidate)]
        numbers = [ratio_text(c.ratio), interval_text({"low": c.low, "high": c.high}), str(c.pairs)]
        if c.difference is not None:
            numbers[:2] = difference_text(c.difference).split(" ", 1)
        table.add_row(*map(Text, [one_line(c.metric, 30), *numbers, *sides, c.source]))
    console.print(indented(table))
    if any(c.corrections for c in trial.comparisons):
        note = "CPU time is compared at one pace of its CPU; before and after are what the clock said."
        console.print(Text(f"  {note}", "dim"))


def _median(samples: tuple[float, ...]) -> float | None:
    import statistics

    return statistics.median(samples) if samples else None


def _knobs(study: Study, trial: Trial, console: Console) -> None:
    if not trial.knobs:
        return
    _head("Knobs", console)
    for name, value in trial.knobs.items():
        way = one_line(way_of_knob(study, name, value))
        print_line(console, f"{one_line(name, 60)} = {one_line(knob_text(value), 60)}  ({way})", indent=2)


def _profile(trial: Trial, console: Console) -> None:
    hot = trial.profile.get("hot") or ()
    missing = trial.profile.get("unavailable")
    scaling = trial.profile.get("scaling")
    if not hot and not missing and not scaling:
        return
    _head("Profile", console)
    if scaling:
        print_line(console, one_line(scaling_sentence(scaling), 300), indent=2)
    if not hot and not missing:
        return
    if not hot:
        print_line(console, one_line(str(missing), 300), indent=2)
        return
    table = grid(">self", ">with callees", "function")
    for row in list(hot)[:HOT_ROWS]:
        share = [f"{float(row.get(key, 0)):.1f} %" for key in ("self_pct", "cum_pct")]
        table.add_row(*map(Text, [*share, one_line(str(row.get("fn", "?")), 100)]))
    console.print(indented(table))
