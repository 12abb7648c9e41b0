"""Does the serving simulator agree with queueing theory, and how fast is it?

    python -m strop.benchmarks.self.serving

A server with a batch limit of one, whose requests are one prefill each, is a queue of theory: the code that
serves language models then has a mean waiting time that is known in closed form. It is compared twice.

The plain mean (`plain_agreement`) of as many requests as its own 95 % interval takes to be below 2 % uses
nothing but what the simulator says. The other (`agreement`) is the stronger check: a control variate takes
the noise of the sample out, which is how long each request would wait had the queue been empty some requests
before it. That follows from the same gaps and service times by Lindley's recursion, and its mean is known by
Spitzer's identity; what is left is the simulator's own error in each wait.

Source: Asmussen, "Applied Probability and Queues", 2003, III.6 and VIII.4 (Lindley, Spitzer); Asmussen and
Glynn, "Stochastic Simulation", 2007, V.2 (controls); Kleinrock, "Queueing Systems I", 1975 (M/M/1, M/D/1);
Whitt, "Planning queueing simulations", 1989 (how long they have to be).
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
    "plain_agreement",
    "simulated_waits",
    "simulator",
]

BATCHES = 40
RECENT = 1500  # requests that the control variate looks back
WARM_UP = 0.02  # part of the requests that is left out: the queue starts empty
WARM_UP_OF_PART = 2000  # requests, for the same reason: the busiest queue forgets its start in some 200
PART = 100_000  # requests that are simulated at once: memory for more is not needed
HALF_WIDTH = 0.016  # of a plain mean's 95 % interval: some way below 2 %, since it is known by a sample
LIMIT = 0.02  # relative deviation that no mean may be above
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
    simulated: float
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
    """Simulate a queue and return its mean waiting time beside the exact one, by the control variate.

    Args:
        queue: "M/M/1" or "M/D/1".
        utilisation: 0 to 1.
        requests: How many are simulated.
        seed: Of arrivals and service times.
    """
    import numpy as np

    gaps, ticks = _drawn(np.random.default_rng(seed), queue, utilisation, requests)
    waits = simulated_waits(gaps, ticks)
    short = _recent_waits(gaps, ticks / TICKS)
    kept = (waits - short)[RECENT + int(WARM_UP * requests) :]
    mean, half = _mean(kept)
    mean += _expected_recent(utilisation, queue == "M/D/1")
    return Agreement(queue, utilisation, _exact(queue, utilisation), mean, half, requests)


def plain_agreement(
    queue: str, utilisation: float, seed: int, *, half_width: float = HALF_WIDTH
) -> Agreement:
    """Simulate a queue and return its plain mean waiting time beside the exact one.

    Args:
        queue: "M/M/1" or "M/D/1".
        utilisation: 0 to 1.
        seed: Of arrivals and service times.
        half_width: Of its 95 % interval, as a part of the mean; as many requests are simulated as that takes.
    """
    import numpy as np

    # The variance of a mean of n waits is this over n, in squares of the mean, for M/M/1. M/D/1 has less than
    # half of it: 0.37 to 0.46 times at the loads of the table, measured by Lindley's recursion.
    rho = utilisation
    spread = (2 + 5 * rho - 4 * rho**2 + rho**3) / (rho * (1 - rho) ** 2) / (2 if queue == "M/D/1" else 1)
    left = requests = math.ceil((1.96 / half_width) ** 2 * spread)
    rng, kept = np.random.default_rng(seed), []
    while left > 0:
        count = min(left, PART)
        waits = simulated_waits(*_drawn(rng, queue, utilisation, count + WARM_UP_OF_PART))
        kept.append(waits[WARM_UP_OF_PART:])
        left -= count
    mean, half = _mean(np.concatenate(kept))
    return Agreement(queue, utilisation, _exact(queue, utilisation), mean, half, requests)


def _drawn(
    rng: np.random.Generator, queue: str, utilisation: float, requests: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return gaps in seconds and work in ticks."""
    import numpy as np

    gaps = rng.exponential(1 / utilisation, requests)
    if queue == "M/D/1":
        return gaps, np.full(requests, TICKS)
    return gaps, np.rint(rng.exponential(TICKS, requests)).astype(int) + 1


def _mean(values: NDArray[Any]) -> tuple[float, float]:
    """Return the mean and the half-width of its 95 % interval, by means of batches."""
    import numpy as np
    from scipy.special import stdtrit

    batches = np.array([part.mean() for part in np.array_split(values, BATCHES)])
    half = float(stdtrit(BATCHES - 1, 0.975) * batches.std(ddof=1)) / math.sqrt(BATCHES)
    return float(batches.mean()), half


def _exact(queue: str, utilisation: float) -> float:
    return utilisation / (1 - utilisation) / (2 if queue == "M/D/1" else 1)


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
    parser.add_argument(
        "--requests", type=int, default=60_000, help="of each queue with the control variate (default: 60000)"
    )
    parser.add_argument(
        "--half-width", type=float, default=HALF_WIDTH,
        help=f"of the 95 %% interval of plain means, as a part of the mean (default: {HALF_WIDTH})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    print("               |            plain mean               |    with the control variate")
    print("queue    load  | requests  deviation  95 % interval  |  deviation  95 % interval   exact s")
    worst = 0.0
    for queue, utilisation in QUEUES:
        plain = plain_agreement(queue, utilisation, options.seed, half_width=options.half_width)
        one = agreement(queue, utilisation, options.requests, options.seed)
        worst = max(worst, abs(one.deviation), abs(plain.deviation))
        print(
            f"{queue:<7}{utilisation:>6.2f}  |{plain.requests:>9,}{plain.deviation:>+11.2%}"
            f"{f'± {plain.half_width / plain.exact:.2%}':>15}  |{one.deviation:>+11.4%}"
            f"{f'± {one.half_width / one.exact:.4%}':>15}{one.exact:>10.4f}",
            flush=True,
        )
    speed = events_per_second()
    print(
        f"\n{speed.requests} requests on four servers: {speed.events} events, {speed.steps} steps in "
        f"{speed.seconds:.2f} s: {speed.events / speed.seconds:,.0f} events/s, "
        f"{speed.steps / speed.seconds:,.0f} steps/s"
    )
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
