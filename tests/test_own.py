"""Agents, optimizers, graphs and prompts of a user's own, and a function in the place of a repository."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import strop
from strop import prompts
from strop.agents import AgentView, View
from strop.agents.asking import Asker
from strop.agents.attempts import Attempts
from strop.agents.custom import CustomCritic, CustomMember, check_agents
from strop.agents.optimizers.registry import Searchers, open_optimizer
from strop.agents.templates import render
from strop.candidate import BASELINE, Candidate
from strop.cli import main
from strop.errors import ConfigError
from strop.events import silent
from strop.job import Job, ModelSettings, load_job, parse_job
from strop.optimizing_function import job_of_function, place_of
from strop.running_checks import check_address
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.model_server import ScriptedServer, reply
from strop.testing.models import ScriptedModel
from strop.testing.optimizers import ScriptedOptimizer
from strop.testing.repositories import COUNTED, FAST, JOB, SLOW, commit, make_repository
from strop.trial import Trial, TrialState

EXAMPLES = Path(__file__).parent.parent / "examples" / "agents"
KNOBS = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def view(tmp_path: Path) -> View:
    repository = make_repository(tmp_path / "r", job=JOB + KNOBS)
    study = Study.create(repository, load_job(repository))
    snapshot = Snapshot.take(repository, study.folder, study.job.target)
    hot = [{"fn": "numbers_shared.py:shared", "self_pct": 90.0, "cum_pct": 95.0, "lines": []}]
    return View(study.job, snapshot, study, {"hot": hot})


class Says:
    """Returns the same thing whenever it acts."""

    def __init__(self, name: str, thing: Any) -> None:
        self.name = name
        self.thing = thing
        self.seen: list[AgentView] = []

    def act(self, view: AgentView) -> Any:
        self.seen.append(view)
        if isinstance(self.thing, Exception):
            raise self.thing
        return self.thing(view) if callable(self.thing) else self.thing


# --- agents ----------------------------------------------------------------------------------------


def test_an_agent_proposes_code_and_values_and_its_words_are_lessons(view: View) -> None:
    def act(looks: AgentView) -> Iterable[Candidate | str]:
        yield looks.candidate({"numbers_shared.py": FAST}, rationale="a set")
        yield looks.candidate(values={"SIZE": 7})
        yield "  lists are\nslow  "
        yield looks.candidate()  # changes nothing, so it is none

    member = CustomMember(Says("own", act), view, None)
    (code,) = member.ask(1)
    (knob,) = member.ask(5)
    assert code.edits[0].text == FAST and code.author == "own" and code.parents == (BASELINE.id,)
    assert knob.values == {"SIZE": 7}
    assert view.lessons == ["lists are slow"] == view.study.get("lessons")


def test_an_agent_without_ideas_is_left_alone(view: View) -> None:
    agent = Says("own", None)
    member = CustomMember(agent, view, None)
    assert [member.ask(1) for _ in range(9)] == [[]] * 9
    assert len(agent.seen) == 4


def test_an_agent_asks_the_model_and_is_asked_again_with_the_error(view: View, tmp_path: Path) -> None:
    right = f"numbers_shared.py\n```python\n{FAST}```\n"
    model = ScriptedModel(["no code at all", right])
    asker = Asker(model, ModelSettings(), Attempts(tmp_path))
    member = CustomMember(example("own_agent").Streamer(), view, asker)
    (found,) = member.ask(1)
    assert found.edits[0].text == FAST and found.author == "streamer"
    assert "shared is hot" in model.requests[0].messages[-1][1]
    assert len(model.requests) == 2 and model.requests[0].agent == "streamer"


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (ValueError("oh"), "agent own raised ValueError: oh"),
        (7, "agent own raised TypeError: 'int' object is not iterable"),
        ([7], "agent own returned 7; allowed here: candidates and sentences"),
    ],
)
def test_what_an_agent_does_wrong_is_told_with_its_name(view: View, thing: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CustomMember(Says("own", thing), view, None).ask(1)


def test_a_critic_of_ones_own_gives_the_lessons(view: View) -> None:
    critic = Says("critic", lambda looks: f"trial {looks.trial.number} was {looks.trial.reason}")
    trial = Trial(3, BASELINE.id, "x", TrialState.FAILED, reason="bad")
    assert CustomCritic(critic, None).lesson(view, trial, BASELINE, turn=1) == "trial 3 was bad"
    with pytest.raises(ConfigError, match="allowed here: sentences"):
        CustomCritic(Says("critic", BASELINE), None).lesson(view, trial, BASELINE, turn=1)


def test_agents_stand_beside_strops_own_or_in_their_place(view: View) -> None:
    mine = lambda looks: looks.candidate(values={"SIZE": 9})  # noqa: E731
    searchers = Searchers((Says("coder", mine), Says("scout", None)), {})
    names = [m.name for m in open_optimizer(["rules"], view, None, silent, searchers).members]
    assert names == ["scout", "agents", "rules", "literals"]
    agents = open_optimizer(["rules"], view, None, silent, searchers).members[1]
    (found,) = agents.ask(1)
    assert found.author == "coder" and found.values == {"SIZE": 9}
    twice = Searchers((Says("scout", None),), {"x": ScriptedOptimizer([], name="scout")})
    with pytest.raises(ConfigError, match="two who search are named 'scout'"):
        open_optimizer(["x"], view, None, silent, twice)


def test_what_is_no_agent_is_refused() -> None:
    with pytest.raises(ConfigError, match="an agent has a name and a method act"):
        check_agents([object()])
    with pytest.raises(ConfigError, match="Says is a class|is none"):
        check_agents([Says])
    with pytest.raises(ConfigError, match="two are named 'a'"):
        check_agents([Says("a", None), Says("a", None)])


def test_numbers_of_numpy_become_plain_and_what_no_study_can_keep_is_told(view: View) -> None:
    import numpy as np

    member = CustomMember(
        Says("own", lambda looks: looks.candidate(values={"SIZE": np.int64(7)})), view, None
    )
    (found,) = member.ask(1)
    assert found.values == {"SIZE": 7} and type(found.values["SIZE"]) is int
    with pytest.raises(ConfigError, match=r"agent own: SIZE is \[1\]; allowed: a number"):
        CustomMember(Says("own", lambda looks: looks.candidate(values={"SIZE": [1]})), view, None).ask(1)


# --- optimizers ------------------------------------------------------------------------------------


def test_the_grid_of_the_example_searches_by_object_function_and_name(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = example("own_optimizer").Grid
    for own in (grid, grid(view), lambda view: grid(view)):
        optimizer = open_optimizer(["mine"], view, None, silent, Searchers((), {"mine": own}))
        assert [c.values["SIZE"] for c in optimizer.ask(5)] == [1, 100]
    monkeypatch.syspath_prepend(str(EXAMPLES))
    optimizer = open_optimizer(["own_optimizer:Grid"], view, None, silent)
    assert [c.values["SIZE"] for c in optimizer.ask(5)] == [1, 100]
    with pytest.raises(ConfigError, match="can't be imported"):
        open_optimizer(["own_optimizer:Gird"], view, None, silent)
    with pytest.raises(
        ConfigError, match="unknown optimizer 'gird'; known: portfolio, agents, rules, optuna"
    ):
        open_optimizer(["gird"], view, None, silent)
    with pytest.raises(ConfigError, match="has no ask"):
        open_optimizer(["mine"], view, None, silent, Searchers((), {"mine": lambda view: 7}))


def test_wrong_optimizers_are_named(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    with pytest.raises(ConfigError, match="optimizers: 7 is none"):
        strop.optimize(repository, optimizers=[7])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="two who search are named 'mine'"):
        strop.optimize(repository, optimizers=[ScriptedOptimizer([], name="mine")] * 2)
    (repository / "strop.toml").write_text('optimizers = ["os:abort"]\n' + JOB, encoding="utf-8")
    with pytest.raises(ConfigError, match="would run that module's code outside of a sandbox"):
        strop.optimize(repository)
    (repository / "strop.toml").write_text(JOB, encoding="utf-8")
    with pytest.raises(ConfigError, match="'optuna' is the name of an optimizer of strop's"):
        strop.optimize(repository, agents=[Says("optuna", None)])
    with pytest.raises(ConfigError, match="'rules' is the name of one of strop's"):
        strop.optimize(repository, optimizers=[ScriptedOptimizer([], name="rules")])


def test_what_an_optimizer_does_wrong_is_told_with_its_name(view: View) -> None:
    class Wrong(ScriptedOptimizer):
        def ask(self, count: int) -> Any:
            return [7] if self.name == "odd" else {}["nothing"]

    for name, message in (
        ("odd", "optimizer odd returned 7"),
        ("bad", "optimizer bad raised KeyError: 'nothing'"),
    ):
        optimizer = open_optimizer([name], view, None, silent, Searchers((), {name: Wrong([], name=name)}))
        with pytest.raises(ConfigError, match=message):
            optimizer.ask(1)


# --- a whole study ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_with_an_agent_and_a_graph_of_ones_own(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    agent = Says("scout", lambda looks: looks.candidate({"numbers_shared.py": FAST}, rationale="a set"))
    own: dict[str, Any] = {"agents": [agent], "optimizers": ["scout"]}
    found = strop.optimize(
        repository,
        **own,
        graph=example("own_graph").graph(),
        budget=strop.Budget(evaluations=3),
        sandbox="process",
    )
    assert found.status == "improved" and found.best is not None and found.best.author == "scout"
    assert found.study.get("stopped_because") == "trial 1 is promising"
    with pytest.raises(ConfigError, match=r"started with agents \['scout'\], graph True"):
        strop.optimize(repository, resume=True)
    again = strop.optimize(repository, **own, graph=example("own_graph").graph(), resume=True)
    assert again.report["speedup"] == found.report["speedup"]  # it was at its end


@pytest.mark.slow
def test_the_prompt_of_a_folder_is_asked_and_its_version_kept_with_the_trial(tmp_path: Path) -> None:
    job = COUNTED + '\n[prompts]\ndir = "my_prompts"\n'
    repository = make_repository(tmp_path / "r", job=job)
    folder = repository / "my_prompts" / "coder"
    folder.mkdir(parents=True)
    (folder / "system.md").write_text("You like sets. {# mine #}", encoding="utf-8")
    right = reply(f"numbers_shared.py\n```python\n{FAST}```\n", prompt_tokens=1, completion_tokens=1)
    with ScriptedServer([], default=right) as server:
        found = strop.optimize(
            repository,
            model="scripted",
            api_base=server.url,
            optimizers=["agents"],
            budget=strop.Budget(evaluations=1),
            sandbox="process",
        )
    systems = [received.body["messages"][0]["content"] for received in server.requests]
    assert "You like sets." in "\n".join(systems)
    trial = next(t for t in found.study.trials() if t.number == 1)
    version = prompts.version("coder/system", repository / "my_prompts")
    assert f"coder/system@{version}" in trial.prompt and "coder/task@" in trial.prompt
    assert version != prompts.version("coder/system")
    assert (found.study.folder / "prompts" / "coder" / "system.md").is_file()


def test_every_bundled_template_may_be_copied_and_a_template_runs_no_code(tmp_path: Path) -> None:
    for name in prompts.names():
        (tmp_path / f"{name}.md").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.md").write_text(prompts.load(name), encoding="utf-8")
    assert prompts.check(tmp_path) == prompts.names()
    for text, message in (
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "coder/system.md can't be filled: SecurityError"),
        ("{{ nope.x }}", "coder/system.md can't be filled: UndefinedError"),
        ("{{ 1 / 0 }}", "coder/system.md can't be filled: ZeroDivisionError"),
    ):
        (tmp_path / "coder" / "system.md").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=f"prompts.dir: .*{message}"):
            render("coder/system", tmp_path)
    (tmp_path / "secret").write_text("key", encoding="utf-8")
    inside = tmp_path / "inside"
    (inside / "coder").mkdir(parents=True)
    (inside / "coder" / "system.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match="leads out of its folder"):
        prompts.check(inside)
    repository = make_repository(tmp_path / "r", job=JOB + '\n[prompts]\ndir = ".."\n')
    with pytest.raises(ConfigError, match="is outside of"):
        strop.optimize(repository)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("coder/sytem", "x", r"coder/sytem\.md is no prompt of strop; templates: analyst/system"),
        ("coder/system", "{{ foo }}", r"coder/system\.md: unknown variable foo; allowed: direction, faster"),
        ("tuner/task", "{% if %}", r"tuner/task\.md is no valid template"),
        (None, "", "holds no template"),
    ],
)
def test_wrong_prompts_are_named_before_anything_starts(
    tmp_path: Path, name: str | None, text: str, message: str
) -> None:
    repository = make_repository(tmp_path / "r", job=JOB + '\n[prompts]\ndir = "p"\n')
    (repository / "p").mkdir()
    if name:
        (repository / "p" / f"{name}.md").parent.mkdir()
        (repository / "p" / f"{name}.md").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        strop.optimize(repository)
    assert not (repository / ".strop").exists()


TWO = (
    SLOW
    + """

def twice(numbers: list[int]) -> list[int]:
    \"\"\"Return each number two times.\"\"\"
    return [number for number in numbers for _ in range(2)]
"""
)


@pytest.mark.slow
def test_the_part_that_helps_gets_the_credit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = make_repository(tmp_path / "r", TWO, job=COUNTED)
    both = TWO.replace("    found = []\n", "    found = []\n    right = set(right)\n")
    both = both.replace("for number in numbers for _ in", "for number in list(numbers) for _ in")
    agent = Says("scout", lambda looks: looks.candidate({"numbers_shared.py": both}, rationale="a set"))
    found = strop.optimize(
        repository,
        agents=[agent],
        optimizers=["scout"],
        budget=strop.Budget(evaluations=2),
        sandbox="process",
        on_round=lambda _: setattr(agent, "thing", None),
    )
    (rows,) = found.study.get("credit").values()
    gained = {row["part"].rpartition(":")[2]: row for row in rows}
    assert gained["shared"]["high"] < 0.7 and gained["twice"]["high"] > 0.8, rows
    lesson = next(lesson for lesson in agent.seen[-1].lessons if "carries the gain" in lesson)
    assert lesson.startswith("trial 1: numbers_shared.py:shared carries the gain: 0.")
    assert main(["show", "1", "--trace", "-C", str(repository)]) == 0
    assert "measured: numbers_shared.py:shared carries the gain" in capsys.readouterr().out


# --- a function ------------------------------------------------------------------------------------

MODULE = SLOW.replace("def shared", "def shared_numbers") + (
    "\n\ndef make_inputs(seed):\n"
    '    """Return two long lists."""\n'
    "    return [[list(range(seed % 7, 900)), list(range(0, 1800, 2))] for _ in range(8)]\n"
)


def a_module(folder: Path, package: str = "") -> tuple[Path, Any]:
    """Write a module into a git repository, and import it as a user does."""
    home = folder / "src" / package if package else folder
    home.mkdir(parents=True)
    if package:
        (home / "__init__.py").write_text("", encoding="utf-8")
    (home / "kernels_of_mine.py").write_text(MODULE, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    commit(folder, "first")
    name = f"{package}.kernels_of_mine" if package else "kernels_of_mine"
    spec = importlib.util.spec_from_file_location(name, home / "kernels_of_mine.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return home / "kernels_of_mine.py", module


def test_where_a_function_lies_and_how_it_is_called(tmp_path: Path) -> None:
    _, module = a_module(tmp_path / "r", "pack")
    place = place_of(module.shared_numbers, module.make_inputs)
    assert place.folder == (tmp_path / "r").resolve()
    assert place.keys["calls.function"] == "pack.kernels_of_mine:shared_numbers"
    assert place.keys["target.files"] == ["src/pack/kernels_of_mine.py"]
    assert place.keys["commands.env.PYTHONPATH"] == "src"
    (tmp_path / "r" / "strop.toml").write_text(
        'name = "all"\n[target]\nfiles = ["x.py"]\n[commands]\ntest = "true"\nbenchmark = "false"\n',
        encoding="utf-8",
    )
    job = job_of_function(place.folder, place.keys)
    assert job.commands.test == "true" and job.commands.benchmark == "" and job.calls is not None
    assert job.target.files == ("src/pack/kernels_of_mine.py",)


def test_functions_that_no_sandbox_can_import_are_refused(tmp_path: Path) -> None:
    _, module = a_module(tmp_path / "r")
    with pytest.raises(ConfigError, match="the function is <built-in function len>"):
        strop.optimize(len, inputs=module.make_inputs)
    with pytest.raises(ConfigError, match="has to be a function at the top of a module"):
        strop.optimize(lambda x: x, inputs=module.make_inputs)
    with pytest.raises(ConfigError, match="needs inputs="):
        strop.optimize(module.shared_numbers)
    with pytest.raises(ConfigError, match=r"goes with a function"):
        strop.optimize(tmp_path, inputs=module.make_inputs)
    with pytest.raises(ConfigError, match="is outside"):
        strop.optimize(module.shared_numbers, inputs=make_repository)  # type: ignore[arg-type]
    (tmp_path / "r" / ".git").rename(tmp_path / "gone")
    with pytest.raises(ConfigError, match="is in no git repository"):
        strop.optimize(module.shared_numbers, inputs=module.make_inputs)


@pytest.mark.slow
def test_a_function_is_optimized_in_its_repository(tmp_path: Path) -> None:
    file, module = a_module(tmp_path / "r", "pack")
    found = strop.optimize(
        module.shared_numbers,
        inputs=module.make_inputs,
        optimizers=["rules"],
        budget=strop.Budget(evaluations=2),
        sandbox="process",
    )
    assert found.status == "improved", [trial.feedback for trial in found.study.trials()]
    assert found.speedup is not None and found.best is not None
    assert "set(" in found.best.patch and found.best.patch.startswith("diff --git a/src/pack/")
    assert "replies" in found.speedup.verified_by
    assert file.read_text(encoding="utf-8") == MODULE


def test_a_key_goes_to_no_address_that_a_file_alone_names(monkeypatch: pytest.MonkeyPatch) -> None:
    far = "https://models.example/v1"
    here = ("http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]/v1")

    def job(address: str, *optimizers: str, name: str = "m") -> Job:
        model = {"name": name, "api_base": address}
        target, commands = {"files": ["a.py"]}, {"benchmark": "true"}
        data = {"target": target, "commands": commands, "model": model, "optimizers": optimizers}
        return parse_job(data, "strop.toml")

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    check_address(job(far), named=False)  # no key: nothing to lose
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    for address in (far, "http://127.0.0.1.example/v1", "http://user@10.0.0.7:80/v1", "localhost"):
        with pytest.raises(ConfigError, match="model.api_base: OPENAI_API_KEY would be sent to"):
            check_address(job(address), named=False)
        check_address(job(address), named=True)
        check_address(job(address), named=False, replayed=True)
        check_address(job(address, "rules", "gp"), named=False)  # who asks nobody
        check_address(job(address, name=""), named=False)
    monkeypatch.setenv("OPENAI_BASE_URL", far)
    for address in (far, *here):
        check_address(job(address), named=False)


def test_no_way_to_run_a_job_sends_the_key_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    model = '\n[model]\nname = "m"\napi_base = "https://models.example/v1"\n'
    repository = make_repository(tmp_path / "r", job=JOB + model)
    with pytest.raises(ConfigError, match="would be sent to"):
        strop.optimize(repository)
    assert main(["run", "-C", str(repository)]) == 2
    assert "would be sent to" in capsys.readouterr().err
    assert not (repository / ".strop" / "studies").exists()
