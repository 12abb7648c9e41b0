"""`strop show TRIAL --trace`: who a failed trial points at, as text and as a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.test_end_to_end import RIGHT, WRONG, ServerFor, a_job, coder_only

from strop.cli import main
from strop.report.traces import trace_page
from strop.running import run_job
from strop.study import latest_study
from strop.testing.model_server import reply
from strop.testing.repositories import make_repository

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = make_repository(tmp_path_factory.mktemp("trace") / "r")
    answer = coder_only([reply(WRONG), reply(RIGHT)], reply("no more ideas"))
    with ServerFor(answer) as server:
        model = {"name": "scripted", "api_base": server.url, "retries": 0}
        run_job(found, a_job(found, optimizers=("agents",), model=model, budget__evaluations=2))
        prompts = [request.body["messages"][-1]["content"] for request in server.requests]
    # The coder's next question says whom the failure points at.
    assert any("points at, most likely first:\n- numbers_shared.py:" in prompt for prompt in prompts)
    return found


def test_a_failed_trial_names_the_function(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "1", "--trace", "-C", str(repository)]) == 0
    said = capsys.readouterr().out
    assert "1. numbers_shared.py:" in said and "#Feedback" in said and "test0 = test(" in said


def test_the_page_is_whole_and_holds_nothing_foreign(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "trace.html"
    assert main(["show", "1", "--trace", "--html", str(page), "-C", str(repository)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text and 'class="worst"' in text and "<script" not in text and "://" not in text
    assert str(page) in capsys.readouterr().out
    study = latest_study(repository)
    assert study.trials()[1].failure is not None


def test_what_a_candidate_wrote_is_escaped() -> None:
    from strop.agents.opto.jobs.evidence import Suspect
    from strop.agents.opto.jobs.trials import TrialTrace

    trace = TrialTrace((Suspect("a.py:<script>alert(1)</script>", 1.0, ("\x1b[31m<b>",)),), None, ())
    page = trace_page("t", trace)
    assert (
        "<script" not in page
        and "<b>" not in page.split("<ol>")[1].replace("<b>a.py", "")
        and "\x1b" not in page
    )


def test_questions_that_have_no_answer(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--trace", "-C", str(repository)]) == 2
    assert "of which trial" in capsys.readouterr().err
    assert main(["show", "99", "--trace", "-C", str(repository)]) == 2
