"""A sampling profiler in one file, put on PYTHONPATH as `sitecustomize.py` (see `python.py` beside it).

It runs inside the profiled program, with nothing of strop around it: the standard library only,
Python 3.8 or later. Imported under its own name it does nothing.

Every two milliseconds of CPU time (ITIMER_PROF) it weighs the stack of the main thread with the CPU
time since the last sample, so that one long call into native code counts in full. A signal reaches
the main thread only: once the program starts threads, a watching thread takes over the samples that
signals miss and splits them among the threads that do not wait. Frames outside the work folder are
collapsed into the line of the job's own code that called them.

Python runs signal handlers between some instructions only (calls, ends of loops), which would move
samples to other lines. So `faulthandler`, which writes the stack at the very instant of the signal,
goes first, and the line of the innermost own frame is taken from what it wrote.

Every process writes its own file, at exit and now and then before it, so that little is lost when
it is killed. What the program can see: a SIGPROF handler. A program that sets its own wins.
"""

from __future__ import annotations

import atexit
import faulthandler
import json
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    Key = tuple[str, str]

INTERVAL_S = 0.002
WATCH_S = 0.01  # how often the watching thread looks whether signals miss something
FIRST_FLUSH_S = 0.1  # CPU time; then at every doubling, at the latest every 5 s
DEPTH = 250  # frames of one stack, from the innermost
KEYS = 4000  # functions, lines and library names, each: what a table holds at most
WAITING = {"threading", "queue", "selectors", "socket", "ssl", "concurrent.futures.thread", "subprocess"}


class ExactLines:
    """The stack at the instant of the last signal, as faulthandler wrote it into memory."""

    def __init__(self) -> None:
        import fcntl

        made = os.memfd_create("strop-lines")
        try:  # far from the numbers that a program reuses after it closed files that are not its own
            self.fd = fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, 200)
        finally:
            os.close(made)
        self.inode = os.fstat(self.fd).st_ino
        faulthandler.register(signal.SIGPROF, file=self.fd, all_threads=False, chain=True)

    def take(self) -> list[tuple[str, str, int]]:
        """Return (file, function, line) from the innermost frame on, and forget them."""
        if os.fstat(self.fd).st_ino != self.inode:
            raise OSError("the program closed the sampler's file")
        text = os.pread(self.fd, 1 << 16, 0).decode("ascii", "replace")
        os.ftruncate(self.fd, 0)
        os.lseek(self.fd, 0, os.SEEK_SET)
        found = []
        for row in text.splitlines():
            file, _, rest = row.strip().partition('", line ')
            number, _, name = rest.partition(" in ")
            if file.startswith('File "') and number.isdigit() and file[6:] != SAMPLER_FILE:
                found.append((file[6:], name, int(number)))
        return found

    def close(self) -> None:
        """Stop, and close the file, unless its number belongs to the program by now."""
        faulthandler.unregister(signal.SIGPROF)
        try:
            if os.fstat(self.fd).st_ino == self.inode:
                os.close(self.fd)
        except OSError:  # the program closed it
            return


class Sampler:
    """The tables of one process."""

    def __init__(self, path: str, root: str) -> None:
        self.path, self.root = path, os.path.realpath(root) + os.sep
        self.codes: dict[CodeType, tuple[str, str, int] | None] = {}
        self.watching = False
        self.exact: ExactLines | None = None
        self.note = ""
        self.reset()

    def reset(self) -> None:
        """Begin anew: at the start, and in a forked child."""
        self.self_s: dict[Key, float] = {}
        self.cum_s: dict[Key, float] = {}
        self.first_line: dict[Key, int] = {}
        self.lines: dict[tuple[str, str, int], float] = {}
        self.library: dict[str, float] = {}
        self.samples, self.sampled_s, self.busy, self.stopped = 0, 0.0, False, False
        self.started_s = self.last_s = time.process_time()
        self.next_flush_s = FIRST_FLUSH_S
        self.file = f"{self.path}.{os.getpid()}.{time.time_ns():x}.json"

    # --- sampling ---------------------------------------------------------------------------

    def on_signal(self, _number: int, frame: FrameType | None) -> None:
        self.sample(frame, None)

    def sample(self, frame: FrameType | None, watcher: int | None) -> None:
        """Weigh the present stacks with the CPU time since the last sample; never raises."""
        if self.busy or self.stopped:
            return
        self.busy = True
        try:
            now = time.process_time()
            weight, self.last_s = now - self.last_s, now
            stacks = [frame] if not self.watching else self.running(watcher)
            exact = self.exact_lines() if watcher is None else []
            for stack in stacks:
                self.record(stack, weight / len(stacks), exact)
            self.samples += 1
            self.sampled_s += weight
            if now - self.started_s >= self.next_flush_s:
                self.next_flush_s += min(self.next_flush_s, 5.0)
                self.write(now)
        except Exception as error:  # boundary: the profiled program must not notice the profiler
            self.note = f"the sampler failed: {error!r}"
            self.stopped = True
        finally:
            self.busy = False

    def running(self, watcher: int | None) -> Any:
        """The innermost frames of the threads that do not wait, or else of all but the watcher."""
        present = [outside(f) for ident, f in sys._current_frames().items() if ident != watcher]
        frames = [frame for frame in present if frame is not None]
        return [f for f in frames if f.f_globals.get("__name__", "") not in WAITING] or frames or [None]

    def exact_lines(self) -> list[tuple[str, str, int]]:
        if self.exact is None:
            return []
        try:
            return self.exact.take()
        except OSError:
            self.exact.close()
            self.exact = None
            return []

    def record(self, frame: FrameType | None, weight: float, exact: list[tuple[str, str, int]]) -> None:
        """Add one stack: the innermost own function gets it, its callers get it cumulatively."""
        seen: set[Key] = set()
        entry: FrameType | None = None  # the library frame nearest to own code
        depth = 0
        while frame is not None and depth < DEPTH:
            where = self.where(frame.f_code)
            if where is not None:
                key = where[:2]
                if not seen:
                    add(self.self_s, key, weight)
                    add(self.lines, (key[0], key[1], line_of(frame, exact)), weight)
                if key not in seen:
                    seen.add(key)
                    add(self.cum_s, key, weight)
                    self.first_line[key] = min(where[2], self.first_line.get(key, where[2]))
            elif not seen:
                entry = frame
            frame, depth = frame.f_back, depth + 1
        if entry is not None:
            module = str(entry.f_globals.get("__name__", "?"))
            add(self.library, module + "." + short_name(entry.f_code), weight)

    def where(self, code: CodeType) -> tuple[str, str, int] | None:
        """Relative file, function and first line of the job's own code; None for a library's."""
        if code in self.codes:
            return self.codes[code]
        path = os.path.realpath(code.co_filename)
        found = None
        if path.startswith(self.root) and not code.co_filename.startswith("<"):
            relative = path[len(self.root) :]
            if "site-packages" not in relative and "/lib/python" not in "/" + relative:
                found = (relative.replace(os.sep, "/"), short_name(code), code.co_firstlineno)
        if len(self.codes) < 4 * KEYS:
            self.codes[code] = found
        return found

    # --- life -------------------------------------------------------------------------------

    def start(self) -> None:
        if signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL:
            self.note, self.stopped = "SIGPROF is taken", True
            atexit.register(self.finish)
            return
        signal.signal(signal.SIGPROF, self.on_signal)
        signal.siginterrupt(signal.SIGPROF, False)  # system calls of the program go on by themselves
        self.tap()
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)
        atexit.register(self.finish)
        os.register_at_fork(after_in_child=self.forked)
        sys.addaudithook(self.audit)
        if sys.version_info < (3, 12):  # no audit event tells of threads, no warning of fork beside one
            self.start_watching()

    def tap(self) -> None:
        """Have faulthandler write where the program is, ahead of our own handler."""
        try:
            self.exact = ExactLines()
        except (OSError, AttributeError, RuntimeError, ValueError):  # lines are a little less exact then
            self.exact = None

    def mine(self) -> bool:
        """Whether the program left the handler alone; if not, say so and give up."""
        if signal.getsignal(signal.SIGPROF) == self.on_signal:
            return True
        self.note, self.stopped = "the program uses SIGPROF itself", True
        return False

    def finish(self) -> None:
        """Stop the clock and write what there is."""
        if not self.stopped and self.mine():
            signal.setitimer(signal.ITIMER_PROF, 0)
        self.stopped = True
        self.write(time.process_time())

    def forked(self) -> None:
        """In a forked child: timers and threads are not inherited, and tables start empty."""
        self.watching = False
        self.reset()
        if not self.mine():
            return
        if self.exact is not None:
            self.exact.close()
            self.tap()  # the parent's file and its position are shared
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)
        if sys.version_info < (3, 12):
            self.start_watching()
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children leave by os._exit, after their own finalizers
            util.register_after_fork(self, lambda own: util.Finalize(None, own.finish, exitpriority=-1000))

    def audit(self, event: str, _arguments: Any) -> None:
        if event in ("_thread.start_new_thread", "_thread.start_joinable_thread"):
            self.start_watching()
        elif event == "os.exec" and not self.stopped:
            # A timer outlives exec, its handler does not: the next SIGPROF would kill the new program.
            self.finish()

    def start_watching(self) -> None:
        if self.watching or self.stopped:
            return
        self.watching = True
        import _thread

        try:
            _thread.start_new_thread(self.watch, ())
        except RuntimeError as error:  # no more threads: the program's own start will say so, too
            self.note = f"threads are not profiled: {error}"

    def watch(self) -> None:
        """Take the samples that signals miss, since they reach the main thread only."""
        import _thread

        ident, pid = _thread.get_ident(), os.getpid()
        while not self.stopped and self.watching and os.getpid() == pid:
            time.sleep(WATCH_S)
            if time.process_time() - self.last_s > 2 * INTERVAL_S:
                self.sample(None, ident)

    def write(self, now: float) -> None:
        """Write the tables, largest entries first, by an atomic replacement."""
        keys = set(top(self.self_s, 60)) | set(top(self.cum_s, 40))
        lines = [k for k in top(self.lines, 600) if k[:2] in keys]
        data = {
            "schema": "strop-sample/1",
            "cpu_s": now,
            "sampled_s": self.sampled_s,
            "samples": self.samples,
            "note": self.note,
            "functions": [
                [k[0], k[1], self.first_line.get(k, 0), self.self_s.get(k, 0.0), self.cum_s.get(k, 0.0)]
                for k in sorted(keys)
            ],
            "lines": [[k[0], k[1], k[2], self.lines[k]] for k in lines],
            "library": [[k, self.library[k]] for k in top(self.library, 40)],
        }
        try:
            os.makedirs(os.path.dirname(self.file), exist_ok=True)
            part = self.file + ".part"
            with open(part, "w", encoding="ascii") as stream:
                json.dump(data, stream)
            os.replace(part, self.file)
        except OSError as error:
            self.note = f"cannot write: {error}"


def add(table: dict[Any, float], key: Any, weight: float) -> None:
    if key in table:
        table[key] += weight
    elif len(table) < KEYS:
        table[key] = weight


def top(table: dict[Any, float], count: int) -> Any:
    return sorted(table, key=table.__getitem__, reverse=True)[:count]


def short_name(code: CodeType) -> str:
    """`Class.function`, a comprehension or lambda under the name of the function around it."""
    name = getattr(code, "co_qualname", code.co_name)  # 3.11
    parts = name.replace(".<locals>", "").split(".")
    while len(parts) > 1 and parts[-1].startswith("<"):
        parts.pop()
    return ".".join(parts)


def line_of(frame: FrameType, exact: list[tuple[str, str, int]]) -> int:
    """The line that a frame was at when the signal came, or is at now; its first one if unknown."""
    code = frame.f_code
    for file, name, line in exact:
        if name == code.co_name and file == code.co_filename:
            return line
    return frame.f_lineno or code.co_firstlineno


def outside(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is none of the sampler's."""
    while frame is not None and frame.f_code.co_filename == SAMPLER_FILE:
        frame = frame.f_back
    return frame


SAMPLER_FILE = Sampler.sample.__code__.co_filename


def run_next_sitecustomize(folder: str) -> None:
    """Leave the search path as it would be without strop, and run the sitecustomize that it hides."""
    import importlib.machinery
    import importlib.util

    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or ".") != folder]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def main() -> None:
    path, root = os.environ.get("STROP_PROFILE_PATH"), os.environ.get("STROP_PROFILE_ROOT")
    if path and root and hasattr(signal, "setitimer"):
        Sampler(path, root).start()
    run_next_sitecustomize(os.path.dirname(os.path.realpath(__file__)))


if __name__ == "sitecustomize":
    main()
