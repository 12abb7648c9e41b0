"""The site in a real browser: it sorts, filters, opens a task, and has no error."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.result import ModelUsed
from strop.benchmarks.leaderboard.website import write_site
from strop.benchmarks.tuning.result import Row, TuningResult, load_tuning_result
from strop.cli import main
from strop.errors import ConfigError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

ROWS = [
    study("alpha", "rules", ratio=2.0), study("beta", "rules"), study("sha", "rules"),
    study("alpha", "random"), study("beta", "random", ratio=7.5), study("sha", "random"),
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page."""
    folder = tmp_path_factory.mktemp("site")
    return write_site([result(ROWS, controls=["sha"]), result(ROWS[:1], suite="my own/suite")], folder)


def test_every_page_is_there_and_escaped(site: Path) -> None:
    text = site.read_text(encoding="utf-8")
    assert "my own/suite" in text and "not complete" not in text.lower()
    pages = sorted(path.name for path in (site.parent / "tasks").iterdir())
    assert pages == [
        "kernels-1-alpha.html",
        "kernels-1-beta.html",
        "kernels-1-sha.html",
        "my-own-suite-2-alpha.html",
    ]
    page = (site.parent / "tasks" / "kernels-1-alpha.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;joined&lt;/b&gt;" in page and "<b>joined" not in page
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


def test_tasks_whose_names_look_alike_have_pages_of_their_own(tmp_path: Path) -> None:
    names = ("a.b", "a-b", "A-B", "a-b-2")
    alike = result([study(name, "rules", ratio=2.0) for name in names], suite="x")
    other = result([study("2-a", "rules"), study("a", "rules")], suite="x-1")
    clash = result([study("2-2-a", "rules")], suite="x")
    index = write_site([alike, other, clash], tmp_path).read_text(encoding="utf-8")
    links = re.findall(r'<a href="(tasks/[^"]+)">([^<]+)</a>', index)
    assert [name for _, name in links] == [*names, "2-a", "a", "2-2-a"]
    assert len({link.lower() for link, _ in links}) == 7 == len(list((tmp_path / "tasks").iterdir()))
    for link, name in links:
        assert f"<h1>The {name}</h1>" in (tmp_path / link).read_text(encoding="utf-8")


def test_pages_of_earlier_results_are_taken_away_and_nothing_else(tmp_path: Path) -> None:
    write_site([result([study("gone", "rules")], suite="x")], tmp_path)
    mine = tmp_path / "tasks" / "notes.html"
    mine.write_text("<p>mine</p>", encoding="utf-8")
    write_site([result([study("new", "rules")], suite="x")], tmp_path)
    assert sorted(path.name for path in mine.parent.iterdir()) == ["notes.html", "x-1-new.html"]


def test_studies_of_tuning_are_boards_too(tmp_path: Path) -> None:
    def row(auc: float) -> Row:
        return Row(
            median_best=90.0, low=80.0, high=95.0, regret_auc=auc, regret_low=auc - 0.02,
            regret_high=auc + 0.02,
            regret_10=auc, regret_20=auc / 2, hit_95=0.5, to_95=12.0, seconds_per_ask=0.01,
        )  # fmt: skip

    study = TuningResult(
        date="2026-11-24T12:00:00+00:00", strop="0.1.0", machine={"system": "Linux"}, evaluations=20, seeds=5,
        problems={"one/a": {"gp": row(0.1), "tpe": row(0.2)}, "one/b": {"gp": row(0.2), "random": row(0.23)}},
    )  # fmt: skip
    text = write_site([], tmp_path, [study]).read_text(encoding="utf-8")
    assert "0.150</td>" in text  # the mean of gp, which alone searched both
    # Ahead where the intervals lie apart, 0.1 and 0.2; 0.2 and 0.24 show no difference.
    assert 'class="gain" data-value="0.1" title="median best 90 [80, 95]">0.100 [0.080, 0.120]' in text
    assert text.count('class="gain" data-value="0.') == 1
    (tmp_path / "tuning.json").write_text(study.model_dump_json(), encoding="utf-8")
    assert load_tuning_result(tmp_path / "tuning.json") == study
    # Given one by one or together, no result is dropped.
    other = study.model_copy(update={"problems": {"two/c": study.problems["one/a"]}})
    (tmp_path / "other.json").write_text(other.model_dump_json(), encoding="utf-8")
    given = ["--result", str(tmp_path / "tuning.json"), "--result", str(tmp_path / "other.json")]
    assert main(["bench", "site", str(tmp_path / "site"), *given]) == 0
    text = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "one/b" in text and "two/c" in text


def test_a_scripted_model_never_enters(tmp_path: Path) -> None:
    scripted = result(ROWS, model=ModelUsed(name="scripted", kind="scripted"))
    with pytest.raises(ConfigError, match="never ranks"):
        write_site([scripted], tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Any]:
    """The first page, opened from its file; anything it complains about fails the test."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    opened.goto(site.as_uri())
    yield opened
    opened.close()
    assert said == []


def _column(page: Any, table: str, number: int) -> list[str]:
    cells = page.locator(f"#{table} tbody tr > :nth-child({number})")
    return [text.split("\n")[0].strip() for text in cells.all_inner_texts()]


def test_who_is_better_is_read_by_keyboard_and_on_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    verdicts = page.locator("#kernels-1-verdicts tbody tr")
    assert verdicts.count() == 1 and not verdicts.first.is_visible()
    page.locator("summary", has_text="Who is better").press("Enter")
    assert verdicts.first.is_visible()
    cells = verdicts.first.locator("th, td").all_inner_texts()
    assert cells == ["random over rules", "no difference shown", "1", "1", "1"]
    assert page.locator("#kernels-1-verdicts [title]").count() == 0


def test_tables_sort_both_ways(page: Any) -> None:
    assert _column(page, "kernels-1-ranking", 1) == ["random", "rules"]
    head = page.locator("#kernels-1-tasks thead th", has_text="random")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert _column(page, "kernels-1-tasks", 1)[0].startswith("beta")
    head.get_by_role("button").press("Enter")  # by keyboard, too
    assert head.get_attribute("aria-sort") == "ascending"
    assert _column(page, "kernels-1-tasks", 1)[-1].startswith("beta")


def test_tasks_are_filtered(page: Any) -> None:
    page.get_by_label("Show tasks with").first.fill("ALPHA")
    assert page.locator("#kernels-1-tasks tbody tr:visible").count() == 1
    assert page.locator("#kernels-1-tasks-count").inner_text() == "1 of 3 tasks"
    page.get_by_label("Show tasks with").first.fill("")
    assert page.locator("#kernels-1-tasks tbody tr:visible").count() == 3


def test_boards_are_listed_first_with_who_leads(page: Any) -> None:
    boards = page.get_by_role("navigation", name="Boards").get_by_role("listitem")
    assert boards.count() == 2 and "3 tasks; first: random, 1.96" in boards.first.inner_text()
    boards.last.get_by_role("link").click()
    assert page.url.endswith("#my-own-suite-2")


def test_a_model_is_named_and_no_gain_is_said(tmp_path: Path) -> None:
    rows = [study("alpha", "best-of-n"), study("alpha", "known-good", ratio=3.0)]
    asked = result(rows, model=ModelUsed(name="small", kind="live"))
    text = write_site([result(ROWS), asked], tmp_path).read_text(encoding="utf-8")
    assert "kernels, model small</h2>" in text and "1 task; nothing gained" in text


def test_a_task_opens_with_diff_and_trace(page: Any) -> None:
    page.get_by_role("link", name="alpha", exact=True).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "The alpha"
    assert "+fast = 1" in page.locator("pre .added").all_inner_texts()
    assert page.locator("ol.trace li").first.is_visible()
    page.get_by_role("link", name="All tasks of kernels").click()
    assert page.get_by_role("heading", level=1).inner_text() == "strop leaderboard"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("task", ["", "alpha"])
def test_it_fits_a_phone_and_can_be_read(page: Any, scheme: str, task: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 800})
    if task:
        page.get_by_role("link", name=task, exact=True).first.click()
        assert page.locator("pre .added").first.is_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    assert page.evaluate(CONTRAST) >= 4.5
    assert page.evaluate("[...document.querySelectorAll('input')].every(i => i.labels.length)")
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


CONTRAST = """
() => {
  const READ = "p, td, th, a, li, caption, figcaption, dt, dd, summary, h1, h2, h3, pre span, " +
    ".badge, button, label";
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const found = colour(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  let worst = 21;
  for (const node of document.querySelectorAll(READ)) {
    if (!node.innerText || !node.offsetParent) continue;
    const [a, b] = [light(colour(getComputedStyle(node).color)), light(behind(node))];
    worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return worst;
}
"""
