"""Does the serving simulator agree with queueing theory, and how fast is it?

    python -m strop.benchmarks.self.serving

A server with a batch limit of one, whose requests are one prefill each, is a queue of theory: the code that
serves language models then has a mean waiting time that is known in closed form. A control variate makes the
simulated mean more exact: how long each request would wait had the queue been empty some requests before it.
That follows from the same gaps and service times by Lindley's recursion, and its mean is known by Spitzer's
identity. The table has the plain mean as well.

Source: Asmussen, "Applied Probability and Queues", 2003, III.6 and VIII.4 (Lindley, Spitzer); Asmussen and
Glynn, "Stochastic Simulation", 2007, V.2 (controls); Kleinrock, "Queueing Systems I", 1975 (M/M/1, M/D/1).
"""

from __future__ import annotations

import argparse
import importlib
import math
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from strop.benchmarks.leaderboard.tasks import tasks_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "QUEUES",
    "Agreement",
    "Speed",
    "agreement",
    "events_per_second",
    "main",
    "simulated_waits",
    "simulator",
]

BATCHES = 40
RECENT = 1500  # requests that the control variate looks back
WARM_UP = 0.02  # part of the requests that is left out: the queue starts empty
TICKS = 1_000_000  # tokens that stand for one mean service time of one second
QUEUES = (
    ("M/M/1", 0.3),
    ("M/M/1", 0.5),
    ("M/M/1", 0.7),
    ("M/D/1", 0.3),
    ("M/D/1", 0.5),
    ("M/D/1", 0.7),
    ("M/M/1", 0.85),
    ("M/D/1", 0.85),
)
"""Queues and utilisations that the table has."""


def simulator(name: str) -> ModuleType:
    """Return a module of the simulator, such as "cluster"; it is data of the tasks, found by its path."""
    folder = str(tasks_folder() / "serving" / "_common" / "simulator")
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the tasks' folders stay as they are
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(f"servesim.{name}")
    finally:
        sys.path.remove(folder)
        sys.dont_write_bytecode = kept


@dataclass(frozen=True)
class Agreement:
    """A simulated mean waiting time beside the exact one, in seconds (service takes one on average)."""

    queue: str
    utilisation: float
    exact: float
    simulated: float  # with the control variate
    plain: float  # without
    half_width: float  # of the 95 % interval
    requests: int

    @property
    def deviation(self) -> float:
        """The relative error."""
        return self.simulated / self.exact - 1


@dataclass(frozen=True)
class Speed:
    """How fast the simulator is on a load of language-model requests."""

    requests: int
    events: int  # handled: arrivals, ends of prefills and of runs of decode steps
    steps: int  # simulated prefill and decode steps
    seconds: float  # CPU time


def agreement(queue: str, utilisation: float, requests: int, seed: int) -> Agreement:
    """Simulate a queue and return its mean waiting time beside the exact one.

    Args:
        queue: "M/M/1" or "M/D/1".
        utilisation: 0 to 1.
        requests: How many are simulated.
        seed: Of arrivals and service times.
    """
    import numpy as np
    from scipy.special import stdtrit

    rng = np.random.default_rng(seed)
    gaps = rng.exponential(1 / utilisation, requests)
    fixed = queue == "M/D/1"
    ticks = np.full(requests, TICKS) if fixed else np.rint(rng.exponential(TICKS, requests)).astype(int) + 1
    waits = simulated_waits(gaps, ticks)
    short = _recent_waits(gaps, ticks / TICKS)
    kept = (waits - short)[RECENT + int(WARM_UP * requests) :]
    batches = np.array([part.mean() for part in np.array_split(kept, BATCHES)])
    mean = float(batches.mean()) + _expected_recent(utilisation, fixed)
    half = float(stdtrit(BATCHES - 1, 0.975) * batches.std(ddof=1)) / math.sqrt(BATCHES)
    exact = utilisation / (1 - utilisation) / (2 if fixed else 1)
    return Agreement(queue, utilisation, exact, mean, float(waits.mean()), half, requests)


def simulated_waits(gaps: NDArray[Any], ticks: NDArray[Any], servers: int = 1) -> NDArray[np.float64]:
    """Return the seconds that each request waits in the simulator, for gaps in seconds and work in ticks."""
    import numpy as np

    server, cluster, traffic, costs = map(simulator, ("server", "cluster", "traffic", "costs"))
    pairs = zip(np.cumsum(gaps).tolist(), ticks.tolist(), strict=True)
    asked = [traffic.Request(k, when, size, 1) for k, (when, size) in enumerate(pairs)]
    # A limit of one sequence, and one token of output: a step is one prefill.
    places = [server.Server(str(k), costs.FixedCosts(1 / TICKS), max_batch=1) for k in range(servers)]
    states = cluster.Cluster(places, shared=True).run(asked)
    return np.asarray([states[one.id].started - one.arrival for one in asked])


def _recent_waits(gaps: NDArray[Any], work: NDArray[Any]) -> NDArray[np.float64]:
    """Return how long each request would wait had the queue been empty `RECENT` requests before it."""
    import numpy as np

    steps = work[:-1] - gaps[1:]
    waits = np.zeros(len(gaps))
    for back in range(RECENT, 0, -1):
        waits[RECENT:] = np.maximum(0, waits[RECENT:] + steps[RECENT - back : len(steps) - back + 1])
    return waits


def _expected_recent(utilisation: float, fixed: bool) -> float:
    """Return the mean of that wait by Spitzer's identity: the sum of E[max(0, k services - k gaps)] / k."""
    from scipy.special import betainc, gammainc

    total = 0.0
    for k in range(1, RECENT + 1):
        if fixed:
            served, gone = gammainc(k, utilisation * k), gammainc(k + 1, utilisation * k)
        else:
            share = utilisation / (1 + utilisation)
            served, gone = betainc(k, k + 1, share), betainc(k + 1, k, share)
        total += float(served - gone / utilisation)
    return total


def events_per_second(requests: int = 4000, seed: int = 5) -> Speed:
    """Serve bursts of requests on four servers and return the CPU time it took."""
    server, cluster, traffic, costs = map(simulator, ("server", "cluster", "traffic", "costs"))
    rng = random.Random(seed)
    times = traffic.bursts(rng, 12.0, requests)
    asked = [
        traffic.Request(k, when, traffic.length(rng, 500, 0.8, 6000), traffic.length(rng, 150, 0.8, 1500))
        for k, when in enumerate(times)
    ]
    began = time.process_time()
    step = costs.Costs(costs.MODELS["13b"], costs.DEVICES["A100"])
    machines = [server.Server(str(k), step) for k in range(4)]
    place = cluster.Cluster(machines)
    place.run(asked)
    steps = sum(one.steps_made for one in machines)
    return Speed(requests, place.events, steps, time.process_time() - began)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table of agreement, and events per second; return 1 where a deviation is above 2 %."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--requests", type=int, default=60_000, help="of each queue (default: 60000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    print("queue    load   exact s  simulated s     95 %  deviation   plain s")
    worst = 0.0
    for queue, utilisation in QUEUES:
        one = agreement(queue, utilisation, options.requests, options.seed)
        worst = max(worst, abs(one.deviation))
        print(
            f"{one.queue:<7}{one.utilisation:>6.2f}{one.exact:>10.4f}{one.simulated:>13.4f}"
            f"{one.half_width:>9.4f}{one.deviation:>+11.2%}{one.plain:>10.4f}"
        )
    speed = events_per_second()
    print(
        f"\n{speed.requests} requests on four servers: {speed.events} events, {speed.steps} steps in "
        f"{speed.seconds:.2f} s: {speed.events / speed.seconds:,.0f} events/s, "
        f"{speed.steps / speed.seconds:,.0f} steps/s"
    )
    return int(worst > 0.02)


if __name__ == "__main__":
    sys.exit(main())
