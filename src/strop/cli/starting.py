"""`strop init`, `doctor` and `check`: before the first run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from strop.errors import ConfigError

if TYPE_CHECKING:
    from strop.detect import Proposal

__all__ = ["init_job", "show_check", "show_doctor", "show_hostile"]

IGNORED = ".strop/"


def init_job(root: Path, *, yes: bool) -> int:
    """Write a job file from what the repository shows, asking only for what it doesn't."""
    from strop.detect import detect
    from strop.detect_judges import with_judges_left_out
    from strop.detect_tree import Tree
    from strop.job import load_job
    from strop.jobfile import render_job_file

    file = root / "strop.toml"
    if file.exists():
        raise ConfigError(f"{file} is there already; edit it, or remove it first")
    proposal = detect(root)
    _tell(proposal)
    answers = {} if yes else _ask(proposal)
    text = render_job_file(with_judges_left_out(Tree(root), proposal.answered(answers)))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from None
    load_job(file)  # what was written is what strop reads
    typer.echo(f"wrote {file}")
    _ignore(root, yes=yes)
    typer.echo("next: look at strop.toml, then `strop check`, then `strop run`")
    return 0


def _tell(proposal: Proposal) -> None:
    from strop.report.words import one_line

    rows = [("language", finding) for finding in proposal.languages[:1]]
    rows += [("may edit", finding) for finding in proposal.files]
    rows += [("setup", finding) for finding in proposal.setup]
    single = (("build", proposal.build), ("test", proposal.test), ("benchmark", proposal.benchmark))
    rows += [(name, finding) for name, finding in single if finding]
    for name, finding in rows:
        typer.echo(f"{name:<10} {one_line(finding.value, 100)}  ({one_line(finding.why, 120)})")
    for warning in proposal.warnings:
        typer.echo(f"note: {one_line(warning, 300)}")


def _ask(proposal: Proposal) -> dict[str, str]:
    from strop.detect import open_questions
    from strop.report.words import one_line

    answers = {}
    for question in open_questions(proposal):
        if question.why:
            typer.echo(one_line(question.why, 200))
        if question.choices:
            typer.echo("for example: " + ", ".join(one_line(choice, 80) for choice in question.choices))
        answers[question.key] = str(typer.prompt(one_line(question.text), default=question.default))
    return answers


def _ignore(root: Path, *, yes: bool) -> None:
    """Offer an entry for strop's folder in .gitignore."""
    file = root / ".gitignore"
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{file.name} can't be read as UTF-8; add {IGNORED} to it yourself")
        return
    entries = {line.strip().strip("/") for line in text.splitlines()}
    if IGNORED.strip("/") in entries:
        return
    if yes or typer.confirm(f"Add {IGNORED} to {file.name}?", default=True):
        gap = "" if not text or text.endswith("\n") else "\n"
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"{gap}{IGNORED}\n")
        typer.echo(f"added {IGNORED} to {file.name}")


def show_doctor(root: Path, *, as_json: bool, clean: bool) -> int:
    """Print the diagnosis; the exit code is 1 where something is wrong."""
    from strop import doctor
    from strop.cli.searching import stdout_console

    rows = doctor.clean_all() if clean else doctor.diagnose(root)
    if as_json:
        print(json.dumps(doctor.as_json(rows), indent=2))
    else:
        doctor.render_rows(rows, stdout_console())
    return 1 if any(row.ok is False for row in rows) else 0


def show_hostile(backends: list[str], kind: str) -> int:
    """Play the hostile suite and print its table; the exit code is 1 where something escaped.

    `kind` is "text", "json" or "markdown".
    """
    from strop.cli.searching import stderr_console, stdout_console
    from strop.hostile import table
    from strop.report.text import print_line

    errors = stderr_console()
    with errors.status("hostile suite") as status:
        playing = table.play(
            backends,
            started=lambda what: status.update(f"hostile suite: {what}"),
            note=lambda text: print_line(errors, text),
        )
        rows = list(playing)
    if kind == "json":
        print(json.dumps(table.as_json(rows), indent=2))
    elif kind == "markdown":
        print(table.as_markdown(rows))
    else:
        table.render(rows, stdout_console())
    return 1 if any(row.escaped for row in rows) else 0


def show_check(root: Path, sandbox: str | None = None) -> int:
    """Check the job; the exit code is 1 where something is wrong."""
    from rich.text import Text

    from strop.checking import check_job
    from strop.cli.searching import stderr_console, stdout_console
    from strop.job import load_job
    from strop.report.live import listener_for
    from strop.report.text import grid
    from strop.report.words import clean

    job = load_job(root, {"sandbox.backend": sandbox} if sandbox else None)
    errors = stderr_console()
    with listener_for("rich" if errors.is_terminal else "plain", job, errors) as listener:
        rows = check_job(root, job, listener)
    table = grid("", "", "")
    for row in rows:
        mark = Text("ok", "green") if row.ok else Text("no", "bold red")
        table.add_row(mark, Text(row.name), Text(clean(row.detail)))
    stdout_console().print(table)
    good = all(row.ok for row in rows)
    if not good:
        print("strop: the job is not sound yet", file=sys.stderr)
    return 0 if good else 1
