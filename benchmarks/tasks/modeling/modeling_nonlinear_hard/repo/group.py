"""Which problems these are."""

GROUP = "nonlinear_hard"
