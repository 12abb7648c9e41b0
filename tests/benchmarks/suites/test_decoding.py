"""The suite decoding: answers are judged by the problems, tokens by a rule of our own, and no key leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.leaderboard.tasks import files_of, load_task, tasks_folder
from strop.job import load_job

NAMES = ("arithmetic_settings", "logic_settings")
SUITE = tasks_folder() / "decoding"

each = pytest.mark.parametrize("name", NAMES)


def laid(name: str, folder: Path, side: str = "seed") -> Path:
    """Return a folder with a task's seed solution, its known good version, or `bad/...`."""
    task = load_task(SUITE / name)
    sources = task.sources()
    if side != "seed":
        sources |= {path: task.folder / side / path for path in files_of(task.folder / side)}
    for path, file in sources.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.read_bytes())
    return folder


def run(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    outer = {key: text for key, text in os.environ.items() if not key.startswith("DECODING_")}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False,
        env={**outer, "PYTHONDONTWRITEBYTECODE": "1", **env},
    )  # fmt: skip


@contextmanager
def standing_in(folder: Path) -> Iterator[str]:
    """Hold the task's stand-in; gives its address."""
    command = [sys.executable, "-B", "standin.py", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.fullmatch(r"stand-in at (http://127\.0\.0\.1:\d+/v1)\n", server.stdout.readline())
        try:
            assert found
            yield found[1]
        finally:
            server.kill()


def judged(folder: Path, seed: int = 3, split: str = "validation", **env: str) -> dict[str, float]:
    done = run(folder, "judge.py", str(seed), split, **env)
    assert done.returncode == 0, done.stderr
    assert "answered by (its own word): " in done.stdout
    return {name: float(text) for name, text in re.findall(r"^METRIC (\w+)=(\S+)$", done.stdout, re.M)}


def python(folder: Path, program: str) -> Any:
    """Return what a program in a task's folder prints as JSON."""
    done = run(folder, "-c", f"import json\n{program}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@each
def test_the_task_is_a_sound_job_and_says_that_a_stand_in_answers(name: str) -> None:
    task = load_task(SUITE / name)
    job = load_job(task.repository)
    assert (
        task.card is not None
        and "stand-in" in task.card.title
        and "no language model" in task.card.description
    )
    assert job.judges_results and job.service is not None and job.target.files == ("settings.toml",)
    for metric in job.metrics:
        assert not metric.measured
    # A knob that isn't moved leaves the file its word: both ways of changing a setting are open.
    assert {knob.env for knob in job.knobs} == {
        f"DECODING_{key}" for key in ("STEPS", "TEMPERATURE", "TOP_P", "MAX_TOKENS", "EXAMPLES", "VOTES")
    }
    numbers = [knob for knob in job.knobs if knob.name != "steps"]
    assert all(knob.default == -1 and knob.special == (-1,) for knob in numbers)
    steps = next(knob for knob in job.knobs if knob.name == "steps")
    assert steps.default == "file" and steps.choices == ("file", "none", "brief", "full")


@each
def test_the_good_settings_are_cheaper_and_right_as_often_as_asked(name: str, tmp_path: Path) -> None:
    found = {}
    with standing_in(laid(name, tmp_path / "server")) as base:
        for side in ("seed", "good"):
            folder = laid(name, tmp_path / side, side)
            done = run(folder, "run.py", "3", "test", DECODING_API_BASE=base)
            assert done.returncode == 0, done.stderr
            found[side] = judged(folder, split="test")
            first = (folder / "answer.txt").read_bytes()
            assert run(folder, "run.py", "3", "test", DECODING_API_BASE=base).returncode == 0
            assert (folder / "answer.txt").read_bytes() == first
    card, job = load_task(SUITE / name).card, load_job(SUITE / name / "repo")
    assert card is not None and job.metrics[1].limit is not None
    gain = found["seed"]["cost_per_right"] / found["good"]["cost_per_right"]
    assert gain == pytest.approx(card.best.ratio, rel=0.25)
    assert min(side["accuracy"] for side in found.values()) >= job.metrics[1].limit


@pytest.mark.slow
@each
def test_the_program_passes_its_tests_with_both_settings(name: str, tmp_path: Path) -> None:
    for side in ("seed", "good"):
        done = run(laid(name, tmp_path / side, side), "-m", "unittest", "-q")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("bad/broken", "not valid TOML"),
        ("bad/not_a_number", "temperature: nan is no number"),
        ("bad/out_of_range", "examples: -1 is outside of 0 to 8"),
    ],
)
def test_bad_settings_are_refused_before_anybody_is_asked(side: str, said: str, tmp_path: Path) -> None:
    for name in NAMES:
        done = run(
            laid(name, tmp_path / name, side), "run.py", "3", "test", DECODING_API_BASE="http://[::1]:1"
        )
        assert done.returncode == 1 and said in done.stderr
        assert not (tmp_path / name / "answer.txt").exists()


def test_the_law_of_the_stand_in_holds(tmp_path: Path) -> None:
    """Examples help, heat harms, votes help against heat, guessing is bad, what is cut off is wrong."""
    program = """
import standin, tokens
from dataclasses import replace
from problems import ANSWER, problems, worked
from settings import prompt, read
def right(**changes):
    settings, found = replace(read(), **changes), 0
    for problem in PROBLEMS:
        messages = prompt(settings, worked(), problem.question)
        told = dict(temperature=settings.temperature, top_p=settings.top_p, max_tokens=settings.max_tokens)
        said = [standin.reply_to(messages, seed=vote, **told) for vote in range(settings.votes)]
        found += tokens.elected(said, ANSWER) == problem.answer.lower()
    return found / len(PROBLEMS)
PROBLEMS = [problem for seed in range(10) for problem in problems(seed, "test")]
cold = dict(temperature=0.0, votes=1)
print(json.dumps({
    "cold": right(**cold),
    "no examples": right(**cold, examples=0),
    "guessed": right(**cold, examples=0, instruction=""),
    "hot": right(temperature=1.5, votes=1),
    "hot, nucleus": right(temperature=1.5, top_p=0.3, votes=1),
    "hot, five votes": right(temperature=1.5, votes=5),
    "cold, five votes": right(temperature=0.0, votes=5),
    "cut off": right(**cold, max_tokens=6),
    "answer alone": right(**cold, steps="none"),
    "brief": right(**cold, examples=0, instruction="", steps="brief"),
}))
"""
    found = python(laid("arithmetic_settings", tmp_path), program)
    assert found["cold"] > found["no examples"] + 0.1 > found["guessed"] + 0.3
    assert found["hot"] < found["hot, nucleus"] - 0.1 and found["hot"] < found["hot, five votes"] - 0.1
    assert found["cold"] == found["cold, five votes"] and found["cut off"] < 0.05
    # Asked for the answer alone it guesses, whatever is shown; asked for steps it is as when instructed.
    assert found["answer alone"] < found["cold"] - 0.2 and found["brief"] == found["no examples"]


def test_tokens_and_answers_are_read_by_rule(tmp_path: Path) -> None:
    program = """
import tokens
from problems import ANSWER
texts = ("", "four", "fives", "12 + 7 = 19.", "a_b", "\\u4f60\\u597d\\u4f60\\u597d")
print(json.dumps([
    [tokens.count(text) for text in texts],
    [tokens.cut("one two, three", most) for most in (0, 2, 3, 99)],
    tokens.elected(["Answer: Ana", "Answer: Ben", "none", "Answer: Ben"], ANSWER),
    tokens.elected(["Answer: Ana", "Answer: Ben"], ANSWER),
    tokens.cost(["four", "four"], "four"),
]))
"""
    counted, cuts, most, first, cost = python(laid("logic_settings", tmp_path), program)
    assert counted == [0, 1, 2, 6, 3, 4]
    assert cuts == ["", "one two", "one two, ", "one two, three"]
    assert (most, first, cost) == ("ben", "ana", 2 * (4 + 1) + 4 * 1)


SAID = {
    "arithmetic_settings": {
        "Answer: 1,204.": "1204",
        "the answer is -7": "-7",
        "Answer: 3. No, answer: 4": "4",
        "42": None,
        "Answer: 42 (answer checked)": "42",
        "Answer: 42\nI hope this answers your question about the 3 steps.": "42",
        "Answer: \\boxed{42}": "42",
        "**Answer:**\n\n$$\\boxed{42}$$": "42",
        "_Answer_: 42": "42",
        "Answer: The result is 42.": "42",
        "Answer: \N{MINUS SIGN}12": "-12",
        "Answer: x2": None,
        "Answer: 42.0": "42",
        "Answer: 42.5": None,
        "Answer: none\nStep 3": None,
    },
    "logic_settings": {
        "**Answer:** Ana": "ana",
        "Answer: Ana\nI hope this answers your question.": "ana",
        "Answer: The tallest is Ana.": "ana",
        "answer: _BEN_": "ben",
        "Answer: Anabel": None,
    },
}


@each
def test_an_answer_is_of_the_form_that_the_problems_have(name: str, tmp_path: Path) -> None:
    program = f"""
import tokens
from problems import ANSWER
print(json.dumps([tokens.answer_in(text, ANSWER) for text in {list(SAID[name])!r}]))
"""
    found = python(laid(name, tmp_path), program)
    assert dict(zip(SAID[name], found, strict=True)) == SAID[name]


def sound(folder: Path, seed: int = 3) -> list[dict[str, Any]]:
    """Return rows in which all is right, with one short reply each."""
    program = f"from problems import problems\nprint(json.dumps(problems({seed}, 'validation')))"
    return [
        {
            "prompt": [question],
            "replies": [f"Answer: {answer}"],
            "thoughts": [""],
            "usage": [None],
            "model": "none",
        }
        for question, answer in python(folder, program)
    ]


def test_what_is_right_is_counted_and_costs_what_it_is_long(tmp_path: Path) -> None:
    folder = laid("arithmetic_settings", tmp_path)
    rows = sound(folder)
    write(folder, rows)
    found = judged(folder)
    assert found["accuracy"] == 1
    rows[0]["replies"] = ["Answer: 0"]
    write(folder, rows)
    assert judged(folder)["accuracy"] == pytest.approx(29 / 30, abs=1e-6)
    cheaper = judged(folder)["cost_per_right"]
    rows[0]["thoughts"] = ["one two"]
    write(folder, rows)
    assert judged(folder)["cost_per_right"] == pytest.approx(cheaper + 4 * 2 / 29, abs=2e-6)
    for row in rows:
        row["replies"] = ["no idea"]
    write(folder, rows)
    none = judged(folder)
    assert none["accuracy"] == 0 and none["cost_per_right"] > 40 * found["cost_per_right"]


def write(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "answer.txt").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_hostile_answers_are_refused_with_a_reason(tmp_path: Path) -> None:
    folder = laid("arithmetic_settings", tmp_path)
    rows = sound(folder)
    texts = {
        "expected": "{}\n" * 30,
        "rows; 30 are expected": "{}\n" * 31,
        "not JSON": "[" * 100_000 + "\n" * 30,
        "is no number": '{"usage": NaN}\n' * 30,
    }
    changes: dict[str, dict[str, Any]] = {
        "doesn't end with": {"prompt": ["an easier question"]},
        "a list of 1 to 9": {"replies": ["Answer: 1"] * 10, "usage": [None] * 10},
        "2 thoughts of 1 replies": {"thoughts": ["", ""]},
        "at most 20000 characters": {"replies": ["x" * 20_001]},
        "0 usages of 1 replies": {"usage": []},
        "model is a text": {"model": 3},
        "is no number that belongs": {"usage": [[10**400, 1]]},
        "an object with": {"METRIC": 1},
    }
    for said, change in changes.items():
        texts[said] = "".join(json.dumps(row) + "\n" for row in [rows[0] | change, *rows[1:]])
    for said, text in texts.items():
        (folder / "answer.txt").write_text(text, encoding="utf-8")
        done = run(folder, "judge.py", "3", "validation")
        assert done.returncode == 1 and "METRIC" not in done.stdout
        assert done.stderr.startswith("refused: ") and said in done.stderr and len(done.stderr) < 500


class _Model(BaseHTTPRequestHandler):
    """A server that keeps what it was sent, and states no usage."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((dict(self.headers), body))  # type: ignore[attr-defined]
        bad = body["model"] == "missing"
        # Votes differ in how they think, and in how the server calls it.
        thought = ({"reasoning_content": "a b c"}, {"reasoning": "a b c", "reasoning_content": ""}, {})
        message = {"content": "Answer: 5"} | thought[body["seed"] - 1]
        answer = {"choices": [{"message": message}], "model": "another"}
        data = json.dumps({"error": "no such model"} if bad else answer).encode()
        self.send_response(404 if bad else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def test_another_model_is_asked_with_the_settings_and_without_any_key(tmp_path: Path) -> None:
    folder = laid("arithmetic_settings", tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Model)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        env = {
            "DECODING_API_BASE": f"http://127.0.0.1:{server.server_address[1]}/v1/",
            "DECODING_MODEL": "small",
            "DECODING_PROBLEMS": "4",
            "DECODING_VOTES": "3",
            "DECODING_TEMPERATURE": "0.25",
            "DECODING_STEPS": "brief",
        }
        done = run(folder, "run.py", "3", "validation", OPENAI_API_KEY="secret-1234", **env)
        assert done.returncode == 0, done.stderr
        wrong = run(folder, "run.py", "3", "validation", **{**env, "DECODING_MODEL": "missing"})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert wrong.returncode == 1 and "404" in wrong.stderr and "no such model" in wrong.stderr
    seen = [(headers, body) for headers, body in server.seen if body["model"] == "small"]  # type: ignore[attr-defined]
    assert sorted(body["seed"] for _, body in seen) == [1] * 4 + [2] * 4 + [3] * 4
    assert {body["temperature"] for _, body in seen} == {0.25}
    assert all("brief lines" in body["messages"][0]["content"] for _, body in seen)
    assert "secret-1234" not in repr(seen) and not any("Authorization" in headers for headers, _ in seen)
    rows = [json.loads(line) for line in (folder / "answer.txt").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 4 and {row["model"] for row in rows} == {"another"}
    assert all(row["thoughts"] == ["a b c", "a b c", ""] for row in rows)
    told = run(folder, "judge.py", "3", "validation", DECODING_PROBLEMS="4")
    assert told.returncode == 0 and "'another'" in told.stdout and "not stated" in told.stdout
