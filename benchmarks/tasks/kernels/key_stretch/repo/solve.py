"""Keys from passwords, made slow and hungry for memory on purpose."""

import hashlib


def solve(password, salt, cost, length):
    """Return the key of a password, in hexadecimal digits.

    Args:
        password: text.
        salt: hexadecimal digits.
        cost: a power of two above 1; time and memory grow with it.
        length: of the key, in bytes.
    """
    key = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=cost, r=8, p=1, dklen=length)
    return key.hex()
