"""Smooths a periodic signal: to frequencies by a fast Fourier transform, weights, and back."""

import cmath
import math


def solve(real, imaginary):
    """Return a smoothed signal, real and imaginary parts in turn.

    Args:
        real: Real parts of the samples, numbers; how many is a power of two.
        imaginary: Imaginary parts, as many.

    The weight of frequency k of n is 1 / (1 + (8 d / n)^2), where d = min(k, n - k).
    """
    n = len(real)
    if n == 0 or n & (n - 1):
        raise ValueError("real: %d samples; give a power of two" % n)
    if len(imaginary) != n:
        raise ValueError("imaginary: %d samples; give as many as real parts, %d" % (len(imaginary), n))
    step = -2 * math.pi / n
    roots = [cmath.rect(1.0, step * k) for k in range(n // 2)]
    spectrum = _parts(list(map(complex, real, imaginary)), roots)
    weights = [1 / (n * (1 + (8 * k / n) ** 2)) for k in range(n // 2 + 1)]
    weights += weights[-2:0:-1]
    weighted = [value * weight for value, weight in zip(spectrum, weights)]
    result = [0.0] * (2 * n)
    smooth = _parts(weighted, [root.conjugate() for root in roots])
    result[::2] = [value.real for value in smooth]
    result[1::2] = [value.imag for value in smooth]
    return result


def _parts(values, roots):
    """Return the transform of complex values; `roots`: powers of the root of unity, half as many."""
    if len(values) == 4:
        a, b, c, d = values
        turned = (b - d) * roots[1]
        return [a + c + (b + d), a - c + turned, a + c - (b + d), a - c - turned]
    if len(values) == 2:
        return [values[0] + values[1], values[0] - values[1]]
    if len(values) == 1:
        return values
    even = _parts(values[::2], roots[::2])
    odd = [root * value for root, value in zip(roots, _parts(values[1::2], roots[::2]))]
    return [a + b for a, b in zip(even, odd)] + [a - b for a, b in zip(even, odd)]
