"""`incident serve`, `db`, `deliver` and `check`: the installation and what runs in it."""

import json
import sys
from dataclasses import asdict, replace

import click

from incident_app.checking import Finding, findings
from incident_app.cli.shared import as_json, in_words, sessions_of, show
from incident_app.config import Settings, read_settings, system_clock
from incident_app.services import demo, schema
from incident_app.workers.deliver import Courier


@click.command()
@click.option(
    "--demo", "as_demo", is_flag=True, help="Made-up accounts, and a mail catcher instead of a relay."
)
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@in_words
def serve(as_demo: bool, host: str | None, port: int | None) -> None:
    """Serve the pages, send mail, print letters and watch deadlines until Ctrl-C."""
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


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@in_words
def db_upgrade() -> None:
    """Bring the database to the newest schema; safe to repeat."""
    schema.upgrade(read_settings().database)
    click.echo("データベースは最新です。 The database is up to date.")


@click.command()
@as_json
@in_words
def deliver(as_json: bool) -> None:
    """Send what is queued and print what waits, once."""
    settings = read_settings()
    with sessions_of(settings) as sessions:
        counts = asdict(Courier(sessions, system_clock, settings).round())
    show(
        [counts],
        as_json,
        "送信 sent {accepted}, 不達 refused {refused}, 待機 waiting {waiting}, 印刷 printed {printed}",
    )


@click.command()
@as_json
@in_words
def check(as_json: bool) -> None:
    """Check fonts, libraries, database, workflows and mail relay; exit code 1 when something is missing."""
    found: list[Finding] = findings(read_settings())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    for finding in () if as_json else found:
        click.echo(f"{'OK ' if finding.ok else 'NG '} {finding.what}: {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in found) else 1)
