"""Requests: lengths and arrivals, drawn from a `random.Random`."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Request:
    """What a user sends."""

    id: int
    arrival: float  # s; with `after`, no sooner than the end of that request
    prompt: int  # tokens
    output: int  # tokens, at least 1; no policy knows it
    guess: int = 0  # tokens: a forecast of `output`, 0: none
    deadline: float = math.inf  # s, absolute
    after: int | None = None  # id of the request that has to end first
    job: int = 0  # which user's job it belongs to


def length(rng, mean, spread, most):
    """Return a length of about log-normal distribution, 1..most; `spread` is the SD of its logarithm."""
    drawn = math.exp(rng.gauss(math.log(mean) - spread * spread / 2, spread))
    return max(1, min(most, round(drawn)))


def poisson(rng, rate, count):
    """Return `count` arrival times of a Poisson process of `rate` a second."""
    now, times = 0.0, []
    for _ in range(count):
        now += rng.expovariate(rate)
        times.append(now)
    return times


def bursts(rng, rate, count, factor=4.0, share=0.2, period=20.0):
    """Return arrival times with bursts: a Poisson process that two states modulate.

    Args:
        rng: Source of chance.
        rate: Mean arrivals a second over both states.
        count: How many.
        factor: How many times more arrivals a second there are within a burst.
        share: Part of the time that bursts take.
        period: Mean seconds from one burst to the next.
    """
    calm = rate / (1 - share + share * factor)
    now, times, bursting = 0.0, [], False
    until = rng.expovariate(1 / (period * (1 - share)))
    while len(times) < count:
        gap = rng.expovariate(calm * factor if bursting else calm)
        if now + gap < until:
            now += gap
            times.append(now)
            continue
        # The exponential has no memory: what is left of the gap is drawn anew in the new state.
        now, bursting = until, not bursting
        until = now + rng.expovariate(1 / (period * (share if bursting else 1 - share)))
    return times


def stretched(requests, factor):
    """Return the same requests, `factor` times as fast one after the other."""
    return [replace(one, arrival=one.arrival / factor) for one in requests]
