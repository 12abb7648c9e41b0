"""Whom a machine admits next: least slack first, hopeless jobs last."""

STAGE = (700, 90)  # tokens of prompt and output that a later request of a job takes on average


def choose(now, machine, waiting):
    """Return ids of waiting requests, in the order in which they are to be admitted; [] for none."""
    step, token = machine["step_s"], machine["token_s"]

    def slack(request):
        output = request["guess"] + request["later"] * STAGE[1]
        prompt = request["prompt"] + request["later"] * STAGE[0]
        return request["deadline"] - now - output * step - prompt * token

    rated = [(slack(request), request) for request in waiting]
    hopeful = sorted((one for one in rated if one[0] >= 0), key=lambda one: one[0])
    hopeless = sorted((one for one in rated if one[0] < 0), key=lambda one: -one[0])
    return [request["id"] for _, request in hopeful + hopeless]
