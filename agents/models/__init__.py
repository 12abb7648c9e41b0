"""The model gateway: `open_model` turns a job's settings into a model that agents can ask."""

from __future__ import annotations

from strop.agents.models.gateway import Gateway
from strop.agents.models.ledger import Ledger, Spent
from strop.agents.models.opening import open_model
from strop.agents.models.recording import Replay

__all__ = ["Gateway", "Ledger", "Replay", "Spent", "open_model"]
