"""Brings a database to the shape that this version of the program needs, and tells whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, make_url

from incident_app.assets import asset_dir
from incident_app.domain.base import connect_database

# Any number, the same in every process: whoever holds it migrates, the others wait.
_LOCK = 16_2026


def upgrade(url: str, to: str = "head") -> None:
    """Climb to a revision; creates the SQLite file and its folder when they are not there.

    Safe when several processes start at once: one migrates, the others wait and find it done.
    """
    with migrating(url) as connection:
        command.upgrade(_config(connection), to)


def downgrade(url: str, to: str) -> None:
    """Climb down to a revision ("base": nothing is left). What the dropped tables held is lost."""
    with migrating(url) as connection:
        command.downgrade(_config(connection), to)


def is_current(engine: Engine) -> bool:
    """Tell whether the database stands at the newest revision."""
    newest = ScriptDirectory.from_config(_config()).get_heads()
    with engine.connect().execution_options(reading=True) as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(newest)


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """Open the one transaction of a migration: it happens whole or not at all, and no second one runs beside it.

    Raises RuntimeError when SQLite finds a broken reference at the end.
    """
    file = make_url(url).database
    if url.startswith("sqlite") and file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = connect_database(url)
    try:
        with engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            if sqlite:
                # Rebuilding a table drops it for a moment. Only possible before the transaction begins.
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin():  # on SQLite this is already the lock
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise RuntimeError(f"the migration broke references: {broken}")
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(asset_dir("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
