"""A Gaussian process in numpy and scipy alone: no torch, a tenth of a second.

A Matern-5/2 kernel with a weight for each knob; categories differ or they don't. Its weights, scale and
noise are the most probable ones under weak priors.

Sources: Rasmussen & Williams 2006, ch. 2.2, 4.2, 5.4; Jones, Schonlau & Welch 1998 (expected
improvement); Ament et al. 2023 (its logarithm); Hamming distance for categories: Ru et al. 2020;
Ginsbourger, Le Riche & Carraro 2010 (the believer of points that are waited for).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["USUAL_CATEGORY", "USUAL_NUMBER", "Array", "GaussianProcess", "log_expected_improvement"]

JITTER = 1e-8  # on the diagonal: two equal points must not make the matrix singular

USUAL_NUMBER, USUAL_CATEGORY = 0.3, 0.3
"""Centres of the priors of weights, inverse squared lengths: a number's length is nearly twice its range, and
categories differ by about half a length. The best of nine pairs on Olympus' tables without Iron Mind's and on
synthetic functions (docs/tuning.md); `strop.benchmarks.tuning.settings gp` tries them."""

Array = Any  # numpy.ndarray; numpy is imported where it is used


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted model of standardised costs; `predict` returns means and standard deviations."""

    x: Array  # (n, d) coordinates
    categorical: Array  # (d,) bool
    weights: Array  # (d,) inverse squared length scales
    scale: float
    noise: float
    alpha: Array  # (n,)
    factor: Array  # (n, n) lower Cholesky factor

    @classmethod
    def fit(
        cls,
        x: Array,
        y: Array,
        categorical: Sequence[bool],
        start: Array | None = None,
        *,
        number: float = USUAL_NUMBER,
        category: float = USUAL_CATEGORY,
    ) -> GaussianProcess:
        """Fit to coordinates x: (n, d) and standardised costs y: (n,).

        `start`: log parameters that the search for the most probable ones starts from, too; `number`,
        `category`: centres of the priors of weights.
        """
        import numpy as np

        kinds = np.asarray(categorical, dtype=bool)
        squares = _squares(x, x, kinds)
        best = _most_probable(squares, y, np.log(np.where(kinds, category, number)), start)
        return cls._of(x, y, kinds, squares, _parameters(best))

    @classmethod
    def _of(
        cls, x: Array, y: Array, kinds: Array, squares: Array, parameters: tuple[Array, float, float]
    ) -> GaussianProcess:
        import numpy as np
        from scipy.linalg import cho_solve, cholesky

        weights, scale, noise = parameters
        kernel = scale * _matern(np.tensordot(squares, weights, axes=1))
        factor = cholesky(kernel + (noise + JITTER) * np.eye(len(y)), lower=True)
        return cls(x, kinds, weights, scale, noise, cho_solve((factor, True), y), factor)

    def believing(self, y: Array, awaited: Array) -> tuple[GaussianProcess, Array]:
        """Return the model as if what it predicts at coordinates awaited: (m, d) had been measured.

        `y`: (n,) standardised costs that it was fitted to; those come back with the m predicted ones after
        them. The weights stay: what is only believed teaches nothing of them.
        """
        import numpy as np

        x = np.concatenate([self.x, awaited])
        believed = np.concatenate([y, self.predict(awaited)[0]])
        squares = _squares(x, x, self.categorical)
        parameters = self.weights, self.scale, self.noise
        return self._of(x, believed, self.categorical, squares, parameters), believed

    @property
    def log_parameters(self) -> Array:
        """Logarithms of weights and scale, and of a usual noise: a start for the next fit."""
        import numpy as np

        return np.log(np.concatenate([self.weights, [self.scale, 1e-2]]))

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Return means and standard deviations at coordinates x: (m, d), both (m,)."""
        import numpy as np
        from scipy.linalg import solve_triangular

        across = self.scale * _matern(
            np.tensordot(_squares(x, self.x, self.categorical), self.weights, axes=1)
        )
        mean = across @ self.alpha
        solved = solve_triangular(self.factor, across.T, lower=True, check_finite=False)
        variance = np.maximum(self.scale - (solved**2).sum(axis=0), 1e-12)
        return mean, np.sqrt(variance)


def log_expected_improvement(mean: Array, sd: Array, best: float) -> Array:
    """Return the logarithm of the expected improvement below `best`, also where it is next to nothing."""
    import numpy as np
    from scipy.special import erfcx, log_ndtr

    z = (best - mean) / sd
    # log(phi(z) + z * Phi(z)); for z << 0 by the scaled complementary error function.
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.log(np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) + z * np.exp(log_ndtr(z)))
        below = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
        tail = below + np.log1p(-np.abs(z) * math.sqrt(math.pi / 2) * erfcx(np.abs(z) / math.sqrt(2)))
        far = below - 2 * np.log(np.abs(z))  # leading term of the expansion
    value = np.where(z > -1, plain, np.where(z > -30, tail, far))
    return np.log(sd) + np.where(np.isfinite(value), value, far)


def _squares(a: Array, b: Array, categorical: Array) -> Array:
    """Return squared distances by knob, (len(a), len(b), d); of categories 1 or 0."""
    import numpy as np

    apart = a[:, None, :] - b[None, :, :]
    return np.where(categorical, (apart != 0).astype(float), apart**2)


def _matern(squared: Array) -> Array:
    """Return the Matern-5/2 correlation of squared distances."""
    import numpy as np

    r = np.sqrt(5 * np.maximum(squared, 0))
    return (1 + r + r**2 / 3) * np.exp(-r)


def _parameters(theta: Array) -> tuple[Array, float, float]:
    import numpy as np

    values = np.exp(theta)
    return values[:-2], float(values[-2]), float(values[-1])


def _most_probable(squares: Array, y: Array, centres: Array, start: Array | None) -> Array:
    """Return the most probable log parameters: d weights, scale, noise; `centres` of the weights' priors."""
    import numpy as np
    from scipy.optimize import minimize

    count = squares.shape[2]
    usual = np.concatenate([centres, np.log([1.0, 1e-2])])
    bounds = [(math.log(1e-3), math.log(1e3))] * count + [
        (math.log(0.05), math.log(20)),
        (math.log(1e-5), 0.0),
    ]
    starts = [usual] if start is None or len(start) != len(usual) else [usual, start]
    found = [
        minimize(
            _loss,
            first,
            args=(squares, y, centres),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 60},
        )
        for first in starts
    ]
    return min(found, key=lambda result: float(result.fun)).x


def _loss(theta: Array, squares: Array, y: Array, usual: Array) -> tuple[float, Array]:
    """Return the negative log posterior of log parameters, and its gradient.

    `usual`: centres of the priors of the weights.
    """
    import numpy as np
    from scipy.linalg import LinAlgError, cho_solve, cholesky

    weights, scale, noise = _parameters(theta)
    r = np.sqrt(5 * np.maximum(np.tensordot(squares, weights, axes=1), 0))
    decay = np.exp(-r)
    correlation = (1 + r + r**2 / 3) * decay
    n = len(y)
    try:
        factor = cholesky(scale * correlation + (noise + JITTER) * np.eye(n), lower=True)
    except LinAlgError:
        return 1e10, np.zeros_like(theta)
    alpha = cho_solve((factor, True), y)
    inner = cho_solve((factor, True), np.eye(n)) - np.outer(alpha, alpha)  # (K^-1 - a a^T)
    loss = 0.5 * float(y @ alpha) + float(np.log(np.diag(factor)).sum())
    by_square = -scale * (5.0 / 6.0) * (1 + r) * decay  # derivative of the kernel by the squared distance
    gradient = np.empty_like(theta)
    gradient[:-2] = 0.5 * np.tensordot(inner * by_square, squares, axes=([0, 1], [0, 1])) * weights
    gradient[-2] = 0.5 * float((inner * correlation).sum()) * scale
    gradient[-1] = 0.5 * float(np.trace(inner)) * noise
    # Weak log-normal priors: weights around 1 (a length as long as the range), scale 1, noise 1 %.
    centre = np.concatenate([usual, [0.0, math.log(1e-2)]])
    sd = np.concatenate([np.full(len(weights), 1.5), [1.0, 1.5]])
    apart = (theta - centre) / sd
    return loss + 0.5 * float(apart @ apart), gradient + apart / sd
