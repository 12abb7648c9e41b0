"""Whole functions in an answer take the place of the old ones; everything else in the file stays."""

from __future__ import annotations

import pytest

from strop.agents.definitions import merge_definitions
from strop.agents.edits import parse_answer
from strop.errors import EditError

OLD = '''"""Module."""

from __future__ import annotations

import os

LIMIT = 3


@staticmethod
def first(a):
    return a


def second(b):  # a comment
    """Doc."""
    return b


class Third:
    pass
'''


def test_a_function_is_replaced_and_the_rest_stays() -> None:
    new = "def second(b):\n    return b + 0\n"
    merged = merge_definitions(OLD, new)
    old_part = 'def second(b):  # a comment\n    """Doc."""\n    return b'
    assert merged == OLD.replace(old_part, "def second(b):\n    return b + 0")


def test_imports_and_helpers_are_added_once() -> None:
    new = (
        "from __future__ import annotations\nimport os\nfrom collections import Counter\n\n"
        "def helper(x):\n    return Counter(x)\n\n@cached\ndef first(a):\n    return helper(a)\n"
    )
    merged = merge_definitions(OLD, new)
    assert merged is not None
    compile(merged, "merged", "exec")
    assert merged.count("import os") == 1 and merged.count("__future__") == 1
    assert merged.index("import os\nfrom collections import Counter\n") < merged.index("def helper")
    assert merged.index("def helper") < merged.index("@cached\ndef first")
    assert "@staticmethod" not in merged and "class Third" in merged and "LIMIT = 3" in merged


@pytest.mark.parametrize(
    "new",
    [
        "def unknown():\n    pass\n",  # nothing of the file
        "LIMIT = 4\n\ndef first(a):\n    return a\n",  # a constant that nobody asked to change
        "print('hello')\n\ndef first(a):\n    return a\n",
        "def first(a):\n    return (\n",
        "",
    ],
)
def test_other_pieces_are_no_definitions(new: str) -> None:
    assert merge_definitions(OLD, new) is None


@pytest.mark.parametrize("new", ["first()", "first(b)", "first(a, b)", "first(a, *, key)", "first(*a)"])
def test_changed_parameters_are_refused(new: str) -> None:
    with pytest.raises(EditError, match="first takes .a. today and .* keep its parameters"):
        merge_definitions(OLD, f"def {new}:\n    return 1\n")


def test_an_optional_parameter_more_is_fine() -> None:
    assert merge_definitions(OLD, "def first(a, known=None, *, key=1):\n    return a\n") is not None


def test_a_constant_that_is_the_same_is_no_obstacle() -> None:
    assert merge_definitions(OLD, "LIMIT = 3\n\ndef first(a):\n    return a * 1\n") is not None


BASE = {"a.py": OLD, "b.py": "def fourth():\n    return 4\n\n\ndef fifth():\n    return 5\n"}


def test_an_answer_may_hold_functions_after_a_path() -> None:
    answer = parse_answer("Because.\n\na.py\n```python\ndef first(a):\n    return a * 1\n```\n", BASE)
    (edit,) = answer.edits
    assert edit.path == "a.py" and edit.text == OLD.replace(
        "@staticmethod\ndef first(a):\n    return a\n", "def first(a):\n    return a * 1\n"
    )


def test_a_function_that_one_file_has_needs_no_path() -> None:
    answer = parse_answer("```python\ndef fifth():\n    return 2 + 3\n```\n", BASE)
    assert [edit.path for edit in answer.edits] == ["b.py"]
    assert "return 4" in (answer.edits[0].text or "")


def test_a_whole_file_is_known_by_its_functions() -> None:
    text = "def fourth():\n    return 2 + 2\n\n\ndef fifth():\n    return 5\n"
    answer = parse_answer(f"```python\n{text}```\n", BASE)
    assert [(edit.path, edit.text) for edit in answer.edits] == [("b.py", text)]


def test_a_function_that_two_files_have_needs_a_path() -> None:
    base = {**BASE, "c.py": "def fifth():\n    return 6\n\n\ndef sixth():\n    return 6\n"}
    with pytest.raises(EditError, match="could be any file"):
        parse_answer("```python\ndef fifth():\n    return 2 + 3\n```\n", base)


BOX = """class Box:
    def __init__(self):
        self.items = []

    def put(self, item):
        self.items.append(item)

    def total(self):
        return self._sum()

    def _sum(self):
        return sum(self.items)
"""


def test_a_class_given_in_part_is_refused_and_a_helper_may_go() -> None:
    part = "class Box:\n    def total(self):\n        return sum(self.items)\n"
    for old in (BOX, f"{BOX}\n\ndef other(x):\n    return x\n"):
        with pytest.raises(EditError, match="class Box lacks __init__, put"):
            parse_answer(f"```python box.py\n{part}```", {"box.py": old})
    whole = BOX.replace("self._sum()", "sum(self.items)").replace(
        "\n    def _sum(self):\n        return sum(self.items)\n", ""
    )
    candidate = parse_answer(f"```python box.py\n{whole}```", {"box.py": BOX})
    assert [edit.text for edit in candidate.edits] == [whole]
    # What a decorator makes, what another base has, and what is another method.
    for other in (
        "@dataclass\nclass Box:\n    items: list\n    def put(self, item): self.items.append(item)\n"
        "    def total(self): return sum(self.items)\n",
        "class Sums:\n    def total(self): return sum(self.items)\n\n\nclass Box(Sums):\n"
        "    def __init__(self): self.items = []\n    def put(self, item): self.items.append(item)\n",
        "class Box:\n    def __init__(self): self.items = []\n    def total(self): return sum(self.items)\n"
        "    def add(self, item): self.items.append(item)\n    put = add\n",
    ):
        assert parse_answer(f"```python box.py\n{other}```", {"box.py": BOX}).edits
    with pytest.raises(EditError, match="class Box lacks _sum"):  # still called
        parse_answer(
            f"```python box.py\n{whole.replace('sum(self.items)', 'self._sum()')}```", {"box.py": BOX}
        )
