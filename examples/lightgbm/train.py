"""Train LightGBM with the knobs of the environment, and write probabilities: python train.py SEED SPLIT"""

import os
import sys
import warnings

import numpy
from data import load
from lightgbm import LGBMClassifier

# What the environment doesn't set has LightGBM's own default.
KNOBS = {
    "learning_rate": float,
    "n_estimators": int,
    "num_leaves": int,
    "min_child_samples": int,
    "reg_lambda": float,
    "feature_fraction": float,
    "extra_trees": lambda text: text == "1",
}


def main(seed, split):
    """Write predictions.csv: a row of ten probabilities for each image to be judged by."""
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    told = {name: os.environ[name.upper()] for name in KNOBS if name.upper() in os.environ}
    values = {name: KNOBS[name](text) for name, text in told.items()}
    (images, digits), (asked, _) = load(seed, split)
    model = LGBMClassifier(n_jobs=1, verbose=-1, random_state=seed, deterministic=True, **values)
    model.fit(images, digits)
    numpy.savetxt("predictions.csv", model.predict_proba(asked), delimiter=",", fmt="%.6f")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
