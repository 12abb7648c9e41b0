"""Profilers: where a command spends its time, as feedback for people and models; never in a timed run."""
