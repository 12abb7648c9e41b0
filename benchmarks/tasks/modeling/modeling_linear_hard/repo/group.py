"""Which problems these are."""

GROUP = "linear_hard"
