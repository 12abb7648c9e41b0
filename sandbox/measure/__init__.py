"""Measurement: pairs of processes, their statistics, and what follows from them.

    intervals  log ratios of pairs -> ratio with its exact interval
    planning   A/A pairs -> the machine's noise; how many pairs a confirmation takes
    verdict    the search's sequential looks, and the rule for a claim

Import the modules; this package imports none of them.
"""
