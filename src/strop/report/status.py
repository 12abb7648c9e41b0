"""One screen about a repository's studies, while one runs or after."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from strop.errors import StropError
from strop.report.machine import build_report
from strop.report.reading import status_of
from strop.report.text import grid, indented, print_line, result_sentence, trial_style
from strop.report.words import better, duration, money, one_line, trial_sentence
from strop.study import Study, study_names

__all__ = ["budget_left", "render_status"]

LAST_TRIALS = 6
MOST_STUDIES = 8


def render_status(study: Study, console: Console, *, where: str = "") -> None:
    """Print how a study stands: the best so far, the last trials, what is left; then the other studies."""
    report = build_report(study)
    print_line(console, f"{study.name}: {result_sentence(report)}", "bold")
    objective = report["job"]["objective"]
    word = better(objective["metric"], objective["direction"])
    table = grid("", "", "")
    for row in report["trials"][-LAST_TRIALS:]:
        sentence = Text(trial_sentence(row, word), trial_style(row))
        table.add_row(Text(f"#{row['number']}"), Text(one_line(row["author"], 12)), sentence)
    if report["trials"]:
        console.print(indented(table))
    print_line(console, f"Left: {', '.join(budget_left(study, report['cost'])) or 'no limit is set'}")
    if report["stopped_because"]:
        print_line(console, f"Ended because {one_line(report['stopped_because'])}", "dim")
    if report["status"] == "interrupted" or (report["status"] == "failed" and report["baseline"]):
        print_line(console, f"Next: strop resume {study.name}{where}")
    others = [name for name in study_names(study.root) if name != study.name]
    _others(study.root, others, console)


def budget_left(study: Study, cost: dict[str, object]) -> list[str]:
    """Return what is left of each budget that the job sets."""
    budget = study.job.budget
    left = []
    if budget.evaluations is not None:
        done = int(str(cost["evaluations"]))
        left.append(f"{max(0, budget.evaluations - done)} of {budget.evaluations} evaluations")
    if budget.minutes is not None:
        seconds = max(0.0, budget.minutes * 60 - float(str(cost["seconds"])))
        left.append(f"{duration(seconds)} of {duration(budget.minutes * 60)}")
    if budget.usd is not None:
        spent = cost["usd"]
        known = None if spent is None else max(0.0, budget.usd - float(str(spent)))
        left.append(f"{money(known)} of {money(budget.usd)}")
    if budget.tokens is not None:
        used = int(str(cost["prompt_tokens"])) + int(str(cost["completion_tokens"]))
        left.append(f"{max(0, budget.tokens - used):,} of {budget.tokens:,} tokens")
    return left


def _others(root: Path, names: list[str], console: Console) -> None:
    if not names:
        return
    console.print()
    print_line(console, "Other studies here", "bold")
    table = grid("", "")
    for name in reversed(names[-MOST_STUDIES:]):
        try:
            table.add_row(Text(name), Text(status_of(Study(root, name))))
        except StropError as error:  # one damaged study is no reason to hide the others
            table.add_row(Text(name), Text(one_line(str(error)), "red"))
    console.print(indented(table))
    if len(names) > MOST_STUDIES:
        print_line(console, f"and {len(names) - MOST_STUDIES} older", "dim", 2)
