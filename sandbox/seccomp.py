"""System calls that no candidate needs and that reach deep into the kernel.

`container_profile` is for engines, which compile it: a list of what is allowed, for all processes of
a container, since engines' own lists differ (older ones let io_uring and AF_VSOCK through, the virtual
machine's own sockets, which no missing network stops). `filter_program` is for the candidate's processes
alone, under any backend: a compiled list of what is forbidden. Where both apply, the stricter wins.
"""

from __future__ import annotations

import json
import platform
import struct
from importlib.resources import files

__all__ = ["container_profile", "filter_program"]

# What a profiler needs and nobody else gets: perf samples, py-spy reads its child's memory.
FOR_PROFILERS = {"": (), "perf": ("perf_event_open",), "py-spy": ("process_vm_readv", "ptrace")}

# Source: Linux UAPI, linux/filter.h, linux/seccomp.h, linux/audit.h.
LOAD, EQUAL, GREATER_EQUAL, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # REFUSE | errno
EPERM, ENOSYS = 1, 38
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
X32_BIT = 0x40000000  # on x86-64 the same calls again, under other numbers

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
IO_URING = (425, 426, 427)  # the same everywhere
CALLS = {
    "x86_64": {
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "bpf": 321,
        "userfaultfd": 323,
        "perf_event_open": 298,
        "sched_setaffinity": 203,
        "socket": 41,
    },
    "aarch64": {
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "bpf": 280,
        "userfaultfd": 282,
        "perf_event_open": 241,
        "sched_setaffinity": 122,
        "socket": 198,
    },
}
AF_ALG, AF_VSOCK = 38, 40


def container_profile(*, profiling: str = "") -> str:
    """Return the profile of `seccomp.json` as the JSON text that engines take.

    Args:
        profiling: profiler that runs in it, one of `FOR_PROFILERS`.
    """
    text = files("strop.sandbox").joinpath("seccomp.json").read_text(encoding="utf-8")
    profile = json.loads(text)
    for rule in profile["syscalls"]:
        del rule["comment"]
    if profiling:
        profile["syscalls"].append({"names": list(FOR_PROFILERS[profiling]), "action": "SCMP_ACT_ALLOW"})
    return json.dumps(profile, separators=(",", ":"))


def filter_program(*, profiling: str = "", held: bool = False, machine: str | None = None) -> str:
    """Return the BPF program as hexadecimal digits; empty for machines whose numbers are unknown.

    Args:
        profiling: profiler that runs beside; perf gets its call.
        held: nobody leaves the CPUs that it has. The call says that it went well, since libraries that place
            their threads end where it fails.
        machine: as `platform.machine()` says it; default: this one's.
    """
    name = machine or platform.machine()
    if name not in ARCHITECTURES:
        return ""
    calls = dict(CALLS[name])
    socket_call, leave = calls.pop("socket"), calls.pop("sched_setaffinity")
    if profiling == "perf":
        del calls["perf_event_open"]
    program = [_op(LOAD, ARCHITECTURE), _op(EQUAL, ARCHITECTURES[name], 1, 0), _op(RETURN, REFUSE | EPERM)]
    program.append(_op(LOAD, NUMBER))
    if name == "x86_64":
        program += [_op(GREATER_EQUAL, X32_BIT, 0, 1), _op(RETURN, REFUSE | ENOSYS)]
    for number in IO_URING:
        # "No such call" rather than "not allowed": programs then take the ordinary calls.
        program += [_op(EQUAL, number, 0, 1), _op(RETURN, REFUSE | ENOSYS)]
    for number in calls.values():
        program += [_op(EQUAL, number, 0, 1), _op(RETURN, REFUSE | EPERM)]
    if held:
        program += [_op(EQUAL, leave, 0, 1), _op(RETURN, REFUSE)]
    program += [_op(EQUAL, socket_call, 1, 0), _op(RETURN, ALLOW), _op(LOAD, FIRST_ARGUMENT)]
    for family in (AF_ALG, AF_VSOCK):
        program += [_op(EQUAL, family, 0, 1), _op(RETURN, REFUSE | EPERM)]
    program.append(_op(RETURN, ALLOW))
    return b"".join(program).hex()


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
