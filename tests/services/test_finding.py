"""What an actor may see: the cases on their contracts, today; everything else does not exist."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.parties import CLIENT_OFFICER, CONTRACTOR_ROLES, RoleHolding
from incident_app.domain.work import Actor, Work, begin_reading
from incident_app.services.describing import add_evidence
from incident_app.services.finding import (
    contracts_of,
    documents_of,
    find_consultation,
    find_contract,
    find_document,
    find_evidence,
    find_incident,
    find_instruction,
    find_item,
    find_notice,
    find_print_run,
    find_report,
    incidents_of,
)
from incident_app.services.opening import Said, open_for_other_client
from incident_app.services.reporting import send_first_report
from tests.builders import the_contract, the_person
from tests.cast import (
    ADMIN,
    AOBA,
    ITO,
    KIMURA,
    MINATO,
    OGAWA,
    SATO,
    SUZUKI,
    TANAKA,
    YAMADA,
    CastMember,
)
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.stories import by, consulted, drafted, instructed, item_of, open_case, reported, serve


def role_of(session: Session, member: CastMember) -> RoleHolding:
    person = the_person(session, member)
    return session.scalars(select(RoleHolding).where(RoleHolding.person_id == person.id)).one()


@pytest.mark.parametrize("member", [TANAKA, SUZUKI, SATO, YAMADA, ITO], ids=lambda member: member.login)
def test_everybody_on_the_contract_sees_its_cases(work_of: WorkOf, member: CastMember) -> None:
    """乙, 甲 and 甲's auditor look at the same record."""
    with work_of(TANAKA) as work:
        number = open_case(work).number
    with work_of(member) as work:
        assert find_incident(work, number).number == number
        assert [incident.number for incident in incidents_of(work)] == [number]
        assert [contract.number for contract in contracts_of(work)] == [MINATO.number]


@pytest.mark.parametrize("member", [KIMURA, OGAWA, ADMIN], ids=lambda member: member.login)
def test_a_case_on_somebody_else_s_contract_looks_like_none_at_all(
    work_of: WorkOf, member: CastMember
) -> None:
    """Even "you may not see this" would tell another city that something happened."""
    with work_of(TANAKA) as work:
        number = open_case(work).number
    with work_of(member) as work:
        with pytest.raises(NotFound) as foreign:
            find_incident(work, number)
        with pytest.raises(NotFound) as missing:
            find_incident(work, "2026-999-99")
        assert foreign.value.args == missing.value.args
        assert incidents_of(work) == []


@pytest.mark.parametrize(
    ("from_on", "until_on", "seen"),
    [
        (date(2026, 4, 1), date(2026, 11, 29), False),
        (date(2026, 4, 1), date(2026, 11, 30), True),
        (date(2026, 11, 30), None, True),
        (date(2026, 12, 1), None, False),
    ],
)
def test_a_role_counts_from_its_first_to_its_last_day_in_japan(
    work_of: WorkOf, from_on: date, until_on: date | None, seen: bool
) -> None:
    """Who changed departments yesterday has no business here today."""
    with work_of(TANAKA) as work:
        number = open_case(work).number
        role = role_of(work.session, YAMADA)
        role.from_on, role.until_on = from_on, until_on
    with work_of(YAMADA) as work:
        assert bool(contracts_of(work)) == bool(incidents_of(work)) == seen
        if seen:
            find_incident(work, number)
        else:
            with pytest.raises(NotFound):
                find_incident(work, number)


def test_contracts_are_listed_by_role(work_of: WorkOf) -> None:
    """The page that opens a case offers only contracts on which one may open it."""
    with work_of(TANAKA) as work:
        serve(work, TANAKA, AOBA, CLIENT_OFFICER)
        assert [c.number for c in contracts_of(work)] == [AOBA.number, MINATO.number]
        assert [c.number for c in contracts_of(work, *CONTRACTOR_ROLES)] == [MINATO.number]
        serve(work, TANAKA, AOBA)
        assert len(contracts_of(work, *CONTRACTOR_ROLES)) == 2, "two roles on one contract list it once"


@pytest.mark.parametrize("number", ["NO-SUCH-1", AOBA.number])
def test_an_unknown_contract_and_somebody_else_s_are_refused_alike(work_of: WorkOf, number: str) -> None:
    """The form says so beside its field, and does not tell which of the two it was."""
    with work_of(TANAKA) as work:
        with pytest.raises(BadInput) as refusal:
            find_contract(work, number)
        assert refusal.value.field == "contract"
        assert AOBA.name not in str(refusal.value)
        assert find_contract(work, MINATO.number, *CONTRACTOR_ROLES).number == MINATO.number


def test_a_contract_needs_the_right_role(work_of: WorkOf) -> None:
    """An officer of 甲 does not open cases."""
    with work_of(YAMADA) as work, pytest.raises(BadInput):
        find_contract(work, MINATO.number, *CONTRACTOR_ROLES)


def test_the_newest_detection_comes_first(work_of: WorkOf) -> None:
    """At night one looks at the top of the list."""
    with work_of(TANAKA) as work:
        older = open_case(work, detected_at=by(work, TANAKA, days=-3).now)
        newer = open_case(work)
        assert [i.number for i in incidents_of(work)] == [newer.number, older.number]


def test_the_twins_of_one_event_see_nothing_of_each_other(work_of: WorkOf) -> None:
    """Fifty clients, one ransomware: no client learns who else was struck, or what they were told."""
    secret = "架空市の国保の帳票"
    with work_of(SATO) as work:
        serve(work, SATO, AOBA)
        first = open_case(work, title="印刷システムへの不正侵入", facts={"content": Said("known", secret)})
        twin = open_for_other_client(work, first, the_contract(work.session, AOBA))
        send_first_report(work, first)
        send_first_report(work, twin)
        numbers, first_paper = (first.number, twin.number), first.reports[0].document.id
    for own, member in enumerate((YAMADA, KIMURA)):
        with work_of(member) as work:
            assert [i.number for i in incidents_of(work)] == [numbers[own]]
            with pytest.raises(NotFound):
                find_incident(work, numbers[1 - own])
    with work_of(KIMURA) as work:
        mine = find_incident(work, numbers[1])
        with pytest.raises(NotFound):
            find_document(work, mine, first_paper)
        (paper,) = documents_of(work, mine)
        for words in (secret, numbers[0], MINATO.name, MINATO.number, "架空市"):
            assert words not in paper.html
            assert words not in paper.text


def test_the_parts_of_a_case_are_found_by_their_numbers(work_of: WorkOf, tmp_path: Any) -> None:
    """Addresses in the browser are numbers that people can read to each other."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        notice, consultation = drafted(work, incident), consulted(work, incident)
        evidence = add_evidence(work, incident, tmp_path, name="a", data=b"a", media_type="text/plain")
        work.session.flush()
        assert find_report(incident, 1) is incident.reports[0]
        assert find_instruction(incident, 1) is incident.instructions[0]
        assert find_item(incident, item_of(incident).id) is item_of(incident)
        assert find_notice(incident, 1) is notice
        assert find_consultation(incident, 1) is consultation
        assert find_evidence(incident, evidence.id) is evidence
        assert find_document(work, incident, incident.reports[0].document_id) is incident.reports[0].document


def test_the_parts_of_another_case_are_not_found_in_this_one(work_of: WorkOf, tmp_path: Any) -> None:
    """An address with this case's number and that case's part leads nowhere."""
    with work_of(TANAKA) as work:
        incident, other = open_case(work), instructed(work)
        notice = drafted(work, other)
        consulted(work, other)
        evidence = add_evidence(work, other, tmp_path, name="a", data=b"a", media_type="text/plain")
        work.session.flush()
        looks: list[Callable[[], object]] = [
            lambda: find_report(incident, 1),
            lambda: find_instruction(incident, 1),
            lambda: find_item(incident, item_of(other).id),
            lambda: find_notice(incident, 1),
            lambda: find_consultation(incident, 1),
            lambda: find_evidence(incident, evidence.id),
            lambda: find_document(work, incident, other.reports[0].document_id),
            lambda: find_print_run(work, notice, 1),
        ]
        for look in looks:
            with pytest.raises(NotFound):
                look()


def test_looking_finds_the_same_without_waiting_for_a_writer(
    work_of: WorkOf, sessions: sessionmaker[Session], clock: TestClock
) -> None:
    """A page opens while a colleague's step is under way, and shows what stood before it."""
    with work_of(TANAKA) as work:
        number = reported(work).number
    with work_of(TANAKA) as work:
        find_incident(work, number).title = "書きかけ"
        work.session.flush()
        actor = Actor(the_person(work.session, YAMADA).id, YAMADA.name)
        with begin_reading(sessions, clock, actor) as looking:
            assert seen_title(looking, number) == "USBメモリの紛失"


def seen_title(work: Work, number: str) -> str:
    return find_incident(work, number).title
