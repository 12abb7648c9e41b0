"""Signals: slow patterns seen in the syntax of hot functions, as keys into a catalogue of remedies.

A signal is a hint to whoever changes the code, never a proof: the detectors read one function at a
time, know no types beyond what its own text tells, and rather miss a case than report every loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["PATTERNS", "Signal", "definition_line", "signals_of"]

PATTERNS: dict[str, tuple[str, ...]] = {
    "any-all-list": ("any-all",),
    "commit-per-row": ("commit-once",),
    "copy-per-round": (),
    "copy-for-membership": ("copy-membership",),
    "duplicate-search": ("dedupe", "seen-set"),
    "element-loop-on-array": (),
    "file-per-round": ("hoist-call",),
    "grown-by-copy": ("grow-in-place",),
    "linear-count": ("count-lookup",),
    "linear-index": ("index-lookup",),
    "linear-membership": ("membership-set",),
    "nested-equality-loop": ("nested-join",),
    "query-per-row": (),
    "queue-from-list": ("deque-queue",),
    "recursion-without-cache": ("cache-recursion",),
    "regex-per-round": ("compiled-pattern",),
    "row-loop-on-table": (),
    "serialise-round-trip": (),
    "sort-for-few": ("smallest",),
    "sort-per-round": ("hoist-call",),
    "text-by-concatenation": ("join-text",),
}
"""Every signal, with the names of the rewriting rules that can act on it; most need a rewrite by hand."""

MANY = 100  # calls from which a function's whole body counts as inside a loop
FEW = 10  # a line that ran less often than this is no pattern's cost
MOST = 3  # signals of one function

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
REGEX = {"compile", "match", "search", "sub", "findall", "fullmatch", "split", "finditer"}
ROWS = {"iterrows", "itertuples"}
QUERIES = {"execute", "fetchone", "urlopen"}
CACHES = {"cache", "lru_cache", "cached", "memoize"}
SERIAL = {"json", "pickle", "marshal", "orjson", "yaml"}


@dataclass(frozen=True)
class Signal:
    """One pattern at one place."""

    name: str  # a key of `PATTERNS`
    line: int


@dataclass
class _Function:
    """What the detectors know about the function that they read."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    module: ast.Module
    often: bool  # called so often that its body counts as a loop's
    lists: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Place:
    """Where a node stands: the loops around it, the outermost first, none of another function."""

    loops: tuple[ast.AST, ...]
    often: bool

    @property
    def looped(self) -> bool:
        return self.often or bool(self.loops)


def signals_of(text: str, line: int, hits: Mapping[int, int] | None = None) -> list[Signal]:
    """Return the signals of the function whose definition (or first decorator) stands in a line.

    Args:
        text: The file.
        line: First line of the function, as a profile tells it.
        hits: How often lines ran, where that is known: what hardly ran is no signal.

    Returns:
        At most three, those in the lines that ran most often first; none for what doesn't parse.
    """
    try:
        return _signals(ast.parse(text), line, hits or {})
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def definition_line(text: str, line: int) -> int:
    """Return the first line of the innermost function around a line; 0 where there is none."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    around = [n.lineno for n in nodes if isinstance(n, FUNCTIONS) and n.lineno <= line <= (n.end_lineno or 0)]
    return max(around, default=0)


def _signals(module: ast.Module, line: int, hits: Mapping[int, int]) -> list[Signal]:
    node = next((node for node in ast.walk(module) if _starts(node, line)), None)
    if not isinstance(node, FUNCTIONS):
        return []
    function = _Function(node, module, often=hits.get(node.body[0].lineno, 0) >= MANY)
    _learn_names(function)
    found: dict[str, Signal] = {}
    for signal in _all(function):
        ran = hits.get(signal.line)
        if ran is None or ran >= FEW:
            found.setdefault(signal.name, signal)
    return sorted(found.values(), key=lambda s: (-hits.get(s.line, 0), s.line, s.name))[:MOST]


def _starts(node: ast.AST, line: int) -> bool:
    if not isinstance(node, FUNCTIONS):
        return False
    return line in (node.lineno, *(decorator.lineno for decorator in node.decorator_list))


def _learn_names(function: _Function) -> None:
    """Note the names that hold lists or texts, as far as the function's own text tells."""
    arguments = function.node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        noted = ast.unparse(argument.annotation) if argument.annotation else ""
        if noted.startswith(("list", "List", "Sequence", "tuple[")):
            function.lists.add(argument.arg)
        elif noted == "str":
            function.texts.add(argument.arg)
    for node in ast.walk(function.node):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if _is_list(value):
                    function.lists.add(name)
                elif isinstance(value, ast.JoinedStr) or _is_text(value):
                    function.texts.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend")):
                function.lists.add(name)


def _is_list(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.ListComp)):
        return True
    return isinstance(value, ast.Call) and _name(value.func) in ("list", "sorted")


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _name(node: ast.AST) -> str:
    """Return a dotted name, or its last part behind what is no name (`a().b` -> "b")."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            before = _name(value)
            return f"{before}.{attr}" if before else attr
    return ""


def _all(function: _Function) -> Iterator[Signal]:
    yield from _recursion(function)
    for node, place in _nodes(function.node, _Place((), function.often)):
        for detect in DETECTORS.get(type(node), ()):
            name = detect(node, place, function)
            if name:
                yield Signal(name, getattr(node, "lineno", function.node.lineno))


def _nodes(node: ast.AST, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    """Yield all nodes below one with their loops; an inner function counts as run where it stands."""
    for child in ast.iter_child_nodes(node):
        here = place if _once(node, child) else _Place((*place.loops, node), place.often)
        yield child, here
        yield from _nodes(child, here)


def _once(parent: ast.AST, child: ast.AST) -> bool:
    """Return whether a child runs as often as its parent: all but the bodies of loops do."""
    if isinstance(parent, COMPREHENSIONS):
        return child is parent.generators[0]
    if isinstance(parent, ast.While):
        return False
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        return child is parent.iter or child is parent.target
    return True


# --- detectors -----------------------------------------------------------------------------------


def _membership(node: ast.AST, place: _Place, function: _Function) -> str:
    if not isinstance(node, ast.Compare) or not place.looped:
        return ""
    for operator, box in zip(node.ops, node.comparators, strict=True):
        if not isinstance(operator, (ast.In, ast.NotIn)):
            continue
        if isinstance(box, ast.Call) and _name(box.func) in ("list", "tuple", "sorted", "set"):
            return "copy-for-membership"
        if isinstance(box, ast.Name) and box.id in function.lists:
            return "duplicate-search" if _appended(place.loops, box.id) else "linear-membership"
    return ""


def _appended(loops: tuple[ast.AST, ...], name: str) -> bool:
    return any(
        isinstance(node, ast.Call) and _name(node.func) == f"{name}.append"
        for loop in loops[-1:]
        for node in ast.walk(loop)
    )


def _concatenation(node: ast.AST, place: _Place, function: _Function) -> str:
    if not place.loops:
        return ""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return "text-by-concatenation" if _name(node.target) in function.texts else ""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=left), op=ast.Add())
        ) if name == left:
            if name in function.texts:
                return "text-by-concatenation"
            return "grown-by-copy" if name in function.lists else ""
    return ""


def _sorting(node: ast.AST, place: _Place, function: _Function) -> str:
    match node:
        case ast.Subscript(value=ast.Call(func=ast.Name(id="sorted")), slice=ast.Constant() | ast.UnaryOp()):
            return "sort-for-few"
        case ast.Subscript(value=ast.Call(func=ast.Name(id="sorted")), slice=ast.Slice(upper=ast.expr())):
            return "sort-for-few"
        case ast.Call(func=ast.Name(id="sorted")) | ast.Call(func=ast.Attribute(attr="sort")):
            return "sort-per-round" if place.looped else ""
    return ""


def _calls(node: ast.AST, place: _Place, function: _Function) -> str:
    """Calls that are dear in a loop, by their names."""
    if not isinstance(node, ast.Call) or not place.looped:
        return ""
    name = _name(node.func)
    owner, _, last = name.rpartition(".")
    if owner == "re" and last in REGEX:
        return "regex-per-round"
    if name == "open" or last in ("read_text", "read_bytes"):
        return "file-per-round"
    if last in QUERIES or name in ("requests.get", "requests.post", "session.get", "session.query"):
        return "query-per-row"
    if last == "commit" and owner:
        return "commit-per-row"
    if owner in function.lists and last in ("count", "index"):
        return f"linear-{last}"
    if name in ("copy.deepcopy", "deepcopy", "copy.copy") or (last == "copy" and owner and not node.args):
        return "copy-per-round"
    return ""


def _anywhere(node: ast.AST, place: _Place, function: _Function) -> str:
    """Calls that are slow wherever they stand."""
    match node:
        case ast.Call(func=ast.Name(id="any" | "all"), args=[ast.ListComp()]):
            return "any-all-list"
        case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=0)]) if place.looped:
            return "queue-from-list" if _name(node.func).rpartition(".")[0] in function.lists else ""
        case ast.Call(func=ast.Attribute(attr="insert"), args=[ast.Constant(value=0), _]) if place.looped:
            return "queue-from-list"
        case ast.Call(
            func=ast.Attribute(attr="loads") as loads, args=[ast.Call(func=ast.Attribute(attr="dumps"))]
        ):
            return "serialise-round-trip" if _name(loads).split(".")[0] in SERIAL else ""
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in ROWS:
            return "row-loop-on-table"
        case ast.Call(func=ast.Attribute(attr="apply"), keywords=keywords):
            return "row-loop-on-table" if any(keyword.arg == "axis" for keyword in keywords) else ""
    return ""


def _loop(node: ast.AST, place: _Place, function: _Function) -> str:
    """Loops over the elements of arrays, and loops in loops that look for equal keys."""
    if not isinstance(node, ast.For):
        return ""
    counted = isinstance(node.iter, ast.Call) and _name(node.iter.func) == "range"
    if counted and _imports_numpy(function.module) and isinstance(node.target, ast.Name):
        index = node.target.id
        for inner in ast.walk(node):
            if isinstance(inner, ast.Subscript) and _uses(inner.slice, index):
                return "element-loop-on-array"
    if place.loops and isinstance(place.loops[-1], ast.For) and not counted and node.body:
        test = node.body[0].test if isinstance(node.body[0], ast.If) else None
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq):
            outer, own = _names(place.loops[-1].target), _names(node.target)
            used = _names(test)
            if outer & used and own & used:
                return "nested-equality-loop"
    return ""


def _uses(node: ast.AST, name: str) -> bool:
    return name in _names(node)


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _imports_numpy(module: ast.Module) -> bool:
    for node in ast.walk(module):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "numpy" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "numpy":
            return True
    return False


def _recursion(function: _Function) -> Iterator[Signal]:
    """A function that calls itself in more than one place, and keeps no results."""
    if any(_name(getattr(d, "func", d)).split(".")[-1] in CACHES for d in function.node.decorator_list):
        return
    calls = [
        node
        for node in ast.walk(function.node)
        if isinstance(node, ast.Call) and _name(node.func).split(".")[-1] == function.node.name
        and _name(node.func) in (function.node.name, f"self.{function.node.name}")
    ]  # fmt: skip
    if len(calls) >= 2:
        yield Signal("recursion-without-cache", calls[0].lineno)


Detector = Callable[[ast.AST, _Place, _Function], str]

DETECTORS: dict[type[ast.AST], tuple[Detector, ...]] = {
    ast.Compare: (_membership,),
    ast.AugAssign: (_concatenation,),
    ast.Assign: (_concatenation,),
    ast.Subscript: (_sorting,),
    ast.Call: (_sorting, _calls, _anywhere),
    ast.For: (_loop,),
}
