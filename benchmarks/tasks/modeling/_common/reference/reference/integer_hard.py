"""Reference formulations of the group."""

from __future__ import annotations

from itertools import product

from .solving import Program


def batch_plan(data):
    need = data["need"]
    weeks = len(need)
    p = Program(3 * weeks)  # brews (whole), barrels brewed, barrels left over
    p.whole[:weeks], p.high[:weeks] = 1, 1
    p.cost[:weeks], p.cost[2 * weeks :] = data["setup"], data["holding"]
    for t in range(weeks):
        p.row({weeks + t: 1, t: -sum(need[t:])}, high=0)
        p.row({weeks + t: 1, 2 * weeks + t: -1} | ({2 * weeks + t - 1: 1} if t else {}), need[t], need[t])
    return p.least()


def round_trip(data):
    towns = data["towns"]
    n = len(towns)
    far = {}
    for a, b, d in data["roads"]:
        far[towns.index(a), towns.index(b)] = far[towns.index(b), towns.index(a)] = d
    arcs = list(far)
    p = Program(
        len(arcs) + n
    )  # arcs, then the place of each town in the tour (Miller, Tucker and Zemlin 1960)
    p.whole[: len(arcs)], p.high[: len(arcs)] = 1, 1
    p.high[len(arcs) :] = n - 1
    p.high[len(arcs)] = 0
    for k, arc in enumerate(arcs):
        p.cost[k] = far[arc]
        if 0 not in arc:
            p.row({len(arcs) + arc[0]: 1, len(arcs) + arc[1]: -1, k: n}, high=n - 1)
    for town in range(n):
        p.row({k: 1 for k, arc in enumerate(arcs) if arc[0] == town}, 1, 1)
        p.row({k: 1 for k, arc in enumerate(arcs) if arc[1] == town}, 1, 1)
    return p.least()


def late_jobs(data):
    hours, total, n = data["hours"], sum(data["hours"]), len(data["hours"])
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    p = Program(2 * n + len(pairs))  # starts, hours late, whether i comes before j (whole)
    p.cost[n : 2 * n] = data["penalty"]
    p.whole[2 * n :], p.high[2 * n :] = 1, 1
    for k in range(n):
        p.high[k] = total - hours[k]
        p.row({k: 1, n + k: -1}, high=data["due"][k] - hours[k])
    for k, (i, j) in enumerate(pairs, 2 * n):
        p.row({i: 1, j: -1, k: total}, high=total - hours[i])
        p.row({j: 1, i: -1, k: -total}, high=-hours[j])
    return p.least()


def machine_loads(data):
    machines, jobs = len(data["cost"]), len(data["cost"][0])
    p = Program(machines * jobs, whole=True)
    p.cost[:] = [c for row in data["cost"] for c in row]
    for i in range(machines):
        p.row({i * jobs + j: data["hours"][i][j] for j in range(jobs)}, high=data["limit"][i])
    for j in range(jobs):
        p.row({i * jobs + j: 1 for i in range(machines)}, 1, 1)
    return p.least()


def pipe_cutting(data):
    rod, lengths = data["rod"], data["lengths"]
    counts = product(*(range(rod // size + 1) for size in lengths))
    patterns = [c for c in counts if 0 < sum(n * size for n, size in zip(c, lengths)) <= rod]
    p = Program(len(patterns), whole=True)
    p.cost[:] = 1
    for k, ordered in enumerate(data["ordered"]):
        p.row({j: pattern[k] for j, pattern in enumerate(patterns)}, low=ordered)
    return p.least()
