"""整理番号: the number on a notice. Nobody can guess one, and a slip in reading it aloud or typing it is noticed."""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which are taken for other signs."""
DIGITS = 11
_BASE = len(ALPHABET)
_END = 1 << 55
"""32 to the power of DIGITS."""
_STEP_BITS = 28
_PAIR = (1 << 10) - 1
_SAME = str.maketrans("IiLlOo", "111100")


def fresh_start() -> int:
    """Return where the numbers of a list begin: somewhere, with room for a hundred million persons behind it."""
    return secrets.randbelow(1 << 54)


def next_number(number: int) -> int:
    """Return the next number: rising, so that an index is filled from one end, and 2**28 guesses wide of the last."""
    return (number + 1 + secrets.randbits(_STEP_BITS)) % _END


def code_of(number: int) -> str:
    """Write a number as 11 signs and a check sign (Luhn's rule in base 32)."""
    pairs = [number >> shift & _PAIR for shift in (40, 30, 20, 10, 0)]
    top = number >> 50
    total = _weighed(top, 0) + sum([_WEIGHTS[pair] for pair in pairs])
    return ALPHABET[top] + "".join([_SIGNS[pair] for pair in pairs]) + ALPHABET[-total % _BASE]


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
