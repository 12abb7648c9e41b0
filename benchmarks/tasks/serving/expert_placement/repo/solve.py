"""Where experts go."""

import os

BALANCE = float(os.environ.get("EXPERTS_BALANCE", "0"))  # what the load of a device speaks against it
STAY = float(os.environ.get("EXPERTS_STAY", "0"))  # what the tokens that are on a device speak for it


def solve(workload):
    """Return a device for each expert of each layer: a list of lists.

    Every device has to hold the same number of each layer's experts. instance.py says what `workload` is.
    With both weights 0 the first experts go to the first device, and so on.
    """
    placement = []
    for layer in range(workload["layers"]):
        placement.append(_placed(workload, layer, placement[-1] if placement else None))
    return placement


def _placed(workload, layer, before):
    experts, devices = workload["experts"], workload["devices"]
    loads = workload["loads"][layer]
    order = sorted(range(experts), key=lambda expert: -loads[expert]) if BALANCE else range(experts)
    held, load, places = [0] * devices, [0] * devices, [0] * experts
    for expert in order:
        here = [0] * devices
        if before is not None:
            for source, row in enumerate(workload["moves"][layer - 1]):
                here[before[source]] += row[expert]
        free = [device for device in range(devices) if held[device] < experts // devices]
        best = min(
            free,
            key=lambda device: (
                BALANCE * workload["ms_per_token"] * load[device] - STAY * workload["ms_per_move"] * here[device]
            ),
        )
        places[expert] = best
        held[best] += 1
        load[best] += loads[expert]
    return places
