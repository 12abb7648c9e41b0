"""Where experts go: the integer program, solved exactly.

Minimise the sum of the layers' busiest devices and of the tokens that change the device, over binary
variables "expert i of layer l is on device d". Neighbouring layers alone share terms, so the optimum is a
shortest path through the layers, whose nodes are all placements of a layer: 2520 for 8 experts on 4
devices.
"""

import numpy


def solve(workload):
    """Return a device for each expert of each layer: a list of lists."""
    experts, devices = workload["experts"], workload["devices"]
    nodes = numpy.array(list(_placements(experts, devices, [experts // devices] * devices)))
    onehot = (nodes[:, :, None] == numpy.arange(devices)).astype(float)
    flat = onehot.reshape(len(nodes), -1)

    def busiest(layer):
        loads = numpy.array(workload["loads"][layer], float)
        return workload["ms_per_token"] * (loads @ onehot).max(axis=1)

    cost, came_from = busiest(0), []
    for layer, table in enumerate(workload["moves"], 1):
        table = numpy.array(table, float)
        # Tokens that stay: of all pairs of placements, one product of matrices.
        staying = flat @ (table @ onehot).reshape(len(nodes), -1).T
        total = cost[:, None] + workload["ms_per_move"] * (table.sum() - staying)
        best = total.argmin(axis=0)
        cost = total[best, numpy.arange(len(nodes))] + busiest(layer)
        came_from.append(best)
    at = int(cost.argmin())
    path = [at]
    for best in reversed(came_from):
        at = int(best[at])
        path.append(at)
    return [nodes[at].tolist() for at in reversed(path)]


def _placements(experts, devices, room):
    """Yield every way to place the experts with so much room on each device."""
    if not experts:
        yield []
        return
    for device in range(devices):
        if room[device]:
            room[device] -= 1
            for rest in _placements(experts - 1, devices, room):
                yield [device, *rest]
            room[device] += 1
