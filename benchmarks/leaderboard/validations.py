"""What `strop bench validate --out FILE` keeps: which tasks were proved sound, when and by which version."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from strop.benchmarks.leaderboard.foreign import origin_of
from strop.benchmarks.leaderboard.result import strop_version
from strop.benchmarks.leaderboard.tasks import Task, files_of
from strop.benchmarks.leaderboard.validating import Check
from strop.benchmarks.records import read_record
from strop.errors import ConfigError
from strop.study import write_atomically

__all__ = ["FORMAT", "Validation", "Validations"]

FORMAT = "strop-validation/1"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Validation(_Record):
    """What was proved of one task."""

    task: str
    origin: str = ""  # SUITE/TASK, or the folder; "" in rows of earlier versions, which tell tasks by name
    sound: bool
    checks: tuple[Check, ...]
    digest: str  # of the seed solution, as in results
    files: (
        str  # digest of all that the proof is of: the card, the known good version and the spoilt ones, too
    )
    sandbox: str  # as asked for
    strop: str
    date: str  # UTC
    partial: bool = False  # whether it ended at the first fault


class _File(_Record):
    format: str = FORMAT
    tasks: tuple[Validation, ...] = ()


class Validations:
    """The validations in a file, rewritten with each one that comes; without a file nothing is kept."""

    def __init__(self, file: Path | None, *, sandbox: str | None) -> None:
        """Read what is there; raises `ConfigError` where the file holds something else."""
        self._file, self._sandbox = file, sandbox or "auto"
        self._rows: list[Validation] = []
        if file is not None and file.exists():
            try:
                self._rows = list(read_record(file, _File, FORMAT, "strop bench validate").tasks)
            except ConfigError as error:
                raise ConfigError(f"{error}; remove it, or name another") from None

    def known(self, task: Task, *, fail_fast: bool) -> Validation | None:
        """Return what is kept of a task as it is now, None where it has to be validated.

        What was not sound may have been strop's own fault: another version looks again.
        """
        files = _digest(task) if self._rows else ""
        for row in self._rows:
            same = (row.task, row.files, row.sandbox) == (task.name, files, self._sandbox)
            lasting = row.sound or row.strop == strop_version()
            if same and lasting and (fail_fast or not row.partial):
                return row
        return None

    def add(self, task: Task, checks: Sequence[Check], *, fail_fast: bool) -> Validation:
        """Keep what was proved of a task, in place of what was known of it as it was before."""
        sound = all(check.ok for check in checks)
        row = Validation(
            task=task.name,
            origin=origin_of(task),
            sound=sound,
            checks=tuple(checks),
            digest=task.digest(),
            files=_digest(task),
            sandbox=self._sandbox,
            strop=strop_version(),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            partial=fail_fast and not sound,
        )
        self._rows = [one for one in self._rows if not _replaced(one, row)] + [row]
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            data = _File(tasks=tuple(self._rows)).model_dump_json(indent=1) + "\n"
            write_atomically(self._file, data.encode())
        return row


def _replaced(old: Validation, new: Validation) -> bool:
    """Return whether a row is of the same task, in the same sandbox, as a newer one."""
    same = (old.task, old.sandbox) == (new.task, new.sandbox)
    return same and old.origin in ("", new.origin)


def _digest(task: Task) -> str:
    content = hashlib.sha256(task.digest().encode())
    for path in files_of(task.folder):
        data = (task.folder / path).read_bytes()
        content.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        content.update(data)
    return content.hexdigest()[:12]
