"""Arms of a comparison: ways to use a model that writes code, each as an optimizer of its own."""
