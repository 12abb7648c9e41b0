"""What is read off a finished simulation."""


def mean(values):
    """Return the arithmetic mean."""
    values = list(values)
    return sum(values) / len(values)


def latency(state):
    """Return seconds from arrival to the last token."""
    return state.done - state.arrival


def waiting(state):
    """Return seconds from arrival to admission."""
    return state.started - state.arrival


def to_first(state):
    """Return seconds from arrival to the first token (TTFT)."""
    return state.first - state.arrival


def per_token(state):
    """Return mean seconds between tokens after the first (TPOT); 0 where there is one token alone."""
    return (state.done - state.first) / max(1, state.request.output - 1)


def attained(states, first_s, token_s):
    """Return the share of requests with their first token and the time between tokens within these limits."""
    good = [
        state.done is not None and to_first(state) <= first_s and per_token(state) <= token_s
        for state in states
    ]
    return sum(good) / len(good)
