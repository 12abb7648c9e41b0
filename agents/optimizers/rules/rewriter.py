"""Carries out edits on the concrete syntax tree, and follows statements to their new places."""

from __future__ import annotations

import ast
import itertools
import re
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
from strop.agents.optimizers.rules.bindings import says, split_lines

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Position", "Rewriter", "start_of"]

Position = tuple[int, int]
"""Line (from 1) and column (from 0, in characters) where a node starts."""


class Rewriter:
    """A module's text, changed one top-level statement at a time, so that a large one costs no more."""

    def __init__(self, source: str) -> None:
        self.source = source

    def apply(
        self, edits: Sequence[Edit], tree: ast.Module, follow: Iterable[Position]
    ) -> dict[Position, Position] | None:
        """Carry out edits (whose nodes are of `tree`, the text now) and return where statements went.

        `follow`: starts of statements. Those that are gone have no entry in the result. None: the
        edits do not fit, and nothing has changed. All but the imports are in one top-level statement.
        """
        plan = _Plan(edits, self.source)
        lines = _keep_ends(self.source)
        first, last = _chunk(tree, plan, len(lines))
        outside = {p for p in follow if not first < p[0] <= last}
        inside = {p for p in follow if first < p[0] <= last}
        done = _rewrite("".join(lines[first:last]), plan, inside, first)
        if done is None:
            return None
        text, moved = done
        added = text.count("\n") - "".join(lines[first:last]).count("\n")
        moved |= {p: (p[0] + (added if p[0] > last else 0), p[1]) for p in outside}
        at = _import_line(tree)
        imports = [code + _newline(self.source) for code in dict.fromkeys(plan.imports)]
        lines[first:last] = [text]
        lines = _keep_ends("".join(lines))
        at = at or sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#"), lines))
        lines[at:at] = imports
        new = "".join(lines)
        try:
            ast.parse(new)
        except SyntaxError:
            return None
        self.source = new
        return {
            old: (line + len(imports) if old[0] > at else line, column)
            for old, (line, column) in moved.items()
        }


def _keep_ends(source: str) -> list[str]:
    """Return the lines with their ends, as the parser counts them."""
    return [part for part in re.split(r"(?<=\n)|(?<=\r)(?!\n)", source) if part]


def _newline(source: str) -> str:
    return "\r\n" if "\r\n" in source else "\n"


def _chunk(tree: ast.Module, plan: _Plan, total: int) -> tuple[int, int]:
    """Return the lines [first, last) of the top-level statement that is edited, with what leads to it."""
    previous = 0
    for statement in tree.body:
        end = statement.end_lineno or total
        if all(previous < line <= end for line in plan.lines):
            return previous, end
        previous = end
    return 0, total


def _import_line(tree: ast.Module) -> int:
    """Return after how many lines imports go: after the docstring and the `from __future__` lines."""
    at = 0
    for number, statement in enumerate(tree.body):
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if number == 0:
                at = statement.end_lineno or at
            case ast.ImportFrom(module="__future__"):
                at = statement.end_lineno or at
            case _:
                break
    return at


def _rewrite(
    text: str, plan: _Plan, follow: set[Position], offset: int
) -> tuple[str, dict[Position, Position]] | None:
    """Return a part of the text with its edits, and where its statements went; None: they do not fit.

    `offset`: lines before the part. libcst keeps comments before a module's first statement apart
    from it, so a line is put before them, and taken away again.
    """
    import libcst as cst

    guard = "pass" + _newline(text)
    try:
        tree = cst.parse_module(guard + text)
        shift = offset - 1
        transformer = _make_transformer(plan, _positions(tree), follow, tree, shift)
        tree = tree.visit(transformer)
    except (cst.CSTValidationError, cst.ParserSyntaxError):  # such as `in[1]`: a name needs a space
        return None
    if transformer.done != plan.size:
        return None
    code, positions = tree.code, _positions(tree)
    moved = {}
    for old, node in transformer.followed.items():
        if node in positions:
            line, column = positions[node][0]
            moved[old] = (line + shift, column)
    return code.removeprefix(guard), moved


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
        self.expressions: dict[tuple[Position, Position], tuple[ast.expr, str]] = {}
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
                    self.expressions[start_of(node, lines), (node.end_lineno, end)] = node, code

    @property
    def statements(self) -> set[Position]:
        """Where statements are edited."""
        return {*self.before, *self.after, *self.replaced, *self.wrapped, *self.decorated}

    @property
    def lines(self) -> set[int]:
        """In which lines the edits begin and end."""
        return {line for line, _ in self.statements} | {p[0] for span in self.expressions for p in span}

    @property
    def size(self) -> int:
        """How many places are edited."""
        return len(self.statements) + len(self.expressions)


def _make_transformer(
    plan: _Plan,
    positions: Mapping[Any, tuple[Position, Position]],
    wanted: set[Position],
    tree: cst.Module,
    shift: int,
) -> Any:
    import libcst as cst

    # Generated code is indented by four spaces; blocks of that depth then take the module's own.
    config = cst.PartialParserConfig(default_indent="    ", default_newline=tree.default_newline)

    def parse(code: str) -> list[Any]:
        return list(cst.parse_module(code, config).body)

    def span_of(node: Any) -> tuple[Position, Position] | None:
        if node not in positions:
            return None
        (line, column), (end, end_column) = positions[node]
        return (line + shift, column), (end + shift, end_column)

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
            span = span_of(original)
            edit = plan.expressions.get(span) if span is not None else None
            # Positions inside f-strings are not to be relied on before Python 3.12.
            if edit is None or not says(tree.code_for_node(original), edit[0]):
                return updated
            self.done += 1
            new = cst.parse_expression(edit[1], config)
            if original.lpar:
                return new.with_changes(lpar=original.lpar, rpar=original.rpar)
            return new

        def _statement(self, original: Any, updated: Any) -> Any:
            span = span_of(original)
            if span is None:
                return updated
            place = span[0]
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
