"""Operations of a trace that failed: what they made, and the exception that says so."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strop.agents.opto.nodes import MessageNode, Node, operator_name

__all__ = ["ExceptionNode", "ExecutionError", "said"]

HERE = os.path.dirname(__file__)


class ExceptionNode(MessageNode):
    """What an operation that failed made: its value is "(Type) message"."""

    kind = "exception"
    __slots__ = ("exception",)

    def __init__(
        self,
        value: BaseException | str,
        *,
        inputs: Mapping[str, Node] | Sequence[Node],
        description: str = "[exception] The operator exception raises an exception.",
        name: str | None = None,
        info: Any = None,
        hidden_dependencies: Iterable[Node] = (),
    ) -> None:
        """Hold an exception, or its text."""
        self.exception = value if isinstance(value, BaseException) else None
        super().__init__(
            said(value) if isinstance(value, BaseException) else value,
            inputs=inputs,
            description=description,
            name=name or f"exception_{operator_name(description)}",
            info=info,
            hidden_dependencies=hidden_dependencies,
        )

    def create_feedback(self, style: str = "simple") -> str:
        """Return the exception as feedback.

        Args:
            style: "simple": type and message; "full": with the lines of the operations' own code that it
                came through.
        """
        if style not in ("simple", "full"):
            raise ValueError(f"style is {style!r}; allowed: simple, full")
        if style == "simple" or self.exception is None:
            return str(self._data)
        lines = [
            f"{frame.name}, line {frame.lineno}: {frame.line or ''}".rstrip(": ")
            for frame in traceback.extract_tb(self.exception.__traceback__)
            if os.path.dirname(frame.filename) != HERE
        ]
        # Lines of code that ran elsewhere come as notes.
        notes = getattr(self.exception, "__notes__", [])
        return "\n".join([str(self._data), *lines, *map(str, notes)])


def said(error: BaseException) -> str:
    """Return "(Type) message", also of an exception that has none."""
    try:
        message = str(error)
    except Exception as broken:  # a user's exception may fail at that, too
        message = f"its message failed: {type(broken).__name__}"
    return f"({type(error).__name__}) {message or 'no message'}"


class ExecutionError(Exception):
    """A traced operation failed; `exception_node` is in the trace, and takes feedback like any output."""

    def __init__(self, exception_node: ExceptionNode) -> None:
        super().__init__(str(exception_node._data))
        self.exception_node = exception_node
