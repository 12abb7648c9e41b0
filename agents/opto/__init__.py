"""Traces that carry feedback to what caused it (OPTO): nodes, bundles, models, and `backward`.

`strop.opto` is the public name of all this. Source: Cheng, Nie, Swaminathan, "Trace is the Next
AutoDiff", arXiv 2406.16218; names and meaning follow that paper's library, the code is our own.
"""
