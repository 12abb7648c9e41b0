"""What the docker backend does beyond the contract of all."""

from __future__ import annotations

import platform
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strop.errors import ConfigError
from strop.extension import Environment, EnvironmentSpec, Limits, Outcome, SandboxSpec, TreeFile
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_container import container_options
from strop.testing.sandboxes import SMALL, BackendConformance, docker_backend_or_skip

pytestmark = pytest.mark.docker


@pytest.fixture
def backend() -> Iterator[DockerBackend]:
    backend = DockerBackend()
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


@pytest.fixture
def environment(backend: DockerBackend) -> Environment:
    return backend.prepare(EnvironmentSpec())


def test_the_candidate_is_nobody(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment))
    try:
        status = sandbox.exec("cat /proc/self/status; id").stdout.decode()
        for line in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert f"{line}:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
        assert "uid=1000 gid=1000 groups=1000" in status
        attack = "for p in /proc/[0-9]*; do kill -9 ${p#/proc/} 2>/dev/null; done; touch /x /opt/strop/x"
        sandbox.exec(attack)
        shown = sandbox.exec("cat /proc/1/environ; ls -l /proc/1/fd; python -c 'print(6 * 7)'; test ! -e /x")
        assert shown.stdout == b"42\n" and shown.ok
    finally:
        sandbox.close()


@pytest.mark.parametrize("family", [38, 40])
def test_sockets_past_the_network_namespace_are_refused(
    backend: DockerBackend, environment: Environment, family: int
) -> None:
    sandbox = backend.start(SandboxSpec(environment))
    try:
        kind = 5 if family == 38 else 1
        done = sandbox.exec(["python3", "-c", f"import socket; socket.socket({family}, {kind})"])
        assert b"PermissionError" in done.stderr
        assert sandbox.exec(["python3", "-c", "import socket; socket.socket()"]).ok
    finally:
        sandbox.close()


def test_setup_makes_an_image_that_is_found_again(backend: DockerBackend) -> None:
    spec = EnvironmentSpec(
        setup=(
            "cp given /opt/copied && id -u > /opt/who",
            "python -c 'import sys; print(sys.prefix)' > /opt/p",
        ),
        files={"given": TreeFile(b"snapshot")},
        env={"COLOUR": "green"},
    )
    first = backend.prepare(spec)
    assert backend.prepare(spec) == first
    assert backend.prepare(replace(spec, files={"given": TreeFile(b"other")})).id != first.id
    sandbox = backend.start(SandboxSpec(first))
    try:
        done = sandbox.exec("cat /opt/copied /opt/who /opt/p; echo $COLOUR; ls -A")
        assert done.stdout == b"snapshot0\n/opt/strop/env\ngreen\n"
    finally:
        sandbox.close()


@pytest.mark.slow
def test_a_users_own_container_of_our_image_is_left_alone(backend: DockerBackend) -> None:
    made = backend.prepare(EnvironmentSpec(setup=(f": {secrets.token_hex(8)}",)))  # not from the cache
    own = backend.client.containers.create(made.id, ["true"])
    try:
        # What it had of the setup's container would make it a leftover once this process is gone.
        assert own.labels["strop.owner"] == own.labels["strop.expires"] == ""
        backend.clean()
        own.reload()
    finally:
        own.remove(force=True)
        backend.client.images.remove(made.id, force=True)


def test_a_failing_setup_is_told(backend: DockerBackend) -> None:
    with pytest.raises(ConfigError, match=r"'echo reason; exit 4' failed \(exit code 4\)[^$]*reason"):
        backend.prepare(EnvironmentSpec(setup=("echo reason; exit 4",)))


def test_a_missing_image_is_told_with_the_remedy(backend: DockerBackend) -> None:
    with pytest.raises(ConfigError, match="STROP_BASE_IMAGE"):
        backend.prepare(EnvironmentSpec(image="localhost:1/strop/none:1"))


def test_a_dockerfile_is_built(backend: DockerBackend, environment: Environment) -> None:
    text = (
        f"FROM {environment.location}\nCOPY given /opt/given\nENV FROM_IMAGE=yes\nRUN echo run > /opt/run\n"
    )
    made = backend.prepare(EnvironmentSpec(dockerfile=text, files={"given": TreeFile(b"file")}))
    sandbox = backend.start(SandboxSpec(made))
    try:
        assert sandbox.exec("cat /opt/given /opt/run; echo $FROM_IMAGE").stdout == b"filerun\nyes\n"
    finally:
        sandbox.close()
    with pytest.raises(ConfigError, match="dockerfile"):
        backend.prepare(EnvironmentSpec(dockerfile=f"FROM {environment.location}\nRUN exit 7\n"))


def test_clean_removes_what_the_dead_left(backend: DockerBackend, environment: Environment) -> None:
    options = container_options(Limits(), {"strop.study": "test"})
    boot = options["labels"]["strop.owner"].split("_")[0]
    cases = {
        "dead": {"strop.owner": f"{boot}_1_1"},
        "expired": {"strop.expires": str(int(time.time()) - 1)},
        "elsewhere": {"strop.owner": "another-boot_1_1"},
        "alive": {},
    }
    made = {}
    try:
        for name, labels in cases.items():
            merged = {**options, "labels": {**options["labels"], **labels}}
            made[name] = backend.client.containers.create(environment.id, **merged)
        made["elsewhere"].start()
        assert backend.clean() >= 2
        left = {c.id for c in backend.client.containers.list(all=True, filters={"label": "strop.study=test"})}
        assert {name for name, container in made.items() if container.id in left} == {"elsewhere", "alive"}
    finally:
        for name in ("elsewhere", "alive"):
            made[name].remove(force=True)


def test_a_full_work_folder_ends_nothing_else(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, SMALL))
    try:
        assert not sandbox.exec("head -c 100000000 /dev/zero > big").ok
        assert sandbox.exec("rm -f big && echo ok").stdout == b"ok\n"
        shm = sandbox.exec("head -c 300000000 /dev/zero > /dev/shm/big")
        assert not shm.ok and shm.outcome in (Outcome.EXITED, Outcome.OUT_OF_MEMORY)
    finally:
        sandbox.close()


class TestWithoutPython(BackendConformance):
    """Images that have no Python are driven from outside."""

    runner_clock = False

    @pytest.fixture
    def backend(self) -> Iterator[DockerBackend]:
        backend = DockerBackend()
        try:
            docker_backend_or_skip(backend)
            yield backend
        finally:
            backend.close()

    @pytest.fixture
    def environment(self, backend: DockerBackend, tmp_path: Path) -> Environment:
        # The runner's interpreter is looked up as python3; the checks' own is kept under another name.
        base = backend.prepare(EnvironmentSpec())
        text = (
            f"FROM {base.location}\nUSER 0:0\nRUN rm -rf /opt/strop && mkdir -p /usr/local/test && "
            "mv $(readlink -f $(command -v python3)) /usr/local/test/python3 && rm -f /usr/bin/python3\n"
        )
        made = backend.prepare(EnvironmentSpec(dockerfile=text))
        assert "no Python" in made.note
        return replace(made, env={**made.env, "PATH": f"{made.env['PATH']}:/usr/local/test"})


def test_containers_of_other_kernels_are_pinned_to_nothing(
    backend: DockerBackend, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pace of this machine's CPU says nothing of theirs."""
    for kernel, here in ((platform.release(), True), ("6.6.12-other", False)):
        monkeypatch.setattr(platform, "release", lambda kernel=kernel: kernel)
        engine = DockerBackend(ahead=0)
        sandbox = engine.start(SandboxSpec(environment, Limits()))
        try:
            assert sandbox.pin(0) == here
        finally:
            sandbox.close()
            engine.close()
