"""Personal data at rest: what opens, what does not, and what nobody can read once the key is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.incident_key import IncidentKey, KeyDestroyed, ensure_seal, seal_of
from incident_app.domain.individual import Individual, Particulars, find_by_mark
from incident_app.domain.sealing import MasterKey, Seal, SealBroken, new_key
from incident_app.services.registering import marks_of
from tests.builders import a_bare_incident, an_individual, who_is
from tests.cast import TANAKA
from tests.conftest import WorkOf

SEAL = Seal(b"k" * 32)
WORDS = st.text(st.characters(exclude_characters="\x1e\x1f", exclude_categories=["Cs"]), max_size=30)
SAID = WORDS.filter(bool)


@given(
    st.builds(
        Particulars,
        reference=WORDS,
        name=WORDS,
        kana=WORDS,
        birth_date=st.none() | st.dates(),
        postal_code=WORDS,
        address_lines=st.lists(SAID, max_size=3).map(tuple),
        phone=WORDS,
        email=st.none() | SAID,
        items=st.lists(SAID, max_size=3).map(tuple),
        guardian=st.none() | SAID,
        organisation=st.booleans(),
        printed_name=WORDS,
    )
)
def test_what_was_sealed_comes_out_as_it_went_in(person: Particulars) -> None:
    """A name is how its bearer writes it, also after the safe."""
    sealed = SEAL.seal(person.to_bytes(), b"here")
    assert Particulars.from_bytes(SEAL.open(sealed, b"here")) == person


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_sealed_value_with_one_changed_bit_does_not_open(value: bytes, data: st.DataObject) -> None:
    """Whoever writes into the database file cannot put words into a letter."""
    sealed = bytearray(SEAL.seal(value, b"here"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        SEAL.open(bytes(sealed), b"here")


def test_the_same_words_are_sealed_differently_and_marked_alike() -> None:
    """Nobody sees from the ciphers who shares a name; the program finds them by the mark."""
    assert SEAL.seal(b"x", b"here") != SEAL.seal(b"x", b"here")
    assert SEAL.mark("who", "見本 花子") == SEAL.mark("who", "見本 花子")
    assert SEAL.mark("who", "見本 花子") != SEAL.mark("reference", "見本 花子")
    assert SEAL.mark("who", "見本 花子") != Seal(new_key()).mark("who", "見本 花子")


def test_a_short_or_empty_cipher_is_refused_and_never_a_crash() -> None:
    """A cut-off row is damage and is said to be."""
    for rubbish in (b"", b"short", b"x" * 28):
        with pytest.raises(SealBroken):
            SEAL.open(rubbish, b"here")


def test_another_master_key_opens_nothing() -> None:
    """A database that was carried off without its key holds noise."""
    wrapped = MasterKey.from_words("ours").wrap(new_key())
    with pytest.raises(SealBroken):
        MasterKey.from_words("theirs").unwrap(wrapped)
    assert MasterKey.from_words("ours").name != MasterKey.from_words("theirs").name
    assert "ours" not in repr(MasterKey.from_words("ours"))


def test_each_incident_has_a_key_of_its_own_and_keeps_it(work_of: WorkOf) -> None:
    """To destroy the data of one case must not touch another's."""
    with work_of(TANAKA) as work:
        one, other = a_bare_incident(work), a_bare_incident(work, number="I-2026-0002")
        keys = {incident.id: ensure_seal(work, incident.id).key for incident in (one, other)}
        assert keys[one.id] != keys[other.id]
        assert ensure_seal(work, one.id).key == keys[one.id]
        kept = work.session.get_one(IncidentKey, one.id)
        assert kept.wrapped is not None and keys[one.id] not in kept.wrapped


def test_a_row_moved_to_another_place_does_not_open(work_of: WorkOf) -> None:
    """Swapping two persons' rows would send each the other's letter."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        one = an_individual(work, incident, "1", name="見本 一子")
        other = an_individual(work, incident, "2", name="見本 二子")
        assert who_is(one).name == "見本 一子"
        one.sealed, other.sealed = other.sealed, one.sealed
        for individual in (one, other):
            with pytest.raises(SealBroken):
                who_is(individual)


def test_an_individual_is_found_by_number_and_by_name_with_birth_date(work_of: WorkOf) -> None:
    """The desk and the next list find somebody without anything readable being stored."""
    with work_of(TANAKA) as work:
        incident, elsewhere = a_bare_incident(work), a_bare_incident(work, number="I-2026-0002")
        found = an_individual(work, incident, "0000000007", kana="ミホン　ハナコ")
        an_individual(work, elsewhere, "0000000007", kana="ミホン　ハナコ")
        seal = seal_of(work.session, incident.id)
        for mark in marks_of(seal, who_is(found)):
            assert find_by_mark(work.session, incident.id, mark) == [found]
        assert find_by_mark(work.session, incident.id, seal.mark("reference", "8")) == []


def test_what_is_not_imported_whole_is_not_there(work_of: WorkOf) -> None:
    """Half a list would be a notice to half of those concerned."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        individual = an_individual(work, incident)
        individual.listed_in.imported_at = None
        work.session.flush()
        (mark, _) = marks_of(seal_of(work.session, incident.id), who_is(individual))
        assert find_by_mark(work.session, incident.id, mark) == []


def test_without_the_key_nobody_reads_a_row_again(work_of: WorkOf) -> None:
    """Article 7: what must be destroyed is destroyed with its key, and the program says so."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        individual = an_individual(work, incident)
        work.session.get_one(IncidentKey, incident.id).wrapped = None
        work.session.flush()
        with pytest.raises(KeyDestroyed, match="destroyed"):
            who_is(individual)
        with pytest.raises(KeyDestroyed):
            ensure_seal(work, incident.id)
        assert work.session.get(Individual, individual.id) is not None, "the row stays, and counts"
