"""Where experts go."""


def solve(workload):
    """Return a device for each expert of each layer: a list of lists.

    Every device has to hold the same number of each layer's experts. instance.py says what `workload` is.
    """
    each = workload["experts"] // workload["devices"]
    layer = [expert // each for expert in range(workload["experts"])]
    return [list(layer) for _ in range(workload["layers"])]
