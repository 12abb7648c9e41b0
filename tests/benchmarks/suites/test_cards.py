"""What a card says was measured is what docs/suites.md says, so that neither is left behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strop.benchmarks.leaderboard.tasks import Card, load_task, tasks_folder

DOCS = Path(__file__).parents[3] / "docs" / "suites.md"

SHOWN = {  # task -> how its row shows a value
    "heuristics/bin_packing_online": ".3f",
    "heuristics/tsp_construction": ".3f",
    "heuristics/cvrp_construction": ".3f",
    "decoding/arithmetic_settings": ",.0f",
    "decoding/logic_settings": ",.0f",
}


def card_and_row(name: str) -> tuple[Card, str]:
    card = load_task(tasks_folder() / name).card
    assert card is not None
    start = f"| `{name.partition('/')[2]}` |"
    (row,) = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith(start)]
    return card, row


@pytest.mark.parametrize("name", SHOWN)
def test_a_card_states_the_values_of_its_row(name: str) -> None:
    card, row = card_and_row(name)
    found = re.search(r"(\d[\d.]*) to (\d[\d.]*\d)", card.best.source)
    assert found, card.best.source
    seed, good = map(float, found.groups())
    for value in (seed, good):
        assert re.search(rf"(?<![\d.,]){re.escape(format(value, SHOWN[name]))}(?![\d.,]*\d)", row), (
            value,
            row,
        )
    digits = len(str(card.best.ratio).partition(".")[2])
    assert card.best.ratio == round(seed / good, digits)


def test_the_sum_of_a_packing_is_the_same_everywhere() -> None:
    card, row = card_and_row("constructions/circle_packing_26")
    assert f"| {card.best.value} |" in row
    assert set(re.findall(r"2\.635983\d{4,}", DOCS.read_text(encoding="utf-8"))) == {str(card.best.value)}
