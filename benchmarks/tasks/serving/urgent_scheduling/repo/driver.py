"""Between the simulation and a policy: what a policy is told, and what it may say."""


class Driver:
    """Asks `choose` and writes down what it says; call it as a policy of the simulator."""

    def __init__(self, requests, choose):
        self.choose, self.decisions = choose, []
        stages = {}
        self._stage = {one.id: stages.setdefault(one.job, []) for one in requests}
        for one in requests:
            stages[one.job].append(one.id)

    def __call__(self, now, server, queue):
        """Return the chosen states of the queue; raises TypeError or ValueError for what is no decision."""
        room = server.max_batch - len(server.running)
        said = self.choose(now, self._machine(server, room), [self._told(state) for state in queue])
        if type(said) is not list or not all(type(one) is int for one in said):
            raise TypeError("choose() has to return a list of ids")
        ids = said[:room]
        found = admitted(ids, queue)
        if found is None:
            raise ValueError("choose() has to return ids of waiting requests, each once")
        self.decisions.append(ids)
        return found

    def _machine(self, server, room):
        fixed, slope = server.costs.decode(max(1, len(server.running)))
        return {
            "name": server.name,
            "kind": server.costs.device.name,
            "running": len(server.running),
            "room": room,
            "free_tokens": server.capacity - server.held,
            "step_s": fixed + slope * server.held,
            "token_s": server.costs.token,
        }

    def _told(self, state):
        request, stages = state.request, self._stage[state.request.id]
        stage = stages.index(request.id)
        return {
            "id": request.id,
            "job": request.job,
            "arrival": state.arrival,
            "deadline": request.deadline,
            "prompt": state.context,
            "guess": request.guess,
            "stage": stage,
            "later": len(stages) - stage - 1,
        }


def admitted(ids, queue):
    """Return the states of a queue that ids name; None where one names none, or one twice."""
    waiting = {state.request.id: state for state in queue}
    if len(set(ids)) != len(ids) or any(one not in waiting for one in ids):
        return None
    return [waiting[one] for one in ids]
