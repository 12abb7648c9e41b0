"""Searches of an unchanging list inside a loop, by a set, a counter or a dictionary made once.

Precondition, for `x in names`, `names.count(x)` and `names.index(x)` inside a loop or comprehension:

- `names` is a function's own name for a list or tuple (by its bindings or annotation), or a list or
  tuple bound once at module level that the module itself only reads;
- neither the name nor the list changes in the loop, and nobody else could change it there: either
  nobody else holds the list, or the loop calls nothing unknown;
- `x` is hashable, by inference, so that the look-up cannot raise where the search would not;
- the elements are hashable by inference; where that is unknown, the table is made under
  `try ... except Exception`, and a copy of the old list serves in its place (membership only).

Residual assumption: other modules do not change a module-level list while the loop is at work. An
exception in the loop comes where it came before, since making the table cannot fail.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Edit, Example, Import, Match, Replace
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["CountLookup", "IndexLookup", "MembershipSet"]

# For a list displayed with fewer elements than this a table hardly pays: with 4 short strings a set
# answers 1.5 times as fast as the list, with 6 it is 2.4 times (measured), and making it costs as well.
_WORTHWHILE = 6


class MembershipSet:
    """`x in names` in a loop becomes `x in names_set`."""

    name = "membership-set"
    summary = "Tests membership in a list inside a loop by a set that is built once."
    examples = (
        Example(
            "def common(a: list[int], b: list[int]) -> list[int]:\n"
            "    out = []\n"
            "    for x in a:\n"
            "        if x in b:\n"
            "            out.append(x)\n"
            "    return out\n",
            "def common(a: list[int], b: list[int]) -> list[int]:\n"
            "    out = []\n"
            "    b_set = set(b)\n"
            "    for x in a:\n"
            "        if x in b_set:\n"
            "            out.append(x)\n"
            "    return out\n",
        ),
        Example(
            "def known(words: list, text: str) -> int:\n"
            "    return sum(1 for w in text.split() if w in words)\n",
            "def known(words: list, text: str) -> int:\n"
            "    try:\n"
            "        words_set = set(words)\n"
            "    except Exception:\n"
            "        words_set = tuple(words)\n"
            "    return sum(1 for w in text.split() if w in words_set)\n",
        ),
        Example(
            "def grow(a: list[int]) -> list[int]:\n"
            "    seen = [0]\n"
            "    for x in a:\n"
            "        if x in seen:\n"
            "            seen.append(x + 1)\n"
            "    return seen\n",
        ),
        Example("def f(a, b):\n    return [x for x in a if x in b]\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per list and loop."""
        groups: dict[tuple[ast.stmt, str], list[tuple[ast.Name, Scope]]] = defaultdict(list)
        for scope in code.functions:
            for node in scope.nodes:
                match node:
                    case ast.Compare(
                        left=item, ops=[ast.In() | ast.NotIn()], comparators=[ast.Name() as box]
                    ) if code.kind(item).hashable:
                        place = _place(code, scope, node, box)
                        if place is not None:
                            groups[place, box.id].append((box, scope))
        for (place, name), boxes in groups.items():
            table = code.module.fresh(f"{name}_set", place)
            if code.kind(boxes[0][0]).element.hashable:
                made = f"{table} = set({name})\n"
            else:
                made = f"try:\n    {table} = set({name})\nexcept Exception:\n    {table} = tuple({name})\n"
            edits: list[Edit] = [Before(place, made), *(Replace(box, table) for box, _ in boxes)]
            yield Match(
                place, name, tuple(edits), f"look elements up in a set of `{name}`, not in the list itself"
            )


class CountLookup:
    """`names.count(x)` in a loop becomes `counts[x]`, with a `collections.Counter`."""

    name = "count-lookup"
    summary = "Counts the elements of a list once, not anew for every element asked for."
    examples = (
        Example(
            "def modes(xs: list[int]) -> list[int]:\n    return [x for x in xs if xs.count(x) > 1]\n",
            "from collections import Counter\n"
            "def modes(xs: list[int]) -> list[int]:\n"
            "    xs_counts = Counter(xs)\n"
            "    return [x for x in xs if xs_counts[x] > 1]\n",
        ),
        Example("def once(xs: list[int]) -> int:\n    return xs.count(3)\n"),
        Example("def text(s: str) -> list[int]:\n    return [s.count(c) for c in s]\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per list and loop."""
        for place, name, calls in _calls(code, "count"):
            local, line = code.module.import_from("collections", "Counter", place)
            table = code.module.fresh(f"{name}_counts", place)
            edits: list[Edit] = [Before(place, f"{table} = {local}({name})\n")]
            edits += [Replace(call, f"{table}[{code.text(call.args[0])}]") for call in calls]
            if line:
                edits.append(Import(line))
            yield Match(place, name, tuple(edits), f"count the elements of `{name}` once")


class IndexLookup:
    """`names.index(x)` in a loop becomes a look-up in a dictionary of first positions."""

    name = "index-lookup"
    summary = "Finds positions in a list by a dictionary that is built once."
    examples = (
        Example(
            "def ranks(xs: list[str], order: list[str]) -> list[int]:\n"
            "    return [order.index(x) for x in xs]\n",
            "def ranks(xs: list[str], order: list[str]) -> list[int]:\n"
            "    order_places = {}\n"
            "    for order_place, order_item in enumerate(order):\n"
            "        order_places.setdefault(order_item, order_place)\n"
            "    return [(order_places[x] if x in order_places else order.index(x)) for x in xs]\n",
        ),
        Example("def f(xs: list[str], a: list[str]) -> list[int]:\n    return [a.index(x, 1) for x in xs]\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per list and loop; only names and constants are looked up, as they appear twice."""
        for place, name, calls in _calls(code, "index"):
            calls = [call for call in calls if isinstance(call.args[0], (ast.Name, ast.Constant))]
            if not calls:
                continue
            table = code.module.fresh(f"{name}_places", place)
            number = code.module.fresh(f"{name}_place", place)
            item = code.module.fresh(f"{name}_item", place)
            made = (
                f"{table} = {{}}\nfor {number}, {item} in enumerate({name}):\n"
                f"    {table}.setdefault({item}, {number})\n"
            )
            edits: list[Edit] = [Before(place, made)]
            for call in calls:
                key, old = code.text(call.args[0]), code.text(call)
                # What is not there raises the same ValueError as before.
                edits.append(Replace(call, f"({table}[{key}] if {key} in {table} else {old})"))
            yield Match(place, name, tuple(edits), f"find positions in `{name}` by a dictionary")


def _place(code: Code, scope: Scope, node: ast.AST, box: ast.Name) -> ast.stmt | None:
    """Return where a table of `box` can be made for the repetitions of `node`, None for nowhere."""
    kind = code.kind(box)
    if (
        kind.name not in ("list", "tuple")
        or not all(map(code.module.is_builtin, ("set", "tuple", "Exception", "enumerate")))
        or code.module.comprehension_of(box)
    ):
        return None
    if _displayed_length(code, scope, box) < _WORTHWHILE:
        return None
    if code.own_constant(scope, box.id):
        return code.place_before(scope, node, ())
    return code.place_before(scope, node, (box.id,))


def _displayed_length(code: Code, scope: Scope, box: ast.Name) -> int:
    """Return the length of a list that is only ever one display, a large number for any other."""
    owner = scope if box.id in scope.bindings else code.module.top
    bindings = owner.bindings.get(box.id, [])
    if len(bindings) == 1 and isinstance(bindings[0].value, (ast.List, ast.Tuple)):
        grows = owner is scope and code.uses(scope, box.id).changes
        if bindings[0].kind == "assign" and not grows:
            return len(bindings[0].value.elts)
    return 1 << 30


def _calls(code: Code, method: str) -> Iterator[tuple[ast.stmt, str, list[ast.Call]]]:
    """Yield where to make a table, of which list, and the calls `list.method(x)` that it replaces."""
    groups: dict[tuple[ast.stmt, str], list[ast.Call]] = defaultdict(list)
    for scope in code.functions:
        for node in scope.nodes:
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name() as box, attr=attr), args=[item], keywords=[]
                ) if attr == method and code.kind(item).hashable and code.kind(box).element.hashable:
                    place = _place(code, scope, node, box)
                    if place is not None:
                        groups[place, box.id].append(node)
    for (place, name), calls in groups.items():
        yield place, name, calls
