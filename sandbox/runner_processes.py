"""A part of the runner: commands with all their processes, timed and killed. See `runner`."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from strop.sandbox.runner_files import CHUNK, reply, write_all
from strop.sandbox.runner_start import PR_SET_CHILD_SUBREAPER, become, pipes, system_call

KILL_S = 20.0  # how long processes may take to die; only a hung kernel or disk takes that long
LOOK_S = 0.05  # how often a clock is read while something goes on
SAMPLE_S = 0.02  # between two looks at the memory of all processes together
START_S = 30.0  # how long a command may take to its start line: mounts, namespaces


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
        if line.split(None, 1)[:1] == [key]:
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


def _children(*, dead: bool = False) -> dict[int, list[int]]:
    """Return the children of every process; `dead`: with those that nobody has waited for yet."""
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
        if dead or state not in (b"Z", b"X"):
            children.setdefault(int(parent), []).append(int(name))
    return children


def _descendants(*, dead: bool = False) -> Iterator[int]:
    children, todo = _children(dead=dead), [os.getpid()]
    while todo:
        for pid in children.get(todo.pop(), ()):
            todo.append(pid)
            yield pid


def kill_descendants() -> None:
    """Kill all that this process and its children started, once."""
    for pid in _descendants():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _waited_s(pid: int) -> float:
    """Return the CPU seconds of the children that a process has waited for, in steps of 10 ms."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        text = file.read()
    return sum(map(int, text[text.rindex(b")") + 2 :].split()[13:15])) / os.sysconf("SC_CLK_TCK")


def living_s() -> float:
    """Return the CPU seconds of all descendants that this process has not waited for.

    A process has a clock that others can read, of all its threads, dead ones too; its children's
    time is added to its parent's account when that waits for it.
    """
    total = 0.0
    for pid in _descendants(dead=True):
        try:
            # Source: clock_getcpuclockid(3); the lower bits say "scheduler's time, of a process".
            total += time.clock_gettime((~pid << 3) | 2)
            total += _waited_s(pid)
        except OSError:
            continue  # gone meanwhile
    return total


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


def _living_peak_kb() -> int:
    """Return the peak of memory of the largest descendant."""
    peak = 0
    for pid in _descendants():
        try:
            peak = max(peak, _counter(f"/proc/{pid}/status", "VmHWM:"))
        except (OSError, ValueError):
            continue  # gone meanwhile
    return peak


def _resident_kb() -> int:
    """Return the memory that all descendants hold together; what they share counts for each of them."""
    found: dict[int, list[tuple[int, int]]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/" + name + "/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # gone meanwhile
        found.setdefault(int(fields[1]), []).append((int(name), int(fields[21])))
    pages, todo = 0, [os.getpid()]
    while todo:
        for pid, resident in found.get(todo.pop(), ()):
            todo.append(pid)
            pages += resident
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


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
        self.seen_s = 0.0  # CPU time that was seen while it ran, of the living, too
        self.peak_kb = 0
        self.killers: set[int] = set()
        self.samples: bool = request["sum_memory"]
        self.outputs: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self.room: int = request["output_bytes"]
        self.overflow = False
        self.reason = "exited"
        self.kills = self.counters.kills()

    def told_reason(self) -> str:
        """Return why it ended, with what the cgroup says of memory."""
        failed = exit_code(self.status) != 0 and self.reason in ("exited", "timeout")
        return "out of memory" if failed and self.counters.kills() > self.kills else self.reason

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

    def sample_memory(self) -> None:
        """Look at the memory of all processes now and at intervals, until `kill`."""

        def look(*_: object) -> None:
            self.peak_kb = max(self.peak_kb, _resident_kb())

        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, SAMPLE_S, SAMPLE_S)

    def kill(self) -> None:
        """Kill all that is left and wait until it is gone."""
        if self.samples:
            signal.setitimer(signal.ITIMER_REAL, 0)
        deadline = time.monotonic() + KILL_S
        if self.reap():
            # The kernel keeps no account of those that it kills at the end of a pid namespace.
            self.peak_kb = max(self.peak_kb, _living_peak_kb())
        while self.reap():
            if time.monotonic() > deadline:
                raise TimeoutError("processes of the command can't be killed")
            if self.uid is not None:
                try:
                    self.killers.add(_kill_user(self.uid))
                except BlockingIOError:
                    # A fork bomb holds every process that the sandbox may have: make room, then again.
                    kill_descendants()
            else:
                kill_descendants()
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


class Meter:
    """The CPU clock of a running command and all its descendants."""

    def __init__(self, command: Command) -> None:
        """The cgroup's account where there is one; else what is dead and what is alive, added up.

        In the second case a process is lost that ends where its parent has said to wait for none.
        """
        self.command = command
        self.grouped = command.counters.cpu_s() > 0
        self.last = 0.0

    def read(self) -> float:
        """Return CPU seconds since some time before the command's start; never less than before."""
        if self.grouped:
            # This process may be in the group; nothing else that is awake.
            own = time.process_time() if self.command.uid is not None else 0.0
            now = self.command.counters.cpu_s() - own
        else:
            now = self.command.cpu_s + living_s()
        self.last = max(self.last, now)
        return self.last


class Started(NamedTuple):
    """A command at its start line, and what its watcher listens to."""

    command: Command
    fds: dict[str, int]  # our ends of its pipes: out, err, go, and in where it is asked
    wake: int  # readable when a child has ended


def start(request: dict[str, Any], *, asked: bool = False) -> Started:
    """Fork a command up to its start line; `asked`: with a pipe as its stdin."""
    system_call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    command = Command(request)
    ours, theirs = pipes(asked=asked)
    command.pid = os.fork()
    if command.pid == 0:
        try:
            become(command.request, theirs)
        except BaseException as error:
            os.write(2, f"runner: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(125)
    for fd in theirs.values():
        os.close(fd)
    for name in ours:
        os.set_blocking(ours[name], name in ("ready", "go"))
    with selectors.DefaultSelector() as selector:
        selector.register(ours["ready"], selectors.EVENT_READ)
        started = bool(selector.select(START_S)) and os.read(ours["ready"], 1) == b"r"
    if not started:
        command.kill()
        _drain(command, ours)
        raise OSError("the command did not start: " + command.outputs[1].decode("utf-8", "replace").strip())
    os.close(ours["ready"])
    if command.samples:
        command.sample_memory()
    return Started(command, ours, wake)


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
    # Without a group, what a pid namespace ends with is on no account: it is looked at while it lives.
    grouped = command.counters.cpu_s() > 0
    look = time.monotonic() + LOOK_S
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
            for key, _ in selector.select(left if grouped else max(0.0, min(left, look - time.monotonic()))):
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
            now = time.monotonic()
            if not grouped and command.status is None and now >= look:
                command.seen_s = max(command.seen_s, command.cpu_s + living_s())
                # Looking may take 3 % of a processor, however many processes the machine has.
                look = now + max(LOOK_S, 30 * (time.monotonic() - now))


def run(request: dict[str, Any]) -> None:
    """Run one command to its end and report it."""
    command, ours, wake = start(request)
    group_s, own_s = command.counters.cpu_s(), time.process_time()
    before_s = living_s()  # the way to the start line took it: it is not the command's
    started = time.monotonic()
    write_all(ours["go"], b"\n")
    _watch(command, ours, wake, started + request["timeout_s"])
    stopped = command.ended if command.reason == "exited" else time.monotonic()
    command.kill()
    _drain(command, ours)
    cpu_s = max(0.0, max(command.cpu_s, command.seen_s) - before_s)
    if group_s:
        # The cgroup also counts children that their parent never waited for; ours is in it or idle.
        own = time.process_time() - own_s if request["uid"] is not None else 0.0
        cpu_s = max(cpu_s, command.counters.cpu_s() - group_s - own)
    if command.reason == "exited" and command.overflow:
        command.reason = "output limit"
    out, err = command.outputs
    reply(
        {"reason": command.told_reason(), "code": exit_code(command.status), "wall_s": stopped - started,
         "cpu_s": cpu_s, "peak_rss_bytes": command.peak_kb * 1024, "out": len(out)},
        len(out) + len(err),
    )  # fmt: skip
    write_all(1, out)
    write_all(1, err)


def exit_code(status: int | None) -> int:
    """Return a status as a shell reports it; for none, that of a killed process."""
    if status is None:
        return 128 + signal.SIGKILL
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)
