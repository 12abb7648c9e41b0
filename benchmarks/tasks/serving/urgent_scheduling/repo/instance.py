"""Instances: jobs with deadlines, machines, and a simulation in which somebody decides."""

import random

from servesim.cluster import Cluster
from servesim.costs import DEVICES, MODELS, Costs
from servesim.server import Server
from servesim.traffic import Request, bursts, length

MODEL, MACHINES, MAX_BATCH = "7b", ("A100", "A10G", "A10G", "L4"), 8
JOBS, RATE = 600, 2.7  # jobs a second: more than the machines can serve within bursts
PROMPT, OUTPUT, LONGEST = 700, 90, (3000, 600)  # tokens
FORECAST = 0.4  # SD of the logarithm of forecast over length
HURRY = (3.0, 6.0, 15.0)  # deadlines as multiples of the time that a job takes alone on the fastest machine


def instance(seed, jobs=JOBS):
    """Return the requests of all jobs."""
    rng = random.Random(seed)
    alone = Costs(MODELS[MODEL], DEVICES[MACHINES[0]])
    requests = []
    for job, arrival in enumerate(bursts(rng, RATE, jobs, factor=3.0, period=20.0)):
        sizes = [(length(rng, PROMPT, 0.6, LONGEST[0]), length(rng, OUTPUT, 0.6, LONGEST[1]))]
        for _ in range(rng.randint(1, 3)):
            sizes.append((length(rng, PROMPT, 0.6, LONGEST[0]), length(rng, OUTPUT, 0.6, LONGEST[1])))
        takes = sum(alone.prefill([prompt]) + output * alone.decode(1)[0] for prompt, output in sizes)
        deadline = arrival + 1.0 + rng.choice(HURRY) * takes
        before = None
        for prompt, output in sizes:
            guess = max(1, round(output * rng.lognormvariate(0, FORECAST)))
            number = len(requests)
            requests.append(Request(number, arrival, prompt, output, guess, deadline, before, job))
            before = number
    return requests


def simulate(requests, policy):
    """Return the states of all requests by id, where `policy` admits (see servesim.server.Server)."""
    costs = {name: Costs(MODELS[MODEL], DEVICES[name]) for name in MACHINES}
    servers = [
        Server(f"{name} {number}", costs[name], policy=policy, max_batch=MAX_BATCH)
        for number, name in enumerate(MACHINES)
    ]
    return Cluster(servers, shared=True).run(requests)


def in_time(requests, states):
    """Return the share of jobs whose last request ended within the job's deadline."""
    last = {one.job: states[one.id] for one in requests}
    good = [state.done is not None and state.done <= state.request.deadline for state in last.values()]
    return sum(good) / len(good)
