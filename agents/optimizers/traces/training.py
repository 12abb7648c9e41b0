"""Training a workflow on a dataset: minibatches, a held-out part that decides, stop rules, resume."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from strop.agents.optimizers.traces.optoprime import OptoPrime, Values
from strop.agents.optimizers.traces.rendering import variable_names
from strop.agents.opto.failures import ExecutionError
from strop.agents.opto.nodes import Node
from strop.agents.opto.wire import Uncrossable, dumps, loads
from strop.errors import ConfigError, StropError

__all__ = ["Fit", "Guide", "Trainer", "fit"]

Example = tuple[Any, Any]
"""Input of the workflow, and what the guide compares its output with."""

Guide = Callable[[Any, Any, Any], tuple[float, str]]
"""(input, value of the output, reference) -> (score, feedback); more is better. An object with a method
`get_feedback` of these arguments will do, too."""

JOURNAL = "training.jsonl"


@dataclass(frozen=True)
class Fit:
    """What a training came to; the parameters hold the best values."""

    score: float  # of the best values on the held-out part
    first: float  # of the first values there
    steps: int
    stopped: str  # why it ended
    history: tuple[dict[str, Any], ...]  # one a step: "step", "batch", "score" (held out), "kept"


@dataclass(frozen=True)
class Trainer:
    """How to train.

    A candidate of a step is tried on the step's minibatch; what is better there is tried on the held-out
    part, and only what is better there, too, is kept. Nothing that is measured on the held-out part
    reaches the model.
    """

    batch_size: int = 4
    validation: float = 0.25  # part of the examples that is held out; 0: all examples, for tiny datasets
    workers: int = 1  # examples that run at once, in threads
    seed: int = 0
    failed: float | None = None  # score of an example on which the workflow raises; None: see `_Run._failed`
    folder: Path | None = None  # of the journal; a training that was cut off goes on from it

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.workers < 1:
            raise ConfigError("batch_size and workers are at least 1")
        if not 0 <= self.validation < 1:
            raise ConfigError(f"validation is {self.validation}; at least 0 and less than 1")

    def fit(
        self,
        workflow: Callable[..., Any],
        dataset: Sequence[Example],
        guide: Guide | Any,
        optimizer: OptoPrime,
        *,
        epochs: int = 1,
        steps: int | None = None,
        target: float | None = None,
        patience: int | None = None,
    ) -> Fit:
        """Train a workflow's parameters.

        Args:
            workflow: From an input to a node (or a plain value, which carries no feedback); may be async.
            dataset: (input, reference) pairs.
            guide: Scores an output, and says what is wrong with it.
            optimizer: Over the workflow's parameters.
            epochs: Times that every training example is used.
            steps: Most steps, whatever `epochs` says.
            target: Score on the held-out part at which it ends.
            patience: Steps without a better score after which it ends.

        Raises:
            ConfigError: There is no example, or the journal is of another training.
            StropError: The model or a sandbox failed; the journal has what was done.
        """
        if not dataset:
            raise ConfigError("dataset: at least one example")
        run = _Run(self, workflow, list(dataset), guide, optimizer)
        return run.trained(epochs, steps, target, patience)


def fit(
    workflow: Callable[..., Any],
    dataset: Sequence[Example],
    guide: Guide | Any,
    optimizer: OptoPrime,
    *,
    epochs: int = 1,
    steps: int | None = None,
    target: float | None = None,
    patience: int | None = None,
    **options: Any,
) -> Fit:
    """Train as `Trainer(**options).fit(...)` does."""
    trainer = Trainer(**options)
    return trainer.fit(
        workflow, dataset, guide, optimizer, epochs=epochs, steps=steps, target=target, patience=patience
    )


class _Run:
    """One training."""

    def __init__(
        self,
        trainer: Trainer,
        workflow: Callable[..., Any],
        dataset: list[Example],
        guide: Any,
        optimizer: OptoPrime,
    ) -> None:
        self._trainer = trainer
        self._workflow = workflow
        self._dataset = dataset
        self._guide = getattr(guide, "get_feedback", guide)
        self._optimizer = optimizer
        order = list(range(len(dataset)))
        random.Random(f"{trainer.seed} split").shuffle(order)
        held = round(len(order) * trainer.validation)
        self._training, self._held_out = order[held:], order[:held] or order
        self._history: list[dict[str, Any]] = []
        self._lowest = 0.0

    def trained(self, epochs: int, steps: int | None, target: float | None, patience: int | None) -> Fit:
        """Do the steps that are left."""
        first, best, since = self._resumed()
        if first is None:
            first = best = self._mean(self._held_out)
            self._write({"first": first, **self._setting()})
        stopped = "all epochs done"
        for number, batch in enumerate(self._batches(epochs), start=1):
            reason = self._ended(number - 1, steps, target, patience, best, since)
            if reason:
                stopped = reason
                break
            if number <= len(self._history):
                continue  # done before it was cut off
            score, kept = self._step(number, batch, best)
            since = 0 if kept and score > best else since + 1
            best = max(best, score) if kept else best
        else:
            stopped = self._ended(len(self._history), None, target, patience, best, since) or stopped
        return Fit(best, first, len(self._history), stopped, tuple(self._history))

    def _ended(
        self,
        done: int,
        steps: int | None,
        target: float | None,
        patience: int | None,
        best: float,
        since: int,
    ) -> str:
        if target is not None and best >= target:
            return f"target {target:g} reached"
        if steps is not None and done >= steps:
            return f"{steps} steps done"
        # Steps that are only skipped over don't count as without success.
        if patience is not None and since >= patience and done >= len(self._history):
            return f"no better score in {patience} steps"
        return ""

    def _batches(self, epochs: int) -> Iterator[list[int]]:
        size = self._trainer.batch_size
        for epoch in range(epochs):
            order = list(self._training)
            random.Random(f"{self._trainer.seed} epoch {epoch}").shuffle(order)
            for start in range(0, len(order), size):
                yield order[start : start + size]

    def _step(self, number: int, batch: list[int], best: float) -> tuple[float, bool]:
        """Do one step; returns the held-out score of what it proposed, and whether that was kept."""
        before: Values = {p: p._data for p in self._optimizer.parameters}
        self._optimizer.zero_feedback()
        scores = []
        for output, score, feedback in self._ran(batch):
            scores.append(score)
            if output is not None:
                self._optimizer.backward(output, f"score {score:g}: {feedback}")
        # The history of another minibatch says nothing about scores on this one.
        present = statistics.fmean(scores)
        try:
            step = self._optimizer.step(lambda: self._mean(batch), score=present, reuse=False)
            changed = any(p._data is not before[p] for p in before)
            score = self._mean(self._held_out) if changed else best
        except BaseException:
            self._optimizer._assign(before)  # what was only tried is nobody's value
            raise
        kept = changed and score > best
        if not kept:
            self._optimizer._assign(before)
        row = {
            "step": number,
            "batch": statistics.fmean(scores),
            "score": score,
            "kept": kept,
            "problems": list(step.problems),
            "values": self._values(),
        }
        self._history.append({key: value for key, value in row.items() if key != "values"})
        self._write(row)
        return score, kept

    # --- running --------------------------------------------------------------------------

    def _mean(self, indices: Sequence[int]) -> float:
        return statistics.fmean(score for _, score, _ in self._ran(indices))

    def _ran(self, indices: Sequence[int]) -> list[tuple[Node | None, float, str]]:
        if self._trainer.workers == 1:
            return [self._one(index) for index in indices]
        with ThreadPoolExecutor(self._trainer.workers) as pool:
            contexts = [contextvars.copy_context() for _ in indices]
            running = [
                pool.submit(context.run, self._one, index)
                for context, index in zip(contexts, indices, strict=True)
            ]
            return [one.result() for one in running]

    def _one(self, index: int) -> tuple[Node | None, float, str]:
        given, reference = self._dataset[index]
        try:
            made = self._workflow(given)
            if inspect.isawaitable(made):
                made = asyncio.run(_awaited(made))
        except ExecutionError as error:
            return error.exception_node, self._failed(), error.exception_node.create_feedback("full")
        except StropError:
            raise
        except Exception as error:  # of the workflow's own code, with values that it can't take
            return None, self._failed(), f"{type(error).__name__}: {error}"
        value = made._data if isinstance(made, Node) else made
        score, feedback = self._guide(given, value, reference)
        self._lowest = min(self._lowest, float(score))
        return made if isinstance(made, Node) else None, float(score), str(feedback)

    def _failed(self) -> float:
        """Return the score of an example on which the workflow raises.

        Unless the trainer says, it is 0, or the lowest score of this training where that is below: with
        scores such as -abs(error), 0 would make what crashes the best of all.
        """
        if self._trainer.failed is not None:
            return self._trainer.failed
        return min([self._lowest, *(float(row["score"]) for row in self._history)])

    # --- journal --------------------------------------------------------------------------

    def _setting(self) -> dict[str, Any]:
        setting = asdict(self._trainer)
        del setting["folder"], setting["workers"]
        return {"setting": {**setting, "examples": len(self._dataset)}, "values": self._values()}

    def _values(self) -> dict[str, Any]:
        names = variable_names(self._optimizer.parameters)
        found = {}
        for parameter in self._optimizer.parameters:
            try:
                found[names[id(parameter)]] = json.loads(dumps(parameter._data))
            except Uncrossable as error:
                if self._trainer.folder is None:
                    return {}
                raise ConfigError(
                    f"{parameter.name}: a value of type {error} can't be kept in a journal"
                ) from None
        return found

    def _write(self, row: dict[str, Any]) -> None:
        if self._trainer.folder is None:
            return
        self._trainer.folder.mkdir(parents=True, exist_ok=True)
        with (self._trainer.folder / JOURNAL).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def _resumed(self) -> tuple[float | None, float, int]:
        """Take values and history from the journal; returns the first score, the best, steps since."""
        file = self._trainer.folder / JOURNAL if self._trainer.folder else None
        rows = _rows(file) if file is not None and file.is_file() else []
        if not rows:
            return None, float("-inf"), 0
        mine = self._setting()["setting"]
        if rows[0].get("setting") != mine:
            raise ConfigError(f"{file}: is of another training ({rows[0].get('setting')}, this is {mine})")
        labels = variable_names(self._optimizer.parameters)
        names = {labels[id(parameter)]: parameter for parameter in self._optimizer.parameters}
        for name, value in rows[-1]["values"].items():
            names[name]._set(loads(json.dumps(value)))
        self._history = [{k: v for k, v in row.items() if k != "values"} for row in rows[1:]]
        best, since = rows[0]["first"], 0
        for row in self._history:
            since = 0 if row["kept"] else since + 1
            best = row["score"] if row["kept"] else best
        return rows[0]["first"], best, since


def _rows(file: Path) -> list[dict[str, Any]]:
    """Return a journal's rows; the end of a line that a kill cut off is taken away."""
    whole = file.read_bytes()
    end = whole.rfind(b"\n") + 1
    if end < len(whole):
        with file.open("r+b") as stream:
            stream.truncate(end)
    return [json.loads(line) for line in whole[:end].splitlines()]


async def _awaited(made: Any) -> Any:
    return await made
