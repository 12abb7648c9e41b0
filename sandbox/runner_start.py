"""A part of the runner: how a forked child puts on its limits and becomes the command. See `runner`."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import resource
import signal
import struct
from typing import Any, NoReturn

from strop.sandbox.runner_files import write_all

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

# Says "ready", waits for "go", becomes the command: all that bubblewrap sets up comes before.
GATE = 'printf r >&4; read -r go <&3 || exit 125; exec 3<&- 4>&- "$@"'

_libc = ctypes.CDLL(None, use_errno=True)


def system_call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, name + ": " + os.strerror(number))


def become(request: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    """In the child: put on the limits, wait for the start, become the command."""
    for number, name in enumerate(("in", "out", "err")):
        os.dup2(fds[name], number)
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)  # Python ignores the first two, and children inherit that
    for path in request["cgroups"]:
        with open(path, "w", encoding="ascii") as file:
            file.write("0")
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")  # where memory runs out, the kernel takes the command, not its runner
    except OSError:
        pass  # a wish only: the limit holds without it
    if request["cpu"] is not None:
        with contextlib.suppress(OSError):  # a place without this CPU: it runs on those that there are
            os.sched_setaffinity(0, {request["cpu"]})
    if request["binds"]:
        _bind(request["binds"])
    _limit(request["rlimits"])
    os.umask(0o022)
    if request["uid"] is not None:
        _drop(request["uid"])
    os.chdir(request["cwd"])
    if request["wrap"]:
        _become_wrapped(request, fds)
    if request["seccomp"]:
        _filter(bytes.fromhex(request["seccomp"]))
    write_all(fds["ready"], b"r")
    if not os.read(fds["go"], 1):
        os._exit(125)
    try:
        os.execvpe(request["argv"][0], request["argv"], request["env"])
    except OSError as error:
        write_all(2, f"{request['argv'][0]}: {os.strerror(error.errno or 0)}\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


def _limit(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, value in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (limit, limit))


def _become_wrapped(request: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    """The same behind bubblewrap, which reads its own arguments from a file descriptor."""
    wrap = request["wrap"]
    arguments = list(wrap["arguments"])
    sources = [fds["go"], fds["ready"], os.memfd_create("arguments")]
    if request["seccomp"]:
        arguments += ["--seccomp", "6"]
        sources.append(os.memfd_create("seccomp"))
        write_all(sources[3], bytes.fromhex(request["seccomp"]))
        os.lseek(sources[3], 0, os.SEEK_SET)
    write_all(sources[2], b"".join(os.fsencode(item) + b"\0" for item in arguments))
    os.lseek(sources[2], 0, os.SEEK_SET)
    # First out of the way, since a source may have one of the numbers that another one gets.
    aside = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 32) for fd in sources]
    for number, fd in enumerate(aside, start=3):
        os.dup2(fd, number)
    argv = [wrap["program"], "--args", "5", "--", "/bin/sh", "-c", GATE, "sh", *request["argv"]]
    os.execve(wrap["program"], argv, {"PATH": "/usr/bin:/bin"})


def _bind(binds: list[tuple[str, bool]]) -> None:
    """Make paths mount points in a mount namespace of our own: fixed in place, files read-only.

    bubblewrap could do that too, but reads the whole mount table for each (measured: 460 ms for
    500 files, 6 s for 2000; this: 36 and 116 ms with all of bubblewrap's start).
    """
    _unshare(CLONE_NEWNS)
    for path, read_only in binds:
        raw = os.fsencode(path)
        system_call("mount", raw, raw, None, MS_BIND, None)
        if read_only:
            # A user namespace may not lift what the mount forbids already, so it has to be repeated.
            kept = MS_NOEXEC if os.statvfs(path).f_flag & os.ST_NOEXEC else 0
            flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | kept
            system_call("mount", None, raw, None, flags, None)


def own_network() -> None:
    """Enter an empty network, with a loopback that all who are started from here share."""
    import socket

    _unshare(CLONE_NEWNET)
    system_call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    with socket.socket() as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def _unshare(kind: int) -> None:
    """Enter namespaces of our own: of users, so that any user may, and of a further kind."""
    uid, gid = os.getuid(), os.getgid()
    system_call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # or /proc/self belongs to root
    system_call("unshare", kind | CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open("/proc/self/" + name, "w", encoding="ascii") as file:
            file.write(text)


def _drop(uid: int) -> None:
    """Become a user without any capability, now or later."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    system_call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _filter(program: bytes) -> None:
    """Forbid the system calls of a BPF program to this process and its descendants."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    system_call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    held = Program(len(program) // 8, program)
    system_call("prctl", PR_SET_SECCOMP, 2, ctypes.byref(held), 0, 0)


def pipes(*, asked: bool) -> tuple[dict[str, int], dict[str, int]]:
    """Return our ends and the child's ends; `asked`: its stdin is a pipe, too."""
    ours, theirs = {}, {}
    for name in ("out", "err", "ready"):
        ours[name], theirs[name] = os.pipe()
    theirs["go"], ours["go"] = os.pipe()
    if asked:
        theirs["in"], ours["in"] = os.pipe()
    else:
        theirs["in"] = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    return ours, theirs
