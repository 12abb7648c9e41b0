"""Classes with parameters: `Module` and `@model`; their state as JSON, their source with what was learnt."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import os
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MethodType
from typing import Any, TypeVar

from strop.agents.opto.bundles import Bundle
from strop.agents.opto.nodes import ParameterNode
from strop.agents.opto.wire import Uncrossable, dumps, loads
from strop.errors import ConfigError

__all__ = ["Model", "Module", "model"]

SCHEMA = "strop-opto-state/1"

Class = TypeVar("Class", bound=type)


class Module:
    """Something with parameters: nodes, trainable bundles and other modules among its attributes.

    Containers count, too: parameters in lists, tuples and dicts, at any depth.
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work; a subclass says what."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what `forward` does."""
        return self.forward(*args, **kwargs)

    def parameters_dict(self) -> dict[str, ParameterNode]:
        """Return all parameters by their paths, e.g. "parts.0.weight"; trainable code by "name.__code"."""
        return dict(_found(self, "", {id(self)}))

    def parameters(self) -> list[ParameterNode]:
        """Return all parameters, each once."""
        return list({id(value): value for value in self.parameters_dict().values()}.values())

    def copy(self) -> Module:
        """Return a copy with parameters of its own, those of its methods' code included."""
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Module:
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        for name, value in vars(self).items():
            own = isinstance(value, MethodType) and isinstance(value.__func__, Bundle)
            vars(copied)[name] = _bound(value.__func__, copied) if own else copy.deepcopy(value, memo)
        for name, item in _parts(self):
            # Trainable methods are attributes of the class, and would be shared.
            if isinstance(item, Bundle) and item.parameter is not None and name not in vars(copied):
                vars(copied)[name] = _bound(item, copied)
        return copied

    def state_dict(self) -> dict[str, Any]:
        """Return the parameters' values as plain JSON types; raises `ConfigError` for what is none."""
        values = {}
        for path, parameter in self.parameters_dict().items():
            try:
                values[path] = json.loads(dumps(parameter._data))
            except Uncrossable as error:
                raise ConfigError(
                    f"parameter {path}: a value of type {error} can't be kept as JSON"
                ) from None
        return {"schema": SCHEMA, "parameters": values}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Take the values that `state_dict` returned; all of them, or none.

        Args:
            strict: Both have to have the same parameters.

        Raises:
            ConfigError: It is no state, names differ, or a value breaks a parameter's constraint.
        """
        if state.get("schema") != SCHEMA:
            raise ConfigError(f"no state of strop.opto: schema is {state.get('schema')!r}, expected {SCHEMA}")
        mine, given = self.parameters_dict(), dict(state["parameters"])
        strange, missing = sorted(given.keys() - mine.keys()), sorted(mine.keys() - given.keys())
        if strict and (strange or missing):
            raise ConfigError(f"the state doesn't fit: unknown {strange}, missing {missing}")
        values = {}
        for path in given.keys() & mine.keys():
            values[path] = loads(json.dumps(given[path]))
            problem = mine[path].constraint.problem(values[path])
            if problem:
                raise ConfigError(f"parameter {path}: {problem}")
        for path, value in values.items():
            mine[path]._set(value)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `state_dict` to a JSON file."""
        target = Path(path)
        part = target.with_name(target.name + ".part")
        part.write_text(json.dumps(self.state_dict(), indent=1), encoding="utf-8")
        part.replace(target)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take the values that `save` wrote; raises `ConfigError` where the file is none of its."""
        try:
            state = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: no state: {error}") from None
        if not isinstance(state, dict):
            raise ConfigError(f"{path}: no state of strop.opto")
        self.load_state_dict(state)

    def export(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the class as plain Python source, with today's code and values; also written to `path`.

        Methods that were trainable have their current code; attributes that `__init__` makes by `node(...)`
        get their current values as literals. Raises `ConfigError` where the class's source can't be read.
        """
        text = _exported(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text


class Model(Module):
    """Base of classes that `@model` made."""


def model(cls: Class) -> Class:
    """Make a class a `Model`: `parameters()`, `state_dict()`, `export()` and the rest of `Module`.

    >>> @model
    ... class Line:
    ...     def __init__(self):
    ...         self.slope = node(2, name="slope", trainable=True)
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> Line()(3).data
    6
    """
    if issubclass(cls, Module):
        return cls
    made = type(cls.__name__, (cls, Model), {"__doc__": cls.__doc__, "__module__": cls.__module__})
    made.__qualname__ = cls.__qualname__
    return made  # type: ignore[return-value]


# --- finding parameters -----------------------------------------------------------------------------


def _found(value: Any, path: str, above: set[int]) -> Iterator[tuple[str, ParameterNode]]:
    if isinstance(value, ParameterNode):
        yield path, value
    elif isinstance(value, MethodType) and isinstance(value.__func__, Bundle):
        yield from _found(value.__func__, path, above)
    elif isinstance(value, Bundle):
        if value.parameter is not None:
            yield f"{path}.__code" if path else "__code", value.parameter
    elif isinstance(value, (Module, list, tuple, dict)):
        for key, item in _parts(value):
            if id(item) not in above:
                yield from _found(item, f"{path}.{key}" if path else str(key), above | {id(item)})


def _bound(bundle: Bundle, module: Module) -> MethodType:
    """Return a bundle's copy as a method of a module, with the code that it has now."""
    copied = bundle.detach()
    if copied.parameter is not None and bundle.parameter is not None:
        copied.parameter._set(bundle.parameter._data)
    return MethodType(copied, module)


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Module):
        yield from vars(value).items()
        own = vars(value)
        for kind in type(value).__mro__:
            for name, item in vars(kind).items():
                if isinstance(item, Bundle) and name not in own:
                    yield name, item
    elif isinstance(value, dict):
        yield from value.items()
    else:
        yield from enumerate(value)


# --- source -----------------------------------------------------------------------------------------


def _exported(module: Module) -> str:
    cls = _written(type(module))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError) as error:
        raise ConfigError(
            f"{cls.__name__}: its source can't be read ({error}); define it in a file"
        ) from None
    definition = tree.body[0]
    assert isinstance(definition, ast.ClassDef)
    definition.decorator_list = []
    definition.bases = [base for base in definition.bases if ast.unparse(base).split(".")[-1] != "Module"]
    values = module.parameters_dict()
    placed: set[str] = set()
    definition.body = [_method(statement, values, placed) for statement in definition.body]
    known = {id(values[path]) for path in placed}  # another name of one that is placed is a name there, too
    missing = sorted(path for path, one in values.items() if not one.is_code and id(one) not in known)
    if missing:
        raise ConfigError(
            f"parameter {missing[0]} of {cls.__name__} is not made by self.NAME = node(...), so that its "
            "value has no place in the source; keep it by save() instead"
        )
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _written(cls: type) -> type:
    """Return the class that stands in the user's file: what `@model` made has none."""
    for kind in cls.__mro__:
        if kind not in (Module, Model, object) and not (Model in kind.__bases__ and len(kind.__bases__) == 2):
            return kind
    return cls


def _method(statement: ast.stmt, values: Mapping[str, ParameterNode], placed: set[str]) -> ast.stmt:
    """Return a method with its current code, without our decorators, its nodes as values."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return statement
    code = values.get(f"{statement.name}.__code")
    if code is not None:
        statement = next(
            part
            for part in ast.parse(code._data).body
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))
        )
    statement.decorator_list = [
        decorator
        for decorator in statement.decorator_list
        if ast.unparse(decorator).partition("(")[0].split(".")[-1] != "bundle"
    ]
    return _Literals(values, placed).visit(statement)  # type: ignore[no-any-return]


class _Literals(ast.NodeTransformer):
    """Puts values in place of `self.name = node(...)`, with an annotation or without."""

    def __init__(self, values: Mapping[str, ParameterNode], placed: set[str]) -> None:
        self._values, self._placed_paths = values, placed

    def visit_AnnAssign(self, statement: ast.AnnAssign) -> ast.AnnAssign:
        """The same as a plain assignment."""
        statement.value = self._value(statement.target, statement.value)
        return statement

    def visit_Assign(self, statement: ast.Assign) -> ast.Assign:
        """Replace the right side where the left is an attribute that holds a parameter."""
        value = self._value(statement.targets[0], statement.value)
        assert value is not None
        statement.value = value
        return statement

    def _value(self, target: ast.expr, value: ast.expr | None) -> ast.expr | None:
        named = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        if not named or value is None:
            return value
        assert isinstance(target, ast.Attribute)
        return self._placed(target.attr, value)

    def _placed(self, path: str, value: ast.expr) -> ast.expr:
        """Return an expression with its nodes as values; those of lists, tuples and dicts by their paths."""
        parameter = self._values.get(path)
        if isinstance(value, ast.Call) and parameter is not None and not parameter.is_code:
            self._placed_paths.add(path)
            return ast.parse(repr(parameter._data), mode="eval").body
        if isinstance(value, (ast.List, ast.Tuple)):
            value.elts = [self._placed(f"{path}.{place}", part) for place, part in enumerate(value.elts)]
        elif isinstance(value, ast.Dict):
            keys = [str(key.value) if isinstance(key, ast.Constant) else "" for key in value.keys]
            value.values = [
                self._placed(f"{path}.{key}", part) for key, part in zip(keys, value.values, strict=True)
            ]
        return value
