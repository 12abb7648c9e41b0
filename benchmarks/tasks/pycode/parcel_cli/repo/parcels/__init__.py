"""A command line for people who send parcels."""
