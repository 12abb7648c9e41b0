"""The stages of one trial as they happen, with their logs kept in the trial's folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from strop.errors import DaemonError, OutputLost, SandboxLost
from strop.events import Event, Listener
from strop.sandbox.stages import StageFailure
from strop.trial import StageResult

__all__ = ["StageLog"]


class StageLog:
    """Collects the stages of one trial and keeps their logs in its folder."""

    def __init__(self, folder: Path, number: int, listener: Listener) -> None:
        self.stages: list[StageResult] = []
        self.folder = folder
        self._number = number
        self._listener = listener

    def run(self, name: str, work: Callable[[], tuple[str, bytes]]) -> None:
        """Run a stage that returns (detail, log); where the provider lost a sandbox, once more."""
        self._listener(Event("stage", {"trial": self._number, "stage": name}))
        start = time.monotonic()
        try:
            try:
                detail, log = work()
            except OutputLost:
                detail, log = self._again(name, work)
            except (SandboxLost, DaemonError):
                detail, log = work()
        except StageFailure as failure:
            seconds = time.monotonic() - start
            self.stages.append(
                StageResult(name, False, seconds, failure.reason, self._keep(name, failure.log))
            )
            raise
        self.stages.append(StageResult(name, True, time.monotonic() - start, detail, self._keep(name, log)))

    def _again(self, name: str, work: Callable[[], tuple[str, bytes]]) -> tuple[str, bytes]:
        try:
            return work()
        except OutputLost as lost:
            # Engines lose output now and then; twice in a row, a program can have seen to it.
            raise StageFailure(name, f"{lost}, twice in a row") from None

    def _keep(self, name: str, log: bytes) -> str:
        if not log.strip():
            return ""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.log").write_bytes(log)
        return f"{name}.log"
