"""No key and no proxy of the machine reaches these tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().endswith(("_API_KEY", "_TOKEN", "_PROXY")) or name.startswith("OPENAI_"):
            monkeypatch.delenv(name)
