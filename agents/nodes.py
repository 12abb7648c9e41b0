"""The nodes of the job's graph, for strop's own graph and for a user's.

Each is a function of the state that can run again after a crash and changes nothing that is already in
the study. They find their study in `runtime.context`, a `strop.agents.session.Session`, which is how
LangGraph hands services to nodes; a graph of one's own is built with `context_schema=Session`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from strop.agents.credit import credit
from strop.agents.finish import confirm as confirm_champion
from strop.agents.finish import minimise as minimise_champion
from strop.agents.finish import tell_apart
from strop.agents.screen import screen as refusal_of
from strop.errors import BudgetExhausted
from strop.events import NO_IDEA, Event, note
from strop.trial import Trial, TrialState

if TYPE_CHECKING:
    from langgraph.runtime import Runtime

    from strop.agents.session import Session

__all__ = [
    "NODES",
    "State",
    "analyse",
    "collect",
    "confirm",
    "decide",
    "minimise",
    "propose",
    "reflect",
    "screen",
    "start_state",
    "submit",
]

MAX_IDLE = 6
"""Turns in a row without any proposal after which nothing is left to gain."""

MAX_REFUSED = 25
"""Turns in a row whose proposals were all refused: each may have cost an answer, and none a trial, so
that no other budget need end a model that never learns, or doesn't want to."""


LEARNED = "learned"
"""Key of the study: numbers of the trials whose lessons were drawn."""


class State(TypedDict, total=False):
    """The graph's state: plain JSON, small. A graph of one's own may add keys to it by a subclass."""

    turn: int
    idle: int  # turns in a row without a proposal
    refused: int  # turns in a row whose proposals were all refused
    analysed: str  # candidate that the hypotheses are about
    proposed: list[str]  # candidate ids of this turn
    screened: list[str]
    finished: list[int]  # trial numbers that came in this turn
    stop: str  # why the search ended; empty while it goes on


def start_state() -> State:
    """Return the state that a study begins with."""
    return {"turn": 1, "idle": 0, "analysed": "", "proposed": [], "screened": []}


def analyse(state: State, runtime: Runtime[Session]) -> State:
    """Renew the hypotheses when the champion changed."""
    s = runtime.context
    champion = s.view.champion()
    if state.get("analysed") == champion.id:  # also where nothing was found: asking again costs the same
        return {"analysed": champion.id}
    try:
        s.view.hypotheses = s.analyst.analyse(s.view, champion, turn=state["turn"])
    except BudgetExhausted as spent:
        note(s.listener, f"no analysis: {spent}")
    s.study.set("hypotheses", list(s.view.hypotheses))
    return {"analysed": champion.id}


def propose(state: State, runtime: Runtime[Session]) -> State:
    """Ask the optimizer for as many candidates as there are free places."""
    s = runtime.context
    free = min(s.guard.evaluations_left(), s.capacity - len(_running(s)))
    candidates = [] if s.orphans_proposed else s.orphans()[: max(free, 0)]
    s.orphans_proposed = True
    if free > len(candidates):
        candidates += s.optimizer.ask(free - len(candidates))
    ids = [s.study.add(candidate, s.view.snapshot.texts) for candidate in candidates]
    idle = 0 if ids or _running(s) else state.get("idle", 0) + 1
    return {"proposed": ids, "idle": idle}


def screen(state: State, runtime: Runtime[Session]) -> State:
    """Keep what may be evaluated; the rest goes back to its author with the reason."""
    s = runtime.context
    trials = s.view.trials()
    seen = {t.candidate: t for t in trials}
    evaluated = [s.view.candidate(t.candidate) for t in trials]
    # This node runs again after a crash: what has a row of this turn was kept by it before.
    again = {row.candidate for row in s.study.trials() if row.turn == state["turn"]}
    kept: list[str] = []
    for candidate_id in dict.fromkeys(state["proposed"]):
        candidate = s.study.candidate(candidate_id)
        refusal = refusal_of(candidate, s.view.job, s.view.snapshot, evaluated)
        if refusal is None:
            kept.append(candidate_id)
        elif candidate_id not in again:
            known = seen.get(refusal.duplicate_of) if refusal.duplicate_of else None
            s.refuse(candidate, refusal, turn=state["turn"], known=known)
    refused = state.get("refused", 0)
    if state["proposed"]:
        refused = 0 if kept else refused + 1
    return {"screened": kept, "refused": refused}


def submit(state: State, runtime: Runtime[Session]) -> State:
    """Write a row for each candidate, then queue it; rows of a dead process are queued again."""
    s = runtime.context
    rows = _row_ids(s)
    for candidate_id in state.get("screened", ()):
        if candidate_id not in rows and s.guard.evaluations_left() > 0:
            candidate = s.study.candidate(candidate_id)
            s.study.begin(candidate, turn=state["turn"], prompt=s.attempts.prompt_of(candidate_id))
    for trial in _running(s):
        if trial.number not in s.queue.in_flight:
            s.queue.submit(s.view.candidate(trial.candidate), trial)
    return {}


def collect(state: State, runtime: Runtime[Session]) -> State:
    """Wait for the next finished trial; the others stay in flight."""
    return {"finished": [trial.number for trial in runtime.context.queue.wait()]}


def reflect(state: State, runtime: Runtime[Session]) -> State:
    """Tell the optimizer what came of its candidates, and draw a lesson from each."""
    s = runtime.context
    trials = s.view.trials()
    # By the study, not by what this process has seen: a process may have died before it drew its lessons.
    older = [trial.number for trial in trials if trial.number not in state.get("finished", ())]
    learned: list[int] = s.study.get(LEARNED, older)
    for trial in trials:
        if trial.number in learned:
            continue
        candidate = s.view.candidate(trial.candidate)
        s.tell(trial)
        try:
            lesson = s.critic.lesson(s.view, trial, candidate, turn=state["turn"])
        except BudgetExhausted:
            lesson = trial.reason
        s.view.learn(lesson)
        s.view.learn(credit(s, trial, candidate))
        learned.append(trial.number)
        s.study.set(LEARNED, learned)
    return {}


def decide(state: State, runtime: Runtime[Session]) -> State:
    """Name the champion, and end the search where there is nothing to spend or to gain."""
    s = runtime.context
    best = s.view.champion_trial()
    if best is not None and best.objective is not None and best.number != s.champion_told:
        s.champion_told = best.number
        found = best.objective
        data: dict[str, Any] = {"trial": best.number, "author": best.author, "ratio": found.ratio}
        data |= {"low": found.low, "high": found.high, "difference": found.difference}
        s.listener(Event("champion", data))
    s.guard.keep()
    if (cost := s.guard.cost()) is not None:
        s.listener(Event("cost", cost))
    s.listener(Event("round", {"turn": state["turn"], "finished": list(state.get("finished", ()))}))
    stop = ""
    if not _running(s):
        stop = s.guard.spent()
        if not stop and state.get("idle", 0) >= MAX_IDLE:
            stop = NO_IDEA
        if not stop and state.get("refused", 0) >= MAX_REFUSED:
            stop = f"all proposals of the last {MAX_REFUSED} turns were refused"
    return {"turn": state["turn"] + 1, "stop": stop}


def confirm(state: State, runtime: Runtime[Session]) -> State:
    """Measure the champion anew; this alone can be a claim."""
    runtime.context.study.set("stopped_because", state.get("stop", ""))
    confirm_champion(runtime.context)
    return {}


def minimise(state: State, runtime: Runtime[Session]) -> State:
    """Drop what loses nothing from a confirmed champion, confirm the rest, tell code and knobs apart."""
    minimise_champion(runtime.context)
    tell_apart(runtime.context)
    return {}


def _running(session: Session) -> list[Trial]:
    return [t for t in session.study.trials() if t.number > 0 and t.state is TrialState.RUNNING]


def _row_ids(session: Session) -> set[str]:
    trials: Any = session.study.trials()
    return {t.candidate for t in trials if t.number > 0 and t.state is not TrialState.INTERRUPTED}


NODES = {
    node.__name__: node
    for node in (analyse, propose, screen, submit, collect, reflect, decide, confirm, minimise)
}
"""The nodes by name, in the order of strop's own graph; from `decide` it goes back to `analyse`, or on."""
