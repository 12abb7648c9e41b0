"""Functions whose calls are single operations of a trace, and whose code may be a parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any, Literal, overload

from strop.agents.opto.context import Reads, is_tracing, reading, reads
from strop.agents.opto.execution import changed
from strop.agents.opto.failures import ExceptionNode, ExecutionError
from strop.agents.opto.nodes import MessageNode, Node, ParameterNode
from strop.agents.opto.source import source_of
from strop.errors import StropError

__all__ = ["Bundle", "TraceMissingInputsError", "bundle", "plain"]

Execute = Literal["sandbox", "inline"]

CODE = "__code"
"""Name of the input that holds a trainable bundle's code."""


class TraceMissingInputsError(Exception):
    """A bundle read nodes that are none of its inputs, so feedback could not reach them."""


def plain(value: Any) -> Any:
    """Return a value with the values of all nodes in its lists, tuples, dicts and sets."""
    if isinstance(value, Node):
        return plain(value._data)
    kind = type(value)
    if kind in (list, set, frozenset):
        return kind(map(plain, value)) if _nested(value) else value
    if kind is tuple:
        return tuple(map(plain, value)) if _nested(value) else value
    if kind is dict:
        return {plain(key): plain(item) for key, item in value.items()} if _nested(value) else value
    return value


def _nested(value: Any) -> list[Node]:
    """Return the nodes in lists, tuples, sets and dicts, at any depth."""
    found: list[Node] = []
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, Node):
            found.append(one)
        elif type(one) in (list, tuple, set, frozenset):
            todo += reversed(list(one))
        elif type(one) is dict:
            todo += [part for item in reversed(list(one.items())) for part in reversed(item)]
    return found


def _as_node(value: Any, name: str) -> Node:
    """Return an argument as a node; a container of nodes is made from them."""
    if isinstance(value, Node):
        return value
    inside = _nested(value) if type(value) in (list, tuple, set, frozenset, dict) else []
    if not inside:
        return Node(value, name=name)
    kind = type(value).__name__
    return MessageNode(plain(value), inputs=inside, description=f"[{kind}] This makes a {kind} of the nodes.")


class Bundle:
    """A function as an operation: called with values or nodes, it returns one `MessageNode`.

    Works on functions, methods, static methods, and `async def`, whose calls return an awaitable of the
    node. `fun` is the function; `parameter` the code of a trainable one.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        description: str | None = None,
        traceable_code: bool = False,
        process_inputs: bool = True,
        trainable: bool = False,
        catch_execution_error: bool = True,
        allow_external_dependencies: bool = False,
        projections: Sequence[Any] | None = None,
        output_name: str | None = None,
        execute: Execute = "sandbox",
        timeout_s: float = 30.0,
    ) -> None:
        """See `bundle`."""
        if isinstance(function, (staticmethod, classmethod)):
            function = function.__func__
        if execute not in ("sandbox", "inline"):
            raise ValueError(f"execute is {execute!r}; allowed: sandbox, inline")
        self.fun = function
        self.name = getattr(function, "__name__", "function")
        self.description = description or _description(function)
        self.traceable_code = traceable_code
        self.process_inputs = process_inputs and not traceable_code
        self.catch_execution_error = catch_execution_error
        self.allow_external_dependencies = allow_external_dependencies
        self.output_name = output_name
        self.execute: Execute = execute
        self.timeout_s = timeout_s
        self.signature = inspect.signature(function)
        self._names = _simple_names(self.signature)
        self._is_method = next(iter(self.signature.parameters), "") in ("self", "cls")
        self.parameter: ParameterNode | None = None
        self._source = ""
        if trainable:
            self._source = source_of(function)
            self.parameter = ParameterNode(
                self._source,
                name=CODE,
                description=f"The code should start with:\n{self._source.splitlines()[0]}",
                projections=projections,
                is_code=True,
            )
        update_wrapper(self, function)

    def parameters(self) -> list[ParameterNode]:
        """Return the code as a list of parameters; empty where it is not trainable."""
        return [self.parameter] if self.parameter is not None else []

    def parameters_dict(self) -> dict[str, ParameterNode]:
        """Return the same by name."""
        return {CODE: self.parameter} if self.parameter is not None else {}

    def detach(self) -> Bundle:
        """Return a bundle of the same function with a code parameter of its own."""
        return Bundle(
            self.fun,
            description=self.description,
            traceable_code=self.traceable_code,
            process_inputs=self.process_inputs,
            trainable=self.parameter is not None,
            catch_execution_error=self.catch_execution_error,
            allow_external_dependencies=self.allow_external_dependencies,
            output_name=self.output_name,
            execute=self.execute,
            timeout_s=self.timeout_s,
        )

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind as functions do."""
        return self if instance is None else MethodType(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; returns a `MessageNode`, or raises `ExecutionError` where it fails.

        Raises:
            TraceMissingInputsError: It read nodes that are not among its inputs.
            ConfigError: Its code was changed, and the call can't run in a sandbox.
        """
        if inspect.iscoroutinefunction(self.fun):
            return self._awaited(args, kwargs)
        inputs = self._inputs(args, kwargs)
        given, named = self._given(args, kwargs)
        with reading() as found:
            try:
                made = self._function()(*given, **named)
            except StropError:
                raise  # a sandbox, or what was asked of it, is at fault: no doing of the code
            except ExecutionError as error:
                raise self._passed_on(error, inputs, found) from error
            except Exception as error:  # traced code raises whatever it likes
                raise self._failed(error, inputs, found) from error
        return self._finished(made, inputs, found)

    async def _awaited(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> MessageNode:
        inputs = self._inputs(args, kwargs)
        given, named = self._given(args, kwargs)
        with reading() as found:
            try:
                made = await self._function()(*given, **named)
            except StropError:
                raise  # a sandbox, or what was asked of it, is at fault: no doing of the code
            except ExecutionError as error:
                raise self._passed_on(error, inputs, found) from error
            except Exception as error:  # traced code raises whatever it likes
                raise self._failed(error, inputs, found) from error
        return self._finished(made, inputs, found)

    # --- in -------------------------------------------------------------------------------

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        if not self.process_inputs:
            return list(args), kwargs
        return [plain(value) for value in args], {name: plain(value) for name, value in kwargs.items()}

    def _inputs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Node]:
        """Return the arguments as nodes, by their names; the object of a method is none."""
        if not is_tracing():
            return {}
        named: Mapping[str, Any]
        if self._names is not None and not kwargs and len(args) == len(self._names):
            named = dict(zip(self._names, args, strict=True))
        else:
            named = _bound(self.signature, args, kwargs)
        inputs = {}
        for position, (name, value) in enumerate(named.items()):
            if position == 0 and self._is_method and not isinstance(value, Node):
                continue
            inputs[name] = _as_node(value, name)
        outer = reads()
        if outer is not None:
            for given in inputs.values():
                outer.add(given)
        return inputs

    def _function(self) -> Callable[..., Any]:
        """Return what to call: the function as written, or its changed code, where `execute` lets it run."""
        if self.parameter is None:
            return self.fun
        reading = reads()
        if reading is not None:
            reading.add_code(self.parameter)
        if self.parameter._data == self._source:
            return self.fun
        return changed(self.fun, self.parameter._data, execute=self.execute, timeout_s=self.timeout_s)

    # --- out ------------------------------------------------------------------------------

    def _hidden(self, inputs: Mapping[str, Node], found: Reads) -> tuple[Node, ...]:
        """Return nodes that the body used without being given them; raises `TraceMissingInputsError`."""
        known = {id(value) for value in inputs.values()}
        for value in inputs.values():
            known.update(id(parent) for parent in value.parents)
        outside = [node for key, node in found.nodes.items() if key not in known]
        if outside and not self.allow_external_dependencies and self.process_inputs:
            names = ", ".join(sorted(node.name for node in outside))
            raise TraceMissingInputsError(
                f"{self.name} reads {names}, which are none of its inputs, so feedback on its output would "
                "not reach them; pass them as arguments, or set allow_external_dependencies=True"
            )
        return (*outside, *(node for key, node in found.code.items() if key not in known))

    def _finished(self, made: Any, inputs: dict[str, Node], found: Reads) -> MessageNode:
        if self.traceable_code and isinstance(made, MessageNode):
            return made  # its own operations are the trace
        return MessageNode(
            plain(made),
            inputs=inputs,
            description=self.description,
            name=self.output_name or self.name,
            info={"bundle": self},
            hidden_dependencies=self._hidden(inputs, found) if is_tracing() else (),
        )

    def _failed(self, error: Exception, inputs: dict[str, Node], found: Reads) -> Exception:
        if not self.catch_execution_error:
            return error
        node = ExceptionNode(
            error,
            inputs=inputs,
            description=self.description,
            name=f"exception_{self.name}",
            info={"bundle": self},
            hidden_dependencies=(*found.nodes.values(), *found.code.values()),
        )
        return ExecutionError(node)

    def _passed_on(self, error: ExecutionError, inputs: dict[str, Node], found: Reads) -> Exception:
        """A bundle in this one failed: this one fails with the same exception, and the trace knows both."""
        inner = error.exception_node
        outer = ExceptionNode(
            inner.exception if inner.exception is not None else str(inner._data),
            inputs=inputs,
            description=self.description,
            name=f"exception_{self.name}",
            info={"bundle": self},
            hidden_dependencies=(inner, *found.code.values()),
        )
        return ExecutionError(outer)


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            named |= {f"{name}_{number}": item for number, item in enumerate(value)}
        elif kind is inspect.Parameter.VAR_KEYWORD:
            named |= value
        else:
            named[name] = value
    return named


def _simple_names(signature: inspect.Signature) -> tuple[str, ...] | None:
    """Return the names of arguments that can all be given by position, else None."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if all(parameter.kind in kinds for parameter in signature.parameters.values()):
        return tuple(signature.parameters)
    return None


def _description(function: Callable[..., Any]) -> str:
    text = inspect.cleandoc(function.__doc__ or "")
    name = getattr(function, "__name__", "function").strip("<>")
    return f"[{name}] {text}".rstrip()


@overload
def bundle(description: Callable[..., Any], /) -> Bundle: ...


@overload
def bundle(
    description: str | None = None,
    traceable_code: bool = False,
    _process_inputs: bool = True,
    trainable: bool = False,
    catch_execution_error: bool = True,
    allow_external_dependencies: bool = False,
    overwrite_python_recursion: bool = False,
    projections: Sequence[Any] | None = None,
    output_name: str | None = None,
    *,
    execute: Execute = "sandbox",
    timeout_s: float = 30.0,
) -> Callable[[Callable[..., Any]], Bundle]: ...


def bundle(
    description: str | None | Callable[..., Any] = None,
    traceable_code: bool = False,
    _process_inputs: bool = True,
    trainable: bool = False,
    catch_execution_error: bool = True,
    allow_external_dependencies: bool = False,
    overwrite_python_recursion: bool = False,
    projections: Sequence[Any] | None = None,
    output_name: str | None = None,
    *,
    execute: Execute = "sandbox",
    timeout_s: float = 30.0,
) -> Any:
    """Make functions operations of a trace; with or without parentheses.

    Args:
        description: "[name] What it does", for the model; default: the function's name and docstring.
        traceable_code: The body works on nodes, and its own operations are the trace.
        trainable: The function's code is a parameter.
        catch_execution_error: An exception becomes an `ExceptionNode`, raised in an `ExecutionError`.
        allow_external_dependencies: The body may read nodes that it is not given; they become parents.
        overwrite_python_recursion: Accepted and not needed: recursion is traced as any nested call.
        projections: Objects with `project(value)`, applied to proposed code.
        output_name: Stem of the output's name.
        execute: Where changed code runs: in a "sandbox", or "inline", in this process, with all its rights.
        timeout_s: Deadline of one call of changed code in a sandbox, in seconds.

    >>> @bundle()
    ... def double(x):
    ...     "Return twice x."
    ...     return 2 * x
    >>> double(node(4)).data
    8
    """
    options: dict[str, Any] = {
        "traceable_code": traceable_code,
        "process_inputs": _process_inputs,
        "trainable": trainable,
        "catch_execution_error": catch_execution_error,
        "allow_external_dependencies": allow_external_dependencies,
        "projections": projections,
        "output_name": output_name,
        "execute": execute,
        "timeout_s": timeout_s,
    }
    if callable(description):
        return Bundle(description, **options)

    def decorate(function: Callable[..., Any]) -> Bundle:
        return Bundle(function, description=description, **options)

    return decorate


Awaited = Coroutine[Any, Any, MessageNode]
"""What calling a bundle of an `async def` returns."""
