"""The judges of attacks on memory, processes, disk, time and output: 1 to 8."""

from __future__ import annotations

import resource
import time
from dataclasses import replace

from strop.extension import Outcome
from strop.hostile.arena import LIMITS, Arena
from strop.hostile.records import Escape

__all__ = [
    "endless_loop",
    "endless_output",
    "fill_disk",
    "fork_bomb",
    "many_files",
    "memory_bomb",
    "stay_behind",
    "zombies",
]

SLACK_PIDS = 16  # what keeps a sandbox: init, runner, wrapper
SLACK_BYTES = 96 << 20  # that strop itself may grow by while a candidate prints without end
KILLED = (Outcome.EXITED, Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY, Outcome.OUTPUT_LIMIT)


def fork_bomb(arena: Arena) -> str:
    """1: processes stay below the limit."""
    attack = arena.attack(LIMITS.pids, may=KILLED, gap="processes")
    most = LIMITS.pids + SLACK_PIDS
    if attack.witness.most > most or int(attack.values.get("forks", "0")) > most:
        raise Escape(f"{attack.witness.most} processes at one time, the limit is {LIMITS.pids}")
    return f"at most {attack.witness.most} processes; {attack.end}"


def memory_bomb(arena: Arena) -> str:
    """2: memory stays below the limit, and going over it has its own name."""
    attack = arena.attack(LIMITS.memory_bytes, may=(Outcome.OUT_OF_MEMORY, Outcome.EXITED), gap="memory")
    if attack.result.ok:
        raise Escape("it ended well")
    if attack.result.peak_rss_bytes > LIMITS.memory_bytes + (16 << 20):
        raise Escape(f"a process grew to {attack.result.peak_rss_bytes} bytes")
    if attack.result.outcome is Outcome.EXITED and "MemoryError" not in attack.said:
        raise Escape(f"its end was not told for what it was: {attack.end}")
    return f"{attack.end}, largest process {attack.result.peak_rss_bytes >> 20} MiB"


def fill_disk(arena: Arena) -> str:
    """3: what it may write to is bounded in size."""
    sizes = {"/work": LIMITS.work_bytes, "/tmp": LIMITS.work_bytes, "/dev/shm": LIMITS.shm_bytes}
    limits = replace(LIMITS, memory_bytes=256 << 20)  # so that the size, not the memory, is what stops it
    told = []
    # What can't be contained comes last.
    for place, size in sizes.items():
        gap = "size of /dev/shm" if place == "/dev/shm" else ""
        may = (Outcome.EXITED, Outcome.OUT_OF_MEMORY, Outcome.OUTPUT_LIMIT)
        attack = arena.attack(f"{place}={size}", limits=limits, may=may, gap=gap)
        taken = attack.values.get(place)
        if taken is None and attack.result.outcome is Outcome.EXITED and "strop: killed: " not in attack.said:
            raise Escape(f"it ended without a word in {place}: {attack.end}")
        told.append(f"{place} full at {int(taken) >> 20} MiB" if taken else f"{place} full, and it killed")
    return ", ".join(told)


def many_files(arena: Arena) -> str:
    """4: empty files are bounded: by their own limit, by the memory, or by the deadline."""
    attack = arena.attack(300_000, timeout_s=5.0, may=KILLED)
    return f"{attack.values.get('files', 'under 10000')} files, {attack.values.get('stopped by', attack.end)}"


def endless_output(arena: Arena) -> str:
    """5: what is printed is cut while it is read."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attack = arena.attack(may=(Outcome.OUTPUT_LIMIT,))
    size = len(attack.result.stdout) + len(attack.result.stderr)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    if size > LIMITS.output_bytes or grown > SLACK_BYTES:
        raise Escape(f"{size} bytes were kept, and strop grew by {grown} bytes")
    return f"killed at {size} bytes"


def endless_loop(arena: Arena) -> str:
    """6: a deadline holds, whatever signals are ignored."""
    start = time.monotonic()
    attack = arena.attack(timeout_s=1.0, may=(Outcome.TIMEOUT,))
    if time.monotonic() - start > 30:
        raise Escape("it was stopped long after its deadline")
    return f"killed after {attack.result.wall_s:.1f} s"


def stay_behind(arena: Arena) -> str:
    """7: nothing outlives the command, nor goes on writing."""
    with arena.sandbox() as sandbox:
        attack = arena.play(sandbox)
        before = sandbox.get("beat", max_bytes=1 << 20)
        sandbox.exec("sleep 0.1")
        if not before or sandbox.get("beat", max_bytes=1 << 20) != before:
            raise Escape("a process goes on after its command")
    return f"{attack.values.get('left', '?')} detached processes killed"


def zombies(arena: Arena) -> str:
    """8: the dead are collected."""
    attack = arena.attack(may=KILLED)
    return f"{attack.values.get('zombies', '?')} children, none left; {attack.end}"
