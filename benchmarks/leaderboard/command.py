"""`strop bench`: list, validate, run, show, compare, site, verify, check-submission."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from strop.benchmarks.leaderboard.foreign import audited, is_adapted, open_any
from strop.benchmarks.leaderboard.options import FOLDER, SANDBOXES, parser_of, plan_of, run_options
from strop.benchmarks.leaderboard.ranking import board_of, compare, machine_board
from strop.benchmarks.leaderboard.result import load_result
from strop.benchmarks.leaderboard.runner import Progress, run_suite
from strop.benchmarks.leaderboard.showing import show_board, show_difference, show_suites
from strop.benchmarks.leaderboard.tasks import SUITES, Task, open_suite, open_task
from strop.benchmarks.leaderboard.validating import validate_task
from strop.benchmarks.leaderboard.validations import Validation, Validations
from strop.errors import ConfigError, SandboxError
from strop.report.words import duration

__all__ = ["COMMANDS"]


def bench_list(argv: Sequence[str]) -> int:
    """List the suites and their tasks."""
    parser = parser_of("list", "List the suites and their tasks.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    suites = {name: open_suite(name) for name in SUITES}
    if options.json:
        data = {
            name: [
                {"task": task.name, "title": task.title, "control": task.control, "folder": str(task.folder)}
                for task in suite.tasks
            ]
            for name, suite in suites.items()
        }
        print(json.dumps({**data, "tuning": []}, indent=1))
        return 0
    rows = [(name, SUITES[name], [_task_line(t.name, t.title, t.control) for t in suite.tasks])
            for name, suite in suites.items()]  # fmt: skip
    tuning = "searches of knobs on tables and trainings; `strop bench run tuning --help`"
    show_suites([*rows, ("tuning", tuning, [])], _console())
    return 0


def _task_line(name: str, title: str, control: bool) -> str:
    return f"{name:<24} {title}{' (control: nothing to gain)' if control else ''}"


def bench_run(argv: Sequence[str]) -> int:
    """Run optimizers on a suite; returns 1 where every study failed."""
    if argv and argv[0] == "tuning":
        from strop.benchmarks.tuning.command import main as tuning

        return tuning(argv[1:])
    options = run_options(argv)
    plan = plan_of(options)
    try:
        result = run_suite(plan, _listener(quiet=options.quiet))
    except KeyboardInterrupt:
        print(f"strop: stopped; the same command goes on in {plan.folder}", file=sys.stderr)
        return 130
    result = plan.asked(result)
    if options.json:
        print(json.dumps(machine_board(result), indent=1))
    else:
        show_board(board_of(result), _console())
        site = f"strop bench site {plan.folder}/site --result {plan.folder}"
        print(f"\n{plan.folder / 'result.json'}; `{site}` draws it")
    return int(bool(result.studies) and all(row.state == "failed" for row in result.studies))


def _listener(*, quiet: bool) -> Callable[[Progress], None]:
    """Return a display of progress on stderr: a line for each thing that happened."""
    start = time.monotonic()

    def listen(progress: Progress) -> None:
        left = "" if progress.left_s is None else f", about {duration(progress.left_s)} left"
        spent = duration(time.monotonic() - start)
        print(f"{progress.done}/{progress.total} {spent}{left}  {progress.said}", file=sys.stderr, flush=True)

    return (lambda progress: None) if quiet else listen


def bench_show(argv: Sequence[str]) -> int:
    """Show a result."""
    parser = parser_of("show", "Show the board of a result.")
    parser.add_argument(
        "result", type=Path, nargs="?", help="its file or folder; default: the latest below strop-bench/"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    result = load_result(_result_file(options.result))
    if options.json:
        print(json.dumps(machine_board(result), indent=1))
    else:
        show_board(board_of(result), _console())
    return 0


def _result_file(given: Path | None) -> Path:
    if given is not None:
        return given
    found = sorted(FOLDER.glob("*/result.json"), key=lambda file: file.stat().st_mtime)
    if not found:
        raise ConfigError(f"no result below {FOLDER}/; give its file, or make one by `strop bench run SUITE`")
    return found[-1]


def bench_compare(argv: Sequence[str]) -> int:
    """Compare two optimizers, task by task and seed by seed."""
    parser = parser_of("compare", "Compare two optimizers of a result by paired ratios.")
    parser.add_argument("first", help="optimizer")
    parser.add_argument("second", help="optimizer")
    parser.add_argument("--result", type=Path, help="file or folder; default: the latest below strop-bench/")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    result = load_result(_result_file(options.result))
    for name in (options.first, options.second):
        if name not in result.optimizers:
            raise ConfigError(f"{name}: not in this result; it has {', '.join(result.optimizers)}")
    found = compare(result, options.first, options.second)
    if options.json:
        # JSON knows no infinity: without a study of both there is no upper limit.
        high = found.high if math.isfinite(found.high) else None
        print(json.dumps({**found.__dict__, "high": high, "verdict": found.verdict}, indent=1))
    else:
        show_difference(found, _console())
    return 0


def bench_validate(argv: Sequence[str]) -> int:
    """Prove tasks sound; returns 1 where one is not. Raises `SandboxError` where some were not validated."""
    parser = parser_of(
        "validate", "Prove that tasks are sound, by the seed, a known good version and spoilt ones."
    )
    parser.add_argument(
        "task", nargs="*", help="folder, task, SUITE/TASK or SUITE; default: all bundled tasks"
    )
    parser.add_argument("--sandbox", choices=SANDBOXES, help="where commands run")
    parser.add_argument("--fail-fast", action="store_true", help="of each task tell the first fault alone")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="keep what was proved, after every task; the same command leaves out what is kept there of the "
        "same files and sandbox",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    tasks = []
    for name in options.task or SUITES:
        tasks += _named(name)
    kept = Validations(options.out, sandbox=options.sandbox)
    rows, lost = [], []
    for task in tasks:
        row = kept.known(task, fail_fast=options.fail_fast)
        before = "" if row is None else f" (proved {row.date}, strop {row.strop})"
        if row is None:
            prove = audited if is_adapted(task.repository) else validate_task
            try:
                checks = prove(task, sandbox=options.sandbox, fail_fast=options.fail_fast)
            except SandboxError as error:  # says nothing of the task, nor of the others
                lost.append(f"{task.name}: {error}")
                continue
            row = kept.add(task, checks, fail_fast=options.fail_fast)
        rows.append(row)
        if not options.json:
            _print_checks(row, before)
    if options.json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=1))
    if lost:
        raise SandboxError(f"{len(lost)} of {len(tasks)} tasks were not validated: " + "; ".join(lost))
    return 0 if all(row.sound for row in rows) else 1


def _print_checks(row: Validation, before: str) -> None:
    print(f"{row.task}: {'sound' if row.sound else 'NOT SOUND'}{before}", flush=True)
    if before and row.sound:  # each check has been told, and is in the file
        return
    for check in row.checks:
        print(f"  {'ok ' if check.ok else 'NO '} {check.name}: {check.detail}", flush=True)


def _named(name: str) -> list[Task]:
    if name in SUITES:
        return list(open_suite(name).tasks)
    if name == "tuning":
        raise ConfigError(
            "tuning: its tables are no tasks of their own; strop bench validate takes the other suites"
        )
    return list(open_any(name).tasks) if Path(name).is_dir() else [open_task(name)]


def bench_verify(argv: Sequence[str]) -> int:
    """Measure a result's winners again, on private instances if any; returns 1 where a claim doesn't hold."""
    from strop.benchmarks.leaderboard.verifying import verify_result

    parser = parser_of(
        "verify",
        "Measure the winners of a result again, on instances that nobody has seen; on the same problem where "
        "a task has no instances.",
    )
    parser.add_argument("result", type=Path, nargs="?", help="file or folder; what is found is kept in it")
    parser.add_argument(
        "--suite", metavar="DIR", help="where its tasks are; default: the bundled suite of its name"
    )
    parser.add_argument(
        "--sandbox",
        choices=SANDBOXES,
        help="where commands run; default: as the result says, but process has to be asked for here",
    )
    parser.add_argument(
        "--again", action="store_true", help="measure those anew, too, that were measured before"
    )
    parser.add_argument(
        "--with-settings",
        action="store_true",
        help="apply the settings of the result to all jobs, and print each; without it a result with any but "
        "model.* is refused, as they may be commands of whoever wrote it",
    )
    parser.add_argument("--json", action="store_true", help="print JSON; what is said goes to stderr")
    options = parser.parse_args(argv)
    stream = sys.stderr if options.json else sys.stdout
    rows = verify_result(
        _result_file(options.result),
        suite=options.suite,
        sandbox=options.sandbox,
        say=lambda text: print(text, file=stream, flush=True),
        again=options.again,
        with_settings=options.with_settings,
    )
    if options.json:
        print(json.dumps([row.model_dump() for row in rows], indent=1))
    elif not rows:
        print("no winner to verify")
    return int(any(not row.holds for row in rows))


def bench_site(argv: Sequence[str]) -> int:
    """Write a static site of results."""
    from strop.benchmarks.leaderboard.tuning_board import is_tuning
    from strop.benchmarks.leaderboard.website import write_site
    from strop.benchmarks.tuning.result import load_tuning_result

    parser = parser_of("site", "Write a static site: boards, curves, a page for each task.")
    parser.add_argument("folder", type=Path, help="where it is written")
    parser.add_argument(
        "--result",
        type=Path,
        nargs="+",
        action="extend",
        help="files or folders, also of `strop bench run tuning --out`; default: all below strop-bench/",
    )
    options = parser.parse_args(argv)
    given = options.result or sorted(FOLDER.glob("*/result.json"))
    if not given:
        raise ConfigError(f"no result below {FOLDER}/; give files by --result")
    files = [file / "result.json" if file.is_dir() else file for file in given]
    tuning = [file for file in files if is_tuning(file)]
    page = write_site(
        [load_result(file) for file in files if file not in tuning],
        options.folder,
        [load_tuning_result(file) for file in tuning],
    )
    print(page)
    return 0


def bench_check_submission(argv: Sequence[str]) -> int:
    """Check results that somebody hands in; returns 1 where one is refused."""
    from strop.benchmarks.leaderboard.submissions import check_submission

    parser = parser_of("check-submission", "Check whether results may enter the leaderboard.")
    parser.add_argument("file", type=Path, nargs="+", help="result files, or folders of them")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    found: dict[str, list[str]] = {}
    for given in options.file:
        files = (
            sorted(given.glob("*.json"))
            if given.is_dir() and not (given / "result.json").is_file()
            else [given]
        )
        if not files:
            raise ConfigError(f"{given}: no .json file in it")
        found |= {str(file): check_submission(file) for file in files}
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for name, problems in found.items():
            print(f"{name}: {'refused' if problems else 'may enter'}")
            for problem in problems:
                print(f"  {problem}")
    return int(any(found.values()))


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, emoji=False, width=200)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "list": bench_list,
    "validate": bench_validate,
    "run": bench_run,
    "show": bench_show,
    "compare": bench_compare,
    "verify": bench_verify,
    "site": bench_site,
    "check-submission": bench_check_submission,
}
