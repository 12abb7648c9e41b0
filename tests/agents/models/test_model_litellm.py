"""litellm behind the gateway: real calls in one process of its own, whose import takes some seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CODE = """
import json, os, pathlib, sys
from dataclasses import replace
from strop.agents.models import Gateway, Ledger, open_model
from strop.agents.models.providers import LiteLLMTransport
from strop.errors import ConfigError, ModelError
from strop.extension import ModelRequest
from strop.job import Budget, ModelSettings
from strop.testing.model_server import *

folder = pathlib.Path(sys.argv[1])
question = ModelRequest("coder", "x", 0, (("user", "hi"),), 64)
script = [reply("hello"), cut_off("hal"), no_usage("text"), status(401), status(404), status(400),
          status(429), status(500), malformed_json(), no_choices(), disconnect(), trickle(30)]
seen = []
with ScriptedServer(script) as server:
    os.environ["HOSTED_VLLM_API_BASE"] = server.url
    settings = ModelSettings(name="hosted_vllm/scripted", retries=0, timeout_s=2)
    model = open_model(settings, folder=folder / "a", budget=Budget())
    LiteLLMTransport("x").price()  # the import is no part of a call's time
    for attempt in range(len(script)):
        before = model.spent.tokens
        try:
            answer = model.ask(replace(question, attempt=attempt))
            seen.append([answer.text, answer.finish_reason])
        except ModelError as error:
            seen.append([error.kind, model.spent.tokens > before])
with ScriptedServer([status(429, retry_after=5), reply("yes")]) as server:
    os.environ["HOSTED_VLLM_API_BASE"] = server.url
    slept = []
    patient = settings.model_copy(update={"retries": 1, "timeout_s": 60})
    model = Gateway(patient, ledger=Ledger(folder / "b.jsonl"), sleep=slept.append)
    seen.append([model.ask(question).text, 5 <= slept[0] <= 5.5])
try:
    open_model(settings, folder=folder / "c", budget=Budget(usd=1))
except ConfigError as error:
    seen.append(["usd_per_million_input" in str(error)])
del os.environ["HOSTED_VLLM_API_BASE"]
try:
    open_model(ModelSettings(name="openai/gpt-4o"), folder=folder / "d", budget=Budget(usd=1)).ask(question)
except ModelError as error:
    seen.append([error.kind, "OPENAI_API_KEY" in str(error)])
price = LiteLLMTransport("openai/gpt-4o").price()
seen.append([price.usd_per_million_input > 0, price.usd_per_million_output > price.usd_per_million_input])
print(json.dumps(seen))
"""


@pytest.mark.slow
def test_litellm_answers_faults_prices_and_keys(tmp_path: Path) -> None:
    environment = {**os.environ, "LITELLM_LOG": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    seen: list[Any] = json.loads(done.stdout)
    assert seen == [
        ["hello", "stop"],
        ["hal", "length"],
        ["text", "stop"],
        ["auth", False],
        ["not found", False],
        ["bad request", False],
        ["rate limit", False],
        ["server", False],
        ["bad response", True],
        ["bad response", True],
        ["disconnect", True],
        ["timeout", True],
        ["yes", True],
        [True],
        ["auth", True],
        [True, True],
    ]
