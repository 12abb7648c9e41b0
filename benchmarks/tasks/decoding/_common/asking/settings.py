"""The settings of settings.toml, or of the environment instead; and the prompts that they make."""

import math
import os
import tomllib
from dataclasses import dataclass

LEAST_AND_MOST = {
    "temperature": (0.0, 2.0),
    "top_p": (0.05, 1.0),
    "max_tokens": (4, 1000),
    "examples": (0, 8),
    "votes": (1, 9),
}
STEPS = {
    "free": "",
    "none": "Give the answer alone, with no work before it.",
    "brief": "Work step by step, in brief lines.",
    "full": "Work step by step, and explain each step in a whole sentence.",
}
"""What each word for the steps adds to the instruction; "free" leaves it as it is."""
MOST_CHARACTERS = 2000  # of the instruction
AS_IN_THE_FILE = (
    -1
)  # value of a variable DECODING_NAME that leaves the file its word; "file" of DECODING_STEPS


@dataclass(frozen=True)
class Settings:
    """How a model is asked."""

    instruction: str
    steps: str  # a key of STEPS: whether the work is written before the answer, and how
    temperature: float
    top_p: float
    max_tokens: int  # of a reply
    examples: int  # worked problems in the prompt
    votes: int  # replies to each problem; the answer that most of them give counts


def read(path="settings.toml", environ=None):
    """Return the settings; raises `ValueError` that names what is wrong."""
    environ = os.environ if environ is None else environ
    with open(path, "rb") as file:
        try:
            told = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: not valid TOML: {error}") from None
    known = {"instruction", "steps", *LEAST_AND_MOST}
    if set(told) != known:
        wrong = ", ".join(sorted(set(told) ^ known))
        raise ValueError(f"{path}: unknown or missing: {wrong}; it has {', '.join(sorted(known))}")
    if not isinstance(told["instruction"], str) or len(told["instruction"]) > MOST_CHARACTERS:
        raise ValueError(f"{path}: instruction: a text of at most {MOST_CHARACTERS} characters")
    if environ.get("DECODING_STEPS", "file") != "file":
        told["steps"] = environ["DECODING_STEPS"]
    if told["steps"] not in STEPS:
        raise ValueError(f"steps: {told['steps']!r:.60} is none of {', '.join(STEPS)}")
    for name, (least, most) in LEAST_AND_MOST.items():
        variable = environ.get(f"DECODING_{name.upper()}")
        if variable is not None and float(variable) != AS_IN_THE_FILE:
            told[name] = type(least)(variable)
        told[name] = _checked(name, told[name], least, most)
    return Settings(**told)


def _checked(name, value, least, most):
    kinds = (int, float) if isinstance(least, float) else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        raise ValueError(f"{name}: {value!r:.60} is no {'number' if float in kinds else 'whole number'}")
    if not least <= value <= most:
        raise ValueError(f"{name}: {value} is outside of {least} to {most}")
    return type(least)(value)


def prompt(settings, worked, question):
    """Return the messages of a request: instruction, worked examples (pairs of texts), question."""
    told = " ".join(filter(None, (settings.instruction.strip(), STEPS[settings.steps])))
    messages = [{"role": "system", "content": told}] if told else []
    for asked, reply in worked[: settings.examples]:
        if settings.steps == "none":  # examples show what is asked for
            reply = reply.splitlines()[-1]
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}]
    return [*messages, {"role": "user", "content": question}]
