"""One server: continuous batching, with limits of batch, prefill and KV memory.

At the end of every step the server admits from its queue as its policy says, and then either prefills those
admitted (the others wait) or makes one decode step for its whole batch. Decode steps between which nothing
happens are made at once: their times form an arithmetic series. Where an arrival may change what comes next,
such a run is cut at the end of the step in which it falls.

Where the KV memory of a decode step runs out, the one admitted last gives up its memory and is computed
anew later.
Source: Yu et al., "Orca", 2022 (iteration-level batching); Kwon et al., "vLLM", 2023 (preemption by
recomputation).
"""

import math


class State:
    """A request on its way."""

    __slots__ = ("arrival", "context", "done", "first", "left", "preempted", "ready", "request", "started")

    def __init__(self, request):
        self.request = request
        self.arrival = request.arrival
        self.context = request.prompt  # tokens that it has to hold
        self.left = request.output
        self.ready = False  # its KV memory came with it, from a prefill server
        self.preempted = 0
        self.started = self.first = self.done = None


class Server:
    """A copy of the model.

    Args:
        name: For policies and logs.
        costs: `Costs` or alike.
        policy: What admits, called as `policy(now, server, queue)`; it returns states in the order of
            admission, of which as many are taken as fit; what never fits here is passed over. None: first
            come, first served.
        max_batch: Most sequences at once.
        max_prefill: Most tokens of one prefill step; a longer prompt goes alone.
        role: "both", "prefill" (gives requests away after their first token) or "decode".
    """

    def __init__(self, name, costs, *, policy=None, max_batch=64, max_prefill=8192, role="both"):
        self.name, self.costs, self.policy, self.role = name, costs, policy, role
        self.max_batch, self.max_prefill = max_batch, max_prefill
        self.capacity = costs.kv_tokens
        self.queue, self.running = [], []
        self.held = 0  # KV tokens of running and prefilling requests
        self.version = 0  # of the planned end; plans with another one are void
        self.steps_made = 0
        self.load = 0  # requests that were routed here and have not left
        self._prefilling, self._steps, self._began = [], 0, 0.0
        self.busy = False

    def fits(self, request):
        """Return whether a request can be served here at all."""
        return request.prompt + request.output <= self.capacity

    def begin(self, now):
        """Start the next step or run of steps; return when it ends, None where there is nothing to do."""
        self.version += 1
        self._prefilling = self._admit(now)
        if self._prefilling:
            self.busy = True
            return now + self.costs.prefill([state.context for state in self._prefilling])
        if not self.running:
            self.busy = False
            return None
        self._make_room()
        batch = len(self.running)
        room = (self.capacity - self.held) // batch
        self._steps = min(min(state.left for state in self.running), room)
        self._began, self.busy = now, True
        return now + self._duration(self._steps)

    def cut(self, now):
        """End a run of decode steps with the one under way at `now`; return the new end, None: as before."""
        if self._prefilling or len(self.running) >= self.max_batch or not self.busy or self._steps <= 1:
            return None
        steps = self._steps_until(now - self._began)
        if steps >= self._steps:
            return None
        self.version += 1
        self._steps = steps
        return self._began + self._duration(steps)

    def end(self, now):
        """Finish the step under way; return (finished, given away)."""
        if self._prefilling:
            return self._end_prefill(now)
        batch, steps = len(self.running), self._steps
        self.steps_made += steps
        self.held += batch * steps
        finished = []
        for state in self.running:
            state.left -= steps
            state.context += steps
            if not state.left:
                state.done = now
                finished.append(state)
        if finished:
            self.held -= sum(state.context for state in finished)
            self.running = [state for state in self.running if state.left]
        return finished, []

    def _end_prefill(self, now):
        self.steps_made += 1
        finished, given = [], []
        for state in self._prefilling:
            state.context += 1
            state.left -= 1
            if state.first is None:
                state.first = now
            if not state.left:
                state.done = now
                finished.append(state)
            elif self.role == "prefill":
                given.append(state)
            else:
                self.running.append(state)
                continue
            self.held -= state.context
        self._prefilling = []
        return finished, given

    def _admit(self, now):
        """Take from the queue what fits; return those to prefill."""
        if not self.queue or len(self.running) >= self.max_batch:
            return []
        wanted = self.queue if self.policy is None else self.policy(now, self, self.queue)
        taken, tokens = [], 0
        for state in wanted:
            if not self.fits(state.request):
                continue  # never here; with a queue of many servers another one takes it
            if not self._fits_now(state, len(taken), tokens):
                break
            self.held += state.context + (not state.ready)
            tokens += state.context
            taken.append(state)
        if not taken:
            return []
        if self.policy is None and self.queue[len(taken) - 1] is taken[-1]:
            del self.queue[: len(taken)]
        else:
            chosen = set(map(id, taken))
            self.queue[:] = [state for state in self.queue if id(state) not in chosen]
        for state in taken:
            if state.started is None:
                state.started = now
        ready = [state for state in taken if state.ready]
        for state in ready:
            state.ready = False
        self.running += ready
        return [state for state in taken if state not in ready] if ready else taken

    def _fits_now(self, state, taken, tokens):
        if len(self.running) + taken >= self.max_batch:
            return False
        if self.held + state.context + 1 > self.capacity:
            return False
        # What isn't the first of a step keeps within the limit of tokens; memory that came along costs none.
        return state.ready or not taken or tokens + state.context <= self.max_prefill

    def _make_room(self):
        """Preempt those admitted last until every sequence can grow by a token."""
        while self.held + len(self.running) > self.capacity and len(self.running) > 1:
            state = self.running.pop()
            self.held -= state.context
            state.preempted += 1
            self.queue.insert(0, state)

    def _duration(self, steps):
        batch = len(self.running)
        fixed, slope = self.costs.decode(batch)
        return steps * (fixed + slope * self.held) + slope * batch * (steps * (steps - 1) // 2)

    def _steps_until(self, elapsed):
        """Return how many steps have ended or are under way after `elapsed` seconds; at least one."""
        batch = len(self.running)
        fixed, slope = self.costs.decode(batch)
        square = slope * batch / 2
        line = fixed + slope * self.held - square
        if square > 0:
            root = (math.sqrt(line * line + 4 * square * elapsed) - line) / (2 * square)
        else:
            root = elapsed / line
        steps = max(1, min(self._steps, int(root)))
        while steps < self._steps and self._duration(steps) < elapsed:
            steps += 1
        return steps
