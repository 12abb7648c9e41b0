"""Which kind of profiler fits a command, by its text and by what the job may change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Choice", "choose"]

Kind = Literal["python", "deaf python", "native"]


@dataclass(frozen=True)
class Choice:
    """How a command can be profiled."""

    kind: Kind  # "deaf python": Python that does not read PYTHONPATH, looked at from outside alone
    reason: str = ""  # why strop's sampler can't; empty where it can


_PYTHON = re.compile(r"(?<![\w./-])(?:[\w./-]*/)?(?:python|pypy|pytest)[\d.]*(?![\w-])|\.pyz?\b")
_DEAF = re.compile(r"(?:python|pypy)[\d.]*(?:\s+-\w+)*?\s+-[A-Za-z]*([IES])")
_OWN_PATH = re.compile(r"(?:^|[\s;&|(])PYTHONPATH=(?!\S*\$\{?PYTHONPATH)")


def choose(command: str, files: Iterable[str]) -> Choice:
    """Return the kind of profiler for the command that runs a candidate's code.

    Args:
        command: The command.
        files: The job's target files, relative to the repository.
    """
    shown = command if len(command) <= 60 else command[:57] + "..."
    if not _PYTHON.search(command) and not any(name.endswith((".py", ".pyx", ".pyi")) for name in files):
        return Choice("native", f"{shown!r} does not look like Python")
    deaf = _DEAF.search(command)
    if deaf:
        return Choice(
            "deaf python",
            f"{shown!r} starts Python with -{deaf[1]}, which keeps strop's sampler out; leave the option out "
            "of the command",
        )
    if _OWN_PATH.search(command):
        return Choice(
            "deaf python",
            f"{shown!r} replaces PYTHONPATH, which keeps strop's sampler out; set it in commands.env",
        )
    return Choice("python")
