"""Tasks of AlgoTune: a class that makes problems, solves them, and says what is a solution.

The candidate's file is `solver.py`. Its calls are timed by strop from outside, one by one; every solution
of every run, as strop received it, is then judged by the task's own, unchanged `is_solution`, in a sandbox
without the candidate.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from strop.benchmarks.adapters.needs import setup_commands
from strop.benchmarks.adapters.writing import HARNESS, Options, copy_files, write_harness, write_job
from strop.errors import ConfigError

__all__ = ["adapt_algotune", "is_algotune", "solver_text"]

NEEDED = ("generate_problem", "solve", "is_solution")
BASE = "AlgoTuneTasks"
SOLVER = "solver.py"
TEXT = "description.txt"
LONGEST_GOAL = 4000  # characters of a task's description that models are shown


def is_algotune(source: Path) -> bool:
    """Return whether a folder has one file with a task class."""
    return len(list(_tasks(source))) == 1


def adapt_algotune(source: Path, into: Path, options: Options) -> None:
    """Write a task of AlgoTune as a repository; raises `ConfigError`."""
    found = list(_tasks(source))
    if len(found) != 1:
        said = ", ".join(path.name for path, _ in found) or "none"
        raise ConfigError(
            f"{source}: one file with a class that has {', '.join(NEEDED)} is needed; found: {said}"
        )
    file, task = found[0]
    if options.size < 1 or options.count < 1:
        raise ConfigError("size and count are numbers of at least 1")
    kept = copy_files(source, into)
    setup, said_of_setup = setup_commands(source, kept, options, roots=[file.name])
    own = (into / SOLVER).is_file()
    if not own:
        text = solver_text((source / file.name).read_text(encoding="utf-8"), task.name)
        (into / SOLVER).write_text(text, encoding="utf-8")
    parts = {
        "task.py": "algotune.py",
        f"standins/{BASE}/__init__.py": "empty.py",
        f"standins/{BASE}/base.py": "algotune_base.py",
    }
    settings = {"task": file.name, "class": task.name, "size": options.size, "count": options.count}
    write_harness(into, parts, settings)
    described = (source / TEXT).read_text("utf-8", "replace") if (source / TEXT).is_file() else ""
    goal = (
        f"Make Solver.solve of {SOLVER} faster. What is_solution of {file.name} takes is right.\n{described}"
    )
    write_job(
        into,
        {
            "name": source.resolve().name,
            "goal": goal.strip()[:LONGEST_GOAL],
            "target": {"files": [SOLVER]},
            "commands": {
                **({"setup": setup} if setup else {}),
                "test": f"python {HARNESS}/task.py test",
                "evaluate": f"python {HARNESS}/task.py judge {{seed}}",
            },
            "calls": {
                "command": f"python {HARNESS}/task.py worker",
                "inputs": f"python {HARNESS}/task.py inputs {{seed}}",
            },
            # Other solutions than the seed's may be right, too.
            "verify": {"same_results": False},
        },
        [
            f"Adapted from a task of AlgoTune: {file.name} makes and judges problems, {SOLVER} solves them"
            + (" (the folder's own)." if own else ", as the task's own solve does."),
            f"Problems have n = {options.size}. AlgoTune takes an n at which solve needs about 0.1 s: "
            f"change size in {HARNESS}/settings.json.",
            "Each call contains reading the problem and writing the solution, on both sides.",
            *said_of_setup,
        ],
    )


def _tasks(source: Path) -> Iterator[tuple[Path, ast.ClassDef]]:
    """Yield each task class of a folder's own files, with its file."""
    for path in sorted(source.glob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, OSError):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and set(NEEDED) <= {m.name for m in _methods(node)}:
                yield path, node


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [item for item in node.body if isinstance(item, ast.FunctionDef)]


def solver_text(text: str, name: str) -> str:
    """Return the text of `solver.py` for a task's text: its class as `Solver`, without problems and judge.

    Args:
        text: Of the task's file.
        name: Of its class.
    """
    tree, lines = ast.parse(text), text.splitlines(keepends=True)
    drop: set[int] = set()

    def leave_out(node: ast.stmt, first: int | None = None) -> None:
        drop.update(range((first or node.lineno) - 1, node.end_lineno or node.lineno))

    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == BASE:
            leave_out(node)
        if isinstance(node, ast.ClassDef) and node.name == name:
            start = min((one.lineno for one in node.decorator_list), default=node.lineno)
            first = node.body[0]
            ends = [first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))]
            drop.update(range(start - 1, min(ends) - 1))
            lines[node.lineno - 1] = "class Solver:\n"
            drop.discard(node.lineno - 1)
            for method in _methods(node):
                if method.name in ("generate_problem", "is_solution"):
                    leave_out(
                        method, min((one.lineno for one in method.decorator_list), default=method.lineno)
                    )
    return "".join(line for number, line in enumerate(lines) if number not in drop)
