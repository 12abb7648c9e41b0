"""What an expression is, as far as a function's own text and its annotations tell.

Whatever is not certain is `UNKNOWN`, and rules that need to know leave the code alone. Annotations
are believed (see `base`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from strop.agents.optimizers.rules.bindings import Binding
from strop.agents.optimizers.rules.kinds import (
    ANY_HASHABLE,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    NEVER,
    NONE,
    SCALARS,
    STR,
    UNKNOWN,
    Kind,
    arithmetic,
    join,
    place,
)
from strop.agents.optimizers.rules.scopes import Module, Scope

__all__ = ["Kinds"]

# Not bytes: for long that stood for bytearray and memoryview, too (PEP 484), which are not hashable.
_NAMED = {
    "str": STR, "int": INT, "float": FLOAT, "bool": BOOL, "None": NONE,
    "complex": Kind("complex"), "list": Kind("list", (UNKNOWN,)), "set": Kind("set", (ANY_HASHABLE,)),
    "frozenset": Kind("frozenset", (ANY_HASHABLE,)), "tuple": Kind("tuple", (UNKNOWN,)),
    "dict": Kind("dict", (ANY_HASHABLE, UNKNOWN)),
}  # fmt: skip
_GENERIC = {
    "list": "list", "List": "list", "set": "set", "Set": "set", "frozenset": "frozenset",
    "FrozenSet": "frozenset", "dict": "dict", "Dict": "dict", "Iterable": "iterator",
    "Iterator": "iterator", "Sequence": "iterator", "Collection": "iterator",
}  # fmt: skip

# Methods that only str has (or str and bytes, which the receiver's kind then tells apart).
_STR_METHODS = {
    "lower": STR, "upper": STR, "strip": STR, "lstrip": STR, "rstrip": STR, "title": STR,
    "capitalize": STR, "casefold": STR, "replace": STR, "swapcase": STR, "zfill": STR, "join": STR,
    "removeprefix": STR, "removesuffix": STR, "center": STR, "ljust": STR, "rjust": STR,
    "format": STR, "split": Kind("list", (STR,)), "rsplit": Kind("list", (STR,)),
    "splitlines": Kind("list", (STR,)), "find": INT, "rfind": INT, "index": INT, "count": INT,
    "startswith": BOOL, "endswith": BOOL, "isdigit": BOOL, "isalpha": BOOL, "isalnum": BOOL,
    "isspace": BOOL, "isupper": BOOL, "islower": BOOL, "isnumeric": BOOL,
    "partition": Kind("record", (STR, STR, STR)), "rpartition": Kind("record", (STR, STR, STR)),
    "encode": BYTES,
}  # fmt: skip
# Functions whose result is of one kind whatever they get.
_CALLS = {
    "len": INT, "str": STR, "repr": STR, "ord": INT, "chr": STR, "bool": BOOL, "int": INT,
    "float": FLOAT, "isinstance": BOOL, "hash": INT, "id": INT, "input": STR, "any": BOOL,
    "all": BOOL, "hex": STR, "bin": STR, "range": Kind("range", (INT,)), "callable": BOOL,
}  # fmt: skip
# Bounds of the search for a fixpoint: kinds widen in few rounds, or are given up.
_ROUNDS, _STEPS = 6, 200


class Kinds:
    """Infers kinds within one module."""

    def __init__(self, module: Module, mutators: Callable[[Scope, str], list[ast.expr] | None]) -> None:
        """`mutators`: what is put into a local container by name, None where that can't be known."""
        self._module = module
        self._mutators = mutators
        self._known: dict[tuple[int, str], Kind] = {}
        self._assumed: dict[tuple[int, str], Kind] = {}
        self._steps = 0

    # --- expressions -----------------------------------------------------------------------------

    def of(self, node: ast.expr | None) -> Kind:
        """Return the kind of an expression."""
        match node:
            case ast.Constant(value=value):
                return _NAMED.get("None" if value is None else type(value).__name__, UNKNOWN)
            case ast.JoinedStr():
                return STR
            case ast.Name(ctx=ast.Load()):
                return self._name(node)
            case ast.List(elts=items) | ast.Set(elts=items):
                return Kind("list" if isinstance(node, ast.List) else "set", (self._elements(items),))
            case ast.Tuple(elts=items):
                if any(isinstance(item, ast.Starred) for item in items):
                    return Kind("tuple", (self._elements(items),))
                return Kind("record", tuple(self.of(item) for item in items))
            case ast.Dict(keys=keys, values=values):
                if None in keys:
                    return Kind("dict", (ANY_HASHABLE, UNKNOWN))
                return Kind("dict", (join(map(self.of, keys)), join(map(self.of, values))))
            case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.GeneratorExp(elt=item):
                names = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "iterator"}
                return Kind(names[type(node)], (self.of(item),))
            case ast.DictComp(key=key, value=value):
                return Kind("dict", (self.of(key), self.of(value)))
            case ast.IfExp(body=body, orelse=orelse):
                return join((self.of(body), self.of(orelse)))
            case ast.BoolOp(values=values):
                return join(map(self.of, values))
            case _:
                return self._operation(node)

    def _operation(self, node: ast.expr | None) -> Kind:
        match node:
            case ast.UnaryOp(op=ast.Not()):
                return BOOL
            case ast.UnaryOp(operand=operand):
                kind = self.of(operand)
                return INT if kind.name in ("int", "bool") else kind if kind == FLOAT else UNKNOWN
            case ast.Compare(left=left, comparators=rest):
                # Rich comparison of anything else may return any object (arrays do).
                plain = all(self.of(item).name in (*SCALARS, "list", "record") for item in (left, *rest))
                only_in = all(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in node.ops)
                return BOOL if plain or only_in else UNKNOWN
            case ast.BinOp(left=left, op=op, right=right):
                return arithmetic(self.of(left), op, self.of(right))
            case ast.Subscript(value=value, slice=index, ctx=ast.Load()):
                return self.subscript(self.of(value), index)
            case ast.Call():
                return self._call(node)
            case _:
                return UNKNOWN

    def _elements(self, items: list[ast.expr]) -> Kind:
        return join(self.of(i.value).element if isinstance(i, ast.Starred) else self.of(i) for i in items)

    def subscript(self, kind: Kind, index: ast.expr) -> Kind:
        if isinstance(index, ast.Slice):
            if kind.name == "record":
                return Kind("tuple", (kind.element,))
            return kind if kind.name in ("list", "tuple", "str", "bytes") else UNKNOWN
        if kind.name == "dict" and len(kind.items) == 2:
            return kind.items[1]
        if kind.name == "record":
            match index:
                case ast.Constant(value=int(place)) if 0 <= place < len(kind.items):
                    return kind.items[place]
            return kind.element
        return kind.element if kind.name in ("list", "tuple", "str", "bytes", "range") else UNKNOWN

    def _call(self, node: ast.Call) -> Kind:
        match node.func:
            case ast.Name(id=name):
                if self._module.is_builtin(name):
                    return self._builtin(name, node)
                if self._module.origin(name) == "collections.deque" and len(node.args) <= 1:
                    return Kind("deque", (self.of(node.args[0]).element if node.args else NEVER,))
                return self._own_function(name)
            case ast.Attribute(value=value, attr=method):
                return self._method(self.of(value), method, node)
        return UNKNOWN

    def _builtin(self, name: str, node: ast.Call) -> Kind:
        if name in _CALLS:
            return _CALLS[name]
        first = self.of(node.args[0]) if node.args and not isinstance(node.args[0], ast.Starred) else NEVER
        if name in ("list", "sorted", "set", "frozenset", "tuple", "reversed", "iter", "filter"):
            if name == "filter":
                first = self.of(node.args[-1])
            made = {"sorted": "list", "reversed": "iterator", "iter": "iterator", "filter": "iterator"}
            element = first.element if node.args else NEVER
            if name in ("set", "frozenset") and element == UNKNOWN:
                element = ANY_HASHABLE  # or the call has failed
            return Kind(made.get(name, name), (element,))
        if name == "dict" and not node.args and not node.keywords:
            return Kind("dict", (NEVER, NEVER))
        if name == "enumerate":
            return Kind("iterator", (Kind("record", (INT, first.element)),))
        if name == "zip" and not any(isinstance(a, ast.Starred) for a in node.args):
            return Kind("iterator", (Kind("record", tuple(self.of(a).element for a in node.args)),))
        if name == "abs" or name == "sum" and len(node.args) == 1:
            kind = first if name == "abs" else first.element
            return INT if kind.name in ("int", "bool", "never") else UNKNOWN
        if name in ("min", "max") and node.args and not any(k.arg == "default" for k in node.keywords):
            return first.element if len(node.args) == 1 else join(map(self.of, node.args))
        return UNKNOWN

    def _own_function(self, name: str) -> Kind:
        """Return what a function of this module is annotated to return."""
        bindings = self._module.top.bindings.get(name, [])
        shadowed = any(name in s.bindings for s in self._module.scopes if s is not self._module.top)
        if len(bindings) != 1 or shadowed:
            return UNKNOWN
        node = bindings[0].node
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and node.returns is not None:
            kind = self.annotated(node.returns)
            return kind if kind.name != "iterator" else UNKNOWN
        return UNKNOWN

    def _method(self, kind: Kind, method: str, node: ast.Call) -> Kind:
        if kind == STR:
            return _STR_METHODS.get(method, UNKNOWN)
        if kind == BYTES and method in ("decode", "hex"):
            return STR
        if kind.name == "dict" and len(kind.items) == 2:
            key, value = kind.items
            pairs = Kind("record", (key, value))
            views = {"keys": key, "values": value, "items": pairs}
            if method in views:
                return Kind("iterator", (views[method],))
            if method == "get":
                return join((value, self.of(node.args[1]) if len(node.args) == 2 else NONE))
        if kind.name in ("list", "set", "dict") and method == "copy":
            return kind
        if kind.name in ("list", "deque") and method in ("pop", "popleft"):
            return kind.element
        if kind.sequence and method in ("count", "index"):
            return INT
        return UNKNOWN

    # --- names -----------------------------------------------------------------------------------

    def _name(self, node: ast.Name) -> Kind:
        clause = self._module.comprehension_of(node)
        if clause is not None:
            return place(clause.target, node.id, self.of(clause.iter).element)
        scope = self._module.scope_of[node]
        if node.id in scope.bindings:
            return self.of_name(scope, node.id)
        if scope.node is not self._module.tree and node.id not in scope.declared:
            return self._constant(node.id)
        return UNKNOWN

    def _constant(self, name: str) -> Kind:
        """Return the kind of a module-level name that is bound once, to something evident."""
        module = self._module
        bindings = module.top.bindings.get(name, [])
        elsewhere = any(
            name in s.bindings or name in s.declared for s in module.scopes if s is not module.top
        )
        if len(bindings) != 1 or elsewhere or bindings[0].kind != "assign":
            return UNKNOWN
        if bindings[0].annotation is not None:
            return self.annotated(bindings[0].annotation)
        value = bindings[0].value
        kind = self.of(value)
        return kind if kind.immutable else Kind(kind.name, tuple(UNKNOWN for _ in kind.items))

    def of_name(self, scope: Scope, name: str) -> Kind:
        """Return the kind of a function's own name, over all its bindings."""
        key = (id(scope), name)
        if key in self._known:
            return self._known[key]
        if not scope.is_local(name) and not self._only_parameter(scope, name):
            return UNKNOWN
        if key in self._assumed:
            return self._assumed[key]
        if not self._assumed:
            self._steps = 0
        kind = self._fixpoint(scope, name, key)
        if not self._assumed:  # what was found under an assumption may be too narrow to keep
            self._known[key] = kind
        return kind

    def _fixpoint(self, scope: Scope, name: str, key: tuple[int, str]) -> Kind:
        """Widen the kind of a name that may be bound in terms of itself until it stays the same."""
        kind = NEVER
        for _ in range(_ROUNDS):
            self._steps += 1
            if self._steps > _STEPS:
                return UNKNOWN
            self._assumed[key] = kind
            wider = join((kind, self._infer(scope, name)))
            del self._assumed[key]
            if wider == kind:
                return kind
            kind = wider
        return UNKNOWN

    def _only_parameter(self, scope: Scope, name: str) -> bool:
        """Whether inner functions share the name, but nothing ever rebinds it."""
        bindings = scope.bindings[name]
        nonlocal_somewhere = any(name in s.declared for s in self._module.scopes)
        return len(bindings) == 1 and bindings[0].kind == "parameter" and not nonlocal_somewhere

    def _infer(self, scope: Scope, name: str) -> Kind:
        kinds = []
        for binding in scope.bindings[name]:
            if binding.annotation is not None:
                declared = self.annotated(binding.annotation)
                if declared != NONE and any(_is_none(b.value) for b in scope.bindings[name]):
                    declared = UNKNOWN  # `x: str = None` is written, and means Optional
                if declared != UNKNOWN and all(b.kind != "parameter" for b in scope.bindings[name]):
                    return declared
            kinds.append(self._bound(binding, name))
        kind = join(kinds)
        if any(binding.kind != "parameter" for binding in scope.bindings[name]):
            kind = _blurred(kind)
        # What is put in later counts as soon as one of the values is the function's own.
        if kind.name in ("list", "set", "dict", "deque") and any(
            b.kind != "parameter" for b in scope.bindings[name]
        ):
            return self._with_mutations(scope, name, kind)
        return kind

    def _with_mutations(self, scope: Scope, name: str, kind: Kind) -> Kind:
        """Widen a container's kind by what the function puts into it later."""
        added = self._mutators(scope, name)
        if kind.name == "dict":
            return kind if added == [] else Kind("dict", (ANY_HASHABLE, UNKNOWN))
        if added is None:
            return Kind(kind.name, (ANY_HASHABLE if kind.name == "set" else UNKNOWN,))
        return Kind(kind.name, (join((kind.element, self._elements(added))),))

    def _bound(self, binding: Binding, name: str) -> Kind:
        match binding.kind:
            case "parameter":
                return self.annotated(binding.value)
            case "assign" if binding.value is not None:
                return self.of(binding.value)
            case "assign":
                return NEVER  # a bare annotation
            case "element":
                return self.of(binding.value).element
            case "unpack":
                kind = self.of(binding.value)
                kind = kind.element if binding.loop else kind
                for place in binding.path:
                    kind = kind.items[place] if kind.name == "record" and place < len(kind.items) else (
                        kind.element if kind.name != "record" else UNKNOWN
                    )  # fmt: skip
                return kind
            case "augment" if isinstance(binding.node, ast.AugAssign):
                left = self.of_name(self._module.scope_of[binding.node], name)
                if left.name in ("list", "set", "dict", "never"):
                    return left  # in place; what it adds is counted as a mutation
                return arithmetic(left, binding.node.op, self.of(binding.value))
        return UNKNOWN

    # --- annotations -----------------------------------------------------------------------------

    def annotated(self, node: ast.expr | None) -> Kind:
        """Return the kind that an annotation names."""
        match node:
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str(text)):
                try:
                    return self.annotated(ast.parse(text.strip(), mode="eval").body)
                except SyntaxError:
                    return UNKNOWN
            case ast.Name(id=name) if name in _NAMED:
                return _NAMED[name] if self._module.is_builtin(name) else UNKNOWN
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return join((self.annotated(left), self.annotated(right)))
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inside):
                return self._annotated_generic(name, inside)
        return UNKNOWN

    def _annotated_generic(self, name: str, inside: ast.expr) -> Kind:
        parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
        if name in ("tuple", "Tuple"):
            if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
                return Kind("tuple", (self.annotated(parts[0]),))
            return Kind("record", tuple(self.annotated(part) for part in parts))
        made = _GENERIC.get(name)
        if made is None or len(parts) != (2 if made == "dict" else 1):
            return UNKNOWN
        items = [self.annotated(part) for part in parts]
        if made in ("set", "frozenset", "dict") and items[0] == UNKNOWN:
            items[0] = ANY_HASHABLE
        return Kind(made, tuple(items))


def _blurred(kind: Kind, *, inner: bool = False) -> Kind:
    """Return a kind that says nothing of what is in containers inside containers.

    `rows = [[1]]` may get `rows[0].append("x")`, which is not followed.
    """
    if inner and kind.name in ("list", "deque", "dict", "set"):
        return Kind(kind.name, tuple(UNKNOWN for _ in kind.items))
    return Kind(kind.name, tuple(_blurred(item, inner=True) for item in kind.items))


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
