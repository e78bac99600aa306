"""What somebody with the database in hand could do to the record: guards off, raw SQL, guards back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

from incident_app.domain.guards import install_guards, remove_guards
from incident_app.domain.timeline import digest


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        remove_guards(connection)
        yield connection
        install_guards(connection)


def alter(connection: Connection, entry_id: int, column: str, value: Any) -> None:
    """Write a value into one column of one entry."""
    statement = text(f"UPDATE timeline_entry SET {column} = :value WHERE id = :id")  # noqa: S608 - a column
    connection.execute(statement, {"value": value, "id": entry_id})


def take_out(connection: Connection, incident_id: int, position: int) -> None:
    """Delete one entry."""
    connection.execute(
        text("DELETE FROM timeline_entry WHERE incident_id = :incident AND position = :position"),
        {"incident": incident_id, "position": position},
    )


def chain_anew(connection: Connection, incident_id: int, old: str, new: str) -> None:
    """Replace words in a record, then seal every entry again, so that the chain itself is whole."""
    previous = "0" * 64
    rows = connection.execute(
        text("SELECT id, sealed_text, seal FROM timeline_entry WHERE incident_id = :id ORDER BY position"),
        {"id": incident_id},
    ).all()
    was = previous
    for entry_id, sealed_text, seal in rows:
        written = sealed_text.replace(old, new).replace(was, previous)
        was, previous = seal, digest(written)
        alter(connection, entry_id, "sealed_text", written)
        alter(connection, entry_id, "seal", previous)
