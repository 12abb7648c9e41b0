"""Proof that a container is what was asked for, from the engine's own account of it.

Engines, and proxies in front of them, have ignored fields silently. So every field that the options
name is compared, in a normal form, before the container starts; fields that they don't name are left
alone, since engines differ in them, but for those that would undo the isolation as a whole.

Podman's Docker-compatible socket tells some fields in other words: capabilities relative to its
defaults, limits as RLIMIT_NOFILE, private namespaces as such, tmpfs with the options of its own, and
no options of the log. Those forms are taken from its source (4 and 5) and were not run against one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from strop.errors import SandboxError

__all__ = ["attest"]

Pair = tuple[object, object]  # what is, what was asked for

# Source: containers.conf of Podman 4 and 5, default_capabilities.
PODMAN_CAPABILITIES = frozenset(
    {"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
     "SETUID", "SYS_CHROOT"}
)  # fmt: skip
# Options that Podman adds to a tmpfs; none of them makes it larger, or lets more be done with it.
PODMAN_TMPFS = frozenset({"private", "rprivate", "tmpcopyup", "notmpcopyup", "relatime", "noatime", "noswap"})


class Account(NamedTuple):
    """What an engine says of a container."""

    host: Mapping[str, Any]
    config: Mapping[str, Any]
    mounts: Iterable[Mapping[str, Any]]
    podman: bool


def attest(
    attributes: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    image: str,
    image_env: Collection[str] = (),
    podman: bool = False,
) -> None:
    """Compare a created container with what was asked for.

    Args:
        attributes: what the engine's inspection says.
        options: what the container was created with.
        image: the id of its image.
        image_env: `NAME=value` entries that the image brings.
        podman: Podman tells it, in words of its own.

    Raises:
        SandboxError: there is a difference, or an option that nobody knows how to check.
    """
    unknown = sorted(set(options) - set(CHECKS))
    if unknown:
        raise SandboxError(f"nothing attests the container's options {', '.join(unknown)}")
    account = Account(attributes["HostConfig"], attributes["Config"], attributes.get("Mounts") or (), podman)
    found = {name: CHECKS[name](account, asked) for name, asked in options.items()}
    found["image"] = (attributes["Image"], image)
    found |= _always(account, options, image_env)
    wrong = [f"{name}: {is_!r}, asked for {asked!r}" for name, (is_, asked) in found.items() if is_ != asked]
    if wrong:
        raise SandboxError(
            f"the engine made another container than it was asked for ({'; '.join(wrong)}); "
            "an image with VOLUME can't be used"
        )


def _host(field: str) -> Callable[[Account, object], Pair]:
    return lambda account, asked: (account.host.get(field), asked)


def _config(field: str) -> Callable[[Account, object], Pair]:
    return lambda account, asked: (account.config.get(field), asked)


def _elsewhere(account: Account, asked: object) -> Pair:
    """What `_always` compares, named or not."""
    return None, None


def _always(account: Account, options: Mapping[str, Any], image_env: Collection[str]) -> dict[str, Pair]:
    """Compare what would undo all the rest, also where no option names it."""
    host = account.host
    volumes = {mount["Target"] for mount in options.get("mounts", ())}
    pid_mode = host.get("PidMode") or ""
    proxies = [
        entry
        for entry in account.config.get("Env") or ()
        if entry.partition("=")[0].lower().endswith("_proxy") and entry not in image_env
    ]
    return {
        "privileged": (host.get("Privileged"), False),
        "pid_mode": ("" if account.podman and pid_mode == "private" else pid_mode, ""),
        "binds": ([b for b in host.get("Binds") or () if b.split(":")[1] not in volumes], []),
        "devices": ([*(host.get("Devices") or ()), *(host.get("DeviceRequests") or ())], []),
        "proxies in the environment": (proxies, []),
        "mounts": (sorted(_mount(mount) for mount in account.mounts if mount["Type"] != "tmpfs"),
                   sorted(volumes)),
        "nano_cpus": (host.get("NanoCpus"), options.get("nano_cpus", 0)),
    }  # fmt: skip


def _mount(mount: Mapping[str, Any]) -> str:
    """Return where a writable volume of the engine's own driver is; for other things, what they are, too."""
    plain = mount["Type"] == "volume" and mount.get("RW") and mount.get("Driver", "local") == "local"
    return str(mount["Destination"] if plain else f"{mount['Type']} at {mount['Destination']}")


def _capabilities(account: Account, asked: object) -> Pair:
    """Compare the added ones; with all dropped, they are all that the container has."""
    added, dropped = _bare(account.host.get("CapAdd")), _bare(account.host.get("CapDrop"))
    if account.podman:
        added |= PODMAN_CAPABILITIES - dropped
    return sorted(added), sorted(_bare(asked))


def _dropped(account: Account, asked: object) -> Pair:
    dropped = _bare(account.host.get("CapDrop"))
    if account.podman and _bare(asked) == {"ALL"}:
        return "ALL", "ALL"  # what is left of its defaults counts as added, see `_capabilities`
    return sorted(dropped), sorted(_bare(asked))


def _bare(names: Any) -> set[str]:
    return {str(name).upper().removeprefix("CAP_") for name in names or ()}


def _security(account: Account, asked: Iterable[str]) -> Pair:
    """Compare the named ones; of others only those that switch a protection off count."""
    found, wanted = _security_options(account.host.get("SecurityOpt")), _security_options(asked)
    return {name: v for name, v in found.items() if name in wanted or v in ("unconfined", "disable")}, wanted


def _security_options(texts: Iterable[str] | None) -> dict[str, str]:
    options: dict[str, str] = {}
    for text in texts or ():
        separator = min((mark for mark in "=:" if mark in text), key=text.index, default="=")
        name, _, value = text.partition(separator)
        if value.startswith("{"):
            same = json.dumps(json.loads(value), sort_keys=True).encode("utf-8")
            value = f"a profile with the hash {hashlib.sha256(same).hexdigest()[:16]}"
        # Told twice with different values, it is neither.
        options[name] = value or "true" if name not in options else f"{options[name]} and {value}"
    return options


def _tmpfs(account: Account, asked: Mapping[str, str]) -> Pair:
    extra = PODMAN_TMPFS if account.podman else frozenset()
    found = account.host.get("Tmpfs") or {}
    return (
        {path: sorted(set(text.split(",")) - extra) for path, text in found.items()},
        {path: sorted(text.split(",")) for path, text in asked.items()},
    )


def _ulimits(account: Account, asked: Iterable[Mapping[str, Any]]) -> Pair:
    wanted = {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in asked}
    found = {
        limit["Name"].lower().removeprefix("rlimit_"): (limit["Soft"], limit["Hard"])
        for limit in account.host.get("Ulimits") or ()
    }
    return {name: limit for name, limit in found.items() if name in wanted}, wanted


def _ipc(account: Account, asked: object) -> Pair:
    mode = account.host.get("IpcMode")
    # Podman's word for one that nobody has joined.
    return ("private" if mode == "shareable" and account.podman else mode), asked


def _log(account: Account, asked: Mapping[str, Any]) -> Pair:
    found = account.host.get("LogConfig") or {}
    if account.podman and not found.get("Config"):
        return found.get("Type"), asked["Type"]
    return (found.get("Type"), found.get("Config")), (asked["Type"], asked["Config"])


def _runtime(account: Account, asked: object) -> Pair:
    if account.podman:
        return "whatever runtime Podman is configured with: it does not tell", asked
    return account.host.get("Runtime"), asked


def _healthcheck(account: Account, asked: Mapping[str, Any]) -> Pair:
    test = (account.config.get("Healthcheck") or {}).get("Test") or ["NONE"]
    return test, asked["test"]


def _labels(account: Account, asked: Mapping[str, str]) -> Pair:
    found = account.config.get("Labels") or {}
    return {name: found.get(name) for name in asked}, dict(asked)


CHECKS: Mapping[str, Callable[[Account, Any], Pair]] = {
    "entrypoint": _config("Entrypoint"),
    "command": _config("Cmd"),
    "user": _config("User"),
    "working_dir": _config("WorkingDir"),
    "network_mode": _host("NetworkMode"),
    "read_only": _host("ReadonlyRootfs"),
    "init": _host("Init"),
    "ipc_mode": _ipc,
    "cap_drop": _dropped,
    "cap_add": _capabilities,
    "security_opt": _security,
    "tmpfs": _tmpfs,
    "mounts": _elsewhere,
    "shm_size": _host("ShmSize"),
    "pids_limit": _host("PidsLimit"),
    "mem_limit": _host("Memory"),
    "memswap_limit": _host("MemorySwap"),
    "nano_cpus": _elsewhere,
    "oom_score_adj": _host("OomScoreAdj"),
    "ulimits": _ulimits,
    "log_config": _log,
    "healthcheck": _healthcheck,
    "use_config_proxy": _elsewhere,
    "labels": _labels,
    "runtime": _runtime,
}
