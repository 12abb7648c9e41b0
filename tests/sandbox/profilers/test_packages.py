"""Profiler packages: installed by a real pip from an index on disk, once, outside of the environment."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from strop.extension import Environment, EnvironmentSpec, SandboxSpec
from strop.sandbox.process import ProcessBackend
from strop.sandbox.profilers.packages import PACKAGES_FOLDER, Packages, installed, packages_folder

TAGS = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that keeps the job's environment for all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def index(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No package index yet, on disk, and a cache without profilers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "STROP_PROFILERS"):
        monkeypatch.delenv(name, raising=False)
    for left in packages_folder().glob("*"):
        left.rename(tmp_path / left.name)
    return tmp_path / "simple"


def publish(index: Path, name: str, *, there: bool = True) -> None:
    """Put a package into the index, or the name of one that has no release."""
    page = index / name.replace("_", "-") / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    file = f"{name}-5.0.0-py3-none-any.whl"
    page.write_text(f'<a href="{file}">{file}</a>' if there else "", encoding="utf-8")
    with zipfile.ZipFile(page.parent / file, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "VALUE = 7\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 5.0.0\n"
        wheel.writestr(f"{name}-5.0.0.dist-info/METADATA", metadata)
        wheel.writestr(f"{name}-5.0.0.dist-info/WHEEL", TAGS)
        wheel.writestr(f"{name}-5.0.0.dist-info/RECORD", "")


def put(name: str, show: str) -> tuple[str, str]:
    """Put a profiler into a fresh sandbox; returns the problem, and what a command then shows."""
    backend = ProcessBackend()
    environment = backend.prepare(EnvironmentSpec())
    sandbox = backend.start(SandboxSpec(environment))
    try:
        problem = Packages(backend, environment).put(name, sandbox)
        return problem, sandbox.exec(show).stdout.decode()
    finally:
        sandbox.close()


def show(name: str) -> str:
    return f"PYTHONPATH={PACKAGES_FOLDER} python -c 'import {name}; print({name}.VALUE)'"


@pytest.mark.slow
def test_a_package_is_installed_once_and_not_into_the_environment(index: Path) -> None:
    publish(index, "pyinstrument")
    assert put("pyinstrument", show("pyinstrument")) == ("", "7\n")
    assert installed() == (["pyinstrument"], [])
    index.rename(index.with_name("gone"))  # whoever asks again finds none
    own = "python -c 'import pyinstrument' 2>/dev/null || echo not in the environment"
    assert put("pyinstrument", own) == ("", "not in the environment\n")


@pytest.mark.slow
def test_an_index_without_it_is_asked_once_a_day(index: Path) -> None:
    publish(index, "line_profiler", there=False)
    problem, _ = put("line_profiler", "true")
    assert "line_profiler can't be installed: ERROR: No matching distribution" in problem
    assert installed()[0] == []
    assert "No matching distribution" in installed()[1][0]
    publish(index, "line_profiler")
    again, _ = put("line_profiler", "true")
    assert "tried again a day after" in again
    (failed,) = packages_folder().glob("*.failed")
    os.utime(failed, (0, 0))
    assert put("line_profiler", show("line_profiler")) == ("", "7\n")


def test_nothing_is_installed_where_the_user_forbids_it(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(index, "pyinstrument")
    monkeypatch.setenv("STROP_PROFILERS", "none")
    problem, _ = put("pyinstrument", "true")
    assert problem == "pyinstrument is not installed, and STROP_PROFILERS is none"
    assert installed() == ([], [])


def test_without_a_python_there_is_no_package(index: Path) -> None:
    backend = ProcessBackend()
    prepared = backend.prepare(EnvironmentSpec())
    bare = Environment("process", prepared.id, prepared.location, {"PATH": "/nowhere"})
    sandbox = backend.start(SandboxSpec(bare))
    try:
        assert "there is no Python" in Packages(backend, bare).put("pyinstrument", sandbox)
    finally:
        sandbox.close()
