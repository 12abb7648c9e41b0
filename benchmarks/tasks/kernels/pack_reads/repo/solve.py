"""Packs sequences of bases as small as zlib can."""

import hashlib
import zlib

LEVEL = 9  # the archive's format: every reader compares checksums of packed data


def solve(bases):
    """Return [bytes of the packed sequence, its SHA-256].

    Args:
        bases: the sequence, in ASCII letters.
    """
    packed = zlib.compress(bases.encode("ascii"), LEVEL)
    return [len(packed), hashlib.sha256(packed).hexdigest()]
