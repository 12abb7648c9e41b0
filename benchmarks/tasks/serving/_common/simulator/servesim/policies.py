"""Who is admitted next, and where a request goes. Any callable of the same form can take their place."""


def shortest_first(now, server, queue):
    """Admit the smallest forecast of work first."""
    return sorted(queue, key=lambda state: state.context + 4 * (state.request.guess or state.request.prompt))


def earliest_deadline(now, server, queue):
    """Admit the nearest deadline first."""
    return sorted(queue, key=lambda state: state.request.deadline)


def least_loaded(state, servers):
    """Route to the server with the fewest requests among those where it fits; the first of equals."""
    return min((one for one in servers if one.fits(state.request)), key=lambda one: one.load)


class RoundRobin:
    """Route to one server after the other."""

    def __init__(self):
        self._next = 0

    def __call__(self, state, servers):
        """Return the server whose turn it is, skipping those where the request doesn't fit."""
        for _ in servers:
            server = servers[self._next % len(servers)]
            self._next += 1
            if server.fits(state.request):
                return server
        raise ValueError("the request fits on no server")
