"""The example jobs: they load, their tests pass, and knobs and rules change no result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from strop.agents.optimizers.rules import apply_sites, find_sites
from strop.job import Job, load_job

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(command: str, folder: Path, **env: str) -> str:
    """Return what a command prints in a folder; a failure shows its output."""
    # `python` is the one that runs the tests, whatever PATH says.
    path = f"{folder}:{os.environ['PATH']}"
    (folder / "python").unlink(missing_ok=True)
    (folder / "python").symlink_to(sys.executable)
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={"PATH": path, **env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def wordstats(tmp_path: Path) -> Path:
    return copied("wordstats", tmp_path)


@pytest.fixture
def ckernel(tmp_path: Path) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("the example in C needs gcc")
    return copied("ckernel", tmp_path)


def copied(name: str, folder: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.o", ".strop")
    shutil.copytree(EXAMPLES / name, folder / name, ignore=ignored)
    return folder / name


@pytest.mark.parametrize("name", ["wordstats", "ckernel"])
def test_the_job_measures_time_and_memory_and_has_knobs(name: str) -> None:
    job = load_job(EXAMPLES / name)
    assert [metric.name for metric in job.metrics] == ["wall_time", "cpu_time", "peak_memory"]
    assert job.knobs
    for pattern in job.target.files:
        assert list((EXAMPLES / name).glob(pattern)), pattern


def test_wordstats_prints_the_same_whatever_the_chunk_and_the_hash_seed(wordstats: Path) -> None:
    job = load_job(wordstats)
    run(job.commands.test, wordstats)
    plain = run(job.commands.benchmark, wordstats, PYTHONHASHSEED="1")
    assert "checksum" in plain
    assert run(job.commands.benchmark, wordstats, PYTHONHASHSEED="2", WORDSTATS_CHUNK="7") == plain


def test_the_default_of_wordstats_knob_is_the_programs_own(wordstats: Path) -> None:
    printed = run("python -c 'import wordstats; print(wordstats.chunk_size())'", wordstats)
    assert int(printed) == load_job(wordstats).knob("chunk").default


def test_rules_know_three_slow_spots_of_wordstats_and_break_nothing(wordstats: Path) -> None:
    job = load_job(wordstats)
    before = run(job.commands.benchmark, wordstats)
    found: set[tuple[str, str]] = set()
    for file in sorted(wordstats.glob("wordstats/*.py")):
        source = file.read_text(encoding="utf-8")
        sites = find_sites(source)
        found |= {(file.name, site.function) for site in sites}
        changed, _ = apply_sites(source, [site.key for site in sites])
        file.write_text(changed, encoding="utf-8")
    slow = {("tokens.py", "drop_stopwords"), ("counting.py", "vocabulary"), ("counting.py", "count_words")}
    assert slow <= found
    run(job.commands.test, wordstats)
    assert run(job.commands.benchmark, wordstats) == before


def test_the_tests_of_wordstats_notice_a_wrong_count(wordstats: Path) -> None:
    file = wordstats / "wordstats" / "counting.py"
    file.write_text(file.read_text(encoding="utf-8").replace("words.count(word)", "1"), encoding="utf-8")
    with pytest.raises(AssertionError, match="FAILED"):
        run(load_job(wordstats).commands.test, wordstats)


def built(job: Job, folder: Path, **values: str) -> None:
    """Build the kernel with the defaults of the knobs, or other values of some."""
    command = job.commands.build
    for knob in job.knobs:
        command = command.replace(f"{{{knob.name}}}", values.get(knob.name, knob.text(knob.default)))
    run(command, folder)


def test_the_kernel_gives_the_same_bits_with_all_flags(ckernel: Path) -> None:
    job = load_job(ckernel)
    built(job, ckernel)
    run(job.commands.test, ckernel)
    plain = run("./bench 120 4", ckernel)
    assert "checksum" in plain
    for level in ("-O2", "-O3"):
        built(job, ckernel, opt=level, unroll="-funroll-loops", vectorize="-ftree-vectorize", block="48")
        run(job.commands.test, ckernel)
        assert run("./bench 120 4", ckernel) == plain


def test_the_check_of_the_kernel_notices_a_wrong_sum(ckernel: Path) -> None:
    job = load_job(ckernel)
    file = ckernel / "kernel.c"
    file.write_text(
        file.read_text(encoding="utf-8").replace("k < k1; k++", "k + 1 < k1; k++"), encoding="utf-8"
    )
    built(job, ckernel)
    with pytest.raises(AssertionError, match="not"):
        run(job.commands.test, ckernel)


def test_sqlite_prints_the_same_whatever_its_pragmas(tmp_path: Path) -> None:
    folder = copied("sqlite", tmp_path)
    job = load_job(folder)
    assert job.objective.name == "wall_time" and job.sandbox.scratch_mb
    plain = run(job.commands.benchmark, folder)
    assert plain.startswith("orders 3000 total ")
    others = {
        "SQLITE_JOURNAL": "wal",
        "SQLITE_PAGE_SIZE": "16384",
        "SQLITE_INDEX": "1",
        "SQLITE_LOCKING": "exclusive",
    }
    assert run(job.commands.benchmark, folder, **others, STROP_SCRATCH=str(tmp_path)) == plain
    assert "'off'" not in job.knob_problem({"journal": "wal", "mmap": 0, "index": True})
    for unsafe in (
        {"synchronous": "off"},
        {"journal": "memory"},
        {"synchronous": "normal", "journal": "wal"},
    ):
        assert "does not hold" in job.knob_problem(unsafe)
