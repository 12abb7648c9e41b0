"""What a candidate's results are held to."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from strop.sandbox import canonical
from strop.sandbox.behaviour.equality import Tolerance
from strop.sandbox.checks import same_replies

EXACT, LOOSE = Tolerance(), Tolerance(relative=1e-6)


class Kept:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def replies(*values: Any) -> bytes:
    return b"\n".join(
        json.dumps({"output": canonical.encode(value)}, sort_keys=True).encode() for value in values
    )


def test_arrays_are_within_the_tolerance_and_nothing_else_is() -> None:
    one = np.array([1.0, 2.0])
    assert same_replies(replies(one * (1 + 1e-9), 3), replies(one, 3), LOOSE)
    assert not same_replies(replies(one * (1 + 1e-9), 3), replies(one, 3), EXACT)
    assert not same_replies(replies(one * 1.1, 3), replies(one, 3), LOOSE)
    assert not same_replies(replies(one, 4), replies(one, 3), LOOSE)
    assert not same_replies(replies(one.astype("float32"), 3), replies(one, 3), LOOSE)
    assert not same_replies(replies(one), replies(one, 3), LOOSE)


def test_what_an_object_keeps_for_itself_is_its_own_matter() -> None:
    assert same_replies(replies(Kept(x=1, _index={})), replies(Kept(x=1)), EXACT)
    assert not same_replies(replies(Kept(x=2, _index={})), replies(Kept(x=1)), EXACT)


def test_a_reply_is_no_exception() -> None:
    raised = b'{"exception": "builtins.ValueError", "message": "no"}'
    assert same_replies(raised, raised, EXACT)
    assert not same_replies(raised, replies(1), EXACT)
    assert not same_replies(raised.replace(b"no", b"yes"), raised, EXACT)
    assert not same_replies(b"[1]", b"[2]", EXACT) and not same_replies(b"x", b"y", EXACT)
