"""Hardened containers: what they are created with, and their end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strop.extension import Limits
from strop.sandbox.docker_engine import CONFLICT, engine_errors
from strop.sandbox.owner import Owner

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["COUNTERS", "SCRATCH", "TEMP", "WORK", "container_options", "is_leftover", "remove"]

WORK, TEMP, SCRATCH = "/work", "/tmp", "/scratch"
TTL_S = 6 * 3600  # a container ends itself then, whatever became of its owner
EXTRA_PIDS = 12  # init, sleep, the runner, its worker and who kills for it
TREE_INODES = 200_000  # measured: without a bound, empty files alone fill the memory

# What the runner (root, and never the candidate's code) needs to give files to the candidate, take
# them back, become the candidate for its commands, and kill it. The candidate has no capability: it
# is another user, the runner empties its bounding set, and nothing can be gained by executing files.
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID")

# Where a container sees its own control group, version 1 and 2.
COUNTERS = {
    "cpuacct": "/sys/fs/cgroup/cpuacct/cpuacct.usage",
    "oom_control": "/sys/fs/cgroup/memory/memory.oom_control",
    "cpu.stat": "/sys/fs/cgroup/cpu.stat",
    "memory.events": "/sys/fs/cgroup/memory.events",
}


def container_options(
    limits: Limits, labels: Mapping[str, str], *, network: str = "none", seccomp: str = "", runtime: str = ""
) -> dict[str, Any]:
    """Return what a hardened container is created with.

    The engine's own user is root, so that the candidate can't stop what keeps the container alive;
    candidates run as another user, see `CAPABILITIES`.

    Args:
        limits: of the container.
        labels: kept beside those that name the owner and the end of the container's time.
        network: "none", or "host" for the user's own setup.
        seccomp: a profile as the engine takes it; empty: the engine's own.
        runtime: of the engine; empty: its default.
    """
    from docker.types import LogConfig, Ulimit

    tmpfs = f"rw,exec,nosuid,nodev,mode=1777,size={limits.work_bytes},nr_inodes={TREE_INODES}"
    largest = max(limits.work_bytes, limits.scratch_bytes)
    labels = {**labels, **_ownership()}
    options: dict[str, Any] = {
        "entrypoint": ["sleep"],
        "command": [str(TTL_S)],
        "user": "0:0",
        "working_dir": "/",
        "network_mode": network,
        "read_only": True,
        "init": True,
        "ipc_mode": "private",
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "security_opt": ["no-new-privileges:true", *([f"seccomp={seccomp}"] if seccomp else [])],
        "tmpfs": {WORK: tmpfs, TEMP: tmpfs},
        "shm_size": limits.shm_bytes,
        "pids_limit": limits.pids + EXTRA_PIDS,
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,  # or the engine allows as much again in swap
        "oom_score_adj": 500,
        "ulimits": [
            Ulimit(name="nofile", soft=4096, hard=4096),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=largest, hard=largest),
        ],
        "log_config": LogConfig(type="json-file", config={"max-size": "1m", "max-file": "1"}),
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,  # it would write the user's proxy credentials into the container
        "labels": labels,
    }
    if limits.cpus is not None:
        options["nano_cpus"] = int(limits.cpus * 1e9)
    if limits.scratch_bytes:
        options["mounts"] = [_scratch(labels)]
    if runtime:
        options["runtime"] = runtime
    return options


def _ownership() -> dict[str, str]:
    return {"strop.owner": str(Owner.current()), "strop.expires": str(int(time.time()) + TTL_S)}


def _scratch(labels: Mapping[str, str]) -> Any:
    """Return a nameless volume of the engine's own driver: on its disk, removed with its container."""
    from docker.types import Mount

    return Mount(target=SCRATCH, source=None, type="volume", labels=dict(labels), no_copy=True)


def is_leftover(labels: Mapping[str, str], *, running: bool) -> bool:
    """Return whether what carries these labels is nobody's any more: its owner is dead, or its time is up."""
    owner = Owner.parse(labels.get("strop.owner", ""))
    if owner is None:
        return False  # not made by a backend: a container of one of its images, say, has an empty label
    # One of another boot may belong to another machine that uses the same engine.
    here = owner.boot == Owner.current().boot
    dead = not owner.alive and (here or not running)
    return dead or float(labels.get("strop.expires", "0")) < time.time()


def remove(container: Container) -> None:
    """Kill and remove a container; one that is gone is fine. Never stops it: that waits 10 s."""
    from docker.errors import APIError, NotFound

    with engine_errors("the container can't be removed"):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            # Somebody else, a cleaning process for instance, is at it already.
            if error.status_code != CONFLICT or "already in progress" not in str(error.explanation):
                raise
