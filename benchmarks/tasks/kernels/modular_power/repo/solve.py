"""Commitments: powers of large numbers, each for a modulus of its own."""


def solve(commitments):
    """Return base ** exponent % modulus of every commitment, in hexadecimal digits.

    Args:
        commitments: [base, exponent, modulus] each, in hexadecimal digits.
    """
    results = []
    for base, exponent, modulus in commitments:
        results.append(f"{pow(int(base, 16), int(exponent, 16), int(modulus, 16)):x}")
    return results
