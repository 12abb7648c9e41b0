"""The trace of a job's trial: functions and knobs, stages, outputs; who is at fault, and for what reason."""
