"""The command `incident`."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar, cast

import click
from sqlalchemy import select
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from incident_app import __version__
from incident_app.checking import Finding, findings
from incident_app.config import BadSetting, Settings, read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.errors import BadInput, NotFound, Refused
from incident_app.domain.incident import Incident
from incident_app.domain.parties import ROLES, day_in_japan
from incident_app.domain.timeline import entries_of, verify
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading, begin_work
from incident_app.engine.definition import WorkflowMistake
from incident_app.engine.diagram import draw
from incident_app.engine.library import newest, shelf
from incident_app.services import accounts, demo, schema
from incident_app.workers.deliver import Courier

Command = TypeVar("Command", bound=Callable[..., Any])
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
DAY = click.DateTime(["%Y-%m-%d"])


def _in_words(command: Command) -> Command:
    """Say what was refused, instead of showing a traceback."""

    @wraps(command)
    def guarded(*args: Any, **facts: Any) -> Any:
        try:
            return command(*args, **facts)
        except (Refused, WorkflowMistake, BadSetting) as refusal:
            said = str(refusal)
        except (ArgumentError, DatabaseError) as fault:
            # Its words may hold a password or a person's name, so only its kind is shown.
            said = (
                f"データベースを使えません（{type(fault).__name__}）。`incident db upgrade` を実行し、"
                "INCIDENT_DATABASE を確かめてください。 / The database cannot be used. "
                "Run `incident db upgrade`, and check INCIDENT_DATABASE."
            )
        except OSError as fault:
            said = (
                f"{fault.filename} を使えません（{fault.strerror}）。INCIDENT_DATA を確かめてください。 / "
                f"{fault.filename} cannot be used ({fault.strerror}). Check INCIDENT_DATA."
            )
        click.echo(said, err=True)
        sys.exit(2)

    return cast(Command, guarded)


@contextmanager
def _sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    engine = connect_database(settings.database)
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()


@contextmanager
def _work() -> Iterator[Work]:
    with _sessions(read_settings()) as sessions, begin_work(sessions, system_clock, THE_PROGRAM) as work:
        yield work


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Carry incidents through Article 16 of the contract annex (第16条 事故発生時の対応).

    Settings come from INCIDENT_* variables; docs/operations.md lists them.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("alembic", "weasyprint"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


@main.command()
@click.option(
    "--demo", "as_demo", is_flag=True, help="Made-up accounts, and a mail catcher instead of a relay."
)
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@_in_words
def serve(as_demo: bool, host: str | None, port: int | None) -> None:
    """Serve the pages, send mail and print letters until Ctrl-C."""
    from incident_app import serving  # noqa: PLC0415 - the other commands need no web server

    settings = _chosen(read_settings(), as_demo, host, port)
    serving.prepare(settings)
    if settings.demo:
        _introduce_demo(settings)
    click.echo(f"\n  開く場所 Open: {settings.base_url}\n  終了 Stop: Ctrl-C\n")
    sys.exit(serving.serve(settings))


def _chosen(settings: Settings, as_demo: bool, host: str | None, port: int | None) -> Settings:
    host, port = host or settings.host, port or settings.port
    moved = (host, port) != (settings.host, settings.port)
    base_url = f"http://{host}:{port}" if moved else settings.base_url
    return replace(settings, demo=as_demo or settings.demo, host=host, port=port, base_url=base_url)


def _introduce_demo(settings: Settings) -> None:
    click.echo("\n  デモ Demonstration — 合言葉 Password: " + demo.PASSWORD)
    for login, name, title, organisation, _ in demo.PEOPLE:
        click.echo(f"    {login:<26} {organisation} {title} {name}")
    click.echo(f"    対象者名簿の見本 A list of made-up persons: {settings.demo_list}")
    click.echo(f"    送信されたメール Mail that went out: {settings.base_url}/mail")


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@_in_words
def db_upgrade() -> None:
    """Bring the database to the newest schema; safe to repeat."""
    schema.upgrade(read_settings().database)
    click.echo("データベースは最新です。 The database is up to date.")


@main.group()
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
@_in_words
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
    with _work() as work:
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


@main.group()
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
@click.option("--first-report-hours", type=int, help="速やかに, as this contract understands it.")
@click.option("--follow-up-days", type=int)
@_in_words
def contract_add(starts_on: datetime, ends_on: datetime, **facts: Any) -> None:
    """Add a contract and its two parties."""
    with _work() as work:
        accounts.add_contract(work, starts_on=starts_on.date(), ends_on=ends_on.date(), **facts)
    click.echo(f"登録しました。 Added: {facts['number']}")


@main.group()
def workflow() -> None:
    """Workflow definitions."""


@workflow.command("check")
@as_json
@_in_words
def workflow_check(as_json: bool) -> None:
    """Read every definition; say file, line and mistake, or list them with their digests."""
    rows = [
        {"name": w.name, "version": w.version, "steps": len(w.steps), "sha256": w.digest}
        for w in shelf().values()
    ]
    _show(rows, as_json, "{name} v{version}: {steps} steps, sha256 {sha256}")


@workflow.command("draw")
@click.option("--name", default="article16")
@click.option("--language", type=click.Choice(["ja", "en"]), default="ja")
@_in_words
def workflow_draw(name: str, language: str) -> None:
    """Draw the newest version as Mermaid state diagrams."""
    if name not in {known for known, _ in shelf()}:
        raise NotFound(f"手続定義 {name} はありません。", f"There is no workflow {name}.")
    click.echo(draw(newest(name), language), nl=False)


@main.command()
@as_json
@_in_words
def deliver(as_json: bool) -> None:
    """Send what is queued and print what waits, once."""
    settings = read_settings()
    with _sessions(settings) as sessions:
        counts = asdict(Courier(sessions, system_clock, settings).round())
    _show(
        [counts],
        as_json,
        "送信 sent {accepted}, 不達 refused {refused}, 待機 waiting {waiting}, 印刷 printed {printed}",
    )


@main.group()
def timeline() -> None:
    """The sealed record of each incident."""


@timeline.command("verify")
@click.argument("number", required=False)
@as_json
@_in_words
def timeline_verify(number: str | None, as_json: bool) -> None:
    """Check the seals of one incident, or of all. Exit code 1 when anything was altered."""
    with _sessions(read_settings()) as sessions, begin_reading(sessions, system_clock, THE_PROGRAM) as work:
        chosen = select(Incident).order_by(Incident.id)
        incidents = list(work.session.scalars(chosen.where(Incident.number == number) if number else chosen))
        if number and not incidents:
            raise NotFound
        flaws = [asdict(flaw) for incident in incidents for flaw in verify(work.session, incident)]
        entries = sum(len(entries_of(work.session, incident.id)) for incident in incidents)
    if as_json:
        click.echo(json.dumps({"incidents": len(incidents), "entries": entries, "flaws": flaws}))
    else:
        for flaw in flaws:
            click.echo("{incident} #{position}: {what}".format(**flaw))
        click.echo(f"{len(incidents)} incidents, {entries} entries, {len(flaws)} flaws")
    sys.exit(1 if flaws else 0)


@main.command()
@as_json
@_in_words
def check(as_json: bool) -> None:
    """Check fonts, libraries, database, workflows and mail relay; exit code 1 when something is missing."""
    found: list[Finding] = findings(read_settings())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    for finding in () if as_json else found:
        click.echo(f"{'OK ' if finding.ok else 'NG '} {finding.what}: {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in found) else 1)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _show(rows: list[dict[str, Any]], as_json: bool, line: str) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line.format(**row))
