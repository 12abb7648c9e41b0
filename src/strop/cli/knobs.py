"""`strop knobs`: what could be tuned, for the user to accept or not."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from strop.detect_knobs import FoundKnob, find_knobs
from strop.detect_tree import Tree
from strop.errors import ConfigError
from strop.job import find_job_file, load_job, parse_job, read_table
from strop.jobfile import toml_string
from strop.report.words import one_line
from strop.study import write_atomically

__all__ = ["show_knobs"]


def show_knobs(root: Path, add: Sequence[str], *, as_json: bool) -> int:
    """Print what could be a knob, or add some to the job file."""
    tree = Tree(root)
    found = find_knobs(tree)
    if add:
        return _add(root, found, add)
    if as_json:
        print(json.dumps([one.to_json() for one in found], indent=1))
        return 0
    _print(found, _known(root))
    for note in tree.notes:
        print(f"note: {one_line(note, 200)}", file=sys.stderr)
    return 0


def _print(found: Sequence[FoundKnob], known: set[str]) -> None:
    if not found:
        print("nothing here looks like a knob: no constant, option or setting of that kind")
        return
    from strop.cli.searching import stdout_console
    from strop.report.text import grid

    table = grid("knob", "today", "could be", "kind", "where")
    for one in found:
        name = f"{one.name} (in the job)" if one.name in known else one.name
        cells = [name, one.default, _could(one), one.kind, one.where]
        table.add_row(*[one_line(str(cell), 60) for cell in cells])
    stdout_console().print(table)
    steps = [one for one in found if one.how and one.name not in known]
    print("\nstrop knobs --add NAME writes one into the job; the ranges are guesses, yours to correct.")
    if steps:
        print("Some need a step of yours as well:")
        for one in steps[:20]:
            print(f"  {one.name}: {one_line(one.how, 160)}")


def _could(one: FoundKnob) -> str:
    keys = one.keys
    if keys["type"] == "bool":
        return "true, false"
    if keys["type"] == "categorical":
        return ", ".join(map(str, keys["choices"]))
    return f"{keys['low']:g} to {keys['high']:g}{', log' if keys.get('log') else ''}"


def _known(root: Path) -> set[str]:
    try:
        return {knob.name for knob in load_job(root).knobs}
    except ConfigError:
        return set()  # no job yet, or one that doesn't load: nothing is known of its knobs


def _add(root: Path, found: Sequence[FoundKnob], names: Sequence[str]) -> int:
    by_name = {one.name: one for one in found}
    file = find_job_file(root)
    if file.name != "strop.toml":
        raise ConfigError(f"{file}: knobs are added to a strop.toml only; copy what --json prints")
    known = _known(root)
    added = ""
    for name in dict.fromkeys(names):
        if name not in by_name:
            raise ConfigError(f"--add {name}: not found here; found: {', '.join(by_name) or 'nothing'}")
        if name in known:
            raise ConfigError(f"--add {name}: {file} has a knob of that name")
        added += _toml(by_name[name])
    text = file.read_text(encoding="utf-8").rstrip("\n") + "\n" + added
    scratch = file.with_name(f".{file.name}.new")
    try:
        scratch.write_text(text, encoding="utf-8")
        parse_job({"name": root.name, **read_table(scratch)}, file)  # it still has to be a job
    finally:
        scratch.unlink(missing_ok=True)
    write_atomically(file, text.encode())
    print(f"{file}: added {', '.join(names)}")
    for name in names:
        if by_name[name].how:
            print(f"  {name}: {by_name[name].how}")
    return 0


def _toml(one: FoundKnob) -> str:
    lines = [f"\n[[knobs]]  # {one.kind}, {one.where}", f"name = {toml_string(one.name)}"]
    lines += [f"{key} = {_value(value)}" for key, value in one.keys.items()]
    return "\n".join([*lines, f"default = {_value(one.default)}"]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return toml_string(value) if isinstance(value, str) else repr(value)
