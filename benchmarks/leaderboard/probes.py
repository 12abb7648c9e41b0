"""Spoilt versions of a task's seed solution: what a sound task must refuse.

A probe adds a wrapper around the task's hot function at the end of its file, so that everything else stays
as it is, in Python and in C. Files below a task's `bad/NAME/` are further probes, in any language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from strop.benchmarks.leaderboard.probes_c import SUFFIXES, spoilt
from strop.benchmarks.leaderboard.tasks import Task, files_of
from strop.candidate import Candidate, FileEdit
from strop.job import Metric

__all__ = ["PROBES", "Probe", "overlay", "probes_of"]

HEAD = '''

# --- a probe ---
_probe_inner = {name}


def _probe_spoilt(value):
    """Return a value with all of its numbers and texts spoilt."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_probe_spoilt(item) for item in value)
    if isinstance(value, dict):
        return {{key: _probe_spoilt(item) for key, item in value.items()}}
    return float("nan")


class _ProbeLater:
    """A result that is computed when somebody looks."""

    def __init__(self, make):
        self._make = make

    def __iter__(self):
        return iter(self._make())

    def __getattr__(self, name):
        return getattr(self._make(), name)


def _probe_empty(value):
    """Empty what can be changed in place."""
    if isinstance(value, (list, dict, set, bytearray)):
        value.clear()
    elif isinstance(value, (tuple,)):
        for item in value:
            _probe_empty(item)

'''

PLAIN = """
def _probe_outer(*args, **kwargs):
{body}

{name} = _probe_outer
"""

WAITING = """
async def _probe_outer(*args, **kwargs):
{body}

{name} = _probe_outer
"""

BODIES = {
    "broken": '    raise RuntimeError("broken")',
    "empty": "    {call}\n    return None",
    "lazy": "    return _ProbeLater(lambda: _probe_inner(*args, **kwargs))",
    "not a number": "    return _probe_spoilt({call})",
    "over-reporting": (
        "    import json\n"
        "    result = {call}\n"
        "    boasts = {boasts}\n"
        "    for name, value in boasts.items():\n"
        '        print(f"METRIC {{name}}={{value}}")\n'
        "    print(json.dumps(boasts))\n"
        "    return result"
    ),
    "input-mutating": (
        "    import copy\n"
        "    kept = {call}\n"
        "    kept = copy.deepcopy(kept)\n"
        "    for value in (*args, *kwargs.values()):\n"
        "        _probe_empty(value)\n"
        "    return kept"
    ),
}

PROBES = tuple(BODIES)
"""Names of the probes of Python code."""


@dataclass(frozen=True)
class Probe:
    """A spoilt version."""

    name: str
    candidate: Candidate
    certain: bool = True  # whether it has to fail; else it may count as unchanged, but never as a gain


def probes_of(
    task: Task,
    texts: Mapping[str, str],
    *,
    mutable: bool,
    judged: bool = False,
    metrics: Sequence[Metric] = (),
) -> Iterator[Probe]:
    """Yield the spoilt versions of a task.

    Args:
        task: The task.
        texts: Of the files that candidates may edit.
        judged: Whether the task's judge alone says what is right, from what is written in the end, whenever
            it was computed; else a lazy result has to be refused.
        metrics: The job's own, of which the over-reporting version prints absurdly good values.
        mutable: Whether the hot function's inputs are known to hold lists or dicts.
    """
    for folder in sorted(task.folder.glob("bad/*")):
        yield Probe(f"bad/{folder.name}", overlay(folder, "probe"))
    if task.card is None or not task.card.hot:
        yield from _broken_files(texts)
        return
    path, _, name = task.card.hot.partition(":")
    text = texts[path]
    boasts = {"time": 1e-9, "cpu_time": 1e-9, "wall_time": 1e-9}
    boasts |= {one.name: 1e9 if one.direction == "maximize" else 1e-9 for one in metrics}
    if path.endswith(SUFFIXES):
        yield from _broken_files(texts)
        for probe, spoilt_text, certain in spoilt(text, name, boasts):
            yield Probe(probe, _edited(path, spoilt_text, probe), certain)
        return
    waits = f"async def {name.rpartition('.')[2]}(" in text
    call = "await _probe_inner(*args, **kwargs)" if waits else "_probe_inner(*args, **kwargs)"
    for probe, body in BODIES.items():
        form = WAITING if waits else PLAIN
        added = HEAD.format(name=name) + form.format(name=name, body=body.format(call=call, boasts=boasts))
        certain = probe != "over-reporting" and (mutable or probe != "input-mutating")
        certain &= not judged or probe != "lazy"
        yield Probe(probe, _edited(path, text.rstrip("\n") + added, probe), certain)


def _edited(path: str, text: str, probe: str) -> Candidate:
    return Candidate((FileEdit(path, text),), author="probe", rationale=probe)


def _broken_files(texts: Mapping[str, str]) -> Iterator[Probe]:
    """Yield a version of native code that doesn't compile."""
    for path, text in texts.items():
        if path.endswith(SUFFIXES):
            yield Probe("no program", _edited(path, "#error broken\n" + text, "no program"))
            return


def overlay(folder: Path, author: str) -> Candidate:
    """Return the candidate that a folder of whole files stands for."""
    edits = [FileEdit(path, (folder / path).read_text(encoding="utf-8")) for path in files_of(folder)]
    return Candidate(tuple(edits), author=author, rationale=folder.name)
