"""A search that begins with what past studies of similar jobs found good."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.agents.asking import Asker
from strop.agents.attempts import Attempts
from strop.agents.optimizers.knob_search import KnobSearch
from strop.agents.optimizers.registry import NAMES, open_optimizer
from strop.agents.optimizers.tuning.warm import past_points
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import StorageError
from strop.events import Event, Listener, silent
from strop.job import Job, ModelSettings, parse_job
from strop.past import PastTrial, likeness, past_of, past_roots
from strop.report.reading import attempts_of, fruitless
from strop.report.words import attempt_sentence
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.models import ScriptedModel
from strop.testing.repositories import JOB, make_repository
from strop.trial import Comparison, Confirmation, Trial, TrialState, Verdict
from strop.tuning import Space

SIZE = {"name": "size", "type": "int", "low": 1, "high": 100, "default": 5}
RATE = {"name": "rate", "type": "float", "low": 0.1, "high": 10, "log": True, "default": 1.0}
MODE = {"name": "mode", "type": "categorical", "choices": ["fast", "safe"], "default": "safe"}
ON = {"name": "on", "type": "bool", "default": False}
FOUR = (SIZE, RATE, MODE, ON)


@pytest.fixture(autouse=True)
def _no_other_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STROP_PAST", raising=False)


def job(knobs: Sequence[dict[str, Any]] = FOUR, name: str = "demo", **more: Any) -> Job:
    commands = {"benchmark": "python bench.py"}
    data = {"name": name, "commands": commands, "target": {"files": ["numbers_shared.py"]}, "knobs": knobs}
    return parse_job({**data, **more}, "strop.toml")


Row = tuple[dict[str, Any], float]


def past_study(root: Path, rows: Sequence[Row], **more: Any) -> Study:
    """Write a study with a baseline and a promising trial for each row of values and ratio."""
    study = Study.create(root, job(**more))
    study.finish(replace(study.begin(BASELINE), state=TrialState.COMPLETE))
    for values, ratio in rows:
        add(study, Candidate(knobs=tuple(values.items())), ratio)
    return study


def add(study: Study, candidate: Candidate, ratio: float, verdict: Verdict = Verdict.PROMISING) -> Trial:
    study.add(candidate, {})
    measured = Comparison("time", ratio, ratio * 0.9, ratio * 1.1, 3, "measured")
    row = study.begin(candidate)
    trial = replace(row, state=TrialState.COMPLETE, verdict=verdict, comparisons=(measured,))
    study.finish(trial)
    return trial


def view_of(root: Path, **more: Any) -> View:
    """Return the view of a new study in a repository, which is made where there is none."""
    if not (root / ".git").exists():
        make_repository(root, job=JOB)
    study = Study.create(root, job(**more))
    return View(study.job, Snapshot.take(root, study.folder, study.job.target), study)


def search(view: View, listener: Listener = silent) -> KnobSearch:
    return KnobSearch("warmstart-past", view, listener=listener)


def noting(told: list[str]) -> Listener:
    return lambda event: told.append(str(event.data["text"])) if event.kind == "note" else None


def sources(study: Study, environ: dict[str, str] | None = None) -> list[str]:
    return [trial.source for trial in past_of(study, environ or {}).trials]


def test_the_best_of_each_similar_study_comes_first_and_then_the_sampler(tmp_path: Path) -> None:
    past_study(tmp_path, [({"size": 20}, 1.1), ({"size": 40, "mode": "fast"}, 1.234), ({"size": 30}, 1.2)])
    past_study(tmp_path, [({"rate": 2.0}, 1.3), ({"size": 40, "mode": "fast"}, 1.9), ({"on": True}, 1.25)])
    view = view_of(tmp_path)
    found = search(view).ask(6)
    assert [one.values for one in found[:5]] == [
        {"size": 40, "mode": "fast"},  # the best of both, and asked for once
        {"rate": 2.0},
        {"size": 30},
        {"on": True},
        {"size": 20},
    ]
    assert found[0].rationale == "tuned: size=40, mode=fast; from study demo-2, trial 2: 1.90 times"
    assert found[2].rationale == "tuned: size=30; from study demo-1, trial 3: 1.20 times"
    assert all(one.author == "warmstart-past" for one in found)
    assert "from study" not in found[5].rationale and found[5].id not in {one.id for one in found[:5]}


def test_confirmed_then_promising_then_uncertain_and_never_what_did_not_gain(tmp_path: Path) -> None:
    study = past_study(tmp_path, [({"size": 11}, 1.5), ({"size": 12}, 1.4)])
    claimed = study.candidate(study.trials()[2].candidate)
    study.set("confirmation", Confirmation(claimed.id, BASELINE.id, True).to_json())
    add(study, Candidate(knobs=(("size", 13),)), 1.8, Verdict.UNDECIDED)
    add(study, Candidate((FileEdit("a.py", "x = 1\n"),), (("size", 14),)), 3.0)
    add(study, Candidate(knobs=(("size", 15),)), 0.9, Verdict.UNDECIDED)
    add(study, Candidate(knobs=(("size", 16),)), 1.1, Verdict.WORSE)
    add(study, Candidate((FileEdit("a.py", "x = 2\n"),)), 5.0)  # sets no knob
    failed = study.begin(Candidate(knobs=(("size", 17),)))
    study.finish(replace(failed, state=TrialState.FAILED, reason="tests failed"))
    study.begin(Candidate(knobs=(("size", 18),)))  # not finished
    trials = past_of(Study.create(tmp_path, job()), {}).trials
    assert [(trial.values["size"], trial.gain) for trial in trials] == [
        (12, "1.40 times, confirmed"),
        (11, "1.50 times"),
        (13, "1.80 times, not certain"),
        (14, "3.00 times, with changed code"),
    ]


def test_differences_rank_by_difference(tmp_path: Path) -> None:
    study = past_study(tmp_path, [])
    for size, difference, ratio in ((21, 0.02, 1.5), (22, 0.04, 1.1), (23, -0.1, 1.2)):
        candidate = Candidate(knobs=(("size", size),))
        study.add(candidate, {})
        low_high = (difference, difference - 0.01, difference + 0.01)
        measured = Comparison("time", ratio, 1.0, 2.0, 3, "measured", difference=low_high)
        changes = {"state": TrialState.COMPLETE, "verdict": Verdict.PROMISING, "comparisons": (measured,)}
        study.finish(replace(study.begin(candidate), **changes))  # type: ignore[arg-type]
    trials = past_of(Study.create(tmp_path, job()), {}).trials
    assert [(trial.values["size"], trial.gain) for trial in trials] == [
        (22, "better by 0.04"),
        (21, "better by 0.02"),
    ]


def test_likeness_is_the_part_of_knobs_shared_by_name_and_type() -> None:
    assert likeness(job(), job()) == 1
    assert likeness(job(), job((SIZE, RATE))) == 0.5
    assert likeness(job((SIZE,)), job()) == 0.25
    assert likeness(job(), job(())) == 0 and likeness(job(()), job(())) == 0
    number = {**SIZE, "type": "float"}
    assert likeness(job((SIZE,)), job((number,))) == 1  # a number is a number
    assert likeness(job((SIZE, ON)), job(({**SIZE, "unit": "MB"}, ON))) == 0.5
    others = {**MODE, "choices": ["a", "b"], "default": "a"}
    assert likeness(job((MODE, ON)), job((others, ON))) == 0.5
    assert likeness(job((MODE,)), job(({**MODE, "choices": ["safe", "b"]},))) == 1
    assert likeness(job((ON,)), job(({**MODE, "name": "on"},))) == 0
    assert likeness(job(), job(metrics=[{"name": "peak_memory"}])) == 0
    grows = [{"name": "speed", "direction": "maximize"}]
    falls = [{"name": "speed", "direction": "minimize"}]
    assert likeness(job(metrics=grows), job(metrics=grows)) == 1
    assert likeness(job(metrics=grows), job(metrics=falls)) == 0


def test_more_alike_comes_first_and_of_equals_the_newer(tmp_path: Path) -> None:
    names = ["newest, less alike", "old", "new"]
    for place, (name, knobs) in enumerate(zip(names, [(SIZE, RATE, MODE), FOUR, FOUR], strict=True)):
        study = past_study(tmp_path, [({"size": 10 + place}, 1.2)], knobs=knobs, name=name)
        written = 1_000_000_000 + (9 if place == 0 else place)
        os.utime(study.folder / "job.json", (written, written))
    past_study(tmp_path, [({"size": 50}, 2.0)], knobs=(SIZE,), name="too little alike")
    past_study(tmp_path, [({"size": 51}, 2.0)], metrics=[{"name": "peak_memory"}], name="another metric")
    mine = Study.create(tmp_path, job())
    assert [source.split(",")[0] for source in sources(mine)] == [
        "study new-1",
        "study old-1",
        "study newest--less-alike-1",
    ]
    assert past_of(mine, {}).similar == 3


def test_values_are_corrected_like_a_model_s(tmp_path: Path) -> None:
    depth = {"name": "depth", "type": "int", "low": 1, "high": 9, "default": 2, "only_if": {"mode": ["fast"]}}
    today = job(({**SIZE, "high": 50}, RATE, MODE, depth), constraints=["size * rate <= 100"])
    space = Space.of(today)
    trials = [
        PastTrial("study a, trial 1", "2.00 times", {"size": 90, "mode": "safe", "depth": 7}),
        PastTrial("study a, trial 2", "1.90 times", {"size": 50, "rate": 9.0}),  # breaks the constraint
        PastTrial("study a, trial 3", "1.80 times", {"size": 5.0, "mode": "gone"}),  # comes to the defaults
        PastTrial("study a, trial 4", "1.70 times", {"size": 60}),  # is the first again
        PastTrial("study a, trial 5", "1.60 times", {"mode": "fast", "depth": 7}),
        PastTrial("study a, trial 6", "1.50 times", {"rate": 2}),
    ]
    points, problems = past_points(space, trials, count=2)
    assert [point.values for point in points] == [
        {"size": 50, "rate": 1.0, "mode": "safe", "depth": 2},
        {"size": 5, "rate": 1.0, "mode": "fast", "depth": 7},
    ]
    first = "from study a, trial 1: 2.00 times; size: 90 is outside 1..50; 50 in its place"
    assert [point.words for point in points] == [first, "from study a, trial 5: 1.60 times"]
    (problem,) = problems
    assert problem.startswith("study a, trial 2 is left out:") and "size * rate <= 100" in problem


def test_the_defaults_of_the_past_are_values_too(tmp_path: Path) -> None:
    """A past study's candidate left `size` at its default of then, which is another one today."""
    past_study(tmp_path, [({"on": True}, 1.2)], knobs=({**SIZE, "default": 70}, RATE, MODE, ON))
    (found,) = search(view_of(tmp_path)).ask(1)
    assert found.values == {"size": 70, "on": True}


def test_the_environment_names_repositories_and_folders_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert past_roots({}) == [] and past_roots({"STROP_PAST": os.pathsep}) == []
    mine, single, shelf = tmp_path / "mine", tmp_path / "single", tmp_path / "shelf"
    past_study(mine, [({"size": 60}, 1.1)])
    past_study(single, [({"size": 61}, 1.2)])
    past_study(shelf / "one", [({"size": 62}, 1.3)])
    past_study(shelf / "two", [({"size": 63}, 1.4)])
    (shelf / "no repository").mkdir()
    (tmp_path / "empty").mkdir()
    listed = [single, shelf, mine, single / ".", tmp_path / "empty", tmp_path / "gone"]
    monkeypatch.setenv("STROP_PAST", os.pathsep.join(map(str, listed)))
    told: list[str] = []
    view = view_of(mine)
    assert past_of(view.study).similar == 4  # each once, however often it is named
    found = search(view, noting(told)).ask(4)
    assert sorted(one.values["size"] for one in found) == [60, 61, 62, 63]
    words = {one.values["size"]: one.rationale for one in found}
    assert words[62].endswith("from study demo-1 of one, trial 1: 1.30 times")
    assert words[60].endswith("from study demo-1, trial 1: 1.10 times")
    assert len(told) == 2
    assert told[0].startswith(
        f"warmstart-past: STROP_PAST: {tmp_path}/empty is left out: no studies (.strop)"
    )
    assert told[1] == f"warmstart-past: STROP_PAST: {tmp_path}/gone is left out: No such file or directory"


def torn_job(root: Path, study: Study) -> None:
    (study.folder / "job.json").write_text('{"name": "de', encoding="utf-8")


def later_job(root: Path, study: Study) -> None:
    file = study.folder / "job.json"
    file.write_text(file.read_text(encoding="utf-8").replace("{", '{"news": 1,', 1), encoding="utf-8")


def no_database(root: Path, study: Study) -> None:
    for file in (root / ".strop").glob("study.db*"):
        file.unlink()


def broken_database(root: Path, study: Study) -> None:
    no_database(root, study)
    (root / ".strop" / "study.db").write_bytes(b"no database at all" * 400)


def other_database(root: Path, study: Study) -> None:
    no_database(root, study)
    Study.create(root, job(name="other"))


def lost_candidate(root: Path, study: Study) -> None:
    for file in (study.folder / "candidates").glob("*.json"):
        file.unlink()


def torn_record(root: Path, study: Study) -> None:
    row = study.begin(Candidate(knobs=(("size", 3),)))
    study._handles[row.number].set_user_attr("record", '{"number": 1}')


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (torn_job, "job.json: is no job of this version of strop"),
        (later_job, "news Extra inputs are not permitted"),
        (no_database, "study.db: is missing"),
        (broken_database, "file is not a database"),
        (other_database, "holds no study 'demo-1'"),
        (lost_candidate, "No such file or directory"),
        (torn_record, "record of trial 2 of demo-1"),
    ],
)
def test_a_study_that_cannot_be_read_is_a_note(tmp_path: Path, damage: Any, why: str) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    damage(bad, past_study(bad, [({"size": 70}, 1.5)]))
    past_study(good, [({"size": 71}, 1.2)])
    past = past_of(Study.create(good, job()), {"STROP_PAST": str(bad)})
    assert [trial.values["size"] for trial in past.trials] == [71]
    (note,) = past.notes
    assert note.startswith("study demo-1 is left out: ") and why in note, note
    if damage in (torn_job, later_job, no_database, broken_database):
        with pytest.raises(StorageError, match="demo-1|study.db"):
            Study(bad, "demo-1")
    assert damage is not no_database or not (bad / ".strop" / "study.db").exists()  # nothing was made


@pytest.mark.parametrize("alike", [True, False])
def test_without_a_past_a_note_says_so_and_the_sampler_goes_on(tmp_path: Path, alike: bool) -> None:
    past_study(tmp_path, [({"size": 20}, 0.7)] if alike else [], knobs=FOUR if alike else (SIZE,))
    told: list[str] = []
    view = view_of(tmp_path)
    (member,) = open_optimizer(("warmstart-past",), view, None, noting(told)).members
    found = member.ask(3)
    assert len({one.id for one in found}) == 3 and member.name == "warmstart-past"
    plain = KnobSearch("gp", view).ask(3)
    assert [one.values for one in found] == [one.values for one in plain]
    what = "has a gain to begin with" if alike else "was found here or in STROP_PAST"
    assert told == [f"warmstart-past: no study of a similar job {what}; gp goes on from the defaults"]


def test_a_study_that_is_gone_on_with_keeps_its_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    rows: list[Row] = [({"size": size}, 1 + size / 100) for size in range(10, 80, 10)]
    past_study(elsewhere, rows)
    view = view_of(tmp_path / "mine")
    monkeypatch.setenv("STROP_PAST", str(elsewhere))
    first, second = search(view).ask(2)
    assert (first.values, second.values) == ({"size": 70}, {"size": 60})
    shutil.rmtree(elsewhere)
    again, told = search(view, silent), add(view.study, first, 1.7)
    again.tell(told)
    found = again.ask(5)
    assert [one.values["size"] for one in found[:4]] == [60, 50, 40, 30]  # five in all, as of a model
    assert found[0].rationale == second.rationale and "from study" not in found[4].rationale


def test_a_baseline_optimizer_takes_nothing_of_its_rival(tmp_path: Path) -> None:
    past_study(tmp_path, [({"size": 20}, 1.2)])
    past_study(tmp_path, [({"size": 30}, 1.3)])
    rival = Study.create(tmp_path, job(optimizers=["warmstart-past"]), "demo-2-warmstart-past")
    assert sources(rival) == ["study demo-1, trial 1"]
    assert len(sources(Study.create(tmp_path, job()))) == 2


def test_new_code_begins_with_the_past_too(tmp_path: Path) -> None:
    past_study(tmp_path, [({"size": 20}, 1.2)])
    view = view_of(tmp_path)
    view.study.finish(replace(view.study.begin(BASELINE), state=TrialState.COMPLETE))
    optimizer = search(view)
    (first,) = optimizer.ask(1)
    assert first.values == {"size": 20} and not first.edits
    written = Candidate((FileEdit("numbers_shared.py", "x = 1\n"),), author="coder")
    optimizer.tell(add(view.study, written, 1.5))
    (second,) = optimizer.ask(1)
    assert second.values == {"size": 20} and second.edits == written.edits and second.parents == (written.id,)
    assert second.rationale == first.rationale


def test_the_name_is_known() -> None:
    assert "warmstart-past" in NAMES


@pytest.mark.parametrize("name", ["warmstart", "warmstart-buckets"])
def test_what_a_model_said_in_vain_is_kept_with_the_attempts(tmp_path: Path, name: str) -> None:
    view = view_of(tmp_path)
    answers = ['[{"speed": 3}, {"size": 400}, {"size": 7}]']
    events: list[Event] = []
    asker = Asker(ScriptedModel(answers), ModelSettings(), Attempts(view.study.folder))
    first, second = KnobSearch(name, view, asker=asker, listener=events.append).ask(2)
    assert (first.values, second.values) == ({"size": 100}, {"size": 7})
    (lost,) = fruitless(view.study, attempts_of(view.study), [])  # what was corrected came to a trial
    why = "unknown settings speed; known: size, rate, mode, on"
    assert attempt_sentence(lost).endswith(why) and "tuner" in attempt_sentence(lost)
    assert lost["prompt"].startswith("tuner/") and lost["turn"] == 1
    assert [event.data["sentence"] for event in events] == [why]
    assert asker.attempts.asked("tuner", BASELINE.id) == 1  # a reason is no question


def test_a_warm_start_of_no_use_is_kept_whole(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    asker = Asker(ScriptedModel(["I would measure first.", ""]), ModelSettings(), Attempts(view.study.folder))
    assert KnobSearch("warmstart", view, asker=asker).ask(1)  # the sampler's
    lost = fruitless(view.study, attempts_of(view.study), [])
    assert [row["sentence"] for row in lost] == [
        "no JSON list of objects in the answer",
        "the answer was empty",
    ]
