"""The job as a LangGraph graph: analyse, propose, screen, submit, collect, reflect, decide; then the end.

The state holds ids and small numbers only, and is a cursor, not the truth: every node can run again
after a crash and changes nothing that is already in the study.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, TypedDict

from strop.agents.finish import confirm, minimise
from strop.agents.screen import screen
from strop.agents.session import Session
from strop.errors import BudgetExhausted
from strop.events import Event
from strop.trial import Trial, TrialState

__all__ = ["State", "run_graph"]

MAX_IDLE = 6
"""Turns in a row without any proposal after which nothing is left to gain."""

MAX_REFUSED = 25
"""Turns in a row whose proposals were all refused: each may have cost an answer, and none a trial, so
that no other budget need end a model that never learns, or doesn't want to."""


class State(TypedDict, total=False):
    """The graph's state: plain JSON, small."""

    turn: int
    idle: int  # turns in a row without a proposal
    refused: int  # turns in a row whose proposals were all refused
    analysed: str  # candidate that the hypotheses are about
    proposed: list[str]  # candidate ids of this turn
    screened: list[str]
    finished: list[int]  # trial numbers that came in this turn
    stop: str  # why the search ended


class Nodes:
    """The graph's nodes over one session."""

    def __init__(self, session: Session) -> None:
        self.s = session
        self._first = True
        self._champion = 0  # number of the trial last told as champion

    def analyse(self, state: State) -> State:
        """Renew the hypotheses when the champion changed."""
        champion = self.s.view.champion()
        if state.get("analysed") == champion.id and self.s.view.hypotheses:
            return {"analysed": champion.id}
        try:
            self.s.view.hypotheses = self.s.analyst.analyse(self.s.view, champion, turn=state["turn"])
        except BudgetExhausted as spent:
            self.s.listener(Event("note", {"text": f"no analysis: {spent}"}))
        self.s.study.set("hypotheses", list(self.s.view.hypotheses))
        return {"analysed": champion.id}

    def propose(self, state: State) -> State:
        """Ask the optimizer for as many candidates as there are free places."""
        free = min(self.s.guard.evaluations_left(), self.s.capacity - len(self._running()))
        candidates = self.s.orphans()[: max(free, 0)] if self._first else []
        self._first = False
        if free > len(candidates):
            candidates += self.s.optimizer.ask(free - len(candidates))
        ids = [self.s.study.add(candidate, self.s.view.snapshot.texts) for candidate in candidates]
        idle = 0 if ids or self._running() else state["idle"] + 1
        return {"proposed": ids, "idle": idle}

    def screen(self, state: State) -> State:
        """Keep what may be evaluated; the rest goes back to its author with the reason."""
        trials = self.s.view.trials()
        seen = {t.candidate: t for t in trials}
        evaluated = [self.s.view.candidate(t.candidate) for t in trials]
        kept: list[str] = []
        for candidate_id in dict.fromkeys(state["proposed"]):
            candidate = self.s.study.candidate(candidate_id)
            refusal = screen(candidate, self.s.view.job, self.s.view.snapshot, evaluated)
            if refusal is None:
                kept.append(candidate_id)
            elif candidate_id not in self._row_ids():
                known = seen.get(refusal.duplicate_of) if refusal.duplicate_of else None
                self.s.refuse(candidate, refusal.reason, turn=state["turn"], known=known)
        refused = state.get("refused", 0)
        if state["proposed"]:
            refused = 0 if kept else refused + 1
        return {"screened": kept, "refused": refused}

    def submit(self, state: State) -> State:
        """Write a row for each candidate, then queue it; rows of a dead process are queued again."""
        rows = self._row_ids()
        for candidate_id in state["screened"]:
            if candidate_id not in rows and self.s.guard.evaluations_left() > 0:
                self.s.study.begin(self.s.study.candidate(candidate_id), turn=state["turn"])
        for trial in self._running():
            if trial.number not in self.s.queue.in_flight:
                self.s.queue.submit(self.s.view.candidate(trial.candidate), trial)
        return {}

    def collect(self, state: State) -> State:
        """Wait for the next finished trial; the others stay in flight."""
        return {"finished": [trial.number for trial in self.s.queue.wait()]}

    def reflect(self, state: State) -> State:
        """Tell the optimizer what came of its candidates, and draw a lesson from each."""
        numbers = set(state["finished"])
        for trial in self.s.view.trials():
            if trial.number not in numbers or trial.number in self.s.told:
                continue
            candidate = self.s.view.candidate(trial.candidate)
            self.s.tell(trial)
            try:
                lesson = self.s.critic.lesson(self.s.view, trial, candidate, turn=state["turn"])
            except BudgetExhausted:
                lesson = trial.reason
            if lesson and lesson not in self.s.view.lessons:
                self.s.view.lessons.append(lesson)
                self.s.study.set("lessons", self.s.view.lessons[-20:])
        return {}

    def decide(self, state: State) -> State:
        """Name the champion, and end the search where there is nothing to spend or to gain."""
        best = self.s.view.champion_trial()
        if best is not None and best.objective is not None and best.number != self._champion:
            self._champion = best.number
            found = best.objective
            data = {"trial": best.number, "author": best.author, "ratio": found.ratio}
            self.s.listener(Event("champion", {**data, "low": found.low, "high": found.high}))
        self.s.guard.keep()
        if (cost := self.s.guard.cost()) is not None:
            self.s.listener(Event("cost", cost))
        self.s.listener(Event("round", {"turn": state["turn"], "finished": list(state["finished"])}))
        stop = ""
        if not self._running():
            stop = self.s.guard.spent()
            if not stop and state["idle"] >= MAX_IDLE:
                stop = "nobody has a further idea"
            if not stop and state.get("refused", 0) >= MAX_REFUSED:
                stop = f"all proposals of the last {MAX_REFUSED} turns were refused"
        return {"turn": state["turn"] + 1, "stop": stop}

    def confirm(self, state: State) -> State:
        """Measure the champion anew; this alone can be a claim."""
        self.s.study.set("stopped_because", state["stop"])
        confirm(self.s)
        return {}

    def minimise(self, state: State) -> State:
        """Drop what loses nothing from a confirmed champion, and confirm the rest."""
        minimise(self.s)
        return {}

    def _running(self) -> list[Trial]:
        return [t for t in self.s.study.trials() if t.number > 0 and t.state is TrialState.RUNNING]

    def _row_ids(self) -> set[str]:
        return {
            t.candidate
            for t in self.s.study.trials()
            if t.number > 0 and t.state is not TrialState.INTERRUPTED
        }


def run_graph(session: Session) -> None:
    """Run the graph from its last checkpoint, or from the start, to its end."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    file = session.study.folder / "graph.db"
    with closing(sqlite3.connect(file, check_same_thread=False, timeout=60)) as connection:
        graph = build(Nodes(session)).compile(checkpointer=SqliteSaver(connection))
        # Budgets end the search, not a count of supersteps.
        config: Any = {"configurable": {"thread_id": session.study.name}, "recursion_limit": 1_000_000}
        start: State | None = {"turn": 1, "idle": 0, "analysed": "", "proposed": [], "screened": []}
        if graph.get_state(config).values:
            start = None
        graph.invoke(start, config, durability="sync")


def build(nodes: Nodes) -> Any:
    """Return the graph of the design's picture, not yet compiled."""
    from langgraph.graph import END, START, StateGraph

    graph: Any = StateGraph(State)
    order = ["analyse", "propose", "screen", "submit", "collect", "reflect", "decide", "confirm", "minimise"]
    for name in order:
        graph.add_node(name, getattr(nodes, name))
    graph.add_edge(START, "analyse")
    for here, there in zip(order[:6], order[1:7], strict=True):
        graph.add_edge(here, there)
    graph.add_conditional_edges(
        "decide", lambda state: "confirm" if state["stop"] else "analyse", ["confirm", "analyse"]
    )
    graph.add_edge("confirm", "minimise")
    graph.add_edge("minimise", END)
    return graph
