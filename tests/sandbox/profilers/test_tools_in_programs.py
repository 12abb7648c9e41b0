"""Profilers started inside real Python programs: without packages, and with those that are there."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from strop.sandbox.profilers.python import OUTPUT_FOLDER, tool_env
from strop.sandbox.profilers.tool_files import LineHits, read_lines, read_memory, read_tree

PROGRAM = """\
import shelf

class Counter:
    def count(self, n):
        def one(k):
            return k + n
        return sum(one(i) for i in range(n))

if __name__ == "__main__":
    print(shelf.find(50), Counter().count(7))
"""
SHELF = """\
def find(n):
    books = list(range(10))
    found = 0
    for k in range(n):
        if k in books:
            found += 1
    return found

def untouched():
    return 1
"""
TARGETS = [("shelf.py", "find"), ("main.py", "Counter.count"), ("main.py", "Counter.count.one")]


def run(
    folder: Path,
    tool: str,
    *command: str,
    packages: str = "",
    targets: Sequence[tuple[str, str]] = TARGETS,
) -> subprocess.CompletedProcess[str]:
    """Run a program with a tool, as the profile stage does."""
    (folder / "main.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "shelf.py").write_text(SHELF, encoding="utf-8")
    tree, env = tool_env(tool, str(folder), {}, packages=packages, targets=targets)
    for path, file in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)
    return subprocess.run(
        command or (sys.executable, "main.py"),
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def left(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / OUTPUT_FOLDER).glob("*.json")}


def packages_or_skip(folder: Path, name: str) -> str:
    """Copy a profiler that this interpreter can import into the work folder; skip where there is none."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not installed here")
    home = Path(spec.origin).parent
    shutil.copytree(home, folder / "packages" / name)
    for libraries in home.parent.glob(f"{name}.libs"):
        shutil.copytree(libraries, folder / "packages" / libraries.name)
    return "packages"


def expect_exact(hits: LineHits) -> None:
    lines = {key: count for key, count in hits.hits.items() if key[0] == "shelf.py"}
    assert lines == {
        ("shelf.py", n): count for n, count in ((2, 1), (3, 1), (4, 51), (5, 50), (6, 10), (7, 1))
    }
    assert hits.hits["main.py", 6] == 7
    assert ("main.py", 10) not in hits.hits


def test_lines_are_counted_without_any_package(tmp_path: Path) -> None:
    done = run(tmp_path, "lines")
    assert (done.stdout, done.stderr, done.returncode) == ("10 70\n", "", 0)
    hits = read_lines(left(tmp_path), str(tmp_path))
    assert hits.tool == "line events"
    assert "line_profiler" in hits.notes[0]
    expect_exact(hits)


def test_every_process_adds_its_lines(tmp_path: Path) -> None:
    command = "import main, subprocess, sys; subprocess.run([sys.executable, '-m', 'main'], check=True)"
    assert run(tmp_path, "lines", sys.executable, "-c", command).stdout == "10 70\n"
    expect_exact(read_lines(left(tmp_path), str(tmp_path)))


def test_lines_of_threads_are_counted(tmp_path: Path) -> None:
    command = (
        "import shelf, threading\n"
        "t = [threading.Thread(target=shelf.find, args=(50,)) for _ in range(3)]\n"
        "[x.start() for x in t]; [x.join() for x in t]"
    )
    assert run(tmp_path, "lines", sys.executable, "-c", command).returncode == 0
    assert read_lines(left(tmp_path), str(tmp_path)).hits["shelf.py", 5] == 150


@pytest.mark.parametrize("tool", ["tree", "memory", "lines"])
def test_a_missing_package_leaves_the_program_alone(tmp_path: Path, tool: str) -> None:
    done = run(tmp_path, tool)
    assert (done.stdout, done.returncode) == ("10 70\n", 0)


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("pyinstrument", "memray"):  # in case that this interpreter has them
        (tmp_path / "empty" / f"{name}.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    run(tmp_path, "tree", packages="empty")
    assert read_tree(left(tmp_path), str(tmp_path)).notes == ["ImportError: not here"]
    shutil.rmtree(tmp_path / OUTPUT_FOLDER)
    run(tmp_path, "memory", packages="empty")
    assert read_memory(left(tmp_path), str(tmp_path)).notes == ["ImportError: not here"]


def test_the_program_sees_no_tool_on_its_path(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "shelf.py").write_text(
        "raise SystemExit('the wrong module')\n", encoding="utf-8"
    )
    command = "import shelf, sys; print(shelf.find(3), sys.path[-1].endswith('packages'))"
    done = run(tmp_path, "lines", sys.executable, "-c", command, packages="packages")
    assert done.stdout == "3 True\n"


def test_the_source_is_python_3_8(tmp_path: Path) -> None:
    tree, env = tool_env("lines", "/work", {"PYTHONPATH": "src"}, targets=[("a.py", "f")])
    assert sorted(tree) == [".strop-profile/sitecustomize.py", ".strop-profile/strop_sampler.py"]
    for file in tree.values():
        ast.parse(file.content, feature_version=(3, 8))
    assert env["PYTHONPATH"] == "/work/.strop-profile:src"


# --- where the packages are there ------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "-m"])
def test_line_profiler_counts_the_same(tmp_path: Path, ending: str) -> None:
    packages = packages_or_skip(tmp_path, "line_profiler")
    command = (sys.executable, "-m", "main") if ending else (sys.executable, "main.py")
    done = run(tmp_path, "lines", *command, packages=packages)
    assert (done.stdout, done.stderr, done.returncode) == ("10 70\n", "", 0)
    hits = read_lines(left(tmp_path), str(tmp_path))
    assert hits.tool.startswith("line_profiler ")
    assert hits.notes == []
    expect_exact(hits)


def test_line_profiler_keeps_the_exit_code_of_a_script(tmp_path: Path) -> None:
    packages = packages_or_skip(tmp_path, "line_profiler")
    (tmp_path / "again.py").write_text(
        "import main\n" + SHELF + "find(9)\nraise SystemExit(5)\n", encoding="utf-8"
    )
    wanted = [("again.py", "find")]
    done = run(tmp_path, "lines", sys.executable, "again.py", packages=packages, targets=wanted)
    assert done.returncode == 5
    assert read_lines(left(tmp_path), str(tmp_path)).hits["again.py", 6] == 9


def test_pyinstrument_leaves_a_tree(tmp_path: Path) -> None:
    packages = packages_or_skip(tmp_path, "pyinstrument")
    command = "import shelf\nfor _ in range(20000): shelf.find(30)"
    assert run(tmp_path, "tree", sys.executable, "-c", command, packages=packages).returncode == 0
    split = read_tree(left(tmp_path), str(tmp_path))
    assert split.tool.startswith("pyinstrument ")
    assert split.total_by["shelf.py", "find"] > 0


def test_memray_leaves_the_sites_of_the_peak(tmp_path: Path) -> None:
    packages = packages_or_skip(tmp_path, "memray")
    if importlib.util.find_spec("rich") is None:
        pytest.skip("memray needs rich")
    command = "import main\ndef make():\n    return bytearray(30_000_000)\nx = make()"
    (tmp_path / "big.py").write_text(command, encoding="utf-8")
    assert run(tmp_path, "memory", sys.executable, "big.py", packages=packages).returncode == 0
    memory = read_memory(left(tmp_path), str(tmp_path))
    assert memory.by_line["big.py", "make", 3] >= 30_000_000
