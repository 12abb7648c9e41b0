"""Every exception that strop raises on purpose.

    StropError
    |- ConfigError        the user can fix it: a bad file, an unknown knob
    |- SandboxError       the provider is at fault: daemon, image, disk; never a candidate's value
    |  |- SandboxLost     one sandbox went away, by no fault of its command; a new one may do
    |  |  `- OutputLost   what a command printed did not arrive whole
    |  |- DaemonError     the daemon behind the sandboxes refuses or does not answer
    |  `- TreeRefused     what a command left is too large, too many or too deep to read: its own doing
    |- ModelError         the model is at fault: transport, or no usable answer after bounded retries
    |- EditError          an answer's edits cannot be applied; the text goes back to its author
    |- BudgetExhausted    control flow: time, money, tokens or trials are spent
    `- StorageError       the study cannot be read or written

A candidate that fails to apply, build, pass its tests or finish in time is no exception: it is a
`Trial` in state FAILED with a reason and feedback.
"""

from __future__ import annotations

__all__ = [
    "BudgetExhausted",
    "ConfigError",
    "DaemonError",
    "EditError",
    "ModelError",
    "OutputLost",
    "SandboxError",
    "SandboxLost",
    "StorageError",
    "StropError",
    "TreeRefused",
]


class StropError(Exception):
    """Base of all errors that strop raises on purpose."""


class ConfigError(StropError):
    """Something the user wrote is wrong; the message names file, key, value and remedy."""


class SandboxError(StropError):
    """The sandbox provider failed (daemon, image, disk); says nothing about the candidate."""


class SandboxLost(SandboxError):
    """One sandbox went away by no fault of what ran in it; worth another try in a new one."""


class OutputLost(SandboxLost):
    """A part of what a command printed did not arrive; time and again it is the command's own doing."""


class DaemonError(SandboxError):
    """The daemon behind the sandboxes refused or did not answer; worth another try."""


class TreeRefused(SandboxError):
    """What a command left in its sandbox is too large, of too many files, or too deep to be read."""


class ModelError(StropError):
    """A model gave no usable answer within its retries; `kind` is a stable short word for it."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class EditError(StropError):
    """Edits that cannot be applied: missing or ambiguous search text, forbidden path, not text."""


class BudgetExhausted(StropError):
    """A budget is spent; `what` is one of "evaluations", "minutes", "usd", "tokens"."""

    def __init__(self, message: str, *, what: str) -> None:
        super().__init__(message)
        self.what = what


class StorageError(StropError):
    """The study's files cannot be read or written."""
