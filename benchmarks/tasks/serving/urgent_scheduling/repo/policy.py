"""Whom a machine admits next."""


def choose(now, machine, waiting):
    """Return ids of waiting requests, in the order in which they are to be admitted; [] for none.

    Args:
        now: Seconds.
        machine: {"name", "kind", "running", "room", "free_tokens", "step_s", "token_s"}: sequences in its
            batch and how many more it takes, tokens of memory that are free, seconds of a decode step of
            its batch as it is, and seconds that one more token in a step takes, of a prompt or of a further
            sequence.
        waiting: One dict for each request, in the order of arrival: {"id", "job", "arrival", "deadline",
            "prompt", "guess", "stage", "later"}: tokens to prefill, forecast of tokens of output, how many
            requests of the job came before and how many come after it. Times are in seconds.
    """
    return [request["id"] for request in waiting]
