"""A Python function as a job: where it lies, how it is called, and what its folder says of the rest."""

from __future__ import annotations

import inspect
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.errors import ConfigError
from strop.job import Job, find_job_file, merge, parse_job, read_table

__all__ = ["Inputs", "Place", "job_of_function", "place_of"]

Inputs = Callable[[int], Iterable[Any]]
"""From a seed to inputs, each a list of arguments, or {"args": [...], "kwargs": {...}}, of JSON types."""

KEPT = ("name", "goal", "verify", "budget", "model", "prompts", "sandbox", "minimum_effect", "seed")
KEPT_COMMANDS = ("setup", "build", "test", "env")
"""What a job file says of a whole repository, and of a function in it as well."""


@dataclass(frozen=True)
class Place:
    """The folder whose job it is, and the job's keys that the function decides."""

    folder: Path
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class _Found:
    file: Path
    base: Path  # folder that its module is imported from
    name: str  # package.module:name


def place_of(function: Callable[..., Any], inputs: Inputs) -> Place:
    """Return where a function lies, and how it is called; raises `ConfigError` where no sandbox could."""
    target, source = _found(function, "the function"), _found(inputs, "inputs")
    folder = _folder(target.file)
    for found in (target, source):
        if not found.base.is_relative_to(folder):
            raise ConfigError(f"optimize: {found.file} is outside {folder}, the repository of the function")
    module, _, name = source.name.partition(":")
    make = f"import json, {module} as m; [print(json.dumps(i)) for i in m.{name}({{seed}})]"
    bases = dict.fromkeys(found.base.relative_to(folder).as_posix() for found in (target, source))
    keys: dict[str, Any] = {
        "target.files": [target.file.relative_to(folder).as_posix()],
        "calls.function": target.name,
        "calls.inputs": f'python -c "{make}"',
    }
    if set(bases) != {"."}:
        keys["commands.env.PYTHONPATH"] = ":".join(bases)
    return Place(folder, keys)


def job_of_function(folder: Path, keys: Mapping[str, Any]) -> Job:
    """Return the job of a function: `keys` over what the folder's job file says of all its jobs.

    Raises `ConfigError` as `load_job` does.
    """
    try:
        file = find_job_file(folder)
    except ConfigError:
        file = folder / "strop.toml"  # named in messages
        data: dict[str, Any] = {}
    else:
        table = read_table(file)
        data = {key: table[key] for key in KEPT if key in table}
        commands = table.get("commands")
        if isinstance(commands, dict):
            data["commands"] = {key: commands[key] for key in KEPT_COMMANDS if key in commands}
    data.setdefault("commands", {})
    merge(data, keys, file)
    data.setdefault("name", str(keys["calls.function"]).rpartition(":")[2])
    return parse_job(data, file)


def _found(function: Callable[..., Any], what: str) -> _Found:
    plain = inspect.unwrap(function)
    name = getattr(plain, "__qualname__", "")
    if not inspect.isfunction(plain) or not name.isidentifier():
        raise ConfigError(
            f"optimize: {what} is {function!r:.80}; it has to be a function at the top of a module, so that "
            "a sandbox can import it"
        )
    try:
        file = Path(inspect.getsourcefile(plain) or "").resolve()
    except TypeError:
        file = Path()
    if not file.is_file() or file.suffix != ".py":
        raise ConfigError(f"optimize: {what} {name} has no source file; write it to a module")
    base, module = _module(file, plain.__module__)
    return _Found(file, base, f"{module}:{name}")


def _module(file: Path, known: str) -> tuple[Path, str]:
    """Return the folder that a file is imported from, and its module's name there."""
    stem = file.parent if file.name == "__init__.py" else file.with_suffix("")
    parts = known.split(".")
    if stem.parts[-len(parts) :] == tuple(parts):
        return stem.parents[len(parts) - 1], known
    folder, names = stem.parent, [stem.name]  # a script: `__main__`
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


def _folder(file: Path) -> Path:
    """Return the nearest folder with a job, up to the top of the git repository, which it is otherwise."""
    try:
        command = ["git", "-C", str(file.parent), "rev-parse", "--show-toplevel"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError as error:
        raise ConfigError(f"optimize: git can't be run: {error}") from None
    if done.returncode:
        raise ConfigError(
            f"optimize: {file} is in no git repository (`git init` makes one), so that a patch had no base"
        )
    top = Path(done.stdout.strip()).resolve()
    for folder in file.parents:
        if (folder / "strop.toml").is_file() or folder == top:
            return folder
    return top
