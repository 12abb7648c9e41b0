"""Which problems these are."""

GROUP = "nonlinear_easy"
