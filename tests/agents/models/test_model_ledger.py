"""The ledger: reservations, budgets, and what is left of them after a kill."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from strop.agents.models.ledger import Ledger, Price, Spent, estimated_prompt_tokens
from strop.errors import BudgetExhausted, ConfigError, StorageError
from strop.extension import ModelRequest, Usage

REQUEST = ModelRequest("coder", "abc", 0, (("user", "hello"),))


def test_reservation_counts_until_it_is_settled(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl", tokens=100)
    call = ledger.reserve(REQUEST, Usage(40, 40))
    assert ledger.spent == Spent(1, 40, 40, None, estimated=True)
    with pytest.raises(BudgetExhausted, match="100 tokens"):
        ledger.reserve(REQUEST, Usage(20, 1))
    ledger.settle(call, Usage(10, 5), outcome="stop")
    assert ledger.spent == Spent(1, 10, 5, None, estimated=False)
    ledger.reserve(REQUEST, Usage(80, 5))


def test_usd_budget(tmp_path: Path) -> None:
    price = Price(1.0, 5.0)
    assert price.usd(1_000_000, 100_000) == pytest.approx(1.5)
    ledger = Ledger(tmp_path / "calls.jsonl", usd=1.0)
    ledger.settle(ledger.reserve(REQUEST, Usage(1, 1, 0.9)), Usage(1, 1, 0.4), outcome="stop")
    ledger.reserve(REQUEST, Usage(1, 1, 0.6))
    with pytest.raises(BudgetExhausted) as caught:
        ledger.reserve(REQUEST, Usage(1, 1, 0.01))
    assert caught.value.what == "usd"


def test_usd_budget_needs_a_price(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="usd_per_million_input"):
        Ledger(tmp_path / "calls.jsonl", usd=1.0).reserve(REQUEST, Usage(1, 1))


def test_unknown_price_is_never_zero(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl")
    assert ledger.spent.usd is None
    ledger.settle(ledger.reserve(REQUEST, Usage(1, 1, 0.5)), Usage(1, 1, 0.25), outcome="stop")
    assert ledger.spent.usd == 0.25
    ledger.settle(ledger.reserve(REQUEST, Usage(1, 1)), Usage(1, 1), outcome="stop")
    assert ledger.spent.usd is None


def test_goes_on_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "study" / "calls.jsonl"
    ledger = Ledger(file)
    ledger.settle(ledger.reserve(REQUEST, Usage(40, 40)), Usage(10, 5), outcome="stop")
    ledger.reserve(REQUEST, Usage(7, 8))  # in flight when the process ended
    again = Ledger(file, tokens=100)
    assert again.spent == Spent(2, 17, 13, None, estimated=True)
    with pytest.raises(BudgetExhausted):
        again.reserve(REQUEST, Usage(71, 0))
    assert again.reserve(REQUEST, Usage(70, 0)) == 3


def test_torn_last_line_is_left_out_and_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    ledger = Ledger(file)
    ledger.settle(ledger.reserve(REQUEST, Usage(40, 40)), Usage(10, 5), outcome="stop")
    whole = file.read_bytes()
    settle_line = whole.split(b"\n")[1]
    for cut in range(1, len(settle_line) + 1):
        file.write_bytes(whole[:-cut])
        torn = Ledger(file)
        assert torn.spent == Spent(1, 40, 40, None, estimated=True)
        torn.settle(1, Usage(10, 5), outcome="stop")
        assert file.read_bytes() == whole


@pytest.mark.parametrize("line", ["{broken", "[]", '{"call": 1}', '{"call": 1, "reserved": {"usd": null}}'])
def test_damage_elsewhere_names_file_and_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "calls.jsonl"
    Ledger(file).reserve(REQUEST, Usage(1, 1))
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    with pytest.raises(StorageError, match=r"calls\.jsonl:2: "):
        Ledger(file)


def test_unwritable_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        Ledger(tmp_path / "file" / "calls.jsonl").reserve(REQUEST, Usage(1, 1))


def test_threads_never_reserve_more_than_the_budget(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.jsonl", tokens=100)
    refused: list[str] = []

    def spend() -> None:
        try:
            for _ in range(5):
                ledger.settle(ledger.reserve(REQUEST, Usage(6, 4)), Usage(6, 4), outcome="stop")
        except BudgetExhausted as error:
            refused.append(error.what)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.spent.tokens == 100
    assert set(refused) == {"tokens"}


def test_killed_process_leaves_its_call_as_spent(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    code = (
        "import os, pathlib, sys\n"
        "from strop.agents.models.ledger import Ledger\n"
        "from strop.extension import ModelRequest, Usage\n"
        "Ledger(pathlib.Path(sys.argv[1])).reserve(ModelRequest('a', 'b', 0, ()), Usage(3, 4))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert done.returncode == -9
    assert Ledger(file).spent.tokens == 7


def test_estimate_is_on_the_dear_side() -> None:
    code = "def mean(values: list[float]) -> float:\n    return sum(values) / len(values)\n" * 10
    # 22 tokens a repeat in the vocabularies of GPT-4 and Llama 3.
    assert estimated_prompt_tokens(ModelRequest("a", "b", 0, (("user", code),))) > 220
