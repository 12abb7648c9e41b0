"""Which profiler fits a command, or why none does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strop.extension import TreeFile
from strop.sandbox.profilers.python import Sources, profile_env, read_profile, unavailable

__all__ = ["PythonProfiler", "Unavailable", "profiler_for"]


@dataclass(frozen=True)
class PythonProfiler:
    """The sampler for Python programs, by the two things that a profile stage needs of it."""

    name: str = "python"

    def env(
        self, work: str, env: Mapping[str, str] | None = None
    ) -> tuple[dict[str, TreeFile], dict[str, str]]:
        """Return files and variables of the profiled command; see `profile_env`."""
        return profile_env(work, env)

    def read(self, raw: Mapping[str, bytes], sources: Sources | None = None) -> dict[str, Any]:
        """Return the profile; see `read_profile`."""
        return read_profile(raw, sources)


@dataclass(frozen=True)
class Unavailable:
    """No profiler, and why."""

    reason: str

    def profile(self) -> dict[str, Any]:
        """Return the profile that says so."""
        return unavailable(self.reason)


_PYTHON = re.compile(r"(?<![\w./-])(?:[\w./-]*/)?(?:python|pypy|pytest)[\d.]*(?![\w-])|\.pyz?\b")
_DEAF = re.compile(r"(?:python|pypy)[\d.]*(?:\s+-\w+)*?\s+-[A-Za-z]*([IES])")
_OWN_PATH = re.compile(r"(?:^|[\s;&|(])PYTHONPATH=(?!\S*\$\{?PYTHONPATH)")


def profiler_for(command: str, files: Iterable[str]) -> PythonProfiler | Unavailable:
    """Return the profiler for a benchmark command, or the reason why there is none.

    Args:
        command: The job's benchmark command.
        files: The job's target files, relative to the repository.
    """
    shown = command if len(command) <= 60 else command[:57] + "..."
    if not _PYTHON.search(command) and not any(name.endswith((".py", ".pyx", ".pyi")) for name in files):
        return Unavailable(
            f"no profiler for this command here: {shown!r} does not look like Python, and profiling of "
            "native programs (perf) is not built"
        )
    deaf = _DEAF.search(command)
    if deaf:
        return Unavailable(
            f"no profiler for this command here: {shown!r} starts Python with -{deaf[1]}, which keeps "
            "strop's sampler out; leave the option out of commands.benchmark"
        )
    if _OWN_PATH.search(command):
        return Unavailable(
            f"no profiler for this command here: {shown!r} replaces PYTHONPATH, which keeps strop's "
            "sampler out; set it in commands.env"
        )
    return PythonProfiler()
