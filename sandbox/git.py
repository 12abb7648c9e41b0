"""Git as a process: exact arguments, no hooks, no monitor, no variables that point it elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from strop.errors import ConfigError

__all__ = ["Git", "git_call", "repository_files", "top_of"]

# What `git rev-parse --local-env-vars` lists: a hook or an editor may have set them for its own
# repository, and git would obey them here.
POINTERS = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

TIMEOUT_S = 120.0


def git_call(
    folder: Path, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder and return what it did; raises `ConfigError` where git is missing or hangs."""
    git = shutil.which("git")
    if git is None:
        raise ConfigError("git is not installed or not on PATH; strop takes snapshots with it")
    variables = {key: value for key, value in os.environ.items() if key not in POINTERS}
    variables |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(env or {})}
    # A repository's own configuration can name programs; none of these is needed here.
    safe = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
    try:
        return subprocess.run(
            [git, *safe, *arguments],
            cwd=folder,
            env=variables,
            input=stdin if stdin is not None else b"",
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{folder}: `git {arguments[0]}` took more than {TIMEOUT_S:g} s") from None
    except OSError as error:
        raise ConfigError(f"{folder}: git cannot run there: {error.strerror}") from None


class Git:
    """Git in one folder; a command that fails is a `ConfigError` with git's own words."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._env = dict(env or {})

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Return the standard output of a command that has to succeed."""
        result = git_call(self.folder, *arguments, stdin=stdin, env=self._env)
        if result.returncode:
            said = result.stderr.decode("utf-8", "replace").strip()
            raise ConfigError(f"{self.folder}: `git {arguments[0]}` failed: {said}")
        return result.stdout

    def word(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Return the one line that a command prints."""
        return self(*arguments, stdin=stdin).decode("utf-8", "surrogateescape").removesuffix("\n")

    def succeeds(self, *arguments: str) -> bool:
        """Return whether a command ends with exit code 0."""
        return git_call(self.folder, *arguments, env=self._env).returncode == 0

    def paths(self, *arguments: str) -> list[bytes]:
        """Return the NUL-separated paths that a command prints."""
        return [path for path in self(*arguments).split(b"\0") if path]


def top_of(folder: Path) -> Path | None:
    """Return the root of the working tree that a folder belongs to, None where it is in none.

    A folder without tracked files that the repository around it ignores belongs to none. Raises
    `ConfigError` where git refuses the repository, e.g. for its owner.
    """
    result = git_call(folder, "rev-parse", "--show-toplevel")
    if result.returncode:
        said = result.stderr.decode("utf-8", "replace").strip()
        if "not a git repository" in said or "must be run in a work tree" in said:
            return None
        raise ConfigError(f"{folder}: git refuses this repository: {said}")
    git = Git(folder)
    if git.succeeds("check-ignore", "-q", ".") and not git("ls-files", "-z", "--cached"):
        return None
    return Path(os.fsdecode(result.stdout.removesuffix(b"\n")))


def repository_files(folder: Path) -> tuple[set[bytes], list[str]]:
    """Return the files that git knows or would add, and notes on what is left out.

    Paths are relative to `folder`, tracked and untracked, less what .gitignore names. Tracked files
    of submodules and of repositories inside of the tree are included where there is a checkout.
    """
    if top_of(folder) is not None:
        return _listed(Git(folder))
    with tempfile.TemporaryDirectory(prefix="strop-git-") as scratch:
        # .gitignore holds in a plain folder too: an empty repository elsewhere reads it.
        Git(folder)("init", "--quiet", "--bare", "--template=", scratch)
        return _listed(Git(folder, {"GIT_DIR": scratch, "GIT_WORK_TREE": str(folder.resolve())}))


def _listed(git: Git) -> tuple[set[bytes], list[str]]:
    found = set(git.paths("ls-files", "-z", "--cached"))
    found |= set(git.paths("ls-files", "-z", "--others", "--exclude-standard"))
    return _with_nested(git.folder, found)


def _with_nested(folder: Path, found: set[bytes]) -> tuple[set[bytes], list[str]]:
    """Replace entries that are folders (submodules, repositories in the tree) by their tracked files."""
    files: set[bytes] = set()
    notes: list[str] = []
    for entry in sorted(found):
        name = entry.rstrip(b"/")
        place = folder / os.fsdecode(name)
        if place.is_symlink() or not place.is_dir():
            files.add(name)
            continue
        if not (place / ".git").exists():
            notes.append(f"{os.fsdecode(name)}: a submodule that is not checked out is left out")
            continue
        inner, more = _with_nested(place, set(Git(place).paths("ls-files", "-z", "--cached")))
        files |= {name + b"/" + path for path in inner}
        notes += [f"{os.fsdecode(name)}/{note}" for note in more]
    return files, notes
