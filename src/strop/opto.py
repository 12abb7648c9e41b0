"""Traces that carry feedback to what caused it (OPTO), for any Python program.

    from strop.opto import bundle, node

    x = node(3, name="x", trainable=True)
    y = x * 2 + 1
    y.backward("too high")
    x.feedback[0].graph.messages      # the operations between x and y

`docs/trace.md` says what differs from the library that the names come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strop.agents.opto import operators as _operators
from strop.agents.opto.bundles import Bundle, TraceMissingInputsError, bundle
from strop.agents.opto.constraints import Constraint
from strop.agents.opto.context import stop_tracing
from strop.agents.opto.execution import close_workers
from strop.agents.opto.failures import ExceptionNode, ExecutionError
from strop.agents.opto.modules import Model, Module, model
from strop.agents.opto.nodes import MessageNode, Node, ParameterNode, node
from strop.agents.opto.propagation import Feedback, TraceGraph

if TYPE_CHECKING:
    from strop.agents.optimizers.traces.arms import OPRO, TextGrad
    from strop.agents.optimizers.traces.optoprime import OptoPrime
    from strop.agents.optimizers.traces.training import Trainer, fit
    from strop.agents.opto.graphs import GraphRun, atrace_graph, trace_graph

__all__ = [
    "OPRO",
    "Bundle",
    "Constraint",
    "ExceptionNode",
    "ExecutionError",
    "Feedback",
    "GraphRun",
    "MessageNode",
    "Model",
    "Module",
    "Node",
    "OptoPrime",
    "ParameterNode",
    "TextGrad",
    "TraceGraph",
    "TraceMissingInputsError",
    "Trainer",
    "atrace_graph",
    "bundle",
    "close_workers",
    "fit",
    "model",
    "node",
    "stop_tracing",
    "trace_graph",
]

_operators.install()

_LAZY = {
    "GraphRun": "strop.agents.opto.graphs",
    "atrace_graph": "strop.agents.opto.graphs",
    "trace_graph": "strop.agents.opto.graphs",
    "OPRO": "strop.agents.optimizers.traces.arms",
    "OptoPrime": "strop.agents.optimizers.traces.optoprime",
    "TextGrad": "strop.agents.optimizers.traces.arms",
    "Trainer": "strop.agents.optimizers.traces.training",
    "fit": "strop.agents.optimizers.traces.training",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'strop.opto' has no attribute {name!r}")
