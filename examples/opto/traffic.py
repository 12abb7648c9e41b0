"""Green times of a crossing, by simulation (needs `pip install uxsim`): the traffic task of Trace's paper.

    python examples/opto/traffic.py [--evaluations 30]

Two integers, how long each direction has green, on the simulator UXsim with our own task; the figure is the
average delay in seconds. Numbers like these are Optuna's: a model could add a good start, and no more.
"""

from __future__ import annotations

import argparse
from typing import Any

from strop.opto import Constraint, OptoPrime, bundle, node


@bundle()
def delay(east_west: int, north_south: int) -> float:
    """Average delay of a vehicle at a crossing with these green times, in seconds."""
    import uxsim

    world = uxsim.World(
        name="",
        deltan=5,
        tmax=1800,
        print_mode=0,
        save_mode=0,
        show_mode=0,
        random_seed=0,
        duo_update_time=600,
    )
    crossing = world.addNode("crossing", 0, 0, signal=[east_west, north_south])
    ends = {name: world.addNode(name, x, y) for name, x, y in
            (("W", -1, 0), ("E", 1, 0), ("N", 0, 1), ("S", 0, -1))}  # fmt: skip
    for name, end in ends.items():
        group = 0 if name in "WE" else 1
        world.addLink(f"{name} in", end, crossing, length=500, free_flow_speed=10, jam_density=0.2,
                      signal_group=group)  # fmt: skip
        world.addLink(f"{name} out", crossing, end, length=500, free_flow_speed=10, jam_density=0.2)
    for start, end, flow in (("W", "E", 0.45), ("E", "W", 0.45), ("N", "S", 0.2), ("S", "N", 0.2)):
        world.adddemand(ends[start], ends[end], 0, 1500, flow)
    world.exec_simulation()
    world.analyzer.basic_analysis()
    return float(world.analyzer.average_delay)


def main(argv: list[str] | None = None) -> float:
    """Tune, print what was found, and return the best delay in seconds."""
    parser = argparse.ArgumentParser(description="Green times of a crossing.")
    parser.add_argument("--evaluations", type=int, default=30)
    options = parser.parse_args(argv)
    rule = Constraint(low=15, high=90)
    greens: list[Any] = [
        node(15, name=name, trainable=True, constraint=rule) for name in ("east_west", "north_south")
    ]
    optimizer = OptoPrime(greens, tuner="optuna", seed=0)
    optimizer.step(lambda: -float(delay(*greens).data))
    for _ in range(options.evaluations - 2):
        optimizer.step(lambda: -float(delay(*greens).data))
    found = optimizer.best
    assert found is not None
    values, score = found
    print(f"green {', '.join(f'{p.stem} {value} s' for p, value in values.items())}: delay {-score:.1f} s")
    return -score


if __name__ == "__main__":
    main()
