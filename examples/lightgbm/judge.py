"""Judge predictions.csv, apart from the program that wrote it: python judge.py SEED SPLIT"""

import sys

import numpy
from data import load


def main(seed, split):
    """Print the mean log loss, and the accuracy."""
    _, (_, digits) = load(seed, split)
    told = numpy.loadtxt("predictions.csv", delimiter=",", ndmin=2)
    if told.shape != (len(digits), 10) or not numpy.isfinite(told).all() or (told < 0).any():
        sys.exit(f"predictions.csv: {len(digits)} rows of ten probabilities are expected")
    told = numpy.clip(told, 1e-6, 1)
    told /= told.sum(axis=1, keepdims=True)
    print(f"METRIC log_loss={-numpy.log(told[numpy.arange(len(digits)), digits]).mean():.6f}")
    print(f"METRIC accuracy={(told.argmax(axis=1) == digits).mean():.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
