"""What `strop knobs` finds in a repository, and what it writes into the job file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strop.cli import main
from strop.detect_knobs import FoundKnob, find_knobs
from strop.detect_tree import Tree
from strop.errors import ConfigError
from strop.job import Knob, load_job
from strop.sandbox.literals import literals, set_literal
from strop.testing.repositories import make_repository

CODE = '''\
"""A program."""

import argparse
import os

BLOCK_SIZE = 64 * 1024
CACHE = 1 << 20
USE_CACHE = True
RATE: float = 0.25
PORT = 8080  # a fact
GREETING = "hello"
threads = int(os.environ.get("APP_THREADS", "4"))
name = os.environ.get("APP_NAME", "x")
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--mode", choices=["fast", "safe"], default="safe")
parser.add_argument("--verbose", action="store_true", default=False)


def local():
    LIMIT = 5
    return LIMIT
'''


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def found_in(folder: Path) -> dict[str, FoundKnob]:
    return {one.name: one for one in find_knobs(Tree(folder))}


def test_constants_options_and_the_environment(tmp_path: Path) -> None:
    found = found_in(write(tmp_path, app_dot_py=CODE))
    assert list(found) == ["BLOCK_SIZE", "CACHE", "USE_CACHE", "RATE", "APP_THREADS", "batch_size", "mode"]
    block = found["BLOCK_SIZE"]
    assert (block.default, block.keys["low"], block.keys["high"]) == (65536, 8192, 524288)
    assert block.how == "write into app.py:6: BLOCK_SIZE = 65536  # strop: int 8192..524288 log"
    assert found["RATE"].keys == {
        "type": "float",
        "low": 0.025,
        "high": 1.0,
        "log": True,
        "literal": "app.py",
    }
    assert found["USE_CACHE"].keys["type"] == "bool" and found["APP_THREADS"].keys["env"] == "APP_THREADS"
    assert found["mode"].keys == {"type": "categorical", "choices": ["fast", "safe"]}
    assert found["batch_size"].how == "write --batch-size {batch_size} into the command"


def test_config_files_flags_and_annotations(tmp_path: Path) -> None:
    found = found_in(
        write(
            tmp_path,
            conf__app_dot_toml="[server]\nworkers = 4\nport = 80\n",
            settings_dot_json='{"cache": {"size": 100, "name": "x"}}',
            app_dot_ini="[db]\npool_size = 5\n",
            Makefile="CFLAGS = -O2 -Wall\n",
            kernel_dot_c="static const int TILE = 16;  // strop: int 4..64 log\n",
            broken_dot_json="{",
            pyproject_dot_toml="[tool.x]\nbatch_size = 3\n",
            tests__test_app_dot_py="BATCH = 4\n",
        )
    )
    assert set(found) == {"workers", "size", "pool_size", "opt", "TILE"}
    assert (
        found["workers"].keys["key"] == "server.workers" and found["workers"].keys["file"] == "conf/app.toml"
    )
    assert found["size"].keys["key"] == "cache.size" and found["pool_size"].default == 5
    assert found["opt"].keys["choices"] == ["-O2", "-O1", "-O3"] and found["opt"].where == "Makefile:1"
    assert found["TILE"].kind == "annotated" and found["TILE"].keys["high"] == 64


def test_settings_of_one_name_are_told_apart_by_section_and_module(tmp_path: Path) -> None:
    option = "p.add_argument('--batch-size', type=int, default={})\n"
    folder = write(
        tmp_path,
        app_dot_ini="[db]\npool_size = 5\n[cache]\npool_size = 7\n",
        b_dot_ini="[db]\npool_size = 9\n[cache]\npool_size = 11\n",
        lru_dot_py="SIZE = 64\nn = os.getenv('THREADS', '4')\n" + option.format(8),
        src__tree_dot_py="SIZE = 32  # strop: int 8..64\nn = os.getenv('THREADS', '2')\n" + option.format(16),
        Makefile="CFLAGS = -O2\nDEBUG = -O3\n",
    )
    found = found_in(folder)
    assert {name: one.default for name, one in found.items()} == {
        "SIZE": 64, "THREADS": 4, "batch_size": 8, "tree_SIZE": 32, "tree_batch_size": 16, "pool_size": 5,
        "cache_pool_size": 7, "db_pool_size": 9, "b_cache_pool_size": 11, "opt": "-O2",
    }  # fmt: skip
    assert found["cache_pool_size"].keys["key"] == "cache.pool_size"
    assert found["tree_batch_size"].how == "write --batch-size {tree_batch_size} into the command"
    tree = found["tree_SIZE"]
    knob, text = Knob(name=tree.name, default=tree.default, **tree.keys), (folder / "src/tree.py").read_text()
    assert set_literal(text, "src/tree.py", knob, 16).startswith("SIZE = 16  # strop")
    with pytest.raises(ConfigError, match="no annotated literal of that name"):
        set_literal(text, "src/other.py", knob, 16)  # that file's name is another


def test_options_of_typer_and_click(tmp_path: Path) -> None:
    code = (
        "from typing import Annotated\nimport click, typer\n\n"
        "def main(batch_size: int = typer.Option(64, '--batch'), depth: int = typer.Option(3),\n"
        "         pool: Annotated[int, typer.Option('--pool-size', help='x')] = 8,\n"
        "         *, window: Annotated[int, typer.Option()] = 16,\n"
        "         name: str = typer.Option('x')) -> None: ...\n\n"
        "@click.command()\n@click.option('--engine', type=click.Choice(['lz4', 'zstd']), default='zstd')\n"
        "@click.option('--level', default=5)\ndef other(engine, level): ...\n"
    )
    found = found_in(write(tmp_path, app_dot_py=code))
    assert {name: one.default for name, one in found.items()} == {
        "batch": 64, "depth": 3, "pool_size": 8, "window": 16, "engine": "zstd", "level": 5
    }  # fmt: skip
    assert found["engine"].keys["choices"] == ["lz4", "zstd"]
    assert found["window"].how == "write --window {window} into the command"


def test_constants_of_other_languages_yaml_and_switches(tmp_path: Path) -> None:
    found = found_in(
        write(
            tmp_path,
            kernel_dot_c="#define BLOCK_SIZE 64\n#define PORT 80\nstatic const unsigned TILE = 16u;\n"
            "int x = 3;\n#define WIDTH (1 + 2)\n",
            lib_dot_rs="const CHUNK: usize = 4_096;\n",
            Makefile="CFLAGS = -O2 -ffast-math -march=native -flto=auto\n",
            conf__app_dot_yaml="server:\n  workers: 4  # of them\n  use_cache: true\n  name: x\n"
            "list:\n  - pool: 3\n",
            mkdocs_dot_yml="depth: 3\n",
            several_dot_yaml="a:\n  workers: 4\n---\nb:\n  batch: 5\n",  # no one of them can be edited
        )
    )
    assert {name: one.default for name, one in found.items()} == {
        "BLOCK_SIZE": 64, "TILE": 16, "CHUNK": 4096, "workers": 4, "use_cache": True, "opt": "-O2",
        "fast_math": "-ffast-math",
    }  # fmt: skip
    assert found["BLOCK_SIZE"].how == "write into kernel.c:1: #define BLOCK_SIZE 64  // strop: int 8..512 log"
    assert (
        found["workers"].keys["key"] == "server.workers" and found["workers"].keys["file"] == "conf/app.yaml"
    )
    for name in ("BLOCK_SIZE", "TILE", "CHUNK"):  # what is to be written is understood
        line = found[name].how.split(": ", 1)[1]
        (knob,) = literals(line + "\n", "kernel.c")
        assert (knob.name, knob.default) == (name, found[name].default)


def test_knobs_are_added_to_the_job_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = make_repository(tmp_path / "r")
    write(repository, app_dot_py=CODE)
    assert main(["knobs", "-C", str(repository), "--add", "APP_THREADS", "--add", "mode"]) == 0
    assert "mode: write --mode {mode} into the command" in capsys.readouterr().out
    knobs = {knob.name: knob for knob in load_job(repository).knobs}
    assert knobs["APP_THREADS"].env == "APP_THREADS" and knobs["APP_THREADS"].default == 4
    assert knobs["mode"].choices == ("fast", "safe")
    assert main(["knobs", "-C", str(repository)]) == 0
    assert "mode (in the job)" in capsys.readouterr().out
    before = (repository / "strop.toml").read_text(encoding="utf-8")
    for name, message in (
        ("mode", "has a knob of that name"),
        ("nothing", "not found here; found: BLOCK_SIZE"),
    ):
        assert main(["knobs", "-C", str(repository), "--add", name]) == 2
        assert message in capsys.readouterr().err
    assert main(["knobs", "-C", str(repository), "--add", "BLOCK_SIZE"]) in (0, 2)
    assert (repository / "strop.toml").read_text(encoding="utf-8").startswith(before)


def test_json_has_what_a_job_file_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, app_dot_py=CODE)
    assert main(["knobs", "-C", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[4]["knob"] == {
        "name": "APP_THREADS", "type": "int", "low": 1, "high": 32, "env": "APP_THREADS", "default": 4,
    }  # fmt: skip
    (tmp_path / "empty").mkdir()
    assert main(["knobs", "-C", str(tmp_path / "empty")]) == 0
    assert "nothing here looks like a knob" in capsys.readouterr().out


SETTINGS = """\
name,setting,unit,category,short_desc,context,vartype,min_val,max_val,enumvals
work_mem,4096,kB,Resource Usage / Memory,"Sets the memory, at most.",user,integer,64,2147483647,
commit_delay,0,,Write-Ahead Log / Settings,Sets the delay.,superuser,integer,0,100000,
random_page_cost,4,,Query Tuning / Planner Cost Constants,,user,real,0,1.79769e+308,
jit,on,,Query Tuning / Other Planner Options,Allow JIT compilation.,user,bool,,,
wal_compression,off,,Write-Ahead Log / Settings,,superuser,enum,,,"{pglz,lz4,on,off}"
fsync,on,,Write-Ahead Log / Settings,,sighup,bool,,,
port,5432,,Connections and Authentication / Connection Settings,,postmaster,integer,1,65535,
block_size,8192,,Preset Options,,internal,integer,8192,8192,
broken,x,,Query Tuning / Other,,user,integer,1,9,
"""


def test_a_table_of_pg_settings_has_knobs_but_for_safety_and_places(tmp_path: Path) -> None:
    (tmp_path / "pg_settings.csv").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "other.csv").write_text("name,setting\na,1\n", encoding="utf-8")
    found = {one.name: one for one in find_knobs(Tree(tmp_path))}
    assert list(found) == ["work_mem", "commit_delay", "random_page_cost", "jit", "wal_compression"]
    memory = found["work_mem"]
    assert (memory.kind, memory.where, memory.default) == ("pg_settings", "pg_settings.csv:2", 4096)
    assert memory.keys == {
        "type": "int", "log": True, "low": 64, "high": 262144, "unit": "kB",
        "doc": "Sets the memory, at most.",
    }  # fmt: skip
    assert memory.how == "start the server with -c work_mem={work_mem}"
    assert found["commit_delay"].default == 0 and found["commit_delay"].keys["special"] == [0]
    assert found["wal_compression"].keys["choices"] == ["pglz", "lz4", "on", "off"]
    for one in found.values():
        Knob.model_validate({"name": one.name, "default": one.default, **one.keys})
