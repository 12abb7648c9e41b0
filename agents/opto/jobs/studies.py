"""The trace of a trial from what its study has on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strop.agents.opto.jobs.trials import TrialTrace, trace_trial
from strop.candidate import BASELINE
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.trial import Trial

__all__ = ["trace_of"]

MOST_TEST_FILES = 200
MOST_TEST_BYTES = 400_000  # of one file


def trace_of(study: Study, snapshot: Snapshot, trial: Trial) -> TrialTrace:
    """Return the trace of a finished trial; raises `StorageError` where its candidate can't be read."""
    candidate = BASELINE if trial.candidate == BASELINE.id else study.candidate(trial.candidate)
    texts = {path: candidate.text_of(path, snapshot.texts) for path in snapshot.texts}
    texts |= {edit.path: edit.text for edit in candidate.edits}
    kept: Mapping[str, Any] = (study.get("baseline") or {}).get("baseline") or {}
    return trace_trial(
        study.job,
        {path: text for path, text in texts.items() if text is not None},
        candidate,
        trial,
        logs=study.trial_folder(trial.number),
        baseline_profile=kept.get("profile") or {},
        tests=_tests(snapshot),
        passed_before=(kept.get("tests") or {}).get("passed", ()),
    )


def _tests(snapshot: Snapshot) -> dict[str, str]:
    """Return the texts of Python files that tests are likely in."""
    likely = [path for path in snapshot.paths if path.endswith(".py") and "test" in path.lower()]
    found = {}
    for path in sorted(likely)[:MOST_TEST_FILES]:
        content = snapshot.read(path)
        if len(content) <= MOST_TEST_BYTES:
            found[path] = content.decode("utf-8", "replace")
    return found
