"""The arms that use a model: what each asks, what it makes of the outcome, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import strop
from strop.agents.asking import Asker
from strop.agents.attempts import Attempt, Attempts
from strop.agents.optimizers.arms.opening import ARMS
from strop.agents.optimizers.registry import NAMES, Searchers, draws_on_agents, open_optimizer
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import BudgetExhausted, ConfigError, ModelError
from strop.events import Event, silent
from strop.extension import Optimizer
from strop.job import load_job
from strop.running import RunOptions, run_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.model_server import ScriptedServer, reply
from strop.testing.models import Answer, ScriptedModel
from strop.testing.optimizers import OptimizerConformance
from strop.testing.repositories import FAST, JOB, SLOW, make_repository
from strop.trial import Comparison, StageResult, Trial, TrialState, Verdict

HOT = {"hot": [{"fn": "numbers_shared.py:shared", "self_pct": 90.0, "cum_pct": 95.0, "lines": []}]}
REFUSED = "numbers_shared.py: syntax error in line 3"


def code(text: str, why: str = "It does less.") -> str:
    return f"{why}\n\nnumbers_shared.py\n```python\n{text}```\n"


def variant(number: int) -> str:
    return SLOW.replace("    found = []\n", f"    found = []\n    extra{number} = len(left)\n")


def idea(number: int) -> str:
    return code(variant(number), f"Idea {number} does less.")


def trial_of(candidate: Candidate, number: int, ratio: float | None) -> Trial:
    """Return a measured trial, one whose tests failed where `ratio` is None."""
    stages = [StageResult(name, True, 0.1, "ok") for name in ("apply", "test", "measure")]
    if ratio is None:
        stages[1:] = [StageResult("test", False, 0.1, "1 of 2 tests failed")]
        said = 'File "numbers_shared.py", line 8, in shared\nAssertionError: [3] != [3, 2]'
        return Trial(
            number, candidate.id, candidate.author, TrialState.FAILED, stage="test",
            reason="1 of 2 tests failed", feedback=said, stages=tuple(stages),
        )  # fmt: skip
    verdict = Verdict.PROMISING if ratio > 1.05 else Verdict.UNDECIDED
    found = Comparison("wall_time", ratio, ratio / 1.02, ratio * 1.02, 5, "measured")
    return Trial(
        number, candidate.id, candidate.author, TrialState.COMPLETE, stages=tuple(stages), verdict=verdict,
        comparisons=(found,), profile=HOT,
    )  # fmt: skip


class Desk:
    """A study with one arm: proposals are kept and told as the graph does it."""

    def __init__(self, folder: Path, name: str, *answers: Answer, default: Answer | None = None) -> None:
        root = make_repository(folder / name)
        self.study = Study.create(root, load_job(root))
        job = self.study.job
        snapshot = Snapshot.take(root, self.study.folder, job.target)
        self.view = View(job, snapshot, self.study, HOT, ("a hypothesis",), ["a lesson of others"])
        self.study.finish(trial_of(BASELINE, self.study.begin(BASELINE).number, 1.0))
        self.model = ScriptedModel(answers, default=default)
        self.attempts = Attempts(self.study.folder)
        self.notes: list[str] = []
        self.arm = self.open(name)

    def open(self, name: str) -> Optimizer:
        asker = Asker(self.model, self.view.job.model, self.attempts)
        (member,) = open_optimizer([name], self.view, asker, self._listen).members
        return member

    def _listen(self, event: Event) -> None:
        if event.kind == "note":
            self.notes.append(str(event.data["text"]))

    def propose(self) -> Candidate | None:
        for candidate in self.arm.ask(1):
            self.study.add(candidate, self.view.snapshot.texts)
            return candidate
        return None

    def evaluate(self, ratio: float | None) -> Candidate:
        candidate = self.propose()
        assert candidate is not None
        number = self.study.begin(candidate).number
        trial = trial_of(candidate, number, ratio)
        self.study.finish(trial)
        self.arm.tell(trial)
        return candidate

    def refuse(self, candidate: Candidate, sentence: str) -> None:
        self.attempts.add(
            Attempt(candidate.author, candidate.parents[0], -1, "refused", sentence, candidate.id)
        )
        self.arm.tell(
            Trial(
                -1, candidate.id, candidate.author, TrialState.FAILED, stage="screen", reason=sentence,
                feedback=sentence,
            )
        )  # fmt: skip

    def go_on(self, name: str) -> None:
        """Begin a new process with the same study."""
        self.attempts = Attempts(self.study.folder)
        self.arm = self.open(name)
        for trial in self.view.trials():
            self.arm.tell(trial)

    def prompt(self, number: int = -1) -> str:
        return self.model.requests[number].messages[1][1]


Open = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Open:
    return lambda name, *answers, **more: Desk(tmp_path, name, *answers, **more)


# --- names, models ---------------------------------------------------------------------------------


def test_arms_are_optimizers_by_name_and_stand_alone(desk: Open) -> None:
    assert set(ARMS) <= set(NAMES)
    for name in ARMS:
        assert desk(name, default=idea(1)).arm.name == name  # no literals, no agents beside
    assert not draws_on_agents(ARMS) and draws_on_agents(["agents"]) and draws_on_agents([*ARMS, "mine:Own"])
    assert not draws_on_agents(["rules", "gp", "llm"])  # who reads no lessons pays for none


@pytest.mark.parametrize("name", ARMS)
def test_without_a_model_an_arm_is_refused_before_anything_starts(tmp_path: Path, name: str) -> None:
    repository = make_repository(tmp_path / "r")
    message = f"optimizer {name} needs a model: give --model NAME"
    with pytest.raises(ConfigError, match=message):
        strop.optimize(repository, optimizers=[name])
    assert not (repository / ".strop" / "studies").exists()
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)
    with pytest.raises(ConfigError, match=message):
        open_optimizer([name], view, None, silent, Searchers())


def test_an_arm_is_no_baseline_optimizer(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    with pytest.raises(ConfigError, match="baseline: evolution needs a model, and the optimizer beside"):
        run_job(repository, load_job(repository), RunOptions(baseline="evolution"))


class _Conforms(OptimizerConformance):
    name: str
    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_optimizer(self) -> Optimizer:
        numbers = iter(range(1, 200))
        # Every second answer is the one before it again: a repeat is no candidate.
        desk = Desk(self.folder, self.name, default=lambda request: idea(next(numbers) // 2))
        ask = desk.arm.ask

        def asked(count: int) -> list[Candidate]:
            found = ask(count)
            for candidate in found:
                desk.study.add(candidate, desk.view.snapshot.texts)
            return found

        desk.arm.ask = asked  # type: ignore[method-assign]
        return desk.arm


class TestZeroShot(_Conforms):
    name = "zero-shot"


class TestBestOfN(_Conforms):
    name = "best-of-n"


class TestSequential(_Conforms):
    name = "sequential"


class TestEvolution(_Conforms):
    name = "evolution"


class TestOpto(_Conforms):
    name = "opto"


# --- zero-shot, best-of-n --------------------------------------------------------------------------


def test_zero_shot_asks_once_greedily_and_without_history(desk: Open) -> None:
    found = desk("zero-shot", code(FAST), default=idea(2))
    candidate = found.evaluate(1.4)
    assert candidate.author == "zero-shot" and candidate.parents == (BASELINE.id,)
    assert found.propose() is None and len(found.model.requests) == 1
    assert found.model.requests[0].temperature == 0
    assert "hypothesis" not in found.prompt() and "lesson" not in found.prompt()
    assert "numbers_shared.py:shared: 90.0 % / 95.0 %" in found.prompt()
    found.go_on("zero-shot")
    assert found.propose() is None
    (attempt,) = found.attempts.all()
    assert attempt.prompt.startswith("coder/system@") and "coder/task@" in attempt.prompt


def test_zero_shot_takes_an_unusable_answer_for_its_answer_but_not_an_error(desk: Open) -> None:
    found = desk("zero-shot", ModelError("away", kind="timeout"), "no code", idea(2))
    assert found.propose() is None
    assert [attempt.outcome for attempt in found.attempts.all()] == ["no answer", "unusable"]
    assert found.propose() is None and len(found.model.requests) == 2


def test_best_of_n_asks_the_same_each_time_and_keeps_what_is_new(desk: Open) -> None:
    repeat = code(variant(1).replace("    found", "    # again\n    found", 1))
    found = desk("best-of-n", idea(1), repeat, "nothing", idea(2), code(FAST))
    candidates = [found.evaluate(ratio) for ratio in (1.1, None, 1.4)]
    assert [one.parents for one in candidates] == [(BASELINE.id,)] * 3
    assert {request.messages for request in found.model.requests} == {found.model.requests[0].messages}
    assert {request.temperature for request in found.model.requests} == {0.8}
    assert [request.attempt for request in found.model.requests] == [0, 1, 2, 3, 4]
    sentences = [attempt.sentence for attempt in found.attempts.all() if attempt.outcome == "unusable"]
    assert "but for comments, docstrings or formatting" in sentences[0] and len(sentences) == 2


def test_best_of_n_fills_free_places_and_ends_where_nothing_new_comes(desk: Open) -> None:
    found = desk("best-of-n", idea(1), idea(2), idea(3), default=idea(3))
    assert len(found.arm.ask(3)) == 3
    assert found.arm.ask(1) == [] and len(found.model.requests) == 3 + 25
    assert found.arm.ask(1) == [] and len(found.model.requests) == 3 + 25


# --- sequential ------------------------------------------------------------------------------------


def test_sequential_builds_on_the_best_with_the_whole_history(desk: Open) -> None:
    found = desk("sequential", *(idea(number) for number in range(1, 9)))
    first = found.evaluate(1.2)
    assert "All that was tried" not in found.prompt()
    assert found.evaluate(1.4).parents == (first.id,)
    best = found.view.champion()
    assert found.evaluate(1.1).parents == (best.id,)
    assert found.evaluate(1.02).parents == (best.id,)
    assert "1. Idea 1 does less. -> 1.20 times the baseline" in found.prompt()
    assert "3. Idea 3 does less. -> 1.10 times the baseline" in found.prompt()
    assert "the best try so far (1.40 times the baseline)" in found.prompt()
    assert "hypothesis" not in found.prompt() and "lesson of others" not in found.prompt()
    assert "arms/sequential@" in found.attempts.all()[-1].prompt


def test_sequential_mends_what_failed_and_gives_it_up_after_the_third_failure(desk: Open) -> None:
    found = desk("sequential", *(idea(number) for number in range(1, 9)))
    best = found.evaluate(1.3)
    failed = [found.evaluate(None) for _ in range(3)]
    assert [one.parents for one in failed] == [(best.id,), (failed[0].id,), (failed[1].id,)]
    assert "AssertionError: [3] != [3, 2]" in found.prompt() and "extra3" in found.prompt()
    assert found.evaluate(1.1).parents == (best.id,)
    assert (
        "AssertionError" not in found.prompt() and "-> failed at test: 1 of 2 tests failed" in found.prompt()
    )


def test_sequential_is_one_chain_and_waits_for_its_last_link(desk: Open) -> None:
    found = desk("sequential", idea(1), idea(2))
    assert len(found.arm.ask(5)) == 1
    assert found.arm.ask(1) == [] and len(found.model.requests) == 1


def test_sequential_without_gain_starts_from_the_unchanged_program(desk: Open) -> None:
    found = desk("sequential", idea(1), idea(2))
    found.evaluate(1.01)  # not promising
    assert found.evaluate(0.9).parents == (BASELINE.id,)
    assert "Nothing helped so far" in found.prompt()


def test_a_refused_proposal_is_mended_too_also_in_the_next_process(desk: Open) -> None:
    found = desk("sequential", *(idea(number) for number in range(1, 5)))
    found.evaluate(1.3)
    refused = found.propose()
    assert refused is not None
    found.refuse(refused, REFUSED)
    found.go_on("sequential")
    again = found.propose()
    assert again is not None and again.parents == (refused.id,) and REFUSED in found.prompt()


@pytest.mark.parametrize("name", ["sequential", "evolution", "opto"])
def test_a_study_that_is_gone_on_with_asks_what_it_would_have_asked(tmp_path: Path, name: str) -> None:
    ratios = (1.2, None, 1.4, 1.3, 1.1, None, 1.5, 1.35)
    prompts = []
    for folder, stop in (("whole", -1), ("stopped", 4)):
        found = Desk(tmp_path / folder, name, *(idea(number) for number in range(1, 12)))
        for turn, ratio in enumerate(ratios):
            if turn == stop:
                found.go_on(name)
            found.evaluate(ratio)
        prompts.append([request.messages for request in found.model.requests])
    assert prompts[0] == prompts[1]


def test_a_spent_budget_ends_an_arm_with_a_note(desk: Open) -> None:
    found = desk("sequential", idea(1), default=BudgetExhausted("5000 tokens are spent", what="tokens"))
    found.evaluate(1.3)
    assert found.propose() is None and found.propose() is None
    assert found.notes == ["sequential has no more budget: 5000 tokens are spent"]
    assert len(found.model.requests) == 2


@pytest.mark.parametrize("name", ["sequential", "evolution", "opto"])
def test_answers_of_no_use_end_an_arm(desk: Open, name: str) -> None:
    found = desk(name, default="I can't.")
    assert found.propose() is None and found.propose() is None
    assert len(found.model.requests) == 8  # four turns, each asked again once


def test_trials_of_others_change_nothing(desk: Open) -> None:
    found = desk("sequential", idea(1), idea(2))
    other = Candidate(author="rules", edits=BASELINE.edits, knobs=(("x", 1),))
    found.arm.tell(trial_of(other, 7, 9.0))
    assert found.evaluate(1.2).parents == (BASELINE.id,)


def test_arms_of_one_study_know_nothing_of_each_other(desk: Open) -> None:
    found = desk("sequential", idea(1), idea(2), default=idea(3))
    other = found.open("best-of-n")
    (pending,) = other.ask(1)
    mine = found.evaluate(1.2)
    assert pending.author == "best-of-n" and mine.author == "sequential"
    assert "All that was tried" not in found.prompt()
    found.arm = found.open("zero-shot")
    assert found.propose() is not None  # the others' answers are not its own


# --- evolution -------------------------------------------------------------------------------------


def test_evolution_learns_a_lesson_of_every_outcome(desk: Open) -> None:
    found = desk("evolution", *(idea(number) for number in range(1, 9)))
    found.evaluate(1.4)
    found.evaluate(None)
    found.evaluate(0.8)
    found.propose()
    prompt = found.prompt()
    winners, _, losers = prompt.partition("Lessons of changes that did not:")
    first = "Idea 1 does less: 1.40 times better than what it was made from (1.40 times the baseline)"
    assert first in winners
    assert "Idea 2 does less: failed at test: 1 of 2 tests failed" in losers
    assert "Idea 3 does less: 1.25 times worse than what it was made from (0.80 times" in losers
    assert "lesson of others" not in prompt and "arms/mutation@" in found.attempts.all()[-1].prompt


def test_evolution_crosses_two_of_an_island_and_shows_both_changes(desk: Open) -> None:
    found = desk("evolution", *(idea(number) for number in range(1, 40)))
    for turn in range(16):
        found.evaluate(1.1 + turn / 50)
    crossed = [r for r in found.model.requests if "Bring them together" in r.messages[1][1]]
    assert 2 <= len(crossed) <= 10
    of_two = [found.study.candidate(t.candidate) for t in found.view.trials()]
    pairs = [one.parents for one in of_two if len(one.parents) == 2]
    assert len(pairs) == len(crossed) == len({frozenset(pair) for pair in pairs})
    text = crossed[0].messages[1][1]
    diffs = [
        text.index(f"+    extra{number} = len(left)")
        for number in range(1, 31)
        if f"+    extra{number} " in text
    ]
    assert len(diffs) == 2 and "arms/crossover@" in " ".join(a.prompt for a in found.attempts.all())


def test_a_crossover_is_told_what_did_not_help(desk: Open) -> None:
    found = desk("evolution", *(idea(number) for number in range(1, 40)))
    for turn in range(16):
        found.evaluate(None if turn == 1 else 1.1 + turn / 50)
    crossed = [r.messages[1][1] for r in found.model.requests if "Bring them together" in r.messages[1][1]]
    told = [text.partition("Lessons of changes that did not help:")[2] for text in crossed]
    assert any("Idea 2 does less: failed at test: 1 of 2 tests failed" in text for text in told)


def test_evolution_is_the_same_for_a_seed_and_another_for_another(tmp_path: Path) -> None:
    asked = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        found = Desk(tmp_path / folder, "evolution", *(idea(number) for number in range(1, 20)))
        found.view.job = found.view.job.model_copy(update={"seed": seed})
        for turn in range(8):
            found.evaluate(1.1 + turn / 50)
        asked.append([request.messages for request in found.model.requests])
    assert asked[0] == asked[1] != asked[2]


# --- opto ------------------------------------------------------------------------------------------


def test_opto_shows_the_trace_of_what_it_builds_on(desk: Open) -> None:
    found = desk("opto", *(idea(number) for number in range(1, 9)))
    found.evaluate(1.4)
    assert "#Variables" in found.prompt() and "1.00 times the baseline" in found.prompt()
    found.evaluate(None)
    assert "wall_time0 = '1.40 times the baseline'" in found.prompt()
    found.propose()
    prompt = found.prompt()
    assert "exception_test0 = '1 of 2 tests failed'" in prompt and "an exception came from it" in prompt
    assert prompt.index("#Variables") < prompt.index("All that was tried") < prompt.index("Objective:")
    assert "arms/opto@" in found.attempts.all()[-1].prompt


def test_opto_differs_from_sequential_in_the_trace_alone(tmp_path: Path) -> None:
    prompts = []
    for name in ("sequential", "opto"):
        found = Desk(tmp_path / name, name, *(idea(number) for number in range(1, 9)))
        for ratio in (1.2, None, 1.4, 1.1):
            found.evaluate(ratio)
        prompts.append(found.prompt())
    assert prompts[1].endswith(prompts[0]) and len(prompts[1]) > len(prompts[0])


# --- a whole study ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_by_one_arm_costs_its_own_questions_alone(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=JOB)
    with ScriptedServer([], default=reply(code(FAST), prompt_tokens=1, completion_tokens=1)) as server:
        found = strop.optimize(
            repository,
            model="scripted",
            api_base=server.url,
            optimizers=["zero-shot"],
            budget=strop.Budget(evaluations=3),
            sandbox="process",
        )
    assert len(server.requests) == 1
    assert found.best is not None and found.best.author == "zero-shot"
    assert found.study.get("stopped_because") == "nobody has a further idea"
