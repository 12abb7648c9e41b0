"""Numbers and text in one step: Optuna tunes what has a range, a model would write the rest.

    python examples/opto/numeric.py

Two numbers of a small simulation (a pump and a valve), tuned through the trace with no model at all.
"""

from __future__ import annotations

from typing import Any

from strop.opto import Constraint, OptoPrime, bundle, node


@bundle()
def level(pump: float, valve: float) -> float:
    """The water level of a tank after an hour."""
    height = 0.0
    for _ in range(60):
        height += 0.04 * pump - 0.1 * valve * height**0.5
        height = max(0.0, height)
    return height


@bundle()
def cost(height: float, pump: float) -> float:
    """Distance from a level of 2 m, and a little for power."""
    return abs(height - 2.0) + 0.01 * pump


def main() -> float:
    """Tune, print the best values, and return their cost."""
    pump: Any = node(1.0, name="pump", trainable=True, constraint=Constraint(low=0, high=10))
    valve: Any = node(5.0, name="valve", trainable=True, constraint=Constraint(low=0.1, high=9))
    optimizer = OptoPrime([pump, valve], tuner="optuna", seed=1)

    def evaluate() -> float:
        return -float(cost(level(pump, valve), pump).data)

    for _ in range(60):
        optimizer.step(evaluate)
    optimizer.revert()
    final = cost(level(pump, valve), pump)
    print(f"pump {pump.data:.2f}, valve {valve.data:.2f}: cost {final.data:.3f}")
    return float(final.data)


if __name__ == "__main__":
    main()
