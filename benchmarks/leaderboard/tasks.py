"""Tasks and suites: bundled ones, and any folder of repositories with a job file."""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from strop.errors import ConfigError
from strop.job import find_job_file, load_job
from strop.sandbox.git import Git, repository_files

__all__ = [
    "SUITES",
    "Suite",
    "Task",
    "common_folder",
    "copy_repository",
    "commit_all",
    "files_of",
    "is_task",
    "load_task",
    "open_suite",
    "open_task",
    "tasks_folder",
]

SUITES = {
    "kernels": "algorithmic and numeric speed tasks, with control tasks that hold nothing to gain",
    "pycode": "small repositories with slow code of kinds met in practice",
    "constructions": "packings and integer constructions, judged exactly from their printed decimals",
    "heuristics": "functions that decide step by step, ranked on instances of other sizes",
    "serving": "plans and policies for a simulated fleet that serves language models",
    "modeling": "word problems to solver code, held against a reference formulation",
    "design": "simulated designs: memory controller, truss, shapes of transformers, merged networks",
    "decoding": "settings of a language model against what a right answer costs",
}
"""The bundled suites of tasks, and what they hold; `tuning` is the study of optimizers on tables."""

CARD = "task.toml"
COMMON = "_common"
"""Folder with what several tasks lay into their repositories: of one suite, or of several, beside them."""

LEFT_OUT = frozenset({".git", ".strop", "__pycache__", ".venv", "node_modules", ".pytest_cache"})
COMMITTER = {"NAME": "strop", "EMAIL": "strop@localhost"}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Best(_Record):
    """The best that is known."""

    ratio: float = Field(default=1.0, gt=0, description="How many times better than the seed it is.")
    value: float | None = Field(default=None, description="Best known value, in the objective's unit.")
    source: str = ""


class Card(_Record):
    """What `task.toml` says of a task."""

    title: str = Field(min_length=1)
    description: str = ""
    licence: str = Field(min_length=1)
    slowness: str = ""
    hot: str = Field(default="", pattern=r"^([^:]+\.(?:py|c):[A-Za-z_][\w.]*)?$")
    control: bool = False
    fixed: bool = False  # one problem, with no instances to draw
    seed_value: float | None = None  # what the seed solution comes to there, as the search measures it
    common: tuple[str, ...] = ()  # folders of the suite's `_common` whose files lie in the repository, too
    sizes: tuple[int, ...] = ()
    best: Best = Best()


class Task(_Record):
    """A benchmark problem: a repository with a job, and what is known of it."""

    name: str
    folder: Path
    card: Card | None = None  # None: simply a repository

    @property
    def repository(self) -> Path:
        """The seed solution."""
        return self.folder / "repo" if self.card else self.folder

    @property
    def good(self) -> Path | None:
        """The files of a known good version, None where there is none."""
        folder = self.folder / "good"
        return folder if self.card and folder.is_dir() else None

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return self.card.title if self.card else self.name

    @property
    def control(self) -> bool:
        """Whether it is known to hold nothing to gain."""
        return bool(self.card and self.card.control)

    def sources(self) -> dict[str, Path]:
        """Return where each file of the seed solution is, by its relative path; raises `ConfigError`."""
        folders = [common_folder(self.folder, name) for name in self.card.common] if self.card else []
        found: dict[str, Path] = {}
        for folder in (*folders, self.repository):
            if not folder.is_dir():
                raise ConfigError(f"{self.folder / CARD}: common: there is no folder {folder}")
            for path in files_of(folder):
                if path in found:
                    raise ConfigError(f"{self.folder / CARD}: common: {path} is in {found[path]}, too")
                found[path] = folder / path
        return dict(sorted(found.items()))

    def digest(self) -> str:
        """Return twelve hexadecimal digits of all that the seed solution consists of."""
        content = hashlib.sha256()
        for path, file in self.sources().items():
            data = file.read_bytes()
            content.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
            content.update(data)
        return content.hexdigest()[:12]


class Suite(_Record):
    """A list of tasks, by name."""

    name: str
    tasks: tuple[Task, ...]

    def chosen(self, names: tuple[str, ...]) -> Suite:
        """Return the suite with the named tasks alone; raises `ConfigError` for an unknown one."""
        known = {task.name: task for task in self.tasks}
        for name in names:
            if name not in known:
                raise ConfigError(
                    f"--task {name}: {self.name} has none of that name; known: {', '.join(known)}"
                )
        return self.model_copy(update={"tasks": tuple(known[name] for name in dict.fromkeys(names))})


def common_folder(task: Path, name: str) -> Path:
    """Return where common files of a task's folder lie: in its suite, else beside the suites."""
    own, shared = task.parent / COMMON / name, task.parent.parent / COMMON / name
    return shared if shared.is_dir() and not own.is_dir() else own


def tasks_folder() -> Path:
    """Return where the bundled tasks are."""
    return Path(str(files("strop.benchmarks"))) / "tasks"


def open_suite(name: str) -> Suite:
    """Return a bundled suite by name, or that of a folder; raises `ConfigError`.

    Each sub-folder of a folder is a task where it has a `task.toml`, or is a repository with a job file.
    A folder that is a task or a repository itself is a suite of one.
    """
    if name in SUITES:
        return Suite(name=name, tasks=tuple(_tasks_in(tasks_folder() / name)))
    folder = Path(name)
    if not folder.is_dir():
        raise ConfigError(
            f"unknown suite {name!r}; known: {', '.join([*SUITES, 'tuning'])}, or a folder of tasks"
        )
    folder = folder.resolve()
    if is_task(folder):
        return Suite(name=folder.name, tasks=(load_task(folder),))
    tasks = tuple(_tasks_in(folder))
    if not tasks:
        raise ConfigError(f"{folder}: no sub-folder has a task.toml, a strop.toml or a [tool.strop]")
    return Suite(name=folder.name, tasks=tasks)


def open_task(name: str) -> Task:
    """Return a task by its folder, or a bundled one by `task` or `suite/task`; raises `ConfigError`."""
    if Path(name).is_dir():
        return load_task(Path(name).resolve())
    found = [
        task
        for suite in SUITES
        for task in open_suite(suite).tasks
        if name in (task.name, f"{suite}/{task.name}")
    ]
    if len(found) != 1:
        many = (
            "several tasks have that name; give SUITE/TASK" if found else "`strop bench list` names the tasks"
        )
        raise ConfigError(f"unknown task {name!r}: {many}, or give its folder")
    return found[0]


def load_task(folder: Path) -> Task:
    """Return the task of a folder; raises `ConfigError` that names file and key."""
    file = folder / CARD
    card = None
    if file.is_file():
        try:
            card = Card.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: not valid TOML: {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"{file}: {where}: {first['msg']}; README.md of the tasks has the format"
            ) from None
    task = Task(name=folder.name, folder=folder, card=card)
    if not task.repository.is_dir():
        raise ConfigError(f"{folder}: a task has its repository in repo/; there is none")
    load_job(task.repository)
    task.sources()
    return task


def is_task(folder: Path) -> bool:
    """Return whether a folder is a task, or a repository with a job file."""
    if (folder / CARD).is_file():
        return True
    try:
        find_job_file(folder)
    except ConfigError:
        return False
    return True


def _tasks_in(folder: Path) -> Iterator[Task]:
    for child in sorted(folder.iterdir()) if folder.is_dir() else ():
        if child.is_dir() and not child.name.startswith((".", "_")) and is_task(child):
            yield load_task(child)


def files_of(repository: Path) -> list[str]:
    """Return the relative paths of a repository's regular files: what git would keep."""
    found = (os.fsdecode(name) for name in repository_files(repository)[0])
    named = [name for name in found if not LEFT_OUT.intersection(Path(name).parts)]
    return sorted(name for name in named if (repository / name).is_file())


def copy_repository(task: Task, target: Path) -> None:
    """Copy a task's seed solution to a new folder and commit it there; raises `ConfigError`."""
    for name, file in task.sources().items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target / name)
    commit_all(target, "the seed solution")


def commit_all(folder: Path, message: str) -> None:
    """Make a folder a git repository with one commit of all its files; raises `ConfigError`."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in COMMITTER.items()}
    git = Git(folder, who)
    git("init", "--quiet", "--template=")
    git("add", "--all", "--force")
    git("-c", "commit.gpgsign=false", "commit", "--quiet", "-m", message)
