"""Suites of tasks, optimizers on them under one budget, and the leaderboard of what came of it."""
