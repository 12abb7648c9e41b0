"""The part of a trace that feedback reached, as the sections of a prompt, under a limit of tokens.

The sections and their order are those of OptoPrime (arXiv 2406.16218, section 4.2). Variables, outputs
and feedback always stand there; of the operations those that are nearest to the variables and to the
feedback come first, and what is left out is said.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.agents.models.ledger import estimated_tokens
from strop.agents.optimizers.traces.showing import shortened, shown
from strop.agents.opto.nodes import MessageNode, Node, ParameterNode
from strop.agents.opto.propagation import Feedback
from strop.errors import ConfigError

__all__ = ["SECTIONS", "Rendering", "render_trace", "variable_names"]

SECTIONS = (
    "Code",
    "Documentation",
    "Variables",
    "Constraints",
    "Inputs",
    "Others",
    "Outputs",
    "Feedback",
)

VALUE_CHARACTERS = 400
OUTPUT_CHARACTERS = 2000
FEEDBACK_CHARACTERS = 4000
BODY_CHARACTERS = 1500
"""Limits of one value, output, feedback, body of an operation."""


@dataclass(frozen=True)
class Rendering:
    """A prompt's sections, and who its variables are."""

    sections: Mapping[str, str]  # by the titles in `SECTIONS`
    variables: Mapping[str, ParameterNode]  # by the names that the prompt has for them
    left_out: int = 0  # operations

    @property
    def tokens(self) -> int:
        """How many tokens the sections have, rather too many than too few."""
        return sum(estimated_tokens(text) for text in self.sections.values())

    def __str__(self) -> str:
        return "\n\n".join(f"#{title}\n{text}" for title, text in self.sections.items())


def render_trace(
    feedbacks: Sequence[Feedback],
    parameters: Sequence[ParameterNode],
    *,
    max_tokens: int = 6000,
    named: Sequence[ParameterNode] | None = None,
) -> Rendering:
    """Return the sections for the parameters that feedback reached.

    The same program with the same values gives the same text, whatever ran before it.

    Args:
        feedbacks: What `backward` brought, in its order.
        parameters: Those that may change.
        max_tokens: Of all sections together.
        named: Parameters that have names of variables, these and others; default: `parameters`.

    Raises:
        ConfigError: The variables, outputs and feedback alone are larger.
    """
    return _Renderer(feedbacks, parameters, max_tokens, variable_names(named or parameters)).rendered()


class _Renderer:
    """One rendering: names, then lines by what they are worth."""

    def __init__(
        self,
        feedbacks: Sequence[Feedback],
        parameters: Sequence[ParameterNode],
        max_tokens: int,
        named: Mapping[int, str],
    ) -> None:
        self._feedbacks = feedbacks
        self._left = max_tokens
        self._max_tokens = max_tokens
        graph = {id(node): node for feedback in feedbacks for node in feedback.graph.nodes}
        self._nodes: list[Node] = sorted(graph.values(), key=lambda node: node.serial)
        self._way = {key for feedback in feedbacks for key in feedback.graph.on_the_way}
        reached = {id(node) for feedback in feedbacks for node in feedback.graph.parameters}
        self._parameters = [parameter for parameter in parameters if id(parameter) in reached]
        self._outputs = {id(feedback.output) for feedback in feedbacks}
        self._variables = {id(parameter) for parameter in self._parameters}
        self._names = _names(named, self._nodes)
        self._lines: dict[str, list[tuple[int, str]]] = {title: [] for title in SECTIONS}

    def rendered(self) -> Rendering:
        """Return the sections."""
        self._must()
        if self._left < 0:
            raise ConfigError(
                f"the variables, outputs and feedback alone have more than max_prompt_tokens = "
                f"{self._max_tokens} tokens; raise it, or give the optimizer fewer parameters"
            )
        left_out = self._operations()
        sections = {title: "\n".join(text for _, text in sorted(rows, key=lambda row: row[0]))
                    for title, rows in self._lines.items()}  # fmt: skip
        if left_out:
            note = f"… {left_out} operations further from the variables and the feedback are left out …"
            sections["Code"] = f"{sections['Code']}\n{note}".lstrip("\n")
        variables = {self._names[id(parameter)]: parameter for parameter in self._parameters}
        return Rendering(sections, variables, left_out)

    def _add(self, title: str, order: int, text: str) -> None:
        self._lines[title].append((order, text))
        self._left -= estimated_tokens(text) + 1

    def _value(self, node: Node, limit: int | None) -> str:
        kind = "code" if isinstance(node, ParameterNode) and node.is_code else type(node._data).__name__
        return f"({kind}) {self._names[id(node)]} = {shown(node._data, limit)}"

    def _must(self) -> None:
        for order, parameter in enumerate(self._parameters):
            self._add("Variables", order, self._value(parameter, None))
            rule = "; ".join(part for part in (str(parameter.constraint), parameter.description) if part)
            if rule:
                self._add("Constraints", order, f"{self._names[id(parameter)]}: {shortened(rule, 600)}")
        for order, feedback in enumerate(self._feedbacks):
            output = feedback.output
            if not any(output is other.output for other in self._feedbacks[:order]):
                self._add("Outputs", order, self._value(output, OUTPUT_CHARACTERS))
            text = shortened(str(feedback), FEEDBACK_CHARACTERS)
            several = len(self._feedbacks) > 1
            self._add("Feedback", order, f"{self._names[id(output)]}: {text}" if several else text)

    # --- operations -----------------------------------------------------------------------

    def _operations(self) -> int:
        """Add operations while they fit, the nearest first; returns how many don't."""
        messages = [n for n in self._nodes if isinstance(n, MessageNode) and id(n) in self._way]
        distance = self._distances()
        documented: set[str] = set()
        told: set[int] = set()
        for done, message in enumerate(sorted(messages, key=lambda m: (distance[id(m)], m.serial))):
            rows = list(self._rows(message, documented, told))
            if sum(estimated_tokens(text) + 1 for _, _, text in rows) > self._left:
                return len(messages) - done
            for title, order, text in rows:
                self._add(title, order, text)
            documented.add(message.operator)
            told.update(id(parent) for parent in message.parents)
        return 0

    def _rows(
        self, message: MessageNode, documented: set[str], told: set[int]
    ) -> Iterable[tuple[str, int, str]]:
        inputs = ", ".join(f"{name}={self._names[id(node)]}" for name, node in message.inputs.items())
        hidden = ", ".join(self._names[id(node)] for node in message.hidden_dependencies)
        using = f"  # uses {hidden}" if hidden else ""
        yield "Code", message.serial, f"{self._names[id(message)]} = {message.operator}({inputs}){using}"
        if message.operator not in documented:
            yield "Documentation", message.serial, _documented(message)
        if id(message) not in self._outputs:
            yield "Others", message.serial, self._value(message, VALUE_CHARACTERS)
        for parent in dict.fromkeys(message.parents):
            known = id(parent) in told or id(parent) in self._variables
            made = id(parent) in self._way and isinstance(parent, MessageNode)
            if not known and not made:
                yield "Inputs", parent.serial, self._value(parent, VALUE_CHARACTERS)

    def _distances(self) -> dict[int, int]:
        """Return each node's distance to the nearest variable or output, in operations."""
        children: dict[int, list[int]] = {}
        for node in self._nodes:
            for parent in node.parents:
                children.setdefault(id(parent), []).append(id(node))
        parents = {id(node): [id(parent) for parent in node.parents] for node in self._nodes}
        ends = [id(parameter) for parameter in self._parameters]
        down, up = _steps(ends, children), _steps(list(self._outputs), parents)
        far = len(self._nodes)
        return {id(node): min(down.get(id(node), far), up.get(id(node), far)) for node in self._nodes}


def _steps(starts: Sequence[int], edges: Mapping[int, Sequence[int]]) -> dict[int, int]:
    found = dict.fromkeys(starts, 0)
    todo = deque(starts)
    while todo:
        one = todo.popleft()
        for other in edges.get(one, ()):
            if other not in found:
                found[other] = found[one] + 1
                todo.append(other)
    return found


def _stem(node: Node) -> str:
    if isinstance(node, ParameterNode) and node.is_code:
        return node.constraint.signature.partition("(")[0].split()[-1]
    stem = re.sub(r"\W", "_", node.stem)
    return stem if stem.isidentifier() else f"value_{stem}"


def variable_names(parameters: Sequence[ParameterNode]) -> dict[int, str]:
    """Return parameters' names by their ids: the stem, numbered where several have it."""
    stems = {id(parameter): _stem(parameter) for parameter in parameters}
    counts, taken = Counter(stems.values()), Counter[str]()
    names = {}
    for key, stem in stems.items():
        names[key] = stem if counts[stem] == 1 else f"{stem}{taken[stem]}"
        taken[stem] += 1
    return names


def _names(named: Mapping[int, str], nodes: Sequence[Node]) -> dict[int, str]:
    """Return the names of all nodes: those of the variables, and stems numbered within this graph alone."""
    names, used, taken = dict(named), set(named.values()), Counter[str]()
    for node in nodes:
        if id(node) in names:
            continue
        stem = _stem(node)
        while (name := f"{stem}{taken[stem]}") in used:
            taken[stem] += 1
        used.add(name)
        names[id(node)] = name
    return names


def _documented(message: MessageNode) -> str:
    """Return an operation's description, and the body of a function that is not itself a variable."""
    bundle: Any = message.info.get("bundle") if isinstance(message.info, dict) else None
    text = shortened(message.description, 600)
    if bundle is None or getattr(bundle, "parameter", None) is not None:
        return text
    from strop.agents.opto.source import source_of

    try:
        body = source_of(bundle.fun)
    except ConfigError:  # made in a REPL: its docstring has to do
        return text
    return f"{text}\n{shortened(body.rstrip(), BODY_CHARACTERS)}"
