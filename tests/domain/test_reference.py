"""整理番号: read aloud over the phone, typed from a torn envelope, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.reference import ALPHABET, code_of, fresh_start, grouped, next_number, read_code

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


@given(NUMBERS)
def test_numbers_rise_and_leave_gaps(number: int) -> None:
    """Rising, so that an index is filled from one end; gaps, so that no neighbour can be guessed."""
    steps = [next_number(number) - number for _ in range(3)]
    assert all(step != 0 for step in steps)
    assert len(set(steps)) > 1


def test_two_lists_begin_far_from_each_other() -> None:
    """Else the numbers of one would run into those of the other."""
    assert abs(fresh_start() - fresh_start()) > 2**20


@pytest.mark.parametrize("rubbish", ["", "ABC", "0" * 13, "UUUU-UUUU-UUUU", "０１２３", "0000-0000-000!"])
def test_what_cannot_be_a_number_is_none(rubbish: str) -> None:
    """The page then says that it was misread, and looks nothing up."""
    assert read_code(rubbish) is None
