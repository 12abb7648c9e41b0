"""A repository as files to look at: which there are, and their texts. Runs nothing."""

from __future__ import annotations

import ast
import configparser
import os
import re
import tomllib
import warnings
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from strop.errors import ConfigError

__all__ = ["Tree"]

MAX_FILES = 20_000
MAX_BYTES = 2 << 20
SKIPPED = {"node_modules", "build", "dist", "__pycache__", "venv", "env", "site-packages", "target", "vendor"}


class Tree:
    """The files of a repository, without hidden folders, build products and environments."""

    def __init__(self, root: Path) -> None:
        """Look at `root`; raises `ConfigError` where it is no folder."""
        if not root.is_dir():
            raise ConfigError(f"{root}: no such folder; give the folder of a repository")
        self.root = root.resolve()
        self.notes: list[str] = []  # what could not be read, for the proposal's warnings

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Relative POSIX paths, sorted; at most 20,000."""
        found: list[str] = []
        for folder, names, files in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            names[:] = sorted(n for n in names if not self._skipped(here / n))
            # A pipe would block whoever reads it.
            regular = [name for name in sorted(files) if (self.root / here / name).is_file()]
            found += [(here / name).as_posix() for name in regular]
            if len(found) > MAX_FILES:
                self.notes.append(f"only the first {MAX_FILES:,} files were looked at")
                break
        return tuple(sorted(found[:MAX_FILES]))

    def _skipped(self, folder: Path) -> bool:
        name = folder.name
        if name.startswith(".") or name.endswith(".egg-info"):
            return True
        return name in SKIPPED and not (self.root / folder / "__init__.py").is_file()

    def matching(self, *patterns: str) -> list[str]:
        """Return the files that match a pattern; `*` of a pattern goes over folders, too."""
        return [path for path in self.files if any(fnmatch(path, pattern) for pattern in patterns)]

    def has(self, path: str) -> bool:
        """Whether a regular file is there, hidden ones included."""
        return (self.root / path).is_file()

    def has_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        return (self.root / path).is_dir()

    def text(self, path: str) -> str:
        """Return a file's text; empty where there is none, and for files over 2 MiB."""
        file = self.root / path
        try:
            if file.stat().st_size > MAX_BYTES:
                return ""
            return file.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return ""
        except OSError as error:
            self.notes.append(f"{path} cannot be read: {error.strerror}")
            return ""

    def folders(self, parent: str = "") -> list[str]:
        """Return the names of folders with files directly below `parent`, sorted."""
        prefix = f"{parent}/" if parent else ""
        inside = (path[len(prefix) :] for path in self.files if path.startswith(prefix))
        return sorted({rest.split("/", 1)[0] for rest in inside if "/" in rest})

    def toml(self, path: str) -> dict[str, Any]:
        """Return a TOML file's data; empty where there is none, with a note where it is not valid."""
        try:
            return tomllib.loads(self.text(path))
        except tomllib.TOMLDecodeError as error:
            self.notes.append(f"{path} is not valid TOML ({error}) and was left out")
            return {}

    def ini(self, path: str) -> dict[str, dict[str, str]]:
        """Return an INI file's sections; empty where there is none, with a note where it is not valid."""
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(self.text(path))
        except configparser.Error as error:
            first = str(error).splitlines()[0]
            self.notes.append(f"{path} is not a valid INI file ({first}) and was left out")
            return {}
        return {name: dict(parser.items(name)) for name in parser.sections()}

    def python(self, path: str) -> ast.Module:
        """Return a Python file's syntax tree; an empty module where it does not parse."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # e.g. invalid escapes in other people's code
                return ast.parse(self.text(path))
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module(body=[], type_ignores=[])

    def egg_info(self, name: str) -> str:
        """Return the text of a file of the repository's `*.egg-info`, as source distributions have it."""
        for folder in ("", "src", "lib"):
            for found in sorted((self.root / folder).glob("*.egg-info")):
                if (found / name).is_file():
                    return self.text((found / name).relative_to(self.root).as_posix())
        return ""

    def lines_of(self, pattern: str, *paths: str) -> Iterator[re.Match[str]]:
        """Yield the matches of a regular expression in some files, `^` and `$` standing for lines."""
        expression = re.compile(pattern, re.MULTILINE)
        for path in paths:
            yield from expression.finditer(self.text(path))
