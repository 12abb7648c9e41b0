"""Studies of optimizers over knobs, on tables of real measurements."""
