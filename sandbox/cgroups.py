"""Control groups for sandboxes that run on this machine: limits for memory, processes and CPUs.

Version 1 and 2 are served, wherever this process may make a group below its own; where it may
not, there is none, and the callers fall back on limits per process.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from strop.extension import Limits

__all__ = ["Group", "clean_groups", "make_group", "ungrouped"]

ROOT = Path("/sys/fs/cgroup")
SWAPS = Path("/proc/swaps")
CONTROLLERS = ("memory", "pids", "cpuacct", "cpu")
LIMITED = frozenset({"memory", "pids", "cpu"})
PERIOD_US = 100_000  # the kernel's default period of CPU bandwidth
EXTRA_PIDS = 8  # bubblewrap and its init count too


@dataclass(frozen=True)
class Group:
    """The control groups of one sandbox."""

    folders: tuple[Path, ...] = ()
    counters: dict[str, str] = field(default_factory=dict)  # files that the runner reads
    limited: frozenset[str] = frozenset()  # of "memory", "pids", "cpu"
    swaps: bool = True  # whether what is over its memory may go to the machine's swap

    @property
    def entrances(self) -> tuple[str, ...]:
        """Files that a process writes 0 to, to enter."""
        return tuple(str(folder / "cgroup.procs") for folder in self.folders)

    def remove(self) -> None:
        """Remove the groups, whose processes must be gone."""
        for folder in self.folders:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                # A process leaves its group a moment after its parent has collected it.
                time.sleep(0.01)


def make_group(limits: Limits, root: Path = ROOT) -> Group:
    """Make the groups of a sandbox; one without folders where this process may not."""
    name = f"strop-{os.getpid()}-{secrets.token_hex(6)}"
    own = _own_groups()
    if (root / "cgroup.controllers").exists():
        return _make_v2(_parents_v2(root, own), name, limits)
    return _make_v1(root, own, name, limits)


def ungrouped(root: Path = ROOT) -> frozenset[str]:
    """Return which of "memory", "pids" and "cpu" no group can limit here, found out by making one."""
    group = make_group(Limits(cpus=1.0), root)
    try:
        return LIMITED - group.limited
    finally:
        group.remove()


def swaps_beyond(root: Path = ROOT, swaps: Path = SWAPS) -> bool:
    """Return whether a group whose memory is limited swaps beyond it here: there is some, without limit."""
    try:
        if len(swaps.read_text(encoding="utf-8").splitlines()) < 2:
            return False
    except OSError:
        return False
    group = make_group(Limits(), root)
    try:
        return "memory" in group.limited and group.swaps
    finally:
        group.remove()


def clean_groups(root: Path = ROOT) -> int:
    """Remove groups whose owner is dead; returns how many."""
    own, removed = _own_groups(), 0
    parents = set(_parents_v2(root, own))
    for controller in CONTROLLERS:
        parents |= {root / controller, root / controller / own.get(controller, "").lstrip("/")}
    for folder in {f.resolve() for parent in parents for f in parent.glob("strop-*-*")}:
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):  # still in use after all
                folder.rmdir()
                removed += 1
    return removed


def _own_groups() -> dict[str, str]:
    """Return controller -> path of this process's group; version 2 has the empty controller."""
    groups: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, names, path = line.split(":", 2)
            groups.update(dict.fromkeys(names.split(","), path))
    return groups


def _make_v1(root: Path, own: dict[str, str], name: str, limits: Limits) -> Group:
    folders: list[Path] = []
    counters: dict[str, str] = {}
    limited: set[str] = set()
    swaps = True
    for controller in CONTROLLERS:
        parent = root / controller / own.get(controller, "/").lstrip("/")
        # In a container the path is the host's, and its own group is the root of what it sees.
        parent = parent if parent.is_dir() else root / controller
        folder = parent / name
        try:
            if folder.resolve() not in folders:
                folder.mkdir()
                folders.append(folder.resolve())
            swaps &= not _limit_v1(controller, folder, limits)
        except OSError:
            continue  # no such controller, or not ours to use
        if controller != "cpuacct":
            limited.add(controller)
    for folder in folders:
        for key, file in (("cpuacct", "cpuacct.usage"), ("oom_control", "memory.oom_control")):
            if (folder / file).exists():
                counters[key] = str(folder / file)
    return Group(tuple(folders), counters, frozenset(limited), swaps)


def _limit_v1(controller: str, folder: Path, limits: Limits) -> bool:
    """Set a controller's limits; returns whether swap is limited by them, too."""
    if controller == "memory":
        _write(folder / "memory.limit_in_bytes", limits.memory_bytes)
        if (folder / "memory.memsw.limit_in_bytes").exists():
            _write(folder / "memory.memsw.limit_in_bytes", limits.memory_bytes)
            return True
    elif controller == "pids":
        _write(folder / "pids.max", limits.pids + EXTRA_PIDS)
    elif controller == "cpu" and limits.cpus is not None:
        _write(folder / "cpu.cfs_period_us", PERIOD_US)
        _write(folder / "cpu.cfs_quota_us", max(1000, int(limits.cpus * PERIOD_US)))
    return False


def _parents_v2(root: Path, own: dict[str, str]) -> list[Path]:
    """Return the group of this process and those above it, the nearest first."""
    group = root / own.get("", "").lstrip("/")
    return [group, *(above for above in group.parents if above.is_relative_to(root))]


def _given_v2(parent: Path) -> frozenset[str]:
    """Return the controllers that a group hands down, if this process may move others below it."""
    try:
        given = (parent / "cgroup.subtree_control").read_text(encoding="ascii").split()
    except OSError:
        return frozenset()
    return LIMITED & set(given) if os.access(parent / "cgroup.procs", os.W_OK) else frozenset()


def _make_v2(parents: list[Path], name: str, limits: Limits) -> Group:
    # A group that has processes hands nothing down (but for the root), and ours usually has one. Then
    # the nearest one above it that does: a user's own slice, or any for root.
    parent = max(parents, key=lambda each: len(_given_v2(each)))  # the first of equals
    given = _given_v2(parent)
    folder = parent / name
    try:
        folder.mkdir()
    except OSError:
        return Group()
    limited: set[str] = set()
    writes: list[tuple[str, str, int | str]] = [
        ("memory", "memory.max", limits.memory_bytes),
        ("pids", "pids.max", limits.pids + EXTRA_PIDS),
    ]
    if limits.cpus is not None:
        writes.append(("cpu", "cpu.max", f"{max(1000, int(limits.cpus * PERIOD_US))} {PERIOD_US}"))
    for controller, file, value in writes:
        if controller in given:
            with contextlib.suppress(OSError):
                _write(folder / file, value)
                limited.add(controller)
    swaps = True
    if "memory" in limited and (folder / "memory.swap.max").exists():
        with contextlib.suppress(OSError):
            _write(folder / "memory.swap.max", 0)
            swaps = False
    counters = {key: str(folder / key) for key in ("cpu.stat", "memory.events") if (folder / key).exists()}
    return Group((folder,), counters, frozenset(limited), swaps)


def _write(file: Path, value: int | str) -> None:
    with file.open("r+", encoding="ascii") as stream:
        stream.write(str(value))
