"""Reports for people: what they say, and that nothing in them does anything to a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from strop.errors import ConfigError
from strop.events import NO_IDEA
from strop.report import build_report, render_markdown, render_status, render_text, show_all, show_trial
from strop.report.words import clean, duration, money, one_line, ratio_text, trial_sentence
from strop.study import Study


def printed(draw: Callable[[Console], None], width: int = 120) -> str:
    stream = io.StringIO()
    draw(Console(file=stream, width=width, highlight=False, markup=False, emoji=False))
    text = stream.getvalue()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text), "a control character got through"
    return text


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_first_line_is_the_result(improved: Study) -> None:
    text = printed(lambda console: render_text(build_report(improved), console))
    first = "2.75 times faster [2.61, 2.86] (wall_time, 95 % interval, 14 fresh pairs), verified by "
    assert text.splitlines()[0].rstrip() == f"{first}tests and output"
    assert "Set chunk = 12: environment variable WORDS_CHUNK=12" in text
    assert "Left out, since it gains nothing: mode=a" in text
    assert "failed at test: tests failed: test_[red]work" in text
    assert "price unknown" in text
    assert "strop apply" in text


def test_what_each_part_is_worth_is_told_the_most_first(improved: Study) -> None:
    text = printed(lambda console: render_text(build_report(improved), console))
    heading, *rows = text[text.index("What each part is worth") :].splitlines()[:4]
    assert heading.rstrip() == "What each part is worth, measured by leaving it out:"
    assert [" ".join(row.split()) for row in rows] == [
        "app.py:work: needed (tests: exit code 1)",
        "chunk=12: 1.40 times faster [1.31, 1.52]",
        "mode=a: 1.010 times faster [0.970, 1.050]; left out",
    ]
    assert "\n- chunk=12: 1.40 times faster [1.31, 1.52]\n" in render_markdown(build_report(improved))


def test_parts_of_a_whole_whose_rest_was_not_confirmed_are_not_told_to_be_left_out(improved: Study) -> None:
    kept = improved.get("minimised")
    whole = improved.get("confirmation")["candidate"]
    improved.set("minimised", {**kept, "candidate": whole, "dropped": [], "confirmation": None})
    for text in (
        printed(lambda console: render_text(build_report(improved), console)),
        render_markdown(build_report(improved)),
    ):
        assert "left out" not in text.replace("Nothing is left out", "")
        assert "1.010 times faster [0.970, 1.050]; kept all the same" in text
        assert "Nothing is left out: the rest by itself" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(improved: Study, width: int) -> None:
    text = printed(lambda console: render_text(build_report(improved), console), width)
    assert max(map(len, text.splitlines())) <= width


def test_what_the_search_saw_is_no_claim(unlucky: Study, interrupted: Study) -> None:
    for study in (unlucky, interrupted):
        text = flat(printed(lambda console, study=study: render_text(build_report(study), console)))  # type: ignore[misc]
        assert text.startswith(build_report(study)["status"])
        assert "looked 2.90 times faster in the search; that is not confirmed" in text


def test_a_claim_of_a_study_that_was_stopped_says_so(improved: Study) -> None:
    improved.set("status", "interrupted")
    text = flat(printed(lambda console: render_text(build_report(improved), console)))
    assert text.startswith("2.75 times faster") and "The study is interrupted" in text
    assert "Next: strop resume" in text


def test_nothing_promising(fresh: Study) -> None:
    fresh.set("status", "no improvement found")
    text = flat(printed(lambda console: render_text(build_report(fresh), console)))
    assert text.startswith("no improvement found: 0 candidates evaluated, none promised more than 5 %")
    assert "strop run --evaluations N" in text
    fresh.set("stopped_because", NO_IDEA)
    text = flat(printed(lambda console: render_text(build_report(fresh), console)))
    assert "a model brings some" in text and "strop run --model NAME" in text


def test_all_failures_are_told_in_a_sentence(improved: Study) -> None:
    text = flat(printed(lambda console: show_all(improved, console)))
    for sentence in (
        "an answer of coder could not be used: the answer was empty",
        "tuner got no answer: cannot be reached: [/nope]",
        "a proposal of rules was refused: the same as trial 2",
        "failed at test: tests failed: test_[red]work",
        "worse: 0.50 [0.00, ?] times the baseline",
    ):
        assert sentence in text


def test_one_trial_in_full(improved: Study) -> None:
    good = flat(printed(lambda console: show_trial(improved, 2, console)))
    assert "71.5 %" in good and "app.py:work" in good
    assert "(no claim)" in good
    assert "chunk = 12 (environment variable WORDS_CHUNK=12)" in good
    assert "+ return ''.join([])" in good or "+    return ''.join([])" in good
    bad = flat(printed(lambda console: show_trial(improved, 1, console)))
    assert "AssertionError: 1 != ''" in bad and "test.log" in bad
    printed(lambda console: show_trial(improved, 0, console))


def test_an_unknown_trial_names_the_known_ones(improved: Study) -> None:
    with pytest.raises(ConfigError, match="no trial 9; known: 0, 1, 2, 3"):
        printed(lambda console: show_trial(improved, 9, console))


def test_status_tells_what_is_left(interrupted: Study) -> None:
    text = flat(printed(lambda console: render_status(interrupted, console)))
    assert "7 of 10 evaluations, 3 min 44 s of 5 min 0 s, 7,500 of 9,000 tokens" in text
    assert f"strop resume {interrupted.name}" in text


def test_markdown_keeps_the_diff_in_its_fence(improved: Study) -> None:
    text = render_markdown(build_report(improved))
    assert text.startswith("## 2.75 times faster [2.61, 2.86]")
    assert re.search(r"^````diff\n.*^\+# ```\n.*^````$", text, re.MULTILINE | re.DOTALL)
    # What a model wrote stands in code, with more ticks than it has itself.
    assert "```` join the [bold]parts[/bold] `x` ``` ````" in text
    assert "| `peak_memory` |" in text


def test_markdown_has_what_a_reader_has_to_know(improved: Study) -> None:
    report = build_report(improved)
    labelled = {**report, "speedup": {**report["speedup"], "labels": ["memoisation: x keeps results"]}}
    assert "\n- `memoisation: x keeps results`\n" in render_markdown(labelled)
    assert "this is not its end" in render_markdown({**report, "status": "interrupted"})


def test_markdown_has_the_front_of_several_metrics(improved: Study) -> None:
    report = build_report(improved)
    assert "No other trial beats these" not in render_markdown(report)
    rows = [{"trial": number, "gains": {"wall_time": gain}} for number, gain in ((3, 2.0), (1, 1.5))]
    text = render_markdown({**report, "front": {"trials": rows, "hypervolume": None}})
    assert "1 is the unchanged program):\n\n- `trial 3: wall_time 2`\n- `trial 1: wall_time 1.5`\n" in text


def test_a_comparison_with_the_baseline_optimizer_is_told(improved: Study) -> None:
    other = {"ratio": 1.5, "low": 1.4, "high": 1.6}
    versus = {"optimizer": "optuna", "study": "x", "other": other, "winner": "ours"}
    improved.set("versus", {**versus, "ratio": 1.8, "low": 1.7, "high": 1.9, "pairs": 10})
    text = flat(printed(lambda console: render_text(build_report(improved), console)))
    assert "Against optuna with the same budget (alone: 1.50 [1.40, 1.60]): ours" in text
    assert "head to head 1.80 [1.70, 1.90] from 10 pairs" in text


def test_texts_of_others_are_made_harmless() -> None:
    assert clean("a\x1b[31mb\x1b]0;t\x07c\rd\x9be\u202ef\ud800") == "abcdef?"
    assert clean("a\r\n\tb") == "a\n\tb"
    assert one_line("a\n  b" + "c" * 300, 10) == "a bcccccc…"


def test_a_quality_is_told_by_its_difference() -> None:
    row = {"state": "complete", "ratio": 2.0, "low": 2.0, "high": 2.0, "difference": [0.05, 0.04, 0.06]}
    told = {verdict: trial_sentence({**row, "verdict": verdict}) for verdict in ("promising", "worse", None)}
    assert told["promising"] == "promising: better by an estimated +0.05 [+0.04, +0.06]"
    assert told["worse"] == "worse: +0.05 [+0.04, +0.06] against the baseline, above 0 is better"
    assert told[None].startswith("no difference shown: +0.05")


def test_what_was_dropped_at_a_lower_rung_says_why() -> None:
    row = {"state": "complete", "verdict": "worse", "ratio": None, "reason": "pruned at rung 4 of 16: why"}
    gain = {**row, "ratio": 17.8, "low": 14.7, "high": 21.7, "reason": "the work was moved"}
    told_gain = "refused: 17.80 [14.70, 21.70] times faster, but the work was moved"
    assert trial_sentence(gain, "faster") == told_gain
    assert trial_sentence(row) == "worse: pruned at rung 4 of 16: why"
    assert trial_sentence({**row, "reason": ""}) == "complete, without a measurement"


def test_numbers() -> None:
    assert [ratio_text(x) for x in (1.0349, 2.728, 123.4, float("inf"), None)] == [
        "1.035",
        "2.73",
        "123",
        "?",
        "?",
    ]
    assert [duration(s) for s in (0.04, 59.7, 200, 3900)] == ["0.0 s", "1 min 0 s", "3 min 20 s", "1 h 5 min"]
    assert [money(x) for x in (None, 0.0, 0.0312, 2.5)] == [
        "price unknown",
        "0.0000 USD",
        "0.0312 USD",
        "2.50 USD",
    ]
