"""A container that is not what was asked for does not start, whatever the engine says when it makes it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from strop.errors import ConfigError, SandboxError
from strop.extension import Environment, EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_attest import CHECKS, attest
from strop.sandbox.docker_container import CAPABILITIES, TEMP, WORK, container_options
from strop.sandbox.seccomp import container_profile
from strop.testing.sandboxes import docker_backend_or_skip

IMAGE = "sha256:1"


def _options(limits: Limits | None = None, **changes: Any) -> dict[str, Any]:
    options = container_options(
        limits or Limits(cpus=1.5), {"strop.study": "s"}, seccomp=container_profile(), runtime="runsc"
    )
    return {**options, **changes}


def _docker(options: Mapping[str, Any]) -> dict[str, Any]:
    """What Docker 20.10 says of such a container: the shape was recorded from one."""
    return {
        "Image": IMAGE,
        "HostConfig": {
            "Binds": None,
            "CapAdd": ["CAP_" + name for name in options["cap_add"]],
            "CapDrop": options["cap_drop"],
            "DeviceRequests": None,
            "Devices": None,
            "Init": True,
            "IpcMode": "private",
            "LogConfig": {"Type": "json-file", "Config": {"max-file": "1", "max-size": "1m"}},
            "Memory": options["mem_limit"],
            "MemorySwap": options["memswap_limit"],
            "NanoCpus": 1_500_000_000,
            "NetworkMode": "none",
            "OomScoreAdj": 500,
            "PidMode": "",
            "PidsLimit": options["pids_limit"],
            "Privileged": False,
            "ReadonlyRootfs": True,
            "Runtime": options["runtime"],
            "SecurityOpt": list(reversed(options["security_opt"])),
            "ShmSize": options["shm_size"],
            "Tmpfs": dict(reversed(options["tmpfs"].items())),
            "Ulimits": [
                {"Name": u["Name"], "Hard": u["Hard"], "Soft": u["Soft"]} for u in options["ulimits"]
            ],
        },
        "Config": {
            "Cmd": options["command"],
            "Entrypoint": ["sleep"],
            "Env": ["PATH=/bin", "HTTP_PROXY=of-the-image"],
            "Healthcheck": {"Test": ["NONE"]},
            "Labels": {**options["labels"], "of": "the image"},
            "User": "0:0",
            "WorkingDir": "/",
        },
        "Mounts": [],
    }


def _podman(options: Mapping[str, Any]) -> dict[str, Any]:
    """What Podman's Docker-compatible socket says, by its source; not recorded from a running one."""
    told = _docker(options)
    told["HostConfig"] |= {
        "CapAdd": [],
        "CapDrop": ["FSETID", "NET_BIND_SERVICE", "SETFCAP", "SYS_CHROOT"],
        "IpcMode": "shareable",
        "LogConfig": {"Type": "json-file", "Config": None},
        "PidMode": "private",
        "Runtime": "oci",
        "SecurityOpt": ["no-new-privileges", options["security_opt"][1]],
        "Tmpfs": {path: f"{text},rprivate,tmpcopyup" for path, text in options["tmpfs"].items()},
        "Ulimits": [
            {**limit, "Name": "RLIMIT_" + limit["Name"].upper()}
            for limit in [*told["HostConfig"]["Ulimits"], {"Name": "nproc", "Hard": 9, "Soft": 9}]
        ],
    }
    return told


def _attest(told: Mapping[str, Any], options: Mapping[str, Any], *, podman: bool = False) -> None:
    attest(told, options, image=IMAGE, image_env=["HTTP_PROXY=of-the-image"], podman=podman)


def _set(*path: str, to: object) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        for name in path[:-1]:
            told = told[name]
        told[path[-1]] = to

    return change


def test_every_option_is_attested() -> None:
    assert set(_options(Limits(cpus=1.5, scratch_bytes=1))) <= set(CHECKS)
    with pytest.raises(SandboxError, match="nothing attests .*domainname"):
        _attest(_docker(_options()), _options(domainname="x"))


def test_what_was_asked_for_passes() -> None:
    options = _options()
    _attest(_docker(options), options)


TMPFS = "rw,exec,nosuid,nodev,mode=1777,size=1073741824,nr_inodes=200000"
WRONG = {
    "image": _set("Image", to="sha256:2"),
    "network_mode": _set("HostConfig", "NetworkMode", to="bridge"),
    "read_only": _set("HostConfig", "ReadonlyRootfs", to=False),
    "init": _set("HostConfig", "Init", to=None),
    "ipc_mode": _set("HostConfig", "IpcMode", to="shareable"),
    "cap_drop": _set("HostConfig", "CapDrop", to=None),
    "cap_add": _set("HostConfig", "CapAdd", to=[*CAPABILITIES, "SYS_ADMIN"]),
    "security_opt": _set("HostConfig", "SecurityOpt", to=["no-new-privileges:true"]),
    "tmpfs": _set("HostConfig", "Tmpfs", to={WORK: TMPFS, TEMP: TMPFS.replace("nosuid,", "")}),
    "shm_size": _set("HostConfig", "ShmSize", to=1),
    "pids_limit": _set("HostConfig", "PidsLimit", to=None),
    "mem_limit": _set("HostConfig", "Memory", to=0),
    "memswap_limit": _set("HostConfig", "MemorySwap", to=4 << 30),
    "nano_cpus": _set("HostConfig", "NanoCpus", to=0),
    "oom_score_adj": _set("HostConfig", "OomScoreAdj", to=0),
    "ulimits": lambda told: told["HostConfig"]["Ulimits"][0].update(Soft=7),
    "log_config": _set("HostConfig", "LogConfig", "Config", to={}),
    "privileged": _set("HostConfig", "Privileged", to=True),
    "pid_mode": _set("HostConfig", "PidMode", to="host"),
    "binds": _set("HostConfig", "Binds", to=["/:/host"]),
    "devices": _set("HostConfig", "Devices", to=[{"PathOnHost": "/dev/kvm"}]),
    "mounts": _set("Mounts", to=[{"Type": "volume", "Destination": "/data", "RW": True}]),
    "runtime": _set("HostConfig", "Runtime", to="runc"),
    "entrypoint": _set("Config", "Entrypoint", to=["/bin/sh"]),
    "command": _set("Config", "Cmd", to=["infinity"]),
    "user": _set("Config", "User", to=""),
    "working_dir": _set("Config", "WorkingDir", to="/work"),
    "healthcheck": _set("Config", "Healthcheck", to={"Test": ["CMD", "true"]}),
    "labels": _set("Config", "Labels", "strop.owner", to="somebody"),
    "proxies in the environment": _set("Config", "Env", to=["https_proxy=user:secret@proxy"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_difference_is_told(name: str) -> None:
    options = _options()
    told = _docker(options)
    WRONG[name](told)
    with pytest.raises(SandboxError, match=rf"another container .*\({name}: .*asked for") as caught:
        _attest(told, options)
    assert str(caught.value).count(", asked for ") == 1
    assert len(str(caught.value)) < 2000


def test_the_profile_is_compared_by_content() -> None:
    options = _options()
    told = _docker(options)
    same = json.dumps(json.loads(container_profile()), indent=2)
    told["HostConfig"]["SecurityOpt"] = ["no-new-privileges:true", f"seccomp={same}"]
    _attest(told, options)
    for other in (container_profile(profiling="perf"), "unconfined"):
        told["HostConfig"]["SecurityOpt"] = ["no-new-privileges:true", f"seccomp={other}"]
        with pytest.raises(SandboxError, match="security_opt"):
            _attest(told, options)
    told["HostConfig"]["SecurityOpt"] = [*options["security_opt"], "apparmor=unconfined"]
    with pytest.raises(SandboxError, match="apparmor"):
        _attest(told, options)


def test_podman_tells_the_same_in_other_words() -> None:
    options = _options()
    del options["runtime"]
    told = _podman({**options, "runtime": ""})
    _attest(told, options, podman=True)
    with pytest.raises(SandboxError):
        _attest(told, options)
    for name, change in {
        "cap_add": _set("HostConfig", "CapDrop", to=[]),
        "tmpfs": _set("HostConfig", "Tmpfs", to={WORK: TMPFS, TEMP: TMPFS, "/run": "rw"}),
        "ulimits": _set("HostConfig", "Ulimits", to=[]),
        "ipc_mode": _set("HostConfig", "IpcMode", to="host"),
        "pid_mode": _set("HostConfig", "PidMode", to="host"),
        "security_opt": _set("HostConfig", "SecurityOpt", to=["no-new-privileges"]),
        "log_config": _set("HostConfig", "LogConfig", to={"Type": "journald"}),
        "proxies in the environment": _set("Config", "Env", to=["http_proxy=x"]),
    }.items():
        wrong = copy.deepcopy(told)
        change(wrong)
        with pytest.raises(SandboxError, match=name):
            _attest(wrong, options, podman=True)


def test_podman_does_not_tell_its_runtime() -> None:
    options = _options()
    with pytest.raises(SandboxError, match="runtime: .*Podman"):
        _attest(_podman(options), options, podman=True)


# --- with an engine ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def backend() -> Iterator[DockerBackend]:
    backend = DockerBackend(ahead=0)
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


@pytest.fixture(scope="module")
def environment(backend: DockerBackend) -> Environment:
    return backend.prepare(EnvironmentSpec())


def _made(backend: DockerBackend, environment: Environment, options: Mapping[str, Any]) -> dict[str, Any]:
    container = backend.client.containers.create(environment.id, **options)
    try:
        container.reload()
        attributes: dict[str, Any] = container.attrs
        return attributes
    finally:
        container.remove(force=True, v=True)


@pytest.mark.docker
def test_the_engine_makes_what_is_asked(backend: DockerBackend, environment: Environment) -> None:
    limits = Limits(cpus=0.5, shm_bytes=5 << 20, scratch_bytes=1 << 20)
    options = container_options(limits, {}, seccomp=container_profile(), runtime="io.containerd.runc.v2")
    made = _made(backend, environment, options)
    attest(made, options, image=environment.id)
    for name, other in {"network_mode": "host", "pids_limit": 7, "cap_drop": [], "runtime": "runc"}.items():
        with pytest.raises(SandboxError, match=f"{name}: "):
            attest(made, {**options, name: other}, image=environment.id)


@pytest.mark.docker
def test_proxies_of_the_users_docker_settings_stay_out(
    backend: DockerBackend, environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"proxies": {"default": {"httpProxy": "http://user:secret@proxy"}}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    options = container_options(Limits(), {})
    other = DockerBackend(ahead=0)
    try:
        attest(_made(other, environment, options), options, image=environment.id)
        made = _made(other, environment, {**options, "use_config_proxy": True})
        with pytest.raises(SandboxError, match="proxies in the environment: .*secret"):
            attest(made, options, image=environment.id)
    finally:
        other.close()


@pytest.mark.docker
def test_a_runtime_is_taken_or_refused_by_name(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, runtime="io.containerd.runc.v2"))
    try:
        assert sandbox.exec("echo hi").stdout == b"hi\n"
    finally:
        sandbox.close()
    with pytest.raises(ConfigError, match=r"runtime = 'no-such': .*`docker info` lists .*runc"):
        backend.start(SandboxSpec(environment, runtime="no-such"))


@pytest.mark.docker
def test_dev_shm_has_the_size_that_was_asked(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, Limits(shm_bytes=3 << 20)))
    try:
        assert sandbox.exec("df --output=size -B1 /dev/shm | tail -1").stdout.strip() == b"3145728"
    finally:
        sandbox.close()
