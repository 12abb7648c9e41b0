"""servesim: a discrete-event simulator of LLM serving.

    costs     step times and memory of a model on devices, under tensor and pipeline parallelism
    traffic   requests: lengths, Poisson arrivals and bursts from a seed
    server    one server: continuous batching, limits, KV memory, preemption
    cluster   many servers: routing, shared queues, hand-over from prefill to decode
    policies  who is admitted next, and where a request goes
    figures   what is read off a finished simulation
    answers   strict reading of answers that nobody vouches for

Times are in seconds, memory in bytes, lengths in tokens, prices in dollars an hour.
"""
