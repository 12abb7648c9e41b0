"""Handing a result over: what `strop apply` writes into the user's repository."""

from __future__ import annotations

from pathlib import Path

from strop.candidate import Candidate, FileEdit, unified_diff
from strop.errors import ConfigError
from strop.job import Job
from strop.sandbox.knobs import deliver, strip_annotations
from strop.sandbox.workspace import Snapshot, apply_branch, apply_edits
from strop.study import Study
from strop.trial import TrialState

__all__ = ["apply_trial", "chosen_candidate", "final_edits", "final_patch", "knob_notes"]


def chosen_candidate(study: Study, trial: int | None) -> Candidate:
    """Return a trial's candidate, or the confirmed (and minimised) winner where `trial` is None.

    Raises `ConfigError` where there is no such trial, or no winner.
    """
    if trial is None:
        confirmation = study.get("confirmation")
        if not confirmation or not confirmation["claimed"]:
            raise ConfigError(
                f"study {study.name} has no confirmed improvement; "
                "`strop apply TRIAL` takes a trial all the same"
            )
        minimised = study.get("minimised") or {}
        return study.candidate(minimised.get("candidate") or confirmation["candidate"])
    for row in study.trials():
        if row.number == trial and trial > 0:
            if row.state is not TrialState.COMPLETE:
                raise ConfigError(f"trial {trial} of study {study.name} is {row.state.value}: {row.reason}")
            return study.candidate(row.candidate)
    numbers = [row.number for row in study.trials() if row.number > 0]
    raise ConfigError(
        f"study {study.name} has no trial {trial}; known: {', '.join(map(str, numbers)) or 'none'}"
    )


def final_edits(job: Job, snapshot: Snapshot, candidate: Candidate) -> tuple[FileEdit, ...]:
    """Return the files to write: code edits, and knob values that live in files, baked in."""
    edits = {edit.path: edit.text for edit in candidate.edits}

    def read(path: str) -> str | None:
        if path in edits:
            return edits[path]
        return snapshot.text(path)

    changed = {name for name, value in candidate.knobs if value != job.knob(name).default}
    in_files = [k for k in job.knobs if k.name in changed and (k.file or k.literal)]
    if in_files:
        delivered = deliver(job, candidate.values, read).files
        wanted = {path for knob in in_files for path in (knob.file, knob.literal) if path}
        edits |= {path: text for path, text in delivered.items() if path in wanted}
    base = snapshot.texts
    final = []
    for path, text in edits.items():
        # Annotations that an agent introduced were for the tuner; the user's own stay.
        own = "strop:" in base.get(path, "")
        final.append(FileEdit(path, text if text is None or own else strip_annotations(text, path)))
    return tuple(sorted(final))


def final_patch(study: Study, candidate: Candidate) -> str:
    """Return what `apply_trial` would write, as a unified diff against the files that the study found."""
    changed = {name for name, value in candidate.knobs if value != study.job.knob(name).default}
    baked = any(knob.name in changed and (knob.file or knob.literal) for knob in study.job.knobs)
    if not baked and not any("strop:" in (edit.text or "") for edit in candidate.edits):
        return study.patch(candidate.id)
    snapshot = Snapshot.load(study.folder, study.job.target)
    edits = final_edits(study.job, snapshot, candidate)
    base = {edit.path: snapshot.text(edit.path) for edit in edits}
    return unified_diff(edits, {path: text for path, text in base.items() if text is not None})


def knob_notes(job: Job, candidate: Candidate) -> list[str]:
    """Return what the user has to set by hand: values that reach the program from outside its files."""
    notes = []
    commands = " ".join(job.filled_commands)
    for name, value in candidate.knobs:
        knob = job.knob(name)
        if value != knob.default and not knob.file and not knob.literal:
            placeholder = f"{{{name}}}"
            here = knob.env or (placeholder if placeholder in commands else name.upper())
            notes.append(f"set {here} to {knob.text(value)} (today {knob.text(knob.default)})")
    return notes


def apply_trial(root: Path, study: Study, trial: int | None, branch: str | None) -> str:
    """Write a candidate into the working tree, or as one commit on a new branch; returns what was done.

    Raises `ConfigError` where the files changed since the study began, and writes nothing then.
    """
    candidate = chosen_candidate(study, trial)
    snapshot = Snapshot.load(study.folder, study.job.target)
    edits = final_edits(study.job, snapshot, candidate)
    notes = knob_notes(study.job, candidate)
    lines = []
    if edits:
        # Files that git ignores are in no snapshot: nobody knows what is in them.
        unknown = [
            edit.path for edit in edits if edit.path not in snapshot.paths and (root / edit.path).exists()
        ]
        if unknown and branch is None:
            raise ConfigError(
                f"{', '.join(sorted(unknown))} would be overwritten, which study {study.name} has not seen "
                "(git ignores it, or it is new); nothing was written. Move it away, or take --branch"
            )
        moved = sorted({edit.path for edit in edits} & set(snapshot.changed(root)))
        if moved:
            raise ConfigError(
                f"{', '.join(moved)} changed since study {study.name} began; nothing was written. "
                "Start a new study, or restore them"
            )
        if branch is not None:
            message = f"{_title(study, candidate)}\n\nFound by strop, study {study.name}.\n"
            final = Candidate(
                edits, candidate.knobs, candidate.parents, candidate.author, candidate.rationale
            )
            commit = apply_branch(root, snapshot, final, branch, message)
            lines.append(f"branch {branch}: commit {commit[:12]}, {_files(edits)}")
        else:
            apply_edits(root, edits)
            lines.append(f"working tree: {_files(edits)} written")
    elif branch is not None:
        raise ConfigError(
            f"this candidate changes no file, so there is nothing to commit: {'; '.join(notes)}"
        )
    return "\n".join(lines + notes) or "nothing to apply"


def _title(study: Study, candidate: Candidate) -> str:
    job = study.job
    what = candidate.rationale.split("\n")[0][:60] or "faster code"
    return f"Improve {job.objective.name}: {what}"


def _files(edits: tuple[FileEdit, ...]) -> str:
    return f"{len(edits)} file{'s' if len(edits) != 1 else ''}"
