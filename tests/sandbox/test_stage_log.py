"""The stages of a trial: what is tried again, and who is to blame after that."""

from __future__ import annotations

from pathlib import Path

import pytest

from strop.errors import OutputLost, SandboxLost
from strop.events import silent
from strop.sandbox.stage_log import StageLog
from strop.sandbox.stages import StageFailure


class Losing:
    """A stage whose first runs are lost."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __call__(self) -> tuple[str, bytes]:
        if self.errors:
            raise self.errors.pop(0)
        return "done", b""


def test_a_stage_that_was_lost_is_run_again(tmp_path: Path) -> None:
    log = StageLog(tmp_path, 1, silent)
    log.run("test", Losing(OutputLost("lost")))
    log.run("test", Losing(SandboxLost("gone")))
    assert [stage.ok for stage in log.stages] == [True, True]
    with pytest.raises(SandboxLost):
        log.run("test", Losing(SandboxLost("gone"), SandboxLost("gone")))


def test_output_that_is_lost_twice_is_the_programs_own_doing(tmp_path: Path) -> None:
    log = StageLog(tmp_path, 1, silent)
    with pytest.raises(StageFailure, match="lost, twice in a row"):
        log.run("test", Losing(OutputLost("lost"), OutputLost("lost")))
    assert [stage.ok for stage in log.stages] == [False]
    with pytest.raises(OutputLost):  # once: the engine was gone before
        log.run("test", Losing(SandboxLost("gone"), OutputLost("lost")))
