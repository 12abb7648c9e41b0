"""Built-in types, as far as rules have to tell them apart, and what operators make of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "ANY_HASHABLE",
    "BOOL",
    "BYTES",
    "FLOAT",
    "INT",
    "NEVER",
    "NONE",
    "NUMBERS",
    "SCALARS",
    "STR",
    "UNKNOWN",
    "Kind",
    "arithmetic",
    "join",
    "place",
]


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
        return self.name in SCALARS or self.name in ("hashable", "range")

    @property
    def ordered(self) -> bool:
        """Whether its values are totally ordered, equal ones being alike (no floats: NaN)."""
        if self.name in ("tuple", "record"):
            return all(item.ordered for item in self.items)
        return self.name in ("int", "str", "bytes", "bool", "never")

    @property
    def immutable(self) -> bool:
        """Whether nothing can change such a value, elements included."""
        return self.name in SCALARS or self.name == "range" or self.hashable and self.name != "hashable"

    @property
    def sequence(self) -> bool:
        """Whether it is a list or a tuple."""
        return self.name in ("list", "tuple", "record")


SCALARS = {"str", "int", "float", "bool", "bytes", "none", "never", "complex"}
_CONTAINERS = {"list", "tuple", "set", "frozenset", "dict", "range", "iterator", "deque"}

NUMBERS = {"int", "bool", "float"}

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


def place(target: ast.expr, name: str, kind: Kind) -> Kind:
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
                    return place(item, name, part)
    return UNKNOWN


def arithmetic(left: Kind, op: ast.operator, right: Kind) -> Kind:
    """Return the kind of `left op right`."""
    names = {left.name, right.name}
    if "never" in names:
        return NEVER
    if names <= NUMBERS:
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
