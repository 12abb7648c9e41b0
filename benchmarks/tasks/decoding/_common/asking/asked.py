"""The problems that are asked: those of the task, or fewer of them where a model is slow."""

import os

from problems import problems


def asked(seed, split):
    """Return the first DECODING_PROBLEMS problems of a seed; all of them where that isn't set."""
    found = problems(seed, split)
    count = int(os.environ.get("DECODING_PROBLEMS") or len(found))
    if not 1 <= count <= len(found):
        raise ValueError(f"DECODING_PROBLEMS is {count}; {split} has {len(found)} problems")
    return found[:count]
