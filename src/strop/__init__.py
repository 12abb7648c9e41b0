"""strop: LLM agents and Optuna make a repository measurably faster, and prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strop.job import Budget, Job, load_job
    from strop.optimizing import StudyResult, load_study, optimize
    from strop.running import RunOptions, resume_job, run_job
    from strop.study import Study

__all__ = [
    "Budget",
    "Job",
    "RunOptions",
    "Study",
    "StudyResult",
    "load_job",
    "load_study",
    "optimize",
    "resume_job",
    "run_job",
]

_HOME = {
    "Budget": "strop.job",
    "Job": "strop.job",
    "load_job": "strop.job",
    "RunOptions": "strop.running",
    "resume_job": "strop.running",
    "run_job": "strop.running",
    "Study": "strop.study",
    "StudyResult": "strop.optimizing",
    "load_study": "strop.optimizing",
    "optimize": "strop.optimizing",
}


def __getattr__(name: str) -> Any:
    # Lazy: `import strop` pays for nothing that isn't used.
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'strop' has no attribute {name!r}")
