"""A graph of one's own: strop's, with a node that ends the search at the first promising trial.

python examples/agents/own_graph.py path/to/repo
"""

import sys
from itertools import pairwise
from typing import Any

from langgraph.runtime import Runtime

import strop
from strop.agents import Session, State, nodes


def content(state: State, runtime: Runtime[Session]) -> State:
    """Stop once something is promising; the confirmation says whether it holds."""
    found = runtime.context.view.champion_trial()
    return {"stop": f"trial {found.number} is promising"} if found and not state["stop"] else {}


def graph() -> Any:
    """Return strop's graph with `content` behind `decide`."""
    from langgraph.graph import StateGraph

    own: Any = StateGraph(State, context_schema=Session)
    for name, node in {**nodes.NODES, "content": content}.items():
        own.add_node(name, node)
    own.set_entry_point("analyse")
    search = ["analyse", "propose", "screen", "submit", "collect", "reflect", "decide", "content"]
    for here, there in pairwise(search):
        own.add_edge(here, there)
    own.add_conditional_edges("content", lambda state: "confirm" if state["stop"] else "analyse")
    own.add_edge("confirm", "minimise")
    own.set_finish_point("minimise")
    return own


if __name__ == "__main__":
    print(strop.optimize(sys.argv[1], graph=graph()))
