"""Where changed code runs: in a sandbox, with a deadline, or in this process if the user said so.

The code of a trainable bundle that an optimizer changed is a model's text. It never runs here by accident:
`changed` sends the call to a worker in docker or bubblewrap, with plain values both ways. What can't cross
(closures, objects) is an error that names `execute="inline"`.
"""

from __future__ import annotations

import atexit
import builtins
import inspect
import json
import symtable
import sys
import threading
import types
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from strop.agents.opto.source import source_of
from strop.agents.opto.wire import Uncrossable, dumps, loads
from strop.errors import ConfigError

if TYPE_CHECKING:
    from strop.extension import Backend, ExecResult, Sandbox

__all__ = ["changed", "close_workers"]

MOST_IDLE = 4
"""Sandboxes that are kept for the next call, each for one version of one function's code."""

INLINE = 'or let it run in this process, with all its rights, by bundle(..., execute="inline")'


def changed(function: Callable[..., Any], code: str, *, execute: str, timeout_s: float) -> Callable[..., Any]:
    """Return a function that does what `code` says in place of `function`.

    Raises:
        ConfigError: The code needs what can't cross to a sandbox.
    """
    if execute == "inline":
        return _inline(function, code)
    call = _Call(function, code, timeout_s)
    if inspect.iscoroutinefunction(function):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            import asyncio

            return await asyncio.to_thread(call, args, kwargs)

        return awaited
    return lambda *args, **kwargs: call(args, kwargs)


def _inline(function: Callable[..., Any], code: str) -> Callable[..., Any]:
    # The body sees what the function saw; it defines nothing there.
    space = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    exec(compile(code, f"<changed code of {function.__name__}>", "exec"), space)
    return cast("Callable[..., Any]", space[function.__name__])


# --- in a sandbox -----------------------------------------------------------------------------------


class _Call:
    """Calls of one version of one function."""

    def __init__(self, function: Callable[..., Any], code: str, timeout_s: float) -> None:
        self._name = function.__name__
        self._timeout_s = timeout_s
        self._is_method = next(iter(inspect.signature(function).parameters), "") == "self"
        self._code = code
        needs = _Needs(function, code)
        self._request = {
            "name": self._name,
            "method": self._is_method,
            "code": code,
            "modules": needs.modules,
            "imports": needs.imports,
            "values": needs.values,
            "sources": needs.sources,
        }

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._is_method and args:
            args = (_attributes(args[0]), *args[1:])
        try:
            arguments = dumps((args, kwargs))
        except Uncrossable as error:
            raise ConfigError(
                f"{self._name}: an argument of type {error} can't cross to a sandbox: pass plain values "
                f"(numbers, text, lists, dicts, numpy arrays), {INLINE}"
            ) from None
        request = json.dumps({**self._request, "arguments": arguments})
        with _WORKERS.lent(self._code) as sandbox:
            done = _run(sandbox, request, self._timeout_s)
        return self._answer(done)

    def _answer(self, done: ExecResult) -> Any:
        from strop.extension import Outcome

        if done.outcome is Outcome.TIMEOUT:
            raise TimeoutError(f"{self._name} did not end within {self._timeout_s:g} s")
        if done.outcome is Outcome.OUT_OF_MEMORY:
            raise MemoryError(f"{self._name} took more memory than it may")
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        try:
            reply = json.loads(lines[-1])
            if "value" in reply:
                return loads(reply["value"])
            problem, message = str(reply.get("error", "")), str(reply.get("message", ""))
            trail = [str(line) for line in reply.get("lines", ())]
            kind = "" if problem else str(reply["uncrossable"])
        except (IndexError, KeyError, TypeError, AttributeError, json.JSONDecodeError):
            said = (done.stderr or done.stdout)[-300:].decode("utf-8", "replace").strip()
            raise RuntimeError(
                f"{self._name} ended its process with exit code {done.exit_code} and no result: {said}"
            ) from None
        if problem:
            raise _exception(problem, message, trail)
        raise TypeError(f"{self._name} returned {kind}, which can't come back from a sandbox")


def _attributes(instance: Any) -> dict[str, Any]:
    """Return what crosses of a method's object: its attributes that are plain, nodes by their values."""
    found = {}
    for name, value in getattr(instance, "__dict__", {}).items():
        value = getattr(value, "_data", value)
        try:
            dumps(value)
        except Uncrossable:
            continue  # code that needs it gets an AttributeError with its name
        found[name] = value
    return found


def _exception(name: str, message: str, lines: list[str]) -> Exception:
    """Return an exception as it was there: a built-in type by its name, any other as a new type."""
    kind = getattr(builtins, name, None)
    if kind is KeyError:  # its text is the repr of its argument, and that is what came
        kind = type(name, (KeyError,), {"__str__": lambda error: str(error.args[0])})
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = type(name if name.isidentifier() else "Exception", (Exception,), {})
    try:
        error: Exception = kind(message)
    except TypeError:  # UnicodeDecodeError and the like want more
        error = type(name, (Exception,), {})(message)
    error.__notes__ = lines
    return error


def _run(sandbox: Sandbox, request: str, timeout_s: float) -> ExecResult:
    from strop.extension import TreeFile

    sandbox.put({"request.json": TreeFile(request.encode())})
    return sandbox.exec("exec python3 worker.py < request.json", timeout_s=timeout_s)


@runtime_checkable
class _Wrapped(Protocol):
    """A bundle, as far as this module knows one."""

    fun: Callable[..., Any]
    parameter: Any  # of its code, or None


class _Needs:
    """What code uses of its module: modules, the standard library's names, functions by source, values."""

    def __init__(self, function: Callable[..., Any], code: str) -> None:
        self.modules: dict[str, str] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        self.values: dict[str, str] = {}
        self.sources: list[str] = []
        self._seen = {function.__name__}
        closed = inspect.getclosurevars(function).nonlocals
        self._collect(function.__name__, code, {**function.__globals__, **closed}, set(closed))

    def _collect(self, who: str, code: str, space: dict[str, Any], closed: set[str]) -> None:
        for name in sorted(_free_names(code)):
            if name in self._seen or name not in space:
                continue
            self._seen.add(name)
            if name in closed:
                raise ConfigError(
                    f"{who} uses {name} of the function around it, which can't cross to a sandbox: make it "
                    f"an argument, {INLINE}"
                )
            self._take(who, name, space[name])

    def _take(self, who: str, name: str, value: Any) -> None:
        code = None
        if isinstance(value, _Wrapped):
            code = value.parameter._data if value.parameter is not None else None
            value = value.fun
        if isinstance(value, types.ModuleType):
            self.modules[name] = value.__name__
        elif (home := _standard(value)) is not None:
            self.imports[name] = home
        elif isinstance(value, types.FunctionType) and value.__name__ == name:
            code = code or source_of(value)
            self._collect(name, code, value.__globals__, set())
            self.sources.append(code)
        else:
            try:
                self.values[name] = dumps(value)
            except Uncrossable as error:
                raise ConfigError(
                    f"{who} uses {name}, of type {error}, which can't cross to a sandbox: import its module "
                    f"in the function, {INLINE}"
                ) from None


def _standard(value: Any) -> tuple[str, str] | None:
    """Return module and name of what the standard library defines, e.g. ("math", "sqrt"); else None."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "_name", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    return (module, name) if getattr(sys.modules.get(module), name, None) is value else None


def _free_names(code: str) -> set[str]:
    """Return names that code refers to and doesn't bind itself, as parameters and locals are."""
    top = symtable.symtable(code, "code", "exec")
    found: set[str] = set()
    todo = [top]
    while todo:
        table = todo.pop()
        todo += table.get_children()
        for symbol in table.get_symbols():
            own = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
            outside = not own if table is top else symbol.is_global()
            if symbol.is_referenced() and outside:
                found.add(symbol.get_name())
    return found


class _Workers:
    """Sandboxes for changed code; a few idle ones are kept, so that not every call starts one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._backend: Backend | None = None
        self._idle: OrderedDict[int, tuple[str, Sandbox]] = OrderedDict()

    def lent(self, code: str) -> _Lent:
        """Return a context that holds a sandbox in which only this code ever ran."""
        return _Lent(self, code)

    def take(self, code: str) -> Sandbox:
        """Return an idle sandbox of this code, or a new one. Raises `ConfigError`, `SandboxError`."""
        with self._lock:
            for key, (known, sandbox) in self._idle.items():
                if known == code:
                    del self._idle[key]
                    return sandbox
            if self._backend is None:
                self._backend = self._opened()
            backend = self._backend
        return self._started(backend)

    def give_back(self, code: str, sandbox: Sandbox) -> None:
        """Keep a sandbox for the next call of the same code; the oldest idle one goes for it."""
        with self._lock:
            self._idle[id(sandbox)] = (code, sandbox)
            old = self._idle.popitem(last=False)[1][1] if len(self._idle) > MOST_IDLE else None
        if old is not None:
            old.close()

    def close(self) -> None:
        """Close all that is idle."""
        with self._lock:
            idle, backend = [sandbox for _, sandbox in self._idle.values()], self._backend
            self._idle.clear()
            self._backend = None
        for sandbox in idle:
            sandbox.close()
        close = getattr(backend, "close", None)
        if close is not None:
            close()

    def _opened(self) -> Backend:
        from strop.sandbox.backends import open_backend

        try:
            return open_backend("auto", report=lambda text: None)
        except ConfigError as error:
            raise ConfigError(f"changed code needs a sandbox: {error}; {INLINE}") from None

    @staticmethod
    def _started(backend: Backend) -> Sandbox:
        from strop.extension import EnvironmentSpec, Limits, SandboxSpec, TreeFile

        sandbox = backend.start(
            SandboxSpec(backend.prepare(EnvironmentSpec()), Limits(), labels={"strop.study": "opto"})
        )
        package = files("strop.agents.opto")
        try:
            sandbox.put(
                {name: TreeFile(package.joinpath(name).read_bytes()) for name in ("worker.py", "wire.py")}
            )
        except BaseException:
            sandbox.close()
            raise
        return sandbox


class _Lent:
    """A sandbox on loan; one whose call raised is not used again."""

    def __init__(self, workers: _Workers, code: str) -> None:
        self._workers, self._code = workers, code

    def __enter__(self) -> Sandbox:
        self._sandbox = self._workers.take(self._code)
        return self._sandbox

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self._workers.give_back(self._code, self._sandbox)
        else:
            self._sandbox.close()


_WORKERS = _Workers()


def close_workers() -> None:
    """Close the idle sandboxes of changed code; also done when the process ends."""
    _WORKERS.close()


atexit.register(close_workers)
