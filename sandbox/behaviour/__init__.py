"""Verification by recorded behaviour: calls of the unchanged program, made again in each candidate."""
