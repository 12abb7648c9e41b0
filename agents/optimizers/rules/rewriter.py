"""Carries out edits on the concrete syntax tree, and follows statements to their new places."""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from strop.agents.optimizers.rules.base import (
    After,
    Before,
    Decorate,
    Edit,
    Finally,
    Import,
    Replace,
    Rewrite,
)
from strop.agents.optimizers.rules.scopes import split_lines

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Position", "Rewriter", "start_of"]

Position = tuple[int, int]
"""Line (from 1) and column (from 0, in characters) where a node starts."""


class Rewriter:
    """A module's text as a concrete syntax tree. Raises `ValueError` for what libcst cannot parse."""

    def __init__(self, source: str) -> None:
        import libcst as cst

        try:
            self._tree = cst.parse_module(source)
        except cst.ParserSyntaxError as error:
            raise ValueError(f"line {error.raw_line}: {error.message}") from None
        self._positions = _positions(self._tree)

    @property
    def source(self) -> str:
        """The text now."""
        return self._tree.code

    def apply(
        self, edits: Sequence[Edit], source: str, follow: Iterable[Position]
    ) -> dict[Position, Position] | None:
        """Carry out edits (whose nodes are of `source`, the text now) and return where statements went.

        `follow`: starts of statements. Those that are gone have no entry in the result. None: the
        edits do not fit the tree, and nothing has changed.
        """
        plan = _Plan(edits, source)
        wanted = set(follow)
        transformer = _make_transformer(plan, self._positions, wanted, self._tree)
        import libcst as cst

        try:
            tree = self._tree.visit(transformer)
        except (cst.CSTValidationError, cst.ParserSyntaxError):  # such as `in[1]`: a name needs a space
            return None
        if transformer.done != plan.size:
            return None
        tree = _with_imports(tree, plan.imports)
        try:
            ast.parse(tree.code)
        except SyntaxError:
            return None
        self._tree, self._positions = tree, _positions(tree)
        moved = {}
        for old, node in transformer.followed.items():
            if node in self._positions:
                moved[old] = self._positions[node][0]
        return moved


def _positions(tree: cst.Module) -> dict[Any, tuple[Position, Position]]:
    from libcst.metadata import MetadataWrapper, PositionProvider

    found = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    return {node: ((p.start.line, p.start.column), (p.end.line, p.end.column)) for node, p in found.items()}


def start_of(node: ast.stmt | ast.expr, lines: Sequence[str]) -> Position:
    """Return where a node starts, in characters (`ast` counts bytes)."""
    return node.lineno, _characters(lines[node.lineno - 1], node.col_offset)


def _characters(line: str, offset: int) -> int:
    return offset if line.isascii() else len(line.encode()[:offset].decode(errors="replace"))


class _Plan:
    """The edits, by the place where they apply."""

    def __init__(self, edits: Sequence[Edit], source: str) -> None:
        lines = split_lines(source)
        self.before: dict[Position, list[str]] = defaultdict(list)
        self.after: dict[Position, list[str]] = defaultdict(list)
        self.replaced: dict[Position, str] = {}
        self.wrapped: dict[Position, str] = {}
        self.decorated: dict[Position, str] = {}
        self.expressions: dict[tuple[Position, Position], str] = {}
        self.imports: list[str] = []
        for edit in edits:
            match edit:
                case Import(code):
                    self.imports.append(code)
                case Before(statement, code):
                    self.before[start_of(statement, lines)].append(code)
                case After(statement, code):
                    self.after[start_of(statement, lines)].append(code)
                case Rewrite(statement, code):
                    self.replaced[start_of(statement, lines)] = code
                case Decorate(statement, code):
                    self.decorated[start_of(statement, lines)] = code
                case Finally(statement, code):
                    self.wrapped[start_of(statement, lines)] = code
                case Replace(node, code):
                    assert node.end_lineno is not None and node.end_col_offset is not None
                    end = _characters(lines[node.end_lineno - 1], node.end_col_offset)
                    self.expressions[start_of(node, lines), (node.end_lineno, end)] = code

    @property
    def statements(self) -> set[Position]:
        """Where statements are edited."""
        return {*self.before, *self.after, *self.replaced, *self.wrapped, *self.decorated}

    @property
    def size(self) -> int:
        """How many places are edited."""
        return len(self.statements) + len(self.expressions)


def _make_transformer(
    plan: _Plan, positions: Mapping[Any, tuple[Position, Position]], wanted: set[Position], tree: cst.Module
) -> Any:
    import libcst as cst

    # Generated code is indented by four spaces; blocks of that depth then take the module's own.
    config = cst.PartialParserConfig(default_indent="    ", default_newline=tree.default_newline)

    def parse(code: str) -> list[Any]:
        return list(cst.parse_module(code, config).body)

    class Transformer(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.done = 0
            self.followed: dict[Position, cst.CSTNode] = {}

        def on_leave(self, original_node: Any, updated_node: Any) -> Any:
            if isinstance(updated_node, cst.BaseStatement):
                return self._statement(original_node, updated_node)
            if isinstance(updated_node, cst.BaseExpression):
                return self._expression(original_node, updated_node)
            return updated_node

        def _expression(self, original: Any, updated: Any) -> Any:
            span = positions.get(original)
            code = plan.expressions.get(span) if span is not None else None
            if code is None:
                return updated
            self.done += 1
            new = cst.parse_expression(code, config)
            if original.lpar:
                return new.with_changes(lpar=original.lpar, rpar=original.rpar)
            return new

        def _statement(self, original: Any, updated: Any) -> Any:
            place = positions[original][0] if original in positions else None
            if place is None:
                return updated
            if place in plan.statements:
                # A line of several statements has no room for a whole statement between them.
                if isinstance(original, cst.SimpleStatementLine) and len(original.body) != 1:
                    return updated
                self.done += 1
                result = self._edited(place, updated)
            else:
                result = updated
            if place in wanted and place not in plan.replaced:
                self.followed[place] = updated
            return result

        def _edited(self, place: Position, updated: Any) -> Any:
            nodes: list[Any] = [updated]
            first = [node for code in plan.before.get(place, ()) for node in parse(code)]
            if first and isinstance(updated, (cst.FunctionDef, cst.ClassDef)):
                blank = itertools.takewhile(lambda line: line.comment is None, updated.leading_lines)
                first[0] = first[0].with_changes(leading_lines=tuple(blank))
            if place in plan.replaced:
                nodes = _in_place_of(updated, parse(plan.replaced[place]))
            if place in plan.decorated:
                decorator = cst.Decorator(cst.parse_expression(plan.decorated[place]))
                nodes = [updated.with_changes(decorators=[decorator, *updated.decorators])]
            if place in plan.wrapped:
                nodes = [_finally(nodes, parse(plan.wrapped[place]))]
            last = [node for code in plan.after.get(place, ()) for node in parse(code)]
            return cst.FlattenSentinel([*first, *nodes, *last])

    return Transformer()


def _in_place_of(old: Any, new: list[Any]) -> list[Any]:
    """Return statements with the comments that stood around the old one."""
    new[0] = new[0].with_changes(leading_lines=old.leading_lines)
    if hasattr(old, "trailing_whitespace") and hasattr(new[-1], "trailing_whitespace"):
        new[-1] = new[-1].with_changes(trailing_whitespace=old.trailing_whitespace)
    return new


def _finally(body: list[Any], last: list[Any]) -> Any:
    import libcst as cst

    leading = body[0].leading_lines
    body = [body[0].with_changes(leading_lines=()), *body[1:]]
    return cst.Try(
        body=cst.IndentedBlock(body=body),
        finalbody=cst.Finally(body=cst.IndentedBlock(body=last)),
        leading_lines=leading,
    )


def _with_imports(tree: cst.Module, imports: list[str]) -> cst.Module:
    """Return the tree with import lines after the docstring and the `from __future__` lines."""
    import libcst as cst

    if not imports:
        return tree
    index = 0
    for number, statement in enumerate(tree.body):
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        docstring = number == 0 and _is_text(statement.body[0])
        if docstring or any(_is_future(part) for part in statement.body):
            index = number + 1
        else:
            break
    new = [
        line
        for code in dict.fromkeys(imports)
        for line in cst.parse_module(code, tree.config_for_parsing).body
    ]
    body = list(tree.body)
    return tree.with_changes(body=[*body[:index], *new, *body[index:]])


def _is_text(node: Any) -> bool:
    import libcst as cst

    return isinstance(node, cst.Expr) and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_future(node: Any) -> bool:
    import libcst as cst

    return (
        isinstance(node, cst.ImportFrom)
        and isinstance(node.module, cst.Name)
        and node.module.value == "__future__"
    )
