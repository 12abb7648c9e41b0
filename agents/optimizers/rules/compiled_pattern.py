"""A regular expression given as a literal is compiled once, when the module is loaded.

Precondition: `re` is the module, imported at top level above; inside a function, `re.search`, `match`,
`fullmatch`, `split`, `findall`, `finditer`, `sub`, `subn` or `compile` gets a literal pattern, and flags (if
any) by name. The pattern is compiled during analysis: one that is wrong or draws a warning stays where
it is, so loading the module cannot fail.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Example, Match, Replace
from strop.agents.optimizers.rules.scopes import FUNCTIONS

__all__ = ["CompiledPattern"]

# Where `flags` stands among the positional arguments.
_FLAGS_AT = {
    "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4, "subn": 4,
    "compile": 1,
}  # fmt: skip
_FLAGS = {
    name: re.RegexFlag[name]
    for name in (
        "I",
        "IGNORECASE",
        "M",
        "MULTILINE",
        "S",
        "DOTALL",
        "X",
        "VERBOSE",
        "A",
        "ASCII",
        "U",
        "UNICODE",
    )
}


class CompiledPattern:
    """`re.search("literal", x)` in a function becomes `_PATTERN.search(x)`."""

    name = "compiled-pattern"
    summary = "Compiles a literal regular expression once for the module."
    examples = (
        Example(
            "import re\n\ndef words(text):\n    return re.findall(r'\\w+', text, re.I)\n",
            "import re\n\n_WORDS_PATTERN = re.compile(r'\\w+', re.I)\n\ndef words(text):\n"
            "    return _WORDS_PATTERN.findall(text)\n",
        ),
        Example("import re\n\ndef f(p, text):\n    return re.findall(p, text)\n"),
        Example("import re\n\ndef f(text):\n    return re.findall('(', text)\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per call."""
        for scope in code.module.scopes:
            if not isinstance(scope.node, FUNCTIONS):
                continue
            seen: dict[tuple[ast.stmt, str], int] = {}
            for node in scope.nodes:
                match node:
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[first, *_]):
                        edits = self._edits(code, node, method, first, scope.qualname)
                    case _:
                        continue
                if edits is None or any(code.inside(node, d) for d in scope.node.decorator_list):
                    continue
                statement, text = code.module.statement(node), ast.unparse(node)
                seen[statement, text] = seen.get((statement, text), -1) + 1
                yield Match(
                    statement, f"{seen[statement, text]} {text}", edits, f"compile {ast.unparse(first)} once"
                )

    def _edits(
        self, code: Code, call: ast.Call, method: str, first: ast.expr, qualname: str
    ) -> tuple[Before | Replace, ...] | None:
        if method not in _FLAGS_AT or not isinstance(first, ast.Constant):
            return None
        if not code.module.imported_module("re", "re", call):
            return None
        at, value = _FLAGS_AT[method], first.value
        words = {word.arg: word.value for word in call.keywords}
        if any(isinstance(arg, ast.Starred) for arg in call.args) or None in words or "pattern" in words:
            return None
        flags = call.args[at] if len(call.args) > at else words.get("flags")
        rest = call.args[1:at]
        if len(call.args) > at + 1 or not _compiles(value, flags):
            return None
        top = code.module.top_statement(call)
        if code.module.block(top) is None:
            return None
        last = re.sub(r"\W+", "_", qualname.rpartition(".")[2]).strip("_").upper() or "MODULE"
        name = code.module.fresh(f"_{last}_PATTERN")
        given = code.text(first) + ("" if flags is None else f", {code.text(flags)}")
        parts = [code.text(arg) for arg in rest]
        parts += [f"{word.arg}={code.text(word.value)}" for word in call.keywords if word.arg != "flags"]
        new = name if method == "compile" else f"{name}.{method}({', '.join(parts)})"
        return Before(top, f"{name} = re.compile({given})\n"), Replace(call, new)


def _compiles(pattern: object, flags: ast.expr | None) -> bool:
    """Whether pattern and flags are known, and compile without error and warning."""
    if not isinstance(pattern, (str, bytes)):
        return False
    number = _flags(flags)
    if number is None:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, number)
    except (re.error, ValueError, OverflowError, RecursionError, Warning):
        return False
    return True


def _flags(node: ast.expr | None) -> int | None:
    match node:
        case None | ast.Constant(value=0):
            return 0
        case ast.Attribute(value=ast.Name(id="re"), attr=name):
            return _FLAGS.get(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one, other = _flags(left), _flags(right)
            return None if one is None or other is None else one | other
    return None
