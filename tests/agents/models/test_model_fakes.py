"""The fakes that other tests stand on: the scripted server and the scripted model."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import urllib.request
from pathlib import Path

import pytest

from strop.errors import ModelError
from strop.extension import Model, ModelReply, ModelRequest, Usage
from strop.testing.model_server import Behaviour, ScriptedServer, hang, reply, right, status, trickle
from strop.testing.models import ModelConformance, ScriptedModel

QUESTION = ModelRequest("coder", "abc", 0, (("user", "Why?"),))


class TestScriptedModelConformance(ModelConformance):
    def make_model(self) -> Model:
        return ScriptedModel(default="because")


def test_scripted_model_answers_in_order() -> None:
    whole = ModelReply("whole", "length", Usage(1, 2), "x", 3.0)
    model = ScriptedModel(["text", whole, ValueError("no"), lambda request: request.agent], default="end")
    assert model.ask(QUESTION).text == "text"
    assert model.ask(QUESTION) is whole
    with pytest.raises(ValueError, match="no"):
        model.ask(QUESTION)
    assert model.ask(QUESTION).text == "coder"
    assert model.ask(QUESTION).text == "end"
    assert len(model.requests) == 5


def test_scripted_model_by_agent() -> None:
    model = ScriptedModel({"coder": ["code"], "tuner": []})
    assert model.ask(QUESTION).text == "code"
    with pytest.raises(ModelError) as caught:
        model.ask(QUESTION)
    assert caught.value.kind == "script exhausted"


def post(server: ScriptedServer, body: object) -> tuple[int, dict[str, object]]:
    host = server.url.removeprefix("http://").removesuffix("/v1")
    connection = http.client.HTTPConnection(host)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_server_follows_its_script() -> None:
    def echo(body: dict[str, object]) -> Behaviour:
        return reply(str(body["n"]))

    with ScriptedServer([right("one"), status(429, retry_after=1)], default=echo, model="m") as server:
        answers = [post(server, {"n": n}) for n in range(3)]
        with urllib.request.urlopen(f"{server.url}/models") as response:
            models = json.loads(response.read())
    assert [code for code, _ in answers] == [200, 429, 200]
    assert answers[2][1]["choices"][0]["message"]["content"] == "2"  # type: ignore[index]
    assert [received.body for received in server.requests] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert models["data"][0]["id"] == "m"


def test_server_trickles_a_whole_answer() -> None:
    with ScriptedServer([trickle(0.2, "at last")]) as server:
        code, answer = post(server, {})
    assert code == 200
    assert answer["choices"][0]["message"]["content"] == "at last"  # type: ignore[index]


@pytest.mark.parametrize("behaviour", [hang(3600), trickle(3600)], ids=["hang", "trickle"])
def test_leaving_the_block_ends_hung_answers(behaviour: Behaviour) -> None:
    ended = threading.Event()

    def ask(server: ScriptedServer) -> None:
        with pytest.raises((http.client.HTTPException, OSError)):
            post(server, {})
        ended.set()

    arrived = threading.Event()

    def step(body: dict[str, object]) -> Behaviour:
        arrived.set()
        return behaviour

    with ScriptedServer(default=step) as server:
        thread = threading.Thread(target=ask, args=(server,))
        thread.start()
        assert arrived.wait(30)
    thread.join(30)
    assert ended.is_set()


def test_leaving_the_block_ends_idle_connections(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        port = int(server.url.removesuffix("/v1").rpartition(":")[2])
        idle = socket.create_connection(("127.0.0.1", port))
        assert post(server, {})[0] == 500
    with idle:
        assert idle.recv(1) == b""
