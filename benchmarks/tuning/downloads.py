"""Tables that are downloaded where STROP_DATA names no folder: Olympus and Iron Mind, with checksums.

`tables.json` has the source of each, a folder at a commit of a public repository (MIT), and the SHA-256 of
its two files. What was downloaded is kept in the user's cache folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from strop.benchmarks.tuning.trainings import cache_folder
from strop.errors import ConfigError

__all__ = ["FILES", "download", "known_tables", "tables_folder"]

FILES = ("config.json", "data.csv")
HOST = "https://raw.githubusercontent.com"


@cache
def known_tables() -> Mapping[str, Mapping[str, str]]:
    """Return what can be downloaded: by name, the source and each file's SHA-256."""
    text = files("strop.benchmarks.tuning").joinpath("tables.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


def tables_folder() -> Path:
    """Return the folder that tables are kept in."""
    return cache_folder() / "tables"


def download(name: str, folder: Path, *, host: str = HOST) -> Path:
    """Return a folder below `folder` with a table's files, downloaded where they are not there.

    Raises `ConfigError` for an unknown name, without pooch, for a file that can't be had, and for one whose
    checksum differs.
    """
    table = known_tables().get(name)
    if table is None:
        raise ConfigError(
            f"STROP_DATA is not set, and {name!r} is no table that can be downloaded: let STROP_DATA name a "
            f"folder of tables, or take one of {', '.join(known_tables())}"
        )
    place = folder / name
    for file in FILES:
        if not (place / file).is_file():
            _retrieve(f"{host}/{table['source']}/{file}", table[file], place, file)
    return place


def _retrieve(url: str, checksum: str, folder: Path, file: str) -> None:
    pooch = _pooch()
    try:
        pooch.retrieve(url, known_hash=f"sha256:{checksum}", fname=file, path=folder)
    except (OSError, ValueError) as error:  # no network, a refusal, or another checksum
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(
            f"{url}: can't be downloaded: {reason}; let STROP_DATA name a folder that has it"
        ) from None


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise ConfigError(
            f"STROP_DATA is not set, and a download needs pooch ({error}): pip install '.[studies]' in "
            "strop's checkout, or let STROP_DATA name a folder of tables"
        ) from None
    pooch.get_logger().setLevel("ERROR")
    return pooch
