"""Conditions as words."""

from __future__ import annotations

BLANKS = " \t\n"
SIGNS = ("==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "(", ")", ",")


def tokens(text: str) -> list[str]:
    """Return the words of a condition: numbers, names, signs, texts with quotes; ValueError without sense."""
    found = []
    place = 0
    while place < len(text):
        character = text[place]
        if character in BLANKS:
            place += 1
        elif character == '"':
            end = text.find('"', place + 1)
            if end < 0:
                raise ValueError(f"{text[place:]!r} in {text!r}: the text does not end")
            found.append(text[place : end + 1])
            place = end + 1
        elif character.isalnum() or character == "_":
            word = ""
            while place < len(text) and (text[place].isalnum() or text[place] in "_."):
                word += text[place]
                place += 1
            found.append(word)
        else:
            sign = next((sign for sign in SIGNS if text.startswith(sign, place)), None)
            if sign is None:
                raise ValueError(f"{character!r} in {text!r}: it means nothing here")
            found.append(sign)
            place += len(sign)
    return found
