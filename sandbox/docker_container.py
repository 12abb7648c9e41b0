"""Hardened containers: what they are created with, proof that they are that, and their end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from strop.errors import SandboxError
from strop.extension import Limits
from strop.sandbox.docker_engine import engine_errors
from strop.sandbox.owner import Owner

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["COUNTERS", "TEMP", "WORK", "attest", "container_options", "remove"]

WORK, TEMP = "/work", "/tmp"
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


def container_options(limits: Limits, labels: Mapping[str, str], *, network: str = "none") -> dict[str, Any]:
    """Return what a hardened container is created with.

    The engine's own user is root, so that the candidate can't stop what keeps the container alive;
    candidates run as another user, see `CAPABILITIES`.
    """
    from docker.types import LogConfig, Ulimit

    tmpfs = f"rw,exec,nosuid,nodev,mode=1777,size={limits.work_bytes},nr_inodes={TREE_INODES}"
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
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": {WORK: tmpfs, TEMP: tmpfs},
        "shm_size": 64 << 20,
        "pids_limit": limits.pids + EXTRA_PIDS,
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,  # or the engine allows as much again in swap
        "oom_score_adj": 500,
        "ulimits": [
            Ulimit(name="nofile", soft=4096, hard=4096),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=limits.work_bytes, hard=limits.work_bytes),
        ],
        "log_config": LogConfig(type="json-file", config={"max-size": "1m", "max-file": "1"}),
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,  # it would write the user's proxy credentials into the container
        "labels": {
            **labels,
            "strop.owner": str(Owner.current()),
            "strop.expires": str(int(time.time()) + TTL_S),
        },
    }
    if limits.cpus is not None:
        options["nano_cpus"] = int(limits.cpus * 1e9)
    return options


def attest(attributes: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Compare a created container with what was asked for.

    Engines and proxies in front of them have ignored fields silently. Raises `SandboxError`.
    """
    host, config = attributes["HostConfig"], attributes["Config"]
    ulimits = {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]}
    expected = {
        "NetworkMode": (host["NetworkMode"], options["network_mode"]),
        "ReadonlyRootfs": (host["ReadonlyRootfs"], options["read_only"]),
        "Privileged": (host["Privileged"], False),
        "Init": (host["Init"], True),
        "IpcMode": (host["IpcMode"], options["ipc_mode"]),
        "PidMode": (host["PidMode"], ""),
        "CapDrop": (host["CapDrop"], options["cap_drop"]),
        "CapAdd": (_bare(host["CapAdd"]), _bare(options["cap_add"])),
        "SecurityOpt": ({*(host["SecurityOpt"] or ())}, {*options["security_opt"]}),
        "Tmpfs": (host["Tmpfs"], options["tmpfs"]),
        "ShmSize": (host["ShmSize"], options["shm_size"]),
        "PidsLimit": (host["PidsLimit"], options["pids_limit"]),
        "Memory": (host["Memory"], options["mem_limit"]),
        "MemorySwap": (host["MemorySwap"], options["memswap_limit"]),
        "NanoCpus": (host["NanoCpus"], options.get("nano_cpus", 0)),
        "Ulimits": (ulimits, {u.name: u.hard for u in options["ulimits"]}),
        "Binds": (host["Binds"] or [], []),
        "Devices": (host["Devices"] or [], []),
        "Mounts": ([m["Destination"] for m in attributes["Mounts"] if m["Type"] != "tmpfs"], []),
        "User": (config["User"], options["user"]),
    }  # fmt: skip
    wrong = [
        f"{name}: {is_!r}, asked for {asked!r}" for name, (is_, asked) in expected.items() if is_ != asked
    ]
    if wrong:
        raise SandboxError(
            "the engine made another container than it was asked for "
            f"({'; '.join(wrong)}); an image with VOLUME can't be used"
        )


def _bare(names: Sequence[str] | None) -> set[str]:
    return {name.removeprefix("CAP_") for name in names or ()}


def remove(container: Container) -> None:
    """Kill and remove a container; one that is gone is fine. Never stops it: that waits 10 s."""
    from docker.errors import NotFound

    with engine_errors("the container can't be removed"):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return
