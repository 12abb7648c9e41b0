"""Sizes of a benchmark's input: from the times at several of them follows how time grows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

__all__ = ["PLACEHOLDER", "scaling_sentence", "sizes_problem"]

PLACEHOLDER = "{size}"


def sizes_problem(sizes: Sequence[int], benchmark: str, inputs: str, knobs: Collection[str]) -> str:
    """Return what is wrong with `commands.sizes` beside the commands, or an empty string.

    Args:
        sizes: Values of `{size}`; none: the placeholder stands for nothing.
        benchmark: `commands.benchmark`.
        inputs: `calls.inputs`, empty without [calls].
        knobs: Names of the job's knobs, whose placeholders look alike.
    """
    where = ("calls.inputs", inputs) if inputs else ("commands.benchmark", benchmark)
    if not sizes:
        if PLACEHOLDER not in where[1] or "size" in knobs:
            return ""
        return f"{where[0]}: {PLACEHOLDER} stands for a size; give commands.sizes, at least two"
    if len(sizes) < 2 or sizes[0] < 1 or any(b <= a for a, b in zip(sizes, sizes[1:], strict=False)):
        return f"commands.sizes: at least two whole numbers from 1 up that rise; found {list(sizes)}"
    if "size" in knobs:
        return f"knobs: {PLACEHOLDER} stands for one of commands.sizes; give the knob 'size' another name"
    if PLACEHOLDER not in where[1]:
        return f"{where[0]}: {PLACEHOLDER} is missing, which stands for one of commands.sizes"
    return ""


def scaling_sentence(scaling: Mapping[str, Any]) -> str:
    """Return how time grows with the size of the input, or why that is not known.

    Args:
        scaling: A profile's entry: "exponent", "error" and "sizes", or a "note".
    """
    if "exponent" not in scaling:
        return str(scaling.get("note", "how time grows is not known"))
    sizes = scaling["sizes"]
    return (
        f"CPU time grows with size ** {scaling['exponent']:g} (standard error {scaling['error']:g}), "
        f"from {sizes[0]:,} to {sizes[-1]:,}"
    )
