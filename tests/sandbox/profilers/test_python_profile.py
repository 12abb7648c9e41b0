"""The sampler in real processes, and what is read from the files that they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strop.sandbox.profilers.python import OUTPUT_FOLDER, is_profile_file, profile_env, read_profile

HOT = """
def warm(n):
    return sum(i * i for i in range(n))

class Table:
    def find(self, keys):
        hits = 0
        for key in range(keys):
            if key in list(range(300)):
                hits += 1
        return hits
"""


def run(folder: Path, program: str, *arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the sampler, as the profile stage does."""
    for name, text in {"main": program, **files}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    tree, env = profile_env(str(folder), {"PYTHONPATH": str(folder / "lib")})
    for path, file in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def left(folder: Path) -> dict[str, bytes]:
    """Return the files that the processes left."""
    return {path.name: path.read_bytes() for path in (folder / OUTPUT_FOLDER).glob("*.json")}


def profile(folder: Path) -> dict[str, Any]:
    """Return the profile of what ran in a folder, with its sources."""

    def source(path: str) -> str | None:
        file = folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return read_profile(left(folder), source)


def test_the_hot_function_comes_first_with_its_line(tmp_path: Path) -> None:
    done = run(tmp_path, "import table\ntable.warm(20000)\nprint(table.Table().find(100000))", table=HOT)
    assert (done.stdout, done.stderr) == ("300\n", "")
    found = profile(tmp_path)
    first = found["hot"][0]
    name = "table.py:Table.find" if sys.version_info >= (3, 11) else "table.py:find"
    assert first["fn"] == name
    assert first["line"] == 6
    assert first["self_pct"] > 60
    assert first["lines"][0]["n"] == 9
    assert first["lines"][0]["src"] == "if key in list(range(300)):"
    main = next(entry for entry in found["hot"] if entry["fn"] == "main.py:<module>")
    assert main["cum_pct"] >= first["cum_pct"] > main["self_pct"]
    assert found["samples"] > 10
    assert 0 <= found["unprofiled_pct"] < 40
    assert len(json.dumps(found)) <= 2500


def test_library_time_belongs_to_the_line_that_calls_it(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import textwrap\ndef work():\n    for _ in range(900):\n"
        "        textwrap.wrap('word ' * 300)\nwork()\n",
    )
    found = profile(tmp_path)
    assert found["hot"][0]["fn"] == "main.py:work"
    assert found["hot"][0]["lines"][0]["n"] == 4
    assert found["library"][0]["fn"] == "textwrap.wrap"
    assert found["library"][0]["pct"] > 50


def test_every_process_of_the_command_counts(tmp_path: Path) -> None:
    program = (
        "import multiprocessing, os, subprocess, sys, table\n"
        "if __name__ == '__main__':\n"
        "    child = multiprocessing.get_context('fork').Process(target=table.warm, args=(2000000,))\n"
        "    child.start(); child.join()\n"
        "    subprocess.run([sys.executable, '-c', 'import table; table.Table().find(60000)'], check=True)\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        "        table.Table().find(60000); sys.exit(0)\n"
        "    os.waitpid(pid, 0)\n"
    )
    done = run(tmp_path, program, table=HOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(left(tmp_path)) == 4
    names = [entry["fn"].rpartition(".")[2].rpartition(":")[2] for entry in profile(tmp_path)["hot"]]
    assert set(names[:2]) == {"find", "warm"}


def test_work_of_threads_is_seen(tmp_path: Path) -> None:
    program = (
        "import table, threading\n"
        "workers = [threading.Thread(target=table.Table().find, args=(60000,)) for _ in range(2)]\n"
        "for worker in workers: worker.start()\n"
        "for worker in workers: worker.join()\n"
    )
    assert run(tmp_path, program, table=HOT).stderr == ""
    first = profile(tmp_path)["hot"][0]
    assert first["fn"].startswith("table.py:")
    assert first["self_pct"] > 50


@pytest.mark.parametrize(
    ("ending", "code"),
    [("raise ValueError('x')", 1), ("import sys; sys.exit(3)", 3), ("import os; os._exit(4)", 4)],
)
def test_the_profile_survives_the_end_of_the_program(tmp_path: Path, ending: str, code: int) -> None:
    done = run(tmp_path, f"import table\ntable.Table().find(100000)\n{ending}\n", table=HOT)
    assert done.returncode == code
    assert profile(tmp_path)["hot"][0]["fn"].startswith("table.py:")


def test_a_program_that_leaves_at_once_has_no_profile(tmp_path: Path) -> None:
    assert run(tmp_path, "import os; os._exit(0)").returncode == 0
    found = profile(tmp_path)
    assert found["schema"] == "strop-profile/1"
    assert "no process left a profile" in found["unavailable"]


def test_a_program_with_its_own_sigprof_is_left_alone(tmp_path: Path) -> None:
    program = (
        "import signal, table\n"
        "ticks = []\n"
        "signal.signal(signal.SIGPROF, lambda *_: ticks.append(1))\n"
        "signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)\n"
        "table.Table().find(60000)\n"
        "print(bool(ticks))\n"
    )
    done = run(tmp_path, program, table=HOT)
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert "uses SIGPROF itself" in json.dumps(profile(tmp_path))


def test_exec_into_another_program_is_not_killed_by_the_timer(tmp_path: Path) -> None:
    spin = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo alive"
    program = f"import os, table\ntable.warm(2000000)\nos.execv('/bin/sh', ['sh', '-c', {spin!r}])\n"
    done = run(tmp_path, program, table=HOT)
    assert (done.returncode, done.stdout) == (0, "alive\n")
    assert profile(tmp_path)["hot"][0]["fn"] == "table.py:warm"


def test_the_programs_own_sitecustomize_runs_and_the_path_is_clean(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sitecustomize.py").write_text("VALUE = 7\n", encoding="utf-8")
    done = run(tmp_path, "import sitecustomize, sys\nprint(sitecustomize.VALUE, '.strop' in str(sys.path))\n")
    assert (done.stdout, done.stderr) == ("7 False\n", "")


def test_warnings_as_errors_and_active_threads_do_not_notice(tmp_path: Path) -> None:
    program = (
        "import os, threading, time, warnings\n"
        "warnings.simplefilter('error')\n"
        "pid = os.fork()\n"
        "if not pid: os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1], threading.active_count())\n"
    )
    assert run(tmp_path, program).stdout == "0 1\n"


def test_the_source_is_python_3_8(tmp_path: Path) -> None:
    import ast

    tree, _ = profile_env("/work")
    (file,) = tree.values()
    ast.parse(file.content, feature_version=(3, 8))
    assert not file.writable


def test_the_environment_names_the_folders(tmp_path: Path) -> None:
    tree, env = profile_env("/work", {"PYTHONPATH": "src"})
    assert list(tree) == [".strop-profile/sitecustomize.py"]
    assert env["PYTHONPATH"] == "/work/.strop-profile:src"
    assert is_profile_file(env["STROP_PROFILE_PATH"].removeprefix("/work/") + ".1.2.json")
    assert not is_profile_file("out/result.json")
