"""Which work of a Python project to measure: a script of its own, its benchmark tests, its tests."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from strop.detect_layout import Layout
from strop.detect_proposal import Finding, Question
from strop.detect_requirements import Requirement, import_names
from strop.detect_tests import Tests, imports_of, is_test, stdlib_or_local
from strop.detect_tree import Tree

__all__ = ["Benchmark", "find_benchmark"]

SCRIPT = re.compile(r"(^|.*/)((bench|perf)[a-z]*(_\w+)?|\w+_(bench|benchmark|perf))\.py$")
FOLDER = re.compile(r"^(benchmarks?|bench|perf|performance)/[\w/]*\w\.py$")
SELF_TIMED = re.compile(r"\bautorange\(|\bimport pyperf\b|\bpyperf\.|\bimport pytest\b|\basv\b")
TIMES = re.compile(r"\bperf_counter|\btimeit\b|\btime\.(time|monotonic|process_time)\(|\btime\(\)")


@dataclass(frozen=True)
class Benchmark:
    """The work to measure, and what to ask about it."""

    command: Finding | None
    ignore: tuple[Finding, ...]
    question: Question | None
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[str, ...] = ()


def find_benchmark(
    tree: Tree, place: Layout | None, tests: Tests | None, installed: list[Requirement]
) -> Benchmark:
    """Return the work to measure; what is no clear case becomes a question with a default."""
    brought = {module for requirement in installed for module in import_names(requirement.name)}
    scripts: list[str] = []
    others: list[str] = []
    warnings: list[str] = []
    for path in tree.files:
        if not _is_script(tree, path, place):
            continue
        lacking = _lacking(tree, place, path, brought)
        (others if lacking or SELF_TIMED.search(tree.text(path)) else scripts).append(path)
        if lacking:
            warnings.append(f"{path} looks like a benchmark, but needs {', '.join(lacking)}: not there")
    scripts.sort(key=lambda path: (path.count("/"), len(path), path))
    choices = tuple(_run(path, place) for path in [*scripts, *others])
    if scripts:
        return _script(tree, scripts, choices, place, warnings)
    why = "there is no script for it (bench*.py, benchmark*.py, perf*.py, benchmarks/)"
    if others:
        why = f"{others[0]} needs what is not there, or measures for a fixed time instead of doing fixed work"
    if tests is None:
        text = "Which command does the work to measure?"
        question = Question(
            "commands.benchmark", text, None, f"{why}, and there are no tests either", choices
        )
        return Benchmark(None, (), question, warnings=tuple(warnings))
    return _tests_as_benchmark(tests, why, choices, warnings)


def _script(
    tree: Tree, scripts: list[str], choices: tuple[str, ...], place: Layout | None, warnings: list[str]
) -> Benchmark:
    path = scripts[0]
    why, confidence = f"{path} is a script to run", "high" if len(scripts) == 1 else "medium"
    if TIMES.search(tree.text(path)):
        confidence = "medium"
        warnings.append(
            f"{path} reads the clock: if it prints times, or works until some time is over, its output "
            "cannot be compared and its wall time says little; fixed work that prints its results is best"
        )
    command = Finding(_run(path, place), why, "medium" if confidence == "medium" else "high")
    question = None
    if len(choices) > 1:
        text = "Which of the benchmarks counts?"
        question = Question("commands.benchmark", text, command.value, "the topmost one", choices)
    return Benchmark(command, (), question, warnings=tuple(warnings))


def _tests_as_benchmark(tests: Tests, why: str, choices: tuple[str, ...], warnings: list[str]) -> Benchmark:
    command = tests.command.value
    if tests.runner == "unittest":
        command = command.replace(" -v", "", 1)
    ignore = tests.ignore
    if any(requirement.name == "pytest-benchmark" for requirement in tests.requirements):
        # Calibrated rounds fill a fixed time, however fast the code is; once each is fixed work.
        command += " --benchmark-disable"
    finding = Finding(command, f"{why}; so this measures the tests, start-up of the runner included", "low")
    text = "Which command does the work to measure? The default measures the tests, start-up included."
    question = Question("commands.benchmark", text, command, why, (command, *choices))
    return Benchmark(finding, ignore, question, warnings=tuple(warnings))


def _is_script(tree: Tree, path: str, place: Layout | None) -> bool:
    """Whether a file is named like a benchmark and does something when it is run."""
    if not (SCRIPT.match(path) or FOLDER.match(path)) or is_test(path) or path.startswith(("docs/", "doc/")):
        return False
    if place and path in place.sources(tree) and place.packages:
        return "__main__" in tree.text(path)
    text = tree.text(path)
    calls = re.search(r"^(?!def |class |import |from |@|#|[\"'])\w[\w.]*\(", text, re.MULTILINE)
    return "__main__" in text or bool(calls)


def _lacking(tree: Tree, place: Layout | None, path: str, brought: set[str]) -> list[str]:
    """Return the modules and files that a script cannot do without and that are not there."""
    needed = {name for name, needed in imports_of(tree, path) if needed}
    lacking = sorted(name for name in needed - brought if not stdlib_or_local(tree, place, name))
    # "../README.md" is an input: whatever a script writes, it seldom writes into the folder above.
    for name in re.findall(r"[\"'](?:\.\./)+([\w./-]+\.\w+)[\"']", tree.text(path)):
        if not tree.matching(name, f"*/{name}"):
            lacking.append(name)
    return lacking


def _run(path: str, place: Layout | None) -> str:
    """Return the command that runs a script; one inside a package runs as its module."""
    folder = "" if place is None or place.folder == "." else f"{place.folder}/"
    inside = place and any(path.startswith(f"{folder}{package}/") for package in place.packages)
    if inside:
        return f"python -m {path.removeprefix(folder).removesuffix('.py').replace('/', '.')}"
    return f"python {shlex.quote(path)}"
