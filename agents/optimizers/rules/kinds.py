"""What an expression is, as far as a function's own text and its annotations tell.

A `Kind` names a built-in type, with the kinds of its elements. Whatever is not certain is
`UNKNOWN`, and rules that need to know leave the code alone. Annotations are believed (see `base`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from strop.agents.optimizers.rules.scopes import Binding, Module, Scope

__all__ = ["ANY_HASHABLE", "UNKNOWN", "Kind", "Kinds", "join"]


@dataclass(frozen=True)
class Kind:
    """A built-in type. `items`: element kind; key and value of a dict; each place of a "record".

    "record" is a tuple of known length, "tuple" one whose elements are all of one kind,
    "iterator" anything that yields such elements, "never" the element of what is empty.
    """

    name: str
    items: tuple[Kind, ...] = ()

    @property
    def element(self) -> Kind:
        """What iterating over it yields."""
        if self.name in ("str", "bytes"):
            return STR if self.name == "str" else INT
        if self.name == "record":
            return join(self.items)
        if self.name in _CONTAINERS and self.items:
            return self.items[0]
        return UNKNOWN

    @property
    def hashable(self) -> bool:
        """Whether `hash` cannot fail on it."""
        if self.name in ("tuple", "record", "frozenset"):
            return all(item.hashable for item in self.items)
        return self.name in _SCALARS or self.name in ("hashable", "range")

    @property
    def ordered(self) -> bool:
        """Whether its values are totally ordered, equal ones being alike (no floats: NaN)."""
        if self.name in ("tuple", "record"):
            return all(item.ordered for item in self.items)
        return self.name in ("int", "str", "bytes", "bool", "never")

    @property
    def immutable(self) -> bool:
        """Whether nothing can change such a value, elements included."""
        return self.name in _SCALARS or self.name == "range" or self.hashable and self.name != "hashable"

    @property
    def sequence(self) -> bool:
        """Whether it is a list or a tuple."""
        return self.name in ("list", "tuple", "record")


_SCALARS = {"str", "int", "float", "bool", "bytes", "none", "never", "complex"}
_CONTAINERS = {"list", "tuple", "set", "frozenset", "dict", "range", "iterator", "deque"}

UNKNOWN = Kind("?")
ANY_HASHABLE = Kind("hashable")
NEVER, STR, INT = Kind("never"), Kind("str"), Kind("int")
FLOAT, BOOL, BYTES, NONE = Kind("float"), Kind("bool"), Kind("bytes"), Kind("none")


def join(kinds: Iterable[Kind]) -> Kind:
    """Return the kind that covers all of them."""
    result = NEVER
    for kind in kinds:
        result = _join(result, kind)
    return result


def _join(one: Kind, other: Kind) -> Kind:
    if one == other or other == NEVER:
        return one
    if one == NEVER:
        return other
    if UNKNOWN in (one, other):
        return UNKNOWN
    if one.name == other.name and len(one.items) == len(other.items):
        return Kind(one.name, tuple(_join(a, b) for a, b in zip(one.items, other.items, strict=True)))
    if {one.name, other.name} <= {"int", "bool"}:
        return INT
    if {one.name, other.name} <= {"int", "bool", "float"}:
        return FLOAT
    if one.name in ("tuple", "record") and other.name in ("tuple", "record"):
        return Kind("tuple", (_join(one.element, other.element),))
    return ANY_HASHABLE if one.hashable and other.hashable else UNKNOWN


_NAMED = {
    "str": STR, "int": INT, "float": FLOAT, "bool": BOOL, "bytes": BYTES, "None": NONE,
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
_NUMBERS = {"int", "bool", "float"}
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
                plain = all(self.of(item).name in (*_SCALARS, "list", "record") for item in (left, *rest))
                only_in = all(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in node.ops)
                return BOOL if plain or only_in else UNKNOWN
            case ast.BinOp(left=left, op=op, right=right):
                return _arithmetic(self.of(left), op, self.of(right))
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
            return _place(clause.target, node.id, self.of(clause.iter).element)
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
                if declared != UNKNOWN and all(b.kind != "parameter" for b in scope.bindings[name]):
                    return declared
            kinds.append(self._bound(binding, name))
        kind = join(kinds)
        if kind.name in ("list", "set", "dict", "deque") and all(
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
                return _arithmetic(left, binding.node.op, self.of(binding.value))
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


def _place(target: ast.expr, name: str, kind: Kind) -> Kind:
    """Return the kind of a name within an unpacking target that gets `kind`."""
    match target:
        case ast.Name(id=found):
            return kind if found == name else UNKNOWN
        case ast.Tuple(elts=items) | ast.List(elts=items):
            if any(isinstance(item, ast.Starred) for item in items):
                return UNKNOWN
            for index, item in enumerate(items):
                if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(item)):
                    if kind.name == "record":
                        part = kind.items[index] if index < len(kind.items) else UNKNOWN
                    else:
                        part = kind.element
                    return _place(item, name, part)
    return UNKNOWN


def _arithmetic(left: Kind, op: ast.operator, right: Kind) -> Kind:
    names = {left.name, right.name}
    if "never" in names:
        return NEVER
    if names <= _NUMBERS:
        if isinstance(op, ast.Div):
            return FLOAT
        if isinstance(op, ast.Pow):
            return UNKNOWN  # int ** -1 is a float, (-1) ** 0.5 complex
        return FLOAT if "float" in names else INT
    if isinstance(op, ast.Mod) and left == STR:
        return STR
    if isinstance(op, ast.Add):
        if left.name == right.name and left.name in ("str", "bytes"):
            return left
        if left.name == right.name and left.name in ("list", "tuple"):
            return join((left, right))
        if names <= {"tuple", "record"}:
            return Kind("tuple", (join((left.element, right.element)),))
    if isinstance(op, (ast.BitOr, ast.BitAnd, ast.Sub)) and names == {"set"}:
        return join((left, right))
    if isinstance(op, ast.Mult) and "int" in names:
        other = right if left.name == "int" else left
        if other.name in ("str", "bytes", "list", "tuple"):
            return other
        return Kind("tuple", (other.element,)) if other.name == "record" else UNKNOWN
    return UNKNOWN
