"""`incident user` and `incident contract`, as somebody at a terminal uses them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.cli import main
from incident_app.domain.incident import Incident
from incident_app.domain.parties import Contract, Person, RoleHolding
from incident_app.engine.library import newest
from incident_app.services.accounts import check_password
from tests.builders import an_incident, the_contract
from tests.cast import CITY, CONTRACTS, KIMURA, MINATO, SATO, SUZUKI, TANAKA, YAMADA
from tests.cli.terminal import HIRE, LEASE, PASSWORD, ROLE, Run, speaks_both
from tests.conftest import WorkOf, only_on_sqlite


def test_from_contract_to_account_with_its_role(incident: Run, sessions: sessionmaker[Session]) -> None:
    """What docs/operations.md tells a new installation to do."""
    agreed = ("--within", "prompt_report=12h", "--within", "next_follow_up=7d", "--within", "first_measure=6")
    assert incident(*LEASE, *agreed).exit_code == 0
    result = incident(*HIRE, *PASSWORD, *ROLE)
    assert result.exit_code == 0, result.output
    with sessions() as session:
        person = check_password(session, "hayashi@example.jp", PASSWORD[1])
        assert person is not None and person.name == "林 優子" and not person.administrator
        (held,) = session.scalars(select(RoleHolding).where(RoleHolding.person_id == person.id))
        assert (held.contract.number, held.role) == ("MN-2027-001", "worker")
        assert (held.from_on, held.until_on) == (date(2027, 4, 1), date(2027, 9, 30))
        hours = {"prompt_report": 12, "next_follow_up": 168, "first_measure": 6}
        assert held.contract.agreed_hours == hours
        assert held.contract.client.name == CITY


@only_on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        (*HIRE, *PASSWORD, "--role", "worker"),
        (*HIRE, *PASSWORD, "--contract", MINATO.number),
        (*HIRE, *PASSWORD, "--contract", "MN-9999", "--role", "worker"),
        (*HIRE, "--password", "short"),
        (*HIRE[:3], "hayashi", *HIRE[4:], *PASSWORD),
        (*LEASE, "--number", MINATO.number),
        (*LEASE, "--within", "prompt_report=soon"),
        (*LEASE, "--within", "prompt_report"),
        (*LEASE, "--within", "prompt_report=-1h"),
        (*LEASE, "--within", "prompt_report=366d"),
    ],
    ids=[
        *("role-alone", "contract-alone", "no-such-contract", "short-password", "no-address"),
        *("number-twice", "no-hours", "no-number", "negative", "more-than-a-year"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    incident: Run, sessions: sessionmaker[Session], arguments: Sequence[str]
) -> None:
    """Half an account would be worse than none."""
    result = incident(*arguments)
    assert result.exit_code == 2
    assert speaks_both(result.stderr)
    with sessions() as session:
        assert session.scalars(select(Person).where(Person.name == "林 優子")).first() is None
        assert session.scalar(select(func.count()).select_from(Contract)) == len(CONTRACTS)


@only_on_sqlite
def test_a_password_can_be_asked_for_unseen(
    incident: Run, environment: dict[str, str], database_url: str
) -> None:
    """One that is written on the command line stays in its history."""
    environment["INCIDENT_DATABASE"] = database_url
    asked = CliRunner().invoke(main, HIRE, env=environment, input=f"{PASSWORD[1]}\n{PASSWORD[1]}\n")
    assert asked.exit_code == 0
    assert PASSWORD[1] not in asked.output


# ------------------------------------------------------------ what the parties agreed on


def test_hours_agreed_later_count_for_what_starts_later(
    incident: Run, work_of: WorkOf, sessions: sessionmaker[Session]
) -> None:
    """速やかに is what the parties say it is; a date that 甲 was told of does not move in silence."""
    with work_of(TANAKA) as work:
        earlier = an_incident(work)
        running = due(earlier, "prompt_report")
    result = incident("contract", "within", MINATO.number, "prompt_report=12h", "next_follow_up=2d")
    assert result.exit_code == 0
    assert result.output.splitlines() == ["next_follow_up=48h", "prompt_report=12h"]
    assert incident("contract", "within", MINATO.number, "prompt_report=6h").exit_code == 0
    with work_of(TANAKA) as work:
        assert the_contract(work.session).agreed_hours == {"prompt_report": 6, "next_follow_up": 48}
        assert due(an_incident(work), "prompt_report") == running - timedelta(hours=18)
        assert due(work.session.get_one(Incident, earlier.id), "prompt_report") == running


def due(incident: Incident, name: str) -> datetime:
    (deadline,) = (each for each in incident.deadlines if each.name == name)
    return deadline.due_at


@only_on_sqlite
def test_a_mistyped_deadline_is_answered_with_those_that_there_are(incident: Run) -> None:
    """Nobody knows these names by heart."""
    result = incident("contract", "within", MINATO.number, "promt_report=12h")
    assert result.exit_code == 2 and speaks_both(result.stderr)
    assert result.stderr.startswith("within: ")
    for name in newest("article16").deadlines:
        assert name in result.stderr


def test_the_call_tree_is_kept_in_its_order_and_replaced_whole(incident: Run) -> None:
    """At night the first of them is called, and whoever left must not be."""
    tree = ("contract", "call-tree", MINATO.number, "--party", "contractor")
    without = [f"{place}. {who.name} <{who.login}>" for place, who in enumerate((SATO, TANAKA, SUZUKI), 1)]
    assert incident(*tree).output.splitlines() == without, "the leading role, then the other"
    set_first = incident(*tree, "--login", TANAKA.login, "--login", SATO.login)
    assert set_first.exit_code == 0
    assert set_first.output.splitlines() == [f"1. {TANAKA.name} <tanaka>", f"2. {SATO.name} <sato>"]
    assert incident(*tree, "--login", SATO.login, "--login", TANAKA.login).exit_code == 0
    assert incident(*tree).output.splitlines() == [f"1. {SATO.name} <sato>", f"2. {TANAKA.name} <tanaka>"]
    other = ("contract", "call-tree", MINATO.number, "--party", "client")
    assert incident(*other, "--login", YAMADA.login).output == f"1. {YAMADA.name} <yamada>\n"
    assert len(incident(*tree).output.splitlines()) == 2


@only_on_sqlite
@pytest.mark.parametrize("login", [YAMADA.login, KIMURA.login, "nobody@example.jp"])
def test_nobody_is_called_who_does_not_act_for_that_party(incident: Run, login: str) -> None:
    """The other party, another client and strangers learn nothing of a case by a reminder."""
    result = incident("contract", "call-tree", MINATO.number, "--party", "contractor", "--login", login)
    assert result.exit_code == 2 and speaks_both(result.stderr)
    assert TANAKA.login in result.stderr, "it says who could be named"
