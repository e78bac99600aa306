"""整理番号: the number on a notice. Nobody can guess one, and a slip in reading it aloud or typing it is noticed."""

import os
import re
import secrets
from array import array
from collections.abc import Iterator

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which are taken for other signs."""
DIGITS = 11
_BASE = len(ALPHABET)
_END = 1 << 55
"""32 to the power of DIGITS."""
_DRAWN = 1 << 10
_TOO_MANY_BITS = 4
"""Of the 32 that are drawn."""
_PAIR = (1 << 10) - 1
_SAME = str.maketrans("IiLlOo", "111100")


def fresh_codes() -> Iterator[str]:
    """Yield the codes of one list, as many as are wanted.

    They begin somewhere, with room for a hundred million persons behind, and rise, so that an index is filled from
    one end; each is up to 2**28 guesses beyond the last.
    """
    number = secrets.randbelow(1 << 54)
    while True:
        for drawn in array("I", os.urandom(_DRAWN)):
            number = (number + 1 + (drawn >> _TOO_MANY_BITS)) % _END
            yield code_of(number)


def code_of(number: int) -> str:
    """Write a number as 11 signs and a check sign (Luhn's rule in base 32)."""
    top, a, b = number >> 50, number >> 40 & _PAIR, number >> 30 & _PAIR
    c, d, e = number >> 20 & _PAIR, number >> 10 & _PAIR, number & _PAIR
    total = _weighed(top, 0) + _WEIGHTS[a] + _WEIGHTS[b] + _WEIGHTS[c] + _WEIGHTS[d] + _WEIGHTS[e]
    check = ALPHABET[-total % _BASE]
    return f"{ALPHABET[top]}{_SIGNS[a]}{_SIGNS[b]}{_SIGNS[c]}{_SIGNS[d]}{_SIGNS[e]}{check}"


def grouped(code: str) -> str:
    """Return a code as it is printed: in threes of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def read_code(text: str) -> str | None:
    """Return the code that somebody typed or scanned; None when it cannot be one.

    Case, spaces and hyphens do not matter; O is 0, I and L are 1.
    """
    code = re.sub(r"[\s\-‐‒–—―−ー]", "", text).translate(_SAME).upper()
    if len(code) != DIGITS + 1 or not set(code) <= set(ALPHABET):
        return None
    *digits, check = (ALPHABET.index(sign) for sign in code)
    total = sum(_weighed(digit, place) for place, digit in enumerate(reversed(digits)))
    return code if (total + check) % _BASE == 0 else None


def _weighed(digit: int, place: int) -> int:
    """Double every second digit from the right; a double of two digits counts as their sum."""
    doubled = digit * 2 if place % 2 == 0 else digit
    return doubled // _BASE + doubled % _BASE


# Two signs at a time: a million numbers are written in a second.
_SIGNS = [high + low for high in ALPHABET for low in ALPHABET]
_WEIGHTS = [_weighed(pair % _BASE, 0) + _weighed(pair // _BASE, 1) for pair in range(_PAIR + 1)]
