"""The source of functions whose code is a parameter: read, and held to its name and arguments."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from strop.errors import ConfigError

__all__ = ["code_problem", "signature_of", "source_of"]


def source_of(function: Callable[..., Any]) -> str:
    """Return a function's own source, without decorators; raises `ConfigError` where there is none."""
    name = getattr(function, "__name__", "function")
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError) as error:
        raise ConfigError(
            f"{name} can't be trainable: its source can't be read ({error}), as of functions made in a "
            "REPL or by exec; define it in a file"
        ) from None
    definition = tree.body[0]
    if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise ConfigError(f"{name} can't be trainable: it is no `def`")
    return "\n".join(text.splitlines()[definition.lineno - 1 : definition.end_lineno]) + "\n"


def signature_of(source: str) -> str:
    """Return name and arguments of the one function in a source; raises `ValueError`."""
    function, problem = _function(source)
    if function is None:
        raise ValueError(problem)
    prefix = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    return f"{prefix} {function.name}({ast.unparse(_bare(function.args))})"


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Return arguments without annotations, which a model may add or drop."""
    bare = ast.parse(f"def f({ast.unparse(arguments)}): pass").body[0]
    assert isinstance(bare, ast.FunctionDef)
    every = [*bare.args.posonlyargs, *bare.args.args, *bare.args.kwonlyargs]
    for argument in [*every, *(a for a in (bare.args.vararg, bare.args.kwarg) if a)]:
        argument.annotation = None
    return bare.args


def _function(source: str) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef | None, str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        return None, f"the code does not parse{where}: {getattr(error, 'msg', error)}"
    functions = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    others = [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    allowed = (ast.Import, ast.ImportFrom)
    strange = [n for n in others if not isinstance(n, allowed) and not _is_text(n)]
    if strange:
        return None, f"line {strange[0].lineno}: only the function and imports may stand there"
    if len(functions) != 1:
        return None, f"expected one function, found {len(functions)}"
    return functions[0], ""


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_problem(source: Any, signature: str) -> str:
    """Return why a value is no source of a function with this signature, or an empty string."""
    if not isinstance(source, str):
        return f"expected source code, got {type(source).__name__}"
    function, problem = _function(source)
    if function is None:
        return problem
    found = signature_of(source)
    return "" if found == signature else f"expected `{signature}`, found `{found}`"
