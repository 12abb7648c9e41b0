"""Trainings of scikit-learn's models on its bundled data, as in Bayesmark and in LLAMBO's study.

A task is named `bayesmark/DATA/MODEL`, e.g. `bayesmark/digits/SVM`: the mean score of a 5-fold cross
validation on four fifths of the data. Spaces are Bayesmark's; parameters that it searches on a logit scale
are searched as logits. Where STROP_DATA holds LLAMBO's stored runs (folder `llambo`), every optimizer begins
with their five initial points, and the arm `llambo-stored` is what GPT-3.5 reached, for nothing.

Every score is kept in a file (`trainings.jsonl` in the user's cache folder), since a training is the same
for all optimizers and on every day; the versions of scikit-learn and numpy are part of its key.

Source: Turner et al. 2021 (Bayesmark); Liu et al. 2024, arXiv 2402.03921 (LLAMBO).
"""

from __future__ import annotations

import csv
import functools
import json
import math
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.benchmarks.tuning.problems import Scale, random_points
from strop.errors import ConfigError
from strop.job import Knob
from strop.tuning import Space, Values

__all__ = ["DATA", "MODELS", "NAMES", "PREFIX", "Training", "cache_folder", "open_training", "scores_file"]

PREFIX = "bayesmark/"
DATA = ("breast", "diabetes", "digits", "iris", "wine")
REGRESSION = "diabetes"
FOLDS = 5


@dataclass(frozen=True)
class _Range:
    """A hyperparameter: its range, its scale, and scikit-learn's default."""

    low: float
    high: float
    default: Callable[[Any], float]  # from the features
    scale: str = "linear"  # linear, log or logit
    whole: bool = False

    def knob(self, name: str, features: Any) -> Knob:
        """Return it as a knob, whose default is inside of its range."""
        value = min(max(self.default(features), self.low), self.high)
        if self.scale == "logit":
            low, high, value = (_logit(number) for number in (self.low, self.high, value))
            doc = f"logit of a part between {self.low:g} and {self.high:g}"
            return Knob(name=name, type="float", low=low, high=high, default=value, doc=doc)
        if self.whole:
            return Knob(name=name, type="int", low=self.low, high=self.high, default=round(value))
        log = self.scale == "log"
        return Knob(name=name, type="float", low=self.low, high=self.high, default=value, log=log)

    def inverse(self, value: float) -> float | int:
        """Return the model's parameter of a knob's value."""
        if self.scale == "logit":
            return min(max(1 / (1 + math.exp(-value)), self.low), self.high)
        return int(value) if self.whole else value


def _always(value: float) -> Callable[[Any], float]:
    return lambda features: value


def _logit(part: float) -> float:
    return math.log(part / (1 - part))


def _tree(max_features: Callable[[Any], float]) -> dict[str, _Range]:
    # Without limits a tree has leaves of one sample: the least part that the range has.
    return {
        "max_depth": _Range(1, 15, _always(15), whole=True),
        "max_features": _Range(0.01, 0.99, max_features, "logit"),
        "min_impurity_decrease": _Range(0, 0.5, _always(0)),
        "min_samples_leaf": _Range(0.01, 0.49, _always(0.01), "logit"),
        "min_samples_split": _Range(0.01, 0.99, _always(0.01), "logit"),
        "min_weight_fraction_leaf": _Range(0.01, 0.49, _always(0.01), "logit"),
    }


MODELS: dict[str, dict[str, _Range]] = {
    "DecisionTree": _tree(_always(0.99)),
    "MLP_SGD": {
        "hidden_layer_sizes": _Range(50, 200, _always(100), whole=True),
        "alpha": _Range(1e-5, 1e1, _always(1e-4), "log"),
        "batch_size": _Range(10, 250, _always(200), whole=True),
        "learning_rate_init": _Range(1e-5, 1e-1, _always(1e-3), "log"),
        "power_t": _Range(0.1, 0.9, _always(0.5), "logit"),
        "momentum": _Range(0.001, 0.999, _always(0.9), "logit"),
    },
    "RandomForest": _tree(lambda features: math.sqrt(features.shape[1]) / features.shape[1]),
    "SVM": {
        "C": _Range(1, 1e3, _always(1), "log"),
        "gamma": _Range(1e-4, 1e-3, lambda features: 1 / (features.shape[1] * features.var()), "log"),
        "tol": _Range(1e-5, 1e-1, _always(1e-3), "log"),
    },
}

NAMES = tuple(f"{PREFIX}{data}/{model}" for data in DATA for model in MODELS)


@dataclass(frozen=True)
class Training:
    """A model's hyperparameters on a data set, and the score of a cross validation."""

    name: str
    data: str
    model: str
    scores: Scores
    runs: Path | None  # LLAMBO's stored ones
    features: Any
    target: Any
    space: Space = field(init=False)

    def __post_init__(self) -> None:
        knobs = (one.knob(name, self.features) for name, one in MODELS[self.model].items())
        object.__setattr__(self, "space", Space(tuple(knobs)))

    @property
    def maximize(self) -> bool:
        """Whether more is better: of accuracy, not of squared error."""
        return self.data != REGRESSION

    @property
    def measurement(self) -> str:
        """What is measured."""
        return "accuracy" if self.maximize else "squared_error"

    @property
    def start(self) -> float:
        """What counts before anything was measured: no accuracy, or the error of the mean."""
        return 0.0 if self.maximize else 1.0

    @property
    def default(self) -> Values:
        """scikit-learn's defaults, moved into the ranges."""
        return self.space.defaults

    @property
    def size(self) -> str:
        """How much there is to train on."""
        return f"{len(self.target)} samples"

    def value(self, values: Values) -> float | None:
        """Return the mean score of the cross validation; None where the model can't be trained."""
        params = {name: one.inverse(float(values[name])) for name, one in MODELS[self.model].items()}
        return self.scores.get(self.name, params, self._train)

    def initial(self, seed: int, count: int) -> Sequence[Values]:
        """Return LLAMBO's initial points of a seed; random ones where its data is not there."""
        file = self.runs / "bayesmark_init" / self.model / f"{seed}.json" if self.runs else None
        if file is None or not file.is_file():
            return random_points(self.space, 10_000 + seed, count)
        try:
            rows = json.loads(file.read_text(encoding="utf-8"))[:count]
            return [self._point(row) for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{file}: no initial points: {type(error).__name__}: {error}") from None

    def stored(self, optimizer: str, seed: int) -> Sequence[float] | None:
        """Return the values of LLAMBO's stored run with a seed."""
        if optimizer != "llambo-stored" or self.runs is None:
            return None
        file = self.runs / "trajectories_bayesmark" / self.data / self.model / f"{seed}.csv"
        if not file.is_file():
            return None
        with file.open(encoding="utf-8", newline="") as stream:
            return [float(row["score"] or "nan") for row in csv.DictReader(stream)]

    def scale(self, seen: Sequence[float]) -> Scale:
        """Return the range of all values that were seen here, the stored runs' included."""
        histories = (self.stored("llambo-stored", seed) or () for seed in range(10))
        found = [value for values in (seen, *histories) for value in values if math.isfinite(value)]
        low, high = min(found), max(found)
        return Scale(high, low) if self.maximize else Scale(low, high)

    def _point(self, row: Mapping[str, Any]) -> Values:
        point: Values = {}
        for name, one in MODELS[self.model].items():
            number = float(row[name])
            if one.scale == "logit":
                number = _logit(number)
            point[name] = int(number) if one.whole else number
        return self.space.corrected(point)[0]

    def _train(self, params: Mapping[str, float | int]) -> float | None:
        from sklearn.model_selection import cross_val_score

        scoring = "accuracy" if self.maximize else "neg_mean_squared_error"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of training that has not converged
            try:
                model = _model(self.model, classify=self.maximize)(**params)
                score = float(
                    cross_val_score(model, self.features, self.target, scoring=scoring, cv=FOLDS).mean()
                )
            except ValueError:  # what it can't be trained with
                return None
        if not math.isfinite(score):
            return None
        return score if self.maximize else -score


def _model(name: str, *, classify: bool) -> Callable[..., Any]:
    from sklearn import ensemble, neural_network, svm, tree

    if name == "MLP_SGD":
        perceptron = neural_network.MLPClassifier if classify else neural_network.MLPRegressor
        return functools.partial(
            perceptron,
            solver="sgd",
            early_stopping=True,
            max_iter=40,
            learning_rate="invscaling",
            nesterovs_momentum=True,
            random_state=0,
        )
    if name == "SVM":
        return functools.partial(svm.SVC if classify else svm.SVR)
    if name == "DecisionTree":
        kind = tree.DecisionTreeClassifier if classify else tree.DecisionTreeRegressor
        return functools.partial(kind, random_state=0)
    forest = ensemble.RandomForestClassifier if classify else ensemble.RandomForestRegressor
    return functools.partial(forest, n_estimators=10, random_state=0)


class Scores:
    """Scores of trainings, kept in a file: a line of JSON each, appended as they are found."""

    def __init__(self, file: Path, versions: str) -> None:
        self.file = file
        self._versions = versions
        self._known: dict[str, float | None] = {}
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
            for line in lines:
                try:
                    key, score = json.loads(line)
                except ValueError:
                    continue  # what a killed run left half
                self._known[key] = score
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None

    def get(
        self,
        task: str,
        params: Mapping[str, float | int],
        train: Callable[[Mapping[str, float | int]], float | None],
    ) -> float | None:
        """Return the score of a task's parameters, known or trained now."""
        key = json.dumps([task, params, self._versions], sort_keys=True)
        if key not in self._known:
            self._known[key] = train(params)
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with self.file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([key, self._known[key]]) + "\n")
            except OSError as error:
                raise ConfigError(f"{self.file}: cannot be written: {error.strerror}") from None
        return self._known[key]


def cache_folder() -> Path:
    """Return the folder of what studies keep: below XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "strop"


def scores_file() -> Path:
    """Return the file that scores are kept in."""
    return cache_folder() / "trainings.jsonl"


@functools.cache
def _scores(file: Path, versions: str) -> Scores:
    return Scores(file, versions)


def open_training(name: str, folder: Path | None) -> Training:
    """Return a task by name; raises `ConfigError` for an unknown one, or without scikit-learn."""
    if name not in NAMES:
        raise ConfigError(f"unknown training {name!r}; known: {', '.join(NAMES)}")
    try:
        import numpy
        import sklearn
        from sklearn import datasets
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ConfigError(
            f"{name}: it needs scikit-learn ({error}): pip install '.[studies]' in strop's checkout"
        ) from None
    data, model = name.removeprefix(PREFIX).split("/")
    load = getattr(datasets, f"load_{'breast_cancer' if data == 'breast' else data}")
    features, target = load(return_X_y=True)
    features, _, target, _ = train_test_split(features, target, test_size=0.2, random_state=0)
    if data == REGRESSION:
        target = (target - target.mean()) / target.std()
    runs = folder / "llambo" if folder is not None and (folder / "llambo").is_dir() else None
    scores = _scores(scores_file(), f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
    return Training(name, data, model, scores, runs, features, target)
