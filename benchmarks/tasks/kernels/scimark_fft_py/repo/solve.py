"""Smooths a periodic signal: to frequencies by a fast Fourier transform, weights, and back."""

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
    spectrum = _transform(real, imaginary, -1)
    weighted_real = []
    weighted_imaginary = []
    for k in range(n):
        weight = 1 / (1 + (8 * min(k, n - k) / n) ** 2)
        weighted_real.append(spectrum[k][0] * weight)
        weighted_imaginary.append(spectrum[k][1] * weight)
    smooth = _transform(weighted_real, weighted_imaginary, 1)
    result = []
    for k in range(n):
        result.append(smooth[k][0] / n)
        result.append(smooth[k][1] / n)
    return result


def _transform(real, imaginary, sign):
    """Return pairs: the sums over j of sample j times exp(sign 2 pi i j k / n), for each k."""
    n = len(real)
    data = [[0.0, 0.0] for _ in range(n)]
    for index in range(n):
        data[_reversed(index, n)] = [float(real[index]), float(imaginary[index])]
    half = 1
    while half < n:
        for start in range(0, n, 2 * half):
            for k in range(half):
                _butterfly(data, start + k, start + k + half, sign * math.pi * k / half)
        half = 2 * half
    return data


def _reversed(index, n):
    """Return an index below n, a power of two, with its bits in reverse order."""
    result = 0
    while n > 1:
        result = 2 * result + index % 2
        index = index // 2
        n = n // 2
    return result


def _butterfly(data, top, bottom, angle):
    """Turn the lower value by an angle; replace the two by their sum and their difference."""
    turned_real = math.cos(angle) * data[bottom][0] - math.sin(angle) * data[bottom][1]
    turned_imaginary = math.sin(angle) * data[bottom][0] + math.cos(angle) * data[bottom][1]
    data[bottom][0] = data[top][0] - turned_real
    data[bottom][1] = data[top][1] - turned_imaginary
    data[top][0] = data[top][0] + turned_real
    data[top][1] = data[top][1] + turned_imaginary
