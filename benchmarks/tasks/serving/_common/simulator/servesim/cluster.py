"""Many servers: arrivals, routing, shared queues, requests that follow on others, hand-over of KV memory."""

import heapq

from .policies import least_loaded
from .server import State

ARRIVAL, HAND_OVER, WORK = 0, 1, 2


class Cluster:
    """Servers and the way of requests between them.

    Args:
        servers: Those that requests come to; of role "both" or "prefill".
        decoders: Servers of role "decode", for what prefill servers give away.
        router: Called as `router(state, servers)`, returns a server; not asked with `shared`.
        shared: All servers take from one queue.
        link: Bytes a second for KV memory from a prefill to a decode server.
    """

    def __init__(self, servers, *, decoders=(), router=least_loaded, shared=False, link=25e9):
        self.servers, self.decoders = list(servers), list(decoders)
        self.router, self.shared, self.link = router, shared, link
        self.events = 0
        if shared:
            queue = []
            for server in self.servers:
                server.queue = queue
        self._heap, self._count = [], 0

    def run(self, requests):
        """Simulate until nothing is left to do; return the states by request id.

        What no policy ever admits has `done` None at the end.

        Raises:
            ValueError: A request fits on no server, or not where the router sends it.
        """
        states = {one.id: State(one) for one in requests}
        followers = {}
        for one in requests:
            sides = [self.servers, self.decoders] if self.decoders else [self.servers]
            if not all(any(server.fits(one) for server in side) for side in sides):
                raise ValueError(f"request {one.id} of {one.prompt + one.output} tokens fits on no server")
            if one.after is not None:
                followers.setdefault(one.after, []).append(states[one.id])
        # Arrivals are kept apart from the heap, which stays small; of events at one time they come first.
        arrivals = sorted((one for one in requests if one.after is None), key=lambda one: one.arrival)
        arrivals.reverse()
        heap = self._heap
        while heap or arrivals:
            if arrivals and (not heap or arrivals[-1].arrival <= heap[0][0]):
                one = arrivals.pop()
                self._arrive(states[one.id], one.arrival)
                self.events += 1
                continue
            now, _, kind, item, version = heapq.heappop(heap)
            if kind == WORK:
                if item.version != version:
                    continue
                self._end(item, now, followers)
            elif kind == ARRIVAL:
                self._arrive(item, now)
            else:
                self._queue_at(least_loaded(item, self.decoders), item, now)
            self.events += 1
        return states

    def _plan(self, when, kind, item, version):
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, kind, item, version))

    def _arrive(self, state, now):
        state.arrival = now
        if self.shared:
            self.servers[0].queue.append(state)
            for server in self.servers:
                self._wake(server, now)
        else:
            self._queue_at(self.router(state, self.servers), state, now)

    def _queue_at(self, server, state, now):
        if not server.fits(state.request):
            raise ValueError(f"request {state.request.id} was routed to {server.name}, where it never fits")
        server.load += 1
        server.queue.append(state)
        self._wake(server, now)

    def _wake(self, server, now):
        end = server.cut(now) if server.busy else server.begin(now)
        if end is not None:
            self._plan(end, WORK, server, server.version)

    def _end(self, server, now, followers):
        finished, given = server.end(now)
        if not self.shared:
            server.load -= len(finished) + len(given)
        for state in given:
            state.ready = True
            bytes_ = state.context * server.costs.model.kv_bytes
            self._plan(now + bytes_ / self.link, HAND_OVER, state, 0)
        for state in finished:
            for follower in followers.get(state.request.id, ()):
                self._plan(max(now, follower.request.arrival), ARRIVAL, follower, 0)
        waiting = len(server.queue)
        end = server.begin(now)
        if end is not None:
            self._plan(end, WORK, server, server.version)
        if self.shared and len(server.queue) > waiting:
            # It preempted: the queue is everyone's, and others may be idle.
            for other in self.servers:
                if other is not server:
                    self._wake(other, now)
