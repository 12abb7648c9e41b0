"""`strop.tuning`: search over knobs by ask and tell, without a job: the front door of strop's samplers.

>>> from strop.job import Knob
>>> from strop.tuning import Space, open_search
>>> space = Space((Knob(name="threads", type="int", low=1, high=16, default=4),))
>>> search = open_search("gp", space, seed=1)
>>> for _ in range(12):
...     point = search.ask()
...     search.tell(point, abs(point["threads"] - 11))
>>> search.ask() is not None  # 16 points in all, and none comes twice
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strop.agents.optimizers.tuning.gaussian import GaussianProcess, log_expected_improvement
from strop.agents.optimizers.tuning.gp import GpSearch
from strop.agents.optimizers.tuning.llambo import LlamboSearch
from strop.agents.optimizers.tuning.mixed import MixedSearch, Search
from strop.agents.optimizers.tuning.model_search import HybridSearch, ModelSearch
from strop.agents.optimizers.tuning.plain import GridSearch, RandomSearch
from strop.agents.optimizers.tuning.searches import (
    FRONT,
    SEARCHES,
    SETTINGS,
    OptunaSampling,
    open_front_search,
    open_search,
)
from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.optimizers.tuning.tree import TreeSearch
from strop.agents.optimizers.tuning.warm import WarmStart, initial_points
from strop.agents.optimizers.tuning.wording import AskModel, Subject

if TYPE_CHECKING:
    from strop.agents.optimizers.tuning.sampler import GpSampler

__all__ = [
    "FRONT",
    "SEARCHES",
    "SETTINGS",
    "AskModel",
    "GaussianProcess",
    "GpSampler",
    "GpSearch",
    "GridSearch",
    "HybridSearch",
    "LlamboSearch",
    "MixedSearch",
    "ModelSearch",
    "OptunaSampling",
    "RandomSearch",
    "Search",
    "Space",
    "Subject",
    "TreeSearch",
    "Values",
    "WarmStart",
    "initial_points",
    "log_expected_improvement",
    "open_front_search",
    "open_search",
]


def __getattr__(name: str) -> Any:
    """Import Optuna for `GpSampler` alone."""
    if name == "GpSampler":
        from strop.agents.optimizers.tuning.sampler import GpSampler

        return GpSampler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
