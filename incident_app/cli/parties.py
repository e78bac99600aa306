"""`incident user` and `incident contract`: accounts, contracts, agreed hours and who is called."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import click

from incident_app.cli.shared import DAY, in_words, work_at_terminal
from incident_app.domain.errors import BadInput
from incident_app.domain.parties import PARTIES, ROLES, day_in_japan
from incident_app.services import accounts
from incident_app.services.call_tree import tree_of

_HOURS_OF = {"": 1, "h": 1, "d": 24}


@click.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.option("--login", required=True, help="E-mail address to sign in with.")
@click.option("--name", required=True)
@click.option("--title", default="")
@click.option("--phone", default="")
@click.option("--organisation", required=True)
@click.option("--contract", help="Number of the contract on which the role is held.")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--from", "from_on", type=DAY, help="First day of the role (default: today).")
@click.option("--until", "until_on", type=DAY, help="Last day of the role (default: until further notice).")
@click.option("--administrator", is_flag=True)
@click.password_option(help="Asked for when left out.")
@in_words
def user_add(
    organisation: str,
    contract: str | None,
    role: str | None,
    *,
    from_on: datetime | None,
    until_on: datetime | None,
    **facts: Any,
) -> None:
    """Add an account and, with --contract and --role, the role that it holds."""
    if (contract is None) != (role is None):
        both = "--contract と --role は一緒に指定してください。", "--contract and --role belong together."
        raise BadInput("role", *both)
    with work_at_terminal() as work:
        firm = accounts.add_organisation(work, organisation)
        person = accounts.add_person(work, organisation=firm, **facts)
        if contract is not None and role is not None:
            accounts.hold_role(
                work,
                person,
                accounts.contract_numbered(work, contract),
                role,
                from_on=_day(from_on) or day_in_japan(work.now),
                until_on=_day(until_on),
            )
    click.echo(f"登録しました。 Added: {facts['login']}")


@click.group()
def contract() -> None:
    """Contracts."""


@contract.command("add")
@click.option("--number", required=True)
@click.option("--name", required=True)
@click.option("--client", required=True, help="甲")
@click.option("--client-department", default="")
@click.option("--contractor", required=True, help="乙")
@click.option("--from", "starts_on", type=DAY, required=True)
@click.option("--until", "ends_on", type=DAY, required=True)
@click.option(
    "--within",
    multiple=True,
    metavar="NAME=HOURS",
    help="速やかに, as this contract understands it: prompt_report=12h, next_follow_up=7d. Repeatable.",
)
@in_words
def contract_add(starts_on: datetime, ends_on: datetime, within: tuple[str, ...], **facts: Any) -> None:
    """Add a contract and its two parties."""
    with work_at_terminal() as work:
        accounts.add_contract(
            work,
            starts_on=starts_on.date(),
            ends_on=ends_on.date(),
            agreed_hours=_hours(within),
            **facts,
        )
    click.echo(f"登録しました。 Added: {facts['number']}")


@contract.command("within")
@click.argument("number")
@click.argument("agreed", nargs=-1, required=True, metavar="NAME=HOURS...")
@in_words
def contract_within(number: str, agreed: tuple[str, ...]) -> None:
    """Put the hours that the parties agreed on into a contract: prompt_report=12h next_follow_up=7d.

    They count for deadlines that start from now on; one that is running keeps its date.
    """
    with work_at_terminal() as work:
        chosen = accounts.contract_numbered(work, number)
        accounts.agree_hours(work, chosen, _hours(agreed))
    for name, hours in sorted(chosen.agreed_hours.items()):
        click.echo(f"{name}={hours}h")


@contract.command("call-tree")
@click.argument("number")
@click.option("--party", type=click.Choice(PARTIES), required=True, help="contractor: 乙; client: 甲")
@click.option("--login", "logins", multiple=True, help="The first is told first; repeat it for the next.")
@in_words
def contract_call_tree(number: str, party: str, logins: tuple[str, ...]) -> None:
    """Set who is told when a date comes near or is missed (連絡網), in this order; without --login print it.

    What stood there before is replaced. Nobody who has left since is told; without a tree those with the
    leading role are told first.
    """
    with work_at_terminal() as work:
        chosen = accounts.contract_numbered(work, number)
        if logins:
            accounts.set_call_tree(work, chosen, party, logins)
        people = tree_of(work.session, chosen.id, party, work.now)
    for place, person in enumerate(people, 1):
        click.echo(f"{place}. {person.name} <{person.login}>")


def _hours(agreed: Iterable[str]) -> dict[str, int]:
    """Read NAME=12h or NAME=7d; a bare number is hours."""
    found = {}
    for each in agreed:
        said = re.fullmatch(r"(\w+)=([0-9]{1,5})([hd]?)", each)
        if said is None:
            raise BadInput(
                "within",
                f"「{each}」は「名称=12h」または「名称=7d」の形で書いてください。",
                f"{each!r} must look like NAME=12h or NAME=7d.",
            )
        found[said[1]] = int(said[2]) * _HOURS_OF[said[3]]
    return found


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
