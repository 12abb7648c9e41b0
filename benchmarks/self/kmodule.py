"""Does a trace say which part to change? A chain of modules, each with feedback on its own output.

    python -m strop.benchmarks.self.kmodule [--instances 20] [--modules 4]

Every module adds a hidden amount to what the one before made; the feedback on its output says by how much
that is off. The "model" is a fixed policy: it reads the prompt and nothing else, takes the first output in
#Code whose feedback says that it is off, finds the variable in that operation, and changes it by the amount.
Where there is no #Code (the control arm), the same policy can only guess which variable an output belongs
to. Names and their order are drawn anew for each instance, so neither gives anything away.

The figure is the number of steps until every output is right.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strop.opto import OPRO, OptoPrime, bundle, node

__all__ = ["Chain", "Policy", "main", "steps_to_solve"]

MOST_STEPS = 40


@bundle()
def stage(given: int, amount: int) -> int:
    """Add an amount to what was given."""
    return given + amount


class Chain:
    """Modules in a row, with hidden amounts."""

    def __init__(self, modules: int, rng: random.Random) -> None:
        """Draw names, hidden amounts and first values."""
        names = [f"{word}{rng.randrange(10, 99)}" for word in rng.sample(WORDS, modules)]
        self.hidden = [rng.randint(-9, 9) for _ in range(modules)]
        starts = [amount + rng.choice([-1, 1]) * rng.randint(1, 9) for amount in self.hidden]
        self.amounts: list[Any] = [
            node(start, name=name, trainable=True) for start, name in zip(starts, names, strict=True)
        ]
        self.listed = rng.sample(self.amounts, modules)  # the order says nothing
        self.given = rng.randint(-50, 50)

    def run(self) -> list[Any]:
        """Return the outputs of all modules."""
        outputs, value = [], node(self.given, name="given")
        for amount in self.amounts:
            value = stage(value, amount)
            outputs.append(value)
        return outputs

    def offsets(self, outputs: Sequence[Any]) -> list[int]:
        """Return by how much each module's own work is off, seen at its output."""
        found, given = [], self.given
        for output, hidden in zip(outputs, self.hidden, strict=True):
            found.append(given + hidden - output.data)
            given = output.data
        return found


class Policy:
    """The scripted model: reads the prompt, and nothing else."""

    def __init__(self, rng: random.Random) -> None:
        """`rng` draws the guesses where the prompt doesn't say which variable it is."""
        self._rng = rng

    def __call__(self, *, messages: list[dict[str, str]], max_tokens: int) -> str:
        """Answer as a model does."""
        text = messages[-1]["content"]
        values = re.findall(r"^\(int\) (\w+) = (-?\d+)$", _section(text, "Variables"), re.MULTILINE)
        said = re.findall(r"^(\w+): off by (-?\d+)$", _section(text, "Feedback"), re.MULTILINE)
        variables = {name: int(value) for name, value in values}
        off = {name: int(by) for name, by in said}
        wrong = [name for name, by in off.items() if by]
        code = re.findall(r"^(\w+) = stage\(given=\w+, amount=(\w+)\)$", _section(text, "Code"), re.MULTILINE)
        uses = dict(code)
        first = next((name for name, _ in code if off.get(name)), wrong[0] if wrong else None)
        if first is None:
            return json.dumps({"reasoning": "all is right", "suggestion": {}})
        variable = uses.get(first) or self._rng.choice(sorted(variables))
        change = {variable: variables[variable] + off[first]}
        return json.dumps({"reasoning": f"{first} is off, made with {variable}", "suggestion": change})


def _section(text: str, title: str) -> str:
    found = re.search(rf"^#{title}\n<data>\n(.*?)\n</data>", text, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def steps_to_solve(kind: Any, modules: int, seed: int) -> int | None:
    """Return after how many steps every output is right, None where `MOST_STEPS` are not enough."""
    rng = random.Random(f"{seed} instance")
    chain = Chain(modules, rng)
    optimizer = kind(chain.listed, model=Policy(random.Random(f"{seed} guesses")), memory=0)
    for done in range(MOST_STEPS + 1):
        outputs = chain.run()
        offsets = chain.offsets(outputs)
        if not any(offsets):
            return done
        optimizer.zero_feedback()
        for output, offset in zip(outputs, offsets, strict=True):
            optimizer.backward(output, f"off by {offset}")
        optimizer.step()
    return None


@dataclass(frozen=True)
class Arm:
    """What one arm came to."""

    name: str
    steps: tuple[int | None, ...]

    def line(self) -> str:
        """Return it as a line of the table."""
        solved = [steps for steps in self.steps if steps is not None]
        within = sum(steps <= 5 for steps in solved)
        median = f"{statistics.median(solved):g}" if solved else "-"
        most = str(max(solved)) if len(solved) == len(self.steps) else f"over {MOST_STEPS}"
        return f"{self.name:<34} {within:>4} of {len(self.steps):<4} {median:>7} {most:>8}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run both arms and print the table; return 1 where the trace did not do within 5 steps."""
    parser = argparse.ArgumentParser(prog="kmodule", description="Does a trace say which part to change?")
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--modules", type=int, default=4)
    options = parser.parse_args(argv)
    if not 1 <= options.modules <= len(WORDS) or options.instances < 1:
        parser.error(f"--modules 1 to {len(WORDS)}, --instances 1 or more")
    arms = [
        Arm(name, tuple(steps_to_solve(kind, options.modules, seed) for seed in range(options.instances)))
        for name, kind in (
            ("with the trace (OptoPrime)", OptoPrime),
            ("without it (variables, feedback)", OPRO),
        )
    ]
    print(f"{options.modules} modules, {options.instances} instances, scripted policy")
    print(f"{'arm':<34} {'<= 5 steps':>12} {'median':>7} {'most':>8}")
    for arm in arms:
        print(arm.line())
    return int(any(steps is None or steps > 5 for steps in arms[0].steps))


WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jetty")

if __name__ == "__main__":
    sys.exit(main())
