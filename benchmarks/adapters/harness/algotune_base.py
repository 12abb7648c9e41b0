"""A stand-in for AlgoTuneTasks.base, so that task files run without AlgoTune."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class")


def register_task(name: str) -> Callable[[Class], Class]:
    """Return a decorator that leaves a class as it is."""
    return lambda task: task


class Task:
    """Base of task classes."""

    def __init__(self, n: int | None = None, **settings: Any) -> None:
        """Keep n; other settings are of AlgoTune's own runs."""
        self.n = n
        self.task_name = type(self).__name__
