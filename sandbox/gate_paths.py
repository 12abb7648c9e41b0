"""Which files a call in Python source writes, as far as its text says."""

from __future__ import annotations

import ast
import posixpath
import re

from strop.sandbox.gate_names import DEPTH, fold, resolve
from strop.sandbox.gate_rules import WRITERS
from strop.sandbox.gate_scopes import Scope, lookup

__all__ = ["is_outside", "prefix", "written"]

OPENERS = frozenset(
    [
        "builtins.open",
        "io.open",
        "codecs.open",
        "gzip.open",
        "bz2.open",
        "lzma.open",
        "tarfile.open",
        "zipfile.ZipFile",
    ]
)
PATH_WRITES = frozenset(["write_text", "write_bytes", "mkdir", "symlink_to", "hardlink_to"])
# Other things than paths have methods of these names: only a path that leads outside counts.
PERHAPS = re.compile(r"(touch|unlink|rmdir|rename|replace)$|(tofile|to_\w+|save\w*|dump\w*)$")
FINE_PATHS = ("/dev/null", "/dev/stdout", "/dev/stderr")


def written(node: ast.Call, function: str, attribute: str, scope: Scope) -> tuple[bool, ast.expr | None]:
    """Return whether a call certainly writes a file, and the path that it writes, if it does."""
    if function in OPENERS:
        writes = _writing(_argument(node, 1, "mode"), scope)
        return writes, _argument(node, 0, "file") if writes else None
    if function == "os.open":
        flags = _argument(node, 1, "flags")
        reads = flags is not None and resolve(flags, scope) == "os.O_RDONLY"
        return not reads, None if reads else _argument(node, 0, "path")
    if function in WRITERS:
        return WRITERS[function] >= 0, _argument(node, max(WRITERS[function], 0), "path")
    if not isinstance(node.func, ast.Attribute):
        return False, None
    if attribute == "open" and not function:
        writes = _writing(_argument(node, 0, "mode"), scope)
        return writes, node.func.value if writes else None
    if attribute in PATH_WRITES:
        return not function or function.startswith("pathlib."), node.func.value
    perhaps = PERHAPS.match(attribute)
    if perhaps is None:
        return False, None
    return False, node.func.value if perhaps[1] else _argument(node, 0, "path")


def _argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(node.args) > position:
        return node.args[position]
    return next((k.value for k in node.keywords if k.arg == name), None)


def _writing(mode: ast.expr | None, scope: Scope) -> bool:
    if mode is None:
        return False
    value = fold(mode, scope)
    return not isinstance(value, str) or bool(set(value) & set("wax+"))


def is_outside(path: str) -> bool:
    """Return whether the known beginning of a path leads out of the work folder."""
    if path in FINE_PATHS or not path:
        return False
    return (
        path.startswith(("/", "~"))
        or path[1:3] in (":\\", ":/")
        or posixpath.normpath(path).split("/")[0] == ".."
    )


HOMES = ("pathlib.Path.home", "os.path.expanduser")
TEMPS = (
    "tempfile.gettempdir",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
    "tempfile.mktemp",
    "tempfile.gettempdirb",
)
JOINERS = (
    "pathlib.Path",
    "pathlib.PurePath",
    "pathlib.PosixPath",
    "os.path.join",
    "os.fspath",
    "os.path.abspath",
)


def prefix(node: ast.AST, scope: Scope, depth: int = DEPTH) -> str:
    """Return the known beginning of a path, "~" for the home folder; empty where nothing is known."""
    if depth <= 0:
        return ""
    whole = fold(node, scope, depth)
    if isinstance(whole, (str, bytes)):
        return whole if isinstance(whole, str) else whole.decode("utf-8", "replace")
    if isinstance(node, ast.Name):
        found, where = lookup(node.id, scope)
        return prefix(found, where, depth - 1) if isinstance(found, ast.expr) and where is not None else ""
    if isinstance(node, ast.JoinedStr) and node.values:
        first = node.values[0]
        return prefix(first.value if isinstance(first, ast.FormattedValue) else first, scope, depth - 1)
    if isinstance(node, ast.BinOp):
        right = fold(node.right, scope, depth) if isinstance(node.op, ast.Div) else None
        return (
            right if isinstance(right, str) and right.startswith("/") else prefix(node.left, scope, depth - 1)
        )
    if isinstance(node, ast.Subscript):
        return "~" if fold(node.slice, scope, depth) in ("HOME", "TMPDIR", "TMP", "TEMP") else ""
    return _call_prefix(node, scope, depth - 1) if isinstance(node, ast.Call) else ""


def _call_prefix(node: ast.Call, scope: Scope, depth: int) -> str:
    path = resolve(node.func, scope, depth) or ""
    attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if path in HOMES or attribute == "expanduser":
        return "~"
    if path in TEMPS:
        return "/tmp/"
    if attribute in ("get", "getenv") and node.args:
        return "~" if fold(node.args[0], scope, depth) in ("HOME", "TMPDIR", "TMP", "TEMP") else ""
    if path in JOINERS or (isinstance(node.func, ast.Name) and node.func.id == "str"):
        later = [prefix(argument, scope, depth) for argument in node.args[1:]]
        absolute = [text for text in later if text.startswith(("/", "~"))]
        return absolute[-1] if absolute else prefix(node.args[0], scope, depth) if node.args else ""
    if attribute in ("joinpath", "resolve", "absolute", "with_suffix", "with_name", "format", "as_posix"):
        assert isinstance(node.func, ast.Attribute)
        return prefix(node.func.value, scope, depth)
    return ""
