"""Every backend contains every hostile program, or names why it can't on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.extension import Backend
from strop.hostile import CONTAINED, InsideCase, run_inside
from strop.hostile.inside import INSIDE
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.testing.sandboxes import docker_backend_or_skip

pytestmark = pytest.mark.slow

CASES = pytest.mark.parametrize("case", INSIDE, ids=lambda case: f"{case.number:02}-{case.program[:-3]}")


@pytest.fixture(scope="module")
def bubblewrap() -> Backend:
    backend = BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    return backend


@pytest.fixture(scope="module")
def docker() -> Iterator[Backend]:
    backend = DockerBackend()
    try:
        yield docker_backend_or_skip(backend)
    finally:
        backend.close()


@CASES
def test_bubblewrap_contains_it_or_says_why_not(
    bubblewrap: Backend, case: InsideCase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = run_inside(bubblewrap, case)
    assert not row.escaped, row
    assert row.verdict == CONTAINED or row.verdict.removeprefix("unsupported: ") in {
        *bubblewrap.unsupported().values()
    }
    assert row.where == "bubblewrap" and row.seconds >= 0 and row.detail


@pytest.mark.docker
@CASES
def test_docker_contains_it(docker: Backend, case: InsideCase) -> None:
    row = run_inside(docker, case)
    assert row.verdict == CONTAINED, row
    assert row.where == "docker" and row.detail
