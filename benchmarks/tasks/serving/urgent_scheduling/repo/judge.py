"""Replay the decisions in answer.txt and count the jobs in time: python judge.py SEED"""

import sys

from driver import admitted
from instance import MAX_BATCH, in_time, instance, simulate
from servesim import answers


def judge(seed, answer):
    """Return the share of jobs in time; raises `Refusal` for decisions that could not be made."""
    found = value(instance(seed), answer)
    if not found:
        raise answers.Refusal("no job ends within its deadline")
    return {"in_time": found}


def value(requests, answer):
    """Return the share of jobs in time when the decisions are made one after the other; raises `Refusal`."""
    decisions = answers.items(answer, "decisions")
    asked = 0

    def replay(now, server, queue):
        nonlocal asked
        what = f"decision {asked}, at {now:.3f} s"
        if asked == len(decisions):
            raise answers.Refusal(f"{what}: is missing")
        ids = answers.items(decisions[asked], what)
        asked += 1
        if len(ids) > MAX_BATCH - len(server.running):
            raise answers.Refusal(f"{what}: {server.name} has no room for {len(ids)} requests")
        for one in ids:
            answers.integer(one, what, 0, len(requests) - 1)
        found = admitted(ids, queue)
        if found is None:
            raise answers.Refusal(f"{what}: a request is admitted that isn't waiting, or twice")
        return found

    states = simulate(requests, replay)
    if asked != len(decisions):
        raise answers.Refusal(f"{len(decisions)} decisions, of which {asked} were asked for")
    return in_time(requests, states)


if __name__ == "__main__":
    answers.judged(judge, sys.argv)
