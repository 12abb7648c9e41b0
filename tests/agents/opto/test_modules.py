"""Modules: copies with parameters of their own, and source with what was learnt."""

from __future__ import annotations

from typing import Any

import pytest

from strop.errors import ConfigError
from strop.opto import Constraint, Module, bundle, node


class Line(Module):
    """Typed, with a list of nodes and a trainable method."""

    def __init__(self) -> None:
        self.slope: Any = node(2, name="slope", trainable=True, constraint=Constraint(low=0, high=9))
        self.same = self.slope
        self.parts = [node(1, trainable=True), node(3, trainable=True)]

    @bundle(trainable=True)
    def bend(self, x: int) -> int:
        return x

    def forward(self, x: Any) -> Any:
        return self.slope * x + self.parts[0]


class Nested(Module):
    def __init__(self) -> None:
        self.lines = {name: node(0, trainable=True) for name in ("a", "b")}


def test_a_copy_has_all_parameters_and_shares_none() -> None:
    line = Line()
    copied: Any = line.copy()
    assert copied.parameters_dict().keys() == line.parameters_dict().keys()
    assert not {id(one) for one in copied.parameters()} & {id(one) for one in line.parameters()}
    assert copied.slope.trainable and copied.slope.admit(99)[1]
    copied.slope._set(7)
    code = copied.parameters_dict()["bend.__code"]
    code._set(code._data.replace("return x", "return x + 1"))
    assert (line.slope.data, line.bend(1).data) == (2, 1)
    assert (copied.slope.data, copied.bend(1).data) == (7, 2)


def test_source_has_what_was_learnt_wherever_it_is_assigned() -> None:
    line = Line()
    line.slope._set(5)
    line.parts[1]._set(4)
    text = line.export()
    assert "self.slope: Any = 5" in text and "self.parts = [1, 4]" in text and "node(" not in text
    with pytest.raises(ConfigError, match=r"parameter lines.a of Nested is not made by self.NAME = node"):
        Nested().export()
