"""整理番号: read aloud over the phone, typed from a torn envelope, and never guessed."""

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.reference import ALPHABET, code_of, fresh_codes, grouped, read_code

NUMBERS = st.integers(0, 2**55 - 1)


@given(NUMBERS)
def test_a_number_is_read_as_it_was_written(number: int) -> None:
    """In any case, with or without hyphens and spaces, in the letters people take for digits."""
    code = code_of(number)
    assert len(code) == 12 and set(code) <= set(ALPHABET)
    for typed in (code, grouped(code), grouped(code).lower().replace("-", " "), f" {code}\n"):
        assert read_code(typed) == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code


@given(NUMBERS, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_noticed(number: int, place: int, sign: str) -> None:
    """A slip of the finger must not lead to another person's letter."""
    code = code_of(number)
    typed = code[:place] + sign + code[place + 1 :]
    assert read_code(typed) == (code if typed == code else None)


def test_the_numbers_of_a_list_rise_and_leave_gaps() -> None:
    """Rising, so that an index is filled from one end; gaps, so that no neighbour can be guessed."""
    numbers = [number_of(code) for code in islice(fresh_codes(), 1_000)]
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    assert min(steps) >= 1 and max(steps) <= 2**28
    assert sum(steps) / len(steps) > 2**26 and len(set(steps)) > 990


def test_two_lists_begin_far_from_each_other() -> None:
    """Else the numbers of one would run into those of the other."""
    assert abs(number_of(next(fresh_codes())) - number_of(next(fresh_codes()))) > 2**20


def number_of(code: str) -> int:
    assert read_code(code) == code
    number = 0
    for sign in code[:-1]:
        number = number * len(ALPHABET) + ALPHABET.index(sign)
    return number


@pytest.mark.parametrize("rubbish", ["", "ABC", "0" * 13, "UUUU-UUUU-UUUU", "０１２３", "0000-0000-000!"])
def test_what_cannot_be_a_number_is_none(rubbish: str) -> None:
    """The page then says that it was misread, and looks nothing up."""
    assert read_code(rubbish) is None
