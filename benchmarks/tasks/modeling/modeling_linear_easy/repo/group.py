"""Which problems these are."""

GROUP = "linear_easy"
