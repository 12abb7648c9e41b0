"""Which backend is taken, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from strop.errors import ConfigError
from strop.extension import Backend, EnvironmentSpec, SandboxSpec
from strop.sandbox.backends import backends, open_backend
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
    assert open_backend("auto", report=said.append).name == "bubblewrap"
    assert len(said) == 1 and "no Docker engine" in said[0]


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
