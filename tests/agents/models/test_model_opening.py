"""The front door of the gateway: what it refuses, what it lays down, what it keeps secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from strop.agents.models import Gateway, Replay, open_model
from strop.agents.models.redaction import mask_secrets, redact
from strop.agents.models.transport import Fault
from strop.errors import ConfigError, ModelError
from strop.extension import ModelRequest
from strop.job import Budget, ModelSettings
from strop.testing.model_server import ScriptedServer, reply, status

QUESTION = ModelRequest("coder", "abc", 0, (("user", "Why?"),), 50)
NOWHERE = "http://127.0.0.1:9/v1"


def test_no_model_is_none(tmp_path: Path) -> None:
    assert open_model(ModelSettings(), folder=tmp_path, budget=Budget()) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "budget", "message"),
    [
        ({"name": "local:model.gguf"}, {}, "--api-base"),
        ({"api_base": NOWHERE}, {}, "model.name is missing"),
        ({"name": "m", "api_base": "127.0.0.1:9"}, {}, "http://"),
        ({"name": "m", "api_base": "http://localhost:port/v1"}, {}, "is no URL"),
        ({"name": "m", "api_base": "http:///v1"}, {}, "is no URL"),
        ({"name": "m", "api_base": NOWHERE}, {"usd": 1}, "usd_per_million_input"),
        ({"name": "m", "api_base": NOWHERE, "usd_per_million_input": 1}, {}, "go together"),
    ],
)
def test_settings_that_cannot_work(
    tmp_path: Path, settings: dict[str, object], budget: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        open_model(
            ModelSettings.model_validate(settings), folder=tmp_path, budget=Budget.model_validate(budget)
        )


def test_study_goes_on_and_replays(tmp_path: Path) -> None:
    recording = tmp_path / "recordings" / "r.jsonl"
    with ScriptedServer([reply("one"), reply("two")]) as server:
        settings = ModelSettings(name="m", api_base=server.url)

        def model() -> Gateway:
            opened = open_model(
                settings, folder=tmp_path / "study", budget=Budget(tokens=100_000), record=recording
            )
            assert isinstance(opened, Gateway)
            return opened

        assert model().ask(QUESTION).text == "one"
        resumed = model()
        assert resumed.ask(QUESTION).cached
        assert resumed.ask(replace(QUESTION, attempt=1)).text == "two"
        with pytest.raises(ConfigError, match="another study"):
            open_model(settings, folder=tmp_path / "other", budget=Budget(), record=recording)
    assert resumed.spent.calls == 2
    replay = open_model(settings, folder=tmp_path / "third", budget=Budget(tokens=0), replay=recording)
    assert isinstance(replay, Replay)
    assert [replay.ask(replace(QUESTION, attempt=n)).text for n in (0, 1)] == ["one", "two"]
    assert sorted(path.name for path in (tmp_path / "study").iterdir()) == ["cache", "calls.jsonl"]


def test_failed_call_is_recorded(tmp_path: Path) -> None:
    with ScriptedServer(default=status(404)) as server:
        model = open_model(
            ModelSettings(name="m", api_base=server.url),
            folder=tmp_path,
            budget=Budget(),
            record=tmp_path / "r.jsonl",
        )
        assert model is not None
        with pytest.raises(ModelError):
            model.ask(QUESTION)
    with pytest.raises(ModelError) as caught:
        Replay(tmp_path / "r.jsonl").ask(QUESTION)
    assert caught.value.kind == "not found"


def test_record_and_replay_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exclude"):
        open_model(
            ModelSettings(name="m"),
            folder=tmp_path,
            budget=Budget(),
            record=tmp_path / "a",
            replay=tmp_path / "b",
        )


def test_keys_are_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that sends everything back that it got can't bring a key into a file or a message."""
    canary, bearer = "canary-0123456789-abcdef", "other-canary-9876543210"
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    caplog.set_level(logging.DEBUG)
    leak = f"you sent {canary} and Authorization: Bearer {bearer}"
    with ScriptedServer([reply(leak), status(401, message=leak), status(400, message=leak)]) as server:
        model = open_model(
            ModelSettings(name="m", api_base=server.url.replace("http://", f"http://user:{bearer}@")),
            folder=tmp_path,
            budget=Budget(),
            record=tmp_path / "r.jsonl",
            note=leak,
        )
        assert model is not None
        question = replace(QUESTION, messages=(("user", leak),))
        answer = model.ask(question)
        messages = []
        for attempt in (1, 2):
            with pytest.raises(ModelError) as caught:
                model.ask(replace(question, attempt=attempt))
            messages.append(str(caught.value))
    assert server.requests[0].headers["authorization"] != ""
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    own_logs = [record.getMessage() for record in caplog.records if record.name.startswith("strop")]
    shown = [answer.text, *messages, *own_logs, *(path.read_text(encoding="utf-8") for path in files)]
    for text in shown:
        assert canary not in text
        assert bearer not in text
    assert "[redacted]" in answer.text
    assert "[redacted]" in messages[0]


def test_key_is_in_no_log_not_even_of_the_sdk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0123456789-abcdef")
    caplog.set_level(logging.DEBUG)
    with ScriptedServer([status(500), reply("yes")]) as server:
        model = open_model(ModelSettings(name="m", api_base=server.url), folder=tmp_path, budget=Budget())
        assert model is not None
        model.ask(QUESTION)
    assert "canary" in server.requests[0].headers["authorization"]
    assert "chat/completions" in caplog.text
    assert "canary" not in caplog.text


def test_key_that_is_cut_off_with_a_long_message_shows_no_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-0123456789-abcdef")
    for padding in range(360, 410):
        fault = Fault("x" * padding + " canary-0123456789-abcdef", kind="server", passing=True)
        assert "canary" not in str(fault)


def test_redaction_masks_whole_secrets_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_API_KEY", "0123456789")
    monkeypatch.setenv("B_TOKEN", "0123456789-longer")
    monkeypatch.setenv("C_TOKEN", "short")
    assert redact("0123456789-longer 0123456789 short") == "[redacted] [redacted] short"
    assert redact("http://me:secret@host/v1") == "http://[redacted]@host/v1"
    assert redact("a bearer of news") == "a bearer of news"


def test_code_of_answers_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_API_KEY", "0123456789")
    monkeypatch.setenv("DB_PASSWORD", "postgres")
    code = 'url = f"postgresql://{user}:{password}@{host}/db"  # Bearer Authorization, postgres'
    assert mask_secrets(code) == code
    assert redact("postgres") == "[redacted]"  # in a log nothing is lost by that
    monkeypatch.setenv("C_TOKEN", "abcdefghijklmnopqrst")
    assert mask_secrets("abcdefghijklmnopqrst") == "[redacted]"
    assert mask_secrets("0123456789 and own-secret", ["own-secret"]) == "[redacted] and [redacted]"


def test_heavy_packages_are_imported_with_the_first_call_only(tmp_path: Path) -> None:
    code = """
import json, pathlib, sys
from strop.agents.models import open_model
from strop.extension import ModelRequest
from strop.job import Budget, ModelSettings
from strop.testing.model_server import ScriptedServer, reply

def heavy():
    return [name for name in ("openai", "litellm", "optuna", "httpx", "httpx2") if name in sys.modules]

with ScriptedServer(default=reply("yes")) as server:
    settings = ModelSettings(name="m", api_base=server.url, usd_per_million_input=1, usd_per_million_output=1)
    model = open_model(settings, folder=pathlib.Path(sys.argv[1]), budget=Budget(usd=1))
    opened = heavy()
    model.ask(ModelRequest("coder", "x", 0, (("user", "hi"),)))
print(json.dumps([opened, "openai" in heavy(), "litellm" in heavy()]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [[], True, False]


def test_a_key_that_no_header_can_hold_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "\u2026")  # pasted from an example
    with ScriptedServer(default=reply("x")) as server:
        model = open_model(ModelSettings(name="m", api_base=server.url), folder=tmp_path, budget=Budget())
        assert model is not None
        with pytest.raises(ModelError, match="set the right API key") as caught:
            model.ask(QUESTION)
    assert caught.value.kind == "auth" and not server.requests
