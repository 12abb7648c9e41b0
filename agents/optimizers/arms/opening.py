"""The arms by name."""

from __future__ import annotations

from collections.abc import Callable

from strop.agents.asking import Asker
from strop.agents.optimizers.arms.arm import Arm, Strategy
from strop.agents.optimizers.arms.evolution import Evolution
from strop.agents.optimizers.arms.opto import Opto
from strop.agents.optimizers.arms.sampling import BestOfN, ZeroShot
from strop.agents.optimizers.arms.sequential import Sequential
from strop.agents.view import View
from strop.errors import ConfigError
from strop.events import Listener

__all__ = ["ARMS", "check_model", "open_arm"]

STRATEGIES: dict[str, Callable[[View], Strategy]] = {
    "zero-shot": lambda view: ZeroShot(),
    "best-of-n": BestOfN,
    "sequential": Sequential,
    "evolution": Evolution,
    "opto": Opto,
}

ARMS = tuple(STRATEGIES)


def check_model(name: str, with_model: bool) -> None:
    """Raise `ConfigError` for an arm without a model: nothing could stand in and still be what it says."""
    if name in ARMS and not with_model:
        raise ConfigError(f"optimizer {name} needs a model: give --model NAME")


def open_arm(name: str, view: View, asker: Asker | None, listener: Listener) -> Arm:
    """Return an arm by its name; raises `ConfigError` without a model."""
    check_model(name, asker is not None)
    assert asker is not None
    return Arm(name, STRATEGIES[name](view), view, asker, listener)
