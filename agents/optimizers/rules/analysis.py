"""What code does to a name: reads, changes and leaks, and what may happen to a value inside a loop."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from strop.agents.optimizers.rules.bindings import Binding, says
from strop.agents.optimizers.rules.infer import Kinds
from strop.agents.optimizers.rules.kinds import Kind
from strop.agents.optimizers.rules.scopes import COMPREHENSIONS, FUNCTIONS, LOOPS, Module, Scope

__all__ = ["MUTATORS", "Code", "Uses"]

# What each method puts into its container: nothing, its argument, or its argument's elements.
MUTATORS = {
    "append": "item", "add": "item", "insert": "item", "appendleft": "item", "extend": "items",
    "update": "items", "pop": "", "popleft": "", "remove": "", "discard": "", "clear": "", "sort": "",
    "reverse": "", "setdefault": "item", "popitem": "",
}  # fmt: skip
_READING_METHODS = {
    "count", "index", "copy", "get", "keys", "values", "items", "union", "intersection", "difference",
    "issubset", "issuperset", "isdisjoint", "symmetric_difference", "most_common",
}  # fmt: skip
_VIEWS = {"keys", "values", "items"}
_TEXT_METHODS = {
    "lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith",
    "endswith", "join", "format", "replace", "find", "rfind", "isdigit", "isalpha", "isalnum", "isspace",
    "isupper", "islower", "title", "capitalize", "casefold", "zfill", "partition", "rpartition", "ljust",
    "rjust", "center", "encode", "decode", "removeprefix", "removesuffix", "bit_length",
}  # fmt: skip
# Built-ins that read their arguments, call nothing of the user's but operators, and keep no list.
_READING = {
    "len", "min", "max", "sum", "sorted", "any", "all", "set", "frozenset", "list", "tuple", "enumerate",
    "zip", "reversed", "str", "repr", "print", "dict", "bool", "isinstance", "range", "abs", "int",
    "float", "round", "ord", "chr", "divmod", "pow", "hash", "id", "type", "bytes", "iter",
}  # fmt: skip
_KEEPING = {"iter", "enumerate", "zip", "reversed"}  # hold on to their argument, but only to read it
_RETURNING = {"min", "max", "sum"}  # with several arguments, may return one of them
_FRESH_CALLS = {"list", "set", "dict", "sorted"}


_COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "script", "compile", "kernel", "cfunc", "stencil"}


def _compiled(node: ast.AST) -> bool:
    """Whether a decorator compiles a function, by rules of its own that what is written here may break."""
    for decorator in getattr(node, "decorator_list", ()):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in _COMPILERS:
            return True
    return False


@dataclass
class Uses:
    """Where a function reads, changes or leaks one of its names."""

    reads: list[ast.Name] = field(default_factory=list)
    changes: list[ast.Name] = field(default_factory=list)
    escapes: list[ast.Name] = field(default_factory=list)
    returns: list[ast.Name] = field(default_factory=list)
    added: list[ast.expr] = field(default_factory=list)  # Starred: its elements
    unclear: bool = False  # something unknown is put in


class Code:
    """One module under analysis. Raises `SyntaxError` or `ValueError` for what does not parse."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.module = Module(source)
        self.kinds = Kinds(self.module, self._added)
        self._uses: dict[tuple[int, str], Uses] = {}

    @property
    def functions(self) -> Iterator[Scope]:
        """The functions that rules may look into."""
        return (
            scope
            for scope in self.module.scopes
            if scope.plain and not self.module.star_import and not _compiled(scope.node)
        )

    def kind(self, node: ast.expr) -> Kind:
        """Return what an expression is."""
        return self.kinds.of(node)

    def text(self, node: ast.expr) -> str:
        """Return an expression as it is written."""
        text = ast.get_source_segment(self.source, node)
        # Positions inside f-strings are not to be relied on before Python 3.12.
        return text if text is not None and says(text, node) else ast.unparse(node)

    # --- uses ------------------------------------------------------------------------------------

    def uses(self, scope: Scope, name: str) -> Uses:
        """Return what a function does with one of its names."""
        key = (id(scope), name)
        if key not in self._uses:
            uses = self._uses[key] = Uses()
            for load in scope.loads.get(name, []):
                if self.module.comprehension_of(load) is None:
                    self._sort_in(load, uses)
            for binding in scope.bindings.get(name, []):
                if binding.kind == "augment" and isinstance(binding.node, ast.AugAssign):
                    uses.added.append(ast.Starred(value=binding.node.value, ctx=ast.Load()))
        return self._uses[key]

    def _added(self, scope: Scope, name: str) -> list[ast.expr] | None:
        uses = self.uses(scope, name)
        return None if uses.escapes or uses.unclear else uses.added

    def _sort_in(self, load: ast.Name, uses: Uses) -> None:
        parent = self.module.parents[load]
        match parent:
            case ast.Attribute(attr=method) if (
                isinstance(call := self.module.parents[parent], ast.Call) and call.func is parent
            ):
                self._method(load, method, call, uses)
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) if value is load:
                uses.changes.append(load)
                self._stored(parent, uses)
            case ast.Return() | ast.Tuple() if self._returned(load):
                uses.returns.append(load)
            case _ if self.only_reads(load) and not self.in_lazy_generator(load):
                uses.reads.append(load)
            case _:
                uses.escapes.append(load)

    def _returned(self, node: ast.expr) -> bool:
        """Whether a function returns the value, by itself or in a tuple."""
        parent = self.module.parents[node]
        return isinstance(parent, ast.Return) or isinstance(parent, ast.Tuple) and self._returned(parent)

    def _method(self, load: ast.Name, method: str, call: ast.Call, uses: Uses) -> None:
        if method in _VIEWS and not (self.only_reads(call) and not self.in_lazy_generator(call)):
            uses.escapes.append(load)  # a view is kept, and sees every change
        elif method in _READING_METHODS or method in _TEXT_METHODS:
            uses.reads.append(load)
        elif method in MUTATORS:
            uses.changes.append(load)
            what = MUTATORS[method]
            if what and (not call.args or call.keywords or isinstance(call.args[-1], ast.Starred)):
                uses.unclear = True
            elif what == "item":
                uses.added.append(call.args[-1])
            elif what:
                uses.added += [ast.Starred(value=arg, ctx=ast.Load()) for arg in call.args]
        else:
            uses.escapes.append(load)

    def _stored(self, target: ast.Subscript, uses: Uses) -> None:
        parent = self.module.parents[target]
        if isinstance(parent, ast.Assign) and not isinstance(target.slice, ast.Slice):
            uses.added.append(parent.value)
        elif not isinstance(parent, ast.Delete):
            uses.unclear = True

    def seen_half_done(self, loop: ast.stmt) -> bool:
        """Whether the function may go on after an exception has ended a loop early."""
        return any(isinstance(p, (ast.Try, ast.TryStar, ast.With)) for p in self.module.ancestors(loop))

    def only_reads(self, node: ast.expr) -> bool:
        """Whether the place where an expression stands only looks at its value, and keeps it nowhere."""
        parent = self.module.parents[node]
        match parent:
            case ast.Compare() | ast.FormattedValue() | ast.Starred():
                return True
            case ast.Subscript(value=value, ctx=ast.Load()):
                return value is node
            case ast.For(iter=iterable) | ast.comprehension(iter=iterable):
                return iterable is node
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                return test is node
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.BoolOp():
                return self.only_reads(parent)
            case ast.Call(func=ast.Name(id=name)) if node in parent.args:
                if name in _KEEPING and not self.only_reads(parent):
                    return False
                if name in _RETURNING and len(parent.args) > 1:
                    return False
                return name in _READING and self.module.is_builtin(name)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join")):
                return True
            case ast.BinOp():
                return True
            case ast.Dict(keys=keys, values=values):
                return any(key is None and value is node for key, value in zip(keys, values, strict=True))
        return False

    def own_constant(self, scope: Scope, name: str) -> bool:
        """Whether a name is bound once, at module level, to a container that the module only reads."""
        module = self.module
        bindings = module.top.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].kind != "assign" or name in scope.bindings:
            return False
        if bindings[0].statement not in module.tree.body:
            return False
        value = bindings[0].value
        if value is None or not (self._makes_new(value) or isinstance(value, ast.Tuple)):
            return False  # another name for what somebody else changes
        elsewhere = (s for s in module.scopes if s is not module.top)
        if any(name in s.bindings or name in s.declared for s in elsewhere):
            return False
        mentions = [n for n in ast.walk(module.tree) if isinstance(n, ast.Name) and n.id == name]
        return all(isinstance(n.ctx, ast.Store) or self._reads_or_asks(n) for n in mentions)

    def _reads_or_asks(self, load: ast.Name) -> bool:
        parent = self.module.parents[load]
        if isinstance(parent, ast.Attribute) and isinstance(self.module.parents[parent], ast.Call):
            return parent.attr in _READING_METHODS
        return self.only_reads(load)

    # --- loops -----------------------------------------------------------------------------------

    def loops(self, node: ast.AST) -> list[ast.For | ast.While]:
        """Return the loops of the same function that a node is in and that repeat it, innermost first."""
        found: list[ast.For | ast.While] = []
        child = node
        for parent in self.module.ancestors(node):
            if isinstance(parent, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
                break
            if isinstance(parent, LOOPS):
                repeated = child in parent.body or isinstance(parent, ast.While) and child is parent.test
                if repeated:
                    found.append(parent)
            child = parent
        return found

    def repeats_within_statement(self, node: ast.AST) -> bool:
        """Whether a comprehension of the same statement evaluates a node again and again."""
        child = node
        for parent in self.module.ancestors(node):
            if isinstance(parent, (ast.stmt, ast.Lambda)):
                return False
            if isinstance(parent, COMPREHENSIONS) and child is not parent.generators[0]:
                return True
            if isinstance(parent, ast.comprehension) and child is not parent.iter:
                return True
            child = parent
        return False

    def in_lazy_generator(self, node: ast.AST) -> bool:
        """Whether a generator expression may evaluate a node later than its statement."""
        for parent in self.module.ancestors(node):
            if isinstance(parent, ast.GeneratorExp) and not self.only_reads(parent):
                return True
            if isinstance(parent, ast.stmt):
                break
        return False

    def inside(self, node: ast.AST, tree: ast.AST) -> bool:
        """Whether a node is a part of another, or the same."""
        return node is tree or any(parent is tree for parent in self.module.ancestors(node))

    def rebinds(self, scope: Scope, name: str, tree: ast.AST) -> bool:
        """Whether a name is bound anywhere inside `tree`."""
        return any(self.inside(b.node, tree) for b in scope.bindings.get(name, ()))

    def bound_before(self, scope: Scope, name: str, statement: ast.stmt) -> bool:
        """Whether a local name surely has a value when `statement` starts."""
        bindings = scope.bindings.get(name, ())
        if any(b.kind == "other" for b in bindings):
            return False
        chain: list[ast.AST] = [statement, *self.module.ancestors(statement)]
        return any(self._surely_bound(binding, chain) for binding in bindings)

    def _surely_bound(self, binding: Binding, chain: list[ast.AST]) -> bool:
        if binding.kind == "parameter":
            return True
        if binding.value is None or binding.statement is None or binding.kind == "augment":
            return False
        if isinstance(binding.statement, ast.For):
            return any(item in binding.statement.body for item in chain)
        block = self.module.siblings(binding.statement)
        later = block[block.index(binding.statement) + 1 :]
        return any(item in later for item in chain)

    def is_fresh(self, scope: Scope, name: str) -> bool:
        """Whether every object that a local name gets was made on the spot, so that it is no alias."""
        return scope.is_local(name) and all(
            b.kind == "assign"
            and b.value is not None
            and self._makes_new(b.value)
            or b.kind == "augment"
            or b.kind == "assign"
            and b.value is None
            for b in scope.bindings[name]
        )

    def _makes_new(self, value: ast.expr) -> bool:
        match value:
            case ast.List() | ast.Set() | ast.Dict() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                return True
            case ast.Call(func=ast.Name(id=name)):
                made = name in _FRESH_CALLS and self.module.is_builtin(name)
                return made or self.module.origin(name) == "collections.deque"
            case ast.Call(func=ast.Attribute(attr="split")):
                return self.kind(value).name == "list"
            case ast.BinOp(op=ast.Mult() | ast.Add() | ast.BitOr()):
                return self.kind(value).name in ("list", "set")
        return False

    def stays(self, scope: Scope, name: str, tree: ast.AST) -> bool:
        """Whether neither the name nor the container it names changes while `tree` is at work."""
        if not scope.is_local(name) or self.rebinds(scope, name, tree):
            return False
        if self.kinds.of_name(scope, name).immutable:
            return True
        uses = self.uses(scope, name)
        if any(self.inside(load, tree) for load in (*uses.changes, *uses.escapes)):
            return False
        if self.is_fresh(scope, name) and not self._leaked_before(uses, tree):
            return True
        # Another dict may be this one: two parameters, one object.
        dict_too = self.kinds.of_name(scope, name).name == "dict"
        return self.harmless(scope, tree, rows_too=dict_too)

    def _leaked_before(self, uses: Uses, tree: ast.AST) -> bool:
        """Whether somebody else may hold the object when `tree` runs."""
        loops = self.loops(tree)
        region = loops[-1] if loops else tree
        end = getattr(region, "end_lineno", 0)
        return any(load.lineno <= end for load in uses.escapes)

    def harmless(self, scope: Scope, tree: ast.AST, *, rows_too: bool = False) -> bool:
        """Whether nothing in `tree` can change a container that others hold.

        `rows_too`: nor any element of one, so that nothing is stored into anything but what the
        function made itself.
        """
        return all(
            self._harmless(scope, node, tree) and not (rows_too and self._stores_elsewhere(scope, node, tree))
            for node in ast.walk(tree)
        )

    def _owned(self, scope: Scope, name: str, tree: ast.AST) -> bool:
        """Whether the function made what a name stands for, and nobody else holds it when `tree` runs."""
        return self.is_fresh(scope, name) and not self._leaked_before(self.uses(scope, name), tree)

    def _stores_elsewhere(self, scope: Scope, node: ast.AST, tree: ast.AST) -> bool:
        match node:
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                return not (isinstance(value, ast.Name) and self._owned(scope, value.id, tree))
        return False

    def _harmless(self, scope: Scope, node: ast.AST, tree: ast.AST) -> bool:
        match node:
            case ast.Call(func=func):
                return self._harmless_call(scope, func, tree)
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                if not isinstance(value, ast.Name):
                    return False
                if self._owned(scope, value.id, tree):
                    return True
                # `d[k] += x` changes what was there, where that can be changed.
                within = isinstance(self.module.parents[node], ast.AugAssign)
                return self.kind(value).name == "dict" and (not within or self.kind(node).immutable)
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                return False
            case ast.AugAssign(target=ast.Name(id=name)):
                return self._owned(scope, name, tree) or self._starts_immutable(scope, name)
            case ast.Yield() | ast.YieldFrom() | ast.Await() | ast.With() | ast.Import() | ast.ImportFrom():
                return False
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef() | ast.AsyncWith():
                return False
        return True

    def _harmless_call(self, scope: Scope, func: ast.expr, tree: ast.AST) -> bool:
        match func:
            case ast.Name(id=name):
                return name in _READING and self.module.is_builtin(name) and self._calls_nothing(func)
            case ast.Attribute(value=ast.Name(id=name) as owner, attr=method) if method in MUTATORS:
                # A comprehension's own variable may have the name of what the function made.
                local = self.module.comprehension_of(owner) is None
                return local and self._owned(scope, name, tree) and self._calls_nothing(func)
            case ast.Attribute(value=ast.Name(id="math"), attr=_):
                return self.module.imported_module("math", "math", func)
            case ast.Attribute(attr=method):
                return method in _READING_METHODS or method in _TEXT_METHODS
        return False

    def _calls_nothing(self, func: ast.expr) -> bool:
        """Whether a call of a built-in, or of a method, hands it no function (a lambda is looked into)."""
        call = self.module.parents[func]
        asks = isinstance(func, ast.Name) and func.id == "iter"
        if not isinstance(call, ast.Call) or asks and len(call.args) > 1:
            return False
        keys = [word.value for word in call.keywords if word.arg in ("key", None)]
        return all(
            isinstance(key, ast.Lambda)
            or isinstance(key, ast.Name)
            and key.id in _READING
            and self.module.is_builtin(key.id)
            for key in keys
        )

    def _starts_immutable(self, scope: Scope, name: str) -> bool:
        """Whether `name op= value` starts from a number or text, so that it changes no object."""
        return scope.is_local(name) and all(
            b.kind == "augment"
            or b.kind in ("assign", "parameter")
            and b.value is not None
            and (self.kind(b.value) if b.kind == "assign" else self.kinds.annotated(b.value)).immutable
            for b in scope.bindings[name]
        )

    def place_before(self, scope: Scope, node: ast.AST, names: Collection[str]) -> ast.stmt | None:
        """Return the statement before which something made of `names` can be computed once for `node`.

        That is the outermost loop around `node` in which no name is rebound and no container
        changes, or the statement itself, where only a comprehension repeats. None if nothing
        repeats, or nothing stays.
        """
        if self.in_lazy_generator(node):
            return None
        regions: list[ast.stmt] = []
        statement = self.module.statement(node)
        if self.repeats_within_statement(node) and not isinstance(statement, (*LOOPS, *FUNCTIONS)):
            regions.append(statement)
        best = None
        for region in (*regions, *self.loops(node)):
            if not all(self.stays(scope, name, region) for name in names):
                break
            if self.module.block(region) is not None and all(
                self.bound_before(scope, name, region) for name in names
            ):
                best = region
        return best
