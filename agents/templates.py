"""Prompts for agents: a user's template that can't be filled is an error of the user's, with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strop import prompts
from strop.errors import ConfigError

__all__ = ["render"]


def render(name: str, folder: Path | None = None, /, **values: Any) -> str:
    """Return a template filled with values; raises `ConfigError` for one of `folder` that can't be filled."""
    try:
        return prompts.render(name, folder, **values)
    except ValueError as error:
        if folder is None:
            raise
        raise ConfigError(f"prompts.dir: {error}") from error
