from hypothesis import given
from hypothesis import strategies as st

from incident_app.roster.known import Known

HASHES = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3) | st.integers(0, 9).map(lambda n: n << 40)


@given(st.lists(HASHES, max_size=300))
def test_each_person_is_found_again_under_the_first_ordinal(hashes: list[int]) -> None:
    """A person who is not recognised gets two letters."""
    known, expected = Known(), dict[int, int]()
    for ordinal, hashed in enumerate(hashes):
        assert known.find_or_add(hashed, ordinal) == expected.setdefault(hashed or 1, ordinal)


def test_nobody_is_lost_while_the_table_grows() -> None:
    """It doubles again and again; whoever stood there stands there still."""
    known = Known()
    hashes = [hash(str(number)) for number in range(20_000)]

    added = [known.find_or_add(hashed, ordinal) for ordinal, hashed in enumerate(hashes)]
    found = [known.find_or_add(hashed, 99_999) for hashed in hashes]

    assert added == found == list(range(20_000))
