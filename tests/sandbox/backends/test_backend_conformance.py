"""Every backend keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.extension import Backend, Environment, EnvironmentSpec, Limits
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.cgroups import make_group
from strop.sandbox.docker import DockerBackend
from strop.sandbox.process import ProcessBackend
from strop.testing.sandboxes import BackendConformance, docker_backend_or_skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def _prepare(backend: Backend, cache: Path) -> Environment:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        return backend.prepare(EnvironmentSpec())


def _memory_has_a_group() -> bool:
    group = make_group(Limits())
    group.remove()
    return "memory" in group.limited


class TestProcess(BackendConformance):
    holds = False
    memory_is_typed = _memory_has_a_group()

    @pytest.fixture
    def backend(self) -> Backend:
        return ProcessBackend()

    @pytest.fixture
    def environment(self, backend: Backend, cache: Path) -> Environment:
        return _prepare(backend, cache)


class TestBubblewrap(BackendConformance):
    memory_is_typed = _memory_has_a_group()

    @pytest.fixture
    def backend(self) -> Backend:
        backend = BubblewrapBackend()
        found = backend.available()
        if not found.ok:
            pytest.skip(found.reason)
        return backend

    @pytest.fixture
    def environment(self, backend: Backend, cache: Path) -> Environment:
        return _prepare(backend, cache)


class TestBubblewrapThatMountsAlone(TestBubblewrap):
    """Where only bubblewrap itself may make namespaces."""

    @pytest.fixture
    def backend(self) -> Backend:
        backend = BubblewrapBackend(own_mounts=False)
        found = backend.available()
        if not found.ok:
            pytest.skip(found.reason)
        return backend


@pytest.mark.docker
class TestDocker(BackendConformance):
    @pytest.fixture
    def backend(self) -> Iterator[Backend]:
        backend = DockerBackend()
        try:
            yield docker_backend_or_skip(backend)
        finally:
            backend.close()

    @pytest.fixture
    def environment(self, backend: Backend, cache: Path) -> Environment:
        return _prepare(backend, cache)
