"""Records of benchmarks as JSON files: read with errors that name file and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from strop.errors import ConfigError

__all__ = ["read_record"]

Record = TypeVar("Record", bound=BaseModel)


def read_record(file: Path, kind: type[Record], form: str, maker: str) -> Record:
    """Return the record in a file.

    Args:
        file: A JSON object with a `format`.
        kind: What it is.
        form: The value that `format` has.
        maker: The command that writes such files, for the error.

    Raises:
        ConfigError: It can't be read, is something else, or a key of it is wrong.
    """
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{file}: not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != form:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ConfigError(f"{file}: format: {found!r} is not a result of `{maker}` ({form})")
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file}: {where}: {first['msg']}") from None
