"""Changed code runs in a sandbox: values both ways, what can't cross, deadlines, what it can't reach."""

from __future__ import annotations

import asyncio
import builtins
import math
import os
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest

from strop.agents.opto import execution
from strop.agents.opto.wire import Uncrossable, dumps, loads
from strop.errors import ConfigError
from strop.opto import Bundle, ExecutionError, bundle, close_workers, node
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend

OFFSET = {"a": (1, 2.5)}
SHARED = object()


def helper(x: float) -> float:
    return floor_half(x) + OFFSET["a"][0]


def floor_half(x: float) -> float:
    return math.floor(x / 2)


@bundle(trainable=True, timeout_s=20)
def work(x: Any, more: Any = None) -> Any:
    return x


def changed(code: str, of: Any = work) -> Any:
    mine = of.detach()
    assert isinstance(mine, Bundle) and mine.parameter is not None
    value, why = mine.parameter.admit(code)
    assert not why, why
    mine.parameter._set(value)
    return mine


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        10**30,
        1.5,
        math.inf,
        "text\n",
        b"\0",
        [1, [2]],
        (1, (2,)),
        {1, 2},
        {"a": {1: (2,)}},
        2j,
    ],
)
def test_plain_values_cross_and_come_back(value: Any) -> None:
    back = loads(dumps(value))
    assert back == value and type(back) is type(value)


def test_what_is_not_plain_is_named() -> None:
    with pytest.raises(Uncrossable, match="builtins.object"):
        dumps([object()])
    for text in ('{"eval": 1}', '{"ndarray": "O"}', '{"tuple": 3}', '{"a": 1, "b": 2}', "nonsense"):
        with pytest.raises(ValueError):
            loads(text)
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(6.0).reshape(2, 3)
    assert (loads(dumps(array)) == array).all() and dumps(numpy.float64(2)) == dumps(2.0)


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[None]:
    if not (BubblewrapBackend().available().ok or DockerBackend().available().ok):
        if os.environ.get("STROP_REQUIRE_DOCKER") == "1":
            pytest.fail("neither docker nor bubblewrap works here")
        pytest.skip("neither docker nor bubblewrap works here")
    yield
    close_workers()


@pytest.mark.slow
@pytest.mark.usefixtures("sandboxed")
class TestInASandbox:
    def test_it_sees_what_its_module_has(self) -> None:
        code = "def work(x, more=None):\n    print('noise')\n    return reduce(max, map(helper, x)), more"
        made = changed(code)(node([3.0, 9.0]), more={"k": (1,)})
        assert made.data == (5, {"k": (1,)})

    def test_it_is_not_this_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_API_KEY", "sk-canary")
        code = "import os\ndef work(x, more=None):\n    return os.getpid(), dict(os.environ)"
        pid, environment = changed(code)(1).data
        assert pid != os.getpid() and "sk-canary" not in str(environment)

    def test_exceptions_come_back_as_they_were(self) -> None:
        code = "def work(x, more=None):\n    table = {}\n    return table[x]"
        with pytest.raises(ExecutionError) as caught:
            changed(code)("key")
        failed = caught.value.exception_node
        assert failed.data == "(KeyError) 'key'" and isinstance(failed.exception, KeyError)
        assert "line 3: return table[x]" in failed.create_feedback("full")
        code = "def work(x, more=None):\n    class Own(Exception): pass\n    raise Own('mine')"
        with pytest.raises(ExecutionError, match=r"\(Own\) mine"):
            changed(code)(1)

    def test_endless_and_dying_code_is_an_exception_of_the_trace(self) -> None:
        slow = changed("def work(x, more=None):\n    while True: pass")
        slow.timeout_s = 0.5
        with pytest.raises(ExecutionError, match=r"\(TimeoutError\) work did not end within 0.5 s"):
            slow(1)
        with pytest.raises(ExecutionError, match="ended its process with exit code 7"):
            changed("import os\ndef work(x, more=None):\n    os._exit(7)")(1)
        with pytest.raises(ExecutionError, match="returned changed.Own, which can't come back"):
            changed(
                "def work(x, more=None):\n    class Own: pass\n    Own.__qualname__='Own'\n    return Own()"
            )(1)

    def test_a_forged_answer_is_only_a_value(self) -> None:
        code = (
            "import os\ndef work(x, more=None):\n"
            "    os.write(1, b'{\"value\": \"{}\"}\\n')\n    os.write(1, b'not json\\n')\n    os._exit(0)"
        )
        with pytest.raises(ExecutionError, match="no result"):
            changed(code)(1)

    def test_async_functions(self) -> None:
        @bundle(trainable=True)
        async def later(x: int) -> int:
            return x

        mine = changed(
            "import asyncio\nasync def later(x):\n    await asyncio.sleep(0)\n    return x + 1", later
        )

        async def run() -> Any:
            return (await mine(1)).data

        assert asyncio.run(run()) == 2

    def test_a_method_gets_the_plain_attributes_of_its_object(self) -> None:
        class Net:
            def __init__(self) -> None:
                self.weight, self.other = node(4, trainable=True), object()

            @bundle(trainable=True)
            def work(self, x: int) -> Any:
                return x

        net = Net()
        code = "def work(self, x):\n    return self.weight * x, hasattr(self, 'other')"
        Net.work.parameter._set(code)  # type: ignore[attr-defined]
        assert net.work(2).data == (8, False)  # type: ignore[attr-defined]

    def test_what_cannot_cross_names_the_way_out(self) -> None:
        with pytest.raises(ConfigError, match='execute="inline"'):
            changed("def work(x, more=None):\n    return x + 1")(object())
        with pytest.raises(ConfigError, match=r"SHARED, of type builtins.object"):
            changed("def work(x, more=None):\n    return SHARED")(1)
        held = [1]

        @bundle(trainable=True)
        def closed(x: int) -> Any:
            return held

        with pytest.raises(ConfigError, match="held of the function around it"):
            changed("def closed(x):\n    return held + [x]", closed)(1)


assert reduce  # used by changed code


def test_only_what_code_does_not_bind_itself_is_taken_from_its_module() -> None:
    code = (
        "def work(x, *rest, scale=FACTOR):\n"
        "    import math\n"
        "    y = [helper(part) for part in rest]\n"
        "    def inner():\n"
        "        return x + math.pi + LIMIT\n"
        "    return inner() + sum(y) * scale\n"
    )
    assert execution._free_names(code) - set(dir(builtins)) == {"FACTOR", "helper", "LIMIT"}
