"""A model's answer becomes new texts, or an error that the model can act on."""

from __future__ import annotations

import pytest

from strop.agents.edits import merge_edits, parse_answer
from strop.candidate import Candidate, FileEdit
from strop.errors import EditError

CORE = """import os


def slow(items):
    out = []
    for item in items:
        out.append(item * 2)
    return out


class Box:
    def get(self):
        return 1

    def put(self):
        return 1
"""

BASE = {
    "src/core.py": CORE,
    "a.py": "x = 1\ny = 2\nz = 3\n",
    "crlf.py": "x = 1\r\ny = 2\r\nz = 3\r\n",
    "bare.py": "x = 1\ny = 2",
    "bom.py": "\ufeffx = 1\ny = 2\n",
    "Makefile": "all:\n\tcc -O0 x.c\n",
    "empty.py": "",
    "rst.txt": "Title\n=======\nbody\n",
    "big.c": "int a;\nint b;\nint c;\n",
}

BLOCK = "<<<<<<< SEARCH\ny = 2\n=======\ny = 20\n>>>>>>> REPLACE\n"
Y20 = "x = 1\ny = 20\nz = 3\n"


def diff(path: str, *body: str, head: str = "@@ -1,3 +1,3 @@") -> str:
    return "\n".join([f"--- a/{path}", f"+++ b/{path}", head, *body]) + "\n"


CHANGE = diff("a.py", " x = 1", "-y = 2", "+y = 20", " z = 3")

UNDERSTOOD = {
    "path on the line before": (f"a.py\n{BLOCK}", {"a.py": Y20}),
    "bold path": (f"**a.py**\n{BLOCK}", {"a.py": Y20}),
    "heading path": (f"### `a.py`\n\n{BLOCK}", {"a.py": Y20}),
    "file: path": (f"File: a.py\n{BLOCK}", {"a.py": Y20}),
    "path with dot slash": (f"./a.py\n{BLOCK}", {"a.py": Y20}),
    "path on the marker": (BLOCK.replace("SEARCH", "SEARCH a.py"), {"a.py": Y20}),
    "path in a sentence": (f"I change `a.py`, which is hot:\n{BLOCK}", {"a.py": Y20}),
    "block in a fence": (f"a.py\n```python\n{BLOCK}```\n", {"a.py": Y20}),
    "path in the fence": (f"```python\na.py\n{BLOCK}```\n", {"a.py": Y20}),
    "path in the fence line": (f"```python a.py\n{BLOCK}```\n", {"a.py": Y20}),
    "fence not closed after a whole block": (f"a.py\n```\n{BLOCK}", {"a.py": Y20}),
    "thinking first": (f"<think>maybe\nb.py\n{BLOCK}</think>\na.py\n{BLOCK}", {"a.py": Y20}),
    "thinking opened by the template": (f"let me see\n</think>\na.py\n{BLOCK}", {"a.py": Y20}),
    "crlf answer": (f"a.py\n{BLOCK}".replace("\n", "\r\n"), {"a.py": Y20}),
    "other marker length": (
        "a.py\n<<<<<<<<< SEARCH\ny = 2\n=========\ny = 20\n>>>>>>>>> REPLACE",
        {"a.py": Y20},
    ),
    "two blocks, one path": (
        f"a.py\n{BLOCK}\n<<<<<<< SEARCH\nz = 3\n=======\nz = 30\n>>>>>>> REPLACE\n",
        {"a.py": "x = 1\ny = 20\nz = 30\n"},
    ),
    "the second block sees the first": (
        f"a.py\n{BLOCK}\na.py\n<<<<<<< SEARCH\ny = 20\n=======\ny = 200\n>>>>>>> REPLACE\n",
        {"a.py": "x = 1\ny = 200\nz = 3\n"},
    ),
    "two files": (
        f"a.py\n{BLOCK}\nbare.py\n{BLOCK}",
        {"a.py": Y20, "bare.py": "x = 1\ny = 20"},
    ),
    "deletion": ("a.py\n<<<<<<< SEARCH\ny = 2\n=======\n>>>>>>> REPLACE", {"a.py": "x = 1\nz = 3\n"}),
    "new file": ("new.py\n<<<<<<< SEARCH\n=======\nn = 1\n>>>>>>> REPLACE", {"new.py": "n = 1\n"}),
    "empty file": ("empty.py\n<<<<<<< SEARCH\n=======\nn = 1\n>>>>>>> REPLACE", {"empty.py": "n = 1\n"}),
    "trailing space in SEARCH": (f"a.py\n{BLOCK}".replace("y = 2\n", "y = 2  \n", 1), {"a.py": Y20}),
    "less indentation": (
        "src/core.py\n<<<<<<< SEARCH\nfor item in items:\n    out.append(item * 2)\n=======\n"
        "for item in items:\n    out += [item]\n\n>>>>>>> REPLACE",
        {
            "src/core.py": CORE.replace("        out.append(item * 2)\n", "        out += [item]\n\n"),
        },
    ),
    "more indentation": (
        "a.py\n<<<<<<< SEARCH\n    x = 1\n    y = 2\n=======\n"
        "    x = 1\n    if x:\n        y = 2\n>>>>>>> REPLACE",
        {"a.py": "x = 1\nif x:\n    y = 2\nz = 3\n"},
    ),
    "crlf file": (f"crlf.py\n{BLOCK}", {"crlf.py": "x = 1\r\ny = 20\r\nz = 3\r\n"}),
    "crlf file grows": (
        "crlf.py\n<<<<<<< SEARCH\ny = 2\n=======\ny = 2\nw = 4\n>>>>>>> REPLACE",
        {"crlf.py": "x = 1\r\ny = 2\r\nw = 4\r\nz = 3\r\n"},
    ),
    "no last newline": (f"bare.py\n{BLOCK}", {"bare.py": "x = 1\ny = 20"}),
    "byte order mark": (
        "bom.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 5\n>>>>>>> REPLACE",
        {"bom.py": "\ufeffx = 5\ny = 2\n"},
    ),
    "divider in the text": (
        "rst.txt\n<<<<<<< SEARCH\nTitle\n=======\nbody\n=======\nTitle\n=======\nnew\n>>>>>>> REPLACE",
        {"rst.txt": "Title\n=======\nnew\n"},
    ),
    "tab and file without suffix": (
        "Makefile\n<<<<<<< SEARCH\n\tcc -O0 x.c\n=======\n\tcc -O2 x.c\n>>>>>>> REPLACE",
        {"Makefile": "all:\n\tcc -O2 x.c\n"},
    ),
    "whole file by fence line": (f"```python a.py\n{Y20}```\n", {"a.py": Y20}),
    "whole file by title": (f'```python title="a.py"\n{Y20}```\n', {"a.py": Y20}),
    "whole file by colon": (f"```python:a.py\n{Y20}```\n", {"a.py": Y20}),
    "whole file by bold line": (f"**a.py**\n```python\n{Y20}```\n", {"a.py": Y20}),
    "whole file by path and colon": (f"`a.py`:\n\n```\n{Y20}```\n", {"a.py": Y20}),
    "whole file, crlf": (f"crlf.py\n```\n{Y20}```", {"crlf.py": Y20.replace("\n", "\r\n")}),
    "whole file, no last newline": ("bare.py\n```\nx = 1\ny = 5\n```", {"bare.py": "x = 1\ny = 5"}),
    "whole new file": ("pkg/new.py\n```python\nn = 1\n```", {"pkg/new.py": "n = 1\n"}),
    "fence nested in a docstring": (
        'doc.py\n```python\n"""Doc.\n\n```python\nx\n```\n"""\n```\n',
        {"doc.py": '"""Doc.\n\n```python\nx\n```\n"""\n'},
    ),
    "four backticks": (
        'doc.py\n````python\n"""\n```\nx\n```\n"""\n````\n',
        {"doc.py": '"""\n```\nx\n```\n"""\n'},
    ),
    "example code beside a block": (f"Before:\n```python\ny = 2\n```\na.py\n{BLOCK}", {"a.py": Y20}),
    "diff in a fence": (f"```diff\n{CHANGE}```", {"a.py": Y20}),
    "bare diff": (CHANGE, {"a.py": Y20}),
    "bare diff between prose": (f"I do this:\n\n{CHANGE}\n- It is faster.\n", {"a.py": Y20}),
    "git diff": (f"diff --git a/a.py b/a.py\nindex 12ab..34cd 100644\n{CHANGE}", {"a.py": Y20}),
    "diff without a/ and b/": (CHANGE.replace("a/", "").replace("b/", ""), {"a.py": Y20}),
    "diff with wrong line numbers": (CHANGE.replace("-1,3 +1,3", "-40,3 +41,3"), {"a.py": Y20}),
    "diff without line numbers": (CHANGE.replace("-1,3 +1,3 ", ""), {"a.py": Y20}),
    "diff, crlf file": (CHANGE.replace("a.py", "crlf.py"), {"crlf.py": Y20.replace("\n", "\r\n")}),
    "diff with two hunks": (
        diff("src/core.py", "-import os", "+import sys", "", "", head="@@ -1,3 +1,3 @@")
        + "@@ -14,2 +14,2 @@\n     def put(self):\n-        return 1\n+        return 2\n",
        {"src/core.py": CORE.replace("import os", "import sys")[:-2] + "2\n"},
    ),
    "diff makes a file": (
        "--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,2 @@\n+a = 1\n+b = 2\n",
        {"n.py": "a = 1\nb = 2\n"},
    ),
    "diff deletes a file": (
        "--- a/bare.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x = 1\n-y = 2\n\\ No newline at end of file\n",
        {"bare.py": None},
    ),
    "diff adds the last newline": (
        diff("bare.py", " x = 1", "-y = 2", "\\ No newline at end of file", "+y = 2", head="@@ -1,2 +1,2 @@"),
        {"bare.py": "x = 1\ny = 2\n"},
    ),
    "json": ('{"edits": [{"path": "a.py", "search": "y = 2", "replace": "y = 20"}]}', {"a.py": Y20}),
    "json in a fence": (
        '```json\n{"edits": [{"path": "a.py", "search": "y = 2\\n", "replace": "y = 20\\n"}]}\n```',
        {"a.py": Y20},
    ),
    "json with a whole text": ('{"edits": [{"path": "n.py", "text": "n = 1\\n"}]}', {"n.py": "n = 1\n"}),
    "json after prose": (
        'Here:\n{"edits": [{"path": "a.py", "search": "y = 2", "replace": "y = 20"}]}\nDone.',
        {"a.py": Y20},
    ),
    "mixed forms": (
        f"a.py\n{BLOCK}\n```diff\n" + CHANGE.replace("a.py", "crlf.py") + "```\nn.py\n```\nn = 1\n```\n",
        {"a.py": Y20, "crlf.py": Y20.replace("\n", "\r\n"), "n.py": "n = 1\n"},
    ),
    "a spread is no elision": (
        "n.js\n```js\nconst a = [\n  ...rest,\n  ...existing\n];\n```",
        {"n.js": "const a = [\n  ...rest,\n  ...existing\n];\n"},
    ),
    "unchanged file beside a changed one": (f"a.py\n{BLOCK}\nempty.py\n```\n```\n", {"a.py": Y20}),
}


@pytest.mark.parametrize(("answer", "expected"), UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
def test_understood(answer: str, expected: dict[str, str | None]) -> None:
    parsed = parse_answer(answer, BASE)
    assert {edit.path: edit.text for edit in parsed.edits} == expected


def search(old: str, new: str = "new", path: str = "a.py") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


REFUSED = {
    "empty": ("", "no edit found"),
    "prose": ("I can't make this faster.", "no edit found"),
    "prose with the format": ("Sorry", "SEARCH/REPLACE block"),
    "cut off in SEARCH": ("a.py\n<<<<<<< SEARCH\nx = 1", "cut off in the SEARCH/REPLACE block of a.py"),
    "cut off in REPLACE": ("a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx", "cut off in the SEARCH/REPLACE"),
    "cut off in a fence": ("a.py\n```python\nx = 1", "cut off in a code block of a.py"),
    "cut off thinking": ("<think>hm", "cut off in its <think>"),
    "cut off in a diff": (CHANGE[:-8], "announces 3 old and 3 new lines, but has 2 and 2"),
    "cut off json": ('{"edits": [{"path": "a.py", "sea', "broken or cut off"),
    "no divider": ("a.py\n<<<<<<< SEARCH\nx = 1\n>>>>>>> REPLACE", "no ======= line"),
    "two openings": ("a.py\n<<<<<<< SEARCH\nx = 1\n=======\n" + BLOCK, "not closed before the next"),
    "no path": (BLOCK, "names no file"),
    "missing text": (search("y = 7"), "missing in the file"),
    "missing text shows the nearest": (search("y = 22"), "are:\nx = 1\ny = 2\nz = 3"),
    "ambiguous text": (
        search("        return 1", path="src/core.py"),
        "ambiguous (2 matches, at lines 13, 16)",
    ),
    "ambiguous when shifted": (search("return 1", path="src/core.py"), "ambiguous (2 matches"),
    "part of a line": (search("y ="), "missing"),
    "no fuzzy match": (search("x = 1\ny = 2\nz = 4"), "missing"),
    "uneven shift": (search("    x = 1\n  y = 2"), "missing"),
    "no such file": (search("x", path="nope.py"), "there is no such file"),
    "empty search on a full file": ("a.py\n<<<<<<< SEARCH\n=======\nq\n>>>>>>> REPLACE", "SEARCH is empty"),
    "changes nothing": (search("y = 2", "y = 2"), "changes nothing"),
    "changes and changes back": (search("y = 2", "y = 3") + search("y = 3", "y = 2"), "changes nothing"),
    "traversal": (search("x", path="../a.py"), "leaves the repository"),
    "absolute": (search("x", path="/etc/passwd.txt"), "absolute"),
    "git folder": ("```ini .git/config\n[core]\n```", ".git is out of bounds"),
    "divider unclear": (search("x = 1\n=======\ny = 2"), "several ======= lines"),
    "replace out of the shift": (search("    x = 1", "x = 2"), "indented less"),
    "fence without a path": ("```python\nx = 1\n```", "could be any file"),
    "elided file": ("a.py\n```\nx = 5\n# ... rest of the code unchanged\n```", "line 2 stands for code"),
    "elided block": (search("y = 2", "# existing code stays the same"), "stands for code"),
    "snippet for a file": (
        "src/core.py\n```python\ndef other():\n    pass\n```",
        "not the whole of the file (it lacks Box, slow)",
    ),
    "diff with a lying count": (CHANGE.replace("-1,3 +1,3", "-1,2 +1,3"), "announces"),
    "diff with lines to spare": (CHANGE + "+w = 4\n", "but has 3 and 4"),
    "diff with wrong context": (CHANGE.replace(" x = 1", " x = 9"), "old lines are missing"),
    "diff with a wrong removed line": (CHANGE.replace("-y = 2", "-y = 9"), "old lines are missing"),
    "ambiguous diff": (
        diff("src/core.py", "-        return 1", "+        return 2", head="@@ -99,1 +99,1 @@"),
        "ambiguous (2 matches)",
    ),
    "diff without context": (diff("a.py", "+w = 4", head="@@ -1,0 +2,1 @@"), "without context"),
    "diff of a missing file": (CHANGE.replace("a.py", "nope.py"), "no such file to change"),
    "diff makes what exists": ("--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+x\n", "the file exists"),
    "diff deletes half": ("--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n", "doesn't remove all"),
    "diff without a change": (diff("a.py", " x = 1", head="@@ -1 +1 @@"), "changes nothing"),
    "diff without a hunk": ("--- a/a.py\n+++ b/a.py\n", "no hunk"),
    "diff with a bad line": (diff("a.py", " x = 1", "y = 2", head="@@ -1,3 +1,3 @@"), "announces"),
    "diff with a bad line in a fence": (
        "```diff\n" + diff("a.py", " x = 1", "y = 2", head="@@ -1,3 +1,3 @@") + "```",
        "begins with neither",
    ),
    "symlink": (
        "```diff\ndiff --git a/l b/l\nnew file mode 120000\n"
        "--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n```",
        "only regular files",
    ),
    "submodule": (
        "diff --git a/l b/l\nnew file mode 160000\n"
        "--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+Subproject commit 1\n",
        "only regular files",
    ),
    "symlink retargeted": ("```diff\ndiff --git a/l b/l\nindex 12ab..34cd 120000\n```", "symlinks"),
    "rename": (
        "diff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n",
        "renames",
    ),
    "rename by names": (CHANGE.replace("+++ b/a.py", "+++ b/b.py"), "renames a.py to b.py"),
    "copy": ("```diff\ndiff --git a/a.py b/a.py\ncopy from a.py\ncopy to b.py\n```", "rename or copy"),
    "mode change": ("diff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n", "modes of files"),
    "binary": ("```diff\ndiff --git a/x b/x\nGIT binary patch\nliteral 1\n```", "binary"),
    "binary differs": ("diff --git a/x b/x\nBinary files a/x and b/x differ\n", "binary"),
    "quoted path": (CHANGE.replace("a/a.py", '"a/\\303.py"'), "quotes the path"),
    "traversal in a diff": (CHANGE.replace("a.py", "../a.py"), "leaves the repository"),
    "json without replace": ('{"edits": [{"path": "a.py", "search": "x"}]}', 'needs "search" and "replace"'),
    "json without path": ('{"edits": [{"search": "x", "replace": "y"}]}', 'needs "path"'),
    "json of numbers": ('{"edits": [1]}', 'needs "path"'),
    "json edits is a text": ('{"edits": "x"}', "needs the form"),
    "json with no edits": ('{"edits": []}', "no edit found"),
}


@pytest.mark.parametrize(("answer", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(answer: str, message: str) -> None:
    with pytest.raises(EditError) as caught:
        parse_answer(answer, BASE)
    assert message in str(caught.value)


def test_one_bad_block_spoils_the_answer() -> None:
    with pytest.raises(EditError, match="missing"):
        parse_answer(f"a.py\n{BLOCK}" + search("nope"), BASE)


def test_rationale_is_the_prose() -> None:
    parsed = parse_answer(f"Two is slow.\n\na.py\n```python\n{BLOCK}```\n\nThat is all.", BASE)
    assert parsed.rationale == "Two is slow.\n\nThat is all."


def test_rationale_of_json() -> None:
    text = '{"rationale": "why", "edits": [{"path": "a.py", "search": "y = 2", "replace": "y = 3"}]}'
    assert parse_answer(text, BASE).rationale == "why"


def test_base_may_be_a_function() -> None:
    asked: list[str] = []

    def read(path: str) -> str | None:
        asked.append(path)
        return BASE.get(path)

    assert parse_answer(f"a.py\n{BLOCK}", read).edits == (FileEdit("a.py", Y20),)
    with pytest.raises(EditError):
        parse_answer(search("x", path="../../etc/passwd.txt"), read)
    assert all(".." not in path for path in asked)


@pytest.mark.parametrize(
    ("answer", "path", "message"),
    [
        (f"```python\n{Y20}```", "a.py", ""),
        (f"Faster:\n```\n{Y20}```\nDone.", "a.py", ""),
        ("```python\ndef slow(items):\n    return 1\n```", "src/core.py", ""),
        ("```python\ndef quick(items):\n    return 1\n```", "src/core.py", "it lacks Box, slow"),
        ("```python\nreturn [\n```", "src/core.py", "doesn't parse"),
        (f"```python\n{Y20}```\n```python\n{Y20}```", "a.py", "without a path"),
        ("```c\nint a;\n```", "big.c", "much shorter"),
        (BLOCK, "a.py", ""),
    ],
)
def test_only_path(answer: str, path: str, message: str) -> None:
    if message:
        with pytest.raises(EditError, match=message):
            parse_answer(answer, BASE, only_path=path)
    else:
        assert [edit.path for edit in parse_answer(answer, BASE, only_path=path).edits] == [path]


def test_mixed_endings_stay_where_nothing_changes() -> None:
    base = {"m.py": "a\r\nb\nc\r\nd\r\n"}
    edits = parse_answer(search("a\nb\nc", "a\nb\nnew\nc", path="m.py"), base).edits
    assert edits[0].text == "a\r\nb\nnew\r\nc\r\nd\r\n"


def test_merge_edits() -> None:
    base = {"a": "1", "b": "2", "c": "3"}
    parent = Candidate(edits=(FileEdit("a", "10"), FileEdit("b", None), FileEdit("new", "n")))
    merged = merge_edits(parent, [FileEdit("a", "1"), FileEdit("new", None), FileEdit("c", "30")], base)
    assert merged == (FileEdit("b", None), FileEdit("c", "30"))


SCRIPT = """\
#!/usr/bin/env python3
# Licence: free.

import sys

LIMIT = 10


def work(number):
    return number + LIMIT


def rest(number):
    return number


if __name__ == "__main__":
    print(work(int(sys.argv[1])))
"""
PIECE = """\
bench.py
```python
def work(number):
    return LIMIT + number


def rest(number):
    return +number
```
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_all_functions_of_a_file_are_not_the_whole_of_it(ends: str) -> None:
    old = SCRIPT.replace("\n", ends)
    (edit,) = parse_answer(PIECE, {"bench.py": old}).edits
    expected = SCRIPT.replace("number + LIMIT", "LIMIT + number")
    expected = expected.replace("return number\n", "return +number\n")
    assert edit.text == expected.replace("\n", ends)


def test_a_new_constant_comes_with_the_function_that_needs_it() -> None:
    code = "STEP = 2\n\n\ndef work(number):\n    return number + LIMIT * STEP // 2\n"
    answer = f"bench.py\n```python\n{code}```\n"
    (edit,) = parse_answer(answer, {"bench.py": SCRIPT}).edits
    assert edit.text is not None
    compile(edit.text, "bench.py", "exec")
    assert "import sys\n\nSTEP = 2\n" in edit.text and "def rest(number)" in edit.text
    assert "LIMIT * STEP" in edit.text and "__main__" in edit.text


def test_a_piece_with_another_value_of_a_constant_is_refused_where_it_lacks_functions() -> None:
    answer = "bench.py\n```python\nLIMIT = 4\n\n\ndef work(number):\n    return number + LIMIT\n```\n"
    with pytest.raises(EditError, match="it lacks rest, and statements beside the functions"):
        parse_answer(answer, {"bench.py": SCRIPT})


def test_a_second_block_without_a_path_belongs_to_the_file_of_the_first() -> None:
    base = {"m.py": "def a(x):\n    return b(x)\n\n\ndef b(x):\n    return x\n", "n.py": "def c(): pass\n"}
    answer = (
        "m.py\n```python\ndef a(x):\n    return b(x, 1)\n```\nand\n"
        "```python\ndef b(x, n=0):\n    return x + n\n```\n"
    )
    (edit,) = parse_answer(answer, base).edits
    assert edit.text == "def a(x):\n    return b(x, 1)\n\n\ndef b(x, n=0):\n    return x + n\n"


def test_an_import_goes_below_the_first_line_of_a_script() -> None:
    old = "#!/usr/bin/env python3\n# Licence.\ndef a(x):\n    return x\n\n\ndef b(x):\n    return x\n"
    answer = "m.py\n```python\nimport math\n\n\ndef a(x):\n    return math.floor(x)\n```\n"
    (edit,) = parse_answer(answer, {"m.py": old}).edits
    assert edit.text is not None and edit.text.startswith("#!/usr/bin/env python3\n# Licence.\nimport math\n")


def test_all_functions_and_another_constant_do_not_drop_what_a_script_runs() -> None:
    answer = PIECE.replace("```python\n", "```python\nLIMIT = 4\n\n\n")
    with pytest.raises(EditError, match="it lacks what the file does when it is run"):
        parse_answer(answer, {"bench.py": SCRIPT})


def test_a_rewrite_may_drop_a_helper_and_what_it_needed() -> None:
    old = SCRIPT.replace("import sys", "import math\nimport sys")
    new = (
        old.replace("import math\n", "")
        .replace("LIMIT = 10", "LIMIT = 20")
        .replace("def rest(number):\n    return number\n\n\n", "")
    )
    (edit,) = parse_answer(f"bench.py\n```python\n{new}```\n", {"bench.py": old}).edits
    assert edit.text == new


def test_an_old_function_shown_beside_the_new_file_is_no_change() -> None:
    old = "def a(x):\n    return x\n\n\ndef b(x):\n    return x\n"
    answer = (
        "Instead of\n```python\ndef a(x):\n    return x\n```\nI write\n\nm.py\n"
        "```python\ndef a(x):\n    return +x\n```\n"
    )
    (edit,) = parse_answer(answer, {"m.py": old}).edits
    assert edit.text == old.replace("return x", "return +x", 1)


def test_a_constant_that_needs_a_helper_comes_after_it() -> None:
    old = "import re\n\nBASE = 2\n\n\ndef a(x):\n    return x\n\n\ndef b(x):\n    return x\n"
    code = "TABLE = made(BASE)\n\n\ndef made(n):\n    return [n]\n\n\ndef a(x):\n    return TABLE[0] + x\n"
    (edit,) = parse_answer(f"m.py\n```python\n{code}```\n", {"m.py": old}).edits
    scope: dict[str, object] = {}
    exec(compile(edit.text or "", "m.py", "exec"), scope)
    assert scope["a"](1) == 3  # type: ignore[operator]
