"""The gateway against a real server: answers, faults, repeats, deadline, cache."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from strop.agents.models.cache import ResponseCache
from strop.agents.models.gateway import Gateway
from strop.agents.models.ledger import Ledger
from strop.agents.models.retry import retry_after_seconds
from strop.errors import BudgetExhausted, ModelError
from strop.extension import Model, ModelRequest, Usage
from strop.job import ModelSettings
from strop.testing.model_server import (
    Behaviour,
    ScriptedServer,
    cut_off,
    disconnect,
    empty,
    hang,
    malformed_json,
    no_choices,
    no_usage,
    raw,
    reply,
    status,
    trickle,
)
from strop.testing.models import ModelConformance

QUESTION = ModelRequest("coder", "0" * 12, 0, (("system", "Be brief."), ("user", "Why?")), 50, 0.25)


class Waits:
    """A clock and a sleep that only pretend, and remember."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def gateway(
    server: ScriptedServer,
    folder: Path,
    *,
    waits: Waits | None = None,  # None: real time
    cache: bool = False,
    tokens: int | None = None,
    **settings: float,
) -> Gateway:
    return Gateway(
        ModelSettings.model_validate(
            {"name": "openai/scripted", "api_base": server.url, "timeout_s": 100, **settings}
        ),
        ledger=Ledger(folder / "calls.jsonl", tokens=tokens),
        cache=ResponseCache(folder / "cache") if cache else None,
        clock=waits.clock if waits else time.monotonic,
        sleep=waits.sleep if waits else time.sleep,
        rng=random.Random(0),
    )


class TestGatewayConformance(ModelConformance):
    @pytest.fixture(autouse=True)
    def serve(self, tmp_path: Path) -> object:
        with ScriptedServer(default=reply("because")) as server:
            self.gateway = gateway(server, tmp_path)
            yield

    def make_model(self) -> Model:
        return self.gateway


def test_question_and_answer_arrive_whole(tmp_path: Path) -> None:
    with ScriptedServer([reply("Grüße 😀", prompt_tokens=7, completion_tokens=3)]) as server:
        answer = gateway(server, tmp_path).ask(QUESTION)
    assert (answer.text, answer.finish_reason, answer.usage) == ("Grüße 😀", "stop", Usage(7, 3, None))
    assert answer.model == "openai/scripted"
    assert not answer.cached
    sent = server.requests[0].body
    assert sent == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        "max_tokens": 50,
        "temperature": 0.25,
    }
    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_key_of_the_environment_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    with ScriptedServer([reply("yes")]) as server:
        gateway(server, tmp_path).ask(QUESTION)
    assert server.requests[0].headers["authorization"] == "Bearer sk-canary-0123456789"


def test_half_surrogate_pairs_do_no_harm(tmp_path: Path) -> None:
    body = '{"choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "stop"}]}'
    with ScriptedServer([raw(body)]) as server:
        answer = gateway(server, tmp_path).ask(replace(QUESTION, messages=(("user", "x\udc80y"),)))
    assert answer.text == "a?b"
    assert server.requests[0].body["messages"][0]["content"] == "x?y"


@pytest.mark.parametrize(
    ("behaviour", "text", "finish_reason"),
    [(empty(), "", "stop"), (cut_off("half an ans"), "half an ans", "length")],
)
def test_empty_and_cut_off_answers_are_answers(
    tmp_path: Path, behaviour: Behaviour, text: str, finish_reason: str
) -> None:
    with ScriptedServer([behaviour]) as server:
        answer = gateway(server, tmp_path).ask(QUESTION)
    assert (answer.text, answer.finish_reason) == (text, finish_reason)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"choices": [{"message": {"content": null}, "finish_reason": "content_filter"}]}', ""),
        ('{"choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"text": "b"}]}}]}', "ab"),
    ],
)
def test_refusals_and_parts_are_answers(tmp_path: Path, body: str, text: str) -> None:
    with ScriptedServer([raw(body)]) as server:
        assert gateway(server, tmp_path).ask(QUESTION).text == text


@pytest.mark.parametrize(
    "behaviour",
    [
        status(408),
        status(409),
        status(429),
        status(500),
        status(503),
        malformed_json(),
        no_choices(),
        disconnect(),
    ]
    + [raw("<html>busy</html>"), raw("[]"), raw('{"choices": [{"message": "text"}]}')],
    ids=lambda behaviour: f"{behaviour.kind}-{behaviour.code}-{behaviour.text[:12]}",
)
def test_passing_faults_are_tried_again(tmp_path: Path, behaviour: Behaviour) -> None:
    waits = Waits()
    with ScriptedServer([behaviour, behaviour, reply("at last")]) as server:
        assert gateway(server, tmp_path, waits=waits).ask(QUESTION).text == "at last"
    assert len(server.requests) == 3
    assert len(waits.slept) == 2


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (status(429), "rate limit"),
        (status(500), "server"),
        (status(504), "timeout"),
        (malformed_json(), "bad response"),
        (no_choices(), "bad response"),
        (disconnect(), "disconnect"),
    ],
)
def test_repeats_are_bounded(tmp_path: Path, behaviour: Behaviour, kind: str) -> None:
    with (
        ScriptedServer(default=behaviour) as server,
        pytest.raises(ModelError, match="after 3 tries") as caught,
    ):
        gateway(server, tmp_path, waits=Waits(), retries=2).ask(QUESTION)
    assert caught.value.kind == kind
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "kind", "remedy"),
    [
        (status(401), "auth", "OPENAI_API_KEY"),
        (status(403), "auth", "OPENAI_API_KEY"),
        (status(404), "not found", "model.name"),
        (status(400, message="the context is too long"), "bad request", "the context is too long"),
        (status(429, message="insufficient_quota"), "quota", "billing"),
    ],
)
def test_lasting_faults_are_not_tried_again(
    tmp_path: Path, behaviour: Behaviour, kind: str, remedy: str
) -> None:
    with ScriptedServer(default=behaviour) as server, pytest.raises(ModelError, match=remedy) as caught:
        gateway(server, tmp_path).ask(QUESTION)
    assert caught.value.kind == kind
    assert len(server.requests) == 1


def test_nobody_there_is_a_disconnect_that_costs_nothing(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        model = gateway(server, tmp_path, waits=Waits(), retries=1)
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        model.ask(QUESTION)
    assert caught.value.kind == "disconnect"
    assert (model.spent.calls, model.spent.tokens) == (2, 0)


@pytest.mark.parametrize("behaviour", [hang(20), trickle(20)], ids=["hang", "trickle"])
def test_deadline_holds(tmp_path: Path, behaviour: Behaviour) -> None:
    import openai  # noqa: F401  # its import is no part of the call's time

    # Where the deadline didn't hold, the answer would come after 20 s, and no error.
    with ScriptedServer(default=behaviour) as server:
        model = gateway(server, tmp_path, timeout_s=0.5)
        with pytest.raises(ModelError, match="within") as caught:
            model.ask(QUESTION)
    assert caught.value.kind == "timeout"
    assert len(server.requests) == 1
    assert model.spent.tokens > QUESTION.max_tokens
    assert model.spent.estimated


def test_retry_after_in_seconds_and_as_a_date(tmp_path: Path) -> None:
    waits = Waits()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    script = [status(429, retry_after=7), status(503, retry_after=date), reply("yes")]
    with ScriptedServer(script) as server:
        gateway(server, tmp_path, waits=waits).ask(QUESTION)
    seconds, date_seconds = waits.slept
    assert 7 <= seconds <= 7.5
    assert 20 < date_seconds <= 30.5


def test_retry_after_of_no_age_of_the_world_is_none() -> None:
    assert retry_after_seconds("Wed, 21 Oct 99999999999 07:28:00 GMT") is None
    assert retry_after_seconds("soon") is None and retry_after_seconds("nan") is None


def test_retry_after_is_capped(tmp_path: Path) -> None:
    waits = Waits()
    with ScriptedServer([status(429, retry_after=86400), reply("yes")]) as server:
        gateway(server, tmp_path, waits=waits).ask(QUESTION)
    assert waits.slept == [60]


def test_wait_beyond_the_deadline_is_not_waited(tmp_path: Path) -> None:
    waits = Waits()
    with ScriptedServer(default=status(429, retry_after=40)) as server, pytest.raises(ModelError) as caught:
        gateway(server, tmp_path, waits=waits, timeout_s=100, retries=9).ask(QUESTION)
    assert caught.value.kind == "rate limit"
    assert len(server.requests) == 3
    assert sum(waits.slept) < 100


def test_arguments_that_a_model_refuses_are_changed(tmp_path: Path) -> None:
    script = [
        status(400, message="Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        status(400, message="'temperature' does not support 0.25 with this model."),
        reply("yes"),
        reply("again"),
    ]
    with ScriptedServer(script) as server:
        model = gateway(server, tmp_path)
        assert model.ask(QUESTION).text == "yes"
        assert model.ask(QUESTION).text == "again"
    assert [sorted(r.body.keys() - {"model", "messages"}) for r in server.requests] == [
        ["max_tokens", "temperature"],
        ["max_completion_tokens", "temperature"],
        ["max_completion_tokens"],
        ["max_completion_tokens"],
    ]


def test_refused_argument_twice_is_an_error(tmp_path: Path) -> None:
    with (
        ScriptedServer(default=status(400, message="temperature, always")) as server,
        pytest.raises(ModelError),
    ):
        gateway(server, tmp_path).ask(QUESTION)
    assert len(server.requests) == 2


def test_costs_of_faults(tmp_path: Path) -> None:
    most = 50 + 2 * 8 + 3 + 2  # max_tokens, two messages, their bytes / 3
    cases: list[tuple[Behaviour, int]] = [
        (status(429), 0),
        (status(500), 0),
        (status(401), 0),
        (status(504), most),
        (disconnect(), most),
        (no_choices(), most),
    ]
    with ScriptedServer([behaviour for behaviour, _ in cases]) as server:
        model = gateway(server, tmp_path, retries=0)
        for attempt, (behaviour, tokens) in enumerate(cases):
            before = model.spent.tokens
            with pytest.raises(ModelError):
                model.ask(replace(QUESTION, attempt=attempt))
            assert model.spent.tokens - before == tokens, behaviour


def test_answer_without_usage_is_estimated(tmp_path: Path) -> None:
    with ScriptedServer([no_usage("x" * 30), reply("yes")]) as server:
        model = gateway(server, tmp_path)
        assert model.ask(QUESTION).usage == Usage(21, 10, None)
    assert model.spent.estimated
    assert model.spent.usd is None


@pytest.mark.parametrize(
    "usage", ['{"prompt_tokens": "1"}', "7", '{"prompt_tokens": 0, "completion_tokens": 0}']
)
def test_usage_that_makes_no_sense_is_estimated(tmp_path: Path, usage: str) -> None:
    body = '{"choices": [{"message": {"content": "abc"}}], "usage": ' + usage + "}"
    with ScriptedServer([raw(body)]) as server:
        assert gateway(server, tmp_path).ask(QUESTION).usage == Usage(21, 1, None)


def test_budget_holds_before_the_call(tmp_path: Path) -> None:
    with ScriptedServer(default=reply("yes", prompt_tokens=20, completion_tokens=10)) as server:
        model = gateway(server, tmp_path, tokens=100)
        model.ask(QUESTION)
        with pytest.raises(BudgetExhausted) as caught:
            model.ask(replace(QUESTION, attempt=1))
    assert caught.value.what == "tokens"
    assert len(server.requests) == 1
    assert model.spent.tokens == 30


def test_price_of_the_settings(tmp_path: Path) -> None:
    with ScriptedServer([reply("yes", prompt_tokens=1000, completion_tokens=100)]) as server:
        model = gateway(server, tmp_path, usd_per_million_input=3, usd_per_million_output=10)
        assert model.ask(QUESTION).usage.usd == pytest.approx(0.004)
    assert model.spent.usd == pytest.approx(0.004)


def test_same_question_is_paid_once(tmp_path: Path) -> None:
    with ScriptedServer([reply("first"), reply("second")]) as server:
        first = gateway(server, tmp_path, cache=True).ask(QUESTION)
        model = gateway(server, tmp_path, cache=True)
        again = model.ask(QUESTION)
        assert again == replace(first, cached=True)
        assert model.ask(replace(QUESTION, attempt=1)).text == "second"
    assert len(server.requests) == 2
    assert model.spent.calls == 2


def test_damaged_cache_file_is_asked_again(tmp_path: Path) -> None:
    with ScriptedServer([reply("first"), reply("second")]) as server:
        model = gateway(server, tmp_path, cache=True)
        model.ask(QUESTION)
        [file] = (tmp_path / "cache").iterdir()
        file.write_text('{"text": "fir', encoding="utf-8")
        assert model.ask(QUESTION).text == "second"
        assert model.ask(QUESTION).text == "second"


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 1},
        {"max_tokens": 51},
        {"temperature": 0.5},
        {"messages": (("user", "Be brief."), ("user", "Why?"))},
    ],
)
def test_cache_key_depends_on_all_that_changes_an_answer(change: dict[str, object]) -> None:
    def key(request: ModelRequest, model: str = "m", api_base: str = "b") -> str:
        return ResponseCache.key(request, model=model, api_base=api_base)

    assert key(replace(QUESTION, **change)) != key(QUESTION)  # type: ignore[arg-type]
    assert key(QUESTION, model="n") != key(QUESTION)
    assert key(QUESTION, api_base="c") != key(QUESTION)
    assert key(replace(QUESTION, agent="tuner")) == key(QUESTION)


def test_threads_share_one_gateway(tmp_path: Path) -> None:
    def echo(body: dict[str, object]) -> Behaviour:
        messages = body["messages"]
        assert isinstance(messages, list)
        return reply(messages[0]["content"], prompt_tokens=1, completion_tokens=1)

    texts: dict[int, str] = {}
    with ScriptedServer(default=echo) as server:
        model = gateway(server, tmp_path, cache=True)

        def ask(number: int) -> None:
            texts[number] = model.ask(replace(QUESTION, messages=(("user", f"n{number}"),))).text

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == {number: f"n{number}" for number in range(12)}
    assert (model.spent.calls, model.spent.tokens) == (12, 24)
    assert Ledger(tmp_path / "calls.jsonl").spent == model.spent


def test_asks_from_a_thread_with_a_running_loop(tmp_path: Path) -> None:
    import asyncio

    async def main(ask: Callable[[ModelRequest], object]) -> object:
        return ask(QUESTION)

    with ScriptedServer([reply("yes")]) as server:
        asyncio.run(main(gateway(server, tmp_path).ask))
    assert len(server.requests) == 1
