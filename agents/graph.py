"""The job as a LangGraph graph: analyse, propose, screen, submit, collect, reflect, decide; then the end.

The state holds ids and small numbers only, and is a cursor, not the truth: the study is.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import Any

from strop.agents.nodes import NODES, State, start_state
from strop.agents.session import Session
from strop.errors import ConfigError

__all__ = ["run_graph", "standard_graph"]


def standard_graph(schema: type[Any] = State) -> Any:
    """Return strop's graph as a `langgraph.graph.StateGraph`, not yet compiled: add nodes and edges to it.

    Args:
        schema: Of the state, `strop.agents.State` or a subclass with keys of your own.
    """
    from langgraph.graph import END, START, StateGraph

    graph: Any = StateGraph(schema, context_schema=Session)
    for name, node in NODES.items():
        graph.add_node(name, node)
    graph.add_edge(START, "analyse")
    search = list(NODES)[: list(NODES).index("decide") + 1]
    for here, there in pairwise(search):
        graph.add_edge(here, there)
    graph.add_conditional_edges(
        "decide", lambda state: "confirm" if state["stop"] else "analyse", ["confirm", "analyse"]
    )
    graph.add_edge("confirm", "minimise")
    graph.add_edge("minimise", END)
    return graph


def run_graph(session: Session, graph: Any = None) -> None:
    """Run a graph (strop's own by default) from its last checkpoint, or from the start, to its end.

    Raises `ConfigError` for what is no graph that LangGraph can compile.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver

    if graph is not None and not callable(getattr(graph, "compile", None)):
        raise ConfigError(f"graph: {graph!r:.80} is no StateGraph; give one that is not yet compiled")
    file = session.study.folder / "graph.db"
    with closing(sqlite3.connect(file, check_same_thread=False, timeout=60)) as connection:
        saver = SqliteSaver(connection)
        try:
            compiled = (standard_graph() if graph is None else graph).compile(checkpointer=saver)
        except ValueError as error:
            raise ConfigError(f"graph: {error}") from error
        # Budgets end the search, not a count of supersteps.
        config: Any = {"configurable": {"thread_id": session.study.name}, "recursion_limit": 1_000_000}
        start = None if compiled.get_state(config).values else start_state()
        compiled.invoke(start, config, context=session, durability="sync")
