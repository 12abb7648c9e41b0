"""Starts one more profiler inside a Python program, put on PYTHONPATH as `sitecustomize.py`.

Like the sampler (`python_sampler.py`, which lies beside it in the sandbox as `strop_sampler.py`) it
runs in the profiled program with nothing of strop around it: the standard library, Python 3.8 or
later, and, where they could be had, the packages in the folder STROP_PROFILE_PACKAGES. What it is to
do stands in STROP_PROFILE_TOOL:

    tree    call tree by pyinstrument, as its JSON renderer writes it
    lines   how often each line of a few functions ran: by line_profiler, else by Python's own events
    memory  where the memory of the highest peak was allocated, by memray

Every process writes one file at its regular exit; forked children write none. A tool that fails
leaves its reason in the file, and the program runs on.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

INTERVAL_S = 0.001
FUNCTION: Any = type(lambda: None)
MOST_LINES = 400
MOST_SITES = 40
DEPTH = 60  # frames of an allocation's stack, from the innermost


class Targets:
    """The functions to look at, recognised by file and short name, as the sampler names them."""

    def __init__(self, root: str, wanted: Any, short_name: Callable[[CodeType], str]) -> None:
        self.root = os.path.realpath(root) + os.sep
        self.wanted = {(str(file), str(name)) for file, name in wanted}
        self.short_name = short_name

    def relative(self, code: CodeType) -> str:
        path = os.path.realpath(code.co_filename)
        return path[len(self.root) :].replace(os.sep, "/") if path.startswith(self.root) else ""

    def matches(self, code: CodeType) -> bool:
        return (self.relative(code), self.short_name(code)) in self.wanted

    def inside(self, code: CodeType) -> Any:
        """All code objects of a module's code that are wanted."""
        todo, found = [code], []
        while todo:
            one = todo.pop()
            todo += [c for c in one.co_consts if isinstance(c, type(code))]
            if self.matches(one):
                found.append(one)
        return found


class EventLines:
    """Counts lines by the interpreter's own events: slower than line_profiler, and always there."""

    tool = "line events"

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self.hits: dict[CodeType, dict[int, int]] = {}
        self.ids: dict[int, dict[int, int]] = {}  # hashing a code object costs more than its id
        self.monitoring: Any = getattr(sys, "monitoring", None)  # 3.12
        if self.monitoring is not None:
            self.monitoring.use_tool_id(self.monitoring.PROFILER_ID, "strop")
            self.monitoring.register_callback(
                self.monitoring.PROFILER_ID, self.monitoring.events.LINE, self.on_line
            )
        else:
            import threading

            threading.settrace(self.on_call)
            sys.settrace(self.on_call)

    def add(self, module: CodeType) -> None:
        for code in self.targets.inside(module):
            self.ids[id(code)] = self.hits.setdefault(code, {})
            if self.monitoring is not None:
                events = self.monitoring.events.LINE
                self.monitoring.set_local_events(self.monitoring.PROFILER_ID, code, events)

    def on_line(self, code: CodeType, line: int) -> None:
        lines = self.ids.get(id(code))
        if lines is not None:
            lines[line] = lines.get(line, 0) + 1

    def on_call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        lines = self.ids.get(id(frame.f_code))
        if lines is None:
            return None

        def on_event(inner: FrameType, event: str, _value: Any) -> Any:
            if event == "line":
                lines[inner.f_lineno] = lines.get(inner.f_lineno, 0) + 1
            return on_event

        return on_event

    def finish(self) -> Any:
        if self.monitoring is not None:
            self.monitoring.free_tool_id(self.monitoring.PROFILER_ID)
        else:
            sys.settrace(None)
        rows = []
        for code, lines in self.hits.items():
            rows += [[self.targets.relative(code), n, hits] for n, hits in lines.items()]
        return rows


class ProfilerLines:
    """Counts lines by line_profiler, which knows functions and not code: each gets its changed code back.

    A module's code is rebuilt with the changed functions before it runs, whoever loads it: the import
    system by `get_code`, and the main script, which nothing can be put in front of, by running the
    changed code in its place.
    """

    tool = "line_profiler"

    def __init__(self, targets: Targets) -> None:
        import importlib.machinery

        module: Any = importlib.import_module("line_profiler")
        self.tool = "line_profiler " + str(module.__version__)
        self.targets = targets
        self.profiler = module.LineProfiler()
        self.made: list[CodeType] = []
        loader: Any = importlib.machinery.SourceFileLoader
        original = loader.get_code

        def get_code(own: Any, name: str) -> Any:
            code = original(own, name)
            return code if code is None else self.changed(code)

        loader.get_code = get_code
        self.profiler.enable_by_count()

    def changed(self, code: CodeType) -> CodeType:
        """The code with all wanted functions in it known to the profiler."""
        if not self.targets.inside(code):
            return code
        kind: Any = type(code)
        constants = tuple(self.changed(c) if isinstance(c, kind) else c for c in code.co_consts)
        made: Any = code.replace(co_consts=constants)
        if self.targets.matches(code) and code.co_name != "<module>":
            cells: Any = tuple(cell_type() for _ in made.co_freevars)
            function: Any = FUNCTION(made, {}, made.co_name, None, cells)
            self.profiler.add_function(function)
            made = function.__code__
        self.made.append(made)
        return made  # type: ignore[no-any-return]

    def add(self, module: CodeType) -> None:
        """Run the main script's changed code in the place of its own, and end as it would."""
        main: Any = sys.modules.get("__main__")
        if module in self.made or not self.targets.inside(module) or main is None:
            return
        if getattr(main, "__file__", None) != module.co_filename or module.co_name != "<module>":
            return
        exec(self.changed(module), main.__dict__)
        raise SystemExit(0)

    def finish(self) -> Any:
        self.profiler.disable_by_count()
        rows = []
        for (file, _first, _name), lines in self.profiler.get_stats().timings.items():
            path = os.path.realpath(file)
            if path.startswith(self.targets.root):
                relative = path[len(self.targets.root) :].replace(os.sep, "/")
                rows += [[relative, n, hits] for n, hits, _time in lines]
        return rows


def cell_type() -> Any:
    """An empty cell of a closure."""
    value: Any = None

    def inner() -> Any:
        return value

    return (inner.__closure__ or ())[0]


class Lines:
    """One of the two counters, told of every module's code before it runs."""

    def __init__(self, targets: Targets) -> None:
        self.why = ""
        try:
            self.counter: Any = ProfilerLines(targets)
        except Exception as error:  # boundary: whatever a package does when it is loaded
            self.why = short(error)
            self.counter = EventLines(targets)
        self.code: Any = type(short.__code__)

        def hook(event: str, arguments: Any) -> None:
            self.audit(event, arguments)

        hook.__cantrace__ = True  # type: ignore[attr-defined]  # what it runs can be traced, too
        sys.addaudithook(hook)

    def audit(self, event: str, arguments: Any) -> None:
        if event == "exec" and arguments and isinstance(arguments[0], self.code):
            self.counter.add(arguments[0])

    def finish(self) -> Any:
        rows = sorted(self.counter.finish(), key=lambda row: -row[2])[:MOST_LINES]
        return {"tool": self.counter.tool, "why": self.why, "rows": rows}


class Tree:
    """The call tree of the main thread."""

    def __init__(self) -> None:
        package: Any = importlib.import_module("pyinstrument")
        self.renderer: Any = importlib.import_module("pyinstrument.renderers").JSONRenderer
        self.version = str(package.__version__)
        self.profiler: Any = package.Profiler(interval=INTERVAL_S, async_mode="disabled")
        self.profiler.start()

    def finish(self) -> Any:
        session = self.profiler.stop()
        return {"tool": "pyinstrument " + self.version, "tree": json.loads(self.renderer().render(session))}


class Memory:
    """Where the memory of the highest peak came from."""

    def __init__(self, path: str) -> None:
        self.memray: Any = importlib.import_module("memray")
        self.path = f"{path}.{os.getpid()}.bin"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        kind = self.memray.FileFormat.AGGREGATED_ALLOCATIONS
        self.tracker: Any = self.memray.Tracker(self.path, file_format=kind)
        # memray leaves out as many outer frames as there are when it starts: those of a thread, none.
        import _thread

        started = _thread.allocate_lock()
        started.acquire()
        _thread.start_new_thread(self.start, (started,))
        started.acquire()

    def start(self, started: Any) -> None:
        self.tracker.__enter__()
        started.release()

    def finish(self) -> Any:
        self.tracker.__exit__(None, None, None)
        reader: Any = self.memray.FileReader(self.path)
        records = list(reader.get_high_watermark_allocation_records(merge_threads=True))
        peak = reader.metadata.peak_memory
        os.unlink(self.path)
        records.sort(key=lambda record: -record.size)
        sites = []
        for record in records[:MOST_SITES]:
            stack = [[name, file, line] for name, file, line in record.stack_trace()[:DEPTH]]
            sites.append({"bytes": record.size, "count": record.n_allocations, "stack": stack})
        return {"tool": "memray " + str(self.memray.__version__), "peak_bytes": peak, "sites": sites}


def short(error: BaseException) -> str:
    return (type(error).__name__ + ": " + str(error))[:200]


class Session:
    """One tool in one process, and the file that it leaves."""

    def __init__(self, name: str, path: str, start: Callable[[], Any]) -> None:
        self.name, self.path, self.pid = name, path, os.getpid()
        self.error, self.tool = "", None  # type: tuple[str, Any]
        try:
            self.tool = start()
        except Exception as error:  # boundary: a package that can't be loaded is no fault of the program
            self.error = short(error)
        atexit.register(self.finish)

    def finish(self) -> None:
        if os.getpid() != self.pid:
            return
        data: Any = {"schema": "strop-tool/1", "name": self.name}
        try:
            if self.tool is not None:
                data.update(self.tool.finish())
        except Exception as error:  # boundary: as above
            self.error = short(error)
        if self.error:
            data["error"] = self.error
        file = f"{self.path}.{self.pid}.{time.time_ns():x}.json"
        try:
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="ascii") as stream:
                json.dump(data, stream)
        except (OSError, ValueError) as error:
            sys.stderr.write(f"strop: the profiler can't write: {error}\n")


def main() -> None:
    sampler: Any = importlib.import_module("strop_sampler")
    name, path = os.environ.get("STROP_PROFILE_TOOL", ""), os.environ.get("STROP_PROFILE_PATH", "")
    root = os.environ.get("STROP_PROFILE_ROOT", "")
    packages = os.environ.get("STROP_PROFILE_PACKAGES", "")
    if packages:
        sys.path.insert(0, packages)
    targets = Targets(root, json.loads(os.environ.get("STROP_PROFILE_TARGETS") or "[]"), sampler.short_name)
    starts: dict[str, Callable[[], Any]] = {
        "tree": Tree,
        "lines": lambda: Lines(targets),
        "memory": lambda: Memory(path),
    }
    if path and name in starts:
        Session(name, path, starts[name])
    if packages in sys.path:
        sys.path.remove(packages)
        sys.path.append(packages)  # its lazy imports still find it, behind the program's own
    sampler.run_next_sitecustomize(os.path.dirname(os.path.realpath(__file__)))


if __name__ == "sitecustomize":
    main()
