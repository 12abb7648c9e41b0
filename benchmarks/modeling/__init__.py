"""Word problems for optimization models: whether a model's solver code gives the number that a text asks for.

    python -m strop.benchmarks.modeling --model NAME --api-base URL --problems N
    STROP_DATA=DIR python -m strop.benchmarks.modeling --source optibench --check

Own problems are drawn and solved by reference formulations; problems of OptiBench are read from a folder.
"""
