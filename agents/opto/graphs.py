"""LangGraph programs as traces, by the graph's own stream of events: no node is wrapped.

Reducers, fan-out, loops, async nodes, retries and interrupts are LangGraph's affair and behave as they do
without a trace: the result is that of `invoke`. What a task got and wrote comes from the stream modes
"tasks" and "values"; which trainable parameters it read is noted when it reads them, by the task that
LangGraph says is running.

A task depends on whoever wrote the channels in its input, and on the tasks that led to it. Its input is what
its `input_schema` asks for, so a node with a narrow schema has a narrow past. The state of a channel with a
reducer has all its writers as parents.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from strop.agents.opto.context import Reads, reading
from strop.agents.opto.failures import ExceptionNode, ExecutionError
from strop.agents.opto.nodes import MessageNode, Node
from strop.errors import StropError

__all__ = ["GraphRun", "atrace_graph", "trace_graph"]

MODES = ["tasks", "values"]


@dataclass(frozen=True)
class GraphRun:
    """One traced run of a compiled graph."""

    result: Any  # what `invoke` returns
    output: MessageNode  # the same, as a node: takes feedback
    tasks: tuple[MessageNode, ...]  # one an execution of a node, in the order of their ends
    channels: Mapping[str, Node]  # the last value of each channel of the state


def trace_graph(graph: Any, given: Any, config: Any = None, **options: Any) -> GraphRun:
    """Run a compiled graph as `graph.invoke(given, config)` does, and return its trace.

    Args:
        graph: A compiled `StateGraph`.
        given: Its input.
        config: LangGraph's, e.g. with a thread id.
        options: Further arguments of `graph.stream`, e.g. `context`.

    Raises:
        ExecutionError: A node failed; its exception is the cause, and `exception_node` is in the trace.
    """
    watcher = _Watcher(graph, given)
    with watcher.watching():
        for event in graph.stream(given, config, stream_mode=MODES, **options):
            watcher.take(*event)
    return watcher.finished()


async def atrace_graph(graph: Any, given: Any, config: Any = None, **options: Any) -> GraphRun:
    """Run a compiled graph as `graph.ainvoke(given, config)` does; see `trace_graph`."""
    watcher = _Watcher(graph, given)
    with watcher.watching():
        stream: AsyncIterator[Any] = graph.astream(given, config, stream_mode=MODES, **options)
        async for event in stream:
            watcher.take(*event)
    return watcher.finished()


@dataclass
class _Task:
    """One execution of a node, between its start and its end."""

    name: str
    inputs: dict[str, Node]
    led: list[Node]  # tasks whose edges led here
    reads: dict[int, Node] = field(default_factory=dict)


class _TaskReads(Reads):
    """Sorts what is read by the task that reads it."""

    __slots__ = ("_tasks", "early")

    def __init__(self, tasks: dict[str, _Task]) -> None:
        super().__init__()
        self._tasks = tasks
        self.early: dict[str, dict[int, Node]] = {}  # of tasks whose start is not told yet

    def add(self, node: Any) -> None:
        """Note that the running task read a node from outside of the run."""
        if node.serial < self.since:
            self.add_code(node)

    def add_code(self, node: Any) -> None:
        """Note that the running task ran trainable code."""
        task = _running()
        known = self._tasks.get(task)
        (known.reads if known else self.early.setdefault(task, {}))[id(node)] = node


def _running() -> str:
    """Return the id of the task that LangGraph runs here, empty outside of one."""
    variable = _config_variable()
    config = variable.get() if variable is not None else None
    return str((config or {}).get("configurable", {}).get("__pregel_task_id", ""))


def _config_variable() -> ContextVar[Any] | None:
    from langchain_core.runnables.config import var_child_runnable_config

    return var_child_runnable_config


class _Watcher:
    """Makes nodes of the events of one run."""

    def __init__(self, graph: Any, given: Any) -> None:
        self._reducers = {
            name for name, channel in graph.channels.items() if type(channel).__name__ not in PLAIN_CHANNELS
        }
        self._sources: dict[str, set[str]] = {}
        for edge in graph.get_graph().edges:
            self._sources.setdefault(edge.target, set()).add(edge.source)
        start = given if isinstance(given, Mapping) else {}
        self._writers: dict[str, list[Node]] = {name: [Node(v, name=name)] for name, v in start.items()}
        self._open: dict[str, _Task] = {}
        self._done: list[MessageNode] = []
        self._written: list[tuple[str, MessageNode]] = []  # in this superstep
        self._last: list[MessageNode] = []  # tasks of the superstep before
        self._now: list[MessageNode] = []  # of this one
        self._values: Any = None
        self._reads = _TaskReads(self._open)
        self._failed: ExceptionNode | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what tasks read; an exception of a node becomes a node."""
        try:
            with reading(self._reads):
                yield
        except StropError:
            raise  # a sandbox, or what was asked of it, is at fault: no doing of a node
        except ExecutionError as error:  # a bundle in a node failed
            raise self._failure(error.exception_node.exception or error, error.exception_node) from error
        except Exception as error:
            if not self._open and self._failed is None:
                raise  # LangGraph's own: a wrong input, a recursion limit
            raise self._failure(error, None) from error

    def take(self, mode: str, event: Any) -> None:
        """Learn from one event."""
        if mode == "values":
            self._values = event
            self._apply()
        elif "triggers" in event:
            self._apply()
            self._start(event)
        else:
            self._end(event)

    def finished(self) -> GraphRun:
        """Return the run as a trace."""
        self._apply()
        channels = {name: self._channel(name) for name in self._writers}
        shown = self._values if isinstance(self._values, Mapping) else {}
        inputs = {name: channels[name] for name in shown if name in channels} or dict(channels)
        # By identity: nodes compare by their values, which may be arrays.
        led = [task for task in self._last if all(task is not known for known in inputs.values())]
        output = MessageNode(
            self._values,
            inputs=inputs,
            description="[graph] The state at the end of the graph.",
            hidden_dependencies=led if not inputs else (),
        )
        return GraphRun(self._values, output, tuple(self._done), channels)

    # --- events ---------------------------------------------------------------------------

    def _start(self, event: Mapping[str, Any]) -> None:
        given = event["input"]
        named = given if isinstance(given, Mapping) else getattr(given, "__dict__", {})
        inputs = {name: self._channel(name) for name in named if name in self._writers}
        sources = self._sources.get(event["name"], set())
        led: list[Node] = [task for task in self._last if task.info["task"] in sources]
        if not inputs or not set(named) <= set(self._writers):  # what `Send` gave: from whoever ran before
            led = list(self._last)
            inputs |= {"given": Node(given, name="given")} if not inputs else {}
        task = _Task(event["name"], inputs, led, self._reads.early.pop(event["id"], {}))
        self._open[event["id"]] = task

    def _end(self, event: Mapping[str, Any]) -> None:
        task = self._open.pop(event["id"], None)
        if task is None:
            return  # answered from a checkpoint: it did not run
        known = {id(node) for node in task.inputs.values()}
        hidden = [n for n in {**{id(n): n for n in task.led}, **task.reads}.values() if id(n) not in known]
        description = f"[{task.name}] A node of the graph."
        info = {"task": task.name, "id": event["id"]}
        if event.get("error") is not None:
            self._failed = ExceptionNode(
                str(event["error"]),
                inputs=task.inputs,
                description=description,
                info=info,
                hidden_dependencies=hidden,
            )
            return
        result = event.get("result")
        message = MessageNode(
            result, inputs=task.inputs, description=description, info=info, hidden_dependencies=hidden
        )
        self._done.append(message)
        self._now.append(message)
        written = result if isinstance(result, Mapping) else {}
        self._written += [(name, message) for name in written]

    def _apply(self) -> None:
        """Let what the tasks of a superstep wrote be what the next ones read."""
        if not self._now:
            return
        for name in dict.fromkeys(name for name, _ in self._written):
            writers: list[Node] = [message for channel, message in self._written if channel == name]
            keep = self._writers.get(name, []) if name in self._reducers else []
            self._writers[name] = [*keep, *writers]
        self._last, self._now, self._written = self._now, [], []

    def _channel(self, name: str) -> Node:
        """Return the node of a channel's present value; of several writers' it is made from all of them."""
        writers = self._writers[name]
        if len(writers) == 1 and not isinstance(writers[0], MessageNode):
            return writers[0]
        value = self._values.get(name) if isinstance(self._values, Mapping) else None
        kind = "reduce" if name in self._reducers else "channel"
        text = (
            "All that was written to it, put together."
            if kind == "reduce"
            else "The value last written to it."
        )
        made = MessageNode(
            value, inputs=list(dict.fromkeys(writers)), description=f"[{kind}] {text}", name=name
        )
        self._writers[name] = [made]
        return made

    def _failure(self, error: BaseException, inner: ExceptionNode | None) -> ExecutionError:
        task = next(reversed(self._open.values()), None)
        inputs = task.inputs if task else dict(self._failed.inputs) if self._failed else {}
        hidden = [*task.led, *task.reads.values()] if task else []
        if self._failed is not None:
            hidden = list(self._failed.hidden_dependencies)
        if inner is not None:
            hidden.append(inner)
        name = task.name if task else self._failed.op_name if self._failed else "graph"
        known = {id(node) for node in inputs.values()}
        node = ExceptionNode(
            error,
            inputs=inputs,
            description=f"[{name}] A node of the graph.",
            info={"task": name},
            hidden_dependencies=[n for n in hidden if id(n) not in known],
        )
        return ExecutionError(node)


PLAIN_CHANNELS = ("LastValue", "EphemeralValue", "UntrackedValue", "AnyValue", "LastValueAfterFinish")
"""Channels that hold what was written last; all others put writes together."""
