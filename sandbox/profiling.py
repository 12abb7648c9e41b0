"""The profile stage: one more run of the benchmark with a profiler, never a timed one."""

from __future__ import annotations

from typing import Any

from strop.sandbox.profilers.choice import Unavailable, profiler_for
from strop.sandbox.profilers.python import is_profile_file
from strop.sandbox.stages import Built, Stages

__all__ = ["profile"]

MAX_BYTES = 64 << 20
MAX_FILES = 50_000


def profile(stages: Stages, built: Built, *, level: int = 1, parent: Any = None) -> dict[str, Any]:
    """Return the profile of a built candidate's benchmark, or why there is none."""
    texts = stages.snapshot.texts
    chosen = profiler_for(built.commands(stages.job.commands.benchmark), texts)
    if isinstance(chosen, Unavailable):
        return chosen.profile()
    with stages.sandbox(profiling=True) as sandbox:
        files, env = chosen.env(sandbox.work, built.env)
        sandbox.put({**built.tree, **files})
        command = built.commands(stages.job.commands.benchmark)
        sandbox.exec(command, env={**env, "PYTHONHASHSEED": "0"})
        left = sandbox.get_tree(max_bytes=stages.job.sandbox.work_mb << 20, max_files=MAX_FILES)
    raw = {path: file.content for path, file in left.items() if is_profile_file(path)}
    return chosen.read(raw, lambda path: built.candidate.text_of(path, texts))
