"""The trusted process beside a candidate: runs commands, keeps the clock, moves files.

One runner serves one sandbox. It is started as `python3 -I -S -c SOURCE` (inside of a container,
as root) or from this file (on this machine, outside of bubblewrap), reads requests on stdin and
answers on stdout. Every request is served by a forked worker, so that the runner itself stays
small, and a command's processes are all descendants of its worker.

The text travels into images with an older Python: standard library only, and nothing newer than
3.8. It stays in one file for that reason.

Frames, big-endian. Request: operation (4 bytes), length of JSON, length of data; reply: length
of JSON, length of data. JSON and data follow.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import resource
import selectors
import signal
import stat
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

REQUEST = struct.Struct(">4sQQ")
REPLY = struct.Struct(">QQ")
CHUNK = 1 << 16
MAX_DEPTH = 64  # folders below one another; deeper trees are hostile, or broken
KILL_S = 20.0  # how long processes may take to die; only a hung kernel or disk takes that long
START_S = 30.0  # how long a command may take to its start line: mounts, namespaces

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096

# Says "ready", waits for "go", becomes the command: all that bubblewrap sets up comes before.
GATE = 'printf r >&4; read -r go <&3 || exit 125; exec 3<&- 4>&- "$@"'

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, name + ": " + os.strerror(number))


# --- frames ------------------------------------------------------------------------------------


def read_exactly(fd: int, size: int) -> bytes:
    """Return `size` bytes of `fd`. Raises `EOFError` where it ends before."""
    data = bytearray()
    while len(data) < size:
        piece = os.read(fd, min(CHUNK, size - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def reply(message: dict[str, Any], size: int = 0) -> None:
    """Send a reply's head; `size` bytes of data must follow."""
    text = json.dumps(message).encode("ascii")
    write_all(1, REPLY.pack(len(text), size) + text)


# --- files -------------------------------------------------------------------------------------
# Every step opens one component of a path relative to its folder and follows no link, so that
# nothing a candidate leaves behind leads out of the tree.

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _remove(folder: int, name: str) -> None:
    """Remove whatever has that name, folders with all they hold."""
    try:
        os.unlink(name, dir_fd=folder)
        return
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            raise
    # Subfolders move up beside the first one: a tree of any depth needs two open folders.
    left, serial = [name], 0
    while left:
        current = left.pop()
        os.chmod(current, 0o700, dir_fd=folder)
        inner = os.open(current, _FOLDER, dir_fd=folder)
        try:
            with os.scandir(inner) as entries:
                inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            for child, is_folder in inside:
                if is_folder:
                    serial += 1
                    left.append(f".strop-removed-{time.monotonic_ns()}-{serial}")
                    os.chmod(child, 0o700, dir_fd=inner)
                    os.rename(child, left[-1], src_dir_fd=inner, dst_dir_fd=folder)
                else:
                    os.unlink(child, dir_fd=inner)
        finally:
            os.close(inner)
        os.rmdir(current, dir_fd=folder)


def _enter(folder: int, name: str, owned: bool) -> int:
    """Open a subfolder to write into; what else has that name is replaced by a folder."""
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except PermissionError:
        os.chmod(name, 0o755, dir_fd=folder)
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:  # missing, a link, or another kind of file
        _remove(folder, name)
        os.mkdir(name, 0o755, dir_fd=folder)
        inner = os.open(name, _FOLDER, dir_fd=folder)
    if owned:
        # Root's and sticky: the candidate may add files, and can't move or remove what isn't its own.
        os.fchown(inner, 0, 0)
        os.fchmod(inner, 0o1777)
    return inner


def _put_one(root: int, entry: dict[str, Any], uid: int | None) -> None:
    *folders, name = entry["path"].split("/")
    folder = os.dup(root)
    try:
        for part in folders:
            inner = _enter(folder, part, uid is not None)
            os.close(folder)
            folder = inner
        _remove(folder, name)
        fd = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
        )
        try:
            left = entry["size"]
            while left:
                piece = read_exactly(0, min(CHUNK, left))
                write_all(fd, piece)
                left -= len(piece)
            writable = entry["writable"]
            # The candidate owns what it may change, so that it can also rename over it.
            if uid is not None and writable:
                os.fchown(fd, uid, uid)
            os.fchmod(fd, (0o755 if entry["executable"] else 0o644) if writable or uid is not None
                      else (0o555 if entry["executable"] else 0o444))  # fmt: skip
        finally:
            os.close(fd)
    finally:
        os.close(folder)


def put(request: dict[str, Any]) -> None:
    """Write files whose contents follow the request, in the order of its list."""
    root = os.open(request["work"], _FOLDER)
    if request["uid"] is not None:
        os.fchown(root, 0, 0)
        os.fchmod(root, 0o1777)
    for entry in request["files"]:
        try:
            _put_one(root, entry, request["uid"])
        except OSError as error:
            raise OSError(error.errno, f"{entry['path']}: {os.strerror(error.errno or 0)}") from error
    reply({})


def _open_file(root: int, path: str) -> int | None:
    """Open a regular file below `root` for reading, None where there is none."""
    parts = path.split("/")
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        if not stat.S_ISREG(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        try:
            return os.open(parts[-1], flags, dir_fd=folder)
        except PermissionError:
            os.chmod(parts[-1], 0o600, dir_fd=folder)
            return os.open(parts[-1], flags, dir_fd=folder)
    except OSError:
        return None  # missing, a link, no folder, not readable: all the same, there is no such file
    finally:
        os.close(folder)


def _send_file(fd: int, size: int) -> None:
    left = size
    while left:
        piece = os.read(fd, min(CHUNK, left))
        if not piece:
            raise EOFError("a file shrank while it was read")
        write_all(1, piece)
        left -= len(piece)


def get(request: dict[str, Any]) -> None:
    """Send one regular file."""
    root = os.open(request["work"], _FOLDER)
    fd = _open_file(root, request["path"])
    size = -1
    if fd is not None:
        info = os.fstat(fd)
        if stat.S_ISREG(info.st_mode) and info.st_size <= request["max_bytes"]:
            size = info.st_size
    if fd is None or size < 0:
        reply({"found": False})
        return
    reply({"found": True}, size)
    _send_file(fd, size)


def _walk(root: int) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path and status of every regular file."""
    left = [""]
    while left:
        path = left.pop()
        folder = os.dup(root)
        try:
            for part in path.split("/") if path else []:
                try:
                    inner = os.open(part, _FOLDER, dir_fd=folder)
                except PermissionError:
                    os.chmod(part, 0o700, dir_fd=folder)
                    inner = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
            with os.scandir(folder) as entries:
                for entry in entries:
                    info = entry.stat(follow_symlinks=False)
                    inside = path + "/" + entry.name if path else entry.name
                    if stat.S_ISDIR(info.st_mode):
                        if inside.count("/") >= MAX_DEPTH:
                            raise OverflowError(f"folders more than {MAX_DEPTH} deep")
                        left.append(inside)
                    elif stat.S_ISREG(info.st_mode):
                        yield inside, info
        finally:
            os.close(folder)


def tree(request: dict[str, Any]) -> None:
    """Send all regular files: a table, then their contents in its order."""
    root = os.open(request["work"], _FOLDER)
    uid = request["uid"]
    table: list[tuple[str, int, bool, bool]] = []
    total = 0
    try:
        for path, info in _walk(root):
            total += info.st_size
            if total > request["max_bytes"] or len(table) >= request["max_files"]:
                caps = f"{request['max_bytes']} bytes or {request['max_files']} files"
                raise OverflowError(f"more than {caps}")
            writable = info.st_uid == uid if uid is not None else bool(info.st_mode & 0o200)
            table.append((path, info.st_size, bool(info.st_mode & 0o100), writable))
    except OverflowError as error:
        reply({"error": str(error)})
        return
    reply({"files": table}, total)
    for path, size, _, _ in table:
        fd = _open_file(root, path)
        if fd is None:
            raise EOFError(path + " cannot be read")
        _send_file(fd, size)
        os.close(fd)


# --- processes ---------------------------------------------------------------------------------


def _counter(path: str | None, key: str) -> int:
    """Return a number from a cgroup file: the whole file, or the line that starts with `key`."""
    if not path:
        return 0
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
    except OSError:
        return 0  # the cgroup has no such file here: the caller has other sources
    if not key:
        return int(text)
    for line in text.splitlines():
        if line.startswith(key + " "):
            return int(line.split()[1])
    return 0


class Counters:
    """CPU time and out-of-memory kills of the cgroup that the command lives in."""

    def __init__(self, request: dict[str, Any]) -> None:
        paths = request["counters"]
        self.v1_cpu, self.v2_cpu = paths.get("cpuacct"), paths.get("cpu.stat")
        self.v1_oom, self.v2_oom = paths.get("oom_control"), paths.get("memory.events")

    def cpu_s(self) -> float:
        """Seconds of CPU time since the cgroup exists; 0 where unknown."""
        v1 = _counter(self.v1_cpu, "") / 1e9
        return v1 or _counter(self.v2_cpu, "usage_usec") / 1e6

    def kills(self) -> int:
        """How many processes were killed for want of memory."""
        return _counter(self.v1_oom, "oom_kill") + _counter(self.v2_oom, "oom_kill")


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/" + name + "/stat", "rb") as file:
                text = file.read()
        except OSError:
            continue  # gone meanwhile
        # The name in parentheses may hold spaces and parentheses; the last one ends it.
        state, parent = text[text.rindex(b")") + 2 :].split()[:2]
        if state not in (b"Z", b"X"):
            children.setdefault(int(parent), []).append(int(name))
    return children


def _kill_descendants() -> None:
    children, todo = _children(), [os.getpid()]
    while todo:
        for pid in children.get(todo.pop(), ()):
            todo.append(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _kill_user(uid: int) -> int:
    """Kill every process of a user at once, fork bombs too; returns the pid of who does it."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.kill(-1, signal.SIGKILL)  # spares the caller
        finally:
            os._exit(0)
    return pid


class Command:
    """One running command with all its descendants."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.uid: int | None = request["uid"]
        self.counters = Counters(request)
        self.pid = 0
        self.status: int | None = None
        self.ended = 0.0
        self.cpu_s = 0.0
        self.peak_kb = 0
        self.killers: set[int] = set()
        self.outputs: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self.room: int = request["output_bytes"]
        self.overflow = False
        self.reason = "exited"

    def reap(self) -> bool:
        """Collect the dead; returns False when no child is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid in self.killers:
                self.killers.discard(pid)
                continue
            self.cpu_s += usage.ru_utime + usage.ru_stime
            self.peak_kb = max(self.peak_kb, usage.ru_maxrss)
            if pid == self.pid:
                self.status, self.ended = status, time.monotonic()

    def kill(self) -> None:
        """Kill all that is left and wait until it is gone."""
        deadline = time.monotonic() + KILL_S
        while self.reap():
            if time.monotonic() > deadline:
                raise TimeoutError("processes of the command can't be killed")
            if self.uid is not None:
                try:
                    self.killers.add(_kill_user(self.uid))
                except BlockingIOError:
                    # A fork bomb holds every process that the sandbox may have: make room, then again.
                    _kill_descendants()
            else:
                _kill_descendants()
            time.sleep(0.001)

    def read(self, fd: int, number: int) -> bool:
        """Take output up to the cap; returns False at its end."""
        try:
            piece = os.read(fd, CHUNK)
        except BlockingIOError:
            return True
        self.outputs[number].extend(piece[: self.room])
        self.overflow = self.overflow or len(piece) > self.room
        self.room -= min(self.room, len(piece))
        return bool(piece)


def _become(request: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    """In the child: put on the limits, wait for the start, become the command."""
    for number, name in enumerate(("null", "out", "err")):
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
    uid, gid = os.getuid(), os.getgid()
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # or /proc/self belongs to root
    _call("unshare", CLONE_NEWNS | CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open("/proc/self/" + name, "w", encoding="ascii") as file:
            file.write(text)
    for path, read_only in binds:
        raw = os.fsencode(path)
        _call("mount", raw, raw, None, MS_BIND, None)
        if read_only:
            # A user namespace may not lift what the mount forbids already, so it has to be repeated.
            kept = MS_NOEXEC if os.statvfs(path).f_flag & os.ST_NOEXEC else 0
            flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | kept
            _call("mount", None, raw, None, flags, None)


def _drop(uid: int) -> None:
    """Become a user without any capability, now or later."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _filter(program: bytes) -> None:
    """Forbid the system calls of a BPF program to this process and its descendants."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    held = Program(len(program) // 8, program)
    _call("prctl", PR_SET_SECCOMP, 2, ctypes.byref(held), 0, 0)


def _pipes() -> tuple[dict[str, int], dict[str, int]]:
    """Return our ends and the child's ends."""
    ours, theirs = {}, {}
    for name in ("out", "err", "ready"):
        ours[name], theirs[name] = os.pipe()
    theirs["go"], ours["go"] = os.pipe()
    theirs["null"] = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    return ours, theirs


def _start(command: Command) -> dict[str, int]:
    """Fork the command up to its start line; returns our ends of its pipes."""
    ours, theirs = _pipes()
    command.pid = os.fork()
    if command.pid == 0:
        try:
            _become(command.request, theirs)
        except BaseException as error:
            os.write(2, f"runner: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(125)
    for fd in theirs.values():
        os.close(fd)
    for name in ("out", "err"):
        os.set_blocking(ours[name], False)
    with selectors.DefaultSelector() as selector:
        selector.register(ours["ready"], selectors.EVENT_READ)
        started = bool(selector.select(START_S)) and os.read(ours["ready"], 1) == b"r"
    if not started:
        command.kill()
        _drain(command, ours)
        raise OSError("the command did not start: " + command.outputs[1].decode("utf-8", "replace").strip())
    os.close(ours["ready"])
    return ours


def _drain(command: Command, ours: dict[str, int]) -> None:
    """Read what the dead left in the pipes."""
    for number, name in enumerate(("out", "err")):
        size = -1
        # Nobody writes any more, so no progress means empty; the end was never closed by an outsider.
        while size != len(command.outputs[number]) and not command.overflow:
            size = len(command.outputs[number])
            command.read(ours[name], number)


def _watch(command: Command, ours: dict[str, int], wake: int, deadline: float) -> None:
    """Read output until the command ends, or has to be ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(ours["out"], selectors.EVENT_READ, 0)
        selector.register(ours["err"], selectors.EVENT_READ, 1)
        selector.register(wake, selectors.EVENT_READ, 2)
        selector.register(0, selectors.EVENT_READ, 3)
        while command.status is None:
            left = deadline - time.monotonic()
            if left <= 0:
                command.reason = "timeout"
                return
            for key, _ in selector.select(left):
                if key.data == 3:  # nothing is due on stdin: whoever asked has gone
                    command.reason = "abandoned"
                    return
                if key.data == 2:
                    os.read(wake, CHUNK)
                elif not command.read(key.fd, key.data):
                    selector.unregister(key.fd)
                if command.overflow:
                    command.reason = "output limit"
                    return
            command.reap()


def run(request: dict[str, Any]) -> None:
    """Run one command to its end and report it."""
    _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    command = Command(request)
    kills = command.counters.kills()
    ours = _start(command)
    group_s, own_s = command.counters.cpu_s(), time.process_time()
    before_s = _spent()
    started = time.monotonic()
    write_all(ours["go"], b"\n")
    _watch(command, ours, wake, started + request["timeout_s"])
    stopped = time.monotonic()
    if command.reason == "exited":
        stopped = command.ended
    command.kill()
    _drain(command, ours)
    cpu_s = max(0.0, command.cpu_s - before_s)
    if group_s:
        # The cgroup also counts children that their parent never waited for; ours is in it or idle.
        own = time.process_time() - own_s if request["uid"] is not None else 0.0
        cpu_s = max(cpu_s, command.counters.cpu_s() - group_s - own)
    if command.reason == "exited" and command.overflow:
        command.reason = "output limit"
    if command.counters.kills() > kills and command.reason in ("exited", "timeout"):
        command.reason = "out of memory" if _code(command.status) != 0 else command.reason
    out, err = command.outputs
    reply(
        {"reason": command.reason, "code": _code(command.status), "wall_s": stopped - started,
         "cpu_s": cpu_s, "peak_rss_bytes": command.peak_kb * 1024, "out": len(out)},
        len(out) + len(err),
    )  # fmt: skip
    write_all(1, bytes(out))
    write_all(1, bytes(err))


def _spent() -> float:
    """Return the CPU seconds that the way to the start line took: they are not the command's."""
    total, children, todo = 0, _children(), [os.getpid()]
    while todo:
        for pid in children.get(todo.pop(), ()):
            todo.append(pid)
            try:
                with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
            except (OSError, ValueError):
                continue  # gone, or a kernel without the file: the start then counts with the command
    return total / 1e9


def _code(status: int | None) -> int:
    if status is None:
        return 128 + signal.SIGKILL
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


# --- the loop ----------------------------------------------------------------------------------

OPERATIONS: dict[bytes, Callable[[dict[str, Any]], None]] = {
    b"exec": run,
    b"put ": put,
    b"get ": get,
    b"tree": tree,
}


def _work(operation: bytes, size: int) -> NoReturn:
    """In a worker: serve one request."""
    code = 3
    try:
        OPERATIONS[operation](json.loads(read_exactly(0, size)))
        code = 0
    except BaseException as error:
        # Where the stream stands is unknown now: the error is the runner's last word.
        reply({"error": str(error) if isinstance(error, OSError) else repr(error)})
    finally:
        os._exit(code)


def main() -> int:
    """Serve requests until stdin ends."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    _call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reply({"ready": True, "python": list(sys.version_info[:3])})
    while True:
        try:
            operation, size, _ = REQUEST.unpack(read_exactly(0, REQUEST.size))
        except EOFError:
            return 0
        worker = os.fork()
        if worker == 0:
            _work(operation, size)
        _, status = os.waitpid(worker, 0)
        if status != 0:
            _kill_descendants()
            if os.WIFSIGNALED(status):
                reply({"lost": os.WTERMSIG(status)})
            return 1


if __name__ == "__main__":
    sys.exit(main())
