"""Names in Python source as the modules and functions that they stand for, and literals as values.

Follows imports under other names, assignments (`e = os._exit`), `getattr` with literals, `vars(m)["x"]`,
`sys.modules["m"]`, `__import__("m")`, and literals that are put together at run time.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
import sys
from collections.abc import Iterable

from strop.sandbox.gate_scopes import WATCHED_BUILTINS, Scope, lookup

__all__ = ["DEPTH", "fold", "mentions", "resolve"]

SAME = {"posix": "os", "nt": "os", "_io": "io", "_signal": "signal", "_socket": "socket", "_ctypes": "ctypes"}
REACHED = frozenset(
    {"sys", "os", "time", "gc", "builtins", "signal"}
)  # modules that others have as an attribute
DEPTH = 100  # of expressions, and of names that stand for names
MAX_TEXT = 4096  # of a folded literal
WIDTH = re.compile(r"[0-9]{4}|\*|\{[^{}]*\{")  # in a format, or as an argument: it could ask for gigabytes


def resolve(node: ast.AST, scope: Scope, depth: int = DEPTH) -> str | None:
    """Return the dotted path of what an expression stands for, None where that isn't known."""
    key = ("path", id(node))
    if depth <= 0 or key in scope.known:
        found = scope.known.get(key)
        return found if isinstance(found, str) else None
    scope.known[key] = None  # while it is looked for: a name that stands for itself ends here
    path = _resolve(node, scope, depth - 1)
    if path is not None:
        scope.known[key] = path = _plain(path)
    return path


def _plain(path: str) -> str:
    """Return a dotted path by its usual name: `os` for `posix`, `sys` for `logging.sys`."""
    head, *rest = path.split(".")
    parts = [SAME.get(head, head), *rest]
    if parts[0] in sys.stdlib_module_names:
        for place in range(len(parts) - 2, 0, -1):
            if parts[place].lstrip("_") in REACHED:
                parts = [parts[place].lstrip("_"), *parts[place + 1 :]]
                break
    return ".".join(parts)


def _resolve(node: ast.AST, scope: Scope, depth: int) -> str | None:
    if isinstance(node, ast.Name):
        found, where = lookup(node.id, scope)
        if isinstance(found, ast.expr):
            assert where is not None
            itself = isinstance(found, ast.Name) and found.id == node.id  # eval = eval
            if itself:
                return f"builtins.{node.id}" if node.id in WATCHED_BUILTINS else None
            return resolve(found, where, depth)
        if found is None and where is not None and node.id in where.names:
            return resolve(where.names[node.id], where, depth)
        return found
    if isinstance(node, ast.Attribute):
        owner = resolve(node.value, scope, depth)
        if owner == "builtins.__builtins__":
            owner = "builtins"
        return None if owner is None else f"{owner}.{node.attr}"
    if isinstance(node, ast.NamedExpr):
        return resolve(node.value, scope, depth)
    if isinstance(node, (ast.IfExp, ast.BoolOp)):
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return next((path for part in parts if (path := resolve(part, scope, depth))), None)
    if isinstance(node, ast.Subscript):
        return _resolve_item(node.value, fold(node.slice, scope), scope, depth)
    return _resolve_call(node, scope, depth) if isinstance(node, ast.Call) else None


def _resolve_item(value: ast.expr, key: object, scope: Scope, depth: int) -> str | None:
    """Return what `namespace["name"]` stands for: of `vars(m)`, `m.__dict__`, `globals()`, `sys.modules`."""
    if not isinstance(key, str):
        return None
    owner = resolve(value, scope, depth)
    if owner == "sys.modules":
        return key
    if owner is not None and owner.endswith(".__dict__"):
        return f"{owner.removesuffix('.__dict__')}.{key}"
    if owner == "builtins.__builtins__":
        return f"builtins.{key}"
    if isinstance(value, ast.Call):
        function = resolve(value.func, scope, depth)
        if function == "builtins.vars" and value.args:
            module = resolve(value.args[0], scope, depth)
            return None if module is None else f"{module}.{key}"
        if function == "builtins.globals":
            found, where = lookup(key, scope)
            return resolve(found, where, depth) if isinstance(found, ast.expr) and where else None
    return None


def _resolve_call(node: ast.Call, scope: Scope, depth: int) -> str | None:
    function = resolve(node.func, scope, depth)
    first = fold(node.args[0], scope) if node.args else None
    if function == "builtins.getattr" and len(node.args) >= 2:
        owner, name = resolve(node.args[0], scope, depth), fold(node.args[1], scope)
        return f"{owner}.{name}" if owner and isinstance(name, str) else None
    if function in ("builtins.__import__", "importlib.import_module", "importlib.__import__"):
        return first if isinstance(first, str) and not first.startswith(".") else None
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "__getitem__"):
        return _resolve_item(node.func.value, first, scope, depth)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "__getattribute__" and node.args:
        owner = resolve(node.func.value, scope, depth)
        return f"{owner}.{first}" if owner and isinstance(first, str) else None
    made = node.func.func if isinstance(node.func, ast.Call) and node.func.args and node.args else None
    if made is None or resolve(made, scope, depth) != "operator.attrgetter":
        return None
    assert isinstance(node.func, ast.Call)
    owner, name = resolve(node.args[0], scope, depth), fold(node.func.args[0], scope)
    return f"{owner}.{name}" if owner and isinstance(name, str) else None


def mentions(node: ast.AST, name: str, scope: Scope, depth: int = 4) -> bool:
    """Return whether an expression, or what its names were assigned, has a name in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            if part.id == name:
                return True
            found, where = lookup(part.id, scope)
            if depth and isinstance(found, ast.expr) and where and mentions(found, name, where, depth - 1):
                return True
    return False


# --- literals -------------------------------------------------------------------------------------


def fold(node: ast.AST, scope: Scope, depth: int = DEPTH) -> object:
    """Return the text, bytes or number that an expression of literals has, None where it isn't known."""
    key = ("value", id(node))
    if depth <= 0 or key in scope.known:
        return scope.known.get(key)
    scope.known[key] = None
    try:
        found = _fold(node, scope, depth - 1)
    except (ValueError, TypeError, LookupError, OverflowError):  # LookupError: also an unknown codec
        return None
    if not isinstance(found, (str, bytes)) or len(found) <= MAX_TEXT:
        scope.known[key] = found
    return scope.known[key]


def _fold(node: ast.AST, scope: Scope, depth: int) -> object:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (str, bytes, int)) else None
    if isinstance(node, ast.Name):
        found, where = lookup(node.id, scope)
        return fold(found, where, depth) if isinstance(found, ast.expr) and where is not None else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = fold(node.operand, scope, depth)
        return -number if isinstance(number, int) else None
    if isinstance(node, ast.BinOp):
        return _fold_operation(node, scope, depth)
    if isinstance(node, ast.JoinedStr):
        parts = [fold(v.value if isinstance(v, ast.FormattedValue) else v, scope, depth) for v in node.values]
        return "".join(map(str, parts)) if all(part is not None for part in parts) else None
    if isinstance(node, ast.Subscript):
        return _fold_item(node, scope, depth)
    return _fold_call(node, scope, depth) if isinstance(node, ast.Call) else None


def _fold_operation(node: ast.BinOp, scope: Scope, depth: int) -> object:
    left = fold(node.left, scope, depth)
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        if WIDTH.search(left):
            return None
        right: object = fold(node.right, scope, depth)
        if isinstance(node.right, ast.Tuple):
            right = tuple(_known(node.right.elts, scope, depth))
        return None if right is None else left % right
    right = fold(node.right, scope, depth)
    if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(node.op, ast.Add) and isinstance(left, bytes) and isinstance(right, bytes):
        return left + right
    return None


def _fold_item(node: ast.Subscript, scope: Scope, depth: int) -> object:
    text = fold(node.value, scope, depth)
    if not isinstance(text, (str, bytes)):
        return None
    if isinstance(node.slice, ast.Slice):
        ends = [
            None if end is None else _known([end], scope, depth)[0]
            for end in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        return text[slice(*ends)]  # type: ignore[arg-type]
    index = fold(node.slice, scope, depth)
    return text[index] if isinstance(index, int) else None


def _known(nodes: Iterable[ast.expr], scope: Scope, depth: int) -> list[object]:
    """Return the values of expressions; raises `ValueError` where one isn't known."""
    found = [fold(node, scope, depth) for node in nodes]
    if any(value is None for value in found):
        raise ValueError
    return found


METHODS = frozenset(
    [
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "replace",
        "format",
        "encode",
        "decode",
        "title",
        "swapcase",
    ]
)
DECODERS = {
    "base64.b64decode": base64.b64decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b85decode": base64.b85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_base64": binascii.a2b_base64,
}


def _fold_call(node: ast.Call, scope: Scope, depth: int) -> object:
    if node.keywords:
        return None
    function = node.func
    if isinstance(function, ast.Name) and function.id in ("chr", "str", "bytes") and len(node.args) == 1:
        value = _known(node.args, scope, depth)[0]
        return chr(value) if function.id == "chr" and isinstance(value, int) else value
    if isinstance(function, ast.Attribute):
        path = resolve(function, scope, depth)
        if path in DECODERS:
            return DECODERS[path](*_known(node.args, scope, depth))  # type: ignore[arg-type]
        if path == "codecs.decode":
            text, codec = _known(node.args, scope, depth)
            known = codec in (
                "rot13",
                "rot_13",
                "rot-13",
                "hex",
                "base64",
            )  # none that could grow without end
            return codecs.decode(text, str(codec)) if known else None  # type: ignore[call-overload]
        if (
            isinstance(function.value, ast.Name)
            and function.value.id == "bytes"
            and function.attr == "fromhex"
        ):
            return bytes.fromhex(str(_known(node.args, scope, depth)[0]))
        owner = fold(function.value, scope, depth)
        if function.attr == "format" and isinstance(owner, str) and WIDTH.search(owner):
            return None
        if isinstance(owner, (str, bytes)) and function.attr == "join" and len(node.args) == 1:
            parts = node.args[0]
            if isinstance(parts, (ast.List, ast.Tuple)):
                return owner.join(_known(parts.elts, scope, depth))  # type: ignore[arg-type]
        if isinstance(owner, (str, bytes)) and function.attr in METHODS:
            return getattr(owner, function.attr)(*_known(node.args, scope, depth))
    return None
