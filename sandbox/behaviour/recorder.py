"""Records calls of a program's own functions, put on PYTHONPATH as `sitecustomize.py` (see `recording.py`).

It runs inside the unchanged program, with nothing of strop around it: the standard library only, Python
3.8 or later. Imported under its own name it does nothing.

After a target file has been executed as a module, its functions, and the methods of its classes, are
replaced by wrappers of the same name. A wrapper pickles the arguments of some calls before the call, and
notes how long it took and whether it raised; everything else goes through. What a call returns is not
kept: the calls are made again in the unchanged program later, where looking at a result disturbs nobody.

Which calls: the first few of each line that calls, then ever rarer ones, which replace others at random.
Every process writes its own file, at its end and now and then before it.
"""

from __future__ import annotations

import _thread
import atexit
import base64
import functools
import importlib.machinery
import inspect
import io
import json
import os
import pickle
import random
import sys
import time
import types
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SCHEMA = "strop-calls/1"
SITES = 32  # lines that call, of one function; the others share one
RAW_BYTES = 4 << 20  # pickled arguments of one call
PACKED_BYTES = 512 << 10  # of one call, compressed
ALL_BYTES = 16 << 20  # of one process, compressed
FAILURES = 3  # at one site, after which its arguments are not pickled again
FIRST_FLUSH = 64  # recorded calls; then at every doubling
SPECIAL = {
    "__init__", "__call__", "__getitem__", "__contains__", "__len__", "__add__", "__sub__", "__mul__",
    "__matmul__", "__truediv__",
}  # fmt: skip


class TooLarge(Exception):
    """Arguments over the cap; pickling stops as soon as that is clear."""


class Bounded(io.RawIOBase):
    """A buffer that refuses to grow over the cap."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self.size += len(part)
        if self.size > RAW_BYTES:
            raise TooLarge(f"arguments of more than {RAW_BYTES >> 20} MiB")
        self.parts.append(part)
        return len(part)


class Entry:
    """One function: where it is, and the calls kept of it."""

    def __init__(self, file: str, module: str, name: str, kind: str) -> None:
        self.file, self.module, self.name, self.kind = file, module, name, kind
        self.sites: dict[Any, Site] = {}
        self.failures: dict[str, int] = {}
        self.owner: Any = None  # the class of a constructor


class Site:
    """One place that calls a function."""

    def __init__(self, where: str, code: Any) -> None:
        self.where, self.code = where, code  # the code is held, so that its id stays its own
        self.count, self.next, self.failures = 0, 1, 0
        self.kept: list[Any] = []


class Recorder:
    """The calls of one process."""

    def __init__(self, out: str, root: str, files: list[str], keep: int) -> None:
        self.out, self.root, self.keep = out, os.path.realpath(root), keep
        self.files = {os.path.join(self.root, file): file for file in files}
        self.entries: dict[str, Entry] = {}
        self.skipped: dict[str, str] = {}
        self.classes: list[tuple[bytes, bytes, str]] = []
        self.local = _thread._local()
        self.chance = random.Random(0)
        self.reset()

    def reset(self) -> None:
        """Begin anew: at the start, and in a forked child."""
        self.bytes, self.recorded, self.next_flush, self.closed = 0, 0, FIRST_FLUSH, False
        self.path = f"{self.out}.{os.getpid()}.{time.time_ns():x}.json"
        for entry in self.entries.values():
            entry.sites, entry.failures = {}, {}

    # --- finding functions ------------------------------------------------------------------

    def start(self) -> None:
        loader: Any = importlib.machinery.SourceFileLoader
        execute = loader.exec_module

        def exec_module(this: Any, module: Any) -> None:
            execute(this, module)
            file = self.files.get(os.path.realpath(str(getattr(this, "path", ""))))
            if file is None or module.__name__ == "__main__":
                return
            try:
                self.wrap_module(module, file)
            except Exception as error:  # a program's own classes may forbid this in ways of their own
                self.skipped[file + ":" + module.__name__] = "it can't be wrapped: " + one_line(error)

        loader.exec_module = exec_module
        atexit.register(self.finish)
        os.register_at_fork(after_in_child=self.forked)

    def forked(self) -> None:
        self.reset()
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children leave by os._exit, after their own finalizers
            util.register_after_fork(self, lambda own: util.Finalize(None, own.finish, exitpriority=-1000))

    def wrap_module(self, module: Any, file: str) -> None:
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if isinstance(value, types.FunctionType):
                wrapped = self.wrapped(value, file, module.__name__, name, "function")
                if wrapped is not None:
                    setattr(module, name, wrapped)
            elif isinstance(value, type):
                if value.__qualname__ == name:
                    self.wrap_class(value, file, module.__name__)
            elif callable(value) and hasattr(value, "__wrapped__"):
                self.skipped[file + ":" + name] = (
                    "its decorator makes it an object of " + type(value).__name__
                )

    def wrap_class(self, kind: Any, file: str, module: str) -> None:
        key = file + ":" + kind.__name__
        self.classes.append((module.encode(), kind.__name__.encode(), key))
        for name, value in list(vars(kind).items()):
            if name.startswith("__") and name not in SPECIAL:
                continue
            full = kind.__name__ + "." + name
            made: Any = None
            if isinstance(value, types.FunctionType):
                what = "constructor" if name == "__init__" else "method"
                made = self.wrapped(value, file, module, full, what, kind)
            elif isinstance(value, (staticmethod, classmethod)) and isinstance(
                value.__func__, types.FunctionType
            ):
                inner = self.wrapped(value.__func__, file, module, full, type(value).__name__)
                made = None if inner is None else type(value)(inner)
            elif type(value) is property and isinstance(value.fget, types.FunctionType):
                inner = self.wrapped(value.fget, file, module, full, "property")
                made = inner and property(inner, value.fset, value.fdel, value.__doc__)
            if made is not None:
                try:
                    setattr(kind, name, made)
                except (TypeError, AttributeError) as error:
                    self.skipped[file + ":" + full] = f"its class can't be changed: {error}"

    def wrapped(
        self, function: Any, file: str, module: str, name: str, kind: str, owner: Any = None
    ) -> Callable[..., Any] | None:
        """A function that does the same and has some of its calls kept; None where that can't be."""
        key = file + ":" + name
        if function.__module__ != module or "<locals>" in function.__qualname__:
            self.skipped[key] = "it is made at run time, or in another module"
            return None
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            self.skipped[key] = "it is a coroutine"
            return None
        entry = self.entries.setdefault(key, Entry(file, module, name, kind))
        entry.owner = owner
        recorder, local, frame_of, clock = self, self.local, sys._getframe, time.perf_counter

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if recorder.closed or getattr(local, "busy", False):
                return function(*args, **kwargs)
            site = recorder.due(entry, frame_of(1))
            if site is None:
                return function(*args, **kwargs)
            local.busy = True
            try:
                record = recorder.record(entry, site, args, kwargs)
            finally:
                local.busy = False
            if record is None:
                return function(*args, **kwargs)
            started = clock()
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                record["raised"] = type(error).__name__
                raise
            finally:
                record["seconds"] = clock() - started
            return result

        return call

    # --- calls ------------------------------------------------------------------------------

    def due(self, entry: Entry, frame: Any) -> Site | None:
        """The site of a call that is to be kept, None for the many that are not."""
        code = frame.f_code
        key = (id(code), frame.f_lasti)
        site = entry.sites.get(key)
        if site is None:
            if len(entry.sites) >= SITES:
                key = (0, 0)
            site = entry.sites.get(key)
            if site is None:
                where = os.path.basename(code.co_filename) + ":" + str(frame.f_lineno)
                site = entry.sites[key] = Site(where, code)
        site.count += 1
        if site.count < site.next:
            return None
        return site

    def record(self, entry: Entry, site: Site, args: Any, kwargs: Any) -> Any:
        """Keep the arguments of a call; None where that isn't possible."""
        full = len(site.kept) >= self.keep
        # As many calls of the second thousand as of the first: each later one is kept more rarely.
        site.next = site.count + (1 + site.count // self.keep if full else 1)
        if entry.kind == "constructor":
            if not args or type(args[0]) is not entry.owner:
                return None
            args = args[1:]
        try:
            packed, classes = self.packed((args, kwargs))
        except Exception as error:  # whatever a program's own objects do when they are pickled
            reason = (
                str(error)
                if isinstance(error, TooLarge)
                else "its arguments can't be pickled: " + one_line(error)
            )
            entry.failures[reason] = entry.failures.get(reason, 0) + 1
            site.failures += 1
            if site.failures >= FAILURES:
                site.next = sys.maxsize
            return None
        if self.bytes + len(packed) > ALL_BYTES:
            entry.failures["too much was recorded already"] = 1
            return None
        self.bytes += len(packed)
        record = {"number": site.count, "arguments": packed, "classes": classes, "raised": "", "seconds": 0.0}
        if full:
            place = self.chance.randrange(len(site.kept))
            self.bytes -= len(site.kept[place]["arguments"])
            site.kept[place] = record
        else:
            site.kept.append(record)
        self.recorded += 1
        if self.recorded >= self.next_flush:
            self.next_flush *= 2
            self.write()
        return record

    def packed(self, value: Any) -> tuple[bytes, list[str]]:
        stream = Bounded()
        pickle.Pickler(stream, protocol=4).dump(value)
        raw = b"".join(stream.parts)
        packed = zlib.compress(raw, 1)
        if len(packed) > PACKED_BYTES:
            raise TooLarge(f"arguments of more than {PACKED_BYTES >> 10} KiB, compressed")
        return packed, [key for module, name, key in self.classes if module in raw and name in raw]

    # --- writing ----------------------------------------------------------------------------

    def finish(self) -> None:
        self.closed = True
        self.write()

    def write(self) -> None:
        """Write one line of JSON, by an atomic replacement."""
        self.local.busy = True
        try:
            data = {
                "schema": SCHEMA,
                "executable": sys.executable,
                "path": [self.relative(entry) for entry in sys.path if isinstance(entry, str)],
                "skipped": self.skipped,
                "functions": [self.as_json(key, entry) for key, entry in list(self.entries.items())],
            }
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            part = self.path + ".part"
            with open(part, "w", encoding="ascii") as stream:
                stream.write(json.dumps(data) + "\n")
            os.replace(part, self.path)
        except (OSError, RuntimeError):  # a full disk, or a table that another thread changes: it goes on
            pass
        finally:
            self.local.busy = False

    def as_json(self, key: str, entry: Entry) -> dict[str, Any]:
        calls = [
            dict(record, site=site.where, arguments=base64.b64encode(record["arguments"]).decode("ascii"))
            for site in list(entry.sites.values())
            for record in list(site.kept)
        ]
        return {
            "function": key, "module": entry.module, "kind": entry.kind, "calls": calls,
            "failures": entry.failures, "count": sum(site.count for site in list(entry.sites.values())),
        }  # fmt: skip

    def relative(self, entry: str) -> str:
        """A folder of the search path; those of the work folder relative to it: `.` and `./src`."""
        place = os.path.realpath(entry or os.getcwd())
        if place == self.root or place.startswith(self.root + os.sep):
            return "." + place[len(self.root) :]
        return place


def one_line(error: BaseException) -> str:
    return (type(error).__name__ + ": " + " ".join(str(error).split()))[:160]


def run_next_sitecustomize(folder: str) -> None:
    """Leave the search path as it would be without strop, and run the sitecustomize that it hides."""
    import importlib.util

    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or ".") != folder]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def main() -> None:
    folder = os.path.dirname(os.path.realpath(__file__))
    try:
        with open(os.path.join(folder, "plan.json"), encoding="utf-8") as stream:
            plan = json.load(stream)
    except FileNotFoundError:
        plan = None
    if plan is not None:
        Recorder(os.path.join(plan["out"], "calls"), plan["root"], plan["files"], plan["keep"]).start()
    run_next_sitecustomize(folder)


if __name__ == "sitecustomize":
    main()
