"""Which backend is taken, and what is said about it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from strop import doctor
from strop.errors import ConfigError
from strop.extension import Backend, EnvironmentSpec, SandboxSpec
from strop.sandbox.backends import TOLERABLE, backends, open_backend
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.testing.sandboxes import BackendConformance, FakeBackend, exited

NOWHERE = "unix:///nonexistent/docker.sock"


def test_all_backends_are_listed_the_most_isolated_first() -> None:
    found = backends()
    assert [backend.name for backend in found] == ["docker", "bubblewrap", "process"]
    assert [backend.isolated for backend in found] == [True, True, False]
    assert all(isinstance(backend, Backend) for backend in found)


def test_process_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="bwrap is not on the PATH.*backend = 'process'"):
        open_backend("auto", report=lambda text: None)
    said: list[str] = []
    assert open_backend("process", report=said.append).name == "process"
    assert len(said) == 1 and "as asked for" in said[0]


def test_without_docker_auto_takes_bubblewrap_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    if not BubblewrapBackend().available().ok:
        pytest.skip("bubblewrap can't be used here")
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    said: list[str] = []
    assert open_backend("auto", report=said.append, allow_unsupported=True).name == "bubblewrap"
    assert len(said) == 1 and "no Docker engine" in said[0]


@pytest.fixture
def old_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No docker, and a bubblewrap that can't forbid new user namespaces."""
    real = shutil.which("bwrap")
    if real is None or not BubblewrapBackend().available().ok:
        pytest.skip("bubblewrap can't be used here")
    program = tmp_path / "bwrap"
    program.write_text(
        f'#!/bin/sh\n[ "$1" != --help ] && exec {real} "$@"\n{real} --help | grep -v disable-userns\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)


@pytest.mark.usefixtures("old_bubblewrap")
def test_auto_refuses_a_backend_with_a_gap_unless_the_job_allows_it() -> None:
    assert "user namespaces" in BubblewrapBackend().unsupported()
    with pytest.raises(ConfigError, match=r"can't contain user namespaces.*allow_unsupported = true"):
        open_backend("auto", report=lambda text: None)
    said: list[str] = []
    assert open_backend("auto", report=said.append, allow_unsupported=True).name == "bubblewrap"
    assert "not contained here: " in said[0] and "user namespaces" in said[0]
    assert open_backend("bubblewrap", report=said.append).name == "bubblewrap"
    assert "as asked for" in said[1] and "user namespaces" in said[1]


@pytest.mark.usefixtures("old_bubblewrap")
def test_doctor_tells_every_gap_and_what_auto_does(tmp_path: Path) -> None:
    rows = [row for row in doctor.diagnose(tmp_path, noise=False) if row.area == "sandbox"]
    gap = next(row for row in rows if row.detail.startswith("unsupported: user namespaces: "))
    assert gap.name == "bubblewrap" and gap.ok is None and "allow_unsupported = true" in gap.remedy
    told = {row.detail for row in rows if row.name == "bubblewrap"}
    for name, reason in BubblewrapBackend().unsupported().items():
        assert f"unsupported: {name}: {reason}" in told
    auto = next(row for row in rows if row.name == "auto")
    assert auto.ok is False and "user namespaces" in auto.detail
    (tmp_path / "strop.toml").write_text(
        '[commands]\nbenchmark = "true"\n[target]\nfiles = ["a.py"]\n[sandbox]\nallow_unsupported = true\n'
    )
    auto = next(row for row in doctor.diagnose(tmp_path, noise=False) if row.name == "auto")
    assert auto.ok is True and "user namespaces" in auto.detail


def test_gaps_that_hurt_nobody_are_no_reason_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = BubblewrapBackend()
    if not backend.available().ok or set(backend.unsupported()) - set(TOLERABLE):
        pytest.skip("bubblewrap can't be used here, or not fully")
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    said: list[str] = []
    open_backend("auto", report=said.append)
    assert all(name in said[0] for name in backend.unsupported())


def test_a_named_backend_that_can_not_work_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="start Docker"):
        open_backend("docker", report=lambda text: None)
    with pytest.raises(ConfigError, match="install bubblewrap"):
        open_backend("bubblewrap", report=lambda text: None)
    with pytest.raises(ConfigError, match="unknown 'podman'; allowed: auto, docker"):
        open_backend("podman", report=lambda text: None)  # type: ignore[arg-type]


def test_a_job_with_an_image_needs_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    with pytest.raises(ConfigError, match="image: needs docker"):
        open_backend("auto", report=lambda text: None, image=True)


def test_the_fake_keeps_the_parts_of_the_contract_that_need_no_shell() -> None:
    backend = FakeBackend(lambda sandbox, command, env: exited(3, "out", command))
    assert isinstance(backend, Backend)
    check = BackendConformance()
    environment = backend.prepare(EnvironmentSpec())
    check.test_is_available_and_says_why(backend)
    for path in ("/etc/passwd", "../x", "", "a//b"):
        check.test_paths_stay_below_work(backend.start(SandboxSpec(environment)), path)
    check.test_get_tree_has_caps(backend.start(SandboxSpec(environment)))
    check.test_close_twice_and_then_nothing(backend, environment)
    result = backend.start(SandboxSpec(environment)).exec(["a", "b"], output_bytes=4)
    assert (result.stdout, result.stderr, result.exit_code) == (b"out", b"a", 137)
