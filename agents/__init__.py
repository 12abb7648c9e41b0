"""The graph and its agents; what a user's own agents, optimizers and graphs are made with.

`Agent`, `AgentView`: an agent of one's own. `View`: what optimizers see. `State`, `Session`, `nodes`,
`standard_graph`: a graph of one's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strop.agents import nodes
    from strop.agents.custom import Agent, AgentView
    from strop.agents.graph import standard_graph
    from strop.agents.nodes import State
    from strop.agents.session import Session
    from strop.agents.view import View

__all__ = ["Agent", "AgentView", "Session", "State", "View", "nodes", "standard_graph"]

_HOMES = {
    "Agent": "custom",
    "AgentView": "custom",
    "Session": "session",
    "State": "nodes",
    "View": "view",
    "standard_graph": "graph",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: `import strop` stays fast."""
    if name == "nodes":
        return import_module("strop.agents.nodes")
    if name in _HOMES:
        return getattr(import_module(f"strop.agents.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
