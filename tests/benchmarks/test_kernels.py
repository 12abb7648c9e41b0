"""Kernels: the work is known, the output does not depend on it, and the jobs are sound."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from strop.benchmarks.self.kernels import (
    CALLS,
    KERNELS,
    KINDS,
    WARMUPS,
    Kernel,
    comment,
    job_of,
    version,
    write,
)

each = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


def printed(folder: Path, script: str, seed: int) -> list[str]:
    command = [sys.executable, "-B", script, str(seed)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@each
def test_the_output_depends_on_the_seed_and_not_on_the_rounds(kernel: Kernel, tmp_path: Path) -> None:
    folder = write(kernel, tmp_path / "repository")
    first, other = printed(folder, "bench.py", 1), printed(folder, "bench.py", 2)
    assert len(first) == CALLS
    assert first != other or kernel.name in ("primes", "words")  # few different results
    for candidate in (version(kernel, 0.9), version(kernel, 1.2), comment(kernel, 7)):
        text = candidate.edits[0].text
        assert text is not None and text != kernel.source(kernel.rounds)
        (folder / candidate.edits[0].path).write_text(text, encoding="utf-8")
        assert printed(folder, "bench.py", 1) == first


@each
def test_rounds_are_the_work(kernel: Kernel) -> None:
    def rounds(candidate: str | None) -> int:
        assert candidate is not None
        return int(candidate.split("ROUNDS = ")[1].split()[0])

    assert rounds(version(kernel, 0.9).edits[0].text) == pytest.approx(0.9 * kernel.rounds)
    assert rounds(version(kernel, 1.2).edits[0].text) == pytest.approx(1.2 * kernel.rounds)
    assert rounds(comment(kernel, 3).edits[0].text) == kernel.rounds
    # Of a process that is half start-up, a tenth less is a fifth of the rounds less.
    assert rounds(version(kernel, 0.9, startup=0.5).edits[0].text) == pytest.approx(0.8 * kernel.rounds)
    assert comment(kernel, 1).id != comment(kernel, 2).id
    with pytest.raises(ValueError, match="at least 1"):
        version(kernel, 0.4, startup=0.5)


@each
@pytest.mark.parametrize("kind", KINDS)
def test_jobs_measure_the_kernel_on_seeds(kernel: Kernel, kind: str, tmp_path: Path) -> None:
    job = job_of(kernel, kind, backend="process", metric="cpu_time")  # type: ignore[arg-type]
    assert job.objective.name == "cpu_time"
    assert (job.calls is None) == (kind == "command")
    command = job.commands.benchmark if job.calls is None else job.calls.inputs
    assert "{seed}" in command
    assert bool(job.commands.setup) == (kernel.library == "numpy")
    inputs = printed(write(kernel, tmp_path / "repository"), "inputs.py", 3)
    assert len({json.dumps(json.loads(line)) for line in inputs}) == CALLS + WARMUPS
