"""What the commands share: refusals in words, the database, rows for people or for machines."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

import click
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import BadSetting, Settings, read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.errors import BadInput, Refused
from incident_app.domain.words import FileMistake
from incident_app.domain.work import THE_PROGRAM, Work, begin_work, open_sessions

Command = TypeVar("Command", bound=Callable[..., Any])
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
in_language = click.option("--language", type=click.Choice(["ja", "en"]), default="ja", show_default=True)
DAY = click.DateTime(["%Y-%m-%d"])


def in_words(command: Command) -> Command:
    """Say what was refused, instead of showing a traceback."""

    @wraps(command)
    def guarded(*args: Any, **facts: Any) -> Any:
        try:
            return command(*args, **facts)
        except BadInput as refusal:
            said = f"{refusal.field}: {refusal}"
        except (Refused, FileMistake, BadSetting) as refusal:
            said = str(refusal)
        except (ArgumentError, DatabaseError) as fault:
            # Its words may hold a password or a person's name, so only its kind is shown.
            said = (
                f"データベースを使えません（{type(fault).__name__}）。`incident db upgrade` を実行し、"
                "INCIDENT_DATABASE を確かめてください。 / The database cannot be used. "
                "Run `incident db upgrade`, and check INCIDENT_DATABASE."
            )
        except BrokenPipeError:
            raise  # whoever read the output has read enough; click ends quietly
        except OSError as fault:
            said = (
                f"{fault.filename} を使えません（{fault.strerror}）。INCIDENT_DATA を確かめてください。 / "
                f"{fault.filename} cannot be used ({fault.strerror}). Check INCIDENT_DATA."
            )
        click.echo(said, err=True)
        sys.exit(2)

    return cast(Command, guarded)


@contextmanager
def sessions_of(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """Open the database that the settings name, and close it at the end."""
    engine = connect_database(settings.database)
    try:
        yield open_sessions(engine, settings.master_key, settings.public_url, settings.envelope)
    finally:
        engine.dispose()


@contextmanager
def work_at_terminal() -> Iterator[Work]:
    """Open the one transaction of a command; whoever types it has no account, so the program acts."""
    with sessions_of(read_settings()) as sessions, begin_work(sessions, system_clock, THE_PROGRAM) as work:
        yield work


def show(rows: list[dict[str, Any]], as_json: bool, line: str) -> None:
    """Print rows as a JSON list, or each one by the pattern of `line`."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(line.format(**row))
