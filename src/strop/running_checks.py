"""What of a run can be wrong before anything of it takes time: its optimizers, agents and prompts."""

from __future__ import annotations

import os
import shutil
import tempfile
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from strop import prompts
from strop.agents.custom import check_agents
from strop.agents.optimizers.arms.opening import ARMS, check_model
from strop.agents.optimizers.knob_search import MODEL_SEARCHES
from strop.agents.optimizers.registry import NAMES, Searchers, asks_models, check_optimizer
from strop.errors import ConfigError
from strop.job import Job
from strop.study import Study

__all__ = ["check_address", "check_prompts", "check_searchers", "prompts_of"]


def check_searchers(job: Job, searchers: Searchers, *, replayed: bool, beside: str | None) -> None:
    """Check the names of a job's optimizers, of the user's own ones and of the one `beside`.

    A model may be configured by the job or `replayed` from a file. Raises `ConfigError`.
    """
    check_agents(searchers.agents)
    for agent in searchers.agents:
        if agent.name in NAMES:
            raise ConfigError(f"agents: {agent.name!r} is the name of an optimizer of strop's; take another")
    known = {**searchers.optimizers, **{agent.name: agent for agent in searchers.agents}}
    for name in [*job.optimizers, *([beside] if beside else [])]:
        check_optimizer(name, known)
    with_model = bool(job.model.name or job.model.api_base or replayed)
    for name in job.optimizers:
        check_model(name, with_model)
    if beside in (*ARMS, *MODEL_SEARCHES, "agents"):
        raise ConfigError(
            f"baseline: {beside} needs a model, and the optimizer beside has none; "
            "name one without, e.g. optuna"
        )


KEY, ADDRESS = "OPENAI_API_KEY", "OPENAI_BASE_URL"
"""Variables of the openai SDK: the key that an endpoint gets, and the address that the user means by it."""


def check_address(job: Job, *, named: bool, replayed: bool = False) -> None:
    """Refuse to send the user's key to an address that a file alone names; raises `ConfigError`.

    Args:
        job: Its model may be asked.
        named: Whether the user gave the address, for this run.
        replayed: Whether answers come from a recording, and nobody is asked.
    """
    address = job.model.api_base
    asks = not job.optimizers or any(asks_models(name) for name in job.optimizers)
    if named or replayed or not (address and job.model.name and asks and os.environ.get(KEY)):
        return
    if address != os.environ.get(ADDRESS) and not _here(address):
        raise ConfigError(
            f"model.api_base: {KEY} would be sent to {address!r}, and whoever wrote the job's file chose "
            f"that; name it yourself, by --api-base (api_base= in Python) or {ADDRESS}, or unset the key"
        )


def _here(address: str) -> bool:
    """Return whether an address is of this machine."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_prompts(root: Path, job: Job) -> None:
    """Check the folder of the user's own prompts, where a job names one; raises `ConfigError`."""
    if not job.prompts.dir:
        return
    folder = root / job.prompts.dir
    if not folder.is_dir():
        raise ConfigError(f"prompts.dir: {folder} is no folder")
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"prompts.dir: {folder} is outside of {root}, the job's folder")
    try:
        prompts.check(folder)
    except ValueError as error:
        raise ConfigError(f"prompts.dir: {error}") from None


def prompts_of(study: Study) -> Path | None:
    """Return the study's own copy of the user's templates, None where there are none."""
    if not study.job.prompts.dir:
        return None
    kept = study.folder / "prompts"
    if not kept.is_dir():
        check_prompts(study.root, study.job)
        source = study.root / study.job.prompts.dir
        scratch = Path(tempfile.mkdtemp(prefix=".prompts-", dir=study.folder))
        for name in prompts.check(source):
            (scratch / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / f"{name}.md", scratch / f"{name}.md")
        scratch.rename(kept)  # whole or not at all
    return kept
