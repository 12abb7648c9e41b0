"""The wheel holds everything, and works from a new environment."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("agents", "sandbox", "benchmarks", "prompts")


def test_every_folder_is_packaged() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(config["tool"]["setuptools"]["packages"])
    found = {
        "strop." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in ROOMS
        for path in (ROOT / folder).rglob("__init__.py")
        if not path.is_relative_to(ROOT / "benchmarks" / "tasks")
    }
    found |= {
        ".".join(path.parent.relative_to(ROOT / "src").parts)
        for path in (ROOT / "src" / "strop").glob("*/__init__.py")
        if not path.parent.is_symlink()
    }
    assert found <= listed


def test_rooms_are_linked_for_type_checkers() -> None:
    for room in ROOMS:
        link = ROOT / "src" / "strop" / room
        assert link.is_symlink() and link.resolve() == ROOT / room


@pytest.mark.slow
def test_wheel_works_from_a_new_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for prompt in (ROOT / "prompts").rglob("*.md"):
        assert f"strop/prompts/{prompt.relative_to(ROOT / 'prompts').as_posix()}" in names
    # The dependencies come from the running environment: what is tested is the wheel.
    venv.create(tmp_path / "env", with_pip=False, system_site_packages=False)
    target = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    zipfile.ZipFile(wheel).extractall(target)
    site = [p for p in sys.path if p.endswith("site-packages")]
    (target / "running.pth").write_text("\n".join(site), encoding="utf-8")
    python = tmp_path / "env" / "bin" / "python"
    code = (
        "import json, strop, strop.prompts, strop.cli, strop.running; "
        "print(json.dumps([strop.__file__, strop.prompts.load('coder/task')[:10]]))"
    )
    done = subprocess.run(
        [python, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    where, prompt_text = json.loads(done.stdout)
    assert str(tmp_path) in where and prompt_text
    done = subprocess.run(
        [python, "-m", "strop.cli", "bench", "list", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    suites = json.loads(done.stdout)
    assert {"kernels", "pycode", "constructions", "tuning"} <= set(suites)
    assert all(str(tmp_path) in row["folder"] for rows in suites.values() for row in rows)
    assert {path.parent.name for path in (ROOT / "benchmarks" / "tasks").glob("*/*/task.toml")} == {
        row["task"] for rows in suites.values() for row in rows
    }
