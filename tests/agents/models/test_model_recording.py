"""Recordings: what is written, what is answered from them, what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from strop.agents.models.recording import FORMAT, Recorder, Replay
from strop.errors import ConfigError, ModelError
from strop.extension import Model, ModelReply, ModelRequest, Usage
from strop.testing.models import ModelConformance

QUESTION = ModelRequest("coder", "abc", 0, (("system", "Be brief."), ("user", "Why?")))
REPLY = ModelReply("because", "stop", Usage(10, 2, 0.5), "m", 1.5)


def record(file: Path) -> None:
    recorder = Recorder(file, model="m", note="for a test")
    recorder.reply(QUESTION, REPLY)
    recorder.error(replace(QUESTION, attempt=1), ModelError("no answer", kind="timeout"))


class TestReplayConformance(ModelConformance):
    @pytest.fixture(autouse=True)
    def recorded(self, tmp_path: Path) -> None:
        self.file = tmp_path / "r.jsonl"
        recorder = Recorder(self.file, model="m")
        for attempt in range(4):
            recorder.reply(replace(self.question(), attempt=attempt), REPLY)

    def make_model(self) -> Model:
        return Replay(self.file, strict=True)


def test_recording_holds_all(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    header, answer, error = map(json.loads, (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines())
    assert (header["format"], header["model"], header["note"]) == (FORMAT, "m", "for a test")
    assert answer["messages"] == [["system", "Be brief."], ["user", "Why?"]]
    assert answer["reply"]["usage"] == {"prompt_tokens": 10, "completion_tokens": 2, "usd": 0.5}
    assert len(answer["prompt_sha256"]) == 64
    assert error["error"] == {"kind": "timeout", "message": "no answer"}


def test_replay_answers_and_raises_as_recorded(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    replay = Replay(tmp_path / "r.jsonl")
    assert replay.ask(QUESTION) == replace(REPLY, cached=True)
    assert replay.ask(QUESTION) == replace(REPLY, cached=True)
    for _ in range(2):
        with pytest.raises(ModelError, match="^no answer$") as caught:
            replay.ask(replace(QUESTION, attempt=1))
        assert caught.value.kind == "timeout"
    assert replay.name.startswith("m (recorded 2")
    assert (replay.spent.calls, replay.spent.usd) == (0, 0.0)
    assert replay.warnings == []


@pytest.mark.parametrize(
    ("change", "strict"), [({"agent": "tuner"}, False), ({"parent": "xyz"}, True), ({"attempt": 2}, True)]
)
def test_exhausted_recording(tmp_path: Path, change: dict[str, object], strict: bool) -> None:
    record(tmp_path / "r.jsonl")
    with pytest.raises(ModelError) as caught:
        Replay(tmp_path / "r.jsonl", strict=strict).ask(replace(QUESTION, **change))  # type: ignore[arg-type]
    assert caught.value.kind == "recording exhausted"


def test_questions_of_other_parents_get_what_nobody_asked_for_yet(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.jsonl", model="m")
    for parent, text in (("abc", "first"), ("def", "second"), ("ghi", "third")):
        recorder.reply(replace(QUESTION, parent=parent), replace(REPLY, text=text))
    replay = Replay(tmp_path / "r.jsonl")
    asked = ["abc", "other", "other", "def", "more", "ghi"]
    said = [replay.ask(replace(QUESTION, parent=parent)).text for parent in asked]
    assert said == ["first", "second", "second", "second", "third", "third"]
    assert len(replay.warnings) == 2
    assert "parent 'other', attempt 0; takes that for parent 'def', attempt 0" in replay.warnings[0]
    with pytest.raises(ModelError, match="has no answer for agent 'coder', parent 'last'") as caught:
        replay.ask(replace(QUESTION, parent="last"))
    assert caught.value.kind == "recording exhausted"


def test_other_prompt_warns_once_per_question(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    heard: list[str] = []
    replay = Replay(tmp_path / "r.jsonl", on_warning=heard.append)
    other = replace(QUESTION, messages=(("user", "What for?"),))
    assert replay.ask(other).text == "because"
    assert replay.ask(other).text == "because"
    assert len(replay.warnings) == 1
    assert "agent 'coder', parent 'abc', attempt 0" in replay.warnings[0]
    assert heard == replay.warnings


def test_strict_replay_demands_the_prompt(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    replay = Replay(tmp_path / "r.jsonl", strict=True)
    assert replay.ask(QUESTION).text == "because"
    with pytest.raises(ModelError) as caught:
        replay.ask(replace(QUESTION, messages=(("user", "What for?"),)))
    assert caught.value.kind == "recording differs"


def test_missing_recording(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.jsonl: .*No such file"):
        Replay(tmp_path / "nothing.jsonl")


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("{broken", 4),
        ("[1]", 4),
        ('{"agent": "a"}', 4),
        ('{"agent": "a", "parent": "b", "attempt": 0, "prompt_sha256": "", "reply": {"text": 1}}', 4),
    ],
)
def test_damaged_recording_names_the_line(tmp_path: Path, line: str, number: int) -> None:
    record(tmp_path / "r.jsonl")
    with (tmp_path / "r.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    with pytest.raises(ConfigError, match=rf"r\.jsonl:{number}: "):
        Replay(tmp_path / "r.jsonl")


@pytest.mark.parametrize("content", ["", "{}\n", '{"format": "strop-recording/2"}\n'])
def test_other_file_is_no_recording(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"r\.jsonl:1: is no recording"):
        Replay(tmp_path / "r.jsonl")


def test_torn_last_line_is_left_out_with_a_warning(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    content = (tmp_path / "r.jsonl").read_bytes()
    (tmp_path / "r.jsonl").write_bytes(content[:-10])
    replay = Replay(tmp_path / "r.jsonl")
    assert replay.ask(QUESTION).text == "because"
    assert len(replay.warnings) == 1


def test_study_that_goes_on_goes_on_recording(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    record(file)
    recorder = Recorder(file, model="m", resume=True)
    recorder.reply(QUESTION, replace(REPLY, cached=True))  # asked again after the crash: from the cache
    recorder.reply(replace(QUESTION, attempt=1), REPLY)  # failed before the crash, not after it
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4
    assert Replay(file).ask(replace(QUESTION, attempt=1)).text == "because"


def test_answer_from_the_cache_is_recorded_where_the_recording_has_none(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    Recorder(file, model="m").reply(QUESTION, replace(REPLY, cached=True))
    assert Replay(file).ask(QUESTION).text == "because"


def test_recording_of_another_study_is_not_overwritten(tmp_path: Path) -> None:
    record(tmp_path / "r.jsonl")
    with pytest.raises(ConfigError, match="another study"):
        Recorder(tmp_path / "r.jsonl", model="m")
    with pytest.raises(ConfigError, match="recording of 'm'"):
        Recorder(tmp_path / "r.jsonl", model="other", resume=True)
    (tmp_path / "data.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="is no recording"):
        Recorder(tmp_path / "data.jsonl", model="m")
