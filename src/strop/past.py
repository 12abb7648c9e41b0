"""Past studies of similar jobs, and what they found good: starting points for a new study.

Two jobs are similar where they have the same objective in the same direction, and share at least half of
all their knobs, by name and type. Studies are read as they are, finished or not, and never written to.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from strop.candidate import KnobValue
from strop.errors import StorageError
from strop.job import Job, Knob
from strop.study import FOLDER, Study, read_job, study_names
from strop.trial import Comparison, Trial, TrialState, Verdict

__all__ = ["Past", "PastTrial", "likeness", "past_of", "past_roots"]

LEAST = 0.5
"""Part of all knobs of two jobs that similar ones share at least."""


@dataclass(frozen=True)
class PastTrial:
    """A trial of a similar study that was better than its baseline."""

    source: str  # "study demo-1, trial 3"
    gain: str  # in words, against the baseline of its own study
    values: Mapping[str, KnobValue]  # of the shared knobs, defaults of its time included


@dataclass(frozen=True)
class Past:
    """What the past of a study holds for it."""

    trials: tuple[PastTrial, ...] = ()  # the best of each similar study in turn, the most similar first
    similar: int = 0  # studies
    notes: tuple[str, ...] = ()  # what could not be read, a sentence each


def past_roots(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Return the folders that STROP_PAST lists (as PATH does): repositories, or folders of repositories."""
    given = os.environ if environ is None else environ
    return [Path(text) for text in given.get("STROP_PAST", "").split(os.pathsep) if text.strip()]


def likeness(job: Job, other: Job) -> float:
    """Return the part of all knobs of two jobs that they share, 0 where their objectives differ."""
    mine, theirs = job.objective, other.objective
    if (mine.name, mine.direction) != (theirs.name, theirs.direction):
        return 0.0
    names = {knob.name for knob in (*job.knobs, *other.knobs)}
    return len(_shared(job, other)) / len(names) if names else 0.0


def past_of(study: Study, environ: Mapping[str, str] | None = None) -> Past:
    """Return the good trials of similar studies, of the same repository and of those in STROP_PAST."""
    notes: list[str] = []
    found: list[tuple[float, int, Path, str]] = []
    for root in _repositories(study.root, past_roots(environ), notes):
        for name in study_names(root):
            file = root / FOLDER / "studies" / name / "job.json"
            if root == study.root.resolve() and (name == study.name or _rival(study, name)):
                continue
            try:
                alike, written = likeness(study.job, read_job(file)), file.stat().st_mtime_ns
            except (StorageError, OSError) as error:
                notes.append(f"study {name} is left out: {error}")
                continue
            if alike >= LEAST:
                found.append((alike, written, root, name))
    columns: list[list[PastTrial]] = []
    for _, _, root, name in sorted(found, key=lambda row: (-row[0], -row[1])):
        try:
            columns.append(_good(Study(root, name), study))
        except StorageError as error:
            notes.append(f"study {name} is left out: {error}")
    # The best of each study before the second best of any: one study's best are often neighbours.
    turns = zip_longest(*columns)
    return Past(tuple(one for turn in turns for one in turn if one), len(columns), tuple(notes))


def _repositories(own: Path, roots: list[Path], notes: list[str]) -> Iterator[Path]:
    """Yield each repository that has studies once, the own one first."""
    seen = {own.resolve()}
    yield own.resolve()
    for root in roots:
        try:
            inside = [root] if (root / FOLDER).is_dir() else sorted(root.iterdir())
            holding = [path.resolve() for path in inside if (path / FOLDER / "studies").is_dir()]
        except OSError as error:
            notes.append(f"STROP_PAST: {root} is left out: {error.strerror}")
            continue
        if not holding:
            notes.append(f"STROP_PAST: {root} is left out: no studies ({FOLDER}) in it, or in a folder of it")
        yield from (path for path in holding if path not in seen)
        seen.update(holding)


def _rival(study: Study, name: str) -> bool:
    """Return whether a study is the one that this one, a baseline optimizer's, is measured against."""
    return any(study.name == f"{name}-{optimizer}" for optimizer in study.job.optimizers)


def _shared(job: Job, other: Job) -> list[str]:
    theirs = {knob.name: knob for knob in other.knobs}
    return [k.name for k in job.knobs if k.name in theirs and _compatible(k, theirs[k.name])]


def _compatible(knob: Knob, other: Knob) -> bool:
    """Return whether a value of one may mean the same for the other."""
    numbers = ("int", "float")
    if knob.type in numbers and other.type in numbers:
        return knob.unit == other.unit
    if knob.type == other.type == "categorical":
        return any(not knob.problem_with(choice) for choice in other.choices)
    return knob.type == other.type


# --- one study's trials -----------------------------------------------------------------------------


def _good(study: Study, for_whom: Study) -> list[PastTrial]:
    """Return a study's trials that are better than its baseline: confirmed, promising, undecided ones.

    Those of changed code come last: what they gained is not the knobs' alone.
    """
    confirmation = study.get("confirmation") or {}
    claimed = confirmation.get("candidate") if confirmation.get("claimed") else None
    ranked: list[tuple[bool, bool, bool, float, Trial]] = []
    for trial in study.trials():
        gain = _gain(trial)
        if trial.number == 0 or not trial.knobs or gain is None or gain <= 0:
            continue
        if trial.verdict in (Verdict.PROMISING, Verdict.UNDECIDED):
            edited = bool(study.candidate(trial.candidate).edits)
            promising = trial.verdict is Verdict.PROMISING
            ranked.append((edited, trial.candidate != claimed, not promising, -gain, trial))
    ranked.sort(key=lambda row: row[:4])
    shared = _shared(for_whom.job, study.job)
    elsewhere = "" if study.root.resolve() == for_whom.root.resolve() else f" of {study.root.name}"
    found = []
    for edited, unclaimed, undecided, _, trial in ranked:
        values = study.job.settings(trial.knobs)
        words = f"{_words(trial.comparisons[0])}{', not certain' if undecided and unclaimed else ''}"
        words += f"{'' if unclaimed else ', confirmed'}{', with changed code' if edited else ''}"
        source = f"study {study.name}{elsewhere}, trial {trial.number}"
        found.append(PastTrial(source, words, {name: values[name] for name in shared}))
    return found


def _gain(trial: Trial) -> float | None:
    """Return how much better than the baseline a trial was, above 0 is better; None: not measured."""
    objective = trial.objective
    if trial.state is not TrialState.COMPLETE or objective is None:
        return None
    return objective.gain if math.isfinite(objective.gain) else None


def _words(objective: Comparison) -> str:
    if objective.difference is not None:
        return f"better by {objective.difference[0]:.3g}"
    return f"{objective.ratio:.2f} times"
