"""Which problems these are."""

GROUP = "integer_medium"
