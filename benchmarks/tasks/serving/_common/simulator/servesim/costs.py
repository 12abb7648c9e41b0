"""Step times and memory of a model on devices: a roofline with the costs of splitting the model.

A decode step reads all weights and the KV memory of its batch once, and computes two operations a parameter
and sequence; a prefill computes two operations a parameter and token, and the attention, which grows with
the square of the prompt. Memory and compute times are added, not overlapped: an upper bound that keeps a
step's time linear.

Sources: Pope et al., "Efficiently scaling transformer inference", 2022 (section 2 and 3: costs and tensor
parallelism); Narayanan et al., "Efficient large-scale language model training on GPU clusters", 2021
(pipelines).
"""

from dataclasses import dataclass

BYTES = 2  # of a parameter and of a KV entry: 16-bit floats
REACHED_FLOPS, REACHED_BANDWIDTH = 0.5, 0.7  # parts of the peak that kernels reach
USABLE = 0.9  # part of a device's memory that weights and KV may take; activations need the rest
LAYER_LAUNCH = 8e-6  # s a layer: starting its kernels
STEP_OVERHEAD = 1e-3  # s a step: the scheduler's own work


@dataclass(frozen=True)
class Device:
    """A machine type: one accelerator; figures of round size, as of public data sheets and clouds in 2024."""

    name: str
    flops: float  # operations a second, 16 bit, dense
    bandwidth: float  # bytes a second of its memory
    memory: float  # bytes
    price: float  # dollars an hour
    link: float = 25e9  # bytes a second to another device of the same machine
    delay: float = 10e-6  # s for one message there


DEVICES = {
    "L4": Device("L4", 120e12, 300e9, 24e9, 0.7),
    "A10G": Device("A10G", 70e12, 600e9, 24e9, 1.0),
    "A100": Device("A100", 312e12, 2.0e12, 80e9, 3.7, link=250e9, delay=2e-6),
    "A100-PCIe": Device("A100-PCIe", 312e12, 1.9e12, 80e9, 3.2),
    "H100": Device("H100", 990e12, 3.35e12, 80e9, 7.5, link=400e9, delay=2e-6),
}


@dataclass(frozen=True)
class Model:
    """A transformer, as far as its costs go."""

    name: str
    parameters: float
    layers: int
    width: int  # of the residual stream
    kv_width: int  # of keys (and of values) of one token in one layer

    @property
    def kv_bytes(self):
        """Bytes of KV memory that one token takes in all layers."""
        return 2 * BYTES * self.layers * self.kv_width


MODELS = {
    "3b": Model("3b", 3e9, 28, 3072, 1024),
    "7b": Model("7b", 7e9, 32, 4096, 4096),
    "13b": Model("13b", 13e9, 40, 5120, 5120),
    "34b": Model("34b", 34e9, 48, 8192, 1024),
    "70b": Model("70b", 70e9, 80, 8192, 1024),
}


class Costs:
    """Times and memory of one copy of a model on `tensor * pipeline` devices.

    Tensor parallelism splits every layer: all work is shared, two all-reduces a layer are added. Pipeline
    parallelism splits the layers: a batch goes through as `pipeline` parts, which share compute and KV
    reads but each read a stage's weights anew, and a prefill waits for the pipeline to fill.
    """

    def __init__(self, model, device, tensor=1, pipeline=1):
        self.model, self.device, self.tensor, self.pipeline = model, device, tensor, pipeline
        flops = device.flops * REACHED_FLOPS * tensor
        bandwidth = device.bandwidth * REACHED_BANDWIDTH * tensor
        self.weights = model.parameters * BYTES / bandwidth
        # An all-reduce moves 2 (n - 1) / n times its content over each link, and takes 2 (n - 1) messages.
        ring = 2 * (tensor - 1)
        per_token = 2 * model.layers * ring / tensor * model.width * BYTES / device.link
        messages = 2 * model.layers * ring * device.delay
        self.token = 2 * model.parameters / flops + per_token
        self.square = 2 * model.layers * model.width / flops  # causal: half of 4 * tokens ** 2 * width
        self.context = model.kv_bytes / bandwidth
        hops = (pipeline - 1) * device.delay
        self.fixed = STEP_OVERHEAD + model.layers * LAYER_LAUNCH + messages + hops

    @property
    def kv_tokens(self):
        """Tokens of KV memory beside the weights; below 1 the model doesn't fit."""
        memory = self.device.memory * USABLE * self.tensor * self.pipeline
        return int((memory - self.model.parameters * BYTES) // self.model.kv_bytes)

    def prefill(self, lengths):
        """Return the seconds of one prefill step of prompts of these lengths."""
        tokens = sum(lengths)
        work = tokens * self.token + sum(n * n for n in lengths) * self.square
        stages = self.pipeline
        # The prompts go through in as many chunks as there are stages: 2 * stages - 1 turns of a part of
        # the work.
        return self.fixed + self.weights + work * (2 * stages - 1) / stages**2

    def decode(self, batch):
        """Return (seconds, seconds a token of context) of one decode step of a batch."""
        parts = min(batch, self.pipeline)
        # A part's turn in one stage takes 1 / pipeline of all layers; after `pipeline` turns it has its
        # next token.
        return self.fixed + self.weights + batch / parts * self.token, self.context / parts


class FixedCosts:
    """Service times that are told: a prefill takes the prompt's length times `scale`; for queueing theory."""

    kv_tokens = 1 << 62

    def __init__(self, scale=1e-6):
        self.scale = scale

    def prefill(self, lengths):
        """Return the seconds of a step."""
        return sum(lengths) * self.scale

    def decode(self, batch):
        """Return (seconds, seconds a token of context)."""
        return batch * self.scale, 0.0
