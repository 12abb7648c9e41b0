"""Sandboxes made ahead are never used ones, bounded, out of the way of what is timed, and end with us."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from strop.errors import DaemonError
from strop.extension import Environment, EnvironmentSpec, Limits, SandboxSpec, TreeFile
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_pool import Pool
from strop.sandbox.measure.quiet import quiet
from strop.testing.sandboxes import SMALL, FakeSandbox, docker_backend_or_skip, exited

SPEC = SandboxSpec(Environment("docker", "sha256:1", "x"), labels={"strop.study": "a"})
WAIT_S = 300  # others on this machine may be timing something


class Maker:
    """Makes sandboxes in memory, and remembers them."""

    def __init__(self) -> None:
        self.made: list[tuple[SandboxSpec, FakeSandbox]] = []
        self.error: Exception | None = None

    def __call__(self, spec: SandboxSpec) -> FakeSandbox:
        if self.error is not None:
            raise self.error
        self.made.append((spec, FakeSandbox(lambda sandbox, command, env: exited())))
        return self.made[-1][1]

    @property
    def open(self) -> int:
        return sum(not sandbox.closed for _, sandbox in self.made)


def _until(pool: Pool, condition: Callable[[], bool]) -> None:
    with pool._changed:
        assert pool._changed.wait_for(lambda: condition() and not pool._busy, WAIT_S)


def _waiting(pool: Pool) -> int:
    return sum(len(kind.ready) for kind in pool._kinds.values())


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def pool(maker: Maker) -> Iterator[Pool]:
    pool = Pool(maker)
    yield pool
    pool.close()


def test_who_starts_one_pays_for_one(pool: Pool, maker: Maker) -> None:
    pool.take(SPEC)
    assert pool._thread is None and len(maker.made) == 1


def test_two_wait_and_nobody_gets_one_twice(pool: Pool, maker: Maker) -> None:
    taken = [pool.take(SPEC), pool.take(SPEC)]
    _until(pool, lambda: _waiting(pool) == 2)
    assert len(maker.made) == 4
    for _ in range(3):
        taken.append(pool.take(SPEC))
        _until(pool, lambda: _waiting(pool) == 2)
    assert len({id(sandbox) for sandbox in taken}) == 5
    assert maker.made[2][1] is taken[2], "the oldest first"


def test_other_limits_labels_or_rights_are_another_kind(pool: Pool, maker: Maker) -> None:
    pool.take(SPEC), pool.take(SPEC)
    _until(pool, lambda: _waiting(pool) == 2)
    for other in (
        replace(SPEC, limits=Limits(pids=17)),
        replace(SPEC, labels={"strop.study": "b"}),
        replace(SPEC, profiling="perf"),
        replace(SPEC, runtime="runsc"),
        replace(SPEC, environment=Environment("docker", "sha256:2", "x")),
        replace(SPEC, environment=Environment("docker", "sha256:1", "x", {"A": "b"})),
    ):
        taken = pool.take(other)
        assert next(spec for spec, sandbox in maker.made if sandbox is taken) == other
    assert _waiting(pool) == 2


def test_at_most_four_wait_and_the_latest_kinds_count(pool: Pool, maker: Maker) -> None:
    kinds = [replace(SPEC, limits=Limits(pids=20 + n)) for n in range(3)]
    taken = [pool.take(kind) for kind in kinds for _ in range(2)]
    _until(pool, lambda: pool._surplus() is None and pool._missing() is None)
    assert [len(kind.ready) for kind in pool._kinds.values()] == [0, 2, 2]
    assert maker.open == len(taken) + 4


def test_one_that_ended_while_it_waited_is_not_handed_out(pool: Pool, maker: Maker) -> None:
    pool.take(SPEC), pool.take(SPEC)
    _until(pool, lambda: _waiting(pool) == 2)
    for _, sandbox in maker.made:
        sandbox.close()
    taken = pool.take(SPEC)
    taken.put({"a": TreeFile(b"x")})


def test_errors_of_the_background_are_met_by_who_starts_the_next(pool: Pool, maker: Maker) -> None:
    pool.take(SPEC)
    maker.error = DaemonError("no daemon")
    for _ in range(2):
        with pytest.raises(DaemonError, match="no daemon"):
            pool.take(SPEC)
    maker.error = None
    pool.take(SPEC), pool.take(SPEC)
    _until(pool, lambda: _waiting(pool) == 2)


def test_close_removes_what_waits_and_makes_no_more(pool: Pool, maker: Maker) -> None:
    taken = [pool.take(SPEC), pool.take(SPEC)]
    _until(pool, lambda: _waiting(pool) == 2)
    pool.close()
    assert maker.open == len(taken)
    assert not any(getattr(sandbox, "closed", True) for sandbox in taken)
    last = pool.take(SPEC)
    pool.close()
    assert maker.made[-1][1] is last and maker.open == 3


def test_off_is_off(maker: Maker) -> None:
    pool = Pool(maker, ahead=0)
    for _ in range(3):
        pool.take(SPEC)
    assert pool._thread is None and len(maker.made) == 3


def test_nothing_is_made_while_something_is_timed(pool: Pool, maker: Maker) -> None:
    pool.take(SPEC)
    with quiet():
        # The thread has to wait, and whoever holds the lock never waits for the thread.
        for _ in range(3):
            pool.take(SPEC)
        assert pool._thread is not None and not pool._busy
        assert len(maker.made) == 4
        other = Pool(maker)
        other.take(SPEC), other.take(SPEC)
        other.close()
        assert len(maker.made) == 6
    _until(pool, lambda: _waiting(pool) == 2)


# --- with an engine ----------------------------------------------------------------------------


@pytest.fixture
def backend() -> Iterator[DockerBackend]:
    backend = DockerBackend()
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


def _containers(backend: DockerBackend, study: str) -> dict[str, Any]:
    filters = {"label": f"strop.study={study}"}
    return {str(c.id): c for c in backend.client.containers.list(all=True, filters=filters)}


@pytest.mark.docker
def test_containers_ahead_are_used_once_and_none_is_left(backend: DockerBackend) -> None:
    spec = SandboxSpec(backend.prepare(EnvironmentSpec()), SMALL, {"strop.study": "pool-test"})
    pool = backend._pool
    seen: set[bytes] = set()
    for round_ in range(4):
        sandbox = backend.start(spec)
        seen.add(sandbox.exec("hostname; test ! -e used && touch used /tmp/used && echo unused").stdout)
        sandbox.close()
        if round_:
            _until(pool, lambda: _waiting(pool) == 2)
    assert len(seen) == 4 and all(b"unused" in text for text in seen)
    ahead = _containers(backend, "pool-test")
    assert len(ahead) == 2
    for container in ahead.values():
        assert {"strop.owner", "strop.expires"} <= set(container.labels)
    next(iter(ahead.values())).kill()
    next_one = backend.start(spec)
    assert next_one.exec("echo hi").stdout == b"hi\n"
    next_one.close()
    backend.close()
    assert not _containers(backend, "pool-test")


OWNER = """
import sys
from strop.extension import EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.docker import DockerBackend

backend = DockerBackend()
limits = Limits(scratch_bytes=1 << 20)
spec = SandboxSpec(backend.prepare(EnvironmentSpec()), limits, {"strop.study": sys.argv[1]})
sandboxes = [backend.start(spec), backend.start(spec)]
pool = backend._pool
with pool._changed:
    pool._changed.wait_for(lambda: sum(len(kind.ready) for kind in pool._kinds.values()) == 2)
print("ready", flush=True)
sys.stdin.read()
"""


def _volumes(backend: DockerBackend, study: str) -> list[Any]:
    return list(backend.client.volumes.list(filters={"label": f"strop.study={study}"}))


@pytest.mark.docker
@pytest.mark.parametrize("end", ["killed", "by itself"])
def test_what_an_owner_made_ends_with_it(backend: DockerBackend, end: str) -> None:
    study = f"owner-{end.replace(' ', '-')}"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, study], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdin is not None and owner.stdout is not None
    with owner:
        assert owner.stdout.readline() == b"ready\n"
        assert len(_containers(backend, study)) == 4 and len(_volumes(backend, study)) == 4
        backend.clean()
        assert len(_containers(backend, study)) == 4, "of the living nothing is taken"
        if end == "killed":
            owner.send_signal(signal.SIGKILL)
        owner.stdin.close()
        owner.wait(WAIT_S)
    if end == "by itself":  # what was ahead is gone; what it left open is a leftover
        assert len(_containers(backend, study)) == 2
    assert backend.clean() >= 2
    assert not _containers(backend, study) and not _volumes(backend, study)


@pytest.mark.docker
def test_a_volume_without_its_container_is_removed(backend: DockerBackend) -> None:
    from strop.sandbox.docker_container import container_options
    from strop.sandbox.owner import Owner

    labels = container_options(Limits(), {"strop.study": "volume-test"})["labels"]
    dead = str(replace(Owner.current(), pid=1, start=1))
    backend.client.volumes.create(labels={**labels, "strop.owner": dead})
    kept = backend.client.volumes.create(labels=labels)
    try:
        assert len(_volumes(backend, "volume-test")) == 2
        assert backend.clean() >= 1
        assert [volume.id for volume in _volumes(backend, "volume-test")] == [kept.id]
    finally:
        kept.remove()


@pytest.mark.docker
def test_starting_while_timed_waits_for_nobody(backend: DockerBackend) -> None:
    spec = SandboxSpec(backend.prepare(EnvironmentSpec()), SMALL, {"strop.study": "quiet-test"})
    done: list[bytes] = []

    def measure() -> None:
        with quiet():
            for _ in range(3):
                sandbox = backend.start(spec)
                done.append(sandbox.exec("echo x").stdout)
                sandbox.close()
            assert not _containers(backend, "quiet-test")

    thread = threading.Thread(target=measure, daemon=True)
    thread.start()
    thread.join(WAIT_S)
    assert done == [b"x\n"] * 3 and not thread.is_alive()
