"""Which files a candidate may edit: the job's globs, less what judges it or could run around it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import lru_cache

from strop.errors import ConfigError
from strop.job import Target

__all__ = ["INSTALLED", "TargetFiles", "path_problem"]

NEVER = (".git", ".strop")
"""Path components that belong to git and to strop itself."""

LONGEST_NAME, LONGEST_PATH = 255, 1024
"""Bytes: the first is what file systems take; a path goes below a work folder with a name of its own."""

DEEPEST = 32
"""Folders of a path below one another."""

PROTECTED = (
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "setup.cfg",
    "pyproject.toml",
    "sitecustomize.py",
    "usercustomize.py",
    "*.pth",
    ".git*",
    "test_*.py",
    "*_test.py",
    "setup.py",
    "requirements*.txt",
    "constraints*.txt",
    "pipfile*",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "package.json",
    "package-lock.json",
)
"""File names that steer tests, the interpreter or what is installed; only an exact name in target.files
opens them."""

TEST_FOLDERS = ("tests", "test")

INSTALLED = ("pytest", "_pytest", "pluggy", "coverage", "hypothesis", "numpy", "scipy", "pandas", "torch")
"""Modules, beside the standard library's, that judges use and a new file would replace while they run."""


def path_problem(path: str) -> str:
    """Return why a text is no path of a file below the repository's root, or an empty string."""
    if not path:
        return "the path is empty"
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        return "the path holds control characters"
    if any("\ud800" <= char <= "\udfff" for char in path):
        return "the path is not valid Unicode"
    if not path.isprintable():
        return "the path holds characters that can't be seen, or that turn the direction of writing"
    if "\\" in path:
        return "the path holds a backslash; folders are separated by /"
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        return "the path is absolute; give it relative to the root of the repository"
    parts = path.split("/")
    if ".." in parts:
        return "the path leaves the repository"
    if "" in parts or "." in parts:
        return "the path has an empty component or a dot for one"
    sizes = [len(part.encode()) for part in parts]
    if max(sizes) > LONGEST_NAME or sum(sizes) + len(parts) > LONGEST_PATH or len(parts) > DEEPEST:
        most = f"names up to {LONGEST_NAME} bytes, {LONGEST_PATH} in all, {DEEPEST} folders"
        return f"the path is too long ({most})"
    taken = next((part for part in parts if part.casefold() in NEVER), None)
    return f"{taken} is out of bounds" if taken else ""


class TargetFiles:
    """The predicate that all parts share: may a candidate edit, make or delete this path?

    In a glob `*` and `?` stay within one folder, `**` stands for any number of folders, `[ab]` for
    one of these characters. `links` are paths of the user's tree that are symlinks: a copy or
    nothing stands for them in a sandbox, so that an edit would not reach what they name. `paths`
    are all files of the base; where they are known, new files may not shadow installed modules.
    """

    def __init__(self, target: Target, links: Iterable[str] = (), paths: Iterable[str] = ()) -> None:
        self._files = tuple(_checked(pattern, "target.files") for pattern in target.files)
        self._exclude = tuple(_checked(pattern, "target.exclude") for pattern in target.exclude)
        self._exact = {pattern for pattern in self._files if not re.search(r"[*?\[]", pattern)}
        self._links = frozenset(links)
        self._paths = frozenset(paths)
        self._roots = frozenset(_module(path) for path in self._paths)
        # Python puts the folder of a script first on its path; a folder of a package holds none, as a rule.
        folders = {path.rpartition("/")[0] for path in self._paths if path.endswith(".py")}
        self._script_folders = {folder for folder in folders if f"{folder}/__init__.py" not in self._paths}

    @property
    def patterns(self) -> tuple[str, ...]:
        """The globs of `target.files`, without a leading `./`."""
        return self._files

    def __contains__(self, path: str) -> bool:
        return not self.problem(path)

    def problem(self, path: str) -> str:
        """Return why a candidate may not touch a path, or an empty string."""
        reason = path_problem(path) or self._link_problem(path)
        if reason:
            return reason
        if path == "strop.toml":
            return "strop.toml describes the job itself"
        if not any(_regex(pattern).fullmatch(path) for pattern in self._files):
            return f"it is outside the target ({', '.join(self._files) or 'no file may change'})"
        if any(_regex(pattern).fullmatch(path) for pattern in self._exclude):
            return "target.exclude keeps it as it is"
        if path in self._exact:
            return ""
        return _protected(path) or self._shadowing(path)

    def _link_problem(self, path: str) -> str:
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            if "/".join(parts[:end]) in self._links:
                return f"{'/'.join(parts[:end])} is a symlink in the repository"
        return ""

    def _shadowing(self, path: str) -> str:
        if not self._paths or path in self._paths or not path.endswith(".py"):
            return ""
        top = _module(path)
        inner, _, name = path.removesuffix("/__init__.py").rpartition("/")
        own = name.removesuffix(".py") if inner in self._script_folders else ""
        for module in (own, top.removesuffix(".py") if top not in self._roots else ""):
            if module in INSTALLED or module in sys.stdlib_module_names:
                return (
                    f"a new module {module!r} where Python looks first would shadow the installed one; use "
                    "another name"
                )
        return ""


def _checked(pattern: str, key: str) -> str:
    cleaned = pattern.removeprefix("./")
    if cleaned.endswith("/"):
        cleaned += "**"
    problem = path_problem(cleaned)
    if problem:
        raise ConfigError(f"{key}: {pattern!r}: {problem}")
    try:
        _regex(cleaned)
    except re.error as error:
        raise ConfigError(f"{key}: {pattern!r} is not a glob: {error}") from None
    return cleaned


def _protected(path: str) -> str:
    *folders, name = path.casefold().split("/")
    if any(folder in TEST_FOLDERS for folder in folders):
        return "tests judge candidates; name the file exactly in target.files to open it"
    for pattern in PROTECTED:
        if _regex(pattern).fullmatch(name):
            return f"{pattern} is protected; name the file exactly in target.files to open it"
    return ""


def _module(path: str) -> str:
    """Return the top module that a path belongs to, with `.py` if it is a file of its own."""
    return path.removeprefix("src/").split("/")[0]


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str]:
    """Return a glob as a regular expression for a whole path."""
    out, rest = "", pattern
    while rest:
        at_start = pattern[: len(pattern) - len(rest)].endswith("/") or rest == pattern
        if at_start and rest == "**":
            out, rest = out + ".+", ""
        elif at_start and rest.startswith("**/"):
            out, rest = out + "(?:[^/]+/)*", rest[3:]
        elif rest.startswith("*"):
            out, rest = out + "[^/]*", rest.lstrip("*")
        elif rest.startswith("?"):
            out, rest = out + "[^/]", rest[1:]
        elif found := re.match(r"\[(!?)([^\]/]+)\]", rest):
            inner = re.sub(r"([\\^\[])", r"\\\1", found[2])
            out, rest = out + f"[{'^/' if found[1] else ''}{inner}]", rest[found.end() :]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return re.compile(out)
