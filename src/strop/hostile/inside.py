"""Behaviours that a backend has to contain, and how one is played."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import strop.hostile.judges_limits as limits
import strop.hostile.judges_reach as reach
import strop.hostile.judges_results as results
from strop.errors import ConfigError, SandboxError
from strop.extension import Backend
from strop.hostile.arena import Arena, InsideCase
from strop.hostile.records import CONTAINED, Escape, Row

__all__ = ["INSIDE", "run_inside"]


def _case(number: int, name: str, contained_by: str, judge: Callable[[Arena], str]) -> InsideCase:
    """Return a case whose program is named like its judge."""
    return InsideCase(number, name, contained_by, f"{judge.__name__}.py", judge)


INSIDE: tuple[InsideCase, ...] = (
    _case(1, "fork bomb", "limit of processes", limits.fork_bomb),
    _case(2, "memory bomb", "limit of memory and swap", limits.memory_bomb),
    _case(3, "full disk", "bounded folders, read-only root", limits.fill_disk),
    _case(4, "millions of empty files", "bounded number, memory, time", limits.many_files),
    _case(5, "endless output", "bounded reader", limits.endless_output),
    _case(6, "endless loop", "deadline inside and outside", limits.endless_loop),
    _case(7, "daemon that stays", "all descendants killed", limits.stay_behind),
    _case(8, "zombies", "an init that collects", limits.zombies),
    _case(9, "network, names, sockets", "network namespace", reach.network),
    _case(10, "vsock, io_uring, AF_ALG", "filter of system calls", reach.kernel_doors),
    _case(11, "cloud metadata", "network namespace", reach.metadata),
    _case(12, "keys of the orchestrator", "empty environment", reach.read_secrets),
    _case(13, "kernel files in /proc", "masked paths, no root", reach.proc_files),
    _case(14, "writing outside", "read-only root", reach.write_outside),
    _case(15, "root and capabilities", "no capability, no new rights", reach.gain_rights),
    _case(16, "killing its keepers", "another user, process namespace", reach.kill_keepers),
    _case(17, "engine socket, host mounts", "nothing of it is mounted", reach.find_engine),
    _case(18, "clock turned back", "clock outside", results.patch_clock),
    _case(19, "heap, frames, memory", "no harness in its process", results.read_memory),
    _case(20, "early exit with good news", "tests compared by name", results.end_early),
    _case(21, "forged result files", "regular files only, capped", results.forge_results),
    _case(23, "judges edited at run time", "read-only files, fresh overlay", results.edit_judges),
    _case(24, "trojan tools", "fresh sandbox, read-only PATH", results.plant_tools),
    _case(25, "stash across sandboxes", "single-use sandboxes", results.stash),
    _case(26, "memo across runs", "single-use sandboxes", results.memoise),
    _case(27, "work in detached processes", "CPU time of the whole sandbox", results.work_elsewhere),
    _case(29, "slowing what comes after", "all descendants killed", results.slow_others),
    _case(30, "knowing when it is watched", "one environment for all", results.know_itself),
    _case(35, "hostile git repository", "no git of the host in it", results.hostile_git),
    _case(36, "wild trees", "own reader with caps", results.wild_tree),
    _case(42, "storm of sandboxes", "single-use, killed and removed", results.exec_storm),
)


def run_inside(backend: Backend, case: InsideCase) -> Row:
    """Play a case on a backend: the attack, the look around after it, and a harmless trial.

    Raises:
        ConfigError: the backend isolates nothing.
        SandboxError: it fails before anything hostile has run.
    """
    if not backend.isolated:
        raise ConfigError(f"{backend.name}: contains nothing; the hostile suite would harm this machine")
    start = time.monotonic()
    with Arena.of(backend, case.program) as arena:
        verdict, detail = _judged(case, arena, backend.unsupported())
    return Row(case.number, case.name, backend.name, verdict, detail, time.monotonic() - start)


def _judged(case: InsideCase, arena: Arena, gaps: Mapping[str, str]) -> tuple[str, str]:
    try:
        detail = case.judge(arena)
        verdict = CONTAINED
    except Escape as found:
        if found.gap not in gaps:
            return f"ESCAPED: {found}", ""
        verdict, detail = f"unsupported: {gaps[found.gap]}", f"seen: {found}"
    except SandboxError as error:
        # What a candidate does is never the provider's fault: that would be tried again, then end the job.
        return f"ESCAPED: it was told as a fault of the provider: {error}", ""
    try:
        arena.look_around()
        arena.next_trial()
    except (Escape, SandboxError) as found:
        return f"ESCAPED: {found}", ""
    return verdict, detail
