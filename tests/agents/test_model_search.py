"""Models that propose values: what is understood of an answer, and their share of the turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from strop.agents.asking import Asker
from strop.agents.attempts import Attempts
from strop.agents.optimizers.knob_search import KnobSearch
from strop.agents.optimizers.registry import open_optimizer
from strop.agents.view import View
from strop.benchmarks.tuning.hybrid import ARMS, follow_names, main, make_task, to_target
from strop.constraint import parse_constraint
from strop.errors import BudgetExhausted
from strop.job import Knob, ModelSettings, load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.models import ScriptedModel
from strop.testing.repositories import JOB, make_repository
from strop.tuning import GpSearch, HybridSearch, ModelSearch, RandomSearch, Space, Subject

SIZE = Knob(name="size", type="int", low=1, high=100, default=10, doc="of a block", unit="kB")
MODE = Knob(name="mode", type="categorical", choices=("fast", "safe"), default="safe")
SPACE = Space((SIZE, MODE))


class Answers:
    """Gives its answers in order, then the last one for ever; keeps the prompts."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, messages: Sequence[tuple[str, str]]) -> str | None:
        self.prompts.append(messages[-1][1])
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_names_docs_and_history_go_in_and_values_come_out() -> None:
    model = Answers('Larger blocks.\n{"size": 40, "mode": "fast"}')
    search = ModelSearch(SPACE, model, Subject(goal="Be quick.", metric="seconds"))
    search.tell({"size": 10, "mode": "safe"}, 2.5)
    search.tell({"size": 1, "mode": "safe"}, None)
    assert search.ask() == {"size": 40, "mode": "fast"}
    prompt = model.prompts[0]
    for words in (
        "Be quick.",
        "size (int 1..100 kB), default 10: of a block",
        "mode=safe -> 2.5",
        "-> failed",
    ):
        assert words in prompt, prompt


@pytest.mark.parametrize(
    ("answer", "point"),
    [
        ('{"size": 500}', {"size": 100, "mode": "safe"}),  # corrected, and the rest as in the best
        ('{"size": "30", "mode": "FAST"}', {"size": 30, "mode": "fast"}),
        ("no idea", None),
        ("", None),
        (None, None),
        ('{"colour": 1}', None),
        ('{"size": 10, "mode": "safe"}', None),  # is known
    ],
)
def test_an_answer_is_corrected_or_asked_again(answer: str | None, point: dict[str, object] | None) -> None:
    search = ModelSearch(SPACE, Answers(answer))
    search.tell({"size": 10, "mode": "safe"}, 1.0)
    assert search.ask() == point
    assert search.asked == (1 if point else 2) and (search.problems or point)


def test_a_useless_model_is_given_up_and_a_spent_budget_ends_it() -> None:
    search = ModelSearch(SPACE, Answers("nothing"))
    assert [search.ask() for _ in range(6)] == [None] * 6
    assert search.asked == 6 and not search.usable

    def broke(messages: Sequence[tuple[str, str]]) -> str:
        raise BudgetExhausted("2 USD are spent", what="usd")

    search = ModelSearch(SPACE, broke)
    assert search.ask() is None and not search.usable and search.problems == ["2 USD are spent"]


def test_the_control_arm_hides_the_names() -> None:
    model = Answers('{"x1": 7, "x2": "fast"}')
    search = ModelSearch(SPACE, model, Subject(anonymous=True))
    assert search.ask() == {"size": 7, "mode": "fast"}
    assert "size" not in model.prompts[0] and "of a block" not in model.prompts[0]
    tied = SPACE.knobs[0].model_copy(update={"only_if": {"mode": ("fast",)}})
    space = Space((tied, SPACE.knobs[1]), (parse_constraint("size > 3 or mode == 'safe'", ["size", "mode"]),))
    model = Answers('{"x1": 2, "x2": "fast"}', '{"x1": 9, "x2": "fast"}')
    subject = Subject(anonymous=True, hot=({"fn": "a.py:resize", "self_pct": 70},))
    assert ModelSearch(space, model, subject).ask() == {"size": 9, "mode": "fast"}
    assert "x1 > 3 or x2 == 'safe'" in model.prompts[0] and "only where x2 is fast" in model.prompts[0]
    assert not any(word in prompt for prompt in model.prompts for word in ("size", "mode"))


def test_a_model_sees_what_the_sampler_expects_and_where_time_goes() -> None:
    model = Answers('{"size": 7, "mode": "fast"}')
    hot = ({"fn": "a.py:work", "self_pct": 70},)
    search = HybridSearch(GpSearch(SPACE, seed=1, startup=2), ModelSearch(SPACE, model, Subject(hot=hot)))
    untouched = GpSearch(SPACE, seed=1, startup=2)
    for size, cost in ((10, 1.0), (20, 4.0), (90, 9.0)):
        for one in (search, untouched):
            one.tell({"size": size, "mode": "safe"}, cost)
    assert search.ask() == {"size": 7, "mode": "fast"}
    assert "A statistical model" in model.prompts[0] and " ± " in model.prompts[0]
    assert "a.py:work 70 %" in model.prompts[0]
    untouched.note({"size": 7, "mode": "fast"})
    assert search.ask() == untouched.ask()  # that it was asked changes nothing


def test_a_model_that_does_not_pay_gets_few_turns() -> None:
    numbers = iter(range(1, 90))
    bad = ModelSearch(SPACE, lambda _: json.dumps({"size": 100 - next(numbers) // 2, "mode": "fast"}))
    search = HybridSearch(RandomSearch(SPACE, seed=1), bad)
    for _ in range(40):
        point = search.ask()
        assert point is not None
        search.tell(point, float(str(point["size"])) + (point["mode"] == "fast"))
    assert 1 <= search.model_turns <= 4
    falling = iter(range(60, 0, -1))
    good = ModelSearch(SPACE, lambda _: json.dumps({"size": next(falling), "mode": "safe"}))
    search = HybridSearch(RandomSearch(SPACE, seed=1), good)
    search.tell(SPACE.defaults, 100.0)
    for turn in range(30):
        before = search.model_turns
        point = search.ask()
        assert point is not None
        search.tell(point, 99.0 - turn if search.model_turns > before else 100.0)
    assert 6 < search.model_turns <= 10


def test_names_that_are_right_save_evaluations() -> None:
    tasks = [(seed, make_task(seed)) for seed in range(0, 12, 2)]  # right names
    with_names = sum(to_target(task, ARMS["hybrid, names"](task, seed), seed) for seed, task in tasks)
    without = sum(to_target(task, ARMS["gp"](task, seed), seed) for seed, task in tasks)
    assert with_names < without
    hidden = ModelSearch(tasks[0][1].space, follow_names(0), Subject(anonymous=True))
    first = hidden.ask()
    assert first is not None and all(
        int(str(value)) <= 3 for value in first.values()
    )  # no name ends in _high


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2"]) == 0
    assert "hybrid, always bad  all" in capsys.readouterr().out


def test_in_a_job_the_study_s_model_is_asked(tmp_path: Path) -> None:
    knob = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
    repository = make_repository(tmp_path / "r", job=JOB + knob)
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)
    model = ScriptedModel(['{"SIZE": 77}'])
    asker = Asker(model, ModelSettings(), Attempts(study.folder))
    first, second = KnobSearch("hybrid", view, asker=asker).ask(2)
    assert first.values == {"SIZE": 77} and first.author == "hybrid" and second.values != first.values
    assert len(model.requests) == 1 and model.requests[0].agent == "tuner"
    assert KnobSearch("hybrid", view).ask(1)  # without a model, the sampler alone
    far = Asker(ScriptedModel(['{"SIZE": 640}']), ModelSettings(), Attempts(study.folder))
    (moved,) = KnobSearch("hybrid", view, asker=far).ask(1)
    assert (
        moved.values == {"SIZE": 100} and "SIZE: 640 is outside 1..100; 100 in its place" in moved.rationale
    )


def test_in_a_job_what_a_model_said_in_vain_is_kept(tmp_path: Path) -> None:
    knob = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
    repository = make_repository(tmp_path / "r", job=JOB + knob)
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)
    asker = Asker(ScriptedModel(['{"LENGTH": 7}', "no idea"]), ModelSettings(), Attempts(study.folder))
    search = KnobSearch("hybrid", view, asker=asker)
    assert search.ask(1)
    kept = [attempt.sentence for attempt in Attempts(study.folder).all() if attempt.outcome == "unusable"]
    assert kept == ["unknown settings LENGTH; known: SIZE", "no JSON object in the answer"]
    assert search.ask(1)
    assert len([a for a in Attempts(study.folder).all() if a.outcome == "unusable"]) == 2  # each once


def test_without_a_model_a_sampler_stands_in_under_its_own_name(tmp_path: Path) -> None:
    knob = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
    repository = make_repository(tmp_path / "r", job=JOB + knob)
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)
    told: list[str] = []
    found = open_optimizer(("llm", "llambo"), view, None, lambda event: told.append(str(event.data["text"])))
    assert [member.name for member in found.members] == ["gp"]
    assert told == ["llm without a model: gp stands in for it", "llambo without a model: gp stands in for it"]


@pytest.mark.parametrize("name", ["llm", "llambo", "warmstart", "warmstart-buckets"])
def test_every_search_by_a_model_works_in_a_job(tmp_path: Path, name: str) -> None:
    knob = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
    repository = make_repository(tmp_path / "r", job=JOB + knob)
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)
    model = ScriptedModel(['[{"SIZE": 71}, {"SIZE": "very high"}]'] * 9)
    asker = Asker(model, ModelSettings(), Attempts(study.folder))
    (first,) = KnobSearch(name, view, asker=asker).ask(1)
    assert first.author == name and first.values["SIZE"] == 71 and model.requests
    if name.startswith("warmstart"):  # a new process has the same points, and pays for none
        silent = ScriptedModel([])
        again = KnobSearch(name, view, asker=Asker(silent, ModelSettings(), Attempts(study.folder)))
        assert again.ask(1)[0].values == first.values and not silent.requests
