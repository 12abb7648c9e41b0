"""The regions between EVOLVE-BLOCK-START and EVOLVE-BLOCK-END of a program's text."""

from __future__ import annotations

from dataclasses import dataclass

from strop.errors import ConfigError

__all__ = ["Block", "blocks_of"]

START, END = "EVOLVE-BLOCK-START", "EVOLVE-BLOCK-END"


@dataclass(frozen=True)
class Block:
    """One region, by line numbers from 0: `first` is the line after its start, `last` that of its end."""

    first: int
    last: int
    indent: str  # of the mark


def blocks_of(text: str, name: str = "the program") -> list[Block]:
    """Return the regions of a text, none where it has no marks; raises `ConfigError` for an unpaired one."""
    found: list[Block] = []
    opened: int | None = None
    for number, line in enumerate(text.splitlines()):
        if START in line:
            if opened is not None:
                raise ConfigError(f"{name}:{number + 1}: {START} within another block")
            opened = number
        elif END in line:
            if opened is None:
                raise ConfigError(f"{name}:{number + 1}: {END} without {START}")
            found.append(Block(opened + 1, number, line[: len(line) - len(line.lstrip())]))
            opened = None
    if opened is not None:
        raise ConfigError(f"{name}:{opened + 1}: {START} without {END}")
    return found
