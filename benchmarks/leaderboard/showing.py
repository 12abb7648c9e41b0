"""Boards and comparisons as text for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from strop.benchmarks.leaderboard.columns import COLUMNS, gain_text, interval, number_text
from strop.benchmarks.leaderboard.known import named
from strop.benchmarks.leaderboard.ranking import Board, Difference, TaskScore, ranked
from strop.benchmarks.leaderboard.result import SELF_REPORTED, Result, TaskRow

__all__ = ["conditions", "counted", "score_text", "show_board", "show_difference", "show_suites"]


def counted(number: int, thing: str) -> str:
    """Return "1 task" or "3 tasks"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def conditions(result: Result) -> str:
    """Return under which conditions a result was made, in a sentence or two."""
    limits = [f"{value:g} {name}" for name, value in result.limits.model_dump().items() if value is not None]
    model = f"model {result.model.name} ({result.model.kind})" if result.model.name else "no model"
    machine = result.machine
    seeds = counted(len(result.seeds), "seed")
    asked = f"at most {', '.join(limits)} a study" if limits else "no limit"
    return (
        f"{result.suite}: {counted(len(result.tasks), 'task')}, {seeds}, {asked}, {model}. "
        f"{machine.get('system')}, {machine.get('cpus')} CPUs ({machine.get('processor')}), "
        f"Python {machine.get('python')}, sandbox {machine.get('sandbox')}, strop {result.strop}, "
        f"{result.date[:10]}."
    )


def show_board(board: Board, console: Console, *, tasks: bool = True) -> None:
    """Print the ranking, and what came of each task."""
    result = board.result
    console.print(conditions(result), soft_wrap=True)
    if not ranked(result):
        console.print("A scripted model answered: for tests, and no ranking.")
    if missing := len(result.missing()):
        wanted = len(result.keys())
        console.print(f"Not complete: {wanted - missing} of {wanted} studies; what is missing counts as 1.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("optimizer")
    chosen = [column for column in COLUMNS if column.short]
    for column in chosen:
        table.add_column(column.head, justify="right")
    for row in board.rows:
        table.add_row(named(row.optimizer), *(column.cell(row) for column in chosen))
    console.print()
    console.print(table)
    if tasks:
        console.print()
        console.print(_by_task(board))


def _by_task(board: Board) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("task")
    for row in board.rows:
        table.add_column(row.optimizer, justify="right")
    for task in board.result.tasks:
        name = f"{task.name} (control)" if task.control else task.name
        table.add_row(name, *(_cell(row.tasks[task.name], task) for row in board.rows))
    return table


def _cell(score: TaskScore, task: TaskRow) -> str:
    seed = score.state == "no improvement found" and score.value is not None
    return score_text(score, task) + (" (seed)" if seed else "")


def score_text(score: TaskScore, task: TaskRow) -> str:
    """Return what an optimizer came to on a task: a value where the task has one of its own, else a gain.

    The value says little alone where each study has instances of its own, or where the gain is a difference:
    there it has the seed's and the gain beside it.
    """
    if score.state == "improved":
        some = "" if score.improved == score.seeds else f" ({score.improved} of {score.seeds} seeds)"
        some += f", {SELF_REPORTED}" if score.self_reported else ""
        if score.value is None:
            return gain_text(score) + some
        if score.seed_value is None or not (task.varies or score.difference):
            return number_text(score.value) + some
        return f"{_rounded(score.value)} from {_rounded(score.seed_value)}: {gain_text(score)}{some}"
    if score.state == "no improvement found":
        if score.value is not None:
            return _rounded(score.value) if task.varies else number_text(score.value)
        return "–" if task.metric else "1"
    return {"failed": "failed"}.get(score.state, "–")


def _rounded(value: float) -> str:
    """Return a mean over instances: more digits would be those of their draw."""
    return f"{value:.4g}"


def show_difference(found: Difference, console: Console) -> None:
    """Print a paired comparison in a sentence."""
    shown = interval(found.ratio, found.low, found.high)
    console.print(
        f"{found.verdict}: {found.first} over {found.second} {shown}, geometric mean of paired ratios; "
        f"ahead on {found.wins} tasks, behind on {found.losses}, level on {found.ties}",
        soft_wrap=True,
    )
    if found.missing:
        console.print(f"Not complete: {found.missing} studies are missing, and count as 1.")


def show_suites(rows: list[tuple[str, str, list[str]]], console: Console) -> None:
    """Print suites: name, what it holds, its tasks."""
    for name, text, tasks in rows:
        count = f", {len(tasks)} tasks" if tasks else ""
        console.print(f"{name}: {text}{count}", soft_wrap=True)
        for task in tasks:
            console.print(f"  {task}")
