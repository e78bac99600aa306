"""Rows by the hundred thousand, past the ORM, which takes three times as long as the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, Session


def insert_rows(
    session: Session, model: type[DeclarativeBase], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of plain values (numbers, texts, bytes, true or false) in one go, within the session's transaction.

    An instant is no plain value: SQLite would keep it in another form than all others.
    """
    table: Table = model.__table__  # type: ignore[assignment]  # of a mapped class it is one
    names = ", ".join(table.c[name].name for name in columns)  # raises KeyError for a name that is none
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        values = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({values})", list(rows))  # noqa: S608 - names of our own tables
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
