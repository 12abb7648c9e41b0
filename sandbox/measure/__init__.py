"""Measurement: pairs of processes, their statistics, and what follows from them.

    pairs        two built trees -> interleaved pairs of fresh processes
    quiet        silence on the machine while something is timed
    intervals    log ratios of pairs -> ratio with its exact interval
    differences  the same for qualities (accuracy, loss), in the metric's own unit
    planning     A/A pairs -> the machine's noise; how many pairs a confirmation takes
    verdict      the search's sequential looks, and the rule for a claim
    several      claims that are published together

Import the modules; this package imports none of them.
"""
