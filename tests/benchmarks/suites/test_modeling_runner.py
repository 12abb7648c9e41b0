"""The word problems outside of tasks: the reader of OptiBench's format, and the runner that asks a model."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.modeling.asking import code_of, judged
from strop.benchmarks.modeling.command import main
from strop.benchmarks.modeling.optibench import data_file, read
from strop.benchmarks.modeling.problems import Expected, direction_of, groups, own_problems
from strop.benchmarks.modeling.running import LIBRARIES, Machine
from strop.errors import ConfigError
from strop.extension import EnvironmentSpec, ExecResult, Outcome
from strop.sandbox.backends import open_backend
from strop.testing.model_server import ScriptedServer, Step, cut_off, reply, status

# --- OptiBench's format -------------------------------------------------------------------------------

CARS = (
    "A dealer sells {} cars and vans. He has 12 places and needs at least 3 vans. Maximize the total profit. "
    "Nothing else counts, as long as all is sold soon."
)


def _entry(index: int, question: str = "", **results: str) -> dict[str, Any]:
    named = {name.replace("_", " "): value for name, value in results.items()}
    return {
        "index": index,
        "type": "linear-notable",
        "question": question or CARS.format("red"),
        "results": named,
    }


def _file(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "problems.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    return file


SOUND = {"Number_of_cars": "9.0", "Number_of_vans": "3.0", "Total_Profit": "120.25"}
FAULTS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "sound": (_entry(0, **SOUND), "", True),
    "no results": (_entry(0), "results", False),
    "no number": (_entry(0, **{**SOUND, "Total_Profit": "much"}), "results", False),
    "infinite": (_entry(0, **{**SOUND, "Number_of_cars": "inf"}), "results", False),
    "no data": (_entry(0, "Maximize the profit of a car dealer.", Total_Profit="3"), "no data", False),
    "no aim": (_entry(0, "A car costs 3 dollars.", Total_Cost="3"), "no aim", True),
    "no objective": (_entry(0, Number_of_cars="9", Number_of_vans="3"), "no objective", False),
    "bound": (_entry(0, **{**SOUND, "Number_of_vans": "2.0"}), "bound", False),
    "negative": (_entry(0, **{**SOUND, "Number_of_cars": "-1"}), "out of line", False),
    "nothing gained": (_entry(0, **{**SOUND, "Total_Profit": "0.0"}), "out of line", True),
    "other names": (_entry(0, Number_of_boats="9", Number_of_sleds="3", Total_Profit="1"), "names", False),
    "no table": (_entry(0, CARS.format("red") + " See the following table.", **SOUND), "no table", True),
    "type": ({**_entry(0, **SOUND), "type": "puzzle"}, "type", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_doubtful_answers_are_reported_and_certain_faults_not_scored(fault: str, tmp_path: Path) -> None:
    entry, kind, scored = FAULTS[fault]
    (problem,) = read(_file(tmp_path, entry))
    assert [doubt.kind for doubt in problem.doubts] == ([kind] if kind else [])
    assert problem.scored == scored


def test_one_text_with_two_answers_is_not_scored_and_a_variation_is(tmp_path: Path) -> None:
    other = {**SOUND, "Total_Profit": "99"}
    same = read(_file(tmp_path, _entry(0, **SOUND), _entry(1, **other)))
    assert [(d.kind, d.certain) for one in same for d in one.doubts] == [("duplicate", True)] * 2
    varied = read(_file(tmp_path, _entry(0, **SOUND), _entry(1, CARS.format("blue"), **other)))
    assert [(d.kind, d.certain) for one in varied for d in one.doubts] == [("duplicate", False)] * 2
    assert "answers 120.25 and 99" in varied[0].doubts[0].sentence


def test_the_objective_is_compared_as_exactly_as_it_is_stored(tmp_path: Path) -> None:
    (problem,) = read(_file(tmp_path, _entry(0, Total_Profit="0.33", Number_of_cars="9")))
    assert problem.expected == Expected("Total Profit", 0.33, 0.005, "most")
    assert problem.expected.agrees(1 / 3) and not problem.expected.agrees(0.34)
    assert problem.expected.beyond(0.4) and not problem.expected.beyond(0.3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "can't be read as JSON"),
        ("{}", "not a list"),
        ("[1]", "entry 0: not an object"),
        ('[{"index": 0, "type": "x", "question": 3}]', "entry 0: question: str expected"),
        (json.dumps([_entry(4, **SOUND), _entry(4, **SOUND)]), "index 4 is there twice"),
    ],
)
def test_a_file_of_another_format_is_refused(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read(tmp_path / "file.json")


def test_files_are_looked_for_below_strop_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STROP_DATA", raising=False)
    with pytest.raises(ConfigError, match="STROP_DATA is not set"):
        data_file("OptiBench.json")
    monkeypatch.setenv("STROP_DATA", str(tmp_path))
    with pytest.raises(ConfigError, match="there is no .*optibench/OptiBench.json"):
        data_file("OptiBench.json")
    (tmp_path / "optibench").mkdir()
    file = _file(tmp_path / "optibench", _entry(0, **SOUND)).rename(tmp_path / "optibench" / "OptiBench.json")
    assert data_file("OptiBench.json") == file


DATA = Path(os.environ.get("STROP_DATA", "")) / "optibench" / "OptiBench.json"


@pytest.mark.skipif(not DATA.is_file(), reason="no problems: STROP_DATA names no folder of them")
def test_optibench_is_read_and_its_contradictions_are_found() -> None:
    problems = {problem.name: problem for problem in read(DATA)}
    assert len(problems) == 605 and sum(problem.scored for problem in problems.values()) > 580
    # At least 50 bottles must be made, 25 are; and results whose names are those of another text.
    assert [[d.kind for d in problems[n].doubts if d.certain] for n in ("141", "423")] == [
        ["bound"],
        ["names"],
    ]


# --- the runner ---------------------------------------------------------------------------------------


def test_own_problems_are_spread_over_the_groups() -> None:
    assert {problem.kind for problem in own_problems(9)} == set(groups())
    assert len({problem.text for problem in own_problems(12, seed=5, only=("linear_easy",))}) == 12
    with pytest.raises(ConfigError, match="--group cubic: unknown; known: linear_easy"):
        own_problems(1, only=("cubic",))


def test_which_way_a_question_aims() -> None:
    assert direction_of("What does the cheapest mix cost?") == "least"
    assert direction_of("How many can be reached at most?", question=True) == "most"
    assert direction_of("Maximize the profit with at least 3 vans.") == "most"
    assert direction_of("Minimize the largest wait.") == ""
    unclear = [
        problem.name for problem in own_problems(45) if problem.expected and not problem.expected.direction
    ]
    assert sorted(unclear) == ["fair_share 0", "split_queue 0"]


def test_code_is_found_in_an_answer() -> None:
    assert code_of("Here:\n```python\nprint(1)\n```\nthat is it") == "print(1)"
    assert code_of("```\nx = 1\n```\n```python\nprint(2)\n```") == "print(2)"
    assert code_of("<think>```python\nprint(1)\n```</think>print(3)") == "print(3)"
    assert (
        code_of("```python\nprint(1") is None and code_of("The answer is 3.") is None and code_of("") is None
    )


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("answer = 250.0 m^2", 250),
        ("answer = 84 (x1 = 3, x2 = 4)", 84),
        ("Answer: $1,500.50 for 12 cars", 1500.5),
        ("answer = -2.5e3\nx = 7", -2500),
        ("answer = 1\nanswer = 2 of 3", 2),
        ("3 4\nx1 = 5", 5),
        ("answer = np.float64(12.5)", 12.5),
        ("answer = [np.float64(-7.0), 3]", -7),
        ("answer = 3/4", 0.75),
        ("answer = Fraction(-3, 4)", -0.75),
        ("answer = 1/0", None),
        ("answer = x1: 5", 5),
        ("answer = 12kg", 12),
        ("answer = \N{MINUS SIGN}3.5", -3.5),
        ("answer = .5", 0.5),
        ("cost: np.float64(8.0)", 8),
    ],
)
def test_the_number_of_an_answer_is_the_one_after_its_sign(printed: str, value: float | None) -> None:
    (problem,) = own_problems(1)
    result = ExecResult(Outcome.EXITED, 0, f"{printed}\n".encode(), b"", 0.1, 0.1, 0, "runner")
    assert judged(problem, result).value == value


@pytest.mark.parametrize(
    ("printed", "kinds"),
    [
        ("upper bound = inf\nbest = None\nanswer = 1", ("wrong number", "wrong model")),
        ("gap = nan\nresult: 1", ("wrong number", "wrong model")),
        ("answer = inf", ("infeasible",)),
        ("answer = np.float64(nan)", ("infeasible",)),
        ("bound 3\nobjective = None", ("infeasible",)),
        ("Status: Infeasible\nanswer = 0.0", ("infeasible",)),
        ("answer = much", ("failed",)),
    ],
)
def test_no_solution_is_said_where_the_answer_should_stand(printed: str, kinds: tuple[str, ...]) -> None:
    (problem,) = own_problems(1)
    result = ExecResult(Outcome.EXITED, 0, f"{printed}\n".encode(), b"", 0.1, 0.1, 0, "runner")
    assert judged(problem, result).kind in kinds


def _answers() -> dict[str, tuple[Step, str]]:
    """Return an answer of each kind to a question for 120.25 at most, and what becomes of it."""

    def program(body: str) -> Step:
        return reply(f"```python\n{body}\n```")

    return {
        "0": (program("print('working')\nprint('answer = 120.25')"), "right"),
        "1": (program("print('answer = 119.5')"), "wrong number"),
        "2": (program("print('answer = 1,500.0')"), "wrong model"),
        "3": (program("print('answer = None: infeasible')"), "infeasible"),
        "4": (program("print(1)\nraise SystemExit('broken')"), "failed"),
        "5": (program("print('done')"), "failed"),
        "6": (reply("I can't."), "no code"),
        "7": (cut_off("```python\nprint((("), "cut off"),
        "8": (program("print(1)\nwhile True: pass"), "timeout"),
        "9": (reply(""), "no code"),
    }


@pytest.mark.slow  # its programs wait while anything is timed on the machine
def test_answers_are_run_and_sorted_by_what_became_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = _answers()
    entries = [_entry(int(key), CARS.format(f"no {key}"), **SOUND) for key in script]
    file = _file(tmp_path, *entries, _entry(99))

    def step(body: dict[str, Any]) -> Any:
        (key,) = re.findall(r"sells no (\d)", body["messages"][1]["content"])
        return script[key][0]

    with ScriptedServer([], default=step) as server:
        options = [
            "--source",
            "optibench",
            "--file",
            str(file),
            "--model",
            "scripted",
            "--api-base",
            server.url,
        ]
        options += [
            "--backend",
            "process",
            "--setup",
            "",
            "--timeout",
            "2",
            "--json",
            str(tmp_path / "out.json"),
        ]
        assert main(options) == 0
        asked = server.requests[0].body["messages"][1]["content"]
    assert "the value of: Total Profit" in asked and "120.25" not in asked
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {row["problem"]: row["outcome"] for row in told["asked"]} == {
        k: kind for k, (_, kind) in script.items()
    }
    assert {row["problem"]: row["printed"] for row in told["asked"]}["2"] == 1500
    assert [(s["name"], s["right"], s["count"]) for s in told["shares"]][-1] == ("all", 1, 10)
    assert told["shares"][-1]["low"] == pytest.approx(0.00253, abs=1e-4)
    assert told["shares"][-1]["high"] == pytest.approx(0.44502, abs=1e-4)
    assert [row["problem"] for row in told["skipped"]] == ["99"]
    said = capsys.readouterr().out
    assert (
        re.search(r"^all +1/10  10\.0 \[0\.3, 44\.5\]$", said, re.M) and "1 problems are not scored" in said
    )


def test_libraries_are_those_that_a_program_can_import(tmp_path: Path) -> None:
    for name in ("pulp.py", "cvxpy/__init__.py", "unused.py", "broken/sitecustomize.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit(3)\n", encoding="utf-8")  # looked for, never run
    backend = open_backend("process", report=lambda said: None)

    def libraries(path: str) -> tuple[str, ...]:
        environment = backend.prepare(EnvironmentSpec(env={"PYTHONPATH": path}))
        return Machine(backend, environment).libraries()

    here = {"pulp", "cvxpy", *libraries("")}
    assert {"pulp", "cvxpy"} - set(libraries(""))
    assert libraries(str(tmp_path)) == tuple(name for name in LIBRARIES if name in here)
    assert libraries(str(tmp_path / "broken")) == ()  # a Python that doesn't start can import nothing


def test_a_provider_that_fails_counts_for_nothing_and_a_wrong_key_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _file(tmp_path, _entry(0, **SOUND), _entry(1, CARS.format("blue"), **SOUND))
    options = ["--source", "optibench", "--file", str(file), "--model", "scripted", "--backend", "process"]
    options += ["--setup", "", "--model-timeout", "30"]
    with ScriptedServer([status(500, retry_after=90), reply("```python\nprint(120.25)\n```")]) as server:
        assert main([*options, "--api-base", server.url]) == 0
    assert re.search(r"^all +1/1  100\.0", capsys.readouterr().out, re.M)
    with ScriptedServer(default=status(401)) as server:
        assert main([*options, "--api-base", server.url]) == 2
    assert main(["--problems", "0"]) == 2 and main([]) == 2
    assert "--model or --api-base: which model" in capsys.readouterr().err


def test_doubts_of_scored_problems_are_listed_and_accuracy_is_told_without_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doubtful = _entry(1, "A car costs 3 dollars.", Total_Cost="3")
    file = _file(tmp_path, _entry(0, **SOUND), doubtful, _entry(2))
    options = ["--source", "optibench", "--file", str(file), "--model", "scripted", "--backend", "process"]
    options += ["--setup", "", "--json", str(tmp_path / "out.json")]

    def step(body: dict[str, Any]) -> Any:
        return reply("I can't." if "A car costs" in str(body) else "```python\nprint(120.25)\n```")

    with ScriptedServer([], default=step) as server:
        assert main([*options, "--api-base", server.url]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^all +1/2 +50\.0", said, re.M) and re.search(
        r"^all without doubts +1/1 +100", said, re.M
    )
    assert "1 of them are scored, although their stored answers are doubtful:\n1: no aim: " in said
    assert "0: " not in said and "2: " not in said
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["right"], one["count"]) for one in told["shares"]][-2:] == [
        ("all", 1, 2), ("all without doubts", 1, 1),
    ]  # fmt: skip
    assert [(one["problem"], one["kind"]) for one in told["doubtful"]] == [("1", "no aim")]
    assert {row["problem"]: [d["kind"] for d in row["doubts"]] for row in told["asked"]} == {
        "0": [], "1": ["no aim"],
    }  # fmt: skip
    assert [one["problem"] for one in told["skipped"]] == ["2"]


def test_what_the_budget_leaves_unasked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--problems", "2", "--group", "integer_easy", "--model", "scripted", "--backend", "process"]
    options += ["--setup", "", "--max-tokens", "400", "--tokens", "1000"]
    with ScriptedServer([reply("I can't.", prompt_tokens=900)]) as server:
        assert main([*options, "--api-base", server.url]) == 0
        (asked,) = server.requests
    assert asked.body["messages"][1]["content"].startswith(own_problems(1, only=("integer_easy",))[0].text)
    said = capsys.readouterr().out
    assert "1 problems were not asked: the budget is spent" in said and "1 no code" in said


def test_check_asks_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(tmp_path, _entry(0, **SOUND), _entry(1, CARS.format("blue")))
    assert (
        main(["--source", "optibench", "--file", str(file), "--check", "--json", str(tmp_path / "out")]) == 0
    )
    assert capsys.readouterr().out.splitlines() == [
        "1: not scored, results: no result is stored",
        "2 problems, 1 of them scored; doubts: 1 results",
    ]
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))["scored"] == 1
