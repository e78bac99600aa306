"""Who calls? What fits, what does not, and what nobody is told before it fits."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from incident_app.domain.enquiry import IdentityCheck
from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.individual import AffectedList, Hold
from incident_app.domain.reference import grouped
from incident_app.services.identifying import Caller, check_identity, find_check, recognised
from tests.cast import SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.desk_stories import KNOWN_TO_MANY, WITH_HER_PHONE, kaoruko
from tests.services.stories import by, events_of, open_case, refused

WRONG = {
    "kana": "カクウ タロウ",
    "birth_date": "1981-03-05",
    "postal_code": "100-0002",
    "phone_end": "5679",
}
RIGHT = {
    "kana": "カクウカオルコ",
    "birth_date": "S56.3.4",
    "postal_code": "１００－０００１",
    "phone_end": "５６７８",
}


def test_a_caller_is_recognised_by_the_number_and_one_thing_more(work_of: WorkOf) -> None:
    """However it is written down: people say such things in many ways."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        for fact, said in RIGHT.items():
            caller = replace(Caller(code=grouped(she.code).lower()), **{fact: said})
            check = check_identity(work, incident, caller)
            found = recognised(work, incident, check)
            assert found is not None and found.individual is she, fact
            assert found.particulars is not None and found.particulars.items == ("氏名", "税額")
            assert sorted(check.facts) == sorted(["code", fact])


@pytest.mark.parametrize("fact", WRONG)
@only_on_sqlite
def test_one_thing_that_does_not_fit_is_no_match(work_of: WorkOf, fact: str) -> None:
    """Two things that fit do not outweigh a third that is wrong; the check says that and no more."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        said = {**RIGHT, fact: WRONG[fact]}
        check = check_identity(work, incident, Caller(code=she.code, **said))
        assert check.individual_id is None and recognised(work, incident, check) is None
        assert recognised(work, incident, check_identity(work, incident, Caller(**said))) is None


@only_on_sqlite
def test_the_letter_alone_is_not_enough(work_of: WorkOf) -> None:
    """It may lie open on somebody else's table."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        with refused(work, BadInput):
            check_identity(work, incident, Caller(code=she.code))


@only_on_sqlite
def test_without_the_letter_three_things_are_needed(work_of: WorkOf) -> None:
    """Name and date of birth find her, and are known to neighbours and to whoever wishes her harm."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        with refused(work, BadInput):
            check_identity(work, incident, KNOWN_TO_MANY)
        for third in ({"postal_code": "1000001"}, {"phone_end": "5678"}):
            check = check_identity(work, incident, replace(KNOWN_TO_MANY, **third))
            assert check.individual_id == she.id


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "code"),
        ({"code": "0"}, "code"),
        ({"postal_code": "1000001", "phone_end": "5678", "kana": "カクウ カオルコ"}, "code"),
        ({"birth_date": "昭和56年13月4日"}, "birth_date"),
        ({"postal_code": "100"}, "postal_code"),
        ({"phone_end": "678"}, "phone_end"),
    ],
)
@only_on_sqlite
def test_what_cannot_be_read_is_asked_for_again(work_of: WorkOf, said: dict[str, str], field: str) -> None:
    """The refusal hangs on what was typed alone, so that it tells nothing about who is on the list."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        for somebody_is_there in (False, True):
            if somebody_is_there:
                kaoruko(work, incident)
            with refused(work, BadInput) as refusal:
                check_identity(work, incident, Caller(**said))
            assert refusal.value.field == field


@only_on_sqlite
def test_where_the_list_knows_nothing_nothing_fits(work_of: WorkOf) -> None:
    """An empty cell is no answer that a caller could give."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        nobody = kaoruko(work, incident, phone="", postal_code="", kana="", birth_date=None)
        for fact, said in RIGHT.items():
            check = check_identity(work, incident, replace(Caller(code=nobody.code), **{fact: said}))
            assert check.individual_id is None, fact
        by_name = check_identity(work, incident, Caller(code=nobody.code, kana="架空薫子"))
        assert by_name.individual_id == nobody.id, "a list without kana has the name itself"


@only_on_sqlite
def test_two_who_are_alike_are_nobody(work_of: WorkOf) -> None:
    """Whose data would be shown? The number on the letter tells them apart."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        first = kaoruko(work, incident, key="1")
        kaoruko(work, incident, key="2")
        assert check_identity(work, incident, WITH_HER_PHONE).individual_id is None
        exact = replace(WITH_HER_PHONE, code=first.code)
        assert check_identity(work, incident, exact).individual_id == first.id


def test_nobody_is_found_in_another_case_or_in_a_list_that_waits(work_of: WorkOf) -> None:
    """Another client's persons, and those whose list nobody has imported, are not on record here."""
    with work_of(TANAKA) as work:
        here, there = open_case(work), open_case(work, title="別の事案")
        stranger, waiting = kaoruko(work, there), kaoruko(work, here, phone="03-1111-2222")
        work.session.execute(
            update(AffectedList).where(AffectedList.id == waiting.list_id).values(imported_at=None)
        )
        for caller in (
            WITH_HER_PHONE,
            replace(WITH_HER_PHONE, code=stranger.code),
            replace(WITH_HER_PHONE, phone_end="2222"),
            Caller(code=waiting.code, phone_end="2222"),
        ):
            assert check_identity(work, here, caller).individual_id is None


@pytest.mark.parametrize(
    ("way", "protected"), [("", True), ("told_by_client", True), ("not_protected", False)]
)
@only_on_sqlite
def test_of_a_protected_person_nothing_is_shown(work_of: WorkOf, way: str, protected: bool) -> None:
    """A persecutor knows name, date of birth and the old number: even a passed check opens nothing."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident, holds=["protected"])
        settled = work.now if way else None
        work.session.execute(update(Hold).values(way=way, settled_at=settled))
        work.session.expire_all()
        check = check_identity(work, incident, WITH_HER_PHONE)
        found = recognised(work, incident, check)
        assert found is not None and found.individual is she
        assert (found.particulars is None) is protected and found.deliveries == []


def test_the_record_of_a_check_holds_nothing_of_what_was_said(work_of: WorkOf) -> None:
    """Which facts were asked, by whom, and whether they fitted; the timeline says nothing."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        kaoruko(work, incident)
        before = events_of(work, incident)
        check_identity(work, incident, replace(WITH_HER_PHONE, kana="カクウ ジロウ"))
        (row,) = work.session.execute(select(IdentityCheck.__table__))
        assert (row.facts, row.individual_id) == (["kana", "birth_date", "phone_end"], None)
        assert "ジロウ" not in str(row) and "1981" not in str(row) and "5678" not in str(row)
        assert "5678" not in repr(WITH_HER_PHONE)
        assert events_of(work, incident) == before


@only_on_sqlite
def test_a_check_serves_one_person_for_one_conversation(work_of: WorkOf) -> None:
    """Its number stands in an address: it opens nothing to a colleague, to 甲, in another case, or tomorrow."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        kaoruko(work, incident)
        check = check_identity(work, incident, WITH_HER_PHONE)
        assert find_check(by(work, TANAKA, minutes=119), incident, check.id) is check
        for other, where in (
            (by(work, SUZUKI), incident),
            (by(work, TANAKA, minutes=121), incident),
            (work, open_case(work, title="別の事案")),
        ):
            with pytest.raises(NotFound):
                find_check(other, where, check.id)
        with pytest.raises(NotFound):
            find_check(work, incident, check.id + 1)
        with pytest.raises(NotPermitted):
            find_check(by(work, YAMADA), incident, check.id)


@only_on_sqlite
def test_only_the_contractors_people_check(work_of: WorkOf) -> None:
    """甲 has its own section; an auditor reads."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        kaoruko(work, incident)
        with refused(work, NotPermitted):
            check_identity(by(work, YAMADA), incident, WITH_HER_PHONE)


def test_after_the_destruction_nobody_is_recognised(work_of: WorkOf) -> None:
    """What was compared is no more; the answer is the one that a stranger gets."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        kaoruko(work, incident)
        earlier = check_identity(work, incident, WITH_HER_PHONE)
        work.session.execute(update(IncidentKey).values(wrapped=None, destroyed_at=work.now))
        work.session.expire_all()
        assert recognised(work, incident, earlier) is None
        assert check_identity(work, incident, WITH_HER_PHONE).individual_id is None


@only_on_sqlite
def test_who_became_one_with_an_earlier_row_is_recognised_no_more(work_of: WorkOf) -> None:
    """Two rows may turn out to be one person: the removed one leaves its checks behind."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        check = check_identity(work, incident, WITH_HER_PHONE)
        work.session.delete(she)
        work.session.flush()
        assert recognised(work, incident, check) is None
