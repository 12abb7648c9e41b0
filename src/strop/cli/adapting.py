"""`strop adapt`, and `strop run --from`: folders of other tools as repositories of strop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strop.cli.searching import stderr_console
from strop.errors import ConfigError

__all__ = ["adapt", "adapt_into"]


def adapt(kind: str, folder: Path | None, settings: dict[str, Any]) -> Path:
    """Return the repository that `strop run --from KIND DIR` works on; raises `ConfigError`."""
    from strop.benchmarks.adapters import Options
    from strop.benchmarks.leaderboard.foreign import adapted_repository

    if folder is None and Path(kind).is_dir():  # `--from DIR`: the kind as the files tell
        kind, folder = "auto", Path(kind)
    if folder is None:
        raise ConfigError(f"--from {kind}: the folder is missing: strop run --from {kind} DIR")
    root, new = adapted_repository(kind, folder, options=Options(**settings))
    said = "written from" if new else "taken again, as an earlier run wrote it from"
    stderr_console().print(f"{root}: {said} {folder}; strop.toml has what it measures", soft_wrap=True)
    _warn(root)
    return root


def adapt_into(kind: str, folder: Path, into: Path | None, settings: dict[str, Any]) -> int:
    """Write a foreign folder as a repository and say what to do next; returns the exit code."""
    from strop.benchmarks.adapters import Options
    from strop.benchmarks.leaderboard.foreign import adapted_repository

    root, _ = adapted_repository(kind, folder, into, Options(**settings), again=False)
    console = stderr_console()
    console.print(f"{root}: written from {folder}", soft_wrap=True)
    _warn(root)
    console.print(
        f"next: strop check -C {root}; strop run -C {root}; strop bench validate {root}", soft_wrap=True
    )
    return 0


def _warn(root: Path) -> None:
    """Show what of the job file's notes may not be overlooked."""
    from strop.benchmarks.adapters.writing import warnings_of

    for warning in warnings_of(root):
        stderr_console().print(warning, soft_wrap=True, markup=False, highlight=False)
