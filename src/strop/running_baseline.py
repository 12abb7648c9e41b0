"""One baseline for several studies of the same job: the unchanged program is measured once."""

from __future__ import annotations

import shutil
from pathlib import Path

from strop.candidate import BASELINE
from strop.errors import ConfigError
from strop.job import Job
from strop.sandbox.checks import RECORDING
from strop.sandbox.workspace import Snapshot
from strop.study import Study

__all__ = ["share_baseline", "take_baseline"]

OF_THE_SEARCH = {"name", "optimizers", "budget", "model", "prompts"}
"""Keys of a job that say who searches and for how long, and change nothing of what is measured."""


def take_baseline(study: Study, folder: Path, snapshot: Snapshot) -> None:
    """Give a study the baseline of another one, by that one's folder.

    Both then start from the same measurement and the same recorded calls. Nothing happens where the other
    has not measured its baseline. Raises `ConfigError` where its job, or its files, are others.
    """
    other = Study(folder.parent.parent.parent, folder.name)
    if _question(other.job) != _question(study.job):
        raise ConfigError(f"{folder}: its baseline is that of another job")
    if Snapshot.load(other.folder, other.job.target).base_digest != snapshot.base_digest:
        raise ConfigError(f"{folder}: its baseline is that of other files")
    share_baseline(other, study)


def share_baseline(source: Study, study: Study) -> None:
    """Give a study the baseline of another one of the same job and files."""
    kept = source.get("baseline")
    if kept is None:
        return
    recording = source.folder / "trials" / "0" / RECORDING
    if recording.is_file():
        folder = study.folder / "trials" / "0"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(recording, folder / RECORDING)
    if not study.trials():
        study.begin(BASELINE)
    study.set("baseline", kept)


def _question(job: Job) -> dict[str, object]:
    return job.model_dump(exclude=OF_THE_SEARCH)
